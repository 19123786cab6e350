// SPDX-License-Identifier: Apache-2.0
/* writer: on SQLite one thread owns the writing connection. It takes what is queued, interactive
 * requests before imports, gives each a savepoint, commits all at once and then wakes those who
 * wait: an acknowledged write is on the disk. On PostgreSQL each write has its own transaction. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>

#include "store/store_internal.h"

#define GROUP_MAX 256
#define TRIES 5

struct request {
	wtx_fn *fn;
	void *ctx;
	struct why *why;
	enum err err;
	sem_t done; /* one each: a commit wakes those it served and nobody else */
	struct request *next;
};

struct queue {
	struct request *first, **last;
};

struct writer {
	struct store *s;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct queue queue[2]; /* 0: interactive, 1: imports */
	bool stop, damaged;
};

static struct request *queue_take(struct queue *q)
{
	struct request *r = q->first;
	if (r) {
		q->first = r->next;
		if (!q->first)
			q->last = &q->first;
		r->next = NULL;
	}
	return r;
}

/* Runs one request inside its savepoint. A failure takes back only its own doing. */
static void request_run(struct wtx *w, struct request *r, bool alone)
{
	struct wtx_mark mark = wtx_mark(w);
	r->err = db_savepoint(w->db, r->why);
	if (r->err)
		return;
	r->err = r->fn(w, r->ctx, r->why);
	if (!r->err)
		r->err = sequence_rows(w, r->why);
	if (!r->err)
		r->err = db_release(w->db, r->why);
	if (!r->err)
		return;
	db_rollback_to(w->db);
	wtx_undo(w, mark);
	if (alone)
		runs_abandon(w->s);
}

static enum err group_commit(struct writer *wr, struct request *list, bool bulk, struct why *why)
{
	struct wtx w;
	wtx_init(&w, wr->s, wr->db);
	w.bulk = bulk;
	enum err e = db_begin(wr->db, why);
	if (!e)
		e = wtx_sequence(&w, why);
	for (struct request *r = list; r && !e; r = r->next) {
		request_run(&w, r, bulk);
		/* a full disk may have ended the whole transaction: then nobody's write stands */
		if (r->err && !db_in_tx(wr->db))
			e = why_set(why, r->err, "%s", r->why ? r->why->text : "");
	}
	if (!e)
		e = wtx_flush(&w, why);
	if (!e)
		e = db_commit(wr->db, why);
	if (e) {
		db_rollback(wr->db);
		runs_abandon(wr->s);
	} else {
		wtx_publish(&w);
	}
	wtx_done(&w);
	return e;
}

static struct request *group_take(struct writer *wr, bool *ret_bulk)
{
	struct request *first = NULL, **last = &first;
	for (int n = 0; n < GROUP_MAX; n++) {
		struct request *r = queue_take(&wr->queue[0]);
		if (!r)
			break;
		*last = r;
		last = &r->next;
	}
	*ret_bulk = !first;
	return first ? first : queue_take(&wr->queue[1]);
}

static void *writer_main(void *arg)
{
	struct writer *wr = arg;
	pthread_setname_np(pthread_self(), "writer");
	pthread_mutex_lock(&wr->lock);
	for (;;) {
		bool bulk;
		struct request *list = group_take(wr, &bulk);
		if (!list && wr->stop)
			break;
		if (!list) {
			pthread_cond_wait(&wr->work, &wr->lock);
			continue;
		}
		pthread_mutex_unlock(&wr->lock);
		struct why why = {0};
		enum err e = group_commit(wr, list, bulk, &why);
		for (struct request *r = list, *next; r; r = next) {
			next = r->next; /* r is gone once its owner wakes */
			if (e && !r->err)
				r->err = why_set(r->why, e, "%s", why.text);
			sem_post(&r->done);
		}
		pthread_mutex_lock(&wr->lock);
	}
	pthread_mutex_unlock(&wr->lock);
	return NULL;
}

