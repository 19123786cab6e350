// SPDX-License-Identifier: Apache-2.0
/* Circles of others: what an owner elsewhere says becomes circle and memberships here. */
#include <stdlib.h>

#include "base/vec.h"
#include "exchange/circle_link_internal.h"
#include "exchange/wire_internal.h"
#include "team/membership.h"

#define MEMBERSHIP_TYPE "x-hikeshi-membership"
#define APPLY_TRIES 3

/* ---- membership records ---- */

static bool read_membership(struct ctx *c, const struct record *r, struct uuid circle,
			    struct circle_membership *ret)
{
	struct circle_membership m = {.record = *r};
	str type;

	if (json_parse(c->arena, r->body, NULL, &m.body, NULL) ||
	    id_parse(json_get_str(&m.body, "circle"), &type, &m.circle) ||
	    !(uuid_is_zero(circle) || uuid_eq(m.circle, circle)) ||
	    id_parse(json_get_str(&m.body, "team"), &type, &m.team))
		return false;
	m.since = json_get_i64(&m.body, "joined_roster", 1);
	m.left = json_get_i64(&m.body, "left_roster", 0);
	*ret = m;
	return true;
}

static str id_text(struct arena *a, const char *type, struct uuid u)
{
	char t[UUID_TEXT];

	uuid_text(u, t);
	return arena_printf(a, "%s--%.*s", type, UUID_TEXT, t);
}

enum err circle_memberships(struct ctx *c, struct uuid circle, struct circle_membership **ret,
			    size_t *ret_n, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(MEMBERSHIP_TYPE));
	/* sees all: because membership decides what others see; shown_members() in circle_link.c
	 * says what is told */
	const struct view all = {.all = true};
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .ascending = true,
			       .limit = 1000,
			       .with_body = true,
			       .with_exercise = true};
	struct record *page = arena_array(c->arena, struct record, q.limit);
	VEC(struct circle_membership) list = {0};
	enum err err = ERR_OK;

	do {
		size_t n = 0;
		int64_t next = 0;

		err = store_list(c->node->store, c->arena, &all, &q, page, &n, &next, why);
		for (size_t i = 0; i < n && !err; i++) {
			struct circle_membership m;

			if (read_membership(c, &page[i], circle, &m))
				vec_add(c->arena, &list, m);
		}
		q.after_pos = next;
	} while (!err && q.after_pos);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

/* ---- applying ---- */

struct applying {
	struct ctx *c;
	const struct peer *from;
	const struct circle_envelope *e;
	int64_t circle, owner; /* principals */
	int64_t label;
	struct write_set w;
};

static enum err refuse(struct why *why, enum err err, const char *code, const char *en,
		       const char *ja)
{
	return why_field(why, err, code, NULL, en, ja);
}

/* The owner's key, its signature, and the place in the lineage. *ret_old: nothing to do. */
static enum err check(struct applying *x, bool *ret_old, struct why *why)
{
	struct ctx *c = x->c;
	const struct signed_manifest *s = &x->e->signature;
	struct circle_envelope held;
	struct key_chain chain;
	struct json kept;
	bool there = false;
	enum err err;

