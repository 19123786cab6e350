// SPDX-License-Identifier: Apache-2.0
#include "store/signed.h"

#include "store/records_internal.h"
#include "store/service_internal.h"

/* ---- signatures ---- */

#define SIGNED_COLUMNS "holding,version,uid,team,rev,digest,object,signature"

struct found {
	struct arena *a;
	struct record_signed *ret;
	const struct uid_hit *hits; /* what was asked for by its holdings; NULL: by itself */
	int64_t team;               /* of whom alone; 0: of whoever */
	bool with_object;
};

/* Of several holdings of a lineage the newest rev counts. */
static void found_row(void *ctx, size_t index, struct db_rows *r)
{
	struct found *f = ctx;
	struct record_signed *x = &f->ret[f->hits ? f->hits[index].at : index];

	if (db_int(r, 4) <= x->rev || (f->team && db_int(r, 3) != f->team))
		return;
	*x = (struct record_signed){.holding = db_int(r, 0),
				    .version = (int32_t)db_int(r, 1),
				    .uid = db_uuid(r, 2),
				    .team = db_int(r, 3),
				    .rev = db_int(r, 4),
				    .hash = db_digest(r, 5),
				    .signature = arena_str(f->a, db_bytes(r, 6))};
	if (f->with_object)
		x->object = arena_str(f->a, db_bytes(r, 7));
}

enum err signed_find(struct store *s, struct arena *a, const int64_t *holdings,
		     const int32_t *versions, size_t n, struct record_signed *ret, struct why *why)
{
	struct found f = {.a = a, .ret = ret, .with_object = true};
	struct db_value *args = arena_array(a, struct db_value, 2 * n + 1);
	struct db *db = store_reader_get(s);
	enum err e;

	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct record_signed){0};
		args[2 * i] = DBI(holdings[i]);
		args[2 * i + 1] = DBI(versions[i]);
	}
	e = db_many(
	    db,
	    "SELECT holding, version, uid, team, rev, digest, signature, object FROM signed "
	    "WHERE holding = ?1 AND version = ?2",
	    args, 2, n, found_row, &f, why);
	store_reader_put(s, db);
	return e;
}

/* One row of each lineage; sql asks with holding and `what`, a value for each uid. */
static enum err lineage_find(struct store *s, struct arena *a, const char *sql,
			     const struct uuid *uids, const struct db_value *what, size_t n,
			     int64_t team, struct record_signed *ret, struct why *why)
{
	struct found f = {.a = a, .ret = ret, .team = team};
	struct db *db = store_reader_get(s);
	struct uid_hit *hits = NULL;
	struct db_value *args;
	size_t m = 0;
	enum err e = holdings_of(s, db, false, a, uids, n, false, &hits, &m, why);

	memset(ret, 0, n * sizeof(*ret));
	args = arena_array(a, struct db_value, 2 * m + 1);
	for (size_t i = 0; i < m; i++) {
		args[2 * i] = DBI(hits[i].h.r.key);
		args[2 * i + 1] = what[hits[i].at];
	}
	f.hits = hits;
	if (!e)
		e = db_many(db, sql, args, 2, m, found_row, &f, why);
	store_reader_put(s, db);
	return e;
}

enum err signed_newest(struct store *s, struct arena *a, const struct uuid *uids,
		       const int64_t *teams, size_t n, struct record_signed *ret, struct why *why)
{
	struct db_value *what = arena_array(a, struct db_value, n + 1);

	for (size_t i = 0; i < n; i++)
		what[i] = DBI(teams[i]);
	return lineage_find(s, a,
			    "SELECT holding, version, uid, team, rev, digest, signature FROM "
			    "signed WHERE holding = ?1 AND team = ?2 ORDER BY rev DESC LIMIT 1",
			    uids, what, n, 0, ret, why);
}

enum err signed_by_hash(struct store *s, struct arena *a, const struct uuid *uids,
			const struct digest *hashes, size_t n, struct record_signed *ret,
			struct why *why)
{
	struct db_value *what = arena_array(a, struct db_value, n + 1);

	for (size_t i = 0; i < n; i++)
		what[i] = DBD(hashes[i]);
	return lineage_find(s, a,
			    "SELECT holding, version, uid, team, rev, digest, signature FROM "
			    "signed WHERE holding = ?1 AND digest = ?2 ORDER BY rev DESC LIMIT 1",
			    uids, what, n, 0, ret, why);
}

