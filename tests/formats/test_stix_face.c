// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/convert.h"

#define UID "0a5a7f5e-0000-4000-8000-000000000011"

static struct json face(struct arena *a, enum record_form form, const char *type, const char *body,
			enum tlp tlp)
{
	struct format_record r = {.form = form,
				  .type = str_c(type),
				  .body = str_c(body),
				  .tlp = tlp,
				  .created_us = 1000000};
	struct json o = json_object();
	struct why why = {0};

	CHECK(uuid_parse(STR(UID), &r.uid) == ERR_OK);
	CHECK(stix_face(a, NULL, &r, &o, &why) == ERR_OK);
	return o;
}

#define ATTRIBUTE(ids)                                                                             \
	"{\"Attribute\":{\"uuid\":\"" UID                                                          \
	"\",\"type\":\"domain\",\"category\":\"Network activity\",\"value\":\"evil.example\","     \
	"\"to_ids\":" ids ",\"timestamp\":\"1764000000\",\"comment\":\"c\"}}"

static void every_form_has_a_face(void)
{
	static const struct {
		enum record_form form;
		const char *type, *body, *key, *want;
	} rows[] = {
	    {FORM_MISP, "indicator", ATTRIBUTE("true"), "pattern",
	     "[domain-name:value = 'evil.example']"},
	    {FORM_MISP, "indicator", ATTRIBUTE("true"), "id", "indicator--" UID},
	    {FORM_MISP, "indicator", ATTRIBUTE("true"), "valid_from", "2025-11-24T16:00:00.000Z"},
	    {FORM_MISP, "x-hikeshi-observable", ATTRIBUTE("false"), "kind", "domain-name"},
	    {FORM_MISP, "x-hikeshi-observable", ATTRIBUTE("false"), "value", "evil.example"},
	    {FORM_MISP, "report", "{\"Event\":{\"info\":\"調査\",\"timestamp\":\"1764000000\"}}",
	     "name", "調査"},
	    {FORM_MISP, "report", "{\"Event\":{\"info\":\"調査\",\"timestamp\":\"1764000000\"}}",
	     "published", "2025-11-24T16:00:00.000Z"},
	    {FORM_MISP, "grouping", "{\"Event\":{\"info\":\"i\"}}", "context",
	     "suspicious-activity"},
	    {FORM_MISP, "x-misp-object", "{\"Object\":{\"name\":\"file\"}}", "x_misp_name", "file"},
	    {FORM_MISP, "note", "{\"EventReport\":{\"name\":\"n\",\"content\":\"text\"}}",
	     "content", "text"},
	    {FORM_STIX, "tool", "{\"type\":\"tool\",\"id\":\"tool--" UID "\"}", "id", "tool--" UID},
	    {FORM_OWN, "x-hikeshi-observable", "{\"kind\":\"ipv4-addr\",\"value\":\"203.0.113.7\"}",
	     "type", "ipv4-addr"},
	    {FORM_OWN, "x-hikeshi-incident", "{\"title\":\"t\",\"type\":\"evil\"}", "type",
	     "x-hikeshi-incident"},
	    {FORM_OWN, "x-hikeshi-incident", "{\"title\":\"t\"}", "title", "t"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json o = face(&a, rows[i].form, rows[i].type, rows[i].body, TLP_AMBER);

		CHECK(str_eq(json_get_str(&o, rows[i].key), str_c(rows[i].want)));
		if (!str_eq(json_get_str(&o, rows[i].key), str_c(rows[i].want)))
			printf("# row %zu: %.*s\n", i, STR_ARG(json_get_str(&o, rows[i].key)));
	}
}

static void a_label_is_added_only_where_there_is_none(void)
{
	ARENA(a, 0);
	struct json o =
	    face(&a, FORM_STIX, "tool", "{\"type\":\"tool\",\"id\":\"tool--" UID "\"}", TLP_RED);
	const struct json *refs = json_get_c(&o, "object_marking_refs");

	CHECK(json_count(refs) == 1);
	CHECK(str_eq(json_str(json_at(refs, 0)),
		     STR("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")));
	o = face(&a, FORM_STIX, "tool",
		 "{\"type\":\"tool\",\"id\":\"tool--" UID
		 "\",\"object_marking_refs\":[\"marking-definition--34098fce-860f-48ae-8e50-"
		 "ebd3cc5e41da\"]}",
		 TLP_RED);
	CHECK(json_count(json_get_c(&o, "object_marking_refs")) == 1);
	o = face(&a, FORM_STIX, "tool",
		 "{\"type\":\"tool\",\"id\":\"tool--" UID
		 "\",\"object_marking_refs\":[\"marking-definition--" UID "\"]}",
		 TLP_RED);
	CHECK(json_count(json_get_c(&o, "object_marking_refs")) == 2);
}

/* Every object of a bundle is marked, every marking it uses is defined in it once, before its first
 * use. */
static void bundles_carry_their_markings_once(void)
{
	struct collected c;
	struct format_sink sink;
	struct json bundle;
	size_t definitions = 0;
	BUF(text);
	BUF(out);

	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(file_read(sample_path("misp-event.json"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(format_read(FORMAT_MISP, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	CHECK(convert_write(FORMAT_STIX, &c, &out, NULL, NULL, NULL) == ERR_OK);
	CHECK(json_parse(&c.arena, buf_str(&out), NULL, &bundle, NULL) == ERR_OK);
	const struct json *objects = json_get_c(&bundle, "objects");

	for (size_t i = 0; i < json_count(objects); i++) {
		const struct json *o = json_at(objects, i),
				  *refs = json_get_c(o, "object_marking_refs");
		bool found = false;

		if (str_eq(json_get_str(o, "type"), STR("marking-definition"))) {
			definitions++;
			continue;
		}
		CHECK(json_count(refs) == 1);
		for (size_t k = 0; k < i; k++)
			found = found || str_eq(json_get_str(json_at(objects, k), "id"),
						json_str(json_at(refs, 0)));
		CHECK(found);
		for (size_t k = 0; k < i; k++)
			CHECK(!str_eq(json_get_str(json_at(objects, k), "id"),
				      json_get_str(o, "id")));
	}
	CHECK(definitions == 2);
	CHECK(str_find(buf_str(&out), STR("\"object_refs\":[\"")) > 0);
	collected_done(&c);
}

RUN_TESTS({"faces", every_form_has_a_face}, {"labels", a_label_is_added_only_where_there_is_none},
	  {"markings", bundles_carry_their_markings_once})
