// SPDX-License-Identifier: Apache-2.0
/* wire_internal: reads and writes the members of what nodes send each other, strictly: one spelling
 * of everything (lower-case hex and uuids, six digits of fraction), no unknown member in what is
 * signed, no version but 1. So the canonical text is a function of what was read. Private to
 * exchange/; pure; memory from the caller's arena. */
#ifndef EXCHANGE_WIRE_INTERNAL_H
#define EXCHANGE_WIRE_INTERNAL_H

#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"

/* Largest whole number that a double carries exactly together with its neighbours. */
#define WIRE_INT_MAX INT64_C(9007199254740991)

/* A sentence in both languages with one subject: "en 'subject'", "ja「subject」". code is stable.
 */
MUST_CHECK enum err wire_refuse(struct why *why, enum err err, const char *code, const char *en,
				const char *ja, str subject);
#ifdef __clang_analyzer__
#define wire_refuse(why, err, ...) ((void)!wire_refuse(why, err, __VA_ARGS__), (err))
#endif
/* An object whose members are all among names (ending with NULL). what: for the sentence. */
MUST_CHECK enum err wire_object(const struct json *o, const char *what, const char *const *names,
				struct why *why);
/* "v" is 1; else ERR_INVALID with the code "unknown_version" and the words "unknown v". */
MUST_CHECK enum err wire_version(const struct json *o, const char *what, struct why *why);
/* Members. Each refuses what is absent or of another spelling and names it. */
MUST_CHECK enum err wire_text(const struct json *o, const char *name, size_t max_bytes, str *ret,
			      struct why *why);
MUST_CHECK enum err wire_hex(const struct json *o, const char *name, uint8_t *ret, size_t n,
			     struct why *why);
MUST_CHECK enum err wire_uuid(const struct json *o, const char *name, struct uuid *ret,
			      struct why *why);
MUST_CHECK enum err wire_int(const struct json *o, const char *name, int64_t min, int64_t max,
			     int64_t *ret, struct why *why);
/* A time with six digits, or null for TIME_NONE where nullable. */
MUST_CHECK enum err wire_time(const struct json *o, const char *name, bool nullable, int64_t *ret,
			      struct why *why);
/* An array of at most max digests as hex. */
MUST_CHECK enum err wire_digests(struct arena *a, const struct json *o, const char *name,
				 size_t max, struct digest **ret, size_t *ret_n, struct why *why);
/* Lower-case hex of exactly n bytes; ret may be written where it is not. */
bool wire_hex_is(str text, uint8_t *ret, size_t n);
bool wire_uuid_is(str text, struct uuid *ret);

struct json wire_json_hex(struct arena *a, const void *p, size_t n);
struct json wire_json_uuid(struct arena *a, struct uuid u);
struct json wire_json_time(struct arena *a, int64_t us); /* TIME_NONE: null */
struct json wire_json_digests(struct arena *a, const struct digest *d, size_t n);
void wire_set(struct arena *a, struct json *o, const char *name, struct json v);

/* The four members that make an object of ours STIX-shaped, and the reverse: type is checked, the
 * others read. */
struct wire_head {
	struct uuid id;
	int64_t created_us, modified_us;
};
struct json wire_head_json(struct arena *a, const char *type, const struct wire_head *h);
MUST_CHECK enum err wire_head_read(const struct json *o, const char *type, struct wire_head *ret,
				   struct why *why);
/* An id that follows from names: UUIDv5 in the name space of hikeshi (docs/formats.md 3). */
struct uuid wire_id(struct arena *a, const struct json *names);
struct uuid wire_id_of(str canonical); /* the names' JCS */

/* Canonical text; ERR_INVALID and code "malformed" where JCS cannot carry v exactly. */
MUST_CHECK enum err wire_canonical(struct arena *a, const struct json *v, const char *what,
				   struct buf *out, struct why *why);
struct digest wire_salted(str tag, const uint8_t salt[16], str text);
int wire_digest_order(const void *a, const void *b); /* for qsort */
void wire_digests_sort(struct digest *d, size_t n);
bool wire_digests_sorted(const struct digest *d, size_t n);
bool wire_digests_have(const struct digest *sorted, size_t n, struct digest d);

#endif
