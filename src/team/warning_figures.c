// SPDX-License-Identifier: Apache-2.0
/* How warnings of a team got through: of each, how many were asked, how many answered in time, late
 * or not, how fast. The first answer of a team counts, from the moment the warning was first out.
 */
#include "base/vec.h"
#include "team/warning_internal.h"

#define FIGURES_MOST 50
#define MINUTE_US (60 * US_PER_S)

/* Ends of the classes of time to answer, in hours. */
static const int64_t hours[] = {1, 2, 4, 8, 24, 72, 168, 336};

struct figures {
	int64_t recipients, answered, in_time, affected, median_us;
	int64_t within[ARRAY_LEN(hours)]; /* answered up to so many hours */
};

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_hit(str state)
{
	return str_eq(state, STR("affected")) || str_eq(state, STR("compromised"));
}

static void count_answer(struct ctx *c, const struct record *a, int64_t first_us, int64_t due_us,
			 struct figures *f, int64_t *took)
{
	str state = word_text(c->node->store, a->state);
	int64_t us = a->created_us > first_us ? a->created_us - first_us : 0;

	took[f->answered++] = us;
	f->in_time += a->created_us <= due_us;
	f->affected += is_hit(state);
	for (size_t i = 0; i < ARRAY_LEN(hours); i++)
		f->within[i] += us <= hours[i] * 60 * MINUTE_US;
}

static enum err figures_of(struct ctx *c, const struct record *r, int64_t first_us, int64_t due_us,
			   struct figures *ret, struct why *why)
{
	const struct directory_team **teams = NULL;
	struct record *answers = NULL;
	size_t n = 0, m = 0;
	int64_t *took;
	enum err err =
	    warning_delivered(c, r->uid, outbox_team(c->dir, r->team), 0, &teams, &n, why);

	if (!err)
		err = record_linked(c, r->uid, "answers", &answers, &m, why);
	if (err)
		return err;
	*ret = (struct figures){.recipients = (int64_t)n};
	took = arena_array(c->arena, int64_t, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct record *a = warning_answer_of(c, answers, m, teams[i]->key);

		if (a && !str_eq(word_text(c->node->store, a->state), STR("no_answer")))
			count_answer(c, a, first_us, due_us, ret, took);
	}
	qsort(took, (size_t)ret->answered, sizeof(*took), by_size);
	if (ret->answered)
		ret->median_us = took[(size_t)ret->answered / 2];
	return ERR_OK;
}

static void figures_json(struct ctx *c, const struct record *r, const struct json *body,
			 int64_t first_us, int64_t due_us, const struct figures *f,
			 struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "id", record_id(c, r));
	jo_kstr(o, "number", r->number);
	jo_kstr(o, "title", json_get_str(body, "title"));
	jo_kstr(o, "state", word_text(c->node->store, r->state));
	jo_kstr(o, "urgency", json_get_str(body, "urgency"));
	jo_ktime(o, "issued_at", first_us);
	jo_ktime(o, "ack_by", due_us);
	jo_ki64(o, "recipients", f->recipients);
	jo_ki64(o, "answered", f->answered);
	jo_ki64(o, "in_time", f->in_time);
	jo_ki64(o, "affected", f->affected);
	jo_key(o, "median_minutes");
	if (f->answered)
		jo_i64(o, f->median_us / MINUTE_US);
	else
		jo_null(o);
	jo_key(o, "within");
	jo_array(o);
	for (size_t i = 0; i < ARRAY_LEN(hours); i++)
		jo_i64(o, f->within[i]);
	jo_end(o);
	jo_end(o);
}

static enum err one_warning(struct ctx *c, const struct record *r, struct json_out *o,
			    struct why *why)
{
	const struct directory_team *own = directory_team(c->dir, r->team);
	struct record copy = {0};
	struct json body;
	struct figures f;
	int64_t due;
	enum err err = own ? warning_issued_copy(c, own, r->uid, &copy, why) : ERR_OK;

	if (err || !copy.key) /* never issued */
		return err;
	err = record_body(c, &copy, &body, why);
	if (err)
		return err;
	due = warning_ack_by(&body, copy.created_us);
	err = figures_of(c, r, copy.created_us, due, &f, why);
	if (!err && f.recipients)
		figures_json(c, r, &body, copy.created_us, due, &f, o);
	return err;
}

enum err warning_figures(struct ctx *c, struct json_out *o, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	/* one's own alone: how others answered is the issuer's to know */
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .team = c->actor->team,
			       .limit = FIGURES_MOST,
			       .with_body = false};
	struct record *r = arena_array(c->arena, struct record, FIGURES_MOST);
	int64_t next = 0;
	size_t n = 0;
	enum err err = store_list(c->node->store, c->arena, c->view, &q, r, &n, &next, why);

	jo_object(o);
	jo_key(o, "hours");
	jo_array(o);
	for (size_t i = 0; i < ARRAY_LEN(hours); i++)
		jo_i64(o, hours[i]);
	jo_end(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < n && !err; i++)
		err = one_warning(c, &r[i], o, why);
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return err;
}
