// SPDX-License-Identifier: Apache-2.0
/* Who is asking: a session cookie (browsers) or a bearer token (machines), never both; and the
 * resources for signing in and for tokens. */
#include "api/api_internal.h"

#include "base/codec.h"
#include "team/others.h"

#define COOKIE "__Host-sid"
#define SEE_COOKIE "__Host-see-as" /* while somebody looks as another role: its name */

static bool has_host_port(str origin, str host)
{
	if (!str_skip_prefix(&origin, STR("https://")) && !str_skip_prefix(&origin, STR("http://")))
		return false;
	return str_ieq(origin, host);
}

/* No token: the browser itself says where a request comes from (ui.md 3.3). */
static enum err same_origin(struct call *c, unsigned flags)
{
	str site = request_header(c->rq, "Sec-Fetch-Site"),
	    origin = request_header(c->rq, "Origin");
	enum http_method m = request_method(c->rq);

	if (m == HTTP_GET || m == HTTP_HEAD || m == HTTP_OPTIONS)
		return ERR_OK;
	if (str_eq(site, STR("same-origin")) ||
	    (!site.n && has_host_port(origin, request_header(c->rq, "Host"))))
		return ERR_OK;
	(void)flags;
	return why_field(&c->why, ERR_DENIED, "cross_site", NULL,
			 "this request did not come from this site's own pages",
			 "このサイトの画面以外からの操作は受け付けません");
}

static uint32_t scope_needed(struct call *c, unsigned flags)
{
	enum http_method m = request_method(c->rq);

	if (flags & ROUTE_ADMIN)
		return SCOPE_ADMIN;
	if (flags & ROUTE_READ)
		return SCOPE_READ;
	if (flags & ROUTE_IMPORT)
		return SCOPE_IMPORT;
	if (flags & ROUTE_EXPORT)
		return SCOPE_EXPORT;
	if (flags & ROUTE_WRITE || (m != HTTP_GET && m != HTTP_HEAD))
		return SCOPE_WRITE;
	return SCOPE_READ;
}

/* What this cookie says can only take away: each right asks the role of the account as well. */
static enum err see_as(struct call *c, unsigned flags)
{
	str name = request_cookie(c->rq, SEE_COOKIE);
	enum http_method m = request_method(c->rq);
	enum role as = role_parse(name);

	if (!name.n)
		return ERR_OK;
	c->actor = policy_seen_as(&c->actor, as);
	if (m == HTTP_GET || m == HTTP_HEAD || flags & ROUTE_SEEN)
		return ERR_OK;
	return why_field(&c->why, ERR_DENIED, "seeing_as", NULL,
			 "you are looking as another role: that is for reading only",
			 "別の役割で表示しています。表示中は変更できません");
}

enum err call_authenticate(struct call *c, unsigned flags)
{
	str auth = request_header(c->rq, "Authorization"), cookie = request_cookie(c->rq, COOKIE);
	struct node *n = c->api->o.node;
	struct arena *a = request_arena(c->rq);
	enum err err = ERR_UNAUTHENTICATED;

	if (flags & ROUTE_BARE)
		return ERR_OK; /* public pages for people who have no account */
	if (auth.n && cookie.n && !(flags & ROUTE_PUBLIC))
		return why_field(&c->why, ERR_INVALID, "two_identities", NULL,
				 "send a token or a session, not both",
				 "トークンとセッションを同時に送らないでください");
	if (auth.n && str_skip_iprefix(&auth, STR("Bearer "))) {
		err = account_by_token(n, a, str_trim(auth), &c->actor, &c->why);
		if (!err && !(c->actor.scopes & scope_needed(c, flags))) /* gate */
			err = why_field(&c->why, ERR_DENIED, "scope", NULL,
					"this token's scope does not cover that",
					"このトークンの権限では実行できません");
	} else if (cookie.n) {
		err = account_by_session(n, a, cookie, &c->actor, &c->why);
		if (!err) {
			c->by_cookie = true;
			c->session = cookie;
			err = same_origin(c, flags); /* gate */
			if (!err)
				err = see_as(c, flags); /* gate */
		}
	} else {
		err = why_field(&c->why, ERR_UNAUTHENTICATED, "sign_in", NULL,
				"please sign in: a session cookie or Authorization: Bearer TOKEN",
				"サインインしてください");
	}
	if (err == ERR_UNAUTHENTICATED && (flags & ROUTE_PUBLIC)) {
		c->why = (struct why){0};
		c->actor = (struct actor){.language = c->actor.language};
		return ERR_OK;
	}
	return err;
}

