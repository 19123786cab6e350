// SPDX-License-Identifier: Apache-2.0
/* Links between nodes: what people do with them, and what nodes say to each other. */
#include "exchange/feed.h"
#include "exchange/link.h"

#include "api/api_internal.h"

static enum err may(struct call *c)
{
	struct verdict v = policy_node(&c->actor, "peers"); /* gate */
	struct arena *a = request_arena(c->rq);

	return v.ok ? ERR_OK
		    : why_field(&c->why, ERR_DENIED, v.code, NULL, arena_cstr(a, v.text.en),
				arena_cstr(a, v.text.ja));
}

static enum err find(struct call *c, struct peer *ret)
{
	struct uuid uid;
	enum err err = may(c);

	if (!err && uuid_parse(call_var(c, "id"), &uid))
		err = why_field(&c->why, ERR_NOTFOUND, "no_link", NULL, "there is no such link",
				"そのリンクはありません");
	return err ? err
		   : peer_by_uid(c->api->o.node->store, request_arena(c->rq), uid, ret, &c->why);
}

static enum err reply_peer(struct call *c, int status, const struct peer *p)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	link_json(&c->ctx, p, peer_behind(c->api->o.node, c->ctx.arena, p), &o);
	return reply_json(c, status, &b);
}

/* All of them: a node has few. */
enum err peers_list(struct call *c)
{
	struct peer *p = NULL;
	struct json_out o;
	size_t n = 0;
	BUF(b);
	enum err err = may(c);

	if (!err)
		err = peer_list(c->api->o.node->store, request_arena(c->rq), &p, &n, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++)
		link_json(&c->ctx, &p[i], peer_behind(c->api->o.node, c->ctx.arena, &p[i]), &o);
	page_end(c, &o, 0);
	return reply_json(c, 200, &b);
}

enum err peers_get(struct call *c)
{
	struct peer p;
	enum err err = find(c, &p);

	return err ? err : reply_peer(c, 200, &p);
}

/* Refuses members that are none of ours. */
static enum err only(struct call *c, const struct json *body, const char *names)
{
	for (size_t i = 0; i < json_count(body); i++) {
		str k = body->members[i].key, rest = str_c(names), name;
		bool known = false;

		while (str_split(&rest, ' ', &name))
			known = known || str_eq(name, k);
		if (!known)
			return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_field",
					 arena_printf(request_arena(c->rq), "/%.*s", STR_ARG(k)).p,
					 "is not a field of this request",
					 "このリクエストにない項目です");
	}
	return ERR_OK;
}

enum err peers_accept(struct call *c)
{
	struct json body;
	struct peer p;
	char u[UUID_TEXT];
	enum err err = may(c);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = only(c, &body, "link");
	if (!err)
		err = link_accept(&c->ctx, json_get_str(&body, "link"), &p, &c->why);
	if (err)
		return err;
	uuid_text(p.uid, u);
	reply_location(c, arena_printf(request_arena(c->rq), "/api/v1/peers/%.*s", UUID_TEXT, u));
	return reply_peer(c, 201, &p);
}

enum err peers_patch(struct call *c)
{
	struct json body;
	struct peer p;
	enum err err = find(c, &p);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = only(c, &body, "state");
	if (!err)
		err = link_set_state(&c->ctx, &p, json_get_str(&body, "state"), &c->why);
	if (!err)
		err = peer_get(c->api->o.node->store, request_arena(c->rq), p.key, &p, &c->why);
	return err ? err : reply_peer(c, 200, &p);
}

enum err peers_delete(struct call *c)
{
	struct peer p;
	enum err err = find(c, &p);

	if (!err)
		err = link_remove(&c->ctx, &p, &c->why);
	return err ? err : reply_empty(c, 204);
}

enum err peers_items(struct call *c)
{
	struct json_out o;
	struct peer p;
	int64_t before = 0, next = 0;
	size_t limit = 0;
	BUF(b);
	enum err err = find(c, &p);

	if (!err)
		err = call_limit(c, 100, &limit);
	if (!err)
		err = call_cursor(c, &before);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	if (!err)
		err = link_items_json(&c->ctx, &p, before, limit, &o, &next, &c->why);
	if (err)
		return err;
	page_end(c, &o, next);
	return reply_json(c, 200, &b);
}

enum err peers_again(struct call *c)
{
	struct peer p;
	enum err err = find(c, &p);

	if (!err)
		err = link_again(&c->ctx, &p, call_var(c, "item"), &c->why);
	return err ? err : reply_empty(c, 204);
}

enum err peers_self(struct call *c)
{
	struct json_out o;
	BUF(b);
	enum err err;

	json_out_init(&o, &b);
	err = link_self_json(&c->ctx, &o, &c->why);
	return err ? err : reply_json(c, 200, &b);
}

enum err peers_invite(struct call *c)
{
	struct json body;
	struct json_out o;
	int64_t expires = 0;
	str given, link;
	BUF(b);
	enum err err = may(c);

	if (!err)
		err = call_json(c, true, &body);
	if (!err)
		err = only(c, &body, "expires confirm");
	if (err)
		return err;
	given = json_get_str(&body, "expires");
	expires = c->ctx.now_us + LINK_EXPIRES_US;
	if (given.n && time_parse(given, &expires))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "/expires",
				 "is not a time such as 2027-01-31T00:00:00Z",
				 "2027-01-31T00:00:00Z のような時刻ではありません");
	err = link_invite(&c->ctx, expires, json_get_bool(&body, "confirm", false), &link, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "link", link);
	jo_ktime(&o, "expires", expires);
	jo_end(&o);
	return reply_json(c, 201, &b);
}

/* ---- from node to node ---- */

typedef enum err link_fn(struct node *n, struct arena *a, const struct link_caller *who, str body,
			 str *ret_answer, struct why *why);

static enum err node_call(struct call *c, link_fn *fn)
{
	struct link_caller who = {.from = request_peer(c->rq), .tls = request_is_tls(c->rq)};
	str auth = request_header(c->rq, "Authorization"), answer = STR_NULL;
	enum err err;

	who.has_spki = request_peer_spki(c->rq, &who.spki);
	if (str_skip_iprefix(&auth, STR("Bearer ")))
		who.token = str_trim(auth);
	err = fn(c->api->o.node, request_arena(c->rq), &who, request_body(c->rq), &answer, &c->why);
	if (err)
		return err;
	response_header(c->rq, "Cache-Control", STR("no-store"));
	response_bytes(c->rq, 200, "application/json", answer);
	return ERR_OK;
}

enum err exchange_hello(struct call *c)
{
	return node_call(c, link_hello);
}

enum err exchange_teams(struct call *c)
{
	return node_call(c, link_teams);
}

enum err exchange_circles(struct call *c)
{
	return node_call(c, link_circles);
}
