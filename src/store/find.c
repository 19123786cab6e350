// SPDX-License-Identifier: Apache-2.0
/* find: holdings by key, by id and by number, and the bodies of objects. */
#include <zstd.h>

#include "base/json.h"
#include "store/records_internal.h"

#define BODY_PLAIN_MAX 100u
#define BODY_SMALL 1024u /* below, entropy coding costs more time than it saves room */
#define BODY_MAX ((int64_t)256 << 20)
#define MANY 4 /* keys in one statement */
#define DICT_NONE 0
#define DICT_ZSTD 1
#define DICT_COMMON 2 /* body_dict.c */

/* ---- bodies ---- */

struct packer {
	ZSTD_CCtx *z;
	ZSTD_CDict *dict[2]; /* for small bodies, for larger ones */
	struct buf room;
	struct packer *next;
};

/* A context of zstd is a megabyte of tables: kept between writes, made when a body needs it, and
 * told of the dictionary once. */
struct packer *packer_take(struct store *s)
{
	pthread_mutex_lock(&s->pool_lock);
	struct packer *p = s->packers;
	if (p)
		s->packers = p->next;
	pthread_mutex_unlock(&s->pool_lock);
	return p ? p : mem_alloc(sizeof *p);
}

void packer_give(struct store *s, struct packer *p)
{
	pthread_mutex_lock(&s->pool_lock);
	p->next = s->packers;
	s->packers = p;
	pthread_mutex_unlock(&s->pool_lock);
}

void packers_free(struct store *s)
{
	for (struct packer *p = s->packers, *next; p; p = next) {
		next = p->next;
		ZSTD_freeCCtx(p->z);
		ZSTD_freeCDict(p->dict[0]);
		ZSTD_freeCDict(p->dict[1]);
		buf_done(&p->room);
		mem_free(p);
	}
	s->packers = NULL;
}

void body_encode(struct packer *p, struct arena *a, str body, int64_t *ret_dict, str *ret_stored)
{
	*ret_dict = DICT_NONE;
	*ret_stored = body;
	if (body.n <= BODY_PLAIN_MAX)
		return;
	if (!p->z) {
		str dict = body_dictionary();
		p->z = ZSTD_createCCtx();
		p->dict[0] = ZSTD_createCDict(dict.p, dict.n, -1);
		p->dict[1] = ZSTD_createCDict(dict.p, dict.n, 1);
	}
	if (!p->z || !p->dict[0] || !p->dict[1])
		return;
	buf_clear(&p->room);
	size_t cap = ZSTD_compressBound(body.n);
	char *room = buf_room(&p->room, cap);
	size_t n =
	    ZSTD_compress_usingCDict(p->z, room, cap, body.p, body.n, p->dict[body.n > BODY_SMALL]);
	if (ZSTD_isError(n) || n >= body.n)
		return;
	*ret_dict = DICT_COMMON;
	*ret_stored = arena_str(a, (str){room, n});
}

static enum err body_decode(struct db_rows *row, struct arena *a, int64_t dict, int64_t size,
			    str stored, str *ret)
{
	if (dict == DICT_NONE) {
		*ret = arena_str(a, stored);
		return ERR_OK;
	}
	if ((dict != DICT_ZSTD && dict != DICT_COMMON) || size < 0 || size > BODY_MAX)
		return ERR_IO;
	char *out = arena_alloc(a, (size_t)size + 1);
	str common = dict == DICT_COMMON ? body_dictionary() : STR_NULL;
	ZSTD_DCtx *z = db_unpacker(row);
	if (!z)
		return ERR_IO;
	size_t n =
	    ZSTD_decompress_usingDict(z, out, (size_t)size, stored.p, stored.n, common.p, common.n);
	if (ZSTD_isError(n) || n != (size_t)size)
		return ERR_IO;
	*ret = (str){out, n};
	return ERR_OK;
}

/* ---- rows ---- */

