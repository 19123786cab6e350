// SPDX-License-Identifier: Apache-2.0
/* commit: building a write set, and what of it can be done outside the transaction: interning,
 * hashing, compressing. */
#include <assert.h>

#include "store/records_internal.h"

#define PUTS_MAX 100000u

void write_init(struct write_set *w, struct arena *a, int64_t actor, int64_t team)
{
	*w = (struct write_set){.arena = a, .actor = actor, .team = team};
	w->ops = arena_new(a, struct write_ops);
}

size_t write_put(struct write_set *w, const struct record_put *p)
{
	vec_add(w->arena, &w->ops->puts, *p);
	return w->ops->puts.n - 1;
}

size_t write_puts(const struct write_set *w)
{
	return w->ops->puts.n;
}

void write_expect(struct write_set *w, int64_t key, int32_t version)
{
	vec_add(w->arena, &w->ops->expects, (struct write_expect){key, version});
}

void write_link(struct write_set *w, int64_t src, str relation, struct uuid dst)
{
	vec_add(w->arena, &w->ops->links, (struct write_link){src, 0, relation, dst, false});
}

void write_unlink(struct write_set *w, int64_t src, str relation, struct uuid dst)
{
	vec_add(w->arena, &w->ops->links, (struct write_link){src, 0, relation, dst, true});
}

void write_note(struct write_set *w, const char *kind, struct uuid subject, str content_json)
{
	write_note_of(w, 0, kind, subject, content_json);
}

void write_note_of(struct write_set *w, int64_t team, const char *kind, struct uuid subject,
		   str content_json)
{
	vec_add(w->arena, &w->ops->notes,
		(struct write_note){team, kind, subject, content_json, NULL});
}

void write_note_past(struct write_set *w, const struct moved_entry *past)
{
	vec_add(w->arena, &w->ops->notes,
		(struct write_note){past->team, past->kind.p, past->subject, past->content, past});
}

void write_job(struct write_set *w, const char *kind, str payload_json, int64_t run_at_us,
	       const char *dedupe)
{
	vec_add(w->arena, &w->ops->jobs, (struct write_job){kind, dedupe, payload_json, run_at_us});
}

/* What many puts of one write have in common is asked for once. */
struct common {
	int64_t label;
	bool holds;
	int64_t holder;
	struct digest digest; /* with slice */
	struct word {
		str text;
		int32_t code;
	} type, state, severity;
};

static enum err word_of(struct store *s, str text, int32_t absent, struct word *last, int32_t *ret,
			struct why *why)
{
	if (!text.p || text.n == 0) {
		*ret = text.p ? 0 : absent;
		return ERR_OK;
	}
	if (last->code && str_eq(last->text, text)) {
		*ret = last->code;
		return ERR_OK;
	}
	enum err e = word_code(s, text, ret, why);
	if (!e)
		*last = (struct word){text, *ret};
	return e;
}

static void label_of(struct store *s, int64_t key, bool slice, struct common *c)
{
	if (c->holds && c->label == key)
		return;
	const struct label *l = label_get(s, key);
	*c = (struct common){.label = key,
			     .holds = l != NULL,
			     .holder = l ? l->holder : 0,
			     .type = c->type,
			     .state = c->state,
			     .severity = c->severity};
	if (l && slice)
		c->digest = label_digest(s, key);
}

static void body_pack(struct packer *packer, struct arena *a, str body, struct record_pack *ret)
{
	ret->digest = sha256(body);
	body_encode(packer, a, body, &ret->dict, &ret->stored);
}

void store_pack(struct store *s, struct arena *a, const str *bodies, size_t n,
		struct record_pack *ret)
{
	struct packer *packer = packer_take(s);
	for (size_t i = 0; i < n; i++)
		body_pack(packer, a, bodies[i], &ret[i]);
	packer_give(s, packer);
}

