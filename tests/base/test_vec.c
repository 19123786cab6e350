// SPDX-License-Identifier: Apache-2.0
#include "base/vec.h"

#include "tests/check.h"

struct pair {
	int a;
	const char *b;
};

static void elements_stay_in_order_on_heap_and_arena(void)
{
	ARENA(arena, 0);
	struct arena *where[] = {NULL, &arena};

	for (size_t k = 0; k < ARRAY_LEN(where); k++) {
		VEC(struct pair) v = {0};

		for (int i = 0; i < 1000; i++)
			vec_add(where[k], &v, (struct pair){i, "x"});
		CHECK(v.n == 1000 && v.cap >= 1000);
		for (int i = 0; i < 1000; i++)
			CHECK(v.p[i].a == i);
		if (!where[k])
			vec_done(&v);
	}
}

static void push_zeroes_even_after_elements_were_dropped(void)
{
	VEC(int64_t) v = {0};

	for (int i = 0; i < 20; i++)
		vec_add(NULL, &v, -1);
	v.n = 0;
	for (int i = 0; i < 20; i++)
		CHECK(*vec_push(NULL, &v) == 0);
	vec_done(&v);
	CHECK(!v.p && !v.n && !v.cap);
}

RUN_TESTS({"elements stay in order on heap and arena", elements_stay_in_order_on_heap_and_arena},
	  {"push zeroes even after elements were dropped",
	   push_zeroes_even_after_elements_were_dropped})
