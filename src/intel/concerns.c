// SPDX-License-Identifier: Apache-2.0
/* concerns: which values of a warning a team has met. Its own reports, incidents, sightings and
 * assets are found through the index, directly or through an indicator they are linked to; its
 * networks and domains are compared. Values that point at nobody are left out before anything is
 * asked. */
#include <stdlib.h>

#include "base/vec.h"
#include "intel/intel_internal.h"
#include "intel/value_internal.h"

#define RECORDS_MOST 20  /* own records shown for a value and reason */
#define CARRIERS_MOST 50 /* indicators with the value whose links are followed */

static const str reasons[] = {
    [CONCERN_REPORT] = STR_INIT("report"),     [CONCERN_INCIDENT] = STR_INIT("incident"),
    [CONCERN_SIGHTING] = STR_INIT("sighting"), [CONCERN_RANGE] = STR_INIT("range"),
    [CONCERN_DOMAIN] = STR_INIT("domain"),     [CONCERN_ASSET] = STR_INIT("asset"),
};

/* Own records of these types make a value concern a team. */
static const struct {
	str type;
	enum concern_reason reason;
} sources[] = {
    {STR_INIT("x-hikeshi-report"), CONCERN_REPORT},
    {STR_INIT("x-hikeshi-incident"), CONCERN_INCIDENT},
    {STR_INIT("sighting"), CONCERN_SIGHTING},
    {STR_INIT("x-hikeshi-asset"), CONCERN_ASSET},
};

static const str carriers[] = {STR_INIT("indicator"),   STR_INIT("x-hikeshi-observable"),
			       STR_INIT("ipv4-addr"),   STR_INIT("ipv6-addr"),
			       STR_INIT("domain-name"), STR_INIT("url"),
			       STR_INIT("email-addr"),  STR_INIT("file")};

str concern_reason_name(enum concern_reason r)
{
	return (size_t)r < ARRAY_LEN(reasons) ? reasons[r] : STR_NULL;
}

/* One value of the warning and what the index says about it. */
struct asked {
	enum value_kind kind;
	str canonical;
	uint64_t hash;
	const struct record *indicator;
	struct value_hit own, carried; /* own records; indicators that carry it */
	VEC(int64_t) linked; /* own records linked to a carrier or to the indicator itself */
};

struct search {
	const struct intel *in;
	struct arena *a;
	const struct view *v;
	int64_t team;
	const struct team_ranges *ranges;
	VEC(struct asked) asked;
	int32_t types[ARRAY_LEN(sources)]; /* word codes of sources, 0: unknown here */
	VEC(struct concern) out;
};

/* ---- what is asked ------------------------------------------------------------------- */

MUST_CHECK static enum err collect(struct search *s, const struct record *indicators, size_t n,
				   struct why *why)
{
	struct u64map seen;
	enum err err = ERR_OK;

	u64map_init(&seen);
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		struct record_value *values;
		size_t m;

		if (indicators[i].key == 0 || indicators[i].body.n == 0)
			continue;
		err = intel_record_values(s->a, s->in->catalog, store_value_key(s->in->store),
					  &indicators[i], &values, &m, why);
		for (size_t j = 0; err == ERR_OK && j < m; j++) {
			bool fresh;

			if (s->in->wellknown &&
			    wellknown_is(s->in->wellknown, values[j].kind, values[j].canonical))
				continue;
			(void)u64map_put(&seen, values[j].hash, &fresh);
			if (fresh)
				vec_add(s->a, &s->asked,
					(struct asked){.kind = values[j].kind,
						       .canonical = values[j].canonical,
						       .hash = values[j].hash,
						       .indicator = &indicators[i]});
		}
	}
	u64map_done(&seen);
	return err;
}

/* ---- the index -------------------------------------------------------------------------- */

static size_t word_codes(struct store *store, const str *words, size_t n, int32_t *ret)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t code = word_find(store, words[i]);

		if (code)
			ret[m++] = code;
	}
	return m;
}

MUST_CHECK static enum err ask_index(struct search *s, struct why *why)
{
	size_t n = s->asked.n, n_own = 0, n_carriers;
	int32_t own[ARRAY_LEN(sources)], codes[ARRAY_LEN(carriers)];
	uint64_t *hashes = arena_array(s->a, uint64_t, n);
	struct value_hit *hits = arena_array(s->a, struct value_hit, n);
	struct value_hit *carried = arena_array(s->a, struct value_hit, n);
	enum err err = ERR_OK;

	for (size_t i = 0; i < n; i++)
		hashes[i] = s->asked.p[i].hash;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		s->types[i] = word_find(s->in->store, sources[i].type);
		if (s->types[i])
			own[n_own++] = s->types[i];
	}
	n_carriers = word_codes(s->in->store, carriers, ARRAY_LEN(carriers), codes);
	if (n_own)
		err = store_lookup(s->in->store, s->a, s->v, hashes, n, s->team, own, n_own,
				   RECORDS_MOST * ARRAY_LEN(sources), hits, why);
	if (err == ERR_OK && n_carriers)
		err = store_lookup(s->in->store, s->a, s->v, hashes, n, 0, codes, n_carriers,
				   CARRIERS_MOST, carried, why);
	for (size_t i = 0; err == ERR_OK && i < n; i++) {
		s->asked.p[i].own = hits[i];
		s->asked.p[i].carried = carried[i];
	}
	return err;
}

