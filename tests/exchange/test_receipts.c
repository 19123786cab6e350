// SPDX-License-Identifier: Apache-2.0
/* receipts, withdrawals: what one node takes of the other comes back as a proof; what is taken back
 * is applied up to its rev and by its team alone. */
#include "exchange/receipts.h"

#include <pthread.h>

#include "exchange/accept.h"
#include "exchange/feed.h"
#include "exchange/seal.h"
#include "exchange/signature.h"
#include "exchange/withdraw_apply.h"
#include "store/service.h"
#include "store/signed.h"
#include "team/withdrawal.h"
#include "tests/exchange/two_nodes.h"

/* Both know the other's teams. */
static void acquaint(struct two *t)
{
	for (size_t i = 0; i < 2; i++) {
		OK(tell(t, i, node_key_of(&t->f[i]), true, &why));
		ctx_refresh(&t->c[1 - i]);
	}
}

static const struct directory_team *known(struct two *t, size_t at, size_t of, size_t team)
{
	return directory_team_uid(t->c[at].dir, t->f[of].team_uid[team]);
}

/* An issued warning of team 0 of node 0 for both teams of node 1; its id. */
static struct uuid warn(struct two *t, struct uuid uid, const char *title)
{
	struct ctx *c = &t->c[0];
	const struct directory_team *own = directory_team(c->dir, t->f[0].team[0]);
	int64_t to[2] = {known(t, 0, 1, 0)->key, known(t, 0, 1, 1)->key};
	struct label l = {.originator = own->key,
			  .holder = own->outbox,
			  .tlp = TLP_AMBER,
			  .teams = to,
			  .n_teams = 2};
	struct record_put p = {.uid = uid,
			       .type = STR("x-hikeshi-warning"),
			       .team = own->outbox,
			       .state = STR("issued"),
			       .kind = "issue"};
	struct record held = {0};
	struct write_set w;

	OK(store_find_held(c->node->store, c->arena, own->outbox, &uid, 1, false, &held, &why));
	p.key = held.key;
	p.expect_version = held.version;
	p.body = arena_printf(c->arena, "{\"title\":\"%s\",\"issued\":{\"edition\":1}}", title);
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	write_init(&w, c->arena, 0, own->key);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	return uid;
}

/* Everything that node `from` has for the other, as one envelope; how many objects it holds. */
static size_t offered(struct two *t, size_t from, struct json *ret)
{
	struct ctx *c = &t->c[from];
	struct feed_item *x = NULL;
	struct feed_reader who;
	size_t n = 0;
	int64_t next;
	bool more = false;
	BUF(b);

	OK(feed_reader_of(c->node, c->arena, t->peer[from].key, &who, &why));
	OK(feed_read(c->node, c->arena, &who, 0, FEED_PAGE, &x, &n, &next, &more, &why));
	buf_add(&b, STR("["));
	for (size_t i = 0; i < n; i++) {
		CHECK(!x[i].code);
		buf_printf(&b, "%s%.*s,%.*s", i ? "," : "", STR_ARG(x[i].object),
			   STR_ARG(x[i].signature));
	}
	buf_add(&b, STR("]"));
	OK(json_parse(c->arena, arena_str(c->arena, buf_str(&b)), NULL, ret, &why));
	return n;
}

/* The other node takes it; the results that are no ACCEPT_KNOWN. */
static size_t pass(struct two *t, size_t from, struct accept_result *ret, size_t most)
{
	struct ctx *c = &t->c[from];
	struct accept_result *r = NULL;
	struct json envelope;
	size_t m = 0, kept = 0;

	if (!offered(t, from, &envelope))
		return 0;
	OK(accept_objects(t->c[1 - from].node, c->arena, t->peer[1 - from].key, (struct uuid){{0}},
			  envelope_of(c->arena, json_at(&envelope, 0), json_count(&envelope)),
			  json_count(&envelope), &r, &m, &why));
	for (size_t i = 0; i < m; i++) {
		if (r[i].state == ACCEPT_REFUSED)
			printf("# refused %.*s: %s %.*s\n", STR_ARG(r[i].id), r[i].code,
			       STR_ARG(r[i].en));
		if (r[i].state != ACCEPT_KNOWN && kept < most)
			ret[kept++] = r[i];
	}
	return kept;
}

