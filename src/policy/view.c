// SPDX-License-Identifier: Apache-2.0
/* view: policy_decide asked once for each label, kept as bits. A view never changes once made; when
 * labels were added a longer one takes its place, when the world changed or an embargo or expiry
 * passed a new one is made. The cache is a small table of sets (four ways each), so that it is
 * bounded whoever comes. One mutex guards the table and all counts; views are made outside it. */
#include <pthread.h>

#include "base/clock.h"
#include "policy/policy_internal.h"

#define SETS 256
#define WAYS 4

struct view_key {
	int64_t team, person;
	uint32_t role, scopes, act;
	bool account, node;
};
struct view_box {
	struct view view; /* first: policy_view_put gets its address */
	struct view_key key;
	uint64_t *bits;
	int64_t world;    /* serial of the world it was made in */
	int64_t from_us;  /* right from here ... */
	int64_t until_us; /* ... to before here: the next embargo or expiry of any label */
	uint64_t used;    /* tick of the last use */
	int refs;
};
struct world_box {
	struct world world; /* first */
	int64_t serial;
	int refs;
};
struct policy {
	struct store *store;
	pthread_mutex_t lock;
	struct world_box *world;
	uint64_t tick;
	struct view_box *cache[SETS][WAYS];
};

/* ---- the world --------------------------------------------------------------------------- */

static void *copy(const void *p, size_t n, size_t size)
{
	void *out = mem_alloc(n * size + 1);

	if (n)
		memcpy(out, p, n * size);
	return out;
}

static struct world_box *world_new(const struct world *w, int64_t serial)
{
	struct world_box *b = mem_alloc(sizeof(*b));

	b->world = *w;
	b->world.members = copy(w->members, w->n_members, sizeof(*w->members));
	b->world.clients = copy(w->clients, w->n_clients, sizeof(*w->clients));
	b->world.circles = copy(w->circles, w->n_circles, sizeof(*w->circles));
	b->serial = serial;
	b->refs = 1;
	return b;
}

/* With the lock held. */
static void world_unref(struct world_box *b)
{
	if (--b->refs > 0)
		return;
	mem_free((void *)(uintptr_t)b->world.members);
	mem_free((void *)(uintptr_t)b->world.clients);
	mem_free((void *)(uintptr_t)b->world.circles);
	mem_free(b);
}

void policy_set_world(struct policy *p, const struct world *w)
{
	struct world_box *b = world_new(w, 0);

	pthread_mutex_lock(&p->lock);
	b->serial = p->world->serial + 1;
	world_unref(p->world);
	p->world = b;
	pthread_mutex_unlock(&p->lock);
}

static struct world_box *world_ref(struct policy *p)
{
	struct world_box *b;

	pthread_mutex_lock(&p->lock);
	b = p->world;
	b->refs++;
	pthread_mutex_unlock(&p->lock);
	return b;
}

const struct world *policy_world_get(struct policy *p)
{
	return &world_ref(p)->world;
}

void policy_world_put(struct policy *p, const struct world *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&p->lock);
	world_unref((struct world_box *)(uintptr_t)w);
	pthread_mutex_unlock(&p->lock);
}

/* ---- views ------------------------------------------------------------------------------- */

static void view_unref(struct view_box *v)
{
	if (!v || --v->refs > 0)
		return;
	mem_free(v->bits);
	mem_free(v);
}

static struct view_key key_of(const struct actor *a, enum action act)
{
	return (struct view_key){a->account ? a->team : 0,
				 a->account ? a->person : 0,
				 (uint32_t)a->role,
				 a->scopes,
				 (uint32_t)act,
				 a->account != 0,
				 a->node};
}

static bool key_eq(const struct view_key *a, const struct view_key *b)
{
	return a->team == b->team && a->person == b->person && a->role == b->role &&
	       a->scopes == b->scopes && a->act == b->act && a->account == b->account &&
	       a->node == b->node;
}

static size_t key_set(const struct view_key *k)
{
	uint64_t h = (uint64_t)k->team * UINT64_C(0x9E3779B97F4A7C15);

	h ^= (uint64_t)k->person * UINT64_C(0xC2B2AE3D27D4EB4F);
	h ^= ((uint64_t)k->role << 40) ^ ((uint64_t)k->scopes << 20) ^ k->act;
	h *= UINT64_C(0x9E3779B97F4A7C15);
	return (size_t)(h >> 56) % SETS;
}

