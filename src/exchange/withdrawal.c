// SPDX-License-Identifier: Apache-2.0
#include "exchange/withdrawal.h"

#include <assert.h>
#include <stdlib.h>

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
	struct json o = wire_head_json(a, TYPE, &h);

	assert(w->n_names > 0);
	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "team", wire_json_uuid(a, w->team));
	if (w->why.n)
		wire_set(a, &o, "reason", json_string(w->why));
	wire_set(a, &o, "names", names_json(a, w));
	wire_set(a, &o, "list", json_null()); /* once thought of */
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
	if (!json_is(v, JSON_ARRAY) || !w->n_names || w->n_names > WITHDRAWAL_NAMES_MAX)
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

/* Nothing else is known there: docs/formats.md 3. */
static enum err parse_list(const struct json *v, struct why *why)
{
	if (json_is(v, JSON_NULL))
		return ERR_OK;
	return wire_refuse(why, ERR_INVALID, "unsupported", "withdrawals are by name, without a",
			   "取り下げは名前で示されたものだけです:", STR("list"));
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
		err = parse_list(json_get_c(v, "list"), why);
	if (!err)
		err = parse_names(a, json_get_c(v, "names"), &w, why);
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
