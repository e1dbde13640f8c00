/* certificate.h - what a TLS certificate tells in public. */
#ifndef KR_KUBE_CERTIFICATE_H
#define KR_KUBE_CERTIFICATE_H

#include <jansson.h>
#include <stddef.h>

/* {"subject", "issuer", "dnsNames": [], "notBefore", "notAfter"} of the first certificate in the PEM text, times in RFC
 * 3339; NULL when there is none, or memory is refused. A new reference. */
json_t *kr_certificate_facts(const char *pem, size_t length);

/* 1 when the private key is that of the first certificate, 0 when it is another's, -1 when that cannot be told: one of
 * the two is none, or the key has a pass phrase. */
int kr_certificate_fits_key(const char *pem, size_t length, const char *key, size_t key_length);

#endif
