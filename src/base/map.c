// SPDX-License-Identifier: Apache-2.0
/* Linear probing over a power of two of slots, at most three quarters full.
 * Deleting shifts the followers back, so there are no tombstones. */
#include "base/map.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>

#include "base/hash.h"

#define CAP_MIN 16

struct map_slot {
	uint64_t hash; /* 0: free */
	str key;
	union map_value value;
};

struct u64map_slot {
	uint64_t key;
	union map_value value;
	uint64_t hash; /* 0: free */
};

static uint8_t process_key[crypto_shorthash_KEYBYTES];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void key_make(void)
{
	random_bytes(process_key, sizeof(process_key));
}

uint64_t siphash64(const uint8_t key[16], const void *p, size_t n)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t v = 0;

	static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8, "SipHash");
	(void)crypto_shorthash(out, n ? p : out, n, key);
	/* little-endian on every machine, because these are stored */
	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)out[i] << (8 * i);
	return v;
}

static uint64_t hash_bytes(const void *p, size_t n)
{
	(void)pthread_once(&key_once, key_make);

	uint64_t h = siphash64(process_key, p, n);

	return h ? h : 1;
}

void map_init(struct map *m)
{
	*m = (struct map){NULL, 0, 0};
}

void map_done(struct map *m)
{
	mem_free(m->slots);
	map_init(m);
}

/* The slot that holds key, or the free one where it belongs. cap > 0. */
static struct map_slot *map_find(const struct map *m, uint64_t hash, str key)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].hash && (m->slots[i].hash != hash || !str_eq(m->slots[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void map_grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : CAP_MIN;
	assert(m->cap <= SIZE_MAX / sizeof(*m->slots));
	m->slots = mem_alloc(m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++) {
		size_t at = old.slots[i].hash & (m->cap - 1);

		if (!old.slots[i].hash)
			continue;
		while (m->slots[at].hash)
			at = (at + 1) & (m->cap - 1);
		m->slots[at] = old.slots[i];
	}
	mem_free(old.slots);
}

union map_value *map_get(const struct map *m, str key)
{
	struct map_slot *s;

	if (m->n == 0)
		return NULL;
	s = map_find(m, hash_bytes(key.p, key.n), key);
	return s->hash ? &s->value : NULL;
}

union map_value *map_put(struct map *m, str key, bool *was_new)
{
	uint64_t hash = hash_bytes(key.p, key.n);
	struct map_slot *s = m->cap ? map_find(m, hash, key) : NULL;
	bool fresh = !s || !s->hash;

	if (was_new)
		*was_new = fresh;
	if (!fresh)
		return &s->value;
	if ((m->n + 1) * 4 > m->cap * 3) {
		map_grow(m);
		s = map_find(m, hash, key);
	}
	assert(s);
	*s = (struct map_slot){.hash = hash, .key = key};
	m->n++;
	return &s->value;
}

bool map_del(struct map *m, str key)
{
	struct map_slot *s;
	size_t mask = m->cap - 1, hole, i;

	if (m->n == 0)
		return false;
	s = map_find(m, hash_bytes(key.p, key.n), key);
	if (!s->hash)
		return false;
	hole = i = (size_t)(s - m->slots);
	for (;;) {
		i = (i + 1) & mask;
		if (!m->slots[i].hash)
			break;
		/* may move back only if its home is not between the hole and it */
		if (((i - m->slots[i].hash) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){0};
	m->n--;
	return true;
}

bool map_next(const struct map *m, size_t *it, str *key, union map_value **v)
{
	for (; *it < m->cap; (*it)++) {
		struct map_slot *s = &m->slots[*it];

		if (s->hash) {
			*key = s->key;
			*v = &s->value;
			(*it)++;
			return true;
		}
	}
	return false;
}

void u64map_init(struct u64map *m)
{
	*m = (struct u64map){NULL, 0, 0};
}

void u64map_done(struct u64map *m)
{
	mem_free(m->slots);
	u64map_init(m);
}

static struct u64map_slot *u64map_find(const struct u64map *m, uint64_t hash, uint64_t key)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].hash && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void u64map_grow(struct u64map *m)
{
	struct u64map old = *m;

	m->cap = old.cap ? old.cap * 2 : CAP_MIN;
	assert(m->cap <= SIZE_MAX / sizeof(*m->slots));
	m->slots = mem_alloc(m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].hash)
			*u64map_find(m, old.slots[i].hash, old.slots[i].key) = old.slots[i];
	mem_free(old.slots);
}

union map_value *u64map_get(const struct u64map *m, uint64_t key)
{
	struct u64map_slot *s;

	if (m->n == 0)
		return NULL;
	s = u64map_find(m, hash_bytes(&key, sizeof(key)), key);
	return s->hash ? &s->value : NULL;
}

union map_value *u64map_put(struct u64map *m, uint64_t key, bool *was_new)
{
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct u64map_slot *s = m->cap ? u64map_find(m, hash, key) : NULL;
	bool fresh = !s || !s->hash;

	if (was_new)
		*was_new = fresh;
	if (!fresh)
		return &s->value;
	if ((m->n + 1) * 4 > m->cap * 3) {
		u64map_grow(m);
		s = u64map_find(m, hash, key);
	}
	assert(s);
	*s = (struct u64map_slot){.hash = hash, .key = key};
	m->n++;
	return &s->value;
}

bool u64map_del(struct u64map *m, uint64_t key)
{
	struct u64map_slot *s;
	size_t mask = m->cap - 1, hole, i;

	if (m->n == 0)
		return false;
	s = u64map_find(m, hash_bytes(&key, sizeof(key)), key);
	if (!s->hash)
		return false;
	hole = i = (size_t)(s - m->slots);
	for (;;) {
		i = (i + 1) & mask;
		if (!m->slots[i].hash)
			break;
		if (((i - m->slots[i].hash) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct u64map_slot){0};
	m->n--;
	return true;
}

bool u64map_next(const struct u64map *m, size_t *it, uint64_t *key, union map_value **v)
{
	for (; *it < m->cap; (*it)++) {
		struct u64map_slot *s = &m->slots[*it];

		if (s->hash) {
			*key = s->key;
			*v = &s->value;
			(*it)++;
			return true;
		}
	}
	return false;
}
