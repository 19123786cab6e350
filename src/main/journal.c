// SPDX-License-Identifier: Apache-2.0
/* journal: the node's journal, proofs of its entries, and the check of a proof, which needs no
 * node. */
#include "team/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "exchange/prove.h"
#include "main/cmd.h"

#define LIST_DEFAULT 50
#define LIST_MOST 10000

struct asked {
	const char *record, *kind, *actor, *since, *until, *limit, *epoch, *kept, *output;
	bool content;
	struct cmd_list roots;
	struct uuid epoch_id;
};

static enum err read_text(struct cmd *c, const char *path, str *ret, struct why *why)
{
	FD(fd) = strcmp(path, "-") == 0 ? dup(c->in) : openat(c->cwd, path, O_RDONLY | O_CLOEXEC);
	BUF(text);
	enum err err;

	if (fd < 0)
		return why_set(why, ERR_NOTFOUND, "'%s' cannot be read: name a file", path);
	err = fd_read_all(fd, PROOF_TEXT_MAX, &text, why);
	if (!err)
		*ret = arena_str(&c->arena, buf_str(&text));
	return err;
}

/* A checkpoint as it was kept: the note itself, or a file of JSON that holds one. */
static enum err read_kept(struct cmd *c, const char *path, str *ret, struct why *why)
{
	struct json v;
	enum err err = ERR_OK;

	*ret = STR_NULL;
	if (path)
		err = read_text(c, path, ret, why);
	if (!err && str_starts(str_trim(*ret), STR("{")) &&
	    json_parse(&c->arena, *ret, NULL, &v, NULL) == ERR_OK)
		*ret = json_get_str(&v, "checkpoint");
	return !err && path && !ret->n ? why_set(why, ERR_INVALID, "'%s' holds no checkpoint", path)
				       : err;
}

