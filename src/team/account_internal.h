// SPDX-License-Identifier: Apache-2.0
/* account_internal: what the files of account.h share. Private to team/. */
#ifndef TEAM_ACCOUNT_INTERNAL_H
#define TEAM_ACCOUNT_INTERNAL_H

#include "team/account.h"

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

#endif
