// SPDX-License-Identifier: Apache-2.0
#include "team/jobs_internal.h"
#include "team/record.h"

#define PAGE 500

/* How far the clock was watched; *ret 0: never. */
static enum err watched_until(struct node *n, int64_t *ret, struct why *why)
{
	ARENA(a, 0);
	struct json v;
	str json;
	enum err err = setting_get(n->store, &a, STR("clock"), &json, NULL);

	if (err == ERR_NOTFOUND) {
		*ret = 0;
		return ERR_OK;
	}
	if (!err)
		err = json_parse(&a, json, NULL, &v, NULL);
	if (!err)
		err = json_i64(&v, ret);
	return err ? why_set(why, err, "setting 'clock' cannot be read") : ERR_OK;
}

static enum err set_watched(struct node *n, int64_t until, struct why *why)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)until);

	return setting_set(n->store, STR("clock"), (str){text, (size_t)len}, 0, why);
}

static bool passed(int64_t t, int64_t from, int64_t to)
{
	return t > from && t <= to;
}

enum err clock_tick(struct node *n, struct why *why)
{
	int64_t now = clock_now_us(), since, first = 0;
	struct job j = {.kind = STR("clock"), .payload = STR("{}"), .run_at_us = now};
	enum err err = watched_until(n, &since, why);

	if (err)
		return err;
	if (!since)
		return set_watched(n, now, why);
	for (int64_t key = 1, max = label_max(n->store); key <= max && !first; key++) {
		const struct label *l = label_get(n->store, key);

		if (l &&
		    (passed(l->not_before_us, since, now) || passed(l->expires_us, since, now)))
			first = key;
	}
	return first ? job_add(n->store, &j, "clock", NULL, why) : ERR_OK;
}

/* One page of records that carry a label: a new version each, nothing changed but the place. */
static enum err lapse_page(struct node *n, struct arena *a, struct list_query *q, struct why *why)
{
	/* sees all: no reader, labels lapse for all */
	const struct view all = {.all = true};
	struct record *r = arena_array(a, struct record, PAGE);
	struct write_set w;
	size_t count = 0;
	int64_t next = 0;
	enum err err = store_list(n->store, a, &all, q, r, &count, &next, why);

	if (err || !count) {
		q->before_pos = 0;
		return err;
	}
	write_init(&w, a, 0, n->home_team);
	for (size_t i = 0; i < count; i++) {
		struct record_put p = {.key = r[i].key,
				       .expect_version = r[i].version,
				       .label = r[i].label,
				       .body = STR_NULL,
				       .flags = r[i].flags,
				       .source_modified_us = r[i].source_modified_us,
				       .kind = "lapse"};

		(void)write_put(&w, &p);
	}
	err = store_commit(n->store, &w, NULL, why);
	q->before_pos = next;
	return err;
}

static enum err lapse_label(struct node *n, int64_t label, struct why *why)
{
	ARENA(types_arena, 0);
	size_t n_types;
	const struct catalog_type *t = catalog_types(n->catalog, &n_types);
	int32_t *codes = arena_array(&types_arena, int32_t, n_types + 1);
	struct list_query q = {.types = codes,
			       .n_types = n_types,
			       .labels = &label,
			       .n_labels = 1,
			       .with_exercise = true,
			       .with_revoked = true,
			       .limit = PAGE};
	enum err err;

	for (size_t i = 0; i < n_types; i++)
		codes[i] = t[i].code;
	do {
		ARENA(a, 0);

		err = lapse_page(n, &a, &q, why);
	} while (!err && q.before_pos);
	return err;
}

enum err job_clock(struct node *n, struct arena *a, const struct job *j, str *ret_result,
		   struct why *why)
{
	int64_t now = clock_now_us(), since;
	enum err err = watched_until(n, &since, why);

	(void)a;
	(void)j;
	(void)ret_result;
	for (int64_t key = 1, max = label_max(n->store); key <= max && !err; key++) {
		const struct label *l = label_get(n->store, key);

		if (l && passed(l->not_before_us, since, now))
			err = lapse_label(n, key, why);
	}
	return err ? err : set_watched(n, now, why);
}
