// SPDX-License-Identifier: Apache-2.0
/* Records in and out: common fields, preconditions, labels, lineages of one's own, what another
 * team reads. */
#include "team/record.h"
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

static enum err refused(struct node_fixture *f, struct ctx *c, const char *plural, const char *text,
			struct why *why)
{
	struct json request = node_fixture_json(f, text);
	struct record r = {0};

	*why = (struct why){0};
	c->faults = (struct catalog_faults){0};
	return record_create(c, type_of(f, plural), &request, 0, &r, why);
}

static void common_fields(struct node_fixture *f)
{
	struct actor a;
	struct ctx c;
	struct record r;
	struct json v;
	struct why said;

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	r = made(f, &c, "incidents", "{'title':'端末の感染','tlp':'amber','exercise':true}");
	CHECK(str_starts(r.number, STR("INC-")) && r.version == 1 && (r.flags & RECORD_EXERCISE));
	OK(record_render(&c, &r, &v, &why));
	CHECK(str_eq(json_get_str(&v, "tlp"), STR("TLP:AMBER")) &&
	      str_eq(json_get_str(&v, "title"), STR("端末の感染")));
	CHECK(str_eq(json_get_str(&v, "state"), STR("new")) &&
	      json_get_bool(&v, "exercise", false));
	/* unlabelled becomes AMBER+STRICT of its holder */
	r = made(f, &c, "incidents", "{'title':'x'}");
	OK(record_render(&c, &r, &v, &why));
	CHECK(str_eq(json_get_str(&v, "tlp"), STR("TLP:AMBER+STRICT")));
	static const struct {
		const char *text, *field;
	} bad[] = {
	    {"{'title':'x','version':3}", "/version"},
	    {"{'title':'x','number':'INC-1'}", "/number"},
	    {"{'title':'x','nonsense':1}", "/nonsense"},
	    {"{'title':'x','tlp':'PURPLE'}", "/tlp"},
	    {"{'title':'x','circles':['?']}", "/circles"},
	    {"{'title':'x','exercise':1}", "/exercise"},
	    {"{}", "/title"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(refused(f, &c, "incidents", bad[i].text, &said) == ERR_UNPROCESSABLE);
		CHECK(strcmp(said.field, bad[i].field) == 0 && said.text_ja[0]);
	}
	ctx_done(&c);
}
BOTH(common_fields)

static void changes_need_their_version(struct node_fixture *f)
{
	struct actor a;
	struct ctx c;
	struct record r, now = {0};
	struct json patch;
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	r = made(f, &c, "incidents", "{'title':'a'}");
	patch = node_fixture_json(f, "{'title':'b'}");
	CHECK(record_update(&c, &r, &patch, 0, &now, &said) == ERR_NEED_MATCH);
	OK(record_update(&c, &r, &patch, 1, &now, &why));
	CHECK(now.version == 2);
	said = (struct why){0};
	CHECK(record_update(&c, &now, &patch, 1, &now, &said) == ERR_STALE);
	/* what one read is old although one says "any": the writer checks again */
	said = (struct why){0};
	CHECK(record_update(&c, &r, &patch, -1, &now, &said) == ERR_STALE);
	/* a step: the state machine decides */
	said = (struct why){0};
	CHECK(record_step(&c, &now, STR("close"), NULL, 0, &now, &said) == ERR_CONFLICT);
	CHECK(record_step(&c, &now, STR("nonsense"), NULL, 0, &now, &said) == ERR_NOTFOUND);
	ctx_done(&c);
}
BOTH(changes_need_their_version)

static void other_teams_see_what_leaves(struct node_fixture *f)
{
	struct actor a, b;
	struct ctx ca, cb;
	struct record r, seen = {0};
	struct json v;
	char u[UUID_TEXT], text[256];

	uuid_text(f->circle, u);
	(void)snprintf(text, sizeof(text),
		       "{'title':'共有','summary':'s','notes':'内部メモ','tlp':'GREEN','circles':['"
		       "x-hikeshi-circle--%.*s']}",
		       UUID_TEXT, u);
	node_fixture_ctx(f, f->analyst[0], &a, &ca);
	r = made(f, &ca, "incidents", text);
	struct record own = made(f, &ca, "incidents", "{'title':'秘密'}");

	node_fixture_ctx(f, f->analyst[1], &b, &cb);
	OK(record_get(&cb, NULL, record_id(&cb, &r), &seen, &why));
	OK(record_render(&cb, &seen, &v, &why));
	CHECK(str_eq(json_get_str(&v, "title"), STR("共有")) && !json_get_c(&v, "notes"));
	CHECK(json_is(json_get_c(&v, "created_by"), JSON_NULL));
	struct why hidden = {0}, absent = {0};

	CHECK(record_get(&cb, NULL, record_id(&cb, &own), &seen, &hidden) == ERR_NOTFOUND);
	CHECK(record_get(&cb, NULL, STR("x-hikeshi-incident--00000000-0000-4000-8000-000000000000"),
			 &seen, &absent) == ERR_NOTFOUND);
	CHECK(memcmp(&hidden, &absent, sizeof(hidden)) == 0);
	/* they may read it and not change it; a circle one is not in does not exist */
	struct json patch = node_fixture_json(f, "{'title':'mine'}");
	struct why said = {0};

	CHECK(record_update(&cb, &r, &patch, 1, &seen, &said) == ERR_DENIED);
	CHECK(refused(f, &cb, "incidents",
		      "{'title':'x','circles':['x-hikeshi-circle--00000000-0000-4000-8000-"
		      "000000000000']}",
		      &said) == ERR_UNPROCESSABLE);
	ctx_done(&ca);
	ctx_done(&cb);
}
BOTH(other_teams_see_what_leaves)

/* formats.md 2: who edits a foreign object starts a lineage of their own; the other's stays as it
 * is. */
static void a_lineage_of_ones_own(struct node_fixture *f)
{
	struct actor a, b;
	struct ctx ca, cb;
	struct record r, seen = {0}, mine = {0}, theirs = {0};
	char u[UUID_TEXT], text[256];
	struct json patch;

	uuid_text(f->circle, u);
	(void)snprintf(
	    text, sizeof(text),
	    "{'value':'evil.example','tlp':'GREEN','circles':['x-hikeshi-circle--%.*s']}",
	    UUID_TEXT, u);
	node_fixture_ctx(f, f->analyst[0], &a, &ca);
	r = made(f, &ca, "indicators", text);
	node_fixture_ctx(f, f->analyst[1], &b, &cb);
	OK(record_get(&cb, NULL, record_id(&cb, &r), &seen, &why));
	patch = node_fixture_json(f, "{'object':{'description':'ours'}}");
	OK(record_update(&cb, &seen, &patch, seen.version, &mine, &why));
	CHECK(mine.team == f->team[1] && uuid_eq(mine.uid, r.uid) && mine.key != r.key);
	ctx_refresh(&ca);
	OK(record_get(&ca, NULL, record_id(&ca, &r), &theirs, &why));
	CHECK(theirs.key == r.key && theirs.version == 1 && digest_eq(theirs.digest, r.digest));
	OK(record_get(&cb, NULL, record_id(&cb, &r), &seen, &why));
	CHECK(seen.key == mine.key);
	ctx_done(&ca);
	ctx_done(&cb);
}
BOTH(a_lineage_of_ones_own)

/* Who revokes an object by hand takes it out of his own lists, look-ups and exports, as one that
 * came in so. */
static void what_is_revoked_is_marked(struct node_fixture *f)
{
	struct actor a;
	struct ctx c;
	struct record r, now = {0};
	struct json revoke, rename, again;

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	r = made(f, &c, "indicators", "{'value':'once.example'}");
	CHECK(!(r.flags & RECORD_REVOKED));
	revoke = node_fixture_json(f, "{'object':{'revoked':true}}");
	rename = node_fixture_json(f, "{'object':{'name':'still'}}");
	again = node_fixture_json(f, "{'object':{'revoked':false}}");
	OK(record_update(&c, &r, &revoke, 1, &now, &why));
	CHECK(now.flags & RECORD_REVOKED);
	OK(record_update(&c, &now, &rename, 2, &now, &why));
	CHECK(now.flags & RECORD_REVOKED);
	OK(record_update(&c, &now, &again, 3, &now, &why));
	CHECK(!(now.flags & RECORD_REVOKED));
	r = made(f, &c, "indicators", "{'value':'never.example','revoked':true}");
	CHECK(r.flags & RECORD_REVOKED);
	ctx_done(&c);
}
BOTH(what_is_revoked_is_marked)

static void red_names_people(struct node_fixture *f)
{
	struct actor a, lead;
	struct ctx c, cl;
	struct record r, seen = {0};
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	r = made(f, &c, "incidents", "{'title':'極秘','tlp':'RED'}");
	OK(record_get(&c, NULL, record_id(&c, &r), &seen, &why));
	node_fixture_ctx(f, f->lead[0], &lead, &cl);
	CHECK(record_get(&cl, NULL, record_id(&c, &r), &seen, &said) == ERR_NOTFOUND);
	ctx_done(&c);
	ctx_done(&cl);
}
BOTH(red_names_people)

static void links_need_both_ends(struct node_fixture *f)
{
	struct actor a, b;
	struct ctx c, cb;
	struct record inc, ind, theirs;
	struct record_link *l = NULL;
	size_t n = 0;
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[1], &b, &cb);
	theirs = made(f, &cb, "indicators", "{'value':'secret.example'}");
	node_fixture_ctx(f, f->analyst[0], &a, &c);
	inc = made(f, &c, "incidents", "{'title':'x'}");
	ind = made(f, &c, "indicators", "{'value':'203.0.113.9'}");
	OK(record_link(&c, &inc, STR("has"), record_id(&c, &ind), &why));
	CHECK(record_link(&c, &inc, STR("has"), record_id(&c, &theirs), &said) == ERR_NOTFOUND);
	OK(record_links(&c, &inc, &l, &n, &why));
	CHECK(n == 1 && uuid_eq(l[0].to.uid, ind.uid));
	OK(record_unlink(&c, &inc, STR("has"), record_id(&c, &ind), &why));
	OK(record_links(&c, &inc, &l, &n, &why));
	CHECK(n == 0);
	ctx_done(&c);
	ctx_done(&cb);
}
BOTH(links_need_both_ends)

