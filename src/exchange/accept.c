// SPDX-License-Identifier: Apache-2.0
#include "exchange/accept.h"

#include <assert.h>

#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "exchange/link_internal.h"
#include "exchange/object.h"
#include "exchange/own_keys.h"
#include "exchange/receipts.h"
#include "exchange/signature.h"
#include "exchange/sync_internal.h"
#include "store/signed.h"
#include "team/warning.h"

#define AHEAD_US (INT64_C(86400) * US_PER_S)
#define SLICE_FROM 16 /* so many objects of knowledge of one team are one entry of the journal */

/* One object on its way. */
struct arrival {
	const struct json *object;
	struct accept_result *result;
	struct signed_manifest m; /* the originator's */
	const struct json *signature;
	bool has_signature;
	int64_t team, holder; /* principals: originator, and who will hold it here */
	int64_t label;
	struct object_read read;
	struct record held;
	struct record_signed newest;
	struct record_put put;
	struct record_signed row;
	struct receipt_taken *receipt; /* where it is one */
};
/* A team that signed something here, and what is known of its keys. */
struct known_team {
	struct uuid uid;
	const struct directory_team *team; /* NULL: not reached through a peer */
	struct key_chain chain;
	struct json keys; /* its objects */
	struct why why;   /* why nothing it signs counts; code empty: it does */
};
struct accepting {
	struct ctx c;
	struct actor actor;
	int64_t peer;
	struct uuid epoch;
	bool forked; /* by a team that the peer itself hosts */
	VEC(struct known_team) teams;
	struct signature_memo memo;
	struct arrival *v;
	size_t n;
};

static void refuse(struct arrival *x, const char *code, str en, str ja)
{
	x->result->state = ACCEPT_REFUSED;
	x->result->code = code;
	x->result->en = en;
	x->result->ja = ja;
}

static void refuse_why(struct accepting *s, struct arrival *x, const char *code,
		       const struct why *w)
{
	refuse(x, w->code[0] ? arena_printf(s->c.arena, "%s", w->code).p : code,
	       arena_printf(s->c.arena, "%s", w->text),
	       arena_printf(s->c.arena, "%s", w->text_ja[0] ? w->text_ja : w->text));
}

static bool open(const struct arrival *x)
{
	return x->result->state == ACCEPT_TAKEN;
}

/* ---- pairing objects with their signatures ---- */

static bool is_signature(const struct json *o)
{
	return str_eq(json_get_str(o, "type"), STR("x-hikeshi-signature"));
}

static void pair(struct accepting *s, const struct json *objects, size_t n,
		 struct accept_result *results)
{
	struct map at; /* id of the target → 1 + index of its arrival */

	map_init(&at);
	for (size_t i = 0; i < n; i++) {
		struct arrival *x = &s->v[s->n];
		bool fresh;

		if (is_signature(&objects[i]))
			continue;
		x->object = &objects[i];
		x->result = &results[s->n];
		x->result->id = json_get_str(&objects[i], "id");
		map_put(&at, x->result->id, &fresh)->u = s->n++;
		if (!fresh)
			refuse(x, "malformed", STR("the same id comes twice in one envelope"),
			       STR("同じIDが一つの封筒に二度あります"));
	}
	for (size_t i = 0; i < n; i++) {
		struct why w = {0};
		struct signed_manifest m;
		union map_value *found;
		struct arrival *x;

		if (!is_signature(&objects[i]))
			continue;
		found = map_get(&at, json_get_str(json_get_c(&objects[i], "manifest"), "target"));
		x = found ? &s->v[found->u] : NULL;
		if (!x || !open(x))
			continue;
		if (signature_parse(s->c.arena, &objects[i], &m, &w)) {
			refuse_why(s, x, "signature", &w);
		} else if (m.manifest.role == ROLE_ORIGINATOR && !x->has_signature) {
			x->m = m;
			x->signature = &objects[i];
			x->has_signature = true;
		}
	}
	map_done(&at);
}

/* ---- judging ---- */

static bool held_by_team(str type)
{
	return str_eq(type, STR("x-hikeshi-assessment")) || str_eq(type, STR("x-hikeshi-receipt"));
}

static const struct known_team *team_known(struct accepting *s, struct uuid uid)
{
	struct known_team t = {.uid = uid, .team = directory_team_uid(s->c.dir, uid)};

	for (size_t i = 0; i < s->teams.n; i++)
		if (uuid_eq(s->teams.p[i].uid, uid))
			return &s->teams.p[i];
	if (!t.team || !t.team->peer) /* who is hosted here signs here */
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

	if (!w.code[0] &&
	    key_verdict_err(key_judge(&k->chain, &x->m.signature.key, x->m.modified_us, TIME_NONE),
			    &w) == ERR_OK) {
		x->team = k->team->key;
		x->holder =
		    held_by_team(json_get_str(x->object, "type")) ? k->team->key : k->team->outbox;
		return true;
	}
	refuse_why(s, x, "unknown_key", &w);
	return false;
}

