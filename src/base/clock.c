/* clock.c - see clock.h. */
#define _GNU_SOURCE /* timegm, clock_gettime */
#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id) {
  struct timespec at;
  if (clock_gettime(id, &at) != 0) return 0;
  return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

int64_t kr_clock_monotonic(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t kr_clock_now(void) { return read_clock(CLOCK_REALTIME); }

/* Exactly count digits at *text, which it moves past them; -1 when there are fewer. */
static int digits(const char **text, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    if (!isdigit((unsigned char)**text)) return -1;
    value = value * 10 + (*(*text)++ - '0');
  }
  return value;
}

static bool expect(const char **text, char wanted) {
  if (**text != wanted) return false;
  (*text)++;
  return true;
}

/* ".123456" as milliseconds; moves past it. 0 when there is no fraction, -1 when it has no digits. */
static int fraction(const char **text) {
  if (!expect(text, '.')) return 0;
  int value = 0, count = 0;
  for (; isdigit((unsigned char)**text); (*text)++, count++)
    if (count < 3) value = value * 10 + (**text - '0');
  for (int i = count; i < 3; i++) value *= 10;
  return count == 0 ? -1 : value;
}

/* "Z" or "+02:00" as minutes; false when it is neither. */
static bool offset(const char **text, int *minutes) {
  *minutes = 0;
  if (expect(text, 'Z') || expect(text, 'z')) return true;
  int sign = **text == '-' ? -1 : 1;
  if (!expect(text, '+') && !expect(text, '-')) return false;
  int hour = digits(text, 2);
  if (hour < 0 || !expect(text, ':')) return false;
  int minute = digits(text, 2);
  if (minute < 0) return false;
  *minutes = sign * (hour * 60 + minute);
  return true;
}

int64_t kr_time_parse(const char *text) {
  struct tm at = {0};
  int year = digits(&text, 4);
  if (year < 0 || !expect(&text, '-')) return KR_TIME_NONE;
  int month = digits(&text, 2);
  if (month < 1 || month > 12 || !expect(&text, '-')) return KR_TIME_NONE;
  int day = digits(&text, 2);
  if (day < 1 || day > 31 || (*text != 'T' && *text != 't' && *text != ' ')) return KR_TIME_NONE;
  text++;
  int hour = digits(&text, 2);
  if (hour < 0 || hour > 23 || !expect(&text, ':')) return KR_TIME_NONE;
  int minute = digits(&text, 2);
  if (minute < 0 || minute > 59 || !expect(&text, ':')) return KR_TIME_NONE;
  int second = digits(&text, 2);
  if (second < 0 || second > 60) return KR_TIME_NONE;
  int millisecond = fraction(&text), minutes;
  if (millisecond < 0 || !offset(&text, &minutes) || *text != '\0') return KR_TIME_NONE;
  at.tm_year = year - 1900;
  at.tm_mon = month - 1;
  at.tm_mday = day;
  at.tm_hour = hour;
  at.tm_min = minute;
  at.tm_sec = second;
  return ((int64_t)timegm(&at) - (int64_t)minutes * 60) * 1000 + millisecond;
}

const char *kr_time_format(int64_t milliseconds, char text[KR_TIME_TEXT_MAX]) {
  time_t seconds = (time_t)(milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0));
  struct tm at = {.tm_year = 70, .tm_mday = 1};
  (void)gmtime_r(&seconds, &at);
  /* Not strftime: its %Y writes the year 1 as "1". */
  char whole[3 * KR_TIME_TEXT_MAX];
  (void)snprintf(whole, sizeof whole, "%04lld-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900LL, at.tm_mon + 1,
                 at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
  (void)snprintf(text, KR_TIME_TEXT_MAX, "%.*s", KR_TIME_TEXT_MAX - 1, whole);
  return text;
}

static const struct {
  const char *name;
  int64_t milliseconds;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

/* The unit at *text, which it moves past it; 0 when there is none of that name. */
static int64_t unit(const char **text) {
  size_t length = 0;
  while (isalpha((unsigned char)(*text)[length])) length++;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (strlen(units[i].name) != length || memcmp(units[i].name, *text, length) != 0) continue;
    *text += length;
    return units[i].milliseconds;
  }
  return 0;
}

int64_t kr_duration_parse(const char *text) {
  const int64_t most = INT64_MAX / 1000000;
  int64_t total = 0;
  if (!isdigit((unsigned char)*text)) return KR_TIME_NONE;
  while (*text != '\0') {
    char *end;
    size_t digits = strspn(text, "0123456789."); /* strtod takes 0x10 and 1e3 as well */
    errno = 0;
    double count = strtod(text, &end);
    if (end != text + digits || errno != 0 || !isdigit((unsigned char)*text)) return KR_TIME_NONE;
    text = end;
    int64_t scale = *text == '\0' ? 1000 : unit(&text);
    if (scale == 0 || count * (double)scale > (double)(most - total)) return KR_TIME_NONE;
    total += (int64_t)(count * (double)scale);
  }
  return total;
}
