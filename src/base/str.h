// SPDX-License-Identifier: Apache-2.0
/* str: a borrowed run of bytes. Never NUL-terminated, never owned; the
 * bytes belong to whoever produced them and must outlive the str. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

typedef struct {
	const char *p;
	size_t n;
} str;

/* STR is a value; STR_INIT is the same inside a static initializer.
 * STR_FMT and STR_ARG print one with printf("%.*s"). */
#define STR_INIT(lit)                                                                              \
	{                                                                                          \
		(lit), sizeof(lit) - 1                                                             \
	}
#define STR(lit) ((str)STR_INIT(lit))
#define STR_NULL ((str){NULL, 0})
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The str over a C string (NULL gives the empty str). */
static inline str str_c(const char *c)
{
	return c ? (str){c, strlen(c)} : STR_NULL;
}

static inline bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII-only case folding: protocol keywords, never names of people. */
bool str_ieq(str a, str b);
/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int str_cmp(str a, str b);
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_iends(str s, str suffix);
/* Offset of the first occurrence or -1. */
ptrdiff_t str_find(str s, str needle);
ptrdiff_t str_find_char(str s, char c);
ptrdiff_t str_rfind_char(str s, char c);
/* s[from, from+n), clamped to s. */
str str_slice(str s, size_t from, size_t n);
static inline str str_from(str s, size_t from)
{
	return from >= s.n ? (str){s.n ? s.p + s.n : s.p, 0} : (str){s.p + from, s.n - from};
}
/* Without ASCII white space at both ends. */
str str_trim(str s);
/* Removes prefix from *s (iprefix: ASCII case-insensitive). False leaves *s alone. */
bool str_skip_prefix(str *s, str prefix);
bool str_skip_iprefix(str *s, str prefix);
/* Cuts *rest at the first sep: the part before goes to *part. False when *rest is
 * exhausted (an empty rest with p == NULL). "a,b" gives "a" then "b"; "" gives "" once. */
bool str_split(str *rest, char sep, str *part);
/* Decimal without sign or blanks; with leading '-' for the signed one. Refuses overflow. */
MUST_CHECK enum err str_u64(str s, uint64_t *ret);
MUST_CHECK enum err str_i64(str s, int64_t *ret);

/* ASCII classes that do not depend on the locale. */
static inline bool ch_digit(int c)
{
	return c >= '0' && c <= '9';
}
static inline bool ch_alpha(int c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}
static inline bool ch_alnum(int c)
{
	return ch_digit(c) || ch_alpha(c);
}
static inline bool ch_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool ch_xdigit(int c)
{
	return ch_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}
static inline char ch_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

#endif
