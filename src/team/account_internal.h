// SPDX-License-Identifier: Apache-2.0
/* account_internal: what the files of account.h share. Private to team/. */
#ifndef TEAM_ACCOUNT_INTERNAL_H
#define TEAM_ACCOUNT_INTERNAL_H

#include "team/account.h"
#include "team/throttle.h"

/* An attempt that another process of the node counted under counter i and hash (others.h). */
void account_hear(struct accounts *x, unsigned i, uint64_t hash, bool given);
/* 32 random bytes as base64url. */
void secret_new(char ret[SECRET_TEXT]);
/* Argon2id of a password after NFC. ERR_UNPROCESSABLE (both languages) unless it has 10 to 1,024
 * characters; ERR_BUSY when too many wait for their turn. */
MUST_CHECK enum err password_hash(struct accounts *x, struct arena *a, str password, str *ret,
				  struct why *why);
/* Compares with a hash; an empty hash costs the same work and is never right. */
MUST_CHECK enum err password_check(struct accounts *x, struct arena *a, str hash, str password,
				   bool *ret_ok, struct why *why);
/* Attempts are counted by address, by network and at the node, before the work. */
enum { BY_ADDRESS, BY_PREFIX, BY_ALL, COUNTERS };
struct attempt {
	struct node *node;
	struct throttle **counters;
	str keys[COUNTERS]; /* p NULL: not counted */
	uint64_t hash[COUNTERS];
	int64_t at_us;
};
/* ERR_RATE with how long to wait. email without text: not counted by address. */
MUST_CHECK enum err attempt_begin(struct attempt *t, struct node *n, struct arena *a, str email,
				  str peer, struct why *why);
void attempt_right(struct attempt *t); /* given back */
/* Is that the account's one-time code, and used for the first time? */
MUST_CHECK enum err code_ok(struct node *n, struct arena *a, const struct account *x, str otp,
			    bool *ret, struct why *why);
/* The account by its key; ERR_NOTFOUND with a sentence. */
MUST_CHECK enum err account_read(struct ctx *c, int64_t account, struct account *ret,
				 struct why *why);
/* Others' accounts: by who keeps accounts of that team, and never one of a role above one's own. */
MUST_CHECK enum err may_keep(struct ctx *c, int64_t team, enum role role, struct why *why);
/* One's own (not with a limited token), or one that the actor keeps. */
MUST_CHECK enum err own_or_kept(struct ctx *c, int64_t account, struct account *ret,
				struct why *why);
/* The directory again, for this request too. */
MUST_CHECK enum err accounts_refresh(struct ctx *c, struct why *why);
void drop_streams(struct ctx *c, int64_t account);

#endif
