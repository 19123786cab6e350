// SPDX-License-Identifier: Apache-2.0
/* What comes back: answers of teams, deliveries, the telephone list, what concerns the
 * reader, what changed between editions. */
#include "base/vec.h"
#include "team/undo.h"
#include "team/warning_internal.h"

enum err warning_issuer_only(struct ctx *c, const struct record *r, struct why *why)
{
	if (!c->actor->node && r->team != c->actor->team) /* gate */
		return why_field(why, ERR_DENIED, "not_holder", NULL,
				 "only the issuing team sees this",
				 "発行したチームだけが閲覧できます");
	return ERR_OK;
}

/* The answer of one team, newest; NULL without one. What is linked but no answer does not count. */
const struct record *warning_answer_of(struct ctx *c, const struct record *answers, size_t n,
				       int64_t team)
{
	for (size_t i = 0; i < n; i++)
		if (answers[i].team == team &&
		    str_eq(word_text(c->node->store, answers[i].type), STR(ASSESSMENT_TYPE)))
			return &answers[i];
	return NULL;
}

static bool counts_as_answer(str state)
{
	return state.n && !str_eq(state, STR("no_answer"));
}

static int64_t edition_of(const struct json *b)
{
	return json_get_i64(b, "warning_version", 1);
}

static str state_of(struct ctx *c, const struct record *r)
{
	return word_text(c->node->store, r->state);
}

enum err warning_deliveries(struct ctx *c, const struct record *r, struct json_out *o,
			    struct why *why)
{
	struct record *d = NULL;
	size_t n = 0;
	enum err err = warning_issuer_only(c, r, why);

	if (!err)
		err = record_linked(c, r->uid, "delivery", &d, &n, why);
	if (err)
		return err;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < n && !err; i++) {
		struct json b;

		err = record_body(c, &d[i], &b, why);
		if (err)
			break;
		jo_object(o);
		jo_kstr(o, "team", json_get_str(&b, "recipient"));
		jo_kstr(o, "channel", json_get_str(&b, "channel"));
		jo_kstr(o, "state", word_text(c->node->store, d[i].state));
		jo_ktime(o, "at", d[i].modified_us);
		jo_kstr(o, "reason", json_get_str(&b, "reason"));
		jo_ki64(o, "edition", edition_of(&b));
		jo_end(o);
	}
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return err;
}

/* The reader's own answer and the counts, small numbers hidden so that nobody can be inferred. */
static void counts_json(struct json_out *o, int64_t recipients, int64_t answered, int64_t affected)
{
	jo_key(o, "counts");
	jo_object(o);
	jo_key(o, "recipients");
	if (recipients >= 5)
		jo_i64(o, recipients);
	else
		jo_null(o);
	jo_key(o, "answered");
	if (answered >= 5)
		jo_i64(o, answered);
	else
		jo_null(o);
	jo_key(o, "affected");
	if (affected >= 5)
		jo_i64(o, affected);
	else
		jo_null(o);
	jo_kbool(o, "suppressed", answered < 5 || affected < 5);
	jo_end(o);
}

static enum err answer_json(struct ctx *c, const struct record *a, const struct directory_team *t,
			    int64_t edition, struct json_out *o, struct why *why)
{
	struct json b = json_object();
	enum err err = a ? record_body(c, a, &b, why) : ERR_OK;

	if (err)
		return err;
	jo_object(o);
	jo_kstr(o, "team", record_id(c, &t->record));
	jo_kstr(o, "name", t->name);
	jo_kstr(o, "state", a ? state_of(c, a) : STR("no_answer"));
	jo_key(o, "count");
	if (json_get_c(&b, "count"))
		jo_json(o, json_get_c(&b, "count"));
	else
		jo_null(o);
	jo_kstr(o, "comment", json_get_str(&b, "comment"));
	jo_ktime(o, "at", a ? a->modified_us : TIME_NONE);
	jo_ki64(o, "edition", a ? edition_of(&b) : 0);
	jo_kbool(o, "outdated", a && edition_of(&b) < edition);
	jo_kstr(o, "id", a ? record_id(c, a) : STR(""));
	jo_end(o);
	return ERR_OK;
}

