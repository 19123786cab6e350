// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdlib.h>

#include "base/codec.h"
#include "exchange/manifest_internal.h"

static const char *const role_names[] = {
    [ROLE_ORIGINATOR] = "originator", [ROLE_FORWARDER] = "forwarder"};

/* ---- making ---- */

/* Every object that is signed names itself: type, id and, where it has one, modified. */
static enum err identify(struct manifest *m, const struct json *object, struct why *why)
{
	str id = json_get_str(object, "id"), type;
	const struct json *modified = json_get_c(object, "modified");
	struct uuid u;

	if (id_parse(id, &type, &u) || !str_eq(type, json_get_str(object, "type")))
		return wire_refuse(why, ERR_INVALID, "malformed", "id and type do not fit",
				   "id と type が合いません:", id);
	if (modified && (!json_is(modified, JSON_STRING) || modified->n == 0 || modified->n > 64))
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", STR("modified"));
	m->target = id;
	m->modified = json_str(modified);
	return ERR_OK;
}

static enum err require(const struct json *object, struct why *why)
{
	const char *missing = stix_missing(object);

	if (missing)
		return wire_refuse(why, ERR_INVALID, "malformed", "STIX requires the member",
				   "STIX の必須項目がありません:", str_c(missing));
	return ERR_OK;
}

static enum err digest_leaves(struct arena *a, const struct leaf *l, size_t n, struct manifest *m,
			      struct why *why)
{
	struct digest *d = arena_array(a, struct digest, n);
	enum err err = leaf_digests(a, l, n, d, why);

	if (err)
		return err;
	wire_digests_sort(d, n);
	m->digests = d;
	m->n_digests = n;
	return ERR_OK;
}

static size_t padded(size_t n)
{
	size_t size = 1;

	while (size < n)
		size *= 2;
	return size;
}

/* Copies entries with fresh salts; beside them random digests up to a power of two. */
static enum err digest_audience(struct arena *a, const struct audience_entry *entries, size_t n,
				struct manifest *m, struct opened *o, struct why *why)
{
	size_t size = padded(n);
	struct digest *d = arena_array(a, struct digest, size);
	struct audience_entry *e = arena_array(a, struct audience_entry, n);
	struct salt *s = arena_array(a, struct salt, n);
	enum err err = audience_limits(entries, n, why);

	if (err)
		return err;
	random_salt(s, n * sizeof(*s));
	for (size_t i = 0; i < n; i++) {
		e[i] = entries[i];
		e[i].salt = s[i];
		d[i] = audience_digest(&e[i]);
	}
	if (size > n)
		random_salt(d + n, (size - n) * sizeof(*d));
	wire_digests_sort(d, size);
	m->audience = d;
	m->n_audience = size;
	o->audience = e;
	o->n_audience = n;
	return ERR_OK;
}

static void draw_salts(struct arena *a, struct leaf *l, size_t n)
{
	struct salt *s = arena_array(a, struct salt, n);

	random_salt(s, n * sizeof(*s));
	for (size_t i = 0; i < n; i++)
		l[i].salt = s[i];
}

enum err manifest_make(struct arena *a, struct manifest *m, const struct json *object,
		       const struct audience_entry *entries, size_t n, struct opened *ret_open,
		       struct why *why)
{
	struct manifest made = *m;
	struct opened o = {0};
	struct leaf *l = NULL;
	enum err err = leaves_of(a, object, &l, &o.n_leaves, why);

	assert(m->rev >= 1 && m->has_prev == (m->rev > 1));
	made.role = ROLE_ORIGINATOR;
	if (!err)
		err = identify(&made, object, why);
	if (!err)
		err = require(object, why);
	if (err)
		return err;
	draw_salts(a, l, o.n_leaves);
	leaves_sort(l, o.n_leaves);
	o.leaves = l;
	err = digest_leaves(a, l, o.n_leaves, &made, why);
	if (!err)
		err = digest_audience(a, entries, n, &made, &o, why);
	if (err)
		return err;
	*m = made;
	*ret_open = o;
	return ERR_OK;
}

enum err manifest_narrow(struct arena *a, struct manifest *m, const struct manifest *from,
			 const struct opened *open, const struct json *object,
			 const struct audience_entry *entries, size_t n, struct opened *ret_open,
			 struct why *why)
{
	struct manifest made = *from;
	struct opened o = {0}, kept;
	struct leaf *all = NULL;
	size_t n_all = 0;
	enum err err = manifest_check(a, from, open, object, why);

