// SPDX-License-Identifier: Apache-2.0
/* Sorted lists: page by page, in either direction and by everything, they are what sorting all that
 * a reader may see says; also after changes, and where rows had to be filled in. */
#include "store/sorted.h"
#include "tests/store/fixture.h"

enum { TEAMS = 3, LABELS = 6, RECORDS = 300 };

struct one {
	struct record r;
	int64_t due, number;
	char title[16];
};
struct world {
	struct fixture *f;
	int64_t teams[TEAMS], labels[LABELS];
	int32_t type, states[2];
	struct one all[RECORDS];
	size_t n;
	uint64_t seed;
};

static uint32_t dice(struct world *w, uint32_t n)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(w->seed >> 33) % n;
}

static void world_labels(struct world *w)
{
	const struct uuid ids[TEAMS] = {{{1, 2, 3}}, {{2}}, {{3}}};

	OK(principal_intern(w->f->s, PRINCIPAL_TEAM, ids, TEAMS, w->teams, &why));
	for (int i = 0; i < LABELS; i++) {
		const struct label l = {
		    .holder = w->teams[i % TEAMS], .tlp = TLP_AMBER, .expires_us = 1000 + i};

		OK(label_intern(w->f->s, &l, 1, &w->labels[i], &why));
	}
	OK(word_code(w->f->s, STR("listed"), &w->type, &why));
	OK(word_code(w->f->s, STR("new"), &w->states[0], &why));
	OK(word_code(w->f->s, STR("open"), &w->states[1], &why));
}

/* Puts one, or changes it; sorted by what is remembered of it. */
static void put(struct world *w, size_t i, bool with_row)
{
	static const char *const titles[] = {"", "Äpfel", "alpha", "BETA", "火災", "beta 2"};
	struct one *x = &w->all[i];
	struct record_sort s;
	struct record_put p = {.uid = {{9, (uint8_t)(i >> 8), (uint8_t)i}},
			       .type = STR("listed"),
			       .kind = "put",
			       .state = dice(w, 2) ? STR("new") : STR("open")};
	struct record_result res;
	struct write_set ws;
	int label = (int)dice(w, LABELS);

	x->due = dice(w, 3) ? (int64_t)dice(w, 20) * 1000 : 0;
	snprintf(x->title, sizeof(x->title), "%s", titles[dice(w, ARRAY_LEN(titles))]);
	s = (struct record_sort){x->due, str_c(x->title)};
	p.key = x->r.key;
	p.team = w->teams[label % TEAMS];
	if (p.key) { /* it stays with its team */
		p.team = x->r.team;
		while (w->teams[label % TEAMS] != p.team)
			label = (int)dice(w, LABELS);
	}
	p.label = w->labels[label];
	p.number_prefix = dice(w, 4) ? STR("X") : STR("");
	p.body = arena_printf(&w->f->a, "{\"n\":%zu,\"d\":%u}", i, dice(w, 1000));
	p.sort = with_row ? &s : NULL;
	write_init(&ws, &w->f->a, 1, p.team);
	write_put(&ws, &p);
	OK(store_commit(w->f->s, &ws, &res, &why));
	x->r.key = res.key;
	x->r.team = p.team;
}

static bool all_placed(struct world *w)
{
	struct view all = {.all = true};

	for (size_t i = 0; i < w->n; i++) {
		OK(store_read(w->f->s, &w->f->a, &all, &w->all[i].r.key, 1, true, &w->all[i].r,
			      &why));
		if (!w->all[i].r.pos)
			return false;
	}
	return true;
}

static void world_fill(struct world *w, bool with_rows)
{
	w->n = RECORDS;
	for (size_t i = 0; i < w->n; i++)
		put(w, i, with_rows);
	for (size_t i = 0; i < w->n; i += 3)
		put(w, i, with_rows);
	while (!all_placed(w)) /* PostgreSQL places them a little later */
		usleep(1000);
	for (size_t i = 0; i < w->n; i++) {
		str n = w->all[i].r.number;
		uint64_t v = 0;

		if (n.n)
			CHECK(str_u64(str_from(n, n.n - 4), &v) == ERR_OK);
		w->all[i].number = (int64_t)v;
	}
}

static struct world *sorted_world;
static struct list_sort sorted_by;

