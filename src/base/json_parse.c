// SPDX-License-Identifier: Apache-2.0
/* The values of open containers wait on one stack of 16-byte slots; when a
 * container closes they are copied to the arena as one array of exact size.
 * No recursion: depth costs a slot, not C stack. */
#include <stdio.h>

#include "base/json_array.h"
#include "base/json_scan.h"
#include "base/map.h"

/* A slot is a value, the key before a value, or the frame of an open
 * container below its contents. A key and its value lie as in json_member. */
struct frame {
	uint32_t below; /* index of the frame below */
	uint32_t is_object;
};
union slot {
	struct json value;
	str key;
	struct frame frame;
};
_Static_assert(sizeof(union slot) == 16 && sizeof(struct json_member) == 2 * sizeof(union slot),
	       "members are copied as pairs of slots");

#define SLOTS_INLINE 64
#define SMALL_OBJECT 16 /* up to here duplicates are sought by comparing */

struct parser {
	struct arena *arena;
	struct json_scan *scan;
	union slot *slots;
	size_t n, cap;
	size_t frame; /* index of the innermost frame */
	size_t depth, depth_left, nodes_left;
	bool on_heap;
};

static enum err slots_grow(struct parser *ps)
{
	size_t cap = ps->cap * 2, bytes = cap * sizeof(union slot);
	const struct arena *a = ps->arena;

	if ((a->budget_bytes && a->used_bytes + bytes / 2 > a->budget_bytes) || cap > UINT32_MAX)
		return json_bad(ps->scan, ERR_LIMIT, "more memory needed than allowed");
	if (ps->on_heap) {
		ps->slots = mem_grow(ps->slots, bytes / 2, bytes);
	} else {
		union slot *heap = mem_alloc(bytes);

		memcpy(heap, ps->slots, ps->n * sizeof(union slot));
		ps->slots = heap;
		ps->on_heap = true;
	}
	ps->cap = cap;
	return ERR_OK;
}

static inline enum err slot_push(struct parser *ps, union slot slot)
{
	if (ps->n == ps->cap) {
		enum err err = slots_grow(ps);

		if (err)
			return err;
	}
	ps->slots[ps->n++] = slot;
	return ERR_OK;
}

static enum err read_text(struct parser *ps, str *ret)
{
	struct json_scan *s = ps->scan;
	bool escaped = false;
	str text = STR_NULL;
	enum err err;

	if (s->p < s->end && *s->p == '"') { /* most hold nothing but plain ASCII */
		const char *from = s->p + 1;
		const char *p = (const char *)json_skip_plain((const unsigned char *)from,
							      (const unsigned char *)s->end);

		if (p < s->end && *p == '"') {
			s->p = p + 1;
			*ret = (str){from, (size_t)(p - from)};
			return ERR_OK;
		}
	}
	err = json_scan_string(s, &text, &escaped);
	if (err)
		return err;
	if (escaped) {
		char *to = arena_alloc(ps->arena, text.n);

		text = (str){to, json_unescape(text, to)};
	}
	*ret = text;
	return ERR_OK;
}

/* member = string name-separator value: up to the value. */
static enum err read_key(struct parser *ps)
{
	struct json_scan *s = ps->scan;
	union slot slot;
	enum err err = read_text(ps, &slot.key);

	if (err)
		return err;
	json_skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return json_unexpected(s);
	s->p++;
	return slot_push(ps, slot);
}

static enum err duplicate(struct parser *ps, str key)
{
	BUF(quoted);

	json_write_str(&quoted, str_slice(key, 0, 64));
	return why_set(ps->scan->why, ERR_INVALID, "duplicate key %.*s before byte %zu",
		       STR_ARG(buf_str(&quoted)), (size_t)(ps->scan->p - ps->scan->start));
}

static enum err check_keys_large(struct parser *ps, const struct json_member *m, size_t n)
{
	enum err err = ERR_OK;
	struct map seen;

	map_init(&seen);
	for (size_t i = 0; i < n && !err; i++) {
		bool fresh;

		(void)map_put(&seen, m[i].key, &fresh);
		if (!fresh)
			err = duplicate(ps, m[i].key);
	}
	map_done(&seen);
	return err;
}

/* A few bits of every key go into a word; only keys that meet a bit already
 * set are compared with the others. */
static enum err check_keys(struct parser *ps, const struct json_member *m, size_t n)
{
	uint64_t seen = 0;

	if (n > SMALL_OBJECT)
		return check_keys_large(ps, m, n);
	for (size_t i = 0; i < n; i++) {
		str k = m[i].key;
		unsigned mix = (unsigned)k.n * 7;
		uint64_t bit;

		if (k.n)
			mix += (unsigned char)k.p[0] + (unsigned char)k.p[k.n - 1] * 31u +
			       (unsigned char)k.p[k.n / 2] * 5u;
		bit = UINT64_C(1) << (mix % 64);
		for (size_t j = 0; (seen & bit) && j < i; j++)
			if (str_eq(m[j].key, k))
				return duplicate(ps, k);
		seen |= bit;
	}
	return ERR_OK;
}

/* Behind '{' or '['; the frame goes on the stack, or an empty container to *ret. */
static enum err open_container(struct parser *ps, bool is_object, struct json *ret, bool *opened)
{
	struct json_scan *s = ps->scan;
	union slot slot;
	enum err err;

