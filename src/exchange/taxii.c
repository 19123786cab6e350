// SPDX-License-Identifier: Apache-2.0
/* TAXII 2.1 (OASIS Standard, 10 June 2021): every address in one table, who is asking, what media
 * type, and the form of errors. */
#include "base/codec.h"
#include "base/log.h"
#include "exchange/taxii_internal.h"
#include "team/account.h"

#define LINK "/taxii2/links/{link}/"
#define ROOT "/taxii2/{root}/"
#define COLLECTION ROOT "collections/{collection}/"

struct taxii_route {
	taxii_fn *fn;
	bool changes; /* not on a read-only server */
};

static void dispatch(void *ctx, struct request *rq, const struct route_match *m)
{
	(void)ctx;
	(void)rq;
	(void)m; /* exchange_handle calls the row's function itself */
}

#define R(METHOD, PATTERN, FN, CHANGES)                                                            \
	{                                                                                          \
		HTTP_##METHOD, PATTERN, dispatch, 0, &(const struct taxii_route)                   \
		{                                                                                  \
			FN, CHANGES                                                                \
		}                                                                                  \
	}
static const struct route table[] = {
    R(GET, LINK, taxii_link_root, false),
    R(GET, LINK "collections/", taxii_link_collections, false),
    R(GET, LINK "collections/{collection}/", taxii_link_collection, false),
    R(GET, LINK "collections/{collection}/objects/", taxii_link_get, false),
    R(POST, LINK "collections/{collection}/objects/", taxii_link_post, true),
    R(GET, LINK "collections/{collection}/manifest/", taxii_link_manifest, false),
    R(GET, LINK "collections/{collection}/objects/{object}/", taxii_link_object, false),
    R(GET, LINK "collections/{collection}/objects/{object}/versions/", taxii_link_versions, false),
    R(GET, "/taxii2/", taxii_discovery, false),
    R(GET, ROOT, taxii_root, false),
    R(GET, ROOT "status/{status}/", taxii_status_get, false),
    R(GET, ROOT "collections/", taxii_collections, false),
    R(GET, COLLECTION, taxii_collection_get, false),
    R(GET, COLLECTION "manifest/", taxii_manifest, false),
    R(GET, COLLECTION "objects/", taxii_objects_get, false),
    R(POST, COLLECTION "objects/", taxii_objects_post, true),
    R(GET, COLLECTION "objects/{object}/", taxii_object_get, false),
    R(DELETE, COLLECTION "objects/{object}/", taxii_object_delete, true),
    R(GET, COLLECTION "objects/{object}/versions/", taxii_versions, false),
};

struct exchange *exchange_new(const struct exchange_options *o)
{
	struct exchange *x = mem_alloc(sizeof(*x));

	x->o = *o;
	x->router = router_new(table, ARRAY_LEN(table));
	return x;
}

void exchange_tells(struct exchange *x, struct links *l)
{
	atomic_store(&x->links, l);
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	router_free(x->router);
	mem_free(x);
}

bool exchange_owns(str path)
{
	return str_skip_prefix(&path, STR("/taxii2")) && (!path.n || path.p[0] == '/');
}

int64_t taxii_max_bytes(const struct exchange *x)
{
	int64_t most = x->o.node->config.upload_bytes;

	return most < TAXII_BODY_BYTES ? most : TAXII_BODY_BYTES;
}

size_t exchange_body_limit(void *ctx)
{
	return (size_t)taxii_max_bytes(ctx);
}

/* ---- answers ---- */

static void headers(struct request *rq)
{
	response_header(rq, "X-Content-Type-Options", STR("nosniff"));
	response_header(rq, "Cache-Control", STR("private, no-store"));
	if (request_is_tls(rq))
		response_header(rq, "Strict-Transport-Security",
				STR("max-age=63072000; includeSubDomains"));
}

enum err taxii_reply(struct taxii_call *c, int status, struct buf *b)
{
	headers(c->rq);
	response_bytes(c->rq, status, TAXII_MEDIA, arena_str(request_arena(c->rq), buf_str(b)));
	return ERR_OK;
}

