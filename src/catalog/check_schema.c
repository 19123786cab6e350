// SPDX-License-Identifier: Apache-2.0
/* check_schema: faults in our own files, found at load: a missing label, an unknown list, a
 * transition from nowhere. Nothing here sees input of others. */
#include "catalog/catalog_internal.h"

#define REFUSE(why, ...) why_set((why), ERR_INVALID, __VA_ARGS__)

static bool labelled(const struct json *v, const char *key)
{
	const struct json *l = json_get_c(v, key);

	return json_get_str(l, "ja").n && json_get_str(l, "en").n;
}

enum err catalog_check_list(const struct catalog_list *l, struct why *why)
{
	const struct json *items = json_get_c(&l->source, "items");

	if (!l->name.n || !labelled(&l->source, "label") || !json_count(items))
		return REFUSE(why, "list '%.*s' lacks a name, a label or items", STR_ARG(l->name));
	for (size_t i = 0; i < json_count(items); i++)
		if (!json_get_str(json_at(items, i), "code").n ||
		    !labelled(json_at(items, i), "label"))
			return REFUSE(why, "item %zu of list '%.*s' lacks code or label", i,
				      STR_ARG(l->name));
	return ERR_OK;
}

static enum err check_annotations(const struct catalog *c, str name, const struct json *schema,
				  struct why *why)
{
	str ref = json_get_str(schema, "ref"), format = json_get_str(schema, "format");
	str pattern = json_get_str(schema, "pattern"), suggest = json_get_str(schema, "suggest");

	if (json_get_c(schema, "hint") && !labelled(schema, "hint"))
		return REFUSE(why, "field '%.*s' has a hint in one language only", STR_ARG(name));
	if (str_skip_prefix(&ref, STR("list:")) && !catalog_list(c, ref))
		return REFUSE(why, "field '%.*s' names unknown list '%.*s'", STR_ARG(name),
			      STR_ARG(ref));
	if (str_skip_prefix(&suggest, STR("list:")) && !catalog_list(c, suggest))
		return REFUSE(why, "field '%.*s' names unknown list '%.*s'", STR_ARG(name),
			      STR_ARG(suggest));
	if (format.n && !format_known(format))
		return REFUSE(why, "field '%.*s' names unknown format '%.*s'", STR_ARG(name),
			      STR_ARG(format));
	if (pattern.n && !pattern_valid(pattern))
		return REFUSE(why, "field '%.*s' has a pattern that needs backtracking",
			      STR_ARG(name));
	return ERR_OK;
}

static enum err check_limits(str name, const struct json *schema, struct why *why)
{
	str type = json_get_str(schema, "type");
	bool closed = json_get_c(schema, "enum") || json_get_c(schema, "ref") ||
		      json_get_c(schema, "format") || json_get_c(schema, "pattern") ||
		      json_get_c(schema, "const");

	if (str_eq(type, STR("string")) && !closed && !json_get_c(schema, "maxLength"))
		return REFUSE(why, "text '%.*s' has no maxLength", STR_ARG(name));
	if (str_eq(type, STR("array")) && !json_get_c(schema, "maxItems"))
		return REFUSE(why, "list '%.*s' has no maxItems", STR_ARG(name));
	if (!type.n)
		return REFUSE(why, "field '%.*s' has no type", STR_ARG(name));
	return ERR_OK;
}

static enum err check_properties(const struct catalog *c, const struct json *schema, bool own,
				 unsigned depth, struct why *why);

static enum err check_property(const struct catalog *c, const struct json_member *m, bool own,
			       unsigned depth, struct why *why)
{
	const struct json *items = json_get_c(&m->value, "items");
	enum err err;

	if (!labelled(&m->value, "label"))
		return REFUSE(why, "field '%.*s' lacks a label", STR_ARG(m->key));
	err = check_annotations(c, m->key, &m->value, why);
	if (!err && own)
		err = check_limits(m->key, &m->value, why);
	if (!err && items)
		err = check_annotations(c, m->key, items, why);
	if (!err && items && own)
		err = check_limits(m->key, items, why);
	if (!err)
		err = check_properties(c, &m->value, own, depth, why);
	if (!err && items)
		err = check_properties(c, items, own, depth, why);
	return err;
}

static enum err check_properties(const struct catalog *c, const struct json *schema, bool own,
				 unsigned depth, struct why *why)
{
	const struct json *props = json_get_c(schema, "properties"),
			  *required = json_get_c(schema, "required");
	enum err err = ERR_OK;

	if (depth > 8)
		return REFUSE(why, "a schema is nested too deeply");
	for (size_t i = 0; !err && i < json_count(props); i++)
		err = check_property(c, &props->members[i], own, depth + 1, why);
	for (size_t i = 0; !err && i < json_count(required); i++)
		if (!json_get(props, json_str(json_at(required, i))))
			err = REFUSE(why, "required field '%.*s' does not exist",
				     STR_ARG(json_str(json_at(required, i))));
	return err;
}

