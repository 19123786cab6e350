// SPDX-License-Identifier: Apache-2.0
/* The node that a team has left hears of it: what its root says decides. */
#include "exchange/move.h"
#include "exchange/move_internal.h"

static str json_text(struct arena *a, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	return arena_str(a, buf_str(&b));
}

static enum err chain_with(struct ctx *c, const struct announced *t, const struct json *own,
			   struct json *ret_keys, struct key_object *ret_now, bool *ret_any,
			   struct why *why)
{
	size_t n = json_count(own), m = json_count(&t->keys), k = 0;
	const struct json **v = arena_array(c->arena, const struct json *, n + m + 1);
	struct key_chain chain;
	enum err err;

	for (size_t i = 0; i < n + m; i++)
		v[k++] = i < n ? json_at(own, i) : json_at(&t->keys, i - n);
	err = key_chain_build(c->arena, t->uid, &t->root, v, k, &chain, why);
	if (err)
		return err;
	*ret_keys = json_array();
	for (size_t i = 0; i < chain.n; i++)
		json_add(c->arena, ret_keys, key_json(c->arena, &chain.keys[i]));
	*ret_any = key_chain_current(&chain, c->now_us, ret_now);
	return ERR_OK;
}

/* Hosted here and not frozen: what its root said holds all the same, and nothing is signed here any
 * more; but what it has here has not gone along. */
static enum err stop_signing(struct ctx *c, const struct directory_team *known,
			     const struct json *keys, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < json_count(keys) && !err; i++) {
		struct key_object o;
		struct team_key k = {.team = known->key};

		err = key_parse(c->arena, json_at(keys, i), &o, why);
		if (err)
			break;
		k.n = (int32_t)o.n;
		memcpy(k.root.b, o.root.b, sizeof(k.root.b));
		memcpy(k.public.b, o.online.b, sizeof(k.public.b));
		k.age_public = k.age_secret = STR("");
		k.object = json_text(c->arena, json_at(keys, i));
		k.created_us = o.created_us;
		k.ends_us = o.ends_us == TIME_NONE ? 0 : o.ends_us;
		k.revoked_us = o.revoked_us == TIME_NONE ? 0 : o.revoked_us;
		err = moved_key(c->node->store, &k, why);
	}
	return err ? err
		   : why_field(
			 why, ERR_DENIED, "not_moved", NULL,
			 "the team's root key has named that node, and the team was not moved "
			 "out from here: nothing is signed for it here any more; move it out "
			 "with 'hikeshi team move-out'",
			 "チームのルート鍵はそのノードを指定しましたが、ここからの移転手続き"
			 "が行われていません。ここでの署名は停止しました。「hikeshi team "
			 "move-out」で移転してください");
}

static enum err remember(struct ctx *c, struct uuid team, struct why *why)
{
	struct json list = json_array();
	char u[UUID_TEXT];
	str old;
	struct why none = {0};
	enum err err = setting_get(c->node->store, c->arena, STR(MOVED_AWAY), &old, &none);

	if (!err)
		err = json_parse(c->arena, old, NULL, &list, why);
	else if (err == ERR_NOTFOUND)
		err = ERR_OK;
	uuid_text(team, u);
	for (size_t i = 0; i < json_count(&list) && !err; i++)
		if (str_eq(json_str(json_at(&list, i)), (str){u, UUID_TEXT}))
			return ERR_OK;
	json_add(c->arena, &list, json_string(arena_str(c->arena, (str){u, UUID_TEXT})));
	return err ? err
		   : setting_set(c->node->store, STR(MOVED_AWAY), json_text(c->arena, &list), 0,
				 why);
}

static enum err gone(struct ctx *c, const struct directory_team *known, int64_t peer, bool direct,
		     const struct announced *t, const struct json *keys, struct why *why)
{
	struct peer_team via = {.team = known->key, .peer = peer, .direct = direct};
	enum err err;

	memcpy(via.root.b, t->root.b, sizeof(via.root.b));
	via.keys = json_text(c->arena, keys);
	err = remember(c, t->uid, why);
	if (!err)
		err = moving_done(c->node->store, &via, why);
	if (!err)
		err = directory_refresh(c->node->directory, why);
	ctx_refresh(c);
	return err;
}

enum err move_heard(struct ctx *c, const struct directory_team *known, int64_t peer,
		    struct digest node_key, bool direct, const struct announced *t, bool *ret_gone,
		    struct why *why)
{
	struct own_node me;
	struct ed25519_public here;
	struct key_chain own;
	struct json objects, keys;
	struct key_object now;
	bool any = false, frozen = false, there;
	enum err err = team_chain(c->node, c->arena, known->key, &own, &objects, why);

	*ret_gone = false;
	if (!err)
		err = own_node_get(c->node, c->arena, &me, why);
	if (!err)
		err = move_is_frozen(c->node, c->arena, known->key, &frozen, why);
	/* no gate: the chain below is built under the root that is known */
	if (err || !ed25519_eq(&own.root, &t->root))
		return err;
	here = me.key.public;
	ed25519_wipe(&me.key);
	err = chain_with(c, t, &objects, &keys, &now, &any, why);
	if (err || !any || ed25519_eq(&now.node_key, &here)) /* gate */
		return err;
	there = memcmp(now.node_key.b, node_key.b, sizeof(node_key.b)) == 0;
	if (direct && !there) /* gate */
		return ERR_OK;
	if (!frozen)
		return stop_signing(c, known, &keys, why);
	err = gone(c, known, peer, direct, t, &keys, why);
	*ret_gone = !err;
	return err;
}

