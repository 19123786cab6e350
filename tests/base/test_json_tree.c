// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "tests/check.h"
#include "tests/cost.h"

static struct json parse(struct arena *a, const char *text)
{
	struct json v = json_null();

	CHECK(json_parse(a, str_c(text), NULL, &v, NULL) == ERR_OK);
	return v;
}

static bool reads(const struct json *v, const char *want)
{
	BUF(out);

	json_write(&out, v);
	return str_eq(buf_str(&out), str_c(want));
}

static void look_ups_never_fail(void)
{
	ARENA(a, 0);
	struct json v =
	    parse(&a, "{\"s\":\"x\",\"t\":true,\"n\":12,\"o\":{\"p\":[1,\"q\"]},\"z\":null}");
	const struct json *p = json_path(&v, "o", "p", NULL);
	int64_t i = 7;
	double d = 7;

	CHECK(str_eq(json_get_str(&v, "s"), STR("x")) && json_get_str(&v, "t").n == 0);
	CHECK(json_get_bool(&v, "t", false) && json_get_bool(&v, "s", true));
	CHECK(json_get_i64(&v, "n", -1) == 12 && json_get_i64(&v, "s", -1) == -1);
	CHECK(json_count(p) == 2 && str_eq(json_str(json_at(p, 1)), STR("q")));
	CHECK(!json_at(p, 2) && !json_path(&v, "o", "none", "p", NULL) &&
	      !json_path(&v, "s", "x", NULL));
	CHECK(json_path(&v, NULL) == &v && json_at(&v, 1) == json_get_c(&v, "t"));
	CHECK(json_is(json_get(&v, STR("z")), JSON_NULL));
	CHECK(!json_get_c(NULL, "a") && !json_path(NULL, "a", NULL) && json_str(NULL).n == 0);
	CHECK(json_bool(NULL, true) && json_count(NULL) == 0 && !json_at(NULL, 0));
	CHECK(!json_is(NULL, JSON_NULL));
	CHECK(json_i64(NULL, &i) == ERR_INVALID && i == 7);
	CHECK(json_double(json_get_c(&v, "s"), &d) == ERR_INVALID && d == 7);
}

