// SPDX-License-Identifier: Apache-2.0
/* STIX patterns: which constants are values, what is refused, and pattern_of read back. */
#include "tests/check.h"

#include "base/buf.h"
#include "intel/extract.h"

static const struct {
	const char *pattern, *want; /* NULL: refused */
} rows[] = {
    {"[domain-name:value = 'evil.example']", "domain-name:evil.example"},
    {"[domain-name:value='EVIL[.]example']", "domain-name:evil.example"},
    {"[ipv4-addr:value = '198.51.100.0/24']", "ipv4-net:198.51.100.0/24"},
    {"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "ipv4-net:198.51.100.0/24"},
    {"[ipv4-addr:value IN ('198.51.100.1', '198.51.100.2')]",
     "ipv4-addr:198.51.100.1 ipv4-addr:198.51.100.2"},
    {"[file:hashes.'SHA-256' = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855' "
     "AND file:name = 'a.exe']",
     "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 filename:a.exe"},
    {"[file:hashes.\"SHA-1\" = 'x']", NULL},
    {"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e'] FOLLOWEDBY [url:value = "
     "'http://evil.example/'] WITHIN 5 SECONDS",
     "md5:d41d8cd98f00b204e9800998ecf8427e url:http://evil.example/"},
    {"([a:b = 1] OR [domain-name:value = 'evil.test']) REPEATS 5 TIMES START "
     "t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z'",
     "domain-name:evil.test"},
    {"[network-traffic:dst_ref.value = '203.0.113.7' AND network-traffic:dst_port = 80]",
     "ipv4-addr:203.0.113.7"},
    {"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1']",
     "user-agent:Evil/1"},
    {"[windows-registry-key:key = 'HKLM\\\\Software\\\\x' AND windows-registry-key:values[*].name "
     "= 'y']",
     "registry-key:hkey_local_machine\\software\\x"},
    {"[file:name = 'it\\'s.exe']", "filename:it's.exe"},
    {"[domain-name:value != 'evil.example']", ""},
    {"[domain-name:value NOT = 'evil.example']", ""},
    {"[NOT (domain-name:value = 'evil.example')]", ""},
    {"[domain-name:value LIKE '%.evil.example' OR domain-name:value MATCHES '^evil']", ""},
    {"[EXISTS file:name AND url:value = 'http://e.example/']", "url:http://e.example/"},
    {"[autonomous-system:number = 64496]", "autonomous-system:AS64496"},
    {"[domain-name:value = 'only-a-name']", "other:only-a-name"},
    {"/* note */ [domain-name:value = 'evil.example'] // end", "domain-name:evil.example"},
    {"", NULL},
    {"[", NULL},
    {"[]", NULL},
    {"[domain-name:value]", NULL},
    {"[domain-name:value = ]", NULL},
    {"[domain-name:value = 'a]", NULL},
    {"[domain-name:value = 'a\\", NULL},
    {"[domain-name = 'a']", NULL},
    {"[a:b = 1", NULL},
    {"[a:b = 1] x", NULL},
    {"[a:b IN ('x'", NULL},
    {"[a:b = 1] WITHIN 5 MINUTES", NULL},
    {"([a:b = 1]", NULL},
    {"[a:b[ = 1]", NULL},
};

static void patterns(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		BUF(got);
		struct pattern_value *v = NULL;
		size_t n = 0;
		struct why why = {0};
		enum err err = pattern_values(&a, str_c(rows[i].pattern), &v, &n, &why);

		for (size_t j = 0; j < n; j++)
			buf_printf(&got, "%s%.*s:%.*s", j ? " " : "",
				   STR_ARG(value_kind_name(v[j].kind)), STR_ARG(v[j].canonical));
		bool ok = rows[i].want
			      ? err == ERR_OK && str_eq(buf_str(&got), str_c(rows[i].want))
			      : err == ERR_INVALID && str_find(str_c(why.text), STR("byte")) > 0;

		if (!ok)
			printf("# '%s': %s '%s' %s\n", rows[i].pattern, err_name(err),
			       buf_cstr(&got), why.text);
		CHECK(ok);
	}
}

static void nesting_is_bounded(void)
{
	ARENA(a, 0);
	BUF(deep);
	struct pattern_value *v;
	size_t n;

	for (int i = 0; i < 100000; i++)
		buf_add_char(&deep, '(');
	CHECK(pattern_values(&a, buf_str(&deep), &v, &n, NULL) == ERR_INVALID);
}

/* What pattern_of writes, pattern_values reads. */
static void round_trip(void)
{
	static const struct {
		enum value_kind kind;
		const char *canonical;
	} values[] = {
	    {VALUE_IPV4, "198.51.100.7"},
	    {VALUE_IPV6, "2001:db8::1"},
	    {VALUE_CIDR4, "198.51.100.0/24"},
	    {VALUE_CIDR6, "2001:db8::/32"},
	    {VALUE_DOMAIN, "evil.example"},
	    {VALUE_URL, "http://evil.example/it's?a=b"},
	    {VALUE_EMAIL, "o'neil@evil.example"},
	    {VALUE_MD5, "d41d8cd98f00b204e9800998ecf8427e"},
	    {VALUE_FILENAME, "it's a \"file\".exe"},
	    {VALUE_ASN, "AS64496"},
	    {VALUE_MAC, "d2:fb:49:24:37:18"},
	    {VALUE_REGKEY, "hkey_local_machine\\software\\x"},
	    {VALUE_MUTEX, "Global\\x"},
	    {VALUE_USER_AGENT, "Evil/1 (x; 'y')"},
	    {VALUE_SSDEEP, "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"},
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		ARENA(a, 0);
		struct pattern_value *v = NULL;
		size_t n = 0;
		str p = pattern_of(&a, values[i].kind, str_c(values[i].canonical));
		bool ok = pattern_values(&a, p, &v, &n, NULL) == ERR_OK && n == 1 &&
			  v[0].kind == values[i].kind &&
			  str_eq(v[0].canonical, str_c(values[i].canonical));

		if (!ok)
			printf("# %.*s\n", STR_ARG(p));
		CHECK(ok);
	}
	ARENA(a, 0);
	CHECK(pattern_of(&a, VALUE_CVE, STR("CVE-2021-44228")).n == 0);
}

RUN_TESTS({"values of patterns, and what is refused", patterns},
	  {"nesting is bounded", nesting_is_bounded},
	  {"patterns written are read back", round_trip})
