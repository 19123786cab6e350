// SPDX-License-Identifier: Apache-2.0
/* One value in full. Everything is counted under the reader's view; of other teams' records only
 * what leaves them counts. */
#include "api/api_internal.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/vec.h"
#include "intel/value.h"

#define VALUE_BYTES 4096
#define TEAMS_MOST 100
#define TIMES_MOST 1000 /* sightings whose times are read for the page of a value */
#define VERDICTS_MOST 20

enum err value_ask(struct call *c, struct value_about *ret)
{
	str value = str_trim(call_param(c, "value")), name = call_param(c, "kind");
	enum value_kind kind = name.n ? value_kind_parse(name) : VALUE_NONE;

	if (!value.n)
		return why_field(&c->why, ERR_UNPROCESSABLE, "required", "value",
				 "say which value: ?value=", "値を指定してください（?value=）");
	if (value.n > VALUE_BYTES)
		return why_field(&c->why, ERR_UNPROCESSABLE, "length", "value",
				 "at most 4,096 bytes", "値が長すぎます");
	if (name.n && kind == VALUE_NONE)
		return why_field(
		    &c->why, ERR_UNPROCESSABLE, "enum", "kind",
		    "is not a kind of value (domain-name, ipv4-addr, url, sha256 ...)",
		    "値の種類ではありません（domain-name、ipv4-addr、url、sha256 など）");
	return intel_about(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, kind, value, ret,
			   &c->why);
}

void value_head_json(const struct value_about *x, struct json_out *o)
{
	jo_key(o, "kind");
	if (x->kind != VALUE_NONE)
		jo_str(o, value_kind_name(x->kind));
	else
		jo_null(o);
	jo_key(o, "canonical");
	if (x->kind != VALUE_NONE)
		jo_str(o, x->canonical);
	else
		jo_null(o);
	jo_ki64(o, "count", (int64_t)x->n_records);
	jo_kbool(o, "exact", x->all_records);
}

/* ---- who has it ---- */

struct team_row {
	const struct directory_team *team; /* NULL: those that the directory has no name for */
	int64_t records, sightings, first_us, last_us;
};
struct teams {
	struct call *c;
	struct u64map at;
	VEC(struct team_row) rows;
};

static struct team_row *team_row(struct teams *x, int64_t key)
{
	const struct directory_team *t = directory_team(x->c->ctx.dir, key);
	bool fresh;
	union map_value *at = u64map_put(&x->at, t ? (uint64_t)t->key : 0, &fresh);

	if (fresh) {
		at->u = x->rows.n;
		vec_add(x->c->ctx.arena, &x->rows, (struct team_row){.team = t});
	}
	return &x->rows.p[at->u];
}

static void when(struct team_row *r, int64_t first_us, int64_t last_us)
{
	bool none = r->records + r->sightings == 0;

	r->first_us = none || first_us < r->first_us ? first_us : r->first_us;
	r->last_us = none || last_us > r->last_us ? last_us : r->last_us;
}

static int by_most(const void *a, const void *b)
{
	const struct team_row *x = a, *y = b;
	int64_t n = x->records + x->sightings, m = y->records + y->sightings;

	return n != m ? (n < m) - (n > m) : (x->last_us < y->last_us) - (x->last_us > y->last_us);
}

static void teams_json(struct teams *x, struct json_out *o)
{
	size_t shown = x->rows.n < TEAMS_MOST ? x->rows.n : TEAMS_MOST;

	if (x->rows.n)
		qsort(x->rows.p, x->rows.n, sizeof(*x->rows.p), by_most);
	jo_key(o, "teams");
	jo_array(o);
	for (size_t i = 0; i < shown; i++) {
		const struct team_row *r = &x->rows.p[i];

		jo_object(o);
		jo_key(o, "team");
		if (r->team)
			jo_str(o, record_id(&x->c->ctx, &r->team->record));
		else
			jo_null(o);
		jo_ki64(o, "records", r->records);
		jo_ki64(o, "sightings", r->sightings);
		jo_ktime(o, "first", r->first_us);
		jo_ktime(o, "last", r->last_us);
		jo_end(o);
	}
	jo_end(o);
	jo_ki64(o, "teams_more", (int64_t)(x->rows.n - shown));
}

/* Times of the newest sightings are read, those of the others are when they were written. */
static enum err count_teams(struct teams *x, const struct value_about *v, struct sighted *all)
{
	struct call *c = x->c;
	size_t read = v->n_sightings < TIMES_MOST ? v->n_sightings : TIMES_MOST;
	struct sighted *s = arena_array(c->ctx.arena, struct sighted, read);
	enum err err =
	    intel_sighted(&c->api->o.node->intel, c->ctx.view, v->sightings, read, s, &c->why);

	for (size_t i = 0; i < v->n_records && !err; i++) {
		struct team_row *r = team_row(x, v->records[i].team);

		when(r, v->records[i].dated_us, v->records[i].dated_us);
		r->records++;
	}
	for (size_t i = 0; i < v->n_sightings && !err; i++) {
		struct team_row *r = team_row(x, v->sightings[i].team);
		int64_t dated = v->sightings[i].dated_us;
		struct sighted t = i < read ? s[i] : (struct sighted){dated, dated, 1};

		when(r, t.first_us, t.last_us);
		r->sightings++;
		all->first_us = i && all->first_us < t.first_us ? all->first_us : t.first_us;
		all->last_us = i && all->last_us > t.last_us ? all->last_us : t.last_us;
	}
	return err;
}

/* ---- what it is ---- */