/* A link is young: what comes before anything was said of its team waits until that has come. */
static void before_its_team_is_known(struct two *t)
{
	struct accept_result r[2];

	OK(tell(t, 1, node_key_of(&t->f[1]), true, &why));
	ctx_refresh(&t->c[0]);
	(void)warn(t, uuid_new(), "early");
	CHECK(pass(t, 0, r, 2) == 1 && r[0].state == ACCEPT_REFUSED && r[0].early &&
	      strcmp(r[0].code, "unknown_team") == 0 && r[0].ja.n);
	OK(tell(t, 0, node_key_of(&t->f[0]), true, &why));
	ctx_refresh(&t->c[1]);
	CHECK(pass(t, 0, r, 2) == 1 && r[0].state == ACCEPT_TAKEN);
}
BOTH_TWO(before_its_team_is_known)

/* ---- the same on two ways at once ---- */

#define RACE 60

struct racer {
	struct two *t;
	const struct json *envelope;
	pthread_barrier_t *start;
	struct arena a;
	size_t later, taken;
	enum err err;
};

static void *race(void *arg)
{
	struct racer *x = arg;
	struct accept_result *r = NULL;
	struct why why = {0};
	size_t n = 0;

	pthread_barrier_wait(x->start);
	x->err =
	    accept_objects(x->t->c[1].node, &x->a, x->t->peer[1].key, (struct uuid){{0}},
			   envelope_of(&x->a, json_at(x->envelope, 0), json_count(x->envelope)),
			   json_count(x->envelope), &r, &n, &why);
	for (size_t i = 0; i < n; i++) {
		x->later += r[i].state == ACCEPT_LATER || r[i].state == ACCEPT_REFUSED;
		x->taken += r[i].state == ACCEPT_TAKEN;
	}
	return NULL;
}

/* Two links that bring the same at the same moment are in nobody's way: each object is taken once,
 * and nothing waits. */
static void two_ways_at_once(struct two *t)
{
	pthread_barrier_t start;
	pthread_t thread[2];
	struct racer x[2];
	struct json envelope;

	acquaint(t);
	for (size_t i = 0; i < RACE; i++)
		(void)warn(t, uuid_new(), "twice");
	CHECK(offered(t, 0, &envelope) == RACE);
	pthread_barrier_init(&start, NULL, 2);
	for (size_t i = 0; i < 2; i++) {
		x[i] = (struct racer){.t = t, .envelope = &envelope, .start = &start};
		arena_init(&x[i].a, 64 << 20);
		CHECK(pthread_create(&thread[i], NULL, race, &x[i]) == 0);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		CHECK(x[i].err == ERR_OK && x[i].later == 0);
	}
	CHECK(x[0].taken + x[1].taken == RACE);
	for (size_t i = 0; i < 2; i++)
		arena_done(&x[i].a);
	pthread_barrier_destroy(&start);
}
BOTH_TWO(two_ways_at_once)

static size_t made(struct two *t, size_t node)
{
	size_t n = 0;

	OK(receipts_make(t->f[node].node, &n, &why));
	return n;
}

static size_t linked(struct two *t, struct uuid uid, const char *relation, struct record **ret)
{
	size_t n = 0;

	ctx_refresh(&t->c[0]);
	OK(record_linked(&t->c[0], uid, relation, ret, &n, &why));
	return n;
}

