/* The recorder: what it writes of what passes, and that a snapshot of a snapshot is the same snapshot. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <ftw.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "kube/probe.h"
#include "kube/recorder.h"
#include "kube/snapshot.h"

/* A server that gives the answers it was given, one a request. */
struct served {
  int status;
  const char *body;
};

struct fake {
  struct kr_transport transport;
  const struct served *answers;
  size_t next;
  struct kr_request request;
  kr_reply_fn fn;
  void *user;
};

static int fake_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn fn, void *user,
                       struct kr_error *error) {
  struct fake *fake = (struct fake *)transport;
  (void)error;
  fake->request = *request;
  fake->fn = fn;
  fake->user = user;
  return KR_OK;
}

static int fake_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct fake *fake = (struct fake *)transport;
  const struct served *answer = &fake->answers[fake->next++];
  struct kr_reply reply = {.status = answer->status};
  (void)milliseconds, (void)error;
  kr_buffer_init(&reply.body, 1 << 20);
  cr_assert_eq(kr_buffer_puts(&reply.body, answer->body), KR_OK);
  cr_assert_eq(kr_reply_classify(&reply, &fake->request), KR_OK);
  fake->fn(fake->user, &reply);
  kr_reply_free(&reply);
  return 1;
}

static int64_t fake_now(struct kr_transport *transport) {
  (void)transport;
  return 1769846400000; /* 2026-01-31T08:00:00Z */
}

static struct kr_cluster_info fake_info(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_cluster_info){.context = "prod", .server = "https://10.0.0.1:6443"};
}

static void fake_free(struct kr_transport *transport) { free(transport); }

static const struct kr_transport_vtable fake_vtable = {
    .submit = fake_submit, .wait = fake_wait, .now = fake_now, .info = fake_info, .free = fake_free};

static struct kr_transport *server_with(const struct served *answers) {
  struct fake *fake = calloc(1, sizeof *fake);
  cr_assert_not_null(fake);
  fake->transport.vtable = &fake_vtable;
  fake->answers = answers;
  return &fake->transport;
}

/* A recorder into a folder that is not there yet. */
struct taking {
  char *above, *folder;
  struct kr_mask *mask;
  struct kr_transport *recorder;
};

static struct taking record(struct kr_transport *inner, bool redact) {
  struct taking taking = {.above = strdup("/tmp/krunbook-recorder-XXXXXX")};
  struct kr_recorder_options options = {.redact = redact};
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_not_null(mkdtemp(taking.above));
  cr_assert_gt(asprintf(&taking.folder, "%s/taken", taking.above), 0);
  cr_assert_eq(kr_mask_new(&taking.mask, NULL), KR_OK);
  cr_assert_eq(kr_recorder_new(&taking.recorder, inner, taking.folder, taking.mask, &options, &error), KR_OK, "%s",
               error.message);
  return taking;
}

static void finish(struct taking *taking) {
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_not(kr_folder_exists(taking->folder), "it has its name only when it is whole");
  cr_assert_eq(kr_recorder_finish(taking->recorder, &error), KR_OK, "%s", error.message);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about, (void)type, (void)where;
  return remove(path);
}

static void drop(struct taking *taking) {
  kr_transport_free(taking->recorder);
  kr_mask_free(taking->mask);
  cr_assert_eq(nftw(taking->above, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
  free(taking->above);
  free(taking->folder);
}

/* Keeps a reply; its body is the receiver's. */
static void take_reply(void *user, struct kr_reply *reply) {
  struct kr_reply *kept = user;
  kept->outcome = reply->outcome;
  kr_buffer_init(&kept->body, 1 << 20);
  cr_assert_eq(kr_buffer_append(&kept->body, kr_buffer_text(&reply->body), reply->body.length), KR_OK);
}

static void ignore(void *user, struct kr_reply *reply) { (void)user, (void)reply; }

static void ask(struct kr_transport *transport, struct kr_request request) {
  struct kr_error error = KR_ERROR_INIT;
  if (request.group == NULL) request.group = "";
  cr_assert_eq(kr_transport_submit(transport, &request, ignore, NULL, &error), KR_OK);
  cr_assert_eq(kr_transport_wait(transport, 0, &error), 1);
}

static char *text_of(const char *folder, const char *name) {
  struct kr_buffer text;
  struct kr_error error = KR_ERROR_INIT;
  char *path = kr_path_join(folder, name);
  kr_buffer_init(&text, 1 << 24);
  cr_assert_eq(kr_file_read(&text, path, &error), KR_OK, "%s", error.message);
  free(path);
  return text.data == NULL ? strdup("") : kr_buffer_take(&text);
}

static json_t *json_of(const char *folder, const char *name) {
  char *text = text_of(folder, name);
  json_t *json = json_loads(text, 0, NULL);
  cr_assert_not_null(json, "%s: %s", name, text);
  free(text);
  return json;
}

/* The only item of a list recorded of one answer. */
static json_t *recorded_item(const char *resource, const char *body, bool redact) {
  struct served answers[] = {{200, body}};
  struct taking taking = record(server_with(answers), redact);
  char *name = NULL;
  ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = resource, .namespace_ = "a"});
  finish(&taking);
  cr_assert_gt(asprintf(&name, "namespaces/a/%s.json", resource), 0);
  json_t *list = json_of(taking.folder, name);
  json_t *item = json_incref(json_array_get(json_object_get(list, "items"), 0));
  cr_assert_not_null(item);
  json_decref(list);
  free(name);
  drop(&taking);
  return item;
}

