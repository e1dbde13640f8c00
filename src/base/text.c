/* text.c - see text.h. */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"

/* The code point that the bytes at text begin with, and its length; length 1 and false when they are not UTF-8
 * (RFC 3629: nothing overlong, no surrogates, nothing past U+10FFFF). */
static bool decode(const unsigned char *text, size_t left, uint32_t *point, size_t *length) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char first = text[0];
  size_t count = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  *length = 1;
  *point = first;
  if (count <= 1) return count == 1;
  if (count > left) return false;
  uint32_t value = first & (0x7Fu >> count);
  for (size_t i = 1; i < count; i++) {
    if ((text[i] & 0xC0) != 0x80) return false;
    value = value << 6 | (text[i] & 0x3Fu);
  }
  if (value < least[count] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
  *point = value;
  *length = count;
  return true;
}

/* What moves the text about: marks and overrides of direction, and Unicode's own line ends. */
static bool turns_text(uint32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

/* With the two points that are no characters at all: XML cannot carry them. */
static bool is_control(uint32_t point) {
  return (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7F && point <= 0x9F) || point == 0xFFFE ||
         point == 0xFFFF;
}

int kr_text_harmless(struct kr_buffer *out, const char *text, size_t length) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t plain = 0, at = 0;
  while (at < length) {
    uint32_t point;
    size_t step;
    bool valid = decode(bytes + at, length - at, &point, &step);
    if (valid && !is_control(point) && !turns_text(point)) {
      at += step;
      continue;
    }
    int status = kr_buffer_append(out, text + plain, at - plain);
    if (status == KR_OK) status = kr_buffer_printf(out, point > 0xFF ? "\\u%04x" : "\\x%02x", (unsigned)point);
    if (status != KR_OK) return status;
    at += step;
    plain = at;
  }
  return kr_buffer_append(out, text + plain, at - plain);
}

int kr_text_utf8(struct kr_buffer *out, const char *text, size_t length) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t plain = 0, at = 0;
  while (at < length) {
    uint32_t point;
    size_t step;
    bool valid = decode(bytes + at, length - at, &point, &step);
    at += step;
    if (valid) continue;
    int status = kr_buffer_append(out, text + plain, at - step - plain);
    if (status == KR_OK) status = kr_buffer_puts(out, "\xEF\xBF\xBD");
    if (status != KR_OK) return status;
    plain = at;
  }
  return kr_buffer_append(out, text + plain, at - plain);
}

static bool continues(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

size_t kr_text_cut(const char *text, size_t length, size_t max) {
  if (length <= max) return length;
  while (max > 0 && continues(text[max])) max--;
  return max;
}

/* Columns are code points: near enough for the mostly ASCII text of a cluster. */
static size_t columns(const char *text, size_t length) {
  size_t count = 0;
  for (size_t i = 0; i < length; i++)
    if (!continues(text[i])) count++;
  return count;
}

static int new_line(struct kr_buffer *out, size_t indent) {
  int status = kr_buffer_puts(out, "\n");
  for (size_t i = 0; status == KR_OK && i < indent; i++) status = kr_buffer_puts(out, " ");
  return status;
}

/* The spaces before a word are kept within a line and dropped where the line is broken. */
static int wrap_line(struct kr_buffer *out, const char *line, size_t length, size_t width, size_t indent) {
  size_t at = 0, column = indent;
  while (at < length) {
    size_t gap = 0, word = 0;
    while (at + gap < length && line[at + gap] == ' ') gap++;
    while (at + gap + word < length && line[at + gap + word] != ' ') word++;
    size_t taken = columns(line + at + gap, word);
    int status;
    if (width != 0 && at > 0 && word > 0 && column + gap + taken > width) {
      status = new_line(out, indent);
      column = indent;
      if (status == KR_OK) status = kr_buffer_append(out, line + at + gap, word);
    } else {
      status = kr_buffer_append(out, line + at, gap + word);
      column += gap;
    }
    if (status != KR_OK) return status;
    column += taken;
    at += gap + word;
  }
  return KR_OK;
}

int kr_text_wrap(struct kr_buffer *out, const char *text, size_t width, size_t indent) {
  for (;;) {
    const char *end = strchr(text, '\n');
    size_t length = end == NULL ? strlen(text) : (size_t)(end - text);
    int status = wrap_line(out, text, length, width, indent);
    if (status != KR_OK || end == NULL) return status;
    text = end + 1;
    /* A blank line stays blank: no spaces at its end. */
    if ((status = new_line(out, *text == '\n' || *text == '\0' ? 0 : indent)) != KR_OK) return status;
  }
}
