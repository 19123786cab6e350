// SPDX-License-Identifier: Apache-2.0
/* Names, times and dates in the texts of the demo's story. */
#include "main/demo_internal.h"

str demo_file(const char *name)
{
	for (size_t i = 0; i < demo_files_count; i++)
		if (strcmp(demo_files[i].name, name) == 0)
			return (str){(const char *)demo_files[i].bytes, demo_files[i].n};
	return STR("");
}

void story_name(struct story *s, str name, str id)
{
	str *kept;

	if (!name.n)
		return;
	kept = arena_new(s->arena, str);
	*kept = arena_str(s->arena, id);
	map_put(&s->names, arena_str(s->arena, name), NULL)->ptr = kept;
}

/* "-3h", "+2d", "-45m": microseconds from the start of the story; *used gets the length read. */
static bool read_offset(str text, int64_t *ret_us, size_t *ret_used)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}};
	int64_t n = 0;
	size_t i = 1;

	if (text.n < 3 || (text.p[0] != '-' && text.p[0] != '+'))
		return false;
	for (; i < text.n && i < 6 && ch_digit(text.p[i]); i++)
		n = n * 10 + (text.p[i] - '0');
	if (i == 1 || i == text.n)
		return false;
	for (size_t k = 0; k < ARRAY_LEN(units); k++)
		if (units[k].unit == text.p[i]) {
			*ret_us = (text.p[0] == '-' ? -n : n) * units[k].seconds * US_PER_S;
			*ret_used = i + 1;
			return true;
		}
	return false;
}

/* As people of Japan write it, to ten minutes: nobody notes seconds in a report. */
static void add_date(struct story *s, int64_t offset_us, struct buf *out)
{
	const int64_t ten = 600 * US_PER_S;
	int64_t at = s->now_us + offset_us;
	struct civil c = time_civil(at - at % ten + 9 * 3600 * US_PER_S);

	buf_printf(out, "%04d-%02d-%02d %02d:%02d JST", c.year, c.month, c.day, c.hour, c.minute);
}

static str fill_dates(struct story *s, str text)
{
	BUF(out);
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		int64_t offset;
		size_t used;

		if (text.p[i] != '{' || !read_offset(str_from(text, i + 1), &offset, &used) ||
		    i + 1 + used >= text.n || text.p[i + 1 + used] != '}')
			continue;
		buf_add(&out, str_slice(text, from, i - from));
		add_date(s, offset, &out);
		i += used + 1;
		from = i + 1;
	}
	if (!from)
		return text;
	buf_add(&out, str_from(text, from));
	return arena_str(&s->scratch, buf_str(&out));
}

static enum err fill_text(struct story *s, str text, struct json *ret, struct why *why)
{
	int64_t offset;
	size_t used;

	if (text.n > 1 && text.p[0] == '$') {
		const union map_value *v = map_get(&s->names, text);

		if (!v)
			return why_set(why, ERR_INVALID, "nothing is named '%.*s'", STR_ARG(text));
		*ret = json_string(*(const str *)v->ptr);
		return ERR_OK;
	}
	if (text.n > 1 && text.p[0] == '@' && read_offset(str_from(text, 1), &offset, &used) &&
	    used == text.n - 1) {
		char *t = arena_alloc(&s->scratch, TIME_TEXT);

		time_text(s->now_us + offset, t);
		*ret = json_string((str){t, TIME_TEXT});
		return ERR_OK;
	}
	*ret = json_string(fill_dates(s, text));
	return ERR_OK;
}

enum err story_fill(struct story *s, const struct json *v, struct json *ret, struct why *why)
{
	enum err err = ERR_OK;
	struct json out;

	if (json_is(v, JSON_STRING))
		return fill_text(s, json_str(v), ret, why);
	if (json_is(v, JSON_ARRAY)) {
		out = json_array();
		for (size_t i = 0; i < json_count(v) && !err; i++) {
			struct json item = json_null();

			err = story_fill(s, json_at(v, i), &item, why);
			json_add(&s->scratch, &out, item);
		}
	} else if (json_is(v, JSON_OBJECT)) {
		out = json_object();
		for (size_t i = 0; i < json_count(v) && !err; i++) {
			struct json item = json_null();

			err = story_fill(s, &v->members[i].value, &item, why);
			json_set(&s->scratch, &out, v->members[i].key, item);
		}
	} else {
		out = v ? *v : json_object();
	}
	if (!err)
		*ret = out;
	return err;
}

enum err story_text(struct story *s, const struct json *v, const char *key, str *ret,
		    struct why *why)
{
	const struct json *m = json_get_c(v, key);
	struct json filled;
	enum err err;

	if (!m) {
		*ret = STR("");
		return ERR_OK;
	}
	err = story_fill(s, m, &filled, why);
	if (!err)
		*ret = json_str(&filled);
	return err;
}