/* ---- links ---------------------------------------------------------------------------------- */

/* An id that carries a value, and which of the asked values that is. */
struct carrier {
	struct uuid id;
	size_t asked;
};

static int compare_carriers(const void *a, const void *b)
{
	return memcmp(((const struct carrier *)a)->id.b, ((const struct carrier *)b)->id.b, 16);
}

/* Every own record that links to a carrier is a candidate for the carrier's values. */
static void join_links(struct search *s, const struct carrier *c, size_t n,
		       const struct link *links, size_t m)
{
	for (size_t i = 0; i < m; i++) {
		size_t lo = 0, hi = n;

		if (links[i].team != s->team)
			continue;
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (memcmp(c[mid].id.b, links[i].dst.b, 16) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < n && uuid_eq(c[lo].id, links[i].dst); lo++)
			vec_add(s->a, &s->asked.p[c[lo].asked].linked, links[i].src_key);
	}
}

/* Own sightings of the carriers, found by what they refer to. ids are distinct and sorted like c.
 */
MUST_CHECK static enum err join_sightings(struct search *s, const struct carrier *c, size_t n,
					  const struct uuid *ids, size_t n_ids, struct why *why)
{
	uint64_t *hashes = arena_array(s->a, uint64_t, n_ids);
	struct value_hit *hits = arena_array(s->a, struct value_hit, n_ids);
	int32_t sighting = word_find(s->in->store, STR("sighting"));
	size_t at = 0;
	enum err err;

	if (!sighting || !n_ids)
		return ERR_OK;
	for (size_t i = 0; i < n_ids; i++)
		hashes[i] = intel_ref_hash(store_value_key(s->in->store), ids[i]);
	err = store_lookup(s->in->store, s->a, s->v, hashes, n_ids, s->team, &sighting, 1,
			   RECORDS_MOST, hits, why);
	for (size_t i = 0; i < n_ids && err == ERR_OK; i++)
		for (; at < n && uuid_eq(c[at].id, ids[i]); at++)
			for (size_t k = 0; k < hits[i].n; k++)
				vec_add(s->a, &s->asked.p[c[at].asked].linked, hits[i].keys[k]);
	return err;
}

MUST_CHECK static enum err ask_links(struct search *s, struct why *why)
{
	VEC(struct carrier) c = {0};
	VEC(int64_t) keys = {0};
	struct link *links;
	struct bodies b;
	size_t m, n_ids = 0;
	enum err err;

	for (size_t i = 0; i < s->asked.n; i++) {
		for (size_t j = 0; j < s->asked.p[i].carried.n; j++)
			vec_add(s->a, &keys, s->asked.p[i].carried.keys[j]);
	}
	err = bodies_read(s->in, s->a, s->v, keys.p, keys.n, &b, why);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < s->asked.n; i++) {
		struct asked *q = &s->asked.p[i];

		vec_add(s->a, &c, (struct carrier){q->indicator->uid, i});
		for (size_t j = 0; j < q->carried.n; j++) {
			size_t at = bodies_index(&b, q->carried.keys[j]);

			if (bodies_hold(&b, at, q->hash) &&
			    !uuid_eq(b.records[at].uid, q->indicator->uid))
				vec_add(s->a, &c, (struct carrier){b.records[at].uid, i});
		}
	}
	bodies_done(&b);
	if (c.n)
		qsort(c.p, c.n, sizeof(*c.p), compare_carriers);
	struct uuid *ids = arena_array(s->a, struct uuid, c.n);

	for (size_t i = 0; i < c.n; i++) {
		if (n_ids == 0 || !uuid_eq(ids[n_ids - 1], c.p[i].id))
			ids[n_ids++] = c.p[i].id;
	}
	err = n_ids ? store_links_to(s->in->store, s->a, ids, n_ids, &links, &m, why) : ERR_OK;
	if (err == ERR_OK && n_ids)
		join_links(s, c.p, c.n, links, m);
	return err != ERR_OK ? err : join_sightings(s, c.p, c.n, ids, n_ids, why);
}

/* ---- answers ------------------------------------------------------------------------------------
 */

