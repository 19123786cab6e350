// SPDX-License-Identifier: Apache-2.0
/* One suite for both back ends: what store.h promises of records, versions, links, labels, views.
 */
#include "tests/store/fixture.h"

static struct uuid id_of(uint32_t n)
{
	struct uuid u = {{0x10, 0x20, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			  (uint8_t)n, 0x40, 1, 0x80}};
	return u;
}

/* A second team with a label only it may see and one that the circle sees. */
static int64_t other_team(struct fixture *f, int64_t *own, int64_t *open)
{
	const struct uuid u = {{9, 9, 9}};
	int64_t team = 0, keys[2] = {0};
	OK(principal_intern(f->s, PRINCIPAL_TEAM, &u, 1, &team, &why));
	const struct label_circle in = {f->circle, 1};
	const struct label l[2] = {
	    {.originator = team, .holder = team, .tlp = TLP_RED, .teams = &team, .n_teams = 1},
	    {.originator = team, .holder = team, .tlp = TLP_AMBER, .circles = &in, .n_circles = 1}};
	OK(label_intern(f->s, l, 2, keys, &why));
	*own = keys[0];
	*open = keys[1];
	return team;
}

static struct view view_of(struct fixture *f, int64_t team, const int64_t *labels, size_t n)
{
	int64_t max = label_max(f->s);
	uint64_t *bits = arena_array(&f->a, uint64_t, (size_t)max / 64 + 1);
	for (size_t i = 0; i < n; i++)
		bits[labels[i] / 64] |= UINT64_C(1) << (labels[i] % 64);
	return (struct view){.bits = bits, .n_labels = max, .team = team};
}

static enum err put(struct fixture *f, struct record_put p, struct record_result *ret)
{
	struct write_set w;
	struct why why = {0};
	write_init(&w, &f->a, 7, p.team ? p.team : f->team);
	write_put(&w, &p);
	return store_commit(f->s, &w, ret, &why);
}

static struct record_put new_put(struct fixture *f, uint32_t n, int64_t team, int64_t label,
				 const char *body)
{
	(void)f;
	return (struct record_put){.uid = id_of(n),
				   .type = STR("indicator"),
				   .form = FORM_STIX,
				   .team = team,
				   .label = label,
				   .body = str_c(body),
				   .kind = "create"};
}

/* ---- */

static void reads_back(struct fixture *f)
{
	char body[4000];
	memset(body, 'x', sizeof body);
	memcpy(body, "{\"a\":\"", 6);
	memcpy(body + sizeof body - 2, "\"}", 2);
	int64_t key = fixture_put(f, id_of(1), "x-hikeshi-incident", f->open_label,
				  (str){body, sizeof body}, STR("title"));
	struct view all = fixture_all();
	struct record r, v;
	OK(store_read(f->s, &f->a, &all, &key, 1, true, &r, &why));
	CHECK(r.key == key && uuid_eq(r.uid, id_of(1)) && r.version == 1 && r.team == f->team &&
	      r.pos > 0);
	CHECK(str_eq(r.body, (str){body, sizeof body}) && digest_eq(r.digest, sha256(r.body)));
	CHECK(str_eq(word_text(f->s, r.type), STR("x-hikeshi-incident")));
	CHECK(str_eq(word_text(f->s, r.state), STR("open")) &&
	      str_eq(word_text(f->s, r.severity), STR("high")));
	CHECK(r.created_by == 7 && r.label == f->open_label && r.created_us == r.modified_us);
	CHECK(r.number.n == 13 && str_starts(r.number, STR("INC-")) &&
	      str_ends(r.number, STR("-0001")));
	OK(store_find(f->s, &f->a, &all, &r.uid, 1, false, &v, &why));
	CHECK(v.key == key && v.body.n == 0);
	OK(store_find_number(f->s, &f->a, &all, f->team, r.number, &v, &why));
	CHECK(v.key == key);
	OK(store_find_number(f->s, &f->a, &all, f->team, STR("INC-1999-0001"), &v, &why));
	CHECK(v.key == 0);
	int64_t none = 999999;
	OK(store_read(f->s, &f->a, &all, &none, 1, true, &v, &why));
	CHECK(v.key == 0);
}
BOTH(reads_back)

