// SPDX-License-Identifier: Apache-2.0
/* What happens later: notices by mail (number, TLP, deadline, link; content only at TLP:CLEAR),
 * reminders, and the light that a new record throws on warnings received before. */
#include "team/others.h"
#include "team/warning_internal.h"

struct notice_text {
	const char *what;
	const char *ja, *en; /* subject's word */
	const char *ask_ja, *ask_en;
};
static const struct notice_text notices[] = {
    {"issued", "早期警戒情報", "Early warning", "内容を確認し、自組織の状況を回答してください。",
     "Please read it and answer how your organisation stands."},
    {"updated", "【訂正】早期警戒情報", "[Correction] Early warning",
     "内容が訂正されました。前の版への回答は古くなっています。確認して回答し直してください。",
     "It was corrected. Your earlier answer is outdated: please read it and answer again."},
    {"withdrawn", "【撤回】早期警戒情報", "[Withdrawn] Early warning",
     "撤回されました。含まれていたインジケータを遮断リスト等から外してください。",
     "It was withdrawn. Please take its indicators off your block lists."},
    {"reminder", "【回答のお願い】早期警戒情報", "[Reminder] Early warning",
     "まだ回答をいただいていません。確認して回答してください。",
     "You have not answered yet. Please read it and answer."},
};

static void mail_text(struct ctx *c, const struct notice_text *t, bool ja, str number,
		      const struct json *body, enum tlp tlp, int64_t ack_by, struct uuid warning,
		      str *ret_subject, str *ret_body)
{
	char u[UUID_TEXT], due[TIME_TEXT];
	const char *url = c->node->config.url ? c->node->config.url : "";
	str label = tlp_label(tlp), title = STR_NULL, summary = STR_NULL;

	uuid_text(warning, u);
	time_text(ack_by, due);
	if (tlp == TLP_CLEAR) {
		title = json_get_str(body, "title");
		summary = json_get_str(body, "summary");
	}
	*ret_subject =
	    arena_printf(c->arena, "[%.*s] %s %.*s%s%.*s", STR_ARG(label), ja ? t->ja : t->en,
			 STR_ARG(number), title.n ? " " : "", STR_ARG(title));
	*ret_body = arena_printf(
	    c->arena,
	    "%.*s\n\n%s %.*s%s%.*s\n%s%.16s UTC\n%s\n\n%s/warnings/" WARNING_TYPE
	    "--%.*s\n%s%.*s\n\n%.*s\n",
	    STR_ARG(label), ja ? t->ja : t->en, STR_ARG(number), title.n ? "\n" : "",
	    STR_ARG(title), ja ? "回答期限: " : "Answer by: ", due, ja ? t->ask_ja : t->ask_en, url,
	    UUID_TEXT, u, summary.n ? "\n" : "", STR_ARG(summary), STR_ARG(label));
}

static str mail_payload(struct ctx *c, str to, str language, str subject, str text, int64_t team,
			struct uuid delivery)
{
	struct json_out o;
	char u[UUID_TEXT];
	BUF(b);

	uuid_text(delivery, u);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "to", to);
	jo_kstr(&o, "language", language);
	jo_kstr(&o, "subject", subject);
	jo_kstr(&o, "body", text);
	jo_ki64(&o, "team", team);
	jo_kstr(&o, "delivery", (str){u, UUID_TEXT});
	jo_end(&o);
	return arena_str(c->arena, buf_str(&b));
}

void warning_mail(struct ctx *c, struct write_set *w, const struct directory_person *p, str number,
		  const struct json *body, enum tlp tlp, int64_t ack_by, struct uuid warning,
		  struct uuid delivery, const char *what)
{
	bool ja = str_eq(p->language, STR("ja"));
	str subject, text;

