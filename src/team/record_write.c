// SPDX-License-Identifier: Apache-2.0
/* Creating and changing records: decode, rules, validate, gate, write set, commit. */
#include "team/record.h"

#include "team/record_internal.h"
#include "team/warning.h"
#include "team/withdrawal.h"

#define STEPS_AGAIN 5

static const char *severity_of(const struct catalog_type *t)
{
	return t->severity_field.n ? t->severity_field.p : NULL;
}

enum err record_fill_put(struct ctx *c, const struct catalog_type *t, const struct json *body,
			 struct record_put *put, struct why *why)
{
	BUF(out);
	enum err err;

	json_write(&out, body);
	put->body = arena_str(c->arena, buf_str(&out));
	put->type = put->type.n ? put->type : t->type;
	put->form = t->form;
	put->text = catalog_text(c->arena, t, body);
	if (severity_of(t)) {
		str s = json_str(json_get(body, t->severity_field));

		put->severity = s.n ? s : STR("");
	}
	err = draft_values(c, t, t->form, body, put, why);
	return err;
}

static bool touches_directory(struct ctx *c, const struct record_draft *d)
{
	(void)c;
	return is_directory_type(d->type->type);
}

enum err record_commit(struct ctx *c, struct write_set *w, struct record_result *results,
		       struct why *why)
{
	return store_commit(c->node->store, w, results, why);
}

/* May the actor write this type for this team? Directory types may also be written by who keeps the
 * node's directory. */
static enum err may_write(struct ctx *c, const struct catalog_type *t, int64_t team,
			  const char *verb, struct why *why)
{
	enum err err;

	if (c->actor->node)
		return ERR_OK;
	if (is_directory_type(t->type) && team != c->actor->team)
		return verdict_err(policy_node(c->actor, str_eq(t->type, STR("x-hikeshi-team"))
							     ? "teams"
							     : "circles_other_teams"),
				   why);                        /* gate */
	err = verdict_err(policy_type(c->actor, t, verb), why); /* gate */
	if (!err && team != c->actor->team)                     /* gate */
		err = why_field(why, ERR_DENIED, "not_holder", NULL, "this belongs to another team",
				"ほかのチームの記録は変更できません");
	return err;
}

enum err record_may_change(struct ctx *c, const struct catalog_type *t, const struct record *r,
			   const char *verb, struct why *why)
{
	const struct label *l = label_get(c->node->store, r->label);
	enum err err = may_write(c, t, r->team, verb, why);

	if (err || c->actor->node || r->team != c->actor->team) /* no gate: may_write has asked */
		return err;
	if (!l)
		return why_set(why, ERR_IO, "label of '%.*s' is missing: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	return verdict_err(policy_decide(&c->dir->world, c->actor, ACT_EDIT, l, c->now_us),
			   why); /* gate */
}

static enum err draft_validate(struct ctx *c, struct record_draft *d, struct why *why)
{
	return catalog_validate(c->arena, c->node->catalog, d->type, &d->body, false, &c->faults,
				why);
}

/* Who has it elsewhere and is in the audience no longer is told so. */
static enum err draft_narrows(struct ctx *c, struct record_draft *d, const struct record_put *put,
			      struct why *why)
{
	struct relabelling x = {.team = outbox_team(c->dir, d->team)};

	if (!d->old || d->old->label == put->label)
		return ERR_OK;
	relabelling_add(c, &x, d->old, put->label);
	return relabelling_write(c, d->write, &x, why);
}

/* The whole write set of a draft, and its commit. What is taken back names the last rev that was
 * signed: nothing is signed between that look and the commit. */
static enum err draft_write(struct ctx *c, struct record_draft *d, const struct record_put *put,
			    struct record_result **ret, struct why *why)
{
	const struct record_rules *rules = record_rules(d->type->type);
	bool takes_back = d->old && (d->old->label != put->label || (rules && rules->committing));
	enum err err;

