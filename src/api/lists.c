// SPDX-License-Identifier: Apache-2.0
/* Filters of lists that the store has no shelf for: who is in charge, what is due, which incident
 * it belongs to. They look into bodies, so a request walks so far and no further; its cursor goes
 * on where it stood. */
#include "api/api_internal.h"

#define SCAN_PAGE 200
#define SCAN_MOST 5000
#define FIELDS_MOST 40

enum err call_field_filter(struct call *c, struct field_filter *ret)
{
	str who = call_param(c, "assignee"), due = call_param(c, "due_before");

	*ret = (struct field_filter){0};
	if (due.p && time_parse(due, &ret->due_before_us))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "due_before",
				 "must be a time as 2026-11-23T09:30:00Z",
				 "時刻は 2026-11-23T09:30:00Z の形で指定してください");
	ret->nobody = str_eq(who, STR("none"));
	if (who.n && !ret->nobody)
		ret->person = who;
	for (size_t i = 0; str_eq(who, STR("me")) && i < c->ctx.dir->n_people; i++) {
		const struct directory_person *p = &c->ctx.dir->people[i];
		char u[UUID_TEXT];

		if (p->key != c->actor.person)
			continue;
		uuid_text(p->uid, u);
		ret->person = arena_printf(c->ctx.arena, "x-hikeshi-person--%.*s", UUID_TEXT, u);
	}
	ret->incident = call_param(c, "incident");
	ret->any = who.n || ret->due_before_us || ret->incident.n;
	return ERR_OK;
}

bool field_filter_fits(struct call *c, const struct field_filter *f, const struct record *r)
{
	struct json body;
	str who, due;
	int64_t at;

	if (!f->any)
		return true;
	if (r->team != c->actor.team) /* gate */
		return false;         /* neither leaves its team */
	if (record_body(&c->ctx, r, &body, NULL))
		return false;
	who = json_get_str(&body, "assignee");
	if ((f->nobody && who.n) || (f->person.n && !str_eq(who, f->person)))
		return false;
	if (f->incident.n && !str_eq(json_get_str(&body, "incident"), f->incident))
		return false;
	if (!f->due_before_us)
		return true;
	due = json_get_str(&body, "next_step_by");
	if (!due.n)
		due = json_get_str(&body, "due");
	return due.n && time_parse(due, &at) == ERR_OK && at < f->due_before_us;
}

enum err call_list_page(struct call *c, const struct list_query *q, const struct field_filter *f,
			struct record *ret, size_t *ret_n, int64_t *ret_next)
{
	struct list_query page = *q;
	struct record *rows;
	size_t n = 0, seen = 0;
	enum err err = ERR_OK;

	if (!f->any)
		return store_list(c->api->o.node->store, c->ctx.arena, c->ctx.view, q, ret, ret_n,
				  ret_next, &c->why);
	rows = arena_array(c->ctx.arena, struct record, SCAN_PAGE);
	do {
		size_t found = 0;

		page.limit = q->limit - n < SCAN_PAGE ? q->limit - n : SCAN_PAGE;
		err = store_list(c->api->o.node->store, c->ctx.arena, c->ctx.view, &page, rows,
				 &found, &page.before_pos, &c->why);
		for (size_t i = 0; i < found && !err; i++)
			if (field_filter_fits(c, f, &rows[i]))
				ret[n++] = rows[i];
		seen += found;
	} while (!err && n < q->limit && page.before_pos && seen < SCAN_MOST);
	*ret_n = n;
	*ret_next = page.before_pos;
	return err;
}

struct json call_fields(struct call *c, const struct json *v)
{
	static const char *const always[] = {"id", "type", "version"};
	str names = call_param(c, "fields"), name;
	struct json out = json_object();
	size_t n = 0;

	if (!names.n)
		return *v;
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (json_get_c(v, always[i]))
			json_set(c->ctx.arena, &out, str_c(always[i]), *json_get_c(v, always[i]));
	while (n++ < FIELDS_MOST && str_split(&names, ',', &name)) {
		const struct json *x = json_get(v, str_trim(name));

		if (x)
			json_set(c->ctx.arena, &out, str_trim(name), *x);
	}
	return out;
}
