// SPDX-License-Identifier: Apache-2.0
/* First pages of 50 under policy: 200,000 incidents of 100 teams, most shared in 40 circles, for a
 * secretariat that sits in every circle and for an outsider in none; and the same page by a bare
 * keyset select over a table of the same bodies.
 * usage: bench_list DIRECTORY [RECORDS] */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "policy/policy.h"

#define TEAMS 100u
#define CIRCLES 40u
#define PER_TEAM 8u /* circles a team shares with */
#define BATCH 20000u
#define PAGE 50u
#define ROUNDS 200

struct node {
	struct store *s;
	struct policy *policy;
	int64_t team[TEAMS], circle[CIRCLES], secretariat, outsider;
	int64_t label[TEAMS][PER_TEAM + 1], clear;
	uint64_t n;
};

static unsigned circle_of(unsigned team, unsigned i)
{
	return (team * 7 + i * 5) % CIRCLES;
}

static void people(struct node *x)
{
	struct why why = {0};

	for (unsigned t = 0; t < TEAMS; t++)
		x->team[t] = bench_team(x->s, t + 10);
	x->secretariat = bench_team(x->s, 1);
	x->outsider = bench_team(x->s, 2);
	for (unsigned c = 0; c < CIRCLES; c++)
		x->circle[c] = bench_circle(x->s, c + 1);
	for (unsigned t = 0; t < TEAMS; t++) {
		for (unsigned i = 0; i <= PER_TEAM; i++) {
			const struct label_circle in = {x->circle[circle_of(t, i)], 1};
			/* the last label: the team alone */
			const struct label l = {.originator = x->team[t],
						.holder = x->team[t],
						.tlp = TLP_AMBER,
						.circles = i < PER_TEAM ? &in : NULL,
						.n_circles = i < PER_TEAM};

			bench_ok(label_intern(x->s, &l, 1, &x->label[t][i], &why), &why);
		}
	}
	const struct label all = {
	    .originator = x->team[0], .holder = x->team[0], .tlp = TLP_CLEAR, .everyone = true};

	bench_ok(label_intern(x->s, &all, 1, &x->clear, &why), &why);
}

static int by_circle(const void *a, const void *b)
{
	const struct world_member *x = a, *y = b;

	if (x->circle != y->circle)
		return x->circle < y->circle ? -1 : 1;
	return (x->team > y->team) - (x->team < y->team);
}

static void world(struct node *x)
{
	static struct world_member m[CIRCLES * (TEAMS + 1)];
	struct world_circle c[CIRCLES];
	size_t n = 0;

	for (unsigned i = 0; i < CIRCLES; i++) {
		c[i] = (struct world_circle){x->circle[i], x->secretariat, 1};
		m[n++] = (struct world_member){x->circle[i], x->secretariat, 1};
	}
	for (unsigned t = 0; t < TEAMS; t++)
		for (unsigned i = 0; i < PER_TEAM; i++)
			m[n++] = (struct world_member){x->circle[circle_of(t, i)], x->team[t], 1};
	qsort(m, n, sizeof(*m), by_circle);
	const struct world w = {
	    .members = m, .n_members = n, .circles = c, .n_circles = CIRCLES, .generation = 1};

	x->policy = policy_new(x->s);
	policy_set_world(x->policy, &w);
}

static void fill(struct node *x)
{
	static const char *const states[] = {"new", "open", "closed"}, *const severities[] = {
									   "low", "medium", "high"};
	struct arena a;
	struct why why = {0};

	arena_init(&a, 0);
	for (uint64_t done = 0; done < x->n;) {
		struct write_set w;

		write_init(&w, &a, 1, x->team[0]);
		w.slice = true;
		for (uint64_t i = 0; i < BATCH && done < x->n; i++, done++) {
			uint64_t r = done * UINT64_C(0x9E3779B97F4A7C15) >> 20;
			unsigned t = (unsigned)(r % TEAMS);
			/* 3 % with the team alone; 20 of all for everyone */
			unsigned l =
			    r / TEAMS % 100 < 3 ? PER_TEAM : (unsigned)(r / 10000 % PER_TEAM);
			bool clear = done % (x->n / 20) == 7;
			const struct record_put p = {.uid = bench_uuid(done),
						     .type = STR("x-hikeshi-incident"),
						     .team = clear ? x->team[0] : x->team[t],
						     .label = clear ? x->clear : x->label[t][l],
						     .body = bench_incident(&a, done),
						     .state = str_c(states[r % 3]),
						     .severity = str_c(severities[r / 3 % 3]),
						     .kind = "import"};

			(void)write_put(&w, &p);
		}
		bench_ok(store_commit(x->s, &w, NULL, &why), &why);
		arena_reset(&a);
	}
	arena_done(&a);
}