static void comes_back(struct two *t)
{
	struct accept_result r[8];
	struct record *receipts = NULL;
	struct receipt_taken taken;
	struct key_chain chain;
	struct json keys, object;
	struct why why = {0};
	struct uuid uid;

	acquaint(t);
	uid = warn(t, uuid_new(), "one");
	CHECK(pass(t, 0, r, 8) == 1 && r[0].state == ACCEPT_TAKEN && r[0].rev == 1);
	CHECK(made(t, 1) == 2 && made(t, 1) == 0);
	CHECK(pass(t, 1, r, 8) == 2 && r[0].state == ACCEPT_TAKEN && r[1].state == ACCEPT_TAKEN);
	CHECK(linked(t, uid, "receipt", &receipts) == 2);
	CHECK(pass(t, 0, r, 8) == 0 && pass(t, 1, r, 8) == 0 && made(t, 1) == 0);

	/* what was changed on the way is no receipt, nor is that of another team */
	OK(team_chain(t->f[0].node, t->c[0].arena, receipts[0].team, &chain, &keys, &why));
	OK(json_parse(t->c[0].arena, receipts[0].body, NULL, &object, &why));
	OK(receipts_check(&t->c[0], &object, chain.team, &chain, &keys, &taken, &why));
	CHECK(taken.issuer == t->f[0].team[0] && uuid_eq(taken.target, uid));
	CHECK(receipts_check(&t->c[0], &object, t->f[0].team_uid[0], &chain, &keys, &taken, &why) ==
	      ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0 && why.text_ja[0]);
	/* nor one that no journal has: another time in the entry; or of another root */
	struct key_chain of_others = chain;
	struct ed25519_secret root = ed25519_new();
	struct json forged = json_copy(t->c[0].arena, &object);

	json_set(t->c[0].arena, &forged, STR("created"),
		 json_string(STR("2026-11-01T00:00:00.000Z")));
	json_set(t->c[0].arena, (struct json *)(uintptr_t)json_get_c(&forged, "entry"), STR("seq"),
		 json_from_i64(t->c[0].arena, 1));
	CHECK(receipts_check(&t->c[0], &forged, chain.team, &chain, &keys, &taken, NULL) != ERR_OK);
	of_others.root = root.public;
	CHECK(receipts_check(&t->c[0], &object, chain.team, &of_others, &keys, &taken, NULL) ==
	      ERR_DENIED);
	json_set(t->c[0].arena, &object, STR("rev"), json_from_i64(t->c[0].arena, 2));
	CHECK(receipts_check(&t->c[0], &object, chain.team, &chain, &keys, &taken, NULL) != ERR_OK);

	/* a newer text has receipts of its own */
	(void)warn(t, uid, "two");
	CHECK(pass(t, 0, r, 8) == 1 && r[0].rev == 2);
	CHECK(made(t, 1) == 2 && pass(t, 1, r, 8) == 2);
	CHECK(linked(t, uid, "receipt", &receipts) == 4);
}
BOTH_TWO(comes_back)

/* Nobody confirms a text that was never signed: else a team could have every rev there will be. */
static void of_an_unknown_text(struct two *t)
{
	struct ctx *c = &t->c[0];
	struct accept_result r[8];
	struct record *receipts = NULL, held = {0};
	struct uuid uid;

	acquaint(t);
	uid = warn(t, uuid_new(), "one");
	CHECK(pass(t, 0, r, 8) == 1 && made(t, 1) == 2);
	OK(store_find_held(c->node->store, c->arena,
			   directory_team(c->dir, t->f[0].team[0])->outbox, &uid, 1, false, &held,
			   &why));
	OK(signed_forget(c->node->store, held.key, held.version, &why));
	CHECK(pass(t, 1, r, 8) == 2 && r[0].state == ACCEPT_REFUSED &&
	      strcmp(r[0].code, "unknown_text") == 0 && r[0].ja.n);
	CHECK(linked(t, uid, "receipt", &receipts) == 0);
}
BOTH_TWO(of_an_unknown_text)

static str state_at(struct two *t, struct uuid uid)
{
	struct ctx *c = &t->c[1];
	struct record r = {0};

	OK(store_find_held(c->node->store, c->arena, known(t, 1, 0, 0)->outbox, &uid, 1, false, &r,
			   &why));
	return word_text(c->node->store, r.state);
}

static void take_back(struct two *t, struct uuid uid)
{
	struct ctx *c = &t->c[0];
	struct taking_back back = {.team = t->f[0].team[0], .why = STR("wrong")};
	struct write_set w;

	taking_back_name(c, &back, STR("x-hikeshi-warning"), uid);
	taking_back_name(c, &back, STR("indicator"), uuid_new()); /* never left */
	taking_back_team(c, &back, known(t, 0, 1, 0)->key);
	taking_back_team(c, &back, t->f[0].team[1]); /* works here */
	write_init(&w, c->arena, 0, back.team);
	OK(withdrawal_write(c, &w, &back, &why));
	CHECK(write_puts(&w) == 1);
	OK(store_commit(c->node->store, &w, NULL, &why));
}

