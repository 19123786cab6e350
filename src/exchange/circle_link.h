// SPDX-License-Identifier: Apache-2.0
/* circle_link: circles that span nodes. A circle's owner signs its rules and roster; every node
 * that hosts a member has them, with those members opened that its teams may see. An envelope is
 * {"object":x-hikeshi-circle,"signature":x-hikeshi-signature,"members":[...],"teams":[...]}: teams
 * as in announce.h, of the owner and the members shown. Applying one makes circle and memberships
 * here; the root of a team that is first heard of in this way is pinned on the word of that peer.
 */
#ifndef EXCHANGE_CIRCLE_LINK_H
#define EXCHANGE_CIRCLE_LINK_H

#include "exchange/announce.h"

/* The envelope of a circle for a peer. ERR_NOTFOUND: no team reached via that peer is in it, or it
 * was not signed yet by its owner elsewhere. Signs anew where the circle of a team hosted here has
 * changed. */
MUST_CHECK enum err circle_for_peer(struct ctx *c, const struct directory_circle *ci,
				    const struct peer *p, struct json *ret, struct why *why);
/* All circles for a peer, as the body of POST /exchange/v1/circles. */
MUST_CHECK enum err circles_for_peer(struct ctx *c, const struct peer *p, str *ret,
				     struct why *why);
/* c acts as the node. ERR_DENIED: not the owner's signature, "not_yours" (the owner is hosted
 * here); ERR_CONFLICT "forked"; older revs are passed over. */
MUST_CHECK enum err circle_apply(struct ctx *c, const struct peer *from,
				 const struct json *envelope, struct why *why);

#endif
