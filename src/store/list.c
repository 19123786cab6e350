// SPDX-License-Identifier: Apache-2.0
/* list: pages by position under a view. scan walks the order of a type and keeps what stands on a
 * visible shelf; merge takes the newest of many shelves through a heap whose heads are looked up
 * only when they come to the top. Which is cheaper is known from counts; a scan that runs over its
 * budget goes on as merge. SQL decides nothing: it walks positions. */
#include "store/list_internal.h"

#define SCAN_BUDGET 20000
#define HEAD_CHUNK 16u
#define BATCH_MAX 256u
#define LIMIT_MAX 1000u

static bool word_in(const int32_t *v, size_t n, int64_t x)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] == x)
			return true;
	}
	return false;
}

static bool flags_fit(const struct list_query *q, int64_t flags)
{
	bool exercise = (flags & RECORD_EXERCISE) != 0;
	if ((flags & RECORD_REVOKED) && !q->with_revoked)
		return false;
	return exercise ? q->only_exercise || q->with_exercise : !q->only_exercise;
}

static bool key_fits(const struct list *l, const struct shelf_key *k)
{
	const struct list_query *q = l->q;
	if (!view_has(l->v, k->label) || !flags_fit(q, k->flags)) /* gate */
		return false;
	if (q->n_states && !word_in(q->states, q->n_states, k->state))
		return false;
	if (q->n_severities && !word_in(q->severities, q->n_severities, k->severity))
		return false;
	if (q->n_labels &&
	    (k->label >= l->n_label_bits || !(l->label_bits[k->label / 64] >> (k->label % 64) & 1)))
		return false;
	if (!q->team && !q->not_team)
		return true;
	const struct label *label = label_get(l->s, k->label);
	int64_t team = label ? label->holder : 0;
	return (!q->team || team == q->team) && (!q->not_team || team != q->not_team);
}

bool list_record_fits(const struct list *l, const struct record *r)
{
	struct shelf_key k = {r->type, r->label, r->state, r->severity, r->flags & SHELF_FLAGS};
	return word_in(l->q->types, l->q->n_types, r->type) && key_fits(l, &k) &&
	       (!l->q->parent || r->parent == l->q->parent);
}

static bool keep_shelf(void *ctx, const struct shelf *sh)
{
	struct list *l = ctx;
	if (!word_in(l->q->types, l->q->n_types, sh->key.type))
		return false;
	l->total += sh->n;
	return key_fits(l, &sh->key);
}

void list_choose(struct list *l)
{
	const struct list_query *q = l->q;
	for (size_t i = 0; i < q->n_labels; i++) {
		if (q->labels[i] >= l->n_label_bits)
			l->n_label_bits = q->labels[i] + 1;
	}
	l->label_bits = arena_array(l->a, uint64_t, (size_t)l->n_label_bits / 64 + 1);
	for (size_t i = 0; i < q->n_labels; i++) {
		if (q->labels[i] > 0)
			l->label_bits[q->labels[i] / 64] |= UINT64_C(1) << (q->labels[i] % 64);
	}
	l->n_shelves = shelves_choose(l->s, l->a, keep_shelf, l, &l->shelves);
	for (size_t i = 0; i < l->n_shelves; i++) {
		if (l->shelves[i].id > l->max_shelf)
			l->max_shelf = l->shelves[i].id;
	}
	l->bits = arena_array(l->a, uint64_t, (size_t)l->max_shelf / 64 + 1);
	for (size_t i = 0; i < l->n_shelves; i++)
		l->bits[l->shelves[i].id / 64] |= UINT64_C(1) << (l->shelves[i].id % 64);
}

/* ---- streams: chunks of rows in order ---- */

#define ROWS_SQL(columns, table, key)                                                              \
	{                                                                                          \
		"SELECT " columns " FROM " table " WHERE " key                                     \
		" = ?1 AND pos < ?2 ORDER BY pos DESC LIMIT ?3",                                   \
		    "SELECT " columns " FROM " table " WHERE " key                                 \
		    " = ?1 AND pos > ?2 ORDER BY pos LIMIT ?3"                                     \
	}
static const char *const ord_sql[2] = ROWS_SQL("pos, rec, shelf", "ord", "type");
static const char *const shelved_sql[2] = ROWS_SQL("pos, rec, shelf", "shelved", "shelf");
static const char *const part_sql[2] = ROWS_SQL("pos, rec, 0", "part", "parent");