enum err holding_row(struct db_rows *row, struct arena *a, bool with_body, struct holding *ret)
{
	struct record *r = &ret->r;
	r->key = db_int(row, 0);
	ret->shelf = db_int(row, 1);
	r->flags = (uint32_t)db_int(row, 2);
	r->team = db_int(row, 3);
	r->pos = db_int(row, 4);
	r->uid = db_uuid(row, 5);
	r->type = (int32_t)db_int(row, 6);
	r->label = db_int(row, 7);
	r->state = (int32_t)db_int(row, 8);
	r->severity = (int32_t)db_int(row, 9);
	r->form = (enum record_form)db_int(row, 10);
	r->version = (int32_t)db_int(row, 11);
	ret->object = db_int(row, 12);
	ret->entry = db_int(row, 13);
	r->parent = db_int(row, 14);
	str number = db_bytes(row, 15);
	r->number = number.n ? arena_str(a, number) : STR_NULL;
	r->created_us = db_int(row, 16);
	r->modified_us = db_int(row, 17);
	r->created_by = db_int(row, 18);
	r->modified_by = db_int(row, 19);
	r->source_modified_us = db_int(row, 20);
	r->first_seen_us = db_int(row, 21);
	r->last_seen_us = db_int(row, 22);
	r->digest = db_digest(row, 23);
	if (!with_body)
		return ERR_OK;
	return body_decode(row, a, db_int(row, HOLDING_WIDTH), db_int(row, HOLDING_WIDTH + 1),
			   db_bytes(row, HOLDING_WIDTH + 2), &r->body);
}

static enum err rows_end(struct db_rows *r, enum err e, struct why *why)
{
	enum err e2 = db_end(r, why);
	if (e2)
		return e2;
	return e ? why_set(why, e, "a stored body is damaged") : ERR_OK;
}

static const char *const get_sqlite[2] = {
    "SELECT " HOLDING_COLUMNS HOLDING_FROM "WHERE h.id = ?1",
    "SELECT " HOLDING_COLUMNS HOLDING_BODY HOLDING_FROM "WHERE h.id = ?1",
};
/* in the order of the rows given: (key, index) */
static const char *const get_many[2] = {
    "SELECT " HOLDING_COLUMNS ", x.c1 FROM hk_rows(?1) x CROSS JOIN holding h ON h.id = x.c0 "
    "CROSS JOIN object o ON o.id = h.object",
    "SELECT " HOLDING_COLUMNS HOLDING_BODY
    ", x.c1 FROM hk_rows(?1) x CROSS JOIN holding h ON h.id = x.c0 "
    "CROSS JOIN object o ON o.id = h.object",
};
static const char *const get_postgres[2] = {
    "SELECT " HOLDING_COLUMNS ", x.at FROM unnest(?1::bigint[]) WITH ORDINALITY x(key, at) "
    "JOIN holding h ON h.id = x.key JOIN object o ON o.id = h.object",
    "SELECT " HOLDING_COLUMNS HOLDING_BODY
    ", x.at FROM unnest(?1::bigint[]) WITH ORDINALITY x(key, at) "
    "JOIN holding h ON h.id = x.key JOIN object o ON o.id = h.object",
};

/* In a statement of its own: one that waits for a lock sees the row as it is then, but what it
 * joins as it was before, and a changed holding's new object is not among that. In order of keys,
 * so that two writers do not wait for each other. */
static enum err holdings_lock(struct db *db, const struct db_value *keys, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(
	    db, "SELECT id FROM holding WHERE id = ANY(?1::bigint[]) ORDER BY id FOR UPDATE", keys,
	    1, &r, why);

	while (!e && db_next(r))
		;
	return e ? e : db_end(r, why);
}

/* Many keys in one statement, sorted: neighbours share pages. */
static enum err holdings_many(struct db *db, struct arena *a, const int64_t *keys, size_t n,
			      bool with_body, struct holding *ret, struct why *why)
{
	struct index_entry *order = arena_array(a, struct index_entry, n);
	struct db_value *v = arena_array(a, struct db_value, 2 * n);
	struct db_rows *r;
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (keys[i] > 0)
			order[m++] = (struct index_entry){(uint64_t)keys[i], (int64_t)i};
	}
	entries_sort(a, order, m);
	for (size_t i = 0; i < m; i++) {
		v[2 * i] = DBI(order[i].h);
		v[2 * i + 1] = DBI(order[i].rec);
	}
	enum err e = db_query_rows(db, get_many[with_body], v, 2, m, &r, why), bad = ERR_OK;
	if (e)
		return e;
	int at = HOLDING_WIDTH + (with_body ? 3 : 0);
	while (!bad && db_next(r))
		bad = holding_row(r, a, with_body, &ret[db_int(r, at)]);
	return rows_end(r, bad, why);
}

