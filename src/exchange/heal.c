// SPDX-License-Identifier: Apache-2.0
#include "exchange/heal.h"

#include "base/log.h"
#include "base/map.h"
#include "exchange/accept_internal.h"
#include "exchange/feed_seal.h"
#include "exchange/sync_internal.h"
#include "store/service.h"
#include "team/warning.h"
#include "team/withdrawal.h"

#define WARNING "x-hikeshi-warning"
#define ASSESSMENT "x-hikeshi-assessment"
#define VERSIONS_MOST 200 /* looked through, whether a label was changed */

/* ---- whether, and that it was done ---- */

static str healed_key(struct arena *a, const struct peer *p)
{
	char u[UUID_TEXT];

	uuid_text(p->uid, u);
	return arena_printf(a, "healed/%.*s", UUID_TEXT, u);
}

static enum err epoch_json(struct node *n, struct arena *a, str *ret, struct why *why)
{
	char u[UUID_TEXT];
	struct uuid epoch;
	enum err err = store_epoch(n->store, &epoch, why);

	if (err)
		return err;
	uuid_text(epoch, u);
	*ret = arena_printf(a, "\"%.*s\"", UUID_TEXT, u);
	return ERR_OK;
}

enum err heal_wanted(struct node *n, struct arena *a, const struct peer *p, bool *ret,
		     struct why *why)
{
	struct why none = {0};
	bool restored = false;
	str epoch, done;
	enum err err = store_was_restored(n->store, &restored, why);

	*ret = false;
	if (err || !restored)
		return err;
	err = epoch_json(n, a, &epoch, why);
	if (err)
		return err;
	err = setting_get(n->store, a, healed_key(a, p), &done, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	*ret = err == ERR_NOTFOUND || !str_eq(done, epoch);
	return ERR_OK;
}

enum err heal_done(struct node *n, struct arena *a, const struct peer *p, size_t taken,
		   struct why *why)
{
	char u[UUID_TEXT];
	struct link_item x = {.peer = p->key,
			      .direction = LINK_IN,
			      .state = LINK_REFUSED,
			      .code = STR("healed"),
			      .rev = (int64_t)taken,
			      .at_us = clock_now_us()};
	str epoch = STR_NULL;
	enum err err = epoch_json(n, a, &epoch, why);