static struct concern *concern_for(struct search *s, const struct asked *q,
				   enum concern_reason reason)
{
	for (size_t i = s->out.n; i-- > 0;) { /* those of one value stand together at the end */
		struct concern *c = &s->out.p[i];

		if (c->kind != q->kind || !str_eq(c->canonical, q->canonical))
			break;
		if (c->reason == reason)
			return c;
	}
	vec_add(s->a, &s->out,
		(struct concern){.kind = q->kind,
				 .canonical = q->canonical,
				 .indicator = q->indicator->uid,
				 .indicator_type =
				     arena_str(s->a, word_text(s->in->store, q->indicator->type)),
				 .reason = reason});
	return &s->out.p[s->out.n - 1];
}

static void add_record(struct search *s, const struct asked *q, enum concern_reason reason,
		       const struct record *r)
{
	struct concern *c = concern_for(s, q, reason);
	int64_t first = r->created_us, last = r->created_us;
	struct uuid of;

	if (reason == CONCERN_SIGHTING)
		sighting_times(s->a, r, &first, &last, &of);
	for (size_t i = 0; i < c->n_records; i++) {
		if (c->records[i].key == r->key)
			return;
	}
	if (c->first_us == 0 || first < c->first_us)
		c->first_us = first;
	if (last > c->last_us)
		c->last_us = last;
	if (!c->records)
		c->records = arena_array(s->a, struct record, RECORDS_MOST);
	if (c->n_records < RECORDS_MOST)
		c->records[c->n_records++] = *r;
}

/* Own records, each confirmed: in its body, or (a sighting, a linked one) by what it points at. */
static void answer_records(struct search *s, const struct asked *q, const struct bodies *b)
{
	for (size_t i = 0; i < q->own.n + q->linked.n; i++) {
		bool linked = i >= q->own.n;
		size_t at = bodies_index(b, linked ? q->linked.p[i - q->own.n] : q->own.keys[i]);

		if (at == SIZE_MAX || b->records[at].team != s->team ||
		    (b->records[at].flags & RECORD_REVOKED))
			continue;
		for (size_t t = 0; t < ARRAY_LEN(sources); t++) {
			if (s->types[t] == 0 || s->types[t] != b->records[at].type)
				continue;
			if (linked || sources[t].reason == CONCERN_SIGHTING ||
			    bodies_hold(b, at, q->hash))
				add_record(s, q, sources[t].reason, &b->records[at]);
		}
	}
}

static void answer_ranges(struct search *s, const struct asked *q)
{
	struct net n;
	str host = value_host(q->kind, q->canonical);

	if (!s->ranges)
		return;
	if (net_parse(host.n ? host : q->canonical, &n) == ERR_OK) {
		for (size_t i = 0; i < s->ranges->n_nets; i++) {
			if (net_contains(&s->ranges->nets[i], &n)) {
				(void)concern_for(s, q, CONCERN_RANGE);
				return;
			}
		}
		return;
	}
	for (size_t i = 0; host.n && i < s->ranges->n_domains; i++) {
		if (domain_within(host, s->ranges->domains[i])) {
			(void)concern_for(s, q, CONCERN_DOMAIN);
			return;
		}
	}
}

MUST_CHECK static enum err answer(struct search *s, struct why *why)
{
	VEC(int64_t) keys = {0};
	struct bodies b;
	enum err err;

	for (size_t i = 0; i < s->asked.n; i++) {
		const struct asked *q = &s->asked.p[i];

		for (size_t j = 0; j < q->own.n; j++)
			vec_add(s->a, &keys, q->own.keys[j]);
		for (size_t j = 0; j < q->linked.n; j++)
			vec_add(s->a, &keys, q->linked.p[j]);
	}
	err = bodies_read(s->in, s->a, s->v, keys.p, keys.n, &b, why);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < s->asked.n; i++) {
		answer_records(s, &s->asked.p[i], &b);
		answer_ranges(s, &s->asked.p[i]);
	}
	bodies_done(&b);
	return ERR_OK;
}

enum err intel_concerns(const struct intel *in, struct arena *a, const struct view *v, int64_t team,
			const struct team_ranges *ranges, const struct record *indicators, size_t n,
			struct concern **ret, size_t *ret_n, struct why *why)
{
	struct search s = {.in = in, .a = a, .v = v, .team = team, .ranges = ranges};
	enum err err = collect(&s, indicators, n, why);

	if (err == ERR_OK && s.asked.n)
		err = ask_index(&s, why);
	if (err == ERR_OK && s.asked.n)
		err = ask_links(&s, why);
	if (err == ERR_OK && s.asked.n)
		err = answer(&s, why);
	if (err == ERR_OK && arena_over(a))
		err = why_set(why, ERR_LIMIT, "too many records concern this warning");
	if (err != ERR_OK)
		return err;
	*ret = s.out.p;
	*ret_n = s.out.n;
	return ERR_OK;
}
