// SPDX-License-Identifier: Apache-2.0
#include "team/import.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "team/record_internal.h"
#include "tests/team/node_fixture.h"

#define INDICATOR(id, modified, value, more)                                                       \
	"{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--" id                 \
	"\",\"created\":\"2026-01-01T00:00:00.000Z\",\"modified\":\"" modified                     \
	"\",\"pattern\":\"[domain-name:value = '" value                                            \
	"']\",\"pattern_type\":\"stix\",\"valid_from\":\"2026-01-01T00:00:00Z\"" more "}"
#define ID1 "11111111-1111-4111-8111-111111111111"
#define ID2 "22222222-2222-4222-8222-222222222222"
#define BUNDLE(x)                                                                                  \
	STR("{\"type\":\"bundle\",\"id\":\"bundle--99999999-9999-4999-8999-999999999999\","        \
	    "\"objects\":[" x "]}")
#define T1 "2026-01-01T00:00:00.000Z"
#define T2 "2026-02-01T00:00:00.000Z"
#define GREEN                                                                                      \
	",\"object_marking_refs\":[\"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb\"]"

static struct import_result import(struct node_fixture *f, int64_t account,
				   const struct import_options *o, str text)
{
	struct import_options none = {0};
	struct import_result r = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, account, &actor, &c);
	OK(import_text(&c, o ? o : &none, STR("a.txt"), text, &r, &why));
	ctx_done(&c);
	CHECK(r.read == r.created + r.updated + r.unchanged + r.rejected);
	return r;
}

static bool counts(const struct import_result *r, int64_t created, int64_t updated,
		   int64_t unchanged, int64_t rejected)
{
	bool ok = r->created == created && r->updated == updated && r->unchanged == unchanged &&
		  r->rejected == rejected;

	if (!ok) {
		printf("# new %lld updated %lld unchanged %lld rejected %lld failed %lld\n",
		       (long long)r->created, (long long)r->updated, (long long)r->unchanged,
		       (long long)r->rejected, (long long)r->failed_files);
		for (size_t i = 0; i < r->n_rejects && i < 5; i++)
			printf("# %.*s: %.*s\n", STR_ARG(r->rejects[i].path),
			       STR_ARG(r->rejects[i].reason));
	}
	return ok;
}

static struct record held(struct node_fixture *f, int64_t team, const char *uuid)
{
	struct record r = {0};
	struct uuid u;

	CHECK(uuid_parse(str_c(uuid), &u) == ERR_OK);
	OK(store_find_held(f->node->store, &f->a, team, &u, 1, true, &r, &why));
	return r;
}

static enum tlp held_tlp(struct node_fixture *f, int64_t team, const char *uuid)
{
	const struct label *l = label_get(f->node->store, held(f, team, uuid).label);

	return l ? l->tlp : TLP_CLEAR;
}

/* A second import changes nothing; newer replaces, older does not, another body of the same time is
 * reported. */
static void versions(struct node_fixture *f)
{
	str first = BUNDLE(
	    INDICATOR(ID1, T1, "evil.example", GREEN) "," INDICATOR(ID2, T2, "b.example", ""));
	struct import_result r = import(f, f->analyst[0], NULL, first);

	CHECK(counts(&r, 2, 0, 0, 0) && r.files == 1 && r.failed_files == 0);
	CHECK(held(f, f->team[0], ID1).flags & RECORD_BULK);
	r = import(f, f->analyst[0], NULL, first);
	CHECK(counts(&r, 0, 0, 2, 0));
	r = import(f, f->analyst[0], NULL,
		   BUNDLE(INDICATOR(ID1, T2, "evil2.example",
				    GREEN) "," INDICATOR(ID2, T1, "old.example", "")));
	CHECK(counts(&r, 0, 1, 1, 0));
	CHECK(str_find(held(f, f->team[0], ID1).body, STR("evil2.example")) > 0);
	CHECK(str_find(held(f, f->team[0], ID2).body, STR("b.example")) > 0);
	CHECK(held(f, f->team[0], ID1).version == 2);
	r = import(f, f->analyst[0], NULL, BUNDLE(INDICATOR(ID1, T2, "forged.example", GREEN)));
	CHECK(counts(&r, 0, 0, 0, 1) && r.n_rejects == 1);
	CHECK(str_find(r.rejects[0].reason, STR("same modified time")) > 0);
	CHECK(str_find(held(f, f->team[0], ID1).body, STR("evil2.example")) > 0);
	/* what the other team holds makes no difference to what I am told */
	r = import(f, f->analyst[1], NULL, first);
	CHECK(counts(&r, 2, 0, 0, 0));
	CHECK(str_find(held(f, f->team[0], ID1).body, STR("evil2.example")) > 0);
}

