// SPDX-License-Identifier: Apache-2.0
/* process: which of the processes that serve a node this one is, and what only one of them does at
 * a time. SQLite: there is one. PostgreSQL: locks of sessions, which end with the process, however
 * it ends; that of its number is held by the listener's connection (sequencer.c). */
#include "store/db_internal.h"
#include "store/store_internal.h"

#define LOCK_SIGN 0x68696b68
#define PROCESS_KIND (INT64_C(0x686b) << 48) /* above the other locks */

int64_t process_number(void)
{
	return PROCESS_KIND | (int64_t)(random_u64() >> 16);
}

bool process_announce(struct store *s, struct db *db)
{
	int64_t got = 0;

	return db_get_int(db, "SELECT pg_try_advisory_lock(?1)::int::bigint",
			  DBARGS(DBI(s->process)), &got, NULL) == ERR_OK &&
	       got != 0;
}

enum err process_gone(struct store *s, struct db *tx, int64_t number, bool *ret, struct why *why)
{
	int64_t got = 0;
	enum err err;

	if (!s->postgres || number == s->process) {
		*ret = number != s->process;
		return ERR_OK;
	}
	/* who has it still cannot be waited for; else it is given back with the transaction */
	err = db_get_int(tx, "SELECT pg_try_advisory_xact_lock(?1)::int::bigint",
			 DBARGS(DBI(number)), &got, why);
	*ret = got != 0;
	return err;
}

static enum err lock_database(struct store *s, struct why *why)
{
	enum err err = ERR_OK;

	if (!s->signing)
		err = db_open(s->url, false, false, &s->signing, why);
	if (!err)
		err = db_exec(s->signing, "SELECT pg_advisory_lock(?1)", DBARGS(DBI(LOCK_SIGN)),
			      NULL, why);
	if (err) { /* a new connection holds nothing of the old one */
		db_close(s->signing);
		s->signing = NULL;
	}
	return err;
}

enum err signing_begin(struct store *s, struct why *why)
{
	struct why first = {0};

	pthread_mutex_lock(&s->signing_lock);
	if (!s->postgres || lock_database(s, &first) == ERR_OK)
		return ERR_OK;
	/* the database may have been started anew since */
	enum err err = lock_database(s, why);

	if (err)
		pthread_mutex_unlock(&s->signing_lock);
	return err;
}

void signing_end(struct store *s)
{
	int64_t got = 0;

	if (s->signing && (db_get_int(s->signing, "SELECT pg_advisory_unlock(?1)::int::bigint",
				      DBARGS(DBI(LOCK_SIGN)), &got, NULL) ||
			   !got)) {
		db_close(s->signing);
		s->signing = NULL;
	}
	pthread_mutex_unlock(&s->signing_lock);
}
