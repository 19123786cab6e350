// SPDX-License-Identifier: Apache-2.0
/* sequencer: gives committed entries their seq and changed holdings their position. PostgreSQL: any
 * process, one at a time under an advisory lock, a batch per transaction; a listener hears of every
 * batch and tells this process's subscribers. SQLite: inside the writer's transaction. */
#include <poll.h>

#include "store/db_internal.h"
#include "store/records_internal.h"

#define BATCH 512u
#define TELL_BATCH 1000

/* ---- SQLite: rows that service code wrote ---- */

enum err sequence_rows(struct wtx *w, struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(w->db,
			      "SELECT " JOURNAL_COLUMNS
			      " FROM journal WHERE seq IS NULL AND id > ?1 ORDER BY id",
			      DBARGS(DBI(w->journal_top)), &r, why);
	if (e)
		return e;
	VEC(struct journal_entry) list = {0};
	while (db_next(r)) {
		struct digest content;
		w->journal_top = db_int(r, 0);
		if (db_is_null(r, 1))
			(void)journal_row(r, &w->arena, vec_push(&w->arena, &list), &content);
	}
	e = db_end(r, why);
	if (e || !list.n)
		return e;
	for (size_t i = 0; i < list.n; i++) {
		entry_sequence(w, &list.p[i]);
		entry_leaf(w, &list.p[i]);
	}
	return journal_set_seq(w->db, list.p, list.n, why);
}

/* ---- PostgreSQL ---- */

/* Ids held by several teams: whoever is sequenced later sees both and marks both. */
static enum err mark_shared(struct wtx *w, const int64_t *keys, size_t n, struct why *why)
{
	struct db_value v[2] = {db_int_array(&w->arena, keys, n), DBI(RECORD_SHARED)};
	return db_exec(
	    w->db,
	    "UPDATE holding SET flags = flags | ?2 WHERE flags & ?2 = 0 AND id IN ("
	    "SELECT unnest(ARRAY[a.id, b.id]) FROM unnest(?1::bigint[]) x(id) "
	    "JOIN holding a ON a.id = x.id JOIN holding b ON b.uid = a.uid AND b.id <> a.id)",
	    v, 2, NULL, why);
}

static int by_key(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

static enum err holdings_order(struct wtx *w, int64_t *keys, size_t n, struct why *why)
{
	size_t m = 0;
	qsort(keys, n, sizeof *keys, by_key);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || keys[i] != keys[i - 1])
			keys[m++] = keys[i];
	}
	struct holding *h = arena_array(&w->arena, struct holding, m);
	struct place *p = arena_array(&w->arena, struct place, m);
	enum err e = holdings_get(w->db, &w->arena, keys, m, false, true, h, why);
	if (e)
		return e;
	size_t k = 0;
	for (size_t i = 0; i < m; i++) {
		const struct record *r = &h[i].r;
		if (!r->key)
			continue;
		h[k] = h[i];
		p[k++] = (struct place){
		    .rec = r->key,
		    .parent = r->parent,
		    .old_shelf = h[i].shelf,
		    .old_pos = r->pos,
		    .key = {r->type, r->label, r->state, r->severity, r->flags & SHELF_FLAGS}};
	}
	place_assign(w, p, k);
	e = place_write(w, p, k, why);
	struct db_value *v = arena_array(&w->arena, struct db_value, 3 * k);
	for (size_t i = 0; i < k; i++) {
		v[3 * i] = DBI(p[i].rec);
		v[3 * i + 1] = DBI(p[i].shelf);
		v[3 * i + 2] = DBI(p[i].pos);
	}
	if (!e)
		e = db_many(w->db, "UPDATE holding SET shelf = ?2, pos = ?3 WHERE id = ?1", v, 3, k,
			    NULL, NULL, why);
	if (!e)
		e = sorted_move(w, h, p, k, why);
	return e ? e : mark_shared(w, keys, m, why);
}

static enum err batch(struct wtx *w, size_t *ret_n, struct why *why)
{
	struct journal_entry *list;
	size_t n, records = 0;
	enum err e = wtx_sequence(w, why);
	if (!e)
		e = journal_waiting(w->db, &w->arena, BATCH, &list, &n, why);
	if (e)
		return e;
	*ret_n = n;
	int64_t *keys = arena_array(&w->arena, int64_t, n);
	for (size_t i = 0; i < n; i++) {
		entry_sequence(w, &list[i]);
		entry_leaf(w, &list[i]);
		if (list[i].record && !kind_stays(list[i].kind))
			keys[records++] = list[i].record;
	}
	if (n)
		e = journal_set_seq(w->db, list, n, why);
	for (size_t i = 0; i < n && !e; i++)
		if (list[i].record && str_eq(list[i].kind, STR(STORE_OLDER)))
			e = place_older(w, list[i].label, list[i].record, list[i].version, why);
	if (!e && records)
		e = holdings_order(w, keys, records, why);
	return e;
}

static enum err batch_run(struct store *s, struct db *db, size_t *ret_n, struct why *why)
{
	struct wtx w;
	wtx_init(&w, s, db);
	size_t n = 0;
	enum err e = db_begin(db, why);
	if (!e)
		e = batch(&w, &n, why);
	if (!e)
		e = wtx_flush(&w, why);
	if (!e)
		e = db_commit(db, why);
	if (e)
		db_rollback(db);
	else
		wtx_publish(&w);
	wtx_done(&w);
	if (!e)
		*ret_n = n;
	return e;
}

