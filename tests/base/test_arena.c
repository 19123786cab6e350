// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include "tests/check.h"

static bool all_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Every block is aligned, zeroed and its own, over several resets that hand
 * out memory used before. */
static void blocks_are_zeroed_aligned_and_apart(void)
{
	ARENA(a, 0);

	for (int round = 0; round < 3; round++) {
		unsigned char *blocks[400];
		size_t sizes[400];

		for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
			sizes[i] = i % 50 == 49 ? 100000 + i : i * 7 % 300;
			blocks[i] = arena_alloc(&a, sizes[i]);
			CHECK((uintptr_t)blocks[i] % 16 == 0);
			CHECK(all_zero(blocks[i], sizes[i]));
			memset(blocks[i], (int)(i % 251 + 1), sizes[i]);
		}
		for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
			for (size_t k = 0; k < sizes[i]; k++)
				if (blocks[i][k] != i % 251 + 1)
					CHECK(false && "another block wrote here");
		arena_reset(&a);
		CHECK(a.used_bytes == 0);
	}
}

static void size_zero_is_a_pointer_of_its_own(void)
{
	ARENA(a, 0);
	void *p = arena_alloc(&a, 0), *q = arena_alloc(&a, 0);

	CHECK(p && q && p != q);
}

static void the_budget_is_told_and_memory_still_given(void)
{
	ARENA(a, 1000);

	memset(arena_alloc(&a, 500), 1, 500);
	CHECK(!arena_over(&a));
	memset(arena_alloc(&a, 10000), 1, 10000);
	CHECK(arena_over(&a));
	arena_reset(&a);
	CHECK(!arena_over(&a) && a.budget_bytes == 1000);
	arena_done(&a);
	arena_done(&a);
	CHECK(!a.head);
}

static void texts_are_copied(void)
{
	ARENA(a, 0);
	char source[] = "fire";
	str s = arena_str(&a, (str){source, 4});
	char *c = arena_cstr(&a, (str){source, 4});
	str long_text = arena_printf(&a, "%05000d|%s", 7, "x");

	source[0] = 'w';
	CHECK(str_eq(s, STR("fire")) && strcmp(c, "fire") == 0);
	CHECK(long_text.n == 5002 && long_text.p[long_text.n] == '\0' && long_text.p[5001] == 'x');
	CHECK(arena_cstr(&a, STR_NULL)[0] == '\0' && arena_str(&a, STR_NULL).p);
}

static void the_heap_is_zeroed_and_grows_zeroed(void)
{
	unsigned char *p = mem_alloc(100);
	char *c = mem_cstr(STR("abc"));

	CHECK(all_zero(p, 100));
	memset(p, 1, 100);
	p = mem_grow(p, 100, 5000);
	CHECK(p[99] == 1 && all_zero(p + 100, 4900));
	CHECK(strcmp(c, "abc") == 0);
	mem_free(c);
	mem_free(p);
	mem_free(NULL);
}

RUN_TESTS({"blocks are zeroed, aligned and apart", blocks_are_zeroed_aligned_and_apart},
	  {"size 0 is a pointer of its own", size_zero_is_a_pointer_of_its_own},
	  {"the budget is told and memory still given", the_budget_is_told_and_memory_still_given},
	  {"texts are copied", texts_are_copied},
	  {"the heap is zeroed and grows zeroed", the_heap_is_zeroed_and_grows_zeroed})
