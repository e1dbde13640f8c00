/* token_file.c - see token_file.h. */
#define _POSIX_C_SOURCE 200809L /* strndup */
#include "kube/token_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "kube/exec_plugin.h"

enum { TOKEN_MAX = 1 << 20 };

static const char blanks[] = " \r\n\t";

static int read_token(char **out, const char *path, struct kr_error *error) {
  struct kr_buffer text;
  kr_buffer_init(&text, TOKEN_MAX);
  *out = NULL;
  int status = kr_file_read(&text, path, error);
  if (status != KR_OK && status != KR_ENOMEM) {
    (void)kr_error_prefix(error, "the token file");
    if (error != NULL) error->code = KR_EAUTH;
    status = KR_EAUTH;
  }
  if (status == KR_OK) {
    const char *begin = kr_buffer_text(&text) + strspn(kr_buffer_text(&text), blanks);
    size_t length = strlen(begin);
    while (length > 0 && strchr(blanks, begin[length - 1]) != NULL) length--;
    *out = strndup(begin, length);
    if (*out == NULL)
      status = kr_error_set(error, KR_ENOMEM, "no memory for a token");
    else if (length == 0)
      status = kr_error_set(error, KR_EAUTH, "the token file %s is empty", path);
    else if (!kr_token_is_usable(*out))
      status = kr_error_set(error, KR_EAUTH,
                            "the token file %s holds what is no token: blanks, lines or other characters", path);
  }
  kr_buffer_free(&text);
  if (status == KR_OK) return KR_OK;
  free(*out);
  *out = NULL;
  return status;
}

int kr_token_file_refresh(struct kr_token_file *file, int64_t now, struct kr_error *error) {
  struct kr_error why = KR_ERROR_INIT;
  char *token;
  if (file->token != NULL && now - file->read_at < KR_TOKEN_FILE_FRESH_MS) return KR_OK;
  int status = read_token(&token, file->path, &why);
  if (status != KR_OK && file->token == NULL) return kr_error_set(error, status, "%s", why.message);
  file->read_at = now;
  if (status != KR_OK) {
    kr_warn("%s; going on with the token that was there before", why.message);
    return KR_OK;
  }
  free(file->token);
  file->token = token;
  return KR_OK;
}

bool kr_token_file_changed(struct kr_token_file *file, int64_t now) {
  char *token;
  if (read_token(&token, file->path, NULL) != KR_OK) return false;
  bool changed = file->token == NULL || strcmp(file->token, token) != 0;
  free(file->token);
  file->token = token;
  file->read_at = now;
  return changed;
}

void kr_token_file_free(struct kr_token_file *file) {
  free(file->token);
  file->token = NULL;
}
