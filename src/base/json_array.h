// SPDX-License-Identifier: Apache-2.0
/* json_array: where the items and members of trees lie. A 16-byte head before
 * the first element says how many are taken, so that an append may use spare
 * room only when no other copy of the value has taken it. Internal to base. */
#ifndef BASE_JSON_ARRAY_H
#define BASE_JSON_ARRAY_H

#include "base/arena.h"

struct json_array_head {
	uint32_t used; /* elements handed out to any holder */
	uint32_t cap;
	uint64_t unused; /* keeps the elements aligned to 16 */
};

/* Room for bytes, holding n elements, none to spare. */
static inline void *json_array_new(struct arena *a, size_t bytes, size_t n)
{
	struct json_array_head *h = arena_alloc(a, sizeof(*h) + bytes);

	*h = (struct json_array_head){(uint32_t)n, (uint32_t)n, 0};
	return h + 1;
}

#endif
