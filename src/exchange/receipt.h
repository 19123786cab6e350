// SPDX-License-Identifier: Apache-2.0
/* receipt: the proof, checked anywhere with public keys alone, that a team's node has entered in
 * its journal what the team did with an object: received, answered, withdrawal applied
 * (docs/formats.md 3, 5). It opens one journal entry, which says nothing but what the receipt
 * shows; from there an inclusion path leads to a checkpoint signed by the node key that the team's
 * root names. Pure. */
#ifndef EXCHANGE_RECEIPT_H
#define EXCHANGE_RECEIPT_H

#include "exchange/key.h"
#include "exchange/manifest.h"
#include "exchange/note.h"

#define RECEIPT_KEYS_MAX 16

enum receipt_kind { RECEIPT_RECEIVED, RECEIPT_ANSWERED, RECEIPT_WITHDRAWAL_APPLIED };
/* "received", "answered", "withdrawal-applied": also the kind of the journal's entry. */
str receipt_kind_name(enum receipt_kind k);

struct receipt {
	int64_t created_us;
	struct uuid team; /* who says it */
	enum receipt_kind kind;
	str target;             /* id of the object; of the withdrawal where that was applied */
	struct digest manifest; /* hash */
	int64_t rev;            /* covers the lower ones too */
	bool has_assessment;
	struct digest assessment; /* manifest hash of the answer */
	/* the journal's entry: actor 0, kind as above, subject the uuid of target */
	struct uuid epoch;
	int64_t seq, at_us;
	struct salt salt, content_salt;
	const struct digest *path;
	size_t n_path;
	str checkpoint;                 /* a signed note */
	const struct json *const *keys; /* x-hikeshi-key objects of the team */
	size_t n_keys;
};
/* What the journal's entry of a receipt has as its content text: JCS of {"assessment","manifest",
 * "rev","target"}. */
str receipt_content(struct arena *a, const struct receipt *r);
/* The leaf hash of the entry. */
struct digest receipt_leaf(struct arena *a, const struct receipt *r);
struct json receipt_json(struct arena *a, const struct receipt *r);
MUST_CHECK enum err receipt_parse(struct arena *a, const struct json *v, struct receipt *ret,
				  struct why *why);

/* A root key that the verifier pinned; team zero: of whichever team. */
struct receipt_root {
	struct uuid team;
	struct ed25519_public root;
};
struct receipt_proof {
	struct ed25519_public root;
	bool pinned; /* one of the roots given; else people must compare the fingerprint */
	struct digest fingerprint;
	struct journal_checkpoint checkpoint;
	struct key_object key; /* the newest one that names the node key */
};
/* Everything from the entry up to the root key. more: key objects known beside those in the receipt
 * (a revocation since). stored_us: when the receipt was first stored by someone trusted, TIME_NONE:
 * just now. ERR_DENIED: another root than the pinned one, or a revoked key. */
MUST_CHECK enum err receipt_verify(struct arena *a, const struct receipt *r,
				   const struct receipt_root *roots, size_t n_roots,
				   const struct json *const *more, size_t n_more, int64_t stored_us,
				   struct receipt_proof *ret, struct why *why);
/* The same for a text: the whole of what `hikeshi receipt verify` does. */
MUST_CHECK enum err receipt_verify_text(struct arena *a, str text, const struct receipt_root *roots,
					size_t n_roots, struct receipt *ret_receipt,
					struct receipt_proof *ret, struct why *why);

#endif
