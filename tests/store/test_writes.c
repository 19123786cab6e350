// SPDX-License-Identifier: Apache-2.0
/* Writing under strain: a killed process loses nothing it acknowledged, threads do not tread on
 * each other, a full disk stops one write and not the next. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/db.h"
#include "tests/store/fixture.h"

static struct uuid id_of(uint32_t who, uint32_t n)
{
	struct uuid u = {
	    {0x55, (uint8_t)who, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 1}};
	return u;
}

static enum err put_one(struct store *s, struct arena *a, int64_t team, int64_t label,
			struct uuid u, str body, struct why *why)
{
	struct write_set w;
	const uint64_t value = 5;
	struct record_put p = {.uid = u,
			       .type = STR("indicator"),
			       .team = team,
			       .label = label,
			       .body = body,
			       .number_prefix = STR("N"),
			       .values = &value,
			       .n_values = 1};
	write_init(&w, a, 1, team);
	write_put(&w, &p);
	return store_commit(s, &w, NULL, why);
}

/* ---- kill -9 ---- */

/* The child writes and reports each acknowledged number; it is killed in the middle of it. */
static void child(struct fixture *f, int fd)
{
	struct store *s = NULL;
	struct why why = {0};
	ARENA(a, 0);
	if (store_open(&f->options, &s, &why))
		_exit(3);
	for (uint32_t n = 0;; n++) {
		arena_reset(&a);
		if (n % 10 == 9) { /* a slice now and then */
			struct write_set w;
			write_init(&w, &a, 1, f->team);
			w.slice = true;
			for (uint32_t i = 0; i < 3000; i++) {
				struct record_put p = {.uid = id_of(n % 250 + 2, i),
						       .type = STR("indicator"),
						       .team = f->team,
						       .label = f->open_label,
						       .body = STR("{\"slice\":true}")};
				write_put(&w, &p);
			}
			if (store_commit(s, &w, NULL, &why))
				_exit(4);
		} else if (put_one(s, &a, f->team, f->open_label, id_of(1, n), STR("{}"), &why)) {
			_exit(5);
		}
		if (write(fd, &n, sizeof n) != sizeof n)
			_exit(6);
	}
}

static void kill_loses_nothing_acknowledged(struct fixture *f)
{
	int pipes[2], status;
	uint32_t n = 0, last = 0, seen = 0;
	store_close(f->s);
	f->s = NULL;
	CHECK(pipe(pipes) == 0);
	pid_t pid = fork();
	if (pid == 0)
		child(f, pipes[1]);
	close(pipes[1]);
	while (seen < 65 && read(pipes[0], &n, sizeof n) == sizeof n) {
		last = n;
		seen++;
	}
	CHECK(seen == 65);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(pipes[0], &n, sizeof n) == sizeof n)
		last = n;
	close(pipes[0]);
	CHECK(WIFSIGNALED(status));
	OK(store_open(&f->options, &f->s, &why));
	struct view all = fixture_all();
	for (uint32_t i = 0; i <= last; i++) {
		struct record r;
		const struct uuid u = i % 10 == 9 ? id_of(i % 250 + 2, 2999) : id_of(1, i);
		OK(store_find(f->s, &f->a, &all, &u, 1, true, &r, &why));
		CHECK(r.key != 0 && r.pos != 0);
	}
	/* and the books agree: positions, counters, and more can be written */
	int32_t type = word_find(f->s, STR("indicator"));
	struct list_query q = {.types = &type, .n_types = 1, .limit = 1000};
	int64_t count = 0, next = 0, rows = 0;
	size_t m = 0;
	OK(store_count(f->s, &all, &q, &count, &why));
	do {
		struct record *r = arena_array(&f->a, struct record, 1000);
		OK(store_list(f->s, &f->a, &all, &q, r, &m, &next, &why));
		rows += (int64_t)m;
		q.before_pos = next;
	} while (next);
	CHECK(rows == count && count > last);
	OK(put_one(f->s, &f->a, f->team, f->open_label, id_of(1, 1000000), STR("{}"), &why));
}
BOTH(kill_loses_nothing_acknowledged)

/* ---- threads ---- */

