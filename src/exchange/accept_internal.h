// SPDX-License-Identifier: Apache-2.0
/* accept_internal: what judges (accept.c) and what writes (accept_write.c) share. Private to
 * exchange/. */
#ifndef EXCHANGE_ACCEPT_INTERNAL_H
#define EXCHANGE_ACCEPT_INTERNAL_H

#include "base/vec.h"
#include "exchange/accept.h"
#include "exchange/object.h"
#include "exchange/own_keys.h"
#include "exchange/receipts.h"
#include "exchange/signature.h"
#include "exchange/withdraw_apply.h"
#include "exchange/withdraw_fields.h"
#include "store/signed.h"

/* One object on its way. */
struct arrival {
	const struct json *object;
	str text; /* object as it came */
	struct accept_result *result;
	struct signed_manifest m; /* the originator's */
	bool has_signature;
	int64_t team, holder; /* principals: originator, and who will hold it here */
	int64_t label;
	struct object_read read;
	struct record held;
	struct record_signed newest;
	struct record_put put;
	struct record_signed row;
	struct receipt_taken *receipt;       /* where it is one */
	const struct withdrawal *withdrawal; /* where it is one */
	bool later_text; /* than what withdrawals of its envelope take back of it */
	bool waits;      /* for its turn */
	bool written;
};
/* A team that signed something here, and what is known of its keys. */
struct known_team {
	struct uuid uid;
	const struct directory_team *team; /* NULL: not reached through a peer */
	struct key_chain chain;
	struct json keys; /* its objects */
	struct why why;   /* why nothing it signs counts; code empty: it does */
};
struct accepting {
	struct ctx c;
	struct actor actor;
	int64_t peer;
	struct uuid epoch;
	bool sealed; /* what is judged was inside a seal */
	bool forked; /* by a team that the peer itself hosts */
	VEC(struct known_team) teams;
	struct signature_memo memo;
	struct arrival *v;
	size_t n;
};

void accept_refuse(struct arrival *x, const char *code, str en, str ja);
/* code: where w has none. */
void accept_refuse_why(struct accepting *s, struct arrival *x, const char *code,
		       const struct why *w);
/* Is it still to be taken, and its turn? */
bool accept_open(const struct arrival *x);
MUST_CHECK enum err accept_put_make(struct accepting *s, struct arrival *x, struct why *why);
/* Knowledge of one team in bulk; everything that people are waiting for alone, so that it is seen
 * at once and one that fails takes no other with it. */
void accept_write_all(struct accepting *s);

/* accept_objects; sealed: they were inside a seal. */
MUST_CHECK enum err accept_judged(struct node *n, struct arena *a, int64_t peer, struct uuid epoch,
				  bool sealed, const struct arrived *objects, size_t n_objects,
				  struct accept_result **ret, size_t *ret_n, struct why *why);
/* x is x-hikeshi-sealed, judged good so far: what was sealed to this node is taken, or x refused.
 */
MUST_CHECK enum err accept_unseal(struct accepting *s, struct arrival *x, struct why *why);

#endif
