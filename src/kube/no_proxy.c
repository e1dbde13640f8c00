/* no_proxy.c - see no_proxy.h. */
#define _GNU_SOURCE /* memrchr */
#include "kube/no_proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 256, ADDRESS_BYTES = 16, BITS = 8 };

/* A host, an address without its brackets. */
struct host {
  char text[TEXT_MAX];
  int family; /* AF_INET, AF_INET6; 0: it is a name */
  unsigned char address[ADDRESS_BYTES];
};

/* False when it is too long to be one. */
static bool read_host(struct host *out, const char *text, size_t length) {
  bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
  if (bracketed) {
    text++;
    length -= 2;
  }
  if (length == 0 || length >= sizeof out->text) return false;
  memcpy(out->text, text, length);
  out->text[length] = '\0';
  out->family = inet_pton(AF_INET, out->text, out->address) == 1    ? AF_INET
                : inet_pton(AF_INET6, out->text, out->address) == 1 ? AF_INET6
                                                                    : 0;
  return true;
}

/* "10.0.0.0/8", whose slash is at length. */
static bool is_within(const struct host *host, const char *entry, size_t length) {
  struct host network;
  char *end;
  if (!isdigit((unsigned char)entry[length + 1])) return false;
  long bits = strtol(entry + length + 1, &end, 10);
  if (*end != '\0' && strchr(", ", *end) == NULL) return false;
  if (!read_host(&network, entry, length) || network.family == 0 || network.family != host->family) return false;
  if (bits > (host->family == AF_INET ? 32 : 128)) return false;
  size_t whole = (size_t)bits / BITS;
  unsigned rest = (unsigned)bits % BITS, mask = 0xFFU << (BITS - rest) & 0xFFU;
  return memcmp(host->address, network.address, whole) == 0 &&
         (rest == 0 || ((host->address[whole] ^ network.address[whole]) & mask) == 0);
}

/* "example.com" is that and all below it, ".example.com" and "*.example.com" only what is below. */
static bool is_below(const struct host *host, const char *domain) {
  if (*domain == '*') domain++;
  bool only_below = *domain == '.';
  if (only_below) domain++;
  size_t length = strlen(host->text), tail = strlen(domain);
  if (tail == 0 || tail > length || strcasecmp(host->text + length - tail, domain) != 0) return false;
  return tail == length ? !only_below : host->text[length - tail - 1] == '.';
}

static bool names(const char *entry, size_t length, const struct host *host, const char *port) {
  struct host named;
  const char *slash = memchr(entry, '/', length), *colon = memrchr(entry, ':', length);
  if (length == 1 && *entry == '*') return true;
  if (slash != NULL) return is_within(host, entry, (size_t)(slash - entry));
  if (!read_host(&named, entry, length)) return false;
  if (named.family == 0 && colon != NULL) { /* not within an address: it is before a port */
    size_t port_length = length - (size_t)(colon - entry) - 1;
    if (strlen(port) != port_length || memcmp(port, colon + 1, port_length) != 0) return false;
    if (!read_host(&named, entry, (size_t)(colon - entry))) return false;
  }
  if (named.family != 0 || host->family != 0)
    return named.family == host->family &&
           memcmp(named.address, host->address, host->family == AF_INET ? 4 : ADDRESS_BYTES) == 0;
  return is_below(host, named.text);
}

bool kr_no_proxy_names(const char *list, const char *host, const char *port) {
  struct host asked;
  if (list == NULL || !read_host(&asked, host, strlen(host))) return false;
  for (const char *at = list; *at != '\0';) {
    at += strspn(at, ", ");
    size_t length = strcspn(at, ", ");
    if (length > 0 && names(at, length, &asked, port)) return true;
    at += length;
  }
  return false;
}

bool kr_no_proxy(const char *host, const char *port) {
  const char *list = getenv("NO_PROXY");
  return kr_no_proxy_names(list != NULL && *list != '\0' ? list : getenv("no_proxy"), host, port);
}
