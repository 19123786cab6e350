// SPDX-License-Identifier: Apache-2.0
/* entries: the journal as it is read, newest first, with all that it takes to prove an entry
 * (docs/formats.md 5). Whoever asks decides who may see what (team/journal.h). Only entries that
 * have their place in the tree are told. Any thread; results live in the caller's arena. */
#ifndef STORE_ENTRIES_H
#define STORE_ENTRIES_H

#include "store/opened.h"

struct entry {
	struct opened_entry e; /* content p NULL: erased, or not asked for */
	int64_t row, record, label;
	int32_t version;
	int64_t n; /* objects of a slice, else 1 */
	struct digest digest;
	bool erased;
};
struct entry_query {
	int64_t epoch, seq; /* strictly before this one; epoch 0: from the newest */
	int64_t team;       /* acting team, 0: the node itself; -1: any */
	int64_t record;     /* holding: the entries that made a version of it; 0: any */
	size_t limit;
};
/* Without content. */
MUST_CHECK enum err entries_list(struct store *s, struct arena *a, const struct entry_query *q,
				 struct entry **ret, size_t *ret_n, struct why *why);
/* Content into entries that have it, texts of more than most_bytes left out. */
MUST_CHECK enum err entries_content(struct store *s, struct arena *a, struct entry *e, size_t n,
				    int64_t most_bytes, struct why *why);
/* With content. epoch zero: the present one. ERR_NOTFOUND. */
MUST_CHECK enum err entries_get(struct store *s, struct arena *a, struct uuid epoch, int64_t seq,
				struct entry *ret, struct why *why);
/* Holdings of a slice's first leaves, at most cap. */
MUST_CHECK enum err entries_slice(struct store *s, struct arena *a, int64_t row, size_t cap,
				  int64_t *ret_records, int64_t *ret_labels, size_t *ret_n,
				  struct why *why);
/* The checkpoint of an epoch as it stands (zero: the present one). */
MUST_CHECK enum err entries_checkpoint(struct store *s, struct uuid epoch, struct checkpoint *ret,
				       struct why *why);
/* That the tree of from leaves is the beginning of the checkpoint's. ERR_NOTFOUND: it never was. */
MUST_CHECK enum err entries_consistency(struct store *s, struct arena *a,
					const struct checkpoint *to, int64_t from,
					struct digest **ret, size_t *ret_n, struct why *why);

#endif
