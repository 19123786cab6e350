// SPDX-License-Identifier: Apache-2.0
/* account: sign-in with password (Argon2id) and one-time codes (RFC 6238), sessions, API tokens,
 * one-time sign-in links. Unknown addresses cost the same work as known ones. Attempts are counted
 * per canonical address and per network prefix. At most two password hashes run at once. */
#ifndef TEAM_ACCOUNT_H
#define TEAM_ACCOUNT_H

#include "team/record.h"

/* Secrets given out are 32 random bytes as base64url (43 characters); only their SHA-256 is stored.
 */
#define SECRET_TEXT 43
/* What sign-in keeps between requests: counters of attempts, the two places for password hashes.
 * Part of the node. */
struct accounts;
struct accounts *accounts_new(void);
void accounts_free(struct accounts *x); /* takes NULL */

/* Makes the person's record, its principal and the account. Actor: whoever may keep accounts of
 * that team, up to its own role. */
MUST_CHECK enum err account_create(struct ctx *c, int64_t team, str email, str name, str role,
				   str language, str password, int64_t *ret_key,
				   struct why *why); /* password empty: none yet */
/* Own or, for who keeps accounts, another's; ends every session of the account. */
MUST_CHECK enum err account_set_password(struct ctx *c, int64_t account, str password,
					 struct why *why);
/* Signs in; *ret_secret gets the session's secret. ERR_UNAUTHENTICATED with one and the same
 * sentence whatever was wrong; ERR_RATE. */
MUST_CHECK enum err account_sign_in(struct node *n, struct arena *a, str email, str password,
				    str otp, str peer, char ret_secret[SECRET_TEXT],
				    struct actor *ret, struct why *why);
/* With a one-time link's token. */
MUST_CHECK enum err account_sign_in_link(struct node *n, struct arena *a, str token, str peer,
					 char ret_secret[SECRET_TEXT], struct actor *ret,
					 struct why *why);
/* Shows the password of a session once more: what matters asks for it within confirm_us. Counted as
 * signing in is; a wrong one is ERR_UNPROCESSABLE and ends nothing. */
MUST_CHECK enum err account_confirm(struct node *n, struct arena *a, str secret, str password,
				    str otp, str peer, struct why *why);
MUST_CHECK enum err account_by_session(struct node *n, struct arena *a, str secret,
				       struct actor *ret, struct why *why);
MUST_CHECK enum err account_by_token(struct node *n, struct arena *a, str token, struct actor *ret,
				     struct why *why);
/* Who an address and a password, or an API token of that account in its place, are: for machines
 * that send both with each request (HTTP Basic). No session is made. An account with one-time codes
 * needs a token. Counted as signing in is; what was right is remembered for a minute, under a key
 * of this process. */
MUST_CHECK enum err account_by_password(struct node *n, struct arena *a, str email, str password,
					str peer, struct actor *ret, struct why *why);
MUST_CHECK enum err account_sign_out(struct node *n, str secret, struct why *why);
/* Makes an API token ("api") or a sign-in link ("sign-in", one hour). expires_us 0: never. */
MUST_CHECK enum err account_token(struct ctx *c, int64_t account, str name, str scopes,
				  int64_t expires_us, str purpose, char ret_secret[SECRET_TEXT],
				  int64_t *ret_key, struct why *why);
/* A certificate (PEM) whose key is as good as an API token, over TLS, until it expires; ret_spki:
 * SHA-256 of its SubjectPublicKeyInfo. ERR_CONFLICT: somebody has it already. */
MUST_CHECK enum err account_certificate(struct ctx *c, int64_t account, str name, str scopes,
					int64_t expires_us, str pem, struct digest *ret_spki,
					int64_t *ret_key, struct why *why);
/* Who showed that key. */
MUST_CHECK enum err account_by_certificate(struct node *n, struct arena *a, struct digest spki,
					   struct actor *ret, struct why *why);
/* Switches an account off (its sessions and streams end) or on again. */
MUST_CHECK enum err account_set_disabled(struct ctx *c, int64_t account, bool disabled,
					 struct why *why);
/* Starts and checks a one-time code generator: base32 secret; code of six digits, one step of
 * drift, each code once. From then on signing in with the password needs a code. */
MUST_CHECK enum err account_totp_start(struct ctx *c, int64_t account, str *ret_secret_base32,
				       struct why *why);
MUST_CHECK enum err account_totp_stop(struct ctx *c, int64_t account, struct why *why);
/* Bits of "read write import export admin" (empty: all). ERR_UNPROCESSABLE names an unknown word.
 */
MUST_CHECK enum err account_scopes(str scopes, uint32_t *ret, struct why *why);
/* Lower case, without blanks around; ERR_UNPROCESSABLE when it is no mail address of at most 254
 * characters. */
MUST_CHECK enum err account_email(struct arena *a, str text, str *ret, struct why *why);
/* The people that a TLP:RED record of a team names when whoever enters it (the machine, an
 * outsider) is none of them: those of its accounts that are lead, manager, secretariat or
 * administrator; where there are none, all. */
void account_leads(struct arena *a, const struct directory_view *dir, int64_t team,
		   const struct uuid **ret, size_t *ret_n);
bool totp_ok(str secret_base32, str code, int64_t now_us);

#endif
