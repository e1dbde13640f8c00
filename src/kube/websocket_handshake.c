/* websocket_handshake.c - see websocket_handshake.h. */
#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "kube/websocket_handshake.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 6455, 1.3: what the server appends to our key, so that nothing but a WebSocket can give the right answer. */
static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

enum { RETRY_AFTER_MAX_S = 86400 };

void kr_handshake_begin(struct kr_handshake *handshake, const char *subprotocol,
                        const unsigned char nonce[KR_HANDSHAKE_NONCE]) {
  unsigned char digest[SHA_DIGEST_LENGTH], text[sizeof handshake->key + sizeof magic];
  *handshake =
      (struct kr_handshake){.state = KR_HANDSHAKE_STATUS_LINE, .subprotocol = subprotocol, .length = -1, .status = 0};
  kr_buffer_init(&handshake->body, KR_HANDSHAKE_BODY_MAX);
  kr_buffer_init(&handshake->line, KR_HANDSHAKE_LINE_MAX);
  int length = EVP_EncodeBlock((unsigned char *)handshake->key, nonce, KR_HANDSHAKE_NONCE);
  memcpy(text, handshake->key, (size_t)length);
  memcpy(text + length, magic, sizeof magic - 1);
  (void)SHA1(text, (size_t)length + sizeof magic - 1, digest);
  (void)EVP_EncodeBlock((unsigned char *)handshake->accept, digest, sizeof digest);
}

void kr_handshake_free(struct kr_handshake *handshake) {
  kr_buffer_free(&handshake->body);
  kr_buffer_free(&handshake->line);
}

int kr_handshake_headers(struct kr_buffer *out, const struct kr_handshake *handshake) {
  return kr_buffer_printf(out,
                          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n",
                          handshake->key, handshake->subprotocol);
}

/* --- header lines --- */

/* Whether a list such as "keep-alive, Upgrade" has this word. */
static bool has_token(const char *list, const char *token) {
  size_t wanted = strlen(token);
  while (*list != '\0') {
    list += strspn(list, " \t,");
    size_t length = strcspn(list, " \t,");
    if (length == wanted && strncasecmp(list, token, wanted) == 0) return true;
    list += length;
  }
  return false;
}

/* A whole number of decimal digits and nothing else; -1 when it is none, or too long to be meant. */
static int64_t number(const char *text) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 18 || text[digits] != '\0') return -1;
  return strtoll(text, NULL, 10);
}

static int header(struct kr_handshake *handshake, const char *name, const char *value, struct kr_error *error) {
  if (strcasecmp(name, "Upgrade") == 0) {
    handshake->upgrade |= has_token(value, "websocket");
  } else if (strcasecmp(name, "Connection") == 0) {
    handshake->connection |= has_token(value, "upgrade");
  } else if (strcasecmp(name, "Sec-WebSocket-Accept") == 0) {
    if (handshake->status == 101 && strcmp(value, handshake->accept) != 0)
      return kr_error_set(error, KR_EINVAL,
                          "Sec-WebSocket-Accept is wrong: whatever answered has not read this request");
    handshake->accepted = true;
  } else if (strcasecmp(name, "Sec-WebSocket-Protocol") == 0) {
    if (handshake->status == 101 && strcmp(value, handshake->subprotocol) != 0)
      return kr_error_set(error, KR_EINVAL, "it speaks the subprotocol \"%.64s\", where %s was asked for", value,
                          handshake->subprotocol);
    handshake->spoken = true;
  } else if (strcasecmp(name, "Sec-WebSocket-Extensions") == 0) {
    handshake->extended |= *value != '\0';
  } else if (strcasecmp(name, "Content-Length") == 0) {
    handshake->length = number(value);
    if (handshake->length < 0) return kr_error_set(error, KR_EINVAL, "Content-Length is no number");
  } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
    handshake->chunked = has_token(value, "chunked");
  } else if (strcasecmp(name, "Retry-After") == 0) {
    int64_t seconds = number(value);
    handshake->retry_after_ms = (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds < 0 ? 0 : seconds) * 1000;
  }
  return KR_OK;
}