	if (!uuid_eq(s->team, x->e->circle.owner) || !uuid_eq(s->originator, s->team)) /* gate */
		return refuse(why, ERR_DENIED, "not_yours", "a circle is signed by its owner alone",
			      "共有サークルに署名できるのは、その管理チームだけです");
	err = team_chain(c->node, c->arena, x->owner, &chain, NULL, why);
	if (!err)
		err =
		    key_verdict_err(key_judge(&chain, &s->signature.key, s->modified_us, c->now_us),
				    why); /* gate */
	if (!err)
		err = signature_verify(c->arena, NULL, s, x->e->object, why); /* gate */
	if (!err)
		err = circle_kept_read(c, x->circle, &held, &kept, &there, why);
	*ret_old = false;
	if (err || !there)
		return err;
	if (!uuid_eq(held.circle.owner, x->e->circle.owner)) /* gate */
		return refuse(why, ERR_DENIED, "not_yours", "that circle belongs to another team",
			      "その共有サークルは別のチームのものです");
	switch (
	    lineage_step(&held.signature.manifest, held.signature.hash, &s->manifest, s->hash)) {
	case LINEAGE_FORK:
		return refuse(
		    why, ERR_CONFLICT, "forked",
		    "two editions of one number of a circle: the link's people should talk",
		    "同じ番号の共有サークルが二通りあります。相手に確認してください");
	case LINEAGE_OLDER:
		*ret_old = true;
		return ERR_OK;
	case LINEAGE_NEWER:
	case LINEAGE_SAME:
		return ERR_OK;
	}
	return ERR_OK;
}

static void set_text(struct arena *a, struct json *o, const char *name, str v)
{
	if (v.n)
		json_set(a, o, str_c(name), json_string(v));
}

static struct json circle_record(struct applying *x)
{
	struct arena *a = x->c->arena;
	const struct circle_object *o = &x->e->circle;
	struct json b = json_object(), rules = json_object();

	set_text(a, &b, "title", o->title);
	set_text(a, &b, "description", o->description);
	set_text(a, &b, "default_tlp", tlp_label(o->default_tlp));
	set_text(a, &rules, "invite", o->invite);
	set_text(a, &rules, "see_members", o->see_members);
	set_text(a, &rules, "forward", o->forward);
	json_set(a, &b, STR("rules"), rules);
	if (o->retention_days)
		json_set(a, &b, STR("retention_days"), json_from_i64(a, o->retention_days));
	return b;
}

/* A put of a record of the owner; old NULL: a new one. */
static enum err put(struct applying *x, const char *type_name, struct uuid uid,
		    const struct record *old, const struct json *body, struct why *why)
{
	struct ctx *c = x->c;
	const struct catalog_type *type = catalog_type(c->node->catalog, str_c(type_name));
	struct record_put p = {.uid = uid,
			       .team = x->owner,
			       .label = x->label,
			       .state = type->initial_state,
			       .kind = old ? "link-update" : "link-create"};
	enum err err =
	    catalog_validate(c->arena, c->node->catalog, type, body, false, &c->faults, why);

	if (old) {
		p.key = old->key;
		p.label = old->label;
		p.state = STR_NULL;
	}
	if (!err)
		err = record_fill_put(c, type, body, &p, why);
	if (!err)
		(void)write_put(&x->w, &p);
	return err;
}

static enum err put_circle(struct applying *x, struct why *why)
{
	struct ctx *c = x->c;
	const struct directory_circle *known = directory_circle_uid(c->dir, x->e->circle.id);
	struct json body = circle_record(x), old;
	struct record r;
	enum err err;

	if (!known)
		return put(x, CIRCLE_TYPE, x->e->circle.id, NULL, &body, why);
	if (known->owner != x->owner) /* gate */
		return refuse(why, ERR_DENIED, "not_yours", "that circle belongs to another team",
			      "その共有サークルは別のチームのものです");
	err =
	    store_find_held(c->node->store, c->arena, x->owner, &x->e->circle.id, 1, true, &r, why);
	if (!err)
		err = json_parse(c->arena, r.body, NULL, &old, why);
	if (err || json_eq(&old, &body))
		return err;
	return put(x, CIRCLE_TYPE, x->e->circle.id, &r, &body, why);
}

static struct json now_json(struct ctx *c)
{
	char *t = arena_alloc(c->arena, TIME_TEXT);

	time_text(c->now_us, t);
	return json_string((str){t, TIME_TEXT});
}

static enum err put_join(struct applying *x, const struct circle_member *m, struct why *why)
{
	struct arena *a = x->c->arena;
	struct json b = json_object();
	int64_t circles = x->label, team;
	char t[UUID_TEXT];
	enum err err = principal_intern(x->c->node->store, PRINCIPAL_TEAM, &m->team, 1, &team, why);

