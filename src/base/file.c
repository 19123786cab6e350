// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP ((size_t)64 * 1024)

void fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

enum err err_from_errno(int e)
{
	static const struct {
		int e;
		enum err err;
	} rows[] = {
	    {ENOENT, ERR_NOTFOUND}, {EACCES, ERR_DENIED}, {EPERM, ERR_DENIED},
	    {ENOSPC, ERR_FULL},     {EDQUOT, ERR_FULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].e == e)
			return rows[i].err;
	return ERR_IO;
}

/* "cannot <verb> '<path>': <reason of errno>" */
static enum err fail(struct why *why, const char *verb, const char *path)
{
	int e = errno;
	char reason[128];

	return why_set(why, err_from_errno(e), "cannot %s '%s': %s", verb, path,
		       strerror_r(e, reason, sizeof(reason)));
}

static enum err write_all(int fd, str data, const char *path, struct why *why)
{
	while (data.n) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(why, "write", path);
		data = str_from(data, (size_t)n);
	}
	return ERR_OK;
}

static enum err read_all(int fd, size_t limit, struct buf *out, const char *path, struct why *why)
{
	size_t start = out->n;

	for (;;) {
		size_t left = limit - (out->n - start);
		/* one byte beyond the limit tells a full file from a long one */
		size_t want = left < READ_STEP ? left + 1 : READ_STEP;
		ssize_t n = read(fd, buf_room(out, want), want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return ERR_OK;
		if (n < 0 || (size_t)n > left) {
			out->n = start;
			if (n < 0)
				return fail(why, "read", path);
			return why_set(why, ERR_LIMIT, "'%s' is larger than %zu bytes", path,
				       limit);
		}
		buf_added(out, (size_t)n);
	}
}

enum err fd_write_all(int fd, str data, struct why *why)
{
	return write_all(fd, data, "descriptor", why);
}

enum err fd_read_all(int fd, size_t limit_bytes, struct buf *out, struct why *why)
{
	return read_all(fd, limit_bytes, out, "descriptor", why);
}

enum err file_read(const char *path, size_t limit_bytes, struct buf *out, struct why *why)
{
	FD(fd) = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(why, "open", path);
	return read_all(fd, limit_bytes, out, path, why);
}

/* Makes a rename in the folder of path survive a power cut. */
static enum err sync_folder(const char *path, struct why *why)
{
	str s = str_c(path);
	ptrdiff_t slash = str_rfind_char(s, '/');
	BUF(folder);

	buf_add(&folder, slash < 0    ? STR(".")
			 : slash == 0 ? STR("/")
				      : str_slice(s, 0, (size_t)slash));
	FD(fd) = open(buf_cstr(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return fail(why, "sync the folder of", path);
	return ERR_OK;
}

enum err file_replace(const char *path, str data, unsigned mode, struct why *why)
{
	BUF(temp);
	enum err err;

	buf_printf(&temp, "%s.XXXXXX", path);
	(void)buf_cstr(&temp);
	FD(fd) = mkostemp(temp.p, O_CLOEXEC);
	if (fd < 0)
		return fail(why, "create a file beside", path);
	err = write_all(fd, data, path, why);
	if (!err && (fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0))
		err = fail(why, "write", path);
	if (!err && rename(temp.p, path) != 0)
		err = fail(why, "replace", path);
	if (err) {
		(void)unlink(temp.p);
		return err;
	}
	return sync_folder(path, why);
}

enum err dir_make(const char *path, struct why *why)
{
	BUF(text);
	struct stat st;

	buf_add(&text, str_c(path));
	(void)buf_cstr(&text);
	for (size_t i = 1; i <= text.n; i++) {
		char c = text.p[i];

		if (c != '/' && c != '\0')
			continue;
		text.p[i] = '\0';
		if (mkdir(text.p, 0700) != 0 && errno != EEXIST)
			return fail(why, "make the folder", text.p);
		text.p[i] = c;
	}
	if (stat(text.p, &st) != 0)
		return fail(why, "open the folder", path);
	if (!S_ISDIR(st.st_mode))
		return why_set(why, ERR_IO, "'%s' is not a folder", path);
	return ERR_OK;
}
