// SPDX-License-Identifier: Apache-2.0
/* Lists: whatever the plan, the view and the filter, the pages are what a plain walk over all
 * records says they are; paging is stable and complete; counters are exact. */
#include "store/list_internal.h"
#include "tests/store/fixture.h"

enum { LABELS = 12, RECORDS = 400, TRIES = 60 };

struct world {
	struct fixture *f;
	int64_t teams[3], labels[LABELS];
	int32_t types[2], states[3], severities[2];
	struct record all[2 * RECORDS]; /* by pos, ascending */
	size_t n;
	uint64_t seed;
};

static uint32_t dice(struct world *w, uint32_t n)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(w->seed >> 33) % n;
}

static struct uuid id_of(uint32_t n)
{
	struct uuid u = {{7, 7, (uint8_t)(n >> 8), (uint8_t)n}};
	return u;
}

static void world_labels(struct world *w)
{
	struct fixture *f = w->f;
	struct uuid ids[3] = {{{1, 2, 3}}, {{2}}, {{3}}};
	OK(principal_intern(f->s, PRINCIPAL_TEAM, ids, 3, w->teams, &why));
	for (int i = 0; i < LABELS; i++) {
		const struct label l = {
		    .holder = w->teams[i % 3], .tlp = TLP_AMBER, .expires_us = 1000 + i};
		OK(label_intern(f->s, &l, 1, &w->labels[i], &why));
	}
	OK(word_code(f->s, STR("alpha"), &w->types[0], &why));
	OK(word_code(f->s, STR("beta"), &w->types[1], &why));
	OK(word_code(f->s, STR("new"), &w->states[0], &why));
	OK(word_code(f->s, STR("open"), &w->states[1], &why));
	OK(word_code(f->s, STR("closed"), &w->states[2], &why));
	OK(word_code(f->s, STR("low"), &w->severities[0], &why));
	OK(word_code(f->s, STR("high"), &w->severities[1], &why));
}

static struct record_put some_put(struct world *w, uint32_t n)
{
	static const char *const types[] = {"alpha", "beta"},
				 *const states[] = {"new", "open", "closed"},
				 *const severities[] = {"low", "high"};
	int label = (int)dice(w, LABELS);
	return (struct record_put){.uid = id_of(n),
				   .type = str_c(types[n % 2]),
				   .team = w->teams[label % 3],
				   .label = w->labels[label],
				   .body = arena_printf(&w->f->a, "{\"n\":%u}", dice(w, 3)),
				   .state = str_c(states[dice(w, 3)]),
				   .severity = str_c(severities[dice(w, 2)]),
				   .source_modified_us = dice(w, 3),
				   .flags = (dice(w, 8) == 0 ? RECORD_REVOKED : 0u) |
					    (dice(w, 6) == 0 ? RECORD_EXERCISE : 0u) |
					    (dice(w, 4) == 0 ? RECORD_VERIFIED : 0u)};
}

/* New records, ids held by several teams, changes that move them, some in slices. */
static void world_fill(struct world *w)
{
	static int64_t keys[2 * RECORDS];
	static int label_of[2 * RECORDS];
	size_t n = 0;
	for (uint32_t i = 0; i < RECORDS; i++) {
		struct write_set ws;
		struct why why = {0};
		struct record_result res;
		bool change = n && dice(w, 3) == 0;
		struct record_put p = some_put(w, dice(w, RECORDS / 2));
		size_t k = n;
		if (change) {
			k = dice(w, (uint32_t)n);
			p.key = keys[k];
			int l = (label_of[k] % 3) + 3 * (int)dice(w, LABELS / 3);
			p.label = w->labels[l];
		}
		write_init(&ws, &w->f->a, 1, p.team);
		ws.slice = dice(w, 5) == 0 && !change;
		write_put(&ws, &p);
		enum err e = store_commit(w->f->s, &ws, &res, &why);
		CHECK(e == ERR_OK || (e == ERR_CONFLICT && !change));
		if (e || change)
			continue;
		for (int l = 0; l < LABELS; l++)
			label_of[n] = w->labels[l] == p.label ? l : label_of[n];
		keys[n++] = res.key;
	}
	struct view all = fixture_all();
	OK(store_read(w->f->s, &w->f->a, &all, keys, n, true, w->all, &why));
	w->n = n;
}

static bool in(const int32_t *v, size_t n, int32_t x)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] == x)
			return true;
	}
	return n == 0;
}

static bool fits(const struct view *v, const struct list_query *q, const struct record *r)
{
	bool ex = r->flags & RECORD_EXERCISE;
	if (!view_has(v, r->label) || !in(q->types, q->n_types, r->type) ||
	    !in(q->states, q->n_states, r->state) ||
	    !in(q->severities, q->n_severities, r->severity) || (q->team && r->team != q->team) ||
	    (q->not_team && r->team == q->not_team) ||
	    ((r->flags & RECORD_REVOKED) && !q->with_revoked) ||
	    (ex && !q->with_exercise && !q->only_exercise) || (!ex && q->only_exercise))
		return false;
	bool found = q->n_labels == 0;
	for (size_t i = 0; i < q->n_labels; i++)
		found = found || q->labels[i] == r->label;
	return found;
}

