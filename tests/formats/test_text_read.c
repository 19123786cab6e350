// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/collect.h"

static void a_list_is_a_value_a_line(void)
{
	static const struct {
		const char *text, *first;
		size_t elements, rejected;
	} rows[] = {
	    {"evil.example\n", "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0},
	    {"# head\n\n 203.0.113.7 # 主サーバ\r\n",
	     "{\"kind\":\"ipv4-addr\",\"value\":\"203.0.113.7\",\"comment\":\"主サーバ\"}", 1, 0},
	    {"0.0.0.0 evil.example\n127.0.0.1\tc2.example\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 2, 0},
	    {"203.0.113.7\t12\n", "{\"kind\":\"ipv4-addr\",\"value\":\"203.0.113.7\"}", 1, 0},
	    {"hxxp://evil[.]example/a#b\nnot one\n",
	     "{\"kind\":\"url\",\"value\":\"http://evil.example/a\"}", 1, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;

		collected_init(&c);
		struct format_sink sink = collected_sink(&c);

		CHECK(list_read(NULL, str_c(rows[i].text), &sink, NULL) == ERR_OK);
		CHECK(c.elements.n == rows[i].elements && c.rejected.n == rows[i].rejected);
		CHECK(c.elements.n && str_eq(c.elements.p[0].body, str_c(rows[i].first)));
		if (c.elements.n)
			CHECK(uuid_is_zero(c.elements.p[0].uid) &&
			      str_starts(c.elements.p[0].path, STR("line ")));
		collected_done(&c);
	}
}

static void lists_are_told_from_texts(void)
{
	static const struct {
		const char *text;
		bool list;
	} rows[] = {
	    {"evil.example\nb.example\n", true},
	    {"# a\n203.0.113.7\n", true},
	    {"one\ntwo\n", false},
	    {"This is a report about evil.example and more.\nevil.example\n", false},
	    {"", false},
	    {"# nothing\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(list_detect(str_c(rows[i].text)) == rows[i].list);
}

static void texts_are_searched(void)
{
	static const struct {
		const char *file;
		size_t elements;
	} rows[] = {{"text-ja.txt", 5}, {"text-en.md", 4}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;
		BUF(text);

		collected_init(&c);
		struct format_sink sink = collected_sink(&c);

		CHECK(file_read(sample_path(rows[i].file), 1 << 20, &text, NULL) == ERR_OK);
		CHECK(text_read(NULL, buf_str(&text), &sink, NULL) == ERR_OK);
		CHECK(c.elements.n == rows[i].elements);
		collected_done(&c);
	}
	struct collected none;

	collected_init(&none);
	struct format_sink sink = collected_sink(&none);

	CHECK(text_read(NULL, STR("nothing to see"), &sink, NULL) == ERR_INVALID);
	collected_done(&none);
}

static void the_corpus_has_lists(void)
{
	BUF(text);
	struct collected c;

	if (!corpus_path("misp-events/stalkerware/generated/hosts_full")) {
		CHECK_SKIP("no corpus");
		return;
	}
	CHECK(file_read(corpus_path("misp-events/stalkerware/generated/hosts_full"), 1 << 24, &text,
			NULL) == ERR_OK);
	CHECK(format_detect(STR_NULL, buf_str(&text)) == FORMAT_LIST);
	collected_init(&c);
	struct format_sink sink = collected_sink(&c);

	CHECK(list_read(NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	CHECK(c.elements.n > 500);
	CHECK(c.rejected.n * 50 < c.elements.n);
	collected_done(&c);
}

/* Addresses with ports, URLs without a scheme and wildcards are read as what they mean, and told; a
 * path alone and a network with host bits are none. */
static void loose_lines(void)
{
	struct collected c;

	collected_init(&c);
	struct format_sink sink = collected_sink(&c);

	CHECK(format_read(
		  FORMAT_LIST, NULL,
		  STR("203.0.113.7:443\n203.0.113.8:80\n[2001:db8::1]:53\nevil.example:8080\n"
		      "evil.example/.a/b-c\n203.0.113.9:81/x.jpg\n*.bad.example\n.worse.example\n"
		      "/a.php\n203.0.113.7/24\nno value at all\n203.0.113.7:99999999\n"),
		  &sink, NULL) == ERR_OK);
	CHECK(c.elements.n == 9 && c.rejected.n == 3 && c.losses.n == 8);
	CHECK(str_find(c.elements.p[0].body, STR("\"203.0.113.7\"")) > 0);
	CHECK(str_find(c.elements.p[2].body, STR("\"2001:db8::1\"")) > 0);
	CHECK(str_find(c.elements.p[4].body, STR("\"http://evil.example/.a/b-c\"")) > 0);
	CHECK(str_find(c.elements.p[5].body, STR("\"http://203.0.113.9:81/x.jpg\"")) > 0);
	CHECK(str_find(c.elements.p[7].body, STR("\"worse.example\"")) > 0);
	CHECK(str_eq(c.losses.p[0].what, STR("ports of addresses")));
	collected_done(&c);
	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(format_read(FORMAT_CSV, NULL,
			  STR("type,value\nurl,evil.example/a.php\nip,203.0.113.7:443\nurl,no url\n"
			      "md5,203.0.113.7\n"),
			  &sink, NULL) == ERR_OK);
	CHECK(c.elements.n == 2 && c.rejected.n == 2 && c.losses.n == 2);
	CHECK(str_find(c.elements.p[0].body, STR("\"http://evil.example/a.php\"")) > 0);
	collected_done(&c);
}

RUN_TESTS({"loose lines", loose_lines}, {"list", a_list_is_a_value_a_line},
	  {"detect", lists_are_told_from_texts}, {"text", texts_are_searched},
	  {"corpus", the_corpus_has_lists})