	uuid_text(store_node_id(n->store), u);
	x.id = arena_printf(a, "x-hikeshi-node--%.*s", UUID_TEXT, u);
	x.reason = link_reason(
	    a,
	    arena_printf(
		a,
		"this node was restored from a backup: %zu objects that its teams had sent "
		"since came back from this peer; what had never left the node, and TLP:RED, "
		"cannot come back",
		taken),
	    arena_printf(
		a,
		"このノードはバックアップから復元されました。その後に自チームが送った情報%zu件"
		"を、この相手から取り戻しました。一度も外に出ていない情報とTLP:REDは戻りません",
		taken));
	if (!err)
		err = link_items_put(n->store, &x, 1, why);
	if (!err)
		err = setting_set(n->store, healed_key(a, p), epoch, 0, why);
	if (!err)
		log_event(LOG_WARN, "healed", "peer", "%.*s", STR_ARG(p->name), "objects", "%zu",
			  taken, NULL);
	return err;
}

/* ---- what comes ---- */

struct returned {
	const struct json *object;
	struct signed_manifest m;
	bool has_signature;
	const struct directory_team
	    *team; /* hosted here, whose it is; NULL: not ours, or not good */
	struct object_read read;
	struct record_signed newest;
	struct record own, sent; /* what the team holds of it, and its outbox */
};
struct healing {
	struct ctx c;
	struct signature_memo memo;
	struct returned *v;
	size_t n, taken;
};

static void pair(struct healing *h, const struct json *objects, size_t n)
{
	struct map at;

	map_init(&at);
	for (size_t i = 0; i < n; i++) {
		bool fresh;

		if (str_eq(json_get_str(&objects[i], "type"), STR("x-hikeshi-signature")))
			continue;
		h->v[h->n].object = &objects[i];
		map_put(&at, json_get_str(&objects[i], "id"), &fresh)->u = h->n;
		h->n += fresh;
	}
	for (size_t i = 0; i < n; i++) {
		union map_value *found;
		struct signed_manifest m;

		if (!str_eq(json_get_str(&objects[i], "type"), STR("x-hikeshi-signature")) ||
		    signature_parse(h->c.arena, &objects[i], &m, NULL))
			continue;
		found = map_get(&at, m.manifest.target);
		if (found && m.manifest.role == ROLE_ORIGINATOR) {
			h->v[found->u].m = m;
			h->v[found->u].has_signature = true;
		}
	}
	map_done(&at);
}

/* Ours, by our own key, unchanged; of what this node makes by itself nothing is taken. */
static void judge(struct healing *h, struct returned *x)
{
	struct ctx *c = &h->c;
	str type = json_get_str(x->object, "type");
	const struct directory_team *t =
	    x->has_signature ? directory_team_uid(c->dir, x->m.team) : NULL;
	struct key_chain chain;
	enum key_verdict v;

	if (!t || str_eq(type, STR(RECEIPT_TYPE)) || str_eq(type, STR(SEALED_TYPE)) ||
	    x->m.manifest.label.tlp == TLP_RED ||
	    team_chain(c->node, c->arena, t->key, &chain, NULL, NULL))
		return;
	if (t->peer || !uuid_eq(x->m.team, x->m.originator)) /* gate */
		return;
	v = key_judge(&chain, &x->m.signature.key, x->m.modified_us, TIME_NONE);
	if (key_verdict_err(v, NULL)) /* gate */
		return;
	if (signature_verify(c->arena, &h->memo, &x->m, x->object, NULL)) /* gate */
		return;
	if (object_read(c, x->object, &x->read, NULL) == ERR_OK)
		x->team = t;
}

/* ---- taking it back ---- */

static void add_circle(struct label_circle *c, size_t *n, int64_t circle, int64_t roster)
{
	for (size_t i = 0; i < *n; i++)
		if (c[i].circle == circle && c[i].roster == roster)
			return;
	c[(*n)++] = (struct label_circle){circle, roster};
}

static void add_team(int64_t *t, size_t *n, int64_t team)
{
	for (size_t i = 0; i < *n; i++)
		if (t[i] == team)
			return;
	t[(*n)++] = team;
}

/* The part of its audience that the peer could open, together with what is known of it. */
static enum err label_back(struct healing *h, const struct returned *x, int64_t holder,
			   const struct label *known, int64_t *ret, struct why *why)
{
	struct ctx *c = &h->c;
	const struct manifest_label *ml = &x->m.manifest.label;
	size_t n = x->m.open.n_audience, had = known ? known->n_circles : 0,
	       had_teams = known ? known->n_teams : 0;
	struct label_circle *circles = arena_array(c->arena, struct label_circle, n + had + 1);
	int64_t *teams = arena_array(c->arena, int64_t, n + had_teams + 1);
	struct label l = {.originator = x->team->key,
			  .holder = holder,
			  .tlp = ml->tlp,
			  .everyone = known && known->everyone,
			  .not_before_us = ml->nbf_us,
			  .expires_us = ml->exp_us,
			  .pap = ml->pap,
			  .attribution = ml->attribution,
			  .circles = circles,
			  .teams = teams,
			  .people = known ? known->people : NULL,
			  .n_people = known ? known->n_people : 0};

	for (size_t i = 0; i < had; i++)
		circles[l.n_circles++] = known->circles[i];
	for (size_t i = 0; i < had_teams; i++)
		teams[l.n_teams++] = known->teams[i];
	for (size_t i = 0; i < n; i++) {
		const struct audience_entry *e = &x->m.open.audience[i];
		const struct directory_team *t = directory_team_uid(c->dir, e->team);
		const struct directory_circle *ci =
		    e->kind == AUDIENCE_CIRCLE ? directory_circle_uid(c->dir, e->circle) : NULL;

		if (ci)
			add_circle(circles, &l.n_circles, ci->key, e->roster);
		else if (e->kind == AUDIENCE_TEAM && t)
			add_team(teams, &l.n_teams, t->key);
		else if (e->kind == AUDIENCE_EVERYONE)
			l.everyone = ml->tlp <= TLP_GREEN;
	}
	return label_intern(c->node->store, &l, 1, ret, why);
}

/* Where it was signed: the outbox, of what the team had issued or vouched for. */
static const struct record *held_of(const struct returned *x, int64_t *ret_holder)
{
	bool warning = str_eq(x->read.type_name, STR(WARNING));
	bool sent = warning ||
		    (x->newest.rev ? x->newest.holding == x->sent.key : x->sent.key || x->own.key);

	*ret_holder = sent ? x->team->outbox : x->team->key;
	return sent ? &x->sent : &x->own;
}

static struct json body_back(struct healing *h, const struct returned *x, bool outbox)
{
	struct json body = json_object();

