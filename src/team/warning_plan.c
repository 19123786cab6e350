// SPDX-License-Identifier: Apache-2.0
/* Who would get a warning, who would not and why, and the hash an approval is bound to. */
#include <assert.h>

#include "base/codec.h"
#include "base/vec.h"
#include "team/warning_internal.h"

struct json *json_slot(struct arena *a, struct json *obj, const char *key)
{
	if (!json_is(json_get_c(obj, key), JSON_OBJECT))
		json_set(a, obj, str_c(key), json_object());
	else /* a copy of our own: the tree may share nodes with what was read */
		json_set(a, obj, str_c(key), json_copy(a, json_get_c(obj, key)));
	return (struct json *)(uintptr_t)json_get_c(obj, key);
}

void set_text(struct arena *a, struct json *obj, const char *key, str v)
{
	json_set(a, obj, str_c(key), json_string(v));
}

void set_i64(struct arena *a, struct json *obj, const char *key, int64_t v)
{
	json_set(a, obj, str_c(key), json_from_i64(a, v));
}

void set_time(struct arena *a, struct json *obj, const char *key, int64_t us)
{
	char *t = arena_alloc(a, TIME_TEXT);

	time_text(us, t);
	json_set(a, obj, str_c(key), json_string((str){t, TIME_TEXT}));
}

str hex_text(struct arena *a, struct digest d)
{
	BUF(b);

	hex_encode(&b, d.b, sizeof(d.b));
	return arena_str(a, buf_str(&b));
}

/* ---- the audience ---- */

enum mark { MARK_NONE, MARK_CIRCLE, MARK_SECTOR, MARK_NAMED, MARK_PERSON };
static const char *const mark_name[] = {"", "circle", "sector", "named", "person"};

struct audience {
	unsigned char *mark; /* per team of the directory */
	bool *excepted;
	bool has_except;
	const struct directory_person **people;
	size_t n_people;
};

static const struct directory_team *team_by_text(struct ctx *c, str text)
{
	return directory_team_named(c->dir, text);
}

static void mark_team(struct ctx *c, struct audience *a, const struct directory_team *t,
		      enum mark m)
{
	size_t i = (size_t)(t - c->dir->teams);

	if (a->mark[i] < (unsigned char)m)
		a->mark[i] = (unsigned char)m;
}

/* Whether the team may address a circle is asked once, where the label is made of it (plan_hash).
 */
static enum err mark_circles(struct ctx *c, const struct json *ids, struct audience *a,
			     struct label_spec *l, struct why *why)
{
	struct uuid *circles = arena_array(c->arena, struct uuid, json_count(ids) + 1);
	size_t n = 0;

	for (size_t i = 0; i < json_count(ids); i++) {
		const struct directory_circle *ci = NULL;
		struct uuid u;
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &u) == ERR_OK)
			ci = directory_circle_uid(c->dir, u);
		if (!ci)
			return field_fault(
			    c, why, "unknown_circle", "/circles",
			    "there is no such circle for your team",
			    "その共有サークルはありません（または参加していません）");
		circles[n++] = u;
		for (size_t k = 0; k < ci->n_teams; k++) {
			const struct directory_team *t = directory_team(c->dir, ci->teams[k]);

			if (t)
				mark_team(c, a, t, MARK_CIRCLE);
		}
	}
	l->circles = circles;
	l->n_circles = n;
	return ERR_OK;
}

static enum err mark_named(struct ctx *c, const struct json *whom, struct audience *a,
			   struct why *why)
{
	const struct json *teams = json_get_c(whom, "teams"),
			  *sectors = json_get_c(whom, "sectors");
	const struct json *except = json_get_c(whom, "except"),
			  *people = json_get_c(whom, "people");

