// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/convert.h"

static void names_are_read_back(void)
{
	for (unsigned f = 0; f < FORMAT_COUNT; f++) {
		enum format_id got = FORMAT_COUNT;

		CHECK(format_parse_name(format_name((enum format_id)f), &got) == ERR_OK);
		CHECK(got == (enum format_id)f);
	}
	enum format_id got = FORMAT_NFT;

	CHECK(format_parse_name(STR("doc"), &got) == ERR_INVALID && got == FORMAT_NFT);
	CHECK(format_can_read(FORMAT_STIX) && format_can_write(FORMAT_STIX));
	CHECK(!format_can_read(FORMAT_IODEF) && !format_can_write(FORMAT_LIST) &&
	      format_can_write(FORMAT_RPZ));
}

static void content_tells_the_format(void)
{
	static const struct {
		const char *name, *text;
		enum format_id want;
	} rows[] = {
	    {"", "", FORMAT_AUTO},
	    {"", " \n", FORMAT_AUTO},
	    {"", "\xef\xbb\xbf{\"type\":\"bundle\",\"id\":\"x\"}", FORMAT_STIX},
	    {"", "{\"id\":\"bundle--1\",\"objects\":[", FORMAT_STIX},
	    {"", "[{\"id\":\"indicator--0b5a7f5e-0000-4000-8000-000000000001\"}]", FORMAT_STIX},
	    {"", "{\"Event\":{", FORMAT_MISP},
	    {"", "{\"response\":[]}", FORMAT_MISP},
	    {"", "[{\"Event\":{}}]", FORMAT_MISP},
	    {"", "{\"info\":\"a\",\"date\":\"b\",\"threat_level_id\":1}", FORMAT_MISP},
	    {"", "{\"document\":{\"category\":\"csaf_base\",\"csaf_version\":\"2.0\"}}",
	     FORMAT_CSAF},
	    {"", "<?xml version=\"1.0\"?><IODEF-Document/>", FORMAT_IODEF},
	    {"", "type,value\ndomain-name,a.example\n", FORMAT_CSV},
	    {"", "value,entity_type,description\na.example,hostname,x\n", FORMAT_CSV},
	    {"", "md5, sha1, sha256\n1,2,3\n", FORMAT_CSV},
	    {"", "# list\na.example\n203.0.113.7\n", FORMAT_LIST},
	    {"", "0.0.0.0 a.example\n0.0.0.0 b.example\n", FORMAT_LIST},
	    {"", "203.0.113.7\t9\n198.51.100.1\t8\n", FORMAT_LIST},
	    {"", "攻撃者は a.example を使った。\n", FORMAT_TEXT},
	    {"", "{\"a\":1}", FORMAT_JSON},
	    {"", "[{\"a\":1}]", FORMAT_JSON},
	    {"a.json", "[1,", FORMAT_JSON},
	    {"", "[\"see evil.example\"]", FORMAT_TEXT},
	    {"", "[evil.example](http://evil.example/)", FORMAT_TEXT},
	    {"", "{\"ip\":\"203.0.113.7\"}\n{\"ip\":\"203.0.113.8\"}\n", FORMAT_TEXT},
	    {"", "<stix:STIX_Package xmlns:stix=\"x\"/>", FORMAT_STIX1},
	    {"", "Received: from a\nSubject: b\nFrom: c\n\nbody", FORMAT_MAIL},
	    {"", "PK\x03\x04\x01\x02\x03\x04\x05\x06", FORMAT_AUTO},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(format_detect(str_c(rows[i].name), str_c(rows[i].text)) == rows[i].want);
		if (format_detect(str_c(rows[i].name), str_c(rows[i].text)) != rows[i].want)
			printf("# row %zu\n", i);
	}
}

