// SPDX-License-Identifier: Apache-2.0
/* The working copy of a warning: what its states allow, who approves, and what each step does. */
#include "base/vec.h"
#include "team/account.h"
#include "team/warning_internal.h"

const struct directory_team *warning_issuer(struct ctx *c, const struct record *r,
					    bool *ret_issued_copy)
{
	const struct directory_team *t = directory_team(c->dir, r->team);

	*ret_issued_copy = t && t->outbox == r->team;
	return t;
}

enum err warning_issued_copy(struct ctx *c, const struct directory_team *team, struct uuid uid,
			     struct record *ret, struct why *why)
{
	*ret = (struct record){0};
	return store_find_held(c->node->store, c->arena, team->outbox, &uid, 1, true, ret, why);
}

int64_t warning_ack_by(const struct json *body, int64_t issued_us)
{
	static const struct {
		str urgency;
		int64_t hours;
	} rows[] = {{STR_INIT("emergency"), 24},
		    {STR_INIT("high"), 72},
		    {STR_INIT("medium"), 14 * 24},
		    {STR_INIT("low"), 30 * 24}};
	int64_t t;

	if (time_parse(json_str(json_path(body, "when", "ack_by", NULL)), &t) == ERR_OK)
		return t;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(json_get_str(body, "urgency"), rows[i].urgency))
			return issued_us + rows[i].hours * 3600 * US_PER_S;
	return issued_us + 72 * 3600 * US_PER_S;
}

/* ---- handling: what was decided ---- */

/* tlp and circles of the request are those of the audience; the working copy itself is the team's
 * own until it is issued. */
static void take_audience(struct ctx *c, struct record_draft *d, struct json *h)
{
	struct arena *a = c->arena;

	if (d->label.has_tlp && (d->label_given || !d->old) && !(d->old && d->step))
		set_text(a, h, "tlp", tlp_label(d->label.tlp));
	if (d->label.circles && d->label_given) {
		struct json arr = json_array();

		for (size_t i = 0; i < d->label.n_circles; i++) {
			char u[UUID_TEXT];

			uuid_text(d->label.circles[i], u);
			json_add(
			    a, &arr,
			    json_string(arena_printf(a, "x-hikeshi-circle--%.*s", UUID_TEXT, u)));
		}
		json_set(a, h, STR("circles"), arr);
	}
}

static void add_author(struct ctx *c, struct json *h)
{
	struct json arr = json_array();
	const struct json *was = json_get_c(h, "authors");

	for (size_t i = 0; i < json_count(was); i++) {
		int64_t n = 0;

		if (json_i64(json_at(was, i), &n) == ERR_OK && n == c->actor->account)
			return;
		json_add(c->arena, &arr, *json_at(was, i));
	}
	json_add(c->arena, &arr, json_from_i64(c->arena, c->actor->account));
	json_set(c->arena, h, STR("authors"), arr);
}

static bool is_author(const struct json *h, int64_t account)
{
	const struct json *was = json_get_c(h, "authors");

	for (size_t i = 0; i < json_count(was); i++) {
		int64_t n = 0;

		if (json_i64(json_at(was, i), &n) == ERR_OK && n == account)
			return true;
	}
	return false;
}

static void drop_approval(struct json *h)
{
	json_del(h, STR("approved_hash"));
	json_del(h, STR("approved_by"));
	json_del(h, STR("approved_at"));
	json_del(h, STR("approved_alone"));
}

/* Editing sends an approved or submitted text back to its draft; what is issued is corrected by
 * "update" first. */
