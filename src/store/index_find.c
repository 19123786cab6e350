// SPDX-License-Identifier: Apache-2.0
/* index_find: searching the runs: by filter, fence and block, and the recent single writes. */
#include "store/runs_internal.h"

struct run_list *runs_take(struct runs *rs)
{
	pthread_mutex_lock(&rs->lock);
	struct run_list *l = rs->list;
	l->refs++;
	pthread_mutex_unlock(&rs->lock);
	return l;
}

void runs_give(struct runs *rs, struct run_list *l)
{
	pthread_mutex_lock(&rs->lock);
	runs_drop(rs, l);
	pthread_mutex_unlock(&rs->lock);
}

enum err runs_block(struct db *db, int64_t run, size_t block, uint64_t *h, uint32_t *rec,
		    size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	enum err e =
	    db_query(db, "SELECT data FROM block WHERE id = ?1",
		     DBARGS(DBI((int64_t)((uint64_t)run << 32) + (int64_t)block)), &r, why);
	if (e)
		return e;
	size_t n = 0;
	if (db_next(r)) {
		str d = db_bytes(r, 0);
		n = d.n / ENTRY_BYTES;
		if (n <= BLOCK_ENTRIES && n) {
			memcpy(h, d.p, n * 8);
			memcpy(rec, d.p + n * 8, n * 4);
		}
	}
	e = db_end(r, why);
	if (!e && (n == 0 || n > BLOCK_ENTRIES))
		e = why_set(why, ERR_IO, "a block of the index is missing or damaged");
	*ret_n = n;
	return e;
}

/* ---- finding ---- */

struct find {
	struct store *s;
	struct db *db;
	struct arena *a;
	int kind;
	const uint64_t *h;
	size_t n;
	VEC(struct index_hit) hits;
	/* the block read last */
	int64_t block_run;
	size_t block, block_n;
	uint64_t bh[BLOCK_ENTRIES];
	uint32_t brec[BLOCK_ENTRIES];
};

static size_t lower(const uint64_t *v, size_t n, uint64_t h)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (v[mid] < h)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum err find_in_run(struct find *f, const struct run *r, size_t at, struct why *why)
{
	uint64_t h = f->h[at];
	size_t b = lower(r->fences, r->n_blocks, h);
	for (b = b ? b - 1 : 0; b < r->n_blocks && r->fences[b] <= h; b++) {
		if (f->block_run != r->id || f->block != b) {
			enum err e = runs_block(f->db, r->id, b, f->bh, f->brec, &f->block_n, why);
			if (e)
				return e;
			f->block_run = r->id;
			f->block = b;
		}
		for (size_t i = lower(f->bh, f->block_n, h); i < f->block_n && f->bh[i] == h; i++)
			vec_add(f->a, &f->hits, (struct index_hit){at, f->brec[i]});
	}
	return ERR_OK;
}

static enum err find_recent(struct find *f, size_t at, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(f->db, "SELECT rec FROM recent WHERE kind = ?1 AND h = ?2",
			      DBARGS(DBI(f->kind), DBI(f->h[at])), &r, why);
	if (e)
		return e;
	while (db_next(r))
		vec_add(f->a, &f->hits, (struct index_hit){at, db_int(r, 0)});
	return db_end(r, why);
}

static int by_hit(const void *x, const void *y)
{
	const struct index_hit *a = x, *b = y;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->rec > b->rec) - (a->rec < b->rec);
}

static enum err find_all(struct find *f, const struct run_list *l, struct why *why)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < l->n && !e; i++) {
		const struct run *r = l->p[i];
		if (r->kind != f->kind)
			continue;
		for (size_t k = 0; k < f->n && !e; k++) {
			if (bloom_has(r, f->h[k]))
				e = r->recent ? find_recent(f, k, why) : find_in_run(f, r, k, why);
		}
	}
	return e;
}

enum err runs_find(struct store *s, struct db *db, bool writer, enum index_kind kind,
		   const uint64_t *sorted, size_t n, struct arena *a, struct index_hit **ret,
		   size_t *ret_n, struct why *why)
{
	struct runs *rs = s->runs;
	struct find *f = arena_new(a, struct find);
	f->s = s;
	f->db = db;
	f->a = a;
	f->kind = (int)kind;
	f->h = sorted;
	f->n = n;
	f->block_run = -1;
	struct run_list *l = writer ? rs->next : runs_take(rs);
	bool begun = db_read_begin(db);
	enum err e = find_all(f, l, why);
	db_read_end(db, begun);
	if (!writer)
		runs_give(rs, l);
	if (e)
		return e;
	size_t m = 0;
	if (f->hits.n)
		qsort(f->hits.p, f->hits.n, sizeof *f->hits.p, by_hit);
	for (size_t i = 0; i < f->hits.n; i++) {
		if (m == 0 || by_hit(&f->hits.p[m - 1], &f->hits.p[i]) != 0)
			f->hits.p[m++] = f->hits.p[i];
	}
	*ret = f->hits.p;
	*ret_n = m;
	return ERR_OK;
}
