// SPDX-License-Identifier: Apache-2.0
/* place: where a holding stands: its position, its shelf, its row in the order of its type, among
 * the parts of its parent, and in the collections of its circles (docs/formats.md 6). */
#include "store/records_internal.h"

void entry_sequence(struct wtx *w, struct journal_entry *e)
{
	e->seq = w->seq++;
}

void entry_leaf(struct wtx *w, const struct journal_entry *e)
{
	struct uuid team = {{0}};
	if (!principal_uuid(w->s, e->team, &team))
		team = (struct uuid){{0}};
	vec_add(&w->arena, &w->leaves, journal_leaf(e, w->epoch, team));
}

void place_assign(struct wtx *w, struct place *p, size_t n)
{
	if (!n)
		return;
	int64_t pos = wtx_pos(w, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		p[i].pos = pos + (int64_t)i;
		bool same = i && memcmp(&p[i].key, &p[i - 1].key, sizeof p[i].key) == 0;
		p[i].shelf = same ? p[i - 1].shelf : shelf_find(w, &p[i].key);
	}
}

/* ---- placements: ranges that a removal splits ---- */

static enum err placement_cut(struct db *db, int64_t circle, int64_t pos, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db,
			      "SELECT added, rec, n FROM placement WHERE circle = ?1 AND "
			      "added <= ?2 ORDER BY added DESC LIMIT 1",
			      DBARGS(DBI(circle), DBI(pos)), &r, why);
	if (e)
		return e;
	int64_t added = 0, rec = 0, n = 0;
	if (db_next(r)) {
		added = db_int(r, 0);
		rec = db_int(r, 1);
		n = db_int(r, 2);
	}
	e = db_end(r, why);
	int64_t before = pos - added, after = added + n - pos - 1;
	if (e || after < 0 || n == 0)
		return e;
	if (before == 0)
		e = db_exec(db, "DELETE FROM placement WHERE circle = ?1 AND added = ?2",
			    DBARGS(DBI(circle), DBI(added)), NULL, why);
	else
		e = db_exec(db, "UPDATE placement SET n = ?3 WHERE circle = ?1 AND added = ?2",
			    DBARGS(DBI(circle), DBI(added), DBI(before)), NULL, why);
	if (e || after == 0)
		return e;
	return db_exec(db, "INSERT INTO placement(circle, added, rec, n) VALUES(?1, ?2, ?3, ?4)",
		       DBARGS(DBI(circle), DBI(pos + 1), DBI(rec + before + 1), DBI(after)), NULL,
		       why);
}

static enum err placements_write(struct wtx *w, const struct place *p, size_t n, struct why *why)
{
	VEC(struct db_value) v = {0};
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && p[i + run].key.label == p[i].key.label &&
			      p[i + run].rec == p[i].rec + (int64_t)run;)
			run++;
		const struct label *l = label_get(w->s, p[i].key.label);
		for (size_t c = 0; l && c < l->n_circles; c++) {
			if (c && l->circles[c].circle == l->circles[c - 1].circle)
				continue;
			vec_add(&w->arena, &v, DBI(l->circles[c].circle));
			vec_add(&w->arena, &v, DBI(p[i].pos));
			vec_add(&w->arena, &v, DBI(p[i].rec));
			vec_add(&w->arena, &v, DBI(run));
		}
	}
	return db_copy(w->db, "placement", "circle,added,rec,n", v.p, 4, v.n / 4, why);
}

/* The version that stood at a place keeps it, for readers who ask for superseded ones; it may have
 * been said again (STORE_STAYS), and the last time counts. */
static enum err placement_past(struct db *db, int64_t circle, int64_t pos, int64_t rec,
			       struct why *why)
{
	return db_exec(
	    db,
	    "INSERT INTO placed_before(circle, added, rec, version) SELECT ?1, ?2, ?3, v "
	    "FROM (SELECT max(s.version) AS v FROM version o JOIN version s ON "
	    "s.holding = o.holding AND (s.version = o.version OR (s.version > o.version "
	    "AND s.source_modified = o.source_modified AND s.source_modified <> 0 "
	    "AND s.label = o.label)) WHERE o.holding = ?3 AND o.version = (SELECT "
	    "coalesce(max(CASE WHEN modified <= ?2 THEN version END), max(version)) "
	    "FROM version WHERE holding = ?3)) x WHERE v IS NOT NULL AND NOT EXISTS "
	    "(SELECT 1 FROM placed_before b WHERE b.rec = ?3 AND b.circle = ?1 AND "
	    "b.version = x.v) ON CONFLICT(circle, added) DO NOTHING",
	    DBARGS(DBI(circle), DBI(pos), DBI(rec)), NULL, why);
}