static int header_line(struct kr_handshake *handshake, char *line, struct kr_error *error) {
  char *value = strchr(line, ':');
  if (value == NULL || value == line || isspace((unsigned char)*line))
    return kr_error_set(error, KR_EINVAL, "one of its headers is none");
  *value++ = '\0';
  value += strspn(value, " \t");
  size_t length = strlen(value);
  while (length > 0 && isspace((unsigned char)value[length - 1])) value[--length] = '\0';
  return header(handshake, line, value, error);
}

static int status_line(struct kr_handshake *handshake, const char *line, struct kr_error *error) {
  static const char protocol[] = "HTTP/1.";
  const char *at = line + sizeof protocol - 1;
  if (strncmp(line, protocol, sizeof protocol - 1) != 0 || (*at != '0' && *at != '1') || at[1] != ' ' ||
      strspn(at + 2, "0123456789") != 3 || at[2] == '0' || (at[5] != ' ' && at[5] != '\0'))
    return kr_error_set(error, KR_EINVAL, "it is not HTTP/1.1");
  handshake->status = (at[2] - '0') * 100 + (at[3] - '0') * 10 + (at[4] - '0');
  handshake->state = KR_HANDSHAKE_HEADERS;
  return KR_OK;
}

/* --- what the head as a whole says --- */

static int check_upgrade(struct kr_handshake *handshake, struct kr_error *error) {
  if (!handshake->upgrade || !handshake->connection)
    return kr_error_set(error, KR_EINVAL, "it switches protocols, but not to a WebSocket");
  if (!handshake->accepted) return kr_error_set(error, KR_EINVAL, "it has no Sec-WebSocket-Accept");
  if (!handshake->spoken)
    return kr_error_set(error, KR_EINVAL, "it names no subprotocol, where %s was asked for", handshake->subprotocol);
  if (handshake->extended)
    return kr_error_set(error, KR_EINVAL, "it uses an extension of WebSocket that was not asked for");
  handshake->state = KR_HANDSHAKE_UPGRADED;
  return KR_OK;
}

static int head_ended(struct kr_handshake *handshake, struct kr_error *error) {
  if (handshake->status == 101) return check_upgrade(handshake, error);
  if (handshake->status < 200) { /* such as 103 Early Hints: the answer is still to come */
    handshake->state = KR_HANDSHAKE_STATUS_LINE;
    handshake->chunked = handshake->upgrade = handshake->connection = false;
    handshake->accepted = handshake->spoken = handshake->extended = false;
    handshake->length = -1;
    handshake->status = 0;
  } else if (handshake->status == 204 || handshake->status == 304) {
    handshake->state = KR_HANDSHAKE_ANSWERED;
  } else if (handshake->chunked) {
    handshake->state = KR_HANDSHAKE_CHUNK_SIZE;
  } else if (handshake->length >= 0) {
    handshake->left = (uint64_t)handshake->length;
    handshake->state = handshake->left > 0 ? KR_HANDSHAKE_BODY : KR_HANDSHAKE_ANSWERED;
  } else {
    handshake->state = KR_HANDSHAKE_TO_THE_END;
  }
  return KR_OK;
}

static int chunk_size(struct kr_handshake *handshake, const char *line, struct kr_error *error) {
  size_t digits = strspn(line, "0123456789abcdefABCDEF");
  if (digits == 0 || digits > 15 || (line[digits] != '\0' && strchr("; \t", line[digits]) == NULL))
    return kr_error_set(error, KR_EINVAL, "the size of a chunk is no number");
  handshake->left = strtoull(line, NULL, 16);
  handshake->state = handshake->left > 0 ? KR_HANDSHAKE_CHUNK : KR_HANDSHAKE_TRAILERS;
  return KR_OK;
}

/* --- bytes --- */

