// SPDX-License-Identifier: Apache-2.0
/* A warning that this node had issued and lost comes back from a peer as its recipients have it:
 * what the issuer keeps beside it is made again. What never left (who wrote it, the incident
 * behind) cannot come back. */
#include "team/warning_internal.h"

struct coming_back {
	struct ctx *c;
	struct write_set *w;
	const struct directory_team *own;
	struct uuid uid;
	const struct json *body; /* as issued */
	const struct label *label;
	str state;
	int64_t working; /* label of working copy and deliveries */
};

static str circle_id(struct ctx *c, int64_t circle)
{
	const struct directory_circle *ci = directory_circle(c->dir, circle);
	char u[UUID_TEXT];

	if (!ci)
		return STR_NULL;
	uuid_text(ci->uid, u);
	return arena_printf(c->arena, "x-hikeshi-circle--%.*s", UUID_TEXT, u);
}

/* What is decided about it, as far as the issued text and its audience tell. */
static struct json handling(const struct coming_back *x)
{
	struct arena *a = x->c->arena;
	const struct json *issued = json_get_c(x->body, "issued");
	struct json h = json_object(), circles = json_array();

	for (size_t i = 0; i < x->label->n_circles; i++) {
		str id = circle_id(x->c, x->label->circles[i].circle);

		if (id.n)
			json_add(a, &circles, json_string(id));
	}
	set_text(a, &h, "tlp", tlp_label(x->label->tlp));
	json_set(a, &h, STR("circles"), circles);
	set_i64(a, &h, "edition", json_get_i64(issued, "edition", 1));
	set_text(a, &h, "issued_at", json_get_str(issued, "issued_at"));
	json_set(a, &h, STR("authors"), json_array());
	return h;
}

/* Teams that were named one by one, so that a correction goes to them as well. */
static void name_teams(const struct coming_back *x, struct json *body)
{
	struct arena *a = x->c->arena;
	struct json teams = json_array(), *whom;

	for (size_t i = 0; i < x->label->n_teams; i++) {
		const struct directory_team *t = directory_team(x->c->dir, x->label->teams[i]);

		if (t)
			json_add(a, &teams, json_string(record_id(x->c, &t->record)));
	}
	if (!json_count(&teams))
		return;
	whom = json_slot(a, body, "whom");
	json_set(a, whom, STR("teams"), teams);
}

static enum err working_copy(struct coming_back *x, struct record_draft *d, struct why *why)
{
	struct ctx *c = x->c;
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	struct record_put *put = arena_new(c->arena, struct record_put);
	str number = json_get_str(x->body, "number");
	struct record held = {0}, same = {0};
	const struct view all = {.all = true}; /* sees all: is the number somebody else's now? */
	struct json body = json_object(), left = json_object();
	enum err err =
	    store_find_held(c->node->store, c->arena, x->own->key, &x->uid, 1, true, &held, why);

	if (!err && held.key)
		err = record_body(c, &held, &body, why);
	if (!err && !held.key && number.n)
		err = store_find_number(c->node->store, c->arena, &all, x->own->key, number, &same,
					why);
	if (err)
		return err;
	for (size_t i = 0; i < json_count(x->body); i++)
		if (!str_eq(x->body->members[i].key, STR("issued")) &&
		    !str_eq(x->body->members[i].key, STR("number")))
			json_set(c->arena, &left, x->body->members[i].key,
				 x->body->members[i].value);
	json_set(c->arena, &left, STR("handling"), handling(x));
	body = json_merge(c->arena, &body, &left);
	name_teams(x, &body);
	*put = (struct record_put){.key = held.key,
				   .expect_version = held.version,
				   .uid = x->uid,
				   .team = x->own->key,
				   .label = x->working,
				   .state = x->state,
				   .kind = "heal",
				   .number = same.key ? STR_NULL : number,
				   .number_prefix = t->number,
				   .flags = held.flags};
	err = record_fill_put(c, t, &body, put, why);
	if (!err)
		(void)write_put(x->w, put);
	d->body = body;
	return err;
}

/* For each team that may read it, as issuing makes them; receipts say the rest. */
static enum err delivery(struct coming_back *x, const struct directory_team *t, struct why *why)
{
	struct ctx *c = x->c;
	const struct catalog_type *type = catalog_type(c->node->catalog, STR(DELIVERY_TYPE));
	struct uuid uid = warning_delivery_uid(x->uid, "inbox", t->uid);
	struct record_put *put = arena_new(c->arena, struct record_put);
	struct json b = json_object();
	struct record held = {0};
	char u[UUID_TEXT];
	size_t i;
	enum err err =
	    store_find_held(c->node->store, c->arena, x->own->key, &uid, 1, false, &held, why);

	if (err || held.key)
		return err;
	uuid_text(x->uid, u);
	set_text(c->arena, &b, "warning",
		 arena_printf(c->arena, WARNING_TYPE "--%.*s", UUID_TEXT, u));
	set_text(c->arena, &b, "recipient", record_id(c, &t->record));
	set_text(c->arena, &b, "channel", STR("inbox"));
	set_text(c->arena, &b, "reason", STR("restored"));
	set_i64(c->arena, &b, "warning_version",
		json_get_i64(json_get_c(x->body, "issued"), "edition", 1));
	*put = (struct record_put){.uid = uid,
				   .type = STR(DELIVERY_TYPE),
				   .team = x->own->key,
				   .label = x->working,
				   .state = t->peer ? STR("queued") : STR("delivered"),
				   .kind = "heal"};
	err = record_fill_put(c, type, &b, put, why);
	put->text = STR_NULL;
	put->n_values = 0;
	if (err)
		return err;
	i = write_put(x->w, put);
	write_link(x->w, -1 - (int64_t)i, STR("delivery"), x->uid);
	return ERR_OK;
}

enum err warning_back(struct ctx *c, struct write_set *w, int64_t src,
		      const struct directory_team *own, struct uuid uid, str state,
		      const struct json *body, const struct label *l, struct why *why)
{
	struct coming_back x = {
	    .c = c, .w = w, .own = own, .uid = uid, .body = body, .label = l, .state = state};
	const struct json *ids = json_path(body, "what", "indicators", NULL);
	const struct label_spec working = {.has_tlp = true, .tlp = TLP_AMBER_STRICT};
	struct record_draft d = {.team = own->key, .uid = uid, .write = w};
	enum err err = record_label(c, &working, own->key, &x.working, why);

	if (!err)
		err = working_copy(&x, &d, why);
	for (size_t i = 0; i < c->dir->n_teams && !err; i++)
		if (c->dir->teams[i].key != own->key &&
		    ctx_team_sees(c, &c->dir->teams[i], l)) /* gate */
			err = delivery(&x, &c->dir->teams[i], why);
	if (err || !str_eq(state, STR("issued")))
		return err;
	for (size_t i = 0; i < json_count(ids); i++) {
		struct uuid of;
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &of) == ERR_OK)
			write_link(w, src, STR("vouches"), of);
	}
	warning_schedule(c, &d);
	return ERR_OK;
}
