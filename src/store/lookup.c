// SPDX-License-Identifier: Apache-2.0
/* lookup: which visible records mention a value, and how many: candidates from the index, then the
 * few columns of their holdings that decide. */
#include "store/records_internal.h"

#define HASHES_MAX 100000u
#define CHUNK 16384u /* holdings read at a time for the mentions of a value */

struct light {
	size_t at;
	int64_t rec, pos, team, label, time, dated;
	int32_t type;
	uint32_t flags;
	struct uuid uid;
	bool own_form;
};
#define LIGHT_COLUMNS                                                                              \
	"h.id, h.flags, h.team, h.pos, h.uid, h.type, h.label, h.modified, h.source_modified, "    \
	"h.form, h.created"
#define LIGHT_WIDTH 11

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
			      .time = source ? source : db_int(r, 7),
			      .dated = source ? source : db_int(r, 10),
			      .own_form = db_int(r, 9) == FORM_OWN};
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
		for (size_t i = (size_t)db_int(r, LIGHT_WIDTH); i < m && hits[i].rec == x.rec;
		     i++) {
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
		x.at = (size_t)db_int(r, LIGHT_WIDTH) - 1;
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

/* Sorted by id; the best holding of each id stays, then the newest come first. */
static size_t best_of(const struct lookup *l, struct light *x, size_t n)
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
	if (m)
		qsort(x, m, sizeof *x, by_newest);
	return m;
}

/* What another team says of its own may stand in what does not leave it. */
static bool is_doubtful(const struct view *v, const struct light *x)
{
	if (x->own_form && !v->all && x->team != v->team) /* gate */
		return true;
	return false;
}

static struct value_hit hit_of(struct lookup *l, struct light *x, size_t n, size_t limit)
{
	size_t m = best_of(l, x, n), doubtful = 0;
	struct value_hit hit = {.n = m < limit ? m : limit};
	hit.keys = arena_array(l->a, int64_t, hit.n);
	for (size_t i = 0; i < hit.n; i++)
		hit.keys[i] = x[i].rec;
	for (size_t i = hit.n; i < m; i++)
		doubtful += is_doubtful(l->v, &x[i]);
	hit.count = (int64_t)(m - doubtful);
	hit.n_doubtful = doubtful < VALUE_DOUBTFUL ? doubtful : VALUE_DOUBTFUL;
	hit.doubtful = arena_array(l->a, int64_t, hit.n_doubtful);
	for (size_t i = hit.n, k = 0; k < hit.n_doubtful; i++) {
		if (is_doubtful(l->v, &x[i]))
			hit.doubtful[k++] = x[i].rec;
	}
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

/* ---- every mention ---- */

static int by_number(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;
	return (*a > *b) - (*a < *b);
}

/* Columns of keys from..to; they live until the chunk is done. */
static enum err look_chunk(struct lookup *l, struct db *db, const int64_t *keys, size_t n,
			   struct why *why)
{
	ARENA(a, 0);
	struct db_value *v = arena_array(&a, struct db_value, n);
	struct db_rows *r;
	for (size_t i = 0; i < n; i++) /* the newest first: nearly the order that is wanted */
		v[i] = DBI(keys[n - 1 - i]);
	enum err e = db_query_rows(db,
				   "SELECT " LIGHT_COLUMNS " FROM hk_rows(?1) x "
				   "CROSS JOIN holding h ON h.id = x.c0",
				   v, 1, n, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		struct light x = light_row(r);
		look(l, &x);
	}
	return db_end(r, why);
}

static enum err sqlite_mentions(struct lookup *l, struct db *db, const uint64_t *sorted, size_t n,
				size_t most, struct why *why)
{
	struct index_hit *hits;
	size_t m, distinct = 0;
	enum err e = runs_find(l->s, db, false, INDEX_VALUE, sorted, n, l->a, &hits, &m, why);
	int64_t *keys = arena_array(l->a, int64_t, e ? 0 : m);
	for (size_t i = 0; i < m && !e; i++)
		keys[i] = hits[i].rec;
	if (!e && m)
		qsort(keys, m, sizeof *keys, by_number);
	for (size_t i = 0; i < m && !e; i++) {
		if (!distinct || keys[distinct - 1] != keys[i])
			keys[distinct++] = keys[i];
	}
	/* the newest are enough where there are more than asked for */
	for (size_t end = distinct, from; end && !e && l->seen.n <= most; end = from) {
		from = end > CHUNK ? end - CHUNK : 0;
		e = look_chunk(l, db, keys + from, end - from, why);
	}
	return e;
}

static enum err postgres_mentions(struct lookup *l, struct db *db, const uint64_t *sorted, size_t n,
				  size_t most, struct why *why)
{
	struct db_value v = db_int_array(l->a, (const int64_t *)sorted, n);
	int64_t before = 0;
	struct db_rows *r;
	enum err e = db_query(db,
			      "SELECT " LIGHT_COLUMNS " FROM mention m JOIN holding h "
			      "ON h.id = m.rec WHERE m.hash = ANY(?1::bigint[]) ORDER BY h.id DESC",
			      &v, 1, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		struct light x = light_row(r);
		if (x.rec != before && l->seen.n <= most)
			look(l, &x);
		before = x.rec;
	}
	return db_end(r, why);
}

static int by_hash(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;
	return (*a > *b) - (*a < *b);
}

/* Only what others hold too can stand there twice. */
static void drop_seconds(struct lookup *l)
{
	ARENA(a, 0);
	struct light *shared = arena_array(&a, struct light, l->seen.n);
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < l->seen.n; i++) {
		if (l->seen.p[i].flags & RECORD_SHARED)
			shared[n++] = l->seen.p[i];
		else
			l->seen.p[kept++] = l->seen.p[i];
	}
	if (n)
		qsort(shared, n, sizeof *shared, by_at_uid);
	n = best_of(l, shared, n);
	if (n)
		memcpy(l->seen.p + kept, shared, n * sizeof *shared);
	l->seen.n = kept + n;
}

