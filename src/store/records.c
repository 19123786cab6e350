// SPDX-License-Identifier: Apache-2.0
/* records: a write set inside its transaction: preconditions, rows, index, journal, order. Written
 * once for both back ends; on PostgreSQL an interactive write gets its seq and position later, from
 * the sequencer. */
#include "store/records_internal.h"
#include "store/service_internal.h"
#include "store/signed.h"
#include "store/text_internal.h"

#define CHUNK 1024u

static struct record_put *put_of(const struct apply *x, size_t i)
{
	return &x->w->ops->puts.p[i];
}

static str uid_words(struct arena *a, struct store *s, int32_t type, struct uuid u)
{
	char t[UUID_TEXT];
	uuid_text(u, t);
	str name = word_text(s, type);
	return arena_printf(a, "%.*s--%.*s", STR_ARG(name), UUID_TEXT, t);
}

/* ---- preconditions ---- */

static enum err check_expects(struct wtx *w, struct apply *x, struct why *why)
{
	struct write_ops *ops = x->w->ops;
	size_t n = ops->expects.n;
	if (!n)
		return ERR_OK;
	int64_t *keys = arena_array(&w->arena, int64_t, n);
	struct holding *h = arena_array(&w->arena, struct holding, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = ops->expects.p[i].key;
	enum err e = holdings_get(w->db, &w->arena, keys, n, false, true, h, why);
	for (size_t i = 0; i < n && !e; i++) {
		if (h[i].r.version == ops->expects.p[i].version)
			continue;
		str id = uid_words(&w->arena, x->s, h[i].r.type, h[i].r.uid);
		e = why_set(why, ERR_STALE, "'%.*s' is at version %d, not %d", STR_ARG(id),
			    h[i].r.version, ops->expects.p[i].version);
	}
	return e;
}

/* Reads what is to be changed, and checks that each record is changed once, from the right version.
 */
static enum err load_old(struct wtx *w, struct apply *x, struct why *why)
{
	int64_t *keys = arena_array(&w->arena, int64_t, x->n);
	size_t *at = arena_array(&w->arena, size_t, x->n), m = 0;
	struct u64map seen;
	u64map_init(&seen);
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e; i++) {
		bool fresh = true;
		if (x->p[i].is_new)
			continue;
		(void)u64map_put(&seen, (uint64_t)put_of(x, i)->key, &fresh);
		if (!fresh)
			e = why_set(why, ERR_INVALID, "one write changes a record twice");
		keys[m] = put_of(x, i)->key;
		at[m++] = i;
	}
	u64map_done(&seen);
	struct holding *h = arena_array(&w->arena, struct holding, m);
	if (!e && m)
		e = holdings_get(w->db, &w->arena, keys, m, false, true, h, why);
	for (size_t i = 0; i < m && !e; i++) {
		int32_t expect = put_of(x, at[i])->expect_version;
		x->p[at[i]].old = &h[i];
		if (!h[i].r.key) {
			e = why_set(why, ERR_NOTFOUND, "no such record");
		} else if (expect && h[i].r.version != expect) {
			str id = uid_words(&w->arena, x->s, h[i].r.type, h[i].r.uid);
			e = why_set(why, ERR_STALE, "'%.*s' is at version %d, not %d", STR_ARG(id),
				    h[i].r.version, expect);
		}
	}
	return e;
}

static enum err held_already(struct wtx *w, struct apply *x, size_t i, struct why *why)
{
	str id = uid_words(&w->arena, x->s, x->p[i].type, put_of(x, i)->uid);
	return why_set(why, ERR_CONFLICT, "the team holds '%.*s' already", STR_ARG(id));
}

