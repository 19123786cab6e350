// SPDX-License-Identifier: Apache-2.0
/* moving: what of a team goes along to another node, read in the order of the journal; and that it
 * is elsewhere from then on (moved.h). Nothing of another team is read into what goes out. */
#include "base/json.h"
#include "base/vec.h"
#include "store/moving_internal.h"
#include "store/records_internal.h"
#include "store/service_internal.h"

#define PAGE MOVING_PAGE
#define SLICE_MAX 100000 /* leaves; what a write set may hold */

/* Notes that are about the team itself. Any other kind says something of the node or of others. */
static const char *const note_kinds[] = {
    "received",         "answered",       "withdrawal-applied", "account-add",
    "account-sessions", "account-update", "team-key-add",       "team-key-rotate",
    "team-key-revoke",  "source-add",     "source-remove",      "team-move-abort",
};

struct tile_row {
	int64_t idx;
	str hashes;
};
struct entry_at {
	struct moved_entry e;
	int64_t row, epoch, record, holder, slices, n;
	int32_t version;
};

static bool ours(const struct moving *m, int64_t team)
{
	return team == m->team || team == m->outbox;
}

/* ---- trees ---- */

enum err moving_tiles(struct moving *m, struct uuid epoch, const char *sql, struct db_value key,
		      struct why *why)
{
	int64_t at = -1;
	size_t n = PAGE;
	enum err err = ERR_OK;

	while (!err && n == PAGE) {
		struct tile_row page[PAGE];
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(db, sql, DBARGS(key, DBI(at), DBI(PAGE)), &r, why);
		if (!err) {
			while (db_next(r) && n < PAGE) {
				page[n].idx = at = db_int(r, 0);
				page[n++].hashes = arena_str(&m->a, db_bytes(r, 1));
			}
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		for (size_t i = 0; i < n && !err; i++)
			err = m->sink->tile(m->sink->ctx, epoch, page[i].idx, page[i].hashes, why);
		arena_reset(&m->a);
	}
	return err;
}

struct own_tree {
	struct moved_tree t;
	int64_t number;
};

static enum err own_trees(struct moving *m, struct why *why)
{
	VEC(struct own_tree) list = {0};
	struct db *db = store_reader_get(m->s);
	struct db_rows *r;
	ARENA(a, 0);
	enum err err = db_query(db,
				"SELECT e.id, e.number, c.size, c.root FROM epoch e JOIN "
				"checkpoint c ON c.epoch = e.number ORDER BY e.number",
				DBNONE, &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(&a, &list,
				(struct own_tree){{.epoch = db_uuid(r, 0),
						   .size = db_int(r, 2),
						   .root = db_digest(r, 3),
						   .fresh = true},
						  db_int(r, 1)});
		err = db_end(r, why);
	}
	store_reader_put(m->s, db);
	for (size_t i = 0; i < list.n && !err; i++) {
		err = m->sink->tree(m->sink->ctx, &list.p[i].t, why);
		if (!err)
			err = moving_tiles(
			    m, list.p[i].t.epoch,
			    "SELECT idx, hashes FROM tile WHERE level = 0 AND epoch = ?1 "
			    "AND idx > ?2 ORDER BY idx LIMIT ?3",
			    DBI(list.p[i].number), why);
	}
	return err;
}

/* ---- entries ---- */

static void salt_take(struct db_rows *r, int col, uint8_t ret[16])
{
	str b = db_bytes(r, col);

	if (b.n == 16)
		memcpy(ret, b.p, 16);
}

static struct entry_at entry_row(struct db_rows *r, struct arena *a)
{
	str kind = db_bytes(r, 6);
	bool kept = !db_is_null(r, 11) && !db_is_null(r, 13);
	struct entry_at x = {.e = {.seq = db_int(r, 2),
				   .epoch = db_uuid(r, 15),
				   .at_us = db_int(r, 3),
				   .actor = db_int(r, 4),
				   .team = db_int(r, 5),
				   .kind = arena_printf(a, "%.*s", STR_ARG(kind)),
				   .digest = db_digest(r, 12)},
			     .row = db_int(r, 0),
			     .epoch = db_int(r, 1),
			     .record = db_int(r, 8),
			     .version = (int32_t)db_int(r, 9),
			     .n = db_int(r, 14),
			     .holder = db_int(r, 16),
			     .slices = db_int(r, 17)};

