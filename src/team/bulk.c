// SPDX-License-Identifier: Apache-2.0
/* Many records changed at once. */
#include "team/bulk.h"

#include "base/vec.h"
#include "team/record_internal.h"
#include "team/undo.h"

/* Whose fields and steps concern the desk alone. Warnings go one by one: an approval is bound to
 * what was seen. */
static const char *const types[] = {"x-hikeshi-report", "x-hikeshi-incident", "x-hikeshi-task"};

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
	*ret_left = undo_has_left(c, &was, &now);
	*ret = (struct undo_item){now.key, it->id, was.version, now.version};
	return ERR_OK;
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

		undo_item_ctx(c, &a, &item);
		f.err = change_one(&item, b, &b->items[i], &u, &left, &f.why);
		undo_item_done(c, &item);
		if (f.err) {
			vec_add(c->arena, &faults, f);
			continue;
		}
		ret->done++;
		if (!left)
			vec_add(c->arena, &undo, u);
	}
	err = undo_keep(c, UNDO_BULK, undo.p, undo.n, &ret->undo, why);
	ret->faults = faults.p;
	ret->n_faults = faults.n;
	return err;
}
