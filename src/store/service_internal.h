// SPDX-License-Identifier: Apache-2.0
/* service_internal: what the writer of records needs of jobs, inside its transaction. Private to store/. */
#ifndef STORE_SERVICE_INTERNAL_H
#define STORE_SERVICE_INTERNAL_H

#include "store/db.h"
#include "store/service.h"

/* Inserts a waiting job. dedupe (nullable): a waiting job of that name is replaced. created_us 0: now. */
MUST_CHECK enum err job_insert(struct db *tx, const struct job *j, const char *dedupe, struct uuid *ret_uid,
			       struct why *why);

#endif
