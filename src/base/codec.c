// SPDX-License-Identifier: Apache-2.0
#include "base/codec.h"

#include "base/utf8.h"

static const char lower_hex[] = "0123456789abcdef";
static const char upper_hex[] = "0123456789ABCDEF";
static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Sixteen bytes at once, in the vectors of the compiler: most of what nodes send each other is
 * hex. */
typedef uint8_t lanes __attribute__((vector_size(16)));

static lanes hex_digits(lanes nibbles)
{
	return nibbles + '0' + ((lanes)(nibbles > 9) & ('a' - '9' - 1));
}

void hex_write(char *to, const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i = 0;

	for (; n - i >= 16; i += 16) {
		lanes x, high, low, text;

		memcpy(&x, b + i, 16);
		high = hex_digits(x >> 4);
		low = hex_digits(x & 15);
		text = __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
					       6, 22, 7, 23);
		memcpy(to + 2 * i, &text, 16);
		text = __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
					       29, 14, 30, 15, 31);
		memcpy(to + 2 * i + 16, &text, 16);
	}
	for (; i < n; i++) {
		to[2 * i] = lower_hex[b[i] >> 4];
		to[2 * i + 1] = lower_hex[b[i] & 15];
	}
}

void hex_encode(struct buf *out, const void *p, size_t n)
{
	hex_write(buf_room(out, n * 2), p, n);
	buf_added(out, n * 2);
}

/* Above 15: no hex digit. Without branches, as digits and letters come in no order. fold: 32 where
 * upper case will do, else 0. */
static unsigned nibble(char c, unsigned fold)
{
	unsigned digit = (unsigned)(unsigned char)c - '0';
	unsigned letter = ((unsigned)(unsigned char)c | fold) - 'a';
	unsigned is_digit = 0u - (unsigned)(digit < 10), is_letter = 0u - (unsigned)(letter < 6);

	return (digit & is_digit) | ((letter + 10) & is_letter) | (~(is_digit | is_letter) & 255);
}

static int hex_value(char c)
{
	unsigned v = nibble(c, 32);

	return v > 15 ? -1 : (int)v;
}

/* The same for sixteen; *good keeps its bits only where all were digits. */
static lanes nibbles(const char *p, uint8_t fold, lanes *good)
{
	lanes c, digit, letter, is_digit, is_letter;

	memcpy(&c, p, 16);
	digit = c - '0';
	letter = (c | fold) - 'a';
	is_digit = (lanes)(digit < 10);
	is_letter = (lanes)(letter < 6);
	*good &= is_digit | is_letter;
	return (digit & is_digit) | ((letter + 10) & is_letter);
}

static bool all_set(lanes v)
{
	uint64_t half[2];

	memcpy(half, &v, 16);
	return (half[0] & half[1]) == UINT64_MAX;
}

MUST_CHECK static enum err decode(str text, uint8_t fold, uint8_t *ret, size_t n)
{
	lanes good = ~(lanes){0};
	unsigned bad = 0;
	size_t i = 0;

	if (text.n != 2 * n)
		return ERR_INVALID;
	for (; n - i >= 16; i += 16) {
		lanes a = nibbles(text.p + 2 * i, fold, &good);
		lanes b = nibbles(text.p + 2 * i + 16, fold, &good);
		lanes high = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
						     22, 24, 26, 28, 30);
		lanes low = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23,
						    25, 27, 29, 31);

		high = high << 4 | low;
		memcpy(ret + i, &high, 16);
	}
	for (; i < n; i++) {
		unsigned high = nibble(text.p[2 * i], fold), low = nibble(text.p[2 * i + 1], fold);

		bad |= high | low;
		ret[i] = (uint8_t)(high << 4 | (low & 15));
	}
	return bad > 15 || !all_set(good) ? ERR_INVALID : ERR_OK;
}

static bool is_hex(str text)
{
	lanes good = ~(lanes){0};
	unsigned bad = 0;
	size_t i = 0;

	for (; text.n - i >= 16; i += 16)
		(void)nibbles(text.p + i, 32, &good);
	for (; i < text.n; i++)
		bad |= nibble(text.p[i], 32);
	return bad <= 15 && all_set(good);
}

enum err hex_decode(str text, uint8_t *ret, size_t ret_bytes)
{
	if (!is_hex(text))
		return ERR_INVALID;
	return decode(text, 32, ret, ret_bytes);
}

enum err hex_decode_lower(str text, uint8_t *ret, size_t ret_bytes)
{
	return decode(text, 0, ret, ret_bytes);
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
