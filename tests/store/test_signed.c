// SPDX-License-Identifier: Apache-2.0
/* signed: signatures stand beside holdings and versions, a lineage has each rev once, items of a
 * link keep the newest word, one owner at a time has a lease. */
#include "store/signed.h"
#include "tests/store/fixture.h"

static struct uuid id(uint8_t n)
{
	return (struct uuid){{n, 9, 9, 9, 9, 9, 0x40, 9, 0x80}};
}

static struct record_signed row(struct fixture *f, int64_t holding, int32_t version, uint8_t n,
				int64_t rev)
{
	return (struct record_signed){.holding = holding,
				      .version = version,
				      .uid = id(n),
				      .team = f->team,
				      .rev = rev,
				      .hash = sha256(STR("manifest")),
				      .object = STR("{\"a\":1}"),
				      .signature = STR("{\"sig\":\"…\"}")};
}

static int64_t held(struct fixture *f, uint8_t n)
{
	struct record_put p = {.uid = id(n),
			       .type = STR("indicator"),
			       .form = FORM_STIX,
			       .team = f->team,
			       .label = f->open_label,
			       .body = arena_printf(&f->a, "{\"n\":%d}", n)};
	struct record_result r = {0};
	struct write_set w;

	write_init(&w, &f->a, 0, f->team);
	write_put(&w, &p);
	OK(store_commit(f->s, &w, &r, &why));
	return r.key;
}

static void kept_and_found(struct fixture *f)
{
	int64_t a = held(f, 1), b = held(f, 2);
	struct record_signed rows[3] = {row(f, a, 1, 1, 1), row(f, a, 2, 1, 2), row(f, b, 1, 2, 1)};
	struct record_signed got[3];
	const int64_t holdings[] = {b, a, a + b};
	const int32_t versions[] = {1, 2, 1};
	const struct uuid uids[] = {id(1), id(3)};
	const int64_t teams[] = {f->team, f->team};
	struct digest hash;

	OK(signed_add(f->s, rows, 3, &why));
	OK(signed_find(f->s, &f->a, holdings, versions, 3, got, &why));
	CHECK(got[0].rev == 1 && uuid_eq(got[0].uid, id(2)) &&
	      digest_eq(got[0].hash, sha256(STR("manifest"))));
	CHECK(got[1].rev == 2 && str_eq(got[1].object, STR("{\"a\":1}")) &&
	      str_eq(got[1].signature, STR("{\"sig\":\"…\"}")));
	CHECK(got[2].rev == 0);
	OK(signed_newest(f->s, &f->a, uids, teams, 2, got, &why));
	CHECK(got[0].rev == 2 && got[0].version == 2 && got[1].rev == 0);
	OK(signed_hash(f->s, id(1), f->team, 1, &hash, &why));
	CHECK(digest_eq(hash, sha256(STR("manifest"))));
	CHECK(signed_hash(f->s, id(1), f->team, 3, &hash, NULL) == ERR_NOTFOUND);
	CHECK(signed_hash(f->s, id(1), f->team + 1, 1, &hash, NULL) == ERR_NOTFOUND);
}

static void a_rev_is_given_once(struct fixture *f)
{
	struct record_signed first = row(f, 5, 1, 1, 1), again = row(f, 5, 2, 1, 1),
			     same = row(f, 5, 1, 1, 2);
	struct why why = {0};

	OK(signed_add(f->s, &first, 1, &why));
	CHECK(signed_add(f->s, &again, 1, &why) == ERR_CONFLICT);
	CHECK(signed_add(f->s, &same, 1, NULL) == ERR_CONFLICT);
}

