// SPDX-License-Identifier: Apache-2.0
/* A tree of segments. Each node has its literal children sorted for binary search and its braces,
 * longest literal tail first ("{id}:undo" before "{id}"). Looking a path up tries the literal
 * child, then the braces. */
#include "net/router.h"

#include <assert.h>

#include "base/vec.h"

#define METHODS (HTTP_OTHER + 1)
#define DEPTH_MAX 24

struct node;
struct edge {
	str text; /* a literal segment, or what follows a brace */
	struct node *to;
};
struct node {
	VEC(struct edge) literals;
	VEC(struct edge) braces;
	const struct route *routes[METHODS];
	bool is_end;
};
struct router {
	struct arena arena;
	struct node root;
};

static const char *const method_names[METHODS] = {
    [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",         [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS", [HTTP_OTHER] = NULL,
};

/* Children are few and added once at start: insertion keeps them in order. */
static struct node *literal_child(struct arena *a, struct node *n, str text)
{
	size_t i = n->literals.n;

	for (size_t k = 0; k < n->literals.n; k++)
		if (str_eq(n->literals.p[k].text, text))
			return n->literals.p[k].to;
	(void)vec_push(a, &n->literals);
	for (; i > 0 && str_cmp(n->literals.p[i - 1].text, text) > 0; i--)
		n->literals.p[i] = n->literals.p[i - 1];
	n->literals.p[i] = (struct edge){text, arena_new(a, struct node)};
	return n->literals.p[i].to;
}

static struct node *brace_child(struct arena *a, struct node *n, str tail)
{
	size_t i = n->braces.n;

	for (size_t k = 0; k < n->braces.n; k++)
		if (str_eq(n->braces.p[k].text, tail))
			return n->braces.p[k].to;
	(void)vec_push(a, &n->braces);
	for (; i > 0 && n->braces.p[i - 1].text.n < tail.n; i--)
		n->braces.p[i] = n->braces.p[i - 1];
	n->braces.p[i] = (struct edge){tail, arena_new(a, struct node)};
	return n->braces.p[i].to;
}

static void route_add(struct router *r, const struct route *route)
{
	str rest = str_c(route->pattern), seg;
	struct node *n = &r->root;
	unsigned vars = 0, depth = 0;

	assert(str_skip_prefix(&rest, STR("/")));
	while (str_split(&rest, '/', &seg)) {
		ptrdiff_t close = str_find_char(seg, '}');

		assert(++depth <= DEPTH_MAX);
		if (str_starts(seg, STR("{"))) {
			assert(close > 1 && ++vars <= ROUTE_VARS);
			n = brace_child(&r->arena, n, str_from(seg, (size_t)close + 1));
		} else {
			assert(close < 0);
			n = literal_child(&r->arena, n, seg);
		}
	}
	assert(!n->routes[route->method]);
	n->routes[route->method] = route;
	n->is_end = true;
}

struct router *router_new(const struct route *routes, size_t n)
{
	struct router *r = mem_alloc(sizeof(*r));

	arena_init(&r->arena, 0);
	for (size_t i = 0; i < n; i++)
		route_add(r, &routes[i]);
	return r;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	arena_done(&r->arena);
	mem_free(r);
}

static const struct node *literal_find(const struct node *n, str seg)
{
	size_t lo = 0, hi = n->literals.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(n->literals.p[mid].text, seg);

		if (c == 0)
			return n->literals.p[mid].to;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* A search: the first end in the order literal before brace that has the method (wanted), and the
 * first end at all (any). Bounded by the number of nodes, which the program fixes, never by the
 * path. */
struct search {
	enum http_method method;
	str vars[ROUTE_VARS];
	const struct node *any;
	struct route_match found;
};

static const struct route *route_of(const struct node *n, enum http_method m)
{
	return m == HTTP_HEAD && !n->routes[HTTP_HEAD] ? n->routes[HTTP_GET] : n->routes[m];
}

static bool at_end(struct search *s, const struct node *n)
{
	const struct route *route = route_of(n, s->method);

	if (!n->is_end)
		return false;
	if (!s->any)
		s->any = n;
	if (!route)
		return false;
	s->found.route = route;
	memcpy(s->found.vars, s->vars, sizeof(s->vars));
	return true;
}

static bool descend(struct search *s, const struct node *n, str rest, unsigned vars)
{
	const struct node *next;
	str seg;

	if (!str_split(&rest, '/', &seg))
		return at_end(s, n);
	next = literal_find(n, seg);
	if (next && descend(s, next, rest, vars))
		return true;
	for (size_t i = 0; i < n->braces.n; i++) {
		str tail = n->braces.p[i].text;

		if (seg.n <= tail.n || !str_ends(seg, tail))
			continue;
		s->vars[vars] = str_slice(seg, 0, seg.n - tail.n);
		if (descend(s, n->braces.p[i].to, rest, vars + 1))
			return true;
		s->vars[vars] = STR_NULL;
	}
	return false;
}

static str allow_text(struct arena *a, const struct node *n)
{
	BUF(out);

	for (int m = 0; m < METHODS; m++) {
		if (!route_of(n, (enum http_method)m) || !method_names[m])
			continue;
		if (out.n)
			buf_add(&out, STR(", "));
		buf_add(&out, str_c(method_names[m]));
	}
	return arena_str(a, buf_str(&out));
}

enum err router_match(const struct router *r, struct arena *a, enum http_method m, str path,
		      struct route_match *ret, str *ret_allow)
{
	struct search s = {.method = m};

	if (!str_skip_prefix(&path, STR("/")))
		return ERR_NOTFOUND;
	if (path.n == 0)
		path = STR(""); /* the root: one empty segment */
	if (descend(&s, &r->root, path, 0)) {
		*ret = s.found;
		return ERR_OK;
	}
	if (!s.any)
		return ERR_NOTFOUND;
	*ret_allow = allow_text(a, s.any);
	return ERR_CONFLICT;
}