static enum err edited_state(struct record_draft *d, struct why *why)
{
	static const struct {
		str from, to;
	} rows[] = {
	    {STR_INIT("draft"), STR_INIT("draft")},
	    {STR_INIT("review"), STR_INIT("draft")},
	    {STR_INIT("approved"), STR_INIT("draft")},
	    {STR_INIT("updating"), STR_INIT("updating")},
	    {STR_INIT("updating_review"), STR_INIT("updating")},
	    {STR_INIT("updating_approved"), STR_INIT("updating")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(d->state, rows[i].from)) {
			d->state = rows[i].to;
			return ERR_OK;
		}
	return why_field(
	    why, ERR_CONFLICT, "issued", NULL,
	    "an issued warning is changed by a correction: use the step 'update' first",
	    "発行済みの早期警戒情報は「訂正」から変更してください");
}

/* ---- steps ---- */

static enum err faults_of(struct ctx *c, const struct warning_plan *p, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < p->missing.n; i++) {
		const struct catalog_fault *f = &p->missing.p[i];

		if (c->faults.n < 32)
			vec_add(c->arena, &c->faults, *f);
		err = why_field(why, ERR_UNPROCESSABLE, arena_cstr(c->arena, f->code),
				arena_cstr(c->arena, f->pointer), arena_cstr(c->arena, f->en),
				arena_cstr(c->arena, f->ja));
	}
	if (!err && !p->n_recipients && !p->label.everyone)
		err =
		    field_fault(c, why, "no_audience", "/whom",
				"nobody would get it: choose circles, teams or people",
				"宛先がありません。サークル、チーム、または担当者を選んでください");
	for (size_t i = 0; i < p->n_carried && !err; i++)
		if (!p->carried[i].travels)
			err = field_fault(c, why, "cannot_travel", "/what/indicators",
					  "holds an indicator of another team whose TLP does not "
					  "allow it: remove it or ask them",
					  "ほかのチームのTLPで渡せないインジケータがあります。外す"
					  "か、提供元に依頼してください");
	return err;
}

static enum err plan_now(struct ctx *c, struct record_draft *d, struct warning_plan *p,
			 struct why *why)
{
	enum err err = warning_plan(c, d->old, &d->body, p, why);

	return err ? err : faults_of(c, p, why);
}

static enum err step_approve(struct ctx *c, struct record_draft *d, struct json *h, struct why *why)
{
	struct warning_plan p;
	str seen = json_get_str(d->request, "hash"), hash;
	bool alone = is_author(h, c->actor->account);
	enum err err = plan_now(c, d, &p, why);

	if (err)
		return err;
	hash = hex_text(c->arena, p.hash);
	if (seen.n && !str_eq(seen, hash))
		return why_field(
		    why, ERR_CONFLICT, "changed", NULL,
		    "text or audience changed since you looked: read the preview again",
		    "確認した後に本文か宛先が変わりました。もう一度確認してください");
	if (alone && !str_trim(d->why).n)
		return why_field(why, ERR_DENIED, "four_eyes", "/reason",
				 "who writes does not approve: ask another person, or give a "
				 "reason if you are alone on duty",
				 "作成者は承認できません。別の人が承認するか、一人で当番の場合は理"
				 "由を記入してください");
	set_text(c->arena, h, "approved_hash", hash);
	set_i64(c->arena, h, "approved_by", c->actor->account);
	set_time(c->arena, h, "approved_at", c->now_us);
	if (alone)
		json_set(c->arena, h, STR("approved_alone"), json_from_bool(true));
	return ERR_OK;
}

static enum err step_issue(struct ctx *c, struct record_draft *d, struct json *h, struct why *why)
{
	struct warning_plan p;
	enum err err = plan_now(c, d, &p, why);

	if (err)
		return err;
	if (!str_eq(json_get_str(h, "approved_hash"), hex_text(c->arena, p.hash)))
		return why_field(
		    why, ERR_CONFLICT, "approval_outdated", NULL,
		    "text or audience is not what was approved: submit it for approval again",
		    "承認された内容と本文または宛先が異なります。もう一度承認を受けてください");
	set_i64(c->arena, h, "edition", json_get_i64(h, "edition", 0) + 1);
	set_time(c->arena, h, "issued_at", c->now_us);
	json_set(c->arena, h, STR("authors"), json_array());
	return ERR_OK;
}

