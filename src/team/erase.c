// SPDX-License-Identifier: Apache-2.0
#include "team/erase.h"

#include "team/record_internal.h"
#include "team/withdrawal.h"

static bool among(str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_c(list[i])))
			return true;
	return false;
}

static bool opens_up(str name)
{
	static const char *const groups[] = {"what", "whom", "when", "why", "how", "who"};

	return among(name, groups, ARRAY_LEN(groups));
}

/* Nor those whose absence would mean something else (docs/formats.md 3). */
bool erase_may(const struct erase_path *p)
{
	static const char *const stay[] = {
	    "type",    "id",    "spec_version", "created",  "modified", "created_by_ref",
	    "revoked", "state", "number",       "exercise", "issued",   "handling"};

	if (p->n && (str_eq(p->name[0], STR("valid_until")) ||
		     (str_eq(p->name[0], STR("when")) &&
		      (p->n == 1 || str_eq(p->name[1], STR("valid_until"))))))
		return false;
	return p->n && p->name[0].n && !among(p->name[0], stay, ARRAY_LEN(stay)) &&
	       (p->n == 1 || (p->n == 2 && p->name[1].n && opens_up(p->name[0])));
}

/* Whether a field is named; rest: within the object that is its first name's value. */
static bool is_named(const struct erase_paths *x, str first, str second)
{
	for (size_t i = 0; i < x->n; i++)
		if (str_eq(x->p[i].name[0], first) &&
		    (x->p[i].n == 1 || (second.n && str_eq(x->p[i].name[1], second))))
			return true;
	return false;
}

struct json erase_from(struct arena *a, const struct json *object, const struct erase_paths *x)
{
	struct json ret = json_object();

	for (size_t i = 0; i < json_count(object); i++) {
		const struct json_member *m = &object->members[i];
		struct json inner = json_object();

		if (is_named(x, m->key, STR_NULL))
			continue;
		if (!opens_up(m->key) || !json_is(&m->value, JSON_OBJECT)) {
			json_set(a, &ret, m->key, m->value);
			continue;
		}
		for (size_t k = 0; k < json_count(&m->value); k++)
			if (!is_named(x, m->key, m->value.members[k].key))
				json_set(a, &inner, m->value.members[k].key,
					 m->value.members[k].value);
		if (json_count(&inner) || !json_count(&m->value))
			json_set(a, &ret, m->key, inner);
	}
	return ret;
}

str erase_body(void *ctx, struct arena *a, str body)
{
	struct json v, left;
	BUF(out);

	if (json_parse(a, body, NULL, &v, NULL))
		return STR("{}");
	left = erase_from(a, &v, ctx);
	if (json_eq(&left, &v))
		return body;
	json_write(&out, &left);
	return arena_str(a, buf_str(&out));
}

/* ---- a person's request ---- */

/* "/what/impact"; of a STIX object "/object/description" means the same as "/description". */
static enum err field_read(struct ctx *c, const struct record *r, str text, struct erase_path *ret,
			   struct why *why)
{
	struct erase_path p = {0};
	str rest = text, part;
	bool good = str_starts(text, STR("/"));

	if (good)
		rest = str_slice(rest, 1, rest.n);
	while (good && rest.n) {
		good = str_split(&rest, '/', &part) && part.n;
		if (good && p.n == 0 && r->form == FORM_STIX && str_eq(part, STR("object")) &&
		    rest.n)
			continue;
		good = good && p.n < 2;
		if (good)
			p.name[p.n++] = part;
	}
	if (!good || !erase_may(&p))
		return field_fault(c, why, "format", "/fields",
				   "names something that is no field, or one that an object cannot "
				   "be without",
				   "消去できない項目、または項目ではないものが指定されています");
	*ret = p;
	return ERR_OK;
}

static enum err request_read(struct ctx *c, const struct record *r, const struct json *request,
			     struct erase_paths *ret, str *reason, struct why *why)
{
	const struct json *fields = json_get_c(request, "fields");
	size_t n = json_count(fields);
	struct erase_path *p;
	enum err err = ERR_OK;

