// SPDX-License-Identifier: Apache-2.0
#include "store/sources.h"

#include "base/vec.h"
#include "store/service_internal.h"

#define SELECT                                                                                     \
	"SELECT id, uid, url, team, internal, auth, username, secret, collections, tlp, circle, "  \
	"every, next_run, created, created_by, last_run, last_error, last_error_ja, "              \
	"paused, certificate, private_key, pin FROM source"

static struct source source_row(struct db_rows *r, struct arena *a)
{
	return (struct source){
	    .key = db_int(r, 0),
	    .uid = db_uuid(r, 1),
	    .url = arena_str(a, db_bytes(r, 2)),
	    .team = db_int(r, 3),
	    .internal = db_int(r, 4) != 0,
	    .auth = arena_str(a, db_bytes(r, 5)),
	    .user = arena_str(a, db_bytes(r, 6)),
	    .secret = arena_str(a, db_bytes(r, 7)),
	    .collections = arena_str(a, db_bytes(r, 8)),
	    .tlp = (int)db_int(r, 9),
	    .circle = db_uuid(r, 10),
	    .every_us = db_int(r, 11),
	    .next_us = db_int(r, 12),
	    .created_us = db_int(r, 13),
	    .created_by = db_int(r, 14),
	    .last_run_us = db_int(r, 15),
	    .last_error = arena_str(a, db_bytes(r, 16)),
	    .last_error_ja = arena_str(a, db_bytes(r, 17)),
	    .paused = db_int(r, 18) != 0,
	    .certificate = arena_str(a, db_bytes(r, 19)),
	    .private_key = arena_str(a, db_bytes(r, 20)),
	    .pin = arena_str(a, db_bytes(r, 21)),
	};
}

/* ---- coming and going ---- */

static enum err note(struct db *tx, int64_t actor, const char *kind, const struct source *x,
		     struct why *why)
{
	struct json o = json_object();
	char u[UUID_TEXT];
	ARENA(a, 0);

	uuid_text(x->uid, u);
	json_set(&a, &o, STR("source"), json_string((str){u, UUID_TEXT}));
	json_set(&a, &o, STR("url"), json_string(x->url));
	return service_note(tx, actor, x->team, kind, &a, &o, why);
}

struct adding {
	const struct source *in;
	int64_t key;
};

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	struct adding *d = ctx;
	const struct source *x = d->in;
	struct db_rows *rows;
	enum err err = db_query(
	    tx,
	    "INSERT INTO source(uid, url, team, internal, auth, username, secret, collections, "
	    "tlp, circle, every, next_run, created, created_by, last_run, last_error, "
	    "last_error_ja, certificate, private_key, pin) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	    "?9, "
	    "?10, ?11, ?12, ?13, ?14, 0, '', '', ?15, ?16, ?17) RETURNING id",
	    DBARGS(DBU(x->uid), DBT(x->url), DBI(x->team), DBI(x->internal), DBT(x->auth),
		   DBT(x->user), DBT(x->secret), DBT(x->collections), DBI(x->tlp), DBU(x->circle),
		   DBI(x->every_us), DBI(x->next_us), DBI(x->created_us), DBI(x->created_by),
		   DBT(x->certificate), DBT(x->private_key), DBT(x->pin)),
	    &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		d->key = db_int(rows, 0);
	err = db_end(rows, why);
	return err ? err : note(tx, x->created_by, "source-add", x, why);
}

enum err source_add(struct store *s, const struct source *x, int64_t *ret_key, struct why *why)
{
	struct adding d = {.in = x};
	enum err err = store_tx(s, do_add, &d, NULL);

	if (err == ERR_CONFLICT)
		return why_field(why, err, "source_exists", "/url",
				 "the team reads that address already",
				 "チームはすでにそのアドレスを読み込んでいます");
	if (err)
		return why_set(why, err, "the source cannot be kept: %s", err_name(err));
	*ret_key = d.key;
	return ERR_OK;
}

struct editing {
	const struct source *x;
	int64_t actor;
};

static enum err do_edit(struct db *tx, void *ctx, struct why *why)
{
	struct editing *e = ctx;
	const struct source *x = e->x;
	enum err err = db_exec(
	    tx,
	    "UPDATE source SET auth = ?2, username = ?3, secret = ?4, collections = ?5, tlp = ?6, "
	    "circle = ?7, internal = ?8, every = ?9, next_run = ?10, paused = ?11, "
	    "certificate = ?12, private_key = ?13, pin = ?14 WHERE id = ?1",
	    DBARGS(DBI(x->key), DBT(x->auth), DBT(x->user), DBT(x->secret), DBT(x->collections),
		   DBI(x->tlp), DBU(x->circle), DBI(x->internal), DBI(x->every_us), DBI(x->next_us),
		   DBI(x->paused), DBT(x->certificate), DBT(x->private_key), DBT(x->pin)),
	    NULL, why);

