// SPDX-License-Identifier: Apache-2.0
/* peers: links between nodes as rows (docs/links.md): this node's keys, the keys of its teams, the
 * peers, and the teams reached through them. Arrays in, arrays out; any thread; texts live in the
 * caller's arena. What changes who may speak or be reached leaves a note in the journal, without
 * secrets. Crypto and rules are exchange's. */
#ifndef STORE_PEERS_H
#define STORE_PEERS_H

#include "store/store.h"

/* ---- this node ---- */
struct node_keys {
	uint8_t seed[32];      /* Ed25519 */
	str tls_key, tls_cert; /* PEM */
	int64_t created_us;
};
/* ERR_NOTFOUND: none were made yet. */
MUST_CHECK enum err node_keys_get(struct store *s, struct arena *a, struct node_keys *ret,
				  struct why *why);
/* Once; ERR_CONFLICT: there are some (another process was faster). */
MUST_CHECK enum err node_keys_add(struct store *s, const struct node_keys *k, struct why *why);

/* ---- keys of the teams hosted here ---- */
/* A row for each x-hikeshi-key of a team: a new key, or that an earlier one ends. */
struct team_key {
	int64_t team;
	int32_t n;
	struct digest root, public; /* Ed25519 public keys */
	uint8_t seed[32];           /* of the online key; zero where the object only ends it */
	str age_public, age_secret; /* age1..., AGE-SECRET-KEY-1...; empty where it only ends */
	str object;                 /* x-hikeshi-key */
	int64_t created_us;
	int64_t ends_us, revoked_us; /* as the object says; 0: neither */
};
/* Of one team (0: of all), by team and n. */
MUST_CHECK enum err team_keys_list(struct store *s, struct arena *a, int64_t team,
				   struct team_key **ret, size_t *ret_n, struct why *why);
/* In one transaction. ERR_CONFLICT: an n is taken (somebody else changed the keys meanwhile). */
MUST_CHECK enum err team_keys_add(struct store *s, const struct team_key *k, size_t n,
				  int64_t actor, const char *kind, struct why *why);

/* ---- peers ---- */
struct peer {
	int64_t key;
	struct uuid uid;  /* of the link; the same at both ends */
	struct uuid node; /* the other's id */
	str url, name;
	struct digest node_key; /* Ed25519 public key */
	struct digest tls_spki; /* zero: the peer has no TLS (loopback) */
	str state;              /* confirm active key_changed stopped */
	str root;               /* path of our API root at the peer */
	str token_out;          /* what we send */
	struct digest token_in; /* SHA-256 of what the peer sends */
	struct digest invite;   /* SHA-256 of the secret that made the link */
	int64_t cursor_out;     /* last pos the peer has decided on */
	str cursor_in;          /* where we have read the peer's feed to; empty: nothing */
	struct uuid epoch_in;   /* of the peer's journal, as last seen */
	int64_t created_us, created_by;
	int64_t last_contact_us; /* 0: never */
	str last_error;          /* empty: the last contact went well */
	str teams;               /* what it said last of the teams it hosts: JSON array */
};
/* Adds (key 0) or changes identity, addresses, tokens and state of a peer. ERR_CONFLICT: another
 * row has that uid, node key or token. */
MUST_CHECK enum err peer_put(struct store *s, const struct peer *p, int64_t actor, int64_t *ret_key,
			     struct why *why);
MUST_CHECK enum err peer_list(struct store *s, struct arena *a, struct peer **ret, size_t *ret_n,
			      struct why *why);
/* ERR_NOTFOUND where there is none. */
MUST_CHECK enum err peer_get(struct store *s, struct arena *a, int64_t key, struct peer *ret,
			     struct why *why);
MUST_CHECK enum err peer_by_uid(struct store *s, struct arena *a, struct uuid uid, struct peer *ret,
				struct why *why);
MUST_CHECK enum err peer_by_token(struct store *s, struct arena *a, struct digest token_in,
				  struct peer *ret, struct why *why);
MUST_CHECK enum err peer_by_node_key(struct store *s, struct arena *a, struct digest node_key,
				     struct peer *ret, struct why *why);
MUST_CHECK enum err peer_by_invite(struct store *s, struct arena *a, struct digest invite,
				   struct peer *ret, struct why *why);
/* state NULL p: keep. Not in the journal when the state stays: called at every contact. */
MUST_CHECK enum err peer_contact(struct store *s, int64_t key, int64_t at_us, str error, str state,
				 struct why *why);
/* Never moves back, except to 0 (read all again). */
MUST_CHECK enum err peer_cursor_out(struct store *s, int64_t key, int64_t pos, struct why *why);
MUST_CHECK enum err peer_cursor_in(struct store *s, int64_t key, str cursor, struct uuid epoch,
				   struct why *why);
/* With which memberships of circles the feed of a link was read (exchange/feed_told.h); empty:
 * none. */
MUST_CHECK enum err peer_told_get(struct store *s, struct arena *a, struct uuid peer, str *ret,
				  struct why *why);
MUST_CHECK enum err peer_told_set(struct store *s, struct uuid peer, str text, struct why *why);
/* The link and how its teams were reached; what came through it stays. */
MUST_CHECK enum err peer_remove(struct store *s, int64_t key, int64_t actor, struct why *why);

/* ---- teams that work elsewhere ---- */
struct peer_team {
	int64_t team; /* principal */
	int64_t peer;
	bool direct;        /* hosted by that peer itself; else behind it */
	struct digest root; /* pinned */
	str keys;           /* JSON array of x-hikeshi-key */
};
/* All (peer 0) or those through one peer, by team. */
MUST_CHECK enum err peer_teams_list(struct store *s, struct arena *a, int64_t peer,
				    struct peer_team **ret, size_t *ret_n, struct why *why);
/* Of one team; ERR_NOTFOUND: it never came through a peer. */
MUST_CHECK enum err peer_team_get(struct store *s, struct arena *a, int64_t team,
				  struct peer_team *ret, struct why *why);
/* Adds or replaces; the caller has checked the pinned roots. */
MUST_CHECK enum err peer_teams_put(struct store *s, const struct peer_team *t, size_t n,
				   struct why *why);

/* ---- circles as their owners signed them ---- */
struct circle_kept {
	int64_t circle, roster, rev;
	str object; /* with signature and salts */
};
/* ERR_NOTFOUND: none yet. */
MUST_CHECK enum err circle_kept_get(struct store *s, struct arena *a, int64_t circle,
				    struct circle_kept *ret, struct why *why);
/* Takes the place of one of a lower rev, or of the same rev where same says so. ERR_CONFLICT: there
 * is one of that rev or a higher one. */
MUST_CHECK enum err circle_kept_put(struct store *s, const struct circle_kept *o, bool same,
				    struct why *why);
/* Of all, by circle, without object. */
MUST_CHECK enum err circle_kept_list(struct store *s, struct arena *a, struct circle_kept **ret,
				     size_t *ret_n, struct why *why);

#endif
