// SPDX-License-Identifier: Apache-2.0
/* The journal of a team that has moved here is told again, a write set for each of the other
 * node's. */
#include "exchange/move_internal.h"

#define SET_MAX 256 /* puts and notes of a write set */
#define SALT 16

static void set_begin(struct in *x, const struct moved_entry *e)
{
	write_init(&x->w, &x->set, e->actor, e->team);
	x->w.at_us = e->at_us;
	x->e = *e;
	x->open = true;
	x->linked = false;
	x->n = x->notes = 0;
}

static enum err set_end(struct in *x, struct why *why)
{
	enum err err = ERR_OK;

	if (x->open && (x->n || x->notes || x->linked))
		err = store_commit(x->c->node->store, &x->w, NULL, why);
	x->open = x->slice = false;
	x->n = 0;
	arena_reset(&x->set);
	arena_reset(&x->keep);
	return err;
}

/* The records of a slice so far; the last of them bring its entry. */
static enum err slice_end(struct in *x, bool last, struct why *why)
{
	enum err err = ERR_OK;

	x->w.slice = x->n > 0;
	if (x->n)
		write_job(&x->w, "text_backlog", STR("{}"), clock_now_us(), "text_backlog");
	if (last && x->n)
		x->w.slice_past = &x->e;
	else if (last)
		x->w.links_past = &x->e; /* all of it was told before a break */
	if (x->n || last)
		err = store_commit(x->c->node->store, &x->w, NULL, why);
	arena_reset(&x->set);
	if (!last) {
		set_begin(x, &x->e);
		return err;
	}
	x->open = x->slice = false;
	x->n = 0;
	arena_reset(&x->keep);
	return err;
}

/* Whatever is gathered is written. */
enum err move_flush(struct in *x, struct why *why)
{
	return x->slice ? slice_end(x, true, why) : set_end(x, why);
}

static bool in_set(const struct in *x, int64_t key)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->keys[i] == key)
			return true;
	return false;
}

/* Was it part of the same write set there? Records come before notes, links last. */
static bool goes_on(const struct in *x, const struct moved_entry *e, int64_t key)
{
	return x->open && !x->slice && !x->linked && x->e.at_us == e->at_us &&
	       x->e.actor == e->actor && x->e.team == e->team && x->n + x->notes < SET_MAX &&
	       !(key && (x->notes || in_set(x, key)));
}

/* ---- labels ---- */

static enum err label_circles(struct in *x, const struct json *list, struct label *l,
			      struct why *why)
{
	size_t n = json_count(list);
	struct label_circle *ci = arena_array(&x->set, struct label_circle, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		ci[i].roster = json_get_i64(json_at(list, i), "roster", 0);
		err = move_principal(x->c->node, PRINCIPAL_CIRCLE,
				     move_uuid(json_at(list, i), "circle"), &ci[i].circle, why);
	}
	l->circles = ci;
	l->n_circles = n;
	return err;
}

static enum err label_people(struct in *x, const struct json *list, struct label *l,
			     struct why *why)
{
	size_t n = json_count(list);
	struct label_person *p = arena_array(&x->set, struct label_person, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		err = move_principal(x->c->node, PRINCIPAL_TEAM,
				     move_uuid(json_at(list, i), "team"), &p[i].team, why);
		if (!err)
			err = move_principal(x->c->node, PRINCIPAL_PERSON,
					     move_uuid(json_at(list, i), "person"), &p[i].person,
					     why);
	}
	l->people = p;
	l->n_people = n;
	return err;
}

static enum err label_teams(struct in *x, const struct json *list, struct label *l, struct why *why)
{
	size_t n = json_count(list);
	int64_t *t = arena_array(&x->set, int64_t, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		struct uuid u;

		if (uuid_parse(json_str(json_at(list, i)), &u))
			return move_bad(why, "a label");
		err = move_principal(x->c->node, PRINCIPAL_TEAM, u, &t[i], why);
	}
	l->teams = t;
	l->n_teams = n;
	return err;
}

static int64_t time_of(const struct json *v, const char *name)
{
	int64_t us;

	return time_parse(json_get_str(v, name), &us) == ERR_OK ? us : 0;
}

