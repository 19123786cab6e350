// SPDX-License-Identifier: Apache-2.0
/* text: the full-text index. SQLite: contentless FTS5 without details, whose rowid is text_doc.doc;
 * PostgreSQL: a tsvector in text_doc. A record has at most one row in text_doc, so that a hit on a
 * replaced document joins nothing; its words leave the index in a sweep. */
#include "store/text_internal.h"

#include <stdlib.h>
#include <time.h>

#include "base/map.h"
#include "base/vec.h"
#include "store/service.h"
#include "store/store_internal.h"

#define DOC_TOKENS 4096
#define QUERY_TOKENS 48
#define LABEL_TOKENS 256 /* more visible labels than this are filtered afterwards */
#define PAGE_ROWS 512
#define FILTER_BUDGET 200000 /* rows looked at for one question */
#define BACKLOG_BATCH 250    /* documents in one transaction */
#define DOC_TEXT (64u << 10) /* bytes of a text kept for later */
#define BULK_US US_PER_S     /* an import that wrote so lately goes on */
#define NAP_MAX_US (US_PER_S / 2)

static bool is_pg(struct db *db)
{
	return db_backend(db) == DB_POSTGRES;
}

/* ---- putting ---- */

struct held {
	int64_t doc, version;
};

static void get_held(void *ctx, size_t index, struct db_rows *row)
{
	struct held *h = ctx;

	h[index] = (struct held){db_int(row, 0), db_int(row, 1)};
}

static struct db_value *column(struct arena *a, const struct text_doc *docs, size_t n)
{
	struct db_value *args = arena_array(a, struct db_value, n);

	for (size_t i = 0; i < n; i++)
		args[i] = DBI(docs[i].record);
	return args;
}

/* Takes the present documents of these records out of text_doc, except where they are newer. On
 * return held[i].version is that of a newer one, else 0. */
static enum err docs_retire(struct db *tx, struct arena *a, const struct text_doc *docs, size_t n,
			    struct held *held, struct why *why)
{
	struct db_value *old = arena_array(a, struct db_value, n);
	size_t n_old = 0;
	enum err err = db_many(tx, "SELECT doc, version FROM text_doc WHERE record = ?1",
			       column(a, docs, n), 1, n, get_held, held, why);

	for (size_t i = 0; i < n; i++) {
		if (held[i].doc == 0 || held[i].version > docs[i].version)
			continue;
		old[n_old++] = DBI(held[i].doc);
		held[i].version = 0;
	}
	if (!err && n_old && !is_pg(tx))
		err = db_many(tx, "INSERT INTO text_stale(doc) VALUES(?1)", old, 1, n_old, NULL,
			      NULL, why);
	if (!err && n_old)
		err = db_many(tx, "DELETE FROM text_doc WHERE doc = ?1", old, 1, n_old, NULL, NULL,
			      why);
	return err;
}

static str doc_tokens(struct arena *a, const struct text_doc *d)
{
	str t = d->tokens.p ? d->tokens : text_tokens(a, d->text, DOC_TOKENS);

	return t.n ? arena_printf(a, "%.*s :l%lld", STR_ARG(t), (long long)d->label) : t;
}

struct fresh {
	struct db_value *index; /* pairs (doc, tokens) */
};

static void get_doc(void *ctx, size_t index, struct db_rows *row)
{
	struct fresh *f = ctx;

	f->index[index * 2] = DBI(db_int(row, 0));
}

static enum err docs_insert(struct db *tx, struct arena *a, const struct text_doc *docs, size_t n,
			    const struct held *held, struct why *why)
{
	size_t width = is_pg(tx) ? 5 : 4, m = 0;
	struct db_value *args = arena_array(a, struct db_value, n * 5);
	struct fresh f = {arena_array(a, struct db_value, n * 2)};
	enum err err;

	for (size_t i = 0; i < n; i++) {
		str t = held[i].version ? STR_NULL : doc_tokens(a, &docs[i]);
		struct db_value *v = args + m * width;

		if (t.n == 0)
			continue;
		v[0] = DBI(docs[i].record);
		v[1] = DBI(docs[i].version);
		v[2] = DBI(docs[i].label);
		v[3] = DBI(docs[i].type);
		if (width == 5)
			v[4] = DBT(t);
		f.index[m++ * 2 + 1] = DBT(t);
	}
	if (m == 0)
		return ERR_OK;
	if (is_pg(tx))
		return db_many(
		    tx,
		    "INSERT INTO text_doc(record, version, label, type, tokens) "
		    "VALUES(?1, ?2, ?3, ?4, array_to_tsvector(string_to_array(?5, ' '))) "
		    /* what an import left for later may be indexed at the same time */
		    "ON CONFLICT(record) DO UPDATE SET version = excluded.version, label = "
		    "excluded.label, type = excluded.type, tokens = excluded.tokens "
		    "WHERE text_doc.version <= excluded.version",
		    args, width, m, NULL, NULL, why);
	err = db_many(tx,
		      "INSERT INTO text_doc(record, version, label, type) VALUES(?1, ?2, ?3, ?4) "
		      "RETURNING doc",
		      args, width, m, get_doc, &f, why);
	if (!err)
		err = db_many(tx, "INSERT INTO text_index(rowid, t) VALUES(?1, ?2)", f.index, 2, m,
			      NULL, NULL, why);
	return err;
}

