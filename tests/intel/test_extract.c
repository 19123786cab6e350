// SPDX-License-Identifier: Apache-2.0
/* Extraction: positions point at what was found, disguises and Japanese text, what is no value,
 * limits, linear time. */
#include "tests/check.h"
#include "tests/cost.h"

#include "base/buf.h"
#include "intel/extract.h"

struct row {
	const char *text, *want; /* "kind:canonical kind:canonical ..." */
};

static void run(const struct row *rows, size_t n, bool with_hosts)
{
	for (size_t i = 0; i < n; i++) {
		ARENA(a, 0);
		BUF(got);
		struct extracted *v;
		size_t m;
		bool more = true;

		CHECK(extract_values(&a, str_c(rows[i].text), with_hosts, 100, &v, &m, &more) ==
		      ERR_OK);
		CHECK(!more);
		for (size_t j = 0; j < m; j++) {
			if (got.n)
				buf_add_char(&got, ' ');
			buf_add(&got, value_kind_name(v[j].kind));
			buf_add_char(&got, ':');
			buf_add(&got, v[j].canonical);
		}
		bool same = str_eq(buf_str(&got), str_c(rows[i].want));

		if (!same)
			printf("# '%s'\n#  got '%s'\n# want '%s'\n", rows[i].text, buf_cstr(&got),
			       rows[i].want);
		CHECK(same);
	}
}