enum err signed_write(struct db *db, struct arena *a, const struct record_signed *rows, size_t n,
		      struct why *why)
{
	struct db_value *v = arena_array(a, struct db_value, 8 * n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct record_signed *r = &rows[i];
		const struct db_value one[8] = {DBI(r->holding), DBI(r->version),  DBU(r->uid),
						DBI(r->team),    DBI(r->rev),      DBD(r->hash),
						DBT(r->object),  DBB(r->signature)};

		memcpy(v + 8 * i, one, sizeof one);
	}
	return db_copy(db, "signed", SIGNED_COLUMNS, v, 8, n, why);
}

struct adding {
	const struct record_signed *rows;
	size_t n;
};

static enum err add_tx(struct db *tx, void *ctx, struct why *why)
{
	const struct adding *x = ctx;
	ARENA(a, 0);

	return signed_write(tx, &a, x->rows, x->n, why);
}

enum err signed_add(struct store *s, const struct record_signed *rows, size_t n, struct why *why)
{
	struct adding x = {.rows = rows, .n = n};

	return n ? store_tx(s, add_tx, &x, why) : ERR_OK;
}

enum err signed_forget(struct store *s, int64_t holding, int32_t version, struct why *why)
{
	return service_exec(s, "DELETE FROM signed WHERE holding = ?1 AND version = ?2",
			    DBARGS(DBI(holding), DBI(version)), NULL, why);
}

enum err signed_hash(struct store *s, struct uuid uid, int64_t team, int64_t rev,
		     struct digest *ret, struct why *why)
{
	ARENA(a, 0);
	struct db_value what = DBI(rev);
	struct record_signed x;
	enum err e = lineage_find(s, &a,
				  "SELECT holding, version, uid, team, rev, digest, signature FROM "
				  "signed WHERE holding = ?1 AND rev = ?2",
				  &uid, &what, 1, team, &x, why);

	if (e || !x.rev)
		return e ? e : ERR_NOTFOUND;
	*ret = x.hash;
	return ERR_OK;
}

/* ---- what was sealed ---- */

enum err sealed_is(struct store *s, int64_t holding, int32_t version, int64_t team, bool *ret,
		   struct why *why)
{
	struct db *db = store_reader_get(s);
	int64_t n = 0;
	enum err e = db_get_int(
	    db, "SELECT count(*) FROM sealed_for WHERE holding = ?1 AND version = ?2 AND team = ?3",
	    DBARGS(DBI(holding), DBI(version), DBI(team)), &n, why);

	store_reader_put(s, db);
	if (!e)
		*ret = n > 0;
	return e;
}

enum err sealed_mark(struct store *s, int64_t holding, int32_t version, int64_t team, int64_t at_us,
		     struct why *why)
{
	return service_exec(s,
			    "INSERT INTO sealed_for(holding, version, team, at) VALUES(?1, ?2, "
			    "?3, ?4) ON CONFLICT(holding, version, team) DO NOTHING",
			    DBARGS(DBI(holding), DBI(version), DBI(team), DBI(at_us)), NULL, why);
}

/* ---- items of a link ---- */

struct putting {
	const struct link_item *items;
	size_t n;
};

static enum err forget_done(struct db *tx, struct arena *a, const struct putting *x,
			    struct why *why)
{
	struct db_value *v = arena_array(a, struct db_value, 3 * x->n + 1);
	size_t m = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct link_item *t = &x->items[i];

		if (t->state != LINK_DONE)
			continue;
		v[m++] = DBI(t->peer);
		v[m++] = DBI(t->direction);
		v[m++] = DBT(t->id);
	}
	return m ? db_many(tx,
			   "DELETE FROM link_item WHERE peer = ?1 AND direction = ?2 AND id = ?3",
			   v, 3, m / 3, NULL, NULL, why)
		 : ERR_OK;
}

/* Times are told apart within one call: they are where a page of the list goes on. */
static enum err put_open(struct db *tx, struct arena *a, const struct putting *x, size_t *ret_n,
			 struct why *why)
{
	struct db_value *v = arena_array(a, struct db_value, 8 * x->n + 1);
	size_t m = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct link_item *t = &x->items[i];
		const struct db_value one[8] = {
		    DBI(t->peer),   DBI(t->direction),
		    DBT(t->id),     DBI(t->rev),
		    DBI(t->state),  DBT(t->code),
		    DBT(t->reason), DBI(x->items[0].at_us + (int64_t)i)};

