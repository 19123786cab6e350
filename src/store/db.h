// SPDX-License-Identifier: Apache-2.0
/* db: one connection to SQLite or PostgreSQL, as little as both can do alike.
 * Private to store/. SQL is written once, with placeholders ?1 ?2 ... (turned into
 * $1 $2 for PostgreSQL); INTEGER is bigint, BLOB is bytea. Statements are prepared
 * once per connection and cached by the address of their SQL text, so sql must be a
 * string literal or live as long as the connection. A connection is used by one
 * thread at a time. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"

enum db_backend { DB_SQLITE, DB_POSTGRES };

enum db_kind { DB_NULL, DB_INT, DB_TEXT, DB_BLOB, DB_REAL };
struct db_value {
	enum db_kind kind;
	int64_t i;
	double d;
	str s; /* DB_TEXT, DB_BLOB: borrowed */
};
#define DBN ((struct db_value){.kind = DB_NULL})
#define DBI(x) ((struct db_value){.kind = DB_INT, .i = (int64_t)(x)})
#define DBT(x) ((struct db_value){.kind = DB_TEXT, .s = (x)})
#define DBB(x) ((struct db_value){.kind = DB_BLOB, .s = (x)})
#define DBU(u) DBB(((str){(const char *)(u).b, 16})) /* a struct uuid lvalue */
#define DBD(d) DBB(digest_str(&(d)))                 /* a struct digest lvalue */
#define DBARGS(...)                                                                                \
	(const struct db_value[]){__VA_ARGS__}, ARRAY_LEN(((const struct db_value[]){__VA_ARGS__}))
#define DBNONE NULL, 0

struct db;
struct db_rows; /* the running statement; owned by the connection */

/* url: "sqlite:/path/file.db" or "postgresql://...". read_only opens SQLite with
 * query_only. ERR_NOTFOUND when the SQLite file is absent and create is false. */
MUST_CHECK enum err db_open(const char *url, bool create, bool read_only, struct db **ret,
			    struct why *why);
void db_close(struct db *db);
enum db_backend db_backend(const struct db *db);

/* One statement without a result; *changed (nullable) gets the rows touched. A broken
 * uniqueness gives ERR_CONFLICT, a full disk ERR_FULL, a serialisation failure or a
 * lock ERR_BUSY; a text with U+0000 ERR_UNPROCESSABLE, here and below, on either back end. */
MUST_CHECK enum err db_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
			    int64_t *changed, struct why *why);
/* Several statements separated by semicolons (migrations), no arguments. */
MUST_CHECK enum err db_script(struct db *db, const char *sql, struct why *why);
/* A query: step with db_next until false, then db_end (which returns the error, if any).
 * Only one query may run on a connection at a time on PostgreSQL: read rows to the end first. */
MUST_CHECK enum err db_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
			     struct db_rows **ret, struct why *why);
/* SQLite: sql reads hk_rows(?1), whose rows (columns c0, c1 ...) are the count rows of args; they
 * live until db_end. One statement for many keys costs a third of a statement for each. */
MUST_CHECK enum err db_query_rows(struct db *db, const char *sql, const struct db_value *args,
				  size_t width, size_t count, struct db_rows **ret,
				  struct why *why);
bool db_next(struct db_rows *rows);
int64_t db_int(struct db_rows *rows, int col); /* NULL reads as 0 */
bool db_is_null(struct db_rows *rows, int col);
str db_bytes(struct db_rows *rows, int col); /* text or blob; valid until the next step */
struct uuid db_uuid(struct db_rows *rows, int col);
struct digest db_digest(struct db_rows *rows, int col);
MUST_CHECK enum err db_end(struct db_rows *rows, struct why *why);
/* First column of the first row; ERR_NOTFOUND without one. */
MUST_CHECK enum err db_get_int(struct db *db, const char *sql, const struct db_value *args,
			       size_t n, int64_t *ret, struct why *why);

/* One view of the database for the reads up to db_read_end, where none is held yet (SQLite; there
 * it also spares a lock for each). Begin behind whatever in memory the reads rely on. */
bool db_read_begin(struct db *db);
void db_read_end(struct db *db, bool begun);
/* A decompressor of the connection, kept between rows; NULL: no memory. */
struct ZSTD_DCtx_s *db_unpacker(struct db_rows *rows);

/* The same statement for `count` argument rows of `width` values each, in one round
 * trip (SQLite: a loop; PostgreSQL: pipeline mode). fn (nullable) is called per result
 * row with the index of its argument row; it must not use the connection. */
typedef void db_row_fn(void *ctx, size_t index, struct db_rows *row);
MUST_CHECK enum err db_many(struct db *db, const char *sql, const struct db_value *args,
			    size_t width, size_t count, db_row_fn *fn, void *ctx, struct why *why);
/* Bulk insert: binary COPY on PostgreSQL, a prepared loop on SQLite. columns is "a,b,c". */
MUST_CHECK enum err db_copy(struct db *db, const char *table, const char *columns,
			    const struct db_value *args, size_t width, size_t count,
			    struct why *why);

MUST_CHECK enum err db_begin(struct db *db, struct why *why); /* SQLite: IMMEDIATE */
MUST_CHECK enum err db_commit(struct db *db, struct why *why);
void db_rollback(struct db *db);
/* False also when the database ended a transaction by itself (disk full). */
bool db_in_tx(const struct db *db);
MUST_CHECK enum err db_savepoint(struct db *db, struct why *why);
MUST_CHECK enum err db_release(struct db *db, struct why *why);
void db_rollback_to(struct db *db);

#endif