static bool covered(struct two *t, struct uuid uid, size_t by, int64_t rev)
{
	char u[UUID_TEXT];
	struct coverage x = {.uid = uid, .team = t->f[0].team_uid[by], .rev = rev};

	uuid_text(uid, u);
	x.target = arena_printf(t->c[1].arena, "x-hikeshi-warning--%.*s", UUID_TEXT, u);
	OK(withdrawals_cover(&t->c[1], &x, 1, &why));
	return x.covered;
}

static void is_taken_back(struct two *t)
{
	struct accept_result r[8];
	struct record *withdrawals = NULL, *receipts = NULL;
	struct uuid uid;

	acquaint(t);
	uid = warn(t, uuid_new(), "one");
	CHECK(pass(t, 0, r, 8) == 1);
	CHECK(!covered(t, uid, 0, 1));
	CHECK(str_eq(state_at(t, uid), STR("issued")));
	take_back(t, uid);
	CHECK(pass(t, 0, r, 8) == 1 && r[0].state == ACCEPT_TAKEN);
	CHECK(str_eq(state_at(t, uid), STR("withdrawn")));
	CHECK(covered(t, uid, 0, 1) && !covered(t, uid, 0, 2) && !covered(t, uid, 1, 1));
	/* received by two teams, withdrawn by the one that it was for */
	CHECK(made(t, 1) == 3);
	CHECK(pass(t, 1, r, 8) == 3);
	CHECK(linked(t, uid, "withdraws", &withdrawals) == 1);
	CHECK(linked(t, withdrawals[0].uid, "receipt", &receipts) == 1);
	CHECK(receipts[0].team == known(t, 0, 1, 0)->key);
	/* what was marked is passed on to nobody as if it were signed so; a newer rev counts */
	(void)warn(t, uid, "again");
	CHECK(pass(t, 0, r, 8) == 1 && r[0].rev == 2 && r[0].state == ACCEPT_TAKEN);
	CHECK(str_eq(state_at(t, uid), STR("issued")));
}
BOTH_TWO(is_taken_back)

static bool is_of(const struct json *object, const char *type)
{
	str id = json_get_str(object, "type");

	if (str_eq(id, STR("x-hikeshi-signature")))
		id = json_get_str(json_get_c(object, "manifest"), "target");
	return str_starts(id, str_c(type));
}

/* Where the withdrawal came first, by another way, the text is passed over: there is nothing to do
 * about it, for nobody, so nothing stays open on the page of a link. */
static void came_after_its_withdrawal(struct two *t)
{
	struct arena *a = t->c[1].arena;
	struct json first, all, some = json_array();
	struct accept_result *r = NULL, *late = NULL;
	struct record held = {0};
	struct uuid uid;
	size_t n = 0;

	acquaint(t);
	uid = warn(t, uuid_new(), "one");
	CHECK(offered(t, 0, &first) == 1);
	take_back(t, uid);
	CHECK(offered(t, 0, &all) == 2);
	for (size_t i = 0; i < json_count(&all); i++)
		if (is_of(json_at(&all, i), WITHDRAWAL_TYPE))
			json_add(a, &some, *json_at(&all, i));
	OK(accept_objects(t->c[1].node, a, t->peer[1].key, (struct uuid){{0}},
			  envelope_of(a, json_at(&some, 0), json_count(&some)), json_count(&some),
			  &r, &n, &why));
	CHECK(n == 1 && r[0].state == ACCEPT_TAKEN);
	OK(accept_objects(t->c[1].node, a, t->peer[1].key, (struct uuid){{0}},
			  envelope_of(a, json_at(&first, 0), json_count(&first)),
			  json_count(&first), &late, &n, &why));
	CHECK(n == 1 && late[0].state == ACCEPT_KNOWN);
	OK(store_find_held(t->c[1].node->store, a, known(t, 1, 0, 0)->outbox, &uid, 1, false, &held,
			   &why));
	CHECK(!held.key);
}
BOTH_TWO(came_after_its_withdrawal)

