// SPDX-License-Identifier: Apache-2.0
/* moving: what a team had brought along from nodes before this one goes along again; so do the
 * servers of others that are read for it, and its jobs that wait (moved.h). */
#include "base/json.h"
#include "base/vec.h"
#include "store/moving_internal.h"
#include "store/service_internal.h"

#define CLAIMED_PAGE 500

/* ---- what it had brought along ---- */

enum err moving_trees(struct moving *m, struct why *why)
{
	struct moved_tree *t = NULL;
	size_t n = 0;
	ARENA(a, 0);
	enum err err = moved_trees(m->s, &a, &t, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		t[i].fresh = false;
		err = m->sink->tree(m->sink->ctx, &t[i], why);
		if (!err)
			err = moving_tiles(m, t[i].epoch,
					   "SELECT idx, hashes FROM moved_tile WHERE epoch = ?1 "
					   "AND idx > ?2 ORDER BY idx LIMIT ?3",
					   DBU(t[i].epoch), why);
	}
	return err;
}

struct past_at {
	struct moved_entry e;
	struct uuid by_epoch;
	int64_t by_seq;
};

static struct past_at past_row(struct db_rows *r, struct arena *a)
{
	struct past_at x = {.e = moved_entry_row(r, a), .by_seq = -1};

	if (!db_is_null(r, 13)) {
		x.by_seq = db_int(r, 13);
		x.by_epoch = db_uuid(r, 14);
	}
	return x;
}

/* All of it is this team's: nothing else was taken in when it came. */
enum err moving_past(struct moving *m, struct why *why)
{
	struct uuid epoch = {{0}};
	int64_t seq = -1;
	size_t n = MOVING_PAGE;
	enum err err = ERR_OK;

	while (!err && n == MOVING_PAGE) {
		struct past_at *x = arena_array(&m->a, struct past_at, MOVING_PAGE);
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(
		    db,
		    "SELECT " MOVED_ENTRY_COLUMNS ", j.seq, e.id FROM "
		    "moved_entry m LEFT JOIN journal j ON j.id = m.entry LEFT JOIN epoch e ON "
		    "e.number = j.epoch WHERE (m.epoch, m.seq) > (?1, ?2) ORDER BY m.epoch, m.seq "
		    "LIMIT ?3",
		    DBARGS(DBU(epoch), DBI(seq), DBI(MOVING_PAGE)), &r, why);
		if (!err) {
			while (db_next(r) && n < MOVING_PAGE)
				x[n++] = past_row(r, &m->a);
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		for (size_t i = 0; i < n && !err; i++) {
			epoch = x[i].e.epoch;
			seq = x[i].e.seq;
			err = m->sink->past(m->sink->ctx, &x[i].e, x[i].by_epoch, x[i].by_seq, why);
		}
		arena_reset(&m->a);
	}
	return err;
}

/* ---- servers of others ---- */

struct claimed {
	struct uuid uid, origin;
};

/* Which server brought what, a line for each run of one origin. */
static enum err claimed_go(struct moving *m, const struct claimed *x, size_t n, struct why *why)
{
	struct uuid *ids = arena_array(&m->a, struct uuid, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0, k; i < n && !err; i = k) {
		for (k = i; k < n && uuid_eq(x[k].origin, x[i].origin); k++)
			ids[k - i] = x[k].uid;
		err = m->sink->claimed(m->sink->ctx, x[i].origin, ids, k - i, why);
	}
	return err;
}

static enum err all_claimed(struct moving *m, struct why *why)
{
	struct uuid after = {{0}};
	size_t n = CLAIMED_PAGE;
	enum err err = ERR_OK;

	while (!err && n == CLAIMED_PAGE) {
		struct claimed *x = arena_array(&m->a, struct claimed, CLAIMED_PAGE);
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(db,
			       "SELECT uid, origin FROM source_object WHERE team = ?1 AND uid > ?2 "
			       "ORDER BY uid LIMIT ?3",
			       DBARGS(DBI(m->team), DBU(after), DBI(CLAIMED_PAGE)), &r, why);
		if (!err) {
			while (db_next(r) && n < CLAIMED_PAGE)
				x[n++] = (struct claimed){db_uuid(r, 0), db_uuid(r, 1)};
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		if (n)
			after = x[n - 1].uid;
		if (!err)
			err = claimed_go(m, x, n, why);
		arena_reset(&m->a);
	}
	return err;
}

enum err moving_sources(struct moving *m, struct why *why)
{
	struct source *x = NULL;
	size_t n = 0;
	ARENA(a, 0);
	enum err err = source_list(m->s, &a, &x, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct source_cursor *at = NULL;
		size_t n_at = 0;

		if (x[i].team != m->team)
			continue;
		err = source_cursors(m->s, &a, x[i].key, &at, &n_at, why);
		if (!err)
			err = m->sink->source(m->sink->ctx, &x[i], at, n_at, why);
	}
	return err ? err : all_claimed(m, why);
}

/* ---- what waits ---- */

struct waiting {
	struct job job;
	str dedupe;
	int64_t team; /* of the account that asked for it */
};

/* What is done in the team's name at a later time. A mail is sent where it lies; what another
 * node's warning asks for is asked for again when that arrives. */
static bool job_goes(const struct moving *m, struct arena *a, const struct waiting *x)
{
	static const char *const named[] = {"warning.remind", "warning.expire",
					    "factsheet.expires"};
	struct json v;

	if (str_eq(x->job.kind, STR("import")))
		return x->team == m->team;
	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (str_eq(x->job.kind, str_c(named[i])))
			return json_parse(a, x->job.payload, NULL, &v, NULL) == ERR_OK &&
			       json_get_i64(&v, "team", 0) == m->team;
	return false;
}

enum err moving_jobs(struct moving *m, struct why *why)
{
	int64_t after = 0;
	size_t n = MOVING_PAGE;
	enum err err = ERR_OK;

	while (!err && n == MOVING_PAGE) {
		struct waiting *x = arena_array(&m->a, struct waiting, MOVING_PAGE);
		struct db *db = store_reader_get(m->s);
		struct db_rows *r;

		n = 0;
		err = db_query(
		    db,
		    "SELECT j.id, j.kind, j.payload, j.run_at, j.created, j.account, j.uid, "
		    "coalesce(j.dedupe, ''), coalesce(a.team, 0) FROM job j LEFT JOIN account a ON "
		    "a.id = j.account WHERE j.state IN ('waiting', 'running') AND j.id > ?1 ORDER "
		    "BY j.id LIMIT ?2",
		    DBARGS(DBI(after), DBI(MOVING_PAGE)), &r, why);
		if (!err) {
			while (db_next(r) && n < MOVING_PAGE)
				x[n++] = (struct waiting){
				    .job = {.key = after = db_int(r, 0),
					    .kind = arena_str(&m->a, db_bytes(r, 1)),
					    .payload = arena_str(&m->a, db_bytes(r, 2)),
					    .run_at_us = db_int(r, 3),
					    .created_us = db_int(r, 4),
					    .account = db_int(r, 5),
					    .uid = db_uuid(r, 6)},
				    .dedupe = arena_str(&m->a, db_bytes(r, 7)),
				    .team = db_int(r, 8)};
			err = db_end(r, why);
		}
		store_reader_put(m->s, db);
		for (size_t i = 0; i < n && !err; i++)
			if (job_goes(m, &m->a, &x[i]))
				err = m->sink->job(m->sink->ctx, &x[i].job, x[i].dedupe, why);
		arena_reset(&m->a);
	}
	return err;
}
