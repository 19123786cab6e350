// SPDX-License-Identifier: Apache-2.0
/* files: bytes under their digest, limits, no links followed, sweeping. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/service_internal.h"
#include "tests/store/fixture.h"

static struct digest put(struct fixture *f, str data)
{
	struct file_writer *w = NULL;
	struct digest d = {{0}};
	int64_t n = -1;

	OK(file_begin(f->s, 1 << 20, &w, &why));
	OK(file_write(w, str_slice(data, 0, data.n / 2), &why));
	OK(file_write(w, str_from(data, data.n / 2), &why));
	OK(file_commit(w, &d, &n, &why));
	CHECK(n == (int64_t)data.n);
	return d;
}

static int tmp_files(struct fixture *f)
{
	char command[160];
	int n = -1;

	snprintf(command, sizeof(command), "ls %s/files/tmp | wc -l", f->dir);
	FILE *p = popen(command, "r");
	if (!p || fscanf(p, "%d", &n) != 1)
		n = -1;
	if (p)
		pclose(p);
	return n;
}

static void bytes(struct fixture *f)
{
	struct digest d = put(f, STR("hello world")), e = put(f, STR("hello world")),
		      empty = put(f, STR_NULL);
	bool same = false;
	int fd = -1;
	char path[FILE_PATH_MAX];
	BUF(b);

	CHECK(digest_eq(d, sha256(STR("hello world"))) && digest_eq(d, e) &&
	      digest_eq(empty, sha256(STR_NULL)));
	OK(file_open(f->s, d, &fd, &why));
	OK(file_check(fd, d, &same, &why));
	CHECK(same);
	OK(fd_read_all(fd, 100, &b, &why));
	CHECK(str_eq(buf_str(&b), STR("hello world")));
	fd_close(&fd);
	CHECK(tmp_files(f) == 0);
	/* bytes that changed are noticed */
	CHECK(file_path(f->dir, d, path));
	OK(file_replace(path, STR("hello worle"), 0600, &why));
	OK(file_open(f->s, d, &fd, &why));
	OK(file_check(fd, d, &same, &why));
	CHECK(!same);
	fd_close(&fd);
	/* a link is not followed */
	CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
	CHECK(file_open(f->s, d, &fd, NULL) != ERR_OK);
	/* and writing repairs */
	d = put(f, STR("hello world"));
	OK(file_open(f->s, d, &fd, &why));
	OK(file_check(fd, d, &same, &why));
	CHECK(same);
	fd_close(&fd);
	CHECK(file_open(f->s, sha256(STR("absent")), &fd, NULL) == ERR_NOTFOUND);
}
BOTH(bytes)

static void limits(struct fixture *f)
{
	struct file_writer *w = NULL;

	OK(file_begin(f->s, 10, &w, &why));
	OK(file_write(w, STR("0123456789"), &why));
	CHECK(file_write(w, STR("x"), NULL) == ERR_LIMIT);
	CHECK(tmp_files(f) == 1);
	file_abort(w);
	CHECK(tmp_files(f) == 0);
	file_abort(NULL);
}
BOTH(limits)

static void rows(struct fixture *f)
{
	struct file_row r = {.record = 5,
			     .bytes = 3,
			     .added_by = 1,
			     .name = STR("../../証拠.zip"),
			     .media_type = STR("application/zip")};
	struct file_row got, *list;
	struct uuid uid = {{0}};
	int64_t removed = -1;
	size_t n = 0;
	int fd = -1;

	r.digest = sha256(STR("abc"));
	CHECK(file_attach(f->s, &r, &uid, NULL) == ERR_NOTFOUND); /* no row without bytes */
	CHECK(digest_eq(put(f, STR("abc")), r.digest));
	OK(file_attach(f->s, &r, &uid, &why));
	OK(file_find(f->s, &f->a, uid, &got, &why));
	CHECK(got.record == 5 && str_eq(got.name, r.name) && digest_eq(got.digest, r.digest) &&
	      got.added_us > 0);
	OK(file_list(f->s, &f->a, 5, &list, &n, &why));
	CHECK(n == 1 && uuid_eq(list[0].uid, uid));
	OK(file_list(f->s, &f->a, 6, &list, &n, &why));
	CHECK(n == 0);
	CHECK(file_find(f->s, &f->a, (struct uuid){{1}}, &got, NULL) == ERR_NOTFOUND);
	/* only what nobody names, and is old enough, goes */
	struct digest loose = put(f, STR("loose"));
	OK(file_sweep(f->s, 3600 * US_PER_S, &removed, &why));
	CHECK(removed == 0);
	OK(file_sweep(f->s, -10 * US_PER_S, &removed, &why));
	CHECK(removed == 1);
	CHECK(file_open(f->s, loose, &fd, NULL) == ERR_NOTFOUND);
	OK(file_open(f->s, r.digest, &fd, &why));
	fd_close(&fd);
}
BOTH(rows)

RUN_TESTS(BOTH_ROWS(bytes), BOTH_ROWS(limits), BOTH_ROWS(rows))
