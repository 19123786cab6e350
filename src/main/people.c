// SPDX-License-Identifier: Apache-2.0
/* user, team, token, circle. */
#include "main/cmd.h"
#include "team/setup.h"

static bool verb(struct cmd *c, const char *name)
{
	if (!c->argc || strcmp(c->argv[0], name) != 0)
		return false;
	c->argc--;
	c->argv++;
	return true;
}

static void row(struct cmd *c, struct buf *b)
{
	buf_add_char(b, '\n');
	cmd_out(c, buf_str(b));
}

/* ---- user ---- */

static enum err find_account(struct cmd *c, const char *email, struct account *ret, struct why *why)
{
	str text;
	enum err err = account_email(&c->arena, str_c(email), &text, why);

	if (!err)
		err = account_by_email(c->node->store, &c->arena, text, ret, why);
	if (err == ERR_NOTFOUND) {
		*why = (struct why){0};
		return why_set(why, ERR_NOTFOUND,
			       "there is no account '%s': see 'hikeshi user list'", email);
	}
	return err;
}

static int sign_in_link(struct cmd *c, struct ctx *x, int64_t account)
{
	char secret[SECRET_TEXT];
	struct why why = {0};
	int64_t key;
	enum err err =
	    account_token(x, account, STR("sign-in"), STR(""), clock_now_us() + 3600 * US_PER_S,
			  STR("sign-in"), secret, &key, &why);

	if (err)
		return cmd_fail(c, err, &why);
	cmd_print(c, "sign in once at: %s/sign-in#%.*s\n",
		  c->node->config.url ? c->node->config.url : "http://127.0.0.1:8119", SECRET_TEXT,
		  secret);
	return EXIT_OK;
}

static int user_add(struct cmd *c, struct ctx *x, const char *email, const char *role,
		    const char *name, const char *language, int64_t team, str password)
{
	struct why why = {0};
	int64_t key;
	enum err err = account_create(x, team, str_c(email), name ? str_c(name) : str_c(email),
				      str_c(role), str_c(language), password, &key, &why);

	if (err)
		return cmd_fail(c, err, &why);
	if (!password.n)
		return sign_in_link(c, x, key);
	cmd_note(c, "account '%s' created\n", email);
	return EXIT_OK;
}

static int user_list(struct cmd *c, struct ctx *x, const char *team)
{
	struct account *a = NULL;
	struct why why = {0};
	size_t n = 0;
	int64_t key = 0;
	enum err err;

	if (team && !cmd_team(c, x->dir, team, &key))
		return EXIT_USAGE;
	err = account_list(c->node->store, &c->arena, key, &a, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++) {
		const struct directory_team *t = directory_team(x->dir, a[i].team);
		struct json_out o;
		BUF(b);

		if (!c->json) {
			cmd_print(c, "%-36.*s %-14.*s %.*s%s\n", STR_ARG(a[i].email),
				  STR_ARG(a[i].role), STR_ARG(t ? t->name : STR("-")),
				  a[i].disabled ? "  (disabled)" : "");
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "email", a[i].email);
		jo_kstr(&o, "name", a[i].name);
		jo_kstr(&o, "role", a[i].role);
		jo_kstr(&o, "team", t ? record_id(x, &t->record) : STR(""));
		jo_kbool(&o, "disabled", a[i].disabled);
		jo_end(&o);
		row(c, &b);
	}
	return EXIT_OK;
}

