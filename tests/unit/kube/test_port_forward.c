/* A port-forward's channels over WebSocket frames: what a real API server sent, and what none may send. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/port_forward.h"
#include "kube/websocket.h"

#define RECORDED KR_TEST_SOURCE_DIR "/tests/unit/kube/data/port-forward.json"
#define OPENING  "\x82\x03\x00\x50\x00\x82\x03\x01\x50\x00" /* port 80 on both channels */

static struct kr_port_forward *forward;
static struct kr_error error;

static void begin(void) {
  error = (struct kr_error)KR_ERROR_INIT;
  cr_assert_eq(kr_port_forward_new(&forward, 80, &error), KR_OK);
}

static void end(void) {
  kr_port_forward_free(forward);
  forward = NULL;
}

static int feed(const char *bytes, size_t count) { return kr_port_forward_feed(forward, bytes, count, &error); }
#define FEED(bytes) feed(bytes, sizeof(bytes) - 1)

static void expect_data(const char *text) {
  const char *bytes;
  size_t count = kr_port_forward_data(forward, &bytes);
  cr_expect_eq(count, strlen(text));
  cr_expect_eq(memcmp(bytes, text, count), 0);
}

/* These bytes, in one piece and one by one, are refused with these words, and so is all that follows. */
static void expect_refused(const char *bytes, size_t count, const char *words) {
  for (int piecewise = 0; piecewise < 2; piecewise++) {
    int status = KR_OK;
    begin();
    for (size_t at = 0; piecewise != 0 && at < count && status == KR_OK; at++) status = feed(bytes + at, 1);
    if (piecewise == 0) status = feed(bytes, count);
    cr_expect_eq(status, KR_EINVAL);
    cr_expect_not_null(strstr(error.message, words), "\"%s\" does not say \"%s\"", error.message, words);
    cr_expect_eq(FEED(OPENING), KR_EINVAL, "nothing heals it");
    end();
  }
}
#define EXPECT_REFUSED(bytes, words) expect_refused(bytes, sizeof(bytes) - 1, words)

/* --- what was recorded --- */

/* Appends what a frame of the recording was on the wire. */
static size_t put_frame(unsigned char *out, const json_t *frame) {
  const char *text = json_string_value(json_object_get(frame, "text"));
  const char *hex = json_string_value(json_object_get(frame, "hex"));
  size_t length = text != NULL ? strlen(text) : strlen(hex) / 2, at = 0;
  out[at++] = 0x82;
  if (length + 1 >= 126) {
    out[at++] = 126;
    out[at++] = (unsigned char)((length + 1) >> 8);
    out[at++] = (unsigned char)(length + 1);
  } else {
    out[at++] = (unsigned char)(length + 1);
  }
  out[at++] = (unsigned char)json_integer_value(json_object_get(frame, "channel"));
  for (size_t i = 0; i < length; i++) {
    unsigned byte = 0;
    if (text == NULL) (void)sscanf(hex + 2 * i, "%2x", &byte);
    out[at++] = text != NULL ? (unsigned char)text[i] : (unsigned char)byte;
  }
  return at;
}

/* A recorded forward as the bytes that its server sent, with its close. */
static size_t server_bytes(unsigned char *out, const json_t *transcript) {
  const json_t *frame;
  size_t i, at = 0;
  json_array_foreach(json_object_get(transcript, "frames"), i, frame) {
    if (strcmp(json_string_value(json_object_get(frame, "from")), "server") == 0) at += put_frame(out + at, frame);
  }
  static const unsigned char close[] = {0x88, 2, 0x03, 0xE8};
  memcpy(out + at, close, sizeof close);
  return at + sizeof close;
}

static int port_of(const json_t *transcript) {
  const char *path = json_string_value(json_object_get(transcript, "path"));
  return (int)strtol(strstr(path, "ports=") + 6, NULL, 10);
}

Test(port_forward, recorded_forwards_answer_or_are_refused) {
  json_t *recorded = json_load_file(RECORDED, 0, NULL);
  const json_t *transcript;
  size_t i, tried = 0;
  cr_assert_not_null(recorded);
  json_array_foreach(recorded, i, transcript) {
    static unsigned char bytes[65536];
    if (json_integer_value(json_object_get(transcript, "upgrade_status")) != 101) continue;
    size_t count = server_bytes(bytes, transcript);
    for (size_t step = 1; step <= count; step = step * 3 + 1, tried++) {
      const char *data;
      int code = 0;
      cr_assert_eq(kr_port_forward_new(&forward, port_of(transcript), &error), KR_OK);
      for (size_t at = 0; at < count; at += step)
        cr_assert_eq(feed((const char *)bytes + at, count - at < step ? count - at : step), KR_OK, "%s", error.message);
      cr_expect(kr_port_forward_ready(forward));
      cr_expect(kr_port_forward_closed(forward, &code, NULL));
      cr_expect_eq(code, 1000);
      if (i == 0) { /* the pod that answers */
        cr_expect_null(kr_port_forward_error(forward));
        cr_expect(kr_port_forward_data(forward, &data) > 15 && memcmp(data, "HTTP/1.1 200 OK", 15) == 0);
      } else {
        cr_expect_not_null(strstr(kr_port_forward_error(forward), "connect: connection refused"));
        cr_expect_eq(kr_port_forward_data(forward, NULL), 0);
      }
      end();
    }
  }
  cr_expect_gt(tried, 20);
  json_decref(recorded);
}

