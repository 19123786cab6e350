// SPDX-License-Identifier: Apache-2.0
/* The kinds of steps a story has: a row each. A step is done by the account that "as" names. */
#include "main/demo_internal.h"
#include "team/setup.h"
#include "team/warning.h"
#include "team/window.h"

struct doing {
	struct story *s;
	struct ctx *c;
	const struct json *step;
	struct json body;      /* filled */
	struct record subject; /* of "on", key 0 without */
};

static enum err do_create(struct doing *d, struct why *why)
{
	str plural = json_get_str(d->step, "in");
	const struct catalog_type *t = catalog_plural(d->c->node->catalog, plural);
	struct record made;
	enum err err;

	if (!t)
		return why_set(why, ERR_INVALID, "there are no '%.*s'", STR_ARG(plural));
	err = record_create(d->c, t, &d->body, 0, &made, why);
	if (!err)
		story_name(d->s, json_get_str(d->step, "id"), record_id(d->c, &made));
	return err;
}

static enum err do_step(struct doing *d, struct why *why)
{
	struct record now;

	return record_step(d->c, &d->subject, json_get_str(d->step, "step"), &d->body, 0, &now,
			   why);
}

static enum err do_update(struct doing *d, struct why *why)
{
	struct record now;

	return record_update(d->c, &d->subject, &d->body, -1, &now, why);
}

/* body: its label, where others than the own team are to read it */
static enum err do_comment(struct doing *d, struct why *why)
{
	const struct catalog_type *t = catalog_plural(d->c->node->catalog, STR("comments"));
	struct record made;
	str text;
	enum err err = story_text(d->s, d->step, "text", &text, why);

	if (err)
		return err;
	json_set(&d->s->scratch, &d->body, STR("text"), json_string(text));
	json_set(&d->s->scratch, &d->body, STR("target"),
		 json_string(record_id(d->c, &d->subject)));
	return record_create(d->c, t, &d->body, 0, &made, why);
}

static enum err do_link(struct doing *d, struct why *why)
{
	const struct json *to = json_get_c(d->step, "to");
	str relation = json_get_str(d->step, "relation");
	enum err err = ERR_OK;

	for (size_t i = 0; i < json_count(to) && !err; i++) {
		struct json id;

		err = story_fill(d->s, json_at(to, i), &id, why);
		if (!err)
			err = record_link(d->c, &d->subject, relation.n ? relation : STR("has"),
					  json_str(&id), why);
	}
	return err;
}

static enum err do_answer(struct doing *d, struct why *why)
{
	struct record made;

	warning_opened(d->c, &d->subject);
	return warning_answer(d->c, &d->subject, &d->body, &made, NULL, why);
}

static enum err do_open(struct doing *d, struct why *why)
{
	(void)why;
	warning_opened(d->c, &d->subject);
	return ERR_OK;
}

/* A file of the demo, or a pasted text; body: the options of an import. "ids" names what was read,
 * in order. */
static enum err do_import(struct doing *d, struct why *why)
{
	const struct json *ids = json_get_c(d->step, "ids");
	str file = json_get_str(d->step, "file"), text;
	struct import_result result = {0};
	struct import_options o;
	enum err err = story_text(d->s, d->step, "text", &text, why);

	if (!err && file.n)
		text = demo_file(arena_cstr(&d->s->scratch, file));
	if (!err)
		err = import_options_read(&d->s->scratch, &d->body, &o, why);
	if (!err)
		err = import_text(d->c, &o, file.n ? file : STR("pasted text"), text, &result, why);
	if (err)
		return err;
	if (result.failed_files || result.rejected || !result.read)
		return why_set(
		    why, ERR_INVALID, "%lld read, %lld rejected: %.*s", (long long)result.read,
		    (long long)result.rejected,
		    STR_ARG(result.n_rejects ? result.rejects[0].reason : STR("nothing found")));
	if (json_count(ids) > result.n_touched)
		return why_set(why, ERR_INVALID, "only %zu values were found", result.n_touched);
	for (size_t i = 0; i < json_count(ids); i++) {
		char u[UUID_TEXT];

		uuid_text(result.touched[i], u);
		story_name(d->s, json_str(json_at(ids, i)),
			   arena_printf(&d->s->scratch, "%.*s--%.*s",
					STR_ARG(result.touched_types[i]), UUID_TEXT, u));
	}
	return ERR_OK;
}

/* What somebody sends in by the public form of a team; the code to follow it up is told with the
 * ways to sign in. */
static enum err do_window(struct doing *d, struct why *why)
{
	const struct directory_team *t;
	struct window_receipt r;
	struct catalog_faults faults = {0};
	char u[UUID_TEXT];
	str id;
	enum err err = story_text(d->s, d->step, "team", &id, why);

	if (err)
		return err;
	t = directory_team_named(d->c->dir, id);
	err =
	    window_receive(d->s->node, &d->s->scratch, t ? t->key : 0, &d->body, &r, &faults, why);
	if (err)
		return err;
	uuid_text(r.uid, u);
	story_name(d->s, json_get_str(d->step, "id"),
		   arena_printf(&d->s->scratch, "x-hikeshi-report--%.*s", UUID_TEXT, u));
	if (json_get_bool(d->step, "tell", false))
		buf_printf(d->s->credentials,
			   "\nA reporter follows up at /report/status: %.*s  code: %s\n",
			   STR_ARG(r.number), r.code);
	return ERR_OK;
}

static const struct {
	str name;
	enum err (*run)(struct doing *d, struct why *why);
} kinds[] = {
    {STR_INIT("create"), do_create}, {STR_INIT("step"), do_step},
    {STR_INIT("update"), do_update}, {STR_INIT("comment"), do_comment},
    {STR_INIT("link"), do_link},     {STR_INIT("answer"), do_answer},
    {STR_INIT("open"), do_open},     {STR_INIT("import"), do_import},
    {STR_INIT("window"), do_window},
};

static enum err find_actor(struct story *s, str email, struct actor *ret, struct why *why)
{
	struct account x;
	enum err err;

	if (!email.n) { /* from outside: only the window does that */
		*ret = node_actor(s->node, 0);
		return ERR_OK;
	}
	err = account_by_email(s->node->store, &s->scratch, email, &x, NULL);
	if (err)
		return why_set(why, err, "nobody has the address '%.*s'", STR_ARG(email));
	return node_account_actor(s->node, &s->scratch, x.key, ret, why);
}

static enum err run(struct doing *d, struct why *why)
{
	str on, kind = json_get_str(d->step, "do");
	enum err err = story_text(d->s, d->step, "on", &on, why);

	if (!err && on.n)
		err = record_get(d->c, NULL, on, &d->subject, why);
	if (!err)
		err = story_fill(d->s, json_get_c(d->step, "body"), &d->body, why);
	for (size_t i = 0; i < ARRAY_LEN(kinds) && !err; i++)
		if (str_eq(kind, kinds[i].name))
			return kinds[i].run(d, why);
	return err ? err : why_set(why, ERR_INVALID, "there is no step '%.*s'", STR_ARG(kind));
}

enum err story_step(struct story *s, const struct json *step, struct why *why)
{
	struct doing d = {.s = s, .step = step};
	struct actor actor;
	struct ctx c;
	enum err err = find_actor(s, json_get_str(step, "as"), &actor, why);

	if (err)
		return err;
	ctx_init(&c, s->node, &s->scratch, &actor);
	d.c = &c;
	err = run(&d, why);
	ctx_done(&c);
	return err;
}
