// SPDX-License-Identifier: Apache-2.0
/* The records that show a value, page by page, and when it was seen. */
#include "api/api_internal.h"

#include "intel/timeline.h"

#define PAGE_DEFAULT 50
#define PAGE_MOST 200
#define REACH 5000 /* how far back pages go: each is a walk of its own over all mentions */
#define TIMES_MOST                                                                                 \
	10000             /* sightings whose times are read; older ones are when they were written \
			   */
#define OFFSET_MOST 50400 /* seconds: UTC-14 to UTC+14 */

/* ---- records ---- */

struct wanted {
	int32_t type; /* 0: any */
	int64_t team; /* 0: any */
	size_t limit;
	int64_t before;
};

static enum err wanted_params(struct call *c, struct wanted *w)
{
	str type = call_param(c, "type"), team = call_param(c, "team"), prefix;
	const struct catalog_type *t = catalog_plural(c->api->o.node->catalog, type);
	const struct directory_team *named;
	struct uuid u;
	enum err err = call_limit(c, PAGE_DEFAULT, &w->limit);

	if (!err)
		err = call_cursor(c, &w->before);
	w->limit = w->limit < PAGE_MOST ? w->limit : PAGE_MOST;
	if (type.n) {
		w->type = t ? t->code : word_find(c->api->o.node->store, type);
		w->type = w->type ? w->type : -1; /* none is of a type that never was */
	}
	if (err || !team.n)
		return err;
	if (id_parse(team, &prefix, &u))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "team", "is not an id",
				 "IDではありません");
	named = directory_team_uid(c->ctx.dir, u);
	w->team = named ? named->key : -1;
	return ERR_OK;
}

static bool is_wanted(struct call *c, const struct wanted *w, const struct value_mention *m)
{
	const struct directory_team *t = directory_team(c->ctx.dir, m->team);

	return (!w->type || m->type == w->type) && (!w->team || (t && t->key == w->team));
}

static enum err page_json(struct call *c, const int64_t *keys, const struct value_mention **m,
			  size_t n, struct json_out *o)
{
	struct record *r = arena_array(c->ctx.arena, struct record, n);
	enum err err =
	    store_read(c->api->o.node->store, c->ctx.arena, c->ctx.view, keys, n, true, r, &c->why);

	for (size_t i = 0; i < n && !err; i++) {
		if (!r[i].key)
			continue;
		jo_object(o);
		brief_json(c, &r[i], o);
		jo_ktime(o, "dated", m[i]->dated_us);
		jo_end(o);
	}
	return err;
}

enum err values_records(struct call *c)
{
	struct value_about v;
	struct wanted w = {0};
	struct json_out o;
	size_t n = 0;
	int64_t count = 0, next = 0;
	BUF(b);
	enum err err = wanted_params(c, &w);

	if (!err)
		err = value_ask(c, &v);
	if (err)
		return err;
	int64_t *keys = arena_array(c->ctx.arena, int64_t, w.limit);
	const struct value_mention **m =
	    arena_array(c->ctx.arena, const struct value_mention *, w.limit);

	for (size_t i = 0; i < v.n_records; i++) {
		if (!is_wanted(c, &w, &v.records[i]))
			continue;
		count++;
		if ((w.before && v.records[i].pos >= w.before) || count > REACH)
			continue;
		if (n == w.limit) {
			next = m[n - 1]->pos;
			n++;
		} else if (n < w.limit) {
			m[n] = &v.records[i];
			keys[n++] = v.records[i].key;
		}
	}
	json_out_init(&o, &b);
	jo_object(&o);
	value_head_json(&v, &o);
	jo_ki64(&o, "matching", count);
	jo_key(&o, "items");
	jo_array(&o);
	err = page_json(c, keys, m, n < w.limit ? n : w.limit, &o);
	if (err)
		return err;
	page_end(c, &o, next);
	return reply_json(c, 200, &b);
}

/* ---- over time ---- */

static enum err unit_of(struct call *c, enum timeline_unit *ret)
{
	static const char *const names[] = {"auto", "day", "week", "month"};
	str by = call_param(c, "by");

	*ret = TIMELINE_AUTO;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(by, str_c(names[i]))) {
			*ret = (enum timeline_unit)i;
			return ERR_OK;
		}
	return by.n ? why_field(&c->why, ERR_UNPROCESSABLE, "enum", "by",
				"by is one of: auto, day, week, month",
				"by は auto、day、week、month のいずれかです")
		    : ERR_OK;
}

