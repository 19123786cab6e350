// SPDX-License-Identifier: Apache-2.0
/* links: relations of holdings to ids, read from either end; full text as pages of records; and the
 * history of a holding. */
#include "base/json.h"
#include "store/records_internal.h"
#include "store/text_internal.h"

#define LINK_COLUMNS "l.src, h.uid, l.dst, l.relation, l.team, l.at, l.made_by"

struct links {
	struct store *s;
	struct arena *a;
	VEC(struct link) out;
};

static void link_row(void *ctx, size_t index, struct db_rows *r)
{
	struct links *x = ctx;
	(void)index;
	vec_add(x->a, &x->out,
		(struct link){.src_key = db_int(r, 0),
			      .src = db_uuid(r, 1),
			      .dst = db_uuid(r, 2),
			      .relation = arena_str(x->a, word_text(x->s, (int32_t)db_int(r, 3))),
			      .team = db_int(r, 4),
			      .at_us = db_int(r, 5),
			      .by = db_int(r, 6)});
}

static enum err links_read(struct store *s, struct arena *a, const char *sql,
			   const struct db_value *args, size_t n, struct link **ret, size_t *ret_n,
			   struct why *why)
{
	struct links x = {.s = s, .a = a};
	struct db *db = store_reader_get(s);
	enum err e = db_many(db, sql, args, 1, n, link_row, &x, why);
	store_reader_put(s, db);
	if (e)
		return e;
	*ret = x.out.p;
	*ret_n = x.out.n;
	return ERR_OK;
}

enum err store_links(struct store *s, struct arena *a, const int64_t *src_keys, size_t n,
		     struct link **ret, size_t *ret_n, struct why *why)
{
	struct db_value *args = arena_array(a, struct db_value, n);
	for (size_t i = 0; i < n; i++)
		args[i] = DBI(src_keys[i]);
	return links_read(s, a,
			  "SELECT " LINK_COLUMNS " FROM link l JOIN holding h ON h.id = l.src "
			  "WHERE l.src = ?1 ORDER BY l.at, l.relation, l.dst",
			  args, n, ret, ret_n, why);
}

enum err store_links_to(struct store *s, struct arena *a, const struct uuid *dst, size_t n,
			struct link **ret, size_t *ret_n, struct why *why)
{
	struct db_value *args = arena_array(a, struct db_value, n);
	for (size_t i = 0; i < n; i++)
		args[i] = DBU(dst[i]);
	return links_read(s, a,
			  "SELECT " LINK_COLUMNS " FROM link l JOIN holding h ON h.id = l.src "
			  "WHERE l.dst = ?1 ORDER BY l.at, l.src, l.relation",
			  args, n, ret, ret_n, why);
}

/* ---- full text ---- */

enum err store_search(struct store *s, struct arena *a, const struct view *v,
		      const struct text_query *q, struct record *ret, size_t *ret_n,
		      int64_t *next_pos, struct why *why)
{
	int64_t *keys = NULL, *docs = NULL;
	size_t n = 0, m = 0;
	if (q->limit < 1 || q->limit > 1000)
		return why_set(why, ERR_INVALID, "a page has 1 to 1000 rows");
	struct db *db = store_reader_get(s);
	enum err e = text_find(db, a, v, q->query, q->types, q->n_types, q->before_pos, q->limit,
			       &keys, &docs, &n, why);
	store_reader_put(s, db);
	struct record *r = arena_array(a, struct record, n);
	struct record *best = arena_array(a, struct record, n);
	struct uuid *ids = arena_array(a, struct uuid, n);
	if (!e && n)
		e = store_read(s, a, v, keys, n, true, r, why);
	for (size_t i = 0; i < n; i++)
		ids[i] = r[i].uid;
	/* a second holding of an id is dropped where a better one is shown */
	if (!e && n)
		e = store_find(s, a, v, ids, n, false, best, why);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (r[i].key && !(r[i].flags & RECORD_REVOKED) && best[i].key == r[i].key)
			ret[m++] = r[i];
	}
	*ret_n = m;
	*next_pos = n == q->limit ? docs[n - 1] : 0;
	return ERR_OK;
}

/* ---- history ---- */

#define HISTORY                                                                                    \
	JOURNAL_COLUMNS ", (SELECT e.id FROM epoch e WHERE e.number = journal.epoch) AS epoch_id"

typedef VEC(struct history_item) items;

static void history_row(struct arena *a, struct db_rows *r, items *out)
{
	struct journal_entry e;
	struct digest content;
	bool kept = journal_row(r, a, &e, &content);
	struct history_item item = {.epoch = db_uuid(r, 15),
				    .seq = e.seq,
				    .at_us = e.at_us,
				    .actor = e.actor,
				    .team = e.team,
				    .kind = e.kind,
				    .version = e.record ? e.version : 1,
				    .label = e.label,
				    .erased = !kept};
	struct json v;
	if (kept && e.record && json_parse(a, e.content, NULL, &v, NULL) == ERR_OK) {
		item.patch = json_get_str(&v, "patch");
		item.why = json_get_str(&v, "why");
	}
	vec_add(a, out, item);
}

static enum err history_read(struct db *db, struct arena *a, const char *sql, int64_t arg,
			     items *out, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, sql, DBARGS(DBI(arg)), &r, why);
	if (e)
		return e;
	while (db_next(r))
		history_row(a, r, out);
	return db_end(r, why);
}

enum err store_history(struct store *s, struct arena *a, int64_t key, struct history_item **ret,
		       size_t *ret_n, struct why *why)
{
	items out = {0};
	struct db *db = store_reader_get(s);
	/* the first version may have come with a slice, whose entry names no record */
	int64_t first = 0;
	enum err e = db_get_int(db,
				"SELECT coalesce((SELECT entry FROM version WHERE holding = ?1 AND "
				"version = 1), (SELECT entry FROM holding WHERE id = ?1), 0)",
				DBARGS(DBI(key)), &first, why);
	if (!e)
		e = history_read(db, a,
				 "SELECT " HISTORY " FROM journal WHERE id = ?1 AND record = 0",
				 first, &out, why);
	if (!e)
		e = history_read(db, a,
				 "SELECT " HISTORY " FROM journal WHERE record = ?1 AND "
				 "record <> 0 AND seq IS NOT NULL ORDER BY id",
				 key, &out, why);
	store_reader_put(s, db);
	if (e)
		return e;
	*ret = out.p;
	*ret_n = out.n;
	return ERR_OK;
}
