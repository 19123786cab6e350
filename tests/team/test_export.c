// SPDX-License-Identifier: Apache-2.0
#include "team/import.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/team/node_fixture.h"

static void import_as(struct node_fixture *f, int64_t account, const struct import_options *o,
		      str text)
{
	struct import_options none = {0};
	struct import_result r = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, account, &actor, &c);
	OK(import_text(&c, o ? o : &none, STR("in"), text, &r, &why));
	CHECK(r.rejected == 0 && r.failed_files == 0);
	for (size_t i = 0; i < r.n_rejects && i < 5; i++)
		printf("# %.*s: %.*s\n", STR_ARG(r.rejects[i].path), STR_ARG(r.rejects[i].reason));
	ctx_done(&c);
}

static str export_as(struct node_fixture *f, int64_t account, enum format_id format,
		     const struct export_filter *filter, int64_t *ret_objects)
{
	struct export_filter none = {0};
	struct format_loss *losses = NULL;
	struct actor actor;
	struct ctx c;
	size_t n = 0;
	FD(fd) = memfd_create("export", 0);
	BUF(out);

	*ret_objects = 0;
	node_fixture_ctx(f, account, &actor, &c);
	OK(export_to(&c, format, filter ? filter : &none, fd, &losses, &n, ret_objects, &why));
	ctx_done(&c);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	OK(fd_read_all(fd, 64 << 20, &out, &why));
	return arena_str(&f->a, buf_str(&out));
}

static bool has(str text, const char *what)
{
	return str_find(text, str_c(what)) >= 0;
}

#define EVENT                                                                                      \
	"{\"Event\":{\"uuid\":\"aaaaaaaa-0000-4000-8000-000000000001\",\"info\":\"Wave\","         \
	"\"timestamp\":"                                                                           \
	"\"1700000000\",\"Tag\":[{\"name\":\"tlp:green\"}],\"Attribute\":[{\"uuid\":"              \
	"\"bbbbbbbb-0000-4000-8000-000000000001\",\"type\":\"domain\",\"category\":\"Network "     \
	"activity\","                                                                              \
	"\"to_ids\":true,\"timestamp\":\"1700000000\",\"value\":\"open.example\"},{\"uuid\":"      \
	"\"bbbbbbbb-0000-4000-8000-000000000002\",\"type\":\"domain\",\"category\":\"Network "     \
	"activity\","                                                                              \
	"\"to_ids\":true,\"timestamp\":\"1700000000\",\"value\":\"closed.example\",\"Tag\":[{"     \
	"\"name\":"                                                                                \
	"\"tlp:red\"}]}]}}"

/* What the reader may not see is in no byte of the file, and composed events name only what it may.
 */
static void through_the_gate(struct node_fixture *f)
{
	struct import_options circle = {.circles = &f->circle, .n_circles = 1};
	static const enum format_id formats[] = {FORMAT_STIX, FORMAT_MISP, FORMAT_CSV, FORMAT_ZEEK};
	int64_t n;

	import_as(f, f->analyst[0], &circle, STR(EVENT));
	import_as(f, f->analyst[0], NULL, STR("own.example\nown2.example\n"));
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		str mine = export_as(f, f->analyst[0], formats[i], NULL, &n);

		CHECK(n == 5 && has(mine, "open.example") && has(mine, "closed.example"));
		CHECK(has(mine, "own.example"));
		str theirs = export_as(f, f->analyst[1], formats[i], NULL, &n);

		CHECK(n == 2 && has(theirs, "open.example"));
		CHECK(!has(theirs, "closed.example") && !has(theirs, "own.example"));
		CHECK(!has(theirs, "bbbbbbbb-0000-4000-8000-000000000002"));
	}
	/* MISP in, MISP out: one event with its attribute inside */
	struct json v, *none = NULL;
	str misp = export_as(f, f->analyst[1], FORMAT_MISP, NULL, &n);

	(void)none;
	OK(json_parse(&f->a, misp, NULL, &v, &why));
	const struct json *event = json_get_c(json_at(json_get_c(&v, "response"), 0), "Event");

	CHECK(str_eq(json_get_str(event, "info"), STR("Wave")));
	CHECK(json_count(json_get_c(event, "Attribute")) == 1);
}

