// SPDX-License-Identifier: Apache-2.0
/* feed_told: a team that joins a circle, or comes back to it, may have what was shared there before
 * (docs/formats.md 6: cursors carry the reader's rights). A feed goes forward and has passed it.
 * So a link remembers with which memberships it was read; where a circle is new to the peer, what
 * names that circle is read once more, up to the cursor. */
#ifndef EXCHANGE_FEED_TOLD_H
#define EXCHANGE_FEED_TOLD_H

#include "exchange/feed.h"

struct feed_told {
	int64_t *circles; /* principals: no team of the peer was in them all the time */
	size_t n;
	str text; /* the memberships of now, to be kept when those circles were read */
	bool changed;
};
/* What has changed since they were kept (feed_told_keep). Everything lives in a. */
MUST_CHECK enum err feed_told(struct node *n, struct arena *a, const struct peer *p,
			      const struct feed_reader *who, struct feed_told *ret,
			      struct why *why);
MUST_CHECK enum err feed_told_keep(struct node *n, const struct peer *p, const struct feed_told *t,
				   struct why *why);

#endif
