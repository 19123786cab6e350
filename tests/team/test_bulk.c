// SPDX-License-Identifier: Apache-2.0
/* Many records changed at once: each by its own rules, what is refused told by itself; taken back
 * by its maker alone, for ten minutes, and only what nobody changed since. */
#include "store/service.h"
#include "team/undo.h"
#include "tests/team/node_fixture.h"

static const struct catalog_type *type_of(struct node_fixture *f, const char *plural)
{
	return catalog_plural(f->node->catalog, str_c(plural));
}

static struct record made(struct node_fixture *f, struct ctx *c, const char *plural,
			  const char *text)
{
	struct json request = node_fixture_json(f, text);
	struct record r = {0};

	OK(record_create(c, type_of(f, plural), &request, 0, &r, &why));
	return r;
}

static struct record now_of(struct ctx *c, const struct record *r)
{
	struct record now = {0};

	OK(record_get(c, NULL, record_id(c, r), &now, &why));
	return now;
}

static str field(struct ctx *c, const struct record *r, const char *name)
{
	struct record now = now_of(c, r);
	struct json v;

	OK(record_render(c, &now, &v, &why));
	return json_get_str(&v, name);
}

struct three {
	struct actor a;
	struct ctx c;
	struct record r[3];
	struct bulk_item items[4];
	struct json set;
	struct bulk b;
	struct bulk_result res;
};

static void three(struct node_fixture *f, struct three *t, const char *set)
{
	static const char *const texts[] = {"{'title':'a','severity':'low','summary':'s'}",
					    "{'title':'b','severity':'high','tlp':'TLP:GREEN'}",
					    "{'title':'c'}"};

	*t = (struct three){0};
	node_fixture_ctx(f, f->analyst[0], &t->a, &t->c);
	for (size_t i = 0; i < 3; i++) {
		t->r[i] = made(f, &t->c, "incidents", texts[i]);
		t->items[i].id = record_id(&t->c, &t->r[i]);
	}
	t->set = node_fixture_json(f, set);
	t->b = (struct bulk){
	    .type = type_of(f, "incidents"), .items = t->items, .n = 3, .set = &t->set};
}

static void sets_and_takes_back(struct node_fixture *f)
{
	struct three t;
	struct history_item *h = NULL;
	size_t n = 0;
	struct bulk_result back;
	struct why said = {0};

	three(f, &t, "{'severity':'critical','summary':null,'tlp':'TLP:AMBER'}");
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	CHECK(t.res.done == 3 && !t.res.n_faults && !uuid_is_zero(t.res.undo));
	CHECK(str_eq(field(&t.c, &t.r[0], "severity"), STR("critical")));
	CHECK(!field(&t.c, &t.r[0], "summary").n);
	CHECK(str_eq(field(&t.c, &t.r[1], "tlp"), STR("TLP:AMBER")));
	OK(undo_run(&t.c, t.res.undo, &back, &why));
	CHECK(back.done == 3 && !back.n_faults);
	CHECK(str_eq(field(&t.c, &t.r[0], "severity"), STR("low")));
	CHECK(str_eq(field(&t.c, &t.r[0], "summary"), STR("s")));
	CHECK(str_eq(field(&t.c, &t.r[1], "severity"), STR("high")));
	CHECK(str_eq(field(&t.c, &t.r[1], "tlp"), STR("TLP:GREEN")));
	CHECK(!field(&t.c, &t.r[2], "severity").n);
	/* history tells it field by field */
	OK(store_history(f->node->store, t.c.arena, t.r[1].key, &h, &n, &why));
	CHECK(n == 3 && str_eq(h[2].kind, STR("undo")));
	CHECK(str_find(h[2].patch, STR("\"severity\":\"high\"")) >= 0 &&
	      str_find(h[2].patch, STR("\"tlp\":\"TLP:GREEN\"")) >= 0);
	CHECK(undo_run(&t.c, t.res.undo, &back, &said) == ERR_CONFLICT &&
	      strcmp(said.code, "undone") == 0);
	ctx_done(&t.c);
}
BOTH(sets_and_takes_back)