static void newest_first(struct lookup *l)
{
	ARENA(a, 0);
	size_t n = l->seen.n, i = 1;
	while (i < n && l->seen.p[i - 1].pos > l->seen.p[i].pos)
		i++;
	if (i >= n)
		return;
	struct index_entry *e = arena_array(&a, struct index_entry, n);
	struct light *copy = arena_array(&a, struct light, n);
	memcpy(copy, l->seen.p, n * sizeof *copy);
	for (i = 0; i < n; i++) /* positions are microseconds: 51 bits */
		e[i] = (struct index_entry){~((uint64_t)copy[i].pos << 12), (int64_t)i};
	entries_sort(&a, e, n);
	for (i = 0; i < n; i++)
		l->seen.p[i] = copy[e[i].rec];
}

enum err store_mentions(struct store *s, struct arena *a, const struct view *v,
			const uint64_t *hashes, size_t n, const int32_t *types, size_t n_types,
			size_t most, struct value_mention **ret, size_t *ret_n, bool *ret_all,
			struct why *why)
{
	if (n > HASHES_MAX)
		return why_set(why, ERR_LIMIT, "more than %u values in one lookup", HASHES_MAX);
	ARENA(own, 0);
	struct lookup l = {.s = s, .a = &own, .v = v, .types = types, .n_types = n_types};
	uint64_t *sorted = arena_array(&own, uint64_t, n);
	size_t distinct = 0;
	if (n) {
		memcpy(sorted, hashes, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, by_hash);
	}
	for (size_t i = 0; i < n; i++) {
		if (!distinct || sorted[distinct - 1] != sorted[i])
			sorted[distinct++] = sorted[i];
	}
	struct db *db = store_reader_get(s);
	enum err e = s->postgres ? postgres_mentions(&l, db, sorted, distinct, most, why)
				 : sqlite_mentions(&l, db, sorted, distinct, most, why);
	store_reader_put(s, db);
	if (e)
		return e;
	drop_seconds(&l);
	newest_first(&l);
	size_t m = l.seen.n;
	*ret_all = m <= most;
	*ret_n = m < most ? m : most;
	*ret = arena_array(a, struct value_mention, *ret_n);
	for (size_t i = 0; i < *ret_n; i++) {
		const struct light *x = &l.seen.p[i];
		(*ret)[i] = (struct value_mention){x->rec,   x->team, x->label, x->pos,
						   x->dated, x->uid,  x->type,  is_doubtful(v, x)};
	}
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
