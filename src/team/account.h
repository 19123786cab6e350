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
#define SIGN_IN_LINK_US (3600 * US_PER_S) /* how long a one-time link is good */
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
/* Sets a password without asking for the old one (the command line, the demo): own or, for who
 * keeps accounts, another's; ends every session of the account. */
MUST_CHECK enum err account_set_password(struct ctx *c, int64_t account, str password,
					 struct why *why);
/* How somebody comes in: with address, password and, where the account asks for one, a one-time
 * code; or with a one-time link's token, then password is the one to set (empty: none is set). */
struct sign_in {
	str email, password, otp, token;
	str peer, agent; /* where from, and what the browser calls itself */
};
/* Signs in; *ret_secret gets the session's secret. ERR_UNAUTHENTICATED with one and the same
 * sentence whatever was wrong; ERR_RATE. */
MUST_CHECK enum err account_sign_in(struct node *n, struct arena *a, const struct sign_in *in,
				    char ret_secret[SECRET_TEXT], struct actor *ret,
				    struct why *why);
/* With a one-time link's token, which is used up only when all is well. A new password ends every
 * session the account had. ERR_UNAUTHENTICATED "otp": the account also wants a one-time code. */
MUST_CHECK enum err account_sign_in_link(struct node *n, struct arena *a, const struct sign_in *in,
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
/* Makes an API token ("api") or a sign-in link ("sign-in", one hour; older ones of the account are
 * void). expires_us 0: never. */
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
/* ---- keeping accounts (account_keep.c): of one's own team, of others' by who operates the node
 */
/* The account of a person (id); ERR_NOTFOUND where there is none or the actor does not keep
 * accounts of that team. */
MUST_CHECK enum err account_of_person(struct ctx *c, str id, struct account *ret, struct why *why);
/* All of a team (0: the actor's own), by address. */
MUST_CHECK enum err account_of_team(struct ctx *c, int64_t team, struct account **ret,
				    size_t *ret_n, struct why *why);
/* May the actor change this account, and give that role? */
bool account_kept(struct ctx *c, const struct account *x);
bool account_role_given(const struct actor *a, enum role role);
/* Switches an account off (its sessions, tokens and streams end; tokens do not come back) or on
 * again. Nobody switches off himself, nor a team's last administrator. */
MUST_CHECK enum err account_set_disabled(struct ctx *c, int64_t account, bool disabled,
					 struct why *why);
/* Gives a role up to one's own, to somebody else. ERR_CONFLICT: the last administrator. */
MUST_CHECK enum err account_set_role(struct ctx *c, int64_t account, str role, struct why *why);
/* What an account is called and which language it reads; empty ones stay. The public record of the
 * person follows. */
MUST_CHECK enum err account_set_profile(struct ctx *c, int64_t account, str name, str language,
					struct why *why);

/* ---- one's own (account_own.c), signed in with a session */
/* Another password; old is asked for where there is one, and counted as signing in is. The other
 * sessions end. */
MUST_CHECK enum err account_change_password(struct ctx *c, str session, str old, str password,
					    str peer, struct why *why);
/* Sessions of an account; the one whose secret is given is told by *ret_this (the place in the
 * list, n: none). */
MUST_CHECK enum err account_sessions(struct ctx *c, int64_t account, str secret,
				     struct session **ret, size_t *ret_n, size_t *ret_this,
				     struct why *why);
/* What a session is called outside: 16 hexadecimal digits. */
str session_handle(struct arena *a, const struct session *s);
/* Ends one (handle) or all but that of the secret (handle empty); streams come back by themselves
 * where a session is left. ERR_NOTFOUND. */
MUST_CHECK enum err account_end_sessions(struct ctx *c, int64_t account, str handle, str but_secret,
					 struct why *why);
/* Starts a one-time code generator at once (the command line): base32 secret; code of six digits,
 * one step of drift, each code once. From then on signing in with the password needs a code. */
MUST_CHECK enum err account_totp_start(struct ctx *c, int64_t account, str *ret_secret_base32,
				       struct why *why);
MUST_CHECK enum err account_totp_stop(struct ctx *c, int64_t account, struct why *why);
/* The same in two steps: a secret that counts from the moment a code of it is shown. Nothing is
 * kept until then: the secret follows from the enrolment, which ends at *ret_until_us. */
MUST_CHECK enum err account_totp_offer(struct ctx *c, str *ret_secret_base32, str *ret_enrolment,
				       int64_t *ret_until_us, struct why *why);
MUST_CHECK enum err account_totp_confirm(struct ctx *c, str enrolment, str code, str peer,
					 struct why *why);
/* "otpauth://totp/..." of a secret, as generators read it. */
str account_totp_uri(struct ctx *c, str email, str secret_base32);
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
