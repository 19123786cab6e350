// SPDX-License-Identifier: Apache-2.0
/* shelves: (type, label, state, severity, flags) with how many holdings stand there and between
 * which positions; all in memory. Writers change them in their transaction and publish after the
 * commit (SQLite), or read back what the sequencer's commit changed (PostgreSQL). */
#include "store/store_internal.h"

#define HOLES_MAX 65536

struct shelves {
	pthread_rwlock_t lock;
	VEC(struct shelf) all; /* by id - 1; id 0: a hole */
	struct map by_key;     /* text of shelf_key -> id */
	struct arena keys;
	int64_t gen; /* position up to which we know the changes */
};

static str key_str(const struct shelf_key *k)
{
	return (str){(const char *)k, sizeof *k};
}

/* Under the write lock. Ids are dense but for what other processes are about to write: a damaged
 * row must not be an index. */
static void shelf_set(struct shelves *sh, const struct shelf *x)
{
	if (x->id < 1 || x->id > (int64_t)sh->all.n + HOLES_MAX)
		return;
	while ((int64_t)sh->all.n < x->id)
		(void)vec_push(NULL, &sh->all);
	struct shelf *at = &sh->all.p[x->id - 1];
	bool is_new = at->id == 0;
	*at = *x;
	if (!is_new)
		return;
	struct shelf_key *k = arena_new(&sh->keys, struct shelf_key);
	*k = x->key;
	map_put(&sh->by_key, key_str(k), NULL)->i = x->id;
}

enum err shelves_open(struct store *s, struct why *why)
{
	struct shelves *sh = mem_alloc(sizeof *sh);
	pthread_rwlock_init(&sh->lock, NULL);
	map_init(&sh->by_key);
	arena_init(&sh->keys, 0);
	sh->gen = -1;
	s->shelves = sh;
	struct db *db = store_reader_get(s);
	enum err e = shelves_refresh(s, db, why);
	store_reader_put(s, db);
	return e;
}

void shelves_close(struct store *s)
{
	struct shelves *sh = s->shelves;
	if (!sh)
		return;
	map_done(&sh->by_key);
	arena_done(&sh->keys);
	vec_done(&sh->all);
	pthread_rwlock_destroy(&sh->lock);
	mem_free(sh);
	s->shelves = NULL;
}

enum err shelves_refresh(struct store *s, struct db *db, struct why *why)
{
	struct shelves *sh = s->shelves;
	pthread_rwlock_rdlock(&sh->lock);
	int64_t gen = sh->gen;
	pthread_rwlock_unlock(&sh->lock);
	struct db_rows *r;
	enum err e = db_query(db,
			      "SELECT id, type, label, state, severity, flags, n, first, last, gen "
			      "FROM shelf WHERE gen > ?1 ORDER BY id",
			      DBARGS(DBI(gen)), &r, why);
	if (e)
		return e;
	pthread_rwlock_wrlock(&sh->lock);
	bool alone = sh->gen == gen; /* nobody else read meanwhile */
	while (db_next(r)) {
		struct shelf x = {
		    db_int(r, 0),
		    {db_int(r, 1), db_int(r, 2), db_int(r, 3), db_int(r, 4), db_int(r, 5)},
		    db_int(r, 6),
		    db_int(r, 7),
		    db_int(r, 8)};
		if (alone || db_int(r, 9) > sh->gen)
			shelf_set(sh, &x);
		if (db_int(r, 9) > gen)
			gen = db_int(r, 9);
	}
	if (gen > sh->gen)
		sh->gen = gen;
	pthread_rwlock_unlock(&sh->lock);
	return db_end(r, why);
}

int64_t shelves_max(struct store *s)
{
	pthread_rwlock_rdlock(&s->shelves->lock);
	int64_t n = (int64_t)s->shelves->all.n;
	pthread_rwlock_unlock(&s->shelves->lock);
	return n;
}

int64_t shelf_find(struct wtx *w, const struct shelf_key *key)
{
	struct shelves *sh = w->s->shelves;
	pthread_rwlock_rdlock(&sh->lock);
	const union map_value *v = map_get(&sh->by_key, key_str(key));
	int64_t id = v ? v->i : 0, max = (int64_t)sh->all.n;
	pthread_rwlock_unlock(&sh->lock);
	if (id)
		return id;
	for (size_t i = w->new_shelves.n; i-- > 0;) {
		if (memcmp(&w->new_shelves.p[i].key, key, sizeof *key) == 0)
			return w->new_shelves.p[i].id;
	}
	struct shelf *x = vec_push(&w->arena, &w->new_shelves);
	x->id = max + (int64_t)w->new_shelves.n;
	x->key = *key;
	return x->id;
}

void shelf_note(struct wtx *w, int64_t shelf, int64_t change, int64_t pos)
{
	struct shelf_op *last = w->shelf_ops.n ? &w->shelf_ops.p[w->shelf_ops.n - 1] : NULL;
	if (last && last->shelf == shelf && last->pos && pos && w->sequencing) {
		/* a run of additions: keep the first and the newest as two notes at most */
		struct shelf_op *before =
		    w->shelf_ops.n > 1 ? &w->shelf_ops.p[w->shelf_ops.n - 2] : NULL;
		if (before && before->shelf == shelf && before->pos) {
			last->change += change;
			last->pos = pos;
			return;
		}
	}
	/* the analyser does not see that vec_push grows an empty one */
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	vec_add(&w->arena, &w->shelf_ops, (struct shelf_op){shelf, change, pos});
}