static void comes_with_a_put(struct fixture *f)
{
	struct record_signed sig = row(f, 0, 0, 4, 7), got;
	struct record_put p = {.uid = id(4),
			       .type = STR("indicator"),
			       .form = FORM_STIX,
			       .team = f->team,
			       .label = f->open_label,
			       .body = STR("{\"type\":\"indicator\"}"),
			       .signature = &sig};
	struct record_result r = {0};
	int32_t version = 1;
	struct write_set w;

	write_init(&w, &f->a, 0, f->team);
	write_put(&w, &p);
	OK(store_commit(f->s, &w, &r, &why));
	OK(signed_find(f->s, &f->a, &r.key, &version, 1, &got, &why));
	CHECK(got.rev == 7);
	p.key = r.key;
	p.body = STR("{\"type\":\"indicator\",\"x\":1}");
	write_init(&w, &f->a, 0, f->team);
	write_put(&w, &p); /* the same rev again: nothing of it is written */
	CHECK(store_commit(f->s, &w, &r, NULL) == ERR_CONFLICT);
	CHECK(store_version(f->s, &f->a, p.key, 2, &(struct record){0}, NULL) == ERR_NOTFOUND);
}

static void items(struct fixture *f)
{
	struct link_item x[2] = {{.peer = 3,
				  .direction = LINK_OUT,
				  .id = STR("indicator--1"),
				  .rev = 1,
				  .state = LINK_REFUSED,
				  .code = STR("signature"),
				  .reason = STR("{}"),
				  .at_us = 10},
				 {.peer = 3,
				  .direction = LINK_OUT,
				  .id = STR("indicator--2"),
				  .rev = 1,
				  .state = LINK_WAITS,
				  .code = STR("later"),
				  .reason = STR("{}"),
				  .at_us = 11}};
	struct link_item got[4];
	int64_t count = 0;
	size_t n = 0;

	OK(link_items_put(f->s, x, 2, &why));
	OK(link_items_open(f->s, &f->a, 3, LINK_OUT, 0, 4, got, &n, &why));
	CHECK(n == 2 && str_eq(got[0].id, STR("indicator--2")) && got[1].state == LINK_REFUSED);
	x[0].state = LINK_DONE;
	OK(link_items_put(f->s, x, 1, &why));
	OK(link_items_count(f->s, 3, LINK_OUT, &count, &why));
	CHECK(count == 1);
	OK(link_items_count(f->s, 3, LINK_IN, &count, &why));
	CHECK(count == 0);
	/* send again */
	OK(link_items_due(f->s, &f->a, 3, LINK_OUT, 4, got, &n, &why));
	CHECK(n == 1 && got[0].state == LINK_WAITS);
	OK(link_items_again(f->s, 3, STR("indicator--9"), 0, &count, &why));
	CHECK(count == 0);
	OK(link_items_asked(f->s, &count, 1, &n, &why));
	CHECK(n == 0);
	OK(link_items_again(f->s, 3, STR("indicator--2"), 0, &count, &why));
	CHECK(count == 1);
	OK(link_items_asked(f->s, &count, 1, &n, &why));
	CHECK(n == 1 && count == 3);
	OK(link_item_get(f->s, &f->a, 3, LINK_OUT, STR("indicator--2"), &got[0], &why));
	CHECK(got[0].state == LINK_AGAIN && str_eq(got[0].code, STR("later")));
	CHECK(link_item_get(f->s, &f->a, 3, LINK_IN, STR("indicator--2"), &got[0], NULL) ==
	      ERR_NOTFOUND);
}

/* Whoever floods a link: the newest stay. */
static void flood(struct fixture *f)
{
	struct link_item *x = arena_array(&f->a, struct link_item, LINK_ITEMS_MAX);
	struct link_item got[2];
	int64_t count = 0;
	size_t n = 0;

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < LINK_ITEMS_MAX; i++)
			x[i] = (struct link_item){
			    .peer = 7,
			    .direction = LINK_IN,
			    .id = arena_printf(&f->a, "indicator--%zu-%zu", k, i),
			    .state = LINK_REFUSED,
			    .code = STR("unsigned"),
			    .reason = STR("{}"),
			    .at_us = 1000000 * (int64_t)(k + 1)};
		OK(link_items_put(f->s, x, k ? 500 : LINK_ITEMS_MAX, &why));
	}
	OK(link_items_count(f->s, 7, LINK_IN, &count, &why));
	CHECK(count == LINK_ITEMS_MAX);
	OK(link_items_open(f->s, &f->a, 7, LINK_IN, 0, 1, got, &n, &why));
	CHECK(n == 1 && str_eq(got[0].id, STR("indicator--1-499")));
	CHECK(link_item_get(f->s, &f->a, 7, LINK_IN, STR("indicator--0-0"), got, NULL) ==
	      ERR_NOTFOUND);
}

