// SPDX-License-Identifier: Apache-2.0
/* feed_internal: what reads (feed.c) and what signs (feed_sign.c) share. Private to exchange/. */
#ifndef EXCHANGE_FEED_INTERNAL_H
#define EXCHANGE_FEED_INTERNAL_H

#include "base/vec.h"
#include "exchange/feed.h"
#include "team/record.h"

struct feed {
	struct ctx *c;
	const struct feed_reader *who;
	struct view view;     /* of all its teams together */
	int64_t served_label; /* asked last, and what was found */
	bool served;
	VEC(int32_t) types;
	/* the page */
	struct record *r;
	struct feed_item *items;
	struct record_signed *signed_rows;
	size_t n;
	struct record_signed above; /* revs begin behind it, with a gap; rev 0: none */
};

/* The team here that speaks for a record: its holder, or the team whose outbox that is; 0: none. */
int64_t feed_speaker(struct ctx *c, const struct record *r);
/* Finds the signatures of the page, makes those that are missing, seals what is TLP:RED; what does
 * not go out is taken off the page. */
MUST_CHECK enum err feed_sign(struct feed *f, struct why *why);

#endif
