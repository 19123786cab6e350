// SPDX-License-Identifier: Apache-2.0
#include "team/membership.h"

#include "team/record_internal.h"
#include "team/setup.h"

#define MEMBERSHIP_TYPE "x-hikeshi-membership"

static bool kept_here(struct ctx *c, const struct directory_circle *ci)
{
	const struct directory_team *owner = directory_team(c->dir, ci->owner);

	return owner && !owner->peer;
}

static bool is_member(struct ctx *c, const struct directory_circle *ci)
{
	return world_is_member(&c->dir->world, ci->key, c->actor->team, NULL); /* gate */
}

struct circle_rights circle_rights(struct ctx *c, const struct directory_circle *ci)
{
	bool owner = ci->owner == c->actor->team || c->actor->node;
	bool member = is_member(c, ci), here = kept_here(c, ci);
	bool keeps = here && owner && policy_node(c->actor, "circles").ok; /* gate */
	bool speaks = here && policy_node(c->actor, "circle_own_team").ok; /* gate */

	return (struct circle_rights){.all = owner || (member && ci->members_see),
				      .invite = keeps || (member && ci->members_invite && speaks),
				      .remove = keeps,
				      .leave = member && speaks};
}

static void member_json(struct ctx *c, const struct directory_circle *ci,
			const struct directory_team *t, struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "team", record_id(c, &t->record));
	jo_kstr(o, "name", t->name);
	jo_kstr(o, "name_ja", t->name_ja);
	jo_kstr(o, "short_name", t->short_name);
	jo_kbool(o, "hosted", !t->peer);
	jo_kbool(o, "owner", t->key == ci->owner);
	/* no gate: which row is one's own */
	jo_kbool(o, "own", t->key == c->actor->team);
	jo_end(o);
}

void membership_list_json(struct ctx *c, const struct directory_circle *ci, struct json_out *o)
{
	struct circle_rights may = circle_rights(c, ci);
	const struct directory_team *owner = directory_team(c->dir, ci->owner);

	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < ci->n_teams; i++) {
		const struct directory_team *t = directory_team(c->dir, ci->teams[i]);

		if (t && (may.all || t == owner || t->key == c->actor->team)) /* gate */
			member_json(c, ci, t, o);
	}
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_kbool(o, "complete", may.all);
	jo_key(o, "count"); /* how many there are says whether somebody came or went */
	if (may.all)
		jo_i64(o, (int64_t)ci->n_teams);
	else
		jo_null(o);
	jo_key(o, "owner");
	if (owner)
		jo_str(o, record_id(c, &owner->record));
	else
		jo_null(o);
	jo_kbool(o, "kept_here", owner && !owner->peer);
	jo_key(o, "rights");
	jo_object(o);
	jo_kbool(o, "invite", may.invite);
	jo_kbool(o, "remove", may.remove);
	jo_kbool(o, "leave", may.leave);
	jo_end(o);
	jo_end(o);
}

static enum err refuse(struct ctx *c, const struct directory_circle *ci, struct why *why)
{
	if (!kept_here(c, ci))
		return why_field(
		    why, ERR_DENIED, "elsewhere", NULL,
		    "this circle is kept by a team on another node: ask that team",
		    "別のノードのチームが管理する共有サークルです。そのチームに依頼して"
		    "ください");
	return why_field(why, ERR_DENIED, "circle_rules", NULL,
			 "the rules of this circle, or your role, do not allow this",
			 "このサークルの規則、またはあなたの役割では、この操作はできません");
}

/* Once it is allowed: the record is the owner's, the entry in the journal whoever did it. */
static struct ctx for_owner(const struct ctx *c, struct actor *actor)
{
	struct ctx x = *c;

	*actor = *c->actor;
	actor->node = true;
	x.actor = actor;
	return x;
}

/* What the node's view was read with goes back; the actor's own is read anew. */
static void own_eyes(struct ctx *c, const struct ctx *x)
{
	c->dir = x->dir;
	c->view = x->view;
	c->faults = x->faults;
	ctx_refresh(c);
}

