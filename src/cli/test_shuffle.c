/* test_shuffle.c - see test_shuffle.h. */
#define _XOPEN_SOURCE 700 /* nftw, mkdtemp, lstat */
#include "cli/test_shuffle.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/script.h"

#define FILE_MAX ((size_t)256 << 20)

enum { DEPTH_MAX = 8, FILES_MAX = 20000, OPEN_FOLDERS = 16 };

struct shuffling {
  const struct kr_invocation *invocation;
  const struct kr_case *one;
  json_t *paths;     /* of the snapshot's files, from its folder */
  json_t *documents; /* [{path, document}] */
  json_t *answer;    /* of shuffle.lua: documents, paths, args, namespace, selector */
  char *folder;      /* the copy */
};

static int no_memory(struct kr_error *error) {
  return kr_error_set(error, KR_ENOMEM, "out of memory while replacing names");
}

static bool is_document(const char *path) {
  size_t length = strlen(path);
  return length > 5 && strcmp(path + length - 5, ".json") == 0 && strcmp(path, "discovery.json") != 0;
}

static int add_document(struct shuffling *shuffling, const char *file, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  json_error_t problem;
  kr_buffer_init(&text, FILE_MAX);
  int code = kr_file_read(&text, file, error);
  json_t *document = code ? NULL : json_loadb(kr_buffer_text(&text), text.length, JSON_ALLOW_NUL, &problem);
  kr_buffer_free(&text);
  if (code) return code;
  if (!json_is_object(document)) {
    json_decref(document);
    return kr_error_set(error, KR_EINVAL, "%s is no JSON document: its names cannot be replaced", file);
  }
  json_t *entry = json_pack("{s:s, s:o}", "path", path, "document", document);
  return json_array_append_new(shuffling->documents, entry) ? no_memory(error) : 0;
}

static int add_file(struct shuffling *shuffling, const char *file, const char *path, struct kr_error *error) {
  if (json_array_size(shuffling->paths) == FILES_MAX)
    return kr_error_set(error, KR_ELIMIT, "%s holds more than %d files", shuffling->one->snapshot, FILES_MAX);
  json_t *text = json_string(path);
  if (!text) return kr_error_set(error, KR_EINVAL, "%s: its name is not UTF-8", file);
  if (json_array_append_new(shuffling->paths, text)) return no_memory(error);
  return is_document(path) ? add_document(shuffling, file, path, error) : 0;
}

/* Links are left out, as where a snapshot is read. */
static int walk(struct shuffling *shuffling, const char *inside, int depth, struct kr_error *error) {
  char *folder = *inside ? kr_path_join(shuffling->one->snapshot, inside) : strdup(shuffling->one->snapshot);
  char **names = NULL;
  size_t count = 0;
  int code = folder ? kr_folder_list(&names, &count, folder, error) : no_memory(error);
  for (size_t i = 0; !code && i < count && depth < DEPTH_MAX; i++) {
    char *path = kr_path_join(inside, names[i]), *file = kr_path_join(folder, names[i]);
    struct stat about;
    if (!path || !file)
      code = no_memory(error);
    else if (lstat(file, &about) == 0 && S_ISDIR(about.st_mode))
      code = walk(shuffling, path, depth + 1, error);
    else if (lstat(file, &about) == 0 && S_ISREG(about.st_mode))
      code = add_file(shuffling, file, path, error);
    free(path);
    free(file);
  }
  kr_names_free(names, count);
  free(folder);
  return code;
}

/* Lua knows neither an empty list nor null: both are as they were. What has other names now is as it came. */
static json_t *restore(const json_t *original, json_t *changed) {
  const char *name;
  json_t *value, *whole;
  size_t i;
  int failed = 0;
  if (json_is_array(original)) {
    whole = json_array();
    json_array_foreach(original, i, value) failed |=
        json_array_append_new(whole, restore(value, json_array_get(changed, i))) != 0;
  } else if (json_is_object(original) && json_is_object(changed)) {
    whole = json_object();
    json_object_foreach((json_t *)original, name, value) {
      json_t *now = json_object_get(changed, name);
      if (now || json_is_null(value)) failed |= json_object_set_new(whole, name, restore(value, now)) != 0;
    }
    json_object_foreach(changed, name, value) {
      if (!json_object_get(original, name)) failed |= json_object_set(whole, name, value) != 0;
    }
  } else {
    return changed ? json_incref(changed) : json_null();
  }
  if (whole && !failed) return whole;
  json_decref(whole);
  return NULL;
}

static int ask(struct shuffling *shuffling, int64_t seed, struct kr_error *error) {
  json_t *wanted = shuffling->one->wanted;
  json_t *question =
      json_pack("{s:I, s:O, s:O, s:O*, s:O*, s:O*}", "seed", (json_int_t)seed, "documents", shuffling->documents,
                "paths", shuffling->paths, "args", json_object_get(wanted, "args"), "namespace",
                json_object_get(wanted, "namespace"), "selector", json_object_get(wanted, "selector"));
  int code = question ? kr_script_think(&shuffling->answer, shuffling->invocation, "krunbook.testing.shuffle", "run",
                                        NULL, KR_THINK_LARGE, question, error)
                      : no_memory(error);
  json_decref(question);
  return code;
}

