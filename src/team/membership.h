// SPDX-License-Identifier: Apache-2.0
/* membership: who is in a circle, and joining and leaving by the circle's own rules: the owner's
 * secretariat adds and removes; where the rule says so a lead of a member adds too; a lead takes
 * his own team out. What is written is a membership record of the owner's team, in the name of
 * whoever did it. A request's thread; everything lives in its arena. */
#ifndef TEAM_MEMBERSHIP_H
#define TEAM_MEMBERSHIP_H

#include "team/record.h"

struct circle_rights {
	bool all;    /* sees all members; else the owner and his own team alone */
	bool invite; /* may add a team */
	bool remove; /* may take any team out */
	bool leave;  /* may take his own out */
};
/* By role and rules; all false for a circle that is kept on another node, but for `all`. */
struct circle_rights circle_rights(struct ctx *c, const struct directory_circle *ci);
/* The members the actor may see, in the directory's order: {"items":[{"team","name","name_ja",
 * "short_name","hosted","owner","own"}],"complete","count","rights",...}. */
void membership_list_json(struct ctx *c, const struct directory_circle *ci, struct json_out *o);
/* ERR_DENIED: neither role nor rule says so, or the circle is kept elsewhere; ERR_CONFLICT: a
 * member already; ERR_UNPROCESSABLE: no team of this node's directory. */
MUST_CHECK enum err circle_join(struct ctx *c, const struct directory_circle *ci, str team,
				struct why *why);
/* ERR_NOTFOUND: not a member, or not one the actor may see. */
MUST_CHECK enum err circle_leave(struct ctx *c, const struct directory_circle *ci, str team,
				 struct why *why);
/* The label of a membership record: the circle where its members see each other, else the owner and
 * that team. */
MUST_CHECK enum err membership_label(struct ctx *c, int64_t owner, int64_t circle, int64_t team,
				     bool members_see, int64_t *ret, struct why *why);
/* Puts into d->write (of the circle) what carries another label than its rule says from now on. */
MUST_CHECK enum err membership_relabel(struct ctx *c, struct record_draft *d, bool members_see,
				       struct why *why);

#endif
