// SPDX-License-Identifier: Apache-2.0
/* Many records changed at once, and changed back. */
#include "team/bulk.h"

#include "base/vec.h"
#include "store/service.h"
#include "team/record_internal.h"

/* Whose fields and steps concern the desk alone. Warnings go one by one: an approval is bound to
 * what was seen. */
static const char *const types[] = {"x-hikeshi-report", "x-hikeshi-incident", "x-hikeshi-task"};

struct undo_item {
	int64_t key;
	str id;
	int32_t before, after;
};
struct undo_items {
	struct undo_item *p;
	size_t n, cap;
};
struct bulk_faults {
	struct bulk_fault *p;
	size_t n, cap;
};

static bool for_many(const struct catalog_type *t)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(t->type, str_c(types[i])))
			return true;
	return false;
}

/* The same request for one record, in memory that is given back with it. */
static void item_ctx(struct ctx *c, struct arena *a, struct ctx *ret)
{
	*ret = *c;
	ret->arena = a;
	ret->faults = (struct catalog_faults){0};
}

/* Directory and view may have been taken anew by a commit. */
static void item_done(struct ctx *c, const struct ctx *item)
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

/* What others see of two versions differs, and another node has some of it. */
static bool has_left(struct ctx *c, const struct record *was, const struct record *now)
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

static enum err change_one(struct ctx *c, const struct bulk *b, const struct bulk_item *it,
			   struct undo_item *ret, bool *ret_left, struct why *why)
{
	struct record was = {0}, now = {0};
	enum err err = record_get(c, b->type, it->id, &was, why);
	int32_t version = it->version ? it->version : was.version;

	if (err)
		return err;
	err = b->step.n ? record_step(c, &was, b->step, b->set, version, &now, why)
			: record_update(c, &was, b->set, version, &now, why);
	if (err)
		return err;
	*ret_left = has_left(c, &was, &now);
	*ret = (struct undo_item){now.key, it->id, was.version, now.version};
	return ERR_OK;
}

static str operation_body(struct ctx *c, const struct undo_item *p, size_t n)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
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

static enum err keep_operation(struct ctx *c, const struct undo_items *u, struct uuid *ret,
			       struct why *why)
{
	struct operation o = {.uid = uuid_new(),
			      .account = c->actor->account,
			      .at_us = clock_now_us(),
			      .body = operation_body(c, u->p, u->n)};
	enum err err;

	if (!u->n || !o.account)
		return ERR_OK;
	err = operation_add(c->node->store, &o, why);
	if (!err)
		*ret = o.uid;
	return err;
}

enum err bulk_run(struct ctx *c, const struct bulk *b, struct bulk_result *ret, struct why *why)
{
	struct undo_items undo = {0};
	struct bulk_faults faults = {0};
	enum err err;

	*ret = (struct bulk_result){0};
	if (!for_many(b->type))
		return why_field(why, ERR_UNPROCESSABLE, "not_in_bulk", NULL,
				 "records of this type are changed one by one",
				 "この種類は1件ずつ変更してください");
	for (size_t i = 0; i < b->n; i++) {
		ARENA(a, 0);
		struct ctx item;
		struct undo_item u;
		struct bulk_fault f = {.id = b->items[i].id};
		bool left = false;

		item_ctx(c, &a, &item);
		f.err = change_one(&item, b, &b->items[i], &u, &left, &f.why);
		item_done(c, &item);
		if (f.err) {
			vec_add(c->arena, &faults, f);
			continue;
		}
		ret->done++;
		if (!left)
			vec_add(c->arena, &undo, u);
	}
	err = keep_operation(c, &undo, &ret->undo, why);
	ret->faults = faults.p;
	ret->n_faults = faults.n;
	return err;
}

/* ---- back ---- */

static enum err undo_one(struct ctx *c, const struct undo_item *u, struct why *why)
{
	struct record now = {0}, was = {0}, ret;
	enum err err = store_read(c->node->store, c->arena, c->view, &u->key, 1, true, &now, why);

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
	if (!err && has_left(c, &was, &now))
		err = why_field(why, ERR_CONFLICT, "left", NULL,
				"it has left this node and cannot be taken back",
				"すでに外部へ共有されているため、元に戻せません");
	return err ? err : record_restore(c, &now, &was, &ret, why);
}

static enum err read_items(struct ctx *c, str body, struct undo_items *ret, struct why *why)
{
	struct json v;
	const struct json *items;
	enum err err = json_parse(c->arena, body, NULL, &v, why);

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
	if (c->now_us - ret->at_us > BULK_UNDO_US)
		return why_field(why, ERR_CONFLICT, "too_late", NULL,
				 "a change can be taken back for ten minutes",
				 "元に戻せるのは操作から10分以内です");
	return ERR_OK;
}

enum err bulk_undo(struct ctx *c, struct uuid operation, struct bulk_result *ret, struct why *why)
{
	struct operation o;
	struct undo_items items = {0};
	struct bulk_faults faults = {0};
	enum err err = own_operation(c, operation, &o, why);

	*ret = (struct bulk_result){0};
	if (!err)
		err = read_items(c, o.body, &items, why);
	if (!err)
		err = operation_take(c->node->store, operation, c->now_us, why);
	for (size_t i = 0; i < items.n && !err; i++) {
		ARENA(a, 0);
		struct ctx item;
		struct bulk_fault f = {.id = items.p[i].id};

		item_ctx(c, &a, &item);
		f.err = undo_one(&item, &items.p[i], &f.why);
		item_done(c, &item);
		if (f.err)
			vec_add(c->arena, &faults, f);
		else
			ret->done++;
	}
	ret->faults = faults.p;
	ret->n_faults = faults.n;
	return err;
}
