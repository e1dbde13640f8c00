/* live_probe_ask.c - asks the API server for a WebSocket, as a request like others; see live_probe_private.h. */
#define _GNU_SOURCE /* explicit_bzero */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "kube/live_probe_private.h"

enum { ASK_MAX = 256 * 1024 };

/* --- what is asked --- */

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
  if (status != KR_OK) return status;
  status = kr_url_append(out, op->request, 0, error);
  if (status == KR_OK)
    status = kr_buffer_printf(out, " HTTP/1.1\r\nHost: %s%s%s\r\nUser-Agent: %s\r\n", server->host,
                              usual_port ? "" : ":", usual_port ? "" : server->port, kr_live_user_agent);
  for (const struct curl_slist *line = op->headers; line != NULL && status == KR_OK; line = line->next)
    if (strncmp(line->data, "Host:", 5) != 0) /* what libcurl is told with tls-server-name */
      status = kr_buffer_printf(out, "%s\r\n", line->data);
  if (status == KR_OK) status = append_basic(out, credential);
  if (status == KR_OK) status = kr_handshake_headers(out, &op->probe->handshake);
  return status == KR_OK ? kr_buffer_puts(out, "\r\n") : status;
}

int kr_live_probe_compose(const struct kr_live *live, struct kr_live_op *op, const struct kr_credential *credential,
                          struct kr_error *error) {
  struct kr_buffer *out = &op->probe->ask;
  kr_buffer_init(out, ASK_MAX);
  error->code = KR_OK;
  int status = compose(out, live, op, credential, error);
  if (status == KR_OK || error->code != KR_OK) return status;
  return kr_error_set(error, status, "the request is too long");
}

/* --- what is answered --- */

size_t kr_live_probe_receive(struct kr_live_op *op, char *bytes, size_t most) {
  size_t count = 0;
  if (op->probe->over || most == 0) return 0;
  if (most > KR_PROBE_READ_MAX) most = KR_PROBE_READ_MAX;
  CURLcode code = curl_easy_recv(op->easy, bytes, most, &count);
  if (code == CURLE_AGAIN) return 0;
  op->probe->over = code != CURLE_OK || count == 0;
  return op->probe->over ? 0 : count;
}

size_t kr_live_probe_transmit(struct kr_live_op *op, const char *bytes, size_t count) {
  size_t sent = 0;
  if (op->probe->mute || count == 0) return 0;
  CURLcode code = curl_easy_send(op->easy, bytes, count, &sent);
  op->probe->mute = code != CURLE_OK && code != CURLE_AGAIN;
  return code == CURLE_OK ? sent : 0;
}

/* The API's answer is no WebSocket: it is read as all its answers are, but that nothing is found by it. */
static bool refused(const struct kr_live *live, struct kr_live_op *op) {
  struct kr_handshake *handshake = &op->probe->handshake;
  if (handshake->status < 300)
    return kr_live_probe_unknown(
        op, KR_REASON_BAD_ANSWER,
        "%s answered HTTP %d where a port-forward was to begin: does something stand before the API server?",
        live->config->server, handshake->status);
  kr_buffer_clear(&op->reply.body);
  if (kr_buffer_append(&op->reply.body, handshake->body.data, handshake->body.length) != KR_OK)
    return kr_live_probe_no_memory(op);
  op->end = (struct kr_live_end){
      .code = CURLE_OK, .status = handshake->status, .retry_after_ms = handshake->retry_after_ms, .connected = true};
  return true;
}

static bool open_forward(const struct kr_live *live, struct kr_live_op *op, const char *frames, size_t count) {
  struct kr_live_probe *probe = op->probe;
  struct kr_error error = KR_ERROR_INIT;
  probe->stage = KR_PROBE_OPENING;
  int status = kr_port_forward_new(&probe->forward, op->request->probe.port, &error);
  if (status == KR_OK) status = kr_port_forward_feed(probe->forward, frames, count, &error);
  return status == KR_OK ? false : kr_live_probe_failed(live, op, &error);
}

bool kr_live_probe_ask(const struct kr_live *live, struct kr_live_op *op) {
  struct kr_live_probe *probe = op->probe;
  struct kr_handshake *handshake = &probe->handshake;
  struct kr_error error = KR_ERROR_INIT;
  char bytes[KR_PROBE_READ_MAX];
  size_t count, used = 0;
  int status = KR_OK;
  probe->asked +=
      kr_live_probe_transmit(op, kr_buffer_text(&probe->ask) + probe->asked, probe->ask.length - probe->asked);
  do {
    count = kr_live_probe_receive(op, bytes, sizeof bytes);
    status = kr_handshake_feed(&used, handshake, bytes, count, &error);
  } while (status == KR_OK && count > 0 && handshake->state < KR_HANDSHAKE_UPGRADED);
  if (status == KR_OK && handshake->state == KR_HANDSHAKE_UPGRADED)
    return open_forward(live, op, bytes + used, count - used);
  if (status == KR_OK && probe->over && handshake->status == 0) return kr_live_probe_broke(op, CURLE_GOT_NOTHING);
  if (status == KR_OK && probe->over) status = kr_handshake_end(handshake, &error);
  if (status == KR_ENOMEM) return kr_live_probe_no_memory(op);
  if (status != KR_OK)
    return kr_live_probe_unknown(op, KR_REASON_BAD_ANSWER, "%s: the answer to the port-forward cannot be used: %s",
                                 live->config->server, error.message);
  return handshake->state == KR_HANDSHAKE_ANSWERED && refused(live, op);
}
