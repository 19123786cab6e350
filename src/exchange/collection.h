// SPDX-License-Identifier: Apache-2.0
/* collection: what TAXII calls a collection. A team's API root has one for each circle the team is
 * in; a further kind is a row in the table of collection.c. The one way to what a collection holds
 * for its reader are the three reads below: the intersection of the collection's placements and of
 * the caller's view (policy_view). Results live in the context's arena. */
#ifndef EXCHANGE_COLLECTION_H
#define EXCHANGE_COLLECTION_H

#include "store/placed.h"
#include "team/record.h"

enum collection_kind {
	COLLECTION_CIRCLE, /* what is labelled to a circle */
};
struct collection {
	enum collection_kind kind;
	/* UUIDv4 that follows from root, circle and the team's rights there: when these grow it is
	 * another one, so that a cursor of before skips nothing (docs/formats.md 6). */
	struct uuid id;
	str title, description;
	int64_t circle; /* principal */
	struct uuid circle_uid;
	enum tlp default_tlp;
	bool can_read, can_write; /* of the caller */
};
/* All of the caller's team, in an order that stays. read_only: nobody may write. */
void collection_list(struct ctx *c, bool read_only, struct collection **ret, size_t *ret_n);
/* By the id in an address; false: there is none for this caller. */
bool collection_find(struct ctx *c, bool read_only, str id, struct collection *ret);

/* store/placed.h through the gate. q->circle, and in collection_read q->keep and q->ctx, are filled
 * here: records of types that are in no collection are passed over. */
MUST_CHECK enum err collection_read(struct ctx *c, const struct collection *x,
				    struct placed_query *q, struct placed *ret, size_t *ret_n,
				    int64_t *ret_at, bool *ret_end, struct why *why);
MUST_CHECK enum err collection_versions(struct ctx *c, const struct collection *x, struct uuid id,
					struct placed **ret, size_t *ret_n, struct why *why);
/* Parts of a container that are in the collection too, with bodies, at most max. */
MUST_CHECK enum err collection_parts(struct ctx *c, const struct collection *x, int64_t key,
				     size_t max, struct record **ret, size_t *ret_n,
				     struct why *why);

#endif
