// SPDX-License-Identifier: Apache-2.0
/* TAXII servers of others that this node reads: what people do with them. Rows, rules and journal
 * are those of the command line (exchange/taxii_client.h); secrets go in and never come out. */
#include "exchange/taxii_client.h"

#include "api/api_internal.h"
#include "base/codec.h"
#include "policy/tlp.h"

#define EVERY_MOST_S INT64_C(31536000)

static enum err find(struct call *c, struct source *ret)
{
	return taxii_source_find(&c->ctx, call_var(c, "id"), ret, &c->why);
}

static enum err reply_source(struct call *c, int status, const struct source *x)
{
	struct json_out o;
	enum err err;
	BUF(b);

	json_out_init(&o, &b);
	err = taxii_source_json(&c->ctx, x, &o, &c->why);
	return err ? err : reply_json(c, status, &b);
}

/* As it is now. */
static enum err reply_fresh(struct call *c, int status, struct uuid uid)
{
	struct source x;
	enum err err = source_get(c->api->o.node->store, request_arena(c->rq), uid, &x, &c->why);

	return err ? err : reply_source(c, status, &x);
}

/* All of them: a node has few. */
enum err sources_list(struct call *c)
{
	struct source *x = NULL;
	struct json_out o;
	size_t n = 0;
	enum err err = taxii_source_all(&c->ctx, &x, &n, &c->why);
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n && !err; i++)
		err = taxii_source_json(&c->ctx, &x[i], &o, &c->why);
	if (err)
		return err;
	page_end(c, &o, 0);
	return reply_json(c, 200, &b);
}

enum err sources_get(struct call *c)
{
	struct source x;
	enum err err = find(c, &x);

	return err ? err : reply_source(c, 200, &x);
}

/* ---- what is sent ---- */

static enum err bad(struct call *c, str key, const char *en, const char *ja)
{
	return why_field(&c->why, ERR_UNPROCESSABLE, "format",
			 arena_printf(request_arena(c->rq), "/%.*s", STR_ARG(key)).p, en, ja);
}

static enum err take_text(struct call *c, str key, const struct json *v, str *ret)
{
	*ret = STR_NULL;
	if (json_is(v, JSON_NULL))
		return ERR_OK;
	if (!json_is(v, JSON_STRING) || json_str(v).n > 65536)
		return bad(c, key, "is a text", "文字列を指定してください");
	*ret = json_str(v);
	return ERR_OK;
}

static enum err take_flag(struct call *c, str key, const struct json *v, bool *ret)
{
	if (!json_is(v, JSON_TRUE) && !json_is(v, JSON_FALSE))
		return bad(c, key, "is true or false", "trueまたはfalseを指定してください");
	*ret = json_is(v, JSON_TRUE);
	return ERR_OK;
}

static enum err take_auth(struct call *c, str key, const struct json *v, struct source *x)
{
	enum err err = take_text(c, key, v, &x->auth);

	if (str_eq(x->auth, STR("none")))
		x->auth = STR_NULL;
	if (!x->auth.n) {
		x->user = STR_NULL;
		x->secret = STR_NULL;
	}
	return err;
}

static enum err take_tlp(struct call *c, str key, const struct json *v, struct source *x)
{
	enum tlp tlp;

	x->tlp = -1;
	if (json_is(v, JSON_NULL))
		return ERR_OK;
	if (tlp_parse(json_str(v), &tlp))
		return bad(c, key, "is not a TLP label", "TLPのラベルではありません");
	x->tlp = (int)tlp;
	return ERR_OK;
}

static enum err take_circle(struct call *c, str key, const struct json *v, struct source *x)
{
	const struct directory_circle *ci;
	struct uuid u;
	str type;

	x->circle = (struct uuid){{0}};
	if (json_is(v, JSON_NULL))
		return ERR_OK;
	ci = id_parse(json_str(v), &type, &u) ? NULL : directory_circle_uid(c->ctx.dir, u);
	if (!ci)
		return bad(c, key, "is no circle of this node",
			   "このノードのサークルではありません");
	x->circle = ci->uid;
	return ERR_OK;
}

static enum err take_every(struct call *c, str key, const struct json *v, struct source *x)
{
	int64_t s = -1;

	if (!json_is(v, JSON_NUMBER) || json_i64(v, &s) || s < 0 || s > EVERY_MOST_S)
		return bad(c, key, "is a number of seconds, 0 for never, at most a year",
			   "秒数を指定してください(0は自動では読み込まない、最大1年)");
	x->every_us = s * US_PER_S;
	return ERR_OK;
}

