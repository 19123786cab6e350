// SPDX-License-Identifier: Apache-2.0
/* Links between nodes, and the keys of the teams hosted here. */
#include "exchange/feed.h"
#include "exchange/link.h"
#include "exchange/sync.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "main/cmd.h"

/* A time, or so many days or hours from now ("7d", "12h"). */
static bool until(const char *text, int64_t fallback_us, int64_t *ret)
{
	str s = str_c(text);
	int64_t unit = 0;
	uint64_t n;

	*ret = clock_now_us() + fallback_us;
	if (!text)
		return true;
	if (s.n > 1 && (s.p[s.n - 1] == 'd' || s.p[s.n - 1] == 'h'))
		unit = (s.p[s.n - 1] == 'd' ? 86400 : 3600) * US_PER_S;
	if (unit && str_u64(str_slice(s, 0, s.n - 1), &n) == ERR_OK && n < 36500) {
		*ret = clock_now_us() + (int64_t)n * unit;
		return true;
	}
	return time_parse(s, ret) == ERR_OK;
}

/* ---- peer ---- */

static int peer_invite(struct cmd *c, struct ctx *x, const char *expires, bool confirm)
{
	struct why why = {0};
	int64_t end;
	str link;
	enum err err;

	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (!until(expires, LINK_EXPIRES_US, &end))
		return cmd_usage(c, "--expires is a time, or a duration such as 7d or 12h");
	err = link_invite(x, end, confirm, &link, &why);
	if (err)
		return cmd_fail(c, err, &why);
	cmd_print(c, "%.*s\n", STR_ARG(link));
	return EXIT_OK;
}

static void words(struct cmd *c, struct ctx *x, const char *who, const struct json *team)
{
	const char *key = strcmp(x->lang, "ja") == 0 ? "fingerprint_ja" : "fingerprint";

	cmd_note(c, "  %s %.*s: %.*s\n", who, STR_ARG(json_get_str(team, "name")),
		 STR_ARG(json_get_str(team, key)));
}

/* What two people compare, of both sides. */
static void compare(struct cmd *c, struct ctx *x, const struct peer *p)
{
	struct json v;
	struct json_out o;
	struct why why = {0};
	BUF(theirs);
	BUF(ours);
	enum err err;

	json_out_init(&o, &theirs);
	link_json(x, p, peer_behind(x->node, x->arena, p), &o);
	json_out_init(&o, &ours);
	err = link_self_json(x, &o, &why);
	cmd_note(c,
		 "linked with %.*s at %.*s. Compare these words with the other side, by voice:\n",
		 STR_ARG(p->name), STR_ARG(p->url));
	if (json_parse(x->arena, buf_str(&theirs), NULL, &v, NULL) == ERR_OK)
		for (size_t i = 0; i < json_count(json_get_c(&v, "teams")); i++)
			words(c, x, "theirs:", json_at(json_get_c(&v, "teams"), i));
	if (!err && json_parse(x->arena, buf_str(&ours), NULL, &v, NULL) == ERR_OK)
		for (size_t i = 0; i < json_count(json_get_c(&v, "teams")); i++)
			words(c, x, "ours:  ", json_at(json_get_c(&v, "teams"), i));
}

static int peer_show(struct cmd *c, struct ctx *x, const struct peer *p)
{
	struct json_out o;
	char u[UUID_TEXT];
	BUF(b);

	uuid_text(p->uid, u);
	if (!c->json) {
		cmd_print(c, "%.*s  %-11.*s  %.*s  %.*s%s%.*s\n", UUID_TEXT, u, STR_ARG(p->state),
			  STR_ARG(p->name), STR_ARG(p->url), p->last_error.n ? "  " : "",
			  STR_ARG(link_last_error(p, x->lang)));
		return EXIT_OK;
	}
	json_out_init(&o, &b);
	link_json(x, p, peer_behind(x->node, x->arena, p), &o);
	cmd_row(c, &b);
	return EXIT_OK;
}

static int peer_accept(struct cmd *c, struct ctx *x)
{
	struct peer p;
	struct why why = {0};
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name the link that the other side made");
	err = link_accept(x, str_c(c->argv[0]), &p, &why);
	if (err)
		return cmd_fail(c, err, &why);
	compare(c, x, &p);
	return peer_show(c, x, &p);
}

static int peer_rows(struct cmd *c, struct ctx *x)
{
	struct peer *p = NULL;
	struct why why = {0};
	size_t n = 0;
	enum err err;

	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	err = peer_list(c->node->store, &c->arena, &p, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++)
		(void)peer_show(c, x, &p[i]);
	return EXIT_OK;
}

