// SPDX-License-Identifier: Apache-2.0
#include "team/setup.h"

#include "team/record_internal.h"

static void set_text(struct ctx *c, struct json *o, const char *name, str v)
{
	if (v.n)
		json_set(c->arena, o, str_c(name), json_string(v));
}

static void set_list(struct ctx *c, struct json *o, const char *name, const str *v, size_t n)
{
	struct json arr = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(c->arena, &arr, json_string(v[i]));
	if (n)
		json_set(c->arena, o, str_c(name), arr);
}

static enum err create(struct ctx *c, const char *plural, const struct json *o, int64_t team,
		       struct record *ret, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, str_c(plural));

	if (!t)
		return why_set(why, ERR_IO, "the catalogue has no '%s'", plural);
	return record_create(c, t, o, team, ret, why);
}

enum err team_add(struct ctx *c, const struct team_spec *t, struct uuid *ret_uid, int64_t *ret_team,
		  struct why *why)
{
	struct json o = json_object(), contact = json_object();
	struct record r = {0};
	enum err err;

	set_text(c, &o, "name", t->name);
	set_text(c, &o, "name_ja", t->name_ja);
	set_text(c, &o, "short_name", t->short_name);
	set_text(c, &o, "country", t->country);
	set_text(c, &o, "language", t->language);
	set_text(c, &o, "sector", t->sector);
	set_list(c, &o, "domains", t->domains, t->n_domains);
	set_list(c, &o, "cidrs", t->cidrs, t->n_cidrs);
	set_text(c, &contact, "email", t->email);
	set_text(c, &contact, "phone", t->phone);
	if (json_count(&contact))
		json_set(c->arena, &o, STR("contact"), contact);
	err = create(c, "teams", &o, 0, &r, why);
	if (err)
		return err;
	*ret_uid = r.uid;
	*ret_team = r.team;
	return ERR_OK;
}

static struct json id_json(struct ctx *c, const char *type, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	return json_string(arena_printf(c->arena, "%s--%.*s", type, UUID_TEXT, text));
}

enum err circle_add(struct ctx *c, str title, str description, enum tlp default_tlp,
		    const struct uuid *teams, size_t n, struct uuid *ret, struct why *why)
{
	struct json o = json_object();
	struct record r = {0};
	enum err err;

	set_text(c, &o, "title", title);
	set_text(c, &o, "description", description);
	set_text(c, &o, "default_tlp", tlp_label(default_tlp));
	err = create(c, "circles", &o, 0, &r, why);
	for (size_t i = 0; i < n && !err; i++)
		err = circle_member_add(c, r.uid, teams[i], why);
	if (!err)
		*ret = r.uid;
	return err;
}

enum err circle_member_add(struct ctx *c, struct uuid circle, struct uuid team, struct why *why)
{
	struct json o = json_object();
	struct record r = {0};

	json_set(c->arena, &o, STR("circle"), id_json(c, "x-hikeshi-circle", circle));
	json_set(c->arena, &o, STR("team"), id_json(c, "x-hikeshi-team", team));
	return create(c, "memberships", &o, 0, &r, why);
}

/* The membership in force of a team in a circle. */
static enum err find_membership(struct ctx *c, str circle, str team, struct record *ret,
				struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("memberships"));
	/* sees all: the machine's administrator */
	struct view all = {.all = true};
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .limit = 1000,
			       .with_body = true,
			       .with_exercise = true};
	struct record *page = arena_array(c->arena, struct record, q.limit);
	enum err err = ERR_OK;

	do {
		size_t n = 0;
		int64_t next = 0;

		err = store_list(c->node->store, c->arena, &all, &q, page, &n, &next, why);
		for (size_t i = 0; i < n && !err; i++) {
			struct json b;

			err = record_body(c, &page[i], &b, why);
			if (!err && str_eq(json_get_str(&b, "circle"), circle) &&
			    str_eq(json_get_str(&b, "team"), team) &&
			    !json_get_str(&b, "left_at").n) {
				*ret = page[i];
				return ERR_OK;
			}
		}
		q.before_pos = next;
	} while (!err && q.before_pos);
	return err ? err
		   : why_field(why, ERR_NOTFOUND, "not_member", NULL,
			       "that team is not a member of that circle",
			       "その共有サークルに参加していません");
}

enum err circle_member_remove(struct ctx *c, struct uuid circle, struct uuid team, struct why *why)
{
	struct json ci = id_json(c, "x-hikeshi-circle", circle),
		    te = id_json(c, "x-hikeshi-team", team), patch = json_object();
	char *now = arena_alloc(c->arena, TIME_TEXT);
	struct record r, out;
	enum err err = find_membership(c, json_str(&ci), json_str(&te), &r, why);

	if (err)
		return err;
	time_text(c->now_us, now);
	json_set(c->arena, &patch, STR("left_at"), json_string((str){now, TIME_TEXT}));
	return record_update(c, &r, &patch, -1, &out, why);
}
