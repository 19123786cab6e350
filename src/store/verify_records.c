// SPDX-License-Identifier: Apache-2.0
/* verify_records: bodies against their digests; holdings and versions against what the journal or a
 * slice committed to; lists and the index of values against the holdings. */
#include "base/codec.h"
#include "base/json.h"
#include "store/verify_internal.h"

/* One row under test: a holding, or a superseded version laid over its holding. */
struct item {
	struct holding h;
	bool has_object, damaged;
	const char *odd;  /* a column that says what it never can */
	const char *what; /* "holding" or "version" */
};

struct narrow {
	const char *name;
	int column;
	int64_t max; /* 0: what fits into 31 bits */
};

/* The entry of each item; row 0 where there is none. */
struct entries {
	struct arena *a;
	struct journal_entry *e;
	bool *kept;
};

static void entry_row(void *ctx, size_t i, struct db_rows *row)
{
	struct entries *x = ctx;
	struct digest unused;

	x->kept[i] = journal_row(row, x->a, &x->e[i], &unused);
}

static enum err entries_of(struct verify *v, const struct item *items, size_t n,
			   struct entries *ret, struct why *why)
{
	struct db_value *args = arena_array(&v->page, struct db_value, n);

	*ret = (struct entries){&v->page, arena_array(&v->page, struct journal_entry, n),
				arena_array(&v->page, bool, n)};
	for (size_t i = 0; i < n; i++)
		args[i] = DBI(items[i].h.entry);
	return db_many(v->db, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE id = ?1", args, 1, n,
		       entry_row, ret, why);
}

/* ---- against the entry ---- */

static void member_check(struct verify *v, const struct item *x, str subject,
			 const struct json *was, const struct json *is)
{
	for (size_t i = 0; i < is->n; i++) {
		const struct json *old = json_get(was, is->members[i].key);

		if (!old || !json_eq(old, &is->members[i].value))
			verify_tell(v, x->what, subject, "'%.*s' is not what the journal says",
				    STR_ARG(is->members[i].key));
	}
	if (json_count(was) != json_count(is))
		verify_tell(v, x->what, subject, "has other members than the journal says");
}

static void content_check(struct verify *v, const struct item *x, const struct journal_entry *e,
			  str subject)
{
	const struct record *r = &x->h.r;
	struct json c, is;

	if (json_parse(&v->page, e->content, NULL, &c, NULL) != ERR_OK ||
	    json_parse(&v->page, holding_canonical(&v->page, v->s, r), NULL, &is, NULL) != ERR_OK) {
		verify_tell(v, "journal", subject, "the content of its entry cannot be read");
		return;
	}
	if (json_get_i64(&c, "version", -1) != r->version)
		verify_tell(v, x->what, subject, "its version is not that of its journal entry");
	if (x->has_object && !hex_is(json_get_str(&c, "digest"), r->digest))
		verify_tell(v, x->what, subject, "its body is not the one the journal names");
	if (!hex_is(json_get_str(&c, "label"), label_digest(v->s, r->label)))
		verify_tell(v, x->what, subject, "its label is not the one the journal names");
	if (json_get_c(&c, "holding") && json_is(json_get_c(&c, "holding"), JSON_OBJECT))
		member_check(v, x, subject, json_get_c(&c, "holding"), &is);
}

/* Of what was erased the body that is left is the one the erasure names. */
static bool erased_check(struct verify *v, const struct item *x, int64_t entry, str subject)
{
	const struct digest *left = verify_erased_body(v, entry, x->h.r.uid);

	if (left && x->has_object && !digest_eq(*left, x->h.r.digest))
		verify_tell(v, x->what, subject, "its body is not what an erasure left of it");
	return left != NULL;
}

/* ---- against a slice ---- */

static enum err slice_load(struct verify *v, int64_t entry, struct why *why)
{
	struct slice_leaf *part = arena_array(&v->page, struct slice_leaf, VERIFY_PAGE);
	struct db_rows *rows;
	enum err err;