static void equality_knows_numbers_and_any_order(void)
{
	static const struct {
		const char *a, *b;
		bool eq;
	} rows[] = {
	    {"1.0", "1", true},
	    {"10e-1", "1", true},
	    {"-0", "0.000", true},
	    {"100000000000000000001", "100000000000000000002", false},
	    {"0.1", "0.10000000000000001", false},
	    {"{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}", true},
	    {"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
	    {"{\"a\":1}", "{\"b\":1}", false},
	    {"[1,2]", "[2,1]", false},
	    {"[1]", "[1,1]", false},
	    {"\"1\"", "1", false},
	    {"true", "false", false},
	    {"\"\\u0061\"", "\"a\"", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json x = parse(&a, rows[i].a), y = parse(&a, rows[i].b);

		CHECK(json_eq(&x, &y) == rows[i].eq && json_eq(&y, &x) == rows[i].eq);
		CHECK(json_eq(&x, &x));
	}
	CHECK(json_eq(NULL, NULL));
}

static void building(void)
{
	ARENA(a, 0);
	struct json o = json_object(), arr = json_array();

	json_set(&a, &o, STR("a"), json_from_i64(&a, INT64_MIN));
	json_set(&a, &o, STR("b"), json_string(STR("x")));
	json_set(&a, &o, STR("a"), json_from_bool(false));
	json_del(&o, STR("none"));
	for (int i = 0; i < 6; i++)
		json_add(&a, &arr, json_from_i64(&a, i));
	json_set(&a, &o, STR("c"), arr);
	json_set(&a, &o, STR("d"), json_null());
	CHECK(reads(&o, "{\"a\":false,\"b\":\"x\",\"c\":[0,1,2,3,4,5],\"d\":null}"));
	json_del(&o, STR("b"));
	CHECK(reads(&o, "{\"a\":false,\"c\":[0,1,2,3,4,5],\"d\":null}"));
	json_del(&o, STR("d"));
	json_set(&a, &o, STR("e"), json_object());
	CHECK(reads(&o, "{\"a\":false,\"c\":[0,1,2,3,4,5],\"e\":{}}"));
	o = parse(&a, "{\"p\":1,\"q\":[]}");
	json_set(&a, &o, STR("r"), json_array());
	CHECK(reads(&o, "{\"p\":1,\"q\":[],\"r\":[]}"));
}

/* Two copies of one value share elements; what one appends the other must not see. */
static void copies_by_value_do_not_disturb_each_other(void)
{
	ARENA(a, 0);
	struct json x = json_array(), y;

	for (int i = 0; i < 5; i++)
		json_add(&a, &x, json_from_i64(&a, i));
	y = x;
	json_add(&a, &x, json_string(STR("x")));
	json_add(&a, &y, json_string(STR("y")));
	json_add(&a, &x, json_string(STR("x2")));
	CHECK(reads(&x, "[0,1,2,3,4,\"x\",\"x2\"]"));
	CHECK(reads(&y, "[0,1,2,3,4,\"y\"]"));
}

static void appending_is_not_quadratic(void)
{
	ARENA(a, 0);
	struct json arr = json_array();

	for (int i = 0; i < 100000; i++)
		json_add(&a, &arr, json_null());
	CHECK(arr.n == 100000 && a.used_bytes < (size_t)8 << 20);
}

static void deep_copies_own_all_they_need(void)
{
	ARENA(a, 0);
	struct json copy;
	char text[] = "{\"key\":[\"text\",1.5,{\"n\":null}]}";

	{
		ARENA(inner, 0);
		struct json v = parse(&inner, text);

		copy = json_copy(&a, &v);
	}
	memset(text, 'x', sizeof(text) - 1);
	CHECK(reads(&copy, "{\"key\":[\"text\",1.5,{\"n\":null}]}"));
	json_add(&a, (struct json *)json_get_c(&copy, "key"), json_null());
	CHECK(json_count(json_get_c(&copy, "key")) == 4);
}

/* The test cases of RFC 7396 appendix A. */
static void merge_patch_of_the_standard(void)
{
	static const char *const rows[][3] = {
	    {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
	    {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
	    {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
	    {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
	    {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
	    {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
	    {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
	    {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
	    {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
	    {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
	    {"{\"a\":\"foo\"}", "null", "null"},
	    {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
	    {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
	    {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
	    {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json target = parse(&a, rows[i][0]), patch = parse(&a, rows[i][1]);
		struct json got = json_merge(&a, &target, &patch);

		CHECK(reads(&got, rows[i][2]));
		CHECK(reads(&target, rows[i][0]) && reads(&patch, rows[i][1]));
	}
}

static void compare_and_merge(size_t n, const void *ctx)
{
	ARENA(a, 0);
	BUF(one);
	BUF(two);
	struct json x, y, z;

	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		buf_printf(&one, "%c\"k%zu\":%zu", i ? ',' : '{', i, i);
		buf_printf(&two, "%c\"k%zu\":%zu", i ? ',' : '{', n - 1 - i, n - 1 - i);
	}
	buf_add_char(&one, '}');
	buf_add_char(&two, '}');
	x = parse(&a, buf_cstr(&one));
	y = parse(&a, buf_cstr(&two));
	CHECK(json_eq(&x, &y));
	z = json_merge(&a, &x, &y);
	CHECK(json_eq(&x, &z));
}

static void large_objects_compare_and_merge_fast(void)
{
	CHECK_PROPORTIONAL(compare_and_merge, 12500, NULL);
}

RUN_TESTS({"look-ups never fail", look_ups_never_fail},
	  {"equality knows numbers and any order", equality_knows_numbers_and_any_order},
	  {"building", building},
	  {"copies by value do not disturb each other", copies_by_value_do_not_disturb_each_other},
	  {"appending is not quadratic", appending_is_not_quadratic},
	  {"deep copies own all they need", deep_copies_own_all_they_need},
	  {"merge patch of the standard", merge_patch_of_the_standard},
	  {"large objects compare and merge fast", large_objects_compare_and_merge_fast})
