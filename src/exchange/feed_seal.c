// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed_seal.h"

#include "exchange/own_keys.h"
#include "exchange/seal.h"
#include "exchange/signature.h"
#include "store/signed.h"

/* A team that a TLP:RED names somebody of. */
struct sealed_team {
	int64_t key;
	struct uuid uid, node;
	struct age_recipient age;
	bool done;
};
struct sealing {
	struct ctx *c;
	const struct record *r;
	const struct label *label;
	struct json object;
	struct signed_manifest m;
	struct sealed_team *t;
	size_t n;
	struct uuid node; /* the one that is sealed for just now */
};

static bool reached(const struct feed_reader *who, int64_t team)
{
	for (size_t i = 0; i < who->n_teams; i++)
		if (who->teams[i] == team)
			return true;
	return false;
}

/* The person it names may read it now. */
static bool named(struct ctx *c, const struct label *l, const struct label_person *p)
{
	const struct actor a = {.account = -1,
				.team = p->team,
				.person = p->person,
				.role = ROLE_READER,
				.scopes = SCOPE_ALL};

	return policy_decide(&c->dir->world, &a, ACT_SEE, l, c->now_us).ok; /* gate */
}

bool feed_red_for(struct ctx *c, const struct feed_reader *who, const struct label *l)
{
	for (size_t i = 0; l->tlp == TLP_RED && i < l->n_people; i++)
		if (reached(who, l->people[i].team) && named(c, l, &l->people[i]))
			return true;
	return false;
}

static bool is_warning(struct ctx *c, const struct record *r)
{
	return str_eq(word_text(c->node->store, r->type), STR("x-hikeshi-warning"));
}

static bool names_already(const struct audience_entry *e, size_t n, struct uuid person)
{
	for (size_t i = 0; i < n; i++)
		if (e[i].kind == AUDIENCE_PERSON && uuid_eq(e[i].person, person))
			return true;
	return false;
}

enum err red_writers(struct ctx *c, const struct record *r, int64_t team,
		     struct audience_entry *entries, size_t *n, struct why *why)
{
	struct record working = {0};
	const struct label *l = label_get(c->node->store, r->label);
	size_t most = *n + RED_WRITERS_MAX;
	struct uuid uid;
	enum err err;

	/* what is issued lies in the outbox; the working copy says who wrote it */
	if (!l || l->tlp != TLP_RED || !is_warning(c, r) || r->team == team)
		return ERR_OK;
	err = store_find_held(c->node->store, c->arena, team, &r->uid, 1, false, &working, why);
	l = err || !working.key ? NULL : label_get(c->node->store, working.label);
	for (size_t i = 0; l && i < l->n_people && *n < most; i++) {
		if (l->people[i].team != team ||
		    !principal_uuid(c->node->store, l->people[i].person, &uid) ||
		    names_already(entries, *n, uid))
			continue;
		entries[*n] = (struct audience_entry){.kind = AUDIENCE_PERSON, .person = uid};
		*n += principal_uuid(c->node->store, team, &entries[*n].team);
	}
	return err;
}

/* Their keys in force, and on which node those are. */
static enum err teams_of(struct sealing *s, const struct feed_reader *who, struct why *why)
{
	struct ctx *c = s->c;
	const struct label *l = s->label;
	enum err err = ERR_OK;

	s->t = arena_array(c->arena, struct sealed_team, l->n_people + 1);
	for (size_t i = 0; i < l->n_people && !err; i++) {
		struct sealed_team *t = &s->t[s->n];
		struct key_chain chain;
		struct key_object now;
		bool seen = false;

		for (size_t k = 0; k < s->n; k++)
			seen = seen || s->t[k].key == l->people[i].team;
		if (seen || !reached(who, l->people[i].team) || !named(c, l, &l->people[i]))
			continue;
		t->key = l->people[i].team;
		err = sealed_is(c->node->store, s->r->key, s->r->version, t->key, &t->done, why);
		if (err || t->done)
			continue;
		err = team_chain(c->node, c->arena, t->key, &chain, NULL, why);
		if (!err && !key_chain_current(&chain, c->now_us, &now))
			err = ERR_NOTFOUND;
		if (err == ERR_NOTFOUND)
			return why_field(why, ERR_NOTFOUND, "no_seal_key", NULL,
					 "a team that it names has no key in force to seal to",
					 "宛先のチームに有効な鍵がないため、封ができません");
		t->uid = chain.team;
		t->node = now.node;
		t->age = now.age;
		s->n++;
	}
	return err;
}