	if (v->slice.entry == entry)
		return ERR_OK;
	u64map_done(&v->slice.at);
	u64map_init(&v->slice.at);
	v->slice.leaves.n = 0;
	v->slice.entry = entry;
	err = db_query(v->db, "SELECT leaves FROM slice WHERE entry = ?1 ORDER BY n",
		       DBARGS(DBI(entry)), &rows, why);
	if (err)
		return err;
	while (db_next(rows)) {
		size_t n = journal_slice_unpack(db_bytes(rows, 0), part, VERIFY_PAGE);

		for (size_t i = 0; i < n; i++) {
			u64map_put(&v->slice.at, (uint64_t)part[i].record, NULL)->u =
			    v->slice.leaves.n;
			vec_add(NULL, &v->slice.leaves, part[i]);
		}
	}
	return db_end(rows, why);
}

/* A slice commits to id, digest, label and columns; the rest follows from its entry. */
static enum err slice_check(struct verify *v, const struct item *x, const struct journal_entry *e,
			    str subject, struct why *why)
{
	const struct record *r = &x->h.r;
	const union map_value *at;
	enum err err = slice_load(v, e->row, why);

	if (err)
		return err;
	at = u64map_get(&v->slice.at, (uint64_t)r->key);
	if (!at) {
		verify_tell(v, x->what, subject, "is not in the slice of its journal entry");
		return ERR_OK;
	}
	const struct slice_leaf *l = &v->slice.leaves.p[at->u];
	if (!uuid_eq(l->uid, r->uid))
		verify_tell(v, x->what, verify_name(v, r->type, l->uid),
			    "is held under another id");
	if (x->has_object && !digest_eq(l->digest, r->digest) &&
	    !erased_check(v, x, e->row, subject))
		verify_tell(v, x->what, subject, "its body is not the one its slice names");
	if (l->label != r->label)
		verify_tell(v, x->what, subject, "its label is not the one its slice names");
	if (memcmp(l->holding, journal_holding(&v->holding, v->s, r), sizeof(l->holding)) != 0)
		verify_tell(
		    v, x->what, subject,
		    "its type, team, state, severity, flags, number, parent or times are not "
		    "those its slice names");
	if (r->modified_us != e->at_us || r->modified_by != e->actor)
		verify_tell(v, x->what, subject,
			    "when or by whom it was changed is not what its slice says");
	if (r->version == 1 && (r->created_us != e->at_us || r->created_by != e->actor))
		verify_tell(v, x->what, subject,
			    "when or by whom it was made is not what its slice says");
	return ERR_OK;
}

static bool word_known(struct verify *v, int32_t code)
{
	return code == 0 || word_text(v->s, code).n > 0;
}

static enum err item_check(struct verify *v, const struct item *x, const struct journal_entry *e,
			   bool kept, struct why *why)
{
	const struct record *r = &x->h.r;
	bool about = e->record == r->key;
	str subject = verify_name(v, r->type, about ? e->subject : r->uid);

	if (!x->has_object)
		verify_tell(v, "record", subject, "the body of version %d is missing", r->version);
	else if (x->damaged)
		verify_tell(v, "record", subject, "the body of version %d cannot be unpacked",
			    r->version);
	else if (!digest_eq(sha256(r->body), r->digest))
		verify_tell(v, "record", subject, "the body of version %d has another digest",
			    r->version);
	if (!word_known(v, r->type) || !word_known(v, r->state) || !word_known(v, r->severity))
		verify_tell(v, x->what, subject, "its type, state or severity is no word");
	if (x->odd)
		verify_tell(v, x->what, subject, "'%s' of version %d cannot be", x->odd,
			    r->version);
	if (e->row == 0) {
		verify_tell(v, x->what, subject, "its journal entry is missing");
		return ERR_OK;
	}
	if (e->record == 0)
		return slice_check(v, x, e, subject, why);
	if (!about)
		verify_tell(v, x->what, subject, "its journal entry is about another record");
	else if (!uuid_eq(e->subject, r->uid))
		verify_tell(v, x->what, subject, "is held under another id");
	else if (kept)
		content_check(v, x, e, subject);
	else
		(void)erased_check(v, x, e->row, subject); /* verify_journal tells of the rest */
	return ERR_OK;
}