enum err holdings_get(struct db *db, struct arena *a, const int64_t *keys, size_t n, bool with_body,
		      bool lock, struct holding *ret, struct why *why)
{
	struct db_rows *r;
	enum err e = ERR_OK, bad = ERR_OK;
	memset(ret, 0, n * sizeof *ret);
	if (db_backend(db) == DB_POSTGRES) {
		struct db_value v = db_int_array(a, keys, n);
		if (lock)
			e = holdings_lock(db, &v, why);
		if (!e)
			e = db_query(db, get_postgres[with_body], &v, 1, &r, why);
		if (e)
			return e;
		int at = HOLDING_WIDTH + (with_body ? 3 : 0);
		while (!bad && db_next(r))
			bad = holding_row(r, a, with_body, &ret[db_int(r, at) - 1]);
		return rows_end(r, bad, why);
	}
	if (n >= MANY)
		return holdings_many(db, a, keys, n, with_body, ret, why);
	bool begun = n > 1 && db_read_begin(db);
	for (size_t i = 0; i < n && !e; i++) {
		if (keys[i] <= 0)
			continue;
		e = db_query(db, get_sqlite[with_body], DBARGS(DBI(keys[i])), &r, why);
		if (e)
			break;
		if (db_next(r))
			bad = holding_row(r, a, with_body, &ret[i]);
		e = rows_end(r, bad, why);
	}
	db_read_end(db, begun);
	return e;
}

/* ---- by id ---- */

uint64_t uid_hash(struct store *s, struct uuid u)
{
	return siphash64(s->value_key, u.b, sizeof u.b);
}

static int by_at(const void *x, const void *y)
{
	const struct uid_hit *a = x, *b = y;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->h.r.key > b->h.r.key) - (a->h.r.key < b->h.r.key);
}

typedef VEC(struct uid_hit) uid_hits;

static enum err sqlite_of(struct store *s, struct db *db, bool writer, struct arena *a,
			  const struct uuid *ids, size_t n, bool with_body, uid_hits *out,
			  struct why *why)
{
	struct index_entry *ha = arena_array(a, struct index_entry, n);
	uint64_t *sorted = arena_array(a, uint64_t, n);
	for (size_t i = 0; i < n; i++)
		ha[i] = (struct index_entry){uid_hash(s, ids[i]), (int64_t)i};
	entries_sort(a, ha, n);
	for (size_t i = 0; i < n; i++)
		sorted[i] = ha[i].h;
	struct index_hit *hits;
	size_t n_hits;
	enum err e = runs_find(s, db, writer, INDEX_UID, sorted, n, a, &hits, &n_hits, why);
	if (e || !n_hits)
		return e;
	int64_t *keys = arena_array(a, int64_t, n_hits);
	struct holding *h = arena_array(a, struct holding, n_hits);
	for (size_t i = 0; i < n_hits; i++)
		keys[i] = hits[i].rec;
	e = holdings_get(db, a, keys, n_hits, with_body, false, h, why);
	for (size_t i = 0; i < n_hits && !e; i++) {
		size_t at = (size_t)ha[hits[i].at].rec;
		if (h[i].r.key && uuid_eq(h[i].r.uid, ids[at]))
			vec_add(a, out, (struct uid_hit){at, h[i]});
	}
	return e;
}

static enum err postgres_of(struct db *db, struct arena *a, const struct uuid *ids, size_t n,
			    bool with_body, uid_hits *out, struct why *why)
{
	static const char *const sql[2] = {
	    "SELECT " HOLDING_COLUMNS ", x.at FROM unnest(?1::bytea[]) WITH ORDINALITY x(uid, at) "
	    "JOIN holding h ON h.uid = x.uid JOIN object o ON o.id = h.object",
	    "SELECT " HOLDING_COLUMNS HOLDING_BODY
	    ", x.at FROM unnest(?1::bytea[]) WITH ORDINALITY x(uid, at) "
	    "JOIN holding h ON h.uid = x.uid JOIN object o ON o.id = h.object",
	};
	str *blobs = arena_array(a, str, n);
	for (size_t i = 0; i < n; i++)
		blobs[i] = (str){(const char *)ids[i].b, 16};
	struct db_value v = db_blob_array(a, blobs, n);
	struct db_rows *r;
	enum err e = db_query(db, sql[with_body], &v, 1, &r, why), bad = ERR_OK;
	if (e)
		return e;
	while (!bad && db_next(r)) {
		struct uid_hit *hit = vec_push(a, out);
		bad = holding_row(r, a, with_body, &hit->h);
		hit->at = (size_t)db_int(r, HOLDING_WIDTH + (with_body ? 3 : 0)) - 1;
	}
	return rows_end(r, bad, why);
}

