// SPDX-License-Identifier: Apache-2.0
/* Who has a warning, and who has not: receipts of teams that work elsewhere (exchange/receipts.h
 * has checked them before they were linked), the journal's entries of those that work here, and the
 * tree of who has not confirmed. */
#include "base/vec.h"
#include "store/peers.h"
#include "store/signed.h"
#include "team/warning_internal.h"

#define RECEIPT_TYPE "x-hikeshi-receipt"

enum kind { RECEIVED, ANSWERED, APPLIED, KINDS };
static const char *const kind_names[KINDS] = {"received", "answered", "withdrawal-applied"};

/* The newest receipt of each kind. */
struct confirmed {
	const struct directory_team *team;
	bool reads; /* the issued copy as it is now */
	struct record record[KINDS];
	struct json receipt[KINDS];
	int64_t rev[KINDS];
};
/* A withdrawal that names the warning. */
struct notice {
	struct record record;
	int64_t rev;
	VEC(int64_t) by; /* teams that have applied it */
};
struct report {
	struct ctx *c;
	const struct record *r;
	const struct directory_team *issuer;
	struct record copy; /* the issued one */
	int64_t rev;        /* its newest signed one; 0: it has not left */
	struct confirmed *t;
	size_t n;
	struct notice *w;
	size_t n_w;
	struct record *answers;
	size_t n_answers;
};

/* ---- gathering ---- */

static bool is_receipt(struct ctx *c, const struct record *r)
{
	return str_eq(word_text(c->node->store, r->type), STR(RECEIPT_TYPE)) &&
	       r->flags & RECORD_VERIFIED;
}

static struct confirmed *row_of(struct report *x, int64_t team)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->t[i].team->key == team)
			return &x->t[i];
	return NULL;
}

static enum err receipts_of(struct report *x, struct uuid target, struct notice *about,
			    struct why *why)
{
	struct record *list = NULL;
	size_t n = 0;
	enum err err = record_linked(x->c, target, "receipt", &list, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct confirmed *row = row_of(x, list[i].team);
		struct json v;
		size_t k = 0;

		if (!row || !is_receipt(x->c, &list[i]))
			continue;
		err = record_body(x->c, &list[i], &v, why);
		while (!err && k < KINDS && !str_eq(json_get_str(&v, "kind"), str_c(kind_names[k])))
			k++;
		if (err || k == KINDS || (k == APPLIED) != (about != NULL))
			continue;
		if (about)
			vec_add(x->c->arena, &about->by, row->team->key);
		if (json_get_i64(&v, "rev", 0) < row->rev[k])
			continue;
		row->rev[k] = json_get_i64(&v, "rev", 0);
		row->record[k] = list[i];
		row->receipt[k] = v;
	}
	return err;
}

/* Somebody of it may still have it. */
static bool still_reads(struct ctx *c, const struct directory_team *t, const struct label *l)
{
	return l && ctx_team_sees(c, t, l); /* gate */
}

static enum err gather_teams(struct report *x, struct why *why)
{
	struct ctx *c = x->c;
	const struct directory_team **teams = NULL;
	struct record_signed newest = {0};
	enum err err = warning_issued_copy(c, x->issuer, x->r->uid, &x->copy, why);
	const struct label *l =
	    err || !x->copy.key ? NULL : label_get(c->node->store, x->copy.label);

	if (!err)
		err = warning_delivered(c, x->r->uid, x->issuer->key, 0, &teams, &x->n, why);
	if (!err)
		err = signed_newest(c->node->store, c->arena, &x->r->uid, &x->issuer->key, 1,
				    &newest, why);
	if (err)
		return err;
	x->rev = newest.rev;
	x->t = arena_array(c->arena, struct confirmed, x->n + 1);
	for (size_t i = 0; i < x->n; i++)
		x->t[i] =
		    (struct confirmed){.team = teams[i], .reads = still_reads(c, teams[i], l)};
	return ERR_OK;
}

static enum err gather_notices(struct report *x, struct why *why)
{
	struct ctx *c = x->c;
	struct record *list = NULL;
	size_t n = 0;
	enum err err = record_linked(c, x->r->uid, "withdraws", &list, &n, why);

