// SPDX-License-Identifier: Apache-2.0
/* Issuing, correcting and withdrawing: the issued copy in the outbox, the indicators it vouches
 * for, deliveries, notices, reminders; all of it in the write set of the step, so that it happens
 * entirely or not at all. */
#include "team/warning_internal.h"
#include "team/withdrawal.h"

#define NOT_CARRIED "訂正により対象外 / the correction carries it no more"
#define TAKEN_BACK "発信元による撤回 / withdrawn by its originator"

struct uuid warning_delivery_uid(struct uuid parent, const char *kind, struct uuid of)
{
	char text[64], u[UUID_TEXT];
	int n;

	uuid_text(of, u);
	n = snprintf(text, sizeof(text), "%s/%.*s", kind, UUID_TEXT, u);
	return uuid_v5(parent, (str){text, n > 0 && (size_t)n < sizeof(text) ? (size_t)n : 0});
}

/* ---- the issued copy ---- */

static enum err put_copy(struct ctx *c, struct record_draft *d, const struct directory_team *own,
			 const struct record *was, const struct json *copy, int64_t label,
			 str state, const char *kind, size_t *ret, struct why *why)
{
	struct record_put *put = arena_new(c->arena, struct record_put);
	enum err err;

	*put = (struct record_put){.key = was->key,
				   .expect_version = was->version,
				   .uid = d->uid,
				   .type = STR(WARNING_TYPE),
				   .team = own->outbox,
				   .label = label,
				   .state = state,
				   .kind = kind,
				   .why = d->why,
				   .number = d->old->number,
				   .flags = d->old->flags & RECORD_EXERCISE};
	err = record_fill_put(c, d->type, copy, put, why);
	if (!err)
		*ret = write_put(d->write, put);
	return err;
}

static struct json issued_copy(struct ctx *c, struct record_draft *d, const struct warning_plan *p)
{
	struct json copy = json_copy(c->arena, &p->leaves), *issued;
	const struct json *h = json_get_c(&d->body, "handling");
	struct json empty = json_object();

	json_set(c->arena, &copy, STR("issued"), empty);
	issued = (struct json *)(uintptr_t)json_get_c(&copy, "issued");
	set_text(c->arena, &copy, "number", d->old->number);
	set_i64(c->arena, issued, "edition", json_get_i64(h, "edition", 1));
	set_text(c->arena, issued, "issued_at", json_get_str(h, "issued_at"));
	set_time(c->arena, issued, "ack_by", warning_ack_by(&d->body, c->now_us));
	return copy;
}

/* ---- indicators it vouches for ---- */

/* The label under which all live warnings but one vouch for an id, joined into *l; *ret_any tells
 * whether there is one. */
static enum err other_vouchers(struct ctx *c, const struct directory_team *own, struct uuid uid,
			       struct uuid except, struct label *l, bool *ret_any, struct why *why)
{
	struct link *links = NULL;
	size_t n = 0;
	enum err err = store_links_to(c->node->store, c->arena, &uid, 1, &links, &n, why);

	*ret_any = false;
	for (size_t i = 0; i < n && !err; i++) {
		struct record w = {0};
		const struct label *wl;
		struct label joined;
		/* sees all: no reader, whether another warning still vouches */
		struct view all = {.all = true};

		if (!str_eq(links[i].relation, STR("vouches")) || uuid_eq(links[i].src, except))
			continue;
		err = store_read(c->node->store, c->arena, &all, &links[i].src_key, 1, false, &w,
				 why);
		if (err || !w.key || w.team != own->outbox ||
		    str_eq(word_text(c->node->store, w.state), STR("withdrawn")))
			continue;
		wl = label_get(c->node->store, w.label);
		if (!wl)
			continue;
		*ret_any = true;
		/* audiences add up, the TLP is the strictest: each was approved for its own
		 * audience */
		size_t nc = l->n_circles + wl->n_circles, nt = l->n_teams + wl->n_teams,
		       np = l->n_people + wl->n_people;
		struct label_circle *cs = arena_array(c->arena, struct label_circle, nc + 1);
		int64_t *ts = arena_array(c->arena, int64_t, nt + 1);
		struct label_person *ps = arena_array(c->arena, struct label_person, np + 1);

		joined = *l;
		joined.n_circles = joined.n_teams = joined.n_people = 0;
		for (size_t k = 0; k < nc; k++)
			cs[joined.n_circles++] =
			    k < l->n_circles ? l->circles[k] : wl->circles[k - l->n_circles];
		for (size_t k = 0; k < nt; k++)
			ts[joined.n_teams++] =
			    k < l->n_teams ? l->teams[k] : wl->teams[k - l->n_teams];
		for (size_t k = 0; k < np; k++)
			ps[joined.n_people++] =
			    k < l->n_people ? l->people[k] : wl->people[k - l->n_people];
		joined.circles = cs;
		joined.teams = ts;
		joined.people = ps;
		joined.everyone = l->everyone || wl->everyone; /* as far as the TLP lets it */
		joined.tlp = wl->tlp > l->tlp ? wl->tlp : l->tlp;
		*l = joined;
	}
	return err;
}

