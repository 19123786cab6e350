// SPDX-License-Identifier: Apache-2.0
#include "exchange/own_keys.h"

#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/vec.h"
#include "net/client.h"
#include "store/peers.h"

#define ROOT_MARK "hikeshi-root-key-1:"

/* ---- the node ---- */

static enum err node_make(struct node *n, struct arena *a, struct why *why)
{
	struct node_keys k = {0};
	struct ed25519_secret s = ed25519_new();
	char id[UUID_TEXT];
	struct why taken = {0};
	enum err err;

	uuid_text(store_node_id(n->store), id);
	memcpy(k.seed, s.seed, sizeof(k.seed));
	err = tls_make(a, arena_printf(a, "hikeshi %.*s", UUID_TEXT, id).p, &k.tls_key, &k.tls_cert,
		       why);
	if (!err)
		err = node_keys_add(n->store, &k, &taken);
	secret_wipe(&k, sizeof(k));
	ed25519_wipe(&s);
	if (err == ERR_CONFLICT)
		return ERR_OK; /* another process was faster */
	return err ? why_set(why, err, "%s", taken.text) : ERR_OK;
}

enum err own_node_get(struct node *n, struct arena *a, struct own_node *ret, struct why *why)
{
	struct node_keys k = {0};
	struct why none = {0};
	struct own_node o = {.id = store_node_id(n->store)};
	enum err err = node_keys_get(n->store, a, &k, &none);

	if (err == ERR_NOTFOUND) {
		err = node_make(n, a, why);
		if (!err)
			err = node_keys_get(n->store, a, &k, why);
	}
	if (!err)
		err = tls_spki_of_pem(k.tls_cert, &o.tls_spki, why);
	if (err)
		return why_set(why, err, "%s", none.text);
	o.key = ed25519_from_seed(k.seed);
	o.tls_key = k.tls_key;
	o.tls_cert = k.tls_cert;
	secret_wipe(k.seed, sizeof(k.seed));
	*ret = o;
	return ERR_OK;
}

static enum err file_keep(struct node *n, struct arena *a, const char *name, str text,
			  struct why *why)
{
	const char *path = arena_printf(a, "%s/%s", store_data_dir(n->store), name).p;
	BUF(old);

	if (file_read(path, 64 * 1024, &old, NULL) == ERR_OK && str_eq(buf_str(&old), text))
		return ERR_OK;
	return file_replace(path, text, 0600, why);
}

/* ---- root files ---- */

str root_key_name(struct arena *a, const struct directory_team *t)
{
	char name[41], u[UUID_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < t->short_name.n && n < 40; i++) {
		char c = ch_lower(t->short_name.p[i]);

		if (ch_alnum((unsigned char)c) || c == '-')
			name[n++] = c;
	}
	uuid_text(t->uid, u);
	/* part of the id, so that no two teams share a name */
	return arena_printf(a, "root-key-%.*s%s%.8s.txt", (int)n, name, n ? "-" : "", u);
}

static str root_text(struct arena *a, const struct directory_team *t,
		     const struct ed25519_secret *root)
{
	char u[UUID_TEXT];
	BUF(hex);
	str text;

	uuid_text(t->uid, u);
	hex_encode(&hex, root->seed, sizeof(root->seed));
	text = arena_printf(a,
			    "Root key of the team \"%.*s\" (x-hikeshi-team--%.*s).\n"
			    "Take this file away: copy it to something that is locked up, and "
			    "delete it here. Whoever "
			    "has it can speak\nfor the team. It is needed to replace the team's "
			    "key (hikeshi team key "
			    "rotate --root-file FILE) and to move\nthe team to another node.\n"
			    "このファイルは持ち出して金庫などに保管し、ここからは削除してください。"
			    "これを持つ人はチームの名で署名できます。\n"
			    "チームの鍵の交換や、別のノードへの移転に必要です。\n\n" ROOT_MARK
			    " %.*s\n",
			    STR_ARG(t->name), UUID_TEXT, u, STR_ARG(buf_str(&hex)));
	secret_wipe(hex.p, hex.n);
	return text;
}

