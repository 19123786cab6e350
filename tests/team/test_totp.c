// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/hash.h"
#include "team/account.h"
#include "team/totp.h"
#include "tests/check.h"

/* RFC 6238 appendix B, SHA-1, eight digits. */
static void test_rfc6238(void)
{
	static const struct {
		int64_t at_s;
		uint32_t code;
	} rows[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
		    {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
	const uint8_t key[] = "12345678901234567890";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(hotp(key, 20, (uint64_t)rows[i].at_s / 30, 8) == rows[i].code);
}

/* RFC 4226 appendix D. */
static void test_rfc4226(void)
{
	static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
					 254676, 287922, 162583, 399871, 520489};
	const uint8_t key[] = "12345678901234567890";

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		CHECK(hotp(key, 20, i, 6) == codes[i]);
}

static void test_step_and_drift(void)
{
	str secret = STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"); /* the key above */
	int64_t at = 1111111109 * US_PER_S;

	CHECK(totp_step(secret, STR("081804"), at) == 1111111109 / 30);
	CHECK(totp_step(secret, STR("081804"), at + 30 * US_PER_S) == 1111111109 / 30);
	CHECK(totp_step(secret, STR("081804"), at - 30 * US_PER_S) == 1111111109 / 30);
	CHECK(totp_step(secret, STR("081804"), at + 61 * US_PER_S) == 0);
	CHECK(totp_step(secret, STR("081805"), at) == 0);
	CHECK(totp_step(secret, STR("81804"), at) == 0);
	CHECK(totp_step(secret, STR(""), at) == 0);
	CHECK(totp_step(STR(""), STR("081804"), at) == 0);
	CHECK(totp_step(STR("not base32!"), STR("081804"), at) == 0);
	CHECK(totp_ok(secret, STR("081804"), at) && !totp_ok(secret, STR("000000"), at));
}

static void test_base32(void)
{
	/* RFC 4648 10 */
	static const struct {
		const char *plain, *text;
	} rows[] = {{"", ""},
		    {"f", "MY"},
		    {"fo", "MZXQ"},
		    {"foo", "MZXW6"},
		    {"foob", "MZXW6YQ"},
		    {"fooba", "MZXW6YTB"},
		    {"foobar", "MZXW6YTBOI"}};
	ARENA(a, 0);
	uint8_t back[64], random[40];
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str plain = str_c(rows[i].plain);

		CHECK(str_eq(base32_encode(&a, (const uint8_t *)plain.p, plain.n),
			     str_c(rows[i].text)));
		CHECK(base32_decode(str_c(rows[i].text), back, sizeof(back), &n) == ERR_OK);
		CHECK(n == plain.n && memcmp(back, plain.p, n) == 0);
	}
	for (size_t len = 0; len <= sizeof(random); len++) {
		random_bytes(random, sizeof(random));
		str text = base32_encode(&a, random, len);

		CHECK(base32_decode(text, back, sizeof(back), &n) == ERR_OK && n == len &&
		      memcmp(back, random, n) == 0);
	}
	CHECK(base32_decode(STR("mzxw 6ytb-oi======"), back, sizeof(back), &n) == ERR_OK && n == 6);
	CHECK(base32_decode(STR("MZ1"), back, sizeof(back), &n) == ERR_INVALID);
	CHECK(base32_decode(STR("MZXW6YTBOI"), back, 5, &n) == ERR_LIMIT);
}

RUN_TESTS({"RFC 6238 vectors", test_rfc6238}, {"RFC 4226 vectors", test_rfc4226},
	  {"a code counts within one step of drift", test_step_and_drift},
	  {"base32 both ways", test_base32})