	if (!db_is_null(r, 7))
		x.e.subject = db_uuid(r, 7);
	salt_take(r, 10, x.e.salt);
	salt_take(r, 11, x.e.salt2);
	if (kept)
		x.e.content = arena_str(a, db_bytes(r, 13));
	return x;
}

static bool note_goes(const struct moving *m, const struct entry_at *x)
{
	for (size_t i = 0; i < ARRAY_LEN(note_kinds) && x->e.team == m->team; i++)
		if (str_eq(x->e.kind, str_c(note_kinds[i])))
			return true;
	return false;
}

static bool holder_is_ours(const struct moving *m, const struct json *group)
{
	struct uuid u;

	return uuid_parse(json_get_str(group, "holder"), &u) == ERR_OK &&
	       (uuid_eq(u, m->ids[0]) || uuid_eq(u, m->ids[1]));
}

/* Links begin at holdings; those of others are none of the team's. Where there were some, the
 * content that goes along is not the one that was hashed. */
static enum err links_go(struct moving *m, struct entry_at *x, struct why *why)
{
	static const char *const names[] = {"links", "unlinks"};
	struct json v, out = json_object();
	size_t all = 0, kept = 0;
	BUF(text);
	enum err err = x->e.content.p ? json_parse(&m->a, x->e.content, NULL, &v, why) : ERR_OK;

	if (err || !x->e.content.p)
		return err;
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		const struct json *list = json_get_c(&v, names[k]);
		struct json some = json_array();

		for (size_t i = 0; i < json_count(list); i++) {
			all++;
			if (!holder_is_ours(m, json_at(list, i)))
				continue;
			kept++;
			json_add(&m->a, &some, *json_at(list, i));
		}
		json_set(&m->a, &out, str_c(names[k]), some);
	}
	if (!kept)
		return ERR_OK;
	if (kept < all) {
		json_write(&text, &out);
		x->e.content = arena_str(&m->a, buf_str(&text));
		memset(x->e.salt2, 0, sizeof(x->e.salt2));
	}
	return m->sink->entry(m->sink->ctx, &x->e, NULL, why);
}

static enum err version_go(struct moving *m, const struct entry_at *x, struct why *why)
{
	struct record r;
	ARENA(a, 0);
	enum err err = store_version(m->s, &a, x->record, x->version, &r, why);

	return err ? err : m->sink->entry(m->sink->ctx, &x->e, &r, why);
}

/* ---- slices ---- */

static enum err slice_leaves(struct moving *m, struct arena *a, int64_t entry,
			     struct slice_leaf *ret, size_t cap, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(m->s);
	struct db_rows *r;
	size_t n = 0;
	enum err err = db_query(db, "SELECT leaves FROM slice WHERE entry = ?1 ORDER BY n",
				DBARGS(DBI(entry)), &r, why);

	(void)a;
	if (!err) {
		while (db_next(r))
			n += journal_slice_unpack(db_bytes(r, 0), ret + n, cap - n);
		err = db_end(r, why);
	}
	store_reader_put(m->s, db);
	*ret_n = n;
	return err;
}

/* Which version of a holding came with this entry. */
static enum err version_of(struct moving *m, int64_t record, int64_t entry, int64_t *ret,
			   struct why *why)
{
	struct db *db = store_reader_get(m->s);
	enum err err = db_get_int(
	    db,
	    "SELECT coalesce((SELECT version FROM holding WHERE id = ?1 AND entry = ?2), (SELECT "
	    "version FROM version WHERE holding = ?1 AND entry = ?2), 0)",
	    DBARGS(DBI(record), DBI(entry)), ret, why);

	store_reader_put(m->s, db);
	return err;
}

static enum err leaf_go(struct moving *m, const struct slice_leaf *l, int64_t entry,
			struct why *why)
{
	int64_t version = 0;
	struct record r;
	ARENA(a, 0);
	enum err err = version_of(m, l->record, entry, &version, why);

	if (err || !version)
		return err;
	err = store_version(m->s, &a, l->record, (int32_t)version, &r, why);
	return err ? err : m->sink->leaf(m->sink->ctx, &r, why);
}

