// SPDX-License-Identifier: Apache-2.0
/* key: objects, chains, what counts after an end or a revocation, and the words of fingerprints. */
#include "base/codec.h"
#include "exchange/key_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

#define T0 INT64_C(1700000000000000)
#define DAY (86400 * US_PER_S)

static struct ed25519_secret key_no(uint8_t n)
{
	uint8_t seed[32];

	memset(seed, n, sizeof(seed));
	return ed25519_from_seed(seed);
}

/* Key object n of a team, upon the one before. */
static struct key_object object_no(struct arena *a, int64_t n, uint8_t online,
				   const struct key_object *before)
{
	const struct ed25519_secret root = key_no(100), o = key_no(online);
	const struct age_identity age = {{online}};
	struct key_object k = {.created_us = T0 + n,
			       .team = uuid_of(1),
			       .node = uuid_of(2),
			       .n = n,
			       .root = root.public,
			       .online = o.public,
			       .node_key = key_no(99).public,
			       .age = age_recipient_of(&age),
			       .ends_us = TIME_NONE,
			       .revoked_us = TIME_NONE};

	if (before) {
		k.has_prev = true;
		k.prev = key_hash(a, before);
	}
	key_sign(a, &k, &root, &o);
	return k;
}

static void end(struct arena *a, struct key_object *k, int64_t ends, int64_t revoked)
{
	const struct ed25519_secret root = key_no(100);

	k->ends_us = ends;
	k->revoked_us = revoked;
	key_sign(a, k, &root, NULL);
}

static enum err build(struct arena *a, const struct key_object *k, size_t n, struct key_chain *ret,
		      struct why *why)
{
	struct json *v = arena_array(a, struct json, n);
	const struct json **p = arena_array(a, const struct json *, n);
	struct ed25519_public root = key_no(100).public;

	for (size_t i = 0; i < n; i++) {
		v[i] = key_json(a, &k[i]);
		p[i] = &v[i];
	}
	return key_chain_build(a, uuid_of(1), &root, p, n, ret, why);
}

static void objects_go_round(void)
{
	ARENA(a, 0);
	struct key_object k = object_no(&a, 1, 11, NULL), got;
	struct json v = key_json(&a, &k);
	struct why why = {0};

	CHECK(key_parse(&a, &v, &got, &why) == ERR_OK);
	CHECK(digest_eq(key_hash(&a, &k), key_hash(&a, &got)));
	wire_set(&a, &v, "v", json_from_i64(&a, 2));
	CHECK(key_parse(&a, &v, &got, &why) == ERR_INVALID);
	CHECK(str_eq(str_c(why.text), STR("unknown v of 'x-hikeshi-key'")));
}

static void any_changed_byte_is_refused(void)
{
	ARENA(a, 0);
	struct key_object k = object_no(&a, 1, 11, NULL), got;
	struct json v = key_json(&a, &k);
	size_t tried = 0;
	BUF(text);

	json_write(&text, &v);
	for (size_t i = 0; i < text.n; i += 3) {
		ARENA(b, 0);
		struct json w;

		text.p[i] ^= 1;
		if (!json_parse(&b, buf_str(&text), NULL, &w, NULL)) {
			CHECK(key_parse(&b, &w, &got, NULL) == ERR_INVALID);
			tried++;
		}
		text.p[i] ^= 1;
	}
	CHECK(tried > 150);
}

/* Another team may not name our online key as its own: it cannot sign with it. */
static void a_key_of_others_cannot_be_claimed(void)
{
	ARENA(a, 0);
	const struct ed25519_secret mallory = key_no(66);
	struct key_object k = object_no(&a, 1, 11, NULL), theirs = k, got;
	struct json v;
	struct why why = {0};

	theirs.team = uuid_of(6);
	theirs.root = mallory.public;
	theirs.online = mallory.public;
	key_sign(&a, &theirs, &mallory, &mallory);
	theirs.online = k.online;
	struct digest h = key_hash(&a, &theirs);
	theirs.sig = ed25519_sign(&mallory, STR("hikeshi/key/v1\n"), digest_str(&h));
	v = key_json(&a, &theirs);
	CHECK(key_parse(&a, &v, &got, &why) == ERR_INVALID);
	CHECK(str_starts(str_c(why.text), STR("the online key did not sign")));
	wire_set(&a, &v, "proof", json_null());
	CHECK(key_parse(&a, &v, &got, NULL) == ERR_INVALID);
}

