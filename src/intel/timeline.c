// SPDX-License-Identifier: Apache-2.0
#include "intel/timeline.h"

#define US_PER_DAY (INT64_C(86400) * US_PER_S)
#define DAYS_MOST 92
#define WEEKS_MOST 104

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The number of the span an instant lies in: neighbours differ by one. */
static int64_t span_of(int64_t us, enum timeline_unit unit, int64_t offset_s)
{
	int64_t day = floor_div(us + offset_s * US_PER_S, US_PER_DAY);

	if (unit == TIMELINE_WEEK)
		return floor_div(day + 3, 7); /* 1970-01-01 was a Thursday */
	if (unit == TIMELINE_MONTH) {
		struct civil c = time_civil(day * US_PER_DAY);

		return (int64_t)c.year * 12 + c.month - 1;
	}
	return day;
}

static int64_t span_from(int64_t span, enum timeline_unit unit, int64_t offset_s)
{
	int64_t us = span * US_PER_DAY;

	if (unit == TIMELINE_WEEK)
		us = (span * 7 - 3) * US_PER_DAY;
	if (unit == TIMELINE_MONTH)
		us = time_from_civil(
		    (struct civil){.year = (int)floor_div(span, 12),
				   .month = (int)(span - floor_div(span, 12) * 12) + 1,
				   .day = 1});
	return us - offset_s * US_PER_S;
}

static void count(struct timeline_span *s, const struct timeline_item *i)
{
	s->records += i->records;
	s->sightings += i->sightings;
	s->seen += i->seen;
}

static enum timeline_unit choose(const struct timeline_item *items, size_t n, int64_t offset_s,
				 int64_t end_us)
{
	int64_t first = end_us, last = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		if (items[i].at_us > end_us)
			continue;
		first = items[i].at_us < first ? items[i].at_us : first;
		last = items[i].at_us > last ? items[i].at_us : last;
	}
	if (last == INT64_MIN ||
	    span_of(last, TIMELINE_DAY, offset_s) - span_of(first, TIMELINE_DAY, offset_s) <
		DAYS_MOST)
		return TIMELINE_DAY;
	return span_of(last, TIMELINE_WEEK, offset_s) - span_of(first, TIMELINE_WEEK, offset_s) <
		       WEEKS_MOST
		   ? TIMELINE_WEEK
		   : TIMELINE_MONTH;
}

void timeline_make(struct arena *a, const struct timeline_item *items, size_t n,
		   enum timeline_unit unit, int64_t offset_s, int64_t now_us, struct timeline *ret)
{
	int64_t end_us = now_us + US_PER_DAY, first = INT64_MAX, last = INT64_MIN;
	struct timeline t = {.unit =
				 unit == TIMELINE_AUTO ? choose(items, n, offset_s, end_us) : unit};

	for (size_t i = 0; i < n; i++) {
		int64_t span = span_of(items[i].at_us, t.unit, offset_s);

		if (items[i].at_us > end_us)
			continue;
		first = span < first ? span : first;
		last = span > last ? span : last;
	}
	if (last != INT64_MIN) {
		first = first > last - TIMELINE_MOST ? first : last - TIMELINE_MOST + 1;
		t.n = (size_t)(last - first + 1);
	}
	t.spans = arena_array(a, struct timeline_span, t.n);
	for (size_t i = 0; i < t.n; i++)
		t.spans[i].from_us = span_from(first + (int64_t)i, t.unit, offset_s);
	for (size_t i = 0; i < n; i++) {
		int64_t span = span_of(items[i].at_us, t.unit, offset_s);

		if (items[i].at_us > end_us)
			count(&t.after, &items[i]);
		else
			count(span < first ? &t.before : &t.spans[span - first], &items[i]);
	}
	*ret = t;
}