static void mark_ours(void *ctx, size_t i, struct db_rows *row)
{
	int64_t *teams = ctx;

	teams[i] = db_int(row, 0);
}

static enum err leaf_teams(struct moving *m, struct arena *a, const struct slice_leaf *l, size_t n,
			   int64_t *teams, struct why *why)
{
	struct db *db = store_reader_get(m->s);
	struct db_value *args = arena_array(a, struct db_value, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++)
		args[i] = DBI(l[i].record);
	err = db_many(db, "SELECT team FROM holding WHERE id = ?1", args, 1, n, mark_ours, teams,
		      why);
	store_reader_put(m->s, db);
	return err;
}

/* The hashes of all leaves prove the slice; ids and salts go along of the team's own alone. */
static enum err slice_go(struct moving *m, struct entry_at *x, struct why *why)
{
	ARENA(a, 0);
	size_t cap = x->n > 0 && x->n < SLICE_MAX ? (size_t)x->n : SLICE_MAX, n = 0, any = 0;
	struct slice_leaf *l = arena_array(&a, struct slice_leaf, cap + 1);
	int64_t *teams = arena_array(&a, int64_t, cap + 1);
	struct digest *hashes;
	enum err err = slice_leaves(m, &a, x->row, l, cap, &n, why);

	if (!err)
		err = leaf_teams(m, &a, l, n, teams, why);
	for (size_t i = 0; i < n && !err; i++)
		any += ours(m, teams[i]);
	if (err || !any)
		return err;
	hashes = arena_array(&a, struct digest, n);
	for (size_t i = 0; i < n; i++) {
		struct digest label = label_digest(m->s, l[i].label);

		hashes[i] = journal_slice_hash(&l[i], &label);
	}
	x->e.slice = (str){(const char *)hashes, n * sizeof(*hashes)};
	err = m->sink->entry(m->sink->ctx, &x->e, NULL, why);
	for (size_t i = 0; i < n && !err; i++)
		if (ours(m, teams[i]))
			err = leaf_go(m, &l[i], x->row, why);
	return err;
}

static enum err entry_go(struct moving *m, struct entry_at *x, struct why *why)
{
	if (x->record)
		return ours(m, x->holder) ? version_go(m, x, why) : ERR_OK;
	if (x->slices)
		return slice_go(m, x, why);
	if (str_eq(x->e.kind, STR("links")))
		return links_go(m, x, why);
	return note_goes(m, x) ? m->sink->entry(m->sink->ctx, &x->e, NULL, why) : ERR_OK;
}

static enum err entries(struct moving *m, struct why *why)
{
	int64_t epoch = INT64_MIN, seq = -1;
	size_t n = PAGE;
	enum err err = ERR_OK;

	while (!err && n == PAGE) {
		struct entry_at *x = arena_array(&m->a, struct entry_at, PAGE);
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(
		    db,
		    "SELECT j.id, j.epoch, j.seq, j.at, j.actor, j.team, j.kind, j.subject, "
		    "j.record, j.version, j.salt, j.salt2, j.digest, j.content, j.n, e.id, "
		    "coalesce(h.team, 0), (SELECT count(*) FROM slice WHERE entry = j.id) FROM "
		    "journal j JOIN epoch e ON e.number = j.epoch LEFT JOIN holding h ON h.id = "
		    "j.record WHERE j.seq IS NOT NULL AND (j.epoch, j.seq) > (?1, ?2) ORDER BY "
		    "j.epoch, j.seq LIMIT ?3",
		    DBARGS(DBI(epoch), DBI(seq), DBI(PAGE)), &r, why);
		if (!err) {
			while (db_next(r) && n < PAGE)
				x[n++] = entry_row(r, &m->a);
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		for (size_t i = 0; i < n && !err; i++) {
			epoch = x[i].epoch;
			seq = x[i].e.seq;
			err = entry_go(m, &x[i], why);
		}
		arena_reset(&m->a);
	}
	return err;
}

/* ---- rows beside the records ---- */

struct counter_row {
	str prefix;
	int64_t year, next, team;
};
struct seal_row {
	int64_t holding, version, team, at;
};

static enum err counters(struct moving *m, struct why *why)
{
	VEC(struct counter_row) list = {0};
	struct db *db = store_reader_get(m->s);
	struct db_rows *r;
	enum err err = db_query(
	    db,
	    "SELECT prefix, year, next, team FROM counter WHERE team IN (?1, ?2) ORDER BY team, "
	    "prefix, year",
	    DBARGS(DBI(m->team), DBI(m->outbox)), &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(&m->a, &list,
				(struct counter_row){arena_str(&m->a, db_bytes(r, 0)), db_int(r, 1),
						     db_int(r, 2), db_int(r, 3)});
		err = db_end(r, why);
	}
	store_reader_put(m->s, db);
	for (size_t i = 0; i < list.n && !err; i++)
		err = m->sink->counter(m->sink->ctx, list.p[i].team, list.p[i].prefix,
				       list.p[i].year, list.p[i].next, why);
	arena_reset(&m->a);
	return err;
}

static struct record_signed signed_row(struct db_rows *r, struct arena *a)
{
	return (struct record_signed){.holding = db_int(r, 0),
				      .version = (int32_t)db_int(r, 1),
				      .uid = db_uuid(r, 2),
				      .team = db_int(r, 3),
				      .rev = db_int(r, 4),
				      .hash = db_digest(r, 5),
				      .object = arena_str(a, db_bytes(r, 6)),
				      .signature = arena_str(a, db_bytes(r, 7))};
}

static enum err signatures(struct moving *m, struct why *why)
{
	int64_t holding = 0, version = 0;
	size_t n = PAGE;
	enum err err = ERR_OK;