static void chains(void)
{
	ARENA(a, 0);
	struct key_object k[4], other;
	struct key_chain c;
	struct why why = {0};

	k[0] = object_no(&a, 1, 11, NULL);
	k[1] = object_no(&a, 2, 12, &k[0]);
	k[2] = object_no(&a, 3, 13, &k[1]);
	k[3] = k[1]; /* heard twice */
	CHECK(build(&a, k, 4, &c, &why) == ERR_OK);
	CHECK(c.n == 3 && c.complete);
	k[1] = k[2];
	CHECK(build(&a, k, 2, &c, &why) == ERR_OK);
	CHECK(c.n == 2 && !c.complete); /* a gap */
	other = object_no(&a, 3, 14, &k[0]);
	k[3] = other;
	CHECK(build(&a, k, 4, &c, &why) == ERR_CONFLICT);
	CHECK(str_eq(str_c(why.code), STR("forked")));
	k[1] = object_no(&a, 2, 15, &k[2]); /* a prev that is another */
	CHECK(build(&a, k, 2, &c, NULL) == ERR_CONFLICT);
}

static void only_the_pinned_root_counts(void)
{
	ARENA(a, 0);
	struct key_object k = object_no(&a, 1, 11, NULL);
	struct json v = key_json(&a, &k);
	const struct json *p = &v;
	struct ed25519_public root = key_no(100).public, other = key_no(101).public;
	struct key_chain c;
	struct why why = {0};

	CHECK(key_chain_build(&a, uuid_of(1), &root, &p, 1, &c, NULL) == ERR_OK);
	CHECK(key_chain_build(&a, uuid_of(1), &other, &p, 1, &c, &why) == ERR_DENIED);
	CHECK(str_eq(str_c(why.code), STR("unknown_key")));
	CHECK(key_chain_build(&a, uuid_of(3), &root, &p, 1, &c, NULL) == ERR_DENIED);
}

static void ends_and_revocations(void)
{
	static const struct {
		uint8_t online;
		int64_t said, stored;
		enum key_verdict want;
	} rows[] = {
	    {11, T0, TIME_NONE, KEY_ENDED}, /* for ever, whoever hears of it when */
	    {11, T0 + 2 * DAY, TIME_NONE, KEY_LATE},
	    {11, TIME_NONE, TIME_NONE, KEY_ENDED},
	    {12, T0, TIME_NONE, KEY_REVOKED},
	    {12, T0, T0 + DAY, KEY_GOOD},
	    {12, T0, T0 + 3 * DAY, KEY_REVOKED}, /* at the moment itself */
	    {12, T0, T0 + 4 * DAY, KEY_REVOKED},
	    {13, T0, TIME_NONE, KEY_GOOD},
	    {14, T0, T0, KEY_UNKNOWN},
	};
	ARENA(a, 0);
	struct key_object k[6], got;
	struct key_chain c;
	struct why why = {0};

	k[0] = object_no(&a, 1, 11, NULL);
	k[1] = object_no(&a, 2, 12, &k[0]);
	k[2] = object_no(&a, 3, 11, &k[1]);
	end(&a, &k[2], T0 + DAY, TIME_NONE);
	k[3] = object_no(&a, 4, 13, &k[2]);
	k[4] = object_no(&a, 5, 12, &k[3]);
	end(&a, &k[4], TIME_NONE, T0 + 3 * DAY);
	k[5] = object_no(&a, 6, 12, &k[4]); /* takes nothing back */
	CHECK(build(&a, k, 6, &c, &why) == ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ed25519_public online = key_no(rows[i].online).public;
		enum key_verdict v = key_judge(&c, &online, rows[i].said, rows[i].stored);

		CHECK(v == rows[i].want);
		CHECK((key_verdict_err(v, NULL) == ERR_OK) == (v == KEY_GOOD || v == KEY_ENDED));
	}
	CHECK(key_chain_current(&c, T0, &got) && got.n == 4);
	struct ed25519_public node = key_no(99).public;
	CHECK(key_chain_node(&c, &node, &got) && got.ends_us == TIME_NONE);
}

