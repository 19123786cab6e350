// SPDX-License-Identifier: Apache-2.0
#include "exchange/signature.h"

#include <assert.h>

#include "base/codec.h"
#include "exchange/manifest_internal.h"

#define TAG STR("hikeshi/object/v1\n")
#define TYPE "x-hikeshi-signature"
#define SIGNATURES_MAX 16

/* ---- batches ---- */

void signature_batch(struct arena *a, const struct ed25519_secret *key, const struct digest *hashes,
		     size_t n, struct signature *ret)
{
	struct digest *leaves = arena_array(a, struct digest, n), root;
	struct merkle_path *paths = arena_array(a, struct merkle_path, n);
	struct ed25519_sig sig;

	assert(n > 0 && n <= SIGNATURE_BATCH_MAX);
	for (size_t i = 0; i < n; i++)
		leaves[i] = merkle_leaf(digest_str(&hashes[i]));
	root = merkle_paths(a, leaves, n, paths);
	sig = ed25519_sign(key, TAG, digest_str(&root));
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct signature){.key = key->public,
					    .sig = sig,
					    .index = (uint32_t)i,
					    .size = (uint32_t)n,
					    .path = paths[i].p,
					    .n_path = paths[i].n};
}

static bool root_signed(struct signature_memo *memo, const struct signature *s, struct digest root)
{
	size_t slot = root.b[0] % SIGNATURE_MEMO;

	if (memo && memo->known[slot].good && digest_eq(memo->known[slot].root, root) &&
	    memcmp(memo->known[slot].key.b, s->key.b, sizeof(s->key.b)) == 0 &&
	    memcmp(memo->known[slot].sig.b, s->sig.b, sizeof(s->sig.b)) == 0)
		return true;
	if (!ed25519_check(&s->key, TAG, digest_str(&root), &s->sig))
		return false;
	if (memo) {
		memo->known[slot].key = s->key;
		memo->known[slot].sig = s->sig;
		memo->known[slot].root = root;
		memo->known[slot].good = true;
	}
	return true;
}

enum err signature_check(struct signature_memo *memo, const struct signature *s,
			 struct digest manifest_hash, struct why *why)
{
	struct digest root;

	if (s->size == 0 || s->size > SIGNATURE_BATCH_MAX ||
	    !merkle_root_memo(memo ? &memo->nodes : NULL, s->index, s->size,
			      merkle_leaf(digest_str(&manifest_hash)), s->path, s->n_path, &root))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "does not fit the batch:", "一括署名に合いません:", STR("path"));
	if (!root_signed(memo, s, root))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the signature is not of this manifest and key:",
				   "署名がこの内容と鍵に合いません:", STR("sig"));
	return ERR_OK;
}

/* ---- the object ---- */

static void add_uuid(struct buf *b, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	buf_add_char(b, '"');
	buf_add(b, (str){text, UUID_TEXT});
	buf_add_char(b, '"');
}

struct uuid signature_id(str target, struct uuid originator, struct uuid team)
{
	BUF(b);

	(void)buf_room(&b, 256);
	buf_add(&b, STR("[\"" TYPE "\","));
	json_write_str(&b, target); /* an id: nothing in it that JCS writes in another way */
	buf_add_char(&b, ',');
	add_uuid(&b, originator);
	buf_add_char(&b, ',');
	add_uuid(&b, team);
	buf_add_char(&b, ']');
	return wire_id_of(buf_str(&b));
}

struct json signature_json(struct arena *a, const struct signed_manifest *s)
{
	const struct wire_head h = {signature_id(s->manifest.target, s->originator, s->team),
				    s->created_us, s->modified_us};
	struct json o = wire_head_json(a, TYPE, &h);

	wire_set(a, &o, "team", wire_json_uuid(a, s->team));
	wire_set(a, &o, "originator", wire_json_uuid(a, s->originator));
	wire_set(a, &o, "manifest", manifest_json(a, &s->manifest));
	wire_set(a, &o, "key", wire_json_hex(a, s->signature.key.b, ED25519_PUBLIC_BYTES));
	wire_set(a, &o, "sig", wire_json_hex(a, s->signature.sig.b, ED25519_SIG_BYTES));
	wire_set(a, &o, "index", json_from_i64(a, s->signature.index));
	wire_set(a, &o, "size", json_from_i64(a, s->signature.size));
	wire_set(a, &o, "path", wire_json_digests(a, s->signature.path, s->signature.n_path));
	wire_set(a, &o, "open", open_json(a, &s->open));
	return o;
}

static void add_hex(struct buf *b, str before, const void *p, size_t n)
{
	buf_add(b, before);
	buf_add_char(b, '"');
	hex_encode(b, p, n);
	buf_add_char(b, '"');
}

static void add_time(struct buf *b, int64_t us)
{
	char text[TIME_TEXT];

	time_text(us, text);
	buf_add_char(b, '"');
	buf_add(b, (str){text, TIME_TEXT});
	buf_add_char(b, '"');
}

