// SPDX-License-Identifier: Apache-2.0
/* The STIX types against objects that nobody here wrote: every object of every bundle of the
 * corpus. What the catalogue refuses must be refused for a fault that the STIX specification knows
 * too; those are counted. */
#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"
#include "catalog/catalog_internal.h"
#include "tests/check.h"

struct tally {
	struct catalog *catalog;
	size_t files, objects, passed, custom, old;
	struct map reasons; /* "type pointer code" -> count */
	struct arena arena;
};

static void check_object(struct tally *t, const struct json *o)
{
	const struct catalog_type *type = catalog_type(t->catalog, json_get_str(o, "type"));
	ARENA(a, 0);
	struct why why = {0};

	/* what lives inside STIX 2.0 documents and 1.x leftovers is not 2.1 */
	if (!json_get_c(o, "id") || (!json_get_c(o, "spec_version") && !type)) {
		t->old++;
		return;
	}
	t->objects++;
	t->custom += !type;
	if (catalog_validate(&a, t->catalog, type ? type : catalog_generic(t->catalog), o, false,
			     NULL, &why) == ERR_OK) {
		t->passed++;
	} else {
		str key = arena_printf(&t->arena, "%.*s %s %s", STR_ARG(json_get_str(o, "type")),
				       why.field, why.code);

		map_put(&t->reasons, key, NULL)->i++;
	}
}

static void check_file(struct tally *t, const char *path)
{
	ARENA(a, 0);
	BUF(text);
	struct json doc = json_null();
	const struct json *objects;

	if (file_read(path, 256U << 20, &text, NULL) != ERR_OK ||
	    json_parse(&a, buf_str(&text), NULL, &doc, NULL) != ERR_OK)
		return;
	objects = json_get_c(&doc, "objects");
	if (json_get_c(&doc, "spec_version") && json_get_c(&doc, "id") && !objects) {
		t->files++;
		check_object(t, &doc);
	}
	if (!str_eq(json_get_str(&doc, "type"), STR("bundle")) || !json_is(objects, JSON_ARRAY))
		return;
	t->files++;
	for (size_t i = 0; i < json_count(objects); i++)
		check_object(t, json_at(objects, i));
}

/* Looked at one by one: the specification requires each of these properties too, or forbids the
 * type. */
static bool is_known_fault(str reason)
{
	static const str known[] = {
	    STR_INIT("relationship /target_ref required"), /* 51 in three files of elevator/ */
	    STR_INIT("report /name required"), STR_INIT("network-traffic /protocols required"),
	    STR_INIT("ipv4-addr /resolves_to_refs/0 format"), /* a domain name; only mac-addr is
								 allowed */
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(known[i], reason))
			return true;
	return false;
}

static void walk(struct tally *t, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && depth < 12 && (e = readdir(d)) != NULL) {
		ARENA(a, 0);
		const char *path = arena_printf(&a, "%s/%s", folder, e->d_name).p;
		struct stat st;

		if (e->d_name[0] == '.' || lstat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode))
			walk(t, path, depth + 1);
		else if (str_ends(str_c(path), STR(".json")) ||
			 str_ends(str_c(path), STR(".stix2")))
			check_file(t, path);
	}
	if (d)
		closedir(d);
}

static void accepts_the_objects_of_the_world(void)
{
	const char *corpus = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");
	struct tally t = {0};
	union map_value *v;
	size_t it = 0;
	str key, folder;

	arena_init(&t.arena, 0);
	folder = corpus ? arena_printf(&t.arena, "%s/stix21", corpus)
			: arena_printf(&t.arena, "%s/../shared/data/stix21", source ? source : ".");
	map_init(&t.reasons);
	CHECK(catalog_load(NULL, &t.catalog, NULL) == ERR_OK);
	walk(&t, folder.p, 0);
	if (t.files == 0) {
		CHECK_SKIP("the STIX corpus is absent (HIKESHI_CORPUS)");
	} else {
		printf(
		    "# %zu bundles, %zu objects, %zu pass, %zu of custom types, %zu not STIX 2.1\n",
		    t.files, t.objects, t.passed, t.custom, t.old);
		while (map_next(&t.reasons, &it, &key, &v)) {
			printf("# refused %lld: %.*s\n", (long long)v->i, STR_ARG(key));
			CHECK(is_known_fault(key));
		}
		CHECK(t.objects > 1000);
		CHECK(t.passed * 100 >= t.objects * 99);
	}
	catalog_free(t.catalog);
	map_done(&t.reasons);
	arena_done(&t.arena);
}

RUN_TESTS({"accepts the objects of the world", accepts_the_objects_of_the_world})
