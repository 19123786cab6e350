// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"

#include "tests/check.h"

#define KEYS 5000

/* A random walk of puts and deletes against a plain array. */
static void agrees_with_an_array(void)
{
	ARENA(a, 0);
	str *keys = arena_array(&a, str, KEYS);
	int64_t *want = arena_array(&a, int64_t, KEYS);
	uint64_t x = 88172645463325252;
	struct map m;
	struct u64map u;

	map_init(&m);
	u64map_init(&u);
	for (int i = 0; i < KEYS; i++)
		keys[i] = arena_printf(&a, "key-%d", i);
	for (int step = 1; step < 60000; step++) {
		size_t k;
		bool fresh;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		k = (size_t)(x % KEYS);
		if (x >> 60 < 9) {
			union map_value *v = map_put(&m, keys[k], &fresh);

			CHECK(fresh == !want[k] && v->i == want[k]);
			v->i = step;
			u64map_put(&u, k, NULL)->i = step;
			want[k] = step;
		} else {
			CHECK(map_del(&m, keys[k]) == (want[k] != 0));
			CHECK(u64map_del(&u, k) == (want[k] != 0));
			want[k] = 0;
		}
	}
	for (size_t k = 0; k < KEYS; k++) {
		const union map_value *v = map_get(&m, keys[k]), *w = u64map_get(&u, k);

		CHECK((v != NULL) == (want[k] != 0) && (w != NULL) == (want[k] != 0));
		CHECK(!v || v->i == want[k]);
		CHECK(!w || w->i == want[k]);
	}
	CHECK(m.n == u.n);
	map_done(&m);
	u64map_done(&u);
}

static void iteration_meets_every_key_once(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	union map_value *v;
	size_t it = 0, met = 0;
	struct map m;
	struct u64map u;
	uint64_t number;
	str key;

	map_init(&m);
	u64map_init(&u);
	for (size_t i = 0; letters[i]; i++) {
		map_put(&m, (str){&letters[i], 1}, NULL)->u = i;
		u64map_put(&u, i << 40, NULL)->u = i;
	}
	while (map_next(&m, &it, &key, &v)) {
		CHECK(letters[v->u] == key.p[0]);
		v->u = 0;
		met++;
	}
	CHECK(met == 36 && m.n == 36);
	for (it = met = 0; u64map_next(&u, &it, &number, &v); met++)
		CHECK(number == v->u << 40);
	CHECK(met == 36);
	map_done(&m);
	u64map_done(&u);
}

static void empty_maps_and_odd_keys(void)
{
	struct map m;
	struct u64map u;

	map_init(&m);
	u64map_init(&u);
	CHECK(!map_get(&m, STR("a")) && !map_del(&m, STR("a")));
	CHECK(!u64map_get(&u, 0) && !u64map_del(&u, 0));
	map_put(&m, STR_NULL, NULL)->i = 1;
	map_put(&m, STR("\0"), NULL)->i = 2;
	CHECK(map_get(&m, STR(""))->i == 1 && map_get(&m, STR("\0"))->i == 2 && m.n == 2);
	u64map_put(&u, 0, NULL)->i = 3;
	u64map_put(&u, UINT64_MAX, NULL)->i = 4;
	CHECK(u64map_get(&u, 0)->i == 3 && u64map_get(&u, UINT64_MAX)->i == 4);
	map_done(&m);
	u64map_done(&u);
	map_done(&m);
}

/* The table of the SipHash paper's reference code, 64-bit output. */
static void siphash_vectors(void)
{
	static const uint64_t want[] = {
	    UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
	    UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
	    UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
	    UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
	    UINT64_C(0x93f5f5799a932462),
	};
	uint8_t key[16], data[16];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = data[i] = i;
	for (size_t n = 0; n < ARRAY_LEN(want); n++)
		CHECK(siphash64(key, data, n) == want[n]);
}

RUN_TESTS({"agrees with an array", agrees_with_an_array},
	  {"iteration meets every key once", iteration_meets_every_key_once},
	  {"empty maps and odd keys", empty_maps_and_odd_keys},
	  {"SipHash vectors", siphash_vectors})
