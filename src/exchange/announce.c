// SPDX-License-Identifier: Apache-2.0
#include "exchange/announce.h"

#include "base/codec.h"
#include "base/map.h"
#include "base/vec.h"
#include "exchange/move.h"

#define TEAM "x-hikeshi-team"
#define ANNOUNCE_TRIES 3
#define KEYS_BYTES ((size_t)4 << 20) /* of one team */

static struct json hex_json(struct arena *a, const void *p, size_t n)
{
	BUF(b);

	hex_encode(&b, p, n);
	return json_string(arena_str(a, buf_str(&b)));
}

static str json_text(struct arena *a, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	return arena_str(a, buf_str(&b));
}

static enum err refuse(struct why *why, enum err err, const char *code, const char *en,
		       const char *ja)
{
	return why_field(why, err, code, NULL, en, ja);
}

/* ---- ours ---- */

enum err announce_team(struct node *n, struct arena *a, const struct directory_team *t,
		       struct json *out, struct why *why)
{
	const struct catalog_type *type = catalog_type(n->catalog, STR(TEAM));
	/* sees all: because the fields that leave of a team's record are for every node that knows
	 * it */
	struct view all = {.all = true};
	struct json body, team = json_object(), row = json_object(), keys;
	struct record r;
	struct key_chain chain;
	char u[UUID_TEXT];
	enum err err = store_read(n->store, a, &all, &t->record.key, 1, true, &r, why);

	if (!err)
		err = json_parse(a, r.body, NULL, &body, why);
	if (!err)
		err = team_chain(n, a, t->key, &chain, &keys, why);
	if (err)
		return err;
	uuid_text(t->uid, u);
	body = catalog_leaving(a, type, &body); /* gate */
	json_set(a, &team, STR("id"), json_string(arena_printf(a, TEAM "--%.*s", UUID_TEXT, u)));
	for (size_t i = 0; i < json_count(&body); i++)
		json_set(a, &team, body.members[i].key, body.members[i].value);
	json_set(a, &row, STR("team"), team);
	json_set(a, &row, STR("root"), hex_json(a, chain.root.b, sizeof(chain.root.b)));
	json_set(a, &row, STR("keys"), keys);
	json_add(a, out, row);
	return ERR_OK;
}

enum err announce_own(struct node *n, struct arena *a, struct json *ret, struct why *why)
{
	const struct directory_view *v;
	struct json out = json_array();
	enum err err = own_keys_ensure(n, a, NULL, why);

	if (err)
		return err;
	v = directory_get(n->directory);
	for (int home = 1; home >= 0; home--)
		for (size_t i = 0; i < v->n_teams && !err; i++)
			if (!v->teams[i].peer && (v->teams[i].key == n->home_team) == home)
				err = announce_team(n, a, &v->teams[i], &out, why);
	directory_put(n->directory, v);
	if (!err)
		*ret = out;
	return err;
}

/* ---- theirs: reading ---- */

/* Fields we know and that leave; what a newer version says besides is passed over. */
static struct json known_fields(struct arena *a, const struct catalog_type *t,
				const struct json *team)
{
	struct json out = json_object();

	for (size_t i = 0; i < json_count(team); i++) {
		const struct catalog_field *f = catalog_field(t, team->members[i].key);

		if (f && f->leaves)
			json_set(a, &out, team->members[i].key, team->members[i].value);
	}
	return out;
}

static enum err parse_keys(struct arena *a, const struct announced *t, struct why *why)
{
	size_t n = json_count(&t->keys);
	const struct json **v = arena_array(a, const struct json *, n + 1);
	struct key_chain chain;

	for (size_t i = 0; i < n; i++)
		v[i] = json_at(&t->keys, i);
	return key_chain_build(a, t->uid, &t->root, v, n, &chain, why);
}

static enum err parse_one(struct ctx *c, const struct json *row, struct announced *ret,
			  struct why *why)
{
	const struct catalog_type *type = catalog_type(c->node->catalog, STR(TEAM));
	const struct json *team = json_get_c(row, "team"), *keys = json_get_c(row, "keys");
	struct announced t = {0};
	str id_type;
	enum err err;

	if (!json_is(team, JSON_OBJECT) || !json_is(keys, JSON_ARRAY) || !json_count(keys) ||
	    id_parse(json_get_str(team, "id"), &id_type, &t.uid) || !str_eq(id_type, STR(TEAM)) ||
	    hex_decode(json_get_str(row, "root"), t.root.b, sizeof(t.root.b)))
		return refuse(why, ERR_INVALID, "malformed",
			      "what the peer says of a team is malformed",
			      "相手ノードが送ったチームの情報が不正です");
	t.body = known_fields(c->arena, type, team);
	t.keys = *keys;
	err = catalog_validate(c->arena, c->node->catalog, type, &t.body, false, &c->faults, why);
	if (!err)
		err = parse_keys(c->arena, &t, why);
	if (!err)
		*ret = t;
	return err;
}

