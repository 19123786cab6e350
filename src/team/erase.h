// SPDX-License-Identifier: Apache-2.0
/* erase: single fields that a team takes out of what it holds and what it gave away, for good
 * (docs/formats.md 3 and 5): present text, superseded versions, entries of the journal here, and by
 * a withdrawal of those fields at everybody who was sent them. */
#ifndef TEAM_ERASE_H
#define TEAM_ERASE_H

#include "team/record.h"

#define ERASE_PATHS_MAX 64

/* A field: a member of the object, or one of `what whom when why how who`. */
struct erase_path {
	str name[2];
	size_t n; /* 1 or 2 */
};
struct erase_paths {
	const struct erase_path *p;
	size_t n;
};
/* Is it a field that an object of that kind may be without? What identifies an object, its state
 * and times are not. */
bool erase_may(const struct erase_path *p);
/* The object without them; an object left empty by it goes too. */
struct json erase_from(struct arena *a, const struct json *object, const struct erase_paths *x);
/* For write_erase; ctx: struct erase_paths. A body that cannot be read is given back empty. */
str erase_body(void *ctx, struct arena *a, str body);

/* request: {"fields":["/what/impact", ...], "reason"?}. For leads of the team that holds it. */
MUST_CHECK enum err record_erase(struct ctx *c, const struct record *r, const struct json *request,
				 struct record *ret, struct why *why);
/* Items {"id","at","fields","reason","teams":[{"team","name","applied","receipt"}]}: what was
 * erased of it at other nodes, and who has confirmed. For the team that holds it. */
MUST_CHECK enum err record_erasures(struct ctx *c, const struct record *r, struct json_out *o,
				    struct why *why);

#endif
