// SPDX-License-Identifier: Apache-2.0
/* What was done, taken back by whoever did it. */
#include "team/undo.h"

#include "base/vec.h"
#include "store/service.h"
#include "team/case.h"
#include "team/warning_internal.h"

struct undo_items {
	struct undo_item *p;
	size_t n, cap;
};
struct undo_faults {
	struct bulk_fault *p;
	size_t n, cap;
};

static const struct {
	const char *name;
	int64_t within_us;
	const char *late_en, *late_ja;
	/* said: what is to be told of it beside that it is done; in the arena of c, or static */
	enum err (*one)(struct ctx *c, const struct undo_item *u, struct bilingual *said,
			struct why *why);
} kinds[UNDO_KINDS] = {
    [UNDO_BULK] = {"bulk", BULK_UNDO_US, "a change can be taken back for ten minutes",
		   "元に戻せるのは操作から10分以内です", undo_one_back},
    [UNDO_MERGE] = {"merge", BULK_UNDO_US, "a merging can be taken back for ten minutes",
		    "統合を元に戻せるのは10分以内です", case_unmerge},
    [UNDO_ANSWER] = {"answer", UNDO_ANSWER_US, "an answer can be taken back for five minutes",
		     "回答を取り消せるのは5分以内です", warning_unanswer},
};

/* ---- kept ---- */

static str operation_body(struct ctx *c, enum undo_kind kind, const struct undo_item *p, size_t n)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "kind", kinds[kind].name);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_ki64(&o, "key", p[i].key);
		jo_kstr(&o, "id", p[i].id);
		jo_ki64(&o, "before", p[i].before);
		jo_ki64(&o, "after", p[i].after);
		jo_end(&o);
	}
	jo_end(&o);
	jo_end(&o);
	return arena_str(c->arena, buf_str(&b));
}

enum err undo_keep(struct ctx *c, enum undo_kind kind, const struct undo_item *items, size_t n,
		   struct uuid *ret, struct why *why)
{
	struct operation o = {.uid = uuid_new(),
			      .account = c->actor->account,
			      .at_us = clock_now_us(),
			      .body = operation_body(c, kind, items, n)};
	enum err err;

	if (!n || !o.account)
		return ERR_OK;
	err = operation_add(c->node->store, &o, why);
	if (!err)
		*ret = o.uid;
	return err;
}

/* ---- what others have ---- */

void undo_item_ctx(struct ctx *c, struct arena *a, struct ctx *ret)
{
	*ret = *c;
	ret->arena = a;
	ret->faults = (struct catalog_faults){0};
}

/* Directory and view may have been taken anew by a commit. */
void undo_item_done(struct ctx *c, const struct ctx *item)
{
	c->dir = item->dir;
	c->view = item->view;
}

static bool seen_elsewhere(struct ctx *c, const struct record *r)
{
	const struct label *l = label_get(c->node->store, r->label);

	for (size_t i = 0; l && i < c->dir->n_teams; i++)
		if (c->dir->teams[i].peer && ctx_team_sees(c, &c->dir->teams[i], l)) /* gate */
			return true;
	return false;
}

bool undo_has_left(struct ctx *c, const struct record *was, const struct record *now)
{
	const struct catalog_type *t = record_type(c, now);
	struct json a, b, leaves_a, leaves_b;

	if (!seen_elsewhere(c, was) && !seen_elsewhere(c, now))
		return false;
	if (was->label != now->label || was->state != now->state || record_body(c, was, &a, NULL) ||
	    record_body(c, now, &b, NULL))
		return true;
	leaves_a = catalog_leaving(c->arena, t, &a); /* no gate: compared, not shown */
	leaves_b = catalog_leaving(c->arena, t, &b); /* no gate: compared, not shown */
	return !json_eq(&leaves_a, &leaves_b);
}

/* ---- back ---- */

enum err undo_one_back(struct ctx *c, const struct undo_item *u, struct bilingual *said,
		       struct why *why)
{
	struct record now = {0}, was = {0}, ret;
	enum err err = store_read(c->node->store, c->arena, c->view, &u->key, 1, true, &now, why);

