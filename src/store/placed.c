// SPDX-License-Identifier: Apache-2.0
/* placed: pages of a circle's collection. Positions come from two places, ranges of placement and
 * the rows of superseded versions, merged in chunks; a row is shown if it still stands where its
 * position says and the reader may see its label. SQL decides nothing: it walks positions. */
#include "store/placed.h"

#include "store/records_internal.h"
#include "store/service_internal.h"

#define CHUNK 256u
#define VERSIONS_MAX 2000 /* of one object that are shown: the newest */
#define VERSIONS_BYTES ((size_t)64 << 20)

struct spot {
	int64_t added, rec;
	int32_t version; /* 0: the present one */
};
struct walk {
	struct store *s;
	struct db *db;
	struct arena *a;
	const struct view *v;
	const struct placed_query *q;
	int64_t at; /* everything up to here was looked at */
	bool end, full;
	size_t bytes;
};

static bool names_circle(struct store *s, int64_t label, int64_t circle)
{
	const struct label *l = label_get(s, label);
	for (size_t i = 0; l && i < l->n_circles; i++) {
		if (l->circles[i].circle == circle)
			return true;
	}
	return false;
}

/* What the reader may be shown of the circle, whatever the query is after. */
static bool shows(const struct walk *w, const struct record *r)
{
	return r->key && r->pos && view_has(w->v, r->label) && !(r->flags & RECORD_EXERCISE) &&
	       names_circle(w->s, r->label, w->q->circle); /* gate */
}

static bool wanted(const struct walk *w, const struct record *r)
{
	return !w->q->keep || w->q->keep(w->q->ctx, r);
}

/* ---- positions ---- */

static enum err ranges_read(struct walk *w, struct spot *ret, size_t cap, size_t *ret_n,
			    struct why *why)
{
	struct db_rows *r;
	size_t n = 0;
	enum err e = db_query(w->db,
			      "SELECT added, rec, n FROM placement WHERE circle = ?1 AND added >= "
			      "coalesce((SELECT max(added) FROM placement WHERE circle = ?1 AND "
			      "added <= ?2), ?2) ORDER BY added LIMIT ?3",
			      DBARGS(DBI(w->q->circle), DBI(w->at), DBI(cap + 1)), &r, why);
	if (e)
		return e;
	while (n < cap && db_next(r)) {
		int64_t added = db_int(r, 0), rec = db_int(r, 1), many = db_int(r, 2);
		int64_t k = added > w->at ? 0 : w->at - added + 1;
		for (; k < many && n < cap; k++)
			ret[n++] = (struct spot){.added = added + k, .rec = rec + k};
	}
	*ret_n = n;
	return db_end(r, why);
}

static enum err past_read(struct walk *w, struct spot *ret, size_t cap, size_t *ret_n,
			  struct why *why)
{
	struct db_rows *r;
	size_t n = 0;
	*ret_n = 0;
	if (!w->q->with_past)
		return ERR_OK;
	enum err e = db_query(w->db,
			      "SELECT added, rec, version FROM placed_before WHERE circle = ?1 AND "
			      "added > ?2 ORDER BY added LIMIT ?3",
			      DBARGS(DBI(w->q->circle), DBI(w->at), DBI(cap)), &r, why);
	if (e)
		return e;
	while (n < cap && db_next(r))
		ret[n++] = (struct spot){db_int(r, 0), db_int(r, 1), (int32_t)db_int(r, 2)};
	*ret_n = n;
	return db_end(r, why);
}

/* The next positions of both, at most CHUNK. */
static enum err spots_read(struct walk *w, struct spot *ret, size_t *ret_n, struct why *why)
{
	struct spot now[CHUNK], past[CHUNK];
	size_t n = 0, m = 0, i = 0, k = 0, out = 0;
	enum err e = ranges_read(w, now, CHUNK, &n, why);
	if (!e)
		e = past_read(w, past, CHUNK, &m, why);
	if (e)
		return e;
	while (out < CHUNK && (i < n || k < m)) {
		bool first = k >= m || (i < n && now[i].added < past[k].added);
		ret[out++] = first ? now[i++] : past[k++];
	}
	*ret_n = out;
	w->end = n < CHUNK && m < CHUNK && i == n && k == m;
	return ERR_OK;
}

/* ---- rows ---- */

#define FROM_RUN HOLDING_FROM "WHERE h.id BETWEEN ?1 AND ?2 ORDER BY h.id"
#define FROM_ARRAY                                                                                 \
	", x.at FROM unnest(?1::bigint[]) WITH ORDINALITY x(key, at) JOIN holding h ON h.id = "    \
	"x.key JOIN object o ON o.id = h.object ORDER BY x.at"
