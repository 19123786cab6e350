// SPDX-License-Identifier: Apache-2.0
#include "exchange/accept.h"

#include <assert.h>

#include "base/log.h"
#include "base/map.h"
#include "exchange/accept_internal.h"
#include "exchange/feed_seal.h"
#include "exchange/heal.h"
#include "exchange/link_internal.h"
#include "exchange/sync_internal.h"
#include "team/withdrawal.h"

#define WRITERS_MAX 64 /* of one team, named in what it sealed */
#define RACES_MOST 5   /* times that what two links bring at once is judged anew */
#define AHEAD_US (INT64_C(86400) * US_PER_S)

void accept_refuse(struct arrival *x, const char *code, str en, str ja)
{
	x->result->state = ACCEPT_REFUSED;
	x->result->code = code;
	x->result->en = en;
	x->result->ja = ja;
}

void accept_refuse_why(struct accepting *s, struct arrival *x, const char *code,
		       const struct why *w)
{
	accept_refuse(x, w->code[0] ? arena_printf(s->c.arena, "%s", w->code).p : code,
		      arena_printf(s->c.arena, "%s", w->text),
		      arena_printf(s->c.arena, "%s", w->text_ja[0] ? w->text_ja : w->text));
}

bool accept_open(const struct arrival *x)
{
	return x->result->state == ACCEPT_TAKEN && !x->waits && !x->written;
}

/* ---- pairing objects with their signatures ---- */

static bool is_signature(const struct json *o)
{
	return str_eq(json_get_str(o, "type"), STR("x-hikeshi-signature"));
}

static void pair(struct accepting *s, const struct arrived *objects, size_t n,
		 struct accept_result *results)
{
	struct map at; /* id of the target → 1 + index of its arrival */

	map_init(&at);
	for (size_t i = 0; i < n; i++) {
		struct arrival *x = &s->v[s->n];
		bool fresh;

		if (is_signature(&objects[i].object))
			continue;
		x->object = &objects[i].object;
		x->text = objects[i].text;
		x->result = &results[s->n];
		x->result->id = json_get_str(&objects[i].object, "id");
		map_put(&at, x->result->id, &fresh)->u = s->n++;
		if (!fresh)
			accept_refuse(x, "malformed",
				      STR("the same id comes twice in one envelope"),
				      STR("同じIDが一つの封筒に二度あります"));
	}
	for (size_t i = 0; i < n; i++) {
		struct why w = {0};
		struct signed_manifest m;
		union map_value *found;
		struct arrival *x;

		if (!is_signature(&objects[i].object))
			continue;
		found = map_get(&at,
				json_get_str(json_get_c(&objects[i].object, "manifest"), "target"));
		x = found ? &s->v[found->u] : NULL;
		if (!x || !accept_open(x))
			continue;
		if (signature_parse(s->c.arena, &objects[i].object, &m, &w)) {
			accept_refuse_why(s, x, "signature", &w);
		} else if (m.manifest.role == ROLE_ORIGINATOR && !x->has_signature) {
			x->m = m;
			x->has_signature = true;
		}
	}
	map_done(&at);
}

/* ---- judging ---- */

static bool held_by_team(str type)
{
	return str_eq(type, STR(SEALED_TYPE)) || str_eq(type, STR("x-hikeshi-assessment")) ||
	       str_eq(type, STR(RECEIPT_TYPE)) || str_eq(type, STR(WITHDRAWAL_TYPE));
}

static const struct known_team *team_known(struct accepting *s, struct uuid uid)
{
	struct known_team t = {.uid = uid, .team = directory_team_uid(s->c.dir, uid)};

	for (size_t i = 0; i < s->teams.n; i++)
		if (uuid_eq(s->teams.p[i].uid, uid))
			return &s->teams.p[i];
	if (!t.team)
		(void)!why_field(&t.why, ERR_DENIED, "unknown_team", NULL,
				 "its team is not known here yet: it is taken as soon as it is",
				 "発信元のチームがまだ伝わっていません。伝わり次第受け取ります");
	/* who is hosted here signs here */
	else if (!t.team->peer) /* gate */
		(void)!why_field(&t.why, ERR_DENIED, "not_yours", NULL,
				 "its team is not one that is reached through a peer of this node",
				 "このノードの接続先を通じて届くチームのものではありません");
	else if (team_chain(s->c.node, s->c.arena, t.team->key, &t.chain, &t.keys, &t.why) &&
		 !t.why.code[0])
		(void)snprintf(t.why.code, sizeof(t.why.code), "unknown_key");
	vec_add(s->c.arena, &s->teams, t);
	return &s->teams.p[s->teams.n - 1];
}

