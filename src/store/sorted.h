// SPDX-License-Identifier: Apache-2.0
/* sorted: lists in another order than their own: by when a record was made, its number, when it is
 * due, its title. Records of types that are listed so are put with a struct record_sort; the rest
 * is kept here, in the transaction of the write. Keyset pages over the shelves a reader may see:
 * what is invisible costs nothing and tells nothing. Any thread. */
#ifndef STORE_SORTED_H
#define STORE_SORTED_H

#include "store/store.h"

#define SORT_TITLE_BYTES 48u

struct record_sort {
	int64_t due_us; /* 0: none */
	str title;      /* folded here; its first bytes count */
};

enum sort_by { SORT_CREATED, SORT_NUMBER, SORT_DUE, SORT_TITLE };
/* Where a page ends: its last record. Zero: before the first. */
struct sort_at {
	int64_t rec, created;
	int64_t key; /* number or due; 0: it has none */
	size_t n;    /* title */
	char title[SORT_TITLE_BYTES];
};
struct list_sort {
	enum sort_by by;
	bool descending;
	/* What it is sorted by leaves no team: other holders' records count as having none. 0: it
	 * does. */
	int64_t only_of;
	struct sort_at after;
};
/* The next page of q (types, filters and limit of it; no parent, no position): those that have what
 * it is sorted by, then those that have not, by when they were made. *ret_more: there is more
 * behind *ret_at. */
MUST_CHECK enum err store_list_sorted(struct store *s, struct arena *a, const struct view *v,
				      const struct list_query *q, const struct list_sort *sort,
				      struct record *ret, size_t *ret_n, struct sort_at *ret_at,
				      bool *ret_more, struct why *why);

/* Records of a type that have no row yet (put by an earlier version of the program), at most limit
 * of them, behind the position *after, which moves on. And rows for them. */
MUST_CHECK enum err sorted_missing(struct store *s, struct arena *a, int32_t type, size_t limit,
				   int64_t *after, int64_t **ret, size_t *ret_n, struct why *why);
MUST_CHECK enum err sorted_fill(struct store *s, const struct record *records,
				const struct record_sort *sorts, size_t n, struct why *why);

#endif