/* The edition that is out: of the issued copy, or of the working copy's handling. */
static int64_t edition_out(const struct json *body)
{
	const struct json *issued = json_get_c(body, "issued");

	return json_get_i64(issued ? issued : json_get_c(body, "handling"), "edition", 0);
}

/* Teams an inbox delivery exists for, by the issuer's records. */
enum err warning_delivered(struct ctx *c, struct uuid warning, int64_t issuer, int64_t edition,
			   const struct directory_team ***ret, size_t *ret_n, struct why *why)
{
	struct record *d = NULL;
	size_t n = 0, m = 0;
	enum err err = record_linked(c, warning, "delivery", &d, &n, why);
	const struct directory_team **t =
	    arena_array(c->arena, const struct directory_team *, n + 1);

	for (size_t i = 0; i < n && !err; i++) {
		struct json b;

		err = record_body(c, &d[i], &b, why);
		if (err || d[i].team != issuer ||
		    !str_eq(word_text(c->node->store, d[i].type), STR(DELIVERY_TYPE)) ||
		    !str_eq(json_get_str(&b, "channel"), STR("inbox")) ||
		    (edition && json_get_i64(&b, "warning_version", 1) != edition))
			continue;
		t[m] = directory_team_named(c->dir, json_get_str(&b, "recipient"));
		m += t[m] != NULL;
	}
	*ret = t;
	*ret_n = m;
	return err;
}

static enum err recipient_assessments(struct ctx *c, const struct record *r, struct json_out *o,
				      struct why *why)
{
	struct actor node = node_actor(
	    c->node, directory_team(c->dir, r->team) ? directory_team(c->dir, r->team)->key : 0);
	const struct directory_team **teams = NULL;
	struct record *all = NULL, *mine = NULL;
	size_t n_all = 0, n_mine = 0, n_teams = 0;
	int64_t affected = 0, answered = 0;
	struct ctx whole;
	struct json body;
	enum err err = record_linked(c, r->uid, "answers", &mine, &n_mine, why);

	if (!err)
		err = record_body(c, r, &body, why);
	if (err)
		return err;
	/* counts are of the issuer's view; nothing but the suppressed numbers leaves this block */
	ctx_init(&whole, c->node, c->arena, &node);
	err = warning_delivered(&whole, r->uid, node.team, 0, &teams, &n_teams, why);
	if (!err)
		err = record_linked(&whole, r->uid, "answers", &all, &n_all, why);
	for (size_t i = 0; i < n_teams && !err; i++) {
		const struct record *one = warning_answer_of(&whole, all, n_all, teams[i]->key);
		str state = one ? state_of(&whole, one) : STR_NULL;

		answered += counts_as_answer(state);
		affected += str_eq(state, STR("affected")) || str_eq(state, STR("compromised"));
	}
	ctx_done(&whole);
	if (err)
		return err;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	const struct directory_team *own = directory_team(c->dir, c->actor->team);
	const struct record *a = warning_answer_of(c, mine, n_mine, c->actor->team);

	if (own && a)
		err = answer_json(c, a, own, edition_out(&body), o, why);
	jo_end(o);
	counts_json(o, (int64_t)n_teams, answered, affected);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return err;
}

enum err warning_assessments(struct ctx *c, const struct record *r, struct json_out *o,
			     struct why *why)
{
	const struct directory_team **teams = NULL;
	struct record *answers = NULL;
	size_t n = 0, m = 0;
	struct json body;
	enum err err;

	if (r->team != c->actor->team && !c->actor->node) /* gate */
		return recipient_assessments(c, r, o, why);
	err = record_body(c, r, &body, why);
	if (!err)
		err =
		    warning_delivered(c, r->uid, outbox_team(c->dir, r->team), 0, &teams, &n, why);
	if (!err)
		err = record_linked(c, r->uid, "answers", &answers, &m, why);
	if (err)
		return err;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < n && !err; i++)
		err = answer_json(c, warning_answer_of(c, answers, m, teams[i]->key), teams[i],
				  edition_out(&body), o, why);
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return err;
}