static bool key_speaks(struct accepting *s, struct arrival *x)
{
	const struct known_team *k = team_known(s, x->m.team);
	struct why w = k->why;

	enum err err = w.code[0] ? ERR_DENIED : ERR_OK;

	if (!err)
		err = key_verdict_err(
		    key_judge(&k->chain, &x->m.signature.key, x->m.modified_us, TIME_NONE),
		    &w); /* gate */
	if (err) {
		accept_refuse_why(s, x, "unknown_key", &w);
		/* who its teams are and with which keys, a peer tells beside what it sends */
		if (!k->team || strcmp(w.code, "unknown_key") == 0)
			x->result->early = true;
		return false;
	}
	x->team = k->team->key;
	x->holder = held_by_team(json_get_str(x->object, "type")) ? k->team->key : k->team->outbox;
	return true;
}

/* Somebody here is to have it. */
static bool for_us(struct accepting *s, const struct arrival *x)
{
	for (size_t i = 0; i < x->m.open.n_audience; i++) {
		const struct directory_team *t =
		    directory_team_uid(s->c.dir, x->m.open.audience[i].team);

		if (x->m.open.audience[i].kind == AUDIENCE_TEAM && t && !t->peer)
			return true;
	}
	return false;
}

/* What it had signed may yet come back from that peer. */
static bool healing(struct accepting *s)
{
	struct peer p;
	bool wanted = false;

	return peer_get(s->c.node->store, s->c.arena, s->peer, &p, NULL) == ERR_OK &&
	       heal_wanted(s->c.node, s->c.arena, &p, &wanted, NULL) == ERR_OK && wanted;
}

/* For whom it is and what it is about: else nobody here could say what became of it. */
static bool judge_receipt(struct accepting *s, struct arrival *x)
{
	const struct known_team *k = team_known(s, x->m.team);
	struct receipt_taken *t = arena_new(s->c.arena, struct receipt_taken);
	struct why w = {0};

	if (receipts_check(&s->c, x->object, x->m.team, &k->chain, &k->keys, t, &w)) {
		accept_refuse_why(s, x, "signature", &w);
		return false;
	}
	if (!t->issuer && for_us(s, x) && healing(s)) {
		accept_refuse(x, "healing",
			      STR("this node was restored from a backup and takes back what it had "
				  "signed: send it again"),
			      STR("このノードは復元後の取り戻し中です。もう一度送ってください"));
		x->result->state = ACCEPT_LATER;
		return false;
	}
	if (!t->issuer && for_us(s, x)) {
		accept_refuse(x, "unknown_text",
			      STR("it is about a text that no team of this node has signed"),
			      STR("このノードのどのチームも署名していない内容の受領証です"));
		return false;
	}
	x->receipt = t;
	return true;
}

static bool judge_withdrawal(struct accepting *s, struct arrival *x)
{
	struct withdrawal *w = arena_new(s->c.arena, struct withdrawal);
	struct why why = {0};

	if (withdrawal_check(&s->c, x->object, x->m.team, w, &why)) {
		accept_refuse_why(s, x, "malformed", &why);
		return false;
	}
	x->withdrawal = w;
	return true;
}

/* Signature, key, form. */
static void judge_object(struct accepting *s, struct arrival *x)
{
	struct why w = {0};

	if (!accept_open(x))
		return;
	if (!x->has_signature) {
		accept_refuse(x, "unsigned", STR("it came without its originator's signature"),
			      STR("発信元の署名がありません"));
		return;
	}
	x->result->rev = x->m.manifest.rev;
	if (!key_speaks(s, x))
		return;
	if (signature_verify(s->c.arena, &s->memo, &x->m, x->object, &w)) { /* gate */
		accept_refuse_why(s, x, "signature", &w);
		return;
	}
	if (object_read(&s->c, x->object, &x->read, &w)) {
		accept_refuse_why(s, x, "malformed", &w);
		return;
	}
	if (x->read.modified_us > s->c.now_us + AHEAD_US ||
	    x->m.modified_us > s->c.now_us + AHEAD_US) {
		accept_refuse(
		    x, "clock",
		    STR("its time is more than a day ahead: the clock of one of the two nodes is "
			"wrong"),
		    STR("時刻が1日以上先です。どちらかのノードの時計が狂っています"));
		return;
	}
	if (str_eq(x->read.type_name, STR(RECEIPT_TYPE)) && !judge_receipt(s, x))
		return;
	if (str_eq(x->read.type_name, STR(WITHDRAWAL_TYPE)) && !judge_withdrawal(s, x))
		return;
	if (x->m.manifest.label.tlp == TLP_RED && !s->sealed) {
		accept_refuse(x, "red_unsealed", STR("TLP:RED travels sealed only"),
			      STR("TLP:RED は封をして送る決まりです"));
	}
}

