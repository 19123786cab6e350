// SPDX-License-Identifier: Apache-2.0
/* team_keys: the keys of this node and of the teams it hosts. The journal says that a key came or
 * went, with its public part. */
#include "base/codec.h"
#include "base/vec.h"
#include "store/peers.h"
#include "store/service_internal.h"

enum err node_keys_get(struct store *s, struct arena *a, struct node_keys *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct node_keys k = {0};
	bool found = false;
	enum err err =
	    db_query(db, "SELECT seed, tls_key, tls_cert, created FROM node_key WHERE id = 1",
		     DBNONE, &rows, why);

	if (!err) {
		while (db_next(rows)) {
			str seed = db_bytes(rows, 0);

			found = seed.n == sizeof(k.seed);
			if (found)
				memcpy(k.seed, seed.p, sizeof(k.seed));
			k.tls_key = arena_str(a, db_bytes(rows, 1));
			k.tls_cert = arena_str(a, db_bytes(rows, 2));
			k.created_us = db_int(rows, 3);
		}
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (!err && !found)
		err = why_set(why, ERR_NOTFOUND, "this node has no keys yet");
	if (!err)
		*ret = k;
	return err;
}

static enum err do_node(struct db *tx, void *ctx, struct why *why)
{
	const struct node_keys *k = ctx;
	struct json o = json_object();
	struct digest d = sha256(k->tls_cert);
	ARENA(a, 0);
	BUF(hex);
	enum err err =
	    db_exec(tx,
		    "INSERT INTO node_key(id, seed, tls_key, tls_cert, created) "
		    "VALUES(1, ?1, ?2, ?3, ?4)",
		    DBARGS(DBB(((str){(const char *)k->seed, sizeof(k->seed)})), DBT(k->tls_key),
			   DBT(k->tls_cert), DBI(k->created_us ? k->created_us : clock_now_us())),
		    NULL, why);

	hex_encode(&hex, d.b, sizeof(d.b));
	json_set(&a, &o, STR("certificate"), json_string(buf_str(&hex)));
	return err ? err : service_note(tx, 0, 0, "node-key", &a, &o, why);
}

enum err node_keys_add(struct store *s, const struct node_keys *k, struct why *why)
{
	struct node_keys copy = *k;
	enum err err = store_tx(s, do_node, &copy, why);

	secret_wipe(&copy, sizeof(copy));
	return err;
}

/* ---- teams ---- */

#define COLUMNS                                                                                    \
	"team, n, root, public, seed, age_public, age_secret, object, created, ends, revoked"

static struct team_key key_row(struct db_rows *r, struct arena *a)
{
	struct team_key k = {.team = db_int(r, 0),
			     .n = (int32_t)db_int(r, 1),
			     .root = db_digest(r, 2),
			     .public = db_digest(r, 3),
			     .age_public = arena_str(a, db_bytes(r, 5)),
			     .age_secret = arena_str(a, db_bytes(r, 6)),
			     .object = arena_str(a, db_bytes(r, 7)),
			     .created_us = db_int(r, 8),
			     .ends_us = db_int(r, 9),
			     .revoked_us = db_int(r, 10)};
	str seed = db_bytes(r, 4);

	if (seed.n == sizeof(k.seed))
		memcpy(k.seed, seed.p, sizeof(k.seed));
	return k;
}

enum err team_keys_list(struct store *s, struct arena *a, int64_t team, struct team_key **ret,
			size_t *ret_n, struct why *why)
{
	VEC(struct team_key) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(
	    db, "SELECT " COLUMNS " FROM team_key WHERE team = ?1 OR ?1 = 0 ORDER BY team, n",
	    DBARGS(DBI(team)), &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, key_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

struct put {
	const struct team_key *k;
	size_t n;
	int64_t actor;
	const char *kind;
};

static enum err put_one(struct db *tx, const struct put *p, const struct team_key *k,
			struct why *why)
{
	struct json o = json_object();
	ARENA(a, 0);
	BUF(hex);
	enum err err = db_exec(tx,
			       "INSERT INTO team_key(" COLUMNS
			       ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
			       "?11)",
			       DBARGS(DBI(k->team), DBI(k->n), DBD(k->root), DBD(k->public),
				      DBB(((str){(const char *)k->seed, sizeof(k->seed)})),
				      DBT(k->age_public), DBT(k->age_secret), DBT(k->object),
				      DBI(k->created_us ? k->created_us : clock_now_us()),
				      DBI(k->ends_us), DBI(k->revoked_us)),
			       NULL, why);

	hex_encode(&hex, k->public.b, sizeof(k->public.b));
	json_set(&a, &o, STR("n"), json_from_i64(&a, k->n));
	json_set(&a, &o, STR("key"), json_string(buf_str(&hex)));
	json_set(&a, &o, STR("ends"), json_from_i64(&a, k->ends_us));
	json_set(&a, &o, STR("revoked"), json_from_i64(&a, k->revoked_us));
	return err ? err : service_note(tx, p->actor, k->team, p->kind, &a, &o, why);
}

static enum err do_put(struct db *tx, void *ctx, struct why *why)
{
	const struct put *p = ctx;
	enum err err = ERR_OK;

	for (size_t i = 0; i < p->n && !err; i++)
		err = put_one(tx, p, &p->k[i], why);
	return err;
}

enum err team_keys_add(struct store *s, const struct team_key *k, size_t n, int64_t actor,
		       const char *kind, struct why *why)
{
	struct put p = {k, n, actor, kind};

	return store_tx(s, do_put, &p, why);
}
