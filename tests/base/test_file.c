// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"

static char folder[] = "/tmp/hikeshi-test-file-XXXXXX";

static const char *in_folder(struct buf *b, const char *name)
{
	buf_clear(b);
	buf_printf(b, "%s/%s", folder, name);
	return buf_cstr(b);
}

static void makes_a_folder_for_these_tests(void)
{
	CHECK(mkdtemp(folder) != NULL);
}

static void replace_then_read(void)
{
	BUF(path);
	BUF(data);
	struct stat st;
	const char *p = in_folder(&path, "x");

	for (size_t n = 0; n < 300000; n = n * 5 + 1) {
		BUF(out);

		while (data.n < n)
			buf_add_char(&data, (char)data.n);
		CHECK(file_replace(p, buf_str(&data), 0640, NULL) == ERR_OK);
		buf_add(&out, STR("+"));
		CHECK(file_read(p, data.n, &out, NULL) == ERR_OK);
		CHECK(str_eq(str_from(buf_str(&out), 1), buf_str(&data)));
		CHECK(stat(p, &st) == 0 && (st.st_mode & 0777) == 0640);
	}
	BUF(out);
	CHECK(file_read(p, data.n - 1, &out, NULL) == ERR_LIMIT && out.n == 0);
}

static void nothing_is_left_beside(void)
{
	DIR *d = opendir(folder);
	int n = 0;

	CHECK(d != NULL);
	while (d && readdir(d))
		n++;
	CHECK(n == 3); /* . .. x */
	if (d)
		(void)closedir(d);
}

static void failures_say_why(void)
{
	struct why why = {.text = ""};
	BUF(path);
	BUF(out);

	CHECK(file_read(in_folder(&path, "none"), 10, &out, &why) == ERR_NOTFOUND);
	CHECK(strstr(why.text, "none': No such file") != NULL);
	CHECK(file_replace(in_folder(&path, "no/such"), STR("x"), 0600, NULL) == ERR_NOTFOUND);
	CHECK(file_read(folder, 10, &out, NULL) == ERR_IO && out.n == 0);
	CHECK(err_from_errno(EPERM) == ERR_DENIED && err_from_errno(EDQUOT) == ERR_FULL);
	CHECK(err_from_errno(ENOSPC) == ERR_FULL && err_from_errno(EINVAL) == ERR_IO);
	FD(full) = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (full >= 0)
		CHECK(fd_write_all(full, STR("x"), NULL) == ERR_FULL);
}

static void folders_with_parents(void)
{
	BUF(path);
	struct stat st;

	CHECK(dir_make(in_folder(&path, "a/b//c/"), NULL) == ERR_OK);
	CHECK(dir_make(path.p, NULL) == ERR_OK);
	CHECK(stat(path.p, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
	CHECK(dir_make(in_folder(&path, "x"), NULL) == ERR_IO);
	CHECK(dir_make(in_folder(&path, "x/y"), NULL) == ERR_IO);
}

static void descriptors_close_themselves(void)
{
	int seen;

	{
		FD(fd) = open(folder, O_RDONLY | O_CLOEXEC);
		CHECK(fd >= 0);
		seen = fd;
	}
	CHECK(fcntl(seen, F_GETFD) == -1 && errno == EBADF);
	seen = -1;
	fd_close(&seen);
	CHECK(seen == -1);
}

static void cleans_up(void)
{
	static const char *const names[] = {"a/b/c", "a/b", "a", ""};
	BUF(path);

	CHECK(unlink(in_folder(&path, "x")) == 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK(rmdir(in_folder(&path, names[i])) == 0);
}

RUN_TESTS({"makes a folder for these tests", makes_a_folder_for_these_tests},
	  {"replace then read", replace_then_read},
	  {"nothing is left beside", nothing_is_left_beside},
	  {"failures say why", failures_say_why}, {"folders with parents", folders_with_parents},
	  {"descriptors close themselves", descriptors_close_themselves}, {"cleans up", cleans_up})