	assert(from->role == ROLE_ORIGINATOR);
	if (err)
		return err;
	made.role = ROLE_FORWARDER;
	made.label = m->label;
	made.has_prev = true;
	made.prev = manifest_hash(from);
	kept = open_for(a, open, object, NULL, NULL);
	err = leaves_of(a, object, &all, &n_all, why);
	for (size_t i = 0; i < kept.n_leaves && !err; i++) {
		struct leaf *l = (struct leaf *)&kept.leaves[i]; /* open_for's own copy */

		l->value = leaf_is_absent(l) ? all[n_all - 1].value : json_get(object, l->path[0]);
		if (l->n_path == 2)
			l->value = json_get(l->value, l->path[1]);
	}
	o.leaves = kept.leaves;
	o.n_leaves = kept.n_leaves;
	if (!err)
		err = digest_leaves(a, o.leaves, o.n_leaves, &made, why);
	if (!err)
		err = digest_audience(a, entries, n, &made, &o, why);
	if (err)
		return err;
	*m = made;
	*ret_open = o;
	return ERR_OK;
}

/* ---- as JSON ---- */

static struct json time_or_null(struct arena *a, int64_t us)
{
	return wire_json_time(a, us ? us : TIME_NONE);
}

struct json manifest_json(struct arena *a, const struct manifest *m)
{
	struct json o = json_object(), label = json_object();

	wire_set(a, &label, "tlp", json_from_i64(a, m->label.tlp));
	wire_set(a, &label, "nbf", time_or_null(a, m->label.nbf_us));
	wire_set(a, &label, "exp", time_or_null(a, m->label.exp_us));
	wire_set(a, &label, "pap", json_from_i64(a, m->label.pap));
	wire_set(a, &label, "attribution", json_from_i64(a, m->label.attribution));
	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "role", json_string(str_c(role_names[m->role])));
	wire_set(a, &o, "target", json_string(m->target));
	wire_set(a, &o, "modified", m->modified.n ? json_string(m->modified) : json_null());
	wire_set(a, &o, "rev", json_from_i64(a, m->rev));
	wire_set(a, &o, "prev",
		 m->has_prev ? wire_json_hex(a, m->prev.b, SHA256_BYTES) : json_null());
	wire_set(a, &o, "label", label);
	wire_set(a, &o, "audience", wire_json_digests(a, m->audience, m->n_audience));
	wire_set(a, &o, "digests", wire_json_digests(a, m->digests, m->n_digests));
	return o;
}

static enum err parse_time(const struct json *v, const char *name, int64_t *ret, struct why *why)
{
	int64_t us;
	enum err err = wire_time(v, name, true, &us, why);

	if (err)
		return err;
	if (us != TIME_NONE && us <= 0)
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", str_c(name));
	*ret = us == TIME_NONE ? 0 : us;
	return ERR_OK;
}

static enum err parse_label(const struct json *v, struct manifest_label *ret, struct why *why)
{
	static const char *const names[] = {"tlp", "nbf", "exp", "pap", "attribution", NULL};
	struct manifest_label l = {0};
	int64_t tlp = 0, pap = 0, attribution = 0;
	enum err err = wire_object(v, "label", names, why);

	if (!err)
		err = wire_int(v, "tlp", TLP_CLEAR, TLP_RED, &tlp, why);
	if (!err)
		err = wire_int(v, "pap", 0, 4, &pap, why);
	if (!err)
		err = wire_int(v, "attribution", 0, 2, &attribution, why);
	if (!err)
		err = parse_time(v, "nbf", &l.nbf_us, why);
	if (!err)
		err = parse_time(v, "exp", &l.exp_us, why);
	if (err)
		return err;
	l.tlp = (enum tlp)tlp;
	l.pap = (int32_t)pap;
	l.attribution = (int32_t)attribution;
	*ret = l;
	return ERR_OK;
}

static enum err parse_head(const struct json *v, struct manifest *m, struct why *why)
{
	str role = json_get_str(v, "role"), type;
	const struct json *prev = json_get_c(v, "prev"), *modified = json_get_c(v, "modified");
	struct uuid u;
	enum err err = wire_text(v, "target", 300, &m->target, why);

