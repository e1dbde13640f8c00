/* notify.c - see notify.h. */
#include "cli/notify.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "book/document.h"
#include "book/render.h"
#include "cli/notify_shapes.h"

#define TIMEOUT_MS    30000
#define CONNECT_MS    10000
#define TRIES_MAX     5
#define PAUSE_MS      500 /* before the second try; doubles */
#define PAUSE_MAX_MS  8000
#define TOLD_MAX_S    86400 /* of what a server asks for */
#define URL_BYTES_MAX ((size_t)8 << 10)
#define WHERE_MAX     300

/* One report on its way. */
struct post {
  CURL *easy;
  const char *url;
  char where[WHERE_MAX]; /* "https://hooks.slack.com": all that may be told of the URL, whose path can be a secret */
  struct kr_buffer body;
  int64_t deadline;
  char detail[CURL_ERROR_SIZE];
};

/* What came of one try. */
struct outcome {
  CURLcode result;
  long status;
  int64_t pause_ms; /* that the server asks for; 0: it does not */
};

static int find_shape(const struct kr_notify_shape **out, const char *name, struct kr_error *error) {
  const char *names[8];
  *out = &kr_notify_shapes[0];
  if (!name) return KR_OK;
  for (size_t i = 0; i < kr_notify_shape_count; i++) {
    names[i] = kr_notify_shapes[i].name;
    if (strcmp(name, names[i]) == 0) *out = &kr_notify_shapes[i];
    if (strcmp(name, names[i]) == 0) return KR_OK;
  }
  const char *nearest = kr_text_nearest(name, names, kr_notify_shape_count);
  return kr_error_set(error, KR_EUSAGE, "--notify-format takes json, slack or alertmanager, not \"%.60s\"%s%s", name,
                      nearest ? "; nearest: " : "", nearest ? nearest : "");
}

/* The URL itself, or with "@FILE" the first line of that file. */
static int read_url(struct kr_buffer *url, const char *given, struct kr_error *error) {
  if (*given != '@') {
    int code = kr_buffer_puts(url, given);
    return code ? kr_error_set(error, KR_EUSAGE, "--notify: the URL is too long") : KR_OK;
  }
  int code = kr_file_read(url, given + 1, error);
  if (code) return kr_error_prefix(error, "--notify");
  if (url->length > 0) {
    size_t length = strcspn(url->data, "\r\n");
    url->data[length] = '\0';
    url->length = length;
  }
  return KR_OK;
}

/* "https://host:port" into where; and whether that is a URL for a post at all. */
static int name_server(char where[WHERE_MAX], const char *url, struct kr_error *error) {
  CURLU *parts = curl_url();
  char *scheme = NULL, *host = NULL, *port = NULL;
  int code = KR_OK;
  bool good = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
  if (good) {
    bool own = curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK;
    (void)snprintf(where, WHERE_MAX, "%s://%.200s%s%.6s", scheme, host, own ? ":" : "", own ? port : "");
  } else {
    /* Not a word of it: it may be a secret with a typing mistake. */
    code = kr_error_set(error, KR_EUSAGE, "--notify takes a URL that begins with http:// or https://, or @FILE");
  }
  curl_free(scheme);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(parts);
  return code;
}

int kr_notify_check(const struct kr_notify **out, const struct kr_notify *flags, struct kr_error *error) {
  const struct kr_notify_shape *shape = NULL;
  char where[WHERE_MAX];
  struct kr_buffer url;
  int code = find_shape(&shape, flags->format, error);
  *out = NULL;
  if (code) return code;
  if (!flags->url) return flags->format ? kr_error_set(error, KR_EUSAGE, "--notify-format needs --notify URL") : KR_OK;
  kr_buffer_init(&url, URL_BYTES_MAX);
  code = read_url(&url, flags->url, error);
  if (!code) code = name_server(where, kr_buffer_text(&url), error);
  if (!code) *out = flags;
  kr_buffer_free(&url);
  return code;
}

static size_t drop_answer(char *bytes, size_t size, size_t count, void *user) {
  (void)bytes, (void)user;
  return size * count;
}

static int look_up(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  (void)user, (void)a, (void)b, (void)c, (void)d;
  return kr_cancelled(); /* not 0: leave it */
}

/* The certificate is verified against the system's CAs, as libcurl does unless told otherwise. Redirections are not
 * followed: the report goes where the command line says. */
static CURLcode set_up(struct post *post, const struct curl_slist *headers) {
  CURL *easy = post->easy;
  CURLcode result = CURLE_OK;
#define SET(option, value) \
  if (result == CURLE_OK) result = curl_easy_setopt(easy, option, value)
  SET(CURLOPT_URL, post->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  SET(CURLOPT_USERAGENT, "krunbook/" KR_VERSION);
  SET(CURLOPT_HTTPHEADER, headers);
  SET(CURLOPT_POST, 1L);
  SET(CURLOPT_POSTFIELDS, kr_buffer_text(&post->body));
  SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.length);
  SET(CURLOPT_ERRORBUFFER, post->detail);
  SET(CURLOPT_WRITEFUNCTION, drop_answer);
  SET(CURLOPT_NOPROGRESS, 0L);
  SET(CURLOPT_XFERINFOFUNCTION, look_up);
#undef SET
  return result;
}

