// SPDX-License-Identifier: Apache-2.0
/* store_internal: what the files of store/ share. Locks: pool (connections), interned (words,
 * principals, labels), shelves, runs; none is held while another is taken or while waiting for
 * the database, except where a comment says so. */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "base/vec.h"
#include "store/db.h"
#include "store/store.h"
#include "store/words.h"

struct interned;
struct shelves;
struct runs;
struct writer;
struct listener;
struct packer;

#define STORE_SUBS 16
struct store_sub {
	store_change_fn *fn;
	void *ctx;
};

struct store {
	char *data_dir, *url;
	bool postgres;
	int lock_fd;
	struct uuid node_id;
	uint8_t value_key[16];

	pthread_mutex_t pool_lock;
	struct db **idle[2]; /* 0: readers, 1: writers (PostgreSQL) */
	size_t n_idle[2], max_idle;
	struct packer *packers; /* free ones, under pool_lock */

	struct interned *interned;
	struct shelves *shelves;
	struct runs *runs;         /* SQLite */
	struct writer *writer;     /* SQLite */
	struct listener *listener; /* PostgreSQL */
	int64_t process;           /* its number */
	pthread_mutex_t signing_lock;
	struct db *signing; /* PostgreSQL: holds the lock of all processes; under signing_lock */

	_Atomic int64_t bulk_us;  /* when an import wrote last, clock_mono_us */
	_Atomic int64_t last_seq; /* next seq - 1 */
	pthread_mutex_t subs_lock;
	pthread_cond_t subs_idle; /* nobody is being told */
	struct store_sub subs[STORE_SUBS];
	size_t n_subs;
	unsigned telling;
	void (*on_job)(void *ctx);
	void *on_job_ctx;
	store_word_fn *on_word; /* under subs_lock, as on_job */
	void *on_word_ctx;
	uint64_t word_tag; /* tells this process's words from those of others */
};
#define STORE_WORDS "hikeshi_word" /* channel; the other one says that something was committed */
void store_word_heard(struct store *s, str text);

/* ---- process.c ---- */
int64_t process_number(void);
/* PostgreSQL: holds the number of this process on db for as long as that is connected. False: not
 * yet, where the server has not noticed the end of an older connection. */
bool process_announce(struct store *s, struct db *db);
/* Has the process of that number ended? Asked in a transaction of PostgreSQL. */
MUST_CHECK enum err process_gone(struct store *s, struct db *tx, int64_t number, bool *ret,
				 struct why *why);

#define LOCK_INTERN 0x68696b66
#define LOCK_SEQUENCE 0x68696b67

/* A connection that may write (PostgreSQL only; SQLite has the writer's). */
struct db *store_writer_get(struct store *s);
void store_writer_put(struct store *s, struct db *db);
void packers_free(struct store *s);
void store_tell(struct store *s, const struct change *changes, size_t n);
void store_tell_jobs(struct store *s);
/* A PostgreSQL bigint[] or bytea[] in binary form, for "?1::bigint[]". */
struct db_value db_int_array(struct arena *a, const int64_t *v, size_t n);
struct db_value db_blob_array(struct arena *a, const str *v, size_t n);

/* ---- intern.c ---- */
MUST_CHECK enum err interned_open(struct store *s, struct why *why);
void interned_close(struct store *s);
/* Reads what other processes added. */
MUST_CHECK enum err interned_refresh(struct store *s, struct why *why);
/* SHA-256 of label_canonical(); zero for an unknown key. */
struct digest label_digest(struct store *s, int64_t key);

/* ---- transactions (writer.c, sequencer.c) ---- */
struct shelf_op {
	int64_t shelf, change, pos; /* pos 0: taken away */
};
struct shelf_key {
	int64_t type, label, state, severity, flags;
};
struct shelf {
	int64_t id;
	struct shelf_key key;
	int64_t n, first, last;
};

/* One write transaction; on SQLite it may carry many requests, each in a savepoint. What is
 * collected here is written by wtx_flush and made visible by wtx_publish. */
