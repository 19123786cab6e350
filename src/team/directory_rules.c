// SPDX-License-Identifier: Apache-2.0
/* Rules of teams, circles, memberships and people: who holds them and who sees them. A team's
 * record is its own and its public part is seen by all teams of the node; a circle and its
 * memberships are seen by its members only. */
#include <assert.h>

#include "team/membership.h"
#include "team/record_internal.h"
#include "team/rules.h"

static enum err label_of(struct ctx *c, int64_t holder, bool everyone, int64_t circle, int64_t *ret,
			 struct why *why)
{
	struct label_circle lc = {.circle = circle};
	struct label l = {
	    .originator = holder, .holder = holder, .tlp = TLP_GREEN, .everyone = everyone};

	if (circle) {
		l.circles = &lc;
		l.n_circles = 1;
	}
	return label_intern(c->node->store, &l, 1, ret, why);
}

static enum err check_ranges(struct ctx *c, const struct json *body, struct why *why)
{
	const struct json *cidrs = json_get_c(body, "cidrs"),
			  *domains = json_get_c(body, "domains");
	struct net net;
	str d;

	for (size_t i = 0; i < json_count(cidrs); i++)
		if (net_parse(json_str(json_at(cidrs, i)), &net))
			return field_fault(c, why, "format",
					   arena_printf(c->arena, "/cidrs/%zu", i).p,
					   "is not an address range such as 192.0.2.0/24",
					   "192.0.2.0/24 のようなアドレス範囲ではありません");
	for (size_t i = 0; i < json_count(domains); i++)
		if (value_canonical(c->arena, VALUE_DOMAIN, json_str(json_at(domains, i)), &d,
				    NULL))
			return field_fault(c, why, "format",
					   arena_printf(c->arena, "/domains/%zu", i).p,
					   "is not a domain name such as team.example",
					   "team.example のようなドメイン名ではありません");
	return ERR_OK;
}

/* Whose client a team is opens to it what AMBER lets clients read: no team says so of itself. */
static enum err keep_clients(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct json *now = json_get_c(&d->body, "client_of"), *was;
	struct json old;
	enum err err = c->actor->node ? ERR_OK : record_body(c, d->old, &old, why);

	if (err || c->actor->node)
		return err;
	was = json_get_c(&old, "client_of");
	if (now ? was && json_eq(now, was) : !was)
		return ERR_OK;
	return verdict_err(policy_node(c->actor, "teams"), why); /* gate */
}

static void set_now(struct ctx *c, struct json *body, str name)
{
	char *t = arena_alloc(c->arena, TIME_TEXT);

	time_text(c->now_us, t);
	json_set(c->arena, body, name, json_string((str){t, TIME_TEXT}));
}

/* When a team has confirmed what stands there is the server's clock to say. */
static enum err keep_confirmed(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct json *now = json_get_c(&d->body, "confirmed_at"), *was = NULL;
	struct json old;
	enum err err = d->old && !c->actor->node ? record_body(c, d->old, &old, why) : ERR_OK;

	if (err || c->actor->node || !now)
		return err;
	if (d->old)
		was = json_get_c(&old, "confirmed_at");
	if (!was || !json_eq(now, was))
		set_now(c, &d->body, STR("confirmed_at"));
	return ERR_OK;
}

static enum err team_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	enum err err = check_ranges(c, &d->body, why);

	const struct directory_team *t = d->old ? directory_team(c->dir, d->old->team) : NULL;

	if (!err && t && t->peer) /* gate */
		err = why_field(why, ERR_DENIED, "elsewhere", NULL,
				"this team works on another node: only it changes its record",
				"別のノードのチームの記録は、そのチームだけが変更できます");
	if (!err && d->old)
		err = keep_clients(c, d, why);
	if (!err)
		err = keep_confirmed(c, d, why);
	if (err || d->old)
		return err;
	if (!c->actor->node) {
		err = verdict_err(policy_node(c->actor, "teams"), why); /* gate */
		if (err)
			return err;
	}
	if (uuid_is_zero(d->uid))
		d->uid = uuid_new();
	err = principal_intern(c->node->store, PRINCIPAL_TEAM, &d->uid, 1, &d->team, why);
	return err ? err : label_of(c, d->team, true, 0, &d->label_key, why);
}

/* Where a team works. */
static enum err team_render(struct ctx *c, const struct record *r, struct json *out,
			    struct why *why)
{
	const struct directory_team *t = directory_team_uid(c->dir, r->uid);

	(void)why;
	if (!t)
		return ERR_OK;
	json_set(c->arena, out, STR("hosted"), json_from_bool(!t->peer));
	if (t->via.n)
		json_set(c->arena, out, STR("node"), json_string(arena_str(c->arena, t->via)));
	if (t->moved)
		json_set(c->arena, out, STR("moved"), json_from_bool(true));
	return ERR_OK;
}

static enum err circle_elsewhere(struct why *why)
{
	return why_field(why, ERR_DENIED, "elsewhere", NULL,
			 "this circle is kept by a team on another node: only it changes rules and "
			 "members",
			 "別のノードのチームが管理する共有サークルです。規則と参加チームは、そのチ"
			 "ームだけが変更できます");
}

static enum err circle_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct directory_team *owner = d->old ? directory_team(c->dir, d->old->team) : NULL;
	int64_t key;
	enum err err;

	if (owner && owner->peer) /* gate */
		return circle_elsewhere(why);
	if (d->old)
		return ERR_OK;
	if (!c->actor->node) {
		err = verdict_err(policy_node(c->actor, "circles"), why); /* gate */
		if (err)
			return err;
	}
	d->uid = uuid_new();
	err = principal_intern(c->node->store, PRINCIPAL_CIRCLE, &d->uid, 1, &key, why);
	return err ? err : label_of(c, d->team, false, key, &d->label_key, why);
}

