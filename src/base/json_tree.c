// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdarg.h>

#include "base/json.h"
#include "base/json_array.h"
#include "base/json_number.h"
#include "base/map.h"

#define SMALL_OBJECT 16 /* up to here members are found by comparing */
#define GROW_MIN 4

bool json_is(const struct json *v, enum json_type t)
{
	return v && v->type == t;
}

const struct json *json_get(const struct json *v, str key)
{
	if (!json_is(v, JSON_OBJECT))
		return NULL;
	for (uint32_t i = 0; i < v->n; i++)
		if (str_eq(v->members[i].key, key))
			return &v->members[i].value;
	return NULL;
}

const struct json *json_get_c(const struct json *v, const char *key)
{
	return json_get(v, str_c(key));
}

const struct json *json_path(const struct json *v, ...)
{
	va_list ap;

	va_start(ap, v);
	for (const char *key; v && (key = va_arg(ap, const char *)) != NULL;)
		v = json_get_c(v, key);
	va_end(ap);
	return v;
}

str json_str(const struct json *v)
{
	return json_is(v, JSON_STRING) ? (str){v->text, v->n} : STR_NULL;
}

str json_get_str(const struct json *v, const char *key)
{
	return json_str(json_get_c(v, key));
}

bool json_bool(const struct json *v, bool fallback)
{
	if (json_is(v, JSON_TRUE))
		return true;
	return json_is(v, JSON_FALSE) ? false : fallback;
}

bool json_get_bool(const struct json *v, const char *key, bool fallback)
{
	return json_bool(json_get_c(v, key), fallback);
}

int64_t json_get_i64(const struct json *v, const char *key, int64_t fallback)
{
	int64_t got = 0;

	return json_i64(json_get_c(v, key), &got) ? fallback : got;
}

const struct json *json_at(const struct json *v, size_t i)
{
	if (i >= json_count(v))
		return NULL;
	return v->type == JSON_ARRAY ? &v->items[i] : &v->members[i].value;
}

size_t json_count(const struct json *v)
{
	return json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT) ? v->n : 0;
}

/* Finds members by name: by comparing in small objects, by hash in large
 * ones, so that comparing or merging two large objects is not quadratic. */
struct index {
	struct map map;
	const struct json_member *members;
	size_t n;
};

static void index_init(struct index *ix, const struct json_member *members, size_t n)
{
	*ix = (struct index){.members = members, .n = n};
	map_init(&ix->map);
	for (size_t i = 0; n > SMALL_OBJECT && i < n; i++)
		map_put(&ix->map, members[i].key, NULL)->u = i;
}

/* The position of key, or n. */
static size_t index_find(const struct index *ix, str key)
{
	if (ix->n > SMALL_OBJECT) {
		const union map_value *v = map_get(&ix->map, key);

		return v ? (size_t)v->u : ix->n;
	}
	for (size_t i = 0; i < ix->n; i++)
		if (str_eq(ix->members[i].key, key))
			return i;
	return ix->n;
}

static bool object_eq(const struct json *a, const struct json *b)
{
	struct index ix;
	bool eq = true;

	index_init(&ix, b->members, b->n);
	for (uint32_t i = 0; i < a->n && eq; i++) {
		size_t at = index_find(&ix, a->members[i].key);

		eq = at < b->n && json_eq(&a->members[i].value, &b->members[at].value);
	}
	map_done(&ix.map);
	return eq;
}

bool json_eq(const struct json *a, const struct json *b)
{
	if (!a || !b)
		return a == b;
	if (a->type != b->type)
		return false;
	switch ((enum json_type)a->type) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		return true;
	case JSON_NUMBER:
		return json_number_eq((str){a->text, a->n}, (str){b->text, b->n});
	case JSON_STRING:
		return str_eq(json_str(a), json_str(b));
	case JSON_ARRAY:
		for (uint32_t i = 0; a->n == b->n && i < a->n; i++)
			if (!json_eq(&a->items[i], &b->items[i]))
				return false;
		return a->n == b->n;
	case JSON_OBJECT:
		return a->n == b->n && object_eq(a, b);
	}
	return false;
}

struct json json_string(str s)
{
	assert(s.n <= UINT32_MAX);
	return (struct json){JSON_STRING, (uint32_t)s.n, {.text = s.n ? s.p : ""}};
}

struct json json_from_bool(bool b)
{
	return (struct json){.type = b ? JSON_TRUE : JSON_FALSE};
}

struct json json_from_i64(struct arena *a, int64_t v)
{
	str text = arena_printf(a, "%lld", (long long)v);