/* The signature that is held, for who does not know it any more; nobody learns salts by it. */
static str held_signature(struct arena *a, str signature)
{
	struct signed_manifest m;
	BUF(b);

	if (signature_kept(a, signature, &m, NULL))
		return STR_NULL;
	m.open = (struct opened){0};
	signature_write(&b, &m);
	return arena_str(a, buf_str(&b));
}

static bool by_peer_itself(struct accepting *s, int64_t team)
{
	struct peer_team t;

	return peer_team_get(s->c.node->store, s->c.arena, team, &t, NULL) == ERR_OK && t.direct &&
	       t.peer == s->peer;
}

/* Of a rev that is not above the one held: a repetition, one that came late, or another history. */
static enum err judge_old(struct accepting *s, struct arrival *x, struct why *why)
{
	int64_t rev = x->m.manifest.rev;
	struct digest known;
	struct why none = {0};

	assert(s->c.node); /* ctx_init has set it: a word for the analyser */
	enum err err = signed_hash(s->c.node->store, x->read.uid, x->team, rev, &known, &none);

	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	x->result->state = ACCEPT_KNOWN;
	if (err == ERR_OK && digest_eq(known, x->m.hash))
		return ERR_OK;
	x->result->held = held_signature(s->c.arena, x->newest.signature);
	if (err == ERR_OK) {
		accept_refuse(x, "forked",
			      STR("its team signed two different texts as one and the same rev"),
			      STR("同じ版番号で内容の異なる署名が二つあります"));
		s->forked = s->forked || by_peer_itself(s, x->team);
	}
	return ERR_OK;
}

/* Rev against what is held, in two array calls. */
static enum err judge_revs(struct accepting *s, struct why *why)
{
	struct arena *a = s->c.arena;
	struct uuid *uids = arena_array(a, struct uuid, s->n + 1);
	int64_t *teams = arena_array(a, int64_t, s->n + 1);
	struct record_signed *newest = arena_array(a, struct record_signed, s->n + 1);
	enum err err;

	assert(s->c.node); /* ctx_init has set it: a word for the analyser */
	for (size_t i = 0; i < s->n; i++) {
		uids[i] = s->v[i].read.uid;
		teams[i] = s->v[i].team;
	}
	err = signed_newest(s->c.node->store, a, uids, teams, s->n, newest, why);
	for (size_t i = 0; i < s->n && !err; i++) {
		struct arrival *x = &s->v[i];
		int64_t rev = x->m.manifest.rev;

		if (!accept_open(x))
			continue;
		x->newest = newest[i];
		if (newest[i].rev && rev <= newest[i].rev) {
			err = judge_old(s, x, why);
		} else if (newest[i].rev && rev == newest[i].rev + 1 &&
			   !digest_eq(newest[i].hash, x->m.manifest.prev)) {
			x->result->held = held_signature(a, newest[i].signature);
			accept_refuse(x, "forked",
				      STR("it does not follow on what its team signed before"),
				      STR("同じチームが以前に署名した版の続きになっていません"));
			s->forked = s->forked || by_peer_itself(s, x->team);
		}
	}
	return err;
}

/* Two different texts of one rev: the link is stopped and shown (docs/formats.md 3), unless the
 * peer lost its own history: then its revs go on above what we hold. */
static enum err stop_forked(struct accepting *s, struct why *why)
{
	struct node *n = s->c.node;
	struct peer p;
	struct why told = {0};
	bool restored;
	enum err err = peer_get(n->store, s->c.arena, s->peer, &p, why);

