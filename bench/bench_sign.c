// SPDX-License-Identifier: Apache-2.0
/* What signing and verifying cost for one object of ten fields, in batches of 1 and of 1,024:
 * making the manifest (salted digests), signing, writing the x-hikeshi-signature; and reading it,
 * its signature, its object. Beside it the bare key operations of libsodium and a bare SHA-256,
 * which are the floor. One thread, processor time. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "exchange/signature.h"

#define OBJECTS 20480
#define SLICE ((size_t)SIGNATURE_BATCH_MAX)

struct made {
	struct json object;
	struct signed_manifest s;
	str text;
};

static struct json object_no(struct arena *a, uint64_t n)
{
	struct json v;
	struct why why = {0};
	str text = arena_printf(
	    a,
	    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--00000000-0000-"
	    "4000-8000-%012llx\","
	    "\"created\":\"2026-11-23T09:30:00.000Z\",\"modified\":\"2026-11-23T09:30:00.000Z\","
	    "\"name\":\"indicator number %llu\",\"pattern\":\"[domain-name:value = "
	    "'host%llu.example']\","
	    "\"pattern_type\":\"stix\",\"valid_from\":\"2026-11-23T09:30:00Z\",\"labels\":["
	    "\"bench\"]}",
	    (unsigned long long)n, (unsigned long long)n, (unsigned long long)n);

	bench_ok(json_parse(a, text, NULL, &v, &why), &why);
	return v;
}

static void sign_slice(struct arena *a, struct made *m, size_t n, size_t batch,
		       const struct ed25519_secret *key)
{
	const struct audience_entry to = {.kind = AUDIENCE_CIRCLE, .circle = bench_uuid(1)};
	struct digest h[SIGNATURE_BATCH_MAX];
	struct signature sig[SIGNATURE_BATCH_MAX];
	struct why why = {0};

	for (size_t from = 0; from < n; from += batch) {
		for (size_t i = 0; i < batch; i++) {
			struct made *x = &m[from + i];

			x->s = (struct signed_manifest){.team = bench_uuid(2),
							.originator = bench_uuid(2)};
			x->s.manifest.rev = 1;
			bench_ok(
			    manifest_make(a, &x->s.manifest, &x->object, &to, 1, &x->s.open, &why),
			    &why);
			h[i] = manifest_hash(&x->s.manifest);
		}
		signature_batch(a, key, h, batch, sig);
		for (size_t i = 0; i < batch; i++)
			m[from + i].s.signature = sig[i];
	}
}

static void write_slice(struct arena *a, struct made *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		BUF(b);

		signature_write(&b, &m[i].s);
		m[i].text = arena_str(a, buf_str(&b));
	}
}

static void verify_slice(struct signature_memo *memo, const struct made *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ARENA(a, 0);
		struct signed_manifest s;
		struct json v;
		struct why why = {0};

		bench_ok(json_parse(&a, m[i].text, NULL, &v, &why), &why);
		bench_ok(signature_parse(&a, &v, &s, &why), &why);
		bench_ok(signature_verify(&a, memo, &s, &m[i].object, &why), &why);
	}
}

/* Slice after slice, as pages of the feed are made and taken; the memory of one is that of the
 * next. */
static void measure(size_t batch)
{
	static const char *const names[] = {"make", "write", "verify"};
	const struct ed25519_secret key = ed25519_new();
	struct signature_memo memo = {0};
	double spent[3] = {0};
	size_t bytes = 0;
	struct arena a;

	arena_init(&a, 0);
	for (size_t from = 0; from < OBJECTS; from += SLICE) {
		struct made *m = arena_array(&a, struct made, SLICE);
		double t[4];

		for (size_t i = 0; i < SLICE; i++)
			m[i].object = object_no(&a, from + i);
		t[0] = bench_cpu();
		sign_slice(&a, m, SLICE, batch, &key);
		t[1] = bench_cpu();
		write_slice(&a, m, SLICE);
		t[2] = bench_cpu();
		verify_slice(&memo, m, SLICE);
		t[3] = bench_cpu();
		for (size_t k = 0; k < ARRAY_LEN(spent); k++)
			spent[k] += t[k + 1] - t[k];
		bytes = m[0].text.n;
		arena_reset(&a);
	}
	for (size_t k = 0; k < ARRAY_LEN(spent); k++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "sign_%s_%zu_us", names[k], batch);
		bench_say(name, spent[k] / OBJECTS * 1e6);
	}
	bench_say("sign_bytes", (double)bytes);
	arena_done(&a);
}

static void floors(void)
{
	const struct ed25519_secret key = ed25519_new();
	struct digest d = sha256(STR("x"));
	struct ed25519_sig sig = {{0}};
	double start = bench_cpu();

	for (int i = 0; i < 2000; i++)
		sig = ed25519_sign(&key, STR("hikeshi/object/v1\n"), digest_str(&d));
	bench_say("floor_sign_us", (bench_cpu() - start) / 2000 * 1e6);
	start = bench_cpu();
	for (int i = 0; i < 2000; i++)
		if (!ed25519_check(&key.public, STR("hikeshi/object/v1\n"), digest_str(&d), &sig))
			exit(1);
	bench_say("floor_check_us", (bench_cpu() - start) / 2000 * 1e6);
	start = bench_cpu();
	for (int i = 0; i < 200000; i++)
		d = sha256_parts((const str[]){STR("hikeshi/leaf/v1\n"), digest_str(&d)}, 2);
	bench_say("floor_sha256_us", (bench_cpu() - start) / 200000 * 1e6);
}

int main(void)
{
	floors();
	measure(1);
	measure(SIGNATURE_BATCH_MAX);
	return 0;
}
