// SPDX-License-Identifier: Apache-2.0
/* db_internal: what a connection is made of; shared by db.c (cache, dispatch), sqlite.c and
 * postgres.c only. A statement is found by the address of its SQL and checked by its text, so
 * that a reused address can never run another statement. */
#ifndef STORE_DB_INTERNAL_H
#define STORE_DB_INTERNAL_H

#include <libpq-fe.h>
#include <sqlite3.h>

#include "store/db.h"

struct stmt {
	const char *sql; /* address as given: the key; NULL: free slot */
	char *text;      /* our copy */
	sqlite3_stmt *sl;
	char pg[16]; /* name on the server */
	bool busy;
};

struct row_array {
	const struct db_value *values;
	size_t width, count;
};
struct db_rows {
	struct row_array in; /* of db_query_rows */
	struct db *db;
	struct stmt *stmt;
	sqlite3_stmt *sl;
	bool temporary; /* sl is ours alone: the cached one was running */
	PGresult *pg;
	int row, n;
	enum err err;
	struct why why;
	struct db_rows *next;
};

struct db {
	enum db_backend backend;
	sqlite3 *sl;
	PGconn *pg;
	struct stmt *slots;
	size_t n_slots;
	struct db_rows *spare;
	struct ZSTD_DCtx_s *unpacker;
	char *copy_sql[64]; /* generated INSERT/COPY texts, found by table and columns */
	size_t n_copy;
	unsigned next_name;
	bool read_only;
};

#define DB_SLOTS 1024u
#define DB_SLOTS_MAX 600u

/* The slot of sql, made if new (then neither sl nor pg is set). */
struct stmt *stmt_slot(struct db *db, const char *sql);
/* Forgets all statements that do not run. */
void stmt_forget(struct db *db);
struct db_rows *rows_new(struct db *db);
void rows_give_back(struct db_rows *r);

/* sqlite_rows.c: argument rows as the table hk_rows. */
#define ROW_ARRAY "hk_row_array"
#define ROWS_MIN 8 /* fewer rows are inserted one by one */
int sl_rows_register(sqlite3 *sl);

MUST_CHECK enum err sl_open(struct db *db, const char *path, bool create, struct why *why);
void sl_close(struct db *db);
MUST_CHECK enum err sl_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
			    int64_t *changed, struct why *why);
MUST_CHECK enum err sl_script(struct db *db, const char *sql, struct why *why);
MUST_CHECK enum err sl_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
			     struct db_rows **ret, struct why *why);
MUST_CHECK enum err sl_query_rows(struct db *db, const char *sql, const struct row_array *in,
				  struct db_rows **ret, struct why *why);
bool sl_next(struct db_rows *r);
void sl_end(struct db_rows *r);
MUST_CHECK enum err sl_copy(struct db *db, const char *sql, const struct db_value *args,
			    size_t width, size_t count, struct why *why);

MUST_CHECK enum err pg_open(struct db *db, const char *url, struct why *why);
void pg_close(struct db *db);
MUST_CHECK enum err pg_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
			    int64_t *changed, struct why *why);
MUST_CHECK enum err pg_script(struct db *db, const char *sql, struct why *why);
MUST_CHECK enum err pg_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
			     struct db_rows **ret, struct why *why);
int64_t pg_int(struct db_rows *r, int col);
MUST_CHECK enum err pg_many(struct db *db, const char *sql, const struct db_value *args,
			    size_t width, size_t count, db_row_fn *fn, void *ctx, struct why *why);
MUST_CHECK enum err pg_copy(struct db *db, const char *sql, const struct db_value *args,
			    size_t width, size_t count, struct why *why);

#endif
