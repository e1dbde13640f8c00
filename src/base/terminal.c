/* terminal.c - what standard output is; see text.h. */
#define _GNU_SOURCE /* TIOCGWINSZ */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

enum { WIDTH_UNKNOWN = 80, WIDTH_LEAST = 20 };

bool kr_terminal_is(int fd) { return isatty(fd) == 1; }

size_t kr_terminal_width(int fd) {
  struct winsize size = {0};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return WIDTH_UNKNOWN;
  return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

bool kr_terminal_colour(int fd) {
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  if (no_colour != NULL && *no_colour != '\0') return false;
  return term != NULL && strcmp(term, "dumb") != 0 && kr_terminal_is(fd);
}
