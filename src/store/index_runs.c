// SPDX-License-Identifier: Apache-2.0
/* index_runs: the index hash -> records on SQLite. Single writes go to table recent; imports and
 * full generations of recent become runs: sorted, cut into one-page blocks, with first hashes
 * (fences) and a blocked Bloom filter in memory. Eight runs of a level are merged into one of the
 * next, a bite per transaction. Readers hold a list of runs while they search; what left the list
 * is deleted only when no older list is held, so that a list is good under any later snapshot of
 * the database. */
#include "store/runs_internal.h"

static struct run *run_new(int kind, int level, int64_t id, size_t lines)
{
	struct run *r = mem_alloc(sizeof *r);
	r->id = id;
	r->kind = kind;
	r->level = level;
	r->bloom_lines = lines ? lines : 1;
	r->bloom = mem_alloc(r->bloom_lines * BLOOM_LINE * sizeof *r->bloom);
	return r;
}

static struct run *recent_new(struct runs *rs, int kind)
{
	struct run *r = run_new(kind, 0, rs->next_gen++, RECENT_LINES);
	r->recent = true;
	return r;
}

static void run_free(struct run *r)
{
	mem_free(r->fences);
	mem_free(r->bloom);
	mem_free(r);
}

/* ---- lists; all under the lock ---- */

static void run_drop(struct runs *rs, struct run *r)
{
	if (--r->refs > 0)
		return;
	if (r->retired)
		vec_add(NULL, &rs->dead,
			(struct dead){r->recent ? DEAD_RECENT : DEAD_RUN, r->id, r->kind});
	run_free(r);
}

void runs_drop(struct runs *rs, struct run_list *l)
{
	if (--l->refs > 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		run_drop(rs, l->p[i]);
	mem_free(l->p);
	mem_free(l);
}

static bool list_holds(const struct run_list *l, const struct run *r)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->p[i] == r)
			return true;
	}
	return false;
}

/* The writer's next list: without `gone` (n of them), with `come` (nullable). */
static void list_change(struct runs *rs, struct run *const *gone, size_t n, struct run *come)
{
	struct run_list *l = mem_alloc(sizeof *l);
	pthread_mutex_lock(&rs->lock);
	l->refs = 1;
	l->p = mem_alloc((rs->next->n + 1) * sizeof(struct run *));
	for (size_t i = 0; i < rs->next->n; i++) {
		bool keep = true;
		for (size_t k = 0; k < n; k++)
			keep = keep && rs->next->p[i] != gone[k];
		if (keep)
			l->p[l->n++] = rs->next->p[i];
	}
	if (come)
		l->p[l->n++] = come;
	for (size_t i = 0; i < l->n; i++)
		l->p[i]->refs++;
	if (rs->next != rs->list)
		runs_drop(rs, rs->next);
	rs->next = l;
	pthread_mutex_unlock(&rs->lock);
}

void runs_publish(struct store *s)
{
	struct runs *rs = s->runs;
	pthread_mutex_lock(&rs->lock);
	struct run_list *old = rs->list;
	if (rs->next != old) {
		for (size_t i = 0; i < old->n; i++) {
			if (!list_holds(rs->next, old->p[i]))
				old->p[i]->retired = true;
		}
		rs->list = rs->next;
		runs_drop(rs, old);
	}
	pthread_mutex_unlock(&rs->lock);
	rs->added[0] = rs->added[1] = 0;
}

/* ---- building ---- */

static void builder_init(struct runs *rs, struct builder *b, int kind, int level, int64_t entries)
{
	size_t lines = (size_t)entries * BLOOM_BITS_PER / (64 * BLOOM_LINE) + 1;
	memset(b, 0, sizeof *b);
	b->id = rs->next_id++;
	b->run = run_new(kind, level, b->id, lines);
}

