// SPDX-License-Identifier: Apache-2.0
/* Early warnings: approval bound to text and audience, who gets one, corrections nobody sees before
 * they are issued, answers, withdrawal. */
#include "team/jobs.h"
#include "team/undo.h"
#include "team/warning.h"
#include "tests/team/node_fixture.h"

struct story {
	struct node_fixture *f;
	struct actor analyst, lead, other;
	struct ctx a, l, o;
	struct record warning, indicator;
	bool lead_writes;
	const char *valid_until; /* NULL: far ahead */
};

static void story_open(struct story *s, struct node_fixture *f)
{
	s->f = f;
	node_fixture_ctx(f, f->analyst[0], &s->analyst, &s->a);
	node_fixture_ctx(f, f->lead[0], &s->lead, &s->l);
	node_fixture_ctx(f, f->analyst[1], &s->other, &s->o);
}

static void story_close(struct story *s)
{
	ctx_done(&s->a);
	ctx_done(&s->l);
	ctx_done(&s->o);
}

/* The contexts as of another request each: what faults there were is over. */
static void refresh(struct story *s)
{
	s->a.faults = s->l.faults = s->o.faults = (struct catalog_faults){0};
	ctx_refresh(&s->a);
	ctx_refresh(&s->l);
	ctx_refresh(&s->o);
}

/* A complete draft to the fixture's circle; more: further members. */
static void draft(struct story *s, const char *tlp, const char *more)
{
	char u[UUID_TEXT];
	struct json request = node_fixture_json(s->f, "{'value':'203.0.113.7'}");

	refresh(s);

	if (!s->indicator.key)
		OK(record_create(&s->a, catalog_plural(s->f->node->catalog, STR("indicators")),
				 &request, 0, &s->indicator, &why));
	uuid_text(s->f->circle, u);
	str text = arena_printf(
	    &s->f->a,
	    "{'title':'警戒','summary':'概要','class':'alert','urgency':'high','severity':'high','"
	    "tlp':'%s',"
	    "'circles':['x-hikeshi-circle--%.*s'],'what':{'event_type':'compromise','impact':'"
	    "漏えい','indicators':['%.*s']},"
	    "'when':{'known_at':'2026-01-01T00:00:00Z','valid_until':'%s'},"
	    "'why':{'rationale':'r','confidence':'high','basis':'own'},"
	    "'how':{'mitigate':[{'text':'遮断','kind':'temporary'}],'report_back':'回答'},'who':{'"
	    "contact':'soc@aoi.example'}%s}",
	    tlp, UUID_TEXT, u, STR_ARG(record_id(&s->a, &s->indicator)),
	    s->valid_until ? s->valid_until : "2099-01-01T00:00:00Z", more);

	request = node_fixture_json(s->f, text.p);
	OK(record_create(s->lead_writes ? &s->l : &s->a,
			 catalog_plural(s->f->node->catalog, STR("warnings")), &request, 0,
			 &s->warning, &why));
	refresh(s);
}

static enum err step(struct story *s, struct ctx *c, const char *name, const char *text,
		     struct why *why)
{
	struct json request = node_fixture_json(s->f, text);
	struct record now = {0};
	enum err err;

	*why = (struct why){0};
	c->faults = (struct catalog_faults){0};
	err = record_step(c, &s->warning, str_c(name), &request, 0, &now, why);
	if (!err)
		s->warning = now;
	refresh(s);
	return err;
}

#define STEP(s, c, step_name, json_text)                                                           \
	do {                                                                                       \
		struct why why_ = {0};                                                             \
		enum err got_ = step(s, c, step_name, json_text, &why_);                           \
		if (got_)                                                                          \
			printf("# %s: %s: %s\n", step_name, err_name(got_), why_.text);            \
		CHECK(got_ == ERR_OK);                                                             \
	} while (0)

static void issue(struct story *s)
{
	STEP(s, &s->a, "submit", "{}");
	STEP(s, &s->l, "approve", "{}");
	STEP(s, &s->a, "issue", "{}");
}

static enum err read_as(struct ctx *c, const struct record *w, struct json *ret)
{
	struct record r = {0};
	struct why said = {0};
	enum err err = record_get(c, NULL, record_id(c, w), &r, &said);

