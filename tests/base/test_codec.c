// SPDX-License-Identifier: Apache-2.0
#include "base/codec.h"

#include "base/hash.h"
#include "tests/check.h"

static void every_coding_undoes_itself(void)
{
	for (size_t n = 0; n < 100; n++) {
		uint8_t data[100], back[100];
		str raw = {(const char *)data, n};
		BUF(text);
		BUF(out);

		random_bytes(data, sizeof(data));
		hex_encode(&text, data, n);
		CHECK(hex_decode(buf_str(&text), back, n) == ERR_OK && memcmp(back, data, n) == 0);
		buf_clear(&text);
		base64_encode(&text, data, n);
		CHECK(text.n == (n + 2) / 3 * 4);
		CHECK(base64_decode(&out, buf_str(&text)) == ERR_OK && str_eq(buf_str(&out), raw));
		buf_clear(&text);
		buf_clear(&out);
		base64url_encode(&text, data, n);
		CHECK(text.n == (n * 4 + 2) / 3);
		CHECK(base64url_decode(&out, buf_str(&text)) == ERR_OK &&
		      str_eq(buf_str(&out), raw));
		buf_clear(&text);
		buf_clear(&out);
		percent_encode(&text, raw);
		CHECK(percent_decode(&out, buf_str(&text), true) == ERR_OK &&
		      str_eq(buf_str(&out), raw));
	}
}

static void vectors_of_rfc_4648(void)
{
	static const struct {
		str raw, text;
	} rows[] = {
	    {STR_INIT(""), STR_INIT("")},
	    {STR_INIT("f"), STR_INIT("Zg==")},
	    {STR_INIT("fo"), STR_INIT("Zm8=")},
	    {STR_INIT("foo"), STR_INIT("Zm9v")},
	    {STR_INIT("foob"), STR_INIT("Zm9vYg==")},
	    {STR_INIT("fooba"), STR_INIT("Zm9vYmE=")},
	    {STR_INIT("foobar"), STR_INIT("Zm9vYmFy")},
	    {STR_INIT("\xfb\xff"), STR_INIT("+/8=")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(out);

		base64_encode(&out, rows[i].raw.p, rows[i].raw.n);
		CHECK(str_eq(buf_str(&out), rows[i].text));
	}
	BUF(url);
	base64url_encode(&url, "\xfb\xff", 2);
	CHECK(str_eq(buf_str(&url), STR("-_8")));
}

static void refusals_leave_the_output(void)
{
	static const str bad64[] = {STR_INIT("Zg"),     STR_INIT("Zg="),  STR_INIT("Zh=="),
				    STR_INIT("Zm9="),   STR_INIT("Z==="), STR_INIT("===="),
				    STR_INIT("Zm9v\n"), STR_INIT("Z-=="), STR_INIT("Zg==Zg=="),
				    STR_INIT("Zm 9")};
	static const str bad_url[] = {STR_INIT("Z"), STR_INIT("Zg=="), STR_INIT("Zh"),
				      STR_INIT("+/8")};
	static const str bad_percent[] = {STR_INIT("%"), STR_INIT("%4"), STR_INIT("a%4g"),
					  STR_INIT("%%41")};
	uint8_t two[2] = {7, 7};
	BUF(out);

	buf_add(&out, STR("keep"));
	for (size_t i = 0; i < ARRAY_LEN(bad64); i++)
		CHECK(base64_decode(&out, bad64[i]) == ERR_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(bad_url); i++)
		CHECK(base64url_decode(&out, bad_url[i]) == ERR_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(bad_percent); i++)
		CHECK(percent_decode(&out, bad_percent[i], false) == ERR_INVALID);
	CHECK(str_eq(buf_str(&out), STR("keep")));
	CHECK(hex_decode(STR("abc"), two, 1) == ERR_INVALID);
	CHECK(hex_decode(STR("abcdef"), two, 2) == ERR_INVALID);
	CHECK(hex_decode(STR("ab0g"), two, 2) == ERR_INVALID && two[0] == 7);
	CHECK(hex_decode(STR("aBcD"), two, 2) == ERR_OK && two[0] == 0xab && two[1] == 0xcd);
}

/* Long and short texts take different ways: each byte at each place is judged the same. */
static void hex_takes_digits_alone(void)
{
	static const size_t sizes[] = {1, 8, 15, 16, 17, 33};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t n = sizes[i];
		char text[66];
		uint8_t got[33];

		for (size_t at = 0; at < 2 * n; at++)
			for (int c = 0; c < 256; c++) {
				bool lower = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
				bool any = lower || (c >= 'A' && c <= 'F');

				memset(text, 'c', sizeof(text));
				text[at] = (char)c;
				CHECK((hex_decode((str){text, 2 * n}, got, n) == ERR_OK) == any);
				CHECK((hex_decode_lower((str){text, 2 * n}, got, n) == ERR_OK) ==
				      lower);
			}
		CHECK(hex_decode_lower((str){text, 2 * n - 1}, got, n) == ERR_INVALID);
	}
}

