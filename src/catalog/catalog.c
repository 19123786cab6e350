// SPDX-License-Identifier: Apache-2.0
/* catalog: looking things up in what load.c made. */
#include "catalog/catalog_internal.h"

const struct catalog_type *catalog_types(const struct catalog *c, size_t *ret_n)
{
	*ret_n = c->n_types;
	return c->types;
}

static const void *find(const struct map *m, str key)
{
	const union map_value *v = map_get(m, key);

	return v ? v->ptr : NULL;
}

const struct catalog_type *catalog_type(const struct catalog *c, str type)
{
	return find(&c->by_type, type);
}

const struct catalog_type *catalog_plural(const struct catalog *c, str plural)
{
	return find(&c->by_plural, plural);
}

const struct catalog_type *catalog_code(const struct catalog *c, int32_t code)
{
	const union map_value *v = code > 0 ? u64map_get(&c->by_code, (uint64_t)code) : NULL;

	return v ? v->ptr : NULL;
}

const struct catalog_type *catalog_generic(const struct catalog *c)
{
	return &c->generic;
}

const struct catalog_field *catalog_field(const struct catalog_type *t, str name)
{
	for (size_t i = 0; i < t->n_fields; i++)
		if (str_eq(t->fields[i].name, name))
			return &t->fields[i];
	return NULL;
}

const struct catalog_state *catalog_state(const struct catalog_type *t, str name)
{
	for (size_t i = 0; i < t->n_states; i++)
		if (str_eq(t->states[i].name, name))
			return &t->states[i];
	return NULL;
}

const struct catalog_transition *catalog_transition(const struct catalog_type *t, str name)
{
	for (size_t i = 0; i < t->n_transitions; i++)
		if (str_eq(t->transitions[i].name, name))
			return &t->transitions[i];
	return NULL;
}

const struct json *catalog_list(const struct catalog *c, str name)
{
	const struct catalog_list *l = find(&c->by_list, name);

	return l ? &l->source : NULL;
}

const struct json *catalog_code_item(const struct catalog *c, str list, str code)
{
	const struct catalog_list *l = find(&c->by_list, list);

	return l ? find(&l->items, code) : NULL;
}

str catalog_document(const struct catalog *c)
{
	return c->document;
}
