/* fake.h - a cluster in memory and a VM on it, for the tests of this layer. Static functions: each test program has its
 * own. */
#ifndef KR_TEST_VM_FAKE_H
#define KR_TEST_VM_FAKE_H

#define _POSIX_C_SOURCE 200809L /* strdup */
#include <criterion/criterion.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kube/request.h"
#include "vm/vm.h"

enum { FAKE_PENDING_MAX = 1024 };

/* Answers a request: sets status and body text. */
typedef int (*fake_answer_fn)(const struct kr_request *request, char *body, size_t size);

struct fake {
  struct kr_transport transport;
  fake_answer_fn answer;
  struct {
    kr_reply_fn fn;
    void *user;
    struct kr_request *request;
  } pending[FAKE_PENDING_MAX];
  size_t count, most; /* in flight now, and at most */
  size_t asked;
};

static int fake_submit(struct kr_transport *transport, const struct kr_request *request, kr_reply_fn fn, void *user,
                       struct kr_error *error) {
  struct fake *fake = (struct fake *)transport;
  cr_assert_lt(fake->count, FAKE_PENDING_MAX);
  (void)error;
  fake->pending[fake->count].request = kr_request_copy(request);
  fake->pending[fake->count].fn = fn;
  fake->pending[fake->count].user = user;
  fake->count++;
  fake->asked++;
  if (fake->count > fake->most) fake->most = fake->count;
  return KR_OK;
}

static void fake_reply(struct kr_reply *reply, const struct fake *fake, const struct kr_request *request) {
  static char body[1 << 20];
  *reply = (struct kr_reply){0};
  kr_buffer_init(&reply->body, sizeof body);
  body[0] = '\0';
  reply->status = fake->answer(request, body, sizeof body);
  cr_assert_eq(kr_buffer_puts(&reply->body, body), KR_OK);
  cr_assert_eq(kr_reply_classify(reply, request), KR_OK);
}

static int fake_wait(struct kr_transport *transport, int64_t milliseconds, struct kr_error *error) {
  struct fake *fake = (struct fake *)transport;
  size_t count = fake->count;
  (void)milliseconds, (void)error;
  if (count == 0) return 0;
  /* One at a time, the oldest first: what others ask meanwhile is in flight together. */
  kr_reply_fn fn = fake->pending[0].fn;
  void *user = fake->pending[0].user;
  struct kr_request *request = fake->pending[0].request;
  struct kr_reply reply;
  fake_reply(&reply, fake, request);
  memmove(&fake->pending[0], &fake->pending[1], (count - 1) * sizeof fake->pending[0]);
  fake->count--;
  fn(user, &reply);
  kr_reply_free(&reply);
  free(request);
  return 1;
}

static int64_t fake_now(struct kr_transport *transport) {
  (void)transport;
  return 1700000000123;
}

static struct kr_cluster_info fake_info(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_cluster_info){.server = "fake"};
}

static struct kr_spent fake_spent(struct kr_transport *transport) {
  (void)transport;
  return (struct kr_spent){0};
}

static void fake_free(struct kr_transport *transport) {
  struct fake *fake = (struct fake *)transport;
  for (size_t i = 0; i < fake->count; i++) free(fake->pending[i].request);
  free(fake);
}

static const struct kr_transport_vtable fake_vtable = {.submit = fake_submit,
                                                       .wait = fake_wait,
                                                       .now = fake_now,
                                                       .info = fake_info,
                                                       .spent = fake_spent,
                                                       .free = fake_free};

/* What a script left behind. */
struct bench {
  struct fake *fake;
  struct kr_client *client;
  struct kr_loop *loop;
  struct kr_vm *vm;
  bool ended;
  struct kr_error error;
  char result[4096]; /* its first result, as text */
  char printed[4096];
  char unknown[1024]; /* what was unknown last */
  char traced[1024];  /* the last line of the trace */
  int unknowns;
};

static int bench_unknown(void *user, const struct kr_answer *answer) {
  struct bench *bench = user;
  (void)snprintf(bench->unknown, sizeof bench->unknown, "%s: %s (%s)", answer->what,
                 kr_reason_word(answer->reply.reason), answer->permission);
  return ++bench->unknowns;
}

static void bench_trace(void *user, const char *asked, const char *showed) {
  struct bench *bench = user;
  (void)snprintf(bench->traced, sizeof bench->traced, "%s: %s", asked, showed);
}

