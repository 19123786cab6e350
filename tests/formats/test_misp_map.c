// SPDX-License-Identifier: Apache-2.0
#include "formats/misp_map.h"
#include "intel/extract.h"
#include "tests/check.h"
#include "tests/formats/collect.h"

static void patterns_are_written_as_stix_has_them(void)
{
	static const struct {
		const char *type, *value, *want;
	} rows[] = {
	    {"domain", "evil.example", "[domain-name:value = 'evil.example']"},
	    {"ip-dst", "2001:db8::7", "[ipv6-addr:value = '2001:db8::7']"},
	    {"domain|ip", "evil.example|203.0.113.7",
	     "[domain-name:value = 'evil.example' AND domain-name:resolves_to_refs[*].value = "
	     "'203.0.113.7']"},
	    {"ip-dst|port", "203.0.113.7|443",
	     "[network-traffic:dst_ref.value = '203.0.113.7' AND network-traffic:dst_port = 443]"},
	    {"filename|md5", "a|b.exe|d41d8cd98f00b204e9800998ecf8427e",
	     "[file:name = 'a|b.exe' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"},
	    {"filename", "it's \\ here", "[file:name = 'it\\'s \\\\ here']"},
	    {"regkey", "HKCU\\Software\\X",
	     "[windows-registry-key:key = 'HKEY_CURRENT_USER\\\\Software\\\\X']"},
	    {"AS", "AS64500", "[autonomous-system:number = 64500]"},
	    {"AS", "none", ""},
	    {"text", "x", ""},
	    {"btc", "x", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);

		str got = misp_pattern(&a, str_c(rows[i].type), str_c(rows[i].value));

		CHECK(str_eq(got, str_c(rows[i].want)));
		if (!str_eq(got, str_c(rows[i].want)))
			printf("# %s: %.*s\n", rows[i].type, STR_ARG(got));
	}
}

/* What we write as a pattern, the pattern reader finds again. */
static void patterns_give_their_values_back(void)
{
	static const struct {
		const char *type, *value;
		size_t n;
	} rows[] = {
	    {"domain", "evil.example", 1},
	    {"ip-src", "203.0.113.7", 1},
	    {"url", "http://evil.example/a'b", 1},
	    {"sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1},
	    {"filename|md5", "a.exe|d41d8cd98f00b204e9800998ecf8427e", 2},
	    {"mutex", "it's", 1}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pattern_value *v = NULL;
		size_t n = 0;
		ARENA(a, 0);

		CHECK(pattern_values(&a,
				     misp_pattern(&a, str_c(rows[i].type), str_c(rows[i].value)),
				     &v, &n, NULL) == ERR_OK);
		CHECK(n == rows[i].n);
		CHECK(n == 0 || str_find(str_c(rows[i].value), v[0].canonical) >= 0 ||
		      v[0].kind == VALUE_URL);
	}
}

static void observables_are_stix_objects(void)
{
	static const struct {
		const char *type, *value;
		size_t n;
		const char *first;
	} rows[] = {
	    /* the id is the one STIX 2.1 gives as an example (section 2.9 with 6.4's contributing
	       properties) */
	    {"domain", "example.com", 1,
	     "{\"type\":\"domain-name\",\"spec_version\":\"2.1\",\"id\":\"domain-name--bedb4899-"
	     "d24b-5401-bc86-8f6b4cc18ec7\",\"value\":\"example.com\"}"},
	    {"domain|ip", "evil.example|203.0.113.7", 2, NULL},
	    {"ip-dst|port", "203.0.113.7|443", 2, NULL},
	    {"url", "http://evil.example/", 1, NULL},
	    {"url", "evil.example/a", 0, NULL},
	    {"url", "evil.example:80/a", 0, NULL},
	    {"filename|sha256",
	     "a|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1, NULL},
	    {"size-in-bytes", "12", 0, NULL},
	    {"text", "x", 0, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json o[3];
		ARENA(a, 0);
		BUF(text);

		CHECK(misp_observables(&a, str_c(rows[i].type), str_c(rows[i].value), o) ==
		      rows[i].n);
		if (misp_observables(&a, str_c(rows[i].type), str_c(rows[i].value), o) != rows[i].n)
			printf("# row %zu\n", i);
		if (!rows[i].first)
			continue;
		json_write(&text, &o[0]);
		CHECK(str_eq(buf_str(&text), str_c(rows[i].first)));
		if (!str_eq(buf_str(&text), str_c(rows[i].first)))
			printf("# %s\n", buf_cstr(&text));
	}
}

static void kinds_have_types_that_lead_back(void)
{
	for (unsigned k = 1; k < VALUE_KINDS; k++) {
		const struct misp_type *row = misp_type_for((enum value_kind)k);

		if (!row)
			continue;
		CHECK(misp_type_find(row->type) == row);
		CHECK(row->category.n > 0);
		CHECK(row->kind == (enum value_kind)k || row->kind == VALUE_IPV4);
	}
	CHECK(misp_type_for(VALUE_DOMAIN) &&
	      str_eq(misp_type_for(VALUE_DOMAIN)->type, STR("domain")));
	CHECK(!misp_type_for(VALUE_OTHER));
}

RUN_TESTS({"patterns", patterns_are_written_as_stix_has_them},
	  {"values", patterns_give_their_values_back},
	  {"observables", observables_are_stix_objects}, {"kinds", kinds_have_types_that_lead_back})
