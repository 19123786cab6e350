// SPDX-License-Identifier: Apache-2.0
#include "exchange/withdraw_fields.h"

#include "exchange/signature.h"
#include "store/signed.h"
#include "team/erase.h"

static struct erase_paths *paths_of(struct arena *a, const struct withdrawal_name *name)
{
	struct erase_paths *x = arena_new(a, struct erase_paths);
	struct erase_path *p = arena_array(a, struct erase_path, name->n_paths + 1);

	for (size_t i = 0; i < name->n_paths; i++)
		p[i] = (struct erase_path){{name->paths[i].name[0], name->paths[i].name[1]},
					   name->paths[i].n};
	*x = (struct erase_paths){p, name->n_paths};
	return x;
}

bool withdraw_paths_good(struct ctx *c, const struct withdrawal *x)
{
	for (size_t i = 0; i < x->n_names; i++) {
		const struct erase_paths *p = paths_of(c->arena, &x->names[i]);

		for (size_t k = 0; k < p->n; k++)
			if (!erase_may(&p->p[k]))
				return false;
	}
	return true;
}

struct json withdraw_fields_from(struct arena *a, const struct json *object,
				 const struct withdrawal_name *name)
{
	return erase_from(a, object, paths_of(a, name));
}

/* ---- what is held ---- */

struct erasing {
	struct ctx *c;
	struct write_set *w;
	const struct withdrawal *x;
	const struct withdrawal_name *name;
	struct erase_paths *paths;
	const struct record *r;
	const struct record_signed *now; /* signature of the present version; rev 0: none */
};

/* The same rev, without what is erased and without its salts. */
static enum err signature_without(struct erasing *e, struct record_put *put, struct why *why)
{
	struct arena *a = e->c->arena;
	struct record_signed *row = arena_new(a, struct record_signed);
	struct signed_manifest m;
	struct json v, object;
	BUF(text);
	enum err err = signature_kept(a, e->now->signature, &m, why);

	if (!err)
		err = json_parse(a, e->now->object.n ? e->now->object : e->r->body, NULL, &v, why);
	if (err)
		return why_set(why, ERR_IO,
			       "a stored signature cannot be read: run hikeshi verify");
	object = erase_from(a, &v, e->paths);
	if (stix_missing(&object))
		return why_field(why, ERR_UNPROCESSABLE, "malformed", NULL,
				 "it erases what an object cannot be without",
				 "情報に欠かせない項目を消去しようとしています");
	m.open = open_for(a, &m.open, &object, NULL, NULL);
	json_write(&text, &object);
	*row = *e->now;
	row->signature = signature_keep(a, &m);
	row->object = e->now->object.n ? arena_str(a, buf_str(&text)) : STR("");
	put->signature = row;
	return ERR_OK;
}

static enum err present(struct erasing *e, struct why *why)
{
	struct ctx *c = e->c;
	const struct record *r = e->r;
	const struct catalog_type *t = catalog_code(c->node->catalog, r->type);
	struct record_put *put = arena_new(c->arena, struct record_put);
	struct json body, left;
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	left = erase_from(c->arena, &body, e->paths);
	if (json_eq(&left, &body))
		return ERR_OK;
	t = t ? t : catalog_generic(c->node->catalog);
	*put = (struct record_put){.key = r->key,
				   .expect_version = r->version,
				   .type = word_text(c->node->store, r->type),
				   .label = r->label,
				   .flags = r->flags,
				   .kind = "erase",
				   .why = e->x->why};
	err = record_fill_put(c, t, &left, put, why);
	if (!err && e->now->rev)
		err = signature_without(e, put, why);
	if (!err)
		(void)write_put(e->w, put);
	return err;
}

enum err withdraw_fields(struct ctx *c, struct write_set *w, const struct withdrawal *x,
			 int64_t team, int64_t holder, const struct uuid *ids, struct why *why)
{
	size_t n = x->n_names;
	struct record *r = arena_array(c->arena, struct record, n + 1);
	int64_t *keys = arena_array(c->arena, int64_t, n + 1),
		*teams = arena_array(c->arena, int64_t, n + 1);
	int32_t *versions = arena_array(c->arena, int32_t, n + 1);
	struct record_signed *now = arena_array(c->arena, struct record_signed, n + 1),
			     *newest = arena_array(c->arena, struct record_signed, n + 1);
	enum err err = store_find_held(c->node->store, c->arena, holder, ids, n, true, r, why);

	for (size_t i = 0; i < n; i++) {
		keys[i] = err ? 0 : r[i].key;
		versions[i] = err ? 0 : r[i].version;
		teams[i] = team;
	}
	if (!err)
		err = signed_find(c->node->store, c->arena, keys, versions, n, now, why);
	if (!err)
		err = signed_newest(c->node->store, c->arena, ids, teams, n, newest, why);
	for (size_t i = 0; i < n && !err; i++) {
		struct erasing e = {
		    .c = c, .w = w, .x = x, .name = &x->names[i], .r = &r[i], .now = &now[i]};

		if (!r[i].key || !x->names[i].n_paths ||
		    !str_eq(record_id(c, &r[i]), x->names[i].target))
			continue;
		e.paths = paths_of(c->arena, e.name);
		/* what is newer than what is spoken of stays as it is */
		if (newest[i].rev && newest[i].rev <= e.name->rev)
			err = present(&e, why);
		write_erase(w, &(struct record_erasure){.key = r[i].key,
							.upto_rev = e.name->rev,
							.fn = erase_body,
							.ctx = e.paths});
	}
	return err;
}