/* The same id twice in one set: by two teams it is shared, by one it is a mistake. */
static enum err check_within(struct wtx *w, struct apply *x, struct why *why)
{
	struct u64map by_team, by_uid;
	u64map_init(&by_team);
	u64map_init(&by_uid);
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e && x->n > 1; i++) {
		struct record_put *p = put_of(x, i);
		if (!x->p[i].is_new)
			continue;
		struct {
			struct uuid u;
			int64_t team;
		} both = {p->uid, p->team};
		bool fresh;
		(void)u64map_put(&by_team, siphash64(x->s->value_key, &both, sizeof both), &fresh);
		if (!fresh)
			e = held_already(w, x, i, why);
		union map_value *v = u64map_put(&by_uid, uid_hash(x->s, p->uid), &fresh);
		if (fresh) {
			v->u = i;
		} else {
			x->p[i].now.r.flags = RECORD_SHARED;
			x->p[v->u].now.r.flags = RECORD_SHARED;
		}
	}
	u64map_done(&by_team);
	u64map_done(&by_uid);
	return e;
}

/* Who signs an id that another team had signed before, or that somebody here has made, stands
 * behind that: else whoever knows an id could put his own text in its place. */
static enum err check_second(struct wtx *w, struct apply *x, size_t i, const struct record *other,
			     struct why *why)
{
	const uint32_t came = RECORD_VERIFIED | RECORD_UNVERIFIED | RECORD_BULK;
	const struct record_signed *s = put_of(x, i)->signature;
	const struct label *l = label_get(x->s, other->label);
	int64_t before = 0;
	enum err e;

	if (!s || x->p[i].now.r.flags & RECORD_SECOND || !l || l->originator == s->team)
		return ERR_OK;
	e = db_get_int(w->db, "SELECT count(*) FROM signed WHERE holding = ?1 AND team <> ?2",
		       DBARGS(DBI(other->key), DBI(s->team)), &before, why);
	if (!e && (before || !(other->flags & came)))
		x->p[i].now.r.flags |= RECORD_SECOND;
	return e;
}

/* Who else holds these ids: a conflict for the same team, shared for others, whose equal body is
 * used. */
static enum err check_held(struct wtx *w, struct apply *x, struct why *why)
{
	struct uuid *ids = arena_array(&w->arena, struct uuid, x->n);
	size_t *at = arena_array(&w->arena, size_t, x->n), m = 0;
	for (size_t i = 0; i < x->n; i++) {
		if (x->p[i].is_new) {
			ids[m] = put_of(x, i)->uid;
			at[m++] = i;
		}
	}
	struct uid_hit *hits = NULL;
	size_t n = 0;
	enum err e = ERR_OK;
	struct u64map
	    changed; /* keys of the set's own changes: their rows are written anew later */
	u64map_init(&changed);
	if (m)
		e = holdings_of(x->s, w->db, true, &w->arena, ids, m, false, &hits, &n, why);
	for (size_t i = 0; i < x->n && n; i++)
		if (!x->p[i].is_new)
			u64map_put(&changed, (uint64_t)put_of(x, i)->key, NULL)->u = i;
	for (size_t i = 0; i < n && !e; i++) {
		size_t k = at[hits[i].at];
		const struct holding *h = &hits[i].h;
		x->p[k].now.r.flags |= RECORD_SHARED;
		if (h->r.team == put_of(x, k)->team) {
			e = held_already(w, x, k, why);
			break;
		}
		e = check_second(w, x, k, &h->r, why);
		if (e)
			break;
		const union map_value *own = u64map_get(&changed, (uint64_t)h->r.key);
		if (own)
			x->p[own->u].now.r.flags |= RECORD_SHARED;
		if (digest_eq(h->r.digest, x->p[k].digest))
			x->p[k].now.object = h->object;
		e = db_exec(
		    w->db, "UPDATE holding SET flags = flags | ?2 WHERE id = ?1 AND flags & ?2 = 0",
		    DBARGS(DBI(h->r.key), DBI(RECORD_SHARED)), NULL, why);
	}
	u64map_done(&changed);
	return e;
}

/* ---- keys ---- */

