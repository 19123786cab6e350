// SPDX-License-Identifier: Apache-2.0
/* files: bytes on disk under their SHA-256, below <data>/files. A file is written beside its place,
 * made durable, and only then named; a name is never a client's. Symbolic links are not followed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/vec.h"
#include "store/service_internal.h"

struct file_writer {
	struct store *store;
	struct sha256 *hash;
	int fd;
	int64_t bytes, limit;
	char path[FILE_PATH_MAX];
};

static bool path_make(char ret[FILE_PATH_MAX], const char *data_dir, const char *below,
		      const char *name)
{
	int n = snprintf(ret, FILE_PATH_MAX, "%s/files/%s%s%s", data_dir, below, *name ? "/" : "",
			 name);

	return n > 0 && n < FILE_PATH_MAX;
}

bool file_path(const char *data_dir, struct digest d, char ret[FILE_PATH_MAX])
{
	char dir[3] = {0};
	BUF(hex);

	hex_encode(&hex, d.b, sizeof(d.b));
	memcpy(dir, hex.p, 2);
	return path_make(ret, data_dir, dir, buf_cstr(&hex));
}

static enum err io_fail(struct why *why, const char *what, const char *path)
{
	int e = errno;

	return why_set(why, err_from_errno(e), "%s '%s': %s", what, path, strerror(e));
}

/* ---- writing ---- */

enum err file_begin(struct store *s, int64_t limit_bytes, struct file_writer **ret, struct why *why)
{
	char dir[FILE_PATH_MAX], name[17];
	struct file_writer *w;
	enum err err;

	if (!path_make(dir, store_data_dir(s), "tmp", ""))
		return why_set(why, ERR_LIMIT, "the data directory's path is too long");
	err = dir_make(dir, why);
	if (err)
		return err;
	w = mem_alloc(sizeof(*w));
	w->store = s;
	w->limit = limit_bytes;
	w->hash = sha256_new();
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)random_u64());
	w->fd = -1;
	if (path_make(w->path, store_data_dir(s), "tmp", name))
		w->fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		err = io_fail(why, "cannot create", w->path);
		file_abort(w);
		return err;
	}
	*ret = w;
	return ERR_OK;
}

enum err file_write(struct file_writer *w, str data, struct why *why)
{
	enum err err;

	if (data.n > INT64_MAX || w->bytes > w->limit - (int64_t)data.n)
		return why_set(why, ERR_LIMIT, "the file is larger than %lld bytes",
			       (long long)w->limit);
	err = fd_write_all(w->fd, data, why);
	if (err)
		return err;
	sha256_add(w->hash, data);
	w->bytes += (int64_t)data.n;
	return ERR_OK;
}

static enum err dir_sync(const char *path, struct why *why)
{
	FD(fd) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		return io_fail(why, "cannot sync", path);
	return ERR_OK;
}

/* Gives the written file its name. Equal bytes are there only once. */
static enum err file_place(struct file_writer *w, struct digest d, struct why *why)
{
	char path[FILE_PATH_MAX], dir[FILE_PATH_MAX], top[FILE_PATH_MAX];
	enum err err;

	if (!file_path(store_data_dir(w->store), d, path) ||
	    !path_make(top, store_data_dir(w->store), "", ""))
		return why_set(why, ERR_LIMIT, "the data directory's path is too long");
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	err = dir_make(dir, why);
	if (!err && fsync(w->fd) != 0)
		err = io_fail(why, "cannot sync", w->path);
	if (!err && rename(w->path, path) != 0)
		err = io_fail(why, "cannot place", path);
	if (!err)
		err = dir_sync(dir, why);
	return err ? err : dir_sync(top, why);
}

enum err file_commit(struct file_writer *w, struct digest *ret, int64_t *ret_bytes, struct why *why)
{
	struct digest d = sha256_final(w->hash);
	int64_t bytes = w->bytes;
	enum err err;

	w->hash = NULL;
	err = file_place(w, d, why);
	file_abort(w); /* the name it would remove is gone unless placing failed */
	if (err)
		return err;
	*ret = d;
	*ret_bytes = bytes;
	return ERR_OK;
}

void file_abort(struct file_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0) {
		close(w->fd);
		unlink(w->path);
	}
	sha256_free(w->hash);
	mem_free(w);
}

/* ---- reading ---- */

enum err file_open(struct store *s, struct digest d, int *ret_fd, struct why *why)
{
	char path[FILE_PATH_MAX];
	int fd = -1;

	if (file_path(store_data_dir(s), d, path))
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return io_fail(why, "cannot open file", path);
	*ret_fd = fd;
	return ERR_OK;
}

enum err file_check(int fd, struct digest d, bool *ret, struct why *why)
{
	struct sha256 *h = sha256_new();
	char block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n > 0) {
			sha256_add(h, (str){block, (size_t)n});
		} else if (errno != EINTR) {
			sha256_free(h);
			return io_fail(why, "cannot read", "a file");
		}
	}
	*ret = digest_eq(sha256_final(h), d);
	return lseek(fd, 0, SEEK_SET) == 0 ? ERR_OK : io_fail(why, "cannot rewind", "a file");
}

