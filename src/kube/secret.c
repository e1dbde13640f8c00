/* secret.c - see secret.h. */
#include "kube/secret.h"

#include <stdlib.h>

#include "kube/answer.h"
#include "kube/certificate.h"
#include "kube/kubeconfig_fields.h"

enum { SECRET_MAX = 4 << 20 };

/* Keeps the keys of the map of values. */
static int empty_values(json_t *secret) {
  json_t *map = json_object_get(secret, "data"), *value;
  const char *name;
  void *next;
  if (!json_is_object(map)) (void)json_object_del(secret, "data");
  json_object_foreach_safe(json_object_get(secret, "data"), next, name, value) {
    if (json_object_set_new(map, name, json_string("")) != 0) return KR_ENOMEM;
  }
  return KR_OK;
}

/* Notes a fact that a diagnosis may need, under the member "krunbook". */
static int note(json_t *object, const char *name, json_t *fact) {
  json_t *notes = json_object_get(object, "krunbook");
  if (fact == NULL) return KR_OK;
  if (!json_is_object(notes)) {
    notes = json_object();
    if (json_object_set_new(object, "krunbook", notes) != 0) {
      json_decref(fact);
      return KR_ENOMEM;
    }
  }
  return json_object_set_new(notes, name, fact) == 0 ? KR_OK : KR_ENOMEM;
}

/* The decoded value of a Secret's key; false when it is not there or not base64. */
static bool decode_key(struct kr_buffer *out, const json_t *secret, const char *key) {
  const char *text = json_string_value(json_object_get(json_object_get(secret, "data"), key));
  kr_buffer_init(out, SECRET_MAX);
  if (text != NULL && kr_base64_decode(out, text) == KR_OK && out->length > 0) return true;
  kr_buffer_free(out);
  return false;
}

/* Whether the key beside the certificate is its own, where both can be read. */
static void note_key(json_t *facts, const json_t *secret, const struct kr_buffer *pem) {
  struct kr_buffer key;
  if (!decode_key(&key, secret, "tls.key")) return;
  int fits = kr_certificate_fits_key(pem->data, pem->length, key.data, key.length);
  kr_buffer_free(&key);
  if (fits >= 0) (void)json_object_set_new(facts, "keyMatches", json_boolean(fits));
}

static int note_certificate(json_t *secret, bool live) {
  struct kr_buffer pem;
  json_t *facts = NULL;
  if (json_object_get(json_object_get(secret, "data"), "tls.crt") == NULL) return KR_OK;
  bool decoded = decode_key(&pem, secret, "tls.crt");
  if (decoded) facts = kr_certificate_facts(pem.data, pem.length);
  if (facts != NULL) note_key(facts, secret, &pem);
  if (decoded) kr_buffer_free(&pem);
  if (facts == NULL && (decoded || live)) facts = json_pack("{s:s}", "error", "tls.crt holds no certificate");
  return note(secret, "certificate", facts);
}

/* Of pull credentials the registries' hosts: the members of "auths", or in the old format all members. */
static int note_registries(json_t *secret, const char *key, const char *part) {
  struct kr_buffer text;
  const char *host;
  json_t *value;
  if (!decode_key(&text, secret, key)) return KR_OK;
  json_t *config = json_loadb(text.data, text.length, 0, NULL), *hosts = json_array();
  kr_buffer_free(&text);
  int failed = hosts == NULL;
  json_object_foreach(part == NULL ? config : json_object_get(config, part), host, value) {
    if (!failed) failed = json_array_append_new(hosts, json_string(host)) != 0;
  }
  json_decref(config);
  if (!failed) return note(secret, "registries", hosts);
  json_decref(hosts);
  return KR_ENOMEM;
}

int kr_secret_strip(json_t *secret, bool live) {
  json_t *metadata = json_object_get(secret, "metadata");
  int status = note_certificate(secret, live);
  if (status == KR_OK) status = note_registries(secret, ".dockerconfigjson", "auths");
  if (status == KR_OK) status = note_registries(secret, ".dockercfg", NULL);
  if (status == KR_OK) status = empty_values(secret);
  (void)json_object_del(secret, "stringData");
  /* kubectl apply keeps the whole Secret there, values and all. */
  (void)json_object_del(json_object_get(metadata, "annotations"), "kubectl.kubernetes.io/last-applied-configuration");
  return status;
}

static int append(const char *text, size_t length, void *buffer) { return kr_buffer_append(buffer, text, length); }

/* One Secret, or a list's items; KR_EINVAL when it is neither. */
static int strip_all(json_t *body, bool live) {
  json_t *items = json_object_get(body, "items"), *item;
  int status = KR_OK;
  size_t i;
  if (!json_is_object(body)) return KR_EINVAL;
  if (items == NULL) return kr_secret_strip(body, live);
  if (!json_is_array(items)) return KR_EINVAL;
  json_array_foreach(items, i, item) {
    if (status == KR_OK) status = json_is_object(item) ? kr_secret_strip(item, live) : KR_EINVAL;
  }
  return status;
}

int kr_secret_strip_reply(struct kr_reply *reply, bool live) {
  json_t *body = json_loadb(kr_buffer_text(&reply->body), reply->body.length, JSON_ALLOW_NUL, NULL);
  int status = strip_all(body, live);
  kr_buffer_free(&reply->body);
  if (status == KR_OK && json_dump_callback(body, append, &reply->body, JSON_COMPACT) != 0) status = KR_ENOMEM;
  if (status != KR_OK) kr_buffer_free(&reply->body);
  json_decref(body);
  if (status == KR_EINVAL)
    return kr_reply_unknown(reply, KR_REASON_BAD_ANSWER, "the server's answer is no Secret, nor a list of them");
  return status;
}
