// SPDX-License-Identifier: Apache-2.0
/* withdrawal: x-hikeshi-withdrawal, by which an originator takes back what it gave away: lineages
 * up to a rev, or only some fields of them (erasure), by name or as the root of a list
 * (docs/formats.md 3). It is an exchange object like any, signed with a manifest, and kept where
 * the target is unknown: what comes later and is covered revives nothing. Pure. */
#ifndef EXCHANGE_WITHDRAWAL_H
#define EXCHANGE_WITHDRAWAL_H

#include "exchange/manifest.h"

#define WITHDRAWAL_NAMES_MAX 1000
#define WITHDRAWAL_PATHS_MAX 64
#define WITHDRAWAL_LIST_MAX (1 << 20)

struct withdrawal_path {
	str name[2];
	size_t n; /* 1 or 2 */
};
struct withdrawal_name {
	str target;
	int64_t rev;                         /* up to and with */
	const struct withdrawal_path *paths; /* only these; none: all of it */
	size_t n_paths;
};
struct withdrawal {
	struct uuid id, team; /* the originator, who signs */
	int64_t created_us, modified_us;
	str why;                             /* what a person said; may be empty */
	const struct withdrawal_name *names; /* sorted by target */
	size_t n_names;
	bool has_list; /* instead of names */
	struct digest list_root;
	int64_t list_size;
};
/* Sorts the names of w by target. */
struct json withdrawal_json(struct arena *a, const struct withdrawal *w);
MUST_CHECK enum err withdrawal_parse(struct arena *a, const struct json *v, struct withdrawal *ret,
				     struct why *why);
/* The name that takes rev of target back, or NULL. The caller has checked that the lineage is
 * team's. */
const struct withdrawal_name *withdrawal_covers(const struct withdrawal *w, str target,
						int64_t rev);

/* One of a list; its opening goes to each who holds the object, and to nobody else. */
struct withdrawal_item {
	str target;
	int64_t rev;
	struct salt salt;
	int64_t index;
	const struct digest *path;
	size_t n_path;
};
/* Draws salts and sets index and path of n items (1..WITHDRAWAL_LIST_MAX); root and size go into w.
 * The tree is over the leaf hashes, sorted: SHA-256(0 | SHA-256("hikeshi/withdrawal/v1\n" | salt |
 * JCS([target, rev]))). */
void withdrawal_list(struct arena *a, struct withdrawal *w, struct withdrawal_item *items,
		     size_t n);
/* {"index","path","rev","salt","target"}: travels in `open` as "listed", an array of these. */
struct json withdrawal_item_json(struct arena *a, const struct withdrawal_item *i);
MUST_CHECK enum err withdrawal_item_parse(struct arena *a, const struct json *v,
					  struct withdrawal_item *ret, struct why *why);
bool withdrawal_lists(struct arena *a, const struct withdrawal *w, const struct withdrawal_item *i);

#endif
