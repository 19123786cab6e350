// SPDX-License-Identifier: Apache-2.0
#include "tests/check.h"
#include "tests/formats/convert.h"

static void write_value(enum format_id f, const char *kind, const char *value, bool revoked,
			struct buf *out, int64_t *ret_lost)
{
	struct collected c;
	struct format_loss *losses = NULL;
	size_t n = 0;
	BUF(body);

	collected_init(&c);
	buf_printf(&body, "{\"kind\":\"%s\",\"value\":", kind);
	json_write_str(&body, str_c(value));
	buf_add_char(&body, '}');
	vec_add(&c.arena, &c.elements,
		(struct format_element){.form = FORM_OWN,
					.type = STR("x-hikeshi-observable"),
					.body = buf_str(&body),
					.tlp = TLP_GREEN,
					.parent = -1,
					.revoked = revoked});
	CHECK(convert_write(f, &c, out, &losses, &n, NULL) == ERR_OK);
	*ret_lost = n ? losses[0].count : 0;
	collected_done(&c);
}

static void every_kind_has_its_line(void)
{
	static const struct {
		enum format_id format;
		const char *kind, *value, *want; /* NULL: a loss */
	} rows[] = {
	    {FORMAT_SURICATA, "ipv4-addr", "203.0.113.7",
	     "alert ip $HOME_NET any -> 203.0.113.7 any (msg:\"hikeshi 203.0.113.7\"; "},
	    {FORMAT_SURICATA, "ipv6-addr", "2001:db8::7",
	     "-> [2001:db8::7] any (msg:\"hikeshi 2001.db8..7\"; "},
	    {FORMAT_SURICATA, "domain-name", "evil.example",
	     "content:\".evil.example\"; nocase; endswith; "},
	    {FORMAT_SURICATA, "url", "http://evil.example:8080/a;b?c=%22|",
	     "http.host; content:\"evil.example\"; startswith; endswith; http.uri.raw; "
	     "content:\"/a|3b|b?c=%22%7C\""},
	    {FORMAT_SURICATA, "url", "https://evil.example/a", NULL},
	    {FORMAT_SURICATA, "md5", "d41d8cd98f00b204e9800998ecf8427e", NULL},
	    {FORMAT_SNORT, "domain-name", "evil.example",
	     "content:\"|04|evil|07|example|00|\"; nocase; "},
	    {FORMAT_SNORT, "sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", NULL},
	    {FORMAT_ZEEK, "url", "https://evil.example/a",
	     "\nevil.example/a\tIntel::URL\thikeshi\t"},
	    {FORMAT_ZEEK, "ipv4-net", "198.51.100.0/24", "\n198.51.100.0/24\tIntel::SUBNET\t"},
	    {FORMAT_ZEEK, "filename", "b.exe", "\nb.exe\tIntel::FILE_NAME\t"},
	    {FORMAT_ZEEK, "cve", "CVE-2026-0001", NULL},
	    {FORMAT_RPZ, "domain-name", "evil.example",
	     "\nevil.example CNAME .\n*.evil.example CNAME .\n"},
	    {FORMAT_RPZ, "ipv4-addr", "203.0.113.7", "\n32.7.113.0.203.rpz-ip CNAME .\n"},
	    {FORMAT_RPZ, "ipv4-net", "198.51.100.0/24", "\n24.0.100.51.198.rpz-ip CNAME .\n"},
	    {FORMAT_RPZ, "ipv6-addr", "2001:db8::7", "\n128.7.zz.db8.2001.rpz-ip CNAME .\n"},
	    {FORMAT_RPZ, "ipv6-net", "2001:db8::/32", "\n32.zz.db8.2001.rpz-ip CNAME .\n"},
	    {FORMAT_RPZ, "ipv6-addr", "2001:db8:0:1:2:3:4:5",
	     "\n128.5.4.3.2.1.0.db8.2001.rpz-ip CNAME .\n"},
	    {FORMAT_RPZ, "url", "http://evil.example/", NULL},
	    {FORMAT_NFT, "ipv4-addr", "203.0.113.7",
	     "\nadd element inet hikeshi blocked4 {\n\t203.0.113.7\n}\n"},
	    {FORMAT_NFT, "ipv6-net", "2001:db8::/32",
	     "\nadd element inet hikeshi blocked6 {\n\t2001:db8::/32\n}\n"},
	    {FORMAT_NFT, "domain-name", "evil.example", NULL},
	    {FORMAT_SIGMA_VALUES, "filename", "it's.exe",
	     "\nvars:\n  filename:\n    - 'it''s.exe'\n"},
	    {FORMAT_SIGMA_VALUES, "mutex", "a\xc2\x85\"b\\\xe2\x80\xa8'",
	     "\n  mutex:\n    - \"a\\U00000085\\U00000022b\\U0000005c\\U00002028'\"\n"},
	    {FORMAT_CSV, "filename", "=cmd.exe", "\r\nfilename,'=cmd.exe,"},
	    {FORMAT_CSV, "mutex",
	     "\xef\xbc\x9d"
	     "1+1",
	     "\r\nmutex,'\xef\xbc\x9d"
	     "1+1,"},
	    {FORMAT_CSV, "mutex", "'=1", "\r\nmutex,''=1,"},
	    {FORMAT_CSV, "mutex", "'a'", "\r\nmutex,'a',"},
	    {FORMAT_CSV, "filename", "a,\"b\".exe", "\r\nfilename,\"a,\"\"b\"\".exe\","},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t lost = 0;
		BUF(out);

		write_value(rows[i].format, rows[i].kind, rows[i].value, false, &out, &lost);
		CHECK(lost == (rows[i].want ? 0 : 1));
		CHECK(!rows[i].want || str_find(buf_str(&out), str_c(rows[i].want)) >= 0);
		if (rows[i].want && str_find(buf_str(&out), str_c(rows[i].want)) < 0)
			printf("# row %zu: %s\n", i, buf_cstr(&out));
	}
}

