// SPDX-License-Identifier: Apache-2.0
/* published: what anybody may read without an account: warnings that were issued for the public and
 * the home team's fact sheet. Everything here asks the gate as nobody, whoever is signed in: a
 * cookie makes no public page say more. Results live in the arena. */
#ifndef TEAM_PUBLISHED_H
#define TEAM_PUBLISHED_H

#include "team/warning_text.h"

/* A context of nobody; ctx_done gives it back. actor must live as long. */
void published_ctx(struct ctx *ret, struct node *n, struct arena *a, struct actor *actor,
		   const char *lang);
/* Newest first, of the teams of this node; no exercises. *ret_next 0: the end. */
MUST_CHECK enum err published_warnings(struct ctx *c, int64_t before_pos, size_t limit,
				       struct reading **ret, size_t *ret_n, int64_t *ret_next,
				       struct why *why);
/* ERR_NOTFOUND alike for what is not public and for what is not there. */
MUST_CHECK enum err published_warning(struct ctx *c, str id, struct reading *ret, struct why *why);
/* The home team's published fact sheet in that language, else in the other; ERR_NOTFOUND without
 * one. *ret_languages: those there are, "ja, en". */
MUST_CHECK enum err published_sheet(struct ctx *c, str language, struct json *ret,
				    str *ret_languages, struct why *why);

extern const struct record_rules factsheet_rules;
/* Job "factsheet.expires": a task for the team when its fact sheet ends in 30 days. */
MUST_CHECK enum err factsheet_job(struct node *n, struct arena *a, const struct job *j,
				  struct why *why);

#endif
