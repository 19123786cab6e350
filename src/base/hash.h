// SPDX-License-Identifier: Apache-2.0
/* hash: SHA-256 (FIPS 180-4, through OpenSSL EVP), random bytes, constant-time
 * comparison and secrets that are wiped. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#define SHA256_BYTES 32

struct digest {
	uint8_t b[SHA256_BYTES];
};

struct digest sha256(str data);
/* Digest over the concatenation of n parts. */
struct digest sha256_parts(const str *parts, size_t n);
/* The digest of each of n texts; faster for many short ones (sha_pair.c). */
void sha256_each(const str *texts, size_t n, struct digest *ret);
/* Incremental. sha256_init allocates; sha256_final or sha256_abort frees. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, str data);
struct digest sha256_final(struct sha256 *h); /* frees h */
void sha256_free(struct sha256 *h);           /* takes NULL */

static inline bool digest_eq(struct digest a, struct digest b)
{
	return memcmp(a.b, b.b, SHA256_BYTES) == 0;
}
static inline str digest_str(const struct digest *d)
{
	return (str){(const char *)d->b, SHA256_BYTES};
}

/* From the kernel's generator (libsodium); never fails. */
void random_bytes(void *p, size_t n);
/* The same for salts of which thousands are needed a second: drawn in pages, each thread its own,
 * and wiped as they are given out. Not for keys. */
void random_salt(void *p, size_t n);
uint64_t random_u64(void);
/* Constant time for equal lengths. */
bool secret_eq(str a, str b);
void secret_wipe(void *p, size_t n);

#endif
