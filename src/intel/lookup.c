// SPDX-License-Identifier: Apache-2.0
/* lookup: what is known about values that somebody asks for. The index gives candidates, the bodies
 * decide. A sighting does not name the value itself; it counts where it is of a record that does.
 */
#include "base/vec.h"
#include "intel/intel_internal.h"
#include "intel/value_internal.h"

#define ASK_MOST 500 /* values in one round */
#define RECORDS_MOST 20
#define SIGHTINGS_MOST 200 /* read for their times; the count is exact all the same */
#define LISTS_MOST 16

/* What a text may be that has no shape of its own. */
static const enum value_kind shapeless[] = {VALUE_OTHER, VALUE_MUTEX, VALUE_USER_AGENT,
					    VALUE_FILENAME};

struct ask {
	struct known *known;
	uint64_t hash;
	enum value_kind kind;
	str canonical;
};

struct round {
	const struct intel *in;
	struct arena *a;
	const struct view *v;
	struct ask *asks;
	size_t n;
	struct value_hit *hits, *seen; /* of all types; sightings alone */
	int32_t sighting;              /* word code, 0: there never was one */
};

static void add_ask(struct round *r, struct known *k, enum value_kind kind, str canonical)
{
	r->asks[r->n++] = (struct ask){
	    k, value_hash(store_value_key(r->in->store), kind, canonical), kind, canonical};
}

static void prepare(struct round *r, struct known *k, str asked)
{
	str canonical;

	*k = (struct known){.asked = asked};
	if (asked.n > URL_BYTES)
		return;
	k->kind = value_guess_clean(r->a, value_refang(r->a, asked), &canonical);
	if (k->kind != VALUE_NONE) {
		k->canonical = canonical;
		add_ask(r, k, k->kind, canonical);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(shapeless); i++) {
		if (value_canonical(r->a, shapeless[i], asked, &canonical, NULL) == ERR_OK)
			add_ask(r, k, shapeless[i], canonical);
	}
}

MUST_CHECK static enum err ask_index(struct round *r, struct why *why)
{
	uint64_t *hashes = arena_array(r->a, uint64_t, r->n);
	enum err err;

	for (size_t i = 0; i < r->n; i++)
		hashes[i] = r->asks[i].hash;
	r->hits = arena_array(r->a, struct value_hit, r->n);
	r->seen = arena_array(r->a, struct value_hit, r->n);
	r->sighting = word_find(r->in->store, STR("sighting"));
	err = store_lookup(r->in->store, r->a, r->v, hashes, r->n, 0, NULL, 0,
			   RECORDS_MOST + SIGHTINGS_MOST, r->hits, why);
	if (err == ERR_OK && r->sighting)
		err = store_lookup(r->in->store, r->a, r->v, hashes, r->n, 0, &r->sighting, 1,
				   SIGHTINGS_MOST, r->seen, why);
	return err;
}

static bool is_sighting(const struct value_hit *seen, int64_t key)
{
	for (size_t i = 0; i < seen->n; i++) {
		if (seen->keys[i] == key)
			return true;
	}
	return false;
}

/* The records to read: up to RECORDS_MOST of each ask that are no sightings, and all sightings. */
MUST_CHECK static enum err read_bodies(struct round *r, struct bodies *ret, struct why *why)
{
	VEC(int64_t) keys = {0};

	for (size_t i = 0; i < r->n; i++) {
		size_t taken = 0;

		for (size_t j = 0; j < r->hits[i].n && taken < RECORDS_MOST; j++) {
			if (is_sighting(&r->seen[i], r->hits[i].keys[j]))
				continue;
			vec_add(r->a, &keys, r->hits[i].keys[j]);
			taken++;
		}
		for (size_t j = 0; j < r->seen[i].n; j++)
			vec_add(r->a, &keys, r->seen[i].keys[j]);
	}
	return bodies_read(r->in, r->a, r->v, keys.p, keys.n, ret, why);
}

static void fill_records(struct round *r, size_t i, const struct bodies *b)
{
	struct known *k = r->asks[i].known;
	struct record *out = arena_array(r->a, struct record, RECORDS_MOST);
	size_t n = 0, taken = 0;
	int64_t wrong = 0;

	for (size_t j = 0; j < r->hits[i].n && taken < RECORDS_MOST; j++) {
		int64_t key = r->hits[i].keys[j];

		if (is_sighting(&r->seen[i], key))
			continue;
		taken++;
		size_t at = bodies_index(b, key);

		if (bodies_hold(b, at, r->asks[i].hash))
			out[n++] = b->records[at];
		else
			wrong++;
	}
	int64_t count = r->hits[i].count - r->seen[i].count - wrong;

	if (n == 0)
		return;
	k->records = out;
	k->n_records = n;
	k->count = count < (int64_t)n ? (int64_t)n : count;
}

static void fill_sightings(struct round *r, size_t i, const struct bodies *b)
{
	struct known *k = r->asks[i].known;
	int64_t gone = 0;

	for (size_t j = 0; j < r->seen[i].n; j++) {
		size_t at = bodies_index(b, r->seen[i].keys[j]);
		int64_t first, last;
		struct uuid of;

		if (at == SIZE_MAX) {
			gone++;
			continue;
		}
		sighting_times(r->a, &b->records[at], &first, &last, &of);
		if (k->first_us == 0 || first < k->first_us)
			k->first_us = first;
		if (last > k->last_us)
			k->last_us = last;
	}
	k->sightings = r->seen[i].count - gone;
}

/* Of a text without shape the first kind under which something is known. */
static void fill(struct round *r, const struct bodies *b)
{
	for (size_t i = 0; i < r->n; i++) {
		struct ask *q = &r->asks[i];

		if (q->known->kind != VALUE_NONE && q->known->kind != q->kind)
			continue;
		fill_records(r, i, b);
		fill_sightings(r, i, b);
		if (q->known->kind == VALUE_NONE && (q->known->count || q->known->sightings)) {
			q->known->kind = q->kind;
			q->known->canonical = q->canonical;
		}
	}
}

static void fill_lists(struct round *r, struct known *k)
{
	str names[LISTS_MOST];
	size_t n;

	if (k->kind == VALUE_NONE || !r->in->wellknown)
		return;
	n = wellknown_lists(r->in->wellknown, k->kind, k->canonical, names, LISTS_MOST);
	k->lists = arena_array(r->a, str, n);
	k->n_lists = n;
	for (size_t i = 0; i < n; i++)
		k->lists[i] = names[i];
}

enum err intel_lookup(const struct intel *in, struct arena *a, const struct view *v,
		      const str *values, size_t n, struct known *ret, struct why *why)
{
	struct known *known = arena_array(a, struct known, n);

	for (size_t from = 0; from < n; from += ASK_MOST) {
		size_t end = from + ASK_MOST < n ? from + ASK_MOST : n;
		struct round r = {.in = in, .a = a, .v = v};
		struct bodies b;
		enum err err;

		r.asks = arena_array(a, struct ask, (end - from) * ARRAY_LEN(shapeless));
		for (size_t i = from; i < end; i++)
			prepare(&r, &known[i], values[i]);
		err = r.n ? ask_index(&r, why) : ERR_OK;
		if (err == ERR_OK)
			err = read_bodies(&r, &b, why);
		if (err != ERR_OK)
			return err;
		fill(&r, &b);
		bodies_done(&b);
		for (size_t i = from; i < end; i++)
			fill_lists(&r, &known[i]);
		if (arena_over(a))
			return why_set(why, ERR_LIMIT, "too much is known about these values");
	}
	if (n)
		memcpy(ret, known, n * sizeof(*ret));
	return ERR_OK;
}