	if (!err && id_parse(m->target, &type, &u))
		err = wire_refuse(why, ERR_INVALID, "malformed", "not an id",
				  "id ではありません:", m->target);
	if (!err && !str_eq(role, STR("originator")) && !str_eq(role, STR("forwarder")))
		err =
		    wire_refuse(why, ERR_INVALID, "malformed", "unknown role", "未知の役割", role);
	if (!err && !json_is(modified, JSON_NULL))
		err = wire_text(v, "modified", 64, &m->modified, why);
	if (!err)
		err = wire_int(v, "rev", 1, WIRE_INT_MAX, &m->rev, why);
	m->role = str_eq(role, STR("forwarder")) ? ROLE_FORWARDER : ROLE_ORIGINATOR;
	m->has_prev = !json_is(prev, JSON_NULL);
	if (!err && m->has_prev)
		err = wire_hex(v, "prev", m->prev.b, SHA256_BYTES, why);
	if (!err && m->has_prev != (m->rev > 1 || m->role == ROLE_FORWARDER))
		err = wire_refuse(why, ERR_INVALID, "malformed", "rev and prev do not fit in",
				  "rev と prev が合いません:", m->target);
	return err;
}

enum err manifest_parse(struct arena *a, const struct json *v, struct manifest *ret,
			struct why *why)
{
	static const char *const names[] = {"v",    "role",  "target",   "modified", "rev",
					    "prev", "label", "audience", "digests",  NULL};
	struct digest *audience = NULL, *digests = NULL;
	struct manifest m = {0};
	enum err err = wire_version(v, "manifest", why);

	if (!err)
		err = wire_object(v, "manifest", names, why);
	if (!err)
		err = parse_head(v, &m, why);
	if (!err)
		err = parse_label(json_get_c(v, "label"), &m.label, why);
	if (!err)
		err = wire_digests(a, v, "audience", MANIFEST_AUDIENCE_MAX, &audience,
				   &m.n_audience, why);
	if (!err)
		err =
		    wire_digests(a, v, "digests", MANIFEST_LEAVES_MAX, &digests, &m.n_digests, why);
	if (err)
		return err;
	if (padded(m.n_audience) != m.n_audience || !wire_digests_sorted(audience, m.n_audience) ||
	    !wire_digests_sorted(digests, m.n_digests))
		return wire_refuse(why, ERR_INVALID, "malformed", "digests are not in order in",
				   "要約値の並びが正しくありません:", m.target);
	m.audience = audience;
	m.digests = digests;
	*ret = m;
	return ERR_OK;
}

/* ---- the hash ---- */

static void add_digests(struct buf *b, const struct digest *d, size_t n)
{
	buf_add_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		buf_add(b, i ? STR(",\"") : STR("\""));
		hex_encode(b, d[i].b, SHA256_BYTES);
		buf_add_char(b, '"');
	}
	buf_add_char(b, ']');
}

static void add_time(struct buf *b, int64_t us)
{
	char text[TIME_TEXT];

	if (!us) {
		buf_add(b, STR("null"));
		return;
	}
	time_text(us, text);
	buf_add_char(b, '"');
	buf_add(b, (str){text, TIME_TEXT});
	buf_add_char(b, '"');
}

void manifest_write(struct buf *b, const struct manifest *m)
{
	buf_add(b, STR("{\"audience\":"));
	add_digests(b, m->audience, m->n_audience);
	buf_add(b, STR(",\"digests\":"));
	add_digests(b, m->digests, m->n_digests);
	buf_add(b, STR(",\"label\":{\"attribution\":"));
	buf_add_i64(b, m->label.attribution);
	buf_add(b, STR(",\"exp\":"));
	add_time(b, m->label.exp_us);
	buf_add(b, STR(",\"nbf\":"));
	add_time(b, m->label.nbf_us);
	buf_add(b, STR(",\"pap\":"));
	buf_add_i64(b, m->label.pap);
	buf_add(b, STR(",\"tlp\":"));
	buf_add_i64(b, m->label.tlp);
	buf_add(b, STR("},\"modified\":"));
	if (m->modified.n)
		json_write_str(b, m->modified);
	else
		buf_add(b, STR("null"));
	buf_add(b, STR(",\"prev\":"));
	if (m->has_prev) {
		buf_add_char(b, '"');
		hex_encode(b, m->prev.b, SHA256_BYTES);
		buf_add_char(b, '"');
	} else {
		buf_add(b, STR("null"));
	}
	buf_add(b, STR(",\"rev\":"));
	buf_add_i64(b, m->rev);
	buf_add(b, STR(",\"role\":\""));
	buf_add(b, str_c(role_names[m->role]));
	buf_add(b, STR("\",\"target\":"));
	json_write_str(b, m->target);
	buf_add(b, STR(",\"v\":1}"));
}

