// SPDX-License-Identifier: Apache-2.0
/* TAXII servers of others that this node reads. */
#include "exchange/taxii_client.h"
#include "main/cmd.h"
#include "policy/tlp.h"
#include "team/jobs.h"

struct given {
	const char *user, *password_file, *token_file, *tlp, *circle, *team, *every, *cert, *key,
	    *pin;
	struct cmd_list collections;
	bool internal, all;
};

/* "1h", "30m", "1d"; "0": never by itself. */
static bool interval(const char *text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}};
	str t = str_c(text);
	uint64_t n;

	*ret = SOURCE_EVERY_US;
	if (!text)
		return true;
	if (str_eq(t, STR("0"))) {
		*ret = 0;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(units) && t.n > 1; i++)
		if (t.p[t.n - 1] == units[i].unit &&
		    str_u64(str_slice(t, 0, t.n - 1), &n) == ERR_OK && n > 0 && n < 10000) {
			*ret = (int64_t)n * units[i].s * US_PER_S;
			return true;
		}
	return false;
}

/* ---- add ---- */

static enum err credentials(struct cmd *c, const struct given *g, struct source *s, struct why *why)
{
	const char *file = g->token_file ? g->token_file : g->password_file;
	enum err err = ERR_OK;

	if (g->cert)
		err = cmd_read_small(c, g->cert, &s->certificate, why);
	if (!err && g->cert)
		err = cmd_read_small(c, g->key, &s->private_key, why);
	if (err || !file)
		return err;
	s->auth = g->token_file ? STR("bearer") : STR("basic");
	s->user = g->token_file ? STR_NULL : str_c(g->user);
	return cmd_read_line(c, file, &s->secret, why);
}

static str joined(struct cmd *c, const struct cmd_list *l)
{
	BUF(b);

	for (size_t i = 0; i < l->n; i++) {
		if (i)
			buf_add_char(&b, ' ');
		buf_add(&b, l->v[i]);
	}
	return arena_str(&c->arena, buf_str(&b));
}

static int add(struct cmd *c, struct ctx *x, const struct given *g)
{
	struct source s = {.tlp = -1, .internal = g->internal}, made;
	struct why why = {0};
	char u[UUID_TEXT];
	enum tlp tlp;
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one address, such as https://taxii.example/taxii2/");
	if (!g->user != !g->password_file || (g->token_file && g->password_file))
		return cmd_usage(c, "give --user with --password-file, or --token-file alone");
	if (!g->cert != !g->key)
		return cmd_usage(c, "give --cert with --key, both PEM");
	if (g->tlp && tlp_parse(str_c(g->tlp), &tlp))
		return cmd_usage(c, "'%s' is not a TLP label", g->tlp);
	if (!interval(g->every, &s.every_us))
		return cmd_usage(c, "--every is a duration such as 30m, 1h or 1d, or 0 for never");
	if (!cmd_team(c, x->dir, g->team, &s.team) ||
	    (g->circle && !cmd_circle_named(c, g->circle, x->dir, &s.circle)))
		return EXIT_USAGE;
	s.tlp = g->tlp ? (int)tlp : -1;
	s.url = str_c(c->argv[0]);
	s.pin = g->pin ? str_c(g->pin) : STR_NULL;
	s.collections = joined(c, &g->collections);
	err = credentials(c, g, &s, &why);
	if (!err)
		err = taxii_source_add(x, &s, &made, &why);
	if (s.secret.p)
		secret_wipe((char *)(uintptr_t)s.secret.p,
			    s.secret.n); /* ours: read a moment ago */
	if (err)
		return cmd_fail(c, err, &why);
	uuid_text(made.uid, u);
	cmd_id(c, (str){u, UUID_TEXT});
	return EXIT_OK;
}

/* ---- list, remove ---- */

static const char *own_language(const struct ctx *x, str en, str ja)
{
	return arena_cstr(x->arena, strcmp(x->lang, "ja") == 0 && ja.n ? ja : en);
}

static enum err show(struct cmd *c, struct ctx *x, const struct source *s, struct why *why)
{
	struct json_out o;
	char u[UUID_TEXT], at[TIME_TEXT];
	enum err err;
	BUF(b);

	uuid_text(s->uid, u);
	if (!c->json) {
		if (s->last_run_us)
			time_text(s->last_run_us, at);
		cmd_print(c, "%.*s  %.*s  %.*s%s%s\n", UUID_TEXT, u, s->last_run_us ? TIME_TEXT : 5,
			  s->last_run_us ? at : "never", STR_ARG(s->url),
			  s->last_error.n ? "  " : "",
			  own_language(x, s->last_error, s->last_error_ja));
		return ERR_OK;
	}
	json_out_init(&o, &b);
	err = taxii_source_json(x, s, &o, why);
	if (!err)
		cmd_row(c, &b);
	return err;
}

