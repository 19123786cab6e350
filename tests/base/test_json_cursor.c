// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "tests/check.h"

/* Builds the tree of the next value with steps of the cursor only. */
static bool walk(struct json_cursor *c, struct arena *a, struct json *ret)
{
	struct json v;
	str key;

	switch (json_cursor_peek(c)) {
	case JSON_OBJECT:
		*ret = json_object();
		if (!json_cursor_enter_object(c))
			return false;
		while (json_cursor_key(c, a, &key)) {
			if (!walk(c, a, &v))
				return false;
			json_set(a, ret, key, v);
		}
		return !c->err;
	case JSON_ARRAY:
		*ret = json_array();
		if (!json_cursor_enter_array(c))
			return false;
		while (json_cursor_item(c)) {
			if (!walk(c, a, &v))
				return false;
			json_add(a, ret, v);
		}
		return !c->err;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
	case JSON_STRING:
		break;
	}
	return json_cursor_value(c, a, ret);
}

static const str documents[] = {
    STR_INIT("{\"type\":\"bundle\",\"objects\":[{\"id\":1},{\"id\":2,\"x\":[]}],\"\\u0061\":null}"),
    STR_INIT(" [ ] "),
    STR_INIT("{}"),
    STR_INIT("[1 , \"two\" , [ 3 , { } ] , true , -4.5e6 ]"),
    STR_INIT("\"scalar\""),
    STR_INIT("[1,]"),
    STR_INIT("[,1]"),
    STR_INIT("[1 2]"),
    STR_INIT("{\"a\":1,}"),
    STR_INIT("{,}"),
    STR_INIT("{\"a\" 1}"),
    STR_INIT("{\"a\":}"),
    STR_INIT("{1:2}"),
    STR_INIT("[1}"),
    STR_INIT("{\"a\":1]"),
    STR_INIT("[] x"),
    STR_INIT("{} {}"),
    STR_INIT("1 2"),
    STR_INIT("[\"\xff\"]"),
    STR_INIT("[tru]"),
    STR_INIT(""),
    STR_INIT("["),
    STR_INIT("{\"a\""),
    STR_INIT("[[1],[2]"),
};

static void steps_agree_with_the_parser(void)
{
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		ARENA(a, 0);
		struct json want = json_null(), got = json_null();
		struct json_cursor c;
		bool ok = json_parse(&a, documents[i], NULL, &want, NULL) == ERR_OK;
		str raw;

		json_cursor_init(&c, documents[i], NULL);
		CHECK(walk(&c, &a, &got) == ok);
		CHECK(ok ? json_eq(&want, &got) : c.err == ERR_INVALID && c.why.text[0]);
		json_cursor_init(&c, documents[i], NULL);
		CHECK(json_cursor_raw(&c, &raw) == ok);
		if (ok)
			CHECK(str_eq(raw, str_trim(documents[i])));
		json_cursor_init(&c, documents[i], NULL);
		CHECK(json_cursor_skip(&c) == ok);
		json_cursor_init(&c, documents[i], NULL);
		CHECK(json_cursor_value(&c, &a, &got) == ok);
	}
}

static void memory_is_that_of_one_element(void)
{
	ARENA(a, 0);
	BUF(text);
	struct json_cursor c;
	struct json v;
	size_t n = 0, most = 0;
	str key;

	buf_add(&text, STR("{\"type\":\"bundle\",\"objects\":["));
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "%s{\"id\":%d,\"text\":\"a\\nb\"}", i ? "," : "", i);
	buf_add(&text, STR("],\"more\":{\"deep\":[[[1]]]}}"));
	json_cursor_init(&c, buf_str(&text), NULL);
	CHECK(json_cursor_enter_object(&c));
	while (json_cursor_key(&c, &a, &key)) {
		if (!str_eq(key, STR("objects"))) {
			CHECK(json_cursor_skip(&c));
			continue;
		}
		CHECK(json_cursor_enter_array(&c));
		for (; json_cursor_item(&c); n++) {
			arena_reset(&a);
			CHECK(json_cursor_value(&c, &a, &v));
			CHECK(json_get_i64(&v, "id", -1) == (int64_t)n);
			most = a.used_bytes > most ? a.used_bytes : most;
		}
	}
	CHECK(c.err == ERR_OK && n == 20000 && most < 512);
}

static void misuse_and_errors_are_sticky(void)
{
	ARENA(a, 0);
	struct json_cursor c;
	struct json v;
	str key;

	json_cursor_init(&c, STR("[1,2]"), NULL);
	CHECK(!json_cursor_enter_object(&c) && c.err == ERR_INVALID);
	CHECK(!json_cursor_enter_array(&c) && !json_cursor_value(&c, &a, &v));
	CHECK(strcmp(c.why.text, "unexpected '[' at byte 0") == 0);
	json_cursor_init(&c, STR("[1,2]"), NULL);
	CHECK(json_cursor_enter_array(&c) && !json_cursor_key(&c, &a, &key));
	CHECK(c.err == ERR_INVALID);
	json_cursor_init(&c, STR("[1,2]"), NULL);
	CHECK(!json_cursor_item(&c) && c.err == ERR_INVALID);
	/* the value of a key was not taken */
	json_cursor_init(&c, STR("{\"a\":1}"), NULL);
	CHECK(json_cursor_enter_object(&c) && json_cursor_key(&c, &a, &key));
	CHECK(!json_cursor_key(&c, &a, &key) && c.err == ERR_INVALID);
	CHECK(json_cursor_peek(&c) == JSON_NULL);
}

static void limits_hold(void)
{
	ARENA(a, 0);
	const struct json_limits l = {.depth = 3, .nodes = 2, .bytes = 20};
	struct json_cursor c;
	struct json v;

	json_cursor_init(&c, STR("[[[[]]]]"), &l);
	CHECK(json_cursor_enter_array(&c) && json_cursor_item(&c));
	CHECK(!json_cursor_skip(&c) && c.err == ERR_LIMIT);
	json_cursor_init(&c, STR("[[[[]]]]"), &l);
	CHECK(json_cursor_enter_array(&c) && json_cursor_item(&c));
	CHECK(!json_cursor_value(&c, &a, &v) && c.err == ERR_LIMIT);
	json_cursor_init(&c, STR("[[[]]]"), &l);
	CHECK(json_cursor_enter_array(&c) && json_cursor_item(&c) && json_cursor_skip(&c));
	CHECK(!json_cursor_item(&c) && c.err == ERR_OK);
	json_cursor_init(&c, STR("[1,2]"), &l);
	CHECK(!json_cursor_value(&c, &a, &v) && c.err == ERR_LIMIT);
	json_cursor_init(&c, STR("\"123456789012345678901\""), &l);
	CHECK(!json_cursor_skip(&c) && c.err == ERR_LIMIT);
}

RUN_TESTS({"steps agree with the parser", steps_agree_with_the_parser},
	  {"memory is that of one element", memory_is_that_of_one_element},
	  {"misuse and errors are sticky", misuse_and_errors_are_sticky},
	  {"limits hold", limits_hold})