static const char *text_at(const json_t *object, const char *first, const char *second) {
  return json_string_value(json_object_get(json_object_get(object, first), second));
}

Test(recorder, of_a_secret_type_and_keys_are_kept_and_no_value) {
  json_t *secret =
      recorded_item("secrets",
                    "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"db\","
                    "\"namespace\":\"a\",\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":"
                    "\"{\\\"data\\\":{\\\"password\\\":\\\"aHVudGVyMg==\\\"}}\"},\"managedFields\":[{}]},"
                    "\"type\":\"Opaque\",\"data\":{\"password\":\"aHVudGVyMg==\"}}]}",
                    false);
  cr_assert_str_eq(json_string_value(json_object_get(secret, "type")), "Opaque");
  cr_assert_str_eq(text_at(secret, "data", "password"), "");
  cr_assert_null(json_object_get(json_object_get(secret, "metadata"), "annotations"));
  cr_assert_null(json_object_get(json_object_get(secret, "metadata"), "managedFields"));
  json_decref(secret);
}

Test(recorder, of_pull_credentials_the_registries_are_kept) {
  /* {"auths":{"registry.example":{"auth":"dTpw"}}} and, in the old format, {"registry.example":{}} */
  static const char *const data[] = {
      "\".dockerconfigjson\":\"eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlIjp7ImF1dGgiOiJkVHB3In19fQ==\"",
      "\".dockercfg\":\"eyJyZWdpc3RyeS5leGFtcGxlIjp7fX0=\""};
  for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
    char *body = NULL;
    cr_assert_gt(asprintf(&body,
                          "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"pull\","
                          "\"namespace\":\"a\"},\"data\":{%s}}]}",
                          data[i]),
                 0);
    json_t *secret = recorded_item("secrets", body, false);
    const json_t *hosts = json_object_get(json_object_get(secret, "krunbook"), "registries");
    cr_assert_str_eq(json_string_value(json_array_get(hosts, 0)), "registry.example");
    json_decref(secret);
    free(body);
  }
}

Test(recorder, a_secret_in_any_text_is_masked_also_behind_a_nul) {
  json_t *pod = recorded_item("pods",
                              "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"p\","
                              "\"namespace\":\"a\"},\"status\":{\"message\":\"x\\u0000password=hunter2hunter2\"}}]}",
                              false);
  const char *message = text_at(pod, "status", "message");
  cr_assert_str_eq(message, "x password=***");
  json_decref(pod);
}

Test(recorder, redact_masks_the_environment_and_keeps_what_it_refers_to) {
  json_t *pod =
      recorded_item("pods",
                    "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"p\","
                    "\"namespace\":\"a\"},\"spec\":{\"containers\":[{\"name\":\"web\",\"env\":[{\"name\":\"HOST\","
                    "\"value\":\"private.example\"},{\"name\":\"KEY\",\"valueFrom\":{\"secretKeyRef\":"
                    "{\"name\":\"db\",\"key\":\"k\"}}}]}]}}]}",
                    true);
  char *text = json_dumps(pod, JSON_COMPACT);
  cr_assert_null(strstr(text, "private.example"));
  cr_assert_null(strstr(text, "HOST"));
  cr_assert_not_null(strstr(text, "\"secretKeyRef\":{\"name\":\"db\",\"key\":\"k\"}"));
  free(text);
  json_decref(pod);
}