/* --- what goes right --- */

Test(port_forward, is_ready_once_both_channels_named_the_port, .init = begin, .fini = end) {
  cr_expect_eq(FEED("\x82\x03\x00\x50\x00"), KR_OK);
  cr_expect_not(kr_port_forward_ready(forward));
  cr_expect_eq(FEED("\x82\x03\x01\x50"), KR_OK);
  cr_expect_not(kr_port_forward_ready(forward));
  cr_expect_eq(FEED("\x00"), KR_OK);
  cr_expect(kr_port_forward_ready(forward));
}

Test(port_forward, data_arrives_in_order_and_is_taken_piecewise, .init = begin, .fini = end) {
  cr_expect_eq(FEED(OPENING "\x82\x04\x00"
                            "abc"
                            "\x82\x01\x00"
                            "\x82\x03\x00"
                            "de"),
               KR_OK);
  expect_data("abcde");
  kr_port_forward_taken(forward, 2);
  expect_data("cde");
  cr_expect_eq(FEED("\x82\x02\x00"
                    "f"),
               KR_OK);
  expect_data("cdef");
  kr_port_forward_taken(forward, 4);
  expect_data("");
}

Test(port_forward, what_is_sent_is_masked_with_its_channel_and_whole, .init = begin, .fini = end) {
  const char *bytes;
  cr_assert_eq(kr_port_forward_send(forward, "GET", 3, &error), KR_OK);
  cr_expect_eq(kr_port_forward_send(forward, "x", 1, &error), KR_ELIMIT, "one at a time");
  cr_assert_eq(kr_port_forward_pending(forward, &bytes), 10);
  const unsigned char *frame = (const unsigned char *)bytes, *mask = frame + 2;
  cr_expect_eq(frame[0], 0x82);
  cr_expect_eq(frame[1], 0x84);
  for (size_t i = 0; i < 4; i++) cr_expect_eq(frame[6 + i] ^ mask[i % 4], "\0GET"[i]);
  kr_port_forward_sent(forward, 4);
  cr_expect_eq(kr_port_forward_pending(forward, &bytes), 6);
  cr_expect_eq((const unsigned char *)bytes, frame + 4, "what TLS has to try again stays where it is");
  kr_port_forward_sent(forward, 6);
  cr_expect_eq(kr_port_forward_pending(forward, NULL), 0);
}

Test(port_forward, masks_are_not_the_same_twice, .init = begin, .fini = end) {
  const char *bytes;
  char masks[8][4];
  for (size_t i = 0; i < 8; i++) {
    cr_assert_eq(kr_port_forward_send(forward, "x", 1, &error), KR_OK);
    size_t count = kr_port_forward_pending(forward, &bytes);
    memcpy(masks[i], bytes + 2, 4);
    for (size_t k = 0; k < i; k++) cr_expect_neq(memcmp(masks[k], masks[i], 4), 0);
    kr_port_forward_sent(forward, count);
  }
}

Test(port_forward, the_longest_message_can_be_sent_and_a_longer_one_cannot, .init = begin, .fini = end) {
  static char bytes[KR_PORT_FORWARD_SEND_MAX + 1];
  cr_expect_eq(kr_port_forward_send(forward, bytes, sizeof bytes, &error), KR_ELIMIT);
  cr_expect_eq(kr_port_forward_send(forward, bytes, sizeof bytes - 1, &error), KR_OK);
  cr_expect_eq(kr_port_forward_pending(forward, NULL), sizeof bytes - 1 + 1 + 8);
}

Test(port_forward, a_ping_is_answered, .init = begin, .fini = end) {
  const char *bytes;
  cr_expect_eq(FEED("\x89\x02hi"), KR_OK);
  cr_assert_eq(kr_port_forward_pending(forward, &bytes), 8);
  cr_expect_eq((unsigned char)bytes[0], 0x8A);
}

Test(port_forward, an_error_counts_once_it_is_whole_or_the_forward_closed, .init = begin, .fini = end) {
  cr_expect_eq(FEED(OPENING "\x82\x05\x01"
                            "no"),
               KR_OK);
  cr_expect_null(kr_port_forward_error(forward));
  cr_expect_eq(FEED("pe"), KR_OK);
  cr_expect_str_eq(kr_port_forward_error(forward), "nope");
}

Test(port_forward, a_close_gives_its_code_and_words, .init = begin, .fini = end) {
  int code = 0;
  const char *reason = NULL;
  cr_expect_eq(FEED(OPENING "\x88\x06\x03\xF3"
                            "busy"),
               KR_OK);
  cr_expect(kr_port_forward_closed(forward, &code, &reason));
  cr_expect_eq(code, 1011);
  cr_expect_str_eq(reason, "busy");
  cr_expect_eq(kr_port_forward_room(forward), 0);
  cr_expect_eq(FEED("\x82\x02\x00"
                    "x"),
               KR_OK, "what follows is not read");
  expect_data("");
}

