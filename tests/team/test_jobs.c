// SPDX-License-Identifier: Apache-2.0
#include "team/jobs.h"

#include <unistd.h>

#include "base/codec.h"
#include "team/hub.h"
#include "tests/team/node_fixture.h"

static struct uuid add_job(struct node_fixture *f, const char *kind, str payload, int64_t run_at_us)
{
	struct job j = {.kind = str_c(kind), .payload = payload, .run_at_us = run_at_us};
	struct uuid uid = {{0}};

	OK(job_add(f->node->store, &j, NULL, &uid, &why));
	return uid;
}

static struct job find(struct node_fixture *f, struct uuid uid)
{
	struct job j = {0};

	OK(job_find(f->node->store, &f->a, uid, &j, &why));
	return j;
}

static str upload(struct node_fixture *f, str text)
{
	struct file_writer *w;
	struct digest d;
	int64_t n;
	BUF(hex);

	OK(file_begin(f->node->store, 1 << 20, &w, &why));
	OK(file_write(w, text, &why));
	OK(file_commit(w, &d, &n, &why));
	hex_encode(&hex, d.b, sizeof(d.b));
	return arena_str(&f->a, buf_str(&hex));
}

static void imports(struct node_fixture *f)
{
	str file = upload(f, STR("evil.example\n203.0.113.5\n"));
	struct uuid ok = add_job(
			f, "import",
			arena_printf(
			    &f->a,
			    "{\"file\":\"%.*s\",\"name\":\"l.txt\",\"account\":%lld,\"options\":{"
			    "\"tlp\":\"TLP:GREEN\",\"format\":\"list\"}}",
			    STR_ARG(file), (long long)f->analyst[0]),
			0),
		    bad = add_job(f, "import", STR("{\"file\":\"00\"}"), 0),
		    option = add_job(
			f, "import",
			arena_printf(&f->a, "{\"file\":\"%.*s\",\"options\":{\"tlp\":\"PINK\"}}",
				     STR_ARG(file)),
			0),
		    nobody = add_job(
			f, "import",
			arena_printf(&f->a, "{\"file\":\"%.*s\",\"account\":99999}", STR_ARG(file)),
			0);
	struct json v;
	struct job j;

	OK(jobs_run_due(f->node, &why));
	j = find(f, ok);
	CHECK(str_eq(j.state, STR("done")));
	OK(json_parse(&f->a, j.result, NULL, &v, &why));
	CHECK(json_get_i64(json_get_c(&v, "objects"), "new", 0) == 2);
	/* refused ones are final and say why */
	const struct uuid refused[] = {bad, option, nobody};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		j = find(f, refused[i]);
		CHECK(str_eq(j.state, STR("failed")) && j.attempts == 1);
		OK(json_parse(&f->a, j.result, NULL, &v, &why));
		CHECK(json_get_str(&v, "error").n > 0);
	}
	/* the index of words was put off, and is done by now */
	str q = STR("evil.example");
	int32_t type = word_find(f->node->store, STR("indicator"));
	struct text_query tq = {.query = q, .types = &type, .n_types = 1, .limit = 10};
	struct record r[10];
	struct view all = {.all = true};
	int64_t next;
	size_t n = 0;

	OK(store_search(f->node->store, &f->a, &all, &tq, r, &n, &next, &why));
	CHECK(n == 1);
}

static void unknown_kinds(struct node_fixture *f)
{
	struct uuid uid = add_job(f, "no.such.kind", STR("{}"), 0),
		    later = add_job(f, "text_sweep", STR("{}"), clock_now_us() + 3600 * US_PER_S),
		    sweep = add_job(f, "text_sweep", STR("{}"), 0);

	OK(jobs_run_due(f->node, &why));
	CHECK(str_eq(find(f, uid).state, STR("failed")));
	CHECK(str_eq(find(f, later).state, STR("waiting")));
	CHECK(str_eq(find(f, sweep).state, STR("done")));
}

/* Workers take what comes while they sleep, also without being woken for it. */
static void workers(struct node_fixture *f)
{
	struct jobs *j = jobs_start(f->node, 2);
	struct uuid uid[20];
	bool done = false;

	CHECK(j != NULL);
	for (size_t i = 0; i < ARRAY_LEN(uid); i++)
		uid[i] = add_job(f, "text_sweep", STR("{}"), 0);
	jobs_wake(j);
	for (int tries = 0; tries < 200 && !done; tries++) {
		usleep(50000);
		done = true;
		for (size_t i = 0; i < ARRAY_LEN(uid); i++)
			done = done && str_eq(find(f, uid[i]).state, STR("done"));
	}
	CHECK(done);
	jobs_stop(j);
	jobs_stop(NULL);
	for (size_t i = 0; i < ARRAY_LEN(uid); i++)
		CHECK(find(f, uid[i]).attempts == 1);
}

/* When an embargo ends, those who wait behind a cursor meet the record. */
static void embargo_ends(struct node_fixture *f)
{
	char at[TIME_TEXT], c_text[UUID_TEXT];
	struct actor actor, other;
	struct record r = {0}, now = {0};
	struct ctx c;
	struct json o;

	OK(jobs_run_due(f->node, &why)); /* the clock is watched from here */
	time_text(clock_now_us() + US_PER_S, at);
	uuid_text(f->circle, c_text);
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	o = node_fixture_json(
	    f, arena_printf(&f->a,
			    "{'kind':'domain-name','value':'embargo.example','tlp':'TLP:AMBER',"
			    "'circles':['x-hikeshi-circle--%.*s'],'not_before':'%.*s'}",
			    UUID_TEXT, c_text, TIME_TEXT, at)
		   .p);
	OK(record_create(&c, catalog_plural(f->node->catalog, STR("observables")), &o, 0, &r,
			 &why));
	ctx_done(&c);
	node_fixture_ctx(f, f->lead[1], &other, &c);
	CHECK(!view_has(c.view, r.label));
	ctx_done(&c);
	usleep(1100000);
	OK(jobs_run_due(f->node, &why));
	node_fixture_ctx(f, f->lead[1], &other, &c);
	OK(store_find(f->node->store, &f->a, c.view, &r.uid, 1, true, &now, &why));
	CHECK(now.key && now.pos > r.pos && now.version == r.version + 1);
	CHECK(str_eq(now.body, r.body));
	ctx_done(&c);
	/* once */
	OK(jobs_run_due(f->node, &why));
	node_fixture_ctx(f, 0, &other, &c);
	OK(store_find(f->node->store, &f->a, c.view, &r.uid, 1, true, &now, &why));
	CHECK(now.version == r.version + 1);
	ctx_done(&c);
}

BOTH(imports)
BOTH(unknown_kinds)
BOTH(workers)
BOTH(embargo_ends)

RUN_TESTS(BOTH_ROWS(imports), BOTH_ROWS(unknown_kinds), BOTH_ROWS(workers), BOTH_ROWS(embargo_ends))