static enum err step_prepare(struct ctx *c, struct record_draft *d, struct json *h, struct why *why)
{
	struct warning_plan p;
	str step = d->step->name;

	if (str_eq(step, STR("submit"))) {
		add_author(c, h);
		drop_approval(h);
		return plan_now(c, d, &p, why);
	}
	if (str_eq(step, STR("approve")))
		return step_approve(c, d, h, why);
	if (str_eq(step, STR("issue")))
		return step_issue(c, d, h, why);
	if (str_eq(step, STR("update"))) {
		drop_approval(h);
		add_author(c, h);
	}
	if (str_eq(step, STR("return")))
		drop_approval(h);
	if (str_eq(step, STR("withdraw"))) {
		set_time(c->arena, h, "withdrawn_at", c->now_us);
		set_text(c->arena, h, "withdrawn_reason", d->why);
	}
	return ERR_OK;
}

static enum err default_who(struct ctx *c, struct record_draft *d)
{
	const struct directory_team *t = directory_team(c->dir, c->actor->team);
	struct json *who = json_slot(c->arena, &d->body, "who");

	if (!json_get_str(who, "author").n && c->actor->name.n)
		set_text(c->arena, who, "author", c->actor->name);
	if (!json_get_str(who, "contact").n && t && t->email.n)
		set_text(c->arena, who, "contact", t->email);
	if (!json_count(who))
		json_del(&d->body, STR("who"));
	return ERR_OK;
}

/* The working copy is for the team alone, whatever the audience will be; of TLP:RED for those who
 * write it, the leads, and the team's own among the people named. */
static struct label_spec working_label(struct ctx *c, const struct record_draft *d,
				       const struct json *h)
{
	const struct label *was = d->old ? label_get(c->node->store, d->old->label) : NULL;
	const struct json *named = json_path(&d->body, "whom", "people", NULL);
	const struct directory_person *p = directory_person(c->dir, c->actor->person);
	struct label_spec s = {.has_tlp = true, .tlp = TLP_AMBER_STRICT};
	const struct uuid *leads;
	VEC(struct uuid) people = {0};
	size_t n;
	enum tlp tlp;

	if (tlp_parse(json_get_str(h, "tlp"), &tlp) || tlp != TLP_RED)
		return s;
	account_leads(c->arena, c->dir, d->team, &leads, &n);
	for (size_t i = 0; i < n; i++)
		vec_add(c->arena, &people, leads[i]);
	if (p)
		vec_add(c->arena, &people, p->uid);
	for (size_t i = 0; was && i < was->n_people; i++)
		if ((p = directory_person(c->dir, was->people[i].person)))
			vec_add(c->arena, &people, p->uid);
	for (size_t i = 0; i < json_count(named); i++) {
		struct uuid u;
		str type;

		p = id_parse(json_str(json_at(named, i)), &type, &u) == ERR_OK
			? directory_person_uid(c->dir, u)
			: NULL;
		if (p && p->team == d->team)
			vec_add(c->arena, &people, p->uid);
	}
	s.tlp = TLP_RED;
	s.people = people.p;
	s.n_people = people.n;
	return s;
}

static enum err warning_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	static const char *const ours[] = {"handling", "issued"};
	struct json *h;
	enum err err = ERR_OK;

	/* nobody writes these but this module */
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (json_get_c(d->request, ours[i]))
			return field_fault(c, why, "read_only",
					   arena_printf(c->arena, "/%s", ours[i]).p,
					   "is set by the server and cannot be changed",
					   "サーバーが設定する項目のため変更できません");
	d->body = json_copy(c->arena, &d->body);
	if (!d->old)
		err = default_who(c, d);
	h = json_slot(c->arena, &d->body, "handling");
	take_audience(c, d, h);
	if (!json_get_str(h, "tlp").n)
		set_text(c->arena, h, "tlp", STR("TLP:AMBER"));
	if (d->step) {
		err = err ? err : step_prepare(c, d, h, why);
	} else {
		if (d->old)
			err = edited_state(d, why);
		add_author(c, h);
		drop_approval(h);
	}
	d->label = working_label(c, d, h);
	d->label_given = true;
	return err;
}

