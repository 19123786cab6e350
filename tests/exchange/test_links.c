// SPDX-License-Identifier: Apache-2.0
/* links: two nodes in one process: keys that are made once, replaced and revoked; what one node
 * says of its teams and the other believes; circles that span both, and what is refused of them. */
#include "exchange/link.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exchange/circle_link_internal.h"
#include "tests/exchange/two_nodes.h"

static struct ed25519_secret root_of(struct node_fixture *f, int64_t team)
{
	const struct directory_view *v = directory_get(f->node->directory);
	str name = root_key_name(&f->a, directory_team(v, team));
	struct ed25519_secret root = {0};
	struct stat st;
	BUF(text);
	const char *path = arena_printf(&f->a, "%s/%.*s", f->dir, STR_ARG(name)).p;

	directory_put(f->node->directory, v);
	OK(file_read(path, 64 * 1024, &text, &why));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	OK(root_key_read(buf_str(&text), &root, &why));
	return root;
}

static void keys_of_teams(struct two *t)
{
	struct node_fixture *f = &t->f[0];
	struct ed25519_secret root = root_of(f, f->team[0]), other = root_of(f, f->team[1]);
	struct own_team one = {0}, two = {0};
	struct age_identity *ids = NULL;
	struct key_chain chain;
	struct why why = {0};
	size_t n = 0;

	OK(own_team_get(f->node, &f->a, f->team[0], &one, &why));
	CHECK(ed25519_eq(&one.root, &root.public) && one.object.n == 1);
	OK(own_keys_ensure(f->node, &f->a, NULL, &why)); /* again: nothing new */
	CHECK(own_team_rotate(&t->c[0], f->team[0], &other, 0, &why) == ERR_DENIED);
	why = (struct why){0};
	OK(own_team_rotate(&t->c[0], f->team[0], &root, US_PER_S * 60, &why));
	OK(own_team_get(f->node, &f->a, f->team[0], &two, &why));
	CHECK(!ed25519_eq(&one.key.public, &two.key.public) && two.object.n == 3);
	OK(team_chain(f->node, &f->a, f->team[0], &chain, NULL, &why));
	CHECK(chain.n == 3 && chain.complete);
	/* what the old key signed counts, and counts until it ends */
	CHECK(key_judge(&chain, &one.key.public, clock_now_us(), clock_now_us()) == KEY_ENDED);
	OK(own_team_revoke(&t->c[0], f->team[0], 3, clock_now_us() - US_PER_S, &root, &why));
	OK(team_chain(f->node, &f->a, f->team[0], &chain, NULL, &why));
	CHECK(key_judge(&chain, &two.key.public, clock_now_us(), clock_now_us()) == KEY_REVOKED);
	OK(own_team_get(f->node, &f->a, f->team[0], &two, &why));
	CHECK(two.object.n == 5);
	CHECK(own_team_revoke(&t->c[0], f->team[0], 77, 1, &root, &why) == ERR_NOTFOUND);
	OK(own_age_identities(f->node, &f->a, &ids, &n, &why));
	CHECK(n == 4); /* three of the one team, one of the other */
	why = (struct why){0};
	CHECK(own_team_get(f->node, &f->a, 0, &two, &why) == ERR_NOTFOUND);
	CHECK(team_chain(f->node, &f->a, 0, &chain, NULL, NULL) == ERR_NOTFOUND);
}
BOTH_TWO(keys_of_teams)

/* Root key in hand or not: a lead of the team, or nobody. */
static void keys_are_for_leads(struct two *t)
{
	struct node_fixture *f = &t->f[0];
	struct ed25519_secret root = root_of(f, f->team[0]);
	const int64_t who[] = {f->analyst[0], f->lead[1], f->lead[0]};
	struct own_team own = {0};

	for (size_t i = 0; i < ARRAY_LEN(who); i++) {
		struct why why = {0};
		struct actor actor;
		struct ctx c;
		enum err err;

		node_fixture_ctx(f, who[i], &actor, &c);
		err = own_team_rotate(&c, f->team[0], &root, US_PER_S * 60, &why);
		CHECK(who[i] == f->lead[0] ? !err
					   : err == ERR_DENIED && strcmp(why.code, "role") == 0);
		ctx_done(&c);
	}
	OK(own_team_get(f->node, &f->a, f->team[0], &own, &why));
	CHECK(own.object.n == 3); /* once */
}
BOTH_TWO(keys_are_for_leads)

