// SPDX-License-Identifier: Apache-2.0
/* erasures: what of a record was erased at other nodes, as its withdrawals say, and which teams
 * there have proved that they did. */
#include "base/codec.h"
#include "team/erase.h"
#include "team/outbox.h"
#include "team/withdrawal.h"

/* One erasure: the withdrawals of it that came of one act (a warning and what was issued of it have
 * audiences of their own). */
struct erasure {
	const struct record *first;
	struct json paths;
	str reason;
	const struct record *w[4];
	struct record *receipts[4]; /* linked to it */
	size_t n_receipts[4], n;
};

/* The paths of the name that is about the record; null where all of it was taken back. */
static struct json paths_of(const struct json *withdrawal, str target)
{
	const struct json *names = json_get_c(withdrawal, "names");

	for (size_t i = 0; i < json_count(names); i++)
		if (str_eq(json_get_str(json_at(names, i), "target"), target) &&
		    json_is(json_get_c(json_at(names, i), "paths"), JSON_ARRAY))
			return *json_get_c(json_at(names, i), "paths");
	return json_null();
}

/* "/what/impact" for each. */
static void fields_json(struct ctx *c, const struct json *paths, struct json_out *o)
{
	jo_key(o, "fields");
	jo_array(o);
	for (size_t i = 0; i < json_count(paths); i++) {
		const struct json *p = json_at(paths, i);
		BUF(text);

		for (size_t k = 0; k < json_count(p); k++) {
			buf_add_char(&text, '/');
			buf_add(&text, json_str(json_at(p, k)));
		}
		jo_str(o, arena_str(c->arena, buf_str(&text)));
	}
	jo_end(o);
}

/* The receipt of a team, of those linked to a withdrawal. */
static bool applied(struct ctx *c, const struct record *list, size_t n, int64_t team,
		    struct json *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct json v;

		if (list[i].team != team || !(list[i].flags & RECORD_VERIFIED) ||
		    !str_eq(word_text(c->node->store, list[i].type), STR("x-hikeshi-receipt")) ||
		    record_body(c, &list[i], &v, NULL) ||
		    !str_eq(json_get_str(&v, "kind"), STR("withdrawal-applied")))
			continue;
		*ret = v;
		return true;
	}
	return false;
}

/* A team elsewhere that is to apply it, or has and is not asked any more. */
static void team_json(struct ctx *c, const struct erasure *e, const struct directory_team *t,
		      struct json_out *o)
{
	struct json receipt = json_null();
	size_t asked = 0, done = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct label *l = label_get(c->node->store, e->w[i]->label);
		bool has = applied(c, e->receipts[i], e->n_receipts[i], t->key, &receipt);

		asked += has || (l && ctx_team_sees(c, t, l)); /* gate */
		done += has;
	}
	if (!asked)
		return;
	jo_object(o);
	jo_kstr(o, "team", record_id(c, &t->record));
	jo_kstr(o, "name", t->name);
	jo_kbool(o, "applied", done == asked);
	jo_key(o, "receipt");
	jo_json(o, &receipt);
	jo_end(o);
}

static enum err erasure_json(struct ctx *c, struct erasure *e, struct json_out *o, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < e->n && !err; i++)
		err = record_linked(c, e->w[i]->uid, "receipt", &e->receipts[i], &e->n_receipts[i],
				    why);
	if (err)
		return err;
	jo_object(o);
	jo_kstr(o, "id", record_id(c, e->first));
	jo_ktime(o, "at", e->first->created_us);
	fields_json(c, &e->paths, o);
	jo_kstr(o, "reason", e->reason);
	jo_key(o, "teams");
	jo_array(o);
	for (size_t i = 0; i < c->dir->n_teams; i++)
		if (c->dir->teams[i].peer)
			team_json(c, e, &c->dir->teams[i], o);
	jo_end(o);
	jo_end(o);
	return ERR_OK;
}

/* Puts a withdrawal to those of the same act, else begins another. */
static void take(struct erasure *e, size_t *n, const struct record *w, const struct json *paths,
		 str reason)
{
	for (size_t i = 0; i < *n; i++)
		if (e[i].first->created_us == w->created_us && e[i].n < ARRAY_LEN(e[i].w) &&
		    json_eq(&e[i].paths, paths)) {
			e[i].w[e[i].n++] = w;
			return;
		}
	e[(*n)++] =
	    (struct erasure){.first = w, .paths = *paths, .reason = reason, .w = {w}, .n = 1};
}

enum err record_erasures(struct ctx *c, const struct record *r, struct json_out *o, struct why *why)
{
	struct record *list = NULL;
	struct erasure *e;
	size_t n = 0, m = 0;
	enum err err;

	if (r->team != c->actor->team) /* gate */
		return why_field(why, ERR_DENIED, "not_holder", NULL,
				 "what was erased of it is the affair of the team that holds it",
				 "消去の記録を見られるのは、この記録を保有するチームだけです");
	err = record_linked(c, r->uid, "withdraws", &list, &n, why);
	e = arena_array(c->arena, struct erasure, n + 1);
	for (size_t i = 0; i < n && !err; i++) {
		struct json v, paths;

		if (list[i].team != r->team)
			continue;
		err = record_body(c, &list[i], &v, why);
		paths = err ? json_null() : paths_of(&v, record_id(c, r));
		if (json_is(&paths, JSON_ARRAY))
			take(e, &m, &list[i], &paths, json_get_str(&v, "reason"));
	}
	for (size_t i = 0; i < m && !err; i++)
		err = erasure_json(c, &e[i], o, why);
	return err;
}
