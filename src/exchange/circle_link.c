// SPDX-License-Identifier: Apache-2.0
/* Circles for others: signed where their owner is hosted here, passed on where not. */
#include "exchange/circle_link.h"

#include "base/map.h"
#include "exchange/circle.h"
#include "exchange/circle_link_internal.h"
#include "exchange/move.h"
#include "exchange/signature.h"
#include "exchange/wire_internal.h"

#define SIGN_TRIES 3

/* ---- what the owner says now ---- */

static str rule(const struct json *body, const char *name, str fallback)
{
	str v = json_get_str(json_get_c(body, "rules"), name);

	return v.n ? v : fallback;
}

static enum err circle_body(struct ctx *c, const struct directory_circle *ci, struct record *r,
			    struct json *ret, struct why *why)
{
	enum err err =
	    store_find_held(c->node->store, c->arena, ci->owner, &ci->uid, 1, true, r, why);

	if (!err && !r->key)
		err = why_set(why, ERR_NOTFOUND, "the circle has no record");
	return err ? err : json_parse(c->arena, r->body, NULL, ret, why);
}

static enum err circle_now(struct ctx *c, const struct directory_circle *ci,
			   const struct directory_team *owner, struct circle_object *ret,
			   struct why *why)
{
	struct record r;
	struct json b;
	enum err err = circle_body(c, ci, &r, &b, why);

	if (err)
		return err;
	*ret = (struct circle_object){.id = ci->uid,
				      .owner = owner->uid,
				      .created_us = r.created_us,
				      .title = arena_str(c->arena, ci->title),
				      .description = json_get_str(&b, "description"),
				      .invite = rule(&b, "invite", STR("owner")),
				      .see_members = rule(&b, "see_members", STR("members")),
				      .forward = rule(&b, "forward", STR("ask")),
				      .default_tlp = ci->default_tlp,
				      .retention_days = json_get_i64(&b, "retention_days", 0),
				      .roster = ci->roster};
	return ERR_OK;
}

static bool same_words(const struct circle_object *x, const struct circle_object *y)
{
	return str_eq(x->title, y->title) && str_eq(x->description, y->description) &&
	       str_eq(x->invite, y->invite) && str_eq(x->see_members, y->see_members) &&
	       str_eq(x->forward, y->forward) && x->default_tlp == y->default_tlp &&
	       x->retention_days == y->retention_days && x->roster == y->roster &&
	       uuid_eq(x->owner, y->owner);
}

static struct circle_member *members_now(struct ctx *c, const struct directory_circle *ci,
					 size_t *ret_n)
{
	struct circle_member *m = arena_array(c->arena, struct circle_member, ci->n_teams + 1);
	size_t n = 0;

	for (size_t i = 0; i < ci->n_teams; i++) {
		const struct directory_team *t = directory_team(c->dir, ci->teams[i]);

		/* no gate: because the owner's own list is read, for its signature */
		if (t && world_is_member(&c->dir->world, ci->key, t->key, &m[n].since))
			m[n++].team = t->uid;
	}
	*ret_n = n;
	return m;
}

/* ---- signing ---- */

static enum err sign(struct ctx *c, const struct directory_circle *ci, struct circle_object *o,
		     const struct signed_manifest *before, struct json *ret, struct why *why)
{
	struct own_team key;
	struct audience_entry to = {
	    .kind = AUDIENCE_CIRCLE, .circle = ci->uid, .roster = ci->roster};
	struct signed_manifest s = {.created_us = c->now_us, .modified_us = c->now_us};
	struct circle_member *m;
	struct json object, signature, members;
	size_t n = 0;
	enum err err = own_team_get(c->node, c->arena, ci->owner, &key, why);

	if (err)
		return err;
	m = members_now(c, ci, &n);
	o->modified_us = c->now_us;
	s.team = s.originator = o->owner;
	s.manifest = (struct manifest){.role = ROLE_ORIGINATOR,
				       .rev = before ? before->manifest.rev + 1 : 1,
				       .has_prev = before != NULL,
				       .label = {.tlp = TLP_GREEN}};
	if (before)
		s.manifest.prev = before->hash;
	err = circle_set_members(c->arena, o, m, n, why);
	if (err)
		return err;
	object = circle_json(c->arena, o);
	err = manifest_make(c->arena, &s.manifest, &object, &to, 1, &s.open, why);
	if (err)
		return err;
	s.hash = manifest_hash(&s.manifest);
	signature_batch(c->arena, &key.key, &s.hash, 1, &s.signature);
	ed25519_wipe(&key.key);
	signature = signature_json(c->arena, &s);
	members = circle_members_json(c->arena, m, n);
	*ret = json_object();
	wire_set(c->arena, ret, "object", object);
	wire_set(c->arena, ret, "signature", signature);
	wire_set(c->arena, ret, "members", members);
	return ERR_OK;
}

