// SPDX-License-Identifier: Apache-2.0
/* Accounts that one keeps, and the settings of the node. An account goes by the id of its person.
 * A token with the scope for it reads them and switches accounts off; everything that gives a way
 * in is done by people who have shown their password lately. */
#include "api/api_internal.h"

#include "team/settings.h"

static enum err sure(struct call *c)
{
	enum err err = call_person(c);

	return err ? err : call_confirmed(c);
}

static str person_id(struct call *c, const struct account *x)
{
	struct uuid uid;
	char u[UUID_TEXT];

	if (!principal_uuid(c->api->o.node->store, x->person, &uid))
		return STR("");
	uuid_text(uid, u);
	return arena_printf(request_arena(c->rq), "x-hikeshi-person--%.*s", UUID_TEXT, u);
}

/* Members of an open object. */
static void account_members(struct call *c, const struct account *x, struct json_out *o)
{
	const struct directory_team *t = directory_team(c->ctx.dir, x->team);

	jo_kstr(o, "id", person_id(c, x));
	jo_kstr(o, "email", x->email);
	jo_kstr(o, "name", x->name);
	jo_kstr(o, "role", x->role);
	jo_kstr(o, "language", x->language);
	if (t)
		jo_kstr(o, "team", record_id(&c->ctx, &t->record));
	else
		jo_kc(o, "team", NULL);
	jo_kbool(o, "disabled", x->disabled);
	jo_kbool(o, "password", x->password_hash.n > 0);
	jo_kbool(o, "totp", x->totp_secret.n > 0);
	jo_ktime(o, "created", x->created_us);
	jo_ktime(o, "last_sign_in", x->last_sign_in_us ? x->last_sign_in_us : TIME_NONE);
	jo_kbool(o, "own", x->key == c->actor.account);
	jo_kbool(o, "kept", account_kept(&c->ctx, x));
}

static enum err reply_account(struct call *c, int status, int64_t key)
{
	struct account x = {0};
	struct json_out o;
	BUF(b);
	enum err err =
	    account_get(c->api->o.node->store, request_arena(c->rq), &key, 1, &x, &c->why);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	account_members(c, &x, &o);
	jo_end(&o);
	return reply_json(c, status, &b);
}

static enum err find(struct call *c, struct account *ret)
{
	return account_of_person(&c->ctx, call_var(c, "id"), ret, &c->why);
}

/* The team of that id: only those that are hosted here have accounts. */
static enum err team_of(struct call *c, str id, const char *field, int64_t *ret)
{
	const struct directory_team *t;
	struct uuid u;
	str type;

	*ret = 0;
	if (!id.n)
		return ERR_OK;
	t = id_parse(id, &type, &u) ? NULL : directory_team_uid(c->ctx.dir, u);
	if (!t || t->peer)
		return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_team", field,
				 "is no team that this node hosts",
				 "このノードのチームではありません");
	*ret = t->key;
	return ERR_OK;
}

/* ---- reading ---- */

/* The roles that the reader may give stand beside the list. */
static void roles_json(struct call *c, struct json_out *o)
{
	const struct json *list = catalog_list(c->api->o.node->catalog, STR("role")), *items;

	items = list ? json_get_c(list, "items") : NULL;
	jo_key(o, "roles");
	jo_array(o);
	for (size_t i = 0; i < json_count(items); i++) {
		str code = json_get_str(json_at(items, i), "code");

		if (role_parse(code) != ROLE_NONE &&
		    account_role_given(&c->actor, role_parse(code)))
			jo_str(o, code);
	}
	jo_end(o);
}

/* And the teams whose accounts he keeps. */
static void teams_json(struct call *c, struct json_out *o)
{
	const struct directory_view *v = c->ctx.dir;
	bool others = policy_node(&c->actor, "accounts_other_teams").ok; /* gate */

	jo_key(o, "teams");
	jo_array(o);
	for (size_t i = 0; i < v->n_teams; i++)
		if (!v->teams[i].peer && (others || v->teams[i].key == c->actor.team))
			jo_str(o, record_id(&c->ctx, &v->teams[i].record));
	jo_end(o);
}

enum err accounts_get_all(struct call *c)
{
	struct account *x = NULL;
	struct json_out o;
	size_t n = 0;
	int64_t team;
	BUF(b);
	enum err err = team_of(c, call_param(c, "team"), "team", &team);

	if (!err)
		err = account_of_team(&c->ctx, team, &x, &n, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		account_members(c, &x[i], &o);
		jo_end(&o);
	}
	jo_end(&o);
	roles_json(c, &o);
	teams_json(c, &o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_page(c, &b);
}

enum err accounts_get(struct call *c)
{
	struct account x;
	enum err err = find(c, &x);

	return err ? err : reply_account(c, 200, x.key);
}

/* ---- ways in ---- */

/* Adds the link to an open object. */
static enum err link_members(struct call *c, int64_t account, struct json_out *o)
{
	const char *url = c->api->o.node->config.url;
	char secret[SECRET_TEXT];
	int64_t key;
	enum err err = account_token(&c->ctx, account, STR("sign-in"), STR(""), 0, STR("sign-in"),
				     secret, &key, &c->why);

