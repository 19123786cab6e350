// SPDX-License-Identifier: Apache-2.0
/* sync_internal: what the files of sync.h share. Private to exchange/. */
#ifndef EXCHANGE_SYNC_INTERNAL_H
#define EXCHANGE_SYNC_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "exchange/accept.h"
#include "exchange/sync.h"
#include "store/signed.h"

#define LINK_COLLECTION "direct"

struct client;
struct link_answer {
	int status;
	str body;
};
/* One request to a peer: its address, its pins, our token. path begins with "/". */
MUST_CHECK enum err link_call(struct node *n, struct client *http, const struct peer *p,
			      struct arena *a, const char *method, str path, str body,
			      struct link_answer *ret, struct why *why);
/* pushed: rises when the peer pushes in order by itself: then nothing more is read; or NULL. */
MUST_CHECK enum err link_round_with(struct node *n, struct client *http, const struct peer *p,
				    bool do_pull, bool all, const atomic_bool *pushed,
				    struct link_counts *ret, struct why *why);
/* The row of a link after a round: what failed, or that nothing does any more. before: the row as
 * it was when the round began. */
void link_round_said(struct node *n, const struct peer *before, enum err err,
		     const struct why *why);
/* One round with one peer. The lanes of a push (sync_push.c) share it: whoever uses it holds lock,
 * and waits for the peer without it. */
struct round {
	struct node *node;
	const struct peer *peer;
	struct client *http;
	struct link_counts *counts;
	struct uuid epoch; /* of the peer, as it said last */
	int64_t after;     /* pushed up to here */
	const atomic_bool *pushed;
	pthread_mutex_t lock;
};
/* What the peer answers with success; its epoch is noted. The lock is given up meanwhile. */
MUST_CHECK enum err round_call(struct round *r, struct client *http, struct arena *a,
			       const char *method, str path, str body, struct envelope *ret,
			       struct why *why);
/* Path of the link's collection, rest behind it. */
str round_direct(struct arena *a, const struct peer *p, const char *rest);
/* Rows of this direction whose time has come, and their objects' ids; ret, ids have room for
 * LINK_DUE_MOST. */
#define LINK_DUE_MOST 50
MUST_CHECK enum err round_due(struct round *r, struct arena *a, enum link_direction direction,
			      struct link_item *ret, struct uuid *ids, size_t *ret_n,
			      struct why *why);
/* Everything behind the peer's cursor; the lock is held. */
MUST_CHECK enum err round_push(struct round *r, struct why *why);
/* What is said of one object, cut to what a page can show. */
str link_reason(struct arena *a, str en, str ja);
/* ---- sync_answer.c ---- */
struct link_counts;
/* The sentence for an answer that is no success. */
MUST_CHECK enum err link_answer_bad(struct arena *a, const struct link_answer *x, struct why *why);
/* What the status says was not taken goes to the items, by id. */
void link_failures(struct arena *a, const struct json *status, struct link_item *items, size_t n,
		   struct link_counts *counts);
/* The peer shows manifests of ours that are not known here: those objects are signed anew, and go
 * out at the next round. */
MUST_CHECK enum err link_held(struct node *n, struct arena *a, const struct peer *p,
			      const struct json *status, struct link_item *items, size_t n_items,
			      struct why *why);
/* The epoch of a peer's journal in what it says ("x_epoch"); zero: it says none. */
struct uuid link_epoch(const struct json *said);
/* Another epoch than before: cursors go to 0, the link's page says so, and ERR_BUSY: the round
 * ends. */
MUST_CHECK enum err link_epoch_seen(struct node *n, struct arena *a, const struct peer *p,
				    struct uuid said, struct why *why);
/* Was it restored lately? */
bool link_is_restored(struct node *n, struct arena *a, const struct peer *p);
/* ,"x_epoch":"..." of this node */
MUST_CHECK enum err link_own_epoch(struct node *n, char ret[UUID_TEXT], struct why *why);
/* The row that says what became of an object that arrived. */
struct link_item link_item_of(int64_t peer, struct arena *a, const struct accept_result *x);

#endif