enum err sequence_waiting(struct store *s, struct why *why)
{
	struct db *db = store_writer_get(s);
	if (!db)
		return why_set(why, ERR_BUSY, "no connection to the database");
	enum err e = ERR_OK;
	for (int tries = 0; tries < 5;) {
		int64_t one = 0;
		size_t n = 0;
		struct why last = {0};
		e = db_get_int(db, "SELECT 1 FROM journal WHERE seq IS NULL LIMIT 1", DBNONE, &one,
			       &last);
		if (e == ERR_NOTFOUND) {
			e = ERR_OK;
			break;
		}
		if (!e)
			e = batch_run(s, db, &n, &last);
		if (e && e != ERR_BUSY) {
			e = why_set(why, e, "%s", last.text);
			break;
		}
		tries += e == ERR_BUSY;
	}
	/* another process may have sequenced what we wrote: know its shelves before we answer */
	struct why ignored = {0};
	if (!e)
		e = shelves_refresh(s, db, &ignored);
	store_writer_put(s, db);
	return e;
}

/* ---- hearing of it ---- */

#define LISTEN "LISTEN hikeshi; LISTEN " STORE_WORDS

struct listener {
	struct store *s;
	struct db *db;
	pthread_t thread;
	atomic_bool stop;
	bool announced; /* by this connection */
	int64_t told;   /* seq */
};

static enum err tell_since(struct listener *l, struct arena *a, size_t *ret_n, struct why *why)
{
	struct db_rows *r;
	enum err e =
	    db_query(l->db,
		     "SELECT j.seq, j.record, j.version, j.kind, j.actor, j.label, j.team, "
		     "h.uid, h.team, h.type FROM journal j LEFT JOIN holding h ON h.id = j.record "
		     "WHERE j.epoch = (SELECT max(number) FROM epoch) AND j.seq > ?1 "
		     "ORDER BY j.seq LIMIT ?2",
		     DBARGS(DBI(l->told), DBI(TELL_BATCH)), &r, why);
	if (e)
		return e;
	VEC(struct change) list = {0};
	size_t n = 0;
	while (db_next(r)) {
		bool record = db_int(r, 1) != 0;
		str kind = db_bytes(r, 3);
		l->told = db_int(r, 0);
		n++;
		if (!record && !str_eq(kind, STR("import")))
			continue; /* notes are nobody's news */
		vec_add(a, &list,
			(struct change){.seq = l->told,
					.uid = db_uuid(r, 7),
					.key = db_int(r, 1),
					.team = record ? db_int(r, 8) : db_int(r, 6),
					.label = db_int(r, 5),
					.actor = db_int(r, 4),
					.type = (int32_t)db_int(r, 9),
					.version = (int32_t)db_int(r, 2),
					.kind = arena_cstr(a, kind)});
	}
	e = db_end(r, why);
	if (!e)
		store_tell(l->s, list.p, list.n);
	*ret_n = n;
	return e;
}

static void listener_news(struct listener *l)
{
	struct why why = {0};
	enum err e = shelves_refresh(l->s, l->db, &why);
	if (!e)
		e = interned_refresh(l->s, &why);
	for (size_t n = TELL_BATCH; n == TELL_BATCH && !e;) {
		ARENA(a, 0);
		e = tell_since(l, &a, &n, &why);
	}
	int64_t old = atomic_load(&l->s->last_seq);
	while (old < l->told && !atomic_compare_exchange_weak(&l->s->last_seq, &old, l->told))
		;
}

/* What was committed before a word was said is known before the word is heard. */
static void listener_notes(struct listener *l)
{
	bool news = false;
	for (PGnotify *note; (note = PQnotifies(l->db->pg));) {
		bool word = strcmp(note->relname, STORE_WORDS) == 0;
		if (word && news)
			listener_news(l);
		news = !word;
		if (word)
			store_word_heard(l->s, str_c(note->extra));
		PQfreemem(note);
	}
	if (news)
		listener_news(l);
}

static void *listener_main(void *arg)
{
	struct listener *l = arg;
	struct why why = {0};
	while (!atomic_load(&l->stop)) {
		if (PQstatus(l->db->pg) != CONNECTION_OK) {
			/* whatever came meanwhile is read after the reconnection */
			PQreset(l->db->pg);
			stmt_forget(l->db);
			l->announced = false;
			why.text[0] = 0;
			if (db_script(l->db, LISTEN, &why) == ERR_OK)
				listener_news(l);
		}
		if (!l->announced)
			l->announced = process_announce(l->s, l->db);
		struct pollfd p = {.fd = PQsocket(l->db->pg), .events = POLLIN};
		poll(&p, p.fd >= 0, 100);
		PQconsumeInput(l->db->pg);
		listener_notes(l);
	}
	return NULL;
}

enum err listener_start(struct store *s, struct why *why)
{
	struct listener *l = mem_alloc(sizeof *l);
	l->s = s;
	l->told = atomic_load(&s->last_seq);
	enum err e = db_open(s->url, false, true, &l->db, why);
	if (!e)
		e = db_script(l->db, LISTEN, why);
	l->announced = !e && process_announce(s, l->db);
	if (!e && pthread_create(&l->thread, NULL, listener_main, l) != 0)
		e = why_set(why, ERR_IO, "cannot start the listening thread");
	if (e) {
		db_close(l->db);
		mem_free(l);
		return e;
	}
	s->listener = l;
	return ERR_OK;
}

void listener_stop(struct store *s)
{
	struct listener *l = s->listener;
	if (!l)
		return;
	atomic_store(&l->stop, true);
	pthread_join(l->thread, NULL);
	db_close(l->db);
	mem_free(l);
	s->listener = NULL;
}