	for (size_t i = 0; i < json_count(teams); i++) {
		const struct directory_team *t = team_by_text(c, json_str(json_at(teams, i)));

		if (!t)
			return field_fault(c, why, "unknown_team", "/whom/teams",
					   "holds a team that is not known here",
					   "登録されていないチームがあります");
		mark_team(c, a, t, MARK_NAMED);
	}
	for (size_t i = 0; i < json_count(sectors); i++)
		for (size_t k = 0; k < c->dir->n_teams; k++)
			if (c->dir->teams[k].sector.n &&
			    str_eq(c->dir->teams[k].sector, json_str(json_at(sectors, i))))
				mark_team(c, a, &c->dir->teams[k], MARK_SECTOR);
	a->people = arena_array(c->arena, const struct directory_person *, json_count(people) + 1);
	for (size_t i = 0; i < json_count(people); i++) {
		struct uuid u;
		str type;
		const struct directory_person *p =
		    id_parse(json_str(json_at(people, i)), &type, &u) == ERR_OK
			? directory_person_uid(c->dir, u)
			: NULL;
		const struct directory_team *t = p ? directory_team(c->dir, p->team) : NULL;

		if (!t)
			return field_fault(c, why, "unknown_person", "/whom/people",
					   "holds a person who is not known here",
					   "登録されていない担当者があります");
		a->people[a->n_people++] = p;
		mark_team(c, a, t, MARK_PERSON);
	}
	for (size_t i = 0; i < json_count(except); i++) {
		const struct directory_team *t = team_by_text(c, json_str(json_at(except, i)));

		if (!t)
			return field_fault(c, why, "unknown_team", "/whom/except",
					   "holds a team that is not known here",
					   "登録されていないチームがあります");
		a->excepted[t - c->dir->teams] = true;
		a->has_except = true;
	}
	return ERR_OK;
}

static size_t people_of(struct ctx *c, int64_t team, const struct audience *a, bool red)
{
	size_t n = 0;

	for (size_t i = 0; red && i < a->n_people; i++)
		n += a->people[i]->team == team;
	for (size_t i = 0; !red && i < c->dir->n_people; i++)
		n += c->dir->people[i].team == team;
	return n;
}

static void exclude(struct ctx *c, struct warning_plan *p, size_t *cap,
		    const struct directory_team *t, const char *code, const char *en,
		    const char *ja)
{
	VEC(struct warning_exclusion) v = {p->excluded, p->n_excluded, *cap};

	vec_add(
	    c->arena, &v,
	    (struct warning_exclusion){.team = t, .code = code, .text = {str_c(ja), str_c(en)}});
	p->excluded = v.p;
	p->n_excluded = v.n;
	*cap = v.cap;
}

/* Something that stands in the way of issuing, beside what the catalogue requires. */
static void missing(struct ctx *c, struct warning_plan *p, const char *pointer, const char *code,
		    str en, str ja)
{
	vec_add(c->arena, &p->missing,
		(struct catalog_fault){
		    .pointer = str_c(pointer), .code = str_c(code), .en = en, .ja = ja});
}

/* One row per team of the node that the writer may know of: it gets it, or it does not and here is
 * why. */
static void sort_teams(struct ctx *c, const struct audience *a, int64_t own, struct warning_plan *p)
{
	struct warning_recipient *rec =
	    arena_array(c->arena, struct warning_recipient, c->dir->n_teams + 1);
	bool red = p->label.tlp == TLP_RED;
	size_t cap = 0;

	for (size_t i = 0; i < c->dir->n_teams; i++) {
		const struct directory_team *t = &c->dir->teams[i];

		if (t->key == own)
			exclude(c, p, &cap, t, "own_team", "is your own team", "自チームです");
		else if (a->excepted[i])
			exclude(c, p, &cap, t, "excepted", "was left out by you",
				"宛先から除外されています");
		else if (red && a->mark[i] && a->mark[i] != MARK_PERSON)
			exclude(c, p, &cap, t, "tlp_red", "TLP:RED goes to named people only",
				"TLP:RED は名指しした個人にのみ届きます");
		else if (!a->mark[i] && p->open)
			exclude(c, p, &cap, t, "public",
				"is not addressed, but the warning is public: it can be read",
				"宛先ではありませんが、一般に公開されるため閲覧できます");
		else if (!a->mark[i])
			exclude(c, p, &cap, t, "not_in_audience", "is not in the audience",
				"宛先に含まれていません");
		else
			rec[p->n_recipients++] =
			    (struct warning_recipient){.team = t,
						       .people = people_of(c, t->key, a, red),
						       .reason = mark_name[a->mark[i]]};
	}
	p->recipients = rec;
}

