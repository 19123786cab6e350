// SPDX-License-Identifier: Apache-2.0
#include "exchange/ed25519.h"

#include <assert.h>
#include <sodium.h>

#include "base/buf.h"

struct ed25519_secret ed25519_from_seed(const uint8_t seed[ED25519_SEED_BYTES])
{
	struct ed25519_secret s;
	uint8_t sk[crypto_sign_SECRETKEYBYTES];
	int rc;

	memcpy(s.seed, seed, sizeof(s.seed));
	rc = crypto_sign_seed_keypair(s.public.b, sk, seed);
	assert(rc == 0);
	secret_wipe(sk, sizeof(sk));
	return s;
}

struct ed25519_secret ed25519_new(void)
{
	uint8_t seed[ED25519_SEED_BYTES];
	struct ed25519_secret s;

	random_bytes(seed, sizeof(seed));
	s = ed25519_from_seed(seed);
	secret_wipe(seed, sizeof(seed));
	return s;
}

void ed25519_wipe(struct ed25519_secret *s)
{
	secret_wipe(s, sizeof(*s));
}

struct ed25519_sig ed25519_sign(const struct ed25519_secret *s, str tag, str data)
{
	uint8_t sk[crypto_sign_SECRETKEYBYTES];
	struct ed25519_sig sig;
	int rc;
	BUF(b);

	buf_add(&b, tag);
	buf_add(&b, data);
	/* libsodium's secret key is the seed and the public key */
	memcpy(sk, s->seed, sizeof(s->seed));
	memcpy(sk + sizeof(s->seed), s->public.b, sizeof(s->public.b));
	rc = crypto_sign_detached(sig.b, NULL, (const uint8_t *)b.p, b.n, sk);
	assert(rc == 0);
	secret_wipe(sk, sizeof(sk));
	return sig;
}

bool ed25519_check(const struct ed25519_public *key, str tag, str data,
		   const struct ed25519_sig *sig)
{
	BUF(b);

	buf_add(&b, tag);
	buf_add(&b, data);
	return crypto_sign_verify_detached(sig->b, (const uint8_t *)b.p, b.n, key->b) == 0;
}

bool ed25519_to_x25519(const struct ed25519_public *key, uint8_t ret[32])
{
	return crypto_sign_ed25519_pk_to_curve25519(ret, key->b) == 0;
}

void ed25519_secret_to_x25519(const struct ed25519_secret *s, uint8_t ret[32])
{
	uint8_t sk[crypto_sign_SECRETKEYBYTES];
	int rc;

	memcpy(sk, s->seed, sizeof(s->seed));
	memcpy(sk + sizeof(s->seed), s->public.b, sizeof(s->public.b));
	rc = crypto_sign_ed25519_sk_to_curve25519(ret, sk);
	assert(rc == 0);
	secret_wipe(sk, sizeof(sk));
}