static enum err vouch_one(struct ctx *c, struct record_draft *d, const struct directory_team *own,
			  const struct record *src, int64_t label, int64_t copy,
			  struct relabelling *moved, struct why *why)
{
	struct record held = {0};
	struct label l = *label_get(c->node->store, label);
	struct record_put *put = arena_new(c->arena, struct record_put);
	const struct catalog_type *t = record_type(c, src);
	struct json body;
	bool any;
	enum err err =
	    store_find_held(c->node->store, c->arena, own->outbox, &src->uid, 1, false, &held, why);

	if (!err)
		err = other_vouchers(c, own, src->uid, d->uid, &l, &any, why);
	if (!err)
		err = record_body(c, src, &body, why);
	if (err)
		return err;
	l.key = 0;
	*put = (struct record_put){.key = held.key,
				   .expect_version = held.version,
				   .uid = src->uid,
				   .type = word_text(c->node->store, src->type),
				   .team = own->outbox,
				   .body = src->body,
				   .form = src->form,
				   .kind = "vouch",
				   .source_modified_us = src->source_modified_us,
				   .flags = src->flags & RECORD_EXERCISE,
				   .text = catalog_text(c->arena, t, &body)};
	err = label_intern(c->node->store, &l, 1, &put->label, why);
	if (!err)
		err = draft_values(c, t, src->form, &body, put, why);
	if (err)
		return err;
	if (held.key)
		relabelling_add(c, moved, &held, put->label);
	(void)write_put(d->write, put);
	write_link(d->write, copy, STR("vouches"), src->uid);
	return ERR_OK;
}

/* Revokes what the warning vouched for and no other live one does: the outbox holding and the
 * team's own. Otherwise the audience shrinks to that of the others. keep: ids still carried. */
static enum err unvouch(struct ctx *c, struct record_draft *d, const struct directory_team *own,
			const struct record *copy, const struct warning_plan *keep,
			struct taking_back *back, struct relabelling *moved, struct why *why)
{
	struct link *links = NULL;
	size_t n = 0;
	enum err err = copy->key
			   ? store_links(c->node->store, c->arena, &copy->key, 1, &links, &n, why)
			   : ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		const int64_t holders[] = {own->outbox, own->key};
		struct label l = {.originator = own->key, .holder = own->outbox};
		bool kept = false, any = false;

		if (!str_eq(links[i].relation, STR("vouches")))
			continue;
		for (size_t k = 0; keep && k < keep->n_carried && !kept; k++)
			kept = uuid_eq(keep->carried[k].record.uid, links[i].dst);
		if (kept)
			continue;
		write_unlink(d->write, copy->key, STR("vouches"), links[i].dst);
		err = other_vouchers(c, own, links[i].dst, d->uid, &l, &any, why);
		for (size_t k = 0; k < ARRAY_LEN(holders) && !err; k++) {
			struct record held = {0};
			struct record_put *put = arena_new(c->arena, struct record_put);

			err = store_find_held(c->node->store, c->arena, holders[k], &links[i].dst,
					      1, false, &held, why);
			if (err || !held.key || (any && k == 1))
				continue;
			*put = (struct record_put){.key = held.key,
						   .expect_version = held.version,
						   .label = held.label,
						   .kind = any ? "relabel" : "revoke",
						   .flags = any ? held.flags
								: held.flags | RECORD_REVOKED,
						   .why = d->why};
			if (any)
				err = label_intern(c->node->store, &l, 1, &put->label, why);
			if (!err && any)
				relabelling_add(c, moved, &held, put->label);
			else if (!err)
				taking_back_name(c, back, word_text(c->node->store, held.type),
						 held.uid);
			if (!err)
				(void)write_put(d->write, put);
		}
	}
	return err;
}

/* ---- deliveries and notices ---- */

