/* The snapshot transport, on the shipped snapshot and on folders made by hand. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <ftw.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
  cr_assert_eq(kr_snapshot_open(&transport, KR_TEST_SOURCE_DIR "/examples/clusters/procedures", true, &error), KR_OK,
               "%s", error.message);
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
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "kube-system"});
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

Test(snapshot, of_all_namespaces_the_covered_ones_are_given_and_then_nobody_knows) {
  struct kr_transport *transport = open_shipped();
  struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods", .list = {.limit = 20}};
  char token[64] = "";
  size_t sum = 0, pages = 0;
  for (request.list.continue_token = NULL;; request.list.continue_token = token, pages++) {
    ask(transport, request);
    if (last.outcome != KR_FOUND) break;
    sum += item_count();
    json_t *list = json_loadb(last.body.data, last.body.length, 0, NULL);
    const char *next = json_string_value(json_object_get(json_object_get(list, "metadata"), "continue"));
    cr_assert_not_null(next, "the list must not end as if it were whole");
    (void)snprintf(token, sizeof token, "%s", next);
    json_decref(list);
  }
  cr_assert(pages > 1 && sum > 20, "%zu pods", sum);
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  cr_assert_str_eq(last.message, "the snapshot holds these namespaces only: default, ingress-nginx, tight, zoo");
  finish(transport);
}

Test(snapshot, in_a_namespace_that_does_not_exist_there_is_nothing) {
  struct kr_transport *transport = open_shipped();
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "zooo"});
  cr_assert_eq(last.outcome, KR_FOUND);
  cr_assert_eq(item_count(), 0);
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "zooo", .name = "x"});
  cr_assert_eq(last.outcome, KR_ABSENT);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "kube-system"});
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  cr_assert_str_eq(
      last.message,
      "the snapshot does not hold the pods of kube-system; it holds those of: default, ingress-nginx, tight, zoo");
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
  cr_assert_eq(last.outcome, KR_ABSENT, "there is no such pod");
  finish(transport);
}

Test(snapshot, now_is_when_it_was_taken) {
  struct kr_transport *transport = open_shipped();
  cr_assert_eq(kr_transport_now(transport), kr_time_parse("2026-11-23T17:48:39Z"));
  finish(transport);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about, (void)type, (void)where;
  return remove(path);
}

static void drop(char *folder) {
  cr_assert_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  free(folder);
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
    cr_assert_eq(kr_snapshot_open(&transport, folder, true, &error), KR_EINVAL);
    cr_assert(strstr(error.message, cases[i].says) != NULL, "%s", error.message);
    drop(folder);
  }
}

Test(snapshot, a_malformed_list_is_unknown_and_says_where) {
  static const char index[] =
      "{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\","
      " \"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}";
  struct kr_transport *transport = NULL;
  char *folder = folder_with(index, "{\"items\": [\n{]}");
  cr_assert_eq(kr_snapshot_open(&transport, folder, true, NULL), KR_OK);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  cr_assert_eq(last.outcome, KR_UNKNOWN);
  cr_assert_eq(last.reason, KR_REASON_BAD_ANSWER);
  cr_assert(strstr(last.message, "pods.json:2:") != NULL, "%s", last.message);
  finish(transport);
  drop(folder);
}

Test(snapshot, a_refusal_is_given_again) {
  static const char index[] =
      "{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\","
      " \"refused\": [{\"verb\": \"list\", \"resource\": \"pods\", \"namespace\": \"a\", \"status\": 403,"
      " \"reason\": \"Forbidden\", \"message\": \"pods is forbidden\"}]}";
  struct kr_transport *transport = NULL;
  char *folder = folder_with(index, NULL);
  cr_assert_eq(kr_snapshot_open(&transport, folder, true, NULL), KR_OK);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  cr_assert_eq(last.reason, KR_REASON_FORBIDDEN);
  cr_assert_str_eq(last.message, "pods is forbidden");
  ask(transport,
      (struct kr_request){.verb = KR_VERB_REVIEW, .resource = "pods", .namespace_ = "a", .review.verb = "list"});
  cr_assert_eq(last.outcome, KR_FOUND);
  cr_assert(strstr(kr_buffer_text(&last.body), "\"allowed\":false") != NULL);
  finish(transport);
  drop(folder);
}

#define HEAD "{\"schema\": \"krunbook.snapshot/v1\", \"taken_at\": \"2026-01-01T00:00:00Z\", "

static struct kr_transport *open_folder(const char *folder) {
  struct kr_transport *transport = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_snapshot_open(&transport, folder, true, &error), KR_OK, "%s", error.message);
  return transport;
}

static const struct kr_request list_pods = {.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"};

Test(snapshot, what_was_refused_for_all_namespaces_is_not_refused_for_one) {
  char *folder = folder_with(HEAD
                             "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}], \"refused\": ["
                             "{\"verb\": \"list\", \"resource\": \"pods\", \"namespace\": \"*\", \"status\": 403,"
                             " \"reason\": \"Forbidden\", \"message\": \"no\"}]}",
                             "{\"kind\": \"PodList\", \"items\": []}");
  struct kr_transport *transport = open_folder(folder);
  ask(transport, list_pods);
  cr_assert_eq(last.outcome, KR_FOUND);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"});
  cr_assert_eq(last.reason, KR_REASON_FORBIDDEN);
  finish(transport);
  drop(folder);
}

Test(snapshot, a_token_of_another_server_is_refused) {
  struct kr_transport *transport = open_shipped();
  static const char *const wrong[] = {"nonsense", "after:", "after:-1", "after:0", "after:999", "after:1x"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "zoo"};
    request.list.continue_token = wrong[i];
    ask(transport, request);
    cr_assert_eq(last.reason, KR_REASON_BAD_REQUEST, "%s", wrong[i]);
  }
  finish(transport);
}

Test(snapshot, the_kubelets_words_in_place_of_a_log_are_no_log) {
  char *folder = folder_with(HEAD
                             "\"logs\": [{\"namespace\": \"default\", \"pod\": \"p\", \"container\": \"web\","
                             " \"status\": 200, \"message\": \"unable to retrieve container logs for"
                             " containerd://1\"}]}",
                             NULL);
  struct kr_transport *transport = open_folder(folder);
  ask(transport, log_of("p", false));
  cr_assert_eq(last.outcome, KR_ABSENT);
  cr_assert(strstr(last.message, "unable to retrieve") != NULL);
  finish(transport);
  drop(folder);
}

Test(snapshot, the_pod_tells_of_a_log_that_nobody_read) {
  struct kr_transport *transport = open_shipped();
  ask(transport, log_of("no-such-pod", false));
  cr_assert_eq(last.outcome, KR_ABSENT);
  struct kr_request other = log_of("running", false);
  other.logs.container = "no-such-container";
  ask(transport, other);
  cr_assert_eq(last.reason, KR_REASON_BAD_REQUEST);
  finish(transport);
  char *folder = folder_with(HEAD "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}",
                             "{\"kind\": \"PodList\", \"items\": [{\"metadata\": {\"name\": \"p\"},"
                             " \"spec\": {\"containers\": [{\"name\": \"web\"}]}, \"status\": {\"containerStatuses\":"
                             " [{\"name\": \"web\", \"restartCount\": 0}]}}]}");
  transport = open_folder(folder);
  struct kr_request request = log_of("p", true);
  request.namespace_ = "a";
  ask(transport, request);
  cr_assert_eq(last.outcome, KR_ABSENT, "it never ran before");
  request.logs.previous = false;
  ask(transport, request);
  cr_assert_eq(last.reason, KR_REASON_NOT_RECORDED);
  finish(transport);
  drop(folder);
}

Test(snapshot, a_link_or_a_pipe_in_the_folder_is_not_followed) {
  char *folder = folder_with(HEAD "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}", "{}"), *path = NULL;
  cr_assert_gt(asprintf(&path, "%s/namespaces/a/pods.json", folder), 0);
  cr_assert_eq(unlink(path), 0);
  cr_assert_eq(symlink(KR_TEST_SOURCE_DIR "/examples/clusters/procedures/namespaces/zoo/pods.json", path), 0);
  struct kr_transport *transport = open_folder(folder);
  ask(transport, list_pods);
  cr_assert_eq(last.reason, KR_REASON_BAD_ANSWER);
  cr_assert_eq(unlink(path), 0);
  cr_assert_eq(mkfifo(path, 0600), 0);
  ask(transport, list_pods);
  cr_assert_eq(last.reason, KR_REASON_BAD_ANSWER);
  finish(transport);
  free(path);
  drop(folder);
}

Test(snapshot, a_name_of_any_bytes_is_absent) {
  struct kr_transport *transport = open_shipped();
  ask(transport,
      (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "default", .name = "\xff\xc0\"x"});
  cr_assert_eq(last.outcome, KR_ABSENT);
  finish(transport);
}

static void expect_kind(const char *kind, const char *version) {
  json_t *answer = json_loadb(last.body.data, last.body.length, 0, NULL);
  cr_assert_str_eq(json_string_value(json_object_get(answer, "kind")), kind);
  cr_assert_str_eq(json_string_value(json_object_get(answer, "apiVersion")), version);
  json_decref(answer);
}

Test(snapshot, an_empty_list_without_a_file_says_its_kind) {
  char *folder = folder_with(HEAD "\"covered\": [{\"resource\": \"deployments.apps\", \"namespace\": \"*\"}]}", NULL);
  struct kr_transport *transport = open_folder(folder);
  ask(transport,
      (struct kr_request){.verb = KR_VERB_LIST, .group = "apps", .resource = "deployments", .namespace_ = "a"});
  expect_kind("DeploymentList", "apps/v1");
  cr_assert_eq(item_count(), 0);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .group = "apps", .resource = "deployments"});
  expect_kind("DeploymentList", "apps/v1");
  finish(transport);
  drop(folder);
}

Test(snapshot, a_list_that_kubectl_wrote_is_read_as_the_apis) {
  char *folder = folder_with(HEAD "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}",
                             "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\","
                             " \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\", \"namespace\": \"a\"}}]}");
  struct kr_transport *transport = open_folder(folder);
  ask(transport, list_pods);
  expect_kind("PodList", "v1");
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "a", .name = "p"});
  expect_kind("Pod", "v1");
  finish(transport);
  drop(folder);
}

/* --- files that are large, odd or wrong --- */

