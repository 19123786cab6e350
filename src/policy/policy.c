// SPDX-License-Identifier: Apache-2.0
/* policy: the gate itself. Pure: reads its arguments and the tables below, allocates nothing, keeps
 * nothing. Sentences for people stand in one table, so that no refusal is without its reason. */
#include "policy/policy.h"

#define TEXT(e, j)                                                                                 \
	{                                                                                          \
		.en = STR_INIT(e), .ja = STR_INIT(j)                                               \
	}

enum reason {
	R_OK,
	R_NOT_IN_AUDIENCE,
	R_SIGN_IN,
	R_TLP_RED,
	R_TLP_STRICT,
	R_TLP_AMBER,
	R_TLP_GREEN,
	R_NOT_CLEAR,
	R_JOINED_LATER,
	R_LEFT_TEAM,
	R_EMBARGO,
	R_EXPIRED,
	R_ROLE,
	R_SCOPE,
	R_NOT_HOLDER,
	R_NOT_ORIGINATOR,
	R_HOP,
	R_SEEING_AS,
	R_NOT_OPERATOR,
	R_UNKNOWN_VERB,
};

static const struct {
	const char *code;
	struct bilingual text;
} reasons[] = {
    [R_OK] = {"ok", TEXT("allowed", "許可されています")},
    [R_NOT_IN_AUDIENCE] = {"not_in_audience",
			   TEXT("your team is not in the audience of this record",
				"あなたのチームはこの情報の共有範囲に含まれていません")},
    [R_SIGN_IN] = {"sign_in",
		   TEXT("you have to sign in for this", "この操作にはサインインが必要です")},
    [R_TLP_RED] = {"tlp_red", TEXT("TLP:RED: only the people named may read this",
				   "TLP:RED のため、名前を挙げられた受信者本人だけが閲覧できます")},
    [R_TLP_STRICT] = {"tlp_strict",
		      TEXT("TLP:AMBER+STRICT: only within the organisations it was sent to",
			   "TLP:AMBER+STRICT のため、受信した組織の中だけで共有できます")},
    [R_TLP_AMBER] = {"tlp_amber",
		     TEXT("TLP:AMBER: only the organisations it was sent to and their clients",
			  "TLP:AMBER のため、受信した組織とその顧客だけで共有できます")},
    [R_TLP_GREEN] = {"tlp_green",
		     TEXT("TLP:GREEN: only within the community, not in public",
			  "TLP:GREEN のため、コミュニティの中だけで共有でき、公開はできません")},
    [R_NOT_CLEAR] = {"not_clear", TEXT("only TLP:CLEAR may be published",
				       "公開できるのは TLP:CLEAR の情報だけです")},
    [R_JOINED_LATER] = {"joined_later",
			TEXT("your team joined the circle after this was shared",
			     "この情報はあなたのチームがサークルに参加する前に共有されたものです")},
    [R_LEFT_TEAM] = {"left_team",
		     TEXT("it was sent to you as a member of another team",
			  "この情報は別のチームの一員としてのあなたに送られたものです")},
    [R_EMBARGO] = {"embargo", TEXT("this is under embargo and not to be shared yet",
				   "公開猶予期間中のため、まだ共有できません")},
    [R_EXPIRED] = {"expired",
		   TEXT("the time for which this was shared is over", "共有期限が過ぎています")},
    [R_ROLE] = {"role",
		TEXT("your role does not allow this", "あなたの役割ではこの操作はできません")},
    [R_SCOPE] = {"scope", TEXT("the token does not have the scope for this",
			       "このトークンにはこの操作の権限がありません")},
    [R_NOT_HOLDER] = {"not_holder", TEXT("only the team that holds this record may do that",
					 "この操作は情報を保有するチームだけが行えます")},
    [R_NOT_ORIGINATOR] =
	{"not_originator",
	 TEXT("only the originator may widen the audience; ask them for consent",
	      "共有範囲を広げられるのは発信元だけです。発信元の同意を得てください")},
    [R_HOP] = {"client_of_client",
	       TEXT("what a client received is not passed on to its own clients",
		    "顧客として受け取った情報を、さらに自分の顧客へ渡すことはできません")},
    [R_SEEING_AS] = {"seeing_as", TEXT("you are looking as another role: that is for reading only",
				       "別の役割で表示しています。表示中は変更できません")},
    [R_NOT_OPERATOR] = {"not_operator", TEXT("only the team that operates this node may do that",
					     "このノードを運用するチームだけが行えます")},
    [R_UNKNOWN_VERB] = {"unknown_verb",
			TEXT("there is no such operation", "そのような操作はありません")},
};

static struct verdict verdict(enum reason r)
{
	return (struct verdict){r == R_OK, reasons[r].code, reasons[r].text};
}

