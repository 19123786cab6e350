// SPDX-License-Identifier: Apache-2.0
#include "store/peers.h"

#include "base/vec.h"
#include "store/service_internal.h"

#define PEER_COLUMNS                                                                               \
	"id, uid, node, url, name, node_key, tls_spki, state, root, token_out, token_in, invite, " \
	"cursor_out, cursor_in, epoch_in, created, created_by, last_contact, last_error, teams"

static struct peer peer_row(struct db_rows *r, struct arena *a)
{
	return (struct peer){
	    .key = db_int(r, 0),
	    .uid = db_uuid(r, 1),
	    .node = db_uuid(r, 2),
	    .url = arena_str(a, db_bytes(r, 3)),
	    .name = arena_str(a, db_bytes(r, 4)),
	    .node_key = db_digest(r, 5),
	    .tls_spki = db_digest(r, 6),
	    .state = arena_str(a, db_bytes(r, 7)),
	    .root = arena_str(a, db_bytes(r, 8)),
	    .token_out = arena_str(a, db_bytes(r, 9)),
	    .token_in = db_digest(r, 10),
	    .invite = db_digest(r, 11),
	    .cursor_out = db_int(r, 12),
	    .cursor_in = arena_str(a, db_bytes(r, 13)),
	    .epoch_in = db_uuid(r, 14),
	    .created_us = db_int(r, 15),
	    .created_by = db_int(r, 16),
	    .last_contact_us = db_int(r, 17),
	    .last_error = arena_str(a, db_bytes(r, 18)),
	    .teams = arena_str(a, db_bytes(r, 19)),
	};
}

/* ---- writing ---- */

struct peer_change {
	const struct peer *in;
	int64_t key, actor, at_us;
	str error, state;
};

static enum err note(struct db *tx, int64_t actor, const char *kind, str name, str state,
		     struct uuid uid, struct why *why)
{
	struct json o = json_object();
	char u[UUID_TEXT];
	ARENA(a, 0);

	uuid_text(uid, u);
	json_set(&a, &o, STR("link"), json_string((str){u, UUID_TEXT}));
	json_set(&a, &o, STR("name"), json_string(name));
	json_set(&a, &o, STR("state"), json_string(state));
	return service_note(tx, actor, 0, kind, &a, &o, why);
}

static enum err insert(struct db *tx, struct peer_change *c, struct why *why)
{
	const struct peer *p = c->in;
	struct db_rows *rows;
	enum err err = db_query(
	    tx,
	    "INSERT INTO peer(uid, node, url, name, node_key, tls_spki, state, root, token_out, "
	    "token_in, invite, cursor_out, cursor_in, epoch_in, created, created_by, "
	    "last_contact, last_error, teams) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	    "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) RETURNING id",
	    DBARGS(DBU(p->uid), DBU(p->node), DBT(p->url), DBT(p->name), DBD(p->node_key),
		   DBD(p->tls_spki), DBT(p->state), DBT(p->root), DBT(p->token_out),
		   DBD(p->token_in), DBD(p->invite), DBI(p->cursor_out), DBT(p->cursor_in),
		   DBU(p->epoch_in), DBI(p->created_us ? p->created_us : clock_now_us()),
		   DBI(p->created_by), DBI(p->last_contact_us), DBT(p->last_error), DBT(p->teams)),
	    &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		c->key = db_int(rows, 0);
	return db_end(rows, why);
}

static enum err update(struct db *tx, struct peer_change *c, struct why *why)
{
	const struct peer *p = c->in;
	int64_t changed = 0;
	enum err err = db_exec(
	    tx,
	    "UPDATE peer SET uid = ?2, node = ?3, url = ?4, name = ?5, node_key = ?6, tls_spki = "
	    "?7, state = ?8, root = ?9, token_out = ?10, token_in = ?11, invite = ?12, teams = "
	    "?13, "
	    "last_error = ?14 WHERE id = ?1",
	    DBARGS(DBI(p->key), DBU(p->uid), DBU(p->node), DBT(p->url), DBT(p->name),
		   DBD(p->node_key), DBD(p->tls_spki), DBT(p->state), DBT(p->root),
		   DBT(p->token_out), DBD(p->token_in), DBD(p->invite), DBT(p->teams),
		   DBT(p->last_error)),
	    &changed, why);

	c->key = p->key;
	return err || changed ? err : why_set(why, ERR_NOTFOUND, "there is no such link");
}

static enum err do_put(struct db *tx, void *ctx, struct why *why)
{
	struct peer_change *c = ctx;
	enum err err = c->in->key ? update(tx, c, why) : insert(tx, c, why);

	return err ? err
		   : note(tx, c->actor, c->in->key ? "peer-change" : "peer-add", c->in->name,
			  c->in->state, c->in->uid, why);
}

enum err peer_put(struct store *s, const struct peer *p, int64_t actor, int64_t *ret_key,
		  struct why *why)
{
	struct peer_change c = {.in = p, .actor = actor};
	enum err err = store_tx(s, do_put, &c, why);

	if (!err)
		*ret_key = c.key;
	return err;
}

/* ---- reading ---- */

static enum err get(struct db *db, struct arena *a, const char *sql, struct db_value arg,
		    struct peer *ret, struct why *why)
{
	struct db_rows *rows;
	struct peer p;
	bool found = false;
	enum err err = db_query(db, sql, &arg, 1, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		p = peer_row(rows, a);
		found = true;
	}
	err = db_end(rows, why);
	if (!err && !found)
		err = why_field(why, ERR_NOTFOUND, "no_link", NULL, "there is no such link",
				"そのリンクはありません");
	if (!err)
		*ret = p;
	return err;
}

