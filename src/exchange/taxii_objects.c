// SPDX-License-Identifier: Apache-2.0
/* Objects, manifests and versions of a collection (TAXII 2.1 section 5.3 to 5.8). A record gives
 * one object, or a few that belong together; what a record gives is split over two pages only where
 * one page is too small for it. */
#include <stdlib.h>

#include "base/vec.h"
#include "exchange/taxii_internal.h"
#include "formats/stix_face.h"

#define ROWS 250u        /* read at once */
#define LOOKED 100000u   /* rows looked at for one answer */
#define PARTS 20000u     /* parts of containers named in one answer */
#define PARTS_EACH 5000u /* ... by one container */

enum page_kind { PAGE_OBJECTS, PAGE_MANIFEST, PAGE_VERSIONS };

struct page {
	struct taxii_call *c;
	const struct collection *x;
	const struct taxii_query *q;
	enum page_kind kind;
	struct buf out;
	size_t limit, n;
	size_t parts;
	struct taxii_place from; /* where it begins */
	struct taxii_place at;   /* where the next one would begin */
	int64_t first_us, last_us;
	bool more;
	str last_version;
	/* Some of the ids asked for follow from a value and name no record: looked for in what
	 * records give. */
	bool derived;
};

/* ---- the objects of a record ---- */

static bool is_container(const struct record *r)
{
	return r->form == FORM_MISP &&
	       (str_starts(r->body, STR("{\"Event\"")) || str_starts(r->body, STR("{\"Object\"")));
}

static struct format_record face_of(struct taxii_call *c, const struct record *r)
{
	const struct label *l = label_get(c->x->o.node->store, r->label);

	return (struct format_record){.form = r->form,
				      .type = word_text(c->x->o.node->store, r->type),
				      .uid = r->uid,
				      .body = r->body,
				      .tlp = l ? l->tlp : TLP_RED,
				      .revoked = (r->flags & RECORD_REVOKED) != 0,
				      .created_us = r->created_us,
				      .modified_us = r->source_modified_us ? r->source_modified_us
									   : r->modified_us};
}

/* The ids of a container's parts as they stand in this collection. */
static enum err part_ids(struct taxii_call *c, const struct collection *x, const struct record *r,
			 str **ret, size_t *ret_n)
{
	struct record *parts = NULL;
	size_t n = 0;
	enum err err = collection_parts(&c->ctx, x, r->key, PARTS_EACH, &parts, &n, &c->why);
	str *ids = arena_array(c->ctx.arena, str, n + 1);

	for (size_t i = 0; i < n && !err; i++) {
		struct format_record f = face_of(c, &parts[i]);
		struct stix_sent sent[FACE_OBJECTS];
		size_t m = 0;

		err = stix_wire(c->ctx.arena, &f, NULL, 0, true, sent, &m, &c->why);
		ids[i] = sent[0].id;
	}
	*ret = ids;
	*ret_n = n;
	return err;
}

/* Of a record of ours only the fields marked `leaves`. */
static enum err leaving(struct taxii_call *c, const struct record *r, struct format_record *f,
			bool *ret_any)
{
	const struct catalog_type *t = catalog_code(c->x->o.node->catalog, r->type);
	struct json body, out;
	BUF(b);
	enum err err = json_parse(c->ctx.arena, r->body, NULL, &body, &c->why);

	if (err)
		return err;
	*ret_any = t != NULL;
	if (!t)
		return ERR_OK;
	out = catalog_leaving(c->ctx.arena, t, &body); /* gate */
	*ret_any = json_count(&out) > 0;
	json_write(&b, &out);
	f->body = arena_str(c->ctx.arena, buf_str(&b));
	return ERR_OK;
}

enum err taxii_compose(struct taxii_call *c, const struct collection *x, const struct record *r,
		       bool with_head, struct taxii_sent ret[TAXII_SENT], size_t *ret_n)
{
	struct format_record f = face_of(c, r);
	struct stix_sent sent[FACE_OBJECTS];
	str *refs = NULL;
	size_t n_refs = 0, n = 0;
	bool any = true;
	enum err err = ERR_OK;

	*ret_n = 0;
	if (r->form == FORM_OWN && !str_eq(f.type, STR("x-hikeshi-observable")))
		err = leaving(c, r, &f, &any);
	if (!err && any && is_container(r))
		err = part_ids(c, x, r, &refs, &n_refs);
	if (!err && any)
		err = stix_wire(c->ctx.arena, &f, refs, n_refs, with_head, sent, &n, &c->why);
	for (size_t i = 0; i < n && !err; i++) {
		str version = sent[i].version;
		int64_t us = 0;

		if (with_head && (!version.n || time_parse(version, &us)))
			version = TAXII_NO_VERSION;
		ret[i] = (struct taxii_sent){sent[i].text, sent[i].type, sent[i].id, version, us};
	}
	*ret_n = err ? 0 : n;
	return err;
}