/* A JSON request with the fixture's circle at the place of @. */
static const char *in_circle(struct node_fixture *f, const char *text)
{
	const char *at = strchr(text, '@');
	char u[UUID_TEXT];

	uuid_text(f->circle, u);
	return arena_printf(&f->a, "%.*sx-hikeshi-circle--%.*s%s", (int)(at - text), text,
			    UUID_TEXT, u, at + 1)
	    .p;
}

/* What another team let one read is still theirs: no report of theirs becomes one's incident, and
 * its title is told only where the title leaves the team. */
static void what_is_read_is_not_owned(struct node_fixture *f)
{
	struct actor a, b;
	struct ctx c, cb;
	struct record report, own, task, seen = {0};
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	report = made(f, &c, "reports",
		      in_circle(f, "{'title':'shared','tlp':'GREEN','circles':['@']}"));
	task = made(f, &c, "tasks",
		    in_circle(f, "{'title':'inner matter','tlp':'GREEN','circles':['@']}"));
	CHECK(str_eq(record_title(&c, &task), STR("inner matter")));
	node_fixture_ctx(f, f->analyst[1], &b, &cb);
	OK(record_get(&cb, NULL, record_id(&cb, &task), &seen, &why));
	CHECK(seen.body.n && !record_title(&cb, &seen).n);
	OK(record_get(&cb, NULL, record_id(&cb, &report), &seen, &why));
	CHECK(str_eq(record_title(&cb, &seen), STR("shared")));
	str text = arena_printf(&f->a, "{'title':'x','report':['%.*s']}",
				STR_ARG(record_id(&cb, &report)));

	CHECK(refused(f, &cb, "incidents", text.p, &said) == ERR_UNPROCESSABLE);
	CHECK(strcmp(said.code, "unknown_report") == 0);
	cb.faults = (struct catalog_faults){0};
	own = made(f, &cb, "reports", "{'title':'own'}");
	text =
	    arena_printf(&f->a, "{'title':'x','report':['%.*s']}", STR_ARG(record_id(&cb, &own)));
	(void)made(f, &cb, "incidents", text.p);
	ctx_done(&c);
	ctx_done(&cb);
}
BOTH(what_is_read_is_not_owned)