enum err root_key_read(str text, struct ed25519_secret *ret, struct why *why)
{
	ptrdiff_t at = str_find(text, STR(ROOT_MARK));
	uint8_t seed[ED25519_SEED_BYTES];
	str rest, line = STR_NULL;

	if (at >= 0) {
		rest = str_from(text, (size_t)at + sizeof(ROOT_MARK) - 1);
		(void)str_split(&rest, '\n', &line);
	}
	if (at < 0 || hex_decode(str_trim(line), seed, sizeof(seed)))
		return why_field(why, ERR_INVALID, "no_root_key", NULL,
				 "there is no root key in that file",
				 "そのファイルにはルート鍵がありません");
	*ret = ed25519_from_seed(seed);
	secret_wipe(seed, sizeof(seed));
	return ERR_OK;
}

/* ---- key objects ---- */

static str object_text(struct arena *a, const struct key_object *k)
{
	struct json v = key_json(a, k);
	BUF(b);

	json_write(&b, &v);
	return arena_str(a, buf_str(&b));
}

/* A new key of a team after prev (NULL: the first), signed by the root. */
static enum err key_new(struct node *n, struct arena *a, struct uuid uid, int64_t team,
			const struct ed25519_secret *root, const struct key_object *prev,
			struct team_key *ret, struct why *why)
{
	struct own_node node;
	struct ed25519_secret online = ed25519_new();
	struct age_identity age = age_identity_new();
	struct key_object k = {.created_us = clock_now_us(),
			       .team = uid,
			       .n = prev ? prev->n + 1 : 1,
			       .has_prev = prev != NULL,
			       .root = root->public,
			       .online = online.public,
			       .age = age_recipient_of(&age),
			       .ends_us = TIME_NONE,
			       .revoked_us = TIME_NONE};
	enum err err = own_node_get(n, a, &node, why);

	if (err)
		return err;
	if (prev)
		k.prev = key_hash(a, prev);
	k.node = node.id;
	k.node_key = node.key.public;
	k.tls_spki = node.tls_spki;
	key_sign(a, &k, root, &online);
	*ret = (struct team_key){.team = team,
				 .n = (int32_t)k.n,
				 .age_public = age_recipient_text(a, &k.age),
				 .age_secret = age_identity_text(a, &age),
				 .object = object_text(a, &k),
				 .created_us = k.created_us};
	memcpy(ret->root.b, root->public.b, sizeof(ret->root.b));
	memcpy(ret->public.b, online.public.b, sizeof(ret->public.b));
	memcpy(ret->seed, online.seed, sizeof(ret->seed));
	ed25519_wipe(&online);
	age_identity_wipe(&age);
	ed25519_wipe(&node.key);
	return ERR_OK;
}

/* The root is written under a name of this attempt's own before the key is kept, since a key whose
 * root nobody has could never be replaced; it gets its name when the key was kept. Where another
 * thread or process was faster, its key and its file count. */
static enum err team_first(struct node *n, struct arena *a, const struct directory_team *t,
			   struct buf *files, struct why *why)
{
	struct ed25519_secret root = ed25519_new();
	str name = root_key_name(a, t);
	const char *path = arena_printf(a, "%s/%.*s", store_data_dir(n->store), STR_ARG(name)).p,
		   *mine = arena_printf(a, "%s.%016llx", path, (unsigned long long)random_u64()).p;
	struct team_key k;
	struct why said = {0};
	enum err err = key_new(n, a, t->uid, t->key, &root, NULL, &k, &said);

	if (!err)
		err = file_replace(mine, root_text(a, t, &root), 0600, &said);
	ed25519_wipe(&root);
	if (err)
		return why_set(why, err, "%s", said.text);
	err = team_keys_add(n->store, &k, 1, 0, "team-key-add", &said);
	if (!err && rename(mine, path) != 0)
		return why_set(why, ERR_IO, "'%s' cannot be named '%s': keep it", mine, path);
	if (err)
		(void)unlink(mine);
	if (!err)
		buf_printf(files, "%.*s\n", STR_ARG(name));
	return err && err != ERR_CONFLICT ? why_set(why, err, "%s", said.text) : ERR_OK;
}