/* Writes a file of the copy; the folders above it are made. */
static int write_file(const struct shuffling *shuffling, const char *path, const char *text, size_t length,
                      struct kr_error *error) {
  char *file = kr_path_join(shuffling->folder, path), *above = file ? kr_path_folder(file) : NULL;
  int code = above ? kr_folder_make(above, error) : no_memory(error);
  if (!code) code = kr_file_write(file, text, length, 0600, error);
  free(file);
  free(above);
  return code;
}

static int write_document(const struct shuffling *shuffling, size_t number, const char *path, struct kr_error *error) {
  const json_t *original = json_object_get(json_array_get(shuffling->documents, number), "document");
  json_t *changed = json_array_get(json_object_get(shuffling->answer, "documents"), number);
  json_t *whole = restore(original, changed);
  char *text = whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
  int code = text ? write_file(shuffling, path, text, strlen(text), error) : no_memory(error);
  free(text);
  json_decref(whole);
  return code;
}

static int copy_file(const struct shuffling *shuffling, const char *from, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  char *file = kr_path_join(shuffling->one->snapshot, from);
  kr_buffer_init(&text, FILE_MAX);
  int code = file ? kr_file_read(&text, file, error) : no_memory(error);
  if (!code) code = write_file(shuffling, path, kr_buffer_text(&text), text.length, error);
  kr_buffer_free(&text);
  free(file);
  return code;
}

static int write_copy(struct shuffling *shuffling, struct kr_error *error) {
  const json_t *path;
  size_t i, document = 0;
  int code = 0;
  json_array_foreach(shuffling->paths, i, path) {
    const char *from = json_string_value(path);
    const char *to = json_string_value(json_array_get(json_object_get(shuffling->answer, "paths"), i));
    if (!code && !to) code = kr_error_set(error, KR_ESCRIPT, "%s: it got no new name", from);
    if (code) break;
    code = is_document(from) ? write_document(shuffling, document, to, error) : copy_file(shuffling, from, to, error);
    document += is_document(from);
  }
  return code;
}

/* The case with its names replaced too. */
static json_t *changed_case(const struct shuffling *shuffling) {
  static const char *const members[] = {"namespace", "selector", "args"};
  json_t *wanted = json_copy(shuffling->one->wanted);
  for (size_t i = 0; wanted && i < sizeof members / sizeof *members; i++) {
    json_t *now = json_object_get(shuffling->answer, members[i]), *was = json_object_get(wanted, members[i]);
    if (was && now && json_object_set_new(wanted, members[i], restore(was, now))) {
      json_decref(wanted);
      wanted = NULL;
    }
  }
  return wanted;
}

static int compare(json_t **lines, const struct shuffling *shuffling, const json_t *report, int exit,
                   struct kr_error *error) {
  json_t *wanted = changed_case(shuffling), *shuffled = NULL, *question = NULL, *answer = NULL;
  int shuffled_exit = 0;
  int code = wanted ? kr_case_run(&shuffled, &shuffled_exit, shuffling->invocation, shuffling->one, shuffling->folder,
                                  wanted, error)
                    : no_memory(error);
  if (!code && !(question = json_pack("{s:O, s:i, s:O, s:i}", "report", report, "exit", exit, "shuffled", shuffled,
                                      "shuffled_exit", shuffled_exit)))
    code = no_memory(error);
  if (!code)
    code = kr_script_think(&answer, shuffling->invocation, "krunbook.testing.shuffle", "compare", NULL, KR_THINK_LARGE,
                           question, error);
  json_t *found = json_object_get(answer, "differences");
  if (!code) *lines = json_is_array(found) ? json_incref(found) : json_array();
  json_decref(answer);
  json_decref(question);
  json_decref(shuffled);
  json_decref(wanted);
  return code;
}

static int make_folder(struct shuffling *shuffling, struct kr_error *error) {
  const char *where = getenv("TMPDIR");
  shuffling->folder = kr_path_join(where && *where ? where : "/tmp", "krunbook-names-XXXXXX");
  if (!shuffling->folder) return no_memory(error);
  if (mkdtemp(shuffling->folder)) return 0;
  int code = kr_error_set(error, KR_EIO, "cannot make a temporary folder %s", shuffling->folder);
  free(shuffling->folder);
  shuffling->folder = NULL;
  return code;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about, (void)type, (void)where;
  return remove(path);
}

int kr_case_shuffle(json_t **lines, const struct kr_invocation *invocation, const struct kr_case *one,
                    const json_t *report, int exit, int64_t seed, struct kr_error *error) {
  struct shuffling shuffling = {.invocation = invocation, .one = one, .paths = json_array(), .documents = json_array()};
  int code = shuffling.paths && shuffling.documents ? walk(&shuffling, "", 0, error) : no_memory(error);
  if (!code) code = ask(&shuffling, seed, error);
  if (!code) code = make_folder(&shuffling, error);
  if (!code) code = write_copy(&shuffling, error);
  if (!code) code = compare(lines, &shuffling, report, exit, error);
  if (shuffling.folder) (void)nftw(shuffling.folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
  free(shuffling.folder);
  json_decref(shuffling.answer);
  json_decref(shuffling.paths);
  json_decref(shuffling.documents);
  return code;
}
