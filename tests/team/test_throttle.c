// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "team/throttle.h"
#include "tests/check.h"

static void test_burst_and_refill(void)
{
	struct throttle *t = throttle_new(3, 10 * US_PER_S, 64);
	int64_t now = 1000 * US_PER_S, wait = 0;

	for (int i = 0; i < 3; i++)
		CHECK(throttle_take(t, STR("a"), now, &wait));
	CHECK(!throttle_take(t, STR("a"), now, &wait));
	CHECK(wait > 9 * US_PER_S && wait <= 10 * US_PER_S + 1);
	CHECK(throttle_take(t, STR("b"), now, NULL)); /* keys do not share */
	CHECK(!throttle_take(t, STR("a"), now + 9 * US_PER_S, NULL));
	CHECK(throttle_take(t, STR("a"), now + 10 * US_PER_S + 1, NULL));
	CHECK(!throttle_take(t, STR("a"), now + 11 * US_PER_S, NULL));
	throttle_give(t, STR("a"), now + 11 * US_PER_S);
	CHECK(throttle_take(t, STR("a"), now + 11 * US_PER_S, NULL));
	/* never more than the burst, however long it rested */
	now += 100000 * US_PER_S;
	for (int i = 0; i < 3; i++)
		CHECK(throttle_take(t, STR("a"), now, NULL));
	CHECK(!throttle_take(t, STR("a"), now, NULL));
	throttle_free(t);
	throttle_free(NULL);
}

/* Whoever tries very many other keys does not get an empty bucket forgotten. */
static void test_flood_keeps_empty_buckets(void)
{
	struct throttle *t = throttle_new(5, 1000 * US_PER_S, 64);
	int64_t now = 5 * US_PER_S;
	char key[32];

	for (int i = 0; i < 5; i++)
		CHECK(throttle_take(t, STR("victim"), now, NULL));
	for (int i = 0; i < 20000; i++) {
		int n = snprintf(key, sizeof(key), "other %d", i);

		CHECK(throttle_take(t, (str){key, (size_t)n}, now, NULL));
	}
	CHECK(!throttle_take(t, STR("victim"), now, NULL));
	throttle_free(t);
}

static void test_addresses_share_one_counter(void)
{
	static const char *const same[] = {"taro@team.example",         "Taro@Team.Example",
					   " taro@team.example ",       "taro+x@team.example",
					   "ＴＡＲＯ@team.example",     "taro＠team.example",
					   "ta\xc2\xadro@team.example", "taro+a+b@team.example"};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		str got = throttle_address(&a, str_c(same[i]));

		if (!str_eq(got, STR("taro@team.example")))
			printf("# %zu: %.*s\n", i, STR_ARG(got));
		CHECK(str_eq(got, STR("taro@team.example")));
	}
	CHECK(!str_eq(throttle_address(&a, STR("jiro@team.example")), STR("taro@team.example")));
	CHECK(throttle_address(&a, STR("\xff\xfe")).n == 2);
	CHECK(throttle_address(&a, STR_NULL).n == 0);
}

static void test_prefixes(void)
{
	static const struct {
		const char *peer, *prefix;
	} rows[] = {
	    {"192.0.2.77", "192.0.2.0/24"},
	    {"192.0.2.1:443", "192.0.2.0/24"},
	    {"::ffff:192.0.2.9", "192.0.2.0/24"},
	    {"2001:db8:1:2:3::4", "2001:0db8:0001:0002::/64"},
	    {"[2001:db8:1:2::9]:8119", "2001:0db8:0001:0002::/64"},
	    {"unix", "unix"},
	    {"", ""},
	};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(str_eq(throttle_prefix(&a, str_c(rows[i].peer)), str_c(rows[i].prefix)));
}

RUN_TESTS({"a bucket empties and fills again", test_burst_and_refill},
	  {"a flood of keys keeps empty buckets empty", test_flood_keeps_empty_buckets},
	  {"spellings of an address share one counter", test_addresses_share_one_counter},
	  {"a peer counts as its network", test_prefixes})