static int peer_change(struct cmd *c, struct ctx *x, const char *verb)
{
	struct peer p;
	struct why why = {0};
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one link: see 'hikeshi peer list'");
	err = link_find(x, str_c(c->argv[0]), &p, &why);
	if (!err && strcmp(verb, "remove") == 0)
		err = link_remove(x, &p, &why);
	else if (!err)
		err = link_set_state(
		    x, &p, strcmp(verb, "stop") == 0 ? STR(LINK_STOPPED) : STR(LINK_ACTIVE), &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static bool sync_one(struct cmd *c, const struct peer *p, bool all)
{
	struct link_counts n = {0};
	struct json_out o;
	struct why why = {0};
	BUF(b);
	enum err err;

	err = str_eq(p->state, STR(LINK_ACTIVE))
		  ? link_round(c->node, p, true, all, &n, &why)
		  : why_set(&why, ERR_CONFLICT, "the link is not active: its state is '%.*s'",
			    STR_ARG(p->state));
	if (err) {
		cmd_note(c, "hikeshi: peer: %.*s: %s\n", STR_ARG(p->name), why.text);
		return false;
	}
	if (!c->json) {
		cmd_print(c,
			  "%.*s: %lld sent, %lld not taken there; %lld read, %lld not taken here\n",
			  STR_ARG(p->name), (long long)n.sent, (long long)n.sent_refused,
			  (long long)n.read, (long long)n.read_refused);
		return true;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "name", p->name);
	jo_ki64(&o, "sent", n.sent);
	jo_ki64(&o, "sent_refused", n.sent_refused);
	jo_ki64(&o, "read", n.read);
	jo_ki64(&o, "read_refused", n.read_refused);
	jo_end(&o);
	cmd_row(c, &b);
	return true;
}

/* One link or all active ones: what is behind goes out, what is new comes in. */
static int peer_sync(struct cmd *c, struct ctx *x, bool all)
{
	struct peer one, *p = &one;
	struct why why = {0};
	size_t n = 1;
	bool good = true;
	enum err err;

	if (c->argc > 1)
		return cmd_usage(c, "name one link, or none for all");
	err = c->argc ? link_find(x, str_c(c->argv[0]), &one, &why)
		      : peer_list(c->node->store, &c->arena, &p, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++)
		if (c->argc || str_eq(p[i].state, STR(LINK_ACTIVE)))
			good = sync_one(c, &p[i], all) && good;
	return good ? EXIT_OK : EXIT_FAILED;
}

static int items_print(struct cmd *c, struct buf *b)
{
	struct json v;

	if (json_parse(&c->arena, buf_str(b), NULL, &v, NULL))
		return EXIT_FAILURE;
	for (size_t i = 0; i < json_count(&v); i++) {
		const struct json *x = json_at(&v, i);
		BUF(row);

		if (c->json) {
			json_write(&row, x);
			cmd_row(c, &row);
			continue;
		}
		cmd_print(c, "%.*s  %-3.*s  %.*s  %.*s: %.*s\n", STR_ARG(json_get_str(x, "at")),
			  STR_ARG(json_get_str(x, "direction")), STR_ARG(json_get_str(x, "id")),
			  STR_ARG(json_get_str(x, "code")), STR_ARG(json_get_str(x, "reason")));
	}
	return EXIT_OK;
}

static int peer_items(struct cmd *c, struct ctx *x)
{
	struct peer p;
	struct why why = {0};
	int64_t next = 0;
	int status = EXIT_OK;
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one link: see 'hikeshi peer list'");
	err = link_find(x, str_c(c->argv[0]), &p, &why);
	while (!err && status == EXIT_OK) {
		struct json_out o;
		BUF(b);

		json_out_init(&o, &b);
		jo_array(&o);
		err = link_items_json(x, &p, next, 1000, &o, &next, &why);
		jo_end(&o);
		if (!err)
			status = items_print(c, &b);
		if (!next)
			break;
	}
	return err ? cmd_fail(c, err, &why) : status;
}

static int peer_run(struct cmd *c, struct ctx *x)
{
	static const char *const changes[] = {"remove", "stop", "resume", "confirm"};
	const char *expires = NULL;
	bool confirm = false, all = false;
	const struct cmd_option options[] = {{"--all", NULL, &all, NULL},
					     {"--expires", &expires, NULL, NULL},
					     {"--confirm", NULL, &confirm, NULL}};

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (cmd_verb(c, "invite"))
		return peer_invite(c, x, expires, confirm);
	if (cmd_verb(c, "accept"))
		return peer_accept(c, x);
	if (cmd_verb(c, "list"))
		return peer_rows(c, x);
	if (cmd_verb(c, "sync"))
		return peer_sync(c, x, all);
	if (cmd_verb(c, "items"))
		return peer_items(c, x);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		if (cmd_verb(c, changes[i]))
			return peer_change(c, x, changes[i]);
	return cmd_usage(c, "say invite, accept, list, sync, items, confirm, stop, resume or "
			    "remove");
}

int cmd_peer(struct cmd *c)
{
	return cmd_with_ctx(c, peer_run);
}

/* ---- keys of a team ---- */

static void key_row(struct cmd *c, const struct team_key *k)
{
	struct key_object o;
	struct json v;
	char at[TIME_TEXT];
	BUF(b);

	if (json_parse(&c->arena, k->object, NULL, &v, NULL) || key_parse(&c->arena, &v, &o, NULL))
		return;
	if (c->json) {
		json_write(&b, &v);
		cmd_row(c, &b);
		return;
	}
	time_text(o.created_us, at);
	cmd_print(c, "%d  %.*s  %s\n", k->n, TIME_TEXT, at,
		  k->revoked_us ? "an earlier key was revoked"
		  : k->ends_us  ? "an earlier key ends"
				: "key");
}

static int keys_list(struct cmd *c, const struct directory_team *t)
{
	struct team_key *k = NULL;
	struct why why = {0};
	struct digest words_of;
	size_t n = 0;
	enum err err = team_keys_list(c->node->store, &c->arena, t->key, &k, &n, &why);

	if (!err)
		err = team_fingerprint(c->node, &c->arena, t->key, &words_of, &why);
	if (err)
		return cmd_fail(c, err, &why);
	if (!c->json)
		cmd_note(c, "%.*s: %.*s\n", STR_ARG(t->name),
			 STR_ARG(fingerprint_text(&c->arena, words_of)));
	for (size_t i = 0; i < n; i++)
		key_row(c, &k[i]);
	return EXIT_OK;
}

/* From the file named, else from where `init` put it, if it still lies there. */
enum err cmd_read_root(struct cmd *c, const struct directory_team *t, const char *file,
		       struct ed25519_secret *ret, struct why *why)
{
	str name = t ? root_key_name(&c->arena, t) : STR_NULL;
	const char *own = arena_printf(&c->arena, "%s/%.*s", c->data, STR_ARG(name)).p;
	FD(fd) =
	    file ? openat(c->cwd, file, O_RDONLY | O_CLOEXEC) : open(own, O_RDONLY | O_CLOEXEC);
	BUF(text);
	enum err err;

	if (fd < 0)
		return why_set(why, ERR_NOTFOUND,
			       "'%s' cannot be read: name the file with the team's root key with "
			       "--root-file",
			       file ? file : own);
	err = fd_read_all(fd, 64 * 1024, &text, why);
	if (!err)
		err = root_key_read(buf_str(&text), ret, why);
	if (text.p)
		secret_wipe(text.p, text.cap);
	return err;
}

static int key_change(struct cmd *c, struct ctx *x, const struct directory_team *t,
		      const char *file, const char *at, bool revoke)
{
	struct ed25519_secret root;
	struct why why = {0};
	uint64_t n = 0;
	int64_t when = x->now_us;
	enum err err;

	if (revoke ? c->argc != 1 || str_u64(str_c(c->argv[0]), &n) || n > INT32_MAX : c->argc != 0)
		return cmd_usage(c, revoke
					? "name the number of the key: see 'hikeshi team key list'"
					: "unexpected argument");
	if (at && time_parse(str_c(at), &when))
		return cmd_usage(c, "--at is a time such as 2027-01-31T00:00:00Z");
	err = cmd_read_root(c, t, file, &root, &why);
	if (err)
		return cmd_fail(c, err, &why);
	err = revoke ? own_team_revoke(x, t->key, (int32_t)n, when, &root, &why)
		     : own_team_rotate(x, t->key, &root, 3600 * US_PER_S, &why);
	ed25519_wipe(&root);
	if (err)
		return cmd_fail(c, err, &why);
	tell_peers(c, x);
	return EXIT_OK;
}

int team_key_run(struct cmd *c, struct ctx *x)
{
	const char *team = NULL, *file = NULL, *at = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL},
					     {"--root-file", &file, NULL, NULL},
					     {"--at", &at, NULL, NULL}};
	const struct directory_team *t;
	int64_t key;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (!cmd_team(c, x->dir, team, &key))
		return EXIT_USAGE;
	t = directory_team(x->dir, key);
	if (!t)
		return cmd_usage(c, "name a team");
	if (cmd_verb(c, "list"))
		return c->argc ? cmd_usage(c, "unexpected '%s'", c->argv[0]) : keys_list(c, t);
	if (cmd_verb(c, "rotate"))
		return key_change(c, x, t, file, at, false);
	if (cmd_verb(c, "revoke"))
		return key_change(c, x, t, file, at, true);
	return cmd_usage(c, "say key list, key rotate or key revoke");
}

void say_root_files(struct cmd *c, str files)
{
	str name;

	while (str_split(&files, '\n', &name))
		if (name.n)
			cmd_note(c,
				 "the team's root key is in %s/%.*s: take it away and lock it up; "
				 "whoever has it can speak for the team\n",
				 c->data, STR_ARG(name));
}

void tell_peers(struct cmd *c, struct ctx *x)
{
	str missed = STR_NULL;
	struct why why = {0};

	if (link_announce_all(x, &missed, &why))
		cmd_note(c, "peers could not be told: %s\n", why.text);
	if (missed.n)
		cmd_note(c, "not told yet (they are told at the next contact):\n%.*s",
			 STR_ARG(missed));
}
