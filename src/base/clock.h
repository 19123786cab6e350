// SPDX-License-Identifier: Apache-2.0
/* clock: time is int64 microseconds since 1970-01-01T00:00:00Z ("_us").
 * RFC 3339 in and out; stored and exchanged in UTC. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/arena.h"
#include "base/str.h"

#define US_PER_S INT64_C(1000000)
#define TIME_TEXT 27 /* 2026-11-23T09:30:00.000000Z */
#define TIME_NONE INT64_MIN

/* Wall clock, and a clock that never jumps (for time-outs). */
int64_t clock_now_us(void);
int64_t clock_mono_us(void);

/* RFC 3339 5.6 with any zone offset, up to 9 fraction digits (cut to
 * microseconds), year 0001 to 9999; leap second :60 reads as :59.999999. */
MUST_CHECK enum err time_parse(str text, int64_t *ret_us);
/* 27 characters with microseconds and Z, no NUL. */
void time_text(int64_t us, char ret[TIME_TEXT]);
/* The same with the fewest fraction digits out of 3 or 6 (STIX style: at least 3). */
str time_text_short(struct arena *a, int64_t us);
/* Civil date and time in UTC. */
struct civil {
	int year, month, day, hour, minute, second, micro;
};
struct civil time_civil(int64_t us);
int64_t time_from_civil(struct civil c);

#endif