/* nft 1.0 merges intervals only within one command; Suricata reads 8 KiB of a line. */
static void what_the_programs_bear(void)
{
	struct collected c;
	struct format_sink sink;
	BUF(url);
	BUF(out);
	int64_t lost = 0;

	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(format_read(FORMAT_LIST, NULL, STR("203.0.113.7\n203.0.113.0/24\n2001:db8::1\n"),
			  &sink, NULL) == ERR_OK);
	CHECK(convert_write(FORMAT_NFT, &c, &out, NULL, NULL, NULL) == ERR_OK);
	CHECK(str_find(buf_str(&out), STR("blocked4 {\n\t203.0.113.7,\n\t203.0.113.0/24\n}\nadd "
					  "element inet hikeshi blocked6 {\n\t2001:db8::1\n}\n")) >
	      0);
	collected_done(&c);
	buf_clear(&out);
	buf_add(&url, STR("http://evil.example/"));
	for (int i = 0; i < 4000; i++)
		buf_add_char(&url, ';');
	write_value(FORMAT_SURICATA, "url", buf_cstr(&url), false, &out, &lost);
	CHECK(lost == 1 && str_find(buf_str(&out), STR("alert")) < 0);
}

static void nothing_revoked_becomes_a_rule(void)
{
	static const enum format_id rules[] = {FORMAT_SURICATA, FORMAT_SNORT, FORMAT_ZEEK,
					       FORMAT_RPZ,      FORMAT_NFT,   FORMAT_SIGMA_VALUES};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		int64_t lost = 0;
		BUF(out);

		write_value(rules[i], "ipv4-addr", "203.0.113.7", true, &out, &lost);
		CHECK(lost == 1);
		CHECK(str_find(buf_str(&out), STR("113")) < 0);
	}
}

/* Only indicators and to_ids attributes become rules; a value stands there once. */
static void rules_are_for_detection_and_not_twice(void)
{
	struct collected c;
	struct format_sink sink;
	BUF(text);
	BUF(out);

	collected_init(&c);
	sink = collected_sink(&c);
	CHECK(file_read(sample_path("misp-event.json"), 1 << 20, &text, NULL) == ERR_OK);
	CHECK(format_read(FORMAT_MISP, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	CHECK(format_read(FORMAT_MISP, NULL, buf_str(&text), &sink, NULL) == ERR_OK);
	CHECK(convert_write(FORMAT_NFT, &c, &out, NULL, NULL, NULL) == ERR_OK);
	CHECK(str_find(buf_str(&out), STR("203.0.113.7")) < 0);
	buf_clear(&out);
	CHECK(convert_write(FORMAT_SURICATA, &c, &out, NULL, NULL, NULL) == ERR_OK);
	ptrdiff_t at = str_find(buf_str(&out), STR("sid:1900001;"));

	CHECK(at > 0 && str_find(buf_str(&out), STR("sid:1900002;")) < 0);
	collected_done(&c);
}

RUN_TESTS({"kinds", every_kind_has_its_line}, {"what the programs bear", what_the_programs_bear},
	  {"revoked", nothing_revoked_becomes_a_rule},
	  {"detection", rules_are_for_detection_and_not_twice})
