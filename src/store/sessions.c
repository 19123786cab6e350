// SPDX-License-Identifier: Apache-2.0
/* sessions: signed-in browsers by the SHA-256 of their secret. Expired ones are not found, and go
 * when the next one begins. */
#include "store/service_internal.h"

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	const struct session *x = ctx;
	enum err err = db_exec(tx, "DELETE FROM session WHERE expires <= ?1",
			       DBARGS(DBI(clock_now_us())), NULL, why);

	return err ? err
		   : db_exec(tx,
			     "INSERT INTO session(id, account, created, seen, step_up, expires) "
			     "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
			     DBARGS(DBD(x->id), DBI(x->account), DBI(x->created_us),
				    DBI(x->seen_us), DBI(x->step_up_us), DBI(x->expires_us)),
			     NULL, why);
}

enum err session_add(struct store *s, const struct session *x, struct why *why)
{
	return store_tx(s, do_add, (void *)(uintptr_t)x, why);
}

enum err session_find(struct store *s, struct digest id, struct session *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct session x = {0};
	bool found = false;
	enum err err = db_query(db,
				"SELECT account, created, seen, step_up, expires FROM session "
				"WHERE id = ?1 AND expires > ?2",
				DBARGS(DBD(id), DBI(clock_now_us())), &rows, why);

	if (!err) {
		while (db_next(rows)) {
			x = (struct session){id,
					     db_int(rows, 0),
					     db_int(rows, 1),
					     db_int(rows, 2),
					     db_int(rows, 3),
					     db_int(rows, 4)};
			found = true;
		}
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no such session");
	*ret = x;
	return ERR_OK;
}

enum err session_touch(struct store *s, struct digest id, int64_t seen_us, int64_t step_up_us,
		       struct why *why)
{
	return service_exec(s, "UPDATE session SET seen = ?2, step_up = ?3 WHERE id = ?1",
			    DBARGS(DBD(id), DBI(seen_us), DBI(step_up_us)), NULL, why);
}

enum err session_del(struct store *s, struct digest id, struct why *why)
{
	return service_exec(s, "DELETE FROM session WHERE id = ?1", DBARGS(DBD(id)), NULL, why);
}

enum err session_del_account(struct store *s, int64_t account, struct why *why)
{
	return service_exec(s, "DELETE FROM session WHERE account = ?1", DBARGS(DBI(account)), NULL,
			    why);
}
