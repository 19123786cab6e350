// SPDX-License-Identifier: Apache-2.0
/* label_join: the label that holds when several have signed one object. Like policy/join.c, over
 * what travels instead of keys: where it cannot be said for ever that an audience entry is no news
 * to a label, the answer is no. */
#include <stdlib.h>

#include "exchange/manifest_internal.h"

#define PARTS_MAX 16
#define ATTRIBUTION_MAY 0

static int entry_order(const void *pa, const void *pb)
{
	const struct audience_entry *a = pa, *b = pb;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = memcmp(&a->circle, &b->circle, sizeof(a->circle));
	if (!c)
		c = memcmp(&a->team, &b->team, sizeof(a->team));
	return c ? c : memcmp(&a->person, &b->person, sizeof(a->person));
}

/* One label with its audience sorted. */
struct part {
	const struct manifest_label *label;
	struct audience_entry *e;
	size_t n, first_circle, n_circles;
	bool everyone;
	circle_member_fn *member;
	void *ctx;
};

/* A circle that is named twice counts with its latest roster. */
static size_t once_each(struct audience_entry *e, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && entry_order(&e[kept - 1], &e[i]) == 0) {
			if (e[i].roster > e[kept - 1].roster)
				e[kept - 1].roster = e[i].roster;
			continue;
		}
		e[kept++] = e[i];
	}
	return kept;
}

static struct part part_of(struct arena *a, const struct signed_label *s)
{
	struct part p = {.label = &s->label,
			 .e = arena_array(a, struct audience_entry, s->n_audience),
			 .n = s->n_audience};

	if (p.n)
		memcpy(p.e, s->audience, p.n * sizeof(*p.e));
	for (size_t i = 0; i < p.n; i++) /* equal entries may have several salts */
		memset(&p.e[i].salt, 0, sizeof(p.e[i].salt));
	if (p.n)
		qsort(p.e, p.n, sizeof(*p.e), entry_order);
	p.n = once_each(p.e, p.n);
	p.everyone = s->label.tlp <= TLP_GREEN && p.n && p.e[0].kind == AUDIENCE_EVERYONE;
	while (p.first_circle < p.n && p.e[p.first_circle].kind < AUDIENCE_CIRCLE)
		p.first_circle++;
	while (p.first_circle + p.n_circles < p.n &&
	       p.e[p.first_circle + p.n_circles].kind == AUDIENCE_CIRCLE)
		p.n_circles++;
	return p;
}

static const struct audience_entry *part_find(const struct part *p, struct audience_entry key)
{
	return p->n ? bsearch(&key, p->e, p->n, sizeof(key), entry_order) : NULL;
}

static bool covers_team(const struct part *p, struct uuid team)
{
	const struct audience_entry *c = p->e + p->first_circle;

	if (p->everyone ||
	    part_find(p, (struct audience_entry){.kind = AUDIENCE_TEAM, .team = team}))
		return true;
	for (size_t i = 0; p->member && i < p->n_circles; i++)
		if (p->member(p->ctx, c[i].circle, c[i].roster, team))
			return true;
	return false;
}

/* to: the TLP under which the entry would be read; rosters count from AMBER on. */
static bool covers_circle(const struct part *p, const struct audience_entry *e, enum tlp to)
{
	const struct audience_entry *own;

	if (p->everyone)
		return true;
	own = part_find(p, (struct audience_entry){.kind = AUDIENCE_CIRCLE, .circle = e->circle});
	if (!own)
		return false;
	return p->label->tlp <= TLP_GREEN || (to >= TLP_AMBER && e->roster <= own->roster);
}

static bool covers(const struct part *p, const struct audience_entry *e, enum tlp to)
{
	switch (e->kind) {
	case AUDIENCE_EVERYONE:
		return p->everyone || to > TLP_GREEN; /* then it says nothing */
	case AUDIENCE_CIRCLE:
		return covers_circle(p, e, to);
	case AUDIENCE_TEAM:
		return covers_team(p, e->team);
	case AUDIENCE_PERSON:
		return p->everyone ||
		       part_find(p, (struct audience_entry){.kind = AUDIENCE_PERSON,
							    .team = e->team,
							    .person = e->person}) ||
		       (p->label->tlp != TLP_RED && covers_team(p, e->team));
	}
	return false;
}

