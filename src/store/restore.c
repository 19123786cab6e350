// SPDX-License-Identifier: Apache-2.0
/* restore: a node from a backup, into an empty directory (and an empty PostgreSQL database).
 * Nothing counts before the manifest at the end was right: until then the database has another
 * name, or its transaction is open. Then a new epoch begins that names the last checkpoint of the
 * old one. */
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

struct restore {
	const char *dir;
	const char *url;
	bool postgres;
	bool own_url; /* the default: a file of the data directory */
	struct tar_in tar;
	struct db *db; /* PostgreSQL, while its transaction is open */
	struct buf sequences;
	char table[64]; /* whose COPY is open */
};

static enum err path_of(const struct restore *r, const char *name, char ret[FILE_PATH_MAX],
			struct why *why)
{
	int n = snprintf(ret, FILE_PATH_MAX, "%s/%s", r->dir, name);

	return n > 0 && n < FILE_PATH_MAX
		   ? ERR_OK
		   : why_set(why, ERR_LIMIT, "the data directory's path is too long");
}

static enum err dir_empty(const char *dir, struct why *why)
{
	DIR *d = opendir(dir);
	bool empty = true;

	if (!d)
		return errno == ENOENT ? ERR_OK
				       : why_set(why, err_from_errno(errno), "cannot read '%s': %s",
						 dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));)
		empty &= strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return empty ? ERR_OK
		     : why_set(why, ERR_CONFLICT, "'%s' is not empty; restore into a new directory",
			       dir);
}

/* ---- members ---- */

static enum err member_to_fd(struct restore *r, int fd, struct why *why)
{
	char block[65536];
	size_t n = 1;
	enum err err = ERR_OK;

	while (n && !err) {
		err = tar_read(&r->tar, block, sizeof(block), &n, why);
		if (!err && n)
			err = fd_write_all(fd, (str){block, n}, why);
	}
	if (!err && fsync(fd) != 0)
		err = why_set(why, err_from_errno(errno), "cannot sync '%s': %s", r->tar.name,
			      strerror(errno));
	return err;
}

static enum err member_to_buf(struct restore *r, size_t limit, struct buf *ret, struct why *why)
{
	size_t n = 1;
	enum err err = ERR_OK;

	if (r->tar.size > (int64_t)limit)
		return why_set(why, ERR_LIMIT, "'%s' in the backup is too large", r->tar.name);
	while (n && !err) {
		err = tar_read(&r->tar, buf_room(ret, 65536), 65536, &n, why);
		if (!err)
			buf_added(ret, n);
	}
	return err;
}

static enum err head_read(struct restore *r, struct why *why)
{
	struct json head;
	bool more = false;
	int64_t known = 0;
	BUF(text);
	ARENA(a, 1 << 20);
	enum err err = tar_next(&r->tar, &more, why);

	if (!err && (!more || strcmp(r->tar.name, BACKUP_HEAD) != 0))
		err = why_set(why, ERR_INVALID, "this is no backup of ours");
	if (!err)
		err = member_to_buf(r, 65536, &text, why);
	if (!err)
		err = json_parse(&a, buf_str(&text), NULL, &head, why);
	if (err)
		return err;
	for (const struct migration *m = r->postgres ? migrations_postgres : migrations_sqlite;
	     m->number; m++)
		known = m->number;
	if (json_get_i64(&head, "v", 0) != 1)
		return why_set(why, ERR_UNPROCESSABLE,
			       "this program does not know this version of backups");
	if (str_eq(json_get_str(&head, "backend"), STR("postgresql")) != r->postgres)
		return why_set(why, ERR_UNPROCESSABLE,
			       "this is a backup of %.*s; restore it to the same",
			       STR_ARG(json_get_str(&head, "backend")));
	/* SQLite files are migrated when opened; the rows of PostgreSQL need the tables they came
	 * from. */
	if (json_get_i64(&head, "schema", 0) > known ||
	    (r->postgres && json_get_i64(&head, "schema", 0) != known))
		return why_set(why, ERR_UNPROCESSABLE,
			       "the backup has schema %lld, this program has %lld; use the program "
			       "that wrote it",
			       (long long)json_get_i64(&head, "schema", 0), (long long)known);
	return ERR_OK;
}

