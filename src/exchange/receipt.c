// SPDX-License-Identifier: Apache-2.0
#include "exchange/receipt.h"

#include <stdlib.h>

#include "base/merkle.h"
#include "exchange/wire_internal.h"

#define TYPE "x-hikeshi-receipt"
#define RECEIPT_TEXT_MAX (1024 * 1024)

static const str kinds[] = {
    [RECEIPT_RECEIVED] = STR_INIT("received"),
    [RECEIPT_ANSWERED] = STR_INIT("answered"),
    [RECEIPT_WITHDRAWAL_APPLIED] = STR_INIT("withdrawal-applied"),
};

str receipt_kind_name(enum receipt_kind k)
{
	return kinds[k];
}

/* ---- the entry ---- */

static str canonical(struct arena *a, const struct json *v)
{
	BUF(b);

	if (json_canonical(a, &b, v)) /* texts and numbers of our own making */
		abort();
	return arena_str(a, buf_str(&b));
}

str receipt_content(struct arena *a, const struct receipt *r)
{
	struct json o = json_object();

	wire_set(a, &o, "assessment",
		 r->has_assessment ? wire_json_hex(a, r->assessment.b, SHA256_BYTES) : json_null());
	wire_set(a, &o, "manifest", wire_json_hex(a, r->manifest.b, SHA256_BYTES));
	wire_set(a, &o, "rev", json_from_i64(a, r->rev));
	wire_set(a, &o, "target", json_string(r->target));
	return canonical(a, &o);
}

static struct uuid subject_of(const struct receipt *r)
{
	struct uuid u = {{0}};
	str type;

	if (id_parse(r->target, &type, &u))
		abort(); /* receipt_parse has read it */
	return u;
}

/* As docs/formats.md 5 has it; journal.c writes the same. */
static struct json entry_json(struct arena *a, const struct receipt *r)
{
	struct digest content =
	    wire_salted(STR("hikeshi/content/v1\n"), r->content_salt.b, receipt_content(a, r));
	struct json o = json_object();

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "epoch", wire_json_uuid(a, r->epoch));
	wire_set(a, &o, "seq", json_from_i64(a, r->seq));
	wire_set(a, &o, "at", wire_json_time(a, r->at_us));
	wire_set(a, &o, "actor", json_from_i64(a, 0));
	wire_set(a, &o, "team", wire_json_uuid(a, r->team));
	wire_set(a, &o, "kind", json_string(kinds[r->kind]));
	wire_set(a, &o, "subject", wire_json_uuid(a, subject_of(r)));
	wire_set(a, &o, "content", wire_json_hex(a, content.b, SHA256_BYTES));
	return o;
}

struct digest receipt_leaf(struct arena *a, const struct receipt *r)
{
	struct json entry = entry_json(a, r);
	struct digest d = wire_salted(STR("hikeshi/entry/v1\n"), r->salt.b, canonical(a, &entry));

	return merkle_leaf(digest_str(&d));
}

/* ---- as JSON ---- */

static struct uuid receipt_id(struct arena *a, const struct receipt *r)
{
	struct json names = json_array();

	json_add(a, &names, json_string(STR(TYPE)));
	json_add(a, &names, wire_json_uuid(a, r->team));
	json_add(a, &names, json_string(kinds[r->kind]));
	json_add(a, &names, wire_json_hex(a, r->manifest.b, SHA256_BYTES));
	return wire_id(a, &names);
}

struct json receipt_json(struct arena *a, const struct receipt *r)
{
	const struct wire_head h = {receipt_id(a, r), r->created_us, r->created_us};
	struct json o = wire_head_json(a, TYPE, &h), keys = json_array();

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "team", wire_json_uuid(a, r->team));
	wire_set(a, &o, "kind", json_string(kinds[r->kind]));
	wire_set(a, &o, "target", json_string(r->target));
	wire_set(a, &o, "manifest", wire_json_hex(a, r->manifest.b, SHA256_BYTES));
	wire_set(a, &o, "rev", json_from_i64(a, r->rev));
	wire_set(a, &o, "assessment",
		 r->has_assessment ? wire_json_hex(a, r->assessment.b, SHA256_BYTES) : json_null());
	wire_set(a, &o, "entry", entry_json(a, r));
	wire_set(a, &o, "salt", wire_json_hex(a, r->salt.b, SALT_BYTES));
	wire_set(a, &o, "content_salt", wire_json_hex(a, r->content_salt.b, SALT_BYTES));
	wire_set(a, &o, "path", wire_json_digests(a, r->path, r->n_path));
	wire_set(a, &o, "checkpoint", json_string(r->checkpoint));
	for (size_t i = 0; i < r->n_keys; i++)
		json_add(a, &keys, *r->keys[i]);
	wire_set(a, &o, "keys", keys);
	return o;
}