static int user_change(struct cmd *c, struct ctx *x, const char *what, const char *email,
		       const char *password_file)
{
	struct account a = {0};
	struct why why = {0};
	str password = STR_NULL, secret;
	enum err err;

	if (!email)
		return cmd_usage(c, "--email is needed");
	err = find_account(c, email, &a, &why);
	if (!err && strcmp(what, "disable") == 0)
		err = account_set_disabled(x, a.key, true, &why);
	if (!err && strcmp(what, "totp") == 0) {
		err = account_totp_start(x, a.key, &secret, &why);
		if (!err)
			cmd_print(c, "otpauth://totp/hikeshi:%s?secret=%.*s&issuer=hikeshi\n",
				  email, STR_ARG(secret));
	}
	if (!err && strcmp(what, "passwd") == 0) {
		if (!password_file)
			return sign_in_link(c, x, a.key);
		err = cmd_read_line(c, password_file, &password, &why);
		if (!err)
			err = account_set_password(x, a.key, password, &why);
	}
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static int user_run(struct cmd *c, struct ctx *x)
{
	const char *email = NULL, *role = NULL, *name = NULL, *team = NULL, *language = "ja",
		   *password_file = NULL;
	const struct cmd_option options[] = {
	    {"--email", &email, NULL, NULL},       {"--role", &role, NULL, NULL},
	    {"--name", &name, NULL, NULL},         {"--team", &team, NULL, NULL},
	    {"--language", &language, NULL, NULL}, {"--password-file", &password_file, NULL, NULL}};
	struct why why = {0};
	str password = STR_NULL;
	int64_t key;
	const char *what = c->argc ? c->argv[0] : "";

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc != 1)
		return cmd_usage(c, "say add, list, disable, passwd or totp");
	if (strcmp(what, "list") == 0)
		return user_list(c, x, team);
	if (strcmp(what, "disable") == 0 || strcmp(what, "passwd") == 0 ||
	    strcmp(what, "totp") == 0)
		return user_change(c, x, what, email, password_file);
	if (strcmp(what, "add") != 0)
		return cmd_usage(c, "there is no 'user %s'", what);
	if (!email || !role)
		return cmd_usage(c, "--email and --role are needed");
	if (role_parse(str_c(role)) == ROLE_NONE)
		return cmd_usage(c, "'%s' is not a role", role);
	if (!cmd_team(c, x->dir, team, &key))
		return EXIT_USAGE;
	if (password_file && cmd_read_line(c, password_file, &password, &why))
		return cmd_fail(c, ERR_NOTFOUND, &why);
	return user_add(c, x, email, role, name, language, key, password);
}

static int with_ctx(struct cmd *c, int (*fn)(struct cmd *c, struct ctx *x))
{
	struct actor actor;
	struct ctx x;
	int status;

	cmd_ctx(c, &x, &actor, 0);
	status = fn(c, &x);
	ctx_done(&x);
	return status;
}

int cmd_user(struct cmd *c)
{
	return with_ctx(c, user_run);
}

/* ---- team ---- */

static int team_list(struct cmd *c, struct ctx *x)
{
	for (size_t i = 0; i < x->dir->n_teams; i++) {
		const struct directory_team *t = &x->dir->teams[i];
		struct json_out o;
		BUF(b);

		if (!c->json) {
			cmd_print(c, "%.*s  %.*s%s\n", STR_ARG(record_id(x, &t->record)),
				  STR_ARG(t->name),
				  t->key == c->node->home_team ? "  (this node's own)" : "");
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "id", record_id(x, &t->record));
		jo_kstr(&o, "name", t->name);
		jo_kstr(&o, "short_name", t->short_name);
		jo_kbool(&o, "home", t->key == c->node->home_team);
		jo_end(&o);
		row(c, &b);
	}
	return EXIT_OK;
}

static int team_run(struct cmd *c, struct ctx *x)
{
	struct cmd_list *domains = arena_new(&c->arena, struct cmd_list),
			*cidrs = arena_new(&c->arena, struct cmd_list);
	const char *name = NULL, *name_ja = NULL, *short_name = NULL, *country = NULL,
		   *sector = NULL, *email = NULL, *phone = NULL;
	const struct cmd_option options[] = {{"--name", &name, NULL, NULL},
					     {"--name-ja", &name_ja, NULL, NULL},
					     {"--short-name", &short_name, NULL, NULL},
					     {"--country", &country, NULL, NULL},
					     {"--sector", &sector, NULL, NULL},
					     {"--email", &email, NULL, NULL},
					     {"--phone", &phone, NULL, NULL},
					     {"--domain", NULL, NULL, domains},
					     {"--cidr", NULL, NULL, cidrs}};
	struct team_spec t;
	struct why why = {0};
	struct uuid uid;
	int64_t key;
	char u[UUID_TEXT];
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (verb(c, "list"))
		return team_list(c, x);
	if (!verb(c, "add") || c->argc)
		return cmd_usage(c, "say add or list");
	if (!name)
		return cmd_usage(c, "--name is needed");
	t = (struct team_spec){.name = str_c(name),
			       .name_ja = str_c(name_ja),
			       .short_name = str_c(short_name),
			       .country = str_c(country),
			       .sector = str_c(sector),
			       .email = str_c(email),
			       .phone = str_c(phone),
			       .domains = domains->v,
			       .n_domains = domains->n,
			       .cidrs = cidrs->v,
			       .n_cidrs = cidrs->n};
	err = directory_team_named(x->dir, t.name)
		  ? why_set(&why, ERR_CONFLICT, "there is a team '%s' already", name)
		  : team_add(x, &t, &uid, &key, &why);
	if (err)
		return cmd_fail(c, err, &why);
	uuid_text(uid, u);
	cmd_print(c, "x-hikeshi-team--%.*s\n", UUID_TEXT, u);
	return EXIT_OK;
}

