// SPDX-License-Identifier: Apache-2.0
/* directory: teams, circles, people and memberships as an immutable snapshot, built from their
 * records and rebuilt when one of them changes; from it come policy's world, names, ranges and
 * contacts. Take a snapshot with directory_get, give it back with directory_put; everything in it
 * lives until then. */
#ifndef TEAM_DIRECTORY_H
#define TEAM_DIRECTORY_H

#include "intel/intel.h"
#include "policy/policy.h"

#define MOVED_AWAY "moved_away" /* setting: uuids of teams that have moved away from here */

struct node;
struct directory;
struct directory_team {
	int64_t key;    /* principal */
	int64_t outbox; /* principal that holds what the team has issued (see team/outbox.h) */
	int64_t peer;   /* 0: hosted here; else reached via that link; -1: elsewhere, not reached */
	str via;        /* name of that peer; empty where there is none */
	bool moved;     /* was hosted here and has moved away */
	struct uuid uid;
	str name, name_ja, short_name, country, language, sector;
	str email, phone, phone_hours; /* the team's contact */
	struct team_ranges ranges;
	struct record record; /* without body */
};
struct directory_circle {
	int64_t key;
	struct uuid uid;
	str title, description;
	int64_t owner; /* team principal */
	enum tlp default_tlp;
	bool members_see, members_invite; /* its rules */
	int64_t roster;
	const int64_t *teams; /* members today, sorted */
	size_t n_teams;
};
struct directory_person {
	int64_t key, team;
	struct uuid uid;
	str name;
	int64_t account;           /* 0: has none */
	str email, language, role; /* of the account */
};
struct directory_view {
	const struct directory_team *teams; /* sorted by key */
	size_t n_teams;
	const struct directory_circle *circles; /* sorted by key */
	size_t n_circles;
	const struct directory_person
	    *people; /* sorted by key: active accounts, and those named elsewhere */
	size_t n_people;
	struct world world;
};

MUST_CHECK enum err directory_new(struct node *n, struct directory **ret, struct why *why);
void directory_free(struct directory *d);
/* Reads everything again and hands policy the new world. Called by record.c after a commit that
 * touched a team, circle, person, membership or account, and by the change hook for other
 * processes' commits. */
MUST_CHECK enum err directory_refresh(struct directory *d, struct why *why);
const struct directory_view *directory_get(struct directory *d);
void directory_put(struct directory *d, const struct directory_view *v);

const struct directory_team *directory_team(const struct directory_view *v,
					    int64_t key); /* also by outbox key; NULL */
/* Teams reached via a link, the next after t (NULL: the first); NULL: no more. */
const struct directory_team *directory_via(const struct directory_view *v, int64_t peer,
					   const struct directory_team *t);
const struct directory_team *directory_team_uid(const struct directory_view *v, struct uuid uid);
/* By id, short name or name (ASCII case ignored), as people type it; those hosted here first. NULL
 * when none or several. */
const struct directory_team *directory_team_named(const struct directory_view *v, str text);
/* Do the members of a circle see each other, by the body of its record? */
bool circle_members_see(const struct json *body);
const struct directory_circle *directory_circle(const struct directory_view *v, int64_t key);
const struct directory_circle *directory_circle_uid(const struct directory_view *v,
						    struct uuid uid);
const struct directory_person *directory_person(const struct directory_view *v, int64_t key);
const struct directory_person *directory_person_uid(const struct directory_view *v,
						    struct uuid uid);

#endif
