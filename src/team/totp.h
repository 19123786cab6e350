// SPDX-License-Identifier: Apache-2.0
/* totp: one-time codes of RFC 6238 (HMAC-SHA-1, 30 seconds, six digits) and the base32 of their
 * secrets (RFC 4648 6). Pure functions. */
#ifndef TEAM_TOTP_H
#define TEAM_TOTP_H

#include "base/arena.h"

#define TOTP_STEP_US INT64_C(30000000)
/* HOTP value of RFC 4226 5.3 with `digits` digits. */
uint32_t hotp(const uint8_t *key, size_t n, uint64_t counter, unsigned digits);
/* The time step whose code this is (now, or one step before or after); 0: none. The caller lets
 * each step count once. */
int64_t totp_step(str secret_base32, str code, int64_t now_us);
str base32_encode(struct arena *a, const uint8_t *p, size_t n); /* without padding */
/* Any case, blanks and hyphens passed over, padding optional; at most cap bytes. */
MUST_CHECK enum err base32_decode(str text, uint8_t *ret, size_t cap, size_t *ret_n);

#endif