	if (takes_back && (err = signing_begin(c->node->store, why)))
		return err;
	err = draft_narrows(c, d, put, why);
	if (!err && rules && rules->committing)
		err = rules->committing(c, d, why);
	if (!err) {
		*ret = arena_array(c->arena, struct record_result, write_puts(d->write) + 1);
		err = record_commit(c, d->write, *ret, why);
	}
	if (takes_back)
		signing_end(c->node->store);
	return err;
}

static enum err draft_commit(struct ctx *c, struct record_draft *d, struct record_put *put,
			     struct record *ret, struct why *why)
{
	const struct record_rules *rules = record_rules(d->type->type);
	struct record_result *results = NULL;
	size_t i;
	enum err err = record_fill_put(c, d->type, &d->body, put, why);

	if (err)
		return err;
	put->why = d->why;
	i = write_put(d->write, put);
	d->put = i;
	err = draft_write(c, d, put, &results, why);
	if (err)
		return err;
	if (touches_directory(c, d)) {
		err = directory_refresh(c->node->directory, why);
		if (err)
			return err;
	}
	ctx_refresh(c);
	/* sees all: what its writer wrote a moment ago */
	err = store_read(c->node->store, c->arena, &(struct view){.all = true}, &results[i].key, 1,
			 true, ret, why);
	if (err)
		return err;
	if (rules && rules->committed)
		rules->committed(c, d, ret);
	draft_light_up(c, ret);
	return ERR_OK;
}

/* The id a new record gets: that of a STIX object, else a random one. */
static enum err new_uid(struct ctx *c, struct record_draft *d, str *type, struct why *why)
{
	if (d->type->form != FORM_STIX) {
		if (uuid_is_zero(d->uid))
			d->uid = uuid_new();
		*type = d->type->type;
		return ERR_OK;
	}
	if (id_parse(json_get_str(&d->body, "id"), type, &d->uid) ||
	    !str_eq(*type, json_get_str(&d->body, "type")))
		return field_fault(c, why, "format", "/object/id",
				   "must be type--UUID with the object's own type",
				   "オブジェクトの種類と同じ type--UUID の形で指定してください");
	return ERR_OK;
}

/* Who names people for TLP:RED and not himself would write what he then cannot read. */
static enum err draft_label(struct ctx *c, struct record_draft *d, int64_t holder, int64_t *ret,
			    struct why *why)
{
	const struct label *l;
	enum err err;

	if (d->label_key) {
		*ret = d->label_key;
		return ERR_OK;
	}
	err = record_label(c, &d->label, holder, ret, why);
	l = err ? NULL : label_get(c->node->store, *ret);
	if (l && l->tlp == TLP_RED && c->actor->person &&
	    !policy_decide(&c->dir->world, c->actor, ACT_SEE, l, c->now_us).ok) /* gate */
		err = field_fault(c, why, "not_named", "/named",
				  "does not name you: you could not read it yourself",
				  "自分が含まれていないため、自分でも閲覧できなくなります");
	return err;
}

static int64_t stix_modified(const struct json *object)
{
	int64_t t = 0;

	if (time_parse(json_get_str(object, "modified"), &t))
		return 0;
	return t;
}

static enum err draft_split(struct ctx *c, struct record_draft *d, const struct json *request,
			    struct common_fields *f, struct why *why)
{
	struct json object, rest;
	enum err err;

	if (!json_is(request, JSON_OBJECT))
		return why_field(why, ERR_INVALID, "type", "", "the request must be a JSON object",
				 "JSONオブジェクトを送ってください");
	if (d->type->form != FORM_STIX)
		return common_take(c, d->type, request, NULL, f, &d->body, why);
	err = stix_from_request(c, d->type, request, &object, &rest, why);
	if (err)
		return err;
	struct json left;