#define A_COVERED HEAD "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]}"

/* A list of so many pods, each with a text of so many bytes. */
static char *many_pods(size_t count, size_t bytes) {
  struct kr_buffer text;
  kr_buffer_init(&text, (size_t)64 << 20);
  cr_assert_eq(kr_buffer_puts(&text, "{\"kind\": \"PodList\", \"apiVersion\": \"v1\", \"items\": ["), KR_OK);
  for (size_t i = 0; i < count; i++) {
    cr_assert_eq(kr_buffer_printf(&text,
                                  "%s\n  {\n \"metadata\": {\"name\": \"p-%zu\", \"labels\": {\"third\": \"%s\"}},"
                                  " \"spec\": {\"nodeName\": \"%0*d\"}}",
                                  i > 0 ? "," : "", i, i % 3 == 0 ? "yes" : "no", (int)bytes, 0),
                 KR_OK);
  }
  cr_assert_eq(kr_buffer_puts(&text, "\n]}\n"), KR_OK);
  return kr_buffer_take(&text);
}

/* How many objects all pages of the request have together. */
static size_t count_all(struct kr_transport *transport, struct kr_request request) {
  char token[64] = "";
  size_t sum = 0;
  do {
    request.list.continue_token = token;
    ask(transport, request);
    cr_assert_eq(last.outcome, KR_FOUND, "%s", last.message);
    cr_assert(request.list.limit == 0 || item_count() <= (size_t)request.list.limit);
    sum += item_count();
    json_t *list = json_loadb(last.body.data, last.body.length, 0, NULL);
    const char *next = json_string_value(json_object_get(json_object_get(list, "metadata"), "continue"));
    (void)snprintf(token, sizeof token, "%s", next == NULL ? "" : next);
    json_decref(list);
  } while (*token != '\0');
  return sum;
}

