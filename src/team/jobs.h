// SPDX-License-Identifier: Apache-2.0
/* jobs: the background worker of a node: takes due jobs from the store and runs them by the table
 * in jobs.c (warning.remind, mail, import, text backlog, clock watch). One thread per worker; a job
 * that fails is retried with growing pauses, up to 8 times; what is refused (invalid, denied, not
 * found ...) is final. An import is a job of kind "import" with the payload
 * {"file":sha256 in
 * hex,"name":"feed.json","account":key,"options":{"format":"misp","tlp":"TLP:GREEN","circles":[ids],"link_to":id}}
 * (all options may be missing); its progress is {"objects","bytes","total"}, its result that of
 * import_result_json. */
#ifndef TEAM_JOBS_H
#define TEAM_JOBS_H

#include "team/node.h"

struct jobs;
/* NULL when no thread can be started. */
struct jobs *jobs_start(struct node *n, unsigned workers);
/* Wakes a worker: something is due now. */
void jobs_wake(struct jobs *j);
/* Lets running jobs finish, then frees. Takes NULL. */
void jobs_stop(struct jobs *j);
/* Runs what is due on this thread until nothing is (commands without a server, tests). */
MUST_CHECK enum err jobs_run_due(struct node *n, struct why *why);

#endif