static struct outcome try_once(struct post *post) {
  struct outcome outcome = {0};
  curl_off_t pause = 0;
  int64_t left = post->deadline - kr_clock_monotonic();
  if (left < 1) left = 1;
  post->detail[0] = '\0';
  (void)curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, (long)left);
  (void)curl_easy_setopt(post->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(left < CONNECT_MS ? left : CONNECT_MS));
  outcome.result = curl_easy_perform(post->easy);
  if (outcome.result != CURLE_OK) return outcome;
  (void)curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &outcome.status);
  (void)curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER, &pause);
  outcome.pause_ms = (int64_t)(pause < TOLD_MAX_S ? pause : TOLD_MAX_S) * 1000;
  return outcome;
}

static bool is_done(const struct outcome *outcome) {
  return outcome->result == CURLE_OK && outcome->status >= 200 && outcome->status < 300;
}

/* What may go better in a moment: no connection, no answer, a server that is busy or unwell. */
static bool may_try_again(const struct outcome *outcome) {
  switch (outcome->result) {
    case CURLE_OK:
      return outcome->status == 429 || outcome->status >= 500;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return true;
    default:
      return false;
  }
}

static int describe(const struct post *post, const struct outcome *outcome, int tries, struct kr_error *error) {
  const char *times = tries == 1 ? "" : " (tried several times)";
  const char *why = *post->detail ? post->detail : curl_easy_strerror(outcome->result);
  /* Of a proxy's address that it cannot read libcurl quotes the password too. */
  if (strstr(why, "Unsupported proxy")) why = "the address in HTTPS_PROXY or HTTP_PROXY cannot be used";
  if (kr_cancelled())
    return kr_error_set(error, KR_ECANCELLED, "%s was not told of the report: interrupted", post->where);
  if (outcome->result == CURLE_OK)
    return kr_error_set(error, outcome->status == 401 || outcome->status == 403 ? KR_EAUTH : KR_EINVAL,
                        "%s did not take the report: HTTP status %ld%s", post->where, outcome->status, times);
  if (outcome->result == CURLE_OPERATION_TIMEDOUT)
    return kr_error_set(error, KR_ELIMIT,
                        "%s was not told of the report: no answer in time; --notify-timeout says how "
                        "long to wait%s",
                        post->where, times);
  return kr_error_set(error, KR_ECONNECT, "%s was not told of the report: %s%s", post->where, why, times);
}

/* Waits, or until Ctrl-C. */
static void pause_for(int64_t ms) {
  struct pollfd cancel = {.fd = kr_cancel_fd(), .events = POLLIN};
  (void)poll(&cancel, 1, (int)ms);
}

static int send_it(struct post *post, struct kr_error *error) {
  struct outcome outcome = {0};
  int64_t pause = PAUSE_MS;
  int tries = 0;
  for (;;) {
    outcome = try_once(post);
    tries++;
    if (is_done(&outcome)) return KR_OK;
    int64_t wait = outcome.pause_ms > pause ? outcome.pause_ms : pause;
    if (!may_try_again(&outcome) || kr_cancelled() || tries == TRIES_MAX ||
        kr_clock_monotonic() + wait >= post->deadline)
      return describe(post, &outcome, tries, error);
    kr_log(1, "telling %s of the report again in %lld ms", post->where, (long long)wait);
    pause_for(wait);
    pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
  }
}

static int post_body(struct post *post, struct kr_error *error) {
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  struct curl_slist *more = headers ? curl_slist_append(headers, "Expect:") : NULL;
  post->easy = curl_easy_init();
  int code = KR_OK;
  if (!more || !post->easy || set_up(post, headers) != CURLE_OK)
    code = kr_error_set(error, KR_ENOMEM, "out of memory while telling %s of the report", post->where);
  if (!code) code = send_it(post, error);
  curl_easy_cleanup(post->easy);
  curl_slist_free_all(headers);
  return code;
}

bool kr_notify_repeats(const struct kr_notify *notify) {
  return notify->format && strcmp(notify->format, "alertmanager") == 0;
}

int kr_notify_post(const struct kr_notify *notify, const json_t *document, struct kr_error *error) {
  const struct kr_notify_shape *shape = NULL;
  struct post post = {.deadline = kr_clock_monotonic() + (notify->timeout_ms > 0 ? notify->timeout_ms : TIMEOUT_MS)};
  struct kr_buffer url;
  json_t *shaped = NULL;
  int code = find_shape(&shape, notify->format, error);
  if (code || kr_cancelled()) return code; /* after Ctrl-C nobody waits for a web server */
  if (shape->only_news && strcmp(kr_document_status(document), "ok") == 0) return KR_OK;
  kr_buffer_init(&url, URL_BYTES_MAX);
  kr_buffer_init(&post.body, KR_RENDER_MAX);
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) code = kr_error_set(error, KR_ENOMEM, "out of memory");
  if (!code) code = read_url(&url, notify->url, error);
  if (!code) code = name_server(post.where, kr_buffer_text(&url), error);
  post.url = kr_buffer_text(&url);
  if (!code) shaped = shape->make(document);
  if (!code && (!shaped || kr_render_json_with(&post.body, shaped, JSON_COMPACT)))
    code = kr_error_set(error, KR_ENOMEM, "the report for %s is too large, or memory was refused", post.where);
  if (!code) code = post_body(&post, error);
  json_decref(shaped);
  kr_buffer_free(&post.body);
  kr_buffer_free(&url);
  return code;
}