enum err own_keys_ensure(struct node *n, struct arena *a, str *ret_files, struct why *why)
{
	const struct directory_view *v = directory_get(n->directory);
	struct own_node node;
	struct team_key *keys = NULL;
	size_t n_keys = 0, at = 0;
	BUF(files);
	enum err err = own_node_get(n, a, &node, why);

	if (!err)
		err = file_keep(n, a, "tls-key.pem", node.tls_key, why);
	if (!err)
		err = file_keep(n, a, "tls-cert.pem", node.tls_cert, why);
	if (!err)
		err = team_keys_list(n->store, a, 0, &keys, &n_keys, why);
	for (size_t i = 0; i < v->n_teams && !err; i++) {
		while (at < n_keys && keys[at].team < v->teams[i].key)
			at++;
		if (!v->teams[i].peer && (at == n_keys || keys[at].team != v->teams[i].key))
			err = team_first(n, a, &v->teams[i], &files, why);
	}
	directory_put(n->directory, v);
	ed25519_wipe(&node.key);
	if (!err && ret_files)
		*ret_files = arena_str(a, buf_str(&files));
	return err;
}

/* ---- teams hosted here ---- */

static bool has_seed(const struct team_key *k)
{
	static const uint8_t none[sizeof(k->seed)];

	return memcmp(k->seed, none, sizeof(none)) != 0;
}

/* The row that has the secrets of an online key; that of a node which the team has left has the one
 * that opens alone. */
static const struct team_key *row_of(const struct team_key *k, size_t n,
				     const struct ed25519_public *online)
{
	for (size_t i = 0; i < n; i++)
		if (k[i].age_secret.n && has_seed(&k[i]) &&
		    memcmp(k[i].public.b, online->b, sizeof(online->b)) == 0)
			return &k[i];
	return NULL;
}

static enum err no_key(struct why *why)
{
	return why_field(why, ERR_NOTFOUND, "no_key", NULL, "that team has no key on this node",
			 "このノードにそのチームの鍵はありません");
}

enum err own_team_get(struct node *n, struct arena *a, int64_t team, struct own_team *ret,
		      struct why *why)
{
	struct peer_team via;
	struct why none = {0};
	enum err err = team ? peer_team_get(n->store, a, team, &via, &none) : ERR_NOTFOUND;

	if (!err) /* gate */
		return no_key(why);
	if (err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	return own_team_leaving(n, a, team, ret, why);
}

enum err own_team_leaving(struct node *n, struct arena *a, int64_t team, struct own_team *ret,
			  struct why *why)
{
	struct team_key *k = NULL;
	const struct team_key *row = NULL;
	struct key_chain chain;
	struct own_team o;
	size_t count = 0;
	enum err err = team_keys_list(n->store, a, team ? team : -1, &k, &count, why);

	if (!err && count)
		err = team_chain(n, a, team, &chain, NULL, why);
	if (err)
		return err;
	if (count && key_chain_current(&chain, clock_now_us(), &o.object))
		row = row_of(k, count, &o.object.online);
	if (!row)
		return no_key(why);
	err = age_identity_parse(row->age_secret, &o.age, why);
	if (err)
		return err;
	o.root = chain.root;
	o.key = ed25519_from_seed(row->seed);
	*ret = o;
	return ERR_OK;
}

enum err own_age_identities(struct node *n, struct arena *a, struct age_identity **ret,
			    size_t *ret_n, struct why *why)
{
	struct team_key *k = NULL;
	struct age_identity *ids;
	size_t count = 0, at = 0;
	enum err err = team_keys_list(n->store, a, 0, &k, &count, why);

	if (err)
		return err;
	ids = arena_array(a, struct age_identity, count + 1);
	for (size_t i = count; i-- > 0 && !err;)
		if (k[i].age_secret.n)
			err = age_identity_parse(k[i].age_secret, &ids[at++], why);
	if (!err) {
		*ret = ids;
		*ret_n = at;
	}
	return err;
}

/* ---- chains ---- */

static enum err chain_of(struct node *n, struct arena *a, int64_t team, struct digest root,
			 const struct json *array, struct key_chain *ret, struct why *why)
{
	size_t count = json_count(array);
	const struct json **v = arena_array(a, const struct json *, count + 1);
	struct ed25519_public r;
	struct uuid uid;

	for (size_t i = 0; i < count; i++)
		v[i] = json_at(array, i);
	memcpy(r.b, root.b, sizeof(r.b));
	if (!principal_uuid(n->store, team, &uid))
		return why_set(why, ERR_NOTFOUND, "there is no such team");
	return key_chain_build(a, uid, &r, v, count, ret, why);
}

static enum err own_objects(struct arena *a, const struct team_key *k, size_t n, struct json *ret,
			    struct why *why)
{
	enum err err = ERR_OK;

