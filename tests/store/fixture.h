// SPDX-License-Identifier: Apache-2.0
/* fixture: a fresh node in a temporary directory, on SQLite or PostgreSQL, with a team, a circle
 * and two labels; for the tests of the services of store/. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/service.h"
#include "tests/check.h"
#include "tests/store/pg.h"

struct fixture {
	char dir[64], url[256];
	struct store_options options;
	struct store *s;
	struct arena a;
	int64_t team, circle;
	int64_t open_label, red_label; /* in the circle; for the team alone */
	struct why why;
};

static inline bool fixture_labels(struct fixture *f)
{
	const struct uuid team = {{1, 2, 3}}, circle = {{4, 5, 6}};

	if (principal_intern(f->s, PRINCIPAL_TEAM, &team, 1, &f->team, &f->why) ||
	    principal_intern(f->s, PRINCIPAL_CIRCLE, &circle, 1, &f->circle, &f->why))
		return false;
	const struct label_circle in = {f->circle, 1};
	const struct label l[2] = {{.originator = f->team,
				    .holder = f->team,
				    .tlp = TLP_AMBER,
				    .circles = &in,
				    .n_circles = 1},
				   {.originator = f->team,
				    .holder = f->team,
				    .tlp = TLP_RED,
				    .teams = &f->team,
				    .n_teams = 1}};
	int64_t keys[2];

	if (label_intern(f->s, l, 2, keys, &f->why))
		return false;
	f->open_label = keys[0];
	f->red_label = keys[1];
	return true;
}

/* False: skipped (no PostgreSQL) or failed (then the running test has failed too). */
static inline bool fixture_open(struct fixture *f, bool postgres)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/hikeshi-test-XXXXXX");
	if (postgres && !pg_database(f->url, sizeof(f->url))) {
		CHECK_SKIP("PostgreSQL is not installed, or does not start");
		return false;
	}
	if (!mkdtemp(f->dir))
		abort();
	arena_init(&f->a, 0);
	f->options = (struct store_options){.data_dir = f->dir, .url = postgres ? f->url : NULL};
	bool ok = store_create(&f->options, &f->why) == ERR_OK &&
		  store_open(&f->options, &f->s, &f->why) == ERR_OK && fixture_labels(f);
	if (!ok)
		printf("# %s\n", f->why.text);
	CHECK(ok);
	return ok;
}

static inline void fixture_close(struct fixture *f)
{
	char command[128];

	store_close(f->s);
	arena_done(&f->a);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	if (system(command) != 0)
		printf("# cannot remove %s\n", f->dir);
}

/* One record of a type of ours; its key. */
static inline int64_t fixture_put(struct fixture *f, struct uuid uid, const char *type,
				  int64_t label, str body, str text)
{
	struct write_set w;
	struct record_result r = {0};
	struct record_put p = {.uid = uid,
			       .type = str_c(type),
			       .team = f->team,
			       .label = label,
			       .body = body,
			       .text = text,
			       .kind = "create",
			       .state = STR("open"),
			       .severity = STR("high"),
			       .number_prefix = STR("INC"),
			       .patch = STR("{}"),
			       .why = STR("because")};

	write_init(&w, &f->a, 7, f->team);
	write_put(&w, &p);
	struct why why = {0};
	enum err err = store_commit(f->s, &w, &r, &why);
	if (err)
		printf("# %s\n", why.text);
	CHECK(err == ERR_OK);
	return r.key;
}

static inline struct view fixture_all(void)
{
	return (struct view){.all = true};
}

/* Both back ends: BOTH(name) makes name_sqlite and name_postgres of static void name(struct fixture
 * *). */
#define BOTH(name)                                                                                 \
	static void name##_sqlite(void)                                                            \
	{                                                                                          \
		struct fixture f;                                                                  \
		if (fixture_open(&f, false))                                                       \
			name(&f);                                                                  \
		if (f.s)                                                                           \
			fixture_close(&f);                                                         \
	}                                                                                          \
	static void name##_postgres(void)                                                          \
	{                                                                                          \
		struct fixture f;                                                                  \
		if (fixture_open(&f, true))                                                        \
			name(&f);                                                                  \
		if (f.s)                                                                           \
			fixture_close(&f);                                                         \
	}
#define BOTH_ROWS(name)                                                                            \
	{#name " on sqlite", name##_sqlite},                                                       \
	{                                                                                          \
#name " on postgresql", name##_postgres                                            \
	}

/* `why` inside is this macro's own, also where a test has one: the call names it */
#define OK(call)                                                                                   \
	do {                                                                                       \
		_Pragma("GCC diagnostic push");                                                    \
		_Pragma("GCC diagnostic ignored \"-Wshadow\"");                                    \
		struct why why = {0};                                                              \
		enum err err_ = (call);                                                            \
		if (err_)                                                                          \
			printf("# %s:%d: %s: %s\n", __FILE__, __LINE__, err_name(err_), why.text); \
		CHECK(err_ == ERR_OK);                                                             \
		_Pragma("GCC diagnostic pop");                                                     \
	} while (0)

#endif
