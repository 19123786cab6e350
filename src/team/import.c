// SPDX-License-Identifier: Apache-2.0
/* Reading: elements become items of a batch; full batches go through the stages
 * (import_stages.c). */
#include "team/import.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/charset.h"
#include "team/account.h"
#include "team/import_internal.h"
#include "team/record_internal.h"

#define MISP_TEXT_BYTES 4096
#define DECODE_BYTES ((size_t)64 << 20)

/* Gives back the pages of the file before `at`; what is read again comes from the file. */
static void drop_pages(void *ctx, size_t at)
{
	struct importer *im = ctx;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (im->mapped && at >= page && at < im->text.n)
		(void)madvise((void *)(uintptr_t)im->text.p, at / page * page, MADV_DONTNEED);
}

/* ---- labels ---- */

/* Content's own TLP joined with the one asked for; what says nothing gets the latter, else the
 * circles' default or AMBER+STRICT. One label for each, asked for once. */
static enum err label_for(struct importer *im, int tlp, int64_t *ret, struct why *why)
{
	struct label_spec s = im->spec;
	int64_t *known = &im->labels[tlp + 1];
	enum err err;

	if (!*known) {
		if (tlp >= 0 && (!s.has_tlp || (enum tlp)tlp > s.tlp)) {
			s.tlp = (enum tlp)tlp;
			s.has_tlp = true;
		}
		if (s.has_tlp && s.tlp == TLP_RED && !im->c->actor->person)
			account_leads(im->c->arena, im->c->dir, im->c->actor->team, &s.people,
				      &s.n_people);
		err = record_label(im->c, &s, im->c->actor->team, known, why);
		if (err)
			return err;
	}
	*ret = *known;
	return ERR_OK;
}

/* ---- one element ---- */

/* At most max bytes, and no half character at the end. */
static str cut(str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return str_slice(s, 0, max);
}

str import_misp_text(struct arena *a, const struct json *o)
{
	static const char *const fields[] = {"info",    "value",       "name",
					     "comment", "description", "content"};
	BUF(b);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		str s = cut(json_get_str(o, fields[i]), MISP_TEXT_BYTES);

		if (s.n && b.n)
			buf_add_char(&b, '\n');
		buf_add(&b, s);
	}
	return arena_str(a, buf_str(&b));
}

/* PostgreSQL takes no NUL in a text; as a blank it parts words as well. */
static str without_nul(str text)
{
	char *p = (char *)(uintptr_t)text.p; /* ours: made a moment ago in the batch */

	for (size_t i = 0; i < text.n; i++)
		if (!p[i])
			p[i] = ' ';
	return text;
}

/* The same value read again by the same team is the same record. */
static struct uuid value_uid(struct importer *im, const struct record_value *v, size_t n, str body)
{
	str kind = n ? value_kind_name(v[0].kind) : STR("body");
	str name = n ? v[0].canonical : body;

	return uuid_v5(im->team_uid,
		       arena_printf(&im->scratch, "%.*s:%.*s", STR_ARG(kind), STR_ARG(name)));
}

static enum err item_fill(struct importer *im, const struct format_element *e,
			  struct import_item *it, struct why *why)
{
	struct ctx *c = im->c;
	struct arena *a = &im->filling->arena;
	const struct catalog_type *t = catalog_type(c->node->catalog, e->type);
	const struct label *l;
	struct record_value *v = NULL;
	struct json body;
	uint64_t *hashes;
	size_t n = 0;
	enum err err = e->tree ? ERR_OK : json_parse(&im->scratch, e->body, NULL, &body, why);