	return err ? err : record_render(c, &r, ret, &said);
}

static void four_eyes_and_the_hash(struct node_fixture *f)
{
	struct story s = {0};
	struct why said;
	struct record now = {0};
	struct json patch = node_fixture_json(f, "{'summary':'別の概要'}");

	story_open(&s, f);
	draft(&s, "AMBER", "");
	STEP(&s, &s.a, "submit", "{}");
	/* an analyst does not approve; a lead who looked at another text does not either */
	CHECK(step(&s, &s.a, "approve", "{}", &said) == ERR_DENIED);
	CHECK(step(&s, &s.l, "approve", "{'hash':'00'}", &said) == ERR_CONFLICT &&
	      strcmp(said.code, "changed") == 0);
	STEP(&s, &s.l, "approve", "{}");
	/* editing throws the approval away */
	OK(record_update(&s.a, &s.warning, &patch, s.warning.version, &now, &why));
	s.warning = now;
	refresh(&s);
	CHECK(step(&s, &s.a, "issue", "{}", &said) == ERR_CONFLICT);
	issue(&s);
	story_close(&s);
}
BOTH(four_eyes_and_the_hash)

static void who_writes_does_not_approve(struct node_fixture *f)
{
	struct story s = {0};
	struct why said;
	struct json v;

	story_open(&s, f);
	s.lead_writes = true;
	draft(&s, "AMBER", "");
	STEP(&s, &s.l, "submit", "{}");
	CHECK(step(&s, &s.l, "approve", "{}", &said) == ERR_DENIED &&
	      strcmp(said.code, "four_eyes") == 0);
	STEP(&s, &s.l, "approve", "{'reason':'当番が一人'}");
	OK(read_as(&s.l, &s.warning, &v));
	CHECK(json_get_bool(&v, "approved_alone", false));
	story_close(&s);
}
BOTH(who_writes_does_not_approve)

static void changed_audience_needs_approval(struct node_fixture *f)
{
	struct story s = {0};
	struct actor node;
	struct ctx c;
	struct why said;

	story_open(&s, f);
	draft(&s, "AMBER", "");
	STEP(&s, &s.a, "submit", "{}");
	STEP(&s, &s.l, "approve", "{}");
	node_fixture_ctx(f, 0, &node, &c);
	OK(circle_member_remove(&c, f->circle, f->team_uid[1], &why));
	OK(circle_member_add(&c, f->circle, f->team_uid[1], &why));
	ctx_done(&c);
	refresh(&s);
	CHECK(step(&s, &s.a, "issue", "{}", &said) == ERR_CONFLICT &&
	      strcmp(said.code, "approval_outdated") == 0);
	story_close(&s);
}
BOTH(changed_audience_needs_approval)

static void what_is_missing_is_named(struct node_fixture *f)
{
	struct story s = {0};
	struct json request = node_fixture_json(f, "{'title':'x'}"), v;
	struct why said;
	BUF(b);
	struct json_out o;

	story_open(&s, f);
	OK(record_create(&s.a, catalog_plural(f->node->catalog, STR("warnings")), &request, 0,
			 &s.warning, &why));
	refresh(&s);
	CHECK(step(&s, &s.a, "submit", "{}", &said) == ERR_UNPROCESSABLE);
	json_out_init(&o, &b);
	OK(warning_preview(&s.a, &s.warning, &o, &why));
	OK(json_parse(&f->a, arena_str(&f->a, buf_str(&b)), NULL, &v, &why));
	CHECK(json_count(json_get_c(&v, "missing")) >= 10 &&
	      json_count(json_get_c(&v, "recipients")) == 0);
	story_close(&s);
}
BOTH(what_is_missing_is_named)