static void steps_by_their_rules(struct node_fixture *f)
{
	struct three t;
	struct record solved = {0};
	struct bulk_result back;

	three(f, &t, "{}");
	t.b.type = type_of(f, "reports");
	t.b.step = STR("acknowledge");
	for (size_t i = 0; i < 3; i++) {
		t.r[i] = made(f, &t.c, "reports", "{'title':'r'}");
		t.items[i].id = record_id(&t.c, &t.r[i]);
	}
	/* one is further already: the machine says no for it alone */
	OK(record_step(&t.c, &t.r[1], STR("check"), NULL, 0, &solved, &why));
	t.items[3].id = STR("x-hikeshi-report--00000000-0000-4000-8000-000000000000");
	t.b.n = 4;
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	CHECK(t.res.done == 2 && t.res.n_faults == 2);
	CHECK(t.res.faults[0].err == ERR_CONFLICT && t.res.faults[1].err == ERR_NOTFOUND);
	CHECK(str_eq(field(&t.c, &t.r[0], "state"), STR("acknowledged")));
	CHECK(str_eq(field(&t.c, &t.r[1], "state"), STR("fact_check")));
	/* somebody goes on with one: it stays, the other goes back */
	solved = now_of(&t.c, &t.r[2]);
	OK(record_step(&t.c, &solved, STR("check"), NULL, 0, &solved, &why));
	OK(undo_run(&t.c, t.res.undo, &back, &why));
	CHECK(back.done == 1 && back.n_faults == 1 && back.faults[0].err == ERR_STALE);
	CHECK(str_eq(field(&t.c, &t.r[0], "state"), STR("received")));
	CHECK(str_eq(field(&t.c, &t.r[2], "state"), STR("fact_check")));
	ctx_done(&t.c);
}
BOTH(steps_by_their_rules)

static void refuses(struct node_fixture *f)
{
	struct three t;
	struct actor a;
	struct ctx other;
	struct bulk_result res;
	struct why said = {0};

	three(f, &t, "{'severity':'nonsense'}");
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	CHECK(!t.res.done && t.res.n_faults == 3 && uuid_is_zero(t.res.undo) &&
	      t.res.faults[0].err == ERR_UNPROCESSABLE);
	/* the version that was read */
	t.set = node_fixture_json(f, "{'severity':'low'}");
	t.items[0].version = 7;
	t.items[1].version = 1;
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	CHECK(t.res.done == 2 && t.res.faults[0].err == ERR_STALE);
	/* another team: there are no such records; another account: no such operation */
	node_fixture_ctx(f, f->analyst[1], &a, &other);
	t.items[0].version = t.items[1].version = 0;
	OK(bulk_run(&other, &t.b, &res, &why));
	CHECK(!res.done && res.n_faults == 3 && res.faults[0].err == ERR_NOTFOUND);
	CHECK(undo_run(&other, t.res.undo, &res, &said) == ERR_NOTFOUND);
	ctx_done(&other);
	node_fixture_ctx(f, f->lead[0], &a, &other);
	CHECK(undo_run(&other, t.res.undo, &res, &said) == ERR_NOTFOUND);
	ctx_done(&other);
	/* warnings and the directory go one by one */
	t.b.type = type_of(f, "warnings");
	CHECK(bulk_run(&t.c, &t.b, &res, &said) == ERR_UNPROCESSABLE);
	t.b.type = type_of(f, "teams");
	CHECK(bulk_run(&t.c, &t.b, &res, &said) == ERR_UNPROCESSABLE);
	ctx_done(&t.c);
}
BOTH(refuses)

