// SPDX-License-Identifier: Apache-2.0
/* Two incidents that are one: the duplicate points to the one that is kept and closes. Nothing is
 * copied: entries stay where they were written, under their own labels, and are read from the one
 * that is kept by who may read each. What became two again: chosen entries and reports stand in a
 * new incident too. */
#include "team/case.h"

#include "base/vec.h"
#include "team/record_internal.h"
#include "team/undo.h"

#define POINTS "duplicate-of"
#define SPLIT "split-from"
#define HOPS_MOST 20
#define ENTRIES_MOST 200

static const struct catalog_type *incidents(struct ctx *c)
{
	return catalog_plural(c->node->catalog, STR("incidents"));
}

static bool is_duplicate(struct ctx *c, const struct record *r)
{
	return str_eq(word_text(c->node->store, r->state), STR("duplicate"));
}

/* An incident of one's own team by its id or number, as a field names it. */
static enum err own_incident(struct ctx *c, str id, const char *field, struct record *ret,
			     struct why *why)
{
	enum err err = record_get(c, incidents(c), id, ret, NULL);

	if (err == ERR_NOTFOUND || (!err && ret->team != c->actor->team)) /* gate */
		return field_fault(c, why, "unknown_incident", field,
				   "is not an incident of your team",
				   "自チームのインシデントではありません");
	return err ? why_set(why, err, "incident '%.*s' cannot be read", STR_ARG(id)) : ERR_OK;
}

enum err case_merging(struct ctx *c, struct record_draft *d, struct why *why)
{
	str id = json_get_str(&d->body, "duplicate_of");
	struct record kept = {0};
	struct json body;
	enum err err;

	if (!d->old || !d->step || !str_eq(d->step->to, STR("duplicate")) || !id.n)
		return ERR_OK;
	err = own_incident(c, id, "/duplicate_of", &kept, why);
	if (err)
		return err;
	/* along the way it points to there is no way back to itself */
	json_set(c->arena, &d->body, STR("duplicate_of"), json_string(record_id(c, &kept)));
	for (int i = 0; i < HOPS_MOST; i++) {
		if (kept.key == d->old->key)
			return field_fault(c, why, "cycle", "/duplicate_of",
					   "is this incident, or points to it",
					   "このインシデント自身か、ここへ統合されたものです");
		if (!is_duplicate(c, &kept))
			return ERR_OK;
		err = record_body(c, &kept, &body, why);
		if (err)
			return err;
		id = json_get_str(&body, "duplicate_of");
		if (!id.n || record_get(c, incidents(c), id, &kept, NULL))
			return ERR_OK;
	}
	return field_fault(c, why, "cycle", "/duplicate_of", "points too far on",
			   "統合先をたどりきれません");
}

enum err case_merged_write(struct ctx *c, struct record_draft *d, struct why *why)
{
	str id = json_get_str(&d->body, "duplicate_of"), type;
	struct uuid uid;

	(void)c;
	(void)why;
	if (!d->old || !d->step || !id.n || id_parse(id, &type, &uid))
		return ERR_OK;
	if (str_eq(d->step->to, STR("duplicate")))
		write_link(d->write, d->old->key, STR(POINTS), uid);
	else if (is_duplicate(c, d->old))
		write_unlink(d->write, d->old->key, STR(POINTS), uid);
	return ERR_OK;
}

/* What stands merged into it now; a link alone says what once was. */
enum err case_merged(struct ctx *c, const struct record *r, struct record **ret, size_t *ret_n,
		     struct why *why)
{
	struct record *from = NULL;
	size_t n = 0, m = 0;
	str own = record_id(c, r);
	enum err err = record_linked(c, r->uid, POINTS, &from, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct json body;

		if (is_duplicate(c, &from[i]) &&
		    from[i].team == r->team && /* no gate: read already */
		    record_body(c, &from[i], &body, NULL) == ERR_OK &&
		    str_eq(json_get_str(&body, "duplicate_of"), own))
			from[m++] = from[i];
	}
	*ret = from;
	*ret_n = m;
	return err;
}

enum err case_merge_keep(struct ctx *c, const struct record *was, const struct record *now,
			 struct uuid *ret, struct why *why)
{
	struct undo_item u = {now->key, record_id(c, now), was->version, now->version};

	*ret = (struct uuid){{0}};
	if (!str_eq(word_text(c->node->store, now->type), STR("x-hikeshi-incident")) ||
	    !is_duplicate(c, now) || is_duplicate(c, was) || undo_has_left(c, was, now))
		return ERR_OK;
	return undo_keep(c, UNDO_MERGE, &u, 1, ret, why);
}