static struct json delivery_body(struct ctx *c, struct record_draft *d,
				 const struct directory_team *t, const char *channel,
				 const char *state)
{
	struct json b = json_object();
	char u[UUID_TEXT];

	uuid_text(d->uid, u);
	set_text(c->arena, &b, "warning",
		 arena_printf(c->arena, WARNING_TYPE "--%.*s", UUID_TEXT, u));
	set_text(c->arena, &b, "recipient", record_id(c, &t->record));
	set_text(c->arena, &b, "channel", str_c(channel));
	set_text(c->arena, &b, "reason", str_c(state));
	set_i64(c->arena, &b, "warning_version",
		json_get_i64(json_get_c(&d->body, "handling"), "edition", 1));
	return b;
}

static enum err put_delivery(struct ctx *c, struct record_draft *d, struct uuid uid,
			     struct json *body, const char *state, int64_t label, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(DELIVERY_TYPE));
	struct record_put *put = arena_new(c->arena, struct record_put);
	struct record held = {0};
	enum err err =
	    store_find_held(c->node->store, c->arena, c->actor->team, &uid, 1, false, &held, why);

	if (err)
		return err;
	*put = (struct record_put){.key = held.key,
				   .expect_version = held.version,
				   .uid = uid,
				   .type = STR(DELIVERY_TYPE),
				   .team = d->team,
				   .label = label,
				   .state = str_c(state),
				   .kind = "deliver"};
	err = record_fill_put(c, t, body, put, why);
	put->text = STR_NULL;
	put->n_values = 0;
	if (err)
		return err;
	size_t i = write_put(d->write, put);

	write_link(d->write, held.key ? held.key : -1 - (int64_t)i, STR("delivery"), d->uid);
	return ERR_OK;
}

static bool person_gets(const struct warning_plan *p, const struct directory_person *d)
{
	if (p->label.tlp != TLP_RED)
		return true;
	for (size_t i = 0; i < p->label.n_people; i++)
		if (uuid_eq(p->label.people[i], d->uid))
			return true;
	return false;
}

/* text: what is issued, not what is being written. */
static enum err deliver_mails(struct ctx *c, struct record_draft *d, const struct warning_plan *p,
			      const struct directory_team *t, int64_t label, const char *what,
			      const struct json *text, struct why *why)
{
	bool mail = c->node->config.mail.url.n > 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < c->dir->n_people && !err; i++) {
		const struct directory_person *q = &c->dir->people[i];
		struct json b;
		struct uuid uid;

		if (q->team != t->key || !q->email.n || !person_gets(p, q))
			continue;
		uid = warning_delivery_uid(d->uid, "mail", q->uid);
		b = delivery_body(c, d, t, "mail", mail ? "" : "no mail server is configured");
		err = put_delivery(c, d, uid, &b, mail ? "queued" : "suppressed", label, why);
		if (mail && !err)
			warning_mail(c, d->write, q, d->old->number, text, p->label.tlp,
				     warning_ack_by(text, c->now_us), d->uid, uid, what);
	}
	return err;
}

static enum err deliver(struct ctx *c, struct record_draft *d, const struct warning_plan *p,
			const char *what, const struct json *text, struct why *why)
{
	int64_t label;
	enum err err = record_label(c, &d->label, d->team, &label, why); /* as the working copy */

	for (size_t i = 0; i < p->n_recipients && !err; i++) {
		const struct directory_team *t = p->recipients[i].team;
		struct json b = delivery_body(c, d, t, "inbox", p->recipients[i].reason);

		err = put_delivery(c, d, warning_delivery_uid(d->uid, "inbox", t->uid), &b,
				   t->peer ? "queued" : "delivered", label, why);
		if (!err)
			err = deliver_mails(c, d, p, t, label, what, text, why);
	}
	return err;
}

static void remind_jobs(struct ctx *c, struct record_draft *d)
{
	static const int steps[] = {50, 100, 150};
	int64_t edition = json_get_i64(json_get_c(&d->body, "handling"), "edition", 1);
	int64_t span = warning_ack_by(&d->body, c->now_us) - c->now_us;
	char u[UUID_TEXT];

	uuid_text(d->uid, u);
	if (span < 0)
		span = 0;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		str payload = arena_printf(
		    c->arena, "{\"team\":%lld,\"warning\":\"%.*s\",\"edition\":%lld,\"step\":%d}",
		    (long long)d->team, UUID_TEXT, u, (long long)edition, steps[i]);
		str name = arena_printf(c->arena, "remind/%.*s/%d", UUID_TEXT, u, steps[i]);

		write_job(d->write, "warning.remind", payload, c->now_us + span / 100 * steps[i],
			  name.p);
	}
}