	err = common_take(c, d->type, &rest, NULL, f, &left, why);
	if (err)
		return err;
	if (json_count(&left))
		return field_fault(c, why, "unknown_field",
				   arena_printf(c->arena, "/%.*s", STR_ARG(left.members[0].key)).p,
				   "is not a field of this type", "この種類にない項目です");
	d->body = object;
	return ERR_OK;
}

enum err record_create(struct ctx *c, const struct catalog_type *t, const struct json *request,
		       int64_t team, struct record *ret, struct why *why)
{
	struct write_set w;
	struct common_fields f = {0};
	struct record_draft d = {.type = t,
				 .team = team ? team : c->actor->team,
				 .state = t->initial_state,
				 .write = &w,
				 .request = request};
	const struct record_rules *rules = record_rules(t->type);
	struct record_put put = {.kind = "create"};
	enum err err = may_write(c, t, d.team, "create", why);

	if (!err)
		err = draft_split(c, &d, request, &f, why);
	if (err)
		return err;
	d.label = f.label;
	d.label_given = f.label_given;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	if (rules && rules->prepare)
		err = rules->prepare(c, &d, why);
	if (!err)
		err = draft_validate(c, &d, why);
	if (!err)
		err = new_uid(c, &d, &put.type, why);
	if (!err)
		err = draft_label(c, &d, d.team, &put.label, why);
	if (err)
		return err;
	put.uid = d.uid;
	put.team = d.team;
	put.state = d.state;
	put.number_prefix = t->number;
	put.flags =
	    (f.exercise ? RECORD_EXERCISE : 0) |
	    (t->form == FORM_STIX && json_get_bool(&d.body, "revoked", false) ? RECORD_REVOKED : 0);
	put.source_modified_us = t->form == FORM_STIX ? stix_modified(&d.body) : 0;
	return draft_commit(c, &d, &put, ret, why);
}

/* What a person says with "revoked" of an object counts like what an import or a peer says; where
 * he says nothing, what a withdrawal has marked stays so. */
static uint32_t revoked_flag(uint32_t flags, const struct json *patch, const struct json *body)
{
	if (json_get_bool(body, "revoked", false))
		return flags | RECORD_REVOKED;
	return json_get_c(json_get_c(patch, "object"), "revoked")
		   ? flags & ~(uint32_t)RECORD_REVOKED
		   : flags;
}

/* A holding of one's own for a foreign STIX object: a lineage of the editor's under that id
 * (formats.md 2). */
static enum err adopt(struct ctx *c, const struct record *r, struct record_put *put,
		      struct why *why)
{
	const struct label *l = label_get(c->node->store, r->label);
	struct label own = {.originator = c->actor->team,
			    .holder = c->actor->team,
			    .tlp = l ? l->tlp : TLP_AMBER_STRICT};
	struct label joined;
	enum err err;

	if (!l)
		return why_set(why, ERR_IO, "label of '%.*s' is missing: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	err = policy_join(c->arena, &own, l, &joined);
	if (err)
		return why_set(why, err, "label cannot be joined");
	own.tlp = joined.tlp;
	own.expires_us = joined.expires_us;
	own.pap = joined.pap;
	own.attribution = joined.attribution;
	own.originator =
	    l->originator; /* whose it was it stays: a copy is not relabelled more widely */
	put->key = 0;
	put->uid = r->uid;
	put->team = c->actor->team;
	return label_intern(c->node->store, &own, 1, &put->label, why);
}

/* What came from another team keeps its originator; only that team may let more people read it. */
static enum err keep_originator(struct ctx *c, const struct record *r, int64_t *label,
				struct why *why)
{
	const struct label *old = label_get(c->node->store, r->label),
			   *asked = label_get(c->node->store, *label);
	struct label_person *others;
	struct label l;
	size_t n = 0;

