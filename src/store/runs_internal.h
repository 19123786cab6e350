// SPDX-License-Identifier: Apache-2.0
/* runs_internal: what a run of the index is made of; shared by index_runs.c (the writer's side) and
 * index_find.c (the readers'). Lists, their references and the dead are under the lock. */
#ifndef STORE_RUNS_INTERNAL_H
#define STORE_RUNS_INTERNAL_H

#include "store/store_internal.h"

#define KINDS 2
#define LEVELS 12
#define FAN 8
#define BLOCK_ENTRIES 672u /* 12 bytes each: one page of 8,192 with its header */
#define ENTRY_BYTES 12u
#define RUN_MIN 2048u    /* fewer entries go to recent */
#define RECENT_MAX 50000 /* then a generation becomes a run */
#define BLOOM_BITS_PER 10u
#define BLOOM_LINE 8u /* words of 64 bits: one cache line */
#define RECENT_LINES 2048u
#define SWEEP_BLOCKS 400
#define REC_MAX INT64_C(0xffffffff)

enum { DEAD_RUN = 1, DEAD_RECENT = 2 };

struct run {
	int64_t id; /* of a run, or the generation of recent */
	int kind, level;
	bool recent;
	int64_t n;
	size_t n_blocks, bloom_lines;
	uint64_t *fences, *bloom;
	int refs;     /* lists that hold it; under the lock */
	bool retired; /* was published and is no longer */
};
struct run_list {
	int refs; /* under the lock */
	size_t n;
	struct run **p;
};
struct dead {
	int64_t what, id, kind;
};

struct builder {
	int64_t id;
	struct run *run;
	uint64_t h[BLOCK_ENTRIES];
	uint32_t rec[BLOCK_ENTRIES];
	size_t n, cap_blocks;
};
struct cursor {
	struct run *run;
	size_t block, at, n;
	uint64_t h[BLOCK_ENTRIES];
	uint32_t rec[BLOCK_ENTRIES];
};
struct merge {
	struct cursor in[FAN];
	struct builder out;
};

struct runs {
	struct store *s;
	pthread_mutex_t lock; /* lists, references, dead */
	struct run_list *list;
	VEC(struct dead) dead;
	/* the writer's alone */
	struct run_list *next; /* what this transaction makes of it; list when nothing changed */
	struct merge *merges[KINDS][LEVELS];
	int64_t added[KINDS], recent_n[KINDS], next_id, next_gen;
};

/* ---- Bloom filters: a line by the upper bits, six bits in it by the lower ---- */

static inline uint64_t bloom_word(uint64_t h, unsigned i)
{
	return (h >> (i * 9)) & 511u;
}

static inline void bloom_set(struct run *r, uint64_t h)
{
	uint64_t *line = r->bloom + (h >> 32) % r->bloom_lines * BLOOM_LINE;
	uint64_t mixed = h * UINT64_C(0x9E3779B97F4A7C15);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t bit = bloom_word(mixed, i);
		__atomic_fetch_or(&line[bit / 64], UINT64_C(1) << bit % 64, __ATOMIC_RELAXED);
	}
}

static inline bool bloom_has(const struct run *r, uint64_t h)
{
	const uint64_t *line = r->bloom + (h >> 32) % r->bloom_lines * BLOOM_LINE;
	uint64_t mixed = h * UINT64_C(0x9E3779B97F4A7C15);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t bit = bloom_word(mixed, i);
		if (!(__atomic_load_n(&line[bit / 64], __ATOMIC_RELAXED) >> bit % 64 & 1))
			return false;
	}
	return true;
}

/* A list to search, and giving it back. runs_drop: the same, under the lock. */
struct run_list *runs_take(struct runs *rs);
void runs_give(struct runs *rs, struct run_list *l);
void runs_drop(struct runs *rs, struct run_list *l);
MUST_CHECK enum err runs_block(struct db *db, int64_t run, size_t block, uint64_t *h, uint32_t *rec,
			       size_t *ret_n, struct why *why);

#endif
