// SPDX-License-Identifier: Apache-2.0
/* accept: what arrives over a link becomes records of the team that signed it (docs/links.md). Each
 * object is judged alone: signature by a pinned key, nothing changed or added, a newer rev of its
 * lineage, an audience that was opened for somebody here. What is refused is told item by item,
 * with a code and a sentence, to the sender and on the link's page; nothing of it is kept. What is
 * taken is durable when the call returns. */
#ifndef EXCHANGE_ACCEPT_H
#define EXCHANGE_ACCEPT_H

#include "exchange/envelope.h"
#include "team/node.h"

enum accept_state {
	ACCEPT_TAKEN,
	ACCEPT_KNOWN,   /* held already, or older than what is held: nothing to do */
	ACCEPT_REFUSED, /* code, reason; another try changes nothing */
	ACCEPT_LATER,   /* not now (busy, disk full): try again */
};
struct accept_result {
	str id; /* of the object, as it came */
	int64_t rev;
	enum accept_state state;
	const char *code; /* "signature" "unsigned" "unknown_key" "revoked_key" "forked" "widened"
			     "not_for_us" "malformed" "red_unsealed" "clock" ... */
	str en, ja;
	bool early; /* ACCEPT_REFUSED because its team or key is not known: who sends it has perhaps
		     * not told that yet, and tries again by himself */
	bool raced; /* ACCEPT_LATER because another link brought the same meanwhile */
	str held; /* the signature held in its place, without salts: for who lost his own history */
};
/* epoch: of the sender's journal, as it says; zero: it does not. A team of the peer itself that
 * signs two texts as one rev stops the link, unless the peer was restored from a backup. objects:
 * of one envelope, signatures among them, at most ENVELOPE_MOST. One result for each object that is
 * no signature. Errors are of the whole only (store). peer: key of the peer's row. */
MUST_CHECK enum err accept_objects(struct node *n, struct arena *a, int64_t peer, struct uuid epoch,
				   const struct arrived *objects, size_t n_objects,
				   struct accept_result **ret, size_t *ret_n, struct why *why);

#endif