static json_t *entries(const struct taking *taking, const char *array) {
  json_t *index = json_of(taking->folder, "snapshot.json");
  json_t *found = json_incref(json_object_get(index, array));
  json_decref(index);
  return found;
}

Test(recorder, a_list_is_covered_only_when_it_came_to_its_end) {
  struct served answers[] = {
      {200,
       "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"continue\":\"t\"},\"items\":[{\"metadata\":{"
       "\"name\":\"p1\",\"namespace\":\"a\"}}]}"},
      {200,
       "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"continue\":\"t\"},\"items\":[{\"metadata\":{"
       "\"name\":\"p1\",\"namespace\":\"b\"}}]}"},
      {200,
       "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"p2\","
       "\"namespace\":\"a\"}}]}"},
      {200,
       "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"p3\","
       "\"namespace\":\"c\"}}]}"}};
  struct taking taking = record(server_with(answers), false);
  struct kr_request request = {.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"};
  ask(taking.recorder, request);
  request.namespace_ = "b";
  ask(taking.recorder, request);
  request.namespace_ = "a";
  request.list.continue_token = "t";
  ask(taking.recorder, request);
  request = (struct kr_request){
      .verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "c", .list.label_selector = "app=web"};
  ask(taking.recorder, request);
  finish(&taking);
  json_t *covered = entries(&taking, "covered"), *list = json_of(taking.folder, "namespaces/a/pods.json");
  cr_assert_eq(json_array_size(covered), 1);
  cr_assert_str_eq(json_string_value(json_object_get(json_array_get(covered, 0), "namespace")), "a");
  cr_assert_eq(json_array_size(json_object_get(list, "items")), 2);
  json_decref(covered);
  json_decref(list);
  drop(&taking);
}

/* A reply of the snapshot that was recorded. */
static enum kr_outcome outcome_of(struct kr_transport *snapshot, struct kr_request request, size_t *items) {
  struct kr_reply reply = {0};
  *items = 0;
  cr_assert_eq(kr_transport_submit(snapshot, &request, take_reply, &reply, NULL), KR_OK);
  while (kr_transport_wait(snapshot, 0, NULL) > 0) continue;
  json_t *list = json_loadb(kr_buffer_text(&reply.body), reply.body.length, 0, NULL);
  *items = json_array_size(json_object_get(list, "items"));
  json_decref(list);
  kr_buffer_free(&reply.body);
  return reply.outcome;
}

Test(recorder, what_a_run_asked_for_is_answered_again_and_nothing_else) {
  struct served answers[] = {
      {200,
       "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"p1\","
       "\"namespace\":\"a\",\"labels\":{\"app\":\"web\"}}}]}"},
      {200, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[]}"},
      {404,
       "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"details\":{\"name\":\"gone\",\"kind\":"
       "\"secrets\"},\"code\":404}"}};
  struct taking taking = record(server_with(answers), false);
  struct kr_transport *snapshot = NULL;
  struct kr_request web = {.verb = KR_VERB_LIST, .version = "v1", .resource = "pods", .namespace_ = "a"};
  struct kr_request secret = {
      .verb = KR_VERB_GET, .version = "v1", .resource = "secrets", .namespace_ = "a", .name = "gone"};
  size_t items;
  web.list.label_selector = "app=web";
  ask(taking.recorder, web);
  struct kr_request everywhere = web;
  everywhere.namespace_ = NULL;
  everywhere.list.label_selector = "app=none";
  ask(taking.recorder, everywhere);
  ask(taking.recorder, secret);
  finish(&taking);
  cr_assert_eq(kr_snapshot_open(&snapshot, taking.folder, true, NULL), KR_OK);
  cr_assert_eq(outcome_of(snapshot, web, &items), KR_FOUND);
  cr_assert_eq(items, 1);
  cr_assert_eq(outcome_of(snapshot, everywhere, &items), KR_FOUND);
  cr_assert_eq(items, 0);
  cr_assert_eq(outcome_of(snapshot, secret, &items), KR_ABSENT);
  secret.name = "other";
  cr_assert_eq(outcome_of(snapshot, secret, &items), KR_UNKNOWN);
  web.list.label_selector = NULL;
  cr_assert_eq(outcome_of(snapshot, web, &items), KR_UNKNOWN, "only some of the pods were asked for");
  web.list.label_selector = "app=db";
  cr_assert_eq(outcome_of(snapshot, web, &items), KR_UNKNOWN);
  kr_transport_free(snapshot);
  drop(&taking);
}

Test(recorder, a_list_that_was_read_twice_holds_each_object_once) {
  static const char body[] =
      "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"p\","
      "\"namespace\":\"a\"}}]}";
  struct served answers[] = {{200, body}, {200, body}};
  struct taking taking = record(server_with(answers), false);
  for (int i = 0; i < 2; i++)
    ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  finish(&taking);
  json_t *list = json_of(taking.folder, "namespaces/a/pods.json");
  cr_assert_eq(json_array_size(json_object_get(list, "items")), 1);
  json_decref(list);
  drop(&taking);
}

Test(recorder, an_object_that_is_not_decoded_is_cleaned_and_laid_out_alike) {
  static const char body[] =
      "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"kind\":\"Pod\",\"metadata\":{\"name\":"
      "\"p\",\"namespace\":\"a\",\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"{}\"},"
      "\"managedFields\":[{\"f:x\":{}}]},\"spec\":{\"%s\":1.5%s,\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":"
      "\"hunter2\"},"
      "{\"name\":\"PLAIN\",\"value\":\"hunter2\"}],\"args\":[],\"command\":[\"say \\\"password=hunter2x\\\"\"]}}]}";
  char *texts[2];
  for (int i = 0; i < 2; i++) {
    char *page = NULL;
    cr_assert_gt(asprintf(&page, body, i == 0 ? "a" : "\\u0061", i == 0 ? "" : "e0"), 0);
    struct served answers[] = {{200, page}};
    struct taking taking = record(server_with(answers), false);
    ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
    finish(&taking);
    texts[i] = text_of(taking.folder, "namespaces/a/pods.json");
    drop(&taking);
    free(page);
  }
  cr_expect_str_eq(texts[0], texts[1], "the second one's spelling is odd: it is decoded");
  cr_expect_null(strstr(texts[0], "managedFields"));
  cr_expect_null(strstr(texts[0], "annotations"));
  cr_expect_not_null(strstr(texts[0], "            \"value\": \"***\"\n"), "%s", texts[0]);
  cr_expect_not_null(strstr(texts[0], "\"value\": \"hunter2\""));
  cr_expect_not_null(strstr(texts[0], "say \\\"password=***\\\""));
  free(texts[0]);
  free(texts[1]);
}

Test(recorder, a_refusal_keeps_its_place_and_its_words) {
  static const char body[] =
      "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"pods is forbidden: token=abcdefabcdefabcdef\","
      "\"code\":403}";
  struct served answers[] = {{403, body}, {403, body}};
  struct taking taking = record(server_with(answers), false);
  ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods"});
  ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  finish(&taking);
  json_t *refused = entries(&taking, "refused");
  cr_assert_eq(json_array_size(refused), 2);
  char *text = json_dumps(refused, 0);
  cr_assert_not_null(strstr(text, "\"namespace\": \"*\""));
  cr_assert_not_null(strstr(text, "\"namespace\": \"a\""));
  cr_assert_not_null(strstr(text, "pods is forbidden"));
  cr_assert_null(strstr(text, "abcdefabcdef"));
  free(text);
  json_decref(refused);
  drop(&taking);
}

Test(recorder, a_version_that_is_not_served_is_no_refusal_once_another_is) {
  struct served answers[] = {{404, "404 page not found\n"},
                             {200, "{\"kind\":\"CronJobList\",\"apiVersion\":\"batch/v1beta1\",\"items\":[]}"}};
  struct taking taking = record(server_with(answers), false);
  for (int i = 0; i < 2; i++)
    ask(taking.recorder,
        (struct kr_request){.verb = KR_VERB_LIST, .group = "batch", .resource = "cronjobs", .namespace_ = "a"});
  finish(&taking);
  json_t *refused = entries(&taking, "refused");
  cr_assert_eq(json_array_size(refused), 0);
  json_decref(refused);
  drop(&taking);
}

Test(recorder, a_log_is_text_and_what_is_no_log_is_in_the_index) {
  struct served answers[] = {{200, "ready\npassword=hunter2hunter2\n"},
                             {200, "unable to retrieve container logs for containerd://1"},
                             {200, "2026-01-31T08:00:00Z ready\n"}};
  struct taking taking = record(server_with(answers), false);
  struct kr_request request = {
      .verb = KR_VERB_LOGS, .resource = "pods", .namespace_ = "a", .name = "p", .logs = {.container = "web"}};
  ask(taking.recorder, request);
  request.logs.previous = true;
  ask(taking.recorder, request);
  request.logs = (struct kr_request){.logs = {.container = "other", .timestamps = true}}.logs;
  ask(taking.recorder, request);
  finish(&taking);
  char *log = text_of(taking.folder, "namespaces/a/logs/p/web.log");
  cr_assert_str_eq(log, "ready\npassword=***\n");
  free(log);
  json_t *logs = entries(&taking, "logs");
  cr_assert_eq(json_array_size(logs), 1);
  cr_assert_eq(json_integer_value(json_object_get(json_array_get(logs, 0), "status")), 200);
  json_decref(logs);
  char *path = kr_path_join(taking.folder, "namespaces/a/logs/p/other.log");
  cr_assert_not(kr_file_exists(path), "a log with times in it is another text");
  free(path);
  drop(&taking);
}

Test(recorder, whatever_kind_a_server_names_the_list_is_json) {
  json_t *thing = recorded_item("things",
                                "{\"kind\":\"Thi\\\"ngList\",\"apiVersion\":\"v1\\\"\",\"items\":[{\"metadata\":{"
                                "\"name\":\"t\",\"namespace\":\"a\"}}]}",
                                false);
  cr_assert_str_eq(text_at(thing, "metadata", "name"), "t");
  json_decref(thing);
}

Test(recorder, what_is_no_page_of_a_list_is_unknown_and_covers_nothing) {
  struct served answers[] = {{200, "{}"}, {200, "[]"}, {200, "{\"kind\":\"Status\",\"items\":[]}"}, {200, "<html>"}};
  struct taking taking = record(server_with(answers), false);
  const struct kr_request request = {.verb = KR_VERB_LIST, .group = "", .resource = "pods", .namespace_ = "a"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    struct kr_reply reply = {0};
    cr_assert_eq(kr_transport_submit(taking.recorder, &request, take_reply, &reply, NULL), KR_OK);
    cr_assert_eq(kr_transport_wait(taking.recorder, 0, NULL), 1);
    cr_expect_eq(reply.outcome, KR_UNKNOWN, "%s", answers[i].body);
    kr_buffer_free(&reply.body);
  }
  finish(&taking);
  json_t *covered = entries(&taking, "covered");
  cr_expect_eq(json_array_size(covered), 0);
  json_decref(covered);
  drop(&taking);
}

Test(recorder, of_two_logs_of_a_container_the_longer_is_kept) {
  struct served answers[] = {{200, "two\n"}, {200, "one\ntwo\n"}, {200, "two\n"}};
  struct taking taking = record(server_with(answers), false);
  struct kr_request request = {.verb = KR_VERB_LOGS, .resource = "pods", .namespace_ = "a", .name = "p"};
  request.logs.container = "web";
  for (int lines = 1; lines < 4; lines++) {
    request.logs.tail_lines = lines == 2 ? 2 : 1;
    ask(taking.recorder, request);
  }
  finish(&taking);
  char *log = text_of(taking.folder, "namespaces/a/logs/p/web.log");
  cr_assert_str_eq(log, "one\ntwo\n");
  free(log);
  drop(&taking);
}

Test(recorder, a_folder_that_holds_something_is_not_touched) {
  struct kr_transport *transport = NULL;
  struct kr_recorder_options options = {.redact = false};
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_recorder_new(&transport, server_with(NULL), KR_TEST_SOURCE_DIR "/src", NULL, &options, &error),
               KR_EUSAGE);
  cr_assert_not_null(strstr(error.message, "not empty"));
}

