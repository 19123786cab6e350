// SPDX-License-Identifier: Apache-2.0
/* move: a hosted team moves to a node of its own (docs/links.md, "A team moves"). On the node it
 * leaves it is frozen and written to a file that only its root key opens; on the new one its
 * history is told again, entry for entry, its keys go on, and the root says that it works there.
 * When the first node hears that from the new one, the team is a team of elsewhere there. Every
 * step can be repeated. */
#ifndef EXCHANGE_MOVE_H
#define EXCHANGE_MOVE_H

#include "exchange/announce.h"
#include "store/moved.h"

struct move_counts {
	int64_t records, entries, files, accounts, lines;
};
struct move_head {
	struct uuid id, team, node;
	str name, node_name, url, invite; /* url, invite: empty where that node has no address */
	int64_t at_us;                    /* frozen since; what was signed there later counts not */
	int64_t accounts_top,
	    administrators;           /* the largest number; how many of its people are one */
	struct ed25519_public online; /* with which the file is signed */
};

/* Freezes the team, if it is not frozen yet, and writes the file. c acts as the node. ERR_CONFLICT:
 * the node's own team, or one that works elsewhere. */
MUST_CHECK enum err move_out(struct ctx *c, int64_t team, int fd, struct move_counts *ret,
			     struct why *why);
/* The team goes on here. With its root key it gets a new key, so that the file is worth nothing any
 * more; NULL: the file is to be destroyed. */
MUST_CHECK enum err move_abort(struct ctx *c, int64_t team, const struct ed25519_secret *root,
			       struct why *why);
/* Was the team frozen by move_out? */
MUST_CHECK enum err move_is_frozen(struct node *n, struct arena *a, int64_t team, bool *ret,
				   struct why *why);

/* Reads the file to its end: whole, sealed to this root, signed by the host that the root named. */
MUST_CHECK enum err move_check(struct arena *a, int fd, const struct ed25519_secret *root,
			       struct move_head *ret, struct why *why);
/* Tells it all again in a node that holds nothing else; goes on where a try before broke off. The
 * file was checked. *ret_team: principal. */
MUST_CHECK enum err move_in(struct ctx *c, int fd, const struct ed25519_secret *root,
			    const struct move_head *head, int64_t *ret_team,
			    struct move_counts *ret, struct why *why);

/* A peer says of a team that is hosted or frozen here that it works elsewhere. Root and chain
 * decide: *ret_gone: it is a team of elsewhere now. t: merged into what is known. */
MUST_CHECK enum err move_heard(struct ctx *c, const struct directory_team *known, int64_t peer,
			       struct digest node_key, bool direct, const struct announced *t,
			       bool *ret_gone, struct why *why);
/* What a team that has moved away held for itself alone is erased here: bodies, histories, files,
 * hashes of passwords; what others may see stays. ERR_CONFLICT: it has not moved away. */
MUST_CHECK enum err move_erase(struct ctx *c, int64_t team, int64_t *ret_records, struct why *why);
/* Teams that have moved away from here: what announce_own says of hosted ones, for peers that would
 * not hear of their new keys otherwise. */
MUST_CHECK enum err move_gone(struct node *n, struct arena *a, int64_t except_peer,
			      struct json *ret, struct why *why);

#endif