	(void)said;
	if (!err && !now.key)
		err = why_field(why, ERR_NOTFOUND, "not_found", NULL,
				"there is nothing of that id that you may see",
				"そのIDのものはないか、閲覧できません");
	if (!err && now.version != u->after)
		err = why_field(why, ERR_STALE, "stale", NULL,
				"somebody changed it since: it stays as it is now",
				"その後に変更されたため、元に戻しません");
	if (!err)
		err = store_version(c->node->store, c->arena, u->key, u->before, &was, why);
	if (!err && undo_has_left(c, &was, &now))
		err = why_field(why, ERR_CONFLICT, "left", NULL,
				"it has left this node and cannot be taken back",
				"すでに外部へ共有されているため、元に戻せません");
	return err ? err : record_restore(c, &now, &was, &ret, why);
}

/* What was kept by an earlier version of the program has no kind: a change of many. */
static enum err kind_of(const struct json *body, enum undo_kind *ret, struct why *why)
{
	str name = json_get_str(body, "kind");

	for (size_t i = 0; i < UNDO_KINDS; i++)
		if (!name.n || str_eq(name, str_c(kinds[i].name))) {
			*ret = (enum undo_kind)i;
			return ERR_OK;
		}
	return why_set(why, ERR_IO, "the operation is of an unknown kind");
}

static enum err read_items(struct ctx *c, str body, enum undo_kind *ret_kind,
			   struct undo_items *ret, struct why *why)
{
	struct json v;
	const struct json *items;
	enum err err = json_parse(c->arena, body, NULL, &v, why);

	if (!err)
		err = kind_of(&v, ret_kind, why);
	items = err ? NULL : json_get_c(&v, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *x = json_at(items, i);
		struct undo_item u = {json_get_i64(x, "key", 0), json_get_str(x, "id"),
				      (int32_t)json_get_i64(x, "before", 0),
				      (int32_t)json_get_i64(x, "after", 0)};

		vec_add(c->arena, ret, u);
	}
	return err;
}

/* An operation is its maker's: another's does not exist. */
static enum err own_operation(struct ctx *c, struct uuid uid, struct operation *ret,
			      struct why *why)
{
	enum err err = operation_find(c->node->store, c->arena, uid, ret, NULL);

	if (err == ERR_NOTFOUND || (!err && ret->account != c->actor->account)) /* gate */
		return why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "you have made no such change", "そのような操作はありません");
	if (err)
		return why_set(why, err, "the operation cannot be read");
	if (ret->undone_us)
		return why_field(why, ERR_CONFLICT, "undone", NULL, "it was taken back already",
				 "すでに元に戻されています");
	return ERR_OK;
}

enum err undo_run(struct ctx *c, struct uuid operation, struct bulk_result *ret, struct why *why)
{
	struct operation o;
	enum undo_kind kind = UNDO_BULK;
	struct undo_items items = {0};
	struct undo_faults faults = {0};
	enum err err = own_operation(c, operation, &o, why);

	*ret = (struct bulk_result){0};
	if (!err)
		err = read_items(c, o.body, &kind, &items, why);
	if (!err && c->now_us - o.at_us > kinds[kind].within_us)
		err = why_field(why, ERR_CONFLICT, "too_late", NULL, kinds[kind].late_en,
				kinds[kind].late_ja);
	if (!err)
		err = operation_take(c->node->store, operation, c->now_us, why);
	for (size_t i = 0; i < items.n && !err; i++) {
		ARENA(a, 0);
		struct ctx item;
		struct bulk_fault f = {.id = items.p[i].id};

		undo_item_ctx(c, &a, &item);
		f.err = kinds[kind].one(&item, &items.p[i], &ret->said, &f.why);
		undo_item_done(c, &item);
		if (f.err)
			vec_add(c->arena, &faults, f);
		else
			ret->done++;
	}
	ret->faults = faults.p;
	ret->n_faults = faults.n;
	return err;
}
