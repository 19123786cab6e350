// SPDX-License-Identifier: Apache-2.0
/* manifest_internal: what leaf.c and manifest.c share. */
#ifndef EXCHANGE_MANIFEST_INTERNAL_H
#define EXCHANGE_MANIFEST_INTERNAL_H

#include "exchange/manifest.h"
#include "exchange/wire_internal.h"

bool type_is_ours(str type);
str leaf_name(struct arena *a, const struct leaf *l); /* "what/impact" */
/* Is it the leaf that says which of the fields that must stay there are not? */
bool leaf_is_absent(const struct leaf *l);
/* leaf_digest of each, faster. */
MUST_CHECK enum err leaf_digests(struct arena *a, const struct leaf *l, size_t n,
				 struct digest *ret, struct why *why);
void leaves_sort(struct leaf *l, size_t n); /* by path */
/* The leaf of the same path whose salt is known, or NULL. */
const struct leaf *opened_leaf(const struct opened *o, const struct leaf *l);
MUST_CHECK enum err audience_limits(const struct audience_entry *e, size_t n, struct why *why);
/* As JSON text, for the many: the manifest in its canonical form. */
void manifest_write(struct buf *b, const struct manifest *m);
void open_write(struct buf *b, const struct opened *o);

#endif
