// SPDX-License-Identifier: Apache-2.0
/* json_scan: the tokens of RFC 8259, shared by the parser and the cursor.
 * Looks at bytes only, allocates nothing. A scan belongs to one call. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/json.h"

#define JSON_DEPTH_MAX 1024 /* whatever a caller allows: trees are walked recursively */

struct json_scan {
	const char *start; /* of the document: errors name offsets from here */
	const char *p;     /* what comes next */
	const char *end;
	struct why *why;
};

/* The limits a caller gave, with 0 and NULL filled in and capped. */
struct json_limits json_limits_of(const struct json_limits *limits);

#define JSON_ONES UINT64_C(0x0101010101010101)
#define JSON_HIGHS UINT64_C(0x8080808080808080)
typedef uint8_t json_lanes __attribute__((vector_size(16)));

/* The first byte from p that is not plain printable ASCII inside a string: '"', '\\', a control
 * character or anything above 0x7f; or end. */
static inline const unsigned char *json_skip_plain(const unsigned char *p, const unsigned char *end)
{
	for (; end - p >= 16; p += 16) {
		json_lanes x, hit;
		uint64_t half[2];

		memcpy(&x, p, 16);
		hit = (json_lanes)(x == '"') | (json_lanes)(x == '\\') |
		      (json_lanes)((json_lanes)(x - 0x20) >= 0x60);
		memcpy(half, &hit, 16);
		if (half[0] | half[1])
			break;
	}
	while (end - p >= 8) {
		uint64_t x, quote, slash, hit;

		memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		x = __builtin_bswap64(x);
#endif
		quote = x ^ (JSON_ONES * '"');
		slash = x ^ (JSON_ONES * '\\');
		/* borrows spoil only bytes above the first hit, which is all we ask for */
		hit = ((quote - JSON_ONES) & ~quote) | ((slash - JSON_ONES) & ~slash) |
		      (x - JSON_ONES * 0x20) | x;
		hit &= JSON_HIGHS;
		if (hit)
			return p + (unsigned)__builtin_ctzll(hit) / 8;
		p += 8;
	}
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline void json_skip_space(struct json_scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r')) {
		uint64_t x;

		s->p++;
		/* indentation comes in runs */
		while (s->end - s->p >= 8 &&
		       (memcpy(&x, s->p, 8), x) == UINT64_C(0x2020202020202020))
			s->p += 8;
	}
}

/* "unexpected 'x' at byte 17" or "unexpected end at byte 17". */
MUST_CHECK enum err json_unexpected(struct json_scan *s);
/* "<what> at byte 17" */
MUST_CHECK enum err json_bad(struct json_scan *s, enum err err, const char *what);

/* s->p is at the opening quote; afterwards behind the closing one. *ret is the
 * text between, fully checked; *ret_escaped tells whether it holds a '\'. */
MUST_CHECK enum err json_scan_string(struct json_scan *s, str *ret, bool *ret_escaped);
/* Undoes the escapes of a checked text; writes at most raw.n bytes, returns how many. */
size_t json_unescape(str raw, char *to);
/* s->p is at '-' or a digit, or the call fails. */
MUST_CHECK enum err json_scan_number(struct json_scan *s, str *ret);
/* true, false or null. */
MUST_CHECK enum err json_scan_literal(struct json_scan *s, enum json_type *ret);
/* Walks over one value without building it; duplicate keys are not looked for. */
MUST_CHECK enum err json_scan_value(struct json_scan *s, size_t depth_left);

/* Parses one value at s->p (json_parse.c); whatever follows it is left. */
MUST_CHECK enum err json_parse_value(struct arena *a, struct json_scan *s, size_t depth_left,
				     size_t nodes, struct json *ret);

#endif