	if (!json_is(fields, JSON_ARRAY) || !n || n > ERASE_PATHS_MAX)
		return field_fault(c, why, "required", "/fields",
				   "say which fields are to be erased, like /what/impact",
				   "消去する項目を /what/impact のように指定してください");
	for (size_t i = 0; i < json_count(request); i++)
		if (!str_eq(request->members[i].key, STR("fields")) &&
		    !str_eq(request->members[i].key, STR("reason")))
			return field_fault(
			    c, why, "unknown_field",
			    arena_printf(c->arena, "/%.*s", STR_ARG(request->members[i].key)).p,
			    "is not a field of this request", "この要求にない項目です");
	p = arena_array(c->arena, struct erase_path, n);
	for (size_t i = 0; i < n && !err; i++)
		err = field_read(c, r, json_str(json_at(fields, i)), &p[i], why);
	*ret = (struct erase_paths){p, n};
	*reason = json_get_str(request, "reason");
	return err;
}

/* What the node makes for other nodes, and what the directory is built from, is no text of a
 * person's. */
static enum err may_erase(struct ctx *c, const struct record *r, struct why *why)
{
	static const char *const made[] = {"x-hikeshi-receipt", "x-hikeshi-withdrawal",
					   "x-hikeshi-sealed", "x-hikeshi-delivery"};
	str type = word_text(c->node->store, r->type);
	const struct label *l = label_get(c->node->store, r->label);

	if (!l)
		return why_set(why, ERR_IO, "label of '%.*s' is missing: run hikeshi verify",
			       STR_ARG(record_id(c, r)));
	if (r->team != c->actor->team) /* gate */
		return why_field(why, ERR_DENIED, "not_holder", NULL,
				 "only the team that holds it can erase fields of it",
				 "項目を消去できるのは、この記録を保有するチームだけです");
	if (is_directory_type(type) || among(type, made, ARRAY_LEN(made)) || r->form == FORM_MISP)
		return why_field(why, ERR_CONFLICT, "not_erasable", NULL,
				 "fields of records of this kind cannot be erased one by one",
				 "この種類の記録では、項目ごとの消去はできません");
	return verdict_err(policy_decide(&c->dir->world, c->actor, ACT_APPROVE, l, c->now_us),
			   why); /* gate */
}

/* ---- making it so ---- */

struct erasing {
	struct ctx *c;
	const struct record *r;
	struct erase_paths paths;
	str reason;
	struct write_set w;
	bool found;
};

/* {"what":{"impact":null}} */
static str patch_text(struct erasing *x)
{
	struct arena *a = x->c->arena;
	struct json patch = json_object();
	BUF(out);

	for (size_t i = 0; i < x->paths.n; i++) {
		const struct erase_path *p = &x->paths.p[i];
		const struct json *was = json_get(&patch, p->name[0]);
		struct json inner = json_is(was, JSON_OBJECT) ? json_copy(a, was) : json_object();

		if (p->n == 2)
			json_set(a, &inner, p->name[1], json_null());
		json_set(a, &patch, p->name[0], p->n == 2 ? inner : json_null());
	}
	json_write(&out, &patch);
	return arena_str(a, buf_str(&out));
}

/* Is there anything to erase, now or in what it was? A name that is misspelt must not pass. */
static bool holds(struct erasing *x, const struct record *r, const struct json *body)
{
	struct json left = erase_from(x->c->arena, body, &x->paths);
	bool found = !json_eq(&left, body);

	for (int32_t v = r->version; --v > 0 && !found;) {
		struct record was = {0};

		if (store_version(x->c->node->store, x->c->arena, r->key, v, &was, NULL) == ERR_OK)
			found = !str_eq(erase_body(&x->paths, x->c->arena, was.body), was.body);
	}
	return found;
}

/* One holding: its present text, and what it was. */
static enum err erase_holding(struct erasing *x, const struct record *r, struct why *why)
{
	struct ctx *c = x->c;
	const struct catalog_type *t = record_type(c, r);
	struct record_put *put = arena_new(c->arena, struct record_put);
	struct json body, left, rule;
	enum err err = record_body(c, r, &body, why);

