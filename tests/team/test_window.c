// SPDX-License-Identifier: Apache-2.0
#include "team/window.h"
#include "tests/team/node_fixture.h"

static struct window_receipt receive(struct node_fixture *f, int64_t team, const char *text)
{
	struct json request = node_fixture_json(f, text);
	struct window_receipt r = {0};
	struct catalog_faults faults = {0};

	OK(window_receive(f->node, &f->a, team, &request, &r, &faults, &why));
	return r;
}

static const char mail[] =
    "{'title':'不審なメール','description':'evil[.]example からのメール',"
    "'reporter':{'name':'山田','email':'yamada@client.example'},'purpose':'consult'}";

static void receipts(struct node_fixture *f)
{
	struct window_receipt a = receive(f, 0, mail), b = receive(f, 0, mail);
	struct json s;

	CHECK(str_starts(a.number, STR("RPT-")) && !str_eq(a.number, b.number));
	CHECK(strlen(a.code) == 19 && a.code[4] == '-' && a.code[9] == '-' && a.code[14] == '-');
	CHECK(strcmp(a.code, b.code) != 0);
	OK(window_status(f->node, &f->a, a.number, str_c(a.code), &s, &why));
	CHECK(str_eq(json_get_str(&s, "state"), STR("received")));
	CHECK(str_eq(json_get_str(&s, "number"), a.number));
	CHECK(!json_get_c(&s, "reporter"));
	/* as people type it */
	char typed[32] = {0};

	for (size_t i = 0, n = 0; a.code[i]; i++)
		if (a.code[i] != '-')
			typed[n++] = (char)(a.code[i] == '0'   ? 'o'
					    : a.code[i] == '1' ? 'l'
					    : a.code[i] >= 'A' ? a.code[i] + 32
							       : a.code[i]);
	OK(window_status(f->node, &f->a, a.number, str_c(typed), &s, &why));
}

static void wrong_number_or_code(struct node_fixture *f)
{
	struct window_receipt a = receive(f, 0, mail), b = receive(f, 0, mail);
	struct why first = {0};
	const str rows[][2] = {{a.number, str_c(b.code)},   {STR("RPT-2026-9999"), str_c(a.code)},
			       {STR_NULL, str_c(a.code)},   {a.number, STR_NULL},
			       {a.number, STR("-")},        {a.number, STR("UUUU-UUUU-UUUU-UUUU")},
			       {STR("x' OR 1=1"), STR("x")}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why said = {0};
		struct json s;

		CHECK(window_status(f->node, &f->a, rows[i][0], rows[i][1], &s, &said) ==
		      ERR_NOTFOUND);
		if (i == 0)
			first = said;
		CHECK(memcmp(&first, &said, sizeof(said)) == 0);
	}
}

/* Whose number it is, the code tells. */
static void numbers_of_two_teams(struct node_fixture *f)
{
	struct window_receipt a = receive(f, f->team[0], "{'title':'first'}"),
			      b = receive(f, f->team[1], "{'title':'second'}");
	struct json s;

	CHECK(str_eq(a.number, b.number));
	OK(window_status(f->node, &f->a, a.number, str_c(a.code), &s, &why));
	CHECK(str_eq(json_get_str(&s, "title"), STR("first")));
	OK(window_status(f->node, &f->a, b.number, str_c(b.code), &s, &why));
	CHECK(str_eq(json_get_str(&s, "title"), STR("second")));
}

static void seen_by(struct node_fixture *f)
{
	struct window_receipt w = receive(f, 0,
					  "{'title':'t','reporter':{'name':'Secret "
					  "Name','email':'s@x.example','anonymous':true}}");
	char u[UUID_TEXT];
	struct actor actor;
	struct record r, now;
	struct json shown, patch = node_fixture_json(f, "{'follow_up':{'code_sha256':'00'}}");
	struct ctx c;
	BUF(b);

	uuid_text(w.uid, u);
	str id = arena_printf(&f->a, "x-hikeshi-report--%.*s", UUID_TEXT, u);

	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(record_get(&c, NULL, id, &r, &why));
	CHECK(r.team == f->team[0] && !r.created_by);
	/* an anonymous reporter's name is nowhere in what is stored */
	CHECK(str_find(r.body, STR("Secret")) < 0 && str_find(r.body, STR("s@x")) < 0);
	CHECK(str_find(r.body, STR("code_sha256")) > 0 && str_find(r.body, str_c(w.code)) < 0);
	OK(record_render(&c, &r, &shown, &why));
	json_write(&b, &shown);
	CHECK(str_find(buf_str(&b), STR("follow_up")) < 0 &&
	      str_find(buf_str(&b), STR("code_sha")) < 0);
	CHECK(record_update(&c, &r, &patch, -1, &now, NULL) == ERR_UNPROCESSABLE);
	ctx_done(&c);
	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	/* the answer reaches the reporter, also after steps */
	patch = node_fixture_json(f, "{'answer':'対応しました'}");
	OK(record_update(&c, &r, &patch, -1, &now, &why));
	OK(record_step(&c, &now, STR("acknowledge"), NULL, -1, &r, &why));
	ctx_done(&c);
	OK(window_status(f->node, &f->a, w.number, str_c(w.code), &shown, &why));
	CHECK(str_eq(json_get_str(&shown, "state"), STR("acknowledged")));
	CHECK(str_eq(json_get_str(json_at(json_get_c(&shown, "messages"), 0), "text"),
		     STR("対応しました")));
	/* the other team sees nothing */
	node_fixture_ctx(f, f->lead[1], &actor, &c);
	CHECK(record_get(&c, NULL, id, &r, NULL) == ERR_NOTFOUND);
	ctx_done(&c);
}

static void red_names_the_leads(struct node_fixture *f)
{
	struct window_receipt w = receive(f, 0, "{'title':'t','tlp':'TLP:RED'}");
	struct actor actor;
	struct record r = {0};
	struct ctx c;

	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(store_find(f->node->store, &f->a, c.view, &w.uid, 1, false, &r, &why));
	CHECK(r.key != 0);
	ctx_done(&c);
	node_fixture_ctx(f, f->analyst[0], &actor, &c);
	OK(store_find(f->node->store, &f->a, c.view, &w.uid, 1, false, &r, &why));
	CHECK(r.key == 0);
	ctx_done(&c);
}

static void refused_forms(struct node_fixture *f)
{
	static const char *const bad[] = {"{}",
					  "{'title':''}",
					  "{'title':'t','state':'closed'}",
					  "{'title':'t','assignee':'x'}",
					  "{'title':'t','circles':[]}",
					  "{'title':'t','follow_up':{}}",
					  "{'title':'t','tlp':'TLP:PINK'}",
					  "{'title':'t','reporter':[]}",
					  "{'title':'t','reporter':{'email':'no address'}}"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json request = node_fixture_json(f, bad[i]);
		struct catalog_faults faults = {0};
		struct window_receipt r;

		CHECK(window_receive(f->node, &f->a, 0, &request, &r, &faults, NULL) ==
		      ERR_UNPROCESSABLE);
		CHECK(faults.n > 0);
	}
}

BOTH(receipts)
BOTH(wrong_number_or_code)
BOTH(numbers_of_two_teams)
BOTH(seen_by)
BOTH(red_names_the_leads)
BOTH(refused_forms)

RUN_TESTS(BOTH_ROWS(receipts), BOTH_ROWS(wrong_number_or_code), BOTH_ROWS(numbers_of_two_teams),
	  BOTH_ROWS(seen_by), BOTH_ROWS(red_names_the_leads), BOTH_ROWS(refused_forms))
