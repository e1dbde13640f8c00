/* error.h - what went wrong, said so that a person can act on it.
 *
 * Functions that can fail return 0 or a negative code below, and fill a caller-owned struct kr_error. A message
 * names what failed, on which object, why, and where it helps what to do; it is one line without a full stop. */
#ifndef KR_BASE_ERROR_H
#define KR_BASE_ERROR_H

enum {
  KR_OK = 0,
  KR_ENOMEM = -1,      /* memory was refused */
  KR_EINVAL = -2,      /* malformed input: a file, a document, a value */
  KR_EUSAGE = -3,      /* the command line is wrong */
  KR_EIO = -4,         /* a file or folder cannot be read or written */
  KR_ENOTFOUND = -5,   /* a named thing is not there */
  KR_ELIMIT = -6,      /* a stated bound would be passed */
  KR_ECONFIG = -7,     /* no usable kubeconfig */
  KR_EAUTH = -8,       /* credentials cannot be had, or are refused */
  KR_ECONNECT = -9,    /* the server cannot be reached */
  KR_ECANCELLED = -10, /* Ctrl-C, or a deadline of the whole run */
  KR_ESCRIPT = -11,    /* a runbook failed */
  KR_EBUSY = -12       /* somebody else holds it */
};

#define KR_ERROR_MAX 2048

struct kr_error {
  int code;
  char message[KR_ERROR_MAX];
};

#define KR_ERROR_INIT \
  {                   \
    0, { 0 }          \
  }

/* Formats the message (cut to fit) and returns code, so that callers can `return kr_error_set(...)`. error may be NULL.
 */
int kr_error_set(struct kr_error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "format: " before the present message; returns error's code. error may be NULL, then returns KR_EINVAL. */
int kr_error_prefix(struct kr_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A lower-case word for a code ("limit", "usage"), stable: reports carry it. */
const char *kr_error_kind(int code);

#endif
