// SPDX-License-Identifier: Apache-2.0
/* withdraw_fields: a withdrawal that names fields alone (erasure). What is held of the lineage up
 * to its rev loses them for good, superseded versions too (store/store.h, write_erase); the
 * signature stays good, as of whoever drops a field. Any thread; memory from the context's arena.
 */
#ifndef EXCHANGE_WITHDRAW_FIELDS_H
#define EXCHANGE_WITHDRAW_FIELDS_H

#include "exchange/withdrawal.h"
#include "team/record.h"

/* Does it leave every object what it cannot be without, as far as names tell? */
bool withdraw_paths_good(struct ctx *c, const struct withdrawal *x);
struct json withdraw_fields_from(struct arena *a, const struct json *object,
				 const struct withdrawal_name *name);
/* Adds to w what is to be done with the holdings of one holder; ids: those of x's names. */
MUST_CHECK enum err withdraw_fields(struct ctx *c, struct write_set *w, const struct withdrawal *x,
				    int64_t team, int64_t holder, const struct uuid *ids,
				    struct why *why);

#endif