static enum err parse_kind(const struct json *v, struct receipt *r, struct why *why)
{
	str kind = json_get_str(v, "kind");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq(kind, kinds[i])) {
			r->kind = (enum receipt_kind)i;
			return ERR_OK;
		}
	}
	return wire_refuse(why, ERR_INVALID, "malformed", "unknown kind of receipt",
			   "未知の種類の受領証", kind);
}

static enum err parse_what(const struct json *v, struct receipt *r, struct why *why)
{
	struct uuid u;
	str type;
	enum err err = wire_uuid(v, "team", &r->team, why);

	if (!err)
		err = parse_kind(v, r, why);
	if (!err)
		err = wire_text(v, "target", 300, &r->target, why);
	if (!err && id_parse(r->target, &type, &u))
		err = wire_refuse(why, ERR_INVALID, "malformed", "not an id",
				  "id ではありません:", r->target);
	if (!err)
		err = wire_hex(v, "manifest", r->manifest.b, SHA256_BYTES, why);
	if (!err)
		err = wire_int(v, "rev", 1, WIRE_INT_MAX, &r->rev, why);
	r->has_assessment = !json_is(json_get_c(v, "assessment"), JSON_NULL);
	if (!err && r->has_assessment)
		err = wire_hex(v, "assessment", r->assessment.b, SHA256_BYTES, why);
	if (!err && r->has_assessment != (r->kind == RECEIPT_ANSWERED))
		err =
		    wire_refuse(why, ERR_INVALID, "malformed", "kind and assessment do not fit in",
				"種類と回答が合いません:", r->target);
	return err;
}

static enum err parse_entry(struct arena *a, const struct json *v, struct receipt *r,
			    struct why *why)
{
	const struct json *e = json_get_c(v, "entry");
	struct json want;
	enum err err = wire_version(e, "entry", why);

	if (!err)
		err = wire_uuid(e, "epoch", &r->epoch, why);
	if (!err)
		err = wire_int(e, "seq", 0, WIRE_INT_MAX, &r->seq, why);
	if (!err)
		err = wire_time(e, "at", false, &r->at_us, why);
	if (!err)
		err = wire_hex(v, "salt", r->salt.b, SALT_BYTES, why);
	if (!err)
		err = wire_hex(v, "content_salt", r->content_salt.b, SALT_BYTES, why);
	if (err)
		return err;
	/* everything else in it follows from what the receipt shows */
	want = entry_json(a, r);
	if (!json_eq(e, &want))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the journal's entry says something else of",
				   "ジャーナルの記録が別のことを示しています:", r->target);
	return ERR_OK;
}

static enum err parse_proof(struct arena *a, const struct json *v, struct receipt *r,
			    struct why *why)
{
	const struct json *keys = json_get_c(v, "keys"), **k;
	struct digest *path = NULL;
	enum err err = wire_digests(a, v, "path", MERKLE_PATH_MAX, &path, &r->n_path, why);

	if (!err)
		err = wire_text(v, "checkpoint", NOTE_MAX, &r->checkpoint, why);
	if (!err && (!json_is(keys, JSON_ARRAY) || json_count(keys) == 0 ||
		     json_count(keys) > RECEIPT_KEYS_MAX))
		err = wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				  "欠けているか誤った項目", STR("keys"));
	if (err)
		return err;
	r->path = path;
	r->n_keys = json_count(keys);
	k = arena_array(a, const struct json *, r->n_keys);
	for (size_t i = 0; i < r->n_keys; i++)
		k[i] = json_at(keys, i);
	r->keys = k;
	return ERR_OK;
}

enum err receipt_parse(struct arena *a, const struct json *v, struct receipt *ret, struct why *why)
{
	static const char *const names[] = {
	    "type",         "spec_version", "id",         "created", "modified",   "v",     "team",
	    "kind",         "target",       "manifest",   "rev",     "assessment", "entry", "salt",
	    "content_salt", "path",         "checkpoint", "keys",    NULL};
	struct receipt r = {0};
	struct wire_head h = {0};
	enum err err = wire_version(v, TYPE, why);

	if (!err)
		err = wire_object(v, TYPE, names, why);
	if (!err)
		err = wire_head_read(v, TYPE, &h, why);
	if (!err)
		err = parse_what(v, &r, why);
	if (!err)
		err = parse_entry(a, v, &r, why);
	if (!err)
		err = parse_proof(a, v, &r, why);
	if (!err && (h.created_us != h.modified_us || !uuid_eq(h.id, receipt_id(a, &r))))
		err =
		    wire_refuse(why, ERR_INVALID, "malformed", "another id or time than follows in",
				"id か時刻が正しくありません:", STR(TYPE));
	if (err)
		return err;
	r.created_us = h.created_us;
	*ret = r;
	return ERR_OK;
}

