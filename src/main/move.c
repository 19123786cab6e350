// SPDX-License-Identifier: Apache-2.0
/* A hosted team moves to a node of its own (docs/links.md, "A team moves"). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exchange/move.h"
#include "exchange/receipts.h"
#include "main/cmd.h"
#include "team/account.h"

static void counts_json(struct json_out *o, const struct move_counts *n)
{
	jo_ki64(o, "records", n->records);
	jo_ki64(o, "entries", n->entries);
	jo_ki64(o, "accounts", n->accounts);
	jo_ki64(o, "files", n->files);
}

/* ---- the node that the team leaves ---- */

static void say_out(struct cmd *c, struct ctx *x, const struct directory_team *t, const char *to,
		    const struct move_counts *n)
{
	struct json_out o;
	BUF(b);

	if (!c->json) {
		cmd_note(c,
			 "'%.*s' is frozen here: %lld records, %lld entries of the journal, %lld "
			 "accounts, %lld files are in %s.\nOn the new node: hikeshi init --from "
			 "FILE --root-file ROOT-KEY, then link it with this one.\nTo go on here "
			 "instead: hikeshi team move-abort --team '%.*s'\n",
			 STR_ARG(t->name), (long long)n->records, (long long)n->entries,
			 (long long)n->accounts, (long long)n->files, to, STR_ARG(t->name));
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "team", record_id(x, &t->record));
	jo_kc(&o, "to", to);
	counts_json(&o, n);
	jo_end(&o);
	cmd_row(c, &b);
}

/* Beside its name until it is whole: a try that broke off leaves nothing that looks like the file.
 */
static enum err write_file(struct cmd *c, struct ctx *x, int64_t team, const char *to,
			   struct move_counts *ret, struct why *why)
{
	const char *part = arena_printf(&c->arena, "%s.part", to).p;
	FD(fd) = -1;
	enum err err;

	if (faccessat(c->cwd, to, F_OK, 0) == 0)
		return why_set(why, ERR_CONFLICT, "'%s' exists: name a new file", to);
	fd = openat(c->cwd, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, err_from_errno(errno),
			       "'%s' cannot be written: name another file", to);
	err = move_out(x, team, fd, ret, why);
	if (!err && fsync(fd))
		err = why_set(why, err_from_errno(errno), "'%s' cannot be written to the disk", to);
	if (!err && renameat(c->cwd, part, c->cwd, to))
		err = why_set(why, err_from_errno(errno), "'%s' cannot be named '%s'", part, to);
	if (err && unlinkat(c->cwd, part, 0))
		cmd_note(c, "hikeshi: team: '%s' is incomplete: remove it\n", part);
	return err;
}

/* The team named, hosted here or frozen. */
static const struct directory_team *team_named(struct cmd *c, struct ctx *x, const char *name)
{
	const struct directory_team *t = name ? directory_team_named(x->dir, str_c(name)) : NULL;

	if (!t)
		cmd_note(c, "hikeshi: team: there is no team '%s': see 'hikeshi team list'\n",
			 name ? name : "");
	return t;
}

int team_move_out(struct cmd *c, struct ctx *x)
{
	const char *team = NULL, *to = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL},
					     {"--to", &to, NULL, NULL}};
	const struct directory_team *t;
	struct move_counts n = {0};
	struct why why = {0};
	size_t made = 0;
	int64_t key;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (!team || !to)
		return cmd_usage(c, "--team and --to are needed");
	t = team_named(c, x, team);
	if (!t)
		return EXIT_USAGE;
	key = t->key;
	err = receipts_make(c->node, &made, &why);
	if (!err)
		err = write_file(c, x, key, to, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	say_out(c, x, directory_team(x->dir, key), to, &n);
	return EXIT_OK;
}

int team_move_abort(struct cmd *c, struct ctx *x)
{
	const char *team = NULL, *file = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL},
					     {"--root-file", &file, NULL, NULL}};
	const struct directory_team *t;
	struct ed25519_secret root;
	struct why why = {0}, none = {0};
	bool has_root;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc || !team)
		return cmd_usage(c, "--team is needed");
	t = team_named(c, x, team);
	if (!t)
		return EXIT_USAGE;
	has_root = cmd_read_root(c, t, file, &root, &none) == ERR_OK;
	if (file && !has_root)
		return cmd_fail(c, ERR_NOTFOUND, &none);
	err = move_abort(x, t->key, has_root ? &root : NULL, &why);
	if (has_root)
		ed25519_wipe(&root);
	if (err)
		return cmd_fail(c, err, &why);
	if (!has_root)
		cmd_note(c,
			 "destroy the file that was written: with the team's root key a node "
			 "could still be made of it. With --root-file it would be worth nothing\n");
	tell_peers(c, x);
	return EXIT_OK;
}