	return err ? err : note(tx, e->actor, x->paused ? "source-pause" : "source-edit", x, why);
}

enum err source_edit(struct store *s, const struct source *x, int64_t actor, struct why *why)
{
	struct editing e = {x, actor};

	return store_tx(s, do_edit, &e, why);
}

struct asking {
	const struct source *x;
	int64_t actor, now_us;
};

static enum err do_ask(struct db *tx, void *ctx, struct why *why)
{
	struct asking *q = ctx;
	int64_t changed = 0;
	enum err err = db_exec(tx, "UPDATE source SET next_run = ?2 WHERE id = ?1 AND paused = 0",
			       DBARGS(DBI(q->x->key), DBI(q->now_us)), &changed, why);

	if (!err && !changed)
		return why_field(why, ERR_CONFLICT, "paused", NULL,
				 "the source is paused: resume it first",
				 "この取得元は停止中です。先に再開してください");
	return err ? err : note(tx, q->actor, "source-run", q->x, why);
}

enum err source_ask(struct store *s, const struct source *x, int64_t actor, int64_t now_us,
		    struct why *why)
{
	struct asking q = {x, actor, now_us};

	return store_tx(s, do_ask, &q, why);
}

struct removing {
	const struct source *x;
	int64_t actor;
};

static enum err do_remove(struct db *tx, void *ctx, struct why *why)
{
	struct removing *r = ctx;
	enum err err = db_exec(tx, "DELETE FROM source_cursor WHERE source = ?1",
			       DBARGS(DBI(r->x->key)), NULL, why);

	if (!err)
		err = db_exec(tx, "DELETE FROM source WHERE id = ?1", DBARGS(DBI(r->x->key)), NULL,
			      why);
	return err ? err : note(tx, r->actor, "source-remove", r->x, why);
}

enum err source_remove(struct store *s, const struct source *x, int64_t actor, struct why *why)
{
	struct removing r = {x, actor};

	return store_tx(s, do_remove, &r, why);
}

/* ---- reading ---- */

