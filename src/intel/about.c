// SPDX-License-Identifier: Apache-2.0
/* about: everything a reader may know of one value. Columns decide what they can; bodies are read
 * only of other teams' own records, of which not everything leaves, and of sightings, for their
 * times. Linear in the number of records that mention the value. */
#include "base/vec.h"
#include "intel/intel_internal.h"
#include "intel/value_internal.h"

#define RECORDS_MOST 200000
#define SIGHTINGS_MOST 200000
#define CONFIRM_MOST 2000  /* others' own records that are read; more are not counted */
#define CARRIERS_MOST 5000 /* records of the value whose sightings are looked for */
#define CHUNK 200          /* bodies in memory at a time */
#define LISTS_MOST 16

static const enum value_kind shapeless[] = {VALUE_OTHER, VALUE_MUTEX, VALUE_USER_AGENT,
					    VALUE_FILENAME};

struct about {
	const struct intel *in;
	struct arena *a;
	const struct view *v;
	struct value_about out;
};

/* Which of keys hold the value in what the reader is shown. */
MUST_CHECK static enum err confirm(struct about *x, const int64_t *keys, size_t n, uint64_t hash,
				   bool *ret, struct why *why)
{
	ARENA(a, 0);
	struct bodies b;
	enum err err = bodies_read(x->in, &a, x->v, keys, n, &b, why);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		ret[i] = bodies_hold(&b, bodies_index(&b, keys[i]), hash);
	bodies_done(&b);
	return ERR_OK;
}

/* Takes out the doubtful ones that do not show the value; r is newest first and stays so. */
MUST_CHECK static enum err keep_shown(struct about *x, struct value_mention *r, size_t *n,
				      uint64_t hash, struct why *why)
{
	int64_t keys[CHUNK];
	bool shown[CHUNK];
	size_t kept = 0, read = 0;

	for (size_t i = 0, end; i < *n; i = end) {
		size_t m = 0, at = 0;
		enum err err;

		for (end = i; end < *n && m < CHUNK; end++)
			if (r[end].doubtful && read + m < CONFIRM_MOST)
				keys[m++] = r[end].key;
		err = m ? confirm(x, keys, m, hash, shown, why) : ERR_OK;
		if (err)
			return err;
		for (size_t k = i; k < end; k++) {
			bool asked = r[k].doubtful && at < m && keys[at] == r[k].key;
			bool shows = asked && shown[at];

			at += asked;
			if (r[k].doubtful && !shows) /* gate */
				continue;
			r[kept++] = r[k];
		}
		read += m;
	}
	*n = kept;
	return ERR_OK;
}

MUST_CHECK static enum err find_sightings(struct about *x, struct why *why)
{
	struct value_about *o = &x->out;
	size_t n = o->n_records < CARRIERS_MOST ? o->n_records : CARRIERS_MOST;
	int32_t sighting = word_find(x->in->store, STR("sighting"));
	uint64_t *hashes;
	bool all = true;
	enum err err;

	if (!sighting || !n)
		return ERR_OK;
	hashes = arena_array(x->a, uint64_t, n);
	for (size_t i = 0; i < n; i++)
		hashes[i] = intel_ref_hash(store_value_key(x->in->store), o->records[i].uid);
	err = store_mentions(x->in->store, x->a, x->v, hashes, n, &sighting, 1, SIGHTINGS_MOST,
			     &o->sightings, &o->n_sightings, &all, why);
	o->all_sightings = all && n == o->n_records;
	return err;
}

MUST_CHECK static enum err find_kind(struct about *x, enum value_kind kind, str canonical,
				     struct why *why)
{
	struct value_about *o = &x->out;
	uint64_t hash = value_hash(store_value_key(x->in->store), kind, canonical);
	enum err err = store_mentions(x->in->store, x->a, x->v, &hash, 1, NULL, 0, RECORDS_MOST,
				      &o->records, &o->n_records, &o->all_records, why);

	if (!err)
		err = keep_shown(x, o->records, &o->n_records, hash, why);
	o->kind = kind;
	o->canonical = canonical;
	o->hash = hash;
	return err;
}

static void fill_lists(struct about *x)
{
	struct value_about *o = &x->out;
	str names[LISTS_MOST];

	if (o->kind == VALUE_NONE || !x->in->wellknown)
		return;
	o->n_lists = wellknown_lists(x->in->wellknown, o->kind, o->canonical, names, LISTS_MOST);
	o->lists = arena_array(x->a, str, o->n_lists);
	for (size_t i = 0; i < o->n_lists; i++)
		o->lists[i] = names[i];
}

/* As a text without shape: the first kind under which something is known. */
MUST_CHECK static enum err find_shapeless(struct about *x, str text, struct why *why)
{
	enum err err = ERR_OK;
	str canonical;

	for (size_t i = 0; i < ARRAY_LEN(shapeless) && !err; i++) {
		if (value_canonical(x->a, shapeless[i], text, &canonical, NULL))
			continue;
		err = find_kind(x, shapeless[i], canonical, why);
		if (x->out.n_records)
			return err;
	}
	x->out.kind = VALUE_NONE;
	return err;
}

enum err intel_about(const struct intel *in, struct arena *a, const struct view *v,
		     enum value_kind kind, str text, struct value_about *ret, struct why *why)
{
	struct about x = {.in = in, .a = a, .v = v};
	str canonical = STR_NULL;
	enum err err = ERR_OK;

	x.out.all_records = x.out.all_sightings = true;
	if (text.n > URL_BYTES)
		kind = VALUE_NONE;
	else if (kind != VALUE_NONE && value_canonical(a, kind, text, &canonical, NULL))
		kind = VALUE_NONE;
	else if (kind == VALUE_NONE)
		kind = value_guess_clean(a, value_refang(a, text), &canonical);
	if (kind != VALUE_NONE)
		err = find_kind(&x, kind, canonical, why);
	else if (text.n <= URL_BYTES)
		err = find_shapeless(&x, text, why);
	if (!err)
		err = find_sightings(&x, why);
	if (err)
		return err;
	fill_lists(&x);
	*ret = x.out;
	return ERR_OK;
}

enum err intel_sighted(const struct intel *in, const struct view *v, const struct value_mention *m,
		       size_t n, struct sighted *ret, struct why *why)
{
	for (size_t i = 0; i < n; i += CHUNK) {
		size_t most = n - i < CHUNK ? n - i : CHUNK;
		int64_t keys[CHUNK];
		ARENA(a, 0);
		struct record *r = arena_array(&a, struct record, most);
		struct uuid of;
		enum err err;

		for (size_t k = 0; k < most; k++)
			keys[k] = m[i + k].key;
		err = store_read(in->store, &a, v, keys, most, true, r, why);
		if (err)
			return err;
		for (size_t k = 0; k < most; k++) {
			struct sighted *s = &ret[i + k];
			struct json body;

			*s = (struct sighted){m[i + k].dated_us, m[i + k].dated_us, 1};
			if (!r[k].key || json_parse(&a, r[k].body, NULL, &body, NULL))
				continue;
			sighting_times(&a, &r[k], &s->first_us, &s->last_us, &of);
			s->count = json_get_i64(&body, "count", 1);
			if (s->count < 0 || s->count > 999999999) /* STIX 2.1 5.2 */
				s->count = 1;
		}
	}
	return ERR_OK;
}
