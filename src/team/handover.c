// SPDX-License-Identifier: Apache-2.0
/* handover: the note from one duty officer to the next. A team has one at a time: the next begins
 * when this one was read by whoever takes over. Each has its id from the one before, so that two
 * who begin the next one at the same moment begin the same one, and the slower is told so. */
#include "team/record_internal.h"
#include "team/rules.h"

static struct json own_person(struct ctx *c)
{
	for (size_t i = 0; i < c->dir->n_people; i++) {
		char u[UUID_TEXT];

		if (c->dir->people[i].key != c->actor->person || !c->actor->person)
			continue;
		uuid_text(c->dir->people[i].uid, u);
		return json_string(arena_printf(c->arena, "x-hikeshi-person--%.*s", UUID_TEXT, u));
	}
	return json_null();
}

static enum err newest(struct ctx *c, const struct record_draft *d, struct record *ret,
		       struct why *why)
{
	struct list_query q = {.types = &d->type->code,
			       .n_types = 1,
			       .team = d->team,
			       .with_exercise = true,
			       .limit = 1};
	size_t n = 0;
	int64_t next;

	*ret = (struct record){0};
	/* sees all: the note is the team's own */
	return store_list(c->node->store, c->arena, &(struct view){.all = true}, &q, ret, &n, &next,
			  why);
}

static enum err begin(struct ctx *c, struct record_draft *d, struct why *why)
{
	struct record last;
	const struct directory_team *team = directory_team(c->dir, d->team);
	enum err err = newest(c, d, &last, why);
	bool read = last.key && str_eq(word_text(c->node->store, last.state), STR("taken_over"));

	if (err)
		return err;
	if (last.key && !read)
		return why_field(why, ERR_CONFLICT, "handover_open", NULL,
				 "there is a hand-over note that nobody has taken over yet",
				 "引き受けられていない引き継ぎメモがあります");
	if (last.key)
		json_set(c->arena, &d->body, STR("after"), json_string(record_id(c, &last)));
	d->uid = uuid_v5(last.key ? last.uid
			 : team   ? team->uid
				  : (struct uuid){{0}},
			 STR("handover"));
	json_set(c->arena, &d->body, STR("duty"), own_person(c));
	return ERR_OK;
}

/* Who hands over and who takes over is said by who does it. */
static enum err by_hand(struct ctx *c, const struct json *request, struct why *why)
{
	static const char *const set_here[] = {"duty", "taken_by", "after"};

	for (size_t i = 0; i < ARRAY_LEN(set_here); i++)
		if (json_get_c(request, set_here[i]))
			return field_fault(c, why, "read_only",
					   arena_printf(c->arena, "/%s", set_here[i]).p,
					   "is set by the server and cannot be changed",
					   "サーバーが設定する項目のため変更できません");
	return ERR_OK;
}

static enum err handover_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	struct json me = own_person(c);
	enum err err = by_hand(c, d->request, why);

	if (err)
		return err;
	if (d->label_given)
		return field_fault(c, why, "team_only", "/tlp",
				   "a hand-over note is for one's own team",
				   "引き継ぎメモは自チーム限りです");
	if (!d->old)
		return begin(c, d, why);
	if (!d->step)
		return ERR_OK;
	if (str_eq(d->step->name, STR("hand_over")))
		json_set(c->arena, &d->body, STR("duty"), me);
	if (!str_eq(d->step->name, STR("take_over")))
		return ERR_OK;
	if (json_eq(&me, json_get_c(&d->body, "duty"))) /* gate */
		return why_field(why, ERR_CONFLICT, "own_handover", NULL,
				 "whoever takes over reads it, not whoever wrote it",
				 "引き継いだ本人は引き受けられません");
	json_set(c->arena, &d->body, STR("taken_by"), me);
	return ERR_OK;
}

const struct record_rules handover_rules = {.type = "x-hikeshi-handover",
					    .prepare = handover_prepare};
