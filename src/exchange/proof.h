// SPDX-License-Identifier: Apache-2.0
/* proof: one entry of a node's journal, proved anywhere with public keys alone (docs/formats.md 5):
 * the entry with its salt, the path to a checkpoint that the node key signed, the key objects that
 * name the node key; with it, where wanted, what the entry said, and the path from a checkpoint
 * that the reader kept. It tells nothing of any other entry. Receipts prove the same way
 * (receipt.h). Pure. */
#ifndef EXCHANGE_PROOF_H
#define EXCHANGE_PROOF_H

#include "exchange/receipt.h"

#define PROOF_TEXT_MAX (16 * 1024 * 1024)

struct entry_proof {
	int64_t created_us;
	struct uuid team; /* whose key objects vouch for the node */
	struct uuid epoch;
	int64_t seq, at_us, actor; /* actor: number of the account on that node */
	struct uuid acting;        /* team that did it; zero: the node */
	str kind;
	struct uuid subject;   /* zero: none */
	struct digest content; /* of the content text with its salt */
	struct salt salt;
	bool opened; /* the text and its salt are shown */
	str text;
	struct salt text_salt;
	bool erased; /* the node says that the text is gone for good */
	const struct digest *path;
	size_t n_path;
	str checkpoint;                 /* a signed note */
	const struct json *const *keys; /* x-hikeshi-key objects of team */
	size_t n_keys;
	int64_t kept; /* size of a checkpoint the reader has; -1: none */
	const struct digest *consistency;
	size_t n_consistency;
};
/* The leaf hash of the entry. Where it is opened, content is made of text and salt first. */
struct digest proof_leaf(struct arena *a, struct entry_proof *p);
struct json proof_json(struct arena *a, const struct entry_proof *p);
MUST_CHECK enum err proof_parse(struct arena *a, const struct json *v, struct entry_proof *ret,
				struct why *why);
/* From the entry, and what it said, up to the root key. As receipt_verify. */
MUST_CHECK enum err proof_verify(struct arena *a, const struct entry_proof *p,
				 const struct receipt_root *roots, size_t n_roots,
				 struct receipt_proof *ret, struct why *why);
/* That a checkpoint which the reader kept (a note of the same node and epoch) is the beginning of
 * this one's journal: nothing of it was taken out or changed since. v: of proof_verify. */
MUST_CHECK enum err proof_kept(const struct entry_proof *p, const struct receipt_proof *v, str kept,
			       struct why *why);
/* Both for texts; kept may be empty: the whole of what `hikeshi journal verify` does. */
MUST_CHECK enum err proof_verify_text(struct arena *a, str text, str kept,
				      const struct receipt_root *roots, size_t n_roots,
				      struct entry_proof *ret_proof, struct receipt_proof *ret,
				      struct why *why);

#endif
