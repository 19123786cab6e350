// SPDX-License-Identifier: Apache-2.0
#include "api/api_internal.h"

#include "base/codec.h"
#include "base/log.h"

#define PATH_REPORT "/report"

struct api *api_new(const struct api_options *o)
{
	struct api *a = mem_alloc(sizeof(*a));
	const struct route *table = api_route_table(&a->n_routes);
	struct sha256 *h = sha256_new();
	BUF(hex);

	a->o = *o;
	a->started_us = clock_now_us();
	a->routes = mem_alloc(sizeof(*a->routes) * a->n_routes);
	memcpy(a->routes, table, sizeof(*a->routes) * a->n_routes);
	a->router = router_new(a->routes, a->n_routes);
	sha256_add(h, str_c(o->version));
	for (size_t i = 0; i < o->n_assets; i++)
		sha256_add(h, str_c(o->assets[i].etag));
	struct digest d = sha256_final(h);

	hex_encode(&hex, d.b, 8);
	memcpy(a->build, hex.p, 16);
	openapi_write(a, &a->openapi);
	return a;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	router_free(a->router);
	buf_done(&a->openapi);
	mem_free(a->routes);
	mem_free(a);
}

void api_drain(struct api *a)
{
	atomic_store(&a->draining, true);
}

str api_openapi(struct api *a)
{
	return buf_str(&a->openapi);
}

size_t api_body_limit(void *ctx, enum http_method m, str path)
{
	struct api *a = ctx;

	if (m == HTTP_POST && (str_eq(path, STR("/api/v1/import")) ||
			       str_ends(path, STR("/files")) || str_ends(path, STR("/indicators"))))
		return (size_t)a->o.node->config.upload_bytes;
	if (str_starts(path, STR(PATH_REPORT)))
		return 1024 * 1024;
	return 8 * 1024 * 1024;
}

/* Language of the answer: the account's, else what the client asks for, else the node's. */
static str wanted_language(struct call *c)
{
	str accept = request_header(c->rq, "Accept-Language");
	ptrdiff_t ja = str_find(accept, STR("ja")), en = str_find(accept, STR("en"));

	if (ja >= 0 && (en < 0 || ja < en))
		return STR("ja");
	if (en >= 0)
		return STR("en");
	return str_c(c->api->o.node->config.language);
}

static enum err run(struct call *c, const struct route_doc *doc, unsigned flags)
{
	enum http_method m = request_method(c->rq);
	bool safe = m == HTTP_GET || m == HTTP_HEAD, done = false;
	enum err err = call_authenticate(c, flags);

	if (!err && !safe && c->api->o.read_only && !(flags & (ROUTE_SESSION | ROUTE_READ)))
		err = why_field(&c->why, ERR_BUSY, "read_only", NULL, "this server is read only",
				"このサーバーは読み取り専用です");
	if (err)
		return err;
	ctx_init(&c->ctx, c->api->o.node, request_arena(c->rq), &c->actor);
	c->has_ctx = true;
	if (!c->actor.account || request_header(c->rq, "Accept-Language").n)
		c->ctx.lang = str_eq(wanted_language(c), STR("ja")) ? "ja" : "en";
	if (doc->params)
		err = call_params(c, doc->params);
	if (err || m != HTTP_POST ||
	    flags & (ROUTE_PUBLIC | ROUTE_BARE | ROUTE_READ | ROUTE_ONCE) ||
	    !request_header(c->rq, "Idempotency-Key").n)
		return err ? err : doc->fn(c);
	err = idempotent_begin(c, &done);
	if (err || done)
		return err;
	err = doc->fn(c);
	idempotent_end(c, err);
	return err;
}

static void count_and_log(struct call *c, enum err err)
{
	struct api_counts *n = &c->api->counts;
	int status = err_http_status(err);
	long long us = clock_now_us() - request_started_us(c->rq);

	atomic_fetch_add(&n->requests, 1);
	if (err && status >= 500)
		atomic_fetch_add(&n->server_errors, 1);
	else if (err)
		atomic_fetch_add(&n->client_errors, 1);
	/* the path names records, not people or values; the query may hold a search and is left out
	 */
	log_event(!err || status < 500 ? LOG_INFO
		  : err == ERR_BUSY    ? LOG_WARN
				       : LOG_ERROR,
		  "request", "id", "%s", arena_cstr(request_arena(c->rq), request_id(c->rq)),
		  "method", "%s", arena_cstr(request_arena(c->rq), request_method_text(c->rq)),
		  "route", "%s", c->m && c->m->route ? c->m->route->pattern : "-", "account",
		  "%lld", (long long)c->actor.account, "err", "%s", err_name(err), "us", "%lld", us,
		  "why", "%s", status >= 500 ? c->why.text : "", NULL);
}

void api_handle(void *ctx, struct request *rq)
{
	struct route_match m = {0};
	struct call c = {.api = ctx, .rq = rq, .m = &m};
	str allow = STR_NULL;
	enum err err;

	c.ctx.lang = "en";
	c.actor.language = wanted_language(&c);
	if (str_eq(c.actor.language, STR("ja")))
		c.ctx.lang = "ja";
	common_headers(&c);
	err = router_match(c.api->router, request_arena(rq), request_method(rq), request_path(rq),
			   &m, &allow);
	if (err == ERR_NOTFOUND && static_serve(&c)) {
		count_and_log(&c, ERR_OK);
		return;
	}
	if (err == ERR_NOTFOUND)
		err = why_field(&c.why, ERR_NOTFOUND, "no_such_address", NULL,
				"there is no such address: see /api/openapi.json",
				"そのようなアドレスはありません");
	else if (err)
		response_header(rq, "Allow", allow);
	else
		err = run(&c, m.route->doc, m.route->flags);
	if (err == ERR_CONFLICT && allow.n)
		c.why.code[0] = '\0';
	if (err) {
		if (allow.n)
			response_empty(rq, 405);
		else
			reply_problem(&c, err);
	}
	count_and_log(&c, err);
	if (c.has_ctx)
		ctx_done(&c.ctx);
}
