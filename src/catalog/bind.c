// SPDX-License-Identifier: Apache-2.0
/* bind: gives the catalogue's words their codes in a store. Once, before threads start. */
#include "catalog/catalog_internal.h"

static enum err bind_states(const struct catalog_type *t, struct store *s, struct why *why)
{
	int32_t code;

	for (size_t i = 0; i < t->n_states; i++) {
		enum err err = word_code(s, t->states[i].name, &code, why);

		if (err)
			return err;
	}
	return ERR_OK;
}

enum err catalog_bind(struct catalog *c, struct store *s, struct why *why)
{
	for (size_t i = 0; i < c->n_types; i++) {
		struct catalog_type *t = &c->types[i];
		enum err err = word_code(s, t->type, &t->code, why);

		if (!err)
			err = bind_states(t, s, why);
		if (err)
			return err;
		u64map_put(&c->by_code, (uint64_t)t->code, NULL)->ptr = t;
	}
	return ERR_OK;
}