/* Repeats inside one file are compared with what stands before them. */
static void repeats(struct node_fixture *f)
{
	struct import_result r = import(
	    f, f->analyst[0], NULL,
	    BUNDLE(
		INDICATOR(ID1, T1, "a.example", "") "," INDICATOR(ID1, T1, "a.example", "") "," //
		INDICATOR(ID1, T1, "x.example", "") "," INDICATOR(ID1, T2, "b.example", "")));

	CHECK(counts(&r, 1, 1, 1, 1));
	CHECK(str_find(held(f, f->team[0], ID1).body, STR("b.example")) > 0);
	CHECK(held(f, f->team[0], ID1).version == 1);
	r = import(f, f->analyst[0], NULL,
		   STR("type,value\ndomain-name,evil.example\ndomain-name,EVIL.example.\n"
		       "domain-name,other.example\n"));
	CHECK(counts(&r, 2, 0, 1, 0));
}

/* Values without ids are the same records whenever the same team reads them. */
static void lists(struct node_fixture *f)
{
	str list = STR("evil.example\n203.0.113.7\nhxxp://bad[.]example/x\n");
	struct import_result r = import(f, f->analyst[0], NULL, list);

	CHECK(counts(&r, 3, 0, 0, 0));
	r = import(f, f->analyst[0], NULL, list);
	CHECK(counts(&r, 0, 0, 3, 0));
	r = import(f, f->analyst[1], NULL, list);
	CHECK(counts(&r, 3, 0, 0, 0));
	str asked = STR("http://bad.example/x");
	struct known k = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(intel_lookup(&f->node->intel, &f->a, c.view, &asked, 1, &k, &why));
	CHECK(k.count == 1);
	ctx_done(&c);
}

/* A stream is read as a file is, and not beyond its limit. */
static void streams(struct node_fixture *f)
{
	const struct import_options none = {0};
	struct import_result r = {0};
	struct actor actor;
	struct ctx c;
	struct why reason = {0};
	int ends[2];

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	for (size_t limit = 10; limit <= 1000; limit *= 100) {
		CHECK(pipe2(ends, O_CLOEXEC) == 0);
		OK(fd_write_all(ends[1], STR("evil.example\nbad.example\n"), &why));
		CHECK(close(ends[1]) == 0);
		CHECK(import_stream(&c, &none, ends[0], limit, STR("-"), &r, &reason) ==
		      (limit == 10 ? ERR_LIMIT : ERR_OK));
		CHECK(close(ends[0]) == 0);
	}
	CHECK(counts(&r, 2, 0, 0, 0) && r.files == 1);
	ctx_done(&c);
}

