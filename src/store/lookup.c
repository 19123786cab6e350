// SPDX-License-Identifier: Apache-2.0
/* lookup: which visible records mention a value, and how many: candidates from the index, then the
 * few columns of their holdings that decide. */
#include "store/records_internal.h"

#define HASHES_MAX 100000u

struct light {
	size_t at;
	int64_t rec, pos, team, label, time;
	int32_t type;
	uint32_t flags;
	struct uuid uid;
};
#define LIGHT_COLUMNS                                                                              \
	"h.id, h.flags, h.team, h.pos, h.uid, h.type, h.label, h.modified, h.source_modified"

static struct light light_row(struct db_rows *r)
{
	int64_t source = db_int(r, 8);
	return (struct light){.rec = db_int(r, 0),
			      .flags = (uint32_t)db_int(r, 1),
			      .team = db_int(r, 2),
			      .pos = db_int(r, 3),
			      .uid = db_uuid(r, 4),
			      .type = (int32_t)db_int(r, 5),
			      .label = db_int(r, 6),
			      .time = source ? source : db_int(r, 7)};
}

struct lookup {
	struct store *s;
	struct arena *a;
	const struct view *v;
	int64_t team;
	const int32_t *types;
	size_t n_types;
	VEC(struct light) seen; /* visible, wanted */
};

static void look(struct lookup *l, const struct light *x)
{
	if (!x->pos || (x->flags & RECORD_REVOKED) || !view_has(l->v, x->label) ||
	    (l->team && x->team != l->team)) /* gate */
		return;
	bool wanted = l->n_types == 0;
	for (size_t i = 0; i < l->n_types; i++)
		wanted = wanted || l->types[i] == x->type;
	if (wanted)
		vec_add(l->a, &l->seen, *x);
}

static int by_rec(const void *x, const void *y)
{
	const struct index_hit *a = x, *b = y;
	if (a->rec != b->rec)
		return a->rec < b->rec ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static enum err sqlite_look(struct lookup *l, struct db *db, const uint64_t *sorted, size_t n,
			    struct why *why)
{
	struct index_hit *hits;
	size_t m;
	enum err e = runs_find(l->s, db, false, INDEX_VALUE, sorted, n, l->a, &hits, &m, why);
	if (e || !m)
		return e;
	qsort(hits, m, sizeof *hits, by_rec); /* neighbours share pages */
	struct db_value *v = arena_array(l->a, struct db_value, 2 * m);
	size_t distinct = 0;
	for (size_t i = 0; i < m; i++) {
		if (i && hits[i].rec == hits[i - 1].rec)
			continue;
		v[2 * distinct] = DBI(hits[i].rec);
		v[2 * distinct++ + 1] = DBI(i);
	}
	struct db_rows *r;
	e = db_query_rows(db,
			  "SELECT " LIGHT_COLUMNS ", x.c1 FROM hk_rows(?1) x "
			  "CROSS JOIN holding h ON h.id = x.c0",
			  v, 2, distinct, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		struct light x = light_row(r);
		for (size_t i = (size_t)db_int(r, 9); i < m && hits[i].rec == x.rec; i++) {
			x.at = hits[i].at;
			look(l, &x);
		}
	}
	return db_end(r, why);
}

static enum err postgres_look(struct lookup *l, struct db *db, const uint64_t *sorted, size_t n,
			      struct why *why)
{
	struct db_value v = db_int_array(l->a, (const int64_t *)sorted, n);
	struct db_rows *r;
	enum err e = db_query(db,
			      "SELECT " LIGHT_COLUMNS
			      ", x.at FROM unnest(?1::bigint[]) WITH ORDINALITY x(hash, at) "
			      "JOIN mention m ON m.hash = x.hash JOIN holding h ON h.id = m.rec",
			      &v, 1, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		struct light x = light_row(r);
		x.at = (size_t)db_int(r, 9) - 1;
		look(l, &x);
	}
	return db_end(r, why);
}

static int by_at_uid(const void *x, const void *y)
{
	const struct light *a = x, *b = y;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	int c = memcmp(a->uid.b, b->uid.b, sizeof a->uid.b);
	return c ? c : (a->rec > b->rec) - (a->rec < b->rec);
}

static int by_newest(const void *x, const void *y)
{
	const struct light *a = x, *b = y;
	return (a->pos < b->pos) - (a->pos > b->pos);
}

static bool light_better(const struct light *a, const struct light *b, int64_t team)
{
	if (team && (a->team == team) != (b->team == team))
		return a->team == team;
	if ((a->flags ^ b->flags) & RECORD_VERIFIED)
		return (a->flags & RECORD_VERIFIED) != 0;
	return a->time != b->time ? a->time > b->time : a->rec < b->rec;
}

/* One hash: sorted by id; the best holding of each id stays, then the newest come first. */
static struct value_hit hit_of(struct lookup *l, struct light *x, size_t n, size_t limit)
{
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (m && uuid_eq(x[m - 1].uid, x[i].uid)) {
			if (light_better(&x[i], &x[m - 1], l->v->team))
				x[m - 1] = x[i];
		} else {
			x[m++] = x[i];
		}
	}
	struct value_hit hit = {.count = (int64_t)m, .n = m < limit ? m : limit};
	qsort(x, m, sizeof *x, by_newest);
	hit.keys = arena_array(l->a, int64_t, hit.n);
	for (size_t i = 0; i < hit.n; i++)
		hit.keys[i] = x[i].rec;
	return hit;
}

