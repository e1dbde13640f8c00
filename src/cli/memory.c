/* memory.c - see memory.h. */
#include "cli/memory.h"

#include <jansson.h>
#include <stdlib.h>

static bool was_short;

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory) was_short = true;
  return memory;
}

void kr_memory_watch(void) { json_set_alloc_funcs(allocate, free); }

bool kr_memory_was_short(void) { return was_short; }