	if (err)
		return err;
	restored = (!uuid_is_zero(s->epoch) && !uuid_is_zero(p.epoch_in) &&
		    !uuid_eq(s->epoch, p.epoch_in)) ||
		   link_is_restored(n, s->c.arena, &p);
	if (restored)
		return ERR_OK;
	(void)!link_refuse(
	    &told, ERR_CONFLICT, "forked",
	    "stopped: a team of that node signed two different texts as one and the "
	    "same rev; ask its people, then resume the link",
	    "停止中: 相手ノードのチームが、同じ版番号で内容の異なる二つの署名をしまし"
	    "た。相手に確認してから再開してください");
	log_event(LOG_WARN, "link_stopped", "peer", "%.*s", STR_ARG(p.name), "why", "forked", NULL);
	return peer_contact(n->store, p.key, s->c.now_us, link_sentence(s->c.arena, &told),
			    STR(LINK_STOPPED), why);
}

/* A circle of the audience. One that is not known yet is on its way: circles are told before what
 * is sent to them. Who is no member of a circle that is kept here sends it nothing. */
static int64_t circle_for(struct accepting *s, struct arrival *x, struct uuid uid)
{
	const struct directory_circle *ci = directory_circle_uid(s->c.dir, uid);
	const struct directory_team *owner = ci ? directory_team(s->c.dir, ci->owner) : NULL;
	int64_t joined;

	if (!ci) {
		accept_refuse(x, "unknown_circle",
			      STR("its circle is not known here yet: it is taken as soon as it is"),
			      STR("共有サークルがまだ伝わっていません。伝わり次第受け取ります"));
		x->result->state = ACCEPT_LATER;
		return 0;
	}
	if (owner && !owner->peer &&
	    !world_is_member(&s->c.dir->world, ci->key, x->team, &joined)) { /* gate */
		accept_refuse(x, "not_member",
			      STR("its team is not a member of the circle it is for"),
			      STR("発信元のチームは、宛先の共有サークルのメンバーではありません"));
		return 0;
	}
	return ci->key;
}

/* A person by name. Of the team that signed they are those whom answers go to (feed_seal.h), so
 * they are known from here on. */
static enum err person_for(struct accepting *s, const struct arrival *x,
			   const struct audience_entry *e, size_t *writers, int64_t *ret,
			   struct why *why)
{
	struct store *st = s->c.node->store;
	bool writer = uuid_eq(e->team, x->m.team);

	*ret = principal_find(st, PRINCIPAL_PERSON, e->person);
	if (writer && (!s->sealed || *writers >= WRITERS_MAX)) {
		*ret = 0;
		return ERR_OK;
	}
	*writers += writer;
	return writer && !*ret ? principal_intern(st, PRINCIPAL_PERSON, &e->person, 1, ret, why)
			       : ERR_OK;
}

/* The audience that was opened for this node, as the label of what will be held. */
static enum err judge_label(struct accepting *s, struct arrival *x, struct why *why)
{
	struct arena *a = s->c.arena;
	struct store *st = s->c.node->store;
	const struct manifest_label *ml = &x->m.manifest.label;
	size_t n = x->m.open.n_audience;
	struct label_circle *circles = arena_array(a, struct label_circle, n + 1);
	int64_t *teams = arena_array(a, int64_t, n + 1);
	struct label_person *people = arena_array(a, struct label_person, n + 1);
	struct label l = {.originator = x->team,
			  .holder = x->holder,
			  .tlp = ml->tlp,
			  .not_before_us = ml->nbf_us,
			  .expires_us = ml->exp_us,
			  .pap = ml->pap,
			  .attribution = ml->attribution,
			  .circles = circles,
			  .teams = teams,
			  .people = people};
	size_t writers = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && accept_open(x) && !err; i++) {
		const struct audience_entry *e = &x->m.open.audience[i];
		const struct directory_team *t = directory_team_uid(s->c.dir, e->team);
		int64_t person = 0;

		if (e->kind == AUDIENCE_CIRCLE) {
			circles[l.n_circles].roster = e->roster;
			circles[l.n_circles++].circle = circle_for(s, x, e->circle);
		} else if (e->kind == AUDIENCE_TEAM && t) {
			teams[l.n_teams++] = t->key;
		} else if (e->kind == AUDIENCE_PERSON && t) {
			err = person_for(s, x, e, &writers, &person, why);
			people[l.n_people] = (struct label_person){t->key, person};
			l.n_people += !err && person != 0;
		} else if (e->kind == AUDIENCE_EVERYONE) {
			l.everyone = ml->tlp <= TLP_GREEN;
		}
	}
	if (err || !accept_open(x))
		return err;
	if (!l.n_circles && !l.n_teams && l.n_people == writers && !l.everyone) {
		accept_refuse(x, "not_for_us",
			      STR("nobody of its audience was opened for this node"),
			      STR("このノード宛ての配信先が含まれていません"));
		return ERR_OK;
	}
	return label_intern(st, &l, 1, &x->label, why);
}