enum err case_unmerge(struct ctx *c, const struct undo_item *u, struct bilingual *said,
		      struct why *why)
{
	struct record now = {0};
	struct json body;
	str id;
	enum err err = store_read(c->node->store, c->arena, c->view, &u->key, 1, true, &now, why);

	if (!err && now.key)
		err = record_body(c, &now, &body, why);
	id = err || !now.key ? STR_NULL : json_get_str(&body, "duplicate_of");
	if (!err)
		err = undo_one_back(c, u, said, why);
	if (err || !id.n)
		return err;
	err = store_read(c->node->store, c->arena, c->view, &u->key, 1, true, &now, why);
	return err ? err : record_unlink(c, &now, STR(POINTS), id, why);
}

/* ---- split ---- */

/* Its label is never wider than that of what it comes from: for the team alone, or, of a TLP:RED
 * one, for the people of the team who were named in it. */
static void split_label(struct ctx *c, const struct record *r, struct json *request)
{
	const struct label *l = label_get(c->node->store, r->label);
	struct json named = json_array();

	json_set(c->arena, request, STR("tlp"),
		 json_string(l && l->tlp == TLP_RED ? STR("TLP:RED") : STR("TLP:AMBER+STRICT")));
	for (size_t i = 0; l && l->tlp == TLP_RED && i < l->n_people; i++) {
		struct uuid uid;
		char u[UUID_TEXT];

		if (l->people[i].team != c->actor->team || /* no gate: whom the new one names */
		    !principal_uuid(c->node->store, l->people[i].person, &uid))
			continue;
		uuid_text(uid, u);
		json_add(
		    c->arena, &named,
		    json_string(arena_printf(c->arena, "x-hikeshi-person--%.*s", UUID_TEXT, u)));
	}
	if (json_count(&named))
		json_set(c->arena, request, STR("named"), named);
}

static enum err known_only(struct ctx *c, const struct json *request, struct why *why)
{
	static const char *const known[] = {"title", "comments", "report"};

	for (size_t i = 0; i < json_count(request); i++) {
		bool ok = false;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok |= str_eq(request->members[i].key, str_c(known[k]));
		if (!ok)
			return field_fault(
			    c, why, "unknown_field",
			    arena_printf(c->arena, "/%.*s", STR_ARG(request->members[i].key)).p,
			    "is not a field of a split", "分割にない項目です");
	}
	return ERR_OK;
}

/* The chosen entries: notes of this incident that one may read. */
static enum err chosen(struct ctx *c, const struct record *r, const struct json *ids, int64_t *keys,
		       size_t *ret_n, struct why *why)
{
	struct record *all = NULL;
	size_t n = 0;
	enum err err = record_linked(c, r->uid, "comment", &all, &n, why);

	*ret_n = 0;
	for (size_t i = 0; i < json_count(ids) && !err; i++) {
		str id = json_str(json_at(ids, i));
		size_t k = 0;

		while (k < n && !str_eq(record_id(c, &all[k]), id))
			k++;
		if (k == n || all[k].team != c->actor->team) /* gate */
			return field_fault(
			    c, why, "unknown_entry", "/comments",
			    "must be notes of your team in this incident",
			    "このインシデントにある自チームの所見を指定してください");
		keys[(*ret_n)++] = all[k].key;
	}
	return err;
}

enum err case_split(struct ctx *c, const struct record *r, const struct json *request,
		    struct record *ret, struct why *why)
{
	const struct json *ids = json_get_c(request, "comments"), *reports;
	struct json make = json_object();
	int64_t *keys = arena_array(c->arena, int64_t, ENTRIES_MOST);
	struct write_set w;
	size_t n = 0;
	enum err err = record_may_change(c, incidents(c), r, "edit", why); /* gate */

	if (!err)
		err = known_only(c, request, why);
	if (!err && ids && (!json_is(ids, JSON_ARRAY) || json_count(ids) > ENTRIES_MOST))
		err = field_fault(c, why, "type", "/comments", "must be a list of at most 200 ids",
				  "200件までのIDで指定してください");
	if (!err)
		err = chosen(c, r, ids, keys, &n, why);
	if (err)
		return err;
	reports = json_get_c(request, "report");
	if (json_get_c(request, "title"))
		json_set(c->arena, &make, STR("title"), *json_get_c(request, "title"));
	if (reports)
		json_set(c->arena, &make, STR("report"), *reports);
	split_label(c, r, &make);
	err = record_create(c, incidents(c), &make, 0, ret, why);
	if (err)
		return err;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	write_link(&w, ret->key, STR(SPLIT), r->uid);
	for (size_t i = 0; i < n; i++)
		write_link(&w, keys[i], STR("comment"), ret->uid);
	return record_commit(c, &w, NULL, why);
}