/* For whom it is and what it is about: else nobody here could say what became of it. */
static bool judge_receipt(struct accepting *s, struct arrival *x)
{
	const struct known_team *k = team_known(s, x->m.team);
	struct receipt_taken *t = arena_new(s->c.arena, struct receipt_taken);
	struct why w = {0};

	if (receipts_check(&s->c, x->object, x->m.team, &k->chain, &k->keys, t, &w)) {
		refuse_why(s, x, "signature", &w);
		return false;
	}
	x->receipt = t;
	return true;
}

/* Signature, key, form. */
static void judge_object(struct accepting *s, struct arrival *x)
{
	struct why w = {0};

	if (!open(x))
		return;
	if (!x->has_signature) {
		refuse(x, "unsigned", STR("it came without its originator's signature"),
		       STR("発信元の署名がありません"));
		return;
	}
	x->result->rev = x->m.manifest.rev;
	if (!key_speaks(s, x))
		return;
	if (signature_verify(s->c.arena, &s->memo, &x->m, x->object, &w)) {
		refuse_why(s, x, "signature", &w);
		return;
	}
	if (object_read(&s->c, x->object, &x->read, &w)) {
		refuse_why(s, x, "malformed", &w);
		return;
	}
	if (x->read.modified_us > s->c.now_us + AHEAD_US ||
	    x->m.modified_us > s->c.now_us + AHEAD_US) {
		refuse(
		    x, "clock",
		    STR("its time is more than a day ahead: the clock of one of the two nodes is "
			"wrong"),
		    STR("時刻が1日以上先です。どちらかのノードの時計が狂っています"));
		return;
	}
	if (str_eq(x->read.type_name, STR(RECEIPT_TYPE)) && !judge_receipt(s, x))
		return;
	if (x->m.manifest.label.tlp == TLP_RED) {
		refuse(x, "red_unsealed", STR("TLP:RED travels sealed only"),
		       STR("TLP:RED は封をして送る決まりです"));
	}
}