/* Masks one word. */
static int bench_clean(void *user, struct kr_buffer *out, const char *text, size_t length) {
  static const char secret[] = "hunter2";
  (void)user;
  const char *end = text + length, *at = strstr(text, secret);
  if (at == NULL) return kr_buffer_append(out, text, length);
  int status = kr_buffer_append(out, text, (size_t)(at - text));
  if (status == KR_OK) status = kr_buffer_puts(out, "***");
  at += sizeof secret - 1;
  return status == KR_OK ? kr_buffer_append(out, at, (size_t)(end - at)) : status;
}

static void bench_print(void *user, const char *line) {
  struct bench *bench = user;
  size_t length = strlen(bench->printed);
  (void)snprintf(bench->printed + length, sizeof bench->printed - length, "%s\n", line);
}

/* Modules are the project's own. */
static int bench_module(void *user, const char *name, struct kr_buffer *text, char **path, struct kr_error *error) {
  char file[512], folders[256];
  (void)user;
  (void)snprintf(folders, sizeof folders, "%s", name);
  for (char *at = folders; *at != '\0'; at++)
    if (*at == '.') *at = '/';
  (void)snprintf(file, sizeof file, "%s/stdlib/%s.lua", KR_TEST_SOURCE_DIR, folders);
  *path = strdup(name);
  return kr_file_read(text, file, error);
}

static struct kr_vm *bench_vm(struct bench *bench, const struct kr_vm_limits *limits) {
  struct kr_vm_host host = {.user = bench,
                            .namespace_ = "default",
                            .unknown = bench_unknown,
                            .trace = bench_trace,
                            .print = bench_print,
                            .clean = bench_clean,
                            .module = bench_module};
  struct kr_error error = KR_ERROR_INIT;
  struct kr_vm *vm = NULL;
  cr_assert_eq(kr_vm_new(&vm, bench->loop, limits, &host, &error), KR_OK, "%s", error.message);
  return vm;
}

static struct bench *bench_new(fake_answer_fn answer, const struct kr_vm_limits *limits) {
  static const struct kr_vm_limits defaults = KR_VM_LIMITS_DEFAULT;
  struct bench *bench = calloc(1, sizeof *bench);
  bench->fake = calloc(1, sizeof *bench->fake);
  bench->fake->transport.vtable = &fake_vtable;
  bench->fake->answer = answer;
  cr_assert_eq(kr_client_new(&bench->client, &bench->fake->transport, NULL), KR_OK);
  cr_assert_eq(kr_loop_new(&bench->loop, bench->client, NULL), KR_OK);
  bench->vm = bench_vm(bench, limits == NULL ? &defaults : limits);
  return bench;
}

static void bench_free(struct bench *bench) {
  kr_vm_free(bench->vm);
  kr_loop_free(bench->loop);
  kr_client_free(bench->client);
  free(bench);
}

static void bench_done(void *user, lua_State *lua, int count, const struct kr_error *error) {
  struct bench *bench = user;
  bench->ended = true;
  if (error != NULL) bench->error = *error;
  if (error == NULL && count > 0)
    (void)snprintf(bench->result, sizeof bench->result, "%s", luaL_tolstring(lua, -count, NULL));
}

/* Runs a script to its end; true when it did not fail. */
static bool bench_run(struct bench *bench, const char *script) {
  bench->ended = false;
  if (kr_vm_load(bench->vm, script, strlen(script), "test.lua", &bench->error) != KR_OK) return false;
  cr_assert_eq(kr_vm_start(bench->vm, 0, bench_done, bench, &bench->error), KR_OK, "%s", bench->error.message);
  cr_assert_eq(kr_loop_run(bench->loop, &bench->error), KR_OK, "%s", bench->error.message);
  cr_assert(bench->ended);
  return bench->error.code == KR_OK;
}

#define cr_assert_result(bench, script, expected)                      \
  do {                                                                 \
    cr_assert(bench_run(bench, script), "%s", (bench)->error.message); \
    cr_assert_str_eq((bench)->result, expected);                       \
  } while (0)

#define cr_assert_fails(bench, script, wanted, says)                                                  \
  do {                                                                                                \
    cr_assert_not(bench_run(bench, script), "it gave %s", (bench)->result);                           \
    cr_assert_eq((bench)->error.code, wanted, "%d: %s", (bench)->error.code, (bench)->error.message); \
    cr_assert(strstr((bench)->error.message, says) != NULL, "%s", (bench)->error.message);            \
  } while (0)

#endif