	if (e->tree)
		body = *e->tree;
	else if (!err && e->form == FORM_MISP && json_count(&body))
		body = body.members[0].value;
	if (!err)
		err = intel_values(&im->scratch, c->node->catalog, store_value_key(c->node->store),
				   t ? t : catalog_generic(c->node->catalog), e->form, &body, &v,
				   &n, why);
	if (err)
		return err;
	it->uid = uuid_is_zero(e->uid) ? value_uid(im, v, n, e->body) : e->uid;
	it->body = arena_str(a, e->body);
	it->text = e->form == FORM_MISP
		       ? import_misp_text(a, &body)
		       : catalog_text(a, t ? t : catalog_generic(c->node->catalog), &body);
	it->text = without_nul(it->text);
	hashes = arena_array(a, uint64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		hashes[i] = v[i].hash;
	it->values = hashes;
	it->n_values = n;
	it->type = t ? t->type : arena_str(a, e->type);
	it->state = t && t->initial_state.n ? t->initial_state : STR_NULL;
	err = label_for(im, e->tlp, &it->label, &im->why);
	if (err) {
		im->err = err;
		return err;
	}
	l = label_get(c->node->store, it->label);
	it->tlp = l ? l->tlp : TLP_RED;
	return ERR_OK;
}

/* Which elements others may be parts of: their ids by the order of emission. */
static void remember_container(struct importer *im, const struct format_element *e)
{
	struct {
		int64_t index;
		struct uuid uid;
	} * kept;

	if (e->form != FORM_MISP || str_starts(e->body, STR("{\"Attribute\"")))
		return;
	if (e->parent < 0) { /* a new event: nothing refers to parts of the one before */
		map_done(&im->containers);
		map_init(&im->containers);
		arena_reset(&im->parents_arena);
	}
	kept = arena_alloc(&im->parents_arena, sizeof(*kept));
	kept->index = im->index;
	kept->uid = e->uid;
	map_put(&im->containers, (str){(const char *)&kept->index, sizeof(kept->index)}, NULL)
	    ->ptr = &kept->uid;
}

static struct uuid parent_uid(struct importer *im, int64_t index)
{
	union map_value *v =
	    index < 0 ? NULL : map_get(&im->containers, (str){(const char *)&index, sizeof(index)});

	return v ? *(const struct uuid *)v->ptr : (struct uuid){{0}};
}

static void refuse(struct importer *im, size_t at, str path, str reason)
{
	im->result->read++;
	im->result->rejected++;
	result_reject(im->c->arena, im->result, im->file, (int64_t)at, path, reason);
	if (im->o->told)
		im->o->told(im->o->ctx, &(struct import_told){.at = at, .reason = reason});
}

static void on_rejected(void *ctx, size_t at, str path, const char *reason)
{
	refuse(ctx, at, path, str_c(reason));
}

static void on_loss(void *ctx, const char *what, int64_t count)
{
	struct importer *im = ctx;

	result_loss(im->c->arena, im->result, format_name(im->format), str_c(what), count);
}

static void after_item(struct importer *im, const struct format_element *e,
		       const struct import_item *it)
{
	struct import_result *r = im->result;

	r->read++;
	if (!uuid_is_zero(im->o->link_to) &&
	    (str_eq(it->type, STR("indicator")) || str_eq(it->type, STR("x-hikeshi-observable"))))
		result_touch(im->c->arena, r, it->uid, it->type);
	if (e->tlp_unknown)
		on_loss(im, "markings we do not know: kept as TLP:RED", 1);
	if (im->o->progress && r->read % 1000 == 0)
		im->o->progress(im->o->ctx, r->read, (int64_t)e->at, (int64_t)im->text.n);
}

/* A batch keeps the newest version of an object only: where each is wanted, it ends before a second
 * one. Ids that look alike end it too, which does no harm. */
static enum err part_versions(struct importer *im, const struct uuid *uid)
{
	uint64_t half[2];
	bool fresh = false;

	if (!im->o->versions || im->early >= IMPORT_VERSIONS)
		return ERR_OK;
	if (!im->filling->items.n) {
		u64map_done(&im->in_batch);
		u64map_init(&im->in_batch);
	}
	memcpy(half, uid->b, sizeof(half));
	(void)u64map_put(&im->in_batch, half[0] ^ half[1], &fresh);
	if (fresh)
		return ERR_OK;
	im->early++;
	u64map_done(&im->in_batch);
	u64map_init(&im->in_batch);
	u64map_put(&im->in_batch, half[0] ^ half[1], NULL)->u = 1;
	return stages_flush(im, false);
}

static enum err on_element(void *ctx, const struct format_element *e, struct why *why)
{
	struct importer *im = ctx;
	struct import_batch *b;
	struct import_item it = {.form = e->form,
				 .modified_us = e->modified_us,
				 .revoked = e->revoked,
				 .at = (int64_t)e->at,
				 .file = im->file,
				 .file_started_us = im->file_started_us};
	struct format_element promoted;
	struct why reason = {0};
	enum err err;

