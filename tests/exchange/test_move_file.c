// SPDX-License-Identifier: Apache-2.0
/* move_file: lines come back as they were written, to the holder of the root alone; a file that was
 * cut off, changed or continued is never read to its end. */
#include "exchange/move_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/check.h"

static int memory_file(void)
{
	int fd = memfd_create("move", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

/* n lines, one of them longer than a chunk of the file. */
static void written(int fd, const struct ed25519_secret *root, const struct ed25519_secret *online,
		    size_t n)
{
	struct move_writer *w = NULL;

	CHECK(move_file_create(fd, &root->public, &w, NULL) == ERR_OK);
	for (size_t i = 0; i < n; i++) {
		BUF(line);

		buf_printf(&line, "{\"k\":\"x\",\"i\":%zu,\"t\":\"", i);
		for (size_t k = 0; k < (i == 2 ? 200000u : i * 7); k++)
			buf_add_char(&line, (char)('a' + (char)(k % 26)));
		buf_add(&line, STR("\"}"));
		CHECK(move_file_line(w, buf_str(&line), NULL) == ERR_OK);
	}
	CHECK(move_file_end(w, online, NULL) == ERR_OK);
	move_writer_free(w);
}

/* How many lines, or -1 where it does not come to its end. */
static int64_t lines(int fd, const struct ed25519_secret *root, const struct ed25519_public *online,
		     enum err *ret)
{
	struct move_reader *r = NULL;
	int64_t n = -1;
	bool more = true;
	str text;

	if (lseek(fd, 0, SEEK_SET) != 0)
		abort();
	*ret = move_file_open(fd, root, &r, NULL);
	for (; !*ret && more; n++)
		*ret = move_file_next(r, &text, &more, NULL);
	if (!*ret && online)
		*ret = move_file_signed(r, online) ? ERR_OK : ERR_DENIED;
	move_reader_free(r);
	return *ret ? -1 : n;
}

static void there_and_back(void)
{
	struct ed25519_secret root = ed25519_new(), online = ed25519_new(), other = ed25519_new();
	FD(fd) = memory_file();
	enum err err;

	written(fd, &root, &online, 40);
	CHECK(lines(fd, &root, &online.public, &err) == 40);
	CHECK(lines(fd, &root, &other.public, &err) == -1 && err == ERR_DENIED);
	CHECK(lines(fd, &other, NULL, &err) == -1 && err == ERR_NOTFOUND);
}

static void twice(void)
{
	struct ed25519_secret root = ed25519_new(), online = ed25519_new();
	struct move_reader *r = NULL;
	FD(fd) = memory_file();
	bool more = true;
	str text;

	written(fd, &root, &online, 5);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && move_file_open(fd, &root, &r, NULL) == ERR_OK);
	CHECK(move_file_next(r, &text, &more, NULL) == ERR_OK && more);
	CHECK(move_file_rewind(r, NULL) == ERR_OK);
	CHECK(!move_file_signed(r, &online.public));
	for (size_t i = 0; i < 5; i++)
		CHECK(move_file_next(r, &text, &more, NULL) == ERR_OK && more);
	CHECK(move_file_next(r, &text, &more, NULL) == ERR_OK && !more);
	CHECK(move_file_signed(r, &online.public));
	/* nothing follows */
	CHECK(move_file_next(r, &text, &more, NULL) == ERR_INVALID);
	move_reader_free(r);
}

static void copied(const struct buf *b, size_t n, int fd)
{
	CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	CHECK(fd_write_all(fd, str_slice(buf_str(b), 0, n), NULL) == ERR_OK);
}

static void cut_off(void)
{
	struct ed25519_secret root = ed25519_new(), online = ed25519_new();
	FD(fd) = memory_file();
	FD(part) = memory_file();
	BUF(all);
	enum err err;

	written(fd, &root, &online, 9);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, 1 << 24, &all, NULL) == ERR_OK);
	for (size_t n = 0; n < all.n; n += n < 400 || all.n - n < 400 ? 1 : 997) {
		copied(&all, n, part);
		CHECK(lines(part, &root, NULL, &err) == -1);
	}
	/* where a chunk ends as well */
	for (size_t n = all.n % (65536 + 16); n < all.n; n += 65536 + 16) {
		copied(&all, n, part);
		CHECK(lines(part, &root, NULL, &err) == -1 && err == ERR_INVALID);
	}
	buf_add_char(&all, 'x');
	copied(&all, all.n, part);
	CHECK(lines(part, &root, NULL, &err) == -1 && err == ERR_INVALID);
}

static void changed(void)
{
	struct ed25519_secret root = ed25519_new(), online = ed25519_new();
	FD(fd) = memory_file();
	FD(other) = memory_file();
	BUF(all);
	enum err err;

	written(fd, &root, &online, 9);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, 1 << 24, &all, NULL) == ERR_OK);
	for (size_t at = 0; at < all.n; at += at < 300 ? 1 : 1499) {
		all.p[at] = (char)(all.p[at] ^ 1);
		copied(&all, all.n, other);
		CHECK(lines(other, &root, NULL, &err) == -1);
		all.p[at] = (char)(all.p[at] ^ 1);
	}
}

/* Who can seal to the root (anybody) cannot sign for the host, nor drop a line before the last. */
static void an_end_of_its_own(void)
{
	struct ed25519_secret root = ed25519_new(), online = ed25519_new();
	FD(fd) = memory_file();
	struct move_writer *w = NULL;
	enum err err;

	CHECK(move_file_create(fd, &root.public, &w, NULL) == ERR_OK);
	CHECK(move_file_line(w,
			     STR("{\"k\":\"end\",\"lines\":0,\"sha256\":"
				 "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
				 "b855\",\"sig\":\"00\"}"),
			     NULL) == ERR_OK);
	CHECK(move_file_end(w, &online, NULL) == ERR_OK);
	move_writer_free(w);
	CHECK(lines(fd, &root, NULL, &err) == -1 && err == ERR_INVALID);
}

RUN_TESTS({"there_and_back", there_and_back}, {"twice", twice}, {"cut_off", cut_off},
	  {"changed", changed}, {"an_end_of_its_own", an_end_of_its_own})
