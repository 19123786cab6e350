// SPDX-License-Identifier: Apache-2.0
/* service_internal: what the parts of service.h share, and what the writer of records needs of jobs
 * inside its transaction. Private to store/. */
#ifndef STORE_SERVICE_INTERNAL_H
#define STORE_SERVICE_INTERNAL_H

#include "base/json.h"
#include "store/db.h"
#include "store/moved.h"
#include "store/service.h"

/* Inserts a waiting job. dedupe (nullable): a waiting job of that name is replaced. created_us 0:
 * now. */
MUST_CHECK enum err job_insert(struct db *tx, const struct job *j, const char *dedupe,
			       struct uuid *ret_uid, struct why *why);
/* A journal note in the transaction of the change it tells of (sequenced when that ends); content
 * is made canonical. */
MUST_CHECK enum err service_note(struct db *tx, int64_t actor, int64_t team, const char *kind,
				 struct arena *a, const struct json *content, struct why *why);
/* One statement in a transaction of its own on the writer; changed (nullable) gets the rows
 * touched. */
MUST_CHECK enum err service_exec(struct store *s, const char *sql, const struct db_value *args,
				 size_t n, int64_t *changed, struct why *why);
/* An entry of an earlier node, of a row that begins with these columns of moved_entry m beside
 * journal j, the one here that tells it; its texts on the arena. */
#define MOVED_ENTRY_COLUMNS                                                                        \
	"m.epoch, m.seq, m.at, m.actor, m.team, m.kind, m.subject, m.salt, m.salt2, m.digest, "    \
	"m.content, m.slice, j.content"
struct moved_entry moved_entry_row(struct db_rows *r, struct arena *a);
/* "<data>/files/ab/<sha256>" in ret; false if it does not fit. */
#define FILE_PATH_MAX 4096
bool file_path(const char *data_dir, struct digest d, char ret[FILE_PATH_MAX]);

#endif