static enum err rows_read(struct list *l, const char *sql, int64_t key, int64_t at, struct row *ret,
			  size_t cap, size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(l->db, sql, DBARGS(DBI(key), DBI(at), DBI(cap)), &r, why);
	if (e)
		return e;
	size_t n = 0;
	while (n < cap && db_next(r))
		ret[n++] = (struct row){db_int(r, 0), db_int(r, 1), db_int(r, 2)};
	*ret_n = n;
	return db_end(r, why);
}

static enum err stream_fill(struct list *l, struct stream *st, struct why *why)
{
	if (st->i < st->n || st->end)
		return ERR_OK;
	st->i = 0;
	enum err e = rows_read(l, st->sql, st->key, st->at, st->rows, st->chunk, &st->n, why);
	if (e)
		return e;
	st->end = st->n < st->chunk;
	if (st->n)
		st->at = st->rows[st->n - 1].pos;
	if (st->chunk < SCAN_CHUNK)
		st->chunk *= 2;
	return ERR_OK;
}

static bool before(const struct list *l, int64_t a, int64_t b)
{
	return l->q->ascending ? a < b : a > b;
}

static void streams_start(struct list *l)
{
	const struct list_query *q = l->q;
	l->n_streams = q->parent ? 1 : q->n_types;
	l->streams = arena_array(l->a, struct stream, l->n_streams);
	for (size_t i = 0; i < l->n_streams; i++) {
		struct stream *st = &l->streams[i];
		st->sql = (q->parent ? part_sql : ord_sql)[q->ascending];
		st->key = q->parent ? q->parent : q->types[i];
		st->at = l->from;
		st->chunk = q->limit < 32 ? 64 : SCAN_CHUNK;
		for (size_t k = 0; k < i && !q->parent; k++) /* a type named twice */
			st->end = st->end || q->types[k] == q->types[i];
	}
}

/* The next row of all streams; *ret_end at the end. */
static enum err scan_next(struct list *l, struct row *ret, bool *ret_end, struct why *why)
{
	struct stream *best = NULL;
	for (size_t i = 0; i < l->n_streams; i++) {
		struct stream *st = &l->streams[i];
		enum err e = stream_fill(l, st, why);
		if (e)
			return e;
		if (st->i < st->n &&
		    (!best || before(l, st->rows[st->i].pos, best->rows[best->i].pos)))
			best = st;
	}
	*ret_end = !best;
	if (best)
		*ret = best->rows[best->i++];
	return ERR_OK;
}

/* ---- heap of shelves ---- */

static void heap_down(struct list *l, size_t i)
{
	for (;;) {
		size_t c = 2 * i + 1;
		if (c >= l->n_heap)
			return;
		if (c + 1 < l->n_heap && before(l, l->heap[c + 1]->pos, l->heap[c]->pos))
			c++;
		if (!before(l, l->heap[c]->pos, l->heap[i]->pos))
			return;
		struct head *t = l->heap[c];
		l->heap[c] = l->heap[i];
		l->heap[i] = t;
		i = c;
	}
}

static bool reaches(const struct list *l, const struct shelf *sh)
{
	return l->q->ascending ? sh->last > l->from : sh->first < l->from;
}

/* The first position the shelf can offer, not looked up yet. */
static int64_t bound(const struct list *l, const struct shelf *sh)
{
	if (l->q->ascending)
		return sh->first > l->from ? sh->first : l->from + 1;
	return sh->last < l->from ? sh->last : l->from - 1;
}

static void merge_start(struct list *l)
{
	struct head *heads = arena_array(l->a, struct head, l->n_shelves);
	l->heap = arena_array(l->a, struct head *, l->n_shelves + 1);
	l->n_heap = 0;
	for (size_t i = 0; i < l->n_shelves; i++) {
		if (!reaches(l, &l->shelves[i]))
			continue;
		heads[i].shelf = l->shelves[i].id;
		heads[i].pos = bound(l, &l->shelves[i]);
		l->heap[l->n_heap++] = &heads[i];
	}
	for (size_t i = l->n_heap / 2; i-- > 0;)
		heap_down(l, i);
	l->merging = true;
}

static enum err head_fill(struct list *l, struct head *h, int64_t from, struct why *why)
{
	if (!h->rows)
		h->rows = arena_array(l->a, struct row, HEAD_CHUNK);
	size_t want = h->open ? HEAD_CHUNK : 4;
	h->i = 0;
	h->open = true;
	enum err e =
	    rows_read(l, shelved_sql[l->q->ascending], h->shelf, from, h->rows, want, &h->n, why);
	h->last = h->n < want;
	if (!e && h->n)
		h->pos = h->rows[0].pos;
	return e;
}

