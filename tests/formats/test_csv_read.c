// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/collect.h"

static void rows_become_observables(void)
{
	static const struct {
		const char *text, *body;
		size_t elements, rejected, losses;
		int tlp;
	} rows[] = {
	    {"type,value\ndomain-name,evil[.]example\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0, 0, -1},
	    {"value,type,notes\n203.0.113.7,ipaddress,\"a \"\"b\"\", c\"\n",
	     "{\"kind\":\"ipv4-addr\",\"value\":\"203.0.113.7\",\"comment\":\"a \\\"b\\\", c\"}", 1,
	     0, 0, -1},
	    {"value\nevil.example", "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0,
	     0, -1},
	    {"value,tlp\nevil.example,amber\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0, 0, TLP_AMBER},
	    {"value,tlp\nevil.example,secret\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0, 0, TLP_RED},
	    {"value,type,comment\nevil.example,hostname,'=x\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\",\"comment\":\"=x\"}", 1, 0, 0,
	     -1},
	    {"value,colour\r\nevil.example,red\r\n\r\n,\r\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 0, 1, -1},
	    {"md5,sha1\nd41d8cd98f00b204e9800998ecf8427e,\n",
	     "{\"kind\":\"md5\",\"value\":\"d41d8cd98f00b204e9800998ecf8427e\"}", 1, 0, 0, -1},
	    {"value,type\nevil.example,hostname\n,hostname\n???,hostname\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\"}", 1, 2, 0, -1},
	    {"種別,値,備考\ndomain-name,evil.example,主\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\",\"comment\":\"主\"}", 1, 0, 0,
	     -1},
	    {"value,first_seen\nevil.example,2026-01-02T00:00:00+09:00\n",
	     "{\"kind\":\"domain-name\",\"value\":\"evil.example\",\"first_seen\":\"2026-01-01T15:"
	     "00:00.000000Z\"}",
	     1, 0, 0, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;

		collected_init(&c);
		struct format_sink sink = collected_sink(&c);

		CHECK(csv_detect(str_c(rows[i].text)));
		CHECK(csv_read(NULL, str_c(rows[i].text), &sink, NULL) == ERR_OK);
		CHECK(c.elements.n == rows[i].elements && c.rejected.n == rows[i].rejected &&
		      c.losses.n == rows[i].losses);
		CHECK(c.elements.n && str_eq(c.elements.p[0].body, str_c(rows[i].body)));
		CHECK(c.elements.n && c.elements.p[0].tlp == rows[i].tlp);
		if (c.elements.n && !str_eq(c.elements.p[0].body, str_c(rows[i].body)))
			printf("# row %zu: %.*s\n", i, STR_ARG(c.elements.p[0].body));
		collected_done(&c);
	}
}

static void a_header_without_values_is_no_csv(void)
{
	static const char *const rows[] = {"", "\n", "a,b\n1,2\n", "type,comment\nurl,x\n",
					   "evil.example\n"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct collected c;

		collected_init(&c);
		struct format_sink sink = collected_sink(&c);

		CHECK(!csv_detect(str_c(rows[i])));
		CHECK(csv_read(NULL, str_c(rows[i]), &sink, NULL) == ERR_INVALID);
		collected_done(&c);
	}
}

static void samples_and_corpus(void)
{
	static const char below[] =
	    "ioc-text/volexity/2024/2024-06-13 DISGOMOJI/indicators/iocs.csv";
	struct collected c;
	struct format_sink sink;
	BUF(text);
	BUF(real);

	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(file_read(sample_path("other-header.csv"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(format_read(FORMAT_CSV, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	/* two digests of one file, a name, an address; a column nobody knows */
	CHECK(c.elements.n == 4 && c.rejected.n == 0 && c.losses.n == 1 &&
	      c.losses.p[0].count == 3);
	collected_done(&c);
	if (!corpus_path(below)) {
		CHECK_SKIP("no corpus");
		return;
	}
	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(file_read(corpus_path(below), 1 << 20, &real, NULL) == ERR_OK);
	CHECK(format_detect(STR_NULL, buf_str(&real)) == FORMAT_CSV);
	CHECK(format_read(FORMAT_CSV, NULL, buf_str(&real), &sink, NULL) == ERR_OK);
	CHECK(c.elements.n > 10);
	collected_done(&c);
}

/* Cut anywhere: never more than there was, and no crash. */
static void a_cut_anywhere(void)
{
	BUF(text);

	CHECK(file_read(sample_path("indicators.csv"), 1 << 20, &text, NULL) == ERR_OK);
	for (size_t n = 0; n < text.n; n++) {
		struct collected c;

		collected_init(&c);
		struct format_sink sink = collected_sink(&c);

		(void)csv_read(NULL, str_slice(buf_str(&text), 0, n), &sink, NULL);
		CHECK(c.elements.n + c.rejected.n <= 5);
		collected_done(&c);
	}
}

RUN_TESTS({"rows", rows_become_observables}, {"no csv", a_header_without_values_is_no_csv},
	  {"samples", samples_and_corpus}, {"cut", a_cut_anywhere})