/* ---- verifying ---- */

/* Under which root key: the pinned one of the team, else the one that its own keys name. */
static enum err find_root(const struct receipt *r, const struct receipt_root *roots, size_t n,
			  const struct key_object *first, struct receipt_proof *p, struct why *why)
{
	bool asked = false;

	p->root = first->root;
	for (size_t i = 0; i < n && !p->pinned; i++) {
		if (!uuid_is_zero(roots[i].team) && !uuid_eq(roots[i].team, r->team))
			continue;
		asked = true;
		p->pinned = ed25519_eq(&roots[i].root, &first->root);
	}
	if (asked && !p->pinned)
		return wire_refuse(why, ERR_DENIED, "unknown_key",
				   "signed under another root key than the one given for",
				   "指定されたルート鍵のものではありません:", r->target);
	p->fingerprint = key_fingerprint(r->team, &p->root);
	return ERR_OK;
}

/* The key object of that node whose node key signed the checkpoint. */
static enum err find_node_key(const struct receipt *r, const struct key_chain *c,
			      struct receipt_proof *p, struct why *why)
{
	enum err err = checkpoint_parse(r->checkpoint, &p->checkpoint, why);

	for (size_t i = c->n; !err && i-- > 0;) {
		if (!uuid_eq(c->keys[i].node, p->checkpoint.node) ||
		    checkpoint_check(r->checkpoint, &c->keys[i].node_key, &p->checkpoint, NULL))
			continue;
		if (key_chain_node(c, &c->keys[i].node_key, &p->key))
			return ERR_OK;
	}
	if (err)
		return err;
	return wire_refuse(why, ERR_INVALID, "signature",
			   "no node key of the team signed the checkpoint of",
			   "チームのノード鍵の署名がありません:", r->target);
}

static enum err check_times(const struct receipt *r, int64_t stored_us,
			    const struct receipt_proof *p, struct why *why)
{
	const struct key_object *k = &p->key;

	if (k->revoked_us != TIME_NONE && (stored_us == TIME_NONE || stored_us >= k->revoked_us))
		return key_verdict_err(KEY_REVOKED, why);
	if (k->ends_us != TIME_NONE && r->at_us > k->ends_us)
		return key_verdict_err(KEY_LATE, why);
	return ERR_OK;
}

enum err receipt_verify(struct arena *a, const struct receipt *r, const struct receipt_root *roots,
			size_t n_roots, const struct json *const *more, size_t n_more,
			int64_t stored_us, struct receipt_proof *ret, struct why *why)
{
	const struct json **keys = arena_array(a, const struct json *, r->n_keys + n_more);
	struct receipt_proof p = {0};
	struct key_object first = {0};
	struct key_chain chain = {0};
	enum err err = key_parse(a, r->keys[0], &first, why);

	for (size_t i = 0; i < r->n_keys; i++)
		keys[i] = r->keys[i];
	for (size_t i = 0; more && i < n_more; i++)
		keys[r->n_keys + i] = more[i];
	if (!err)
		err = find_root(r, roots, n_roots, &first, &p, why);
	if (!err)
		err = key_chain_build(a, r->team, &p.root, keys, r->n_keys + n_more, &chain, why);
	if (!err)
		err = find_node_key(r, &chain, &p, why);
	if (!err &&
	    (!uuid_eq(p.checkpoint.epoch, r->epoch) ||
	     !merkle_check_inclusion((uint64_t)r->seq, (uint64_t)p.checkpoint.size,
				     receipt_leaf(a, r), r->path, r->n_path, p.checkpoint.root)))
		err = wire_refuse(why, ERR_INVALID, "signature",
				  "the journal at this checkpoint does not hold the entry of",
				  "このチェックポイントのジャーナルに記録がありません:", r->target);
	if (!err)
		err = check_times(r, stored_us, &p, why);
	if (!err)
		*ret = p;
	return err;
}

enum err receipt_verify_text(struct arena *a, str text, const struct receipt_root *roots,
			     size_t n_roots, struct receipt *ret_receipt, struct receipt_proof *ret,
			     struct why *why)
{
	const struct json_limits limits = {.bytes = RECEIPT_TEXT_MAX};
	struct receipt r = {0};
	struct json v;
	enum err err = json_parse(a, text, &limits, &v, why);

	if (!err)
		err = receipt_parse(a, &v, &r, why);
	if (!err)
		err = receipt_verify(a, &r, roots, n_roots, NULL, 0, TIME_NONE, ret, why);
	if (!err)
		*ret_receipt = r;
	return err;
}