Test(snapshot, a_file_larger_than_what_is_held_of_it_is_read_to_its_end) {
  char *pods = many_pods(700, 8000), *folder = folder_with(A_COVERED, pods);
  struct kr_transport *transport = open_folder(folder);
  struct kr_request request = list_pods;
  request.list.limit = 250;
  cr_expect_eq(count_all(transport, request), 700);
  request.list.label_selector = "third=yes";
  cr_expect_eq(count_all(transport, request), 234);
  request.list.limit = 234;
  ask(transport, request);
  cr_expect_null(strstr(kr_buffer_text(&last.body), "continue"), "nothing follows a last page that is full");
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "a", .name = "p-699"});
  cr_expect_eq(last.outcome, KR_FOUND);
  cr_expect_eq(strstr(kr_buffer_text(&last.body), "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":"),
               kr_buffer_text(&last.body));
  finish(transport);
  free(pods);
  drop(folder);
}

Test(snapshot, what_is_wrong_is_told_with_its_place) {
  static const struct {
    const char *pods, *says;
  } cases[] = {{"{\"items\": [\n {\"metadata\": {\"name\": \"p\"},\n  \"spec\": tru}]}",
                "pods.json:3:13: invalid token near 'tru'"},
               {"{\"items\": [{\"metadata\": {\"name\": \"p\"}}", "pods.json:1:39: ']' expected near end of file"},
               {"{\"items\": [{\"metadata\": {\"name\": \"p\", \"name\": \"q\"}}]}",
                "pods.json:1:44: duplicate object key near '\"name\"'"},
               {"{\"items\": [],\n\"items\": []}", "pods.json:2:1: duplicate object key"},
               {"{\"items\": []} x", "pods.json:1:15: end of file expected near 'x'"},
               {"{\"items\": [] \"kind\": 1}", "'}' expected near '\"'"},
               {"{\"items\": [{\"metadata\": {}}]}", "pods.json: item 0 has no metadata.name"},
               {"{\"items\": [{\"metadata\": {\"name\": \"p\"}}, 7]}", "pods.json: item 1 has no metadata.name"},
               {"{\"items\": {}}", "pods.json: a List with an array \"items\" is wanted"},
               {"[]", "pods.json: a List with an array \"items\" is wanted"},
               {"{}", "pods.json: a List with an array \"items\" is wanted"},
               {"", "pods.json:1:1: '[' or '{' expected near end of file"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *folder = folder_with(A_COVERED, cases[i].pods);
    struct kr_transport *transport = open_folder(folder);
    ask(transport, list_pods);
    cr_expect_eq(last.reason, KR_REASON_BAD_ANSWER, "%s", cases[i].pods);
    cr_expect_not_null(strstr(last.message, cases[i].says), "%s: %s", cases[i].pods, last.message);
    finish(transport);
    drop(folder);
  }
}

Test(snapshot, odd_spellings_mean_the_same) {
  char *folder = folder_with(A_COVERED,
                             "\n{\"metadata\": {}, \"items\": [{\"spec\": {\"x\": 1e2}, \"meta\\u0064ata\": {\"name\":"
                             " \"p\\u002d1\", \"lab\\u0065ls\": {\"app\": \"w\"}}}], \"kind\": \"PodList\"}\n");
  struct kr_transport *transport = open_folder(folder);
  struct kr_request request = list_pods;
  request.list.label_selector = "app=w";
  ask(transport, request);
  cr_expect_eq(item_count(), 1);
  expect_kind("PodList", "v1");
  ask(transport, (struct kr_request){.verb = KR_VERB_GET, .resource = "pods", .namespace_ = "a", .name = "p-1"});
  cr_expect_eq(last.outcome, KR_FOUND);
  expect_kind("Pod", "");
  finish(transport);
  drop(folder);
}

Test(snapshot, a_file_that_changes_meanwhile_is_unknown) {
  char *folder = folder_with(A_COVERED, "{\"kind\": \"PodList\", \"items\": [{\"metadata\": {\"name\": \"p\"}}]}"),
       *path = NULL;
  static const char other[] = "{\"items\": [     {\"metadata\": {\"name\": \"q\"}}]}";
  struct kr_transport *transport = open_folder(folder);
  ask(transport, list_pods);
  cr_expect_eq(item_count(), 1);
  cr_assert_gt(asprintf(&path, "%s/namespaces/a/pods.json", folder), 0);
  cr_assert_eq(kr_file_write(path, other, sizeof other - 1, 0600, NULL), KR_OK);
  ask(transport, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "b"}); /* another file */
  ask(transport, list_pods);
  cr_expect(last.outcome == KR_FOUND || strstr(last.message, "has changed while it was read") != NULL);
  finish(transport);
  free(path);
  drop(folder);
}

