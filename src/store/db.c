// SPDX-License-Identifier: Apache-2.0
#include <assert.h>

#include "store/db_internal.h"

#include <stdio.h>
#include <zstd.h>

static size_t slot_of(const char *sql)
{
	return ((uintptr_t)sql >> 2) * 0x9E3779B1u % DB_SLOTS;
}

void stmt_forget(struct db *db)
{
	for (size_t i = 0; i < DB_SLOTS; i++) {
		struct stmt *st = &db->slots[i];
		if (!st->sql || st->busy)
			continue;
		if (st->sl)
			sqlite3_finalize(st->sl);
		st->sl = NULL;
		st->pg[0] = 0;
	}
}

/* Open addressing never deletes a slot; a full table is emptied as soon as nothing runs. */
static void slots_renew(struct db *db)
{
	for (size_t i = 0; i < DB_SLOTS; i++) {
		if (db->slots[i].busy)
			return;
	}
	stmt_forget(db);
	for (size_t i = 0; i < DB_SLOTS; i++) {
		mem_free(db->slots[i].text);
		db->slots[i] = (struct stmt){0};
	}
	db->n_slots = 0;
}

struct stmt *stmt_slot(struct db *db, const char *sql)
{
	if (db->n_slots >= DB_SLOTS_MAX)
		slots_renew(db);
	size_t i = slot_of(sql);
	for (size_t tries = 0; tries < DB_SLOTS; tries++, i = (i + 1) % DB_SLOTS) {
		struct stmt *st = &db->slots[i];
		if (st->sql == sql && strcmp(st->text, sql) == 0)
			return st;
		if (st->sql)
			continue;
		st->sql = sql;
		st->text = mem_cstr(str_c(sql));
		db->n_slots++;
		return st;
	}
	return NULL;
}

struct db_rows *rows_new(struct db *db)
{
	struct db_rows *r = db->spare;
	if (r)
		db->spare = r->next;
	else
		r = mem_alloc(sizeof *r);
	r->db = db;
	r->stmt = NULL;
	r->sl = NULL;
	r->temporary = false;
	r->pg = NULL;
	r->row = -1;
	r->n = 0;
	r->err = ERR_OK;
	r->why.text[0] = 0;
	return r;
}

void rows_give_back(struct db_rows *r)
{
	r->next = r->db->spare;
	r->db->spare = r;
}

enum err db_open(const char *url, bool create, bool read_only, struct db **ret, struct why *why)
{
	struct db *db = mem_alloc(sizeof *db);
	db->slots = mem_alloc(DB_SLOTS * sizeof *db->slots);
	db->read_only = read_only;
	enum err e;
	if (strncmp(url, "sqlite:", 7) == 0) {
		db->backend = DB_SQLITE;
		e = sl_open(db, url + 7, create, why);
	} else {
		db->backend = DB_POSTGRES;
		e = pg_open(db, url, why);
	}
	if (e) {
		db_close(db);
		return e;
	}
	*ret = db;
	return ERR_OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < DB_SLOTS; i++) {
		if (db->slots[i].sl)
			sqlite3_finalize(db->slots[i].sl);
		mem_free(db->slots[i].text);
	}
	if (db->backend == DB_SQLITE)
		sl_close(db);
	else
		pg_close(db);
	for (struct db_rows *r = db->spare; r;) {
		struct db_rows *next = r->next;
		mem_free(r);
		r = next;
	}
	for (size_t i = 0; i < db->n_copy; i++)
		mem_free(db->copy_sql[i]);
	ZSTD_freeDCtx(db->unpacker);
	mem_free(db->slots);
	mem_free(db);
}

struct ZSTD_DCtx_s *db_unpacker(struct db_rows *r)
{
	if (!r->db->unpacker)
		r->db->unpacker = ZSTD_createDCtx();
	return r->db->unpacker;
}

bool db_read_begin(struct db *db)
{
	struct why ignored = {0};
	return db->backend == DB_SQLITE && !db_in_tx(db) &&
	       db_exec(db, "BEGIN", DBNONE, NULL, &ignored) == ERR_OK;
}

void db_read_end(struct db *db, bool begun)
{
	struct why ignored = {0};
	if (begun && db_exec(db, "COMMIT", DBNONE, NULL, &ignored))
		db_rollback(db);
}

