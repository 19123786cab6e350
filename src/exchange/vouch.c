// SPDX-License-Identifier: Apache-2.0
#include "exchange/vouch_internal.h"

#include <stdlib.h>

#include "base/merkle.h"
#include "exchange/wire_internal.h"

/* ---- the entry ---- */

struct digest vouch_content(struct salt salt, str text)
{
	return wire_salted(STR("hikeshi/content/v1\n"), salt.b, text);
}

static struct json uuid_or_null(struct arena *a, struct uuid u)
{
	return uuid_is_zero(u) ? json_null() : wire_json_uuid(a, u);
}

struct json vouch_entry_json(struct arena *a, const struct vouched_entry *e)
{
	struct json o = json_object();

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "epoch", wire_json_uuid(a, e->epoch));
	wire_set(a, &o, "seq", json_from_i64(a, e->seq));
	wire_set(a, &o, "at", wire_json_time(a, e->at_us));
	wire_set(a, &o, "actor", json_from_i64(a, e->actor));
	wire_set(a, &o, "team", uuid_or_null(a, e->team));
	wire_set(a, &o, "kind", json_string(e->kind));
	wire_set(a, &o, "subject", uuid_or_null(a, e->subject));
	wire_set(a, &o, "content", wire_json_hex(a, e->content.b, SHA256_BYTES));
	return o;
}

struct digest vouch_leaf(struct arena *a, const struct vouched_entry *e, struct salt salt)
{
	struct json entry = vouch_entry_json(a, e);
	struct digest d;
	BUF(b);

	if (json_canonical(a, &b, &entry)) /* texts and numbers of our own making */
		abort();
	d = wire_salted(STR("hikeshi/entry/v1\n"), salt.b, buf_str(&b));
	return merkle_leaf(digest_str(&d));
}

/* ---- as JSON ---- */

void vouch_json(struct arena *a, struct json *o, const struct digest *path, size_t n_path,
		str checkpoint, const struct json *const *keys, size_t n_keys)
{
	struct json list = json_array();

	wire_set(a, o, "path", wire_json_digests(a, path, n_path));
	wire_set(a, o, "checkpoint", json_string(checkpoint));
	for (size_t i = 0; i < n_keys; i++)
		json_add(a, &list, *keys[i]);
	wire_set(a, o, "keys", list);
}

enum err vouch_parse(struct arena *a, const struct json *v, const struct digest **path,
		     size_t *n_path, str *checkpoint, const struct json *const **keys,
		     size_t *n_keys, struct why *why)
{
	const struct json *list = json_get_c(v, "keys"), **k;
	struct digest *hashes = NULL;
	enum err err = wire_digests(a, v, "path", MERKLE_PATH_MAX, &hashes, n_path, why);

	if (!err)
		err = wire_text(v, "checkpoint", NOTE_MAX, checkpoint, why);
	if (!err && (!json_is(list, JSON_ARRAY) || json_count(list) == 0 ||
		     json_count(list) > RECEIPT_KEYS_MAX))
		err = wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				  "欠けているか誤った項目", STR("keys"));
	if (err)
		return err;
	*path = hashes;
	*n_keys = json_count(list);
	k = arena_array(a, const struct json *, *n_keys);
	for (size_t i = 0; i < *n_keys; i++)
		k[i] = json_at(list, i);
	*keys = k;
	return ERR_OK;
}

/* ---- verifying ---- */

/* Under which root key: the pinned one of the team, else the one that its own keys name. */
static enum err find_root(const struct vouched *v, const struct receipt_root *roots, size_t n,
			  const struct key_object *first, struct receipt_proof *p, struct why *why)
{
	bool asked = false;

	p->root = first->root;
	for (size_t i = 0; i < n && !p->pinned; i++) {
		if (!uuid_is_zero(roots[i].team) && !uuid_eq(roots[i].team, v->team))
			continue;
		asked = true;
		p->pinned = ed25519_eq(&roots[i].root, &first->root);
	}
	if (asked && !p->pinned)
		return wire_refuse(why, ERR_DENIED, "unknown_key",
				   "signed under another root key than the one given for",
				   "指定されたルート鍵のものではありません:", v->about);
	p->fingerprint = key_fingerprint(v->team, &p->root);
	return ERR_OK;
}

/* The key object of that node whose node key signed the checkpoint. */
static enum err find_node_key(const struct vouched *v, const struct key_chain *c,
			      struct receipt_proof *p, struct why *why)
{
	enum err err = checkpoint_parse(v->checkpoint, &p->checkpoint, why);

	for (size_t i = c->n; !err && i-- > 0;) {
		if (!uuid_eq(c->keys[i].node, p->checkpoint.node) ||
		    checkpoint_check(v->checkpoint, &c->keys[i].node_key, &p->checkpoint, NULL))
			continue;
		if (key_chain_node(c, &c->keys[i].node_key, &p->key))
			return ERR_OK;
	}
	if (err)
		return err;
	return wire_refuse(why, ERR_INVALID, "signature",
			   "no node key of the team signed the checkpoint of",
			   "チームのノード鍵の署名がありません:", v->about);
}

static enum err check_times(const struct vouched *v, int64_t stored_us,
			    const struct receipt_proof *p, struct why *why)
{
	const struct key_object *k = &p->key;

	if (k->revoked_us != TIME_NONE && (stored_us == TIME_NONE || stored_us >= k->revoked_us))
		return key_verdict_err(KEY_REVOKED, why);
	if (k->ends_us != TIME_NONE && v->at_us > k->ends_us)
		return key_verdict_err(KEY_LATE, why);
	return ERR_OK;
}

enum err vouch_verify(struct arena *a, const struct vouched *v, const struct receipt_root *roots,
		      size_t n_roots, const struct json *const *more, size_t n_more,
		      int64_t stored_us, struct receipt_proof *ret, struct why *why)
{
	const struct json **keys = arena_array(a, const struct json *, v->n_keys + n_more);
	struct receipt_proof p = {0};
	struct key_object first = {0};
	struct key_chain chain = {0};
	enum err err = key_parse(a, v->keys[0], &first, why);

	for (size_t i = 0; i < v->n_keys; i++)
		keys[i] = v->keys[i];
	for (size_t i = 0; more && i < n_more; i++)
		keys[v->n_keys + i] = more[i];
	if (!err)
		err = find_root(v, roots, n_roots, &first, &p, why);
	if (!err)
		err = key_chain_build(a, v->team, &p.root, keys, v->n_keys + n_more, &chain, why);
	if (!err)
		err = find_node_key(v, &chain, &p, why);
	if (!err && (!uuid_eq(p.checkpoint.epoch, v->epoch) ||
		     !merkle_check_inclusion((uint64_t)v->seq, (uint64_t)p.checkpoint.size, v->leaf,
					     v->path, v->n_path, p.checkpoint.root)))
		err = wire_refuse(why, ERR_INVALID, "signature",
				  "the journal at this checkpoint does not hold the entry of",
				  "このチェックポイントのジャーナルに記録がありません:", v->about);
	if (!err)
		err = check_times(v, stored_us, &p, why);
	if (!err)
		*ret = p;
	return err;
}