static enum err builder_block(struct db *db, struct builder *b, struct why *why)
{
	struct run *r = b->run;
	if (!b->n)
		return ERR_OK;
	char data[BLOCK_ENTRIES * ENTRY_BYTES];
	memcpy(data, b->h, b->n * 8);
	memcpy(data + b->n * 8, b->rec, b->n * 4);
	if (r->n_blocks == b->cap_blocks) {
		size_t cap = b->cap_blocks ? 2 * b->cap_blocks : 32;
		r->fences = mem_grow(r->fences, b->cap_blocks * 8, cap * 8);
		b->cap_blocks = cap;
	}
	r->fences[r->n_blocks] = b->h[0];
	str blob = {data, b->n * ENTRY_BYTES};
	enum err e =
	    db_exec(db, "INSERT INTO block(id, data) VALUES(?1, ?2)",
		    DBARGS(DBI((b->id << 32) + (int64_t)r->n_blocks), DBB(blob)), NULL, why);
	if (e)
		return e;
	r->n_blocks++;
	r->n += (int64_t)b->n;
	b->n = 0;
	return ERR_OK;
}

static enum err builder_add(struct db *db, struct builder *b, uint64_t h, uint32_t rec,
			    struct why *why)
{
	if (b->n && b->h[b->n - 1] == h && b->rec[b->n - 1] == rec)
		return ERR_OK;
	bloom_set(b->run, h);
	b->h[b->n] = h;
	b->rec[b->n++] = rec;
	return b->n == BLOCK_ENTRIES ? builder_block(db, b, why) : ERR_OK;
}

static enum err builder_end(struct db *db, struct builder *b, struct why *why)
{
	enum err e = builder_block(db, b, why);
	const struct run *r = b->run;
	if (e)
		return e;
	str fences = {(const char *)r->fences, r->n_blocks * 8};
	str bloom = {(const char *)r->bloom, r->bloom_lines * BLOOM_LINE * 8};
	return db_exec(
	    db,
	    "INSERT INTO run(id, kind, level, n, fences, bloom) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	    DBARGS(DBI(r->id), DBI(r->kind), DBI(r->level), DBI(r->n), DBB(fences), DBB(bloom)),
	    NULL, why);
}

static enum err run_write(struct runs *rs, struct db *db, int kind, struct index_entry *en,
			  size_t n, struct why *why)
{
	struct builder *b = mem_alloc(sizeof *b);
	ARENA(a, 0);
	builder_init(rs, b, kind, 0, (int64_t)n);
	entries_sort(&a, en, n);
	enum err e = ERR_OK;
	for (size_t i = 0; i < n && !e; i++)
		e = builder_add(db, b, en[i].h, (uint32_t)en[i].rec, why);
	if (!e)
		e = builder_end(db, b, why);
	if (e)
		run_free(b->run);
	else
		list_change(rs, NULL, 0, b->run);
	mem_free(b);
	return e;
}

static struct run *recent_of(struct runs *rs, int kind)
{
	for (size_t i = rs->next->n; i-- > 0;) {
		if (rs->next->p[i]->recent && rs->next->p[i]->kind == kind)
			return rs->next->p[i];
	}
	return NULL;
}

enum err runs_add(struct wtx *w, enum index_kind kind, struct index_entry *en, size_t n,
		  struct why *why)
{
	struct runs *rs = w->s->runs;
	for (size_t i = 0; i < n; i++) {
		if (en[i].rec > REC_MAX)
			return why_set(why, ERR_LIMIT, "more records than the index can number");
	}
	/* an interactive request may be taken back alone: its rows must be rows */
	if (w->bulk && n >= RUN_MIN) {
		rs->added[kind] += (int64_t)n;
		return run_write(rs, w->db, (int)kind, en, n, why);
	}
	struct run *recent = recent_of(rs, (int)kind);
	if (!recent)
		return why_set(why, ERR_IO, "the index has no generation of single writes");
	enum err e = ERR_OK;
	for (size_t i = 0; i < n && !e; i++) {
		bloom_set(recent, en[i].h);
		e = db_exec(w->db,
			    "INSERT INTO recent(kind, h, rec, gen) VALUES(?1, ?2, ?3, ?4) "
			    "ON CONFLICT(kind, h, rec) DO UPDATE SET gen = excluded.gen",
			    DBARGS(DBI(kind), DBI(en[i].h), DBI(en[i].rec), DBI(recent->id)), NULL,
			    why);
	}
	rs->recent_n[kind] += (int64_t)n;
	return e;
}

