// SPDX-License-Identifier: Apache-2.0
/* Look-up and concerns on a real node: what a team stored is known, what another may not see is
 * not, sightings are counted apart, linked indicators count, well-known values concern nobody. */
#include <unistd.h>

#include "tests/check.h"

#include "base/file.h"
#include "intel/intel.h"

struct node {
	char dir[64];
	struct arena a;
	struct store *s;
	struct catalog *c;
	struct wellknown *w;
	struct intel in;
	int64_t team, other;
	int64_t label, hidden, shared; /* hidden and shared: of the other team */
	struct why why;
};

static bool good(struct node *n, enum err err)
{
	if (err != ERR_OK)
		printf("# %s: %s\n", err_name(err), n->why.text);
	CHECK(err == ERR_OK);
	return err == ERR_OK;
}

static void open_lists(struct node *n)
{
	BUF(text);
	struct json v;
	size_t skipped;
	const char *source = getenv("HIKESHI_SOURCE");
	str path = arena_printf(&n->a, "%s/catalog/lists/wellknown.json", source ? source : ".");

	CHECK(file_read(path.p, 1 << 20, &text, NULL) == ERR_OK);
	CHECK(json_parse(&n->a, buf_str(&text), NULL, &v, NULL) == ERR_OK);
	CHECK(wellknown_load(&v, NULL, &n->w, &skipped, NULL) == ERR_OK);
}

static bool open_node(struct node *n)
{
	const struct uuid ids[2] = {{{1}}, {{2}}};
	int64_t teams[2], labels[3];

	memset(n, 0, sizeof(*n));
	snprintf(n->dir, sizeof(n->dir), "/tmp/hikeshi-test-XXXXXX");
	if (!mkdtemp(n->dir))
		abort();
	arena_init(&n->a, 0);
	struct store_options o = {.data_dir = n->dir};

	if (!good(n, store_create(&o, &n->why)) || !good(n, store_open(&o, &n->s, &n->why)) ||
	    !good(n, catalog_load(NULL, &n->c, &n->why)) ||
	    !good(n, catalog_bind(n->c, n->s, &n->why)) ||
	    !good(n, principal_intern(n->s, PRINCIPAL_TEAM, ids, 2, teams, &n->why)))
		return false;
	n->team = teams[0];
	n->other = teams[1];
	struct label l[3] = {{.originator = n->team,
			      .holder = n->team,
			      .tlp = TLP_AMBER,
			      .teams = &teams[0],
			      .n_teams = 1},
			     {.originator = n->other,
			      .holder = n->other,
			      .tlp = TLP_RED,
			      .teams = &teams[1],
			      .n_teams = 1},
			     {.originator = n->other,
			      .holder = n->other,
			      .tlp = TLP_AMBER,
			      .teams = &teams[0],
			      .n_teams = 1}};

	if (!good(n, label_intern(n->s, l, 3, labels, &n->why)))
		return false;
	n->label = labels[0];
	n->hidden = labels[1];
	n->shared = labels[2];
	open_lists(n);
	n->in = (struct intel){n->s, n->c, n->w};
	return true;
}

static void close_node(struct node *n)
{
	char command[128];

	wellknown_free(n->w);
	catalog_free(n->c);
	store_close(n->s);
	arena_done(&n->a);
	snprintf(command, sizeof(command), "rm -rf '%s'", n->dir);
	CHECK(system(command) == 0);
}

/* Stores a record with its values (and those of extra), linked to dst; returns its key. */
static int64_t put_as(struct node *n, int64_t team, int64_t label, const char *type, struct uuid id,
		      const char *body, const char *extra, const struct uuid *dst)
{
	struct write_set w;
	struct record_result r = {0};
	str texts[2] = {str_c(body), str_c(extra)};
	uint64_t hashes[64];
	size_t n_hashes = 0;
	enum record_form form = strncmp(type, "x-hikeshi", 9) == 0 ? FORM_OWN : FORM_STIX;

	for (size_t i = 0; i < 2 && texts[i].n; i++) {
		struct json v;
		struct record_value *values;
		size_t m;

		CHECK(json_parse(&n->a, texts[i], NULL, &v, NULL) == ERR_OK);
		good(n, intel_values(&n->a, n->c, store_value_key(n->s),
				     catalog_type(n->c, str_c(type)), i ? FORM_STIX : form, &v,
				     &values, &m, &n->why));
		for (size_t j = 0; j < m && n_hashes < 64; j++)
			hashes[n_hashes++] = values[j].hash;
	}
	write_init(&w, &n->a, 0, team);
	struct record_put p = {.uid = id,
			       .type = str_c(type),
			       .form = form,
			       .team = team,
			       .label = label,
			       .body = texts[0],
			       .values = hashes,
			       .n_values = n_hashes,
			       .kind = "create"};
	(void)write_put(&w, &p);
	if (dst)
		write_link(&w, -1, STR("has"), *dst);
	good(n, store_commit(n->s, &w, &r, &n->why));
	return r.key;
}

