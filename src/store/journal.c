// SPDX-License-Identifier: Apache-2.0
/* journal: entries as rows, and the salted hashes that go into the tree (docs/formats.md 5).
 * Nothing here decides order: seq is the caller's (SQLite: the writer; PostgreSQL: the sequencer).
 */
#include "store/journal_internal.h"

#include <endian.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/vec.h"
#include "store/service.h"
#include "store/store_internal.h"

#define SLICE_ROW 256
#define SLICE_LEAF_BYTES 96

/* ---- hashes ---- */

static str bytes16(const uint8_t b[16])
{
	return (str){(const char *)b, 16};
}

struct digest journal_content_digest(const struct journal_entry *e)
{
	return sha256_parts(
	    (const str[]){STR("hikeshi/content/v1\n"), bytes16(e->salt2), e->content}, 3);
}

static void add_uuid(struct buf *b, struct uuid u)
{
	char text[UUID_TEXT];

	if (uuid_is_zero(u)) {
		buf_add(b, STR("null"));
		return;
	}
	uuid_text(u, text);
	buf_add_char(b, '"');
	buf_add_bytes(b, text, sizeof(text));
	buf_add_char(b, '"');
}

/* The entry as RFC 8785 has it: members in the order of their names, no blanks. */
static void entry_canonical(struct buf *b, const struct journal_entry *e, struct digest content,
			    struct uuid epoch, struct uuid team_id)
{
	char at[TIME_TEXT];

	time_text(e->at_us, at);
	buf_printf(b, "{\"actor\":%lld,\"at\":\"%.*s\",\"content\":\"", (long long)e->actor,
		   TIME_TEXT, at);
	hex_encode(b, content.b, sizeof(content.b));
	buf_add(b, STR("\",\"epoch\":"));
	add_uuid(b, epoch);
	buf_add(b, STR(",\"kind\":"));
	json_write_str(b, e->kind);
	buf_printf(b, ",\"seq\":%lld,\"subject\":", (long long)e->seq);
	add_uuid(b, e->subject);
	buf_add(b, STR(",\"team\":"));
	add_uuid(b, team_id);
	buf_add(b, STR(",\"v\":1}"));
}

struct digest journal_leaf_of(const struct journal_entry *e, struct digest content,
			      struct uuid epoch, struct uuid team_id)
{
	struct digest data;
	BUF(b);

	entry_canonical(&b, e, content, epoch, team_id);
	data = sha256_parts((const str[]){STR("hikeshi/entry/v1\n"), bytes16(e->salt), buf_str(&b)},
			    3);
	return merkle_leaf(digest_str(&data));
}

struct digest journal_leaf(const struct journal_entry *e, struct uuid epoch, struct uuid team_id)
{
	return journal_leaf_of(e, journal_content_digest(e), epoch, team_id);
}

str journal_record_canonical(struct arena *a, int32_t version, struct digest digest,
			     struct digest label, str holding, str patch, str why)
{
	BUF(b);

	buf_add(&b, STR("{\"digest\":\""));
	hex_encode(&b, digest.b, sizeof(digest.b));
	buf_add(&b, STR("\",\"holding\":"));
	buf_add(&b, holding);
	buf_add(&b, STR(",\"label\":\""));
	hex_encode(&b, label.b, sizeof(label.b));
	buf_add(&b, STR("\",\"patch\":"));
	json_write_str(&b, patch);
	buf_printf(&b, ",\"version\":%d,\"why\":", (int)version);
	json_write_str(&b, why);
	buf_add_char(&b, '}');
	return arena_str(a, buf_str(&b));
}

str journal_record_content(struct arena *a, int32_t version, struct digest digest,
			   str label_canonical, str holding_json, str patch, str why)
{
	struct json holding;
	BUF(b);

	/* holding_json is our own writing; anything else is our mistake. */
	if (json_parse(a, holding_json, NULL, &holding, NULL) || json_canonical(a, &b, &holding))
		abort();
	return journal_record_canonical(a, version, digest, sha256(label_canonical), buf_str(&b),
					patch, why);
}

/* ---- rows ---- */

