/* live_failure.c - see live_failure.h. */
#define _GNU_SOURCE /* strcasestr */
#include "kube/live_failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kube/answer.h"

enum { SAID_MAX = 256 };

static bool says(const struct kr_failure *failure, const char *words) {
  return strcasestr(failure->detail, words) != NULL;
}

enum kr_reason kr_failure_reason(const struct kr_failure *failure) {
  switch (failure->code) {
    case CURLE_OPERATION_TIMEDOUT:
      return KR_REASON_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR: /* a reset in mid-handshake is no matter of certificates */
      return says(failure, "SYSCALL") || says(failure, "reset by peer") ? KR_REASON_UNREACHABLE : KR_REASON_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return KR_REASON_TLS;
    case CURLE_WRITE_ERROR: /* only our own bound stops the writing */
      return KR_REASON_TOO_LARGE;
    case CURLE_OUT_OF_MEMORY:
      return KR_REASON_LIMIT;
    case CURLE_BAD_CONTENT_ENCODING:
      return KR_REASON_BAD_ANSWER;
    case CURLE_RECV_ERROR: /* TLS 1.3 tells of a refused client certificate only here */
      if (says(failure, "alert")) return KR_REASON_TLS;
      break;
    default:
      break;
  }
  return failure->status != 0 ? KR_REASON_BAD_ANSWER : KR_REASON_UNREACHABLE;
}

bool kr_failure_is_broken(const struct kr_failure *failure) {
  switch (failure->code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_COULDNT_RESOLVE_HOST: /* the resolver has tried for long enough */
    case CURLE_COULDNT_RESOLVE_PROXY:
      return false;
    default:
      break;
  }
  enum kr_reason reason = kr_failure_reason(failure);
  return reason == KR_REASON_UNREACHABLE || reason == KR_REASON_BAD_ANSWER;
}

/* What a person can do about TLS that fails. */
static const char *tls_hint(const struct kr_failure *failure) {
  if (says(failure, "no alternative certificate subject name") || says(failure, "does not match"))
    return "the address is not among the names of the server's certificate: correct the cluster's server, or set "
           "tls-server-name to a name that is";
  if (says(failure, "expired"))
    return "a certificate has expired: renew it (kubeadm certs check-expiration shows which)";
  if (says(failure, "not yet valid"))
    return "a certificate is not valid yet: compare the clocks of this machine and the server";
  if (says(failure, "wrong version number"))
    return "nothing speaks TLS at this address: correct scheme and port of the cluster's server";
  if (says(failure, "alert"))
    return "the server refuses our client certificate: see client-certificate of the kubeconfig's user";
  if (failure->code == CURLE_SSL_CERTPROBLEM)
    return "the client certificate and its key cannot be used: see whether they are PEM, the key is not encrypted, and "
           "they belong together";
  if (failure->code == CURLE_SSL_CACERT_BADFILE)
    return "the kubeconfig's certificate-authority cannot be used: see whether it is PEM";
  if (failure->code == CURLE_PEER_FAILED_VERIFICATION)
    return "the server's certificate is not signed by the cluster's certificate-authority: take the kubeconfig anew "
           "from "
           "this cluster, or correct the server's address";
  return "see the cluster's server and certificate-authority in the kubeconfig";
}

/* libcurl quotes a proxy's address that it cannot read, with the password in it. */
static const char *detail_of(const struct kr_failure *failure) {
  if (says(failure, "Unsupported proxy")) return "the proxy's address cannot be used: see proxy-url, or HTTPS_PROXY";
  return failure->detail[0] != '\0' ? failure->detail : curl_easy_strerror(failure->code);
}

int kr_failure_tell(struct kr_reply *reply, const struct kr_failure *failure) {
  enum kr_reason reason = kr_failure_reason(failure);
  const char *detail = detail_of(failure);
  switch (reason) {
    case KR_REASON_TIMEOUT:
      return kr_reply_unknown(reply, reason, "%s %s within %" PRId64 ".%" PRId64 " s", failure->server,
                              failure->connected ? "did not answer" : "could not be connected to",
                              failure->waited_ms / 1000, failure->waited_ms % 1000 / 100);
    case KR_REASON_TLS:
      return kr_reply_unknown(reply, reason, "%s: %s; %s", failure->server, detail, tls_hint(failure));
    case KR_REASON_TOO_LARGE:
      return kr_reply_unknown(reply, reason, "the answer is longer than %zu bytes", failure->body_max);
    case KR_REASON_BAD_ANSWER:
      return kr_reply_unknown(reply, reason, "%s: the answer broke off: %s", failure->server, detail);
    case KR_REASON_UNREACHABLE:
      return kr_reply_unknown(reply, reason, "%s cannot be reached: %s; does the cluster run, and is this its address?",
                              failure->server, detail);
    default:
      return kr_reply_unknown(reply, reason, "%s: %s", failure->server, detail);
  }
}

int kr_failure_tell_unauthorized(struct kr_reply *reply, const char *server) {
  char said[SAID_MAX];
  (void)snprintf(said, sizeof said, "%s", reply->message == NULL ? "401" : reply->message);
  return kr_reply_unknown(reply, KR_REASON_UNAUTHORIZED,
                          "%s does not accept these credentials (%s): sign in again, or correct the kubeconfig's user",
                          server, said);
}
