// SPDX-License-Identifier: Apache-2.0
/* erase: what is taken out of superseded versions in the transaction of the change that erases it
 * (docs/formats.md 5): bodies stay without it, the content of their entries goes, what a link
 * carried goes, and an entry names what was erased and the bodies that are left. */
#include "base/codec.h"
#include "base/json.h"
#include "store/records_internal.h"
#include "store/signed.h"

void write_erase(struct write_set *w, const struct record_erasure *e)
{
	vec_add(w->arena, &w->ops->erasures, *e);
}

/* A superseded version that held what is erased. */
struct erased {
	int32_t version;
	int64_t object, entry, seq;
	struct uuid epoch, uid;
	bool own_entry; /* no slice: the entry is about this record alone */
	str body;
	struct digest digest;
};
struct erasing {
	struct wtx *w;
	const struct record_erasure *e;
	VEC(struct erased) list;
	bool waits;
};

#define ERASE_COLUMNS                                                                              \
	HOLDING_COLUMNS HOLDING_BODY                                                               \
	    ", v.version, v.entry, v.object, j.seq, j.record, e.id, coalesce(s.rev, 0)"

static enum err take_row(struct erasing *x, struct db_rows *r)
{
	struct arena *a = &x->w->arena;
	struct holding h = {0};
	int at = HOLDING_WIDTH + 3;
	struct erased one;
	enum err err = holding_row(r, a, true, &h);

	/* the present body is changed by its put; what is above the rev is not spoken of */
	if (err || db_int(r, at + 2) == h.object ||
	    (x->e->upto_rev && db_int(r, at + 6) > x->e->upto_rev))
		return err;
	one = (struct erased){.version = (int32_t)db_int(r, at),
			      .entry = db_int(r, at + 1),
			      .object = db_int(r, at + 2),
			      .seq = db_int(r, at + 3),
			      .own_entry = db_int(r, at + 4) != 0,
			      .epoch = db_uuid(r, at + 5),
			      .uid = h.r.uid};
	one.body = x->e->fn(x->e->ctx, a, h.r.body);
	if (str_eq(one.body, h.r.body))
		return ERR_OK;
	x->waits = x->waits || db_is_null(r, at + 3);
	one.digest = sha256(one.body);
	vec_add(a, &x->list, one);
	return ERR_OK;
}

static enum err find_versions(struct erasing *x, struct why *why)
{
	struct db_rows *r;
	enum err err =
	    db_query(x->w->db,
		     "SELECT " ERASE_COLUMNS " FROM version v JOIN holding h ON h.id = v.holding "
		     "JOIN object o ON o.id = v.object JOIN journal j ON j.id = v.entry "
		     "JOIN epoch e ON e.number = j.epoch LEFT JOIN signed s ON s.holding = "
		     "v.holding AND s.version = v.version WHERE v.holding = ?1 ORDER BY v.version",
		     DBARGS(DBI(x->e->key)), &r, why);
	enum err bad = ERR_OK;

	if (err)
		return err;
	while (db_next(r))
		bad = bad ? bad : take_row(x, r);
	err = db_end(r, why);
	if (!err && bad)
		err = why_set(why, bad, "a version of a record cannot be read: run hikeshi verify");
	if (!err && x->waits)
		err = why_set(why, ERR_BUSY, "a version of it has no place in the journal yet");
	return err;
}

/* A row of its own: equal bodies of one id are one row, whoever holds them. */
static enum err erase_version(struct erasing *x, const struct erased *v, struct why *why)
{
	struct db *db = x->w->db;
	int64_t object = 0;
	enum err err = keys_take(x->w, true, 1, &object, why);

	if (!err)
		err = db_exec(
		    db,
		    "INSERT INTO object(id, digest, dict, size, body) VALUES(?1, ?2, 0, ?3, ?4)",
		    DBARGS(DBI(object), DBD(v->digest), DBI(v->body.n), DBB(v->body)), NULL, why);
	if (!err)
		err = db_exec(db,
			      "UPDATE version SET object = ?3 WHERE holding = ?1 AND version = ?2",
			      DBARGS(DBI(x->e->key), DBI(v->version), DBI(object)), NULL, why);
	if (!err && v->own_entry)
		err = db_exec(db, "UPDATE journal SET content = NULL, salt2 = NULL WHERE id = ?1",
			      DBARGS(DBI(v->entry)), NULL, why);
	if (!err)
		err = db_exec(db,
			      "UPDATE signed SET object = '', signature = ?3 WHERE holding = ?1 "
			      "AND version = ?2",
			      DBARGS(DBI(x->e->key), DBI(v->version), DBB(STR(""))), NULL, why);
	return err;
}