/* ---- me ---- */

static void rights_json(struct call *c, struct json_out *o)
{
	static const char *const verbs[] = {"create", "edit"};
	static const char *const node[] = {
	    "teams",    "circles", "accounts", "accounts_other_teams",
	    "settings", "peers",   "journal",  "journal_team"};
	size_t n;
	const struct catalog_type *t = catalog_types(c->api->o.node->catalog, &n);
	struct actor as = c->actor;

	as.own = ROLE_NONE; /* who looks as another role is shown what that role may */
	jo_key(o, "rights");
	jo_array(o);
	for (size_t i = 0; i < n; i++) {
		if (!t[i].own_plural)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(verbs); k++)
			if (policy_type(&as, &t[i], verbs[k]).ok) /* gate */
				jo_str(o, arena_printf(request_arena(c->rq), "%s:%.*s", verbs[k],
						       STR_ARG(t[i].plural)));
		for (size_t k = 0; k < t[i].n_transitions; k++)
			if (role_covers(c->actor.role, t[i].transitions[k].role)) /* gate */
				jo_str(o, arena_printf(request_arena(c->rq), "%.*s:%.*s",
						       STR_ARG(t[i].transitions[k].name),
						       STR_ARG(t[i].plural)));
	}
	for (size_t k = 0; k < ARRAY_LEN(node); k++)
		if (policy_node(&as, node[k]).ok) /* gate */
			jo_str(o, arena_printf(request_arena(c->rq), "admin:%s", node[k]));
	jo_end(o);
}

/* The roles one may look as; own_role while one does. */
static void see_as_json(struct call *c, struct json_out *o)
{
	jo_key(o, "own_role");
	if (c->actor.own)
		jo_str(o, role_name(c->actor.own));
	else
		jo_null(o);
	jo_key(o, "see_as");
	jo_array(o);
	for (enum role r = ROLE_READER; r <= ROLE_ADMINISTRATOR; r++)
		if (c->by_cookie && policy_see_as(&c->actor, r).ok) /* gate */
			jo_str(o, role_name(r));
	jo_end(o);
}

static void team_json(struct call *c, const struct directory_team *t, struct json_out *o)
{
	jo_key(o, "team");
	if (!t) {
		jo_null(o);
		return;
	}
	jo_object(o);
	jo_kstr(o, "id", record_id(&c->ctx, &t->record));
	jo_kstr(o, "name", t->name);
	jo_kstr(o, "name_ja", t->name_ja);
	jo_kstr(o, "short_name", t->short_name);
	jo_end(o);
}

static enum err me_reply(struct call *c)
{
	const struct directory_team *t = directory_team(c->ctx.dir, c->actor.team);
	const struct directory_person *p = directory_person(c->ctx.dir, c->actor.person);
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "email", c->actor.email);
	jo_kstr(&o, "name", c->actor.name);
	jo_kstr(&o, "language", c->actor.language);
	jo_kstr(&o, "role", role_name(c->actor.role));
	see_as_json(c, &o);
	jo_key(&o, "person");
	if (p) {
		char u[UUID_TEXT];

		uuid_text(p->uid, u);
		jo_str(&o,
		       arena_printf(request_arena(c->rq), "x-hikeshi-person--%.*s", UUID_TEXT, u));
	} else {
		jo_null(&o);
	}
	team_json(c, t, &o);
	rights_json(c, &o);
	jo_key(&o, "node");
	jo_object(&o);
	jo_kc(&o, "name", c->api->o.node->config.name ? c->api->o.node->config.name : "hikeshi");
	jo_kc(&o, "build", c->api->build);
	jo_kc(&o, "version", c->api->o.version);
	jo_end(&o);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

enum err me_get(struct call *c)
{
	return me_reply(c);
}

enum err me_patch(struct call *c)
{
	struct json body;
	str name = STR_NULL, language = STR_NULL;
	enum err err = call_json(c, false, &body);

