// SPDX-License-Identifier: Apache-2.0
/* journal: entries of the journal as people may read them. Of records: who may see the record, and
 * saw what the label of then allowed, and is of the team that acted or holds it; what was changed
 * is for the holder's people. What is about no record: leads of the team, and the administrator for
 * the node. An entry that may not be seen is as one that is not there. Results live in the arena.
 */
#ifndef TEAM_JOURNAL_H
#define TEAM_JOURNAL_H

#include "store/entries.h"
#include "team/record.h"

struct seen_entry {
	struct entry x;
	struct record record; /* what it is about; key 0: no record */
	bool opens;           /* the reader may see what it says (links: if all ends are seen) */
	bool of_node;         /* about no record: accounts, keys, settings ... */
};
struct journal_query {
	const str *kinds; /* n 0: any */
	size_t n_kinds;
	int64_t actor;  /* account, 0: the node; -1: any */
	int64_t record; /* holding; 0: any */
	int64_t since_us, until_us;
	int64_t epoch, seq; /* before this one; epoch 0: from the newest */
	size_t limit;
};
/* Newest first. *ret_epoch, *ret_seq: where to go on, epoch 0 at the end; a page may be short,
 * where much had to be passed over. */
MUST_CHECK enum err journal_list(struct ctx *c, const struct journal_query *q,
				 struct seen_entry **ret, size_t *ret_n, int64_t *ret_epoch,
				 int64_t *ret_seq, struct why *why);
/* epoch zero: the present one. ERR_NOTFOUND for what is absent or not for the reader. */
MUST_CHECK enum err journal_get(struct ctx *c, struct uuid epoch, int64_t seq,
				struct seen_entry *ret, struct why *why);
/* May what it says leave as a file? */
MUST_CHECK enum err journal_may_export(struct ctx *c, const struct seen_entry *e, struct why *why);
/* whole: with the patch, the links and the note; else the names of the fields. */
void journal_json(struct ctx *c, const struct seen_entry *e, bool whole, struct json_out *o);

#endif
