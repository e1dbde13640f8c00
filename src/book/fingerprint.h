/* fingerprint.h - what stays the same of a finding though pods come and go, as 16 hexadecimal digits. */
#ifndef KR_BOOK_FINGERPRINT_H
#define KR_BOOK_FINGERPRINT_H

#include <jansson.h>

#define KR_FINGERPRINT_MAX 17

/* Of a finding as it stands in a report: over its code, its owner (else its object), container, cause_code and key;
 * never over the name of a pod that has an owner. text is "" when memory is refused. */
const char *kr_fingerprint(const json_t *finding, char text[KR_FINGERPRINT_MAX]);

#endif
