// SPDX-License-Identifier: Apache-2.0
/* heal: a node gets back what its own teams signed, from who hosts none of it, and nothing else
 * counts as that: no other team's, nothing changed, nothing that is known. */
#include "exchange/heal.h"

#include "base/file.h"
#include "exchange/accept.h"
#include "exchange/feed.h"
#include "exchange/sync_internal.h"
#include "store/signed.h"
#include "tests/exchange/two_nodes.h"

static void acquaint(struct two *t, bool direct)
{
	for (size_t i = 0; i < 2; i++) {
		OK(tell(t, i, node_key_of(&t->f[i]), direct, &why));
		ctx_refresh(&t->c[1 - i]);
	}
}

static struct uuid share(struct two *t, size_t node, const char *name)
{
	struct ctx *c = &t->c[node];
	int64_t own = t->f[node].team[0],
		to = directory_team_uid(c->dir, t->f[1 - node].team_uid[0])->key;
	struct label l = {
	    .originator = own, .holder = own, .tlp = TLP_AMBER, .teams = &to, .n_teams = 1};
	struct record_put p = {.uid = uuid_new(),
			       .type = STR("indicator"),
			       .form = FORM_STIX,
			       .team = own,
			       .kind = "create"};
	struct write_set w;
	char u[UUID_TEXT];

	uuid_text(p.uid, u);
	p.body =
	    arena_printf(c->arena,
			 "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"
			 "%.*s\",\"created\":\"2026-11-01T00:00:00.000Z\",\"modified\":"
			 "\"2026-11-01T00:00:00.000Z\",\"name\":\"%s\",\"pattern\":"
			 "\"[domain-name:value = 'a.example']\",\"pattern_type\":\"stix\","
			 "\"valid_from\":\"2026-11-01T00:00:00Z\"}",
			 UUID_TEXT, u, name);
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	write_init(&w, c->arena, 0, own);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	return p.uid;
}

/* What node `from` has for the other, or, own, what it has of the other's. */
static struct json list(struct two *t, size_t from, bool own)
{
	struct ctx *c = &t->c[from];
	struct feed_item *x = NULL;
	struct feed_reader who;
	struct json ret;
	size_t n = 0;
	int64_t next;
	bool more;
	BUF(b);

	if (own)
		OK(feed_reader_own(c->node, c->arena, t->peer[from].key, &who, &why));
	else
		OK(feed_reader_of(c->node, c->arena, t->peer[from].key, &who, &why));
	OK(feed_read(c->node, c->arena, &who, 0, FEED_PAGE, &x, &n, &next, &more, &why));
	buf_add(&b, STR("["));
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s,%.*s", i ? "," : "", STR_ARG(x[i].object),
			   STR_ARG(x[i].signature));
	buf_add(&b, STR("]"));
	OK(json_parse(c->arena, arena_str(c->arena, buf_str(&b)), NULL, &ret, &why));
	return ret;
}

static size_t taken(struct two *t, size_t node, const struct json *envelope)
{
	size_t n = 0;

	if (json_count(envelope))
		OK(heal_take(t->c[node].node, t->c[node].arena, json_at(envelope, 0),
			     json_count(envelope), &n, &why));
	return n;
}

static void pass(struct two *t, size_t from)
{
	struct json envelope = list(t, from, false);
	struct accept_result *r = NULL;
	size_t n = 0;

	OK(accept_objects(
	    t->c[1 - from].node, t->c[1 - from].arena, t->peer[1 - from].key, (struct uuid){{0}},
	    envelope_of(t->c[1 - from].arena, json_at(&envelope, 0), json_count(&envelope)),
	    json_count(&envelope), &r, &n, &why));
	CHECK(n == 1 && r[0].state == ACCEPT_TAKEN);
}

/* Node 0 forgets that it ever signed and held it. */
static void lose(struct two *t, struct uuid uid)
{
	struct ctx *c = &t->c[0];
	struct record r = {0};

	OK(store_find_held(c->node->store, c->arena, t->f[0].team[0], &uid, 1, false, &r, &why));
	OK(signed_forget(c->node->store, r.key, r.version, &why));
}

