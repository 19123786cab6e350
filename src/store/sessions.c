// SPDX-License-Identifier: Apache-2.0
/* sessions: signed-in browsers by the SHA-256 of their secret. Expired ones are not found, and go
 * when the next one begins. */
#include "base/vec.h"
#include "store/service_internal.h"

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	const struct session *x = ctx;
	enum err err = db_exec(tx, "DELETE FROM session WHERE expires <= ?1",
			       DBARGS(DBI(clock_now_us())), NULL, why);

	return err ? err
		   : db_exec(tx,
			     "INSERT INTO session(id, account, created, seen, step_up, expires, "
			     "agent, peer) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			     DBARGS(DBD(x->id), DBI(x->account), DBI(x->created_us),
				    DBI(x->seen_us), DBI(x->step_up_us), DBI(x->expires_us),
				    DBT(x->agent), DBT(x->peer)),
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
			x = (struct session){.id = id,
					     .account = db_int(rows, 0),
					     .created_us = db_int(rows, 1),
					     .seen_us = db_int(rows, 2),
					     .step_up_us = db_int(rows, 3),
					     .expires_us = db_int(rows, 4)};
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

enum err session_list(struct store *s, struct arena *a, int64_t account, struct session **ret,
		      size_t *ret_n, struct why *why)
{
	VEC(struct session) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err =
	    db_query(db,
		     "SELECT id, created, seen, step_up, expires, agent, peer FROM session WHERE "
		     "account = ?1 AND expires > ?2 ORDER BY seen DESC, id",
		     DBARGS(DBI(account), DBI(clock_now_us())), &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list,
				((struct session){.id = db_digest(rows, 0),
						  .account = account,
						  .created_us = db_int(rows, 1),
						  .seen_us = db_int(rows, 2),
						  .step_up_us = db_int(rows, 3),
						  .expires_us = db_int(rows, 4),
						  .agent = arena_str(a, db_bytes(rows, 5)),
						  .peer = arena_str(a, db_bytes(rows, 6))}));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

struct ending {
	const struct account *of;
	const struct digest *id, *but;
	struct arena *a;
	int64_t actor, n;
};

static enum err do_end(struct db *tx, void *ctx, struct why *why)
{
	struct ending *x = ctx;
	struct json note = json_object();
	struct digest id = x->id ? *x->id : (struct digest){{0}},
		      but = x->but ? *x->but : (struct digest){{0}};
	enum err err = x->id ? db_exec(tx, "DELETE FROM session WHERE account = ?1 AND id = ?2",
				       DBARGS(DBI(x->of->key), DBD(id)), &x->n, why)
			     : db_exec(tx, "DELETE FROM session WHERE account = ?1 AND id <> ?2",
				       DBARGS(DBI(x->of->key), DBD(but)), &x->n, why);

	if (err || !x->n)
		return err;
	json_set(x->a, &note, STR("account"), json_from_i64(x->a, x->of->key));
	json_set(x->a, &note, STR("sessions_ended"), json_from_i64(x->a, x->n));
	return service_note(tx, x->actor, x->of->team, "account-sessions", x->a, &note, why);
}

enum err session_end(struct store *s, const struct account *of, const struct digest *id,
		     const struct digest *but, int64_t actor, size_t *ret_n, struct why *why)
{
	ARENA(a, 0);
	struct ending x = {.of = of, .id = id, .but = but, .a = &a, .actor = actor};
	enum err err = store_tx(s, do_end, &x, why);

	if (!err && ret_n)
		*ret_n = (size_t)x.n;
	return err;
}
