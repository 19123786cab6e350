// SPDX-License-Identifier: Apache-2.0
/* taxii_query: filters of TAXII 2.1 (section 3.4) and the `next` token. Pure: what strangers wrote
 * becomes a struct, or a sentence that says what is wrong with it. Results live in the arena. */
#ifndef EXCHANGE_TAXII_QUERY_H
#define EXCHANGE_TAXII_QUERY_H

#include "base/arena.h"
#include "base/clock.h"

enum taxii_filter {
	FILTER_ADDED_AFTER = 1,
	FILTER_LIMIT = 2,
	FILTER_NEXT = 4,
	FILTER_ID = 8,
	FILTER_TYPE = 16,
	FILTER_VERSION = 32,
	FILTER_SPEC = 64,
	FILTER_PAGE = FILTER_ADDED_AFTER | FILTER_LIMIT | FILTER_NEXT,
	FILTER_ALL = 127,
	FILTER_OWN = 128, /* x_own of links: what the asking node's teams signed themselves */
};
struct taxii_query {
	bool has_added_after;
	int64_t added_after_us;
	size_t limit; /* 0: none given */
	str next;     /* empty: none given */
	const str *ids, *types;
	size_t n_ids, n_types;
	bool has_version, first, last, all;
	const int64_t *times; /* versions by time */
	size_t n_times;
	bool own;
	bool has_spec, spec_21; /* spec_21: 2.1 is among those asked for */
};
/* Parameters decoded, in order. Filters beyond `allowed` are passed over, or refused when strict.
 * ERR_INVALID says which is malformed or given twice. */
MUST_CHECK enum err taxii_query_parse(struct arena *a, str (*params)[2], size_t n, unsigned allowed,
				      bool strict, struct taxii_query *ret, struct why *why);
/* The filters as one text that two equal queries share; limit and next are not in it. */
str taxii_query_text(struct arena *a, const struct taxii_query *q);

/* A place in a list: behind pos, and skip objects of the record there were sent already. */
struct taxii_place {
	int64_t pos_us;
	uint32_t skip;
};
/* The token of a place in the list that `list` names (collection, endpoint, filters); only who has
 * the key can make one, and it holds nowhere else. */
str taxii_next_text(struct arena *a, const uint8_t key[16], str list, struct taxii_place p);
/* ERR_INVALID for what was not made by us for this list. */
MUST_CHECK enum err taxii_next_read(const uint8_t key[16], str list, str token,
				    struct taxii_place *ret, struct why *why);

#endif
