// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/json_number.h"

/* RFC 8785 3.2.3: keys by their UTF-16 code units. UTF-8 bytes sort like code
 * points; the two orders differ only between U+E000..U+FFFF (first byte EE, EF)
 * and what lies above (F0..F4), which UTF-16 writes with smaller surrogates. */
static int compare_utf16(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;
	unsigned char x, y;

	while (i < n && a.p[i] == b.p[i])
		i++;
	if (i == n)
		return a.n < b.n ? -1 : a.n > b.n;
	x = (unsigned char)a.p[i];
	y = (unsigned char)b.p[i];
	if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
		return x >= 0xf0 ? -1 : 1;
	return x < y ? -1 : 1;
}

static int compare_members(const void *a, const void *b)
{
	const struct json_member *const *x = a, *const *y = b;

	return compare_utf16((*x)->key, (*y)->key);
}

static enum err canonical(struct arena *a, struct buf *out, const struct json *v);

static enum err canonical_text(struct buf *out, str s)
{
	if (!utf8_valid(s))
		return ERR_INVALID;
	json_write_str(out, s);
	return ERR_OK;
}

static enum err canonical_members(struct arena *a, struct buf *out, const struct json *v)
{
	const struct json_member **sorted = arena_array(a, const struct json_member *, v->n);
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < v->n; i++)
		sorted[i] = &v->members[i];
	if (v->n > 1)
		qsort(sorted, v->n, sizeof(const struct json_member *), compare_members);
	buf_add_char(out, '{');
	for (uint32_t i = 0; i < v->n && !err; i++) {
		if (i && str_eq(sorted[i - 1]->key, sorted[i]->key))
			return ERR_INVALID;
		if (i)
			buf_add_char(out, ',');
		err = canonical_text(out, sorted[i]->key);
		buf_add_char(out, ':');
		if (!err)
			err = canonical(a, out, &sorted[i]->value);
	}
	buf_add_char(out, '}');
	return err;
}

static enum err canonical_items(struct arena *a, struct buf *out, const struct json *v)
{
	enum err err = ERR_OK;

	buf_add_char(out, '[');
	for (uint32_t i = 0; i < v->n && !err; i++) {
		if (i)
			buf_add_char(out, ',');
		err = canonical(a, out, &v->items[i]);
	}
	buf_add_char(out, ']');
	return err;
}

static enum err canonical(struct arena *a, struct buf *out, const struct json *v)
{
	switch ((enum json_type)v->type) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		json_write(out, v);
		return ERR_OK;
	case JSON_NUMBER:
		return json_number_canonical(out, (str){v->text, v->n});
	case JSON_STRING:
		return canonical_text(out, (str){v->text, v->n});
	case JSON_ARRAY:
		return canonical_items(a, out, v);
	case JSON_OBJECT:
		return canonical_members(a, out, v);
	}
	return ERR_INVALID;
}

enum err json_canonical(struct arena *a, struct buf *out, const struct json *v)
{
	size_t from = out->n;
	enum err err = canonical(a, out, v);

	if (!err && arena_over(a))
		err = ERR_LIMIT;
	if (err)
		out->n = from;
	return err;
}
