// SPDX-License-Identifier: Apache-2.0
/* intel_internal: records read once and asked many times whether they hold a value. Shared by
 * lookup.c and concerns.c; lives in the caller's arena, one thread. */
#ifndef INTEL_INTEL_INTERNAL_H
#define INTEL_INTEL_INTERNAL_H

#include "base/map.h"
#include "intel/intel.h"

struct bodies {
	struct record *records; /* with body; key 0: gone since */
	uint64_t **hashes;      /* sorted, of each record's values */
	size_t *n_hashes;
	size_t n;
	struct u64map by_key; /* record key -> index */
};

/* Reads the records of these keys (repeated ones once) and their values. bodies_done frees the map.
 */
MUST_CHECK enum err bodies_read(const struct intel *in, struct arena *a, const struct view *v,
				const int64_t *keys, size_t n, struct bodies *ret, struct why *why);
void bodies_done(struct bodies *b);
/* Index of a record, or SIZE_MAX when it was not read or is gone. */
size_t bodies_index(const struct bodies *b, int64_t key);
bool bodies_hold(const struct bodies *b, size_t index, uint64_t hash);
/* What a sighting says: first_seen and last_seen, else when it was made; the id it is of. */
void sighting_times(struct arena *a, const struct record *r, int64_t *ret_first_us,
		    int64_t *ret_last_us, struct uuid *ret_of);

#endif
