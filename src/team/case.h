// SPDX-License-Identifier: Apache-2.0
/* case: incidents that turn out to be one, or two. The step mark_duplicate with duplicate_of points
 * an incident to the one that is kept; whoever did it may take it back for ten minutes (undo.h).
 * On the request's arena and thread. */
#ifndef TEAM_CASE_H
#define TEAM_CASE_H

#include "team/undo.h"

/* Parts of the rules of incidents: what duplicate_of may name; the link that goes with the step. */
MUST_CHECK enum err case_merging(struct ctx *c, struct record_draft *d, struct why *why);
MUST_CHECK enum err case_merged_write(struct ctx *c, struct record_draft *d, struct why *why);
/* Those merged into it that the actor may see. */
MUST_CHECK enum err case_merged(struct ctx *c, const struct record *r, struct record **ret,
				size_t *ret_n, struct why *why);
/* After a step of any type: the operation that takes a merging back, zero where it was none. */
MUST_CHECK enum err case_merge_keep(struct ctx *c, const struct record *was,
				    const struct record *now, struct uuid *ret, struct why *why);
MUST_CHECK enum err case_unmerge(struct ctx *c, const struct undo_item *u, struct bilingual *said,
				 struct why *why);
/* A new incident from {"title","comments":[ids],"report":[ids]}: what was chosen stands in it too,
 * and both link to each other. */
MUST_CHECK enum err case_split(struct ctx *c, const struct record *r, const struct json *request,
			       struct record *ret, struct why *why);

#endif
