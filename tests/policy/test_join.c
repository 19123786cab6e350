// SPDX-License-Identifier: Apache-2.0
/* Labels as a lattice: laws over random labels, judged by what the gate makes of the results. */
#include "policy/policy.h"
#include "tests/check.h"
#include "tests/policy/world.h"

/* Who sees: a bit per team and person (0: unnamed colleague), the public last. */
static uint64_t readers(const struct world *w, const struct label *l)
{
	const struct actor nobody = {0};
	uint64_t bits = policy_decide(w, &nobody, ACT_SEE, l, W_NOW).ok ? UINT64_C(1) << 63 : 0;

	for (int64_t t = 1; t <= W_TEAMS; t++)
		for (int64_t p = 0; p <= W_PEOPLE; p++) {
			struct actor a = actor_of(t, p ? t * 1000 + p : 0);

			if (policy_decide(w, &a, ACT_SEE, l, W_NOW).ok)
				bits |= UINT64_C(1) << (t * 3 + p);
		}
	return bits;
}

static bool equal(const struct label *a, const struct label *b)
{
	if (a->tlp != b->tlp || a->everyone != b->everyone || a->n_teams != b->n_teams ||
	    a->n_people != b->n_people || a->n_circles != b->n_circles ||
	    a->not_before_us != b->not_before_us || a->expires_us != b->expires_us ||
	    a->pap != b->pap || a->attribution != b->attribution)
		return false;
	for (size_t i = 0; i < a->n_teams; i++)
		if (a->teams[i] != b->teams[i])
			return false;
	for (size_t i = 0; i < a->n_people; i++)
		if (a->people[i].team != b->people[i].team ||
		    a->people[i].person != b->people[i].person)
			return false;
	for (size_t i = 0; i < a->n_circles; i++)
		if (a->circles[i].circle != b->circles[i].circle ||
		    a->circles[i].roster != b->circles[i].roster)
			return false;
	return true;
}

/* Three labels of one originator and holder, so that only the rest is compared. */
static void three(struct small_label l[3], uint64_t *seed)
{
	for (int i = 0; i < 3; i++) {
		label_random(&l[i], seed);
		l[i].l.originator = l[i].l.holder = 1;
		if (l[i].l.tlp >= TLP_AMBER)
			l[i].l.everyone = false; /* says nothing there */
	}
}

static void obeys_the_laws_of_a_lattice(void)
{
	uint64_t seed = 3;
	int joined = 0;

	for (int i = 0; i < 20000; i++) {
		ARENA(a, 0);
		struct small_label l[3];
		struct label aa, ab, ba, ab_c, bc, a_bc;
		enum err e1, e2;

		three(l, &seed);
		CHECK(policy_join(&a, &l[0].l, &l[0].l, &aa) == ERR_OK && equal(&aa, &l[0].l));
		e1 = policy_join(&a, &l[0].l, &l[1].l, &ab);
		e2 = policy_join(&a, &l[1].l, &l[0].l, &ba);
		CHECK(e1 == e2 && (e1 == ERR_OK || e1 == ERR_CONFLICT));
		if (e1)
			continue;
		CHECK(equal(&ab, &ba));
		e1 = policy_join(&a, &ab, &l[2].l, &ab_c);
		e2 = policy_join(&a, &l[1].l, &l[2].l, &bc);
		if (!e2)
			e2 = policy_join(&a, &l[0].l, &bc, &a_bc);
		CHECK(e1 == e2);
		if (e1)
			continue;
		joined++;
		CHECK(ab_c.tlp == a_bc.tlp && ab_c.expires_us == a_bc.expires_us &&
		      ab_c.pap == a_bc.pap);
		CHECK(ab_c.not_before_us == a_bc.not_before_us &&
		      ab_c.attribution == a_bc.attribution);
		struct small_world s;

		world_random(&s, (uint64_t)i);
		CHECK(readers(&s.w, &ab_c) == readers(&s.w, &a_bc));
	}
	CHECK(joined > 5000);
}

static void lets_nobody_see_a_join_who_did_not_see_both(void)
{
	uint64_t seed = 4;

	for (int i = 0; i < 10000; i++) {
		ARENA(a, 0);
		struct small_label l[3];
		struct small_world s;
		struct label ab;

		three(l, &seed);
		world_random(&s, (uint64_t)i);
		if (policy_join(&a, &l[0].l, &l[1].l, &ab))
			continue;
		CHECK((readers(&s.w, &ab) & ~readers(&s.w, &l[0].l)) == 0);
		CHECK((readers(&s.w, &ab) & ~readers(&s.w, &l[1].l)) == 0);
		CHECK(!policy_widens(&s.w, &l[0].l, &ab));
		CHECK(!policy_widens(&s.w, &l[1].l, &ab));
	}
}

