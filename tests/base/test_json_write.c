// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/clock.h"
#include "base/codec.h"
#include "tests/check.h"

static void every_string_survives(void)
{
	for (uint32_t c = 0; c < 0x11000; c++) {
		ARENA(a, 0);
		BUF(text);
		BUF(out);
		struct json v = json_null();

		buf_add_char(&text, 'a');
		utf8_add(&text, c);
		json_write_str(&out, buf_str(&text));
		CHECK(json_parse(&a, buf_str(&out), NULL, &v, NULL) == ERR_OK);
		if (!str_eq(json_str(&v), buf_str(&text)))
			CHECK(false && "a character changed");
	}
}

/* Plain text is passed over sixteen and eight bytes at a time: something else at each place. */
static void what_is_not_plain_is_seen_anywhere(void)
{
	static const str odd[] = {STR_INIT("\""),   STR_INIT("\\"),  STR_INIT("\x1f"),
				  STR_INIT("\x7f"), STR_INIT("é"),   STR_INIT("火の用心"),
				  STR_INIT("🔥"),    STR_INIT("\xff")};

	for (size_t before = 0; before < 40; before++)
		for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
			ARENA(a, 0);
			BUF(text);
			BUF(out);
			struct json v = json_null();
			bool bad = odd[i].p[0] == '\xff';

			for (size_t k = 0; k < before; k++)
				buf_add_char(&text, (char)(' ' + (k * 7) % 2));
			buf_add(&text, odd[i]);
			buf_add(&text, STR("behind it, and more than sixteen bytes"));
			json_write_str(&out, buf_str(&text));
			CHECK(json_parse(&a, buf_str(&out), NULL, &v, NULL) == ERR_OK);
			CHECK(bad ? v.n == text.n + 2 : str_eq(json_str(&v), buf_str(&text)));
		}
}

static void escapes_are_the_short_ones(void)
{
	BUF(out);

	json_write_str(&out, STR("\b\t\n\f\r\"\\/\x01\x1f\x7f火"));
	CHECK(str_eq(buf_str(&out), STR("\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\x7f火\"")));
	buf_clear(&out);
	json_write_str(&out, STR("a\xff\xe7\x81z"));
	CHECK(str_eq(buf_str(&out), STR("\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"")));
	buf_clear(&out);
	json_write_str(&out, STR_NULL);
	json_write(&out, NULL);
	CHECK(str_eq(buf_str(&out), STR("\"\"null")));
}

static void pieces_get_their_commas(void)
{
	ARENA(a, 0);
	struct json_out o;
	struct json v = json_array();
	BUF(out);

	json_add(&a, &v, json_from_bool(true));
	json_out_init(&o, &out);
	jo_object(&o);
	jo_kstr(&o, "s", STR("x\""));
	jo_kc(&o, "c", NULL);
	jo_ki64(&o, "i", -5);
	jo_kbool(&o, "b", true);
	jo_ktime(&o, "t", 0);
	jo_ktime(&o, "never", TIME_NONE);
	jo_key(&o, "a");
	jo_array(&o);
	jo_i64(&o, 1);
	jo_array(&o);
	jo_end(&o);
	jo_object(&o);
	jo_end(&o);
	jo_json(&o, &v);
	jo_raw(&o, STR("{\"r\":1}"));
	jo_null(&o);
	jo_end(&o);
	jo_key_str(&o, STR("z\n"));
	jo_c(&o, "end");
	jo_end(&o);
	CHECK(
	    str_eq(buf_str(&out), STR("{\"s\":\"x\\\"\",\"c\":null,\"i\":-5,\"b\":true,"
				      "\"t\":\"1970-01-01T00:00:00.000000Z\",\"never\":null,"
				      "\"a\":[1,[],{},[true],{\"r\":1},null],\"z\\n\":\"end\"}")));
}

static void depth_up_to_64(void)
{
	ARENA(a, 0);
	struct json_out o;
	struct json v;
	BUF(out);

	json_out_init(&o, &out);
	for (int i = 0; i < 64; i++) {
		if (i % 2) {
			jo_object(&o);
			jo_ki64(&o, "n", i);
			jo_key(&o, "in");
		} else {
			jo_array(&o);
			jo_i64(&o, i);
		}
	}
	jo_null(&o);
	for (int i = 0; i < 64; i++)
		jo_end(&o);
	CHECK(json_parse(&a, buf_str(&out), NULL, &v, NULL) == ERR_OK);
}

RUN_TESTS({"every string survives", every_string_survives},
	  {"what is not plain is seen anywhere", what_is_not_plain_is_seen_anywhere},
	  {"escapes are the short ones", escapes_are_the_short_ones},
	  {"pieces get their commas", pieces_get_their_commas}, {"depth up to 64", depth_up_to_64})
