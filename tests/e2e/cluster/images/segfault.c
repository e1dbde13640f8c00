/* segfault.c - says that it is up, and reads what is not there. */
#include <stdio.h>

int main(void) {
  volatile int *nowhere = NULL;
  puts("worker 1 is up");
  fflush(stdout);
  return *nowhere;
}
