// SPDX-License-Identifier: Apache-2.0
#include "team/directory.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "base/vec.h"
#include "store/peers.h"
#include "team/node.h"
#include "team/outbox.h"

#define DIRECTORY_MAX 100000 /* records of one type that are read */

struct snapshot {
	struct directory_view view; /* first: what callers hold */
	struct arena arena;
	atomic_int refs;
};
struct directory {
	struct node *node;
	pthread_mutex_t lock;    /* guards current */
	pthread_mutex_t refresh; /* one refresh at a time */
	struct snapshot *current;
	int64_t generation;
};

static void snapshot_unref(struct snapshot *s)
{
	if (s && atomic_fetch_sub(&s->refs, 1) == 1) {
		arena_done(&s->arena);
		mem_free(s);
	}
}

/* All holdings of one type with bodies, oldest first. */
static enum err read_all(struct node *n, struct arena *a, str type, struct record **ret,
			 size_t *ret_n, struct why *why)
{
	VEC(struct record) all = {0};
	/* sees all: no reader, policy's own world */
	struct view everything = {.all = true};
	int32_t code = word_find(n->store, type);
	struct list_query q = {.types = &code,
			       .n_types = 1,
			       .ascending = true,
			       .limit = 1000,
			       .with_body = true,
			       .with_exercise = true};
	enum err err = ERR_OK;

	while (code && all.n < DIRECTORY_MAX) {
		struct record *page = arena_array(a, struct record, q.limit);
		size_t got = 0;
		int64_t next = 0;

		err = store_list(n->store, a, &everything, &q, page, &got, &next, why);
		if (err)
			return err;
		for (size_t i = 0; i < got; i++)
			if (page[i].form ==
			    FORM_OWN) /* what was exchanged says nothing of this node */
				vec_add(a, &all, page[i]);
		if (!next)
			break;
		q.after_pos = next;
	}
	*ret = all.p;
	*ret_n = all.n;
	return err;
}

static str field(struct arena *a, const struct json *b, const char *name)
{
	return arena_str(a, json_get_str(b, name));
}

static void team_ranges(struct arena *a, const struct json *b, struct team_ranges *ret)
{
	const struct json *cidrs = json_get_c(b, "cidrs"), *domains = json_get_c(b, "domains");
	struct net *nets = arena_array(a, struct net, json_count(cidrs) + 1);
	str *names = arena_array(a, str, json_count(domains) + 1);

	for (size_t i = 0; i < json_count(cidrs); i++)
		if (net_parse(json_str(json_at(cidrs, i)), &nets[ret->n_nets]) == ERR_OK)
			ret->n_nets++;
	for (size_t i = 0; i < json_count(domains); i++) {
		str d;

		if (value_canonical(a, VALUE_DOMAIN, json_str(json_at(domains, i)), &d, NULL) ==
		    ERR_OK)
			names[ret->n_domains++] = arena_str(a, d);
	}
	ret->nets = nets;
	ret->domains = names;
}

static enum err load_team(struct node *n, struct snapshot *s, const struct record *r,
			  struct directory_team *t, struct why *why)
{
	struct arena *a = &s->arena;
	struct json b;
	const struct json *contact;
	enum err err = json_parse(a, r->body, NULL, &b, why);

	if (err)
		return err;
	contact = json_get_c(&b, "contact");
	*t = (struct directory_team){.uid = r->uid,
				     .name = field(a, &b, "name"),
				     .name_ja = field(a, &b, "name_ja"),
				     .short_name = field(a, &b, "short_name"),
				     .country = field(a, &b, "country"),
				     .language = field(a, &b, "language"),
				     .sector = field(a, &b, "sector"),
				     .email = field(a, contact, "email"),
				     .phone = field(a, contact, "phone"),
				     .phone_hours = field(a, contact, "phone_hours"),
				     .record = *r};
	t->record.body = STR_NULL;
	team_ranges(a, &b, &t->ranges);
	err = principal_intern(n->store, PRINCIPAL_TEAM, &r->uid, 1, &t->key, why);
	if (!err)
		err = outbox_principal(n, r->uid, &t->outbox, why);
	return err;
}

static int by_team(const void *x, const void *y)
{
	const struct directory_team *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}