	if (!old || !asked || old->originator == asked->originator)
		return ERR_OK;
	/* that the holder names people of its own lets nobody else read it */
	others = arena_array(c->arena, struct label_person, asked->n_people + 1);
	for (size_t i = 0; i < asked->n_people; i++)
		if (asked->people[i].team != old->holder)
			others[n++] = asked->people[i];
	l = *asked;
	l.originator = old->originator;
	l.people = others;
	l.n_people = n;
	if (policy_widens(&c->dir->world, old, &l)) /* gate */
		return why_field(
		    why, ERR_DENIED, "not_originator", "/tlp",
		    "only the originator may widen the audience; ask them for consent",
		    "共有範囲を広げられるのは発信元だけです。発信元の同意を得てください");
	l = *asked;
	l.key = 0;
	l.originator = old->originator;
	return label_intern(c->node->store, &l, 1, label, why);
}

static enum err merged_label(struct ctx *c, const struct record *r, const struct common_fields *f,
			     struct record_draft *d, struct why *why)
{
	const struct label *l = label_get(c->node->store, r->label);

	if (!l)
		return why_set(why, ERR_IO, "label of '%.*s' is missing: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	label_spec_of(c, l, &d->label);
	if (f->label.has_tlp)
		d->label.tlp = f->label.tlp;
	if (f->label.circles) {
		d->label.circles = f->label.circles;
		d->label.n_circles = f->label.n_circles;
	}
	if (f->label.people) {
		d->label.people = f->label.people;
		d->label.n_people = f->label.n_people;
	}
	if (f->label.not_before_us)
		d->label.not_before_us = f->label.not_before_us;
	if (f->label.expires_us)
		d->label.expires_us = f->label.expires_us;
	return ERR_OK;
}

static enum err check_match(const struct record *r, int32_t if_version, struct why *why)
{
	if (if_version == 0)
		return why_field(why, ERR_NEED_MATCH, "need_if_match", NULL,
				 "a change needs If-Match with the ETag of what you read",
				 "If-Match に読み込んだ時のETagを付けてください");
	if (if_version > 0 && if_version != r->version)
		return why_field(why, ERR_STALE, "stale", NULL,
				 "somebody changed it meanwhile: read it again",
				 "ほかの人が先に変更しました。読み直してください");
	return ERR_OK;
}

static enum err apply_patch(struct ctx *c, const struct record *r, const struct json *patch,
			    struct record_draft *d, struct common_fields *f, struct why *why)
{
	struct json body, own_patch, rendered;
	enum err err = record_body(c, r, &body, why);

