// SPDX-License-Identifier: Apache-2.0
/* jobs: each is run once at a time, survives its worker, and ends. */
#include <pthread.h>

#include "tests/store/fixture.h"

#define LEASE (60 * US_PER_S)

static struct uuid add(struct fixture *f, const char *kind, int64_t run_at, const char *dedupe)
{
	struct job j = {.kind = str_c(kind), .payload = STR("{\"n\":1}"), .run_at_us = run_at};
	struct uuid uid = {{0}};

	OK(job_add(f->s, &j, dedupe, &uid, &why));
	return uid;
}

static void life(struct fixture *f)
{
	int64_t now = clock_now_us(), due = 0;
	struct job j, again;
	struct uuid first, later;

	OK(job_next_due(f->s, &due, &why));
	CHECK(due == INT64_MAX);
	CHECK(job_take(f->s, &f->a, now, LEASE, &j, NULL) == ERR_NOTFOUND);
	first = add(f, "mail", now - 10, NULL);
	later = add(f, "feed", now + 100, NULL);
	OK(job_next_due(f->s, &due, &why));
	CHECK(due == now - 10);
	OK(job_take(f->s, &f->a, now, LEASE, &j, &why));
	CHECK(uuid_eq(j.uid, first) && str_eq(j.kind, STR("mail")) &&
	      str_eq(j.payload, STR("{\"n\":1}")) && j.attempts == 1);
	CHECK(job_take(f->s, &f->a, now, LEASE, &again, NULL) == ERR_NOTFOUND);
	OK(job_progress(f->s, j.key, STR("{\"done\":5}"), now + LEASE, &why));
	OK(job_retry(f->s, j.key, now + 5, STR("a \"reason\""), &why));
	CHECK(job_done(f->s, j.key, true, STR("{}"), NULL) == ERR_CONFLICT);
	OK(job_take(f->s, &f->a, now + 5, LEASE, &j, &why));
	CHECK(uuid_eq(j.uid, first) && j.attempts == 2);
	OK(job_done(f->s, j.key, true, STR("{\"ok\":1}"), &why));
	OK(job_find(f->s, &f->a, first, &again, &why));
	CHECK(str_eq(again.state, STR("done")) && str_eq(again.result, STR("{\"ok\":1}")) &&
	      str_eq(again.progress, STR("{\"done\":5}")));
	OK(job_take(f->s, &f->a, now + 100, LEASE, &j, &why));
	CHECK(uuid_eq(j.uid, later));
	CHECK(job_find(f->s, &f->a, (struct uuid){{9}}, &again, NULL) == ERR_NOTFOUND);
}
BOTH(life)

/* A lease that runs out gives the job to the next; one that kills every worker is given up. */
static void leases(struct fixture *f)
{
	int64_t now = clock_now_us();
	struct uuid uid = add(f, "deadly", now, NULL);
	struct job j;

	for (int i = 0; i < 8; i++) {
		OK(job_take(f->s, &f->a, now, 10, &j, &why));
		CHECK(j.attempts == i + 1);
		CHECK(job_take(f->s, &f->a, now, 10, &j, NULL) == ERR_NOTFOUND);
		now += 20;
	}
	CHECK(job_take(f->s, &f->a, now, 10, &j, NULL) == ERR_NOTFOUND);
	OK(job_find(f->s, &f->a, uid, &j, &why));
	CHECK(str_eq(j.state, STR("failed")));
}
BOTH(leases)

static void names(struct fixture *f)
{
	int64_t now = clock_now_us();
	struct uuid a = add(f, "index", now + 50, "index"), b = add(f, "index", now - 1, "index"),
		    c;
	struct job j;

	CHECK(uuid_eq(a, b)); /* replaced in its place */
	OK(job_take(f->s, &f->a, now, LEASE, &j, &why));
	c = add(f, "index", now, "index"); /* the first is running: this one waits */
	CHECK(!uuid_eq(a, c));
	OK(job_retry(f->s, j.key, now, STR("again"), &why));
	OK(job_take(f->s, &f->a, now, LEASE, &j, &why));
	OK(job_take(f->s, &f->a, now, LEASE, &j, &why));
	CHECK(job_take(f->s, &f->a, now, LEASE, &j, NULL) == ERR_NOTFOUND);
}
BOTH(names)

struct taker {
	struct store *s;
	int64_t now;
	int taken;
	pthread_t thread;
};

static void *taker_main(void *arg)
{
	struct taker *t = arg;
	ARENA(a, 0);
	struct job j;

	while (job_take(t->s, &a, t->now, LEASE, &j, NULL) == ERR_OK)
		t->taken++;
	return NULL;
}

static void workers(struct fixture *f)
{
	struct taker t[4];
	int64_t now = clock_now_us();
	int sum = 0;

	for (int i = 0; i < 100; i++)
		add(f, "many", now - i, NULL);
	for (int i = 0; i < 4; i++) {
		t[i] = (struct taker){.s = f->s, .now = now};
		CHECK(pthread_create(&t[i].thread, NULL, taker_main, &t[i]) == 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i].thread, NULL);
		sum += t[i].taken;
	}
	CHECK(sum == 100);
}
BOTH(workers)

static void test_backoff(void)
{
	CHECK(job_backoff_us(0) == 10 * US_PER_S);
	CHECK(job_backoff_us(1) == 10 * US_PER_S);
	CHECK(job_backoff_us(3) == 40 * US_PER_S);
	CHECK(job_backoff_us(1000) == 3600 * US_PER_S);
}

RUN_TESTS(BOTH_ROWS(life), BOTH_ROWS(leases), BOTH_ROWS(names), BOTH_ROWS(workers),
	  {"waiting doubles", test_backoff})