enum err keys_take(struct wtx *w, bool objects, size_t n, int64_t *ret, struct why *why)
{
	if (w->s->postgres) {
		struct db_rows *r;
		enum err e =
		    db_query(w->db,
			     objects ? "SELECT nextval('object_id') FROM generate_series(1, ?1)"
				     : "SELECT nextval('holding_id') FROM generate_series(1, ?1)",
			     DBARGS(DBI(n)), &r, why);
		if (e)
			return e;
		for (size_t i = 0; i < n && db_next(r); i++)
			ret[i] = db_int(r, 0);
		return db_end(r, why);
	}
	int64_t *next = objects ? &w->next_object : &w->next_holding;
	if (!*next) {
		enum err e = db_get_int(w->db,
					objects ? "SELECT coalesce(max(id), 0) + 1 FROM object"
						: "SELECT coalesce(max(id), 0) + 1 FROM holding",
					DBNONE, next, why);
		if (e)
			return e;
	}
	for (size_t i = 0; i < n; i++)
		ret[i] = (*next)++;
	return ERR_OK;
}

static bool body_is_new(const struct apply *x, size_t i)
{
	const struct prep *p = &x->p[i];
	return put_of(x, i)->body.p && !p->now.object;
}

static enum err keys_give(struct wtx *w, struct apply *x, struct why *why)
{
	int64_t *keys = arena_array(&w->arena, int64_t, x->n);
	size_t records = 0, objects = 0;
	for (size_t i = 0; i < x->n; i++) {
		struct prep *p = &x->p[i];
		records += p->is_new && !put_of(x, i)->past;
		if (!p->is_new && (!put_of(x, i)->body.p || digest_eq(p->digest, p->old->r.digest)))
			p->now.object = p->old->object;
		objects += body_is_new(x, i);
	}
	enum err e = keys_take(w, false, records, keys, why);
	for (size_t i = 0, k = 0; i < x->n && !e; i++) {
		const struct record_past *past = put_of(x, i)->past;

		x->p[i].now.r.key = !x->p[i].is_new ? x->p[i].old->r.key
				    : past          ? past->key
						    : keys[k++];
	}
	if (!e)
		e = keys_take(w, true, objects, keys, why);
	for (size_t i = 0, k = 0; i < x->n && !e; i++) {
		struct prep *p = &x->p[i];
		p->new_object = body_is_new(x, i) ? keys[k++] : 0;
		if (p->new_object)
			p->now.object = p->new_object;
	}
	return e;
}

/* ---- what each holding becomes ---- */

static enum err parent_key(const struct apply *x, int64_t parent, size_t i, int64_t *ret,
			   struct why *why)
{
	if (parent >= 0) {
		*ret = parent;
		return ERR_OK;
	}
	size_t k = (size_t)(-1 - parent);
	if (k >= x->n || k == i)
		return why_set(why, ERR_INVALID, "a write refers to a part that is not in it");
	*ret = x->p[k].now.r.key;
	return ERR_OK;
}

