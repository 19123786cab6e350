// SPDX-License-Identifier: Apache-2.0
/* manifest: what may be dropped, what may not be changed, labels that only narrow, lineages. */
#include "exchange/manifest_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

static struct manifest made(struct arena *a, const struct json *object, struct opened *open)
{
	const struct audience_entry to[] = {to_team(7), to_circle(8, 3), to_person(9, 10)};
	struct manifest m = {.rev = 1, .label = {.tlp = TLP_AMBER}};
	struct why why = {0};

	must(manifest_make(a, &m, object, to, 3, open, &why) == ERR_OK, why.text);
	return m;
}

static void leaves_as_the_page_says(void)
{
	static const char *const want[] = {
	    "type",     "spec_version", "id",          "created",  "modified",   "title",
	    "severity", "labels",       "what/impact", "what/cve", "what/inner", "how/mitigate",
	    "when",     "who",          "count",       ""};
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING), i = parsed(&a, INDICATOR);
	struct leaf *l;
	size_t n;

	CHECK(leaves_of(&a, &w, &l, &n, NULL) == ERR_OK);
	CHECK(n == ARRAY_LEN(want));
	for (size_t k = 0; k < n && k < ARRAY_LEN(want); k++)
		CHECK(str_eq(leaf_name(&a, &l[k]), str_c(want[k])));
	/* in a type of others `what` is a member like any */
	CHECK(leaves_of(&a, &i, &l, &n, NULL) == ERR_OK);
	CHECK(n == 11 && l[9].n_path == 1 && str_eq(l[9].path[0], STR("what")));
}

/* The object without the leaves whose bit is set in drop. */
static struct json without(struct arena *a, const struct json *object, const struct leaf *l,
			   size_t n, uint32_t drop)
{
	struct json o = json_copy(a, object);

	for (size_t i = 0; i < n; i++) {
		struct json *inner;

		if (!(drop >> i & 1))
			continue;
		if (l[i].n_path == 1) {
			json_del(&o, l[i].path[0]);
			continue;
		}
		inner = (struct json *)json_get(&o, l[i].path[0]);
		json_del(inner, l[i].path[1]);
		if (inner->n == 0)
			json_del(&o, l[i].path[0]);
	}
	return o;
}

static void any_subset_that_stix_allows_verifies(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING);
	struct opened open;
	struct manifest m = made(&a, &w, &open);
	struct leaf *l;
	size_t n;

	CHECK(leaves_of(&a, &w, &l, &n, NULL) == ERR_OK);
	/* the first five are what STIX requires; all subsets of the other ten; the last says what
	 * is not there */
	for (uint32_t drop = 0; drop < 1u << (n - 6); drop++) {
		ARENA(b, 0);
		struct json less = without(&b, &w, l, n, drop << 5);
		struct opened next = open_for(&b, &open, &less, NULL, NULL);

		CHECK(manifest_check(&b, &m, &next, &less, NULL) == ERR_OK);
		CHECK(next.n_leaves == n - (size_t)__builtin_popcount(drop));
	}
	for (uint32_t i = 0; i < 5; i++) {
		struct json less = without(&a, &w, l, n, 1u << i);

		CHECK(manifest_check(&a, &m, &open, &less, NULL) == ERR_INVALID);
	}
}

/* Every byte of the text changed in turn: what still parses is refused, or says the same. */
static void any_changed_byte_is_refused(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING);
	struct opened open;
	struct manifest m = made(&a, &w, &open);
	char text[] = WARNING;
	size_t refused = 0;
	BUF(same);

	CHECK(json_canonical(&a, &same, &w) == ERR_OK);
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		for (unsigned bit = 0; bit < 7; bit++) {
			ARENA(b, 0);
			struct json v;
			BUF(now);

			text[i] = (char)(text[i] ^ (1 << bit));
			if (!json_parse(&b, (str){text, sizeof(text) - 1}, NULL, &v, NULL) &&
			    !json_canonical(&b, &now, &v) &&
			    !str_eq(buf_str(&now), buf_str(&same))) {
				CHECK(manifest_check(&b, &m, &open, &v, NULL) == ERR_INVALID);
				refused++;
			}
			text[i] = (char)(text[i] ^ (1 << bit));
		}
	}
	CHECK(refused > 1000);
}

