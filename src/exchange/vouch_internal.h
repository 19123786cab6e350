// SPDX-License-Identifier: Apache-2.0
/* vouch_internal: what receipts (receipt.h) and proofs of entries (proof.h) share: an entry of the
 * journal, its leaf, and the way from there over path and checkpoint to a node key that a team's
 * root key names. Private to exchange/; pure; memory from the caller's arena. */
#ifndef EXCHANGE_VOUCH_INTERNAL_H
#define EXCHANGE_VOUCH_INTERNAL_H

#include "exchange/receipt.h"

/* docs/formats.md 5; store/journal.c writes the same. */
struct vouched_entry {
	struct uuid epoch;
	int64_t seq, at_us, actor;
	struct uuid team; /* zero: null */
	str kind;
	struct uuid subject; /* zero: null */
	struct digest content;
};
struct digest vouch_content(struct salt salt, str text);
struct json vouch_entry_json(struct arena *a, const struct vouched_entry *e);
struct digest vouch_leaf(struct arena *a, const struct vouched_entry *e, struct salt salt);

/* The members path, checkpoint and keys. */
void vouch_json(struct arena *a, struct json *o, const struct digest *path, size_t n_path,
		str checkpoint, const struct json *const *keys, size_t n_keys);
MUST_CHECK enum err vouch_parse(struct arena *a, const struct json *v, const struct digest **path,
				size_t *n_path, str *checkpoint, const struct json *const **keys,
				size_t *n_keys, struct why *why);

struct vouched {
	struct uuid team; /* whose key objects these are */
	struct uuid epoch;
	int64_t seq, at_us;
	struct digest leaf;
	const struct digest *path;
	size_t n_path;
	str checkpoint;
	const struct json *const *keys;
	size_t n_keys;
	str about; /* for sentences */
};
/* As receipt_verify. */
MUST_CHECK enum err vouch_verify(struct arena *a, const struct vouched *v,
				 const struct receipt_root *roots, size_t n_roots,
				 const struct json *const *more, size_t n_more, int64_t stored_us,
				 struct receipt_proof *ret, struct why *why);

#endif