/* A generation of recent becomes a run; its rows are deleted when nobody needs them any more. */
static enum err recent_flush(struct wtx *w, int kind, struct why *why)
{
	struct runs *rs = w->s->runs;
	struct run *old = recent_of(rs, kind);
	if (!old)
		return why_set(why, ERR_IO, "the index has no generation of single writes");
	VEC(struct index_entry) en = {0};
	struct db_rows *r;
	enum err e = db_query(w->db, "SELECT h, rec FROM recent WHERE kind = ?1 AND gen <= ?2",
			      DBARGS(DBI(kind), DBI(old->id)), &r, why);
	if (e)
		return e;
	while (db_next(r))
		vec_add(&w->arena, &en, (struct index_entry){(uint64_t)db_int(r, 0), db_int(r, 1)});
	e = db_end(r, why);
	if (!e && en.n)
		e = run_write(rs, w->db, kind, en.p, en.n, why);
	if (!e)
		e = db_exec(w->db, "INSERT INTO sweep(what, id) VALUES(?1, ?2)",
			    DBARGS(DBI(DEAD_RECENT + kind), DBI(old->id)), NULL, why);
	if (e)
		return e;
	list_change(rs, &old, 1, recent_new(rs, kind));
	rs->added[kind] += (int64_t)en.n;
	rs->recent_n[kind] = 0;
	return ERR_OK;
}

/* ---- merging ---- */

static enum err cursor_fill(struct db *db, struct cursor *c, struct why *why)
{
	c->at = c->n = 0;
	if (c->block >= c->run->n_blocks)
		return ERR_OK;
	return runs_block(db, c->run->id, c->block++, c->h, c->rec, &c->n, why);
}

static size_t level_runs(struct runs *rs, int kind, int level, struct run **ret, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i < rs->next->n; i++) {
		struct run *r = rs->next->p[i];
		if (!r->recent && r->kind == kind && r->level == level && n < cap)
			ret[n++] = r;
	}
	return n;
}

static enum err merge_start(struct wtx *w, int kind, int level, struct why *why)
{
	struct runs *rs = w->s->runs;
	struct run *in[FAN];
	int64_t entries = 0;
	if (level + 1 >= LEVELS || level_runs(rs, kind, level, in, FAN) < FAN)
		return ERR_OK;
	struct merge *m = mem_alloc(sizeof *m);
	for (size_t i = 0; i < FAN; i++) {
		m->in[i].run = in[i];
		entries += in[i]->n;
	}
	builder_init(rs, &m->out, kind, level + 1, entries);
	rs->merges[kind][level] = m;
	enum err e = db_exec(w->db, "INSERT INTO sweep(what, id) VALUES(?1, ?2)",
			     DBARGS(DBI(DEAD_RUN), DBI(m->out.id)), NULL, why);
	for (size_t i = 0; i < FAN && !e; i++)
		e = cursor_fill(w->db, &m->in[i], why);
	return e;
}

static enum err merge_end(struct wtx *w, int kind, int level, struct why *why)
{
	struct runs *rs = w->s->runs;
	struct merge *m = rs->merges[kind][level];
	struct run *gone[FAN];
	enum err e = builder_end(w->db, &m->out, why);
	if (!e)
		e = db_exec(w->db, "DELETE FROM sweep WHERE what = ?1 AND id = ?2",
			    DBARGS(DBI(DEAD_RUN), DBI(m->out.id)), NULL, why);
	for (size_t i = 0; i < FAN && !e; i++) {
		gone[i] = m->in[i].run;
		e = db_exec(w->db, "DELETE FROM run WHERE id = ?1", DBARGS(DBI(gone[i]->id)), NULL,
			    why);
		if (!e)
			e = db_exec(w->db, "INSERT INTO sweep(what, id) VALUES(?1, ?2)",
				    DBARGS(DBI(DEAD_RUN), DBI(gone[i]->id)), NULL, why);
	}
	if (e)
		return e;
	list_change(rs, gone, FAN, m->out.run);
	mem_free(m);
	rs->merges[kind][level] = NULL;
	return ERR_OK;
}

