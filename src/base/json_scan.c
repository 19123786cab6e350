// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"

#include <assert.h>

#include "base/utf8.h"

const struct json_limits json_limits_default = {64, 1000000, (size_t)64 << 20};

struct json_limits json_limits_of(const struct json_limits *limits)
{
	struct json_limits l = limits ? *limits : json_limits_default;

	if (!l.depth)
		l.depth = json_limits_default.depth;
	if (!l.nodes)
		l.nodes = json_limits_default.nodes;
	if (!l.bytes)
		l.bytes = json_limits_default.bytes;
	if (l.depth > JSON_DEPTH_MAX)
		l.depth = JSON_DEPTH_MAX;
	/* lengths and counts are 32 bits in struct json */
	if (l.nodes > UINT32_MAX)
		l.nodes = UINT32_MAX;
	if (l.bytes > UINT32_MAX)
		l.bytes = UINT32_MAX;
	return l;
}

enum err json_bad(struct json_scan *s, enum err err, const char *what)
{
	return why_set(s->why, err, "%s at byte %zu", what, (size_t)(s->p - s->start));
}

enum err json_unexpected(struct json_scan *s)
{
	size_t at = (size_t)(s->p - s->start);

	if (s->p >= s->end)
		return why_set(s->why, ERR_INVALID, "unexpected end at byte %zu", at);
	if (*s->p > ' ' && *s->p < 0x7f)
		return why_set(s->why, ERR_INVALID, "unexpected '%c' at byte %zu", *s->p, at);
	return why_set(s->why, ERR_INVALID, "unexpected byte 0x%02x at byte %zu",
		       (unsigned)(unsigned char)*s->p, at);
}

/* Over a run of well-formed multi-byte sequences, up to the first byte that is
 * none. Most are kana and kanji, so three-byte forms go the short way: four
 * bytes at once, lead E0..EF and two continuations, neither overlong (E0 80..9F)
 * nor a surrogate (ED A0..BF). */
static const unsigned char *skip_utf8(const unsigned char *p, const unsigned char *end)
{
	size_t n;

	do {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		uint32_t x;

		while (end - p >= 4 && (memcpy(&x, p, 4), (x & 0xc0c0f0) == 0x8080e0) &&
		       (x & 0x200f) && (x & 0x200f) != 0x200d)
			p += 3;
		if (p >= end || *p < 0x80)
			break;
#endif
		n = utf8_length(p, end);
		p += n;
	} while (n && p < end && *p >= 0x80);
	return p;
}

static int hex4(const unsigned char *p, const unsigned char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (!ch_xdigit(p[i]))
			return -1;
		v = v << 4 | (ch_digit(p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	}
	return v;
}

/* escape = "\" ( %x22 / "\" / "/" / b / f / n / r / t / u 4HEXDIG ), RFC 8259 7.
 * Length of the escape at p, 12 for a surrogate pair; 0 when malformed or unpaired. */
static size_t escape_length(const unsigned char *p, const unsigned char *end)
{
	int v;

	if (end - p < 2)
		return 0;
	if (p[1] != 'u')
		return p[1] && strchr("\"\\/bfnrt", p[1]) ? 2 : 0;
	v = hex4(p + 2, end);
	if (v < 0 || (v >= 0xdc00 && v <= 0xdfff))
		return 0;
	if (v < 0xd800 || v > 0xdbff)
		return 6;
	if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
		return 0;
	v = hex4(p + 8, end);
	return v >= 0xdc00 && v <= 0xdfff ? 12 : 0;
}

enum err json_scan_string(struct json_scan *s, str *ret, bool *ret_escaped)
{
	const unsigned char *end = (const unsigned char *)s->end;
	const unsigned char *from = (const unsigned char *)s->p + 1, *p = from;
	bool escaped = false;

	if (s->p >= s->end || *s->p != '"')
		return json_unexpected(s);
	for (;;) {
		size_t n;

		p = json_skip_plain(p, end);
		s->p = (const char *)p;
		if (p >= end)
			return json_unexpected(s);
		if (*p == '"')
			break;
		if (*p < 0x20)
			return json_bad(s, ERR_INVALID, "control character in a string");
		if (*p == '\\') {
			n = escape_length(p, end);
			if (n == 0)
				return json_bad(s, ERR_INVALID,
						"malformed escape or lone surrogate");
			escaped = true;
			p += n;
			continue;
		}
		p = skip_utf8(p, end);
		if (p < end && *p >= 0x80) {
			s->p = (const char *)p;
			return json_bad(s, ERR_INVALID, "malformed UTF-8");
		}
	}
	s->p = (const char *)p + 1;
	*ret = (str){(const char *)from, (size_t)(p - from)};
	*ret_escaped = escaped;
	return ERR_OK;
}

static uint32_t escape_scalar(const unsigned char *p, size_t n, const unsigned char *end)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;
	uint32_t high, low;

	if (n == 2) {
		at = strchr(from, p[1]);
		return at ? (unsigned char)to[at - from] : p[1];
	}
	high = (uint32_t)hex4(p + 2, end);
	if (n == 6)
		return high;
	low = (uint32_t)hex4(p + 8, end);
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

size_t json_unescape(str raw, char *to)
{
	const unsigned char *p = (const unsigned char *)raw.p, *end = p + raw.n;
	char *at = to;

	while (p < end) {
		const unsigned char *slash = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((slash ? slash : end) - p), n;

		memcpy(at, p, plain);
		at += plain;
		p += plain;
		if (p == end)
			break;
		n = escape_length(p, end);
		assert(n);
		at += utf8_put(at, escape_scalar(p, n, end));
		p += n;
	}
	return (size_t)(at - to);
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && ch_digit(*p))
		p++;
	return p;
}