static enum err merge_next(struct list *l, struct row *ret, bool *ret_end, struct why *why)
{
	int64_t step = l->q->ascending ? -1 : 1;
	while (l->n_heap) {
		struct head *h = l->heap[0];
		enum err e = ERR_OK;
		bool give = h->open && h->i < h->n;
		if (give) {
			*ret = h->rows[h->i++];
			l->from = ret->pos;
		}
		if (!h->open)
			e = head_fill(l, h, h->pos + step, why);
		else if (h->i == h->n && !h->last)
			e = head_fill(l, h, h->rows[h->n - 1].pos, why);
		if (e)
			return e;
		if (h->i < h->n)
			h->pos = h->rows[h->i].pos;
		else
			l->heap[0] = l->heap[--l->n_heap];
		heap_down(l, 0);
		if (give)
			return ERR_OK;
	}
	*ret_end = true;
	return ERR_OK;
}

/* ---- plans ---- */

static bool merge_is_cheaper(const struct list *l)
{
	int64_t visible = 0, spanning = 0, rest = 0, limit = (int64_t)l->q->limit;
	for (size_t i = 0; i < l->n_shelves; i++) {
		const struct shelf *sh = &l->shelves[i];
		visible += sh->n;
		if (!reaches(l, sh))
			continue;
		if (l->q->ascending ? sh->first <= l->from : sh->last >= l->from)
			spanning++;
		else
			rest++;
	}
	double lookups = (double)(spanning + (rest < limit ? rest : limit));
	double rows = visible ? (double)limit * (double)l->total / (double)visible : 1e18;
	double per_row = l->s->postgres ? 0.5 : 0.2, per_lookup = l->s->postgres ? 60 : 7;
	return per_lookup * lookups < per_row * rows;
}

static void plan_start(struct list *l, enum list_plan plan)
{
	l->from = l->q->ascending    ? l->q->after_pos
		  : l->q->before_pos ? l->q->before_pos
				     : INT64_MAX;
	l->budget = plan == LIST_SCAN || l->q->parent ? INT64_MAX : SCAN_BUDGET;
	if (!l->q->parent && (plan == LIST_MERGE || (plan == LIST_AUTO && merge_is_cheaper(l))))
		merge_start(l);
	else
		streams_start(l);
}

/* The next candidate by either plan. */
static enum err plan_next(struct list *l, struct row *ret, bool *ret_end, struct why *why)
{
	while (!l->merging) {
		struct row row;
		enum err e = scan_next(l, &row, ret_end, why);
		if (e || *ret_end)
			return e;
		l->from = row.pos;
		bool in = l->q->parent || (row.shelf <= l->max_shelf &&
					   (l->bits[row.shelf / 64] >> (row.shelf % 64) & 1));
		if (in) {
			*ret = row;
			return ERR_OK;
		}
		if (--l->budget <= 0)
			merge_start(l);
	}
	return merge_next(l, ret, ret_end, why);
}

/* ---- what is shown ---- */

enum err list_drop_second(struct list *l, struct holding *h, size_t n, struct why *why)
{
	struct uuid *ids = arena_array(l->a, struct uuid, n);
	size_t *at = arena_array(l->a, size_t, n), m = 0, n_hits = 0;
	struct uid_hit *hits = NULL;
	for (size_t i = 0; i < n; i++) {
		if (h[i].r.key && (h[i].r.flags & RECORD_SHARED)) {
			ids[m] = h[i].r.uid;
			at[m++] = i;
		}
	}
	if (!m)
		return ERR_OK;
	enum err e = holdings_of(l->s, l->db, false, l->a, ids, m, false, &hits, &n_hits, why);
	for (size_t i = 0; i < n_hits && !e; i++) {
		struct record *mine = &h[at[hits[i].at]].r;
		const struct record *other = &hits[i].h.r;
		if (mine->key && other->key != mine->key && other->pos &&
		    list_record_fits(l, other) && record_better(other, mine, l->v->team))
			mine->key = 0;
	}
	return e;
}