	x->w = arena_array(c->arena, struct notice, n + 1);
	for (size_t i = 0; i < n && !err; i++) {
		struct record_signed newest = {0};
		struct notice *w = &x->w[x->n_w];

		if (list[i].team != x->issuer->key)
			continue;
		err = signed_newest(c->node->store, c->arena, &list[i].uid, &x->issuer->key, 1,
				    &newest, why);
		*w = (struct notice){.record = list[i], .rev = newest.rev};
		x->n_w++;
		if (!err)
			err = receipts_of(x, list[i].uid, w, why);
	}
	return err;
}

/* ---- items ---- */

static void item_begin(struct report *x, const struct confirmed *t, const char *kind, int64_t at,
		       struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "team", record_id(x->c, &t->team->record));
	jo_kc(o, "kind", kind);
	jo_ktime(o, "at", at);
}

static void item_remote(struct report *x, const struct confirmed *t, enum kind k,
			struct json_out *o)
{
	int64_t at = t->record[k].modified_us;

	if (time_parse(json_str(json_path(&t->receipt[k], "entry", "at", NULL)), &at))
		at = t->record[k].modified_us;
	item_begin(x, t, kind_names[k], at, o);
	jo_ki64(o, "rev", t->rev[k]);
	jo_key(o, "receipt");
	jo_json(o, &t->receipt[k]);
	jo_end(o);
}

/* On one node it is the journal's entry of the issue or the answer; its proof is the inclusion path
 * (docs/formats.md 5). */
static enum err item_here(struct report *x, const struct confirmed *t, enum kind k,
			  const struct record *r, const struct checkpoint *cp, struct json_out *o,
			  struct why *why)
{
	struct ctx *c = x->c;
	struct history_item *h = NULL;
	struct digest *path = NULL;
	size_t hn = 0, pn = 0;
	enum err err = store_history(c->node->store, c->arena, r->key, &h, &hn, why);

	if (err || !hn)
		return err;
	if (journal_inclusion(c->node->store, c->arena, h[hn - 1].seq, cp->size, &path, &pn, NULL))
		pn = 0;
	item_begin(x, t, kind_names[k], h[hn - 1].at_us, o);
	jo_ki64(o, "seq", h[hn - 1].seq);
	jo_ki64(o, "size", cp->size);
	jo_kstr(o, "root", hex_text(c->arena, cp->root));
	jo_key(o, "path");
	jo_array(o);
	for (size_t i = 0; i < pn; i++)
		jo_str(o, hex_text(c->arena, path[i]));
	jo_end(o);
	jo_end(o);
	return ERR_OK;
}

/* Not one that was taken back. */
static bool answer_stands(const struct report *x, const struct record *answer)
{
	return !str_eq(word_text(x->c->node->store, answer->state), STR("no_answer"));
}

static bool has_answered(const struct report *x, const struct confirmed *t)
{
	const struct record *answer =
	    warning_answer_of(x->c, x->answers, x->n_answers, t->team->key);

	return answer ? answer_stands(x, answer) : t->record[ANSWERED].key != 0;
}

static enum err items(struct report *x, struct json_out *o, struct why *why)
{
	struct checkpoint cp;
	enum err err = journal_checkpoint(x->c->node->store, &cp, why);

	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < x->n && !err; i++) {
		const struct confirmed *t = &x->t[i];
		const struct record *answer =
		    warning_answer_of(x->c, x->answers, x->n_answers, t->team->key);

		answer = answer && answer_stands(x, answer) ? answer : NULL;
		for (size_t k = 0; k < KINDS; k++)
			if (t->record[k].key)
				item_remote(x, t, (enum kind)k, o);
		if (t->team->peer)
			continue;
		err = item_here(x, t, RECEIVED, &x->copy, &cp, o, why);
		if (answer && !err)
			err = item_here(x, t, ANSWERED, answer, &cp, o, why);
	}
	jo_end(o);
	return err;
}

/* ---- who has not confirmed ---- */

static bool has_applied(const struct notice *w, int64_t team)
{
	for (size_t i = 0; i < w->by.n; i++)
		if (w->by.p[i] == team)
			return true;
	return false;
}

static const struct peer *peer_of(const struct peer *p, size_t n, int64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].key == key)
			return &p[i];
	return NULL;
}

