// SPDX-License-Identifier: Apache-2.0
/* signature: batches, the object that carries one, forwarders who may only narrow; vectors of
 * Wycheproof and speccheck. */
#include "base/codec.h"
#include "base/file.h"
#include "exchange/manifest_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

static void batches_of_every_size(void)
{
	static const size_t sizes[] = {1, 2, 3, 7, 64, 1000, 1024};
	const struct ed25519_secret key = ed25519_new();

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		ARENA(a, 0);
		size_t n = sizes[i];
		struct digest *h = arena_array(&a, struct digest, n);
		struct signature *s = arena_array(&a, struct signature, n);
		struct signature_memo memo = {0};

		random_bytes(h, n * sizeof(*h));
		signature_batch(&a, &key, h, n, s);
		for (size_t k = 0; k < n; k++) {
			CHECK(signature_check(&memo, &s[k], h[k], NULL) == ERR_OK);
			if (n > 1)
				CHECK(signature_check(&memo, &s[k], h[(k + 1) % n], NULL) ==
				      ERR_INVALID);
		}
		s[0].index = (uint32_t)n; /* beyond */
		s[n - 1].sig.b[3] ^= 1;
		CHECK(signature_check(NULL, &s[n - 1], h[n - 1], NULL) == ERR_INVALID);
		CHECK(signature_check(NULL, &s[0], h[0], NULL) == ERR_INVALID);
	}
}

/* Kept as bytes or as the text of an older database it says the same; what is cut off is refused.
 */
static void is_kept(struct arena *a, const struct signed_manifest *s, const struct json *said)
{
	struct signed_manifest got;
	str kept = signature_keep(a, s);
	struct json v;
	BUF(text);

	json_write(&text, said);
	CHECK(kept.n < text.n / 2);
	CHECK(signature_kept(a, kept, &got, NULL) == ERR_OK);
	v = signature_json(a, &got);
	CHECK(json_eq(&v, said));
	CHECK(signature_kept(a, buf_str(&text), &got, NULL) == ERR_OK);
	v = signature_json(a, &got);
	CHECK(json_eq(&v, said));
	for (size_t i = 0; i < kept.n; i++)
		CHECK(signature_kept(a, str_slice(kept, 0, i), &got, NULL) == ERR_IO);
}

/* As it is read again after having travelled. */
static struct signed_manifest travelled(struct arena *a, const struct signed_manifest *s)
{
	struct json v = signature_json(a, s), again;
	struct signed_manifest got = {0};
	struct why why = {0};
	BUF(text);
	BUF(fast);

	json_write(&text, &v);
	must(json_parse(a, arena_str(a, buf_str(&text)), NULL, &again, NULL) == ERR_OK, "json");
	must(json_eq(&v, &again), "as it was");
	signature_write(&fast, s); /* says the same */
	must(json_parse(a, arena_str(a, buf_str(&fast)), NULL, &again, NULL) == ERR_OK,
	     "fast json");
	CHECK(json_eq(&v, &again));
	must(signature_parse(a, &again, &got, &why) == ERR_OK, why.text);
	is_kept(a, &got, &again);
	return got;
}

static void travels_and_verifies(void)
{
	ARENA(a, 0);
	const struct audience_entry to[] = {to_team(7), to_circle(8, 3)};
	struct json w = parsed(&a, WARNING), less = json_copy(&a, &w);
	struct signed_manifest s = signed_by(&a, 1, &w, to, 2), got = travelled(&a, &s);

	CHECK(signature_verify(&a, NULL, &got, &w, NULL) == ERR_OK);
	json_del(&less, STR("title"));
	CHECK(signature_verify(&a, NULL, &got, &less, NULL) == ERR_OK);
	json_set(&a, &less, STR("title"), json_string(STR("x")));
	CHECK(signature_verify(&a, NULL, &got, &less, NULL) == ERR_INVALID);
	got.signature.key.b[0] ^= 1;
	CHECK(signature_verify(&a, NULL, &got, &w, NULL) == ERR_INVALID);
}

/* As it would be read: with the hash of what it says. */
static bool is_refused(struct arena *a, struct signed_manifest t, const struct json *object)
{
	t.hash = manifest_hash(&t.manifest);
	return signature_verify(a, NULL, &t, object, NULL) == ERR_INVALID;
}

static void any_changed_member_of_the_manifest_is_refused(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING);
	struct signed_manifest s = signed_by(&a, 1, &w, NULL, 0), t;

	t = s, t.manifest.rev = 2, t.manifest.has_prev = true;
	CHECK(is_refused(&a, t, &w));
	t = s, t.manifest.label.tlp = TLP_GREEN;
	CHECK(is_refused(&a, t, &w));
	t = s, t.manifest.label.exp_us = 1;
	CHECK(is_refused(&a, t, &w));
	t = s, t.manifest.n_audience = 0;
	CHECK(is_refused(&a, t, &w));
	t = s, t.manifest.role = ROLE_FORWARDER;
	CHECK(is_refused(&a, t, &w));
}