static void ten_minutes(struct node_fixture *f)
{
	struct three t;
	struct bulk_result res;
	struct why said = {0};

	three(f, &t, "{'severity':'low'}");
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	t.c.now_us = clock_now_us() + BULK_UNDO_US;
	CHECK(undo_run(&t.c, t.res.undo, &res, &said) == ERR_CONFLICT &&
	      strcmp(said.code, "too_late") == 0);
	ctx_done(&t.c);
}
BOTH(ten_minutes)

/* Taking back is a change: who may not change any more may not take back either. */
static void by_who_may_still_change(struct node_fixture *f)
{
	struct three t;
	struct bulk_result res;

	three(f, &t, "{'severity':'critical'}");
	OK(bulk_run(&t.c, &t.b, &t.res, &why));
	t.a.role = ROLE_READER;
	OK(undo_run(&t.c, t.res.undo, &res, &why));
	CHECK(!res.done && res.n_faults == 3 && res.faults[0].err == ERR_DENIED);
	CHECK(str_eq(field(&t.c, &t.r[0], "severity"), STR("critical")));
	ctx_done(&t.c);
}
BOTH(by_who_may_still_change)

/* ---- the hand-over note ---- */

static void one_note_at_a_time(struct node_fixture *f)
{
	struct actor a, l;
	struct ctx c, lead;
	struct record note, taken = {0}, next = {0};
	struct json request = node_fixture_json(f, "{'text':'次の当番へ'}"),
		    red = node_fixture_json(f, "{'text':'x','tlp':'TLP:RED'}"),
		    forged = node_fixture_json(f, "{'text':'x','duty':'x-hikeshi-person--1'}");
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	note = made(f, &c, "handovers", "{'text':'夜間は静か'}");
	CHECK(str_starts(field(&c, &note, "duty"), STR("x-hikeshi-person--")));
	CHECK(record_create(&c, type_of(f, "handovers"), &request, 0, &next, &said) ==
		  ERR_CONFLICT &&
	      strcmp(said.code, "handover_open") == 0);
	said = (struct why){0};
	CHECK(record_create(&c, type_of(f, "handovers"), &red, 0, &next, &said) ==
	      ERR_UNPROCESSABLE);
	said = (struct why){0};
	c.faults = (struct catalog_faults){0};
	CHECK(record_create(&c, type_of(f, "handovers"), &forged, 0, &next, &said) ==
	      ERR_UNPROCESSABLE);
	said = (struct why){0};
	c.faults = (struct catalog_faults){0};
	OK(record_step(&c, &note, STR("hand_over"), &request, 0, &note, &why));
	CHECK(record_step(&c, &note, STR("take_over"), NULL, 0, &taken, &said) == ERR_CONFLICT &&
	      strcmp(said.code, "own_handover") == 0);
	node_fixture_ctx(f, f->lead[0], &l, &lead);
	OK(record_step(&lead, &note, STR("take_over"), NULL, 0, &taken, &why));
	CHECK(!str_eq(field(&lead, &taken, "taken_by"), field(&lead, &taken, "duty")));
	OK(record_create(&lead, type_of(f, "handovers"), &request, 0, &next, &why));
	CHECK(str_eq(field(&lead, &next, "after"), record_id(&lead, &note)));
	ctx_done(&lead);
	/* the other team has one of its own, and does not see this one */
	node_fixture_ctx(f, f->analyst[1], &l, &lead);
	said = (struct why){0};
	CHECK(record_get(&lead, NULL, record_id(&lead, &note), &taken, &said) == ERR_NOTFOUND);
	OK(record_create(&lead, type_of(f, "handovers"), &request, 0, &next, &why));
	ctx_done(&lead);
	ctx_done(&c);
}
BOTH(one_note_at_a_time)

RUN_TESTS(BOTH_ROWS(sets_and_takes_back), BOTH_ROWS(steps_by_their_rules), BOTH_ROWS(refuses),
	  BOTH_ROWS(ten_minutes), BOTH_ROWS(by_who_may_still_change), BOTH_ROWS(one_note_at_a_time))