	/* a team's own has its number in a column, what is issued in its text */
	for (size_t i = 0; i < json_count(&x->read.body); i++)
		if (outbox || x->read.form != FORM_OWN ||
		    !str_eq(x->read.body.members[i].key, STR("number")))
			json_set(h->c.arena, &body, x->read.body.members[i].key,
				 x->read.body.members[i].value);
	return body;
}

static enum err goes_along(struct healing *h, struct write_set *w, int64_t src,
			   const struct returned *x, int64_t label, struct why *why)
{
	struct ctx *c = &h->c;
	const struct label *l = label_get(c->node->store, label);
	struct uuid of;
	str type;

	if (str_eq(x->read.type_name, STR(WARNING)) && l)
		return warning_back(c, w, src, x->team, x->read.uid, x->read.state, &x->read.body,
				    l, why);
	if (str_eq(x->read.type_name, STR(ASSESSMENT)) &&
	    id_parse(json_get_str(x->object, "warning"), &type, &of) == ERR_OK)
		write_link(w, src, STR("answers"), of);
	if (str_eq(x->read.type_name, STR(WITHDRAWAL_TYPE))) {
		struct withdrawal *wd = arena_new(c->arena, struct withdrawal);
		enum err err = withdrawal_check(c, x->object, x->m.team, wd, why);

		return err ? err : withdrawal_apply(c, w, src, wd, x->team, why);
	}
	return ERR_OK;
}

/* signs: it comes as a rev that this node does not know; else only its audience grows. */
static enum err take_back(struct healing *h, const struct returned *x, bool signs, struct why *why)
{
	struct ctx *c = &h->c;
	int64_t holder;
	const struct record *held = held_of(x, &holder);
	struct record_put put = {.key = held->key,
				 .expect_version = held->version,
				 .uid = x->read.uid,
				 .type = x->read.type_name,
				 .form = x->read.form,
				 .team = holder,
				 .state = x->read.form == FORM_OWN ? x->read.state : STR_NULL,
				 .number = json_get_str(&x->read.body, "number"),
				 .flags = (x->read.revoked ? RECORD_REVOKED : 0) |
					  (x->read.exercise ? RECORD_EXERCISE : 0),
				 .source_modified_us = x->read.modified_us,
				 .kind = "heal"};
	struct record_signed row = {
	    .uid = x->read.uid, .team = x->team->key, .rev = x->m.manifest.rev, .hash = x->m.hash};
	struct json body = body_back(h, x, holder == x->team->outbox);
	struct write_set w;
	BUF(object);
	enum err err = label_back(
	    h, x, holder, signs ? NULL : label_get(c->node->store, held->label), &put.label, why);

	if (err || (!signs && put.label == held->label))
		return err;
	json_write(&object, x->object);
	row.object = x->read.form == FORM_STIX ? STR("") : arena_str(c->arena, buf_str(&object));
	row.signature = signature_keep(c->arena, &x->m);
	put.signature = signs ? &row : NULL;
	err = record_fill_put(c, x->read.type, &body, &put, why);
	put.form = x->read.form;
	if (err)
		return err;
	write_init(&w, c->arena, 0, x->team->key);
	(void)write_put(&w, &put);
	err = goes_along(h, &w, held->key ? held->key : -1, x, put.label, why);
	if (!err)
		err = store_commit(c->node->store, &w, NULL, why);
	h->taken += !err;
	return err;
}

static enum err find_held(struct healing *h, struct returned *x, struct why *why)
{
	struct ctx *c = &h->c;
	const struct uuid *id = &x->read.uid;
	enum err err =
	    signed_newest(c->node->store, c->arena, id, &x->team->key, 1, &x->newest, why);

