// SPDX-License-Identifier: Apache-2.0
/* saved views: an address of a list under a name. One's own carries TLP:RED and names its maker
 * alone; the team's is for the team and nobody else. Readers have none of their own here: nothing
 * is theirs to change. */
#include "team/record_internal.h"
#include "team/rules.h"

#define VIEWS_MOST 50 /* of one person, and of the team */

static enum err view_label(struct ctx *c, struct record_draft *d, bool shared, struct why *why)
{
	struct label_spec own = {.has_tlp = true, .tlp = TLP_RED},
			  team = {.has_tlp = true, .tlp = TLP_AMBER_STRICT};

	if (!shared && !c->actor->person)
		return why_field(why, ERR_CONFLICT, "nobody", "/shared",
				 "a view of one's own needs a person: sign in as one",
				 "自分用の表示を保存するには、担当者としてサインインしてください");
	return record_label(c, shared ? &team : &own, d->team, &d->label_key, why);
}

/* Both kinds have a label of their own, so counting is by label. */
static enum err not_too_many(struct ctx *c, const struct record_draft *d, struct why *why)
{
	int32_t kept = word_find(c->node->store, d->type->initial_state);
	struct list_query q = {.types = &d->type->code,
			       .n_types = 1,
			       .states = &kept,
			       .n_states = 1,
			       .labels = &d->label_key,
			       .n_labels = 1,
			       .with_exercise = true};
	int64_t n = 0;
	enum err err = store_count(c->node->store, c->view, &q, &n, why);

	if (err || n < VIEWS_MOST)
		return err;
	return why_field(why, ERR_LIMIT, "items", NULL,
			 "there are 50 views already: remove one that nobody uses",
			 "保存できる表示は50件までです。使っていないものを削除してください");
}

static enum err view_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	bool shared = json_get_bool(&d->body, "shared", false), was = shared;
	struct json before;
	enum err err = ERR_OK;

	if (d->label_given)
		return field_fault(c, why, "team_only", "/tlp", "a view is one's own or the team's",
				   "表示は自分用かチーム用のどちらかです");
	if (d->old)
		err = record_body(c, d->old, &before, why);
	if (!err && d->old)
		was = json_get_bool(&before, "shared", false);
	if (err)
		return err;
	if (shared != was)
		return field_fault(c, why, "read_only", "/shared",
				   "stays as it was made: save another view",
				   "後から変えられません。別の表示として保存してください");
	if (d->old && !(d->step && str_eq(d->step->name, STR("restore"))))
		return ERR_OK;
	err = view_label(c, d, shared, why);
	return err ? err : not_too_many(c, d, why);
}

const struct record_rules view_rules = {.type = "x-hikeshi-view", .prepare = view_prepare};
