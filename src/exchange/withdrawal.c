// SPDX-License-Identifier: Apache-2.0
#include "exchange/withdrawal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/merkle.h"
#include "exchange/wire_internal.h"

#define TYPE "x-hikeshi-withdrawal"

/* ---- as JSON ---- */

static int by_target(const void *a, const void *b)
{
	return str_cmp(((const struct withdrawal_name *)a)->target,
		       ((const struct withdrawal_name *)b)->target);
}

static struct json paths_json(struct arena *a, const struct withdrawal_name *n)
{
	struct json paths = json_array();

	if (n->n_paths == 0)
		return json_null();
	for (size_t i = 0; i < n->n_paths; i++) {
		struct json path = json_array();

		for (size_t k = 0; k < n->paths[i].n; k++)
			json_add(a, &path, json_string(n->paths[i].name[k]));
		json_add(a, &paths, path);
	}
	return paths;
}

static struct json names_json(struct arena *a, const struct withdrawal *w)
{
	struct withdrawal_name *sorted = arena_array(a, struct withdrawal_name, w->n_names);
	struct json names = json_array();

	if (w->n_names) {
		memcpy(sorted, w->names, w->n_names * sizeof(*sorted));
		qsort(sorted, w->n_names, sizeof(*sorted), by_target);
	}
	for (size_t i = 0; i < w->n_names; i++) {
		struct json o = json_object();

		wire_set(a, &o, "target", json_string(sorted[i].target));
		wire_set(a, &o, "rev", json_from_i64(a, sorted[i].rev));
		wire_set(a, &o, "paths", paths_json(a, &sorted[i]));
		json_add(a, &names, o);
	}
	return names;
}

struct json withdrawal_json(struct arena *a, const struct withdrawal *w)
{
	const struct wire_head h = {w->id, w->created_us, w->modified_us};
	struct json o = wire_head_json(a, TYPE, &h), list = json_null();

	assert(w->has_list == (w->n_names == 0));
	if (w->has_list) {
		list = json_object();
		wire_set(a, &list, "root", wire_json_hex(a, w->list_root.b, SHA256_BYTES));
		wire_set(a, &list, "size", json_from_i64(a, w->list_size));
	}
	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "team", wire_json_uuid(a, w->team));
	if (w->why.n)
		wire_set(a, &o, "reason", json_string(w->why));
	wire_set(a, &o, "names", names_json(a, w));
	wire_set(a, &o, "list", list);
	return o;
}

static enum err bad(struct why *why, const char *what)
{
	return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
			   "欠けているか誤った項目", str_c(what));
}

static enum err parse_paths(struct arena *a, const struct json *v, struct withdrawal_name *n,
			    struct why *why)
{
	struct withdrawal_path *p;

	if (json_is(v, JSON_NULL))
		return ERR_OK;
	n->n_paths = json_count(v);
	if (!json_is(v, JSON_ARRAY) || n->n_paths == 0 || n->n_paths > WITHDRAWAL_PATHS_MAX)
		return bad(why, "paths");
	p = arena_array(a, struct withdrawal_path, n->n_paths);
	for (size_t i = 0; i < n->n_paths; i++) {
		const struct json *x = json_at(v, i);

		p[i].n = json_count(x);
		if (!json_is(x, JSON_ARRAY) || p[i].n == 0 || p[i].n > 2)
			return bad(why, "paths");
		for (size_t k = 0; k < p[i].n; k++) {
			if (!json_is(json_at(x, k), JSON_STRING))
				return bad(why, "paths");
			p[i].name[k] = json_str(json_at(x, k));
		}
	}
	n->paths = p;
	return ERR_OK;
}

static enum err parse_names(struct arena *a, const struct json *v, struct withdrawal *w,
			    struct why *why)
{
	static const char *const members[] = {"target", "rev", "paths", NULL};
	struct withdrawal_name *n;
	struct uuid u;
	str type;
	enum err err = ERR_OK;

	w->n_names = json_count(v);
	if (!json_is(v, JSON_ARRAY) || w->n_names > WITHDRAWAL_NAMES_MAX)
		return bad(why, "names");
	n = arena_array(a, struct withdrawal_name, w->n_names);
	for (size_t i = 0; i < w->n_names && !err; i++) {
		const struct json *x = json_at(v, i);

		err = wire_object(x, "names", members, why);
		if (!err)
			err = wire_text(x, "target", 300, &n[i].target, why);
		if (!err && (id_parse(n[i].target, &type, &u) ||
			     (i && str_cmp(n[i - 1].target, n[i].target) >= 0)))
			err = bad(why, "target");
		if (!err)
			err = wire_int(x, "rev", 1, WIRE_INT_MAX, &n[i].rev, why);
		if (!err)
			err = parse_paths(a, json_get_c(x, "paths"), &n[i], why);
	}
	w->names = n;
	return err;
}

static enum err parse_list(const struct json *v, struct withdrawal *w, struct why *why)
{
	static const char *const names[] = {"root", "size", NULL};
	enum err err;

