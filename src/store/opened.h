// SPDX-License-Identifier: Apache-2.0
/* opened: entries of the journal with all that it takes to prove them, for receipts
 * (docs/formats.md 3, 5): salts, content, and the path to a checkpoint. Only entries of the three
 * kinds that carry nothing but what a receipt shows can be had. Any thread; results live in the
 * caller's arena. */
#ifndef STORE_OPENED_H
#define STORE_OPENED_H

#include "store/service.h"

struct opened_entry {
	int64_t epoch; /* number */
	struct uuid epoch_id;
	int64_t seq, at_us, actor, team;
	str kind; /* "received" "answered" "withdrawal-applied" */
	struct uuid subject;
	uint8_t salt[16], content_salt[16];
	str content; /* empty: erased */
};
/* The next ones that no receipt was made of, in the order of the journal, at most limit. */
MUST_CHECK enum err opened_next(struct store *s, struct arena *a, size_t limit,
				struct opened_entry **ret, size_t *ret_n, struct why *why);
/* Receipts were made up to and with this entry. Never moves back. */
MUST_CHECK enum err opened_done(struct store *s, int64_t epoch, int64_t seq, struct why *why);
/* The checkpoint of the entry's epoch as it stands, and the path of the entry in it. */
MUST_CHECK enum err opened_prove(struct store *s, struct arena *a, const struct opened_entry *e,
				 struct checkpoint *ret, struct digest **ret_path, size_t *ret_n,
				 struct why *why);

#endif
