// SPDX-License-Identifier: Apache-2.0
#include <assert.h>

#include "base/clock.h"
#include "base/json_scan.h"
#include "base/utf8.h"

#define OUT_DEPTH_MAX 64

/* How a byte is written inside a string: 0 as it is, 'u' as \u00xx, else as
 * '\' and the letter. RFC 8785 3.2.2.2 chooses the same forms. */
static char escape_of(unsigned char c)
{
	static const char short_form[0x20] = {
	    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

	if (c == '"' || c == '\\')
		return (char)c;
	if (c >= 0x20)
		return 0;
	return short_form[c] ? short_form[c] : 'u';
}

static void add_escape(struct buf *out, unsigned char c, char form)
{
	buf_add_char(out, '\\');
	buf_add_char(out, form);
	if (form == 'u') {
		buf_add(out, STR("00"));
		buf_add_char(out, (char)('0' + (c >> 4)));
		buf_add_char(out, "0123456789abcdef"[c & 15]);
	}
}

/* Malformed UTF-8, which only a tree built by hand can hold, becomes U+FFFD:
 * what we write is always JSON. */
void json_write_str(struct buf *out, str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end, *from = p;

	if (!s.n) {
		buf_add(out, STR("\"\""));
		return;
	}
	assert(p);
	end = p + s.n;
	(void)buf_room(out, s.n + 2);
	buf_add_char(out, '"');
	for (p = json_skip_plain(p, end); p < end; p = json_skip_plain(p, end)) {
		char form = escape_of(*p);
		size_t n = 0;

		while (p < end && *p >= 0x80 && (n = utf8_length(p, end)))
			p += n;
		if (n)
			continue;
		buf_add_bytes(out, from, (size_t)(p - from));
		if (form)
			add_escape(out, *p, form);
		else
			buf_add(out, STR("\xef\xbf\xbd"));
		from = ++p;
	}
	buf_add_bytes(out, from, (size_t)(p - from));
	buf_add_char(out, '"');
}

static void write_items(struct buf *out, const struct json *v)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < v->n; i++) {
		if (i)
			buf_add_char(out, ',');
		json_write(out, &v->items[i]);
	}
	buf_add_char(out, ']');
}

static void write_members(struct buf *out, const struct json *v)
{
	buf_add_char(out, '{');
	for (uint32_t i = 0; i < v->n; i++) {
		if (i)
			buf_add_char(out, ',');
		json_write_str(out, v->members[i].key);
		buf_add_char(out, ':');
		json_write(out, &v->members[i].value);
	}
	buf_add_char(out, '}');
}

void json_write(struct buf *out, const struct json *v)
{
	if (!v) {
		buf_add(out, STR("null"));
		return;
	}
	switch ((enum json_type)v->type) {
	case JSON_NULL:
		buf_add(out, STR("null"));
		return;
	case JSON_FALSE:
		buf_add(out, STR("false"));
		return;
	case JSON_TRUE:
		buf_add(out, STR("true"));
		return;
	case JSON_NUMBER:
		buf_add_bytes(out, v->text, v->n);
		return;
	case JSON_STRING:
		json_write_str(out, (str){v->text, v->n});
		return;
	case JSON_ARRAY:
		write_items(out, v);
		return;
	case JSON_OBJECT:
		write_members(out, v);
		return;
	}
	assert(false && "json_write: not a JSON value");
}

void json_out_init(struct json_out *o, struct buf *out)
{
	*o = (struct json_out){.out = out};
}

static uint64_t level_bit(const struct json_out *o)
{
	return UINT64_C(1) << (o->depth - 1);
}

/* The comma before an item or a key. */
static void comma(struct json_out *o)
{
	if (o->has_item & level_bit(o))
		buf_add_char(o->out, ',');
	o->has_item |= level_bit(o);
}

static void before_value(struct json_out *o)
{
	if (o->after_key) {
		o->after_key = false;
		return;
	}
	if (o->depth == 0)
		return;
	assert(!(o->is_object & level_bit(o))); /* a value in an object needs its key */
	comma(o);
}

static void open_level(struct json_out *o, bool is_object)
{
	before_value(o);
	assert(o->depth < OUT_DEPTH_MAX);
	o->depth++;
	o->has_item &= ~level_bit(o);
	o->is_object &= ~level_bit(o);
	if (is_object)
		o->is_object |= level_bit(o);
	buf_add_char(o->out, is_object ? '{' : '[');
}

void jo_object(struct json_out *o)
{
	open_level(o, true);
}

void jo_array(struct json_out *o)
{
	open_level(o, false);
}

void jo_end(struct json_out *o)
{
	assert(o->depth > 0 && !o->after_key);
	buf_add_char(o->out, o->is_object & level_bit(o) ? '}' : ']');
	o->depth--;
}

void jo_key_str(struct json_out *o, str key)
{
	assert(o->depth > 0 && (o->is_object & level_bit(o)) && !o->after_key);
	comma(o);
	json_write_str(o->out, key);
	buf_add_char(o->out, ':');
	o->after_key = true;
}

void jo_key(struct json_out *o, const char *key)
{
	jo_key_str(o, str_c(key));
}

void jo_str(struct json_out *o, str s)
{
	before_value(o);
	json_write_str(o->out, s);
}

void jo_c(struct json_out *o, const char *s)
{
	if (s)
		jo_str(o, str_c(s));
	else
		jo_null(o);
}

void jo_i64(struct json_out *o, int64_t v)
{
	before_value(o);
	buf_add_i64(o->out, v);
}

void jo_bool(struct json_out *o, bool v)
{
	jo_raw(o, v ? STR("true") : STR("false"));
}

void jo_null(struct json_out *o)
{
	jo_raw(o, STR("null"));
}

void jo_time(struct json_out *o, int64_t us)
{
	char text[TIME_TEXT];

	if (us == TIME_NONE) {
		jo_null(o);
		return;
	}
	time_text(us, text);
	jo_str(o, (str){text, sizeof(text)});
}

void jo_json(struct json_out *o, const struct json *v)
{
	before_value(o);
	json_write(o->out, v);
}

void jo_raw(struct json_out *o, str text)
{
	before_value(o);
	buf_add(o->out, text);
}

void jo_kstr(struct json_out *o, const char *key, str s)
{
	jo_key(o, key);
	jo_str(o, s);
}

void jo_kc(struct json_out *o, const char *key, const char *s)
{
	jo_key(o, key);
	jo_c(o, s);
}

void jo_ki64(struct json_out *o, const char *key, int64_t v)
{
	jo_key(o, key);
	jo_i64(o, v);
}

void jo_kbool(struct json_out *o, const char *key, bool v)
{
	jo_key(o, key);
	jo_bool(o, v);
}

void jo_ktime(struct json_out *o, const char *key, int64_t us)
{
	jo_key(o, key);
	jo_time(o, us);
}
