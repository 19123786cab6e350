// SPDX-License-Identifier: Apache-2.0
/* The resources that every record type has. */
#include "api/api_internal.h"

#include "base/vec.h"
#include "team/case.h"
#include "team/erase.h"
#include "team/outbox.h"

#define LIST_DEFAULT 50
#define COUNT_PAGE 200
#define COUNT_ROUNDS 10
#define COUNT_MOST 1000 /* of a search in a list; beyond it a count is not exact */

static enum err reply_record(struct call *c, int status, const struct record *r)
{
	struct json v;
	enum err err = record_render(&c->ctx, r, &v, &c->why);

	if (err)
		return err;
	reply_etag(c, record_etag(&c->ctx, r));
	return reply_value(c, status, &v);
}

static str record_url(struct call *c, const struct catalog_type *t, const struct record *r)
{
	if (t->own_plural)
		return arena_printf(request_arena(c->rq), "/api/v1/%.*s/%.*s", STR_ARG(t->plural),
				    STR_ARG(record_id(&c->ctx, r)));
	return arena_printf(request_arena(c->rq), "/api/v1/stix/%.*s/%.*s",
			    STR_ARG(word_text(c->api->o.node->store, r->type)),
			    STR_ARG(record_id(&c->ctx, r)));
}

/* ---- lists ---- */

static enum err words_param(struct call *c, const char *name, const int32_t **ret, size_t *ret_n)
{
	str v = call_param(c, name), word;
	VEC(int32_t) codes = {0};

	*ret_n = 0;
	if (!v.n)
		return ERR_OK;
	while (codes.n < 50 && str_split(&v, ',', &word)) {
		int32_t code = word_find(c->api->o.node->store, str_trim(word));

		vec_add(request_arena(c->rq), &codes,
			code ? code : -1); /* -1: no such word, matches nothing */
	}
	*ret = codes.p;
	*ret_n = codes.n;
	return ERR_OK;
}

/* The boxes of warnings: what a team received, what it has issued, what it is writing. */
static enum err box_param(struct call *c, const struct catalog_type *t, struct list_query *q,
			  bool *ret_inbox, bool *ret_own)
{
	str box = call_param(c, "box");
	static const char *const drafts[] = {"draft",    "review",          "approved",
					     "updating", "updating_review", "updating_approved"};
	int32_t *codes;

	*ret_inbox = *ret_own = false;
	if (!box.p || !str_eq(t->plural, STR("warnings")))
		return box.p ? why_field(&c->why, ERR_UNPROCESSABLE, "unknown_parameter", "box",
					 "box is for warnings", "box は早期警戒情報にだけ使えます")
			     : ERR_OK;
	if (str_eq(box, STR("inbox"))) {
		q->not_team = c->actor.team;
		*ret_inbox = true;
		return ERR_OK;
	}
	q->team = c->actor.team;
	*ret_own = true;
	if (str_eq(box, STR("drafts"))) {
		codes = arena_array(request_arena(c->rq), int32_t, ARRAY_LEN(drafts));
		for (size_t i = 0; i < ARRAY_LEN(drafts); i++)
			codes[i] = word_find(c->api->o.node->store, str_c(drafts[i]));
		q->states = codes;
		q->n_states = ARRAY_LEN(drafts);
		return ERR_OK;
	}
	if (str_eq(box, STR("outbox")))
		return ERR_OK;
	return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "box",
			 "box is inbox, outbox or drafts", "box は inbox、outbox、drafts です");
}

/* What a list was asked for. */
struct wanted {
	struct call *c;
	struct list_query q;
	struct field_filter fields;
	bool inbox;
};

static enum err list_query(struct call *c, const struct catalog_type *t, struct wanted *w)
{
	struct list_query *q = &w->q;
	str team = call_param(c, "team"), parent = call_param(c, "parent");
	bool own;
	enum err err = call_limit(c, LIST_DEFAULT, &q->limit);

