// SPDX-License-Identifier: Apache-2.0
/* step: the state machines of the record types. */
#include "catalog/catalog_internal.h"
#include "catalog/fault.h"

static bool leads_from(const struct catalog_transition *t, str state)
{
	for (size_t i = 0; i < t->n_from; i++)
		if (str_eq(t->from[i], state))
			return true;
	return false;
}

static enum err not_from_here(const struct catalog_type *t, str transition, str state,
			      struct why *why)
{
	const struct catalog_state *s = catalog_state(t, state);
	const struct catalog_transition *tr = catalog_transition(t, transition);
	struct bilingual now = s ? s->label : (struct bilingual){.ja = state, .en = state};
	BUF(steps);
	BUF(en);
	BUF(ja);

	for (size_t i = 0; i < t->n_transitions; i++)
		if (leads_from(&t->transitions[i], state))
			buf_printf(&steps, "%s%.*s", steps.n ? ", " : "",
				   STR_ARG(t->transitions[i].name));
	if (!steps.n)
		buf_add(&steps, STR("-"));
	buf_printf(&en, "'%.*s' is not possible in state '%.*s' (%.*s); possible: %.*s",
		   STR_ARG(transition), STR_ARG(state), STR_ARG(now.en), STR_ARG(buf_str(&steps)));
	buf_printf(&ja, "現在の状態「%.*s」では「%.*s」できません。可能な操作: %.*s",
		   STR_ARG(now.ja), STR_ARG(tr->label.ja), STR_ARG(buf_str(&steps)));
	return why_field(why, ERR_CONFLICT, "state", "/state", buf_cstr(&en), buf_cstr(&ja));
}

enum err catalog_step(const struct catalog_type *t, str transition, str state,
		      const struct catalog_transition **ret, struct why *why)
{
	for (size_t i = 0; i < t->n_transitions; i++) {
		const struct catalog_transition *tr = &t->transitions[i];

		if (str_eq(tr->name, transition) && leads_from(tr, state)) {
			*ret = tr;
			return ERR_OK;
		}
	}
	if (catalog_transition(t, transition))
		return not_from_here(t, transition, state, why);
	return why_field(why, ERR_NOTFOUND, "no_transition", "", "there is no such transition",
			 "そのような操作はありません");
}

/* "circles|whom.teams|whom.people": one of them is enough */
static bool has_one(const struct json *body, str alternatives)
{
	str path;

	while (str_split(&alternatives, '|', &path))
		if (!catalog_is_empty(catalog_path(body, path)))
			return true;
	return false;
}

static void fault_missing(struct checker *k, const struct catalog_type *t, str alternatives)
{
	struct frame frames[8];
	const struct frame *at = NULL;
	str first = STR_NULL, rest = alternatives, part;
	const struct json *schema;
	size_t n = 0;

	if (!str_split(&rest, '|', &first))
		return;
	schema = catalog_path_schema(t->schema, first);
	if (!schema)
		schema = catalog_path_schema(t->common, first);
	for (str path = first; n < ARRAY_LEN(frames) && str_split(&path, '.', &part);
	     at = &frames[n++])
		frames[n] = (struct frame){at, part, 0};
	if (first.n == alternatives.n)
		fault_add(k, at, schema, "required", STR("is required for this step"),
			  STR("はこの操作に必須です"));
	else
		fault_add(k, at, schema, "required",
			  arena_printf(k->arena, "is required for this step, or another of: %.*s",
				       STR_ARG(alternatives)),
			  arena_printf(k->arena, "など、次のいずれかがこの操作に必要です: %.*s",
				       STR_ARG(alternatives)));
}

enum err catalog_require(struct arena *a, const struct catalog_type *t,
			 const struct catalog_transition *tr, const struct json *body,
			 struct catalog_faults *faults, struct why *why)
{
	struct catalog_faults own = {0};
	struct checker k = {.arena = a, .faults = faults ? faults : &own};

	for (size_t i = 0; i < tr->n_required; i++)
		if (!has_one(body, tr->required[i]))
			fault_missing(&k, t, tr->required[i]);
	return fault_result(k.faults, why);
}