/* Such as a run of the same process id leaves that was killed; or a stranger prepares, in a folder for all. */
Test(recorder, what_somebody_else_left_beside_is_no_part_of_a_snapshot) {
  static const char page[] =
      "{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"n\"}}]}";
  struct served answers[] = {{200, page}};
  struct kr_recorder_options options = {.redact = false};
  struct taking taking = {.above = strdup("/tmp/krunbook-recorder-XXXXXX")};
  char *left = NULL, *list = NULL;
  cr_assert_not_null(mkdtemp(taking.above));
  cr_assert_gt(asprintf(&taking.folder, "%s/taken", taking.above), 0);
  cr_assert_gt(asprintf(&left, "%s.partial-%ld/cluster", taking.folder, (long)getpid()), 0);
  cr_assert_gt(asprintf(&list, "%s/nodes.json", left), 0);
  cr_assert_eq(kr_folder_make(left, NULL), KR_OK);
  cr_assert_eq(kr_file_write(list, "left", 4, 0600, NULL), KR_OK);
  cr_assert_eq(kr_mask_new(&taking.mask, NULL), KR_OK);
  cr_assert_eq(kr_recorder_new(&taking.recorder, server_with(answers), taking.folder, taking.mask, &options, NULL), 0);
  ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "nodes"});
  finish(&taking);
  json_t *nodes = json_of(taking.folder, "cluster/nodes.json");
  cr_assert_eq(json_array_size(json_object_get(nodes, "items")), 1);
  cr_assert(kr_file_exists(list), "and it is left alone");
  json_decref(nodes);
  free(left);
  free(list);
  drop(&taking);
}