/* Exceptions are taken out before the audience is written: then circles become the teams that
 * remain. */
static void spec_audience(struct ctx *c, const struct audience *a, struct warning_plan *p)
{
	struct label_spec *l = &p->label;
	struct uuid *teams = arena_array(c->arena, struct uuid, p->n_recipients + 1);
	struct uuid *people = arena_array(c->arena, struct uuid, a->n_people + 1);

	for (size_t i = 0; i < p->n_recipients; i++) {
		const struct warning_recipient *r = &p->recipients[i];
		bool by_circle = strcmp(r->reason, "circle") == 0;

		if (strcmp(r->reason, "person") != 0 && (!by_circle || a->has_except))
			teams[l->n_teams++] = r->team->uid;
	}
	for (size_t i = 0; i < a->n_people; i++)
		if (!a->excepted[directory_team(c->dir, a->people[i]->team) - c->dir->teams])
			people[l->n_people++] = a->people[i]->uid;
	l->teams = teams;
	l->people = people;
	if (a->has_except || l->tlp == TLP_RED)
		l->n_circles = 0;
	if (l->tlp == TLP_RED)
		l->n_teams = 0;
}

enum err warning_audience(struct ctx *c, const struct record *r, const struct json *body,
			  struct warning_plan *p, struct why *why)
{
	const struct json *handling = json_get_c(body, "handling");
	struct audience a = {.mark = arena_array(c->arena, unsigned char, c->dir->n_teams + 1),
			     .excepted = arena_array(c->arena, bool, c->dir->n_teams + 1)};
	int64_t own = outbox_team(c->dir, r->team);
	enum err err;

	p->label.has_tlp = tlp_parse(json_get_str(handling, "tlp"), &p->label.tlp) == ERR_OK;
	if (!p->label.has_tlp)
		p->label.tlp = TLP_AMBER_STRICT;
	err = mark_circles(c, json_get_c(handling, "circles"), &a, &p->label, why);
	if (!err)
		err = mark_named(c, json_get_c(body, "whom"), &a, why);
	if (err)
		return err;
	p->open = json_is(json_path(body, "whom", "public", NULL), JSON_TRUE);
	p->label.everyone = p->open && p->label.tlp == TLP_CLEAR && !a.has_except;
	if (p->open && p->label.tlp != TLP_CLEAR)
		missing(
		    c, p, "/whom/public", "not_clear",
		    STR("only TLP:CLEAR may be published: change the TLP, or do not publish it"),
		    STR("一般に公開できるのは TLP:CLEAR "
			"だけです。TLPを変えるか、公開をやめてください"));
	if (p->open && a.has_except)
		missing(c, p, "/whom/except", "public_except",
			STR("what everybody may read leaves nobody out"),
			STR("一般に公開する場合、除外する組織は指定できません"));
	sort_teams(c, &a, own, p);
	spec_audience(c, &a, p);
	p->label.has_tlp = true;
	return ERR_OK;
}

/* ---- what travels with it ---- */

static str value_of(struct ctx *c, const struct record *r)
{
	struct record_value *v = NULL;
	size_t n = 0;

	if (intel_record_values(c->arena, c->node->catalog, store_value_key(c->node->store), r, &v,
				&n, NULL) ||
	    !n)
		return record_title(c, r);
	return v[0].canonical;
}

static void judge(struct ctx *c, int64_t own, const struct warning_plan *p,
		  struct warning_carried *w)
{
	const struct label *l = label_get(c->node->store, w->record.label);
	const char *en = "goes along", *ja = "一緒に届きます";

