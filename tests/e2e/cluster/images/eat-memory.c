/* eat-memory.c - takes memory, and uses it, until somebody stops it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  puts("loading the whole catalogue");
  fflush(stdout);
  for (;;) {
    char *more = malloc(1 << 20);
    if (more != NULL) memset(more, 1, 1 << 20);
  }
}