static enum err become(struct wtx *w, struct apply *x, size_t i, struct why *why)
{
	struct prep *p = &x->p[i];
	const struct record_put *put = put_of(x, i);
	struct record *r = &p->now.r, old = p->old->r;
	uint32_t shared = (r->flags | old.flags) & (RECORD_SHARED | RECORD_SECOND);
	int64_t parent = old.parent;
	enum err e = ERR_OK;
	r->flags = (put->flags & ~(uint32_t)(RECORD_SHARED | RECORD_SECOND)) | shared;
	if (x->w->slice && p->is_new)
		r->flags |= RECORD_BULK;
	if (p->is_new)
		e = parent_key(x, put->parent, i, &parent, why);
	r->uid = p->is_new ? put->uid : old.uid;
	r->type = p->is_new ? p->type : old.type;
	r->form = p->is_new ? put->form : old.form;
	r->team = p->is_new ? put->team : old.team;
	r->label = put->label;
	r->version = old.version + 1;
	r->state = p->state < 0 ? old.state : p->state;
	r->severity = p->severity < 0 ? old.severity : p->severity;
	r->parent = parent;
	r->created_us = p->is_new ? x->at_us : old.created_us;
	r->created_by = p->is_new ? x->w->actor : old.created_by;
	r->modified_us = x->at_us;
	r->modified_by = x->w->actor;
	r->source_modified_us =
	    put->source_modified_us ? put->source_modified_us : old.source_modified_us;
	r->first_seen_us = p->is_new ? x->at_us : old.first_seen_us;
	r->last_seen_us = x->at_us;
	r->digest = put->body.p ? p->digest : old.digest;
	r->number = old.number;
	if (!e && p->is_new && put->past)
		r->number = put->past->number;
	else if (!e && p->is_new)
		e = number_write(w, x, i, why);
	p->place = (struct place){
	    .rec = r->key,
	    .parent = parent,
	    .old_shelf = p->old->shelf,
	    .old_pos = old.pos,
	    .key = {r->type, r->label, r->state, r->severity, r->flags & SHELF_FLAGS},
	};
	return e;
}

/* ---- rows ---- */

/* Rows handed to the database at once: a single write must not pay for a thousand. */
static size_t chunk_of(const struct apply *x)
{
	return x->n < CHUNK ? x->n : CHUNK;
}

static enum err objects_write(struct wtx *w, struct apply *x, struct why *why)
{
	ARENA(a, 0);
	struct db_value *v = arena_array(&a, struct db_value, 5 * chunk_of(x));
	size_t m = 0;
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e; i++) {
		struct prep *p = &x->p[i];
		if (p->new_object) {
			const struct db_value row[5] = {DBI(p->new_object), DBD(p->digest),
							DBI(p->dict), DBI(p->size), DBB(p->stored)};
			memcpy(v + 5 * m++, row, sizeof row);
		}
		if (m == CHUNK || i + 1 == x->n) {
			e = db_copy(w->db, "object", "id,digest,dict,size,body", v, 5, m, why);
			m = 0;
		}
	}
	return e;
}

#define HOLDING_INSERT                                                                             \
	"id,shelf,flags,team,pos,uid,type,label,state,severity,form,version,object,entry,parent,"  \
	"number,created,modified,created_by,modified_by,source_modified,first_seen,last_seen"
#define INSERT_WIDTH 23
static void insert_args(struct db_value *v, const struct holding *h)
{
	const struct record *r = &h->r;
	const struct db_value row[INSERT_WIDTH] = {
	    DBI(r->key),           DBI(h->shelf),       DBI(r->flags),
	    DBI(r->team),          DBI(r->pos),         DBU(r->uid),
	    DBI(r->type),          DBI(r->label),       DBI(r->state),
	    DBI(r->severity),      DBI(r->form),        DBI(r->version),
	    DBI(h->object),        DBI(h->entry),       DBI(r->parent),
	    DBT(r->number),        DBI(r->created_us),  DBI(r->modified_us),
	    DBI(r->created_by),    DBI(r->modified_by), DBI(r->source_modified_us),
	    DBI(r->first_seen_us), DBI(r->last_seen_us)};
	memcpy(v, row, sizeof row);
}

static enum err holdings_insert(struct wtx *w, struct apply *x, struct why *why)
{
	ARENA(a, 0);
	struct db_value *v = arena_array(&a, struct db_value, INSERT_WIDTH * chunk_of(x));
	size_t m = 0;
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e; i++) {
		if (x->p[i].is_new)
			insert_args(v + INSERT_WIDTH * m++, &x->p[i].now);
		if (m == CHUNK || i + 1 == x->n) {
			e = db_copy(w->db, "holding", HOLDING_INSERT, v, INSERT_WIDTH, m, why);
			m = 0;
		}
	}
	return e;
}

/* The present version goes to table version, the new one takes its place. On PostgreSQL shelf and
 * pos stay until the sequencer moves them. */
