// SPDX-License-Identifier: Apache-2.0
#include "exchange/key.h"

#include <assert.h>
#include <stdlib.h>

#include "exchange/key_internal.h"

#define TAG STR("hikeshi/key/v1\n")
#define TYPE "x-hikeshi-key"

/* ---- objects ---- */

static struct uuid key_id(struct arena *a, const struct key_object *k)
{
	struct json names = json_array();

	json_add(a, &names, json_string(STR(TYPE)));
	json_add(a, &names, wire_json_uuid(a, k->team));
	json_add(a, &names, json_from_i64(a, k->n));
	json_add(a, &names, wire_json_hex(a, k->root.b, sizeof(k->root.b)));
	return wire_id(a, &names);
}

/* Without sig and proof. */
static struct json key_body(struct arena *a, const struct key_object *k)
{
	const struct wire_head h = {key_id(a, k), k->created_us, k->created_us};
	struct json o = wire_head_json(a, TYPE, &h);

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "team", wire_json_uuid(a, k->team));
	wire_set(a, &o, "n", json_from_i64(a, k->n));
	wire_set(a, &o, "prev",
		 k->has_prev ? wire_json_hex(a, k->prev.b, SHA256_BYTES) : json_null());
	wire_set(a, &o, "root", wire_json_hex(a, k->root.b, sizeof(k->root.b)));
	wire_set(a, &o, "node", wire_json_uuid(a, k->node));
	wire_set(a, &o, "ed25519", wire_json_hex(a, k->online.b, sizeof(k->online.b)));
	wire_set(a, &o, "node_key", wire_json_hex(a, k->node_key.b, sizeof(k->node_key.b)));
	wire_set(a, &o, "tls_spki", wire_json_hex(a, k->tls_spki.b, SHA256_BYTES));
	wire_set(a, &o, "age", json_string(age_recipient_text(a, &k->age)));
	wire_set(a, &o, "ends", wire_json_time(a, k->ends_us));
	wire_set(a, &o, "revoked_at", wire_json_time(a, k->revoked_us));
	return o;
}

static bool key_ends(const struct key_object *k)
{
	return k->ends_us != TIME_NONE || k->revoked_us != TIME_NONE;
}

struct digest key_hash(struct arena *a, const struct key_object *k)
{
	struct json body = key_body(a, k);
	BUF(b);

	if (json_canonical(a, &b, &body)) /* texts and numbers of our own making */
		abort();
	return sha256_parts((const str[]){TAG, buf_str(&b)}, 2);
}

void key_sign(struct arena *a, struct key_object *k, const struct ed25519_secret *root,
	      const struct ed25519_secret *online)
{
	struct digest h;

	assert(ed25519_eq(&k->root, &root->public));
	assert(online ? ed25519_eq(&k->online, &online->public) : key_ends(k));
	h = key_hash(a, k);
	k->sig = ed25519_sign(root, TAG, digest_str(&h));
	if (online)
		k->proof = ed25519_sign(online, TAG, digest_str(&h));
	else
		memset(&k->proof, 0, sizeof(k->proof));
}

struct json key_json(struct arena *a, const struct key_object *k)
{
	static const struct ed25519_sig none;
	struct json o = key_body(a, k);

	wire_set(a, &o, "sig", wire_json_hex(a, k->sig.b, sizeof(k->sig.b)));
	wire_set(a, &o, "proof",
		 memcmp(&k->proof, &none, sizeof(none))
		     ? wire_json_hex(a, k->proof.b, sizeof(k->proof.b))
		     : json_null());
	return o;
}

static enum err parse_members(const struct json *v, struct key_object *k, struct why *why)
{
	str age = STR_NULL;
	enum err err = wire_uuid(v, "team", &k->team, why);

