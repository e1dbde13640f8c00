/* main.c - the program. */
#include "cli/command.h"

int main(int argc, char **argv) { return kr_cli_main(argc, argv); }