		if (t->state != LINK_DONE)
			memcpy(v + 8 * m++, one, sizeof one);
	}
	*ret_n = m;
	return m ? db_many(
		       tx,
		       "INSERT INTO link_item(peer, direction, id, rev, state, code, reason, at) "
		       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(peer, direction, id) DO "
		       "UPDATE SET rev = excluded.rev, state = excluded.state, code = "
		       "excluded.code, reason = excluded.reason, at = excluded.at",
		       v, 8, m, NULL, NULL, why)
		 : ERR_OK;
}

static enum err put_tx(struct db *tx, void *ctx, struct why *why)
{
	const struct putting *x = ctx;
	const struct link_item *t = &x->items[0];
	size_t n = 0;
	ARENA(a, 0);
	enum err err = forget_done(tx, &a, x, why);

	if (!err)
		err = put_open(tx, &a, x, &n, why);
	if (err || !n)
		return err;
	return db_exec(
	    tx,
	    "DELETE FROM link_item WHERE peer = ?1 AND direction = ?2 AND state <> 0 AND "
	    "at <= (SELECT at FROM link_item WHERE peer = ?1 AND direction = ?2 AND "
	    "state <> 0 ORDER BY at DESC LIMIT 1 OFFSET ?3)",
	    DBARGS(DBI(t->peer), DBI(t->direction), DBI(LINK_ITEMS_MAX)), NULL, why);
}

enum err link_items_put(struct store *s, const struct link_item *items, size_t n, struct why *why)
{
	struct putting x = {.items = items, .n = n};
	bool open = false;
	int64_t rows = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !open; i++)
		open = items[i].state != LINK_DONE;
	if (n && !open) { /* mostly there is nothing that they could end */
		struct db *db = store_reader_get(s);

		err =
		    db_get_int(db,
			       "SELECT count(*) FROM (SELECT 1 FROM link_item WHERE peer = ?1 AND "
			       "direction = ?2 LIMIT 1) x",
			       DBARGS(DBI(items[0].peer), DBI(items[0].direction)), &rows, why);
		store_reader_put(s, db);
	}
	return err || (!open && !rows) ? err : store_tx(s, put_tx, &x, why);
}

static enum err rows_read(struct db *db, const char *sql, const struct db_value *args,
			  size_t n_args, struct arena *a, struct link_item *ret, size_t limit,
			  size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	size_t n = 0;
	enum err e = db_query(db, sql, args, n_args, &r, why);

	if (e)
		return e;
	while (db_next(r))
		if (n < limit)
			ret[n++] = (struct link_item){.peer = args[0].i,
						      .direction = (enum link_direction)args[1].i,
						      .id = arena_str(a, db_bytes(r, 0)),
						      .rev = db_int(r, 1),
						      .state = (enum link_state)db_int(r, 2),
						      .code = arena_str(a, db_bytes(r, 3)),
						      .reason = arena_str(a, db_bytes(r, 4)),
						      .at_us = db_int(r, 5)};
	e = db_end(r, why);
	if (!e)
		*ret_n = n;
	return e;
}

enum err link_items_open(struct store *s, struct arena *a, int64_t peer,
			 enum link_direction direction, int64_t before_us, size_t limit,
			 struct link_item *ret, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err e = rows_read(
	    db,
	    "SELECT id, rev, state, code, reason, at FROM link_item WHERE peer = ?1 "
	    "AND direction = ?2 AND state <> 0 AND at < ?3 ORDER BY at DESC LIMIT ?4",
	    DBARGS(DBI(peer), DBI(direction), DBI(before_us ? before_us : INT64_MAX), DBI(limit)),
	    a, ret, limit, ret_n, why);

	store_reader_put(s, db);
	return e;
}

enum err link_items_due(struct store *s, struct arena *a, int64_t peer,
			enum link_direction direction, size_t limit, struct link_item *ret,
			size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err e = rows_read(
	    db,
	    "SELECT id, rev, state, code, reason, at FROM link_item WHERE peer = ?1 "
	    "AND direction = ?2 AND state <> 0 AND state <> 1 ORDER BY state DESC, at LIMIT ?3",
	    DBARGS(DBI(peer), DBI(direction), DBI(limit)), a, ret, limit, ret_n, why);

	store_reader_put(s, db);
	return e;
}

