// SPDX-License-Identifier: Apache-2.0
/* The gate: the golden truth table of TLP 2.0, an independent restatement of it, and laws that must
 * hold for every label, world and actor. */
#include "base/clock.h"
#include "policy/policy.h"
#include "tests/check.h"
#include "tests/policy/world.h"

#define O 10 /* originator */
#define N 20 /* named organisation */
#define C 30 /* client of N */
#define D 35 /* client of C */
#define M 40 /* other community member */
#define P 50 /* team of the named person */

static const struct world_client clients[] = {{C, N}, {D, C}};
static const struct world_member members[] = {{100, M, 3}, {100, P, 1}};
static const struct world world = {
    .members = members, .n_members = 2, .clients = clients, .n_clients = 2};

static bool sees(struct actor a, const struct label *l)
{
	return policy_decide(&world, &a, ACT_SEE, l, W_NOW).ok;
}

/* Audience {person p, organisation o, everyone}, as the golden table has it. */
static void agrees_with_the_golden_table(void)
{
	static const char golden[] = "RED Y N N N N\n"
				     "STRICT Y Y N N N\n"
				     "AMBER Y Y Y N N\n"
				     "GREEN Y Y Y Y N\n"
				     "CLEAR Y Y Y Y Y\n";
	static const char *const names[] = {"CLEAR", "GREEN", "AMBER", "STRICT", "RED"};
	static const int64_t teams[] = {N};
	static const struct label_person people[] = {{P, 51}};
	const struct actor readers[] = {
	    actor_of(P, 51), actor_of(N, 21), actor_of(C, 31), actor_of(M, 41), {0}};
	BUF(table);

	for (int tlp = TLP_RED; tlp >= TLP_CLEAR; tlp--) {
		const struct label l = {.originator = O,
					.holder = O,
					.tlp = (enum tlp)tlp,
					.everyone = true,
					.teams = teams,
					.n_teams = 1,
					.people = people,
					.n_people = 1};

		buf_printf(&table, "%s", names[tlp]);
		for (size_t i = 0; i < ARRAY_LEN(readers); i++)
			buf_printf(&table, " %s", sees(readers[i], &l) ? "Y" : "N");
		buf_add_char(&table, '\n');
	}
	CHECK(str_eq(buf_str(&table), STR(golden)));
}

static void caps_but_never_widens(void)
{
	static const int64_t teams[] = {N};

	for (int tlp = TLP_CLEAR; tlp <= TLP_RED; tlp++) {
		const struct label l = {.originator = O,
					.holder = O,
					.tlp = (enum tlp)tlp,
					.teams = teams,
					.n_teams = 1};

		CHECK(!sees(actor_of(M, 41), &l));
		CHECK(!sees((struct actor){0}, &l));
		CHECK(!sees(actor_of(D, 36), &l)); /* clients of clients: never */
		CHECK(sees(actor_of(C, 31), &l) == (tlp <= TLP_AMBER));
	}
}

static void shows_red_to_the_people_named_in_the_own_team_only(void)
{
	static const struct label_person people[] = {{O, 11}};
	const struct label l = {
	    .originator = O, .holder = O, .tlp = TLP_RED, .people = people, .n_people = 1};
	const struct label strict = {.originator = O, .holder = O, .tlp = TLP_AMBER_STRICT};

	CHECK(sees(actor_of(O, 11), &l));
	CHECK(!sees(actor_of(O, 12), &l));
	CHECK(!sees(actor_of(O, 0), &l));
	CHECK(!sees(actor_of(M, 11), &l)); /* left the team */
	CHECK(sees(actor_of(O, 12), &strict));
}

