/* The snapshot transport, on the shipped snapshot and on folders made by hand. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "kube/snapshot.h"

static struct kr_reply last;

static void keep(void *user, struct kr_reply *reply) {
  (void)user;
  kr_reply_free(&last);
  last = *reply;
  *reply = (struct kr_reply){0};
}

static struct kr_transport *open_shipped(void) {
  struct kr_transport *transport = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_snapshot_open(&transport, KR_TEST_SOURCE_DIR "/examples/clusters/procedures", &error), KR_OK, "%s",
               error.message);
  return transport;
}

static void ask(struct kr_transport *transport, struct kr_request request) {
  struct kr_error error = KR_ERROR_INIT;
  if (request.group == NULL) request.group = "";
  if (request.version == NULL) request.version = "v1";
  cr_assert_eq(kr_transport_submit(transport, &request, keep, NULL, &error), KR_OK);
  cr_assert_eq(kr_transport_wait(transport, 0, &error), 1);
}

static size_t item_count(void) {
  json_t *list = json_loadb(last.body.data, last.body.length, 0, NULL);
  size_t count = json_array_size(json_object_get(list, "items"));
  json_decref(list);
  return count;
}

static void finish(struct kr_transport *transport) {
  kr_transport_free(transport);
  kr_reply_free(&last);
}

Test(snapshot, an_object_that_is_there_is_found_with_its_kind) {
  struct kr_transport *transport = open_shipped();
  ask(transport,
      (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "default", .name = "error"});
  cr_assert_eq(last.outcome, KR_FOUND);
  json_t *pod = json_loadb(last.body.data, last.body.length, 0, NULL);
  cr_assert_str_eq(json_string_value(json_object_get(pod, "kind")), "Pod");
  cr_assert_str_eq(json_string_value(json_object_get(pod, "apiVersion")), "v1");
  json_decref(pod);
  finish(transport);
}

Test(snapshot, covered_and_not_there_is_absent) {
  struct kr_transport *transport = open_shipped();
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "default", .name = "nope"});
  cr_assert_eq(last.outcome, KR_ABSENT);
  finish(transport);
}

Test(snapshot, what_is_not_covered_is_unknown_never_absent) {
  struct kr_transport *transport = open_shipped();
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "secrets", .namespace_ = "default", .name = "x"});
  cr_assert_eq(last.outcome, KR_UNKNOWN);
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "elsewhere"});
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  finish(transport);
}

Test(snapshot, a_list_is_paged_to_its_end) {
  struct kr_transport *transport = open_shipped();
  struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "zoo", .list.limit = 0};
  ask(transport, request);
  size_t all = item_count(), sum = 0;
  cr_assert_gt(all, 15);
  request.list.limit = 7;
  char token[32] = "";
  for (int page = 0; page < 10; page++) {
    ask(transport, request);
    cr_assert_leq(item_count(), 7);
    sum += item_count();
    json_t *list = json_loadb(last.body.data, last.body.length, 0, NULL);
    const char *next = json_string_value(json_object_get(json_object_get(list, "metadata"), "continue"));
    (void)snprintf(token, sizeof token, "%s", next == NULL ? "" : next);
    json_decref(list);
    if (*token == '\0') break;
    request.list.continue_token = token;
  }
  cr_assert_eq(sum, all);
  finish(transport);
}

Test(snapshot, events_are_selected_by_the_uid_of_what_they_are_about) {
  struct kr_transport *transport = open_shipped();
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST,
                                     .resource = "events",
                                     .namespace_ = "default",
                                     .list.field_selector = "involvedObject.uid=7fb223db-2046-44a5-9941-f1742ca7aa19"});
  cr_assert_eq(item_count(), 5);
  finish(transport);
}

Test(snapshot, an_unknown_field_is_the_apis_own_400) {
  struct kr_transport *transport = open_shipped();
  ask(transport,
      (struct kr_request){
          .verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "default", .list.field_selector = "nope=1"});
  cr_assert_eq(last.reason, KR_REASON_BAD_REQUEST);
  cr_assert(strstr(last.message, "field label not supported: nope") != NULL);
  finish(transport);
}

static struct kr_request log_of(const char *pod, bool previous) {
  return (struct kr_request){.verb = KR_VERB_LOGS,
                             .resource = "pods",
                             .namespace_ = "default",
                             .name = pod,
                             .logs = {.container = "web", .previous = previous, .tail_lines = -1}};
}

Test(snapshot, a_log_is_cut_by_lines_and_bytes) {
  struct kr_transport *transport = open_shipped();
  struct kr_request request = log_of("error", false);
  request.logs.tail_lines = 1;
  ask(transport, request);
  cr_assert_str_eq(kr_buffer_text(&last.body), "Try 'sleep --help' for more information.\n");
  request.logs.tail_lines = -1;
  request.logs.limit_bytes = 5;
  ask(transport, request);
  cr_assert_str_eq(kr_buffer_text(&last.body), "sleep");
  finish(transport);
}

Test(snapshot, where_there_was_no_log_the_api_says_so_again) {
  struct kr_transport *transport = open_shipped();
  ask(transport, log_of("backoff", false));
  cr_assert_eq(last.outcome, KR_ABSENT);
  cr_assert(strstr(last.message, "waiting to start") != NULL);
  ask(transport, log_of("pending", false));
  cr_assert_eq(last.outcome, KR_ABSENT);
  struct kr_request since = log_of("error", false);
  since.logs.since_seconds = 60;
  ask(transport, since);
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  finish(transport);
}

Test(snapshot, names_do_not_leave_the_folder) {
  struct kr_transport *transport = open_shipped();
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "../../x", .namespace_ = "default", .name = "x"});
  cr_assert_eq(last.outcome, KR_UNKNOWN);
  struct kr_request request = log_of("../../../../snapshot", false);
  ask(transport, request);
  cr_assert_eq(last.outcome, KR_UNKNOWN);
  finish(transport);
}

Test(snapshot, now_is_when_it_was_taken) {
  struct kr_transport *transport = open_shipped();
  cr_assert_eq(kr_transport_now(transport), kr_time_parse("2026-11-23T17:48:39Z"));
  finish(transport);
}

/* A folder made by hand. */
static char *folder_with(const char *index, const char *pods) {
  char *folder = strdup("/tmp/krunbook-snapshot-XXXXXX"), *path = NULL;
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_gt(asprintf(&path, "%s/snapshot.json", folder), 0);
  cr_assert_eq(kr_file_write(path, index, strlen(index), 0600, NULL), KR_OK);
  free(path);
  if (pods == NULL) return folder;
  cr_assert_gt(asprintf(&path, "%s/namespaces/a", folder), 0);
  cr_assert_eq(kr_folder_make(path, NULL), KR_OK);
  free(path);
  cr_assert_gt(asprintf(&path, "%s/namespaces/a/pods.json", folder), 0);
  cr_assert_eq(kr_file_write(path, pods, strlen(pods), 0600, NULL), KR_OK);
  free(path);
  return folder;
}

