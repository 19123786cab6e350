// SPDX-License-Identifier: Apache-2.0
/* timeline: moments counted by day, week or month of one zone (a fixed offset from UTC; weeks begin
 * on Monday), as a row of neighbouring spans up to now. Pure; lives in the caller's arena. */
#ifndef INTEL_TIMELINE_H
#define INTEL_TIMELINE_H

#include "base/arena.h"
#include "base/clock.h"

#define TIMELINE_MOST 400 /* spans; what lies before them is counted together */

enum timeline_unit { TIMELINE_AUTO, TIMELINE_DAY, TIMELINE_WEEK, TIMELINE_MONTH };
struct timeline_item {
	int64_t at_us;
	int64_t records, sightings, seen; /* what it counts */
};
struct timeline_span {
	int64_t from_us; /* its first moment, in UTC */
	int64_t records, sightings, seen;
};
struct timeline {
	enum timeline_unit unit;
	struct timeline_span *spans; /* oldest first, none left out in between */
	size_t n;
	struct timeline_span before, after; /* older than the first span; later than now */
};
/* AUTO: the smallest unit that has room for all (days at most 92, weeks at most 104). offset_s:
 * seconds east of UTC. Items are dated up to a day after now_us by clocks that go ahead. */
void timeline_make(struct arena *a, const struct timeline_item *items, size_t n,
		   enum timeline_unit unit, int64_t offset_s, int64_t now_us, struct timeline *ret);

#endif