	for (size_t i = 0; !err && i < json_count(&body); i++) {
		str k = body.members[i].key, v = json_str(&body.members[i].value);

		if (str_eq(k, STR("language")) && (str_eq(v, STR("ja")) || str_eq(v, STR("en"))))
			language = v;
		else if (str_eq(k, STR("name")) && str_trim(v).n && v.n <= 200 &&
			 !memchr(v.p, 0, v.n))
			name = v;
		else
			err = why_field(&c->why, ERR_UNPROCESSABLE, "unknown_field",
					arena_printf(request_arena(c->rq), "/%.*s", STR_ARG(k)).p,
					"only language (ja, en) and name can be changed here",
					"変更できるのは言語（ja、en）と名前だけです");
	}
	if (!err)
		err = account_set_profile(&c->ctx, c->actor.account, name, language, &c->why);
	if (err)
		return err;
	if (name.n)
		c->actor.name = str_trim(name);
	if (language.n)
		c->actor.language = language;
	return me_reply(c);
}

/* ---- session ---- */

static void set_see_as(struct call *c, str role)
{
	response_header(c->rq, "Set-Cookie",
			arena_printf(request_arena(c->rq),
				     SEE_COOKIE
				     "=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
				     STR_ARG(role), role.n ? "" : "; Max-Age=0"));
}

static void set_cookie(struct call *c, str secret)
{
	if (request_cookie(c->rq, SEE_COOKIE).n)
		set_see_as(c, STR_NULL); /* whoever it was, it ends here */
	/* loopback over plain HTTP counts as a secure context in browsers, so Secure and the
	 * __Host- prefix hold there too */
	response_header(c->rq, "Set-Cookie",
			arena_printf(request_arena(c->rq),
				     COOKIE "=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
				     STR_ARG(secret), secret.n ? "" : "; Max-Age=0"));
}

enum err session_create(struct call *c)
{
	struct json body;
	struct sign_in in;
	char secret[SECRET_TEXT];
	struct node *n = c->api->o.node;
	struct arena *a = request_arena(c->rq);
	str site = request_header(c->rq, "Sec-Fetch-Site"),
	    origin = request_header(c->rq, "Origin");
	enum err err = ERR_OK;

	/* a foreign page must not sign anybody in; clients that are no browsers send neither header
	 */
	if ((site.n && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"))) ||
	    (!site.n && origin.n && !has_host_port(origin, request_header(c->rq, "Host"))))
		err = why_field(&c->why, ERR_DENIED, "cross_site", NULL,
				"this request did not come from this site's own pages",
				"このサイトの画面以外からの操作は受け付けません");
	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = call_members(c, &body, "email password otp token");
	if (err)
		return err;
	in = (struct sign_in){.email = json_get_str(&body, "email"),
			      .password = json_get_str(&body, "password"),
			      .otp = json_get_str(&body, "otp"),
			      .token = json_get_str(&body, "token"),
			      .peer = request_peer(c->rq),
			      .agent = request_header(c->rq, "User-Agent")};
	err = in.token.n ? account_sign_in_link(n, a, &in, secret, &c->actor, &c->why)
			 : account_sign_in(n, a, &in, secret, &c->actor, &c->why);
	if (err)
		return err;
	atomic_fetch_add(&c->api->counts.sign_ins, 1);
	set_cookie(c, arena_str(a, (str){secret, SECRET_TEXT}));
	c->by_cookie = true; /* from now on */
	c->ctx.actor = &c->actor;
	ctx_refresh(&c->ctx);
	return me_reply(c);
}

enum err session_delete(struct call *c)
{
	if (c->session.n) {
		enum err err = account_sign_out(c->api->o.node, c->session, &c->why);

		if (err && err != ERR_NOTFOUND)
			return err;
		others_drop_account(c->api->o.node, c->actor.account);
	}
	set_cookie(c, STR_NULL);
	return reply_empty(c, 204);
}

/* ---- looking as another role ---- */

static enum err see_as_note(struct call *c, const char *kind, str role)
{
	const struct directory_team *t = directory_team(c->ctx.dir, c->actor.team);
	struct json note = json_object();
	struct write_set w;
	BUF(text);

