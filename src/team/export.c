// SPDX-License-Identifier: Apache-2.0
/* export: pages of what the gate lets the actor take along, into one writer. Parts carry the id of
 * what contains them only where the reader may see that too, and the writers compose containers
 * from the parts that came, so that nothing names what the reader may not see. */
#include "base/file.h"
#include "base/vec.h"
#include "team/import_internal.h"
#include "team/record_internal.h"

#define PAGE 500
#define WORDS_MAX 100000

struct export
{
	struct ctx *c;
	const struct export_filter *f;
	const struct view *view;
	struct format_writer *w;
	int fd;
	bool broken; /* the descriptor takes no more: the rest is dropped */
	VEC(int32_t) types;
	VEC(int64_t) labels; /* that the filters allow; only with a filter on labels */
	bool by_label;
	struct u64map done; /* keys written, where a record may be met twice (filter->record) */
	int64_t objects;
};

static enum err to_fd(void *ctx, str bytes, struct why *why)
{
	struct export *x = ctx;
	enum err err = x->broken ? ERR_OK : fd_write_all(x->fd, bytes, why);

	x->broken = x->broken || err;
	return err;
}

/* ---- what is asked for ---- */

/* Exchanged knowledge: STIX objects, observables, and the types that others made, with "x-" in
 * front of their names (STIX 2.1 11.2) or, where an extension defines them, without (7.3). */
static bool is_knowledge(const struct catalog *c, str type)
{
	const struct catalog_type *t = catalog_type(c, type);

	if (t)
		return t->form == FORM_STIX || str_eq(type, STR("x-hikeshi-observable"));
	return !str_starts(type, STR("x-hikeshi-"));
}

static void all_knowledge(struct export *x)
{
	struct store *s = x->c->node->store;
	str word;

	for (int32_t code = 1; code < WORDS_MAX && (word = word_text(s, code)).n; code++)
		if (is_knowledge(x->c->node->catalog, word))
			vec_add(x->c->arena, &x->types, code);
}

static enum err named_types(struct export *x, str names, struct why *why)
{
	const struct catalog *c = x->c->node->catalog;
	str name;

	while (str_split(&names, ' ', &name)) {
		const struct catalog_type *t = catalog_plural(c, name);
		int32_t code;

		if (!name.n)
			continue;
		t = t ? t : catalog_type(c, name);
		code = t ? t->code : word_find(x->c->node->store, name);
		if (!code || (!t && !is_knowledge(c, name)))
			return why_field(why, ERR_UNPROCESSABLE, "type", "/types",
					 "names a type that there is not",
					 "存在しない種類が指定されています");
		if (t && !x->c->actor->node) {
			enum err err =
			    verdict_err(policy_type(x->c->actor, t, "read"), why); /* gate */

			if (err)
				return err;
		}
		vec_add(x->c->arena, &x->types, code);
	}
	return ERR_OK;
}

static bool label_wanted(const struct export *x, const struct label *l, int64_t circle)
{
	bool in = !circle;

	if (x->f->has_max_tlp && l->tlp > x->f->max_tlp)
		return false;
	for (size_t i = 0; i < l->n_circles; i++)
		in = in || l->circles[i].circle == circle;
	return in;
}

static enum err wanted_labels(struct export *x, struct why *why)
{
	struct store *s = x->c->node->store;
	int64_t circle = 0;

	x->by_label = x->f->has_max_tlp || !uuid_is_zero(x->f->circle);
	if (!uuid_is_zero(x->f->circle)) {
		const struct directory_circle *ci = directory_circle_uid(x->c->dir, x->f->circle);
		int64_t joined;

		/* a circle one is not in does not exist, as far as one can tell */
		if (!ci || (!x->c->actor->node && ci->owner != x->c->actor->team &&
			    !world_is_member(&x->c->dir->world, ci->key, x->c->actor->team,
					     &joined))) /* gate */
			return why_field(why, ERR_NOTFOUND, "unknown_circle", "/circle",
					 "there is no such circle for your team",
					 "その共有サークルはありません（または参加していません）");
		circle = ci->key;
	}
	for (int64_t key = 1, max = label_max(s); x->by_label && key <= max; key++) {
		const struct label *l = label_get(s, key);

		if (l && label_wanted(x, l, circle))
			vec_add(x->c->arena, &x->labels, key);
	}
	return ERR_OK;
}

