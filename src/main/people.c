// SPDX-License-Identifier: Apache-2.0
/* user and team. */
#include "exchange/own_keys.h"
#include "main/cmd.h"
#include "team/setup.h"

/* ---- user ---- */

/* What was done to an account; link (nullable): how its owner signs in for the first time. */
static void account_row(struct cmd *c, const char *email, const char *key, str value)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "email", email);
	jo_key(&o, key);
	if (value.n)
		jo_str(&o, value);
	else
		jo_null(&o);
	jo_end(&o);
	cmd_row(c, &b);
}

static int sign_in_link(struct cmd *c, struct ctx *x, int64_t account, const char *email)
{
	char secret[SECRET_TEXT];
	struct why why = {0};
	int64_t key;
	enum err err =
	    account_token(x, account, STR("sign-in"), STR(""), clock_now_us() + 3600 * US_PER_S,
			  STR("sign-in"), secret, &key, &why);

	if (err)
		return cmd_fail(c, err, &why);
	str link = arena_printf(&c->arena, "%s/sign-in#%.*s",
				c->node->config.url ? c->node->config.url : "http://127.0.0.1:8119",
				SECRET_TEXT, secret);

	if (c->json)
		account_row(c, email, "sign_in", link);
	else
		cmd_print(c, "sign in once at: %.*s\n", STR_ARG(link));
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
		return sign_in_link(c, x, key, email);
	if (c->json)
		account_row(c, email, "sign_in", STR_NULL);
	else
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
		cmd_row(c, &b);
	}
	return EXIT_OK;
}

struct user_options {
	const char *email, *role, *name, *team, *language, *password_file;
	bool remove;
};

/* One-time codes: on at once, or off where the device is lost. */
static enum err user_totp(struct cmd *c, struct ctx *x, const struct account *a,
			  const struct user_options *o, struct why *why)
{
	str secret, uri;
	enum err err;

	if (o->remove)
		return account_totp_stop(x, a->key, why);
	err = account_totp_start(x, a->key, &secret, why);
	if (err)
		return err;
	uri = account_totp_uri(x, a->email, secret);
	if (c->json)
		account_row(c, o->email, "otpauth", uri);
	else
		cmd_print(c, "%.*s\n", STR_ARG(uri));
	return ERR_OK;
}

static int user_change(struct cmd *c, struct ctx *x, const char *what, const struct user_options *o)
{
	struct account a = {0};
	struct why why = {0};
	str password = STR_NULL;
	enum err err;

	if (!o->email)
		return cmd_usage(c, "--email is needed");
	if (strcmp(what, "role") == 0 && !o->role)
		return cmd_usage(c, "--role is needed");
	err = cmd_account(c, o->email, &a, &why);
	if (!err && (strcmp(what, "disable") == 0 || strcmp(what, "enable") == 0))
		err = account_set_disabled(x, a.key, what[0] == 'd', &why);
	if (!err && strcmp(what, "role") == 0)
		err = account_set_role(x, a.key, str_c(o->role), &why);
	if (!err && strcmp(what, "totp") == 0)
		err = user_totp(c, x, &a, o, &why);
	if (!err && strcmp(what, "passwd") == 0) {
		if (!o->password_file)
			return sign_in_link(c, x, a.key, o->email);
		err = cmd_read_line(c, o->password_file, &password, &why);
		if (!err)
			err = account_set_password(x, a.key, password, &why);
	}
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static bool one_of(const char *what, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(what, words[i]) == 0)
			return true;
	return false;
}

static int user_run(struct cmd *c, struct ctx *x)
{
	static const char *const changes[] = {"disable", "enable", "role", "passwd", "totp"};
	struct user_options o = {.language = "ja"};
	const struct cmd_option options[] = {{"--email", &o.email, NULL, NULL},
					     {"--role", &o.role, NULL, NULL},
					     {"--name", &o.name, NULL, NULL},
					     {"--team", &o.team, NULL, NULL},
					     {"--language", &o.language, NULL, NULL},
					     {"--password-file", &o.password_file, NULL, NULL},
					     {"--remove", NULL, &o.remove, NULL}};
	struct why why = {0};
	str password = STR_NULL;
	int64_t key;
	const char *what = c->argc ? c->argv[0] : "";

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc != 1)
		return cmd_usage(c, "say add, list, role, disable, enable, passwd or totp");
	if (strcmp(what, "list") == 0)
		return user_list(c, x, o.team);
	if (o.role && role_parse(str_c(o.role)) == ROLE_NONE)
		return cmd_usage(c, "'%s' is not a role", o.role);
	if (one_of(what, changes, ARRAY_LEN(changes)))
		return user_change(c, x, what, &o);
	if (strcmp(what, "add") != 0)
		return cmd_usage(c, "there is no 'user %s'", what);
	if (!o.email || !o.role)
		return cmd_usage(c, "--email and --role are needed");
	if (!cmd_team(c, x->dir, o.team, &key))
		return EXIT_USAGE;
	if (o.password_file && cmd_read_line(c, o.password_file, &password, &why))
		return cmd_fail(c, ERR_NOTFOUND, &why);
	return user_add(c, x, o.email, o.role, o.name, o.language, key, password);
}

int cmd_user(struct cmd *c)
{
	return cmd_with_ctx(c, user_run);
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
				  t->key == c->node->home_team ? "  (this node's own)"
				  : t->peer                    ? "  (on another node)"
							       : "");
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "id", record_id(x, &t->record));
		jo_kstr(&o, "name", t->name);
		jo_kstr(&o, "short_name", t->short_name);
		jo_kbool(&o, "home", t->key == c->node->home_team);
		jo_kbool(&o, "hosted", !t->peer);
		jo_end(&o);
		cmd_row(c, &b);
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
	const struct directory_team *there;
	str files = STR_NULL;
	enum err err;

	if (cmd_verb(c, "key"))
		return team_key_run(c, x);
	if (cmd_verb(c, "contact"))
		return cmd_team_contact(c, x);
	if (cmd_verb(c, "move-out"))
		return team_move_out(c, x);
	if (cmd_verb(c, "move-abort"))
		return team_move_abort(c, x);
	if (cmd_verb(c, "home"))
		return team_home(c, x);
	if (cmd_verb(c, "move-erase"))
		return team_move_erase(c, x);
	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (cmd_verb(c, "list"))
		return c->argc ? cmd_usage(c, "unexpected '%s'", c->argv[0]) : team_list(c, x);
	if (!cmd_verb(c, "add") || c->argc)
		return cmd_usage(c, "say add, list, key, contact, home, move-out, move-abort or "
				    "move-erase");
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
	there = directory_team_named(x->dir, t.name);
	err = there && !there->peer
		  ? why_set(&why, ERR_CONFLICT,
			    "there is a team '%s' already: give it another name", name)
		  : team_add(x, &t, &uid, &key, &why);
	if (!err)
		err = own_keys_ensure(c->node, &c->arena, &files, &why);
	if (err)
		return cmd_fail(c, err, &why);
	say_root_files(c, files);
	tell_peers(c, x);
	uuid_text(uid, u);
	cmd_id(c, arena_printf(&c->arena, "x-hikeshi-team--%.*s", UUID_TEXT, u));
	return EXIT_OK;
}

int cmd_team_add(struct cmd *c)
{
	return cmd_with_ctx(c, team_run);
}
