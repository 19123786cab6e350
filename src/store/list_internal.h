// SPDX-License-Identifier: Apache-2.0
/* list_internal: the two ways to read a list, so that a test can hold them against each other. */
#ifndef STORE_LIST_INTERNAL_H
#define STORE_LIST_INTERNAL_H

#include "store/store.h"

enum list_plan { LIST_AUTO, LIST_SCAN, LIST_MERGE };
MUST_CHECK enum err list_run(struct store *s, struct arena *a, const struct view *v,
			     const struct list_query *q, enum list_plan plan, struct record *ret,
			     size_t *ret_n, int64_t *next_pos, struct why *why);

#endif
