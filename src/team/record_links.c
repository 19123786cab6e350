// SPDX-License-Identifier: Apache-2.0
#include "team/record.h"

#include "base/vec.h"
#include "team/record_internal.h"

/* What these relations say the program itself sees to; answers and deliveries are counted by them.
 */
static bool is_reserved(str relation)
{
	static const char *const words[] = {"answers", "comment", "delivery",
					    "receipt", "vouches", "withdraws"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(relation, str_c(words[i])))
			return true;
	return false;
}

static enum err link_target(struct ctx *c, str relation, str target_id, struct uuid *ret,
			    struct why *why)
{
	struct record r;
	enum err err;

	if (!relation.n || relation.n > 64)
		return field_fault(c, why, "required", "/relation",
				   "a relation of 1 to 64 characters is required",
				   "関係の種類（1〜64文字）を指定してください");
	for (size_t i = 0; i < relation.n; i++)
		if (!ch_alnum(relation.p[i]) && relation.p[i] != '-' && relation.p[i] != '_')
			return field_fault(c, why, "pattern", "/relation",
					   "may hold letters, digits and hyphens only",
					   "英数字とハイフンだけを使ってください");
	if (!c->actor->node && is_reserved(relation)) /* gate */
		return field_fault(c, why, "reserved", "/relation",
				   "is a relation that only the server makes",
				   "サーバーだけが使う関係の種類です");
	err = record_get(c, NULL, target_id, &r, why);
	if (!err)
		*ret = r.uid;
	return err;
}

static enum err link_write(struct ctx *c, const struct record *r, str relation, str target_id,
			   bool remove, struct why *why)
{
	struct write_set w;
	struct uuid target = {{0}};
	const struct catalog_type *t = record_type(c, r);
	enum err err =
	    c->actor->node ? ERR_OK : verdict_err(policy_type(c->actor, t, "edit"), why); /* gate */

	if (!err && r->team != c->actor->team && !c->actor->node) /* gate */
		err = why_field(why, ERR_DENIED, "not_holder", NULL, "this belongs to another team",
				"ほかのチームの記録は変更できません");
	if (!err)
		err = link_target(c, relation, target_id, &target, why);
	if (err)
		return err;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	if (remove)
		write_unlink(&w, r->key, relation, target);
	else
		write_link(&w, r->key, relation, target);
	return record_commit(c, &w, NULL, why);
}

enum err record_link(struct ctx *c, const struct record *r, str relation, str target_id,
		     struct why *why)
{
	return link_write(c, r, relation, target_id, false, why);
}

enum err record_unlink(struct ctx *c, const struct record *r, str relation, str target_id,
		       struct why *why)
{
	return link_write(c, r, relation, target_id, true, why);
}

/* Of another team's record only those links show whose far end it shares too: that it holds
 * something for itself which the reader happens to have as well is its own affair. */
static enum err hide_unshared(struct ctx *c, const struct record *r, const struct uuid *dst,
			      size_t n, struct record *to, struct why *why)
{
	struct record *held = arena_array(c->arena, struct record, n + 1);
	enum err err;

	if (c->actor->node || r->team == c->actor->team || !n) /* gate */
		return ERR_OK;
	err = store_find_held(c->node->store, c->arena, r->team, dst, n, false, held, why);
	for (size_t i = 0; i < n && !err; i++)
		if (!held[i].key || !view_has(c->view, held[i].label)) /* gate */
			to[i] = (struct record){0};
	return err;
}

/* Both ends through the gate in two array calls; what one does not see is not there. */
enum err record_links(struct ctx *c, const struct record *r, struct record_link **ret,
		      size_t *ret_n, struct why *why)
{
	struct link *out = NULL, *in = NULL;
	size_t n_out = 0, n_in = 0, n = 0;
	struct store *s = c->node->store;
	enum err err = store_links(s, c->arena, &r->key, 1, &out, &n_out, why);

	if (!err)
		err = store_links_to(s, c->arena, &r->uid, 1, &in, &n_in, why);
	if (err)
		return err;
	struct uuid *dst = arena_array(c->arena, struct uuid, n_out + 1);
	int64_t *src = arena_array(c->arena, int64_t, n_in + 1);
	struct record *to = arena_array(c->arena, struct record, n_out + 1);
	struct record *from = arena_array(c->arena, struct record, n_in + 1);
	struct record_link *links = arena_array(c->arena, struct record_link, n_out + n_in + 1);

	for (size_t i = 0; i < n_out; i++)
		dst[i] = out[i].dst;
	for (size_t i = 0; i < n_in; i++)
		src[i] = in[i].src_key;
	err = store_find(s, c->arena, c->view, dst, n_out, true, to, why);
	if (!err)
		err = hide_unshared(c, r, dst, n_out, to, why);
	if (!err)
		err = store_read(s, c->arena, c->view, src, n_in, true, from, why);
	if (err)
		return err;
	for (size_t i = 0; i < n_out; i++)
		if (to[i].key)
			links[n++] = (struct record_link){*r, to[i], out[i].relation, out[i].at_us};
	for (size_t i = 0; i < n_in; i++)
		/* who linked is told to the linking team alone */
		if (from[i].key && (in[i].team == c->actor->team || c->actor->node)) /* gate */
			links[n++] = (struct record_link){from[i], *r, in[i].relation, in[i].at_us};
	*ret = links;
	*ret_n = n;
	return ERR_OK;
}

