// SPDX-License-Identifier: Apache-2.0
/* Moments by day, week and month of a zone: which span one falls into, that no span is left out,
 * what lies before and after, whatever hostile dates there are. */
#include "tests/check.h"

#include "intel/timeline.h"

static int64_t at(const char *text)
{
	int64_t us = 0;

	CHECK(time_parse(str_c(text), &us) == ERR_OK);
	return us;
}

static struct timeline make(struct arena *a, const char *const *times, size_t n,
			    enum timeline_unit unit, int64_t offset_s)
{
	struct timeline_item *items = arena_array(a, struct timeline_item, n);
	struct timeline t;

	for (size_t i = 0; i < n; i++)
		items[i] = (struct timeline_item){at(times[i]), i % 2, 1, 3};
	timeline_make(a, items, n, unit, offset_s, at("2026-11-27T00:00:00Z"), &t);
	return t;
}

static void days_of_a_zone(void)
{
	static const char *const times[] = {"2026-11-20T14:59:59Z", "2026-11-20T15:00:00Z",
					    "2026-11-22T00:00:00Z"};
	ARENA(a, 0);
	struct timeline t = make(&a, times, 3, TIMELINE_AUTO, 0);

	CHECK(t.unit == TIMELINE_DAY && t.n == 3);
	CHECK(t.spans[0].from_us == at("2026-11-20T00:00:00Z") && t.spans[0].sightings == 2);
	CHECK(t.spans[1].sightings == 0 && t.spans[2].sightings == 1 && t.spans[2].seen == 3);
	t = make(&a, times, 3, TIMELINE_AUTO, 9 * 3600);
	CHECK(t.n == 3 && t.spans[0].from_us == at("2026-11-19T15:00:00Z"));
	CHECK(t.spans[0].sightings == 1 && t.spans[1].sightings == 1 && t.spans[2].sightings == 1);
	CHECK(t.spans[0].records == 0 && t.spans[1].records == 1);
}

static void weeks_and_months(void)
{
	static const char *const times[] = {"2026-02-28T23:00:00Z", "2026-03-01T23:59:59Z",
					    "2026-03-02T00:00:00Z", "2026-11-26T00:00:00Z"};
	ARENA(a, 0);
	struct timeline t = make(&a, times, 4, TIMELINE_AUTO, 0);

	CHECK(t.unit == TIMELINE_WEEK && t.n == 40);
	CHECK(t.spans[0].from_us == at("2026-02-23T00:00:00Z") && t.spans[0].sightings == 2);
	CHECK(t.spans[1].from_us == at("2026-03-02T00:00:00Z") && t.spans[1].sightings == 1);
	t = make(&a, times, 4, TIMELINE_MONTH, -5 * 3600);
	CHECK(t.n == 10 && t.spans[0].from_us == at("2026-02-01T05:00:00Z"));
	CHECK(t.spans[0].sightings == 1 && t.spans[1].sightings == 2 && t.spans[9].sightings == 1);
}

static void hostile_dates(void)
{
	static const char *const times[] = {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
					    "2026-11-26T00:00:00Z", "1969-12-31T00:00:00Z"};
	ARENA(a, 0);

	for (int unit = TIMELINE_AUTO; unit <= TIMELINE_MONTH; unit++) {
		struct timeline t = make(&a, times, 4, (enum timeline_unit)unit, 14 * 3600);
		int64_t all = t.before.sightings + t.after.sightings;

		CHECK(t.n == TIMELINE_MOST && t.after.sightings == 1);
		for (size_t i = 0; i < t.n; i++)
			all += t.spans[i].sightings;
		CHECK(all == 4);
	}
	struct timeline none = make(&a, times, 0, TIMELINE_AUTO, 0);
	struct timeline later = make(&a, times + 1, 1, TIMELINE_AUTO, 0);

	CHECK(none.n == 0 && later.n == 0 && later.after.sightings == 1);
}

RUN_TESTS({"days of a zone", days_of_a_zone}, {"weeks and months", weeks_and_months},
	  {"hostile dates", hostile_dates})