/* Bodies that no holding of this id has any more. */
static enum err drop_bodies(struct erasing *x, struct why *why)
{
	struct wtx *w = x->w;
	struct uid_hit *hits = NULL;
	size_t n = 0;
	enum err err =
	    holdings_of(w->s, w->db, true, &w->arena, &x->list.p[0].uid, 1, false, &hits, &n, why);

	for (size_t i = 0; i < x->list.n && !err; i++) {
		int64_t used = 0, more = 0, object = x->list.p[i].object;

		for (size_t k = 0; k < n && !err && !used; k++) {
			used = hits[k].h.object == object;
			err = db_get_int(
			    w->db,
			    "SELECT count(*) FROM version WHERE holding = ?1 AND object = ?2",
			    DBARGS(DBI(hits[k].h.r.key), DBI(object)), &more, why);
			used = used || more;
		}
		if (!err && !used)
			err = db_exec(w->db, "DELETE FROM object WHERE id = ?1",
				      DBARGS(DBI(object)), NULL, why);
	}
	return err;
}

static str note_text(struct erasing *x)
{
	struct json_out o;
	char u[UUID_TEXT];
	BUF(b);
	BUF(hex);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "versions");
	jo_array(&o);
	for (size_t i = 0; i < x->list.n; i++) {
		const struct erased *v = &x->list.p[i];

		uuid_text(v->epoch, u);
		hex.n = 0;
		hex_encode(&hex, v->digest.b, sizeof(v->digest.b));
		jo_object(&o);
		jo_kstr(&o, "digest", buf_str(&hex));
		jo_kstr(&o, "epoch", (str){u, UUID_TEXT});
		jo_ki64(&o, "seq", v->seq);
		jo_ki64(&o, "version", v->version);
		jo_end(&o);
	}
	jo_end(&o);
	jo_end(&o);
	return arena_str(&x->w->arena, buf_str(&b));
}

static enum err note(struct erasing *x, struct apply *set, struct why *why)
{
	struct wtx *w = x->w;
	struct journal_entry e = {.seq = -1,
				  .at_us = set->at_us,
				  .actor = set->w->actor,
				  .team = set->w->team,
				  .kind = STR(ERASE_KIND),
				  .subject = x->list.p[0].uid,
				  .content = note_text(x),
				  .n = 1};
	enum err err;

	if (w->sequencing)
		entry_sequence(w, &e);
	err = journal_insert(w->db, &e, 1, why);
	if (!err && w->sequencing)
		entry_leaf(w, &e);
	return err;
}

/* The rev that a link carried is the present version's, which has it without what was erased. */
static enum err signature_moves(struct wtx *w, struct apply *x, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < x->n && !err; i++) {
		const struct record_put *put = &x->w->ops->puts.p[i];
		const struct record_signed *s = put->signature;

		if (s)
			err = db_exec(w->db,
				      "DELETE FROM signed WHERE holding = ?1 AND team = ?2 AND "
				      "rev = ?3",
				      DBARGS(DBI(put->key), DBI(s->team), DBI(s->rev)), NULL, why);
	}
	return err;
}

static enum err erase_all(struct wtx *w, struct apply *x, struct why *why)
{
	enum err err = signature_moves(w, x, why);

	for (size_t i = 0; i < x->w->ops->erasures.n && !err; i++) {
		struct erasing one = {.w = w, .e = &x->w->ops->erasures.p[i]};

		err = find_versions(&one, why);
		for (size_t k = 0; k < one.list.n && !err; k++)
			err = erase_version(&one, &one.list.p[k], why);
		if (!err && one.list.n)
			err = drop_bodies(&one, why);
		if (!err && one.list.n)
			err = note(&one, x, why);
	}
	return err;
}

enum err erase_write(struct wtx *w, struct apply *x, struct why *why)
{
	bool sqlite = !w->s->postgres;
	enum err err = ERR_OK;

	if (!x->w->ops->erasures.n)
		return ERR_OK;
	if (sqlite) /* what is overwritten is not left in the file */
		err = db_script(w->db, "PRAGMA secure_delete = ON", why);
	if (!err)
		err = erase_all(w, x, why);
	if (sqlite && db_script(w->db, "PRAGMA secure_delete = OFF", err ? NULL : why) && !err)
		err = ERR_IO;
	return err;
}
