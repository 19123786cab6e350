// SPDX-License-Identifier: Apache-2.0
/* A warning of a team that works elsewhere has arrived: its recipients here are told by mail and
 * reminded by this node, since nobody else knows their people; and what becomes of the issuer's
 * deliveries to teams that work elsewhere. */
#include "team/warning_internal.h"

/* "TEAM EW-2026-0001": a foreign number is told with its team. */
static str foreign_number(struct ctx *c, int64_t team, const struct json *body)
{
	const struct directory_team *t = directory_team(c->dir, team);
	str name = t ? (t->short_name.n ? t->short_name : t->name) : STR_NULL;

	return arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(name), name.n ? " " : "",
			    STR_ARG(json_get_str(body, "number")));
}

/* but: the label of another text, whose readers hear of that; NULL: none. */
static void mail_readers(struct ctx *c, struct write_set *w, const struct label *l,
			 const struct label *but, const struct json *body, struct uuid uid,
			 int64_t team, const char *what)
{
	int64_t issued = c->now_us;

	if (!c->node->config.mail.url.n)
		return;
	if (time_parse(json_str(json_path(body, "issued", "issued_at", NULL)), &issued))
		issued = c->now_us;
	for (size_t i = 0; i < c->dir->n_people; i++) {
		const struct directory_person *p = &c->dir->people[i];

		if ((!team || p->team == team) && p->team != l->originator && p->email.n &&
		    warning_may_be_told(c, p, l) && !(but && warning_may_be_told(c, p, but)))
			warning_mail(c, w, p, foreign_number(c, l->originator, body), body, l->tlp,
				     warning_ack_by(body, issued), uid, (struct uuid){{0}}, what);
	}
}

/* What is for the public can be read by all, and asks nothing of who is not addressed besides. */
struct label warning_addressed(const struct label *l)
{
	struct label to = *l;

	to.everyone = false;
	return to;
}

static void nudge_jobs(struct ctx *c, struct write_set *w, const struct json *body, struct uuid uid,
		       int64_t holder, int64_t edition)
{
	int64_t issued = c->now_us, span;
	char u[UUID_TEXT];

	uuid_text(uid, u);
	if (time_parse(json_str(json_path(body, "issued", "issued_at", NULL)), &issued))
		issued = c->now_us;
	span = warning_ack_by(body, issued) - issued;
	for (int step = 50; step <= 100 && span > 0; step += 50) {
		int64_t at = issued + span / 100 * step;
		str payload = arena_printf(
		    c->arena, "{\"holder\":%lld,\"warning\":\"%.*s\",\"edition\":%lld,\"step\":%d}",
		    (long long)holder, UUID_TEXT, u, (long long)edition, step);
		str name = arena_printf(c->arena, "nudge/%.*s/%d", UUID_TEXT, u, step);

		write_job(w, "warning.nudge", payload, at > c->now_us ? at : c->now_us, name.p);
	}
}

/* What it vouches for, so that a later record lights it up. */
static void vouch_links(struct write_set *w, int64_t src, const struct json *body, bool withdrawn)
{
	const struct json *ids = json_path(body, "what", "indicators", NULL);

	for (size_t i = 0; i < json_count(ids); i++) {
		struct uuid uid;
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &uid) != ERR_OK)
			continue;
		if (withdrawn)
			write_unlink(w, src, STR("vouches"), uid);
		else
			write_link(w, src, STR("vouches"), uid);
	}
}

/* Since when the node's team is not where it was before (setting of exchange/move.h); 0: always
 * here. */
static int64_t moved_here(struct ctx *c)
{
	struct json v;
	str text;

	return setting_get(c->node->store, c->arena, STR("move_in"), &text, NULL) == ERR_OK &&
		       json_parse(c->arena, text, NULL, &v, NULL) == ERR_OK
		   ? json_get_i64(&v, "at", 0)
		   : 0;
}

/* What the team was told of where it came from is no news here: it arrives once more over the first
 * link. Who has not answered it is reminded all the same. */
static bool told_before(struct ctx *c, const struct json *body)
{
	int64_t moved = moved_here(c), issued;

	return moved &&
	       time_parse(json_str(json_path(body, "issued", "issued_at", NULL)), &issued) ==
		   ERR_OK &&
	       issued < moved;
}

