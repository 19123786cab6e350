// SPDX-License-Identifier: Apache-2.0
/* api: the HTTP face of a node: REST resources, streams, the public form, the user interface.
 * Handlers decode, call team/, encode; they build no SQL and decide no permission. One place turns
 * errors into problem+json (RFC 9457). Process lifetime; used from the HTTP server's worker
 * threads. */
#ifndef API_API_H
#define API_API_H

#include "net/asset.h"
#include "net/http.h"
#include "team/jobs.h"
#include "team/node.h"

struct api;
struct api_options {
	struct node *node;
	struct jobs *jobs;          /* NULL: nobody to wake */
	const struct asset *assets; /* sorted by url; NULL: no user interface was built in */
	size_t n_assets;
	const char *version;
	bool read_only; /* what writes answers 503; people sign in and out */
};
struct api *api_new(const struct api_options *o);
void api_free(struct api *a);
/* For http_options. ctx is the struct api. */
void api_handle(void *ctx, struct request *rq);
size_t api_body_limit(void *ctx, enum http_method m, str path);
/* While draining: /readyz says no, streams end. */
void api_drain(struct api *a);
/* The OpenAPI 3.1 document, generated from the catalogue and the routes; lives as long as the api.
 */
str api_openapi(struct api *a);

#endif
