// SPDX-License-Identifier: Apache-2.0
#include "base/codec.h"

#include "base/utf8.h"

/* Two digits for each byte. */
static const char lower_hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
				"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
				"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
				"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
				"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
				"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
				"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
				"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
static const char upper_hex[] = "0123456789ABCDEF";
static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_encode(struct buf *out, const void *p, size_t n)
{
	const uint8_t *b = p;
	char *to = buf_room(out, n * 2);

	for (size_t i = 0; i < n; i++)
		memcpy(to + 2 * i, lower_hex + (size_t)2 * b[i], 2);
	buf_added(out, n * 2);
}

/* Above 15: no hex digit. Without branches, as digits and letters come in no order. */
static unsigned nibble(char c)
{
	unsigned digit = (unsigned)(unsigned char)c - '0';
	unsigned letter = ((unsigned)(unsigned char)c | 32) - 'a';
	unsigned is_digit = 0u - (unsigned)(digit < 10), is_letter = 0u - (unsigned)(letter < 6);

	return (digit & is_digit) | ((letter + 10) & is_letter) | (~(is_digit | is_letter) & 255);
}

static int hex_value(char c)
{
	unsigned v = nibble(c);

	return v > 15 ? -1 : (int)v;
}

enum err hex_decode(str text, uint8_t *ret, size_t ret_bytes)
{
	unsigned bad = 0;

	if (text.n % 2 || text.n / 2 != ret_bytes)
		return ERR_INVALID;
	for (size_t i = 0; i < text.n; i++)
		bad |= nibble(text.p[i]);
	if (bad > 15)
		return ERR_INVALID;
	for (size_t i = 0; i < ret_bytes; i++)
		ret[i] = (uint8_t)(nibble(text.p[2 * i]) << 4 | nibble(text.p[2 * i + 1]));
	return ERR_OK;
}

static void encode64(struct buf *out, const uint8_t *b, size_t n, const char *alphabet, bool pad)
{
	char *to = buf_room(out, (n / 3 + 1) * 4);
	size_t used = 0;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)b[i] << 16;

		v |= have > 1 ? (uint32_t)b[i + 1] << 8 : 0;
		v |= have > 2 ? (uint32_t)b[i + 2] : 0;
		for (size_t k = 0; k <= have; k++)
			to[used++] = alphabet[v >> (18 - 6 * k) & 63];
		for (size_t k = have; pad && k < 3; k++)
			to[used++] = '=';
	}
	buf_added(out, used);
}

void base64_encode(struct buf *out, const void *p, size_t n)
{
	encode64(out, p, n, std_alphabet, true);
}

void base64url_encode(struct buf *out, const void *p, size_t n)
{
	encode64(out, p, n, url_alphabet, false);
}

/* Value of c in the alphabet that ends with c62 and c63; -1 if foreign. */
static int value64(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ch_digit(c))
		return c - '0' + 52;
	return c == c62 ? 62 : c == c63 ? 63 : -1;
}

/* text without padding. Unused low bits must be zero (RFC 4648 3.5), so that
 * one value has one spelling. */
static enum err decode64(struct buf *out, str text, char c62, char c63)
{
	uint8_t *to;
	uint32_t v = 0;
	size_t used = 0;

	if (text.n % 4 == 1)
		return ERR_INVALID;
	to = (uint8_t *)buf_room(out, text.n / 4 * 3 + 3);
	for (size_t i = 0; i < text.n; i++) {
		int x = value64(text.p[i], c62, c63);

		if (x < 0)
			return ERR_INVALID;
		v = v << 6 | (uint32_t)x;
		if (i % 4 != 0)
			to[used++] = (uint8_t)(v >> (6 - 2 * (i % 4)));
	}
	if ((text.n % 4 == 2 && (v & 15)) || (text.n % 4 == 3 && (v & 3)))
		return ERR_INVALID;
	buf_added(out, used);
	return ERR_OK;
}

enum err base64_decode(struct buf *out, str text)
{
	if (text.n % 4)
		return ERR_INVALID;
	for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
		text.n--;
	return decode64(out, text, '+', '/');
}

enum err base64url_decode(struct buf *out, str text)
{
	return decode64(out, text, '-', '_');
}

bool utf8_valid(str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end;

	if (s.n == 0) /* and p perhaps NULL, to which nothing may be added */
		return true;
	end = p + s.n;
	while (p < end) {
		if (end - p >= 8) {
			uint64_t x;

			memcpy(&x, p, 8);
			if (!(x & UINT64_C(0x8080808080808080))) {
				p += 8;
				continue;
			}
		}

		size_t n = *p < 0x80 ? 1 : utf8_length(p, end);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

size_t utf8_decode(str s, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n;

	if (s.n == 0)
		return 0;
	n = p[0] < 0x80 ? 1 : utf8_length(p, p + s.n);
	if (n == 0)
		return 0;
	*ret = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++)
		*ret = *ret << 6 | (p[i] & 0x3fU);
	return n;
}

void utf8_add(struct buf *out, uint32_t scalar)
{
	char *to = buf_room(out, 4);

	if (scalar > 0x10ffff || (scalar >= 0xd800 && scalar <= 0xdfff))
		scalar = 0xfffd;
	buf_added(out, utf8_put(to, scalar));
}

size_t utf8_count(str s)
{
	uint32_t c;
	size_t count = 0;

	while (s.n) {
		size_t n = utf8_decode(s, &c);

		s = str_from(s, n ? n : 1);
		count++;
	}
	return count;
}

enum err percent_decode(struct buf *out, str text, bool form)
{
	char *to = buf_room(out, text.n);
	size_t used = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			int hi = text.n - i > 2 ? hex_value(text.p[i + 1]) : -1;
			int lo = text.n - i > 2 ? hex_value(text.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return ERR_INVALID;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		to[used++] = c;
	}
	buf_added(out, used);
	return ERR_OK;
}

void percent_encode(struct buf *out, str text)
{
	char *to = buf_room(out, text.n * 3);
	size_t used = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (ch_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
			to[used++] = (char)c;
		} else {
			to[used++] = '%';
			to[used++] = upper_hex[c >> 4];
			to[used++] = upper_hex[c & 15];
		}
	}
	buf_added(out, used);
}