static void what_cannot_be_read_says_why(void)
{
	struct collected c;
	struct why why = {0};

	collected_init(&c);
	struct format_sink sink = collected_sink(&c);

	CHECK(format_read(FORMAT_AUTO, NULL, STR("<IODEF-Document/>"), &sink, &why) == ERR_INVALID);
	CHECK(str_find(str_c(why.text), STR("IODEF")) >= 0);
	why = (struct why){0};
	CHECK(format_read(FORMAT_AUTO, NULL, STR("{\"a\":1}"), &sink, &why) == ERR_INVALID);
	CHECK(str_find(str_c(why.text), STR("neither STIX nor MISP")) >= 0 && !c.rejected.n);
	why = (struct why){0};
	CHECK(format_read(FORMAT_JSON, NULL, STR("{\"a\":1,}"), &sink, &why) == ERR_INVALID);
	CHECK(str_find(str_c(why.text), STR("not JSON")) >= 0);
	CHECK(c.rejected.n == 1 && c.rejected.at == 7);
	collected_done(&c);
}

#define EVENT(n, part)                                                                             \
	"{\"Event\":{\"uuid\":\"aaaaaaaa-0000-4000-8000-00000000000" n "\",\"info\":\"i\"," part   \
	"}}"
#define PART(n)                                                                                    \
	"\"Attribute\":[{\"uuid\":\"bbbbbbbb-0000-4000-8000-00000000000" n                         \
	"\",\"type\":\"domain\",\"category\":\"Network activity\",\"value\":\"a.example\"}]"

/* A document a line: a broken line costs itself only, and positions are those of the whole. */
static void lines_of_json(void)
{
	const str text =
	    STR(EVENT("1", PART("1")) "\n{\"Event\":\n\n" EVENT("2", PART("2")) "\r\n");
	const str tool = STR(
	    "{\"type\":\"tool\",\"id\":\"tool--cccccccc-0000-4000-8000-000000000001\",\"name\":"
	    "\"x\",\"created\":\"2026-01-01T00:00:00Z\",\"modified\":\"2026-01-01T00:00:00Z\"}\n"
	    "{\"type\":\"tool\"}");
	struct collected c;
	struct why why = {0};

	collected_init(&c);
	struct format_sink sink = collected_sink(&c);

	CHECK(format_detect(STR("a.json"), text) == FORMAT_MISP);
	CHECK(format_read(FORMAT_MISP, NULL, text, &sink, &why) == ERR_OK);
	CHECK(c.elements.n == 4 && c.rejected.n >= 1);
	CHECK(c.elements.p[1].parent == 0 && c.elements.p[3].parent == 2);
	CHECK(str_eq(c.elements.p[3].path, STR("line 4: Event.Attribute[0]")));
	CHECK(str_starts(str_from(text, c.elements.p[3].at), STR("{\"uuid\":\"bbbbbbbb")));
	CHECK(str_starts(str_c(c.rejected.path), STR("line 2")));
	collected_done(&c);
	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(format_read(FORMAT_STIX, NULL, tool, &sink, &why) == ERR_OK);
	CHECK(c.elements.n == 1 && c.rejected.n == 1);
	collected_done(&c);
}

static enum err stop_here(void *ctx, const struct format_element *e, struct why *why)
{
	(void)e;
	++*(int *)ctx;
	return why_set(why, ERR_FULL, "no room");
}

static void the_sink_ends_the_reading(void)
{
	static const enum format_id all[] = {FORMAT_MISP, FORMAT_STIX, FORMAT_CSV, FORMAT_LIST,
					     FORMAT_TEXT};
	static const char *const files[] = {"misp-event.json", "stix-bundle.json", "indicators.csv",
					    "list-values.txt", "text-ja.txt"};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		int calls = 0;
		struct format_sink sink = {&calls, stop_here, NULL, NULL};
		BUF(text);

		CHECK(file_read(sample_path(files[i]), 1 << 20, &text, NULL) == ERR_OK);
		CHECK(format_detect(STR_NULL, buf_str(&text)) == all[i]);
		CHECK(format_read(all[i], NULL, buf_str(&text), &sink, NULL) == ERR_FULL);
		CHECK(calls == 1);
	}
}

