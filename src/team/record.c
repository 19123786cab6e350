// SPDX-License-Identifier: Apache-2.0
/* Reading and rendering of records; every exit of a single record passes the gate here. */
#include "team/record.h"

#include "formats/format.h"
#include "team/outbox.h"
#include "team/record_internal.h"

str record_id(struct ctx *c, const struct record *r)
{
	char u[UUID_TEXT];

	uuid_text(r->uid, u);
	return arena_printf(c->arena, "%.*s--%.*s", STR_ARG(word_text(c->node->store, r->type)),
			    UUID_TEXT, u);
}

str record_etag(struct ctx *c, const struct record *r)
{
	return arena_printf(c->arena, "\"r%d\"", r->version);
}

enum err record_body(struct ctx *c, const struct record *r, struct json *ret, struct why *why)
{
	struct why inner = {0};

	if (json_parse(c->arena, r->body, NULL, ret, &inner) || ret->type != JSON_OBJECT)
		return why_set(why, ERR_IO,
			       "the stored body of '%.*s' cannot be read: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	return ERR_OK;
}

static bool type_matches(struct ctx *c, const struct catalog_type *t, const struct record *r)
{
	if (!t)
		return true;
	if (t == catalog_generic(c->node->catalog))
		return !catalog_code(c->node->catalog, r->type);
	return r->type == t->code;
}

enum err record_get(struct ctx *c, const struct catalog_type *t, str id, struct record *ret,
		    struct why *why)
{
	struct record r = {0};
	struct uuid uid;
	str type;
	enum err err;

	if (id_parse(id, &type, &uid) == ERR_OK)
		err = store_find(c->node->store, c->arena, c->view, &uid, 1, true, &r, why);
	else
		err = store_find_number(c->node->store, c->arena, c->view, c->actor->team, id, &r,
					why);
	if (err && err != ERR_NOTFOUND)
		return err;
	if (err || !r.key || !type_matches(c, t, &r))
		return why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "there is nothing of that id that you may see",
				 "そのIDのものはないか、閲覧できません");
	*ret = r;
	return ERR_OK;
}

str record_title(struct ctx *c, const struct record *r)
{
	struct json body;
	struct why why = {0};
	const struct catalog_type *t = record_type(c, r);

	if (!r->body.n || record_body(c, r, &body, &why))
		return STR_NULL;
	if (r->form == FORM_MISP) {
		const struct json *inner = json_count(&body) ? &body.members[0].value : NULL;
		static const char *const names[] = {"info", "value", "name"};

		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (json_get_str(inner, names[i]).n)
				return json_get_str(inner, names[i]);
		return STR_NULL;
	}
	/* another team's title is shown only as far as the fields it is made of leave that team */
	if (r->form == FORM_OWN && !c->actor->node && r->team != c->actor->team)
		body = catalog_leaving(c->arena, t, &body); /* gate */
	return catalog_title(t, &body);
}

/* ---- rendering ---- */

static struct json id_text(struct ctx *c, const char *type, struct uuid uid)
{
	char u[UUID_TEXT];

	uuid_text(uid, u);
	return json_string(arena_printf(c->arena, "%s--%.*s", type, UUID_TEXT, u));
}

static struct json time_json(struct ctx *c, int64_t us)
{
	char *t = arena_alloc(c->arena, TIME_TEXT);

	time_text(us, t);
	return json_string((str){t, TIME_TEXT});
}

/* Circles of the label that the reader knows: a member's (or the owner's) own. */
static struct json circles_json(struct ctx *c, const struct label *l)
{
	struct json arr = json_array();

	for (size_t i = 0; i < l->n_circles; i++) {
		const struct directory_circle *ci = directory_circle(c->dir, l->circles[i].circle);
		int64_t joined;

		if (ci &&
		    (c->actor->node || ci->owner == c->actor->team ||
		     world_is_member(&c->dir->world, ci->key, c->actor->team, &joined))) /* gate */
			json_add(c->arena, &arr, id_text(c, "x-hikeshi-circle", ci->uid));
	}
	return arr;
}

static struct json person_of_account(struct ctx *c, int64_t account)
{
	for (size_t i = 0; account && i < c->dir->n_people; i++)
		if (c->dir->people[i].account == account)
			return id_text(c, "x-hikeshi-person", c->dir->people[i].uid);
	return json_null();
}

