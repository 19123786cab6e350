// SPDX-License-Identifier: Apache-2.0
/* backup: a consistent copy of a running node as one tar stream. SQLite: a copy of the database
 * made page by page in one read transaction. PostgreSQL: every table by binary COPY in one
 * repeatable-read transaction, in members of up to 4 MiB. Files follow the database: what a row
 * names was there before the row. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "store/backup_internal.h"
#include "store/migrate.h"

#define CHUNK (4u << 20)

struct backup {
	struct store *s;
	struct db *db;
	struct tar_out tar;
};

/* ---- the head: what kind of backup this is ---- */

static enum err head_write(struct backup *b, struct why *why)
{
	int64_t schema = 0;
	struct epoch epoch;
	char text[UUID_TEXT];
	struct json_out o;
	BUF(out);
	enum err err = migrate_version(b->db, &schema, why);

	if (!err)
		err = epoch_current(b->db, &epoch, why);
	if (err)
		return err;
	json_out_init(&o, &out);
	jo_object(&o);
	jo_ki64(&o, "v", 1);
	jo_kc(&o, "backend", store_is_postgres(b->s) ? "postgresql" : "sqlite");
	jo_ki64(&o, "schema", schema);
	uuid_text(store_node_id(b->s), text);
	jo_kstr(&o, "node", (str){text, UUID_TEXT});
	uuid_text(epoch.id, text);
	jo_kstr(&o, "epoch", (str){text, UUID_TEXT});
	jo_ktime(&o, "at", clock_now_us());
	jo_end(&o);
	return tar_member(&b->tar, BACKUP_HEAD, buf_str(&out), why);
}

/* ---- copying a file into the archive ---- */

static enum err fd_copy(struct backup *b, const char *name, int fd, struct why *why)
{
	char block[65536];
	struct stat st;
	enum err err;

	if (fstat(fd, &st) != 0)
		return why_set(why, ERR_IO, "cannot read '%s': %s", name, strerror(errno));
	err = tar_begin(&b->tar, name, st.st_size, why);
	while (!err) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_set(why, ERR_IO, "cannot read '%s': %s", name, strerror(errno));
		if (n == 0)
			break;
		err = tar_write(&b->tar, (str){block, (size_t)n}, why);
	}
	return err ? err : tar_end(&b->tar, why);
}

static enum err files_dir(struct backup *b, unsigned i, struct why *why)
{
	char path[FILE_PATH_MAX], name[TAR_NAME];
	enum err err = ERR_OK;
	DIR *d;
	int n = snprintf(path, sizeof(path), "%s/files/%02x", store_data_dir(b->s), i);

	if (n < 0 || n >= (int)sizeof(path))
		return why_set(why, ERR_LIMIT, "the data directory's path is too long");
	d = opendir(path);
	for (struct dirent *e; d && !err && (e = readdir(d));) {
		struct digest x;
		FD(fd) = -1;

		if (hex_decode(str_c(e->d_name), x.b, sizeof(x.b)) != ERR_OK)
			continue;
		snprintf(name, sizeof(name), "files/%02x/%.64s", i, e->d_name);
		err = file_open(b->s, x, &fd, why);
		if (!err)
			err = fd_copy(b, name, fd, why);
	}
	if (d)
		closedir(d);
	return err;
}

static enum err files_write(struct backup *b, struct why *why)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 256 && !err; i++)
		err = files_dir(b, i, why);
	return err;
}

/* ---- SQLite ---- */

static enum err sqlite_copy(struct backup *b, const char *path, struct why *why)
{
	sqlite3 *to = NULL;
	sqlite3_backup *copy = NULL;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	enum err err = ERR_OK;

	if (rc == SQLITE_OK)
		copy = sqlite3_backup_init(to, "main", b->db->sl, "main");
	if (copy) {
		rc = sqlite3_backup_step(copy, -1); /* all at once: one state */
		sqlite3_backup_finish(copy);
	}
	if (!copy || rc != SQLITE_DONE)
		err = why_set(why, rc == SQLITE_FULL ? ERR_FULL : ERR_IO,
			      "cannot copy the database: %s", sqlite3_errmsg(to));
	sqlite3_close_v2(to);
	return err;
}

static enum err sqlite_write(struct backup *b, struct why *why)
{
	char path[FILE_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/backup-%016llx.db", store_data_dir(b->s),
			 (unsigned long long)random_u64());
	FD(fd) = -1;
	enum err err;