static void counts_members_at_the_roster_for_amber_and_todays_for_green(void)
{
	static const struct {
		enum tlp tlp;
		int64_t roster;
		bool m, p; /* M joined at roster 3, P at 1 */
		const char *m_code;
	} rows[] = {
	    {TLP_AMBER, 3, true, true, "ok"},
	    {TLP_AMBER, 2, false, true, "joined_later"},
	    {TLP_AMBER_STRICT, 2, false, true, "joined_later"},
	    {TLP_AMBER, 0, false, false, "joined_later"},
	    {TLP_GREEN, 0, true, true, "ok"},
	    {TLP_CLEAR, 0, true, true, "ok"},
	    {TLP_RED, 5, false, false, "tlp_red"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct label_circle circle = {100, rows[i].roster};
		const struct label l = {.originator = O,
					.holder = O,
					.tlp = rows[i].tlp,
					.circles = &circle,
					.n_circles = 1};
		struct actor m = actor_of(M, 41), p = actor_of(P, 51);

		CHECK(sees(m, &l) == rows[i].m && sees(p, &l) == rows[i].p);
		CHECK(!strcmp(policy_decide(&world, &m, ACT_SEE, &l, W_NOW).code, rows[i].m_code));
		CHECK(!sees(actor_of(N, 21), &l)); /* no member, or no longer */
	}
}

static void forgets_who_left_a_circle(void)
{
	const struct label_circle circle = {100, 3};
	const struct world empty = {0};
	const struct label l = {
	    .originator = O, .holder = O, .tlp = TLP_AMBER, .circles = &circle, .n_circles = 1};
	struct actor m = actor_of(M, 41);

	CHECK(policy_decide(&world, &m, ACT_SEE, &l, W_NOW).ok);
	CHECK(!strcmp(policy_decide(&empty, &m, ACT_SEE, &l, W_NOW).code, "not_in_audience"));
}

static void holds_embargo_and_expiry_to_the_microsecond(void)
{
	static const int64_t teams[] = {N};
	static const struct {
		int64_t nbf, exp;
		const char *code;
	} rows[] = {
	    {0, 0, "ok"},
	    {W_NOW, 0, "ok"},
	    {W_NOW + 1, 0, "embargo"},
	    {0, W_NOW, "expired"},
	    {0, W_NOW + 1, "ok"},
	    {W_NOW, W_NOW + 1, "ok"},
	    {W_NOW + 1, W_NOW, "embargo"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct label l = {.originator = O,
					.holder = O,
					.tlp = TLP_CLEAR,
					.everyone = true,
					.teams = teams,
					.n_teams = 1,
					.not_before_us = rows[i].nbf,
					.expires_us = rows[i].exp};
		struct label copy = l;
		struct actor n = actor_of(N, 21), o = actor_of(O, 11), nobody = {0};
		bool open = !strcmp(rows[i].code, "ok");

		copy.holder = N;
		CHECK(!strcmp(policy_decide(&world, &n, ACT_SEE, &l, W_NOW).code, rows[i].code));
		CHECK(policy_decide(&world, &nobody, ACT_SEE, &l, W_NOW).ok == open);
		CHECK(policy_decide(&world, &o, ACT_SEE, &l, W_NOW).ok); /* the originator always */
		CHECK(policy_decide(&world, &n, ACT_SEE, &copy, W_NOW).ok ==
		      open); /* holding a copy changes nothing */
		CHECK(policy_decide(&world, &o, ACT_PUBLISH, &l, W_NOW).ok == open);
		CHECK(policy_decide(&world, &o, ACT_FORWARD, &l, W_NOW).ok == open);
		CHECK(policy_forward(&world, &o, M, &l, W_NOW).ok == open);
	}
}

static void asks_role_scope_and_holder(void)
{
	static const struct {
		enum action act;
		enum role role;
		uint32_t scope;
		bool holder_only;
	} rows[] = {
	    {ACT_SEE, ROLE_READER, SCOPE_READ, false},
	    {ACT_EXPORT, ROLE_READER, SCOPE_EXPORT, false},
	    {ACT_EDIT, ROLE_ANALYST, SCOPE_WRITE, true},
	    {ACT_RELABEL, ROLE_ANALYST, SCOPE_WRITE, true},
	    {ACT_FORWARD, ROLE_ANALYST, SCOPE_WRITE, false},
	    {ACT_PUBLISH, ROLE_LEAD, SCOPE_WRITE, true},
	    {ACT_APPROVE, ROLE_LEAD, SCOPE_WRITE, true},
	};
	const struct label l = {.originator = O, .holder = O, .tlp = TLP_CLEAR, .everyone = true};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int role = ROLE_NONE; role <= ROLE_ADMINISTRATOR; role++) {
			struct actor a = actor_of(O, 11);
			bool covered = role_covers((enum role)role, rows[i].role);
			struct verdict v;

			a.role = (enum role)role;
			v = policy_decide(&world, &a, rows[i].act, &l, W_NOW);
			CHECK(v.ok == covered && (v.ok || !strcmp(v.code, "role")));
			a.scopes = SCOPE_ALL & ~rows[i].scope;
			CHECK(!policy_decide(&world, &a, rows[i].act, &l, W_NOW).ok);
			a.scopes = rows[i].scope;
			CHECK(policy_decide(&world, &a, rows[i].act, &l, W_NOW).ok == covered);
		}
		struct actor other = actor_of(M, 41), nobody = {0}, node = {.node = true};
		struct verdict v = policy_decide(&world, &other, rows[i].act, &l, W_NOW);

		CHECK(v.ok == !rows[i].holder_only && (v.ok || !strcmp(v.code, "not_holder")));
		CHECK(policy_decide(&world, &nobody, rows[i].act, &l, W_NOW).ok ==
		      (rows[i].act == ACT_SEE));
		CHECK(policy_decide(&world, &node, rows[i].act, &l, W_NOW).ok);
	}
}