static void needs_nobody_for_what_shows_nobody_more(void)
{
	uint64_t seed = 6;
	int narrowed = 0;

	for (int i = 0; i < 30000; i++) {
		struct small_label l[3];
		struct small_world s;

		three(l, &seed);
		world_random(&s, (uint64_t)i);
		CHECK(!policy_widens(&s.w, &l[0].l, &l[0].l));
		if (policy_widens(&s.w, &l[0].l, &l[1].l))
			continue;
		narrowed++;
		CHECK((readers(&s.w, &l[1].l) & ~readers(&s.w, &l[0].l)) == 0);
		if (!policy_widens(&s.w, &l[1].l, &l[2].l))
			CHECK(!policy_widens(&s.w, &l[0].l, &l[2].l)); /* transitive */
	}
	CHECK(narrowed > 5);
}

static void calls_each_kind_of_widening_by_its_name(void)
{
	static const int64_t t1[] = {2}, t2[] = {2, 3};
	static const struct label_person p1[] = {{2, 2001}}, p2[] = {{3, 3001}};
	static const struct label_circle c3[] = {{101, 3}}, c2[] = {{101, 2}}, c0[] = {{101, 0}};
	const struct label base = {.originator = 1,
				   .holder = 1,
				   .tlp = TLP_AMBER,
				   .teams = t1,
				   .n_teams = 1,
				   .circles = c3,
				   .n_circles = 1,
				   .not_before_us = 10,
				   .expires_us = 20,
				   .pap = 2,
				   .attribution = 1};
#define CASE(want, ...)                                                                            \
	do {                                                                                       \
		struct label to = base;                                                            \
		__VA_ARGS__;                                                                       \
		CHECK(policy_widens(NULL, &base, &to) == (want));                                  \
	} while (0)
	CASE(false, (void)to);
	CASE(true, to.tlp = TLP_GREEN);
	CASE(false, to.tlp = TLP_RED);
	CASE(true, to.teams = t2; to.n_teams = 2);
	CASE(false, to.n_teams = 0);
	CASE(false, to.people = p1; to.n_people = 1); /* all of team 2 could see already */
	CASE(true, to.people = p2; to.n_people = 1);
	CASE(false, to.circles = c2);
	CASE(true, to.circles = (const struct label_circle[]){{101, 4}});
	CASE(true, to.circles = (const struct label_circle[]){{102, 1}});
	CASE(true, to.not_before_us = 9);
	CASE(true, to.not_before_us = 0);
	CASE(false, to.not_before_us = 11);
	CASE(true, to.expires_us = 21);
	CASE(true, to.expires_us = 0);
	CASE(false, to.expires_us = 19);
	CASE(true, to.pap = 1);
	CASE(false, to.pap = 4);
	CASE(true, to.attribution = 0);
	CASE(true, to.attribution = 2);
	CASE(true, to.originator = 2);
	CASE(false, to.holder = 2);
	CASE(false, to.everyone = true); /* says nothing under AMBER */
#undef CASE
	const struct label green = {
	    .originator = 1, .tlp = TLP_GREEN, .circles = c0, .n_circles = 1};
	const struct label amber = {
	    .originator = 1, .tlp = TLP_AMBER, .circles = c3, .n_circles = 1};
	const struct label all = {.originator = 1, .tlp = TLP_GREEN, .everyone = true};
	const struct label red = {.originator = 1, .tlp = TLP_RED, .teams = t1, .n_teams = 1};
	const struct label red_person = {
	    .originator = 1, .tlp = TLP_RED, .people = p1, .n_people = 1};

	CHECK(!policy_widens(NULL, &green, &amber) && policy_widens(NULL, &amber, &green));
	CHECK(!policy_widens(NULL, &all, &green) && policy_widens(NULL, &green, &all));
	CHECK(policy_widens(NULL, &red, &red_person)); /* RED reaches nobody by team */
}

static void refuses_to_join_must_with_must_not(void)
{
	ARENA(a, 0);
	const struct label must = {.attribution = 1}, must_not = {.attribution = 2},
			   may = {.attribution = 0};
	struct label out = {.key = 77};

	CHECK(policy_join(&a, &must, &must_not, &out) == ERR_CONFLICT && out.key == 77);
	CHECK(policy_join(&a, &may, &must_not, &out) == ERR_OK && out.attribution == 2);
	CHECK(policy_join(&a, &must, &may, &out) == ERR_OK && out.attribution == 1);
}

static void keeps_the_key_only_when_nothing_changed(void)
{
	ARENA(a, 0);
	const struct label amber = {.key = 5, .originator = 1, .holder = 1, .tlp = TLP_AMBER},
			   red = {.key = 6, .tlp = TLP_RED};
	struct label out;

	CHECK(policy_join(&a, &amber, &amber, &out) == ERR_OK && out.key == 5);
	CHECK(policy_join(&a, &amber, &red, &out) == ERR_OK && out.key == 0 && out.holder == 1);
}

RUN_TESTS({"obeys the laws of a lattice", obeys_the_laws_of_a_lattice},
	  {"lets nobody see a join who did not see both",
	   lets_nobody_see_a_join_who_did_not_see_both},
	  {"needs nobody for what shows nobody more", needs_nobody_for_what_shows_nobody_more},
	  {"calls each kind of widening by its name", calls_each_kind_of_widening_by_its_name},
	  {"refuses to join must with must-not", refuses_to_join_must_with_must_not},
	  {"keeps the key only when nothing changed", keeps_the_key_only_when_nothing_changed})
