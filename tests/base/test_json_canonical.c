// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/file.h"
#include "tests/check.h"

static enum err canonical(str text, struct buf *out)
{
	ARENA(a, 0);
	struct json v;
	enum err err = json_parse(&a, text, NULL, &v, NULL);

	return err ? err : json_canonical(&a, out, &v);
}

static void keys_sort_by_utf16(void)
{
	BUF(out);

	/* RFC 8785 3.2.3, and U+10000 before U+E000, which bytes would turn round */
	CHECK(canonical(STR("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
			    "\"\\u0080\":6,\"\\u00f6\":7}"),
			&out) == ERR_OK);
	CHECK(str_eq(buf_str(&out), STR("{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,"
					"\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}")));
	buf_clear(&out);
	CHECK(canonical(STR("{\"ab\":1,\"a\":2,\"\":3,\"\\ue000\":4,\"\\ud800\\udc00\":5}"),
			&out) == ERR_OK);
	CHECK(str_eq(buf_str(&out),
		     STR("{\"\":3,\"a\":2,\"ab\":1,\"\xf0\x90\x80\x80\":5,\"\xee\x80\x80\":4}")));
}

static void is_its_own_canonical_form(void)
{
	static const str rows[] = {
	    STR_INIT("{\"b\":[1.0,1e2,{\"z\":null,\"a\":\"\\u0041\"}],\"a\":-0}"),
	    STR_INIT(" [ 0.1 , 1e-7 , 123456789012345680000 , \"\\/\" ] "),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(once);
		BUF(twice);

		CHECK(canonical(rows[i], &once) == ERR_OK);
		CHECK(canonical(buf_str(&once), &twice) == ERR_OK);
		CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	}
}

static void what_cannot_be_carried_is_refused(void)
{
	ARENA(a, 0);
	struct json o = json_object(), bad = json_string(STR("\xff"));
	BUF(out);

	buf_add(&out, STR("keep"));
	CHECK(canonical(STR("{\"a\":[1,9007199254740993]}"), &out) == ERR_INVALID);
	CHECK(json_canonical(&a, &out, &bad) == ERR_INVALID);
	json_set(&a, &o, STR("a"), json_null());
	json_set(&a, &o, STR("b"), json_null());
	o.members[1].key = STR("a");
	CHECK(json_canonical(&a, &out, &o) == ERR_INVALID);
	CHECK(str_eq(buf_str(&out), STR("keep")));
}

/* The files that accompany RFC 8785: input/X.json must become output/X.json. */
static void vectors_of_the_authors(void)
{
	static const char *const names[] = {"arrays",  "french", "structures",
					    "unicode", "values", "weird"};
	const char *corpus = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");
	size_t met = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		BUF(path);
		BUF(input);
		BUF(want);
		BUF(got);

		for (int side = 0; side < 2; side++) {
			buf_clear(&path);
			buf_printf(&path, "%s%s/vectors/jcs/%s/%s.json",
				   corpus   ? corpus
				   : source ? source
					    : ".",
				   corpus ? "" : "/../shared/data", side ? "output" : "input",
				   names[i]);
			if (file_read(buf_cstr(&path), 1 << 20, side ? &want : &input, NULL))
				break;
		}
		if (!want.n)
			continue;
		met++;
		CHECK(canonical(buf_str(&input), &got) == ERR_OK);
		CHECK(str_eq(buf_str(&got), buf_str(&want)));
	}
	if (met == 0)
		CHECK_SKIP("the vectors of RFC 8785 are not here (HIKESHI_CORPUS)");
	else
		CHECK(met == ARRAY_LEN(names));
}

RUN_TESTS({"keys sort by UTF-16", keys_sort_by_utf16},
	  {"is its own canonical form", is_its_own_canonical_form},
	  {"what cannot be carried is refused", what_cannot_be_carried_is_refused},
	  {"vectors of the authors", vectors_of_the_authors})
