// SPDX-License-Identifier: Apache-2.0
/* token and circle. */
#include "base/codec.h"
#include "main/cmd.h"
#include "team/setup.h"

/* ---- token ---- */

static void token_row(struct cmd *c, const struct account *a, const struct token *t)
{
	char expires[TIME_TEXT];
	struct json_out o;
	BUF(b);

	time_text(t->expires_us, expires);
	if (!c->json) {
		cmd_print(c, "%lld  %-36.*s %-20.*s %-24.*s %.*s\n", (long long)t->key,
			  STR_ARG(a->email), STR_ARG(t->name), STR_ARG(t->scopes),
			  t->expires_us ? TIME_TEXT : 5, t->expires_us ? expires : "never");
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "id", t->key);
	jo_kstr(&o, "email", a->email);
	jo_kstr(&o, "name", t->name);
	jo_kstr(&o, "scopes", t->scopes);
	jo_ktime(&o, "expires", t->expires_us ? t->expires_us : TIME_NONE);
	jo_end(&o);
	cmd_row(c, &b);
}

/* The tokens of one account, or of all. */
static int token_rows(struct cmd *c, const char *email)
{
	struct account *a = arena_new(&c->arena, struct account);
	struct why why = {0};
	size_t n = 1, m = 0;
	enum err err = email ? cmd_account(c, email, a, &why)
			     : account_list(c->node->store, &c->arena, 0, &a, &n, &why);

	for (size_t i = 0; i < n && !err; i++) {
		struct token *t = NULL;

		err = token_list(c->node->store, &c->arena, a[i].key, &t, &m, &why);
		for (size_t k = 0; k < m && !err; k++)
			token_row(c, &a[i], &t[k]);
	}
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
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

/* A certificate in place of a secret: the hash of its key is printed. */
static int certificate_create(struct cmd *c, struct ctx *x, const struct account *a, str name,
			      str scopes, int64_t until, const char *file)
{
	struct why why = {0};
	struct digest spki;
	struct json_out o;
	int64_t key;
	str pem;
	BUF(hex);
	BUF(b);
	enum err err = cmd_read_small(c, file, &pem, &why);

	if (!err)
		err = account_certificate(x, a->key, name, scopes, until, pem, &spki, &key, &why);
	if (err)
		return cmd_fail(c, err, &why);
	hex_encode(&hex, spki.b, sizeof(spki.b));
	if (!c->json) {
		cmd_print(c, "%.*s\n", STR_ARG(buf_str(&hex)));
		return EXIT_OK;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "id", key);
	jo_kstr(&o, "spki", buf_str(&hex));
	jo_end(&o);
	cmd_row(c, &b);
	return EXIT_OK;
}

static int token_create(struct cmd *c, struct ctx *x, const struct account *a, const char *name,
			const struct cmd_list *scopes, const char *expires, const char *cert)
{
	struct why why = {0};
	char secret[SECRET_TEXT];
	int64_t key, until;
	BUF(list);
	enum err err;

	if (!expiry(expires ? expires : "", &until))
		return cmd_usage(
		    c, "--expires is a time such as 2027-01-31T00:00:00Z, or days such as 90d");
	if (until && until <= clock_now_us())
		return cmd_usage(c, "--expires is a time that has passed");
	for (size_t i = 0; i < scopes->n; i++)
		if (!scopes->v[i].n) /* an empty list would be all of them */
			return cmd_usage(c,
					 "--scope names one of read, write, import, export, admin");
	for (size_t i = 0; i < scopes->n; i++)
		buf_printf(&list, "%s%.*s", i ? " " : "", STR_ARG(scopes->v[i]));
	if (cert)
		return certificate_create(c, x, a, name ? str_c(name) : STR("command line"),
					  buf_str(&list), until, cert);
	err = account_token(x, a->key, name ? str_c(name) : STR("command line"), buf_str(&list),
			    until, STR("api"), secret, &key, &why);
	if (err)
		return cmd_fail(c, err, &why);
	if (c->json) {
		struct json_out o;
		BUF(b);

		json_out_init(&o, &b);
		jo_object(&o);
		jo_ki64(&o, "id", key);
		jo_kstr(&o, "token", (str){secret, SECRET_TEXT});
		jo_end(&o);
		cmd_row(c, &b);
	} else {
		cmd_print(c, "%.*s\n", SECRET_TEXT, secret);
	}
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
	const char *email = NULL, *name = NULL, *expires = NULL, *cert = NULL, *what;
	const struct cmd_option options[] = {{"--email", &email, NULL, NULL},
					     {"--name", &name, NULL, NULL},
					     {"--expires", &expires, NULL, NULL},
					     {"--cert", &cert, NULL, NULL},
					     {"--scope", NULL, NULL, scopes}};
	struct account a = {0};
	struct why why = {0};

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	what = c->argc ? c->argv[0] : "";
	if (cmd_verb(c, "list"))
		return c->argc ? cmd_usage(c, "unexpected '%s'", c->argv[0]) : token_rows(c, email);
	if (strcmp(what, "create") != 0 && strcmp(what, "revoke") != 0)
		return cmd_usage(c, "say create, list or revoke");
	if (!email)
		return cmd_usage(c, "--email is needed");
	if (cmd_account(c, email, &a, &why))
		return cmd_fail(c, ERR_NOTFOUND, &why);
	if (cmd_verb(c, "revoke"))
		return token_revoke(c, &a);
	if (c->argc > 1)
		return cmd_usage(c, "unexpected '%s'", c->argv[1]);
	return token_create(c, x, &a, name, scopes, expires, cert);
}

int cmd_token(struct cmd *c)
{
	return cmd_with_ctx(c, token_run);
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
		cmd_row(c, &b);
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
	tell_peers(c, x);
	uuid_text(uid, u);
	cmd_id(c, arena_printf(&c->arena, "x-hikeshi-circle--%.*s", UUID_TEXT, u));
	return EXIT_OK;
}

static int circle_member(struct cmd *c, struct ctx *x, bool add)
{
	struct uuid circle, team;
	struct why why = {0};
	enum err err;

	if (c->argc != 2)
		return cmd_usage(c, "name a circle and a team");
	if (!cmd_circle_named(c, c->argv[0], x->dir, &circle))
		return EXIT_USAGE;
	if (!team_uid(c, x, c->argv[1], &team))
		return EXIT_FAILED;
	err = add ? circle_member_add(x, circle, team, &why)
		  : circle_member_remove(x, circle, team, &why);
	if (err)
		return cmd_fail(c, err, &why);
	tell_peers(c, x);
	return EXIT_OK;
}

/* Teams in force, with the roster that first had each. */
static int circle_members(struct cmd *c, struct ctx *x)
{
	const struct directory_circle *ci;
	struct uuid uid;

	if (c->argc != 1)
		return cmd_usage(c, "name a circle");
	if (!cmd_circle_named(c, c->argv[0], x->dir, &uid))
		return EXIT_USAGE;
	ci = directory_circle_uid(x->dir, uid);
	for (size_t i = 0; ci && i < ci->n_teams; i++) {
		const struct directory_team *t = directory_team(x->dir, ci->teams[i]);
		struct json_out o;
		int64_t since = 0;
		BUF(b);

		/* no gate: because the administrator of the machine asks */
		if (!t || !world_is_member(&x->dir->world, ci->key, t->key, &since))
			continue;
		if (!c->json) {
			cmd_print(c, "%.*s  %.*s%s\n", STR_ARG(record_id(x, &t->record)),
				  STR_ARG(t->name), t->peer ? "  (on another node)" : "");
			continue;
		}
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "id", record_id(x, &t->record));
		jo_kstr(&o, "name", t->name);
		jo_ki64(&o, "since", since);
		jo_kbool(&o, "hosted", !t->peer);
		jo_end(&o);
		cmd_row(c, &b);
	}
	return EXIT_OK;
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
	if (cmd_verb(c, "create"))
		return c->argc ? cmd_usage(c, "unexpected '%s'", c->argv[0])
			       : circle_create(c, x, title, description, tlp, members);
	if (cmd_verb(c, "list"))
		return c->argc ? cmd_usage(c, "unexpected '%s'", c->argv[0]) : circle_list(c, x);
	if (cmd_verb(c, "add"))
		return circle_member(c, x, true);
	if (cmd_verb(c, "remove"))
		return circle_member(c, x, false);
	if (cmd_verb(c, "members"))
		return circle_members(c, x);
	return cmd_usage(c, "say create, list, members, add or remove");
}

int cmd_circle(struct cmd *c)
{
	return cmd_with_ctx(c, circle_run);
}