static enum err holding_change(struct wtx *w, const struct prep *p, struct why *why)
{
	const struct record *o = &p->old->r, *r = &p->now.r;
	enum err e = db_exec(
	    w->db,
	    "INSERT INTO version(holding, version, object, label, state, severity, flags, "
	    "modified, "
	    "modified_by, source_modified, entry) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    DBARGS(DBI(o->key), DBI(o->version), DBI(p->old->object), DBI(o->label), DBI(o->state),
		   DBI(o->severity), DBI(o->flags & ~(uint32_t)RECORD_SHARED), DBI(o->modified_us),
		   DBI(o->modified_by), DBI(o->source_modified_us), DBI(p->old->entry)),
	    NULL, why);
	if (e)
		return e;
	return db_exec(
	    w->db,
	    "UPDATE holding SET shelf = ?2, pos = ?3, flags = ?4, label = ?5, state = ?6, "
	    "severity = ?7, version = ?8, object = ?9, entry = ?10, modified = ?11, "
	    "modified_by = ?12, source_modified = ?13, last_seen = ?14 WHERE id = ?1",
	    DBARGS(DBI(r->key), DBI(p->now.shelf), DBI(r->pos), DBI(r->flags), DBI(r->label),
		   DBI(r->state), DBI(r->severity), DBI(r->version), DBI(p->now.object),
		   DBI(p->now.entry), DBI(r->modified_us), DBI(r->modified_by),
		   DBI(r->source_modified_us), DBI(r->last_seen_us)),
	    NULL, why);
}

/* ---- index and text ---- */

static int by_entry(const void *x, const void *y)
{
	const struct index_entry *a = x, *b = y;
	if (a->h != b->h)
		return a->h < b->h ? -1 : 1;
	return (a->rec > b->rec) - (a->rec < b->rec);
}

static enum err pg_mentions(struct wtx *w, struct index_entry *e, size_t n, bool fresh,
			    struct why *why)
{
	if (!n)
		return ERR_OK;
	struct db_value *v = arena_array(&w->arena, struct db_value, 2 * n);
	qsort(e, n, sizeof *e, by_entry);
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (i && by_entry(&e[i], &e[i - 1]) == 0)
			continue;
		v[2 * m] = DBI(e[i].h);
		v[2 * m++ + 1] = DBI(e[i].rec);
	}
	if (fresh)
		return db_copy(w->db, "mention", "hash,rec", v, 2, m, why);
	return db_many(w->db,
		       "INSERT INTO mention(hash, rec) SELECT ?1, ?2 WHERE NOT EXISTS "
		       "(SELECT 1 FROM mention WHERE hash = ?1 AND rec = ?2)",
		       v, 2, m, NULL, NULL, why);
}

static enum err index_write(struct wtx *w, struct apply *x, struct why *why)
{
	VEC(struct index_entry) uids = {0}, fresh = {0}, more = {0};
	for (size_t i = 0; i < x->n; i++) {
		const struct record_put *p = put_of(x, i);
		const struct record *r = &x->p[i].now.r;
		if (x->p[i].is_new && !x->s->postgres)
			vec_add(&w->arena, &uids,
				(struct index_entry){uid_hash(x->s, r->uid), r->key});
		for (size_t k = 0; k < p->n_values; k++) {
			struct index_entry en = {p->values[k], r->key};
			if (x->p[i].is_new)
				vec_add(&w->arena, &fresh, en);
			else
				vec_add(&w->arena, &more, en);
		}
	}
	if (x->s->postgres) {
		enum err e = pg_mentions(w, fresh.p, fresh.n, true, why);
		return e ? e : pg_mentions(w, more.p, more.n, false, why);
	}
	enum err e = runs_add(w, INDEX_UID, uids.p, uids.n, why);
	if (!e)
		e = runs_add(w, INDEX_VALUE, fresh.p, fresh.n, why);
	return e ? e : runs_add(w, INDEX_VALUE, more.p, more.n, why);
}

