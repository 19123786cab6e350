// SPDX-License-Identifier: Apache-2.0
#include "exchange/envelope.h"

#include "base/vec.h"

typedef VEC(struct arrived) arrivals;

static bool objects_read(struct arena *a, struct json_cursor *cur, arrivals *out)
{
	if (!json_cursor_enter_array(cur))
		return false;
	while (json_cursor_item(cur)) {
		struct arrived x;
		size_t from;

		(void)json_cursor_peek(cur);
		from = cur->at;
		if (out->n == ENVELOPE_MOST || !json_cursor_value(cur, a, &x.object))
			return false;
		x.text = str_slice(cur->text, from, cur->at - from);
		vec_add(a, out, x);
	}
	return !cur->err;
}

enum err envelope_read(struct arena *a, str body, struct envelope *ret, struct why *why)
{
	struct envelope e = {.rest = json_object()};
	arrivals objects = {0};
	struct json_cursor cur;
	bool good, seen = false;
	str key;

	json_cursor_init(&cur, body, NULL);
	good = json_cursor_enter_object(&cur);
	while (good && json_cursor_key(&cur, a, &key)) {
		bool is_objects = str_eq(key, STR("objects"));
		struct json v;

		if (is_objects) {
			good = !seen && objects_read(a, &cur, &objects);
			seen = true;
		} else {
			good = json_count(&e.rest) < 100 && json_cursor_value(&cur, a, &v);
			if (good)
				json_set(a, &e.rest, key, v);
		}
	}
	if (objects.n == ENVELOPE_MOST && !good)
		return why_set(why, ERR_LIMIT, "an envelope of a link holds at most %d objects",
			       ENVELOPE_MOST);
	if (!good || cur.err || str_trim(str_from(body, cur.at)).n)
		return why_set(why, ERR_INVALID, "%s",
			       cur.why.text[0] ? cur.why.text : "it is no envelope");
	e.objects = objects.p;
	e.n = objects.n;
	*ret = e;
	return ERR_OK;
}

const struct arrived *envelope_of(struct arena *a, const struct json *objects, size_t n)
{
	struct arrived *x = arena_array(a, struct arrived, n + 1);

	for (size_t i = 0; i < n; i++) {
		BUF(text);

		json_write(&text, &objects[i]);
		x[i] = (struct arrived){objects[i], arena_str(a, buf_str(&text))};
	}
	return x;
}
