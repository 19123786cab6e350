// SPDX-License-Identifier: Apache-2.0
/* age: encryption to X25519 recipients as age-encryption.org/v1 has it (C2SP age), on libsodium:
 * what we seal, anybody opens with the `age` program, and the reverse. Whole messages in memory.
 * Pure but for random bytes; any thread.
 */
#ifndef EXCHANGE_AGE_H
#define EXCHANGE_AGE_H

#include "base/arena.h"
#include "base/buf.h"

#define AGE_KEY_BYTES 32
#define AGE_RECIPIENTS_MAX 64
#define AGE_HEADER_MAX (64 * 1024)
#define AGE_TEXT_MAX (64 * 1024 * 1024) /* plain text */

struct age_recipient {
	uint8_t b[AGE_KEY_BYTES];
};
struct age_identity {
	uint8_t b[AGE_KEY_BYTES];
};
struct age_identity age_identity_new(void);
struct age_recipient age_recipient_of(const struct age_identity *id);
void age_identity_wipe(struct age_identity *id);

/* "age1..." and "AGE-SECRET-KEY-1..." (Bech32, BIP 173). */
str age_recipient_text(struct arena *a, const struct age_recipient *r);
str age_identity_text(struct arena *a, const struct age_identity *id);
MUST_CHECK enum err age_recipient_parse(str text, struct age_recipient *ret, struct why *why);
MUST_CHECK enum err age_identity_parse(str text, struct age_identity *ret, struct why *why);

/* Appends a binary age file of plain to out. 1..AGE_RECIPIENTS_MAX recipients; ERR_INVALID where a
 * recipient is a point of small order. */
MUST_CHECK enum err age_encrypt(const struct age_recipient *to, size_t n, str plain,
				struct buf *out, struct why *why);
enum age_fault { AGE_OK, AGE_HEADER, AGE_NO_MATCH, AGE_MAC, AGE_PAYLOAD };
/* Opens a binary age file with any of the identities and appends the plain text to out; nothing
 * where it is not good to its end (*ret_fault, nullable, says where not). ERR_NOTFOUND: not for us.
 */
MUST_CHECK enum err age_decrypt(const struct age_identity *ids, size_t n, str file, struct buf *out,
				enum age_fault *ret_fault, struct why *why);

#endif