enum { THREADS = 6, WRITES = 40 };
struct worker {
	struct fixture *f;
	uint32_t who;
	enum err err;
	struct why why;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct view all = fixture_all();
	for (uint32_t i = 0; i < WRITES && !w->err; i++) {
		ARENA(a, 0);
		char name[32];
		int32_t word;
		snprintf(name, sizeof name, "word-%u", i % 7);
		w->err = word_code(w->f->s, str_c(name), &word, &w->why);
		if (!w->err)
			w->err = put_one(w->f->s, &a, w->f->team, w->f->open_label,
					 id_of(w->who, i), STR("{}"), &w->why);
		int32_t type = word_find(w->f->s, STR("indicator"));
		struct list_query q = {.types = &type, .n_types = 1, .limit = 5};
		struct record r[5];
		size_t n;
		int64_t next;
		const uint64_t value = 5;
		struct value_hit hit;
		if (!w->err)
			w->err = store_list(w->f->s, &a, &all, &q, r, &n, &next, &w->why);
		if (!w->err)
			w->err = store_lookup(w->f->s, &a, &all, &value, 1, 0, NULL, 0, 5, &hit,
					      &w->why);
		if (!w->err && hit.count < (int64_t)i)
			w->err = ERR_IO;
	}
	return NULL;
}

