// SPDX-License-Identifier: Apache-2.0
/* throttle: token buckets in memory, keyed by text, on the clock that never jumps (CVE-2020-8890: a
 * clock that did). The table has a fixed size: when it is full, of eight neighbours the bucket with
 * the most tokens makes room, so that whoever tries many keys cannot wash out one that is empty.
 * Keys are hashed under a random key. Thread-safe. */
#ifndef TEAM_THROTTLE_H
#define TEAM_THROTTLE_H

#include "base/arena.h"

struct throttle;
/* A bucket holds `burst` tokens and gets one back every refill_us. */
struct throttle *throttle_new(unsigned burst, int64_t refill_us, size_t buckets);
void throttle_free(struct throttle *t); /* takes NULL */
/* Takes a token at mono_us (clock_mono_us()). False: none is left; *ret_wait_us (nullable) is the
 * time until the next. */
bool throttle_take(struct throttle *t, str key, int64_t mono_us, int64_t *ret_wait_us);
/* Gives a token back (what was tried was right). */
void throttle_give(struct throttle *t, str key, int64_t mono_us);

/* What attempts for an address are counted under, whatever its spelling: NFKC, lower case, blanks
 * and control characters dropped, without
 * "+tag" in the local part. Lives in the arena. */
str throttle_address(struct arena *a, str email);
/* What attempts from a peer ("192.0.2.1", "[2001:db8::1]:443", "::ffff:192.0.2.1") are counted
 * under: its /24 or /64; other text as it is. */
str throttle_prefix(struct arena *a, str peer);

#endif
