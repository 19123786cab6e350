// SPDX-License-Identifier: Apache-2.0
/* Lists in another order than their own. Each shelf a reader may see is a sorted run in an index;
 * a page merges them. Those that have what is sorted by come first, whatever the direction, then
 * those that have not, by when they were made. */
#include "store/list_internal.h"
#include "store/sorted.h"

#define CHUNK_LEAST 4
#define CHUNK_MOST 256
#define BATCH_MOST 256u
#define LIMIT_MOST 1000u

struct sorted_row {
	struct sort_at at;
	int64_t shelf;
};
struct run { /* one shelf, with or without a key */
	int64_t shelf;
	bool missing;      /* reading those without a key */
	bool only_missing; /* what it is sorted by leaves no team, and this is another's */
	bool end;
	struct sort_at last; /* where its next chunk begins, exclusive */
	struct sorted_row *rows;
	size_t i, n, chunk;
};
struct sorted_list {
	struct list l;
	const struct list_sort *sort;
	struct run *runs;
	struct run **heap;
	size_t n_heap;
};

/* ---- SQL: by what, with a key or without, in which direction ---- */

#define COLUMNS "SELECT rec, created, number, due, title FROM sortable WHERE shelf = ?1 AND "
#define WITH(column, op, dir)                                                                      \
	COLUMNS column " > ?5 AND (" column ", created, rec) " op " (?2, ?3, ?4) ORDER BY " column \
		       " " dir ", created " dir ", rec " dir " LIMIT ?6"
#define WITHOUT(column, op, dir)                                                                   \
	COLUMNS column " = ?2 AND (created, rec) " op " (?3, ?4) ORDER BY created " dir            \
		       ", rec " dir " LIMIT ?5"
#define EITHER(op, dir)                                                                            \
	COLUMNS "(created, rec) " op " (?2, ?3) ORDER BY created " dir ", rec " dir " LIMIT ?4"
#define WAYS(macro, column)                                                                        \
	{                                                                                          \
		macro(column, ">", "ASC"), macro(column, "<", "DESC")                              \
	}

static const char *const with_sql[][2] = {[SORT_NUMBER] = WAYS(WITH, "number"),
					  [SORT_DUE] = WAYS(WITH, "due"),
					  [SORT_TITLE] = WAYS(WITH, "title")};
static const char *const without_sql[][2] = {[SORT_NUMBER] = WAYS(WITHOUT, "number"),
					     [SORT_DUE] = WAYS(WITHOUT, "due"),
					     [SORT_TITLE] = WAYS(WITHOUT, "title")};
static const char *const either_sql[2] = {EITHER(">", "ASC"), EITHER("<", "DESC")};

static struct db_value key_arg(const struct sorted_list *x, const struct sort_at *at)
{
	if (x->sort->by == SORT_TITLE)
		return DBB(((str){at->title, at->n}));
	return DBI(at->key);
}

static enum err run_query(struct sorted_list *x, struct run *r, size_t want, struct db_rows **ret,
			  struct why *why)
{
	const struct list_sort *s = x->sort;
	static const struct sort_at none;
	const struct sort_at *at = &r->last;
	struct db *db = x->l.db;

	if (r->only_missing)
		return db_query(db, either_sql[s->descending],
				DBARGS(DBI(r->shelf), DBI(at->created), DBI(at->rec), DBI(want)),
				ret, why);
	if (r->missing)
		return db_query(db, without_sql[s->by][s->descending],
				DBARGS(DBI(r->shelf), key_arg(x, &none), DBI(at->created),
				       DBI(at->rec), DBI(want)),
				ret, why);
	return db_query(db, with_sql[s->by][s->descending],
			DBARGS(DBI(r->shelf), key_arg(x, at), DBI(at->created), DBI(at->rec),
			       key_arg(x, &none), DBI(want)),
			ret, why);
}

/* ---- runs ---- */

/* Before the first of those with a key, or of those without. */
static struct sort_at beginning(const struct sorted_list *x, bool missing)
{
	struct sort_at at = {.created = INT64_MAX, .rec = INT64_MAX};

