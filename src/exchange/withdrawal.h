// SPDX-License-Identifier: Apache-2.0
/* withdrawal: x-hikeshi-withdrawal, by which an originator takes back what it gave away: lineages
 * up to a rev, or only some fields of them (erasure), by name (docs/formats.md 3). It is an
 * exchange object like any, signed with a manifest, and kept where the target is unknown: what
 * comes later and is covered revives nothing. Pure. */
#ifndef EXCHANGE_WITHDRAWAL_H
#define EXCHANGE_WITHDRAWAL_H

#include "exchange/manifest.h"

#define WITHDRAWAL_NAMES_MAX 1000
#define WITHDRAWAL_PATHS_MAX 64

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
	size_t n_names;                      /* 1..WITHDRAWAL_NAMES_MAX */
};
/* Sorts the names of w by target. */
struct json withdrawal_json(struct arena *a, const struct withdrawal *w);
MUST_CHECK enum err withdrawal_parse(struct arena *a, const struct json *v, struct withdrawal *ret,
				     struct why *why);
/* The name that takes rev of target back, or NULL. The caller has checked that the lineage is
 * team's. */
const struct withdrawal_name *withdrawal_covers(const struct withdrawal *w, str target,
						int64_t rev);

#endif
