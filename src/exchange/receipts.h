// SPDX-License-Identifier: Apache-2.0
/* receipts: receipts as a node makes, keeps and takes them (docs/links.md). What a team did with a
 * warning of elsewhere is entered in the journal with the change itself; once it has its place
 * there, a record of the type x-hikeshi-receipt is made of it, for the issuer alone, which the feed
 * carries back. What arrives is checked up to the pinned root of its team. Any thread. */
#ifndef EXCHANGE_RECEIPTS_H
#define EXCHANGE_RECEIPTS_H

#include "exchange/own_keys.h"
#include "exchange/receipt.h"

#define RECEIPT_TYPE "x-hikeshi-receipt"

/* With the write set that takes it: every team hosted here that may see what carries l has it. */
void receipts_note(struct ctx *c, struct write_set *w, enum receipt_kind kind,
		   const struct label *l, str target, struct digest manifest, int64_t rev);
/* The answers r[i] of teams hosted here to warnings of elsewhere are about to be signed as
 * hashes[i]. */
MUST_CHECK enum err receipts_answered(struct ctx *c, const struct record *const *r,
				      const struct digest *hashes, size_t n, struct why *why);
/* Makes records of the entries that no receipt was made of yet. What another process makes at the
 * same time is left to it. *ret_made: how many. */
MUST_CHECK enum err receipts_make(struct node *n, size_t *ret_made, struct why *why);

/* What a receipt that arrived is about, as far as this node knows. */
struct receipt_taken {
	struct receipt receipt;
	int64_t issuer; /* team hosted here whose text it is about; 0: it is for elsewhere */
	struct uuid target;
};
/* signer, chain, keys: of the team that signed the object. Code "not_yours": it speaks for another
 * team; "unknown_text": it is about what no team here has signed; else what receipt_verify says. */
MUST_CHECK enum err receipts_check(struct ctx *c, const struct json *object, struct uuid signer,
				   const struct key_chain *chain, const struct json *keys,
				   struct receipt_taken *ret, struct why *why);

#endif
