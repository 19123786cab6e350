// SPDX-License-Identifier: Apache-2.0
/* arena: memory that is given back in one step. One per request, job or
 * parse; never shared between threads. Memory is always zeroed and never
 * NULL: running out of system memory aborts with a message. Running out of
 * the byte budget is not fatal: arena_over() turns true and parsers that
 * take input from outside return ERR_LIMIT. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_chunk;
struct arena {
	struct arena_chunk *head;
	size_t used_bytes;   /* handed out since the last reset */
	size_t budget_bytes; /* 0: no limit */
	bool over;
};

/* budget_bytes 0 means unlimited. The struct is the caller's. */
void arena_init(struct arena *a, size_t budget_bytes);
/* Frees everything; the arena may be used again afterwards (keeps one chunk). */
void arena_reset(struct arena *a);
/* Frees everything, the kept chunk too. Idempotent. */
void arena_done(struct arena *a);
/* True once more than the budget was asked for. Allocation still succeeds. */
static inline bool arena_over(const struct arena *a)
{
	return a->over;
}

/* Zeroed, aligned for any type. size 0 gives a unique pointer. */
void *arena_alloc(struct arena *a, size_t size_bytes) __attribute__((returns_nonnull, malloc));
/* Array of n zeroed T; aborts on multiplication overflow. */
#define arena_array(a, T, n) ((T *)arena_alloc_array((a), sizeof(T), (n)))
#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T)))
void *arena_alloc_array(struct arena *a, size_t size_bytes, size_t n)
    __attribute__((returns_nonnull));
/* Copies; arena_cstr adds a NUL. */
str arena_str(struct arena *a, str s);
char *arena_cstr(struct arena *a, str s);
/* Formatted text; the bytes are followed by a NUL that n does not count. */
str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Heap for process lifetime: zeroed, aborts when the system has no memory. */
void *mem_alloc(size_t size_bytes) __attribute__((returns_nonnull, malloc));
void *mem_grow(void *p, size_t old_bytes, size_t new_bytes) __attribute__((returns_nonnull));
void mem_free(void *p);
char *mem_cstr(str s);

/* __attribute__((cleanup)) for an arena on the stack: ARENA(a, budget); */
#define ARENA(name, budget)                                                                        \
	__attribute__((cleanup(arena_done))) struct arena name;                                    \
	arena_init(&name, (budget))

#endif
