// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed.h"

#include "base/vec.h"
#include "exchange/feed_internal.h"
#include "exchange/feed_seal.h"
#include "exchange/own_keys.h"
#include "exchange/signature.h"
#include "store/peers.h"

#define WORDS_MAX 100000

/* ---- what the peer may have ---- */

static bool reaches(const struct feed_reader *who, int64_t team)
{
	for (size_t i = 0; i < who->n_teams; i++)
		if (who->teams[i] == team)
			return true;
	return false;
}

/* What the teams that the peer hosts have given away themselves is theirs. */
static void own_view(struct feed *f)
{
	struct store *s = f->c->node->store;
	int64_t max = label_max(s);
	uint64_t *bits = arena_array(f->c->arena, uint64_t, (size_t)max / 64 + 1);

	for (int64_t key = 1; key <= max; key++) {
		const struct label *l = label_get(s, key);

		if (l && l->tlp < TLP_RED && reaches(f->who, l->originator)) /* gate */
			bits[key / 64] |= UINT64_C(1) << (key % 64);
	}
	f->view = (struct view){.bits = bits, .n_labels = max};
}

/* What came through the peer does not go back to it. */
static bool from_there(const struct feed *f, const struct label *l)
{
	const struct directory_team *t = directory_team(f->c->dir, l->holder);

	return reaches(f->who, l->originator) || (t && reaches(f->who, t->key));
}

/* The gate is asked for each team that the peer speaks for; what one of them may take along, the
 * peer carries to it. */
static void union_view(struct feed *f)
{
	struct node *n = f->c->node;
	int64_t max = label_max(n->store);
	uint64_t *bits = arena_array(f->c->arena, uint64_t, (size_t)max / 64 + 1);

	for (size_t i = 0; i < f->who->n_teams; i++) {
		const struct actor a = {.account = -1,
					.team = f->who->teams[i],
					.role = ROLE_LEAD,
					.scopes = SCOPE_ALL};
		const struct view *v = policy_view_get(n->policy, &a, ACT_EXPORT); /* gate */

		for (int64_t key = 1; key <= max && key <= v->n_labels; key++)
			if (view_has(v, key)) /* gate */
				bits[key / 64] |= UINT64_C(1) << (key % 64);
		policy_view_put(n->policy, v);
	}
	/* what is for people of theirs by name goes sealed */
	for (int64_t key = 1; key <= max; key++) {
		const struct label *l = label_get(n->store, key);

		if (l && l->tlp == TLP_RED && feed_red_for(f->c, f->who, l)) /* gate */
			bits[key / 64] |= UINT64_C(1) << (key % 64);
		if (!l || from_there(f, l))
			bits[key / 64] &= ~(UINT64_C(1) << (key % 64));
	}
	f->view = (struct view){.bits = bits, .n_labels = max};
}

/* Of that, what names one of the circles that are wanted. */
static void only_circles(struct feed *f)
{
	uint64_t *bits = arena_array(f->c->arena, uint64_t, (size_t)f->view.n_labels / 64 + 1);

	for (int64_t key = 1; key <= f->view.n_labels; key++) {
		const struct label *l = label_get(f->c->node->store, key);

		/* no gate: takes away from what the gate has let through */
		for (size_t i = 0; l && i < l->n_circles && view_has(&f->view, key); i++)
			for (size_t k = 0; k < f->who->n_circles; k++)
				if (l->circles[i].circle == f->who->circles[k])
					bits[key / 64] |= UINT64_C(1) << (key % 64);
	}
	f->view.bits = bits;
}

static void travelling_types(struct feed *f)
{
	struct store *s = f->c->node->store;
	str word;

	for (int32_t code = 1; code < WORDS_MAX && (word = word_text(s, code)).n; code++)
		if ((catalog_type(f->c->node->catalog, word) || str_starts(word, STR("x-"))) &&
		    object_travels(word))
			vec_add(f->c->arena, &f->types, code);
}

static struct list_query query_of(const struct feed *f, int64_t after_pos, size_t limit)
{
	return (struct list_query){.types = f->types.p,
				   .n_types = f->types.n,
				   .ascending = true,
				   .after_pos = after_pos,
				   .with_revoked = true,
				   .with_exercise = true,
				   .every_lineage = true,
				   .limit = limit,
				   .with_body = true};
}

static void begin(struct feed *f, struct ctx *c, const struct feed_reader *who)
{
	*f = (struct feed){.c = c, .who = who};
	if (who->own)
		own_view(f);
	else
		union_view(f);
	if (who->circles)
		only_circles(f);
	travelling_types(f);
}

/* ---- what goes out of it ---- */