/* As label_canonical wrote it. */
enum err move_take_label(struct in *x, const struct json *line, struct why *why)
{
	const struct json *v = json_get_c(line, "label");
	struct label l = {.tlp = (enum tlp)json_get_i64(v, "tlp", TLP_RED),
			  .everyone = json_get_bool(v, "everyone", false),
			  .not_before_us = time_of(v, "not_before"),
			  .expires_us = time_of(v, "expires"),
			  .pap = (int32_t)json_get_i64(v, "pap", 0),
			  .attribution = (int32_t)json_get_i64(v, "attribution", 0)};
	int64_t key = 0;
	enum err err = move_principal(x->c->node, PRINCIPAL_TEAM, move_uuid(v, "originator"),
				      &l.originator, why);

	if (!err)
		err = move_principal(x->c->node, PRINCIPAL_TEAM, move_uuid(v, "holder"), &l.holder,
				     why);
	if (!err)
		err = label_circles(x, json_get_c(v, "circles"), &l, why);
	if (!err)
		err = label_teams(x, json_get_c(v, "teams"), &l, why);
	if (!err)
		err = label_people(x, json_get_c(v, "people"), &l, why);
	if (!err && (l.tlp > TLP_RED || (l.holder != x->team && l.holder != x->outbox)))
		err = move_bad(why, "a label");
	if (!err)
		err = label_intern(x->c->node->store, &l, 1, &key, why);
	if (!err)
		u64map_put(&x->labels, (uint64_t)json_get_i64(line, "n", 0), NULL)->i = key;
	return err;
}

/* ---- entries ---- */

static enum err entry_read(struct in *x, const struct json *v, struct moved_entry *ret,
			   struct why *why)
{
	struct moved_entry e = {.epoch = move_uuid(v, "epoch"),
				.seq = json_get_i64(v, "seq", -1),
				.at_us = json_get_i64(v, "at", 0),
				.actor = json_get_i64(v, "actor", -1),
				.subject = move_uuid(v, "subject")};
	struct uuid team = move_uuid(v, "team");
	struct digest held, leaf;
	str kind = json_get_str(v, "kind");
	enum err err = move_principal(x->c->node, PRINCIPAL_TEAM, team, &e.team, why);

	if (err)
		return err;
	e.kind = arena_printf(&x->set, "%.*s", STR_ARG(kind));
	if (e.at_us <= 0 || e.actor < 0 || !kind.n || !move_hex(v, "salt", e.salt, SALT) ||
	    !move_hex(v, "digest", e.digest.b, sizeof(e.digest.b)))
		return move_bad(why, "an entry");
	if (json_get_c(v, "content")) {
		e.content = json_get_str(v, "content");
		if (!move_hex(v, "salt2", e.salt2, SALT))
			return move_bad(why, "an entry");
	}
	if (json_get_c(v, "slice"))
		e.slice = move_blob(&x->set, v, "slice");
	leaf = moved_leaf(&e, team);
	if (moved_hash(x->c->node->store, e.epoch, e.seq, &held, NULL) || !digest_eq(held, leaf))
		return move_bad(why, "an entry is not in the journal it is said to be of");
	*ret = e;
	return ERR_OK;
}

enum err move_take_past(struct in *x, const struct json *v, struct why *why)
{
	struct moved_entry e = {0};
	enum err err = entry_read(x, v, &e, why);

	return err ? err
		   : moved_past(x->c->node->store, &e, move_uuid(v, "by_epoch"),
				json_get_i64(v, "by_seq", -1), why);
}

/* The patch and the reason, which the content names. */
static void content_take(struct in *x, const struct moved_entry *e, struct record_put *p)
{
	struct json v = {0};

	if (!e->content.p || json_parse(&x->set, e->content, NULL, &v, NULL))
		return;
	p->patch = json_get_str(&v, "patch");
	p->why = json_get_str(&v, "why");
}

static enum err put_index(struct in *x, struct record_put *p, struct why *why)
{
	struct ctx c = *x->c;
	const struct catalog_type *t;
	struct json body;
	int32_t code = 0;
	enum err err = word_code(c.node->store, p->type, &code, why);

	c.arena = &x->set;
	if (err || json_parse(&x->set, p->body, NULL, &body, NULL))
		return err;
	t = catalog_code(c.node->catalog, code);
	t = t ? t : catalog_generic(c.node->catalog);
	p->text = catalog_text(&x->set, t, &body);
	return draft_values(&c, t, p->form, &body, p, why);
}

