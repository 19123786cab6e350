// SPDX-License-Identifier: Apache-2.0
/* ?sort= of lists: by what the store sorts (store/sorted.h), by when it was changed (the list's own
 * order, either way), and by state and severity, a group after the other, each newest first. What
 * has no value comes last. A cursor is good for the sort it was made with alone. */
#include "api/api_internal.h"

#define SCAN_PAGE 200
#define SCAN_MOST 5000
#define GROUPS_MOST 64

enum sort_way { WAY_POS, WAY_STATE, WAY_SEVERITY, WAY_ROW };
static const struct {
	const char *name;
	enum sort_way way;
	enum sort_by by;
} names[] = {
    {"modified", WAY_POS, SORT_CREATED},      {"created", WAY_ROW, SORT_CREATED},
    {"number", WAY_ROW, SORT_NUMBER},         {"due", WAY_ROW, SORT_DUE},
    {"title", WAY_ROW, SORT_TITLE},           {"state", WAY_STATE, SORT_CREATED},
    {"severity", WAY_SEVERITY, SORT_CREATED},
};
struct sorting {
	struct call *c;
	const struct catalog_type *t;
	enum sort_way way;
	bool down;
	struct list_sort row;
	int64_t pos; /* where to go on, 0: from the beginning */
	size_t group;
	int32_t groups[GROUPS_MOST]; /* codes of states or severities, in order */
	size_t n_groups;
	str purpose; /* what a cursor is bound to */
};

static enum err no_such_sort(struct call *c)
{
	return why_field(&c->why, ERR_UNPROCESSABLE, "sort", "sort",
			 "lists of this type are sorted by number, title, severity, due, modified, "
			 "created or state; with '-' in front from the highest or newest",
			 "並び順は number、title、severity、due、modified、created、state の"
			 "いずれかです。先頭に - を付けると逆順になります");
}

/* What stays with its team sorts nobody else's list. */
static bool leaves(const struct catalog_type *t, str field)
{
	return json_get_bool(json_get(json_get_c(t->schema, "properties"), field), "leaves", false);
}

static void group_add(struct sorting *s, str word)
{
	int32_t code = word.n ? word_find(s->c->api->o.node->store, word) : 0;

	if ((code || !word.n) && s->n_groups < GROUPS_MOST)
		s->groups[s->n_groups++] = code;
}

/* The code list begins with the gravest. */
static void severity_groups(struct sorting *s)
{
	const struct json *items =
	    json_get_c(catalog_list(s->c->api->o.node->catalog, STR("severity")), "items");
	size_t n = json_count(items);

	for (size_t i = 0; i < n; i++)
		group_add(s, json_get_str(json_at(items, s->down ? i : n - 1 - i), "code"));
	group_add(s, STR_NULL);
}

static void state_groups(struct sorting *s)
{
	for (size_t i = 0; i < s->t->n_states; i++)
		group_add(s, s->t->states[s->down ? s->t->n_states - 1 - i : i].name);
}

/* ---- cursors ---- */

static str at_text(struct sorting *s)
{
	const struct sort_at *at = &s->row.after;
	const int64_t head[4] = {s->way == WAY_ROW ? at->rec : s->pos, at->created, at->key,
				 (int64_t)s->group};
	BUF(b);

	buf_add(&b, (str){(const char *)head, sizeof(head)});
	buf_add(&b, (str){at->title, at->n});
	return cursor_sealed(s->c, s->purpose, buf_str(&b));
}

static enum err at_parse(struct sorting *s)
{
	struct sort_at *at = &s->row.after;
	int64_t head[4];
	str v;
	enum err err = call_cursor_sealed(s->c, s->purpose, sizeof(head),
					  sizeof(head) + sizeof(at->title), &v);

	if (err || !v.n)
		return err;
	memcpy(head, v.p, sizeof(head));
	at->rec = s->pos = head[0];
	at->created = head[1];
	at->key = head[2];
	s->group = head[3] >= 0 ? (size_t)head[3] : 0;
	at->n = v.n - sizeof(head);
	memcpy(at->title, v.p + sizeof(head), at->n);
	return ERR_OK;
}

static enum err sorting_open(struct call *c, const struct catalog_type *t, struct sorting *s)
{
	str asked = call_param(c, "sort"), name = asked;
	size_t i = 0;