enum err announce_parse(struct ctx *c, const struct json *teams, struct announced **ret,
			size_t *ret_n, struct why *why)
{
	size_t n = json_count(teams);
	struct announced *t = arena_array(c->arena, struct announced, n + 1);
	enum err err = ERR_OK;

	if (!json_is(teams, JSON_ARRAY) || n > ANNOUNCE_TEAMS_MAX)
		return refuse(why, ERR_LIMIT, "too_large",
			      "the list of teams is malformed or too long",
			      "チームの一覧が不正か、長すぎます");
	for (size_t i = 0; i < n && !err; i++)
		err = parse_one(c, json_at(teams, i), &t[i], why);
	if (err)
		return err;
	*ret = t;
	*ret_n = n;
	return ERR_OK;
}

/* ---- theirs: making them known ---- */

struct applying {
	struct ctx *c;
	int64_t peer;
	struct digest node_key;
	bool direct;
	struct write_set w;
	VEC(struct peer_team) rows;
	bool touched; /* the directory */
};

/* What was known and what is new, each object once. A revocation once known cannot be hidden. */
static enum err merge_keys(struct arena *a, str old, const struct json *more, struct json *ret,
			   struct why *why)
{
	struct json out = json_array(), had = json_array();
	struct map seen;
	enum err err = old.n ? json_parse(a, old, NULL, &had, why) : ERR_OK;

	map_init(&seen);
	for (size_t k = 0; k < 2 && !err; k++) {
		const struct json *from = k ? more : &had;

		for (size_t i = 0; i < json_count(from) && !err; i++) {
			bool fresh = false;
			BUF(text);

			/* what was parsed as a key object is exact in JCS */
			err = json_canonical(a, &text, json_at(from, i));
			if (!err)
				(void)map_put(&seen, arena_str(a, buf_str(&text)), &fresh);
			if (!err && fresh)
				json_add(a, &out, *json_at(from, i));
		}
	}
	map_done(&seen);
	if (err)
		return why_set(why, err, "a key object cannot be kept");
	*ret = out;
	return ERR_OK;
}

/* Where the newest key says that the team works. */
static enum err works_there(struct applying *x, const struct announced *t, const struct json *keys,
			    bool *ret, struct why *why)
{
	size_t n = json_count(keys);
	const struct json **v = arena_array(x->c->arena, const struct json *, n + 1);
	struct key_chain chain;
	struct key_object now;
	enum err err;

	for (size_t i = 0; i < n; i++)
		v[i] = json_at(keys, i);
	err = key_chain_build(x->c->arena, t->uid, &t->root, v, n, &chain, why);
	if (!err)
		*ret = key_chain_current(&chain, x->c->now_us, &now) &&
		       memcmp(now.node_key.b, x->node_key.b, sizeof(x->node_key.b)) == 0;
	return err;
}

static enum err put_record(struct applying *x, const struct announced *t, int64_t principal,
			   const struct directory_team *known, struct why *why)
{
	struct ctx *c = x->c;
	const struct catalog_type *type = catalog_type(c->node->catalog, STR(TEAM));
	struct label l = {
	    .originator = principal, .holder = principal, .tlp = TLP_GREEN, .everyone = true};
	struct record_put p = {.uid = t->uid,
			       .team = principal,
			       .state = type->initial_state,
			       .kind = known ? "link-update" : "link-create"};
	/* sees all: because it compares what is kept with what was said, and shows it to nobody */
	struct view all = {.all = true};
	struct record r;
	struct json old;
	enum err err = ERR_OK;

	if (known) {
		p.key = known->record.key;
		err = store_read(c->node->store, c->arena, &all, &p.key, 1, true, &r, why);
		if (!err)
			err = json_parse(c->arena, r.body, NULL, &old, why);
		if (err || json_eq(&old, &t->body))
			return err;
		p.label = r.label;
	} else {
		err = label_intern(c->node->store, &l, 1, &p.label, why);
	}
	if (!err)
		err = record_fill_put(c, type, &t->body, &p, why);
	if (!err) {
		(void)write_put(&x->w, &p);
		x->touched = true;
	}
	return err;
}

static enum err hosted_here(const struct announced *t, struct applying *x, int64_t team,
			    struct why *why)
{
	struct key_chain own;
	enum err err = team_chain(x->c->node, x->c->arena, team, &own, NULL, why);

	if (!err && (x->direct || !ed25519_eq(&own.root, &t->root))) /* gate */
		err = refuse(why, ERR_DENIED, "not_yours",
			     "the peer says that it hosts a team of this node",
			     "このノードのチームを、相手が自分のチームだと称しています");
	return err;
}

