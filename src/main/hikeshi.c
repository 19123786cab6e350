// SPDX-License-Identifier: Apache-2.0
/* hikeshi: the program. A table of subcommands; each runs in this process, or in the server that
 * owns the node. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "exchange/own_keys.h"
#include "main/cmd.h"
#include "main/local.h"

#ifndef HIKESHI_VERSION
#define HIKESHI_VERSION "0.1.0"
#endif
const char *const hikeshi_version = HIKESHI_VERSION;

static const struct command {
	const char *name;
	cmd_fn *fn;
	bool node; /* needs an open node: forwarded to a running server */
	const char *usage, *help;
	const char *alone; /* first argument with which it needs none, or NULL */
} commands[] = {
    {"init", cmd_init, false,
     "init --team NAME --admin EMAIL [--domain D]... [--cidr C]... [--country CC] [--language "
     "ja|en] [--name N] [--password-file F] [--store URL] | init --from FILE --root-file F "
     "[--admin "
     "EMAIL] [--name N] [--store URL]",
     "Creates a node: data directory, database, own team, first account. Without --password-file "
     "it prints a one-time sign-in link. --from: the node of a team that another node wrote with "
     "'team move-out'."},
    {"serve", cmd_serve, false,
     "serve [--listen ADDR:PORT] [--tls | --tls-cert F --tls-key F] [--read-only]",
     "Runs the server: web UI, API and jobs. Default 127.0.0.1:8119. SIGTERM drains and stops; "
     "SIGHUP reloads the configuration."},
    {"demo", cmd_demo, false, "demo [--listen ADDR:PORT]",
     "Makes a fresh node with a fictional association and serves it; prints its URL and, for each "
     "role, how to sign in."},
    {"import", cmd_import, true,
     "import [--format auto|stix|misp|misp-feed|csv|list|text] [--circle C] [--tlp T] [--team N] "
     "PATH|URL|-...",
     "Reads files, directories, addresses or streams and prints counts, rejected objects and "
     "losses. Never "
     "stops at the first bad file."},
    {"export", cmd_export, true,
     "export --format stix|misp|csv|suricata|snort|zeek|rpz|nft|sigma-values [--output F] "
     "[--type T] [--circle C] [--tlp MAX] [--since TIME] [--team N]",
     "Writes what the team may see to standard output or a file."},
    {"search", cmd_search, true, "search [--limit N] [--team N] QUERY",
     "The same search as the user interface."},
    {"user", cmd_user, true,
     "user add --email E --role R [--name N] [--team N] [--language ja|en] [--password-file F] | "
     "list [--team N] | role --email E --role R | disable --email E | enable --email E | passwd "
     "--email E [--password-file F] | totp --email E [--remove]",
     "Accounts. Roles: reader, analyst, lead, manager, secretariat, administrator."},
    {"team", cmd_team_add, true,
     "team add --name N [--name-ja N] [--short-name N] [--domain D]... [--cidr C]... [--country "
     "CC] [--sector S] [--email E] [--phone P] | list | key list|rotate|revoke N [--team T] "
     "[--root-file F] [--at TIME] | contact --team T --name N --id PERSON | move-out --team T --to "
     "FILE | move-abort --team T [--root-file F] | move-erase --team T | "
     "home --team T",
     "Further teams on this node, the keys with which teams sign, and people of teams elsewhere "
     "whom a "
     "TLP:RED can name (their id is on their own page). move-out: the team moves to a node of its "
     "own."},
    {"token", cmd_token, true,
     "token create --email E [--scope S]... [--expires TIME] [--name N] [--cert F] | list "
     "[--email E] | revoke ID --email E",
     "API tokens; create prints the token alone, once (--cert: the hash of a certificate's key "
     "that "
     "TAXII clients may show instead). Scopes: read, write, import, export, admin."},
    {"circle", cmd_circle, true,
     "circle create --title T [--member TEAM]... [--tlp T] [--description D] | list | members "
     "CIRCLE | add CIRCLE TEAM | remove CIRCLE TEAM",
     "Circles (trust groups). create prints the new id alone."},
    {"peer", cmd_peer, true,
     "peer invite [--expires 7d] [--confirm] | accept LINK | list | sync [--all] [PEER] | items "
     "PEER | confirm PEER | stop PEER | resume PEER | remove PEER",
     "Links to other nodes. invite prints the link alone; accept shows the words to compare."},
    {"taxii", cmd_taxii, true,
     "taxii add URL [--user U --password-file F | --token-file F] [--collection ID]... [--tlp T] "
     "[--circle C] [--team T] [--every 1h] [--cert F --key F] [--pin HASH] "
     "[--internal] | list | pause SOURCE | "
     "resume SOURCE | remove SOURCE | pull [SOURCE] [--all]",
     "TAXII servers of others that this node reads. What they send is unverified."},
    {"backup", cmd_backup, true, "backup FILE|-",
     "A consistent copy of database and files while the node runs."},
    {"restore", cmd_restore, false, "restore FILE|- [--store URL]",
     "Makes a node from a backup in an empty data directory."},
    {"erase", cmd_erase, true, "erase [--team T] [--reason R] RECORD FIELD...",
     "Erases fields like /what/impact of a record for good, here and at everybody who was sent "
     "it."},
    {"verify", cmd_verify, true, "verify",
     "Recomputes every hash and names the object behind any byte that differs."},
    {"journal", cmd_journal, true,
     "journal list [--record R] [--kind K] [--actor EMAIL|node] [--since TIME] [--until TIME] "
     "[--limit N] | show N [--epoch E] | proof N [--epoch E] [--content] [--kept FILE] [--output "
     "FILE] | checkpoint [--epoch E] [--kept FILE] [--output FILE] | verify [--root HEX]... "
     "[--kept FILE] FILE|-",
     "Who did what to which record; proofs of entries, and their check, which needs no node and "
     "public keys alone. --kept: a checkpoint you have, from which the journal must go on.",
     "verify"},
    {"receipt", cmd_receipt, false, "receipt verify [--root HEX]... FILE|-",
     "Checks a receipt of another team with public keys alone: needs no node. --root: the team's "
     "root key, as you know it."},
    {"config", cmd_config, false, "config check",
     "Reads the configuration and says what is wrong with it."},
    {"version", cmd_version, false, "version", "Prints the version."},
};

