// SPDX-License-Identifier: Apache-2.0
#include "base/json_number.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define EXP_MAX (INT64_C(1) << 60) /* exponents beyond it are cut to it */

/* Value = 0.d1d2d3... * 10^point, d1 and the last digit not 0; no digits: 0.
 * The digits stay in the text, in at most two runs (before and behind the point). */
struct decimal {
	str runs[2];
	size_t digits;
	int64_t point;
	bool neg;
};

static void trim_zeros_left(struct decimal *d)
{
	for (int r = 0; r < 2; r++) {
		while (d->runs[r].n && d->runs[r].p[0] == '0') {
			d->runs[r] = str_from(d->runs[r], 1);
			d->point--;
		}
		if (d->runs[r].n)
			return;
	}
}

static void trim_zeros_right(struct decimal *d)
{
	for (int r = 1; r >= 0; r--) {
		while (d->runs[r].n && d->runs[r].p[d->runs[r].n - 1] == '0')
			d->runs[r].n--;
		if (d->runs[r].n)
			return;
	}
}

static int64_t read_exponent(str s)
{
	int64_t v = 0;
	bool neg = s.n && s.p[0] == '-';

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_from(s, 1);
	for (size_t i = 0; i < s.n; i++)
		v = v >= EXP_MAX / 10 ? EXP_MAX : v * 10 + (s.p[i] - '0');
	return neg ? -v : v;
}

static struct decimal decimal_of(str text)
{
	struct decimal d = {.neg = str_skip_prefix(&text, STR("-"))};
	size_t e = 0;
	ptrdiff_t dot;

	while (e < text.n && (text.p[e] | 32) != 'e')
		e++;
	dot = str_find_char(str_slice(text, 0, e), '.');
	d.runs[0] = str_slice(text, 0, dot < 0 ? e : (size_t)dot);
	if (dot >= 0)
		d.runs[1] = str_slice(text, (size_t)dot + 1, e - (size_t)dot - 1);
	d.point = (int64_t)d.runs[0].n + read_exponent(str_from(text, e + 1));
	trim_zeros_left(&d);
	trim_zeros_right(&d);
	d.digits = d.runs[0].n + d.runs[1].n;
	if (d.digits == 0) {
		d.point = 0;
		d.neg = false;
	}
	return d;
}

static char digit_at(const struct decimal *d, size_t i)
{
	return i < d->runs[0].n ? d->runs[0].p[i] : d->runs[1].p[i - d->runs[0].n];
}

static bool decimal_eq(const struct decimal *a, const struct decimal *b)
{
	if (a->digits != b->digits || a->point != b->point || a->neg != b->neg)
		return false;
	for (size_t i = 0; i < a->digits; i++)
		if (digit_at(a, i) != digit_at(b, i))
			return false;
	return true;
}

bool json_number_eq(str a, str b)
{
	struct decimal x, y;

	if (str_eq(a, b))
		return true;
	x = decimal_of(a);
	y = decimal_of(b);
	return decimal_eq(&x, &y);
}

enum err json_number_i64(str text, int64_t *ret)
{
	struct decimal d = decimal_of(text);
	uint64_t v = 0;

	/* 19 digits hold every int64 and overflow no uint64 */
	if (d.point > 19 || d.point < (int64_t)d.digits)
		return ERR_INVALID;
	for (size_t i = 0; i < (size_t)d.point; i++)
		v = v * 10 + (i < d.digits ? (uint64_t)(digit_at(&d, i) - '0') : 0);
	if (v > (uint64_t)INT64_MAX + d.neg)
		return ERR_INVALID;
	*ret = d.neg ? (int64_t)(0 - v) : (int64_t)v;
	return ERR_OK;
}

enum err json_number_double(str text, double *ret)
{
	char small[64];
	char *copy = text.n < sizeof(small) ? small : mem_alloc(text.n + 1);
	double d;

	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	d = strtod(copy, NULL);
	if (copy != small)
		mem_free(copy);
	if (!isfinite(d))
		return ERR_LIMIT;
	*ret = d;
	return ERR_OK;
}

