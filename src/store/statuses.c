// SPDX-License-Identifier: Apache-2.0
/* statuses: what became of objects that were sent here (TAXII 2.1 section 4.3). */
#include "store/service_internal.h"

#define KEPT_US (48 * 3600 * US_PER_S)

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	const struct sent_status *x = ctx;
	enum err e = db_exec(tx, "DELETE FROM taxii_status WHERE created < ?1",
			     DBARGS(DBI(x->created_us - KEPT_US)), NULL, why);
	if (e)
		return e;
	return db_exec(
	    tx,
	    "INSERT INTO taxii_status(uid, account, team, created, body) "
	    "VALUES(?1, ?2, ?3, ?4, ?5)",
	    DBARGS(DBU(x->uid), DBI(x->account), DBI(x->team), DBI(x->created_us), DBT(x->body)),
	    NULL, why);
}

enum err sent_status_add(struct store *s, const struct sent_status *x, struct why *why)
{
	struct sent_status copy = *x;
	return store_tx(s, do_add, &copy, why);
}

enum err sent_status_find(struct store *s, struct arena *a, struct uuid uid,
			  struct sent_status *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	bool found = false;
	enum err e =
	    db_query(db, "SELECT account, team, created, body FROM taxii_status WHERE uid = ?1",
		     DBARGS(DBU(uid)), &r, why);
	if (!e) {
		found = db_next(r);
		if (found)
			*ret = (struct sent_status){.uid = uid,
						    .account = db_int(r, 0),
						    .team = db_int(r, 1),
						    .created_us = db_int(r, 2),
						    .body = arena_str(a, db_bytes(r, 3))};
		e = db_end(r, why);
	}
	store_reader_put(s, db);
	return e || found ? e : why_set(why, ERR_NOTFOUND, "no such status");
}
