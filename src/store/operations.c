// SPDX-License-Identifier: Apache-2.0
/* operations: what a change of many records did, so that it can be taken back. */
#include "store/service_internal.h"

#define KEPT_US (24 * 3600 * US_PER_S)

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	const struct operation *o = ctx;
	enum err e = db_exec(tx, "DELETE FROM operation WHERE at < ?1",
			     DBARGS(DBI(o->at_us - KEPT_US)), NULL, why);

	if (e)
		return e;
	return db_exec(tx,
		       "INSERT INTO operation(uid, account, at, undone, body) "
		       "VALUES(?1, ?2, ?3, 0, ?4)",
		       DBARGS(DBU(o->uid), DBI(o->account), DBI(o->at_us), DBT(o->body)), NULL,
		       why);
}

enum err operation_add(struct store *s, const struct operation *o, struct why *why)
{
	struct operation copy = *o;

	return store_tx(s, do_add, &copy, why);
}

enum err operation_find(struct store *s, struct arena *a, struct uuid uid, struct operation *ret,
			struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	bool found = false;
	enum err e = db_query(db, "SELECT account, at, undone, body FROM operation WHERE uid = ?1",
			      DBARGS(DBU(uid)), &r, why);

	if (!e) {
		found = db_next(r);
		if (found)
			*ret = (struct operation){.uid = uid,
						  .account = db_int(r, 0),
						  .at_us = db_int(r, 1),
						  .undone_us = db_int(r, 2),
						  .body = arena_str(a, db_bytes(r, 3))};
		e = db_end(r, why);
	}
	store_reader_put(s, db);
	return e || found ? e : why_set(why, ERR_NOTFOUND, "no such operation");
}

enum err operation_take(struct store *s, struct uuid uid, int64_t at_us, struct why *why)
{
	int64_t changed = 0;
	enum err e =
	    service_exec(s, "UPDATE operation SET undone = ?2 WHERE uid = ?1 AND undone = 0",
			 DBARGS(DBU(uid), DBI(at_us)), &changed, why);

	return e || changed ? e : why_set(why, ERR_CONFLICT, "was taken back already");
}
