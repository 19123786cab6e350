// SPDX-License-Identifier: Apache-2.0
#include "store/tar.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"

/* IEEE Std 1003.1 pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == 512, "a tar header is one block");

#define OCTAL_MAX ((INT64_C(1) << 33) - 1)
#define MANIFEST_MAX (64 << 20)

static unsigned header_sum(const struct header *h)
{
	struct header x = *h;
	unsigned sum = 0;

	memset(x.sum, ' ', sizeof(x.sum));
	for (size_t i = 0; i < sizeof(x); i++)
		sum += ((const unsigned char *)&x)[i];
	return sum;
}

static void size_write(char p[12], int64_t size)
{
	if (size <= OCTAL_MAX) {
		snprintf(p, 12, "%011llo", (unsigned long long)size);
		return;
	}
	p[0] = (char)0x80;
	for (int i = 0; i < 8; i++)
		p[11 - i] = (char)(uint8_t)((uint64_t)size >> (8 * i));
}

static bool size_read(const char p[12], int64_t *ret)
{
	uint64_t v = 0;

	if ((uint8_t)p[0] == 0x80) {
		for (int i = 4; i < 12; i++)
			v = v << 8 | (uint8_t)p[i];
	} else {
		for (int i = 0; i < 11; i++) {
			if (p[i] < '0' || p[i] > '7')
				return false;
			v = v << 3 | (uint64_t)(p[i] - '0');
		}
	}
	*ret = (int64_t)v;
	return v <= INT64_MAX / 2;
}

/* ---- writing ---- */

void tar_out_init(struct tar_out *t, int fd)
{
	memset(t, 0, sizeof(*t));
	t->fd = fd;
	t->all = sha256_new();
}

void tar_out_done(struct tar_out *t)
{
	sha256_free(t->hash);
	sha256_free(t->all);
	buf_done(&t->manifest);
	t->hash = t->all = NULL;
}

enum err tar_begin(struct tar_out *t, const char *name, int64_t size, struct why *why)
{
	struct header h = {0};

	if (strlen(name) > TAR_NAME)
		return why_set(why, ERR_LIMIT, "the name '%s' is too long for the archive", name);
	memcpy(h.name, name, strlen(name));
	memcpy(t->name, name, strlen(name) + 1);
	memcpy(h.mode, "0000600", 7);
	memcpy(h.uid, "0000000", 7);
	memcpy(h.gid, "0000000", 7);
	memcpy(h.mtime, "00000000000", 11);
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	h.type = '0';
	size_write(h.size, size);
	snprintf(h.sum, sizeof(h.sum), "%06o", header_sum(&h));
	h.sum[7] = ' ';
	t->size = t->left = size;
	t->hash = sha256_new();
	return fd_write_all(t->fd, (str){(const char *)&h, sizeof(h)}, why);
}

enum err tar_write(struct tar_out *t, str data, struct why *why)
{
	if ((int64_t)data.n > t->left)
		return why_set(why, ERR_IO, "'%s' grew while it was copied", t->name);
	t->left -= (int64_t)data.n;
	sha256_add(t->hash, data);
	return fd_write_all(t->fd, data, why);
}

/* "<hex>  <name>", as sha256sum has it; files carry their digest in their name. */
static void line_add(struct buf *manifest, struct sha256 *all, struct digest d, const char *name)
{
	BUF(line);

	hex_encode(&line, d.b, sizeof(d.b));
	buf_printf(&line, "  %s\n", name);
	sha256_add(all, buf_str(&line));
	if (!str_starts(str_c(name), STR("files/")))
		buf_add(manifest, buf_str(&line));
}

static void last_line(struct buf *manifest, struct sha256 *all)
{
	struct digest d = sha256_final(all);

	hex_encode(manifest, d.b, sizeof(d.b));
	buf_add(manifest, STR("  *\n"));
}

enum err tar_end(struct tar_out *t, struct why *why)
{
	static const char zero[512];
	struct digest d = sha256_final(t->hash);
	size_t over = (size_t)(t->size % 512);

	t->hash = NULL;
	if (t->left)
		return why_set(why, ERR_IO, "'%s' shrank while it was copied", t->name);
	if (t->all)
		line_add(&t->manifest, t->all, d, t->name);
	return over ? fd_write_all(t->fd, (str){zero, 512 - over}, why) : ERR_OK;
}