	while (!err && n == PAGE) {
		struct record_signed *x = arena_array(&m->a, struct record_signed, PAGE);
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(
		    db,
		    "SELECT s.holding, s.version, s.uid, s.team, s.rev, s.digest, "
		    "s.object, s.signature FROM signed s JOIN holding h ON h.id = "
		    "s.holding WHERE h.team IN (?1, ?2) AND (s.holding, s.version) > "
		    "(?3, ?4) ORDER BY s.holding, s.version LIMIT ?5",
		    DBARGS(DBI(m->team), DBI(m->outbox), DBI(holding), DBI(version), DBI(PAGE)), &r,
		    why);
		if (!err) {
			while (db_next(r) && n < PAGE)
				x[n++] = signed_row(r, &m->a);
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		for (size_t i = 0; i < n && !err; i++) {
			holding = x[i].holding;
			version = x[i].version;
			err = m->sink->signed_row(m->sink->ctx, &x[i], why);
		}
		arena_reset(&m->a);
	}
	return err;
}

static enum err seals(struct moving *m, struct why *why)
{
	VEC(struct seal_row) list = {0};
	struct db *db = store_reader_get(m->s);
	struct db_rows *r;
	enum err err = db_query(db,
				"SELECT f.holding, f.version, f.team, f.at FROM sealed_for f JOIN "
				"holding h ON h.id = f.holding WHERE h.team IN (?1, ?2) ORDER BY "
				"f.holding, f.version, f.team",
				DBARGS(DBI(m->team), DBI(m->outbox)), &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(&m->a, &list,
				(struct seal_row){db_int(r, 0), db_int(r, 1), db_int(r, 2),
						  db_int(r, 3)});
		err = db_end(r, why);
	}
	store_reader_put(m->s, db);
	for (size_t i = 0; i < list.n && !err; i++)
		err = m->sink->sealed(m->sink->ctx, list.p[i].holding, (int32_t)list.p[i].version,
				      list.p[i].team, list.p[i].at, why);
	arena_reset(&m->a);
	return err;
}

static enum err tokens(struct moving *m, struct why *why)
{
	struct account *accounts = NULL;
	size_t n = 0;
	enum err err = account_list(m->s, &m->a, m->team, &accounts, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct token *t = NULL;
		size_t k = 0;

		err = token_list(m->s, &m->a, accounts[i].key, &t, &k, why);
		for (size_t j = 0; j < k && !err; j++)
			if (str_eq(t[j].purpose, STR("api")))
				err = m->sink->token(m->sink->ctx, &t[j], why);
	}
	arena_reset(&m->a);
	return err;
}

static enum err file_rows(struct moving *m, struct why *why)
{
	VEC(int64_t) records = {0};
	struct db *db = store_reader_get(m->s);
	struct db_rows *r;
	ARENA(a, 0);
	enum err err = db_query(db,
				"SELECT DISTINCT f.record FROM file f JOIN holding h ON h.id = "
				"f.record WHERE h.team IN (?1, ?2) ORDER BY f.record",
				DBARGS(DBI(m->team), DBI(m->outbox)), &r, why);

