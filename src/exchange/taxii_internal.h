// SPDX-License-Identifier: Apache-2.0
/* taxii_internal: what the files of the TAXII server share. Private to exchange/. */
#ifndef EXCHANGE_TAXII_INTERNAL_H
#define EXCHANGE_TAXII_INTERNAL_H

#include <stdatomic.h>

#include "exchange/collection.h"
#include "exchange/exchange.h"
#include "exchange/taxii_media.h"
#include "exchange/taxii_query.h"
#include "net/router.h"

#define TAXII_PAGE 1000u             /* objects, unless fewer are asked for */
#define TAXII_PAGE_BYTES (16u << 20) /* of bodies in one answer */
/* The version of objects that have neither modified nor created (TAXII 2.1 section 3.4.1): the same
 * for all, for ever. */
#define TAXII_NO_VERSION STR("1970-01-01T00:00:00.000Z")
#define TAXII_BODY_BYTES ((int64_t)100 << 20)

struct exchange {
	struct exchange_options o;
	struct router *router;
	struct links *_Atomic links; /* NULL: there are none here */
};
/* One request on its way: made by exchange_handle, given to handlers. */
struct taxii_call {
	struct exchange *x;
	struct request *rq;
	const struct route_match *m;
	struct ctx ctx;
	struct actor actor;
	struct why why;
	int status; /* of the error, where it is not that of enum err; 0: by enum err */
	bool has_ctx;
};
typedef enum err taxii_fn(struct taxii_call *c);

/* ---- answers (taxii.c) ---- */
/* Takes the text of b. */
enum err taxii_reply(struct taxii_call *c, int status, struct buf *b);
/* An error of this status with one sentence. */
MUST_CHECK enum err taxii_fail(struct taxii_call *c, int status, const char *text);
/* The id of a collection of the address, which the caller may read (writing: write to). */
MUST_CHECK enum err taxii_collection(struct taxii_call *c, struct collection *ret);
MUST_CHECK enum err taxii_readable(struct taxii_call *c, struct collection *ret);
MUST_CHECK enum err taxii_filters(struct taxii_call *c, unsigned allowed, bool strict,
				  struct taxii_query *ret);
str taxii_var(struct taxii_call *c, size_t i);
/* "2026-11-23T09:30:00.000000Z" */
str taxii_time(struct arena *a, int64_t us);
int64_t taxii_max_bytes(const struct exchange *x);

/* ---- the objects of a record (taxii_objects.c) ---- */
struct taxii_sent {
	str text, type, id, version;
	int64_t version_us;
};
/* Up to max objects; *ret_n 0: nothing of it may leave. */
#define TAXII_SENT 5
MUST_CHECK enum err taxii_compose(struct taxii_call *c, const struct collection *x,
				  const struct record *r, bool with_head,
				  struct taxii_sent ret[TAXII_SENT], size_t *ret_n);

/* The first version of an object, of n > 0 in the order in which they were added. */
const struct placed *taxii_first(const struct placed *all, size_t n);

/* ---- handlers ---- */
enum err taxii_discovery(struct taxii_call *c), taxii_root(struct taxii_call *c),
    taxii_collections(struct taxii_call *c), taxii_collection_get(struct taxii_call *c),
    taxii_status_get(struct taxii_call *c);
enum err taxii_objects_get(struct taxii_call *c), taxii_object_get(struct taxii_call *c),
    taxii_manifest(struct taxii_call *c), taxii_versions(struct taxii_call *c);
enum err taxii_objects_post(struct taxii_call *c), taxii_object_delete(struct taxii_call *c);

/* Of a link, for its peer alone (sync_server.c); they ask who it is themselves. */
enum err taxii_link_root(struct taxii_call *c), taxii_link_collections(struct taxii_call *c),
    taxii_link_collection(struct taxii_call *c), taxii_link_get(struct taxii_call *c),
    taxii_link_post(struct taxii_call *c), taxii_link_manifest(struct taxii_call *c),
    taxii_link_object(struct taxii_call *c), taxii_link_versions(struct taxii_call *c);

#endif