/* "+09:00", "Z": as in RFC 3339; a plus that came as a blank is one too. */
static enum err offset_of(struct call *c, int64_t *ret)
{
	str zone = call_param(c, "zone");
	int64_t us = 0;

	*ret = 0;
	if (!zone.n)
		return ERR_OK;
	if (zone.p[0] == ' ')
		zone = arena_printf(c->ctx.arena, "+%.*s", STR_ARG(str_from(zone, 1)));
	if (time_parse(arena_printf(c->ctx.arena, "1970-01-02T00:00:00%.*s", STR_ARG(zone)), &us) ==
	    ERR_OK)
		*ret = INT64_C(86400) - us / US_PER_S;
	else
		*ret = OFFSET_MOST + 1;
	return *ret <= OFFSET_MOST && *ret >= -OFFSET_MOST
		   ? ERR_OK
		   : why_field(&c->why, ERR_UNPROCESSABLE, "format", "zone",
			       "zone is an offset from UTC as +09:00",
			       "zone は +09:00 のようにUTCからの差で指定してください");
}

static enum err times_of(struct call *c, const struct value_about *v, struct timeline_item **ret,
			 size_t *ret_n)
{
	size_t n = 0, read = v->n_sightings < TIMES_MOST ? v->n_sightings : TIMES_MOST;
	struct sighted *s = arena_array(c->ctx.arena, struct sighted, read);
	struct timeline_item *items =
	    arena_array(c->ctx.arena, struct timeline_item, v->n_records + v->n_sightings);
	enum err err =
	    intel_sighted(&c->api->o.node->intel, c->ctx.view, v->sightings, read, s, &c->why);

	for (size_t i = 0; i < v->n_records && !err; i++)
		items[n++] = (struct timeline_item){v->records[i].dated_us, 1, 0, 0};
	for (size_t i = 0; i < v->n_sightings && !err; i++)
		items[n++] = i < read ? (struct timeline_item){s[i].last_us, 0, 1, s[i].count}
				      : (struct timeline_item){v->sightings[i].dated_us, 0, 1, 1};
	*ret = items;
	*ret_n = n;
	return err;
}

static void counts_json(const struct timeline_span *s, struct json_out *o)
{
	jo_ki64(o, "sightings", s->sightings);
	jo_ki64(o, "seen", s->seen);
	jo_ki64(o, "records", s->records);
	jo_end(o);
}

static void timeline_json(const struct timeline *t, int64_t offset_s, struct json_out *o)
{
	static const char *const names[] = {"auto", "day", "week", "month"};
	int64_t m = (offset_s < 0 ? -offset_s : offset_s) / 60;
	char zone[16];

	(void)snprintf(zone, sizeof(zone), "%c%02d:%02d", offset_s < 0 ? '-' : '+', (int)(m / 60),
		       (int)(m % 60));
	jo_kc(o, "by", names[t->unit]);
	jo_kc(o, "zone", zone);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < t->n; i++) {
		jo_object(o);
		jo_ktime(o, "from", t->spans[i].from_us);
		counts_json(&t->spans[i], o);
	}
	jo_end(o);
	jo_key(o, "before");
	jo_object(o);
	counts_json(&t->before, o);
	jo_key(o, "after");
	jo_object(o);
	counts_json(&t->after, o);
}

enum err values_sightings(struct call *c)
{
	struct value_about v;
	struct timeline_item *items = NULL;
	struct timeline t;
	enum timeline_unit unit;
	int64_t offset_s = 0;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = unit_of(c, &unit);

	if (!err)
		err = offset_of(c, &offset_s);
	if (!err)
		err = value_ask(c, &v);
	if (!err)
		err = times_of(c, &v, &items, &n);
	if (err)
		return err;
	timeline_make(c->ctx.arena, items, n, unit, offset_s, c->ctx.now_us, &t);
	json_out_init(&o, &b);
	jo_object(&o);
	value_head_json(&v, &o);
	jo_ki64(&o, "times_read",
		(int64_t)(v.n_sightings < TIMES_MOST ? v.n_sightings : TIMES_MOST));
	timeline_json(&t, offset_s, &o);
	jo_end(&o);
	return reply_json(c, 200, &b);
}