static void labels(struct node_fixture *f)
{
	struct import_options o = {
	    .has_tlp = true, .tlp = TLP_AMBER, .circles = &f->circle, .n_circles = 1};
	struct import_options circle = {.circles = &f->circle, .n_circles = 1};
	struct import_options red = {.has_tlp = true, .tlp = TLP_RED};
	str both =
	    BUNDLE(INDICATOR(ID1, T1, "a.example", GREEN) "," INDICATOR(ID2, T1, "b.example", ""));
	struct actor actor;
	struct record r;
	struct ctx c;

	/* nothing says anything: AMBER+STRICT; the content's own stands */
	(void)import(f, f->analyst[0], NULL, both);
	CHECK(held_tlp(f, f->team[0], ID1) == TLP_GREEN);
	CHECK(held_tlp(f, f->team[0], ID2) == TLP_AMBER_STRICT);
	/* the stricter of content and option */
	(void)import(f, f->analyst[1], &o, both);
	CHECK(held_tlp(f, f->team[1], ID1) == TLP_AMBER &&
	      held_tlp(f, f->team[1], ID2) == TLP_AMBER);
	CHECK(label_get(f->node->store, held(f, f->team[1], ID1).label)->n_circles == 1);
	/* a newer version does not widen what is held */
	(void)import(f, f->analyst[1], NULL, BUNDLE(INDICATOR(ID1, T2, "a.example", GREEN)));
	CHECK(held(f, f->team[1], ID1).version == 2 && held_tlp(f, f->team[1], ID1) == TLP_AMBER);
	CHECK(label_get(f->node->store, held(f, f->team[1], ID1).label)->n_circles == 1);
	(void)import(f, f->analyst[0], &red, BUNDLE(INDICATOR(ID1, T2, "a.example", GREEN)));
	CHECK(held_tlp(f, f->team[0], ID1) == TLP_RED);
	/* RED is named to who imported it, and to nobody else of the team */
	r = held(f, f->team[0], ID1);
	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	CHECK(view_has(c.view, r.label));
	ctx_done(&c);
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	CHECK(!view_has(c.view, r.label));
	ctx_done(&c);
	/* the machine names those who answer for the team */
	(void)import(f, 0, &red, STR("red.example\nred2.example\n"));
	/* a circle's default TLP */
	(void)import(f, f->analyst[0], &circle, STR("in-circle.example\nin2.example\n"));
	str asked[2] = {STR("red.example"), STR("in-circle.example")};
	struct known k[2] = {0};

	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(intel_lookup(&f->node->intel, &f->a, c.view, asked, 2, k, &why));
	CHECK(k[0].count == 1 && k[1].count == 1);
	ctx_done(&c);
	memset(k, 0, sizeof(k));
	node_fixture_ctx(f, f->analyst[1], &actor, &c);
	OK(intel_lookup(&f->node->intel, &f->a, c.view, asked, 2, k, &why));
	CHECK(k[0].count == 0 && k[1].count == 1);
	if (k[1].n_records)
		CHECK(label_get(f->node->store, k[1].records[0].label)->tlp == TLP_AMBER);
	ctx_done(&c);
}

#define EVENT "aaaaaaaa-0000-4000-8000-00000000000"
#define ATTRIBUTE(n, value)                                                                        \
	"{\"uuid\":\"bbbbbbbb-0000-4000-8000-00000000000" n                                        \
	"\",\"type\":\"domain\",\"category\":\"Network activity\",\"to_ids\":true,\"timestamp\":"  \
	"\"1700000000\",\"value\":\"" value "\"}"

static void misp_parts(struct node_fixture *f)
{
	struct import_result r = import(
	    f, f->analyst[0], NULL,
	    STR("{\"Event\":{\"uuid\":\"" EVENT
		"1\",\"info\":\"Phishing wave\",\"timestamp\":\"1700000000\","
		"\"Tag\":[{\"name\":\"tlp:green\"}],\"Attribute\":[" ATTRIBUTE(
		    "1",
		    "a.example") "," ATTRIBUTE("2",
					       "b.example") "],\"Object\":[{\"uuid\":\"cccccccc-"
							    "0000-4000-8000-000000000001\","
							    "\"name\":\"file\",\"timestamp\":"
							    "\"1700000000\",\"Attribute\":"
							    "[" ATTRIBUTE("3",
									  "c.example") "]}]}}"));
	struct record event = held(f, f->team[0], EVENT "1"),
		      object = held(f, f->team[0], "cccccccc-0000-4000-8000-000000000001");

	CHECK(counts(&r, 5, 0, 0, 0));
	CHECK(event.key && !event.parent && object.parent == event.key);
	CHECK(held(f, f->team[0], "bbbbbbbb-0000-4000-8000-000000000001").parent == event.key);
	CHECK(held(f, f->team[0], "bbbbbbbb-0000-4000-8000-000000000003").parent == object.key);
	CHECK(held_tlp(f, f->team[0], "bbbbbbbb-0000-4000-8000-000000000003") == TLP_GREEN);
}