/* Body, type, label and place of every element come back in any order. */
static bool same_elements(const struct collected *x, const struct collected *y)
{
	struct u64map seen;
	bool same = x->elements.n == y->elements.n;
	struct id_key key = id_key_new();

	u64map_init(&seen);
	for (size_t i = 0; i < y->elements.n; i++) {
		u64map_put(&seen, id_hash(&key, y->elements.p[i].uid), NULL)->u = i + 1;
	}
	for (size_t i = 0; i < x->elements.n && same; i++) {
		const struct format_element *a = &x->elements.p[i], *b;
		struct json ja, jb;
		ARENA(arena, 0);

		const union map_value *v = u64map_get(&seen, id_hash(&key, a->uid));

		b = v ? &y->elements.p[v->u - 1] : NULL;
		same = b && str_eq(a->type, b->type) && a->tlp == b->tlp &&
		       a->modified_us == b->modified_us && a->revoked == b->revoked &&
		       (a->parent < 0) == (b->parent < 0) &&
		       json_parse(&arena, a->body, NULL, &ja, NULL) == ERR_OK &&
		       json_parse(&arena, b->body, NULL, &jb, NULL) == ERR_OK && json_eq(&ja, &jb);
		if (same && a->parent >= 0)
			same = uuid_eq(x->elements.p[a->parent].uid, y->elements.p[b->parent].uid);
		if (!same)
			printf("# differs: %.*s\n", STR_ARG(a->path));
	}
	u64map_done(&seen);
	return same;
}

static bool comes_back(enum format_id f, const char *path, bool shuffle)
{
	struct collected first, second;
	struct format_sink sink;
	struct why why = {0};
	bool same;
	BUF(text);
	BUF(out);

	collected_init(&first);
	collected_init(&second);
	sink = collected_sink(&first);
	if (file_read(path, 1 << 30, &text, &why) ||
	    format_read(f, NULL, buf_str(&text), &sink, &why))
		return false;
	struct collected given = first;

	/* Backwards: parts before their events and objects. */
	if (shuffle) {
		given.elements.p =
		    arena_array(&given.arena, struct format_element, first.elements.n);
		for (size_t i = 0; i < first.elements.n; i++) {
			given.elements.p[i] = first.elements.p[first.elements.n - 1 - i];
			if (given.elements.p[i].parent >= 0)
				given.elements.p[i].parent =
				    (int64_t)first.elements.n - 1 - given.elements.p[i].parent;
		}
	}
	sink = collected_sink(&second);
	same = convert_write(f, &given, &out, NULL, NULL, &why) == ERR_OK &&
	       format_read(f, NULL, buf_str(&out), &sink, &why) == ERR_OK &&
	       second.rejected.n == 0 && same_elements(&first, &second);
	/* The copy's arena went on growing where the first one's stood. */
	collected_done(&given);
	collected_done(&second);
	if (!same)
		printf("# does not come back: %s\n", path);
	return same;
}

static void misp_comes_back_whole(void)
{
	static const char *const rows[] = {
	    "eset/moustachedbouncer/misp-moustachedbouncer.event.json",
	    "eset/windigo/ebury.misp.json",
	    "eset/nukesped_lazarus/lazarus_3cx.json",
	    "eset/telebots/misp-telebots.json",
	    "eset/cloudmensis/cloudmensis.misp.json",
	    "eset/dukes/misp-dukes-operation-ghost-event.json",
	    "eset/ramsay/misp-ramsay.json",
	    "pymisp-tests/tests/mispevent_testfiles/existing_event.json",
	    "pymisp-tests/tests/mispevent_testfiles/shadow.json",
	    "pymisp-tests/tests/reportlab_testfiles/galaxy_1.json",
	    "pymisp-tests/tests/reportlab_testfiles/long_event.json",
	    "pymisp-tests/tests/reportlab_testfiles/mainly_objects_1.json",
	    "pymisp-tests/tests/reportlab_testfiles/to_delete3.json",
	    "pymisp-tests/tests/reportlab_testfiles/very_long_event.json",
	    "stalkerware/generated/misp_event.json",
	};

	CHECK(comes_back(FORMAT_MISP, sample_path("misp-event.json"), false));
	CHECK(comes_back(FORMAT_MISP, sample_path("misp-event.json"), true));
	if (!corpus_path("README.md")) {
		CHECK_SKIP("no corpus");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char below[256];

		(void)snprintf(below, sizeof(below), "misp-events/%s", rows[i]);
		CHECK(comes_back(FORMAT_MISP, corpus_path(below), false));
		CHECK(comes_back(FORMAT_MISP, corpus_path(below), true));
	}
}