static void own_alone(struct two *t)
{
	struct json back, other, changed;
	struct record_signed row = {0};
	struct record r = {0};
	struct uuid mine;

	acquaint(t, true);
	mine = share(t, 0, "mine");
	(void)share(t, 1, "theirs");
	other = list(t, 1, false);
	CHECK(taken(t, 0, &other) == 0); /* another team's, also where it is not known */
	pass(t, 0);
	pass(t, 1);
	back = list(t, 1, true);
	other = list(t, 1, false);
	CHECK(json_count(&back) == 2 && json_count(&other) == 2);
	CHECK(taken(t, 0, &back) == 0);  /* known */
	CHECK(taken(t, 0, &other) == 0); /* another team's */
	lose(t, mine);
	changed = json_copy(t->c[0].arena, &back);
	json_set(t->c[0].arena, (struct json *)(uintptr_t)json_at(&changed, 0), STR("name"),
		 json_string(STR("forged")));
	CHECK(taken(t, 0, &changed) == 0);
	changed = json_array(); /* without its signature */
	json_add(t->c[0].arena, &changed, *json_at(&back, 0));
	CHECK(taken(t, 0, &changed) == 0);
	CHECK(taken(t, 0, &back) == 1);
	CHECK(taken(t, 0, &back) == 0);
	OK(signed_newest(t->c[0].node->store, t->c[0].arena, &mine, &t->f[0].team[0], 1, &row,
			 &why));
	CHECK(row.rev == 1);
	/* what this node holds of others is no business of the other side's restore */
	CHECK(json_count(&other) == 2);
	OK(store_find_held(t->c[0].node->store, t->c[0].arena,
			   directory_team(t->c[0].dir, t->f[0].team[0])->outbox, &mine, 1, true, &r,
			   &why));
	CHECK(r.key && str_find(r.body, STR("mine")) > 0);
}
BOTH_TWO(own_alone)

static struct ed25519_secret root_of(struct two *t)
{
	struct node_fixture *f = &t->f[0];
	str name = root_key_name(&f->a, directory_team(t->c[0].dir, f->team[0]));
	struct ed25519_secret root = {0};
	BUF(text);

	OK(file_read(arena_printf(&f->a, "%s/%.*s", f->dir, STR_ARG(name)).p, 64 * 1024, &text,
		     &why));
	OK(root_key_read(buf_str(&text), &root, &why));
	return root;
}

/* What a key signed that was in wrong hands by then may be anybody's. */
static void not_by_a_revoked_key(struct two *t)
{
	struct ed25519_secret root;
	struct json back;
	struct uuid mine;

	acquaint(t, true);
	mine = share(t, 0, "mine");
	pass(t, 0);
	back = list(t, 1, true);
	lose(t, mine);
	root = root_of(t);
	OK(own_team_revoke(&t->c[0], t->f[0].team[0], 1, 1, &root, &why));
	CHECK(taken(t, 0, &back) == 0);
}
BOTH_TWO(not_by_a_revoked_key)

/* Signed with a key that was not told yet: it waits for that, and is not refused for ever. */
static void before_its_key_is_known(struct two *t)
{
	struct ed25519_secret root;
	struct accept_result *r = NULL;
	struct json envelope;
	size_t n = 0;

	acquaint(t, true);
	root = root_of(t);
	OK(own_team_rotate(&t->c[0], t->f[0].team[0], &root, 0, &why));
	(void)share(t, 0, "early");
	envelope = list(t, 0, false);
	OK(accept_objects(t->c[1].node, t->c[1].arena, t->peer[1].key, (struct uuid){{0}},
			  envelope_of(t->c[1].arena, json_at(&envelope, 0), json_count(&envelope)),
			  json_count(&envelope), &r, &n, &why));
	CHECK(n == 1 && r[0].state == ACCEPT_REFUSED && r[0].early &&
	      strcmp(r[0].code, "unknown_key") == 0);
	acquaint(t, true);
	pass(t, 0);
}
BOTH_TWO(before_its_key_is_known)

/* What node 0 makes of a manifest that its peer shows as held. */
static struct link_item held(struct two *t, const struct json *object, const struct json *signature)
{
	struct arena *a = t->c[0].arena;
	struct json status = json_object(), list = json_array();
	struct link_item x = {.id = json_get_str(object, "id"), .state = LINK_DONE};

	json_add(a, &list, *signature);
	json_set(a, &status, STR("x_held"), list);
	OK(link_held(t->c[0].node, a, &t->peer[0], &status, &x, 1, &why));
	return x;
}

/* A peer shows what it holds of ours and is not known here: only what was really signed by a good
 * key makes this node sign above it. */
static void shown_as_held(struct two *t)
{
	struct arena *a = t->c[0].arena;
	struct ed25519_secret root;
	struct json back, forged;
	struct uuid mine;

	acquaint(t, true);
	mine = share(t, 0, "mine");
	pass(t, 0);
	back = list(t, 1, true);
	CHECK(held(t, json_at(&back, 0), json_at(&back, 1)).state == LINK_DONE); /* known */
	lose(t, mine);
	forged = json_copy(a, json_at(&back, 1));
	json_set(a, &forged, STR("sig"), json_string(arena_printf(a, "%0128d", 0))); /* of nobody */
	CHECK(held(t, json_at(&back, 0), &forged).state == LINK_DONE);
	root = root_of(t);
	OK(own_team_revoke(&t->c[0], t->f[0].team[0], 1, 1, &root, &why));
	CHECK(held(t, json_at(&back, 0), json_at(&back, 1)).state == LINK_DONE);
}
BOTH_TWO(shown_as_held)