static void is_refused(struct two *t)
{
	struct ctx *c = &t->c[1];
	struct uuid team = t->f[0].team_uid[0];
	struct withdrawal_name name = {.target = STR("indicator--" /* any */
						     "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"),
				       .rev = 1};
	struct withdrawal w = {.id = uuid_new(), .team = team, .names = &name, .n_names = 1}, got;
	static const char *const needed[] = {"id", "modified", "revoked", "issued"};
	struct withdrawal_path path = {.name = {STR("name")}, .n = 1};
	struct json v = withdrawal_json(c->arena, &w);
	struct why why = {0};

	OK(withdrawal_check(c, &v, team, &got, &why));
	CHECK(withdrawal_check(c, &v, t->f[0].team_uid[1], &got, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "not_yours") == 0 && why.text_ja[0]);
	name.paths = &path;
	name.n_paths = 1;
	v = withdrawal_json(c->arena, &w);
	why = (struct why){0};
	OK(withdrawal_check(c, &v, team, &got, &why));
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		path.name[0] = str_c(needed[i]);
		v = withdrawal_json(c->arena, &w);
		CHECK(withdrawal_check(c, &v, team, &got, NULL) == ERR_UNPROCESSABLE);
	}
	name.n_paths = 0;
	v = withdrawal_json(c->arena, &w);
	json_set(c->arena, &v, STR("list"), json_from_bool(true));
	CHECK(withdrawal_check(c, &v, team, &got, &why) == ERR_INVALID);
	CHECK(strcmp(why.code, "unsupported") == 0 && why.text_ja[0]);
}
BOTH_TWO(is_refused)

/* ---- single fields ---- */

/* What node 0 has for the other, as it goes out. */
static str sent(struct two *t, struct json *ret)
{
	struct ctx *c = &t->c[0];
	struct feed_item *x = NULL;
	struct feed_reader who;
	size_t n = 0;
	int64_t next;
	bool more;
	str text;
	BUF(b);

	OK(feed_reader_of(c->node, c->arena, t->peer[0].key, &who, &why));
	OK(feed_read(c->node, c->arena, &who, 0, FEED_PAGE, &x, &n, &next, &more, &why));
	buf_add(&b, STR("["));
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s,%.*s", i ? "," : "", STR_ARG(x[i].object),
			   STR_ARG(x[i].signature));
	buf_add(&b, STR("]"));
	text = arena_str(c->arena, buf_str(&b));
	OK(json_parse(c->arena, text, NULL, ret, &why));
	return text;
}

static struct accept_result take(struct two *t, const struct json *envelope)
{
	struct accept_result *r = NULL;
	size_t n = 0;

	OK(accept_objects(t->c[1].node, t->c[1].arena, t->peer[1].key, (struct uuid){{0}},
			  envelope_of(t->c[1].arena, json_at(envelope, 0), json_count(envelope)),
			  json_count(envelope), &r, &n, &why));
	CHECK(n == 1);
	return n ? r[0] : (struct accept_result){0};
}

#define PERSON "\"what\":{\"impact\":\"a person's name\",\"event_type\":\"compromise\"}"

/* A withdrawal of one field of a warning, up to the rev that was signed last. */
static void take_field(struct two *t, struct uuid uid)
{
	struct ctx *c = &t->c[0];
	const struct erase_path path = {{STR("what"), STR("impact")}, 2};
	struct taking_back back = {.team = t->f[0].team[0], .paths = {&path, 1}};
	struct write_set w;

	taking_back_name(c, &back, STR("x-hikeshi-warning"), uid);
	taking_back_team(c, &back, known(t, 0, 1, 0)->key);
	taking_back_team(c, &back, known(t, 0, 1, 1)->key);
	write_init(&w, c->arena, 0, back.team);
	OK(withdrawal_write(c, &w, &back, &why));
	CHECK(write_puts(&w) == 1);
	OK(store_commit(c->node->store, &w, NULL, &why));
}

