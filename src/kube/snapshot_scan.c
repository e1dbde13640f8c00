/* snapshot_scan.c - see snapshot_scan.h. */
#include "kube/snapshot_scan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json_check.h"

/* PART: of a file read at a time. NEAR_END: what jansson finds wrong so near to the end of what it was given may be
 * right when more is read. */
enum { PART = 1 << 20, NEAR_END = 64, FLAGS = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL };

struct scan {
  struct kr_snapshot_window *window;
  const struct kr_snapshot_scanner *scanner;
  struct kr_error *error;
  uint64_t from; /* where in the file text stands */
  const char *text, *at, *end;
  bool whole; /* nothing follows end */
};

static int no_memory(struct scan *scan) { return kr_error_set(scan->error, KR_ENOMEM, "no memory for a snapshot"); }

static uint64_t place_of(const struct scan *scan, const char *at) { return scan->from + (uint64_t)(at - scan->text); }

/* Reads more behind what is left to read. */
static int more(struct scan *scan) {
  size_t left = (size_t)(scan->end - scan->at), length;
  uint64_t from = place_of(scan, scan->at);
  const char *text;
  size_t wanted = left < PART / 2 ? PART : left * 2;
  int status = kr_snapshot_window_read(&text, &length, scan->window, from, wanted, 0, scan->error);
  if (status != KR_OK) return status;
  scan->whole = length < wanted;
  scan->from = from;
  scan->text = scan->at = text;
  scan->end = text + length;
  return KR_OK;
}

/* Line and column, from 1, of a place in the file. */
static void count_lines(struct scan *scan, uint64_t place, int *line, int *column) {
  const char *text;
  size_t length;
  *line = *column = 1;
  for (uint64_t from = 0; from < place; from += length) {
    size_t wanted = place - from < PART ? (size_t)(place - from) : PART;
    int status = kr_snapshot_window_read(&text, &length, scan->window, from, wanted, 0, NULL);
    if (status != KR_OK || length == 0) return;
    if (length > wanted) length = wanted;
    for (size_t i = 0; i < length; i++) {
      if (text[i] == '\n')
        ++*line, *column = 1;
      else if (((unsigned char)text[i] & 0xC0U) != 0x80U)
        ++*column;
    }
  }
}

/* What is wrong, so many lines and columns behind a place in the file. */
static int wrong(struct scan *scan, uint64_t place, int lines, int columns, const char *what) {
  int line, column;
  count_lines(scan, place, &line, &column);
  return kr_error_set(scan->error, KR_EINVAL, "%s/%s:%d:%d: %s", scan->window->folder, scan->window->name, line + lines,
                      lines > 0 ? columns : column - 1 + columns, what);
}

/* What should stand where the scan is. */
static int wrong_here(struct scan *scan, const char *wanted) {
  char what[128];
  if (scan->at == scan->end)
    (void)snprintf(what, sizeof what, "%s expected near end of file", wanted);
  else
    (void)snprintf(what, sizeof what, "%s expected near '%c'", wanted,
                   isprint((unsigned char)*scan->at) ? *scan->at : '?');
  return wrong(scan, place_of(scan, scan->at), 0, 1, what);
}

/* The next byte that is no white space; '\0' at the file's end, and where a NUL stands. */
static int peek(struct scan *scan, char *byte) {
  for (;; scan->at++) {
    if (scan->at == scan->end && !scan->whole) {
      int status = more(scan);
      if (status != KR_OK) return status;
    }
    *byte = scan->at == scan->end ? '\0' : *scan->at;
    if (scan->at == scan->end || strchr(" \n\r\t", *byte) == NULL || *byte == '\0') return KR_OK;
  }
}

/* Takes byte, which has to come next. */
static int take(struct scan *scan, char byte, const char *shown) {
  char found;
  int status = peek(scan, &found);
  if (status != KR_OK) return status;
  if (found != byte) return wrong_here(scan, shown);
  scan->at++;
  return KR_OK;
}

/* What jansson makes of the value; false when more has to be read first. */
static bool decode(int *status, struct kr_snapshot_value *value, struct scan *scan) {
  json_error_t problem;
  size_t left = (size_t)(scan->end - scan->at);
  value->decoded = json_loadb(scan->at, left, FLAGS | JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &problem);
  /* A number that ends where the text does may go on. */
  bool near_end = (size_t)problem.position + NEAR_END >= left;
  if (near_end && !scan->whole) {
    json_decref(value->decoded);
    value->decoded = NULL;
    return false;
  }
  value->length = (size_t)problem.position;
  *status = value->decoded != NULL ? KR_OK
            : json_error_code(&problem) == json_error_out_of_memory
                ? no_memory(scan)
                : wrong(scan, place_of(scan, scan->at), problem.line - 1, problem.column, problem.text);
  return true;
}

