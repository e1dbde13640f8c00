/* test_yaml.c - YAML as jansson values, under bounds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/yaml.h"

static struct kr_error error;

static json_t *parse(const char *text) {
  json_t *root;
  int status = kr_yaml_parse(&root, text, strlen(text), "f.yaml", &error);
  cr_assert_eq(status, KR_OK, "%s", error.message);
  return root;
}

static void is_read_as(const char *yaml, const char *json) {
  json_t *root = parse(yaml);
  char *text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
  cr_assert_str_eq(text, json);
  free(text);
  json_decref(root);
}

static void is_refused(const char *yaml, int code, const char *where_and_why) {
  json_t *root;
  cr_assert_eq(kr_yaml_parse(&root, yaml, strlen(yaml), "f.yaml", &error), code, "%s: %s", yaml, error.message);
  cr_assert_null(root);
  cr_assert_not_null(strstr(error.message, where_and_why), "%s", error.message);
}

Test(yaml, mappings_lists_and_scalars_become_json) {
  is_read_as("a: x\nb:\n- 1\n- two\nc: {d: true, e: null}\n",
             "{\"a\":\"x\",\"b\":[1,\"two\"],\"c\":{\"d\":true,\"e\":null}}");
}

Test(yaml, json_is_yaml) { is_read_as("{\"a\": [1, \"2\", false]}", "{\"a\":[1,\"2\",false]}"); }

Test(yaml, an_empty_document_is_null) {
  is_read_as("", "null");
  is_read_as("# only a comment\n", "null");
  is_read_as("---\n", "null");
}

Test(yaml, quoted_scalars_stay_text) { is_read_as("['1', \"true\", 'null', '']", "[\"1\",\"true\",\"null\",\"\"]"); }

Test(yaml, a_number_that_json_would_write_otherwise_stays_text) {
  is_read_as("[0012, 1e3, 1.10, 0x1f, 1_000, 99999999999999999999, +1, .5, nan]",
             "[\"0012\",\"1e3\",\"1.10\",\"0x1f\",\"1_000\",\"99999999999999999999\",\"+1\",\".5\",\"nan\"]");
  is_read_as("[12, -3, 1.5, 0]", "[12,-3,1.5,0]");
}

Test(yaml, an_explicit_string_tag_makes_text) { is_read_as("[!!str 12, ! 13]", "[\"12\",\"13\"]"); }

Test(yaml, block_scalars_keep_their_lines) { is_read_as("a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}"); }

Test(yaml, aliases_stand_for_their_anchor) {
  is_read_as("a: &x [1]\nb: *x\n", "{\"a\":[1],\"b\":[1]}");
  is_read_as("[&x 1, &x 2, *x]", "[1,2,2]");
}

Test(yaml, an_alias_inside_its_own_anchor_is_refused) { is_refused("&a [*a]", KR_EINVAL, "f.yaml:1:5: "); }

Test(yaml, a_bomb_of_aliases_is_refused) {
  char text[2048] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; i++) {
    char line[128];
    (void)snprintf(line, sizeof line, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    (void)strncat(text, line, sizeof text - strlen(text) - 1);
  }
  is_refused(text, KR_ELIMIT, "holds too much");
}

Test(yaml, a_long_text_repeated_by_aliases_is_refused) {
  size_t length = 900000;
  char *text = malloc(length + 200);
  (void)memset(text, 'x', length);
  (void)memcpy(text, "[&a ", 4);
  (void)snprintf(text + length, 200, ",*a,*a,*a,*a,*a]");
  is_refused(text, KR_ELIMIT, "holds too much");
  free(text);
}

Test(yaml, deep_nesting_is_refused) {
  char text[2001] = "";
  (void)memset(text, '[', 1000);
  (void)memset(text + 1000, ']', 1000);
  is_refused(text, KR_ELIMIT, "nested too deeply");
}

Test(yaml, more_than_a_mebibyte_is_refused) {
  char *text = calloc(1, KR_YAML_TEXT_MAX + 2);
  (void)memset(text, ' ', KR_YAML_TEXT_MAX + 1);
  is_refused(text, KR_ELIMIT, "larger than 1024 KiB");
  free(text);
}

Test(yaml, more_than_its_anchors_is_refused) {
  char text[8192] = "";
  for (size_t i = 0, at = 0; i <= KR_YAML_ANCHORS_MAX; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "- &a%zu x\n", i);
  is_refused(text, KR_ELIMIT, "too many anchors");
}

Test(yaml, a_key_given_twice_is_an_error_that_names_its_line) {
  is_refused("a: 1\nb: 2\na: 3\n", KR_EINVAL, "f.yaml:3:1: the key \"a\" is given twice");
}

Test(yaml, malformed_text_is_an_error_that_names_its_place) {
  is_refused("a: [1\nb: 2\n", KR_EINVAL, "f.yaml:2:");
  is_refused("a: b: c\n", KR_EINVAL, "f.yaml:1:5: ");
  is_refused("a: 1\nb: \xff\n", KR_EINVAL, "f.yaml:2:4: ");
}

Test(yaml, what_would_be_misread_in_silence_is_refused) {
  is_refused("a: 1\n---\nb: 2\n", KR_EINVAL, "second document");
  is_refused("a: &x {b: 1}\nc: {<<: *x}\n", KR_EINVAL, "merge keys");
  is_refused("[a]: 1\n", KR_EINVAL, "f.yaml:1:1: a key must be");
  is_refused("a: \"x\\0y\"\n", KR_EINVAL, "NUL");
  is_refused("a: !thing x\n", KR_EINVAL, "tag");
}

Test(yaml, errors_quote_no_value) {
  const char *const texts[] = {"password: *s3cret\n", "password: !s3cret\n", "password: \"s3cret\\q\"\n",
                               "password: @s3cret\n", "password: %s3cret\n", "password: s3cret: x\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    json_t *root;
    cr_assert_neq(kr_yaml_parse(&root, texts[i], strlen(texts[i]), "f.yaml", &error), KR_OK, "%s", texts[i]);
    cr_assert_null(strstr(error.message, "s3cret"), "%s", error.message);
  }
}
