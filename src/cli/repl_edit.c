/* repl_edit.c - lines from a terminal, by libedit: editing, history and completion. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/cancel.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/editline.h"
#include "cli/repl.h"

#define LINE_MAX      ((size_t)256 << 10)
#define CANDIDATE_MAX ((size_t)64 << 10)

enum { HISTORY_MAX = 1000, CTRL_D = 4 };

struct editing {
  struct kr_repl *repl;
  EditLine *editor;
  History *history;
  char *file; /* of the history; NULL: it is not kept */
  bool more;  /* the line goes on */
};

static struct kr_editline libedit;

static struct editing *editing_of(EditLine *editor) {
  void *data = NULL;
  return libedit.el_get(editor, EL_CLIENTDATA, &data) == 0 ? data : NULL;
}

static char *prompt(EditLine *editor) {
  static char first[] = "> ", next[] = ">> ";
  const struct editing *editing = editing_of(editor);
  return editing && editing->more ? next : first;
}

/* The next byte; 0 at the end, and when Ctrl-C was pressed: libedit's own reading would wait on. */
static int read_byte(char *byte) {
  for (;;) {
    struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = kr_cancel_fd(), .events = POLLIN}};
    int ready = poll(ends, 2, -1);
    if (kr_cancelled()) return 0;
    if (ready < 0 && errno != EINTR) return -1;
    if (ready <= 0 || ends[0].revents == 0) continue;
    ssize_t length = read(STDIN_FILENO, byte, 1);
    if (length >= 0 || errno != EINTR) return (int)length;
  }
}

/* A character of several bytes is put together; what is none is left out. A Ctrl-D that was typed while a line ran,
 * when the terminal still gave whole lines, comes as a NUL. */
static int read_character(EditLine *editor, wchar_t *character) {
  mbstate_t state = {0};
  char byte;
  int got;
  (void)editor;
  while ((got = read_byte(&byte)) > 0) {
    if (byte == '\0') byte = CTRL_D;
    size_t length = mbrtowc(character, &byte, 1, &state);
    if (length == (size_t)-1) memset(&state, 0, sizeof state);
    if (length <= 1) return 1;
  }
  return got;
}

/* How long all candidates are alike. */
static size_t common_length(const json_t *candidates) {
  const char *first = json_string_value(json_array_get(candidates, 0));
  size_t length = first ? strlen(first) : 0, i;
  const json_t *candidate;
  json_array_foreach(candidates, i, candidate) {
    const char *text = json_string_value(candidate);
    size_t at = 0;
    while (at < length && text[at] == first[at]) at++;
    length = at;
  }
  return length;
}

static void show_candidates(const json_t *candidates) {
  struct kr_buffer plain, harmless;
  const json_t *candidate;
  size_t i;
  kr_buffer_init(&plain, CANDIDATE_MAX);
  kr_buffer_init(&harmless, CANDIDATE_MAX * 4);
  int code = kr_buffer_puts(&plain, "\n");
  json_array_foreach(candidates, i, candidate) {
    if (!code) code = kr_buffer_printf(&plain, "%s  ", json_string_value(candidate));
  }
  if (!code) code = kr_buffer_puts(&plain, "\n");
  if (!code) code = kr_text_harmless(&harmless, kr_buffer_text(&plain), plain.length);
  if (!code) (void)kr_cli_print(kr_buffer_text(&harmless), harmless.length, NULL);
  kr_buffer_free(&plain);
  kr_buffer_free(&harmless);
}

/* Adds what all candidates have in common; where that is nothing, shows them. */
static unsigned char insert(EditLine *editor, const json_t *answer) {
  const json_t *candidates = json_object_get(answer, "candidates");
  const char *word = json_string_value(json_object_get(answer, "word"));
  const char *first = json_string_value(json_array_get(candidates, 0));
  size_t typed = word ? strlen(word) : 0, length = common_length(candidates);
  if (!first || length < typed) return CC_ERROR;
  if (length > typed) {
    char *rest = strndup(first + typed, length - typed);
    int failed = rest ? libedit.el_insertstr(editor, rest) : -1;
    free(rest);
    return failed ? CC_ERROR : CC_REFRESH;
  }
  if (json_array_size(candidates) < 2) return CC_NORM;
  show_candidates(candidates);
  return CC_REDISPLAY;
}

