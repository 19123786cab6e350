// SPDX-License-Identifier: Apache-2.0
/* jobs: work that outlives a crash. A taken job is leased: run_at of a running one is the end of
 * its lease, so that "due" is one condition for fresh and abandoned ones alike. */
#include "store/service_internal.h"
#include "store/store_internal.h"

#define JOB_COLUMNS                                                                                \
	"id, kind, payload, state, run_at, created, account, attempts, progress, result, uid"
#define JOB_TRIES 8                            /* a job that kills its worker is given up */
#define JOB_KEPT_US (7 * 24 * 3600 * US_PER_S) /* ended jobs can be asked for a week */

static str or_empty(str s)
{
	return s.p ? s : STR("");
}

enum err job_insert(struct db *tx, const struct job *j, const char *dedupe, struct uuid *ret_uid,
		    struct why *why)
{
	struct uuid uid = uuid_is_zero(j->uid) ? uuid_new() : j->uid;
	struct db_rows *rows;
	int64_t now = clock_now_us();
	enum err err = db_query(
	    tx,
	    "INSERT INTO job(uid, kind, payload, state, run_at, created, account, attempts, "
	    "progress, result, "
	    "dedupe) VALUES(?1, ?2, ?3, 'waiting', ?4, ?5, ?6, 0, '', '', ?7) "
	    "ON CONFLICT(dedupe) WHERE dedupe IS NOT NULL AND state = 'waiting' DO UPDATE SET "
	    "kind = excluded.kind, payload = excluded.payload, run_at = excluded.run_at, "
	    "created = excluded.created, account = excluded.account, attempts = 0 RETURNING uid",
	    DBARGS(DBU(uid), DBT(j->kind), DBT(or_empty(j->payload)), DBI(j->run_at_us),
		   DBI(j->created_us ? j->created_us : now), DBI(j->account),
		   dedupe ? DBT(str_c(dedupe)) : DBN),
	    &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		uid = db_uuid(rows, 0);
	err = db_end(rows, why);
	if (!err && ret_uid)
		*ret_uid = uid;
	return err;
}

struct add {
	const struct job *j;
	const char *dedupe;
	struct uuid uid;
};

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	struct add *x = ctx;

	return job_insert(tx, x->j, x->dedupe, &x->uid, why);
}

enum err job_add(struct store *s, const struct job *j, const char *dedupe, struct uuid *ret_uid,
		 struct why *why)
{
	struct add x = {j, dedupe, {{0}}};
	enum err err = store_tx(s, do_add, &x, why);

	if (!err && ret_uid)
		*ret_uid = x.uid;
	if (!err)
		store_tell_jobs(s);
	return err;
}

static enum err do_release(struct db *tx, void *ctx, struct why *why)
{
	const int64_t *now = ctx;

	return db_exec(tx, "UPDATE job SET run_at = ?1 WHERE state = 'running' AND run_at > ?1",
		       DBARGS(DBI(*now)), NULL, why);
}

enum err job_release(struct store *s, int64_t now_us, struct why *why)
{
	if (s->postgres) /* another process may be at them: their leases tell */
		return ERR_OK;
	return store_tx(s, do_release, &now_us, why);
}

static struct job job_row(struct db_rows *r, struct arena *a)
{
	return (struct job){
	    .key = db_int(r, 0),
	    .kind = arena_str(a, db_bytes(r, 1)),
	    .payload = arena_str(a, db_bytes(r, 2)),
	    .state = arena_str(a, db_bytes(r, 3)),
	    .run_at_us = db_int(r, 4),
	    .created_us = db_int(r, 5),
	    .account = db_int(r, 6),
	    .attempts = (int32_t)db_int(r, 7),
	    .progress = arena_str(a, db_bytes(r, 8)),
	    .result = arena_str(a, db_bytes(r, 9)),
	    .uid = db_uuid(r, 10),
	};
}

/* ---- taking ---- */

struct take {
	int64_t now, lease;
	struct arena *a;
	struct job job;
	bool found;
};

#define TAKE_HEAD                                                                                  \
	"UPDATE job SET state = 'running', run_at = ?2, attempts = attempts + 1 WHERE id = ("      \
	"SELECT id FROM job WHERE state IN ('waiting', 'running') AND run_at <= ?1 "               \
	"ORDER BY run_at, id LIMIT 1"
#define TAKE_TAIL ") RETURNING " JOB_COLUMNS

static enum err do_take(struct db *tx, void *ctx, struct why *why)
{
	struct take *t = ctx;
	struct db_rows *rows;
	enum err err =
	    db_exec(tx,
		    "UPDATE job SET state = 'failed', ended = ?1, result = ?3 "
		    "WHERE state = 'running' AND run_at <= ?1 AND attempts >= ?2",
		    DBARGS(DBI(t->now), DBI(JOB_TRIES),
			   DBT(STR("{\"error\":\"given up: its worker vanished each time\"}"))),
		    NULL, why);

	if (err)
		return err;
	err = db_query(tx,
		       db_backend(tx) == DB_POSTGRES ? TAKE_HEAD " FOR UPDATE SKIP LOCKED" TAKE_TAIL
						     : TAKE_HEAD TAKE_TAIL,
		       DBARGS(DBI(t->now), DBI(t->now + t->lease)), &rows, why);
	if (err)
		return err;
	t->found = false;
	while (db_next(rows)) {
		t->job = job_row(rows, t->a);
		t->found = true;
	}
	return db_end(rows, why);
}

