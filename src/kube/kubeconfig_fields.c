/* kubeconfig_fields.c - see kubeconfig_fields.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include "kube/kubeconfig_fields.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { FIELD_MAX = 64, LIST_MAX = 1000, BASE64_MAX = 2 << 20 };

int kr_field_error(const struct kr_kubeconfig_entry *entry, struct kr_error *error, const char *format, ...) {
  char text[KR_ERROR_MAX / 2];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return kr_error_set(error, KR_ECONFIG, "%s: %s \"%s\": %s", entry->file->path, entry->what, entry->name, text);
}

static int no_memory(struct kr_error *error) { return kr_error_set(error, KR_ENOMEM, "no memory for a kubeconfig"); }

/* A scalar as text: 12345 without quotes is a token too. NULL in *out for what is no scalar. */
static int scalar(char **out, const json_t *value, struct kr_error *error) {
  *out = NULL;
  if (json_is_string(value))
    *out = strdup(json_string_value(value));
  else if (json_is_number(value) || json_is_boolean(value))
    *out = json_dumps(value, JSON_ENCODE_ANY);
  else
    return KR_OK;
  return *out == NULL ? no_memory(error) : KR_OK;
}

int kr_field_text(char **out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error) {
  const json_t *value = json_object_get(entry->value, field);
  char *text;
  if (value == NULL || json_is_null(value)) return KR_OK;
  int status = scalar(&text, value, error);
  if (status != KR_OK) return status;
  if (text == NULL) return kr_field_error(entry, error, "%s is no text", field);
  if (*text == '\0') {
    free(text);
    return KR_OK;
  }
  free(*out);
  *out = text;
  return KR_OK;
}

int kr_field_path(char **out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error) {
  char *path = NULL;
  int status = kr_field_text(&path, entry, field, error);
  if (status != KR_OK || path == NULL) return status;
  char *whole = kr_path_join(entry->file->folder, path);
  free(path);
  if (whole == NULL) return no_memory(error);
  free(*out);
  *out = whole;
  return KR_OK;
}

int kr_field_flag(bool *out, const struct kr_kubeconfig_entry *entry, const char *field, struct kr_error *error) {
  const json_t *value = json_object_get(entry->value, field);
  if (value == NULL || json_is_null(value)) return KR_OK;
  if (!json_is_boolean(value)) return kr_field_error(entry, error, "%s must be true or false", field);
  *out = json_is_true(value);
  return KR_OK;
}

int kr_field_list(char ***out, size_t *count, const struct kr_kubeconfig_entry *entry, const char *field,
                  struct kr_error *error) {
  const json_t *list = json_object_get(entry->value, field), *item;
  size_t i;
  if (list == NULL || json_is_null(list)) return KR_OK;
  if (!json_is_array(list) || json_array_size(list) > LIST_MAX)
    return kr_field_error(entry, error, "%s is no list", field);
  char **texts = calloc(json_array_size(list) + 1, sizeof *texts);
  if (texts == NULL) return no_memory(error);
  int status = KR_OK;
  json_array_foreach(list, i, item) {
    status = scalar(&texts[i], item, error);
    if (status == KR_OK && texts[i] == NULL) status = kr_field_error(entry, error, "%s[%zu] is no text", field, i);
    if (status != KR_OK) break;
  }
  if (status != KR_OK) {
    kr_names_free(texts, json_array_size(list));
    return status;
  }
  *out = texts;
  *count = json_array_size(list);
  return KR_OK;
}

int kr_base64_decode(struct kr_buffer *out, const char *text) {
  size_t length = strlen(text);
  if (length > BASE64_MAX) return KR_ELIMIT;
  EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
  unsigned char *bytes = malloc(length + 3);
  int status = context == NULL || bytes == NULL ? KR_ENOMEM : KR_OK, count = 0, rest = 0;
  if (status == KR_OK) {
    EVP_DecodeInit(context);
    if (EVP_DecodeUpdate(context, bytes, &count, (const unsigned char *)text, (int)length) < 0 ||
        EVP_DecodeFinal(context, bytes + count, &rest) != 1)
      status = KR_EINVAL;
  }
  if (status == KR_OK) status = kr_buffer_append(out, bytes, (size_t)count + (size_t)rest);
  EVP_ENCODE_CTX_free(context);
  free(bytes);
  return status;
}

static int decode(struct kr_buffer *out, const struct kr_kubeconfig_entry *entry, const char *field, const char *text,
                  struct kr_error *error) {
  int status = kr_base64_decode(out, text);
  if (status == KR_ENOMEM) return no_memory(error);
  if (status != KR_OK || out->length == 0) return kr_field_error(entry, error, "%s is not base64", field);
  return KR_OK;
}

static int read_file(struct kr_buffer *out, const struct kr_kubeconfig_entry *entry, const char *field,
                     const char *path, struct kr_error *error) {
  struct kr_error why = KR_ERROR_INIT;
  int status = kr_file_read(out, path, &why);
  if (status != KR_OK) return kr_field_error(entry, error, "%s: %s", field, why.message);
  return out->length > 0 ? KR_OK : kr_field_error(entry, error, "%s: %s is empty", field, path);
}

int kr_field_pem(struct kr_buffer *out, char **path, const struct kr_kubeconfig_entry *entry, const char *field,
                 struct kr_error *error) {
  char data_field[FIELD_MAX];
  char *file = NULL, *data = NULL;
  (void)snprintf(data_field, sizeof data_field, "%s-data", field);
  int status = kr_field_path(&file, entry, field, error);
  if (status == KR_OK) status = kr_field_text(&data, entry, data_field, error);
  if (status == KR_OK && file != NULL && data != NULL)
    status = kr_field_error(entry, error, "%s and %s are both set; keep one", field, data_field);
  else if (status == KR_OK && data != NULL)
    status = decode(out, entry, data_field, data, error);
  else if (status == KR_OK && file != NULL)
    status = read_file(out, entry, field, file, error);
  if (status == KR_OK && out->length > 0 && strstr(out->data, "-----BEGIN ") == NULL)
    status = kr_field_error(entry, error, "%s is not PEM", file != NULL ? field : data_field);
  if (status == KR_OK && path != NULL && file != NULL) {
    free(*path);
    *path = file;
    file = NULL;
  }
  free(file);
  free(data);
  return status;
}