static enum err put_read(struct in *x, const struct json *v, const struct moved_entry *e,
			 struct record_put *ret, int32_t *ret_version, struct why *why)
{
	struct record_past *past = arena_new(&x->set, struct record_past);
	const union map_value *label =
	    u64map_get(&x->labels, (uint64_t)json_get_i64(v, "label", 0));
	struct uuid team = move_uuid(v, "team");
	int64_t version = json_get_i64(v, "version", 0), key = json_get_i64(v, "key", 0),
		form = json_get_i64(v, "form", -1);
	struct record_put p = {.uid = move_uuid(v, "uid"),
			       .type = json_get_str(v, "type"),
			       .form = (enum record_form)form,
			       .body = json_get_str(v, "body"),
			       .state = json_get_str(v, "state"),
			       .severity = json_get_str(v, "severity"),
			       .flags = (uint32_t)json_get_i64(v, "flags", 0),
			       .parent = json_get_i64(v, "parent", 0),
			       .source_modified_us = json_get_i64(v, "source_modified", 0),
			       .kind = e->kind.p,
			       .past = past};
	enum err err = move_principal(x->c->node, PRINCIPAL_TEAM, team, &p.team, why);

	if (err)
		return err;
	if (!label || version < 1 || version > INT32_MAX || key < 1 || form < FORM_OWN ||
	    form > FORM_MISP || (p.team != x->team && p.team != x->outbox) || p.parent < 0)
		return move_bad(why, "a record");
	/* a word that is empty is none; one that is absent would be kept */
	p.state = p.state.n ? p.state : STR("");
	p.severity = p.severity.n ? p.severity : STR("");
	p.label = label->i;
	*past = (struct record_past){.key = key, .number = json_get_str(v, "number")};
	if (version > 1) {
		p.key = key;
		p.expect_version = (int32_t)version - 1;
	}
	content_take(x, e, &p);
	err = put_index(x, &p, why);
	*ret_version = (int32_t)version;
	*ret = p;
	return err;
}

static void add_put(struct in *x, const struct record_put *p)
{
	const struct record_past *past = p->past;

	x->keys[x->n] = past->key;
	x->uids[x->n] = p->uid;
	x->holders[x->n] = p->team;
	x->n++;
	x->counts.records += p->key == 0;
	(void)write_put(&x->w, p);
}

/* ---- links ---- */

/* Where a link begins: in the set, or a record that is there. */
static enum err link_source(struct in *x, const struct json *group, int64_t *ret, struct why *why)
{
	struct uuid src = move_uuid(group, "src");
	struct record r = {0};
	int64_t holder = 0;
	enum err err =
	    move_principal(x->c->node, PRINCIPAL_TEAM, move_uuid(group, "holder"), &holder, why);

	if (err)
		return err;
	if (holder != x->team && holder != x->outbox)
		return move_bad(why, "a link");
	for (size_t i = 0; i < x->n; i++) {
		if (x->holders[i] == holder && uuid_eq(x->uids[i], src)) {
			*ret = -1 - (int64_t)i;
			return ERR_OK;
		}
	}
	err = store_find_held(x->c->node->store, &x->set, holder, &src, 1, false, &r, why);
	if (!err && !r.key)
		err = move_bad(why, "a link of a record that did not come along");
	*ret = r.key;
	return err;
}

static enum err take_links(struct in *x, const struct moved_entry *e, struct why *why)
{
	const struct json *made, *gone;
	struct json v = {0};
	enum err err = ERR_OK;

	if (!e->content.p || json_parse(&x->set, e->content, NULL, &v, NULL))
		return move_bad(why, "links");
	made = json_get_c(&v, "links");
	gone = json_get_c(&v, "unlinks");
	for (size_t i = 0; i < json_count(made) && !err; i++) {
		const struct json *dst = json_get_c(json_at(made, i), "dst");
		int64_t src = 0;

		err = link_source(x, json_at(made, i), &src, why);
		for (size_t k = 0; k < json_count(dst) && !err; k++) {
			struct uuid u;

			if (uuid_parse(json_str(json_at(dst, k)), &u))
				return move_bad(why, "a link");
			write_link(&x->w, src, json_get_str(json_at(made, i), "relation"), u);
		}
	}
	for (size_t i = 0; i < json_count(gone) && !err; i++) {
		int64_t src = 0;

		err = link_source(x, json_at(gone, i), &src, why);
		if (!err)
			write_unlink(&x->w, src, json_get_str(json_at(gone, i), "relation"),
				     move_uuid(json_at(gone, i), "dst"));
	}
	return err;
}

