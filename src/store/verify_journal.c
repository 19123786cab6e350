// SPDX-License-Identifier: Apache-2.0
/* verify_journal: entries against their digests, leaves against the tiles, tiles against the
 * checkpoint, slices against the roots that entries commit to. */
#include "base/codec.h"
#include "store/verify_internal.h"

#define TILE 256
#define LEVELS 7

/* The tree of one epoch as it grows from entries, and the tile of each level last read. */
struct growing {
	struct epoch epoch;
	uint64_t size;
	struct digest f[56];
	struct {
		int64_t idx;
		size_t n;
		struct digest hashes[TILE];
	} tiles[LEVELS];
};

static str entry_name(struct verify *v, const struct growing *g, int64_t seq)
{
	char text[UUID_TEXT];

	uuid_text(g->epoch.id, text);
	return arena_printf(&v->page, "entry %lld of epoch %.*s", (long long)seq, UUID_TEXT, text);
}

static enum err tile_load(struct verify *v, struct growing *g, size_t level, int64_t idx,
			  struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(
	    v->db, "SELECT n, hashes FROM tile WHERE epoch = ?1 AND level = ?2 AND idx = ?3",
	    DBARGS(DBI(g->epoch.number), DBI(level), DBI(idx)), &rows, why);

	if (err)
		return err;
	g->tiles[level].idx = idx;
	g->tiles[level].n = 0;
	while (db_next(rows)) {
		str h = db_bytes(rows, 1);
		size_t n = h.n / SHA256_BYTES < TILE ? h.n / SHA256_BYTES : TILE;

		memcpy(g->tiles[level].hashes, h.p, n * SHA256_BYTES);
		g->tiles[level].n = n;
		if (db_int(rows, 0) != (int64_t)n || h.n % SHA256_BYTES)
			verify_tell(
			    v, "journal",
			    arena_printf(&v->page, "tile %lld of level %zu", (long long)idx, level),
			    "its count does not fit its hashes");
	}
	return db_end(rows, why);
}

/* Whether the tiles hold this hash at this place. */
static enum err tile_check(struct verify *v, struct growing *g, size_t level, int64_t at,
			   struct digest hash, bool *ret, struct why *why)
{
	int64_t idx = at / TILE;
	size_t i = (size_t)(at % TILE);
	enum err err = g->tiles[level].idx == idx ? ERR_OK : tile_load(v, g, level, idx, why);

	if (!err)
		*ret = i < g->tiles[level].n && digest_eq(g->tiles[level].hashes[i], hash);
	return err;
}

static enum err leaf_add(struct verify *v, struct growing *g, struct digest hash, struct why *why)
{
	bool same = true;
	unsigned k = 0;
	enum err err = tile_check(v, g, 0, (int64_t)g->size, hash, &same, why);

	if (!err && !same)
		verify_tell(v, "journal", entry_name(v, g, (int64_t)g->size),
			    "does not match its leaf in the tree");
	while (!err && g->size >> k & 1) {
		hash = merkle_node(&g->f[k++], &hash);
		if (k % 8 || k / 8 >= LEVELS)
			continue;
		err = tile_check(v, g, k / 8, (int64_t)(g->size >> k), hash, &same, why);
		if (!err && !same)
			verify_tell(v, "journal",
				    arena_printf(&v->page, "tile %lld of level %u",
						 (long long)(g->size >> k), k / 8 - 1),
				    "its root differs from the tile above");
	}
	g->f[k] = hash;
	g->size++;
	return err;
}

/* ---- entries ---- */

/* Version and label of the row against what the content says. Slices and notes have neither. */
static void content_check(struct verify *v, const struct growing *g, const struct journal_entry *e)
{
	struct json c;
	str name;

	name = entry_name(v, g, e->seq);
	if (e->record == 0) {
		if (e->version || e->label)
			verify_tell(v, "journal", name,
				    "has a version or a label and is about no record");
		return;
	}
	if (json_parse(&v->page, e->content, NULL, &c, NULL) != ERR_OK) {
		verify_tell(v, "journal", name, "its content cannot be read");
		return;
	}
	if (json_get_i64(&c, "version", -1) != e->version)
		verify_tell(v, "journal", name, "its version is not that of its content");
	if (!hex_is(json_get_str(&c, "label"), label_digest(v->s, e->label)))
		verify_tell(v, "journal", name, "its label is not that of its content");
}

static enum err entry_check(struct verify *v, struct growing *g, const struct journal_entry *e,
			    struct digest content, bool kept, bool plain, struct why *why)
{
	struct uuid team = {{0}};