	if (ps->depth >= ps->depth_left)
		return json_bad(s, ERR_LIMIT, "nested too deeply");
	s->p++;
	json_skip_space(s);
	if (s->p < s->end && *s->p == (is_object ? '}' : ']')) {
		s->p++;
		*ret = is_object ? json_object() : json_array();
		return ERR_OK;
	}
	slot.frame = (struct frame){(uint32_t)ps->frame, is_object};
	err = slot_push(ps, slot);
	if (err)
		return err;
	ps->frame = ps->n - 1;
	ps->depth++;
	*opened = true;
	return is_object ? read_key(ps) : ERR_OK;
}

static enum err close_container(struct parser *ps, struct json *ret)
{
	const struct frame f = ps->slots[ps->frame].frame;
	const union slot *from = &ps->slots[ps->frame + 1];
	size_t n = (ps->n - ps->frame - 1) / (f.is_object ? 2 : 1);
	size_t bytes = (ps->n - ps->frame - 1) * sizeof(union slot);
	struct json v = {.type = f.is_object ? JSON_OBJECT : JSON_ARRAY, .n = (uint32_t)n};

	if (f.is_object) {
		enum err err = check_keys(ps, (const struct json_member *)(const void *)from, n);

		if (err)
			return err;
		v.members = json_array_new(ps->arena, bytes, n);
	} else {
		v.items = json_array_new(ps->arena, bytes, n);
	}
	memcpy(f.is_object ? (void *)v.members : (void *)v.items, from, bytes);
	ps->n = ps->frame;
	ps->frame = f.below;
	ps->depth--;
	*ret = v;
	if (arena_over(ps->arena))
		return json_bad(ps->scan, ERR_LIMIT, "more memory needed than allowed");
	return ERR_OK;
}

/* The value at s->p. *opened: it is a container whose first value comes next. */
static enum err read_start(struct parser *ps, struct json *ret, bool *opened)
{
	struct json_scan *s = ps->scan;
	enum json_type type = JSON_NULL;
	enum err err;
	str text;

	*opened = false;
	json_skip_space(s);
	if (s->p >= s->end)
		return json_unexpected(s);
	if (ps->nodes_left == 0)
		return json_bad(s, ERR_LIMIT, "too many values");
	ps->nodes_left--;
	if (*s->p == '"') {
		err = read_text(ps, &text);
		if (!err)
			*ret = json_string(text);
		return err;
	}
	if (*s->p == '{' || *s->p == '[')
		return open_container(ps, *s->p == '{', ret, opened);
	if (*s->p == '-' || ch_digit(*s->p)) {
		err = json_scan_number(s, &text);
		if (!err)
			*ret = (struct json){JSON_NUMBER, (uint32_t)text.n, {.text = text.p}};
		return err;
	}
	err = json_scan_literal(s, &type);
	*ret = (struct json){.type = type};
	return err;
}

/* Behind the value *v of an open container: stores it, then takes a comma
 * (*more), or the closing bracket: then *v is the container. */
static enum err read_after(struct parser *ps, struct json *v, bool *more)
{
	struct json_scan *s = ps->scan;
	bool is_object = ps->slots[ps->frame].frame.is_object;
	union slot slot = {.value = *v};
	enum err err = slot_push(ps, slot);

	*more = false;
	if (err)
		return err;
	json_skip_space(s);
	if (s->p >= s->end)
		return json_unexpected(s);
	if (*s->p == ',') {
		s->p++;
		*more = true;
		if (!is_object)
			return ERR_OK;
		json_skip_space(s);
		return read_key(ps);
	}
	if (*s->p != (is_object ? '}' : ']'))
		return json_unexpected(s);
	s->p++;
	return close_container(ps, v);
}

static enum err read_value(struct parser *ps, struct json *ret)
{
	struct json v = {.type = JSON_NULL};
	enum err err;
	bool more;

	do {
		err = read_start(ps, &v, &more);
		while (!err && !more && ps->depth)
			err = read_after(ps, &v, &more);
	} while (!err && more);
	if (!err)
		*ret = v;
	return err;
}

enum err json_parse_value(struct arena *a, struct json_scan *s, size_t depth_left, size_t nodes,
			  struct json *ret)
{
	union slot first[SLOTS_INLINE];
	struct parser ps = {
	    .arena = a,
	    .scan = s,
	    .slots = first,
	    .cap = SLOTS_INLINE,
	    .depth_left = depth_left,
	    .nodes_left = nodes,
	};
	struct json v;
	enum err err = read_value(&ps, &v);

	if (ps.on_heap)
		mem_free(ps.slots);
	if (!err && arena_over(a))
		err = json_bad(s, ERR_LIMIT, "more memory needed than allowed");
	if (!err)
		*ret = v;
	return err;
}

enum err json_parse(struct arena *a, str text, const struct json_limits *limits, struct json *ret,
		    struct why *why)
{
	struct json_limits l = json_limits_of(limits);
	/* no input at all is an empty document, not a null pointer */
	const char *p = text.n ? text.p : "";
	struct json_scan s = {p, p, p + text.n, why};
	struct json v;
	enum err err;

	if (text.n > l.bytes)
		return why_set(why, ERR_LIMIT, "document of %zu bytes is larger than %zu", text.n,
			       l.bytes);
	err = json_parse_value(a, &s, l.depth, l.nodes, &v);
	if (err)
		return err;
	json_skip_space(&s);
	if (s.p < s.end)
		return json_unexpected(&s);
	*ret = v;
	return ERR_OK;
}
