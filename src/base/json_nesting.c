/* json_nesting.c - see json_nesting.h. Sixty-four bytes are looked at together, as four registers of SSE2, which every
 * x86-64 has: a bit of a word stands for each byte, and tells whether it is a quote, an opening or a closing bracket.
 * Where there is a backslash among them, where few bytes are left, and on other machines, bytes are looked at one by
 * one. */
#include "base/json_nesting.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

struct nesting {
  const char *at, *end;
  size_t depth;
  bool inside; /* of a string */
};

/* '[' and '{' differ by this bit, and so do those that close. */
static char folded(char byte) { return (char)(byte | 0x20); }

/* Goes on to until, or a byte further; true behind the bracket that closes all. */
static bool pass_bytes(struct nesting *nesting, const char *until) {
  while (nesting->at < until) {
    char byte = *nesting->at++;
    if (byte == '"')
      nesting->inside = !nesting->inside;
    else if (nesting->inside)
      nesting->at += byte == '\\' && nesting->at < nesting->end;
    else if (folded(byte) == '{')
      nesting->depth++;
    else if (folded(byte) == '}' && --nesting->depth == 0)
      return true;
  }
  return false;
}

#ifdef __SSE2__

struct block {
  __m128i part[4];
};

static struct block load(const char *at) {
  struct block block;
  for (int i = 0; i < 4; i++) block.part[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + (ptrdiff_t)16 * i));
  return block;
}

/* A bit for each byte that is this one, the first byte's lowest. */
static uint64_t bits_of(const struct block *block, char byte) {
  const __m128i wanted = _mm_set1_epi8(byte);
  uint64_t bits = 0;
  for (int i = 0; i < 4; i++)
    bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block->part[i], wanted)) << (16 * i);
  return bits;
}

static struct block fold(struct block block) {
  for (int i = 0; i < 4; i++) block.part[i] = _mm_or_si128(block.part[i], _mm_set1_epi8(0x20));
  return block;
}

/* A bit for each byte up to which, itself counted, there are an odd number of quotes. */
static uint64_t odd_so_far(uint64_t quotes) {
  for (int shift = 1; shift < BLOCK; shift *= 2) quotes ^= quotes << shift;
  return quotes;
}

static size_t count(uint64_t bits) { return (size_t)__builtin_popcountll(bits); }

/* Passes a block. True, and behind the bracket, where one closes all. */
static bool pass_brackets(struct nesting *nesting, uint64_t opens, uint64_t closes) {
  if (count(closes) >= nesting->depth) {
    size_t closed = 0;
    for (uint64_t left = closes; left != 0; left &= left - 1) {
      uint64_t before = (left & -left) - 1;
      if (nesting->depth + count(opens & before) != ++closed) continue;
      nesting->at += count(before) + 1;
      return true;
    }
  }
  nesting->depth += count(opens) - count(closes);
  nesting->at += BLOCK;
  return false;
}

static bool pass_block(struct nesting *nesting) {
  struct block block = load(nesting->at);
  if (bits_of(&block, '\\') != 0) return pass_bytes(nesting, nesting->at + BLOCK);
  uint64_t strings = odd_so_far(bits_of(&block, '"')) ^ (nesting->inside ? UINT64_MAX : 0);
  block = fold(block);
  uint64_t opens = bits_of(&block, '{') & ~strings, closes = bits_of(&block, '}') & ~strings;
  nesting->inside = strings >> (BLOCK - 1) != 0;
  return pass_brackets(nesting, opens, closes);
}

#else

static bool pass_block(struct nesting *nesting) { return pass_bytes(nesting, nesting->at + BLOCK); }

#endif

const char *kr_json_nesting_end(const char *at, const char *end) {
  struct nesting nesting = {.at = at, .end = end};
  while (end - nesting.at >= BLOCK)
    if (pass_block(&nesting)) return nesting.at;
  return pass_bytes(&nesting, end) ? nesting.at : NULL;
}
