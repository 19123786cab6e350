// SPDX-License-Identifier: Apache-2.0
/* moved: teams that move between nodes (docs/links.md, "A team moves"). Where a team leaves: what
 * goes along, read in order. Where it arrives: its history told again by write sets whose puts and
 * notes carry what stood in the other node's journal, and the proofs of that journal kept beside.
 * Any thread but where said; texts live in the caller's arena. */
#ifndef STORE_MOVED_H
#define STORE_MOVED_H

#include "store/peers.h"
#include "store/service.h"
#include "store/signed.h"
#include "store/sources.h"

/* An entry of the other node's journal, with what proves it (docs/formats.md 5). */
struct moved_entry {
	struct uuid epoch;
	int64_t seq, at_us, actor, team; /* team: principal here */
	str kind;                        /* ends with a NUL */
	struct uuid subject;
	uint8_t salt[16], salt2[16];
	struct digest digest; /* of the content with salt2 */
	str content;          /* NULL p: erased, or not for this team alone (links of others) */
	str slice;            /* of an import: the hashes of all its leaves, sorted; else NULL p */
};
/* Beside a put: what else of it is not made anew. */
struct record_past {
	int64_t key;
	str number;
	const struct moved_entry *entry; /* NULL in a slice: see slice_past */
};
/* The leaf of an entry; team: its uuid, zero for none. */
struct digest moved_leaf(const struct moved_entry *e, struct uuid team);

/* One epoch of the journal of a node that a team worked on. */
struct moved_tree {
	struct uuid epoch, node;
	struct digest node_key; /* Ed25519 public key */
	int64_t size;
	struct digest root;
	str checkpoint; /* C2SP signed note */
	bool fresh;     /* of the node it came from last */
};
MUST_CHECK enum err moved_trees(struct store *s, struct arena *a, struct moved_tree **ret,
				size_t *ret_n, struct why *why);
MUST_CHECK enum err moved_tree_put(struct store *s, const struct moved_tree *t, struct why *why);
/* 256 leaf hashes, the last tile fewer. */
MUST_CHECK enum err moved_tile_put(struct store *s, struct uuid epoch, int64_t idx, str hashes,
				   struct why *why);
/* ERR_NOTFOUND: not held. */
MUST_CHECK enum err moved_hash(struct store *s, struct uuid epoch, int64_t seq, struct digest *ret,
			       struct why *why);
/* How many entries were told again: where to go on after a break. */
MUST_CHECK enum err moved_count(struct store *s, int64_t *ret, struct why *why);

/* ---- on the node that a team leaves ---- */
/* What goes along, in this order, a call each; every text lives until the call returns. leaf: the
 * records of a slice, after its entry. r: with body, as of that version; NULL for notes and links.
 */
struct moving_sink {
	void *ctx;
	enum err (*tree)(void *ctx, const struct moved_tree *t, struct why *why);
	enum err (*tile)(void *ctx, struct uuid epoch, int64_t idx, str hashes, struct why *why);
	enum err (*entry)(void *ctx, const struct moved_entry *e, const struct record *r,
			  struct why *why);
	enum err (*leaf)(void *ctx, const struct record *r, struct why *why);
	enum err (*counter)(void *ctx, int64_t team, str prefix, int64_t year, int64_t next,
			    struct why *why);
	enum err (*signed_row)(void *ctx, const struct record_signed *row, struct why *why);
	enum err (*sealed)(void *ctx, int64_t holding, int32_t version, int64_t team, int64_t at_us,
			   struct why *why);
	enum err (*token)(void *ctx, const struct token *t, struct why *why);
	enum err (*file)(void *ctx, const struct file_row *f, struct why *why);
	/* An entry of a node before this one; by: the entry here that tells it, seq -1: none. */
	enum err (*past)(void *ctx, const struct moved_entry *e, struct uuid by_epoch,
			 int64_t by_seq, struct why *why);
	enum err (*source)(void *ctx, const struct source *x, const struct source_cursor *at,
			   size_t n, struct why *why);
	enum err (*claimed)(void *ctx, struct uuid origin, const struct uuid *ids, size_t n,
			    struct why *why);
	enum err (*job)(void *ctx, const struct job *j, str dedupe, struct why *why);
};
/* team and its outbox: principals. Trees come without node, key and checkpoint where they are of
 * this node; those of nodes before it with them, and are not fresh. */
MUST_CHECK enum err moving_read(struct store *s, int64_t team, int64_t outbox,
				const struct moving_sink *sink, struct why *why);
/* Largest account number, record key and object here: what others may have used in texts. */
MUST_CHECK enum err moving_accounts_top(struct store *s, int64_t *ret, struct why *why);

/* The team is elsewhere from now on, not reached; its people are signed out. Its keys stay, so that
 * moving_abort takes it back. ERR_CONFLICT: it is elsewhere already. */
MUST_CHECK enum err moving_freeze(struct store *s, const struct peer_team *t, int64_t actor,
				  struct why *why);
MUST_CHECK enum err moving_abort(struct store *s, int64_t team, int64_t actor, struct why *why);
/* The team is reached via t->peer: its keys here are erased, its accounts end, and no server of
 * others is read for it any more. */
MUST_CHECK enum err moving_done(struct store *s, const struct peer_team *t, struct why *why);
/* Keys of what a team holds, above after, at most limit: what is erased when it has gone. */
MUST_CHECK enum err moving_held(struct store *s, int64_t team, int64_t after, size_t limit,
				int64_t *ret, size_t *ret_n, struct why *why);
/* Files of these records go, their bytes where nobody else names them. Hashes and one-time-code
 * secrets of the team's accounts are gone. */
MUST_CHECK enum err moving_erase_rows(struct store *s, int64_t team, const int64_t *records,
				      size_t n, struct why *why);

/* ---- on the node where it arrives ---- */
/* Saying the same again changes nothing. Accounts keep their numbers; new ones go on above top. */
MUST_CHECK enum err moved_account(struct store *s, const struct account *a, struct why *why);
MUST_CHECK enum err moved_accounts_top(struct store *s, int64_t top, struct why *why);
MUST_CHECK enum err moved_token(struct store *s, const struct token *t, struct why *why);
MUST_CHECK enum err moved_counter(struct store *s, int64_t team, str prefix, int64_t year,
				  int64_t next, struct why *why);
MUST_CHECK enum err moved_signed(struct store *s, const struct record_signed *row, struct why *why);
MUST_CHECK enum err moved_file(struct store *s, const struct file_row *f, struct why *why);
/* An entry of a node before the one it came from; what tells it here is what tells the entry (by)
 * of that one. */
MUST_CHECK enum err moved_past(struct store *s, const struct moved_entry *e, struct uuid by_epoch,
			       int64_t by_seq, struct why *why);
MUST_CHECK enum err moved_source(struct store *s, const struct source *x,
				 const struct source_cursor *at, size_t n, struct why *why);
/* A key object of the team, without the secret that signs. */
MUST_CHECK enum err moved_key(struct store *s, const struct team_key *k, struct why *why);
/* Numbers that are handed out from now on are above those that came along; end of the arrival. */
MUST_CHECK enum err moved_finish(struct store *s, struct why *why);

#endif