static void changes_and_versions(struct fixture *f)
{
	int64_t key = fixture_put(f, id_of(1), "x-hikeshi-incident", f->open_label,
				  STR("{\"n\":1}"), STR("one"));
	struct record_result res = {0};
	struct record_put p = {.key = key,
			       .expect_version = 1,
			       .label = f->red_label,
			       .body = STR("{\"n\":2}"),
			       .state = STR("closed"),
			       .kind = "update",
			       .patch = STR("{\"n\":2}"),
			       .why = STR("done")};
	CHECK(put(f, p, &res) == ERR_OK && res.version == 2 && res.key == key);
	CHECK(put(f, p, &res) == ERR_STALE);
	p.key = 123456;
	CHECK(put(f, p, &res) == ERR_NOTFOUND);
	struct view all = fixture_all(), red = view_of(f, f->team, &f->red_label, 1),
		    open = view_of(f, f->team, &f->open_label, 1);
	struct record r;
	OK(store_read(f->s, &f->a, &red, &key, 1, true, &r, &why));
	CHECK(r.version == 2 && str_eq(r.body, STR("{\"n\":2}")) &&
	      str_eq(word_text(f->s, r.state), STR("closed")));
	CHECK(str_eq(word_text(f->s, r.severity), STR("high")));
	OK(store_read(f->s, &f->a, &open, &key, 1, true, &r, &why));
	CHECK(r.key == 0); /* the label moved away from this reader */
	OK(store_version(f->s, &f->a, key, 1, &r, &why));
	CHECK(r.version == 1 && str_eq(r.body, STR("{\"n\":1}")) && r.label == f->open_label &&
	      str_eq(word_text(f->s, r.state), STR("open")));
	OK(store_version(f->s, &f->a, key, 2, &r, &why));
	CHECK(r.version == 2);
	struct why why = {0};
	CHECK(store_version(f->s, &f->a, key, 3, &r, &why) == ERR_NOTFOUND);
	struct history_item *h;
	size_t n;
	OK(store_history(f->s, &f->a, key, &h, &n, &why));
	CHECK(n == 2 && str_eq(h[0].kind, STR("create")) && str_eq(h[1].kind, STR("update")) &&
	      str_eq(h[1].why, STR("done")) && str_eq(h[1].patch, STR("{\"n\":2}")) &&
	      h[1].seq > h[0].seq && h[0].label == f->open_label && h[1].version == 2);
	/* a change without a body keeps it, and the position moves on */
	int64_t pos = res.pos;
	p = (struct record_put){
	    .key = key, .label = f->open_label, .severity = STR("low"), .kind = "update"};
	CHECK(put(f, p, &res) == ERR_OK && res.version == 3 && res.pos > pos);
	OK(store_read(f->s, &f->a, &all, &key, 1, true, &r, &why));
	CHECK(str_eq(r.body, STR("{\"n\":2}")) && str_eq(word_text(f->s, r.state), STR("closed")) &&
	      str_eq(word_text(f->s, r.severity), STR("low")) && r.pos == res.pos);
}
BOTH(changes_and_versions)

static void preconditions(struct fixture *f)
{
	int64_t key =
	    fixture_put(f, id_of(1), "x-hikeshi-incident", f->open_label, STR("{}"), STR_NULL);
	struct write_set w;
	struct why why = {0};
	struct record_put p = new_put(f, 2, f->team, f->open_label, "{}");
	write_init(&w, &f->a, 7, f->team);
	write_expect(&w, key, 2);
	write_put(&w, &p);
	CHECK(store_commit(f->s, &w, NULL, &why) == ERR_STALE);
	CHECK(strstr(why.text, "x-hikeshi-incident--") != NULL);
	struct record r;
	OK(store_find_held(f->s, &f->a, f->team, &p.uid, 1, false, &r, &why));
	CHECK(r.key == 0); /* all or nothing */
	write_init(&w, &f->a, 7, f->team);
	write_expect(&w, key, 1);
	write_put(&w, &p);
	OK(store_commit(f->s, &w, NULL, &why));
	struct record_result res;
	CHECK(put(f, p, &res) == ERR_CONFLICT); /* the team holds it already */
	write_init(&w, &f->a, 7, f->team);
	p.uid = id_of(3);
	write_put(&w, &p);
	write_put(&w, &p);
	memset(&why, 0, sizeof why);
	CHECK(store_commit(f->s, &w, NULL, &why) == ERR_CONFLICT);
	p.label = 999;
	CHECK(put(f, p, &res) == ERR_INVALID);
}
BOTH(preconditions)

