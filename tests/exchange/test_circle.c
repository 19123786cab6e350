// SPDX-License-Identifier: Apache-2.0
/* circle: rules and salted members; nobody who may not see them learns who they are. */
#include "exchange/circle.h"

#include "exchange/wire_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

static struct circle_object make(struct arena *a, struct circle_member *m, size_t n)
{
	struct circle_object c = {.id = uuid_of(1),
				  .owner = uuid_of(2),
				  .created_us = US_PER_S,
				  .modified_us = US_PER_S,
				  .title = STR("Circle"),
				  .invite = STR("owner"),
				  .see_members = STR("members"),
				  .forward = STR("nobody"),
				  .default_tlp = TLP_AMBER,
				  .retention_days = 90,
				  .roster = 4};

	for (size_t i = 0; i < n; i++)
		m[i] = (struct circle_member){.team = uuid_of((uint8_t)(10 + i)), .since = 1};
	must(circle_set_members(a, &c, m, n, NULL) == ERR_OK, "members");
	return c;
}

static void goes_round_and_opens(void)
{
	ARENA(a, 0);
	struct circle_member m[5], *opened;
	struct circle_object c = make(&a, m, 5), got;
	struct json v = circle_json(&a, &c), members = circle_members_json(&a, m, 5);
	struct why why = {0};
	size_t n = 0;
	BUF(text);

	json_write(&text, &v);
	CHECK(str_find(buf_str(&text), STR("0a0a0a0a-")) < 0); /* no member in it */
	CHECK(circle_parse(&a, &v, &got, &why) == ERR_OK);
	CHECK(got.n_members == 8 && got.roster == 4 && got.default_tlp == TLP_AMBER);
	CHECK(circle_members_parse(&a, &members, &got, &opened, &n, NULL) == ERR_OK && n == 5);
	CHECK(uuid_eq(opened[4].team, uuid_of(14)));
	CHECK(circle_members_parse(&a, NULL, &got, &opened, &n, NULL) == ERR_OK && n == 0);
	m[2].since++;
	members = circle_members_json(&a, m, 5);
	CHECK(circle_members_parse(&a, &members, &got, &opened, &n, &why) == ERR_INVALID);
	CHECK(str_eq(str_c(why.code), STR("signature")));
}

static void is_signed_like_any_object(void)
{
	ARENA(a, 0);
	const struct audience_entry to[] = {to_circle(1, 4)};
	struct circle_member m[3];
	struct circle_object c = make(&a, m, 3);
	struct json v = circle_json(&a, &c), members = circle_members_json(&a, m, 1), sig;
	struct signed_manifest s = signed_by(&a, 2, &v, to, 1), got;

	s.open.members = &members;
	sig = signature_json(&a, &s);
	CHECK(signature_parse(&a, &sig, &got, NULL) == ERR_OK);
	CHECK(signature_verify(&a, NULL, &got, &v, NULL) == ERR_OK);
	CHECK(json_count(got.open.members) == 1);
	CHECK(open_for(&a, &got.open, &v, NULL, NULL).members == NULL);
}

static void refuses_other_spellings(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
	    {"v", "2"},
	    {"owner", "\"x\""},
	    {"title", "\"\""},
	    {"rules", "{}"},
	    {"roster", "-1"},
	    {"members", "[]"},
	    {"members", "[\"00\"]"},
	    {"id", "\"x\""},
	    {"description", "1"},
	    {"rules",
	     "{\"invite\":\"a b\",\"see_members\":\"a\",\"forward\":\"a\",\"default_tlp\":1,"
	     "\"retention_days\":1}"},
	};
	ARENA(a, 0);
	struct circle_member m[2];
	struct circle_object c = make(&a, m, 2), got;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json v = circle_json(&a, &c);

		json_set(&a, &v, str_c(rows[i].name), parsed(&a, rows[i].value));
		CHECK(circle_parse(&a, &v, &got, NULL) == ERR_INVALID);
	}
}

RUN_TESTS({"goes round and opens", goes_round_and_opens},
	  {"is signed like any object", is_signed_like_any_object},
	  {"refuses other spellings", refuses_other_spellings})