static void binds_even_the_node_at_the_door(void)
{
	const struct actor node = {.node = true};
	const struct label amber = {.originator = O, .holder = O, .tlp = TLP_AMBER};

	CHECK(policy_decide(&world, &node, ACT_SEE, &amber, W_NOW).ok);
	CHECK(!policy_decide(&world, &node, ACT_PUBLISH, &amber, W_NOW).ok);
	CHECK(!policy_decide(&world, &node, ACT_FORWARD, &amber, W_NOW).ok);
}

static void says_why_in_both_languages(void)
{
	uint64_t seed = 7;
	struct small_world s;

	world_random(&s, 3);
	for (int i = 0; i < 20000; i++) {
		struct small_label l;
		struct actor a = actor_of(rnd(&seed, W_TEAMS + 1), 0);
		struct verdict v;

		label_random(&l, &seed);
		a.role = (enum role)rnd(&seed, ROLE_ADMINISTRATOR + 1);
		a.scopes = rnd(&seed, 32);
		a.account = rnd(&seed, 4);
		v = policy_decide(&s.w, &a, (enum action)rnd(&seed, ACT_APPROVE + 1), &l.l, W_NOW);
		CHECK(v.code && v.text.en.n && v.text.ja.n && v.ok == !strcmp(v.code, "ok"));
	}
}

/* The rule once more, written another way: walk over the audience, not over the reader. */
static bool oracle_sees(const struct world *w, const struct actor *a, const struct label *l,
			bool *ret_direct)
{
	bool direct = false, client = false;

	for (size_t i = 0; i < l->n_people; i++)
		if (l->people[i].team == a->team && l->people[i].person == a->person && a->person)
			return *ret_direct = true;
	for (int64_t t = 1; t <= W_TEAMS; t++) {
		bool in = false;

		for (size_t i = 0; i < l->n_teams; i++)
			in |= l->teams[i] == t;
		for (size_t i = 0; i < l->n_circles; i++)
			for (size_t j = 0; j < w->n_members; j++)
				in |= w->members[j].circle == l->circles[i].circle &&
				      w->members[j].team == t &&
				      (l->tlp < TLP_AMBER ||
				       w->members[j].joined_roster <= l->circles[i].roster);
		direct |= in && t == a->team;
		for (size_t j = 0; j < w->n_clients; j++)
			client |=
			    in && w->clients[j].provider == t && w->clients[j].client == a->team;
	}
	*ret_direct = direct;
	if (l->tlp == TLP_RED)
		return false;
	if (direct || (l->tlp <= TLP_AMBER && client))
		return true;
	return l->everyone && l->tlp <= TLP_GREEN;
}