/* ---- index and lists ---- */

/* The mentions that a page of holdings should have, for one round trip. */
struct mention {
	enum index_kind kind;
	uint64_t h;
	const struct record *r;
	bool there;
};
struct mentions {
	VEC(struct mention) list;
};

static void mentions_of(struct verify *v, const struct item *x, struct mentions *m)
{
	const struct record *r = &x->h.r;
	const uint64_t *values = NULL;
	size_t n = 0;

	if (x->has_object && !x->damaged && v->values_of)
		n = v->values_of(v->ctx, &v->page, r, &values);
	for (size_t i = 0; i < n; i++)
		vec_add(&v->page, &m->list, (struct mention){INDEX_VALUE, values[i], r, false});
	v->counts.mentions += (int64_t)n;
	if (!store_is_postgres(v->s))
		vec_add(&v->page, &m->list,
			(struct mention){INDEX_UID, uid_hash(v->s, r->uid), r, false});
}

static void mention_there(void *ctx, size_t i, struct db_rows *row)
{
	struct mentions *m = ctx;

	m->list.p[i].there = db_int(row, 0) > 0;
}

/* A block that cannot be read holds nothing; verify_runs says which. */
static enum err index_look(struct verify *v, struct db *db, struct mention *x, struct why *why)
{
	struct why ignored = {0};
	enum err err = index_has(v->s, db, x->kind, x->h, x->r->key, &x->there, &ignored);

	if (err && err != ERR_IO)
		return why_set(why, err, "%s", ignored.text);
	return ERR_OK;
}

static enum err mentions_look(struct verify *v, struct mentions *m, struct why *why)
{
	struct db_value *args;
	enum err err = ERR_OK;

	if (!store_is_postgres(v->s)) {
		for (size_t i = 0; i < m->list.n && !err; i++) {
			struct mention *x = &m->list.p[i];

			err = index_look(v, v->db, x, why);
		}
		return err;
	}
	args = arena_array(&v->page, struct db_value, m->list.n * 2);
	for (size_t i = 0; i < m->list.n; i++) {
		args[i * 2] = DBI(m->list.p[i].h);
		args[i * 2 + 1] = DBI(m->list.p[i].r->key);
	}
	return db_many(v->db, "SELECT count(*) FROM mention WHERE hash = ?1 AND rec = ?2", args, 2,
		       m->list.n, mention_there, m, why);
}

/* Runs may have been merged since our transaction began, and memory knows the new ones only: what
 * is missing is looked for once more as things are now. */
static enum err mention_again(struct verify *v, struct mention *x, struct why *why)
{
	struct db *now;
	enum err err;

	if (x->there || store_is_postgres(v->s))
		return ERR_OK;
	now = store_reader_get(v->s);
	err = index_look(v, now, x, why);
	store_reader_put(v->s, now);
	return err;
}

static enum err mentions_check(struct verify *v, const struct item *items, size_t n,
			       struct why *why)
{
	struct mentions m = {0};
	enum err err;

	for (size_t i = 0; i < n; i++)
		mentions_of(v, &items[i], &m);
	err = mentions_look(v, &m, why);
	for (size_t i = 0; i < m.list.n && !err; i++) {
		struct mention *x = &m.list.p[i];

		err = mention_again(v, x, why);
		if (!err && !x->there)
			verify_tell(v, "mention", verify_name(v, x->r->type, x->r->uid),
				    x->kind == INDEX_VALUE ? "one of its values does not lead to it"
							   : "its id does not lead to it");
	}
	return err;
}

struct lists {
	const struct item *items;
	bool *shelved, *ordered, *parts;
	struct shelf_key *keys;
};

static void shelved_row(void *ctx, size_t i, struct db_rows *row)
{
	struct lists *l = ctx;

	l->shelved[i] = db_int(row, 0) == l->items[i].h.r.key;
}

