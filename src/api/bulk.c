// SPDX-License-Identifier: Apache-2.0
/* One change for many records, and its undoing. */
#include "api/api_internal.h"

#include "base/map.h"
#include "team/undo.h"

static enum err known_members(struct call *c, const struct json *v, const char *allowed,
			      const char *where)
{
	if (!v)
		return ERR_OK;
	if (!json_is(v, JSON_OBJECT))
		return why_field(&c->why, ERR_UNPROCESSABLE, "type", where, "must be an object",
				 "オブジェクトで指定してください");
	for (size_t i = 0; i < json_count(v); i++) {
		str rest = str_c(allowed), word;
		bool ok = false;

		while (!ok && str_split(&rest, ' ', &word))
			ok = str_eq(word, v->members[i].key);
		if (!ok)
			return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_field",
					 arena_printf(c->ctx.arena, "%s/%.*s", where,
						      STR_ARG(str_slice(v->members[i].key, 0, 100)))
					     .p,
					 "is not a field of a change of many",
					 "一括変更にない項目です");
	}
	return ERR_OK;
}

static enum err selected(struct call *c, const struct json *body, struct bulk *b)
{
	const struct json *ids = json_path(body, "select", "ids", NULL),
			  *rev = json_path(body, "if", "rev", NULL);
	struct bulk_item *items;
	struct map seen;
	enum err err = ERR_OK;

	if (!json_is(ids, JSON_ARRAY) || !json_count(ids))
		return why_field(&c->why, ERR_UNPROCESSABLE, "required", "/select/ids",
				 "say which records to change", "対象を選んでください");
	if (json_count(ids) > BULK_MOST)
		return why_field(&c->why, ERR_LIMIT, "items", "/select/ids",
				 "at most 500 records at once",
				 "一度に変更できるのは500件までです");
	items = arena_array(c->ctx.arena, struct bulk_item, json_count(ids));
	map_init(&seen);
	for (size_t i = 0; i < json_count(ids) && !err; i++) {
		str id = json_str(json_at(ids, i));
		int64_t version = 0;
		bool fresh = false;

		if (id.n)
			(void)map_put(&seen, id, &fresh);
		if (!fresh)
			err = why_field(&c->why, ERR_UNPROCESSABLE, "format", "/select/ids",
					"must be ids, each once", "IDを重複なく指定してください");
		if (json_get(rev, id) &&
		    (json_i64(json_get(rev, id), &version) || version < 1 || version > INT32_MAX))
			err = why_field(&c->why, ERR_UNPROCESSABLE, "format", "/if/rev",
					"must be the versions that were read, by id",
					"IDごとに読み込んだ時の版を指定してください");
		items[i] = (struct bulk_item){id, (int32_t)version};
	}
	map_done(&seen);
	b->items = items;
	b->n = json_count(ids);
	return err;
}

static enum err bulk_request(struct call *c, struct bulk *b)
{
	struct json body, *none = arena_new(c->ctx.arena, struct json);
	const struct json *set;
	enum err err = call_type(c, &b->type);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = known_members(c, &body, "select set step if", "");
	if (!err)
		err = known_members(c, json_get_c(&body, "select"), "ids", "/select");
	if (!err)
		err = known_members(c, json_get_c(&body, "if"), "rev", "/if");
	if (err)
		return err;
	set = json_get_c(&body, "set");
	b->step = json_get_str(&body, "step");
	*none = set ? *set : json_object();
	b->set = none;
	err = selected(c, &body, b);
	if (err)
		return err;
	if (set && !json_is(set, JSON_OBJECT))
		return why_field(&c->why, ERR_UNPROCESSABLE, "type", "/set",
				 "must be an object of fields",
				 "項目のオブジェクトで指定してください");
	if (!b->step.n && !json_count(set))
		return why_field(&c->why, ERR_UNPROCESSABLE, "required", "/set",
				 "say what to set, or which step to take",
				 "変更する項目か操作を指定してください");
	return ERR_OK;
}

static enum err reply_bulk(struct call *c, const struct bulk_result *r)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "ok", (int64_t)r->done);
	jo_key(&o, "failed");
	jo_array(&o);
	for (size_t i = 0; i < r->n_faults; i++) {
		jo_object(&o);
		jo_kstr(&o, "id", r->faults[i].id);
		problem_json(c, r->faults[i].err, &r->faults[i].why, &o);
		jo_end(&o);
	}
	jo_end(&o);
	jo_key(&o, "undo");
	if (!uuid_is_zero(r->undo)) {
		char u[UUID_TEXT];

		uuid_text(r->undo, u);
		jo_str(&o, (str){u, UUID_TEXT});
	} else {
		jo_null(&o);
	}
	if (r->said.en.n)
		jo_kstr(&o, "said", strcmp(c->ctx.lang, "ja") == 0 ? r->said.ja : r->said.en);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

enum err records_bulk(struct call *c)
{
	struct bulk b = {0};
	struct bulk_result r;
	enum err err = bulk_request(c, &b);

	if (!err)
		err = bulk_run(&c->ctx, &b, &r, &c->why);
	return err ? err : reply_bulk(c, &r);
}

enum err operations_undo(struct call *c)
{
	struct bulk_result r;
	struct uuid uid;
	enum err err = ERR_OK;

	if (uuid_parse(call_var(c, "id"), &uid))
		err = why_field(&c->why, ERR_NOTFOUND, "not_found", NULL,
				"you have made no such change", "そのような操作はありません");
	if (!err)
		err = undo_run(&c->ctx, uid, &r, &c->why);
	return err ? err : reply_bulk(c, &r);
}
