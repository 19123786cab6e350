// SPDX-License-Identifier: Apache-2.0
/* join: labels as a lattice. `covers` says that an audience entry is no news to a label; where that
 * cannot be said for ever (a team that is in a circle today may leave it) the answer is no: both
 * questions err on the restrictive side. */
#include "policy/policy.h"

#define ATTRIBUTION_MAY 0

/* `everyone` only says something for GREEN and CLEAR. */
static bool covers_all(const struct label *l)
{
	return l->everyone && l->tlp <= TLP_GREEN;
}

static bool covers_team(const struct label *l, int64_t team)
{
	if (covers_all(l))
		return true;
	for (size_t i = 0; i < l->n_teams; i++)
		if (l->teams[i] == team)
			return true;
	return false;
}

/* A person is reached by name, or with all of the team unless the label is RED. */
static bool covers_person(const struct label *l, struct label_person p)
{
	for (size_t i = 0; i < l->n_people; i++)
		if (l->people[i].team == p.team && l->people[i].person == p.person)
			return true;
	return l->tlp != TLP_RED && covers_team(l, p.team);
}

static const struct label_circle *find_circle(const struct label *l, int64_t circle)
{
	for (size_t i = 0; i < l->n_circles; i++)
		if (l->circles[i].circle == circle)
			return &l->circles[i];
	return NULL;
}

/* to_tlp: rosters only count from AMBER on. */
static bool covers_circle(const struct label *l, struct label_circle c, enum tlp to_tlp)
{
	const struct label_circle *own = find_circle(l, c.circle);

	if (covers_all(l))
		return true;
	if (!own)
		return false;
	return l->tlp <= TLP_GREEN || (to_tlp >= TLP_AMBER && c.roster <= own->roster);
}

static bool audience_widens(const struct label *from, const struct label *to)
{
	if (to->everyone && to->tlp <= TLP_GREEN && !covers_all(from))
		return true;
	for (size_t i = 0; i < to->n_teams; i++)
		if (!covers_team(from, to->teams[i]))
			return true;
	for (size_t i = 0; i < to->n_people; i++)
		if (!covers_person(from, to->people[i]))
			return true;
	for (size_t i = 0; i < to->n_circles; i++)
		if (!covers_circle(from, to->circles[i], to->tlp))
			return true;
	return false;
}

/* 0 means no expiry at all, the latest of all */
static bool expires_later(int64_t a, int64_t b)
{
	return b != 0 && (a == 0 || a > b);
}

bool policy_widens(const struct world *w, const struct label *from, const struct label *to)
{
	(void)w; /* who is in a circle today says nothing about tomorrow */
	return to->tlp < from->tlp || to->originator != from->originator ||
	       to->not_before_us < from->not_before_us ||
	       expires_later(to->expires_us, from->expires_us) || to->pap < from->pap ||
	       (from->attribution != ATTRIBUTION_MAY && to->attribution != from->attribution) ||
	       audience_widens(from, to);
}

static int order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int order_teams(const void *a, const void *b)
{
	return order_i64(*(const int64_t *)a, *(const int64_t *)b);
}

static int order_people(const void *pa, const void *pb)
{
	const struct label_person *a = pa, *b = pb;

	return a->team != b->team ? order_i64(a->team, b->team) : order_i64(a->person, b->person);
}

static int order_circles(const void *a, const void *b)
{
	return order_i64(((const struct label_circle *)a)->circle,
			 ((const struct label_circle *)b)->circle);
}

static void join_teams(struct arena *arena, const struct label *a, const struct label *b,
		       struct label *out)
{
	int64_t *t = arena_array(arena, int64_t, a->n_teams + b->n_teams);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < a->n_teams; i++)
		if (covers_team(b, a->teams[i]))
			t[n++] = a->teams[i];
	for (size_t i = 0; i < b->n_teams; i++)
		if (covers_team(a, b->teams[i]))
			t[n++] = b->teams[i];
	qsort(t, n, sizeof(*t), order_teams);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || t[kept - 1] != t[i])
			t[kept++] = t[i];
	out->teams = t;
	out->n_teams = kept;
}

static void join_people(struct arena *arena, const struct label *a, const struct label *b,
			struct label *out)
{
	struct label_person *p = arena_array(arena, struct label_person, a->n_people + b->n_people);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < a->n_people; i++)
		if (covers_person(b, a->people[i]))
			p[n++] = a->people[i];
	for (size_t i = 0; i < b->n_people; i++)
		if (covers_person(a, b->people[i]))
			p[n++] = b->people[i];
	qsort(p, n, sizeof(*p), order_people);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || order_people(&p[kept - 1], &p[i]) != 0)
			p[kept++] = p[i];
	out->people = p;
	out->n_people = kept;
}

/* Of the labels for which rosters count, the earliest. */
static int64_t join_roster(const struct label *a, const struct label *b, int64_t circle)
{
	const struct label_circle *ca = a->tlp >= TLP_AMBER ? find_circle(a, circle) : NULL;
	const struct label_circle *cb = b->tlp >= TLP_AMBER ? find_circle(b, circle) : NULL;

	if (ca && cb)
		return ca->roster < cb->roster ? ca->roster : cb->roster;
	return ca ? ca->roster : cb ? cb->roster : 0;
}

static void join_circles(struct arena *arena, const struct label *a, const struct label *b,
			 struct label *out)
{
	struct label_circle *c =
	    arena_array(arena, struct label_circle, a->n_circles + b->n_circles);
	size_t n = 0;

	for (size_t i = 0; i < a->n_circles; i++)
		if (covers_all(b) || find_circle(b, a->circles[i].circle))
			c[n++].circle = a->circles[i].circle;
	for (size_t i = 0; i < b->n_circles; i++)
		if (covers_all(a) && !find_circle(a, b->circles[i].circle))
			c[n++].circle = b->circles[i].circle;
	for (size_t i = 0; i < n; i++)
		c[i].roster = join_roster(a, b, c[i].circle);
	qsort(c, n, sizeof(*c), order_circles);
	out->circles = c;
	out->n_circles = n;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum err policy_join(struct arena *arena, const struct label *a, const struct label *b,
		     struct label *ret)
{
	struct label out = {
	    .originator = a->originator,
	    .holder = a->holder,
	    .tlp = a->tlp > b->tlp ? a->tlp : b->tlp,
	    .everyone = covers_all(a) && covers_all(b),
	    .not_before_us = larger(a->not_before_us, b->not_before_us),
	    .expires_us =
		expires_later(a->expires_us, b->expires_us) ? b->expires_us : a->expires_us,
	    .pap = a->pap > b->pap ? a->pap : b->pap,
	    .attribution = a->attribution != ATTRIBUTION_MAY ? a->attribution : b->attribution,
	};

	/* must and must-not have nothing above both that could be kept */
	if (b->attribution != ATTRIBUTION_MAY && out.attribution != b->attribution)
		return ERR_CONFLICT;
	join_teams(arena, a, b, &out);
	join_people(arena, a, b, &out);
	join_circles(arena, a, b, &out);
	/* no gate: nobody is let through, the key of a stays or not */
	if (!policy_widens(NULL, &out, a))
		out.key = a->key; /* nothing was lost: it is a itself */
	*ret = out;
	return ERR_OK;
}