static int write_out(struct cmd *c, const char *path, str text)
{
	struct why why = {0};

	if (!path) {
		cmd_out(c, text);
		return EXIT_OK;
	}
	FD(fd) = openat(c->cwd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		cmd_note(c, "hikeshi: journal: '%s' cannot be written: name another file\n", path);
		return EXIT_FAILED;
	}
	enum err err = fd_write_all(fd, text, &why);

	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static str json_line(struct cmd *c, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	buf_add_char(&b, '\n');
	return arena_str(&c->arena, buf_str(&b));
}

/* ---- list, show ---- */

static void say_entry(struct cmd *c, struct ctx *x, const struct seen_entry *e, bool whole)
{
	struct json_out o;
	char at[TIME_TEXT];
	BUF(b);

	json_out_init(&o, &b);
	journal_json(x, e, whole, &o);
	if (c->json || whole) {
		cmd_row(c, &b);
		return;
	}
	time_text(e->x.e.at_us, at);
	cmd_print(c, "%lld\t%.*s\t%lld\t%.*s\t%.*s\t%.*s\n", (long long)e->x.e.seq, TIME_TEXT, at,
		  (long long)e->x.e.actor, STR_ARG(e->x.e.kind),
		  STR_ARG(e->record.key ? record_id(x, &e->record) : STR("-")),
		  STR_ARG(e->record.key ? record_title(x, &e->record) : STR("-")));
}

static bool time_option(struct cmd *c, const char *text, int64_t *ret)
{
	if (!text || time_parse(str_c(text), ret) == ERR_OK)
		return true;
	(void)cmd_usage(c, "'%s' is not a time such as 2026-11-23T09:30:00Z", text);
	return false;
}

static bool query_read(struct cmd *c, const struct asked *q, struct journal_query *ret, str *kind)
{
	uint64_t limit = LIST_DEFAULT;

	if (!time_option(c, q->since, &ret->since_us) || !time_option(c, q->until, &ret->until_us))
		return false;
	if (q->limit && (str_u64(str_c(q->limit), &limit) || !limit || limit > LIST_MOST)) {
		(void)cmd_usage(c, "'%s' is not a number from 1 to %d", q->limit, LIST_MOST);
		return false;
	}
	ret->limit = (size_t)limit;
	ret->actor = -1;
	if (q->kind) {
		*kind = str_c(q->kind);
		ret->kinds = kind;
		ret->n_kinds = 1;
	}
	return true;
}

static enum err query_find(struct cmd *c, struct ctx *x, const struct asked *q,
			   struct journal_query *ret, struct why *why)
{
	struct account a = {0};
	struct record r = {0};
	enum err err =
	    q->actor && strcmp(q->actor, "node") != 0 ? cmd_account(c, q->actor, &a, why) : ERR_OK;

	if (!err && q->record)
		err = record_get(x, NULL, str_c(q->record), &r, why);
	if (q->actor)
		ret->actor = a.key;
	ret->record = r.key;
	return err;
}

static int run_list(struct cmd *c, struct ctx *x, const struct asked *q)
{
	struct journal_query query = {0};
	size_t left;
	struct why why = {0};
	str kind;
	enum err err;

	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (!query_read(c, q, &query, &kind))
		return EXIT_USAGE;
	err = query_find(c, x, q, &query, &why);
	left = query.limit;
	do {
		struct seen_entry *e = NULL;
		size_t n = 0;

		query.limit = left;
		if (!err)
			err = journal_list(x, &query, &e, &n, &query.epoch, &query.seq, &why);
		for (size_t i = 0; i < n && !err; i++)
			say_entry(c, x, &e[i], false);
		left -= n;
	} while (!err && query.epoch && left);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static enum err named_entry(struct cmd *c, struct ctx *x, const struct asked *q,
			    struct seen_entry *ret, struct why *why)
{
	uint64_t seq;

	if (str_u64(str_c(c->argv[0]), &seq) || seq > INT64_MAX)
		return why_set(why, ERR_INVALID, "'%s' is no number of an entry: see 'list'",
			       c->argv[0]);
	return journal_get(x, q->epoch_id, (int64_t)seq, ret, why);
}

static int run_show(struct cmd *c, struct ctx *x, const struct asked *q)
{
	struct seen_entry e = {0};
	struct why why = {0};
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name the number of one entry");
	err = named_entry(c, x, q, &e, &why);
	if (err)
		return cmd_fail(c, err, &why);
	say_entry(c, x, &e, true);
	return EXIT_OK;
}

/* ---- proof, checkpoint ---- */

static enum err kept_size(struct cmd *c, const struct asked *q, int64_t *ret, struct why *why)
{
	struct journal_checkpoint cp;
	str kept;
	enum err err = read_kept(c, q->kept, &kept, why);

	*ret = -1;
	if (err || !kept.n)
		return err;
	err = checkpoint_parse(kept, &cp, why);
	if (!err)
		*ret = cp.size;
	return err;
}

static int run_proof(struct cmd *c, struct ctx *x, const struct asked *q)
{
	struct seen_entry e = {0};
	struct why why = {0};
	struct json v;
	int64_t kept;
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name the number of one entry");
	err = kept_size(c, q, &kept, &why);
	if (!err)
		err = named_entry(c, x, q, &e, &why);
	if (!err && q->content)
		err = journal_may_export(x, &e, &why);
	if (!err)
		err = prove_entry(x, &e.x, q->content, kept, &v, &why);
	return err ? cmd_fail(c, err, &why) : write_out(c, q->output, json_line(c, &v));
}

static int run_checkpoint(struct cmd *c, struct ctx *x, const struct asked *q)
{
	struct why why = {0};
	struct json v;
	int64_t kept;
	enum err err;

	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	err = kept_size(c, q, &kept, &why);
	if (!err)
		err = prove_checkpoint(x, q->epoch_id, kept, &v, &why);
	if (err)
		return cmd_fail(c, err, &why);
	return write_out(c, q->output, c->json ? json_line(c, &v) : json_get_str(&v, "checkpoint"));
}

/* ---- verify ---- */

static bool read_roots(struct cmd *c, const struct cmd_list *list, struct receipt_root *roots)
{
	for (size_t i = 0; i < list->n; i++) {
		if (hex_decode(list->v[i], roots[i].root.b, ED25519_PUBLIC_BYTES)) {
			(void)cmd_usage(c, "'%.*s' is no root key: give its 64 hexadecimal digits",
					STR_ARG(str_slice(list->v[i], 0, 80)));
			return false;
		}
	}
	return true;
}

static str uuid_str(struct cmd *c, struct uuid u)
{
	char text[UUID_TEXT];

	if (uuid_is_zero(u))
		return STR("-");
	uuid_text(u, text);
	return arena_str(&c->arena, (str){text, UUID_TEXT});
}

static void verified_json(struct cmd *c, const struct entry_proof *p, const struct receipt_proof *v,
			  bool kept)
{
	struct json_out o;
	BUF(root);
	BUF(b);

	hex_encode(&root, v->root.b, ED25519_PUBLIC_BYTES);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kbool(&o, "verified", true);
	jo_kbool(&o, "root_known", v->pinned);
	jo_kbool(&o, "goes_on", kept);
	jo_ki64(&o, "seq", p->seq);
	jo_ki64(&o, "size", v->checkpoint.size);
	jo_kstr(&o, "epoch", uuid_str(c, p->epoch));
	jo_kstr(&o, "node", uuid_str(c, v->checkpoint.node));
	jo_ktime(&o, "at", p->at_us);
	jo_ki64(&o, "actor", p->actor);
	jo_kstr(&o, "team", uuid_str(c, p->acting));
	jo_kstr(&o, "kind", p->kind);
	jo_kstr(&o, "subject", uuid_str(c, p->subject));
	jo_kbool(&o, "erased", p->erased);
	jo_kbool(&o, "opened", p->opened);
	jo_kstr(&o, "root", buf_str(&root));
	jo_kstr(&o, "fingerprint", fingerprint_text(&c->arena, v->fingerprint));
	jo_end(&o);
	cmd_row(c, &b);
}

/* How many bytes at p steer a terminal or turn the direction of a text. */
static size_t steers(const uint8_t *p, size_t n)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (n > 1 && p[0] == 0xc2 && p[1] < 0xa0)
		return 2;
	if (n > 2 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xaa && p[2] <= 0xae))) ||
	     (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 3;
	return 0;
}