/* Opened for who works on that node alone; of a warning besides those who are to be answered. */
static bool keep_entry(void *ctx, const struct audience_entry *e)
{
	const struct sealing *s = ctx;

	if (e->kind == AUDIENCE_PERSON && uuid_eq(e->team, s->m.team))
		return is_warning(s->c, s->r);
	for (size_t i = 0; i < s->n; i++)
		if (uuid_eq(s->t[i].node, s->node) && e->kind == AUDIENCE_PERSON &&
		    uuid_eq(e->team, s->t[i].uid))
			return true;
	return false;
}

static enum err keep(struct sealing *s, const struct json *sealed, const int64_t *teams, size_t n,
		     struct why *why)
{
	struct ctx *c = s->c;
	int64_t own = s->label->originator;
	struct label l = {.originator = own,
			  .holder = own,
			  .tlp = TLP_AMBER_STRICT,
			  .teams = teams,
			  .n_teams = n};
	struct record_put p = {.type = STR(SEALED_TYPE),
			       .form = FORM_STIX,
			       .team = own,
			       .source_modified_us = c->now_us,
			       .kind = "seal"};
	struct write_set w;
	str type;
	BUF(text);
	enum err err = id_parse(json_get_str(sealed, "id"), &type, &p.uid);

	json_write(&text, sealed);
	p.body = arena_str(c->arena, buf_str(&text));
	if (!err)
		err = label_intern(c->node->store, &l, 1, &p.label, why);
	if (err)
		return err;
	write_init(&w, c->arena, 0, own);
	(void)write_put(&w, &p);
	err = store_commit(c->node->store, &w, NULL, why);
	for (size_t i = 0; i < n && !err; i++)
		err =
		    sealed_mark(c->node->store, s->r->key, s->r->version, teams[i], c->now_us, why);
	return err;
}

/* All teams of one node together: it opens with the key of any of them. */
static enum err seal_node(struct sealing *s, struct why *why)
{
	struct ctx *c = s->c;
	struct age_recipient *to = arena_array(c->arena, struct age_recipient, s->n + 1);
	int64_t *teams = arena_array(c->arena, int64_t, s->n + 1);
	struct signed_manifest m = s->m;
	struct json signature, sealed;
	const struct json *signatures[1] = {&signature};
	size_t n = 0;
	enum err err;

	for (size_t i = 0; i < s->n && n < AGE_RECIPIENTS_MAX; i++) {
		if (s->t[i].done || !uuid_eq(s->t[i].node, s->node))
			continue;
		s->t[i].done = true;
		to[n] = s->t[i].age;
		teams[n++] = s->t[i].key;
	}
	m.open = open_for(c->arena, &s->m.open, &s->object, keep_entry, s);
	signature = signature_json(c->arena, &m);
	err =
	    seal_make(c->arena, &s->object, signatures, 1, to, n, s->node, c->now_us, &sealed, why);
	return err ? err : keep(s, &sealed, teams, n, why);
}

enum err feed_seal(struct ctx *c, const struct feed_reader *who, const struct record *r, str object,
		   str signature, struct why *why)
{
	struct sealing s = {.c = c, .r = r, .label = label_get(c->node->store, r->label)};
	enum err err = s.label ? teams_of(&s, who, why)
			       : why_set(why, ERR_IO, "a label is missing: run hikeshi verify");

	if (err || !s.n)
		return err;
	err = signature_kept(c->arena, signature, &s.m, why);
	if (!err)
		err = json_parse(c->arena, object, NULL, &s.object, why);
	for (size_t i = 0; i < s.n && !err; i++) {
		s.node = s.t[i].node;
		while (!s.t[i].done && !err)
			err = seal_node(&s, why);
	}
	return err;
}