/* The signature that is held, for who does not know it any more; nobody learns salts by it. */
static str held_signature(struct arena *a, str signature)
{
	struct json v, none = json_object();
	BUF(b);

	if (json_parse(a, signature, NULL, &v, NULL))
		return STR_NULL;
	json_set(a, &none, STR("audience"), json_array());
	json_set(a, &none, STR("salts"), json_object());
	json_set(a, &v, STR("open"), none);
	json_write(&b, &v);
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
		refuse(x, "forked",
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

	for (size_t i = 0; i < s->n; i++) {
		uids[i] = s->v[i].read.uid;
		teams[i] = s->v[i].team;
	}
	err = signed_newest(s->c.node->store, a, uids, teams, s->n, newest, why);
	for (size_t i = 0; i < s->n && !err; i++) {
		struct arrival *x = &s->v[i];
		int64_t rev = x->m.manifest.rev;

		if (!open(x))
			continue;
		x->newest = newest[i];
		if (newest[i].rev && rev <= newest[i].rev) {
			err = judge_old(s, x, why);
		} else if (newest[i].rev && rev == newest[i].rev + 1 &&
			   !digest_eq(newest[i].hash, x->m.manifest.prev)) {
			x->result->held = held_signature(a, newest[i].signature);
			refuse(x, "forked",
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
		refuse(x, "unknown_circle",
		       STR("its circle is not known here yet: it is taken as soon as it is"),
		       STR("共有サークルがまだ伝わっていません。伝わり次第受け取ります"));
		x->result->state = ACCEPT_LATER;
		return 0;
	}
	if (owner && !owner->peer &&
	    !world_is_member(&s->c.dir->world, ci->key, x->team, &joined)) { /* gate */
		refuse(x, "not_member", STR("its team is not a member of the circle it is for"),
		       STR("発信元のチームは、宛先の共有サークルのメンバーではありません"));
		return 0;
	}
	return ci->key;
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

	for (size_t i = 0; i < n && open(x); i++) {
		const struct audience_entry *e = &x->m.open.audience[i];
		const struct directory_team *t = directory_team_uid(s->c.dir, e->team);
		int64_t person;

		if (e->kind == AUDIENCE_CIRCLE) {
			circles[l.n_circles].roster = e->roster;
			circles[l.n_circles++].circle = circle_for(s, x, e->circle);
		} else if (e->kind == AUDIENCE_TEAM && t) {
			teams[l.n_teams++] = t->key;
		} else if (e->kind == AUDIENCE_PERSON && t) {
			person = principal_find(st, PRINCIPAL_PERSON, e->person);
			people[l.n_people] = (struct label_person){t->key, person};
			l.n_people += person != 0;
		} else if (e->kind == AUDIENCE_EVERYONE) {
			l.everyone = ml->tlp <= TLP_GREEN;
		}
	}
	if (!open(x))
		return ERR_OK;
	if (!l.n_circles && !l.n_teams && !l.n_people && !l.everyone) {
		refuse(x, "not_for_us", STR("nobody of its audience was opened for this node"),
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

		if (done[i] || !open(&s->v[i]))
			continue;
		for (size_t k = i; k < s->n; k++)
			if (!done[k] && open(&s->v[k]) && s->v[k].holder == s->v[i].holder) {
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

/* ---- writing ---- */

static const char *kind_of(const struct arrival *x)
{
	if (str_eq(x->read.type_name, STR("x-hikeshi-warning")))
		return str_eq(x->read.state, STR("withdrawn")) ? "withdraw"
		       : x->held.key                           ? "update"
							       : "issue";
	return x->receipt ? "receipt" : "receive";
}

static enum err put_make(struct accepting *s, struct arrival *x, struct why *why)
{
	struct arena *a = s->c.arena;
	const struct catalog_type *t = x->read.type;
	BUF(body);
	BUF(object);
	BUF(signature);
	enum err err;

	json_write(&object, x->object);
	json_write(&signature, x->signature);
	json_write(&body, &x->read.body);
	x->row = (struct record_signed){
	    .uid = x->read.uid,
	    .team = x->team,
	    .rev = x->m.manifest.rev,
	    .hash = x->m.hash,
	    .object = x->read.form == FORM_STIX ? STR("") : arena_str(a, buf_str(&object)),
	    .signature = arena_str(a, buf_str(&signature))};
	x->put = (struct record_put){
	    .key = x->held.key,
	    .expect_version = x->held.version,
	    .uid = x->read.uid,
	    .type = x->read.type_name,
	    .form = x->read.form,
	    .team = x->holder,
	    .label = x->label,
	    .body = arena_str(a, buf_str(&body)),
	    .state = x->read.form == FORM_OWN ? x->read.state : STR_NULL,
	    .flags = RECORD_VERIFIED | (x->read.revoked ? RECORD_REVOKED : 0) |
		     (x->read.exercise ? RECORD_EXERCISE : 0),
	    .source_modified_us = x->read.modified_us,
	    .text = catalog_text(a, t, &x->read.body),
	    .signature = &x->row,
	    .kind = kind_of(x),
	};
	err = draft_values(&s->c, t, x->read.form, &x->read.body, &x->put, why);
	return err;
}

/* The edition of a warning that is held already; 0: none. */
static int64_t edition_held(struct accepting *s, const struct arrival *x)
{
	struct view all = {.all = true}; /* sees all: the edition held is compared, not shown */
	struct record r = {0};
	struct json body;

	if (!x->held.key ||
	    store_read(s->c.node->store, s->c.arena, &all, &x->held.key, 1, true, &r, NULL) ||
	    record_body(&s->c, &r, &body, NULL))
		return 0;
	return json_get_i64(json_get_c(&body, "issued"), "edition", 1);
}

/* Records that say something about another are joined to it, as on the node they come from. */
static void goes_along(struct accepting *s, struct write_set *w, size_t put,
		       const struct arrival *x)
{
	int64_t src = x->held.key ? x->held.key : -1 - (int64_t)put;
	const struct label *l = label_get(s->c.node->store, x->label);
	struct uuid uid;
	str type;

	if (str_eq(x->read.type_name, STR("x-hikeshi-assessment")) &&
	    id_parse(json_get_str(x->object, "warning"), &type, &uid) == ERR_OK)
		write_link(w, src, STR("answers"), uid);
	if (x->receipt)
		write_link(w, src, STR("receipt"), x->receipt->target);
	if (!str_eq(x->read.type_name, STR("x-hikeshi-warning")) || !l)
		return;
	warning_arrived(&s->c, w, src, &x->read.body, l, x->read.uid, x->read.state,
			edition_held(s, x));
	receipts_note(&s->c, w, RECEIPT_RECEIVED, l, x->result->id, x->m.hash, x->m.manifest.rev);
}

/* The issuer's list of deliveries; the receipt itself is kept already, so a failure is told to the
 * log alone. */
static void receipt_counts(struct accepting *s, const struct arrival *x)
{
	const struct receipt_taken *t = x->receipt;
	struct why why = {0};

	if (t && t->issuer && t->receipt.kind != RECEIPT_WITHDRAWAL_APPLIED &&
	    warning_reached(s->c.node, s->c.arena, t->issuer, t->target, t->receipt.team,
			    "delivered", &why))
		log_event(LOG_WARN, "delivery_not_marked", "why", "%s", why.text, NULL);
}

static enum err commit(struct accepting *s, struct arrival **x, size_t n, bool slice,
		       struct why *why)
{
	struct write_set w;
	enum err err;

	write_init(&w, s->c.arena, 0, x[0]->team);
	w.slice = slice;
	for (size_t i = 0; i < n; i++) {
		x[i]->put.flags = (x[i]->put.flags & ~(uint32_t)RECORD_BULK) |
				  (slice ? (uint32_t)RECORD_BULK : 0);
		goes_along(s, &w, write_put(&w, &x[i]->put), x[i]);
	}
	if (slice) /* words of so many are indexed afterwards, as of an import */
		write_job(&w, "text_backlog", STR("{}"), clock_now_us(), "text_backlog");
	err = store_commit(s->c.node->store, &w, NULL, why);
	for (size_t i = 0; i < n && !err; i++)
		receipt_counts(s, x[i]);
	return err;
}

/* Knowledge, of which there may be very much. */
static bool in_bulk(const struct arrival *x)
{
	return x->read.form == FORM_STIX && !str_starts(x->read.type_name, STR("x-hikeshi-"));
}

static void commit_failed(struct accepting *s, struct arrival *x, enum err err, const struct why *w)
{
	bool later = err == ERR_BUSY || err == ERR_FULL || err == ERR_STALE ||
		     err == ERR_CONFLICT || err == ERR_IO;

	refuse_why(s, x, later ? "later" : "malformed", w);
	x->result->state = later ? ACCEPT_LATER : ACCEPT_REFUSED;
}

/* Knowledge of one team in bulk; everything that people are waiting for alone, so that it is seen
 * at once and one that fails takes no other with it. */
static void write_all(struct accepting *s)
{
	struct arrival **bulk = arena_array(s->c.arena, struct arrival *, s->n + 1);
	bool *done = arena_array(s->c.arena, bool, s->n + 1), apart = false;

	for (size_t i = 0; i < s->n; i++) {
		struct arrival *x = &s->v[i];
		struct why w = {0};
		enum err err;
		size_t m = 0;

		if (done[i] || !open(x))
			continue;
		for (size_t k = i; k < s->n && !apart; k++)
			if (!done[k] && open(&s->v[k]) && s->v[k].team == x->team &&
			    in_bulk(&s->v[k]))
				bulk[m++] = &s->v[k];
		if (in_bulk(x) && m >= SLICE_FROM && commit(s, bulk, m, true, &w) == ERR_OK) {
			for (size_t k = 0; k < m; k++)
				done[bulk[k] - s->v] = true;
			continue;
		}
		apart = apart || m >= SLICE_FROM; /* one of them spoilt it: which one? */
		w = (struct why){0};
		err = commit(s, &x, 1, false, &w);
		if (err)
			commit_failed(s, x, err, &w);
	}
}

enum err accept_objects(struct node *n, struct arena *a, int64_t peer, struct uuid epoch,
			const struct json *objects, size_t n_objects, struct accept_result **ret,
			size_t *ret_n, struct why *why)
{
	struct accepting s = {.actor = node_actor(n, 0), .peer = peer, .epoch = epoch};
	struct accept_result *results = arena_array(a, struct accept_result, n_objects + 1);
	enum err err;

	if (n_objects > ACCEPT_MOST)
		return why_set(why, ERR_LIMIT, "an envelope of a link holds at most %d objects",
			       ACCEPT_MOST);
	ctx_init(&s.c, n, a, &s.actor);
	s.v = arena_array(a, struct arrival, n_objects + 1);
	pair(&s, objects, n_objects, results);
	for (size_t i = 0; i < s.n; i++)
		judge_object(&s, &s.v[i]);
	err = judge_revs(&s, why);
	for (size_t i = 0; i < s.n && !err; i++)
		if (open(&s.v[i]))
			err = judge_label(&s, &s.v[i], why);
	if (!err)
		err = find_held(&s, why);
	for (size_t i = 0; i < s.n && !err; i++)
		if (open(&s.v[i]))
			err = put_make(&s, &s.v[i], why);
	if (!err)
		write_all(&s);
	if (!err && s.forked)
		err = stop_forked(&s, why);
	ctx_done(&s.c);
	if (err)
		return err;
	*ret = results;
	*ret_n = s.n;
	return ERR_OK;
}