/* With the lock held: the kept view of a key that is still right, however short. */
static struct view_box *find(struct policy *p, const struct view_key *k, int64_t now_us)
{
	struct view_box **ways = p->cache[key_set(k)];

	for (int i = 0; i < WAYS; i++) {
		struct view_box *v = ways[i];

		if (v && key_eq(&v->key, k) && v->world == p->world->serial &&
		    now_us >= v->from_us && now_us < v->until_us) {
			v->used = ++p->tick;
			return v;
		}
	}
	return NULL;
}

/* With the lock held: takes the place of its forerunner, else of the longest unused. */
static void keep(struct policy *p, struct view_box *v)
{
	struct view_box **ways = p->cache[key_set(&v->key)];
	int at = 0;

	for (int i = 0; i < WAYS; i++) {
		if (ways[i] && key_eq(&ways[i]->key, &v->key)) {
			at = i;
			break;
		}
		if (ways[at] && (!ways[i] || ways[i]->used < ways[at]->used))
			at = i;
	}
	view_unref(ways[at]);
	v->used = ++p->tick;
	v->refs++;
	ways[at] = v;
}

static int64_t next_change(const struct label *l, int64_t now_us, int64_t so_far)
{
	if (l->not_before_us > now_us && l->not_before_us < so_far)
		so_far = l->not_before_us;
	if (l->expires_us > now_us && l->expires_us < so_far)
		so_far = l->expires_us;
	return so_far;
}

/* Bits of old (nullable, same key and world) and the labels beyond it. */
static struct view_box *make(struct policy *p, const struct world_box *w, const struct actor *a,
			     enum action act, const struct view_box *old, int64_t now_us)
{
	struct view_box *v = mem_alloc(sizeof(*v));
	int64_t max = a->node ? 0 : label_max(p->store), first = old ? old->view.n_labels + 1 : 1;

	v->key = key_of(a, act);
	v->world = w->serial;
	v->from_us = now_us;
	v->until_us = old ? old->until_us : INT64_MAX;
	v->refs = 1;
	v->bits = mem_alloc(((uint64_t)max / 64 + 1) * sizeof(*v->bits));
	if (old)
		memcpy(v->bits, old->bits,
		       ((uint64_t)old->view.n_labels / 64 + 1) * sizeof(*v->bits));
	for (int64_t key = first; key <= max; key++) {
		const struct label *l = label_get(p->store, key);

		if (!l)
			continue;
		v->until_us = next_change(l, now_us, v->until_us);
		if (policy_decide(&w->world, a, act, l, now_us).ok) /* gate */
			v->bits[key / 64] |= UINT64_C(1) << (key % 64);
	}
	v->view = (struct view){v->bits, max, v->key.team, a->node};
	return v;
}

const struct view *policy_view_at(struct policy *p, const struct actor *a, enum action act,
				  int64_t now_us)
{
	const struct view_key k = key_of(a, act);
	int64_t max = a->node ? 0 : label_max(p->store);
	struct world_box *w;
	struct view_box *old, *v;

	pthread_mutex_lock(&p->lock);
	old = find(p, &k, now_us);
	if (old)
		old->refs++;
	if (old && old->view.n_labels >= max) {
		pthread_mutex_unlock(&p->lock);
		return &old->view;
	}
	w = p->world;
	w->refs++;
	pthread_mutex_unlock(&p->lock);
	v = make(p, w, a, act, old, now_us);
	pthread_mutex_lock(&p->lock);
	view_unref(old);
	if (v->world == p->world->serial)
		keep(p, v);
	world_unref(w);
	pthread_mutex_unlock(&p->lock);
	return &v->view;
}

const struct view *policy_view_get(struct policy *p, const struct actor *a, enum action act)
{
	return policy_view_at(p, a, act, clock_now_us());
}

void policy_view_put(struct policy *p, const struct view *v)
{
	if (!v)
		return;
	pthread_mutex_lock(&p->lock);
	view_unref((struct view_box *)(uintptr_t)v);
	pthread_mutex_unlock(&p->lock);
}

struct policy *policy_new(struct store *s)
{
	struct policy *p = mem_alloc(sizeof(*p));
	const struct world empty = {0};

	p->store = s;
	p->world = world_new(&empty, 1);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (int i = 0; i < SETS; i++)
		for (int j = 0; j < WAYS; j++)
			view_unref(p->cache[i][j]);
	world_unref(p->world);
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}
