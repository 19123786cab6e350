// SPDX-License-Identifier: Apache-2.0
/* btc: Bitcoin addresses, told from other words by their check sums: Base58Check (BIP 13) and
 * Bech32/Bech32m (BIP 173, BIP 350). Pure functions. */
#include "base/hash.h"
#include "intel/value_internal.h"

/* 25 bytes: version, hash, the first four bytes of a double SHA-256. */
static bool base58_valid(str s)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	uint8_t b[25] = {0};

	if (s.n < 26 || s.n > 35)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char *d = s.p[i] ? strchr(digits, s.p[i]) : NULL;
		unsigned carry = d ? (unsigned)(d - digits) : 0;

		if (!d)
			return false;
		for (size_t j = sizeof(b); j-- > 0;) {
			carry += 58u * b[j];
			b[j] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	struct digest once = sha256((str){(const char *)b, 21}), twice = sha256(digest_str(&once));

	return (b[0] == 0 || b[0] == 5) && memcmp(twice.b, b + 21, 4) == 0;
}

/* hrp "bc", polynomial of BIP 173; the constant tells Bech32 (1) from Bech32m (0x2bc830a3). */
static bool bech32_valid(str s)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	static const uint32_t gen[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	static const uint8_t hrp[5] = {3, 3, 0, 2, 3}; /* "bc" expanded */
	uint32_t chk = 1;

	if (s.n < 14 || s.n > 74 || !str_ieq(str_slice(s, 0, 3), STR("bc1")))
		return false;
	for (size_t i = 0; i < sizeof(hrp) + s.n - 3; i++) {
		uint32_t v, top = chk >> 25;

		if (i < sizeof(hrp)) {
			v = hrp[i];
		} else {
			char c = ch_lower(s.p[i - sizeof(hrp) + 3]);
			const char *d = c ? strchr(digits, c) : NULL;

			if (!d)
				return false;
			v = (uint32_t)(d - digits);
		}
		chk = (chk & 0x1ffffff) << 5 ^ v;
		for (int j = 0; j < 5; j++)
			chk ^= top >> j & 1 ? gen[j] : 0;
	}
	return chk == 1 || chk == 0x2bc830a3;
}

bool btc_canonical(struct arena *a, str text, str *ret)
{
	if (text.n < 14 || text.n > 74)
		return false;
	if (bech32_valid(text)) {
		char *p = arena_alloc(a, text.n);
		bool upper = false, lower = false;

		for (size_t i = 0; i < text.n; i++) {
			upper |= text.p[i] >= 'A' && text.p[i] <= 'Z';
			lower |= text.p[i] >= 'a' && text.p[i] <= 'z';
			p[i] = ch_lower(text.p[i]);
		}
		*ret = (str){p, text.n};
		return !(upper && lower);
	}
	if (!base58_valid(text))
		return false;
	*ret = text;
	return true;
}
