// SPDX-License-Identifier: Apache-2.0
/* ed25519: the one signature scheme (RFC 8032), by libsodium alone: libraries differ in which odd
 * signatures they accept, and all nodes must agree. What is signed always begins with a line that
 * says what it is. Secrets are the caller's and are wiped by it. Any thread. */
#ifndef EXCHANGE_ED25519_H
#define EXCHANGE_ED25519_H

#include "base/hash.h"
#include "base/str.h"

#define ED25519_PUBLIC_BYTES 32
#define ED25519_SIG_BYTES 64
#define ED25519_SEED_BYTES 32

struct ed25519_public {
	uint8_t b[ED25519_PUBLIC_BYTES];
};
struct ed25519_sig {
	uint8_t b[ED25519_SIG_BYTES];
};
struct ed25519_secret {
	uint8_t seed[ED25519_SEED_BYTES];
	struct ed25519_public public;
};

struct ed25519_secret ed25519_new(void);
struct ed25519_secret ed25519_from_seed(const uint8_t seed[ED25519_SEED_BYTES]);
void ed25519_wipe(struct ed25519_secret *s);
/* Over tag | data; tag is a line of ours, its end included ("hikeshi/object/v1\n"). */
struct ed25519_sig ed25519_sign(const struct ed25519_secret *s, str tag, str data);
/* Refuses small-order keys, non-canonical encodings and S beyond the group's order. */
bool ed25519_check(const struct ed25519_public *key, str tag, str data,
		   const struct ed25519_sig *sig);
static inline bool ed25519_eq(const struct ed25519_public *a, const struct ed25519_public *b)
{
	return memcmp(a->b, b->b, ED25519_PUBLIC_BYTES) == 0;
}

/* The X25519 key pair that belongs to a key: what is sealed to it, its secret opens (libsodium's
 * conversion). False: no point of the group. */
bool ed25519_to_x25519(const struct ed25519_public *key, uint8_t ret[32]);
void ed25519_secret_to_x25519(const struct ed25519_secret *s, uint8_t ret[32]);

#endif
