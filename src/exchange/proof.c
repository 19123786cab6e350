// SPDX-License-Identifier: Apache-2.0
#include "exchange/proof.h"

#include "base/merkle.h"
#include "exchange/vouch_internal.h"
#include "exchange/wire_internal.h"

#define TYPE "x-hikeshi-entry-proof"
#define KIND_MAX 100

/* ---- as JSON ---- */

static struct vouched_entry entry_of(const struct entry_proof *p)
{
	return (struct vouched_entry){.epoch = p->epoch,
				      .seq = p->seq,
				      .at_us = p->at_us,
				      .actor = p->actor,
				      .team = p->acting,
				      .kind = p->kind,
				      .subject = p->subject,
				      .content = p->content};
}

struct digest proof_leaf(struct arena *a, struct entry_proof *p)
{
	struct vouched_entry e;

	if (p->opened)
		p->content = vouch_content(p->text_salt, p->text);
	e = entry_of(p);
	return vouch_leaf(a, &e, p->salt);
}

static struct uuid proof_id(struct arena *a, const struct entry_proof *p)
{
	struct json names = json_array();

	json_add(a, &names, json_string(STR(TYPE)));
	json_add(a, &names, wire_json_uuid(a, p->team));
	json_add(a, &names, wire_json_uuid(a, p->epoch));
	json_add(a, &names, json_from_i64(a, p->seq));
	return wire_id(a, &names);
}

static struct json consistency_json(struct arena *a, const struct entry_proof *p)
{
	struct json o = json_object();

	if (p->kept < 0)
		return json_null();
	wire_set(a, &o, "size", json_from_i64(a, p->kept));
	wire_set(a, &o, "path", wire_json_digests(a, p->consistency, p->n_consistency));
	return o;
}

struct json proof_json(struct arena *a, const struct entry_proof *p)
{
	const struct wire_head h = {proof_id(a, p), p->created_us, p->created_us};
	const struct vouched_entry e = entry_of(p);
	struct json o = wire_head_json(a, TYPE, &h);

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "team", wire_json_uuid(a, p->team));
	wire_set(a, &o, "entry", vouch_entry_json(a, &e));
	wire_set(a, &o, "salt", wire_json_hex(a, p->salt.b, SALT_BYTES));
	wire_set(a, &o, "content", p->opened ? json_string(p->text) : json_null());
	wire_set(a, &o, "content_salt",
		 p->opened ? wire_json_hex(a, p->text_salt.b, SALT_BYTES) : json_null());
	wire_set(a, &o, "erased", json_from_bool(p->erased));
	wire_set(a, &o, "consistency", consistency_json(a, p));
	vouch_json(a, &o, p->path, p->n_path, p->checkpoint, p->keys, p->n_keys);
	return o;
}

static enum err malformed(struct why *why, str what)
{
	return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
			   "欠けているか誤った項目", what);
}

static enum err parse_uuid(const struct json *o, const char *name, struct uuid *ret,
			   struct why *why)
{
	enum err err;

	*ret = (struct uuid){{0}};
	if (json_is(json_get_c(o, name), JSON_NULL))
		return ERR_OK;
	err = wire_uuid(o, name, ret, why);
	return !err && uuid_is_zero(*ret) ? malformed(why, str_c(name)) : err; /* written null */
}

static enum err parse_entry(const struct json *v, struct entry_proof *p, struct why *why)
{
	static const char *const names[] = {"v",    "epoch", "seq",     "at",      "actor",
					    "team", "kind",  "subject", "content", NULL};
	const struct json *e = json_get_c(v, "entry");
	enum err err = wire_version(e, "entry", why);

	if (!err)
		err = wire_object(e, "entry", names, why);
	if (!err)
		err = wire_uuid(e, "epoch", &p->epoch, why);
	if (!err)
		err = wire_int(e, "seq", 0, WIRE_INT_MAX, &p->seq, why);
	if (!err)
		err = wire_time(e, "at", false, &p->at_us, why);
	if (!err)
		err = wire_int(e, "actor", 0, WIRE_INT_MAX, &p->actor, why);
	if (!err)
		err = parse_uuid(e, "team", &p->acting, why);
	if (!err)
		err = wire_text(e, "kind", KIND_MAX, &p->kind, why);
	if (!err)
		err = parse_uuid(e, "subject", &p->subject, why);
	if (!err)
		err = wire_hex(e, "content", p->content.b, SHA256_BYTES, why);
	if (!err)
		err = wire_hex(v, "salt", p->salt.b, SALT_BYTES, why);
	return err;
}

static enum err parse_content(const struct json *v, struct entry_proof *p, struct why *why)
{
	const struct json *text = json_get_c(v, "content"), *salt = json_get_c(v, "content_salt"),
			  *erased = json_get_c(v, "erased");

	if (!json_is(erased, JSON_TRUE) && !json_is(erased, JSON_FALSE))
		return malformed(why, STR("erased"));
	p->erased = json_is(erased, JSON_TRUE);
	p->opened = json_is(text, JSON_STRING);
	if (!p->opened)
		return json_is(text, JSON_NULL) && json_is(salt, JSON_NULL)
			   ? ERR_OK
			   : malformed(why, STR("content"));
	p->text = json_str(text);
	if (p->erased)
		return malformed(why, STR("erased"));
	return wire_hex(v, "content_salt", p->text_salt.b, SALT_BYTES, why);
}

static enum err parse_consistency(struct arena *a, const struct json *v, struct entry_proof *p,
				  struct why *why)
{
	static const char *const names[] = {"size", "path", NULL};
	const struct json *c = json_get_c(v, "consistency");
	struct digest *path = NULL;
	enum err err;

