// SPDX-License-Identifier: Apache-2.0
/* Values of bodies in the three forms: which there are, each once, none lost that breaks its kind's
 * rules. */
#include "tests/check.h"

#include "base/buf.h"
#include "intel/intel.h"

static const uint8_t key[16] = {1, 2, 3};

struct row {
	const char *body, *want;
};

static void run(enum record_form form, const struct catalog_type *t, const struct row *rows,
		size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ARENA(a, 0);
		BUF(got);
		struct json body;
		struct record_value *v;
		size_t m;

		CHECK(json_parse(&a, str_c(rows[i].body), NULL, &body, NULL) == ERR_OK);
		CHECK(intel_values(&a, NULL, key, t, form, &body, &v, &m, NULL) == ERR_OK);
		for (size_t j = 0; j < m; j++) {
			buf_printf(&got, "%s%.*s:%.*s", j ? " " : "",
				   STR_ARG(value_kind_name(v[j].kind)), STR_ARG(v[j].canonical));
			CHECK(v[j].hash == value_hash(key, v[j].kind, v[j].canonical));
		}
		bool same = str_eq(buf_str(&got), str_c(rows[i].want));

		if (!same)
			printf("# %s\n#  got %s\n# want %s\n", rows[i].body, buf_cstr(&got),
			       rows[i].want);
		CHECK(same);
	}
}

static void misp(void)
{
	static const struct row rows[] = {
	    {"{\"type\":\"domain\",\"value\":\"EVIL.example\"}", "domain-name:evil.example"},
	    {"{\"Attribute\":{\"type\":\"ip-dst\",\"value\":\"198.51.100.7\"}}",
	     "ipv4-addr:198.51.100.7"},
	    {"{\"type\":\"ip-src\",\"value\":\"2001:DB8::1\"}", "ipv6-addr:2001:db8::1"},
	    {"{\"type\":\"ip-src\",\"value\":\"::ffff:198.51.100.7\"}", "ipv4-addr:198.51.100.7"},
	    {"{\"type\":\"ip-src\",\"value\":\"198.51.100.0/24\"}", "ipv4-net:198.51.100.0/24"},
	    {"{\"type\":\"domain|ip\",\"value\":\"evil.example|198.51.100.7\"}",
	     "domain-name:evil.example ipv4-addr:198.51.100.7"},
	    {"{\"type\":\"ip-dst|port\",\"value\":\"198.51.100.7|80\"}", "ipv4-addr:198.51.100.7"},
	    {"{\"type\":\"hostname|port\",\"value\":\"evil.example:80\"}",
	     "domain-name:evil.example"},
	    {"{\"type\":\"filename|md5\",\"value\":\"a|b.exe|D41D8CD98F00B204E9800998ECF8427E\"}",
	     "filename:a|b.exe md5:d41d8cd98f00b204e9800998ecf8427e"},
	    {"{\"type\":\"filename|impfuzzy\",\"value\":\"b.exe|x\"}", "filename:b.exe other:x"},
	    {"{\"type\":\"regkey|value\",\"value\":\"HKLM\\\\a|b\"}",
	     "registry-key:hkey_local_machine\\a"},
	    {"{\"type\":\"AS\",\"value\":\"64496\"}", "autonomous-system:AS64496"},
	    {"{\"type\":\"vulnerability\",\"value\":\"cve-2021-44228\"}", "cve:CVE-2021-44228"},
	    {"{\"type\":\"imphash\",\"value\":\"c7269d59926fa4252270f407e4dab043\"}",
	     "md5:c7269d59926fa4252270f407e4dab043"},
	    {"{\"type\":\"url\",\"value\":\"hxxp://evil[.]example/a\"}",
	     "url:http://evil.example/a"},
	    {"{\"type\":\"url\",\"value\":\"evil.example/a b\"}", "other:evil.example/a b"},
	    {"{\"type\":\"text\",\"value\":\"see evil.example and evil.example\"}",
	     "domain-name:evil.example"},
	    {"{\"type\":\"datetime\",\"value\":\"2020-01-01\"}", ""},
	    {"{\"type\":\"port\",\"value\":\"80\"}", ""},
	    {"{\"type\":\"sector\",\"value\":\"health\"}", ""},
	    {"{\"type\":\"x-new\",\"value\":\"198.51.100.7\"}", "ipv4-addr:198.51.100.7"},
	    {"{\"Event\":{\"info\":\"CVE-2021-44228 exploited\"}}", "cve:CVE-2021-44228"},
	    {"{\"type\":7,\"value\":[]}", ""},
	};

	run(FORM_MISP, NULL, rows, ARRAY_LEN(rows));
}