/* Whoever holds a record of the own team in hand and is not named in it does not change it. */
static void red_is_not_changed_unread(struct node_fixture *f)
{
	struct actor a, lead;
	struct ctx c, cl;
	struct record r, now = {0};
	struct json patch = node_fixture_json(f, "{'title':'theirs'}");
	struct why said = {0};

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	r = made(f, &c, "incidents", "{'title':'極秘','tlp':'RED'}");
	node_fixture_ctx(f, f->lead[0], &lead, &cl);
	CHECK(record_update(&cl, &r, &patch, r.version, &now, &said) == ERR_DENIED);
	OK(record_update(&c, &r, &patch, r.version, &now, &why));
	ctx_done(&c);
	ctx_done(&cl);
}
BOTH(red_is_not_changed_unread)

/* Teams and circles need the scope for administration beside the role: a token that only writes
 * makes none, whoever holds it. */
static void the_directory_needs_its_scope(struct node_fixture *f)
{
	static const char *const plural[] = {"teams", "circles"};
	static const char *const text[] = {"{'name':'Third CSIRT'}", "{'title':'Third circle'}"};
	struct actor a;
	struct ctx c;
	struct why said = {0};

	node_fixture_ctx(f, f->lead[0], &a, &c);
	for (size_t i = 0; i < ARRAY_LEN(plural); i++) {
		a.role = ROLE_SECRETARIAT;
		a.scopes = SCOPE_READ | SCOPE_WRITE;
		CHECK(refused(f, &c, plural[i], text[i], &said) == ERR_DENIED);
		CHECK(strcmp(said.code, "scope") == 0);
		a.scopes |= SCOPE_ADMIN;
		OK(refused(f, &c, plural[i], text[i], &why));
		a.role = ROLE_LEAD;
		CHECK(refused(f, &c, plural[i], text[i], &said) == ERR_DENIED);
	}
	ctx_done(&c);
}
BOTH(the_directory_needs_its_scope)