static void ord_row(void *ctx, size_t i, struct db_rows *row)
{
	struct lists *l = ctx;

	l->ordered[i] =
	    db_int(row, 0) == l->items[i].h.r.key && db_int(row, 1) == l->items[i].h.shelf;
}

static void part_row(void *ctx, size_t i, struct db_rows *row)
{
	struct lists *l = ctx;

	l->parts[i] = db_int(row, 0) == l->items[i].h.r.key;
}

static void shelf_row(void *ctx, size_t i, struct db_rows *row)
{
	struct lists *l = ctx;

	l->keys[i] = (struct shelf_key){db_int(row, 0), db_int(row, 1), db_int(row, 2),
					db_int(row, 3), db_int(row, 4)};
}

static void list_check(struct verify *v, const struct lists *l, size_t i)
{
	const struct record *r = &l->items[i].h.r;
	const struct shelf_key *k = &l->keys[i];
	str name;

	if (r->pos == 0)
		return; /* not sequenced yet */
	v->listed++;
	v->parts += r->parent != 0;
	name = verify_name(v, r->type, r->uid);
	if (k->type != r->type || k->label != r->label || k->state != r->state ||
	    k->severity != r->severity || k->flags != (int64_t)(r->flags & SHELF_FLAGS))
		verify_tell(v, "holding", name,
			    "stands on the shelf of another type, label, state or severity");
	if (!l->shelved[i] || !l->ordered[i])
		verify_tell(v, "placement", name,
			    "does not stand in the lists where its position says");
	if (r->parent && !l->parts[i])
		verify_tell(v, "placement", name, "does not stand among the parts of its parent");
}

/* Most holdings are no parts: only those that are cost a look. */
static enum err parts_check(struct verify *v, struct lists *l, size_t n, struct why *why)
{
	struct db_value *args = arena_array(&v->page, struct db_value, n * 2);
	struct item *parts = arena_array(&v->page, struct item, n);
	struct lists some = {.items = parts, .parts = arena_array(&v->page, bool, n)};
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		if (!l->items[i].h.r.parent)
			continue;
		args[m * 2] = DBI(l->items[i].h.r.parent);
		args[m * 2 + 1] = DBI(l->items[i].h.r.pos);
		parts[m++] = l->items[i];
	}
	err = db_many(v->db, "SELECT rec FROM part WHERE parent = ?1 AND pos = ?2", args, 2, m,
		      part_row, &some, why);
	for (size_t i = 0, k = 0; i < n && !err; i++)
		l->parts[i] = l->items[i].h.r.parent && some.parts[k++];
	return err;
}

static enum err lists_check(struct verify *v, const struct item *items, size_t n, struct why *why)
{
	struct lists l = {.items = items,
			  .shelved = arena_array(&v->page, bool, n),
			  .ordered = arena_array(&v->page, bool, n),
			  .parts = arena_array(&v->page, bool, n),
			  .keys = arena_array(&v->page, struct shelf_key, n)};
	struct db_value *by_shelf = arena_array(&v->page, struct db_value, n * 2),
			*by_type = arena_array(&v->page, struct db_value, n * 2),
			*shelf = arena_array(&v->page, struct db_value, n);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		by_shelf[i * 2] = shelf[i] = DBI(items[i].h.shelf);
		by_type[i * 2] = DBI(items[i].h.r.type);
		by_shelf[i * 2 + 1] = by_type[i * 2 + 1] = DBI(items[i].h.r.pos);
	}
	err = db_many(v->db, "SELECT rec FROM shelved WHERE shelf = ?1 AND pos = ?2", by_shelf, 2,
		      n, shelved_row, &l, why);
	if (!err)
		err = db_many(v->db, "SELECT rec, shelf FROM ord WHERE type = ?1 AND pos = ?2",
			      by_type, 2, n, ord_row, &l, why);
	if (!err)
		err = db_many(v->db,
			      "SELECT type, label, state, severity, flags FROM shelf WHERE id = ?1",
			      shelf, 1, n, shelf_row, &l, why);
	if (!err)
		err = parts_check(v, &l, n, why);
	for (size_t i = 0; i < n && !err; i++)
		list_check(v, &l, i);
	return err;
}

