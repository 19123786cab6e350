// SPDX-License-Identifier: Apache-2.0
/* placed: what stands in a circle's collection, in the order in which it was added (docs/formats.md
 * 6). Each row has a date_added of its own, only sequenced rows are seen, and nothing ever appears
 * behind a position that was read. Superseded versions keep the place they had. Results live in the
 * caller's arena; any thread. */
#ifndef STORE_PLACED_H
#define STORE_PLACED_H

#include "store/store.h"

struct placed_query {
	int64_t circle;   /* principal */
	int64_t after_us; /* strictly later */
	size_t limit;     /* rows returned, 1..PLACED_MAX */
	size_t budget;    /* rows looked at; at least one page is */
	size_t bytes;     /* bodies returned: the page ends when they are more */
	bool with_body;
	bool with_past; /* superseded versions too, those whose modified differs from later ones' */
	/* Asked before a body is read (nullable). */
	bool (*keep)(void *ctx, const struct record *r);
	void *ctx;
};
#define PLACED_MAX 10001u
struct placed {
	int64_t added;
	struct record r; /* as it was: version, label, body of then for superseded ones */
	bool past;
};
/* Visible records of the circle. Of several holdings of one id only the one that is shown to this
 * reader (docs/formats.md 2). *ret_at: everything up to there was looked at; *ret_end: there is
 * nothing behind. Exercises are in no collection. */
MUST_CHECK enum err store_placed(struct store *s, struct arena *a, const struct view *v,
				 const struct placed_query *q, struct placed *ret, size_t *ret_n,
				 int64_t *ret_at, bool *ret_end, struct why *why);
/* The visible versions of one id in the circle, oldest first (the newest 2,000, up to 64 MiB of
 * bodies); none: it is not there for this
 * reader. */
MUST_CHECK enum err store_placed_versions(struct store *s, struct arena *a, const struct view *v,
					  int64_t circle, struct uuid id, bool with_body,
					  struct placed **ret, size_t *ret_n, struct why *why);
/* The holding of the id that this reader is shown in the circle; key 0: none. */
MUST_CHECK enum err store_placed_find(struct store *s, struct arena *a, const struct view *v,
				      int64_t circle, struct uuid id, bool with_body,
				      struct placed *ret, struct why *why);
/* Takes superseded versions of a holding out of the circle's collection (they stay in its history).
 */
MUST_CHECK enum err store_placed_forget(struct store *s, int64_t circle, int64_t key,
					const int64_t *added, size_t n, struct why *why);

#endif
