// SPDX-License-Identifier: Apache-2.0
#include "store/entries.h"

#include "base/vec.h"
#include "store/journal_internal.h"
#include "store/service_internal.h"

#define COLUMNS                                                                                    \
	"j.id, j.epoch, e.id, j.seq, j.at, j.actor, j.team, j.kind, j.subject, j.record, "         \
	"j.version, j.label, j.n, j.salt, j.salt2, j.digest, "                                     \
	"(j.content IS NULL OR j.salt2 IS NULL)"
#define FROM " FROM journal j JOIN epoch e ON e.number = j.epoch "
#define ORDER " ORDER BY j.epoch DESC, j.seq DESC"

static struct entry entry_of(struct db_rows *r, struct arena *a)
{
	str salt = db_bytes(r, 13), salt2 = db_bytes(r, 14);
	struct entry x = {
	    .e = {.epoch = db_int(r, 1),
		  .epoch_id = db_uuid(r, 2),
		  .seq = db_int(r, 3),
		  .at_us = db_int(r, 4),
		  .actor = db_int(r, 5),
		  .team = db_int(r, 6),
		  .kind = arena_str(a, db_bytes(r, 7))},
	    .row = db_int(r, 0),
	    .record = db_int(r, 9),
	    .version = (int32_t)db_int(r, 10),
	    .label = db_int(r, 11),
	    .n = db_int(r, 12),
	    .digest = db_digest(r, 15),
	    .erased = db_int(r, 16) != 0,
	};

	if (!db_is_null(r, 8))
		x.e.subject = db_uuid(r, 8);
	if (salt.n == 16)
		memcpy(x.e.salt, salt.p, 16);
	if (!x.erased && salt2.n == 16)
		memcpy(x.e.content_salt, salt2.p, 16);
	return x;
}

static enum err read_all(struct store *s, struct arena *a, const char *sql,
			 const struct db_value *args, size_t n, struct entry **ret, size_t *ret_n,
			 struct why *why)
{
	VEC(struct entry) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	enum err err = db_query(db, sql, args, n, &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(a, &list, entry_of(r, a));
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

/* The first version may have come with a slice, whose entry names no record. */
static enum err of_record(struct store *s, struct arena *a, const struct entry_query *q,
			  int64_t epoch, struct entry **ret, size_t *ret_n, struct why *why)
{
	return read_all(
	    s, a,
	    "SELECT " COLUMNS FROM
	    "WHERE j.id IN (SELECT id FROM journal WHERE record = ?1 AND record <> 0 UNION "
	    "SELECT entry FROM holding WHERE id = ?1 AND version = 1 UNION "
	    "SELECT entry FROM version WHERE holding = ?1 AND version = 1) "
	    "AND j.seq IS NOT NULL AND (j.epoch, j.seq) < (?2, ?3)" ORDER " LIMIT ?4",
	    DBARGS(DBI(q->record), DBI(epoch), DBI(q->seq), DBI(q->limit)), ret, ret_n, why);
}

enum err entries_list(struct store *s, struct arena *a, const struct entry_query *q,
		      struct entry **ret, size_t *ret_n, struct why *why)
{
	int64_t epoch = q->epoch ? q->epoch : INT64_MAX;

	if (q->record)
		return of_record(s, a, q, epoch, ret, ret_n, why);
	if (q->team >= 0)
		return read_all(s, a,
				"SELECT " COLUMNS FROM
				"WHERE j.team = ?1 AND j.seq IS NOT NULL AND (j.epoch, j.seq) < "
				"(?2, ?3)" ORDER " LIMIT ?4",
				DBARGS(DBI(q->team), DBI(epoch), DBI(q->seq), DBI(q->limit)), ret,
				ret_n, why);
	return read_all(s, a,
			"SELECT " COLUMNS FROM
			"WHERE j.seq IS NOT NULL AND (j.epoch, j.seq) < (?1, ?2)" ORDER " LIMIT ?3",
			DBARGS(DBI(epoch), DBI(q->seq), DBI(q->limit)), ret, ret_n, why);
}

struct filling {
	struct arena *a;
	struct entry **e;
};

static void set_content(void *ctx, size_t i, struct db_rows *row)
{
	struct filling *f = ctx;

	if (!db_is_null(row, 0))
		f->e[i]->e.content = arena_str(f->a, db_bytes(row, 0));
}

enum err entries_content(struct store *s, struct arena *a, struct entry *e, size_t n,
			 int64_t most_bytes, struct why *why)
{
	struct db_value *args = arena_array(a, struct db_value, n * 2 + 1);
	struct filling f = {a, arena_array(a, struct entry *, n + 1)};
	struct db *db;
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		if (e[i].erased)
			continue;
		args[m * 2] = DBI(e[i].row);
		args[m * 2 + 1] = DBI(most_bytes);
		f.e[m++] = &e[i];
	}
	if (!m)
		return ERR_OK;
	db = store_reader_get(s);
	err = db_many(db,
		      "SELECT content FROM journal WHERE id = ?1 AND salt2 IS NOT NULL AND "
		      "length(content) <= ?2",
		      args, 2, m, set_content, &f, why);
	store_reader_put(s, db);
	return err;
}

enum err entries_get(struct store *s, struct arena *a, struct uuid epoch, int64_t seq,
		     struct entry *ret, struct why *why)
{
	struct entry *found = NULL;
	size_t n = 0;
	enum err err =
	    uuid_is_zero(epoch)
		? read_all(s, a,
			   "SELECT " COLUMNS FROM
			   "WHERE j.epoch = (SELECT max(number) FROM epoch) AND j.seq = ?1",
			   DBARGS(DBI(seq)), &found, &n, why)
		: read_all(s, a, "SELECT " COLUMNS FROM "WHERE e.id = ?1 AND j.seq = ?2",
			   DBARGS(DBU(epoch), DBI(seq)), &found, &n, why);