	json_set(c->ctx.arena, &note, STR("role"), json_string(role));
	json_write(&text, &note);
	write_init(&w, c->ctx.arena, c->actor.account, c->actor.team);
	write_note(&w, kind, t ? t->uid : (struct uuid){{0}}, buf_str(&text));
	return store_commit(c->api->o.node->store, &w, NULL, &c->why);
}

static enum err see_as_role(struct call *c, enum role *ret)
{
	struct json body;
	enum err err = call_json(c, false, &body);

	for (size_t i = 0; !err && i < json_count(&body); i++)
		if (!str_eq(body.members[i].key, STR("role")))
			err = why_field(
			    &c->why, ERR_UNPROCESSABLE, "unknown_field",
			    arena_printf(c->ctx.arena, "/%.*s", STR_ARG(body.members[i].key)).p,
			    "is not a field of this request", "このリクエストにない項目です");
	if (err)
		return err;
	*ret = role_parse(json_get_str(&body, "role"));
	if (*ret == ROLE_NONE)
		return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "/role",
				 "must be the name of a role", "役割の名前を指定してください");
	return c->by_cookie ? ERR_OK
			    : why_field(&c->why, ERR_DENIED, "token", NULL,
					"a token has no screens to look at",
					"トークンでは役割を切り替えて表示できません");
}

static enum err see_as_may(struct call *c, enum role as)
{
	struct verdict v = policy_see_as(&c->actor, as); /* gate */

	return v.ok ? ERR_OK
		    : why_field(&c->why, ERR_DENIED, v.code, NULL,
				arena_cstr(c->ctx.arena, v.text.en),
				arena_cstr(c->ctx.arena, v.text.ja));
}

enum err see_as_begin(struct call *c)
{
	enum role as = ROLE_NONE;
	enum err err = see_as_role(c, &as);

	if (!err)
		err = see_as_may(c, as);
	if (!err)
		err = see_as_note(c, "see-as", role_name(as));
	if (err)
		return err;
	set_see_as(c, role_name(as));
	others_drop_account(c->api->o.node, c->actor.account); /* they come back as that role */
	c->actor = policy_seen_as(&c->actor, as);
	ctx_refresh(&c->ctx);
	return me_reply(c);
}

enum err see_as_end(struct call *c)
{
	enum err err =
	    c->actor.own ? see_as_note(c, "see-as-end", role_name(c->actor.role)) : ERR_OK;

	if (err)
		return err;
	if (c->actor.own)
		others_drop_account(c->api->o.node, c->actor.account);
	set_see_as(c, STR_NULL);
	return reply_empty(c, 204);
}

/* ---- showing once more who one is ---- */

enum err call_members(struct call *c, const struct json *body, const char *names)
{
	for (size_t i = 0; i < json_count(body); i++) {
		str rest = str_c(names), name, k = body->members[i].key;
		bool known = false;

		while (str_split(&rest, ' ', &name))
			known |= str_eq(name, k);
		if (!known)
			return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_field",
					 arena_printf(request_arena(c->rq), "/%.*s", STR_ARG(k)).p,
					 "is not a field of this request",
					 "このリクエストにない項目です");
	}
	return ERR_OK;
}

enum err call_person(struct call *c)
{
	return c->by_cookie ? ERR_OK
			    : why_field(&c->why, ERR_DENIED, "token", NULL,
					"a token cannot do that: sign in",
					"トークンではできません。サインインしてください");
}

enum err call_confirmed(struct call *c)
{
	if (!c->by_cookie ||
	    c->actor.confirmed_us + c->api->o.node->config.confirm_us > clock_now_us())
		return ERR_OK;
	return why_field(&c->why, ERR_DENIED, "step_up", NULL,
			 "show that it is you: POST /api/v1/session/confirm with the password",
			 "本人の確認が必要です。パスワードを入力してください");
}

enum err session_confirm(struct call *c)
{
	struct json body;
	enum err err = call_json(c, false, &body);

	if (!err)
		err = call_members(c, &body, "password otp");
	if (!err && !c->by_cookie)
		err =
		    why_field(&c->why, ERR_DENIED, "token", NULL, "a token has no password to show",
			      "トークンには確認するパスワードがありません");
	if (!err)
		err = account_confirm(c->api->o.node, request_arena(c->rq), c->session,
				      json_get_str(&body, "password"), json_get_str(&body, "otp"),
				      request_peer(c->rq), &c->why);
	return err ? err : reply_empty(c, 204);
}