enum err warning_calls(struct ctx *c, const struct record *r, struct json_out *o, struct why *why)
{
	const struct directory_team **teams = NULL;
	struct record *answers = NULL;
	struct json body;
	size_t n = 0, m = 0;
	int64_t issued = 0, due;
	enum err err = warning_issuer_only(c, r, why);

	if (!err)
		err = record_body(c, r, &body, why);
	if (!err)
		err =
		    warning_delivered(c, r->uid, outbox_team(c->dir, r->team), 0, &teams, &n, why);
	if (!err)
		err = record_linked(c, r->uid, "answers", &answers, &m, why);
	if (err)
		return err;
	if (time_parse(json_str(json_path(&body, "handling", "issued_at", NULL)), &issued))
		issued = c->now_us;
	due = issued + (warning_ack_by(&body, issued) - issued) / 2 * 3;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < n && c->now_us >= due; i++) {
		const struct record *a = warning_answer_of(c, answers, m, teams[i]->key);
		struct json b = json_object();

		if (a && record_body(c, a, &b, NULL) == ERR_OK &&
		    counts_as_answer(state_of(c, a)) && edition_of(&b) >= edition_out(&body))
			continue;
		jo_object(o);
		jo_kstr(o, "team", record_id(c, &teams[i]->record));
		jo_kstr(o, "name", teams[i]->name);
		jo_kstr(o, "contact", teams[i]->email);
		jo_kstr(o, "phone", teams[i]->phone);
		jo_kstr(o, "hours", teams[i]->phone_hours);
		jo_ktime(o, "due", due);
		jo_kc(o, "reason", a ? "outdated" : "no_answer");
		jo_end(o);
	}
	jo_end(o);
	jo_ktime(o, "from", due);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return ERR_OK;
}

/* ---- what concerns the reader ---- */

static void concern_json(struct ctx *c, const struct concern *x, struct json_out *o)
{
	char u[UUID_TEXT];

	uuid_text(x->indicator, u);
	jo_object(o);
	jo_kstr(o, "value", x->canonical);
	jo_kstr(o, "kind", value_kind_name(x->kind));
	jo_kstr(o, "indicator",
		arena_printf(c->arena, "%.*s--%.*s", STR_ARG(x->indicator_type), UUID_TEXT, u));
	jo_kstr(o, "reason", concern_reason_name(x->reason));
	jo_key(o, "records");
	jo_array(o);
	for (size_t i = 0; i < x->n_records; i++)
		jo_str(o, record_id(c, &x->records[i]));
	jo_end(o);
	jo_ktime(o, "first", x->first_us ? x->first_us : TIME_NONE);
	jo_ktime(o, "last", x->last_us ? x->last_us : TIME_NONE);
	jo_end(o);
}

enum err warning_concerns(struct ctx *c, const struct record *r, struct json_out *o,
			  struct why *why)
{
	const struct directory_team *own = directory_team(c->dir, c->actor->team);
	struct json body;
	const struct json *ids;
	struct concern *x = NULL;
	size_t n, m = 0, count = 0;
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	ids = json_path(&body, "what", "indicators", NULL);
	n = json_count(ids);
	struct uuid *u = arena_array(c->arena, struct uuid, n + 1);
	struct record *found = arena_array(c->arena, struct record, n + 2);

	for (size_t i = 0; i < n; i++) {
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &u[m]) == ERR_OK)
			m++;
	}
	err = store_find(c->node->store, c->arena, c->view, u, m, true, found, why);
	if (err)
		return err;
	for (size_t i = 0; i < m; i++)
		if (found[i].key)
			found[count++] = found[i];
	found[count++] = *r; /* values in its text count too */
	if (own && !str_eq(word_text(c->node->store, r->state), STR("withdrawn")))
		err = intel_concerns(&c->node->intel, c->arena, c->view, own->key, &own->ranges,
				     found, count, &x, &m, why);
	else
		m = 0;
	if (err)
		return err;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	for (size_t i = 0; i < m; i++)
		concern_json(c, &x[i], o);
	jo_end(o);
	jo_kc(o, "next", NULL);
	jo_end(o);
	return ERR_OK;
}

