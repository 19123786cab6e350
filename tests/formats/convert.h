// SPDX-License-Identifier: Apache-2.0
/* Reads a text in one format and writes it in another through the library, as the importer and
 * exporter do. One thread. */
#ifndef TESTS_FORMATS_CONVERT_H
#define TESTS_FORMATS_CONVERT_H

#include "base/id.h"
#include "tests/formats/collect.h"

static enum err convert_flush(void *ctx, str bytes, struct why *why)
{
	(void)why;
	buf_add(ctx, bytes);
	return ERR_OK;
}

/* The record that an importer would make of an element. */
static inline struct format_record convert_record(const struct collected *c, size_t i)
{
	static const struct uuid space = {
	    {1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};
	const struct format_element *e = &c->elements.p[i];
	struct format_record r = {.form = e->form,
				  .type = e->type,
				  .uid = e->uid,
				  .body = e->body,
				  .revoked = e->revoked};

	if (uuid_is_zero(r.uid))
		r.uid = uuid_v5(space, e->body);
	r.tlp = e->tlp < 0 ? TLP_AMBER_STRICT : (enum tlp)e->tlp;
	r.created_us = r.modified_us = e->modified_us ? e->modified_us : INT64_C(1767225600000000);
	if (e->parent >= 0)
		r.parent = c->elements.p[e->parent].uid;
	return r;
}

/* Writes all that was collected. ret_losses may be NULL. */
static inline enum err convert_write(enum format_id to, struct collected *c, struct buf *out,
				     struct format_loss **ret_losses, size_t *ret_n,
				     struct why *why)
{
	struct format_writer *w = NULL;
	struct format_loss *losses = NULL;
	size_t n = 0;
	enum err err = format_write_begin(to, NULL, &c->arena, convert_flush, out, &w, why), end;

	if (err)
		return err;
	for (size_t i = 0; i < c->elements.n && !err; i++) {
		struct format_record r = convert_record(c, i);

		err = format_write(w, &r, why);
	}
	end = format_write_end(w, &losses, &n, why);
	if (ret_losses) {
		*ret_losses = losses;
		*ret_n = n;
	}
	return err ? err : end;
}

#endif
