// SPDX-License-Identifier: Apache-2.0
/* migrate: brings a database to this program's schema, one numbered file of sql/<backend>/ at a
 * time, each in a transaction of its own. Table schema_version says how far it came. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/db.h"

struct migration {
	int number; /* 0 ends the table */
	const char *name;
	const char *sql;
};
extern const struct migration migrations_sqlite[];
extern const struct migration migrations_postgres[];

/* ERR_UNPROCESSABLE: the database is newer than this program. */
MUST_CHECK enum err migrate(struct db *db, struct why *why);
/* Number of the newest migration applied; 0 for an empty database. */
MUST_CHECK enum err migrate_version(struct db *db, int64_t *ret, struct why *why);

#endif