static enum err merge_step(struct wtx *w, int kind, int level, int64_t budget, struct why *why)
{
	struct merge *m = w->s->runs->merges[kind][level];
	for (; budget > 0; budget--) {
		struct cursor *least = NULL;
		for (size_t i = 0; i < FAN; i++) {
			struct cursor *c = &m->in[i];
			if (c->at == c->n)
				continue;
			if (!least || c->h[c->at] < least->h[least->at] ||
			    (c->h[c->at] == least->h[least->at] &&
			     c->rec[c->at] < least->rec[least->at]))
				least = c;
		}
		if (!least)
			return merge_end(w, kind, level, why);
		enum err e =
		    builder_add(w->db, &m->out, least->h[least->at], least->rec[least->at], why);
		if (!e && ++least->at == least->n)
			e = cursor_fill(w->db, least, why);
		if (e)
			return e;
	}
	return ERR_OK;
}

void runs_abandon(struct store *s)
{
	struct runs *rs = s->runs;
	for (int k = 0; k < KINDS; k++) {
		for (int l = 0; l < LEVELS; l++) {
			if (!rs->merges[k][l])
				continue;
			/* what earlier transactions wrote of it is swept; it begins again */
			struct run *out = rs->merges[k][l]->out.run;
			pthread_mutex_lock(&rs->lock);
			vec_add(NULL, &rs->dead, (struct dead){DEAD_RUN, out->id, k});
			pthread_mutex_unlock(&rs->lock);
			run_free(out);
			mem_free(rs->merges[k][l]);
			rs->merges[k][l] = NULL;
		}
	}
	pthread_mutex_lock(&rs->lock);
	if (rs->next != rs->list)
		runs_drop(rs, rs->next);
	rs->next = rs->list;
	pthread_mutex_unlock(&rs->lock);
	rs->added[0] = rs->added[1] = 0;
}

/* ---- sweeping ---- */

static enum err dead_sweep(struct wtx *w, const struct dead *d, bool *ret_done, struct why *why)
{
	int64_t changed = 0;
	enum err e;
	if (d->what == DEAD_RUN)
		e = db_exec(
		    w->db,
		    "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE id >= ?1 AND "
		    "id < ?2 LIMIT ?3)",
		    DBARGS(DBI(d->id << 32), DBI((d->id + 1) << 32), DBI(SWEEP_BLOCKS)), &changed,
		    why);
	else
		e = db_exec(w->db, "DELETE FROM recent WHERE kind = ?1 AND gen <= ?2",
			    DBARGS(DBI(d->kind), DBI(d->id)), NULL, why);
	*ret_done = !e && changed < SWEEP_BLOCKS;
	if (*ret_done)
		e = db_exec(
		    w->db, "DELETE FROM sweep WHERE what = ?1 AND id = ?2",
		    DBARGS(DBI(d->what == DEAD_RUN ? DEAD_RUN : DEAD_RECENT + d->kind), DBI(d->id)),
		    NULL, why);
	return e;
}

/* One of the dead, a bite. If the transaction fails its sweep row stays for the next start. */
static enum err sweep_some(struct wtx *w, struct why *why)
{
	struct runs *rs = w->s->runs;
	pthread_mutex_lock(&rs->lock);
	bool any = rs->dead.n > 0;
	struct dead d = any ? rs->dead.p[rs->dead.n - 1] : (struct dead){0};
	pthread_mutex_unlock(&rs->lock);
	bool done = false;
	enum err e = any ? dead_sweep(w, &d, &done, why) : ERR_OK;
	if (!e && done) {
		pthread_mutex_lock(&rs->lock);
		for (size_t i = 0; i < rs->dead.n; i++) {
			if (rs->dead.p[i].id == d.id && rs->dead.p[i].what == d.what) {
				rs->dead.p[i] = rs->dead.p[--rs->dead.n];
				break;
			}
		}
		pthread_mutex_unlock(&rs->lock);
	}
	return e;
}

enum err runs_work(struct wtx *w, struct why *why)
{
	struct runs *rs = w->s->runs;
	enum err e = sweep_some(w, why);
	for (int k = 0; k < KINDS && !e; k++) {
		if (rs->recent_n[k] >= RECENT_MAX)
			e = recent_flush(w, k, why);
		for (int l = 0; l < LEVELS && !e && rs->added[k]; l++) {
			if (!rs->merges[k][l])
				e = merge_start(w, k, l, why);
			if (!e && rs->merges[k][l])
				e = merge_step(w, k, l, rs->added[k] * 3 / 2, why);
		}
	}
	return e;
}

