// SPDX-License-Identifier: Apache-2.0
/* The members of a circle: who is in it, adding, taking out, leaving. Rules: team/membership.h. */
#include "api/api_internal.h"
#include "team/membership.h"

static enum err circle_named(struct call *c, const struct directory_circle **ret)
{
	const struct catalog_type *t = catalog_plural(c->api->o.node->catalog, STR("circles"));
	struct record r;
	enum err err = record_get(&c->ctx, t, call_var(c, "id"), &r, &c->why);

	if (err)
		return err;
	*ret = directory_circle_uid(c->ctx.dir, r.uid);
	return *ret ? ERR_OK
		    : why_field(&c->why, ERR_NOTFOUND, "not_found", NULL, "there is no such circle",
				"そのような共有サークルはありません");
}

enum err circle_members_get(struct call *c)
{
	const struct directory_circle *ci = NULL;
	struct json_out o;
	BUF(b);
	enum err err = circle_named(c, &ci);

	if (err)
		return err;
	json_out_init(&o, &b);
	membership_list_json(&c->ctx, ci, &o);
	return reply_page(c, &b);
}

static enum err team_wanted(struct call *c, str *ret)
{
	struct json body;
	enum err err = call_json(c, false, &body);

	for (size_t i = 0; !err && i < json_count(&body); i++)
		if (!str_eq(body.members[i].key, STR("team")))
			err = why_field(
			    &c->why, ERR_UNPROCESSABLE, "unknown_field",
			    arena_printf(c->ctx.arena, "/%.*s", STR_ARG(body.members[i].key)).p,
			    "is not a field of this request", "このリクエストにない項目です");
	if (err)
		return err;
	*ret = json_get_str(&body, "team");
	return ret->n ? ERR_OK
		      : why_field(&c->why, ERR_UNPROCESSABLE, "required", "/team",
				  "names the team to add", "追加するチームを指定してください");
}

enum err circle_members_add(struct call *c)
{
	const struct directory_circle *ci = NULL;
	struct uuid uid;
	struct json_out o;
	str team;
	BUF(b);
	enum err err = circle_named(c, &ci);

	if (!err)
		err = team_wanted(c, &team);
	if (err)
		return err;
	uid = ci->uid;
	err = circle_join(&c->ctx, ci, team, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	membership_list_json(&c->ctx, directory_circle_uid(c->ctx.dir, uid), &o);
	return reply_json(c, 201, &b);
}

enum err circle_members_remove(struct call *c)
{
	const struct directory_circle *ci = NULL;
	enum err err = circle_named(c, &ci);

	if (!err)
		err = circle_leave(&c->ctx, ci, call_var(c, "team"), &c->why);
	return err ? err : reply_empty(c, 204);
}