	for (size_t i = 0; i < ARRAY_LEN(notices); i++) {
		if (strcmp(notices[i].what, what) != 0)
			continue;
		mail_text(c, &notices[i], ja, number, body, tlp, ack_by, warning, &subject, &text);
		write_job(
		    w, "mail",
		    mail_payload(c, p->email, p->language, subject, text, c->actor->team, delivery),
		    c->now_us, NULL);
	}
}

/* ---- job: mail ---- */

static void delivery_state(struct node *n, struct arena *a, int64_t team, struct uuid uid,
			   const char *state, const char *reason)
{
	struct record d = {0};
	struct write_set w;
	struct why why = {0};

	if (!team || store_find_held(n->store, a, team, &uid, 1, true, &d, &why) || !d.key)
		return;
	struct json body;
	BUF(text);

	if (json_parse(a, d.body, NULL, &body, &why))
		return;
	set_text(a, &body, "reason", str_c(reason));
	json_write(&text, &body);
	struct record_put put = {.key = d.key,
				 .expect_version = d.version,
				 .label = d.label,
				 .state = str_c(state),
				 .body = buf_str(&text),
				 .kind = state,
				 .flags = d.flags};

	write_init(&w, a, 0, team);
	(void)write_put(&w, &put);
	if (store_commit(n->store, &w, NULL, &why))
		return; /* changed meanwhile: the newer state stands */
}

enum err warning_job_mail(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	struct json p;
	struct mail m;
	struct uuid delivery = {{0}};
	int64_t team;
	enum err err = json_parse(a, j->payload, NULL, &p, why);

	if (err)
		return err;
	m = (struct mail){.to = json_get_str(&p, "to"),
			  .subject = json_get_str(&p, "subject"),
			  .body = json_get_str(&p, "body"),
			  .language = json_get_str(&p, "language"),
			  .auto_submitted = true};
	team = json_get_i64(&p, "team", 0);
	if (uuid_parse(json_get_str(&p, "delivery"), &delivery))
		delivery = (struct uuid){{0}};
	if (!n->config.mail.url.n) {
		delivery_state(n, a, team, delivery, "suppressed", "no mail server is configured");
		return ERR_OK;
	}
	err = mail_send(&n->config.mail, &m, why);
	if (!err)
		delivery_state(n, a, team, delivery, "sent", "");
	else if (err == ERR_BUSY)
		delivery_state(n, a, team, delivery, "deferred", why ? why->text : "");
	else
		delivery_state(n, a, team, delivery, "bounced", why ? why->text : "");
	return err == ERR_INVALID || err == ERR_DENIED ? ERR_OK : err;
}

/* ---- job: warning.remind ---- */

bool warning_has_answered(struct ctx *c, const struct record *answers, size_t n, int64_t team,
			  int64_t edition)
{
	for (size_t i = 0; i < n; i++) {
		struct json b;

		if (answers[i].team == team && record_body(c, &answers[i], &b, NULL) == ERR_OK &&
		    json_get_i64(&b, "warning_version", 1) >= edition &&
		    !str_eq(word_text(c->node->store, answers[i].state), STR("no_answer")))
			return true;
	}
	return false;
}

bool warning_may_be_told(struct ctx *c, const struct directory_person *p, const struct label *l)
{
	const struct actor reader = {.account = p->account,
				     .person = p->key,
				     .team = p->team,
				     .role = ROLE_READER,
				     .scopes = SCOPE_ALL};

	return policy_decide(&c->dir->world, &reader, ACT_SEE, l, c->now_us).ok; /* gate */
}

/* One team that has not answered: its people are mailed, the delivery says so; at 150 percent it is
 * one for the telephone. */
static enum err remind_team(struct ctx *c, const struct record *warning, const struct json *body,
			    const struct label *l, const struct record *delivery, int64_t step,
			    struct write_set *w, struct why *why)
{
	struct json d, reminded = json_array();
	const struct directory_team *t;
	int64_t issued = c->now_us;
	BUF(text);
	enum err err = record_body(c, delivery, &d, why);