enum err writer_start(struct store *s, struct why *why)
{
	struct writer *wr = mem_alloc(sizeof *wr);
	wr->s = s;
	enum err e = db_open(s->url, false, false, &wr->db, why);
	if (!e)
		e = runs_open(s, wr->db, why);
	if (e) {
		runs_close(s);
		db_close(wr->db);
		mem_free(wr);
		return e;
	}
	pthread_mutex_init(&wr->lock, NULL);
	pthread_cond_init(&wr->work, NULL);
	for (int i = 0; i < 2; i++)
		wr->queue[i].last = &wr->queue[i].first;
	s->writer = wr;
	if (pthread_create(&wr->thread, NULL, writer_main, wr) != 0) {
		db_close(wr->db);
		mem_free(wr);
		s->writer = NULL;
		return why_set(why, ERR_IO, "cannot start the writer's thread");
	}
	return ERR_OK;
}

void writer_stop(struct store *s)
{
	struct writer *wr = s->writer;
	if (!wr)
		return;
	pthread_mutex_lock(&wr->lock);
	wr->stop = true;
	pthread_cond_signal(&wr->work);
	pthread_mutex_unlock(&wr->lock);
	pthread_join(wr->thread, NULL);
	runs_close(s);
	db_close(wr->db);
	pthread_mutex_destroy(&wr->lock);
	pthread_cond_destroy(&wr->work);
	mem_free(wr);
	s->writer = NULL;
}

enum err writer_run(struct store *s, bool bulk, wtx_fn *fn, void *ctx, struct why *why)
{
	struct writer *wr = s->writer;
	struct request r = {.fn = fn, .ctx = ctx, .why = why};
	sem_init(&r.done, 0, 0);
	pthread_mutex_lock(&wr->lock);
	assert(!wr->stop);
	struct queue *q = &wr->queue[bulk];
	*q->last = &r;
	q->last = &r.next;
	pthread_cond_signal(&wr->work);
	pthread_mutex_unlock(&wr->lock);
	while (sem_wait(&r.done) != 0 && errno == EINTR)
		;
	sem_destroy(&r.done);
	return r.err;
}

/* PostgreSQL: one transaction. */
static enum err pg_write(struct store *s, wtx_fn *fn, void *ctx, struct why *why)
{
	struct db *db = store_writer_get(s);
	if (!db)
		return why_set(why, ERR_BUSY, "no connection to the database");
	struct wtx w;
	wtx_init(&w, s, db);
	enum err e = db_begin(db, why);
	if (!e)
		e = fn(&w, ctx, why);
	if (!e)
		e = wtx_flush(&w, why);
	if (!e)
		e = db_commit(db, why);
	if (e)
		db_rollback(db);
	else
		wtx_publish(&w);
	wtx_done(&w);
	store_writer_put(s, db);
	return e;
}

enum err store_write(struct store *s, bool bulk, wtx_fn *fn, void *ctx, struct why *why)
{
	if (bulk)
		atomic_store(&s->bulk_us, clock_mono_us());
	if (!s->postgres)
		return writer_run(s, bulk, fn, ctx, why);
	enum err e = ERR_BUSY;
	struct why last = {0};
	for (int tries = 0; e == ERR_BUSY && tries < TRIES; tries++) {
		last = (struct why){0};
		e = pg_write(s, fn, ctx, &last);
	}
	if (!e) {
		/* committed is committed: if this fails, the next write or process sequences it */
		struct why ignored = {0};
		if (sequence_waiting(s, &ignored))
			return ERR_OK;
		return ERR_OK;
	}
	if (why && !why->text[0])
		*why = last;
	return e;
}

struct tx_call {
	store_tx_fn *fn;
	void *ctx;
};

static enum err tx_call(struct wtx *w, void *ctx, struct why *why)
{
	const struct tx_call *c = ctx;
	return c->fn(w->db, c->ctx, why);
}

enum err store_tx(struct store *s, store_tx_fn *fn, void *ctx, struct why *why)
{
	struct tx_call c = {fn, ctx};
	return store_write(s, false, tx_call, &c, why);
}
