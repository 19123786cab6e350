// SPDX-License-Identifier: Apache-2.0
/* exchange: what other nodes and machines read and send: TAXII 2.1 below /taxii2/. Handlers decode,
 * ask collection.h and team/, and encode. Process lifetime; used from the HTTP server's threads. */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "net/http.h"
#include "team/jobs.h"
#include "team/node.h"

struct exchange;
struct exchange_options {
	struct node *node;
	struct jobs *jobs; /* NULL: nobody to wake */
	bool read_only;    /* nothing is taken */
};
struct exchange *exchange_new(const struct exchange_options *o);
struct links;
/* Before the first request: who is told that a peer has spoken. */
void exchange_tells(struct exchange *x, struct links *l);
void exchange_free(struct exchange *x); /* takes NULL */
/* True for the addresses that are exchange's: /taxii2 and all below it. */
bool exchange_owns(str path);
/* For http_options, for those addresses. ctx is the struct exchange. */
void exchange_handle(void *ctx, struct request *rq);
size_t exchange_body_limit(void *ctx);
/* An error resource for what the HTTP server refuses by itself. */
void exchange_refused(struct request *rq, int status, const char *reason);

#endif