	(void)why;
	arena_reset(&im->scratch);
	if (import_promote(im, e, &promoted)) {
		e = &promoted;
		it.form = e->form;
		it.modified_us = e->modified_us;
		it.value_only = true;
	}
	/* who is in which team and circle is nothing that a file could say */
	if (is_directory_type(e->type)) {
		im->index++;
		refuse(im, e->at, e->path,
		       STR("belongs to the node's directory and is not imported"));
		return ERR_OK;
	}
	if (im->o->foreign && str_starts(e->type, STR("x-hikeshi-"))) {
		im->index++;
		refuse(im, e->at, e->path, STR("is a type that only linked nodes may send"));
		return ERR_OK;
	}
	if (part_versions(im, &e->uid))
		return im->err;
	b = im->filling;
	it.parent = parent_uid(im, e->parent);
	err = item_fill(im, e, &it, &reason);
	remember_container(im, e);
	im->index++;
	if (im->err)
		return im->err;
	if (err) {
		refuse(im, e->at, e->path, str_c(reason.text));
		return ERR_OK;
	}
	it.path = arena_str(&b->arena, e->path);
	vec_add(&b->arena, &b->items, it);
	b->bytes += it.body.n + it.text.n;
	after_item(im, e, &it);
	if (b->items.n < (im->o->batch ? im->o->batch : IMPORT_BATCH) &&
	    b->bytes < IMPORT_BATCH_BYTES)
		return ERR_OK;
	return stages_flush(im, false);
}

/* ---- the whole ---- */

enum err importer_init(struct importer *im, struct ctx *c, const struct import_options *o,
		       struct import_result *r, struct why *why)
{
	char u[UUID_TEXT];

	*im = (struct importer){
	    .c = c,
	    .o = o,
	    .result = r,
	    .job = o->job,
	    .mapped = o->mapped,
	    .spec = {.has_tlp = o->has_tlp,
		     .tlp = o->tlp,
		     .circles = o->circles,
		     .n_circles = o->n_circles},
	};
	if (!c->actor->node) {
		enum err err = verdict_err(
		    policy_node(c->actor, uuid_is_zero(o->link_to) ? "import" : "paste"),
		    why); /* gate */

		if (err)
			return err;
	}
	if (!principal_uuid(c->node->store, c->actor->team, &im->team_uid))
		return why_set(why, ERR_INVALID, "an import needs a team it is for");
	if (!uuid_is_zero(o->link_to)) { /* what is read out of a TLP:RED record is TLP:RED too */
		struct record about = {0};
		enum err err = store_find_held(c->node->store, c->arena, c->actor->team,
					       &o->link_to, 1, false, &about, why);

		if (err)
			return err;
		if (about.key)
			red_label(c, &about, &im->spec);
	}
	if (!im->job.n) {
		uuid_text(uuid_new(), u);
		im->job = arena_str(c->arena, (str){u, UUID_TEXT});
	}
	stages_init(im);
	arena_init(&im->scratch, 0);
	arena_init(&im->parents_arena, 0);
	map_init(&im->containers);
	u64map_init(&im->in_batch);
	return ERR_OK;
}

static void fail_file(struct importer *im, str reason)
{
	im->result->failed_files++;
	result_reject(im->c->arena, im->result, im->file, 0, STR(""), reason);
}

/* A text that is not UTF-8, as UTF-8: by its byte order mark, or because all of a text of lines
 * decodes as Japanese. (JSON must be UTF-8: there the element that breaks the rule is refused.) */
static bool decode(struct importer *im, str name, str *text, struct buf *room)
{
	bool mark = str_starts(*text, STR("\xff\xfe")) || str_starts(*text, STR("\xfe\xff"));
	enum format_id f = im->o->format;
	const char *charset;

	if (text->n > DECODE_BYTES)
		return false;
	if (!mark && f == FORMAT_AUTO)
		f = format_detect(name, *text);
	if (!mark && f != FORMAT_CSV && f != FORMAT_LIST && f != FORMAT_TEXT)
		return false;
	charset = charset_guess(*text);
	if (!charset || !charset_utf8(*text, charset, room))
		return false;
	*text = buf_str(room);
	result_loss(
	    im->c->arena, im->result, STR("text"),
	    arena_printf(im->c->arena, "files in %s, read as UTF-8 (positions count so)", charset),
	    1);
	return true;
}

enum err importer_add(struct importer *im, str name, str text, struct why *why)
{
	BUF(utf8);
	const struct format_sink sink = {.ctx = im,
					 .element = on_element,
					 .rejected = on_rejected,
					 .loss = on_loss,
					 .passed = drop_pages};
	struct why reason = {0};
	enum err err;