static int list(struct cmd *c, struct ctx *x)
{
	struct source *s = NULL;
	struct why why = {0};
	size_t n = 0;
	enum err err;

	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	err = source_list(c->node->store, &c->arena, &s, &n, &why);
	for (size_t i = 0; i < n && !err; i++)
		err = show(c, x, &s[i], &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static int drop(struct cmd *c, struct ctx *x)
{
	struct source s;
	struct why why = {0};
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one source: see 'hikeshi taxii list'");
	err = taxii_source_find(x, str_c(c->argv[0]), &s, &why);
	if (!err)
		err = taxii_source_remove(x, &s, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

static int pause_or_not(struct cmd *c, struct ctx *x, bool paused)
{
	struct source s;
	struct why why = {0};
	enum err err;

	if (c->argc != 1)
		return cmd_usage(c, "name one source: see 'hikeshi taxii list'");
	err = taxii_source_find(x, str_c(c->argv[0]), &s, &why);
	s.paused = paused;
	if (!err)
		err = taxii_source_edit(x, &s, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

/* ---- pull ---- */

static void say_row(struct cmd *c, struct ctx *x, const struct source *s,
		    const struct taxii_told *t)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "source", s->url);
	jo_kstr(&o, "root", t->root);
	jo_kstr(&o, "collection", t->collection);
	jo_kstr(&o, "title", t->title);
	jo_ki64(&o, "pages", t->pages);
	jo_ki64(&o, "read", t->read);
	jo_ki64(&o, "new", t->created);
	jo_ki64(&o, "updated", t->updated);
	jo_ki64(&o, "unchanged", t->unchanged);
	jo_ki64(&o, "rejected", t->rejected);
	jo_key(&o, "reasons");
	jo_array(&o);
	for (size_t i = 0; i < t->n_reasons; i++)
		jo_str(&o, t->reasons[i]);
	jo_end(&o);
	jo_key(&o, "error");
	jo_c(&o, t->error.n ? own_language(x, t->error, t->error_ja) : NULL);
	jo_end(&o);
	cmd_row(c, &b);
}

static void say(struct cmd *c, struct ctx *x, const struct source *s, const struct taxii_told *t)
{
	str where = t->title.n ? t->title : t->collection.n ? t->collection : t->root;

	if (c->json) {
		say_row(c, x, s, t);
		return;
	}
	if (!where.n)
		where = s->url;
	if (!t->collection.n || (t->error.n && !t->pages)) {
		cmd_print(c, "%.*s: %s\n", STR_ARG(where), own_language(x, t->error, t->error_ja));
		return;
	}
	cmd_print(c, "%.*s: read %lld, new %lld, updated %lld, unchanged %lld, rejected %lld%s%s\n",
		  STR_ARG(where), (long long)t->read, (long long)t->created, (long long)t->updated,
		  (long long)t->unchanged, (long long)t->rejected, t->error.n ? "; " : "",
		  own_language(x, t->error, t->error_ja));
	for (size_t i = 0; i < t->n_reasons; i++)
		cmd_print(c, "  rejected: %.*s\n", STR_ARG(t->reasons[i]));
}

static bool pull_one(struct cmd *c, struct ctx *x, const struct source *s, bool all)
{
	struct taxii_told *t = NULL;
	struct why why = {0};
	size_t n = 0;
	bool good = true;
	ARENA(a, 0);
	enum err err = taxii_pull(c->node, &a, s, all, NULL, &t, &n, &why);

	for (size_t i = 0; i < n; i++) {
		say(c, x, s, &t[i]);
		good = good && !t[i].error.n;
	}
	if (err)
		cmd_note(c, "hikeshi: taxii: %.*s: %s\n", STR_ARG(s->url),
			 why.text[0] ? why.text : err_name(err));
	return good && !err;
}

static int pull(struct cmd *c, struct ctx *x, bool all)
{
	struct source one, *s = &one;
	struct why why = {0};
	size_t n = 1;
	bool good = true;
	enum err err;

	if (c->argc > 1)
		return cmd_usage(c, "name one source, or none for all");
	err = c->argc ? taxii_source_find(x, str_c(c->argv[0]), &one, &why)
		      : source_list(c->node->store, &c->arena, &s, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++)
		good = ((!c->argc && s[i].paused) || pull_one(c, x, &s[i], all)) && good;
	if (c->jobs)
		jobs_wake(c->jobs);
	else if (jobs_run_due(c->node, &why))
		cmd_note(c, "hikeshi: taxii: %s\n", why.text);
	return good ? EXIT_OK : EXIT_FAILED;
}

static int taxii_run(struct cmd *c, struct ctx *x)
{
	struct given g = {0};
	const struct cmd_option options[] = {{"--user", &g.user, NULL, NULL},
					     {"--password-file", &g.password_file, NULL, NULL},
					     {"--token-file", &g.token_file, NULL, NULL},
					     {"--collection", NULL, NULL, &g.collections},
					     {"--tlp", &g.tlp, NULL, NULL},
					     {"--circle", &g.circle, NULL, NULL},
					     {"--team", &g.team, NULL, NULL},
					     {"--cert", &g.cert, NULL, NULL},
					     {"--key", &g.key, NULL, NULL},
					     {"--pin", &g.pin, NULL, NULL},
					     {"--every", &g.every, NULL, NULL},
					     {"--internal", NULL, &g.internal, NULL},
					     {"--all", NULL, &g.all, NULL}};

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (cmd_verb(c, "add"))
		return add(c, x, &g);
	if (cmd_verb(c, "list"))
		return list(c, x);
	if (cmd_verb(c, "remove"))
		return drop(c, x);
	if (cmd_verb(c, "pull"))
		return pull(c, x, g.all);
	if (cmd_verb(c, "pause"))
		return pause_or_not(c, x, true);
	if (cmd_verb(c, "resume"))
		return pause_or_not(c, x, false);
	return cmd_usage(c, "say add, list, pause, resume, remove or pull");
}

int cmd_taxii(struct cmd *c)
{
	return cmd_with_ctx(c, taxii_run);
}