static unsigned char complete(EditLine *editor, int key) {
  const struct editing *editing = editing_of(editor);
  const LineInfo *line = libedit.el_line(editor);
  (void)key;
  if (!editing || !line) return CC_ERROR;
  char *text = strndup(line->buffer, (size_t)(line->cursor - line->buffer));
  json_t *answer = text ? kr_repl_complete(editing->repl, text) : NULL;
  unsigned char result = answer ? insert(editor, answer) : CC_ERROR;
  json_decref(answer);
  free(text);
  return result;
}

/* $XDG_STATE_HOME/krunbook/history, for its owner alone: lines may hold what is not for others. */
static char *find_history(void) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  char *folder = state && state[0] == '/' ? kr_path_join(state, "krunbook")
                 : home && *home          ? kr_path_join(home, ".local/state/krunbook")
                                          : NULL;
  char *file = folder && !kr_folder_make(folder, NULL) ? kr_path_join(folder, "history") : NULL;
  if (file && !kr_file_exists(file) && kr_file_write(file, "", 0, 0600, NULL)) {
    free(file);
    file = NULL;
  }
  free(folder);
  return file;
}

static int open_editor(struct editing *editing, struct kr_error *error) {
  HistEvent event;
  int code = kr_editline_load(&libedit, error);
  if (code) return code;
  (void)setlocale(LC_CTYPE, ""); /* what a character is, and nothing else */
  editing->editor = libedit.el_init("krunbook", stdin, stdout, stderr);
  editing->history = libedit.history_init();
  if (!editing->editor || !editing->history) return kr_error_set(error, KR_ENOMEM, "out of memory for the prompt");
  (void)libedit.history(editing->history, &event, H_SETSIZE, HISTORY_MAX);
  (void)libedit.history(editing->history, &event, H_SETUNIQUE, 1);
  editing->file = find_history();
  if (editing->file) (void)libedit.history(editing->history, &event, H_LOAD, editing->file); /* there may be none yet */
  int failed =
      libedit.el_set(editing->editor, EL_CLIENTDATA, editing) | libedit.el_set(editing->editor, EL_PROMPT, prompt) |
      libedit.el_set(editing->editor, EL_GETCFN, read_character) | libedit.el_set(editing->editor, EL_EDITOR, "emacs") |
      libedit.el_set(editing->editor, EL_HIST, libedit.history, editing->history) |
      libedit.el_wset(editing->editor, EL_ADDFN, L"complete-lua", L"Completes names", complete) |
      libedit.el_set(editing->editor, EL_BIND, "^I", "complete-lua", NULL);
  return failed ? kr_error_set(error, KR_EIO, "the terminal cannot be used for a prompt") : 0;
}

static void close_editor(struct editing *editing) {
  HistEvent event;
  if (editing->history && editing->file) (void)libedit.history(editing->history, &event, H_SAVE, editing->file);
  if (editing->history) libedit.history_end(editing->history);
  if (editing->editor) libedit.el_end(editing->editor);
  free(editing->file);
}

/* Adds a line to what stands before it, and runs it when it is whole. */
static int take(struct editing *editing, struct kr_buffer *text, const char *line, struct kr_error *error) {
  HistEvent event;
  bool failed;
  int code = kr_buffer_puts(text, line);
  if (code) {
    kr_warn("the line is too long");
    kr_buffer_clear(text);
    editing->more = false;
    return 0;
  }
  if (line[strspn(line, " \t\n")] != '\0') (void)libedit.history(editing->history, &event, H_ENTER, line);
  code = kr_repl_run(editing->repl, kr_buffer_text(text), &editing->more, &failed, error);
  if (!editing->more) kr_buffer_clear(text);
  return code;
}

int kr_repl_edit(struct kr_repl *repl, struct kr_error *error) {
  struct editing editing = {.repl = repl};
  struct kr_buffer text;
  kr_buffer_init(&text, LINE_MAX);
  int code = open_editor(&editing, error);
  while (!code) {
    int length = 0;
    const char *line = libedit.el_gets(editing.editor, &length);
    if (kr_cancelled()) { /* Ctrl-C takes away the line, and nothing else */
      if (!kr_cancel_clear()) code = kr_error_set(error, KR_ECANCELLED, "interrupted");
      editing.more = false;
      kr_buffer_clear(&text);
      libedit.el_reset(editing.editor);
      if (!code) code = kr_cli_print("\n", 1, error);
      continue;
    }
    if (!line || length <= 0) break;
    code = take(&editing, &text, line, error);
  }
  kr_buffer_free(&text);
  close_editor(&editing);
  if (!code) (void)kr_cli_print("\n", 1, NULL);
  return code;
}