static int64_t put(struct node *n, int64_t team, const char *type, struct uuid id, const char *body,
		   const char *extra, const struct uuid *dst)
{
	return put_as(n, team, team == n->team ? n->label : n->hidden, type, id, body, extra, dst);
}

#define PATTERN(id, p)                                                                             \
	"{\"type\":\"indicator\",\"id\":\"indicator--" id                                          \
	"\",\"pattern_type\":\"stix\",\"pattern\":\"[" p "]\"}"

static struct view view_of(const struct node *n, uint64_t *bits)
{
	*bits = UINT64_C(1) << n->label | UINT64_C(1) << n->shared;
	return (struct view){.bits = bits, .n_labels = label_max(n->s), .team = n->team};
}

static void known_values(void)
{
	struct node n;
	uint64_t bits;
	static const str asked[] = {
	    STR_INIT("EVIL[.]example"), STR_INIT("203.0.113.7"), STR_INIT("secret.example"),
	    STR_INIT("8.8.8.8"),        STR_INIT("???"),         STR_INIT("Global mutex")};
	struct known k[ARRAY_LEN(asked)];

	if (!open_node(&n))
		return;
	struct view v = view_of(&n, &bits);
	struct uuid one;

	CHECK(uuid_parse(STR("5f8d3a0e-0000-4000-8000-000000000001"), &one) == ERR_OK);
	put(&n, n.team, "indicator", one,
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000001", "domain-name:value = 'evil.example'"),
	    NULL, NULL);
	put(&n, n.team, "x-hikeshi-report", uuid_new(),
	    "{\"title\":\"http://evil.example/a\",\"description\":\"203.0.113.7\"}", NULL, NULL);
	put(&n, n.team, "sighting", uuid_new(),
	    "{\"type\":\"sighting\",\"sighting_of_ref\":\"indicator--5f8d3a0e-0000-4000-8000-"
	    "000000000001\","
	    "\"first_seen\":\"2020-01-01T00:00:00Z\",\"last_seen\":\"2020-01-03T00:00:00Z\"}",
	    NULL, NULL);
	put(&n, n.team, "indicator", uuid_new(),
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000003", "mutex:name = 'Global mutex'"), NULL,
	    NULL);
	put(&n, n.other, "indicator", uuid_new(),
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000002", "domain-name:value = 'secret.example'"),
	    NULL, NULL);
	if (good(&n, intel_lookup(&n.in, &n.a, &v, asked, ARRAY_LEN(asked), k, &n.why))) {
		CHECK(k[0].kind == VALUE_DOMAIN && str_eq(k[0].canonical, STR("evil.example")));
		CHECK(k[0].count == 2 && k[0].n_records == 2 && k[0].sightings == 1);
		CHECK(k[0].last_us - k[0].first_us == 2 * 86400 * US_PER_S);
		CHECK(k[1].kind == VALUE_IPV4 && k[1].count == 1 && k[1].n_records == 1 &&
		      k[1].n_lists == 0);
		CHECK(k[2].kind == VALUE_DOMAIN && k[2].count == 0 && k[2].n_records == 0);
		CHECK(k[3].count == 0 && k[3].n_lists == 1);
		CHECK(k[4].kind == VALUE_NONE && k[4].count == 0);
		CHECK(k[5].kind == VALUE_MUTEX && k[5].count == 1);
	}
	struct value_about x;

	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_NONE, asked[0], &x, &n.why))) {
		struct sighted s[1];

		CHECK(x.kind == VALUE_DOMAIN && str_eq(x.canonical, STR("evil.example")));
		CHECK(x.n_records == 2 && x.all_records && x.n_sightings == 1 && x.all_sightings);
		CHECK(x.records[0].pos > x.records[1].pos);
		good(&n, intel_sighted(&n.in, &v, x.sightings, 1, s, &n.why));
		CHECK(s[0].last_us - s[0].first_us == 2 * 86400 * US_PER_S && s[0].count == 1);
	}
	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_NONE, asked[2], &x, &n.why)))
		CHECK(x.kind == VALUE_DOMAIN && x.n_records == 0 && x.n_sightings == 0);
	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_NONE, asked[5], &x, &n.why)))
		CHECK(x.kind == VALUE_MUTEX && x.n_records == 1);
	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_IPV4, asked[0], &x, &n.why)))
		CHECK(x.kind == VALUE_NONE && x.n_records == 0);
	close_node(&n);
}

/* Of another team's shared records only what leaves that team counts, however many there are: a
 * value in their notes is not known, one in their summaries is. */