static void numbers_count_per_team_and_prefix(struct fixture *f)
{
	int64_t own, open, team = other_team(f, &own, &open);
	struct record_result res[3];
	struct write_set w;
	write_init(&w, &f->a, 7, f->team);
	for (uint32_t i = 0; i < 3; i++) {
		struct record_put p =
		    new_put(f, 10 + i, i == 2 ? team : f->team, i == 2 ? own : f->open_label, "{}");
		p.number_prefix = STR("EW");
		write_put(&w, &p);
	}
	w.at_us = INT64_C(1767225599000000); /* 2025-12-31T23:59:59Z */
	OK(store_commit(f->s, &w, res, &why));
	CHECK(str_eq(res[0].number, STR("EW-2025-0001")) &&
	      str_eq(res[1].number, STR("EW-2025-0002")) &&
	      str_eq(res[2].number, STR("EW-2025-0001")));
}
BOTH(numbers_count_per_team_and_prefix)

static void links_from_both_ends(struct fixture *f)
{
	struct write_set w;
	struct record_result res[2];
	struct record_put p = new_put(f, 1, f->team, f->open_label, "{}"),
			  q = new_put(f, 2, f->team, f->open_label, "{}");
	q.parent = -1; /* the first put */
	write_init(&w, &f->a, 7, f->team);
	write_put(&w, &p);
	write_put(&w, &q);
	write_link(&w, -1, STR("has"), id_of(2));
	write_link(&w, -1, STR("has"), id_of(2));
	write_link(&w, -2, STR("report"), id_of(77));
	OK(store_commit(f->s, &w, res, &why));
	struct link *l;
	size_t n;
	const int64_t keys[2] = {res[0].key, res[1].key};
	OK(store_links(f->s, &f->a, keys, 2, &l, &n, &why));
	CHECK(n == 2);
	const struct uuid dst = id_of(77);
	OK(store_links_to(f->s, &f->a, &dst, 1, &l, &n, &why));
	CHECK(n == 1 && l[0].src_key == res[1].key && uuid_eq(l[0].src, id_of(2)) &&
	      str_eq(l[0].relation, STR("report")) && l[0].by == 7 && l[0].team == f->team);
	write_init(&w, &f->a, 7, f->team);
	write_unlink(&w, res[1].key, STR("report"), dst);
	OK(store_commit(f->s, &w, NULL, &why));
	OK(store_links_to(f->s, &f->a, &dst, 1, &l, &n, &why));
	CHECK(n == 0);
	struct view all = fixture_all();
	int32_t type = word_find(f->s, STR("indicator"));
	struct list_query lq = {.types = &type, .n_types = 1, .parent = res[0].key, .limit = 10};
	struct record r[10];
	int64_t next, count;
	OK(store_list(f->s, &f->a, &all, &lq, r, &n, &next, &why));
	CHECK(n == 1 && r[0].key == res[1].key && r[0].parent == res[0].key && next == 0);
	OK(store_count(f->s, &all, &lq, &count, &why));
	CHECK(count == 1);
}
BOTH(links_from_both_ends)