	if (!err)
		err = wire_int(v, "n", 1, WIRE_INT_MAX, &k->n, why);
	k->has_prev = !json_is(json_get_c(v, "prev"), JSON_NULL);
	if (!err && k->has_prev)
		err = wire_hex(v, "prev", k->prev.b, SHA256_BYTES, why);
	if (!err && k->has_prev != (k->n > 1))
		err = wire_refuse(why, ERR_INVALID, "malformed", "n and prev do not fit in",
				  "n と prev が合いません:", STR(TYPE));
	if (!err)
		err = wire_hex(v, "root", k->root.b, sizeof(k->root.b), why);
	if (!err)
		err = wire_uuid(v, "node", &k->node, why);
	if (!err)
		err = wire_hex(v, "ed25519", k->online.b, sizeof(k->online.b), why);
	if (!err)
		err = wire_hex(v, "node_key", k->node_key.b, sizeof(k->node_key.b), why);
	if (!err)
		err = wire_hex(v, "tls_spki", k->tls_spki.b, SHA256_BYTES, why);
	if (!err)
		err = wire_text(v, "age", 100, &age, why);
	if (!err)
		err = age_recipient_parse(age, &k->age, why);
	if (!err)
		err = wire_time(v, "ends", true, &k->ends_us, why);
	if (!err)
		err = wire_time(v, "revoked_at", true, &k->revoked_us, why);
	if (!err)
		err = wire_hex(v, "sig", k->sig.b, sizeof(k->sig.b), why);
	if (!err && !json_is(json_get_c(v, "proof"), JSON_NULL))
		err = wire_hex(v, "proof", k->proof.b, sizeof(k->proof.b), why);
	return err;
}

static enum err check_signatures(struct arena *a, const struct key_object *k, bool has_proof,
				 struct why *why)
{
	struct digest h = key_hash(a, k);

	if (!ed25519_check(&k->root, TAG, digest_str(&h), &k->sig))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the root key did not sign this key object:",
				   "ルート鍵の署名が正しくありません:", STR("sig"));
	/* who cannot show that he has the key may not name it as his; only ends need no proof */
	if (has_proof ? !ed25519_check(&k->online, TAG, digest_str(&h), &k->proof) : !key_ends(k))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the online key did not sign this key object:",
				   "オンライン鍵の署名が正しくありません:", STR("proof"));
	return ERR_OK;
}

enum err key_parse(struct arena *a, const struct json *v, struct key_object *ret, struct why *why)
{
	static const char *const names[] = {
	    "type", "spec_version", "id",         "created", "modified", "v",        "team",
	    "n",    "prev",         "root",       "node",    "ed25519",  "node_key", "tls_spki",
	    "age",  "ends",         "revoked_at", "sig",     "proof",    NULL};
	struct key_object k = {0};
	struct wire_head h = {0};
	enum err err = wire_version(v, TYPE, why);

	if (!err)
		err = wire_object(v, TYPE, names, why);
	if (!err)
		err = wire_head_read(v, TYPE, &h, why);
	if (!err)
		err = parse_members(v, &k, why);
	if (err)
		return err;
	k.created_us = h.created_us;
	if (h.created_us != h.modified_us || !uuid_eq(h.id, key_id(a, &k)))
		return wire_refuse(why, ERR_INVALID, "malformed",
				   "another id or time than follows in",
				   "id か時刻が正しくありません:", STR(TYPE));
	err = check_signatures(a, &k, !json_is(json_get_c(v, "proof"), JSON_NULL), why);
	if (!err)
		*ret = k;
	return err;
}

/* ---- chains ---- */

static int by_n(const void *pa, const void *pb)
{
	const struct key_object *a = pa, *b = pb;

	return (a->n > b->n) - (a->n < b->n);
}

static enum err check_chain(struct arena *a, struct key_object *k, size_t *n, bool *complete,
			    struct why *why)
{
	struct digest before = {{0}};
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		struct digest h = key_hash(a, &k[i]);
		bool again = kept && k[kept - 1].n == k[i].n;

		if (again && digest_eq(h, before))
			continue;
		if (again || (kept && k[kept - 1].n + 1 == k[i].n && !digest_eq(k[i].prev, before)))
			return wire_refuse(why, ERR_CONFLICT, "forked",
					   "two key histories of one team:",
					   "一つのチームの鍵の履歴が二つあります:", STR(TYPE));
		if (k[i].n != (int64_t)kept + 1)
			*complete = false;
		k[kept++] = k[i];
		before = h;
	}
	*n = kept;
	return ERR_OK;
}

enum err key_chain_build(struct arena *a, struct uuid team, const struct ed25519_public *root,
			 const struct json *const *objects, size_t n, struct key_chain *ret,
			 struct why *why)
{
	struct key_object *k;
	struct key_chain c = {.team = team, .root = *root, .n = n, .complete = true};
	enum err err;