	/* as at the owner's: who may not see the members does not see their records */
	if (!err && !str_eq(x->e->circle.see_members, STR("members")))
		err = membership_label(x->c, x->owner, x->circle, team, false, &x->label, why);
	if (err)
		return err;
	uuid_text(m->team, t);
	json_set(a, &b, STR("circle"), json_string(id_text(a, CIRCLE_TYPE, x->e->circle.id)));
	json_set(a, &b, STR("team"), json_string(id_text(a, "x-hikeshi-team", m->team)));
	json_set(a, &b, STR("joined_roster"), json_from_i64(a, m->since));
	json_set(a, &b, STR("joined_at"), now_json(x->c));
	/* an id that follows: applied twice, it is there once */
	err = put(x, MEMBERSHIP_TYPE,
		  uuid_v5(x->e->circle.id,
			  arena_printf(a, "%.*s %lld", UUID_TEXT, t, (long long)m->since)),
		  NULL, &b, why);
	x->label = circles;
	return err;
}

static enum err put_leave(struct applying *x, const struct circle_membership *m, struct why *why)
{
	struct arena *a = x->c->arena;
	struct json b = m->body;

	json_set(a, &b, STR("left_roster"), json_from_i64(a, x->e->circle.roster));
	json_set(a, &b, STR("left_at"), now_json(x->c));
	return put(x, MEMBERSHIP_TYPE, m->record.uid, &m->record, &b, why);
}

static int by_team(const void *pa, const void *pb)
{
	const struct circle_member *a = pa, *b = pb;

	return memcmp(a->team.b, b->team.b, sizeof(a->team.b));
}

static const struct circle_member *shown(const struct circle_envelope *e, struct uuid team)
{
	const struct circle_member key = {.team = team};

	return e->n_members ? bsearch(&key, e->members, e->n_members, sizeof(key), by_team) : NULL;
}

/* As its owner still has it: what was taken for a leave was none. */
static enum err put_stay(struct applying *x, const struct circle_membership *m, struct why *why)
{
	struct json b = m->body;

	json_del(&b, STR("left_roster"));
	json_del(&b, STR("left_at"));
	return put(x, MEMBERSHIP_TYPE, m->record.uid, &m->record, &b, why);
}

/* Is a team of ours among those shown? */
static bool we_are_in(struct applying *x)
{
	for (size_t i = 0; i < x->e->n_members; i++) {
		const struct directory_team *t =
		    directory_team_uid(x->c->dir, x->e->members[i].team);

		if (t && !t->peer)
			return true;
	}
	return false;
}

/* Whoever is in force here and not shown has left, where we would be shown: our own teams always,
 * others where members see the members and we are one. */
static enum err put_members(struct applying *x, struct why *why)
{
	struct ctx *c = x->c;
	struct circle_membership *had = NULL;
	size_t n = 0;
	bool *kept = arena_array(c->arena, bool, x->e->n_members + 1);
	enum err err = circle_memberships(c, x->e->circle.id, &had, &n, why);
	bool all = str_eq(x->e->circle.see_members, STR("members")) && we_are_in(x);

	for (size_t i = 0; i < n && !err; i++) {
		const struct circle_member *m = shown(x->e, had[i].team);
		const struct directory_team *t = directory_team_uid(c->dir, had[i].team);

		if (m && had[i].since == m->since) {
			kept[m - x->e->members] = true;
			if (had[i].left)
				err = put_stay(x, &had[i], why);
			continue;
		}
		if (!had[i].left && (m || all || (t && !t->peer)))
			err = put_leave(x, &had[i], why);
	}
	for (size_t i = 0; i < x->e->n_members && !err; i++)
		if (!kept[i])
			err = put_join(x, &x->e->members[i], why);
	return err;
}

