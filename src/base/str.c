// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

bool str_ieq(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ch_lower(a.p[i]) != ch_lower(b.p[i]))
			return false;
	return true;
}

int str_cmp(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_eq((str){s.p, prefix.n}, prefix);
}

bool str_ends(str s, str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || str_eq(str_from(s, s.n - suffix.n), suffix));
}

bool str_iends(str s, str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || str_ieq(str_from(s, s.n - suffix.n), suffix));
}

ptrdiff_t str_find(str s, str needle)
{
	if (needle.n == 0)
		return 0;
	if (needle.n > s.n)
		return -1;

	const char *hit = memmem(s.p, s.n, needle.p, needle.n);

	return hit ? hit - s.p : -1;
}

ptrdiff_t str_find_char(str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

ptrdiff_t str_rfind_char(str s, char c)
{
	const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

str str_slice(str s, size_t from, size_t n)
{
	if (from >= s.n)
		return (str){s.n ? s.p + s.n : s.p, 0};
	return (str){s.p + from, n < s.n - from ? n : s.n - from};
}

str str_trim(str s)
{
	while (s.n && ch_space((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && ch_space((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_skip_prefix(str *s, str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	if (prefix.n) {
		s->p += prefix.n;
		s->n -= prefix.n;
	}
	return true;
}

bool str_skip_iprefix(str *s, str prefix)
{
	if (s->n < prefix.n || !str_ieq((str){s->p, prefix.n}, prefix))
		return false;
	if (prefix.n) {
		s->p += prefix.n;
		s->n -= prefix.n;
	}
	return true;
}

bool str_split(str *rest, char sep, str *part)
{
	if (!rest->p)
		return false;

	ptrdiff_t at = str_find_char(*rest, sep);

	if (at < 0) {
		*part = *rest;
		*rest = STR_NULL;
	} else {
		*part = (str){rest->p, (size_t)at};
		*rest = (str){rest->p + at + 1, rest->n - (size_t)at - 1};
	}
	return true;
}

enum err str_u64(str s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.n; i++) {
		if (!ch_digit((unsigned char)s.p[i]))
			return ERR_INVALID;
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return ERR_INVALID;
	}
	*ret = v;
	return ERR_OK;
}

enum err str_i64(str s, int64_t *ret)
{
	bool neg = s.n && s.p[0] == '-';
	uint64_t v;

	if (neg)
		s = str_from(s, 1);
	if (str_u64(s, &v) || v > (uint64_t)INT64_MAX + neg)
		return ERR_INVALID;
	*ret = neg ? (int64_t)(0 - v) : (int64_t)v;
	return ERR_OK;
}