/* "files/ab/<sha256>": the name says what the bytes must be. */
static enum err file_member(struct restore *r, struct why *why)
{
	char path[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	struct digest d;
	str name = str_c(r->tar.name);
	FD(fd) = -1;
	enum err err;

	if (name.n != 9 + 64 || hex_decode(str_from(name, 9), d.b, sizeof(d.b)) != ERR_OK ||
	    memcmp(name.p + 6, name.p + 9, 2) != 0 || name.p[8] != '/' ||
	    !file_path(r->dir, d, path))
		return why_set(why, ERR_INVALID, "unexpected '%s' in the backup", r->tar.name);
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	err = dir_make(dir, why);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, err_from_errno(errno), "cannot create '%s': %s", path,
			       strerror(errno));
	err = member_to_fd(r, fd, why);
	if (!err && !digest_eq(r->tar.digest, d))
		err = why_set(why, ERR_INVALID, "the backup is damaged: '%s' has other bytes",
			      r->tar.name);
	return err;
}

static enum err sqlite_member(struct restore *r, struct why *why)
{
	char path[FILE_PATH_MAX];
	FD(fd) = -1;
	enum err err = path_of(r, "node.db.restoring", path, why);

	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, err_from_errno(errno), "cannot create '%s': %s", path,
			       strerror(errno));
	return member_to_fd(r, fd, why);
}

/* ---- PostgreSQL: COPY of one table after the other ---- */

static enum err pg_problem(struct restore *r, struct why *why)
{
	return why_set(why, ERR_IO, "database: %s", PQerrorMessage(r->db->pg));
}

static enum err copy_close(struct restore *r, struct why *why)
{
	PGresult *res;
	enum err err = ERR_OK;

	if (!r->table[0])
		return ERR_OK;
	r->table[0] = 0;
	if (PQputCopyEnd(r->db->pg, NULL) != 1)
		err = pg_problem(r, why);
	while ((res = PQgetResult(r->db->pg))) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && !err)
			err = pg_problem(r, why);
		PQclear(res);
	}
	return err;
}

static enum err copy_open(struct restore *r, str table, struct why *why)
{
	char sql[160];
	PGresult *res;
	enum err err = copy_close(r, why);

	if (err)
		return err;
	for (size_t i = 0; i < table.n; i++) {
		if (!ch_alnum(table.p[i]) && table.p[i] != '_')
			return why_set(why, ERR_INVALID, "unexpected '%s' in the backup",
				       r->tar.name);
	}
	snprintf(r->table, sizeof(r->table), "%.*s", STR_ARG(table));
	snprintf(sql, sizeof(sql), "DELETE FROM \"%s\"", r->table);
	err = db_script(r->db, sql, why);
	if (err)
		return err;
	snprintf(sql, sizeof(sql), "COPY \"%s\" FROM STDIN (FORMAT binary)", r->table);
	res = PQexec(r->db->pg, sql);
	if (PQresultStatus(res) != PGRES_COPY_IN) {
		r->table[0] = 0;
		err = pg_problem(r, why);
	}
	PQclear(res);
	return err;
}

static enum err table_member(struct restore *r, struct why *why)
{
	str name = str_from(str_c(r->tar.name), 7), table;
	char block[65536];
	size_t n = 1;
	enum err err = ERR_OK;

	if (!str_split(&name, '/', &table) || table.n == 0 || table.n >= sizeof(r->table))
		return why_set(why, ERR_INVALID, "unexpected '%s' in the backup", r->tar.name);
	if (!str_eq(table, str_c(r->table)))
		err = copy_open(r, table, why);
	while (n && !err) {
		err = tar_read(&r->tar, block, sizeof(block), &n, why);
		if (!err && n && PQputCopyData(r->db->pg, block, (int)n) != 1)
			err = pg_problem(r, why);
	}
	return err;
}

static enum err sequences_set(struct restore *r, struct why *why)
{
	str rest = buf_str(&r->sequences), line, value;
	enum err err = ERR_OK;

	while (!err && rest.n && str_split(&rest, '\n', &line)) {
		int64_t last = 0;

		if (!str_split(&line, ' ', &value) || str_i64(value, &last) != ERR_OK)
			continue;
		if (last > 0)
			err = db_exec(r->db, "SELECT setval(CAST(?1 AS regclass), ?2)",
				      DBARGS(DBT(line), DBI(last)), NULL, why);
	}
	return err;
}

static enum err postgres_start(struct restore *r, struct why *why)
{
	int64_t node = 0;
	enum err err = db_open(r->url, true, false, &r->db, why);

	if (!err)
		err = migrate(r->db, why);
	if (!err)
		err = db_get_int(r->db, "SELECT count(*) FROM meta", DBNONE, &node, why);
	if (!err && node)
		err = why_set(why, ERR_CONFLICT, "the database holds a node already");
	return err ? err : db_begin(r->db, why);
}

/* ---- after the rows ---- */

static enum err restore_entry(struct db *tx, const struct epoch *epoch, int64_t now,
			      struct why *why)
{
	struct journal_entry e = {.seq = 0, .at_us = now, .kind = STR("restore"), .n = 1};
	struct digest leaf;
	int64_t first;
	enum err err;