/* ---- what changed between two editions ---- */

/* An edition went to its own audience: who was not in it does not read it in a later one. */
static bool may_read_edition(struct ctx *c, const struct record *old, bool issuer)
{
	const struct label *l = label_get(c->node->store, old->label);

	return issuer ||
	       (l && policy_decide(&c->dir->world, c->actor, ACT_SEE, l, c->now_us).ok); /* gate */
}

/* The last version of the issued copy of each edition. */
static enum err edition_body(struct ctx *c, const struct record *copy, int64_t edition, bool issuer,
			     struct json *ret, struct why *why)
{
	for (int32_t v = copy->version; v > 0; v--) {
		struct record old = {0};
		enum err err = store_version(c->node->store, c->arena, copy->key, v, &old, NULL);

		if (err)
			continue;
		err = record_body(c, &old, ret, why);
		if (err)
			return err;
		if (edition_out(ret) == edition && may_read_edition(c, &old, issuer))
			return ERR_OK;
	}
	return why_field(why, ERR_NOTFOUND, "no_edition", NULL, "there is no such edition",
			 "その版はありません");
}

static void change_json(struct json_out *o, str path, const struct json *before,
			const struct json *after)
{
	jo_object(o);
	jo_kstr(o, "path", path);
	jo_key(o, "before");
	if (before)
		jo_json(o, before);
	else
		jo_null(o);
	jo_key(o, "after");
	if (after)
		jo_json(o, after);
	else
		jo_null(o);
	jo_end(o);
}

static void diff_json(struct ctx *c, str prefix, const struct json *a, const struct json *b,
		      int depth, struct json_out *o)
{
	for (size_t i = 0; i < json_count(a); i++) {
		const struct json_member *m = &a->members[i];
		const struct json *other = json_get(b, m->key);
		str path = arena_printf(c->arena, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(m->key));

		if (str_eq(path, STR("/issued")))
			continue;
		if (other && json_eq(&m->value, other))
			continue;
		if (depth == 0 && json_is(&m->value, JSON_OBJECT) && other &&
		    json_is(other, JSON_OBJECT))
			diff_json(c, path, &m->value, other, 1, o);
		else
			change_json(o, path, &m->value, other);
	}
	for (size_t i = 0; i < json_count(b); i++) {
		const struct json_member *m = &b->members[i];
		str path = arena_printf(c->arena, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(m->key));

		if (!json_get(a, m->key) && !str_eq(path, STR("/issued")))
			change_json(o, path, NULL, &m->value);
	}
}

enum err warning_changes(struct ctx *c, const struct record *r, int64_t from, int64_t to,
			 struct json_out *o, struct why *why)
{
	bool issued;
	const struct directory_team *own = warning_issuer(c, r, &issued);
	struct record copy = *r;
	struct json a, b;
	bool own_side = c->actor->node || !issued;
	enum err err = ERR_OK;

	if (!issued && own)
		err = warning_issued_copy(c, own, r->uid, &copy, why);
	if (!err && !copy.key)
		err = why_field(why, ERR_NOTFOUND, "no_edition", NULL, "it was never issued",
				"まだ発行されていません");
	if (!err)
		err = edition_body(c, &copy, from, own_side, &a, why);
	if (!err)
		err = edition_body(c, &copy, to, own_side, &b, why);
	if (err)
		return err;
	jo_object(o);
	jo_key(o, "items");
	jo_array(o);
	diff_json(c, STR(""), &a, &b, 0, o);
	jo_end(o);
	jo_end(o);
	return ERR_OK;
}

/* ---- answering ---- */