	if (n < 0 || n >= (int)sizeof(path))
		return why_set(why, ERR_LIMIT, "the data directory's path is too long");
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, err_from_errno(errno), "cannot create '%s': %s", path,
			       strerror(errno));
	err = sqlite_copy(b, path, why);
	unlink(path); /* the descriptor keeps it until it is copied */
	return err ? err : fd_copy(b, BACKUP_SQLITE, fd, why);
}

/* ---- PostgreSQL ---- */

struct chunks {
	struct backup *b;
	const char *table;
	unsigned n;
	struct buf buf;
};

static enum err chunk_flush(struct chunks *c, struct why *why)
{
	char name[TAR_NAME + 1];
	enum err err;

	snprintf(name, sizeof(name), "tables/%.60s/%08u", c->table, c->n++);
	err = tar_member(&c->b->tar, name, buf_str(&c->buf), why);
	buf_clear(&c->buf);
	return err;
}

static enum err copy_out(struct chunks *c, struct why *why)
{
	PGconn *pg = c->b->db->pg;
	enum err err = ERR_OK;
	char *row = NULL;
	int n;

	while (!err && (n = PQgetCopyData(pg, &row, 0)) > 0) {
		buf_add(&c->buf, (str){row, (size_t)n});
		PQfreemem(row);
		if (c->buf.n >= CHUNK)
			err = chunk_flush(c, why);
	}
	if (!err && n == -2)
		err = why_set(why, ERR_IO, "database: %s", PQerrorMessage(pg));
	if (!err && (c->buf.n || c->n == 0))
		err = chunk_flush(c, why);
	return err;
}

static enum err table_write(struct backup *b, const char *table, struct why *why)
{
	struct chunks c = {.b = b, .table = table};
	char sql[160];
	PGresult *res;
	enum err err;

	snprintf(sql, sizeof(sql), "COPY \"%.60s\" TO STDOUT (FORMAT binary)", table);
	res = PQexec(b->db->pg, sql);
	err = PQresultStatus(res) == PGRES_COPY_OUT
		  ? copy_out(&c, why)
		  : why_set(why, ERR_IO, "database: %s", PQerrorMessage(b->db->pg));
	PQclear(res);
	/* A COPY that was left early ends with the connection's transaction; else its result waits.
	 */
	while (!err && (res = PQgetResult(b->db->pg))) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			err = why_set(why, ERR_IO, "database: %s", PQerrorMessage(b->db->pg));
		PQclear(res);
	}
	buf_done(&c.buf);
	return err;
}

static enum err tables_write(struct backup *b, struct why *why)
{
	VEC(char *) names = {0};
	struct db_rows *rows;
	ARENA(a, 0);
	enum err err = db_query(
	    b->db,
	    "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = current_schema() "
	    "AND tablename <> 'schema_version' ORDER BY tablename",
	    DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		vec_add(&a, &names, arena_cstr(&a, db_bytes(rows, 0)));
	err = db_end(rows, why);
	for (size_t i = 0; i < names.n && !err; i++)
		err = table_write(b, names.p[i], why);
	return err;
}

static enum err sequences_write(struct backup *b, struct why *why)
{
	struct db_rows *rows;
	BUF(out);
	enum err err =
	    db_query(b->db,
		     "SELECT CAST(sequencename AS text), coalesce(last_value, 0) FROM pg_sequences "
		     "WHERE schemaname = current_schema() ORDER BY sequencename",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		buf_printf(&out, "%lld %.*s\n", (long long)db_int(rows, 1),
			   STR_ARG(db_bytes(rows, 0)));
	err = db_end(rows, why);
	return err ? err : tar_member(&b->tar, BACKUP_SEQUENCES, buf_str(&out), why);
}

static enum err postgres_write(struct backup *b, struct why *why)
{
	enum err err = db_script(b->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", why);

	if (!err)
		err = head_write(b, why);
	if (!err)
		err = tables_write(b, why);
	/* Sequences have no snapshot: read last, they are at or beyond every key copied. */
	if (!err)
		err = sequences_write(b, why);
	return err;
}

/* ---- all ---- */

enum err store_backup(struct store *s, int out_fd, struct why *why)
{
	struct backup b = {.s = s};
	enum err err;

	tar_out_init(&b.tar, out_fd);
	/* A connection of its own: a broken COPY leaves nothing behind in the pool. */
	err = db_open(s->url, false, true, &b.db, why);
	if (!err && store_is_postgres(s))
		err = postgres_write(&b, why);
	else if (!err)
		err = head_write(&b, why);
	if (!err && !store_is_postgres(s))
		err = sqlite_write(&b, why);
	if (!err)
		err = files_write(&b, why);
	if (!err)
		err = tar_finish(&b.tar, why);
	tar_out_done(&b.tar);
	if (b.db)
		db_close(b.db);
	return err;
}