static void signed_above_what_is_held(struct two *t)
{
	struct json back;
	struct uuid mine;

	acquaint(t, true);
	mine = share(t, 0, "mine");
	pass(t, 0);
	back = list(t, 1, true);
	lose(t, mine);
	CHECK(held(t, json_at(&back, 0), json_at(&back, 1)).state != LINK_DONE);
}
BOTH_TWO(signed_above_what_is_held)

/* The signature as a peer has it that hosts but one of the two teams it is for. */
static struct json opened_for(struct two *t, const struct json *back, size_t entry)
{
	struct arena *a = t->c[0].arena;
	struct json ret = json_copy(a, back), some = json_array();
	struct json *open = (struct json *)(uintptr_t)json_get_c(json_at(&ret, 1), "open");

	CHECK(json_count(json_get_c(open, "audience")) == 2);
	json_add(a, &some, *json_at(json_get_c(open, "audience"), entry));
	json_set(a, open, STR("audience"), some);
	return ret;
}

static const struct label *label_of(struct two *t, struct uuid uid, struct record *ret)
{
	struct ctx *c = &t->c[0];

	OK(store_find_held(c->node->store, c->arena, t->f[0].team[0], &uid, 1, true, ret, &why));
	return label_get(c->node->store, ret->label);
}

/* "mine" becomes "line" or "wine". */
static void retitle(struct two *t, struct uuid uid, char with)
{
	struct ctx *c = &t->c[0];
	struct record r = {0};
	struct write_set w;
	char *text;

	(void)label_of(t, uid, &r);
	text = arena_cstr(c->arena, r.body);
	text[str_find(r.body, STR("ine\"")) - 1] = with;
	write_init(&w, c->arena, 0, t->f[0].team[0]);
	(void)write_put(&w,
			&(struct record_put){
			    .key = r.key, .label = r.label, .body = str_c(text), .kind = "update"});
	OK(store_commit(c->node->store, &w, NULL, &why));
}

/* Each of several peers knows a part of the audience; what was changed before the last one came
 * back goes to all of them. */
static void several_peers(struct two *t)
{
	struct ctx *c = &t->c[0];
	int64_t own = t->f[0].team[0], to[2];
	struct label l = {
	    .originator = own, .holder = own, .tlp = TLP_AMBER, .teams = to, .n_teams = 2};
	struct json back, now, part[2];
	struct record r = {0};
	struct record_put p = {.kind = "update"};
	struct write_set w;
	struct uuid mine;

	acquaint(t, true);
	mine = share(t, 0, "mine");
	for (size_t i = 0; i < 2; i++)
		to[i] = directory_team_uid(c->dir, t->f[1].team_uid[i])->key;
	(void)label_of(t, mine, &r);
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	p.key = r.key;
	write_init(&w, c->arena, 0, own);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	pass(t, 0);
	retitle(t, mine, 'l');
	pass(t, 0);
	back = list(t, 1, true);
	for (size_t i = 0; i < 2; i++)
		part[i] = opened_for(t, &back, i);
	(void)label_of(t, mine, &r);
	OK(signed_forget(c->node->store, r.key, r.version, &why));
	CHECK(taken(t, 0, &part[0]) == 1 && label_of(t, mine, &r)->n_teams == 1);
	/* changed, and signed above what came back */
	retitle(t, mine, 'w');
	now = list(t, 0, false);
	CHECK(json_count(&now) == 2);
	CHECK(taken(t, 0, &part[1]) == 1 && label_of(t, mine, &r)->n_teams == 2);
	CHECK(str_find(r.body, STR("wine")) > 0); /* the text stays */
	CHECK(taken(t, 0, &part[1]) == 0 && taken(t, 0, &part[0]) == 0);
	/* given another label meanwhile it goes to nobody else */
	l.n_teams = 1;
	p = (struct record_put){.key = r.key, .kind = "update"};
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	write_init(&w, c->arena, 0, own);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	CHECK(taken(t, 0, &part[1]) == 0 && label_of(t, mine, &r)->n_teams == 1);
}
BOTH_TWO(several_peers)

/* A team that is reached through the peer and hosted behind it may have sent by another way. */
static void hosted_alone(struct two *t)
{
	struct json back;

	acquaint(t, false);
	(void)share(t, 0, "mine");
	pass(t, 0);
	back = list(t, 1, true);
	CHECK(json_count(&back) == 0);
}
BOTH_TWO(hosted_alone)

static void asked_once(struct two *t)
{
	struct ctx *c = &t->c[0];
	bool wanted = true;

	OK(heal_wanted(c->node, c->arena, &t->peer[0], &wanted, &why));
	CHECK(!wanted); /* never restored */
}
BOTH_TWO(asked_once)

RUN_TESTS(BOTH_ROWS(own_alone), BOTH_ROWS(not_by_a_revoked_key), BOTH_ROWS(shown_as_held),
	  BOTH_ROWS(signed_above_what_is_held), BOTH_ROWS(several_peers),
	  BOTH_ROWS(before_its_key_is_known), BOTH_ROWS(hosted_alone), BOTH_ROWS(asked_once))