	*s = (struct sorting){.c = c, .t = t};
	s->down = str_skip_prefix(&name, STR("-"));
	while (i < ARRAY_LEN(names) && !str_eq(name, str_c(names[i].name)))
		i++;
	if (!t->sorted || i == ARRAY_LEN(names) || call_param(c, "parent").p)
		return no_such_sort(c);
	if (call_param(c, "q").n)
		return why_field(&c->why, ERR_UNPROCESSABLE, "sort", "sort",
				 "what a search finds comes newest first, without sort",
				 "語句の検索結果は新しい順です。sort は指定できません");
	s->way = names[i].way;
	s->row = (struct list_sort){.by = names[i].by, .descending = s->down};
	if ((s->row.by == SORT_DUE && !leaves(t, t->due_field)) ||
	    (s->row.by == SORT_TITLE && !leaves(t, t->title[0])))
		s->row.only_of = c->actor.team;
	if (s->way == WAY_STATE)
		state_groups(s);
	if (s->way == WAY_SEVERITY)
		severity_groups(s);
	s->purpose = arena_printf(c->ctx.arena, "%.*s?%.*s", STR_ARG(t->plural), STR_ARG(asked));
	return at_parse(s);
}

/* ---- pages ---- */

static enum err page_by_pos(struct sorting *s, struct list_query *q, struct record *ret,
			    size_t *ret_n, bool *more)
{
	int64_t next;
	enum err err;

	q->ascending = !s->down;
	q->before_pos = s->down ? s->pos : 0;
	q->after_pos = s->down ? 0 : s->pos;
	err = store_list(s->c->api->o.node->store, s->c->ctx.arena, s->c->ctx.view, q, ret, ret_n,
			 &next, &s->c->why);
	*more = !err && next;
	if (*more)
		s->pos = next;
	return err;
}

static bool wanted(const int32_t *v, size_t n, int32_t code)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == code)
			return true;
	return n == 0;
}

static struct list_query group_query(const struct sorting *s, const struct list_query *q)
{
	struct list_query one = *q;

	if (s->way == WAY_STATE) {
		one.states = &s->groups[s->group];
		one.n_states = 1;
	} else {
		one.severities = &s->groups[s->group];
		one.n_severities = 1;
	}
	return one;
}

/* On to the next group in which something is. */
static enum err next_group(struct sorting *s, const struct list_query *q)
{
	const int32_t *filter = s->way == WAY_STATE ? q->states : q->severities;
	size_t n_filter = s->way == WAY_STATE ? q->n_states : q->n_severities;
	enum err err = ERR_OK;
	int64_t n = 0;

	for (; s->group < s->n_groups && !err; s->group++) {
		struct list_query one = group_query(s, q);

		if (!wanted(filter, n_filter, s->groups[s->group]))
			continue;
		err = store_count(s->c->api->o.node->store, s->c->ctx.view, &one, &n, &s->c->why);
		if (n)
			break;
	}
	return err;
}

static enum err page_by_group(struct sorting *s, const struct list_query *q, struct record *ret,
			      size_t *ret_n, bool *more)
{
	enum err err = next_group(s, q);

	*ret_n = 0;
	while (s->group < s->n_groups && *ret_n < q->limit && !err) {
		struct list_query one = group_query(s, q);
		int64_t next = 0;
		size_t n = 0;

		one.before_pos = s->pos;
		one.limit = q->limit - *ret_n;
		err = store_list(s->c->api->o.node->store, s->c->ctx.arena, s->c->ctx.view, &one,
				 ret + *ret_n, &n, &next, &s->c->why);
		*ret_n += n;
		s->pos = next;
		s->group += next == 0;
		if (!err && !next)
			err = next_group(s, q);
	}
	*more = !err && s->group < s->n_groups;
	return err;
}

static enum err raw_page(struct sorting *s, struct list_query *q, struct record *ret, size_t *ret_n,
			 bool *more)
{
	if (s->way == WAY_POS)
		return page_by_pos(s, q, ret, ret_n, more);
	if (s->way != WAY_ROW)
		return page_by_group(s, q, ret, ret_n, more);
	return store_list_sorted(s->c->api->o.node->store, s->c->ctx.arena, s->c->ctx.view, q,
				 &s->row, ret, ret_n, &s->row.after, more, &s->c->why);
}

enum err call_sorted_page(struct call *c, const struct catalog_type *t, const struct list_query *q,
			  const struct field_filter *f, struct record *ret, size_t *ret_n,
			  str *ret_next)
{
	struct sorting s;
	struct list_query page = *q;
	struct record *rows = arena_array(c->ctx.arena, struct record, q->limit);
	size_t n = 0, seen = 0;
	bool more = false;
	enum err err = sorting_open(c, t, &s);

	if (err)
		return err;
	do {
		size_t found = 0;

		page.limit = q->limit - n;
		if (f->any && page.limit > SCAN_PAGE)
			page.limit = SCAN_PAGE;
		err = raw_page(&s, &page, rows, &found, &more);
		for (size_t i = 0; i < found && !err; i++)
			if (field_filter_fits(c, f, &rows[i]))
				ret[n++] = rows[i];
		seen += found;
	} while (!err && more && n < q->limit && seen < SCAN_MOST);
	*ret_n = n;
	*ret_next = more ? at_text(&s) : STR_NULL;
	return err;
}
