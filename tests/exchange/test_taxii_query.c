// SPDX-License-Identifier: Apache-2.0
#include "exchange/taxii_query.h"
#include "net/form.h"
#include "tests/check.h"

static enum err parse(struct arena *a, const char *text, unsigned allowed, bool strict,
		      struct taxii_query *ret)
{
	str(*params)[2] = NULL;
	size_t n = 0;
	enum err err = query_parse(a, str_c(text), 64, &params, &n, NULL);

	return err ? err : taxii_query_parse(a, params, n, allowed, strict, ret, NULL);
}

static void good_queries(void)
{
	static const char *const rows[] = {
	    "",
	    "limit=1",
	    "limit=0001",
	    "limit=99999999999999999999999",
	    "added_after=2026-01-01T00:00:00Z",
	    "added_after=2026-01-01T00:00:00.123456Z",
	    "match[version]=all",
	    "match%5Bversion%5D=first,last",
	    "match[version]=2026-01-01T00:00:00.000Z,2026-01-02T00:00:00.000Z",
	    "match[id]=indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f,x",
	    "match[type]=indicator,malware,no-such-type",
	    "match[spec_version]=2.0,2.1",
	    "match[colour]=red&anything=else",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct taxii_query q;
		ARENA(a, 0);

		if (parse(&a, rows[i], FILTER_ALL, true, &q))
			printf("# '%s'\n", rows[i]);
		CHECK(parse(&a, rows[i], FILTER_ALL, true, &q) == ERR_OK);
	}
}

static void bad_queries(void)
{
	static const char *const rows[] = {
	    "limit",
	    "limit=",
	    "limit=0",
	    "limit=000",
	    "limit=-1",
	    "limit=1.0",
	    "limit= 1",
	    "limit=1&limit=1",
	    "added_after",
	    "added_after=2026-01-01",
	    "added_after=2026-01-01T00:00:00+09:00",
	    "added_after=2026-01-01 00:00:00Z",
	    "added_after=2026-13-01T00:00:00Z",
	    "match[version]=",
	    "match[version]=latest",
	    "match[version]=all,last",
	    "match[version]=last,last",
	    "match[version]=2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z",
	    "match[id]=",
	    "match[id]=a,",
	    "match[type]=,",
	    "match[type]=a&match[type]=b",
	    "match[spec_version]=two",
	    "match[spec_version]=2.1.",
	    "next=",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct taxii_query q = {.limit = 77};
		ARENA(a, 0);
		bool same = parse(&a, rows[i], FILTER_ALL, true, &q) == ERR_INVALID;

		if (!same)
			printf("# '%s'\n", rows[i]);
		CHECK(same);
		CHECK(q.limit == 77); /* untouched */
	}
}

static void what_is_in_a_query(void)
{
	struct taxii_query q;
	ARENA(a, 0);

	CHECK(!parse(&a,
		     "added_after=1970-01-01T00:00:01Z&limit=5&next=N&match[id]=a,b&match[type]=c&"
		     "match[version]=first,1970-01-01T00:00:02.5Z&match[spec_version]=2.0,2.1",
		     FILTER_ALL, true, &q));
	CHECK(q.has_added_after && q.added_after_us == US_PER_S && q.limit == 5);
	CHECK(str_eq(q.next, STR("N")) && q.n_ids == 2 && str_eq(q.ids[1], STR("b")));
	CHECK(q.n_types == 1 && q.has_version && q.first && !q.last && !q.all);
	CHECK(q.n_times == 1 && q.times[0] == 2500000 && q.has_spec && q.spec_21);
	CHECK(!parse(&a, "match[spec_version]=2.0", FILTER_ALL, true, &q));
	CHECK(q.has_spec && !q.spec_21);
}

