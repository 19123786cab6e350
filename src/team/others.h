// SPDX-License-Identifier: Apache-2.0
/* others: what the processes of one PostgreSQL node say to each other that stands in no table: who
 * looks at what, whose streams end, attempts to sign in. Each has an effect here as it would have
 * there; a word that is lost is as if its process had been alone. On SQLite there is one process
 * and nothing is said. Thread-safe. */
#ifndef TEAM_OTHERS_H
#define TEAM_OTHERS_H

#include "team/node.h"
#include "team/presence.h"

/* Begins to listen; until store_close. */
void others_listen(struct node *n);
/* Notes what somebody does, and tells the team's streams where something changed. */
void others_present(struct node *n, const struct present *x, int64_t label, struct uuid uid,
		    int32_t type);
/* Closes every stream of an account (signed out, disabled). */
void others_drop_account(struct node *n, int64_t account);
/* An event for the people of one team only. */
void others_notify_team(struct node *n, int64_t team, const char *event, struct uuid uid, str type);
/* An attempt was counted under hash i of account_hear (given: taken back again). */
void others_tried(struct node *n, unsigned i, uint64_t hash, bool given);

#endif