static void agrees_with_an_independent_reading(void)
{
	uint64_t seed = 11;

	for (int i = 0; i < 60; i++) {
		struct small_world s;

		world_random(&s, (uint64_t)i);
		for (int j = 0; j < 200; j++) {
			struct small_label l;

			label_random(&l, &seed);
			l.l.not_before_us = l.l.expires_us = 0;
			for (int64_t t = 1; t <= W_TEAMS; t++)
				for (int64_t p = 0; p <= W_PEOPLE; p++) {
					struct actor a = actor_of(t, p ? t * 1000 + p : 0);
					bool direct, want = oracle_sees(&s.w, &a, &l.l, &direct);

					if (t == l.l.holder && l.l.tlp != TLP_RED)
						want = true;
					CHECK(policy_decide(&s.w, &a, ACT_SEE, &l.l, W_NOW).ok ==
					      want);
				}
		}
	}
}

static void allows_less_the_stricter_the_label(void)
{
	uint64_t seed = 5;
	struct small_world s;

	world_random(&s, 9);
	for (int i = 0; i < 5000; i++) {
		struct small_label l;
		struct actor a = actor_of(1 + rnd(&seed, W_TEAMS), 0);

		label_random(&l, &seed);
		if (rnd(&seed, 2))
			a.person = a.team * 1000 + 1;
		for (int tlp = TLP_GREEN; tlp <= TLP_RED; tlp++)
			for (int act = ACT_SEE; act <= ACT_APPROVE; act++) {
				struct label wide = l.l, narrow = l.l;

				narrow.tlp = (enum tlp)tlp;
				wide.tlp = (enum tlp)(tlp - 1);
				if (policy_decide(&s.w, &a, (enum action)act, &narrow, W_NOW).ok)
					CHECK(
					    policy_decide(&s.w, &a, (enum action)act, &wide, W_NOW)
						.ok);
			}
	}
}

static void publishes_only_what_the_public_may_see(void)
{
	uint64_t seed = 17;
	struct small_world s;
	int published = 0;

	world_random(&s, 1);
	for (int i = 0; i < 5000; i++) {
		struct small_label l;
		const struct actor nobody = {0};
		struct actor a;

		label_random(&l, &seed);
		a = actor_of(l.l.holder, 0);
		if (!policy_decide(&s.w, &a, ACT_PUBLISH, &l.l, W_NOW).ok)
			continue;
		published++;
		l.l.everyone = true;
		CHECK(policy_decide(&s.w, &nobody, ACT_SEE, &l.l, W_NOW).ok);
	}
	CHECK(published > 100);
}

