// SPDX-License-Identifier: Apache-2.0
/* Kinds, guesses, disguises and hashes; the vectors of tests/vectors/values.json. */
#include "tests/check.h"

#include "base/file.h"
#include "base/json.h"
#include "intel/value.h"

static void load(struct arena *a, struct buf *text, struct json *ret)
{
	const char *source = getenv("HIKESHI_SOURCE");
	str path = arena_printf(a, "%s/tests/vectors/values.json", source ? source : ".");

	*ret = (struct json){0};
	CHECK(file_read(path.p, 1 << 20, text, NULL) == ERR_OK);
	CHECK(json_parse(a, buf_str(text), NULL, ret, NULL) == ERR_OK);
	CHECK(json_count(json_get_c(ret, "canonical")) > 100);
}

static void says(bool ok, const char *what, str in, str got)
{
	if (!ok)
		printf("# %s '%.*s': got '%.*s'\n", what, STR_ARG(in), STR_ARG(got));
	CHECK(ok);
}

static void names_round_trip(void)
{
	for (int k = VALUE_NONE + 1; k < VALUE_KINDS; k++) {
		str name = value_kind_name((enum value_kind)k);

		CHECK(name.n > 0);
		CHECK((int)value_kind_parse(name) == k);
	}
	CHECK(value_kind_name(VALUE_NONE).n == 0);
	CHECK(value_kind_parse(STR("nonsense")) == VALUE_NONE);
	CHECK(value_kind_parse(STR("ip-dst")) == VALUE_IPV4);
	CHECK(value_kind_parse(STR("hostname")) == VALUE_DOMAIN);
	CHECK(value_kind_parse(STR("windows-registry-key")) == VALUE_REGKEY);
}

/* Each vector, and what holds of all: a canonical spelling is its own canonical spelling. */
static void canonical_vectors(void)
{
	ARENA(a, 0);
	BUF(text);
	struct json v;

	load(&a, &text, &v);
	const struct json *rows = json_get_c(&v, "canonical");

	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		str in = json_get_str(row, "input"), want = json_get_str(row, "canonical"), got,
		    again;
		enum value_kind k = value_kind_parse(json_get_str(row, "kind"));
		struct why why = {0};
		enum err err = value_canonical(&a, k, in, &got, &why);

		CHECK(k != VALUE_NONE);
		if (!json_is(json_get_c(row, "canonical"), JSON_STRING)) {
			says(err == ERR_INVALID && why.text[0], "should be refused", in,
			     err ? STR_NULL : got);
			continue;
		}
		says(err == ERR_OK && str_eq(got, want), "canonical", in,
		     err ? STR("(refused)") : got);
		if (err != ERR_OK)
			continue;
		says(value_canonical(&a, k, got, &again, NULL) == ERR_OK && str_eq(got, again),
		     "again", got, again);
	}
}

static void guess_vectors(void)
{
	ARENA(a, 0);
	BUF(text);
	struct json v;

	load(&a, &text, &v);
	const struct json *rows = json_get_c(&v, "guess");

	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		str in = json_get_str(row, "input"), got = STR_NULL;
		enum value_kind k = value_guess(in),
				want = value_kind_parse(json_get_str(row, "kind"));

		says(k == want, "guess", in, value_kind_name(k));
		if (k != VALUE_NONE)
			says(value_canonical(&a, k, in, &got, NULL) == ERR_OK &&
				 str_eq(got, json_get_str(row, "canonical")),
			     "guessed", in, got);
	}
}

/* A disguise can be undone: refang(defang(x)) is x. */
static void defang_vectors(void)
{
	ARENA(a, 0);
	BUF(text);
	struct json v;

	load(&a, &text, &v);
	const struct json *rows = json_get_c(&v, "defang");

	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		enum value_kind k = value_kind_parse(json_str(json_at(row, 0)));
		str canonical = json_str(json_at(row, 1));
		str got = value_defang(&a, k, canonical);

		says(str_eq(got, json_str(json_at(row, 2))), "defang", canonical, got);
		says(str_eq(value_refang(&a, got), canonical), "refang", got,
		     value_refang(&a, got));
	}
}

static void plain_text_is_not_copied(void)
{
	ARENA(a, 0);
	str in = STR("evil.example");

	CHECK(value_refang(&a, in).p == in.p);
	CHECK(a.used_bytes == 0);
}

static void hash_depends_on_all(void)
{
	uint8_t k1[16] = {1}, k2[16] = {2};
	uint64_t h = value_hash(k1, VALUE_DOMAIN, STR("evil.example"));
	static char longer[2000];

	CHECK(h == value_hash(k1, VALUE_DOMAIN, STR("evil.example")));
	CHECK(h != value_hash(k2, VALUE_DOMAIN, STR("evil.example")));
	CHECK(h != value_hash(k1, VALUE_OTHER, STR("evil.example")));
	CHECK(h != value_hash(k1, VALUE_DOMAIN, STR("evil.exampl")));
	memset(longer, 'a', sizeof(longer));
	uint64_t l = value_hash(k1, VALUE_OTHER, (str){longer, sizeof(longer)});

	CHECK(l != value_hash(k1, VALUE_OTHER, (str){longer, sizeof(longer) - 1}));
}

RUN_TESTS({"names and aliases round trip", names_round_trip},
	  {"vectors: canonical spellings, idempotent", canonical_vectors},
	  {"vectors: guesses", guess_vectors},
	  {"vectors: defanging, undone by refanging", defang_vectors},
	  {"refanging plain text allocates nothing", plain_text_is_not_copied},
	  {"hash depends on key, kind and text", hash_depends_on_all})