enum err holdings_of(struct store *s, struct db *db, bool writer, struct arena *a,
		     const struct uuid *ids, size_t n, bool with_body, struct uid_hit **ret,
		     size_t *ret_n, struct why *why)
{
	uid_hits out = {0};
	enum err e = s->postgres ? postgres_of(db, a, ids, n, with_body, &out, why)
				 : sqlite_of(s, db, writer, a, ids, n, with_body, &out, why);
	if (e)
		return e;
	if (out.n)
		qsort(out.p, out.n, sizeof *out.p, by_at);
	*ret = out.p;
	*ret_n = out.n;
	return ERR_OK;
}

/* Own first, then verified, then newest, then lowest digest (docs/formats.md 2). */
/* How far somebody vouches for it. */
static int standing(const struct record *r)
{
	if (r->flags & RECORD_UNVERIFIED)
		return 0;
	if (r->flags & RECORD_SECOND)
		return 1;
	return r->flags & RECORD_VERIFIED ? 3 : 2;
}

bool record_better(const struct record *a, const struct record *b, int64_t team)
{
	if (team && (a->team == team) != (b->team == team))
		return a->team == team;
	if (standing(a) != standing(b))
		return standing(a) > standing(b);
	int64_t ta = a->source_modified_us ? a->source_modified_us : a->modified_us,
		tb = b->source_modified_us ? b->source_modified_us : b->modified_us;
	if (ta != tb)
		return ta > tb;
	int c = memcmp(a->digest.b, b->digest.b, sizeof a->digest.b);
	return c ? c < 0 : a->key < b->key;
}

/* What a reader gets: whether others hold it too is nobody's business. */
static struct record shown(const struct view *v, const struct record *r)
{
	struct record out = *r;
	if (!v || !v->all)
		out.flags &= ~(uint32_t)RECORD_SHARED;
	return out;
}

enum err store_find(struct store *s, struct arena *a, const struct view *v, const struct uuid *ids,
		    size_t n, bool with_body, struct record *ret, struct why *why)
{
	struct uid_hit *hits = NULL;
	size_t n_hits = 0;
	struct db *db = store_reader_get(s);
	enum err e = holdings_of(s, db, false, a, ids, n, with_body, &hits, &n_hits, why);
	store_reader_put(s, db);
	if (e)
		return e;
	memset(ret, 0, n * sizeof *ret);
	for (size_t i = 0; i < n_hits; i++) {
		struct record *r = &hits[i].h.r, *best = &ret[hits[i].at];
		if (view_has(v, r->label) &&
		    (!best->key || record_better(r, best, v->team))) /* gate */
			*best = shown(v, r);
	}
	return ERR_OK;
}

enum err store_find_held(struct store *s, struct arena *a, int64_t team, const struct uuid *ids,
			 size_t n, bool with_body, struct record *ret, struct why *why)
{
	struct uid_hit *hits = NULL;
	size_t n_hits = 0;
	struct db *db = store_reader_get(s);
	enum err e = holdings_of(s, db, false, a, ids, n, with_body, &hits, &n_hits, why);
	store_reader_put(s, db);
	if (e)
		return e;
	memset(ret, 0, n * sizeof *ret);
	for (size_t i = 0; i < n_hits; i++) {
		if (hits[i].h.r.team == team)
			ret[hits[i].at] = shown(NULL, &hits[i].h.r);
	}
	return ERR_OK;
}

enum err store_read(struct store *s, struct arena *a, const struct view *v, const int64_t *keys,
		    size_t n, bool with_body, struct record *ret, struct why *why)
{
	struct holding *h = arena_array(a, struct holding, n);
	struct db *db = store_reader_get(s);
	enum err e = holdings_get(db, a, keys, n, with_body, false, h, why);
	store_reader_put(s, db);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (h[i].r.key && view_has(v, h[i].r.label)) /* gate */
			ret[i] = shown(v, &h[i].r);
		else
			ret[i] = (struct record){0};
	}
	return ERR_OK;
}