static void page(struct node *x, const char *who, int64_t team, const char *severity)
{
	const struct actor actor = {.account = 1,
				    .team = team,
				    .role = ROLE_ANALYST,
				    .scopes = SCOPE_ALL,
				    .language = STR("en")};
	const struct view *v = policy_view_get(x->policy, &actor, ACT_SEE);
	const int32_t type = word_find(x->s, STR("x-hikeshi-incident")),
		      sev = severity ? word_find(x->s, str_c(severity)) : 0;
	struct list_query q = {.types = &type,
			       .n_types = 1,
			       .severities = severity ? &sev : NULL,
			       .n_severities = severity != NULL,
			       .limit = PAGE,
			       .with_body = true};
	double times[ROUNDS], counts[ROUNDS];
	char name[64];
	int64_t count = 0;
	struct why why = {0};

	for (int i = 0; i < ROUNDS; i++) {
		struct record r[PAGE];
		struct arena a;
		size_t n = 0;
		int64_t next = 0;

		arena_init(&a, 0);
		double start = bench_now();

		bench_ok(store_list(x->s, &a, v, &q, r, &n, &next, &why), &why);
		times[i] = bench_now() - start;
		start = bench_now();
		bench_ok(store_count(x->s, v, &q, &count, &why), &why);
		counts[i] = bench_now() - start;
		if (n != (size_t)(count < PAGE ? count : PAGE)) {
			fprintf(stderr, "bench_list: %zu records of %lld\n", n, (long long)count);
			exit(1);
		}
		arena_done(&a);
	}
	(void)snprintf(name, sizeof(name), "list_%s_visible", who);
	bench_say(name, (double)count);
	(void)snprintf(name, sizeof(name), "list_%s_ms", who);
	bench_say(name, bench_percentile(times, ROUNDS, 0.5) * 1e3);
	(void)snprintf(name, sizeof(name), "list_%s_count_ms", who);
	bench_say(name, bench_percentile(counts, ROUNDS, 0.5) * 1e3);
	policy_view_put(x->policy, v);
}

static void bare(const char *dir, uint64_t n)
{
	sqlite3 *db = floor_open(dir);
	struct arena a;
	double times[ROUNDS];

	floor_exec(db, "CREATE TABLE t(pos INTEGER PRIMARY KEY, body BLOB) STRICT;BEGIN");
	sqlite3_stmt *in = floor_prepare(db, "INSERT INTO t(body) VALUES(?1)");

	arena_init(&a, 0);
	for (uint64_t i = 0; i < n; i++) {
		str body = bench_incident(&a, i);

		(void)sqlite3_bind_blob64(in, 1, body.p, body.n, SQLITE_STATIC);
		(void)floor_step(in);
		if (i % BATCH == 0)
			arena_reset(&a);
	}
	arena_done(&a);
	floor_exec(db, "COMMIT");
	sqlite3_stmt *st =
	    floor_prepare(db, "SELECT pos, body FROM t WHERE pos < ?1 ORDER BY pos DESC LIMIT 50");

	for (int i = 0; i < ROUNDS; i++) {
		double start = bench_now();
		size_t bytes = 0;

		(void)sqlite3_bind_int64(st, 1, INT64_MAX);
		while (sqlite3_step(st) == SQLITE_ROW)
			bytes += (size_t)sqlite3_column_bytes(st, 1) +
				 (sqlite3_column_blob(st, 1) != NULL);
		(void)sqlite3_reset(st);
		times[i] = bench_now() - start;
		if (!bytes)
			exit(1);
	}
	bench_say("floor_list_ms", bench_percentile(times, ROUNDS, 0.5) * 1e3);
	(void)sqlite3_finalize(in);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
}

int main(int argc, char **argv)
{
	static struct node x;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_list DIRECTORY [RECORDS]\n");
		return 2;
	}
	x.n = argc > 2 ? strtoull(argv[2], NULL, 10) : 200000;
	x.s = bench_store(argv[1], 1);
	people(&x);
	world(&x);
	fill(&x);
	bench_say("list_records", (double)x.n);
	bare(argv[1], x.n);
	page(&x, "most", x.secretariat, NULL);
	page(&x, "few", x.outsider, NULL);
	page(&x, "few_filtered", x.outsider, "high");
	policy_free(x.policy);
	store_close(x.s);
	return 0;
}