/* ---- filters ---- */

static bool str_in(const str *list, size_t n, str v)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], v))
			return true;
	return n == 0;
}

/* Everything leaves as STIX 2.1. */
static bool object_wanted(const struct page *p, const struct taxii_sent *o)
{
	if (p->q->has_spec && !p->q->spec_21)
		return false;
	return str_in(p->q->ids, p->q->n_ids, o->id) && str_in(p->q->types, p->q->n_types, o->type);
}

const struct placed *taxii_first(const struct placed *all, size_t n)
{
	const struct placed *first = all;

	for (size_t i = 1; i < n; i++) /* an older one may have come later */
		if (all[i].r.source_modified_us < first->r.source_modified_us)
			first = &all[i];
	return first;
}

static enum err version_wanted(struct page *p, const struct placed *row, const struct taxii_sent *o,
			       bool *ret)
{
	const struct taxii_query *q = p->q;
	struct placed *all = NULL;
	size_t n = 0;
	enum err err = ERR_OK;

	*ret = q->all || (!row->past && (!q->has_version || q->last));
	for (size_t i = 0; i < q->n_times && !*ret; i++)
		*ret = q->times[i] == o->version_us;
	if (!*ret && q->first) {
		err = collection_versions(&p->c->ctx, p->x, row->r.uid, &all, &n, &p->c->why);
		*ret = !err && n && taxii_first(all, n)->added == row->added;
	}
	return err;
}

/* Is it one of the ids asked for, or may an object that it gives have one? */
static bool may_give(const struct page *p, const struct record *r, str type)
{
	for (size_t i = 0; i < p->q->n_ids; i++) {
		struct uuid u;
		str of;

		if (!id_parse(p->q->ids[i], &of, &u) && uuid_eq(u, r->uid))
			return true;
	}
	return r->form == FORM_MISP || str_eq(type, STR("x-hikeshi-observable"));
}

/* Before a body is read: types that come as they are. */
static bool row_wanted(void *ctx, const struct record *r)
{
	const struct page *p = ctx;
	struct store *s = p->c->x->o.node->store;

	if (p->derived && !may_give(p, r, word_text(s, r->type)))
		return false;
	return r->form != FORM_STIX || str_in(p->q->types, p->q->n_types, word_text(s, r->type));
}

static bool str_in_before(const str *list, size_t n)
{
	return n > 0 && str_in(list, n, list[n]);
}

/* ---- writing a page ---- */

static void write_object(struct page *p, const struct placed *row, const struct taxii_sent *o)
{
	struct json_out jo;

	if (p->kind == PAGE_VERSIONS && str_eq(p->last_version, o->version))
		return;
	if (p->n)
		buf_add_char(&p->out, ',');
	json_out_init(&jo, &p->out);
	if (p->kind == PAGE_OBJECTS) {
		buf_add(&p->out, o->text);
	} else if (p->kind == PAGE_VERSIONS) {
		jo_str(&jo, o->version);
	} else {
		jo_object(&jo);
		jo_kstr(&jo, "id", o->id);
		jo_ktime(&jo, "date_added", row->added);
		jo_kstr(&jo, "version", o->version);
		jo_kc(&jo, "media_type", STIX_MEDIA);
		jo_end(&jo);
	}
	p->last_version = o->version;
	if (!p->n)
		p->first_us = row->added;
	p->last_us = row->added;
	p->n++;
}

/* Writes what a row gives. False in *ret_in: the page has no room for it, and ends before. */
static enum err write_row(struct page *p, const struct placed *row, bool *ret_in)
{
	struct taxii_sent o[TAXII_SENT];
	size_t n = 0, kept = 0;
	bool with_head = p->kind != PAGE_OBJECTS || p->q->has_version || p->q->n_ids;
	uint32_t skip = p->from.pos_us == row->added - 1 ? p->from.skip : 0;
	enum err err = ERR_OK;

	*ret_in = true;
	if (is_container(&row->r) && p->parts >= PARTS && p->n) {
		*ret_in = false;
		return ERR_OK;
	}
	p->parts += is_container(&row->r) ? PARTS_EACH : 0;
	err = taxii_compose(p->c, p->x, &row->r, with_head, o, &n);
	for (size_t i = 0; i < n && !err; i++) {
		bool in = object_wanted(p, &o[i]);

		if (in)
			err = version_wanted(p, row, &o[i], &in);
		if (in)
			o[kept++] = o[i];
	}
	if (err || kept <= skip)
		return err;
	if (p->n && p->n + kept - skip > p->limit) {
		*ret_in = false;
		return ERR_OK;
	}
	for (size_t i = skip; i < kept; i++) {
		if (p->n == p->limit) { /* alone too much for one page */
			p->at = (struct taxii_place){row->added - 1, (uint32_t)i};
			p->more = true;
			return ERR_OK;
		}
		write_object(p, row, &o[i]);
	}
	return ERR_OK;
}

