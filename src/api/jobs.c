// SPDX-License-Identifier: Apache-2.0
/* Long work: its owner's list of the last week, and one with its result. */
#include "api/api_internal.h"

#define JOBS_DEFAULT 20

static void job_name(struct call *c, const struct job *j, struct json_out *o)
{
	struct json payload;
	str name = STR_NULL;

	if (json_parse(c->ctx.arena, j->payload, NULL, &payload, NULL) == ERR_OK)
		name = json_get_str(&payload, "name");
	jo_key(o, "name");
	if (name.n)
		jo_str(o, name);
	else
		jo_null(o);
}

/* The name of what was sent, and how far it is or what came of it, without the lists. */
static void job_brief(struct call *c, const struct job *j, struct json_out *o)
{
	struct json result;
	char u[UUID_TEXT];
	const struct json *objects = NULL;
	str error = STR_NULL;

	if (j->result.n && json_parse(c->ctx.arena, j->result, NULL, &result, NULL) == ERR_OK) {
		objects = json_get_c(&result, "objects");
		error = json_get_str(&result, "error");
	}
	uuid_text(j->uid, u);
	jo_object(o);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kstr(o, "kind", j->kind);
	jo_kstr(o, "state", j->state);
	jo_ktime(o, "created", j->created_us);
	job_name(c, j, o);
	jo_key(o, "progress");
	if (j->progress.n)
		jo_raw(o, j->progress);
	else
		jo_null(o);
	jo_key(o, "objects");
	if (objects)
		jo_json(o, objects);
	else
		jo_null(o);
	jo_key(o, "error");
	if (error.n)
		jo_str(o, error);
	else
		jo_null(o);
	jo_end(o);
}

enum err jobs_list(struct call *c)
{
	struct job *j;
	size_t limit, n = 0;
	int64_t before = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_limit(c, JOBS_DEFAULT, &limit);

	if (!err)
		err = call_cursor(c, &before);
	if (err)
		return err;
	limit = limit < 100 ? limit : 100;
	j = arena_array(c->ctx.arena, struct job, limit + 1);
	err = job_list(c->api->o.node->store, c->ctx.arena, c->actor.account, call_param(c, "kind"),
		       before, limit + 1, j, &n, &c->why); /* their owner's alone */
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n && i < limit; i++)
		job_brief(c, &j[i], &o);
	page_end(c, &o, n > limit ? j[limit - 1].key : 0);
	return reply_json(c, 200, &b);
}

enum err job_get(struct call *c)
{
	struct uuid uid;
	struct job j = {0};
	struct json_out o;
	BUF(b);
	enum err err = uuid_parse(call_var(c, "id"), &uid) ? ERR_NOTFOUND : ERR_OK;

	if (!err)
		err = job_find(c->api->o.node->store, c->ctx.arena, uid, &j, &c->why);
	/* jobs are their owner's; another's does not exist */
	if (!err && j.account != c->actor.account) /* gate */
		err = ERR_NOTFOUND;
	if (err == ERR_NOTFOUND) {
		c->why = (struct why){0};
		return why_field(&c->why, ERR_NOTFOUND, "not_found", NULL, "you have no such job",
				 "そのジョブはありません");
	}
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "id", call_var(c, "id"));
	jo_kstr(&o, "kind", j.kind);
	jo_kstr(&o, "state", j.state);
	jo_ktime(&o, "created", j.created_us);
	job_name(c, &j, &o);
	jo_key(&o, "progress");
	if (j.progress.n)
		jo_raw(&o, j.progress);
	else
		jo_null(&o);
	jo_key(&o, "result");
	if (j.result.n)
		jo_raw(&o, j.result);
	else
		jo_null(&o);
	jo_end(&o);
	return reply_json(c, 200, &b);
}