/* ---- saying things ---- */

static void say(int fd, const char *prefix, const char *fmt, va_list args)
{
	BUF(b);
	char line[8192];
	int n = vsnprintf(line, sizeof(line), fmt, args);

	buf_add(&b, str_c(prefix));
	buf_add(&b, (str){line, n < 0                      ? 0
				: (size_t)n < sizeof(line) ? (size_t)n
							   : sizeof(line) - 1});
	if (fd_write_all(fd, buf_str(&b), NULL))
		return; /* nobody reads: nothing to say it to */
}

void cmd_print(struct cmd *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->out, "", fmt, args);
	va_end(args);
}

void cmd_note(struct cmd *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->err, "", fmt, args);
	va_end(args);
}

void cmd_out(struct cmd *c, str text)
{
	if (fd_write_all(c->out, text, NULL))
		return;
}

int cmd_usage(struct cmd *c, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cmd_note(c, "hikeshi: %s%s%s: usage: hikeshi %s\n", c->name, c->name[0] ? ": " : "", text,
		 c->usage);
	return EXIT_USAGE;
}

int cmd_fail(struct cmd *c, enum err err, const struct why *why)
{
	char line[sizeof(why->text) + sizeof(why->field) + 8];

	/* "must be ..." says of a field what it must be: name it */
	bool of_field = why && why->field[0] &&
			(strncmp(why->text, "is ", 3) == 0 || strncmp(why->text, "must ", 5) == 0);

	(void)snprintf(line, sizeof(line), "%s%s%s%s", of_field ? "'" : "",
		       of_field ? why->field : "", of_field ? "' " : "",
		       why && why->text[0] ? why->text : err_name(err));
	for (char *p = line; *p; p++) /* PostgreSQL's messages have several */
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	cmd_note(c, "hikeshi: %s: %s\n", c->name, line);
	return EXIT_FAILED;
}

/* ---- options ---- */

static const struct cmd_option *find_option(const struct cmd_option *o, size_t n, const char *arg,
					    size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(o[i].name) == len && strncmp(o[i].name, arg, len) == 0)
			return &o[i];
	return NULL;
}