	v->counts.entries++;
	if (e->seq != (int64_t)g->size)
		verify_tell(v, "journal", entry_name(v, g, (int64_t)g->size),
			    "is missing; the next one is %lld", (long long)e->seq);
	if (e->team && !principal_uuid(v->s, e->team, &team))
		verify_tell(v, "journal", entry_name(v, g, e->seq), "its team is unknown");
	if (kept && !digest_eq(journal_content_digest(e), content))
		verify_tell(v, "journal", entry_name(v, g, e->seq),
			    "its content does not match its digest");
	if (plain && e->n != 1)
		verify_tell(v, "journal", entry_name(v, g, e->seq),
			    "counts %lld objects and has no slice", (long long)e->n);
	if (kept)
		content_check(v, g, e);
	else if (!verify_erased_body(v, e->row, e->subject))
		verify_tell(v, "journal", entry_name(v, g, e->seq),
			    "its content is gone, and nobody erased it");
	return leaf_add(v, g, journal_leaf_of(e, content, g->epoch.id, team), why);
}

struct subject_check {
	struct verify *v;
	const struct growing *g;
	struct journal_entry *e;
	bool *found;
};

static void subject_row(void *ctx, size_t i, struct db_rows *row)
{
	struct subject_check *c = ctx;

	c->found[i] = true;
	if (!uuid_eq(db_uuid(row, 0), c->e[i].subject))
		verify_tell(c->v, "holding",
			    verify_name(c->v, (int32_t)db_int(row, 1), c->e[i].subject),
			    "the journal knows this record under another id (entry %lld)",
			    (long long)c->e[i].seq);
}

/* The records that these entries are about exist and have the ids that the entries name. */
static enum err subjects_check(struct verify *v, const struct growing *g, struct journal_entry *e,
			       size_t n, struct why *why)
{
	struct db_value *args = arena_array(&v->page, struct db_value, n);
	struct journal_entry *about = arena_array(&v->page, struct journal_entry, n);
	struct subject_check c = {v, g, about, arena_array(&v->page, bool, n)};
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		if (e[i].record == 0)
			continue;
		args[m] = DBI(e[i].record);
		about[m++] = e[i];
	}
	err = db_many(v->db, "SELECT uid, type FROM holding WHERE id = ?1", args, 1, m, subject_row,
		      &c, why);
	for (size_t i = 0; i < m && !err; i++) {
		char text[UUID_TEXT];

		if (c.found[i])
			continue;
		uuid_text(about[i].subject, text);
		verify_tell(v, "record", arena_printf(&v->page, "%.*s", UUID_TEXT, text),
			    "is gone; %.*s names it", STR_ARG(entry_name(v, g, about[i].seq)));
	}
	return err;
}