	const bool mapped = im->mapped;

	if (decode(im, name, &text, &utf8))
		im->mapped = false;
	im->file = arena_str(im->c->arena, name);
	im->text = text;
	im->file_started_us = clock_now_us();
	im->index = 0;
	im->format = im->o->format == FORMAT_AUTO ? format_detect(name, text) : im->o->format;
	im->result->files++;
	map_done(&im->containers);
	map_init(&im->containers);
	arena_reset(&im->parents_arena);
	if (im->format == FORMAT_AUTO || !text.n) {
		im->mapped = mapped;
		fail_file(im, text.n ? STR("is neither text nor a format that is known")
				     : STR("is empty"));
		return ERR_OK;
	}
	err = format_read(im->format, im->c->node->catalog, text, &sink, &reason);
	im->mapped = mapped;
	if (im->err)
		return why_field(why, im->err, im->why.code, im->why.field, im->why.text,
				 im->why.text_ja);
	if (err)
		fail_file(im, str_c(reason.text));
	return ERR_OK;
}

/* Links the record named by the options to the values read. */
static enum err link_all(struct importer *im, struct why *why)
{
	struct ctx *c = im->c;
	struct record r = {0};
	const struct label *l;
	struct write_set w;
	enum err err;

	if (uuid_is_zero(im->o->link_to) || !im->result->n_touched)
		return ERR_OK;
	err = store_find_held(c->node->store, c->arena, c->actor->team, &im->o->link_to, 1, false,
			      &r, why);
	if (err)
		return err;
	l = label_get(c->node->store, r.label);
	if (!r.key || !l)
		return why_field(why, ERR_NOTFOUND, "not_found", "/link_to",
				 "there is no such record of your team",
				 "自チームにそのIDの記録はありません");
	if (!c->actor->node) {
		err = verdict_err(
		    policy_decide(&c->dir->world, c->actor, ACT_EDIT, l, c->now_us), /* gate */
		    why);
		if (err)
			return err;
	}
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	write_expect(&w, r.key, r.version);
	for (size_t i = 0; i < im->result->n_touched; i++)
		write_link(&w, r.key, STR("has"), im->result->touched[i]);
	return store_commit(c->node->store, &w, NULL, why);
}

enum err importer_end(struct importer *im, enum err err, struct why *why)
{
	if (!err)
		err = stages_flush(im, true);
	stages_end(im);
	if (!err && im->err)
		err = im->err;
	if (err && im->err)
		err =
		    why_field(why, err, im->why.code, im->why.field, im->why.text, im->why.text_ja);
	if (!err)
		err = link_all(im, why);
	arena_done(&im->scratch);
	arena_done(&im->parents_arena);
	map_done(&im->containers);
	u64map_done(&im->in_batch);
	return err;
}

enum err import_text(struct ctx *c, const struct import_options *o, str name, str text,
		     struct import_result *result, struct why *why)
{
	struct importer im;
	enum err err = importer_init(&im, c, o, result, why);

	if (err)
		return err;
	return importer_end(&im, importer_add(&im, name, text, why), why);
}
