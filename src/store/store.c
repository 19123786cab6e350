// SPDX-License-Identifier: Apache-2.0
/* store: opening and closing a node's data directory, its lock, and the pool of connections. */
#include "store/store.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "store/journal_internal.h"
#include "store/migrate.h"
#include "store/store_internal.h"

#define CONFIG_BYTES_MAX 65536u

/* ---- the data directory ---- */

static char *path_in(const char *dir, const char *name)
{
	BUF(b);
	buf_printf(&b, "%s/%s", dir, name);
	return mem_cstr(buf_str(&b));
}

/* "store = URL" of an INI file; empty when absent. */
static enum err config_url(const char *dir, struct buf *ret, struct why *why)
{
	char *path = path_in(dir, "config");
	BUF(text);
	enum err e = file_read(path, CONFIG_BYTES_MAX, &text, why);
	mem_free(path);
	str rest = buf_str(&text), line;
	while (!e && str_split(&rest, '\n', &line)) {
		line = str_trim(line);
		if (!str_skip_prefix(&line, STR("store")))
			continue;
		line = str_trim(line);
		if (str_skip_prefix(&line, STR("=")))
			buf_add(ret, str_trim(line));
	}
	return e;
}

/* A file without a leading '/' lies in the data directory, wherever that is moved or copied to. */
static void url_place(const char *dir, str url, struct buf *ret)
{
	str path = url;

	if (str_skip_prefix(&path, STR("sqlite:")) && !str_starts(path, STR("/")))
		buf_printf(ret, "sqlite:%s/%.*s", dir, STR_ARG(path));
	else
		buf_add(ret, url);
}

static enum err url_of(const struct store_options *o, char **ret, struct why *why)
{
	BUF(b);
	BUF(url);
	struct why ignored = {0};
	if (!o->url) {
		enum err e = config_url(o->data_dir, &b, &ignored);
		if (e && e != ERR_NOTFOUND)
			return why_set(why, e, "%s", ignored.text);
	}
	url_place(o->data_dir,
		  o->url ? str_c(o->url)
		  : b.n  ? buf_str(&b)
			 : STR("sqlite:node.db"),
		  &url);
	*ret = mem_cstr(buf_str(&url));
	return ERR_OK;
}

static bool url_is_postgres(const char *url)
{
	return strncmp(url, "sqlite:", 7) != 0;
}

static enum err dir_lock(const char *dir, int *ret, struct why *why)
{
	char *path = path_in(dir, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	mem_free(path);
	if (fd < 0)
		return why_set(why, err_from_errno(errno), "cannot open the lock in '%s'", dir);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return why_set(
		    why, ERR_CONFLICT,
		    "another hikeshi process uses the data directory '%s'; stop it first", dir);
	}
	*ret = fd;
	return ERR_OK;
}

/* ---- creating ---- */

static enum err meta_put(struct db *db, const char *name, str value, struct why *why)
{
	return db_exec(db, "INSERT INTO meta(name, value) VALUES(?1, ?2)",
		       DBARGS(DBT(str_c(name)), DBB(value)), NULL, why);
}

static enum err meta_get(struct db *db, const char *name, void *ret, size_t n, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, "SELECT value FROM meta WHERE name = ?1",
			      DBARGS(DBT(str_c(name))), &r, why);
	if (e)
		return e;
	bool ok = db_next(r) && db_bytes(r, 0).n == n;
	if (ok)
		memcpy(ret, db_bytes(r, 0).p, n);
	e = db_end(r, why);
	if (!e && !ok)
		e = why_set(why, ERR_NOTFOUND, "the database holds no node");
	return e;
}

static enum err node_write(struct db *db, struct why *why)
{
	struct uuid node = uuid_new();
	uint8_t key[16];
	struct epoch epoch;
	random_bytes(key, sizeof key);
	enum err e = meta_put(db, "node", (str){(const char *)node.b, 16}, why);
	if (!e)
		e = meta_put(db, "value_key", (str){(const char *)key, sizeof key}, why);
	if (!e)
		e = db_exec(db, "INSERT INTO sequencer(id, next_seq, date_added) VALUES(1, 0, 0)",
			    DBNONE, NULL, why);
	if (!e)
		e = epoch_begin(db, clock_now_us(), &epoch, why);
	secret_wipe(key, sizeof key);
	return e;
}

static enum err node_create(struct db *db, struct why *why)
{
	int64_t at = 0, rows = 0;
	enum err e = migrate_version(db, &at, why);
	if (!e && at > 0) /* tables alone are of a try that broke off */
		e = db_get_int(db, "SELECT count(*) FROM meta", DBNONE, &rows, why);
	if (!e && rows)
		return why_set(why, ERR_CONFLICT, "the database holds a node already");
	if (!e)
		e = migrate(db, why);
	if (!e)
		e = db_begin(db, why);
	if (e)
		return e;
	e = node_write(db, why);
	if (!e)
		e = db_commit(db, why);
	if (e)
		db_rollback(db);
	return e;
}