/* Receipts, withdrawals and what is sealed are made of the journal and of keys, by the node. */
static void made_by_the_node_alone(struct node_fixture *f)
{
	static const char *const types[] = {"x-hikeshi-receipt", "x-hikeshi-withdrawal",
					    "x-hikeshi-sealed"};
	struct json request = node_fixture_json(f, "{}");
	struct actor a;
	struct ctx c;

	node_fixture_ctx(f, f->lead[0], &a, &c);
	a.role = ROLE_ADMINISTRATOR;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct catalog_type *t = catalog_type(f->node->catalog, str_c(types[i]));
		struct why why = {0};
		struct record r;

		CHECK(t && record_create(&c, t, &request, 0, &r, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, "made_by_node") == 0 && why.text_ja[0]);
	}
	ctx_done(&c);
}
BOTH(made_by_the_node_alone)

RUN_TESTS(BOTH_ROWS(made_by_the_node_alone), BOTH_ROWS(common_fields),
	  BOTH_ROWS(changes_need_their_version), BOTH_ROWS(other_teams_see_what_leaves),
	  BOTH_ROWS(a_lineage_of_ones_own), BOTH_ROWS(what_is_revoked_is_marked),
	  BOTH_ROWS(red_names_people), BOTH_ROWS(links_need_both_ends),
	  BOTH_ROWS(what_is_read_is_not_owned), BOTH_ROWS(red_is_not_changed_unread),
	  BOTH_ROWS(the_directory_needs_its_scope))