static void interned_arrays(struct fixture *f)
{
	struct uuid ids[40];
	int64_t a[40], b[40];
	for (uint32_t i = 0; i < 40; i++)
		ids[i] = id_of(i / 2);
	OK(principal_intern(f->s, PRINCIPAL_PERSON, ids, 40, a, &why));
	OK(principal_intern(f->s, PRINCIPAL_PERSON, ids, 40, b, &why));
	CHECK(memcmp(a, b, sizeof a) == 0 && a[0] == a[1] && a[1] != a[2]);
	struct uuid u;
	CHECK(principal_uuid(f->s, a[5], &u) && uuid_eq(u, ids[5]));
	CHECK(principal_find(f->s, PRINCIPAL_PERSON, ids[7]) == a[7]);
	CHECK(principal_find(f->s, PRINCIPAL_CIRCLE, ids[7]) == 0);
	/* the order inside a label does not matter, its content does */
	int64_t t1[2] = {f->team, a[0]}, t2[2] = {a[0], f->team}, keys[3];
	const struct label l[3] = {
	    {.holder = f->team, .tlp = TLP_AMBER, .teams = t1, .n_teams = 2},
	    {.holder = f->team, .tlp = TLP_AMBER, .teams = t2, .n_teams = 2},
	    {.holder = f->team, .tlp = TLP_GREEN, .teams = t2, .n_teams = 2}};
	OK(label_intern(f->s, l, 3, keys, &why));
	CHECK(keys[0] == keys[1] && keys[2] != keys[0] && label_max(f->s) >= keys[2]);
	const struct label *got = label_get(f->s, keys[0]);
	CHECK(got && got->n_teams == 2 && got->tlp == TLP_AMBER && got->key == keys[0]);
	int32_t w1, w2;
	OK(word_code(f->s, STR("triage"), &w1, &why));
	OK(word_code(f->s, STR("triage"), &w2, &why));
	CHECK(w1 == w2 && w1 == word_find(f->s, STR("triage")) &&
	      word_find(f->s, STR("nothing")) == 0);
	CHECK(label_get(f->s, 0) == NULL && label_get(f->s, 100000) == NULL &&
	      word_text(f->s, -3).n == 0);
}
BOTH(interned_arrays)

/* Two teams hold one id with different edits: no answer of one differs by what the other holds. */
static void no_answer_differs(struct fixture *f)
{
	int64_t own, open, team = other_team(f, &own, &open);
	const uint64_t value = 0xfeedULL;
	struct record_put p = new_put(f, 1, f->team, f->red_label, "{\"mine\":1}");
	p.values = &value;
	p.n_values = 1;
	struct record_result mine, theirs;
	CHECK(put(f, p, &mine) == ERR_OK);
	struct view me = view_of(f, f->team, (const int64_t[]){f->red_label, f->open_label}, 2);
	struct record before, after;
	const struct uuid u = id_of(1);
	OK(store_find(f->s, &f->a, &me, &u, 1, true, &before, &why));
	struct record_put q = new_put(f, 1, team, own, "{\"theirs\":2}");
	q.values = &value;
	q.n_values = 1;
	q.source_modified_us = INT64_C(9000000000000000);
	CHECK(put(f, q, &theirs) == ERR_OK && theirs.key != mine.key && theirs.version == 1);
	OK(store_find(f->s, &f->a, &me, &u, 1, true, &after, &why));
	CHECK(after.key == before.key && after.flags == before.flags &&
	      after.version == before.version && after.pos == before.pos &&
	      str_eq(after.body, before.body));
	struct value_hit hit;
	OK(store_lookup(f->s, &f->a, &me, &value, 1, 0, NULL, 0, 10, &hit, &why));
	CHECK(hit.count == 1 && hit.n == 1 && hit.keys[0] == mine.key);
	int32_t type = word_find(f->s, STR("indicator"));
	struct list_query lq = {.types = &type, .n_types = 1, .limit = 10};
	struct record r[10];
	size_t n;
	int64_t next, count;
	OK(store_list(f->s, &f->a, &me, &lq, r, &n, &next, &why));
	CHECK(n == 1 && r[0].key == mine.key);
	OK(store_count(f->s, &me, &lq, &count, &why));
	CHECK(count == 1);
	/* who may see both: one row per id, own first, then the newest */
	struct view both = view_of(f, f->team, (const int64_t[]){f->red_label, own}, 2);
	struct view third = both;
	third.team = 0;
	OK(store_list(f->s, &f->a, &both, &lq, r, &n, &next, &why));
	CHECK(n == 1 && r[0].key == mine.key);
	OK(store_list(f->s, &f->a, &third, &lq, r, &n, &next, &why));
	CHECK(n == 1 && r[0].key == theirs.key);
	OK(store_find(f->s, &f->a, &third, &u, 1, false, &after, &why));
	CHECK(after.key == theirs.key);
	OK(store_lookup(f->s, &f->a, &third, &value, 1, 0, NULL, 0, 10, &hit, &why));
	CHECK(hit.count == 1 && hit.n == 1 && hit.keys[0] == theirs.key);
}
BOTH(no_answer_differs)