/* --- probes --- */

#define PODS_COVERED HEAD "\"covered\": [{\"resource\": \"pods\", \"namespace\": \"a\"}]"

static char *folder_with_probes(const char *index, const char *probes) {
  static const char pods[] =
      "{\"kind\": \"PodList\", \"items\": [{\"metadata\": {\"name\": \"p\"}, \"spec\": {\"nodeName\": \"n\"}},"
      " {\"metadata\": {\"name\": \"unscheduled\"}, \"spec\": {}}]}";
  char *folder = folder_with(index, pods), *path = NULL;
  cr_assert_gt(asprintf(&path, "%s/namespaces/a/probes.json", folder), 0);
  cr_assert_eq(kr_file_write(path, probes, strlen(probes), 0600, NULL), KR_OK);
  free(path);
  return folder;
}

static struct kr_request probe_of(const char *pod, int port, enum kr_probe_scheme scheme) {
  return (struct kr_request){.verb = KR_VERB_PROBE,
                             .resource = "pods",
                             .namespace_ = "a",
                             .name = pod,
                             .probe = {.port = port, .scheme = scheme}};
}

static void expect_result(struct kr_transport *transport, struct kr_request request, const char *body) {
  ask(transport, request);
  cr_expect_eq(last.outcome, KR_FOUND, "%s", last.message == NULL ? "" : last.message);
  cr_expect_str_eq(kr_buffer_text(&last.body), body);
}

