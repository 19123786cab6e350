// SPDX-License-Identifier: Apache-2.0
/* What happened since a time: the records that changed, newest first, each with its last change.
 * The order of the lists is the order of changes, so a page is one walk of them. Who changed what
 * is told of one's own team's records alone; of others that they came or changed. */
#include "api/api_internal.h"

#include "team/outbox.h"

#define CHANGES_DEFAULT 50
#define CHANGES_MOST 200
#define WALK_MOST 5000 /* passed over in one request */

static const char *const plurals[] = {"reports",     "incidents", "tasks",    "warnings",
				      "assessments", "comments",  "handovers"};

static enum err changes_query(struct call *c, struct list_query *q, int64_t *ret_since)
{
	int32_t *codes = arena_array(c->ctx.arena, int32_t, ARRAY_LEN(plurals));
	enum err err = call_limit(c, CHANGES_DEFAULT, &q->limit);

	if (!err)
		err = call_cursor(c, &q->before_pos);
	if (!err && time_parse(call_param(c, "since"), ret_since))
		err = why_field(&c->why, ERR_UNPROCESSABLE, "format", "since",
				"must be a time as 2026-11-23T09:30:00Z",
				"時刻は 2026-11-23T09:30:00Z の形で指定してください");
	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(plurals); i++) {
		const struct catalog_type *t =
		    catalog_plural(c->api->o.node->catalog, str_c(plurals[i]));

		if (t && t->code)
			codes[q->n_types++] = t->code;
	}
	q->types = codes;
	q->limit = q->limit < CHANGES_MOST ? q->limit : CHANGES_MOST;
	q->with_exercise = q->with_body = true;
	return ERR_OK;
}

/* Members of the last patch, as names. */
static void fields_json(struct call *c, const struct history_item *h, struct json_out *o)
{
	struct json patch;

	jo_key(o, "fields");
	jo_array(o);
	if (h->patch.n && json_parse(c->ctx.arena, h->patch, NULL, &patch, NULL) == ERR_OK &&
	    json_is(&patch, JSON_OBJECT))
		for (size_t i = 0; i < json_count(&patch); i++)
			jo_str(o, patch.members[i].key);
	jo_end(o);
}

static enum err last_change(struct call *c, const struct record *r, struct json_out *o)
{
	struct history_item *h = NULL;
	size_t n = 0;
	bool own = r->team == c->actor.team; /* gate */
	enum err err =
	    own ? store_history(c->api->o.node->store, c->ctx.arena, r->key, &h, &n, &c->why)
		: ERR_OK;

	if (err)
		return err;
	if (!n) {
		jo_kc(o, "kind", r->version == 1 ? "create" : "update");
		jo_kbool(o, "mine", false);
		return ERR_OK;
	}
	jo_kstr(o, "kind", h[n - 1].kind);
	jo_kbool(o, "mine", h[n - 1].actor && h[n - 1].actor == c->actor.account);
	jo_kstr(o, "why", h[n - 1].why);
	fields_json(c, &h[n - 1], o);
	return ERR_OK;
}

/* What a comment is linked to: which record another team's comment is about stands in no field of
 * it that leaves that team. */
static bool commented(struct call *c, const struct record *r, struct record *ret)
{
	struct record_link *l = NULL;
	size_t n = 0;

	if (record_links(&c->ctx, r, &l, &n, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(l[i].relation, STR("comment")) && uuid_eq(l[i].from.uid, r->uid)) {
			*ret = l[i].to;
			return true;
		}
	return false;
}

/* What a comment or an answer is about. */
static void about_json(struct call *c, const struct record *of, const struct json *v,
		       struct json_out *o)
{
	str id = json_get_str(v, "warning");
	struct record r;
	bool found = id.n ? record_get(&c->ctx, NULL, id, &r, NULL) == ERR_OK
			  : str_eq(json_get_str(v, "type"), STR("x-hikeshi-comment")) &&
				commented(c, of, &r);

	jo_key(o, "about");
	if (!found) {
		jo_null(o);
		return;
	}
	jo_object(o);
	jo_kstr(o, "id", record_id(&c->ctx, &r));
	jo_kstr(o, "number", r.number);
	jo_kstr(o, "title", record_title(&c->ctx, &r));
	jo_end(o);
}

static enum err change_json(struct call *c, const struct record *r, struct json_out *o)
{
	static const char *const shown[] = {"id",    "type",     "number",  "title",
					    "state", "team",     "version", "modified_by",
					    "tlp",   "severity", "exercise"};
	struct json v;
	enum err err = record_render(&c->ctx, r, &v, &c->why);

	if (err == ERR_NOTFOUND) { /* its embargo or expiry passed this moment */
		c->why = (struct why){0};
		return ERR_OK;
	}
	if (err)
		return err;
	jo_object(o);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		if (json_get_c(&v, shown[i])) {
			jo_key(o, shown[i]);
			jo_json(o, json_get_c(&v, shown[i]));
		}
	jo_key(o, "at");
	jo_json(o, json_get_c(&v, "modified"));
	about_json(c, r, &v, o);
	err = last_change(c, r, o);
	jo_end(o);
	return err;
}

/* Whether a change is told: what one's own team has issued is told by its working copy; of one's
 * own doing nothing where only others' was asked for. */
static bool told(struct call *c, const struct record *r, bool others)
{
	/* no gate: says it once */
	if (r->team != c->actor.team && outbox_team(c->ctx.dir, r->team) == c->actor.team)
		return false;
	return !others || !r->modified_by || r->modified_by != c->actor.account;
}

/* The next ones of the walk, at most q->limit of them; *next 0: there are none further back. */
static enum err changes_walk(struct call *c, struct list_query *q, int64_t since,
			     struct json_out *o, int64_t *next)
{
	bool others = str_eq(call_param(c, "others"), STR("true"));
	struct record *r = arena_array(c->ctx.arena, struct record, q->limit);
	size_t kept = 0, seen = 0, most = q->limit;
	enum err err = ERR_OK;

	do {
		size_t n = 0;

		err = store_list(c->api->o.node->store, c->ctx.arena, c->ctx.view, q, r, &n, next,
				 &c->why);
		for (size_t i = 0; i < n && !err; i++) {
			if (r[i].pos <= since) {
				*next = 0;
				break;
			}
			if (!told(c, &r[i], others))
				continue;
			err = change_json(c, &r[i], o);
			kept++;
		}
		seen += n;
		q->before_pos = *next;
		q->limit = most - kept;
	} while (!err && *next && kept < most && seen < WALK_MOST);
	return err;
}

enum err changes_get(struct call *c)
{
	struct list_query q = {0};
	int64_t since = 0, next = 0;
	struct json_out o;
	BUF(b);
	enum err err = changes_query(c, &q, &since);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	err = changes_walk(c, &q, since, &o, &next);
	if (err)
		return err;
	page_end(c, &o, next);
	return reply_json(c, 200, &b);
}
