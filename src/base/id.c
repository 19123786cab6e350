// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <assert.h>
#define OPENSSL_SUPPRESS_DEPRECATED /* as in hash.c */
#include <openssl/sha.h>

#include "base/codec.h"
#include "base/hash.h"

#define TYPE_MIN 3
#define TYPE_MAX 250

/* RFC 9562 4.1 and 4.2: the version nibble and the variant bits. */
static void set_version(struct uuid *u, unsigned version)
{
	u->b[6] = (uint8_t)((u->b[6] & 0x0f) | version << 4);
	u->b[8] = (uint8_t)((u->b[8] & 0x3f) | 0x80);
}

struct uuid uuid_new(void)
{
	struct uuid u;

	random_bytes(u.b, sizeof(u.b));
	set_version(&u, 4);
	return u;
}

/* Where a hyphen stands in the text form. */
static bool is_hyphen_at(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

enum err uuid_parse(str text, struct uuid *ret)
{
	char hex[32];
	size_t n = 0;

	if (text.n != UUID_TEXT)
		return ERR_INVALID;
	for (size_t i = 0; i < UUID_TEXT; i++) {
		if (!is_hyphen_at(i))
			hex[n++] = text.p[i];
		else if (text.p[i] != '-')
			return ERR_INVALID;
	}
	return hex_decode((str){hex, n}, ret->b, sizeof(ret->b));
}

void uuid_text(struct uuid u, char ret[UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	size_t nibble = 0;

	for (size_t i = 0; i < UUID_TEXT; i++) {
		if (is_hyphen_at(i)) {
			ret[i] = '-';
			continue;
		}
		ret[i] = digits[nibble % 2 ? u.b[nibble / 2] & 15 : u.b[nibble / 2] >> 4];
		nibble++;
	}
}

struct uuid uuid_v5(struct uuid ns, str name)
{
	uint8_t sha1[SHA_DIGEST_LENGTH];
	struct uuid u;
	SHA_CTX ctx;

	SHA1_Init(&ctx);
	SHA1_Update(&ctx, ns.b, sizeof(ns.b));
	if (name.n)
		SHA1_Update(&ctx, name.p, name.n);
	SHA1_Final(sha1, &ctx);
	memcpy(u.b, sha1, sizeof(u.b));
	set_version(&u, 5);
	return u;
}

enum err id_parse(str text, str *ret_type, struct uuid *ret_uuid)
{
	/* the first "--" is the divider: a type holds no double hyphen */
	ptrdiff_t at = str_find(text, STR("--"));
	str type;
	struct uuid u;

	if (at < TYPE_MIN || at > TYPE_MAX)
		return ERR_INVALID;
	type = str_slice(text, 0, (size_t)at);
	for (size_t i = 0; i < type.n; i++) {
		char c = type.p[i];

		if (!ch_digit(c) && c != '-' && !(c >= 'a' && c <= 'z'))
			return ERR_INVALID;
	}
	if (type.p[0] == '-' || uuid_parse(str_from(text, (size_t)at + 2), &u))
		return ERR_INVALID;
	*ret_type = type;
	*ret_uuid = u;
	return ERR_OK;
}
