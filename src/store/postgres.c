// SPDX-License-Identifier: Apache-2.0
/* postgres: the PostgreSQL half of db.h. Everything travels in binary: INTEGER is int8, text and
 * bytea are bytes. A blob is sent without a type, so that "?1::bigint[]" may be an array made by
 * db_int_array(). Results are buffered whole: page through large tables. */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

#include "store/db_internal.h"

#define OID_BOOL 16u
#define OID_INT8 20u
#define OID_INT2 21u
#define OID_INT4 23u
#define OID_TEXT 25u
#define OID_FLOAT8 701u
#define OID_NUMERIC 1700u
#define PG_ARGS 64
#define PG_PIPE_BYTES 32768u /* below a socket's buffer: sending can never wait for reading */

static const struct {
	const char *state; /* prefix of SQLSTATE */
	enum err err;
} pg_states[] = {
    {"23505", ERR_CONFLICT}, {"40001", ERR_BUSY}, {"40P01", ERR_BUSY}, {"55P03", ERR_BUSY},
    {"53100", ERR_FULL},     {"53300", ERR_BUSY}, {"57P", ERR_BUSY},   {"08", ERR_BUSY},
};

static enum err pg_fail(struct db *db, const PGresult *res, struct why *why)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	enum err e = ERR_IO;
	for (size_t i = 0; state && i < ARRAY_LEN(pg_states); i++) {
		if (str_starts(str_c(state), str_c(pg_states[i].state)))
			e = pg_states[i].err;
	}
	if (PQstatus(db->pg) != CONNECTION_OK)
		e = ERR_BUSY;
	if (!text)
		text = PQerrorMessage(db->pg);
	str line = str_trim(str_c(text));
	return why_set(why, e, "database: %.*s%s%s", STR_ARG(line), state ? " " : "",
		       state ? state : "");
}

static void pg_quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

enum err pg_open(struct db *db, const char *url, struct why *why)
{
	db->pg = PQconnectdb(url);
	if (PQstatus(db->pg) != CONNECTION_OK) {
		str line = str_trim(str_c(PQerrorMessage(db->pg)));
		return why_set(why, ERR_IO, "database: %.*s", STR_ARG(line));
	}
	PQsetNoticeProcessor(db->pg, pg_quiet, NULL);
	/* every query of ours is meant to walk an index, also before the first ANALYZE */
	enum err e = pg_script(db,
			       "SET enable_seqscan=off;SET enable_hashjoin=off;"
			       "SET enable_mergejoin=off;SET plan_cache_mode=force_generic_plan",
			       why);
	if (e)
		return e;
	return pg_script(db,
			 db->read_only ? "SET default_transaction_read_only=on;"
					 "SET client_encoding='UTF8';SET jit=off"
				       : "SET client_encoding='UTF8';SET jit=off;"
					 "SET synchronous_commit=on",
			 why);
}

void pg_close(struct db *db)
{
	if (db->pg)
		PQfinish(db->pg);
}

enum err pg_script(struct db *db, const char *sql, struct why *why)
{
	PGresult *res = PQexec(db->pg, sql);
	ExecStatusType s = PQresultStatus(res);
	enum err e = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK ? ERR_OK : pg_fail(db, res, why);
	PQclear(res);
	return e;
}

/* ?1 becomes $1, outside quotes. */
static void pg_placeholders(struct buf *out, const char *sql)
{
	bool quoted = false;
	for (const char *p = sql; *p; p++) {
		if (*p == '\'')
			quoted = !quoted;
		buf_add_char(out, *p == '?' && !quoted && ch_digit(p[1]) ? '$' : *p);
	}
}

static Oid pg_type(const struct db_value *v)
{
	switch (v->kind) {
	case DB_INT:
		return OID_INT8;
	case DB_TEXT:
		return OID_TEXT;
	case DB_REAL:
		return OID_FLOAT8;
	case DB_NULL:
	case DB_BLOB:
		break;
	}
	return 0;
}

static enum err pg_prepare(struct db *db, const char *sql, const struct db_value *args, size_t n,
			   const char **ret_name, struct why *why)
{
	struct stmt *st = stmt_slot(db, sql);
	if (!st || n > PG_ARGS)
		return why_set(why, ERR_IO, "too many statements or arguments on one connection");
	if (!st->pg[0]) {
		BUF(text);
		pg_placeholders(&text, sql);
		Oid types[PG_ARGS];
		for (size_t i = 0; i < n; i++)
			types[i] = pg_type(&args[i]);
		char name[16];
		snprintf(name, sizeof name, "s%u", db->next_name++);
		PGresult *res = PQprepare(db->pg, name, buf_cstr(&text), (int)n, types);
		enum err e =
		    PQresultStatus(res) == PGRES_COMMAND_OK ? ERR_OK : pg_fail(db, res, why);
		PQclear(res);
		if (e)
			return e;
		memcpy(st->pg, name, sizeof name);
	}
	*ret_name = st->pg;
	return ERR_OK;
}