static int order(const void *pa, const void *pb)
{
	const struct one *a = *(struct one *const *)pa, *b = *(struct one *const *)pb;
	bool hide_a = sorted_by.only_of && a->r.team != sorted_by.only_of,
	     hide_b = sorted_by.only_of && b->r.team != sorted_by.only_of;
	int64_t ka = 0, kb = 0;
	int d = 0;

	if (sorted_by.by == SORT_TITLE) {
		str ta = hide_a ? STR("") : text_fold(&sorted_world->f->a, str_c(a->title)),
		    tb = hide_b ? STR("") : text_fold(&sorted_world->f->a, str_c(b->title));

		if (!ta.n != !tb.n)
			return !ta.n ? 1 : -1;
		d = str_cmp(ta, tb);
	} else if (sorted_by.by != SORT_CREATED) {
		bool due = sorted_by.by == SORT_DUE;

		ka = hide_a ? 0 : due ? a->due : a->number;
		kb = hide_b ? 0 : due ? b->due : b->number;
		if (!ka != !kb)
			return !ka ? 1 : -1;
		d = (ka > kb) - (ka < kb);
	}
	if (!d)
		d = (a->r.created_us > b->r.created_us) - (a->r.created_us < b->r.created_us);
	if (!d)
		d = (a->r.key > b->r.key) - (a->r.key < b->r.key);
	return sorted_by.descending ? -d : d;
}

static void same_pages(struct world *w, const struct view *v, struct list_sort by, size_t limit,
		       int32_t state)
{
	struct list_query q = {.types = &w->type, .n_types = 1, .limit = limit, .with_body = true};
	struct one *want[RECORDS];
	struct record got[RECORDS];
	size_t n = 0, m = 0;
	bool more = true;

	if (state) {
		q.states = &state;
		q.n_states = 1;
	}
	for (size_t i = 0; i < w->n; i++)
		if (view_has(v, w->all[i].r.label) && (!state || w->all[i].r.state == state))
			want[n++] = &w->all[i];
	sorted_world = w;
	sorted_by = by;
	qsort(want, n, sizeof(want[0]), order);
	while (more) {
		size_t got_n = 0;
		struct sort_at at;

		OK(store_list_sorted(w->f->s, &w->f->a, v, &q, &by, got, &got_n, &at, &more, &why));
		CHECK(got_n == limit || !more);
		for (size_t i = 0; i < got_n; i++, m++)
			CHECK(m < n && want[m]->r.key == got[i].key);
		by.after = at;
	}
	CHECK(m == n);
}

static void every_way(struct world *w)
{
	uint64_t bits[4] = {0};
	struct view all = {.all = true}, some = {.bits = bits, .n_labels = 200};

	for (size_t i = 0; i < LABELS; i += 2)
		bits[w->labels[i] / 64] |= UINT64_C(1) << (w->labels[i] % 64);
	for (int by = SORT_CREATED; by <= SORT_TITLE; by++)
		for (int down = 0; down < 2; down++)
			for (int part = 0; part < 6; part++)
				same_pages(
				    w, part % 2 ? &some : &all,
				    (struct list_sort){.by = (enum sort_by)by,
						       .descending = down,
						       .only_of = part < 3 ? w->teams[0] : 0},
				    part < 2   ? 7
				    : part < 4 ? 100
					       : 1000 / 2,
				    part % 3 == 2 ? w->states[0] : 0);
}

static void run(bool postgres, bool with_rows)
{
	struct fixture f;
	struct world *w = calloc(1, sizeof(*w));

	w->f = &f;
	w->seed = 7;
	if (fixture_open(&f, postgres)) {
		world_labels(w);
		world_fill(w, with_rows);
		if (!with_rows) { /* as an earlier version has left them */
			int64_t after = 0, *keys;
			size_t n = 1;

			for (size_t i = 0; i < w->n; i++) {
				w->all[i].due = 0;
				w->all[i].title[0] = 0;
			}
			while (n) {
				struct record r[64];
				struct record_sort s[64] = {{0}};
				struct view all = {.all = true};

				OK(sorted_missing(f.s, &f.a, w->type, 64, &after, &keys, &n, &why));
				OK(store_read(f.s, &f.a, &all, keys, n, true, r, &why));
				OK(sorted_fill(f.s, r, s, n, &why));
			}
		}
		every_way(w);
		if (with_rows) { /* a body that says nothing of it */
			for (size_t i = 0; i < w->n; i += 5) {
				put(w, i, false);
				w->all[i].due = 0;
				w->all[i].title[0] = 0;
			}
			while (!all_placed(w))
				usleep(1000);
			every_way(w);
		}
	}
	fixture_close(&f);
	free(w);
}

static void pages_sqlite(void)
{
	run(false, true);
}
static void pages_postgres(void)
{
	run(true, true);
}
static void filled_sqlite(void)
{
	run(false, false);
}
static void filled_postgres(void)
{
	run(true, false);
}

RUN_TESTS({"pages on sqlite", pages_sqlite}, {"pages on postgresql", pages_postgres},
	  {"filled in on sqlite", filled_sqlite}, {"filled in on postgresql", filled_postgres})
