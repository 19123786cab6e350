// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

#include "tests/check.h"

static void order_is_total_and_agrees_with_equality(void)
{
	static const str rows[] = {STR_INIT(""),   STR_INIT("a"), STR_INIT("a\0"),
				   STR_INIT("ab"), STR_INIT("b"), STR_INIT("\xff")};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t j = 0; j < ARRAY_LEN(rows); j++) {
			int c = str_cmp(rows[i], rows[j]);

			CHECK((c < 0) == (i < j) && (c > 0) == (i > j));
			CHECK((c == 0) == str_eq(rows[i], rows[j]));
		}
	CHECK(str_cmp(STR_NULL, STR("")) == 0);
}

static void prefixes_and_suffixes(void)
{
	str s = STR("TLP:Red");

	CHECK(str_starts(s, STR("TLP:")) && !str_starts(s, STR("tlp:")));
	CHECK(str_starts(s, STR("")) && str_starts(STR_NULL, STR_NULL));
	CHECK(str_ends(s, STR("Red")) && !str_ends(s, STR("red")) && str_iends(s, STR("rED")));
	CHECK(!str_ends(STR("d"), STR("Red")) && str_ends(STR_NULL, STR("")));
	CHECK(!str_skip_prefix(&s, STR("tlp:")) && s.n == 7);
	CHECK(str_skip_iprefix(&s, STR("tlp:")) && str_eq(s, STR("Red")));
	CHECK(str_skip_prefix(&s, STR("Re")) && str_eq(s, STR("d")));
	CHECK(!str_skip_iprefix(&s, STR("dd")) && str_eq(s, STR("d")));
	CHECK(str_ieq(STR("aZ-["), STR("Az-[")) && !str_ieq(STR("@"), STR("`")));
}

static void finding(void)
{
	CHECK(str_find(STR("abcabc"), STR("ca")) == 2);
	CHECK(str_find(STR("abc"), STR("")) == 0 && str_find(STR_NULL, STR("")) == 0);
	CHECK(str_find(STR("ab"), STR("abc")) == -1 && str_find(STR_NULL, STR("a")) == -1);
	CHECK(str_find_char(STR("a/b/c"), '/') == 1 && str_rfind_char(STR("a/b/c"), '/') == 3);
	CHECK(str_find_char(STR_NULL, 'a') == -1 && str_rfind_char(STR("x"), 'a') == -1);
}

static void slices_are_clamped(void)
{
	str s = STR("hello");

	for (size_t from = 0; from < 8; from++)
		for (size_t n = 0; n < 8; n++) {
			str got = str_slice(s, from, n);
			size_t want = from >= 5 ? 0 : n < 5 - from ? n : 5 - from;

			CHECK(got.n == want && got.p >= s.p && got.p + got.n <= s.p + 5);
		}
	CHECK(str_eq(str_slice(s, 1, SIZE_MAX), STR("ello")));
	CHECK(str_eq(str_from(s, 4), STR("o")) && str_from(s, s.n).n == 0);
	CHECK(str_from(STR_NULL, 0).n == 0);
	CHECK(str_eq(str_trim(STR(" \t\r\n a b \v\f")), STR("a b")));
	CHECK(str_trim(STR("  ")).n == 0 && str_trim(STR_NULL).n == 0);
}

static void split_gives_every_part_once(void)
{
	static const struct {
		str in;
		size_t parts;
		str last;
	} rows[] = {
	    {STR_INIT("a,b"), 2, STR_INIT("b")},   {STR_INIT(""), 1, STR_INIT("")},
	    {STR_INIT("a,"), 2, STR_INIT("")},     {STR_INIT(",,"), 3, STR_INIT("")},
	    {STR_INIT("abc"), 1, STR_INIT("abc")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str rest = rows[i].in, part = STR_NULL;
		size_t n = 0, bytes = 0;

		while (str_split(&rest, ',', &part)) {
			n++;
			bytes += part.n;
		}
		CHECK(n == rows[i].parts && str_eq(part, rows[i].last));
		CHECK(bytes + n - 1 == rows[i].in.n);
		CHECK(!rest.p && rest.n == 0);
	}
}

static void numbers_refuse_what_does_not_fit(void)
{
	static const str bad_u[] = {STR_INIT(""),
				    STR_INIT("-1"),
				    STR_INIT("+1"),
				    STR_INIT(" 1"),
				    STR_INIT("1 "),
				    STR_INIT("0x1"),
				    STR_INIT("18446744073709551616"),
				    STR_INIT("99999999999999999999")};
	static const str bad_i[] = {STR_INIT("-"), STR_INIT("--1"), STR_INIT("9223372036854775808"),
				    STR_INIT("-9223372036854775809"), STR_INIT("")};
	uint64_t u = 7;
	int64_t v = 7;

	for (size_t i = 0; i < ARRAY_LEN(bad_u); i++)
		CHECK(str_u64(bad_u[i], &u) == ERR_INVALID && u == 7);
	for (size_t i = 0; i < ARRAY_LEN(bad_i); i++)
		CHECK(str_i64(bad_i[i], &v) == ERR_INVALID && v == 7);
	CHECK(str_u64(STR("18446744073709551615"), &u) == ERR_OK && u == UINT64_MAX);
	CHECK(str_u64(STR("007"), &u) == ERR_OK && u == 7);
	CHECK(str_i64(STR("-9223372036854775808"), &v) == ERR_OK && v == INT64_MIN);
	CHECK(str_i64(STR("9223372036854775807"), &v) == ERR_OK && v == INT64_MAX);
}

RUN_TESTS({"order is total and agrees with equality", order_is_total_and_agrees_with_equality},
	  {"prefixes and suffixes", prefixes_and_suffixes}, {"finding", finding},
	  {"slices are clamped", slices_are_clamped},
	  {"split gives every part once", split_gives_every_part_once},
	  {"numbers refuse what does not fit", numbers_refuse_what_does_not_fit})
