// SPDX-License-Identifier: Apache-2.0
/* What is on a page of the feed is signed by its team, or sealed. */
#include "exchange/feed_internal.h"
#include "exchange/feed_seal.h"
#include "exchange/own_keys.h"
#include "exchange/receipts.h"
#include "exchange/signature.h"

#define SIGN_TRIES 5

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
	struct audience_entry *entries, *all;
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
	if (err)
		return err;
	all = arena_array(c->arena, struct audience_entry, n + RED_WRITERS_MAX);
	memcpy(all, entries, n * sizeof(*all));
	err = red_writers(c, r, team, all, &n, why);
	if (!err)
		err = manifest_make(c->arena, &ret->m.manifest, &ret->object, all, n, &ret->m.open,
				    why);
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

		s[i].m.signature = sigs[i];
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
					      .signature = signature_keep(a, &s[i].m)};
	}
	return ERR_OK;
}

static void refuse(struct feed_item *x, const char *code, const char *en, const char *ja)
{
	x->code = code;
	x->reason = (struct bilingual){str_c(en), str_c(ja)};
}

int64_t feed_speaker(struct ctx *c, const struct record *r)
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

/* What was changed since the page was read is not signed as it was: who may see it may be others
 * now. It comes again at its new place. Under the lock that changes of labels take as well. */
static enum err drop_changed(struct feed *f, struct why *why)
{
	struct arena *a = f->c->arena;
	int64_t *keys = arena_array(a, int64_t, f->n + 1);
	size_t *at = arena_array(a, size_t, f->n + 1), n = 0, m = 0;
	struct record *now = arena_array(a, struct record, f->n + 1);
	bool *changed = arena_array(a, bool, f->n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0; i < f->n; i++) {
		if (f->signed_rows[i].rev || f->items[i].code)
			continue;
		at[n] = i;
		keys[n++] = f->r[i].key;
	}
	if (n) /* sees all: only whether it is as it was when the gate was asked */
		err = store_read(f->c->node->store, a, &(struct view){.all = true}, keys, n, false,
				 now, why);
	for (size_t i = 0; i < n && !err; i++)
		changed[at[i]] = now[i].version != f->r[at[i]].version;
	for (size_t i = 0; i < f->n && !err; i++) {
		if (changed[i])
			continue;
		f->r[m] = f->r[i];
		f->items[m] = f->items[i];
		f->signed_rows[m++] = f->signed_rows[i];
	}
	if (!err)
		f->n = m;
	return err;
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
		teams[n] = feed_speaker(f->c, &f->r[i]);
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

/* ---- the page ---- */

static bool is_red(const struct feed *f, size_t i)
{
	const struct label *l = label_get(f->c->node->store, f->r[i].label);

	return l && l->tlp == TLP_RED;
}

/* TLP:RED is no item of a page: it is sealed, and what is sealed comes as a record of its own. */
static enum err seal_page(struct feed *f, struct why *why)
{
	size_t m = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < f->n && !err; i++) {
		const struct record_signed *row = &f->signed_rows[i];
		struct why w = {0};

		if (is_red(f, i) && !f->items[i].code) {
			err = feed_seal(f->c, f->who, &f->r[i],
					row->object.n ? row->object : f->r[i].body, row->signature,
					&w);
			if (!err)
				continue;
			if (err != ERR_NOTFOUND)
				return why_set(why, err, "%s", w.text);
			err = ERR_OK;
			f->items[i].rev = row->rev;
			refuse(&f->items[i], "no_seal_key",
			       "a team that it names has no key in force to seal to",
			       "宛先のチームに有効な鍵がないため、封ができません");
		}
		f->r[m] = f->r[i];
		f->items[m] = f->items[i];
		f->signed_rows[m++] = *row;
	}
	f->n = m;
	return err;
}

/* What a team elsewhere took back was marked here and not signed so: the withdrawal tells of it. */
static void drop_taken_back(struct feed *f)
{
	size_t m = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool marked = f->r[i].flags & RECORD_REVOKED ||
			      str_eq(word_text(f->c->node->store, f->r[i].state), STR("withdrawn"));

		/* TLP:RED of elsewhere was sealed by its own team for each whom it names */
		if (!f->items[i].team && (is_red(f, i) || (marked && !f->signed_rows[i].rev)))
			continue;
		f->r[m] = f->r[i];
		f->items[m] = f->items[i];
		f->signed_rows[m++] = f->signed_rows[i];
	}
	f->n = m;
}

/* Finds the signatures of the page and makes those that are missing. Threads of several peers come
 * here at the same moment with the same records, here and in other processes; what is written
 * without asking anybody (a correction) is met by trying again. */
static enum err signatures(struct feed *f, struct why *why)
{
	struct node *node = f->c->node;
	int64_t *keys = arena_array(f->c->arena, int64_t, f->n + 1);
	int32_t *versions = arena_array(f->c->arena, int32_t, f->n + 1);
	struct why w = {0};
	enum err err = signing_begin(node->store, why);

	if (err)
		return err;
	err = ERR_CONFLICT;
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
			err = drop_changed(f, &w);
		if (!err)
			err = sign_page(f, &w);
	}
	signing_end(node->store);
	return err ? why_set(why, err, "%s", w.text) : ERR_OK;
}

enum err feed_sign(struct feed *f, struct why *why)
{
	enum err err = signatures(f, why);

	return err ? err : seal_page(f, why);
}
