// SPDX-License-Identifier: Apache-2.0
/* The rows that lists are sorted by: written with their records, filled in where they are missing.
 */
#include "store/sorted.h"

#include "store/records_internal.h"
#include "store/service_internal.h"

#define ROW_WIDTH 6
static const char insert_sql[] =
    "INSERT INTO sortable(rec, shelf, created, number, due, title) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT(rec) DO UPDATE SET shelf = excluded.shelf, number = excluded.number, "
    "due = excluded.due, title = excluded.title";
/* A body that says nothing of it: what was taken out of a record is not kept here. */
static const char clear_sql[] =
    "UPDATE sortable SET shelf = ?2, due = 0, title = ?3 WHERE rec = ?1";
static const char move_sql[] = "UPDATE sortable SET shelf = ?2 WHERE rec = ?1";

/* "INC-2026-0012": by year, then by number; 0 where it is none of ours. */
static int64_t number_key(str number)
{
	size_t a = number.n, b;
	uint64_t n, year;

	while (a && number.p[a - 1] != '-')
		a--;
	b = a ? a - 1 : 0;
	while (b && number.p[b - 1] != '-')
		b--;
	if (b < 2 || str_u64(str_from(number, a), &n) || n >= 1000000000000u ||
	    str_u64(str_slice(number, b, a - 1 - b), &year) || year > 9999)
		return 0;
	return (int64_t)(year * 1000000000000u + n);
}

/* The first bytes of the folded title, cut before a character that does not fit. */
static str title_key(struct arena *a, str title)
{
	str t = text_fold(a, title);
	size_t n = t.n < SORT_TITLE_BYTES ? t.n : SORT_TITLE_BYTES;

	while (n && n < t.n && ((unsigned char)t.p[n] & 0xc0) == 0x80)
		n--;
	return n ? str_slice(t, 0, n) : STR("");
}

static void row_args(struct arena *a, const struct record *r, int64_t shelf,
		     const struct record_sort *s, struct db_value v[ROW_WIDTH])
{
	const struct db_value row[ROW_WIDTH] = {DBI(r->key),
						DBI(shelf),
						DBI(r->created_us),
						DBI(number_key(r->number)),
						DBI(s->due_us > 0 ? s->due_us : 0),
						DBB(title_key(a, s->title))};

	memcpy(v, row, sizeof(row));
}

enum err sorted_write(struct wtx *w, struct apply *x, struct why *why)
{
	struct db_value *rows = arena_array(&w->arena, struct db_value, ROW_WIDTH * x->n),
			*moved = arena_array(&w->arena, struct db_value, 2 * x->n),
			*bare = arena_array(&w->arena, struct db_value, 3 * x->n);
	size_t n = 0, m = 0, k = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < x->n; i++) {
		const struct record_put *p = &x->w->ops->puts.p[i];
		const struct holding *h = &x->p[i].now;

		if (p->sort) {
			row_args(&w->arena, &h->r, h->shelf, p->sort, rows + ROW_WIDTH * n++);
		} else if (h->r.form != FORM_OWN || x->p[i].is_new) {
			continue;
		} else if (p->body.p) {
			bare[3 * k] = DBI(h->r.key);
			bare[3 * k + 1] = DBI(h->shelf);
			bare[3 * k++ + 2] = DBB(STR(""));
		} else if (w->sequencing) {
			moved[2 * m] = DBI(h->r.key);
			moved[2 * m++ + 1] = DBI(h->shelf);
		}
	}
	if (n)
		e = db_many(w->db, insert_sql, rows, ROW_WIDTH, n, NULL, NULL, why);
	if (!e && k)
		e = db_many(w->db, clear_sql, bare, 3, k, NULL, NULL, why);
	return e || !m ? e : db_many(w->db, move_sql, moved, 2, m, NULL, NULL, why);
}

enum err sorted_move(struct wtx *w, const struct holding *h, const struct place *p, size_t n,
		     struct why *why)
{
	struct db_value *v = arena_array(&w->arena, struct db_value, 2 * n);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (h[i].r.form != FORM_OWN)
			continue;
		v[2 * m] = DBI(p[i].rec);
		v[2 * m++ + 1] = DBI(p[i].shelf);
	}
	return m ? db_many(w->db, move_sql, v, 2, m, NULL, NULL, why) : ERR_OK;
}

/* ---- what has none yet ---- */

enum err sorted_missing(struct store *s, struct arena *a, int32_t type, size_t limit,
			int64_t *after, int64_t **ret, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	int64_t *keys = arena_array(a, int64_t, limit);
	struct db_rows *r;
	size_t n = 0;
	enum err e = db_query(db,
			      "SELECT o.rec, o.pos FROM ord o LEFT JOIN sortable s ON s.rec = "
			      "o.rec WHERE o.type = ?1 AND s.rec IS NULL AND o.pos > ?2 "
			      "ORDER BY o.pos LIMIT ?3",
			      DBARGS(DBI(type), DBI(*after), DBI(limit)), &r, why);

	if (!e) {
		while (n < limit && db_next(r)) {
			keys[n++] = db_int(r, 0);
			*after = db_int(r, 1);
		}
		e = db_end(r, why);
	}
	store_reader_put(s, db);
	*ret = keys;
	*ret_n = n;
	return e;
}

struct fill {
	const struct record *records;
	const struct record_sort *sorts;
	size_t n;
};

/* A record may have moved since it was read: its shelf is the one it has now, and who wrote it anew
 * meanwhile has written its row. */
static enum err do_fill(struct db *tx, void *ctx, struct why *why)
{
	static const char sql[] =
	    "INSERT INTO sortable(rec, shelf, created, number, due, title) SELECT ?1, h.shelf, ?3, "
	    "?4, ?5, ?6 FROM holding h WHERE h.id = ?1 AND h.version = ?2 "
	    "ON CONFLICT(rec) DO NOTHING";
	const struct fill *f = ctx;
	ARENA(a, 0);
	struct db_value *v = arena_array(&a, struct db_value, ROW_WIDTH * f->n);

	for (size_t i = 0; i < f->n; i++) /* the version stands where a row has its shelf */
		row_args(&a, &f->records[i], f->records[i].version, &f->sorts[i],
			 v + ROW_WIDTH * i);
	return db_many(tx, sql, v, ROW_WIDTH, f->n, NULL, NULL, why);
}

enum err sorted_fill(struct store *s, const struct record *records, const struct record_sort *sorts,
		     size_t n, struct why *why)
{
	struct fill f = {records, sorts, n};

	return n ? store_tx(s, do_fill, &f, why) : ERR_OK;
}