/* Two documents of one record in one call: the later one counts. */
static size_t keep_last(const struct text_doc *docs, size_t n, struct text_doc *ret)
{
	struct u64map seen;
	size_t m = 0;

	u64map_init(&seen);
	for (size_t i = n; i-- > 0;) {
		bool fresh;

		(void)u64map_put(&seen, (uint64_t)docs[i].record, &fresh);
		if (fresh)
			ret[m++] = docs[i];
	}
	u64map_done(&seen);
	for (size_t i = 0; i < m / 2; i++) {
		struct text_doc t = ret[i];

		ret[i] = ret[m - 1 - i];
		ret[m - 1 - i] = t;
	}
	return m;
}

static enum err put_docs(struct db *tx, struct arena *a, const struct text_doc *docs, size_t n,
			 struct why *why)
{
	struct text_doc *last = arena_array(a, struct text_doc, n);
	struct held *held = arena_array(a, struct held, n);
	enum err err;

	n = keep_last(docs, n, last);
	err = docs_retire(tx, a, last, n, held, why);
	return err ? err : docs_insert(tx, a, last, n, held, why);
}

enum err text_put(struct db *tx, const struct text_doc *docs, size_t n, struct why *why)
{
	struct db_value *args;
	enum err err;
	ARENA(a, 0);

	if (n == 0)
		return ERR_OK;
	args = arena_array(&a, struct db_value, n * 2);
	for (size_t i = 0; i < n; i++) {
		args[i * 2] = DBI(docs[i].record);
		args[i * 2 + 1] = DBI(docs[i].version);
	}
	err = put_docs(tx, &a, docs, n, why);
	if (!err) /* what an import left for later is older */
		err = db_many(tx, "DELETE FROM text_backlog WHERE record = ?1 AND version <= ?2",
			      args, 2, n, NULL, NULL, why);
	return err;
}

enum err text_drop(struct db *tx, int64_t record, struct why *why)
{
	struct text_doc d = {.record = record, .version = INT32_MAX};

	return text_put(tx, &d, 1, why);
}

static enum err relabel_sqlite(struct db *tx, int64_t doc, str old_token, str new_token,
			       struct why *why)
{
	enum err err =
	    db_exec(tx, "INSERT INTO text_index(text_index, rowid, t) VALUES('delete', ?1, ?2)",
		    DBARGS(DBI(doc), DBT(old_token)), NULL, why);

	/* A second insert under the same rowid only adds words: the table is contentless. */
	return err ? err
		   : db_exec(tx, "INSERT INTO text_index(rowid, t) VALUES(?1, ?2)",
			     DBARGS(DBI(doc), DBT(new_token)), NULL, why);
}

enum err text_relabel(struct db *tx, int64_t record, int64_t label, struct why *why)
{
	struct db_rows *rows;
	int64_t doc = 0, old = 0;
	enum err err;
	ARENA(a, 0);