/* What is written is what JCS makes of it: members by name. tests/exchange/test_manifest.c holds it
 * against json_canonical. */
struct digest manifest_hash(const struct manifest *m)
{
	BUF(b);

	(void)buf_room(&b, 2048);
	manifest_write(&b, m);
	return sha256(buf_str(&b));
}

int64_t manifest_said_us(const struct manifest *m)
{
	int64_t us;

	return time_parse(m->modified, &us) ? TIME_NONE : us;
}

/* ---- checking ---- */

MUST_CHECK static enum err stripped(const struct manifest *m, struct why *why)
{
	return wire_refuse(
	    why, ERR_INVALID, "stripped",
	    "a field that must stay (revoked, valid_until, state, exercise) was "
	    "left out on the way of",
	    "省略できない項目（revoked、valid_until、state、exercise）が途中で除かれてい"
	    "ます:",
	    m->target);
}

/* The salts of an object's leaves. */
static enum err find_salts(struct arena *a, const struct manifest *m, const struct opened *o,
			   struct leaf *l, size_t n, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		const struct leaf *opened = opened_leaf(o, &l[i]);

		if (!opened && leaf_is_absent(&l[i]))
			return stripped(m, why);
		if (!opened)
			return wire_refuse(why, ERR_INVALID, "signature",
					   "added on the way: the field", "途中で加えられた項目",
					   leaf_name(a, &l[i]));
		l[i].salt = opened->salt;
	}
	return ERR_OK;
}

static enum err check_leaves(struct arena *a, const struct manifest *m, const struct opened *o,
			     struct leaf *l, size_t n, struct why *why)
{
	struct digest *d = arena_array(a, struct digest, n);
	enum err err = find_salts(a, m, o, l, n, why);

	if (!err)
		err = leaf_digests(a, l, n, d, why);
	for (size_t i = 0; i < n && !err; i++) {
		if (wire_digests_have(m->digests, m->n_digests, d[i]))
			continue;
		err = leaf_is_absent(&l[i])
			  ? stripped(m, why)
			  : wire_refuse(why, ERR_INVALID, "signature",
					"changed on the way: the field", "途中で変えられた項目",
					leaf_name(a, &l[i]));
	}
	return err;
}

enum err manifest_check(struct arena *a, const struct manifest *m, const struct opened *o,
			const struct json *object, struct why *why)
{
	struct manifest own = {0};
	struct leaf *l = NULL;
	size_t n = 0;
	enum err err = leaves_of(a, object, &l, &n, why);

	if (!err)
		err = identify(&own, object, why);
	if (!err && (!str_eq(own.target, m->target) || !str_eq(own.modified, m->modified)))
		err = wire_refuse(why, ERR_INVALID, "signature",
				  "the signature is of another object or version than",
				  "署名が別の対象か別の版のものです:", own.target);
	if (!err)
		err = require(object, why);
	if (!err)
		err = check_leaves(a, m, o, l, n, why);
	for (size_t i = 0; i < o->n_audience && !err; i++)
		if (!wire_digests_have(m->audience, m->n_audience,
				       audience_digest(&o->audience[i])))
			err = wire_refuse(why, ERR_INVALID, "widened",
					  "the signer did not name this audience of",
					  "署名者が指定していない宛先:", m->target);
	return err;
}

/* ---- lineages ---- */

static bool contradicts(const struct manifest *later, int64_t rev, struct digest hash)
{
	return later->rev == rev + 1 && !digest_eq(later->prev, hash);
}

enum lineage_step lineage_step(const struct manifest *held, struct digest held_hash,
			       const struct manifest *m, struct digest hash)
{
	if (!held)
		return LINEAGE_NEWER;
	if (m->rev == held->rev)
		return digest_eq(hash, held_hash) ? LINEAGE_SAME : LINEAGE_FORK;
	/* prev names the one before: another one of that rev is a fork as well */
	if (contradicts(m, held->rev, held_hash) || contradicts(held, m->rev, hash))
		return LINEAGE_FORK;
	return m->rev > held->rev ? LINEAGE_NEWER : LINEAGE_OLDER;
}