static void *ensure(void *node)
{
	ARENA(a, 0);

	CHECK(own_keys_ensure(node, &a, NULL, NULL) == ERR_OK);
	return NULL;
}

/* Several at the same moment make one root: the file that is left has it. */
static void keys_made_once(struct two *t)
{
	struct node_fixture *f = &t->f[0];
	struct team_spec spec = {.name = STR("Third"), .short_name = STR("third")};
	struct uuid uid;
	pthread_t threads[4];
	int64_t team = 0;
	struct key_chain chain = {0};

	OK(team_add(&t->c[0], &spec, &uid, &team, &why));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, ensure, f->node) == 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	OK(team_chain(f->node, &f->a, team, &chain, NULL, &why));
	struct ed25519_secret root = root_of(f, team);
	CHECK(chain.n == 1 && ed25519_eq(&chain.root, &root.public));
	/* and nothing of those who came second */
	CHECK(system(arena_printf(&f->a, "test $(ls %s/root-key-third* | wc -l) = 1", f->dir).p) ==
	      0);
}
BOTH_TWO(keys_made_once)

static void teams_become_known(struct two *t)
{
	struct ctx *b = &t->c[1];
	const struct directory_team *team;
	struct why why = {0};
	struct json patch = json_object();
	struct record out;

	CHECK(tell(t, 0, node_key_of(&t->f[1]), true, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0); /* the keys name another node */
	CHECK(!directory_team_uid(b->dir, t->f[0].team_uid[0]));
	OK(tell(t, 0, t->peer[1].node_key, true, &why));
	team = directory_team_uid(b->dir, t->f[0].team_uid[0]);
	CHECK(team && team->peer == t->peer[1].key && str_eq(team->short_name, STR("aoi")));
	CHECK(directory_via(b->dir, t->peer[1].key, NULL) != NULL);
	CHECK(directory_team_uid(b->dir, t->f[1].team_uid[0])->peer == 0);
	int64_t seq = store_last_seq(t->f[1].node->store);
	OK(tell(t, 0, t->peer[1].node_key, true, &why)); /* again: nothing is written */
	CHECK(store_last_seq(t->f[1].node->store) == seq);

	/* nobody here changes it, whatever their role */
	struct actor lead;
	struct ctx c;
	node_fixture_ctx(&t->f[1], t->f[1].lead[0], &lead, &c);
	lead.role = ROLE_ADMINISTRATOR;
	team = directory_team_uid(c.dir, t->f[0].team_uid[0]);
	OK(record_get(&c, NULL, record_id(&c, &team->record), &out, &why));
	json_set(c.arena, &patch, STR("name"), json_string(STR("ours now")));
	why = (struct why){0};
	CHECK(record_update(&c, &out, &patch, -1, &out, &why) == ERR_DENIED);
	ctx_done(&c);
	int64_t account;
	CHECK(account_create(b, team->key, STR("x@x.example"), STR("x"), STR("lead"), STR("en"),
			     STR_NULL, &account, NULL) == ERR_DENIED);
}
BOTH_TWO(teams_become_known)

/* Whose client a team is and how it came to be a member is for its own node. */
static void what_is_said_of_a_team(struct two *t)
{
	struct ctx *a = &t->c[0];
	struct json patch = node_fixture_json(&t->f[0], "{'membership':'inner-word','sector':'x'}"),
		    said;
	struct record r = {0};
	BUF(text);

	OK(record_get(a, NULL,
		      record_id(a, &directory_team_uid(a->dir, t->f[0].team_uid[0])->record), &r,
		      &why));
	OK(record_update(a, &r, &patch, -1, &r, &why));
	OK(announce_own(t->f[0].node, a->arena, &said, &why));
	json_write(&text, &said);
	CHECK(str_find(buf_str(&text), STR("aoi")) >= 0);
	CHECK(str_find(buf_str(&text), STR("membership")) < 0);
}
BOTH_TWO(what_is_said_of_a_team)

static void pinned_roots(struct two *t)
{
	struct ctx *b = &t->c[1];
	struct ed25519_secret root = ed25519_new(), online = ed25519_new();
	struct announced *teams = NULL;
	struct json said, keys = json_array();
	struct why why = {0};
	size_t n = 0;

	OK(tell(t, 0, t->peer[1].node_key, true, &why));
	OK(announce_own(t->f[0].node, b->arena, &said, &why));
	OK(announce_parse(b, &said, &teams, &n, &why));
	/* the same team with a root of the peer's own making */
	struct key_object k = {.created_us = clock_now_us(),
			       .team = teams[0].uid,
			       .n = 1,
			       .root = root.public,
			       .online = online.public,
			       .ends_us = TIME_NONE,
			       .revoked_us = TIME_NONE};
	struct age_identity age = age_identity_new();

	k.age = age_recipient_of(&age);
	memcpy(k.node_key.b, t->peer[1].node_key.b, sizeof(k.node_key.b));
	key_sign(b->arena, &k, &root, &online);
	json_add(b->arena, &keys, key_json(b->arena, &k));
	teams[0].root = root.public;
	teams[0].keys = keys;
	CHECK(announce_apply(b, t->peer[1].key, t->peer[1].node_key, true, teams, 1, &why) ==
	      ERR_DENIED);
	CHECK(strcmp(why.code, "key_changed") == 0);
	/* a team of ours, said by another */
	OK(announce_own(t->f[1].node, b->arena, &said, &why));
	OK(announce_parse(b, &said, &teams, &n, &why));
	why = (struct why){0};
	CHECK(announce_apply(b, t->peer[1].key, node_key_of(&t->f[1]), true, teams, n, &why) ==
	      ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0);
	/* after the end of the link the root stays pinned */
	struct peer_team row;
	OK(link_remove(b, &t->peer[1], &why));
	CHECK(directory_team_uid(b->dir, t->f[0].team_uid[0])->peer == -1);
	OK(peer_team_get(b->node->store, b->arena,
			 directory_team_uid(b->dir, t->f[0].team_uid[0])->key, &row, &why));
}
BOTH_TWO(pinned_roots)

static void malformed_teams(struct two *t)
{
	static const char *const bad[] = {
	    "{}", "[{}]", "[1]", "[{'team':{},'root':'','keys':[]}]",
	    "[{'team':{'id':'x-hikeshi-team--8f0c1f9e-0000-4000-8000-000000000001'},'root':'00',"
	    "'keys':[{}]}]"};
	struct announced *teams = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json v = node_fixture_json(&t->f[0], bad[i]);

		CHECK(announce_parse(&t->c[0], &v, &teams, &n, NULL) != ERR_OK);
	}
}
BOTH_TWO(malformed_teams)