static void filters(struct node_fixture *f)
{
	struct import_options circle = {.circles = &f->circle, .n_circles = 1};
	struct import_options green = {.has_tlp = true, .tlp = TLP_GREEN};
	struct export_filter in_circle = {.circle = f->circle},
			     max = {.has_max_tlp = true, .max_tlp = TLP_GREEN},
			     query = {.query = STR("green.example")},
			     types = {.types = STR("observables")},
			     unknown = {.types = STR("dragons")}, since = {0};
	int64_t n;
	str out;

	import_as(f, f->analyst[0], &circle, STR("circle.example\ncircle2.example\n"));
	import_as(f, f->analyst[0], &green, STR("green.example\ngreen2.example\n"));
	out = export_as(f, f->analyst[0], FORMAT_CSV, &in_circle, &n);
	CHECK(n == 2 && has(out, "circle.example") && !has(out, "green.example"));
	out = export_as(f, f->analyst[0], FORMAT_CSV, &max, &n);
	CHECK(n == 2 && has(out, "green.example") && !has(out, "circle.example"));
	out = export_as(f, f->analyst[0], FORMAT_CSV, &types, &n);
	CHECK(n == 0);
	since.since_us = clock_now_us() + 3600 * US_PER_S;
	out = export_as(f, f->analyst[0], FORMAT_CSV, &since, &n);
	CHECK(n == 0);
	/* words are looked for once they are indexed */
	size_t done = 0;

	OK(store_text_backlog(f->node->store, 100, &done, &why));
	out = export_as(f, f->analyst[0], FORMAT_CSV, &query, &n);
	CHECK(n == 1 && has(out, "green.example") && !has(out, "green2.example"));
	struct format_loss *losses;
	struct actor actor;
	struct ctx c;
	size_t k;

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	CHECK(export_to(&c, FORMAT_CSV, &unknown, -1, &losses, &k, &n, NULL) == ERR_UNPROCESSABLE);
	actor.scopes = SCOPE_READ;
	CHECK(export_to(&c, FORMAT_CSV, &in_circle, -1, &losses, &k, &n, NULL) == ERR_DENIED);
	ctx_done(&c);
}

/* Reports and incidents go out only when named, and without what does not leave a team. */
static void own_records(struct node_fixture *f)
{
	struct json o = node_fixture_json(
	    f, "{'title':'Broken in','reporter':{'name':'Hanako Secret'},'description':'d'}");
	struct export_filter reports = {.types = STR("reports")};
	struct actor actor;
	struct record r;
	struct ctx c;
	int64_t n;
	str out;

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(record_create(&c, catalog_plural(f->node->catalog, STR("reports")), &o, 0, &r, &why));
	ctx_done(&c);
	out = export_as(f, f->analyst[0], FORMAT_STIX, NULL, &n);
	CHECK(n == 0 && !has(out, "Broken in"));
	out = export_as(f, f->analyst[0], FORMAT_STIX, &reports, &n);
	CHECK(n == 1 && has(out, "Broken in") && !has(out, "Hanako"));
	out = export_as(f, f->analyst[1], FORMAT_STIX, &reports, &n);
	CHECK(n == 0);
	/* an incident's indicators, by its links */
	struct import_options link = {.link_to = r.uid};
	struct export_filter one = {.record = r.uid};

	import_as(f, f->analyst[0], &link, STR("linked.example\nlinked2.example\n"));
	import_as(f, f->analyst[0], NULL, STR("elsewhere.example\nelse2.example\n"));
	out = export_as(f, f->analyst[0], FORMAT_CSV, &one, &n);
	CHECK(n == 2 && has(out, "linked.example") && !has(out, "elsewhere.example"));
}

static int64_t known_to(struct node_fixture *f, int64_t account, const char *value)
{
	str asked = str_c(value);
	struct known k = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, account, &actor, &c);
	OK(intel_lookup(&f->node->intel, &f->a, c.view, &asked, 1, &k, &why));
	ctx_done(&c);
	return k.count;
}

/* What is written is read again as the same, over several pages. */
static void round_trip(struct node_fixture *f, enum format_id format)
{
	BUF(list);
	int64_t n;

	for (int i = 0; i < 1203; i++)
		buf_printf(&list, "host%d.example\n", i);
	import_as(f, f->analyst[0], NULL, buf_str(&list));
	import_as(f, f->analyst[0], NULL, STR(EVENT));
	CHECK(known_to(f, f->analyst[0], "host1202.example") == 1);
	str out = export_as(f, f->analyst[0], format, NULL, &n);

	CHECK(n == 1206);
	CHECK(known_to(f, f->analyst[1], "host1202.example") == 0);
	import_as(f, f->analyst[1], NULL, out);
	CHECK(known_to(f, f->analyst[1], "host0.example") == 1);
	CHECK(known_to(f, f->analyst[1], "host1202.example") == 1);
	CHECK(known_to(f, f->analyst[1], "open.example") == 1);
}

static void round_trip_stix(struct node_fixture *f)
{
	round_trip(f, FORMAT_STIX);
}

static void round_trip_misp(struct node_fixture *f)
{
	round_trip(f, FORMAT_MISP);
}

BOTH(through_the_gate)
BOTH(filters)
BOTH(own_records)
BOTH(round_trip_stix)
BOTH(round_trip_misp)

RUN_TESTS(BOTH_ROWS(through_the_gate), BOTH_ROWS(filters), BOTH_ROWS(own_records),
	  BOTH_ROWS(round_trip_stix), BOTH_ROWS(round_trip_misp))