	return (struct json){JSON_NUMBER, (uint32_t)text.n, {.text = text.p}};
}

struct json json_null(void)
{
	return (struct json){.type = JSON_NULL};
}

struct json json_object(void)
{
	return (struct json){.type = JSON_OBJECT};
}

struct json json_array(void)
{
	return (struct json){.type = JSON_ARRAY};
}

/* The elements at p (n of them in use), with room for one more: in place when
 * the next element is free and nobody else's, else a copy of twice the size. */
static void *elements_grow(struct arena *a, void *p, size_t n, size_t elem_bytes)
{
	struct json_array_head *h = p ? (struct json_array_head *)p - 1 : NULL;
	size_t cap = n < GROW_MIN ? GROW_MIN : n * 2;

	assert(n < UINT32_MAX / 2);
	if (h && h->used == n && n < h->cap) {
		h->used++;
		return p;
	}

	void *q = json_array_new(a, cap * elem_bytes, cap);

	h = (struct json_array_head *)q - 1;
	h->used = (uint32_t)n + 1;
	if (n && p)
		memcpy(q, p, n * elem_bytes);
	return q;
}

void json_set(struct arena *a, struct json *obj, str key, struct json value)
{
	assert(obj->type == JSON_OBJECT);
	for (uint32_t i = 0; i < obj->n; i++) {
		if (str_eq(obj->members[i].key, key)) {
			obj->members[i].value = value;
			return;
		}
	}
	obj->members = elements_grow(a, obj->members, obj->n, sizeof(*obj->members));
	obj->members[obj->n++] = (struct json_member){key, value};
}

void json_del(struct json *obj, str key)
{
	assert(obj->type == JSON_OBJECT);
	for (uint32_t i = 0; i < obj->n; i++) {
		if (!str_eq(obj->members[i].key, key))
			continue;
		memmove(&obj->members[i], &obj->members[i + 1],
			(obj->n - i - 1) * sizeof(*obj->members));
		obj->n--;
		return;
	}
}

void json_add(struct arena *a, struct json *arr, struct json value)
{
	assert(arr->type == JSON_ARRAY);
	arr->items = elements_grow(a, arr->items, arr->n, sizeof(*arr->items));
	arr->items[arr->n++] = value;
}

struct json json_copy(struct arena *a, const struct json *v)
{
	struct json c = *v;

	switch ((enum json_type)v->type) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		break;
	case JSON_NUMBER:
	case JSON_STRING:
		c.text = arena_str(a, (str){v->text, v->n}).p;
		break;
	case JSON_ARRAY:
		c.items = v->n ? json_array_new(a, v->n * sizeof(*c.items), v->n) : NULL;
		for (uint32_t i = 0; i < v->n; i++)
			c.items[i] = json_copy(a, &v->items[i]);
		break;
	case JSON_OBJECT:
		c.members = v->n ? json_array_new(a, v->n * sizeof(*c.members), v->n) : NULL;
		for (uint32_t i = 0; i < v->n; i++) {
			c.members[i].key = arena_str(a, v->members[i].key);
			c.members[i].value = json_copy(a, &v->members[i].value);
		}
		break;
	}
	return c;
}

/* RFC 7396 2: a null member removes, an object merges, all else replaces. */
struct json json_merge(struct arena *a, const struct json *target, const struct json *patch)
{
	size_t had = target && json_is(target, JSON_OBJECT) ? target->n : 0, n = 0;
	struct json_member *m;
	struct index ix;
	bool *gone;

	if (!json_is(patch, JSON_OBJECT))
		return patch ? *patch : json_null();
	if (had + patch->n == 0)
		return json_object();
	m = json_array_new(a, (had + patch->n) * sizeof(*m), had + patch->n);
	gone = arena_array(a, bool, had + patch->n);
	if (had)
		memcpy(m, target->members, had * sizeof(*m));
	n = had;
	index_init(&ix, had ? target->members : NULL, had);
	for (uint32_t i = 0; i < patch->n; i++) {
		const struct json_member *p = &patch->members[i];
		size_t at = index_find(&ix, p->key);

		if (p->value.type == JSON_NULL) {
			if (at < had)
				gone[at] = true;
			continue;
		}
		if (at == had)
			at = n++;
		m[at] = (struct json_member){
		    p->key, json_merge(a, at < had ? &m[at].value : NULL, &p->value)};
	}
	map_done(&ix.map);
	had = n;
	n = 0;
	for (size_t i = 0; i < had; i++)
		if (!gone[i])
			m[n++] = m[i];
	return (struct json){JSON_OBJECT, (uint32_t)n, {.members = m}};
}