static enum err batch_read(struct list *l, const struct row *rows, size_t n, struct holding *h,
			   struct why *why)
{
	int64_t *keys = arena_array(l->a, int64_t, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = rows[i].rec;
	enum err e = holdings_get(l->db, l->a, keys, n, l->q->with_body, false, h, why);
	for (size_t i = 0; i < n && !e; i++) {
		/* it may have moved since its row was read, and its label with it */
		if (h[i].r.pos != rows[i].pos || !list_record_fits(l, &h[i].r))
			h[i].r.key = 0;
	}
	return e || l->q->every_lineage ? e : list_drop_second(l, h, n, why);
}

static enum err page_fill(struct list *l, struct record *ret, size_t *ret_n, int64_t *next_pos,
			  struct why *why)
{
	size_t limit = l->q->limit, found = 0;
	bool end = false;
	*next_pos = 0;
	while (found <= limit && !end) {
		size_t want = limit + 1 - found, n = 0;
		if (want > BATCH_MAX)
			want = BATCH_MAX;
		struct row *rows = arena_array(l->a, struct row, want);
		struct holding *h = arena_array(l->a, struct holding, want);
		enum err e = ERR_OK;
		while (n < want && !end && !e) {
			e = plan_next(l, &rows[n], &end, why);
			n += !end;
		}
		if (!e && n)
			e = batch_read(l, rows, n, h, why);
		if (e)
			return e;
		for (size_t i = 0; i < n && found <= limit; i++) {
			if (!h[i].r.key)
				continue;
			if (found < limit) {
				ret[found] = h[i].r;
				if (!l->v->all)
					ret[found].flags &= ~(uint32_t)RECORD_SHARED;
			}
			found++;
		}
	}
	*ret_n = found < limit ? found : limit;
	if (found > limit)
		*next_pos = ret[limit - 1].pos;
	return ERR_OK;
}

enum err list_run(struct store *s, struct arena *a, const struct view *v,
		  const struct list_query *q, enum list_plan plan, struct record *ret,
		  size_t *ret_n, int64_t *next_pos, struct why *why)
{
	if (q->limit < 1 || q->limit > LIMIT_MAX)
		return why_set(why, ERR_INVALID, "a page has 1 to %u rows", LIMIT_MAX);
	struct list l = {.s = s, .a = a, .v = v, .q = q};
	list_choose(&l);
	if (!l.n_shelves || !q->n_types) {
		*ret_n = 0;
		*next_pos = 0;
		return ERR_OK;
	}
	l.db = store_reader_get(s);
	plan_start(&l, plan);
	enum err e = page_fill(&l, ret, ret_n, next_pos, why);
	store_reader_put(s, l.db);
	return e;
}

enum err store_list(struct store *s, struct arena *a, const struct view *v,
		    const struct list_query *q, struct record *ret, size_t *ret_n,
		    int64_t *next_pos, struct why *why)
{
	return list_run(s, a, v, q, LIST_AUTO, ret, ret_n, next_pos, why);
}

/* Parts of one parent have no counters: they are walked. */
static enum err count_parts(struct list *l, int64_t *ret, struct why *why)
{
	int64_t n = 0;
	bool end = false;
	plan_start(l, LIST_SCAN);
	while (!end) {
		ARENA(a, 0);
		struct row rows[BATCH_MAX];
		struct holding *h = arena_array(&a, struct holding, BATCH_MAX);
		int64_t keys[BATCH_MAX];
		size_t m = 0;
		enum err e = ERR_OK;
		while (m < BATCH_MAX && !end && !e) {
			e = plan_next(l, &rows[m], &end, why);
			if (e || end)
				break;
			keys[m] = rows[m].rec;
			m++;
		}
		if (!e && m)
			e = holdings_get(l->db, &a, keys, m, false, false, h, why);
		if (e)
			return e;
		for (size_t i = 0; i < m; i++)
			n += h[i].r.key && list_record_fits(l, &h[i].r);
	}
	*ret = n;
	return ERR_OK;
}

enum err store_count(struct store *s, const struct view *v, const struct list_query *q,
		     int64_t *ret, struct why *why)
{
	ARENA(a, 0);
	struct list_query forward = *q;
	forward.ascending = true;
	forward.after_pos = 0;
	forward.limit = LIMIT_MAX;
	struct list l = {.s = s, .a = &a, .v = v, .q = &forward};
	list_choose(&l);
	if (q->parent) {
		l.db = store_reader_get(s);
		enum err e = count_parts(&l, ret, why);
		store_reader_put(s, l.db);
		return e;
	}
	int64_t n = 0;
	for (size_t i = 0; i < l.n_shelves; i++)
		n += l.shelves[i].n;
	*ret = n;
	return ERR_OK;
}
