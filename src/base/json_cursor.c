// SPDX-License-Identifier: Apache-2.0
#include "base/json_scan.h"

#define CURSOR_DEPTH_MAX 128 /* bits in struct json_cursor */

void json_cursor_init(struct json_cursor *c, str text, const struct json_limits *limits)
{
	*c = (struct json_cursor){.text = text, .limits = json_limits_of(limits)};
	if (!text.n)
		c->text.p = "";
	if (text.n > c->limits.bytes)
		c->err = why_set(&c->why, ERR_LIMIT, "document of %zu bytes is larger than %zu",
				 text.n, c->limits.bytes);
}

static struct json_scan scan_of(struct json_cursor *c)
{
	const char *p = c->text.p;

	return (struct json_scan){p, p + c->at, p + c->text.n, &c->why};
}

/* Takes over where the scan stands, or its error. */
static bool settle(struct json_cursor *c, const struct json_scan *s, enum err err)
{
	c->at = (size_t)(s->p - s->start);
	c->err = err;
	return err == ERR_OK;
}

static bool bit_get(const uint64_t bits[2], unsigned i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void bit_set(uint64_t bits[2], unsigned i, bool on)
{
	uint64_t bit = UINT64_C(1) << (i % 64);

	bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

/* Behind a complete value: outside of everything only white space may follow. */
static bool finish_value(struct json_cursor *c, struct json_scan *s, enum err err)
{
	if (!err && c->depth == 0) {
		json_skip_space(s);
		if (s->p < s->end)
			err = json_unexpected(s);
	}
	return settle(c, s, err);
}

enum json_type json_cursor_peek(struct json_cursor *c)
{
	static const struct {
		char first;
		enum json_type type;
	} rows[] = {{'{', JSON_OBJECT}, {'[', JSON_ARRAY}, {'"', JSON_STRING}, {'t', JSON_TRUE},
		    {'f', JSON_FALSE},  {'n', JSON_NULL},  {'-', JSON_NUMBER}};
	struct json_scan s = scan_of(c);
	enum err err;

	if (c->err)
		return JSON_NULL;
	json_skip_space(&s);
	c->at = (size_t)(s.p - s.start);
	if (s.p < s.end && ch_digit(*s.p))
		return JSON_NUMBER;
	for (size_t i = 0; s.p < s.end && i < ARRAY_LEN(rows); i++)
		if (rows[i].first == *s.p)
			return rows[i].type;
	err = json_unexpected(&s);
	(void)settle(c, &s, err);
	return JSON_NULL;
}

static bool enter(struct json_cursor *c, char open, bool is_object)
{
	struct json_scan s = scan_of(c);

	if (c->err)
		return false;
	json_skip_space(&s);
	if (s.p >= s.end || *s.p != open)
		return settle(c, &s, json_unexpected(&s));
	if (c->depth >= c->limits.depth || c->depth >= CURSOR_DEPTH_MAX)
		return settle(c, &s, json_bad(&s, ERR_LIMIT, "nested too deeply"));
	bit_set(c->is_object, c->depth, is_object);
	bit_set(c->has_item, c->depth, false);
	c->depth++;
	s.p++;
	return settle(c, &s, ERR_OK);
}

bool json_cursor_enter_object(struct json_cursor *c)
{
	return enter(c, '{', true);
}

bool json_cursor_enter_array(struct json_cursor *c)
{
	return enter(c, '[', false);
}

/* At the start of an item or key: over the comma, or over the closing bracket
 * (*ret_left). Asking an array for keys or an object for items is an error. */
static enum err step(struct json_cursor *c, struct json_scan *s, bool is_object, bool *ret_left)
{
	unsigned level = c->depth - 1;

	*ret_left = false;
	if (c->depth == 0 || bit_get(c->is_object, level) != is_object)
		return json_bad(s, ERR_INVALID, is_object ? "not in an object" : "not in an array");
	json_skip_space(s);
	if (s->p < s->end && *s->p == (is_object ? '}' : ']')) {
		s->p++;
		c->depth--;
		*ret_left = true;
		return ERR_OK;
	}
	if (bit_get(c->has_item, level)) {
		if (s->p >= s->end || *s->p != ',')
			return json_unexpected(s);
		s->p++;
		json_skip_space(s);
	}
	bit_set(c->has_item, level, true);
	if (s->p >= s->end || *s->p == ']' || *s->p == '}')
		return json_unexpected(s);
	return ERR_OK;
}

bool json_cursor_key(struct json_cursor *c, struct arena *a, str *key)
{
	struct json_scan s = scan_of(c);
	bool left, escaped = false;
	str text = STR_NULL;
	enum err err;

	if (c->err)
		return false;
	err = step(c, &s, true, &left);
	if (left) {
		(void)finish_value(c, &s, err);
		return false;
	}
	if (!err)
		err = json_scan_string(&s, &text, &escaped);
	if (!err) {
		json_skip_space(&s);
		if (s.p >= s.end || *s.p != ':')
			err = json_unexpected(&s);
		else
			s.p++;
	}
	if (!settle(c, &s, err))
		return false;
	if (escaped) {
		char *to = arena_alloc(a, text.n);

		text = (str){to, json_unescape(text, to)};
	}
	*key = text;
	return true;
}

bool json_cursor_item(struct json_cursor *c)
{
	struct json_scan s = scan_of(c);
	enum err err;
	bool left;

	if (c->err)
		return false;
	err = step(c, &s, false, &left);
	if (left) {
		(void)finish_value(c, &s, err);
		return false;
	}
	return settle(c, &s, err);
}

bool json_cursor_value(struct json_cursor *c, struct arena *a, struct json *ret)
{
	struct json_scan s = scan_of(c);
	struct json v;
	enum err err;

	if (c->err)
		return false;
	err = json_parse_value(a, &s, c->limits.depth - c->depth, c->limits.nodes, &v);
	if (!finish_value(c, &s, err))
		return false;
	*ret = v;
	return true;
}

bool json_cursor_raw(struct json_cursor *c, str *ret)
{
	struct json_scan s = scan_of(c);
	const char *from, *to;
	enum err err;

	if (c->err)
		return false;
	json_skip_space(&s);
	from = s.p;
	err = json_scan_value(&s, c->limits.depth - c->depth);
	to = s.p;
	if (!finish_value(c, &s, err))
		return false;
	*ret = (str){from, (size_t)(to - from)};
	return true;
}

bool json_cursor_skip(struct json_cursor *c)
{
	str raw;

	return json_cursor_raw(c, &raw);
}