	*ret = json_array();
	for (size_t i = 0; i < n && !err; i++) {
		struct json v;

		err = json_parse(a, k[i].object, NULL, &v, why);
		if (!err)
			json_add(a, ret, v);
	}
	return err;
}

enum err team_chain(struct node *n, struct arena *a, int64_t team, struct key_chain *ret,
		    struct json *ret_objects, struct why *why)
{
	struct team_key *k = NULL;
	struct peer_team remote = {0};
	struct json array = json_array();
	struct digest root = {0};
	size_t count = 0;
	enum err err = team_keys_list(n->store, a, team ? team : -1, &k, &count, why);

	if (!err && count) {
		root = k[0].root;
		err = own_objects(a, k, count, &array, why);
	} else if (!err) {
		err = peer_team_get(n->store, a, team, &remote, why);
		root = remote.root;
		if (!err)
			err = json_parse(a, remote.keys, NULL, &array, why);
	}
	if (!err)
		err = chain_of(n, a, team, root, &array, ret, why);
	if (!err && ret_objects)
		*ret_objects = array;
	return err;
}

enum err team_fingerprint(struct node *n, struct arena *a, int64_t team, struct digest *ret,
			  struct why *why)
{
	struct key_chain c;
	enum err err = team_chain(n, a, team, &c, NULL, why);

	if (!err)
		*ret = key_fingerprint(c.team, &c.root);
	return err;
}

/* ---- a key goes, another comes ---- */

static enum err may_change_keys(struct ctx *c, int64_t team, struct why *why)
{
	struct verdict v = policy_node(c->actor, "accounts"); /* gate */

	if (c->actor->node || (v.ok && team == c->actor->team))
		return ERR_OK;
	return why_field(why, ERR_DENIED, "role", NULL,
			 "only a lead of the team may change its keys",
			 "チームの鍵を変更できるのは、そのチームの責任者だけです");
}

static enum err change_begin(struct ctx *c, int64_t team, const struct ed25519_secret *root,
			     struct key_chain *ret, struct key_object *ret_last, struct why *why)
{
	const struct directory_team *t = directory_team(c->dir, team);
	enum err err = may_change_keys(c, team, why);

	if (!err && (!t || t->peer))
		err = no_key(why);
	if (!err)
		err = team_chain(c->node, c->arena, team, ret, NULL, why);
	if (!err && !ed25519_eq(&ret->root, &root->public))
		err = why_field(why, ERR_DENIED, "wrong_root", NULL,
				"that is the root key of another team",
				"そのルート鍵は別のチームのものです");
	if (!err)
		*ret_last = ret->keys[ret->n - 1];
	return err;
}

/* The next object of a chain, about an earlier key: that it ends or was revoked. */
static void key_end(struct arena *a, struct key_object *last, const struct key_object *about,
		    const struct ed25519_secret *root, int64_t ends_us, int64_t revoked_us,
		    struct team_key *ret)
{
	struct key_object k = *about;

