// SPDX-License-Identifier: Apache-2.0
/* sqlite: the SQLite half of db.h. */
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db_internal.h"

static enum err sl_fail(struct db *db, int rc, struct why *why)
{
	enum err e = ERR_IO;
	switch (rc & 0xff) {
	case SQLITE_FULL:
		e = ERR_FULL;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		e = ERR_BUSY;
		break;
	case SQLITE_CONSTRAINT:
		e = ERR_CONFLICT;
		break;
	default:
		break;
	}
	return why_set(why, e, "database: %s", db->sl ? sqlite3_errmsg(db->sl) : "cannot open");
}

/* Page size first: it counts only before the file has its first page. */
static const char sl_writer_setup[] = "PRAGMA page_size=8192;PRAGMA journal_mode=WAL;"
				      "PRAGMA synchronous=FULL;PRAGMA wal_autocheckpoint=12800;"
				      "PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY";
static const char sl_reader_setup[] = "PRAGMA query_only=1;PRAGMA cache_size=-16384;"
				      "PRAGMA temp_store=MEMORY";

/* Statistics of memory take a lock for each allocation; nobody reads them. It must be said before
 * the library is used; if it was, it stays as it is. */
static void sl_configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err sl_open(struct db *db, const char *path, bool create, struct why *why)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	(void)pthread_once(&configured, sl_configure);
	if (!create && access(path, F_OK) != 0)
		return why_set(why, ERR_NOTFOUND, "no database at '%s'", path);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
	mode_t old = umask(0077);
	int rc = sqlite3_open_v2(path, &db->sl, flags, NULL);
	umask(old);
	if (rc)
		return sl_fail(db, rc, why);
	sqlite3_extended_result_codes(db->sl, 1);
	sqlite3_busy_timeout(db->sl, 20000);
	rc = sl_rows_register(db->sl);
	if (rc)
		return sl_fail(db, rc, why);
	return sl_script(db, db->read_only ? sl_reader_setup : sl_writer_setup, why);
}

void sl_close(struct db *db)
{
	sqlite3_close_v2(db->sl);
}

enum err sl_script(struct db *db, const char *sql, struct why *why)
{
	int rc = sqlite3_exec(db->sl, sql, NULL, NULL, NULL);
	return rc ? sl_fail(db, rc, why) : ERR_OK;
}

static int sl_bind(sqlite3_stmt *st, const struct db_value *args, size_t n)
{
	int rc = SQLITE_OK;
	for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
		const struct db_value *v = &args[i];
		int at = (int)i + 1;
		switch (v->kind) {
		case DB_NULL:
			rc = sqlite3_bind_null(st, at);
			break;
		case DB_INT:
			rc = sqlite3_bind_int64(st, at, v->i);
			break;
		case DB_REAL:
			rc = sqlite3_bind_double(st, at, v->d);
			break;
		case DB_TEXT:
			rc = sqlite3_bind_text64(st, at, v->s.n ? v->s.p : "", v->s.n,
						 SQLITE_STATIC, SQLITE_UTF8);
			break;
		case DB_BLOB:
			rc = sqlite3_bind_blob64(st, at, v->s.n ? v->s.p : "", v->s.n,
						 SQLITE_STATIC);
			break;
		}
	}
	return rc;
}

/* A statement ready to bind: the cached one, or one of its own while the cached one runs. */
static enum err sl_prepare(struct db *db, const char *sql, struct stmt **ret, sqlite3_stmt **ret_sl,
			   struct why *why)
{
	struct stmt *st = stmt_slot(db, sql);
	if (st && st->sl && !st->busy) {
		*ret = st;
		*ret_sl = st->sl;
		return ERR_OK;
	}
	bool keep = st && !st->busy;
	sqlite3_stmt *sl = NULL;
	int rc =
	    sqlite3_prepare_v3(db->sl, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &sl, NULL);
	if (rc)
		return sl_fail(db, rc, why);
	if (keep)
		st->sl = sl;
	*ret = keep ? st : NULL;
	*ret_sl = sl;
	return ERR_OK;
}

static void sl_release(struct stmt *st, sqlite3_stmt *sl)
{
	if (st) {
		sqlite3_reset(sl);
		sqlite3_clear_bindings(sl);
		st->busy = false;
	} else {
		sqlite3_finalize(sl);
	}
}

enum err sl_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
		 int64_t *changed, struct why *why)
{
	struct stmt *st;
	sqlite3_stmt *sl;
	enum err e = sl_prepare(db, sql, &st, &sl, why);
	if (e)
		return e;
	int rc = sl_bind(sl, args, n);
	while (rc == SQLITE_OK || rc == SQLITE_ROW)
		rc = sqlite3_step(sl);
	e = rc == SQLITE_DONE ? ERR_OK : sl_fail(db, rc, why);
	if (!e && changed)
		*changed = sqlite3_changes64(db->sl);
	sl_release(st, sl);
	return e;
}

static struct db_rows *sl_rows(struct db *db, struct stmt *st, sqlite3_stmt *sl)
{
	struct db_rows *r = rows_new(db);
	r->stmt = st;
	r->sl = sl;
	if (st)
		st->busy = true;
	return r;
}

enum err sl_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
		  struct db_rows **ret, struct why *why)
{
	struct stmt *st;
	sqlite3_stmt *sl;
	enum err e = sl_prepare(db, sql, &st, &sl, why);
	if (e)
		return e;
	int rc = sl_bind(sl, args, n);
	if (rc) {
		e = sl_fail(db, rc, why);
		sl_release(st, sl);
		return e;
	}
	*ret = sl_rows(db, st, sl);
	return ERR_OK;
}

enum err sl_query_rows(struct db *db, const char *sql, const struct row_array *in,
		       struct db_rows **ret, struct why *why)
{
	struct stmt *st;
	sqlite3_stmt *sl;
	enum err e = sl_prepare(db, sql, &st, &sl, why);
	if (e)
		return e;
	struct db_rows *r = sl_rows(db, st, sl);
	r->in = *in;
	int rc = sqlite3_bind_pointer(sl, 1, &r->in, ROW_ARRAY, NULL);
	if (rc) {
		e = sl_fail(db, rc, why);
		sl_release(st, sl);
		rows_give_back(r);
		return e;
	}
	*ret = r;
	return ERR_OK;
}

bool sl_next(struct db_rows *r)
{
	int rc = sqlite3_step(r->sl);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		r->err = sl_fail(r->db, rc, &r->why);
	return false;
}

void sl_end(struct db_rows *r)
{
	sl_release(r->stmt, r->sl);
}

enum err sl_copy(struct db *db, const char *sql, const struct db_value *args, size_t width,
		 size_t count, struct why *why)
{
	struct stmt *st;
	sqlite3_stmt *sl;
	enum err e = sl_prepare(db, sql, &st, &sl, why);
	if (e)
		return e;
	if (count >= ROWS_MIN) {
		struct row_array rows = {args, width, count};
		int rc = sqlite3_bind_pointer(sl, 1, &rows, ROW_ARRAY, NULL);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(sl);
		if (rc != SQLITE_DONE)
			e = sl_fail(db, rc, why);
		sl_release(st, sl);
		return e;
	}
	for (size_t i = 0; i < count && !e; i++) {
		int rc = sl_bind(sl, args + i * width, width);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(sl);
		if (rc != SQLITE_DONE)
			e = sl_fail(db, rc, why);
		sqlite3_reset(sl);
	}
	sl_release(st, sl);
	return e;
}
