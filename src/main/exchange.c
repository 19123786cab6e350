// SPDX-License-Identifier: Apache-2.0
/* import, export and search. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "main/cmd.h"
#include "net/client.h"
#include "net/http.h"
#include "team/import.h"
#include "team/jobs.h"

#define STREAM_MAX ((size_t)1 << 30) /* of what comes by a pipe or from an address */
#define FETCH_S 600

struct progress {
	struct cmd *c;
	int64_t started_us, said_us;
	bool terminal;
};

/* Once a second, on a terminal, after two seconds of work. */
static void say_progress(void *ctx, int64_t objects, int64_t done, int64_t total)
{
	struct progress *p = ctx;
	int64_t now = clock_mono_us();

	if (!p->terminal || now - p->started_us < 2 * US_PER_S || now - p->said_us < US_PER_S)
		return;
	p->said_us = now;
	cmd_note(p->c, "\r%lld objects, %lld %%", (long long)objects,
		 total ? (long long)(done * 100 / total) : 0LL);
}

static enum err import_stdin(struct cmd *c, struct ctx *x, const struct import_options *o,
			     struct import_result *r, struct why *why)
{
	return import_stream(x, o, c->in, STREAM_MAX, STR("standard input"), r, why);
}

/* Named by whoever administers the node; plain http reaches this machine only (net/client.h). */
static enum err import_url(const char *url, struct ctx *x, const struct import_options *o,
			   struct import_result *r, struct why *why)
{
	struct client *client = client_new();
	struct client_request rq = {.method = "GET",
				    .url = str_c(url),
				    .egress = EGRESS_PEER,
				    .limit_bytes = STREAM_MAX,
				    .timeout_s = FETCH_S};
	struct client_answer answer = {0};
	enum err err;

	err = client_send(client, x->arena, &rq, &answer, why);
	client_free(client);
	if (err && !why->text[0])
		return why_set(why, err, "'%s' cannot be fetched: %s", url, err_name(err));
	if (err)
		return err;
	if (answer.status >= 300 && answer.status < 400)
		return why_set(why, ERR_NOTFOUND, "'%s' has moved: name the new address, '%.*s'",
			       url, STR_ARG(client_header(&answer, "Location")));
	if (answer.status != 200)
		return why_set(why, ERR_NOTFOUND, "'%s' answers %d: see what is there", url,
			       answer.status);
	return import_text(x, o, str_c(url), answer.body, r, why);
}

static bool is_url(const char *text)
{
	return str_starts(str_c(text), STR("http://")) || str_starts(str_c(text), STR("https://"));
}

static void say_result(struct cmd *c, const struct import_result *r)
{
	if (c->json) {
		struct json_out o;
		BUF(b);

		json_out_init(&o, &b);
		import_result_json(&o, r);
		buf_add_char(&b, '\n');
		cmd_out(c, buf_str(&b));
		return;
	}
	cmd_print(c,
		  "files %lld\nobjects read %lld, new %lld, updated %lld, unchanged %lld, rejected "
		  "%lld\n",
		  (long long)r->files, (long long)r->read, (long long)r->created,
		  (long long)r->updated, (long long)r->unchanged, (long long)r->rejected);
	for (size_t i = 0; i < r->n_rejects; i++)
		cmd_print(c, "rejected: %.*s at byte %lld, %.*s: %.*s\n",
			  STR_ARG(r->rejects[i].file), (long long)r->rejects[i].position,
			  STR_ARG(r->rejects[i].path), STR_ARG(r->rejects[i].reason));
	if (import_unlisted(r))
		cmd_print(c, "rejected: %lld more, not listed\n", (long long)import_unlisted(r));
	for (size_t i = 0; i < r->n_losses; i++)
		cmd_print(c, "lost (%.*s): %.*s, %lld times\n", STR_ARG(r->losses[i].format),
			  STR_ARG(r->losses[i].what), (long long)r->losses[i].count);
}

