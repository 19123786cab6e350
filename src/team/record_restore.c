// SPDX-License-Identifier: Apache-2.0
/* A record given back what an earlier version of it said: body, state and label, as a new version.
 */
#include "team/record_internal.h"

/* The merge patch that makes `to` of `from`, so that history shows each field before and after. */
static struct json patch_between(struct ctx *c, const struct json *from, const struct json *to)
{
	struct json p = json_object();

	for (size_t i = 0; i < json_count(from); i++)
		if (!json_get(to, from->members[i].key))
			json_set(c->arena, &p, from->members[i].key, json_null());
	for (size_t i = 0; i < json_count(to); i++) {
		const struct json *was = json_get(from, to->members[i].key),
				  *is = &to->members[i].value;

		if (was && json_eq(was, is))
			continue;
		json_set(c->arena, &p, to->members[i].key,
			 was && json_is(was, JSON_OBJECT) && json_is(is, JSON_OBJECT)
			     ? patch_between(c, was, is)
			     : *is);
	}
	return p;
}

/* The label stands beside the body, so its change is told beside the body's. */
static enum err label_patch(struct ctx *c, const struct record *now, const struct record *was,
			    struct json *patch, struct why *why)
{
	static const char *const names[] = {"tlp", "circles"};
	struct json a, b;
	enum err err = ERR_OK;

	if (now->label == was->label)
		return ERR_OK;
	err = record_render(c, now, &a, why);
	if (!err)
		err = record_render(c, was, &b, why);
	for (size_t i = 0; i < ARRAY_LEN(names) && !err; i++) {
		const struct json *x = json_get_c(&a, names[i]), *y = json_get_c(&b, names[i]);

		if (x && y && !json_eq(x, y))
			json_set(c->arena, patch, str_c(names[i]), *y);
	}
	return err;
}

enum err record_restore(struct ctx *c, const struct record *now, const struct record *was,
			struct record *ret, struct why *why)
{
	const struct catalog_type *t = record_type(c, now);
	struct json from, to, patch;
	struct write_set w;
	struct record_put put = {.key = now->key,
				 .expect_version = now->version,
				 .kind = "undo",
				 .label = was->label,
				 .state = word_text(c->node->store, was->state),
				 .flags = was->flags};
	enum err err = record_may_change(c, t, now, "edit", why); /* gate */
	BUF(text);

	if (!err)
		err = record_body(c, now, &from, why);
	if (!err)
		err = record_body(c, was, &to, why);
	if (err)
		return err;
	patch = patch_between(c, &from, &to);
	err = label_patch(c, now, was, &patch, why);
	if (!err)
		err = record_fill_put(c, t, &to, &put, why);
	if (err)
		return err;
	json_write(&text, &patch);
	put.patch = arena_str(c->arena, buf_str(&text));
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	(void)write_put(&w, &put);
	err = record_commit(c, &w, NULL, why);
	if (err)
		return err;
	ctx_refresh(c);
	return store_read(c->node->store, c->arena, c->view, &now->key, 1, true, ret, why);
}