	if (err)
		return err;
	t = directory_team_named(c->dir, json_get_str(&d, "recipient"));
	if (!t)
		return ERR_OK;
	if (time_parse(json_str(json_path(body, "issued", "issued_at", NULL)), &issued))
		issued = c->now_us;
	for (size_t i = 0; i < json_count(json_get_c(&d, "reminded")); i++)
		json_add(c->arena, &reminded, *json_at(json_get_c(&d, "reminded"), i));
	json_add(c->arena, &reminded, json_from_i64(c->arena, step));
	json_set(c->arena, &d, STR("reminded"), reminded);
	json_write(&text, &d);
	struct record_put *put = arena_new(c->arena, struct record_put);

	*put = (struct record_put){.key = delivery->key,
				   .expect_version = delivery->version,
				   .label = delivery->label,
				   .flags = delivery->flags,
				   .body = arena_str(c->arena, buf_str(&text)),
				   .kind = step >= 150 ? "call" : "remind"};
	if (step >= 150)
		put->state = STR("call");
	(void)write_put(w, put);
	for (size_t i = 0; i < c->dir->n_people && step < 150 && c->node->config.mail.url.n; i++) {
		const struct directory_person *p = &c->dir->people[i];

		/* at 50 percent those who answer for the team; at 100 percent everybody */
		if (p->team == t->key && p->email.n && warning_may_be_told(c, p, l) &&
		    (step >= 100 || !str_eq(p->role, STR("reader"))))
			warning_mail(c, w, p, warning->number, body, l->tlp,
				     warning_ack_by(body, issued), warning->uid, (struct uuid){{0}},
				     "reminder");
	}
	return ERR_OK;
}

static enum err remind(struct ctx *c, struct uuid uid, int64_t edition, int64_t step,
		       struct why *why)
{
	struct record warning = {0}, copy = {0}, *deliveries = NULL, *answers = NULL;
	const struct directory_team *own = directory_team(c->dir, c->actor->team);
	const struct label *l;
	struct json body;
	struct write_set w;
	size_t n = 0, m = 0;
	enum err err =
	    store_find_held(c->node->store, c->arena, c->actor->team, &uid, 1, true, &warning, why);
	str state;

	if (err || !warning.key)
		return err;
	err = record_body(c, &warning, &body, why);
	state = word_text(c->node->store, warning.state);
	if (err || str_eq(state, STR("withdrawn")) || str_eq(state, STR("closed")) ||
	    json_get_i64(json_get_c(&body, "handling"), "edition", 0) != edition)
		return err;
	/* what is told is what is out, not a correction that is being written */
	err = own ? warning_issued_copy(c, own, uid, &copy, why) : ERR_OK;
	l = err || !copy.key ? NULL : label_get(c->node->store, copy.label);
	if (err || !l)
		return err;
	err = record_body(c, &copy, &body, why);
	if (!err)
		err = record_linked(c, uid, "delivery", &deliveries, &n, why);
	if (!err)
		err = record_linked(c, uid, "answers", &answers, &m, why);
	write_init(&w, c->arena, 0, c->actor->team);
	size_t asked = 0;

	for (size_t i = 0; i < n && !err; i++) {
		struct json d;
		const struct directory_team *t;

		err = record_body(c, &deliveries[i], &d, why);
		/* no gate: the actor is the job; it asks about its own team's deliveries only */
		if (err || deliveries[i].team != c->actor->team ||
		    !str_eq(json_get_str(&d, "channel"), STR("inbox")))
			continue;
		t = directory_team_named(c->dir, json_get_str(&d, "recipient"));
		if (!t || warning_has_answered(c, answers, m, t->key, edition))
			continue;
		asked++;
		err = remind_team(c, &warning, &body, l, &deliveries[i], step, &w, why);
	}
	if (!err && asked)
		err = store_commit(c->node->store, &w, NULL, why);
	return err;
}

