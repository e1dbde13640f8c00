/* recorder_private.h - what the files of the recorder share: what it holds, what is under way, and how it is noted that
 * something could not be kept. */
#ifndef KR_KUBE_RECORDER_PRIVATE_H
#define KR_KUBE_RECORDER_PRIVATE_H

#include <jansson.h>

#include "kube/recorder.h"
#include "kube/recorder_files.h"
#include "kube/recorder_index.h"
#include "kube/recorder_probes.h"

enum { KR_RECORDER_RESOURCE_MAX = 512 };

struct kr_recorder {
  struct kr_transport transport; /* first: callers hold a pointer to it */
  struct kr_transport *inner;
  const struct kr_mask *mask;
  struct kr_recorder_options options;
  struct kr_recorder_files files;
  struct kr_recorder_index index;
  struct kr_recorder_probes probes;
  struct kr_passing *unwritten, **unwritten_end; /* pages that were passed on already, in order */
  json_t *singles;         /* "resource\nnamespace\nname" -> the object, as it was got by itself */
  struct kr_error failure; /* the first thing that could not be kept */
};

/* A request under way: what of it the answer is filed under. */
struct kr_passing {
  struct kr_recorder *recorder;
  kr_reply_fn fn;
  void *user;
  enum kr_verb verb;
  bool partial; /* a log since some time, or with the times in it */
  bool previous;
  char resource[KR_RECORDER_RESOURCE_MAX];
  char *namespace_, *name, *container, *review_verb;
  char *labels, *fields; /* of a list; both NULL: all of it */
  json_t *question;      /* of a probe */
  struct kr_buffer page; /* of a list, not written yet; empty: none */
  bool odd;              /* its text is out of the common */
  struct kr_passing *next;
};

/* The first failure is told at the end: a snapshot that lacks something must not look whole. */
void kr_recorder_fail(struct kr_recorder *recorder, const struct kr_error *error);
void kr_recorder_fail_memory(struct kr_recorder *recorder);

/* Adds an entry, which it takes over, to an array of the index. NULL: there was no memory for it. */
void kr_recorder_note(struct kr_recorder *recorder, json_t *array, json_t *entry);

/* A new reference; NULL when it is no JSON: then nothing is recorded of it, and it stays unknown. */
json_t *kr_recorder_parse(const struct kr_buffer *body);

/* recorder_keep.c: takes from an answer what the snapshot shall hold of it. */
void kr_recorder_keep(struct kr_passing *passing, struct kr_reply *reply);

/* recorder_objects.c: a page of a list is taken, and written later as it came, one of odd text as it was written anew;
 * what is no page of a list is not recorded, and made unknown: it must not read as an empty one. An object that was got
 * by itself waits for the end, since a list may still come that holds it. */
void kr_recorder_take_page(struct kr_passing *passing, struct kr_reply *reply);
void kr_recorder_write_page(const struct kr_passing *passing);
void kr_recorder_keep_single(const struct kr_passing *passing, const struct kr_reply *reply);
void kr_recorder_write_singles(struct kr_recorder *recorder);

#endif