	err = db_exec(tx, "UPDATE text_backlog SET label = ?2 WHERE record = ?1",
		      DBARGS(DBI(record), DBI(label)), NULL, why);
	if (!err)
		err = db_query(tx, "SELECT doc, label FROM text_doc WHERE record = ?1",
			       DBARGS(DBI(record)), &rows, why);
	if (err)
		return err;
	while (db_next(rows)) {
		doc = db_int(rows, 0);
		old = db_int(rows, 1);
	}
	err = db_end(rows, why);
	if (err || doc == 0 || old == label)
		return err;
	str old_token = arena_printf(&a, ":l%lld", (long long)old);
	str new_token = arena_printf(&a, ":l%lld", (long long)label);
	if (is_pg(tx))
		return db_exec(tx,
			       "UPDATE text_doc SET label = ?2, tokens = ts_delete(tokens, ?3) || "
			       "array_to_tsvector(string_to_array(?4, ' ')) WHERE doc = ?1",
			       DBARGS(DBI(doc), DBI(label), DBT(old_token), DBT(new_token)), NULL,
			       why);
	err = db_exec(tx, "UPDATE text_doc SET label = ?2 WHERE doc = ?1",
		      DBARGS(DBI(doc), DBI(label)), NULL, why);
	return err ? err : relabel_sqlite(tx, doc, old_token, new_token, why);
}

/* ---- later ---- */

/* PostgreSQL has no NUL in texts; it parts words anyway. */
static str without_nul(struct arena *a, str text)
{
	char *p;

	if (text.n == 0 || !memchr(text.p, 0, text.n))
		return text;
	p = arena_array(a, char, text.n);
	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] ? text.p[i] : ' ';
	return (str){p, text.n};
}

enum err text_defer(struct db *tx, const struct text_doc *docs, size_t n, struct why *why)
{
	struct db_value *args;
	size_t m = 0;
	ARENA(a, 0);

	args = arena_array(&a, struct db_value, n * 5);
	for (size_t i = 0; i < n; i++) {
		size_t bytes = docs[i].text.n;

		if (bytes == 0)
			continue;
		if (bytes > DOC_TEXT)
			for (bytes = DOC_TEXT;
			     bytes && ((uint8_t)docs[i].text.p[bytes] & 0xc0) == 0x80;)
				bytes--;
		args[m] = DBI(docs[i].record);
		args[m + 1] = DBI(docs[i].version);
		args[m + 2] = DBI(docs[i].label);
		args[m + 3] = DBI(docs[i].type);
		args[m + 4] = DBT(without_nul(&a, (str){docs[i].text.p, bytes}));
		m += 5;
	}
	return m ? db_copy(tx, "text_backlog", "record,version,label,type,text", args, 5, m / 5,
			   why)
		 : ERR_OK;
}

struct backlog {
	struct text_doc docs[BACKLOG_BATCH];
	struct db_value ids[BACKLOG_BATCH];
	bool there[BACKLOG_BATCH];
	size_t n;
};

/* Words are found while nobody waits for the writer. */
static enum err backlog_read(struct store *s, struct arena *a, size_t limit, struct backlog *b,
			     struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(
	    db,
	    "SELECT id, record, version, label, type, text FROM text_backlog ORDER BY id LIMIT ?1",
	    DBARGS(DBI(limit)), &rows, why);

	b->n = 0;
	while (!err && db_next(rows)) {
		b->ids[b->n] = DBI(db_int(rows, 0));
		b->docs[b->n++] = (struct text_doc){
		    .record = db_int(rows, 1),
		    .version = (int32_t)db_int(rows, 2),
		    .label = db_int(rows, 3),
		    .type = (int32_t)db_int(rows, 4),
		    .text = arena_str(a, db_bytes(rows, 5)),
		};
	}
	if (!err)
		err = db_end(rows, why);
	store_reader_put(s, db);
	for (size_t i = 0; i < b->n && !err; i++)
		b->docs[i].tokens = text_tokens(a, b->docs[i].text, DOC_TOKENS);
	return err;
}

static void backlog_taken(void *ctx, size_t index, struct db_rows *row)
{
	struct backlog *b = ctx;

	b->there[index] = true;
	b->docs[index].label = db_int(row, 0);
}

/* What was read meanwhile may have been replaced, or have another label. */
static enum err backlog_batch(struct db *tx, void *ctx, struct why *why)
{
	struct backlog *b = ctx;
	struct text_doc docs[BACKLOG_BATCH];
	size_t n = 0;
	enum err err;
	ARENA(a, 0);

	memset(b->there, 0, sizeof(b->there));
	err = db_many(tx, "DELETE FROM text_backlog WHERE id = ?1 RETURNING label", b->ids, 1, b->n,
		      backlog_taken, b, why);
	for (size_t i = 0; i < b->n; i++)
		if (b->there[i])
			docs[n++] = b->docs[i];
	return err || !n ? err : put_docs(tx, &a, docs, n, why);
}