struct pg_args {
	const char *p[PG_ARGS];
	int n[PG_ARGS], format[PG_ARGS];
	uint64_t number[PG_ARGS];
	size_t bytes;
};

static void pg_bind(struct pg_args *a, const struct db_value *args, size_t n)
{
	a->bytes = 64;
	for (size_t i = 0; i < n; i++) {
		const struct db_value *v = &args[i];
		a->format[i] = 1;
		a->p[i] = NULL;
		a->n[i] = 0;
		if (v->kind == DB_INT || v->kind == DB_REAL) {
			uint64_t u = (uint64_t)v->i;
			if (v->kind == DB_REAL)
				memcpy(&u, &v->d, sizeof u);
			a->number[i] = htobe64(u);
			a->p[i] = (const char *)&a->number[i];
			a->n[i] = 8;
		} else if (v->kind != DB_NULL) {
			a->p[i] = v->s.n ? v->s.p : "";
			a->n[i] = (int)v->s.n;
		}
		a->bytes += (size_t)a->n[i] + 8;
	}
}

static bool pg_lost(struct db *db)
{
	return PQstatus(db->pg) != CONNECTION_OK && PQtransactionStatus(db->pg) != PQTRANS_INTRANS;
}

static enum err pg_run(struct db *db, const char *sql, const struct db_value *args, size_t n,
		       PGresult **ret, struct why *why)
{
	if (pg_lost(db)) {
		PQreset(db->pg);
		stmt_forget(db);
	}
	const char *name;
	enum err e = pg_prepare(db, sql, args, n, &name, why);
	if (e)
		return e;
	struct pg_args a;
	pg_bind(&a, args, n);
	PGresult *res = PQexecPrepared(db->pg, name, (int)n, a.p, a.n, a.format, 1);
	ExecStatusType s = PQresultStatus(res);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) {
		e = pg_fail(db, res, why);
		PQclear(res);
		assert(e);
		return e;
	}
	*ret = res;
	return ERR_OK;
}

enum err pg_exec(struct db *db, const char *sql, const struct db_value *args, size_t n,
		 int64_t *changed, struct why *why)
{
	PGresult *res;
	enum err e = pg_run(db, sql, args, n, &res, why);
	if (e)
		return e;
	if (changed) {
		int64_t v = 0;
		if (str_i64(str_c(PQcmdTuples(res)), &v) == ERR_OK)
			*changed = v;
		else
			*changed = 0;
	}
	PQclear(res);
	return ERR_OK;
}

enum err pg_query(struct db *db, const char *sql, const struct db_value *args, size_t n,
		  struct db_rows **ret, struct why *why)
{
	PGresult *res;
	enum err e = pg_run(db, sql, args, n, &res, why);
	if (e)
		return e;
	struct db_rows *r = rows_new(db);
	r->pg = res;
	r->n = PQntuples(res);
	*ret = r;
	return ERR_OK;
}

