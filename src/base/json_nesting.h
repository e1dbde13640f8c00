/* json_nesting.h - where an object or an array of JSON text ends: what is asked most where objects are passed over. */
#ifndef KR_BASE_JSON_NESTING_H
#define KR_BASE_JSON_NESTING_H

/* What follows the bracket that closes the one at which at stands; NULL when none does before end. Brackets are
 * counted, not told apart: what is wrong in the text, whoever decodes it sees. */
const char *kr_json_nesting_end(const char *at, const char *end);

#endif