static void an_id_of_ones_own_is_refused(void)
{
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING), v;
	struct signed_manifest s = signed_by(&a, 1, &w, NULL, 0), got;
	struct why why = {0};

	v = signature_json(&a, &s);
	wire_set(&a, &v, "team", wire_json_uuid(&a, uuid_of(2)));
	wire_set(&a, &v, "originator", wire_json_uuid(&a, uuid_of(2)));
	CHECK(signature_parse(&a, &v, &got, &why) == ERR_INVALID);
	CHECK(str_starts(str_c(why.text), STR("another id than follows")));
}

/* A forwarder's signature upon s of what object still has. */
static struct signed_manifest narrowed(struct arena *a, const struct signed_manifest *s,
				       const struct json *object, struct manifest_label label,
				       const struct audience_entry *to, size_t n)
{
	const struct ed25519_secret key = ed25519_new();
	struct signed_manifest f = {.team = uuid_of(200), .originator = s->originator};
	struct why why = {0};

	f.manifest.label = label;
	must(manifest_narrow(a, &f.manifest, &s->manifest, &s->open, object, to, n, &f.open,
			     &why) == ERR_OK,
	     why.text);
	f.hash = manifest_hash(&f.manifest);
	signature_batch(a, &key, &f.hash, 1, &f.signature);
	return travelled(a, &f);
}

static bool in_circle(void *ctx, struct uuid circle, int64_t roster, struct uuid team)
{
	(void)ctx;
	return uuid_eq(circle, uuid_of(8)) && roster == 3 && uuid_eq(team, uuid_of(70));
}

struct row {
	const char *what;
	struct manifest_label label;
	struct audience_entry to[2];
	size_t n;
	enum err want;
};