/* n attributes of one event, as a feed would write them. */
static void write_event(struct buf *b, int from, int n)
{
	buf_printf(b, "{\"Event\":{\"uuid\":\"" EVENT "2\",\"info\":\"Large event\",\"timestamp\":"
		      "\"1700000000\",\"Attribute\":[");
	for (int i = from; i < from + n; i++)
		buf_printf(b,
			   "%s{\"uuid\":\"dddddddd-0000-4000-8000-%012d\",\"type\":\"domain\","
			   "\"category\":"
			   "\"Network "
			   "activity\",\"to_ids\":true,\"timestamp\":\"1700000000\",\"comment\":"
			   "\"generated "
			   "for a test of size\",\"value\":\"host%d.net%d.example\"}",
			   i > from ? "," : "", i, i, i / 100);
	buf_add(b, STR("]}}"));
}

/* Parts find their event across batches, and nothing is lost or counted twice. */
static void many(struct node_fixture *f)
{
	struct import_result r;
	struct record event;
	BUF(b);

	write_event(&b, 0, 45000);
	r = import(f, f->analyst[0], NULL, buf_str(&b));
	CHECK(counts(&r, 45001, 0, 0, 0));
	event = held(f, f->team[0], EVENT "2");
	CHECK(event.key &&
	      held(f, f->team[0], "dddddddd-0000-4000-8000-000000000001").parent == event.key);
	CHECK(held(f, f->team[0], "dddddddd-0000-4000-8000-000000044999").parent == event.key);
	r = import(f, f->analyst[0], NULL, buf_str(&b));
	CHECK(counts(&r, 0, 0, 45001, 0));
}

static void linked(struct node_fixture *f)
{
	struct json report = node_fixture_json(f, "{'title':'t'}");
	struct import_options o = {0};
	struct record r;
	struct actor actor;
	struct ctx c;
	struct link *links = NULL;
	size_t n = 0;

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(record_create(&c, catalog_plural(f->node->catalog, STR("reports")), &report, 0, &r,
			 &why));
	ctx_done(&c);
	o.link_to = r.uid;
	(void)import(f, f->analyst[0], &o,
		     STR("a.example and 203.0.113.9 were seen, b[.]example too."));
	OK(store_links(f->node->store, &f->a, &r.key, 1, &links, &n, &why));
	CHECK(n == 3 && str_eq(links[0].relation, STR("has")));
	/* not another team's */
	struct import_result result = {0};

	node_fixture_ctx(f, f->analyst[1], &actor, &c);
	CHECK(import_text(&c, &o, STR("x"), STR("c.example\nd.example\n"), &result, NULL) ==
	      ERR_NOTFOUND);
	ctx_done(&c);
	/* nor what others of the team are named for */
	report = node_fixture_json(f, "{'title':'r','tlp':'RED'}");
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(record_create(&c, catalog_plural(f->node->catalog, STR("reports")), &report, 0, &r,
			 &why));
	ctx_done(&c);
	o.link_to = r.uid;
	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	CHECK(import_text(&c, &o, STR("x"), STR("c.example\n"), &result, NULL) == ERR_DENIED);
	OK(store_links(f->node->store, &f->a, &r.key, 1, &links, &n, &why));
	CHECK(n == 0);
	ctx_done(&c);
}

static void put_file(struct node_fixture *f, const char *dir, const char *name, str text)
{
	str path = arena_printf(&f->a, "%s/%s", dir, name);

	OK(file_replace(path.p, text, 0600, &why));
}