int cmd_team_add(struct cmd *c)
{
	return with_ctx(c, team_run);
}

/* ---- token ---- */

static int token_rows(struct cmd *c, int64_t account)
{
	struct token *t = NULL;
	struct why why = {0};
	size_t n = 0;
	enum err err = token_list(c->node->store, &c->arena, account, &t, &n, &why);

	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++) {
		char expires[TIME_TEXT];
		struct json_out o;
		BUF(b);

		time_text(t[i].expires_us, expires);
		if (!c->json) {
			cmd_print(c, "%lld  %-20.*s %-24.*s %.*s\n", (long long)t[i].key,
				  STR_ARG(t[i].name), STR_ARG(t[i].scopes),
				  t[i].expires_us ? TIME_TEXT : 5,
				  t[i].expires_us ? expires : "never");
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_ki64(&o, "id", t[i].key);
		jo_kstr(&o, "name", t[i].name);
		jo_kstr(&o, "scopes", t[i].scopes);
		jo_ktime(&o, "expires", t[i].expires_us ? t[i].expires_us : TIME_NONE);
		jo_end(&o);
		row(c, &b);
	}
	return EXIT_OK;
}

/* A time, or so many days from now ("90d"). */
static bool expiry(const char *text, int64_t *ret)
{
	str s = str_c(text);
	uint64_t days;

	*ret = 0;
	if (!s.n)
		return true;
	if (s.p[s.n - 1] == 'd' && str_u64(str_slice(s, 0, s.n - 1), &days) == ERR_OK &&
	    days < 36500) {
		*ret = clock_now_us() + (int64_t)days * 86400 * US_PER_S;
		return true;
	}
	return time_parse(s, ret) == ERR_OK;
}

static int token_create(struct cmd *c, struct ctx *x, const struct account *a, const char *name,
			const struct cmd_list *scopes, const char *expires)
{
	struct why why = {0};
	char secret[SECRET_TEXT];
	int64_t key, until;
	BUF(list);
	enum err err;

	if (!expiry(expires ? expires : "", &until))
		return cmd_usage(
		    c, "--expires is a time such as 2027-01-31T00:00:00Z, or days such as 90d");
	for (size_t i = 0; i < scopes->n; i++)
		buf_printf(&list, "%s%.*s", i ? " " : "", STR_ARG(scopes->v[i]));
	err = account_token(x, a->key, name ? str_c(name) : STR("command line"), buf_str(&list),
			    until, STR("api"), secret, &key, &why);
	if (err)
		return cmd_fail(c, err, &why);
	cmd_print(c, "%.*s\n", SECRET_TEXT, secret);
	return EXIT_OK;
}

static int token_revoke(struct cmd *c, const struct account *a)
{
	struct token *t = NULL;
	struct why why = {0};
	size_t n = 0;
	uint64_t key;
	enum err err;

	if (c->argc != 1 || str_u64(str_c(c->argv[0]), &key))
		return cmd_usage(c, "name the token's number (see 'hikeshi token list')");
	err = token_list(c->node->store, &c->arena, a->key, &t, &n, &why);
	for (size_t i = 0; i < n && !err; i++)
		if (t[i].key == (int64_t)key) {
			err = token_del(c->node->store, t[i].key, 0, &why);
			return err ? cmd_fail(c, err, &why) : EXIT_OK;
		}
	if (!err)
		err = why_set(&why, ERR_NOTFOUND,
			      "that account has no token %s: see 'hikeshi token list'", c->argv[0]);
	return cmd_fail(c, err, &why);
}

static int token_run(struct cmd *c, struct ctx *x)
{
	struct cmd_list *scopes = arena_new(&c->arena, struct cmd_list);
	const char *email = NULL, *name = NULL, *expires = NULL;
	const struct cmd_option options[] = {{"--email", &email, NULL, NULL},
					     {"--name", &name, NULL, NULL},
					     {"--expires", &expires, NULL, NULL},
					     {"--scope", NULL, NULL, scopes}};
	struct account a = {0};
	struct why why = {0};

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (!c->argc)
		return cmd_usage(c, "say create, list or revoke");
	if (!email)
		return cmd_usage(c, "--email is needed");
	if (find_account(c, email, &a, &why))
		return cmd_fail(c, ERR_NOTFOUND, &why);
	if (verb(c, "create"))
		return token_create(c, x, &a, name, scopes, expires);
	if (verb(c, "list"))
		return token_rows(c, a.key);
	if (verb(c, "revoke"))
		return token_revoke(c, &a);
	return cmd_usage(c, "there is no 'token %s'", c->argv[0]);
}

