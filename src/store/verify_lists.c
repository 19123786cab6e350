// SPDX-License-Identifier: Apache-2.0
/* verify_lists: lists, circles, shelves and counters as a whole, after verify_records has looked
 * up every holding's own rows: nothing may stand there besides. */
#include <assert.h>

#include "store/verify_internal.h"

/* ---- placements ---- */

struct placed {
	int64_t circle, added, rec, n;
};

static bool label_names(const struct label *l, int64_t circle)
{
	bool named = false;

	for (size_t i = 0; l && i < l->n_circles && !named; i++)
		named = l->circles[i].circle == circle;
	return named;
}

/* Every record of a range stands at its place, under a label that names the circle. */
static enum err range_check(struct verify *v, const struct placed *p, struct why *why)
{
	struct db_rows *rows;
	int64_t seen = 0, end;
	enum err err;

	if (p->n < 1 || __builtin_add_overflow(p->rec, p->n, &end) ||
	    __builtin_add_overflow(p->added, p->n, &seen)) {
		verify_tell(v, "placement",
			    arena_printf(&v->page, "circle %lld at %lld", (long long)p->circle,
					 (long long)p->added),
			    "names records that cannot be");
		return ERR_OK;
	}
	seen = 0;
	err = db_query(
	    v->db,
	    "SELECT id, pos, label, uid, type FROM holding WHERE id >= ?1 AND id < ?2 ORDER BY id",
	    DBARGS(DBI(p->rec), DBI(end)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t id = db_int(rows, 0), label = db_int(rows, 2);
		str name = verify_name(v, (int32_t)db_int(rows, 4), db_uuid(rows, 3));

		seen++;
		if (db_int(rows, 1) != p->added + (id - p->rec))
			verify_tell(v, "placement", name,
				    "was placed in a circle at another time than its row says");
		if (!label_names(label_get(v->s, label), p->circle))
			verify_tell(v, "placement", name,
				    "stands in a circle that its label does not name");
	}
	err = db_end(rows, why);
	if (!err && seen != p->n)
		verify_tell(v, "placement",
			    arena_printf(&v->page, "circle %lld at %lld", (long long)p->circle,
					 (long long)p->added),
			    "names %lld records, %lld are there", (long long)p->n, (long long)seen);
	arena_reset(&v->page);
	return err;
}

static enum err placements_page(struct verify *v, struct placed *last, size_t *ret_n,
				struct why *why)
{
	struct placed list[VERIFY_PAGE];
	struct db_rows *rows;
	size_t n = 0;
	enum err err =
	    db_query(v->db,
		     "SELECT circle, added, rec, n FROM placement WHERE circle > ?1 OR "
		     "(circle = ?1 AND added > ?2) ORDER BY circle, added LIMIT ?3",
		     DBARGS(DBI(last->circle), DBI(last->added), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE)
		list[n++] = (struct placed){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2),
					    db_int(rows, 3)};
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		*last = list[i];
		err = range_check(v, &list[i], why);
	}
	*ret_n = n;
	return err;
}

/* The other way round: as many places in circles as labels name. */
static enum err placements_count(struct verify *v, struct why *why)
{
	int64_t want = 0, have = 0;
	struct db_rows *rows;
	enum err err =
	    db_query(v->db, "SELECT label, count(*) FROM holding WHERE pos > 0 GROUP BY label",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		const struct label *l = label_get(v->s, db_int(rows, 0));
		int64_t circles = 0;

		for (size_t i = 0; l && i < l->n_circles; i++)
			circles += i == 0 || l->circles[i].circle != l->circles[i - 1].circle;
		want += circles * db_int(rows, 1);
	}
	err = db_end(rows, why);
	if (!err)
		err = db_get_int(v->db, "SELECT coalesce(sum(n), 0) FROM placement", DBNONE, &have,
				 why);
	if (!err && have != want)
		verify_tell(v, "placement", STR("circles"), "hold %lld records, labels name %lld",
			    (long long)have, (long long)want);
	return err;
}

enum err verify_placements(struct verify *v, struct why *why)
{
	struct placed last = {.circle = INT64_MIN, .added = INT64_MIN};
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	while (!err && n == VERIFY_PAGE)
		err = placements_page(v, &last, &n, why);
	return err ? err : placements_count(v, why);
}

/* ---- lists: as many rows as holdings ---- */

static enum err rows_count(struct verify *v, const char *sql, const char *list, int64_t want,
			   struct why *why)
{
	int64_t have = 0;
	enum err err = db_get_int(v->db, sql, DBNONE, &have, why);

	if (!err && have != want)
		verify_tell(v, "placement", str_c(list),
			    "holds %lld rows, %lld records stand there", (long long)have,
			    (long long)want);
	return err;
}

static enum err shelves_check(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	enum err err =
	    db_query(v->db,
		     "SELECT s.id, s.n, s.first, s.last, count(x.pos), min(x.pos), max(x.pos) "
		     "FROM shelf s LEFT JOIN shelved x ON x.shelf = s.id "
		     "GROUP BY s.id, s.n, s.first, s.last",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t n = db_int(rows, 4);
		str name = arena_printf(&v->page, "shelf %lld", (long long)db_int(rows, 0));

		if (db_int(rows, 1) != n)
			verify_tell(v, "placement", name, "counts %lld records, %lld stand there",
				    (long long)db_int(rows, 1), (long long)n);
		if (n && (db_int(rows, 2) > db_int(rows, 5) || db_int(rows, 3) < db_int(rows, 6)))
			verify_tell(v, "placement", name,
				    "does not reach from its first to its last record");
	}
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}

/* ---- numbers: none was handed out that the counter may hand out again ---- */

struct numbers {
	int64_t team, year, max;
	str prefix; /* empty: no group yet */
};

