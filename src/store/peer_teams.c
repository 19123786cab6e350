// SPDX-License-Identifier: Apache-2.0
/* peer_teams: how teams that work elsewhere are reached, and circles as their owners signed them.
 */
#include "base/vec.h"
#include "store/peers.h"
#include "store/service_internal.h"

#define COLUMNS "team, peer, direct, root, keys"

static struct peer_team team_row(struct db_rows *r, struct arena *a)
{
	return (struct peer_team){.team = db_int(r, 0),
				  .peer = db_int(r, 1),
				  .direct = db_int(r, 2) != 0,
				  .root = db_digest(r, 3),
				  .keys = arena_str(a, db_bytes(r, 4))};
}

enum err peer_teams_list(struct store *s, struct arena *a, int64_t peer, struct peer_team **ret,
			 size_t *ret_n, struct why *why)
{
	VEC(struct peer_team) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct db_value arg = DBI(peer);
	enum err err =
	    peer ? db_query(db, "SELECT " COLUMNS " FROM peer_team WHERE peer = ?1 ORDER BY team",
			    &arg, 1, &rows, why)
		 : db_query(db, "SELECT " COLUMNS " FROM peer_team ORDER BY team", DBNONE, &rows,
			    why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, team_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err peer_team_get(struct store *s, struct arena *a, int64_t team, struct peer_team *ret,
		       struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct peer_team t = {0};
	enum err err = db_query(db, "SELECT " COLUMNS " FROM peer_team WHERE team = ?1",
				DBARGS(DBI(team)), &rows, why);

	if (!err) {
		while (db_next(rows))
			t = team_row(rows, a);
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (!err && !t.team)
		err = why_field(why, ERR_NOTFOUND, "no_key", NULL, "no keys are known of that team",
				"そのチームの鍵はわかりません");
	if (!err)
		*ret = t;
	return err;
}

struct put {
	const struct peer_team *t;
	size_t n;
};

static enum err do_put(struct db *tx, void *ctx, struct why *why)
{
	struct put *p = ctx;
	ARENA(a, 0);
	struct db_value *args = arena_array(&a, struct db_value, p->n * 5);

	for (size_t i = 0; i < p->n; i++) {
		const struct peer_team *t = &p->t[i];

		args[i * 5] = DBI(t->team);
		args[i * 5 + 1] = DBI(t->peer);
		args[i * 5 + 2] = DBI(t->direct);
		args[i * 5 + 3] = DBD(t->root);
		args[i * 5 + 4] = DBT(t->keys);
	}
	return db_many(tx,
		       "INSERT INTO peer_team(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5) ON "
		       "CONFLICT(team) DO UPDATE SET peer = excluded.peer, direct = "
		       "excluded.direct, root = excluded.root, keys = excluded.keys",
		       args, 5, p->n, NULL, NULL, why);
}

enum err peer_teams_put(struct store *s, const struct peer_team *t, size_t n, struct why *why)
{
	struct put p = {t, n};

	return n ? store_tx(s, do_put, &p, why) : ERR_OK;
}

enum err circle_kept_get(struct store *s, struct arena *a, int64_t circle, struct circle_kept *ret,
			 struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct circle_kept o = {0};
	enum err err =
	    db_query(db, "SELECT roster, rev, object FROM circle_object WHERE circle = ?1",
		     DBARGS(DBI(circle)), &rows, why);

	if (!err) {
		while (db_next(rows))
			o = (struct circle_kept){.circle = circle,
						 .roster = db_int(rows, 0),
						 .rev = db_int(rows, 1),
						 .object = arena_str(a, db_bytes(rows, 2))};
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (!err && !o.circle)
		err = why_set(why, ERR_NOTFOUND, "the circle was not signed yet");
	if (!err)
		*ret = o;
	return err;
}

enum err circle_kept_put(struct store *s, const struct circle_kept *o, bool same, struct why *why)
{
	int64_t changed = 0;
	enum err err = service_exec(
	    s,
	    "INSERT INTO circle_object(circle, roster, rev, object) VALUES(?1, ?2, ?3, ?4) ON "
	    "CONFLICT(circle) DO UPDATE SET roster = excluded.roster, rev = excluded.rev, object = "
	    "excluded.object WHERE circle_object.rev < excluded.rev + ?5",
	    DBARGS(DBI(o->circle), DBI(o->roster), DBI(o->rev), DBT(o->object), DBI(same ? 1 : 0)),
	    &changed, why);

	return err || changed
		   ? err
		   : why_set(why, ERR_CONFLICT, "a newer edition of the circle is there already");
}

enum err circle_kept_list(struct store *s, struct arena *a, struct circle_kept **ret, size_t *ret_n,
			  struct why *why)
{
	VEC(struct circle_kept) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(db, "SELECT circle, roster, rev FROM circle_object ORDER BY circle",
				DBNONE, &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list,
				(struct circle_kept){.circle = db_int(rows, 0),
						     .roster = db_int(rows, 1),
						     .rev = db_int(rows, 2)});
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}