/* ---- looking into the world -------------------------------------------------------------- */

bool world_is_member(const struct world *w, int64_t circle, int64_t team,
		     int64_t *ret_joined_roster)
{
	size_t lo = 0, hi = w->n_members;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct world_member *m = &w->members[mid];

		if (m->circle < circle || (m->circle == circle && m->team < team))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->n_members || w->members[lo].circle != circle || w->members[lo].team != team)
		return false;
	if (ret_joined_roster)
		*ret_joined_roster = w->members[lo].joined_roster;
	return true;
}

/* First row of a client; its rows stand together. */
static size_t first_provider(const struct world *w, int64_t client)
{
	size_t lo = 0, hi = w->n_clients;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->clients[mid].client < client)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool has_team(const struct label *l, int64_t team)
{
	size_t lo = 0, hi = l->n_teams;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->teams[mid] < team)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n_teams && l->teams[lo] == team;
}

static bool has_person(const struct label *l, int64_t team, int64_t person)
{
	if (!person || !team)
		return false;
	for (size_t i = 0; i < l->n_people; i++)
		if (l->people[i].team == team && l->people[i].person == person)
			return true;
	return false;
}

/* ---- who is the reader to the audience ---------------------------------------------------- */

/* Named directly or through a circle. AMBER and stricter reach those who were members at the roster
 * of labelling and still are; GREEN and CLEAR today's members. *why: a nearer reason than "not in".
 */
static bool team_in_audience(const struct world *w, int64_t team, const struct label *l,
			     enum reason *why)
{
	int64_t joined;

	if (!team)
		return false;
	if (has_team(l, team))
		return true;
	for (size_t i = 0; i < l->n_circles; i++) {
		if (!world_is_member(w, l->circles[i].circle, team, &joined)) /* gate */
			continue;
		if (l->tlp <= TLP_GREEN || joined <= l->circles[i].roster)
			return true;
		*why = R_JOINED_LATER;
	}
	return false;
}

static bool client_of_audience(const struct world *w, int64_t team, const struct label *l)
{
	enum reason unused = R_OK;

	for (size_t i = first_provider(w, team);
	     team && i < w->n_clients && w->clients[i].client == team; i++)
		if (team_in_audience(w, w->clients[i].provider, l, &unused))
			return true;
	return false;
}

/* The nearest class the actor has through the audience alone, whoever holds the record. */
static bool audience_reader(const struct world *w, const struct actor *a, const struct label *l,
			    enum tlp_reader *ret, enum reason *why)
{
	int64_t team = a->account ? a->team : 0;

	if (has_person(l, team, a->person)) /* gate */
		*ret = TLP_READER_RECIPIENT;
	else if (team_in_audience(w, team, l, why))
		*ret = TLP_READER_ORG;
	else if (client_of_audience(w, team, l))
		*ret = TLP_READER_CLIENT;
	else if (l->everyone)
		*ret = team ? TLP_READER_COMMUNITY : TLP_READER_PUBLIC;
	else
		return false;
	return true;
}

static bool reader_class(const struct world *w, const struct actor *a, const struct label *l,
			 enum tlp_reader *ret, enum reason *why)
{
	if (a->account && a->team && a->team == l->holder) {
		*ret = has_person(l, a->team, a->person) ? TLP_READER_RECIPIENT
							 : TLP_READER_ORG; /* gate */
		return true;
	}
	return audience_reader(w, a, l, ret, why);
}

bool policy_reader(const struct world *w, const struct actor *a, const struct label *l,
		   enum tlp_reader *ret)
{
	enum reason unused = R_OK;

	return reader_class(w, a, l, ret, &unused);
}

/* ---- seeing ------------------------------------------------------------------------------ */

static enum reason tlp_refusal(enum tlp tlp)
{
	static const enum reason rows[] = {
	    [TLP_CLEAR] = R_NOT_IN_AUDIENCE,   [TLP_GREEN] = R_TLP_GREEN, [TLP_AMBER] = R_TLP_AMBER,
	    [TLP_AMBER_STRICT] = R_TLP_STRICT, [TLP_RED] = R_TLP_RED,
	};

	return rows[tlp];
}

static enum reason window(const struct label *l, int64_t now_us)
{
	if (l->not_before_us && now_us < l->not_before_us)
		return R_EMBARGO;
	if (l->expires_us && now_us >= l->expires_us)
		return R_EXPIRED;
	return R_OK;
}

static bool is_left_person(const struct actor *a, const struct label *l)
{
	for (size_t i = 0; a->person && i < l->n_people; i++)
		if (l->people[i].person == a->person && l->people[i].team != a->team)
			return true;
	return false;
}