static void circle_of_both(struct two *t)
{
	struct ctx *a = &t->c[0], *b = &t->c[1];
	const struct directory_circle *ci;
	struct json envelope, older, changed;
	struct why why = {0};
	int64_t joined = 0;

	OK(tell(t, 0, t->peer[1].node_key, true, &why));
	OK(tell(t, 1, t->peer[0].node_key, true, &why));
	ci = directory_circle_uid(a->dir, t->f[0].circle);
	CHECK(circle_for_peer(a, ci, &t->peer[0], &envelope, NULL) == ERR_NOTFOUND);
	OK(circle_member_add(a, t->f[0].circle, t->f[1].team_uid[0], &why));
	ci = directory_circle_uid(a->dir, t->f[0].circle);
	OK(circle_for_peer(a, ci, &t->peer[0], &older, &why));
	OK(circle_apply(b, &t->peer[1], &older, &why));
	const struct directory_circle *there = directory_circle_uid(b->dir, t->f[0].circle);
	CHECK(there && there->n_teams == 3 && there->roster == ci->roster);
	CHECK(there && world_is_member(&b->dir->world, there->key, t->f[1].team[0], &joined) &&
	      joined == ci->roster);

	/* leaving, and the older edition afterwards */
	OK(circle_member_remove(a, t->f[0].circle, t->f[1].team_uid[0], &why));
	ci = directory_circle_uid(a->dir, t->f[0].circle);
	OK(circle_for_peer(a, ci, &t->peer[0], &envelope, &why));
	OK(circle_apply(b, &t->peer[1], &envelope, &why));
	there = directory_circle_uid(b->dir, t->f[0].circle);
	CHECK(!world_is_member(&b->dir->world, there->key, t->f[1].team[0], &joined));
	CHECK(there->roster == ci->roster);
	OK(circle_apply(b, &t->peer[1], &older, &why));
	there = directory_circle_uid(b->dir, t->f[0].circle);
	CHECK(!world_is_member(&b->dir->world, there->key, t->f[1].team[0], &joined));

	/* one letter, one member, and the owner itself */
	changed = json_copy(b->arena, &envelope);
	json_set(b->arena, (struct json *)(uintptr_t)json_get_c(&changed, "object"), STR("title"),
		 json_string(STR("Harbor")));
	CHECK(circle_apply(b, &t->peer[1], &changed, &why) != ERR_OK);
	changed = json_copy(b->arena, &envelope);
	json_set(b->arena, &changed, STR("members"),
		 node_fixture_json(&t->f[1], "[{'since':1,'team':'8f0c1f9e-0000-4000-8000-"
					     "000000000001','salt':'"
					     "00000000000000000000000000000000'}]"));
	CHECK(circle_apply(b, &t->peer[1], &changed, NULL) != ERR_OK);
	why = (struct why){0};
	CHECK(circle_apply(a, &t->peer[0], &envelope, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0);
	/* here nobody changes its members */
	CHECK(circle_member_add(b, t->f[0].circle, t->f[1].team_uid[1], NULL) != ERR_OK);
}
BOTH_TWO(circle_of_both)

/* The circle of an envelope said of `id` by `owner` (its place at node 0), signed by the key of
 * `by` and in the name of `named`. */
static struct json resigned(struct two *t, const struct json *envelope, struct uuid id,
			    size_t owner, size_t by, size_t named)
{
	struct arena *a = t->c[0].arena;
	struct circle_envelope e = {0};
	struct own_team key = {0};
	struct json object, out = json_object();

	OK(circle_envelope_read(a, envelope, &e, &why));
	OK(own_team_get(t->f[0].node, a, t->f[0].team[by], &key, &why));
	struct circle_member m = {.team = t->f[0].team_uid[owner], .since = 1};
	struct audience_entry to = {
	    .kind = AUDIENCE_CIRCLE, .circle = id, .roster = e.circle.roster};
	struct signed_manifest s = {.created_us = clock_now_us(), .modified_us = clock_now_us()};

	e.circle.id = id;
	e.circle.owner = t->f[0].team_uid[owner];
	s.team = s.originator = t->f[0].team_uid[named];
	s.manifest =
	    (struct manifest){.role = ROLE_ORIGINATOR, .rev = 1, .label = {.tlp = TLP_GREEN}};
	OK(circle_set_members(a, &e.circle, &m, 1, &why));
	object = circle_json(a, &e.circle);
	OK(manifest_make(a, &s.manifest, &object, &to, 1, &s.open, &why));
	s.hash = manifest_hash(&s.manifest);
	signature_batch(a, &key.key, &s.hash, 1, &s.signature);
	json_set(a, &out, STR("object"), object);
	json_set(a, &out, STR("signature"), signature_json(a, &s));
	json_set(a, &out, STR("members"), circle_members_json(a, &m, 1));
	json_set(a, &out, STR("teams"), *json_get_c(envelope, "teams"));
	return out;
}

/* A team signs its own circles: none of another's, not one that is known as another's, none that is
 * kept here. */
static void circles_of_others(struct two *t)
{
	struct ctx *a = &t->c[0], *b = &t->c[1];
	struct json good, bad;
	struct why why = {0};

	OK(tell(t, 0, t->peer[1].node_key, true, &why));
	OK(tell(t, 1, t->peer[0].node_key, true, &why));
	OK(circle_member_add(a, t->f[0].circle, t->f[1].team_uid[0], &why));
	OK(circle_for_peer(a, directory_circle_uid(a->dir, t->f[0].circle), &t->peer[0], &good,
			   &why));
	bad = resigned(t, &good, t->f[0].circle, 0, 1, 0);
	CHECK(circle_apply(b, &t->peer[1], &bad, &why) == ERR_DENIED);
	bad = resigned(t, &good, t->f[0].circle, 0, 0, 1);
	why = (struct why){0};
	CHECK(circle_apply(b, &t->peer[1], &bad, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0);
	OK(circle_apply(b, &t->peer[1], &good, &why));
	const struct uuid taken[] = {t->f[0].circle, t->f[1].circle};

	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		bad = resigned(t, &good, taken[i], 1, 1, 1);
		why = (struct why){0};
		CHECK(circle_apply(b, &t->peer[1], &bad, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "not_yours") == 0);
	}
	bad = resigned(t, &good, uuid_new(), 1, 1, 1); /* and one of its own is taken */
	OK(circle_apply(b, &t->peer[1], &bad, &why));
}
BOTH_TWO(circles_of_others)

/* A link's token in the hands of another node says nothing for the linked one. */
static void said_by_another(struct two *t)
{
	struct node *n = t->f[1].node;
	struct link_caller who = {.from = STR("127.0.0.1")};
	struct peer *p = &t->peer[1];
	struct why why = {0};
	str body, answer;
	int64_t key;

	who.token = link_secret(&t->f[1].a, &p->token_in);
	OK(peer_put(n->store, p, 0, &key, &why));
	for (size_t by = 0; by < 2; by++) {
		struct statement s = {.link = p->uid, .root = STR("/"), .token = STR("-")};

		if (!t->f[by].node->config.url)
			t->f[by].node->config.url = mem_cstr(STR("http://127.0.0.1:1"));
		OK(statement_make(t->f[by].node, &t->f[1].a, &s, STR_NULL, &body, &why));
		if (by == 0)
			OK(link_teams(n, &t->f[1].a, &who, body, &answer, &why));
		else
			CHECK(link_teams(n, &t->f[1].a, &who, body, &answer, &why) == ERR_DENIED);
	}
	CHECK(strcmp(why.code, "key_changed") == 0);
	who.token = STR("x");
	CHECK(link_teams(n, &t->f[1].a, &who, body, &answer, NULL) == ERR_UNAUTHENTICATED);
}
BOTH_TWO(said_by_another)

/* Who calls shows the TLS key that was agreed on, and only while the link is active. */
static void callers(struct two *t)
{
	struct node *n = t->f[1].node;
	struct arena *a = &t->f[1].a;
	struct peer p = t->peer[1], got;
	struct link_caller plain = {.from = STR("127.0.0.1")}, tls, other;
	struct why why = {0};

	p.tls_spki = sha256(STR("its TLS key"));
	p.url = STR("https://other.example");
	plain.token = link_secret(a, &p.token_in);
	tls = plain;
	tls.tls = tls.has_spki = true;
	tls.spki = p.tls_spki;
	other = tls;
	other.spki = sha256(STR("another one"));
	OK(peer_put(n->store, &p, 0, &p.key, &why));
	OK(link_authenticate(n, a, &tls, &got, &why));
	CHECK(link_authenticate(n, a, &plain, &got, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "wrong_pin") == 0);
	const str idle[] = {STR(LINK_STOPPED), STR(LINK_CONFIRM), STR(LINK_KEY_CHANGED)};

	for (size_t i = 0; i < ARRAY_LEN(idle); i++) {
		const struct link_request rq = {.method = "GET", .path = STR("/"), .timeout_s = 1};
		struct client *x = client_new();
		struct client_answer answer;

		p.state = idle[i];
		OK(peer_put(n->store, &p, 0, &p.key, &why));
		why = (struct why){0};
		CHECK(link_authenticate(n, a, &tls, &got, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "link_not_active") == 0);
		why = (struct why){0};
		CHECK(link_send(n, x, a, &p, &rq, &answer, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "link_not_active") == 0);
		client_free(x);
	}
	p.state = STR(LINK_ACTIVE);
	OK(peer_put(n->store, &p, 0, &p.key, &why));
	why = (struct why){0};
	CHECK(link_authenticate(n, a, &other, &got, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "key_changed") == 0); /* and that stopped it */
	CHECK(link_authenticate(n, a, &tls, &got, &why) == ERR_DENIED);
}
BOTH_TWO(callers)

/* What node 1 says to node 0 to end an invitation; `to`: whose node key it names. */
static str hello(struct two *t, size_t to, str secret)
{
	struct statement s = {.link = uuid_new(), .root = STR("/"), .token = STR("its-token")};
	struct digest key = node_key_of(&t->f[to]);
	str body = STR_NULL;

	memcpy(s.to.b, key.b, sizeof(s.to.b));
	OK(statement_make(t->f[1].node, &t->f[1].a, &s, secret, &body, &why));
	return body;
}

/* An invitation is ended by who was given it and shows the TLS key it names; no other secret of
 * this node ends one. */
static void hellos(struct two *t)
{
	struct node *n = t->f[0].node;
	struct arena *a = &t->f[0].a;
	struct link_caller who = {.from = STR("127.0.0.1")}, tls = who, good;
	struct token other = {.account = t->f[0].lead[0],
			      .name = STR("x"),
			      .scopes = STR("read"),
			      .expires_us = clock_now_us() + 60 * US_PER_S,
			      .purpose = STR("sign-in")};
	struct link_tls shown;
	struct invitation v;
	struct why why = {0};
	str link, answer, secret;
	int64_t key;

	for (size_t i = 0; i < 2; i++)
		t->f[i].node->config.url = mem_cstr(STR("http://127.0.0.1:1"));
	OK(link_invite(&t->c[0], clock_now_us() + 60 * US_PER_S, false, &link, &why));
	OK(invitation_parse(a, link, &v, &why));
	OK(link_tls(t->f[1].node, a, &shown, &why));
	secret = link_secret(a, &other.id);
	OK(token_add(n->store, &other, 0, &key, &why));
	CHECK(link_hello(n, a, &who, hello(t, 0, secret), &answer, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "invitation") == 0);
	OK(token_find(n->store, a, other.id, &other, &why)); /* and it is not used up */
	why = (struct why){0};
	CHECK(link_hello(n, a, &who, hello(t, 1, v.secret), &answer, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "not_for_us") == 0);
	tls.tls = true;
	for (size_t i = 0; i < 2; i++) { /* no key, another key */
		tls.has_spki = i == 1;
		tls.spki = sha256(STR("another TLS key"));
		why = (struct why){0};
		CHECK(link_hello(n, a, &tls, hello(t, 0, v.secret), &answer, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "wrong_pin") == 0);
	}
	good = tls;
	good.spki = shown.spki;
	OK(link_hello(n, a, &good, hello(t, 0, v.secret), &answer, &why));
}
BOTH_TWO(hellos)

static void invitations(struct two *t)
{
	static const char *const bad[] = {"",
					  "hikeshi://",
					  "https://x",
					  "hikeshi://h/?v=1#",
					  "hikeshi://h/?v=1&key=AA&until=1#x",
					  "hikeshi+http://csirt.example/?v=1&key="
					  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&until=1#"
					  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
	struct invitation v;
	struct why why = {0};
	struct actor analyst;
	struct ctx c;
	struct node *n = t->f[0].node;
	str link;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(invitation_parse(&t->f[0].a, str_c(bad[i]), &v, NULL) == ERR_INVALID);
	CHECK(link_invite(&t->c[0], clock_now_us() + US_PER_S, false, &link, &why) == ERR_CONFLICT);
	CHECK(strcmp(why.code, "no_url") == 0);
	n->config.url = mem_cstr(STR("http://127.0.0.1:8119/"));
	OK(link_invite(&t->c[0], clock_now_us() + 60 * US_PER_S, false, &link, &why));
	OK(invitation_parse(&t->f[0].a, link, &v, &why));
	CHECK(str_eq(v.url, STR("http://127.0.0.1:8119")) && !v.pinned && v.secret.n == 43);
	CHECK(digest_eq(node_key_of(&t->f[0]), *(struct digest *)(void *)&v.node_key));
	node_fixture_ctx(&t->f[0], t->f[0].analyst[0], &analyst, &c);
	CHECK(link_invite(&c, clock_now_us() + 60 * US_PER_S, false, &link, NULL) == ERR_DENIED);
	CHECK(link_accept(&c, link, &t->peer[0], NULL) == ERR_DENIED);
	ctx_done(&c);
	/* the secret of an invitation signs nobody in */
	struct actor in;
	CHECK(account_by_token(n, &t->f[0].a, v.secret, &in, NULL) != ERR_OK);
}
BOTH_TWO(invitations)

RUN_TESTS(BOTH_ROWS(keys_of_teams), BOTH_ROWS(keys_are_for_leads), BOTH_ROWS(keys_made_once),
	  BOTH_ROWS(callers), BOTH_ROWS(hellos), BOTH_ROWS(teams_become_known),
	  BOTH_ROWS(pinned_roots), BOTH_ROWS(what_is_said_of_a_team), BOTH_ROWS(malformed_teams),
	  BOTH_ROWS(circle_of_both), BOTH_ROWS(circles_of_others), BOTH_ROWS(said_by_another),
	  BOTH_ROWS(invitations))