/* It is held as issued, without the field, and what is left is still what its team signed. */
static void without_field(struct two *t, struct uuid uid, int64_t rev)
{
	struct ctx *c = &t->c[1];
	struct record_signed row = {0};
	struct signed_manifest m;
	struct record r = {0};
	struct json object;

	OK(store_find_held(c->node->store, c->arena, known(t, 1, 0, 0)->outbox, &uid, 1, true, &r,
			   &why));
	CHECK(str_find(r.body, STR("person")) < 0 && str_find(r.body, STR("compromise")) > 0);
	CHECK(str_eq(word_text(c->node->store, r.state), STR("issued")));
	OK(signed_find(c->node->store, c->arena, &r.key, &r.version, 1, &row, &why));
	CHECK(row.rev == rev && str_find(row.object, STR("person")) < 0);
	OK(json_parse(c->arena, row.object, NULL, &object, &why));
	OK(signature_kept(c->arena, row.signature, &m, &why));
	m.hash = row.hash;
	OK(signature_verify(c->arena, NULL, &m, &object, &why));
	for (size_t i = 0; i < m.open.n_leaves; i++)
		CHECK(!str_eq(m.open.leaves[i].path[1], STR("impact")));
	for (int32_t version = 1; version < r.version; version++) {
		struct record was = {0};

		OK(store_version(c->node->store, c->arena, r.key, version, &was, &why));
		CHECK(str_find(was.body, STR("person")) < 0);
	}
}

static void field_is_erased(struct two *t)
{
	struct accept_result r[8];
	struct json first;
	struct uuid uid;

	acquaint(t);
	uid = warn(t, uuid_new(), "one\"," PERSON ",\"summary\":\"x");
	(void)sent(t, &first);
	CHECK(pass(t, 0, r, 8) == 1);
	take_field(t, uid);
	CHECK(pass(t, 0, r, 8) == 1 && r[0].state == ACCEPT_TAKEN);
	without_field(t, uid, 1);
	CHECK(!covered(t, uid, 0, 1));
	CHECK(made(t, 1) == 4); /* received and applied, two teams */
	/* the same rev with the field changes nothing */
	CHECK(take(t, &first).state == ACCEPT_KNOWN);
	without_field(t, uid, 1);
	/* a rev above it may have the field again */
	(void)warn(t, uid, "two\"," PERSON ",\"summary\":\"x");
	CHECK(pass(t, 0, r, 8) == 1 && r[0].rev == 2);
	CHECK(str_eq(state_at(t, uid), STR("issued")));
}
BOTH_TWO(field_is_erased)

/* What a team calls a number and is none is no number here, which verify would miss a counter of.
 */
static void numbers_of_others(struct two *t)
{
	static const char *const said[] = {"EW-2026-0041", "EW-2026-99999999999999999",
					   "EW-20-1",      "-2026-1",
					   "ew-2026-1",    "EW-2026-",
					   "EW--1-2026"};
	struct ctx *c = &t->c[1];
	struct accept_result r[8];
	struct verify_counts counts = {0};
	struct record held = {0};

	acquaint(t);
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct uuid uid =
		    warn(t, uuid_new(), arena_printf(c->arena, "one\",\"number\":\"%s", said[i]).p);

		CHECK(pass(t, 0, r, 8) == 1);
		OK(store_find_held(c->node->store, c->arena, known(t, 1, 0, 0)->outbox, &uid, 1,
				   true, &held, &why));
		CHECK(str_eq(held.number, i ? STR("") : str_c(said[0])));
		CHECK(str_find(held.body, str_c(said[i])) > 0);
	}
	OK(store_verify(c->node->store, NULL, NULL, NULL, &counts, &why));
	CHECK(counts.faults == 0);
}
BOTH_TWO(numbers_of_others)

/* Only the withdrawal is known: what comes afterwards is taken without the field. */
static void field_comes_later(struct two *t)
{
	struct accept_result r[8];
	struct json first;
	struct uuid uid;

	acquaint(t);
	uid = warn(t, uuid_new(), "one\"," PERSON ",\"summary\":\"x");
	(void)sent(t, &first);
	take_field(t, uid);
	CHECK(pass(t, 0, r, 8) == 2);
	without_field(t, uid, 1);
	CHECK(take(t, &first).state == ACCEPT_KNOWN);
}
BOTH_TWO(field_comes_later)