enum err warning_job_remind(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	struct json p;
	struct uuid uid;
	struct actor actor;
	struct ctx c;
	enum err err = json_parse(a, j->payload, NULL, &p, why);

	if (!err && uuid_parse(json_get_str(&p, "warning"), &uid))
		err = why_set(why, ERR_INVALID, "the job names no warning");
	if (err)
		return err;
	actor = node_actor(n, json_get_i64(&p, "team", 0));
	ctx_init(&c, n, a, &actor);
	err = remind(&c, uid, json_get_i64(&p, "edition", 0), json_get_i64(&p, "step", 0), why);
	ctx_done(&c);
	return err;
}

/* ---- job: warning.expire ---- */

enum err warning_job_expire(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	struct json p, body;
	struct uuid uid;
	struct actor actor;
	struct record w = {0}, now;
	struct ctx c;
	int64_t until = 0;
	enum err err = json_parse(a, j->payload, NULL, &p, why);

	if (!err && uuid_parse(json_get_str(&p, "warning"), &uid))
		err = why_set(why, ERR_INVALID, "the job names no warning");
	if (err)
		return err;
	actor = node_actor(n, json_get_i64(&p, "team", 0));
	ctx_init(&c, n, a, &actor);
	err = store_find_held(n->store, a, actor.team, &uid, 1, true, &w, why);
	if (!err && w.key)
		err = record_body(&c, &w, &body, why);
	/* a correction may have given it more time, and has a job of its own then */
	if (!err && w.key && str_eq(word_text(n->store, w.state), STR("issued")) &&
	    time_parse(json_str(json_path(&body, "when", "valid_until", NULL)), &until) == ERR_OK &&
	    until <= c.now_us)
		err = record_step(&c, &w, STR("expire"), NULL, 0, &now, why);
	ctx_done(&c);
	return err;
}

/* ---- light ---- */

#define LIGHT_VALUES 1000 /* of one record */
#define LIGHT_HITS 50

/* Other warnings than the team's own may carry the value too. */
static bool sees(struct node *n, struct arena *a, const struct view *v, int64_t key)
{
	struct record w = {0};

	return store_read(n->store, a, v, &key, 1, false, &w, NULL) == ERR_OK && w.key;
}

static void light_links(struct node *n, struct arena *a, const struct view *v, int64_t team,
			const struct record *hit)
{
	struct link *links = NULL;
	size_t count = 0;

	if (store_links_to(n->store, a, &hit->uid, 1, &links, &count, NULL))
		return;
	for (size_t i = 0; i < count && i < LIGHT_HITS; i++)
		if (str_eq(links[i].relation, STR("vouches")) && sees(n, a, v, links[i].src_key))
			others_notify_team(n, team, "warnings.concerns", links[i].src,
					   STR(WARNING_TYPE));
}

void warning_light_up(struct node *n, int64_t team, const uint64_t *hashes, size_t count)
{
	ARENA(a, 0);
	/* any member stands for the team; people named by TLP:RED hear of it when they look */
	struct actor actor = {
	    .account = -1, .team = team, .role = ROLE_READER, .scopes = SCOPE_ALL};
	const struct view *v;
	struct value_hit *hits;

	if (!count || !team)
		return;
	count = count > LIGHT_VALUES ? LIGHT_VALUES : count;
	hits = arena_array(&a, struct value_hit, count);
	v = policy_view_get(n->policy, &actor, ACT_SEE); /* gate */
	if (store_lookup(n->store, &a, v, hashes, count, 0, NULL, 0, LIGHT_HITS, hits, NULL) ==
	    ERR_OK) {
		for (size_t i = 0; i < count; i++) {
			struct record *r = arena_array(&a, struct record, hits[i].n + 1);

			if (!hits[i].n ||
			    store_read(n->store, &a, v, hits[i].keys, hits[i].n, false, r, NULL))
				continue;
			for (size_t k = 0; k < hits[i].n; k++)
				if (r[k].key && r[k].team != team)
					light_links(n, &a, v, team, &r[k]);
		}
	}
	policy_view_put(n->policy, v);
}
