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