/* What the label says, role and scope apart. */
static enum reason see(const struct world *w, const struct actor *a, const struct label *l,
		       int64_t now_us)
{
	enum tlp_reader reader = TLP_READER_PUBLIC;
	enum reason why = R_NOT_IN_AUDIENCE;

	if (a->node)
		return R_OK;
	if (!reader_class(w, a, l, &reader, &why)) { /* gate */
		if (why == R_NOT_IN_AUDIENCE && is_left_person(a, l))
			return R_LEFT_TEAM;
		return a->account ? why : R_SIGN_IN;
	}
	if (!tlp_allows(l->tlp, reader)) /* gate */
		return tlp_refusal(l->tlp);
	/* outside its window a thing is seen by nobody but its originator */
	if (a->account && a->team && a->team == l->originator)
		return R_OK;
	return window(l, now_us); /* gate */
}

/* ---- rights of roles and scopes ---------------------------------------------------------- */

static const struct {
	enum role role;
	uint32_t scope;
	bool holder; /* only on one's own team's holding */
} rights[] = {
    [ACT_SEE] = {ROLE_READER, SCOPE_READ, false},
    [ACT_EXPORT] = {ROLE_READER, SCOPE_EXPORT, false},
    [ACT_EDIT] = {ROLE_ANALYST, SCOPE_WRITE, true},
    [ACT_RELABEL] = {ROLE_ANALYST, SCOPE_WRITE, true},
    [ACT_FORWARD] = {ROLE_ANALYST, SCOPE_WRITE, false},
    [ACT_PUBLISH] = {ROLE_LEAD, SCOPE_WRITE, true},
    [ACT_APPROVE] = {ROLE_LEAD, SCOPE_WRITE, true},
};

static enum reason may(const struct actor *a, enum role role, uint32_t scope)
{
	if (a->node)
		return R_OK;
	if (!a->account)
		return R_SIGN_IN;        /* gate */
	if (!role_covers(a->role, role)) /* gate */
		return R_ROLE;
	if (a->own && !role_covers(a->own, role)) /* gate */
		return R_ROLE;
	if (a->own && scope & (SCOPE_WRITE | SCOPE_IMPORT))
		return R_SEEING_AS;
	return (a->scopes & scope) == scope ? R_OK : R_SCOPE; /* gate */
}

static enum reason entitled(const struct actor *a, enum action act, const struct label *l)
{
	enum reason r;

	if (!a->account && !a->node)
		return act == ACT_SEE ? R_OK : R_SIGN_IN; /* the public reads what is public */
	r = may(a, rights[act].role, rights[act].scope);  /* gate */
	if (r == R_OK && rights[act].holder && !a->node && (!a->team || a->team != l->holder))
		return R_NOT_HOLDER; /* gate */
	return r;
}

struct verdict policy_decide(const struct world *w, const struct actor *a, enum action act,
			     const struct label *l, int64_t now_us)
{
	enum reason r = see(w, a, l, now_us);

	if (r == R_OK)
		r = entitled(a, act, l);
	if (r != R_OK)
		return verdict(r);
	/* what leaves stays inside its window, whoever asks */
	if (act == ACT_FORWARD || act == ACT_PUBLISH)
		r = window(l, now_us); /* gate */
	if (r == R_OK && act == ACT_PUBLISH && l->tlp != TLP_CLEAR)
		r = R_NOT_CLEAR; /* gate */
	if (r == R_OK && act == ACT_FORWARD && l->tlp >= TLP_AMBER &&
	    (!a->team || a->team != l->originator))
		r = R_NOT_ORIGINATOR; /* gate */
	return verdict(r);
}

/* ---- passing on -------------------------------------------------------------------------- */

static bool is_client(const struct world *w, int64_t client, int64_t provider)
{
	for (size_t i = first_provider(w, client);
	     i < w->n_clients && w->clients[i].client == client; i++)
		if (w->clients[i].provider == provider)
			return true;
	return false;
}

/* AMBER: an organisation it was sent to may tell its clients, and these may tell nobody (hop limit
 * 1). Who holds the record does not count here: a client that keeps a copy is still a client. */
static enum reason forward_amber(const struct world *w, const struct actor *from, int64_t to_team,
				 const struct label *l)
{
	enum tlp_reader reader = TLP_READER_PUBLIC;
	enum reason unused = R_OK;

	if (!is_client(w, to_team, from->team))
		return R_NOT_ORIGINATOR; /* gate */
	if (!audience_reader(w, from, l, &reader, &unused))
		return R_NOT_ORIGINATOR;                /* gate */
	return reader <= TLP_READER_ORG ? R_OK : R_HOP; /* gate */
}