/* ---- a line of the journal ---- */

static struct moved_entry *entry_kept(struct arena *a, const struct moved_entry *e)
{
	struct moved_entry *k = arena_new(a, struct moved_entry);

	*k = *e;
	return k;
}

static enum err take_record(struct in *x, const struct json *record, const struct moved_entry *e,
			    struct why *why)
{
	struct record_past past = {0};
	struct record_put p = {0};
	int32_t version = 0;
	enum err err = put_read(x, record, e, &p, &version, why);

	if (err || !p.past)
		return err;
	past = *p.past;
	past.entry = entry_kept(&x->set, e);
	p.past = arena_new(&x->set, struct record_past);
	memcpy((void *)(uintptr_t)p.past, &past, sizeof(past));
	add_put(x, &p);
	return ERR_OK;
}

static enum err begin_slice(struct in *x, const struct moved_entry *e, struct why *why)
{
	struct moved_entry k = *e;

	(void)why;
	k.kind = arena_printf(&x->keep, "%.*s", STR_ARG(e->kind));
	k.content = arena_str(&x->keep, e->content);
	k.slice = arena_str(&x->keep, e->slice);
	set_begin(x, &k);
	x->slice = true;
	return ERR_OK;
}

/* The line was parsed into the arena of the set, which is emptied when the set before is written:
 * so it is parsed anew where it begins one. */
enum err move_take_entry(struct in *x, str text, struct why *why)
{
	struct json v = {0};
	const struct json *record;
	struct moved_entry e = {0};
	str kind;
	int64_t key;
	/* what is read of it points into it, and the reader's text is good for one line */
	enum err err = move_line(&x->set, arena_str(&x->set, text), &v, &kind, why);

	if (!err)
		err = entry_read(x, &v, &e, why);
	if (err)
		return err;
	record = json_get_c(&v, "record");
	key = json_get_i64(record, "key", 0);
	if (x->open && !goes_on(x, &e, key)) {
		err = move_flush(x, why);
		return err ? err : move_take_entry(x, text, why);
	}
	x->counts.entries++;
	if (e.slice.p)
		return begin_slice(x, &e, why);
	if (!x->open)
		set_begin(x, &e);
	if (record)
		return take_record(x, record, &e, why);
	if (str_eq(e.kind, STR("links")) || !e.content.p) {
		x->linked = true;
		x->w.links_past = entry_kept(&x->set, &e);
		return e.content.p ? take_links(x, &e, why) : ERR_OK;
	}
	x->notes++;
	write_note_past(&x->w, entry_kept(&x->set, &e));
	return ERR_OK;
}

/* After a break part of a slice may be there. */
static enum err told_before(struct in *x, const struct record_put *p, int32_t version, bool *ret,
			    struct why *why)
{
	struct record r = {0};
	enum err err = ERR_OK;

	if (x->resumed)
		err = store_find_held(x->c->node->store, &x->set, p->team, &p->uid, 1, false, &r,
				      why);
	*ret = r.key && r.version >= version;
	return err;
}

enum err move_take_leaf(struct in *x, str text, struct why *why)
{
	struct json v = {0};
	struct record_put p = {0};
	int32_t version = 0;
	bool before = false;
	str kind;
	enum err err = x->slice ? ERR_OK : move_bad(why, "a record of no import");

	if (!err && x->n == SLICE_PUTS)
		err = slice_end(x, false, why);
	if (!err)
		err = move_line(&x->set, arena_str(&x->set, text), &v, &kind, why);
	if (!err)
		err = put_read(x, json_get_c(&v, "record"), &x->e, &p, &version, why);
	if (!err)
		err = told_before(x, &p, version, &before, why);
	if (err || before || !p.past)
		return err;
	p.patch = p.why = STR_NULL;
	add_put(x, &p);
	return ERR_OK;
}
