// SPDX-License-Identifier: Apache-2.0
/* feed_seal: TLP:RED on its way to a peer (docs/formats.md 3, docs/links.md). An object and its
 * signature are sealed to the keys of the teams whose people it names, for the node where they
 * work; what crosses the link is a record x-hikeshi-sealed of the same team, labelled for those
 * teams, which the feed carries like any, over any number of hops. */
#ifndef EXCHANGE_FEED_SEAL_H
#define EXCHANGE_FEED_SEAL_H

#include "exchange/feed.h"
#include "team/record.h"

#define SEALED_TYPE "x-hikeshi-sealed"

/* Is it TLP:RED, and names it somebody of a team reached via that peer? */
bool feed_red_for(struct ctx *c, const struct feed_reader *who, const struct label *l);
/* Those of its team who wrote a TLP:RED warning join its audience, entries with room for
 * *n + RED_WRITERS_MAX: its recipients know nobody else there, and answer them. */
#define RED_WRITERS_MAX 64
MUST_CHECK enum err red_writers(struct ctx *c, const struct record *r, int64_t team,
				struct audience_entry *entries, size_t *n, struct why *why);
/* Makes the sealed records of version r->version for that peer, where there are none yet. object,
 * signature: as signed here, with every salt. ERR_NOTFOUND, code "no_seal_key": a team has no key
 * in force. */
MUST_CHECK enum err feed_seal(struct ctx *c, const struct feed_reader *who, const struct record *r,
			      str object, str signature, struct why *why);

#endif
