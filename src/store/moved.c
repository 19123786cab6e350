// SPDX-License-Identifier: Apache-2.0
/* moved: what a team that came from another node brought along, as rows. */
#include "store/moved.h"

#include "base/codec.h"
#include "base/vec.h"
#include "store/records_internal.h"
#include "store/service_internal.h"

#define TILE 256

static void salt_take(struct db_rows *r, int col, uint8_t ret[16])
{
	str b = db_bytes(r, col);

	if (b.n == 16)
		memcpy(ret, b.p, 16);
}

struct moved_entry moved_entry_row(struct db_rows *r, struct arena *a)
{
	struct moved_entry e = {.epoch = db_uuid(r, 0),
				.seq = db_int(r, 1),
				.at_us = db_int(r, 2),
				.actor = db_int(r, 3),
				.team = db_int(r, 4),
				.kind = arena_str(a, db_bytes(r, 5)),
				.digest = db_digest(r, 9)};

	if (!db_is_null(r, 6))
		e.subject = db_uuid(r, 6);
	salt_take(r, 7, e.salt);
	salt_take(r, 8, e.salt2);
	if (!db_is_null(r, 10))
		e.content = arena_str(a, db_bytes(r, 10));
	else if (!db_is_null(r, 8) && !db_is_null(r, 12))
		e.content = arena_str(a, db_bytes(r, 12));
	if (!db_is_null(r, 11))
		e.slice = arena_str(a, db_bytes(r, 11));
	return e;
}

static str salt_str(const uint8_t salt[16])
{
	return (str){(const char *)salt, 16};
}

struct digest moved_leaf(const struct moved_entry *e, struct uuid team)
{
	struct journal_entry j = {.seq = e->seq,
				  .at_us = e->at_us,
				  .actor = e->actor,
				  .kind = e->kind,
				  .subject = e->subject};

	memcpy(j.salt, e->salt, sizeof(j.salt));
	return journal_leaf_of(&j, e->digest, e->epoch, team);
}

enum err moved_write(struct db *db, const struct moved_entry *e, int64_t row, str told,
		     struct why *why)
{
	bool same = row && e->content.p && str_eq(told, e->content);

	return db_exec(
	    db,
	    "INSERT INTO moved_entry(epoch, seq, at, actor, team, kind, subject, salt, salt2, "
	    "digest, content, entry, slice) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	    "?12, ?13)",
	    DBARGS(DBU(e->epoch), DBI(e->seq), DBI(e->at_us), DBI(e->actor), DBI(e->team),
		   DBT(e->kind), uuid_is_zero(e->subject) ? DBN : DBU(e->subject),
		   DBB(salt_str(e->salt)), e->content.p ? DBB(salt_str(e->salt2)) : DBN,
		   DBD(e->digest), same || !e->content.p ? DBN : DBT(e->content), DBI(row),
		   e->slice.p ? DBB(e->slice) : DBN),
	    NULL, why);
}

/* ---- trees ---- */