/* Which of the teams that work here is the node's own: the one before may move out then. */
int team_home(struct cmd *c, struct ctx *x)
{
	const char *team = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL}};
	const struct directory_team *t;
	struct why why = {0};
	char u[UUID_TEXT];
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc || !team)
		return cmd_usage(c, "--team is needed");
	t = team_named(c, x, team);
	if (!t)
		return EXIT_USAGE;
	uuid_text(t->uid, u);
	err = t->peer
		  ? why_set(&why, ERR_CONFLICT, "that team works on another node")
		  : setting_set(c->node->store, STR("home_team"),
				arena_printf(&c->arena, "\"x-hikeshi-team--%.*s\"", UUID_TEXT, u),
				0, &why);
	if (err)
		return cmd_fail(c, err, &why);
	c->node->home_team = t->key;
	tell_peers(c, x);
	return EXIT_OK;
}

int team_move_erase(struct cmd *c, struct ctx *x)
{
	const char *team = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL}};
	const struct directory_team *t;
	struct why why = {0};
	int64_t n = 0;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc || !team)
		return cmd_usage(c, "--team is needed");
	t = team_named(c, x, team);
	if (!t)
		return EXIT_USAGE;
	err = move_erase(x, t->key, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	if (c->json)
		cmd_print(c, "{\"erased\":%lld}\n", (long long)n);
	else
		cmd_note(c, "%lld records of '%s' are erased here\n", (long long)n, team);
	return EXIT_OK;
}

/* ---- the node where it arrives ---- */

/* Begun before and not ended: it has no team of its own yet, and holds nothing but what came from a
 * file. */
static bool half_made(struct cmd *c, struct node *n)
{
	const struct directory_view *v = directory_get(n->directory);
	bool empty = !v->n_teams;
	str text;

	directory_put(n->directory, v);
	return !n->home_team &&
	       (empty || setting_get(n->store, &c->arena, STR("move_in"), &text, NULL) == ERR_OK);
}

/* Killed between making the database and writing down where it is. */
static enum err config_missing(struct cmd *c, const struct init_options *o, bool *ret,
			       struct why *why)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/config", c->data);
	*ret = access(path, F_OK) != 0;
	return *ret ? file_replace(path,
				   arena_printf(&c->arena, "store = %s\n",
						o->store ? o->store : "sqlite:node.db"),
				   0600, why)
		    : ERR_OK;
}

static enum err refuse_node(struct cmd *c, bool written, const struct why *taken, struct why *why)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/config", c->data);
	if (written && unlink(path))
		cmd_note(c, "hikeshi: init: remove '%s'\n", path);
	return why_set(why, ERR_CONFLICT, "%s", taken->text);
}

/* A new directory, or one in which this was begun before. */
static enum err open_node(struct cmd *c, const struct init_options *o, struct node **ret,
			  struct why *why)
{
	struct store_options so = {.data_dir = c->data, .url = o->store};
	struct why taken = {0};
	struct node_config config;
	bool there, named, written = false;
	enum err err = store_create(&so, &taken);

	if (err && err != ERR_CONFLICT)
		return why_set(why, err, "%s", taken.text);
	there = err == ERR_CONFLICT;
	err = there ? config_missing(c, o, &written, why) : ERR_OK;
	if (!err)
		err = node_config_read(c->data, &config, why);
	if (err)
		return err;
	named = config.name != NULL;
	node_config_done(&config);
	err = node_open(c->data, ret, why);
	if (!err && there && !half_made(c, *ret)) {
		node_close(*ret);
		*ret = NULL;
		return refuse_node(c, written, &taken, why);
	}
	if (err || named)
		return err;
	node_close(*ret);
	*ret = NULL;
	err = init_config(c, o, why);
	return err ? err : node_open(c->data, ret, why);
}

static enum err administrator(struct ctx *x, const struct init_options *o, int64_t team,
			      char ret_link[64], struct why *why)
{
	struct account a;
	struct why none = {0};
	str email;
	enum err err;

	ret_link[0] = '\0';
	if (!o->admin)
		return ERR_OK;
	err = account_email(x->arena, str_c(o->admin), &email, why);
	if (err)
		return err;
	err = account_by_email(x->node->store, x->arena, email, &a, &none);
	if (err == ERR_NOTFOUND)
		return init_account(x, o, team, ret_link, why);
	a.role = STR("administrator");
	a.disabled = false;
	return err ? why_set(why, err, "%s", none.text)
		   : account_update(
			 x->node->store, &a,
			 &(struct account_change){.members = ACCOUNT_ROLE | ACCOUNT_DISABLED}, 0,
			 why);
}

