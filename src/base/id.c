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

/* 8-4-4-4-12 digits with a hyphen between; each copy is one instruction or two. */
enum err uuid_parse(str text, struct uuid *ret)
{
	char hex[32];
	struct uuid u;

	if (text.n != UUID_TEXT || text.p[8] != '-' || text.p[13] != '-' || text.p[18] != '-' ||
	    text.p[23] != '-')
		return ERR_INVALID;
	memcpy(hex, text.p, 8);
	memcpy(hex + 8, text.p + 9, 4);
	memcpy(hex + 12, text.p + 14, 4);
	memcpy(hex + 16, text.p + 19, 4);
	memcpy(hex + 20, text.p + 24, 12);
	if (hex_decode((str){hex, sizeof(hex)}, u.b, sizeof(u.b)))
		return ERR_INVALID;
	*ret = u;
	return ERR_OK;
}

void uuid_text(struct uuid u, char ret[UUID_TEXT])
{
	char hex[32];

	hex_write(hex, u.b, sizeof(u.b));
	memcpy(ret, hex, 8);
	memcpy(ret + 9, hex + 8, 4);
	memcpy(ret + 14, hex + 12, 4);
	memcpy(ret + 19, hex + 16, 4);
	memcpy(ret + 24, hex + 20, 12);
	ret[8] = ret[13] = ret[18] = ret[23] = '-';
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