static int by_key(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* For records that did not come from a list that was filtered already; the view was asked where
 * they were read. */
static bool record_wanted(const struct export *x, const struct record *r)
{
	bool type = false;

	for (size_t i = 0; i < x->types.n && !type; i++)
		type = x->types.p[i] == r->type;
	if (!r->key || !type || (r->flags & (RECORD_REVOKED | RECORD_EXERCISE)) ||
	    (x->f->since_us && r->pos <= x->f->since_us))
		return false;
	return !x->by_label || (x->labels.n && bsearch(&r->label, x->labels.p, x->labels.n,
						       sizeof(*x->labels.p), by_key));
}

/* ---- writing ---- */

static enum err write_one(struct export *x, struct arena *a, const struct record *r,
			  struct uuid parent, struct why *why)
{
	struct store *s = x->c->node->store;
	const struct label *l = label_get(s, r->label);
	const struct catalog_type *t = catalog_code(x->c->node->catalog, r->type);
	struct format_record out = {.form = r->form,
				    .type = word_text(s, r->type),
				    .uid = r->uid,
				    .body = r->body,
				    .parent = parent,
				    .created_us = r->created_us,
				    .modified_us = r->source_modified_us ? r->source_modified_us
									 : r->modified_us};
	bool fresh = true;
	enum err err;

	if (!l)
		return why_set(why, ERR_IO, "a label is missing: run hikeshi verify");
	if (!uuid_is_zero(x->f->record))
		(void)u64map_put(&x->done, (uint64_t)r->key, &fresh);
	if (!fresh)
		return ERR_OK;
	out.tlp = l->tlp;
	if (x->f->ret_red && l->tlp == TLP_RED)
		*x->f->ret_red = true;
	if (r->form == FORM_OWN && t && !str_eq(t->type, STR("x-hikeshi-observable"))) {
		struct json body, leaving;
		BUF(b);

		err = json_parse(a, r->body, NULL, &body, why);
		if (err)
			return err;
		leaving = catalog_leaving(a, t, &body); /* gate */
		json_write(&b, &leaving);
		out.body = arena_str(a, buf_str(&b));
	}
	err = format_write(x->w, &out, why);
	x->objects += !err;
	return err;
}

/* Writes records with the ids of their visible containers. */
static enum err write_page(struct export *x, struct arena *a, const struct record *r, size_t n,
			   struct why *why)
{
	int64_t *keys = arena_array(a, int64_t, n + 1);
	struct record *parents = arena_array(a, struct record, n + 1);
	size_t m = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n; i++) /* neighbours mostly share theirs */
		if (r[i].parent && (!m || keys[m - 1] != r[i].parent))
			keys[m++] = r[i].parent;
	if (m)
		err = store_read(x->c->node->store, a, x->view, keys, m, false, parents, why);
	for (size_t i = 0, at = 0; i < n && !err; i++) {
		struct uuid parent = {{0}};

		if (r[i].parent) {
			while (at < m && keys[at] != r[i].parent)
				at++;
			if (at < m && parents[at].key)
				parent = parents[at].uid;
		}
		err = write_one(x, a, &r[i], parent, why);
	}
	return err;
}

static enum err export_list(struct export *x, int64_t parent, struct why *why)
{
	struct list_query q = {.types = x->types.p,
			       .n_types = x->types.n,
			       .labels = x->labels.p,
			       .n_labels = x->by_label ? x->labels.n : 0,
			       .parent = parent,
			       .after_pos = x->f->since_us,
			       .ascending = true,
			       .limit = PAGE,
			       .with_body = true};
	enum err err = ERR_OK;

	if (!x->types.n || (x->by_label && !x->labels.n))
		return ERR_OK;
	for (bool more = true; more && !err;) {
		ARENA(a, 0);
		struct record *r = arena_array(&a, struct record, PAGE);
		size_t n = 0;
		int64_t next = 0;

		err = store_list(x->c->node->store, &a, x->view, &q, r, &n, &next, why);
		if (!err)
			err = write_page(x, &a, r, n, why);
		q.after_pos = next;
		more = next != 0;
	}
	return err;
}

/* ---- full text ---- */

/* The words must stand in the record's own text, not only their pieces in the index. */
static bool holds_words(struct export *x, struct arena *a, const struct record *r)
{
	const struct catalog_type *t = catalog_code(x->c->node->catalog, r->type);
	str text, rest = text_fold(a, x->f->query), word;
	struct json body;

	if (json_parse(a, r->body, NULL, &body, NULL))
		return false;
	if (r->form == FORM_OWN && t && !x->c->actor->node && r->team != x->c->actor->team)
		body = catalog_leaving(a, t, &body); /* gate */
	text = r->form == FORM_MISP
		   ? import_misp_text(a, json_at(&body, 0))
		   : catalog_text(a, t ? t : catalog_generic(x->c->node->catalog), &body);
	text = text_fold(a, text);
	while (str_split(&rest, ' ', &word))
		if (str_trim(word).n && str_find(text, str_trim(word)) < 0)
			return false;
	return true;
}

static enum err export_search(struct export *x, struct why *why)
{
	struct text_query q = {
	    .query = x->f->query, .types = x->types.p, .n_types = x->types.n, .limit = PAGE};
	enum err err = ERR_OK;

