/* live_probe.c - see live_probe.h.
 *
 *     connecting -> asking -> opening -> listening  (TCP: whether anybody objects)
 *                                     -> talking    (HTTP: libcurl's second handle, over the bridge)
 *
 * Up to asking it is a request like others: tried again where the connection is to blame, its answer read as the API's
 * others are. From opening on nothing is tried again. */
#define _GNU_SOURCE /* strcasestr, explicit_bzero */
#include "kube/live_probe.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kube/answer.h"
#include "kube/port_forward.h"
#include "kube/probe_bridge.h"
#include "kube/probe_http.h"
#include "kube/websocket_handshake.h"

enum stage { CONNECTING, ASKING, OPENING, LISTENING, TALKING };

enum { ASK_MAX = 256 * 1024, READ_MAX = 16 * 1024 };

struct kr_live_probe {
  enum stage stage;
  curl_socket_t socket;
  bool mute; /* nothing can be sent any more */
  bool over; /* nothing comes any more: the API server's connection has ended */
  struct kr_buffer ask;
  size_t asked; /* bytes of it */
  struct kr_handshake handshake;
  struct kr_port_forward *forward;
  int64_t silent_until; /* while listening */
  struct kr_probe_bridge bridge;
  struct kr_probe_http http;
  struct kr_probe_outcome outcome;
};

/* --- what is asked of the API server --- */

static int append_basic(struct kr_buffer *out, const struct kr_credential *credential) {
  struct kr_buffer plain;
  int status = KR_OK;
  if (credential->username == NULL || credential->token != NULL) return KR_OK;
  kr_buffer_init(&plain, ASK_MAX / 2);
  status =
      kr_buffer_printf(&plain, "%s:%s", credential->username, credential->password == NULL ? "" : credential->password);
  unsigned char *text = status == KR_OK ? malloc(plain.length / 3 * 4 + 5) : NULL;
  if (status == KR_OK && text == NULL) status = KR_ENOMEM;
  if (status == KR_OK) {
    int length = EVP_EncodeBlock(text, (const unsigned char *)plain.data, (int)plain.length);
    status = kr_buffer_printf(out, "Authorization: Basic %s\r\n", (const char *)text);
    explicit_bzero(text, (size_t)length);
    explicit_bzero(plain.data, plain.length);
  }
  free(text);
  kr_buffer_free(&plain);
  return status;
}

static int compose(struct kr_buffer *out, const struct kr_live *live, const struct kr_live_op *op,
                   const struct kr_credential *credential, struct kr_error *error) {
  const struct kr_server *server = &live->server;
  bool usual_port = strcmp(server->port, server->https ? "443" : "80") == 0;
  int status = kr_buffer_printf(out, "GET %s", server->path);
  if (status == KR_OK) {
    status = kr_url_append(out, op->request, 0, error);
    if (status != KR_OK) return status;
    status = kr_buffer_printf(out, " HTTP/1.1\r\nHost: %s%s%s\r\nUser-Agent: %s\r\n", server->host,
                              usual_port ? "" : ":", usual_port ? "" : server->port, kr_live_user_agent);
  }
  for (const struct curl_slist *line = op->headers; line != NULL && status == KR_OK; line = line->next)
    if (strncmp(line->data, "Host:", 5) != 0) /* what libcurl is told with tls-server-name */
      status = kr_buffer_printf(out, "%s\r\n", line->data);
  if (status == KR_OK) status = append_basic(out, credential);
  if (status == KR_OK) status = kr_handshake_headers(out, &op->probe->handshake);
  if (status == KR_OK) status = kr_buffer_puts(out, "\r\n");
  return status == KR_OK ? KR_OK : kr_error_set(error, status, "the request is too long");
}

