// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_internal.h"
#include "tests/check.h"

static struct catalog *cat;

static const struct catalog_type *type_of(const char *name)
{
	if (!cat)
		CHECK(catalog_load(NULL, &cat, NULL) == ERR_OK);
	return catalog_plural(cat, str_c(name)) ? catalog_plural(cat, str_c(name))
						: catalog_type(cat, str_c(name));
}

static struct json parsed(struct arena *a, const char *text)
{
	struct json v = json_null();

	CHECK(json_parse(a, str_c(text), NULL, &v, NULL) == ERR_OK);
	return v;
}

static void lets_nothing_internal_leave(void)
{
	ARENA(a, 0);
	struct json body = parsed(
	    &a,
	    "{\"title\":\"t\",\"incident\":\"x-hikeshi-incident--0\",\"notes\":\"n\",\"handling\":{"
	    "\"a\":1},"
	    "\"whom\":{\"teams\":[\"x\"],\"except\":[\"y\"],\"affected\":\"users\"},"
	    "\"who\":{\"author\":\"me\",\"contact\":\"c\"},\"unknown\":1,\"what\":{\"secret\":1}}");
	struct json out = catalog_leaving(&a, type_of("warnings"), &body);
	BUF(text);

	json_write(&text, &out);
	CHECK(str_eq(buf_str(&text), STR("{\"title\":\"t\",\"whom\":{\"affected\":\"users\"},"
					 "\"who\":{\"contact\":\"c\"}}")));
}

/* Whatever the body, what leaves is made of fields marked so. */
static void never_lets_the_incident_leave_from_any_type(void)
{
	size_t n;
	const struct catalog_type *t = (type_of("incidents"), catalog_types(cat, &n));
	static const char *const inner[] = {"incident", "incidents", "notes",
					    "handling", "reporter",  "assignee"};

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < ARRAY_LEN(inner); j++) {
			const struct catalog_field *f = catalog_field(&t[i], str_c(inner[j]));

			CHECK(!f || !f->leaves);
		}
}

static void keeps_stix_objects_whole(void)
{
	ARENA(a, 0);
	struct json body = parsed(&a, "{\"type\":\"malware\",\"x_own\":1}");
	struct json out = catalog_leaving(&a, type_of("malware"), &body);

	CHECK(json_eq(&body, &out));
}