/* Whoever may see the members sees their records, and nobody else. */
static enum err circle_committing(struct ctx *c, struct record_draft *d, struct why *why)
{
	bool now = circle_members_see(&d->body);
	struct json old;
	enum err err = d->old ? record_body(c, d->old, &old, why) : ERR_OK;

	if (err || !d->old || circle_members_see(&old) == now)
		return err;
	return membership_relabel(c, d, now, why);
}

static enum err membership_circle(struct ctx *c, struct record_draft *d,
				  const struct directory_circle **ret, struct why *why)
{
	struct uuid uid;
	str type;
	const struct directory_circle *ci = NULL;

	if (id_parse(json_get_str(&d->body, "circle"), &type, &uid) == ERR_OK)
		ci = directory_circle_uid(c->dir, uid);
	/* only who owns a circle keeps its members */
	if (!ci || (ci->owner != c->actor->team && !c->actor->node))
		return field_fault(c, why, "unknown_circle", "/circle",
				   "is not a circle of your team",
				   "自チームが管理する共有サークルではありません");
	const struct directory_team *owner = directory_team(c->dir, ci->owner);

	if (owner && owner->peer) /* gate */
		return circle_elsewhere(why);
	*ret = ci;
	return ERR_OK;
}

/* A membership only ever ends: who was a member from when decides who reads what was shared then.
 */
static enum err membership_kept(struct ctx *c, struct record_draft *d, struct why *why)
{
	static const char *const kept[] = {"circle", "team", "joined_roster", "left_roster",
					   "left_at"};
	struct json old;
	enum err err = record_body(c, d->old, &old, why);

	for (size_t i = 0; !err && i < ARRAY_LEN(kept); i++) {
		const struct json *was = json_get_c(&old, kept[i]),
				  *now = json_get_c(&d->body, kept[i]);
		bool leaving = strcmp(kept[i], "left_at") == 0 && !was;

		if (!leaving && (now ? !was || !json_eq(now, was) : was != NULL)) /* gate */
			err = field_fault(c, why, "read_only",
					  arena_printf(c->arena, "/%s", kept[i]).p,
					  "is set by the server and cannot be changed",
					  "サーバーが設定する項目のため変更できません");
	}
	return err;
}

static enum err membership_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	static const char *const servers[] = {"joined_roster", "left_roster", "left_at"};
	const struct directory_circle *ci = NULL;
	const struct directory_team *t;
	int64_t joined;
	enum err err = membership_circle(c, d, &ci, why);

	if (err)
		return err;
	assert(ci);
	if (d->old) { /* leaving ends the membership; coming back is a new one */
		err = membership_kept(c, d, why);
		if (err)
			return err;
		if (json_get_str(&d->body, "left_at").n &&
		    !json_get_i64(&d->body, "left_roster", 0))
			json_set(c->arena, &d->body, STR("left_roster"),
				 json_from_i64(c->arena, ci->roster + 1));
		return ERR_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		if (json_get_c(&d->body, servers[i]))
			return field_fault(c, why, "read_only",
					   arena_printf(c->arena, "/%s", servers[i]).p,
					   "is set by the server and cannot be changed",
					   "サーバーが設定する項目のため変更できません");
	t = directory_team_named(c->dir, json_get_str(&d->body, "team"));
	if (!t)
		return field_fault(c, why, "unknown_team", "/team", "is not a team of this node",
				   "このノードに登録されたチームではありません");
	if (world_is_member(&c->dir->world, ci->key, t->key, &joined)) /* no gate: a yes refuses */
		return why_field(why, ERR_CONFLICT, "already_member", "/team",
				 "the team is a member already", "すでに参加しています");
	d->team = ci->owner;
	json_set(c->arena, &d->body, STR("joined_roster"), json_from_i64(c->arena, ci->roster + 1));
	if (!json_get_str(&d->body, "joined_at").n)
		set_now(c, &d->body, STR("joined_at"));
	return membership_label(c, ci->owner, ci->key, t->key, ci->members_see, &d->label_key, why);
}

static enum err person_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	str said = json_get_str(&d->body, "team");
	const struct directory_team *own = directory_team(c->dir, d->team);
	int64_t key;
	enum err err;

	/* a person belongs to the team whose account it has; saying otherwise moves nobody */
	if (!c->actor->node && said.n && directory_team_named(c->dir, said) != own)
		return field_fault(c, why, "read_only", "/team",
				   "is set by the server and cannot be changed",
				   "サーバーが設定する項目のため変更できません");
	if (d->old)
		return ERR_OK;
	if (uuid_is_zero(d->uid))
		d->uid = uuid_new();
	err = principal_intern(c->node->store, PRINCIPAL_PERSON, &d->uid, 1, &key, why);
	return err ? err : label_of(c, d->team, true, 0, &d->label_key, why);
}

const struct record_rules team_rules = {
    .type = "x-hikeshi-team", .prepare = team_prepare, .render = team_render};
const struct record_rules circle_rules = {
    .type = "x-hikeshi-circle", .prepare = circle_prepare, .committing = circle_committing};
const struct record_rules membership_rules = {.type = "x-hikeshi-membership",
					      .prepare = membership_prepare};
const struct record_rules person_rules = {.type = "x-hikeshi-person", .prepare = person_prepare};
