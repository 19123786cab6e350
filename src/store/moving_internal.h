// SPDX-License-Identifier: Apache-2.0
/* moving_internal: what moving.c and moving_past.c share: a team that is read to go along. Private
 * to store/. */
#ifndef STORE_MOVING_INTERNAL_H
#define STORE_MOVING_INTERNAL_H

#include "store/moved.h"
#include "store/store_internal.h"

#define MOVING_PAGE 128

struct moving {
	struct store *s;
	int64_t team, outbox;
	struct uuid ids[2]; /* of both */
	const struct moving_sink *sink;
	struct arena a; /* a page */
};
/* sql: idx and hashes of key, above an idx, at most so many. */
MUST_CHECK enum err moving_tiles(struct moving *m, struct uuid epoch, const char *sql,
				 struct db_value key, struct why *why);
/* Steps of moving_read: of the nodes before this one, and what waits here. */
MUST_CHECK enum err moving_trees(struct moving *m, struct why *why);
MUST_CHECK enum err moving_past(struct moving *m, struct why *why);
MUST_CHECK enum err moving_sources(struct moving *m, struct why *why);
MUST_CHECK enum err moving_jobs(struct moving *m, struct why *why);

#endif