	if (err)
		return err;
	jo_kstr(o, "sign_in",
		arena_printf(request_arena(c->rq), "%s/sign-in#%.*s", url ? url : "", SECRET_TEXT,
			     secret));
	jo_ktime(o, "expires", c->ctx.now_us + SIGN_IN_LINK_US);
	return ERR_OK;
}

enum err accounts_add(struct call *c)
{
	struct json body;
	struct account x = {0};
	struct json_out o;
	int64_t team = 0, key = 0;
	BUF(b);
	enum err err = sure(c);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = call_members(c, &body, "email name role language team");
	if (!err)
		err = team_of(c, json_get_str(&body, "team"), "/team", &team);
	if (!err)
		err = account_create(&c->ctx, team, json_get_str(&body, "email"),
				     json_get_str(&body, "name"), json_get_str(&body, "role"),
				     json_get_str(&body, "language"), STR_NULL, &key, &c->why);
	if (!err)
		err =
		    account_get(c->api->o.node->store, request_arena(c->rq), &key, 1, &x, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	account_members(c, &x, &o);
	err = link_members(c, key, &o);
	if (err)
		return err;
	jo_end(&o);
	response_header(
	    c->rq, "Location",
	    arena_printf(request_arena(c->rq), "/api/v1/accounts/%.*s", STR_ARG(person_id(c, &x))));
	return reply_json(c, 201, &b);
}

enum err accounts_link(struct call *c)
{
	struct account x;
	struct json_out o;
	BUF(b);
	enum err err = sure(c);

	if (!err)
		err = find(c, &x);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	err = link_members(c, x.key, &o);
	if (err)
		return err;
	jo_end(&o);
	return reply_json(c, 201, &b);
}

/* ---- changing ---- */

static enum err flag_of(struct call *c, const struct json *v, bool *ret)
{
	if (!json_is(v, JSON_TRUE) && !json_is(v, JSON_FALSE))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "/disabled",
				 "is true or false", "trueまたはfalseを指定してください");
	*ret = json_is(v, JSON_TRUE);
	return ERR_OK;
}

static enum err name_of(struct call *c, const struct json *v, str *ret)
{
	*ret = str_trim(json_str(v));
	if (!ret->n || ret->n > 200 || memchr(ret->p, 0, ret->n))
		return why_field(&c->why, ERR_UNPROCESSABLE, "length", "/name",
				 "a name has 1 to 200 bytes",
				 "氏名は200バイト以内で入力してください");
	return ERR_OK;
}

static enum err language_of(struct call *c, const struct json *v, str *ret)
{
	*ret = json_str(v);
	if (!str_eq(*ret, STR("ja")) && !str_eq(*ret, STR("en")))
		return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "/language",
				 "languages are ja and en", "言語は ja か en です");
	return ERR_OK;
}

/* All of a request is looked at before any of it is done; what takes away comes last. */
static enum err change(struct call *c, const struct account *x, const struct json *body)
{
	const struct json *role = json_get_c(body, "role"), *name = json_get_c(body, "name"),
			  *language = json_get_c(body, "language"),
			  *disabled = json_get_c(body, "disabled");
	str new_name = STR_NULL, new_language = STR_NULL;
	bool off = false;
	enum err err = disabled ? flag_of(c, disabled, &off) : ERR_OK;

	if (!err && name)
		err = name_of(c, name, &new_name);
	if (!err && language)
		err = language_of(c, language, &new_language);
	if (!err && (role || name || language || !off))
		err = call_person(c); /* a token may only take away */
	if (!err)
		err = call_confirmed(c);
	if (!err && role)
		err = account_set_role(&c->ctx, x->key, json_str(role), &c->why);
	if (!err && (name || language))
		err = account_set_profile(&c->ctx, x->key, new_name, new_language, &c->why);
	if (!err && disabled && off != x->disabled)
		err = account_set_disabled(&c->ctx, x->key, off, &c->why);
	return err;
}

enum err accounts_patch(struct call *c)
{
	struct json body;
	struct account x;
	enum err err = call_json(c, false, &body);

	if (!err)
		err = call_members(c, &body, "role name language disabled");
	if (!err)
		err = find(c, &x);
	if (!err)
		err = change(c, &x, &body);
	return err ? err : reply_account(c, 200, x.key);
}

enum err accounts_totp_stop(struct call *c)
{
	struct account x;
	enum err err = sure(c);

	if (!err)
		err = find(c, &x);
	if (!err)
		err = account_totp_stop(&c->ctx, x.key, &c->why);
	return err ? err : reply_empty(c, 204);
}

enum err accounts_sessions_end(struct call *c)
{
	struct account x;
	enum err err = find(c, &x);

	if (!err)
		err = account_end_sessions(&c->ctx, x.key, STR_NULL, c->session, &c->why);
	return err ? err : reply_empty(c, 204);
}

/* ---- the node ---- */

enum err settings_get(struct call *c)
{
	struct json_out o;
	BUF(b);
	enum err err;

	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	err = node_settings_json(&c->ctx, &o, &c->why);
	if (err)
		return err;
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_json(c, 200, &b);
}