	w->c = c;
	if (!err && !call_param(c, "sort").p) /* else sorting.c reads it */
		err = call_cursor(c, &q->before_pos);
	if (!err)
		err = words_param(c, "state", &q->states, &q->n_states);
	if (!err)
		err = words_param(c, "severity", &q->severities, &q->n_severities);
	if (!err)
		err = box_param(c, t, q, &w->inbox, &own);
	if (!err)
		err = call_field_filter(c, &w->fields);
	if (!err && team.p) {
		const struct directory_team *d = directory_team_named(c->ctx.dir, team);

		if (!d)
			return why_field(&c->why, ERR_UNPROCESSABLE, "unknown_team", "team",
					 "there is no such team", "そのチームは登録されていません");
		/* what others issued stands in their outbox */
		q->team = d->key == c->actor.team || !str_eq(t->plural, STR("warnings"))
			      ? d->key
			      : d->outbox;
	}
	if (!err && parent.p) {
		struct record r;

		err = record_get(&c->ctx, NULL, parent, &r, &c->why);
		q->parent = r.key;
	}
	q->with_body = true;
	q->with_exercise = !str_eq(call_param(c, "exercise"), STR("false"));
	q->only_exercise = str_eq(call_param(c, "exercise"), STR("true"));
	q->with_revoked = str_eq(call_param(c, "revoked"), STR("true"));
	return err;
}

static void list_open(struct json_out *o, struct buf *b)
{
	json_out_init(o, b);
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
}

static enum err list_close(struct call *c, struct json_out *o, struct buf *b, str next)
{
	jo_end(o);
	jo_key(o, "next");
	if (next.n)
		jo_str(o, next);
	else
		jo_null(o);
	jo_end(o);
	return reply_json(c, 200, b);
}

static enum err list_whole(struct call *c, struct json_out *o, struct buf *b)
{
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return reply_page(c, b);
}

/* How many values concern the reader: for the inbox, one number a row. */
static void add_concerns(struct call *c, const struct record *r, struct json *v)
{
	struct json_out o;
	struct json list;
	struct why why = {0};
	BUF(b);

	json_out_init(&o, &b);
	if (warning_concerns(&c->ctx, r, &o, &why) ||
	    json_parse(c->ctx.arena, arena_str(c->ctx.arena, buf_str(&b)), NULL, &list, &why))
		return;
	json_set(c->ctx.arena, v, STR("concerns"),
		 json_from_i64(c->ctx.arena, (int64_t)json_count(json_get_c(&list, "items"))));
}

static bool passes(const void *ctx, const struct record *r)
{
	const struct wanted *w = ctx;
	const struct list_query *q = &w->q;
	bool state = !q->n_states, severity = !q->n_severities;

	for (size_t i = 0; i < q->n_states; i++)
		state |= q->states[i] == r->state;
	for (size_t i = 0; i < q->n_severities; i++)
		severity |= q->severities[i] == r->severity;
	return state && severity && (!q->team || r->team == q->team) &&
	       (!q->not_team || r->team != q->not_team) && field_filter_fits(w->c, &w->fields, r);
}

/* With q: full text instead of the list, the same shape. */
static enum err list_by_text(struct call *c, const struct catalog_type *t, const struct wanted *w,
			     struct record *r, size_t *n, int64_t *next)
{
	const struct list_query *q = &w->q;
	struct text_query x = {.query = call_param(c, "q"),
			       .types = &t->code,
			       .n_types = 1,
			       .before_pos = q->before_pos,
			       .limit = q->limit};

	return call_text_page(c, &x, passes, w, r, n, next);
}

enum err records_list(struct call *c)
{
	const struct catalog_type *t = NULL;
	struct wanted w = {0};
	struct record *r;
	size_t n = 0;
	int64_t next = 0;
	str next_text = STR_NULL;
	int32_t code;
	struct json_out o;
	BUF(b);
	enum err err = call_type(c, &t);

	if (!err)
		err = list_query(c, t, &w);
	if (err)
		return err;
	code = t == catalog_generic(c->api->o.node->catalog)
		   ? word_find(c->api->o.node->store, call_var(c, "type"))
		   : t->code;
	w.q.types = &code;
	w.q.n_types = 1;
	r = arena_array(c->ctx.arena, struct record, w.q.limit);
	if (!code)
		err = ERR_OK;
	else if (call_param(c, "sort").p)
		err = call_sorted_page(c, t, &w.q, &w.fields, r, &n, &next_text);
	else if (call_param(c, "q").n)
		err = list_by_text(c, t, &w, r, &n, &next);
	else
		err = call_list_page(c, &w.q, &w.fields, r, &n, &next);
	if (err)
		return err;
	if (next)
		next_text = cursor_text(c, next);
	list_open(&o, &b);
	for (size_t i = 0; i < n && !err; i++) {
		struct json v;

		if (!passes(&w, &r[i]) ||
		    (w.inbox && outbox_team(c->ctx.dir, r[i].team) == c->actor.team))
			continue;
		err = record_render(&c->ctx, &r[i], &v, &c->why);
		if (err == ERR_NOTFOUND) { /* its embargo or expiry passed this moment */
			c->why = (struct why){0};
			err = ERR_OK;
			continue;
		}
		if (!err && w.inbox)
			add_concerns(c, &r[i], &v);
		v = err ? v : call_fields(c, &v);
		if (!err)
			jo_json(&o, &v);
	}
	return err ? err : list_close(c, &o, &b, next_text);
}