static uint64_t be_uint(const uint8_t *p, int n)
{
	uint64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* numeric (sums of bigint): ndigits weight sign dscale, then digits in base 10,000. */
static int64_t pg_numeric(const uint8_t *p)
{
	int digits = (int)be_uint(p, 2), weight = (int16_t)be_uint(p + 2, 2);
	bool minus = be_uint(p + 4, 2) == 0x4000;
	int64_t v = 0;
	for (int i = 0; i <= weight; i++)
		v = v * 10000 + (i < digits ? (int64_t)be_uint(p + 8 + 2 * i, 2) : 0);
	return minus ? -v : v;
}

int64_t pg_int(struct db_rows *r, int col)
{
	if (PQgetisnull(r->pg, r->row, col))
		return 0;
	const uint8_t *p = (const uint8_t *)PQgetvalue(r->pg, r->row, col);
	switch (PQftype(r->pg, col)) {
	case OID_BOOL:
		return p[0] != 0;
	case OID_INT2:
		return (int16_t)be_uint(p, 2);
	case OID_INT4:
		return (int32_t)be_uint(p, 4);
	case OID_INT8:
		return (int64_t)be_uint(p, 8);
	case OID_NUMERIC:
		return pg_numeric(p);
	default:
		return 0;
	}
}

/* Reads the results of `count` sent statements and the closing sync. */
static enum err pg_pipe_read(struct db *db, size_t first, size_t count, db_row_fn *fn, void *ctx,
			     struct why *why)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < count; i++) {
		PGresult *res = PQgetResult(db->pg);
		ExecStatusType s = PQresultStatus(res);
		if (s == PGRES_TUPLES_OK && fn) {
			struct db_rows *r = rows_new(db);
			r->pg = res;
			r->n = PQntuples(res);
			for (r->row = 0; r->row < r->n; r->row++)
				fn(ctx, first + i, r);
			rows_give_back(r);
		} else if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK && !e) {
			e = pg_fail(db, res, why);
		}
		PQclear(res);
		if (!res)
			return e ? e : why_set(why, ERR_IO, "database: connection lost");
		while ((res = PQgetResult(db->pg)))
			PQclear(res);
	}
	PGresult *sync = PQgetResult(db->pg);
	PQclear(sync);
	return e;
}

enum err pg_many(struct db *db, const char *sql, const struct db_value *args, size_t width,
		 size_t count, db_row_fn *fn, void *ctx, struct why *why)
{
	if (count == 0)
		return ERR_OK;
	const char *name;
	enum err e = pg_prepare(db, sql, args, width, &name, why);
	if (e)
		return e;
	if (!PQenterPipelineMode(db->pg))
		return pg_fail(db, NULL, why);
	for (size_t i = 0; i < count && !e;) {
		size_t first = i, bytes = 0;
		struct pg_args a;
		do {
			pg_bind(&a, args + i * width, width);
			bytes += a.bytes;
			if (!PQsendQueryPrepared(db->pg, name, (int)width, a.p, a.n, a.format, 1))
				e = pg_fail(db, NULL, why);
			else
				i++;
		} while (!e && i < count && bytes < PG_PIPE_BYTES);
		if (!PQpipelineSync(db->pg) && !e)
			e = pg_fail(db, NULL, why);
		enum err e2 = pg_pipe_read(db, first, i - first, fn, ctx, why);
		e = e ? e : e2;
	}
	if (!PQexitPipelineMode(db->pg) && !e)
		e = pg_fail(db, NULL, why);
	return e;
}

static void copy_row(struct buf *b, const struct db_value *v, size_t width)
{
	uint16_t w = htobe16((uint16_t)width);
	buf_add_bytes(b, &w, sizeof w);
	for (size_t i = 0; i < width; i++) {
		uint64_t u = (uint64_t)v[i].i;
		switch (v[i].kind) {
		case DB_NULL:
			buf_add_be32(b, UINT32_MAX);
			break;
		case DB_REAL:
			memcpy(&u, &v[i].d, sizeof u);
			buf_add_be32(b, 8);
			buf_add_be64(b, u);
			break;
		case DB_INT:
			buf_add_be32(b, 8);
			buf_add_be64(b, u);
			break;
		case DB_TEXT:
		case DB_BLOB:
			buf_add_be32(b, (uint32_t)v[i].s.n);
			buf_add(b, v[i].s);
			break;
		}
	}
}

static enum err copy_end(struct db *db, struct why *why)
{
	enum err e = ERR_OK;
	if (PQputCopyEnd(db->pg, NULL) != 1)
		e = pg_fail(db, NULL, why);
	for (PGresult *res; (res = PQgetResult(db->pg)); PQclear(res)) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && !e)
			e = pg_fail(db, res, why);
	}
	return e;
}

enum err pg_copy(struct db *db, const char *sql, const struct db_value *args, size_t width,
		 size_t count, struct why *why)
{
	PGresult *res = PQexec(db->pg, sql);
	bool ready = PQresultStatus(res) == PGRES_COPY_IN;
	enum err e = ready ? ERR_OK : pg_fail(db, res, why);
	PQclear(res);
	if (e)
		return e;
	BUF(b);
	buf_add_bytes(&b, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	for (size_t i = 0; i < count; i++) {
		copy_row(&b, args + i * width, width);
		if (b.n > 256 * 1024 || i + 1 == count) {
			if (i + 1 == count)
				buf_add_bytes(&b, "\377\377", 2);
			if (PQputCopyData(db->pg, b.p, (int)b.n) != 1)
				break;
			buf_clear(&b);
		}
	}
	return copy_end(db, why);
}
