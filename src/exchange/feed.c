// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed.h"

#include "base/vec.h"
#include "exchange/own_keys.h"
#include "exchange/receipts.h"
#include "exchange/signature.h"
#include "store/peers.h"

#define WORDS_MAX 100000
#define SIGN_TRIES 5

struct feed {
	struct ctx *c;
	const struct feed_reader *who;
	struct view view;     /* of all its teams together */
	int64_t served_label; /* asked last, and what was found */
	bool served;
	VEC(int32_t) types;
	/* the page */
	struct record *r;
	struct feed_item *items;
	struct record_signed *signed_rows;
	size_t n;
	struct record_signed above; /* revs begin behind it, with a gap; rev 0: none */
};

/* ---- what the peer may have ---- */

static bool reaches(const struct feed_reader *who, int64_t team)
{
	for (size_t i = 0; i < who->n_teams; i++)
		if (who->teams[i] == team)
			return true;
	return false;
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
	f->view = (struct view){.bits = bits, .n_labels = max};
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
	union_view(f);
	travelling_types(f);
}

/* ---- signing what is not signed yet ---- */

struct signing {
	size_t at; /* in the page */
	int64_t team;
	struct signed_manifest m;
	struct json object;
};

static enum err prepare(struct feed *f, size_t at, int64_t team, int64_t rev, bool has_prev,
			struct digest prev, struct signing *ret, struct why *why)
{
	struct ctx *c = f->c;
	const struct record *r = &f->r[at];
	const struct label *l = label_get(c->node->store, r->label);
	struct audience_entry *entries;
	size_t n;
	enum err err = l ? object_of(c, r, &ret->object, why)
			 : why_set(why, ERR_IO, "a label is missing: run hikeshi verify");

	*ret = (struct signing){.at = at, .team = team, .object = ret->object};
	ret->m = (struct signed_manifest){.created_us = c->now_us, .modified_us = c->now_us};
	ret->m.manifest.rev = rev;
	ret->m.manifest.has_prev = has_prev;
	ret->m.manifest.prev = prev;
	if (!err && !principal_uuid(c->node->store, team, &ret->m.team))
		err = why_set(why, ERR_IO, "a team is missing: run hikeshi verify");
	if (err)
		return err;
	ret->m.originator = ret->m.team;
	err = object_audience(c, l, &ret->m.manifest.label, &entries, &n, why);
	if (!err)
		err = manifest_make(c->arena, &ret->m.manifest, &ret->object, entries, n,
				    &ret->m.open, why);
	if (!err)
		ret->m.hash = manifest_hash(&ret->m.manifest);
	return err;
}