Test(snapshot, a_probe_is_answered_by_the_one_that_asked_the_same) {
  char *folder =
      folder_with_probes(PODS_COVERED "}",
                         "{\"probes\": ["
                         "{\"pod\": \"p\", \"port\": 80, \"scheme\": \"http\", \"path\": \"/\", \"result\": "
                         "\"answered\", \"latency_ms\": 3,"
                         " \"status\": 200, \"headers\": {\"server\": \"x\"}, \"body\": \"hi\", \"truncated\": false},"
                         "{\"pod\": \"p\", \"port\": 80, \"scheme\": \"http\", \"path\": \"/\", \"host\": \"shop\", "
                         "\"result\": \"answered\","
                         " \"latency_ms\": 4, \"status\": 404}]}");
  struct kr_transport *transport = open_folder(folder);
  struct kr_request request = probe_of("p", 80, KR_PROBE_HTTP);
  expect_result(transport, request,
                "{\"result\":\"answered\",\"latency_ms\":3,\"status\":200,\"headers\":{\"server\":\"x\"},"
                "\"body\":\"hi\",\"truncated\":false}");
  request.probe.host = "shop";
  expect_result(transport, request, "{\"result\":\"answered\",\"latency_ms\":4,\"status\":404}");
  request.probe.path = "/healthz";
  ask(transport, request);
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED);
  request = probe_of("p", 80, KR_PROBE_HTTP);
  request.probe.head = true;
  ask(transport, request);
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED);
  ask(transport, probe_of("p", 80, KR_PROBE_HTTPS));
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED);
  ask(transport, probe_of("p", 81, KR_PROBE_TCP));
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED);
  finish(transport);
  drop(folder);
}

