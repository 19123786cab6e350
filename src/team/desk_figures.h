// SPDX-License-Identifier: Apache-2.0
/* desk_figures: how many reports and incidents of the actor's own team came in each week, by
 * category; of what he may see, so that a number tells nobody more than the list does. A request's
 * thread. */
#ifndef TEAM_DESK_FIGURES_H
#define TEAM_DESK_FIGURES_H

#include "team/record.h"

#define FIGURE_WEEKS_MOST 53

/* Weeks begin on Monday at 00:00 of a zone that is offset_min from UTC; the present one is the
 * last.
 * {"weeks":[start...],"exact","types":[{"type","total":[n...],"categories":[{"category","counts":
 * [n...]}...]}]}; exact false: there are more records than were looked at. */
MUST_CHECK enum err desk_figures(struct ctx *c, size_t weeks, int offset_min, struct json_out *o,
				 struct why *why);

#endif
