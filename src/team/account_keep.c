// SPDX-License-Identifier: Apache-2.0
/* Keeping accounts: who administers a team, those of it; who operates the node, everybody's. */
#include "team/account_internal.h"
#include "team/record_internal.h"

/* ---- finding ---- */

static enum err no_account(struct why *why)
{
	return why_field(why, ERR_NOTFOUND, "not_found", NULL, "there is no such account",
			 "そのアカウントはありません");
}

/* Those of a team the actor keeps no accounts of are not there. */
static bool sees(struct ctx *c, int64_t team)
{
	const char *what = team == c->actor->team ? "accounts" : "accounts_other_teams";

	return c->actor->node || policy_node(c->actor, what).ok; /* gate */
}

enum err account_of_person(struct ctx *c, str id, struct account *ret, struct why *why)
{
	struct account x = {0};
	struct uuid uid;
	int64_t person = 0;
	str type;
	enum err err = verdict_err(policy_node(c->actor, "accounts"), why); /* gate */

	if (err)
		return err;
	if (!id_parse(id, &type, &uid) && str_eq(type, STR("x-hikeshi-person")))
		person = principal_find(c->node->store, PRINCIPAL_PERSON, uid);
	if (!person)
		return no_account(why);
	err = account_by_person(c->node->store, c->arena, person, &x, NULL);
	if (err == ERR_NOTFOUND || (!err && !sees(c, x.team)))
		return no_account(why);
	if (err)
		return why_set(why, err, "accounts cannot be read");
	*ret = x;
	return ERR_OK;
}

enum err account_of_team(struct ctx *c, int64_t team, struct account **ret, size_t *ret_n,
			 struct why *why)
{
	enum err err;

	team = team ? team : c->actor->team;
	err = verdict_err(
	    policy_node(c->actor, team == c->actor->team ? "accounts" : "accounts_other_teams"),
	    why); /* gate */
	return err ? err : account_list(c->node->store, c->arena, team, ret, ret_n, why);
}

bool account_kept(struct ctx *c, const struct account *x)
{
	return may_keep(c, x->team, role_parse(x->role), NULL) == ERR_OK;
}

/* ---- changing ---- */

static enum err somebody_else(struct ctx *c, const struct account *x, struct why *why)
{
	if (c->actor->node || c->actor->account != x->key)
		return ERR_OK;
	return why_field(why, ERR_DENIED, "own_account", NULL,
			 "somebody else does that to your account, not you",
			 "自分のアカウントにはできません。別の管理者に依頼してください");
}

/* Its own people never leave a team without an administrator; who operates the node may. */
static bool keep_administrator(const struct ctx *c, const struct account *x)
{
	/* no gate: it lets nobody do anything, it stops one who may */
	return !c->actor->node && (x->team == c->actor->team || x->team == c->node->home_team);
}

enum err account_set_disabled(struct ctx *c, int64_t account, bool disabled, struct why *why)
{
	struct account_change change = {
	    .members = ACCOUNT_DISABLED, .end_sessions = disabled, .end_tokens = disabled};
	struct account x;
	enum err err = own_or_kept(c, account, &x, why);

	if (!err)
		err = somebody_else(c, &x, why);
	if (err)
		return err;
	change.keep_administrator = keep_administrator(c, &x);
	x.disabled = disabled;
	err = account_update(c->node->store, &x, &change, c->actor->account, why);
	if (err)
		return err;
	drop_streams(c, account);
	return accounts_refresh(c, why);
}

enum err account_set_role(struct ctx *c, int64_t account, str role, struct why *why)
{
	struct account_change change = {.members = ACCOUNT_ROLE};
	struct account x;
	enum err err = ERR_OK;

	if (!catalog_code_item(c->node->catalog, STR("role"), role))
		err = why_field(why, ERR_UNPROCESSABLE, "enum", "/role", "there is no such role",
				"その役割はありません");
	if (!err)
		err = own_or_kept(c, account, &x, why);
	if (!err)
		err = somebody_else(c, &x, why);
	if (!err)
		err = may_keep(c, x.team, role_parse(role), why);
	if (err)
		return err;
	change.keep_administrator = keep_administrator(c, &x);
	x.role = role;
	err = account_update(c->node->store, &x, &change, c->actor->account, why);
	if (err)
		return err;
	drop_streams(c, account); /* they come back with the new role */
	return accounts_refresh(c, why);
}

/* The public record says the same name. */
static enum err person_follows(struct ctx *c, const struct account *x, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("people"));
	struct actor node = node_actor(c->node, x->team);
	struct json o = json_object();
	struct record r, out;
	struct uuid uid;
	struct ctx inner;
	char u[UUID_TEXT];
	enum err err;

	if (!t || !principal_uuid(c->node->store, x->person, &uid))
		return ERR_OK; /* an account without a record is one of old */
	uuid_text(uid, u);
	json_set(c->arena, &o, STR("name"), json_string(x->name.n ? x->name : x->email));
	json_set(c->arena, &o, STR("language"), json_string(x->language));
	node.account = c->actor->account; /* the journal names who did it */
	ctx_init(&inner, c->node, c->arena, &node);
	err = record_get(&inner, t, arena_printf(c->arena, "x-hikeshi-person--%.*s", UUID_TEXT, u),
			 &r, why);
	if (!err)
		err = record_update(&inner, &r, &o, -1, &out, why);
	ctx_done(&inner);
	return err;
}

enum err account_set_profile(struct ctx *c, int64_t account, str name, str language,
			     struct why *why)
{
	struct account_change change = {0};
	struct account x;
	enum err err = account_read(c, account, &x, why);

	if (!err && c->actor->account != account)
		err = own_or_kept(c, account, &x, why);
	if (err)
		return err;
	name = str_trim(name);
	if (name.n && !str_eq(name, x.name))
		change.members |= ACCOUNT_NAME;
	if (language.n && !str_eq(language, x.language))
		change.members |= ACCOUNT_LANGUAGE;
	if (!change.members)
		return ERR_OK;
	x.name = name.n ? name : x.name;
	x.language = language.n ? language : x.language;
	err = account_update(c->node->store, &x, &change, c->actor->account, why);
	if (!err)
		err = person_follows(c, &x, why);
	return err ? err : accounts_refresh(c, why);
}
