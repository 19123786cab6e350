// SPDX-License-Identifier: Apache-2.0
/* A value and what is around it: first the records that show it, one step further what those are
 * linked with and the other values they show. Every node went through the reader's view, and so did
 * what is counted. */
#include "api/api_internal.h"

#include "base/map.h"
#include "base/vec.h"
#include "intel/value.h"

#define NODES_DEFAULT 24
#define NODES_MOST 60
#define FURTHER_MOST 40
#define VALUES_MOST 500 /* of one record */

/* What somebody did about it comes before what merely names it. */
static const char *const first_types[] = {"x-hikeshi-incident", "x-hikeshi-warning",
					  "x-hikeshi-report"};

struct edge {
	size_t of; /* index of the record */
	str to, relation;
	bool out;
};
struct graph {
	struct call *c;
	const struct value_about *v;
	struct record *r; /* shown records, with bodies */
	size_t n;
	struct map nodes; /* ids of everything that has a place: records shown, and further */
	int64_t further;  /* distinct things one step further */
	VEC(struct record) near;
	VEC(struct record_value) values; /* further values that are shown */
	VEC(struct edge) edges;
};

/* ---- which records ---- */

static enum err choose(struct graph *g, size_t limit)
{
	struct call *c = g->c;
	struct store *s = c->api->o.node->store;
	int64_t *keys = arena_array(c->ctx.arena, int64_t, limit);
	struct u64map taken;
	struct record *r = arena_array(c->ctx.arena, struct record, limit);
	size_t n = 0;
	enum err err;

	u64map_init(&taken);
	for (size_t k = 0; k <= ARRAY_LEN(first_types); k++) {
		bool rest = k == ARRAY_LEN(first_types);
		int32_t type = rest ? 0 : word_find(s, str_c(first_types[k]));
		size_t most = rest ? limit : limit / 4 * (k + 1);

		for (size_t i = 0; i < g->v->n_records && n < most; i++) {
			bool fresh = true;

			if (!rest && g->v->records[i].type != type)
				continue;
			(void)u64map_put(&taken, (uint64_t)g->v->records[i].key, &fresh);
			if (fresh)
				keys[n++] = g->v->records[i].key;
		}
	}
	u64map_done(&taken);
	err = store_read(s, c->ctx.arena, c->ctx.view, keys, n, true, r, &c->why);
	for (size_t i = 0; i < n && !err; i++)
		if (r[i].key)
			r[g->n++] = r[i];
	g->r = r;
	return err;
}

/* ---- one step further ---- */

/* True the first time something gets its place. */
static bool place(struct graph *g, str id)
{
	bool fresh;

	(void)map_put(&g->nodes, id, &fresh);
	return fresh;
}

static bool has_place(const struct graph *g, str id)
{
	return map_get(&g->nodes, id) != NULL;
}

static bool is_shown(const struct graph *g, const struct record *r)
{
	for (size_t i = 0; i < g->n; i++)
		if (uuid_eq(g->r[i].uid, r->uid))
			return true;
	return false;
}

/* Links among what is shown, and to what is not there yet. */
static enum err add_links(struct graph *g, bool deep)
{
	struct call *c = g->c;
	struct record_near *near = NULL;
	size_t n = 0;
	struct map met;
	enum err err = record_near(&c->ctx, g->r, g->n, &near, &n, &c->why);

	map_init(&met);
	for (size_t i = 0; i < n && !err; i++) {
		str id = record_id(&c->ctx, &near[i].other);
		bool fresh = false;

		if (!near[i].out && is_shown(g, &near[i].other))
			continue; /* told from its other end */
		if (!has_place(g, id)) {
			(void)map_put(&met, id, &fresh);
			g->further += fresh;
			if (!deep || g->near.n + g->values.n >= FURTHER_MOST)
				continue;
			(void)place(g, id);
			vec_add(c->ctx.arena, &g->near, near[i].other);
		}
		vec_add(c->ctx.arena, &g->edges,
			(struct edge){near[i].of, id, near[i].relation, near[i].out});
	}
	map_done(&met);
	return err;
}

static void add_value(struct graph *g, size_t of, const struct record_value *v, struct u64map *met,
		      bool deep)
{
	struct call *c = g->c;
	const struct wellknown *w = c->api->o.node->wellknown;
	str kind = value_kind_name(v->kind);
	bool fresh;

	if (v->kind == VALUE_NONE || v->hash == g->v->hash ||
	    (w && wellknown_is(w, v->kind, v->canonical)))
		return;
	str id = arena_printf(c->ctx.arena, "%.*s:%.*s", STR_ARG(kind), STR_ARG(v->canonical));

	(void)u64map_put(met, v->hash, &fresh);
	g->further += fresh;
	if (!deep)
		return;
	if (!has_place(g, id)) {
		if (!fresh || g->near.n + g->values.n >= FURTHER_MOST)
			return;
		(void)place(g, id);
		vec_add(c->ctx.arena, &g->values, *v);
	}
	vec_add(c->ctx.arena, &g->edges, (struct edge){of, id, STR("names"), true});
}