enum err move_gone(struct node *n, struct arena *a, int64_t except_peer, struct json *ret,
		   struct why *why)
{
	const struct directory_view *d;
	struct json list = json_array(), out = json_array();
	str text;
	struct why none = {0};
	enum err err = setting_get(n->store, a, STR(MOVED_AWAY), &text, &none);

	*ret = out;
	if (err == ERR_NOTFOUND)
		return ERR_OK;
	if (!err)
		err = json_parse(a, text, NULL, &list, why);
	if (err)
		return err;
	d = directory_get(n->directory);
	for (size_t i = 0; i < json_count(&list) && !err; i++) {
		const struct directory_team *t;
		struct uuid u;

		if (uuid_parse(json_str(json_at(&list, i)), &u))
			continue;
		t = directory_team_uid(d, u);
		if (t && t->peer && t->peer != except_peer)
			err = announce_team(n, a, t, &out, why);
	}
	directory_put(n->directory, d);
	if (!err)
		*ret = out;
	return err;
}

/* ---- what it held for itself alone ---- */

#define ERASE_PAGE 100

/* Does nobody of another team see what carries this label? */
static bool its_own_alone(const struct label *l, int64_t team)
{
	bool alone = l && !l->everyone && !l->n_circles;

	for (size_t i = 0; alone && i < l->n_teams; i++)
		alone = l->teams[i] == team;
	for (size_t i = 0; alone && i < l->n_people; i++)
		alone = l->people[i].team == team;
	return alone;
}

/* What is left of a body: what a STIX object must have. */
static str stub_of(struct arena *a, str body)
{
	static const char *const kept[] = {"type", "id", "spec_version"};
	struct json v, out = json_object();

	if (json_parse(a, body, NULL, &v, NULL))
		return STR("{}");
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (json_get_c(&v, kept[i]))
			json_set(a, &out, str_c(kept[i]), *json_get_c(&v, kept[i]));
	return json_text(a, &out);
}

static str erased_body(void *ctx, struct arena *a, str body)
{
	(void)ctx;
	return stub_of(a, body);
}

static void erase_one(struct ctx *c, struct write_set *w, const struct record *r)
{
	const struct record_erasure e = {.key = r->key, .fn = erased_body};
	const struct record_put p = {.key = r->key,
				     .expect_version = r->version,
				     .label = r->label,
				     .body = stub_of(c->arena, r->body),
				     .flags = r->flags | RECORD_REVOKED,
				     .text = STR("-"),
				     .kind = "erase-moved"};

	(void)write_put(w, &p);
	write_erase(w, &e);
}

/* A page of its holdings; those that are stubs already are left. */
static enum err erase_page(struct ctx *c, int64_t team, int64_t *after, size_t *ret_seen,
			   int64_t *ret_records, struct why *why)
{
	/* sees all: what nobody here may see any more is taken away */
	const struct view all = {.all = true};
	int64_t keys[ERASE_PAGE], gone[ERASE_PAGE];
	struct record *r = arena_array(c->arena, struct record, ERASE_PAGE);
	struct write_set w;
	size_t n = 0, m = 0;
	enum err err = moving_held(c->node->store, team, *after, ERASE_PAGE, keys, &n, why);

	if (!err && n)
		err = store_read(c->node->store, c->arena, &all, keys, n, true, r, why);
	write_init(&w, c->arena, 0, c->node->home_team);
	for (size_t i = 0; i < n && !err; i++) {
		*after = keys[i];
		if (!its_own_alone(label_get(c->node->store, r[i].label), team) ||
		    str_eq(stub_of(c->arena, r[i].body), r[i].body))
			continue;
		erase_one(c, &w, &r[i]);
		gone[m++] = r[i].key;
	}
	if (!err && m)
		err = store_commit(c->node->store, &w, NULL, why);
	if (!err && (m || !n))
		err = moving_erase_rows(c->node->store, team, gone, m, why);
	*ret_seen = n;
	*ret_records += (int64_t)m;
	return err;
}

enum err move_erase(struct ctx *c, int64_t team, int64_t *ret_records, struct why *why)
{
	struct json list = json_array();
	int64_t after = 0;
	size_t seen = 1;
	char u[UUID_TEXT];
	bool moved = false;
	struct uuid uid;
	str text;
	enum err err = setting_get(c->node->store, c->arena, STR(MOVED_AWAY), &text, NULL);

	if (!err && principal_uuid(c->node->store, team, &uid) &&
	    json_parse(c->arena, text, NULL, &list, NULL) == ERR_OK) {
		uuid_text(uid, u);
		for (size_t i = 0; i < json_count(&list); i++)
			moved = moved || str_eq(json_str(json_at(&list, i)), (str){u, UUID_TEXT});
	}
	if (!moved) /* gate */
		return why_field(why, ERR_CONFLICT, "not_gone", NULL,
				 "that team has not moved away from here",
				 "そのチームはここから移転していません");
	*ret_records = 0;
	err = ERR_OK;
	while (seen && !err)
		err = erase_page(c, team, &after, &seen, ret_records, why);
	return err;
}
