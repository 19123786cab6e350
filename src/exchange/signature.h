// SPDX-License-Identifier: Apache-2.0
/* signature: Ed25519 over batches of manifests, and the object x-hikeshi-signature that carries one
 * manifest with its signature over any number of hops (docs/formats.md 3). One signature covers 1
 * to 1,024 manifests under an RFC 6962 root; index, size and path stand beside it. Whether the key
 * may speak for the team is another question: key.h. Pure; memory from the caller's arena. */
#ifndef EXCHANGE_SIGNATURE_H
#define EXCHANGE_SIGNATURE_H

#include "base/merkle.h"
#include "exchange/ed25519.h"
#include "exchange/manifest.h"

#define SIGNATURE_BATCH_MAX 1024

struct signature {
	struct ed25519_public key;
	struct ed25519_sig sig;
	uint32_t index, size;
	const struct digest *path;
	size_t n_path;
};
/* Signs n manifest hashes (1..SIGNATURE_BATCH_MAX) with one key operation; ret has room for n. */
void signature_batch(struct arena *a, const struct ed25519_secret *key, const struct digest *hashes,
		     size_t n, struct signature *ret);

/* What was found good, so that a batch costs one key operation here too: of one thread, zeroed at
 * first, kept as long as liked. */
#define SIGNATURE_MEMO 64
struct signature_memo {
	struct {
		struct ed25519_public key;
		struct ed25519_sig sig;
		struct digest root;
		bool good;
	} known[SIGNATURE_MEMO];
	struct merkle_memo nodes;
};
/* ERR_INVALID, code "signature". memo may be NULL. */
MUST_CHECK enum err signature_check(struct signature_memo *memo, const struct signature *s,
				    struct digest manifest_hash, struct why *why);

/* An x-hikeshi-signature, read or to be written. */
struct signed_manifest {
	int64_t created_us, modified_us;
	struct uuid team;       /* whose key it claims to be; key.h says whether it is */
	struct uuid originator; /* of the lineage; the same as team in an originator's signature */
	struct manifest manifest;
	struct digest hash; /* of manifest; set by signature_parse, else by who made it */
	struct signature signature;
	struct opened open;
};
/* UUIDv5 of JCS(["x-hikeshi-signature", target, originator, team]): one for each target, lineage
 * and signer, so that a newer one takes the place of the older. */
struct uuid signature_id(str target, struct uuid originator, struct uuid team);
struct json signature_json(struct arena *a, const struct signed_manifest *s);
/* The same as text, in a third of the time. */
void signature_write(struct buf *out, const struct signed_manifest *s);
/* As it is kept: bytes, a third of the text, and back (signature_keep.c). ERR_IO: it is damaged.
 * ret points into kept; its hash is in the row and not set. */
str signature_keep(struct arena *a, const struct signed_manifest *s);
MUST_CHECK enum err signature_kept(struct arena *a, str kept, struct signed_manifest *ret,
				   struct why *why);
/* Reads strictly and checks that the id is the one that follows, not the signature. */
MUST_CHECK enum err signature_parse(struct arena *a, const struct json *v,
				    struct signed_manifest *ret, struct why *why);

/* The signature and the object: what a reader of one originator's signature does, apart from asking
 * whether the key is the team's. */
MUST_CHECK enum err signature_verify(struct arena *a, struct signature_memo *memo,
				     const struct signed_manifest *s, const struct json *object,
				     struct why *why);
/* The same for an object with all its signatures: s[0] is the originator's, the others forwarders'
 * of that very manifest. Joins their labels; a widening is refused (labels_join). */
MUST_CHECK enum err signatures_verify(struct arena *a, struct signature_memo *memo,
				      const struct signed_manifest *s, size_t n,
				      const struct json *object, circle_member_fn *member,
				      void *ctx, struct signed_label *ret, struct why *why);

#endif
