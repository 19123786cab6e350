// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
/* The plain functions: the newer ones allocate a context for each hash, which costs more than to
 * hash a hundred bytes. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <sodium.h>

#include "base/arena.h"

struct sha256 {
	SHA256_CTX ctx;
};

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

static void sodium_start(void)
{
	int rc = sodium_init();

	assert(rc >= 0);
}

struct digest sha256(str data)
{
	return sha256_parts(&data, 1);
}

struct digest sha256_parts(const str *parts, size_t n)
{
	struct digest d;
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			SHA256_Update(&ctx, parts[i].p, parts[i].n);
	SHA256_Final(d.b, &ctx);
	return d;
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = mem_alloc(sizeof(*h));

	SHA256_Init(&h->ctx);
	return h;
}

void sha256_add(struct sha256 *h, str data)
{
	if (data.n)
		SHA256_Update(&h->ctx, data.p, data.n);
}

struct digest sha256_final(struct sha256 *h)
{
	struct digest d;

	SHA256_Final(d.b, &h->ctx);
	mem_free(h);
	return d;
}

void sha256_free(struct sha256 *h)
{
	mem_free(h);
}

void random_bytes(void *p, size_t n)
{
	(void)pthread_once(&sodium_once, sodium_start);
	randombytes_buf(p, n);
}

#define POOL_BYTES ((size_t)4096)
static _Thread_local struct {
	uint8_t b[POOL_BYTES];
	size_t left;
} pool;
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;

/* Two processes must never draw the same. */
static void pool_forget(void)
{
	pool.left = 0;
}

static void pool_start(void)
{
	int rc = pthread_atfork(NULL, NULL, pool_forget);

	assert(rc == 0);
}

/* A stream of ChaCha20 under a key of the kernel's, used once: ten times as fast as the kernel. */
static void pool_fill(void)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	uint8_t key[crypto_stream_chacha20_KEYBYTES];
	int rc;

	random_bytes(key, sizeof(key));
	rc = crypto_stream_chacha20(pool.b, sizeof(pool.b), nonce, key);
	assert(rc == 0);
	secret_wipe(key, sizeof(key));
	pool.left = sizeof(pool.b);
}

void random_salt(void *p, size_t n)
{
	(void)pthread_once(&pool_once, pool_start);
	if (n > POOL_BYTES / 4) {
		random_bytes(p, n);
		return;
	}
	if (pool.left < n)
		pool_fill();
	pool.left -= n;
	memcpy(p, pool.b + pool.left, n);
	secret_wipe(pool.b + pool.left, n);
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

bool secret_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

void secret_wipe(void *p, size_t n)
{
	if (n)
		sodium_memzero(p, n);
}