static bool later(int64_t a, int64_t b) /* 0 is never */
{
	return b != 0 && (a == 0 || a > b);
}

/* In which respect `to` is wider than `from`, or NULL. */
static const char *widens(const struct part *from, const struct part *to)
{
	const struct manifest_label *f = from->label, *t = to->label;

	if (t->tlp < f->tlp)
		return "tlp";
	if (t->pap < f->pap)
		return "pap";
	if (t->nbf_us < f->nbf_us)
		return "nbf";
	if (later(t->exp_us, f->exp_us))
		return "exp";
	if (f->attribution != ATTRIBUTION_MAY && t->attribution != f->attribution)
		return "attribution";
	for (size_t i = 0; i < to->n; i++)
		if (!covers(from, &to->e[i], t->tlp))
			return "audience";
	return NULL;
}

static enum err join_values(const struct part *p, size_t n, struct manifest_label *ret,
			    struct why *why)
{
	struct manifest_label l = *p[0].label;

	for (size_t i = 1; i < n; i++) {
		const struct manifest_label *x = p[i].label;

		l.tlp = x->tlp > l.tlp ? x->tlp : l.tlp;
		l.pap = x->pap > l.pap ? x->pap : l.pap;
		l.nbf_us = x->nbf_us > l.nbf_us ? x->nbf_us : l.nbf_us;
		l.exp_us = later(l.exp_us, x->exp_us) ? x->exp_us : l.exp_us;
		if (l.attribution == ATTRIBUTION_MAY)
			l.attribution = x->attribution;
		else if (x->attribution != ATTRIBUTION_MAY && x->attribution != l.attribution)
			return wire_refuse(why, ERR_CONFLICT, "widened",
					   "must and must not be named at once",
					   "明示義務と明示禁止が両方あります:", STR("attribution"));
	}
	*ret = l;
	return ERR_OK;
}

/* Entries of any part that all the others cover, each once. */
static size_t join_audience(struct arena *a, const struct part *p, size_t n, enum tlp tlp,
			    struct audience_entry **ret)
{
	size_t all = 0, kept = 0, out = 0;
	struct audience_entry *e;

	for (size_t i = 0; i < n; i++)
		all += p[i].n;
	e = arena_array(a, struct audience_entry, all);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < p[i].n; k++) {
			bool ok = true;

			for (size_t j = 0; j < n && ok; j++)
				ok = j == i || covers(&p[j], &p[i].e[k], tlp);
			if (ok)
				e[kept++] = p[i].e[k];
		}
	}
	if (kept)
		qsort(e, kept, sizeof(*e), entry_order);
	for (size_t i = 0; i < kept; i++) {
		if (out && entry_order(&e[out - 1], &e[i]) == 0) {
			if (e[i].roster < e[out - 1].roster)
				e[out - 1].roster = e[i].roster;
			continue;
		}
		e[out++] = e[i];
	}
	*ret = e;
	return out;
}

enum err labels_join(struct arena *a, const struct signed_label *parts, size_t n,
		     circle_member_fn *member, void *ctx, struct signed_label *ret, struct why *why)
{
	struct part p[PARTS_MAX];
	struct signed_label joined = {0};
	struct audience_entry *e = NULL;
	enum err err;

	if (n == 0 || n > PARTS_MAX)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many signatures on",
				   "署名が多すぎます:", STR("object"));
	for (size_t i = 0; i < n; i++) {
		const char *in;

		p[i] = part_of(a, &parts[i]);
		p[i].member = member;
		p[i].ctx = ctx;
		in = i ? widens(&p[0], &p[i]) : NULL;
		if (in) /* gate */
			return wire_refuse(why, ERR_DENIED, "widened",
					   "a forwarder widened the label in",
					   "転送者がラベルを広げました:", str_c(in));
	}
	err = join_values(p, n, &joined.label, why);
	if (err)
		return err;
	joined.n_audience = join_audience(a, p, n, joined.label.tlp, &e);
	joined.audience = e;
	*ret = joined;
	return ERR_OK;
}