static void shared_notes(void)
{
	static const str asked[] = {STR_INIT("noted.example"), STR_INIT("told.example")};
	struct known k[2];
	struct node n;
	uint64_t bits;

	if (!open_node(&n))
		return;
	for (int i = 0; i < 30; i++)
		put_as(&n, n.other, n.shared, "x-hikeshi-incident", uuid_new(),
		       "{\"title\":\"x\",\"summary\":\"told.example\",\"notes\":\"noted.example\"}",
		       NULL, NULL);
	put(&n, n.team, "indicator", uuid_new(),
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000005", "domain-name:value = 'noted.example'"),
	    NULL, NULL);
	struct view v = view_of(&n, &bits);

	if (good(&n, intel_lookup(&n.in, &n.a, &v, asked, 2, k, &n.why))) {
		CHECK(k[0].count == 1 && k[0].n_records == 1);
		CHECK(k[1].count == 30 && k[1].n_records == 20);
	}
	struct value_about x;

	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_NONE, asked[0], &x, &n.why)))
		CHECK(x.n_records == 1 && x.all_records && x.records[0].team == n.team);
	if (good(&n, intel_about(&n.in, &n.a, &v, VALUE_NONE, asked[1], &x, &n.why)))
		CHECK(x.n_records == 30);
	close_node(&n);
}

static bool has(const struct concern *c, size_t n, const char *value, enum concern_reason reason,
		size_t records)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(c[i].canonical, str_c(value)) && c[i].reason == reason)
			return c[i].n_records == records &&
			       str_eq(c[i].indicator_type, STR("indicator"));
	}
	return false;
}

static void what_concerns(void)
{
	struct node n;
	uint64_t bits;
	struct concern *c;
	size_t m = 0;
	struct uuid ours = uuid_new(), seen;

	CHECK(uuid_parse(STR("5f8d3a0e-0000-4000-8000-000000000009"), &seen) == ERR_OK);
	if (!open_node(&n))
		return;
	struct view v = view_of(&n, &bits);
	int64_t keys[2];

	keys[0] = put(
	    &n, n.team, "indicator", uuid_new(),
	    PATTERN(
		"5f8d3a0e-0000-4000-8000-000000000001",
		"domain-name:value = 'evil.example' OR ipv4-addr:value = '198.51.100.7' OR "
		"ipv4-addr:value = '8.8.8.8' OR domain-name:value = 'vpn.team.example' OR "
		"domain-name:value = 'linked.example' OR domain-name:value = 'unknown.example' OR "
		"domain-name:value = 'theirs.example' OR domain-name:value = 'seen.example'"),
	    NULL, NULL);
	put(&n, n.team, "x-hikeshi-report", uuid_new(), "{\"title\":\"evil[.]example と 8.8.8.8\"}",
	    NULL, NULL);
	put(&n, n.other, "x-hikeshi-report", uuid_new(), "{\"title\":\"theirs.example\"}", NULL,
	    NULL);
	put(&n, n.team, "indicator", ours,
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000002", "domain-name:value = 'linked.example'"),
	    NULL, NULL);
	put(&n, n.team, "x-hikeshi-incident", uuid_new(), "{\"title\":\"x\"}", NULL, &ours);
	put(&n, n.team, "indicator", seen,
	    PATTERN("5f8d3a0e-0000-4000-8000-000000000009", "domain-name:value = 'seen.example'"),
	    NULL, NULL);
	put(&n, n.team, "sighting", uuid_new(),
	    "{\"type\":\"sighting\",\"sighting_of_ref\":\"indicator--5f8d3a0e-0000-4000-8000-"
	    "000000000009\"}",
	    NULL, NULL);
	struct net range;
	str domain = STR("team.example");
	struct record indicator;

	CHECK(net_parse(STR("198.51.100.0/24"), &range) == ERR_OK);
	struct team_ranges ranges = {&range, 1, &domain, 1};

	if (good(&n, store_read(n.s, &n.a, &v, keys, 1, true, &indicator, &n.why)) &&
	    good(&n,
		 intel_concerns(&n.in, &n.a, &v, n.team, &ranges, &indicator, 1, &c, &m, &n.why))) {
		CHECK(m == 5);
		CHECK(has(c, m, "evil.example", CONCERN_REPORT, 1));
		CHECK(has(c, m, "198.51.100.7", CONCERN_RANGE, 0));
		CHECK(has(c, m, "vpn.team.example", CONCERN_DOMAIN, 0));
		CHECK(has(c, m, "linked.example", CONCERN_INCIDENT, 1));
		CHECK(has(c, m, "seen.example", CONCERN_SIGHTING, 1));
	}
	close_node(&n);
}

RUN_TESTS({"what is known about values", known_values},
	  {"what others share without saying it", shared_notes},
	  {"what concerns a team", what_concerns})