/* When it is valid no longer it is marked so, here and at its recipients. */
static void expire_job(struct ctx *c, struct record_draft *d)
{
	int64_t until;
	char u[UUID_TEXT];

	if (time_parse(json_str(json_path(&d->body, "when", "valid_until", NULL)), &until))
		return;
	uuid_text(d->uid, u);
	str payload = arena_printf(c->arena, "{\"team\":%lld,\"warning\":\"%.*s\"}",
				   (long long)d->team, UUID_TEXT, u);
	str name = arena_printf(c->arena, "expire/%.*s", UUID_TEXT, u);

	write_job(d->write, "warning.expire", payload, until > c->now_us ? until : c->now_us,
		  name.p);
}

void warning_schedule(struct ctx *c, struct record_draft *d)
{
	remind_jobs(c, d);
	expire_job(c, d);
}

/* Takes back for all whom it was ever delivered to, whether they are in the audience or not. What
 * a person said of the text that is out is for those alone who may read that; they have it with
 * it. */
static enum err taking_back_delivered(struct ctx *c, struct record_draft *d,
				      const struct directory_team *own, struct taking_back *back,
				      struct why *why)
{
	const struct directory_team **teams = NULL;
	size_t n = 0;
	enum err err = warning_delivered(c, d->uid, own->key, 0, &teams, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		taking_back_team(c, back, teams[i]->key);
		if (teams[i]->peer && back->was &&
		    !ctx_team_sees(c, teams[i], back->was)) /* gate */
			back->why = STR(TAKEN_BACK);
	}
	return err;
}

/* The people of this node who could read what was out and cannot read what is: what is gone from
 * their list was withdrawn for them. */
static enum err tell_those_left(struct ctx *c, struct record_draft *d,
				const struct directory_team *own, const struct record *was,
				int64_t label, struct why *why)
{
	const struct label *before = label_get(c->node->store, was->label),
			   *now = label_get(c->node->store, label);
	struct json body;
	enum err err = was->key ? record_body(c, was, &body, why) : ERR_OK;

	if (err || !was->key || !before || !now || !c->node->config.mail.url.n ||
	    was->label == label)
		return err;
	const struct label to = warning_addressed(before);

	for (size_t i = 0; i < c->dir->n_people; i++) {
		const struct directory_person *p = &c->dir->people[i];
		const struct directory_team *t = directory_team(c->dir, p->team);

		if (t && !t->peer && t != own && p->email.n && warning_may_be_told(c, p, &to) &&
		    !warning_may_be_told(c, p, now))
			warning_mail(c, d->write, p, d->old->number, &body, before->tlp,
				     warning_ack_by(&body, c->now_us), d->uid, (struct uuid){{0}},
				     "withdrawn");
	}
	return ERR_OK;
}

/* What the correction carries no more goes from whoever has had it; what is for other readers now,
 * from those who are not among them. */
static enum err narrow(struct ctx *c, struct record_draft *d, const struct directory_team *own,
		       const struct record *was, struct taking_back *back,
		       struct relabelling *moved, struct why *why)
{
	enum err err = ERR_OK;

	if (back->names.n) {
		back->was = label_get(c->node->store, was->label);
		err = taking_back_delivered(c, d, own, back, why);
	}
	if (!err)
		err = withdrawal_write(c, d->write, back, why);
	return err ? err : relabelling_write(c, d->write, moved, why);
}

/* Who was sent the edition that is out: those of before have been told by the correction they got
 * no more. */
static enum err sent_last(struct ctx *c, const struct directory_team *own, const struct record *was,
			  struct relabelling *moved, struct why *why)
{
	const struct directory_team **teams = NULL;
	struct json body;
	enum err err = record_body(c, was, &body, why);

	if (!err)
		err = warning_delivered(c, was->uid, own->key,
					json_get_i64(json_get_c(&body, "issued"), "edition", 1),
					&teams, &moved->n_had, why);
	moved->had = teams;
	return err;
}

