// SPDX-License-Identifier: Apache-2.0
#include "team/journal.h"

#include "base/vec.h"
#include "team/outbox.h"
#include "team/record_internal.h"

#define PAGE 256
#define WALK_MOST 20000  /* passed over in one request */
#define LIST_BYTES 65536 /* of a content that a list reads */
#define SLICE_LOOK 16
#define LINKS_SHOWN 500

/* ---- the gate ---- */

static bool of_own_team(struct ctx *c, int64_t team)
{
	const struct record by = {.team = outbox_team(c->dir, team)};

	return c->actor->node || by.team == c->actor->team; /* gate */
}

/* Accounts, keys, settings, links to other nodes ... */
static bool sees_note(struct ctx *c, const struct entry *x)
{
	if (c->actor->node)
		return true;
	if (x->e.team && outbox_team(c->dir, x->e.team) == c->actor->team)
		return policy_node(c->actor, "journal_team").ok; /* gate */
	if (x->e.team && !str_starts(x->e.kind, STR("account-")))
		return false;
	return policy_node(c->actor, "journal").ok; /* gate */
}

/* An import: who sees one of its first objects, under the label of then and of now. */
static enum err sees_slice(struct ctx *c, struct seen_entry *s, bool *ret_slice, bool *ret_ok,
			   struct why *why)
{
	int64_t keys[SLICE_LOOK], labels[SLICE_LOOK];
	struct record r[SLICE_LOOK] = {0};
	size_t n = 0;
	enum err err =
	    entries_slice(c->node->store, c->arena, s->x.row, SLICE_LOOK, keys, labels, &n, why);

	*ret_slice = n > 0;
	*ret_ok = false;
	if (err || !n)
		return err;
	err = store_read(c->node->store, c->arena, c->view, keys, n, false, r, why);
	for (size_t i = 0; i < n && !err; i++)
		*ret_ok = *ret_ok || (r[i].key && view_has(c->view, labels[i])); /* gate */
	*ret_ok = *ret_ok && of_own_team(c, s->x.e.team);
	return err;
}

static bool sees_record(struct ctx *c, struct seen_entry *s)
{
	if (!s->record.key || !view_has(c->view, s->x.label)) /* gate */
		return false;
	s->opens = of_own_team(c, s->record.team);
	return s->opens || of_own_team(c, s->x.e.team);
}

static enum err sees(struct ctx *c, struct seen_entry *s, bool *ret, struct why *why)
{
	bool slice = false;
	enum err err = ERR_OK;

	if (s->x.record) {
		*ret = sees_record(c, s);
		return ERR_OK;
	}
	s->opens = !str_eq(s->x.e.kind, STR("links"));
	if (!uuid_is_zero(s->x.e.subject)) {
		*ret = s->record.key && of_own_team(c, s->x.e.team);
		return ERR_OK;
	}
	err = sees_slice(c, s, &slice, ret, why);
	if (!err && !slice) {
		s->of_node = true;
		*ret = sees_note(c, &s->x);
	}
	return err;
}

/* What each is about, as far as the reader may see it. */
static enum err find_records(struct ctx *c, struct seen_entry *s, size_t n, struct why *why)
{
	int64_t *keys = arena_array(c->arena, int64_t, n + 1);
	struct uuid *ids = arena_array(c->arena, struct uuid, n + 1);
	struct record *by_key = arena_array(c->arena, struct record, n + 1),
		      *by_id = arena_array(c->arena, struct record, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		keys[i] = s[i].x.record;
		ids[i] = s[i].x.e.subject;
	}
	err = store_read(c->node->store, c->arena, c->view, keys, n, true, by_key, why);
	if (!err)
		err = store_find(c->node->store, c->arena, c->view, ids, n, true, by_id, why);
	for (size_t i = 0; i < n && !err; i++) {
		s[i].record = s[i].x.record ? by_key[i] : by_id[i];
		if (!s[i].x.record && uuid_is_zero(s[i].x.e.subject))
			s[i].record = (struct record){0};
	}
	return err;
}

