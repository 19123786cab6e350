// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include "tests/check.h"

static void text_and_back(void)
{
	for (int i = 0; i < 200; i++) {
		struct uuid u = uuid_new(), v = {{0}};
		char text[UUID_TEXT];

		uuid_text(u, text);
		CHECK(text[14] == '4' &&
		      (text[19] == '8' || text[19] == '9' || text[19] == 'a' || text[19] == 'b'));
		CHECK(uuid_parse((str){text, UUID_TEXT}, &v) == ERR_OK && uuid_eq(u, v));
		CHECK(!uuid_is_zero(u) && !uuid_eq(u, uuid_new()));
	}
}

static void reads_any_case_and_refuses_the_rest(void)
{
	static const str bad[] = {
	    STR_INIT(""),
	    STR_INIT("2ED6657D-E927-568B-95E1-2665A8AEA6A"),
	    STR_INIT("2ED6657D-E927-568B-95E1-2665A8AEA6A22"),
	    STR_INIT("2ED6657DE-927-568B-95E1-2665A8AEA6A2"),
	    STR_INIT("2ED6657D-E927-568B-95E1-2665A8AEA6G2"),
	    STR_INIT("{ED6657D-E927-568B-95E1-2665A8AEA6A}"),
	};
	struct uuid u = {{1}}, keep = u;
	char text[UUID_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(uuid_parse(bad[i], &u) == ERR_INVALID && uuid_eq(u, keep));
	CHECK(uuid_parse(STR("2ED6657D-E927-568B-95E1-2665A8AEA6A2"), &u) == ERR_OK);
	uuid_text(u, text);
	CHECK(memcmp(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2", UUID_TEXT) == 0);
}

/* RFC 9562 A.4: www.example.com in the DNS namespace. */
static void version_5_of_the_standard(void)
{
	struct uuid dns, want;

	CHECK(uuid_parse(STR("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &dns) == ERR_OK);
	CHECK(uuid_parse(STR("2ed6657d-e927-568b-95e1-2665a8aea6a2"), &want) == ERR_OK);
	CHECK(uuid_eq(uuid_v5(dns, STR("www.example.com")), want));
	CHECK(!uuid_eq(uuid_v5(dns, STR_NULL), want));
}

#define UUID "2ed6657d-e927-568b-95e1-2665a8aea6a2"

static void ids_of_stix(void)
{
	static const str bad[] = {
	    STR_INIT("ab--" UUID),
	    STR_INIT("-abc--" UUID),
	    STR_INIT("abc---" UUID),
	    STR_INIT("a--bc--" UUID),
	    STR_INIT("Abc--" UUID),
	    STR_INIT("abc-" UUID),
	    STR_INIT("abc--" UUID "0"),
	    STR_INIT("--" UUID),
	    STR_INIT("a_c--" UUID),
	    STR_INIT("indicator--2ed6"),
	    STR_INIT(""),
	};
	char longest[250 + 2 + UUID_TEXT + 1];
	str type = STR("keep");
	struct uuid u = {{9}};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(id_parse(bad[i], &type, &u) == ERR_INVALID);
	CHECK(str_eq(type, STR("keep")) && u.b[0] == 9);
	CHECK(id_parse(STR("x-hikeshi-report2--" UUID), &type, &u) == ERR_OK);
	CHECK(str_eq(type, STR("x-hikeshi-report2")) && u.b[0] == 0x2e);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 250, "--" UUID, 2 + UUID_TEXT);
	CHECK(id_parse((str){longest, sizeof(longest) - 1}, &type, &u) == ERR_OK && type.n == 250);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 251, "--" UUID, 2 + UUID_TEXT);
	CHECK(id_parse((str){longest, sizeof(longest)}, &type, &u) == ERR_INVALID);
}

RUN_TESTS({"text and back", text_and_back},
	  {"reads any case and refuses the rest", reads_any_case_and_refuses_the_rest},
	  {"version 5 of the standard", version_5_of_the_standard}, {"ids of STIX", ids_of_stix})