static int by_team(const void *a, const void *b)
{
	const struct signing *x = a, *y = b;

	if (x->team != y->team)
		return x->team < y->team ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* One key operation for all manifests of one team. */
static enum err sign_team(struct feed *f, struct signing *s, size_t n, struct why *why)
{
	struct arena *a = f->c->arena;
	struct digest *hashes = arena_array(a, struct digest, n);
	struct signature *sigs = arena_array(a, struct signature, n);
	struct own_team own;
	enum err err = own_team_get(f->c->node, a, s[0].team, &own, why);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		hashes[i] = s[i].m.hash;
	signature_batch(a, &own.key, hashes, n, sigs);
	ed25519_wipe(&own.key);
	for (size_t i = 0; i < n; i++) {
		struct record_signed *row = &f->signed_rows[s[i].at];
		const struct record *r = &f->r[s[i].at];
		BUF(object);
		BUF(text);

		s[i].m.signature = sigs[i];
		signature_write(a, &text, &s[i].m);
		/* a STIX object goes out as it is held: what is signed is its canonical form */
		if (r->form != FORM_STIX || (r->flags & RECORD_REVOKED))
			json_write(&object, &s[i].object);
		*row = (struct record_signed){.holding = r->key,
					      .version = r->version,
					      .uid = r->uid,
					      .team = s[i].team,
					      .rev = s[i].m.manifest.rev,
					      .hash = s[i].m.hash,
					      .object = arena_str(a, buf_str(&object)),
					      .signature = arena_str(a, buf_str(&text))};
	}
	return ERR_OK;
}

static void refuse(struct feed_item *x, const char *code, const char *en, const char *ja)
{
	x->code = code;
	x->reason = (struct bilingual){str_c(en), str_c(ja)};
}

/* The team here that speaks for a record: its holder, or the team whose outbox that is; 0: none. */
static int64_t speaker(struct ctx *c, const struct record *r)
{
	const struct directory_team *t = directory_team(c->dir, r->team);

	return t && !t->peer ? t->key : 0;
}

/* Which revs come next: of each lineage the newest that is known, and within the page one after the
 * other. */
static enum err prepare_all(struct feed *f, const size_t *at, const int64_t *teams, size_t n,
			    struct signing *s, size_t *ret_n, struct why *why)
{
	struct arena *a = f->c->arena;
	struct uuid *uids = arena_array(a, struct uuid, n);
	struct record_signed *newest = arena_array(a, struct record_signed, n);
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++)
		uids[i] = f->r[at[i]].uid;
	err = signed_newest(f->c->node->store, a, uids, teams, n, newest, why);
	for (size_t i = 0; i < n && !err; i++) {
		struct record_signed *last = &newest[i];
		struct why w = {0};

		/* two holdings of one lineage on one page (a team's own and its outbox's) */
		for (size_t k = i; k-- > 0 && i - k < 8;)
			if (teams[k] == teams[i] && uuid_eq(uids[k], uids[i]) &&
			    newest[k].rev >= last->rev)
				*last = newest[k];
		/* others may hold yet another of the rev between: nothing is said of it */
		if (f->above.rev) {
			if (f->above.rev >= last->rev)
				*last = f->above;
			last->rev++;
		}
		if (prepare(f, at[i], teams[i], last->rev + 1, last->rev > 0, last->hash, &s[m],
			    &w)) {
			refuse(&f->items[at[i]], "unsignable",
			       arena_printf(a, "it cannot be signed: %s", w.text).p,
			       "署名できない内容です");
			continue;
		}
		newest[i].rev = last->rev + 1;
		newest[i].hash = s[m++].m.hash;
	}
	*ret_n = m;
	return err;
}

/* Entered before the signature is kept: what was signed always has its entry. */
static enum err note_answers(struct feed *f, const struct signing *s, size_t n, struct why *why)
{
	struct arena *a = f->c->arena;
	int32_t type = word_find(f->c->node->store, STR("x-hikeshi-assessment"));
	const struct record **r = arena_array(a, const struct record *, n + 1);
	struct digest *hashes = arena_array(a, struct digest, n + 1);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (!type || f->r[s[i].at].type != type)
			continue;
		r[m] = &f->r[s[i].at];
		hashes[m++] = s[i].m.hash;
	}
	return m ? receipts_answered(f->c, r, hashes, m, why) : ERR_OK;
}

static enum err sign_page(struct feed *f, struct why *why)
{
	struct arena *a = f->c->arena;
	size_t *at = arena_array(a, size_t, f->n + 1), n = 0, m = 0;
	int64_t *teams = arena_array(a, int64_t, f->n + 1);
	struct signing *s = arena_array(a, struct signing, f->n + 1);
	struct record_signed *fresh;
	enum err err;

	for (size_t i = 0; i < f->n; i++) {
		if (f->signed_rows[i].rev || f->items[i].code)
			continue;
		teams[n] = speaker(f->c, &f->r[i]);
		if (teams[n])
			at[n++] = i;
		else
			refuse(&f->items[i], "unsigned",
			       "its team is elsewhere and has not signed it",
			       "所属するチームの署名がありません");
	}
	if (!n)
		return ERR_OK;
	err = prepare_all(f, at, teams, n, s, &m, why);
	qsort(s, m, sizeof(*s), by_team);
	for (size_t i = 0, k; i < m && !err; i = k) {
		for (k = i; k < m && s[k].team == s[i].team; k++)
			;
		err = sign_team(f, s + i, k - i, why);
	}
	fresh = arena_array(a, struct record_signed, m + 1);
	for (size_t i = 0; i < m && !err; i++)
		fresh[i] = f->signed_rows[s[i].at];
	if (!err)
		err = note_answers(f, s, m, why);
	return err ? err : signed_add(f->c->node->store, fresh, m, why);
}

/* ---- what goes out of it ---- */

