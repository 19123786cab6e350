// SPDX-License-Identifier: Apache-2.0
/* The files of catalog/ themselves: complete in both languages, closed under reference, reachable.
 */
#include "catalog/catalog_internal.h"
#include "tests/check.h"

static struct catalog *loaded(void)
{
	struct catalog *c = NULL;
	struct why why = {0};

	CHECK(catalog_load(NULL, &c, &why) == ERR_OK);
	return c;
}

static void knows_every_type_by_every_name(void)
{
	static const char *const own[] = {"reports",    "incidents",   "tasks",       "comments",
					  "warnings",   "deliveries",  "teams",       "people",
					  "circles",    "memberships", "assessments", "observables",
					  "indicators", "sightings"};
	static const char *const stix[] = {"attack-pattern",
					   "campaign",
					   "course-of-action",
					   "grouping",
					   "identity",
					   "incident",
					   "indicator",
					   "infrastructure",
					   "intrusion-set",
					   "location",
					   "malware",
					   "malware-analysis",
					   "note",
					   "observed-data",
					   "opinion",
					   "report",
					   "threat-actor",
					   "tool",
					   "vulnerability",
					   "relationship",
					   "sighting",
					   "artifact",
					   "autonomous-system",
					   "directory",
					   "domain-name",
					   "email-addr",
					   "email-message",
					   "file",
					   "ipv4-addr",
					   "ipv6-addr",
					   "mac-addr",
					   "mutex",
					   "network-traffic",
					   "process",
					   "software",
					   "url",
					   "user-account",
					   "windows-registry-key",
					   "x509-certificate",
					   "marking-definition",
					   "language-content",
					   "extension-definition"};
	struct catalog *c = loaded();

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		CHECK(catalog_plural(c, str_c(own[i])) != NULL);
	for (size_t i = 0; i < ARRAY_LEN(stix); i++) {
		const struct catalog_type *t = catalog_type(c, str_c(stix[i]));

		CHECK(t && t->form == FORM_STIX && catalog_field(t, STR("id")));
	}
	CHECK(catalog_type(c, STR("x-hikeshi-incident")) == catalog_plural(c, STR("incidents")));
	CHECK(catalog_type(c, STR("incident")) != catalog_plural(c, STR("incidents")));
	CHECK(!catalog_plural(c, STR("malware")));
	CHECK(!catalog_type(c, STR("x-acme-thing")));
	CHECK(catalog_generic(c)->form == FORM_STIX && catalog_generic(c)->n_fields > 5);
	catalog_free(c);
}

/* The loader checks what it needs; this looks at everything a person may see. */
static void check_labels(const struct json *schema, bool own, unsigned depth)
{
	const struct json *props = json_get_c(schema, "properties");

	for (size_t i = 0; depth < 9 && i < json_count(props); i++) {
		const struct json *p = &props->members[i].value;
		const struct json *l = json_get_c(p, "label"), *h = json_get_c(p, "hint");
		bool ok = json_get_str(l, "ja").n && json_get_str(l, "en").n &&
			  (!own || (json_get_str(h, "ja").n && json_get_str(h, "en").n));

		if (!ok)
			printf("# field %.*s\n", STR_ARG(props->members[i].key));
		CHECK(ok);
		check_labels(p, own, depth + 1);
		check_labels(json_get_c(p, "items"), own, depth + 1);
	}
}

static void speaks_both_languages_everywhere(void)
{
	struct catalog *c = loaded();
	size_t n;
	const struct catalog_type *t = catalog_types(c, &n);

	CHECK(n >= 54);
	for (size_t i = 0; i < n; i++) {
		CHECK(t[i].label.ja.n && t[i].label.en.n);
		check_labels(t[i].schema, t[i].form == FORM_OWN, 0);
		for (size_t j = 0; j < t[i].n_states; j++)
			CHECK(t[i].states[j].label.ja.n && t[i].states[j].label.en.n);
		for (size_t j = 0; j < t[i].n_transitions; j++)
			CHECK(t[i].transitions[j].label.ja.n && t[i].transitions[j].label.en.n);
		for (size_t j = 0; j < t[i].n_fields; j++)
			CHECK(t[i].fields[j].label.ja.n && t[i].fields[j].label.en.n);
	}
	check_labels(json_get_c(&c->common, "own"), true, 0);
	catalog_free(c);
}

static size_t count_refs(const struct catalog *c, const struct json *schema, unsigned depth)
{
	const struct json *props = json_get_c(schema, "properties");
	static const char *const keys[] = {"ref", "suggest"};
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		str ref = json_get_str(schema, keys[k]);

		if (str_skip_prefix(&ref, STR("list:"))) {
			CHECK(catalog_list(c, ref) != NULL);
			n++;
		}
	}
	if (json_get_c(schema, "items") && depth < 9)
		n += count_refs(c, json_get_c(schema, "items"), depth + 1);
	for (size_t i = 0; depth < 9 && i < json_count(props); i++)
		n += count_refs(c, &props->members[i].value, depth + 1);
	return n;
}

static void names_only_lists_that_exist(void)
{
	struct catalog *c = loaded();
	size_t n, refs = 0;
	const struct catalog_type *t = catalog_types(c, &n);

	for (size_t i = 0; i < n; i++)
		refs += count_refs(c, t[i].schema, 0);
	CHECK(refs > 25);
	CHECK(catalog_code_item(c, STR("rsit"), STR("fraud:phishing")) != NULL);
	CHECK(!catalog_code_item(c, STR("rsit"), STR("fraud:nonsense")));
	CHECK(!catalog_code_item(c, STR("nonsense"), STR("x")));
	CHECK(json_count(json_get_c(catalog_list(c, STR("rsit")), "items")) == 11 + 39);
	CHECK(json_count(json_get_c(catalog_list(c, STR("tlp")), "items")) == 5);
	catalog_free(c);
}

