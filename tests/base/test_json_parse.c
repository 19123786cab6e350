// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "tests/check.h"
#include "tests/cost.h"

static enum err parse(struct arena *a, const char *text, struct json *ret)
{
	return json_parse(a, str_c(text), NULL, ret, NULL);
}

static void what_is_written_reads_the_same(void)
{
	static const str rows[] = {
	    STR_INIT("null"),
	    STR_INIT("[]"),
	    STR_INIT("{}"),
	    STR_INIT("[[],{},[{}],\"\",0]"),
	    STR_INIT("{\"a\":[1,-2.50e3,\"火\\n\\u0001\"],\"\":{\"b\":true,\"c\":null}}"),
	    STR_INIT("\"\\\"\\\\\""),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		BUF(out);
		struct json v = json_null();

		CHECK(json_parse(&a, rows[i], NULL, &v, NULL) == ERR_OK);
		json_write(&out, &v);
		CHECK(str_eq(buf_str(&out), rows[i]));
	}
}

static void strings_are_slices_unless_escaped(void)
{
	ARENA(a, 0);
	const char *text = " [ \"plain\" , \"esc\\u0061ped\" ] ";
	struct json v = json_null();
	str plain, escaped;

	CHECK(parse(&a, text, &v) == ERR_OK);
	plain = json_str(json_at(&v, 0));
	escaped = json_str(json_at(&v, 1));
	CHECK(plain.p == text + 4 && plain.n == 5);
	CHECK(str_eq(escaped, STR("escaped")) && escaped.p != text + 13);
	CHECK(sizeof(struct json) == 16);
}

static void refusals_name_the_byte_and_leave_the_output(void)
{
	static const struct {
		str text;
		const char *why;
	} rows[] = {
	    {STR_INIT(""), "unexpected end at byte 0"},
	    {STR_INIT("  x"), "unexpected 'x' at byte 2"},
	    {STR_INIT("[1,]"), "unexpected ']' at byte 3"},
	    {STR_INIT("{\"a\" 1}"), "unexpected '1' at byte 5"},
	    {STR_INIT("{\"a\":1,}"), "unexpected '}' at byte 7"},
	    {STR_INIT("[1}"), "unexpected '}' at byte 2"},
	    {STR_INIT("[1] ]"), "unexpected ']' at byte 4"},
	    {STR_INIT("\xef\xbb\xbf{}"), "unexpected byte 0xef at byte 0"},
	    {STR_INIT("\"a\nb\""), "control character in a string at byte 2"},
	    {STR_INIT("\"\\ud800\""), "malformed escape or lone surrogate at byte 1"},
	    {STR_INIT("\"\xc0\x80\""), "malformed UTF-8 at byte 1"},
	    {STR_INIT("{\"a\":1,\"\\u0061\":2}"), "duplicate key \"a\" before byte 18"},
	    {STR_INIT("nul"), "unexpected 'n' at byte 0"},
	    {STR_INIT("[-]"), "unexpected ']' at byte 2"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json v = json_from_bool(true);
		struct why why = {.text = ""};

		CHECK(json_parse(&a, rows[i].text, NULL, &v, &why) == ERR_INVALID);
		CHECK(strcmp(why.text, rows[i].why) == 0);
		CHECK(v.type == JSON_TRUE);
	}
}

static void every_prefix_of_a_document_is_refused(void)
{
	str text = STR("{\"a\":[1.5e3,true,\"\\u00e9火\"],\"b\":{\"c\":null}}");

	for (size_t n = 0; n <= text.n; n++) {
		ARENA(a, 0);
		struct json v;
		/* a copy of exactly n bytes, so that a sanitizer sees an overrun */
		char *copy = mem_cstr(str_slice(text, 0, n));
		char *exact = mem_alloc(n);

		memcpy(exact, copy, n);
		CHECK((json_parse(&a, (str){exact, n}, NULL, &v, NULL) == ERR_OK) == (n == text.n));
		mem_free(exact);
		mem_free(copy);
	}
}

/* Objects of all sizes around the change from comparing to hashing; the second
 * of the equal keys is spelt with an escape. */
static void duplicates_are_found_in_objects_of_any_size(void)
{
	for (unsigned n = 2; n < 60; n++)
		for (unsigned twice = 0; twice < n; twice += n / 3 + 1) {
			ARENA(a, 0);
			BUF(text);
			struct json v;

			buf_add_char(&text, '{');
			for (unsigned i = 0; i < n; i++)
				buf_printf(&text, "\"k%u\":%u,", i, i);
			text.p[text.n - 1] = '}';
			CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_OK);
			CHECK(json_count(&v) == n);
			text.p[text.n - 1] = ',';
			buf_printf(&text, "\"\\u006b%u\":0}", twice);
			CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_INVALID);
		}
}