static void threads_write_together(struct fixture *f)
{
	pthread_t t[THREADS];
	struct worker w[THREADS];
	memset(w, 0, sizeof w);
	for (uint32_t i = 0; i < THREADS; i++) {
		w[i].f = f;
		w[i].who = i;
		CHECK(pthread_create(&t[i], NULL, work, &w[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		if (w[i].err)
			printf("# thread %d: %s\n", i, w[i].why.text);
		CHECK(w[i].err == ERR_OK);
	}
	struct view all = fixture_all();
	int32_t type = word_find(f->s, STR("indicator"));
	struct list_query q = {.types = &type, .n_types = 1, .limit = THREADS * WRITES};
	struct record *r = arena_array(&f->a, struct record, q.limit);
	size_t n;
	int64_t next, count;
	OK(store_list(f->s, &f->a, &all, &q, r, &n, &next, &why));
	OK(store_count(f->s, &all, &q, &count, &why));
	CHECK(n == THREADS * WRITES && count == (int64_t)n && next == 0);
	/* numbers were handed out once each */
	bool seen[THREADS * WRITES + 1] = {false};
	for (size_t i = 0; i < n; i++) {
		uint64_t v = 0;
		str tail = str_from(r[i].number, (size_t)str_rfind_char(r[i].number, '-') + 1);
		CHECK(str_u64(tail, &v) == ERR_OK && v >= 1 && v <= THREADS * WRITES && !seen[v]);
		if (v <= THREADS * WRITES)
			seen[v] = true;
	}
}
BOTH(threads_write_together)

/* ---- several processes on one PostgreSQL: two stores stand for them ---- */

static void count_changes(void *ctx, const struct change *c, size_t n)
{
	(void)c;
	__atomic_fetch_add((int64_t *)ctx, (int64_t)n, __ATOMIC_SEQ_CST);
}

static void processes_see_each_other(void)
{
	struct fixture f;
	if (!fixture_open(&f, true))
		return;
	struct store *second = NULL;
	int64_t heard = 0;
	OK(store_open(&f.options, &second, &why));
	store_on_change(second, count_changes, &heard);
	OK(put_one(f.s, &f.a, f.team, f.open_label, id_of(1, 1), STR("{}"), &why));
	const struct label l = {.holder = f.team, .tlp = TLP_GREEN, .everyone = true};
	int64_t label = 0;
	OK(label_intern(f.s, &l, 1, &label, &why));
	OK(put_one(f.s, &f.a, f.team, label, id_of(1, 2), STR("{}"), &why));
	for (int i = 0; i < 500 && __atomic_load_n(&heard, __ATOMIC_SEQ_CST) < 2; i++)
		usleep(10000);
	CHECK(__atomic_load_n(&heard, __ATOMIC_SEQ_CST) == 2);
	CHECK(store_last_seq(second) == store_last_seq(f.s));
	CHECK(label_get(second, label) && label_get(second, label)->everyone);
	OK(put_one(second, &f.a, f.team, label, id_of(1, 3), STR("{}"), &why));
	struct view all = fixture_all();
	int32_t type = word_find(second, STR("indicator"));
	struct list_query q = {.types = &type, .n_types = 1, .limit = 10};
	struct record r[10];
	size_t n = 0;
	int64_t next, count = 0;
	OK(store_list(second, &f.a, &all, &q, r, &n, &next, &why));
	OK(store_count(second, &all, &q, &count, &why));
	CHECK(n == 3 && count == 3 && uuid_eq(r[0].uid, id_of(1, 3)) &&
	      str_ends(r[0].number, STR("-0003")));
	store_close(second);
	fixture_close(&f);
}

/* ---- a full disk ---- */

static enum err limit_pages(struct db *tx, void *ctx, struct why *why)
{
	char sql[64];
	snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld", (long long)*(int64_t *)ctx);
	return db_script(tx, sql, why);
}

static void a_full_disk_stops_one_write(void)
{
	struct fixture f;
	if (!fixture_open(&f, false))
		return;
	int64_t pages = 0, huge = 1 << 30;
	struct db *db = store_reader_get(f.s);
	OK(db_get_int(db, "PRAGMA page_count", DBNONE, &pages, &why));
	store_reader_put(f.s, db);
	pages += 20;
	OK(store_tx(f.s, limit_pages, &pages, &why));
	char *big = arena_alloc(&f.a, 1 << 20);
	random_bytes(big, 1 << 20);
	struct why why = {0};
	CHECK(put_one(f.s, &f.a, f.team, f.open_label, id_of(1, 1), (str){big, 1 << 20}, &why) ==
	      ERR_FULL);
	struct record r;
	struct view all = fixture_all();
	struct uuid u = id_of(1, 1);
	OK(store_find(f.s, &f.a, &all, &u, 1, false, &r, &why));
	CHECK(r.key == 0);
	OK(put_one(f.s, &f.a, f.team, f.open_label, id_of(1, 2), STR("{}"),
		   &why)); /* a small one still fits */
	OK(store_tx(f.s, limit_pages, &huge, &why));
	OK(put_one(f.s, &f.a, f.team, f.open_label, u, (str){big, 1 << 20}, &why));
	OK(store_find(f.s, &f.a, &all, &u, 1, true, &r, &why));
	CHECK(r.key != 0 && r.body.n == 1 << 20);
	fixture_close(&f);
}

/* ---- runs: enough slices that levels merge, and everything is still found ---- */

static void merged_runs_find_everything(void)
{
	enum { SLICES = 80, EACH = 2100 };
	struct fixture f;
	if (!fixture_open(&f, false))
		return;
	for (uint32_t k = 0; k < SLICES; k++) {
		ARENA(a, 0);
		struct write_set w;
		write_init(&w, &a, 1, f.team);
		w.slice = true;
		for (uint32_t i = 0; i < EACH; i++) {
			uint64_t *v = arena_new(&a, uint64_t);
			*v = (k * EACH + i) * UINT64_C(0x9E3779B97F4A7C15);
			struct record_put p = {.uid = id_of(k + 1, i),
					       .type = STR("indicator"),
					       .team = f.team,
					       .label = f.open_label,
					       .body = STR("{}"),
					       .values = v,
					       .n_values = 1};
			write_put(&w, &p);
		}
		OK(store_commit(f.s, &w, NULL, &why));
	}
	struct view all = fixture_all();
	for (int round = 0; round < 2; round++) {
		for (uint32_t k = 0; k < SLICES; k += 7) {
			ARENA(a, 0);
			struct uuid *ids = arena_array(&a, struct uuid, EACH);
			uint64_t *h = arena_array(&a, uint64_t, EACH);
			struct record *r = arena_array(&a, struct record, EACH);
			struct value_hit *hit = arena_array(&a, struct value_hit, EACH);
			for (uint32_t i = 0; i < EACH; i++) {
				ids[i] = id_of(k + 1, i);
				h[i] = (k * EACH + i) * UINT64_C(0x9E3779B97F4A7C15);
			}
			OK(store_find(f.s, &a, &all, ids, EACH, false, r, &why));
			OK(store_lookup(f.s, &a, &all, h, EACH, 0, NULL, 0, 1, hit, &why));
			size_t good = 0;
			for (size_t i = 0; i < EACH; i++)
				good += r[i].key && hit[i].count == 1 && hit[i].keys[0] == r[i].key;
			CHECK(good == EACH);
		}
		struct db *db = store_reader_get(f.s);
		int64_t runs = 0, high = 0;
		OK(db_get_int(db, "SELECT count(*) FROM run", DBNONE, &runs, &why));
		OK(db_get_int(db, "SELECT count(*) FROM run WHERE level > 0", DBNONE, &high, &why));
		store_reader_put(f.s, db);
		CHECK(runs < 50 && high > 0);
		store_close(f.s); /* the second round reads what was stored */
		OK(store_open(&f.options, &f.s, &why));
	}
	fixture_close(&f);
}

RUN_TESTS(BOTH_ROWS(kill_loses_nothing_acknowledged), BOTH_ROWS(threads_write_together),
	  {"processes see each other", processes_see_each_other},
	  {"a full disk stops one write", a_full_disk_stops_one_write},
	  {"merged runs find everything", merged_runs_find_everything})
