// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/collect.h"

static enum err read_text(struct collected *c, str text)
{
	struct format_sink sink = collected_sink(c);
	struct why why = {0};

	collected_init(c);
	return misp_read(NULL, text, &sink, &why);
}

static const struct format_element *find(const struct collected *c, const char *uuid)
{
	struct uuid u;

	if (uuid_parse(str_c(uuid), &u) != ERR_OK)
		return NULL;
	for (size_t i = 0; i < c->elements.n; i++)
		if (uuid_eq(c->elements.p[i].uid, u))
			return &c->elements.p[i];
	return NULL;
}

static void the_sample_gives_its_good_elements(void)
{
	struct collected c;
	BUF(text);

	CHECK(file_read(sample_path("misp-event.json"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
	/* event, 5 attributes, object with 2, report */
	CHECK(c.elements.n == 10);
	CHECK(c.rejected.n == 3);
	const struct format_element *event = find(&c, "0a5a7f5e-0000-4000-8000-000000000001");
	const struct format_element *domain = find(&c, "0a5a7f5e-0000-4000-8000-000000000011");
	const struct format_element *ip = find(&c, "0a5a7f5e-0000-4000-8000-000000000012");
	const struct format_element *gone = find(&c, "0a5a7f5e-0000-4000-8000-000000000014");
	const struct format_element *object = find(&c, "0a5a7f5e-0000-4000-8000-000000000021");
	const struct format_element *inner = find(&c, "0a5a7f5e-0000-4000-8000-000000000022");
	const struct format_element *report = find(&c, "0a5a7f5e-0000-4000-8000-000000000031");

	CHECK(event && domain && ip && gone && object && inner && report);
	if (!event || !domain || !ip || !gone || !object || !inner || !report)
		return;
	CHECK(str_eq(event->type, STR("report")));
	CHECK(event->tlp == TLP_GREEN && event->parent == -1);
	CHECK(event->modified_us == INT64_C(1764000006000000));
	CHECK(str_find(event->body, STR("\"Attribute\"")) < 0 &&
	      str_find(event->body, STR("\"Galaxy\"")) > 0);
	CHECK(domain->tlp == TLP_AMBER);
	CHECK(str_eq(domain->type, STR("indicator")));
	CHECK(str_eq(domain->path, STR("response[0].Event.Attribute[0]")));
	CHECK(c.elements.p[domain->parent].uid.b[15] == 0x01);
	CHECK(str_eq(ip->type, STR("x-hikeshi-observable")) && ip->tlp == TLP_GREEN);
	CHECK(gone->revoked);
	CHECK(str_eq(object->type, STR("x-misp-object")) &&
	      str_find(object->body, STR("\"Attribute\"")) < 0);
	CHECK(&c.elements.p[inner->parent] == object);
	CHECK(str_eq(report->type, STR("note")));
	collected_done(&c);
}

static void every_way_of_wrapping_is_read(void)
{
#define A                                                                                          \
	"{\"uuid\":\"0a5a7f5e-0000-4000-8000-000000000011\",\"type\":\"domain\",\"category\":"     \
	"\"Network activity\",\"value\":\"a.example\"}"
#define F "\"uuid\":\"0a5a7f5e-0000-4000-8000-000000000001\",\"info\":\"i\""
	static const struct {
		const char *text;
		size_t elements, rejected;
	} rows[] = {
	    {"{\"Event\":{" F ",\"Attribute\":[" A "]}}", 2, 0},
	    {"{\"Event\":{\"Attribute\":[" A "]," F "}}", 2, 0},
	    {"{\"response\":[{\"Event\":{" F ",\"Attribute\":[" A "]}}]}", 2, 0},
	    {"{\"response\":{\"Event\":{" F ",\"Attribute\":[" A "]}}}", 2, 0},
	    {"{\"response\":{\"Attribute\":[" A "]}}", 1, 0},
	    {"{\"response\":[{\"Attribute\":" A "}]}", 1, 0},
	    {"{\"Attribute\":[" A "," A "]}", 2, 0},
	    {"[{\"Event\":{" F "}},{\"Event\":{" F "}}]", 2, 0},
	    {"{" F ",\"Attribute\":[" A "]}", 2, 0},
	    {"{\"Attribute\":[" A "]," F "}", 2, 0},
	    {"[{" F "}]", 1, 0},
	    {"[" A "]", 1, 0},
	    {A, 1, 0},
	    {"{\"Event\":{" F ",\"Attribute\":" A "}}", 2, 0},
	    {"{\"Event\":{" F ",\"Attribute\":null,\"Object\":[]}}", 1, 0},
	    /* An event that cannot be taken does not take its attributes with it. */
	    {"{\"Event\":{\"info\":\"i\",\"Attribute\":[" A "]}}", 1, 1},
	    /* faults: a trailing comma, a missing one, a broken element, a cut */
	    {"{\"Event\":{" F ",\"Attribute\":[" A ",]}}", 2, 1},
	    {"{\"Event\":{\"Attribute\":[" A ",]," F ",\"Object\":[]}}", 2, 1},
	    {"{\"Event\":{" F ",\"Attribute\":[" A " " A "]}}", 2, 1},
	    {"{\"Event\":{" F ",\"Attribute\":[{\"uuid\":},{\"a\":1,\"a\":2}," A "]}}", 2, 2},
	    {"{\"Event\":{" F ",\"Attribute\":[" A ",{\"uuid\":\"0a5a", 2, 1},
	    {"{\"Event\":{" F ",\"Attribute\":[" A, 2, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;

		CHECK(read_text(&c, str_c(rows[i].text)) == ERR_OK);
		CHECK(c.elements.n == rows[i].elements);
		CHECK(c.rejected.n == rows[i].rejected);
		if (c.elements.n != rows[i].elements || c.rejected.n != rows[i].rejected)
			printf("# row %zu: %zu elements, %zu rejected: %s\n", i, c.elements.n,
			       c.rejected.n, c.rejected.reason);
		collected_done(&c);
	}
}

static void bad_attributes_are_refused_one_by_one(void)
{
#define U "\"uuid\":\"0a5a7f5e-0000-4000-8000-000000000011\","
#define N "\"category\":\"Network activity\","
	static const struct {
		const char *attribute, *reason;
	} rows[] = {
	    {"{" N "\"type\":\"domain\",\"value\":\"a\"}", "no uuid"},
	    {"{\"uuid\":\"1\"," N "\"type\":\"domain\",\"value\":\"a\"}", "the uuid is malformed"},
	    {"{\"uuid\":5," N "\"type\":\"domain\",\"value\":\"a\"}", "the uuid is malformed"},
	    {"{" U N "\"value\":\"a\"}", "no type"},
	    {"{" U N "\"type\":\"<b>\",\"value\":\"a\"}", "the type is malformed"},
	    {"{" U "\"type\":\"domain\",\"value\":\"a\"}", "no category"},
	    {"{" U N "\"type\":\"domain\"}", "no value"},
	    {"{" U N "\"type\":\"domain\",\"value\":null}", "no value"},
	    {"{" U N "\"type\":\"domain\",\"value\":\" \"}", "the value is empty"},
	    {"{" U N "\"type\":\"domain\",\"value\":{}}", "the value is not text"},
	    {"{" U N "\"type\":\"sha256\",\"value\":\"12\"}", "the value does not fit the type"},
	    {"{" U N "\"type\":\"filename|md5\",\"value\":\"a\"}",
	     "the value does not fit the type"},
	    {"{" U N "\"type\":\"attachment\",\"value\":\"a\",\"data\":\"a=b\"}",
	     "the data is not base64"},
	    {"7", "not an object"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(text);

		buf_printf(&text, "{\"Event\":{" F ",\"Attribute\":[%s," A "]}}",
			   rows[i].attribute);
		CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
		CHECK(c.elements.n == 2 && c.rejected.n == 1);
		CHECK(str_eq(str_c(c.rejected.reason), str_c(rows[i].reason)));
		CHECK(str_eq(str_c(c.rejected.path), STR("Event.Attribute[0]")));
		collected_done(&c);
	}
}

static void labels_join_to_the_strictest(void)
{
	static const struct {
		const char *event, *attribute;
		int want;
		bool unknown;
	} rows[] = {
	    {"[]", "[]", -1, false},
	    {"[{\"name\":\"tlp:white\"}]", "[]", TLP_CLEAR, false},
	    {"[{\"name\":\"TLP:CLEAR\"}]", "[{\"name\":\"tlp:red\"}]", TLP_RED, false},
	    {"[{\"name\":\"tlp:amber+strict\"}]", "[{\"name\":\"tlp:green\"}]", TLP_AMBER_STRICT,
	     false},
	    {"[{\"name\":\"tlp:ex:chr\"}]", "[{\"name\":\"tlp:clear\"}]", TLP_RED, true},
	    {"[{\"name\":\"osint\"}]", "[{\"name\":\"tlp:green\"},{\"name\":\"tlp:amber\"}]",
	     TLP_AMBER, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(text);

		/* The event's tags come behind its attributes, and hold for them all the same. */
		buf_printf(&text,
			   "{\"Event\":{\"Attribute\":[{" U N
			   "\"type\":\"domain\",\"value\":\"a\",\"Tag\":%s}],\"Tag\":%s," F "}}",
			   rows[i].attribute, rows[i].event);
		CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
		CHECK(c.elements.n == 2);
		if (c.elements.n == 2) {
			CHECK(c.elements.p[1].tlp == rows[i].want);
			CHECK(c.elements.p[1].tlp_unknown == rows[i].unknown);
		}
		collected_done(&c);
	}
}

/* Whatever is cut off, what stood before the cut is kept, and the cut is told. */
static void a_cut_anywhere_keeps_what_came_before(void)
{
	size_t last = 0;
	BUF(text);

	CHECK(file_read(sample_path("misp-event.json"), 1 << 20, &text, NULL) == ERR_OK);
	for (size_t n = 0; n + 1 < text.n; n++) {
		struct collected c;

		(void)read_text(&c, str_slice(buf_str(&text), 0, n));
		CHECK(c.elements.n >= last);
		if (str_trim(str_from(buf_str(&text), n)).n > 0)
			CHECK(c.rejected.n >= 1 || n == 0);
		last = c.elements.n;
		collected_done(&c);
	}
	CHECK(last == 10);
}

static void what_is_no_misp_is_refused(void)
{
	static const char *const rows[] = {"",
					   " ",
					   "7",
					   "[]",
					   "{}",
					   "{\"a\":1}",
					   "[[[[[[[[[[[[]]]]]]]]]]]]",
					   "nonsense",
					   "{\"Event\":7}"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;

		CHECK(read_text(&c, str_c(rows[i])) == ERR_INVALID);
		CHECK(c.elements.n == 0);
		collected_done(&c);
	}
}

/* File, elements, rejections: counted by an independent program over the same files. */
static void the_corpus_gives_what_it_holds(void)
{
	static const struct {
		const char *path;
		size_t elements, rejected;
	} rows[] = {
	    {"misp-events/eset/windigo/ebury.misp.json", 1 + 1 + 127 + 419, 0},
	    {"misp-events/eset/moustachedbouncer/misp-moustachedbouncer.event.json",
	     1 + 4 + 105 + 336, 0},
	    {"misp-events/eset/nukesped_lazarus/lazarus_3cx.json", 1 + 17 + 50, 0},
	    {"misp-events/eset/dukes/misp-dukes-operation-ghost-event.json", 1 + 101, 0},
	    {"misp-events/eset/telebots/misp-telebots.json", 1 + 95, 0},
	    {"misp-events/eset/ramsay/misp-ramsay.json", 1 + 81, 0},
	    {"misp-events/pymisp-tests/tests/reportlab_testfiles/long_event.json", 1 + 370, 0},
	    {"misp-events/pymisp-tests/tests/reportlab_testfiles/japanese_test_heavy.json", 1 + 10,
	     0},
	    {"misp-events/pymisp-tests/tests/reportlab_testfiles/very_long_event.json",
	     1 + 16 + 16 + 48, 0},
	    {"misp-events/misp-stix-docs/tests/test_attributes_collection_1.json", 2, 0},
	    /* A comma too many at the end of the last list: all 1,250 good elements before it. */
	    {"misp-events/eset/pypi_backdoor/malicious_pypi_packages.misp-event.json", 1250, 1},
	};

	if (!corpus_path("README.md")) {
		CHECK_SKIP("no corpus");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(text);

		CHECK(file_read(corpus_path(rows[i].path), 1 << 30, &text, NULL) == ERR_OK);
		CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
		CHECK(c.elements.n == rows[i].elements);
		CHECK(c.rejected.n == rows[i].rejected);
		collected_done(&c);
	}
}

RUN_TESTS({"sample", the_sample_gives_its_good_elements},
	  {"wrappings", every_way_of_wrapping_is_read},
	  {"bad attributes", bad_attributes_are_refused_one_by_one},
	  {"labels", labels_join_to_the_strictest}, {"cut", a_cut_anywhere_keeps_what_came_before},
	  {"not misp", what_is_no_misp_is_refused}, {"corpus", the_corpus_gives_what_it_holds})