enum err job_next_due(struct store *s, int64_t *ret_us, struct why *why)
{
	struct db *db = store_reader_get(s);
	int64_t due = INT64_MAX;
	struct db_rows *rows;
	enum err err = db_query(db,
				"SELECT run_at FROM job WHERE state IN ('waiting', 'running') "
				"ORDER BY run_at LIMIT 1",
				DBNONE, &rows, why);

	if (!err) {
		while (db_next(rows))
			due = db_int(rows, 0);
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (!err)
		*ret_us = due;
	return err;
}

enum err job_take(struct store *s, struct arena *a, int64_t now_us, int64_t lease_us,
		  struct job *ret, struct why *why)
{
	struct take t = {.now = now_us, .lease = lease_us, .a = a};
	int64_t due = 0;
	enum err err = job_next_due(s, &due, why); /* asking costs the writer nothing */

	if (!err && due <= now_us)
		err = store_tx(s, do_take, &t, why);
	if (err)
		return err;
	if (!t.found)
		return ERR_NOTFOUND;
	*ret = t.job;
	return ERR_OK;
}

/* ---- while and after running ---- */

static enum err must_run(enum err err, int64_t changed, struct why *why)
{
	if (!err && changed == 0)
		return why_set(why, ERR_CONFLICT, "the job is not running");
	return err;
}

enum err job_progress(struct store *s, int64_t key, str progress_json, int64_t lease_until_us,
		      struct why *why)
{
	int64_t changed = 0;
	enum err err = service_exec(
	    s, "UPDATE job SET progress = ?2, run_at = ?3 WHERE id = ?1 AND state = 'running'",
	    DBARGS(DBI(key), DBT(or_empty(progress_json)), DBI(lease_until_us)), &changed, why);

	return must_run(err, changed, why);
}

struct end {
	int64_t key, changed;
	bool ok;
	str result;
};

static enum err do_end(struct db *tx, void *ctx, struct why *why)
{
	struct end *x = ctx;
	int64_t now = clock_now_us();
	enum err err = db_exec(
	    tx,
	    "UPDATE job SET state = ?2, result = ?3, ended = ?4 WHERE id = ?1 AND state = "
	    "'running'",
	    DBARGS(DBI(x->key), DBT(x->ok ? STR("done") : STR("failed")), DBT(x->result), DBI(now)),
	    &x->changed, why);

	return err ? err
		   : db_exec(tx, "DELETE FROM job WHERE ended > 0 AND ended < ?1",
			     DBARGS(DBI(now - JOB_KEPT_US)), NULL, why);
}

enum err job_done(struct store *s, int64_t key, bool ok, str result_json, struct why *why)
{
	struct end x = {.key = key, .ok = ok, .result = or_empty(result_json)};
	enum err err = store_tx(s, do_end, &x, why);

	return must_run(err, x.changed, why);
}

enum err job_retry(struct store *s, int64_t key, int64_t run_at_us, str reason, struct why *why)
{
	int64_t changed = 0;
	enum err err;
	BUF(result);
	struct json_out o;

	json_out_init(&o, &result);
	jo_object(&o);
	jo_kstr(&o, "error", or_empty(reason));
	jo_end(&o);
	/* A job of the same name may have come to wait in the meantime; both may, without the name.
	 */
	err = service_exec(
	    s,
	    "UPDATE job SET state = 'waiting', run_at = ?2, result = ?3, dedupe = CASE WHEN EXISTS("
	    "SELECT 1 FROM job o WHERE o.dedupe = job.dedupe AND o.state = 'waiting') "
	    "THEN NULL ELSE dedupe END WHERE id = ?1 AND state = 'running'",
	    DBARGS(DBI(key), DBI(run_at_us), DBT(buf_str(&result))), &changed, why);
	return must_run(err, changed, why);
}

int64_t job_backoff_us(int32_t attempts)
{
	int64_t wait = 10 * US_PER_S;

	for (int32_t i = 1; i < attempts && wait < 3600 * US_PER_S; i++)
		wait *= 2;
	return wait < 3600 * US_PER_S ? wait : 3600 * US_PER_S;
}

enum err job_find(struct store *s, struct arena *a, struct uuid uid, struct job *ret,
		  struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct job j;
	bool found = false;
	enum err err = db_query(db, "SELECT " JOB_COLUMNS " FROM job WHERE uid = ?1",
				DBARGS(DBU(uid)), &rows, why);

	if (!err) {
		while (db_next(rows)) {
			j = job_row(rows, a);
			found = true;
		}
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no such job");
	*ret = j;
	return ERR_OK;
}

enum err job_list(struct store *s, struct arena *a, int64_t account, str kind, int64_t before_key,
		  size_t limit, struct job *ret, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	size_t n = 0;
	enum err err = db_query(db,
				"SELECT " JOB_COLUMNS
				" FROM job WHERE account = ?1 AND account > 0 AND id < ?2 AND "
				"(?3 = '' OR kind = ?3) ORDER BY id DESC LIMIT ?4",
				DBARGS(DBI(account), DBI(before_key ? before_key : INT64_MAX),
				       DBT(or_empty(kind)), DBI((int64_t)limit)),
				&rows, why);

	if (!err) {
		while (db_next(rows) && n < limit)
			ret[n++] = job_row(rows, a);
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (!err)
		*ret_n = n;
	return err;
}
