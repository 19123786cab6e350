// SPDX-License-Identifier: Apache-2.0
#include "exchange/withdraw_apply.h"

#include "base/map.h"
#include "exchange/withdraw_fields.h"
#include "store/signed.h"
#include "team/warning.h"
#include "team/withdrawal.h"

enum err withdrawal_check(struct ctx *c, const struct json *object, struct uuid signer,
			  struct withdrawal *ret, struct why *why)
{
	struct withdrawal w = {0};
	enum err err = withdrawal_parse(c->arena, object, &w, why);

	if (err)
		return err;
	if (!uuid_eq(w.team, signer)) /* gate */
		return why_field(why, ERR_DENIED, "not_yours", NULL,
				 "it takes back what is another team's than the one that signed it",
				 "署名したチームとは別のチームの情報を取り下げようとしています");
	if (!withdraw_paths_good(c, &w))
		return why_field(why, ERR_UNPROCESSABLE, "malformed", NULL,
				 "it erases what an object cannot be without",
				 "情報に欠かせない項目を消去しようとしています");
	*ret = w;
	return ERR_OK;
}

/* ---- marking what is held ---- */

struct marking {
	struct ctx *c;
	struct write_set *w;
	const struct withdrawal *x;
	const struct directory_team *team;
};

static enum err mark(struct marking *m, const struct record *r, struct why *why)
{
	struct ctx *c = m->c;
	bool warning = str_eq(word_text(c->node->store, r->type), STR("x-hikeshi-warning"));
	struct record_put put = {.key = r->key,
				 .expect_version = r->version,
				 .label = r->label,
				 .kind = warning ? "withdraw" : "revoke",
				 .flags = warning ? r->flags : r->flags | RECORD_REVOKED,
				 .why = m->x->why};
	struct json body;
	enum err err;

	if (warning) {
		put.state = STR("withdrawn");
		err = record_body(c, r, &body, why);
		if (err)
			return err;
		warning_taken_back(c, m->w, r, &body);
	}
	(void)write_put(m->w, &put);
	return ERR_OK;
}

static bool is_marked(struct ctx *c, const struct record *r)
{
	return r->flags & RECORD_REVOKED ||
	       str_eq(word_text(c->node->store, r->state), STR("withdrawn"));
}

/* What one holder has of the names. A holding without a signature of its version was marked by an
 * earlier withdrawal. */
static enum err mark_held(struct marking *m, int64_t holder, const struct uuid *ids,
			  struct why *why)
{
	struct ctx *c = m->c;
	size_t n = m->x->n_names;
	struct record *r = arena_array(c->arena, struct record, n + 1);
	int64_t *keys = arena_array(c->arena, int64_t, n + 1);
	int32_t *versions = arena_array(c->arena, int32_t, n + 1);
	struct record_signed *rows = arena_array(c->arena, struct record_signed, n + 1);
	enum err err = store_find_held(c->node->store, c->arena, holder, ids, n, true, r, why);

	for (size_t i = 0; i < n; i++) {
		keys[i] = err ? 0 : r[i].key;
		versions[i] = err ? 0 : r[i].version;
	}
	if (!err)
		err = signed_find(c->node->store, c->arena, keys, versions, n, rows, why);
	for (size_t i = 0; i < n && !err; i++)
		if (r[i].key && !m->x->names[i].n_paths && rows[i].rev &&
		    rows[i].rev <= m->x->names[i].rev && !is_marked(c, &r[i]) &&
		    str_eq(record_id(c, &r[i]), m->x->names[i].target))
			err = mark(m, &r[i], why);
	return err;
}

enum err withdrawal_apply(struct ctx *c, struct write_set *w, int64_t src,
			  const struct withdrawal *x, const struct directory_team *team,
			  struct why *why)
{
	struct marking m = {.c = c, .w = w, .x = x, .team = team};
	struct uuid *ids = arena_array(c->arena, struct uuid, x->n_names + 1);
	const int64_t holders[] = {team->outbox, team->key};
	enum err err = ERR_OK;
	str type;

	for (size_t i = 0; i < x->n_names && !err; i++) {
		err = id_parse(x->names[i].target, &type, &ids[i]);
		if (!err)
			write_link(w, src, STR("withdraws"), ids[i]);
	}
	for (size_t k = 0; k < ARRAY_LEN(holders) && !err; k++)
		err = mark_held(&m, holders[k], ids, why);
	for (size_t k = 0; k < ARRAY_LEN(holders) && !err; k++)
		err = withdraw_fields(c, w, x, team->key, holders[k], ids, why);
	return err;
}

/* ---- what comes later ---- */

/* One withdrawal that is kept, against those it is linked to. */
static enum err cover_by(struct ctx *c, const struct record *r, const struct link *links,
			 size_t n_links, const struct map *at, struct coverage *x, struct why *why)
{
	struct withdrawal w;
	struct json body;
	enum err err = record_body(c, r, &body, why);

	if (!err)
		err = withdrawal_parse(c->arena, &body, &w, why);
	for (size_t i = 0; i < n_links && !err; i++) {
		const struct withdrawal_name *name;
		union map_value *v;
		char u[UUID_TEXT];

		if (links[i].src_key != r->key)
			continue;
		uuid_text(links[i].dst, u);
		v = map_get(at, (str){u, UUID_TEXT});
		if (!v || !uuid_eq(x[v->u].team, w.team))
			continue;
		name = withdrawal_covers(&w, x[v->u].target, x[v->u].rev);
		if (name && name->n_paths)
			vec_add(c->arena, &x[v->u].fields, name);
		else if (name)
			x[v->u].covered = true;
	}
	return err;
}

static enum err cover_all(struct ctx *c, const struct link *links, size_t n, const struct map *at,
			  struct coverage *x, struct why *why)
{
	struct view all = {.all = true}; /* sees all: what is kept is compared, not shown */
	int64_t *keys = arena_array(c->arena, int64_t, n + 1);
	struct record *r = arena_array(c->arena, struct record, n + 1);
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		bool seen = !str_eq(links[i].relation, STR("withdraws"));

		for (size_t k = m; k-- > 0 && !seen && m - k < 64;)
			seen = keys[k] == links[i].src_key;
		if (!seen)
			keys[m++] = links[i].src_key;
	}
	err = m ? store_read(c->node->store, c->arena, &all, keys, m, true, r, why) : ERR_OK;
	for (size_t i = 0; i < m && !err; i++)
		if (r[i].key && r[i].flags & RECORD_VERIFIED &&
		    str_eq(word_text(c->node->store, r[i].type), STR(WITHDRAWAL_TYPE)))
			err = cover_by(c, &r[i], links, n, at, x, why);
	return err;
}

enum err withdrawals_cover(struct ctx *c, struct coverage *x, size_t n, struct why *why)
{
	struct uuid *ids = arena_array(c->arena, struct uuid, n + 1);
	struct link *links = NULL;
	size_t count = 0;
	struct map at; /* text of the uuid → index; one of an envelope has each id once */
	enum err err;

	map_init(&at);
	for (size_t i = 0; i < n; i++) {
		char *u = arena_alloc(c->arena, UUID_TEXT);
		bool fresh;

		ids[i] = x[i].uid;
		uuid_text(x[i].uid, u);
		map_put(&at, (str){u, UUID_TEXT}, &fresh)->u = i;
	}
	err = n ? store_links_to(c->node->store, c->arena, ids, n, &links, &count, why) : ERR_OK;
	if (!err && count)
		err = cover_all(c, links, count, &at, x, why);
	map_done(&at);
	return err;
}
