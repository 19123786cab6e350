// SPDX-License-Identifier: Apache-2.0
#include "net/form.h"

#include "base/codec.h"
#include "tests/check.h"

/* What percent_encode writes, query_parse reads back. */
static void reads_back_every_byte_that_text_may_hold(void)
{
	ARENA(a, 0);

	for (uint32_t c = 1; c < 0x3000; c++) {
		BUF(name);
		BUF(query);
		str(*pairs)[2];
		size_t n = 0;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		utf8_add(&name, c);
		percent_encode(&query, buf_str(&name));
		buf_add_char(&query, '=');
		percent_encode(&query, buf_str(&name));
		CHECK(query_parse(&a, buf_str(&query), 4, &pairs, &n, NULL) == ERR_OK);
		CHECK(n == 1 && str_eq(pairs[0][0], buf_str(&name)));
		CHECK(n == 1 && str_eq(pairs[0][1], buf_str(&name)));
	}
}

static void splits_queries(void)
{
	static const struct {
		str query, want; /* name=value| of each */
		enum err err;
	} rows[] = {
	    {STR_INIT(""), STR_INIT(""), ERR_OK},
	    {STR_INIT("a=1&b=2"), STR_INIT("a=1|b=2|"), ERR_OK},
	    {STR_INIT("a&b=&&=c&"), STR_INIT("a=|b=|=c|"), ERR_OK},
	    {STR_INIT("a=1+2%2B3&a=x=y"), STR_INIT("a=1 2+3|a=x=y|"), ERR_OK},
	    {STR_INIT("a=%"), STR_INIT(""), ERR_INVALID},
	    {STR_INIT("a=%4"), STR_INIT(""), ERR_INVALID},
	    {STR_INIT("a=%00"), STR_INIT(""), ERR_INVALID},
	    {STR_INIT("%ff=1"), STR_INIT(""), ERR_INVALID},
	    {STR_INIT("a&b&c&d&e"), STR_INIT(""), ERR_LIMIT},
	    {STR_INIT("a&b&c&d&&&&"), STR_INIT("a=|b=|c=|d=|"), ERR_OK},
	};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str(*pairs)[2] = NULL;
		size_t n = 0;
		BUF(got);

		CHECK(query_parse(&a, rows[i].query, 4, &pairs, &n, NULL) == rows[i].err);
		for (size_t k = 0; k < n; k++) {
			buf_add(&got, pairs[k][0]);
			buf_add_char(&got, '=');
			buf_add(&got, pairs[k][1]);
			buf_add_char(&got, '|');
		}
		CHECK(str_eq(buf_str(&got), rows[i].want));
	}
}

static void reads_targets(void)
{
	static const struct {
		str target, path, query;
	} good[] = {
	    {STR_INIT("/"), STR_INIT("/"), STR_INIT("")},
	    {STR_INIT("/a/?b?c"), STR_INIT("/a/"), STR_INIT("b?c")},
	    {STR_INIT("/a+b%20c"), STR_INIT("/a+b c"), STR_INIT("")},
	    {STR_INIT("/..."), STR_INIT("/..."), STR_INIT("")},
	    {STR_INIT("HTTP://h:1/x?y"), STR_INIT("/x"), STR_INIT("y")},
	    {STR_INIT("https://h"), STR_INIT("/"), STR_INIT("")},
	    {STR_INIT("*"), STR_INIT("*"), STR_INIT("")},
	};
	static const str bad[] = {
	    STR_INIT(""),       STR_INIT("a"),     STR_INIT("//../a"), STR_INIT("/."),
	    STR_INIT("/a/.."),  STR_INIT("/%2e/"), STR_INIT("/a%5cb"), STR_INIT("/a\\b"),
	    STR_INIT("/%0a"),   STR_INIT("/a#b"),  STR_INIT("/\x80"),  STR_INIT("/%c0%af"),
	    STR_INIT("/a%2Fb"), STR_INIT("/%7f"),  STR_INIT("/a b"),   STR_INIT("?q"),
	};
	ARENA(a, 0);
	str path, query;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK(target_parse(&a, good[i].target, &path, &query) == ERR_OK);
		CHECK(str_eq(path, good[i].path) && str_eq(query, good[i].query));
	}
	path = STR("kept");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(target_parse(&a, bad[i], &path, &query) == ERR_INVALID);
	CHECK(str_eq(path, STR("kept")));
}