/* ---- TLP:RED ---- */

/* The lead of team 0 of node 1 is known by name at node 0. */
static int64_t contact(struct two *t)
{
	struct ctx *c = &t->c[0];
	const struct directory_team *team = known(t, 0, 1, 0);
	struct label l = {
	    .originator = team->key, .holder = team->key, .tlp = TLP_GREEN, .everyone = true};
	struct record_put p = {.type = STR("x-hikeshi-person"),
			       .team = team->key,
			       .body = STR("{\"name\":\"A\"}"),
			       .kind = "contact"};
	struct actor lead;
	struct ctx there;
	struct write_set w;
	int64_t key = 0;

	node_fixture_ctx(&t->f[1], t->f[1].lead[0], &lead, &there);
	CHECK(principal_uuid(t->f[1].node->store, lead.person, &p.uid));
	ctx_done(&there);
	OK(principal_intern(c->node->store, PRINCIPAL_PERSON, &p.uid, 1, &key, &why));
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	write_init(&w, c->arena, 0, team->key);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	OK(directory_refresh(c->node->directory, &why));
	ctx_refresh(c);
	CHECK(directory_person(c->dir, key) && directory_person(c->dir, key)->team == l.holder);
	return key;
}

static struct uuid red_indicator(struct two *t, int64_t person)
{
	struct ctx *c = &t->c[0];
	struct label_person to = {.team = known(t, 0, 1, 0)->key, .person = person};
	int64_t own = t->f[0].team[0];
	struct label l = {
	    .originator = own, .holder = own, .tlp = TLP_RED, .people = &to, .n_people = 1};
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
			 "\"2026-11-01T00:00:00.000Z\",\"name\":\"canary\",\"pattern\":"
			 "\"[domain-name:value = 'a.example']\",\"pattern_type\":\"stix\","
			 "\"valid_from\":\"2026-11-01T00:00:00Z\"}",
			 UUID_TEXT, u);
	OK(label_intern(c->node->store, &l, 1, &p.label, &why));
	write_init(&w, c->arena, 0, own);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	return p.uid;
}

static void red_is_sealed(struct two *t)
{
	struct json envelope, again;
	struct accept_result r;
	struct record held = {0};
	const struct label *l;
	struct uuid uid;
	int64_t person;
	str text;

	acquaint(t);
	person = contact(t);
	uid = red_indicator(t, person);
	(void)sent(t, &envelope); /* sealed on the way; what is sealed has a later place */
	text = sent(t, &envelope);
	CHECK(json_count(&envelope) == 2 && str_find(text, STR("x-hikeshi-sealed")) > 0);
	CHECK(str_find(text, STR("canary")) < 0 && str_find(text, STR("indicator--")) < 0);
	(void)sent(t, &again);
	CHECK(json_count(&again) == 2); /* not sealed twice */
	r = take(t, &envelope);
	CHECK(r.state == ACCEPT_TAKEN);
	OK(store_find_held(t->c[1].node->store, t->c[1].arena, known(t, 1, 0, 0)->outbox, &uid, 1,
			   true, &held, &why));
	CHECK(held.key && str_find(held.body, STR("canary")) > 0);
	l = label_get(t->c[1].node->store, held.label);
	CHECK(l && l->tlp == TLP_RED && l->n_people == 1 && !l->n_teams && !l->n_circles);
	CHECK(take(t, &envelope).state == ACCEPT_KNOWN);
}
BOTH_TWO(red_is_sealed)

/* Signed by a team of node 0 for team 0 of node 1. */
static struct json by_hand(struct two *t, const struct json *object, enum tlp tlp)
{
	struct ctx *c = &t->c[0];
	struct audience_entry to = {.kind = AUDIENCE_TEAM, .team = t->f[1].team_uid[0]};
	struct signed_manifest m = {.created_us = clock_now_us(), .modified_us = clock_now_us()};
	struct json all = json_array();
	struct own_team own;

