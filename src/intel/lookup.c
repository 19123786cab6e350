// SPDX-License-Identifier: Apache-2.0
/* lookup: what is known about values that somebody asks for. The index gives candidates, the bodies
 * decide. A sighting does not name the value itself; it counts where it is of a record that does.
 */
#include "base/vec.h"
#include "intel/intel_internal.h"
#include "intel/value_internal.h"

#define ASK_MOST 2000 /* values in one round: more share pages of index and table */
#define RECORDS_MOST 20
#define REFERRED_MOST 20   /* records of a value whose sightings are counted */
#define SIGHTINGS_MOST 200 /* read for their times; the count is exact all the same */
#define DOUBTFUL_MOST                                                                              \
	4000 /* of a round: others' records beyond RECORDS_MOST that are confirmed                 \
	      */
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
	struct value_hit *hits, *seen; /* records that hold a value; sightings of them */
	int32_t sighting;              /* word code, 0: there never was one */
	size_t doubtful;               /* of each value confirmed at most */
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

	for (size_t i = 0; i < r->n; i++)
		hashes[i] = r->asks[i].hash;
	r->doubtful = DOUBTFUL_MOST / r->n;
	r->hits = arena_array(r->a, struct value_hit, r->n);
	r->seen = arena_array(r->a, struct value_hit, r->n);
	r->sighting = word_find(r->in->store, STR("sighting"));
	return store_lookup(r->in->store, r->a, r->v, hashes, r->n, 0, NULL, 0, REFERRED_MOST,
			    r->hits, why);
}

/* Keys of sightings of ask i, one after the other for each record that holds the value. */
static void take_seen(struct round *r, size_t i, const struct value_hit *of, size_t n)
{
	struct value_hit *seen = &r->seen[i];

	for (size_t j = 0; j < n; j++)
		seen->n += of[j].n;
	seen->keys = arena_array(r->a, int64_t, seen->n);
	seen->n = 0;
	for (size_t j = 0; j < n; j++) {
		seen->count += of[j].count;
		for (size_t k = 0; k < of[j].n && seen->n < SIGHTINGS_MOST; k++)
			seen->keys[seen->n++] = of[j].keys[k];
	}
}

/* Sightings of the records that hold the values, by reference; ids that stand twice count once. */
MUST_CHECK static enum err ask_sightings(struct round *r, const struct bodies *b, struct why *why)
{
	VEC(uint64_t) hashes = {0};
	size_t *from = arena_array(r->a, size_t, r->n + 1);
	struct value_hit *of;
	enum err err;

	for (size_t i = 0; i < r->n; i++) {
		from[i] = hashes.n;
		for (size_t j = 0; j < r->hits[i].n; j++) {
			size_t at = bodies_index(b, r->hits[i].keys[j]);
			uint64_t h;
			bool twice = false;

			if (!bodies_hold(b, at, r->asks[i].hash))
				continue;
			h = intel_ref_hash(store_value_key(r->in->store), b->records[at].uid);
			for (size_t k = from[i]; k < hashes.n; k++)
				twice |= hashes.p[k] == h;
			if (!twice)
				vec_add(r->a, &hashes, h);
		}
	}
	from[r->n] = hashes.n;
	if (!r->sighting || !hashes.n)
		return ERR_OK;
	of = arena_array(r->a, struct value_hit, hashes.n);
	err = store_lookup(r->in->store, r->a, r->v, hashes.p, hashes.n, 0, &r->sighting, 1,
			   SIGHTINGS_MOST, of, why);
	for (size_t i = 0; i < r->n && err == ERR_OK; i++)
		take_seen(r, i, of + from[i], from[i + 1] - from[i]);
	return err;
}

/* The records to read, then the sightings of them. */
MUST_CHECK static enum err read_bodies(struct round *r, struct bodies *ret, struct bodies *ret_seen,
				       struct why *why)
{
	VEC(int64_t) keys = {0};
	enum err err;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->hits[i].n; j++)
			vec_add(r->a, &keys, r->hits[i].keys[j]);
		for (size_t j = 0; j < r->hits[i].n_doubtful && j < r->doubtful; j++)
			vec_add(r->a, &keys, r->hits[i].doubtful[j]);
	}
	err = bodies_read(r->in, r->a, r->v, keys.p, keys.n, ret, why);
	if (err)
		return err;
	err = ask_sightings(r, ret, why);
	keys.n = 0;
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->seen[i].n; j++)
			vec_add(r->a, &keys, r->seen[i].keys[j]);
	if (!err)
		err = bodies_read(r->in, r->a, r->v, keys.p, keys.n, ret_seen, why);
	if (err)
		bodies_done(ret);
	return err;
}

static void fill_records(struct round *r, size_t i, const struct bodies *b)
{
	struct known *k = r->asks[i].known;
	struct record *out = arena_array(r->a, struct record, RECORDS_MOST);
	size_t n = 0;
	int64_t wrong = 0;

	for (size_t j = 0; j < r->hits[i].n; j++) {
		size_t at = bodies_index(b, r->hits[i].keys[j]);

		if (!bodies_hold(b, at, r->asks[i].hash))
			wrong++;
		else if (n < RECORDS_MOST)
			out[n++] = b->records[at];
	}
	int64_t count = r->hits[i].count - wrong;

	for (size_t j = 0; j < r->hits[i].n_doubtful && j < r->doubtful; j++) {
		size_t at = bodies_index(b, r->hits[i].doubtful[j]);

		if (!bodies_hold(b, at, r->asks[i].hash))
			continue;
		count++;
		if (n < RECORDS_MOST)
			out[n++] = b->records[at];
	}
	if (n == 0 && count <= 0)
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
static void fill(struct round *r, const struct bodies *b, const struct bodies *seen)
{
	for (size_t i = 0; i < r->n; i++) {
		struct ask *q = &r->asks[i];

		if (q->known->kind != VALUE_NONE && q->known->kind != q->kind)
			continue;
		fill_records(r, i, b);
		fill_sightings(r, i, seen);
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
		struct bodies b, seen;
		enum err err;

		r.asks = arena_array(a, struct ask, (end - from) * ARRAY_LEN(shapeless));
		for (size_t i = from; i < end; i++)
			prepare(&r, &known[i], values[i]);
		err = r.n ? ask_index(&r, why) : ERR_OK;
		if (err == ERR_OK)
			err = read_bodies(&r, &b, &seen, why);
		if (err != ERR_OK)
			return err;
		fill(&r, &b, &seen);
		bodies_done(&b);
		bodies_done(&seen);
		for (size_t i = from; i < end; i++)
			fill_lists(&r, &known[i]);
		if (arena_over(a))
			return why_set(why, ERR_LIMIT, "too much is known about these values");
	}
	if (n)
		memcpy(ret, known, n * sizeof(*ret));
	return ERR_OK;
}
