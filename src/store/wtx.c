// SPDX-License-Identifier: Apache-2.0
/* wtx: what a write transaction collects until its commit, and how it gets its place in the order
 * (docs/formats.md 6). */
#include "store/journal_internal.h"
#include "store/store_internal.h"

void wtx_init(struct wtx *w, struct store *s, struct db *db)
{
	memset(w, 0, sizeof *w);
	w->s = s;
	w->db = db;
	arena_init(&w->arena, 0);
}

void wtx_done(struct wtx *w)
{
	arena_done(&w->arena);
}

struct wtx_mark wtx_mark(const struct wtx *w)
{
	return (struct wtx_mark){w->seq,      w->pos,         w->journal_top,
				 w->leaves.n, w->shelf_ops.n, w->changes.n};
}

void wtx_undo(struct wtx *w, struct wtx_mark m)
{
	w->seq = m.seq;
	w->pos = m.pos;
	w->journal_top = m.journal_top;
	w->leaves.n = m.leaves;
	w->shelf_ops.n = m.shelf_ops;
	w->changes.n = m.changes;
}

static enum err sequencer_read(struct wtx *w, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(w->db, "SELECT next_seq, date_added FROM sequencer WHERE id = 1",
			      DBNONE, &r, why);
	if (e)
		return e;
	bool found = db_next(r);
	if (found) {
		w->seq = w->first_seq = db_int(r, 0);
		w->pos = w->first_pos = db_int(r, 1);
	}
	e = db_end(r, why);
	if (!e && !found)
		return why_set(why, ERR_IO, "the sequencer's row is missing");
	struct epoch epoch = {0};
	if (!e)
		e = epoch_current(w->db, &epoch, why);
	w->epoch = epoch.id;
	return e;
}

enum err wtx_sequence(struct wtx *w, struct why *why)
{
	if (w->sequencing)
		return ERR_OK;
	enum err e = ERR_OK;
	if (w->s->postgres) {
		e = db_exec(w->db, "SELECT pg_advisory_xact_lock(?1)", DBARGS(DBI(LOCK_SEQUENCE)),
			    NULL, why);
		if (!e)
			e = shelves_refresh(w->s, w->db, why);
	}
	if (!e)
		e = sequencer_read(w, why);
	if (!e && !w->s->postgres)
		e = db_get_int(w->db, "SELECT coalesce(max(id), 0) FROM journal", DBNONE,
			       &w->journal_top, why);
	if (!e)
		w->sequencing = true;
	return e;
}

int64_t wtx_pos(struct wtx *w, int64_t n)
{
	int64_t now = clock_now_us(), first = w->pos + 1 > now ? w->pos + 1 : now;
	w->pos = first + n - 1;
	return first;
}

enum err wtx_flush(struct wtx *w, struct why *why)
{
	enum err e = ERR_OK;
	if (!w->s->postgres)
		e = runs_work(w, why);
	if (e || !w->sequencing || (w->seq == w->first_seq && w->pos == w->first_pos))
		return e;
	if (w->leaves.n) {
		int64_t first = -1;
		e = tree_append(w->db, w->leaves.p, w->leaves.n, &first, why);
		if (!e && first != w->first_seq)
			return why_set(why, ERR_IO, "journal and sequencer disagree: %lld, %lld",
				       (long long)first, (long long)w->first_seq);
	}
	if (!e)
		e = shelves_flush(w, why);
	if (!e)
		e = db_exec(w->db,
			    "UPDATE sequencer SET next_seq = ?1, date_added = ?2 WHERE id = 1",
			    DBARGS(DBI(w->seq), DBI(w->pos)), NULL, why);
	if (!e && w->s->postgres)
		e = db_exec(w->db, "NOTIFY hikeshi", DBNONE, NULL, why);
	return e;
}

static void last_seq_raise(struct store *s, int64_t seq)
{
	int64_t old = atomic_load(&s->last_seq);
	while (old < seq && !atomic_compare_exchange_weak(&s->last_seq, &old, seq))
		;
}

void wtx_publish(struct wtx *w)
{
	if (!w->s->postgres)
		runs_publish(w->s);
	if (!w->sequencing || w->seq == w->first_seq)
		return;
	shelves_publish(w);
	last_seq_raise(w->s, w->seq - 1);
	if (!w->s->postgres)
		store_tell(w->s, w->changes.p, w->changes.n);
}
