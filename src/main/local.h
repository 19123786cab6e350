// SPDX-License-Identifier: Apache-2.0
/* local: the socket in the data directory by which a command hands its work to the server that owns
 * the node. The client passes its descriptors (stdin, stdout, stderr, working directory) and its
 * arguments; the server runs the command and answers with the exit status. Only the user who runs
 * the server can connect (mode 0600, checked by SO_PEERCRED). */
#ifndef MAIN_LOCAL_H
#define MAIN_LOCAL_H

#include "main/cmd.h"

struct local_server;
/* Runs a command line by the table of hikeshi.c with the node of the server. */
typedef int local_run_fn(struct cmd *c, int argc, char **argv);
MUST_CHECK enum err local_start(const char *data_dir, struct node *n, struct jobs *jobs,
				local_run_fn *run, struct local_server **ret, struct why *why);
void local_stop(struct local_server *s);
/* True when a server took the command; *ret_status is its exit status. False: nobody listens. */
bool local_forward(const char *data_dir, int argc, char **argv, int *ret_status);

#endif