static void a_correction_is_nobodys_before_it_is_issued(struct node_fixture *f)
{
	struct story s = {0};
	struct json v, patch = node_fixture_json(f, "{'summary':'訂正した概要'}"),
		       answer = node_fixture_json(f, "{'state':'affected','count':2}");
	struct record now = {0}, got = {0}, theirs = {0};

	story_open(&s, f);
	draft(&s, "AMBER", "");
	CHECK(read_as(&s.o, &s.warning, &v) == ERR_NOTFOUND);
	issue(&s);
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "summary"), STR("概要")) &&
	      json_get_i64(&v, "edition", 0) == 1 && !json_get_c(&v, "handling"));
	OK(record_get(&s.o, NULL, record_id(&s.o, &s.warning), &theirs, &why));
	OK(warning_answer(&s.o, &theirs, &answer, &got, NULL, &why));
	refresh(&s);
	STEP(&s, &s.a, "update", "{}");
	OK(record_update(&s.a, &s.warning, &patch, s.warning.version, &now, &why));
	s.warning = now;
	refresh(&s);
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "summary"), STR("概要")) &&
	      str_eq(json_get_str(&v, "state"), STR("issued")));
	issue(&s);
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "summary"), STR("訂正した概要")) &&
	      json_get_i64(&v, "edition", 0) == 2);
	CHECK(json_bool(json_path(&v, "answer", "outdated", NULL), false));
	story_close(&s);
}
BOTH(a_correction_is_nobodys_before_it_is_issued)

/* How many records of others hold the value, as the team sees it. */
static int64_t known_to(struct ctx *c)
{
	str value = STR("203.0.113.7");
	struct known k = {0};

	OK(intel_lookup(&c->node->intel, c->arena, c->view, &value, 1, &k, &why));
	return k.count;
}

static void a_withdrawal_takes_its_indicators_back(struct node_fixture *f)
{
	struct story s = {0};
	struct json v;
	struct why said;
	struct record first;

	story_open(&s, f);
	draft(&s, "AMBER", "");
	CHECK(known_to(&s.o) == 0);
	issue(&s);
	CHECK(known_to(&s.o) == 1);
	/* a second warning vouches for the same indicator */
	first = s.warning;
	draft(&s, "GREEN", "");
	issue(&s);
	CHECK(known_to(&s.o) == 1);
	CHECK(step(&s, &s.l, "withdraw", "{}", &said) == ERR_UNPROCESSABLE);
	STEP(&s, &s.l, "withdraw", "{'reason':'誤検知'}");
	CHECK(known_to(&s.o) == 1);
	s.warning = first;
	STEP(&s, &s.l, "withdraw", "{'reason':'誤検知'}");
	CHECK(known_to(&s.o) == 0 && known_to(&s.a) == 0);
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "state"), STR("withdrawn")) &&
	      json_get_str(&v, "withdrawn_reason").n);
	story_close(&s);
}
BOTH(a_withdrawal_takes_its_indicators_back)

static void exceptions_and_red(struct node_fixture *f)
{
	struct story s = {0};
	struct warning_plan p;
	struct json body;
	struct why said;
	char u[UUID_TEXT];

	story_open(&s, f);
	uuid_text(f->team_uid[1], u);
	draft(&s, "AMBER",
	      arena_printf(&f->a, ",'whom':{'except':['x-hikeshi-team--%.*s']}", UUID_TEXT, u).p);
	OK(record_body(&s.a, &s.warning, &body, &why));
	OK(warning_plan(&s.a, &s.warning, &body, &p, &why));
	CHECK(p.n_recipients == 0 && p.label.n_circles == 0);
	CHECK(step(&s, &s.a, "submit", "{}", &said) == ERR_UNPROCESSABLE);
	/* RED: a circle is no audience, a named person is */
	draft(&s, "RED", "");
	OK(record_body(&s.a, &s.warning, &body, &why));
	OK(warning_plan(&s.a, &s.warning, &body, &p, &why));
	CHECK(p.n_recipients == 0);
	const struct directory_person *q = directory_person(s.o.dir, s.other.person);

	CHECK(q != NULL);
	uuid_text(q->uid, u);
	draft(&s, "RED",
	      arena_printf(&f->a, ",'whom':{'people':['x-hikeshi-person--%.*s']}", UUID_TEXT, u).p);
	issue(&s);
	struct json v;
	struct actor colleague;
	struct ctx c;

	OK(read_as(&s.o, &s.warning, &v));
	node_fixture_ctx(f, f->lead[1], &colleague, &c);
	CHECK(read_as(&c, &s.warning, &v) == ERR_NOTFOUND);
	ctx_done(&c);
	story_close(&s);
}
BOTH(exceptions_and_red)