enum err warning_issue(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct directory_team *own = directory_team(c->dir, d->team);
	struct taking_back back = {.team = d->team, .why = STR(NOT_CARRIED)};
	struct relabelling moved = {.team = d->team};
	struct warning_plan p;
	struct record was;
	int64_t label, copy_ref;
	size_t i = 0;
	enum err err;

	if (!own)
		return why_set(why, ERR_IO, "the issuing team is not in the directory");
	err = warning_plan(c, d->old, &d->body, &p, why);
	if (!err)
		err = record_label(c, &p.label, own->outbox, &label, why);
	if (!err)
		err = warning_issued_copy(c, own, d->uid, &was, why);
	if (!err && was.key)
		err = sent_last(c, own, &was, &moved, why);
	if (err)
		return err;
	struct json copy = issued_copy(c, d, &p);

	err = put_copy(c, d, own, &was, &copy, label, STR("issued"), was.key ? "update" : "issue",
		       &i, why);
	copy_ref = was.key ? was.key : -1 - (int64_t)i;
	if (!err)
		err = unvouch(c, d, own, &was, &p, &back, &moved, why);
	if (!err && was.key)
		relabelling_add(c, &moved, &was, label);
	for (size_t k = 0; k < p.n_carried && !err; k++)
		err = vouch_one(c, d, own, &p.carried[k].record, label, copy_ref, &moved, why);
	if (!err)
		err = narrow(c, d, own, &was, &back, &moved, why);
	if (!err)
		err = deliver(c, d, &p, was.key ? "updated" : "issued", &d->body, why);
	if (!err)
		err = tell_those_left(c, d, own, &was, label, why);
	if (!err)
		warning_schedule(c, d);
	return err;
}

/* A withdrawal goes to whom the warning was delivered, under the label it was issued with: a
 * correction that is being written has no readers yet. */
static enum err withdrawn_plan(struct ctx *c, struct record_draft *d,
			       const struct directory_team *own, const struct record *was,
			       struct warning_plan *p, struct why *why)
{
	const struct label *l = label_get(c->node->store, was->label);
	const struct directory_team **teams = NULL;
	struct warning_recipient *r;
	size_t n = 0;
	enum err err = warning_delivered(c, d->uid, own->key, 0, &teams, &n, why);

	if (err)
		return err;
	if (!l)
		return why_set(why, ERR_IO, "the label of an issued warning is missing");
	*p = (struct warning_plan){0};
	label_spec_of(c, l, &p->label);
	r = arena_array(c->arena, struct warning_recipient, n + 1);
	for (size_t i = 0; i < n; i++)
		r[i] = (struct warning_recipient){.team = teams[i], .reason = "delivered"};
	p->recipients = r;
	p->n_recipients = n;
	return ERR_OK;
}

enum err warning_withdraw(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct directory_team *own = directory_team(c->dir, d->team);
	struct taking_back back = {.team = d->team, .why = d->why};
	struct relabelling moved = {.team = d->team};
	struct record was;
	struct json body;
	const struct directory_team **had = NULL;
	struct warning_plan p;
	size_t i;
	enum err err;

	if (!own)
		return why_set(why, ERR_IO, "the issuing team is not in the directory");
	err = warning_issued_copy(c, own, d->uid, &was, why);
	if (!err && !was.key)
		err = why_field(why, ERR_CONFLICT, "not_issued", NULL, "it was never issued",
				"まだ発行されていません");
	if (!err)
		err = record_body(c, &was, &body, why);
	if (err)
		return err;
	struct json copy = json_copy(c->arena, &body),
		    *issued = json_slot(c->arena, &copy, "issued");

	set_time(c->arena, issued, "withdrawn_at", c->now_us);
	set_text(c->arena, issued, "withdrawn_reason", d->why);
	taking_back_name(c, &back, STR(WARNING_TYPE), d->uid);
	err = put_copy(c, d, own, &was, &copy, was.label, STR("withdrawn"), "withdraw", &i, why);
	if (!err)
		err = warning_delivered(c, d->uid, own->key, 0, &had, &moved.n_had, why);
	moved.had = had;
	if (!err)
		err = unvouch(c, d, own, &was, NULL, &back, &moved, why);
	if (!err)
		err = narrow(c, d, own, &was, &back, &moved, why);
	if (!err)
		err = withdrawn_plan(c, d, own, &was, &p, why);
	return err ? err : deliver(c, d, &p, "withdrawn", &body, why);
}

/* Closed or expired: recipients see it so and are not asked any more; what it vouched for stands.
 */
enum err warning_end(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct directory_team *own = directory_team(c->dir, d->team);
	struct record was;
	struct json body;
	size_t i;
	enum err err;

	if (!own)
		return why_set(why, ERR_IO, "the issuing team is not in the directory");
	err = warning_issued_copy(c, own, d->uid, &was, why);
	if (err || !was.key) /* closed before it was ever issued */
		return err;
	err = record_body(c, &was, &body, why);
	return err ? err : put_copy(c, d, own, &was, &body, was.label, d->state, "close", &i, why);
}
