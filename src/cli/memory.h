/* memory.h - whether memory was short: jansson loses values, and letters of texts, where it has none, and cannot always
 * tell of it. */
#ifndef KR_CLI_MEMORY_H
#define KR_CLI_MEMORY_H

#include <stdbool.h>

void kr_memory_watch(void); /* before jansson is used */
bool kr_memory_was_short(void);

#endif