static enum err config_write(const char *dir, const char *url, struct why *why)
{
	char *path = path_in(dir, "config");
	BUF(b);
	buf_printf(&b, "# hikeshi: where this node keeps its records\nstore = %s\n", url);
	enum err e = file_replace(path, buf_str(&b), 0600, why);
	mem_free(path);
	return e;
}

static enum err create_locked(const struct store_options *o, struct why *why)
{
	const char *url = o->url ? o->url : "sqlite:node.db";
	BUF(place);
	BUF(old);
	struct why ignored = {0};
	if (config_url(o->data_dir, &old, &ignored) == ERR_OK)
		return why_set(why, ERR_CONFLICT, "'%s' holds a node already", o->data_dir);
	struct db *db = NULL;
	url_place(o->data_dir, str_c(url), &place);
	enum err e = db_open(buf_cstr(&place), true, false, &db, why);
	if (!e)
		e = node_create(db, why);
	if (!e)
		e = config_write(o->data_dir, url, why);
	db_close(db);
	return e;
}

enum err store_create(const struct store_options *o, struct why *why)
{
	enum err e = dir_make(o->data_dir, why);
	if (e)
		return e;
	FD(lock) = -1;
	e = dir_lock(o->data_dir, &lock, why);
	return e ? e : create_locked(o, why);
}

/* ---- connections ---- */

static struct db *pool_get(struct store *s, int kind)
{
	for (int tries = 0;; tries++) {
		pthread_mutex_lock(&s->pool_lock);
		struct db *db = s->n_idle[kind] ? s->idle[kind][--s->n_idle[kind]] : NULL;
		pthread_mutex_unlock(&s->pool_lock);
		struct why why = {0};
		if (db || db_open(s->url, false, kind == 0, &db, &why) == ERR_OK)
			return db;
		if (kind == 1 && tries > 50)
			return NULL;
		usleep(20000);
	}
}

static void pool_put(struct store *s, int kind, struct db *db)
{
	pthread_mutex_lock(&s->pool_lock);
	bool keep = s->n_idle[kind] < s->max_idle;
	if (keep)
		s->idle[kind][s->n_idle[kind]++] = db;
	pthread_mutex_unlock(&s->pool_lock);
	if (!keep)
		db_close(db);
}

struct db *store_reader_get(struct store *s)
{
	return pool_get(s, 0);
}

void store_reader_put(struct store *s, struct db *db)
{
	pool_put(s, 0, db);
}

struct db *store_writer_get(struct store *s)
{
	return pool_get(s, 1);
}

void store_writer_put(struct store *s, struct db *db)
{
	pool_put(s, 1, db);
}

static void pool_close(struct store *s)
{
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < s->n_idle[k]; i++)
			db_close(s->idle[k][i]);
		mem_free(s->idle[k]);
	}
	pthread_mutex_destroy(&s->pool_lock);
}

/* ---- opening ---- */

static enum err node_read(struct store *s, struct db *db, struct why *why)
{
	enum err e = meta_get(db, "node", s->node_id.b, 16, why);
	if (!e)
		e = meta_get(db, "value_key", s->value_key, sizeof s->value_key, why);
	int64_t next = 0;
	if (!e)
		e = db_get_int(db, "SELECT next_seq FROM sequencer WHERE id = 1", DBNONE, &next,
			       why);
	atomic_store(&s->last_seq, next - 1);
	return e;
}

static enum err database_open(struct store *s, struct why *why)
{
	struct db *db;
	enum err e = db_open(s->url, false, false, &db, why);
	if (e)
		return e;
	int64_t at = 0;
	e = migrate_version(db, &at, why);
	if (!e && at == 0)
		e = why_set(why, ERR_NOTFOUND, "the database holds no node; create one first");
	if (!e)
		e = migrate(db, why);
	if (!e)
		e = node_read(s, db, why);
	db_close(db);
	return e;
}

static enum err parts_open(struct store *s, struct why *why)
{
	enum err e = database_open(s, why);
	if (!e)
		e = interned_open(s, why);
	if (!e)
		e = shelves_open(s, why);
	if (!e)
		e = s->postgres ? listener_start(s, why) : writer_start(s, why);
	if (!e && s->postgres)
		e = sequence_waiting(s, why);
	return e;
}

enum err store_open(const struct store_options *o, struct store **ret, struct why *why)
{
	struct store *s = mem_alloc(sizeof *s);
	s->lock_fd = -1;
	random_bytes(&s->word_tag, sizeof s->word_tag);
	s->data_dir = mem_cstr(str_c(o->data_dir));
	s->max_idle = o->readers > 0 ? (size_t)o->readers : 4;
	if (s->max_idle < 4)
		s->max_idle = 4;
	for (int k = 0; k < 2; k++)
		s->idle[k] = mem_alloc(s->max_idle * sizeof(struct db *));
	pthread_mutex_init(&s->pool_lock, NULL);
	pthread_mutex_init(&s->subs_lock, NULL);
	pthread_mutex_init(&s->signing_lock, NULL);
	s->process = process_number();
	pthread_cond_init(&s->subs_idle, NULL);
	enum err e = access(o->data_dir, F_OK) == 0
			 ? ERR_OK
			 : why_set(why, ERR_NOTFOUND, "no directory '%s'", o->data_dir);
	if (!e)
		e = url_of(o, &s->url, why);
	if (!e)
		s->postgres = url_is_postgres(s->url);
	/* on PostgreSQL several processes may serve one node */
	if (!e && !o->no_lock && !s->postgres)
		e = dir_lock(o->data_dir, &s->lock_fd, why);
	if (!e)
		e = parts_open(s, why);
	if (e) {
		store_close(s);
		return e;
	}
	*ret = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	writer_stop(s);
	listener_stop(s);
	shelves_close(s);
	interned_close(s);
	packers_free(s);
	pool_close(s);
	fd_close(&s->lock_fd);
	pthread_cond_destroy(&s->subs_idle);
	pthread_mutex_destroy(&s->subs_lock);
	db_close(s->signing);
	pthread_mutex_destroy(&s->signing_lock);
	mem_free(s->data_dir);
	mem_free(s->url);
	mem_free(s);
}