static void directories(struct node_fixture *f)
{
	const char *dir = arena_printf(&f->a, "%s/in", f->dir).p,
		   *below = arena_printf(&f->a, "%s/in/below", f->dir).p;
	struct import_options o = {0};
	struct import_result r = {0};
	struct actor actor;
	struct ctx c;

	OK(dir_make(below, &why));
	put_file(f, dir, "list.txt", STR("evil.example\n203.0.113.7\n"));
	put_file(f, dir, "empty.txt", STR(""));
	put_file(f, dir, "binary.bin",
		 STR("\x7f"
		     "ELF\0\0\0\0\0\0\0"));
	put_file(f, dir, "broken.json", STR("{\"type\":\"bundle\",\"objects\":[{\"type\":"));
	put_file(f, dir, ".hidden", STR("hidden.example\n"));
	put_file(f, below, "manifest.json", STR("{\"" EVENT "1\":{\"info\":\"x\"}}"));
	put_file(f, below, "hashes.csv", STR("d41d8cd98f00b204e9800998ecf8427e," EVENT "1\n"));
	put_file(f, below, "event.json",
		 STR("{\"Event\":{\"uuid\":\"" EVENT
		     "1\",\"info\":\"i\",\"timestamp\":\"1700000000\",\"Attribute\":[" ATTRIBUTE(
			 "1", "a.example") "]}}"));
	CHECK(symlink("/etc", arena_printf(&f->a, "%s/out", dir).p) == 0);
	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(import_path(&c, &o, AT_FDCWD, dir, &r, &why));
	CHECK(r.files == 5 && r.failed_files == 3);
	CHECK(r.created == 4 && r.read == r.created + r.updated + r.unchanged + r.rejected);
	CHECK(r.n_rejects >= 3);
	for (size_t i = 0; i < r.n_rejects; i++)
		CHECK(r.rejects[i].file.n && r.rejects[i].reason.n);
	struct import_result missing = {0};

	OK(import_path(&c, &o, AT_FDCWD, "/nonexistent/file", &missing, &why));
	CHECK(missing.failed_files == 1 && missing.files == 1);
	ctx_done(&c);
}

static void denied(struct node_fixture *f)
{
	struct import_result r = {0};
	struct import_options o = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	actor.scopes = SCOPE_READ | SCOPE_WRITE;
	CHECK(import_text(&c, &o, STR("x"), STR("c.example\nd.example\n"), &r, NULL) == ERR_DENIED);
	actor.scopes = SCOPE_ALL;
	actor.role = ROLE_READER;
	CHECK(import_text(&c, &o, STR("x"), STR("c.example\nd.example\n"), &r, NULL) == ERR_DENIED);
	ctx_done(&c);
	CHECK(r.read == 0);
}

/* Real files: a second time nothing is new, whatever is in them. */
static void corpus(struct node_fixture *f)
{
	static const char *const paths[] = {"misp-events", "stix21"};
	struct import_options o = {0};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *path = node_fixture_corpus(f, paths[i]);
		struct import_result first = {0}, second = {0};
		struct actor actor;
		struct ctx c;

		if (!path) {
			CHECK_SKIP("the corpus is absent (HIKESHI_CORPUS)");
			return;
		}
		node_fixture_ctx(f, f->analyst[0], &actor, &c);
		OK(import_path(&c, &o, AT_FDCWD, path, &first, &why));
		OK(import_path(&c, &o, AT_FDCWD, path, &second, &why));
		ctx_done(&c);
		printf("# %s: %lld files, read %lld new %lld updated %lld unchanged %lld rejected "
		       "%lld failed %lld\n",
		       paths[i], (long long)first.files, (long long)first.read,
		       (long long)first.created, (long long)first.updated,
		       (long long)first.unchanged, (long long)first.rejected,
		       (long long)first.failed_files);
		CHECK(first.created > 100);
		CHECK(first.read ==
		      first.created + first.updated + first.unchanged + first.rejected);
		CHECK(second.created == 0 && second.read == first.read);
		CHECK(second.read == second.updated + second.unchanged + second.rejected);
		if (second.updated)
			printf("# second: updated %lld rejected %lld\n", (long long)second.updated,
			       (long long)second.rejected);
	}
}

