// SPDX-License-Identifier: Apache-2.0
/* idempotency: the answer to a request that may be sent twice, kept for a day under the key its
 * sender chose. A row with status 0 is a request still at work; its answer is the number of the
 * process that works on it (process.c). */
#include "store/service_internal.h"
#include "store/store_internal.h"

#define KEPT_US (24 * 3600 * US_PER_S)
#define WORK_US (600 * US_PER_S) /* longer than any request takes */

struct begin {
	struct store *store;
	struct arena *a;
	int64_t account;
	str key;
	struct digest request;
	bool fresh, same;
	int status;
	int64_t at;
	str answer;
};

static enum err read_row(struct db *tx, struct begin *b, struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(
	    tx,
	    "SELECT request, status, answer, at FROM idempotency WHERE account = ?1 AND key = ?2",
	    DBARGS(DBI(b->account), DBT(b->key)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		b->same = digest_eq(db_digest(rows, 0), b->request);
		b->status = (int)db_int(rows, 1);
		b->answer = arena_str(b->a, db_bytes(rows, 2));
		b->at = db_int(rows, 3);
	}
	return db_end(rows, why);
}

/* Begun, never ended and nobody at work any more: its process was killed, or could not write down
 * the answer. */
static enum err is_left(struct store *s, struct db *tx, const struct begin *b, int64_t now,
			bool *ret, struct why *why)
{
	int64_t number;

	*ret = b->same && b->status == 0 && b->at < now - WORK_US;
	if (*ret || !b->same || b->status || str_i64(b->answer, &number))
		return ERR_OK;
	return process_gone(s, tx, number, ret, why);
}

static enum err do_begin(struct db *tx, void *ctx, struct why *why)
{
	struct begin *b = ctx;
	int64_t now = clock_now_us(), added = 0;
	str us = arena_printf(b->a, "%lld", (long long)b->store->process);
	bool left = false;
	enum err err = db_exec(tx, "DELETE FROM idempotency WHERE at < ?1",
			       DBARGS(DBI(now - KEPT_US)), NULL, why);

	if (!err)
		err = db_exec(
		    tx,
		    "INSERT INTO idempotency(account, key, request, status, answer, at) "
		    "VALUES(?1, ?2, ?3, 0, ?5, ?4) ON CONFLICT(account, key) DO NOTHING",
		    DBARGS(DBI(b->account), DBT(b->key), DBD(b->request), DBI(now), DBT(us)),
		    &added, why);
	b->fresh = added > 0;
	if (err || b->fresh)
		return err;
	err = read_row(tx, b, why);
	if (!err)
		err = is_left(b->store, tx, b, now, &left, why);
	if (err || !left)
		return err;
	/* of two that repeat it at once, one */
	err = db_exec(
	    tx,
	    "UPDATE idempotency SET at = ?3, answer = ?4 WHERE account = ?1 AND key = ?2 "
	    "AND status = 0 AND answer = ?5 AND at = ?6",
	    DBARGS(DBI(b->account), DBT(b->key), DBI(now), DBT(us), DBT(b->answer), DBI(b->at)),
	    &added, why);
	b->fresh = added > 0;
	return err;
}

enum err idempotency_begin(struct store *s, struct arena *a, int64_t account, str key,
			   struct digest request, bool *ret_done, int *ret_status, str *ret_answer,
			   struct why *why)
{
	struct begin b = {.store = s, .a = a, .account = account, .key = key, .request = request};
	enum err err = store_tx(s, do_begin, &b, why);

	if (err)
		return err;
	if (!b.fresh && !b.same)
		return why_set(why, ERR_CONFLICT,
			       "this idempotency key was used for another request");
	if (!b.fresh && b.status == 0)
		return why_set(why, ERR_BUSY,
			       "the first request with this idempotency key is still running");
	*ret_done = !b.fresh;
	if (!b.fresh) {
		*ret_status = b.status;
		*ret_answer = b.answer;
	}
	return ERR_OK;
}

enum err idempotency_end(struct store *s, int64_t account, str key, int status, str answer,
			 struct why *why)
{
	if (status == 0)
		return service_exec(s, "DELETE FROM idempotency WHERE account = ?1 AND key = ?2",
				    DBARGS(DBI(account), DBT(key)), NULL, why);
	return service_exec(
	    s, "UPDATE idempotency SET status = ?3, answer = ?4 WHERE account = ?1 AND key = ?2",
	    DBARGS(DBI(account), DBT(key), DBI(status), DBT(answer)), NULL, why);
}