struct wtx {
	struct store *s;
	struct db *db;
	struct arena arena; /* until the transaction ends */
	bool bulk;          /* alone in its transaction */
	bool sequencing;    /* seq and pos may be handed out */
	int64_t seq, pos;   /* next, last */
	int64_t first_seq, first_pos;
	int64_t next_holding, next_object; /* SQLite; 0: not asked yet */
	int64_t journal_top;               /* SQLite: rows above have not been looked at */
	struct uuid epoch;
	VEC(struct digest) leaves;
	VEC(struct shelf_op) shelf_ops;
	VEC(struct shelf) new_shelves;
	VEC(struct change) changes;
};
struct wtx_mark {
	int64_t seq, pos, journal_top;
	size_t leaves, shelf_ops, changes;
};
void wtx_init(struct wtx *w, struct store *s, struct db *db);
void wtx_done(struct wtx *w);
struct wtx_mark wtx_mark(const struct wtx *w);
void wtx_undo(struct wtx *w, struct wtx_mark m);
/* Takes the sequencer (PostgreSQL: the advisory lock) for the rest of the transaction. */
MUST_CHECK enum err wtx_sequence(struct wtx *w, struct why *why);
MUST_CHECK enum err wtx_flush(struct wtx *w, struct why *why);
/* After the commit. */
void wtx_publish(struct wtx *w);
/* Next position: the larger of the clock and the last plus one; n consecutive ones. */
int64_t wtx_pos(struct wtx *w, int64_t n);

typedef enum err wtx_fn(struct wtx *w, void *ctx, struct why *why);
/* Runs fn in a durable transaction; bulk ones behind interactive ones. */
MUST_CHECK enum err store_write(struct store *s, bool bulk, wtx_fn *fn, void *ctx, struct why *why);
MUST_CHECK enum err writer_start(struct store *s, struct why *why);
void writer_stop(struct store *s);
MUST_CHECK enum err writer_run(struct store *s, bool bulk, wtx_fn *fn, void *ctx, struct why *why);
/* PostgreSQL: gives seq and pos to everything committed and waiting. */
MUST_CHECK enum err sequence_waiting(struct store *s, struct why *why);
/* Sequences journal rows that have no seq (SQLite: written by service code). */
MUST_CHECK enum err sequence_rows(struct wtx *w, struct why *why);
MUST_CHECK enum err listener_start(struct store *s, struct why *why);
void listener_stop(struct store *s);

/* ---- shelves.c ---- */
MUST_CHECK enum err shelves_open(struct store *s, struct why *why);
void shelves_close(struct store *s);
/* PostgreSQL: reads shelves that changed since; db may be a transaction under the lock. */
MUST_CHECK enum err shelves_refresh(struct store *s, struct db *db, struct why *why);
int64_t shelf_find(struct wtx *w, const struct shelf_key *key); /* made if new */
bool shelf_get(struct wtx *w, int64_t id, struct shelf_key *ret);
void shelf_note(struct wtx *w, int64_t shelf, int64_t change, int64_t pos);
MUST_CHECK enum err shelves_flush(struct wtx *w, struct why *why);
void shelves_publish(struct wtx *w);
/* Those for which keep() holds, copied into a. */
typedef bool shelf_keep_fn(void *ctx, const struct shelf *sh);
size_t shelves_choose(struct store *s, struct arena *a, shelf_keep_fn *keep, void *ctx,
		      struct shelf **ret);
int64_t shelves_max(struct store *s);

/* ---- the index: hash -> records (index_runs.c, index_pg.c) ---- */
enum index_kind { INDEX_UID = 0, INDEX_VALUE = 1 };
struct index_entry {
	uint64_t h;
	int64_t rec;
};
struct index_hit {
	size_t at; /* index into the hashes asked for */
	int64_t rec;
};
uint64_t uid_hash(struct store *s, struct uuid u);
/* By h, then rec; a for the time of the call (entries_sort.c). */
void entries_sort(struct arena *a, struct index_entry *e, size_t n);
MUST_CHECK enum err runs_open(struct store *s, struct db *writer, struct why *why);
void runs_close(struct store *s);
MUST_CHECK enum err runs_add(struct wtx *w, enum index_kind kind, struct index_entry *e, size_t n,
			     struct why *why);
/* Merging, flushing and sweeping that is due, in small bites; before the flush of a transaction. */
MUST_CHECK enum err runs_work(struct wtx *w, struct why *why);
void runs_publish(struct store *s);
void runs_abandon(struct store *s); /* the transaction failed */
/* All candidates for n hashes sorted ascending; hits sorted by at, then rec, without repeats. The
 * writer passes its own connection and sees its own transaction. */
MUST_CHECK enum err runs_find(struct store *s, struct db *db, bool writer, enum index_kind kind,
			      const uint64_t *sorted, size_t n, struct arena *a,
			      struct index_hit **ret, size_t *ret_n, struct why *why);

#endif
