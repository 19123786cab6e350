// SPDX-License-Identifier: Apache-2.0
#include "team/presence.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define PRESENT_MAX 2048
#define EACH_MAX 16 /* records of one account: who opens more loses the oldest */
#define STAYS_US (INT64_C(60) * US_PER_S)

struct presence {
	pthread_mutex_t lock;
	struct present p[PRESENT_MAX]; /* n of them, in the order they came */
	size_t n;
};

struct presence *presence_new(void)
{
	struct presence *p = mem_alloc(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void presence_free(struct presence *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

/* Takes out whoever has not been heard of for a minute. */
static void tidy(struct presence *p, int64_t now_us)
{
	size_t k = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->p[i].seen_us + STAYS_US > now_us)
			p->p[k++] = p->p[i];
	p->n = k;
}

static void take_out(struct presence *p, size_t i)
{
	memmove(&p->p[i], &p->p[i + 1], (p->n - i - 1) * sizeof(*p->p));
	p->n--;
}

/* Room for one more of an account. */
static void make_room(struct presence *p, int64_t account)
{
	size_t n = 0, oldest = p->n;

	for (size_t i = 0; i < p->n; i++)
		if (p->p[i].account == account && ++n == 1)
			oldest = i;
	if (n >= EACH_MAX)
		take_out(p, oldest);
}

bool presence_set(struct presence *p, const struct present *x)
{
	bool changed;
	size_t i = 0;

	pthread_mutex_lock(&p->lock);
	tidy(p, x->seen_us);
	while (i < p->n && (p->p[i].record != x->record || p->p[i].account != x->account))
		i++;
	changed = x->state != (i < p->n ? p->p[i].state : PRESENCE_GONE);
	if (x->state == PRESENCE_GONE) {
		if (i < p->n)
			take_out(p, i);
	} else if (i < p->n) {
		p->p[i] = *x;
	} else {
		make_room(p, x->account);
		if (p->n < PRESENT_MAX)
			p->p[p->n++] = *x;
		else
			changed = false; /* full: it is only a hint */
	}
	pthread_mutex_unlock(&p->lock);
	return changed;
}

size_t presence_list(struct presence *p, int64_t record, int64_t team, int64_t but, int64_t now_us,
		     struct present *ret, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	tidy(p, now_us);
	for (size_t i = 0; i < p->n && n < max; i++)
		if (p->p[i].record == record && p->p[i].team == team && p->p[i].account != but)
			ret[n++] = p->p[i];
	pthread_mutex_unlock(&p->lock);
	return n;
}