	if (x->sort->descending) {
		at.key = INT64_MAX;
		at.n = sizeof(at.title);
		memset(at.title, 0xff, sizeof(at.title));
	} else if (missing) {
		at.created = at.rec = -1;
	}
	return at;
}

static bool has_key(const struct sort_at *at)
{
	return at->key || at->n;
}

static void run_begin(struct sorted_list *x, struct run *r)
{
	const struct sort_at *after = &x->sort->after;
	bool begun = after->rec != 0, behind = begun && !has_key(after);

	r->missing = r->only_missing || behind;
	r->last = begun && behind == r->missing ? *after : beginning(x, r->missing);
}

static void row_read(const struct sorted_list *x, const struct run *r, struct db_rows *q,
		     struct sorted_row *ret)
{
	struct sort_at at = {.rec = db_int(q, 0), .created = db_int(q, 1)};
	enum sort_by by = x->sort->by;

	if (!r->missing && (by == SORT_NUMBER || by == SORT_DUE))
		at.key = db_int(q, by == SORT_NUMBER ? 2 : 3);
	if (!r->missing && by == SORT_TITLE) {
		str t = db_bytes(q, 4);

		at.n = t.n < sizeof(at.title) ? t.n : sizeof(at.title);
		memcpy(at.title, t.p, at.n);
	}
	*ret = (struct sorted_row){at, r->shelf};
}

/* The next chunk of a run; at its end those without a key follow. */
static enum err run_fill(struct sorted_list *x, struct run *r, struct why *why)
{
	enum err e = ERR_OK;

	r->i = r->n = 0;
	while (!r->n && !r->end && !e) {
		struct db_rows *q;

		e = run_query(x, r, r->chunk, &q, why);
		if (e)
			return e;
		while (r->n < r->chunk && db_next(q))
			row_read(x, r, q, &r->rows[r->n++]);
		e = db_end(q, why);
		if (r->n == r->chunk) {
			r->last = r->rows[r->n - 1].at;
		} else if (r->missing) {
			r->end = true;
		} else {
			r->missing = true;
			r->last = beginning(x, true);
		}
	}
	return e;
}

/* ---- merge ---- */

static int by_key(const struct sorted_list *x, const struct sort_at *a, const struct sort_at *b)
{
	int d;

	if (x->sort->by == SORT_TITLE) {
		d = memcmp(a->title, b->title, a->n < b->n ? a->n : b->n);
		d = d ? d : (a->n > b->n) - (a->n < b->n);
	} else {
		d = (a->key > b->key) - (a->key < b->key);
	}
	if (!d)
		d = (a->created > b->created) - (a->created < b->created);
	return d ? d : (a->rec > b->rec) - (a->rec < b->rec);
}

static bool comes_first(const struct sorted_list *x, const struct run *a, const struct run *b)
{
	const struct sort_at *p = &a->rows[a->i].at, *q = &b->rows[b->i].at;

	if (has_key(p) != has_key(q))
		return has_key(p);
	return x->sort->descending ? by_key(x, p, q) > 0 : by_key(x, p, q) < 0;
}

static void heap_down(struct sorted_list *x, size_t i)
{
	for (;;) {
		size_t c = 2 * i + 1;
		struct run *t = x->heap[i];

		if (c >= x->n_heap)
			return;
		if (c + 1 < x->n_heap && comes_first(x, x->heap[c + 1], x->heap[c]))
			c++;
		if (!comes_first(x, x->heap[c], t))
			return;
		x->heap[i] = x->heap[c];
		x->heap[c] = t;
		i = c;
	}
}

/* What it is sorted by leaves no team, and the shelf is another's. */
static bool hidden(const struct sorted_list *x, const struct shelf *sh)
{
	const struct label *l = label_get(x->l.s, sh->key.label);

	return x->sort->only_of && (!l || l->holder != x->sort->only_of);
}

static enum err merge_begin(struct sorted_list *x, struct why *why)
{
	size_t n = x->l.n_shelves, chunk = 2 * x->l.q->limit / n + CHUNK_LEAST;
	enum err e = ERR_OK;