enum err link_item_get(struct store *s, struct arena *a, int64_t peer,
		       enum link_direction direction, str id, struct link_item *ret,
		       struct why *why)
{
	struct db *db = store_reader_get(s);
	size_t n = 0;
	enum err e =
	    rows_read(db,
		      "SELECT id, rev, state, code, reason, at FROM link_item WHERE peer = ?1 "
		      "AND direction = ?2 AND id = ?3 AND state <> 0",
		      DBARGS(DBI(peer), DBI(direction), DBT(id)), a, ret, 1, &n, why);

	store_reader_put(s, db);
	return e ? e : n ? ERR_OK : ERR_NOTFOUND;
}

struct asking {
	int64_t peer, actor, changed;
	str id;
};

static enum err again_tx(struct db *tx, void *ctx, struct why *why)
{
	struct asking *x = ctx;
	struct json o = json_object();
	ARENA(a, 0);
	enum err err =
	    db_exec(tx, "UPDATE link_item SET state = 3 WHERE peer = ?1 AND id = ?2 AND state <> 0",
		    DBARGS(DBI(x->peer), DBT(x->id)), &x->changed, why);

	if (err || !x->changed)
		return err;
	json_set(&a, &o, STR("peer"), json_from_i64(&a, x->peer));
	json_set(&a, &o, STR("id"), json_string(x->id));
	return service_note(tx, x->actor, 0, "peer-again", &a, &o, why);
}

enum err link_items_again(struct store *s, int64_t peer, str id, int64_t actor, int64_t *ret,
			  struct why *why)
{
	struct asking x = {.peer = peer, .actor = actor, .id = id};
	enum err err = store_tx(s, again_tx, &x, why);

	if (!err)
		*ret = x.changed;
	return err;
}

enum err link_items_asked(struct store *s, int64_t *ret, size_t limit, size_t *ret_n,
			  struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	size_t n = 0;
	enum err e = db_query(db, "SELECT DISTINCT peer FROM link_item WHERE state = 3 LIMIT ?1",
			      DBARGS(DBI(limit)), &r, why);

	if (!e) {
		while (db_next(r))
			if (n < limit)
				ret[n++] = db_int(r, 0);
		e = db_end(r, why);
	}
	store_reader_put(s, db);
	if (!e)
		*ret_n = n;
	return e;
}

enum err link_items_count(struct store *s, int64_t peer, enum link_direction direction,
			  int64_t *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err e = db_get_int(db,
				"SELECT count(*) FROM link_item WHERE peer = ?1 AND direction = ?2 "
				"AND state <> 0",
				DBARGS(DBI(peer), DBI(direction)), ret, why);

	store_reader_put(s, db);
	return e;
}

/* ---- leases ---- */

struct leasing {
	int64_t peer, now_us, until_us;
	struct uuid owner;
};

static enum err lease_tx(struct db *tx, void *ctx, struct why *why)
{
	const struct leasing *x = ctx;
	int64_t changed = 0;
	enum err e = db_exec(tx,
			     "INSERT INTO link_lease(peer, owner, until) VALUES(?1, ?2, ?3) ON "
			     "CONFLICT(peer) DO UPDATE SET owner = excluded.owner, until = "
			     "excluded.until WHERE link_lease.until < ?4 OR link_lease.owner = "
			     "excluded.owner",
			     DBARGS(DBI(x->peer), DBU(x->owner), DBI(x->until_us), DBI(x->now_us)),
			     &changed, why);

	if (!e && !changed)
		e = why_set(why, ERR_BUSY, "another process serves this peer");
	return e;
}

enum err link_lease(struct store *s, int64_t peer, struct uuid owner, int64_t now_us,
		    int64_t until_us, struct why *why)
{
	struct leasing x = {peer, now_us, until_us, owner};

	return store_tx(s, lease_tx, &x, why);
}

static enum err release_tx(struct db *tx, void *ctx, struct why *why)
{
	const struct leasing *x = ctx;

	return db_exec(tx, "DELETE FROM link_lease WHERE peer = ?1 AND owner = ?2",
		       DBARGS(DBI(x->peer), DBU(x->owner)), NULL, why);
}

void link_release(struct store *s, int64_t peer, struct uuid owner)
{
	struct leasing x = {.peer = peer, .owner = owner};
	struct why ignored = {0};

	(void)!store_tx(s, release_tx, &x, &ignored); /* else it ends by itself */
}

void link_release_all(struct store *s)
{
	struct why ignored = {0};

	(void)!service_exec(s, "DELETE FROM link_lease", DBNONE, NULL, &ignored);
}