static enum err write_rows(struct page *p, const struct placed *rows, size_t n, bool *ret_full)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !*ret_full && !err; i++) {
		bool in = true;

		if (p->out.n >= TAXII_PAGE_BYTES)
			in = false;
		else
			err = write_row(p, &rows[i], &in);
		*ret_full = !in || p->more;
		if (!in)
			p->more = true;
		else if (!p->more)
			p->at = (struct taxii_place){rows[i].added, 0};
	}
	return err;
}

/* Walks the collection until the page is full or nothing is left. */
static enum err page_fill(struct page *p)
{
	struct taxii_call *c = p->c;
	size_t looked = 0;
	bool full = false, end = false;
	enum err err = ERR_OK;

	p->at = p->from;
	while (!full && !end && !err) {
		struct placed_query q = {.after_us = p->at.pos_us,
					 .limit = p->limit + 1 - p->n < ROWS ? p->limit + 1 - p->n
									     : ROWS,
					 .budget = LOOKED / 10,
					 .bytes = TAXII_PAGE_BYTES,
					 .with_body = true,
					 .with_past = p->q->has_version,
					 .keep = row_wanted,
					 .ctx = p};
		struct placed *rows = arena_array(c->ctx.arena, struct placed, q.limit);
		size_t n = 0;
		int64_t at = p->at.pos_us;

		err = collection_read(&c->ctx, p->x, &q, rows, &n, &at, &end, &c->why);
		if (!err)
			err = write_rows(p, rows, n, &full);
		if (!err && !full && at > p->at.pos_us)
			p->at = (struct taxii_place){at, 0};
		looked += n < q.limit ? q.budget : n;
		if (!err && !full && !end && looked >= LOOKED) {
			p->more = true; /* and may be empty: the next one goes on */
			full = true;
		}
	}
	return err;
}

static str list_name(struct page *p)
{
	char id[UUID_TEXT];
	str filters = taxii_query_text(p->c->ctx.arena, p->q);

	uuid_text(p->x->id, id);
	return arena_printf(p->c->ctx.arena, "%d %.*s %lld %.*s", (int)p->kind, UUID_TEXT, id,
			    (long long)p->c->actor.team, STR_ARG(filters));
}

static enum err page_begin(struct page *p)
{
	const uint8_t *key = store_value_key(p->c->x->o.node->store);

	p->limit = p->q->limit && p->q->limit < TAXII_PAGE ? p->q->limit : TAXII_PAGE;
	if (p->q->next.n)
		return taxii_next_read(key, list_name(p), p->q->next, &p->from, &p->c->why);
	p->from.pos_us = p->q->has_added_after ? p->q->added_after_us : 0;
	return ERR_OK;
}

static enum err page_reply(struct page *p)
{
	static const char *const names[] = {"objects", "objects", "versions"};
	struct taxii_call *c = p->c;
	struct buf *b = &p->out;
	struct arena *a = c->ctx.arena;

	if (p->n) {
		response_header(c->rq, "X-TAXII-Date-Added-First", taxii_time(a, p->first_us));
		response_header(c->rq, "X-TAXII-Date-Added-Last", taxii_time(a, p->last_us));
	}
	BUF(all);
	buf_add_char(&all, '{');
	if (p->more) {
		str next =
		    taxii_next_text(a, store_value_key(c->x->o.node->store), list_name(p), p->at);

		buf_printf(&all, "\"more\":true,\"next\":\"%.*s\"", STR_ARG(next));
	}
	if (p->n) { /* some clients look for `more` where there is something */
		buf_printf(&all, "%s\"%s\":[", p->more ? "," : "\"more\":false,", names[p->kind]);
		buf_add(&all, buf_str(b));
		buf_add_char(&all, ']');
	}
	buf_add_char(&all, '}');
	return taxii_reply(c, 200, &all);
}

/* ---- by ids: looked up, not walked to ---- */

static int by_added(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return (x->added > y->added) - (x->added < y->added);
}

/* STIX 2.1 section 2.9: the id of an observable follows from its value, by UUIDv5. */
static bool is_derived(struct uuid u)
{
	return u.b[6] >> 4 == 5;
}