/* ---- lists ---- */

static bool fits(const struct journal_query *q, const struct entry *x)
{
	bool kind = !q->n_kinds;

	for (size_t i = 0; i < q->n_kinds; i++)
		kind = kind || str_eq(q->kinds[i], x->e.kind);
	return kind && (q->actor < 0 || x->e.actor == q->actor) &&
	       (!q->since_us || x->e.at_us >= q->since_us) &&
	       (!q->until_us || x->e.at_us < q->until_us);
}

struct walk {
	struct ctx *c;
	const struct journal_query *q;
	VEC(struct seen_entry) kept;
	int64_t epoch, seq; /* the last one looked at */
};

static enum err take_page(struct walk *w, const struct entry *x, size_t n, struct why *why)
{
	struct ctx *c = w->c;
	struct seen_entry *s = arena_array(c->arena, struct seen_entry, n + 1);
	size_t m = 0;
	enum err err;

	for (size_t i = 0; i < n; i++)
		if (fits(w->q, &x[i]))
			s[m++] = (struct seen_entry){.x = x[i]};
	err = m ? find_records(c, s, m, why) : ERR_OK;
	for (size_t i = 0; i < m && !err && w->kept.n < w->q->limit; i++) {
		bool ok = false;

		err = sees(c, &s[i], &ok, why);
		if (err || !ok)
			continue;
		vec_add(c->arena, &w->kept, s[i]);
		if (w->kept.n == w->q->limit) {
			w->epoch = s[i].x.e.epoch;
			w->seq = s[i].x.e.seq;
			return ERR_OK;
		}
	}
	w->epoch = x[n - 1].e.epoch;
	w->seq = x[n - 1].e.seq;
	return err;
}

/* Only the acting team's where nothing else can be for the reader. */
static int64_t whose(struct ctx *c)
{
	return c->actor->node ||
		       policy_node(c->actor, "journal").ok /* no gate: says where to look */
		   ? -1
		   : c->actor->team;
}

static enum err list_contents(struct ctx *c, struct seen_entry *s, size_t n, struct why *why)
{
	struct entry *x = arena_array(c->arena, struct entry, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++)
		x[i] = s[i].x;
	err = entries_content(c->node->store, c->arena, x, n, LIST_BYTES, why);
	for (size_t i = 0; i < n && !err; i++)
		s[i].x = x[i];
	return err;
}

enum err journal_list(struct ctx *c, const struct journal_query *q, struct seen_entry **ret,
		      size_t *ret_n, int64_t *ret_epoch, int64_t *ret_seq, struct why *why)
{
	struct walk w = {.c = c, .q = q, .epoch = q->epoch, .seq = q->seq};
	size_t walked = 0, n = 0;
	enum err err;

	do {
		const struct entry_query page = {w.epoch, w.seq, whose(c), q->record, PAGE};
		struct entry *x = NULL;

		err = entries_list(c->node->store, c->arena, &page, &x, &n, why);
		if (!err && n)
			err = take_page(&w, x, n, why);
		walked += n;
	} while (!err && n == PAGE && w.kept.n < q->limit && walked < WALK_MOST);
	if (!err)
		err = list_contents(c, w.kept.p, w.kept.n, why);
	if (err)
		return err;
	*ret = w.kept.p;
	*ret_n = w.kept.n;
	*ret_epoch = n == PAGE || w.kept.n == q->limit ? w.epoch : 0;
	*ret_seq = *ret_epoch ? w.seq : 0;
	return ERR_OK;
}

/* ---- one ---- */

struct link_seen {
	str relation;
	const struct record *from, *to;
	bool removed;
};
typedef VEC(struct link_seen) links_seen;

/* The links of an entry both ends of which the reader sees; *ret_all: those are all of them. */
static enum err read_links(struct ctx *c, const struct entry *x, links_seen *ret, bool *ret_all,
			   struct why *why)
{
	static const char *const names[] = {"links", "unlinks"};
	VEC(struct uuid) ids = {0};
	struct record *r;
	struct json v;
	size_t at = 0;
	enum err err = x->e.content.n ? json_parse(c->arena, x->e.content, NULL, &v, why) : ERR_OK;