/* What a search in a list, or a filter of its fields, would show: up to COUNT_MOST of it, in no
 * more than COUNT_ROUNDS pages. */
static enum err count_by_walk(struct call *c, const struct catalog_type *t, struct wanted *w,
			      int64_t *count, bool *exact)
{
	struct record *r = arena_array(c->ctx.arena, struct record, COUNT_PAGE);
	bool text = call_param(c, "q").n > 0;
	enum err err;
	int rounds = 0;

	w->q.limit = COUNT_PAGE;
	w->q.before_pos = 0;
	do {
		size_t n = 0;
		int64_t next = 0;

		err = text ? list_by_text(c, t, w, r, &n, &next)
			   : call_list_page(c, &w->q, &w->fields, r, &n, &next);
		*count += (int64_t)n;
		w->q.before_pos = next;
	} while (!err && w->q.before_pos && *count < COUNT_MOST && ++rounds < COUNT_ROUNDS);
	*exact = !w->q.before_pos;
	return err;
}

enum err records_count(struct call *c)
{
	const struct catalog_type *t = NULL;
	struct wanted w = {0};
	int64_t count = 0;
	bool exact = true;
	struct json_out o;
	BUF(b);
	enum err err = call_type(c, &t);

	if (!err)
		err = list_query(c, t, &w);
	if (err || !t)
		return err;
	w.q.types = &t->code;
	w.q.n_types = 1;
	if (t->code && (call_param(c, "q").n || w.fields.any))
		err = count_by_walk(c, t, &w, &count, &exact);
	else if (t->code)
		err = store_count(c->api->o.node->store, c->ctx.view, &w.q, &count, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "count", count);
	jo_kbool(&o, "exact", exact);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

/* ---- one record ---- */

enum err records_create(struct call *c)
{
	const struct catalog_type *t = NULL;
	struct record r = {0};
	struct json body, v;
	enum err err = call_type(c, &t);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = record_create(&c->ctx, t, &body, 0, &r, &c->why);
	if (!err)
		err = record_render(&c->ctx, &r, &v, &c->why);
	if (err)
		return err;
	reply_location(c, record_url(c, t, &r));
	reply_etag(c, record_etag(&c->ctx, &r));
	return reply_value(c, 201, &v);
}

enum err records_get(struct call *c)
{
	struct record r;
	enum err err = call_record(c, &r);

	if (err)
		return err;
	if (str_eq(call_var(c, "plural"), STR("warnings")))
		warning_opened(&c->ctx, &r);
	str tag = record_etag(&c->ctx, &r);

	/* no gate: it was read already; what others see of it may change without its version */
	if (etag_listed(request_header(c->rq, "If-None-Match"), tag) && r.team == c->actor.team &&
	    !str_eq(call_var(c, "plural"), STR("warnings"))) {
		response_header(c->rq, "ETag", tag);
		return reply_empty(c, 304);
	}
	return reply_record(c, 200, &r);
}

/* A lost race answers with what stands now, so that a client can show both side by side. */
static enum err stale(struct call *c, enum err err)
{
	struct record now;

	if (err == ERR_STALE && call_record(c, &now) == ERR_OK)
		response_header(c->rq, "ETag", record_etag(&c->ctx, &now));
	return err;
}

enum err records_patch(struct call *c)
{
	struct record r, now;
	struct json body;
	int32_t match = 0;
	enum err err = call_record(c, &r);

