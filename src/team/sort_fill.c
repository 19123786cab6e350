// SPDX-License-Identifier: Apache-2.0
/* Rows that lists are sorted by, for records that were written before there were any. */
#include "team/record.h"

#define FILL_PAGE 500

static enum err fill_page(struct node *n, const struct catalog_type *t, int64_t *after,
			  size_t *ret_n, struct why *why)
{
	const struct view all = {.all = true}; /* sees all: every record has its row */
	struct record *r;
	struct record_sort *sorts;
	int64_t *keys;
	size_t count = 0;
	ARENA(a, 0);
	enum err err = sorted_missing(n->store, &a, t->code, FILL_PAGE, after, &keys, ret_n, why);

	if (err || !*ret_n)
		return err;
	r = arena_array(&a, struct record, *ret_n);
	sorts = arena_array(&a, struct record_sort, *ret_n);
	err = store_read(n->store, &a, &all, keys, *ret_n, true, r, why);
	for (size_t i = 0; i < *ret_n && !err; i++) {
		struct json body = json_object();

		if (!r[i].key)
			continue;
		if (r[i].body.n && json_parse(&a, r[i].body, NULL, &body, NULL))
			body = json_object();
		sorts[count] = draft_sort(t, &body);
		r[count++] = r[i];
	}
	return err ? err : sorted_fill(n->store, r, sorts, count, why);
}

enum err node_sort_fill(struct node *n, struct why *why)
{
	size_t types;
	const struct catalog_type *t = catalog_types(n->catalog, &types);
	enum err err = ERR_OK;

	for (size_t i = 0; i < types && !err; i++) {
		int64_t after = 0;
		size_t found = t[i].sorted ? FILL_PAGE : 0;

		while (found == FILL_PAGE && !err)
			err = fill_page(n, &t[i], &after, &found, why);
	}
	return err;
}
