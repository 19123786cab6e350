// SPDX-License-Identifier: Apache-2.0
/* placed: whatever is written between two pages, a reader of a circle's collection misses nothing
 * and sees nothing that is not its own to see. */
#include "base/map.h"
#include "store/placed.h"
#include "tests/store/fixture.h"

#define RECORDS 60
#define STEPS 120

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	static const uint8_t key[16] = {9};

	seed++;
	return siphash64(key, &seed, sizeof(seed)) % below;
}

static struct uuid uid_of(unsigned i)
{
	return (struct uuid){{0xcc, (uint8_t)i, 0, 0, 0, 0, 0x40, 0, 0x80}};
}

/* What a record is now, as the test knows it. */
struct model {
	int64_t key;
	int32_t version;
	int64_t modified_us;
	bool open; /* in the circle */
};
struct world {
	struct fixture *f;
	struct model m[RECORDS];
	struct view view;
	uint64_t bits[4];
};

/* Sees the circle's label and not the other. */
static void world_init(struct world *w, struct fixture *f)
{
	memset(w, 0, sizeof(*w));
	w->f = f;
	w->bits[(uint64_t)f->open_label / 64] |= UINT64_C(1) << (f->open_label % 64);
	w->view = (struct view){.bits = w->bits, .n_labels = 255};
}

/* Makes or changes up to n records in one write: new text, or the other label. */
static void write_some(struct world *w, size_t n, bool slice)
{
	struct fixture *f = w->f;
	struct record_result r[8];
	size_t which[8], m = 0;
	struct write_set ws;
	ARENA(a, 0);

	write_init(&ws, &a, 1, f->team);
	ws.slice = slice;
	for (size_t i = 0; i < n; i++) {
		size_t k = (size_t)draw(RECORDS);
		bool again = false;

		for (size_t j = 0; j < m; j++)
			again = again || which[j] == k;
		if (again)
			continue;
		which[m++] = k;
		struct model *x = &w->m[k];

		x->modified_us += 1000000 + (int64_t)draw(5);
		x->open = draw(4) != 0;
		(void)write_put(
		    &ws, &(struct record_put){.key = x->key,
					      .uid = uid_of((unsigned)k),
					      .type = STR("indicator"),
					      .form = FORM_STIX,
					      .team = f->team,
					      .label = x->open ? f->open_label : f->red_label,
					      .body = arena_printf(&a, "{\"n\":%zu,\"at\":%lld}", k,
								   (long long)x->modified_us),
					      .source_modified_us = x->modified_us,
					      .kind = "test"});
	}
	struct why why = {0};

	CHECK(store_commit(f->s, &ws, r, &why) == ERR_OK);
	for (size_t i = 0; i < m; i++) {
		w->m[which[i]].key = r[i].key;
		w->m[which[i]].version = r[i].version;
	}
}

static size_t page(struct world *w, struct arena *a, int64_t *at, size_t limit, bool past,
		   struct placed *ret, bool *ret_end)
{
	struct placed_query q = {.circle = w->f->circle,
				 .after_us = *at,
				 .limit = limit,
				 .budget = 1 + (size_t)draw(300),
				 .bytes = draw(3) ? SIZE_MAX : 40,
				 .with_body = true,
				 .with_past = past};
	struct why why = {0};
	int64_t was = *at;
	size_t n = 0;

	CHECK(store_placed(w->f->s, a, &w->view, &q, ret, &n, at, ret_end, &why) == ERR_OK);
	CHECK(n <= limit && *at >= was);
	for (size_t i = 0; i < n; i++) {
		CHECK(ret[i].added > was && ret[i].added <= *at);
		CHECK(ret[i].r.label == w->f->open_label && ret[i].r.body.n > 0);
		was = ret[i].added;
	}
	return n;
}

static size_t index_of(const struct record *r)
{
	return r->uid.b[1] < RECORDS ? r->uid.b[1] : 0;
}

/* A reader and a writer take turns; at the end the reader has the newest of everything. */
static void reader_and_writer(struct fixture *f, bool past)
{
	struct world w;
	int64_t got[RECORDS] = {0}, at = 0;
	bool end = false;

	world_init(&w, f);
	for (int step = 0; step < STEPS || !end; step++) {
		struct placed rows[16];
		ARENA(a, 0);

		if (step < STEPS)
			write_some(&w, 1 + (size_t)draw(8), draw(2));
		size_t n = page(&w, &a, &at, 1 + (size_t)draw(15), past, rows, &end);

		for (size_t i = 0; i < n; i++) {
			size_t k = index_of(&rows[i].r);

			if (rows[i].r.source_modified_us > got[k])
				got[k] = rows[i].r.source_modified_us;
		}
	}
	for (size_t k = 0; k < RECORDS; k++)
		CHECK(!w.m[k].open || got[k] == w.m[k].modified_us);
}

/* From the beginning: each record in the circle once, nothing else; its versions oldest first. */
static void all_of_it(struct fixture *f)
{
	struct world w;
	size_t seen[RECORDS] = {0};
	int64_t at = 0;
	bool end = false;

	world_init(&w, f);
	for (int i = 0; i < STEPS; i++)
		write_some(&w, 1 + (size_t)draw(8), draw(2));
	while (!end) {
		struct placed rows[8];
		ARENA(a, 0);
		size_t n = page(&w, &a, &at, 8, false, rows, &end);

		for (size_t i = 0; i < n; i++) {
			CHECK(!rows[i].past);
			CHECK(rows[i].r.version == w.m[index_of(&rows[i].r)].version);
			seen[index_of(&rows[i].r)]++;
		}
	}
	for (size_t k = 0; k < RECORDS; k++) {
		struct placed *v = NULL;
		struct why why = {0};
		size_t n = 0;
		ARENA(a, 0);

		CHECK(seen[k] == (w.m[k].open ? 1u : 0u));
		CHECK(store_placed_versions(f->s, &a, &w.view, f->circle, uid_of((unsigned)k), true,
					    &v, &n, &why) == ERR_OK);
		CHECK((n > 0) == w.m[k].open);
		for (size_t i = 1; i < n; i++)
			CHECK(v[i].added > v[i - 1].added &&
			      v[i].r.source_modified_us > v[i - 1].r.source_modified_us);
		CHECK(!n || v[n - 1].r.source_modified_us == w.m[k].modified_us);
	}
}

static void on(bool postgres, int what)
{
	struct fixture f;

	seed = 1000;
	if (fixture_open(&f, postgres)) {
		if (what == 2)
			all_of_it(&f);
		else
			reader_and_writer(&f, what == 1);
	}
	fixture_close(&f);
}

#define ON_BOTH(name, what)                                                                        \
	static void name##_sqlite(void)                                                            \
	{                                                                                          \
		on(false, what);                                                                   \
	}                                                                                          \
	static void name##_postgres(void)                                                          \
	{                                                                                          \
		on(true, what);                                                                    \
	}
ON_BOTH(present, 0)
ON_BOTH(past, 1)
ON_BOTH(whole, 2)

RUN_TESTS({"a reader misses nothing, sqlite", present_sqlite},
	  {"a reader misses nothing, postgresql", present_postgres},
	  {"nor with superseded versions, sqlite", past_sqlite},
	  {"nor with superseded versions, postgresql", past_postgres},
	  {"each once, versions oldest first, sqlite", whole_sqlite},
	  {"each once, versions oldest first, postgresql", whole_postgres})
