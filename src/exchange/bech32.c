// SPDX-License-Identifier: Apache-2.0
/* bech32: BIP 173 for 32 bytes, as age writes its keys (no limit of 90 characters there either). */
#include "exchange/age_internal.h"

static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t polymod(uint32_t c, uint8_t v)
{
	static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					      0x2a1462b3};
	uint32_t top = c >> 25;

	c = (c & 0x1ffffff) << 5 ^ v;
	for (unsigned i = 0; i < 5; i++)
		c ^= top >> i & 1 ? generator[i] : 0;
	return c;
}

static uint32_t start(str hrp)
{
	uint32_t c = 1;

	for (size_t i = 0; i < hrp.n; i++)
		c = polymod(c, (uint8_t)hrp.p[i] >> 5);
	c = polymod(c, 0);
	for (size_t i = 0; i < hrp.n; i++)
		c = polymod(c, (uint8_t)hrp.p[i] & 31);
	return c;
}

/* 32 bytes are 51 groups of five bits and one of a single bit. */
#define GROUPS 52

void bech32_encode(struct buf *out, str hrp, const uint8_t key[32])
{
	uint32_t c = start(hrp);

	buf_add(out, hrp);
	buf_add_char(out, '1');
	for (unsigned g = 0; g < GROUPS; g++) {
		uint8_t v = 0;

		for (unsigned bit = 5 * g; bit < 5 * g + 5; bit++)
			v = (uint8_t)(v << 1 | (bit < 256 ? key[bit / 8] >> (7 - bit % 8) & 1 : 0));
		c = polymod(c, v);
		buf_add_char(out, letters[v]);
	}
	for (unsigned i = 0; i < 6; i++)
		c = polymod(c, 0);
	c ^= 1;
	for (unsigned i = 0; i < 6; i++)
		buf_add_char(out, letters[c >> 5 * (5 - i) & 31]);
}

bool bech32_decode(str text, str hrp, uint8_t ret[32])
{
	uint32_t c = start(hrp);
	uint8_t key[33] = {0};

	if (text.n != hrp.n + 1 + GROUPS + 6 || !str_skip_prefix(&text, hrp) ||
	    !str_skip_prefix(&text, STR("1")))
		return false;
	for (unsigned g = 0; g < GROUPS + 6; g++) {
		const char *at = memchr(letters, text.p[g], 32);
		uint8_t v;

		if (!at)
			return false;
		v = (uint8_t)(at - letters);
		c = polymod(c, v);
		for (unsigned bit = 5 * g; g < GROUPS && bit < 5 * g + 5; bit++)
			key[bit / 8] =
			    (uint8_t)(key[bit / 8] | (v >> (5 * g + 4 - bit) & 1) << (7 - bit % 8));
	}
	if (c != 1 || key[32] != 0)
		return false;
	memcpy(ret, key, 32);
	secret_wipe(key, sizeof(key));
	return true;
}