static void types_json(struct call *c, const struct value_about *v, struct json_out *o)
{
	struct u64map n;
	size_t at = 0;
	uint64_t type;
	union map_value *count;
	int32_t last = 0;

	u64map_init(&n);
	for (size_t i = 0; i < v->n_records; i++) {
		u64map_put(&n, (uint64_t)v->records[i].type, NULL)->i++;
		last = v->records[i].type > last ? v->records[i].type : last;
	}
	jo_key(o, "types");
	jo_array(o);
	/* in the order of their codes, which is the same each time */
	for (type = 1; n.n && type <= (uint64_t)last; type++) {
		count = u64map_get(&n, type);
		if (!count)
			continue;
		at++;
		jo_object(o);
		jo_kstr(o, "type", word_text(c->api->o.node->store, (int32_t)type));
		jo_ki64(o, "count", count->i);
		jo_end(o);
		if (at == n.n)
			break;
	}
	jo_end(o);
	u64map_done(&n);
}

static void labels_json(struct call *c, const struct value_about *v, struct json_out *o)
{
	VEC(int64_t) labels = {0};
	struct u64map seen;

	u64map_init(&seen);
	for (size_t i = 0; i < v->n_records; i++) {
		bool fresh;

		(void)u64map_put(&seen, (uint64_t)v->records[i].label, &fresh);
		if (fresh)
			vec_add(c->ctx.arena, &labels, v->records[i].label);
	}
	u64map_done(&seen);
	circles_json(c, labels.p, labels.n, o);
}

/* Does it lie in the networks or domains of the reader's own team? */
static const char *own_range(struct call *c, const struct value_about *v)
{
	const struct directory_team *t = directory_team(c->ctx.dir, c->actor.team);
	str host = value_host(v->kind, v->canonical);
	struct net net;

	if (!t || v->kind == VALUE_NONE)
		return NULL;
	if (net_parse(host.n ? host : v->canonical, &net) == ERR_OK)
		for (size_t i = 0; i < t->ranges.n_nets; i++)
			if (net_contains(&t->ranges.nets[i], &net))
				return "range";
	for (size_t i = 0; host.n && i < t->ranges.n_domains; i++)
		if (domain_within(host, t->ranges.domains[i]))
			return "domain";
	return NULL;
}

/* What an indicator says of it beyond naming it. */
static bool verdict_json(struct call *c, const struct record *r, struct json_out *o)
{
	static const char *const said[] = {"confidence",  "indicator_types", "valid_from",
					   "valid_until", "description",     "kill_chain_phases"};
	struct json v;
	const struct json *object;
	bool any = false;

	if (record_render(&c->ctx, r, &v, NULL))
		return false;
	object = json_get_c(&v, "object");
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		any = any || (i != 2 && json_get_c(object, said[i]));
	if (!any)
		return false;
	jo_object(o);
	brief_json(c, r, o);
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		if (json_get_c(object, said[i])) {
			jo_key(o, said[i]);
			jo_json(o, json_get_c(object, said[i]));
		}
	jo_end(o);
	return true;
}

static enum err verdicts_json(struct call *c, const struct value_about *v, struct json_out *o)
{
	struct store *s = c->api->o.node->store;
	int32_t indicator = word_find(s, STR("indicator"));
	int64_t keys[VERDICTS_MOST];
	struct record *r = arena_array(c->ctx.arena, struct record, VERDICTS_MOST);
	size_t n = 0;
	enum err err;

	for (size_t i = 0; i < v->n_records && n < VERDICTS_MOST; i++)
		if (v->records[i].type == indicator)
			keys[n++] = v->records[i].key;
	err = store_read(s, c->ctx.arena, c->ctx.view, keys, n, true, r, &c->why);
	jo_key(o, "verdicts");
	jo_array(o);
	for (size_t i = 0; i < n && !err; i++)
		if (r[i].key)
			(void)verdict_json(c, &r[i], o);
	jo_end(o);
	return err;
}

static void sightings_json(const struct value_about *v, const struct sighted *s, struct json_out *o)
{
	jo_key(o, "sightings");
	jo_object(o);
	jo_ki64(o, "count", (int64_t)v->n_sightings);
	jo_kbool(o, "exact", v->all_sightings);
	jo_ktime(o, "first", v->n_sightings ? s->first_us : TIME_NONE);
	jo_ktime(o, "last", v->n_sightings ? s->last_us : TIME_NONE);
	jo_end(o);
}

static enum err value_json(struct call *c, const struct value_about *v, struct teams *teams,
			   struct json_out *o)
{
	struct sighted s = {0};
	enum err err = count_teams(teams, v, &s);

	if (err)
		return err;
	jo_object(o);
	jo_kstr(o, "value", str_trim(call_param(c, "value")));
	value_head_json(v, o);
	types_json(c, v, o);
	teams_json(teams, o);
	labels_json(c, v, o);
	sightings_json(v, &s, o);
	err = verdicts_json(c, v, o);
	jo_kc(o, "own", own_range(c, v));
	jo_key(o, "warninglists");
	jo_array(o);
	for (size_t i = 0; i < v->n_lists; i++)
		jo_str(o, v->lists[i]);
	jo_end(o);
	jo_end(o);
	return err;
}

enum err values_get(struct call *c)
{
	struct value_about v;
	struct teams teams = {.c = c};
	struct json_out o;
	BUF(b);
	enum err err = value_ask(c, &v);

	if (err)
		return err;
	json_out_init(&o, &b);
	u64map_init(&teams.at);
	err = value_json(c, &v, &teams, &o);
	u64map_done(&teams.at);
	return err ? err : reply_json(c, 200, &b);
}