int cmd_token(struct cmd *c)
{
	return with_ctx(c, token_run);
}

/* ---- circle ---- */

static int circle_list(struct cmd *c, struct ctx *x)
{
	for (size_t i = 0; i < x->dir->n_circles; i++) {
		const struct directory_circle *ci = &x->dir->circles[i];
		char u[UUID_TEXT];
		struct json_out o;
		BUF(b);

		uuid_text(ci->uid, u);
		if (!c->json) {
			cmd_print(c, "x-hikeshi-circle--%.*s  %.*s  %zu teams\n", UUID_TEXT, u,
				  STR_ARG(ci->title), ci->n_teams);
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "id", arena_printf(&c->arena, "x-hikeshi-circle--%.*s", UUID_TEXT, u));
		jo_kstr(&o, "title", ci->title);
		jo_ki64(&o, "members", (int64_t)ci->n_teams);
		jo_end(&o);
		row(c, &b);
	}
	return EXIT_OK;
}

static bool team_uid(struct cmd *c, struct ctx *x, const char *text, struct uuid *ret)
{
	const struct directory_team *t = directory_team_named(x->dir, str_c(text));

	if (!t) {
		cmd_note(c, "hikeshi: circle: there is no team '%s': see 'hikeshi team list'\n",
			 text);
		return false;
	}
	*ret = t->uid;
	return true;
}

static int circle_create(struct cmd *c, struct ctx *x, const char *title, const char *description,
			 const char *tlp, const struct cmd_list *members)
{
	struct uuid *teams = arena_array(&c->arena, struct uuid, members->n + 1), uid;
	enum tlp t = TLP_AMBER;
	struct why why = {0};
	char u[UUID_TEXT];
	enum err err;

	if (!title)
		return cmd_usage(c, "--title is needed");
	if (tlp && tlp_parse(str_c(tlp), &t))
		return cmd_usage(c, "'%s' is not a TLP label", tlp);
	for (size_t i = 0; i < members->n; i++)
		if (!team_uid(c, x, arena_cstr(&c->arena, members->v[i]), &teams[i]))
			return EXIT_FAILED;
	err = circle_add(x, str_c(title), str_c(description), t, teams, members->n, &uid, &why);
	if (err)
		return cmd_fail(c, err, &why);
	uuid_text(uid, u);
	cmd_print(c, "x-hikeshi-circle--%.*s\n", UUID_TEXT, u);
	return EXIT_OK;
}

static int circle_member(struct cmd *c, struct ctx *x, bool add)
{
	struct uuid circle, team;
	struct why why = {0};
	str type;
	enum err err;

	if (c->argc != 2)
		return cmd_usage(c, "name a circle's id and a team");
	if (id_parse(str_c(c->argv[0]), &type, &circle))
		return cmd_usage(c, "'%s' is not the id of a circle", c->argv[0]);
	if (!team_uid(c, x, c->argv[1], &team))
		return EXIT_FAILED;
	err = add ? circle_member_add(x, circle, team, &why)
		  : circle_member_remove(x, circle, team, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static int circle_run(struct cmd *c, struct ctx *x)
{
	struct cmd_list *members = arena_new(&c->arena, struct cmd_list);
	const char *title = NULL, *description = NULL, *tlp = NULL;
	const struct cmd_option options[] = {{"--title", &title, NULL, NULL},
					     {"--description", &description, NULL, NULL},
					     {"--tlp", &tlp, NULL, NULL},
					     {"--member", NULL, NULL, members}};

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (verb(c, "create"))
		return circle_create(c, x, title, description, tlp, members);
	if (verb(c, "list"))
		return circle_list(c, x);
	if (verb(c, "add"))
		return circle_member(c, x, true);
	if (verb(c, "remove"))
		return circle_member(c, x, false);
	return cmd_usage(c, "say create, list, add or remove");
}

int cmd_circle(struct cmd *c)
{
	return with_ctx(c, circle_run);
}