static enum err text_write(struct wtx *w, struct apply *x, struct why *why)
{
	VEC(struct text_doc) docs = {0};
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e; i++) {
		const struct record *r = &x->p[i].now.r;
		str text = put_of(x, i)->text;
		if (text.n)
			vec_add(&w->arena, &docs,
				(struct text_doc){r->key, r->version, r->label, r->type, text});
		else if (!x->p[i].is_new && r->label != x->p[i].old->r.label)
			e = text_relabel(w->db, r->key, r->label, why);
	}
	if (e || !docs.n)
		return e;
	return x->w->slice ? text_defer(w->db, docs.p, docs.n, why)
			   : text_put(w->db, docs.p, docs.n, why);
}

/* ---- journal ---- */

/* What was told again stands beside what tells it. */
static enum err past_write(struct wtx *w, struct apply *x, const struct journal_entry *e,
			   struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < x->n && !err; i++)
		if (put_of(x, i)->past)
			err = moved_write(w->db, put_of(x, i)->past->entry, e[i].row, e[i].content,
					  why);
	for (size_t i = 0; i < x->w->ops->notes.n && !err; i++)
		if (x->w->ops->notes.p[i].past)
			err = moved_write(w->db, x->w->ops->notes.p[i].past, e[x->n + i].row,
					  e[x->n + i].content, why);
	return err;
}

static enum err entries_write(struct wtx *w, struct apply *x, struct why *why)
{
	size_t n = x->n, notes = x->w->ops->notes.n;
	struct journal_entry *e = arena_array(&w->arena, struct journal_entry, n + notes);
	for (size_t i = 0; i < n; i++) {
		const struct record_put *p = put_of(x, i);
		const struct record *r = &x->p[i].now.r;
		e[i] = (struct journal_entry){
		    .kind = str_c(p->kind          ? p->kind
				  : x->p[i].is_new ? "create"
						   : "update"),
		    .subject = r->uid,
		    .record = r->key,
		    .version = r->version,
		    .label = r->label,
		    .content = journal_record_canonical(
			&w->arena, r->version, r->digest, label_digest(x->s, r->label),
			holding_canonical(&w->arena, x->s, r), p->patch, p->why),
		};
	}
	for (size_t i = 0; i < notes; i++) {
		const struct write_note *note = &x->w->ops->notes.p[i];
		e[n + i] = (struct journal_entry){.team = note->team,
						  .kind = str_c(note->kind),
						  .subject = note->subject,
						  .content = note->content};
	}
	for (size_t i = 0; i < n + notes; i++) {
		e[i].seq = -1;
		e[i].at_us = x->at_us;
		e[i].actor = x->w->actor;
		e[i].team = e[i].team ? e[i].team : x->w->team;
		e[i].n = 1;
		if (w->sequencing)
			entry_sequence(w, &e[i]);
	}
	enum err bad = n + notes ? journal_insert(w->db, e, n + notes, why) : ERR_OK;
	for (size_t i = 0; i < n + notes && !bad; i++) {
		if (w->sequencing)
			entry_leaf(w, &e[i]);
		if (i < n) {
			x->p[i].seq = e[i].seq;
			x->p[i].now.entry = e[i].row;
		}
	}
	return bad ? bad : past_write(w, x, e, why);
}

static str hex_of(struct arena *a, struct digest d)
{
	static const char digits[] = "0123456789abcdef";
	char *p = arena_alloc(a, 2 * SHA256_BYTES);
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		p[2 * i] = digits[d.b[i] >> 4];
		p[2 * i + 1] = digits[d.b[i] & 15];
	}
	return (str){p, 2 * SHA256_BYTES};
}

