// SPDX-License-Identifier: Apache-2.0
/* entries_sort: hashes are keyed and so spread evenly: three passes by their upper 33 bits put
 * nearly all in order; neighbours that agree in these are sorted among themselves. */
#include <stdlib.h>

#include "store/store_internal.h"

#define BITS 11u
#define PASSES 3u
#define SMALL 64u /* below, comparing is cheaper */

static int by_hash(const void *x, const void *y)
{
	const struct index_entry *a = x, *b = y;
	if (a->h != b->h)
		return a->h < b->h ? -1 : 1;
	return (a->rec > b->rec) - (a->rec < b->rec);
}

static void pass(const struct index_entry *from, struct index_entry *to, size_t n, unsigned shift)
{
	size_t at[1u << BITS] = {0}, sum = 0;
	for (size_t i = 0; i < n; i++)
		at[from[i].h >> shift & ((1u << BITS) - 1)]++;
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		size_t count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].h >> shift & ((1u << BITS) - 1)]++] = from[i];
}

void entries_sort(struct arena *a, struct index_entry *e, size_t n)
{
	if (n < SMALL) {
		if (n)
			qsort(e, n, sizeof *e, by_hash);
		return;
	}
	struct index_entry *room = arena_array(a, struct index_entry, n);
	pass(e, room, n, 64 - PASSES * BITS);
	pass(room, e, n, 64 - 2 * BITS);
	pass(e, room, n, 64 - BITS);
	memcpy(e, room, n * sizeof *e);
	for (size_t i = 0, end; i < n; i = end) {
		bool sorted = true;
		for (end = i + 1; end < n && (e[end].h ^ e[i].h) >> (64 - PASSES * BITS) == 0;
		     end++)
			sorted = sorted && by_hash(&e[end - 1], &e[end]) <= 0;
		if (!sorted)
			qsort(e + i, end - i, sizeof *e, by_hash);
	}
}