	if (!err)
		err = call_if_match(c, &match);
	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = record_update(&c->ctx, &r, &body, match, &now, &c->why);
	return err ? stale(c, err) : reply_record(c, 200, &now);
}

/* Steps that the catalogue marks "confirm" ask a browser for the password. */
static enum err step_confirmed(struct call *c, const struct record *r)
{
	const struct catalog_type *t = catalog_code(c->api->o.node->catalog, r->type);
	const struct catalog_transition *x =
	    t ? catalog_transition(t, call_var(c, "transition")) : NULL;

	return x && x->confirm ? call_confirmed(c) : ERR_OK;
}

/* The record, with the operation that takes the step back where there is one. */
static enum err reply_step(struct call *c, const struct record *r, struct uuid undo)
{
	struct json v;
	char u[UUID_TEXT];
	enum err err;

	if (uuid_is_zero(undo))
		return reply_record(c, 200, r);
	err = record_render(&c->ctx, r, &v, &c->why);
	if (err)
		return err;
	uuid_text(undo, u);
	json_set(c->ctx.arena, &v, STR("undo"),
		 json_string(arena_str(c->ctx.arena, (str){u, UUID_TEXT})));
	reply_etag(c, record_etag(&c->ctx, r));
	return reply_value(c, 200, &v);
}

enum err records_step(struct call *c)
{
	struct record r, now;
	struct json body;
	struct uuid undo = {{0}};
	int32_t match = 0;
	enum err err = call_record(c, &r);

	if (!err)
		err = call_if_match(c, &match);
	if (!err)
		err = call_json(c, true, &body);
	if (!err)
		err = step_confirmed(c, &r);
	if (!err)
		err = record_step(&c->ctx, &r, call_var(c, "transition"), &body, match, &now,
				  &c->why);
	if (!err)
		err = case_merge_keep(&c->ctx, &r, &now, &undo, &c->why);
	return err ? stale(c, err) : reply_step(c, &now, undo);
}

enum err records_erase(struct call *c)
{
	struct record r, now;
	struct json body;
	enum err err = call_record(c, &r);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = record_erase(&c->ctx, &r, &body, &now, &c->why);
	return err ? stale(c, err) : reply_record(c, 200, &now);
}

enum err records_erasures(struct call *c)
{
	struct record r;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (err)
		return err;
	list_open(&o, &b);
	err = record_erasures(&c->ctx, &r, &o, &c->why);
	return err ? err : list_whole(c, &o, &b);
}

/* ---- history: one's own records only; what a team did to its copy is its own affair ---- */

enum err records_history(struct call *c)
{
	struct record r, was = {0};
	struct json first = json_null();
	struct history_item *h = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err && r.team == c->actor.team) /* gate */
		err = store_history(c->api->o.node->store, c->ctx.arena, r.key, &h, &n, &c->why);
	if (err)
		return err;
	if (n && r.form == FORM_OWN && !h[0].erased &&
	    store_version(c->api->o.node->store, c->ctx.arena, r.key, 1, &was, NULL) == ERR_OK &&
	    record_body(&c->ctx, &was, &first, NULL) == ERR_OK) {
		json_del(&first, STR("handling"));
		json_del(&first, STR("follow_up"));
	}
	list_open(&o, &b);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_ki64(&o, "seq", h[i].seq);
		char epoch[UUID_TEXT];

		uuid_text(h[i].epoch, epoch);
		jo_kstr(&o, "epoch", (str){epoch, UUID_TEXT});
		jo_ktime(&o, "at", h[i].at_us);
		jo_key(&o, "actor");
		const struct directory_person *p = NULL;

		for (size_t k = 0; k < c->ctx.dir->n_people && h[i].actor; k++)
			if (c->ctx.dir->people[k].account == h[i].actor)
				p = &c->ctx.dir->people[k];
		if (p)
			jo_str(&o, p->name);
		else
			jo_null(&o);
		jo_kstr(&o, "kind", h[i].kind);
		jo_ki64(&o, "version", h[i].version);
		jo_key(&o, "patch");
		if (h[i].patch.n)
			jo_raw(&o, h[i].patch);
		else if (i == 0 && first.type == JSON_OBJECT)
			jo_json(
			    &o,
			    &first); /* what it began with, so that the first change has a before */
		else
			jo_null(&o);
		jo_kstr(&o, "why", h[i].why);
		jo_kbool(&o, "erased", h[i].erased);
		jo_end(&o);
	}
	return list_whole(c, &o, &b);
}

/* ---- links ---- */