/* While imports go on, their commits wait for the same thread: four fifths of it are theirs. */
static void give_way(struct store *s, int64_t took_us)
{
	int64_t nap_us = took_us * 4 < NAP_MAX_US ? took_us * 4 : NAP_MAX_US;
	const struct timespec nap = {nap_us / US_PER_S, nap_us % US_PER_S * 1000};

	if (clock_mono_us() - atomic_load(&s->bulk_us) < BULK_US)
		(void)nanosleep(&nap, NULL);
}

enum err store_text_backlog(struct store *s, size_t budget, size_t *ret_done, struct why *why)
{
	size_t done = 0;

	while (done < budget) {
		size_t limit = budget - done < BACKLOG_BATCH ? budget - done : BACKLOG_BATCH;
		int64_t from = clock_mono_us();
		struct backlog b;
		ARENA(a, 0);
		enum err err = backlog_read(s, &a, limit, &b, why);

		if (!err && b.n)
			err = store_tx(s, backlog_batch, &b, why);
		if (err)
			return err;
		done += b.n;
		if (b.n < limit)
			break;
		give_way(s, clock_mono_us() - from);
	}
	*ret_done = done;
	return ERR_OK;
}

/* ---- sweeping ---- */

/* Replaced documents and, from one walk through the whole index, their words. */
struct sweep {
	struct arena arena;
	struct u64map at; /* doc -> position in docs */
	VEC(struct swept {
		int64_t doc;
		struct buf words;
	})
	docs;
};