/* One id in another format, or as another type: what is held stays whole. */
static void other_forms(struct node_fixture *f)
{
	struct import_result r;

	(void)import(f, f->analyst[0], NULL,
		     STR("{\"Event\":{\"uuid\":\"" EVENT "3\",\"info\":\"i\",\"timestamp\":"
			 "\"1600000000\",\"Attribute\":[" ATTRIBUTE("1", "a.example") "]}}"));
	r = import(f, f->analyst[0], NULL,
		   BUNDLE(INDICATOR("bbbbbbbb-0000-4000-8000-000000000001", T1, "b.example", "")));
	CHECK(counts(&r, 0, 0, 0, 1));
	CHECK(held(f, f->team[0], "bbbbbbbb-0000-4000-8000-000000000001").form == FORM_MISP);
	CHECK(str_find(held(f, f->team[0], "bbbbbbbb-0000-4000-8000-000000000001").body,
		       STR("a.example")) > 0);
	(void)import(f, f->analyst[0], NULL, BUNDLE(INDICATOR(ID1, T1, "c.example", "")));
	r = import(f, f->analyst[0], NULL,
		   BUNDLE("{\"type\":\"campaign\",\"spec_version\":\"2.1\",\"id\":\"campaign--" ID1
			  "\",\"created\":\"" T1 "\",\"modified\":\"" T2 "\",\"name\":\"x\"}"));
	CHECK(counts(&r, 0, 0, 0, 1));
	CHECK(str_find(held(f, f->team[0], ID1).body, STR("c.example")) > 0);
	/* what has no times at all is no older version of what has */
	r = import(f, f->analyst[0], NULL,
		   BUNDLE("{\"type\":\"domain-name\",\"spec_version\":\"2.1\",\"id\":"
			  "\"domain-name--" ID1 "\",\"value\":\"c.example\"}"));
	CHECK(counts(&r, 0, 0, 0, 1));
}

/* The same said in other bytes is nothing new; nor is what our own export added. */
static void said_before(struct node_fixture *f)
{
#define TOOL(order, more)                                                                          \
	"{\"type\":\"tool\"," order ",\"id\":\"tool--" ID1 "\",\"created\":\"" T1                  \
	"\",\"modified\":\"" T1 "\"" more "}"
#define STRICT "\"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003\""
	struct import_result r = import(f, f->analyst[0], NULL, BUNDLE(TOOL("\"name\":\"é\"", "")));

	CHECK(counts(&r, 1, 0, 0, 0));
	r = import(f, f->analyst[0], NULL,
		   BUNDLE("{\"name\":\"\\u00e9\",\"type\":\"tool\",\"id\":\"tool--" ID1
			  "\",\"created\":\"" T1 "\",\"modified\":\"" T1 "\"}"));
	CHECK(counts(&r, 0, 0, 1, 0));
	/* 2.0 goes out as 2.1, with the TLP of its label */
	r = import(
	    f, f->analyst[0], NULL,
	    BUNDLE(TOOL("\"name\":\"é\"", ",\"spec_version\":\"2.1\",\"object_marking_refs\":"
					  "[" STRICT "]")));
	CHECK(counts(&r, 0, 0, 1, 0));
	r = import(
	    f, f->analyst[0], NULL,
	    BUNDLE(TOOL("\"name\":\"f\"", ",\"spec_version\":\"2.1\",\"object_marking_refs\":"
					  "[" STRICT "]")));
	CHECK(counts(&r, 0, 0, 0, 1));
}

/* Text of four bytes a character, NULs, the longest fields: nothing that a database would choke on.
 */
static void odd_texts(struct node_fixture *f)
{
	struct import_result r;
	BUF(b);

	buf_add(&b, STR("{\"Event\":{\"uuid\":\"" EVENT
			"3\",\"timestamp\":\"1700000000\",\"info\":\"nul "
			"\\u0000 nul\",\"Attribute\":["));
	for (int i = 0; i < 4; i++) {
		buf_printf(&b,
			   "%s{\"uuid\":\"eeeeeeee-0000-4000-8000-%012d\",\"type\":\"comment\","
			   "\"category\":"
			   "\"Other\",\"timestamp\":\"1700000000\",\"value\":\"%.*s",
			   i ? "," : "", i, i, "xxx");
		for (int k = 0; k < 3000; k++)
			buf_add(&b, k % 2 ? STR("\xf0\x9f\x9a\xa2") : STR("\xe8\xad\xa6"));
		buf_add(&b, STR("\"}"));
	}
	buf_add(&b, STR("]}}"));
	r = import(f, f->analyst[0], NULL, buf_str(&b));
	CHECK(counts(&r, 5, 0, 0, 0));
}

