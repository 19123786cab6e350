// SPDX-License-Identifier: Apache-2.0
/* The first reading of the file of a team that moves: to its end, so that nothing counts of one
 * that is not whole, sealed to the team's root and signed by the node that it leaves. */
#include "base/codec.h"
#include "exchange/move_file.h"
#include "exchange/move_internal.h"

enum err move_bad(struct why *why, const char *what)
{
	return why_set(why, ERR_INVALID,
		       "the file does not fit together (%s): write it again with 'hikeshi team "
		       "move-out'",
		       what);
}

struct uuid move_uuid(const struct json *v, const char *name)
{
	struct uuid u;

	return uuid_parse(json_get_str(v, name), &u) == ERR_OK ? u : (struct uuid){{0}};
}

bool move_hex(const struct json *v, const char *name, uint8_t *ret, size_t n)
{
	return hex_decode(json_get_str(v, name), ret, n) == ERR_OK;
}

str move_blob(struct arena *a, const struct json *v, const char *name)
{
	BUF(b);

	if (base64_decode(&b, json_get_str(v, name)))
		return STR_NULL;
	return arena_str(a, buf_str(&b));
}

enum err move_principal(struct node *n, enum principal_kind kind, struct uuid u, int64_t *ret,
			struct why *why)
{
	*ret = 0;
	return uuid_is_zero(u) ? ERR_OK : principal_intern(n->store, kind, &u, 1, ret, why);
}

enum err move_line(struct arena *a, str text, struct json *ret, str *ret_kind, struct why *why)
{
	if (json_parse(a, text, NULL, ret, NULL) || !json_is(ret, JSON_OBJECT))
		return move_bad(why, "a line is no JSON");
	*ret_kind = json_get_str(ret, "k");
	return ERR_OK;
}

/* ---- the first reading ---- */

static enum err head_read(struct arena *a, const struct json *v, struct move_head *ret,
			  struct why *why)
{
	struct move_head h = {.id = move_uuid(v, "id"),
			      .team = move_uuid(v, "team"),
			      .node = move_uuid(v, "node"),
			      .name = arena_str(a, json_get_str(v, "name")),
			      .node_name = arena_str(a, json_get_str(v, "node_name")),
			      .url = arena_str(a, json_get_str(v, "url")),
			      .invite = arena_str(a, json_get_str(v, "invite")),
			      .at_us = json_get_i64(v, "at", 0),
			      .accounts_top = json_get_i64(v, "accounts_top", 0)};

	if (json_get_i64(v, "v", 0) != 1)
		return why_set(why, ERR_UNPROCESSABLE,
			       "the file is of another version of hikeshi: use one that knows it");
	if (uuid_is_zero(h.id) || uuid_is_zero(h.team) || h.at_us <= 0 ||
	    !move_hex(v, "online", h.online.b, sizeof(h.online.b)))
		return move_bad(why, "its first line");
	*ret = h;
	return ERR_OK;
}

struct checking {
	struct arena *a;
	struct move_head head;
	struct json keys; /* objects */
	bool any;
};

static enum err check_line(struct checking *x, str text, struct why *why)
{
	struct json v, object;
	str kind;
	ARENA(a, 0);
	enum err err = move_line(&a, text, &v, &kind, why);

	if (err)
		return err;
	if (!x->any) {
		x->any = true;
		return str_eq(kind, STR("head")) ? head_read(x->a, &v, &x->head, why)
						 : move_bad(why, "its first line");
	}
	x->head.administrators += str_eq(kind, STR("account")) &&
				  str_eq(json_get_str(&v, "role"), STR("administrator")) &&
				  !json_get_bool(&v, "disabled", true);
	if (!str_eq(kind, STR("key")))
		return ERR_OK;
	if (json_parse(x->a, arena_str(x->a, json_get_str(&v, "object")), NULL, &object, NULL))
		return move_bad(why, "a key object");
	json_add(x->a, &x->keys, object);
	return ERR_OK;
}

/* The host that the root named for the team until then is who signed it. */
static enum err check_signed(struct checking *x, const struct move_reader *r,
			     const struct ed25519_public *root, struct why *why)
{
	size_t n = json_count(&x->keys);
	const struct json **v = arena_array(x->a, const struct json *, n + 1);
	struct key_chain chain;
	enum err err;

	for (size_t i = 0; i < n; i++)
		v[i] = json_at(&x->keys, i);
	err = key_chain_build(x->a, x->head.team, root, v, n, &chain, why);
	if (!err)
		err = key_verdict_err(key_judge(&chain, &x->head.online, x->head.at_us, TIME_NONE),
				      why);                /* gate */
	if (!err && !move_file_signed(r, &x->head.online)) /* gate */
		err = why_field(why, ERR_DENIED, "signature", NULL,
				"the file is not signed by the node that the team leaves",
				"ファイルに移転元ノードの署名がありません");
	return err;
}

enum err move_check(struct arena *a, int fd, const struct ed25519_secret *root,
		    struct move_head *ret, struct why *why)
{
	struct checking x = {.a = a, .keys = json_array()};
	struct move_reader *r = NULL;
	bool more = true;
	str text;
	enum err err = move_file_open(fd, root, &r, why);

	while (!err && more) {
		err = move_file_next(r, &text, &more, why);
		if (!err && more)
			err = check_line(&x, text, why);
	}
	if (!err && !x.any)
		err = move_bad(why, "it is empty");
	if (!err)
		err = check_signed(&x, r, &root->public, why);
	move_reader_free(r);
	if (!err)
		*ret = x.head;
	return err;
}
