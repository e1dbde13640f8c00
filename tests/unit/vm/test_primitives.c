/* The primitives of kube: three answers each, and they overlap. */
#include "fake.h"

/* pods a and b; c is not there; secrets are forbidden; "slow" lists come in two pages. */
static int cluster(const struct kr_request *request, char *body, size_t size) {
  const char *name = request->name == NULL ? "" : request->name;
  if (request->verb == KR_VERB_DISCOVER) {
    (void)snprintf(body, size,
                   "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":[]}");
    return 200;
  }
  if (request->verb == KR_VERB_REVIEW && strcmp(request->review.verb, "watch") == 0) {
    (void)snprintf(body, size, "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":\"no\"}}");
    return 201;
  }
  if (request->verb == KR_VERB_REVIEW && strcmp(request->review.verb, "patch") == 0) {
    (void)snprintf(body, size, "{\"kind\":");
    return 201;
  }
  if (request->verb == KR_VERB_REVIEW) {
    (void)snprintf(body, size, "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":%s}}",
                   strcmp(request->review.verb, "get") == 0 ? "true" : "false");
    return 201;
  }
  if (request->verb == KR_VERB_LOGS) {
    if (strcmp(name, "a") == 0) {
      (void)snprintf(body, size, "one\ntwo\n");
      return 200;
    }
    (void)snprintf(body, size,
                   "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"BadRequest\",\"code\":400,\"message\":"
                   "\"container \\\"web\\\" in pod \\\"b\\\" is waiting to start: PodInitializing\"}");
    return 400;
  }
  if (strcmp(request->resource, "secrets") == 0) {
    (void)snprintf(
        body, size,
        "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"code\":403,\"message\":\"no\"}");
    return 403;
  }
  if (strcmp(request->resource, "events") == 0) {
    (void)snprintf(
        body, size,
        "{\"kind\":\"EventList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":["
        "{\"reason\":\"Late\",\"message\":\"m\",\"type\":\"Warning\",\"eventTime\":\"2026-01-01T00:00:09.5Z\","
        "\"lastTimestamp\":null,\"metadata\":{\"uid\":\"3\"}},"
        "{\"reason\":\"Old\",\"message\":\"m\",\"type\":\"Normal\",\"count\":2,"
        "\"lastTimestamp\":\"2026-01-01T00:00:01Z\",\"metadata\":{\"uid\":\"1\"}},"
        "{\"reason\":\"Old\",\"message\":\"m\",\"type\":\"Normal\",\"count\":3,"
        "\"lastTimestamp\":\"2026-01-01T00:00:05Z\",\"metadata\":{\"uid\":\"2\"}}]}");
    return 200;
  }
  if (request->verb == KR_VERB_LIST && strcmp(request->resource, "configmaps") == 0) {
    bool second = request->list.continue_token != NULL;
    if (second && strcmp(request->list.continue_token, "old") == 0) {
      (void)snprintf(body, size,
                     "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410,"
                     "\"metadata\":{\"continue\":\"fresh\"},\"message\":\"too old\"}");
      return 410;
    }
    (void)snprintf(
        body, size, "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{%s},\"items\":[%s]}",
        second ? "" : "\"continue\":\"old\"",
        second ? "{\"metadata\":{\"name\":\"z\"}}" : "{\"metadata\":{\"name\":\"x\"}},{\"metadata\":{\"name\":\"y\"}}");
    return 200;
  }
  if (request->verb == KR_VERB_LIST && strcmp(request->resource, "services") == 0) {
    (void)snprintf(body, size, "upstream connect error");
    return 200;
  }
  if (request->verb == KR_VERB_LIST) {
    (void)snprintf(body, size,
                   "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":["
                   "{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{\"name\":\"b\"}}]}");
    return 200;
  }
  if (strcmp(name, "proxy") == 0 || strcmp(name, "cut") == 0) {
    (void)snprintf(body, size, "%s", *name == 'p' ? "<html>Sign in</html>" : "{\"kind\":\"Pod\",\"metadata\":{");
    return 200;
  }
  if (strcmp(name, "a") == 0 || strcmp(name, "b") == 0) {
    (void)snprintf(
        body, size,
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\","
        "\"uid\":\"u\",\"deletionTimestamp\":null},\"spec\":{\"containers\":[{\"name\":\"web\",\"port\":8080}],"
        "\"ratio\":1.5,\"big\":9007199254740992}}",
        name);
    return 200;
  }
  (void)snprintf(body, size,
                 "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404,\"message\":"
                 "\"pods \\\"%s\\\" not found\",\"details\":{\"name\":\"%s\",\"kind\":\"pods\"}}",
                 name, name);
  return 404;
}

static struct bench *bench;

static void setup(void) { bench = bench_new(cluster, NULL); }

static void teardown(void) { bench_free(bench); }

TestSuite(primitives, .init = setup, .fini = teardown);

Test(primitives, get_gives_an_object_or_nil_or_an_unknown) {
  cr_assert_result(bench, "return kube.get('pod', 'a').metadata.name", "a");
  cr_assert_result(bench, "local o, u = kube.get('pods', 'c') return tostring(o) .. tostring(u)", "nilnil");
  cr_assert_eq(bench->unknowns, 0);
  cr_assert_result(bench, "local o, u = kube.get('secret', 's') return tostring(o) .. u.reason .. ' ' .. u.permission",
                   "nilforbidden get secrets in default");
  cr_assert_eq(bench->unknowns, 1);
  cr_assert_str_eq(bench->unknown, "Secret default/s: forbidden (get secrets in default)");
}

Test(primitives, whole_numbers_are_integers_and_null_is_nil) {
  cr_assert_result(
      bench,
      "local p = kube.get('pod', 'a') return math.type(p.spec.containers[1].port) .. p.spec.containers[1].port"
      " .. math.type(p.spec.ratio) .. tostring(p.metadata.deletionTimestamp) .. p.spec.big",
      "integer8080floatnil9007199254740992");
}

Test(primitives, a_kind_that_does_not_exist_is_a_mistake_with_file_and_line) {
  cr_assert_fails(bench, "\n\nlocal p = kube.get('podz', 'a')", KR_ESCRIPT, "test.lua:3:");
}

Test(primitives, a_selector_has_so_many_pairs) {
  cr_assert_fails(bench, "local l = {} for i = 1, 101 do l['k' .. i] = 'v' end kube.list('pods', { labels = l })",
                  KR_ESCRIPT, "at most 100 pairs");
}

Test(primitives, misuse_names_the_nearest) {
  cr_assert_fails(bench, "kube.get('pod', 'a', { namspace = 'x' })", KR_ESCRIPT, "'namespace'");
}

Test(primitives, a_list_is_an_iterator_that_says_the_kind_of_its_items) {
  cr_assert_result(bench,
                   "local t = {} for p in kube.list('pods') do t[#t + 1] = p.kind .. p.metadata.name end return "
                   "table.concat(t, ',')",
                   "Poda,Podb");
}

Test(primitives, pages_are_read_to_the_end_though_the_token_expires) {
  cr_assert_result(bench,
                   "local l, t = kube.list('cm'), {} for o in l do t[#t + 1] = o.metadata.name end return "
                   "table.concat(t, ',') .. tostring(l.unknown)",
                   "x,y,znil");
}

Test(primitives, a_list_that_ends_early_says_so) {
  cr_assert_result(bench, "local all, unknown = kube.list('secrets'):all() return #all .. unknown.reason",
                   "0forbidden");
  cr_assert_eq(bench->unknowns, 1);
}

Test(primitives, events_are_merged_and_in_the_order_of_true_time) {
  cr_assert_result(bench,
                   "local t = {} for _, e in ipairs(kube.events(kube.get('pod', 'a'))) do t[#t + 1] = e.reason .. "
                   "e.count end return table.concat(t, ',')",
                   "Old5,Late1");
}

Test(primitives, a_log_is_text_or_absent_with_the_servers_words) {
  cr_assert_result(bench, "return kube.logs(kube.get('pod', 'a')).text", "one\ntwo\n");
  cr_assert_result(
      bench,
      "local log, unknown, why = kube.logs(kube.get('pod', 'b')) return tostring(log) .. tostring(unknown) .. why",
      "nilnilcontainer \"web\" in pod \"b\" is waiting to start: PodInitializing");
}

Test(primitives, can_asks_the_api) {
  cr_assert_result(bench, "return tostring(kube.can('get', 'pods/log')) .. tostring(kube.can('list', 'pods'))",
                   "truefalse");
}

Test(primitives, no_word_whether_one_may_is_not_a_no) {
  cr_assert_result(bench, "local may, u = kube.can('watch', 'pods') return tostring(may) .. u.reason", "nilbad-answer");
  cr_assert_result(bench, "local may, u = kube.can('patch', 'pods') return tostring(may) .. u.reason", "nilbad-answer");
  cr_assert_eq(bench->unknowns, 2);
}

Test(primitives, an_answer_that_is_no_json_is_unknown_whatever_the_script_catches) {
  cr_assert_result(bench,
                   "local t = {} for _, name in ipairs({ 'proxy', 'cut' }) do"
                   " local ok, pod, u = pcall(kube.get, 'pod', name)"
                   " t[#t + 1] = tostring(ok) .. tostring(pod) .. u.reason end return table.concat(t, ' ')",
                   "truenilbad-answer truenilbad-answer");
  cr_assert_eq(bench->unknowns, 2);
  cr_assert_result(bench, "local all, u = kube.list('services'):all() return #all .. u.reason", "0bad-answer");
  cr_assert_eq(bench->unknowns, 3);
}

Test(primitives, now_is_the_clusters) { cr_assert_result(bench, "return kube.now()", "1700000000"); }

Test(primitives, parallel_overlaps_and_keeps_the_order) {
  cr_assert_result(bench,
                   "local r = kube.parallel({ 'a', 'c', 'b' }, function(n, i) local p = kube.get('pod', n) return (p "
                   "and p.metadata.name or '-') .. i end)"
                   " return table.concat(r, ',')",
                   "a1,-2,b3");
  cr_assert_eq(bench->fake->most, 3, "three requests were in flight at once, not %zu", bench->fake->most);
}

Test(primitives, parallel_takes_functions_too) {
  cr_assert_result(
      bench, "return table.concat(kube.parallel({ function() return 1 end, function() return kube.now() end }), ',')",
      "1,1700000000");
}

Test(primitives, a_failure_in_parallel_is_the_callers_to_catch) {
  cr_assert_result(
      bench,
      "local ok, message = pcall(kube.parallel, { function() error('inner') end, function() kube.get('pod', 'a') end })"
      " return tostring(ok) .. tostring(message:find('inner', 1, true) ~= nil)",
      "falsetrue");
  cr_assert_fails(bench, "kube.parallel({ function() kube.get('pod', 'a') local x = nil return x.y end })", KR_ESCRIPT,
                  "test.lua:1:");
}

Test(primitives, hundreds_of_things_share_the_tasks_there_are) {
  cr_assert_result(bench,
                   "local items = {} for i = 1, 500 do items[i] = i end"
                   " local r = kube.parallel(items, function(i) return kube.get('pod', 'p' .. i) == nil and i end) "
                   "return #r .. ' ' .. r[500]",
                   "500 500");
}

Test(primitives, describe_tells_what_a_pod_refers_to) {
  cr_assert_result(bench, "local d = kube.describe(kube.get('pod', 'a')) return #d.events .. ' ' .. #d.refers", "2 0");
}

Test(primitives, none_of_them_works_where_nothing_can_wait) {
  cr_assert_fails(bench, "table.sort({ 2, 1 }, function(a, b) kube.get('pod', 'a') return a < b end)", KR_ESCRIPT,
                  "cannot wait for the cluster here");
}

Test(primitives, the_same_question_is_asked_once_in_a_run) {
  cr_assert_result(bench, "return tostring(kube.get('pod', 'a') ~= nil and kube.get('pod', 'a') ~= nil)", "true");
  cr_assert_eq(bench->fake->asked, 1);
}