#define NEAR_MOST 2000

struct near {
	struct ctx *c;
	const struct record *r;
	VEC(struct record_near) found;
};

static enum err near_out(struct near *x, size_t i, struct why *why)
{
	struct ctx *c = x->c;
	struct link *l = NULL;
	size_t n = 0, m = 0;
	enum err err = store_links(c->node->store, c->arena, &x->r[i].key, 1, &l, &n, why);
	struct uuid *dst = arena_array(c->arena, struct uuid, err ? 0 : n);
	struct record *to;

	for (size_t k = 0; k < n && m < NEAR_MOST && !err; k++) {
		if (is_reserved(l[k].relation))
			continue;
		l[m] = l[k];
		dst[m++] = l[k].dst;
	}
	to = arena_array(c->arena, struct record, m);
	if (!err)
		err = store_find(c->node->store, c->arena, c->view, dst, m, false, to, why);
	if (!err)
		err = hide_unshared(c, &x->r[i], dst, m, to, why);
	for (size_t k = 0; k < m && !err; k++)
		if (to[k].key)
			vec_add(c->arena, &x->found,
				(struct record_near){i, to[k], l[k].relation, true});
	return err;
}

static enum err near_in(struct near *x, size_t i, struct why *why)
{
	struct ctx *c = x->c;
	struct link *l = NULL;
	size_t n = 0, m = 0;
	enum err err = store_links_to(c->node->store, c->arena, &x->r[i].uid, 1, &l, &n, why);
	int64_t *src = arena_array(c->arena, int64_t, err ? 0 : n);
	struct record *from;

	for (size_t k = 0; k < n && m < NEAR_MOST && !err; k++) {
		/* who linked is told to the linking team alone */
		if (is_reserved(l[k].relation) ||
		    (l[k].team != c->actor->team && !c->actor->node)) /* gate */
			continue;
		l[m] = l[k];
		src[m++] = l[k].src_key;
	}
	from = arena_array(c->arena, struct record, m);
	if (!err)
		err = store_read(c->node->store, c->arena, c->view, src, m, false, from, why);
	for (size_t k = 0; k < m && !err; k++)
		if (from[k].key)
			vec_add(c->arena, &x->found,
				(struct record_near){i, from[k], l[k].relation, false});
	return err;
}

enum err record_near(struct ctx *c, const struct record *r, size_t n, struct record_near **ret,
		     size_t *ret_n, struct why *why)
{
	struct near x = {.c = c, .r = r};
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		err = near_out(&x, i, why);
		if (!err)
			err = near_in(&x, i, why);
	}
	if (err)
		return err;
	*ret = x.found.p;
	*ret_n = x.found.n;
	return ERR_OK;
}

enum err record_linked(struct ctx *c, struct uuid uid, const char *relation, struct record **ret,
		       size_t *ret_n, struct why *why)
{
	struct link *links = NULL;
	size_t n = 0, m = 0;
	enum err err = store_links_to(c->node->store, c->arena, &uid, 1, &links, &n, why);

	if (err)
		return err;
	int64_t *keys = arena_array(c->arena, int64_t, n + 1);
	struct record *r = arena_array(c->arena, struct record, n + 1);

	for (size_t i = 0; i < n; i++)
		if (str_eq(links[i].relation, str_c(relation)))
			keys[m++] = links[i].src_key;
	err = store_read(c->node->store, c->arena, c->view, keys, m, true, r, why);
	if (err)
		return err;
	*ret_n = 0;
	for (size_t i = 0; i < m; i++)
		if (r[i].key)
			r[(*ret_n)++] = r[i];
	*ret = r;
	return ERR_OK;
}
