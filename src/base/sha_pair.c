// SPDX-License-Identifier: Apache-2.0
/* sha_pair: SHA-256 of many short texts, two at a time. The instructions of the processor wait for
 * each other within one text and not between two: a pair takes hardly longer than one. Where they
 * are missing each text goes through hash.c. The rounds are those of FIPS 180-4 6.2.2;
 * tests/base/test_hash.c holds every length against hash.c. */
#include "base/hash.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>

#define SHA_NI __attribute__((target("sha,sse4.1")))
#define BLOCK_BYTES ((size_t)64)

static const uint32_t round_words[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* A text on its way: whole blocks where they lie, the padded rest in tail. */
struct lane {
	__m128i abef, cdgh;
	str text;
	size_t blocks;
	uint8_t tail[2 * BLOCK_BYTES];
};

SHA_NI static void lane_start(struct lane *l, str text)
{
	size_t rest = text.n % BLOCK_BYTES;
	size_t tail = rest + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	uint64_t bits = __builtin_bswap64((uint64_t)text.n * 8);

	l->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
	l->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
	l->text = text;
	l->blocks = (text.n - rest + tail) / BLOCK_BYTES;
	memset(l->tail, 0, tail);
	if (rest)
		memcpy(l->tail, text.p + text.n - rest, rest);
	l->tail[rest] = 0x80;
	memcpy(l->tail + tail - sizeof(bits), &bits, sizeof(bits));
}

static const uint8_t *lane_block(const struct lane *l, size_t i)
{
	size_t whole = l->text.n / BLOCK_BYTES;

	return i < whole ? (const uint8_t *)l->text.p + i * BLOCK_BYTES
			 : l->tail + (i - whole) * BLOCK_BYTES;
}

/* The block i of n lanes, n a constant where this is inlined. */
SHA_NI static inline __attribute__((always_inline)) void compress(struct lane *l, size_t n,
								  size_t i)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i abef[2], cdgh[2], w[2][4];

	for (size_t k = 0; k < n; k++) {
		const uint8_t *block = lane_block(&l[k], i);

		abef[k] = l[k].abef;
		cdgh[k] = l[k].cdgh;
		for (size_t j = 0; j < 4; j++)
			w[k][j] = _mm_shuffle_epi8(
			    _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * j)), swap);
	}
#pragma GCC unroll 16
	for (size_t r = 0; r < 16; r++) {
		const __m128i words =
		    _mm_loadu_si128((const __m128i *)(const void *)(round_words + 4 * r));

#pragma GCC unroll 2
		for (size_t k = 0; k < n; k++) {
			__m128i x = _mm_add_epi32(w[k][r % 4], words);

			cdgh[k] = _mm_sha256rnds2_epu32(cdgh[k], abef[k], x);
			abef[k] =
			    _mm_sha256rnds2_epu32(abef[k], cdgh[k], _mm_shuffle_epi32(x, 0x0e));
			if (r >= 12)
				continue;
			x = _mm_add_epi32(_mm_sha256msg1_epu32(w[k][r % 4], w[k][(r + 1) % 4]),
					  _mm_alignr_epi8(w[k][(r + 3) % 4], w[k][(r + 2) % 4], 4));
			w[k][r % 4] = _mm_sha256msg2_epu32(x, w[k][(r + 3) % 4]);
		}
	}
	for (size_t k = 0; k < n; k++) {
		l[k].abef = _mm_add_epi32(l[k].abef, abef[k]);
		l[k].cdgh = _mm_add_epi32(l[k].cdgh, cdgh[k]);
	}
}

SHA_NI static void lane_end(const struct lane *l, struct digest *ret)
{
	uint32_t low[4], high[4];

	_mm_storeu_si128((__m128i *)(void *)low, l->abef);  /* F E B A */
	_mm_storeu_si128((__m128i *)(void *)high, l->cdgh); /* H G D C */
	const uint32_t words[8] = {low[3], low[2], high[3], high[2],
				   low[1], low[0], high[1], high[0]};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint32_t x = __builtin_bswap32(words[i]);

		memcpy(ret->b + 4 * i, &x, sizeof(x));
	}
}

SHA_NI static void pair(str a, str b, struct digest *ret)
{
	struct lane l[2];
	size_t i = 0;

	lane_start(&l[0], a);
	lane_start(&l[1], b);
	for (; i < l[0].blocks && i < l[1].blocks; i++)
		compress(l, 2, i);
	for (size_t k = i; k < l[0].blocks; k++)
		compress(&l[0], 1, k);
	for (size_t k = i; k < l[1].blocks; k++)
		compress(&l[1], 1, k);
	lane_end(&l[0], &ret[0]);
	lane_end(&l[1], &ret[1]);
}

/* Asking costs much in a virtual machine: once. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_instructions;

static void look(void)
{
	unsigned a = 0, b = 0, c = 0, d = 0;
	bool sse = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1);

	has_instructions = sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

static bool can_pair(void)
{
	(void)pthread_once(&once, look);
	return has_instructions;
}
#else
static bool can_pair(void)
{
	return false;
}

static void pair(str a, str b, struct digest *ret)
{
	ret[0] = sha256(a);
	ret[1] = sha256(b);
}
#endif

void sha256_each(const str *texts, size_t n, struct digest *ret)
{
	size_t i = 0;

	for (; n - i >= 2 && can_pair(); i += 2)
		pair(texts[i], texts[i + 1], &ret[i]);
	for (; i < n; i++)
		ret[i] = sha256(texts[i]);
}