static enum reason forward(const struct world *w, const struct actor *from, int64_t to_team,
			   const struct label *l, int64_t now_us)
{
	const struct actor recipient = {.account = -1, .team = to_team};
	enum tlp_reader reader = TLP_READER_PUBLIC;
	enum reason unused = R_OK;
	enum reason r = see(w, from, l, now_us);

	if (r == R_OK)
		r = may(from, ROLE_ANALYST, SCOPE_WRITE); /* gate */
	if (r == R_OK)
		r = window(l, now_us); /* gate */
	if (r != R_OK)
		return r;
	if (to_team && audience_reader(w, &recipient, l, &reader, &unused) &&
	    tlp_allows(l->tlp, reader)) /* gate */
		return R_OK;            /* already theirs to read */
	if (from->team && from->team == l->originator)
		return R_OK;
	if (l->tlp <= TLP_GREEN)
		return to_team ? R_OK : R_NOT_IN_AUDIENCE;
	if (l->tlp == TLP_AMBER)
		return forward_amber(w, from, to_team, l);
	return R_NOT_ORIGINATOR; /* gate */
}

struct verdict policy_forward(const struct world *w, const struct actor *from, int64_t to_team,
			      const struct label *l, int64_t now_us)
{
	return verdict(forward(w, from, to_team, l, now_us));
}

/* ---- looking as another role --------------------------------------------------------------- */

struct verdict policy_see_as(const struct actor *a, enum role as)
{
	enum role own = a->own ? a->own : a->role;
	const struct actor self = {
	    .account = a->account, .role = own, .node = a->node, .scopes = a->scopes};
	enum reason r = may(&self, ROLE_LEAD, SCOPE_READ); /* gate */

	if (r != R_OK)
		return verdict(r);
	if (as == ROLE_NONE || as == own)
		return verdict(R_ROLE);
	/* a manager reads and no more */
	if (as != ROLE_MANAGER && !role_covers(own, as)) /* gate */
		return verdict(R_ROLE);
	return verdict(R_OK);
}

struct actor policy_seen_as(const struct actor *a, enum role as)
{
	struct actor seen = *a;

	seen.own = a->own ? a->own : a->role;
	seen.role = seen.own ? as : ROLE_NONE; /* who has no role gets none */
	seen.person = 0;
	return seen;
}

/* ---- types and the node ------------------------------------------------------------------ */

struct verdict policy_type(const struct actor *a, const struct catalog_type *t, const char *verb)
{
	str v = str_c(verb);
	const struct catalog_transition *tr = catalog_transition(t, v);

	if (str_eq(v, STR("read")))
		return verdict(may(a, t->read, SCOPE_READ));
	if (str_eq(v, STR("create")))
		return verdict(may(a, t->create, SCOPE_WRITE));
	if (str_eq(v, STR("edit")))
		return verdict(may(a, t->edit, SCOPE_WRITE));
	return verdict(tr ? may(a, tr->role, SCOPE_WRITE) : R_UNKNOWN_VERB);
}

struct verdict policy_node(const struct actor *a, const char *what)
{
	/* accounts: of one's own team, and only roles that one's own covers (the caller checks
	 * that) */
	static const struct {
		str what;
		enum role role;
		uint32_t scope;
		bool home; /* of those alone who operate the node */
	} rows[] = {
	    {STR_INIT("circles"), ROLE_SECRETARIAT, SCOPE_ADMIN, false},
	    {STR_INIT("circles_other_teams"), ROLE_SECRETARIAT, SCOPE_ADMIN, true},
	    {STR_INIT("teams"), ROLE_SECRETARIAT, SCOPE_ADMIN, true},
	    {STR_INIT("accounts"), ROLE_LEAD, SCOPE_ADMIN, false},
	    {STR_INIT("accounts_other_teams"), ROLE_SECRETARIAT, SCOPE_ADMIN, true},
	    {STR_INIT("circle_own_team"), ROLE_LEAD, SCOPE_WRITE, false}, /* by a circle's rules */
	    {STR_INIT("peers"), ROLE_ADMINISTRATOR, SCOPE_ADMIN, true},
	    {STR_INIT("settings"), ROLE_ADMINISTRATOR, SCOPE_ADMIN, true},
	    {STR_INIT("journal"), ROLE_ADMINISTRATOR, SCOPE_ADMIN, true},
	    {STR_INIT("journal_team"), ROLE_LEAD, SCOPE_ADMIN, false},
	    {STR_INIT("import"), ROLE_ANALYST, SCOPE_IMPORT, false},
	    {STR_INIT("paste"), ROLE_ANALYST, SCOPE_WRITE,
	     false}, /* values into a record of one's own */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].what, str_c(what))) {
			if (rows[i].home && a->account && !a->home) /* gate */
				return verdict(R_NOT_OPERATOR);
			return verdict(may(a, rows[i].role, rows[i].scope));
		}
	return verdict(R_UNKNOWN_VERB);
}
