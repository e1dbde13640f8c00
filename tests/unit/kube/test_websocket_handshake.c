/* How a WebSocket begins, and all the ways in which it does not. The key and its answer are RFC 6455's own example. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "kube/websocket_handshake.h"

#define SWITCH   "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
#define END      "\r\n"

static struct kr_handshake handshake;
static struct kr_error error;

static void begin(void) {
  error = (struct kr_error)KR_ERROR_INIT;
  kr_handshake_begin(&handshake, "v4.channel.k8s.io", (const unsigned char *)"the sample nonce");
}

static void end(void) { kr_handshake_free(&handshake); }

/* Feeds text in pieces of step bytes; how much of it was the handshake's. */
static size_t feed(const char *text, size_t step, int *status) {
  size_t at = 0, length = strlen(text);
  *status = KR_OK;
  while (at < length && *status == KR_OK && handshake.state < KR_HANDSHAKE_UPGRADED) {
    size_t used, count = length - at < step ? length - at : step;
    *status = kr_handshake_feed(&used, &handshake, text + at, count, &error);
    cr_assert(used <= count);
    at += used;
  }
  return at;
}

static void expect_refused(const char *text, const char *words) {
  for (size_t step = 1; step < 200; step += 60) {
    int status;
    begin();
    (void)feed(text, step, &status);
    if (status == KR_OK) status = kr_handshake_end(&handshake, &error);
    cr_expect_eq(status, KR_EINVAL, "%s", text);
    cr_expect_neq(handshake.state, KR_HANDSHAKE_UPGRADED);
    cr_expect_neq(handshake.state, KR_HANDSHAKE_ANSWERED);
    cr_expect_not_null(strstr(error.message, words), "\"%s\" does not say \"%s\"", error.message, words);
    end();
  }
}

static void expect_answer(const char *text, int status, const char *body) {
  for (size_t step = 1; step < 200; step += 60) {
    int result;
    begin();
    (void)feed(text, step, &result);
    if (result == KR_OK) result = kr_handshake_end(&handshake, &error);
    cr_expect_eq(result, KR_OK, "%s", error.message);
    cr_expect_eq(handshake.state, KR_HANDSHAKE_ANSWERED, "%s", text);
    cr_expect_eq(handshake.status, status);
    cr_expect_str_eq(kr_buffer_text(&handshake.body), body);
    end();
  }
}

