// SPDX-License-Identifier: Apache-2.0
/* announce: which teams work on a node, as one node tells another: the public part of each team's
 * record, its root key and its key objects. Reading is pure; applying makes the teams known here: a
 * record, principals, and the row that says through which peer they are reached. A root that was
 * pinned stays: another is refused. */
#ifndef EXCHANGE_ANNOUNCE_H
#define EXCHANGE_ANNOUNCE_H

#include "exchange/own_keys.h"
#include "store/peers.h"

#define ANNOUNCE_TEAMS_MAX 1000

struct announced {
	struct uuid uid;
	struct json body; /* of the record: known fields that leave */
	struct ed25519_public root;
	struct json keys; /* array of x-hikeshi-key, checked under root */
};
/* The teams hosted here, the node's own first: [{"team":{"id","name",...},"root","keys":[...]}]. */
MUST_CHECK enum err announce_own(struct node *n, struct arena *a, struct json *ret,
				 struct why *why);
/* One row of it, of any team with known keys. */
MUST_CHECK enum err announce_team(struct node *n, struct arena *a, const struct directory_team *t,
				  struct json *out, struct why *why);
/* Reads what a peer said; refuses what is not signed by the roots it names. */
MUST_CHECK enum err announce_parse(struct ctx *c, const struct json *teams, struct announced **ret,
				   size_t *ret_n, struct why *why);
/* Makes them known as reached via peer (of that node key). direct: the peer says it hosts them, and
 * the newest key of each must name its node key; else they work behind it, and those reached
 * another way stay so. c acts as the node. ERR_DENIED: "key_changed" (another root than the pinned
 * one), "not_yours" (hosted here, or by its newest key on another node); ERR_CONFLICT: "forked". */
MUST_CHECK enum err announce_apply(struct ctx *c, int64_t peer, struct digest node_key, bool direct,
				   const struct announced *teams, size_t n, struct why *why);

#endif