/* What its holder holds of it already. */
static enum err find_held(struct accepting *s, struct why *why)
{
	struct arena *a = s->c.arena;
	bool *done = arena_array(a, bool, s->n + 1);
	struct uuid *ids = arena_array(a, struct uuid, s->n + 1);
	size_t *at = arena_array(a, size_t, s->n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0; i < s->n && !err; i++) {
		struct record *r;
		size_t m = 0;

		if (done[i] || !accept_open(&s->v[i]))
			continue;
		for (size_t k = i; k < s->n; k++)
			if (!done[k] && accept_open(&s->v[k]) && s->v[k].holder == s->v[i].holder) {
				done[k] = true;
				ids[m] = s->v[k].read.uid;
				at[m++] = k;
			}
		r = arena_array(a, struct record, m);
		err = store_find_held(s->c.node->store, a, s->v[i].holder, ids, m, false, r, why);
		for (size_t k = 0; k < m && !err; k++)
			s->v[at[k]].held = r[k];
	}
	return err;
}

/* Fields that its team has erased are dropped with their salts, as a forwarder may. */
static void take_without(struct accepting *s, struct arrival *x,
			 const struct withdrawal_name *const *names, size_t n)
{
	struct arena *a = s->c.arena;
	struct json *object = arena_new(a, struct json);
	struct why w = {0};
	BUF(text);

	*object = *x->object;
	for (size_t i = 0; i < n; i++)
		*object = withdraw_fields_from(a, object, names[i]);
	x->m.open = open_for(a, &x->m.open, object, NULL, NULL);
	json_write(&text, object);
	x->object = object;
	x->text = arena_str(a, buf_str(&text));
	if (stix_missing(object) || object_read(&s->c, object, &x->read, &w))
		accept_refuse_why(s, x, "malformed", &w);
}

/* What its team has taken back comes to life by no repetition of an older rev, nor does it stay
 * open on the page of a link: nobody can do anything about it. */
static enum err judge_withdrawn(struct accepting *s, struct why *why)
{
	struct coverage *x = arena_array(s->c.arena, struct coverage, s->n + 1);
	size_t *at = arena_array(s->c.arena, size_t, s->n + 1), n = 0;
	enum err err;

	for (size_t i = 0; i < s->n; i++) {
		if (!accept_open(&s->v[i]))
			continue;
		at[n] = i;
		x[n++] = (struct coverage){.target = s->v[i].result->id,
					   .uid = s->v[i].read.uid,
					   .team = s->v[i].m.team,
					   .rev = s->v[i].m.manifest.rev};
	}
	err = withdrawals_cover(&s->c, x, n, why);
	for (size_t i = 0; i < n && !err; i++) {
		if (x[i].covered)
			s->v[at[i]].result->state = ACCEPT_KNOWN;
		else if (x[i].fields.n)
			take_without(s, &s->v[at[i]], x[i].fields.p, x[i].fields.n);
	}
	return err;
}

/* What withdrawals of the envelope take back of it came before it: it goes first, so that nobody is
 * told of an end that is none, and what goes on from here goes in that order. */
static void find_later_texts(struct accepting *s)
{
	int64_t *named = arena_array(s->c.arena, int64_t, s->n + 1); /* highest rev */
	struct map at;                                               /* id → index */

	map_init(&at);
	for (size_t i = 0; i < s->n; i++)
		if (accept_open(&s->v[i]) && !s->v[i].withdrawal)
			map_put(&at, s->v[i].result->id, NULL)->u = i;
	for (size_t i = 0; i < s->n; i++) {
		const struct withdrawal *w = s->v[i].withdrawal;

		for (size_t k = 0; w && accept_open(&s->v[i]) && k < w->n_names; k++) {
			const union map_value *v = map_get(&at, w->names[k].target);

			if (v && uuid_eq(s->v[v->u].m.team, w->team) &&
			    w->names[k].rev > named[v->u])
				named[v->u] = w->names[k].rev;
		}
	}
	map_done(&at);
	for (size_t i = 0; i < s->n; i++)
		s->v[i].later_text = named[i] && s->v[i].m.manifest.rev > named[i];
}

enum turn { TURN_LATER_TEXTS, TURN_WITHDRAWALS, TURN_REST };