	*ret_all = false;
	if (err || !x->e.content.n)
		return err;
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		const struct json *list = json_get_c(&v, names[k]);

		for (size_t i = 0; i < json_count(list); i++) {
			const struct json *l = json_at(list, i), *dst = json_get_c(l, "dst");
			size_t n = json_is(dst, JSON_ARRAY) ? json_count(dst) : 1;

			for (size_t d = 0; d < n; d++) {
				struct link_seen one = {.relation = json_get_str(l, "relation"),
							.removed = k == 1};
				struct uuid from, to;

				if (uuid_parse(json_get_str(l, "src"), &from) ||
				    uuid_parse(json_is(dst, JSON_ARRAY) ? json_str(json_at(dst, d))
									: json_str(dst),
					       &to))
					continue;
				vec_add(c->arena, &ids, from);
				vec_add(c->arena, &ids, to);
				vec_add(c->arena, ret, one);
			}
		}
	}
	r = arena_array(c->arena, struct record, ids.n + 1);
	err = store_find(c->node->store, c->arena, c->view, ids.p, ids.n, true, r, why);
	if (err)
		return err;
	*ret_all = true;
	for (size_t i = 0; i < ret->n; i++) {
		struct link_seen one = ret->p[i];

		one.from = &r[i * 2];
		one.to = &r[i * 2 + 1];
		if (one.from->key && one.to->key)
			ret->p[at++] = one;
		else
			*ret_all = false;
	}
	ret->n = at;
	return ERR_OK;
}

enum err journal_get(struct ctx *c, struct uuid epoch, int64_t seq, struct seen_entry *ret,
		     struct why *why)
{
	struct seen_entry s = {0};
	struct why inner = {0};
	bool ok = false;
	enum err err = entries_get(c->node->store, c->arena, epoch, seq, &s.x, &inner);

	if (!err)
		err = find_records(c, &s, 1, &inner);
	if (!err)
		err = sees(c, &s, &ok, &inner);
	if (!err && ok && str_eq(s.x.e.kind, STR("links"))) {
		links_seen links = {0};

		err = read_links(c, &s.x, &links, &s.opens, &inner);
	}
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", inner.text);
	if (err || !ok)
		return why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "there is no such entry of the journal, or it is not for you",
				 "そのジャーナルの記録はないか、閲覧できません");
	*ret = s;
	return ERR_OK;
}

enum err journal_may_export(struct ctx *c, const struct seen_entry *e, struct why *why)
{
	const struct label *l = e->record.key ? label_get(c->node->store, e->record.label) : NULL;
	const struct label *then = e->x.label ? label_get(c->node->store, e->x.label) : NULL;

	if (!e->opens)
		return why_field(why, ERR_DENIED, "not_holder", NULL,
				 "what it says is for the team that holds the record",
				 "内容を持ち出せるのは、この記録を保有するチームだけです");
	if (!(c->actor->scopes & SCOPE_EXPORT) && !c->actor->node)
		return why_field(why, ERR_DENIED, "scope", NULL,
				 "this token's scope does not cover that",
				 "このトークンの権限では実行できません");
	for (size_t i = 0; i < 2; i++) {
		const struct label *one = i ? then : l;
		struct verdict v;

		if (!one)
			continue;
		v = policy_decide(&c->dir->world, c->actor, ACT_EXPORT, one, c->now_us); /* gate */
		if (!v.ok)
			return verdict_err(v, why);
	}
	return ERR_OK;
}

/* ---- as JSON ---- */

static void id_json(struct ctx *c, const struct record *r, struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "id", record_id(c, r));
	jo_kstr(o, "type", word_text(c->node->store, r->type));
	jo_kstr(o, "number", r->number);
	jo_kstr(o, "title", record_title(c, r));
	jo_end(o);
}

