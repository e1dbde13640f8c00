/* Finding runbooks and modules. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "book/embedded.h"
#include "book/library.h"

static char root[64];

static void write_file(const char *path, const char *text) {
  char full[256];
  struct kr_error error = KR_ERROR_INIT;
  (void)snprintf(full, sizeof full, "%s/%s", root, path);
  char *folder = kr_path_folder(full);
  cr_assert_eq(kr_folder_make(folder, &error), 0, "%s", error.message);
  cr_assert_eq(kr_file_write(full, text, strlen(text), 0644, &error), 0, "%s", error.message);
  free(folder);
}

static void open_folders(void) {
  memcpy(root, "/tmp/krunbook-test-XXXXXX", sizeof "/tmp/krunbook-test-XXXXXX");
  cr_assert_not_null(mkdtemp(root));
  cr_assert_eq(chdir(root), 0);
  write_file("team/check.lua", "-- team");
  write_file("team/runbooks/deep.lua", "-- deep");
  write_file("home/krunbook/runbooks/check.lua", "-- home");
  write_file("home/krunbook/runbooks/same.lua", "-- same");
  write_file("team/same.lua", "-- same");
  write_file("team/stdlib/krunbook/x.lua", "return 'x'");
  write_file("team/helper.lua", "return 'helper'");
  write_file("here.lua", "-- here");
  char home[128];
  (void)snprintf(home, sizeof home, "%s/home", root);
  setenv("XDG_CONFIG_HOME", home, 1);
  unsetenv("KRUNBOOK_PATH");
}

TestSuite(library, .init = open_folders);

static struct kr_library *library(const char *path) {
  struct kr_library *out = NULL;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_library_new(&out, &path, path ? 1 : 0, "/nowhere/bin/krunbook", &error), 0, "%s", error.message);
  return out;
}

Test(library, the_first_folder_wins_and_says_what_it_shadows) {
  struct kr_library *books = library("team");
  struct kr_place place;
  cr_assert_eq(kr_library_find(&place, books, "check", NULL), 0);
  cr_assert_str_eq(place.path, "team/check.lua");
  cr_assert_not_null(strstr(place.shadows, "/home/krunbook/runbooks/check.lua"));
  kr_place_free(&place);
  kr_library_free(books);
}

Test(library, a_copy_that_is_the_same_is_not_shadowed) {
  struct kr_library *books = library("team");
  struct kr_place place;
  cr_assert_eq(kr_library_find(&place, books, "same.lua", NULL), 0);
  cr_assert_null(place.shadows);
  cr_assert_str_eq(place.name, "same");
  kr_place_free(&place);
  kr_library_free(books);
}

Test(library, the_environment_comes_after_the_flag) {
  setenv("KRUNBOOK_PATH", "team", 1);
  struct kr_library *books = library(NULL);
  struct kr_place place;
  cr_assert_eq(kr_library_find(&place, books, "deep", NULL), 0);
  cr_assert_str_eq(place.path, "team/runbooks/deep.lua");
  kr_place_free(&place);
  kr_library_free(books);
}

Test(library, the_current_folder_is_named_but_not_searched) {
  struct kr_library *books = library("team");
  struct kr_place place;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_library_find(&place, books, "here", &error), KR_ENOTFOUND);
  cr_assert_not_null(strstr(error.message, "krunbook run ./here.lua"), "%s", error.message);
  cr_assert_eq(kr_library_find(&place, books, "./here.lua", &error), 0, "%s", error.message);
  kr_place_free(&place);
  kr_library_free(books);
}

Test(library, a_wrong_name_gets_the_nearest) {
  struct kr_library *books = library("team");
  struct kr_place place;
  struct kr_error error = KR_ERROR_INIT;
  cr_assert_eq(kr_library_find(&place, books, "chek", &error), KR_ENOTFOUND);
  cr_assert_not_null(strstr(error.message, "nearest: \"check\""), "%s", error.message);
  kr_library_free(books);
}

Test(library, a_flag_that_names_no_folder_is_an_error) {
  const char *path = "no-such-folder";
  struct kr_library *books = NULL;
  cr_assert_eq(kr_library_new(&books, &path, 1, NULL, NULL), KR_ENOTFOUND);
}

static int module(struct kr_library *books, const char *name, const char *beside, struct kr_error *error) {
  struct kr_buffer text;
  char *path = NULL;
  kr_buffer_init(&text, KR_SOURCE_MAX);
  int code = kr_library_module(&text, &path, books, name, beside, NULL, error);
  free(path);
  kr_buffer_free(&text);
  return code;
}

Test(library, modules_are_in_stdlib_or_stand_in_a_teams_folder) {
  struct kr_library *books = library("team");
  cr_assert_eq(module(books, "krunbook.x", NULL, NULL), 0);
  cr_assert_eq(module(books, "helper", NULL, NULL), 0);
  kr_library_free(books);
}

Test(library, our_modules_never_come_from_beside_a_runbook) {
  struct kr_library *books = library("home");
  write_file("beside/krunbook/y.lua", "return 1");
  write_file("beside/own.lua", "return 1");
  cr_assert_eq(module(books, "own", "beside", NULL), 0);
  cr_assert_eq(module(books, "krunbook.y", "beside", NULL), KR_ENOTFOUND);
  kr_library_free(books);
}

Test(library, a_modules_name_leads_nowhere_else) {
  struct kr_library *books = library("team");
  cr_assert_eq(module(books, "../here", NULL, NULL), KR_ENOTFOUND);
  cr_assert_eq(module(books, "..here", NULL, NULL), KR_ENOTFOUND);
  cr_assert_eq(module(books, "/etc/passwd", NULL, NULL), KR_ENOTFOUND);
  cr_assert_eq(module(books, "", NULL, NULL), KR_ENOTFOUND);
  kr_library_free(books);
}

Test(library, a_runbook_as_a_module_is_the_one_that_its_own_shadows) {
  struct kr_library *books = library("team");
  struct kr_buffer text;
  char *path = NULL;
  kr_buffer_init(&text, KR_SOURCE_MAX);
  write_file("team/runbooks/pod-status.lua", "return 1");
  cr_assert_eq(kr_library_module(&text, &path, books, "runbooks.pod-status", "team/runbooks", NULL, NULL), 0);
  cr_assert_str_eq(path, "team/runbooks/pod-status.lua");
  free(path);
  path = NULL;
  cr_assert_eq(kr_library_module(&text, &path, books, "runbooks.pod-status", "team/runbooks",
                                 "team/runbooks/pod-status.lua", NULL),
               0);
  cr_assert_str_neq(path, "team/runbooks/pod-status.lua");
  free(path);
  kr_buffer_free(&text);
  kr_library_free(books);
}

Test(library, what_was_compiled_is_what_is_letter_by_letter_the_same) {
  size_t length, compiled_length, count = 0;
  for (size_t i = 0; i < kr_embedded_count; i++) {
    const struct kr_embedded *embedded = &kr_embedded[i];
    const char *compiled = kr_embedded_compiled(&compiled_length, embedded->text, embedded->length);
    cr_expect_eq(compiled, embedded->compiled, "%s", embedded->name);
    if (compiled == NULL) continue;
    count++;
    char *edited = strdup(embedded->text);
    cr_assert_not_null(edited);
    length = strlen(edited);
    edited[length - 1] = edited[length - 1] == ' ' ? '\n' : ' ';
    cr_expect_null(kr_embedded_compiled(&compiled_length, edited, length), "%s", embedded->name);
    free(edited);
  }
  cr_expect_gt(count, 50);
}
