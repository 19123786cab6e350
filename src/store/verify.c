// SPDX-License-Identifier: Apache-2.0
/* verify: recomputes what can be recomputed and names what differs. Bodies are checked against
 * their digests, rows against what the journal committed to, the journal against the tree, indexes
 * and lists against the rows they are made from, files against their names. */
#include "store/verify_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/file.h"

void verify_tell(struct verify *v, const char *what, str subject, const char *fmt, ...)
{
	char detail[512];
	va_list ap;
	struct verify_fault f = {.what = str_c(what), .subject = subject};

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	f.detail = str_c(detail);
	v->counts.faults++;
	if (v->fault)
		v->fault(v->ctx, &f);
}

str verify_name(struct verify *v, int32_t type, struct uuid uid)
{
	char text[UUID_TEXT];
	str word = word_text(v->s, type);

	uuid_text(uid, text);
	return arena_printf(&v->page, "%.*s--%.*s", STR_ARG(word), UUID_TEXT, text);
}

bool hex_is(str hex, struct digest d)
{
	struct digest x;

	return hex_decode(hex, x.b, sizeof(x.b)) == ERR_OK && digest_eq(x, d);
}

/* ---- files ---- */

static enum err verify_file(struct verify *v, const char *name, struct why *why)
{
	struct digest d;
	bool same = false;
	FD(fd) = -1;
	enum err err;

	if (hex_decode(str_c(name), d.b, sizeof(d.b)) != ERR_OK) {
		verify_tell(v, "file", str_c(name), "is no file of ours");
		return ERR_OK;
	}
	v->counts.files++;
	err = file_open(v->s, d, &fd, NULL);
	if (!err)
		err = file_check(fd, d, &same, why);
	if (err == ERR_OK && !same)
		verify_tell(v, "file", str_c(name), "its bytes have another SHA-256");
	if (err && fd < 0) {
		verify_tell(v, "file", str_c(name), "cannot be opened where its name says");
		err = ERR_OK;
	}
	return err;
}

static enum err verify_dir(struct verify *v, unsigned i, struct why *why)
{
	char path[FILE_PATH_MAX];
	enum err err = ERR_OK;
	DIR *d;
	int n = snprintf(path, sizeof(path), "%s/files/%02x", store_data_dir(v->s), i);

	if (n < 0 || n >= (int)sizeof(path))
		return why_set(why, ERR_LIMIT, "the data directory's path is too long");
	d = opendir(path);
	for (struct dirent *e; d && !err && (e = readdir(d));) {
		if (e->d_name[0] != '.')
			err = verify_file(v, e->d_name, why);
	}
	if (d)
		closedir(d);
	return err;
}

struct file_check {
	int64_t id, bytes;
	struct digest digest;
	struct uuid uid;
};

/* Rows whose bytes are not there, or of another length. */
static void file_row_check(struct verify *v, const struct file_check *f)
{
	char text[UUID_TEXT];
	struct stat st;
	FD(fd) = -1;
	str subject;

	uuid_text(f->uid, text);
	subject = arena_printf(&v->page, "file--%.*s", UUID_TEXT, text);
	if (file_open(v->s, f->digest, &fd, NULL) != ERR_OK) {
		verify_tell(v, "file", subject, "its bytes are missing");
		return;
	}
	if (fstat(fd, &st) != 0 || st.st_size != f->bytes)
		verify_tell(v, "file", subject, "has %lld bytes instead of %lld",
			    (long long)st.st_size, (long long)f->bytes);
}

static enum err file_rows(struct verify *v, int64_t *cursor, size_t *ret_n, struct why *why)
{
	struct file_check list[VERIFY_PAGE];
	struct db_rows *rows;
	size_t n = 0;
	enum err err = db_query(
	    v->db, "SELECT id, bytes, digest, uid FROM file WHERE id > ?1 ORDER BY id LIMIT ?2",
	    DBARGS(DBI(*cursor), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE)
		list[n++] = (struct file_check){.id = db_int(rows, 0),
						.bytes = db_int(rows, 1),
						.digest = db_digest(rows, 2),
						.uid = db_uuid(rows, 3)};
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		*cursor = list[i].id;
		file_row_check(v, &list[i]);
	}
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

enum err verify_files(struct verify *v, struct why *why)
{
	int64_t cursor = 0;
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 256 && !err; i++)
		err = verify_dir(v, i, why);
	while (!err && n == VERIFY_PAGE)
		err = file_rows(v, &cursor, &n, why);
	return err;
}

/* ---- all ---- */

static enum err verify_all(struct verify *v, struct why *why)
{
	static enum err (*const steps[])(struct verify *, struct why *) = {
	    verify_interned,   verify_labels,   verify_journal, verify_slices,
	    verify_records,    verify_versions, verify_lists,   verify_links,
	    verify_placements, verify_index,    verify_moved,   verify_files,
	};
	enum err err = ERR_OK;

	for (size_t i = 0; i < ARRAY_LEN(steps) && !err; i++)
		err = steps[i](v, why);
	return err;
}

enum err store_verify(struct store *s, verify_values_fn *values_of, verify_fault_fn *fault,
		      void *ctx, struct verify_counts *ret, struct why *why)
{
	struct verify v = {.s = s, .values_of = values_of, .fault = fault, .ctx = ctx};
	enum err err;

	v.db = store_reader_get(s);
	arena_init(&v.page, 0);
	arena_init(&v.erased_arena, 0);
	map_init(&v.erased);
	u64map_init(&v.slice.at);
	err = db_script(v.db,
			store_is_postgres(s) ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
					     : "BEGIN",
			why);
	if (!err)
		err = verify_erased(&v, why);
	if (!err)
		err = verify_all(&v, why);
	db_rollback(v.db);
	u64map_done(&v.slice.at);
	vec_done(&v.slice.leaves);
	journal_holding_done(&v.holding);
	map_done(&v.erased);
	arena_done(&v.erased_arena);
	arena_done(&v.page);
	store_reader_put(s, v.db);
	if (!err)
		*ret = v.counts;
	return err;
}