/* A team that is hosted here, or was until it was frozen, may be said to work elsewhere by its own
 * root. *ret_stays: it is being moved, and the new node has not spoken yet. */
static enum err moves_away(struct applying *x, const struct announced *t,
			   const struct directory_team **known, bool *ret_stays, struct why *why)
{
	bool frozen = false, gone = false;
	enum err err = (*known)->peer
			   ? move_is_frozen(x->c->node, x->c->arena, (*known)->key, &frozen, why)
			   : ERR_OK;

	if (err || ((*known)->peer && !frozen))
		return err;
	err = move_heard(x->c, *known, x->peer, x->node_key, x->direct, t, &gone, why);
	*ret_stays = frozen && !gone;
	if (!err && gone)
		*known = directory_team_uid(x->c->dir, t->uid);
	return err;
}

static enum err apply_one(struct applying *x, const struct announced *t, struct why *why)
{
	struct ctx *c = x->c;
	const struct directory_team *known = directory_team_uid(c->dir, t->uid);
	struct peer_team old = {0}, row = {.peer = x->peer, .direct = x->direct};
	struct why none = {0};
	struct json keys;
	bool there = false;
	enum err err;

	if (known && known->peer <= 0) {
		err = moves_away(x, t, &known, &there, why);
		if (err || there)
			return err;
	}
	if (known && !known->peer)
		return hosted_here(t, x, known->key, why);
	err = principal_intern(c->node->store, PRINCIPAL_TEAM, &t->uid, 1, &row.team, why);
	if (err)
		return err;
	err = peer_team_get(c->node->store, c->arena, row.team, &old, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	if (!err && memcmp(old.root.b, t->root.b, sizeof(t->root.b)) != 0) /* gate */
		return refuse(why, ERR_DENIED, "key_changed",
			      "a team has another root key than the one that was pinned",
			      "チームのルート鍵が、登録済みの鍵と異なります");
	memcpy(row.root.b, t->root.b, sizeof(row.root.b));
	err = merge_keys(c->arena, old.keys, &t->keys, &keys, why);
	if (!err)
		err = works_there(x, t, &keys, &there, why);
	if (err)
		return err;
	if (x->direct && !there) /* gate */
		return refuse(why, ERR_DENIED, "not_yours",
			      "by its newest key the team works on another node",
			      "最新の鍵によれば、そのチームは別のノードで活動しています");
	if (!x->direct && old.peer > 0 && (old.direct || old.peer != x->peer)) {
		row.peer = old.peer;
		row.direct = old.direct;
	}
	row.keys = json_text(c->arena, &keys);
	if (row.keys.n > KEYS_BYTES)
		return refuse(why, ERR_LIMIT, "too_large", "a team has too many keys",
			      "チームの鍵が多すぎます");
	if (row.peer != old.peer || row.direct != old.direct || !str_eq(row.keys, old.keys))
		vec_add(c->arena, &x->rows, row);
	return x->direct || !known ? put_record(x, t, row.team, known, why) : ERR_OK;
}

static enum err apply_all(struct ctx *c, int64_t peer, struct digest node_key, bool direct,
			  const struct announced *teams, size_t n, struct why *why)
{
	struct applying x = {.c = c, .peer = peer, .node_key = node_key, .direct = direct};
	struct record_result *results;
	enum err err = ERR_OK;

	write_init(&x.w, c->arena, c->actor->account, c->actor->team);
	for (size_t i = 0; i < n && !err; i++)
		err = apply_one(&x, &teams[i], why);
	/* how they are reached first: a record without it would be a team of this node */
	if (!err)
		err = peer_teams_put(c->node->store, x.rows.p, x.rows.n, why);
	results = arena_array(c->arena, struct record_result, write_puts(&x.w) + 1);
	if (!err && x.touched)
		err = record_commit(c, &x.w, results, why);
	if (!err && (x.touched || x.rows.n)) {
		err = directory_refresh(c->node->directory, why);
		ctx_refresh(c);
	}
	return err;
}

enum err announce_apply(struct ctx *c, int64_t peer, struct digest node_key, bool direct,
			const struct announced *teams, size_t n, struct why *why)
{
	/* the peer may say the same at the same moment in another way: what it made then is seen */
	for (int tries = 0;; tries++) {
		struct why said = {0};
		enum err err = apply_all(c, peer, node_key, direct, teams, n, &said);

		if (!err)
			return ERR_OK;
		if (err != ERR_CONFLICT || strcmp(said.code, "forked") == 0 ||
		    tries == ANNOUNCE_TRIES)
			return why_field(why, err, said.code, NULL, said.text, said.text_ja);
		err = directory_refresh(c->node->directory, why);
		if (err)
			return err;
		ctx_refresh(c);
	}
}
