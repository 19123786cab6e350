// SPDX-License-Identifier: Apache-2.0
#include "team/published.h"

#include "team/warning_internal.h"

#define PAGE_MOST 100

void published_ctx(struct ctx *ret, struct node *n, struct arena *a, struct actor *actor,
		   const char *lang)
{
	*actor = (struct actor){.language = str_c(lang)}; /* nobody */
	ctx_init(ret, n, a, actor);
	ret->lang = lang;
}

static enum err not_public(struct why *why)
{
	return why_field(why, ERR_NOTFOUND, "not_found", NULL,
			 "there is nothing of that address for the public",
			 "公開されている情報はありません");
}

/* What was issued by a team of this node; what others made public is theirs to publish. */
static bool ours(struct ctx *c, const struct record *r)
{
	const struct directory_team *t = directory_team(c->dir, r->team);

	return t && !t->peer && t->outbox == r->team && !(r->flags & RECORD_EXERCISE);
}

enum err published_warnings(struct ctx *c, int64_t before_pos, size_t limit, struct reading **ret,
			    size_t *ret_n, int64_t *ret_next, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	size_t most = limit < PAGE_MOST ? limit : PAGE_MOST, n = 0, kept = 0;
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .before_pos = before_pos,
			       .limit = most,
			       .with_body = true};
	struct record *r = arena_array(c->arena, struct record, most);
	struct reading *out = arena_array(c->arena, struct reading, most + 1);
	enum err err = store_list(c->node->store, c->arena, c->view, &q, r, &n, ret_next, why);

	for (size_t i = 0; i < n && !err; i++)
		if (ours(c, &r[i]))
			err = warning_reading(c, &r[i], strcmp(c->lang, "ja") == 0, &out[kept++],
					      why);
	*ret = out;
	*ret_n = kept;
	return err;
}

enum err published_warning(struct ctx *c, str id, struct reading *ret, struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	struct record r;
	struct uuid uid;
	str type;

	/* numbers count per team: for the public an id alone names something */
	if (id_parse(id, &type, &uid) || record_get(c, t, id, &r, NULL) || !ours(c, &r))
		return not_public(why);
	return warning_reading(c, &r, strcmp(c->lang, "ja") == 0, ret, why);
}

/* ---- fact sheets ---- */

#define AHEAD_US (INT64_C(30) * 86400 * US_PER_S)
#define YEAR_US (INT64_C(366) * 86400 * US_PER_S)
#define SHEETS_MOST 20

enum err published_sheet(struct ctx *c, str language, struct json *ret, str *ret_languages,
			 struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("factsheets"));
	struct list_query q = {.types = &t->code,
			       .n_types = 1,
			       .team = c->node->home_team,
			       .limit = SHEETS_MOST,
			       .with_body = true};
	struct record r[SHEETS_MOST];
	bool ja = false, en = false, any = false, fits = false;
	int64_t next;
	size_t n = 0;
	enum err err = store_list(c->node->store, c->arena, c->view, &q, r, &n, &next, why);

	for (size_t i = 0; i < n && !err; i++) {
		struct json v;
		str l;

		if (record_render(c, &r[i], &v, NULL))
			continue;
		l = json_get_str(&v, "language");
		ja |= str_eq(l, STR("ja"));
		en |= str_eq(l, STR("en"));
		if (!any || (!fits && str_eq(l, language)))
			*ret = v;
		any = true;
		fits |= str_eq(l, language);
	}
	if (!err && !any)
		return not_public(why);
	*ret_languages = ja && en ? STR("ja, en") : en ? STR("en") : STR("ja");
	return err;
}

static enum err check_end(struct ctx *c, const struct json *body, struct why *why)
{
	int64_t until;

	if (time_parse(json_get_str(body, "valid_until"), &until) || until <= c->now_us + YEAR_US)
		return ERR_OK;
	return field_fault(c, why, "range", "/valid_until", "is more than a year ahead (RFC 9116)",
			   "は1年以内の日時にしてください（RFC 9116）");
}

/* Published it is for everybody; before and after, for the team. */
static enum err sheet_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	bool out = str_eq(d->state, STR("published"));

	d->label = (struct label_spec){
	    .has_tlp = true, .tlp = out ? TLP_CLEAR : TLP_AMBER_STRICT, .everyone = out};
	d->label_given = true;
	return check_end(c, &d->body, why);
}

static enum err sheet_committing(struct ctx *c, struct record_draft *d, struct why *why)
{
	char u[UUID_TEXT];
	int64_t until;

	(void)why;
	if (!str_eq(d->state, STR("published")) ||
	    time_parse(json_get_str(&d->body, "valid_until"), &until))
		return ERR_OK;
	uuid_text(d->uid, u);
	str payload = arena_printf(c->arena, "{\"team\":%lld,\"sheet\":\"%.*s\"}",
				   (long long)d->team, UUID_TEXT, u);
	str name = arena_printf(c->arena, "factsheet/%.*s", UUID_TEXT, u);

	write_job(d->write, "factsheet.expires", payload,
		  until - AHEAD_US > c->now_us ? until - AHEAD_US : c->now_us, name.p);
	return ERR_OK;
}

const struct record_rules factsheet_rules = {
    .type = "x-hikeshi-factsheet", .prepare = sheet_prepare, .committing = sheet_committing};

static enum err remind(struct ctx *c, const struct json *sheet, int64_t until, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("tasks"));
	bool ja = str_eq(json_get_str(sheet, "language"), STR("ja"));
	struct json o = json_object();
	struct record made;
	str at = moment_text(c->arena, until, ja);

	set_text(c->arena, &o, "title",
		 arena_printf(c->arena,
			      ja ? "チーム記述書と security.txt の期限が近い（%.*s）"
				 : "The fact sheet and security.txt end soon (%.*s)",
			      STR_ARG(at)));
	set_text(
	    c->arena, &o, "description",
	    ja ? STR("内容を確認し、「有効期限」を延ばしてください。過ぎると、公開している連絡先は"
		     "古いものとして扱われます。")
	       : STR("Check what it says and set “Valid until” anew. After that day readers take "
		     "the published contacts for outdated."));
	set_text(c->arena, &o, "language", ja ? STR("ja") : STR("en"));
	set_time(c->arena, &o, "due", until);
	return record_create(c, t, &o, c->actor->team, &made, why);
}

enum err factsheet_job(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	struct json p, body;
	struct record r = {0};
	struct uuid uid;
	struct actor actor;
	struct ctx c;
	int64_t until = 0;
	enum err err = json_parse(a, j->payload, NULL, &p, why);

	if (!err && uuid_parse(json_get_str(&p, "sheet"), &uid))
		err = why_set(why, ERR_INVALID, "the job names no fact sheet");
	if (err)
		return err;
	actor = node_actor(n, json_get_i64(&p, "team", 0));
	ctx_init(&c, n, a, &actor);
	err = store_find_held(n->store, a, actor.team, &uid, 1, true, &r, why);
	if (!err && r.key)
		err = record_body(&c, &r, &body, why);
	/* it may have got more time, or be published no more */
	if (!err && r.key && str_eq(word_text(n->store, r.state), STR("published")) &&
	    time_parse(json_get_str(&body, "valid_until"), &until) == ERR_OK &&
	    until - AHEAD_US <= c.now_us)
		err = remind(&c, &body, until, why);
	ctx_done(&c);
	return err;
}