	if (!err && !json_is(patch, JSON_OBJECT))
		err = why_field(why, ERR_INVALID, "type", "", "the patch must be a JSON object",
				"JSONオブジェクトを送ってください");
	if (!err)
		err = record_render(c, r, &rendered, why);
	if (!err)
		err = common_take(c, d->type, patch, &rendered, f, &own_patch, why);
	if (err)
		return err;
	if (r->form != FORM_OWN) {
		const struct json *object = json_get_c(&own_patch, "object");

		for (size_t i = 0; i < json_count(&own_patch); i++)
			if (!str_eq(own_patch.members[i].key, STR("object")))
				return field_fault(c, why, "unknown_field",
						   arena_printf(c->arena, "/%.*s",
								STR_ARG(own_patch.members[i].key))
						       .p,
						   "is not a field of this type",
						   "この種類にない項目です");
		if (r->form == FORM_MISP && object)
			return why_field(
			    why, ERR_CONFLICT, "misp_original", "/object",
			    "came as MISP and is kept as it came: import the changed event instead",
			    "MISP形式のまま保存されています。変更した内容を取り込んでください");
		d->body = object ? json_merge(c->arena, &body, object) : body;
	} else {
		d->body = json_merge(c->arena, &body, &own_patch);
	}
	return ERR_OK;
}

static str json_text(struct ctx *c, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	return arena_str(c->arena, buf_str(&b));
}

enum err record_update(struct ctx *c, const struct record *r, const struct json *patch,
		       int32_t if_version, struct record *ret, struct why *why)
{
	struct write_set w;
	struct common_fields f = {0};
	const struct catalog_type *t = record_type(c, r);
	struct record_draft d = {
	    .type = t, .old = r, .team = r->team, .write = &w, .request = patch, .uid = r->uid};
	const struct record_rules *rules = record_rules(t->type);
	struct record_put put = {.key = r->key,
				 .expect_version = r->version,
				 .kind = "update",
				 .label = r->label,
				 .flags = r->flags};
	/* no gate: says which of two questions is asked below */
	bool foreign = r->team != c->actor->team && !c->actor->node && t->form == FORM_STIX &&
		       r->form == FORM_STIX;
	enum err err = check_match(r, if_version, why);

	if (!err)
		err = foreign ? verdict_err(policy_type(c->actor, t, "edit"), why)
			      : record_may_change(c, t, r, "edit", why); /* gate */
	if (!err)
		err = apply_patch(c, r, patch, &d, &f, why);
	if (!err)
		err = merged_label(c, r, &f, &d, why);
	if (err)
		return err;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	d.label_given = f.label_given;
	d.state = word_text(c->node->store, r->state);
	if (rules && rules->prepare)
		err = rules->prepare(c, &d, why);
	if (!err && r->form != FORM_MISP)
		err = draft_validate(c, &d, why);
	if (!err && (d.label_given || d.label_key) && !foreign) {
		err = draft_label(c, &d, r->team, &put.label, why);
		if (!err)
			err = keep_originator(c, r, &put.label, why);
	}
	if (!err && foreign)
		err = adopt(c, r, &put, why);
	if (err)
		return err;
	if (json_get_c(patch, "object")) /* now the holder says so himself */
		put.flags &= ~(uint32_t)RECORD_UNVERIFIED;
	if (t->form == FORM_STIX && r->form == FORM_STIX)
		put.flags = revoked_flag(put.flags, patch, &d.body);
	put.patch = json_text(c, patch);
	put.state = d.state.n ? d.state : STR_NULL;
	put.type = word_text(c->node->store, r->type);
	if (f.exercise_given)
		put.flags = f.exercise ? put.flags | RECORD_EXERCISE
				       : put.flags & ~(uint32_t)RECORD_EXERCISE;
	put.source_modified_us =
	    t->form == FORM_STIX ? stix_modified(&d.body) : r->source_modified_us;
	return draft_commit(c, &d, &put, ret, why);
}

/* The request of a step may carry the transition's fields and "reason"; anything else is named. */
static enum err step_fields(struct ctx *c, const struct catalog_transition *tr,
			    const struct json *request, struct json *patch, struct record_draft *d,
			    struct why *why)
{
	*patch = json_object();
	for (size_t i = 0; request && i < json_count(request); i++) {
		const struct json_member *m = &request->members[i];
		bool known = str_eq(m->key, STR("reason")) || str_eq(m->key, STR("hash"));

		if (str_eq(m->key, STR("reason")))
			d->why = json_str(&m->value);
		for (size_t k = 0; k < tr->n_fields && !known; k++)
			if (str_eq(tr->fields[k], m->key) || str_eq(tr->fields[k], STR("*"))) {
				json_set(c->arena, patch, m->key, m->value);
				known = true;
			}
		for (size_t k = 0; k < tr->n_required && !known; k++)
			if (str_eq(tr->required[k], m->key)) {
				json_set(c->arena, patch, m->key, m->value);
				known = true;
			}
		if (!known)
			return field_fault(c, why, "unknown_field",
					   arena_printf(c->arena, "/%.*s", STR_ARG(m->key)).p,
					   "is not a field of this step",
					   "この操作では指定できない項目です");
	}
	return ERR_OK;
}

static enum err step_reason(struct ctx *c, const struct catalog_transition *tr,
			    const struct record_draft *d, struct why *why)
{
	if (tr->reason && !str_trim(d->why).n)
		return field_fault(c, why, "required", "/reason", "a reason is required",
				   "理由を記入してください");
	return ERR_OK;
}

/* What a step requires may be a common field too ("tlp", "circles"): those stand beside the body.
 */
static enum err step_required(struct ctx *c, const struct record *r,
			      const struct catalog_transition *tr, struct record_draft *d,
			      struct why *why)
{
	static const char *const common[] = {"tlp", "circles"};
	struct json full = d->body, shown;
	enum err err = record_render(c, r, &shown, why);

