// SPDX-License-Identifier: Apache-2.0
#include "base/vec.h"
#include "team/record_internal.h"

static enum err resolve_circle(struct ctx *c, struct uuid id, int64_t holder, enum tlp tlp,
			       struct label_circle *ret, struct why *why)
{
	const struct directory_circle *ci = directory_circle_uid(c->dir, id);
	int64_t joined;

	/* a circle one is not in does not exist, as far as one can tell */
	if (!ci || (!world_is_member(&c->dir->world, ci->key, holder, &joined) &&
		    ci->owner != holder)) /* gate */
		return field_fault(c, why, "unknown_circle", "/circles",
				   "there is no such circle for your team",
				   "その共有サークルはありません（または参加していません）");
	ret->circle = ci->key;
	ret->roster = tlp <= TLP_GREEN ? 0 : ci->roster;
	return ERR_OK;
}

static enum tlp default_tlp(struct ctx *c, const struct label_spec *s)
{
	enum tlp t = TLP_CLEAR;

	if (!s->n_circles)
		return TLP_AMBER_STRICT;
	for (size_t i = 0; i < s->n_circles; i++) {
		const struct directory_circle *ci = directory_circle_uid(c->dir, s->circles[i]);

		if (ci && ci->default_tlp > t)
			t = ci->default_tlp;
	}
	return t;
}

static enum err resolve_people(struct ctx *c, const struct label_spec *s, struct label *l,
			       struct why *why)
{
	struct label_person *p = arena_array(c->arena, struct label_person, s->n_people + 1);
	size_t n = 0;

	for (size_t i = 0; i < s->n_people; i++) {
		const struct directory_person *d = directory_person_uid(c->dir, s->people[i]);

		if (!d)
			return field_fault(c, why, "unknown_person", "/named",
					   "there is no such person",
					   "その担当者は登録されていません");
		p[n++] = (struct label_person){.team = d->team, .person = d->key};
	}
	/* TLP:RED needs people: who labels without naming anybody names himself */
	if (l->tlp == TLP_RED && n == 0 && c->actor->person)
		p[n++] = (struct label_person){.team = c->actor->team, .person = c->actor->person};
	l->people = p;
	l->n_people = n;
	return ERR_OK;
}

enum err record_label(struct ctx *c, const struct label_spec *s, int64_t holder, int64_t *ret_label,
		      struct why *why)
{
	struct label l = {
	    .originator = outbox_team(c->dir, holder), .holder = holder, .everyone = s->everyone};
	struct label_circle *circles = arena_array(c->arena, struct label_circle, s->n_circles + 1);
	int64_t *teams = arena_array(c->arena, int64_t, s->n_teams + 1);
	enum err err;

	l.tlp = s->has_tlp ? s->tlp : default_tlp(c, s);
	for (size_t i = 0; i < s->n_circles; i++) {
		err = resolve_circle(c, s->circles[i], outbox_team(c->dir, holder), l.tlp,
				     &circles[i], why);
		if (err)
			return err;
	}
	for (size_t i = 0; i < s->n_teams; i++) {
		const struct directory_team *t = directory_team_uid(c->dir, s->teams[i]);

		if (!t)
			return field_fault(c, why, "unknown_team", "/teams",
					   "there is no such team",
					   "そのチームは登録されていません");
		teams[i] = t->key;
	}
	l.circles = circles;
	l.n_circles = s->n_circles;
	l.teams = teams;
	l.n_teams = s->n_teams;
	l.not_before_us = s->not_before_us;
	l.expires_us = s->expires_us;
	l.pap = s->pap;
	l.attribution = s->attribution;
	err = resolve_people(c, s, &l, why);
	if (err)
		return err;
	return label_intern(c->node->store, &l, 1, ret_label, why);
}

static const struct uuid *uids_of(struct ctx *c, const int64_t *keys, size_t n)
{
	struct uuid *u = arena_array(c->arena, struct uuid, n + 1);

	for (size_t i = 0; i < n; i++)
		(void)principal_uuid(c->node->store, keys[i], &u[i]);
	return u;
}

void label_spec_of(struct ctx *c, const struct label *l, struct label_spec *ret)
{
	int64_t *circles = arena_array(c->arena, int64_t, l->n_circles + 1);
	int64_t *people = arena_array(c->arena, int64_t, l->n_people + 1);

	for (size_t i = 0; i < l->n_circles; i++)
		circles[i] = l->circles[i].circle;
	for (size_t i = 0; i < l->n_people; i++)
		people[i] = l->people[i].person;
	*ret = (struct label_spec){
	    .has_tlp = true,
	    .tlp = l->tlp,
	    .everyone = l->everyone,
	    .circles = uids_of(c, circles, l->n_circles),
	    .n_circles = l->n_circles,
	    .teams = uids_of(c, l->teams, l->n_teams),
	    .n_teams = l->n_teams,
	    .people = uids_of(c, people, l->n_people),
	    .n_people = l->n_people,
	    .not_before_us = l->not_before_us,
	    .expires_us = l->expires_us,
	    .pap = l->pap,
	    .attribution = l->attribution,
	};
}

void red_label(struct ctx *c, const struct record *about, struct label_spec *s)
{
	const struct label *l = label_get(c->node->store, about->label);
	struct uuid *people = arena_array(c->arena, struct uuid, (l ? l->n_people : 0) + 1);
	const struct directory_person *self = directory_person(c->dir, c->actor->person);
	size_t n = 0;

	if (l && l->tlp != TLP_RED)
		return;
	for (size_t i = 0; l && i < l->n_people; i++) {
		const struct directory_person *p = directory_person(c->dir, l->people[i].person);

		if (p && p != self && p->team == c->actor->team) /* no gate: narrows a label */
			people[n++] = p->uid;
	}
	if (self)
		people[n++] = self->uid;
	*s = (struct label_spec){.has_tlp = true, .tlp = TLP_RED, .people = people, .n_people = n};
}

enum err verdict_err(struct verdict v, struct why *why)
{
	char en[256], ja[256];

	if (v.ok)
		return ERR_OK;
	(void)snprintf(en, sizeof(en), "%.*s", STR_ARG(v.text.en));
	(void)snprintf(ja, sizeof(ja), "%.*s", STR_ARG(v.text.ja));
	return why_field(why, ERR_DENIED, v.code, NULL, en, ja);
}

enum err field_fault(struct ctx *c, struct why *why, const char *code, const char *pointer,
		     const char *en, const char *ja)
{
	struct catalog_fault f = {.pointer = arena_str(c->arena, str_c(pointer)),
				  .code = arena_str(c->arena, str_c(code)),
				  .en = arena_str(c->arena, str_c(en)),
				  .ja = arena_str(c->arena, str_c(ja))};

	if (c->faults.n < 32)
		vec_add(c->arena, &c->faults, f);
	return why_field(why, ERR_UNPROCESSABLE, code, pointer, en, ja);
}