static enum err entries_page(struct verify *v, struct growing *g, int64_t *cursor, size_t *ret_n,
			     struct why *why)
{
	struct journal_entry e[VERIFY_PAGE];
	struct digest content[VERIFY_PAGE];
	bool kept[VERIFY_PAGE], plain[VERIFY_PAGE];
	struct db_rows *rows;
	size_t n = 0;
	enum err err =
	    db_query(v->db,
		     "SELECT " JOURNAL_COLUMNS
		     ", (SELECT count(*) FROM slice WHERE entry = journal.id) FROM journal "
		     "WHERE epoch = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
		     DBARGS(DBI(g->epoch.number), DBI(*cursor), DBI(VERIFY_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE) {
		kept[n] = journal_row(rows, &v->page, &e[n], &content[n]);
		plain[n] = db_int(rows, 15) == 0;
		if (db_int(rows, 8) != e[n].version)
			verify_tell(v, "journal", entry_name(v, g, e[n].seq),
				    "its version cannot be");
		n++;
	}
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		*cursor = e[i].seq;
		err = entry_check(v, g, &e[i], content[i], kept[i], plain[i], why);
	}
	if (!err)
		err = subjects_check(v, g, e, n, why);
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

/* ---- epochs ---- */

static struct digest growing_root(const struct growing *g, struct buf *frontier)
{
	struct digest root = sha256(STR_NULL);
	bool any = false;

	for (unsigned k = 0; k < ARRAY_LEN(g->f); k++) {
		if (!(g->size >> k & 1))
			continue;
		root = any ? merkle_node(&g->f[k], &root) : g->f[k];
		buf_add(frontier, digest_str(&g->f[k]));
		any = true;
	}
	return root;
}

static enum err checkpoint_check(struct verify *v, const struct growing *g, struct why *why)
{
	struct db_rows *rows;
	bool found = false;
	char text[UUID_TEXT];
	str name;
	enum err err;
	BUF(frontier);
	struct digest root = growing_root(g, &frontier);

	uuid_text(g->epoch.id, text);
	name = arena_printf(&v->page, "checkpoint of epoch %.*s", UUID_TEXT, text);
	err = db_query(v->db, "SELECT size, root, frontier FROM checkpoint WHERE epoch = ?1",
		       DBARGS(DBI(g->epoch.number)), &rows, why);
	if (err)
		return err;
	while (db_next(rows)) {
		found = true;
		if (db_int(rows, 0) != (int64_t)g->size)
			verify_tell(v, "journal", name, "says %lld entries, there are %llu",
				    (long long)db_int(rows, 0), (unsigned long long)g->size);
		else if (!digest_eq(db_digest(rows, 1), root))
			verify_tell(v, "journal", name, "its root is not that of the entries");
		else if (!str_eq(db_bytes(rows, 2), buf_str(&frontier)))
			verify_tell(v, "journal", name, "its frontier is not that of the entries");
	}
	if (!found)
		verify_tell(v, "journal", name, "is missing");
	return db_end(rows, why);
}

/* The tiles hold nothing besides: level l has as many hashes as there are complete trees of
 * 256^l leaves. */
static enum err tiles_check(struct verify *v, const struct growing *g, struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(v->db,
				"SELECT level, count(*), CAST(sum(n) AS bigint), max(idx), "
				"CAST(sum(length(hashes)) AS bigint) FROM tile WHERE epoch = ?1 "
				"GROUP BY level",
				DBARGS(DBI(g->epoch.number)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t level = db_int(rows, 0), want = 0;

		if (level >= 0 && level < LEVELS)
			want = (int64_t)(g->size >> (8 * level));
		if (db_int(rows, 2) != want || db_int(rows, 4) != want * SHA256_BYTES ||
		    db_int(rows, 1) != (want + TILE - 1) / TILE ||
		    db_int(rows, 3) != (want - 1) / TILE)
			verify_tell(
			    v, "journal",
			    arena_printf(&v->page, "level %lld of the tiles", (long long)level),
			    "holds %lld hashes, the entries make %lld", (long long)db_int(rows, 2),
			    (long long)want);
	}
	return db_end(rows, why);
}

static enum err epoch_check(struct verify *v, struct epoch epoch, struct why *why)
{
	struct growing *g = mem_alloc(sizeof(*g));
	int64_t cursor = -1;
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	g->epoch = epoch;
	for (size_t l = 0; l < LEVELS; l++)
		g->tiles[l].idx = -1;
	while (!err && n == VERIFY_PAGE)
		err = entries_page(v, g, &cursor, &n, why);
	if (!err)
		err = checkpoint_check(v, g, why);
	if (!err)
		err = tiles_check(v, g, why);
	mem_free(g);
	arena_reset(&v->page);
	return err;
}

enum err verify_journal(struct verify *v, struct why *why)
{
	VEC(struct epoch) epochs = {0};
	struct db_rows *rows;
	ARENA(a, 0);
	enum err err =
	    db_query(v->db,
		     "SELECT e.number, e.id, e.last_size, e.last_root, c.size, c.root FROM epoch e "
		     "LEFT JOIN checkpoint c ON c.epoch = e.number - 1 ORDER BY e.number",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		struct epoch *e = vec_push(&a, &epochs);

		*e = (struct epoch){db_int(rows, 0), db_uuid(rows, 1)};
		/* An epoch names the last checkpoint of the one before it. */
		if (e->number > 1 && db_int(rows, 2) == db_int(rows, 4) &&
		    !digest_eq(db_digest(rows, 3), db_digest(rows, 5)))
			verify_tell(v, "journal",
				    arena_printf(&a, "epoch %lld", (long long)e->number),
				    "names another root than the epoch before it ended with");
	}
	err = db_end(rows, why);
	for (size_t i = 0; i < epochs.n && !err; i++)
		err = epoch_check(v, epochs.p[i], why);
	return err;
}

/* ---- slices ---- */

/* The root over a slice whose rows come one after the other. */
struct slice_walk {
	int64_t entry, next, count;
	uint64_t size;
	struct digest f[56], last;
	bool any;
};

static void slice_start(struct slice_walk *w, int64_t entry)
{
	memset(w, 0, sizeof(*w));
	w->entry = entry;
	w->any = true;
}

static void slice_add(struct verify *v, struct slice_walk *w, struct slice_leaf *l)
{
	struct digest label = label_digest(v->s, l->label), h = journal_slice_hash(l, &label);
	char text[UUID_TEXT];
	unsigned k = 0;

	uuid_text(l->uid, text);
	if (w->size && memcmp(w->last.b, h.b, sizeof(h.b)) > 0)
		verify_tell(v, "journal", (str){text, UUID_TEXT},
			    "its leaf in slice %lld does not stand in order", (long long)w->entry);
	w->last = h;
	for (; w->size >> k & 1; k++)
		h = merkle_node(&w->f[k], &h);
	w->f[k] = h;
	w->size++;
}

static enum err slice_end(struct verify *v, struct slice_walk *w, struct why *why)
{
	struct growing *g;
	struct db_rows *rows;
	bool found = false;
	enum err err;
	BUF(unused);
	BUF(hex);

	if (!w->any)
		return ERR_OK;
	g = mem_alloc(sizeof(*g));
	g->size = w->size;
	memcpy(g->f, w->f, sizeof(w->f));
	struct digest root = growing_root(g, &unused);
	mem_free(g);
	hex_encode(&hex, root.b, sizeof(root.b));
	err = db_query(v->db, "SELECT n, content, seq FROM journal WHERE id = ?1",
		       DBARGS(DBI(w->entry)), &rows, why);
	if (err)
		return err;
	while (db_next(rows)) {
		str name = arena_printf(&v->page, "entry %lld", (long long)db_int(rows, 2));

		found = true;
		if (db_int(rows, 0) != (int64_t)w->size)
			verify_tell(v, "journal", name, "counts %lld objects, its slice has %llu",
				    (long long)db_int(rows, 0), (unsigned long long)w->size);
		else if (!db_is_null(rows, 1) && str_find(db_bytes(rows, 1), buf_str(&hex)) < 0)
			verify_tell(v, "journal", name, "its slice has another root");
	}
	if (!found)
		verify_tell(v, "journal", arena_printf(&v->page, "slice %lld", (long long)w->entry),
			    "belongs to no entry");
	return db_end(rows, why);
}

struct held_check {
	struct verify *v;
	const struct slice_leaf *leaves;
	bool *found;
};

static void held_row(void *ctx, size_t i, struct db_rows *row)
{
	struct held_check *c = ctx;

	c->found[i] = uuid_eq(db_uuid(row, 0), c->leaves[i].uid);
}

/* What came with the slice is there still, under its id. */
static enum err held_check(struct verify *v, const struct slice_leaf *leaves, size_t n,
			   int64_t entry, struct why *why)
{
	struct db_value *args = arena_array(&v->page, struct db_value, n);
	struct held_check c = {v, leaves, arena_array(&v->page, bool, n)};
	enum err err;

	for (size_t i = 0; i < n; i++)
		args[i] = DBI(leaves[i].record);
	err =
	    db_many(v->db, "SELECT uid FROM holding WHERE id = ?1", args, 1, n, held_row, &c, why);
	for (size_t i = 0; i < n && !err; i++) {
		char text[UUID_TEXT];

		if (c.found[i])
			continue;
		uuid_text(leaves[i].uid, text);
		verify_tell(v, "record", (str){text, UUID_TEXT},
			    "is gone or under another id; slice %lld names it", (long long)entry);
	}
	return err;
}

struct slice_row {
	int64_t entry, n, count;
	str leaves;
};

static enum err slice_row(struct verify *v, struct slice_walk *w, const struct slice_row *r,
			  struct why *why)
{
	struct slice_leaf *leaves = arena_array(&v->page, struct slice_leaf, VERIFY_PAGE);
	size_t n = journal_slice_unpack(r->leaves, leaves, VERIFY_PAGE);
	enum err err = ERR_OK;

	if (!w->any || r->entry != w->entry) {
		err = slice_end(v, w, why);
		slice_start(w, r->entry);
	}
	if (r->n != w->next || r->count != (int64_t)n)
		verify_tell(v, "journal", arena_printf(&v->page, "slice %lld", (long long)r->entry),
			    "row %lld is damaged or missing", (long long)w->next);
	w->next = r->n + 1;
	for (size_t i = 0; i < n && !err; i++)
		slice_add(v, w, &leaves[i]);
	return err ? err : held_check(v, leaves, n, r->entry, why);
}

enum err verify_slices(struct verify *v, struct why *why)
{
	struct slice_walk w = {0};
	int64_t entry = INT64_MIN, at = INT64_MIN;
	size_t n = 64;
	enum err err = ERR_OK;

	while (!err && n == 64) {
		struct slice_row list[64];
		struct db_rows *rows;

		n = 0;
		err = db_query(v->db,
			       "SELECT entry, n, count, leaves FROM slice WHERE entry > ?1 OR "
			       "(entry = ?1 AND n > ?2) "
			       "ORDER BY entry, n LIMIT 64",
			       DBARGS(DBI(entry), DBI(at)), &rows, why);
		if (err)
			return err;
		while (db_next(rows) && n < 64)
			list[n++] =
			    (struct slice_row){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2),
					       arena_str(&v->page, db_bytes(rows, 3))};
		err = db_end(rows, why);
		for (size_t i = 0; i < n && !err; i++) {
			entry = list[i].entry;
			at = list[i].n;
			err = slice_row(v, &w, &list[i], why);
		}
		arena_reset(&v->page);
	}
	return err ? err : slice_end(v, &w, why);
}