	x->runs = arena_array(x->l.a, struct run, n);
	x->heap = arena_array(x->l.a, struct run *, n);
	for (size_t i = 0; i < n && !e; i++) {
		struct run *r = &x->runs[i];

		r->shelf = x->l.shelves[i].id;
		r->only_missing = x->sort->by == SORT_CREATED || hidden(x, &x->l.shelves[i]);
		r->chunk = chunk < CHUNK_MOST ? chunk : CHUNK_MOST;
		r->rows = arena_array(x->l.a, struct sorted_row, r->chunk);
		run_begin(x, r);
		e = run_fill(x, r, why);
		if (r->n)
			x->heap[x->n_heap++] = r;
	}
	for (size_t i = x->n_heap / 2; i-- > 0;)
		heap_down(x, i);
	return e;
}

static enum err merge_next(struct sorted_list *x, struct sorted_row *ret, bool *ret_end,
			   struct why *why)
{
	struct run *r = x->n_heap ? x->heap[0] : NULL;
	enum err e = ERR_OK;

	*ret_end = !r;
	if (!r)
		return ERR_OK;
	*ret = r->rows[r->i++];
	if (r->i == r->n)
		e = run_fill(x, r, why);
	if (r->i == r->n)
		x->heap[0] = x->heap[--x->n_heap];
	heap_down(x, 0);
	return e;
}

/* ---- pages ---- */

static enum err batch_read(struct sorted_list *x, const struct sorted_row *rows, size_t n,
			   struct holding *h, struct why *why)
{
	int64_t *keys = arena_array(x->l.a, int64_t, n);
	enum err e;

	for (size_t i = 0; i < n; i++)
		keys[i] = rows[i].at.rec;
	e = holdings_get(x->l.db, x->l.a, keys, n, x->l.q->with_body, false, h, why);
	for (size_t i = 0; i < n && !e; i++) /* it may have moved since its row was read */
		if (h[i].shelf != rows[i].shelf || !list_record_fits(&x->l, &h[i].r))
			h[i].r.key = 0;
	return e ? e : list_drop_second(&x->l, h, n, why);
}

static enum err page_fill(struct sorted_list *x, struct record *ret, size_t *ret_n,
			  struct sort_at *ret_at, bool *ret_more, struct why *why)
{
	size_t limit = x->l.q->limit, found = 0;
	bool end = false;
	enum err e = ERR_OK;

	while (found <= limit && !end && !e) {
		struct sorted_row rows[BATCH_MOST];
		struct holding *h = arena_array(x->l.a, struct holding, BATCH_MOST);
		size_t want = limit + 1 - found, n = 0;

		want = want < BATCH_MOST ? want : BATCH_MOST;
		while (n < want && !end && !e) {
			e = merge_next(x, &rows[n], &end, why);
			n += !end;
		}
		if (!e && n)
			e = batch_read(x, rows, n, h, why);
		for (size_t i = 0; i < n && found <= limit && !e; i++) {
			if (!h[i].r.key || found++ >= limit)
				continue;
			ret[found - 1] = h[i].r;
			if (!x->l.v->all)
				ret[found - 1].flags &= ~(uint32_t)RECORD_SHARED;
			*ret_at = rows[i].at;
		}
	}
	*ret_n = found < limit ? found : limit;
	*ret_more = found > limit;
	return e;
}

enum err store_list_sorted(struct store *s, struct arena *a, const struct view *v,
			   const struct list_query *q, const struct list_sort *sort,
			   struct record *ret, size_t *ret_n, struct sort_at *ret_at,
			   bool *ret_more, struct why *why)
{
	struct sorted_list x = {.l = {.s = s, .a = a, .v = v, .q = q}, .sort = sort};
	enum err e;

	if (q->limit < 1 || q->limit > LIMIT_MOST)
		return why_set(why, ERR_INVALID, "a page has 1 to %u rows", LIMIT_MOST);
	*ret_n = 0;
	*ret_more = false;
	*ret_at = sort->after;
	list_choose(&x.l);
	if (!x.l.n_shelves || !q->n_types)
		return ERR_OK;
	x.l.db = store_reader_get(s);
	e = merge_begin(&x, why);
	if (!e)
		e = page_fill(&x, ret, ret_n, ret_at, ret_more, why);
	store_reader_put(s, x.l.db);
	return e;
}
