// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_internal.h"
#include "tests/check.h"
#include "tests/cost.h"

static void matches_whole_texts(void)
{
	static const struct {
		str pattern, text;
		bool want;
	} rows[] = {
	    {STR_INIT("^CVE-\\d{4}-\\d{4,19}$"), STR_INIT("CVE-2026-12345"), true},
	    {STR_INIT("^CVE-\\d{4}-\\d{4,19}$"), STR_INIT("CVE-2026-123"), false},
	    {STR_INIT("^CVE-\\d{4}-\\d{4,19}$"), STR_INIT("CVE-2026-12345 "), false},
	    {STR_INIT("^[A-Z]{2}$"), STR_INIT("JP"), true},
	    {STR_INIT("^[A-Z]{2}$"), STR_INIT("JPN"), false},
	    {STR_INIT("^[^0-9]+$"), STR_INIT("abc"), true},
	    {STR_INIT("^[^0-9]+$"), STR_INIT("ab1"), false},
	    {STR_INIT("^[^0-9]+$"), STR_INIT(""), false},
	    {STR_INIT("ab?c*"), STR_INIT("a"), true},
	    {STR_INIT("ab?c*"), STR_INIT("abccc"), true},
	    {STR_INIT("ab?c*"), STR_INIT("abb"), false},
	    {STR_INIT("^a\\.b$"), STR_INIT("a.b"), true},
	    {STR_INIT("^a\\.b$"), STR_INIT("axb"), false},
	    {STR_INIT("^a.b$"), STR_INIT("axb"), true},
	    {STR_INIT("^x{2,}$"), STR_INIT("xxxx"), true},
	    {STR_INIT("^[a\\-]$"), STR_INIT("-"), true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(pattern_valid(rows[i].pattern));
		CHECK(pattern_match(rows[i].pattern, rows[i].text) == rows[i].want);
	}
}

static void refuses_what_needs_backtracking(void)
{
	static const str bad[] = {STR_INIT("a*a"), STR_INIT("(a)"),    STR_INIT("a|b"),
				  STR_INIT("[a"),  STR_INIT("a{3,2}"), STR_INIT("a?b?a"),
				  STR_INIT("*"),   STR_INIT("[z-a]"),  STR_INIT("a{x}"),
				  STR_INIT(".*x")};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!pattern_valid(bad[i]));
	CHECK(pattern_valid(STR("a*b")) && pattern_valid(STR("a{2}a")));
}

static void match_many(size_t n, const void *ctx)
{
	static char text[1 << 20];

	(void)ctx;
	memset(text, 'a', n);
	CHECK(pattern_match(STR("^a+$"), (str){text, n}));
	CHECK(!pattern_match(STR("^a+b$"), (str){text, n}));
}

static void is_linear(void)
{
	CHECK_PROPORTIONAL(match_many, 1 << 17, NULL);
}

static void knows_formats(void)
{
	static const struct {
		str format, text;
		bool want;
	} rows[] = {
	    {STR_INIT("date-time"), STR_INIT("2026-11-23T09:30:00+09:00"), true},
	    {STR_INIT("date-time"), STR_INIT("2026-11-23"), false},
	    {STR_INIT("uri"), STR_INIT("https://example.jp/日本"), true},
	    {STR_INIT("uri"), STR_INIT("example.jp"), false},
	    {STR_INIT("uri"), STR_INIT("https://a b"), false},
	    {STR_INIT("uri"), STR_INIT("1a:b"), false},
	    {STR_INIT("email"), STR_INIT("a.b+c@example.co.jp"), true},
	    {STR_INIT("email"), STR_INIT("a@b@example.jp"), false},
	    {STR_INIT("email"), STR_INIT("a@example.jp\r\nBcc: x"), false},
	    {STR_INIT("email"), STR_INIT("a <a@example.jp"), false},
	    {STR_INIT("domain"), STR_INIT("xn--eckwd4c7c.jp"), true},
	    {STR_INIT("domain"), STR_INIT("日本語.jp"), true},
	    {STR_INIT("domain"), STR_INIT("a..b"), false},
	    {STR_INIT("domain"), STR_INIT("-a.jp"), false},
	    {STR_INIT("domain"), STR_INIT(""), false},
	    {STR_INIT("domain"), STR_INIT("."), false},
	    {STR_INIT("cidr"), STR_INIT("192.0.2.0/24"), true},
	    {STR_INIT("cidr"), STR_INIT("192.0.2.1"), true},
	    {STR_INIT("cidr"), STR_INIT("2001:db8::/32"), true},
	    {STR_INIT("cidr"), STR_INIT("2001:db8::/129"), false},
	    {STR_INIT("cidr"), STR_INIT("192.0.2.0/"), false},
	    {STR_INIT("cidr"), STR_INIT("300.0.2.0/8"), false},
	    {STR_INIT("id"), STR_INIT("indicator--00000000-0000-4000-8000-000000000000"), true},
	    {STR_INIT("id"), STR_INIT("indicator"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(format_known(rows[i].format));
		if (format_match(rows[i].format, rows[i].text) != rows[i].want)
			printf("# %.*s\n", STR_ARG(rows[i].text));
		CHECK(format_match(rows[i].format, rows[i].text) == rows[i].want);
	}
	CHECK(!format_known(STR("colour")) && !format_match(STR("colour"), STR("red")));
}

static void follows_paths(void)
{
	ARENA(a, 0);
	struct json v = json_null();

	CHECK(json_parse(&a, STR("{\"a\":{\"b\":[1]},\"c\":\" \",\"d\":[],\"e\":false}"), NULL, &v,
			 NULL) == ERR_OK);
	CHECK(json_count(catalog_path(&v, STR("a.b"))) == 1);
	CHECK(!catalog_path(&v, STR("a.x.y")) && !catalog_path(NULL, STR("a")));
	CHECK(catalog_is_empty(catalog_path(&v, STR("c"))) &&
	      catalog_is_empty(catalog_path(&v, STR("d"))));
	CHECK(catalog_is_empty(NULL) && !catalog_is_empty(catalog_path(&v, STR("e"))));
}

RUN_TESTS({"matches whole texts", matches_whole_texts},
	  {"refuses what needs backtracking", refuses_what_needs_backtracking},
	  {"is linear", is_linear}, {"knows formats", knows_formats},
	  {"follows paths", follows_paths})
