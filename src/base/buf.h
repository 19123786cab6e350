// SPDX-License-Identifier: Apache-2.0
/* buf: a growing run of bytes on the heap. Owned by whoever declared it;
 * buf_done frees. Not for secrets (see base/secret.h). One thread at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
};

#define BUF_INIT                                                                                   \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}
#define BUF(name) __attribute__((cleanup(buf_done))) struct buf name = BUF_INIT

void buf_done(struct buf *b);
static inline void buf_clear(struct buf *b)
{
	b->n = 0;
}
static inline str buf_str(const struct buf *b)
{
	return (str){b->p, b->n};
}
/* Room for n more bytes at the returned pointer; then buf_added(b, used). */
void buf_grow(struct buf *b, size_t n); /* for buf_room */
static inline char *buf_room(struct buf *b, size_t n)
{
	if (!b->p || b->cap - b->n < n)
		buf_grow(b, n);
	return b->p + b->n;
}
static inline void buf_added(struct buf *b, size_t n)
{
	b->n += n;
}
static inline void buf_add_bytes(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), p, n);
	b->n += n;
}
static inline void buf_add(struct buf *b, str s)
{
	buf_add_bytes(b, s.p, s.n);
}
static inline void buf_add_char(struct buf *b, char c)
{
	*(b->cap > b->n ? b->p + b->n : buf_room(b, 1)) = c;
	b->n++;
}
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_u64(struct buf *b, uint64_t v);
void buf_add_i64(struct buf *b, int64_t v);
/* Big-endian fixed width, for keys and hashing. */
void buf_add_be32(struct buf *b, uint32_t v);
void buf_add_be64(struct buf *b, uint64_t v);
/* A NUL-terminated view (the NUL is not counted). Valid until the next change. */
const char *buf_cstr(struct buf *b);

#endif