static void percent_examples(void)
{
	BUF(out);

	CHECK(percent_decode(&out, STR("a+b%2B%e7%81%AB"), true) == ERR_OK);
	CHECK(str_eq(buf_str(&out), STR("a b+火")));
	buf_clear(&out);
	CHECK(percent_decode(&out, STR("a+b"), false) == ERR_OK &&
	      str_eq(buf_str(&out), STR("a+b")));
	buf_clear(&out);
	percent_encode(&out, STR("a-Z_0.~ /火"));
	CHECK(str_eq(buf_str(&out), STR("a-Z_0.~%20%2F%E7%81%AB")));
}

/* The property that defines UTF-8: exactly the scalars have an encoding. */
static void every_scalar_and_nothing_else(void)
{
	for (uint32_t c = 0; c <= 0x110010; c++) {
		bool scalar = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		uint32_t got = 0;
		BUF(out);

		utf8_add(&out, c);
		if (!utf8_valid(buf_str(&out)) || utf8_decode(buf_str(&out), &got) != out.n ||
		    got != (scalar ? c : 0xfffd))
			CHECK(false && "round trip of a scalar");
	}
}

static void malformed_utf8(void)
{
	static const str bad[] = {
	    STR_INIT("\x80"),
	    STR_INIT("\xbf"),
	    STR_INIT("\xc0\x80"),
	    STR_INIT("\xc1\xbf"),
	    STR_INIT("\xc3"),
	    STR_INIT("\xe0\x9f\xbf"),
	    STR_INIT("\xed\xa0\x80"),
	    STR_INIT("\xed\xbf\xbf"),
	    STR_INIT("\xe7\x81"),
	    STR_INIT("\xf0\x8f\xbf\xbf"),
	    STR_INIT("\xf4\x90\x80\x80"),
	    STR_INIT("\xf5\x80\x80\x80"),
	    STR_INIT("\xf0\x9f\x94"),
	    STR_INIT("\xff"),
	    STR_INIT("\xe7\x81\xc0"),
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint32_t c = 5;
		BUF(padded);

		CHECK(!utf8_valid(bad[i]) && utf8_decode(bad[i], &c) == 0);
		/* at every place relative to the eight-byte steps */
		for (int pad = 0; pad < 17; pad++) {
			buf_add_char(&padded, 'a');
			BUF(whole);
			buf_add(&whole, buf_str(&padded));
			buf_add(&whole, bad[i]);
			CHECK(!utf8_valid(buf_str(&whole)));
			buf_add(&whole, STR("aaaaaaaaaaaaaaa"));
			CHECK(!utf8_valid(buf_str(&whole)));
		}
	}
	CHECK(utf8_valid(STR_NULL) && utf8_valid(STR("火消し\xf0\x9f\x94\xa5 abcdefgh")));
	CHECK(utf8_count(STR("火消し\xf0\x9f\x94\xa5")) == 4);
	CHECK(utf8_count(STR("a\xff\xe7\x81")) == 4 && utf8_count(STR_NULL) == 0);
}

RUN_TESTS({"every coding undoes itself", every_coding_undoes_itself},
	  {"vectors of RFC 4648", vectors_of_rfc_4648},
	  {"refusals leave the output", refusals_leave_the_output},
	  {"hex takes digits alone", hex_takes_digits_alone},
	  {"percent examples", percent_examples},
	  {"every scalar and nothing else", every_scalar_and_nothing_else},
	  {"malformed UTF-8", malformed_utf8})
