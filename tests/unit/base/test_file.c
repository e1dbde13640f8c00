/* test_file.c - files are read under a limit and written whole. */
#define _GNU_SOURCE /* mkdtemp */
#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/krunbook-file-XXXXXX";
static struct kr_error error;

static void set_up(void) { cr_assert_not_null(mkdtemp(folder)); }

static void tear_down(void) {
  char **names = NULL;
  size_t count = 0;
  cr_assert_eq(kr_folder_list(&names, &count, folder, &error), KR_OK);
  for (size_t i = 0; i < count; i++) {
    char *path = kr_path_join(folder, names[i]);
    (void)remove(path);
    free(path);
  }
  kr_names_free(names, count);
  (void)rmdir(folder);
}

TestSuite(file, .init = set_up, .fini = tear_down);

Test(file, what_is_written_is_read_with_its_mode_and_nothing_beside_it) {
  char *path = kr_path_join(folder, "a");
  struct kr_buffer bytes;
  struct stat about;
  char **names = NULL;
  size_t count = 0;
  kr_buffer_init(&bytes, 100);
  cr_assert_eq(kr_file_write(path, "one\0two", 7, 0600, &error), KR_OK, "%s", error.message);
  cr_assert_eq(kr_file_read(&bytes, path, &error), KR_OK, "%s", error.message);
  cr_expect_eq(bytes.length, 7);
  cr_expect_arr_eq(bytes.data, "one\0two", 7);
  cr_expect(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
  cr_assert_eq(kr_folder_list(&names, &count, folder, &error), KR_OK);
  cr_expect_eq(count, 1);
  kr_names_free(names, count);
  kr_buffer_free(&bytes);
  free(path);
}

Test(file, a_file_that_is_there_keeps_its_mode_and_a_new_one_gets_what_the_umask_leaves) {
  static const mode_t masks[] = {022, 027};
  char *path = kr_path_join(folder, "a");
  struct stat about;
  for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
    mode_t before = umask(masks[i]);
    cr_expect_eq(kr_file_write(path, "new", 3, 0666, &error), KR_OK);
    cr_expect(stat(path, &about) == 0 && (about.st_mode & 0777) == (0666 & ~masks[i]));
    cr_expect_eq(chmod(path, 0600), 0);
    cr_expect_eq(kr_file_write(path, "again", 5, 0666, &error), KR_OK);
    cr_expect(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600 && about.st_size == 5);
    cr_expect_eq(unlink(path), 0);
    (void)umask(before);
  }
  free(path);
}

Test(file, one_larger_than_the_limit_is_refused_and_named) {
  char *path = kr_path_join(folder, "large");
  struct kr_buffer bytes;
  kr_buffer_init(&bytes, 3);
  cr_assert_eq(kr_file_write(path, "four", 4, 0600, &error), KR_OK);
  cr_expect_eq(kr_file_read(&bytes, path, &error), KR_ELIMIT);
  cr_expect_not_null(strstr(error.message, path));
  kr_buffer_free(&bytes);
  free(path);
}

Test(file, a_missing_one_is_told_from_an_unreadable_one) {
  struct kr_buffer bytes;
  kr_buffer_init(&bytes, 3);
  cr_expect_eq(kr_file_read(&bytes, "/nonexistent/x", &error), KR_ENOTFOUND);
  cr_expect_eq(kr_file_read(&bytes, folder, &error), KR_EIO);
  kr_buffer_free(&bytes);
}

Test(file, folders_are_made_with_those_above_and_listed_in_byte_order) {
  char *deep = kr_path_join(folder, "b/c"), *above = kr_path_join(folder, "b"), *other = kr_path_join(folder, "B");
  char **names = NULL;
  size_t count = 0;
  cr_assert_eq(kr_folder_make(deep, &error), KR_OK, "%s", error.message);
  cr_assert_eq(kr_folder_make(deep, &error), KR_OK, "making it again is no error");
  cr_assert_eq(kr_file_write(other, "", 0, 0600, &error), KR_OK);
  cr_expect_eq(kr_folder_make(other, &error), KR_EIO, "a file is in the way");
  cr_assert_eq(kr_folder_list(&names, &count, folder, &error), KR_OK);
  cr_assert_eq(count, 2);
  cr_expect_str_eq(names[0], "B");
  cr_expect_str_eq(names[1], "b");
  kr_names_free(names, count);
  (void)rmdir(deep);
  free(deep);
  free(above);
  free(other);
}

Test(path, is_joined_and_taken_apart) {
  static const struct {
    const char *folder, *name, *wanted;
  } joins[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"a", "/b", "/b"}};
  for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
    char *path = kr_path_join(joins[i].folder, joins[i].name);
    cr_expect_str_eq(path, joins[i].wanted);
    free(path);
  }
  static const char *const folders[][2] = {{"a/b", "a"}, {"a", "."}, {"/a", "/"}, {"a//b", "a"}};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char *path = kr_path_folder(folders[i][0]);
    cr_expect_str_eq(path, folders[i][1]);
    free(path);
  }
}
