// SPDX-License-Identifier: Apache-2.0
/* router: a table of routes, matched by segments; "{name}" takes one segment. Routes are data:
 * OpenAPI is generated from the same table. Built once at start, then read-only. */
#ifndef NET_ROUTER_H
#define NET_ROUTER_H

#include "net/http.h"

#define ROUTE_VARS 6
struct route_match {
	const struct route *route;
	str vars[ROUTE_VARS]; /* in the order of the braces in the pattern */
};
struct route {
	enum http_method method;
	const char *pattern; /* "/api/v1/{plural}/{id}/history" */
	void (*handle)(void *ctx, struct request *rq, const struct route_match *m);
	unsigned flags;  /* the api's own: needs sign-in, streaming body ... */
	const void *doc; /* the api's description for OpenAPI */
};
struct router;
struct router *router_new(const struct route *routes, size_t n);
void router_free(struct router *r);
/* Literal segments win over braces. ERR_NOTFOUND: no such path; ERR_CONFLICT: path known, method
 * not
 * (*ret_allow gets "GET, POST" in the arena). HEAD matches GET routes. */
MUST_CHECK enum err router_match(const struct router *r, struct arena *a, enum http_method m,
				 str path, struct route_match *ret, str *ret_allow);

#endif