static enum err rows_of(struct store *s, struct arena *a, const char *sql,
			const struct db_value *args, size_t n_args, struct source **ret,
			size_t *ret_n, struct why *why)
{
	VEC(struct source) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(db, sql, args, n_args, &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, source_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err source_list(struct store *s, struct arena *a, struct source **ret, size_t *ret_n,
		     struct why *why)
{
	return rows_of(s, a, SELECT " ORDER BY id", DBNONE, ret, ret_n, why);
}

enum err source_get(struct store *s, struct arena *a, struct uuid uid, struct source *ret,
		    struct why *why)
{
	struct source *x = NULL;
	size_t n = 0;
	enum err err = rows_of(s, a, SELECT " WHERE uid = ?1", DBARGS(DBU(uid)), &x, &n, why);

	if (!err && !n)
		err = why_field(why, ERR_NOTFOUND, "no_source", NULL, "there is no such source",
				"その取得元はありません");
	if (!err)
		*ret = x[0];
	return err;
}

enum err source_take(struct store *s, const struct source *x, int64_t now_us, bool *ret_taken,
		     struct why *why)
{
	int64_t changed = 0;
	enum err err = service_exec(s,
				    "UPDATE source SET next_run = CASE WHEN every > 0 THEN ?2 + "
				    "every ELSE 0 END WHERE id = ?1 AND paused = 0 AND "
				    "next_run > 0 AND next_run <= ?2",
				    DBARGS(DBI(x->key), DBI(now_us)), &changed, why);

	if (!err)
		*ret_taken = changed > 0;
	return err;
}

enum err source_ran(struct store *s, int64_t key, int64_t at_us, str error, str error_ja,
		    struct why *why)
{
	return service_exec(s,
			    "UPDATE source SET last_run = ?2, last_error = ?3, last_error_ja = ?4 "
			    "WHERE id = ?1",
			    DBARGS(DBI(key), DBI(at_us), DBT(error), DBT(error_ja)), NULL, why);
}

/* ---- how far ---- */

static struct source_cursor cursor_row(struct db_rows *r, struct arena *a)
{
	return (struct source_cursor){
	    .source = db_int(r, 0),
	    .root = arena_str(a, db_bytes(r, 1)),
	    .collection = arena_str(a, db_bytes(r, 2)),
	    .title = arena_str(a, db_bytes(r, 3)),
	    .after_us = db_int(r, 4),
	    .last_us = db_int(r, 5),
	    .next = arena_str(a, db_bytes(r, 6)),
	    .last_run_us = db_int(r, 7),
	    .error = arena_str(a, db_bytes(r, 8)),
	    .error_ja = arena_str(a, db_bytes(r, 9)),
	    .read = db_int(r, 10),
	    .created = db_int(r, 11),
	    .updated = db_int(r, 12),
	    .unchanged = db_int(r, 13),
	    .rejected = db_int(r, 14),
	    .run = arena_str(a, db_bytes(r, 15)),
	};
}

enum err source_cursors(struct store *s, struct arena *a, int64_t source,
			struct source_cursor **ret, size_t *ret_n, struct why *why)
{
	VEC(struct source_cursor) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err =
	    db_query(db,
		     "SELECT source, root, collection, title, after, last, next, last_run, error, "
		     "error_ja, read, created, updated, unchanged, rejected, run FROM "
		     "source_cursor "
		     "WHERE source = ?1 ORDER BY root, collection",
		     DBARGS(DBI(source)), &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, cursor_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

/* Of a source that somebody removes meanwhile no row is left behind. */
enum err source_cursor_put(struct store *s, const struct source_cursor *c, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO source_cursor(source, root, collection, title, after, last, next, "
	    "last_run, error, error_ja, read, created, updated, unchanged, rejected, run) "
	    "SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16 FROM "
	    "source "
	    "WHERE id = ?1 "
	    "ON CONFLICT(source, root, collection) DO UPDATE SET title = excluded.title, "
	    "after = excluded.after, last = excluded.last, next = excluded.next, "
	    "last_run = excluded.last_run, error = excluded.error, "
	    "error_ja = excluded.error_ja, read = excluded.read, created = excluded.created, "
	    "updated = excluded.updated, unchanged = excluded.unchanged, "
	    "rejected = excluded.rejected, run = excluded.run",
	    DBARGS(DBI(c->source), DBT(c->root), DBT(c->collection), DBT(c->title),
		   DBI(c->after_us), DBI(c->last_us), DBT(c->next), DBI(c->last_run_us),
		   DBT(c->error), DBT(c->error_ja), DBI(c->read), DBI(c->created), DBI(c->updated),
		   DBI(c->unchanged), DBI(c->rejected), DBT(c->run)),
	    NULL, why);
}

enum err source_rewind(struct store *s, int64_t source, struct why *why)
{
	return service_exec(s,
			    "UPDATE source_cursor SET after = 0, last = 0, next = '' "
			    "WHERE source = ?1",
			    DBARGS(DBI(source)), NULL, why);
}

/* ---- who brought it ---- */

struct claiming {
	struct uuid origin;
	const bool *held;
	bool *mine, *known;
	const struct db_value *args; /* team, uid, origin of each that is to be noted */
	size_t n;
};

static void claim_row(void *ctx, size_t i, struct db_rows *row)
{
	struct claiming *c = ctx;

	c->known[i] = uuid_eq(db_uuid(row, 0), c->origin);
	c->mine[i] = c->known[i];
}

static enum err do_claim(struct db *tx, void *ctx, struct why *why)
{
	struct claiming *c = ctx;

	return db_many(tx,
		       "INSERT INTO source_object(team, uid, origin) VALUES(?1, ?2, ?3) "
		       "ON CONFLICT(team, uid) DO UPDATE SET origin = excluded.origin",
		       c->args, 3, c->n, NULL, NULL, why);
}

enum err source_claim(struct store *s, int64_t team, struct uuid origin, const struct uuid *ids,
		      const bool *held, size_t n, bool *ret, struct why *why)
{
	ARENA(a, 0);
	struct db_value *args = arena_array(&a, struct db_value, 3 * n + 1);
	struct claiming c = {.origin = origin, .held = held, .mine = ret, .args = args};
	struct db *db = store_reader_get(s);
	enum err err;

	c.known = arena_array(&a, bool, n + 1);
	for (size_t i = 0; i < n; i++) {
		ret[i] = false;
		c.known[i] = false;
		args[2 * i] = DBI(team);
		args[2 * i + 1] = DBU(ids[i]);
	}
	err = db_many(db, "SELECT origin FROM source_object WHERE team = ?1 AND uid = ?2", args, 2,
		      n, claim_row, &c, why);
	store_reader_put(s, db);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (held[i] || c.known[i]) {
			ret[i] = c.known[i];
			continue;
		}
		ret[i] = true;
		args[3 * c.n] = DBI(team);
		args[3 * c.n + 1] = DBU(ids[i]);
		args[3 * c.n + 2] = DBU(c.origin);
		c.n++;
	}
	return c.n ? store_tx(s, do_claim, &c, why) : ERR_OK;
}