enum err circle_envelope_read(struct arena *a, const struct json *v, struct circle_envelope *ret,
			      struct why *why)
{
	const struct json *object = json_get_c(v, "object"), *sig = json_get_c(v, "signature");
	struct circle_envelope e = {0};
	enum err err;

	if (!json_is(object, JSON_OBJECT) || !json_is(sig, JSON_OBJECT))
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", STR("object"));
	err = circle_parse(a, object, &e.circle, why);
	if (!err)
		err = signature_parse(a, sig, &e.signature, why);
	if (!err)
		err = circle_members_parse(a, json_get_c(v, "members"), &e.circle, &e.members,
					   &e.n_members, why);
	if (err)
		return err;
	e.object = object;
	*ret = e;
	return ERR_OK;
}

enum err circle_kept_read(struct ctx *c, int64_t circle, struct circle_envelope *ret,
			  struct json *ret_json, bool *ret_there, struct why *why)
{
	struct circle_kept kept;
	struct why none = {0};
	enum err err = circle_kept_get(c->node->store, c->arena, circle, &kept, &none);

	*ret_there = err == ERR_OK;
	if (err == ERR_NOTFOUND)
		return ERR_OK;
	if (err)
		return why_set(why, err, "%s", none.text);
	err = json_parse(c->arena, kept.object, NULL, ret_json, why);
	return err ? err : circle_envelope_read(c->arena, ret_json, ret, why);
}

/* The signed circle, made anew where it says something else now. */
static enum err sign_once(struct ctx *c, const struct directory_circle *ci, struct json *ret,
			  struct why *why)
{
	const struct directory_team *owner = directory_team(c->dir, ci->owner);
	struct circle_envelope e;
	struct circle_object now;
	struct circle_kept row = {.circle = ci->key, .roster = ci->roster};
	bool there = false;
	BUF(text);
	enum err err = circle_kept_read(c, ci->key, &e, ret, &there, why);

	if (err)
		return err;
	if (!owner || (owner->peer && !there))
		return why_set(why, ERR_NOTFOUND, "the circle was not signed yet by its owner");
	if (owner->peer)
		return ERR_OK;
	err = circle_now(c, ci, owner, &now, why);
	if (err || (there && same_words(&e.circle, &now)))
		return err;
	err = sign(c, ci, &now, there ? &e.signature : NULL, ret, why);
	if (err)
		return err;
	json_write(&text, ret);
	row.rev = there ? e.signature.manifest.rev + 1 : 1;
	row.object = buf_str(&text);
	return circle_kept_put(c->node->store, &row, false, why);
}

static enum err signed_circle(struct ctx *c, const struct directory_circle *ci, struct json *ret,
			      struct why *why)
{
	/* where somebody else signed at the same moment, theirs counts and is read */
	for (int tries = 0;; tries++) {
		struct why said = {0};
		enum err err = sign_once(c, ci, ret, &said);

		if (!err)
			return ERR_OK;
		if (err != ERR_CONFLICT || tries == SIGN_TRIES)
			return why_field(why, err, said.code, NULL, said.text, said.text_ja);
	}
}

/* ---- for one peer ---- */

static enum err shown_members(struct ctx *c, const struct directory_circle *ci,
			      const struct peer *p, const struct circle_envelope *e,
			      struct json *out, struct why *why)
{
	const struct directory_team *owner = directory_team(c->dir, ci->owner);
	bool member = false, all = str_eq(e->circle.see_members, STR("members"));
	struct circle_member *m = arena_array(c->arena, struct circle_member, e->n_members + 1);
	struct json teams = json_array();
	size_t n = 0;
	enum err err = owner ? announce_team(c->node, c->arena, owner, &teams, why) : ERR_OK;

