// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "team/presence.h"
#include "tests/check.h"

static struct present at(int64_t record, int64_t team, int64_t account, enum presence_state s,
			 int64_t now)
{
	return (struct present){record, team, account, s, now};
}

static void test_come_and_go(void)
{
	struct presence *p = presence_new();
	struct present out[8], x;
	int64_t now = 1000 * US_PER_S;

	x = at(7, 1, 10, PRESENCE_VIEWING, now);
	CHECK(presence_set(p, &x));
	CHECK(!presence_set(p, &x));                         /* nothing new: nobody is told */
	CHECK(presence_list(p, 7, 1, 10, now, out, 8) == 0); /* oneself is not listed */
	CHECK(presence_list(p, 7, 1, 11, now, out, 8) == 1 && out[0].account == 10);
	CHECK(presence_list(p, 7, 2, 11, now, out, 8) == 0); /* another team hears nothing */
	CHECK(presence_list(p, 8, 1, 11, now, out, 8) == 0);
	x.state = PRESENCE_WRITING;
	CHECK(presence_set(p, &x));
	CHECK(presence_list(p, 7, 1, 11, now, out, 8) == 1 && out[0].state == PRESENCE_WRITING);
	x.state = PRESENCE_GONE;
	CHECK(presence_set(p, &x));
	CHECK(!presence_set(p, &x));
	CHECK(presence_list(p, 7, 1, 11, now, out, 8) == 0);
	presence_free(p);
	presence_free(NULL);
}

static void test_forgotten_after_a_minute(void)
{
	struct presence *p = presence_new();
	struct present out[8], x = at(7, 1, 10, PRESENCE_VIEWING, 1000 * US_PER_S);

	CHECK(presence_set(p, &x));
	CHECK(presence_list(p, 7, 1, 11, x.seen_us + 59 * US_PER_S, out, 8) == 1);
	CHECK(presence_list(p, 7, 1, 11, x.seen_us + 60 * US_PER_S, out, 8) == 0);
	x.seen_us += 60 * US_PER_S;
	CHECK(presence_set(p, &x)); /* comes again */
	presence_free(p);
}

/* Whoever opens thousands takes nobody's place. */
static void test_bounded(void)
{
	struct presence *p = presence_new();
	struct present out[32], x = at(1, 1, 10, PRESENCE_VIEWING, 1000 * US_PER_S);

	CHECK(presence_set(p, &x));
	for (int64_t i = 2; i < 10000; i++) {
		x = at(i, 1, 99, PRESENCE_VIEWING, x.seen_us);
		(void)presence_set(p, &x);
	}
	CHECK(presence_list(p, 1, 1, 0, x.seen_us, out, 32) == 1);
	CHECK(presence_list(p, 9999, 1, 0, x.seen_us, out, 32) == 1);
	CHECK(presence_list(p, 2, 1, 0, x.seen_us, out, 32) == 0);
	/* and a list is no longer than asked for */
	for (int64_t i = 0; i < 40; i++) {
		x = at(5, 1, 1000 + i, PRESENCE_VIEWING, x.seen_us);
		CHECK(presence_set(p, &x));
	}
	CHECK(presence_list(p, 5, 1, 0, x.seen_us, out, 32) == 32);
	presence_free(p);
}

RUN_TESTS({"who comes and goes, for the team alone", test_come_and_go},
	  {"forgotten after a minute", test_forgotten_after_a_minute},
	  {"bounded, and nobody takes another's place", test_bounded})