static int by_circle(const void *x, const void *y)
{
	const struct directory_circle *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}
static int by_person(const void *x, const void *y)
{
	const struct directory_person *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}
static int by_member(const void *x, const void *y)
{
	const struct world_member *a = x, *b = y;

	if (a->circle != b->circle)
		return a->circle < b->circle ? -1 : 1;
	return (a->team > b->team) - (a->team < b->team);
}
static int by_client(const void *x, const void *y)
{
	const struct world_client *a = x, *b = y;

	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	return (a->provider > b->provider) - (a->provider < b->provider);
}
static int by_world_circle(const void *x, const void *y)
{
	const struct world_circle *a = x, *b = y;

	return (a->circle > b->circle) - (a->circle < b->circle);
}

static void sort(void *p, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	if (n > 1)
		qsort(p, n, size, cmp);
}

static enum err principal_of(struct node *n, enum principal_kind kind, str id, int64_t *ret)
{
	struct uuid u;
	str type;

	*ret = 0;
	if (id_parse(id, &type, &u))
		return ERR_INVALID;
	*ret = principal_find(n->store, kind, u);
	return ERR_OK;
}

/* Which of them were hosted here once. */
static enum err load_moved(struct node *n, struct arena *a, struct directory_team *teams,
			   size_t count, struct why *why)
{
	struct json list;
	struct why none = {0};
	str text;
	enum err err = setting_get(n->store, a, STR(MOVED_AWAY), &text, &none);

	if (err == ERR_NOTFOUND)
		return ERR_OK;
	if (!err)
		err = json_parse(a, text, NULL, &list, &none);
	if (err)
		return why_set(why, err, "%s", none.text);
	for (size_t i = 0; i < count; i++) {
		char u[UUID_TEXT];

		uuid_text(teams[i].uid, u);
		for (size_t k = 0; k < json_count(&list) && teams[i].peer; k++)
			teams[i].moved = teams[i].moved ||
					 str_eq(json_str(json_at(&list, k)), (str){u, UUID_TEXT});
	}
	return ERR_OK;
}

/* Where the teams (sorted) work. */
static enum err load_via(struct node *n, struct arena *to, struct directory_team *teams,
			 size_t count, struct why *why)
{
	struct peer_team *via = NULL;
	size_t n_via = 0, at = 0;
	struct peer *peers = NULL;
	size_t n_peers = 0;
	ARENA(a, 0);
	enum err err = peer_teams_list(n->store, &a, 0, &via, &n_via, why);

	if (!err)
		err = peer_list(n->store, &a, &peers, &n_peers, why);

	for (size_t i = 0; i < count && !err; i++) {
		while (at < n_via && via[at].team < teams[i].key)
			at++;
		if (at < n_via && via[at].team == teams[i].key)
			teams[i].peer = via[at].peer ? via[at].peer : -1;
		for (size_t k = 0; k < n_peers && teams[i].peer > 0; k++)
			if (peers[k].key == teams[i].peer)
				teams[i].via = arena_str(to, peers[k].name);
	}
	return err ? err : load_moved(n, &a, teams, count, why);
}

static enum err load_teams(struct node *n, struct snapshot *s, struct why *why)
{
	struct record *r = NULL;
	size_t count = 0, n_clients = 0, at = 0;
	enum err err = read_all(n, &s->arena, STR("x-hikeshi-team"), &r, &count, why);
	struct directory_team *teams = arena_array(&s->arena, struct directory_team, count + 1);
	struct json *bodies = arena_array(&s->arena, struct json, count + 1);

	for (size_t i = 0; i < count && !err; i++) {
		err = load_team(n, s, &r[i], &teams[i], why);
		if (!err)
			err = json_parse(&s->arena, r[i].body, NULL, &bodies[i], why);
		if (!err)
			n_clients += json_count(json_get_c(&bodies[i], "client_of"));
	}
	if (err)
		return err;
	struct world_client *clients = arena_array(&s->arena, struct world_client, n_clients + 1);