static void link_end(struct call *c, const char *key, const struct record *r, struct json_out *o)
{
	jo_kstr(o, key, record_id(&c->ctx, r));
}

enum err links_get(struct call *c)
{
	struct record r;
	struct record_link *l = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err)
		err = record_links(&c->ctx, &r, &l, &n, &c->why);
	if (err)
		return err;
	list_open(&o, &b);
	for (size_t i = 0; i < n; i++) {
		const struct record *other = uuid_eq(l[i].to.uid, r.uid) ? &l[i].from : &l[i].to;
		const struct directory_team *t = directory_team(c->ctx.dir, other->team);

		jo_object(&o);
		link_end(c, "source", &l[i].from, &o);
		jo_kstr(&o, "relation", l[i].relation);
		link_end(c, "target", &l[i].to, &o);
		jo_kstr(&o, "type", word_text(c->api->o.node->store, other->type));
		jo_kstr(&o, "number", other->number);
		jo_kstr(&o, "title", record_title(&c->ctx, other));
		jo_ktime(&o, "at", l[i].at_us);
		jo_key(&o, "team");
		if (t)
			jo_str(&o, record_id(&c->ctx, &t->record));
		else
			jo_null(&o);
		jo_end(&o);
	}
	return list_whole(c, &o, &b);
}

static enum err link_request(struct call *c, struct record *r, str *relation, str *target)
{
	struct json body;
	enum err err = call_record(c, r);

	if (!err)
		err = call_json(c, false, &body);
	for (size_t i = 0; !err && i < json_count(&body); i++)
		if (!str_eq(body.members[i].key, STR("relation")) &&
		    !str_eq(body.members[i].key, STR("target")))
			err = why_field(
			    &c->why, ERR_UNPROCESSABLE, "unknown_field",
			    arena_printf(c->ctx.arena, "/%.*s", STR_ARG(body.members[i].key)).p,
			    "is not a field of a link", "リンクにない項目です");
	if (err)
		return err;
	*relation = json_get_str(&body, "relation");
	*target = json_get_str(&body, "target");
	if (memchr(relation->n ? relation->p : "", 0, relation->n))
		return why_field(&c->why, ERR_UNPROCESSABLE, "pattern", "/relation",
				 "is not the name of a relation", "関係の名前ではありません");
	if (!target->n)
		err = why_field(&c->why, ERR_UNPROCESSABLE, "required", "/target",
				"say what to link to", "リンク先を指定してください");
	return err;
}

enum err links_add(struct call *c)
{
	struct record r;
	str relation, target;
	struct json_out o;
	BUF(b);
	enum err err = link_request(c, &r, &relation, &target);

	if (!err)
		err = record_link(&c->ctx, &r, relation, target, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "source", record_id(&c->ctx, &r));
	jo_kstr(&o, "relation", relation);
	jo_kstr(&o, "target", target);
	jo_end(&o);
	reply_location(c, request_path(c->rq));
	return reply_json(c, 201, &b);
}

enum err links_delete(struct call *c)
{
	struct record r;
	str relation, target;
	enum err err = link_request(c, &r, &relation, &target);

	if (!err)
		err = record_unlink(&c->ctx, &r, relation, target, &c->why);
	return err ? err : reply_empty(c, 204);
}

/* ---- comments ---- */

enum err comments_list(struct call *c)
{
	struct record r, *found = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err)
		err = record_linked(&c->ctx, r.uid, "comment", &found, &n, &c->why);
	if (err)
		return err;
	list_open(&o, &b);
	for (size_t i = 0; i < n; i++) {
		struct json v;

		if (record_render(&c->ctx, &found[i], &v, NULL) == ERR_OK)
			jo_json(&o, &v);
	}
	return list_whole(c, &o, &b);
}

enum err comments_add(struct call *c)
{
	const struct catalog_type *t = catalog_plural(c->api->o.node->catalog, STR("comments"));
	struct record r, now;
	struct json body;
	enum err err = call_record(c, &r);

	if (!err)
		err = call_json(c, false, &body);
	if (err)
		return err;
	json_set(c->ctx.arena, &body, STR("target"), json_string(record_id(&c->ctx, &r)));
	err = record_create(&c->ctx, t, &body, 0, &now, &c->why);
	if (err)
		return err;
	reply_location(c, record_url(c, t, &now));
	return reply_record(c, 201, &now);
}
