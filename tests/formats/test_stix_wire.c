// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"
#include "formats/stix_face.h"
#include "tests/check.h"

#define INDICATOR                                                                                  \
	"{\"type\":\"indicator\",\"id\":\"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\","      \
	"\"created\":\"2026-01-01T00:00:00.000Z\",\"modified\":\"2026-01-02T00:00:00.000Z\","      \
	"\"pattern\":\"[url:value = 'x']\",\"pattern_type\":\"stix\","                             \
	"\"valid_from\":\"2026-01-01T00:00:00Z\""

static struct stix_sent sent(struct arena *a, const char *type, str body, enum tlp tlp)
{
	struct format_record r = {
	    .form = FORM_STIX, .type = str_c(type), .body = body, .tlp = tlp, .created_us = 1};
	struct stix_sent out[FACE_OBJECTS] = {0};
	size_t n = 0;

	CHECK(uuid_parse(STR("8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"), &r.uid) == ERR_OK);
	CHECK(stix_wire(a, &r, NULL, 0, true, out, &n, NULL) == ERR_OK && n == 1);
	return out[0];
}

/* How strict the markings of what is sent are, whatever way it took. */
static int level(struct arena *a, str text)
{
	struct json o;

	CHECK(json_parse(a, text, NULL, &o, NULL) == ERR_OK);
	return stix_marked(&o);
}

static void as_it_came(void)
{
	ARENA(a, 0);
	str body = arena_printf(
	    &a, INDICATOR ",\"spec_version\":\"2.1\",\"object_marking_refs\":[\"%.*s\"]}",
	    STR_ARG(tlp_marking_id(TLP_GREEN)));
	struct stix_sent s = sent(&a, "indicator", body, TLP_GREEN);

	CHECK(s.text.p == body.p && s.text.n == body.n);
	CHECK(str_eq(s.id, STR("indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")));
	CHECK(str_eq(s.version, STR("2026-01-02T00:00:00.000Z")));
}

static void marked_on_the_way(void)
{
	for (int t = TLP_CLEAR; t <= TLP_RED; t++) {
		ARENA(a, 0);
		struct stix_sent s =
		    sent(&a, "indicator", STR(INDICATOR ",\"spec_version\":\"2.1\"}"), (enum tlp)t);

		CHECK(level(&a, s.text) == t);
		CHECK(str_starts(s.text, STR(INDICATOR ",\"spec_version\":\"2.1\",")));
	}
}

/* The label's level wins over a wider one; a stricter one stays; other markings stay. */
static void the_stricter_wins(void)
{
	for (int own = TLP_CLEAR; own <= TLP_RED; own++)
		for (int label = TLP_CLEAR; label <= TLP_RED; label++) {
			ARENA(a, 0);
			str other = STR("marking-definition--11111111-1111-4111-8111-111111111111");
			str body =
			    arena_printf(&a,
					 INDICATOR ",\"spec_version\":\"2.1\","
						   "\"object_marking_refs\":[\"%.*s\",\"%.*s\"]}",
					 STR_ARG(other), STR_ARG(tlp_marking_id((enum tlp)own)));
			struct stix_sent s = sent(&a, "indicator", body, (enum tlp)label);

			CHECK(level(&a, s.text) == (own > label ? own : label));
			CHECK(str_find(s.text, other) > 0);
		}
}

static void a_text_is_no_marking(void)
{
	ARENA(a, 0);
	str body = arena_printf(&a,
				INDICATOR ",\"spec_version\":\"2.1\",\"name\":\"\\\"object_marking_"
					  "refs\\\":[] %.*s\"}",
				STR_ARG(tlp_marking_id(TLP_GREEN)));

	CHECK(level(&a, sent(&a, "indicator", body, TLP_RED).text) == TLP_RED);
	CHECK(level(&a, sent(&a, "indicator", body, TLP_GREEN).text) == TLP_GREEN);
}

static void older_stix(void)
{
	struct json o;
	ARENA(a, 0);
	struct stix_sent s = sent(&a, "indicator", STR(INDICATOR "}"), TLP_AMBER);

	CHECK(json_parse(&a, s.text, NULL, &o, NULL) == ERR_OK);
	CHECK(str_eq(json_get_str(&o, "spec_version"), STR("2.1")));
	CHECK(stix_marked(&o) == TLP_AMBER);
}

static void markings_are_not_marked(void)
{
	ARENA(a, 0);
	str body =
	    STR("{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"marking-"
		"definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"created\":\"2026-01-01T"
		"00:00:00.000Z\",\"definition_type\":\"statement\",\"definition\":{"
		"\"statement\":\"x\"}}");
	struct stix_sent s = sent(&a, "marking-definition", body, TLP_RED);

	CHECK(s.text.p == body.p && str_eq(s.version, STR("2026-01-01T00:00:00.000Z")));
}

RUN_TESTS({"as it came", as_it_came}, {"marked on the way", marked_on_the_way},
	  {"the stricter wins", the_stricter_wins}, {"a text is no marking", a_text_is_no_marking},
	  {"older STIX", older_stix}, {"markings are not marked", markings_are_not_marked})
