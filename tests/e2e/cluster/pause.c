/* pause.c - keeps a pod's namespaces open. */
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