static void says_which_field(void)
{
	static const struct {
		const char *name, *inner, *value, *want;
	} rows[] = {
	    {"title", NULL, "\"other\"", "changed on the way: the field 'title'"},
	    {"extra", NULL, "1", "added on the way: the field 'extra'"},
	    {"what", "impact", "\"none\"", "changed on the way: the field 'what/impact'"},
	    {"what", "more", "[]", "added on the way: the field 'what/more'"},
	    {"how", NULL, "{}", "added on the way: the field 'how'"},
	};
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING);
	struct opened open;
	struct manifest m = made(&a, &w, &open);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json o = json_copy(&a, &w), *at = &o;
		struct why why = {0};

		if (rows[i].inner)
			at = (struct json *)json_get_c(&o, rows[i].name);
		json_set(&a, at, str_c(rows[i].inner ? rows[i].inner : rows[i].name),
			 parsed(&a, rows[i].value));
		CHECK(manifest_check(&a, &m, &open, &o, &why) == ERR_INVALID);
		CHECK(str_eq(str_c(why.text), str_c(rows[i].want)));
		CHECK(why.text_ja[0] && str_eq(str_c(why.code), STR("signature")));
	}
}

/* What changes the meaning of an object when it is gone cannot be left out, with its salt or
 * without, whether it was there or not. */
static void what_must_stay_stays(void)
{
	static const struct {
		const char *type, *name, *inner;
	} rows[] = {{"indicator", "revoked", NULL},
		    {"indicator", "valid_until", NULL},
		    {"x-hikeshi-warning", "exercise", NULL},
		    {"x-hikeshi-warning", "state", NULL},
		    {"x-hikeshi-warning", "when", "valid_until"}};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool ours = str_starts(str_c(rows[i].type), STR("x-"));
		struct json o = parsed(&a, ours ? WARNING : INDICATOR), less, with;
		struct json inner = json_object();
		struct opened open, next;
		struct manifest m;
		struct why why = {0};

		less = json_copy(&a, &o);
		if (rows[i].inner)
			json_set(&a, &inner, str_c(rows[i].inner), json_string(STR("2026")));
		json_set(&a, &o, str_c(rows[i].name), rows[i].inner ? inner : json_from_bool(true));
		if (rows[i].inner)
			json_del(&less, str_c(rows[i].name));
		m = made(&a, &o, &open);
		CHECK(manifest_check(&a, &m, &open, &o, NULL) == ERR_OK);
		next = open_for(&a, &open, &less, NULL, NULL);
		CHECK(manifest_check(&a, &m, &next, &less, &why) == ERR_INVALID);
		CHECK(str_eq(str_c(why.code), STR("stripped")) && why.text_ja[0]);
		/* nor is it put where it was not */
		m = made(&a, &less, &open);
		with = o;
		CHECK(manifest_check(&a, &m, &open, &with, NULL) == ERR_INVALID);
		/* nor said to be of what has no such leaf */
		next = open;
		next.n_leaves--;
		next.leaves++;
		CHECK(open.leaves[0].path[0].n == 0);
		CHECK(manifest_check(&a, &m, &next, &less, &why) == ERR_INVALID);
	}
}

static void what_stix_requires_stays(void)
{
	static const char *const names[] = {"pattern", "pattern_type", "valid_from", "created"};
	ARENA(a, 0);
	struct json i = parsed(&a, INDICATOR);
	struct opened open;
	struct manifest m = made(&a, &i, &open);

	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		struct json o = json_copy(&a, &i);

		json_del(&o, str_c(names[k]));
		CHECK(manifest_check(&a, &m, &open, &o, NULL) == ERR_INVALID);
	}
	json_del(&i, STR("name"));
	CHECK(manifest_check(&a, &m, &open, &i, NULL) == ERR_OK);
}

static void refuses_what_jcs_cannot_carry(void)
{
	static const char *const bad[] = {"9007199254740993", "1e400", "[0.1234567890123456789]",
					  "{\"x\":-9007199254740993}"};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json w = parsed(&a, WARNING);
		struct manifest m = {.rev = 1};
		struct opened open;
		struct why why = {0};

		json_set(&a, &w, STR("count"), parsed(&a, bad[i]));
		CHECK(manifest_make(&a, &m, &w, NULL, 0, &open, &why) == ERR_INVALID);
		CHECK(str_eq(str_c(why.text), STR("cannot be signed exactly 'count'")));
	}
}