	for (size_t i = 0; i < count; i++) {
		const struct json *of = json_get_c(&bodies[i], "client_of");

		for (size_t k = 0; k < json_count(of); k++) {
			int64_t provider;

			if (principal_of(n, PRINCIPAL_TEAM, json_str(json_at(of, k)), &provider) ==
				ERR_OK &&
			    provider)
				clients[at++] = (struct world_client){.client = teams[i].key,
								      .provider = provider};
		}
	}
	sort(teams, count, sizeof(*teams), by_team);
	err = load_via(n, &s->arena, teams, count, why);
	sort(clients, at, sizeof(*clients), by_client);
	s->view.teams = teams;
	s->view.n_teams = count;
	s->view.world.clients = clients;
	s->view.world.n_clients = at;
	return err;
}

/* Memberships in force, and the roster number each circle has reached. */
static enum err load_members(struct node *n, struct snapshot *s, struct u64map *rosters,
			     struct why *why)
{
	struct record *r = NULL;
	size_t count = 0, at = 0;
	enum err err = read_all(n, &s->arena, STR("x-hikeshi-membership"), &r, &count, why);
	struct world_member *m = arena_array(&s->arena, struct world_member, count + 1);

	for (size_t i = 0; i < count && !err; i++) {
		struct json b;
		int64_t circle, team, joined, left;

		err = json_parse(&s->arena, r[i].body, NULL, &b, why);
		if (err)
			break;
		if (principal_of(n, PRINCIPAL_CIRCLE, json_get_str(&b, "circle"), &circle) ||
		    !circle || principal_of(n, PRINCIPAL_TEAM, json_get_str(&b, "team"), &team) ||
		    !team)
			continue;
		joined = json_get_i64(&b, "joined_roster", 1);
		left = json_get_i64(&b, "left_roster", 0);
		union map_value *v = u64map_put(rosters, (uint64_t)circle, NULL);

		v->i = v->i > joined ? v->i : joined;
		v->i = v->i > left ? v->i : left;
		if (!left)
			m[at++] = (struct world_member){
			    .circle = circle, .team = team, .joined_roster = joined};
	}
	sort(m, at, sizeof(*m), by_member);
	s->view.world.members = m;
	s->view.world.n_members = at;
	return err;
}

static void circle_teams(struct snapshot *s, struct directory_circle *c)
{
	const struct world *w = &s->view.world;
	int64_t *teams;
	size_t n = 0, first = 0, lo = 0, hi = w->n_members;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->members[mid].circle < c->key)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (first = lo; lo < w->n_members && w->members[lo].circle == c->key; lo++)
		n++;
	teams = arena_array(&s->arena, int64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		teams[i] = w->members[first + i].team;
	c->teams = teams;
	c->n_teams = n;
}

/* What the owner said: a node that sees few of the members cannot count. */
static int64_t said_roster(const struct circle_kept *said, size_t n, int64_t circle)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (said[mid].circle < circle)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && said[lo].circle == circle ? said[lo].roster : 0;
}

bool circle_members_see(const struct json *body)
{
	str rule = json_get_str(json_get_c(body, "rules"), "see_members");

	return !rule.n || str_eq(rule, STR("members"));
}

static enum err load_circles(struct node *n, struct snapshot *s, struct u64map *rosters,
			     struct why *why)
{
	struct record *r = NULL;
	struct circle_kept *said = NULL;
	size_t count = 0, n_said = 0;
	enum err err = read_all(n, &s->arena, STR("x-hikeshi-circle"), &r, &count, why);
	struct directory_circle *c = arena_array(&s->arena, struct directory_circle, count + 1);
	struct world_circle *w = arena_array(&s->arena, struct world_circle, count + 1);