/* ---- what files are to records ---- */

#define FILE_COLUMNS "id, record, bytes, added, added_by, uid, digest, name, media_type"

static struct file_row row_of(struct db_rows *r, struct arena *a)
{
	return (struct file_row){
	    .key = db_int(r, 0),
	    .record = db_int(r, 1),
	    .bytes = db_int(r, 2),
	    .added_us = db_int(r, 3),
	    .added_by = db_int(r, 4),
	    .uid = db_uuid(r, 5),
	    .digest = db_digest(r, 6),
	    .name = arena_str(a, db_bytes(r, 7)),
	    .media_type = arena_str(a, db_bytes(r, 8)),
	};
}

enum err file_attach(struct store *s, const struct file_row *f, struct uuid *ret_uid,
		     struct why *why)
{
	struct uuid uid = uuid_is_zero(f->uid) ? uuid_new() : f->uid;
	FD(fd) = -1;
	enum err err = file_open(s, f->digest, &fd, why); /* no row without its bytes */

	if (!err)
		err = service_exec(s,
				   "INSERT INTO file(uid, record, digest, bytes, name, media_type, "
				   "added, added_by) "
				   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
				   DBARGS(DBU(uid), DBI(f->record), DBD(f->digest), DBI(f->bytes),
					  DBT(f->name), DBT(f->media_type),
					  DBI(f->added_us ? f->added_us : clock_now_us()),
					  DBI(f->added_by)),
				   NULL, why);
	if (!err)
		*ret_uid = uid;
	return err;
}

static enum err rows_of(struct store *s, struct arena *a, const char *sql, struct db_value arg,
			struct file_row **ret, size_t *ret_n, struct why *why)
{
	VEC(struct file_row) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(db, sql, &arg, 1, &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, row_of(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err file_list(struct store *s, struct arena *a, int64_t record, struct file_row **ret,
		   size_t *ret_n, struct why *why)
{
	return rows_of(s, a, "SELECT " FILE_COLUMNS " FROM file WHERE record = ?1 ORDER BY id",
		       DBI(record), ret, ret_n, why);
}

enum err file_find(struct store *s, struct arena *a, struct uuid uid, struct file_row *ret,
		   struct why *why)
{
	struct file_row *list;
	size_t n;
	enum err err = rows_of(s, a, "SELECT " FILE_COLUMNS " FROM file WHERE uid = ?1", DBU(uid),
			       &list, &n, why);

	if (err)
		return err;
	if (n == 0)
		return why_set(why, ERR_NOTFOUND, "no such file");
	*ret = list[0];
	return ERR_OK;
}

enum err file_remove(struct store *s, struct digest d, struct why *why)
{
	char path[FILE_PATH_MAX];
	struct db *db = store_reader_get(s);
	int64_t n = 0;
	enum err err =
	    db_get_int(db, "SELECT count(*) FROM file WHERE digest = ?1", DBARGS(DBD(d)), &n, why);

	store_reader_put(s, db);
	if (err || n || !file_path(store_data_dir(s), d, path))
		return err;
	return unlink(path) == 0 || errno == ENOENT ? ERR_OK : io_fail(why, "cannot remove", path);
}

/* ---- sweeping ---- */

struct sweep {
	struct store *store;
	int64_t before_us, removed;
	struct db *db;
};

static enum err is_named(struct db *db, const char *name, bool *ret, struct why *why)
{
	struct digest d;
	int64_t n = 0;
	enum err err;

	*ret = true; /* what is not ours stays */
	if (hex_decode(str_c(name), d.b, sizeof(d.b)) != ERR_OK)
		return ERR_OK;
	err =
	    db_get_int(db, "SELECT count(*) FROM file WHERE digest = ?1", DBARGS(DBD(d)), &n, why);
	*ret = n > 0;
	return err;
}

static enum err sweep_dir(struct sweep *w, const char *below, struct why *why)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	bool tmp = strcmp(below, "tmp") == 0;
	enum err err = ERR_OK;
	DIR *d = path_make(dir, store_data_dir(w->store), below, "") ? opendir(dir) : NULL;

	for (struct dirent *e; d && !err && (e = readdir(d));) {
		struct stat st;
		bool keep = !tmp;

		if (!path_make(path, store_data_dir(w->store), below, e->d_name) ||
		    lstat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
		    (int64_t)st.st_mtime * US_PER_S > w->before_us)
			continue;
		if (!tmp)
			err = is_named(w->db, e->d_name, &keep, why);
		if (!err && !keep && unlink(path) == 0)
			w->removed++;
	}
	if (d)
		closedir(d);
	return err;
}

enum err file_sweep(struct store *s, int64_t older_us, int64_t *ret_removed, struct why *why)
{
	struct sweep w = {
	    .store = s, .before_us = clock_now_us() - older_us, .db = store_reader_get(s)};
	enum err err = sweep_dir(&w, "tmp", why);

	for (unsigned i = 0; i < 256 && !err; i++) {
		char below[3];

		snprintf(below, sizeof(below), "%02x", i);
		err = sweep_dir(&w, below, why);
	}
	store_reader_put(s, w.db);
	if (!err)
		*ret_removed = w.removed;
	return err;
}