	if (!err) {
		while (db_next(r))
			vec_add(&a, &records, db_int(r, 0));
		err = db_end(r, why);
	}
	store_reader_put(m->s, db);
	for (size_t i = 0; i < records.n && !err; i++) {
		struct file_row *f = NULL;
		size_t n = 0;

		err = file_list(m->s, &m->a, records.p[i], &f, &n, why);
		for (size_t k = 0; k < n && !err; k++)
			err = m->sink->file(m->sink->ctx, &f[k], why);
		arena_reset(&m->a);
	}
	return err;
}

enum err moving_read(struct store *s, int64_t team, int64_t outbox, const struct moving_sink *sink,
		     struct why *why)
{
	static enum err (*const steps[])(struct moving *, struct why *) = {
	    own_trees, moving_trees, entries,   moving_past,    counters,    signatures,
	    seals,     tokens,       file_rows, moving_sources, moving_jobs,
	};
	struct moving m = {.s = s, .team = team, .outbox = outbox, .sink = sink};
	enum err err = ERR_OK;

	if (!principal_uuid(s, team, &m.ids[0]) || !principal_uuid(s, outbox, &m.ids[1]))
		return why_set(why, ERR_NOTFOUND, "there is no such team");
	if (s->postgres) /* what was committed has its place */
		err = sequence_waiting(s, why);
	arena_init(&m.a, 0);
	for (size_t i = 0; i < ARRAY_LEN(steps) && !err; i++)
		err = steps[i](&m, why);
	arena_done(&m.a);
	return err;
}

enum err moving_accounts_top(struct store *s, int64_t *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = db_get_int(
	    db,
	    "SELECT max(m) FROM (SELECT coalesce(max(id), 0) AS m FROM account UNION ALL SELECT "
	    "coalesce(max(next), 0) AS m FROM counter WHERE team = 0 AND prefix = 'account') AS x",
	    DBNONE, ret, why);

	store_reader_put(s, db);
	return err;
}

/* ---- here no longer ---- */

struct leaving {
	const struct peer_team *t;
	int64_t team, actor;
	const char *kind;
	bool freeze, abort;
};

static enum err sessions_end(struct db *tx, int64_t team, struct why *why)
{
	return db_exec(
	    tx, "DELETE FROM session WHERE account IN (SELECT id FROM account WHERE team = ?1)",
	    DBARGS(DBI(team)), NULL, why);
}

static enum err via_put(struct db *tx, const struct peer_team *t, struct why *why)
{
	return db_exec(
	    tx,
	    "INSERT INTO peer_team(team, peer, direct, root, keys) VALUES(?1, ?2, ?3, "
	    "?4, ?5) ON CONFLICT(team) DO UPDATE SET peer = excluded.peer, direct = "
	    "excluded.direct, keys = excluded.keys",
	    DBARGS(DBI(t->team), DBI(t->peer), DBI(t->direct), DBD(t->root), DBT(t->keys)), NULL,
	    why);
}

static enum err change(struct db *tx, const struct leaving *l, struct why *why)
{
	int64_t n = 0;
	enum err err;

