// SPDX-License-Identifier: Apache-2.0
/* bench: what the measuring programs share: clocks, a node to measure on, bare SQLite beside it,
 * and figures as lines "name value" that bench/run collects. Failures end the program: a figure of
 * a run that failed is none. One thread unless a program says otherwise. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <sqlite3.h>

#include "base/arena.h"
#include "store/store.h"

/* Seconds: wall since some start, and processor time of the whole process. */
double bench_now(void);
double bench_cpu(void);
/* Peak resident size in MB. */
double bench_peak_mb(void);
void bench_say(const char *name, double value);
/* Ends the program where e is an error. */
void bench_ok(enum err e, const struct why *why);
/* p in 0..1 of n values, which it sorts. */
double bench_percentile(double *v, size_t n, double p);

/* An empty node in dir (made if needed; must hold none), opened. */
struct store *bench_store(const char *dir, int readers);
/* The principal of team number n; of circle number n. */
int64_t bench_team(struct store *s, uint32_t n);
int64_t bench_circle(struct store *s, uint32_t n);
struct uuid bench_uuid(uint64_t n);
/* A body like an indicator of some hundred bytes, and one like an incident. Lives in a. */
str bench_indicator(struct arena *a, uint64_t n);
str bench_incident(struct arena *a, uint64_t n);

/* Value number n as bench_generate writes it; its MISP type is returned. */
#define BENCH_VALUE 72
const char *bench_value(uint64_t n, char ret[BENCH_VALUE]);

/* Bare SQLite in a new file dir/floor.db, with the pragmas of the store's writer. */
sqlite3 *floor_open(const char *dir);
void floor_exec(sqlite3 *db, const char *sql);
sqlite3_stmt *floor_prepare(sqlite3 *db, const char *sql);
/* Steps a statement to its end, counting rows, and resets it. */
size_t floor_step(sqlite3_stmt *st);

#endif