static enum err rows_of_ids(struct page *p, struct placed **ret, size_t *ret_n)
{
	struct arena *a = p->c->ctx.arena;
	VEC(struct placed) out = {0};
	enum err err = ERR_OK;

	for (size_t i = 0; i < p->q->n_ids && !err; i++) {
		struct placed *all = NULL;
		struct uuid u;
		size_t n = 0;
		str type;

		if (id_parse(p->q->ids[i], &type, &u) || str_in_before(p->q->ids, i))
			continue;
		err = collection_versions(&p->c->ctx, p->x, u, &all, &n, &p->c->why);
		p->derived |= !err && !n && is_derived(u);
		for (size_t k = 0; k < n && !err; k++)
			if (all[k].added > p->from.pos_us && (!all[k].past || p->q->has_version))
				vec_add(a, &out, all[k]);
	}
	if (out.n)
		qsort(out.p, out.n, sizeof(*out.p), by_added);
	*ret = out.p;
	*ret_n = out.n;
	return err;
}

static enum err page_ids(struct page *p)
{
	struct placed *rows = NULL;
	size_t n = 0;
	bool full = false;
	enum err err = rows_of_ids(p, &rows, &n);

	if (!err && p->derived)
		return page_fill(p);
	p->at = p->from;
	return err ? err : write_rows(p, rows, n, &full);
}

static enum err page_of(struct taxii_call *c, enum page_kind kind)
{
	struct collection x;
	struct taxii_query q = {0};
	struct page p = {.c = c, .x = &x, .q = &q, .kind = kind};
	enum err err = taxii_readable(c, &x);

	if (!err)
		err = taxii_filters(c, FILTER_ALL, false, &q);
	if (!err)
		err = page_begin(&p);
	if (!err)
		err = q.n_ids ? page_ids(&p) : page_fill(&p);
	if (!err)
		err = page_reply(&p);
	buf_done(&p.out);
	return err;
}

enum err taxii_objects_get(struct taxii_call *c)
{
	return page_of(c, PAGE_OBJECTS);
}

enum err taxii_manifest(struct taxii_call *c)
{
	return page_of(c, PAGE_MANIFEST);
}

/* ---- one object ---- */

static enum err page_versions(struct page *p, struct placed *all, size_t n)
{
	bool full = false;
	enum err err = ERR_OK;

	p->at = p->from;
	qsort(all, n, sizeof(*all), by_added); /* an older version may have come later */
	for (size_t i = 0; i < n && !full && !err; i++)
		if (all[i].added > p->from.pos_us)
			err = write_rows(p, &all[i], 1, &full);
	return err;
}

/* An id that names no record: of an observable that records give. The walk may end before it was
 * found or the collection is over: then the answer is empty and says `more`. */
static enum err page_derived(struct page *p)
{
	enum err err;

	p->derived = true;
	p->limit = 1; /* whatever record gives it, it is the same */
	err = page_fill(p);
	if (!err && p->n)
		p->more = false;
	if (!err && !p->n && !p->more)
		err = taxii_fail(p->c, 404, "there is no such object for you");
	return err;
}

/* Objects and versions of one id are few: all are read. */
static enum err one_object(struct taxii_call *c, enum page_kind kind, unsigned allowed)
{
	struct collection x;
	struct taxii_query q = {0};
	struct page p = {.c = c, .x = &x, .q = &q, .kind = kind};
	struct placed *all = NULL;
	struct uuid id;
	str text = taxii_var(c, 2), type;
	size_t n = 0;
	enum err err = taxii_readable(c, &x);

	if (!err)
		err = taxii_filters(c, allowed, false, &q);
	if (!err && id_parse(text, &type, &id))
		err = taxii_fail(c, 404, "there is no such object for you");
	if (!err)
		err = collection_versions(&c->ctx, &x, id, &all, &n, &c->why);
	if (!err && !n && !is_derived(id))
		err = taxii_fail(c, 404, "there is no such object for you");
	if (err)
		return err;
	q.ids = &text;
	q.n_ids = 1;
	q.all = q.all || kind == PAGE_VERSIONS;
	q.has_version = q.has_version || kind == PAGE_VERSIONS;
	err = page_begin(&p);
	if (!err)
		err = n ? page_versions(&p, all, n) : page_derived(&p);
	if (!err)
		err = page_reply(&p);
	buf_done(&p.out);
	return err;
}

enum err taxii_object_get(struct taxii_call *c)
{
	return one_object(c, PAGE_OBJECTS, FILTER_PAGE | FILTER_VERSION | FILTER_SPEC);
}

enum err taxii_versions(struct taxii_call *c)
{
	return one_object(c, PAGE_VERSIONS, FILTER_PAGE | FILTER_SPEC);
}