static enum err slice_write(struct wtx *w, struct apply *x, struct why *why)
{
	struct slice_leaf *leaves = arena_array(&w->arena, struct slice_leaf, x->n);
	struct digest *labels = arena_array(&w->arena, struct digest, x->n), root;
	struct holding_hash hash = {0};
	if (!x->n)
		return ERR_OK;
	for (size_t i = 0; i < x->n; i++) {
		const struct record *r = &x->p[i].now.r;
		leaves[i].uid = r->uid;
		leaves[i].digest = r->digest;
		leaves[i].record = r->key;
		leaves[i].label = r->label;
		labels[i] = x->p[i].label_digest;
		memcpy(leaves[i].holding, journal_holding(&hash, x->s, r), 16);
	}
	journal_holding_done(&hash);
	journal_slice_root(leaves, labels, x->n, &root);
	const struct record_put *p = put_of(x, 0);
	struct journal_entry e = {
	    .seq = -1,
	    .at_us = x->at_us,
	    .actor = x->w->actor,
	    .team = x->w->team,
	    .kind = str_c(p->kind ? p->kind : "import"),
	    .content = hex_of(&w->arena, root),
	    .n = (int64_t)x->n,
	};
	entry_sequence(w, &e);
	enum err bad = journal_insert(w->db, &e, 1, why);
	if (!bad)
		bad = journal_insert_slice(w->db, leaves, x->n, e.row, why);
	if (!bad && x->w->slice_past)
		bad = moved_write(w->db, x->w->slice_past, e.row, e.content, why);
	if (bad)
		return bad;
	entry_leaf(w, &e);
	for (size_t i = 0; i < x->n; i++) {
		x->p[i].seq = e.seq;
		x->p[i].now.entry = e.row;
	}
	return ERR_OK;
}

/* ---- jobs ---- */

static enum err jobs_write(struct wtx *w, struct apply *x, struct why *why)
{
	struct write_ops *ops = x->w->ops;
	enum err e = ERR_OK;
	for (size_t i = 0; i < ops->jobs.n && !e; i++) {
		const struct write_job *j = &ops->jobs.p[i];
		struct job job = {.kind = str_c(j->kind),
				  .payload = j->payload,
				  .run_at_us = j->run_at_us,
				  .account = x->w->actor};
		struct uuid uid;
		e = job_insert(w->db, &job, j->dedupe, &uid, why);
	}
	return e;
}

/* ---- signatures that came with puts ---- */

static enum err signatures_write(struct wtx *w, struct apply *x, struct why *why)
{
	VEC(struct record_signed) rows = {0};

	for (size_t i = 0; i < x->n; i++) {
		const struct record_put *p = put_of(x, i);
		struct record_signed row;

		if (!p->signature)
			continue;
		row = *p->signature;
		row.holding = x->p[i].now.r.key;
		row.version = x->p[i].now.r.version;
		vec_add(&w->arena, &rows, row);
	}
	return signed_write(w->db, &w->arena, rows.p, rows.n, why);
}

/* ---- all of it ---- */

static void tell(struct wtx *w, struct apply *x, size_t i)
{
	const struct record_put *p = put_of(x, i);
	const struct record *r = &x->p[i].now.r;
	struct change c = {.seq = x->p[i].seq,
			   .uid = r->uid,
			   .key = r->key,
			   .team = r->team,
			   .label = r->label,
			   .actor = x->w->actor,
			   .type = r->type,
			   .version = r->version,
			   .kind = p->kind          ? p->kind
				   : x->p[i].is_new ? "create"
						    : "update",
			   .values = p->values,
			   .n_values = p->n_values};
	if (x->w->slice) /* one for the whole slice: seq, team, actor, kind */
		c = (struct change){
		    .seq = c.seq, .team = x->w->team, .actor = c.actor, .kind = c.kind};
	vec_add(&w->arena, &w->changes, c);
}

bool kind_stays(str kind)
{
	return str_eq(kind, STR(STORE_OLDER)) || str_eq(kind, STR(STORE_STAYS));
}