static const char *const run_sql[2] = {"SELECT " HOLDING_COLUMNS FROM_RUN,
				       "SELECT " HOLDING_COLUMNS HOLDING_BODY FROM_RUN};
static const char *const array_sql[2] = {"SELECT " HOLDING_COLUMNS FROM_ARRAY,
					 "SELECT " HOLDING_COLUMNS HOLDING_BODY FROM_ARRAY};

/* A present row; ret->r.key stays 0 where it is not for this reader, or has moved on. */
static enum err row_take(struct walk *w, struct db_rows *row, const struct spot *sp,
			 struct placed *ret)
{
	struct holding h = {0};
	enum err e = holding_row(row, w->a, false, &h);
	if (e || h.r.key != sp->rec || h.r.pos != sp->added || !shows(w, &h.r) || !wanted(w, &h.r))
		return e;
	if (w->q->with_body)
		e = holding_row(row, w->a, true, &h);
	if (e)
		return e;
	w->bytes += h.r.body.n;
	w->full = w->full || w->bytes > w->q->bytes;
	*ret = (struct placed){.added = sp->added, .r = h.r};
	return ERR_OK;
}

/* n neighbours from i on, in one query. *ret_n: how many were taken before the page was full. */
static enum err run_take(struct walk *w, const struct spot *sp, size_t n, struct placed *ret,
			 size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	enum err bad = ERR_OK, e = db_query(w->db, run_sql[w->q->with_body],
					    DBARGS(DBI(sp[0].rec), DBI(sp[n - 1].rec)), &r, why);
	*ret_n = n;
	while (!e && !bad && db_next(r)) {
		size_t i = (size_t)(db_int(r, 0) - sp[0].rec);
		bad = row_take(w, r, &sp[i], &ret[i]);
		if (w->full) {
			*ret_n = i + 1;
			break;
		}
	}
	if (!e)
		e = db_end(r, why);
	return e ? e : bad ? why_set(why, bad, "a stored body is damaged") : ERR_OK;
}