static void answers_are_the_issuers(struct node_fixture *f)
{
	struct story s = {0};
	struct json v, answer = node_fixture_json(f, "{'state':'not_affected'}"),
		       odd = node_fixture_json(f, "{'state':'no_answer'}");
	struct record theirs = {0}, got = {0}, again = {0};
	struct why said;
	struct json_out o;
	BUF(b);

	story_open(&s, f);
	draft(&s, "AMBER", "");
	issue(&s);
	OK(record_get(&s.o, NULL, record_id(&s.o, &s.warning), &theirs, &why));
	said = (struct why){0};
	CHECK(warning_answer(&s.o, &theirs, &odd, &got, NULL, &said) == ERR_UNPROCESSABLE);
	said = (struct why){0};
	CHECK(warning_answer(&s.a, &s.warning, &answer, &got, NULL, &said) == ERR_CONFLICT);
	refresh(&s);
	OK(warning_answer(&s.o, &theirs, &answer, &got, NULL, &why));
	refresh(&s);
	OK(warning_answer(&s.o, &theirs, &answer, &again, NULL, &why));
	CHECK(again.key == got.key && again.version == 2); /* one answer per team */
	refresh(&s);
	json_out_init(&o, &b);
	OK(warning_assessments(&s.a, &s.warning, &o, &why));
	OK(json_parse(&f->a, arena_str(&f->a, buf_str(&b)), NULL, &v, &why));
	CHECK(json_count(json_get_c(&v, "items")) == 1 &&
	      str_eq(json_get_str(json_at(json_get_c(&v, "items"), 0), "state"),
		     STR("not_affected")));
	/* recipients do not see who else got it, nor how it went */
	said = (struct why){0};
	buf_clear(&b);
	json_out_init(&o, &b);
	CHECK(warning_deliveries(&s.o, &theirs, &o, &said) == ERR_DENIED);
	story_close(&s);
}
BOTH(answers_are_the_issuers)

static str state_now(struct story *s, const struct record *answer)
{
	struct record now = {0};

	OK(record_get(&s->o, NULL, record_id(&s->o, answer), &now, &why));
	return word_text(s->o.node->store, now.state);
}

static void an_answer_is_taken_back(struct node_fixture *f)
{
	struct story s = {0};
	struct json first = node_fixture_json(f, "{'state':'affected','count':3,'comment':'c'}"),
		    next = node_fixture_json(f, "{'state':'not_affected'}"), v;
	struct record theirs = {0}, got = {0};
	struct uuid undo[3];
	struct bulk_result res;
	struct actor who;
	struct ctx other;
	struct why said = {0};

	story_open(&s, f);
	draft(&s, "AMBER", "");
	issue(&s);
	OK(record_get(&s.o, NULL, record_id(&s.o, &s.warning), &theirs, &why));
	OK(warning_answer(&s.o, &theirs, &first, &got, &undo[0], &why));
	OK(warning_answer(&s.o, &theirs, &next, &got, &undo[1], &why));
	CHECK(!uuid_is_zero(undo[0]) && !uuid_is_zero(undo[1]));
	/* a newer answer stands: the older one is nothing to take back */
	OK(undo_run(&s.o, undo[0], &res, &why));
	CHECK(!res.done && res.n_faults == 1 && res.faults[0].err == ERR_STALE);
	/* a colleague has not given it, whoever he is */
	node_fixture_ctx(f, s.o.actor->account == f->lead[1] ? f->analyst[1] : f->lead[1], &who,
			 &other);
	CHECK(undo_run(&other, undo[1], &res, &said) == ERR_NOTFOUND);
	ctx_done(&other);
	OK(undo_run(&s.o, undo[1], &res, &why));
	CHECK(res.done == 1 && str_find(res.said.en, STR("on this node")) >= 0 && res.said.ja.n);
	OK(record_get(&s.o, NULL, record_id(&s.o, &got), &got, &why));
	OK(record_body(&s.o, &got, &v, &why));
	CHECK(got.version == 3 && str_eq(state_now(&s, &got), STR("affected")) &&
	      json_get_i64(&v, "count", 0) == 3 && str_eq(json_get_str(&v, "comment"), STR("c")));
	/* for five minutes, and not by who may not answer any more or works for another team */
	for (int i = 0; i < 2; i++) {
		OK(warning_answer(&s.o, &theirs, &next, &got, &undo[2], &why));
		s.other.role = i ? ROLE_ANALYST : ROLE_READER;
		s.other.team = f->team[i ? 0 : 1];
		OK(undo_run(&s.o, undo[2], &res, &why));
		CHECK(!res.done && res.faults[0].err == (i ? ERR_NOTFOUND : ERR_DENIED));
		s.other.role = ROLE_ANALYST;
		s.other.team = f->team[1];
	}
	OK(warning_answer(&s.o, &theirs, &next, &got, &undo[2], &why));
	s.o.now_us = clock_now_us() + UNDO_ANSWER_US + US_PER_S;
	said = (struct why){0};
	CHECK(undo_run(&s.o, undo[2], &res, &said) == ERR_CONFLICT &&
	      strcmp(said.code, "too_late") == 0);
	story_close(&s);
}
BOTH(an_answer_is_taken_back)

