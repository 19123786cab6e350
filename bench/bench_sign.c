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

static void say(const char *what, size_t batch, double start, double n)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "sign_%s_%zu_us", what, batch);
	bench_say(name, (bench_cpu() - start) / n * 1e6);
}

static void sign_all(struct arena *a, struct made *m, size_t batch)
{
	const struct ed25519_secret key = ed25519_new();
	const struct audience_entry to = {.kind = AUDIENCE_CIRCLE, .circle = bench_uuid(1)};
	struct digest h[SIGNATURE_BATCH_MAX];
	struct signature sig[SIGNATURE_BATCH_MAX];
	struct why why = {0};

	for (size_t from = 0; from < OBJECTS; from += batch) {
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
		signature_batch(a, &key, h, batch, sig);
		for (size_t i = 0; i < batch; i++)
			m[from + i].s.signature = sig[i];
	}
}

static void write_all(struct arena *a, struct made *m)
{
	for (size_t i = 0; i < OBJECTS; i++) {
		BUF(b);

		signature_write(&b, &m[i].s);
		m[i].text = arena_str(a, buf_str(&b));
	}
}

static void verify_all(struct made *m)
{
	struct signature_memo memo = {0};

	for (size_t i = 0; i < OBJECTS; i++) {
		ARENA(a, 0);
		struct signed_manifest s;
		struct json v;
		struct why why = {0};

		bench_ok(json_parse(&a, m[i].text, NULL, &v, &why), &why);
		bench_ok(signature_parse(&a, &v, &s, &why), &why);
		bench_ok(signature_verify(&a, &memo, &s, &m[i].object, &why), &why);
	}
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
	for (size_t batch = 1; batch <= 1024; batch *= 1024) {
		struct arena a;
		struct made *m;
		double start;

		arena_init(&a, 0);
		m = arena_array(&a, struct made, OBJECTS);
		for (size_t i = 0; i < OBJECTS; i++)
			m[i].object = object_no(&a, i);
		start = bench_cpu();
		sign_all(&a, m, batch);
		say("make", batch, start, OBJECTS);
		start = bench_cpu();
		write_all(&a, m);
		say("write", batch, start, OBJECTS);
		start = bench_cpu();
		verify_all(m);
		say("verify", batch, start, OBJECTS);
		bench_say("sign_bytes", (double)m[0].text.n);
		arena_done(&a);
	}
	return 0;
}
