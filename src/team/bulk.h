// SPDX-License-Identifier: Apache-2.0
/* bulk: one change for many records of a list, and its taking back. Each record is changed on its
 * own, through the gate and the rules of its type, as if it had been done one by one; what is
 * refused is told with its reason and stops nothing else. Whoever made the change may take it back
 * for ten minutes (undo.h): each record is given what it said before. Never taken back: what was
 * changed again since, and what somebody at another node can have read. On the request's arena and
 * thread. */
#ifndef TEAM_BULK_H
#define TEAM_BULK_H

#include "team/record.h"

#define BULK_MOST 500
#define BULK_UNDO_US (10 * 60 * US_PER_S)

struct bulk_item {
	str id;
	int32_t version; /* it must still be this; 0: as it stands now */
};
struct bulk {
	const struct catalog_type *type;
	const struct bulk_item *items; /* at most BULK_MOST, no id twice */
	size_t n;
	str step;               /* empty: set is a merge patch; else a step, and set its fields */
	const struct json *set; /* an object */
};
struct bulk_fault {
	str id;
	enum err err;
	struct why why;
};
struct bulk_result {
	size_t done;
	struct bulk_fault *faults;
	size_t n_faults;
	struct uuid undo;      /* zero: nothing of it can be taken back */
	struct bilingual said; /* of taking back: what is to be told besides; empty: nothing */
};
/* ERR_UNPROCESSABLE for a type whose steps are not for many at once (warnings, the directory). */
MUST_CHECK enum err bulk_run(struct ctx *c, const struct bulk *b, struct bulk_result *ret,
			     struct why *why);

#endif
