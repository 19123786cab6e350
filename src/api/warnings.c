// SPDX-License-Identifier: Apache-2.0
/* The resources below a warning. */
#include "api/api_internal.h"

#include "team/warning_text.h"

typedef enum err warning_fn(struct ctx *c, const struct record *r, struct json_out *o,
			    struct why *why);

static enum err list_with(struct call *c, warning_fn *fn)
{
	struct record r;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	json_out_init(&o, &b);
	if (!err)
		err = fn(&c->ctx, &r, &o, &c->why);
	return err ? err : reply_page(c, &b);
}

enum err warnings_preview(struct call *c)
{
	struct record r;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	json_out_init(&o, &b);
	if (!err)
		err = warning_preview(&c->ctx, &r, &o, &c->why);
	return err ? err : reply_json(c, 200, &b);
}
enum err warnings_deliveries(struct call *c)
{
	return list_with(c, warning_deliveries);
}
enum err warnings_assessments(struct call *c)
{
	return list_with(c, warning_assessments);
}
enum err warnings_receipts(struct call *c)
{
	return list_with(c, warning_receipts);
}
enum err warnings_calls(struct call *c)
{
	return list_with(c, warning_calls);
}
enum err warnings_concerns(struct call *c)
{
	return list_with(c, warning_concerns);
}

enum err warnings_figures(struct call *c)
{
	struct json_out o;
	BUF(b);
	enum err err;

	json_out_init(&o, &b);
	err = warning_figures(&c->ctx, &o, &c->why);
	return err ? err : reply_json(c, 200, &b);
}

static enum err edition_param(struct call *c, const char *name, int64_t fallback, int64_t *ret)
{
	str v = call_param(c, name);
	uint64_t n;

	*ret = fallback;
	if (!v.p)
		return ERR_OK;
	if (str_u64(v, &n) || n < 1 || n > 100000)
		return why_field(&c->why, ERR_UNPROCESSABLE, "range", name,
				 "must be the number of an edition", "版の番号を指定してください");
	*ret = (int64_t)n;
	return ERR_OK;
}

enum err warnings_changes(struct call *c)
{
	struct record r;
	int64_t from, to;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err)
		err = edition_param(c, "from", 1, &from);
	if (!err)
		err = edition_param(c, "to", 2, &to);
	json_out_init(&o, &b);
	if (!err)
		err = warning_changes(&c->ctx, &r, from, to, &o, &c->why);
	return err ? err : reply_json(c, 200, &b);
}

enum err warnings_text(struct call *c)
{
	str lang = call_param(c, "lang");
	bool ja = lang.n ? str_eq(lang, STR("ja")) : strcmp(c->ctx.lang, "ja") == 0;
	struct record r;
	struct reading reading;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err)
		err = warning_reading(&c->ctx, &r, ja, &reading, &c->why);
	if (err)
		return err;
	warning_reading_text(&reading, ja, &b);
	response_header(c->rq, "Cache-Control", STR("no-store"));
	response_bytes(c->rq, 200, "text/plain; charset=utf-8",
		       arena_str(request_arena(c->rq), buf_str(&b)));
	return ERR_OK;
}

enum err warnings_answer(struct call *c)
{
	struct record r, a;
	struct json body, v;
	struct uuid undo;
	char u[UUID_TEXT];
	enum err err = call_record(c, &r);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = warning_answer(&c->ctx, &r, &body, &a, &undo, &c->why);
	if (!err)
		err = record_render(&c->ctx, &a, &v, &c->why);
	if (err)
		return err;
	uuid_text(undo, u);
	json_set(c->ctx.arena, &v, STR("undo"),
		 uuid_is_zero(undo) ? json_null()
				    : json_string(arena_str(c->ctx.arena, (str){u, UUID_TEXT})));
	reply_location(c, arena_printf(c->ctx.arena, "/api/v1/assessments/%.*s",
				       STR_ARG(record_id(&c->ctx, &a))));
	reply_etag(c, record_etag(&c->ctx, &a));
	return reply_value(c, 201, &v);
}
