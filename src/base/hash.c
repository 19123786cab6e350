// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>

#include "base/arena.h"

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* Fetched once: OpenSSL 3 looks an algorithm up by name at every use else. */
static EVP_MD *md_sha256;
static pthread_once_t md_once = PTHREAD_ONCE_INIT;
static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

static void md_fetch(void)
{
	md_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(md_sha256);
}

static void sodium_start(void)
{
	int rc = sodium_init();

	assert(rc >= 0);
}

static EVP_MD_CTX *ctx_start(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	(void)pthread_once(&md_once, md_fetch);
	assert(ctx);
	ok = EVP_DigestInit_ex(ctx, md_sha256, NULL);
	assert(ok == 1);
	return ctx;
}

static void ctx_add(EVP_MD_CTX *ctx, str data)
{
	int ok = data.n ? EVP_DigestUpdate(ctx, data.p, data.n) : 1;

	assert(ok == 1);
}

static struct digest ctx_end(EVP_MD_CTX *ctx)
{
	struct digest d;
	int ok = EVP_DigestFinal_ex(ctx, d.b, NULL);

	assert(ok == 1);
	EVP_MD_CTX_free(ctx);
	return d;
}

struct digest sha256(str data)
{
	return sha256_parts(&data, 1);
}

struct digest sha256_parts(const str *parts, size_t n)
{
	EVP_MD_CTX *ctx = ctx_start();

	for (size_t i = 0; i < n; i++)
		ctx_add(ctx, parts[i]);
	return ctx_end(ctx);
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = mem_alloc(sizeof(*h));

	h->ctx = ctx_start();
	return h;
}

void sha256_add(struct sha256 *h, str data)
{
	ctx_add(h->ctx, data);
}

struct digest sha256_final(struct sha256 *h)
{
	struct digest d = ctx_end(h->ctx);

	mem_free(h);
	return d;
}

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	mem_free(h);
}

void random_bytes(void *p, size_t n)
{
	(void)pthread_once(&sodium_once, sodium_start);
	randombytes_buf(p, n);
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