	for (bool more = x->types.n > 0; more && !err;) {
		ARENA(a, 0);
		struct record *r = arena_array(&a, struct record, PAGE);
		size_t n = 0, kept = 0;

		err = store_search(x->c->node->store, &a, x->view, &q, r, &n, &q.before_pos, why);
		for (size_t i = 0; i < n && !err; i++)
			if (record_wanted(x, &r[i]) && holds_words(x, &a, &r[i]))
				r[kept++] = r[i];
		if (!err)
			err = write_page(x, &a, r, kept, why);
		more = q.before_pos != 0;
	}
	return err;
}

/* ---- one record, its parts and what it is linked to ---- */

static enum err linked_ids(struct export *x, struct arena *a, const struct record *r,
			   struct uuid **ret, size_t *ret_n, struct why *why)
{
	VEC(struct uuid) ids = {0};
	struct link *links = NULL;
	size_t n = 0;
	enum err err = store_links(x->c->node->store, a, &r->key, 1, &links, &n, why);

	for (size_t i = 0; i < n && !err; i++)
		vec_add(a, &ids, links[i].dst);
	*ret = ids.p;
	*ret_n = ids.n;
	return err;
}

/* A holding with all parts below it; MISP nests events, objects, attributes. */
static enum err with_parts(struct export *x, struct arena *a, const struct record *r,
			   struct why *why)
{
	enum err err = record_wanted(x, r) ? write_page(x, a, r, 1, why) : ERR_OK;

	if (!err && r->key)
		err = export_list(x, r->key, why);
	return err;
}

static enum err part_parts(struct export *x, struct arena *a, const struct record *r,
			   struct why *why)
{
	struct list_query q = {.types = x->types.p,
			       .n_types = x->types.n,
			       .parent = r->key,
			       .ascending = true,
			       .limit = 1000};
	struct record *parts = arena_array(a, struct record, q.limit);
	enum err err = x->types.n ? ERR_OK : ERR_NOTFOUND;

	if (err)
		return ERR_OK;
	do {
		size_t n = 0;
		int64_t next = 0;

		err = store_list(x->c->node->store, a, x->view, &q, parts, &n, &next, why);
		for (size_t i = 0; i < n && !err; i++)
			if (parts[i].form == FORM_MISP)
				err = export_list(x, parts[i].key, why);
		q.after_pos = next;
	} while (!err && q.after_pos);
	return err;
}

static enum err export_record(struct export *x, struct why *why)
{
	struct arena *a = x->c->arena;
	struct record root = {0}, *linked;
	struct uuid *ids = NULL;
	size_t n = 0;
	enum err err =
	    store_find(x->c->node->store, a, x->view, &x->f->record, 1, true, &root, why);

	if (err)
		return err;
	if (!root.key)
		return why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "there is nothing of that id that you may see",
				 "そのIDのものはないか、閲覧できません");
	err = with_parts(x, a, &root, why);
	if (!err && root.form == FORM_MISP)
		err = part_parts(x, a, &root, why);
	if (!err)
		err = linked_ids(x, a, &root, &ids, &n, why);
	for (size_t i = 0; i < n && !err; i += PAGE) {
		size_t m = n - i < PAGE ? n - i : PAGE;

		linked = arena_array(a, struct record, m);
		err = store_find(x->c->node->store, a, x->view, ids + i, m, true, linked, why);
		for (size_t k = 0; k < m && !err; k++)
			if (linked[k].key)
				err = with_parts(x, a, &linked[k], why);
	}
	return err;
}

/* ---- the whole ---- */

static enum err run(struct export *x, enum format_id f, struct format_loss **losses, size_t *n,
		    struct why *why)
{
	enum err err = wanted_labels(x, why), end;

	if (!err && str_trim(x->f->types).n)
		err = named_types(x, x->f->types, why);
	else if (!err)
		all_knowledge(x);
	if (!err)
		err = format_write_begin(f, x->c->node->catalog, x->c->arena, to_fd, x, &x->w, why);
	if (err)
		return err;
	if (!uuid_is_zero(x->f->record))
		err = export_record(x, why);
	else if (str_trim(x->f->query).n)
		err = export_search(x, why);
	else
		err = export_list(x, 0, why);
	x->broken = x->broken || err;
	end = format_write_end(x->w, losses, n, err ? NULL : why);
	return err ? err : end;
}

enum err export_to(struct ctx *c, enum format_id f, const struct export_filter *filter, int fd,
		   struct format_loss **losses, size_t *n, int64_t *ret_objects, struct why *why)
{
	struct export x = {.c = c, .f = filter, .fd = fd};
	enum err err;

	if (!c->actor->node && !(c->actor->scopes & SCOPE_EXPORT))
		return why_field(why, ERR_DENIED, "scope", NULL, "this token may not export",
				 "このトークンには書き出しの権限がありません");
	x.view = policy_view_get(c->node->policy, c->actor, ACT_EXPORT); /* gate */
	u64map_init(&x.done);
	err = run(&x, f, losses, n, why);
	u64map_done(&x.done);
	policy_view_put(c->node->policy, x.view);
	if (!err)
		*ret_objects = x.objects;
	return err;
}
