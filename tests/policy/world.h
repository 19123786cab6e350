// SPDX-License-Identifier: Apache-2.0
/* world: a small random world of teams, people, circles and labels for the property tests of
 * policy. Everything lives in one struct on the stack; the generator is seeded and therefore
 * repeatable. */
#ifndef TESTS_POLICY_WORLD_H
#define TESTS_POLICY_WORLD_H

#include "policy/policy.h"

#define W_TEAMS 8   /* principals 1..8 */
#define W_CIRCLES 3 /* principals 101..103 */
#define W_PEOPLE 2  /* of each team: team * 1000 + 1, + 2 */
#define W_NOW 1000000

struct small_world {
	uint64_t seed;
	struct world w;
	struct world_member members[W_TEAMS * W_CIRCLES];
	struct world_client clients[W_TEAMS * W_TEAMS];
	struct world_circle circles[W_CIRCLES];
};
struct small_label {
	struct label l;
	struct label_circle circles[W_CIRCLES];
	int64_t teams[W_TEAMS];
	struct label_person people[W_TEAMS * W_PEOPLE];
};

static inline uint32_t rnd(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % below;
}

static inline void world_random(struct small_world *s, uint64_t seed)
{
	*s = (struct small_world){.seed = seed};
	for (int64_t c = 0; c < W_CIRCLES; c++) {
		s->circles[c] = (struct world_circle){101 + c, 1 + rnd(&s->seed, W_TEAMS), 5};
		for (int64_t t = 1; t <= W_TEAMS; t++)
			if (rnd(&s->seed, 2))
				s->members[s->w.n_members++] =
				    (struct world_member){101 + c, t, 1 + rnd(&s->seed, 5)};
	}
	for (int64_t c = 1; c <= W_TEAMS; c++)
		for (int64_t p = 1; p <= W_TEAMS; p++)
			if (c != p && rnd(&s->seed, 5) == 0)
				s->clients[s->w.n_clients++] = (struct world_client){c, p};
	s->w.members = s->members;
	s->w.clients = s->clients;
	s->w.circles = s->circles;
	s->w.n_circles = W_CIRCLES;
}

static inline void label_random(struct small_label *out, uint64_t *seed)
{
	*out = (struct small_label){0};
	out->l = (struct label){
	    .originator = 1 + rnd(seed, W_TEAMS),
	    .tlp = (enum tlp)rnd(seed, 5),
	    .everyone = rnd(seed, 3) == 0,
	    .not_before_us = rnd(seed, 4) ? 0 : W_NOW + (int64_t)rnd(seed, 3) - 1,
	    .expires_us = rnd(seed, 4) ? 0 : W_NOW + (int64_t)rnd(seed, 3) - 1,
	    .pap = (int32_t)rnd(seed, 5),
	    .attribution = (int32_t)rnd(seed, 3),
	};
	out->l.holder = out->l.originator;
	for (int64_t c = 0; c < W_CIRCLES; c++)
		if (rnd(seed, 3) == 0)
			out->circles[out->l.n_circles++] = (struct label_circle){
			    101 + c, out->l.tlp <= TLP_GREEN ? 0 : 1 + rnd(seed, 5)};
	for (int64_t t = 1; t <= W_TEAMS; t++)
		if (rnd(seed, 3) == 0)
			out->teams[out->l.n_teams++] = t;
	for (int64_t t = 1; t <= W_TEAMS; t++)
		for (int64_t p = 1; p <= W_PEOPLE; p++)
			if (rnd(seed, 6) == 0)
				out->people[out->l.n_people++] =
				    (struct label_person){t, t * 1000 + p};
	out->l.circles = out->circles;
	out->l.teams = out->teams;
	out->l.people = out->people;
}

/* Person 0: a colleague who is named nowhere. */
static inline struct actor actor_of(int64_t team, int64_t person)
{
	return (struct actor){
	    .account = 1, .team = team, .person = person, .role = ROLE_LEAD, .scopes = SCOPE_ALL};
}

#endif