static void set_row(void *ctx, size_t index, struct db_rows *row)
{
	struct journal_entry *e = ctx;

	e[index].row = db_int(row, 0);
}

#define INSERT_WIDTH 15
static void insert_args(struct db_value v[INSERT_WIDTH], const struct journal_entry *e,
			const struct digest *content, int64_t epoch)
{
	const struct db_value row[INSERT_WIDTH] = {
	    DBI(epoch),
	    e->seq < 0 ? DBN : DBI(e->seq),
	    DBI(e->at_us),
	    DBI(e->actor),
	    DBI(e->team),
	    DBT(e->kind),
	    uuid_is_zero(e->subject) ? DBN : DBU(e->subject),
	    DBI(e->record),
	    DBI(e->version),
	    DBI(e->label),
	    DBI(e->n),
	    DBB(bytes16(e->salt)),
	    DBB(bytes16(e->salt2)),
	    DBD(*content),
	    DBT(e->content),
	};

	memcpy(v, row, sizeof(row));
}

enum err journal_insert(struct db *tx, struct journal_entry *e, size_t n, struct why *why)
{
	struct epoch epoch;
	struct db_value *args;
	struct digest *content;
	enum err err = epoch_current(tx, &epoch, why);
	ARENA(a, 0);

	if (err)
		return err;
	args = arena_array(&a, struct db_value, n * INSERT_WIDTH);
	content = arena_array(&a, struct digest, n);
	for (size_t i = 0; i < n; i++) {
		random_bytes(e[i].salt, sizeof(e[i].salt));
		random_bytes(e[i].salt2, sizeof(e[i].salt2));
		content[i] = journal_content_digest(&e[i]);
		insert_args(args + i * INSERT_WIDTH, &e[i], &content[i], epoch.number);
	}
	return db_many(
	    tx,
	    "INSERT INTO journal(epoch, seq, at, actor, team, kind, subject, record, version, "
	    "label, "
	    "n, salt, salt2, digest, content) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING id",
	    args, INSERT_WIDTH, n, set_row, e, why);
}

/* Columns of JOURNAL_COLUMNS into an entry; texts are copied into a. */
bool journal_row(struct db_rows *rows, struct arena *a, struct journal_entry *e,
		 struct digest *ret_content)
{
	str salt = db_bytes(rows, 10), salt2 = db_bytes(rows, 11);
	bool kept = !db_is_null(rows, 11) && !db_is_null(rows, 13);

	*e = (struct journal_entry){
	    .row = db_int(rows, 0),
	    .seq = db_is_null(rows, 1) ? -1 : db_int(rows, 1),
	    .at_us = db_int(rows, 2),
	    .actor = db_int(rows, 3),
	    .team = db_int(rows, 4),
	    .kind = arena_str(a, db_bytes(rows, 5)),
	    .record = db_int(rows, 7),
	    .version = (int32_t)db_int(rows, 8),
	    .label = db_int(rows, 9),
	    .n = db_int(rows, 14),
	};
	if (!db_is_null(rows, 6))
		e->subject = db_uuid(rows, 6);
	if (salt.n == 16)
		memcpy(e->salt, salt.p, 16);
	if (kept && salt2.n == 16)
		memcpy(e->salt2, salt2.p, 16);
	*ret_content = db_digest(rows, 12);
	if (kept)
		e->content = arena_str(a, db_bytes(rows, 13));
	return kept;
}