static void finds_titles(void)
{
	static const struct {
		const char *type, *body, *title;
	} rows[] = {
	    {"incidents", "{\"title\":\" t \"}", "t"},
	    {"incidents", "{}", ""},
	    {"indicators", "{\"name\":\"\",\"pattern\":\"[url:value = 'x']\"}",
	     "[url:value = 'x']"},
	    {"file", "{\"hashes\":{\"MD5\":\"abc\"}}", "abc"},
	    {"network-traffic", "{\"protocols\":[\"tcp\",\"http\"]}", "tcp"},
	    {"opinion", "{\"opinion\":\"agree\"}", "agree"},
	    {"process", "{\"id\":\"process--1\"}", "process--1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ARENA(a, 0);
		struct json body = parsed(&a, rows[i].body);

		CHECK(str_eq(catalog_title(type_of(rows[i].type), &body), str_c(rows[i].title)));
	}
}

static void collects_searchable_text_title_first(void)
{
	ARENA(a, 0);
	struct json body = parsed(
	    &a, "{\"summary\":\"s\",\"title\":\"t\",\"severity\":\"high\",\"how\":{\"mitigate\":"
		"[{\"text\":\"patch\",\"kind\":\"temporary\"}],\"techniques\":[\"T1566\"]}}");
	struct json bare = parsed(&a, "{\"title\":\"t\"}"),
		    longer = parsed(&a, "{\"summary\":\"tt\"}");

	CHECK(str_eq(catalog_text(&a, type_of("warnings"), &body), STR("t\ns\nT1566\npatch")));
	CHECK(str_eq(catalog_text(&a, type_of("warnings"), &bare), STR("t")));
	CHECK(str_eq(catalog_text(&a, type_of("warnings"), &longer), STR("tt")));
}

static void steps_only_where_the_table_says(void)
{
	static const struct {
		const char *type, *step, *from;
		enum err want;
		const char *to;
	} rows[] = {
	    {"incidents", "analyse", "new", ERR_OK, "analysing"},
	    {"incidents", "close", "new", ERR_CONFLICT, ""},
	    {"incidents", "reopen", "closed", ERR_OK, "reopened"},
	    {"incidents", "explode", "new", ERR_NOTFOUND, ""},
	    {"warnings", "submit", "draft", ERR_OK, "review"},
	    {"warnings", "submit", "updating", ERR_OK, "updating_review"},
	    {"warnings", "issue", "draft", ERR_CONFLICT, ""},
	    {"warnings", "issue", "updating_approved", ERR_OK, "issued"},
	    {"warnings", "withdraw", "draft", ERR_CONFLICT, ""},
	    {"warnings", "update", "issued", ERR_OK, "updating"},
	    {"tasks", "finish", "to_do", ERR_OK, "done"},
	    {"teams", "close", "", ERR_NOTFOUND, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct catalog_transition *tr = NULL;
		struct why why = {0};

		CHECK(catalog_step(type_of(rows[i].type), str_c(rows[i].step), str_c(rows[i].from),
				   &tr, &why) == rows[i].want);
		CHECK((tr != NULL) == (rows[i].want == ERR_OK));
		CHECK(tr ? str_eq(tr->to, str_c(rows[i].to))
			 : why.text[0] && why.text_ja[0] && why.code[0]);
	}
}

static void names_the_possible_steps_on_conflict(void)
{
	const struct catalog_transition *tr = NULL;
	struct why why = {0};

	CHECK(catalog_step(type_of("warnings"), STR("approve"), STR("issued"), &tr, &why) ==
	      ERR_CONFLICT);
	CHECK(strstr(why.text, "update, withdraw, close") && strstr(why.text_ja, "発行済") &&
	      strstr(why.text_ja, "承認する"));
}

static void asks_for_what_a_warning_needs(void)
{
	const char *full =
	    "{\"title\":\"t\",\"summary\":\"s\",\"class\":\"alert\",\"urgency\":\"high\","
	    "\"severity\":\"high\","
	    "\"tlp\":\"TLP:AMBER\",\"circles\":[\"x\"],\"what\":{\"event_type\":\"attack\","
	    "\"impact\":\"i\"},"
	    "\"when\":{\"known_at\":\"2026-11-02T00:00:00Z\",\"valid_until\":\"2026-12-01T00:00:"
	    "00Z\"},"
	    "\"why\":{\"rationale\":\"r\",\"confidence\":\"high\",\"basis\":\"vendor\"},"
	    "\"how\":{\"mitigate\":[{\"text\":\"t\"}],\"report_back\":\"r\"},\"who\":{\"contact\":"
	    "\"c\"}}";
	static const char *const steps[][2] = {{"submit", "draft"},
					       {"approve", "review"},
					       {"issue", "approved"},
					       {"submit", "updating"},
					       {"issue", "updating_approved"}};
	ARENA(a, 0);
	const struct catalog_type *t = type_of("warnings");
	struct json body = parsed(&a, full), empty = json_object();

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const struct catalog_transition *tr = NULL;
		struct catalog_faults faults = {0};
		struct why why = {0};

		CHECK(catalog_step(t, str_c(steps[i][0]), str_c(steps[i][1]), &tr, NULL) == ERR_OK);
		CHECK(catalog_require(&a, t, tr, &body, &faults, &why) == ERR_OK);
		CHECK(catalog_require(&a, t, tr, &empty, &faults, &why) == ERR_UNPROCESSABLE);
		CHECK(faults.n == tr->n_required && faults.n == 17);
		CHECK(str_eq(faults.p[7].pointer, STR("/what/event_type")));
		for (size_t j = 0; j < faults.n; j++)
			CHECK(faults.p[j].en.n && faults.p[j].ja.n &&
			      str_eq(faults.p[j].code, STR("required")));
		CHECK(strstr(faults.p[6].en.p, "whom.people") != NULL);
	}
	/* an audience by people alone is one, blank text is none */
	json_del(&body, STR("circles"));
	json_set(&a, &body, STR("whom"), parsed(&a, "{\"people\":[\"x\"]}"));
	CHECK(catalog_require(&a, t, catalog_transition(t, STR("submit")), &body, NULL, NULL) ==
	      ERR_OK);
	json_set(&a, &body, STR("summary"), json_string(STR("  ")));
	CHECK(catalog_require(&a, t, catalog_transition(t, STR("submit")), &body, NULL, NULL) ==
	      ERR_UNPROCESSABLE);
}

static void guards_what_leaves_the_team(void)
{
	const struct catalog_type *t = type_of("warnings");

	CHECK(str_eq(catalog_transition(t, STR("approve"))->guard, STR("four-eyes")));
	CHECK(catalog_transition(t, STR("approve"))->role == ROLE_LEAD);
	CHECK(catalog_transition(t, STR("withdraw"))->reason);
	CHECK(!catalog_transition(t, STR("update"))->reason);
}

RUN_TESTS({"lets nothing internal leave", lets_nothing_internal_leave},
	  {"never lets the incident leave from any type",
	   never_lets_the_incident_leave_from_any_type},
	  {"keeps STIX objects whole", keeps_stix_objects_whole}, {"finds titles", finds_titles},
	  {"collects searchable text, title first", collects_searchable_text_title_first},
	  {"steps only where the table says", steps_only_where_the_table_says},
	  {"names the possible steps on conflict", names_the_possible_steps_on_conflict},
	  {"asks for what a warning needs", asks_for_what_a_warning_needs},
	  {"guards what leaves the team", guards_what_leaves_the_team})