static str peer_uid(struct ctx *c, const struct peer *p)
{
	char u[UUID_TEXT];

	uuid_text(p->uid, u);
	return arena_str(c->arena, (str){u, UUID_TEXT});
}

static void missing_one(struct report *x, const struct confirmed *t, const struct peer *via,
			enum kind k, int64_t since, struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "team", record_id(x->c, &t->team->record));
	jo_kc(o, "kind", kind_names[k]);
	jo_ktime(o, "since", since);
	if (via) {
		jo_kstr(o, "peer", peer_uid(x->c, via));
		jo_kstr(o, "via", via->name);
	}
	jo_end(o);
}

static bool lacks_received(const struct report *x, const struct confirmed *t)
{
	return t->team->peer && t->reads && (!x->rev || t->rev[RECEIVED] < x->rev);
}

static const struct notice *lacks_applied(const struct report *x, const struct confirmed *t)
{
	for (size_t i = 0; i < x->n_w && t->team->peer; i++)
		if (!has_applied(&x->w[i], t->team->key) &&
		    still_reads(x->c, t->team, label_get(x->c->node->store, x->w[i].record.label)))
			return &x->w[i];
	return NULL;
}

static void missing(struct report *x, const struct peer *p, size_t n, struct json_out *o)
{
	jo_key(o, "missing");
	jo_array(o);
	for (size_t i = 0; i < x->n; i++) {
		const struct confirmed *t = &x->t[i];
		const struct peer *via = peer_of(p, n, t->team->peer);
		const struct notice *w = lacks_applied(x, t);

		if (lacks_received(x, t))
			missing_one(x, t, via, RECEIVED, x->copy.modified_us, o);
		if (w)
			missing_one(x, t, via, APPLIED, w->record.created_us, o);
	}
	jo_end(o);
}

static void branch(struct report *x, int64_t peer, const struct peer *p, struct json_out *o)
{
	bool any = false;

	for (size_t i = 0; i < x->n; i++) {
		const struct confirmed *t = &x->t[i];

		if (t->team->peer != peer)
			continue;
		if (!any) {
			jo_object(o);
			jo_kstr(o, "peer", p ? peer_uid(x->c, p) : STR_NULL);
			jo_kstr(o, "name", p ? p->name : STR_NULL);
			jo_kbool(o, "here", peer == 0);
			jo_key(o, "teams");
			jo_array(o);
			any = true;
		}
		jo_object(o);
		jo_kstr(o, "team", record_id(x->c, &t->team->record));
		jo_kbool(o, "received", !lacks_received(x, t));
		jo_kbool(o, "answered", has_answered(x, t));
		if (x->n_w)
			jo_kbool(o, "withdrawal_applied", !lacks_applied(x, t));
		jo_end(o);
	}
	if (any) {
		jo_end(o);
		jo_end(o);
	}
}

/* By the way they are reached: this node first, then each peer, then those not reached any more. */
static void tree(struct report *x, const struct peer *p, size_t n, struct json_out *o)
{
	jo_key(o, "tree");
	jo_array(o);
	branch(x, 0, NULL, o);
	for (size_t i = 0; i < n; i++)
		branch(x, p[i].key, &p[i], o);
	branch(x, -1, NULL, o);
	jo_end(o);
}

enum err warning_receipts(struct ctx *c, const struct record *r, struct json_out *o,
			  struct why *why)
{
	struct report x = {
	    .c = c, .r = r, .issuer = directory_team(c->dir, outbox_team(c->dir, r->team))};
	struct peer *peers = NULL;
	size_t n = 0;
	enum err err = warning_issuer_only(c, r, why);

	if (!err && !x.issuer)
		err = why_set(why, ERR_IO, "the issuing team is not in the directory");
	if (!err)
		err = gather_teams(&x, why);
	if (!err)
		err = receipts_of(&x, r->uid, NULL, why);
	if (!err)
		err = gather_notices(&x, why);
	if (!err)
		err = record_linked(c, r->uid, "answers", &x.answers, &x.n_answers, why);
	if (!err)
		err = peer_list(c->node->store, c->arena, &peers, &n, why);
	if (err)
		return err;
	jo_object(o);
	err = items(&x, o, why);
	missing(&x, peers, n, o);
	tree(&x, peers, n, o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return err;
}
