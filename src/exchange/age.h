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

/* ---- in pieces, for what is larger than memory ---- */
#define AGE_CHUNK ((size_t)64 * 1024)
#define AGE_TAG 16
struct age_stream {
	uint8_t key[32];
	uint64_t counter;
};
/* Appends the header and the nonce to out. */
MUST_CHECK enum err age_begin(const struct age_recipient *to, size_t n, struct buf *out,
			      struct age_stream *ret, struct why *why);
/* Appends the next chunk: AGE_CHUNK bytes, the last one fewer (0 only where it is the only one). */
void age_chunk_seal(struct age_stream *s, str plain, bool last, struct buf *out);
/* start: the first bytes of the file, AGE_HEADER_MAX of them or all; *ret_used: header and nonce.
 */
MUST_CHECK enum err age_open(const struct age_identity *ids, size_t n, str start,
			     struct age_stream *ret, size_t *ret_used, struct why *why);
/* chunk: AGE_CHUNK + AGE_TAG bytes, the last one fewer. False: changed or cut off. */
bool age_chunk_open(struct age_stream *s, str chunk, bool last, struct buf *out);

#endif