static void finds_cookies(void)
{
	str v = STR("");

	CHECK(cookie_find(STR("a=1; __Host-sid=x=y ;b=\"q\""), STR("__Host-sid"), &v));
	CHECK(str_eq(v, STR("x=y")));
	CHECK(cookie_find(STR("a=1; b=\"q\""), STR("b"), &v) && str_eq(v, STR("q")));
	CHECK(cookie_find(STR("a=1;a=2"), STR("a"), &v) && str_eq(v, STR("1")));
	CHECK(!cookie_find(STR("xa=1; A=2; a"), STR("a"), &v));
	CHECK(!cookie_find(STR_NULL, STR("a"), &v));
}

static const char multipart[] =
    "--XX\r\n"
    "Content-Disposition: form-data; name=\"note\"\r\n\r\n"
    "line\r\n--X\r\n"
    "\r\n--XX\r\n"
    "content-disposition: FORM-DATA; filename=\"a;b \\\"c\\\" C:\\x.txt\"; name=file\r\n"
    "Content-Type: text/plain\r\n\r\n"
    "\r\n--XX--\r\n";

static void reads_multipart_forms(void)
{
	struct form_part *p = NULL;
	size_t n = 0;
	ARENA(a, 0);

	CHECK(form_parse(&a, STR("multipart/form-data; charset=x; boundary=\"XX\""), STR(multipart),
			 4, &p, &n, NULL) == ERR_OK);
	CHECK(n == 2);
	if (n != 2)
		return;
	CHECK(str_eq(p[0].name, STR("note")) && p[0].filename.p == NULL);
	CHECK(str_eq(p[0].data, STR("line\r\n--X\r\n")));
	CHECK(str_eq(p[1].name, STR("file")) && p[1].data.n == 0);
	CHECK(str_eq(p[1].filename, STR("a;b \"c\" C:\\x.txt")));
	CHECK(str_eq(p[1].media_type, STR("text/plain")));
	CHECK(str_eq(form_value(p, n, "note"), p[0].data));
	CHECK(form_value(p, n, "none").p == NULL);
	CHECK(form_parse(&a, STR("multipart/form-data; boundary=XX"), STR(multipart), 1, &p, &n,
			 NULL) == ERR_LIMIT);
}

/* No prefix of a form is a form: a cut upload is never taken for a whole one. */
static void refuses_every_cut_form(void)
{
	str whole = STR(multipart);
	struct form_part *p = NULL;
	size_t n = 0;

	for (size_t cut = 0; cut < whole.n - 4; cut++) {
		ARENA(a, 0);

		CHECK(form_parse(&a, STR("multipart/form-data; boundary=XX"),
				 str_slice(whole, 0, cut), 4, &p, &n, NULL) == ERR_INVALID);
	}
	CHECK(p == NULL && n == 0);
}

static void reads_urlencoded_forms_and_no_others(void)
{
	struct form_part *p = NULL;
	size_t n = 0;
	struct why why = {0};
	ARENA(a, 0);

	CHECK(form_parse(&a, STR("application/x-www-form-urlencoded; charset=utf-8"),
			 STR("a=1&b=%E3%81%82"), 4, &p, &n, NULL) == ERR_OK);
	CHECK(n == 2 && str_eq(form_value(p, n, "b"), STR("あ")));
	CHECK(form_parse(&a, STR("application/json"), STR("{}"), 4, &p, &n, &why) == ERR_INVALID);
	CHECK(str_find(str_c(why.text), STR("'application/json'")) > 0);
	CHECK(form_parse(&a, STR("multipart/form-data"), STR("--"), 4, &p, &n, NULL) ==
	      ERR_INVALID);
}

RUN_TESTS({"reads back every byte that text may hold", reads_back_every_byte_that_text_may_hold},
	  {"splits queries", splits_queries}, {"reads targets", reads_targets},
	  {"finds cookies", finds_cookies}, {"reads multipart forms", reads_multipart_forms},
	  {"refuses every cut form", refuses_every_cut_form},
	  {"reads urlencoded forms and no others", reads_urlencoded_forms_and_no_others})