static enum err warning_committing(struct ctx *c, struct record_draft *d, struct why *why)
{
	if (!d->step) {
		const struct json *inc = json_get_c(&d->body, "incident");
		struct uuid uid;
		str type;

		if (id_parse(json_str(inc), &type, &uid) == ERR_OK)
			write_link(d->write, d->old ? d->old->key : -1 - (int64_t)d->put,
				   STR("incident"), uid);
		return ERR_OK;
	}
	if (str_eq(d->step->name, STR("issue")))
		return warning_issue(c, d, why);
	if (str_eq(d->step->name, STR("close")) || str_eq(d->step->name, STR("expire")))
		return warning_end(c, d, why);
	if (str_eq(d->step->name, STR("withdraw")))
		return warning_withdraw(c, d, why);
	return ERR_OK;
}

/* ---- what readers see besides ---- */

static enum err render_issued(struct ctx *c, const struct record *r, const struct json *body,
			      struct json *out, struct why *why)
{
	const struct json *issued = json_get_c(body, "issued");
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("assessments"));
	const struct directory_team *own = directory_team(c->dir, c->actor->team);
	struct record a = {0};
	struct json answer = json_null(), ab;
	struct uuid uid;
	enum err err;

	for (size_t i = 0; i < json_count(issued); i++)
		json_set(c->arena, out, issued->members[i].key, issued->members[i].value);
	if (!own || !t)
		return ERR_OK;
	const struct label *l = label_get(c->node->store, r->label);
	const struct label to = l ? warning_addressed(l) : (struct label){0};
	char u[UUID_TEXT];

	if (l && l->everyone)
		json_set(c->arena, out, STR("addressed"),
			 json_from_bool(ctx_team_sees(c, own, &to))); /* no gate: it is read */

	uuid_text(own->uid, u);
	uid = uuid_v5(r->uid, (str){u, UUID_TEXT});
	err = store_find_held(c->node->store, c->arena, c->actor->team, &uid, 1, true, &a, why);
	if (err || !a.key)
		return err;
	err = record_body(c, &a, &ab, why);
	if (err)
		return err;
	answer = json_object();
	set_text(c->arena, &answer, "state", word_text(c->node->store, a.state));
	set_i64(c->arena, &answer, "edition", json_get_i64(&ab, "warning_version", 1));
	json_set(c->arena, &answer, STR("outdated"),
		 json_from_bool(json_get_i64(&ab, "warning_version", 1) <
				json_get_i64(issued, "edition", 1)));
	set_time(c->arena, &answer, "at", a.modified_us);
	json_set(c->arena, out, STR("answer"), answer);
	return ERR_OK;
}

static enum err warning_render(struct ctx *c, const struct record *r, struct json *out,
			       struct why *why)
{
	static const char *const shown[] = {"edition",        "issued_at",    "approved_at",
					    "approved_alone", "withdrawn_at", "withdrawn_reason"};
	struct json body;
	const struct json *h;
	bool issued;
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	(void)warning_issuer(c, r, &issued);
	json_del(out, STR("handling"));
	json_del(out, STR("issued"));
	if (issued)
		return render_issued(c, r, &body, out, why);
	h = json_get_c(&body, "handling");
	if (json_get_c(h, "tlp"))
		json_set(c->arena, out, STR("tlp"), *json_get_c(h, "tlp"));
	if (json_get_c(h, "circles"))
		json_set(c->arena, out, STR("circles"), *json_get_c(h, "circles"));
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		if (json_get_c(h, shown[i]))
			json_set(c->arena, out, str_c(shown[i]), *json_get_c(h, shown[i]));
	return ERR_OK;
}

const struct record_rules warning_rules = {.type = WARNING_TYPE,
					   .prepare = warning_prepare,
					   .committing = warning_committing,
					   .render = warning_render};