Test(recorder, what_was_not_finished_leaves_nothing) {
  struct served answers[] = {{200, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}"}};
  struct taking taking = record(server_with(answers), false);
  ask(taking.recorder, (struct kr_request){.verb = KR_VERB_LIST, .resource = "pods", .namespace_ = "a"});
  kr_transport_free(taking.recorder);
  taking.recorder = NULL;
  cr_assert_eq(rmdir(taking.above), 0, "the folder above is empty");
  cr_assert_eq(mkdir(taking.above, 0700), 0);
  drop(&taking);
}

/* What the index of a snapshot covers, asked again. */
static void ask_what_is_covered(struct kr_transport *transport, const json_t *index) {
  const json_t *entry;
  size_t i;
  ask(transport, (struct kr_request){.verb = KR_VERB_VERSION});
  json_array_foreach(json_object_get(index, "covered"), i, entry) {
    char *resource = strdup(json_string_value(json_object_get(entry, "resource")));
    char *group = strchr(resource, '.');
    if (group != NULL) *group++ = '\0';
    struct kr_request request = {.verb = KR_VERB_LIST, .resource = resource, .group = group, .list.limit = 7};
    request.namespace_ = json_string_value(json_object_get(entry, "namespace"));
    char token[32] = "";
    for (size_t done = 0; done == 0 || *token != '\0'; done += 7) {
      request.list.continue_token = *token == '\0' ? NULL : token;
      ask(transport, request);
      (void)snprintf(token, sizeof token, "after:%zu", done + 7);
      char *name = NULL;
      cr_assert_gt(asprintf(&name, "%s/%s/%s%s%s.json", request.namespace_ == NULL ? "cluster" : "namespaces",
                            request.namespace_ == NULL ? "." : request.namespace_, resource, group == NULL ? "" : ".",
                            group == NULL ? "" : group),
                   0);
      json_t *list = json_of(KR_TEST_SOURCE_DIR "/examples/clusters/procedures", name);
      if (json_array_size(json_object_get(list, "items")) <= done + 7) *token = '\0';
      json_decref(list);
      free(name);
    }
    free(resource);
  }
}

/* The probes of a snapshot's namespace, asked again. */
static void ask_what_was_probed(struct kr_transport *transport, const char *folder, const char *namespace_) {
  char *name = NULL;
  const json_t *probe;
  size_t i;
  cr_assert_gt(asprintf(&name, "namespaces/%s/probes.json", namespace_), 0);
  json_t *probes = json_of(folder, name);
  json_array_foreach(json_object_get(probes, "probes"), i, probe) {
    struct kr_request request = {.verb = KR_VERB_PROBE,
                                 .resource = "pods",
                                 .namespace_ = namespace_,
                                 .name = json_string_value(json_object_get(probe, "pod")),
                                 .probe = {.port = (int)json_integer_value(json_object_get(probe, "port")),
                                           .path = json_string_value(json_object_get(probe, "path")),
                                           .host = json_string_value(json_object_get(probe, "host"))}};
    cr_assert(kr_probe_scheme_find(&request.probe.scheme, json_string_value(json_object_get(probe, "scheme"))));
    ask(transport, request);
  }
  cr_assert_gt(i, 0);
  json_decref(probes);
  free(name);
}

Test(recorder, a_snapshot_of_a_snapshot_is_the_same) {
  static const char shipped[] = KR_TEST_SOURCE_DIR "/examples/clusters/procedures";
  static const char *const same[] = {"cluster/nodes.json",
                                     "namespaces/zoo/pods.json",
                                     "namespaces/zoo/events.json",
                                     "namespaces/default/configmaps.json",
                                     "namespaces/tight/replicasets.apps.json",
                                     "namespaces/default/probes.json",
                                     "namespaces/zoo/probes.json"};
  struct kr_transport *snapshot = NULL;
  cr_assert_eq(kr_snapshot_open(&snapshot, shipped, true, NULL), KR_OK);
  struct taking taking = record(snapshot, false);
  json_t *before = json_of(shipped, "snapshot.json");
  ask_what_is_covered(taking.recorder, before);
  ask_what_was_probed(taking.recorder, shipped, "default");
  ask_what_was_probed(taking.recorder, shipped, "zoo");
  finish(&taking);
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    char *left = text_of(shipped, same[i]), *right = text_of(taking.folder, same[i]);
    cr_assert_str_eq(left, right, "%s", same[i]);
    free(left);
    free(right);
  }
  json_t *after = json_of(taking.folder, "snapshot.json");
  cr_assert_eq(json_array_size(json_object_get(after, "covered")), json_array_size(json_object_get(before, "covered")));
  cr_assert(json_equal(json_object_get(after, "version"), json_object_get(before, "version")));
  cr_assert(json_equal(json_object_get(after, "taken_at"), json_object_get(before, "taken_at")));
  json_decref(after);
  json_decref(before);
  drop(&taking);
}