enum err taxii_fail(struct taxii_call *c, int status, const char *text)
{
	c->status = status;
	return why_set(&c->why, ERR_INVALID, "%s", text);
}

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} rows[] = {
	    {308, "it is elsewhere"},
	    {400, "the request cannot be read"},
	    {401, "who are you?"},
	    {403, "not permitted"},
	    {404, "not found"},
	    {405, "no such method here"},
	    {406, "send Accept: " TAXII_MEDIA},
	    {413, "too large"},
	    {415, "send Content-Type: " TAXII_MEDIA},
	    {422, "the objects cannot be taken"},
	    {429, "too many attempts"},
	    {503, "busy, try again"},
	    {507, "the disk is full"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].title;
	return status < 500 ? "the request cannot be done" : "the server failed";
}

static void reply_error(struct request *rq, int status, const char *text)
{
	struct json_out o;
	char number[12];
	BUF(b);

	(void)snprintf(number, sizeof(number), "%d", status);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "title", title_of(status));
	if (text[0])
		jo_kc(&o, "description", text);
	jo_kstr(&o, "error_id", request_id(rq));
	jo_kc(&o, "http_status", number);
	jo_end(&o);
	headers(rq);
	if (status == 401)
		response_header(rq, "WWW-Authenticate",
				STR("Basic realm=\"hikeshi\", charset=\"UTF-8\", Bearer "
				    "realm=\"hikeshi\""));
	if (status == 503 || status == 429)
		response_header(rq, "Retry-After", status == 429 ? STR("60") : STR("1"));
	response_bytes(rq, status, TAXII_MEDIA, arena_str(request_arena(rq), buf_str(&b)));
}

void exchange_refused(struct request *rq, int status, const char *reason)
{
	reply_error(rq, status, reason);
}

/* ---- who is asking ---- */

static enum err sign_in_first(struct taxii_call *c)
{
	return why_set(&c->why, ERR_UNAUTHENTICATED,
		       "send Authorization: Basic with an address and a password or API token, or "
		       "Bearer with an API token");
}

static enum err basic(struct taxii_call *c, str secret)
{
	str text, user;
	BUF(b);

	if (base64_decode(&b, str_trim(secret)) || !utf8_valid(buf_str(&b)))
		return sign_in_first(c);
	text = arena_str(request_arena(c->rq), buf_str(&b));
	secret_wipe(b.p, b.n);
	if (!str_split(&text, ':', &user) || !text.p)
		return sign_in_first(c);
	return account_by_password(c->x->o.node, request_arena(c->rq), user, text,
				   request_peer(c->rq), &c->actor, &c->why);
}

static enum err authenticate(struct taxii_call *c)
{
	str auth = request_header(c->rq, "Authorization");
	struct digest spki;

	if (!auth.n && request_peer_spki(c->rq, &spki)) /* TLS has proved that it has the key */
		return account_by_certificate(c->x->o.node, request_arena(c->rq), spki, &c->actor,
					      &c->why);
	if (request_header_count(c->rq, "Authorization") > 1)
		return sign_in_first(c);
	if (str_skip_iprefix(&auth, STR("Bearer ")))
		return account_by_token(c->x->o.node, request_arena(c->rq), str_trim(auth),
					&c->actor, &c->why);
	if (str_skip_iprefix(&auth, STR("Basic ")))
		return basic(c, auth);
	return sign_in_first(c); /* a cookie is no way in here */
}

/* ---- what handlers ask ---- */

str taxii_var(struct taxii_call *c, size_t i)
{
	return c->m->vars[i];
}

str taxii_time(struct arena *a, int64_t us)
{
	char t[TIME_TEXT];

	time_text(us, t);
	return arena_str(a, (str){t, TIME_TEXT});
}

enum err taxii_filters(struct taxii_call *c, unsigned allowed, bool strict, struct taxii_query *ret)
{
	str(*params)[2];
	size_t n = request_params(c->rq, &params);

	return taxii_query_parse(c->ctx.arena, params, n, allowed, strict, ret, &c->why);
}

enum err taxii_collection(struct taxii_call *c, struct collection *ret)
{
	if (!collection_find(&c->ctx, c->x->o.read_only, taxii_var(c, 1), ret))
		return taxii_fail(c, 404, "there is no such collection for you");
	return ERR_OK;
}

enum err taxii_readable(struct taxii_call *c, struct collection *ret)
{
	enum err err = taxii_collection(c, ret);

	if (!err && !ret->can_read) /* gate */
		err = taxii_fail(c, 403, "you may not read this collection");
	return err;
}

/* Each team's people find their own team's root, and no other. */
static enum err root_check(struct taxii_call *c)
{
	struct uuid root, own;