	if (!err && !n)
		return why_set(why, ERR_NOTFOUND, "no such entry of the journal");
	if (!err)
		err = entries_content(s, a, found, 1, INT64_MAX, why);
	if (!err)
		*ret = found[0];
	return err;
}

enum err entries_slice(struct store *s, struct arena *a, int64_t row, size_t cap,
		       int64_t *ret_records, int64_t *ret_labels, size_t *ret_n, struct why *why)
{
	struct slice_leaf *leaves = arena_array(a, struct slice_leaf, cap);
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	size_t n = 0;
	enum err err = db_query(db, "SELECT leaves FROM slice WHERE entry = ?1 ORDER BY n LIMIT 1",
				DBARGS(DBI(row)), &r, why);

	if (!err) {
		while (db_next(r))
			n = journal_slice_unpack(db_bytes(r, 0), leaves, cap);
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		ret_records[i] = leaves[i].record;
		ret_labels[i] = leaves[i].label;
	}
	*ret_n = n;
	return ERR_OK;
}

/* ---- checkpoints ---- */

enum err entries_checkpoint(struct store *s, struct uuid epoch, struct checkpoint *ret,
			    struct why *why)
{
	struct db *db;
	struct db_rows *r;
	bool found = false;
	enum err err;

	if (uuid_is_zero(epoch))
		return journal_checkpoint(s, ret, why);
	db = store_reader_get(s);
	err = db_query(db,
		       "SELECT c.size, c.root FROM checkpoint c JOIN epoch e ON e.number = c.epoch "
		       "WHERE e.id = ?1",
		       DBARGS(DBU(epoch)), &r, why);
	if (!err) {
		while (db_next(r)) {
			*ret = (struct checkpoint){epoch, db_int(r, 0), db_digest(r, 1)};
			found = true;
		}
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	return err || found ? err : why_set(why, ERR_NOTFOUND, "no such epoch of the journal");
}

enum err entries_consistency(struct store *s, struct arena *a, const struct checkpoint *to,
			     int64_t from, struct digest **ret, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	int64_t epoch = 0;
	enum err err = db_get_int(db, "SELECT number FROM epoch WHERE id = ?1",
				  DBARGS(DBU(to->epoch)), &epoch, why);

	if (!err)
		err = tree_consistency(db, a, epoch, from, to->size, ret, ret_n, why);
	store_reader_put(s, db);
	return err;
}
