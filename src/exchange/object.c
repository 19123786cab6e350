// SPDX-License-Identifier: Apache-2.0
#include "exchange/object.h"

#include "formats/format.h"

/* Members of an object of ours that are no fields of its type. */
static const char *const head[] = {"type",  "id",     "spec_version", "created", "modified",
				   "state", "number", "exercise",     NULL};

bool object_travels(str type)
{
	static const char *const stay[] = {
	    "x-hikeshi-team",     "x-hikeshi-circle", "x-hikeshi-membership", "x-hikeshi-person",
	    "x-hikeshi-delivery", "x-hikeshi-task",   "x-hikeshi-incident",   "x-hikeshi-comment",
	};

	for (size_t i = 0; i < ARRAY_LEN(stay); i++)
		if (str_eq(type, str_c(stay[i])))
			return false;
	return true;
}

static struct json time_json(struct arena *a, int64_t us)
{
	char *t = arena_alloc(a, TIME_TEXT);

	time_text(us, t);
	return json_string((str){t, TIME_TEXT});
}

static enum err own_object(struct ctx *c, const struct catalog_type *t, const struct record *r,
			   struct json *ret, struct why *why)
{
	struct json body, leaving, o = json_object();
	str state = word_text(c->node->store, r->state);
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	str number = r->number.n ? r->number : json_get_str(&body, "number");

	leaving = catalog_leaving(c->arena, t, &body); /* gate */
	json_set(c->arena, &o, STR("type"), json_string(t->type));
	json_set(c->arena, &o, STR("id"), json_string(record_id(c, r)));
	json_set(c->arena, &o, STR("spec_version"), json_string(STR("2.1")));
	json_set(c->arena, &o, STR("created"), time_json(c->arena, r->created_us));
	json_set(c->arena, &o, STR("modified"), time_json(c->arena, r->modified_us));
	if (state.n)
		json_set(c->arena, &o, STR("state"), json_string(state));
	if (number.n)
		json_set(c->arena, &o, STR("number"), json_string(number));
	if (r->flags & RECORD_EXERCISE)
		json_set(c->arena, &o, STR("exercise"), json_from_bool(true));
	for (size_t i = 0; i < json_count(&leaving); i++)
		json_set(c->arena, &o, leaving.members[i].key, leaving.members[i].value);
	*ret = o;
	return ERR_OK;
}

enum err object_of(struct ctx *c, const struct record *r, struct json *ret, struct why *why)
{
	const struct catalog_type *t = catalog_code(c->node->catalog, r->type);
	const struct label *l = label_get(c->node->store, r->label);
	struct format_record f = {.form = r->form,
				  .type = word_text(c->node->store, r->type),
				  .uid = r->uid,
				  .body = r->body,
				  .tlp = l ? l->tlp : TLP_RED,
				  .revoked = r->flags & RECORD_REVOKED,
				  .created_us = r->created_us,
				  .modified_us = r->source_modified_us ? r->source_modified_us
								       : r->modified_us};
	enum err err;

	if (r->form == FORM_OWN && t && !str_eq(t->type, STR("x-hikeshi-observable")))
		return own_object(c, t, r, ret, why);
	err = r->form == FORM_STIX ? record_body(c, r, ret, why)
				   : stix_face(c->arena, c->node->catalog, &f, ret, why);
	if (!err && f.revoked && !json_get_bool(ret, "revoked", false))
		json_set(c->arena, ret, STR("revoked"), json_from_bool(true));
	return err;
}

enum err object_audience(struct ctx *c, const struct label *l, struct manifest_label *ret_label,
			 struct audience_entry **ret, size_t *ret_n, struct why *why)
{
	struct store *s = c->node->store;
	size_t n = 0, most = l->n_circles + l->n_teams + l->n_people + 1;
	struct audience_entry *e = arena_array(c->arena, struct audience_entry, most);
	bool known = true;