/* The rule of formats.md 2, said once more in other words. */
static bool beats(const struct record *a, const struct record *b, int64_t team)
{
	bool own_a = team && a->team == team, own_b = team && b->team == team;
	bool ver_a = a->flags & RECORD_VERIFIED, ver_b = b->flags & RECORD_VERIFIED;
	int64_t ta = a->source_modified_us ? a->source_modified_us : a->modified_us;
	int64_t tb = b->source_modified_us ? b->source_modified_us : b->modified_us;
	if (own_a != own_b)
		return own_a;
	if (ver_a != ver_b)
		return ver_a;
	if (ta != tb)
		return ta > tb;
	int c = memcmp(a->digest.b, b->digest.b, 32);
	return c ? c < 0 : a->key < b->key;
}

static int by_pos(const void *x, const void *y)
{
	const struct record *a = *(struct record *const *)x, *b = *(struct record *const *)y;
	return (a->pos > b->pos) - (a->pos < b->pos);
}

static size_t expected(struct world *w, const struct view *v, const struct list_query *q,
		       struct record **ret, int64_t *ret_count)
{
	size_t n = 0;
	*ret_count = 0;
	for (size_t i = 0; i < w->n; i++) {
		bool shown = fits(v, q, &w->all[i]);
		*ret_count += shown;
		for (size_t k = 0; k < w->n && shown; k++)
			shown = k == i || !uuid_eq(w->all[k].uid, w->all[i].uid) ||
				!fits(v, q, &w->all[k]) || !beats(&w->all[k], &w->all[i], v->team);
		if (shown)
			ret[n++] = &w->all[i];
	}
	qsort(ret, n, sizeof *ret, by_pos);
	return n;
}

/* All pages by one plan against what is expected. */
static void pages(struct world *w, const struct view *v, struct list_query q, enum list_plan plan,
		  struct record **want, size_t n_want)
{
	size_t at = 0;
	for (int64_t next = -1; next;) {
		struct record r[64];
		size_t n = 0;
		OK(list_run(w->f->s, &w->f->a, v, &q, plan, r, &n, &next, &why));
		for (size_t i = 0; i < n && at < n_want; i++, at++) {
			struct record *x = q.ascending ? want[at] : want[n_want - 1 - at];
			CHECK(r[i].key == x->key && r[i].version == x->version &&
			      r[i].pos == x->pos);
		}
		CHECK(next == 0 || n == q.limit);
		q.ascending ? (q.after_pos = next) : (q.before_pos = next);
	}
	CHECK(at == n_want);
}

static void both_plans_equal_a_plain_walk(struct fixture *f)
{
	struct world *w = calloc(1, sizeof *w);
	*w = (struct world){.f = f, .seed = 4711};
	world_labels(w);
	world_fill(w);
	for (int t = 0; t < TRIES; t++) {
		uint64_t bits[4] = {0};
		for (int i = 0; i < LABELS; i++)
			bits[w->labels[i] / 64] |= (uint64_t)(dice(w, 3) > 0)
						   << (w->labels[i] % 64);
		struct view v = {.bits = bits,
				 .n_labels = label_max(f->s),
				 .team = dice(w, 2) ? w->teams[dice(w, 3)] : 0};
		struct list_query q = {.types = w->types,
				       .n_types = 1 + dice(w, 2),
				       .states = w->states,
				       .n_states = dice(w, 3),
				       .severities = w->severities,
				       .n_severities = dice(w, 2),
				       .team = dice(w, 4) ? 0 : w->teams[0],
				       .not_team = dice(w, 4) ? 0 : w->teams[1],
				       .ascending = dice(w, 2),
				       .with_revoked = dice(w, 2),
				       .only_exercise = dice(w, 5) == 0,
				       .with_exercise = dice(w, 2),
				       .labels = w->labels,
				       .n_labels = dice(w, 3) ? 0 : 5,
				       .limit = 1 + dice(w, 40)};
		struct record *want[2 * RECORDS];
		int64_t count, n_count;
		size_t n = expected(w, &v, &q, want, &count);
		OK(store_count(f->s, &v, &q, &n_count, &why));
		CHECK(n_count == count);
		pages(w, &v, q, LIST_SCAN, want, n);
		pages(w, &v, q, LIST_MERGE, want, n);
		pages(w, &v, q, LIST_AUTO, want, n);
	}
	free(w);
}
BOTH(both_plans_equal_a_plain_walk)

static void a_page_never_hides_or_repeats(struct fixture *f)
{
	for (uint32_t i = 0; i < 30; i++)
		fixture_put(f, id_of(i), "alpha", f->open_label, STR("{}"), STR_NULL);
	struct view all = fixture_all();
	int32_t type = word_find(f->s, STR("alpha"));
	struct list_query q = {.types = &type, .n_types = 1, .limit = 10};
	struct record r[10];
	size_t n;
	int64_t next, last = INT64_MAX;
	int seen = 0;
	do { /* new ones come while we read: they stand before our cursor */
		OK(store_list(f->s, &f->a, &all, &q, r, &n, &next, &why));
		for (size_t i = 0; i < n; i++) {
			CHECK(r[i].pos < last);
			last = r[i].pos;
			seen++;
		}
		fixture_put(f, id_of(1000 + (uint32_t)seen), "alpha", f->open_label, STR("{}"),
			    STR_NULL);
		q.before_pos = next;
	} while (next);
	CHECK(seen == 30);
	struct why why = {0};
	q.limit = 0;
	CHECK(store_list(f->s, &f->a, &all, &q, r, &n, &next, &why) == ERR_INVALID);
	q.limit = 1001;
	CHECK(store_list(f->s, &f->a, &all, &q, r, &n, &next, &why) == ERR_INVALID);
}
BOTH(a_page_never_hides_or_repeats)

RUN_TESTS(BOTH_ROWS(both_plans_equal_a_plain_walk), BOTH_ROWS(a_page_never_hides_or_repeats))