	e.content = STR("{}");
	err = journal_insert(tx, &e, 1, why);
	if (err)
		return err;
	leaf = journal_leaf(&e, epoch->id, (struct uuid){{0}});
	return tree_append(tx, &leaf, 1, &first, why);
}

/* The copy begins a life of its own: a new tree, nobody signed in, no job half done. */
static enum err begin_anew(struct db *tx, struct why *why)
{
	static const char *const sql[] = {
	    "DELETE FROM session",
	    "DELETE FROM token WHERE purpose <> 'api'",
	    "DELETE FROM idempotency",
	    "DELETE FROM operation",
	    "UPDATE job SET state = 'waiting', dedupe = NULL WHERE state = 'running'",
	    "UPDATE sequencer SET next_seq = 1",
	};
	int64_t now = clock_now_us();
	struct epoch epoch;
	enum err err = epoch_begin(tx, now, &epoch, why);

	if (!err)
		err = restore_entry(tx, &epoch, now, why);
	for (size_t i = 0; i < ARRAY_LEN(sql) && !err; i++)
		err = db_exec(tx, sql[i], DBNONE, NULL, why);
	return err;
}

static enum err sqlite_finish(struct restore *r, struct why *why)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	enum err err = path_of(r, "node.db.restoring", from, why);

	if (!err)
		err = path_of(r, "node.db", to, why);
	if (!err && rename(from, to) != 0)
		err = why_set(why, err_from_errno(errno), "cannot place '%s': %s", to,
			      strerror(errno));
	if (!err)
		err = db_open(r->url, false, false, &r->db, why);
	if (!err)
		err = migrate(r->db, why);
	return err ? err : db_begin(r->db, why);
}

static enum err config_write(const struct restore *r, struct why *why)
{
	char path[FILE_PATH_MAX];
	BUF(text);
	enum err err = path_of(r, "config", path, why);

	/* a path of its own lies in the data directory, wherever that is moved to */
	buf_printf(&text, "# hikeshi: where this node keeps its records\nstore = %s\n",
		   r->own_url ? "sqlite:" BACKUP_SQLITE : r->url);
	return err ? err : file_replace(path, buf_str(&text), 0600, why);
}

static enum err member(struct restore *r, struct why *why)
{
	str name = str_c(r->tar.name);

	if (str_starts(name, STR("files/")))
		return file_member(r, why);
	if (!r->postgres && str_eq(name, STR(BACKUP_SQLITE)))
		return sqlite_member(r, why);
	if (r->postgres && str_starts(name, STR("tables/")))
		return table_member(r, why);
	if (r->postgres && str_eq(name, STR(BACKUP_SEQUENCES)))
		return member_to_buf(r, 1 << 20, &r->sequences, why);
	return why_set(why, ERR_INVALID, "unexpected '%s' in the backup", r->tar.name);
}

static enum err restore_all(struct restore *r, struct why *why)
{
	bool more = true;
	enum err err = head_read(r, why);

	if (!err && r->postgres)
		err = postgres_start(r, why);
	while (!err) {
		err = tar_next(&r->tar, &more, why);
		if (err || !more)
			break;
		if (r->table[0] && !str_starts(str_c(r->tar.name), STR("tables/")))
			err = copy_close(r, why);
		if (!err)
			err = member(r, why);
	}
	if (!err)
		err = r->postgres ? copy_close(r, why) : sqlite_finish(r, why);
	if (!err && r->postgres)
		err = sequences_set(r, why);
	if (!err)
		err = begin_anew(r->db, why);
	if (!err)
		err = db_commit(r->db, why);
	return err ? err : config_write(r, why);
}

enum err store_restore(const struct store_options *o, int in_fd, struct why *why)
{
	struct restore r = {.dir = o->data_dir, .own_url = !o->url};
	BUF(url);
	enum err err = dir_empty(o->data_dir, why);

	if (!err)
		err = dir_make(o->data_dir, why);
	if (err)
		return err;
	if (o->url)
		buf_add(&url, str_c(o->url));
	else
		buf_printf(&url, "sqlite:%s/" BACKUP_SQLITE, o->data_dir);
	r.url = buf_cstr(&url);
	r.postgres = !str_starts(str_c(r.url), STR("sqlite:"));
	tar_in_init(&r.tar, in_fd);
	err = restore_all(&r, why);
	tar_in_done(&r.tar);
	buf_done(&r.sequences);
	if (r.db) {
		if (err)
			db_rollback(r.db);
		db_close(r.db);
	}
	return err;
}
