// SPDX-License-Identifier: Apache-2.0
/* The fictional association of `hikeshi demo`: demo/story.json done step by step on a new node. */
#include "main/demo_internal.h"
#include "team/setup.h"

/* ---- teams, people, circles: as the commands of the machine make them ---- */

static str type_id(struct arena *a, const char *type, struct uuid uid)
{
	char u[UUID_TEXT];

	uuid_text(uid, u);
	return arena_printf(a, "x-hikeshi-%s--%.*s", type, UUID_TEXT, u);
}

/* The node's own team exists: it is completed. All others are created and then completed the same
 * way. */
static enum err one_team(struct story *s, struct ctx *c, const struct json *t, struct why *why)
{
	bool home = json_get_bool(t, "home", false);
	const struct directory_team *own = directory_team(c->dir, s->node->home_team);
	struct team_spec spec = {.name = json_get_str(t, "name")};
	struct uuid uid = own ? own->uid : (struct uuid){0};
	const struct json *fields = json_get_c(t, "fields");
	struct record r, now;
	int64_t team;
	str id;
	enum err err = ERR_OK;

	if (!home)
		err = team_add(c, &spec, &uid, &team, why);
	if (err)
		return err;
	id = type_id(&s->scratch, "team", uid);
	story_name(s, json_get_str(t, "id"), id);
	err = record_get(c, NULL, id, &r, why);
	return err ? err : record_update(c, &r, fields, -1, &now, why);
}

static enum err one_account(struct story *s, struct ctx *c, const struct json *p, struct why *why)
{
	str team_id, email = json_get_str(p, "email"), password = json_get_str(&s->doc, "password");
	const struct directory_team *team;
	int64_t key;
	enum err err = story_text(s, p, "team", &team_id, why);

	team = err ? NULL : directory_team_named(c->dir, team_id);
	if (!team)
		return why_set(why, err ? err : ERR_INVALID, "'%.*s' is of no team",
			       STR_ARG(email));
	err =
	    account_create(c, team->key, email, json_get_str(p, "name"), json_get_str(p, "role"),
			   json_get_str(p, "language").n ? json_get_str(p, "language") : STR("ja"),
			   password, &key, why);
	for (size_t i = 0; !err && i < c->dir->n_people; i++)
		if (c->dir->people[i].account == key)
			story_name(s, arena_printf(&s->scratch, "$%.*s", STR_ARG(email)),
				   type_id(&s->scratch, "person", c->dir->people[i].uid));
	return err;
}

static enum err one_circle(struct story *s, struct ctx *c, const struct json *o, struct why *why)
{
	const struct json *members = json_get_c(o, "members");
	struct uuid *teams = arena_array(&s->scratch, struct uuid, json_count(members) + 1), uid;
	enum tlp tlp;
	enum err err = tlp_parse(json_get_str(o, "tlp"), &tlp);

	if (err)
		return why_set(why, err, "a circle needs a TLP");
	for (size_t i = 0; i < json_count(members); i++) {
		struct json id;
		str type;

		err = story_fill(s, json_at(members, i), &id, why);
		if (!err && id_parse(json_str(&id), &type, &teams[i]))
			err = why_set(why, ERR_INVALID, "'%.*s' is not an id",
				      STR_ARG(json_str(&id)));
		if (err)
			return err;
	}
	err = circle_add(c, json_get_str(o, "title"), json_get_str(o, "description"), tlp, teams,
			 json_count(members), &uid, why);
	if (!err)
		story_name(s, json_get_str(o, "id"), type_id(&s->scratch, "circle", uid));
	return err;
}

/* In a context of the machine itself, as `hikeshi team add` and its sisters. */
static enum err as_node(struct story *s, const struct json *item,
			enum err (*one)(struct story *, struct ctx *, const struct json *,
					struct why *),
			struct why *why)
{
	struct actor actor = node_actor(s->node, 0);
	struct ctx c;
	enum err err;

	ctx_init(&c, s->node, &s->scratch, &actor);
	err = one(s, &c, item, why);
	ctx_done(&c);
	return err;
}

static enum err one_team_now(struct story *s, const struct json *item, struct why *why)
{
	return as_node(s, item, one_team, why);
}

static enum err one_account_now(struct story *s, const struct json *item, struct why *why)
{
	return as_node(s, item, one_account, why);
}

static enum err one_circle_now(struct story *s, const struct json *item, struct why *why)
{
	return as_node(s, item, one_circle, why);
}

/* ---- the story ---- */

static enum err each(struct story *s, const char *part,
		     enum err (*one)(struct story *, const struct json *, struct why *),
		     struct why *why)
{
	const struct json *list = json_get_c(&s->doc, part);
	enum err err = ERR_OK;

	for (size_t i = 0; i < json_count(list) && !err; i++) {
		const struct json *item = json_at(list, i);
		struct why inner = {0};

		err = one(s, item, &inner);
		arena_reset(&s->scratch);
		if (err)
			err = why_set(why, err, "demo story, %s %zu (%.*s %.*s): %s%s%s", part,
				      i + 1, STR_ARG(json_get_str(item, "do")),
				      STR_ARG(json_get_str(item, "id")), inner.text,
				      inner.field[0] ? " at " : "", inner.field);
	}
	return err;
}

/* One line a person: who it is, the address, the password. */
static void add_credentials(struct story *s)
{
	const struct json *list = json_get_c(&s->doc, "sign_in");
	str password = json_get_str(&s->doc, "password");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *p = json_at(list, i);

		buf_printf(s->credentials, "%-14.*s %-32.*s password: %.*s   (%.*s)\n",
			   STR_ARG(json_get_str(p, "role")), STR_ARG(json_get_str(p, "email")),
			   STR_ARG(password), STR_ARG(json_get_str(p, "of")));
	}
	buf_add(s->credentials,
		STR("\nEverybody else in the members' list signs in the same way.\n"));
}

static enum err tell(struct story *s, struct why *why)
{
	static const struct {
		const char *part;
		enum err (*one)(struct story *, const struct json *, struct why *);
	} parts[] = {
	    {"teams", one_team_now},
	    {"people", one_account_now},
	    {"circles", one_circle_now},
	    {"steps", story_step},
	};
	enum err err = json_parse(s->arena, demo_file("story.json"), NULL, &s->doc, why);

	if (err)
		return err;
	add_credentials(s);
	for (size_t i = 0; i < ARRAY_LEN(parts) && !err; i++)
		err = each(s, parts[i].part, parts[i].one, why);
	return err;
}

enum err demo_build(struct cmd *c, struct node *n, struct buf *credentials, struct why *why)
{
	struct story s = {
	    .node = n, .arena = &c->arena, .now_us = clock_now_us(), .credentials = credentials};
	enum err err;

	arena_init(&s.scratch, 0);
	map_init(&s.names);
	err = tell(&s, why);
	map_done(&s.names);
	arena_done(&s.scratch);
	return err;
}
