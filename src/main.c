/* main.c - the program. */
#include <openssl/crypto.h>

#include "cli/command.h"

int main(int argc, char **argv) {
  /* What OpenSSL has taken goes with the process: it need not be freed piece by piece before. */
  (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
  return kr_cli_main(argc, argv);
}
