// SPDX-License-Identifier: Apache-2.0
/* verify_internal: what the parts of store_verify share. One thread, one read transaction, memory
 * for one page of rows at a time. Private to store/. */
#ifndef STORE_VERIFY_INTERNAL_H
#define STORE_VERIFY_INTERNAL_H

#include "base/map.h"
#include "store/records_internal.h"
#include "store/service_internal.h"

#define VERIFY_PAGE 256

/* The leaves of the slice that was asked for last. */
struct verify_slice {
	int64_t entry;
	struct u64map at; /* record -> position */
	VEC(struct slice_leaf) leaves;
};

struct verify {
	struct store *s;
	struct db *db; /* in a transaction: one state of everything */
	verify_values_fn *values_of;
	verify_fault_fn *fault;
	void *ctx;
	struct verify_counts counts;
	struct arena page; /* reset between pages */
	struct verify_slice slice;
	struct holding_hash holding;
	int64_t listed, parts; /* holdings that stand in lists, below a parent */
	struct map
	    erased; /* "entry/uid" -> struct digest *: what was erased, by row of its entry */
	struct arena erased_arena;
};

/* What entries "erase" name; before anything else is looked at. */
MUST_CHECK enum err verify_erased(struct verify *v, struct why *why);
/* The body that an erasure left of what came with that entry (row); NULL: nobody erased it. */
const struct digest *verify_erased_body(struct verify *v, int64_t entry, struct uuid uid);
/* Was anything erased of what is held under that id? Then it had values that nobody knows. */
bool verify_erased_ever(struct verify *v, struct uuid uid);

/* Reports a difference; subject as a person names the thing. */
void verify_tell(struct verify *v, const char *what, str subject, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* "indicator--1234..." */
str verify_name(struct verify *v, int32_t type, struct uuid uid);
bool hex_is(str hex, struct digest d);

/* Words, principals and labels: as this process knows them, each of its kind; node id and key. */
MUST_CHECK enum err verify_interned(struct verify *v, struct why *why);
MUST_CHECK enum err verify_labels(struct verify *v, struct why *why);
MUST_CHECK enum err verify_records(struct verify *v, struct why *why);
/* Lists as a whole: as many rows as holdings, shelves, parts, counters, who shares an id. */
MUST_CHECK enum err verify_lists(struct verify *v, struct why *why);
MUST_CHECK enum err verify_links(struct verify *v, struct why *why);
MUST_CHECK enum err verify_versions(struct verify *v, struct why *why);
MUST_CHECK enum err verify_index(struct verify *v, struct why *why);
/* The runs of the index on SQLite: structure, filters, and every entry handed to fn. */
typedef enum err verify_entry_fn(struct verify *v, void *ctx, enum index_kind kind, uint64_t h,
				 int64_t rec, struct why *why);
MUST_CHECK enum err verify_runs(struct verify *v, verify_entry_fn *fn, void *ctx, struct why *why);
MUST_CHECK enum err verify_placements(struct verify *v, struct why *why);
MUST_CHECK enum err verify_journal(struct verify *v, struct why *why);
MUST_CHECK enum err verify_slices(struct verify *v, struct why *why);
/* What teams brought along from other nodes. */
MUST_CHECK enum err verify_moved(struct verify *v, struct why *why);
MUST_CHECK enum err verify_files(struct verify *v, struct why *why);

#endif
