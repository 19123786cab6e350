// SPDX-License-Identifier: Apache-2.0
/* pattern: reads pattern and text side by side, greedily and without backtracking, so that time is
 * linear in the text whatever a catalogue file asks for; pattern_valid() refuses what would need
 * more. */
#include "catalog/catalog_internal.h"

#define MANY UINT32_MAX

struct item {
	uint64_t set[4]; /* a bit per byte */
	uint32_t min, max;
};

static void set_add(struct item *it, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		it->set[c >> 6] |= UINT64_C(1) << (c & 63);
}

static bool set_has(const struct item *it, unsigned char c)
{
	return it->set[c >> 6] >> (c & 63) & 1;
}

static bool sets_meet(const struct item *a, const struct item *b)
{
	for (int i = 0; i < 4; i++)
		if (a->set[i] & b->set[i])
			return true;
	return false;
}

/* class = ["^"] { char [ "-" char ] } "]" ; the "[" is already read */
static bool read_class(str *p, struct item *ret)
{
	bool negated = p->n && p->p[0] == '^';

	if (negated)
		*p = str_from(*p, 1);
	while (p->n && p->p[0] != ']') {
		unsigned from = (unsigned char)p->p[0], to;

		*p = str_from(*p, 1);
		if (from == '\\' && p->n) {
			from = (unsigned char)p->p[0];
			*p = str_from(*p, 1);
			if (from == 'd') {
				set_add(ret, '0', '9');
				continue;
			}
		}
		to = from;
		if (p->n >= 2 && p->p[0] == '-' && p->p[1] != ']') {
			to = (unsigned char)p->p[1];
			*p = str_from(*p, 2);
		}
		if (to < from)
			return false;
		set_add(ret, from, to);
	}
	if (!p->n)
		return false;
	*p = str_from(*p, 1);
	if (negated)
		for (int i = 0; i < 4; i++)
			ret->set[i] = ~ret->set[i];
	return true;
}

static bool read_number(str *p, uint32_t *ret)
{
	uint32_t v = 0;
	size_t n = 0;

	while (n < p->n && n < 5 && ch_digit(p->p[n]))
		v = v * 10 + (uint32_t)(p->p[n++] - '0');
	*p = str_from(*p, n);
	*ret = v;
	return n > 0;
}

/* count = "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" */
static bool read_count(str *p, struct item *ret)
{
	char c = p->n ? p->p[0] : 0;

	ret->min = ret->max = 1;
	if (c == '*' || c == '+' || c == '?') {
		ret->min = c == '+' ? 1 : 0;
		ret->max = c == '?' ? 1 : MANY;
		*p = str_from(*p, 1);
		return true;
	}
	if (c != '{')
		return true;
	*p = str_from(*p, 1);
	if (!read_number(p, &ret->min))
		return false;
	ret->max = ret->min;
	if (p->n && p->p[0] == ',') {
		*p = str_from(*p, 1);
		if (!read_number(p, &ret->max))
			ret->max = MANY;
	}
	if (!p->n || p->p[0] != '}' || ret->max < ret->min)
		return false;
	*p = str_from(*p, 1);
	return true;
}

/* The next item; false at the end (*ok stays) or on a fault (*ok false). */
static bool read_item(str *p, struct item *ret, bool *ok)
{
	unsigned char c;

	*ret = (struct item){0};
	if (!p->n || str_eq(*p, STR("$")))
		return false;
	c = (unsigned char)p->p[0];
	*p = str_from(*p, 1);
	*ok = false;
	if (c == '[') {
		if (!read_class(p, ret))
			return false;
	} else if (c == '.') {
		set_add(ret, 0, 255);
	} else if (c == '\\' && p->n) {
		c = (unsigned char)p->p[0];
		*p = str_from(*p, 1);
		if (c == 'd')
			set_add(ret, '0', '9');
		else
			set_add(ret, c, c);
	} else if (c == '(' || c == ')' || c == '|' || c == '*' || c == '+' || c == '?' ||
		   c == '$') {
		return false;
	} else {
		set_add(ret, c, c);
	}
	*ok = read_count(p, ret);
	return *ok;
}

bool pattern_valid(str pattern)
{
	struct item it, open[16];
	size_t n_open = 0;
	bool ok = true;

	(void)str_skip_prefix(&pattern, STR("^"));
	while (read_item(&pattern, &it, &ok)) {
		for (size_t i = 0; i < n_open; i++)
			if (sets_meet(&open[i], &it))
				return false;
		if (it.min > 0)
			n_open = 0;
		if (it.min != it.max) {
			if (n_open == ARRAY_LEN(open))
				return false;
			open[n_open++] = it;
		}
	}
	return ok;
}

bool pattern_match(str pattern, str text)
{
	struct item it;
	bool ok = true;

	(void)str_skip_prefix(&pattern, STR("^"));
	while (read_item(&pattern, &it, &ok)) {
		size_t n = 0;

		while (n < text.n && n < it.max && set_has(&it, (unsigned char)text.p[n]))
			n++;
		if (n < it.min)
			return false;
		text = str_from(text, n);
	}
	return ok && text.n == 0;
}