static void stix(void)
{
	static const struct row rows[] = {
	    {"{\"type\":\"indicator\",\"pattern\":\"[domain-name:value = "
	     "'evil.example']\",\"pattern_type\":\"stix\"}",
	     "domain-name:evil.example"},
	    {"{\"type\":\"indicator\",\"pattern\":\"alert ip any -> 198.51.100.7 "
	     "any\",\"pattern_type\":\"snort\"}",
	     "ipv4-addr:198.51.100.7"},
	    {"{\"type\":\"file\",\"name\":\"A.exe\",\"hashes\":{\"MD5\":"
	     "\"D41D8CD98F00B204E9800998ECF8427E\",\"SHA-1\":"
	     "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}}",
	     "filename:a.exe md5:d41d8cd98f00b204e9800998ecf8427e "
	     "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	    {"{\"type\":\"domain-name\",\"value\":\"EVIL.example\"}", "domain-name:evil.example"},
	    {"{\"type\":\"autonomous-system\",\"number\":64496}", "autonomous-system:AS64496"},
	    {"{\"type\":\"vulnerability\",\"name\":\"Ghost\",\"external_references\":[{\"source_"
	     "name\":\"cve\",\"external_id\":\"CVE-2015-0235\"}]}",
	     "cve:CVE-2015-0235"},
	    {"{\"type\":\"attack-pattern\",\"external_references\":[{\"source_name\":\"mitre-"
	     "attack\",\"external_id\":\"T1059\"}]}",
	     "attack-pattern:T1059"},
	    {"{\"type\":\"network-traffic\",\"extensions\":{\"http-request-ext\":{\"request_"
	     "header\":{\"User-Agent\":[\"Evil/1\"]}}}}",
	     "user-agent:Evil/1"},
	    {"{\"type\":\"observed-data\",\"objects\":{\"0\":{\"type\":\"url\",\"value\":\"http://"
	     "evil.example\"}}}",
	     "url:http://evil.example/"},
	    {"{\"type\":\"x-host\",\"value\":\"evil.example\"}", "domain-name:evil.example"},
	    {"{\"type\":\"identity\",\"name\":\"evil.example\"}", ""},
	    {"[]", ""},
	};

	run(FORM_STIX, NULL, rows, ARRAY_LEN(rows));
}

/* A report's texts count, hosts of URLs too; an observable's value has a stated kind. */
static void own(void)
{
	struct catalog *c = NULL;

	CHECK(catalog_load(NULL, &c, NULL) == ERR_OK);
	if (!c)
		return;
	static const struct row reports[] = {
	    {"{\"title\":\"hxxp://evil[.]example/a "
	     "を見た\",\"description\":\"203.0.113.9からT1059\"}",
	     "url:http://evil.example/a domain-name:evil.example ipv4-addr:203.0.113.9 "
	     "attack-pattern:T1059"},
	    {"{}", ""},
	};
	static const struct row observables[] = {
	    {"{\"kind\":\"filename\",\"value\":\"evil.exe\"}", "filename:evil.exe"},
	    {"{\"kind\":\"mutex\",\"value\":\"Global\\\\x\"}", "mutex:Global\\x"},
	};

	run(FORM_OWN, catalog_type(c, STR("x-hikeshi-report")), reports, ARRAY_LEN(reports));
	run(FORM_OWN, catalog_type(c, STR("x-hikeshi-observable")), observables,
	    ARRAY_LEN(observables));
	catalog_free(c);
}

static void many_are_distinct(void)
{
	ARENA(a, 0);
	BUF(p);
	struct json body = json_object();
	struct record_value *v;
	size_t n;

	for (int i = 0; i < 12000; i++)
		buf_printf(&p, "%sdomain-name:value = 'h%d.example'", i ? " OR " : "[", i % 6000);
	buf_add_char(&p, ']');
	json_set(&a, &body, STR("type"), json_string(STR("indicator")));
	json_set(&a, &body, STR("pattern"), json_string(buf_str(&p)));
	CHECK(intel_values(&a, NULL, key, NULL, FORM_STIX, &body, &v, &n, NULL) == ERR_OK);
	CHECK(n == 6000);
}

RUN_TESTS({"MISP attributes", misp}, {"STIX objects", stix}, {"records of ours", own},
	  {"many values, each once", many_are_distinct})