static void closed_is_closed_for_everybody(struct node_fixture *f)
{
	struct story s = {0};
	struct json v;

	story_open(&s, f);
	draft(&s, "AMBER", "");
	issue(&s);
	STEP(&s, &s.a, "close", "{}");
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "state"), STR("closed")));
	CHECK(known_to(&s.o) == 1); /* what it vouched for stands */
	story_close(&s);
}
BOTH(closed_is_closed_for_everybody)

static void runs_out(struct node_fixture *f)
{
	struct story s = {0};
	struct json v;

	story_open(&s, f);
	s.valid_until = "2026-01-02T00:00:00Z";
	draft(&s, "AMBER", "");
	issue(&s);
	OK(jobs_run_due(f->node, &why));
	refresh(&s);
	OK(read_as(&s.o, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "state"), STR("expired")));
	OK(read_as(&s.a, &s.warning, &v));
	CHECK(str_eq(json_get_str(&v, "state"), STR("expired")));
	story_close(&s);
}
BOTH(runs_out)

/* A draft outlives a membership: a circle that one has left is not addressed any more. */
static void a_circle_that_was_left(struct node_fixture *f)
{
	struct story s = {0};
	struct why said;
	struct actor node;
	struct ctx c;

	story_open(&s, f);
	ctx_done(&s.a);
	node_fixture_ctx(f, f->analyst[1], &s.analyst, &s.a);
	draft(&s, "AMBER", "");
	node_fixture_ctx(f, 0, &node, &c);
	OK(circle_member_remove(&c, f->circle, f->team_uid[1], &why));
	ctx_done(&c);
	refresh(&s);
	CHECK(step(&s, &s.a, "submit", "{}", &said) == ERR_UNPROCESSABLE);
	CHECK(strcmp(said.code, "unknown_circle") == 0);
	node_fixture_ctx(f, 0, &node, &c);
	OK(circle_member_add(&c, f->circle, f->team_uid[1], &why));
	ctx_done(&c);
	refresh(&s);
	STEP(&s, &s.a, "submit", "{}");
	story_close(&s);
}
BOTH(a_circle_that_was_left)

RUN_TESTS(BOTH_ROWS(a_circle_that_was_left), BOTH_ROWS(runs_out),
	  BOTH_ROWS(closed_is_closed_for_everybody), BOTH_ROWS(four_eyes_and_the_hash),
	  BOTH_ROWS(who_writes_does_not_approve), BOTH_ROWS(changed_audience_needs_approval),
	  BOTH_ROWS(what_is_missing_is_named),
	  BOTH_ROWS(a_correction_is_nobodys_before_it_is_issued),
	  BOTH_ROWS(a_withdrawal_takes_its_indicators_back), BOTH_ROWS(exceptions_and_red),
	  BOTH_ROWS(answers_are_the_issuers), BOTH_ROWS(an_answer_is_taken_back))
