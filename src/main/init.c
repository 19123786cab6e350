// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exchange/own_keys.h"
#include "main/cmd.h"
#include "team/setup.h"

enum err init_config(struct cmd *c, const struct init_options *o, struct why *why)
{
	char path[4096];
	BUF(old);
	BUF(text);
	enum err err;

	(void)snprintf(path, sizeof(path), "%s/config", c->data);
	err = file_read(path, 64 * 1024, &old, NULL);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "the configuration '%s' cannot be read", path);
	buf_add(&text, buf_str(&old));
	if (text.n && text.p[text.n - 1] != '\n')
		buf_add_char(&text, '\n');
	buf_printf(&text, "# what each setting means: docs/settings.md\nname = %s\nlanguage = %s\n",
		   o->name ? o->name : o->team, o->language);
	buf_add(&text, STR("# url = https://csirt.example   (links in mails)\n# [mail]\n# url = "
			   "smtp://localhost:25\n# from = csirt@csirt.example\n"));
	return file_replace(path, buf_str(&text), 0600, why);
}

static enum err add_team(struct ctx *x, const struct init_options *o, int64_t *team,
			 struct why *why)
{
	struct team_spec spec = {.name = str_c(o->team),
				 .country = str_c(o->country),
				 .language = str_c(o->language),
				 .email = str_c(o->admin)};
	struct uuid uid;
	char u[UUID_TEXT];
	enum err err;

	if (o->domains) {
		spec.domains = o->domains->v;
		spec.n_domains = o->domains->n;
	}
	if (o->cidrs) {
		spec.cidrs = o->cidrs->v;
		spec.n_cidrs = o->cidrs->n;
	}
	err = team_add(x, &spec, &uid, team, why);
	if (err)
		return err;
	uuid_text(uid, u);
	return setting_set(x->node->store, STR("home_team"),
			   arena_printf(x->arena, "\"x-hikeshi-team--%.*s\"", UUID_TEXT, u), 0,
			   why);
}

enum err init_account(struct ctx *x, const struct init_options *o, int64_t team, char ret_link[64],
		      struct why *why)
{
	int64_t account, key;
	char secret[SECRET_TEXT];
	enum err err =
	    account_create(x, team, str_c(o->admin), str_c(o->admin), STR("administrator"),
			   str_c(o->language), o->password, &account, why);

	ret_link[0] = '\0';
	if (err || o->password.n)
		return err;
	err = account_token(x, account, STR("first sign-in"), STR(""),
			    clock_now_us() + 3600 * US_PER_S, STR("sign-in"), secret, &key, why);
	if (!err)
		(void)snprintf(ret_link, 64, "%.*s", SECRET_TEXT, secret);
	return err;
}

static enum err make_node(struct cmd *c, const struct init_options *o, char ret_link[64],
			  struct why *why)
{
	struct store_options so = {.data_dir = c->data, .url = o->store};
	struct node *n = NULL;
	struct actor actor;
	struct ctx x;
	int64_t team = 0;
	str files = STR_NULL;
	enum err err = store_create(&so, why);

	if (!err)
		err = init_config(c, o, why);
	if (!err)
		err = node_open(c->data, &n, why);
	if (err)
		return err;
	actor = node_actor(n, 0);
	ctx_init(&x, n, &c->arena, &actor);
	err = add_team(&x, o, &team, why);
	n->home_team = team;
	actor.team = team;
	ctx_refresh(&x);
	if (!err)
		err = init_account(&x, o, team, ret_link, why);
	if (!err)
		err = own_keys_ensure(n, &c->arena, &files, why);
	if (!err && !o->trial)
		say_root_files(c, files);
	ctx_done(&x);
	node_close(n);
	return err;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* Made in a directory that is thrown away first: a mistake in an option (a short password, a domain
 * that is none) leaves nothing behind, not even in a database server. */
enum err init_node(struct cmd *c, const struct init_options *o, char ret_link[64], struct why *why)
{
	char dir[] = "/tmp/hikeshi-init-XXXXXX";
	struct cmd trial = *c;
	struct init_options trial_options = *o;
	enum err err;

	if (!mkdtemp(dir))
		return make_node(c, o, ret_link, why);
	trial.data = dir;
	trial_options.store = NULL;
	trial_options.trial = true;
	err = make_node(&trial, &trial_options, ret_link, why);
	c->arena = trial.arena;
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		cmd_note(c, "hikeshi: init: '%s' could not be removed: remove it\n", dir);
	return err ? err : make_node(c, o, ret_link, why);
}

static void say_made(struct cmd *c, const struct init_options *o, const char *link)
{
	struct json_out o_json;
	BUF(b);
	str url =
	    link[0] ? arena_printf(&c->arena, "http://127.0.0.1:8119/sign-in#%s", link) : STR_NULL;

	if (!c->json) {
		if (link[0])
			cmd_print(c, "sign in once at: %.*s\n", STR_ARG(url));
		cmd_note(c, "node created in %s: start it with 'hikeshi serve --data %s'\n",
			 c->data, c->data);
		return;
	}
	json_out_init(&o_json, &b);
	jo_object(&o_json);
	jo_kc(&o_json, "data", c->data);
	jo_kc(&o_json, "email", o->admin);
	jo_key(&o_json, "sign_in");
	if (url.n)
		jo_str(&o_json, url);
	else
		jo_null(&o_json);
	jo_end(&o_json);
	cmd_row(c, &b);
}

int cmd_init(struct cmd *c)
{
	struct cmd_list domains = {0}, cidrs = {0};
	struct init_options o = {.language = "ja", .domains = &domains, .cidrs = &cidrs};
	const char *password_file = NULL, *from = NULL, *root_file = NULL;
	const struct cmd_option options[] = {
	    {"--team", &o.team, NULL, NULL},
	    {"--admin", &o.admin, NULL, NULL},
	    {"--country", &o.country, NULL, NULL},
	    {"--language", &o.language, NULL, NULL},
	    {"--name", &o.name, NULL, NULL},
	    {"--store", &o.store, NULL, NULL},
	    {"--from", &from, NULL, NULL},
	    {"--root-file", &root_file, NULL, NULL},
	    {"--password-file", &password_file, NULL, NULL},
	    {"--domain", NULL, NULL, &domains},
	    {"--cidr", NULL, NULL, &cidrs},
	};
	struct why why = {0};
	char link[64];
	enum err err = ERR_OK;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (!from && (!o.team || !o.admin))
		return cmd_usage(c, "--team and --admin are needed");
	if (from && (!root_file || o.team || o.country || domains.n || cidrs.n))
		return cmd_usage(c, "--from needs --root-file, and takes --admin, --name, "
				    "--language, --password-file and --store besides");
	if (strcmp(o.language, "ja") != 0 && strcmp(o.language, "en") != 0)
		return cmd_usage(c, "--language is ja or en");
	if (password_file)
		err = cmd_read_line(c, password_file, &o.password, &why);
	if (!err && from)
		return init_from(c, &o, from, root_file);
	if (!err)
		err = init_node(c, &o, link, &why);
	if (err)
		return cmd_fail(c, err, &why);
	say_made(c, &o, link);
	return EXIT_OK;
}
