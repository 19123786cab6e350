// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"

double bench_now(void)
{
	return (double)clock_mono_us() / 1e6;
}

double bench_cpu(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

double bench_peak_mb(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (double)r.ru_maxrss / 1024;
}

void bench_say(const char *name, double value)
{
	printf("%s %.9g\n", name, value);
	fflush(stdout);
}

void bench_ok(enum err e, const struct why *why)
{
	if (!e)
		return;
	fprintf(stderr, "%s: %s\n", err_name(e), why ? why->text : "");
	exit(1);
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

double bench_percentile(double *v, size_t n, double p)
{
	size_t at = (size_t)((double)n * p);

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), by_value);
	return v[at < n ? at : n - 1];
}

struct store *bench_store(const char *dir, int readers)
{
	const struct store_options o = {.data_dir = dir, .readers = readers};
	struct store *s = NULL;
	struct why why = {0};

	bench_ok(store_create(&o, &why), &why);
	bench_ok(store_open(&o, &s, &why), &why);
	return s;
}

struct uuid bench_uuid(uint64_t n)
{
	struct uuid u = {{0}};
	uint64_t x = n * UINT64_C(0x9E3779B97F4A7C15) + 1,
		 y = (x ^ x >> 31) * UINT64_C(0xD6E8FEB86659FD93);

	memcpy(u.b, &x, 8);
	memcpy(u.b + 8, &y, 8);
	u.b[6] = (uint8_t)((u.b[6] & 0x0f) | 0x40);
	u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
	return u;
}

static int64_t principal(struct store *s, enum principal_kind kind, uint64_t n)
{
	const struct uuid u = bench_uuid(n);
	struct why why = {0};
	int64_t key = 0;

	bench_ok(principal_intern(s, kind, &u, 1, &key, &why), &why);
	return key;
}

int64_t bench_team(struct store *s, uint32_t n)
{
	return principal(s, PRINCIPAL_TEAM, UINT64_C(1) << 40 | n);
}

int64_t bench_circle(struct store *s, uint32_t n)
{
	return principal(s, PRINCIPAL_CIRCLE, UINT64_C(2) << 40 | n);
}

str bench_indicator(struct arena *a, uint64_t n)
{
	char id[UUID_TEXT];

	uuid_text(bench_uuid(n), id);
	return arena_printf(
	    a,
	    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--%.*s\","
	    "\"created\":\"2026-11-02T09:00:00.000Z\",\"modified\":\"2026-11-02T09:00:00.000Z\","
	    "\"name\":\"Address seen in scans %llu\",\"indicator_types\":[\"malicious-activity\"],"
	    "\"pattern\":\"[domain-name:value = 'h%llx.example']\",\"pattern_type\":\"stix\","
	    "\"valid_from\":\"2026-11-02T09:00:00Z\",\"confidence\":%llu,"
	    "\"labels\":[\"scanner\",\"observed-%llu\"]}",
	    UUID_TEXT, id, (unsigned long long)n,
	    (unsigned long long)(n * UINT64_C(0x9E3779B97F4A7C15)), (unsigned long long)(n % 101),
	    (unsigned long long)(n % 17));
}

str bench_incident(struct arena *a, uint64_t n)
{
	return arena_printf(
	    a,
	    "{\"title\":\"Ransomware at site %llu\",\"summary\":\"Files on a file server were "
	    "encrypted; the account used is disabled, copies are being restored.\","
	    "\"category\":\"malware\",\"occurred\":\"2026-11-02T09:00:00Z\","
	    "\"affected\":[\"fs%llu.example\",\"192.0.2.%llu\"]}",
	    (unsigned long long)n, (unsigned long long)n, (unsigned long long)(n % 250));
}

const char *bench_value(uint64_t n, char ret[BENCH_VALUE])
{
	uint64_t common = n % 100 == 99 ? n / 100 % 5 : n,
		 x = common * UINT64_C(0x9E3779B97F4A7C15);

	switch (common % 4) {
	case 0: /* 11.0.0.0 and up: none of the ranges that concern nobody */
		(void)snprintf(ret, BENCH_VALUE, "%u.%u.%u.%u", (unsigned)(11 + (x >> 24) % 89),
			       (unsigned)(x >> 32 & 255), (unsigned)(x >> 40 & 255),
			       (unsigned)(x >> 48 & 255));
		return "ip-dst";
	case 1:
		(void)snprintf(ret, BENCH_VALUE, "%016llx%016llx%016llx%016llx",
			       (unsigned long long)x, (unsigned long long)~x,
			       (unsigned long long)(x ^ x >> 7), (unsigned long long)common);
		return "sha256";
	default:
		(void)snprintf(ret, BENCH_VALUE, "h%llx.example", (unsigned long long)x);
		return "domain";
	}
}

/* ---- bare SQLite ---- */

static void floor_ok(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
	exit(1);
}

void floor_exec(sqlite3 *db, const char *sql)
{
	floor_ok(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

sqlite3 *floor_open(const char *dir)
{
	sqlite3 *db;
	char path[4096];

	(void)mkdir(dir, 0700);
	(void)snprintf(path, sizeof(path), "%s/floor.db", dir);
	if (sqlite3_open(path, &db)) {
		fprintf(stderr, "floor: cannot open %s\n", path);
		exit(1);
	}
	floor_exec(db, "PRAGMA page_size=8192;PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
		       "PRAGMA wal_autocheckpoint=12800;PRAGMA cache_size=-65536;"
		       "PRAGMA temp_store=MEMORY");
	return db;
}

sqlite3_stmt *floor_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;

	floor_ok(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL));
	return st;
}

size_t floor_step(sqlite3_stmt *st)
{
	size_t rows = 0;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		rows++;
	floor_ok(sqlite3_db_handle(st), rc);
	(void)sqlite3_reset(st);
	return rows;
}
