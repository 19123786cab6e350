// SPDX-License-Identifier: Apache-2.0
#include "net/router.h"

#include "tests/check.h"

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/"},
    {.method = HTTP_GET, .pattern = "/api/v1/{plural}"},
    {.method = HTTP_POST, .pattern = "/api/v1/{plural}"},
    {.method = HTTP_GET, .pattern = "/api/v1/{plural}/{id}"},
    {.method = HTTP_PATCH, .pattern = "/api/v1/{plural}/{id}"},
    {.method = HTTP_GET, .pattern = "/api/v1/me"},
    {.method = HTTP_GET, .pattern = "/api/v1/{plural}/{id}/history"},
    {.method = HTTP_POST, .pattern = "/api/v1/operations/{id}:undo"},
    {.method = HTTP_GET, .pattern = "/api/v1/search/{kind}"},
    {.method = HTTP_GET, .pattern = "/taxii2/"},
    {.method = HTTP_GET, .pattern = "/{a}/{b}/{c}/{d}/{e}/{f}"},
};

static void matches_by_segments(void)
{
	static const struct {
		enum http_method method;
		str path;
		enum err err;
		int route;
		str first, second;
	} rows[] = {
	    {HTTP_GET, STR_INIT("/"), ERR_OK, 0, {0}, {0}},
	    {HTTP_GET, STR_INIT("/api/v1/incidents"), ERR_OK, 1, STR_INIT("incidents"), {0}},
	    {HTTP_POST, STR_INIT("/api/v1/incidents"), ERR_OK, 2, STR_INIT("incidents"), {0}},
	    {HTTP_GET, STR_INIT("/api/v1/x/INC-1"), ERR_OK, 3, STR_INIT("x"), STR_INIT("INC-1")},
	    {HTTP_GET, STR_INIT("/api/v1/me"), ERR_OK, 5, {0}, {0}},
	    /* the literal has no POST: the brace takes it */
	    {HTTP_POST, STR_INIT("/api/v1/me"), ERR_OK, 2, STR_INIT("me"), {0}},
	    {HTTP_GET, STR_INIT("/api/v1/x/1/history"), ERR_OK, 6, STR_INIT("x"), STR_INIT("1")},
	    /* back out of a literal that leads nowhere */
	    {HTTP_GET, STR_INIT("/api/v1/search/1/history"), ERR_OK, 6, STR_INIT("search"),
	     STR_INIT("1")},
	    {HTTP_POST, STR_INIT("/api/v1/operations/op_9:undo"), ERR_OK, 7, STR_INIT("op_9"), {0}},
	    {HTTP_GET, STR_INIT("/api/v1/search/a"), ERR_OK, 8, STR_INIT("a"), {0}},
	    {HTTP_HEAD, STR_INIT("/api/v1/me"), ERR_OK, 5, {0}, {0}},
	    {HTTP_GET, STR_INIT("/taxii2/"), ERR_OK, 9, {0}, {0}},
	    {HTTP_GET, STR_INIT("/taxii2"), ERR_NOTFOUND, 0, {0}, {0}},
	    {HTTP_GET, STR_INIT("/api/v1/incidents/"), ERR_NOTFOUND, 0, {0}, {0}},
	    {HTTP_GET, STR_INIT("/api/v1//history"), ERR_NOTFOUND, 0, {0}, {0}},
	    {HTTP_GET, STR_INIT("/1/2/3/4/5/6"), ERR_OK, 10, STR_INIT("1"), STR_INIT("2")},
	    {HTTP_GET, STR_INIT("/1/2/3/4/5/6/7"), ERR_NOTFOUND, 0, {0}, {0}},
	    {HTTP_GET, STR_INIT("*"), ERR_NOTFOUND, 0, {0}, {0}},
	    {HTTP_DELETE, STR_INIT("/api/v1/x/1"), ERR_CONFLICT, 0, {0}, {0}},
	};
	struct router *r = router_new(routes, ARRAY_LEN(routes));
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct route_match m = {0};
		str allow = STR("");
		enum err err = router_match(r, &a, rows[i].method, rows[i].path, &m, &allow);

		if (err != rows[i].err)
			printf("# row %zu\n", i);
		CHECK(err == rows[i].err);
		if (err != ERR_OK)
			continue;
		CHECK(m.route == &routes[rows[i].route]);
		CHECK(str_eq(m.vars[0], rows[i].first));
		CHECK(str_eq(m.vars[1], rows[i].second));
	}
	router_free(r);
}

static void tells_which_methods_are_allowed(void)
{
	struct router *r = router_new(routes, ARRAY_LEN(routes));
	struct route_match m;
	str allow = STR("");
	ARENA(a, 0);

	CHECK(router_match(r, &a, HTTP_DELETE, STR("/api/v1/x"), &m, &allow) == ERR_CONFLICT);
	CHECK(str_eq(allow, STR("GET, HEAD, POST")));
	CHECK(router_match(r, &a, HTTP_OTHER, STR("/api/v1/x/1"), &m, &allow) == ERR_CONFLICT);
	CHECK(str_eq(allow, STR("GET, HEAD, PATCH")));
	router_free(r);
	router_free(NULL);
}

RUN_TESTS({"matches by segments", matches_by_segments},
	  {"tells which methods are allowed", tells_which_methods_are_allowed})
