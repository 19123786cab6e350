// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"
#include "base/codec.h"
#include "tests/check.h"

static void tells_and_converts(void)
{
	static const struct {
		str text;
		const char *want, *utf8;
	} rows[] = {
	    {STR_INIT("plain ASCII"), NULL, NULL},
	    {STR_INIT("通信先"), NULL, NULL},
	    {STR_INIT("\xff\xfe"
		      "a\0"
		      "\x1a\x90"),
	     "UTF-16LE", "a通"},
	    {STR_INIT("\xfe\xff\0"
		      "a\x90\x1a"),
	     "UTF-16BE", "a通"},
	    /* ア is 0x83 'A': as bytes this reads "Aevil.example" */
	    {STR_INIT("\x83"
		      "Aevil.example\x82\xd6"),
	     "CP932", "アevil.exampleへ"},
	    {STR_INIT("\xa4\xde\xa4\xeb\xa4\xa6\xa4\xa7\xa4\xa2"), "EUC-JP", "まるうぇあ"},
	    {STR_INIT("\x82\xdc\x82\xe9\x87\x40"), "CP932", "まる①"},
	    {STR_INIT("abc\xff\xff"), NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = charset_guess(rows[i].text);
		BUF(out);

		CHECK((got == NULL) == (rows[i].want == NULL));
		if (!got || !rows[i].want)
			continue;
		CHECK(strcmp(got, rows[i].want) == 0);
		CHECK(charset_utf8(rows[i].text, got, &out));
		CHECK(str_eq(buf_str(&out), str_c(rows[i].utf8)));
		if (!str_eq(buf_str(&out), str_c(rows[i].utf8)))
			printf("# row %zu: %s\n", i, buf_cstr(&out));
	}
}

static void what_does_not_fit(void)
{
	BUF(out);

	CHECK(!charset_utf8(STR("\x82"), "CP932", &out));
	CHECK(!charset_utf8(STR("\x00\xd8"), "UTF-16LE", &out));
	CHECK(!charset_utf8(STR("a"), "no such charset", &out));
}

RUN_TESTS({"tells and converts", tells_and_converts}, {"what does not fit", what_does_not_fit})