static enum err read_one(struct store *s, struct arena *a, const char *sql, struct db_value arg,
			 struct peer *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = get(db, a, sql, arg, ret, why);

	store_reader_put(s, db);
	return err;
}

#define SELECT "SELECT " PEER_COLUMNS " FROM peer"
#define BY_KEY SELECT " WHERE id = ?1"

enum err peer_get(struct store *s, struct arena *a, int64_t key, struct peer *ret, struct why *why)
{
	return read_one(s, a, BY_KEY, DBI(key), ret, why);
}

enum err peer_by_uid(struct store *s, struct arena *a, struct uuid uid, struct peer *ret,
		     struct why *why)
{
	return read_one(s, a, SELECT " WHERE uid = ?1", DBU(uid), ret, why);
}

enum err peer_by_token(struct store *s, struct arena *a, struct digest token_in, struct peer *ret,
		       struct why *why)
{
	return read_one(s, a, SELECT " WHERE token_in = ?1", DBD(token_in), ret, why);
}

enum err peer_by_node_key(struct store *s, struct arena *a, struct digest node_key,
			  struct peer *ret, struct why *why)
{
	return read_one(s, a, SELECT " WHERE node_key = ?1", DBD(node_key), ret, why);
}

enum err peer_by_invite(struct store *s, struct arena *a, struct digest invite, struct peer *ret,
			struct why *why)
{
	return read_one(s, a, SELECT " WHERE invite = ?1 ORDER BY id", DBD(invite), ret, why);
}

enum err peer_list(struct store *s, struct arena *a, struct peer **ret, size_t *ret_n,
		   struct why *why)
{
	VEC(struct peer) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(db, SELECT " ORDER BY id", DBNONE, &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, peer_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

/* ---- what changes at every contact ---- */

static enum err do_contact(struct db *tx, void *ctx, struct why *why)
{
	struct peer_change *c = ctx;
	struct peer old;
	ARENA(a, 0);
	enum err err = get(tx, &a, BY_KEY, DBI(c->key), &old, why);
	str state = err || c->state.p ? c->state : old.state;

	if (!err)
		err = db_exec(tx,
			      "UPDATE peer SET last_contact = ?2, last_error = ?3, state = ?4 "
			      "WHERE id = ?1",
			      DBARGS(DBI(c->key), DBI(c->at_us ? c->at_us : old.last_contact_us),
				     DBT(c->error), DBT(state)),
			      NULL, why);
	if (err || str_eq(state, old.state))
		return err;
	return note(tx, 0, "peer-state", old.name, state, old.uid, why);
}

enum err peer_contact(struct store *s, int64_t key, int64_t at_us, str error, str state,
		      struct why *why)
{
	struct peer_change c = {.key = key, .at_us = at_us, .error = error, .state = state};

	return store_tx(s, do_contact, &c, why);
}

enum err peer_cursor_out(struct store *s, int64_t key, int64_t pos, struct why *why)
{
	return service_exec(s,
			    "UPDATE peer SET cursor_out = ?2 WHERE id = ?1 AND (cursor_out < ?2 "
			    "OR ?2 = 0)",
			    DBARGS(DBI(key), DBI(pos)), NULL, why);
}

enum err peer_cursor_in(struct store *s, int64_t key, str cursor, struct uuid epoch,
			struct why *why)
{
	return service_exec(s, "UPDATE peer SET cursor_in = ?2, epoch_in = ?3 WHERE id = ?1",
			    DBARGS(DBI(key), DBT(cursor), DBU(epoch)), NULL, why);
}

/* ---- circles it was told of: beside what the node is, a row of "meta" for each link ---- */

#define TOLD "told "

static str told_name(struct arena *a, struct uuid peer)
{
	char u[UUID_TEXT];

	uuid_text(peer, u);
	return arena_printf(a, TOLD "%.*s", UUID_TEXT, u);
}

enum err peer_told_get(struct store *s, struct arena *a, struct uuid peer, str *ret,
		       struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	str found = STR("");
	enum err err = db_query(db, "SELECT value FROM meta WHERE name = ?1",
				DBARGS(DBT(told_name(a, peer))), &rows, why);

	while (!err && db_next(rows))
		found = arena_str(a, db_bytes(rows, 0));
	if (!err)
		err = db_end(rows, why);
	store_reader_put(s, db);
	if (!err)
		*ret = found;
	return err;
}

enum err peer_told_set(struct store *s, struct uuid peer, str text, struct why *why)
{
	ARENA(a, 0);

	return service_exec(s,
			    "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO "
			    "UPDATE SET value = excluded.value",
			    DBARGS(DBT(told_name(&a, peer)), DBB(text)), NULL, why);
}

/* ---- the end of a link ---- */

static enum err do_remove(struct db *tx, void *ctx, struct why *why)
{
	struct peer_change *c = ctx;
	struct peer old;
	ARENA(a, 0);
	enum err err = get(tx, &a, BY_KEY, DBI(c->key), &old, why);

	/* the roots stay pinned: whoever comes back is known, or is not the same */
	if (!err)
		err = db_exec(tx, "UPDATE peer_team SET peer = 0 WHERE peer = ?1",
			      DBARGS(DBI(c->key)), NULL, why);
	if (!err)
		err = db_exec(tx, "DELETE FROM peer WHERE id = ?1", DBARGS(DBI(c->key)), NULL, why);
	return err ? err
		   : note(tx, c->actor, "peer-remove", old.name, STR("removed"), old.uid, why);
}

enum err peer_remove(struct store *s, int64_t key, int64_t actor, struct why *why)
{
	struct peer_change c = {.key = key, .actor = actor};

	return store_tx(s, do_remove, &c, why);
}