/* "INC-2026-0001" from behind. */
static bool number_split(str number, struct numbers *ret, int64_t *ret_n)
{
	size_t a = number.n, b;

	while (a && number.p[a - 1] != '-')
		a--;
	b = a ? a - 1 : 0;
	while (b && number.p[b - 1] != '-')
		b--;
	if (b < 2 || str_i64(str_from(number, a), ret_n) != ERR_OK ||
	    str_i64(str_slice(number, b, a - 1 - b), &ret->year) != ERR_OK)
		return false;
	ret->prefix = str_slice(number, 0, b - 1);
	return true;
}

static enum err counter_check(struct verify *v, const struct numbers *g, struct why *why)
{
	int64_t next = 0;
	enum err err;

	if (!g->prefix.n)
		return ERR_OK;
	err = db_get_int(v->db,
			 "SELECT coalesce(max(next), 0) FROM counter WHERE team = ?1 AND "
			 "prefix = ?2 AND year = ?3",
			 DBARGS(DBI(g->team), DBT(g->prefix), DBI(g->year)), &next, why);
	if (!err && next <= g->max)
		verify_tell(v, "holding",
			    arena_printf(&v->page, "%.*s-%lld-%04lld", STR_ARG(g->prefix),
					 (long long)g->year, (long long)g->max),
			    "the counter of these numbers would hand it out again");
	return err;
}

struct numbered {
	int64_t team;
	str number;
};

static enum err numbers_page(struct verify *v, struct arena *a, struct numbers *g,
			     struct numbered *last, size_t *ret_n, struct why *why)
{
	struct numbered list[VERIFY_PAGE];
	struct db_rows *rows;
	size_t n = 0;
	enum err err =
	    db_query(v->db,
		     "SELECT team, number FROM holding WHERE number <> '' AND "
		     "(team, number) > (?1, ?2) ORDER BY team, number LIMIT ?3",
		     DBARGS(DBI(last->team), DBT(last->number), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE)
		list[n++] = (struct numbered){db_int(rows, 0), arena_str(a, db_bytes(rows, 1))};
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		struct numbers now = {.team = list[i].team};
		int64_t k = 0;

		*last = list[i];
		if (!number_split(list[i].number, &now, &k)) {
			verify_tell(v, "holding", list[i].number, "is no number of ours");
			continue;
		}
		if (now.team != g->team || now.year != g->year || !str_eq(now.prefix, g->prefix)) {
			err = counter_check(v, g, why);
			*g = now;
		}
		g->max = k > g->max ? k : g->max;
	}
	*ret_n = n;
	return err;
}

static enum err numbers_check(struct verify *v, struct why *why)
{
	struct numbers g = {.prefix = STR_NULL};
	struct numbered last = {.team = INT64_MIN, .number = STR("")};
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	while (!err && n == VERIFY_PAGE) {
		ARENA(a, 0);
		BUF(kept);

		err = numbers_page(v, &a, &g, &last, &n, why);
		/* what goes on to the next page: the last number, and the prefix in it */
		buf_add(&kept, last.number);
		buf_add(&kept, g.prefix);
		arena_reset(&v->page);
		str both = arena_str(&v->page, buf_str(&kept));
		size_t at = last.number.n;
		last.number = str_slice(both, 0, at);
		g.prefix = str_from(both, at);
	}
	if (!err)
		err = counter_check(v, &g, why);
	arena_reset(&v->page);
	return err;
}

/* ---- ids that several teams hold say so ---- */

static enum err shared_check(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	enum err err =
	    db_query(v->db,
		     "SELECT uid, type FROM (SELECT uid, max(type) AS type, count(*) AS n, "
		     "sum(CASE WHEN pos > 0 THEN 1 ELSE 0 END) AS placed, "
		     "sum(CASE WHEN (flags & 8) <> 0 THEN 1 ELSE 0 END) AS shared, "
		     "sum(CASE WHEN (flags & 8) <> 0 AND pos > 0 THEN 1 ELSE 0 END) AS both_of "
		     "FROM holding GROUP BY uid) x "
		     "WHERE (n = 1 AND shared > 0) OR (placed > 1 AND both_of <> placed)",
		     DBNONE, &rows, why);

	static_assert(RECORD_SHARED == 8, "in the SQL above");
	if (err)
		return err;
	while (db_next(rows))
		verify_tell(v, "holding",
			    verify_name(v, (int32_t)db_int(rows, 1), db_uuid(rows, 0)),
			    "'flags' is wrong about who else holds this id");
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}

/* What lists are sorted by stands on the shelf of its record. */
static enum err sortable_check(struct verify *v, struct why *why)
{
	int64_t wrong = 0;
	enum err err = db_get_int(v->db,
				  "SELECT count(*) FROM sortable s LEFT JOIN holding h ON h.id = "
				  "s.rec WHERE h.id IS NULL OR h.shelf <> s.shelf OR "
				  "h.created <> s.created",
				  DBNONE, &wrong, why);

	if (!err && wrong)
		verify_tell(v, "placement", STR("sorted lists"),
			    "%lld rows do not stand where their records do", (long long)wrong);
	return err;
}

enum err verify_lists(struct verify *v, struct why *why)
{
	enum err err = rows_count(v, "SELECT count(*) FROM shelved", "shelves", v->listed, why);

	if (!err)
		err =
		    rows_count(v, "SELECT count(*) FROM ord", "the order of types", v->listed, why);
	if (!err)
		err = rows_count(v, "SELECT count(*) FROM part", "parts", v->parts, why);
	if (!err)
		err = shelves_check(v, why);
	if (!err)
		err = sortable_check(v, why);
	if (!err)
		err = numbers_check(v, why);
	return err ? err : shared_check(v, why);
}