static void reaches_every_state_and_can_leave_open_ones(void)
{
	struct catalog *c = loaded();
	size_t n;
	const struct catalog_type *t = catalog_types(c, &n);

	for (size_t i = 0; i < n; i++) {
		bool seen[32] = {false};
		bool more = true;

		CHECK(t[i].n_states <= ARRAY_LEN(seen));
		for (size_t s = 0; s < t[i].n_states; s++)
			seen[s] = str_eq(t[i].states[s].name, t[i].initial_state);
		while (more) {
			more = false;
			for (size_t r = 0; r < t[i].n_transitions; r++) {
				const struct catalog_transition *tr = &t[i].transitions[r];
				size_t to = (size_t)(catalog_state(&t[i], tr->to) - t[i].states);

				for (size_t f = 0; f < tr->n_from && !seen[to]; f++)
					if (seen[catalog_state(&t[i], tr->from[f]) - t[i].states])
						seen[to] = more = true;
			}
		}
		for (size_t s = 0; s < t[i].n_states; s++) {
			if (!seen[s])
				printf("# %.*s: %.*s\n", STR_ARG(t[i].type),
				       STR_ARG(t[i].states[s].name));
			CHECK(seen[s]);
			CHECK(!(t[i].states[s].open && t[i].states[s].final));
		}
	}
	catalog_free(c);
}

static void keeps_common_fields_apart(void)
{
	struct catalog *c = loaded();
	const struct catalog_type *t = catalog_plural(c, STR("incidents"));

	CHECK(!catalog_field(t, STR("tlp")) && !catalog_field(t, STR("state")) &&
	      !catalog_field(t, STR("team")));
	CHECK(json_path(t->common, "properties", "tlp", "label", NULL) != NULL);
	CHECK(catalog_field(t, STR("title"))->required &&
	      catalog_field(t, STR("language"))->leaves);
	CHECK(catalog_field(catalog_plural(c, STR("memberships")), STR("team")) != NULL);
	CHECK(catalog_is_common(STR("circles")) && !catalog_is_common(STR("title")));
	CHECK(str_eq(t->severity_field, STR("severity")) && str_eq(t->number, STR("INC")));
	CHECK(!catalog_field(catalog_type(c, STR("malware")), STR("tlp")));
	catalog_free(c);
}

static void serves_one_document(void)
{
	ARENA(a, 0);
	struct catalog *c = loaded();
	struct json doc = json_null();
	size_t n;

	(void)catalog_types(c, &n);
	CHECK(json_parse(&a, catalog_document(c), NULL, &doc, NULL) == ERR_OK);
	CHECK(json_count(json_get_c(&doc, "types")) == n);
	CHECK(json_path(&doc, "common", "properties", "tlp", "label", NULL) != NULL);
	CHECK(json_path(&doc, "lists", "severity", "items", NULL) != NULL);
	catalog_free(c);
}

static void covers_roles_as_written(void)
{
	static const struct {
		const char *role, *covers;
	} rows[] = {
	    {"reader", "reader"},
	    {"analyst", "reader analyst"},
	    {"lead", "reader analyst lead"},
	    {"manager", "reader manager"},
	    {"secretariat", "reader analyst lead secretariat"},
	    {"administrator", "reader analyst lead secretariat administrator"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t j = 0; j < ARRAY_LEN(rows); j++) {
			enum role r = role_parse(str_c(rows[i].role)),
				  needed = role_parse(str_c(rows[j].role));
			str list = str_c(rows[i].covers), word;
			bool want = false;

			while (str_split(&list, ' ', &word))
				want |= str_eq(word, str_c(rows[j].role));
			CHECK(role_covers(r, needed) == want);
		}
	CHECK(role_parse(STR("root")) == ROLE_NONE && !role_covers(ROLE_NONE, ROLE_READER));
	CHECK(str_eq(role_name(ROLE_LEAD), STR("lead")));
}

static void refuses_faulty_files(void)
{
	struct catalog *c = NULL;
	struct why why = {0};

	CHECK(catalog_load("/nonexistent", &c, &why) == ERR_NOTFOUND);
	CHECK(!c && why.text[0]);
}

static void reads_a_folder_too(void)
{
	const char *root = getenv("HIKESHI_SOURCE");
	struct catalog *c = NULL, *embedded = loaded();
	ARENA(a, 0);

	if (!root) {
		CHECK_SKIP("HIKESHI_SOURCE is not set");
		catalog_free(embedded);
		return;
	}
	CHECK(catalog_load(arena_printf(&a, "%s/catalog", root).p, &c, NULL) == ERR_OK);
	CHECK(c && str_eq(catalog_document(c), catalog_document(embedded)));
	catalog_free(c);
	catalog_free(embedded);
}

RUN_TESTS({"knows every type by every name", knows_every_type_by_every_name},
	  {"speaks both languages everywhere", speaks_both_languages_everywhere},
	  {"names only lists that exist", names_only_lists_that_exist},
	  {"reaches every state and can leave open ones",
	   reaches_every_state_and_can_leave_open_ones},
	  {"keeps common fields apart", keeps_common_fields_apart},
	  {"serves one document", serves_one_document},
	  {"covers roles as written", covers_roles_as_written},
	  {"refuses faulty files", refuses_faulty_files},
	  {"reads a folder too", reads_a_folder_too})