Test(snapshot, what_spoke_was_open_and_what_refused_refuses_all) {
  char *folder = folder_with_probes(
      PODS_COVERED "}",
      "{\"probes\": ["
      "{\"pod\": \"p\", \"port\": 1, \"scheme\": \"http\", \"result\": \"answered\", \"latency_ms\": 3, \"status\": "
      "500},"
      "{\"pod\": \"p\", \"port\": 2, \"scheme\": \"https\", \"result\": \"not-http\", \"latency_ms\": 3},"
      "{\"pod\": \"p\", \"port\": 3, \"scheme\": \"http\", \"result\": \"closed\", \"latency_ms\": 3},"
      "{\"pod\": \"p\", \"port\": 4, \"scheme\": \"http\", \"result\": \"timeout\", \"latency_ms\": 3, \"body\": "
      "\"x\"},"
      "{\"pod\": \"p\", \"port\": 5, \"scheme\": \"tcp\", \"result\": \"refused\", \"latency_ms\": 1,"
      " \"message\": \"connection refused\"},"
      "{\"pod\": \"p\", \"port\": 6, \"scheme\": \"tcp\", \"result\": \"open\", \"latency_ms\": 1}]}");
  struct kr_transport *transport = open_folder(folder);
  for (int port = 1; port <= 3; port++)
    expect_result(transport, probe_of("p", port, KR_PROBE_TCP), "{\"result\":\"open\",\"latency_ms\":3}");
  expect_result(transport, probe_of("p", 4, KR_PROBE_TCP), "{\"result\":\"timeout\",\"latency_ms\":3}");
  expect_result(transport, probe_of("p", 5, KR_PROBE_HTTPS),
                "{\"result\":\"refused\",\"latency_ms\":1,\"message\":\"connection refused\"}");
  ask(transport, probe_of("p", 6, KR_PROBE_HTTP));
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED, "that it is open does not tell what it answers");
  finish(transport);
  drop(folder);
}

Test(snapshot, the_pod_tells_of_a_probe_that_nobody_made) {
  char *folder = folder_with_probes(PODS_COVERED "}", "{\"probes\": []}");
  struct kr_transport *transport = open_folder(folder);
  ask(transport, probe_of("gone", 80, KR_PROBE_TCP));
  cr_expect_eq(last.outcome, KR_ABSENT);
  cr_expect_str_eq(last.message, "pods \"gone\" not found");
  ask(transport, probe_of("unscheduled", 80, KR_PROBE_TCP));
  cr_expect_eq(last.reason, KR_REASON_BAD_REQUEST);
  cr_expect_str_eq(last.message, "pod unscheduled does not have a host assigned");
  struct kr_request elsewhere = probe_of("p", 80, KR_PROBE_TCP);
  elsewhere.namespace_ = "b";
  ask(transport, elsewhere);
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED, "nobody listed the pods there");
  elsewhere.namespace_ = "../a";
  ask(transport, elsewhere);
  cr_expect_eq(last.reason, KR_REASON_NOT_RECORDED);
  finish(transport);
  drop(folder);
}

Test(snapshot, probes_that_were_refused_are_refused_again) {
  char *folder = folder_with_probes(PODS_COVERED
                                    ", \"refused\": [{\"verb\": \"get\", \"resource\": \"pods/portforward\","
                                    " \"namespace\": \"a\", \"status\": 403, \"reason\": \"Forbidden\","
                                    " \"message\": \"no port-forwards\"}]}",
                                    "{\"probes\": [{\"pod\": \"p\", \"port\": 1, \"scheme\": \"tcp\","
                                    " \"result\": \"open\"}]}");
  struct kr_transport *transport = open_folder(folder);
  ask(transport, probe_of("p", 80, KR_PROBE_TCP));
  cr_expect_eq(last.reason, KR_REASON_FORBIDDEN);
  cr_expect_str_eq(last.message, "no port-forwards");
  expect_result(transport, probe_of("p", 1, KR_PROBE_TCP), "{\"result\":\"open\"}");
  finish(transport);
  drop(folder);
}

Test(snapshot, a_malformed_probe_is_unknown_and_says_where) {
  static const struct {
    const char *probes, *says;
  } cases[] = {{"{\"probes\":\n[}", "namespaces/a/probes.json:2:"},
               {"[]", "probes.json: an object"},
               {"{\"probes\": [{\"pod\": \"p\", \"port\": 80, \"scheme\": \"tcp\", \"result\": \"open\"},"
                " {\"pod\": \"p\", \"port\": 80, \"scheme\": \"tcp\", \"result\": \"fine\"}]}",
                "probes.json: probes[1]: result must be"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *folder = folder_with_probes(PODS_COVERED "}", cases[i].probes);
    struct kr_transport *transport = open_folder(folder);
    ask(transport, probe_of("p", 80, KR_PROBE_TCP));
    cr_expect_eq(last.reason, KR_REASON_BAD_ANSWER);
    cr_expect_not_null(strstr(last.message, cases[i].says), "%s", last.message);
    finish(transport);
    drop(folder);
  }
}