enum err tar_member(struct tar_out *t, const char *name, str data, struct why *why)
{
	enum err err = tar_begin(t, name, (int64_t)data.n, why);

	if (!err)
		err = tar_write(t, data, why);
	return err ? err : tar_end(t, why);
}

enum err tar_finish(struct tar_out *t, struct why *why)
{
	static const char zero[1024];
	enum err err;

	last_line(&t->manifest, t->all);
	t->all = NULL;
	err = tar_member(t, TAR_MANIFEST, buf_str(&t->manifest), why);
	return err ? err : fd_write_all(t->fd, (str){zero, sizeof(zero)}, why);
}

/* ---- reading ---- */

void tar_in_init(struct tar_in *t, int fd)
{
	memset(t, 0, sizeof(*t));
	t->fd = fd;
	t->all = sha256_new();
}

void tar_in_done(struct tar_in *t)
{
	sha256_free(t->hash);
	sha256_free(t->all);
	buf_done(&t->manifest);
	t->hash = t->all = NULL;
}

static enum err read_full(int fd, char *p, size_t n, struct why *why)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(why, ERR_IO, "cannot read the backup: %s", strerror(errno));
		if (got == 0)
			return why_set(why, ERR_INVALID, "the backup is cut off");
		p += got;
		n -= (size_t)got;
	}
	return ERR_OK;
}

/* The padding behind a member, and its line for the manifest. */
static enum err member_close(struct tar_in *t, struct why *why)
{
	char pad[512] = {0};
	size_t over = (size_t)(t->size % 512);

	t->digest = sha256_final(t->hash);
	t->hash = NULL;
	if (t->all)
		line_add(&t->manifest, t->all, t->digest, t->name);
	enum err err = over ? read_full(t->fd, pad, 512 - over, why) : ERR_OK;
	for (size_t i = over; over && i < sizeof(pad) && !err; i++)
		if (pad[i - over])
			err = why_set(why, ERR_INVALID,
				      "this is no backup of ours, or it is damaged");
	return err;
}

enum err tar_read(struct tar_in *t, char *p, size_t cap, size_t *ret_n, struct why *why)
{
	size_t n = (int64_t)cap < t->left ? cap : (size_t)t->left;
	enum err err = read_full(t->fd, p, n, why);

	if (err)
		return err;
	if (t->hash)
		sha256_add(t->hash, (str){p, n});
	t->left -= (int64_t)n;
	*ret_n = n;
	return n == 0 && t->hash ? member_close(t, why) : ERR_OK;
}

static enum err manifest_check(struct tar_in *t, struct why *why)
{
	BUF(text);
	size_t n = 1;
	enum err err = ERR_OK;

	if (t->size > MANIFEST_MAX)
		return why_set(why, ERR_LIMIT, "the backup's manifest is too large");
	last_line(&t->manifest, t->all);
	t->all = NULL;
	while (n && !err) {
		err = tar_read(t, buf_room(&text, 65536), 65536, &n, why);
		if (!err)
			buf_added(&text, n);
	}
	if (!err && !str_eq(buf_str(&text), buf_str(&t->manifest)))
		err = why_set(why, ERR_INVALID,
			      "the backup is damaged: its manifest names other digests");
	return err;
}

enum err tar_next(struct tar_in *t, bool *ret_more, struct why *why)
{
	struct header h;
	char block[4096];
	unsigned sum;
	size_t n = 1;
	enum err err = ERR_OK;

	while (t->hash && n && !err)
		err = tar_read(t, block, sizeof(block), &n, why);
	if (!err)
		err = read_full(t->fd, (char *)&h, sizeof(h), why);
	if (err)
		return err;
	/* six octal digits always fit */
	if (sscanf(h.sum, /* NOLINT(cert-err34-c) */ "%6o", &sum) != 1 || sum != header_sum(&h) ||
	    !size_read(h.size, &t->size) || h.type != '0' || h.name[TAR_NAME - 1] || h.prefix[0])
		return why_set(why, ERR_INVALID, "this is no backup of ours, or it is damaged");
	memcpy(t->name, h.name, TAR_NAME);
	t->name[TAR_NAME] = 0;
	t->left = t->size;
	t->hash = sha256_new();
	*ret_more = strcmp(t->name, TAR_MANIFEST) != 0;
	return *ret_more ? ERR_OK : manifest_check(t, why);
}