static enum err put_prepare(struct store *s, struct packer *packer, struct arena *a,
			    const struct record_put *p, struct common *c, struct prep *x,
			    struct why *why)
{
	enum err e = ERR_OK;
	x->is_new = p->key == 0;
	if (x->is_new && (p->type.n == 0 || !p->body.p || p->team <= 0 || uuid_is_zero(p->uid)))
		return why_set(why, ERR_INVALID, "a new record needs type, team, id and body");
	if (!c->holds)
		return why_set(why, ERR_INVALID, "a record needs a label");
	if (x->is_new && c->holder != p->team)
		return why_set(why, ERR_INVALID, "the label of a record names another holder");
	if (p->n_values && !p->values)
		return why_set(why, ERR_INVALID, "values are missing");
	if (x->is_new)
		e = word_of(s, p->type, 0, &c->type, &x->type, why);
	if (!e)
		e = word_of(s, p->state, x->is_new ? 0 : -1, &c->state, &x->state, why);
	if (!e)
		e = word_of(s, p->severity, x->is_new ? 0 : -1, &c->severity, &x->severity, why);
	if (e || !p->body.p)
		return e;
	struct record_pack own;
	if (!p->pack)
		body_pack(packer, a, p->body, &own);
	const struct record_pack *pack = p->pack ? p->pack : &own;
	x->size = (int64_t)p->body.n;
	x->digest = pack->digest;
	x->dict = pack->dict;
	x->stored = pack->stored;
	return ERR_OK;
}

static enum err set_prepare(struct store *s, struct write_set *w, struct arena *a, struct prep *x,
			    struct why *why)
{
	struct write_ops *ops = w->ops;
	struct common common = {0};
	enum err e = ERR_OK;
	struct packer *packer = packer_take(s);
	for (size_t i = 0; i < ops->puts.n && !e; i++) {
		label_of(s, ops->puts.p[i].label, w->slice, &common);
		e = put_prepare(s, packer, a, &ops->puts.p[i], &common, &x[i], why);
		x[i].label_digest = common.digest;
	}
	packer_give(s, packer);
	for (size_t i = 0; i < ops->links.n && !e; i++) {
		struct write_link *l = &ops->links.p[i];
		e = word_code(s, l->relation_text, &l->relation, why);
	}
	return e;
}

struct two {
	struct apply x[2];
};

static enum err apply_two(struct wtx *w, void *ctx, struct why *why)
{
	struct two *t = ctx;
	enum err e = apply_run(w, &t->x[0], why);
	return e ? e : apply_run(w, &t->x[1], why);
}

enum err store_commit_two(struct store *s, struct write_set *first, struct write_set *second,
			  struct why *why)
{
	struct write_set *sets[2] = {first, second};
	struct two t = {0};
	enum err e = ERR_OK;
	ARENA(a, 0);
	assert(!first->slice && !second->slice);
	for (int i = 0; i < 2 && !e; i++) {
		size_t n = sets[i]->ops->puts.n;
		t.x[i] = (struct apply){.s = s, .w = sets[i], .n = n};
		t.x[i].p = arena_array(&a, struct prep, n);
		t.x[i].at_us = sets[i]->at_us ? sets[i]->at_us : clock_now_us();
		e = n > PUTS_MAX
			? why_set(why, ERR_LIMIT, "more than %u records in one write", PUTS_MAX)
			: set_prepare(s, sets[i], &a, t.x[i].p, why);
	}
	return e ? e : store_write(s, false, apply_two, &t, why);
}

enum err store_commit(struct store *s, struct write_set *w, struct record_result *results,
		      struct why *why)
{
	size_t n = w->ops->puts.n;
	if (n > PUTS_MAX)
		return why_set(why, ERR_LIMIT, "more than %u records in one write", PUTS_MAX);
	ARENA(a, 0);
	struct apply x = {.s = s, .w = w, .n = n, .results = results};
	x.p = arena_array(&a, struct prep, n);
	x.at_us = w->at_us ? w->at_us : clock_now_us();
	enum err e = set_prepare(s, w, &a, x.p, why);
	if (!e)
		e = store_write(s, w->slice, apply_run, &x, why);
	if (!e && w->ops->jobs.n)
		store_tell_jobs(s);
	if (e || !s->postgres || !results || w->slice)
		return e;
	/* positions were given by the sequencer after the commit */
	int64_t *keys = arena_array(&a, int64_t, n);
	struct holding *h = arena_array(&a, struct holding, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = results[i].key;
	struct db *db = store_reader_get(s);
	struct why ignored = {0};
	if (holdings_get(db, &a, keys, n, false, false, h, &ignored) == ERR_OK) {
		for (size_t i = 0; i < n; i++)
			results[i].pos = h[i].r.pos;
	}
	store_reader_put(s, db);
	return ERR_OK;
}
