// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/collect.h"

static enum err read_text(struct collected *c, str text)
{
	struct format_sink sink = collected_sink(c);
	struct why why = {0};

	collected_init(c);
	return stix_read(NULL, text, &sink, &why);
}

static void the_samples_give_their_good_objects(void)
{
	struct collected c;
	BUF(text);
	BUF(old);

	CHECK(file_read(sample_path("stix-bundle.json"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
	CHECK(c.elements.n == 5 && c.rejected.n == 2);
	if (c.elements.n == 5) {
		/* own definition (amber+strict, behind the object) and TLP 1 green */
		CHECK(c.elements.p[0].tlp == TLP_AMBER_STRICT && !c.elements.p[0].tlp_unknown);
		CHECK(c.elements.p[0].modified_us == INT64_C(1767409445000000));
		CHECK(c.elements.p[1].tlp == TLP_RED && c.elements.p[1].tlp_unknown);
		CHECK(str_eq(c.elements.p[2].type, STR("domain-name")) &&
		      c.elements.p[2].tlp == -1);
		CHECK(c.elements.p[3].revoked);
		CHECK(str_eq(c.elements.p[0].path, STR("objects[0]")));
		CHECK(c.elements.p[0].body.p[0] == '{' && text.p[c.elements.p[0].at] == '{');
	}
	CHECK(str_eq(str_c(c.rejected.path), STR("objects[4]")));
	collected_done(&c);
	CHECK(file_read(sample_path("stix20-bundle.json"), 1 << 20, &old, NULL) == ERR_OK);
	CHECK(read_text(&c, buf_str(&old)) == ERR_OK);
	CHECK(c.elements.n == 2 && c.rejected.n == 0);
	CHECK(c.elements.n == 2 && str_find(c.elements.p[1].body, STR("\"objects\":{\"0\":")) > 0);
	collected_done(&c);
}

#define ID "\"id\":\"x-a-b--0b5a7f5e-0000-4000-8000-000000000001\""
#define O "{\"type\":\"x-a-b\"," ID "}"

static void every_way_of_wrapping_is_read(void)
{
	static const struct {
		const char *text;
		size_t elements, rejected;
	} rows[] = {
	    {O, 1, 0},
	    {"[" O "," O "]", 2, 0},
	    {"{\"type\":\"bundle\",\"objects\":[" O "]}", 1, 0},
	    {"{\"objects\":[" O "],\"id\":\"x\",\"type\":\"bundle\"}", 1, 0},
	    {"{\"more\":false,\"objects\":[" O "]}", 1, 0},
	    {"[{\"type\":\"bundle\",\"objects\":[" O "]}," O "]", 2, 0},
	    {"{\"objects\":[" O ",]}", 1, 1},
	    {"{\"objects\":[" O " " O "]}", 1, 1},
	    {"{\"objects\":[{\"type\":}," O ",7]}", 1, 2},
	    {"{\"objects\":[" O ",{\"type\":\"x", 1, 1},
	    {"{\"objects\":[" O, 1, 1},
	    {"{\"objects\":[" O ",{\"type\":\"x-a-b\"},{\"type\":\"x-a-c\"," ID
	     "},{\"type\":\"x-a-b\",\"id\":\"x-a-b--1\"},"
	     "{\"type\":\"x-a-b\",\"spec_version\":\"3.0\"," ID "},{" ID "}]}",
	     1, 5},
	    {"{\"objects\":[" O ",{\"type\":\"indicator\",\"id\":\"indicator--0b5a7f5e-0000-4000-"
	     "8000-000000000001\",\"pattern\":\"[a:b=1]\"}]}",
	     1, 1},
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

static void markings_join_to_the_strictest(void)
{
#define M(id) "\"marking-definition--" id "\""
	static const struct {
		const char *refs;
		int want;
		bool unknown;
	} rows[] = {
	    {M("613f2e26-407d-48c7-9eca-b8e91df99dc9"), TLP_CLEAR, false},
	    {M("34098fce-860f-48ae-8e50-ebd3cc5e41da"), TLP_GREEN, false},
	    {M("f88d31f6-486f-44da-b317-01333bde0b82"), TLP_AMBER, false},
	    {M("5e57c739-391a-4eb3-b6be-7d15ca92d5ed"), TLP_RED, false},
	    {M("94868c89-83c2-464b-929b-a1a8aa3c8487"), TLP_CLEAR, false},
	    {M("bab4a63c-aed9-4cf5-a766-dfca5abac2bb"), TLP_GREEN, false},
	    {M("55d920b0-5e8b-4f79-9ee9-91f868d9b421"), TLP_AMBER, false},
	    {M("939a9414-2ddd-4d32-a0cd-375ea402b003"), TLP_AMBER_STRICT, false},
	    {M("e828b379-4e03-4974-9ac4-e53a884c97c1"), TLP_RED, false},
	    {M("94868c89-83c2-464b-929b-a1a8aa3c8487") "," M(
		 "939a9414-2ddd-4d32-a0cd-375ea402b003"),
	     TLP_AMBER_STRICT, false},
	    /* a statement of this bundle says nothing about sharing; TLP by definition; nobody
	       knows the last */
	    {M("0b5a7f5e-0000-4000-8000-0000000000a1"), -1, false},
	    {M("0b5a7f5e-0000-4000-8000-0000000000a2"), TLP_AMBER, false},
	    {M("0b5a7f5e-0000-4000-8000-0000000000a3"), TLP_RED, true},
	    {M("0b5a7f5e-0000-4000-8000-0000000000ff"), TLP_RED, true},
	    {"7", TLP_RED, true},
	    {"", -1, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(text);

		buf_printf(
		    &text,
		    "{\"objects\":[{\"type\":\"x-a-b\"," ID ",\"object_marking_refs\":[%s]},"
		    "{\"type\":\"marking-definition\",\"id\":" M(
			"0b5a7f5e-0000-4000-8000-0000000000a1") ",\"definition_type\":"
								"\"statement\",\"definition\":{"
								"\"statement\":\"(c) {}\"}},"
								"{\"id\":" M(
								    "0b5a7f5e-0000-4000-8000-"
								    "0000000000a2") ",\"definition"
										    "\":{\"tlp\":"
										    "\"amber\"},"
										    "\"definition_"
										    "type\":"
										    "\"tlp\","
										    "\"type\":"
										    "\"marking-"
										    "definition\"},"
										    "{\"type\":"
										    "\"marking-"
										    "definition\","
										    "\"id\":" M(
											"0b5a7f5e-"
											"0000-4000-"
											"8000-"
											"0000000000"
											"a3") ",\"d"
											      "efin"
											      "itio"
											      "n_"
											      "type"
											      "\":"
											      "\"ho"
											      "use "
											      "rule"
											      "\","
											      "\"de"
											      "fini"
											      "tion"
											      "\":{"
											      "}}]"
											      "}",
		    rows[i].refs);
		CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
		CHECK(c.elements.n == 4);
		if (c.elements.n) {
			CHECK(c.elements.p[0].tlp == rows[i].want);
			CHECK(c.elements.p[0].tlp_unknown == rows[i].unknown);
		}
		collected_done(&c);
	}
}

static void a_cut_anywhere_keeps_what_came_before(void)
{
	size_t last = 0;
	BUF(text);

	CHECK(file_read(sample_path("stix-bundle.json"), 1 << 20, &text, NULL) == ERR_OK);
	for (size_t n = 1; n + 2 < text.n; n++) {
		struct collected c;

		(void)read_text(&c, str_slice(buf_str(&text), 0, n));
		CHECK(c.elements.n >= last);
		CHECK(c.rejected.n >= 1);
		last = c.elements.n;
		collected_done(&c);
	}
	CHECK(last == 5);
}

static void an_element_beyond_the_limit_is_stepped_over(void)
{
	struct collected c;
	BUF(text);

	buf_add(&text, STR("{\"objects\":[{\"type\":\"x-a-b\"," ID ",\"big\":\""));
	memset(buf_room(&text, ELEMENT_BYTES), 'a', ELEMENT_BYTES);
	buf_added(&text, ELEMENT_BYTES);
	buf_add(&text, STR("\"}," O ",{\"type\":\"x-a-b\"," ID ",\"deep\":"));
	for (int i = 0; i < 100; i++)
		buf_add_char(&text, '[');
	for (int i = 0; i < 100; i++)
		buf_add_char(&text, ']');
	buf_add(&text, STR("}," O "]}"));
	CHECK(read_text(&c, buf_str(&text)) == ERR_OK);
	CHECK(c.elements.n == 2 && c.rejected.n == 2);
	collected_done(&c);
}

static void the_corpus_gives_what_it_holds(void)
{
	static const struct {
		const char *path;
		size_t elements, rejected;
	} rows[] = {
	    {"stix21/attack/ics-attack/ics-attack.json", 1826, 0},
	    {"stix21/opencti/data/geography.json", 539, 0},
	    {"stix21/opencti/data/companies.json", 63, 0},
	    {"stix21/amnesty/2021-07-18_nso/pegasus.stix2", 3099, 0},
	    {"stix21/amnesty/2021-12-16_cytrox/cytrox.stix2", 687, 0},
	    {"stix21/mvt/intellexa_predator/predator.stix2", 1171, 0},
	    {"stix21/attack-flow/stix/attack-flow-example.json", 20, 0},
	    {"misp-events/misp-stix-docs/tests/test_event2_stix20.json", 9, 0},
	    {"misp-events/misp-stix-docs/tests/test_event2_stix21.json", 12, 0},
	    /* a relationship without target_ref, as the converter that made it left it */
	    {"stix21/elevator/idioms-json-2.1-valid/indicator-for-c2-ip-address.json", 1, 1},
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

RUN_TESTS({"samples", the_samples_give_their_good_objects},
	  {"wrappings", every_way_of_wrapping_is_read},
	  {"markings", markings_join_to_the_strictest},
	  {"cut", a_cut_anywhere_keeps_what_came_before},
	  {"limit", an_element_beyond_the_limit_is_stepped_over},
	  {"corpus", the_corpus_gives_what_it_holds})
