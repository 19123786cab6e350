// SPDX-License-Identifier: Apache-2.0
/* prove: proofs of entries of this node's journal (proof.h) and its checkpoint, signed by the node
 * key as it is now. Whoever asks has been shown the entry by team/journal.h. Any thread. */
#ifndef EXCHANGE_PROVE_H
#define EXCHANGE_PROVE_H

#include "exchange/own_keys.h"
#include "exchange/proof.h"
#include "store/entries.h"

/* The newest key objects of a team, in the order of n, as many as a receipt carries. */
MUST_CHECK enum err prove_keys(struct node *n, struct arena *a, int64_t team,
			       const struct json *const **ret, size_t *ret_n, struct why *why);
/* open: with what the entry says. kept: size of a checkpoint the reader has, -1: none.
 * ERR_CONFLICT "shrunk": the journal is shorter than that. */
MUST_CHECK enum err prove_entry(struct ctx *c, const struct entry *e, bool open, int64_t kept,
				struct json *ret, struct why *why);
/* {"checkpoint","size","epoch","team","keys","consistency"} of an epoch (zero: the present one). */
MUST_CHECK enum err prove_checkpoint(struct ctx *c, struct uuid epoch, int64_t kept,
				     struct json *ret, struct why *why);

#endif
