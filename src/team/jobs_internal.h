// SPDX-License-Identifier: Apache-2.0
/* jobs_internal: what jobs.c runs. Private to team/. */
#ifndef TEAM_JOBS_INTERNAL_H
#define TEAM_JOBS_INTERNAL_H

#include "team/node.h"

/* import_job.c: reads a stored upload as its account. */
MUST_CHECK enum err job_import(struct node *n, struct arena *a, const struct job *j,
			       str *ret_result, struct why *why);

/* clock.c: what changes by time alone. The tick looks through the labels for an embargo or expiry
 * that has passed since the last time (kept in the setting "clock") and leaves a job "clock"; the
 * job gives every record whose embargo ended a new place in the order, with an entry of kind
 * "lapse", so that cursors and streams meet it, and takes the fresh views for what expired. Cheap
 * when nothing passed. */
MUST_CHECK enum err clock_tick(struct node *n, struct why *why);
MUST_CHECK enum err job_clock(struct node *n, struct arena *a, const struct job *j, str *ret_result,
			      struct why *why);

#endif