	m.team = m.originator = t->f[0].team_uid[0];
	m.manifest.rev = 1;
	m.manifest.label.tlp = tlp;
	OK(own_team_get(c->node, c->arena, t->f[0].team[0], &own, &why));
	OK(manifest_make(c->arena, &m.manifest, object, &to, 1, &m.open, &why));
	m.hash = manifest_hash(&m.manifest);
	signature_batch(c->arena, &own.key, &m.hash, 1, &m.signature);
	json_add(c->arena, &all, *object);
	json_add(c->arena, &all, signature_json(c->arena, &m));
	return all;
}

static void red_is_refused(struct two *t)
{
	struct arena *a = t->c[0].arena;
	struct age_identity stranger = age_identity_new();
	struct age_recipient to = age_recipient_of(&stranger);
	struct json open = node_fixture_json(
	    &t->f[0], "{'type':'indicator','spec_version':'2.1','id':'indicator--8e2e2d2b-17d4-"
		      "4cbf-938f-98ee46b3cd3f','created':'2026-11-01T00:00:00.000Z','modified':"
		      "'2026-11-01T00:00:00.000Z','pattern':'[a:b = 1]','pattern_type':'stix',"
		      "'valid_from':'2026-11-01T00:00:00Z'}");
	struct json envelope, sealed;
	struct accept_result r;

	acquaint(t);
	envelope = by_hand(t, &open, TLP_RED);
	r = take(t, &envelope);
	CHECK(r.state == ACCEPT_REFUSED && strcmp(r.code, "red_unsealed") == 0 && r.ja.n);
	/* for this node, to a key that none of its teams has */
	OK(seal_make(a, &open, NULL, 0, &to, 1, store_node_id(t->f[1].node->store), clock_now_us(),
		     &sealed, &why));
	envelope = by_hand(t, &sealed, TLP_AMBER_STRICT);
	r = take(t, &envelope);
	CHECK(r.state == ACCEPT_REFUSED && strcmp(r.code, "cannot_open") == 0 && r.ja.n);
	/* for another node: kept, unread */
	OK(seal_make(a, &open, NULL, 0, &to, 1, uuid_new(), clock_now_us(), &sealed, &why));
	envelope = by_hand(t, &sealed, TLP_AMBER_STRICT);
	CHECK(take(t, &envelope).state == ACCEPT_TAKEN);
	/* opened, and nobody has signed what is inside: the seal is refused with that code */
	struct own_team own;

	OK(own_team_get(t->f[1].node, a, t->f[1].team[0], &own, &why));
	OK(seal_make(a, &open, NULL, 0, &own.object.age, 1, store_node_id(t->f[1].node->store),
		     clock_now_us(), &sealed, &why));
	envelope = by_hand(t, &sealed, TLP_AMBER_STRICT);
	r = take(t, &envelope);
	CHECK(r.state == ACCEPT_REFUSED && strcmp(r.code, "unsigned") == 0);
}
BOTH_TWO(red_is_refused)

static void nobody_writes_one(struct two *t)
{
	static const char *const types[] = {"x-hikeshi-receipt", "x-hikeshi-withdrawal",
					    "x-hikeshi-sealed"};
	struct node_fixture *f = &t->f[0];
	struct actor lead;
	struct ctx c;

	node_fixture_ctx(f, f->lead[0], &lead, &c);
	lead.role = ROLE_ADMINISTRATOR;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct json request = node_fixture_json(f, "{'object':{'v':1}}");
		struct record r;
		struct why why = {0};

		CHECK(record_create(&c, catalog_type(f->node->catalog, str_c(types[i])), &request,
				    0, &r, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "made_by_node") == 0);
	}
	ctx_done(&c);
}
BOTH_TWO(nobody_writes_one)

RUN_TESTS(BOTH_ROWS(comes_back), BOTH_ROWS(of_an_unknown_text), BOTH_ROWS(is_taken_back),
	  BOTH_ROWS(came_after_its_withdrawal), BOTH_ROWS(is_refused), BOTH_ROWS(field_is_erased),
	  BOTH_ROWS(numbers_of_others), BOTH_ROWS(field_comes_later), BOTH_ROWS(red_is_sealed),
	  BOTH_ROWS(red_is_refused), BOTH_ROWS(nobody_writes_one),
	  BOTH_ROWS(before_its_team_is_known), BOTH_ROWS(two_ways_at_once))