enum err store_find_number(struct store *s, struct arena *a, const struct view *v, int64_t team,
			   str number, struct record *ret, struct why *why)
{
	*ret = (struct record){0};
	if (number.n == 0 || number.n > 64)
		return ERR_OK;
	struct db *db = store_reader_get(s);
	int64_t key = 0;
	enum err e = db_get_int(db,
				"SELECT id FROM holding WHERE team = ?1 AND number = ?2 "
				"AND number <> ''",
				DBARGS(DBI(team), DBT(number)), &key, why);
	store_reader_put(s, db);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return store_read(s, a, v, &key, 1, true, ret, why);
}

enum err version_get(struct db *db, struct arena *a, int64_t key, int32_t version,
		     struct record *ret, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db,
			      "SELECT v.label, v.state, v.severity, v.flags, v.modified, "
			      "v.modified_by, v.source_modified, o.digest, o.dict, o.size, o.body "
			      "FROM version v JOIN object o ON o.id = v.object "
			      "WHERE v.holding = ?1 AND v.version = ?2",
			      DBARGS(DBI(key), DBI(version)), &r, why),
		 bad = ERR_OK;
	if (e)
		return e;
	bool found = db_next(r);
	if (found) {
		ret->version = version;
		ret->label = db_int(r, 0);
		ret->state = (int32_t)db_int(r, 1);
		ret->severity = (int32_t)db_int(r, 2);
		ret->flags = (uint32_t)db_int(r, 3) & ~(uint32_t)RECORD_SHARED;
		ret->modified_us = db_int(r, 4);
		ret->modified_by = db_int(r, 5);
		ret->source_modified_us = db_int(r, 6);
		ret->digest = db_digest(r, 7);
		bad = body_decode(r, a, db_int(r, 8), db_int(r, 9), db_bytes(r, 10), &ret->body);
	}
	e = rows_end(r, bad, why);
	return e || found ? e : why_set(why, ERR_NOTFOUND, "no version %d", version);
}

enum err store_version(struct store *s, struct arena *a, int64_t key, int32_t version,
		       struct record *ret, struct why *why)
{
	struct holding h = {0};
	struct db *db = store_reader_get(s);
	enum err e = holdings_get(db, a, &key, 1, true, false, &h, why);
	if (!e && !h.r.key)
		e = why_set(why, ERR_NOTFOUND, "no such record");
	struct record out = shown(NULL, &h.r);
	if (!e && h.r.version != version)
		e = version_get(db, a, key, version, &out, why);
	store_reader_put(s, db);
	if (!e)
		*ret = out;
	return e;
}

enum err store_said(struct store *s, int64_t key, int64_t circle, int64_t source_modified_us,
		    bool *ret, struct why *why)
{
	int64_t one = 0;
	struct db *db = store_reader_get(s);
	enum err e =
	    db_get_int(db,
		       "SELECT 1 FROM version v JOIN placed_before b ON b.rec = v.holding AND "
		       "b.version = v.version WHERE v.holding = ?1 AND v.source_modified = ?2 AND "
		       "b.circle = ?3 LIMIT 1",
		       DBARGS(DBI(key), DBI(source_modified_us), DBI(circle)), &one, why);
	store_reader_put(s, db);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* ---- canonical text ---- */

str holding_canonical(struct arena *a, struct store *s, const struct record *r)
{
	char uid[UUID_TEXT], team[UUID_TEXT];
	struct uuid t = {{0}};
	if (!principal_uuid(s, r->team, &t))
		t = (struct uuid){{0}};
	uuid_text(r->uid, uid);
	uuid_text(t, team);
	BUF(b);
	struct json_out o;
	json_out_init(&o, &b);
	jo_object(&o); /* names in the order of RFC 8785 */
	jo_ktime(&o, "created", r->created_us);
	jo_ki64(&o, "created_by", r->created_by);
	jo_ki64(&o, "flags", r->flags & ~(uint32_t)RECORD_SHARED);
	jo_ki64(&o, "form", (int64_t)r->form);
	jo_ktime(&o, "modified", r->modified_us);
	jo_ki64(&o, "modified_by", r->modified_by);
	jo_kstr(&o, "number", r->number);
	jo_ki64(&o, "parent", r->parent);
	jo_kstr(&o, "severity", word_text(s, r->severity));
	jo_ktime(&o, "source_modified", r->source_modified_us ? r->source_modified_us : TIME_NONE);
	jo_kstr(&o, "state", word_text(s, r->state));
	jo_kstr(&o, "team", (str){team, UUID_TEXT});
	jo_kstr(&o, "type", word_text(s, r->type));
	jo_kstr(&o, "uid", (str){uid, UUID_TEXT});
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}
