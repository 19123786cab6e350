// SPDX-License-Identifier: Apache-2.0
/* Networks, hosts inside values, zones; IPv6 spellings against random addresses. */
#include <arpa/inet.h>

#include "tests/check.h"

#include "base/hash.h"
#include "intel/value_internal.h"

static void contains(void)
{
	static const struct {
		const char *outer, *inner;
		bool yes;
	} rows[] = {
	    {"198.51.100.0/24", "198.51.100.7", true},
	    {"198.51.100.0/24", "198.51.101.7", false},
	    {"198.51.100.0/24", "198.51.100.0/25", true},
	    {"198.51.100.0/25", "198.51.100.0/24", false},
	    {"198.51.100.128/25", "198.51.100.127", false},
	    {"0.0.0.0/0", "203.0.113.7", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"198.51.100.7", "198.51.100.7", true},
	    {"::/0", "198.51.100.7", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net o, n;

		CHECK(net_parse(str_c(rows[i].outer), &o) == ERR_OK);
		CHECK(net_parse(str_c(rows[i].inner), &n) == ERR_OK);
		CHECK(net_contains(&o, &n) == rows[i].yes);
	}
}

static void refuses(void)
{
	static const char *const bad[] = {"",
					  "x",
					  "198.51.100.7/24",
					  "198.51.100.0/33",
					  "198.51.100.0/",
					  "1.2.3.0/024",
					  "2001:db8::1/64",
					  "2001:db8::/129",
					  "1.2.3.4/-1",
					  "/24"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct net n = {.bits = 7};

		CHECK(net_parse(str_c(bad[i]), &n) == ERR_INVALID);
		CHECK(n.bits == 7);
	}
}

/* Sparse random addresses: our text reads back, and libc reads the same. */
static void ipv6_round_trip(void)
{
	for (int i = 0; i < 20000; i++) {
		uint8_t b[16], ours[16], theirs[16];
		char text[64] = {0}, libc[64];
		uint64_t mask = random_u64();

		random_bytes(b, sizeof(b));
		for (int j = 0; j < 16; j++)
			b[j] = mask >> (j / 2 * 4) & 8 ? 0 : b[j];
		size_t n = ipv6_text(b, text);

		CHECK(n <= IPV6_TEXT);
		CHECK(ipv6_parse((str){text, n}, ours) && memcmp(ours, b, 16) == 0);
		CHECK(inet_pton(AF_INET6, text, theirs) == 1 && memcmp(theirs, b, 16) == 0);
		inet_ntop(AF_INET6, b, libc, sizeof(libc));
		if (!strchr(libc, '.'))
			CHECK(strcmp(libc, text) == 0);
	}
}

static void hosts(void)
{
	CHECK(str_eq(value_host(VALUE_URL, STR("http://u:p@evil.example:81/a@b")),
		     STR("evil.example")));
	CHECK(str_eq(value_host(VALUE_URL, STR("http://[2001:db8::1]:81/")), STR("2001:db8::1")));
	CHECK(
	    str_eq(value_host(VALUE_URL, STR("http://evil.example/?a@b:c")), STR("evil.example")));
	CHECK(str_eq(value_host(VALUE_EMAIL, STR("a@evil.example")), STR("evil.example")));
	CHECK(str_eq(value_host(VALUE_DOMAIN, STR("evil.example")), STR("evil.example")));
	CHECK(value_host(VALUE_MD5, STR("d41d8cd98f00b204e9800998ecf8427e")).n == 0);
	CHECK(domain_within(STR("a.evil.example"), STR("evil.example")));
	CHECK(domain_within(STR("evil.example"), STR("evil.example")));
	CHECK(!domain_within(STR("notevil.example"), STR("evil.example")));
	CHECK(!domain_within(STR("example"), STR("evil.example")));
	CHECK(!domain_within(STR("evil.example"), STR("")));
}

static void root_zone(void)
{
	static const char *const in[] = {"com", "JP", "xn--wgbl6a", "example", "test", "onion",
					 "aaa", "zw", "zuerich",    "museum",  "zip"};
	static const char *const out[] = {"",     "a",  "local", "exe",  "co m",
					  "comm", "co", "zzzz",  "xn--", "1a"};

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		CHECK(tld_known(str_c(in[i])));
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		CHECK(tld_known(str_c(out[i])) == (strcmp(out[i], "co") == 0));
}

RUN_TESTS({"networks contain", contains}, {"networks refused", refuses},
	  {"IPv6 text and back", ipv6_round_trip}, {"hosts and zones", hosts},
	  {"root zone", root_zone})