/* All superseded versions are there. */
static void version_count(void *ctx, size_t i, struct db_rows *row)
{
	int64_t *counts = ctx;

	counts[i] = db_int(row, 0);
}

static enum err versions_count(struct verify *v, const struct item *items, size_t n,
			       struct why *why)
{
	struct db_value *args = arena_array(&v->page, struct db_value, n);
	int64_t *counts = arena_array(&v->page, int64_t, n);
	enum err err;

	for (size_t i = 0; i < n; i++)
		args[i] = DBI(items[i].h.r.key);
	err = db_many(v->db, "SELECT count(*) FROM version WHERE holding = ?1", args, 1, n,
		      version_count, counts, why);
	for (size_t i = 0; i < n && !err; i++) {
		const struct record *r = &items[i].h.r;

		if (counts[i] != r->version - 1)
			verify_tell(v, "version", verify_name(v, r->type, r->uid),
				    "has %lld superseded versions instead of %d",
				    (long long)counts[i], r->version - 1);
	}
	return err;
}

/* ---- pages ---- */

static enum err items_check(struct verify *v, const struct item *items, size_t n, struct why *why)
{
	struct entries x;
	enum err err = entries_of(v, items, n, &x, why);

	for (size_t i = 0; i < n && !err; i++)
		err = item_check(v, &items[i], &x.e[i], x.kept[i], why);
	return err;
}

#define ITEM_OBJECT (HOLDING_WIDTH + 3)

static void item_row(struct db_rows *rows, struct arena *a, struct item *x)
{
	x->damaged = holding_row(rows, a, true, &x->h) != ERR_OK;
	x->has_object = !db_is_null(rows, ITEM_OBJECT);
	if (x->has_object && !x->damaged &&
	    db_int(rows, HOLDING_WIDTH + 1) != (int64_t)x->h.r.body.n)
		x->odd = "size";
}

/* Columns that are narrower in memory than in the row: nothing may hide in the bits above. */
static void narrow_check(struct db_rows *rows, const struct narrow *list, size_t n, struct item *x)
{
	for (size_t i = 0; i < n; i++) {
		int64_t value = db_int(rows, list[i].column);

		if (value < 0 || value > (list[i].max ? list[i].max : INT32_MAX))
			x->odd = list[i].name;
	}
}

#define FLAGS_ALL                                                                                  \
	(RECORD_EXERCISE | RECORD_VERIFIED | RECORD_REVOKED | RECORD_SHARED | RECORD_BULK |        \
	 RECORD_UNVERIFIED | RECORD_SECOND)
static const struct narrow holding_narrow[] = {{"flags", 2, FLAGS_ALL}, {"type", 6, 0},
					       {"state", 8, 0},         {"severity", 9, 0},
					       {"form", 10, FORM_MISP}, {"version", 11, 0}};

static void holding_odd(struct db_rows *rows, struct item *x)
{
	const struct record *r = &x->h.r;

	narrow_check(rows, holding_narrow, ARRAY_LEN(holding_narrow), x);
	if (db_int(rows, ITEM_OBJECT + 1) != 0)
		x->odd = "base";
	if (r->first_seen_us != r->created_us)
		x->odd = "first_seen";
	if (r->last_seen_us != r->modified_us)
		x->odd = "last_seen";
}

