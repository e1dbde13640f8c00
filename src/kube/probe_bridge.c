/* probe_bridge.c - see probe_bridge.h. */
#define _GNU_SOURCE /* accept4, struct ucred */
#include "kube/probe_bridge.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8, STRANGERS_MAX = 64, RANDOM_BYTES = 16 };

static int make_name(struct kr_probe_bridge *bridge) {
  unsigned char random[RANDOM_BYTES];
  if (RAND_bytes(random, sizeof random) != 1) return KR_EIO;
  int at = snprintf(bridge->name, sizeof bridge->name, "kr-");
  for (size_t i = 0; i < sizeof random; i++)
    at += snprintf(bridge->name + at, sizeof bridge->name - (size_t)at, "%02x", random[i]);
  return KR_OK;
}

int kr_probe_bridge_open(struct kr_probe_bridge *bridge, struct kr_error *error) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  *bridge = (struct kr_probe_bridge){.listener = -1, .peer = -1};
  if (make_name(bridge) != KR_OK) return kr_error_set(error, KR_EIO, "there are no random bytes");
  size_t length = strlen(bridge->name);
  memcpy(address.sun_path + 1, bridge->name, length); /* after a NUL: abstract */
  bridge->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bridge->listener < 0 ||
      bind(bridge->listener, (const struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0 ||
      listen(bridge->listener, BACKLOG) != 0)
    return kr_error_set(error, KR_EIO, "a socket for the probe cannot be made: %s", strerror(errno));
  return KR_OK;
}

void kr_probe_bridge_close(struct kr_probe_bridge *bridge) {
  if (bridge->listener >= 0) (void)close(bridge->listener);
  if (bridge->peer >= 0) (void)close(bridge->peer);
  bridge->listener = bridge->peer = -1;
}

static bool is_this_process(int fd) {
  struct ucred who;
  socklen_t size = sizeof who;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && size == sizeof who && who.pid == getpid() &&
         who.uid == getuid();
}

/* Lets our own end in, once it has come. */
static int let_in(struct kr_probe_bridge *bridge, struct kr_error *error) {
  while (bridge->peer < 0) {
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    int fd = accept4(bridge->listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return KR_OK;
    if (fd < 0) return kr_error_set(error, KR_EIO, "the probe's socket failed: %s", strerror(errno));
    if (is_this_process(fd)) {
      bridge->peer = fd;
      (void)close(bridge->listener);
      bridge->listener = -1;
    } else {
      (void)close(fd);
      if (++bridge->strangers > STRANGERS_MAX)
        return kr_error_set(error, KR_EIO, "other processes of this machine keep connecting to the probe's socket");
    }
  }
  return KR_OK;
}

static void note_seen(struct kr_probe_bridge *bridge, const char *bytes, size_t count) {
  size_t room = sizeof bridge->seen - bridge->seen_length;
  if (count > room) count = room;
  memcpy(bridge->seen + bridge->seen_length, bytes, count);
  bridge->seen_length += count;
}

static bool move_to_peer(struct kr_probe_bridge *bridge, struct kr_port_forward *forward, bool over) {
  const char *bytes;
  size_t count;
  bool moved = false;
  while (!bridge->to_done && (count = kr_port_forward_data(forward, &bytes)) > 0) {
    ssize_t sent = send(bridge->peer, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return moved;
    if (sent <= 0) { /* libcurl has seen enough, and has closed its end */
      bridge->to_done = true;
      return moved;
    }
    note_seen(bridge, bytes, (size_t)sent);
    kr_port_forward_taken(forward, (size_t)sent);
    moved = true;
  }
  if (over && !bridge->to_done) {
    (void)shutdown(bridge->peer, SHUT_WR);
    bridge->to_done = true;
  }
  return moved;
}

static int move_from_peer(bool *moved, struct kr_probe_bridge *bridge, struct kr_port_forward *forward,
                          struct kr_error *error) {
  char bytes[KR_PORT_FORWARD_SEND_MAX];
  if (bridge->from_done || kr_port_forward_pending(forward, NULL) > 0) return KR_OK;
  ssize_t count = recv(bridge->peer, bytes, sizeof bytes, 0);
  if (count > 0) {
    *moved = true;
    return kr_port_forward_send(forward, bytes, (size_t)count, error);
  }
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) bridge->from_done = true;
  return KR_OK;
}

int kr_probe_bridge_move(bool *moved, struct kr_probe_bridge *bridge, struct kr_port_forward *forward, bool over,
                         struct kr_error *error) {
  *moved = false;
  int status = let_in(bridge, error);
  if (status != KR_OK || bridge->peer < 0) return status;
  *moved = move_to_peer(bridge, forward, over);
  if (over) bridge->from_done = true; /* there is nobody left to read it */
  return move_from_peer(moved, bridge, forward, error);
}

int kr_probe_bridge_waits(const struct kr_probe_bridge *bridge, struct kr_port_forward *forward, bool *to_read,
                          bool *to_write) {
  *to_write = false;
  *to_read = true;
  if (bridge->peer < 0) return bridge->listener;
  *to_read = !bridge->from_done && kr_port_forward_pending(forward, NULL) == 0;
  *to_write = !bridge->to_done && kr_port_forward_data(forward, NULL) > 0;
  return bridge->peer;
}
