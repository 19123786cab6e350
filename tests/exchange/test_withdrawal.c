// SPDX-License-Identifier: Apache-2.0
/* withdrawal: what is covered, by name. */
#include "exchange/withdrawal.h"

#include "exchange/wire_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

#define ONE "indicator--00000000-0000-4000-8000-000000000001"
#define TWO "x-hikeshi-warning--00000000-0000-4000-8000-000000000002"

static const struct withdrawal_path erased[] = {{{STR_INIT("what"), STR_INIT("impact")}, 2},
						{{STR_INIT("title")}, 1}};

static struct withdrawal base(void)
{
	return (struct withdrawal){.id = uuid_of(1),
				   .team = uuid_of(2),
				   .created_us = US_PER_S,
				   .modified_us = US_PER_S,
				   .why = STR("mistaken")};
}

static void names_cover_up_to_a_rev(void)
{
	const struct withdrawal_name names[] = {
	    {.target = STR_INIT(TWO), .rev = 2, .paths = erased, .n_paths = 2},
	    {.target = STR_INIT(ONE), .rev = 5}};
	ARENA(a, 0);
	struct withdrawal w = base(), got;
	struct json v;
	const struct withdrawal_name *n;
	struct why why = {0};

	w.names = names;
	w.n_names = 2;
	v = withdrawal_json(&a, &w);
	CHECK(withdrawal_parse(&a, &v, &got, &why) == ERR_OK);
	CHECK(withdrawal_covers(&got, STR(ONE), 5) && withdrawal_covers(&got, STR(ONE), 1));
	CHECK(!withdrawal_covers(&got, STR(ONE), 6));
	n = withdrawal_covers(&got, STR(TWO), 1);
	CHECK(n && n->n_paths == 2 && str_eq(n->paths[0].name[1], STR("impact")));
	CHECK(!withdrawal_covers(&got, STR("indicator--00000000-0000-4000-8000-000000000003"), 1));
	/* it is signed like any object */
	struct signed_manifest s = signed_by(&a, 2, &v, NULL, 0);
	CHECK(signature_verify(&a, NULL, &s, &v, NULL) == ERR_OK);
}

static void refuses_other_spellings(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
	    {"v", "3"},
	    {"team", "null"},
	    {"names", "[]"}, /* nothing */
	    {"list", "{\"root\":\"00\",\"size\":1}"},
	    {"list", "true"},
	    {"names", "[{\"target\":\"" ONE "\",\"rev\":0,\"paths\":null}]"},
	    {"names", "[{\"target\":\"x\",\"rev\":1,\"paths\":null}]"},
	    {"names", "[{\"target\":\"" ONE "\",\"rev\":1,\"paths\":[]}]"},
	    {"names", "[{\"target\":\"" ONE "\",\"rev\":1,\"paths\":[[\"a\",\"b\",\"c\"]]}]"},
	    {"names", "[{\"target\":\"" ONE "\",\"rev\":1,\"paths\":null},"
		      "{\"target\":\"" ONE "\",\"rev\":2,\"paths\":null}]"}, /* twice */
	};
	const struct withdrawal_name name = {.target = STR_INIT(ONE), .rev = 5};
	ARENA(a, 0);
	struct withdrawal w = base(), got;

	w.names = &name;
	w.n_names = 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json v = withdrawal_json(&a, &w);

		json_set(&a, &v, str_c(rows[i].name), parsed(&a, rows[i].value));
		CHECK(withdrawal_parse(&a, &v, &got, NULL) == ERR_INVALID);
	}
}

RUN_TESTS({"names cover up to a rev", names_cover_up_to_a_rev},
	  {"refuses other spellings", refuses_other_spellings})
