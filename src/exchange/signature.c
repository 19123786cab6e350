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
	struct digest what = sha256_parts((const str[]){{(const char *)s->key.b, sizeof(s->key.b)},
							{(const char *)s->sig.b, sizeof(s->sig.b)},
							digest_str(&root)},
					  3);
	size_t slot = what.b[0] % SIGNATURE_MEMO;

	if (memo && digest_eq(memo->known[slot], what))
		return true;
	if (!ed25519_check(&s->key, TAG, digest_str(&root), &s->sig))
		return false;
	if (memo)
		memo->known[slot] = what;
	return true;
}

enum err signature_check(struct signature_memo *memo, const struct signature *s,
			 struct digest manifest_hash, struct why *why)
{
	struct digest root;

	if (s->size == 0 || s->size > SIGNATURE_BATCH_MAX ||
	    !merkle_root_from(s->index, s->size, merkle_leaf(digest_str(&manifest_hash)), s->path,
			      s->n_path, &root))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "does not fit the batch:", "一括署名に合いません:", STR("path"));
	if (!root_signed(memo, s, root))
		return wire_refuse(why, ERR_INVALID, "signature",
				   "the signature is not of this manifest and key:",
				   "署名がこの内容と鍵に合いません:", STR("sig"));
	return ERR_OK;
}

/* ---- the object ---- */

struct uuid signature_id(struct arena *a, str target, struct uuid originator, struct uuid team)
{
	struct json names = json_array();

	json_add(a, &names, json_string(STR(TYPE)));
	json_add(a, &names, json_string(target));
	json_add(a, &names, wire_json_uuid(a, originator));
	json_add(a, &names, wire_json_uuid(a, team));
	return wire_id(a, &names);
}

struct json signature_json(struct arena *a, const struct signed_manifest *s)
{
	const struct wire_head h = {signature_id(a, s->manifest.target, s->originator, s->team),
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

static void write_uuid(struct json_out *o, const char *name, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	jo_kstr(o, name, (str){text, UUID_TEXT});
}

static void write_hex(struct json_out *o, const void *p, size_t n)
{
	BUF(b);

	buf_add_char(&b, '"');
	hex_encode(&b, p, n);
	buf_add_char(&b, '"');
	jo_raw(o, buf_str(&b));
}

void signature_write(struct arena *a, struct buf *out, const struct signed_manifest *s)
{
	struct uuid id = signature_id(a, s->manifest.target, s->originator, s->team);
	char text[UUID_TEXT];
	struct json_out o;
	BUF(b);

	uuid_text(id, text);
	json_out_init(&o, out);
	jo_object(&o);
	jo_kc(&o, "type", TYPE);
	jo_kc(&o, "spec_version", "2.1");
	jo_kstr(&o, "id", arena_printf(a, TYPE "--%.*s", UUID_TEXT, text));
	jo_ktime(&o, "created", s->created_us);
	jo_ktime(&o, "modified", s->modified_us);
	write_uuid(&o, "team", s->team);
	write_uuid(&o, "originator", s->originator);
	jo_key(&o, "manifest");
	manifest_write(&b, &s->manifest);
	jo_raw(&o, buf_str(&b));
	jo_key(&o, "key");
	write_hex(&o, s->signature.key.b, ED25519_PUBLIC_BYTES);
	jo_key(&o, "sig");
	write_hex(&o, s->signature.sig.b, ED25519_SIG_BYTES);
	jo_ki64(&o, "index", s->signature.index);
	jo_ki64(&o, "size", s->signature.size);
	jo_key(&o, "path");
	jo_array(&o);
	for (size_t i = 0; i < s->signature.n_path; i++)
		write_hex(&o, s->signature.path[i].b, SHA256_BYTES);
	jo_end(&o);
	jo_key(&o, "open");
	buf_clear(&b);
	open_write(&b, &s->open);
	jo_raw(&o, buf_str(&b));
	jo_end(&o);
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

static enum err check_names(struct arena *a, const struct signed_manifest *s, struct uuid id,
			    struct why *why)
{
	bool own = uuid_eq(s->team, s->originator);

	if (own != (s->manifest.role == ROLE_ORIGINATOR))
		return wire_refuse(why, ERR_INVALID, "malformed",
				   "role and originator do not fit in the signature of",
				   "役割と発信元が合いません:", s->manifest.target);
	if (!uuid_eq(id, signature_id(a, s->manifest.target, s->originator, s->team)))
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
		err = check_names(a, &s, h.id, why);
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
	enum err err = signature_check(memo, &s->signature, manifest_hash(&s->manifest), why);

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
	hash = manifest_hash(&s[0].manifest);
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