enum db_backend db_backend(const struct db *db)
{
	return db->backend;
}

/* PostgreSQL keeps no U+0000 in a text, so neither back end may be asked to. */
static enum err texts_fit(const struct db_value *args, size_t n, struct why *why)
{
	for (size_t i = 0; i < n; i++)
		if (args[i].kind == DB_TEXT && args[i].s.n && memchr(args[i].s.p, 0, args[i].s.n))
			return why_set(why, ERR_UNPROCESSABLE,
				       "a text holds U+0000, which a database cannot keep");
	return ERR_OK;
}

enum err db_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
		 int64_t *changed, struct why *why)
{
	enum err e = texts_fit(args, n, why);

	if (e)
		return e;
	return db->backend == DB_SQLITE ? sl_exec(db, sql, args, n, changed, why)
					: pg_exec(db, sql, args, n, changed, why);
}

enum err db_script(struct db *db, const char *sql, struct why *why)
{
	return db->backend == DB_SQLITE ? sl_script(db, sql, why) : pg_script(db, sql, why);
}

enum err db_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
		  struct db_rows **ret, struct why *why)
{
	enum err e = texts_fit(args, n, why);

	if (e)
		return e;
	return db->backend == DB_SQLITE ? sl_query(db, sql, args, n, ret, why)
					: pg_query(db, sql, args, n, ret, why);
}

enum err db_query_rows(struct db *db, const char *sql, const struct db_value *args, size_t width,
		       size_t count, struct db_rows **ret, struct why *why)
{
	assert(db->backend == DB_SQLITE);
	return sl_query_rows(db, sql, &(struct row_array){args, width, count}, ret, why);
}

bool db_next(struct db_rows *r)
{
	if (r->err)
		return false;
	if (r->db->backend == DB_SQLITE)
		return sl_next(r);
	return ++r->row < r->n;
}

bool db_is_null(struct db_rows *r, int col)
{
	return r->db->backend == DB_SQLITE ? sqlite3_column_type(r->sl, col) == SQLITE_NULL
					   : PQgetisnull(r->pg, r->row, col) != 0;
}

int64_t db_int(struct db_rows *r, int col)
{
	return r->db->backend == DB_SQLITE ? sqlite3_column_int64(r->sl, col) : pg_int(r, col);
}

str db_bytes(struct db_rows *r, int col)
{
	if (r->db->backend == DB_SQLITE) {
		const char *p = sqlite3_column_blob(r->sl, col);
		return (str){p, p ? (size_t)sqlite3_column_bytes(r->sl, col) : 0};
	}
	if (PQgetisnull(r->pg, r->row, col))
		return STR_NULL;
	return (str){PQgetvalue(r->pg, r->row, col), (size_t)PQgetlength(r->pg, r->row, col)};
}

struct uuid db_uuid(struct db_rows *r, int col)
{
	struct uuid u = {{0}};
	str s = db_bytes(r, col);
	if (s.n == sizeof u.b)
		memcpy(u.b, s.p, s.n);
	return u;
}

struct digest db_digest(struct db_rows *r, int col)
{
	struct digest d = {{0}};
	str s = db_bytes(r, col);
	if (s.n == sizeof d.b)
		memcpy(d.b, s.p, s.n);
	return d;
}

enum err db_end(struct db_rows *r, struct why *why)
{
	enum err e = r->err;
	if (e)
		e = why_set(why, e, "%s", r->why.text);
	if (r->db->backend == DB_SQLITE)
		sl_end(r);
	else if (r->pg)
		PQclear(r->pg);
	rows_give_back(r);
	return e;
}

enum err db_get_int(struct db *db, const char *sql, const struct db_value *args, size_t n,
		    int64_t *ret, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, sql, args, n, &r, why);
	if (e)
		return e;
	bool found = db_next(r);
	int64_t v = found ? db_int(r, 0) : 0;
	e = db_end(r, why);
	if (e)
		return e;
	if (!found)
		return ERR_NOTFOUND;
	*ret = v;
	return ERR_OK;
}