	if (!err)
		err = store_find_held(c->node->store, c->arena, x->team->key, id, 1, true, &x->own,
				      why);
	return err ? err
		   : store_find_held(c->node->store, c->arena, x->team->outbox, id, 1, true,
				     &x->sent, why);
}

/* Did anything but a return from a peer give the version this label? */
static bool by_a_person(const struct history_item *items, size_t n, int32_t version)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].version == version)
			return !str_eq(items[i].kind, STR("heal"));
	return true;
}

/* What came back from one peer and was changed since is still for whom another peer knows that it
 * was for, unless its label was changed as well. */
static enum err same_audience_since(struct healing *h, const struct returned *x,
				    const struct record *held, bool *ret, struct why *why)
{
	struct store *s = h->c.node->store;
	struct record_signed row = {0};
	struct record then = {0}, next = {0};
	struct history_item *items = NULL;
	size_t n = 0;
	enum err err = signed_by_hash(s, h->c.arena, &x->read.uid, &x->m.hash, 1, &row, why);

	*ret = false;
	if (err || !row.rev || !held->key || row.holding != held->key ||
	    held->version - row.version > VERSIONS_MOST)
		return err;
	if (row.version < held->version)
		err = store_history(s, h->c.arena, held->key, &items, &n, why);
	if (!err)
		err = store_version(s, h->c.arena, held->key, row.version, &then, why);
	for (int32_t v = row.version + 1; v <= held->version && !err; v++) {
		err = store_version(s, h->c.arena, held->key, v, &next, why);
		if (!err && next.label != then.label && by_a_person(items, n, v))
			return ERR_OK;
		then = next;
	}
	*ret = !err;
	return err;
}

/* Its audience grows; everything else of it stays. */
static enum err take_audience(struct healing *h, const struct returned *x, int64_t holder,
			      const struct record *held, struct why *why)
{
	struct ctx *c = &h->c;
	struct record_put put = {.key = held->key,
				 .expect_version = held->version,
				 .flags = held->flags,
				 .kind = "heal"};
	struct write_set w;
	enum err err =
	    label_back(h, x, holder, label_get(c->node->store, held->label), &put.label, why);

	if (err || put.label == held->label)
		return err;
	write_init(&w, c->arena, 0, x->team->key);
	(void)write_put(&w, &put);
	err = store_commit(c->node->store, &w, NULL, why);
	h->taken += !err;
	return err;
}

/* Only what is above all that this node has signed of the lineage; of that very rev, and of one
 * that came back before, another peer may know more of its audience. */
static enum err take_one(struct healing *h, struct returned *x, struct why *why)
{
	int64_t rev = x->m.manifest.rev, holder;
	const struct record *held;
	bool same = false;
	enum err err = find_held(h, x, why);

	if (err)
		return err;
	if (rev > x->newest.rev)
		return take_back(h, x, true, why);
	held = held_of(x, &holder);
	if (rev == x->newest.rev && digest_eq(x->newest.hash, x->m.hash) &&
	    held->key == x->newest.holding && held->version == x->newest.version)
		return take_back(h, x, false, why);
	err = same_audience_since(h, x, held, &same, why);
	return err || !same ? err : take_audience(h, x, holder, held, why);
}

enum err heal_take(struct node *n, struct arena *a, const struct json *objects, size_t count,
		   size_t *taken, struct why *why)
{
	struct actor actor = node_actor(n, 0);
	struct healing h = {.v = arena_array(a, struct returned, count + 1)};
	enum err err = ERR_OK;

	ctx_init(&h.c, n, a, &actor);
	pair(&h, objects, count);
	for (size_t i = 0; i < h.n && !err; i++) {
		struct why w = {0};

		judge(&h, &h.v[i]);
		if (!h.v[i].team)
			continue;
		err = take_one(&h, &h.v[i], &w);
		if (err && err != ERR_BUSY && err != ERR_FULL && err != ERR_IO) {
			log_event(LOG_WARN, "not_healed", "id", "%.*s",
				  STR_ARG(json_get_str(h.v[i].object, "id")), "why", "%s", w.text,
				  NULL);
			err = ERR_OK;
		}
		if (err)
			err = why_set(why, err, "%s", w.text);
	}
	ctx_done(&h.c);
	*taken += h.taken;
	return err;
}
