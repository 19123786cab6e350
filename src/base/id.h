// SPDX-License-Identifier: Apache-2.0
/* id: identifiers as formats.md 1 has them: outside "type--UUID" (UUIDv4 when
 * we make them; found ones are kept), inside 64-bit keys nobody sees. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/str.h"

struct uuid {
	uint8_t b[16];
};

#define UUID_TEXT 36

/* A new random UUIDv4 (RFC 9562 5.4). */
struct uuid uuid_new(void);
/* Reads 8-4-4-4-12 hex in any case; any version and variant is accepted. */
MUST_CHECK enum err uuid_parse(str text, struct uuid *ret);
/* Writes 36 lower-case characters, no NUL. */
void uuid_text(struct uuid u, char ret[UUID_TEXT]);
/* UUIDv5 (RFC 9562 5.5) of name in namespace ns. */
struct uuid uuid_v5(struct uuid ns, str name);
static inline bool uuid_eq(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, 16) == 0;
}
static inline bool uuid_is_zero(struct uuid a)
{
	return uuid_eq(a, (struct uuid){{0}});
}

/* Splits "type--uuid" (STIX 2.1 section 2.9): type is [a-z0-9-]{3,250}
 * without a leading, trailing or double hyphen. */
MUST_CHECK enum err id_parse(str text, str *ret_type, struct uuid *ret_uuid);

#endif
