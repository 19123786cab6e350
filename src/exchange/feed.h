// SPDX-License-Identifier: Apache-2.0
/* feed: what a peer may have, in the order of the node (docs/links.md): every record whose label
 * one of the teams reached via that peer may take along, as exchange object with its signature
 * beside it. What its team has not signed yet is signed on the way, up to a thousand with one key
 * operation. One reading of the lists serves the push, the pull of the peer, and the preview of
 * what it would get. */
#ifndef EXCHANGE_FEED_H
#define EXCHANGE_FEED_H

#include "exchange/object.h"
#include "exchange/signature.h"
#include "store/peers.h"
#include "store/signed.h"

#define FEED_PAGE 1000

/* What the feed knows of a link. */
struct feed_reader {
	int64_t peer;         /* key of the peer's row */
	const int64_t *teams; /* principals of the teams reached via it, sorted */
	size_t n_teams;
	bool own; /* instead: what those teams signed themselves, given back to a node that was
		     restored from a backup; no TLP:RED, which is opened here */
	const int64_t *circles; /* only what names one of them; NULL: everything */
	size_t n_circles;
};
/* The teams reached via a peer. */
MUST_CHECK enum err feed_reader_of(struct node *n, struct arena *a, int64_t peer,
				   struct feed_reader *ret, struct why *why);
/* For its own: the teams that the peer itself hosts. */
MUST_CHECK enum err feed_reader_own(struct node *n, struct arena *a, int64_t peer,
				    struct feed_reader *ret, struct why *why);
struct feed_item {
	str id; /* type--uuid of the object */
	struct uuid uid;
	int64_t team; /* hosted here, whose it is; 0: of elsewhere, passed on */
	int64_t pos;
	int64_t rev;
	str object, signature; /* JSON texts; signature opened for this peer alone */
	/* Not sent, and why (both NULL: it is). */
	const char *code;
	struct bilingual reason;
};
/* The next page behind after_pos, at most limit (1..FEED_PAGE) records; *ret_next: where to go on,
 * also when nothing came; *ret_more: there is more behind it. */
MUST_CHECK enum err feed_read(struct node *n, struct arena *a, const struct feed_reader *who,
			      int64_t after_pos, size_t limit, struct feed_item **ret,
			      size_t *ret_n, int64_t *ret_next, bool *ret_more, struct why *why);

/* Those of the objects named that the peer may have, in no order: what is sent again. */
MUST_CHECK enum err feed_named(struct node *n, struct arena *a, const struct feed_reader *who,
			       const struct uuid *ids, size_t n_ids, struct feed_item **ret,
			       size_t *ret_n, struct why *why);
/* A peer has shown a manifest of ours that this node does not know (it was restored from a backup):
 * the object is signed anew, above that rev. ERR_CONFLICT: what the peer has is newer than what is
 * here. ERR_NOTFOUND: nothing of it goes to that peer. */
MUST_CHECK enum err feed_resign(struct node *n, struct arena *a, const struct feed_reader *who,
				struct uuid id, const struct signed_manifest *shown,
				struct why *why);

/* How many records the peer may have lie behind after_pos; counting stops at most. */
MUST_CHECK enum err feed_behind(struct node *n, struct arena *a, const struct feed_reader *who,
				int64_t after_pos, int64_t most, int64_t *ret, struct why *why);
/* The same for a peer's row, up to FEED_BEHIND_MOST; -1 where it cannot be told. */
#define FEED_BEHIND_MOST 10000
int64_t peer_behind(struct node *n, struct arena *a, const struct peer *p);

#endif
