// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include "tests/check.h"

#define MIN_US (INT64_C(-62135596800) * US_PER_S)
#define MAX_US (INT64_C(253402300800) * US_PER_S - 1)

static void text_and_back_over_all_years(void)
{
	for (int64_t us = MIN_US; us <= MAX_US; us += INT64_C(86399999999) * 37) {
		char text[TIME_TEXT];
		int64_t got = TIME_NONE;
		struct civil c = time_civil(us);

		time_text(us, text);
		CHECK(time_parse((str){text, TIME_TEXT}, &got) == ERR_OK && got == us);
		CHECK(time_from_civil(c) == us);
		CHECK(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31);
	}
}

static void days_follow_each_other(void)
{
	struct civil last = time_civil(MIN_US);

	CHECK(last.year == 1 && last.month == 1 && last.day == 1);
	for (int64_t day = 1; day < 800 * 366; day++) {
		struct civil c = time_civil(MIN_US + day * 86400 * US_PER_S);
		bool next_day = c.day == last.day + 1 && c.month == last.month;
		bool next_month = c.day == 1 && c.month == last.month + 1 && last.day >= 28;
		bool next_year = c.day == 1 && c.month == 1 && last.month == 12 && last.day == 31 &&
				 c.year == last.year + 1;

		CHECK(next_day || next_month || next_year);
		last = c;
	}
}

static void reads_rfc_3339(void)
{
	static const struct {
		str text;
		int64_t us;
	} rows[] = {
	    {STR_INIT("1970-01-01T00:00:00Z"), 0},
	    {STR_INIT("1985-04-12T23:20:50.52Z"), INT64_C(482196050520000)},
	    {STR_INIT("1996-12-19T16:39:57-08:00"), INT64_C(851042397000000)},
	    {STR_INIT("1996-12-20t00:39:57z"), INT64_C(851042397000000)},
	    {STR_INIT("1990-12-31T23:59:60Z"), INT64_C(662687999999999)},
	    {STR_INIT("1990-12-31T15:59:60.5-08:00"), INT64_C(662687999999999)},
	    {STR_INIT("1937-01-01T12:00:27.87+00:20"), INT64_C(-1041337172130000)},
	    {STR_INIT("2000-02-29T00:00:00.123456789+09:00"), INT64_C(951750000123456)},
	    {STR_INIT("1970-01-01T00:00:00-00:00"), 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t us = TIME_NONE;

		CHECK(time_parse(rows[i].text, &us) == ERR_OK && us == rows[i].us);
	}
}

static void refuses_the_rest(void)
{
	static const str bad[] = {
	    STR_INIT(""),
	    STR_INIT("2026-11-23"),
	    STR_INIT("2026-11-23 09:30:00Z"),
	    STR_INIT("2026-11-23T09:30:00"),
	    STR_INIT("2026-11-23T09:30Z"),
	    STR_INIT("2026-11-23T09:30:00.Z"),
	    STR_INIT("2026-11-23T09:30:00.1234567890Z"),
	    STR_INIT("2026-11-23T24:00:00Z"),
	    STR_INIT("2026-11-23T09:60:00Z"),
	    STR_INIT("2026-11-23T09:30:61Z"),
	    STR_INIT("2026-13-23T09:30:00Z"),
	    STR_INIT("2026-00-23T09:30:00Z"),
	    STR_INIT("2026-02-29T09:30:00Z"),
	    STR_INIT("1900-02-29T09:30:00Z"),
	    STR_INIT("2026-11-31T09:30:00Z"),
	    STR_INIT("2026-11-00T09:30:00Z"),
	    STR_INIT("0000-11-23T09:30:00Z"),
	    STR_INIT("0001-01-01T00:00:00+00:01"),
	    STR_INIT("9999-12-31T23:59:59-00:01"),
	    STR_INIT("2026-11-23T09:30:00+24:00"),
	    STR_INIT("2026-11-23T09:30:00+0900"),
	    STR_INIT("2026-11-23T09:30:00+09"),
	    STR_INIT("2026-11-23T09:30:00ZZ"),
	    STR_INIT("+026-11-23T09:30:00Z"),
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t us = 5;

		CHECK(time_parse(bad[i], &us) == ERR_INVALID && us == 5);
	}
}

static void writes_short_and_clamped(void)
{
	ARENA(a, 0);
	char text[TIME_TEXT];

	CHECK(str_eq(time_text_short(&a, 0), STR("1970-01-01T00:00:00.000Z")));
	CHECK(str_eq(time_text_short(&a, 1000), STR("1970-01-01T00:00:00.001Z")));
	CHECK(str_eq(time_text_short(&a, -1), STR("1969-12-31T23:59:59.999999Z")));
	time_text(INT64_MAX, text);
	CHECK(memcmp(text, "9999-12-31T23:59:59.999999Z", TIME_TEXT) == 0);
	time_text(INT64_MIN, text);
	CHECK(memcmp(text, "0001-01-01T00:00:00.000000Z", TIME_TEXT) == 0);
	CHECK(time_from_civil(time_civil(INT64_MAX)) == INT64_MAX);
}

static void clocks_run_forward(void)
{
	int64_t now = clock_now_us(), mono = clock_mono_us();

	CHECK(now > INT64_C(1700000000) * US_PER_S);
	for (int i = 0; i < 1000; i++) {
		int64_t next = clock_mono_us();

		CHECK(next >= mono);
		mono = next;
	}
}

RUN_TESTS({"text and back over all years", text_and_back_over_all_years},
	  {"days follow each other", days_follow_each_other}, {"reads RFC 3339", reads_rfc_3339},
	  {"refuses the rest", refuses_the_rest},
	  {"writes short and clamped", writes_short_and_clamped},
	  {"clocks run forward", clocks_run_forward})