	if (n > KEY_CHAIN_MAX)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many elements of",
				   "要素が多すぎます:", STR(TYPE));
	k = arena_array(a, struct key_object, n);
	for (size_t i = 0; i < n; i++) {
		err = key_parse(a, objects[i], &k[i], why);
		if (err)
			return err;
		if (!uuid_eq(k[i].team, team) || !ed25519_eq(&k[i].root, root))
			return wire_refuse(why, ERR_DENIED, "unknown_key",
					   "not of the pinned root key:",
					   "確認済みのルート鍵のものではありません:", STR(TYPE));
	}
	if (n)
		qsort(k, n, sizeof(*k), by_n);
	err = check_chain(a, k, &c.n, &c.complete, why);
	if (err)
		return err;
	c.keys = k;
	*ret = c;
	return ERR_OK;
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == TIME_NONE || b == TIME_NONE)
		return a == TIME_NONE ? b : a;
	return a < b ? a : b;
}

/* The last of those for which same says yes, ended and revoked as early as any of them says. */
static bool find_last(const struct key_chain *c, const struct ed25519_public *key, bool of_node,
		      struct key_object *ret)
{
	struct key_object found;
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		const struct key_object *k = &c->keys[i];
		int64_t ends, revoked;

		if (!ed25519_eq(of_node ? &k->node_key : &k->online, key))
			continue;
		ends = any ? earlier(found.ends_us, k->ends_us) : k->ends_us;
		revoked = any ? earlier(found.revoked_us, k->revoked_us) : k->revoked_us;
		found = *k;
		found.ends_us = ends;
		found.revoked_us = revoked;
		any = true;
	}
	if (any)
		*ret = found;
	return any;
}

bool key_chain_find(const struct key_chain *c, const struct ed25519_public *online,
		    struct key_object *ret)
{
	return find_last(c, online, false, ret);
}

/* A node key outlives the online keys that were used beside it: it has ended when the last has. */
bool key_chain_node(const struct key_chain *c, const struct ed25519_public *node_key,
		    struct key_object *ret)
{
	struct key_object found, state;
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		if (!ed25519_eq(&c->keys[i].node_key, node_key) ||
		    !key_chain_find(c, &c->keys[i].online, &state))
			continue;
		if (!any || !key_ends(&state))
			found = state;
		any = true;
	}
	if (any)
		*ret = found;
	return any;
}

bool key_chain_current(const struct key_chain *c, int64_t now_us, struct key_object *ret)
{
	for (size_t i = c->n; i-- > 0;) {
		struct key_object state;

		if (!key_chain_find(c, &c->keys[i].online, &state) ||
		    state.revoked_us != TIME_NONE ||
		    (state.ends_us != TIME_NONE && state.ends_us <= now_us))
			continue;
		*ret = state;
		return true;
	}
	return false;
}

enum key_verdict key_judge(const struct key_chain *c, const struct ed25519_public *online,
			   int64_t said_us, int64_t stored_us)
{
	struct key_object k;

	if (!key_chain_find(c, online, &k))
		return KEY_UNKNOWN;
	if (k.revoked_us != TIME_NONE && (stored_us == TIME_NONE || stored_us >= k.revoked_us))
		return KEY_REVOKED;
	if (k.ends_us == TIME_NONE)
		return KEY_GOOD;
	return said_us != TIME_NONE && said_us > k.ends_us ? KEY_LATE : KEY_ENDED;
}

enum err key_verdict_err(enum key_verdict v, struct why *why)
{
	switch (v) {
	case KEY_GOOD:
	case KEY_ENDED:
		return ERR_OK;
	case KEY_UNKNOWN:
		return why_field(why, ERR_DENIED, "unknown_key", NULL,
				 "signed by a key that is not the team's",
				 "チームの鍵ではない鍵で署名されています");
	case KEY_LATE:
		return why_field(why, ERR_DENIED, "revoked_key", NULL,
				 "signed with a key after it had ended",
				 "使用を終えた鍵で、その後に署名されています");
	case KEY_REVOKED:
		return why_field(why, ERR_DENIED, "revoked_key", NULL,
				 "signed by a revoked key, and not known from before",
				 "失効した鍵による署名で、失効前に受け取った記録がありません");
	}
	abort();
}
