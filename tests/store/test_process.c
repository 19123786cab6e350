// SPDX-License-Identifier: Apache-2.0
/* What one of the processes of a node does alone, and what is left of one that has ended. Two
 * stores on one PostgreSQL are what two processes are. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "store/store_internal.h"
#include "tests/store/fixture.h"

struct other {
	struct store *s;
	atomic_bool inside;
};

static void *sign_there(void *arg)
{
	struct other *o = arg;

	if (signing_begin(o->s, NULL))
		return NULL;
	atomic_store(&o->inside, true);
	signing_end(o->s);
	return arg;
}

/* How many wait for a lock of ours in the database; -1: it cannot be asked. */
static int64_t waiting(struct store *s)
{
	struct db *db = store_reader_get(s);
	int64_t n = -1;
	enum err err =
	    db_get_int(db,
		       "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
		       "AND database = (SELECT oid FROM pg_database WHERE datname = "
		       "current_database())",
		       DBNONE, &n, NULL);

	store_reader_put(s, db);
	return err ? -1 : n;
}

static void signing_is_of_one_process(struct fixture *f)
{
	struct other o = {0};
	pthread_t t;
	void *ok = NULL;

	if (!f->options.url) { /* SQLite has one process: it comes back to what it let go */
		OK(signing_begin(f->s, &why));
		signing_end(f->s);
		OK(signing_begin(f->s, &why));
		signing_end(f->s);
		return;
	}
	OK(store_open(&f->options, &o.s, &why));
	OK(signing_begin(f->s, &why));
	CHECK(pthread_create(&t, NULL, sign_there, &o) == 0);
	while (waiting(f->s) == 0)
		usleep(1000);
	CHECK(waiting(f->s) == 1 && !atomic_load(&o.inside));
	signing_end(f->s);
	CHECK(pthread_join(t, &ok) == 0 && ok && atomic_load(&o.inside));
	/* whoever ends without letting go holds up nobody */
	OK(signing_begin(o.s, &why));
	db_close(o.s->signing);
	o.s->signing = NULL;
	OK(signing_begin(f->s, &why));
	signing_end(f->s);
	signing_end(o.s);
	store_close(o.s);
}
BOTH(signing_is_of_one_process)

static enum err begin(struct fixture *f, struct store *s, const char *key, bool *ret_done)
{
	struct digest request = sha256(STR("request"));
	int status = 0;
	str answer;

	return idempotency_begin(s, &f->a, 1, str_c(key), request, ret_done, &status, &answer,
				 NULL);
}

static void keys_of_a_process_that_ended(struct fixture *f)
{
	struct store *other = NULL;
	bool done = false;
	enum err err = ERR_BUSY;

	if (f->options.url) {
		OK(store_open(&f->options, &other, &why));
		OK(begin(f, other, "k", &done));
		CHECK(!done && begin(f, f->s, "k", &done) == ERR_BUSY);
		CHECK(begin(f, other, "k", &done) == ERR_BUSY);
		store_close(other);
		/* till the database has noticed */
		while ((err = begin(f, f->s, "k", &done)) == ERR_BUSY)
			usleep(1000);
	} else {
		OK(begin(f, f->s, "k", &done));
		store_close(f->s);
		f->s = NULL;
		OK(store_open(&f->options, &f->s, &why));
		err = begin(f, f->s, "k", &done);
	}
	CHECK(err == ERR_OK && !done);
	CHECK(begin(f, f->s, "k", &done) == ERR_BUSY); /* and now it is ours */
	OK(idempotency_end(f->s, 1, STR("k"), 201, STR("{}"), &why));
	CHECK(begin(f, f->s, "k", &done) == ERR_OK && done);
}
BOTH(keys_of_a_process_that_ended)

RUN_TESTS(BOTH_ROWS(signing_is_of_one_process), BOTH_ROWS(keys_of_a_process_that_ended))