static void render_common(struct ctx *c, const struct record *r, const struct label *l, bool own,
			  const struct json *body, struct json *o)
{
	struct arena *a = c->arena;
	const struct directory_team *team = directory_team(c->dir, r->team);
	str number = r->number.n ? r->number : json_get_str(body, "number");
	str state = word_text(c->node->store, r->state), language = json_get_str(body, "language");

	json_set(a, o, STR("id"), json_string(record_id(c, r)));
	json_set(a, o, STR("type"), json_string(word_text(c->node->store, r->type)));
	json_set(a, o, STR("number"), number.n ? json_string(number) : json_null());
	json_set(a, o, STR("version"), json_from_i64(a, r->version));
	json_set(a, o, STR("team"), team ? id_text(c, "x-hikeshi-team", team->uid) : json_null());
	json_set(a, o, STR("title"), json_string(record_title(c, r)));
	json_set(a, o, STR("state"), state.n ? json_string(state) : json_null());
	json_set(a, o, STR("tlp"), json_string(tlp_label(l->tlp)));
	json_set(a, o, STR("circles"), circles_json(c, l));
	json_set(a, o, STR("created"), time_json(c, r->created_us));
	json_set(a, o, STR("created_by"), own ? person_of_account(c, r->created_by) : json_null());
	json_set(a, o, STR("modified"), time_json(c, r->modified_us));
	json_set(a, o, STR("modified_by"),
		 own ? person_of_account(c, r->modified_by) : json_null());
	json_set(a, o, STR("language"), language.n ? json_string(language) : json_null());
	json_set(a, o, STR("exercise"), json_from_bool(r->flags & RECORD_EXERCISE));
	if (r->flags & RECORD_REVOKED)
		json_set(a, o, STR("revoked"), json_from_bool(true));
	if (r->flags & RECORD_UNVERIFIED)
		json_set(a, o, STR("unverified"), json_from_bool(true));
	if (l->not_before_us && own)
		json_set(a, o, STR("not_before"), time_json(c, l->not_before_us));
	if (l->expires_us)
		json_set(a, o, STR("expires"), time_json(c, l->expires_us));
}

static enum err render_object(struct ctx *c, const struct record *r, const struct label *l,
			      const struct json *body, struct json *o, struct why *why)
{
	struct json object;
	enum err err = ERR_OK;

	if (r->form == FORM_STIX) {
		object = *body;
	} else {
		struct format_record f = {.form = r->form,
					  .type = word_text(c->node->store, r->type),
					  .uid = r->uid,
					  .body = r->body,
					  .tlp = l->tlp,
					  .revoked = r->flags & RECORD_REVOKED,
					  .created_us = r->created_us,
					  .modified_us = r->modified_us};

		err = stix_face(c->arena, c->node->catalog, &f, &object, why);
	}
	if (!err)
		json_set(c->arena, o, STR("object"), object);
	return err;
}

/* A type of ours that came as MISP shows its kind and value as its own records do. */
static void render_flat(struct ctx *c, const struct record *r, struct json *o)
{
	struct record_value *v = NULL;
	size_t n = 0;

	if (intel_record_values(c->arena, c->node->catalog, store_value_key(c->node->store), r, &v,
				&n, NULL) ||
	    !n)
		return;
	json_set(c->arena, o, STR("kind"), json_string(value_kind_name(v[0].kind)));
	json_set(c->arena, o, STR("value"), json_string(v[0].canonical));
}

enum err record_render(struct ctx *c, const struct record *r, struct json *ret, struct why *why)
{
	const struct catalog_type *t = record_type(c, r);
	const struct label *l = label_get(c->node->store, r->label);
	struct json body, o = json_object();
	bool own = c->actor->node || r->team == c->actor->team; /* gate */
	const struct record_rules *rules;
	struct verdict v;
	enum err err;

	if (!l)
		return why_set(why, ERR_IO, "label of '%.*s' is missing: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	v = policy_decide(&c->dir->world, c->actor, ACT_SEE, l, c->now_us); /* gate */
	if (!v.ok)
		return why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "there is nothing of that id that you may see",
				 "そのIDのものはないか、閲覧できません");
	err = record_body(c, r, &body, why);
	if (err)
		return err;
	render_common(c, r, l, own, &body, &o);
	if (r->form == FORM_OWN) {
		struct json shown = own ? body : catalog_leaving(c->arena, t, &body); /* gate */

		for (size_t i = 0; i < json_count(&shown); i++)
			/* a membership's team is the member's, not the circle owner's */
			if (!json_get(&o, shown.members[i].key) ||
			    json_is(json_get(&o, shown.members[i].key), JSON_NULL) ||
			    str_eq(shown.members[i].key, STR("team")))
				json_set(c->arena, &o, shown.members[i].key,
					 shown.members[i].value);
	} else {
		err = render_object(c, r, l, &body, &o, why);
		if (err)
			return err;
		if (t->form == FORM_OWN)
			render_flat(c, r, &o);
	}
	rules = record_rules(t->type);
	if (rules && rules->render)
		err = rules->render(c, r, &o, why);
	if (!err)
		*ret = o;
	return err;
}