/* ---- tokens of one's own ---- */

enum err tokens_list(struct call *c)
{
	struct token *t = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = token_list(c->api->o.node->store, request_arena(c->rq), c->actor.account, &t,
				  &n, &c->why);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_ki64(&o, "id", t[i].key);
		jo_kstr(&o, "name", t[i].name);
		jo_kstr(&o, "scopes", t[i].scopes);
		jo_kstr(&o, "purpose", t[i].purpose);
		jo_ktime(&o, "created", t[i].created_us);
		jo_ktime(&o, "expires", t[i].expires_us ? t[i].expires_us : TIME_NONE);
		jo_ktime(&o, "used", t[i].used_us ? t[i].used_us : TIME_NONE);
		jo_end(&o);
	}
	jo_end(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_page(c, &b);
}

static enum err token_request(struct call *c, str *name, str *scopes, int64_t *expires)
{
	static const char *const known[] = {"read", "write", "import", "export", "admin"};
	struct json body;
	struct arena *a = request_arena(c->rq);
	const struct json *list;
	BUF(b);
	enum err err = call_json(c, true, &body);

	if (!err)
		err = call_members(c, &body, "name scopes expires");
	if (err)
		return err;
	list = json_get_c(&body, "scopes");
	for (size_t i = 0; i < json_count(list); i++) {
		bool ok = false;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok |= str_eq(json_str(json_at(list, i)), str_c(known[k]));
		if (!ok)
			return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "/scopes",
					 "scopes are read, write, import, export, admin",
					 "scopes は read、write、import、export、admin です");
		buf_printf(&b, "%s%.*s", b.n ? " " : "", STR_ARG(json_str(json_at(list, i))));
	}
	*scopes = arena_str(a, buf_str(&b));
	*name = json_get_str(&body, "name");
	*expires = 0;
	if (json_get_c(&body, "expires") && time_parse(json_get_str(&body, "expires"), expires))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "/expires",
				 "must be a time as 2026-11-23T09:30:00Z",
				 "時刻は 2026-11-23T09:30:00Z の形で指定してください");
	if (*expires && *expires <= clock_now_us())
		return why_field(&c->why, ERR_UNPROCESSABLE, "range", "/expires",
				 "is a time that has passed", "過ぎた時刻です");
	return ERR_OK;
}

enum err tokens_create(struct call *c)
{
	char secret[SECRET_TEXT];
	int64_t key = 0, expires;
	str name, scopes;
	struct json_out o;
	BUF(b);
	enum err err = token_request(c, &name, &scopes, &expires);

	if (!err && !c->by_cookie)
		err = why_field(&c->why, ERR_DENIED, "token", NULL,
				"a token cannot make tokens: sign in",
				"トークンからトークンは作成できません。サインインしてください");
	if (!err)
		err = call_confirmed(c);
	if (!err)
		err = account_token(&c->ctx, c->actor.account, name, scopes, expires, STR("api"),
				    secret, &key, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "id", key);
	jo_kstr(&o, "token", (str){secret, SECRET_TEXT});
	jo_end(&o);
	response_header(c->rq, "Location",
			arena_printf(request_arena(c->rq), "/api/v1/tokens/%lld", (long long)key));
	return reply_json(c, 201, &b);
}

enum err tokens_delete(struct call *c)
{
	struct token *t = NULL;
	size_t n = 0;
	uint64_t key;
	enum err err = str_u64(call_var(c, "id"), &key) ? ERR_NOTFOUND : ERR_OK;

	if (!err)
		err = token_list(c->api->o.node->store, request_arena(c->rq), c->actor.account, &t,
				 &n, &c->why);
	for (size_t i = 0; !err && i < n; i++)
		if (t[i].key == (int64_t)key) {
			err = token_del(c->api->o.node->store, t[i].key, c->actor.account, &c->why);
			return err ? err : reply_empty(c, 204);
		}
	return err && err != ERR_NOTFOUND
		   ? err
		   : why_field(&c->why, ERR_NOTFOUND, "not_found", NULL, "you have no such token",
			       "そのトークンはありません");
}