static int import_all(struct cmd *c, struct ctx *x, const struct import_options *options)
{
	struct progress p = {.c = c, .started_us = clock_mono_us(), .terminal = isatty(c->err)};
	struct import_options o = *options;
	struct import_result r = {0};
	struct why why = {0};
	enum err err = ERR_OK;

	o.progress = say_progress;
	o.ctx = &p;
	for (int i = 0; i < c->argc && !err; i++)
		err = strcmp(c->argv[i], "-") == 0 ? import_stdin(c, x, &o, &r, &why)
		      : is_url(c->argv[i])         ? import_url(c->argv[i], x, &o, &r, &why)
					   : import_path(x, &o, c->cwd, c->argv[i], &r, &why);
	if (p.said_us)
		cmd_note(c, "\n");
	if (err)
		return cmd_fail(c, err, &why);
	say_result(c, &r);
	if (c->jobs)
		jobs_wake(c->jobs);
	else if (jobs_run_due(c->node, &why))
		cmd_note(c, "hikeshi: import: %s\n", why.text);
	if (r.failed_files) {
		cmd_note(c,
			 "hikeshi: import: %lld of the files could not be read: see what was "
			 "rejected\n",
			 (long long)r.failed_files);
		return EXIT_FAILED;
	}
	if (r.read + r.unchanged == 0) {
		cmd_note(c, "hikeshi: import: nothing in it is understood: name its --format\n");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

int cmd_import(struct cmd *c)
{
	const char *format = "auto", *circle = NULL, *tlp = NULL, *team = NULL;
	const struct cmd_option options[] = {{"--format", &format, NULL, NULL},
					     {"--circle", &circle, NULL, NULL},
					     {"--tlp", &tlp, NULL, NULL},
					     {"--team", &team, NULL, NULL}};
	struct import_options o = {0};
	struct uuid circle_id;
	struct actor actor;
	struct ctx x;
	int64_t key;
	int status = EXIT_USAGE;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (!c->argc)
		return cmd_usage(c,
				 "name a file, a directory, an address, or - for standard input");
	if (format_parse_name(str_c(format), &o.format) ||
	    (o.format != FORMAT_AUTO && !format_can_read(o.format)))
		return cmd_usage(c, "'%s' is not a format that can be read", format);
	if (tlp && tlp_parse(str_c(tlp), &o.tlp))
		return cmd_usage(c, "'%s' is not a TLP label", tlp);
	o.has_tlp = tlp != NULL;
	cmd_ctx(c, &x, &actor, 0);
	if (cmd_team(c, x.dir, team, &key) &&
	    (!circle || cmd_circle_named(c, circle, x.dir, &circle_id))) {
		actor.team = key;
		ctx_refresh(&x);
		o.circles = circle ? &circle_id : NULL;
		o.n_circles = circle ? 1 : 0;
		status = import_all(c, &x, &o);
	}
	ctx_done(&x);
	return status;
}

static int export_run(struct cmd *c, struct ctx *x, enum format_id f,
		      const struct export_filter *filter, const char *output)
{
	struct format_loss *losses = NULL;
	struct why why = {0};
	size_t n = 0;
	int64_t objects = 0;
	FD(fd) = output && strcmp(output, "-") != 0
		     ? openat(c->cwd, output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
		     : dup(c->out);
	enum err err;

	if (fd < 0) {
		cmd_note(
		    c, "hikeshi: export: '%s' cannot be written: name another file with --output\n",
		    output ? output : "-");
		return EXIT_FAILED;
	}
	err = export_to(x, f, filter, fd, &losses, &n, &objects, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < n; i++)
		cmd_note(c, "lost: %.*s, %lld times\n", STR_ARG(losses[i].what),
			 (long long)losses[i].count);
	return EXIT_OK;
}

int cmd_export(struct cmd *c)
{
	const char *format = "stix", *circle = NULL, *tlp = NULL, *team = NULL, *type = NULL,
		   *since = NULL, *output = NULL;
	const struct cmd_option options[] = {
	    {"--format", &format, NULL, NULL}, {"--circle", &circle, NULL, NULL},
	    {"--tlp", &tlp, NULL, NULL},       {"--team", &team, NULL, NULL},
	    {"--type", &type, NULL, NULL},     {"--since", &since, NULL, NULL},
	    {"--output", &output, NULL, NULL}};
	struct export_filter filter = {0};
	enum format_id f;
	struct actor actor;
	struct ctx x;
	int64_t key;
	int status = EXIT_USAGE;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (format_parse_name(str_c(format), &f) || !format_can_write(f))
		return cmd_usage(c, "'%s' is not a format that can be written", format);
	if (tlp && tlp_parse(str_c(tlp), &filter.max_tlp))
		return cmd_usage(c, "'%s' is not a TLP label", tlp);
	if (since && time_parse(str_c(since), &filter.since_us))
		return cmd_usage(c, "'%s' is not a time such as 2026-11-23T09:30:00Z", since);
	filter.has_max_tlp = tlp != NULL;
	filter.types = str_c(type);
	if (c->argc > 1)
		return cmd_usage(c, "unexpected '%s': a query is one argument", c->argv[1]);
	if (c->argc)
		filter.query = str_c(c->argv[0]);
	cmd_ctx(c, &x, &actor, 0);
	if (cmd_team(c, x.dir, team, &key) &&
	    (!circle || cmd_circle_named(c, circle, x.dir, &filter.circle))) {
		/* what a member of the team may see, not what the machine may see */
		actor = (struct actor){.account = -1,
				       .team = key,
				       .role = ROLE_LEAD,
				       .scopes = SCOPE_ALL,
				       .language = actor.language};
		ctx_refresh(&x);
		status = export_run(c, &x, f, &filter, output);
	}
	ctx_done(&x);
	return status;
}

static void jo_kmaybe(struct json_out *o, const char *key, str value)
{
	jo_key(o, key);
	if (value.n)
		jo_str(o, value);
	else
		jo_null(o);
}

static void search_line(struct cmd *c, struct ctx *x, const struct record *r, const char *matched)
{
	const struct label *l = label_get(c->node->store, r->label);
	const struct directory_team *t = directory_team(x->dir, r->team);
	str tlp = l ? tlp_label(l->tlp) : STR("TLP:RED"), title = record_title(x, r);
	struct json_out o;
	BUF(b);

	if (!c->json) {
		cmd_print(c, "%-18.*s %-16.*s %.*s  %.*s\n", STR_ARG(r->number), STR_ARG(tlp),
			  STR_ARG(record_id(x, r)), STR_ARG(title));
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "id", record_id(x, r));
	jo_kstr(&o, "type", word_text(c->node->store, r->type));
	jo_kmaybe(&o, "number", r->number);
	jo_kstr(&o, "title", title);
	jo_kmaybe(&o, "state", word_text(c->node->store, r->state));
	jo_kstr(&o, "tlp", tlp);
	jo_kmaybe(&o, "team", t ? record_id(x, &t->record) : STR_NULL);
	jo_ktime(&o, "modified", r->modified_us);
	jo_key(&o, "matched");
	jo_array(&o);
	jo_c(&o, matched);
	jo_end(&o);
	jo_end(&o);
	cmd_row(c, &b);
}

static int search_run(struct cmd *c, struct ctx *x, str query, size_t limit)
{
	struct text_query q = {.query = query, .limit = limit};
	struct record *r = arena_array(&c->arena, struct record, limit);
	struct known k = {0};
	struct why why = {0};
	size_t n = 0, shown = 0;
	int64_t next;
	enum err err = ERR_OK;

	if (value_guess(query) != VALUE_NONE)
		err = intel_lookup(&c->node->intel, &c->arena, x->view, &query, 1, &k, &why);
	if (!err)
		err = store_search(c->node->store, &c->arena, x->view, &q, r, &n, &next, &why);
	if (err)
		return cmd_fail(c, err, &why);
	for (size_t i = 0; i < k.n_records && shown < limit; i++, shown++)
		search_line(c, x, &k.records[i], "value");
	for (size_t i = 0; i < n && shown < limit; i++) {
		bool twice = false;

		for (size_t m = 0; m < k.n_records; m++)
			twice |= k.records[m].key == r[i].key;
		if (!twice) {
			search_line(c, x, &r[i], "text");
			shown++;
		}
	}
	if (!shown)
		cmd_note(c, "nothing found\n");
	return EXIT_OK;
}

int cmd_search(struct cmd *c)
{
	const char *limit = "20", *team = NULL;
	const struct cmd_option options[] = {{"--limit", &limit, NULL, NULL},
					     {"--team", &team, NULL, NULL}};
	struct actor actor;
	struct ctx x;
	uint64_t n;
	int64_t key;
	int status = EXIT_USAGE;
	BUF(query);

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (!c->argc || !c->argv[0][0])
		return cmd_usage(c, "say what to search for");
	if (str_u64(str_c(limit), &n) || n < 1 || n > 1000)
		return cmd_usage(c, "--limit is a number from 1 to 1000");
	for (int i = 0; i < c->argc; i++)
		buf_printf(&query, "%s%s", i ? " " : "", c->argv[i]);
	cmd_ctx(c, &x, &actor, 0);
	if (cmd_team(c, x.dir, team, &key)) {
		actor = (struct actor){.account = -1,
				       .team = key,
				       .role = ROLE_LEAD,
				       .scopes = SCOPE_ALL,
				       .language = actor.language};
		ctx_refresh(&x);
		status = search_run(c, &x, buf_str(&query), (size_t)n);
	}
	ctx_done(&x);
	return status;
}