static struct kr_request probe_of(const char *pod, int port) {
  return (struct kr_request){.verb = KR_VERB_PROBE,
                             .resource = "pods",
                             .namespace_ = "a",
                             .name = pod,
                             .probe = {.port = port, .scheme = KR_PROBE_HTTP}};
}

Test(recorder, a_probe_is_kept_masked_and_once) {
  struct served answers[] = {
      {200, "{\"result\":\"refused\",\"latency_ms\":1}"},
      {200,
       "{\"result\":\"answered\",\"latency_ms\":2,\"status\":200,\"headers\":{\"set-cookie\":\"sid=abcdef123456\","
       "\"server\":\"x\"},\"body\":\"password=hunter2hunter2\",\"truncated\":false}"},
      {200, "{\"result\":\"fine\"}"},
      {404,
       "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404,\"message\":\"pods \\\"q\\\" not found\","
       "\"details\":{\"name\":\"q\"}}"}};
  struct taking taking = record(server_with(answers), false);
  ask(taking.recorder, probe_of("p", 80));
  ask(taking.recorder, probe_of("p", 80));
  ask(taking.recorder, probe_of("p", 81));
  ask(taking.recorder, probe_of("q", 80));
  finish(&taking);
  char *text = text_of(taking.folder, "namespaces/a/probes.json");
  cr_assert_str_eq(
      text,
      "{\n  \"probes\": [\n"
      "    {\"pod\": \"p\", \"port\": 80, \"scheme\": \"http\", \"method\": \"GET\", \"path\": \"/\","
      " \"result\": \"answered\", \"latency_ms\": 2, \"status\": 200, \"headers\": {\"set-cookie\": \"***\","
      " \"server\": \"x\"}, \"body\": \"password=***\", \"truncated\": false}\n"
      "  ]\n}\n");
  free(text);
  drop(&taking);
}

#define REFUSED(pod)                                                                       \
  "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"code\":403,\"message\":\"pods \\\"" pod \
  "\\\" is forbidden: no "                                                                 \
  "pods/portforward\"}"

Test(recorder, port_forwards_that_are_refused_are_so_once_in_a_namespace) {
  struct served answers[] = {{403, REFUSED("p")}, {403, REFUSED("q")}, {403, REFUSED("p")}};
  struct taking taking = record(server_with(answers), false);
  struct kr_request elsewhere = probe_of("p", 80);
  elsewhere.namespace_ = "b";
  ask(taking.recorder, probe_of("p", 80));
  ask(taking.recorder, probe_of("q", 80));
  ask(taking.recorder, elsewhere);
  finish(&taking);
  json_t *refused = entries(&taking, "refused");
  cr_assert_eq(json_array_size(refused), 2);
  const json_t *entry = json_array_get(refused, 0);
  cr_assert_str_eq(json_string_value(json_object_get(entry, "resource")), "pods/portforward");
  cr_assert_str_eq(json_string_value(json_object_get(entry, "verb")), "get");
  json_decref(refused);
  drop(&taking);
}