Test(websocket_handshake, the_request_asks_for_a_websocket_with_the_key, .init = begin, .fini = end) {
  struct kr_buffer out;
  kr_buffer_init(&out, 4096);
  cr_assert_eq(kr_handshake_headers(&out, &handshake), KR_OK);
  cr_expect_not_null(strstr(out.data, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  cr_expect_not_null(strstr(out.data, "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"));
  cr_expect_not_null(strstr(out.data, "Upgrade: websocket\r\n"));
  cr_expect_null(strstr(out.data, "Extensions"), "no extension is offered");
  kr_buffer_free(&out);
}

Test(websocket_handshake, frames_begin_right_after_the_headers) {
  static const char text[] = SWITCH UPGRADE ACCEPT PROTOCOL END "\x82\x03";
  for (size_t step = 1; step < sizeof text; step++) {
    int status;
    begin();
    cr_expect_eq(feed(text, step, &status), sizeof text - 3);
    cr_expect_eq(status, KR_OK);
    cr_expect_eq(handshake.state, KR_HANDSHAKE_UPGRADED);
    end();
  }
}

Test(websocket_handshake, words_may_be_written_in_any_case_and_among_others) {
  int status;
  begin();
  (void)feed(
      "HTTP/1.1 101\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, UPGRADE\r\n"
      "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\nsec-websocket-protocol:v4.channel.k8s.io\r\n\n",
      7, &status);
  cr_expect_eq(status, KR_OK, "%s", error.message);
  cr_expect_eq(handshake.state, KR_HANDSHAKE_UPGRADED);
  end();
}

Test(websocket_handshake, an_answer_that_is_not_to_this_request_is_refused) {
  expect_refused(SWITCH UPGRADE "Sec-WebSocket-Accept: kFBPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" PROTOCOL END,
                 "Accept is wrong");
  expect_refused(SWITCH UPGRADE "Sec-WebSocket-Accept: \r\n" PROTOCOL END, "Accept is wrong");
  expect_refused(SWITCH UPGRADE ACCEPT "Sec-WebSocket-Accept: x\r\n" PROTOCOL END, "Accept is wrong");
  expect_refused(SWITCH UPGRADE PROTOCOL END, "no Sec-WebSocket-Accept");
}

Test(websocket_handshake, another_subprotocol_or_none_is_refused) {
  expect_refused(SWITCH UPGRADE ACCEPT END, "names no subprotocol");
  expect_refused(SWITCH UPGRADE ACCEPT "Sec-WebSocket-Protocol: v4.base64.channel.k8s.io\r\n" END,
                 "\"v4.base64.channel.k8s.io\"");
  expect_refused(SWITCH UPGRADE ACCEPT "Sec-WebSocket-Protocol: V4.CHANNEL.K8S.IO\r\n" END, "V4");
}

Test(websocket_handshake, an_extension_that_nobody_asked_for_is_refused) {
  expect_refused(SWITCH UPGRADE ACCEPT PROTOCOL "Sec-WebSocket-Extensions: permessage-deflate\r\n" END, "extension");
}

Test(websocket_handshake, another_protocol_is_no_websocket) {
  expect_refused(SWITCH "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT PROTOCOL END, "not to a WebSocket");
  expect_refused(SWITCH "Upgrade: websocket\r\n" ACCEPT PROTOCOL END, "not to a WebSocket");
  expect_refused("HTTP/2 101\r\n\r\n", "not HTTP/1.1");
  expect_refused("SSH-2.0-OpenSSH_9.2\r\n", "not HTTP/1.1");
  expect_refused("HTTP/1.1 0404 x\r\n", "not HTTP/1.1");
  expect_refused("HTTP/1.1 99\r\n", "not HTTP/1.1");
}

Test(websocket_handshake, what_breaks_off_is_no_answer) {
  expect_refused(SWITCH UPGRADE ACCEPT PROTOCOL, "broke off");
  expect_refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\n{}", "broke off");
  expect_refused("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "broke off");
  expect_refused("", "broke off");
}

Test(websocket_handshake, headers_that_are_none_are_refused) {
  expect_refused("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "headers");
  expect_refused("HTTP/1.1 200 OK\r\n: x\r\n\r\n", "headers");
  expect_refused("HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "headers");
  expect_refused("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length");
  expect_refused("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "Content-Length");
  expect_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n", "chunk");
  expect_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "chunk");
}

Test(websocket_handshake, an_answer_is_kept_whole_however_its_length_is_told) {
  expect_answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}", 403, "{}");
  expect_answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, "");
  expect_answer(
      "HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\nA\r\n0123456789\r\n0\r\nt: "
      "1\r\n\r\n",
      502, "{}0123456789");
  expect_answer("HTTP/1.0 500 Oops\r\n\r\nplain words", 500, "plain words");
  expect_answer("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
  expect_answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n!", 404,
                "!");
}

Test(websocket_handshake, the_servers_wish_to_wait_is_read) {
  int status;
  begin();
  (void)feed("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 100, &status);
  cr_expect_eq(handshake.retry_after_ms, 7000);
  end();
  begin();
  (void)feed("HTTP/1.1 429 x\r\nRetry-After: 999999999999\r\nContent-Length: 0\r\n\r\n", 100, &status);
  cr_expect_eq(handshake.retry_after_ms, 86400000);
  end();
}

Test(websocket_handshake, headers_without_end_and_bodies_without_end_are_bounded) {
  int status;
  begin();
  (void)feed("HTTP/1.1 200 OK\r\n", 100, &status);
  for (int i = 0; i < 10000 && status == KR_OK; i++) (void)feed("a: b\r\n", 100, &status);
  cr_expect_eq(status, KR_EINVAL);
  cr_expect_not_null(strstr(error.message, "longer"));
  end();
  begin();
  (void)feed("HTTP/1.1 200 OK\r\n", 100, &status);
  for (int i = 0; i < 10000 && status == KR_OK; i++) (void)feed("aaaaaaaaaaaa", 100, &status);
  cr_expect_eq(status, KR_EINVAL);
  end();
  begin();
  (void)feed("HTTP/1.1 500 x\r\n\r\n", 100, &status);
  for (int i = 0; i < 10000; i++) (void)feed("aaaaaaaaaaaa", 100, &status);
  cr_expect_eq(status, KR_OK);
  cr_expect_eq(handshake.state, KR_HANDSHAKE_ANSWERED, "what is beyond the bound is not waited for");
  cr_expect_eq(handshake.body.length, KR_HANDSHAKE_BODY_MAX);
  end();
}