	if (err)
		return err;
	left = erase_from(c->arena, &body, &x->paths);
	x->found = x->found || holds(x, r, &body);
	if (r->form == FORM_STIX && json_get_c(&left, "modified"))
		json_set(c->arena, &left, STR("modified"),
			 json_string(time_text_short(c->arena, c->now_us - c->now_us % 1000)));
	rule = left;
	if (json_get_c(&left, "number")) { /* what is issued has it in its text */
		const struct erase_path number = {{STR("number")}, 1};

		rule = erase_from(c->arena, &left, &(struct erase_paths){&number, 1});
	}
	err = catalog_validate(c->arena, c->node->catalog, t, &rule, false, &c->faults, why);
	*put = (struct record_put){.key = r->key,
				   .expect_version = r->version,
				   .type = word_text(c->node->store, r->type),
				   .label = r->label,
				   .flags = r->flags,
				   .kind = "erase",
				   .patch = patch_text(x),
				   .why = x->reason,
				   .source_modified_us =
				       r->form == FORM_STIX ? c->now_us : r->source_modified_us};
	if (!err)
		err = record_fill_put(c, t, &left, put, why);
	if (err)
		return err;
	(void)write_put(&x->w, put);
	write_erase(&x->w,
		    &(struct record_erasure){.key = r->key, .fn = erase_body, .ctx = &x->paths});
	return ERR_OK;
}

/* Everybody elsewhere who may have it is told which fields to erase. */
static enum err tell(struct erasing *x, const struct record *r, struct why *why)
{
	struct ctx *c = x->c;
	const struct label *l = label_get(c->node->store, r->label);
	struct taking_back back = {.team = outbox_team(c->dir, r->team),
				   .was = l,
				   .red = l && l->tlp == TLP_RED,
				   .paths = x->paths,
				   .why = x->reason};
	struct record *deliveries = NULL;
	size_t n = 0;
	enum err err = record_linked(c, r->uid, "delivery", &deliveries, &n, why);

	if (err)
		return err;
	taking_back_name(c, &back, word_text(c->node->store, r->type), r->uid);
	for (size_t i = 0; l && i < c->dir->n_teams; i++)
		if (l->tlp == TLP_RED && ctx_team_sees(c, &c->dir->teams[i], l)) /* gate */
			taking_back_team(c, &back, c->dir->teams[i].key);
	/* who was sent a warning and is in its audience no longer has it still */
	for (size_t i = 0; i < n && !err; i++) {
		const struct directory_team *t;
		struct json d;

		err = record_body(c, &deliveries[i], &d, why);
		t = err ? NULL : directory_team_named(c->dir, json_get_str(&d, "recipient"));
		if (t)
			taking_back_team(c, &back, t->key);
	}
	return err ? err : withdrawal_write(c, &x->w, &back, why);
}

static enum err erase_all(struct erasing *x, struct why *why)
{
	struct ctx *c = x->c;
	const struct directory_team *own = directory_team(c->dir, x->r->team);
	struct record sent = {0};
	enum err err = own ? store_find_held(c->node->store, c->arena, own->outbox, &x->r->uid, 1,
					     true, &sent, why)
			   : why_set(why, ERR_IO, "the team is not in the directory");

	if (!err)
		err = erase_holding(x, x->r, why);
	if (!err && sent.key)
		err = erase_holding(x, &sent, why);
	if (!err && !x->found)
		err = field_fault(c, why, "unknown_field", "/fields",
				  "names fields that it has not and never had",
				  "この記録にない項目が指定されています");
	if (!err)
		err = tell(x, x->r, why);
	if (!err && sent.key && sent.label != x->r->label)
		err = tell(x, &sent, why);
	return err;
}

enum err record_erase(struct ctx *c, const struct record *r, const struct json *request,
		      struct record *ret, struct why *why)
{
	struct erasing x = {.c = c, .r = r};
	struct record_result *results = NULL;
	enum err err = may_erase(c, r, why);

	if (!err)
		err = request_read(c, r, request, &x.paths, &x.reason, why);
	if (err)
		return err;
	write_init(&x.w, c->arena, c->actor->account, c->actor->team);
	/* nothing is signed between the look at what was, and the commit */
	err = signing_begin(c->node->store, why);
	if (err)
		return err;
	err = erase_all(&x, why);
	if (!err) {
		results = arena_array(c->arena, struct record_result, write_puts(&x.w) + 1);
		err = record_commit(c, &x.w, results, why);
	}
	signing_end(c->node->store);
	if (err)
		return err;
	ctx_refresh(c);
	/* sees all: what its writer wrote a moment ago */
	return store_read(c->node->store, c->arena, &(struct view){.all = true}, &results[0].key, 1,
			  true, ret, why);
}
