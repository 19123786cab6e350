// SPDX-License-Identifier: Apache-2.0
/* hub: tells live streams what changed, each event through the gate. Events are small and carry no
 * content: "event: <plural>.<kind>", data {"id","version","type"}. The last 4,096 events are kept
 * for Last-Event-ID; a gap gives "reset". Thread-safe. Publishing never blocks: a stream that does
 * not read is closed and reconnects. */
#ifndef TEAM_HUB_H
#define TEAM_HUB_H

#include "team/node.h"

struct stream;
struct hub *hub_new(struct node *n);
void hub_free(struct hub *h);
/* Registers a stream of an actor (copied) and sends hello and what it missed since last_id (0:
 * nothing). build names the assets served. */
void hub_join(struct hub *h, struct stream *st, const struct actor *a, int64_t last_id,
	      const char *build);
/* Called by the store's change hook. */
void hub_publish(struct hub *h, const struct change *changes, size_t n);
/* An event for the people of one team only ("warnings.concerns"). */
void hub_notify_team(struct hub *h, int64_t team, const char *event, struct uuid uid, str type);
/* Tells those of a team who may see a record that somebody came to it or left. Kept nowhere. */
void hub_present(struct hub *h, int64_t team, int64_t label, struct uuid uid, str type);
/* Closes every stream of an account (signed out, disabled). */
void hub_drop_account(struct hub *h, int64_t account);

#endif