Test(snapshot, a_malformed_index_is_an_error_that_names_the_place) {
  static const struct {
    const char *index, *says;
  } cases[] = {
      {"{", "snapshot.json:1:"},
      {"{\"schema\": \"other\"}", "schema"},
      {"{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"today\"}", "taken_at"},
      {"{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\", \"covered\": 1}", "covered"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct kr_transport *transport = NULL;
    struct kr_error error = KR_ERROR_INIT;
    char *folder = folder_with(cases[i].index, NULL);
    cr_assert_eq(kr_snapshot_open(&transport, folder, &error), KR_EINVAL);
    cr_assert(strstr(error.message, cases[i].says) != NULL, "%s", error.message);
    free(folder);
  }
}

Test(snapshot, a_malformed_list_is_unknown_and_says_where) {
  static const char index[] =
      "{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\","
      " \"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}";
  struct kr_transport *transport = NULL;
  char *folder = folder_with(index, "{\"items\": [\n{]}");
  cr_assert_eq(kr_snapshot_open(&transport, folder, NULL), KR_OK);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  cr_assert_eq(last.outcome, KR_UNKNOWN);
  cr_assert_eq(last.reason, KR_REASON_BAD_ANSWER);
  cr_assert(strstr(last.message, "pods.json:2:") != NULL, "%s", last.message);
  finish(transport);
  free(folder);
}

Test(snapshot, a_refusal_is_given_again) {
  static const char index[] =
      "{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\","
      " \"refused\": [{\"verb\": \"list\", \"resource\": \"pods\", \"namespace\": \"a\", \"status\": 403,"
      " \"reason\": \"Forbidden\", \"message\": \"pods is forbidden\"}]}";
  struct kr_transport *transport = NULL;
  char *folder = folder_with(index, NULL);
  cr_assert_eq(kr_snapshot_open(&transport, folder, NULL), KR_OK);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  cr_assert_eq(last.reason, KR_REASON_FORBIDDEN);
  cr_assert_str_eq(last.message, "pods is forbidden");
  ask(transport,
      (struct kr_request){.verb = KR_VERB_REVIEW, .resource = "pods", .namespace_ = "a", .review.verb = "list"});
  cr_assert_eq(last.outcome, KR_FOUND);
  cr_assert(strstr(kr_buffer_text(&last.body), "\"allowed\":false") != NULL);
  finish(transport);
  free(folder);
}