static void filters_of_an_address(void)
{
	struct taxii_query q;
	ARENA(a, 0);

	CHECK(!parse(&a, "match[id]=a&match[version]=junk", FILTER_ID, false, &q));
	CHECK(q.n_ids == 1 && !q.has_version);
	CHECK(parse(&a, "match[id]=a", FILTER_VERSION, true, &q) == ERR_INVALID);
	CHECK(parse(&a, "match[id]=a&match[id]=b", FILTER_VERSION, false, &q) == ERR_INVALID);
}

static void many_values(void)
{
	struct taxii_query q;
	BUF(b);
	ARENA(a, 0);

	buf_add(&b, STR("match[id]=x"));
	for (int i = 0; i < 499; i++)
		buf_add(&b, STR(",x"));
	CHECK(!parse(&a, buf_cstr(&b), FILTER_ALL, true, &q) && q.n_ids == 500);
	buf_add(&b, STR(",x"));
	CHECK(parse(&a, buf_cstr(&b), FILTER_ALL, true, &q) == ERR_INVALID);
}

/* ---- next ---- */

static const uint8_t key[16] = {1}, other_key[16] = {2};

static void a_token_holds(void)
{
	const struct taxii_place places[] = {
	    {0, 0}, {1, 0}, {INT64_MAX, UINT32_MAX}, {1800000000000000, 3}, {-1, 9}};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct taxii_place p = {0};
		ARENA(a, 0);
		str t = taxii_next_text(&a, key, STR("list"), places[i]);

		CHECK(taxii_next_read(key, STR("list"), t, &p, NULL) == ERR_OK);
		CHECK(p.pos_us == places[i].pos_us && p.skip == places[i].skip);
		CHECK(taxii_next_read(other_key, STR("list"), t, &p, NULL) == ERR_INVALID);
		CHECK(taxii_next_read(key, STR("lis"), t, &p, NULL) == ERR_INVALID);
		CHECK(taxii_next_read(key, STR("listt"), t, &p, NULL) == ERR_INVALID);
	}
}

static void a_token_of_others(void)
{
	struct taxii_place p = {.pos_us = 7};
	ARENA(a, 0);
	str t = taxii_next_text(&a, key, STR("list"), (struct taxii_place){1234567, 1});

	for (size_t i = 0; i < t.n; i++) {
		char *bent = arena_cstr(&a, t);

		bent[i] = bent[i] == 'x' ? 'y' : 'x';
		CHECK(taxii_next_read(key, STR("list"), str_c(bent), &p, NULL) == ERR_INVALID);
		CHECK(taxii_next_read(key, STR("list"), str_slice(t, 0, i), &p, NULL) ==
		      ERR_INVALID);
	}
	CHECK(p.pos_us == 7); /* untouched */
}

static void one_text_for_equal_queries(void)
{
	static const char *const rows[] = {"match[id]=ab,c",
					   "match[id]=a,bc",
					   "match[type]=ab,c",
					   "match[id]=ab&match[type]=c",
					   "match[version]=first",
					   "match[version]=last",
					   "match[version]=all",
					   "match[version]=1970-01-01T00:00:00.000Z",
					   "match[spec_version]=2.0",
					   "match[spec_version]=2.1",
					   "added_after=1970-01-01T00:00:00.000Z",
					   ""};
	struct taxii_query q, r;
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
			CHECK(!parse(&a, rows[i], FILTER_ALL, true, &q));
			CHECK(!parse(&a, rows[k], FILTER_ALL, true, &r));
			CHECK(str_eq(taxii_query_text(&a, &q), taxii_query_text(&a, &r)) ==
			      (i == k));
		}
	CHECK(!parse(&a, "limit=3", FILTER_ALL, true, &q) && !parse(&a, "", FILTER_ALL, true, &r));
	CHECK(str_eq(taxii_query_text(&a, &q), taxii_query_text(&a, &r)));
}

RUN_TESTS({"good queries", good_queries}, {"bad queries", bad_queries},
	  {"what is in a query", what_is_in_a_query},
	  {"filters of an address", filters_of_an_address}, {"many values", many_values},
	  {"a token holds", a_token_holds}, {"a token of others", a_token_of_others},
	  {"one text for equal queries", one_text_for_equal_queries})
