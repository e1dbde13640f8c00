/* json_check.h - tells at the speed of reading that JSON text is right, so that it can be passed on undecoded. */
#ifndef KR_BASE_JSON_CHECK_H
#define KR_BASE_JSON_CHECK_H

enum kr_json_verdict {
  KR_JSON_GOOD,     /* any strict reader takes it: no object has a name twice, and names are spelt as is usual, so that
                       they can be compared as they are written */
  KR_JSON_DOUBTFUL, /* wrong, or out of the common: a real decoder has to say */
  KR_JSON_CUT       /* good so far, and not at its end */
};

/* Of the value that begins at, white space before it skipped. *after: what follows it, where it is good. A number that
 * ends where the text does is cut. Nothing at or after end is read, and nothing is allocated. */
enum kr_json_verdict kr_json_check(const char **after, const char *at, const char *end);

#endif