static enum err commit(struct applying *x, const struct json *envelope, struct why *why)
{
	struct ctx *c = x->c;
	struct circle_kept row = {.circle = x->circle,
				  .roster = x->e->circle.roster,
				  .rev = x->e->signature.manifest.rev};
	struct record_result *results =
	    arena_array(c->arena, struct record_result, write_puts(&x->w) + 1);
	struct circle_kept held = {0};
	BUF(text);
	enum err err = write_puts(&x->w) ? record_commit(c, &x->w, results, why) : ERR_OK;

	if (err)
		return err;
	json_write(&text, envelope);
	row.object = buf_str(&text);
	if (!write_puts(&x->w) &&
	    circle_kept_get(c->node->store, c->arena, x->circle, &held, NULL) == ERR_OK &&
	    str_eq(held.object, row.object))
		return ERR_OK; /* said once more: nothing is written */
	err = circle_kept_put(c->node->store, &row, true, why);
	if (!err)
		err = directory_refresh(c->node->directory, why);
	if (!err)
		ctx_refresh(c);
	return err;
}

/* The teams named beside it become known as working behind that peer; the owner must be. */
static enum err know_teams(struct applying *x, const struct json *envelope, struct why *why)
{
	struct ctx *c = x->c;
	const struct json *rows = json_get_c(envelope, "teams");
	const struct directory_team *owner;
	struct announced *teams = NULL;
	size_t n = 0;
	enum err err = announce_parse(c, rows, &teams, &n, why);

	if (!err)
		err = announce_apply(c, x->from->key, x->from->node_key, false, teams, n, why);
	if (err)
		return err;
	owner = directory_team_uid(c->dir, x->e->circle.owner);
	if (!owner)
		return refuse(why, ERR_DENIED, "unknown_key",
			      "the owner of the circle is not known here",
			      "共有サークルの管理チームがわかりません");
	if (!owner->peer) /* gate */
		return refuse(why, ERR_DENIED, "not_yours",
			      "that circle's owner works on this node",
			      "その共有サークルの管理チームは、このノードのチームです");
	x->owner = owner->key;
	return principal_intern(c->node->store, PRINCIPAL_CIRCLE, &x->e->circle.id, 1, &x->circle,
				why);
}

static enum err apply_one(struct ctx *c, const struct peer *from, const struct json *envelope,
			  struct why *why)
{
	struct circle_envelope e;
	struct applying x = {.c = c, .from = from, .e = &e};
	bool old = false;
	enum err err = circle_envelope_read(c->arena, envelope, &e, why);

	if (!err)
		err = know_teams(&x, envelope, why);
	if (!err)
		err = check(&x, &old, why);
	if (err || old)
		return err;
	if (e.n_members > 1)
		qsort(e.members, e.n_members, sizeof(*e.members), by_team);
	struct label_circle lc = {.circle = x.circle};
	struct label l = {.originator = x.owner,
			  .holder = x.owner,
			  .tlp = TLP_GREEN,
			  .circles = &lc,
			  .n_circles = 1};

	err = label_intern(c->node->store, &l, 1, &x.label, why);
	write_init(&x.w, c->arena, c->actor->account, c->actor->team);
	if (!err)
		err = put_circle(&x, why);
	if (!err)
		err = put_members(&x, why);
	return err ? err : commit(&x, envelope, why);
}

enum err circle_apply(struct ctx *c, const struct peer *from, const struct json *envelope,
		      struct why *why)
{
	/* as in announce_apply: said twice at the same moment */
	for (int tries = 0;; tries++) {
		struct why said = {0};
		enum err err = apply_one(c, from, envelope, &said);

		if (!err)
			return ERR_OK;
		if (err != ERR_CONFLICT || strcmp(said.code, "forked") == 0 || tries == APPLY_TRIES)
			return why_field(why, err, said.code, NULL, said.text, said.text_ja);
		err = directory_refresh(c->node->directory, why);
		if (err)
			return err;
		ctx_refresh(c);
	}
}