/* Text of a stranger's file, with dots for what a terminal would obey. */
static str plain(struct cmd *c, str s)
{
	char *p = arena_alloc(&c->arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		size_t skip = steers((const uint8_t *)s.p + i, s.n - i);

		p[i] = skip ? '.' : s.p[i];
		for (; skip > 1; skip--)
			p[++i] = '.';
	}
	return (str){p, s.n};
}

static void verified_text(struct cmd *c, const struct entry_proof *p, const struct receipt_proof *v,
			  bool kept)
{
	char at[TIME_TEXT];

	time_text(p->at_us, at);
	cmd_print(c, "%.*s: %.*s, account %lld of team %.*s, %.*s\n", STR_ARG(plain(c, p->kind)),
		  STR_ARG(uuid_str(c, p->subject)), (long long)p->actor,
		  STR_ARG(uuid_str(c, p->acting)), TIME_TEXT, at);
	cmd_print(c, "  entry %lld of %lld in the journal of node %.*s, epoch %.*s\n",
		  (long long)p->seq, (long long)v->checkpoint.size,
		  STR_ARG(uuid_str(c, v->checkpoint.node)), STR_ARG(uuid_str(c, p->epoch)));
	if (p->erased)
		cmd_print(c, "  what it said was erased; that it was said stays\n");
	if (p->opened)
		cmd_print(c, "  it said: %.*s\n", STR_ARG(plain(c, p->text)));
	if (kept)
		cmd_print(c, "  the journal goes on from the checkpoint kept\n");
	if (v->pinned) {
		cmd_print(c, "  signed under the root key given\n");
		return;
	}
	cmd_print(c,
		  "  signed under a root key that was not given; ask the team whether its words "
		  "are\n    %.*s\n    %.*s\n",
		  STR_ARG(fingerprint_text(&c->arena, v->fingerprint)),
		  STR_ARG(fingerprint_kana(&c->arena, v->fingerprint)));
}

static int run_verify(struct cmd *c, const struct asked *q)
{
	struct receipt_root *roots = arena_array(&c->arena, struct receipt_root, q->roots.n + 1);
	struct entry_proof p = {0};
	struct receipt_proof v = {0};
	struct why why = {0};
	str text, kept;
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one file that holds a proof, or -");
	if (!read_roots(c, &q->roots, roots))
		return EXIT_USAGE;
	err = read_kept(c, q->kept, &kept, &why);
	if (!err)
		err = read_text(c, c->argv[0], &text, &why);
	if (!err)
		err = proof_verify_text(&c->arena, text, kept, roots, q->roots.n, &p, &v, &why);
	if (err)
		return cmd_fail(c, err, &why);
	(c->json ? verified_json : verified_text)(c, &p, &v, kept.n > 0);
	return EXIT_OK;
}

/* ---- */

int cmd_journal(struct cmd *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cmd *c, struct ctx *x, const struct asked *q);
	} verbs[] = {{"list", run_list},
		     {"show", run_show},
		     {"proof", run_proof},
		     {"checkpoint", run_checkpoint}};
	struct asked *q = arena_new(&c->arena, struct asked);
	const struct cmd_option options[] = {
	    {"--record", &q->record, NULL, NULL}, {"--kind", &q->kind, NULL, NULL},
	    {"--actor", &q->actor, NULL, NULL},   {"--since", &q->since, NULL, NULL},
	    {"--until", &q->until, NULL, NULL},   {"--limit", &q->limit, NULL, NULL},
	    {"--epoch", &q->epoch, NULL, NULL},   {"--kept", &q->kept, NULL, NULL},
	    {"--output", &q->output, NULL, NULL}, {"--content", NULL, &q->content, NULL},
	    {"--root", NULL, NULL, &q->roots}};
	struct actor actor;
	struct ctx x;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (q->epoch && uuid_parse(str_c(q->epoch), &q->epoch_id))
		return cmd_usage(c, "'%s' is not the id of an epoch", q->epoch);
	if (cmd_verb(c, "verify"))
		return run_verify(c, q);
	for (size_t i = 0; c->node && i < ARRAY_LEN(verbs); i++) {
		int status;

		if (!cmd_verb(c, verbs[i].name))
			continue;
		cmd_ctx(c, &x, &actor, 0);
		status = verbs[i].run(c, &x, q);
		ctx_done(&x);
		return status;
	}
	return cmd_usage(c, "say list, show, proof, checkpoint or verify");
}
