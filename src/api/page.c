// SPDX-License-Identifier: Apache-2.0
/* Pages of lists that are made whole: what hangs on one record. The cursor carries the mark of the
 * item it stands behind and how many came before it: an item that comes or goes meanwhile shifts
 * nothing. */
#include "api/api_internal.h"

#include "base/map.h"

#define MARK_BITS 40

void page_end(struct call *c, struct json_out *o, int64_t next)
{
	jo_end(o);
	jo_key(o, "next");
	if (next)
		jo_str(o, cursor_text(c, next));
	else
		jo_null(o);
	jo_end(o);
}

/* What tells an item from its neighbours, whatever else of it changes. */
static uint64_t item_mark(struct call *c, const struct json *item)
{
	static const char *const names[] = {"id",     "seq",       "source", "relation",
					    "target", "indicator", "team",   "channel",
					    "kind",   "value",     "edition"};
	BUF(b);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct json *v = json_get_c(item, names[i]);

		if (v)
			json_write(&b, v);
		buf_add_char(&b, '\n');
		if (v && i < 2)
			break;
	}
	return siphash64(store_value_key(c->api->o.node->store), b.p, b.n) >> (64 - MARK_BITS);
}

/* Where the page begins: behind the marked item nearest to where it stood; without it, where it
 * stood. */
static size_t page_start(struct call *c, const struct json *items, int64_t cursor)
{
	size_t n = json_count(items), stood = (size_t)((uint64_t)cursor >> MARK_BITS), far = 0;
	uint64_t mark = (uint64_t)cursor & ((UINT64_C(1) << MARK_BITS) - 1);

	if (!cursor)
		return 0;
	for (; far < stood || stood + far <= n; far++) {
		if (far < stood && stood - far <= n &&
		    item_mark(c, json_at(items, stood - far - 1)) == mark)
			return stood - far;
		if (far && stood + far <= n &&
		    item_mark(c, json_at(items, stood + far - 1)) == mark)
			return stood + far;
	}
	return stood - 1 < n ? stood - 1 : n;
}

static enum err reply_slice(struct call *c, const struct json *whole, int64_t cursor, size_t limit)
{
	const struct json *items = json_get_c(whole, "items");
	size_t n = json_count(items), from = page_start(c, items, cursor),
	       to = n - from > limit ? from + limit : n;
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = from; i < to; i++)
		jo_json(&o, json_at(items, i));
	jo_end(&o);
	for (size_t i = 0; i < json_count(whole); i++) {
		str key = whole->members[i].key;

		if (str_eq(key, STR("items")) || str_eq(key, STR("next")))
			continue;
		jo_key_str(&o, key);
		jo_json(&o, &whole->members[i].value);
	}
	jo_key(&o, "next");
	if (to < n)
		jo_str(&o, cursor_text(c, (int64_t)((uint64_t)to << MARK_BITS |
						    item_mark(c, json_at(items, to - 1)))));
	else
		jo_null(&o);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

enum err reply_page(struct call *c, struct buf *b)
{
	struct json whole;
	int64_t cursor;
	size_t limit = 0;
	enum err err = call_limit(c, SIZE_MAX, &limit);

	if (!err)
		err = call_cursor(c, &cursor);
	if (err)
		return err;
	if (!cursor && limit == SIZE_MAX)
		return reply_json(c, 200, b);
	err = json_parse(c->ctx.arena, buf_str(b), NULL, &whole, &c->why);
	return err ? err : reply_slice(c, &whole, cursor, limit);
}