static void passes_on_by_the_table(void)
{
	static const int64_t teams[] = {N};
	static const struct {
		enum tlp tlp;
		int64_t from, holder, to;
		const char *code;
	} rows[] = {
	    {TLP_GREEN, N, N, M, "ok"},
	    {TLP_CLEAR, N, O, M, "ok"},
	    {TLP_AMBER, N, N, C, "ok"},
	    {TLP_AMBER, N, N, M, "not_originator"},
	    {TLP_AMBER, C, C, D, "client_of_client"}, /* though it holds a copy */
	    {TLP_AMBER, O, O, M, "ok"},
	    {TLP_AMBER_STRICT, N, N, C, "not_originator"},
	    {TLP_AMBER_STRICT, O, O, C, "ok"},
	    {TLP_RED, N, N, M, "tlp_red"},
	    {TLP_AMBER, M, O, C, "not_in_audience"},
	    {TLP_AMBER, N, N, N, "ok"},
	    {TLP_GREEN, N, N, 0, "not_in_audience"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct label l = {.originator = O,
					.holder = rows[i].holder,
					.tlp = rows[i].tlp,
					.teams = teams,
					.n_teams = 1};
		struct actor a = actor_of(rows[i].from, 0);
		struct verdict v = policy_forward(&world, &a, rows[i].to, &l, W_NOW);

		if (strcmp(v.code, rows[i].code))
			printf("# row %zu: %s\n", i, v.code);
		CHECK(!strcmp(v.code, rows[i].code));
	}
	struct actor reader = actor_of(N, 21);
	const struct label l = {
	    .originator = O, .holder = O, .tlp = TLP_GREEN, .teams = teams, .n_teams = 1};

	/* a holder outside the audience (a stray copy) has nothing to pass on to its clients */
	static const int64_t elsewhere[] = {M};
	const struct label stray = {
	    .originator = O, .holder = C, .tlp = TLP_AMBER, .teams = elsewhere, .n_teams = 1};
	struct actor c = actor_of(C, 0);

	CHECK(!strcmp(policy_forward(&world, &c, D, &stray, W_NOW).code, "not_originator"));
	reader.role = ROLE_READER;
	CHECK(!strcmp(policy_forward(&world, &reader, M, &l, W_NOW).code, "role"));
}

/* Copies wander: who holds one forwards it where the gate lets him, and may narrow its label.
 * Nobody ever holds what the first label did not permit. */
static void launders_nothing_on_random_walks(void)
{
	uint64_t seed = 23;
	int steps = 0;

	for (int world_nr = 0; world_nr < 2000; world_nr++) {
		struct small_world s;
		struct small_label first, label[W_TEAMS + 1];
		bool holds[W_TEAMS + 1] = {false};

		world_random(&s, (uint64_t)world_nr);
		label_random(&first, &seed);
		first.l.not_before_us = first.l.expires_us = 0;
		for (int64_t t = 1; t <= W_TEAMS; t++) {
			struct actor a = actor_of(t, 0);
			bool direct;

			holds[t] =
			    t != first.l.originator && oracle_sees(&s.w, &a, &first.l, &direct);
			label[t] = first;
			label[t].l.circles = label[t].circles;
			label[t].l.teams = label[t].teams;
			label[t].l.people = label[t].people;
			label[t].l.holder = t;
		}
		for (int step = 0; step < 20; step++, steps++) {
			int64_t from = 1 + rnd(&seed, W_TEAMS), to = 1 + rnd(&seed, W_TEAMS);
			struct actor a = actor_of(from, 0), b = actor_of(to, 0);
			bool direct, permitted;

			if (!holds[from] || to == first.l.originator)
				continue;
			if (rnd(&seed, 3) == 0) {
				struct small_label other;

				label_random(&other, &seed);
				other.l.originator = first.l.originator;
				other.l.holder = from;
				if (!policy_widens(&s.w, &label[from].l, &other.l)) {
					label[from] = other;
					label[from].l.circles = label[from].circles;
					label[from].l.teams = label[from].teams;
					label[from].l.people = label[from].people;
				}
			}
			if (!policy_forward(&s.w, &a, to, &label[from].l, W_NOW).ok)
				continue;
			permitted =
			    oracle_sees(&s.w, &b, &first.l, &direct) || first.l.tlp <= TLP_GREEN;
			CHECK(permitted);
			holds[to] = true;
			label[to] = label[from];
			label[to].l.circles = label[to].circles;
			label[to].l.teams = label[to].teams;
			label[to].l.people = label[to].people;
			label[to].l.holder = to;
		}
	}
	CHECK(steps == 40000);
}

static void judges_types_and_the_node(void)
{
	static const struct {
		const char *what;
		enum role role;
		bool home;
	} rows[] = {{"circles", ROLE_SECRETARIAT, false},
		    {"teams", ROLE_SECRETARIAT, true},
		    {"circles_other_teams", ROLE_SECRETARIAT, true},
		    {"accounts", ROLE_LEAD, false},
		    {"accounts_other_teams", ROLE_SECRETARIAT, true},
		    {"peers", ROLE_ADMINISTRATOR, true},
		    {"settings", ROLE_ADMINISTRATOR, true},
		    {"journal", ROLE_ADMINISTRATOR, true},
		    {"import", ROLE_ANALYST, false}};
	const struct catalog_transition step = {.name = STR_INIT("approve"), .role = ROLE_LEAD};
	const struct catalog_type t = {.read = ROLE_READER,
				       .create = ROLE_ANALYST,
				       .edit = ROLE_LEAD,
				       .transitions = &step,
				       .n_transitions = 1};

	for (int role = ROLE_NONE; role <= ROLE_ADMINISTRATOR; role++) {
		struct actor a = actor_of(O, 11);

		a.role = (enum role)role;
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			struct actor narrow = a;

			/* a hosted team's administrator is none of the node */
			a.home = false;
			CHECK(policy_node(&a, rows[i].what).ok ==
			      (!rows[i].home && role_covers(a.role, rows[i].role)));
			a.home = narrow.home = true;
			narrow.scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_EXPORT;
			CHECK(policy_node(&a, rows[i].what).ok ==
			      role_covers(a.role, rows[i].role));
			CHECK(!policy_node(&narrow, rows[i].what).ok);
		}
		CHECK(policy_type(&a, &t, "read").ok == role_covers(a.role, ROLE_READER));
		CHECK(policy_type(&a, &t, "create").ok == role_covers(a.role, ROLE_ANALYST));
		CHECK(policy_type(&a, &t, "edit").ok == role_covers(a.role, ROLE_LEAD));
		CHECK(policy_type(&a, &t, "approve").ok == role_covers(a.role, ROLE_LEAD));
		CHECK(!strcmp(policy_type(&a, &t, "explode").code, "unknown_verb"));
		a.scopes = SCOPE_READ;
		CHECK(!policy_type(&a, &t, "create").ok && !policy_type(&a, &t, "approve").ok &&
		      !policy_type(&a, &t, "edit").ok);
		a.scopes = SCOPE_ALL & ~(uint32_t)SCOPE_READ;
		CHECK(!policy_type(&a, &t, "read").ok);
		CHECK(!policy_node(&a, "everything").ok);
	}
	const struct actor nobody = {0}, node = {.node = true};

	CHECK(!strcmp(policy_type(&nobody, &t, "read").code, "sign_in") &&
	      !policy_node(&nobody, "circles").ok);
	CHECK(policy_type(&node, &t, "create").ok && policy_node(&node, "settings").ok);
}