enum err moved_trees(struct store *s, struct arena *a, struct moved_tree **ret, size_t *ret_n,
		     struct why *why)
{
	VEC(struct moved_tree) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	enum err err = db_query(db,
				"SELECT epoch, node, node_key, size, root, checkpoint, fresh FROM "
				"moved_tree ORDER BY epoch",
				DBNONE, &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(a, &list,
				(struct moved_tree){.epoch = db_uuid(r, 0),
						    .node = db_uuid(r, 1),
						    .node_key = db_digest(r, 2),
						    .size = db_int(r, 3),
						    .root = db_digest(r, 4),
						    .checkpoint = arena_str(a, db_bytes(r, 5)),
						    .fresh = db_int(r, 6) != 0});
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err moved_tree_put(struct store *s, const struct moved_tree *t, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO moved_tree(epoch, node, node_key, size, root, checkpoint, fresh) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
	    DBARGS(DBU(t->epoch), DBU(t->node), DBD(t->node_key), DBI(t->size), DBD(t->root),
		   DBT(t->checkpoint), DBI(t->fresh)),
	    NULL, why);
}

enum err moved_tile_put(struct store *s, struct uuid epoch, int64_t idx, str hashes,
			struct why *why)
{
	return service_exec(s,
			    "INSERT INTO moved_tile(epoch, idx, hashes) VALUES(?1, ?2, ?3) ON "
			    "CONFLICT DO NOTHING",
			    DBARGS(DBU(epoch), DBI(idx), DBB(hashes)), NULL, why);
}

enum err moved_hash(struct store *s, struct uuid epoch, int64_t seq, struct digest *ret,
		    struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	bool found = false;
	size_t at = (size_t)(seq % TILE) * SHA256_BYTES;
	enum err err = db_query(db, "SELECT hashes FROM moved_tile WHERE epoch = ?1 AND idx = ?2",
				DBARGS(DBU(epoch), DBI(seq / TILE)), &r, why);

	if (!err) {
		while (db_next(r)) {
			str h = db_bytes(r, 0);

			found = seq >= 0 && at + SHA256_BYTES <= h.n;
			if (found)
				memcpy(ret->b, h.p + at, SHA256_BYTES);
		}
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	return err || found ? err : why_set(why, ERR_NOTFOUND, "no such leaf came along");
}

enum err moved_count(struct store *s, int64_t *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = db_get_int(
	    db,
	    "SELECT count(*) FROM moved_entry m JOIN moved_tree t ON t.epoch = m.epoch WHERE "
	    "t.fresh = 1",
	    DBNONE, ret, why);

	store_reader_put(s, db);
	return err;
}

/* ---- rows of its own ---- */

enum err moved_account(struct store *s, const struct account *x, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO account(id, email, name, language, role, team, person, password_hash, "
	    "totp_secret, disabled, created, last_sign_in) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	    "?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
	    DBARGS(DBI(x->key), DBT(x->email), DBT(x->name), DBT(x->language), DBT(x->role),
		   DBI(x->team), DBI(x->person), DBT(x->password_hash), DBT(x->totp_secret),
		   DBI(x->disabled), DBI(x->created_us), DBI(x->last_sign_in_us)),
	    NULL, why);
}

enum err moved_accounts_top(struct store *s, int64_t top, struct why *why)
{
	return service_exec(s,
			    "INSERT INTO counter(team, prefix, year, next) VALUES(0, 'account', 0, "
			    "?1) ON CONFLICT(team, prefix, year) DO NOTHING",
			    DBARGS(DBI(top)), NULL, why);
}

enum err moved_token(struct store *s, const struct token *t, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO token(digest, account, name, scopes, created, expires, used, purpose) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
	    DBARGS(DBD(t->id), DBI(t->account), DBT(t->name), DBT(t->scopes), DBI(t->created_us),
		   DBI(t->expires_us), DBI(t->used_us), DBT(t->purpose)),
	    NULL, why);
}

enum err moved_counter(struct store *s, int64_t team, str prefix, int64_t year, int64_t next,
		       struct why *why)
{
	return service_exec(s,
			    "INSERT INTO counter(team, prefix, year, next) VALUES(?1, ?2, ?3, ?4) "
			    "ON CONFLICT DO NOTHING",
			    DBARGS(DBI(team), DBT(prefix), DBI(year), DBI(next)), NULL, why);
}

enum err moved_signed(struct store *s, const struct record_signed *x, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO signed(holding, version, uid, team, rev, digest, object, signature) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
	    DBARGS(DBI(x->holding), DBI(x->version), DBU(x->uid), DBI(x->team), DBI(x->rev),
		   DBD(x->hash), DBT(x->object), DBB(x->signature)),
	    NULL, why);
}

enum err moved_file(struct store *s, const struct file_row *f, struct why *why)
{
	return service_exec(
	    s,
	    "INSERT INTO file(uid, record, digest, bytes, name, media_type, added, added_by) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
	    DBARGS(DBU(f->uid), DBI(f->record), DBD(f->digest), DBI(f->bytes), DBT(f->name),
		   DBT(f->media_type), DBI(f->added_us), DBI(f->added_by)),
	    NULL, why);
}

enum err moved_key(struct store *s, const struct team_key *k, struct why *why)
{
	static const uint8_t none[32];

	return service_exec(
	    s,
	    "INSERT INTO team_key(team, n, root, public, seed, age_public, age_secret, object, "
	    "created, ends, revoked) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON "
	    "CONFLICT DO NOTHING",
	    DBARGS(DBI(k->team), DBI(k->n), DBD(k->root), DBD(k->public),
		   DBB(((str){(const char *)none, sizeof(none)})), DBT(k->age_public),
		   DBT(k->age_secret), DBT(k->object), DBI(k->created_us), DBI(k->ends_us),
		   DBI(k->revoked_us)),
	    NULL, why);
}