bool cmd_options(struct cmd *c, const struct cmd_option *o, size_t n)
{
	int kept = 0;
	bool plain = false;

	for (int i = 0; i < c->argc; i++) {
		const char *a = c->argv[i], *eq = strchr(a, '='), *value = NULL;
		const struct cmd_option *x;

		if (plain || a[0] != '-' || !a[1] || strcmp(a, "--") == 0) {
			if (!plain && strcmp(a, "--") == 0)
				plain = true;
			else
				c->argv[kept++] = c->argv[i];
			continue;
		}
		x = find_option(o, n, a, eq ? (size_t)(eq - a) : strlen(a));
		if (!x) {
			(void)cmd_usage(c, "unknown option '%s'", a);
			return false;
		}
		if (x->flag) {
			*x->flag = true;
			continue;
		}
		value = eq ? eq + 1 : i + 1 < c->argc ? c->argv[++i] : NULL;
		if (!value) {
			(void)cmd_usage(c, "option '%s' needs a value", a);
			return false;
		}
		if (x->list && x->list->n < ARRAY_LEN(x->list->v))
			x->list->v[x->list->n++] = str_c(value);
		if (x->value)
			*x->value = value;
	}
	c->argc = kept;
	return true;
}

enum err cmd_read_line(struct cmd *c, const char *path, str *ret, struct why *why)
{
	BUF(b);
	FD(fd) = strcmp(path, "-") == 0 ? dup(c->in) : openat(c->cwd, path, O_RDONLY | O_CLOEXEC);
	str text, line = STR_NULL;
	enum err err;

	*ret = STR_NULL;
	if (fd < 0)
		return why_set(
		    why, ERR_NOTFOUND,
		    "'%s' cannot be read: name a file that holds the password in its first line",
		    path);
	err = fd_read_all(fd, 64 * 1024, &b, why);
	text = buf_str(&b);
	if (!err && str_split(&text, '\n', &line))
		*ret = arena_str(&c->arena, line.n && line.p[line.n - 1] == '\r'
						? str_slice(line, 0, line.n - 1)
						: line);
	if (!err && !ret->n)
		err = why_set(why, ERR_INVALID, "'%s' holds no password in its first line", path);
	return err;
}

enum err cmd_read_small(struct cmd *c, const char *path, str *ret, struct why *why)
{
	FD(fd) = openat(c->cwd, path, O_RDONLY | O_CLOEXEC);
	BUF(b);
	enum err err;

	if (fd < 0)
		return why_set(why, ERR_NOTFOUND, "'%s' cannot be read: name a file in PEM", path);
	err = fd_read_all(fd, 64 * 1024, &b, why);
	if (!err)
		*ret = arena_str(&c->arena, buf_str(&b));
	if (b.p)
		secret_wipe(b.p, b.cap);
	return err;
}

void cmd_ctx(struct cmd *c, struct ctx *ctx, struct actor *actor, int64_t team)
{
	*actor = node_actor(c->node, team);
	ctx_init(ctx, c->node, &c->arena, actor);
}

/* ---- running ---- */

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void help(struct cmd *c, const struct command *x)
{
	if (x) {
		cmd_print(c,
			  "usage: hikeshi %s\n\n%s\n\nCommon options: --data DIR (default "
			  "$HIKESHI_DATA, else $XDG_DATA_HOME/hikeshi), --json, --help.\n",
			  x->usage, x->help);
		return;
	}
	cmd_print(c,
		  "hikeshi %s: the collaboration server of incident response teams\n\nusage: "
		  "hikeshi [--data DIR] COMMAND [OPTION]...\n\n",
		  hikeshi_version);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		cmd_print(c, "  %-8s  %s\n", commands[i].name, commands[i].help);
	cmd_print(c, "\nTry it: hikeshi demo\n");
}

/* Takes --data, --json and --help out of a command line. */
static bool common_options(struct cmd *c, int *argc, char **argv, const char **data,
			   bool *wants_help)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			c->json = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			*wants_help = true;
		} else if (strncmp(argv[i], "--data=", 7) == 0) {
			*data = argv[i] + 7;
		} else if (strcmp(argv[i], "--data") == 0) {
			if (i + 1 >= *argc)
				return false;
			*data = argv[++i];
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	return true;
}

