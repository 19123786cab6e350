// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"

#include "base/codec.h"
#include "tests/check.h"

static struct json_scan over(str text)
{
	return (struct json_scan){text.p, text.p, text.p + text.n, NULL};
}

/* What a string must stop at, put at every place of its eight-byte steps. */
static void strings_stop_at_every_phase(void)
{
	static const struct {
		str tail;
		bool ok;
	} rows[] = {
	    {STR_INIT("\"rest"), true},
	    {STR_INIT("\\n\"rest"), true},
	    {STR_INIT("火\"rest"), true},
	    {STR_INIT("\\ud83d\\udd25\"rest"), true},
	    {STR_INIT("\x7f\"rest"), true},
	    {STR_INIT("\xe0\xa0\x80\"rest"), true},
	    {STR_INIT("\xe0\x9f\xbf\"rest"), false},
	    {STR_INIT("\x1f\"restrest"), false},
	    {STR_INIT("\0\"restrest"), false},
	    {STR_INIT("\x80\"restrest"), false},
	    {STR_INIT("\\x\"restrest"), false},
	    {STR_INIT("\xed\xa0\x80\"rest"), false},
	    {STR_INIT("\\udd25\"rest"), false},
	    {STR_INIT("\\ud83d\"rest"), false},
	    {STR_INIT("\\ud83d\\n\"r"), false},
	    {STR_INIT("\\u12g4\"rest"), false},
	    {STR_INIT("\\ud83dxudd25\""), false},
	    {STR_INIT("\\"), false},
	    {STR_INIT("\\u12"), false},
	    {STR_INIT(""), false},
	    {STR_INIT("\xe7\x81"), false},
	    {STR_INIT("\\ud83d\\ud83d\"rest"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t pad = 0; pad < 20; pad++) {
			str got = STR("keep");
			bool escaped = false;
			struct json_scan s;
			enum err err;
			BUF(text);

			buf_add(&text, str_slice(STR("\"aaaaaaaaaaaaaaaaaaaaaaaa"), 0, pad + 1));
			buf_add(&text, rows[i].tail);
			s = over(buf_str(&text));
			err = json_scan_string(&s, &got, &escaped);
			CHECK(err == (rows[i].ok ? ERR_OK : ERR_INVALID));
			if (err)
				CHECK(str_eq(got, STR("keep")));
			else
				CHECK(got.n == text.n - 6 && s.end - s.p == 4 &&
				      escaped == (rows[i].tail.p[0] == '\\'));
		}
}

static void escapes_mean_what_the_standard_says(void)
{
	static const struct {
		str raw, text;
	} rows[] = {
	    {STR_INIT("\\\"\\\\\\/\\b\\f\\n\\r\\t"), STR_INIT("\"\\/\b\f\n\r\t")},
	    {STR_INIT("a\\u0000b"), STR_INIT("a\0b")},
	    {STR_INIT("\\u706B\\u706b"), STR_INIT("火火")},
	    {STR_INIT("x\\ud83d\\udd25y"), STR_INIT("x\xf0\x9f\x94\xa5y")},
	    {STR_INIT("\\uDBFF\\uDFFF"), STR_INIT("\xf4\x8f\xbf\xbf")},
	    {STR_INIT("\\u00e9\\u007f\\u0800\\uffff"),
	     STR_INIT("\xc3\xa9\x7f\xe0\xa0\x80\xef\xbf\xbf")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char to[64];
		size_t n = json_unescape(rows[i].raw, to);

		CHECK(str_eq((str){to, n}, rows[i].text) && utf8_valid((str){to, n}));
	}
}

static void numbers_follow_the_grammar(void)
{
	static const struct {
		str text;
		size_t taken; /* 0: refused */
	} rows[] = {
	    {STR_INIT("0"), 1},        {STR_INIT("-0"), 2},    {STR_INIT("10"), 2},
	    {STR_INIT("1.50e+10"), 8}, {STR_INIT("1E-2"), 4},  {STR_INIT("01"), 1},
	    {STR_INIT("-01"), 2},      {STR_INIT("1,2"), 1},   {STR_INIT("-"), 0},
	    {STR_INIT("+1"), 0},       {STR_INIT(".5"), 0},    {STR_INIT("1."), 0},
	    {STR_INIT("1.e1"), 0},     {STR_INIT("1e"), 0},    {STR_INIT("1e+"), 0},
	    {STR_INIT("-a"), 0},       {STR_INIT("NaN"), 0},   {STR_INIT(""), 0},
	    {STR_INIT("0x1"), 1},      {STR_INIT("1.2.3"), 3},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_scan s = over(rows[i].text);
		str got = STR_NULL;

		CHECK(json_scan_number(&s, &got) == (rows[i].taken ? ERR_OK : ERR_INVALID));
		CHECK(got.n == rows[i].taken);
	}
}

/* A run of blanks must end before the first other byte, whatever its length. */
static void space_ends_where_it_ends(void)
{
	for (size_t n = 0; n < 70; n++)
		for (size_t after = 0; after < 12; after++) {
			struct json_scan s;
			BUF(text);

			buf_printf(&text, "\n%*s%.*s", (int)n, "", (int)after, "xxxxxxxxxxxx");
			s = over(buf_str(&text));
			json_skip_space(&s);
			CHECK((size_t)(s.p - s.start) == n + 1);
		}
}

static void walking_needs_no_memory_and_keeps_the_depth(void)
{
	static const char bracket[2] = {'[', ']'};
	BUF(text);

	for (int k = 0; k < 2; k++)
		for (int i = 0; i < 100; i++)
			buf_add_char(&text, bracket[k]);
	for (size_t depth = 98; depth < 103; depth++) {
		struct json_scan s = over(buf_str(&text));

		CHECK(json_scan_value(&s, depth) == (depth >= 100 ? ERR_OK : ERR_LIMIT));
	}
}

static void limits_are_filled_in_and_capped(void)
{
	struct json_limits l = json_limits_of(&(struct json_limits){.depth = SIZE_MAX});

	CHECK(l.depth == JSON_DEPTH_MAX && l.nodes == 1000000 && l.bytes == (size_t)64 << 20);
	l = json_limits_of(&(struct json_limits){.nodes = SIZE_MAX, .bytes = SIZE_MAX});
	CHECK(l.depth == 64 && l.nodes == UINT32_MAX && l.bytes == UINT32_MAX);
}

RUN_TESTS({"strings stop at every phase", strings_stop_at_every_phase},
	  {"escapes mean what the standard says", escapes_mean_what_the_standard_says},
	  {"numbers follow the grammar", numbers_follow_the_grammar},
	  {"space ends where it ends", space_ends_where_it_ends},
	  {"walking needs no memory and keeps the depth",
	   walking_needs_no_memory_and_keeps_the_depth},
	  {"limits are filled in and capped", limits_are_filled_in_and_capped})