void signature_write(struct buf *out, const struct signed_manifest *s)
{
	const struct signature *sig = &s->signature;
	char id[UUID_TEXT];

	uuid_text(signature_id(s->manifest.target, s->originator, s->team), id);
	(void)buf_room(out, 4096);
	buf_add(out, STR("{\"type\":\"" TYPE "\",\"spec_version\":\"2.1\",\"id\":\"" TYPE "--"));
	buf_add(out, (str){id, UUID_TEXT});
	buf_add(out, STR("\",\"created\":"));
	add_time(out, s->created_us);
	buf_add(out, STR(",\"modified\":"));
	add_time(out, s->modified_us);
	buf_add(out, STR(",\"team\":"));
	add_uuid(out, s->team);
	buf_add(out, STR(",\"originator\":"));
	add_uuid(out, s->originator);
	buf_add(out, STR(",\"manifest\":"));
	manifest_write(out, &s->manifest);
	add_hex(out, STR(",\"key\":"), sig->key.b, ED25519_PUBLIC_BYTES);
	add_hex(out, STR(",\"sig\":"), sig->sig.b, ED25519_SIG_BYTES);
	buf_add(out, STR(",\"index\":"));
	buf_add_u64(out, sig->index);
	buf_add(out, STR(",\"size\":"));
	buf_add_u64(out, sig->size);
	buf_add(out, STR(",\"path\":["));
	for (size_t i = 0; i < sig->n_path; i++)
		add_hex(out, i ? STR(",") : STR(""), sig->path[i].b, SHA256_BYTES);
	buf_add(out, STR("],\"open\":"));
	open_write(out, &s->open);
	buf_add_char(out, '}');
}

static enum err parse_signature(struct arena *a, const struct json *v, struct signature *s,
				struct why *why)
{
	int64_t index = 0, size = 0;
	struct digest *path = NULL;
	enum err err = wire_hex(v, "key", s->key.b, ED25519_PUBLIC_BYTES, why);

	if (!err)
		err = wire_hex(v, "sig", s->sig.b, ED25519_SIG_BYTES, why);
	if (!err)
		err = wire_int(v, "size", 1, SIGNATURE_BATCH_MAX, &size, why);
	if (!err)
		err = wire_int(v, "index", 0, size - 1, &index, why);
	if (!err)
		err = wire_digests(a, v, "path", 10, &path, &s->n_path, why); /* log2 of 1,024 */
	s->index = (uint32_t)index;
	s->size = (uint32_t)size;
	s->path = path;
	return err;
}

static enum err check_names(const struct signed_manifest *s, struct uuid id, struct why *why)
{
	bool own = uuid_eq(s->team, s->originator);

	if (own != (s->manifest.role == ROLE_ORIGINATOR))
		return wire_refuse(why, ERR_INVALID, "malformed",
				   "role and originator do not fit in the signature of",
				   "役割と発信元が合いません:", s->manifest.target);
	if (!uuid_eq(id, signature_id(s->manifest.target, s->originator, s->team)))
		return wire_refuse(why, ERR_INVALID, "malformed",
				   "another id than follows for the signature of",
				   "署名の id が正しくありません:", s->manifest.target);
	return ERR_OK;
}

enum err signature_parse(struct arena *a, const struct json *v, struct signed_manifest *ret,
			 struct why *why)
{
	struct signed_manifest s = {0};
	struct wire_head h = {0};
	enum err err = wire_head_read(v, TYPE, &h, why);

	if (!err)
		err = wire_uuid(v, "team", &s.team, why);
	if (!err)
		err = wire_uuid(v, "originator", &s.originator, why);
	if (!err)
		err = manifest_parse(a, json_get_c(v, "manifest"), &s.manifest, why);
	if (!err)
		err = parse_signature(a, v, &s.signature, why);
	if (!err)
		err = open_parse(a, json_get_c(v, "open"), &s.open, why);
	if (!err)
		err = check_names(&s, h.id, why);
	if (err)
		return err;
	s.created_us = h.created_us;
	s.modified_us = h.modified_us;
	s.hash = manifest_hash(&s.manifest);
	*ret = s;
	return ERR_OK;
}

/* ---- verifying ---- */

enum err signature_verify(struct arena *a, struct signature_memo *memo,
			  const struct signed_manifest *s, const struct json *object,
			  struct why *why)
{
	enum err err = signature_check(memo, &s->signature, s->hash, why);

	return err ? err : manifest_check(a, &s->manifest, &s->open, object, why);
}

static enum err check_forwarder(const struct signed_manifest *first, struct digest hash,
				const struct signed_manifest *s, struct why *why)
{
	const struct manifest *m = &s->manifest;

	if (m->role != ROLE_FORWARDER || m->rev != first->manifest.rev ||
	    !digest_eq(m->prev, hash) || !uuid_eq(s->originator, first->originator))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the forwarder's signature is of another manifest of",
				   "転送者の署名が別の内容のものです:", m->target);
	return ERR_OK;
}

enum err signatures_verify(struct arena *a, struct signature_memo *memo,
			   const struct signed_manifest *s, size_t n, const struct json *object,
			   circle_member_fn *member, void *ctx, struct signed_label *ret,
			   struct why *why)
{
	struct signed_label parts[SIGNATURES_MAX];
	struct digest hash;
	enum err err = ERR_OK;

	if (n == 0 || n > SIGNATURES_MAX || s[0].manifest.role != ROLE_ORIGINATOR)
		return wire_refuse(why, ERR_INVALID, "signature", "no originator's signature on",
				   "発信元の署名がありません:", json_get_str(object, "id"));
	hash = s[0].hash;
	for (size_t i = 0; i < n && !err; i++) {
		parts[i] = (struct signed_label){s[i].manifest.label, s[i].open.audience,
						 s[i].open.n_audience};
		if (i)
			err = check_forwarder(&s[0], hash, &s[i], why);
		if (!err)
			err = signature_verify(a, memo, &s[i], object, why);
	}
	return err ? err : labels_join(a, parts, n, member, ctx, ret, why);
}
