// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"

#include "tests/check.h"

static void what_goes_in_comes_out(void)
{
	BUF(b);

	for (unsigned i = 0; i < 100000; i++)
		buf_add_char(&b, (char)(i % 256));
	CHECK(b.n == 100000);
	for (unsigned i = 0; i < b.n; i++)
		if (b.p[i] != (char)(i % 256))
			CHECK(false && "a byte changed");
	buf_clear(&b);
	CHECK(buf_str(&b).n == 0);
	buf_add(&b, STR_NULL);
	buf_add_bytes(&b, NULL, 0);
	CHECK(b.n == 0 && strcmp(buf_cstr(&b), "") == 0);
	buf_add(&b, STR("ab"));
	CHECK(strcmp(buf_cstr(&b), "ab") == 0 && b.n == 2);
	buf_done(&b);
	buf_done(&b);
	CHECK(!b.p && !b.cap);
}

static void numbers(void)
{
	BUF(b);

	buf_add_u64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_u64(&b, UINT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MAX);
	CHECK(str_eq(buf_str(&b), STR("0 18446744073709551615 -9223372036854775808 "
				      "9223372036854775807")));
	buf_clear(&b);
	buf_add_be32(&b, 0x01020304);
	buf_add_be64(&b, UINT64_C(0xf0e0d0c0b0a09080));
	CHECK(str_eq(buf_str(&b), STR("\x01\x02\x03\x04\xf0\xe0\xd0\xc0\xb0\xa0\x90\x80")));
}

static void printf_of_every_length(void)
{
	BUF(b);

	for (int n = 0; n < 300; n++) {
		buf_clear(&b);
		buf_printf(&b, "<%*s>", n, "");
		CHECK(b.n == (size_t)n + 2 && b.p[0] == '<' && b.p[b.n - 1] == '>');
	}
}

static void room_is_room(void)
{
	BUF(b);

	for (size_t n = 1; n < 5000; n = n * 3 + 1) {
		memset(buf_room(&b, n), 'x', n);
		buf_added(&b, n);
	}
	CHECK(str_find_char(buf_str(&b), '\0') == -1);
}

RUN_TESTS({"what goes in comes out", what_goes_in_comes_out}, {"numbers", numbers},
	  {"printf of every length", printf_of_every_length}, {"room is room", room_is_room})