	if (err)
		return err;
	full = json_copy(c->arena, &full);
	for (size_t i = 0; i < ARRAY_LEN(common); i++) {
		const struct json *v = json_get_c(&shown, common[i]);

		if (v && !json_get_c(&full, common[i]))
			json_set(c->arena, &full, str_c(common[i]), *v);
	}
	return catalog_require(c->arena, d->type, tr, &full, &c->faults, why);
}

static enum err step_once(struct ctx *c, const struct record *r, str transition,
			  const struct json *request, int32_t if_version, struct record *ret,
			  struct why *why)
{
	struct write_set w;
	const struct catalog_type *t = record_type(c, r);
	const struct catalog_transition *tr = NULL;
	struct record_draft d = {
	    .type = t, .old = r, .team = r->team, .write = &w, .request = request, .uid = r->uid};
	const struct record_rules *rules = record_rules(t->type);
	char *kind = arena_cstr(c->arena, transition);
	struct record_put put = {.key = r->key,
				 .expect_version = r->version,
				 .kind = kind,
				 .label = r->label,
				 .flags = r->flags};
	struct json body, patch;
	enum err err = if_version > 0 ? check_match(r, if_version, why) : ERR_OK;

	if (!err && !catalog_transition(t, transition))
		err = why_field(why, ERR_NOTFOUND, "no_such_step", NULL,
				"there is no such step for this type", "この種類にない操作です");
	if (!err)
		err = record_may_change(c, t, r, kind, why);
	if (!err)
		err = catalog_step(t, transition, word_text(c->node->store, r->state), &tr, why);
	if (!err)
		err = record_body(c, r, &body, why);
	if (!err)
		err = step_fields(c, tr, request, &patch, &d, why);
	if (!err)
		err = step_reason(c, tr, &d, why);
	if (err)
		return err;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	d.step = tr;
	d.state = tr->to;
	d.body = json_merge(c->arena, &body, &patch);
	if (rules && rules->prepare)
		err = rules->prepare(c, &d, why);
	if (!err)
		err = step_required(c, r, tr, &d, why);
	if (!err)
		err = draft_validate(c, &d, why);
	if (!err && (d.label_given || d.label_key))
		err = draft_label(c, &d, r->team, &put.label, why);
	if (err)
		return err;
	put.patch = json_text(c, &patch);
	put.state = d.state;
	return draft_commit(c, &d, &put, ret, why);
}

/* What a step writes along (a warning's deliveries) may have been written by a job meanwhile: then
 * it is done again on what stands now. A change of the record itself is the caller's to hear of. */
enum err record_step(struct ctx *c, const struct record *r, str transition,
		     const struct json *request, int32_t if_version, struct record *ret,
		     struct why *why)
{
	enum err err = step_once(c, r, transition, request, if_version, ret, why);

	for (int again = 0; err == ERR_STALE && again < STEPS_AGAIN; again++) {
		struct record now = {0};
		struct why unread = {0};

		if (store_read(c->node->store, c->arena, c->view, &r->key, 1, false, &now,
			       &unread) ||
		    now.version != r->version || (if_version > 0 && if_version != r->version))
			return err;
		*why = (struct why){0};
		err = step_once(c, r, transition, request, if_version, ret, why);
	}
	return err;
}