static bool serves_member(const struct feed *f, int64_t key)
{
	int64_t joined;

	for (size_t i = 0; i < f->who->n_teams; i++)
		if (world_is_member(&f->c->dir->world, key, f->who->teams[i], &joined)) /* gate */
			return true;
	return false;
}

static bool serves(void *ctx, const struct audience_entry *e)
{
	const struct feed *f = ctx;
	struct store *s = f->c->node->store;

	if (e->kind == AUDIENCE_EVERYONE)
		return true;
	if (e->kind == AUDIENCE_CIRCLE)
		return serves_member(f, principal_find(s, PRINCIPAL_CIRCLE, e->circle));
	return reaches(f->who, principal_find(s, PRINCIPAL_TEAM, e->team)); /* gate */
}

/* Does the peer serve everybody whom the label names? Then the signature goes out as it is kept:
 * nothing is opened in it that the peer may not know. What came from elsewhere was opened for those
 * of its label. */
static bool serves_all(struct feed *f, int64_t label)
{
	const struct label *l = label_get(f->c->node->store, label);
	struct manifest_label unused;
	struct audience_entry *e;
	size_t n = 0;

	if (f->served_label == label)
		return f->served;
	f->served_label = label;
	f->served = l && object_audience(f->c, l, &unused, &e, &n, NULL) == ERR_OK;
	for (size_t i = 0; i < n && f->served; i++)
		f->served = serves(f, &e[i]);
	return f->served;
}

static enum err item_fill(struct feed *f, size_t i, struct why *why)
{
	struct arena *a = f->c->arena;
	struct feed_item *x = &f->items[i];
	const struct record_signed *row = &f->signed_rows[i];
	struct signed_manifest m;
	struct json object;
	BUF(text);
	enum err err;

	if (x->code)
		return ERR_OK;
	x->rev = row->rev;
	x->object = row->object.n ? row->object : f->r[i].body;
	err = signature_kept(a, row->signature, &m, why);
	if (!err && !f->who->own && !serves_all(f, f->r[i].label)) {
		err = json_parse(a, x->object, NULL, &object, why);
		if (!err)
			m.open = open_for(a, &m.open, &object, serves, f);
	}
	if (err)
		return err;
	signature_write(&text, &m);
	x->signature = arena_str(a, buf_str(&text));
	return ERR_OK;
}

/* Of what the peer asks for as its own: is it? */
static bool is_theirs(const struct feed *f, const struct record *r)
{
	const struct directory_team *t = directory_team(f->c->dir, r->team);

	return t && reaches(f->who, t->key) && r->flags & RECORD_VERIFIED;
}

static enum err page(struct feed *f, struct why *why)
{
	struct arena *a = f->c->arena;
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < f->n; i++)
		if (!f->who->own || is_theirs(f, &f->r[i]))
			f->r[m++] = f->r[i];
	f->n = m;
	f->items = arena_array(a, struct feed_item, m + 1);
	f->signed_rows = arena_array(a, struct record_signed, m + 1);
	for (size_t i = 0; i < m; i++) {
		f->items[i].id = record_id(f->c, &f->r[i]);
		f->items[i].pos = f->r[i].pos;
		f->items[i].uid = f->r[i].uid;
		f->items[i].team = feed_speaker(f->c, &f->r[i]);
	}
	err = feed_sign(f, why);
	for (size_t i = 0; i < f->n && !err; i++)
		err = item_fill(f, i, why);
	return err;
}

enum err feed_reader_of(struct node *n, struct arena *a, int64_t peer, struct feed_reader *ret,
			struct why *why)
{
	struct peer_team *teams = NULL;
	size_t count = 0;
	enum err err = peer_teams_list(n->store, a, peer, &teams, &count, why);
	int64_t *keys = arena_array(a, int64_t, count + 1);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		keys[i] = teams[i].team;
	*ret = (struct feed_reader){.peer = peer, .teams = keys, .n_teams = count};
	return ERR_OK;
}

enum err feed_reader_own(struct node *n, struct arena *a, int64_t peer, struct feed_reader *ret,
			 struct why *why)
{
	struct peer_team *teams = NULL;
	size_t count = 0, m = 0;
	enum err err = peer_teams_list(n->store, a, peer, &teams, &count, why);
	int64_t *keys = arena_array(a, int64_t, count + 1);

	if (err)
		return err;
	/* a team behind it may have sent things here by another way */
	for (size_t i = 0; i < count; i++)
		if (teams[i].direct) /* gate */
			keys[m++] = teams[i].team;
	*ret = (struct feed_reader){.peer = peer, .teams = keys, .n_teams = m, .own = true};
	return ERR_OK;
}

