// SPDX-License-Identifier: Apache-2.0
/* list_internal: the two ways to read a list, so that a test can hold them against each other; and
 * what lists in another order (list_sorted.c) share with them. */
#ifndef STORE_LIST_INTERNAL_H
#define STORE_LIST_INTERNAL_H

#include "store/records_internal.h"

#define SCAN_CHUNK 256u

enum list_plan { LIST_AUTO, LIST_SCAN, LIST_MERGE };
MUST_CHECK enum err list_run(struct store *s, struct arena *a, const struct view *v,
			     const struct list_query *q, enum list_plan plan, struct record *ret,
			     size_t *ret_n, int64_t *next_pos, struct why *why);

struct row {
	int64_t pos, rec, shelf;
};
struct stream { /* one type's order, one shelf, or the parts of one parent */
	const char *sql;
	int64_t key;
	int64_t at; /* where the next chunk begins, exclusive */
	struct row rows[SCAN_CHUNK];
	size_t i, n, chunk;
	bool end;
};
struct head {
	int64_t pos; /* bound, or the next row once opened */
	int64_t shelf;
	struct row *rows;
	size_t i, n;
	bool open, last;
};

struct list {
	struct store *s;
	struct db *db;
	struct arena *a;
	const struct view *v;
	const struct list_query *q;
	struct shelf *shelves; /* visible and wanted */
	size_t n_shelves;
	uint64_t *bits; /* a bit per shelf id */
	int64_t max_shelf;
	int64_t total;        /* holdings of the types, visible or not */
	uint64_t *label_bits; /* q->labels */
	int64_t n_label_bits;
	int64_t from; /* exclusive start */
	/* plan */
	bool merging;
	int64_t budget;
	struct stream *streams;
	size_t n_streams;
	struct head **heap;
	size_t n_heap;
};

/* Fills shelves and their bits: what the view may see and the query wants. */
void list_choose(struct list *l);
bool list_record_fits(const struct list *l, const struct record *r);
/* Marks those of h whose id has a better holding that this reader may see and asked for. */
MUST_CHECK enum err list_drop_second(struct list *l, struct holding *h, size_t n, struct why *why);

#endif