/* The body of an answer; its state is the record's. */
static enum err answer_body(struct ctx *c, const struct record *r, const struct json *request,
			    struct json *ret, str *ret_state, struct why *why)
{
	static const char *const known[] = {"count", "comment", "may_count", "useful"};
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(ASSESSMENT_TYPE));
	struct json body;
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	if (!json_is(request, JSON_OBJECT))
		return why_field(why, ERR_INVALID, "type", "", "the request must be a JSON object",
				 "JSONオブジェクトを送ってください");
	*ret = json_object();
	set_text(c->arena, ret, "warning", record_id(c, r));
	set_i64(c->arena, ret, "warning_version", edition_out(&body));
	set_time(c->arena, ret, "at", c->now_us);
	for (size_t i = 0; i < json_count(request); i++) {
		const struct json_member *m = &request->members[i];
		bool ok = str_eq(m->key, STR("state"));

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok |= str_eq(m->key, str_c(known[k]));
		if (!ok)
			return field_fault(c, why, "unknown_field",
					   arena_printf(c->arena, "/%.*s", STR_ARG(m->key)).p,
					   "is not a field of an answer", "回答にない項目です");
		if (!str_eq(m->key, STR("state")) && !json_is(&m->value, JSON_NULL))
			json_set(c->arena, ret, m->key, m->value);
	}
	*ret_state = json_get_str(request, "state");
	if (!counts_as_answer(*ret_state) || !catalog_state(t, *ret_state))
		return field_fault(
		    c, why, ret_state->n ? "enum" : "required", "/state",
		    "say how your team stands: acknowledged, assessing, not_affected, affected, "
		    "compromised, mitigating, done, accepted",
		    "自チームの状況（確認済、調査中、該当なし、該当ありなど）を選んでください");
	return catalog_validate(c->arena, c->node->catalog, t, ret, false, &c->faults, why);
}

/* To TLP:RED: for the people it named and those who wrote it. Who that was says the working copy,
 * of a team elsewhere what it sealed (exchange/feed_seal.h). */
static enum err red_answer_label(struct ctx *c, const struct record *r,
				 const struct directory_team *issuer, const struct label_spec *s,
				 int64_t *ret, struct why *why)
{
	struct label own = {.originator = c->actor->team, .holder = c->actor->team, .tlp = TLP_RED};
	struct record w = *r;
	const struct label *l;
	struct label_person *people;
	enum err err = ERR_OK;

	if (!issuer->peer)
		err = store_find_held(c->node->store, c->arena, issuer->key, &r->uid, 1, false, &w,
				      why);
	l = err || !w.key ? NULL : label_get(c->node->store, w.label);
	people =
	    arena_array(c->arena, struct label_person, s->n_people + (l ? l->n_people : 0) + 1);
	for (size_t i = 0; i < s->n_people; i++) {
		int64_t key = principal_find(c->node->store, PRINCIPAL_PERSON, s->people[i]);

		people[own.n_people] = (struct label_person){c->actor->team, key};
		own.n_people += key != 0;
	}
	for (size_t i = 0; l && i < l->n_people; i++)
		if (l->people[i].team == issuer->key) /* no gate: whom an answer is for */
			people[own.n_people++] = l->people[i];
	own.people = people;
	return err ? err : label_intern(c->node->store, &own, 1, ret, why);
}

/* An answer is for the team and the issuer. */
static enum err answer_label(struct ctx *c, const struct record *r,
			     const struct directory_team *issuer, int64_t *ret, struct why *why)
{
	struct label_spec s = {
	    .has_tlp = true, .tlp = TLP_AMBER_STRICT, .teams = &issuer->uid, .n_teams = 1};

	red_label(c, r, &s);
	return s.tlp == TLP_RED ? red_answer_label(c, r, issuer, &s, ret, why)
				: record_label(c, &s, c->actor->team, ret, why);
}

/* The answer that was given, as somebody may take it back. */
static enum err keep_undo(struct ctx *c, const struct record *given, int32_t before,
			  struct uuid *ret, struct why *why)
{
	struct undo_item u = {given->key, record_id(c, given), before, given->version};

	*ret = (struct uuid){{0}};
	return undo_keep(c, UNDO_ANSWER, &u, 1, ret, why);
}