	w->travels = true;
	if (outbox_team(c->dir, w->record.team) == own && l && l->originator == own) {
		if (l && l->tlp > p->label.tlp) {
			en = "goes along under the wider TLP of the warning";
			ja = "早期警戒情報の公開範囲（記録より広い）で届きます";
		}
	} else {
		for (size_t i = 0; i < p->n_recipients && w->travels; i++)
			w->travels = l && policy_forward(&c->dir->world, c->actor,
							 p->recipients[i].team->key, l, c->now_us)
					      .ok; /* gate */
		if (!w->travels) {
			en = "belongs to another team whose TLP does not allow it: remove it or "
			     "ask them";
			ja = "ほかのチームの情報で、TLPにより渡せません。外すか、提供元に依頼してく"
			     "ださい";
		}
	}
	w->text = (struct bilingual){str_c(ja), str_c(en)};
}

enum err warning_carried(struct ctx *c, const struct record *r, const struct json *body,
			 struct warning_plan *p, struct why *why)
{
	const struct json *ids = json_path(body, "what", "indicators", NULL);
	size_t n = json_count(ids);
	struct uuid *u = arena_array(c->arena, struct uuid, n + 1);
	struct record *found = arena_array(c->arena, struct record, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &u[i]))
			return field_fault(c, why, "format", "/what/indicators",
					   "holds something that is not an id",
					   "IDとして読めない値があります");
	}
	err = store_find(c->node->store, c->arena, c->view, u, n, true, found, why);
	if (err)
		return err;
	p->carried = arena_array(c->arena, struct warning_carried, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct warning_carried *w = &p->carried[p->n_carried];

		if (!found[i].key)
			return field_fault(c, why, "unknown_indicator", "/what/indicators",
					   "holds an indicator that you cannot see",
					   "閲覧できないインジケータが含まれています");
		w->record = found[i];
		w->value = value_of(c, &found[i]);
		judge(c, outbox_team(c->dir, r->team), p, w);
		p->n_carried++;
	}
	return ERR_OK;
}

/* ---- the plan ---- */

static enum err plan_hash(struct ctx *c, int64_t holder, struct warning_plan *p, struct why *why)
{
	const struct label *l;
	int64_t key;
	str audience;
	BUF(b);
	enum err err = record_label(c, &p->label, holder, &key, why);

	if (err)
		return err;
	l = label_get(c->node->store, key);
	if (!l)
		return why_set(why, ERR_IO, "the label just made is missing");
	err = label_canonical(c->node->store, c->arena, l, &audience);
	if (err)
		return err;
	buf_add(&b, STR("hikeshi/approval/v1\n"));
	err = json_canonical(c->arena, &b, &p->leaves);
	buf_add_char(&b, '\n');
	buf_add(&b, audience);
	p->hash = sha256(buf_str(&b));
	return err;
}

enum err warning_plan(struct ctx *c, const struct record *r, const struct json *body,
		      struct warning_plan *ret, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	const struct catalog_transition *issue = catalog_transition(t, STR("issue"));
	enum err err;

	*ret = (struct warning_plan){0};
	err = warning_audience(c, r, body, ret, why);
	if (!err)
		err = warning_carried(c, r, body, ret, why);
	if (err)
		return err;
	struct json full = json_copy(c->arena, body);
	const struct json *circles = json_path(body, "handling", "circles", NULL);

	set_text(c->arena, &full, "tlp", tlp_label(ret->label.tlp));
	if (circles)
		json_set(c->arena, &full, STR("circles"), *circles);
	if (issue && catalog_require(c->arena, t, issue, &full, &ret->missing, NULL))
		assert(ret->missing.n);
	ret->leaves = catalog_leaving(c->arena, t, body); /* gate */
	return plan_hash(c, outbox_team(c->dir, r->team), ret, why);
}