static int by_shelf(const void *x, const void *y)
{
	const struct shelf_op *a = x, *b = y;
	return (a->shelf > b->shelf) - (a->shelf < b->shelf);
}

/* The notes summed per shelf: change, lowest and highest position added. */
static size_t notes_sum(struct wtx *w, struct shelf **ret)
{
	size_t n = w->shelf_ops.n, out = 0;
	struct shelf_op *ops = arena_array(&w->arena, struct shelf_op, n);
	struct shelf *sum = arena_array(&w->arena, struct shelf, n);
	if (n)
		memcpy(ops, w->shelf_ops.p, n * sizeof *ops);
	qsort(ops, n, sizeof *ops, by_shelf);
	for (size_t i = 0; i < n; i++) {
		struct shelf *x = out ? &sum[out - 1] : NULL;
		if (!x || x->id != ops[i].shelf) {
			x = &sum[out++];
			x->id = ops[i].shelf;
		}
		x->n += ops[i].change;
		if (!ops[i].pos)
			continue;
		if (!x->first || ops[i].pos < x->first)
			x->first = ops[i].pos;
		if (ops[i].pos > x->last)
			x->last = ops[i].pos;
	}
	*ret = sum;
	return out;
}

#define NEW_WIDTH 7
enum err shelves_flush(struct wtx *w, struct why *why)
{
	size_t n = w->new_shelves.n;
	struct db_value *v = arena_array(&w->arena, struct db_value, n * NEW_WIDTH);
	for (size_t i = 0; i < n; i++) {
		const struct shelf *x = &w->new_shelves.p[i];
		const struct db_value row[NEW_WIDTH] = {
		    DBI(x->id),           DBI(x->key.type),  DBI(x->key.label), DBI(x->key.state),
		    DBI(x->key.severity), DBI(x->key.flags), DBI(w->pos)};
		memcpy(v + i * NEW_WIDTH, row, sizeof row);
	}
	enum err e = db_many(w->db,
			     "INSERT INTO shelf(id, type, label, state, severity, flags, n, first, "
			     "last, gen) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7)",
			     v, NEW_WIDTH, n, NULL, NULL, why);
	if (e)
		return e;
	struct shelf *sum;
	size_t m = notes_sum(w, &sum);
	v = arena_array(&w->arena, struct db_value, m * 5);
	for (size_t i = 0; i < m; i++) {
		const struct db_value row[5] = {DBI(sum[i].id), DBI(sum[i].n), DBI(sum[i].first),
						DBI(sum[i].last), DBI(w->pos)};
		memcpy(v + i * 5, row, sizeof row);
	}
	return db_many(
	    w->db,
	    "UPDATE shelf SET n = n + ?2, "
	    "first = CASE WHEN ?3 > 0 AND (first = 0 OR first > ?3) THEN ?3 ELSE first END, "
	    "last = CASE WHEN ?4 > last THEN ?4 ELSE last END, gen = ?5 WHERE id = ?1",
	    v, 5, m, NULL, NULL, why);
}

void shelves_publish(struct wtx *w)
{
	if (w->s->postgres) {
		/* another process may be ahead of us already: what counts is in the table */
		struct why ignored = {0};
		if (shelves_refresh(w->s, w->db, &ignored))
			return; /* the listener will */
		return;
	}
	struct shelves *sh = w->s->shelves;
	struct shelf *sum;
	size_t m = notes_sum(w, &sum);
	pthread_rwlock_wrlock(&sh->lock);
	for (size_t i = 0; i < w->new_shelves.n; i++)
		shelf_set(sh, &w->new_shelves.p[i]);
	for (size_t i = 0; i < m; i++) {
		struct shelf *x = &sh->all.p[sum[i].id - 1];
		x->n += sum[i].n;
		if (sum[i].first && (!x->first || sum[i].first < x->first))
			x->first = sum[i].first;
		if (sum[i].last > x->last)
			x->last = sum[i].last;
	}
	if (w->pos > sh->gen)
		sh->gen = w->pos;
	pthread_rwlock_unlock(&sh->lock);
}

bool shelf_get(struct wtx *w, int64_t id, struct shelf_key *ret)
{
	struct shelves *sh = w->s->shelves;
	for (size_t i = 0; i < w->new_shelves.n; i++) {
		if (w->new_shelves.p[i].id == id) {
			*ret = w->new_shelves.p[i].key;
			return true;
		}
	}
	pthread_rwlock_rdlock(&sh->lock);
	bool known = id > 0 && (uint64_t)id <= sh->all.n && sh->all.p[id - 1].id;
	if (known)
		*ret = sh->all.p[id - 1].key;
	pthread_rwlock_unlock(&sh->lock);
	return known;
}

size_t shelves_choose(struct store *s, struct arena *a, shelf_keep_fn *keep, void *ctx,
		      struct shelf **ret)
{
	struct shelves *sh = s->shelves;
	VEC(struct shelf) out = {0};
	pthread_rwlock_rdlock(&sh->lock);
	for (size_t i = 0; i < sh->all.n; i++) {
		const struct shelf *x = &sh->all.p[i];
		if (x->id && x->n > 0 && keep(ctx, x))
			vec_add(a, &out, *x);
	}
	pthread_rwlock_unlock(&sh->lock);
	*ret = out.p;
	return out.n;
}