/* ---- opening ---- */

static enum err run_load(struct runs *rs, struct db_rows *r, struct run_list *l)
{
	str fences = db_bytes(r, 4), bloom = db_bytes(r, 5);
	size_t line = BLOOM_LINE * 8;
	if (bloom.n % line || !bloom.n || fences.n % 8)
		return ERR_IO;
	struct run *run =
	    run_new((int)db_int(r, 1), (int)db_int(r, 2), db_int(r, 0), bloom.n / line);
	memcpy(run->bloom, bloom.p, bloom.n);
	run->n = db_int(r, 3);
	run->n_blocks = fences.n / 8;
	run->fences = mem_alloc(fences.n + 8);
	if (fences.n)
		memcpy(run->fences, fences.p, fences.n);
	l->p = mem_grow(l->p, l->n * sizeof(struct run *), (l->n + 1) * sizeof(struct run *));
	l->p[l->n++] = run;
	run->refs = 1;
	if (run->id >= rs->next_id)
		rs->next_id = run->id + 1;
	return ERR_OK;
}

static enum err sweep_load(struct runs *rs, struct db *db, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, "SELECT what, id FROM sweep", DBNONE, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		struct dead d = {.what = db_int(r, 0), .id = db_int(r, 1)};
		if (d.what > DEAD_RUN) {
			d.kind = d.what - DEAD_RECENT;
			d.what = DEAD_RECENT;
			if (d.id >= rs->next_gen)
				rs->next_gen = d.id + 1;
		} else if (d.id >= rs->next_id) {
			rs->next_id = d.id + 1;
		}
		vec_add(NULL, &rs->dead, d);
	}
	return db_end(r, why);
}

static enum err recent_load(struct runs *rs, struct db *db, struct run_list *l, struct why *why)
{
	int64_t top = 0;
	enum err e = db_get_int(db, "SELECT coalesce(max(gen), 0) FROM recent", DBNONE, &top, why);
	if (e)
		return e;
	if (top >= rs->next_gen)
		rs->next_gen = top + 1;
	l->p = mem_grow(l->p, l->n * sizeof(struct run *), (l->n + KINDS) * sizeof(struct run *));
	for (int k = 0; k < KINDS; k++) {
		struct run *run = recent_new(rs, k);
		run->refs = 1;
		l->p[l->n++] = run;
	}
	struct db_rows *r;
	e = db_query(db, "SELECT kind, h FROM recent", DBNONE, &r, why);
	if (e)
		return e;
	while (db_next(r)) {
		int64_t kind = db_int(r, 0) != 0;
		bloom_set(l->p[l->n - KINDS + (size_t)kind], (uint64_t)db_int(r, 1));
		rs->recent_n[kind]++;
	}
	return db_end(r, why);
}

enum err runs_open(struct store *s, struct db *db, struct why *why)
{
	struct runs *rs = mem_alloc(sizeof *rs);
	rs->s = s;
	rs->next_id = rs->next_gen = 1;
	pthread_mutex_init(&rs->lock, NULL);
	rs->list = mem_alloc(sizeof *rs->list);
	rs->list->refs = 1;
	rs->list->p = mem_alloc(sizeof(struct run *));
	rs->next = rs->list;
	s->runs = rs;
	struct db_rows *r;
	enum err e = db_query(db, "SELECT id, kind, level, n, fences, bloom FROM run ORDER BY id",
			      DBNONE, &r, why);
	if (e)
		return e;
	enum err bad = ERR_OK;
	while (!bad && db_next(r))
		bad = run_load(rs, r, rs->list);
	e = db_end(r, why);
	if (!e && bad)
		e = why_set(why, bad, "a run of the index is damaged");
	if (!e)
		e = sweep_load(rs, db, why);
	return e ? e : recent_load(rs, db, rs->list, why);
}

void runs_close(struct store *s)
{
	struct runs *rs = s->runs;
	if (!rs)
		return;
	runs_abandon(s);
	runs_give(rs, rs->list);
	vec_done(&rs->dead);
	pthread_mutex_destroy(&rs->lock);
	mem_free(rs);
	s->runs = NULL;
}