/* Older versions get places of their own among superseded ones; the record is not moved. */
static enum err older_place(struct wtx *w, struct apply *x, struct why *why)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < x->n && !e; i++) {
		const struct record *r = &x->p[i].now.r;
		const char *kind = put_of(x, i)->kind;
		if (kind && str_eq(str_c(kind), STR(STORE_OLDER)))
			e = place_older(w, r->label, r->key, r->version, why);
	}
	return e;
}

static enum err order_write(struct wtx *w, struct apply *x, struct why *why)
{
	struct place *places = arena_array(&w->arena, struct place, x->n);
	size_t m = 0;
	for (size_t i = 0; i < x->n; i++) {
		const char *kind = put_of(x, i)->kind;
		if (x->p[i].is_new || !kind || !kind_stays(str_c(kind)))
			places[m++] = x->p[i].place;
	}
	if (w->sequencing)
		place_assign(w, places, m);
	for (size_t i = 0, k = 0; i < x->n; i++) {
		struct prep *p = &x->p[i];
		const char *kind = put_of(x, i)->kind;
		bool moves = p->is_new || !kind || !kind_stays(str_c(kind));
		p->now.shelf = w->sequencing && moves ? places[k].shelf : p->old->shelf;
		p->now.r.pos = w->sequencing && moves ? places[k].pos : p->old->r.pos;
		k += moves;
	}
	enum err e = x->w->slice ? slice_write(w, x, why) : ERR_OK;
	if (!e && !x->w->slice)
		e = entries_write(w, x, why);
	if (!e)
		e = holdings_insert(w, x, why);
	for (size_t i = 0; i < x->n && !e; i++) {
		if (!x->p[i].is_new)
			e = holding_change(w, &x->p[i], why);
	}
	if (!e)
		e = sorted_write(w, x, why);
	if (!e && w->sequencing)
		e = older_place(w, x, why);
	return e || !w->sequencing ? e : place_write(w, places, m, why);
}

/* Of a team that is being moved away its people change nothing more (store/moved.h). */
static enum err check_here(struct wtx *w, const struct apply *x, struct why *why)
{
	int64_t n = 0;
	enum err e;

	if (x->w->actor <= 0)
		return ERR_OK;
	e = db_get_int(w->db, "SELECT count(*) FROM peer_team WHERE team = ?1",
		       DBARGS(DBI(x->w->team)), &n, why);
	return e || !n ? e
		       : why_field(why, ERR_CONFLICT, "team_moved", NULL,
				   "the team works on another node",
				   "このチームは別のノードで活動しています");
}

enum err apply_run(struct wtx *w, void *ctx, struct why *why)
{
	struct apply *x = ctx;
	static const struct holding nothing;
	for (size_t i = 0; i < x->n; i++) { /* a second try begins afresh */
		x->p[i].now = (struct holding){0};
		x->p[i].old = &nothing;
	}
	enum err e = check_here(w, x, why);
	if (!e)
		e = check_expects(w, x, why);
	if (!e)
		e = load_old(w, x, why);
	if (!e)
		e = check_within(w, x, why);
	if (!e)
		e = check_held(w, x, why);
	if (!e)
		e = keys_give(w, x, why);
	for (size_t i = 0; i < x->n && !e; i++)
		e = become(w, x, i, why);
	if (!e)
		e = objects_write(w, x, why);
	if (!e)
		e = index_write(w, x, why);
	if (!e)
		e = text_write(w, x, why);
	if (!e && x->w->slice)
		e = wtx_sequence(w, why);
	if (!e)
		e = order_write(w, x, why);
	if (!e)
		e = erase_write(w, x, why);
	if (!e)
		e = signatures_write(w, x, why);
	if (!e)
		e = links_write(w, x, why);
	if (!e)
		e = jobs_write(w, x, why);
	for (size_t i = 0; i < x->n && !e; i++) {
		if (x->results)
			x->results[i] =
			    (struct record_result){x->p[i].now.r.key, x->p[i].now.r.version,
						   x->p[i].now.r.pos, x->p[i].now.r.number};
		if (!x->w->slice || i == 0)
			tell(w, x, i);
	}
	return e;
}
