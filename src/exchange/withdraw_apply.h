// SPDX-License-Identifier: Apache-2.0
/* withdraw_apply: what a withdrawal of a team elsewhere does here (docs/links.md): holdings of that
 * team's lineages up to the rev it names are revoked, a warning is withdrawn; the withdrawal is
 * kept and linked ("withdraws") to what it names, known or not, and what comes later and is covered
 * is refused; where it names fields alone these are erased, and taken off what comes later
 * (withdraw_fields.h). Any thread; memory from the context's arena. */
#ifndef EXCHANGE_WITHDRAW_APPLY_H
#define EXCHANGE_WITHDRAW_APPLY_H

#include "base/vec.h"
#include "exchange/withdrawal.h"
#include "team/record.h"

/* ERR_DENIED, code "not_yours": another team's than the signer's; ERR_UNPROCESSABLE: it erases
 * what must stay. */
MUST_CHECK enum err withdrawal_check(struct ctx *c, const struct json *object, struct uuid signer,
				     struct withdrawal *ret, struct why *why);
/* Adds to the write set that takes it; src: key or -1-index of its put. */
MUST_CHECK enum err withdrawal_apply(struct ctx *c, struct write_set *w, int64_t src,
				     const struct withdrawal *x, const struct directory_team *team,
				     struct why *why);

struct coverage {
	str target; /* type--uuid */
	struct uuid uid;
	struct uuid team; /* originator */
	int64_t rev;
	bool covered; /* out: a withdrawal that is kept here takes it back */
	VEC(const struct withdrawal_name *) fields; /* out: these take only fields of it */
};
MUST_CHECK enum err withdrawals_cover(struct ctx *c, struct coverage *x, size_t n, struct why *why);

#endif