	k.created_us = clock_now_us();
	k.n = last->n + 1;
	k.has_prev = true;
	k.prev = key_hash(a, last);
	k.ends_us = ends_us ? ends_us : about->ends_us;
	k.revoked_us = revoked_us ? revoked_us : about->revoked_us;
	key_sign(a, &k, root, NULL);
	*ret = (struct team_key){.team = ret->team,
				 .n = (int32_t)k.n,
				 .object = object_text(a, &k),
				 .created_us = k.created_us,
				 .ends_us = k.ends_us == TIME_NONE ? 0 : k.ends_us,
				 .revoked_us = k.revoked_us == TIME_NONE ? 0 : k.revoked_us};
	memcpy(ret->root.b, k.root.b, sizeof(ret->root.b));
	memcpy(ret->public.b, k.online.b, sizeof(ret->public.b));
	*last = k;
}

enum err own_team_rotate(struct ctx *c, int64_t team, const struct ed25519_secret *root,
			 int64_t overlap_us, struct why *why)
{
	struct key_chain chain;
	struct team_key out[2] = {{.team = team}, {.team = team}};
	struct key_object last, now;
	size_t n = 0;
	enum err err = change_begin(c, team, root, &chain, &last, why);

	if (err)
		return err;
	if (key_chain_current(&chain, c->now_us, &now))
		key_end(c->arena, &last, &now, root, c->now_us + overlap_us, 0, &out[n++]);
	err = key_new(c->node, c->arena, chain.team, team, root, &last, &out[n++], why);
	return err ? err
		   : team_keys_add(c->node->store, out, n, c->actor->account, "team-key-rotate",
				   why);
}

enum err own_team_revoke(struct ctx *c, int64_t team, int32_t number, int64_t at_us,
			 const struct ed25519_secret *root, struct why *why)
{
	struct key_chain chain;
	struct team_key out[2] = {{.team = team}, {.team = team}};
	struct key_object last, about, now;
	size_t n = 0, i = 0;
	enum err err = change_begin(c, team, root, &chain, &last, why);

	if (err)
		return err;
	while (i < chain.n && chain.keys[i].n != number)
		i++;
	if (i == chain.n || !key_chain_find(&chain, &chain.keys[i].online, &about))
		return why_field(why, ERR_NOTFOUND, "no_key", NULL,
				 "that team has no key of that number", "その番号の鍵はありません");
	bool was_current =
	    key_chain_current(&chain, c->now_us, &now) && ed25519_eq(&now.online, &about.online);

	key_end(c->arena, &last, &about, root, 0, at_us, &out[n++]);
	if (was_current)
		err = key_new(c->node, c->arena, chain.team, team, root, &last, &out[n++], why);
	return err ? err
		   : team_keys_add(c->node->store, out, n, c->actor->account, "team-key-revoke",
				   why);
}

/* Each key of the chain that still counts behind that moment. */
static size_t end_all(struct arena *a, int64_t team, const struct key_chain *chain,
		      const struct ed25519_secret *root, int64_t ends_us, struct key_object *last,
		      struct team_key *out)
{
	size_t n = 0;

	for (size_t i = 0; i < chain->n; i++) {
		struct key_object about;
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = ed25519_eq(&chain->keys[k].online, &chain->keys[i].online);
		if (seen || !key_chain_find(chain, &chain->keys[i].online, &about) ||
		    about.revoked_us != TIME_NONE ||
		    (about.ends_us != TIME_NONE && about.ends_us <= ends_us))
			continue;
		out[n].team = team;
		key_end(a, last, &about, root, ends_us, 0, &out[n]);
		n++;
	}
	return n;
}

enum err own_team_adopt(struct ctx *c, int64_t team, const struct ed25519_secret *root,
			int64_t ends_us, struct why *why)
{
	struct key_chain chain;
	struct own_team now;
	struct key_object last;
	struct team_key *out;
	size_t n;
	enum err err = team_chain(c->node, c->arena, team, &chain, NULL, why);

	if (err || own_team_get(c->node, c->arena, team, &now, NULL) == ERR_OK)
		return err; /* it was done before */
	if (!ed25519_eq(&chain.root, &root->public))
		return why_field(why, ERR_DENIED, "wrong_root", NULL,
				 "that is the root key of another team",
				 "そのルート鍵は別のチームのものです");
	last = chain.keys[chain.n - 1];
	out = arena_array(c->arena, struct team_key, chain.n + 1);
	n = end_all(c->arena, team, &chain, root, ends_us, &last, out);
	err = key_new(c->node, c->arena, chain.team, team, root, &last, &out[n], why);
	return err ? err
		   : team_keys_add(c->node->store, out, n + 1, c->actor->account, "team-move-in",
				   why);
}