	if (!err)
		err = circle_kept_list(n->store, &s->arena, &said, &n_said, why);
	for (size_t i = 0; i < count && !err; i++) {
		struct json b;

		err = json_parse(&s->arena, r[i].body, NULL, &b, why);
		if (err)
			break;
		c[i] = (struct directory_circle){.uid = r[i].uid,
						 .title = field(&s->arena, &b, "title"),
						 .description = field(&s->arena, &b, "description"),
						 .owner = r[i].team,
						 .default_tlp = TLP_AMBER};
		c[i].members_see = circle_members_see(&b);
		c[i].members_invite =
		    str_eq(json_get_str(json_get_c(&b, "rules"), "invite"), STR("members"));
		if (tlp_parse(json_get_str(&b, "default_tlp"), &c[i].default_tlp))
			c[i].default_tlp = TLP_AMBER;
		err = principal_intern(n->store, PRINCIPAL_CIRCLE, &r[i].uid, 1, &c[i].key, why);
		union map_value *v = err ? NULL : u64map_get(rosters, (uint64_t)c[i].key);

		c[i].roster = v ? v->i : 0;
		c[i].roster = c[i].roster > said_roster(said, n_said, c[i].key)
				  ? c[i].roster
				  : said_roster(said, n_said, c[i].key);
		circle_teams(s, &c[i]);
		w[i] = (struct world_circle){
		    .circle = c[i].key, .owner = c[i].owner, .roster = c[i].roster};
	}
	sort(c, count, sizeof(*c), by_circle);
	sort(w, count, sizeof(*w), by_world_circle);
	s->view.circles = c;
	s->view.n_circles = count;
	s->view.world.circles = w;
	s->view.world.n_circles = count;
	return err;
}

/* People of teams elsewhere whom somebody here has entered, so that a TLP:RED can name them. */
static enum err load_contacts(struct node *n, struct snapshot *s, struct directory_person **p,
			      size_t *at, struct why *why)
{
	struct record *r = NULL;
	size_t count = 0;
	enum err err = read_all(n, &s->arena, STR("x-hikeshi-person"), &r, &count, why);
	struct directory_person *all =
	    arena_array(&s->arena, struct directory_person, *at + count + 1);

	memcpy(all, *p, *at * sizeof(*all));
	for (size_t i = 0; i < count && !err; i++) {
		const struct directory_team *t = directory_team(&s->view, r[i].team);
		struct json b;

		if (!t || !t->peer)
			continue;
		err = json_parse(&s->arena, r[i].body, NULL, &b, why);
		if (err)
			break;
		all[*at] = (struct directory_person){
		    .key = principal_find(n->store, PRINCIPAL_PERSON, r[i].uid),
		    .team = t->key,
		    .uid = r[i].uid,
		    .name = field(&s->arena, &b, "name")};
		*at += all[*at].key != 0;
	}
	*p = all;
	return err;
}

/* People are those with an account; the record of a person carries the public part. */
static enum err load_people(struct node *n, struct snapshot *s, struct why *why)
{
	struct account *acc = NULL;
	size_t count = 0, at = 0;
	enum err err = account_list(n->store, &s->arena, 0, &acc, &count, why);
	struct directory_person *p = arena_array(&s->arena, struct directory_person, count + 1);

	for (size_t i = 0; i < count && !err; i++) {
		const struct directory_team *t = directory_team(&s->view, acc[i].team);

		if (acc[i].disabled || !acc[i].person || (t && t->peer))
			continue;
		p[at] = (struct directory_person){.key = acc[i].person,
						  .team = acc[i].team,
						  .name = acc[i].name,
						  .account = acc[i].key,
						  .email = acc[i].email,
						  .language = acc[i].language,
						  .role = acc[i].role};
		if (principal_uuid(n->store, acc[i].person, &p[at].uid))
			at++;
	}
	if (!err)
		err = load_contacts(n, s, &p, &at, why);
	sort(p, at, sizeof(*p), by_person);
	s->view.people = p;
	s->view.n_people = at;
	return err;
}

enum err directory_refresh(struct directory *d, struct why *why)
{
	struct snapshot *s = mem_alloc(sizeof(*s)), *old;
	struct u64map rosters;
	enum err err;

	arena_init(&s->arena, 0);
	atomic_init(&s->refs, 1);
	u64map_init(&rosters);
	pthread_mutex_lock(&d->refresh);
	err = load_teams(d->node, s, why);
	if (!err)
		err = load_members(d->node, s, &rosters, why);
	if (!err)
		err = load_circles(d->node, s, &rosters, why);
	if (!err)
		err = load_people(d->node, s, why);
	u64map_done(&rosters);
	if (err) {
		snapshot_unref(s);
		pthread_mutex_unlock(&d->refresh);
		return err;
	}
	s->view.world.generation = ++d->generation;
	policy_set_world(d->node->policy, &s->view.world);
	pthread_mutex_lock(&d->lock);
	old = d->current;
	d->current = s;
	pthread_mutex_unlock(&d->lock);
	pthread_mutex_unlock(&d->refresh);
	snapshot_unref(old);
	return ERR_OK;
}

