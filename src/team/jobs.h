// SPDX-License-Identifier: Apache-2.0
/* jobs: the background worker of a node: takes due jobs from the store and runs them by the table in jobs.c (warning.remind, mail,
 * import, text backlog, clock watch). One thread per worker; a job that fails is retried with growing pauses, up to 8 times. */
#ifndef TEAM_JOBS_H
#define TEAM_JOBS_H

#include "team/node.h"

struct jobs;
struct jobs *jobs_start(struct node *n, unsigned workers);
/* Wakes a worker: something is due now. */
void jobs_wake(struct jobs *j);
/* Lets running jobs finish, then frees. */
void jobs_stop(struct jobs *j);
/* Runs what is due on this thread until nothing is (commands without a server, tests). */
MUST_CHECK enum err jobs_run_due(struct node *n, struct why *why);

#endif
