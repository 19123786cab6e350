// SPDX-License-Identifier: Apache-2.0
#include "base/vec.h"

#include <assert.h>

void *vec_grow_(struct arena *a, void *p, size_t *cap, size_t elem_bytes)
{
	size_t want = *cap ? *cap * 2 : 8, bytes;
	bool overflow = __builtin_mul_overflow(want, elem_bytes, &bytes);

	/* an array of half the address space is our own mistake */
	assert(!overflow && bytes <= PTRDIFF_MAX);

	void *q = a ? arena_alloc(a, bytes) : mem_grow(p, *cap * elem_bytes, bytes);

	if (a && *cap)
		memcpy(q, p, *cap * elem_bytes);
	*cap = want;
	return q;
}
