// SPDX-License-Identifier: Apache-2.0
#include "exchange/collection.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/vec.h"

#define PARTS_PAGE 500

typedef VEC(struct collection) collections;

/* ---- who may what ---- */

static bool may_read(const struct ctx *c)
{
	return (c->actor->scopes & (SCOPE_READ | SCOPE_EXPORT)) != 0; /* gate */
}

static bool may_write(const struct ctx *c)
{
	return policy_node(c->actor, "import").ok; /* gate */
}

/* A token for reading reads what it may see, one for exports what it may take along: of one label
 * both say the same. */
static const struct view *reader_view(struct ctx *c)
{
	enum action act = c->actor->scopes & SCOPE_EXPORT ? ACT_EXPORT : ACT_SEE;

	return policy_view_get(c->node->policy, c->actor, act); /* gate */
}

/* ---- ids ---- */

static void hash_i64(crypto_generichash_state *h, int64_t v)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	(void)crypto_generichash_update(h, b, sizeof(b));
}

/* What a team sees of a circle grows when it joins (again), or when it becomes a client of a team
 * that is in it: both are part of the id. */
static void hash_rights(crypto_generichash_state *h, const struct world *w, int64_t team,
			int64_t circle)
{
	int64_t joined = 0;

	/* no gate: an id is made of the answer, nothing is let through */
	if (world_is_member(w, circle, team, &joined))
		hash_i64(h, joined);
	for (size_t i = 0; i < w->n_clients; i++)
		if (w->clients[i].client == team && /* no gate: as above */
		    world_is_member(w, circle, w->clients[i].provider, &joined)) {
			hash_i64(h, w->clients[i].provider);
			hash_i64(h, joined);
		}
}

static struct uuid circle_id(struct ctx *c, struct uuid team, struct uuid circle,
			     int64_t circle_key)
{
	static const char domain[] = "hikeshi/collection/v1\n";
	crypto_generichash_state h;
	struct uuid u;

	(void)crypto_generichash_init(&h, store_value_key(c->node->store), 16, sizeof(u.b));
	(void)crypto_generichash_update(&h, (const uint8_t *)domain, sizeof(domain) - 1);
	(void)crypto_generichash_update(&h, team.b, sizeof(team.b));
	(void)crypto_generichash_update(&h, circle.b, sizeof(circle.b));
	hash_rights(&h, &c->dir->world, c->actor->team, circle_key);
	(void)crypto_generichash_final(&h, u.b, sizeof(u.b));
	u.b[6] = (uint8_t)((u.b[6] & 0x0f) | 0x40);
	u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
	return u;
}

/* ---- circles ---- */

static void circles_list(struct ctx *c, bool read_only, collections *out)
{
	struct uuid team;

	if (!c->actor->team || !principal_uuid(c->node->store, c->actor->team, &team))
		return;
	for (size_t i = 0; i < c->dir->n_circles; i++) {
		const struct directory_circle *ci = &c->dir->circles[i];
		int64_t joined;

		if (!world_is_member(&c->dir->world, ci->key, c->actor->team, &joined)) /* gate */
			continue;
		vec_add(c->arena, out,
			(struct collection){.kind = COLLECTION_CIRCLE,
					    .id = circle_id(c, team, ci->uid, ci->key),
					    .title = ci->title,
					    .description = ci->description,
					    .circle = ci->key,
					    .circle_uid = ci->uid,
					    .default_tlp = ci->default_tlp,
					    .can_read = may_read(c),
					    .can_write = !read_only && may_write(c)});
	}
}

static enum err circle_read(struct ctx *c, const struct collection *x, const struct view *v,
			    struct placed_query *q, struct placed *ret, size_t *ret_n,
			    int64_t *ret_at, bool *ret_end, struct why *why)
{
	q->circle = x->circle;
	return store_placed(c->node->store, c->arena, v, q, ret, ret_n, ret_at, ret_end, why);
}

static enum err circle_versions(struct ctx *c, const struct collection *x, const struct view *v,
				struct uuid id, struct placed **ret, size_t *ret_n, struct why *why)
{
	return store_placed_versions(c->node->store, c->arena, v, x->circle, id, true, ret, ret_n,
				     why);
}

/* ---- the table of kinds ---- */

static const struct {
	void (*list)(struct ctx *c, bool read_only, collections *out);
	enum err (*read)(struct ctx *c, const struct collection *x, const struct view *v,
			 struct placed_query *q, struct placed *ret, size_t *ret_n, int64_t *ret_at,
			 bool *ret_end, struct why *why);
	enum err (*versions)(struct ctx *c, const struct collection *x, const struct view *v,
			     struct uuid id, struct placed **ret, size_t *ret_n, struct why *why);
} kinds[] = {
    [COLLECTION_CIRCLE] = {circles_list, circle_read, circle_versions},
};