/* number = [ "-" ] int [ frac ] [ exp ], RFC 8259 6 */
enum err json_scan_number(struct json_scan *s, str *ret)
{
	const char *from = s->p, *p = s->p, *end = s->end;

	if (p < end && *p == '-')
		p++;
	s->p = p;
	if (p >= end || !ch_digit(*p))
		return json_unexpected(s);
	p = *p == '0' ? p + 1 : skip_digits(p, end);
	if (p < end && *p == '.') {
		s->p = ++p;
		p = skip_digits(p, end);
		if (p == s->p)
			return json_unexpected(s);
	}
	if (p < end && (*p | 32) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		s->p = p;
		p = skip_digits(p, end);
		if (p == s->p)
			return json_unexpected(s);
	}
	s->p = p;
	*ret = (str){from, (size_t)(p - from)};
	return ERR_OK;
}

enum err json_scan_literal(struct json_scan *s, enum json_type *ret)
{
	static const struct {
		str word;
		enum json_type type;
	} rows[] = {
	    {STR_INIT("null"), JSON_NULL},
	    {STR_INIT("false"), JSON_FALSE},
	    {STR_INIT("true"), JSON_TRUE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str rest = {s->p, (size_t)(s->end - s->p)};

		if (str_starts(rest, rows[i].word)) {
			s->p += rows[i].word.n;
			*ret = rows[i].type;
			return ERR_OK;
		}
	}
	return json_unexpected(s);
}

static enum err scan_key(struct json_scan *s)
{
	str text;
	bool escaped;
	enum err err = json_scan_string(s, &text, &escaped);

	if (err)
		return err;
	json_skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return json_unexpected(s);
	s->p++;
	json_skip_space(s);
	return ERR_OK;
}

static enum err scan_scalar(struct json_scan *s)
{
	enum json_type type;
	bool escaped;
	str text;

	if (s->p >= s->end)
		return json_unexpected(s);
	if (*s->p == '"')
		return json_scan_string(s, &text, &escaped);
	if (*s->p == '-' || ch_digit(*s->p))
		return json_scan_number(s, &text);
	return json_scan_literal(s, &type);
}

struct levels {
	uint64_t is_object[JSON_DEPTH_MAX / 64];
	size_t depth;
};

static bool in_object(const struct levels *l)
{
	return l->depth && (l->is_object[(l->depth - 1) / 64] >> ((l->depth - 1) % 64) & 1);
}

/* At a value: walks into '{' or '[' (*opened) or over anything else, the
 * empty containers included. */
static enum err scan_start(struct json_scan *s, struct levels *l, size_t depth_left, bool *opened)
{
	char open = s->p < s->end ? *s->p : '\0';
	uint64_t bit;

	*opened = false;
	if (open != '{' && open != '[')
		return scan_scalar(s);
	if (l->depth >= depth_left)
		return json_bad(s, ERR_LIMIT, "nested too deeply");
	s->p++;
	json_skip_space(s);
	if (s->p < s->end && *s->p == (open == '{' ? '}' : ']')) {
		s->p++;
		return ERR_OK;
	}
	bit = UINT64_C(1) << (l->depth % 64);
	l->is_object[l->depth / 64] &= ~bit;
	if (open == '{')
		l->is_object[l->depth / 64] |= bit;
	l->depth++;
	*opened = true;
	return open == '{' ? scan_key(s) : ERR_OK;
}

/* Behind a value: over closing brackets up to a comma (and the key behind
 * it), or to the end of the outermost container. */
static enum err scan_after(struct json_scan *s, struct levels *l)
{
	while (l->depth) {
		bool object = in_object(l);

		json_skip_space(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			json_skip_space(s);
			return object ? scan_key(s) : ERR_OK;
		}
		if (s->p >= s->end || *s->p != (object ? '}' : ']'))
			return json_unexpected(s);
		s->p++;
		l->depth--;
	}
	return ERR_OK;
}

enum err json_scan_value(struct json_scan *s, size_t depth_left)
{
	struct levels l = {.depth = 0};
	enum err err;
	bool opened;

	assert(depth_left <= JSON_DEPTH_MAX);
	json_skip_space(s);
	do {
		err = scan_start(s, &l, depth_left, &opened);
		if (!err && !opened)
			err = scan_after(s, &l);
	} while (!err && l.depth);
	return err;
}
