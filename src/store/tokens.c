// SPDX-License-Identifier: Apache-2.0
/* tokens: keys of programs and one-time links, by the SHA-256 of their secret. Making and deleting
 * one leaves a note; its use is remembered to the hour. */
#include "base/vec.h"
#include "store/service_internal.h"

#define TOKEN_COLUMNS "id, digest, account, name, scopes, created, expires, used, purpose"
#define USED_EVERY_US (3600 * US_PER_S)

static struct token token_row(struct db_rows *r, struct arena *a)
{
	return (struct token){
	    .key = db_int(r, 0),
	    .id = db_digest(r, 1),
	    .account = db_int(r, 2),
	    .name = arena_str(a, db_bytes(r, 3)),
	    .scopes = arena_str(a, db_bytes(r, 4)),
	    .created_us = db_int(r, 5),
	    .expires_us = db_int(r, 6),
	    .used_us = db_int(r, 7),
	    .purpose = arena_str(a, db_bytes(r, 8)),
	};
}

struct token_change {
	const struct token *in;
	struct arena *a;
	struct digest id;
	int64_t key, actor;
	struct token out;
	bool found;
};

static enum err token_note(struct db *tx, struct token_change *c, const char *kind,
			   const struct token *t, struct why *why)
{
	struct json o = json_object();

	json_set(c->a, &o, STR("account"), json_from_i64(c->a, t->account));
	json_set(c->a, &o, STR("name"), json_string(t->name));
	json_set(c->a, &o, STR("purpose"), json_string(t->purpose));
	json_set(c->a, &o, STR("scopes"), json_string(t->scopes));
	json_set(c->a, &o, STR("token"), json_from_i64(c->a, c->key));
	return service_note(tx, c->actor, 0, kind, c->a, &o, why);
}

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	struct token_change *c = ctx;
	const struct token *t = c->in;
	struct db_rows *rows;
	enum err err = db_exec(
	    tx, "DELETE FROM token WHERE purpose <> 'api' AND expires > 0 AND expires <= ?1",
	    DBARGS(DBI(clock_now_us())), NULL, why);

	if (!err)
		err = db_query(tx,
			       "INSERT INTO token(digest, account, name, scopes, created, expires, "
			       "used, purpose) "
			       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
			       DBARGS(DBD(t->id), DBI(t->account), DBT(t->name), DBT(t->scopes),
				      DBI(t->created_us ? t->created_us : clock_now_us()),
				      DBI(t->expires_us), DBI(t->used_us), DBT(t->purpose)),
			       &rows, why);
	if (err)
		return err;
	while (db_next(rows))
		c->key = db_int(rows, 0);
	err = db_end(rows, why);
	return err ? err : token_note(tx, c, "token-add", t, why);
}

enum err token_add(struct store *s, const struct token *t, int64_t actor, int64_t *ret_key,
		   struct why *why)
{
	ARENA(a, 0);
	struct token_change c = {.in = t, .a = &a, .actor = actor};
	enum err err = store_tx(s, do_add, &c, why);

	if (!err)
		*ret_key = c.key;
	return err;
}

static enum err get_token(struct db *db, struct arena *a, const char *sql, struct db_value arg,
			  struct token *ret, struct why *why)
{
	struct db_rows *rows;
	struct token t;
	bool found = false;
	enum err err = db_query(db, sql, &arg, 1, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		t = token_row(rows, a);
		found = true;
	}
	err = db_end(rows, why);
	if (err)
		return err;
	if (!found || (t.expires_us && t.expires_us <= clock_now_us()))
		return why_set(why, ERR_NOTFOUND, "no such token");
	*ret = t;
	return ERR_OK;
}

#define BY_DIGEST "SELECT " TOKEN_COLUMNS " FROM token WHERE digest = ?1"

enum err token_find(struct store *s, struct arena *a, struct digest id, struct token *ret,
		    struct why *why)
{
	struct db *db = store_reader_get(s);
	int64_t now = clock_now_us();
	struct token t;
	enum err err = get_token(db, a, BY_DIGEST, DBD(id), &t, why);

	store_reader_put(s, db);
	if (err)
		return err;
	if (t.used_us + USED_EVERY_US <= now)
		err = service_exec(s, "UPDATE token SET used = ?2 WHERE id = ?1",
				   DBARGS(DBI(t.key), DBI(now)), NULL, why);
	if (!err)
		*ret = t;
	return err;
}

enum err token_list(struct store *s, struct arena *a, int64_t account, struct token **ret,
		    size_t *ret_n, struct why *why)
{
	VEC(struct token) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err =
	    db_query(db, "SELECT " TOKEN_COLUMNS " FROM token WHERE account = ?1 ORDER BY id",
		     DBARGS(DBI(account)), &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, token_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

static enum err do_del(struct db *tx, void *ctx, struct why *why)
{
	struct token_change *c = ctx;
	struct db_rows *rows;
	enum err err = db_query(tx, "DELETE FROM token WHERE id = ?1 RETURNING " TOKEN_COLUMNS,
				DBARGS(DBI(c->key)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		c->out = token_row(rows, c->a);
		c->found = true;
	}
	err = db_end(rows, why);
	if (!err && !c->found)
		err = why_set(why, ERR_NOTFOUND, "no such token");
	return err ? err : token_note(tx, c, "token-delete", &c->out, why);
}

enum err token_del(struct store *s, int64_t key, int64_t actor, struct why *why)
{
	ARENA(a, 0);
	struct token_change c = {.a = &a, .key = key, .actor = actor};

	return store_tx(s, do_del, &c, why);
}

static enum err do_del_all(struct db *tx, void *ctx, struct why *why)
{
	struct token_change *c = ctx;
	VEC(struct token) gone = {0};
	struct db_rows *rows;
	enum err err =
	    db_query(tx,
		     "DELETE FROM token WHERE account = ?1 AND (?2 = '' OR purpose = ?2) "
		     "RETURNING " TOKEN_COLUMNS,
		     DBARGS(DBI(c->in->account), DBT(c->in->purpose)), &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		vec_add(c->a, &gone, token_row(rows, c->a));
	err = db_end(rows, why);
	for (size_t i = 0; i < gone.n && !err; i++) {
		c->key = gone.p[i].key;
		err = token_note(tx, c, "token-delete", &gone.p[i], why);
	}
	return err;
}

enum err token_del_all(struct store *s, int64_t account, str purpose, int64_t actor,
		       struct why *why)
{
	ARENA(a, 0);
	struct token in = {.account = account, .purpose = purpose};
	struct token_change c = {.in = &in, .a = &a, .actor = actor};

	return store_tx(s, do_del_all, &c, why);
}

static enum err do_take(struct db *tx, void *ctx, struct why *why)
{
	struct token_change *c = ctx;
	int64_t gone = 0;
	enum err err = get_token(tx, c->a, BY_DIGEST, DBD(c->id), &c->out, why);

	if (!err)
		err = db_exec(tx, "DELETE FROM token WHERE digest = ?1", DBARGS(DBD(c->id)), &gone,
			      why);
	/* Where two ask at the same moment, one of them deletes. */
	if (!err && gone == 0)
		err = why_set(why, ERR_NOTFOUND, "no such token");
	return err;
}

enum err token_take(struct store *s, struct arena *a, struct digest id, struct token *ret,
		    struct why *why)
{
	struct token_change c = {.a = a, .id = id};
	enum err err = store_tx(s, do_take, &c, why);

	if (!err)
		*ret = c.out;
	return err;
}
