// SPDX-License-Identifier: Apache-2.0
/* The floor of imports and look-ups: the bodies of a node's records written again by bare SQLite,
 * one table with a hash index and the pragmas of the store, 20,000 rows in a transaction; then
 * point look-ups of 10,000 hashes by that index. Reading the bodies is not counted. usage:
 * bench_floor NODE DIRECTORY */
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "bench/bench.h"

#define BATCH 20000
#define ASKED 10000

static const uint8_t key[16] = {7};

struct floor {
	sqlite3 *db;
	sqlite3_stmt *insert;
	double wall, cpu;
	uint64_t n;
};

static void write_batch(struct floor *f, const struct record *r, size_t n)
{
	double wall = bench_now(), cpu = bench_cpu();

	floor_exec(f->db, "BEGIN IMMEDIATE");
	for (size_t i = 0; i < n; i++) {
		if (!r[i].key)
			continue;
		uint64_t h = siphash64(key, r[i].uid.b, sizeof(r[i].uid.b));

		(void)sqlite3_bind_blob(f->insert, 1, r[i].uid.b, sizeof(r[i].uid.b),
					SQLITE_STATIC);
		(void)sqlite3_bind_int64(f->insert, 2, (int64_t)h);
		(void)sqlite3_bind_blob64(f->insert, 3, r[i].body.p, r[i].body.n, SQLITE_STATIC);
		(void)floor_step(f->insert);
		f->n++;
	}
	floor_exec(f->db, "COMMIT");
	f->wall += bench_now() - wall;
	f->cpu += bench_cpu() - cpu;
}

static void write_all(struct floor *f, const char *node)
{
	const struct store_options o = {.data_dir = node};
	const struct view all = {.all = true};
	struct store *s = NULL;
	struct arena a;
	struct why why = {0};
	size_t found = BATCH;

	bench_ok(store_open(&o, &s, &why), &why);
	arena_init(&a, 0);
	for (int64_t from = 1; found; from += BATCH) {
		int64_t *keys = arena_array(&a, int64_t, BATCH);
		struct record *r = arena_array(&a, struct record, BATCH);

		for (int64_t i = 0; i < BATCH; i++)
			keys[i] = from + i;
		bench_ok(store_read(s, &a, &all, keys, BATCH, true, r, &why), &why);
		found = 0;
		for (size_t i = 0; i < BATCH; i++)
			found += r[i].key != 0;
		if (found)
			write_batch(f, r, BATCH);
		arena_reset(&a);
	}
	arena_done(&a);
	store_close(s);
}

static void look_up(struct floor *f, int percent)
{
	sqlite3_stmt *pick = floor_prepare(f->db, "SELECT h FROM t WHERE id = ?1");
	sqlite3_stmt *look = floor_prepare(f->db, "SELECT id FROM t WHERE h = ?1");
	int64_t asked[ASKED];
	char name[64];
	size_t rows = 0;

	for (uint64_t i = 0; i < ASKED; i++) {
		asked[i] = (int64_t)(i * UINT64_C(0x9E3779B97F4A7C15) + 1);
		if (i % 100 >= (unsigned)percent)
			continue;
		(void)sqlite3_bind_int64(pick, 1, (int64_t)(1 + i * 7919 % f->n));
		if (sqlite3_step(pick) == SQLITE_ROW)
			asked[i] = sqlite3_column_int64(pick, 0);
		(void)sqlite3_reset(pick);
	}
	double best = 1e9;

	for (int round = 0; round < 5; round++) {
		double start = bench_now();

		floor_exec(f->db, "BEGIN");
		for (size_t i = 0; i < ASKED; i++) {
			(void)sqlite3_bind_int64(look, 1, asked[i]);
			rows += floor_step(look);
		}
		floor_exec(f->db, "COMMIT");
		double took = bench_now() - start;

		best = took < best ? took : best;
	}
	(void)snprintf(name, sizeof(name), "floor_lookup_%d_ms", percent);
	bench_say(name, best * 1e3);
	(void)sqlite3_finalize(pick);
	(void)sqlite3_finalize(look);
	if (percent && !rows)
		exit(1);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: bench_floor NODE DIRECTORY\n");
		return 2;
	}
	struct floor f = {.db = floor_open(argv[2])};

	floor_exec(f.db,
		   "CREATE TABLE t(id INTEGER PRIMARY KEY, uid BLOB, h INTEGER, body BLOB) STRICT;"
		   "CREATE INDEX t_h ON t(h)");
	f.insert = floor_prepare(f.db, "INSERT INTO t(uid, h, body) VALUES(?1, ?2, ?3)");
	write_all(&f, argv[1]);
	bench_say("floor_import_rows", (double)f.n);
	bench_say("floor_import_per_s", (double)f.n / f.wall);
	bench_say("floor_import_cpu_us", f.cpu * 1e6 / (double)f.n);
	for (int i = 0; i < 3 && f.n >= ASKED; i++)
		look_up(&f, (const int[]){10, 55, 100}[i]);
	(void)sqlite3_finalize(f.insert);
	(void)sqlite3_close(f.db);
	return 0;
}