static void goes_round_as_json(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING), again;
	struct opened open, open2;
	struct manifest m = made(&a, &w, &open), m2;
	struct digest d;
	BUF(text);
	BUF(canonical);

	m.label.nbf_us = 1700000000000001;
	m.label.pap = 3;
	again = manifest_json(&a, &m);
	json_write(&text, &again);
	again = parsed(&a, buf_cstr(&text));
	CHECK(manifest_parse(&a, &again, &m2, NULL) == ERR_OK);
	CHECK(digest_eq(manifest_hash(&m), manifest_hash(&m2)));
	CHECK(json_canonical(&a, &canonical, &again) == ERR_OK);
	d = sha256(buf_str(&canonical));
	CHECK(digest_eq(manifest_hash(&m), d));
	CHECK(manifest_said_us(&m2) == 1795428000 * US_PER_S);
	m2.modified = STR_NULL;
	CHECK(manifest_said_us(&m2) == TIME_NONE);
	m2.modified = m.modified;
	again = open_json(&a, &open);
	CHECK(open_parse(&a, &again, &open2, NULL) == ERR_OK);
	CHECK(manifest_check(&a, &m2, &open2, &w, NULL) == ERR_OK);
	CHECK(open2.n_audience == 3 && m2.n_audience == 4);
}

static void refuses_unknown_versions_and_other_spellings(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
	    {"v", "2"},        {"v", "\"1\""},      {"role", "\"x\""},
	    {"rev", "0"},      {"rev", "1.0"},      {"rev", "2"},
	    {"prev", "\"\""},  {"target", "\"x\""}, {"more", "1"},
	    {"label", "{}"},   {"audience", "[]"},  {"digests", "[\"00\"]"},
	    {"modified", "1"}, {"digests", "{}"},   {"rev", "9007199254740992"},
	};
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING), v;
	struct opened open;
	struct manifest m = made(&a, &w, &open), got;
	struct why why = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		v = manifest_json(&a, &m);
		json_set(&a, &v, str_c(rows[i].name), parsed(&a, rows[i].value));
		CHECK(manifest_parse(&a, &v, &got, i ? NULL : &why) == ERR_INVALID);
	}
	CHECK(str_eq(str_c(why.text), STR("unknown v of 'manifest'")));
	CHECK(str_eq(str_c(why.code), STR("unknown_version")));
}

static void an_audience_that_was_not_named_is_refused(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING);
	struct opened open;
	struct manifest m = made(&a, &w, &open);
	struct audience_entry e[3];
	struct why why = {0};

	memcpy(e, open.audience, sizeof(e));
	e[1].roster++;
	open.audience = e;
	CHECK(manifest_check(&a, &m, &open, &w, &why) == ERR_INVALID);
	CHECK(str_eq(str_c(why.code), STR("widened")));
	open.n_audience = 1; /* fewer may be opened */
	CHECK(manifest_check(&a, &m, &open, &w, NULL) == ERR_OK);
}

static void lineages(void)
{
	const struct digest h1 = sha256(STR("1")), h2 = sha256(STR("2")), h3 = sha256(STR("3"));
	const struct manifest r1 = {.rev = 1}, r2 = {.rev = 2, .has_prev = true, .prev = h1},
			      r3 = {.rev = 3, .has_prev = true, .prev = h2},
			      r9 = {.rev = 9, .has_prev = true, .prev = h3};

	CHECK(lineage_step(NULL, h1, &r1, h1) == LINEAGE_NEWER);
	CHECK(lineage_step(NULL, h1, &r9, h1) == LINEAGE_NEWER);
	CHECK(lineage_step(&r1, h1, &r1, h1) == LINEAGE_SAME);
	CHECK(lineage_step(&r1, h1, &r1, h2) == LINEAGE_FORK);
	CHECK(lineage_step(&r1, h1, &r2, h2) == LINEAGE_NEWER);
	CHECK(lineage_step(&r1, h3, &r2, h2) == LINEAGE_FORK);
	CHECK(lineage_step(&r1, h1, &r9, h2) == LINEAGE_NEWER); /* a gap */
	CHECK(lineage_step(&r3, h3, &r1, h1) == LINEAGE_OLDER);
	CHECK(lineage_step(&r3, h3, &r2, h2) == LINEAGE_OLDER);
	CHECK(lineage_step(&r3, h3, &r2, h1) == LINEAGE_FORK);
	CHECK(lineage_step(&r9, h3, &r3, h3) == LINEAGE_OLDER);
}

RUN_TESTS({"leaves as the page says", leaves_as_the_page_says},
	  {"any subset that STIX allows verifies", any_subset_that_stix_allows_verifies},
	  {"any changed byte is refused", any_changed_byte_is_refused},
	  {"says which field", says_which_field},
	  {"what STIX requires stays", what_stix_requires_stays},
	  {"what must stay stays", what_must_stay_stays},
	  {"refuses what JCS cannot carry", refuses_what_jcs_cannot_carry},
	  {"goes round as JSON", goes_round_as_json},
	  {"refuses unknown versions and other spellings",
	   refuses_unknown_versions_and_other_spellings},
	  {"an audience that was not named is refused", an_audience_that_was_not_named_is_refused},
	  {"lineages", lineages})