static void finds(void)
{
	static const struct row rows[] = {
	    {"see evil.example.", "domain-name:evil.example"},
	    {"(evil.example), \"bad.test\"; 'www.evil.example'",
	     "domain-name:evil.example domain-name:bad.test domain-name:www.evil.example"},
	    {"evil[.]example evil(.)test evil{dot}net",
	     "domain-name:evil.example domain-name:evil.test domain-name:evil.net"},
	    {"evil [.] example [dot] com", "domain-name:evil.example.com"},
	    {"hxxps://evil[.]example/a.php?b=c.", "url:https://evil.example/a.php?b=c"},
	    {"(see http://evil.example/a_(b)) and", "url:http://evil.example/a_(b)"},
	    {"<http://evil.example/a>, `+http://evil[.]test/b.php+`",
	     "url:http://evil.example/a url:http://evil.test/b.php"},
	    {"[text](http://evil.example/x) **http://evil.example/y**",
	     "url:http://evil.example/x url:http://evil.example/y"},
	    {"https://evil.example/p.pdf[the paper].", "url:https://evil.example/p.pdf"},
	    {"http://a.example/x,http://b.example/y",
	     "url:http://a.example/x url:http://b.example/y"},
	    {"http://[2001:db8::1]:8080/x", "url:http://[2001:db8::1]:8080/x"},
	    {"198.51.100.7:80 [203.0.113.9] 192[.]0[.]2[.]1, 198.51.100.0/24; 10.1.2.3-10.1.2.9",
	     "ipv4-addr:198.51.100.7 ipv4-addr:203.0.113.9 ipv4-addr:192.0.2.1 "
	     "ipv4-net:198.51.100.0/24 "
	     "ipv4-addr:10.1.2.3 ipv4-addr:10.1.2.9"},
	    {"2001:DB8::1 [2001:db8::2]:443 ::1 2001:db8::/32 ::ffff:198.51.100.7",
	     "ipv6-addr:2001:db8::1 ipv6-addr:2001:db8::2 ipv6-addr:::1 ipv6-net:2001:db8::/32 "
	     "ipv4-addr:198.51.100.7"},
	    {"mail a.b+c@evil.example or x[at]evil[.]example",
	     "email-addr:a.b+c@evil.example email-addr:x@evil.example"},
	    {"md5:D41D8CD98F00B204E9800998ECF8427E|da39a3ee5e6b4b0d3255bfef95601890afd80709.",
	     "md5:d41d8cd98f00b204e9800998ecf8427e sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	    {"CVE-2021-44228, cve-2014-0160 T1059.001 TA0002 AS64496",
	     "cve:CVE-2021-44228 cve:CVE-2014-0160 attack-pattern:T1059.001 attack-pattern:TA0002 "
	     "autonomous-system:AS64496"},
	    {"C:\\ProgramData\\evil.dll and /tmp/run.sh, report.zip setup.py",
	     "filename:evil.dll filename:run.sh filename:report.zip filename:setup.py"},
	    {"`Evaluation Table.xls.exe` dropped", "filename:evaluation table.xls.exe"},
	    {"report[.]zip", "domain-name:report.zip"},
	    {"* `HKCU\\SOFTWARE\\Intel\\x\\`",
	     "registry-key:hkey_current_user\\software\\intel\\x"},
	    {"HKLM\\Software\\Microsoft\\Windows NT\\Run was set",
	     "registry-key:hkey_local_machine\\software\\microsoft\\windows nt\\run"},
	    {"d2:fb:49:24:37:18 00-11-22-33-44-5A",
	     "mac-addr:d2:fb:49:24:37:18 mac-addr:00:11:22:33:44:5a"},
	    {"pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa now",
	     "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
	    {"evil[.]com/gate.php twice evil.com", "domain-name:evil.com"},
	    {"|`46.105.57[.]169` |`bug.evil[.]com` |x",
	     "ipv4-addr:46.105.57.169 domain-name:bug.evil.com"},
	    {"B\xc3\xbc"
	     "cher.example",
	     "domain-name:xn--bcher-kva.example"},
	    {"jp.evil.com is no package", "domain-name:jp.evil.com"},
	};

	run(rows, ARRAY_LEN(rows), false);
}

static void finds_in_japanese(void)
{
	static const struct row rows[] = {
	    {"「通信先はhxxps://evil[.]example/aとbad。example、203[.]0[.]113[.]7です」",
	     "url:https://evil.example/a domain-name:bad.example ipv4-addr:203.0.113.7"},
	    {"通信先evil.exampleです。bad.testも", "domain-name:evil.example domain-name:bad.test"},
	    {"接続先はevil.example。203.0.113.7も確認。",
	     "domain-name:evil.example ipv4-addr:203.0.113.7"},
	    {"ｈｘｘｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ／ａ を見た", "url:http://evil.example/a"},
	    {"https://日本語.jp/に接続、http://evil.exampleへ",
	     "url:https://xn--wgv71a119e.jp/ url:http://evil.example/"},
	    {"件名：請求書、差出人：a＠evil．exampleから", "email-addr:a@evil.example"},
	    {"脆弱性（CVE‐2021‐44228）を悪用", "cve:CVE-2021-44228"},
	    {"evil【.】exampleとbad（.）test、x［．］example、y【ドット】test、z(点)example",
	     "domain-name:evil.example domain-name:bad.test domain-name:x.example "
	     "domain-name:y.test domain-name:z.example"},
	    {"evilドットexampleへ。user【アット】evil【.】example、u［＠］bad.test",
	     "domain-name:evil.example email-addr:user@evil.example email-addr:u@bad.test"},
	    {"203。0。113。7とwww。evil。exampleに接続。",
	     "ipv4-addr:203.0.113.7 domain-name:www.evil.example"},
	    {"evil.example／bad.test／198.51.100.7",
	     "domain-name:evil.example domain-name:bad.test ipv4-addr:198.51.100.7"},
	    {"http://evil.example/a（悪性）http://evil.example/b，http://evil.example/c！",
	     "url:http://evil.example/a url:http://evil.example/b url:http://evil.example/c"},
	};

	run(rows, ARRAY_LEN(rows), false);
}

/* An ideographic full stop between a value and the next sentence is no dot. */
static void sentences_end(void)
{
	static const struct row rows[] = {
	    {"d41d8cd98f00b204e9800998ecf8427e。SHA1は別。",
	     "md5:d41d8cd98f00b204e9800998ecf8427e"},
	    {"d41d8cd98f00b204e9800998ecf8427e。evil.example",
	     "md5:d41d8cd98f00b204e9800998ecf8427e domain-name:evil.example"},
	    {"検体はmalware.exe。IPは203.0.113.7。evil.example",
	     "filename:malware.exe ipv4-addr:203.0.113.7 domain-name:evil.example"},
	    {"CVE-2021-44228。CVE-2014-0160", "cve:CVE-2021-44228 cve:CVE-2014-0160"},
	    {"2001:db8::5。203.0.113.5", "ipv6-addr:2001:db8::5 ipv4-addr:203.0.113.5"},
	    {"端末はPC01。evil.exampleへ接続", "domain-name:evil.example"},
	};

	run(rows, ARRAY_LEN(rows), false);
}

static void leaves_alone(void)
{
	static const struct row rows[] = {
	    {"The end.It was", ""},
	    {"e.g. i.e. a.k.a. U.S. v1.2.3 1.2.3.4.5 300.1.1.1 198.051.100.7", ""},
	    {"std::string dead::beef 12:30:45 2021-11-23T10:11:12Z", ""},
	    {"Chrome/124.0.0.0 Safari/537.36 198.51.100.7-x v198.51.100.7", ""},
	    {"com.apple.update System.Net Win32/Agent.BD Trojan.Agent.MD ASP.NET Node.js", ""},
	    {"os.name() e5f6 0x1234 deadbeef", ""},
	    {"xd41d8cd98f00b204e9800998ecf8427e", ""},
	    {"00000000000000000000000000000000", ""},
	    {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", ""},
	    {"http:// http://localhost/ ://x @evil a@b", ""},
	    {"AS T105 CVE-2021-1 TA1", ""},
	};

	run(rows, ARRAY_LEN(rows), false);
}

static void gives_hosts(void)
{
	static const struct row rows[] = {
	    {"http://evil.example/a", "url:http://evil.example/a domain-name:evil.example"},
	    {"http://198.51.100.7/a", "url:http://198.51.100.7/a ipv4-addr:198.51.100.7"},
	};

	run(rows, ARRAY_LEN(rows), true);
}

/* at and n name the bytes of the original text, disguises included. */
static void positions(void)
{
	ARENA(a, 0);
	str text = STR("「通信先はhxxps://evil[.]example/aとｂａｄ．ｔｅｓｔ」 plain.example");
	static const char *const want[] = {"hxxps://evil[.]example/a", "ｂａｄ．ｔｅｓｔ",
					   "plain.example"};
	static const bool defanged[] = {true, false, false};
	struct extracted *v;
	size_t n;
	bool more;

	CHECK(extract_values(&a, text, false, 10, &v, &n, &more) == ERR_OK);
	CHECK(n == 3);
	for (size_t i = 0; i < n && i < 3; i++) {
		CHECK(str_eq(str_slice(text, v[i].at, v[i].n), str_c(want[i])));
		CHECK(v[i].defanged == defanged[i]);
	}
}

static void limit_is_kept(void)
{
	ARENA(a, 0);
	struct extracted *v;
	size_t n;
	bool more;
	str text = STR("a.example b.example a.example c.example");

	CHECK(extract_values(&a, text, false, 2, &v, &n, &more) == ERR_OK && n == 2 && more);
	CHECK(extract_values(&a, text, false, 3, &v, &n, &more) == ERR_OK && n == 3 && !more);
}

/* Twice the text takes about twice the time, whatever the text is made of. */
static void extract_many(size_t n, const void *part)
{
	struct extracted *v;
	size_t count;
	bool more;
	BUF(text);
	ARENA(a, 0);

	while (text.n < n)
		buf_add(&text, str_c(part));
	CHECK(extract_values(&a, buf_str(&text), true, 10000, &v, &count, &more) == ERR_OK);
}

static void linear_time(void)
{
	static const char *const parts[] = {"a.",           "[.]", "a@",    "(((",    "http://",
					    "1.",           ":a",  "。a",   "HKLM\\", "`x ",
					    "\xe3\x80\x82", "a[.", "hxxp[", "- -",    "1:2:"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		CHECK_PROPORTIONAL(extract_many, 100000, parts[i]);
}

static void budget_is_kept(void)
{
	ARENA(a, 1000);
	struct extracted *v = NULL;
	size_t n = 7;
	bool more;
	BUF(text);

	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "h%d.example ", i);
	CHECK(extract_values(&a, buf_str(&text), false, 10000, &v, &n, &more) == ERR_LIMIT);
	CHECK(v == NULL && n == 7);
}

RUN_TESTS({"finds values in English and markup", finds},
	  {"finds values in Japanese", finds_in_japanese},
	  {"a full stop ends a sentence", sentences_end},
	  {"leaves alone what is no value", leaves_alone},
	  {"gives hosts of URLs where asked", gives_hosts}, {"positions and disguise", positions},
	  {"limit", limit_is_kept}, {"linear time", linear_time}, {"budget", budget_is_kept})