enum err journal_waiting(struct db *tx, struct arena *a, size_t limit, struct journal_entry **ret,
			 size_t *ret_n, struct why *why)
{
	VEC(struct journal_entry) list = {0};
	struct digest content;
	struct db_rows *rows;
	enum err err = db_query(
	    tx, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE seq IS NULL ORDER BY id LIMIT ?1",
	    DBARGS(DBI(limit)), &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		(void)journal_row(rows, a, vec_push(a, &list), &content);
	err = db_end(rows, why);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

enum err journal_set_seq(struct db *tx, const struct journal_entry *e, size_t n, struct why *why)
{
	struct epoch epoch;
	struct db_value *args;
	enum err err = epoch_current(tx, &epoch, why);
	ARENA(a, 0);

	if (err)
		return err;
	args = arena_array(&a, struct db_value, n * 3);
	for (size_t i = 0; i < n; i++) {
		args[i * 3] = DBI(e[i].row);
		args[i * 3 + 1] = DBI(epoch.number);
		args[i * 3 + 2] = DBI(e[i].seq);
	}
	return db_many(tx, "UPDATE journal SET epoch = ?2, seq = ?3 WHERE id = ?1", args, 3, n,
		       NULL, NULL, why);
}

/* ---- slices ---- */

static uint64_t first_bytes(const struct digest *d)
{
	uint64_t v;

	memcpy(&v, d->b, sizeof(v));
	return be64toh(v);
}

/* By hash. Hashes that agree in their first eight bytes are nobody's accident. */
static struct slice_leaf *leaves_sorted(struct arena *a, const struct slice_leaf *l, size_t n)
{
	struct index_entry *e = arena_array(a, struct index_entry, n);
	struct slice_leaf *ret = arena_array(a, struct slice_leaf, n), moved;

	for (size_t i = 0; i < n; i++)
		e[i] = (struct index_entry){first_bytes(&l[i].hash), (int64_t)i};
	entries_sort(a, e, n);
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (moved = l[e[i].rec];
		     at && e[at - 1].h == e[i].h &&
		     memcmp(ret[at - 1].hash.b, moved.hash.b, SHA256_BYTES) > 0;
		     at--)
			ret[at] = ret[at - 1];
		ret[at] = moved;
	}
	return ret;
}

struct digest journal_slice_hash(const struct slice_leaf *l, const struct digest *label_digest)
{
	struct digest data = sha256_parts(
	    (const str[]){STR("hikeshi/slice/v1\n"), bytes16(l->salt), bytes16(l->uid.b),
			  digest_str(&l->digest), digest_str(label_digest), bytes16(l->holding)},
	    6);

	return merkle_leaf(digest_str(&data));
}

static void add_text(struct buf *b, str s)
{
	buf_add_be32(b, (uint32_t)s.n);
	buf_add(b, s);
}

const uint8_t *journal_holding(struct holding_hash *h, struct store *s, const struct record *r)
{
	struct buf *b = &h->text, last = h->last;
	struct uuid team = {{0}};

	if (!principal_uuid(s, r->team, &team))
		team = (struct uuid){{0}};
	buf_clear(b);
	buf_add(b, STR("hikeshi/holding/v1\n"));
	buf_add_be32(b, (uint32_t)r->version);
	buf_add_be32(b, (uint32_t)r->form);
	buf_add_be32(b, r->flags & ~(uint32_t)RECORD_SHARED);
	buf_add_be64(b, (uint64_t)r->created_us);
	buf_add_be64(b, (uint64_t)r->created_by);
	buf_add_be64(b, (uint64_t)r->source_modified_us);
	buf_add_be64(b, (uint64_t)r->parent);
	buf_add(b, bytes16(team.b));
	add_text(b, word_text(s, r->type));
	add_text(b, word_text(s, r->severity));
	add_text(b, word_text(s, r->state));
	add_text(b, r->number);
	if (str_eq(buf_str(b), buf_str(&last)))
		return h->digest; /* as the one before, as many of an import are */
	struct digest d = sha256(buf_str(b));

	memcpy(h->digest, d.b, sizeof(h->digest));
	h->last = *b;
	*b = last;
	return h->digest;
}

void journal_holding_done(struct holding_hash *h)
{
	buf_done(&h->text);
	buf_done(&h->last);
}

void journal_slice_root(struct slice_leaf *leaves, const struct digest *label_digests, size_t n,
			struct digest *ret_root)
{
	struct digest *hashes;
	uint8_t *salts;
	ARENA(a, 0);

	salts = arena_array(&a, uint8_t, n * sizeof(leaves[0].salt));
	random_bytes(salts, n * sizeof(leaves[0].salt)); /* one call to the kernel for all */
	for (size_t i = 0; i < n; i++) {
		memcpy(leaves[i].salt, salts + i * sizeof(leaves[i].salt), sizeof(leaves[i].salt));
		leaves[i].hash = journal_slice_hash(&leaves[i], &label_digests[i]);
	}
	memcpy(leaves, leaves_sorted(&a, leaves, n), n * sizeof(*leaves));
	hashes = arena_array(&a, struct digest, n);
	for (size_t i = 0; i < n; i++)
		hashes[i] = leaves[i].hash;
	*ret_root = merkle_root(hashes, n);
}

static void put_be64(char *p, int64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (char)(uint8_t)((uint64_t)v >> (56 - 8 * i));
}

static int64_t get_be64(const char *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | (uint8_t)p[i];
	return (int64_t)v;
}

static void slice_pack(char *p, const struct slice_leaf *l)
{
	memcpy(p, l->salt, 16);
	memcpy(p + 16, l->uid.b, 16);
	memcpy(p + 32, l->digest.b, 32);
	put_be64(p + 64, l->record);
	put_be64(p + 72, l->label);
	memcpy(p + 80, l->holding, 16);
}

size_t journal_slice_unpack(str blob, struct slice_leaf *ret, size_t cap)
{
	size_t n = blob.n / SLICE_LEAF_BYTES;

	if (n > cap)
		n = cap;
	for (size_t i = 0; i < n; i++) {
		const char *p = blob.p + i * SLICE_LEAF_BYTES;

		memset(&ret[i], 0, sizeof(ret[i]));
		memcpy(ret[i].salt, p, 16);
		memcpy(ret[i].uid.b, p + 16, 16);
		memcpy(ret[i].digest.b, p + 32, 32);
		ret[i].record = get_be64(p + 64);
		ret[i].label = get_be64(p + 72);
		memcpy(ret[i].holding, p + 80, 16);
	}
	return n;
}

enum err journal_insert_slice(struct db *tx, const struct slice_leaf *leaves, size_t n,
			      int64_t entry_row, struct why *why)
{
	size_t rows = (n + SLICE_ROW - 1) / SLICE_ROW;
	struct db_value *args;
	ARENA(a, 0);

	args = arena_array(&a, struct db_value, rows * 4);
	for (size_t r = 0; r < rows; r++) {
		size_t from = r * SLICE_ROW, count = n - from < SLICE_ROW ? n - from : SLICE_ROW;
		char *blob = arena_array(&a, char, count *SLICE_LEAF_BYTES);

		for (size_t i = 0; i < count; i++)
			slice_pack(blob + i * SLICE_LEAF_BYTES, &leaves[from + i]);
		args[r * 4] = DBI(entry_row);
		args[r * 4 + 1] = DBI(r);
		args[r * 4 + 2] = DBI(count);
		args[r * 4 + 3] = DBB(((str){blob, count * SLICE_LEAF_BYTES}));
	}
	return db_copy(tx, "slice", "entry,n,count,leaves", args, 4, rows, why);
}

/* ---- receipts ---- */

enum err journal_checkpoint(struct store *s, struct checkpoint *ret, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	struct checkpoint c = {0};
	bool found = false;
	enum err err = db_query(
	    db,
	    "SELECT e.id, c.size, c.root FROM checkpoint c JOIN epoch e ON e.number = c.epoch "
	    "ORDER BY c.epoch DESC LIMIT 1",
	    DBNONE, &rows, why);

	if (!err) {
		while (db_next(rows)) {
			found = true;
			c = (struct checkpoint){db_uuid(rows, 0), db_int(rows, 1),
						db_digest(rows, 2)};
		}
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no checkpoint in this database");
	*ret = c;
	return ERR_OK;
}

enum err journal_inclusion(struct store *s, struct arena *a, int64_t seq, int64_t size,
			   struct digest **ret_path, size_t *ret_n, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct epoch epoch;
	enum err err = epoch_current(db, &epoch, why);

	if (!err)
		err = tree_inclusion(db, a, epoch.number, seq, size, ret_path, ret_n, why);
	store_reader_put(s, db);
	return err;
}
