/* log.h - what the program tells about itself, on stderr. Level 0 says nothing but warnings; -v raises it.
 * Text is made harmless for a terminal before it is written; no secret may be passed. */
#ifndef KR_BASE_LOG_H
#define KR_BASE_LOG_H

void kr_log_set_level(int level);
int kr_log_level(void);

void kr_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kr_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line on standard error that the next one replaces, and any message takes away: how far a run is. It is shown where
 * standard error is a terminal, cut to its width, and made harmless. kr_status_clear before anything is written to
 * another stream that may be the same terminal. */
void kr_status_show(const char *text);
void kr_status_clear(void);

#endif
