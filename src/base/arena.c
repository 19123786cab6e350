// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Under AddressSanitizer the free part of a chunk is poisoned and every
 * allocation is followed by a red zone, so that an overrun inside an arena is
 * found like one on the heap. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define REDZONE 16u
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define REDZONE 0u
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ALIGN 16u
#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	size_t used;
	alignas(ALIGN) char data[];
};

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "hikeshi: out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	abort();
}

void arena_init(struct arena *a, size_t budget_bytes)
{
	*a = (struct arena){.budget_bytes = budget_bytes};
}

static struct arena_chunk *chunk_new(size_t size)
{
	/* calloc: large chunks come from the system already zeroed */
	struct arena_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c)
		out_of_memory();
	c->size = size;
	POISON(c->data, size);
	return c;
}

static void chunk_free(struct arena_chunk *c)
{
	UNPOISON(c->data, c->size);
	free(c);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = NULL;

	for (struct arena_chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		if (!keep && c->size <= CHUNK_MAX)
			keep = c;
		else
			chunk_free(c);
	}
	if (keep) {
		UNPOISON(keep->data, keep->used);
		memset(keep->data, 0, keep->used);
		POISON(keep->data, keep->size);
		keep->used = 0;
		keep->next = NULL;
	}
	a->head = keep;
	a->used_bytes = 0;
	a->over = false;
}

void arena_done(struct arena *a)
{
	for (struct arena_chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	*a = (struct arena){.budget_bytes = a->budget_bytes};
}

/* A chunk with room for need bytes. Large requests get one of their own, put
 * behind the head so that the head's free part is not lost. */
static struct arena_chunk *chunk_for(struct arena *a, size_t need)
{
	size_t size = a->head ? a->head->size * 2 : CHUNK_MIN;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (need > size / 2) {
		struct arena_chunk *own = chunk_new(need);

		if (a->head) {
			own->next = a->head->next;
			a->head->next = own;
		} else {
			a->head = own;
		}
		return own;
	}

	struct arena_chunk *c = chunk_new(size);

	c->next = a->head;
	a->head = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	struct arena_chunk *c = a->head;
	size_t need;

	if (size_bytes == 0)
		size_bytes = 1;
	if (size_bytes > PTRDIFF_MAX - 4096)
		out_of_memory();
	need = (size_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	a->used_bytes += need; /* a budget is the same with and without sanitizers */
	need += REDZONE;
	if (a->budget_bytes && a->used_bytes > a->budget_bytes)
		a->over = true;
	if (!c || c->size - c->used < need)
		c = chunk_for(a, need);

	char *p = c->data + c->used;

	c->used += need;
	UNPOISON(p, size_bytes);
	return p;
}

void *arena_alloc_array(struct arena *a, size_t size_bytes, size_t n)
{
	size_t total;

	if (__builtin_mul_overflow(size_bytes, n, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

str arena_str(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (str){p, s.n};
}

char *arena_cstr(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;

	assert(fmt);
	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();

	char *p = arena_alloc(a, (size_t)n + 1);

	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (str){p, (size_t)n};
}

void *mem_alloc(size_t size_bytes)
{
	void *p = calloc(1, size_bytes ? size_bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_grow(void *p, size_t old_bytes, size_t new_bytes)
{
	char *q = realloc(p, new_bytes ? new_bytes : 1);

	if (!q)
		out_of_memory();
	if (new_bytes > old_bytes)
		memset(q + old_bytes, 0, new_bytes - old_bytes);
	return q;
}

void mem_free(void *p)
{
	free(p);
}

char *mem_cstr(str s)
{
	char *p = mem_alloc(s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}
