// SPDX-License-Identifier: Apache-2.0
/* sync: what keeps two nodes together (docs/links.md): a thread for each active peer that pushes
 * the feed behind the peer's cursor as soon as something is committed, and reads the peer's feed
 * when asked to, at start and once a minute. A peer that does not answer costs nobody else
 * anything: it is tried again with growing pauses, from its cursor. One process at a time serves a
 * peer (a lease in the database). */
#ifndef EXCHANGE_SYNC_H
#define EXCHANGE_SYNC_H

#include "store/peers.h"
#include "team/node.h"

struct links;
/* Starts the threads; new, changed and removed peers are noticed by links_look. */
struct links *links_start(struct node *n);
/* The rows of peers changed. Any thread. */
void links_look(struct links *l);
/* The peer has sent something: a pause because it was not reached ends. Any thread. Takes NULL. */
void links_heard(struct links *l, int64_t peer);
/* The peer has pushed all of its feed from after to last (0: out of order): the place where it is
 * read goes along, so that nothing is read once more; also where the pieces come in another order.
 * Any thread. l may be NULL. */
MUST_CHECK enum err links_pushed(struct links *l, struct node *n, int64_t peer, struct uuid epoch,
				 int64_t after, int64_t last, struct why *why);
/* Lets what is on its way end, then frees. Takes NULL. */
void links_stop(struct links *l);

struct link_counts {
	int64_t sent, sent_refused, read, read_refused;
	bool waits; /* something is to be sent again in a while */
};
/* One round with one peer on this thread: tells it teams, keys and circles, pushes what is behind,
 * then (pull) reads what is new. all: from the beginning, whatever the cursors say; what is there
 * already is skipped at the other side by its rev. ERR_BUSY, ERR_IO: the peer cannot be reached or
 * answers nonsense; the sentence is for people. */
MUST_CHECK enum err link_round(struct node *n, const struct peer *p, bool pull, bool all,
			       struct link_counts *ret, struct why *why);

#endif
