// SPDX-License-Identifier: Apache-2.0
/* sources: TAXII servers of others that this node reads, as rows: where, with which secret, under
 * which label, how far each collection was read, and which server brought an object. Arrays in,
 * arrays out; any thread; texts live in the caller's arena. That a source came or went is in the
 * journal, without its secret. Reading them is exchange's (taxii_client.h). */
#ifndef STORE_SOURCES_H
#define STORE_SOURCES_H

#include "store/store.h"

struct source {
	int64_t key;
	struct uuid uid;
	str url;       /* of its discovery or of one API root, ending with a slash */
	int64_t team;  /* whose the objects become */
	bool internal; /* it may be on this machine or in a private network */
	str auth;      /* empty, "basic", "bearer" */
	str user, secret;
	str collections;              /* ids separated by blanks; empty: all that may be read */
	int tlp;                      /* of what carries none; -1: none given */
	struct uuid circle;           /* zero: none */
	int64_t every_us;             /* between two readings; 0: only when somebody asks */
	int64_t next_us;              /* 0: nobody has asked for it */
	bool paused;                  /* read neither by itself nor when somebody asks */
	str certificate, private_key; /* PEM, shown to the server; empty: none */
	str pin; /* hex of the SHA-256 of the server's public key; empty: the system's authorities
		  */
	int64_t created_us, created_by;
	int64_t last_run_us;           /* 0: never */
	str last_error, last_error_ja; /* empty: the last reading went well */
};
/* ERR_CONFLICT: the team reads that address already. */
MUST_CHECK enum err source_add(struct store *s, const struct source *x, int64_t *ret_key,
			       struct why *why);
MUST_CHECK enum err source_list(struct store *s, struct arena *a, struct source **ret,
				size_t *ret_n, struct why *why);
/* ERR_NOTFOUND where there is none. */
MUST_CHECK enum err source_get(struct store *s, struct arena *a, struct uuid uid,
			       struct source *ret, struct why *why);
/* Changes auth, user, secret, collections, tlp, circle, internal, every_us, next_us, paused and the
 * certificate of a row that is there; noted in the journal without secrets. */
MUST_CHECK enum err source_edit(struct store *s, const struct source *x, int64_t actor,
				struct why *why);
/* Due at once. ERR_CONFLICT: it is paused. */
MUST_CHECK enum err source_ask(struct store *s, const struct source *x, int64_t actor,
			       int64_t now_us, struct why *why);
/* What it brought stays. */
MUST_CHECK enum err source_remove(struct store *s, const struct source *x, int64_t actor,
				  struct why *why);
/* Takes what is due: true for one caller only, whichever process it is in; then it is due again
 * every_us later. */
MUST_CHECK enum err source_take(struct store *s, const struct source *x, int64_t now_us,
				bool *ret_taken, struct why *why);
MUST_CHECK enum err source_ran(struct store *s, int64_t key, int64_t at_us, str error, str error_ja,
			       struct why *why);

/* ---- how far ---- */
struct source_cursor {
	int64_t source;
	str root, collection, title;
	int64_t after_us; /* added_after of the query that is being read; 0: none */
	int64_t last_us;  /* the newest date_added it has shown; 0: nothing yet */
	str next;         /* where the query goes on; empty: it is at its end or just begins */
	int64_t last_run_us;
	str error, error_ja;
	int64_t read, created, updated, unchanged, rejected; /* of all readings */
	str run; /* of the last one, JSON: {"read","new","updated","unchanged","rejected","reasons"}
		  */
};
/* By root and collection. */
MUST_CHECK enum err source_cursors(struct store *s, struct arena *a, int64_t source,
				   struct source_cursor **ret, size_t *ret_n, struct why *why);
/* Adds or replaces. */
MUST_CHECK enum err source_cursor_put(struct store *s, const struct source_cursor *c,
				      struct why *why);
/* The next reading begins anew. */
MUST_CHECK enum err source_rewind(struct store *s, int64_t source, struct why *why);

/* ---- who brought it ---- */
/* Of objects that a team is about to take from a server (origin): held[i] says that it holds one
 * already. ret[i]: new, and noted as brought by it, or brought by it before. */
MUST_CHECK enum err source_claim(struct store *s, int64_t team, struct uuid origin,
				 const struct uuid *ids, const bool *held, size_t n, bool *ret,
				 struct why *why);

#endif