struct past_put {
	const struct moved_entry *e;
	struct uuid by_epoch;
	int64_t by_seq;
};

static enum err told_by(struct db *tx, const struct past_put *x, struct arena *a, int64_t *ret_row,
			str *ret_told, struct why *why)
{
	struct db_rows *r;
	enum err err = db_query(tx,
				"SELECT j.id, j.content FROM moved_entry m JOIN journal j ON j.id "
				"= m.entry WHERE m.epoch = ?1 AND m.seq = ?2",
				DBARGS(DBU(x->by_epoch), DBI(x->by_seq)), &r, why);

	if (err)
		return err;
	while (db_next(r)) {
		*ret_row = db_int(r, 0);
		*ret_told = db_is_null(r, 1) ? STR_NULL : arena_str(a, db_bytes(r, 1));
	}
	return db_end(r, why);
}

static enum err do_past(struct db *tx, void *ctx, struct why *why)
{
	const struct past_put *x = ctx;
	int64_t there = 0, row = 0;
	str told = STR_NULL;
	ARENA(a, 0);
	enum err err =
	    db_get_int(tx, "SELECT count(*) FROM moved_entry WHERE epoch = ?1 AND seq = ?2",
		       DBARGS(DBU(x->e->epoch), DBI(x->e->seq)), &there, why);

	if (!err && !there && x->by_seq >= 0)
		err = told_by(tx, x, &a, &row, &told, why);
	return err || there ? err : moved_write(tx, x->e, row, told, why);
}

enum err moved_past(struct store *s, const struct moved_entry *e, struct uuid by_epoch,
		    int64_t by_seq, struct why *why)
{
	struct past_put x = {e, by_epoch, by_seq};

	return store_tx(s, do_past, &x, why);
}

struct source_put {
	const struct source *x;
	int64_t key;
};

/* As it was, and no entry of its own: the journal that came along says who added it. */
static enum err do_source(struct db *tx, void *ctx, struct why *why)
{
	struct source_put *p = ctx;
	const struct source *x = p->x;
	enum err err = db_exec(
	    tx,
	    "INSERT INTO source(uid, url, team, internal, auth, username, secret, collections, "
	    "tlp, circle, every, next_run, created, created_by, last_run, last_error, "
	    "last_error_ja, paused, certificate, private_key, pin) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
	    "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) ON CONFLICT "
	    "DO NOTHING",
	    DBARGS(DBU(x->uid), DBT(x->url), DBI(x->team), DBI(x->internal), DBT(x->auth),
		   DBT(x->user), DBT(x->secret), DBT(x->collections), DBI(x->tlp), DBU(x->circle),
		   DBI(x->every_us), DBI(x->next_us), DBI(x->created_us), DBI(x->created_by),
		   DBI(x->last_run_us), DBT(x->last_error), DBT(x->last_error_ja), DBI(x->paused),
		   DBT(x->certificate), DBT(x->private_key), DBT(x->pin)),
	    NULL, why);

	return err ? err
		   : db_get_int(tx, "SELECT id FROM source WHERE uid = ?1", DBARGS(DBU(x->uid)),
				&p->key, why);
}

enum err moved_source(struct store *s, const struct source *x, const struct source_cursor *at,
		      size_t n, struct why *why)
{
	struct source_put p = {.x = x};
	enum err err = store_tx(s, do_source, &p, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct source_cursor c = at[i];

		c.source = p.key;
		err = source_cursor_put(s, &c, why);
	}
	return err;
}

static enum err do_finish(struct db *tx, void *ctx, struct why *why)
{
	static const char *const sequences[] = {
	    "SELECT setval('holding_id', 1 + coalesce((SELECT max(id) FROM holding), 0))",
	    "SELECT setval(pg_get_serial_sequence('account', 'id'), 1 + greatest((SELECT "
	    "coalesce(max(id), 0) FROM account), (SELECT coalesce(max(next), 0) FROM counter WHERE "
	    "team = 0 AND prefix = 'account')))",
	};
	enum err err = ERR_OK;

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(sequences) && !err && db_backend(tx) == DB_POSTGRES; i++) {
		int64_t unused = 0;

		err = db_get_int(tx, sequences[i], DBNONE, &unused, why);
	}
	return err;
}

enum err moved_finish(struct store *s, struct why *why)
{
	return store_tx(s, do_finish, NULL, why);
}
