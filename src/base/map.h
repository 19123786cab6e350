// SPDX-License-Identifier: Apache-2.0
/* map: open-addressing hash tables, keyed by text or by 64-bit numbers.
 * Hashing is SipHash under a per-process random key, so that input cannot
 * choose collisions. Values are 64-bit or pointers. Single thread. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

union map_value {
	void *ptr;
	int64_t i;
	uint64_t u;
};

struct map_slot;
/* Text keys are NOT copied: they must live as long as the map. */
struct map {
	struct map_slot *slots;
	size_t n, cap;
};
void map_init(struct map *m);
void map_done(struct map *m);
/* The value for key, or NULL. */
union map_value *map_get(const struct map *m, str key);
/* The value for key, inserted zeroed when absent; *was_new (nullable) tells. */
union map_value *map_put(struct map *m, str key, bool *was_new);
bool map_del(struct map *m, str key);
/* Iterates: start with *it = 0; false at the end. Order is unspecified. */
bool map_next(const struct map *m, size_t *it, str *key, union map_value **v);

struct u64map_slot;
struct u64map {
	struct u64map_slot *slots;
	size_t n, cap;
};
void u64map_init(struct u64map *m);
void u64map_done(struct u64map *m);
union map_value *u64map_get(const struct u64map *m, uint64_t key);
union map_value *u64map_put(struct u64map *m, uint64_t key, bool *was_new);
bool u64map_del(struct u64map *m, uint64_t key);
bool u64map_next(const struct u64map *m, size_t *it, uint64_t *key, union map_value **v);

/* SipHash-2-4 under the given 16-byte key: stable across processes, for
 * stored value hashes. */
uint64_t siphash64(const uint8_t key[16], const void *p, size_t n);

#endif
