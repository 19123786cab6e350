// SPDX-License-Identifier: Apache-2.0
/* seal: an object with its signature through a node that may not read it. */
#include "exchange/seal.h"

#include "base/codec.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

static void through_a_blind_node(void)
{
	ARENA(a, 0);
	const struct audience_entry to[] = {to_person(7, 8)};
	struct age_identity me = age_identity_new(), hub = age_identity_new();
	struct age_recipient r = age_recipient_of(&me);
	struct json w = parsed(&a, WARNING), sig, v, object, again;
	struct signed_manifest s = signed_by(&a, 1, &w, to, 1), got;
	const struct json *signatures, *p = &sig;
	struct sealed sealed, second;
	struct why why = {0};
	BUF(text);

	sig = signature_json(&a, &s);
	CHECK(seal_make(&a, &w, &p, 1, &r, 1, uuid_of(3), US_PER_S, &v, &why) == ERR_OK);
	json_write(&text, &v);
	CHECK(str_find(buf_str(&text), STR("loss")) < 0);
	again = parsed(&a, buf_cstr(&text));
	CHECK(seal_parse(&a, &again, &sealed, NULL) == ERR_OK);
	CHECK(uuid_eq(sealed.to, uuid_of(3)));
	CHECK(seal_open(&a, &sealed, &hub, 1, &object, &signatures, NULL) == ERR_NOTFOUND);
	CHECK(seal_open(&a, &sealed, &me, 1, &object, &signatures, NULL) == ERR_OK);
	CHECK(json_eq(&object, &w) && json_count(signatures) == 1);
	CHECK(signature_parse(&a, json_at(signatures, 0), &got, NULL) == ERR_OK);
	CHECK(signature_verify(&a, NULL, &got, &object, NULL) == ERR_OK);
	/* the same again is another object */
	CHECK(seal_make(&a, &w, &p, 1, &r, 1, uuid_of(3), US_PER_S, &v, &why) == ERR_OK);
	CHECK(seal_parse(&a, &v, &second, NULL) == ERR_OK);
	CHECK(!uuid_eq(second.id, sealed.id));
	CHECK(second.age.n == sealed.age.n);
}

static void sizes_say_little(void)
{
	size_t sizes = 0, before = 0;

	for (size_t n = 0; n < 3000000; n = n * 65 / 64 + 7) {
		size_t size = seal_padded(n);

		CHECK(size >= n && size % 4096 == 0);
		CHECK(n < 32768 ? size - n <= 4096 : size - n <= n / 8);
		CHECK(seal_padded(size) == size);
		sizes += size != before;
		before = size;
	}
	CHECK(sizes < 80);
	/* a short and a longer warning are the same size */
	CHECK(seal_padded(300) == seal_padded(4000));
}

static void refuses_what_is_broken(void)
{
	ARENA(a, 0);
	static const struct {
		const char *name, *value;
	} rows[] = {
	    {"to", "1"}, {"age", "\"***\""}, {"age", "\"\""}, {"type", "\"x\""}, {"id", "\"x\""}};
	struct age_identity me = age_identity_new();
	struct age_recipient r = age_recipient_of(&me);
	struct json w = parsed(&a, WARNING), v;
	struct sealed s;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CHECK(seal_make(&a, &w, NULL, 0, &r, 1, uuid_of(3), US_PER_S, &v, NULL) == ERR_OK);
		json_set(&a, &v, str_c(rows[i].name), parsed(&a, rows[i].value));
		CHECK(seal_parse(&a, &v, &s, NULL) == ERR_INVALID);
	}
}

static void an_unknown_v_inside_is_refused(void)
{
	ARENA(a, 0);
	struct age_identity me = age_identity_new();
	struct age_recipient r = age_recipient_of(&me);
	struct sealed s = {0};
	struct json object;
	const struct json *signatures;
	struct why why = {0};
	BUF(file);

	CHECK(age_encrypt(&r, 1, STR("{\"v\":2,\"object\":{},\"signatures\":[]}"), &file, NULL) ==
	      ERR_OK);
	s.age = buf_str(&file);
	CHECK(seal_open(&a, &s, &me, 1, &object, &signatures, &why) == ERR_INVALID);
	CHECK(str_eq(str_c(why.text), STR("unknown v of 'sealed object'")));
}

RUN_TESTS({"through a blind node", through_a_blind_node}, {"sizes say little", sizes_say_little},
	  {"refuses what is broken", refuses_what_is_broken},
	  {"an unknown v inside is refused", an_unknown_v_inside_is_refused})