static bool serves(void *ctx, const struct audience_entry *e)
{
	const struct feed *f = ctx;
	struct store *s = f->c->node->store;
	int64_t key = e->kind == AUDIENCE_CIRCLE ? principal_find(s, PRINCIPAL_CIRCLE, e->circle)
						 : principal_find(s, PRINCIPAL_TEAM, e->team);
	int64_t joined;

	if (e->kind == AUDIENCE_EVERYONE)
		return true;
	if (e->kind != AUDIENCE_CIRCLE)
		return reaches(f->who, key); /* gate */
	for (size_t i = 0; i < f->who->n_teams; i++)
		if (world_is_member(&f->c->dir->world, key, f->who->teams[i], &joined)) /* gate */
			return true;
	return false;
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
	struct json v, object;
	BUF(text);
	enum err err;

	if (x->code)
		return ERR_OK;
	x->rev = row->rev;
	x->object = row->object.n ? row->object : f->r[i].body;
	if (serves_all(f, f->r[i].label)) {
		x->signature = row->signature;
		return ERR_OK;
	}
	err = json_parse(a, row->signature, NULL, &v, why);
	if (!err)
		err = signature_parse(a, &v, &m, why);
	if (!err)
		err = json_parse(a, x->object, NULL, &object, why);
	if (err)
		return why_set(why, ERR_IO,
			       "a stored signature cannot be read: run hikeshi verify");
	m.open = open_for(a, &m.open, &object, serves, f);
	signature_write(a, &text, &m);
	x->signature = arena_str(a, buf_str(&text));
	return ERR_OK;
}

/* What came through the peer does not go back to it. */
static bool from_there(const struct feed *f, const struct record *r)
{
	const struct label *l = label_get(f->c->node->store, r->label);
	const struct directory_team *t = directory_team(f->c->dir, r->team);

	return !l || reaches(f->who, l->originator) || (t && reaches(f->who, t->key));
}

/* What a team elsewhere took back was marked here and not signed so: the withdrawal tells of it. */
static void drop_taken_back(struct feed *f)
{
	size_t m = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool marked = f->r[i].flags & RECORD_REVOKED ||
			      str_eq(word_text(f->c->node->store, f->r[i].state), STR("withdrawn"));

		if (marked && !f->signed_rows[i].rev && !f->items[i].team)
			continue;
		f->r[m] = f->r[i];
		f->items[m] = f->items[i];
		f->signed_rows[m++] = f->signed_rows[i];
	}
	f->n = m;
}

/* Finds the signatures of the page and makes those that are missing. Threads of several peers come
 * here at the same moment with the same records; those of another process are met by trying again.
 */
static enum err signatures(struct feed *f, struct why *why)
{
	struct node *node = f->c->node;
	int64_t *keys = arena_array(f->c->arena, int64_t, f->n + 1);
	int32_t *versions = arena_array(f->c->arena, int32_t, f->n + 1);
	struct why w = {0};
	enum err err = ERR_CONFLICT;

	pthread_mutex_lock(&node->signing);
	for (int tries = 0; err == ERR_CONFLICT && tries < SIGN_TRIES; tries++) {
		for (size_t i = 0; i < f->n; i++) {
			keys[i] = f->r[i].key;
			versions[i] = f->r[i].version;
		}
		w = (struct why){0};
		err =
		    signed_find(node->store, f->c->arena, keys, versions, f->n, f->signed_rows, &w);
		if (!err)
			drop_taken_back(f);
		if (!err)
			err = sign_page(f, &w);
	}
	pthread_mutex_unlock(&node->signing);
	return err ? why_set(why, err, "%s", w.text) : ERR_OK;
}

static enum err page(struct feed *f, struct why *why)
{
	struct arena *a = f->c->arena;
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < f->n; i++)
		if (!from_there(f, &f->r[i]))
			f->r[m++] = f->r[i];
	f->n = m;
	f->items = arena_array(a, struct feed_item, m + 1);
	f->signed_rows = arena_array(a, struct record_signed, m + 1);
	for (size_t i = 0; i < m; i++) {
		f->items[i].id = record_id(f->c, &f->r[i]);
		f->items[i].pos = f->r[i].pos;
		f->items[i].uid = f->r[i].uid;
		f->items[i].team = speaker(f->c, &f->r[i]);
	}
	err = signatures(f, why);
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
		for (size_t i = 0; i < count && !err; i++)
			found += !from_there(&f, &r[i]);
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