enum err store_lookup(struct store *s, struct arena *a, const struct view *v,
		      const uint64_t *hashes, size_t n, int64_t team, const int32_t *types,
		      size_t n_types, size_t limit, struct value_hit *ret, struct why *why)
{
	if (n > HASHES_MAX)
		return why_set(why, ERR_LIMIT, "more than %u values in one lookup", HASHES_MAX);
	struct lookup l = {
	    .s = s, .a = a, .v = v, .team = team, .types = types, .n_types = n_types};
	struct index_entry *ha = arena_array(a, struct index_entry, n);
	uint64_t *sorted = arena_array(a, uint64_t, n);
	size_t *back = arena_array(a, size_t, n), m = 0;
	for (size_t i = 0; i < n; i++)
		ha[i] = (struct index_entry){hashes[i], (int64_t)i};
	entries_sort(a, ha, n);
	for (size_t i = 0; i < n; i++) { /* each value once */
		if (i == 0 || ha[i].h != ha[i - 1].h)
			sorted[m++] = ha[i].h;
		back[ha[i].rec] = m - 1;
	}
	struct db *db = store_reader_get(s);
	enum err e = s->postgres ? postgres_look(&l, db, sorted, m, why)
				 : sqlite_look(&l, db, sorted, m, why);
	store_reader_put(s, db);
	if (e)
		return e;
	struct value_hit *hits = arena_array(a, struct value_hit, m);
	if (l.seen.n)
		qsort(l.seen.p, l.seen.n, sizeof *l.seen.p, by_at_uid);
	for (size_t i = 0, k; i < l.seen.n; i = k) {
		for (k = i; k < l.seen.n && l.seen.p[k].at == l.seen.p[i].at;)
			k++;
		hits[l.seen.p[i].at] = hit_of(&l, l.seen.p + i, k - i, limit);
	}
	for (size_t i = 0; i < n; i++)
		ret[i] = hits[back[i]];
	return ERR_OK;
}

enum err index_has(struct store *s, struct db *db, enum index_kind kind, uint64_t h, int64_t rec,
		   bool *ret, struct why *why)
{
	int64_t n = 0;
	if (s->postgres && kind == INDEX_UID) { /* a B-tree that the database itself keeps */
		*ret = true;
		return ERR_OK;
	}
	if (s->postgres) {
		enum err e =
		    db_get_int(db, "SELECT count(*) FROM mention WHERE hash = ?1 AND rec = ?2",
			       DBARGS(DBI(h), DBI(rec)), &n, why);
		*ret = n > 0;
		return e;
	}
	ARENA(a, 0);
	struct index_hit *hits;
	size_t m;
	enum err e = runs_find(s, db, false, kind, &h, 1, &a, &hits, &m, why);
	for (size_t i = 0; i < m && !e; i++)
		n += hits[i].rec == rec;
	*ret = n > 0;
	return e;
}