	w->has_list = !json_is(v, JSON_NULL);
	if (w->has_list != (w->n_names == 0))
		return bad(why, "list");
	if (!w->has_list)
		return ERR_OK;
	err = wire_object(v, "list", names, why);
	if (!err)
		err = wire_hex(v, "root", w->list_root.b, SHA256_BYTES, why);
	return err ? err : wire_int(v, "size", 1, WITHDRAWAL_LIST_MAX, &w->list_size, why);
}

enum err withdrawal_parse(struct arena *a, const struct json *v, struct withdrawal *ret,
			  struct why *why)
{
	struct withdrawal w = {0};
	struct wire_head h = {0};
	enum err err = wire_version(v, TYPE, why);

	if (!err)
		err = wire_head_read(v, TYPE, &h, why);
	if (!err)
		err = wire_uuid(v, "team", &w.team, why);
	if (!err && json_get_c(v, "reason"))
		err = wire_text(v, "reason", 8000, &w.why, why);
	if (!err)
		err = parse_names(a, json_get_c(v, "names"), &w, why);
	if (!err)
		err = parse_list(json_get_c(v, "list"), &w, why);
	if (err)
		return err;
	w.id = h.id;
	w.created_us = h.created_us;
	w.modified_us = h.modified_us;
	*ret = w;
	return ERR_OK;
}

/* ---- what it covers ---- */

const struct withdrawal_name *withdrawal_covers(const struct withdrawal *w, str target, int64_t rev)
{
	const struct withdrawal_name key = {.target = target};
	const struct withdrawal_name *n =
	    w->n_names ? bsearch(&key, w->names, w->n_names, sizeof(key), by_target) : NULL;

	return n && rev <= n->rev ? n : NULL;
}

static struct digest item_leaf(struct arena *a, const struct withdrawal_item *i)
{
	struct json pair = json_array();
	struct digest d;
	BUF(b);

	json_add(a, &pair, json_string(i->target));
	json_add(a, &pair, json_from_i64(a, i->rev));
	if (json_canonical(a, &b, &pair)) /* an id and a number */
		abort();
	d = wire_salted(STR("hikeshi/withdrawal/v1\n"), i->salt.b, buf_str(&b));
	return merkle_leaf(digest_str(&d));
}

struct placed {
	struct digest leaf;
	size_t item;
};

static int by_leaf(const void *a, const void *b)
{
	return wire_digest_order(&((const struct placed *)a)->leaf,
				 &((const struct placed *)b)->leaf);
}

void withdrawal_list(struct arena *a, struct withdrawal *w, struct withdrawal_item *items, size_t n)
{
	struct placed *p = arena_array(a, struct placed, n);
	struct digest *leaves = arena_array(a, struct digest, n);
	struct merkle_path *paths = arena_array(a, struct merkle_path, n);

	assert(n > 0 && n <= WITHDRAWAL_LIST_MAX);
	for (size_t i = 0; i < n; i++) {
		random_bytes(items[i].salt.b, SALT_BYTES);
		p[i] = (struct placed){item_leaf(a, &items[i]), i};
	}
	qsort(p, n, sizeof(*p), by_leaf);
	for (size_t i = 0; i < n; i++)
		leaves[i] = p[i].leaf;
	w->list_root = merkle_paths(a, leaves, n, paths);
	w->list_size = (int64_t)n;
	w->has_list = true;
	for (size_t i = 0; i < n; i++) {
		items[p[i].item].index = (int64_t)i;
		items[p[i].item].path = paths[i].p;
		items[p[i].item].n_path = paths[i].n;
	}
}

struct json withdrawal_item_json(struct arena *a, const struct withdrawal_item *i)
{
	struct json o = json_object();

	wire_set(a, &o, "target", json_string(i->target));
	wire_set(a, &o, "rev", json_from_i64(a, i->rev));
	wire_set(a, &o, "salt", wire_json_hex(a, i->salt.b, SALT_BYTES));
	wire_set(a, &o, "index", json_from_i64(a, i->index));
	wire_set(a, &o, "path", wire_json_digests(a, i->path, i->n_path));
	return o;
}

enum err withdrawal_item_parse(struct arena *a, const struct json *v, struct withdrawal_item *ret,
			       struct why *why)
{
	static const char *const names[] = {"target", "rev", "salt", "index", "path", NULL};
	struct withdrawal_item i = {0};
	struct digest *path = NULL;
	enum err err = wire_object(v, "listed", names, why);

	if (!err)
		err = wire_text(v, "target", 300, &i.target, why);
	if (!err)
		err = wire_int(v, "rev", 1, WIRE_INT_MAX, &i.rev, why);
	if (!err)
		err = wire_hex(v, "salt", i.salt.b, SALT_BYTES, why);
	if (!err)
		err = wire_int(v, "index", 0, WITHDRAWAL_LIST_MAX, &i.index, why);
	if (!err)
		err = wire_digests(a, v, "path", MERKLE_PATH_MAX, &path, &i.n_path, why);
	if (err)
		return err;
	i.path = path;
	*ret = i;
	return ERR_OK;
}

bool withdrawal_lists(struct arena *a, const struct withdrawal *w, const struct withdrawal_item *i)
{
	return w->has_list && i->index >= 0 && i->index < w->list_size &&
	       merkle_check_inclusion((uint64_t)i->index, (uint64_t)w->list_size, item_leaf(a, i),
				      i->path, i->n_path, w->list_root);
}
