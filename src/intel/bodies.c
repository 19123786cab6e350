// SPDX-License-Identifier: Apache-2.0
/* bodies: candidates of the index, read and taken apart once. */
#include <stdlib.h>

#include "intel/intel_internal.h"

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool leaving_only(struct arena *a, const struct catalog_type *t, struct record *r)
{
	struct json body, leaving;
	BUF(text);

	if (json_parse(a, r->body, NULL, &body, NULL))
		return false;
	leaving = catalog_leaving(a, t, &body); /* gate */
	json_write(&text, &leaving);
	r->body = arena_str(a, buf_str(&text));
	return true;
}

/* Of another team's record only what leaves that team: a value in its notes is not known to the
 * reader. */
static bool as_shown(const struct intel *in, struct arena *a, const struct view *v,
		     struct record *r)
{
	const struct catalog_type *t = catalog_code(in->catalog, r->type);

	if (r->form == FORM_OWN && t && !v->all && r->team != v->team) /* gate */
		return leaving_only(a, t, r);
	return true;
}

enum err intel_shown_values(const struct intel *in, struct arena *a, const struct view *v,
			    const struct record *r, struct record_value **ret, size_t *ret_n,
			    struct why *why)
{
	struct record shown = *r;

	if (!shown.key || !as_shown(in, a, v, &shown))
		return why_set(why, ERR_NOTFOUND, "a record shows nothing");
	return intel_record_values(a, in->catalog, store_value_key(in->store), &shown, ret, ret_n,
				   why);
}

/* A body that cannot be read holds nothing: the index was wrong about it. */
static void take_apart(const struct intel *in, struct arena *a, const struct view *v,
		       struct bodies *b, size_t i)
{
	struct record_value *values;
	size_t n;

	if (intel_shown_values(in, a, v, &b->records[i], &values, &n, NULL) != ERR_OK)
		return;
	b->hashes[i] = arena_array(a, uint64_t, n);
	b->n_hashes[i] = n;
	for (size_t j = 0; j < n; j++)
		b->hashes[i][j] = values[j].hash;
	qsort(b->hashes[i], n, sizeof(uint64_t), compare_u64);
}

enum err bodies_read(const struct intel *in, struct arena *a, const struct view *v,
		     const int64_t *keys, size_t n, struct bodies *ret, struct why *why)
{
	struct bodies b = {0};
	int64_t *distinct = arena_array(a, int64_t, n);

	u64map_init(&b.by_key);
	for (size_t i = 0; i < n; i++) {
		bool fresh;
		union map_value *at = u64map_put(&b.by_key, (uint64_t)keys[i], &fresh);

		if (!fresh)
			continue;
		at->u = b.n;
		distinct[b.n++] = keys[i];
	}
	b.records = arena_array(a, struct record, b.n);
	b.hashes = arena_array(a, uint64_t *, b.n);
	b.n_hashes = arena_array(a, size_t, b.n);
	enum err err =
	    b.n ? store_read(in->store, a, v, distinct, b.n, true, b.records, why) : ERR_OK;

	if (err != ERR_OK) {
		u64map_done(&b.by_key);
		return err;
	}
	for (size_t i = 0; i < b.n; i++)
		take_apart(in, a, v, &b, i);
	*ret = b;
	return ERR_OK;
}

void bodies_done(struct bodies *b)
{
	u64map_done(&b->by_key);
}

size_t bodies_index(const struct bodies *b, int64_t key)
{
	const union map_value *at = u64map_get(&b->by_key, (uint64_t)key);

	return at && b->records[at->u].key ? at->u : SIZE_MAX;
}

bool bodies_hold(const struct bodies *b, size_t index, uint64_t hash)
{
	return index != SIZE_MAX && b->n_hashes[index] &&
	       bsearch(&hash, b->hashes[index], b->n_hashes[index], sizeof(hash), compare_u64) !=
		   NULL;
}

void sighting_times(struct arena *a, const struct record *r, int64_t *ret_first_us,
		    int64_t *ret_last_us, struct uuid *ret_of)
{
	struct json body;
	str type;
	int64_t first = r->created_us, last = r->created_us;
	struct uuid of = {{0}};

	if (json_parse(a, r->body, NULL, &body, NULL) == ERR_OK) {
		if (time_parse(json_get_str(&body, "first_seen"), &first) != ERR_OK &&
		    time_parse(json_get_str(&body, "created"), &first) != ERR_OK)
			first = r->created_us;
		if (time_parse(json_get_str(&body, "last_seen"), &last) != ERR_OK)
			last = first;
		if (id_parse(json_get_str(&body, "sighting_of_ref"), &type, &of) != ERR_OK)
			of = (struct uuid){{0}};
	}
	*ret_first_us = first;
	*ret_last_us = last < first ? first : last;
	*ret_of = of;
}