static void lookup_counts_what_is_seen(struct fixture *f)
{
	enum { N = 300 };
	int64_t own, open, team = other_team(f, &own, &open);
	const uint64_t everywhere = 42;
	for (int part = 0; part < 2; part++) {
		struct write_set w;
		write_init(&w, &f->a, 7, f->team);
		w.slice = part == 1;
		for (uint32_t i = 0; i < N; i++) {
			uint64_t *v = arena_array(&f->a, uint64_t, 2);
			v[0] = everywhere;
			v[1] = 1000 + i;
			bool theirs = i % 3 == 0;
			struct record_put p =
			    new_put(f, 1000u * (uint32_t)part + i, theirs ? team : f->team,
				    theirs ? own : f->open_label, "{\"x\":1}");
			p.values = v;
			p.n_values = 2;
			p.flags = i == 1 ? RECORD_REVOKED : 0;
			write_put(&w, &p);
		}
		OK(store_commit(f->s, &w, NULL, &why));
	}
	struct view me = view_of(f, f->team, &f->open_label, 1), all = fixture_all();
	const uint64_t asked[5] = {everywhere, 1002, 1000, 1001, 7};
	struct value_hit hit[5];
	OK(store_lookup(f->s, &f->a, &me, asked, 5, 0, NULL, 0, 3, hit, &why));
	CHECK(hit[0].count == 2 * (N - N / 3 - 1) && hit[0].n == 3);
	CHECK(hit[1].count == 2 && hit[2].count == 0 && hit[3].count == 0 && hit[4].count == 0);
	OK(store_lookup(f->s, &f->a, &all, asked, 5, 0, NULL, 0, 3, hit, &why));
	CHECK(hit[0].count == 2 * (N - 1) && hit[2].count == 2 && hit[3].count == 0);
	OK(store_lookup(f->s, &f->a, &all, asked, 5, team, NULL, 0, 3, hit, &why));
	CHECK(hit[0].count == 2 * (N / 3));
	/* the same as columns, the newest first; of several values each id once */
	struct value_mention *seen;
	size_t n_seen;
	bool whole;
	OK(store_mentions(f->s, &f->a, &me, asked, 1, NULL, 0, 10000, &seen, &n_seen, &whole,
			  &why));
	CHECK(whole && n_seen == 2 * (N - N / 3 - 1));
	for (size_t i = 1; i < n_seen; i++)
		CHECK(seen[i - 1].pos > seen[i].pos && seen[i].team != team);
	OK(store_mentions(f->s, &f->a, &all, asked, 5, NULL, 0, 10000, &seen, &n_seen, &whole,
			  &why));
	CHECK(whole && n_seen == 2 * (N - 1));
	OK(store_mentions(f->s, &f->a, &all, asked, 5, NULL, 0, 3, &seen, &n_seen, &whole, &why));
	CHECK(!whole && n_seen == 3);
	OK(store_mentions(f->s, &f->a, &me, asked + 2, 2, NULL, 0, 3, &seen, &n_seen, &whole,
			  &why));
	CHECK(whole && n_seen == 0);
	struct record r[3];
	OK(store_read(f->s, &f->a, &all, hit[0].keys, 3, false, r, &why));
	CHECK(r[0].pos > r[1].pos && r[1].pos > r[2].pos && r[0].team == team);
}
BOTH(lookup_counts_what_is_seen)

