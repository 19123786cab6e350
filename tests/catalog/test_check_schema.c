// SPDX-License-Identifier: Apache-2.0
/* Faulty catalogues, one fault each, in a folder of our own: the loader must name every one of
 * them. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "catalog/catalog_internal.h"
#include "tests/check.h"

#define L "\"label\":{\"ja\":\"あ\",\"en\":\"a\"}"
#define HEAD                                                                                       \
	"{\"type\":\"x-hikeshi-thing\",\"plural\":\"things\"," L                                   \
	",\"form\":\"own\",\"common\":\"own\","                                                    \
	"\"roles\":{\"read\":\"reader\",\"create\":\"analyst\",\"edit\":\"analyst\"},\"title\":["  \
	"\"name\"],"
#define NAME "\"name\":{\"type\":\"string\",\"maxLength\":9," L "}"
#define GOOD_SCHEMA "\"schema\":{\"type\":\"object\",\"properties\":{" NAME "}}"
#define STATES(transitions)                                                                        \
	"\"states\":{\"initial\":\"a\",\"list\":[{\"state\":\"a\"," L "},{\"state\":\"b\"," L      \
	"}],\"transitions\":[" transitions "]},"
#define STEP(name, from, to, rest)                                                                 \
	"{\"name\":\"" name "\"," L ",\"from\":[\"" from "\"],\"to\":\"" to                        \
	"\",\"role\":\"analyst\"" rest "}"
#define FIELD(schema)                                                                              \
	HEAD "\"schema\":{\"type\":\"object\",\"properties\":{" NAME ",\"f\":" schema "}}}"
#define LIST "{\"list\":\"colours\"," L ",\"items\":[{\"code\":\"red\"," L "}]}"

static void put(struct arena *a, const char *dir, const char *name, const char *text)
{
	CHECK(file_replace(arena_printf(a, "%s/%s", dir, name).p, str_c(text), 0600, NULL) ==
	      ERR_OK);
}

static enum err load(const char *list, const char *type, struct why *why)
{
	ARENA(a, 0);
	char dir[] = "/tmp/catalog-XXXXXX";
	struct catalog *c = NULL;
	static const char *const names[] = {"common.json", "lists/l.json", "types/t.json",
					    "lists",       "types",        ""};
	enum err err;

	CHECK(mkdtemp(dir) != NULL);
	CHECK(mkdir(arena_printf(&a, "%s/lists", dir).p, 0700) == 0);
	CHECK(mkdir(arena_printf(&a, "%s/types", dir).p, 0700) == 0);
	put(&a, dir, "common.json", "{\"own\":{\"properties\":{}}}");
	put(&a, dir, "lists/l.json", list);
	put(&a, dir, "types/t.json", type);
	err = catalog_load(dir, &c, why);
	catalog_free(c);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK(remove(arena_printf(&a, "%s/%s", dir, names[i]).p) == 0);
	return err;
}

static void names_every_fault(void)
{
	static const struct {
		const char *type, *says;
	} rows[] = {
	    {HEAD "\"schema\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
		  "\"maxLength\":9}}}}",
	     "lacks a label"},
	    {FIELD("{\"type\":\"string\"," L "}"), "no maxLength"},
	    {FIELD("{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}," L "}"), "no maxItems"},
	    {FIELD("{" L "}"), "no type"},
	    {FIELD("{\"type\":\"string\",\"ref\":\"list:nonsense\"," L "}"),
	     "unknown list 'nonsense'"},
	    {FIELD("{\"type\":\"string\",\"maxLength\":9,\"suggest\":\"list:nonsense\"," L "}"),
	     "unknown list 'nonsense'"},
	    {FIELD("{\"type\":\"string\",\"format\":\"colour\"," L "}"), "unknown format 'colour'"},
	    {FIELD("{\"type\":\"string\",\"pattern\":\"a*a\"," L "}"), "needs backtracking"},
	    {FIELD("{\"type\":\"boolean\",\"hint\":{\"ja\":\"あ\"}," L "}"), "one language only"},
	    {FIELD("{\"type\":\"object\",\"properties\":{\"g\":{\"type\":\"boolean\"}}," L "}"),
	     "'g' lacks a label"},
	    {HEAD "\"schema\":{\"type\":\"object\",\"required\":[\"gone\"],\"properties\":{" NAME
		  "}}}",
	     "'gone' does not exist"},
	    {HEAD "\"schema\":{\"type\":\"object\",\"properties\":{" NAME
		  ",\"tlp\":{\"type\":\"boolean\"," L "}}}}",
	     "'tlp' is a common field"},
	    {HEAD "\"values\":[\"gone\"]," GOOD_SCHEMA "}", "unknown field 'gone'"},
	    {HEAD "\"shelf\":{\"severity\":\"gone\"}," GOOD_SCHEMA "}", "unknown field 'gone'"},
	    {HEAD STATES(STEP("history", "a", "b", "")) GOOD_SCHEMA "}",
	     "must not be named 'history'"},
	    {HEAD STATES(STEP("deliveries", "a", "b", "")) GOOD_SCHEMA "}",
	     "must not be named 'deliveries'"},
	    {HEAD STATES(STEP("go", "a", "c", "")) GOOD_SCHEMA "}", "unknown state 'c'"},
	    {HEAD STATES(STEP("go", "c", "b", "")) GOOD_SCHEMA "}", "unknown state 'c'"},
	    {HEAD STATES(STEP("go", "a", "b", "") "," STEP("go", "a", "a", "")) GOOD_SCHEMA "}",
	     "there twice"},
	    {HEAD STATES(STEP("go", "a", "b", ",\"required\":[\"name|gone\"]")) GOOD_SCHEMA "}",
	     "unknown field 'gone'"},
	    {HEAD STATES("{\"name\":\"go\",\"from\":[\"a\"],\"to\":\"b\",\"role\":\"analyst\"}")
		 GOOD_SCHEMA "}",
	     "lacks label"},
	    {"{\"type\":\"x-hikeshi-thing\"," GOOD_SCHEMA "}", "lacks name, label, title or roles"},
	    {"{", "types/t.json"},
	};
	struct why why = {0};

	CHECK(load(LIST, HEAD GOOD_SCHEMA "}", &why) == ERR_OK);
	CHECK(load(LIST,
		   HEAD STATES(STEP("go", "a", "b", ",\"required\":[\"name\"]")) GOOD_SCHEMA "}",
		   &why) == ERR_OK);
	CHECK(load(LIST, FIELD("{\"type\":\"string\",\"ref\":\"list:colours\"," L "}"), &why) ==
	      ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		why = (struct why){0};
		CHECK(load(LIST, rows[i].type, &why) == ERR_INVALID);
		if (!strstr(why.text, rows[i].says))
			printf("# row %zu: %s\n", i, why.text);
		CHECK(strstr(why.text, rows[i].says) != NULL);
	}
}

static void names_faults_of_lists(void)
{
	static const char *const bad[][2] = {
	    {"{\"list\":\"x\"," L ",\"items\":[]}", "lacks a name, a label or items"},
	    {"{\"list\":\"x\",\"items\":[{\"code\":\"a\"," L "}]}",
	     "lacks a name, a label or items"},
	    {"{\"list\":\"x\"," L ",\"items\":[{\"code\":\"a\"}]}", "lacks code or label"},
	    {"{\"list\":\"x\"," L ",\"items\":[{\"code\":\"a\"," L "},{\"code\":\"a\"," L "}]}",
	     "'a' twice"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct why why = {0};

		CHECK(load(bad[i][0], HEAD GOOD_SCHEMA "}", &why) == ERR_INVALID);
		CHECK(strstr(why.text, bad[i][1]) != NULL);
	}
}

RUN_TESTS({"names every fault", names_every_fault},
	  {"names faults of lists", names_faults_of_lists})
