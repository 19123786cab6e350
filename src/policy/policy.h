// SPDX-License-Identifier: Apache-2.0
/* policy: one gate. May this actor do this with what carries this label, now? A pure function of
 * (world, actor, action, label, time) that also says why. Every exit asks it: REST, exports, mail,
 * search, counts, autocomplete, streams. Lists ask it once per label (policy_view). See
 * docs/formats.md 2 and TLP 2.0; the truth table is tests/policy/test_policy.c.
 *
 * Who sees: the holder's own team (TLP:RED: only people named, or the holder's people named in it);
 * outside it only the audience: named people, members of named teams, members of named circles
 * (AMBER, AMBER+STRICT: members at the roster of labelling who still are; GREEN, CLEAR: today's
 * members), with AMBER and wider also clients of those teams (not theirs in turn), and where the
 * audience is `everyone` the community (GREEN) or the public (CLEAR). TLP caps the audience; it
 * never widens it. Outside its window (not-before, expiry) a thing is seen by its originator alone.
 *
 * A line of code that asks one of these questions ends with the comment that tests/policy/gates.py
 * looks for
 * ("gate", in a comment of its own); the script takes such questions away one by one and asks
 * whether a test notices. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "catalog/catalog.h"
#include "policy/tlp.h"

/* The world policy decides in: an immutable snapshot made by team/directory.c; shared by reference
 * count. */
struct world_member {
	int64_t circle, team; /* principals */
	int64_t
	    joined_roster; /* roster number that first had the team; rejoining gives a new one */
};
struct world_client {
	int64_t client, provider; /* team principals: client is protected by provider */
};
struct world_circle {
	int64_t circle, owner; /* owner: team principal */
	int64_t roster;        /* present roster number */
};
struct world {
	const struct world_member *members; /* sorted by (circle, team) */
	size_t n_members;
	const struct world_client *clients; /* sorted by (client, provider) */
	size_t n_clients;
	const struct world_circle *circles; /* sorted by circle */
	size_t n_circles;
	int64_t generation; /* rises with every change */
};

struct actor {
	int64_t account;      /* 0: nobody signed in */
	int64_t person, team; /* principals */
	enum role role;
	bool node;       /* the node itself: jobs, verify, local administrator of the machine */
	bool home;       /* of the team that operates the node (the one `init` made) */
	uint32_t scopes; /* enum scope bits; sessions have all */
	str language;    /* "ja" or "en" */
	str email, name;
	int64_t confirmed_us; /* of a session: when the password was last shown */
	enum role own; /* while somebody looks as a lesser role: the role he has; else ROLE_NONE */
};
enum scope {
	SCOPE_READ = 1,
	SCOPE_WRITE = 2,
	SCOPE_IMPORT = 4,
	SCOPE_EXPORT = 8,
	SCOPE_ADMIN = 16,
	SCOPE_ALL = 31
};

enum action {
	ACT_SEE,     /* read, list, count, search, complete, stream */
	ACT_EXPORT,  /* as a file or feed: SEE and the role/scope to export */
	ACT_EDIT,    /* change one's own team's holding */
	ACT_RELABEL, /* other label on one's own team's holding */
	ACT_FORWARD, /* put into a further audience: needs the originator for AMBER and stricter */
	ACT_PUBLISH, /* to the public: TLP:CLEAR in window */
	ACT_APPROVE, /* lead of the holder's team, not the author (checked by the caller with who
			wrote it) */
};
struct verdict {
	bool ok;
	const char *code;      /* "ok" "not_in_audience" "tlp_red" "tlp_strict" "embargo" "expired"
				  "role" "scope" "not_holder" "not_originator" "left_circle" ... */
	struct bilingual text; /* one sentence for people, static storage */
};

struct verdict policy_decide(const struct world *w, const struct actor *a, enum action act,
			     const struct label *l, int64_t now_us);
/* Which reader class of TLP the actor is for a label: false if outside the audience altogether. */
bool policy_reader(const struct world *w, const struct actor *a, const struct label *l,
		   enum tlp_reader *ret);
/* May the label be given to a further team: the verdict for (from actor, to team). */
struct verdict policy_forward(const struct world *w, const struct actor *from, int64_t to_team,
			      const struct label *l, int64_t now_us);
/* Does changing label `from` to `to` need the originator (it is wider in any respect)? Errs on the
 * side of asking: a team that `from` reaches through a circle only is new when `to` names it, as it
 * would stay after leaving. */
bool policy_widens(const struct world *w, const struct label *from, const struct label *to);
/* The least restrictive label at least as restrictive as both (holder and originator of a; its key
 * where nothing changed, else 0). ERR_CONFLICT where one must and the other must not be attributed:
 * nothing may be made of both. */
MUST_CHECK enum err policy_join(struct arena *arena, const struct label *a, const struct label *b,
				struct label *ret);
/* May this actor use a type at all (role, scope)? verb: "read" "create" "edit" or a transition's
 * name. */
struct verdict policy_type(const struct actor *a, const struct catalog_type *t, const char *verb);
/* Node-wide rights: "circles" "teams" "accounts" "settings" "journal" "journal_team"
 * "accounts_other_teams" "circles_other_teams" "circle_own_team" "peers" "import". accounts,
 * journal_team: of one's own team (a lead's right); the caller lets nobody give a role that his own
 * does not cover. teams, peers, settings, journal and *_other_teams: of those alone who operate the
 * node; whoever administers a hosted team sees and changes nothing of another's accounts, and links
 * no nodes. */
struct verdict policy_node(const struct actor *a, const char *what);
/* May this actor look as another role of his own team (leads: as reader, analyst or manager; an
 * administrator as any lesser one)? Read only, and in person as nobody: what names him alone is not
 * shown. Where a right is asked, his own role has to cover it as well. */
struct verdict policy_see_as(const struct actor *a, enum role as);
/* The actor as who looks like that; who looks already keeps the role he has. */
struct actor policy_seen_as(const struct actor *a, enum role as);
bool world_is_member(const struct world *w, int64_t circle, int64_t team,
		     int64_t *ret_joined_roster);

/* A view for an actor: a bit per label, cached per (actor's team, person, role, world generation)
 * and extended as labels appear; rebuilt when a label's embargo or expiry passes. The cache is
 * thread-safe; a view is valid until policy_view_put. */
struct policy;
struct policy *policy_new(struct store *s);
void policy_free(struct policy *p);
/* Replaces the world (takes a deep copy). */
void policy_set_world(struct policy *p, const struct world *w);
/* The current world; valid until policy_world_put. */
const struct world *policy_world_get(struct policy *p);
void policy_world_put(struct policy *p, const struct world *w);
const struct view *policy_view_get(struct policy *p, const struct actor *a, enum action act);
void policy_view_put(struct policy *p, const struct view *v);

#endif