/* Adds one unit to the last of n digits; false on a carry out of the first. */
static bool digits_increment(char *digits, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		if (digits[i] != '9') {
			digits[i]++;
			return true;
		}
		digits[i] = '0';
	}
	return false;
}

static double digits_value(const char *digits, int n, int point)
{
	char text[48];

	(void)snprintf(text, sizeof(text), ".%.*se%d", n, digits, point);
	return strtod(text, NULL);
}

/* The fewest digits that read back as d > 0, the nearest to d among them. The
 * value rounded to n digits is that if it reads back; at a power of two the
 * gap below is half the gap above, so its upper neighbour may do instead. */
static int shortest_digits(double d, char digits[17], int *ret_point)
{
	/* any 15 digits survive a normal double, so fewer show as trailing zeros */
	int n = d < DBL_MIN ? 1 : DBL_DIG;

	for (;; n++) {
		char text[32];
		int point;

		(void)snprintf(text, sizeof(text), "%.*e", n - 1, d);
		digits[0] = text[0];
		if (n > 1)
			memcpy(digits + 1, text + 2, (size_t)n - 1);
		point = (int)strtol(text + (n > 1 ? n + 2 : 2), NULL, 10) + 1;
		*ret_point = point;
		if (n == 17 || digits_value(digits, n, point) == d)
			break;
		if (digits_increment(digits, n) && digits_value(digits, n, point) == d)
			break;
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	return n;
}

static void add_zeros(struct buf *out, int n)
{
	for (int i = 0; i < n; i++)
		buf_add_char(out, '0');
}

/* ECMA-262 6.1.6.1.20: k digits, value 0.digits * 10^point (its n). */
void json_number_es6(struct buf *out, double d)
{
	char digits[17];
	int k, point;

	assert(isfinite(d));
	if (d == 0) {
		buf_add_char(out, '0');
		return;
	}
	if (d < 0)
		buf_add_char(out, '-');
	k = shortest_digits(fabs(d), digits, &point);
	if (point > 21 || point <= -6) {
		buf_add_char(out, digits[0]);
		if (k > 1)
			buf_add_char(out, '.');
		buf_add_bytes(out, digits + 1, (size_t)k - 1);
		buf_add(out, point > 0 ? STR("e+") : STR("e"));
		buf_add_i64(out, point - 1);
	} else if (point <= 0) {
		buf_add(out, STR("0."));
		add_zeros(out, -point);
		buf_add_bytes(out, digits, (size_t)k);
	} else if (k <= point) {
		buf_add_bytes(out, digits, (size_t)k);
		add_zeros(out, point - k);
	} else {
		buf_add_bytes(out, digits, (size_t)point);
		buf_add_char(out, '.');
		buf_add_bytes(out, digits + point, (size_t)(k - point));
	}
}

enum err json_number_canonical(struct buf *out, str text)
{
	struct decimal want = decimal_of(text);
	bool whole = want.point >= (int64_t)want.digits;
	size_t from = out->n;
	double d;

	if ((!whole && want.digits > 17) || json_number_double(text, &d) || (d == 0 && want.digits))
		return ERR_INVALID;
	json_number_es6(out, d);
	if (whole && !json_number_eq(text, str_from(buf_str(out), from))) {
		out->n = from;
		return ERR_INVALID;
	}
	return ERR_OK;
}

enum err json_i64(const struct json *v, int64_t *ret)
{
	return json_is(v, JSON_NUMBER) ? json_number_i64((str){v->text, v->n}, ret) : ERR_INVALID;
}

enum err json_double(const struct json *v, double *ret)
{
	return json_is(v, JSON_NUMBER) ? json_number_double((str){v->text, v->n}, ret)
				       : ERR_INVALID;
}
