// SPDX-License-Identifier: Apache-2.0
/* The cache of views, over labels that this file hands out itself. */
#include <pthread.h>
#include <stdatomic.h>

#include "policy/policy_internal.h"
#include "tests/check.h"
#include "tests/policy/world.h"

#define MAX_LABELS 2000

static struct small_label labels[MAX_LABELS + 1];
static _Atomic int64_t n_labels;

int64_t label_max(struct store *s)
{
	(void)s;
	return atomic_load(&n_labels);
}

const struct label *label_get(struct store *s, int64_t key)
{
	(void)s;
	return key >= 1 && key <= atomic_load(&n_labels) ? &labels[key].l : NULL;
}

static void hand_out(int64_t n, uint64_t *seed, bool windows)
{
	int64_t at = atomic_load(&n_labels);

	for (int64_t i = 0; i < n; i++) {
		struct small_label *l = &labels[++at];

		label_random(l, seed);
		l->l.circles = l->circles;
		l->l.teams = l->teams;
		l->l.people = l->people;
		if (!windows)
			l->l.not_before_us = l->l.expires_us = 0;
	}
	atomic_store(&n_labels, at);
}

/* The view says of every label what the gate says. */
static bool faithful(const struct view *v, const struct world *w, const struct actor *a,
		     int64_t now_us)
{
	for (int64_t key = 1; key <= v->n_labels; key++)
		if (view_has(v, key) != policy_decide(w, a, ACT_SEE, &labels[key].l, now_us).ok)
			return false;
	return true;
}

static void agrees_with_the_gate_and_grows(void)
{
	struct policy *p = policy_new(NULL);
	const struct actor a = actor_of(3, 3001);
	struct small_world s;
	uint64_t seed = 1;

	atomic_store(&n_labels, 0);
	world_random(&s, 1);
	policy_set_world(p, &s.w);
	for (int round = 0; round < 20; round++) {
		const struct view *v = policy_view_at(p, &a, ACT_SEE, W_NOW), *again;

		CHECK(v->n_labels == atomic_load(&n_labels) && v->team == 3 && !v->all);
		CHECK(faithful(v, &s.w, &a, W_NOW));
		CHECK(!view_has(v, v->n_labels + 1) && !view_has(v, 0) && !view_has(v, -1));
		again = policy_view_at(p, &a, ACT_SEE, W_NOW);
		CHECK(v == again); /* cached */
		policy_view_put(p, again);
		hand_out(1 + round * 7, &seed, true);
		CHECK(!view_has(v, atomic_load(&n_labels))); /* old ones stay as they are */
		policy_view_put(p, v);
	}
	policy_free(p);
}

static void follows_the_world(void)
{
	struct policy *p = policy_new(NULL);
	const struct actor a = actor_of(3, 0);
	struct small_world s;
	uint64_t seed = 2;

	atomic_store(&n_labels, 0);
	hand_out(200, &seed, false);
	for (uint64_t i = 0; i < 10; i++) {
		const struct view *v;
		const struct world *w;

		world_random(&s, i);
		policy_set_world(p, &s.w);
		v = policy_view_at(p, &a, ACT_SEE, W_NOW);
		CHECK(faithful(v, &s.w, &a, W_NOW));
		w = policy_world_get(p);
		CHECK(w->n_members == s.w.n_members && w->members != s.w.members);
		policy_world_put(p, w);
		policy_view_put(p, v);
	}
	policy_free(p);
}

static void turns_with_embargo_and_expiry(void)
{
	struct policy *p = policy_new(NULL);
	const struct actor a = actor_of(3, 0);
	const struct world *w = policy_world_get(p);
	static const int64_t times[] = {W_NOW - 5, W_NOW - 1, W_NOW,
					W_NOW + 1, W_NOW + 5, W_NOW - 5};
	uint64_t seed = 3;

	atomic_store(&n_labels, 0);
	hand_out(300, &seed, true);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		const struct view *v = policy_view_at(p, &a, ACT_SEE, times[i]);

		CHECK(faithful(v, w, &a, times[i]));
		policy_view_put(p, v);
	}
	policy_world_put(p, w);
	policy_free(p);
}

static void keeps_readers_apart(void)
{
	struct policy *p = policy_new(NULL);
	const struct world *w = policy_world_get(p);
	const struct actor node = {.node = true}, nobody = {0};
	const struct view *all, *none;
	uint64_t seed = 4;

	atomic_store(&n_labels, 0);
	hand_out(200, &seed, false);
	for (int round = 0; round < 2; round++)
		for (int64_t t = 1; t <= W_TEAMS; t++)
			for (int64_t person = 0; person <= W_PEOPLE; person++)
				for (int role = ROLE_NONE; role <= ROLE_READER; role++) {
					struct actor a =
					    actor_of(t, person ? t * 1000 + person : 0);
					const struct view *v;

					a.role = (enum role)role;
					v = policy_view_at(p, &a, ACT_SEE, W_NOW);
					CHECK(faithful(v, w, &a, W_NOW));
					policy_view_put(p, v);
				}
	all = policy_view_get(p, &node, ACT_SEE);
	none = policy_view_get(p, &nobody, ACT_SEE);
	CHECK(all->all && view_has(all, 1) && !none->all && none->team == 0);
	CHECK(faithful(none, w, &nobody, W_NOW));
	policy_view_put(p, all);
	policy_view_put(p, none);
	policy_world_put(p, w);
	policy_view_put(p, NULL);
	policy_world_put(p, NULL);
	policy_free(p);
}

struct crowd {
	struct policy *policy;
	struct world worlds[2];
	struct small_world small[2];
	_Atomic int faults;
};

static void *reader(void *arg)
{
	struct crowd *c = arg;
	uint64_t seed = (uint64_t)(uintptr_t)&seed;

	for (int i = 0; i < 300; i++) {
		struct actor a = actor_of(1 + rnd(&seed, W_TEAMS), 0);
		const struct view *v = policy_view_at(c->policy, &a, ACT_SEE, W_NOW);

		if (!faithful(v, &c->small[0].w, &a, W_NOW) &&
		    !faithful(v, &c->small[1].w, &a, W_NOW))
			atomic_fetch_add(&c->faults, 1);
		policy_view_put(c->policy, v);
	}
	return NULL;
}

static void serves_many_threads_while_everything_changes(void)
{
	struct crowd c = {.policy = policy_new(NULL)};
	pthread_t threads[4];
	uint64_t seed = 5;

	atomic_store(&n_labels, 0);
	hand_out(50, &seed, false);
	world_random(&c.small[0], 1);
	world_random(&c.small[1], 2);
	policy_set_world(c.policy, &c.small[0].w);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, reader, &c) == 0);
	for (int i = 0; i < 100; i++) {
		policy_set_world(c.policy, &c.small[i & 1].w);
		hand_out(2, &seed, false);
	}
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	CHECK(atomic_load(&c.faults) == 0);
	policy_free(c.policy);
}

RUN_TESTS({"agrees with the gate and grows", agrees_with_the_gate_and_grows},
	  {"follows the world", follows_the_world},
	  {"turns with embargo and expiry", turns_with_embargo_and_expiry},
	  {"keeps readers apart", keeps_readers_apart},
	  {"serves many threads while everything changes",
	   serves_many_threads_while_everything_changes})
