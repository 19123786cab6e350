// SPDX-License-Identifier: Apache-2.0
#include "store/migrate.h"

#include "base/clock.h"

#define MIGRATE_LOCK 0x68696b65 /* advisory lock: one process migrates at a time */

static enum err table_there(struct db *db, bool *ret, struct why *why)
{
	const char *sql = db_backend(db) == DB_SQLITE
			      ? "SELECT count(*) FROM sqlite_master WHERE name='schema_version'"
			      : "SELECT count(*) FROM pg_tables WHERE schemaname=current_schema()"
				" AND tablename='schema_version'";
	int64_t n = 0;
	enum err e = db_get_int(db, sql, DBNONE, &n, why);
	if (!e)
		*ret = n > 0;
	return e;
}

enum err migrate_version(struct db *db, int64_t *ret, struct why *why)
{
	bool there = false;
	enum err e = table_there(db, &there, why);
	if (e)
		return e;
	int64_t v = 0;
	if (there)
		e = db_get_int(db, "SELECT coalesce(max(version),0) FROM schema_version", DBNONE,
			       &v, why);
	if (!e)
		*ret = v;
	return e;
}

static enum err step_apply(struct db *db, const struct migration *m, struct why *why)
{
	enum err e = db_script(db, m->sql, why);
	if (e)
		return e;
	return db_exec(db, "INSERT INTO schema_version(version, name, applied) VALUES(?1, ?2, ?3)",
		       DBARGS(DBI(m->number), DBT(str_c(m->name)), DBI(clock_now_us())), NULL, why);
}

/* One migration, unless another process was faster. */
static enum err step(struct db *db, const struct migration *m, struct why *why)
{
	enum err e = db_begin(db, why);
	if (e)
		return e;
	bool postgres = db_backend(db) == DB_POSTGRES;
	if (postgres)
		e = db_exec(db, "SELECT pg_advisory_xact_lock(?1)", DBARGS(DBI(MIGRATE_LOCK)), NULL,
			    why);
	if (!e)
		e = db_script(db,
			      postgres
				  ? "CREATE TABLE IF NOT EXISTS schema_version(version bigint "
				    "PRIMARY KEY, name text NOT NULL, applied bigint NOT NULL)"
				  : "CREATE TABLE IF NOT EXISTS schema_version(version INTEGER "
				    "PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL)",
			      why);
	int64_t at = 0;
	if (!e)
		e = migrate_version(db, &at, why);
	if (!e && at < m->number)
		e = step_apply(db, m, why);
	if (!e)
		e = db_commit(db, why);
	if (e)
		db_rollback(db);
	return e;
}

enum err migrate(struct db *db, struct why *why)
{
	const struct migration *m =
	    db_backend(db) == DB_SQLITE ? migrations_sqlite : migrations_postgres;
	int64_t at = 0, newest = 0;
	enum err e = migrate_version(db, &at, why);
	for (const struct migration *i = m; i->number; i++)
		newest = i->number;
	if (!e && at > newest)
		return why_set(why, ERR_UNPROCESSABLE,
			       "the database has schema %lld and this program knows up to %lld: "
			       "it was written by a newer hikeshi, please update the program",
			       (long long)at, (long long)newest);
	for (; !e && m->number; m++) {
		if (m->number > at)
			e = step(db, m, why);
	}
	return e;
}