static bool needs_node(const struct command *x, const char *first)
{
	return x->node && !(x->alone && first && strcmp(x->alone, first) == 0);
}

static int run_with_node(struct cmd *c, const struct command *x)
{
	struct why why = {0};
	bool opened = !c->node && needs_node(x, c->argc ? c->argv[0] : NULL);
	str files = STR_NULL;
	int status;

	if (opened) {
		enum err err = node_open(c->data, &c->node, &why);

		if (err)
			return cmd_fail(c, err, &why);
	}
	arena_init(&c->arena, 0);
	if (opened) { /* a node of before has none */
		enum err err = own_keys_ensure(c->node, &c->arena, &files, &why);

		if (err) {
			arena_done(&c->arena);
			node_close(c->node);
			c->node = NULL;
			return cmd_fail(c, err, &why);
		}
		say_root_files(c, files);
	}
	status = x->fn(c);
	arena_done(&c->arena);
	if (opened) {
		node_close(c->node);
		c->node = NULL;
	}
	return status;
}

/* argv without the program's name: in this process, or for a client of the server (c->node set). */
static int run(struct cmd *c, int argc, char **argv)
{
	const struct command *x;
	const char *data = c->data;
	bool wants_help = false;

	c->name = "";
	c->usage = "COMMAND [OPTION]...: try 'hikeshi --help'";
	if (!common_options(c, &argc, argv, &data, &wants_help))
		return cmd_usage(c, "--data needs a directory");
	c->data_given = data != c->data;
	c->data = data;
	if (argc == 0 || strcmp(argv[0], "help") == 0) {
		help(c, argc > 1 ? find_command(argv[1]) : NULL);
		return wants_help || argc ? EXIT_OK : EXIT_USAGE;
	}
	x = find_command(strcmp(argv[0], "--version") == 0 ? "version" : argv[0]);
	if (!x) {
		cmd_note(c, "hikeshi: there is no command '%s': try 'hikeshi --help'\n", argv[0]);
		return EXIT_USAGE;
	}
	c->name = x->name;
	c->usage = x->usage;
	c->argc = argc - 1;
	c->argv = argv + 1;
	if (wants_help) {
		help(c, x);
		return EXIT_OK;
	}
	return run_with_node(c, x);
}

static const char *default_data(char *path, size_t cap)
{
	const char *d = getenv("HIKESHI_DATA"), *xdg = getenv("XDG_DATA_HOME"),
		   *home = getenv("HOME");

	if (d && d[0])
		return d;
	if (xdg && xdg[0])
		(void)snprintf(path, cap, "%s/hikeshi", xdg);
	else
		(void)snprintf(path, cap, "%s/.local/share/hikeshi", home ? home : ".");
	return path;
}

/* The command and data directory named in a command line, for deciding who runs it. */
static bool forwarded(int argc, char **argv, const char *data, int *status)
{
	const struct command *x = NULL;
	const char *first = NULL;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return false;
		if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
			data = argv[++i];
		else if (strncmp(argv[i], "--data=", 7) == 0)
			data = argv[i] + 7;
		else if (!x && argv[i][0] != '-')
			x = find_command(argv[i]);
		else if (x && !first && strcmp(argv[i], "--json") != 0)
			first = argv[i];
	}
	return x && needs_node(x, first) && local_forward(data, argc, argv, status);
}

static int local_run(struct cmd *c, int argc, char **argv)
{
	return run(c, argc, argv);
}

local_run_fn *main_local_run(void);
local_run_fn *main_local_run(void)
{
	return local_run;
}

int main(int argc, char **argv)
{
	char path[4096];
	const char *data = default_data(path, sizeof(path));
	struct cmd c = {.in = 0, .out = 1, .err = 2, .cwd = AT_FDCWD, .data = data};
	int status = EXIT_FAILED;

	(void)signal(SIGPIPE, SIG_IGN);
	log_to(2, LOG_WARN);
	if (forwarded(argc - 1, argv + 1, data, &status))
		return status;
	return run(&c, argc - 1, argv + 1);
}
