/* memory.c - the memory of a Lua state, up to its limit. */
#include <stdlib.h>
#include <string.h>

#include "vm/vm_private.h"

/* What a traceback and its message may take beyond the limit. */
#define POST_MORTEM_MEMORY ((size_t)1 << 20)

/* Large blocks are in a list of the VM. When a script is left in mid-work (timer.c) some may hang on nothing else, and
 * what is still known is no leak. */
enum { LARGE = 1024 };

struct kr_block {
  struct kr_block *next, **link; /* what points to this one */
};

static void *list_block(struct kr_vm *vm, struct kr_block *block) {
  block->next = vm->blocks;
  block->link = &vm->blocks;
  if (block->next != NULL) block->next->link = &block->next;
  vm->blocks = block;
  return block + 1;
}

static void unlist_block(struct kr_block *block) {
  *block->link = block->next;
  if (block->next != NULL) block->next->link = block->link;
}

static void *take(struct kr_vm *vm, size_t size) {
  if (size < LARGE) return malloc(size);
  struct kr_block *block = malloc(sizeof *block + size);
  return block != NULL ? list_block(vm, block) : NULL;
}

static void give_back(void *block, size_t size) {
  if (block != NULL && size >= LARGE) {
    block = (struct kr_block *)block - 1;
    unlist_block(block);
  }
  free(block);
}

/* From one large size to another. */
static void *resize_large(struct kr_vm *vm, struct kr_block *from, size_t size) {
  unlist_block(from);
  struct kr_block *moved = realloc(from, sizeof *moved + size);
  if (moved != NULL) return list_block(vm, moved);
  (void)list_block(vm, from);
  return NULL;
}

/* As realloc does. */
static void *resize(struct kr_vm *vm, void *block, size_t old_size, size_t new_size) {
  if (block == NULL) return take(vm, new_size);
  if (old_size < LARGE && new_size < LARGE) return realloc(block, new_size);
  if (old_size >= LARGE && new_size >= LARGE) return resize_large(vm, (struct kr_block *)block - 1, new_size);
  void *result = take(vm, new_size);
  if (result == NULL) return NULL;
  memcpy(result, block, old_size < new_size ? old_size : new_size);
  give_back(block, old_size);
  return result;
}

bool kr_memory_fits(const struct kr_vm *vm, size_t more) {
  size_t limit = vm->limits.memory + (vm->post_mortem ? POST_MORTEM_MEMORY : 0);
  return more <= limit && vm->outermost->total.memory <= limit - more;
}

/* Lua collects garbage and asks once more before it gives up (a buffer does not): so a refusal counts only when it is
 * found unanswered, at the next look at the limits. */
static void *refuse(struct kr_vm *vm, const void *block, size_t size) {
  vm->refused.block = block;
  vm->refused.size = size;
  if (vm->running != NULL) {
    vm->due = 1;
    (void)kr_failure_place(vm->running->lua, vm->place);
    lua_sethook(vm->running->lua, kr_limits_hook, LUA_MASKCOUNT, 1);
  }
  return NULL;
}

void kr_memory_count(struct kr_vm *vm, size_t more) {
  vm->own.memory += more; /* wraps around where it shrinks, as meant */
  vm->outermost->total.memory += more;
  if (vm->own.memory > vm->memory_peak) vm->memory_peak = vm->own.memory;
}

static void *allocate(struct kr_vm *vm, void *block, size_t old_size, size_t new_size) {
  void *result = NULL;
  if (block == NULL) old_size = 0; /* then it is a type, not a size */
  if (new_size > old_size && !kr_memory_fits(vm, new_size - old_size)) return refuse(vm, block, new_size);
  if (new_size == 0)
    give_back(block, old_size);
  else
    result = resize(vm, block, old_size, new_size);
  if (result == NULL && new_size > 0) return refuse(vm, block, new_size);
  kr_memory_count(vm, new_size - old_size);
  if (vm->refused.size == new_size && vm->refused.block == block) vm->refused.size = 0;
  return result;
}

void *kr_memory_allocate(void *user, void *block, size_t old_size, size_t new_size) {
  struct kr_vm *vm = user;
  sig_atomic_t outside = vm->busy;
  vm->busy = 1;
  void *result = allocate(vm, block, old_size, new_size);
  vm->busy = outside;
  return result;
}