	if (!taxii_var(c, 0).p)
		return ERR_OK;
	if (uuid_parse(taxii_var(c, 0), &root) || !c->actor.team ||
	    !principal_uuid(c->x->o.node->store, c->actor.team, &own) ||
	    !uuid_eq(root, own)) /* gate */
		return taxii_fail(c, 404, "there is no such API root for you");
	return ERR_OK;
}

/* ---- one request ---- */

static enum err media(struct taxii_call *c)
{
	if (!taxii_accepts(request_header(c->rq, "Accept")))
		return taxii_fail(c, 406, "this server speaks " TAXII_MEDIA " only");
	if (request_method(c->rq) == HTTP_POST &&
	    !taxii_is_resource(request_header(c->rq, "Content-Type")))
		return taxii_fail(c, 415, "this server reads " TAXII_MEDIA " only");
	return ERR_OK;
}

/* An address without its last slash is that of nothing; whoever forgot it is sent on. */
static enum err no_address(struct taxii_call *c)
{
	struct route_match m = {0};
	str path = request_path(c->rq), query = request_query(c->rq), allow = STR_NULL, whole;
	bool plain = path.n > 0 && path.n < 1024;

	for (size_t i = 0; i < path.n; i++)
		plain = plain && (ch_alnum(path.p[i]) || strchr("/-._~", path.p[i]));
	whole = arena_printf(c->ctx.arena, "%.*s/", STR_ARG(path));
	if (!plain || str_ends(path, STR("/")) ||
	    router_match(c->x->router, c->ctx.arena, request_method(c->rq), whole, &m, &allow))
		return taxii_fail(c, 404, "there is no such address: see /taxii2/");
	response_header(c->rq, "Location",
			arena_printf(c->ctx.arena, "%.*s%s%.*s", STR_ARG(whole), query.n ? "?" : "",
				     STR_ARG(query)));
	return taxii_fail(c, 308, "addresses end with a slash");
}

static enum err run(struct taxii_call *c, struct route_match *m)
{
	const struct taxii_route *row;
	str allow = STR_NULL;
	bool link = str_starts(request_path(c->rq), STR("/taxii2/links/"));
	enum err none = router_match(c->x->router, request_arena(c->rq), request_method(c->rq),
				     request_path(c->rq), m, &allow);
	enum err err;

	if (none == ERR_CONFLICT) { /* whoever asks: it says nothing of what is held */
		response_header(c->rq, "Allow", allow);
		return taxii_fail(c, 405, "");
	}
	err = link ? ERR_OK : authenticate(c);
	if (err)
		return err;
	if (link) /* its handlers ask who it is: a node, not a person */
		c->actor = node_actor(c->x->o.node, 0);
	ctx_init(&c->ctx, c->x->o.node, request_arena(c->rq), &c->actor);
	c->has_ctx = true;
	if (none)
		return no_address(c);
	row = m->route->doc;
	err = media(c);
	if (!err && !link)
		err = root_check(c);
	if (!err && row->changes && c->x->o.read_only)
		err = taxii_fail(c, 403, "this server is read only");
	return err ? err : row->fn(c);
}

static void log_request(struct taxii_call *c, enum err err, int status)
{
	long long us = clock_now_us() - request_started_us(c->rq);

	log_event(status < 500      ? LOG_INFO
		  : err == ERR_BUSY ? LOG_WARN
				    : LOG_ERROR,
		  "request", "id", "%s", arena_cstr(request_arena(c->rq), request_id(c->rq)),
		  "method", "%s", arena_cstr(request_arena(c->rq), request_method_text(c->rq)),
		  "route", "%s", c->m->route ? c->m->route->pattern : "-", "account", "%lld",
		  (long long)c->actor.account, "status", "%d", status, "us", "%lld", us, "why",
		  "%s", status >= 500 ? c->why.text : "", NULL);
}

void exchange_handle(void *ctx, struct request *rq)
{
	struct route_match m = {0};
	struct taxii_call c = {.x = ctx, .rq = rq, .m = &m};
	enum err err = run(&c, &m);
	int status = !err ? 200 : c.status ? c.status : err_http_status(err);

	if (status == 412 || status == 428 || status == 409)
		status = 503; /* somebody else wrote at the same time: to be sent again */
	/* what failed inside the server is for its log, not for the client */
	if (err)
		reply_error(rq, status, status == 500 ? "" : c.why.text);
	log_request(&c, err, status);
	if (c.has_ctx)
		ctx_done(&c.ctx);
}
