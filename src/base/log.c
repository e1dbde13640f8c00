/* log.c - see log.h. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

enum { MESSAGE_MAX = 8192 };

static int level_now;

void kr_log_set_level(int level) { level_now = level; }

int kr_log_level(void) { return level_now; }

static bool status_shown;

void kr_status_clear(void) {
  if (status_shown) (void)fputs("\r\033[K", stderr);
  status_shown = false;
}

void kr_status_show(const char *text) {
  if (!kr_terminal_is(STDERR_FILENO)) return;
  struct kr_buffer line;
  kr_buffer_init(&line, (size_t)MESSAGE_MAX * 8);
  if (kr_text_harmless(&line, text, strnlen(text, MESSAGE_MAX)) == KR_OK) {
    size_t shown = kr_text_cut(kr_buffer_text(&line), line.length, kr_terminal_width(STDERR_FILENO) - 1);
    (void)fprintf(stderr, "\r\033[K%.*s", (int)shown, kr_buffer_text(&line));
    (void)fflush(stderr);
    status_shown = true;
  }
  kr_buffer_free(&line);
}

/* One write a message, so that those of two processes do not mix. */
static void tell(const char *format, va_list arguments) {
  char message[MESSAGE_MAX];
  int length = vsnprintf(message, sizeof message, format, arguments);
  if (length < 0) return;
  size_t count = (size_t)length < sizeof message ? (size_t)length : sizeof message - 1;
  struct kr_buffer line;
  kr_buffer_init(&line, (size_t)MESSAGE_MAX * 8);
  if (kr_buffer_puts(&line, "krunbook: ") == KR_OK && kr_text_harmless(&line, message, count) == KR_OK &&
      kr_buffer_puts(&line, "\n") == KR_OK) {
    kr_status_clear();
    (void)fwrite(line.data, 1, line.length, stderr);
  }
  kr_buffer_free(&line);
}

void kr_warn(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tell(format, arguments);
  va_end(arguments);
}

void kr_log(int level, const char *format, ...) {
  if (level > level_now) return;
  va_list arguments;
  va_start(arguments, format);
  tell(format, arguments);
  va_end(arguments);
}