static void add_values(struct graph *g, bool deep)
{
	struct call *c = g->c;
	struct u64map met;

	u64map_init(&met);
	for (size_t i = 0; i < g->n; i++) {
		struct record_value *v = NULL;
		size_t n = 0;

		if (intel_shown_values(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, &g->r[i],
				       &v, &n, NULL))
			continue;
		for (size_t k = 0; k < n && k < VALUES_MOST; k++)
			add_value(g, i, &v[k], &met, deep);
	}
	u64map_done(&met);
}

/* ---- the answer ---- */

static enum err near_bodies(struct graph *g)
{
	struct call *c = g->c;
	int64_t *keys = arena_array(c->ctx.arena, int64_t, g->near.n);

	for (size_t i = 0; i < g->near.n; i++)
		keys[i] = g->near.p[i].key;
	return store_read(c->api->o.node->store, c->ctx.arena, c->ctx.view, keys, g->near.n, true,
			  g->near.p, &c->why);
}

static void nodes_json(struct graph *g, struct json_out *o)
{
	jo_key(o, "nodes");
	jo_array(o);
	for (size_t i = 0; i < g->n + g->near.n; i++) {
		const struct record *r = i < g->n ? &g->r[i] : &g->near.p[i - g->n];

		if (!r->key)
			continue;
		jo_object(o);
		brief_json(g->c, r, o);
		jo_ki64(o, "ring", i < g->n ? 1 : 2);
		jo_end(o);
	}
	for (size_t i = 0; i < g->values.n; i++) {
		const struct record_value *v = &g->values.p[i];
		str kind = value_kind_name(v->kind);

		jo_object(o);
		jo_kstr(o, "id",
			arena_printf(g->c->ctx.arena, "%.*s:%.*s", STR_ARG(kind),
				     STR_ARG(v->canonical)));
		jo_kc(o, "type", "value");
		jo_kstr(o, "kind", kind);
		jo_kstr(o, "title", v->canonical);
		jo_ki64(o, "ring", 2);
		jo_end(o);
	}
	jo_end(o);
}

static void edges_json(struct graph *g, struct json_out *o)
{
	jo_key(o, "edges");
	jo_array(o);
	for (size_t i = 0; i < g->edges.n; i++) {
		const struct edge *e = &g->edges.p[i];
		str id = record_id(&g->c->ctx, &g->r[e->of]);

		jo_object(o);
		jo_kstr(o, "from", e->out ? id : e->to);
		jo_kstr(o, "to", e->out ? e->to : id);
		jo_kstr(o, "relation", e->relation);
		jo_end(o);
	}
	jo_end(o);
}

static enum err fill(struct graph *g, size_t limit, bool deep)
{
	enum err err = choose(g, limit);

	for (size_t i = 0; i < g->n && !err; i++)
		(void)place(g, record_id(&g->c->ctx, &g->r[i]));
	if (!err)
		err = add_links(g, deep);
	if (!err)
		add_values(g, deep);
	return err ? err : near_bodies(g);
}

static enum err depth_of(struct call *c, bool *ret)
{
	str depth = call_param(c, "depth");

	*ret = str_eq(depth, STR("2"));
	return !depth.n || *ret || str_eq(depth, STR("1"))
		   ? ERR_OK
		   : why_field(&c->why, ERR_UNPROCESSABLE, "range", "depth", "depth is 1 or 2",
			       "depth は1か2です");
}

enum err values_graph(struct call *c)
{
	struct value_about v;
	struct graph g = {.c = c, .v = &v};
	size_t limit = NODES_DEFAULT;
	bool deep = false;
	struct json_out o;
	BUF(b);
	enum err err = call_limit(c, NODES_DEFAULT, &limit);

	if (!err)
		err = depth_of(c, &deep);
	if (!err)
		err = value_ask(c, &v);
	if (err)
		return err;
	map_init(&g.nodes);
	err = fill(&g, limit < NODES_MOST ? limit : NODES_MOST, deep);
	map_done(&g.nodes);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	value_head_json(&v, &o);
	nodes_json(&g, &o);
	edges_json(&g, &o);
	jo_ki64(&o, "further", g.further);
	jo_end(&o);
	return reply_json(c, 200, &b);
}