static enum err sweep_docs(struct db *db, struct sweep *w, size_t budget, struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(db, "SELECT doc FROM text_stale ORDER BY doc LIMIT ?1",
				DBARGS(DBI(budget)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		struct swept *x = vec_push(&w->arena, &w->docs);

		x->doc = db_int(rows, 0);
		u64map_put(&w->at, (uint64_t)x->doc, NULL)->u = w->docs.n - 1;
	}
	return db_end(rows, why);
}

static enum err sweep_words(struct db *db, struct sweep *w, struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(db, "SELECT term, doc FROM text_vocab", DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		union map_value *at = u64map_get(&w->at, (uint64_t)db_int(rows, 1));

		if (!at)
			continue;
		buf_add(&w->docs.p[at->u].words, db_bytes(rows, 0));
		buf_add_char(&w->docs.p[at->u].words, ' ');
	}
	return db_end(rows, why);
}

static enum err sweep_write(struct db *tx, void *ctx, struct why *why)
{
	struct sweep *w = ctx;
	enum err err = ERR_OK;

	for (size_t i = 0; i < w->docs.n && !err; i++) {
		err = db_exec(
		    tx, "INSERT INTO text_index(text_index, rowid, t) VALUES('delete', ?1, ?2)",
		    DBARGS(DBI(w->docs.p[i].doc), DBT(buf_str(&w->docs.p[i].words))), NULL, why);
		if (!err)
			err = db_exec(tx, "DELETE FROM text_stale WHERE doc = ?1",
				      DBARGS(DBI(w->docs.p[i].doc)), NULL, why);
	}
	return err;
}

enum err store_text_sweep(struct store *s, size_t budget, size_t *ret_done, struct why *why)
{
	struct sweep w = {0};
	struct db *db;
	enum err err;

	if (store_is_postgres(s)) { /* rows of text_doc take their words with them */
		*ret_done = 0;
		return ERR_OK;
	}
	arena_init(&w.arena, 0);
	u64map_init(&w.at);
	db = store_reader_get(s);
	err = sweep_docs(db, &w, budget, why);
	if (!err && w.docs.n)
		err = sweep_words(db, &w, why);
	store_reader_put(s, db);
	if (!err && w.docs.n)
		err = store_tx(s, sweep_write, &w, why);
	if (!err)
		*ret_done = w.docs.n;
	for (size_t i = 0; i < w.docs.n; i++)
		buf_done(&w.docs.p[i].words);
	u64map_done(&w.at);
	arena_done(&w.arena);
	return err;
}

/* ---- finding ---- */

/* '"a" AND "b"*' for FTS5, "'a' & 'b':*" for PostgreSQL. False: nothing to ask. */
static bool question_words(struct buf *q, str query, bool pg, struct arena *a)
{
	str rest = text_query_tokens(a, query, QUERY_TOKENS), token;
	bool any = false;

	while (rest.n && str_split(&rest, ' ', &token)) {
		bool prefix = token.n && token.p[token.n - 1] == '*';

		token.n -= prefix;
		if (token.n == 0)
			continue;
		buf_add(q, any ? (pg ? STR(" & ") : STR(" AND ")) : STR_NULL);
		buf_add_char(q, pg ? '\'' : '"');
		buf_add(q, token);
		buf_add_char(q, pg ? '\'' : '"');
		buf_add(q, prefix ? (pg ? STR(":*") : STR("*")) : STR_NULL);
		any = true;
	}
	return any;
}

static int64_t visible_labels(const struct view *v)
{
	int64_t n = 0;

	for (int64_t l = 1; l <= v->n_labels; l++)
		n += view_has(v, l); /* no gate: chooses a way; find_page asks */
	return n;
}

/* The labels that may be seen, as words, where they are few. */
static void question_labels(struct buf *q, const struct view *v, bool pg)
{
	bool any = false;

	buf_add(q, pg ? STR(" & (") : STR(" AND ("));
	for (int64_t l = 1; l <= v->n_labels; l++) {
		if (!view_has(v, l)) /* no gate: narrows; find_page asks */
			continue;
		if (any)
			buf_add(q, pg ? STR(" | ") : STR(" OR "));
		buf_printf(q, pg ? "':l%lld'" : "\":l%lld\"", (long long)l);
		any = true;
	}
	buf_add_char(q, ')');
}

struct finder {
	struct db *db;
	const struct view *view;
	const int32_t *types;
	size_t n_types, limit, n;
	int64_t *keys, *docs;
	int64_t before;
	size_t looked, page;
};

static bool type_wanted(const struct finder *f, int64_t type)
{
	bool wanted = f->n_types == 0;

	for (size_t i = 0; i < f->n_types && !wanted; i++)
		wanted = f->types[i] == type;
	return wanted;
}

/* One page of candidates; *ret_more false: that was the last. */
static enum err find_page(struct finder *f, str question, bool *ret_more, struct why *why)
{
	const char *sql =
	    is_pg(f->db)
		? "SELECT doc, record, label, type FROM text_doc "
		  "WHERE tokens @@ CAST(?1 AS tsquery) AND doc < ?2 ORDER BY doc DESC LIMIT ?3"
		: "SELECT f.rowid, d.record, d.label, d.type FROM text_index f "
		  "LEFT JOIN text_doc d ON d.doc = f.rowid "
		  "WHERE text_index MATCH ?1 AND f.rowid < ?2 ORDER BY f.rowid DESC LIMIT ?3";
	struct db_rows *rows;
	size_t seen = 0;
	enum err err =
	    db_query(f->db, sql, DBARGS(DBT(question), DBI(f->before), DBI(f->page)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		seen++;
		if (f->n >= f->limit)
			continue;
		f->before = db_int(rows, 0);
		if (db_is_null(rows, 1) || !view_has(f->view, db_int(rows, 2)) ||
		    !type_wanted(f, db_int(rows, 3))) /* gate */
			continue;
		f->keys[f->n] = db_int(rows, 1);
		f->docs[f->n++] = f->before;
	}
	f->looked += seen;
	*ret_more = seen == f->page;
	f->page = PAGE_ROWS;
	return db_end(rows, why);
}

enum err text_find(struct db *db, struct arena *a, const struct view *v, str query,
		   const int32_t *types, size_t n_types, int64_t before_doc, size_t limit,
		   int64_t **ret_keys, int64_t **ret_docs, size_t *ret_n, struct why *why)
{
	struct finder f = {
	    .db = db,
	    .view = v,
	    .types = types,
	    .n_types = n_types,
	    .limit = limit,
	    .keys = arena_array(a, int64_t, limit),
	    .docs = arena_array(a, int64_t, limit),
	    .before = before_doc > 0 ? before_doc : INT64_MAX,
	};
	int64_t labels = v->all ? INT64_MAX : visible_labels(v);
	bool more;
	enum err err = ERR_OK;
	BUF(q);

	more = labels > 0 && limit > 0 && question_words(&q, query, is_pg(db), a);
	if (more && labels <= LABEL_TOKENS)
		question_labels(&q, v, is_pg(db));
	while (!err && more && f.n < limit && f.looked < FILTER_BUDGET)
		err = find_page(&f, buf_str(&q), &more, why);
	if (err)
		return err;
	*ret_keys = f.keys;
	*ret_docs = f.docs;
	*ret_n = f.n;
	return ERR_OK;
}