static enum err array_take(struct walk *w, const struct spot *sp, size_t n, struct placed *ret,
			   size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	int64_t *keys = arena_array(w->a, int64_t, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = sp[i].version ? 0 : sp[i].rec;
	struct db_value v = db_int_array(w->a, keys, n);
	enum err bad = ERR_OK, e = db_query(w->db, array_sql[w->q->with_body], &v, 1, &r, why);
	int at = HOLDING_WIDTH + (w->q->with_body ? 3 : 0);
	*ret_n = n;
	while (!e && db_next(r)) { /* to the end: one query at a time */
		size_t i = (size_t)db_int(r, at) - 1;
		if (bad || w->full)
			continue;
		bad = row_take(w, r, &sp[i], &ret[i]);
		if (w->full)
			*ret_n = i + 1;
	}
	if (!e)
		e = db_end(r, why);
	return e ? e : bad ? why_set(why, bad, "a stored body is damaged") : ERR_OK;
}

/* ---- superseded versions ---- */

/* A later version that says the same time is the same version of the object under another label. */
static enum err said_later(struct walk *w, const struct record *now, const struct record *was,
			   bool *ret, struct why *why)
{
	int64_t one = 0;
	*ret = was->source_modified_us && was->source_modified_us == now->source_modified_us;
	if (*ret || !was->source_modified_us)
		return ERR_OK;
	enum err e = db_get_int(
	    w->db,
	    "SELECT 1 FROM version WHERE holding = ?1 AND version > ?2 AND "
	    "source_modified = ?3 LIMIT 1",
	    DBARGS(DBI(now->key), DBI(was->version), DBI(was->source_modified_us)), &one, why);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* now is the holding today: what nobody may see any more is not seen through its past. */
static enum err past_take(struct walk *w, const struct spot *sp, const struct record *now,
			  struct placed *ret, struct why *why)
{
	struct record was = *now;
	bool later = false;
	if (!shows(w, now))
		return ERR_OK;
	enum err e = version_get(w->db, w->a, sp->rec, sp->version, &was, why);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e && shows(w, &was) && wanted(w, &was))
		e = said_later(w, now, &was, &later, why);
	else
		later = true;
	if (e || later)
		return e;
	if (!w->q->with_body)
		was.body = STR_NULL;
	w->bytes += was.body.n;
	w->full = w->full || w->bytes > w->q->bytes;
	*ret = (struct placed){.added = sp->added, .r = was, .past = true};
	return ERR_OK;
}

static enum err one_past(struct walk *w, const struct spot *sp, struct placed *ret, struct why *why)
{
	struct holding h = {0};
	enum err e = holdings_get(w->db, w->a, &sp->rec, 1, false, false, &h, why);
	return e ? e : past_take(w, sp, &h.r, ret, why);
}

/* ---- a chunk ---- */

/* Several holdings of one id: the one this reader is shown stays. */
static enum err drop_second(struct walk *w, struct placed *c, size_t n, struct why *why)
{
	struct uuid *ids = arena_array(w->a, struct uuid, n + 1);
	size_t *at = arena_array(w->a, size_t, n + 1), m = 0, n_hits = 0;
	struct uid_hit *hits = NULL;
	for (size_t i = 0; i < n; i++) {
		if (c[i].r.key && (c[i].r.flags & RECORD_SHARED || c[i].past)) {
			ids[m] = c[i].r.uid;
			at[m++] = i;
		}
	}
	if (!m)
		return ERR_OK;
	enum err e = holdings_of(w->s, w->db, false, w->a, ids, m, false, &hits, &n_hits, why);
	for (size_t i = 0; i < n_hits && !e; i++) {
		struct record *mine = &c[at[hits[i].at]].r;
		struct record *other = &hits[i].h.r;
		if (!mine->key || other->key == mine->key || !shows(w, other))
			continue;
		for (size_t k = 0; k < n_hits; k++) { /* against the present one of its lineage */
			const struct record *now = &hits[k].h.r;
			if (hits[k].at == hits[i].at && now->key == mine->key &&
			    record_better(other, now, w->v->team))
				mine->key = 0;
		}
	}
	return e;
}

static size_t run_of(const struct spot *sp, size_t n)
{
	size_t run = 1;
	while (run < n && !sp[run].version && sp[run].rec == sp[0].rec + (int64_t)run)
		run++;
	return run;
}

/* Fills c for the spots; *ret_n: those looked at. */
static enum err chunk_read(struct walk *w, const struct spot *sp, size_t n, struct placed *c,
			   size_t *ret_n, struct why *why)
{
	enum err e = ERR_OK;
	size_t i = 0;
	if (w->s->postgres && n)
		e = array_take(w, sp, n, c, &n, why);
	while (i < n && !e && !(w->full && !w->s->postgres)) {
		size_t run = sp[i].version ? 0 : run_of(sp + i, n - i), took = 1;
		if (sp[i].version)
			e = one_past(w, &sp[i], &c[i], why);
		else if (!w->s->postgres)
			e = run_take(w, sp + i, run, c + i, &took, why);
		i += took;
	}
	*ret_n = i;
	return e ? e : drop_second(w, c, i, why);
}

static enum err walk_run(struct walk *w, struct placed *ret, size_t *ret_n, struct why *why)
{
	size_t found = 0, looked = 0;
	while (found < w->q->limit && !w->end && !w->full &&
	       (looked < w->q->budget || looked == 0)) {
		struct spot sp[CHUNK];
		struct placed *c = arena_array(w->a, struct placed, CHUNK);
		size_t n = 0, took = 0;
		enum err e = spots_read(w, sp, &n, why);
		if (!e)
			e = chunk_read(w, sp, n, c, &took, why);
		if (e)
			return e;
		looked += n;
		w->end = w->end && took == n;
		for (size_t i = 0; i < took; i++) {
			if (c[i].r.key && found == w->q->limit) {
				w->end = false;
				break;
			}
			w->at = sp[i].added;
			if (!c[i].r.key)
				continue;
			c[i].r.flags &= ~(uint32_t)RECORD_SHARED;
			ret[found++] = c[i];
		}
	}
	*ret_n = found;
	return ERR_OK;
}

enum err store_placed(struct store *s, struct arena *a, const struct view *v,
		      const struct placed_query *q, struct placed *ret, size_t *ret_n,
		      int64_t *ret_at, bool *ret_end, struct why *why)
{
	struct walk w = {.s = s, .a = a, .v = v, .q = q, .at = q->after_us};
	if (q->limit < 1 || q->limit > PLACED_MAX)
		return why_set(why, ERR_INVALID, "a page has 1 to %u rows", PLACED_MAX);
	w.db = store_reader_get(s);
	bool begun = db_read_begin(w.db);
	enum err e = walk_run(&w, ret, ret_n, why);
	db_read_end(w.db, begun);
	store_reader_put(s, w.db);
	*ret_at = w.at;
	*ret_end = w.end;
	return e;
}

/* ---- one id ---- */

static enum err find(struct walk *w, struct uuid id, struct record *ret, struct why *why)
{
	struct uid_hit *hits = NULL;
	size_t n = 0;
	enum err e = holdings_of(w->s, w->db, false, w->a, &id, 1, w->q->with_body, &hits, &n, why);
	*ret = (struct record){0};
	for (size_t i = 0; i < n && !e; i++) {
		const struct record *r = &hits[i].h.r;
		if (shows(w, r) && (!ret->key || record_better(r, ret, w->v->team)))
			*ret = *r;
	}
	ret->flags &= ~(uint32_t)RECORD_SHARED;
	return e;
}

enum err store_placed_find(struct store *s, struct arena *a, const struct view *v, int64_t circle,
			   struct uuid id, bool with_body, struct placed *ret, struct why *why)
{
	const struct placed_query q = {.circle = circle, .with_body = with_body};
	struct walk w = {.s = s, .a = a, .v = v, .q = &q};
	struct record r;
	w.db = store_reader_get(s);
	enum err e = find(&w, id, &r, why);
	store_reader_put(s, w.db);
	if (!e)
		*ret = (struct placed){.added = r.pos, .r = r};
	return e;
}

static enum err past_of(struct walk *w, int64_t key, struct spot **ret, size_t *ret_n,
			struct why *why)
{
	VEC(struct spot) list = {0};
	struct db_rows *r;
	enum err e = db_query(w->db,
			      "SELECT added, rec, version FROM placed_before WHERE rec = ?1 AND "
			      "circle = ?2 ORDER BY added DESC LIMIT ?3",
			      DBARGS(DBI(key), DBI(w->q->circle), DBI(VERSIONS_MAX)), &r, why);
	if (e)
		return e;
	while (db_next(r))
		vec_add(w->a, &list,
			(struct spot){db_int(r, 0), db_int(r, 1), (int32_t)db_int(r, 2)});
	*ret = list.p;
	*ret_n = list.n;
	return db_end(r, why);
}

static enum err versions(struct walk *w, struct uuid id, struct placed **ret, size_t *ret_n,
			 struct why *why)
{
	struct record now;
	struct spot *past = NULL;
	size_t n = 0, m = 0;
	enum err e = find(w, id, &now, why);
	*ret_n = 0;
	if (e || !now.key)
		return e;
	e = past_of(w, now.key, &past, &n, why);
	struct placed *out = arena_array(w->a, struct placed, n + 1);
	out[n] = (struct placed){.added = now.pos, .r = now};
	w->bytes = now.body.n;
	for (size_t i = 0; i < n && !e && w->bytes < VERSIONS_BYTES; i++) {
		struct placed *at = &out[n - m - 1];
		e = past_take(w, &past[i], &now, at, why);
		m += at->r.key != 0;
	}
	*ret = out + n - m;
	*ret_n = m + 1;
	return e;
}

enum err store_placed_versions(struct store *s, struct arena *a, const struct view *v,
			       int64_t circle, struct uuid id, bool with_body, struct placed **ret,
			       size_t *ret_n, struct why *why)
{
	const struct placed_query q = {.circle = circle, .with_body = with_body, .bytes = SIZE_MAX};
	struct walk w = {.s = s, .a = a, .v = v, .q = &q};
	w.db = store_reader_get(s);
	bool begun = db_read_begin(w.db);
	enum err e = versions(&w, id, ret, ret_n, why);
	db_read_end(w.db, begun);
	store_reader_put(s, w.db);
	return e;
}

/* ---- taking versions out ---- */

struct forget {
	int64_t circle, key;
	const int64_t *added;
	size_t n;
};

static enum err do_forget(struct db *tx, void *ctx, struct why *why)
{
	const struct forget *f = ctx;
	enum err e = ERR_OK;
	for (size_t i = 0; i < f->n && !e; i++)
		e = db_exec(
		    tx, "DELETE FROM placed_before WHERE circle = ?1 AND added = ?2 AND rec = ?3",
		    DBARGS(DBI(f->circle), DBI(f->added[i]), DBI(f->key)), NULL, why);
	return e;
}

enum err store_placed_forget(struct store *s, int64_t circle, int64_t key, const int64_t *added,
			     size_t n, struct why *why)
{
	struct forget f = {circle, key, added, n};
	return store_tx(s, do_forget, &f, why);
}