int kr_live_probe_begin(struct kr_live *live, struct kr_live_op *op, const struct kr_credential *credential,
                        struct kr_error *error) {
  unsigned char nonce[KR_HANDSHAKE_NONCE];
  struct kr_live_probe *probe = calloc(1, sizeof *probe);
  if (probe == NULL) return kr_error_set(error, KR_ENOMEM, "out of memory");
  op->probe = probe;
  probe->bridge.listener = probe->bridge.peer = -1;
  probe->socket = CURL_SOCKET_BAD;
  kr_buffer_init(&probe->ask, ASK_MAX);
  kr_probe_outcome_init(&probe->outcome);
  if (RAND_bytes(nonce, sizeof nonce) != 1) return kr_error_set(error, KR_ENOMEM, "there are no random bytes");
  kr_handshake_begin(&probe->handshake, KR_PORT_FORWARD_SUBPROTOCOL, nonce);
  int status = kr_probe_check_request(op->request, error);
  if (status == KR_OK) status = compose(&probe->ask, live, op, credential, error);
  if (status != KR_OK) return status;
  if (curl_easy_setopt(op->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
      curl_easy_setopt(op->easy, CURLOPT_HTTPPROXYTUNNEL, 1L) != CURLE_OK ||
      curl_easy_setopt(op->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) != CURLE_OK)
    return kr_error_set(error, KR_ECONFIG, "this libcurl cannot connect only");
  return KR_OK;
}

/* --- how it ends --- */

static bool broke(struct kr_live_op *op, struct kr_live_end *end, CURLcode code) {
  if (op->detail[0] == '\0') (void)snprintf(op->detail, sizeof op->detail, "%s", curl_easy_strerror(code));
  *end = (struct kr_live_end){.code = code, .connected = op->probe->stage > CONNECTING};
  return true;
}

static bool unknown(struct kr_live_op *op, struct kr_live_end *end, enum kr_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool unknown(struct kr_live_op *op, struct kr_live_end *end, enum kr_reason reason, const char *format, ...) {
  char words[KR_ERROR_MAX];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  (void)kr_reply_unknown(&op->reply, reason, "%s", words);
  *end = (struct kr_live_end){.told = true};
  return true;
}

static bool no_memory(struct kr_live_op *op, struct kr_live_end *end) {
  return unknown(op, end, KR_REASON_LIMIT, "out of memory");
}

/* The outcome is the reply. */
static bool found(struct kr_live_op *op, struct kr_live_end *end) {
  kr_buffer_clear(&op->reply.body);
  int status = kr_probe_outcome_write(&op->reply.body, &op->probe->outcome);
  if (status != KR_OK) return no_memory(op, end);
  op->reply.outcome = KR_FOUND;
  op->reply.reason = KR_REASON_NONE;
  *end = (struct kr_live_end){.told = true, .status = op->probe->handshake.status};
  return true;
}

static bool found_now(struct kr_live_op *op, struct kr_live_end *end, enum kr_probe_result result) {
  op->probe->outcome.result = result;
  op->probe->outcome.latency_ms = kr_clock_monotonic() - op->began;
  return found(op, end);
}

/* What the port-forward's error says of the port. The words are the container runtime's, and differ: only those of the
 * system's own errors are looked for. All else says that the forward failed, and nothing of the port. */
static bool judge_words(struct kr_live_op *op, struct kr_live_end *end, const char *words) {
  static const char *const late[] = {"i/o timeout", "timed out", "deadline exceeded"};
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  if (kr_probe_outcome_say(outcome, words) != KR_OK) return no_memory(op, end);
  words = kr_buffer_text(&outcome->message); /* on one line, and cut */
  for (size_t i = 0; i < sizeof late / sizeof *late; i++)
    if (strcasestr(words, late[i]) != NULL)
      return unknown(op, end, KR_REASON_TIMEOUT, "the port could not be forwarded: %s", words);
  if (strcasestr(words, "connection refused") != NULL) return found_now(op, end, KR_PROBE_REFUSED);
  if (strcasestr(words, "connection reset") != NULL) return found_now(op, end, KR_PROBE_RESET);
  if (strcasestr(words, "broken pipe") != NULL) return found_now(op, end, KR_PROBE_CLOSED);
  return unknown(op, end, KR_REASON_SERVER_ERROR, "the port could not be forwarded: %s", words);
}

/* The forward has ended without an error's words, and the port gave no answer. */
static bool judge_end(const struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  const struct kr_live_probe *probe = op->probe;
  struct kr_probe_outcome *outcome = &op->probe->outcome;
  const char *reason = NULL;
  int code = 0;
  if (!kr_port_forward_closed(probe->forward, &code, &reason))
    return unknown(op, end, KR_REASON_UNREACHABLE, "%s: the connection ended in the middle of the port-forward",
                   live->config->server);
  if (code == 1000 && kr_port_forward_ready(probe->forward)) return found_now(op, end, KR_PROBE_CLOSED);
  if (kr_probe_outcome_say(outcome, reason) != KR_OK) return no_memory(op, end);
  return unknown(op, end, KR_REASON_SERVER_ERROR, "%s closed the port-forward (code %d)%s%s", live->config->server,
                 code, outcome->message.length == 0 ? "" : ": ", kr_buffer_text(&outcome->message));
}

static bool judge_failure(const struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end,
                          const struct kr_error *error) {
  if (error->code == KR_ENOMEM) return no_memory(op, end);
  return unknown(op, end, error->code == KR_EIO ? KR_REASON_LIMIT : KR_REASON_BAD_ANSWER,
                 "%s: the port-forward failed: %s", live->config->server, error->message);
}

/* --- asking: the upgrade --- */

/* Reads once. 0 with *count 0: nothing is there yet. The end of the connection is noted. */
static void receive(struct kr_live_op *op, char *bytes, size_t most, size_t *count) {
  *count = 0;
  CURLcode code = curl_easy_recv(op->easy, bytes, most, count);
  if (code == CURLE_AGAIN)
    *count = 0;
  else if (code != CURLE_OK || *count == 0)
    op->probe->over = true;
  if (op->probe->over) *count = 0;
}

/* Sends once. How much went; a connection that takes no more is noted, and may still have something to say. */
static size_t transmit(struct kr_live_op *op, const char *bytes, size_t count) {
  size_t sent = 0;
  if (op->probe->mute || count == 0) return 0;
  CURLcode code = curl_easy_send(op->easy, bytes, count, &sent);
  if (code != CURLE_OK && code != CURLE_AGAIN) op->probe->mute = true;
  return code == CURLE_OK ? sent : 0;
}

/* The API's answer is no WebSocket. */
static bool answered(const struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  struct kr_handshake *handshake = &op->probe->handshake;
  if (handshake->status < 300)
    return unknown(op, end, KR_REASON_BAD_ANSWER,
                   "%s answered HTTP %d where a port-forward was to begin: does something stand before the API server?",
                   live->config->server, handshake->status);
  kr_buffer_clear(&op->reply.body);
  if (kr_buffer_append(&op->reply.body, handshake->body.data, handshake->body.length) != KR_OK)
    return no_memory(op, end);
  *end = (struct kr_live_end){
      .code = CURLE_OK, .status = handshake->status, .retry_after_ms = handshake->retry_after_ms, .connected = true};
  return true;
}

static bool step_asking(struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  char bytes[READ_MAX];
  size_t count, used = 0;
  int status = KR_OK;
  probe->asked += transmit(op, kr_buffer_text(&probe->ask) + probe->asked, probe->ask.length - probe->asked);
  do {
    receive(op, bytes, sizeof bytes, &count);
    if (count > 0) status = kr_handshake_feed(&used, &probe->handshake, bytes, count, &error);
  } while (status == KR_OK && count > 0 && probe->handshake.state < KR_HANDSHAKE_UPGRADED);
  if (status == KR_OK && probe->over && probe->handshake.status == 0) return broke(op, end, CURLE_GOT_NOTHING);
  if (status == KR_OK && probe->over) status = kr_handshake_end(&probe->handshake, &error);
  if (status == KR_ENOMEM) return no_memory(op, end);
  if (status != KR_OK)
    return unknown(op, end, KR_REASON_BAD_ANSWER, "%s: the answer to the port-forward cannot be used: %s",
                   live->config->server, error.message);
  if (probe->handshake.state == KR_HANDSHAKE_ANSWERED) return answered(live, op, end);
  if (probe->handshake.state != KR_HANDSHAKE_UPGRADED) return false;
  probe->stage = OPENING;
  status = kr_port_forward_new(&probe->forward, op->request->probe.port, &error);
  if (status == KR_OK) status = kr_port_forward_feed(probe->forward, bytes + used, count - used, &error);
  return status == KR_OK ? false : judge_failure(live, op, end, &error);
}

/* --- forwarding --- */

/* Moves bytes between the connection, the forward and the bridge until nothing moves any more. */
static int move(struct kr_live_op *op, struct kr_error *error) {
  struct kr_live_probe *probe = op->probe;
  bool moved = true;
  for (int status = KR_OK; moved;) {
    char bytes[READ_MAX];
    const char *pending;
    moved = false;
    size_t count = kr_port_forward_pending(probe->forward, &pending);
    size_t sent = transmit(op, pending, count);
    kr_port_forward_sent(probe->forward, sent);
    size_t room = kr_port_forward_room(probe->forward);
    count = 0;
    if (room > 0 && !probe->over) receive(op, bytes, room < sizeof bytes ? room : sizeof bytes, &count);
    if (count > 0) status = kr_port_forward_feed(probe->forward, bytes, count, error);
    if (status == KR_OK && probe->stage == TALKING) {
      bool over = probe->over || kr_port_forward_closed(probe->forward, NULL, NULL) ||
                  kr_port_forward_error(probe->forward) != NULL;
      status = kr_probe_bridge_move(&moved, &probe->bridge, probe->forward, over, error);
    }
    if (status != KR_OK) return status;
    moved = moved || sent > 0 || count > 0;
  }
  return KR_OK;
}

/* What can be said before any application was asked. false: nothing yet. */
static bool judge_opening(const struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  const struct kr_live_probe *probe = op->probe;
  const char *words = kr_port_forward_error(probe->forward);
  if (words != NULL) return judge_words(op, end, words);
  if (probe->over || kr_port_forward_closed(probe->forward, NULL, NULL)) return judge_end(live, op, end);
  return false;
}

/* TCP: whatever the port says shows that it is open, and so does silence. */
static bool judge_listening(const struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end, int64_t now) {
  struct kr_live_probe *probe = op->probe;
  struct kr_probe_outcome *outcome = &probe->outcome;
  const char *bytes;
  size_t count = kr_port_forward_data(probe->forward, &bytes);
  if (count > 0) {
    outcome->has_body = true;
    outcome->truncated = count > outcome->body.limit;
    if (kr_buffer_append(&outcome->body, bytes, outcome->truncated ? outcome->body.limit : count) != KR_OK)
      return no_memory(op, end);
    return found_now(op, end, KR_PROBE_OPEN);
  }
  if (judge_opening(live, op, end)) return true;
  if (now < probe->silent_until) return false;
  outcome->result = KR_PROBE_OPEN;
  return found(op, end);
}

/* The silence that means open is longer where the way is slow: what delayed the beginning delays a refusal too. */
static void listen_on(struct kr_live_op *op, int64_t now) {
  struct kr_live_probe *probe = op->probe;
  probe->stage = LISTENING;
  probe->outcome.latency_ms = now - op->began;
  probe->silent_until = now + KR_PROBE_SILENCE_MS + probe->outcome.latency_ms;
  if (probe->silent_until > op->deadline) probe->silent_until = op->deadline;
  if (probe->silent_until < now + KR_PROBE_SILENCE_MS) probe->silent_until = now + KR_PROBE_SILENCE_MS;
}

static bool talk(struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  probe->stage = TALKING;
  int status = kr_probe_bridge_open(&probe->bridge, &error);
  if (status == KR_OK)
    status = kr_probe_http_init(&probe->http, op->request, probe->bridge.name, &probe->outcome, &error);
  if (status == KR_OK && (curl_easy_setopt(probe->http.easy, CURLOPT_PRIVATE, op) != CURLE_OK ||
                          curl_multi_add_handle(live->multi, probe->http.easy) != CURLM_OK))
    status = kr_error_set(&error, KR_ENOMEM, "out of memory");
  return status == KR_OK ? false : judge_failure(live, op, end, &error);
}

static bool time_is_up(struct kr_live_op *op, struct kr_live_end *end) {
  if (op->probe->stage <= ASKING) return broke(op, end, CURLE_OPERATION_TIMEDOUT);
  if (op->probe->stage == TALKING)
    return kr_probe_http_timed_out(&op->probe->http) == KR_OK ? found(op, end) : no_memory(op, end);
  int64_t waited = kr_clock_monotonic() - op->began;
  return unknown(op, end, KR_REASON_TIMEOUT, "the port-forward was not there within %" PRId64 ".%" PRId64 " s",
                 waited / 1000, waited % 1000 / 100);
}

static bool step_forward(struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  if (move(op, &error) != KR_OK) return judge_failure(live, op, end, &error);
  int64_t now = kr_clock_monotonic();
  if (probe->stage == OPENING) {
    if (judge_opening(live, op, end)) return true;
    if (kr_port_forward_ready(probe->forward)) {
      if (op->request->probe.scheme != KR_PROBE_TCP) return talk(live, op, end);
      listen_on(op, now);
    }
  }
  return probe->stage == LISTENING && judge_listening(live, op, end, now);
}

bool kr_live_probe_step(struct kr_live *live, struct kr_live_op *op, struct kr_live_end *end) {
  enum stage stage = op->probe->stage;
  if (stage == ASKING && step_asking(live, op, end)) return true;
  if (op->probe->stage >= OPENING && step_forward(live, op, end)) return true;
  return stage != CONNECTING && kr_clock_monotonic() >= op->deadline && time_is_up(op, end);
}

/* --- libcurl is done --- */

/* The application's answer, or what there was instead. */
static bool application_answered(struct kr_live *live, struct kr_live_op *op, CURLcode code, struct kr_live_end *end) {
  struct kr_live_probe *probe = op->probe;
  struct kr_probe_outcome *outcome = &probe->outcome;
  struct kr_error error = KR_ERROR_INIT;
  const char *words = kr_port_forward_error(probe->forward);
  int status = kr_probe_http_ended(&probe->http, code, &error);
  if (status == KR_ENOMEM) return no_memory(op, end);
  if (status != KR_OK) return unknown(op, end, KR_REASON_BAD_REQUEST, "%s", error.message);
  if (outcome->result == KR_PROBE_ANSWERED) {
    if (outcome->message.length > 0 && words != NULL) status = kr_probe_outcome_say(outcome, words);
    return status == KR_OK ? found(op, end) : no_memory(op, end);
  }
  if (words != NULL) return judge_words(op, end, words);
  if (outcome->result == KR_PROBE_CLOSED && (probe->over || kr_port_forward_closed(probe->forward, NULL, NULL)))
    return judge_end(live, op, end);
  if (outcome->result == KR_PROBE_NOT_HTTP && op->request->probe.scheme == KR_PROBE_HTTP &&
      probe->bridge.seen_length > 0) {
    outcome->has_body = true;
    kr_buffer_clear(&outcome->body);
    status = kr_buffer_append(&outcome->body, probe->bridge.seen, probe->bridge.seen_length);
  }
  return status == KR_OK ? found(op, end) : no_memory(op, end);
}

bool kr_live_probe_done(struct kr_live *live, struct kr_live_op *op, CURL *easy, CURLcode code,
                        struct kr_live_end *end) {
  struct kr_live_probe *probe = op->probe;
  if (easy != op->easy) {
    (void)curl_multi_remove_handle(live->multi, easy);
    return application_answered(live, op, code, end);
  }
  if (code != CURLE_OK) return broke(op, end, code);
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &probe->socket) != CURLE_OK || probe->socket == CURL_SOCKET_BAD)
    return broke(op, end, CURLE_COULDNT_CONNECT);
  probe->stage = ASKING;
  return false;
}

