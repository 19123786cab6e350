// SPDX-License-Identifier: Apache-2.0
#include "exchange/receipt.h"

#include <stdlib.h>

#include "base/merkle.h"
#include "exchange/vouch_internal.h"
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

static struct vouched_entry entry_of(struct arena *a, const struct receipt *r)
{
	return (struct vouched_entry){
	    .epoch = r->epoch,
	    .seq = r->seq,
	    .at_us = r->at_us,
	    .team = r->team,
	    .kind = kinds[r->kind],
	    .subject = subject_of(r),
	    .content = vouch_content(r->content_salt, receipt_content(a, r)),
	};
}

static struct json entry_json(struct arena *a, const struct receipt *r)
{
	const struct vouched_entry e = entry_of(a, r);

	return vouch_entry_json(a, &e);
}

struct digest receipt_leaf(struct arena *a, const struct receipt *r)
{
	const struct vouched_entry e = entry_of(a, r);

	return vouch_leaf(a, &e, r->salt);
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
	struct json o = wire_head_json(a, TYPE, &h);

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
	vouch_json(a, &o, r->path, r->n_path, r->checkpoint, r->keys, r->n_keys);
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
		err = vouch_parse(a, v, &r.path, &r.n_path, &r.checkpoint, &r.keys, &r.n_keys, why);
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

enum err receipt_verify(struct arena *a, const struct receipt *r, const struct receipt_root *roots,
			size_t n_roots, const struct json *const *more, size_t n_more,
			int64_t stored_us, struct receipt_proof *ret, struct why *why)
{
	const struct vouched v = {.team = r->team,
				  .epoch = r->epoch,
				  .seq = r->seq,
				  .at_us = r->at_us,
				  .leaf = receipt_leaf(a, r),
				  .path = r->path,
				  .n_path = r->n_path,
				  .checkpoint = r->checkpoint,
				  .keys = r->keys,
				  .n_keys = r->n_keys,
				  .about = r->target};

	return vouch_verify(a, &v, roots, n_roots, more, n_more, stored_us, ret, why);
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
