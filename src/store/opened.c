// SPDX-License-Identifier: Apache-2.0
#include "store/opened.h"

#include "base/vec.h"
#include "store/journal_internal.h"
#include "store/service_internal.h"

/* The words of the index journal_receipt. */
#define KINDS "j.kind IN ('received', 'answered', 'withdrawal-applied')"

static bool salt_of(struct db_rows *r, int col, uint8_t ret[16])
{
	str b = db_bytes(r, col);

	if (b.n != 16)
		return false;
	memcpy(ret, b.p, 16);
	return true;
}

static struct opened_entry entry_of(struct db_rows *r, struct arena *a)
{
	struct opened_entry e = {.epoch = db_int(r, 0),
				 .epoch_id = db_uuid(r, 1),
				 .seq = db_int(r, 2),
				 .at_us = db_int(r, 3),
				 .actor = db_int(r, 4),
				 .team = db_int(r, 5),
				 .kind = arena_str(a, db_bytes(r, 6)),
				 .subject = db_uuid(r, 7)};

	if (salt_of(r, 8, e.salt) && salt_of(r, 9, e.content_salt))
		e.content = arena_str(a, db_bytes(r, 10));
	return e;
}

static enum err cursor_get(struct db *db, int64_t *epoch, int64_t *seq, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, "SELECT epoch, seq FROM receipt_cursor", DBNONE, &r, why);

	*epoch = 0;
	*seq = -1;
	if (e)
		return e;
	while (db_next(r)) {
		*epoch = db_int(r, 0);
		*seq = db_int(r, 1);
	}
	return db_end(r, why);
}

enum err opened_next(struct store *s, struct arena *a, size_t limit, struct opened_entry **ret,
		     size_t *ret_n, struct why *why)
{
	VEC(struct opened_entry) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *r = NULL;
	int64_t epoch, seq;
	enum err e = cursor_get(db, &epoch, &seq, why);

	if (!e)
		e = db_query(db,
			     "SELECT j.epoch, e.id, j.seq, j.at, j.actor, j.team, j.kind, "
			     "j.subject, j.salt, j.salt2, j.content FROM journal j JOIN epoch e ON "
			     "e.number = j.epoch WHERE " KINDS " AND j.subject IS NOT NULL AND "
			     "j.seq IS NOT NULL AND (j.epoch, j.seq) > (?1, ?2) ORDER BY j.epoch, "
			     "j.seq LIMIT ?3",
			     DBARGS(DBI(epoch), DBI(seq), DBI(limit)), &r, why);
	if (!e) {
		while (db_next(r))
			vec_add(a, &list, entry_of(r, a));
		e = db_end(r, why);
	}
	store_reader_put(s, db);
	if (e)
		return e;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err opened_done(struct store *s, int64_t epoch, int64_t seq, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO receipt_cursor(id, epoch, seq) VALUES(1, ?1, ?2) ON "
	    "CONFLICT(id) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq "
	    "WHERE receipt_cursor.epoch < excluded.epoch OR (receipt_cursor.epoch = "
	    "excluded.epoch AND receipt_cursor.seq < excluded.seq)",
	    DBARGS(DBI(epoch), DBI(seq)), NULL, why);
}

static enum err checkpoint_of(struct db *db, const struct opened_entry *e, struct checkpoint *ret,
			      struct why *why)
{
	struct db_rows *r;
	bool found = false;
	enum err err = db_query(db, "SELECT size, root FROM checkpoint WHERE epoch = ?1",
				DBARGS(DBI(e->epoch)), &r, why);

	if (err)
		return err;
	while (db_next(r)) {
		*ret = (struct checkpoint){e->epoch_id, db_int(r, 0), db_digest(r, 1)};
		found = true;
	}
	err = db_end(r, why);
	return err || found ? err : why_set(why, ERR_NOTFOUND, "no checkpoint of that epoch");
}

enum err opened_prove(struct store *s, struct arena *a, const struct opened_entry *e,
		      struct checkpoint *ret, struct digest **ret_path, size_t *ret_n,
		      struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = checkpoint_of(db, e, ret, why);

	if (!err)
		err = tree_inclusion(db, a, e->epoch, e->seq, ret->size, ret_path, ret_n, why);
	store_reader_put(s, db);
	return err;
}