	p->kept = -1;
	if (json_is(c, JSON_NULL))
		return ERR_OK;
	err = wire_object(c, "consistency", names, why);
	if (!err)
		err = wire_int(c, "size", 0, WIRE_INT_MAX, &p->kept, why);
	if (!err)
		err = wire_digests(a, c, "path", MERKLE_PATH_MAX, &path, &p->n_consistency, why);
	p->consistency = path;
	return err;
}

enum err proof_parse(struct arena *a, const struct json *v, struct entry_proof *ret,
		     struct why *why)
{
	static const char *const names[] = {
	    "type", "spec_version", "id",           "created",     "modified", "v",
	    "team", "entry",        "salt",         "content",     "erased",   "checkpoint",
	    "path", "keys",         "content_salt", "consistency", NULL};
	struct entry_proof p = {0};
	struct wire_head h = {0};
	enum err err = wire_version(v, TYPE, why);

	if (!err)
		err = wire_object(v, TYPE, names, why);
	if (!err)
		err = wire_head_read(v, TYPE, &h, why);
	if (!err)
		err = wire_uuid(v, "team", &p.team, why);
	if (!err)
		err = parse_entry(v, &p, why);
	if (!err)
		err = parse_content(v, &p, why);
	if (!err)
		err = parse_consistency(a, v, &p, why);
	if (!err)
		err = vouch_parse(a, v, &p.path, &p.n_path, &p.checkpoint, &p.keys, &p.n_keys, why);
	if (!err && (h.created_us != h.modified_us || !uuid_eq(h.id, proof_id(a, &p))))
		err =
		    wire_refuse(why, ERR_INVALID, "malformed", "another id or time than follows in",
				"id か時刻が正しくありません:", STR(TYPE));
	if (err)
		return err;
	p.created_us = h.created_us;
	*ret = p;
	return ERR_OK;
}

/* ---- verifying ---- */

static str named(struct arena *a, const struct entry_proof *p)
{
	return arena_printf(a, "%lld", (long long)p->seq);
}

enum err proof_verify(struct arena *a, const struct entry_proof *p,
		      const struct receipt_root *roots, size_t n_roots, struct receipt_proof *ret,
		      struct why *why)
{
	const struct vouched_entry e = entry_of(p);
	const struct vouched v = {.team = p->team,
				  .epoch = p->epoch,
				  .seq = p->seq,
				  .at_us = p->at_us,
				  .leaf = vouch_leaf(a, &e, p->salt),
				  .path = p->path,
				  .n_path = p->n_path,
				  .checkpoint = p->checkpoint,
				  .keys = p->keys,
				  .n_keys = p->n_keys,
				  .about = named(a, p)};

	if (p->opened && !digest_eq(vouch_content(p->text_salt, p->text), p->content))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "another text than was entered in",
				   "記録された内容と違います:", named(a, p));
	return vouch_verify(a, &v, roots, n_roots, NULL, 0, TIME_NONE, ret, why);
}

enum err proof_kept(const struct entry_proof *p, const struct receipt_proof *v, str kept,
		    struct why *why)
{
	const struct journal_checkpoint *now = &v->checkpoint;
	struct journal_checkpoint c = {0};
	enum err err = checkpoint_parse(kept, &c, why);

	if (!err && (!uuid_eq(c.node, now->node) || !uuid_eq(c.epoch, now->epoch)))
		err = wire_refuse(why, ERR_INVALID, "other_journal",
				  "the checkpoint kept is of another node or epoch",
				  "保存したチェックポイントは、別のノードかエポックのものです",
				  STR("checkpoint"));
	if (!err)
		err = checkpoint_check(kept, &v->key.node_key, &c, why);
	if (!err && c.size > now->size)
		err = wire_refuse(why, ERR_INVALID, "older",
				  "the proof is older than the checkpoint kept: get it anew",
				  "証明が、保存したチェックポイントより古いものです",
				  STR("checkpoint"));
	if (!err && c.size != now->size && p->kept != c.size)
		err = wire_refuse(
		    why, ERR_INVALID, "no_consistency",
		    "the proof has no path from the checkpoint kept: ask for it with --kept",
		    "保存したチェックポイントからの経路がありません", STR("consistency"));
	if (!err &&
	    !merkle_check_consistency((uint64_t)c.size, (uint64_t)now->size, c.root, now->root,
				      c.size == now->size ? NULL : p->consistency,
				      c.size == now->size ? 0 : p->n_consistency))
		err = wire_refuse(
		    why, ERR_INVALID, "rewritten",
		    "the journal is not the one of the checkpoint kept: it was rewritten",
		    "保存したチェックポイントのジャーナルと続いていません。書き換えられています",
		    STR("checkpoint"));
	return err;
}

enum err proof_verify_text(struct arena *a, str text, str kept, const struct receipt_root *roots,
			   size_t n_roots, struct entry_proof *ret_proof, struct receipt_proof *ret,
			   struct why *why)
{
	const struct json_limits limits = {.bytes = PROOF_TEXT_MAX};
	struct entry_proof p = {0};
	struct receipt_proof v = {0};
	struct json j;
	enum err err = json_parse(a, text, &limits, &j, why);

	if (!err)
		err = proof_parse(a, &j, &p, why);
	if (!err)
		err = proof_verify(a, &p, roots, n_roots, &v, why);
	if (!err && kept.n)
		err = proof_kept(&p, &v, kept, why);
	if (err)
		return err;
	*ret_proof = p;
	*ret = v;
	return ERR_OK;
}