static void who_json(struct ctx *c, const struct entry *x, struct json_out *o)
{
	const struct directory_team *t = directory_team(c->dir, outbox_team(c->dir, x->e.team));
	const struct directory_person *p = NULL;
	char u[UUID_TEXT];

	for (size_t i = 0; i < c->dir->n_people && x->e.actor; i++)
		if (c->dir->people[i].account == x->e.actor)
			p = &c->dir->people[i];
	jo_key(o, "actor");
	if (p)
		jo_str(o, p->name);
	else
		jo_null(o);
	jo_key(o, "person");
	if (p) {
		uuid_text(p->uid, u);
		jo_str(o, arena_printf(c->arena, "x-hikeshi-person--%.*s", UUID_TEXT, u));
	} else {
		jo_null(o);
	}
	jo_ki64(o, "account", x->e.actor);
	jo_key(o, "team");
	if (x->e.team && t)
		jo_str(o, record_id(c, &t->record));
	else
		jo_null(o);
}

static void patch_json(struct ctx *c, const struct json *content, bool whole, struct json_out *o)
{
	str text = json_get_str(content, "patch");
	struct json patch = json_null();

	if (text.n && json_parse(c->arena, text, NULL, &patch, NULL))
		patch = json_null();
	jo_kstr(o, "why", json_get_str(content, "why"));
	jo_key(o, "fields");
	jo_array(o);
	for (size_t i = 0; json_is(&patch, JSON_OBJECT) && i < json_count(&patch); i++)
		jo_str(o, patch.members[i].key);
	jo_end(o);
	if (!whole)
		return;
	jo_key(o, "patch");
	jo_json(o, &patch);
}

static void links_json(struct ctx *c, const struct entry *x, struct json_out *o)
{
	links_seen links = {0};
	bool all = false;

	if (read_links(c, x, &links, &all, NULL))
		links.n = 0;
	jo_key(o, "links");
	jo_array(o);
	for (size_t i = 0; i < links.n && i < LINKS_SHOWN; i++) {
		jo_object(o);
		jo_kstr(o, "relation", links.p[i].relation);
		jo_kbool(o, "removed", links.p[i].removed);
		jo_key(o, "source");
		id_json(c, links.p[i].from, o);
		jo_key(o, "target");
		id_json(c, links.p[i].to, o);
		jo_end(o);
	}
	jo_end(o);
	jo_kbool(o, "all_links", all && links.n <= LINKS_SHOWN);
}

static void content_json(struct ctx *c, const struct seen_entry *s, bool whole, struct json_out *o)
{
	const struct entry *x = &s->x;
	struct json content = json_null();

	if (s->opens && x->e.content.n && (x->record || s->of_node) &&
	    json_parse(c->arena, x->e.content, NULL, &content, NULL))
		content = json_null();
	patch_json(c, x->record ? &content : NULL, whole, o);
	if (!whole)
		return;
	jo_key(o, "note");
	if (s->of_node)
		jo_json(o, &content);
	else
		jo_null(o);
	if (str_eq(x->e.kind, STR("links")))
		links_json(c, x, o);
}

void journal_json(struct ctx *c, const struct seen_entry *s, bool whole, struct json_out *o)
{
	const struct entry *x = &s->x;
	char u[UUID_TEXT];

	uuid_text(x->e.epoch_id, u);
	jo_object(o);
	jo_ki64(o, "seq", x->e.seq);
	jo_kstr(o, "epoch", (str){u, UUID_TEXT});
	jo_ktime(o, "at", x->e.at_us);
	who_json(c, x, o);
	jo_kstr(o, "kind", x->e.kind);
	jo_key(o, "record");
	if (s->record.key)
		id_json(c, &s->record, o);
	else
		jo_null(o);
	jo_ki64(o, "version", x->version);
	jo_ki64(o, "objects", x->record || s->of_node || !uuid_is_zero(x->e.subject) ? 0 : x->n);
	jo_kbool(o, "erased", x->erased);
	jo_kbool(o, "opens", s->opens && !x->erased);
	content_json(c, s, whole, o);
	jo_end(o);
}
