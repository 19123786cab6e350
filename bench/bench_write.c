// SPDX-License-Identifier: Apache-2.0
/* Durable single writes: clients that each wait for their own record to be on the disk, one alone
 * and 64 at once; and commits of one row, and of 64 rows, by bare SQLite. usage: bench_write
 * DIRECTORY [SECONDS] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"

#define MAX_CLIENTS 64
#define MAX_TIMES 200000

struct run {
	struct store *s;
	int64_t team, label;
	double until;
	_Atomic uint64_t next, done;
	double *times;
};

static void *client(void *arg)
{
	struct run *r = arg;
	struct arena a;

	arena_init(&a, 0);
	for (double start = bench_now(); start < r->until;) {
		uint64_t n = atomic_fetch_add(&r->next, 1);
		const uint64_t values[2] = {n * UINT64_C(0x9E3779B97F4A7C15), n % 1000};
		const struct record_put p = {.uid = bench_uuid(n),
					     .type = STR("x-hikeshi-incident"),
					     .team = r->team,
					     .label = r->label,
					     .body = bench_incident(&a, n),
					     .state = STR("open"),
					     .severity = STR("high"),
					     .number_prefix = STR("INC"),
					     .values = values,
					     .n_values = 2,
					     .kind = "create"};
		struct record_result result;
		struct write_set w;
		struct why why = {0};

		write_init(&w, &a, 1, r->team);
		(void)write_put(&w, &p);
		bench_ok(store_commit(r->s, &w, &result, &why), &why);
		double end = bench_now();
		uint64_t at = atomic_fetch_add(&r->done, 1);

		if (at < MAX_TIMES)
			r->times[at] = end - start;
		start = end;
		arena_reset(&a);
	}
	arena_done(&a);
	return NULL;
}

static void clients(struct run *r, int n, double seconds)
{
	pthread_t t[MAX_CLIENTS];
	char name[64];
	double start = bench_now(), cpu = bench_cpu();

	atomic_store(&r->done, 0);
	r->until = start + seconds;
	for (int i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, client, r))
			exit(1);
	for (int i = 0; i < n; i++)
		(void)pthread_join(t[i], NULL);
	double took = bench_now() - start;
	uint64_t done = atomic_load(&r->done);
	size_t m = done < MAX_TIMES ? done : MAX_TIMES;

	(void)snprintf(name, sizeof(name), "write_%d_per_s", n);
	bench_say(name, (double)done / took);
	(void)snprintf(name, sizeof(name), "write_%d_cpu_us", n);
	bench_say(name, (bench_cpu() - cpu) * 1e6 / (double)done);
	(void)snprintf(name, sizeof(name), "write_%d_p50_ms", n);
	bench_say(name, bench_percentile(r->times, m, 0.5) * 1e3);
	(void)snprintf(name, sizeof(name), "write_%d_p99_ms", n);
	bench_say(name, bench_percentile(r->times, m, 0.99) * 1e3);
}

static void bare(const char *dir, int rows, double seconds)
{
	char sub[4096], name[64];
	struct arena a;
	uint64_t n = 0;

	(void)snprintf(sub, sizeof(sub), "%s/floor%d", dir, rows);
	sqlite3 *db = floor_open(sub);

	floor_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB) STRICT");
	sqlite3_stmt *st = floor_prepare(db, "INSERT INTO t(body) VALUES(?1)");

	arena_init(&a, 0);
	double start = bench_now();

	while (bench_now() < start + seconds) {
		if (rows > 1)
			floor_exec(db, "BEGIN IMMEDIATE");
		for (int i = 0; i < rows; i++, n++) {
			str body = bench_incident(&a, n);

			(void)sqlite3_bind_blob64(st, 1, body.p, body.n, SQLITE_STATIC);
			(void)floor_step(st);
		}
		if (rows > 1)
			floor_exec(db, "COMMIT");
		arena_reset(&a);
	}
	(void)snprintf(name, sizeof(name), "floor_write_%d_per_s", rows);
	bench_say(name, (double)n / (bench_now() - start));
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	arena_done(&a);
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 5;
	struct why why = {0};

	if (argc < 2) {
		fprintf(stderr, "usage: bench_write DIRECTORY [SECONDS]\n");
		return 2;
	}
	struct run r = {.s = bench_store(argv[1], 1), .times = calloc(MAX_TIMES, sizeof(double))};

	if (!r.times)
		return 1;
	r.team = bench_team(r.s, 1);
	const struct label l = {.originator = r.team,
				.holder = r.team,
				.tlp = TLP_AMBER,
				.teams = &r.team,
				.n_teams = 1};

	bench_ok(label_intern(r.s, &l, 1, &r.label, &why), &why);
	bare(argv[1], 1, seconds);
	clients(&r, 1, seconds);
	bare(argv[1], 64, seconds);
	clients(&r, MAX_CLIENTS, seconds);
	store_close(r.s);
	free(r.times);
	return 0;
}