enum err db_many(struct db *db, const char *sql, const struct db_value *args, size_t width,
		 size_t count, db_row_fn *fn, void *ctx, struct why *why)
{
	enum err fit = texts_fit(args, width * count, why);

	if (fit || db->backend == DB_POSTGRES)
		return fit ? fit : pg_many(db, sql, args, width, count, fn, ctx, why);
	/* one look at the file for all of them, else each asks which pages are the newest */
	bool begun = db->read_only && count > 1 && db_read_begin(db);
	enum err e = ERR_OK;
	for (size_t i = 0; i < count && !e; i++) {
		struct db_rows *r;
		e = sl_query(db, sql, args + i * width, width, &r, why);
		if (e)
			break;
		while (db_next(r)) {
			if (fn)
				fn(ctx, i, r);
		}
		e = db_end(r, why);
	}
	db_read_end(db, begun);
	return e;
}

/* "table(columns)" once per connection and call site; the text lives as long as the connection. */
static const char *copy_text(struct db *db, const char *table, const char *columns, size_t width,
			     bool many)
{
	BUF(b);
	if (db->backend == DB_SQLITE && many) {
		buf_printf(&b, "INSERT INTO %s(%s) SELECT ", table, columns);
		for (size_t i = 0; i < width; i++)
			buf_printf(&b, "%sc%zu", i ? "," : "", i);
		buf_add(&b, STR(" FROM hk_rows(?1)"));
	} else if (db->backend == DB_SQLITE) {
		buf_printf(&b, "INSERT INTO %s(%s) VALUES(", table, columns);
		for (size_t i = 1; i <= width; i++)
			buf_printf(&b, "%s?%zu", i > 1 ? "," : "", i);
		buf_add_char(&b, ')');
	} else {
		buf_printf(&b, "COPY %s(%s) FROM STDIN (FORMAT binary)", table, columns);
	}
	for (size_t i = 0; i < db->n_copy; i++) {
		if (str_eq(str_c(db->copy_sql[i]), buf_str(&b)))
			return db->copy_sql[i];
	}
	if (db->n_copy == ARRAY_LEN(db->copy_sql))
		return NULL;
	db->copy_sql[db->n_copy] = mem_cstr(buf_str(&b));
	return db->copy_sql[db->n_copy++];
}

enum err db_copy(struct db *db, const char *table, const char *columns, const struct db_value *args,
		 size_t width, size_t count, struct why *why)
{
	if (count == 0)
		return ERR_OK;
	enum err fit = texts_fit(args, width * count, why);
	if (fit)
		return fit;
	const char *sql = copy_text(db, table, columns, width, count >= ROWS_MIN);
	if (!sql)
		return why_set(why, ERR_IO, "too many kinds of bulk insert on one connection");
	return db->backend == DB_SQLITE ? sl_copy(db, sql, args, width, count, why)
					: pg_copy(db, sql, args, width, count, why);
}

enum err db_begin(struct db *db, struct why *why)
{
	return db_exec(db, db->backend == DB_SQLITE ? "BEGIN IMMEDIATE" : "BEGIN", DBNONE, NULL,
		       why);
}

enum err db_commit(struct db *db, struct why *why)
{
	return db_exec(db, "COMMIT", DBNONE, NULL, why);
}

void db_rollback(struct db *db)
{
	if (db->backend == DB_SQLITE && sqlite3_get_autocommit(db->sl))
		return;
	struct why ignored = {0};
	if (db_exec(db, "ROLLBACK", DBNONE, NULL, &ignored))
		return; /* a broken connection has rolled back by itself */
}

bool db_in_tx(const struct db *db)
{
	if (db->backend == DB_SQLITE)
		return !sqlite3_get_autocommit(db->sl);
	return PQtransactionStatus(db->pg) == PQTRANS_INTRANS ||
	       PQtransactionStatus(db->pg) == PQTRANS_INERROR;
}

enum err db_savepoint(struct db *db, struct why *why)
{
	return db_exec(db, "SAVEPOINT one", DBNONE, NULL, why);
}

enum err db_release(struct db *db, struct why *why)
{
	return db_exec(db, "RELEASE SAVEPOINT one", DBNONE, NULL, why);
}

void db_rollback_to(struct db *db)
{
	struct why ignored = {0};
	if (db_exec(db, "ROLLBACK TO SAVEPOINT one", DBNONE, NULL, &ignored))
		return; /* the whole transaction is gone: its commit will say so */
	if (db_exec(db, "RELEASE SAVEPOINT one", DBNONE, NULL, &ignored))
		return;
}