static size_t distance(str a, str b)
{
	size_t row[32];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t up = row[j], best = corner + (a.p[i - 1] != b.p[j - 1]);

			best = up + 1 < best ? up + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = up;
		}
	}
	return row[b.n];
}

/* As a byte for each kana. */
static str kana_bytes(struct arena *a, str kana)
{
	BUF(b);
	uint32_t c;
	size_t n;

	while ((n = utf8_decode(kana, &c)) != 0) {
		CHECK((c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc);
		buf_add_char(&b, (char)(c - 0x3080));
		kana = str_from(kana, n);
	}
	return arena_str(a, buf_str(&b));
}

static void words_cannot_be_taken_for_each_other(void)
{
	ARENA(a, 0);
	str kana[256];

	for (size_t i = 0; i < 256; i++) {
		str w = fingerprint_words[i].word;

		kana[i] = kana_bytes(&a, fingerprint_words[i].kana);
		CHECK(w.n >= 3 && w.n <= 8);
		CHECK(i == 0 || str_cmp(fingerprint_words[i - 1].word, w) < 0);
		for (size_t k = 0; k < i; k++) {
			CHECK(distance(w, fingerprint_words[k].word) >= 2);
			CHECK(distance(kana[i], kana[k]) >= 2);
		}
	}
}

static void fingerprints(void)
{
	ARENA(a, 0);
	struct ed25519_public root = key_no(100).public, other = key_no(101).public;
	struct digest d = key_fingerprint(uuid_of(1), &root);
	str text = fingerprint_text(&a, d), kana = fingerprint_kana(&a, d),
	    hex = fingerprint_hex(&a, d);
	char loud[256];
	size_t n = 0, words = 0;

	CHECK(!digest_eq(d, key_fingerprint(uuid_of(2), &root)));
	CHECK(!digest_eq(d, key_fingerprint(uuid_of(1), &other)));
	CHECK(hex.n == 79 && utf8_valid(kana));
	for (size_t i = 0; i < text.n; i++)
		words += text.p[i] == ' ' && text.p[i + 1] != '-';
	CHECK(words == 15);
	CHECK(fingerprint_matches(d, text));
	CHECK(!fingerprint_matches(key_fingerprint(uuid_of(2), &root), text));
	for (; n < text.n && n < sizeof(loud); n++) /* upper case, other separators */
		loud[n] = ch_alpha((unsigned char)text.p[n]) ? (char)(text.p[n] & ~32) : '\n';
	CHECK(fingerprint_matches(d, (str){loud, n}));
	CHECK(!fingerprint_matches(d, str_slice(text, 0, text.n - 3)));
	CHECK(!fingerprint_matches(d, arena_printf(&a, "%.*s apple", STR_ARG(text))));
	CHECK(!fingerprint_matches(d, STR_NULL));
}

RUN_TESTS({"objects go round", objects_go_round},
	  {"any changed byte is refused", any_changed_byte_is_refused},
	  {"a key of others cannot be claimed", a_key_of_others_cannot_be_claimed},
	  {"chains", chains}, {"only the pinned root counts", only_the_pinned_root_counts},
	  {"ends and revocations", ends_and_revocations},
	  {"words cannot be taken for each other", words_cannot_be_taken_for_each_other},
	  {"fingerprints", fingerprints})