enum err place_older(struct wtx *w, int64_t label, int64_t rec, int32_t version, struct why *why)
{
	const struct label *l = label_get(w->s, label);
	enum err e = ERR_OK;
	int64_t pos = l && l->n_circles ? wtx_pos(w, 1) : 0;
	for (size_t c = 0; l && c < l->n_circles && !e; c++)
		e = db_exec(w->db,
			    "INSERT INTO placed_before(circle, added, rec, version) "
			    "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(circle, added) DO NOTHING",
			    DBARGS(DBI(l->circles[c].circle), DBI(pos), DBI(rec), DBI(version)),
			    NULL, why);
	return e;
}

static enum err placements_cut(struct wtx *w, int64_t label, int64_t pos, int64_t rec,
			       struct why *why)
{
	const struct label *l = label_get(w->s, label);
	enum err e = ERR_OK;
	for (size_t c = 0; l && c < l->n_circles && !e; c++) {
		e = placement_cut(w->db, l->circles[c].circle, pos, why);
		if (!e)
			e = placement_past(w->db, l->circles[c].circle, pos, rec, why);
	}
	return e;
}

/* ---- rows ---- */

static enum err place_remove(struct wtx *w, const struct place *p, struct why *why)
{
	struct shelf_key old;
	if (!p->old_pos || !shelf_get(w, p->old_shelf, &old))
		return ERR_OK;
	enum err e = db_exec(w->db, "DELETE FROM shelved WHERE shelf = ?1 AND pos = ?2",
			     DBARGS(DBI(p->old_shelf), DBI(p->old_pos)), NULL, why);
	if (!e)
		e = db_exec(w->db, "DELETE FROM ord WHERE type = ?1 AND pos = ?2",
			    DBARGS(DBI(old.type), DBI(p->old_pos)), NULL, why);
	if (!e && p->parent)
		e = db_exec(w->db, "DELETE FROM part WHERE parent = ?1 AND pos = ?2",
			    DBARGS(DBI(p->parent), DBI(p->old_pos)), NULL, why);
	if (!e)
		e = placements_cut(w, old.label, p->old_pos, p->rec, why);
	if (!e)
		shelf_note(w, p->old_shelf, -1, 0);
	return e;
}

#define PLACE_CHUNK 2048u
static enum err place_chunk(struct wtx *w, const struct place *p, size_t n, struct why *why)
{
	ARENA(a, 0);
	struct db_value *sh = arena_array(&a, struct db_value, n * 3),
			*ord = arena_array(&a, struct db_value, n * 4),
			*part = arena_array(&a, struct db_value, n * 3);
	size_t parts = 0;
	for (size_t i = 0; i < n; i++) {
		const struct db_value s3[3] = {DBI(p[i].shelf), DBI(p[i].pos), DBI(p[i].rec)};
		const struct db_value o4[4] = {DBI(p[i].key.type), DBI(p[i].pos), DBI(p[i].shelf),
					       DBI(p[i].rec)};
		const struct db_value p3[3] = {DBI(p[i].parent), DBI(p[i].pos), DBI(p[i].rec)};
		memcpy(sh + i * 3, s3, sizeof s3);
		memcpy(ord + i * 4, o4, sizeof o4);
		if (p[i].parent)
			memcpy(part + 3 * parts++, p3, sizeof p3);
		shelf_note(w, p[i].shelf, 1, p[i].pos);
	}
	enum err e = db_copy(w->db, "shelved", "shelf,pos,rec", sh, 3, n, why);
	if (!e)
		e = db_copy(w->db, "ord", "type,pos,shelf,rec", ord, 4, n, why);
	return e ? e : db_copy(w->db, "part", "parent,pos,rec", part, 3, parts, why);
}

enum err place_write(struct wtx *w, const struct place *p, size_t n, struct why *why)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < n && !e; i++)
		e = place_remove(w, &p[i], why);
	for (size_t i = 0; i < n && !e; i += PLACE_CHUNK)
		e = place_chunk(w, p + i, n - i < PLACE_CHUNK ? n - i : PLACE_CHUNK, why);
	return e ? e : placements_write(w, p, n, why);
}
