/* error.c - see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int kr_error_set(struct kr_error *error, int code, const char *format, ...) {
  if (error == NULL) return code;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  error->code = code;
  return code;
}

int kr_error_prefix(struct kr_error *error, const char *format, ...) {
  if (error == NULL) return KR_EINVAL;
  char old[KR_ERROR_MAX];
  memcpy(old, error->message, sizeof old);
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  if (length >= 0 && (size_t)length + 3 < sizeof error->message)
    (void)snprintf(error->message + length, sizeof error->message - (size_t)length, ": %.*s",
                   (int)(sizeof error->message - (size_t)length - 3), old);
  return error->code;
}

const char *kr_error_kind(int code) {
  switch (code) {
    case KR_OK:
      return "ok";
    case KR_ENOMEM:
      return "memory";
    case KR_EINVAL:
      return "invalid";
    case KR_EUSAGE:
      return "usage";
    case KR_EIO:
      return "file";
    case KR_ENOTFOUND:
      return "not-found";
    case KR_ELIMIT:
      return "limit";
    case KR_ECONFIG:
      return "kubeconfig";
    case KR_EAUTH:
      return "credentials";
    case KR_ECONNECT:
      return "unreachable";
    case KR_ECANCELLED:
      return "cancelled";
    case KR_ESCRIPT:
      return "script";
    case KR_EBUSY:
      return "locked";
    default:
      return "internal";
  }
}
