// SPDX-License-Identifier: Apache-2.0
/* taxii_client: reads TAXII 2.1 servers of others, page by page, into the import of the team that
 * asked for it. What they send is unverified and changes nothing that did not come from them; a
 * cursor in each collection is moved when a page is durable, so any break costs a page at most. A
 * server that lies, loops or talks nonsense ends with a sentence. Credentials go to the address
 * that an administrator named and nowhere else. Rules: policy_node "peers". */
#ifndef EXCHANGE_TAXII_CLIENT_H
#define EXCHANGE_TAXII_CLIENT_H

#include <stdatomic.h>

#include "store/sources.h"
#include "team/record.h"

#define SOURCE_EVERY_US (INT64_C(3600) * US_PER_S)

/* ---- sources ---- */
/* Whether the actor may have to do with sources at all; and all of them. */
MUST_CHECK enum err taxii_source_may(struct ctx *c, struct why *why);
MUST_CHECK enum err taxii_source_all(struct ctx *c, struct source **ret, size_t *ret_n,
				     struct why *why);
/* Adds x, whose url, team, auth, user, secret, collections, tlp, circle, internal and every_us are
 * filled; what names this machine is internal without a word. ERR_INVALID: not an address of http
 * or https; ERR_CONFLICT: read already. */
MUST_CHECK enum err taxii_source_add(struct ctx *c, const struct source *x, struct source *ret,
				     struct why *why);
/* By id or address. */
MUST_CHECK enum err taxii_source_find(struct ctx *c, str id_or_url, struct source *ret,
				      struct why *why);
/* What source_edit changes, checked as when it was added. */
MUST_CHECK enum err taxii_source_edit(struct ctx *c, const struct source *x, struct why *why);
/* To be read at once, by the server that runs. ERR_CONFLICT: paused. */
MUST_CHECK enum err taxii_source_ask(struct ctx *c, const struct source *x, struct why *why);
MUST_CHECK enum err taxii_source_remove(struct ctx *c, const struct source *x, struct why *why);
/* {"id","url","internal","team","auth","user","collections":[ids],"tlp","circle","every_s",
 * "last_run","last_error","read":[{"root","collection","title","added_after","error","objects":
 * {...}}]}; never the secret. */
MUST_CHECK enum err taxii_source_json(struct ctx *c, const struct source *x, struct json_out *o,
				      struct why *why);

/* ---- reading ---- */
#define TAXII_REASONS 5
/* What happened in one collection, or (collection empty) with an API root or the whole source. */
struct taxii_told {
	str root, collection, title;
	int64_t pages, read, created, updated, unchanged, rejected; /* of this reading */
	str reasons[TAXII_REASONS]; /* why the first ones were rejected */
	size_t n_reasons;
	str error, error_ja; /* empty: read to its end */
};
/* Reads what is new (all: from the beginning). Results in the arena. stop (nullable): ends between
 * two pages. Errors are of the own store only: what was wrong with the server is told. */
MUST_CHECK enum err taxii_pull(struct node *n, struct arena *a, const struct source *x, bool all,
			       const atomic_bool *stop, struct taxii_told **ret, size_t *ret_n,
			       struct why *why);

/* ---- by itself, while the server runs ---- */
struct taxii_readers;
struct taxii_readers *taxii_readers_start(struct node *n);
/* Lets the page on its way end, then frees. Takes NULL. */
void taxii_readers_stop(struct taxii_readers *r);

#endif