enum err feed_read(struct node *n, struct arena *a, const struct feed_reader *who,
		   int64_t after_pos, size_t limit, struct feed_item **ret, size_t *ret_n,
		   int64_t *ret_next, bool *ret_more, struct why *why)
{
	struct actor node = node_actor(n, 0);
	struct list_query q;
	struct feed f;
	struct ctx c;
	int64_t next = 0, last;
	enum err err = ERR_OK;

	ctx_init(&c, n, a, &node);
	begin(&f, &c, who);
	q = query_of(&f, after_pos, limit);
	f.r = arena_array(a, struct record, limit + 1);
	if (f.types.n)
		err = store_list(n->store, a, &f.view, &q, f.r, &f.n, &next, why);
	last = f.n ? f.r[f.n - 1].pos : after_pos;
	if (!err && f.n)
		err = page(&f, why);
	ctx_done(&c);
	if (err)
		return err;
	*ret = f.items;
	*ret_n = f.n;
	*ret_next = last;
	*ret_more = next != 0;
	return ERR_OK;
}

enum err feed_behind(struct node *n, struct arena *a, const struct feed_reader *who,
		     int64_t after_pos, int64_t most, int64_t *ret, struct why *why)
{
	struct actor node = node_actor(n, 0);
	struct record *r = arena_array(a, struct record, FEED_PAGE);
	struct feed f;
	struct ctx c;
	int64_t found = 0, next = after_pos;
	enum err err = ERR_OK;

	ctx_init(&c, n, a, &node);
	begin(&f, &c, who);
	for (bool more = f.types.n > 0; more && !err && found < most;) {
		struct list_query q = query_of(&f, next, FEED_PAGE);
		size_t count = 0;

		q.with_body = false;
		err = store_list(n->store, a, &f.view, &q, r, &count, &next, why);
		found += err ? 0 : (int64_t)count;
		more = next != 0;
	}
	ctx_done(&c);
	if (!err)
		*ret = found < most ? found : most;
	return err;
}

int64_t peer_behind(struct node *n, struct arena *a, const struct peer *p)
{
	struct feed_reader who;
	int64_t ret = -1;

	if (feed_reader_of(n, a, p->key, &who, NULL) ||
	    feed_behind(n, a, &who, p->cursor_out, FEED_BEHIND_MOST, &ret, NULL))
		return -1;
	return ret;
}

enum err feed_named(struct node *n, struct arena *a, const struct feed_reader *who,
		    const struct uuid *ids, size_t n_ids, struct feed_item **ret, size_t *ret_n,
		    struct why *why)
{
	struct actor node = node_actor(n, 0);
	struct feed f;
	struct ctx c;
	struct record *r = arena_array(a, struct record, n_ids + 1);
	enum err err;

	ctx_init(&c, n, a, &node);
	begin(&f, &c, who);
	f.r = r;
	err = store_find(n->store, a, &f.view, ids, n_ids, true, r, why);
	for (size_t i = 0; i < n_ids && !err; i++)
		if (r[i].key && object_travels(word_text(n->store, r[i].type)))
			r[f.n++] = r[i];
	if (!err && f.n)
		err = page(&f, why);
	ctx_done(&c);
	if (err)
		return err;
	*ret = f.items;
	*ret_n = f.n;
	return ERR_OK;
}

/* Is what the peer has newer than what would be signed? */
static bool behind(struct feed *f, const struct record *r, str shown)
{
	struct json object;
	int64_t theirs, ours;

	return object_of(f->c, r, &object, NULL) == ERR_OK &&
	       time_parse(shown, &theirs) == ERR_OK &&
	       time_parse(json_get_str(&object, "modified"), &ours) == ERR_OK && theirs > ours;
}

enum err feed_resign(struct node *n, struct arena *a, const struct feed_reader *who, struct uuid id,
		     const struct signed_manifest *shown, struct why *why)
{
	struct actor node = node_actor(n, 0);
	struct record r = {0};
	struct feed f;
	struct ctx c;
	enum err err;

	ctx_init(&c, n, a, &node);
	begin(&f, &c, who);
	f.r = &r;
	f.n = 1;
	f.above = (struct record_signed){.rev = shown->manifest.rev, .hash = shown->hash};
	err = store_find(n->store, a, &f.view, &id, 1, true, &r, why);
	if (!err && (!r.key || !object_travels(word_text(n->store, r.type))))
		err = why_set(why, ERR_NOTFOUND, "nothing of it goes to that peer");
	if (!err && behind(&f, &r, shown->manifest.modified))
		err = why_set(why, ERR_CONFLICT, "the peer holds a newer state");
	if (!err)
		err = signed_forget(n->store, r.key, r.version, why);
	if (!err)
		err = page(&f, why);
	ctx_done(&c);
	return err;
}
