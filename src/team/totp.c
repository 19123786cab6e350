// SPDX-License-Identifier: Apache-2.0
#include "team/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hash.h"
#include "team/account.h"

#define SECRET_MAX 64
#define DIGITS 6u

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

str base32_encode(struct arena *a, const uint8_t *p, size_t n)
{
	char *out = arena_alloc(a, n * 8 / 5 + 2);
	size_t at = 0;
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | p[i]) & 0xffff;
		for (bits += 8; bits >= 5; bits -= 5)
			out[at++] = alphabet[acc >> (bits - 5) & 31];
	}
	if (bits)
		out[at++] = alphabet[acc << (5 - bits) & 31];
	return (str){out, at};
}

enum err base32_decode(str text, uint8_t *ret, size_t cap, size_t *ret_n)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		const char *at;

		if (ch == ' ' || ch == '-' || ch == '=')
			continue;
		at = ch ? strchr(alphabet, ch >= 'a' && ch <= 'z' ? ch - 32 : ch) : NULL;
		if (!at)
			return ERR_INVALID;
		acc = (acc << 5 | (uint32_t)(at - alphabet)) & 0xffff;
		bits += 5;
		if (bits >= 8) {
			if (n == cap)
				return ERR_LIMIT;
			bits -= 8;
			ret[n++] = (uint8_t)(acc >> bits);
		}
	}
	*ret_n = n;
	return ERR_OK;
}

/* RFC 4226 5.3: dynamic truncation. */
uint32_t hotp(const uint8_t *key, size_t n, uint64_t counter, unsigned digits)
{
	uint8_t msg[8], mac[EVP_MAX_MD_SIZE];
	unsigned mac_n = 0, at;
	uint32_t v, mod = 1;

	for (unsigned i = 0; i < 8; i++)
		msg[i] = (uint8_t)(counter >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), key, (int)n, msg, sizeof(msg), mac, &mac_n) || mac_n != 20)
		return UINT32_MAX; /* no code has that value */
	at = mac[19] & 15u;
	v = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
	    (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	for (unsigned i = 0; i < digits; i++)
		mod *= 10;
	return v % mod;
}

int64_t totp_step(str secret_base32, str code, int64_t now_us)
{
	uint8_t key[SECRET_MAX];
	char text[16];
	size_t n = 0;
	int64_t now = now_us / TOTP_STEP_US, found = 0;

	if (code.n != DIGITS || now < 2 ||
	    base32_decode(secret_base32, key, sizeof(key), &n) != ERR_OK || n < 10)
		return 0;
	/* all three are tried, so that the time taken tells nothing */
	for (int64_t step = now - 1; step <= now + 1; step++) {
		(void)snprintf(text, sizeof(text), "%06u", hotp(key, n, (uint64_t)step, DIGITS));
		if (secret_eq((str){text, strlen(text)}, code))
			found = step;
	}
	secret_wipe(key, sizeof(key));
	return found;
}

bool totp_ok(str secret_base32, str code, int64_t now_us)
{
	return totp_step(secret_base32, code, now_us) != 0;
}