	for (size_t i = 0; i < l->n_circles; i++, n++) {
		e[n].kind = AUDIENCE_CIRCLE;
		e[n].roster = l->circles[i].roster;
		known = principal_uuid(s, l->circles[i].circle, &e[n].circle) && known;
	}
	for (size_t i = 0; i < l->n_teams; i++, n++) {
		e[n].kind = AUDIENCE_TEAM;
		known = principal_uuid(s, l->teams[i], &e[n].team) && known;
	}
	for (size_t i = 0; i < l->n_people; i++, n++) {
		e[n].kind = AUDIENCE_PERSON;
		known = principal_uuid(s, l->people[i].team, &e[n].team) &&
			principal_uuid(s, l->people[i].person, &e[n].person) && known;
	}
	if (l->everyone)
		e[n++].kind = AUDIENCE_EVERYONE;
	if (!known)
		return why_set(why, ERR_IO, "a label names what is not known: run hikeshi verify");
	*ret_label = (struct manifest_label){.tlp = l->tlp,
					     .pap = l->pap,
					     .attribution = l->attribution,
					     .nbf_us = l->not_before_us,
					     .exp_us = l->expires_us};
	*ret = e;
	*ret_n = n;
	return ERR_OK;
}

/* ---- and back ---- */

MUST_CHECK static enum err malformed(struct why *why, const char *en, const char *ja)
{
	return why_field(why, ERR_UNPROCESSABLE, "malformed", NULL, en, ja);
}

static bool is_head(str name)
{
	for (size_t i = 0; head[i]; i++)
		if (str_eq(name, str_c(head[i])))
			return true;
	return false;
}

static enum err own_read(struct ctx *c, const struct json *object, struct object_read *x,
			 struct why *why)
{
	struct json body = json_object();
	enum err err;

	for (size_t i = 0; i < json_count(object); i++)
		if (!is_head(object->members[i].key))
			json_set(c->arena, &body, object->members[i].key, object->members[i].value);
	x->state = json_get_str(object, "state");
	x->exercise = json_get_bool(object, "exercise", false);
	/* no gate: it came from outside; what does not leave a node does not enter one */
	body = catalog_leaving(c->arena, x->type, &body);
	err = catalog_validate(c->arena, c->node->catalog, x->type, &body, true, &c->faults, why);
	/* a foreign number is shown with the name of its team */
	if (json_get_str(object, "number").n)
		json_set(c->arena, &body, STR("number"), *json_get_c(object, "number"));
	x->body = body;
	if (!err && x->state.n && !catalog_state(x->type, x->state))
		err =
		    malformed(why, "its state is not one of its type's", "この種類にない状態です");
	return err;
}

enum err object_read(struct ctx *c, const struct json *object, struct object_read *ret,
		     struct why *why)
{
	struct object_read x = {.form = FORM_STIX};
	str modified = json_get_str(object, "modified");
	enum err err = ERR_OK;

	if (id_parse(json_get_str(object, "id"), &x.type_name, &x.uid) ||
	    !str_eq(x.type_name, json_get_str(object, "type")))
		return malformed(why, "it has no id of the form type--UUID of its own type",
				 "自身の種類と同じ type--UUID 形式のIDがありません");
	if (!object_travels(x.type_name))
		return malformed(why, "records of this type do not cross links",
				 "この種類の記録はノード間を渡りません");
	if (modified.n && time_parse(modified, &x.modified_us))
		return malformed(why, "its time of change is not a time",
				 "更新時刻の形式が正しくありません");
	x.type = catalog_type(c->node->catalog, x.type_name);
	x.revoked = json_get_bool(object, "revoked", false);
	if (x.type && x.type->form == FORM_OWN) {
		x.form = FORM_OWN;
		err = own_read(c, object, &x, why);
	} else if (!x.type && str_starts(x.type_name, STR("x-hikeshi-"))) {
		err =
		    malformed(why, "this node does not know its type: it may be of a newer version",
			      "このノードが知らない種類です（新しい版のものかもしれません）");
	} else {
		x.type = x.type ? x.type : catalog_generic(c->node->catalog);
		x.body = *object;
		err = catalog_validate(c->arena, c->node->catalog, x.type, object, true, &c->faults,
				       why);
	}
	if (!err)
		*ret = x;
	return err;
}