	for (size_t i = 0; i < e->n_members; i++) {
		const struct directory_team *t = directory_team_uid(c->dir, e->members[i].team);

		member = member || (t && t->peer == p->key);
	}
	for (size_t i = 0; i < e->n_members && !err; i++) {
		const struct directory_team *t = directory_team_uid(c->dir, e->members[i].team);

		if (!t || !member || !(all || t->peer == p->key || t == owner)) /* gate */
			continue;
		m[n++] = e->members[i];
		if (t != owner)
			err = announce_team(c->node, c->arena, t, &teams, why);
	}
	wire_set(c->arena, out, "members", circle_members_json(c->arena, m, n));
	wire_set(c->arena, out, "teams", teams);
	return err;
}

/* The circles (principals) of which a team reached via the peer is or was a member: who has left is
 * told so. */
static enum err concerned(struct ctx *c, const struct peer *p, struct uuid circle,
			  struct u64map *ret, struct why *why)
{
	struct circle_membership *m = NULL;
	size_t n = 0;
	enum err err = circle_memberships(c, circle, &m, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		int64_t team = principal_find(c->node->store, PRINCIPAL_TEAM, m[i].team),
			key = principal_find(c->node->store, PRINCIPAL_CIRCLE, m[i].circle);
		const struct directory_team *t = team ? directory_team(c->dir, team) : NULL;

		if (key && t && t->peer == p->key)
			(void)u64map_put(ret, (uint64_t)key, NULL);
	}
	return err;
}

static enum err for_peer(struct ctx *c, const struct directory_circle *ci, const struct peer *p,
			 struct json *ret, struct why *why)
{
	struct circle_envelope e;
	struct json whole, out = json_object();
	enum err err = signed_circle(c, ci, &whole, why);

	if (!err)
		err = circle_envelope_read(c->arena, &whole, &e, why);
	if (err)
		return err;
	wire_set(c->arena, &out, "object", *json_get_c(&whole, "object"));
	wire_set(c->arena, &out, "signature", *json_get_c(&whole, "signature"));
	err = shown_members(c, ci, p, &e, &out, why);
	if (!err)
		*ret = out;
	return err;
}

/* From its owner it came: there it need not go. */
static bool goes_to(struct ctx *c, const struct directory_circle *ci, const struct peer *p,
		    const struct u64map *wanted)
{
	const struct directory_team *owner = directory_team(c->dir, ci->owner);

	return owner && owner->peer != p->key && u64map_get(wanted, (uint64_t)ci->key);
}

enum err circle_for_peer(struct ctx *c, const struct directory_circle *ci, const struct peer *p,
			 struct json *ret, struct why *why)
{
	struct u64map wanted;
	enum err err;

	u64map_init(&wanted);
	err = concerned(c, p, ci->uid, &wanted, why);
	if (!err && !goes_to(c, ci, p, &wanted)) /* gate */
		err = why_set(why, ERR_NOTFOUND, "the circle does not concern that peer");
	u64map_done(&wanted);
	return err ? err : for_peer(c, ci, p, ret, why);
}

enum err circles_for_peer(struct ctx *c, const struct peer *p, str *ret, struct why *why)
{
	struct json body = json_object(), list = json_array(), gone;
	const struct uuid all = {{0}};
	struct u64map wanted;
	BUF(text);
	enum err err;

	u64map_init(&wanted);
	err = concerned(c, p, all, &wanted, why);
	for (size_t i = 0; i < c->dir->n_circles && !err; i++) {
		struct json one;
		struct why said = {0};

		if (!goes_to(c, &c->dir->circles[i], p, &wanted)) /* gate */
			continue;
		err = for_peer(c, &c->dir->circles[i], p, &one, &said);
		if (!err)
			json_add(c->arena, &list, one);
		else if (err == ERR_NOTFOUND)
			err = ERR_OK; /* not signed yet by its owner elsewhere */
		else
			err = why_set(why, err, "%s", said.text);
	}
	u64map_done(&wanted);
	if (err)
		return err;
	err = move_gone(c->node, c->arena, p->key, &gone, why);
	if (err)
		return err;
	wire_set(c->arena, &body, "v", json_from_i64(c->arena, 1));
	wire_set(c->arena, &body, "circles", list);
	wire_set(c->arena, &body, "teams", gone);
	json_write(&text, &body);
	*ret = arena_str(c->arena, buf_str(&text));
	return ERR_OK;
}
