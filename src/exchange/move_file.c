// SPDX-License-Identifier: Apache-2.0
#include "exchange/move_file.h"

#include <errno.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "exchange/age.h"
#include "exchange/wire_internal.h"

#define TAG STR("hikeshi/move/v1\n")

static void used(struct buf *b, size_t n)
{
	if (n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/* ---- writing ---- */

struct move_writer {
	int fd;
	struct age_stream stream;
	struct sha256 *hash;
	int64_t lines;
	struct buf plain, out;
};

enum err move_file_create(int fd, const struct ed25519_public *root, struct move_writer **ret,
			  struct why *why)
{
	struct move_writer *w = mem_alloc(sizeof(*w));
	struct age_recipient to;
	enum err err = ed25519_to_x25519(root, to.b)
			   ? ERR_OK
			   : why_set(why, ERR_INVALID, "the team's root key is no usable key");

	w->fd = fd;
	w->hash = sha256_new();
	if (!err)
		err = age_begin(&to, 1, &w->out, &w->stream, why);
	if (!err)
		err = fd_write_all(fd, buf_str(&w->out), why);
	if (err) {
		move_writer_free(w);
		return err;
	}
	*ret = w;
	return ERR_OK;
}

/* Full chunks of what waits; with last all of it. */
static enum err drain(struct move_writer *w, bool last, struct why *why)
{
	size_t at = 0;
	enum err err = ERR_OK;

	while (!err && (w->plain.n - at > AGE_CHUNK || (last && at < w->plain.n))) {
		size_t n = w->plain.n - at < AGE_CHUNK ? w->plain.n - at : AGE_CHUNK;

		buf_clear(&w->out);
		age_chunk_seal(&w->stream, str_slice(buf_str(&w->plain), at, n),
			       last && at + n == w->plain.n, &w->out);
		err = fd_write_all(w->fd, buf_str(&w->out), why);
		at += n;
	}
	if (at)
		used(&w->plain, at);
	return err;
}

static enum err put(struct move_writer *w, str text, bool last, struct why *why)
{
	if (text.n > MOVE_LINE_MAX)
		return why_set(why, ERR_LIMIT, "a line of the file would be too long");
	buf_add(&w->plain, text);
	buf_add_char(&w->plain, '\n');
	return drain(w, last, why);
}

enum err move_file_line(struct move_writer *w, str text, struct why *why)
{
	sha256_add(w->hash, text);
	sha256_add(w->hash, STR("\n"));
	w->lines++;
	return put(w, text, false, why);
}

enum err move_file_end(struct move_writer *w, const struct ed25519_secret *online, struct why *why)
{
	struct digest d = sha256_final(w->hash);
	struct ed25519_sig sig = ed25519_sign(online, TAG, digest_str(&d));
	BUF(line);

	w->hash = NULL;
	buf_printf(&line, "{\"k\":\"end\",\"lines\":%lld,\"sha256\":\"", (long long)w->lines);
	hex_encode(&line, d.b, sizeof(d.b));
	buf_add(&line, STR("\",\"sig\":\""));
	hex_encode(&line, sig.b, sizeof(sig.b));
	buf_add(&line, STR("\"}"));
	return put(w, buf_str(&line), true, why);
}

void move_writer_free(struct move_writer *w)
{
	if (!w)
		return;
	sha256_free(w->hash);
	if (w->plain.p)
		secret_wipe(w->plain.p, w->plain.cap);
	buf_done(&w->plain);
	buf_done(&w->out);
	secret_wipe(&w->stream, sizeof(w->stream));
	mem_free(w);
}

/* ---- reading ---- */

struct move_reader {
	int fd;
	struct age_identity id;
	struct age_stream stream;
	struct sha256 *hash;
	int64_t lines;
	struct buf in, plain;
	size_t at;          /* in plain: what is not given out yet */
	bool eof, last;     /* of the file; of the chunks */
	bool ended;         /* the last line was read */
	struct digest root; /* of all lines */
	struct ed25519_sig sig;
};

static enum err broken(struct why *why)
{
	return why_field(why, ERR_INVALID, "move_file", NULL,
			 "the file was changed, is cut off, or is none that 'hikeshi team "
			 "move-out' wrote",
			 "ファイルが改変されているか、途中で切れているか、「hikeshi team "
			 "move-out」で作られたものではありません");
}

/* Until n bytes wait, or the file ends. */
static enum err fill(struct move_reader *r, size_t n, struct why *why)
{
	while (!r->eof && r->in.n < n) {
		ssize_t got = read(r->fd, buf_room(&r->in, n - r->in.n), n - r->in.n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(why, err_from_errno(errno), "the file cannot be read");
		r->eof = got == 0;
		buf_added(&r->in, (size_t)got);
	}
	return ERR_OK;
}

static enum err head(struct move_reader *r, struct why *why)
{
	size_t n = 0;
	struct why said = {0};
	enum err err = fill(r, AGE_HEADER_MAX, why);

	if (err)
		return err;
	err = age_open(&r->id, 1, buf_str(&r->in), &r->stream, &n, &said);
	if (err == ERR_NOTFOUND)
		return why_field(why, ERR_NOTFOUND, "wrong_root", NULL,
				 "the file is sealed to the root key of another team",
				 "このファイルは別のチームのルート鍵で封をされています");
	if (err)
		return broken(why);
	used(&r->in, n);
	return ERR_OK;
}

static void begin(struct move_reader *r)
{
	sha256_free(r->hash);
	r->hash = sha256_new();
	r->lines = 0;
	r->at = r->in.n = r->plain.n = 0;
	r->eof = r->last = r->ended = false;
}

enum err move_file_open(int fd, const struct ed25519_secret *root, struct move_reader **ret,
			struct why *why)
{
	struct move_reader *r = mem_alloc(sizeof(*r));
	enum err err;

	r->fd = fd;
	ed25519_secret_to_x25519(root, r->id.b);
	begin(r);
	err = head(r, why);
	if (err) {
		move_reader_free(r);
		return err;
	}
	*ret = r;
	return ERR_OK;
}

enum err move_file_rewind(struct move_reader *r, struct why *why)
{
	if (lseek(r->fd, 0, SEEK_SET) != 0)
		return why_set(why, ERR_IO, "the file cannot be read twice: name a file, no pipe");
	begin(r);
	return head(r, why);
}

static enum err chunk(struct move_reader *r, struct why *why)
{
	size_t n;
	enum err err = r->last ? broken(why) : fill(r, AGE_CHUNK + AGE_TAG + 1, why);

	if (err)
		return err;
	n = r->in.n < AGE_CHUNK + AGE_TAG ? r->in.n : AGE_CHUNK + AGE_TAG;
	r->last = r->eof && n == r->in.n;
	used(&r->plain, r->at);
	r->at = 0;
	if (!age_chunk_open(&r->stream, str_slice(buf_str(&r->in), 0, n), r->last, &r->plain))
		return broken(why);
	used(&r->in, n);
	return ERR_OK;
}

/* The line that says what the others were; it has a form of its own, so no other can be it. */
static enum err end_read(struct move_reader *r, str text, bool *ret, struct why *why)
{
	struct digest said;
	struct json v;
	ARENA(a, 1 << 16);

	*ret = false;
	if (!str_starts(text, STR("{\"k\":\"end\",")))
		return ERR_OK;
	if (json_parse(&a, text, NULL, &v, NULL) ||
	    hex_decode(json_get_str(&v, "sha256"), said.b, sizeof(said.b)) ||
	    hex_decode(json_get_str(&v, "sig"), r->sig.b, sizeof(r->sig.b)) ||
	    json_get_i64(&v, "lines", -1) != r->lines)
		return broken(why);
	r->root = sha256_final(r->hash);
	r->hash = NULL;
	if (!digest_eq(r->root, said) || !r->last || r->at != r->plain.n)
		return broken(why);
	*ret = true;
	return ERR_OK;
}

enum err move_file_next(struct move_reader *r, str *ret, bool *ret_more, struct why *why)
{
	ptrdiff_t n = -1;
	size_t seen = 0;
	bool end = false;
	str text;
	enum err err = r->ended ? broken(why) : ERR_OK;

	while (!err) {
		str rest = str_from(buf_str(&r->plain), r->at + seen);

		n = rest.n ? str_find_char(rest, '\n') : -1;
		if (n >= 0)
			break;
		seen = r->plain.n - r->at;
		err = seen > MOVE_LINE_MAX ? broken(why) : chunk(r, why);
	}
	if (err)
		return err;
	text = str_slice(buf_str(&r->plain), r->at, seen + (size_t)n);
	r->at += text.n + 1;
	err = end_read(r, text, &end, why);
	if (err)
		return err;
	r->ended = end;
	if (!end) {
		sha256_add(r->hash, text);
		sha256_add(r->hash, STR("\n"));
		r->lines++;
	}
	*ret = text;
	*ret_more = !end;
	return ERR_OK;
}

bool move_file_signed(const struct move_reader *r, const struct ed25519_public *online)
{
	return r->ended && ed25519_check(online, TAG, digest_str(&r->root), &r->sig);
}

void move_reader_free(struct move_reader *r)
{
	if (!r)
		return;
	sha256_free(r->hash);
	if (r->plain.p)
		secret_wipe(r->plain.p, r->plain.cap);
	buf_done(&r->in);
	buf_done(&r->plain);
	age_identity_wipe(&r->id);
	secret_wipe(&r->stream, sizeof(r->stream));
	mem_free(r);
}