static enum err holdings_page(struct verify *v, int64_t *cursor, size_t *ret_n, struct why *why)
{
	struct item *items = arena_array(&v->page, struct item, VERIFY_PAGE);
	struct db_rows *rows;
	size_t n = 0;
	enum err err =
	    db_query(v->db,
		     "SELECT " HOLDING_COLUMNS HOLDING_BODY ", o.id, h.base FROM holding h "
		     "LEFT JOIN object o ON o.id = h.object WHERE h.id > ?1 ORDER BY h.id LIMIT ?2",
		     DBARGS(DBI(*cursor), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE) {
		items[n].what = "holding";
		item_row(rows, &v->page, &items[n]);
		holding_odd(rows, &items[n]);
		*cursor = items[n++].h.r.key;
	}
	err = db_end(rows, why);
	if (!err)
		err = items_check(v, items, n, why);
	if (!err)
		err = mentions_check(v, items, n, why);
	if (!err)
		err = lists_check(v, items, n, why);
	if (!err)
		err = versions_count(v, items, n, why);
	v->counts.records += (int64_t)n;
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

enum err verify_records(struct verify *v, struct why *why)
{
	int64_t cursor = 0;
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	while (!err && n == VERIFY_PAGE)
		err = holdings_page(v, &cursor, &n, why);
	return err;
}

static const struct narrow version_narrow[] = {{"version", ITEM_OBJECT + 1, 0},
					       {"state", ITEM_OBJECT + 3, 0},
					       {"severity", ITEM_OBJECT + 4, 0},
					       {"flags", ITEM_OBJECT + 5, FLAGS_ALL}};

/* A version is the holding with what the version's row says instead. */
static void version_row(struct db_rows *rows, struct arena *a, struct item *x)
{
	int at = ITEM_OBJECT + 1;

	item_row(rows, a, x);
	x->what = "version";
	x->h.r.version = (int32_t)db_int(rows, at);
	x->h.r.label = db_int(rows, at + 1);
	x->h.r.state = (int32_t)db_int(rows, at + 2);
	x->h.r.severity = (int32_t)db_int(rows, at + 3);
	x->h.r.flags = (uint32_t)db_int(rows, at + 4);
	x->h.r.modified_us = db_int(rows, at + 5);
	x->h.r.modified_by = db_int(rows, at + 6);
	x->h.r.source_modified_us = db_int(rows, at + 7);
	x->h.entry = db_int(rows, at + 8);
	narrow_check(rows, version_narrow, ARRAY_LEN(version_narrow), x);
	if (x->h.r.flags & RECORD_SHARED)
		x->odd = "flags"; /* never kept with a version */
}

static enum err versions_page(struct verify *v, int64_t *holding, int64_t *version, size_t *ret_n,
			      struct why *why)
{
	struct item *items = arena_array(&v->page, struct item, VERIFY_PAGE);
	struct db_rows *rows;
	size_t n = 0;
	enum err err = db_query(
	    v->db,
	    "SELECT " HOLDING_COLUMNS HOLDING_BODY
	    ", o.id, v.version, v.label, v.state, v.severity, v.flags, v.modified, v.modified_by, "
	    "v.source_modified, v.entry FROM version v JOIN holding h ON h.id = v.holding "
	    "LEFT JOIN object o ON o.id = v.object WHERE v.holding > ?1 OR "
	    "(v.holding = ?1 AND v.version > ?2) ORDER BY v.holding, v.version LIMIT ?3",
	    DBARGS(DBI(*holding), DBI(*version), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE) {
		version_row(rows, &v->page, &items[n]);
		*holding = items[n].h.r.key;
		*version = items[n++].h.r.version;
	}
	err = db_end(rows, why);
	if (!err)
		err = items_check(v, items, n, why);
	v->counts.versions += (int64_t)n;
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

enum err verify_versions(struct verify *v, struct why *why)
{
	int64_t holding = 0, version = 0, orphans = 0;
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	while (!err && n == VERIFY_PAGE)
		err = versions_page(v, &holding, &version, &n, why);
	if (!err)
		err = db_get_int(
		    v->db,
		    "SELECT count(*) FROM version v LEFT JOIN holding h ON h.id = v.holding "
		    "WHERE h.id IS NULL",
		    DBNONE, &orphans, why);
	if (!err && orphans)
		verify_tell(v, "version", STR("versions"), "%lld of them belong to no record",
			    (long long)orphans);
	return err;
}