static void forwarders_only_narrow(void)
{
	const struct manifest_label amber = {
	    .tlp = TLP_AMBER, .nbf_us = 50, .exp_us = 100, .pap = 2};
	const struct audience_entry to[] = {to_team(7), to_circle(8, 3), to_person(9, 10)};
	struct manifest_label red = amber, green = amber, longer = amber, sooner = amber,
			      wide = amber, never = amber, must_name = amber;

	red.tlp = TLP_RED, green.tlp = TLP_GREEN, longer.exp_us = 101, sooner.nbf_us = 49;
	wide.pap = 1, never.exp_us = 0, must_name.attribution = 1;
	const struct row rows[] = {
	    {"the same", amber, {to_team(7), to_circle(8, 3)}, 2, ERR_OK},
	    {"fewer", amber, {to_team(7)}, 1, ERR_OK},
	    {"stricter", red, {to_person(9, 10)}, 1, ERR_OK},
	    {"an older roster", amber, {to_circle(8, 2)}, 1, ERR_OK},
	    {"one member of the circle", amber, {to_team(70)}, 1, ERR_OK},
	    {"a person of a named team", amber, {to_person(7, 1)}, 1, ERR_OK},
	    {"must name", must_name, {to_team(7)}, 1, ERR_OK},
	    {"green", green, {to_team(7)}, 1, ERR_DENIED},
	    {"later expiry", longer, {to_team(7)}, 1, ERR_DENIED},
	    {"no expiry", never, {to_team(7)}, 1, ERR_DENIED},
	    {"sooner", sooner, {to_team(7)}, 1, ERR_DENIED},
	    {"pap", wide, {to_team(7)}, 1, ERR_DENIED},
	    {"another team", amber, {to_team(7), to_team(71)}, 2, ERR_DENIED},
	    {"a newer roster", amber, {to_circle(8, 4)}, 1, ERR_DENIED},
	    {"another circle", amber, {to_circle(88, 1)}, 1, ERR_DENIED},
	    {"another person", amber, {to_person(9, 11)}, 1, ERR_DENIED},
	};
	ARENA(a, 0);
	struct json w = parsed(&a, WARNING), less = json_copy(&a, &w);
	struct signed_manifest s = signed_by(&a, 1, &w, to, 3), both[2];
	const struct ed25519_secret key = ed25519_new();

	s.manifest.label = amber;
	s.hash = manifest_hash(&s.manifest);
	signature_batch(&a, &key, &s.hash, 1, &s.signature);
	json_del(&less, STR("severity"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct signed_label joined = {0};
		struct why why = {0};
		enum err got;

		both[0] = s;
		both[1] = narrowed(&a, &s, &less, r->label, r->to, r->n);
		got = signatures_verify(&a, NULL, both, 2, &less, in_circle, NULL, &joined, &why);
		if (got != r->want)
			printf("# %s: %s\n", r->what, why.text);
		CHECK(got == r->want);
		if (got) {
			CHECK(str_eq(str_c(why.code), STR("widened")));
			continue;
		}
		CHECK(joined.label.tlp == r->label.tlp && joined.n_audience == r->n);
		/* a field that the forwarder dropped cannot come back under its signature */
		CHECK(signatures_verify(&a, NULL, both, 2, &w, in_circle, NULL, &joined, NULL) ==
		      ERR_INVALID);
	}
}

static void a_forwarder_stands_on_one_manifest(void)
{
	ARENA(a, 0);
	const struct audience_entry to[] = {to_team(7)};
	struct json w = parsed(&a, WARNING);
	struct signed_manifest s = signed_by(&a, 1, &w, to, 1), other = signed_by(&a, 1, &w, to, 1);
	struct signed_manifest f = narrowed(&a, &s, &w, s.manifest.label, to, 1);
	struct signed_label joined;

	CHECK(signatures_verify(&a, NULL, (const struct signed_manifest[]){s, f}, 2, &w, NULL, NULL,
				&joined, NULL) == ERR_OK);
	CHECK(signatures_verify(&a, NULL, (const struct signed_manifest[]){other, f}, 2, &w, NULL,
				NULL, &joined, NULL) == ERR_INVALID);
	CHECK(signatures_verify(&a, NULL, (const struct signed_manifest[]){f, s}, 2, &w, NULL, NULL,
				&joined, NULL) == ERR_INVALID);
}

/* ---- vectors ---- */

static bool corpus(const char *name, struct buf *text)
{
	char path[512];
	const char *c = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");

	if (c)
		snprintf(path, sizeof(path), "%s/vectors/%s", c, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/data/vectors/%s", source ? source : ".",
			 name);
	return file_read(path, 8 << 20, text, NULL) == ERR_OK;
}

static str bytes_of(struct arena *a, const struct json *v)
{
	str hex = json_str(v);
	uint8_t *p = arena_alloc(a, hex.n / 2 + 1);

	must(hex_decode(hex, p, hex.n / 2) == ERR_OK, "hex");
	return (str){(const char *)p, hex.n / 2};
}

static bool vector_verifies(struct arena *a, str key, const struct json *msg,
			    const struct json *sig)
{
	struct ed25519_public k;
	struct ed25519_sig s;
	str m = bytes_of(a, msg), b = bytes_of(a, sig);

	if (key.n != sizeof(k.b) || b.n != sizeof(s.b))
		return false; /* of another length: cannot even be said */
	memcpy(k.b, key.p, sizeof(k.b));
	memcpy(s.b, b.p, sizeof(s.b));
	return ed25519_check(&k, STR_NULL, m, &s);
}

static void wycheproof(void)
{
	ARENA(a, 0);
	struct json v;
	const struct json *groups;
	size_t n = 0;
	BUF(text);

	if (!corpus("ed25519_wycheproof.json", &text)) {
		CHECK_SKIP("the corpus is absent");
		return;
	}
	CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_OK);
	groups = json_get_c(&v, "testGroups");
	for (size_t i = 0; i < json_count(groups); i++) {
		const struct json *g = json_at(groups, i), *tests = json_get_c(g, "tests");
		str key = bytes_of(&a, json_path(g, "publicKey", "pk", NULL));

		for (size_t k = 0; k < json_count(tests); k++, n++) {
			const struct json *t = json_at(tests, k);
			bool want = str_eq(json_get_str(t, "result"), STR("valid"));

			CHECK(vector_verifies(&a, key, json_get_c(t, "msg"),
					      json_get_c(t, "sig")) == want);
		}
	}
	CHECK(n == 151);
}

/* Which odd signatures count must be the same on every node: only the fourth (docs/formats.md 3).
 */
static void speccheck(void)
{
	ARENA(a, 0);
	struct json v;
	BUF(text);

	if (!corpus("ed25519_speccheck.json", &text)) {
		CHECK_SKIP("the corpus is absent");
		return;
	}
	CHECK(json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_OK);
	CHECK(json_count(&v) == 12);
	for (size_t i = 0; i < json_count(&v); i++) {
		const struct json *t = json_at(&v, i);

		CHECK(vector_verifies(&a, bytes_of(&a, json_get_c(t, "pub_key")),
				      json_get_c(t, "message"),
				      json_get_c(t, "signature")) == (i == 3));
	}
}

RUN_TESTS({"batches of every size", batches_of_every_size},
	  {"travels and verifies", travels_and_verifies},
	  {"any changed member of the manifest is refused",
	   any_changed_member_of_the_manifest_is_refused},
	  {"an id of one's own is refused", an_id_of_ones_own_is_refused},
	  {"forwarders only narrow", forwarders_only_narrow},
	  {"a forwarder stands on one manifest", a_forwarder_stands_on_one_manifest},
	  {"vectors of Wycheproof", wycheproof}, {"vectors of speccheck", speccheck})
