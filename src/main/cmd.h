// SPDX-License-Identifier: Apache-2.0
/* cmd: one subcommand a file, one row each in the table of hikeshi.c. A command reads and writes
 * through the descriptors it is given, so that it runs the same in its own process or, when a
 * server owns the node, inside that server (local.h). Errors are one line: "hikeshi: what went
 * wrong: what to do". Exit 0 success, 1 failed, 2 wrong usage. */
#ifndef MAIN_CMD_H
#define MAIN_CMD_H

#include <stdio.h>

#include "team/record.h"

#define EXIT_OK 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2

struct jobs;
struct cmd {
	int argc; /* without the program and the subcommand */
	char **argv;
	int in, out, err; /* descriptors */
	int cwd;          /* directory that relative paths start from */
	const char *data; /* data directory */
	bool data_given;  /* by --data */
	bool json;
	struct node *node; /* open when the command needs one */
	struct jobs *jobs; /* the server's, or NULL */
	struct arena arena;
	const char *name;
	const char *usage; /* "import [--format F] PATH..." */
};
typedef int cmd_fn(struct cmd *c);

/* One option of a command: value NULL for a flag. */
struct cmd_option {
	const char *name; /* "--format" */
	const char **value;
	bool *flag;
	struct cmd_list *list; /* may be repeated */
};
struct cmd_list {
	str v[256];
	size_t n;
};
/* Takes the options out of argv; the rest stays in order. False after saying what is wrong (exit
 * 2). */
bool cmd_options(struct cmd *c, const struct cmd_option *o, size_t n);
/* "hikeshi: …" on the error descriptor; returns the exit status for it. */
int cmd_fail(struct cmd *c, enum err err, const struct why *why);
int cmd_usage(struct cmd *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cmd_print(struct cmd *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cmd_note(struct cmd *c, const char *fmt, ...) PRINTF_LIKE(2, 3); /* on stderr */
void cmd_out(struct cmd *c, str text);
/* One line of JSON. */
void cmd_row(struct cmd *c, struct buf *b);
/* A new id alone on its line, or {"id": "..."}. */
void cmd_id(struct cmd *c, str id);
/* Takes the first argument away when it is this word. */
bool cmd_verb(struct cmd *c, const char *word);
int cmd_with_ctx(struct cmd *c, int (*fn)(struct cmd *c, struct ctx *x));
MUST_CHECK enum err cmd_account(struct cmd *c, const char *email, struct account *ret,
				struct why *why);
/* Context of the node itself, acting for a team (0: the home team). */
void cmd_ctx(struct cmd *c, struct ctx *ctx, struct actor *actor, int64_t team);
/* Reads a small file (a password) of the caller, first line without its end; ERR_INVALID: nothing
 * is in it. */
MUST_CHECK enum err cmd_read_line(struct cmd *c, const char *path, str *ret, struct why *why);
/* The whole of a small file of the caller. */
MUST_CHECK enum err cmd_read_small(struct cmd *c, const char *path, str *ret, struct why *why);
/* A team by name, short name or id; usage error when there is none. */
bool cmd_team(struct cmd *c, const struct directory_view *dir, const char *text, int64_t *ret);

/* A circle by id or title; says so when there is none. */
bool cmd_circle_named(struct cmd *c, const char *text, const struct directory_view *dir,
		      struct uuid *ret);

int cmd_init(struct cmd *c), cmd_serve(struct cmd *c), cmd_demo(struct cmd *c),
    cmd_import(struct cmd *c), cmd_export(struct cmd *c), cmd_search(struct cmd *c),
    cmd_user(struct cmd *c), cmd_team_add(struct cmd *c), cmd_token(struct cmd *c),
    cmd_circle(struct cmd *c), cmd_backup(struct cmd *c), cmd_restore(struct cmd *c),
    cmd_verify(struct cmd *c), cmd_config(struct cmd *c), cmd_receipt(struct cmd *c),
    cmd_peer(struct cmd *c), cmd_erase(struct cmd *c), cmd_journal(struct cmd *c),
    cmd_taxii(struct cmd *c), cmd_version(struct cmd *c);

/* links.c: `team key ...`; and what is said of new root key files (names, a line each). */
int team_key_run(struct cmd *c, struct ctx *x);
int cmd_team_contact(struct cmd *c, struct ctx *x);
/* The root key of a team, from the file named, else (t) from where `init` put it. */
struct ed25519_secret;
MUST_CHECK enum err cmd_read_root(struct cmd *c, const struct directory_team *t, const char *file,
				  struct ed25519_secret *ret, struct why *why);
void say_root_files(struct cmd *c, str files);
/* Teams, keys or circles have changed: tells the linked nodes, as far as they are reached. */
void tell_peers(struct cmd *c, struct ctx *x);

/* serve.c: serves an open node until a signal; ready is called with the URL. */
struct serve_options {
	const char *listen, *tls_cert, *tls_key;
	bool tls; /* with the node's own certificate */
	bool read_only;
	void (*ready)(struct cmd *c, const char *url);
};
int serve_node(struct cmd *c, struct node *n, const struct serve_options *o);

/* init.c: makes a node; shared with demo. */
struct init_options {
	const char *team, *country, *language, *admin, *store, *name;
	const struct cmd_list *domains, *cidrs;
	str password; /* empty: a one-time link is made */
	bool trial;   /* nothing is said of it */
};
MUST_CHECK enum err init_config(struct cmd *c, const struct init_options *o, struct why *why);
MUST_CHECK enum err init_account(struct ctx *x, const struct init_options *o, int64_t team,
				 char ret_link[64], struct why *why);
MUST_CHECK enum err init_node(struct cmd *c, const struct init_options *o, char ret_link[64],
			      struct why *why);

/* demo_story.c: the fictional association. */
MUST_CHECK enum err demo_build(struct cmd *c, struct node *n, struct buf *credentials,
			       struct why *why);

/* move.c: a team moves to a node of its own. */
int team_move_out(struct cmd *c, struct ctx *x), team_move_abort(struct cmd *c, struct ctx *x),
    team_move_erase(struct cmd *c, struct ctx *x), team_home(struct cmd *c, struct ctx *x);
int init_from(struct cmd *c, const struct init_options *o, const char *file, const char *root_file);

extern const char *const hikeshi_version;

#endif