void warning_taken_back(struct ctx *c, struct write_set *w, const struct record *r,
			const struct json *body)
{
	const struct label *l = label_get(c->node->store, r->label);

	vouch_links(w, r->key, body, true);
	if (l) {
		const struct label to = warning_addressed(l);

		mail_readers(c, w, &to, NULL, body, r->uid, 0, "withdrawn");
	}
}

void warning_arrived(struct ctx *c, struct write_set *w, int64_t src, const struct json *body,
		     const struct label *l, struct uuid uid, str state,
		     const struct warning_before *before)
{
	int64_t edition = json_get_i64(json_get_c(body, "issued"), "edition", 1);
	bool withdrawn = str_eq(state, STR("withdrawn"));
	const struct label to = warning_addressed(l);

	vouch_links(w, src, body, withdrawn);
	if (before->stood) {
		const struct label had = warning_addressed(before->label);

		mail_readers(c, w, &had, l, before->body, uid, 0, "withdrawn");
	}
	if (withdrawn) {
		if (before->edition)
			mail_readers(c, w, &to, NULL, body, uid, 0, "withdrawn");
		return;
	}
	if (!str_eq(state, STR("issued")) || edition <= before->edition)
		return;
	if (!told_before(c, body))
		mail_readers(c, w, &to, NULL, body, uid, 0, before->edition ? "updated" : "issued");
	nudge_jobs(c, w, body, uid, l->holder, edition);
}

/* ---- job: warning.nudge ---- */

static enum err nudge(struct ctx *c, int64_t holder, struct uuid uid, int64_t edition,
		      struct why *why)
{
	struct record r = {0}, *answers = NULL;
	const struct label *l;
	struct write_set w;
	struct json body;
	size_t n = 0;
	enum err err = store_find_held(c->node->store, c->arena, holder, &uid, 1, true, &r, why);

	if (err || !r.key || !str_eq(word_text(c->node->store, r.state), STR("issued")))
		return err;
	l = label_get(c->node->store, r.label);
	err = record_body(c, &r, &body, why);
	if (!err)
		err = record_linked(c, uid, "answers", &answers, &n, why);
	if (err || !l || json_get_i64(json_get_c(&body, "issued"), "edition", 1) != edition)
		return err;
	const struct label to = warning_addressed(l);

	write_init(&w, c->arena, 0, c->node->home_team);
	for (size_t i = 0; i < c->dir->n_teams; i++) {
		const struct directory_team *t = &c->dir->teams[i];

		if (t->peer || !ctx_team_sees(c, t, &to)) /* gate */
			continue;
		if (!warning_has_answered(c, answers, n, t->key, edition))
			mail_readers(c, &w, &to, NULL, &body, uid, t->key, "reminder");
	}
	return store_commit(c->node->store, &w, NULL, why);
}

enum err warning_job_nudge(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	struct actor actor = node_actor(n, 0);
	struct json p;
	struct uuid uid;
	struct ctx c;
	enum err err = json_parse(a, j->payload, NULL, &p, why);

	if (!err && uuid_parse(json_get_str(&p, "warning"), &uid))
		err = why_set(why, ERR_INVALID, "the job names no warning");
	if (err)
		return err;
	ctx_init(&c, n, a, &actor);
	err = nudge(&c, json_get_i64(&p, "holder", 0), uid, json_get_i64(&p, "edition", 0), why);
	ctx_done(&c);
	return err;
}

/* ---- the issuer's deliveries to teams that work elsewhere ---- */

enum err warning_reached(struct node *n, struct arena *a, int64_t issuer, struct uuid warning,
			 struct uuid recipient, const char *state, struct why *why)
{
	struct uuid uid = warning_delivery_uid(warning, "inbox", recipient);
	struct record d = {0};
	struct write_set w;
	enum err err = store_find_held(n->store, a, issuer, &uid, 1, false, &d, why);
	str was = word_text(n->store, d.state);

	/* it only ever gets nearer: queued, sent, delivered, opened */
	if (err || !d.key || str_eq(was, str_c(state)) ||
	    !(str_eq(was, STR("queued")) ||
	      (str_eq(was, STR("sent")) && strcmp(state, "delivered") == 0)))
		return err;
	struct record_put put = {.key = d.key,
				 .expect_version = d.version,
				 .label = d.label,
				 .state = str_c(state),
				 .kind = state,
				 .flags = d.flags};

	write_init(&w, a, 0, issuer);
	(void)write_put(&w, &put);
	return store_commit(n->store, &w, NULL, why);
}