/* --- waiting --- */

unsigned kr_live_probe_waits(struct kr_live_op *op, struct curl_waitfd fds[KR_PROBE_FDS], int64_t *pause) {
  struct kr_live_probe *probe = op->probe;
  unsigned count = 0;
  if (probe->stage == CONNECTING) return 0;
  bool reads = true, writes = probe->asked < probe->ask.length;
  if (probe->stage > ASKING) {
    reads = kr_port_forward_room(probe->forward) > 0;
    writes = kr_port_forward_pending(probe->forward, NULL) > 0;
  }
  reads = reads && !probe->over;
  writes = writes && !probe->mute;
  if (reads || writes)
    fds[count++] = (struct curl_waitfd){
        .fd = probe->socket, .events = (short)((reads ? CURL_WAIT_POLLIN : 0) | (writes ? CURL_WAIT_POLLOUT : 0))};
  if (probe->stage == TALKING) {
    int fd = kr_probe_bridge_waits(&probe->bridge, probe->forward, &reads, &writes);
    if (fd >= 0)
      fds[count++] = (struct curl_waitfd){
          .fd = fd, .events = (short)((reads ? CURL_WAIT_POLLIN : 0) | (writes ? CURL_WAIT_POLLOUT : 0))};
  }
  bool listens = probe->stage == LISTENING && probe->silent_until < op->deadline;
  int64_t left = (listens ? probe->silent_until : op->deadline) - kr_clock_monotonic();
  if (left < *pause) *pause = left < 0 ? 0 : left;
  return count;
}

void kr_live_probe_end(struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  if (probe == NULL) return;
  if (probe->forward != NULL && !probe->over) {
    const char *bytes;
    kr_port_forward_close(probe->forward);
    size_t count = kr_port_forward_pending(probe->forward, &bytes);
    (void)transmit(op, bytes, count);
  }
  op->probe = NULL;
  if (probe->http.easy != NULL) (void)curl_multi_remove_handle(live->multi, probe->http.easy);
  kr_probe_http_free(&probe->http);
  kr_probe_bridge_close(&probe->bridge);
  kr_probe_outcome_free(&probe->outcome);
  kr_port_forward_free(probe->forward);
  kr_handshake_free(&probe->handshake);
  if (probe->ask.data != NULL) explicit_bzero(probe->ask.data, probe->ask.length); /* it holds how we signed in */
  kr_buffer_free(&probe->ask);
  free(probe);
}