/* --- what no API server sends --- */

Test(port_forward, a_channel_that_does_not_begin_with_its_port_is_refused) {
  EXPECT_REFUSED("\x82\x02\x00\x50", "port's number");
  EXPECT_REFUSED("\x82\x01\x00", "port's number");
  EXPECT_REFUSED("\x82\x04\x00\x50\x00x", "port's number");
  EXPECT_REFUSED(
      "\x82\x05\x01"
      "oops",
      "port's number");
  EXPECT_REFUSED("\x82\x00", "without a channel");
}

Test(port_forward, another_port_is_refused) {
  EXPECT_REFUSED("\x82\x03\x00\x51\x00", "port 81");
  EXPECT_REFUSED("\x82\x03\x01\x00\x50", "port 20480");
}

Test(port_forward, another_channel_is_refused) {
  EXPECT_REFUSED(OPENING "\x82\x03\x02\x50\x00", "channel 2");
  EXPECT_REFUSED(OPENING "\x82\x03\xFF\x50\x00", "channel 255");
}

Test(port_forward, text_fragments_compression_and_masks_are_refused) {
  EXPECT_REFUSED(OPENING
                 "\x81\x03\x00"
                 "ab",
                 "text message");
  EXPECT_REFUSED(OPENING
                 "\x02\x03\x00"
                 "ab",
                 "fragments");
  EXPECT_REFUSED(OPENING
                 "\x80\x03\x00"
                 "ab",
                 "no WebSocket frame");
  EXPECT_REFUSED(OPENING
                 "\xC2\x03\x00"
                 "ab",
                 "compressed");
  EXPECT_REFUSED(OPENING
                 "\x82\x83\x00\x00\x00\x00\x00"
                 "ab",
                 "masked");
  EXPECT_REFUSED(OPENING
                 "\x83\x03\x00"
                 "ab",
                 "no WebSocket frame");
}

Test(port_forward, lengths_that_cannot_be_are_refused_before_their_bytes_come) {
  EXPECT_REFUSED(OPENING "\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", "longer than any");
  EXPECT_REFUSED(OPENING "\x82\x7F\x00\x00\x00\x00\x00\x10\x00\x01\x00", "longer than any");
  EXPECT_REFUSED(OPENING "\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", "no WebSocket frame");
  EXPECT_REFUSED(OPENING
                 "\x82\x7E\x00\x03\x00"
                 "ab",
                 "no WebSocket frame");
  EXPECT_REFUSED("\x89\x7E\x00\x80", "no WebSocket frame");
}

Test(port_forward, closes_with_codes_that_cannot_be_are_refused) {
  EXPECT_REFUSED("\x88\x02\x00\x00", "no WebSocket frame");
  EXPECT_REFUSED("\x88\x02\x03\xED", "no WebSocket frame");
}

Test(port_forward, a_flood_of_pings_is_refused_and_their_answers_are_bounded, .init = begin, .fini = end) {
  int status = KR_OK, pings = 0;
  while (status == KR_OK && pings < 10000) {
    status = FEED("\x89\x00");
    pings++;
  }
  cr_expect_eq(status, KR_EINVAL);
  cr_expect_eq(pings, KR_WEBSOCKET_PINGS_MAX + 1);
  cr_expect_not_null(strstr(error.message, "pings"));
}

Test(port_forward, a_flood_on_the_error_channel_is_refused_and_its_text_is_cut, .init = begin, .fini = end) {
  static char frame[4 + 1 + 1000];
  memcpy(frame, "\x82\x7E\x03\xE9\x01", 5);
  memset(frame + 5, 'e', sizeof frame - 5);
  int status = FEED(OPENING);
  for (int i = 0; i < 10; i++) status = status == KR_OK ? feed(frame, sizeof frame) : status;
  cr_expect_eq(status, KR_OK);
  cr_expect_eq(strlen(kr_port_forward_error(forward)), KR_PORT_FORWARD_TEXT_MAX);
  for (int i = 0; i < 100 && status == KR_OK; i++) status = feed(frame, sizeof frame);
  cr_expect_eq(status, KR_EINVAL);
  cr_expect_not_null(strstr(error.message, "floods"));
}

Test(port_forward, whoever_does_not_ask_for_room_is_stopped, .init = begin, .fini = end) {
  static char frame[4 + 1 + 8192];
  memcpy(frame, "\x82\x7E\x20\x01\x00", 5);
  int status = FEED(OPENING);
  size_t room = kr_port_forward_room(forward);
  cr_expect_eq(room, KR_PORT_FORWARD_DATA_MAX);
  for (int i = 0; i < 4; i++) status = status == KR_OK ? feed(frame, sizeof frame) : status;
  cr_expect_eq(status, KR_OK);
  cr_expect_eq(kr_port_forward_room(forward), 0);
  cr_expect_eq(feed(frame, sizeof frame), KR_ELIMIT);
  cr_expect_eq(kr_port_forward_data(forward, NULL), KR_PORT_FORWARD_DATA_MAX);
}