enum err warning_answer(struct ctx *c, const struct record *r, const struct json *request,
			struct record *ret, struct uuid *ret_undo, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(ASSESSMENT_TYPE));
	const struct directory_team *own = directory_team(c->dir, c->actor->team), *issuer;
	struct record_put put = {.type = STR(ASSESSMENT_TYPE), .kind = "answer"};
	struct record held = {0};
	struct record_result done = {0};
	struct write_set w;
	struct json body;
	char u[UUID_TEXT];
	bool issued;
	enum err err = verdict_err(policy_type(c->actor, t, "create"), why); /* gate */

	issuer = warning_issuer(c, r, &issued);
	if (!err && (!issued || !issuer || !own || issuer->key == c->actor->team))
		err = why_field(why, ERR_CONFLICT, "own_warning", NULL,
				"a team does not answer its own warning",
				"自チームの早期警戒情報には回答できません");
	if (!err && str_eq(word_text(c->node->store, r->state), STR("withdrawn")))
		err = why_field(why, ERR_CONFLICT, "withdrawn", NULL,
				"it was withdrawn; no answer is needed",
				"撤回済みのため回答は不要です");
	if (!err)
		err = answer_body(c, r, request, &body, &put.state, why);
	if (err)
		return err;
	uuid_text(own->uid, u);
	put.uid = uuid_v5(r->uid, (str){u, UUID_TEXT});
	err = store_find_held(c->node->store, c->arena, own->key, &put.uid, 1, false, &held, why);
	if (!err)
		err = answer_label(c, r, issuer, &put.label, why);
	if (!err)
		err = record_fill_put(c, t, &body, &put, why);
	if (err)
		return err;
	put.key = held.key;
	put.expect_version = held.version;
	put.team = own->key;
	write_init(&w, c->arena, c->actor->account, own->key);
	(void)write_put(&w, &put);
	if (!held.key)
		write_link(&w, -1, STR("answers"), r->uid);
	err = record_commit(c, &w, &done, why);
	if (err)
		return err;
	ctx_refresh(c);
	err = store_read(c->node->store, c->arena, c->view, &done.key, 1, true, ret, why);
	return err || !ret_undo ? err : keep_undo(c, ret, held.version, ret_undo, why);
}

static enum err assessment_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	(void)c;
	(void)d;
	return why_field(why, ERR_CONFLICT, "answer_the_warning", NULL,
			 "answers are given at the warning: POST /warnings/{id}/assessments",
			 "回答は早期警戒情報の画面から行ってください");
}

/* What was delivered is written by issuing and by the notices alone. */
static enum err delivery_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	(void)d;
	if (c->actor->node)
		return ERR_OK;
	return why_field(why, ERR_CONFLICT, "issue_the_warning", NULL,
			 "deliveries are made by issuing a warning",
			 "配送は早期警戒情報の発行によって作成されます");
}

const struct record_rules delivery_rules = {.type = DELIVERY_TYPE, .prepare = delivery_prepare};
const struct record_rules assessment_rules = {.type = ASSESSMENT_TYPE,
					      .prepare = assessment_prepare};

void warning_opened(struct ctx *c, const struct record *r)
{
	bool issued;
	const struct directory_team *issuer = warning_issuer(c, r, &issued),
				    *own = directory_team(c->dir, c->actor->team);
	struct record d = {0};
	struct uuid uid;
	char text[64], u[UUID_TEXT];
	int n;

	if (!issued || !issuer || !own || issuer == own || !c->actor->account ||
	    c->actor->own) /* whoever looks as another role has not opened it for the team */
		return;
	uuid_text(own->uid, u);
	n = snprintf(text, sizeof(text), "inbox/%.*s", UUID_TEXT, u);
	uid = uuid_v5(r->uid, (str){text, n > 0 ? (size_t)n : 0});
	if (store_find_held(c->node->store, c->arena, issuer->key, &uid, 1, false, &d, NULL) ||
	    !d.key || !str_eq(word_text(c->node->store, d.state), STR("delivered")))
		return;
	struct write_set w;
	struct record_put put = {.key = d.key,
				 .expect_version = d.version,
				 .label = d.label,
				 .state = STR("opened"),
				 .kind = "opened",
				 .flags = d.flags};

	write_init(&w, c->arena, 0, issuer->key);
	(void)write_put(&w, &put);
	if (store_commit(c->node->store, &w, NULL, NULL))
		return; /* somebody else of the team was faster */
}
