// SPDX-License-Identifier: Apache-2.0
/* heal: a node that was restored from a backup takes back from its peers what its own teams had
 * signed since (docs/links.md). Each peer is asked once for each epoch, before anything is sent to
 * it. What comes counts only with a signature of the team's own key, and only where this node knows
 * no later rev. What never left, and TLP:RED, does not come back: the link's page says so. */
#ifndef EXCHANGE_HEAL_H
#define EXCHANGE_HEAL_H

#include "base/json.h"
#include "store/peers.h"
#include "team/node.h"

/* Was this node restored, and has not asked that peer since? */
MUST_CHECK enum err heal_wanted(struct node *n, struct arena *a, const struct peer *p, bool *ret,
				struct why *why);
/* objects: one envelope of what the peer has of ours. *taken: counts what was taken back. */
MUST_CHECK enum err heal_take(struct node *n, struct arena *a, const struct json *objects,
			      size_t count, size_t *taken, struct why *why);
/* All was read: told on the link's page, and not asked again in this epoch. */
MUST_CHECK enum err heal_done(struct node *n, struct arena *a, const struct peer *p, size_t taken,
			      struct why *why);

#endif
