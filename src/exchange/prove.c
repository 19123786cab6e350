// SPDX-License-Identifier: Apache-2.0
#include "exchange/prove.h"

#include "exchange/wire_internal.h"

enum err prove_keys(struct node *n, struct arena *a, int64_t team, const struct json *const **ret,
		    size_t *ret_n, struct why *why)
{
	struct key_chain chain;
	struct json objects;
	const struct json **keys;
	size_t count, skip;
	enum err err = team_chain(n, a, team, &chain, &objects, why);

	if (err)
		return err;
	count = json_count(&objects);
	skip = count > RECEIPT_KEYS_MAX ? count - RECEIPT_KEYS_MAX : 0;
	keys = arena_array(a, const struct json *, count + 1);
	for (size_t i = skip; i < count; i++)
		keys[i - skip] = json_at(&objects, i);
	*ret = keys;
	*ret_n = count - skip;
	return ERR_OK;
}

static bool vouches(struct ctx *c, const struct directory_team *t, const struct json *const **ret,
		    size_t *ret_n)
{
	return t && !t->peer && prove_keys(c->node, c->arena, t->key, ret, ret_n, NULL) == ERR_OK;
}

/* Which team's keys name this node: the acting one's where it works here, else the home team's,
 * else (that one has moved away) those of any that works here. */
static enum err vouching(struct ctx *c, int64_t team, struct uuid *ret_team,
			 const struct json *const **ret, size_t *ret_n, struct why *why)
{
	const struct directory_team *t = team ? directory_team(c->dir, team) : NULL;
	bool found = vouches(c, t, ret, ret_n);

	if (!found) {
		t = directory_team(c->dir, c->node->home_team);
		found = vouches(c, t, ret, ret_n);
	}
	for (size_t i = 0; i < c->dir->n_teams && !found; i++) {
		t = &c->dir->teams[i];
		found = vouches(c, t, ret, ret_n);
	}
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no team of this node has a key");
	*ret_team = t->uid;
	return ERR_OK;
}

static enum err from_kept(struct ctx *c, const struct checkpoint *cp, int64_t kept,
			  const struct digest **ret, size_t *ret_n, struct why *why)
{
	struct digest *path = NULL;
	enum err err;

	if (kept < 0)
		return ERR_OK;
	if (kept > cp->size)
		return why_field(
		    why, ERR_CONFLICT, "shrunk", "kept",
		    "the journal is shorter than the checkpoint you kept: it is another journal, "
		    "or it was set back",
		    "保存したチェックポイントよりジャーナルが短くなっています。別のジャーナルか、"
		    "巻き戻されたものです");
	err = entries_consistency(c->node->store, c->arena, cp, kept, &path, ret_n, why);
	*ret = path;
	return err;
}

static enum err sign(struct ctx *c, const struct checkpoint *cp, str *ret, struct why *why)
{
	struct own_node node = {0};
	struct journal_checkpoint said;
	enum err err = own_node_get(c->node, c->arena, &node, why);

	if (err)
		return err;
	said = (struct journal_checkpoint){
	    .node = node.id, .epoch = cp->epoch, .size = cp->size, .root = cp->root};
	*ret = checkpoint_sign(c->arena, &said, &node.key);
	ed25519_wipe(&node.key);
	return ERR_OK;
}

static struct uuid acting(struct ctx *c, int64_t team)
{
	struct uuid u = {{0}};

	if (team && !principal_uuid(c->node->store, team, &u))
		u = (struct uuid){{0}};
	return u;
}

enum err prove_entry(struct ctx *c, const struct entry *e, bool open, int64_t kept,
		     struct json *ret, struct why *why)
{
	struct checkpoint cp = {0};
	struct digest *path = NULL;
	struct entry_proof p = {.created_us = clock_now_us(),
				.epoch = e->e.epoch_id,
				.seq = e->e.seq,
				.at_us = e->e.at_us,
				.actor = e->e.actor,
				.acting = acting(c, e->e.team),
				.kind = e->e.kind,
				.subject = e->e.subject,
				.content = e->digest,
				.opened = open && !e->erased,
				.text = e->e.content,
				.erased = e->erased,
				.kept = kept};
	enum err err = opened_prove(c->node->store, c->arena, &e->e, &cp, &path, &p.n_path, why);

	p.path = path;
	memcpy(p.salt.b, e->e.salt, SALT_BYTES);
	memcpy(p.text_salt.b, e->e.content_salt, SALT_BYTES);
	if (!err)
		err = vouching(c, e->e.team, &p.team, &p.keys, &p.n_keys, why);
	if (!err)
		err = from_kept(c, &cp, kept, &p.consistency, &p.n_consistency, why);
	if (!err)
		err = sign(c, &cp, &p.checkpoint, why);
	if (!err)
		*ret = proof_json(c->arena, &p);
	return err;
}

enum err prove_checkpoint(struct ctx *c, struct uuid epoch, int64_t kept, struct json *ret,
			  struct why *why)
{
	struct checkpoint cp = {0};
	const struct json *const *keys = NULL;
	const struct digest *path = NULL;
	struct json o = json_object(), list = json_array(), from = json_null();
	struct uuid team = {{0}};
	size_t n = 0, n_path = 0;
	str note = STR_NULL;
	enum err err = entries_checkpoint(c->node->store, epoch, &cp, why);

	if (!err)
		err = vouching(c, c->actor->team, &team, &keys, &n, why);
	if (!err)
		err = from_kept(c, &cp, kept, &path, &n_path, why);
	if (!err)
		err = sign(c, &cp, &note, why);
	if (err)
		return err;
	if (kept >= 0) {
		from = json_object();
		wire_set(c->arena, &from, "size", json_from_i64(c->arena, kept));
		wire_set(c->arena, &from, "path", wire_json_digests(c->arena, path, n_path));
	}
	for (size_t i = 0; i < n; i++)
		json_add(c->arena, &list, *keys[i]);
	wire_set(c->arena, &o, "epoch", wire_json_uuid(c->arena, cp.epoch));
	wire_set(c->arena, &o, "size", json_from_i64(c->arena, cp.size));
	wire_set(c->arena, &o, "checkpoint", json_string(note));
	wire_set(c->arena, &o, "team", wire_json_uuid(c->arena, team));
	wire_set(c->arena, &o, "keys", list);
	wire_set(c->arena, &o, "consistency", from);
	*ret = o;
	return ERR_OK;
}