static enum err arrive(struct cmd *c, struct node *n, const struct init_options *o, int fd,
		       const struct ed25519_secret *root, const struct move_head *head,
		       char ret_link[64], struct move_counts *ret, struct why *why)
{
	struct actor actor = node_actor(n, 0);
	struct ctx x;
	int64_t team = 0;
	char u[UUID_TEXT];
	enum err err;

	ctx_init(&x, n, &c->arena, &actor);
	err = move_in(&x, fd, root, head, &team, ret, why);
	actor.team = team;
	if (!err)
		err = administrator(&x, o, team, ret_link, why);
	uuid_text(head->team, u);
	if (!err) /* last: until then a try that broke off goes on */
		err = setting_set(n->store, STR("home_team"),
				  arena_printf(&c->arena, "\"x-hikeshi-team--%.*s\"", UUID_TEXT, u),
				  0, why);
	ctx_done(&x);
	return err;
}

static void say_in(struct cmd *c, const struct move_head *head, const struct move_counts *n,
		   const char *link)
{
	struct json_out o;
	BUF(b);
	str url =
	    link[0] ? arena_printf(&c->arena, "http://127.0.0.1:8119/sign-in#%s", link) : STR_NULL;

	if (!c->json) {
		if (url.n)
			cmd_print(c, "sign in once at: %.*s\n", STR_ARG(url));
		cmd_note(
		    c,
		    "'%.*s' works here now: %lld records, %lld entries of its journal, %lld "
		    "accounts, %lld files.\nStart it with 'hikeshi serve', with its address as "
		    "'url' in %s/config, and link it with '%.*s': hikeshi peer accept %.*s\n",
		    STR_ARG(head->name), (long long)n->records, (long long)n->entries,
		    (long long)n->accounts, (long long)n->files, c->data, STR_ARG(head->node_name),
		    STR_ARG(head->invite.n
				? arena_printf(&c->arena, "'%.*s'", STR_ARG(head->invite))
				: STR("LINK (made there with 'hikeshi peer invite')")));
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "data", c->data);
	jo_kstr(&o, "name", head->name);
	counts_json(&o, n);
	jo_key(&o, "sign_in");
	jo_c(&o, url.n ? url.p : NULL);
	jo_key(&o, "invite");
	if (head->invite.n)
		jo_str(&o, head->invite);
	else
		jo_null(&o);
	jo_end(&o);
	cmd_row(c, &b);
}

int init_from(struct cmd *c, const struct init_options *o, const char *file, const char *root_file)
{
	struct init_options own = *o;
	struct ed25519_secret root;
	struct move_head head;
	struct move_counts n = {0};
	struct node *node = NULL;
	struct why why = {0}, there = {0};
	char link[64];
	FD(fd) = openat(c->cwd, file, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0) {
		cmd_note(c,
			 "hikeshi: init: '%s' cannot be read: name the file that 'hikeshi team "
			 "move-out' wrote\n",
			 file);
		return EXIT_FAILED;
	}
	err = cmd_read_root(c, NULL, root_file, &root, &why);
	if (err)
		return cmd_fail(c, err, &why);
	err = move_check(&c->arena, fd, &root, &head, &why);
	if (!err && !head.administrators && !o->admin)
		err = why_set(&why, ERR_INVALID,
			      "none of the team's people is an administrator: name one with "
			      "--admin EMAIL");
	if (!err && !own.name)
		own.name = arena_printf(&c->arena, "%.*s", STR_ARG(head.name)).p;
	if (!err)
		err = open_node(c, &own, &node, &there);
	if (err == ERR_CONFLICT && head.invite.n) /* it may have ended before it could say so */
		err = why_set(&why, err,
			      "%s: if it was made of this file, start it and link it with "
			      "'hikeshi peer accept %.*s'",
			      there.text, STR_ARG(head.invite));
	else if (there.text[0])
		why = there;
	if (!err)
		err = arrive(c, node, &own, fd, &root, &head, link, &n, &why);
	ed25519_wipe(&root);
	if (!err)
		say_in(c, &head, &n, link);
	node_close(node);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}
