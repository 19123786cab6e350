// SPDX-License-Identifier: Apache-2.0
#include "team/desk_figures.h"

#include "base/vec.h"

#define DAY_US (24 * 3600 * US_PER_S)
#define WEEK_US (7 * DAY_US)
#define MONDAY_US (4 * DAY_US) /* 1970-01-05 was one */
#define PAGE 500
#define LOOKED_AT_MOST 50000 /* records of one type */
#define CATEGORIES_MOST 60   /* more are "other" */

struct row {
	str category; /* empty: none was given */
	int64_t counts[FIGURE_WEEKS_MOST];
};
struct counting {
	struct ctx *c;
	int64_t from_us; /* of the first week */
	size_t weeks;
	VEC(struct row) rows;
	struct row total;
	bool exact;
};

static int64_t monday_us(int64_t now_us, int offset_min)
{
	int64_t off = (int64_t)offset_min * 60 * US_PER_S, local = now_us + off - MONDAY_US;

	return local - local % WEEK_US + MONDAY_US - off;
}

static struct row *row_of(struct counting *x, str category)
{
	for (size_t i = 0; i < x->rows.n; i++)
		if (str_eq(x->rows.p[i].category, category))
			return &x->rows.p[i];
	if (x->rows.n >= CATEGORIES_MOST && !str_eq(category, STR("other")))
		return row_of(x, STR("other"));
	vec_add(x->c->arena, &x->rows,
		((struct row){.category = arena_str(x->c->arena, category)}));
	return &x->rows.p[x->rows.n - 1];
}

static void count_one(struct counting *x, struct arena *a, const struct record *r)
{
	struct json body;
	size_t week;

	if (r->created_us < x->from_us)
		return;
	week = (size_t)((r->created_us - x->from_us) / WEEK_US);
	if (week >= x->weeks || json_parse(a, r->body, NULL, &body, NULL))
		return;
	x->total.counts[week]++;
	row_of(x, json_get_str(&body, "category"))->counts[week]++;
}

/* Its memory goes with the page. */
static enum err count_page(struct counting *x, struct list_query *q, size_t *ret_n, struct why *why)
{
	struct ctx *c = x->c;
	int64_t next = 0;
	ARENA(a, 0);
	struct record *page = arena_array(&a, struct record, PAGE);
	enum err err = store_list(c->node->store, &a, c->view, q, page, ret_n, &next, why);

	for (size_t i = 0; i < *ret_n && !err; i++)
		count_one(x, &a, &page[i]);
	q->before_pos = next;
	return err;
}

static enum err count_all(struct counting *x, const struct catalog_type *t, struct why *why)
{
	/* one's own alone: of others one sees what was shared, and that is no count of anything */
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .team = x->c->actor->team,
			       .limit = PAGE,
			       .with_body = true};
	size_t seen = 0;
	enum err err = ERR_OK;

	do {
		size_t n = 0;

		err = count_page(x, &q, &n, why);
		seen += n;
	} while (!err && q.before_pos && seen < LOOKED_AT_MOST);
	x->exact = x->exact && !q.before_pos;
	return err;
}

static void counts_json(const struct counting *x, const struct row *r, const char *name,
			struct json_out *o)
{
	jo_key(o, name);
	jo_array(o);
	for (size_t i = 0; i < x->weeks; i++)
		jo_i64(o, r->counts[i]);
	jo_end(o);
}

static enum err one_type(struct ctx *c, const char *name, size_t weeks, int64_t from_us,
			 bool *exact, struct json_out *o, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, str_c(name));
	struct counting x = {.c = c, .from_us = from_us, .weeks = weeks, .exact = true};
	enum err err = ERR_OK;

	if (t && policy_type(c->actor, t, "read").ok) /* gate */
		err = count_all(&x, t, why);
	*exact = *exact && x.exact;
	jo_object(o);
	jo_kc(o, "type", name);
	counts_json(&x, &x.total, "total", o);
	jo_key(o, "categories");
	jo_array(o);
	for (size_t i = 0; i < x.rows.n; i++) {
		jo_object(o);
		jo_kstr(o, "category", x.rows.p[i].category);
		counts_json(&x, &x.rows.p[i], "counts", o);
		jo_end(o);
	}
	jo_end(o);
	jo_end(o);
	return err;
}

enum err desk_figures(struct ctx *c, size_t weeks, int offset_min, struct json_out *o,
		      struct why *why)
{
	static const char *const types[] = {"reports", "incidents"};
	int64_t from = monday_us(c->now_us, offset_min) - (int64_t)(weeks - 1) * WEEK_US;
	bool exact = true;
	enum err err = ERR_OK;

	jo_object(o);
	jo_key(o, "weeks");
	jo_array(o);
	for (size_t i = 0; i < weeks; i++) {
		char t[TIME_TEXT];

		time_text(from + (int64_t)i * WEEK_US, t);
		jo_str(o, (str){t, TIME_TEXT});
	}
	jo_end(o);
	jo_key(o, "types");
	jo_array(o);
	for (size_t i = 0; i < ARRAY_LEN(types) && !err; i++)
		err = one_type(c, types[i], weeks, from, &exact, o, why);
	jo_end(o);
	jo_kbool(o, "exact", exact);
	jo_end(o);
	return err;
}