static void leases(struct fixture *f)
{
	OK(link_lease(f->s, 1, id(1), 100, 200, &why));
	CHECK(link_lease(f->s, 1, id(2), 150, 250, NULL) == ERR_BUSY);
	OK(link_lease(f->s, 1, id(1), 150, 250, &why));
	OK(link_lease(f->s, 1, id(2), 251, 300, &why));
	link_release(f->s, 1, id(1)); /* not his any more */
	CHECK(link_lease(f->s, 1, id(1), 252, 300, NULL) == ERR_BUSY);
	link_release(f->s, 1, id(2));
	OK(link_lease(f->s, 1, id(1), 253, 300, &why));
}

BOTH(kept_and_found)
BOTH(a_rev_is_given_once)
BOTH(comes_with_a_put)
BOTH(items)
BOTH(flood)
BOTH(leases)
/* Whoever signs an id second stands behind, however new; so in front of what a team here has made
 * by hand, and what it had imported it takes the place of. */
static struct record second_of(struct fixture *f, struct uuid uid, uint32_t first_flags,
			       bool first_signed)
{
	struct uuid ids[] = {{{50, uid.b[1]}}, {{51, uid.b[1]}}};
	struct view all = fixture_all();
	struct record r = {0};
	struct write_set w;
	int64_t team[2];

	OK(principal_intern(f->s, PRINCIPAL_TEAM, ids, 2, team, &why));
	for (int64_t i = 0; i < 2; i++) {
		bool sign = i || first_signed;
		struct label l = {.originator = team[i], .holder = team[i], .tlp = TLP_AMBER};
		struct record_signed row = {.uid = uid,
					    .team = team[i],
					    .rev = 1,
					    .hash = sha256(STR("h")),
					    .object = STR("{}"),
					    .signature = STR("{}")};
		struct record_put p = {.uid = uid,
				       .type = STR("indicator"),
				       .form = FORM_STIX,
				       .team = team[i],
				       .body = i ? STR("{\"second\":1}") : STR("{\"first\":1}"),
				       .flags = sign ? RECORD_VERIFIED : first_flags,
				       .source_modified_us = 1000 + i,
				       .signature = sign ? &row : NULL,
				       .kind = "receive"};

		OK(label_intern(f->s, &l, 1, &p.label, &why));
		write_init(&w, &f->a, 0, team[i]);
		write_put(&w, &p);
		OK(store_commit(f->s, &w, NULL, &why));
		do {
			OK(store_find_held(f->s, &f->a, team[i], &uid, 1, false, &r, &why));
		} while (!r.pos);
	}
	OK(store_find(f->s, &f->a, &all, &uid, 1, true, &r, &why));
	return r;
}

static void a_second_signer_stands_behind(struct fixture *f)
{
	struct verify_counts counts = {0};
	struct uuid u[4];

	for (uint8_t i = 0; i < 4; i++)
		u[i] = (struct uuid){{77, i, 3, 3, 3, 3, 0x40, 3, 0x80}};
	CHECK(str_find(second_of(f, u[0], 0, true).body, STR("first")) > 0);
	CHECK(str_find(second_of(f, u[1], 0, false).body, STR("first")) > 0);
	CHECK(str_find(second_of(f, u[2], RECORD_BULK, false).body, STR("second")) > 0);
	CHECK(str_find(second_of(f, u[3], RECORD_UNVERIFIED, false).body, STR("second")) > 0);
	OK(store_verify(f->s, NULL, NULL, NULL, &counts, &why));
	CHECK(counts.faults == 0);
}
BOTH(a_second_signer_stands_behind)

RUN_TESTS(BOTH_ROWS(a_second_signer_stands_behind), BOTH_ROWS(kept_and_found),
	  BOTH_ROWS(a_rev_is_given_once), BOTH_ROWS(comes_with_a_put), BOTH_ROWS(items),
	  BOTH_ROWS(flood), BOTH_ROWS(leases))
