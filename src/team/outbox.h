// SPDX-License-Identifier: Apache-2.0
/* outbox: what a team has issued. A team's own holding of a warning is its working copy, under its
 * own label; what recipients see is a second holding of the same id by the team's outbox (a
 * principal of its own, uuid_v5(team, "outbox")), under the label of the audience. So a correction
 * being written is in no byte that a recipient can read, and lists, search, look-up and export need
 * no exception: the gate decides by label as everywhere. The indicators of an issued warning get
 * outbox holdings too ("vouched for"); a withdrawal revokes those that no other issued warning of
 * the team vouches for, the team's own holdings with them. */
#ifndef TEAM_OUTBOX_H
#define TEAM_OUTBOX_H

#include "team/record.h"

/* Outbox principal of a team, created on first use. */
MUST_CHECK enum err outbox_principal(struct node *n, struct uuid team, int64_t *ret,
				     struct why *why);
/* The team whose outbox holds this record, else its holder: what "team" says to readers. */
int64_t outbox_team(const struct directory_view *v, int64_t holder);

#endif
