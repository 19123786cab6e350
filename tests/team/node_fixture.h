// SPDX-License-Identifier: Apache-2.0
/* node_fixture: a fresh node in a temporary directory, on SQLite or PostgreSQL, with two teams (the
 * first is the home team), a circle of both and a lead and an analyst in each, without passwords.
 * For tests of team/ and above. One thread. */
#ifndef TESTS_TEAM_NODE_FIXTURE_H
#define TESTS_TEAM_NODE_FIXTURE_H

#include "team/account.h"
#include "team/setup.h"
#include "tests/check.h"

struct node_fixture {
	char dir[64], url[256];
	struct node *node;
	struct arena a;
	int64_t team[2];
	struct uuid team_uid[2], circle;
	int64_t lead[2], analyst[2]; /* accounts: lead0@aoi.example ... */
};
/* False: skipped (no PostgreSQL) or failed (then the running test has failed too);
 * node_fixture_close is safe either way. */
bool node_fixture_open(struct node_fixture *f, bool postgres);
/* Closes the node and opens it again, as after a restart. */
bool node_fixture_reopen(struct node_fixture *f);
void node_fixture_close(struct node_fixture *f);
/* A context for an account (0: the node itself for the home team); actor must outlive it. End with
 * ctx_done. */
void node_fixture_ctx(struct node_fixture *f, int64_t account, struct actor *actor, struct ctx *c);
/* Parses JSON written with ' for " into the fixture's arena. */
struct json node_fixture_json(struct node_fixture *f, const char *text);
/* Path of a real file below the corpus, or NULL when there is none. */
const char *node_fixture_corpus(struct node_fixture *f, const char *path);
/* "<source>/tests/data/<name>" */
const char *node_fixture_data(struct node_fixture *f, const char *name);

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

/* Both back ends: BOTH(name) makes name_sqlite and name_postgres of static void name(struct
 * node_fixture *). */
#define BOTH(name)                                                                                 \
	static void name##_sqlite(void)                                                            \
	{                                                                                          \
		struct node_fixture f;                                                             \
		if (node_fixture_open(&f, false))                                                  \
			name(&f);                                                                  \
		node_fixture_close(&f);                                                            \
	}                                                                                          \
	static void name##_postgres(void)                                                          \
	{                                                                                          \
		struct node_fixture f;                                                             \
		if (node_fixture_open(&f, true))                                                   \
			name(&f);                                                                  \
		node_fixture_close(&f);                                                            \
	}
#define BOTH_ROWS(name)                                                                            \
	{#name " on sqlite", name##_sqlite},                                                       \
	{                                                                                          \
#name " on postgresql", name##_postgres                                            \
	}

#endif