/* Takes the value that comes next; what is decoded of it the caller releases. */
static int take_value(struct kr_snapshot_value *value, struct scan *scan) {
  char byte;
  int status = peek(scan, &byte);
  for (bool done = false; status == KR_OK && !done;) {
    const char *after;
    enum kr_json_verdict verdict = kr_json_check(&after, scan->at, scan->end);
    *value = (struct kr_snapshot_value){.from = place_of(scan, scan->at)};
    done = verdict == KR_JSON_GOOD;
    if (done) value->length = (size_t)(after - scan->at);
    if (!done && (verdict == KR_JSON_DOUBTFUL || scan->whole)) done = decode(&status, value, scan);
    if (!done) status = more(scan);
  }
  if (status != KR_OK) return status;
  value->text = scan->at;
  scan->at += value->length;
  return KR_OK;
}

static int name_place(struct scan *scan, int status) {
  if (status != KR_EINVAL) return status;
  return kr_error_prefix(scan->error, "%s/%s", scan->window->folder, scan->window->name);
}

/* Takes the elements of an array that begins here. */
static int take_items(struct scan *scan) {
  char byte;
  int status = take(scan, '[', "'['");
  if (status == KR_OK) status = peek(scan, &byte);
  if (status != KR_OK) return status;
  if (byte == ']') {
    scan->at++;
    return KR_OK;
  }
  for (;;) {
    struct kr_snapshot_value value;
    status = take_value(&value, scan);
    if (status != KR_OK) return status;
    status = name_place(scan, scan->scanner->item(scan->scanner->user, &value, scan->error));
    json_decref(value.decoded);
    if (status == KR_OK) status = peek(scan, &byte);
    if (status != KR_OK) return status;
    if (byte != ',' && byte != ']') return wrong_here(scan, "']'");
    scan->at++;
    if (byte == ']') return KR_OK;
  }
}

/* A value that is no list of items: told where it is a string. */
static int take_other(struct scan *scan, const char *name) {
  struct kr_snapshot_value value;
  int status = take_value(&value, scan);
  if (status != KR_OK) return status;
  if (value.decoded == NULL && *value.text == '"')
    value.decoded = json_loadb(value.text, value.length, FLAGS | JSON_DECODE_ANY, NULL);
  if (json_is_string(value.decoded)) scan->scanner->member(scan->scanner->user, name, json_string_value(value.decoded));
  json_decref(value.decoded);
  return KR_OK;
}

static int not_a_list(struct scan *scan) {
  return kr_error_set(scan->error, KR_EINVAL, "%s/%s: a List with an array \"items\" is wanted", scan->window->folder,
                      scan->window->name);
}

/* Takes a member's name and the colon after it. names: those that the document has so far. */
static int take_name(json_t **name, struct scan *scan, json_t *names) {
  struct kr_snapshot_value value = {0};
  char byte;
  int status = peek(scan, &byte);
  if (status == KR_OK && byte != '"') status = wrong_here(scan, "string or '}'");
  if (status == KR_OK) status = take_value(&value, scan);
  if (status != KR_OK) return status;
  *name = value.decoded != NULL ? value.decoded : json_loadb(value.text, value.length, FLAGS | JSON_DECODE_ANY, NULL);
  const char *text = json_string_value(*name);
  if (text == NULL) return no_memory(scan);
  if (json_object_get(names, text) != NULL) return wrong(scan, value.from, 0, 1, "duplicate object key");
  if (json_object_set_new(names, text, json_true()) != 0) return no_memory(scan);
  return take(scan, ':', "':'");
}

static int take_member(struct scan *scan, json_t *names) {
  json_t *name = NULL;
  char byte = '\0';
  int status = take_name(&name, scan, names);
  if (status == KR_OK) status = peek(scan, &byte);
  if (status == KR_OK && strcmp(json_string_value(name), "items") != 0)
    status = take_other(scan, json_string_value(name));
  else if (status == KR_OK)
    status = byte != '[' && byte != '\0' ? not_a_list(scan) : take_items(scan);
  json_decref(name);
  return status;
}

static int take_document(struct scan *scan, json_t *names) {
  char byte = '\0';
  int status = peek(scan, &byte);
  if (status == KR_OK && byte == '[') return not_a_list(scan);
  if (status == KR_OK) status = take(scan, '{', "'[' or '{'");
  if (status == KR_OK) status = peek(scan, &byte);
  bool empty = byte == '}';
  while (status == KR_OK && !empty) {
    status = take_member(scan, names);
    if (status == KR_OK) status = peek(scan, &byte);
    if (status != KR_OK || byte != ',') break;
    scan->at++;
  }
  if (status == KR_OK) status = take(scan, '}', "'}'");
  if (status == KR_OK) status = peek(scan, &byte);
  if (status == KR_OK && scan->at != scan->end) status = wrong_here(scan, "end of file");
  return status == KR_OK && json_object_get(names, "items") == NULL ? not_a_list(scan) : status;
}

int kr_snapshot_scan(struct kr_snapshot_window *window, const struct kr_snapshot_scanner *scanner,
                     struct kr_error *error) {
  struct scan scan = {.window = window, .scanner = scanner, .error = error, .text = ""};
  scan.at = scan.end = scan.text;
  json_t *names = json_object();
  int status = names == NULL ? no_memory(&scan) : take_document(&scan, names);
  json_decref(names);
  return status;
}