enum err store_epoch(struct store *s, struct uuid *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct epoch epoch;
	enum err err = epoch_current(db, &epoch, why);

	store_reader_put(s, db);
	if (!err)
		*ret = epoch.id;
	return err;
}

enum err store_was_restored(struct store *s, bool *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct epoch epoch;
	enum err err = epoch_current(db, &epoch, why);

	store_reader_put(s, db);
	if (!err)
		*ret = epoch.number > 1;
	return err;
}

struct uuid store_node_id(struct store *s)
{
	return s->node_id;
}

bool store_is_postgres(struct store *s)
{
	return s->postgres;
}

const char *store_data_dir(struct store *s)
{
	return s->data_dir;
}

const uint8_t *store_value_key(struct store *s)
{
	return s->value_key;
}

int64_t store_last_seq(struct store *s)
{
	return atomic_load(&s->last_seq);
}

void store_on_change(struct store *s, store_change_fn *fn, void *ctx)
{
	pthread_mutex_lock(&s->subs_lock);
	if (s->n_subs < ARRAY_LEN(s->subs)) {
		s->subs[s->n_subs].fn = fn;
		s->subs[s->n_subs++].ctx = ctx;
	}
	pthread_mutex_unlock(&s->subs_lock);
}

void store_off_change(struct store *s, store_change_fn *fn, void *ctx)
{
	pthread_mutex_lock(&s->subs_lock);
	for (size_t i = 0; i < s->n_subs; i++)
		if (s->subs[i].fn == fn && s->subs[i].ctx == ctx)
			s->subs[i--] = s->subs[--s->n_subs];
	while (s->telling)
		pthread_cond_wait(&s->subs_idle, &s->subs_lock);
	pthread_mutex_unlock(&s->subs_lock);
}

void store_tell(struct store *s, const struct change *changes, size_t n)
{
	struct store_sub subs[STORE_SUBS];
	size_t count;

	pthread_mutex_lock(&s->subs_lock);
	count = n ? s->n_subs : 0;
	memcpy(subs, s->subs, sizeof(subs));
	s->telling++;
	pthread_mutex_unlock(&s->subs_lock);
	for (size_t i = 0; i < count; i++)
		subs[i].fn(subs[i].ctx, changes, n);
	pthread_mutex_lock(&s->subs_lock);
	if (--s->telling == 0)
		pthread_cond_broadcast(&s->subs_idle);
	pthread_mutex_unlock(&s->subs_lock);
}

void store_on_job(struct store *s, void (*fn)(void *ctx), void *ctx)
{
	pthread_mutex_lock(&s->subs_lock);
	s->on_job = fn;
	s->on_job_ctx = ctx;
	pthread_mutex_unlock(&s->subs_lock);
}

/* Under the lock, so that nobody is called who has just left. */
void store_tell_jobs(struct store *s)
{
	pthread_mutex_lock(&s->subs_lock);
	if (s->on_job)
		s->on_job(s->on_job_ctx);
	pthread_mutex_unlock(&s->subs_lock);
}

/* ---- arrays for PostgreSQL: dimensions, has-null, element type, length, lower bound, elements
 * ---- */

static void array_head(struct buf *b, uint32_t type, size_t n)
{
	buf_add_be32(b, n ? 1 : 0);
	buf_add_be32(b, 0);
	buf_add_be32(b, type);
	if (n) {
		buf_add_be32(b, (uint32_t)n);
		buf_add_be32(b, 1);
	}
}

struct db_value db_int_array(struct arena *a, const int64_t *v, size_t n)
{
	BUF(b);
	array_head(&b, 20, n);
	for (size_t i = 0; i < n; i++) {
		buf_add_be32(&b, 8);
		buf_add_be64(&b, (uint64_t)v[i]);
	}
	return DBB(arena_str(a, buf_str(&b)));
}

struct db_value db_blob_array(struct arena *a, const str *v, size_t n)
{
	BUF(b);
	array_head(&b, 17, n);
	for (size_t i = 0; i < n; i++) {
		buf_add_be32(&b, (uint32_t)v[i].n);
		buf_add(&b, v[i]);
	}
	return DBB(arena_str(a, buf_str(&b)));
}
