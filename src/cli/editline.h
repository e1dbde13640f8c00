/* editline.h - libedit, loaded where somebody edits lines and nowhere else: with the libraries that it needs, it would
 * take a thirtieth of each run on one pod. */
#ifndef KR_CLI_EDITLINE_H
#define KR_CLI_EDITLINE_H

#include <histedit.h>
#include <stdio.h>

#include "base/error.h"

/* Its functions, as histedit.h declares them. */
struct kr_editline {
  EditLine *(*el_init)(const char *program, FILE *in, FILE *out, FILE *error);
  void (*el_end)(EditLine *editor);
  void (*el_reset)(EditLine *editor);
  const char *(*el_gets)(EditLine *editor, int *length);
  int (*el_set)(EditLine *editor, int what, ...);
  int (*el_wset)(EditLine *editor, int what, ...);
  int (*el_get)(EditLine *editor, int what, ...);
  const LineInfo *(*el_line)(EditLine *editor);
  int (*el_insertstr)(EditLine *editor, const char *text);
  History *(*history_init)(void);
  void (*history_end)(History *history);
  int (*history)(History *history, HistEvent *event, int what, ...);
};

/* Fills it; it stays loaded to the end of the process. KR_ENOTFOUND: this system has no libedit, or another one. */
int kr_editline_load(struct kr_editline *out, struct kr_error *error);

#endif
