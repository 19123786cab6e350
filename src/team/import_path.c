// SPDX-License-Identifier: Apache-2.0
/* Files and directories: all below, in the order of their names, never through a symbolic link,
 * without what begins with a dot. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "team/import_internal.h"

#define DEPTH_MAX 32
#define NAMES_MAX 1000000

static void unreadable(struct importer *im, str name, const char *what)
{
	im->result->files++;
	im->result->failed_files++;
	result_reject(im->c->arena, im->result, name, 0, STR(""), str_c(what));
}

static enum err add_file(struct importer *im, int fd, str name, const struct stat *st,
			 struct why *why)
{
	void *p;
	enum err err;

	if (st->st_size == 0)
		return importer_add(im, name, STR(""), why);
	p = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		unreadable(im, name, "cannot be mapped");
		return ERR_OK;
	}
	(void)madvise(p, (size_t)st->st_size, MADV_SEQUENTIAL);
	im->mapped = true;
	err = importer_add(im, name, (str){p, (size_t)st->st_size}, why);
	im->mapped = im->o->mapped;
	(void)munmap(p, (size_t)st->st_size);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A MISP feed has a manifest whose names are the events' ids; it and hashes.csv tell nothing that
 * the events do not. */
static bool is_feed(int dir_fd)
{
	FD(fd) = openat(dir_fd, "manifest.json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char head[256];
	struct uuid u;
	ssize_t n = fd >= 0 ? read(fd, head, sizeof(head)) : -1;
	str s = str_trim((str){head, n > 0 ? (size_t)n : 0});

	if (!str_skip_prefix(&s, STR("{")))
		return false;
	s = str_trim(s);
	return str_skip_prefix(&s, STR("\"")) &&
	       uuid_parse(str_slice(s, 0, UUID_TEXT), &u) == ERR_OK;
}

static enum err read_names(struct arena *a, int fd, char ***ret, size_t *ret_n)
{
	VEC(char *) names = {0};
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;

	if (!d) {
		fd_close(&copy);
		return ERR_IO;
	}
	while ((e = readdir(d)) && names.n < NAMES_MAX)
		if (e->d_name[0] != '.')
			vec_add(a, &names, arena_cstr(a, str_c(e->d_name)));
	(void)closedir(d);
	if (names.n)
		qsort(names.p, names.n, sizeof(*names.p), by_name);
	*ret = names.p;
	*ret_n = names.n;
	return ERR_OK;
}

static enum err walk(struct importer *im, int dir_fd, const char *path, str shown, int depth,
		     struct why *why);

static enum err walk_directory(struct importer *im, int fd, str shown, int depth, struct why *why)
{
	ARENA(a, 0);
	char **names = NULL;
	size_t n = 0;
	bool feed = is_feed(fd);
	enum err err = ERR_OK;

	if (depth == DEPTH_MAX || read_names(&a, fd, &names, &n)) {
		unreadable(im, shown, "the directory cannot be read, or lies too deep");
		return ERR_OK;
	}
	for (size_t i = 0; i < n && !err; i++) {
		bool slash = shown.n && shown.p[shown.n - 1] == '/';

		if (feed &&
		    (strcmp(names[i], "manifest.json") == 0 || strcmp(names[i], "hashes.csv") == 0))
			continue;
		err = walk(im, fd, names[i],
			   arena_printf(&a, "%.*s%s%s", STR_ARG(shown), slash ? "" : "/", names[i]),
			   depth + 1, why);
	}
	return err;
}

static enum err walk(struct importer *im, int dir_fd, const char *path, str shown, int depth,
		     struct why *why)
{
	struct stat st;
	/* what is named may be a link; what lies below may not lead out */
	FD(fd) = openat(dir_fd, path,
			O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (depth ? O_NOFOLLOW : 0));

	if (fd < 0 && errno == ELOOP)
		return ERR_OK;
	if (fd < 0 || fstat(fd, &st) != 0) {
		unreadable(im, shown,
			   errno == ENOENT ? "there is no such file" : "cannot be opened");
		return ERR_OK;
	}
	if (S_ISDIR(st.st_mode))
		return walk_directory(im, fd, shown, depth, why);
	if (S_ISREG(st.st_mode))
		return add_file(im, fd, shown, &st, why);
	if (!depth)
		unreadable(im, shown, "is neither a file nor a directory");
	return ERR_OK;
}

enum err import_path(struct ctx *c, const struct import_options *o, int dir_fd, const char *path,
		     struct import_result *result, struct why *why)
{
	struct importer im;
	enum err err = importer_init(&im, c, o, result, why);

	if (err)
		return err;
	return importer_end(&im, walk(&im, dir_fd, path, str_c(path), 0, why), why);
}

#define SPOOL_BYTES ((size_t)256 << 10)

static enum err spool(int from, int to, size_t limit_bytes, struct why *why)
{
	char *room = mem_alloc(SPOOL_BYTES);
	size_t total = 0;
	enum err err = ERR_OK;

	while (!err) {
		ssize_t n = read(from, room, SPOOL_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n < 0)
				err = why_set(why, ERR_IO, "the stream cannot be read");
			break;
		}
		total += (size_t)n;
		err = total > limit_bytes
			  ? why_set(why, ERR_LIMIT, "more than %zu bytes", limit_bytes)
			  : fd_write_all(to, (str){room, (size_t)n}, why);
	}
	mem_free(room);
	return err;
}

enum err import_stream(struct ctx *c, const struct import_options *o, int fd, size_t limit_bytes,
		       str name, struct import_result *result, struct why *why)
{
	struct importer im;
	struct stat st;
	FD(to) = open(store_data_dir(c->node->store), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	enum err err = to < 0 ? why_set(why, err_from_errno(errno), "no room for the stream")
			      : spool(fd, to, limit_bytes, why);

	if (!err && fstat(to, &st) != 0)
		err = why_set(why, ERR_IO, "the stream cannot be read again");
	if (!err)
		err = importer_init(&im, c, o, result, why);
	return err ? err : importer_end(&im, add_file(&im, to, name, &st, why), why);
}