static int line_ended(struct kr_handshake *handshake, struct kr_error *error) {
  struct kr_buffer *line = &handshake->line;
  if (line->length > 0 && line->data[line->length - 1] == '\r') line->data[--line->length] = '\0';
  bool empty = line->length == 0;
  if (!empty && memchr(line->data, '\0', line->length) != NULL)
    return kr_error_set(error, KR_EINVAL, "it has a NUL in its headers");
  switch (handshake->state) {
    case KR_HANDSHAKE_STATUS_LINE:
      return status_line(handshake, kr_buffer_text(line), error);
    case KR_HANDSHAKE_HEADERS:
      return empty ? head_ended(handshake, error) : header_line(handshake, line->data, error);
    case KR_HANDSHAKE_CHUNK_SIZE:
      return chunk_size(handshake, kr_buffer_text(line), error);
    case KR_HANDSHAKE_CHUNK_END:
      handshake->state = KR_HANDSHAKE_CHUNK_SIZE;
      return empty ? KR_OK : kr_error_set(error, KR_EINVAL, "a chunk is longer than its size says");
    default: /* trailers say nothing that is needed */
      if (empty) handshake->state = KR_HANDSHAKE_ANSWERED;
      return KR_OK;
  }
}

/* Takes bytes up to the end of a line, which is then read. */
static int feed_line(size_t *used, struct kr_handshake *handshake, const char *bytes, size_t count,
                     struct kr_error *error) {
  const char *end = memchr(bytes, '\n', count);
  size_t length = end == NULL ? count : (size_t)(end - bytes);
  *used = end == NULL ? length : length + 1;
  handshake->head += *used;
  if (handshake->head > KR_HANDSHAKE_HEAD_MAX)
    return kr_error_set(error, KR_EINVAL, "its headers are longer than %zu bytes", KR_HANDSHAKE_HEAD_MAX);
  int status = kr_buffer_append(&handshake->line, bytes, length);
  if (status == KR_ELIMIT)
    return kr_error_set(error, KR_EINVAL, "one of its headers is longer than %zu bytes", KR_HANDSHAKE_LINE_MAX);
  if (status != KR_OK) return kr_error_set(error, status, "out of memory");
  if (end == NULL) return KR_OK;
  status = line_ended(handshake, error);
  kr_buffer_clear(&handshake->line);
  return status;
}

/* What is beyond the bound is not waited for. */
static int feed_body(size_t *used, struct kr_handshake *handshake, const char *bytes, size_t count,
                     struct kr_error *error) {
  size_t room = handshake->body.limit - handshake->body.length;
  bool known = handshake->state != KR_HANDSHAKE_TO_THE_END;
  if (known && count > handshake->left) count = (size_t)handshake->left;
  *used = count;
  if (kr_buffer_append(&handshake->body, bytes, count < room ? count : room) != KR_OK)
    return kr_error_set(error, KR_ENOMEM, "out of memory");
  if (known) handshake->left -= count;
  if (count > room)
    handshake->state = KR_HANDSHAKE_ANSWERED;
  else if (known && handshake->left == 0)
    handshake->state = handshake->state == KR_HANDSHAKE_CHUNK ? KR_HANDSHAKE_CHUNK_END : KR_HANDSHAKE_ANSWERED;
  return KR_OK;
}

int kr_handshake_feed(size_t *used, struct kr_handshake *handshake, const char *bytes, size_t count,
                      struct kr_error *error) {
  int status = KR_OK;
  *used = 0;
  while (status == KR_OK && *used < count && handshake->state < KR_HANDSHAKE_UPGRADED) {
    size_t step = 0;
    bool body = handshake->state == KR_HANDSHAKE_BODY || handshake->state == KR_HANDSHAKE_CHUNK ||
                handshake->state == KR_HANDSHAKE_TO_THE_END;
    status = (body ? feed_body : feed_line)(&step, handshake, bytes + *used, count - *used, error);
    *used += step;
  }
  return status;
}

int kr_handshake_end(struct kr_handshake *handshake, struct kr_error *error) {
  if (handshake->state == KR_HANDSHAKE_TO_THE_END) handshake->state = KR_HANDSHAKE_ANSWERED;
  if (handshake->state >= KR_HANDSHAKE_UPGRADED) return KR_OK;
  return kr_error_set(error, KR_EINVAL, "it broke off");
}