/* What hostile files say of themselves is one clean line; what is not listed is counted. */
static void rejects(struct node_fixture *f)
{
	struct import_result r = import(
	    f, f->analyst[0], NULL,
	    STR("type,value\nmd5,\"a\x1b[31m\nb\xc2\x9b\xe2\x80\xae\xff\"\nmd5,\xe3\x81\x82" //
		"\xe3\x81\n"));
	BUF(b);
	BUF(out);
	struct json_out o;

	CHECK(counts(&r, 0, 0, 0, 2) && r.n_rejects == 3);
	for (size_t i = 0; i < r.n_rejects; i++)
		for (size_t k = 0; k < r.rejects[i].reason.n; k++)
			CHECK((unsigned char)r.rejects[i].reason.p[k] >= ' ');
	CHECK(str_find(r.rejects[0].reason, STR("a?[31m?b")) > 0);
	CHECK(utf8_valid(r.rejects[0].reason) && utf8_valid(r.rejects[1].reason));
	CHECK(import_unlisted(&r) == 0);
	buf_add(&b, STR("value\n"));
	for (int i = 0; i < 1003; i++)
		buf_printf(&b, "nothing %d\n", i);
	buf_add(&b, STR("evil.example\n"));
	r = import(f, f->analyst[0], NULL, buf_str(&b));
	CHECK(counts(&r, 1, 0, 0, 1003) && r.n_rejects == 1000 && import_unlisted(&r) == 3);
	json_out_init(&o, &out);
	import_result_json(&o, &r);
	CHECK(str_find(buf_str(&out), STR("\"rejected_unlisted\":3")) > 0);
}

/* Japanese texts of Windows machines. */
static void other_charsets(struct node_fixture *f)
{
	struct import_result r = import(f, f->analyst[0], NULL,
					STR("\x83"
					    "Aevil.example\x82\xd6\x82\xcc\n"));

	CHECK(counts(&r, 1, 0, 0, 0) && r.n_losses == 1);
	r = import(f, f->analyst[0], NULL, STR("evil.example\n"));
	CHECK(counts(&r, 0, 0, 1, 0));
	r = import(f, f->analyst[0], NULL,
		   STR("\xff\xfe"
		       "b\0.\0t\0e\0s\0t\0\n\0"));
	CHECK(counts(&r, 1, 0, 0, 0));
}

static void result_json(struct node_fixture *f)
{
	struct import_result r =
	    import(f, f->analyst[0], NULL,
		   BUNDLE(INDICATOR(ID1, T1, "a.example", "") ",{\"type\":\"indicator\"}"));
	struct json_out o;
	struct json v;
	BUF(b);

	json_out_init(&o, &b);
	import_result_json(&o, &r);
	OK(json_parse(&f->a, buf_str(&b), NULL, &v, &why));
	CHECK(json_get_i64(&v, "files", 0) == 1);
	CHECK(json_get_i64(json_get_c(&v, "objects"), "read", 0) == 2);
	CHECK(json_get_i64(json_get_c(&v, "objects"), "new", 0) == 1);
	CHECK(json_get_i64(json_get_c(&v, "objects"), "rejected", 0) == 1);
	CHECK(json_count(json_get_c(&v, "rejected")) == 1);
	CHECK(json_get_str(json_at(json_get_c(&v, "rejected"), 0), "path").n > 0);
	CHECK(json_is(json_get_c(&v, "losses"), JSON_ARRAY));
}

BOTH(versions)
BOTH(repeats)
BOTH(lists)
BOTH(labels)
BOTH(misp_parts)
BOTH(many)
BOTH(linked)
BOTH(directories)
BOTH(denied)
BOTH(corpus)
BOTH(odd_texts)
BOTH(streams)
BOTH(other_forms)
BOTH(said_before)
BOTH(rejects)
BOTH(other_charsets)
BOTH(result_json)

RUN_TESTS(BOTH_ROWS(versions), BOTH_ROWS(repeats), BOTH_ROWS(lists), BOTH_ROWS(labels),
	  BOTH_ROWS(misp_parts), BOTH_ROWS(many), BOTH_ROWS(linked), BOTH_ROWS(directories),
	  BOTH_ROWS(denied), BOTH_ROWS(corpus), BOTH_ROWS(odd_texts), BOTH_ROWS(other_forms),
	  BOTH_ROWS(said_before), BOTH_ROWS(rejects), BOTH_ROWS(other_charsets),
	  BOTH_ROWS(result_json), BOTH_ROWS(streams))
