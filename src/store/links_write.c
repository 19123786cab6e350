// SPDX-License-Identifier: Apache-2.0
/* links_write: the links of a write set as rows, and what the journal keeps of them: one entry
 * "links" for every few thousand that were really made or taken away (docs/formats.md 5), so that
 * the table can be replayed. */
#include "base/json.h"
#include "store/records_internal.h"

#define ENTRY_LINKS 4096u

struct done {
	const struct write_link *op;
	struct uuid src, holder;
	/* of what was taken away */
	struct uuid team;
	int64_t at_us, by;
};

struct writing {
	struct wtx *w;
	struct apply *x;
	int64_t src; /* looked up last */
	struct uuid uid, holder;
	VEC(struct done) done;
};

static struct uuid team_id(struct store *s, int64_t team)
{
	struct uuid u = {{0}};

	return principal_uuid(s, team, &u) ? u : (struct uuid){{0}};
}

static enum err source(struct writing *l, const struct write_link *op, int64_t *ret,
		       struct why *why)
{
	struct apply *x = l->x;
	struct db_rows *r;
	bool found;
	enum err e;

	if (op->src < 0) {
		size_t k = (size_t)(-1 - op->src);

		if (k >= x->n)
			return why_set(why, ERR_INVALID,
				       "a write refers to a part that is not in it");
		const struct record *now = &x->p[k].now.r;
		l->src = now->key;
		l->uid = now->uid;
		l->holder = team_id(x->s, now->team);
	} else if (op->src != l->src) {
		e = db_query(l->w->db, "SELECT uid, team FROM holding WHERE id = ?1",
			     DBARGS(DBI(op->src)), &r, why);
		if (e)
			return e;
		found = db_next(r);
		if (found) {
			l->uid = db_uuid(r, 0);
			l->holder = team_id(x->s, db_int(r, 1));
		}
		e = db_end(r, why);
		if (!e && !found)
			e = why_set(why, ERR_NOTFOUND, "no such record");
		if (e)
			return e;
		l->src = op->src;
	}
	*ret = l->src;
	return ERR_OK;
}

static enum err link_add(struct writing *l, const struct write_link *op, int64_t src,
			 struct why *why)
{
	int64_t changed = 0;
	enum err e = db_exec(l->w->db,
			     "INSERT INTO link(src, relation, dst, team, at, made_by) "
			     "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
			     DBARGS(DBI(src), DBI(op->relation), DBU(op->dst), DBI(l->x->w->team),
				    DBI(l->x->at_us), DBI(l->x->w->actor)),
			     &changed, why);

	if (!e && changed)
		vec_add(&l->w->arena, &l->done,
			(struct done){.op = op, .src = l->uid, .holder = l->holder});
	return e;
}

static enum err link_remove(struct writing *l, const struct write_link *op, int64_t src,
			    struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(l->w->db,
			      "DELETE FROM link WHERE src = ?1 AND relation = ?2 AND dst = ?3 "
			      "RETURNING team, at, made_by",
			      DBARGS(DBI(src), DBI(op->relation), DBU(op->dst)), &r, why);

	if (e)
		return e;
	while (db_next(r))
		vec_add(&l->w->arena, &l->done,
			(struct done){.op = op,
				      .src = l->uid,
				      .holder = l->holder,
				      .team = team_id(l->x->s, db_int(r, 0)),
				      .at_us = db_int(r, 1),
				      .by = db_int(r, 2)});
	return db_end(r, why);
}

/* ---- the entry ---- */

static void jo_uuid(struct json_out *o, const char *key, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	jo_kstr(o, key, (str){text, UUID_TEXT});
}

static bool same_end(const struct done *a, const struct done *b)
{
	return uuid_eq(a->src, b->src) && uuid_eq(a->holder, b->holder) &&
	       a->op->relation == b->op->relation;
}

/* {"dst":[...],"holder","relation","src"}, names in the order of RFC 8785 as below. */
static void group_write(struct json_out *o, const struct done *d, size_t n)
{
	jo_object(o);
	jo_key(o, "dst");
	jo_array(o);
	for (size_t i = 0; i < n; i++) {
		char text[UUID_TEXT];

		uuid_text(d[i].op->dst, text);
		jo_str(o, (str){text, UUID_TEXT});
	}
	jo_end(o);
	jo_uuid(o, "holder", d->holder);
	jo_kstr(o, "relation", d->op->relation_text);
	jo_uuid(o, "src", d->src);
	jo_end(o);
}

static void removed_write(struct json_out *o, const struct done *d)
{
	jo_object(o);
	jo_ktime(o, "at", d->at_us);
	jo_ki64(o, "by", d->by);
	jo_uuid(o, "dst", d->op->dst);
	jo_uuid(o, "holder", d->holder);
	jo_kstr(o, "relation", d->op->relation_text);
	jo_uuid(o, "src", d->src);
	jo_uuid(o, "team", d->team);
	jo_end(o);
}

static str entry_text(struct arena *a, const struct done *d, size_t n)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "links");
	jo_array(&o);
	for (size_t i = 0, k; i < n; i = k) {
		k = i + 1;
		if (d[i].op->remove)
			continue;
		while (k < n && !d[k].op->remove && same_end(&d[k], &d[i]))
			k++;
		group_write(&o, d + i, k - i);
	}
	jo_end(&o);
	jo_key(&o, "unlinks");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		if (d[i].op->remove)
			removed_write(&o, &d[i]);
	}
	jo_end(&o);
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}

static enum err entries_write(struct writing *l, struct why *why)
{
	struct wtx *w = l->w;
	size_t n = (l->done.n + ENTRY_LINKS - 1) / ENTRY_LINKS;
	struct journal_entry *e = arena_array(&w->arena, struct journal_entry, n);
	enum err err;

	if (!n)
		return l->x->w->links_past
			   ? moved_write(w->db, l->x->w->links_past, 0, STR_NULL, why)
			   : ERR_OK;
	for (size_t i = 0; i < n; i++) {
		const struct done *d = l->done.p + i * ENTRY_LINKS;
		size_t m = l->done.n - i * ENTRY_LINKS;

		e[i] = (struct journal_entry){
		    .seq = -1,
		    .at_us = l->x->at_us,
		    .actor = l->x->w->actor,
		    .team = l->x->w->team,
		    .kind = STR("links"),
		    .subject = d->src,
		    .content = entry_text(&w->arena, d, m < ENTRY_LINKS ? m : ENTRY_LINKS),
		    .n = 1,
		};
		if (w->sequencing)
			entry_sequence(w, &e[i]);
	}
	err = journal_insert(w->db, e, n, why);
	for (size_t i = 0; i < n && !err && w->sequencing; i++)
		entry_leaf(w, &e[i]);
	if (!err && l->x->w->links_past)
		err = moved_write(w->db, l->x->w->links_past, e[0].row, e[0].content, why);
	return err;
}

enum err links_write(struct wtx *w, struct apply *x, struct why *why)
{
	const struct write_ops *ops = x->w->ops;
	struct writing l = {.w = w, .x = x};
	enum err e = ERR_OK;

	for (size_t i = 0; i < ops->links.n && !e; i++) {
		const struct write_link *op = &ops->links.p[i];
		int64_t src = 0;

		e = source(&l, op, &src, why);
		if (!e)
			e = op->remove ? link_remove(&l, op, src, why) : link_add(&l, op, src, why);
	}
	return e ? e : entries_write(&l, why);
}
