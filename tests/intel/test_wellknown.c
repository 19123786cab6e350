// SPDX-License-Identifier: Apache-2.0
/* Well-known values: our own lists, a directory of MISP lists, broken files, documentation ranges.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"

#include "base/file.h"
#include "intel/wellknown.h"

static struct wellknown *load(struct arena *a, struct buf *text, const char *dir, size_t *skipped)
{
	const char *source = getenv("HIKESHI_SOURCE");
	str path = arena_printf(a, "%s/catalog/lists/wellknown.json", source ? source : ".");
	struct json v;
	struct wellknown *w = NULL;

	CHECK(file_read(path.p, 1 << 20, text, NULL) == ERR_OK);
	CHECK(json_parse(a, buf_str(text), NULL, &v, NULL) == ERR_OK);
	CHECK(wellknown_load(&v, dir, &w, skipped, NULL) == ERR_OK);
	return w;
}

static const struct {
	enum value_kind kind;
	const char *value;
	bool yes;
} rows[] = {
    {VALUE_IPV4, "10.1.2.3", true},
    {VALUE_IPV4, "127.0.0.1", true},
    {VALUE_IPV4, "8.8.8.8", true},
    {VALUE_IPV4, "8.8.8.9", false},
    {VALUE_IPV4, "255.255.255.255", true},
    {VALUE_CIDR4, "10.0.0.0/9", true},
    {VALUE_CIDR4, "10.0.0.0/7", false},
    {VALUE_CIDR4, "0.0.0.0/0", false},
    {VALUE_IPV4, "192.0.2.1", false},
    {VALUE_IPV4, "198.51.100.7", false},
    {VALUE_IPV4, "203.0.113.7", false},
    {VALUE_IPV6, "2001:db8::1", false},
    {VALUE_IPV6, "::1", true},
    {VALUE_IPV6, "fe80::1", true},
    {VALUE_IPV6, "2001:4860:4860::8888", true},
    {VALUE_DOMAIN, "google.com", true},
    {VALUE_DOMAIN, "evil.google.com", false},
    {VALUE_DOMAIN, "evil.example", false},
    {VALUE_DOMAIN, "download.windowsupdate.com", true},
    {VALUE_DOMAIN, "notwindowsupdate.com", false},
    {VALUE_DOMAIN, "srv1.corp.local", true},
    {VALUE_URL, "https://www.google.com/", true},
    {VALUE_URL, "https://www.google.com/url?q=x", false},
    {VALUE_URL, "http://8.8.8.8/", true},
    {VALUE_EMAIL, "evil@gmail.com", false},
    {VALUE_MD5, "d41d8cd98f00b204e9800998ecf8427e", true},
    {VALUE_MD5, "d41d8cd98f00b204e9800998ecf8427f", false},
    {VALUE_FILENAME, "svchost.exe", true},
    {VALUE_FILENAME, "google.com", false},
};

static void builtin(void)
{
	ARENA(a, 0);
	BUF(text);
	size_t skipped = 9;
	struct wellknown *w = load(&a, &text, NULL, &skipped);

	CHECK(skipped == 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str names[4], s = str_c(rows[i].value);
		bool yes = wellknown_is(w, rows[i].kind, s);

		if (yes != rows[i].yes)
			printf("# %s\n", rows[i].value);
		CHECK(yes == rows[i].yes);
		CHECK((wellknown_lists(w, rows[i].kind, s, names, 4) > 0) == rows[i].yes);
	}
	wellknown_free(w);
}

static void put(struct arena *a, const char *dir, const char *name, const char *text)
{
	CHECK(file_replace(arena_printf(a, "%s/%s", dir, name).p, str_c(text), 0600, NULL) ==
	      ERR_OK);
}

static void directory(void)
{
	ARENA(a, 0);
	BUF(text);
	char dir[] = "/tmp/wellknownXXXXXX";
	size_t skipped = 0;
	str names[4];

	CHECK(mkdtemp(dir) != NULL);
	str sub = arena_printf(&a, "%s/sub", dir);

	CHECK(mkdir(sub.p, 0700) == 0);
	put(&a, sub.p, "list.json",
	    "{\"name\":\"zone\",\"type\":\"hostname\",\"matching_attributes\":[\"domain\",\"url\"],"
	    "\"list\":[\".zone.example\"]}");
	put(&a, dir, "id.json",
	    "{\"name\":\"id\",\"type\":\"cidr\",\"category\":\"Known "
	    "identifier\",\"matching_attributes\":[\"ip-src\"],"
	    "\"list\":[\"203.0.113.0/24\",\"203.0.113.7\"]}");
	put(&a, dir, "re.json", "{\"name\":\"re\",\"type\":\"regex\",\"list\":[\"/x/\"]}");
	put(&a, dir, "broken.json", "{\"name\":");
	put(&a, dir, "nolist.json", "{\"name\":\"x\"}");
	struct wellknown *w = load(&a, &text, dir, &skipped);

	CHECK(skipped == 2);
	CHECK(wellknown_is(w, VALUE_DOMAIN, STR("a.zone.example")));
	CHECK(wellknown_is(w, VALUE_DOMAIN, STR("zone.example")));
	CHECK(wellknown_is(w, VALUE_URL, STR("http://a.zone.example/x")));
	CHECK(!wellknown_is(w, VALUE_EMAIL, STR("x@zone.example")));
	CHECK(!wellknown_is(w, VALUE_IPV4, STR("203.0.113.7")));
	CHECK(wellknown_lists(w, VALUE_IPV4, STR("203.0.113.7"), names, 4) == 1);
	CHECK(str_eq(names[0], STR("id")));
	CHECK(wellknown_lists(w, VALUE_IPV4, STR("203.0.114.7"), names, 4) == 0);
	wellknown_free(w);
	CHECK(system(arena_printf(&a, "rm -r %s", dir).p) == 0);
}

static void corpus(void)
{
	ARENA(a, 0);
	BUF(text);
	const char *base = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");
	str dir = base ? arena_printf(&a, "%s/misp-libs/warninglists", base)
		       : arena_printf(&a, "%s/../shared/data/misp-libs/warninglists",
				      source ? source : ".");
	size_t skipped = 0;
	str names[16];

	if (access(dir.p, R_OK) != 0) {
		CHECK_SKIP("no MISP warninglists");
		return;
	}
	struct wellknown *w = load(&a, &text, dir.p, &skipped);

	CHECK(skipped == 0);
	CHECK(wellknown_lists(w, VALUE_DOMAIN, STR("google.com"), names, 16) > 3);
	CHECK(wellknown_lists(w, VALUE_IPV4, STR("104.154.113.7"), names, 16) >= 1);
	CHECK(wellknown_lists(w, VALUE_EMAIL, STR("x@0-mail.com"), names, 16) >= 1);
	CHECK(!wellknown_is(w, VALUE_DOMAIN, STR("evil.example")));
	wellknown_free(w);
}

RUN_TESTS({"our own lists", builtin}, {"a directory of lists", directory}, {"MISP's lists", corpus})