static void parse_members(size_t n, const void *ctx)
{
	ARENA(a, 0);
	BUF(text);
	struct json v;

	(void)ctx;
	buf_add_char(&text, '{');
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "\"key-%zu\":0,", i);
	text.p[text.n - 1] = '}';
	CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_OK);
}

static void a_large_object_takes_time_in_proportion(void)
{
	CHECK_PROPORTIONAL(parse_members, 37500, NULL);
}

static void limits_are_kept_to_the_unit(void)
{
	const struct json_limits three = {.depth = 3}, nodes = {.nodes = 4}, bytes = {.bytes = 7};
	static const struct {
		str text;
		bool depth_ok, nodes_ok, bytes_ok;
	} rows[] = {
	    {STR_INIT("[[[]]]"), true, true, true},
	    {STR_INIT("[[[[]]]]"), false, true, false},
	    {STR_INIT("[1,2,3]"), true, true, true},
	    {STR_INIT("[1,2,3,4]"), true, false, false},
	    {STR_INIT("{\"a\":[[1]]}"), true, true, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json v;

		CHECK((json_parse(&a, rows[i].text, &three, &v, NULL) == ERR_LIMIT) ==
		      !rows[i].depth_ok);
		CHECK((json_parse(&a, rows[i].text, &nodes, &v, NULL) == ERR_LIMIT) ==
		      !rows[i].nodes_ok);
		CHECK((json_parse(&a, rows[i].text, &bytes, &v, NULL) == ERR_LIMIT) ==
		      !rows[i].bytes_ok);
	}
}

static void deep_and_wide_input_cannot_exhaust_us(void)
{
	ARENA(a, (size_t)1 << 20);
	const struct json_limits deep = {.depth = SIZE_MAX};
	struct json v;
	BUF(text);

	for (int i = 0; i < 100000; i++)
		buf_add_char(&text, '[');
	CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_LIMIT);
	CHECK(json_parse(&a, buf_str(&text), &deep, &v, NULL) == ERR_LIMIT);
	arena_reset(&a);
	buf_clear(&text);
	buf_add_char(&text, '[');
	for (int i = 0; i < 200000; i++)
		buf_add(&text, STR("0,"));
	buf_add(&text, STR("0]"));
	/* 3.2 MB of values do not fit into 1 MiB */
	CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_LIMIT);
	CHECK(a.used_bytes < (size_t)2 << 20);
}

RUN_TESTS({"what is written reads the same", what_is_written_reads_the_same},
	  {"strings are slices unless escaped", strings_are_slices_unless_escaped},
	  {"refusals name the byte and leave the output",
	   refusals_name_the_byte_and_leave_the_output},
	  {"every prefix of a document is refused", every_prefix_of_a_document_is_refused},
	  {"duplicates are found in objects of any size",
	   duplicates_are_found_in_objects_of_any_size},
	  {"a large object takes time in proportion", a_large_object_takes_time_in_proportion},
	  {"limits are kept to the unit", limits_are_kept_to_the_unit},
	  {"deep and wide input cannot exhaust us", deep_and_wide_input_cannot_exhaust_us})
