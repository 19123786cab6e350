// SPDX-License-Identifier: Apache-2.0
/* Bodies against types: every kind of fault, named by field in both languages. */
#include "catalog/catalog_internal.h"
#include "tests/check.h"

static struct catalog *cat;

static const struct catalog_type *type_of(const char *plural)
{
	if (!cat)
		CHECK(catalog_load(NULL, &cat, NULL) == ERR_OK);
	return catalog_plural(cat, str_c(plural)) ? catalog_plural(cat, str_c(plural))
						  : catalog_type(cat, str_c(plural));
}

static enum err validate(struct arena *a, const char *plural, const char *text, bool partial,
			 struct catalog_faults *faults, struct why *why)
{
	const struct catalog_type *t = type_of(plural);
	struct json body = json_null();

	CHECK(json_parse(a, str_c(text), NULL, &body, NULL) == ERR_OK);
	return catalog_validate(a, cat, t, &body, partial, faults, why);
}

static void names_the_first_fault_in_both_languages(void)
{
	static const struct {
		const char *plural, *body, *code, *pointer;
	} rows[] = {
	    {"incidents", "{}", "required", "/title"},
	    {"incidents", "{\"title\":\"\"}", "length", "/title"},
	    {"incidents", "{\"title\":\"x\",\"foo\":1}", "unknown_field", "/foo"},
	    {"incidents", "{\"title\":\"x\",\"tlp\":\"TLP:RED\"}", "unknown_field", "/tlp"},
	    {"incidents", "{\"title\":\"x\",\"a/b~c\":1}", "unknown_field", "/a~1b~0c"},
	    {"incidents", "{\"title\":1}", "type", "/title"},
	    {"incidents", "{\"title\":null}", "type", "/title"},
	    {"incidents", "{\"title\":\"x\",\"severity\":\"urgent\"}", "enum", "/severity"},
	    {"incidents", "{\"title\":\"x\",\"detected\":\"yesterday\"}", "format", "/detected"},
	    {"incidents", "{\"title\":\"x\",\"report\":[\"nonsense\"]}", "format", "/report/0"},
	    {"incidents",
	     "{\"title\":\"x\",\"report\":[\"x-hikeshi-incident--00000000-0000-4000-8000-"
	     "000000000000\"]}",
	     "format", "/report/0"},
	    {"incidents", "{\"title\":\"x\",\"language\":\"日本語\"}", "pattern", "/language"},
	    {"warnings", "{\"title\":\"x\",\"what\":{\"impakt\":\"x\"}}", "unknown_field",
	     "/what/impakt"},
	    {"warnings", "{\"title\":\"x\",\"what\":{\"cve\":[\"CVE-2026-1\"]}}", "pattern",
	     "/what/cve/0"},
	    {"warnings", "{\"title\":\"x\",\"how\":{\"mitigate\":[{\"kind\":\"temporary\"}]}}",
	     "required", "/how/mitigate/0/text"},
	    {"warnings", "{\"title\":\"x\",\"how\":{\"mitigate\":\"patch\"}}", "type",
	     "/how/mitigate"},
	    {"assessments",
	     "{\"warning\":\"x-hikeshi-warning--00000000-0000-4000-8000-000000000000\",\"count\":-"
	     "1}",
	     "range", "/count"},
	    {"assessments",
	     "{\"warning\":\"x-hikeshi-warning--00000000-0000-4000-8000-000000000000\",\"count\":1."
	     "5}",
	     "type", "/count"},
	    {"teams", "{\"name\":\"x\",\"cidrs\":[\"192.0.2.0/33\"]}", "format", "/cidrs/0"},
	    {"teams", "{\"name\":\"x\",\"country\":\"jp\"}", "pattern", "/country"},
	    {"teams", "{\"name\":\"x\",\"domains\":[\"no blank.example\"]}", "format",
	     "/domains/0"},
	    {"people", "{\"name\":\"x\",\"email\":\"@example.jp\"}", "format", "/email"},
	    {"location",
	     "{\"type\":\"location\",\"id\":\"location--00000000-0000-4000-8000-000000000000\","
	     "\"created\":\"2026-01-01T00:00:00Z\",\"modified\":\"2026-01-01T00:00:00Z\","
	     "\"latitude\":91}",
	     "range", "/latitude"},
	    {"file",
	     "{\"type\":\"file\",\"id\":\"file--00000000-0000-4000-8000-000000000000\",\"size\":1}",
	     "required", "/hashes"},
	    {"file",
	     "{\"type\":\"file\",\"id\":\"file--00000000-0000-4000-8000-000000000000\",\"hashes\":{"
	     "\"MD5\":1}}",
	     "type", "/hashes/MD5"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct catalog_faults faults = {0};
		struct why why = {0};
		enum err err = validate(&a, rows[i].plural, rows[i].body, false, &faults, &why);

		CHECK(err == ERR_UNPROCESSABLE && faults.n == 1);
		if (strcmp(why.code, rows[i].code) || strcmp(why.field, rows[i].pointer))
			printf("# row %zu: %s %s: %s\n", i, why.code, why.field, why.text);
		CHECK(!strcmp(why.code, rows[i].code) && !strcmp(why.field, rows[i].pointer));
		CHECK(why.text[0] && why.text_ja[0]);
		if (faults.n)
			CHECK(str_eq(faults.p[0].en, str_c(why.text)) &&
			      str_eq(faults.p[0].ja, str_c(why.text_ja)));
	}
}

static void says_it_with_the_label_of_the_field(void)
{
	ARENA(a, 0);
	struct why why = {0};

	CHECK(validate(&a, "incidents", "{}", false, NULL, &why) == ERR_UNPROCESSABLE);
	CHECK(!strcmp(why.text, "Title ('title') is required"));
	CHECK(!strcmp(why.text_ja, "「表題」(title)は必須です"));
}

static void accepts_what_the_interface_page_shows(void)
{
	static const char *const rows[][2] = {
	    {"reports",
	     "{\"title\":\"t\",\"description\":\"d\",\"reporter\":{\"name\":\"n\",\"email\":\"a@"
	     "example.jp\","
	     "\"organization\":\"o\",\"anonymous\":false},\"purpose\":\"information\",\"occurred\":"
	     "\"2026-11-01T09:00:00+09:00\","
	     "\"known\":\"2026-11-01T00:00:00Z\",\"may_share\":true,\"language\":\"ja\"}"},
	    {"incidents",
	     "{\"title\":\"t\",\"summary\":\"s\",\"severity\":\"high\",\"category\":\"phishing\","
	     "\"report\":"
	     "[\"x-hikeshi-report--00000000-0000-4000-8000-000000000000\"],\"assignee\":"
	     "\"x-hikeshi-person--00000000-0000-4000-8000-000000000000\"}"},
	    {"warnings", "{\"title\":\"t\",\"summary\":\"s\",\"class\":\"alert\",\"urgency\":"
			 "\"emergency\",\"severity\":\"critical\","
			 "\"language\":\"ja\",\"what\":{\"event_type\":\"attack\",\"impact\":\"i\","
			 "\"exploitation\":\"exploited\","
			 "\"indicators\":[\"indicator--00000000-0000-4000-8000-000000000000\"],"
			 "\"cve\":[\"CVE-2026-12345\"],"
			 "\"products\":[\"p\"]},\"whom\":{\"teams\":[\"x-hikeshi-team--00000000-"
			 "0000-4000-8000-000000000000\"],"
			 "\"people\":[],\"except\":[],\"sectors\":[\"finance\"],\"affected\":\"a\"}"
			 ",\"when\":{\"observed_from\":"
			 "\"2026-11-01T00:00:00Z\",\"observed_to\":\"2026-11-02T00:00:00Z\","
			 "\"known_at\":\"2026-11-02T00:00:00Z\","
			 "\"valid_until\":\"2026-12-01T00:00:00Z\",\"next_update_at\":\"2026-11-"
			 "03T00:00:00Z\",\"act_by\":"
			 "\"2026-11-03T00:00:00Z\",\"ack_by\":\"2026-11-03T00:00:00Z\"},\"why\":{"
			 "\"rationale\":\"r\",\"motive\":\"m\","
			 "\"confidence\":\"high\",\"basis\":\"own_observation\"},\"how\":{"
			 "\"attack\":\"a\",\"techniques\":[\"T1566\"],"
			 "\"detect\":\"d\",\"mitigate\":[{\"text\":\"t\",\"kind\":\"temporary\"}],"
			 "\"report_back\":\"r\"},\"who\":"
			 "{\"author\":\"a\",\"contact\":\"c\",\"actor\":\"x\"},\"incident\":"
			 "\"x-hikeshi-incident--00000000-0000-4000-8000-000000000000\"}"},
	    {"observables", "{\"kind\":\"domain-name\",\"value\":\"evil.example\",\"count\":3}"},
	    {"malware", "{\"type\":\"malware\",\"id\":\"malware--00000000-0000-4000-8000-"
			"000000000000\",\"created\":"
			"\"2026-01-01T00:00:00.000Z\",\"modified\":\"2026-01-01T00:00:00.000Z\","
			"\"is_family\":false,"
			"\"x_custom\":{\"deep\":[1]}}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct why why = {0};

		if (validate(&a, rows[i][0], rows[i][1], false, NULL, &why) != ERR_OK) {
			printf("# %s: %s: %s\n", rows[i][0], why.field, why.text);
			CHECK(false);
		}
	}
}

static void lets_drafts_be_incomplete_but_not_wrong(void)
{
	ARENA(a, 0);

	CHECK(validate(&a, "incidents", "{}", true, NULL, NULL) == ERR_OK);
	CHECK(validate(&a, "incidents", "{\"severity\":\"x\"}", true, NULL, NULL) ==
	      ERR_UNPROCESSABLE);
	CHECK(validate(&a, "incidents", "[]", true, NULL, NULL) == ERR_UNPROCESSABLE);
}

static void stops_at_thirty_two_faults(void)
{
	ARENA(a, 0);
	struct catalog_faults faults = {0};
	BUF(body);

	buf_add(&body, STR("{\"title\":\"x\""));
	for (int i = 0; i < 1000; i++)
		buf_printf(&body, ",\"field%d\":1", i);
	buf_add(&body, STR("}"));
	CHECK(validate(&a, "incidents", buf_cstr(&body), false, &faults, NULL) ==
	      ERR_UNPROCESSABLE);
	CHECK(faults.n == 32);
}

static void counts_characters_not_bytes(void)
{
	ARENA(a, 0);
	BUF(body);

	buf_add(&body, STR("{\"title\":\""));
	for (int i = 0; i < 200; i++)
		buf_add(&body, STR("字"));
	buf_add(&body, STR("\"}"));
	CHECK(validate(&a, "incidents", buf_cstr(&body), false, NULL, NULL) == ERR_OK);
	body.n -= 2;
	buf_add(&body, STR("字\"}"));
	CHECK(validate(&a, "incidents", buf_cstr(&body), false, NULL, NULL) == ERR_UNPROCESSABLE);
}

/* A schema of our own making for what no type file uses yet. */
static void knows_unique_items_const_and_enum(void)
{
	static const struct {
		const char *schema, *body;
		bool ok;
	} rows[] = {
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"uniqueItems\":true}}"
	     "}",
	     "{\"a\":[1,\"1\",[1],{\"b\":1}]}", true},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"uniqueItems\":true}}"
	     "}",
	     "{\"a\":[[1],[1]]}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":\"x\"}}}", "{\"a\":\"x\"}",
	     true},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":\"x\"}}}", "{\"a\":\"y\"}",
	     false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[1,2]}}}", "{\"a\":2.0}", true},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[1,2]}}}", "{\"a\":3}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"minItems\":2,"
	     "\"maxItems\":3}}}",
	     "{\"a\":[1,2,3]}", true},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"minItems\":2,"
	     "\"maxItems\":3}}}",
	     "{\"a\":[1]}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"minItems\":2,"
	     "\"maxItems\":3}}}",
	     "{\"a\":[1,2,3,4]}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\",\"minimum\":0.5,"
	     "\"maximum\":1}}}",
	     "{\"a\":0.4}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\",\"minimum\":0.5,"
	     "\"maximum\":1}}}",
	     "{\"a\":1}", true},
	};

	(void)type_of("incidents");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json schema = json_null(), body = json_null();
		struct catalog_type t = {.schema = &schema};

		CHECK(json_parse(&a, str_c(rows[i].schema), NULL, &schema, NULL) == ERR_OK);
		CHECK(json_parse(&a, str_c(rows[i].body), NULL, &body, NULL) == ERR_OK);
		CHECK((catalog_validate(&a, cat, &t, &body, false, NULL, NULL) == ERR_OK) ==
		      rows[i].ok);
	}
}

static void cuts_foreign_names_between_characters(void)
{
	ARENA(a, 0);
	struct why why = {0};
	BUF(body);

	buf_add(&body, STR("{\"title\":\"x\",\""));
	for (int i = 0; i < 100; i++)
		buf_add(&body, STR("字"));
	buf_add(&body, STR("\":1}"));
	CHECK(validate(&a, "incidents", buf_cstr(&body), false, NULL, &why) == ERR_UNPROCESSABLE);
	CHECK(strstr(why.text, "…") != NULL && strlen(why.text) < 200);
}

RUN_TESTS({"names the first fault in both languages", names_the_first_fault_in_both_languages},
	  {"says it with the label of the field", says_it_with_the_label_of_the_field},
	  {"accepts what the interface page shows", accepts_what_the_interface_page_shows},
	  {"lets drafts be incomplete but not wrong", lets_drafts_be_incomplete_but_not_wrong},
	  {"stops at thirty-two faults", stops_at_thirty_two_faults},
	  {"counts characters, not bytes", counts_characters_not_bytes},
	  {"knows unique items, const and enum", knows_unique_items_const_and_enum},
	  {"cuts foreign names between characters", cuts_foreign_names_between_characters})