static enum err take_collections(struct call *c, str key, const struct json *v, struct source *x)
{
	BUF(b);

	if (!json_is(v, JSON_ARRAY) || json_count(v) > 64)
		return bad(c, key, "is a list of up to 64 ids",
			   "64件までのIDの一覧を指定してください");
	for (size_t i = 0; i < json_count(v); i++) {
		str id = json_str(json_at(v, i));

		if (!id.n || str_find_char(id, ' ') >= 0)
			return bad(c, key, "is a list of ids", "IDの一覧を指定してください");
		if (i)
			buf_add_char(&b, ' ');
		buf_add(&b, id);
	}
	x->collections = arena_str(request_arena(c->rq), buf_str(&b));
	return ERR_OK;
}

static enum err take_one(struct call *c, str key, const struct json *v, bool is_new,
			 struct source *x)
{
	if (is_new && str_eq(key, STR("url")))
		return take_text(c, key, v, &x->url);
	if (str_eq(key, STR("auth")))
		return take_auth(c, key, v, x);
	if (str_eq(key, STR("user")))
		return take_text(c, key, v, &x->user);
	if (str_eq(key, STR("secret")))
		return take_text(c, key, v, &x->secret);
	if (str_eq(key, STR("certificate")))
		return take_text(c, key, v, &x->certificate);
	if (str_eq(key, STR("private_key")))
		return take_text(c, key, v, &x->private_key);
	if (str_eq(key, STR("pin")))
		return take_text(c, key, v, &x->pin);
	if (str_eq(key, STR("collections")))
		return take_collections(c, key, v, x);
	if (str_eq(key, STR("tlp")))
		return take_tlp(c, key, v, x);
	if (str_eq(key, STR("circle")))
		return take_circle(c, key, v, x);
	if (str_eq(key, STR("internal")))
		return take_flag(c, key, v, &x->internal);
	if (str_eq(key, STR("every_s")))
		return take_every(c, key, v, x);
	if (str_eq(key, STR("paused")))
		return take_flag(c, key, v, &x->paused);
	return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_field",
			 arena_printf(request_arena(c->rq), "/%.*s", STR_ARG(key)).p,
			 "is not a field of this request", "このリクエストにない項目です");
}

static enum err take_all(struct call *c, bool is_new, struct source *x)
{
	const str auth = STR("auth");
	struct json body;
	const struct json *v;
	enum err err = call_json(c, false, &body);

	/* first, since it clears what the others set */
	v = err ? NULL : json_get(&body, auth);
	if (v)
		err = take_one(c, auth, v, is_new, x);
	for (size_t i = 0; !err && i < json_count(&body); i++)
		if (!str_eq(body.members[i].key, auth))
			err = take_one(c, body.members[i].key, &body.members[i].value, is_new, x);
	return err;
}

/* ---- doing it ---- */

enum err sources_add(struct call *c)
{
	struct source x = {.tlp = -1, .every_us = SOURCE_EVERY_US}, made;
	char u[UUID_TEXT];
	enum err err = taxii_source_may(&c->ctx, &c->why);

	x.team = c->actor.team;
	if (!err)
		err = take_all(c, true, &x);
	if (!err)
		err = taxii_source_add(&c->ctx, &x, &made, &c->why);
	if (!err && x.paused) {
		made.paused = true;
		err = taxii_source_edit(&c->ctx, &made, &c->why);
	}
	if (err)
		return err == ERR_INVALID ? ERR_UNPROCESSABLE : err;
	uuid_text(made.uid, u);
	reply_location(c, arena_printf(request_arena(c->rq), "/api/v1/sources/%.*s", UUID_TEXT, u));
	return reply_fresh(c, 201, made.uid);
}

enum err sources_patch(struct call *c)
{
	struct source x;
	enum err err = find(c, &x);

	if (!err)
		err = take_all(c, false, &x);
	if (!err)
		err = taxii_source_edit(&c->ctx, &x, &c->why);
	if (err)
		return err == ERR_INVALID ? ERR_UNPROCESSABLE : err;
	return reply_fresh(c, 200, x.uid);
}

enum err sources_run(struct call *c)
{
	struct source x;
	enum err err = find(c, &x);

	if (!err)
		err = taxii_source_ask(&c->ctx, &x, &c->why);
	return err ? err : reply_fresh(c, 202, x.uid);
}

enum err sources_delete(struct call *c)
{
	struct source x;
	enum err err = find(c, &x);

	if (!err)
		err = taxii_source_remove(&c->ctx, &x, &c->why);
	return err ? err : reply_empty(c, 204);
}