static void slices_are_records_too(struct fixture *f)
{
	enum { N = 5000 };
	struct write_set w;
	struct record_result *res = arena_array(&f->a, struct record_result, N);
	write_init(&w, &f->a, 7, f->team);
	w.slice = true;
	for (uint32_t i = 0; i < N; i++) {
		uint64_t *v = arena_new(&f->a, uint64_t);
		*v = i * UINT64_C(0x9E3779B97F4A7C15);
		struct record_put p = new_put(f, i, f->team, f->open_label, "{}");
		p.body = arena_printf(&f->a, "{\"n\":%u}", i);
		p.kind = "import";
		p.values = v;
		p.n_values = 1;
		write_put(&w, &p);
	}
	int64_t seq = store_last_seq(f->s);
	OK(store_commit(f->s, &w, res, &why));
	CHECK(store_last_seq(f->s) == seq + 1);
	for (size_t i = 1; i < N; i++)
		CHECK(res[i].pos == res[i - 1].pos + 1);
	struct view all = fixture_all();
	struct record *r = arena_array(&f->a, struct record, N);
	struct uuid *ids = arena_array(&f->a, struct uuid, N);
	uint64_t *hashes = arena_array(&f->a, uint64_t, N);
	struct value_hit *hits = arena_array(&f->a, struct value_hit, N);
	for (uint32_t i = 0; i < N; i++) {
		ids[i] = id_of(i);
		hashes[i] = i * UINT64_C(0x9E3779B97F4A7C15);
	}
	OK(store_find(f->s, &f->a, &all, ids, N, true, r, &why));
	OK(store_lookup(f->s, &f->a, &all, hashes, N, 0, NULL, 0, 1, hits, &why));
	for (size_t i = 0; i < N; i++)
		CHECK(r[i].key == res[i].key && r[i].pos == res[i].pos && hits[i].count == 1 &&
		      hits[i].keys[0] == res[i].key);
	struct why why = {0};
	CHECK(store_commit(f->s, &w, res, &why) == ERR_CONFLICT);
	struct history_item *h;
	size_t n;
	OK(store_history(f->s, &f->a, res[3].key, &h, &n, &why));
	CHECK(n == 1 && str_eq(h[0].kind, STR("import")));
}
BOTH(slices_are_records_too)

struct heard {
	int64_t seq, n;
};
static void hear(void *ctx, const struct change *c, size_t n)
{
	struct heard *h = ctx;
	for (size_t i = 0; i < n; i++) {
		__atomic_store_n(&h->seq, c[i].seq, __ATOMIC_RELAXED);
		__atomic_fetch_add(&h->n, 1, __ATOMIC_SEQ_CST);
	}
}

static void changes_are_told(struct fixture *f)
{
	struct heard h = {0};
	store_on_change(f->s, hear, &h);
	for (uint32_t i = 0; i < 5; i++)
		fixture_put(f, id_of(i), "indicator", f->open_label, STR("{}"), STR_NULL);
	for (int i = 0; i < 300 && __atomic_load_n(&h.n, __ATOMIC_SEQ_CST) < 5; i++)
		usleep(10000);
	CHECK(__atomic_load_n(&h.n, __ATOMIC_SEQ_CST) == 5);
	CHECK(__atomic_load_n(&h.seq, __ATOMIC_RELAXED) == store_last_seq(f->s));
	store_close(f->s); /* and all is there after opening again */
	OK(store_open(&f->options, &f->s, &why));
	struct view all = fixture_all();
	struct record r;
	const struct uuid u = id_of(3);
	OK(store_find(f->s, &f->a, &all, &u, 1, true, &r, &why));
	CHECK(r.key && label_get(f->s, r.label) != NULL && store_last_seq(f->s) == h.seq);
}
BOTH(changes_are_told)

static void one_node_per_directory(struct fixture *f)
{
	struct store *second = NULL;
	struct why why = {0};
	CHECK(store_create(&f->options, &why) == ERR_CONFLICT);
	if (!store_is_postgres(f->s))
		CHECK(store_open(&f->options, &second, &why) == ERR_CONFLICT);
	struct store_options nowhere = {.data_dir = "/tmp/hikeshi-no-such-dir"};
	CHECK(store_open(&nowhere, &second, &why) == ERR_NOTFOUND);
	struct db *db = store_reader_get(f->s);
	store_reader_put(f->s, db);
	CHECK(db != NULL && second == NULL);
}
BOTH(one_node_per_directory)

RUN_TESTS(BOTH_ROWS(reads_back), BOTH_ROWS(changes_and_versions), BOTH_ROWS(preconditions),
	  BOTH_ROWS(numbers_count_per_team_and_prefix), BOTH_ROWS(links_from_both_ends),
	  BOTH_ROWS(interned_arrays), BOTH_ROWS(no_answer_differs),
	  BOTH_ROWS(lookup_counts_what_is_seen), BOTH_ROWS(slices_are_records_too),
	  BOTH_ROWS(changes_are_told), BOTH_ROWS(one_node_per_directory))
