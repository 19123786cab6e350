// SPDX-License-Identifier: Apache-2.0
/* presence: who of a team has which record open just now, and whether they write in it. Advisory:
 * nothing is locked and nothing is kept; in memory of this process (others of the node tell theirs:
 * others.h), forgotten a minute after the last word. Whoever asks has shown before that they may
 * see the record. Bounded; thread-safe. */
#ifndef TEAM_PRESENCE_H
#define TEAM_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum presence_state { PRESENCE_GONE, PRESENCE_VIEWING, PRESENCE_WRITING };
struct present {
	int64_t record, team, account;
	enum presence_state state;
	int64_t seen_us;
};

struct presence;
struct presence *presence_new(void);
void presence_free(struct presence *p);
/* Notes what somebody does; true when the others of the team should hear of it. */
bool presence_set(struct presence *p, const struct present *x);
/* Those of a team at a record but the one who asks, earliest first; at most max. */
size_t presence_list(struct presence *p, int64_t record, int64_t team, int64_t but, int64_t now_us,
		     struct present *ret, size_t max);

#endif