enum err circle_join(struct ctx *c, const struct directory_circle *ci, str team, struct why *why)
{
	const struct directory_team *t = directory_team_named(c->dir, team);
	struct circle_rights may = circle_rights(c, ci);
	struct actor actor;
	struct ctx x = for_owner(c, &actor);
	enum err err;

	if (!may.invite)
		return refuse(c, ci, why);
	if (!t)
		return why_field(why, ERR_UNPROCESSABLE, "unknown_team", "/team",
				 "is not a team of this node's directory",
				 "このノードの名簿にないチームです");
	err = circle_member_add(&x, ci->uid, t->uid, why);
	own_eyes(c, &x);
	return err;
}

enum err circle_leave(struct ctx *c, const struct directory_circle *ci, str team, struct why *why)
{
	const struct directory_team *t = directory_team_named(c->dir, team);
	struct circle_rights may = circle_rights(c, ci);
	struct actor actor;
	struct ctx x = for_owner(c, &actor);
	bool own = t && t->key == c->actor->team;
	enum err err;

	if (!(may.remove || (own && may.leave))) /* whoever is in it is not told by the answer */
		return refuse(c, ci, why);
	if (!t)
		return why_field(why, ERR_NOTFOUND, "not_member", NULL,
				 "that team is not a member of that circle",
				 "その共有サークルに参加していません");
	err = circle_member_remove(&x, ci->uid, t->uid, why);
	own_eyes(c, &x);
	return err;
}

/* ---- who sees that a team is in it ---- */

enum err membership_label(struct ctx *c, int64_t owner, int64_t circle, int64_t team,
			  bool members_see, int64_t *ret, struct why *why)
{
	struct label_circle lc = {.circle = circle};
	struct label l = {.originator = owner, .holder = owner, .tlp = TLP_GREEN};

	if (members_see) {
		l.circles = &lc;
		l.n_circles = 1;
	} else {
		l.teams = &team;
		l.n_teams = 1;
	}
	return label_intern(c->node->store, &l, 1, ret, why);
}

/* A page of all memberships; those of the circle whose label is another than the rule says are put
 * with it. */
static enum err relabel_page(struct ctx *c, struct record_draft *d, int64_t circle, str id,
			     bool members_see, const struct record *page, size_t n, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		struct record_put put = {.key = page[i].key,
					 .expect_version = page[i].version,
					 .flags = page[i].flags,
					 .kind = "relabel"};
		struct json b;
		struct uuid team;
		str type;

		err = record_body(c, &page[i], &b, why);
		if (err || !str_eq(json_get_str(&b, "circle"), id) ||
		    id_parse(json_get_str(&b, "team"), &type, &team))
			continue;
		err = membership_label(c, d->team, circle,
				       principal_find(c->node->store, PRINCIPAL_TEAM, team),
				       members_see, &put.label, why);
		if (!err && put.label != page[i].label)
			(void)write_put(d->write, &put);
	}
	return err;
}

enum err membership_relabel(struct ctx *c, struct record_draft *d, bool members_see,
			    struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(MEMBERSHIP_TYPE));
	/* sees all: the owner's own records, whose label follows the circle's rule */
	struct view all = {.all = true};
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .team = d->team,
			       .limit = 1000,
			       .with_body = true,
			       .with_exercise = true};
	struct record *page = arena_array(c->arena, struct record, q.limit);
	int64_t circle = principal_find(c->node->store, PRINCIPAL_CIRCLE, d->old->uid);
	char u[UUID_TEXT];
	str id;
	enum err err = ERR_OK;

	uuid_text(d->old->uid, u);
	id = arena_printf(c->arena, "x-hikeshi-circle--%.*s", UUID_TEXT, u);
	do {
		size_t n = 0;
		int64_t next = 0;

		err = store_list(c->node->store, c->arena, &all, &q, page, &n, &next, why);
		if (!err)
			err = relabel_page(c, d, circle, id, members_see, page, n, why);
		q.before_pos = next;
	} while (!err && q.before_pos);
	return err;
}
