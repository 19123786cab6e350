// SPDX-License-Identifier: Apache-2.0
/* The demo's association is built on a new node; what it promises is counted: teams, warnings in
 * every state, inboxes that something concerns, and what must not be seen across teams. Built once,
 * asked by every test. */
#include "tests/check.h"

#include <ftw.h>
#include <unistd.h>

#include "base/codec.h"
#include "main/cmd.h"
#include "team/setup.h"
#include "team/warning.h"
#include "team/window.h"

static struct {
	char dir[64];
	struct node *node;
	struct cmd cmd;
	struct buf credentials;
	int64_t built_us;
	bool ok;
} w;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void clean(void)
{
	node_close(w.node);
	arena_done(&w.cmd.arena);
	buf_done(&w.credentials);
	(void)nftw(w.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What `hikeshi init` leaves: a team, its administrator, the setting that says whose node it is. */
static enum err init(struct why *why)
{
	struct store_options so = {.data_dir = w.dir};
	struct team_spec spec = {.name = STR("あかつき情報共有協議会 事務局"),
				 .country = STR("JP"),
				 .language = STR("ja")};
	struct actor actor;
	struct uuid uid;
	char u[UUID_TEXT];
	int64_t team = 0, key;
	struct ctx c;
	enum err err = store_create(&so, why);

	if (!err)
		err = node_open(w.dir, &w.node, why);
	if (err)
		return err;
	actor = node_actor(w.node, 0);
	ctx_init(&c, w.node, &w.cmd.arena, &actor);
	err = team_add(&c, &spec, &uid, &team, why);
	w.node->home_team = team;
	actor.team = team;
	ctx_refresh(&c);
	uuid_text(uid, u);
	if (!err)
		err = setting_set(w.node->store, STR("home_team"),
				  arena_printf(c.arena, "\"x-hikeshi-team--%.*s\"", UUID_TEXT, u),
				  0, why);
	if (!err)
		err = account_create(&c, team, STR("admin@akatsuki.example"), STR("admin"),
				     STR("administrator"), STR("ja"), STR("akatsuki-demo-2026"),
				     &key, why);
	ctx_done(&c);
	return err;
}

static void test_builds(void)
{
	struct why why = {0};
	enum err err;
	int64_t from;

	memcpy(w.dir, "/tmp/hk-demo-XXXXXX", 20);
	CHECK(mkdtemp(w.dir) != NULL);
	arena_init(&w.cmd.arena, 0);
	err = init(&why);
	from = clock_mono_us();
	if (!err)
		err = demo_build(&w.cmd, w.node, &w.credentials, &why);
	w.built_us = clock_mono_us() - from;
	w.ok = !err;
	if (err)
		printf("# %s: %s\n", err_name(err), why.text);
	printf("# built in %lld ms\n", (long long)(w.built_us / 1000));
	CHECK(!err);
	(void)atexit(clean);
}

/* ---- asking as somebody ---- */

struct asking {
	struct arena arena;
	struct actor actor;
	struct ctx c;
};

static bool ask(struct asking *a, const char *email)
{
	struct account x;

	arena_init(&a->arena, 0);
	if (!w.ok || account_by_email(w.node->store, &a->arena, str_c(email), &x, NULL) ||
	    node_account_actor(w.node, &a->arena, x.key, &a->actor, NULL)) {
		arena_done(&a->arena);
		return false;
	}
	ctx_init(&a->c, w.node, &a->arena, &a->actor);
	return true;
}

static void asked(struct asking *a)
{
	ctx_done(&a->c);
	arena_done(&a->arena);
}

/* What the asking person sees of a type, newest first. */
static size_t list(struct ctx *c, const char *plural, struct record *ret, size_t max)
{
	const struct catalog_type *t = catalog_plural(w.node->catalog, str_c(plural));
	struct list_query q = {.types = &t->code, .n_types = 1, .limit = max, .with_body = true};
	size_t n = 0;
	int64_t next;

	CHECK(!store_list(w.node->store, c->arena, c->view, &q, ret, &n, &next, NULL));
	return n;
}

static bool shows(struct ctx *c, const struct record *r, const char *text)
{
	struct json shown;
	BUF(b);

	if (record_render(c, r, &shown, NULL))
		return false;
	json_write(&b, &shown);
	return str_find(buf_str(&b), str_c(text)) >= 0;
}

static size_t all_records(struct record *r, size_t max, const char *plural, struct asking *a)
{
	struct view all = {.all = true};
	const struct catalog_type *t = catalog_plural(w.node->catalog, str_c(plural));
	struct list_query q = {.types = &t->code, .n_types = 1, .limit = max, .with_body = true};
	size_t n = 0;
	int64_t next;

	CHECK(!store_list(w.node->store, &a->arena, &all, &q, r, &n, &next, NULL));
	/* of a warning changed here and in the outbox at once either may be shown: we ask for the
	 * team's own */
	for (size_t i = 0; i < n; i++) {
		const struct directory_team *team = directory_team(a->c.dir, r[i].team);

		if (team && team->key != r[i].team)
			CHECK(!store_find_held(w.node->store, &a->arena, team->key, &r[i].uid, 1,
					       true, &r[i], NULL));
	}
	return n;
}

static void test_directory(void)
{
	struct asking a;

	if (!ask(&a, "lead@akatsuki.example")) {
		CHECK(false);
		return;
	}
	CHECK(a.c.dir->n_teams >= 12);
	CHECK(a.c.dir->n_circles == 3);
	CHECK(a.c.dir->n_people <= 30);
	for (size_t i = 0; i < a.c.dir->n_teams; i++) {
		const struct directory_team *t = &a.c.dir->teams[i];

		CHECK(t->name.n && t->name_ja.n && t->sector.n && t->email.n && t->phone.n);
		CHECK(str_starts(t->phone, STR("00-0000-"))); /* nobody's number */
		CHECK(t->ranges.n_nets && t->ranges.n_domains);
		for (size_t k = 0; k < t->ranges.n_domains; k++)
			CHECK(str_ends(t->ranges.domains[k], STR(".example")));
	}
	asked(&a);
}

/* No range of a team lies in another's: whom a value concerns must be one answer. */
static void test_ranges(void)
{
	struct asking a;

	if (!ask(&a, "lead@akatsuki.example")) {
		CHECK(false);
		return;
	}
	for (size_t i = 0; i < a.c.dir->n_teams; i++)
		for (size_t k = 0; k < a.c.dir->n_teams; k++) {
			const struct team_ranges *x = &a.c.dir->teams[i].ranges,
						 *y = &a.c.dir->teams[k].ranges;

			for (size_t n = 0; i != k && n < x->n_nets; n++)
				for (size_t m = 0; m < y->n_nets; m++)
					CHECK(!net_contains(&x->nets[n], &y->nets[m]));
		}
	asked(&a);
}

static void test_warning_states(void)
{
	static const char *const states[] = {
	    "draft",    "review",          "approved",          "issued",
	    "updating", "updating_review", "updating_approved", "withdrawn",
	    "closed",   "expired"};
	struct asking a;
	struct record r[100];
	size_t n;

	if (!ask(&a, "lead@akatsuki.example")) {
		CHECK(false);
		return;
	}
	n = all_records(r, 100, "warnings", &a);
	for (size_t k = 0; k < ARRAY_LEN(states); k++) {
		size_t count = 0;

		for (size_t i = 0; i < n; i++)
			count += directory_team(a.c.dir, r[i].team)->key == r[i].team &&
				 str_eq(word_text(w.node->store, r[i].state), str_c(states[k]));
		if (!count)
			printf("# no warning is %s\n", states[k]);
		CHECK(count > 0);
	}
	asked(&a);
}

/* How many values of received warnings concern a person's team; reason NULL: any; open: of those
 * the team has not answered. */
static size_t concerns_of(const char *email, const char *reason, bool open)
{
	struct asking a;
	struct record r[100];
	size_t n, count = 0;

	if (!ask(&a, email))
		return 0;
	n = list(&a.c, "warnings", r, 100);
	for (size_t i = 0; i < n; i++) {
		struct json_out o;
		struct json v;
		const struct json *items;
		BUF(b);

		json_out_init(&o, &b);
		if (r[i].team == a.actor.team || (open && shows(&a.c, &r[i], "\"answer\":")) ||
		    warning_concerns(&a.c, &r[i], &o, NULL) ||
		    json_parse(&a.arena, buf_str(&b), NULL, &v, NULL))
			continue;
		items = json_get_c(&v, "items");
		for (size_t k = 0; k < json_count(items); k++)
			count += !reason ||
				 str_eq(json_get_str(json_at(items, k), "reason"), str_c(reason));
	}
	asked(&a);
	return count;
}

static void test_concerns(void)
{
	static const struct {
		const char *email, *reason;
	} rows[] = {
	    {"lead@kita-logi.example", "report"},
	    {"lead@kita-logi.example", "incident"},
	    {"lead@hoshikage.example", "incident"},
	    {"lead@tsukimino-u.example", "sighting"},
	    {"analyst@hanakago.example", "range"},
	    {"analyst@yunagi-news.example", "domain"},
	    {"lead@yamanami-rail.example", "domain"},
	    {"analyst@miotsukushi-ins.example", "report"},
	    {"lead@shirakabazaka-hp.example", "report"},
	};

	static const char *const waiting[] = {"lead@kita-logi.example", "analyst@hanakago.example",
					      "analyst@miotsukushi-ins.example"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = concerns_of(rows[i].email, rows[i].reason, false);

		if (!n)
			printf("# nothing concerns %s by a %s\n", rows[i].email, rows[i].reason);
		CHECK(n > 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
		CHECK(concerns_of(waiting[i], NULL, true) > 0);
	CHECK(concerns_of("lead@city.asanagi.example", NULL, false) ==
	      0); /* and who has met nothing is told so */
}

/* Answers: one that says it is hit, and one given to an edition that was corrected since. */
static void test_answers(void)
{
	struct asking a;
	struct record r[100];
	size_t n, hit = 0, outdated = 0, most = 0;

	if (!ask(&a, "lead@akatsuki.example")) {
		CHECK(false);
		return;
	}
	n = all_records(r, 100, "warnings", &a);
	for (size_t i = 0; i < n; i++) {
		struct actor node = node_actor(w.node, r[i].team);
		struct json v;
		struct json_out o;
		struct ctx c;
		size_t answered = 0;
		BUF(b);

		if (directory_team(a.c.dir, r[i].team)->key != r[i].team)
			continue;
		ctx_init(&c, w.node, &a.arena, &node);
		json_out_init(&o, &b);
		CHECK(!warning_assessments(&c, &r[i], &o, NULL));
		CHECK(!json_parse(&a.arena, buf_str(&b), NULL, &v, NULL));
		for (size_t k = 0; k < json_count(json_get_c(&v, "items")); k++) {
			const struct json *x = json_at(json_get_c(&v, "items"), k);

			hit += str_eq(json_get_str(x, "state"), STR("affected")) ||
			       str_eq(json_get_str(x, "state"), STR("compromised"));
			outdated += json_get_bool(x, "outdated", false);
			answered += !str_eq(json_get_str(x, "state"), STR("no_answer"));
		}
		most = answered > most ? answered : most;
		ctx_done(&c);
	}
	CHECK(hit >= 3);
	CHECK(outdated >= 1);
	CHECK(most >= 5);
	asked(&a);
}

/* Own matters stay at home: every report, incident and task is seen by its team alone; a draft by
 * nobody else; what went to a sector or to one person is seen by nobody outside. */
static void test_nothing_leaks(void)
{
	static const char *const own[] = {"reports", "incidents", "tasks", "observables"};
	static const char *const readers[] = {
	    "lead@akatsuki.example",      "admin@akatsuki.example",
	    "lead@kita-logi.example",     "lead@higurashi-bank.example",
	    "lead@hoshikage.example",     "lead@shirakabazaka-hp.example",
	    "lead@tsukimino-u.example",   "lead@unkai-cloud.example",
	    "lead@yamanami-rail.example", "lead@city.asanagi.example",
	    "analyst@yunagi-news.example"};
	struct asking a;
	struct record r[200];

	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (!ask(&a, readers[i])) {
			CHECK(false);
			continue;
		}
		for (size_t k = 0; k < ARRAY_LEN(own); k++) {
			size_t n = list(&a.c, own[k], r, 200);

			for (size_t m = 0; m < n; m++)
				CHECK(r[m].team == a.actor.team);
		}
		size_t n = list(&a.c, "warnings", r, 200);
		const struct directory_team *t = directory_team(a.c.dir, a.actor.team);

		CHECK(n > 0);
		for (size_t m = 0; m < n; m++) {
			str state = word_text(w.node->store, r[m].state);

			if (r[m].team == t->key)
				continue;
			CHECK(str_eq(state, STR("issued")) || str_eq(state, STR("withdrawn")) ||
			      str_eq(state, STR("closed")) || str_eq(state, STR("expired")));
			CHECK(!shows(&a.c, &r[m], "ワンタイムパスワード中継型") ||
			      strstr(readers[i], "akatsuki") != NULL ||
			      strstr(readers[i], "higurashi-bank") != NULL);
			CHECK(!shows(&a.c, &r[m], "VPN 認証情報の売買") ||
			      strstr(readers[i], "shirakabazaka") != NULL);
			CHECK(!shows(&a.c, &r[m], "キタロジ") ||
			      r[m].team == t->outbox); /* who was hit is told to nobody */
		}
		asked(&a);
	}
}

/* What was said to a circle is read there, what was noted at home is not. */
static void test_comments(void)
{
	static const struct {
		const char *email, *text;
		bool seen;
	} rows[] = {
	    {"lead@akatsuki.example", "当社 CDN の共有アドレス", true},
	    {"lead@hoshikage.example", "No backport for 6.1.x", true},
	    {"lead@city.asanagi.example", "No backport for 6.1.x", false}, /* not in that circle */
	    {"lead@akatsuki.example", "共有 ID を停止する判断", false},
	    {"analyst@kita-logi.example", "共有 ID を停止する判断", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct asking a;
		struct record r[200];
		bool seen = false;

		if (!ask(&a, rows[i].email)) {
			CHECK(false);
			continue;
		}
		size_t n = list(&a.c, "comments", r, 200);

		for (size_t m = 0; m < n; m++)
			seen = seen || shows(&a.c, &r[m], rows[i].text);
		CHECK(seen == rows[i].seen);
		asked(&a);
	}
}

static void test_credentials(void)
{
	static const char *const roles[] = {"administrator", "secretariat", "lead",
					    "analyst",       "manager",     "reader"};
	str rest = buf_str(&w.credentials), line;
	size_t signed_in = 0;
	bool seen[ARRAY_LEN(roles)] = {0};

	while (str_split(&rest, '\n', &line)) {
		ptrdiff_t at = str_find(line, STR("password: ")), blank = str_find_char(line, ' ');
		str email;

		if (at < 0 || blank < 0)
			continue;
		email = str_trim(str_slice(line, (size_t)blank, (size_t)(at - blank)));
		for (size_t i = 0; i < ARRAY_LEN(roles); i++)
			seen[i] =
			    seen[i] || str_eq(str_slice(line, 0, (size_t)blank), str_c(roles[i]));
		if (signed_in < 2) { /* each takes a password hash */
			char secret[SECRET_TEXT];
			struct actor actor;
			str password = str_from(line, (size_t)at + 10);
			ARENA(arena, 0);

			password = str_slice(password, 0, (size_t)str_find_char(password, ' '));
			const struct sign_in in = {
			    .email = email, .password = password, .peer = STR("192.0.2.1")};

			CHECK(!account_sign_in(w.node, &arena, &in, secret, &actor, NULL));
		}
		signed_in++;
	}
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		CHECK(seen[i]);
	CHECK(str_find(buf_str(&w.credentials), STR("/report/status")) >= 0);
}

RUN_TESTS({"the story is told to its end", test_builds}, {"teams, circles, people", test_directory},
	  {"ranges do not overlap", test_ranges}, {"warnings in every state", test_warning_states},
	  {"several inboxes say: this concerns you", test_concerns}, {"answers", test_answers},
	  {"nothing leaks", test_nothing_leaks}, {"comments", test_comments},
	  {"the ways to sign in", test_credentials})