static enum turn turn_of(const struct arrival *x)
{
	return x->withdrawal ? TURN_WITHDRAWALS : x->later_text ? TURN_LATER_TEXTS : TURN_REST;
}

/* From what is judged to what is kept; withdrawals before everything that they may be about. */
static enum err take_turn(struct accepting *s, enum turn turn, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < s->n; i++)
		s->v[i].waits = turn_of(&s->v[i]) != turn;
	if (turn != TURN_WITHDRAWALS)
		err = judge_withdrawn(s, why);
	for (size_t i = 0; i < s->n && !err; i++)
		if (accept_open(&s->v[i]))
			err = judge_label(s, &s->v[i], why);
	if (!err)
		err = find_held(s, why);
	for (size_t i = 0; i < s->n && !err; i++)
		if (accept_open(&s->v[i]))
			err = accept_put_make(s, &s->v[i], why);
	if (!err)
		accept_write_all(s);
	return err;
}

/* Against what is held now. */
static enum err judge_and_take(struct accepting *s, struct why *why)
{
	bool withdrawals = false;
	enum err err = judge_revs(s, why);

	for (size_t i = 0; i < s->n; i++)
		withdrawals = withdrawals || s->v[i].withdrawal;
	for (size_t i = 0; i < s->n && !err; i++)
		if (accept_open(&s->v[i]) && str_eq(s->v[i].read.type_name, STR(SEALED_TYPE)))
			err = accept_unseal(s, &s->v[i], why);
	if (!err && withdrawals) {
		find_later_texts(s);
		err = take_turn(s, TURN_LATER_TEXTS, why);
	}
	if (!err && withdrawals)
		err = take_turn(s, TURN_WITHDRAWALS, why);
	return err ? err : take_turn(s, TURN_REST, why);
}

enum err accept_judged(struct node *n, struct arena *a, int64_t peer, struct uuid epoch,
		       bool sealed, const struct arrived *objects, size_t n_objects,
		       struct accept_result **ret, size_t *ret_n, struct why *why)
{
	struct accepting s = {
	    .actor = node_actor(n, 0), .peer = peer, .epoch = epoch, .sealed = sealed};
	struct accept_result *results = arena_array(a, struct accept_result, n_objects + 1);
	enum err err;

	if (n_objects > ENVELOPE_MOST)
		return why_set(why, ERR_LIMIT, "an envelope of a link holds at most %d objects",
			       ENVELOPE_MOST);
	ctx_init(&s.c, n, a, &s.actor);
	s.v = arena_array(a, struct arrival, n_objects + 1);
	pair(&s, objects, n_objects, results);
	for (size_t i = 0; i < s.n; i++)
		judge_object(&s, &s.v[i]);
	err = judge_and_take(&s, why);
	if (!err && s.forked)
		err = stop_forked(&s, why);
	ctx_done(&s.c);
	if (err)
		return err;
	*ret = results;
	*ret_n = s.n;
	return ERR_OK;
}

static bool any_raced(const struct accept_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].raced)
			return true;
	return false;
}

/* The objects that another link brought at the same moment, with every signature; at: their places
 * among the results. */
static size_t raced(const struct arrived *objects, size_t n, const struct accept_result *results,
		    struct arrived *ret, size_t *at)
{
	size_t result = 0, k = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_signature(&objects[i].object)) {
			ret[k++] = objects[i];
		} else if (results[result++].raced) {
			*at++ = result - 1;
			ret[k++] = objects[i];
		}
	}
	return k;
}

enum err accept_objects(struct node *n, struct arena *a, int64_t peer, struct uuid epoch,
			const struct arrived *objects, size_t n_objects, struct accept_result **ret,
			size_t *ret_n, struct why *why)
{
	enum err err = accept_judged(n, a, peer, epoch, false, objects, n_objects, ret, ret_n, why);

	/* what has come twice at once is judged by what is held now: mostly it is known */
	for (int again = 0; !err && again < RACES_MOST && any_raced(*ret, *ret_n); again++) {
		struct arrived *some = arena_array(a, struct arrived, n_objects + 1);
		size_t *at = arena_array(a, size_t, *ret_n + 1), n_more = 0;
		size_t n_some = raced(objects, n_objects, *ret, some, at);
		struct accept_result *more = NULL;
		struct why w = {0};

		if (accept_judged(n, a, peer, epoch, false, some, n_some, &more, &n_more, &w))
			break; /* it stays "later" */
		for (size_t i = 0; i < n_more; i++)
			(*ret)[at[i]] = more[i];
	}
	return err;
}