static bool is_subresource(str name)
{
	static const str names[] = {
	    STR_INIT("history"),    STR_INIT("links"),       STR_INIT("comments"),
	    STR_INIT("files"),      STR_INIT("indicators"),  STR_INIT("preview"),
	    STR_INIT("deliveries"), STR_INIT("presence"),    STR_INIT("erasures"),
	    STR_INIT("erase"),      STR_INIT("assessments"), STR_INIT("receipts"),
	    STR_INIT("concerns"),
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static enum err check_path(const struct catalog_type *t, str path, str where, struct why *why)
{
	if (catalog_path_schema(t->schema, path) || catalog_path_schema(t->common, path))
		return ERR_OK;
	return REFUSE(why, "'%.*s' names unknown field '%.*s'", STR_ARG(where), STR_ARG(path));
}

static enum err check_transition(const struct catalog_type *t, size_t at, struct why *why)
{
	const struct catalog_transition *tr = &t->transitions[at];
	enum err err = ERR_OK;
	str rest, path;

	if (!tr->name.n || is_subresource(tr->name))
		return REFUSE(why, "a transition must not be named '%.*s'", STR_ARG(tr->name));
	if (!tr->label.ja.n || !tr->label.en.n || tr->role == ROLE_NONE || !tr->n_from)
		return REFUSE(why, "transition '%.*s' lacks label, role or from",
			      STR_ARG(tr->name));
	if (!catalog_state(t, tr->to))
		return REFUSE(why, "transition '%.*s' leads to unknown state '%.*s'",
			      STR_ARG(tr->name), STR_ARG(tr->to));
	for (size_t i = 0; i < tr->n_from; i++) {
		const struct catalog_transition *first = NULL;
		struct why unused = {0};

		if (!catalog_state(t, tr->from[i]))
			return REFUSE(why, "transition '%.*s' starts in unknown state '%.*s'",
				      STR_ARG(tr->name), STR_ARG(tr->from[i]));
		if (catalog_step(t, tr->name, tr->from[i], &first, &unused) == ERR_OK &&
		    first != tr)
			return REFUSE(why, "transition '%.*s' is there twice from '%.*s'",
				      STR_ARG(tr->name), STR_ARG(tr->from[i]));
	}
	for (size_t i = 0; !err && i < tr->n_required; i++)
		for (rest = tr->required[i]; !err && str_split(&rest, '|', &path);)
			err = check_path(t, path, tr->name, why);
	for (size_t i = 0; !err && i < tr->n_fields; i++)
		err = check_path(t, tr->fields[i], tr->name, why);
	return err;
}

static enum err check_states(const struct catalog_type *t, struct why *why)
{
	enum err err = ERR_OK;

	if (t->n_states && !catalog_state(t, t->initial_state))
		return REFUSE(why, "type '%.*s' starts in an unknown state", STR_ARG(t->type));
	for (size_t i = 0; i < t->n_states; i++)
		if (!t->states[i].label.ja.n || !t->states[i].label.en.n)
			return REFUSE(why, "state '%.*s' lacks a label",
				      STR_ARG(t->states[i].name));
	for (size_t i = 0; !err && i < t->n_transitions; i++)
		err = check_transition(t, i, why);
	return err;
}

static enum err check_all(const struct catalog *c, const struct catalog_type *t, struct why *why)
{
	bool own = t->form == FORM_OWN;
	enum err err = check_properties(c, t->schema, own, 0, why);

	for (size_t i = 0; !err && own && i < json_count(json_get_c(t->schema, "properties"));
	     i++) {
		str name = json_get_c(t->schema, "properties")->members[i].key;

		if (catalog_is_common(name) && !str_eq(name, STR("team")))
			err = REFUSE(why, "'%.*s' is a common field", STR_ARG(name));
	}
	for (size_t i = 0; !err && i < t->n_title; i++)
		err = check_path(t, t->title[i], STR("title"), why);
	for (size_t i = 0; !err && i < t->n_values; i++)
		err = check_path(t, t->values[i], STR("values"), why);
	if (!err && t->severity_field.n)
		err = check_path(t, t->severity_field, STR("shelf"), why);
	if (!err && t->due_field.n)
		err = check_path(t, t->due_field, STR("sort"), why);
	return err ? err : check_states(t, why);
}

enum err catalog_check_type(const struct catalog *c, const struct catalog_type *t, struct why *why)
{
	struct why inner = {0};
	enum err err;

	if (!t->type.n || !t->label.ja.n || !t->label.en.n || !t->n_title || t->read == ROLE_NONE ||
	    t->create == ROLE_NONE || t->edit == ROLE_NONE)
		return REFUSE(why, "type '%.*s' lacks name, label, title or roles",
			      STR_ARG(t->type));
	err = check_all(c, t, &inner);
	return err ? why_set(why, err, "type '%.*s': %s", STR_ARG(t->type), inner.text) : ERR_OK;
}