static void recipients_json(struct ctx *c, const struct warning_plan *p, struct json_out *o)
{
	jo_key(o, "recipients");
	jo_array(o);
	for (size_t i = 0; i < p->n_recipients; i++) {
		const struct warning_recipient *r = &p->recipients[i];

		jo_object(o);
		jo_kstr(o, "team", record_id(c, &r->team->record));
		jo_kstr(o, "name", r->team->name);
		jo_ki64(o, "people", (int64_t)r->people);
		jo_key(o, "channels");
		jo_array(o);
		jo_str(o, STR("inbox"));
		if (r->people && c->node->config.mail.url.n)
			jo_str(o, STR("mail"));
		jo_end(o);
		jo_kc(o, "reason", r->reason);
		jo_end(o);
	}
	jo_end(o);
}

static str said(struct ctx *c, struct bilingual b)
{
	return strcmp(c->lang, "ja") == 0 && b.ja.n ? b.ja : b.en;
}

/* What a team sees of other teams that get nothing: only names that the directory shows it anyway.
 */
static void excluded_json(struct ctx *c, const struct warning_plan *p, struct json_out *o)
{
	jo_key(o, "excluded");
	jo_array(o);
	for (size_t i = 0; i < p->n_excluded; i++) {
		const struct warning_exclusion *e = &p->excluded[i];

		jo_object(o);
		jo_kstr(o, "team", record_id(c, &e->team->record));
		jo_kstr(o, "name", e->team->name);
		jo_kc(o, "code", e->code);
		jo_kstr(o, "text", said(c, e->text));
		jo_end(o);
	}
	jo_end(o);
}

static void missing_json(struct ctx *c, const struct warning_plan *p, struct json_out *o)
{
	jo_key(o, "missing");
	jo_array(o);
	for (size_t i = 0; i < p->missing.n; i++) {
		const struct catalog_fault *f = &p->missing.p[i];

		jo_object(o);
		jo_kstr(o, "pointer", f->pointer);
		jo_kstr(o, "code", f->code);
		jo_kstr(o, "text", said(c, (struct bilingual){f->ja, f->en}));
		jo_end(o);
	}
	if (!p->n_recipients && !p->label.everyone) {
		jo_object(o);
		jo_kc(o, "pointer", "/whom");
		jo_kc(o, "code", "no_audience");
		jo_kstr(o, "text",
			said(c, (struct bilingual){
				    STR("宛先がありません"),
				    STR("nobody would get it: choose circles, teams or people")}));
		jo_end(o);
	}
	jo_end(o);
}

static void carried_json(struct ctx *c, const struct warning_plan *p, struct json_out *o)
{
	jo_key(o, "indicators");
	jo_array(o);
	for (size_t i = 0; i < p->n_carried; i++) {
		const struct warning_carried *w = &p->carried[i];

		jo_object(o);
		jo_kstr(o, "id", record_id(c, &w->record));
		jo_kstr(o, "value", w->value);
		jo_kbool(o, "travels", w->travels);
		jo_kstr(o, "text", said(c, w->text));
		jo_end(o);
	}
	jo_end(o);
}

enum err warning_preview(struct ctx *c, const struct record *r, struct json_out *o, struct why *why)
{
	struct json body;
	struct warning_plan p;
	enum err err = record_body(c, r, &body, why);

	if (!err && r->team != c->actor->team && !c->actor->node) /* gate */
		err = why_field(why, ERR_DENIED, "not_holder", NULL,
				"only the team that writes a warning sees its preview",
				"プレビューは作成したチームだけが閲覧できます");
	if (!err)
		err = warning_plan(c, r, &body, &p, why);
	if (err)
		return err;
	jo_object(o);
	jo_kstr(o, "hash", hex_text(c->arena, p.hash));
	jo_kstr(o, "tlp", tlp_label(p.label.tlp));
	jo_kbool(o, "public", p.label.everyone);
	recipients_json(c, &p, o);
	excluded_json(c, &p, o);
	missing_json(c, &p, o);
	carried_json(c, &p, o);
	jo_key(o, "view");
	jo_json(o, &p.leaves);
	jo_end(o);
	return ERR_OK;
}