	if (l->abort) {
		err = db_exec(tx,
			      "DELETE FROM peer_team WHERE team = ?1 AND peer = 0 AND EXISTS "
			      "(SELECT 1 FROM team_key WHERE team = ?1)",
			      DBARGS(DBI(l->team)), &n, why);
		return err || n ? err
				: why_field(why, ERR_CONFLICT, "not_moving", NULL,
					    "that team is not being moved from this node",
					    "そのチームは移転中ではありません");
	}
	if (l->freeze) {
		err = db_get_int(tx, "SELECT count(*) FROM peer_team WHERE team = ?1",
				 DBARGS(DBI(l->team)), &n, why);
		if (!err && n)
			err = why_set(why, ERR_CONFLICT, "that team is elsewhere already");
	} else {
		static const char *const gone[] = {
		    "DELETE FROM team_key WHERE team = ?1",
		    "DELETE FROM token WHERE account IN (SELECT id FROM account WHERE team = ?1)",
		    ("DELETE FROM source_cursor WHERE source IN "
		     "(SELECT id FROM source WHERE team = ?1)"),
		    "DELETE FROM source WHERE team = ?1",
		    "DELETE FROM source_object WHERE team = ?1",
		};

		err = ERR_OK;
		for (size_t i = 0; i < ARRAY_LEN(gone) && !err; i++)
			err = db_exec(tx, gone[i], DBARGS(DBI(l->team)), NULL, why);
	}
	if (!err)
		err = via_put(tx, l->t, why);
	return err ? err : sessions_end(tx, l->team, why);
}

static enum err leave(struct db *tx, void *ctx, struct why *why)
{
	struct leaving *l = ctx;
	struct json o = json_object();
	ARENA(a, 1 << 16);
	enum err err = change(tx, l, why);

	if (!err && l->t)
		json_set(&a, &o, STR("peer"), json_from_i64(&a, l->t->peer));
	return err ? err : service_note(tx, l->actor, l->team, l->kind, &a, &o, why);
}

enum err moving_freeze(struct store *s, const struct peer_team *t, int64_t actor, struct why *why)
{
	struct leaving l = {
	    .t = t, .team = t->team, .actor = actor, .kind = "team-move-out", .freeze = true};

	return store_tx(s, leave, &l, why);
}

enum err moving_abort(struct store *s, int64_t team, int64_t actor, struct why *why)
{
	struct leaving l = {.team = team, .actor = actor, .kind = "team-move-abort", .abort = true};

	return store_tx(s, leave, &l, why);
}

enum err moving_done(struct store *s, const struct peer_team *t, struct why *why)
{
	struct leaving l = {.t = t, .team = t->team, .kind = "team-moved"};

	return store_tx(s, leave, &l, why);
}

/* ---- erased ---- */

enum err moving_held(struct store *s, int64_t team, int64_t after, size_t limit, int64_t *ret,
		     size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *r;
	size_t n = 0;
	enum err err =
	    db_query(db, "SELECT id FROM holding WHERE team = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
		     DBARGS(DBI(team), DBI(after), DBI(limit)), &r, why);

	if (!err) {
		while (db_next(r) && n < limit)
			ret[n++] = db_int(r, 0);
		err = db_end(r, why);
	}
	store_reader_put(s, db);
	*ret_n = n;
	return err;
}

struct erasing_rows {
	int64_t team;
	const int64_t *records;
	size_t n;
	struct arena *a;
	VEC(struct digest) files;
};

static void file_gone(void *ctx, size_t i, struct db_rows *row)
{
	struct erasing_rows *x = ctx;

	(void)i;
	vec_add(x->a, &x->files, db_digest(row, 0));
}

static enum err erase_rows(struct db *tx, void *ctx, struct why *why)
{
	struct erasing_rows *x = ctx;
	struct json o = json_object();
	ARENA(a, 1 << 20);
	struct db_value *args = arena_array(&a, struct db_value, x->n + 1);
	enum err err = db_exec(tx,
			       "UPDATE account SET password_hash = '', totp_secret = '', disabled "
			       "= 1 WHERE team = ?1",
			       DBARGS(DBI(x->team)), NULL, why);

	for (size_t i = 0; i < x->n; i++)
		args[i] = DBI(x->records[i]);
	if (!err)
		err = db_many(tx, "DELETE FROM file WHERE record = ?1 RETURNING digest", args, 1,
			      x->n, file_gone, x, why);
	json_set(&a, &o, STR("records"), json_from_i64(&a, (int64_t)x->n));
	return err ? err : service_note(tx, 0, x->team, "team-move-erase", &a, &o, why);
}

enum err moving_erase_rows(struct store *s, int64_t team, const int64_t *records, size_t n,
			   struct why *why)
{
	ARENA(a, 0);
	struct erasing_rows x = {.team = team, .records = records, .n = n, .a = &a};
	enum err err = store_tx(s, erase_rows, &x, why);

	for (size_t i = 0; i < x.files.n && !err; i++)
		err = file_remove(s, x.files.p[i], why);
	return err;
}
