// SPDX-License-Identifier: Apache-2.0
#include "net/worker.h"

#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/check.h"

struct tally {
	_Atomic uint64_t ran, sum, refused;
	_Atomic bool hold;
};

static void run(void *ctx, void *item)
{
	struct tally *t = ctx;

	while (atomic_load(&t->hold))
		usleep(100);
	atomic_fetch_add(&t->sum, *(uint64_t *)item);
	atomic_fetch_add(&t->ran, 1);
}

static void refused(void *ctx, void *item)
{
	(void)item;
	atomic_fetch_add(&((struct tally *)ctx)->refused, 1);
}

static void runs_each_item_once(void)
{
	static uint64_t items[5000];
	struct tally t = {0};
	struct worker_pool *p = worker_pool_new(4, 8, run, &t);
	uint64_t want = 0;

	for (uint64_t i = 0; i < 5000; i++) {
		items[i] = i;
		want += i;
		while (!worker_push(p, &items[i]))
			usleep(10);
	}
	while (t.ran < 5000)
		usleep(100);
	CHECK(t.sum == want);
	worker_pool_end(p, refused);
	worker_pool_free(p);
	CHECK(t.ran == 5000 && t.refused == 0);
}

static void refuses_beyond_its_queue_and_what_waits_at_the_end(void)
{
	static uint64_t one = 1;
	struct tally t = {.hold = true};
	struct worker_pool *p = worker_pool_new(1, 3, run, &t);
	unsigned taken = 0;

	for (int i = 0; i < 100; i++) {
		taken += worker_push(p, &one);
		usleep(100);
	}
	CHECK(taken == 4); /* one runs, three wait */
	atomic_store(&t.hold, false);
	worker_pool_end(p, refused);
	CHECK(!worker_push(p, &one));
	worker_pool_free(p);
	CHECK(t.ran + t.refused == 4 && t.ran >= 1);
	worker_pool_free(NULL);
}

RUN_TESTS({"runs each item once", runs_each_item_once},
	  {"refuses beyond its queue and what waits at the end",
	   refuses_beyond_its_queue_and_what_waits_at_the_end})