/* Whoever looks as another role: what that role may and he may too, reading alone, and nothing that
 * names him in person. */
static void looks_as_a_lesser_role(void)
{
	static const struct label_person people[] = {{O, 11}};
	const struct label red = {
	    .originator = O, .holder = O, .tlp = TLP_RED, .people = people, .n_people = 1};
	const struct label own = {.originator = O, .holder = O, .tlp = TLP_AMBER};
	static const char may[7][8] = {
	    /* as:         n r a l m s a */
	    [ROLE_NONE] = "-------",         [ROLE_READER] = "-------",
	    [ROLE_ANALYST] = "-------",      [ROLE_LEAD] = "-yy-y--",
	    [ROLE_MANAGER] = "-------",      [ROLE_SECRETARIAT] = "-yyyy--",
	    [ROLE_ADMINISTRATOR] = "-yyyyy-"};

	for (int role = ROLE_NONE; role <= ROLE_ADMINISTRATOR; role++)
		for (int as = ROLE_NONE; as <= ROLE_ADMINISTRATOR; as++) {
			const struct catalog_type t = {
			    .read = (enum role)as, .create = ROLE_READER, .edit = ROLE_READER};
			struct actor a = actor_of(O, 11), seen;

			a.role = (enum role)role;
			a.home = true;
			seen = policy_seen_as(&a, (enum role)as);
			CHECK(policy_see_as(&a, (enum role)as).ok == (may[role][as] == 'y'));
			CHECK(seen.own == a.role && !seen.person &&
			      seen.role == (role ? (enum role)as : ROLE_NONE));
			if (role == ROLE_NONE) { /* and gains none */
				CHECK(!policy_type(&seen, &t, "create").ok &&
				      !policy_node(&seen, "paste").ok);
				continue;
			}
			CHECK(policy_type(&seen, &t, "read").ok ==
			      (role_covers(seen.role, t.read) && role_covers(a.role, t.read)));
			CHECK(!policy_type(&seen, &t, "create").ok &&
			      !policy_type(&seen, &t, "edit").ok);
			CHECK(!policy_node(&seen, "import").ok && !policy_node(&seen, "paste").ok);
			CHECK(policy_node(&seen, "peers").ok ==
			      (role == ROLE_ADMINISTRATOR && as == ROLE_ADMINISTRATOR));
			/* chosen by the role he has, also while he looks */
			CHECK(policy_see_as(&seen, ROLE_READER).ok ==
			      (may[role][ROLE_READER] == 'y'));
			if (as == ROLE_NONE)
				continue;
			CHECK(sees(a, &red) && !sees(seen, &red) && sees(seen, &own));
			CHECK(!policy_decide(&world, &seen, ACT_EDIT, &own, W_NOW).ok &&
			      !policy_decide(&world, &seen, ACT_FORWARD, &own, W_NOW).ok);
			CHECK(policy_decide(&world, &seen, ACT_EXPORT, &own, W_NOW).ok);
		}
	const struct actor nobody = {0};
	struct actor narrow = actor_of(O, 11);

	narrow.scopes = SCOPE_WRITE;
	CHECK(!policy_see_as(&nobody, ROLE_READER).ok && !policy_see_as(&narrow, ROLE_READER).ok);
}