void collection_list(struct ctx *c, bool read_only, struct collection **ret, size_t *ret_n)
{
	collections out = {0};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		kinds[i].list(c, read_only, &out);
	*ret = out.p;
	*ret_n = out.n;
}

bool collection_find(struct ctx *c, bool read_only, str id, struct collection *ret)
{
	struct collection *all = NULL;
	struct uuid u;
	size_t n = 0;

	if (uuid_parse(id, &u))
		return false;
	collection_list(c, read_only, &all, &n);
	for (size_t i = 0; i < n; i++)
		if (uuid_eq(all[i].id, u)) {
			*ret = all[i];
			return true;
		}
	return false;
}

/* ---- reading ---- */

struct keeping {
	struct ctx *c;
	bool (*keep)(void *ctx, const struct record *r);
	void *ctx;
};

/* Types that are the node's own book-keeping and in no collection. */
static bool is_carried(const struct ctx *c, const struct record *r)
{
	static const char *const never[] = {"x-hikeshi-team", "x-hikeshi-circle",
					    "x-hikeshi-membership", "x-hikeshi-person",
					    "x-hikeshi-delivery"};
	const struct catalog_type *t = catalog_code(c->node->catalog, r->type);

	if (r->form != FORM_OWN)
		return true;
	for (size_t i = 0; t && i < ARRAY_LEN(never); i++)
		if (str_eq(t->type, str_c(never[i])))
			return false;
	if (!t)
		return false;
	return c->actor->scopes & SCOPE_READ ? policy_type(c->actor, t, "read").ok
					     : role_covers(c->actor->role, t->read); /* gate */
}

static bool keep_carried(void *ctx, const struct record *r)
{
	struct keeping *k = ctx;

	return is_carried(k->c, r) && (!k->keep || k->keep(k->ctx, r));
}

enum err collection_read(struct ctx *c, const struct collection *x, struct placed_query *q,
			 struct placed *ret, size_t *ret_n, int64_t *ret_at, bool *ret_end,
			 struct why *why)
{
	const struct view *v = reader_view(c);
	struct keeping k = {.c = c, .keep = q->keep, .ctx = q->ctx};
	enum err err;

	q->keep = keep_carried;
	q->ctx = &k;
	err = kinds[x->kind].read(c, x, v, q, ret, ret_n, ret_at, ret_end, why);
	policy_view_put(c->node->policy, v);
	return err;
}

enum err collection_versions(struct ctx *c, const struct collection *x, struct uuid id,
			     struct placed **ret, size_t *ret_n, struct why *why)
{
	const struct view *v = reader_view(c);
	enum err err = kinds[x->kind].versions(c, x, v, id, ret, ret_n, why);

	policy_view_put(c->node->policy, v);
	if (!err && *ret_n && !is_carried(c, &(*ret)[*ret_n - 1].r))
		*ret_n = 0;
	return err;
}

static bool in_circle(struct store *s, const struct record *r, int64_t circle)
{
	const struct label *l = label_get(s, r->label);

	for (size_t i = 0; l && i < l->n_circles; i++)
		if (l->circles[i].circle == circle)
			return true;
	return false;
}

enum err collection_parts(struct ctx *c, const struct collection *x, int64_t key, size_t max,
			  struct record **ret, size_t *ret_n, struct why *why)
{
	static const char *const names[] = {"indicator", "x-hikeshi-observable", "vulnerability",
					    "x-misp-object", "note"};
	const struct view *v = reader_view(c);
	int32_t types[ARRAY_LEN(names)];
	struct list_query q = {.types = types,
			       .parent = key,
			       .ascending = true,
			       .limit = PARTS_PAGE,
			       .with_body = true};
	VEC(struct record) out = {0};
	enum err err = ERR_OK;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		types[q.n_types] = word_find(c->node->store, str_c(names[i]));
		q.n_types += types[q.n_types] != 0;
	}
	for (bool more = q.n_types > 0; more && !err && out.n < max;) {
		struct record *page = arena_array(c->arena, struct record, PARTS_PAGE);
		size_t n = 0;
		int64_t next = 0;

		err = store_list(c->node->store, c->arena, v, &q, page, &n, &next, why);
		for (size_t i = 0; i < n && !err && out.n < max; i++)
			if (in_circle(c->node->store, &page[i], x->circle))
				vec_add(c->arena, &out, page[i]);
		q.after_pos = next;
		more = next != 0;
	}
	policy_view_put(c->node->policy, v);
	*ret = out.p;
	*ret_n = out.n;
	return err;
}