enum err directory_new(struct node *n, struct directory **ret, struct why *why)
{
	struct directory *d = mem_alloc(sizeof(*d));
	enum err err;

	d->node = n;
	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->refresh, NULL);
	err = directory_refresh(d, why);
	if (err) {
		directory_free(d);
		return err;
	}
	*ret = d;
	return ERR_OK;
}

void directory_free(struct directory *d)
{
	if (!d)
		return;
	snapshot_unref(d->current);
	pthread_mutex_destroy(&d->lock);
	pthread_mutex_destroy(&d->refresh);
	mem_free(d);
}

const struct directory_view *directory_get(struct directory *d)
{
	struct snapshot *s;

	pthread_mutex_lock(&d->lock);
	s = d->current;
	atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&d->lock);
	return &s->view;
}

void directory_put(struct directory *d, const struct directory_view *v)
{
	(void)d;
	snapshot_unref((struct snapshot *)(uintptr_t)v); /* view is its first member */
}

/* ---- look-ups ---- */

const struct directory_team *directory_team(const struct directory_view *v, int64_t key)
{
	size_t lo = 0, hi = v->n_teams;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->teams[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < v->n_teams && v->teams[lo].key == key)
		return &v->teams[lo];
	for (size_t i = 0; i < v->n_teams; i++)
		if (v->teams[i].outbox == key)
			return &v->teams[i];
	return NULL;
}

const struct directory_team *directory_via(const struct directory_view *v, int64_t peer,
					   const struct directory_team *t)
{
	for (size_t i = t ? (size_t)(t - v->teams) + 1 : 0; i < v->n_teams; i++)
		if (v->teams[i].peer == peer)
			return &v->teams[i];
	return NULL;
}

const struct directory_team *directory_team_uid(const struct directory_view *v, struct uuid uid)
{
	for (size_t i = 0; i < v->n_teams; i++)
		if (uuid_eq(v->teams[i].uid, uid))
			return &v->teams[i];
	return NULL;
}

const struct directory_team *directory_team_named(const struct directory_view *v, str text)
{
	const struct directory_team *found[2] = {NULL, NULL}; /* hosted here; elsewhere */
	size_t n[2] = {0, 0};
	struct uuid uid;
	str type;

	if (id_parse(text, &type, &uid) == ERR_OK)
		return directory_team_uid(v, uid);
	for (size_t i = 0; i < v->n_teams && text.n; i++) {
		const struct directory_team *t = &v->teams[i];
		size_t where = t->peer != 0;

		if (!str_ieq(t->name, text) && !str_ieq(t->short_name, text) &&
		    !str_ieq(t->name_ja, text))
			continue;
		found[where] = t;
		n[where]++;
	}
	/* what another node calls its teams takes no name away from ours */
	if (n[0])
		return n[0] == 1 ? found[0] : NULL;
	return n[1] == 1 ? found[1] : NULL;
}

const struct directory_circle *directory_circle(const struct directory_view *v, int64_t key)
{
	for (size_t i = 0; i < v->n_circles; i++)
		if (v->circles[i].key == key)
			return &v->circles[i];
	return NULL;
}

const struct directory_circle *directory_circle_uid(const struct directory_view *v, struct uuid uid)
{
	for (size_t i = 0; i < v->n_circles; i++)
		if (uuid_eq(v->circles[i].uid, uid))
			return &v->circles[i];
	return NULL;
}

const struct directory_person *directory_person(const struct directory_view *v, int64_t key)
{
	for (size_t i = 0; i < v->n_people; i++)
		if (v->people[i].key == key)
			return &v->people[i];
	return NULL;
}

const struct directory_person *directory_person_uid(const struct directory_view *v, struct uuid uid)
{
	for (size_t i = 0; i < v->n_people; i++)
		if (uuid_eq(v->people[i].uid, uid))
			return &v->people[i];
	return NULL;
}