/* A million decisions; what one costs is printed. */
static void many_decisions(void)
{
	uint64_t seed = 2;
	struct small_world s;
	struct small_label l[64];
	int64_t start;
	int yes = 0;
	const struct actor a = actor_of(3, 3001);

	world_random(&s, 4);
	for (size_t i = 0; i < ARRAY_LEN(l); i++) {
		label_random(&l[i], &seed);
		l[i].l.circles = l[i].circles;
	}
	start = clock_mono_us();
	for (int i = 0; i < 1000000; i++)
		yes += policy_decide(&s.w, &a, ACT_SEE, &l[i & 63].l, W_NOW).ok;
	printf("# %.1f ns a decision, %d allowed\n", (double)(clock_mono_us() - start) / 1000.0,
	       yes);
	CHECK(yes > 0);
}

RUN_TESTS({"agrees with the golden table", agrees_with_the_golden_table},
	  {"caps but never widens", caps_but_never_widens},
	  {"shows RED to the people named in the own team only",
	   shows_red_to_the_people_named_in_the_own_team_only},
	  {"counts members at the roster for AMBER and today's for GREEN",
	   counts_members_at_the_roster_for_amber_and_todays_for_green},
	  {"forgets who left a circle", forgets_who_left_a_circle},
	  {"holds embargo and expiry to the microsecond",
	   holds_embargo_and_expiry_to_the_microsecond},
	  {"asks role, scope and holder", asks_role_scope_and_holder},
	  {"binds even the node at the door", binds_even_the_node_at_the_door},
	  {"says why in both languages", says_why_in_both_languages},
	  {"agrees with an independent reading", agrees_with_an_independent_reading},
	  {"allows less the stricter the label", allows_less_the_stricter_the_label},
	  {"publishes only what the public may see", publishes_only_what_the_public_may_see},
	  {"passes on by the table", passes_on_by_the_table},
	  {"launders nothing on random walks", launders_nothing_on_random_walks},
	  {"judges types and the node", judges_types_and_the_node},
	  {"looks as a lesser role", looks_as_a_lesser_role},
	  {"a million decisions", many_decisions})