static void csv_comes_back_whole(void)
{
	CHECK(comes_back(FORMAT_CSV, sample_path("indicators.csv"), false) ==
	      false); /* labels are added where none were */
	struct collected a, b;
	struct format_sink sink;
	BUF(text);
	BUF(once);
	BUF(twice);

	collected_init(&a);
	collected_init(&b);
	sink = collected_sink(&a);
	CHECK(file_read(sample_path("indicators.csv"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(format_read(FORMAT_CSV, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	CHECK(a.elements.n == 4 && a.rejected.n == 1);
	CHECK(convert_write(FORMAT_CSV, &a, &once, NULL, NULL, NULL) == ERR_OK);
	sink = collected_sink(&b);
	CHECK(format_read(FORMAT_CSV, NULL, buf_str(&once), &sink, NULL) == ERR_OK);
	CHECK(convert_write(FORMAT_CSV, &b, &twice, NULL, NULL, NULL) == ERR_OK);
	CHECK(once.n > 100 && str_eq(buf_str(&once), buf_str(&twice)));
	CHECK(str_find(buf_str(&once), STR(",'=cmd(),")) > 0);
	collected_done(&a);
	collected_done(&b);
}

/* Every file of the corpus through every writer: no crash, and a bundle is JSON. */
static void everything_goes_through_every_writer(void)
{
	static const struct {
		enum format_id format;
		const char *path;
	} rows[] = {
	    {FORMAT_MISP, "misp-event.json"},    {FORMAT_STIX, "stix-bundle.json"},
	    {FORMAT_STIX, "stix20-bundle.json"}, {FORMAT_CSV, "indicators.csv"},
	    {FORMAT_CSV, "other-header.csv"},    {FORMAT_LIST, "list-values.txt"},
	    {FORMAT_TEXT, "text-ja.txt"},        {FORMAT_TEXT, "text-en.md"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		struct format_sink sink;
		BUF(text);

		collected_init(&c);
		sink = collected_sink(&c);
		CHECK(file_read(sample_path(rows[i].path), 1 << 20, &text, NULL) == ERR_OK);
		CHECK(format_read(rows[i].format, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
		CHECK(c.elements.n > 0);
		for (unsigned f = 0; f < FORMAT_COUNT; f++) {
			struct why why = {0};
			struct json tree;
			BUF(out);

			if (!format_can_write((enum format_id)f))
				continue;
			CHECK(convert_write((enum format_id)f, &c, &out, NULL, NULL, &why) ==
			      ERR_OK);
			if (f == FORMAT_STIX || f == FORMAT_MISP)
				CHECK(json_parse(&c.arena, buf_str(&out), NULL, &tree, NULL) ==
				      ERR_OK);
		}
		collected_done(&c);
	}
}

static void an_empty_export_is_well_formed(void)
{
	static const struct {
		enum format_id format;
		const char *want;
	} rows[] = {{FORMAT_MISP, "{\"response\":[]}\n"},
		    {FORMAT_CSV, "type,value,comment,tlp,first_seen,last_seen,id\r\n"},
		    {FORMAT_SURICATA, ""}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(out);

		collected_init(&c);
		CHECK(convert_write(rows[i].format, &c, &out, NULL, NULL, NULL) == ERR_OK);
		CHECK(str_eq(buf_str(&out), str_c(rows[i].want)));
		collected_done(&c);
	}
}

RUN_TESTS({"names", names_are_read_back}, {"detect", content_tells_the_format},
	  {"why not", what_cannot_be_read_says_why}, {"lines of JSON", lines_of_json},
	  {"lines of JSON", lines_of_json}, {"sink", the_sink_ends_the_reading},
	  {"misp round trip", misp_comes_back_whole}, {"csv round trip", csv_comes_back_whole},
	  {"every writer", everything_goes_through_every_writer},
	  {"empty", an_empty_export_is_well_formed})
