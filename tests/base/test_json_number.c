// SPDX-License-Identifier: Apache-2.0
#include "base/json_number.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tests/check.h"

static double from_bits(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* RFC 8785 appendix B. */
static void numbers_of_rfc_8785(void)
{
	static const struct {
		uint64_t bits;
		str text;
	} rows[] = {
	    {0x0000000000000000, STR_INIT("0")},
	    {0x8000000000000000, STR_INIT("0")},
	    {0x0000000000000001, STR_INIT("5e-324")},
	    {0x8000000000000001, STR_INIT("-5e-324")},
	    {0x7fefffffffffffff, STR_INIT("1.7976931348623157e+308")},
	    {0xffefffffffffffff, STR_INIT("-1.7976931348623157e+308")},
	    {0x4340000000000000, STR_INIT("9007199254740992")},
	    {0xc340000000000000, STR_INIT("-9007199254740992")},
	    {0x4430000000000000, STR_INIT("295147905179352830000")},
	    {0x44b52d02c7e14af5, STR_INIT("9.999999999999997e+22")},
	    {0x44b52d02c7e14af6, STR_INIT("1e+23")},
	    {0x44b52d02c7e14af7, STR_INIT("1.0000000000000001e+23")},
	    {0x444b1ae4d6e2ef4e, STR_INIT("999999999999999700000")},
	    {0x444b1ae4d6e2ef4f, STR_INIT("999999999999999900000")},
	    {0x444b1ae4d6e2ef50, STR_INIT("1e+21")},
	    {0x3eb0c6f7a0b5ed8c, STR_INIT("9.999999999999997e-7")},
	    {0x3eb0c6f7a0b5ed8d, STR_INIT("0.000001")},
	    {0x41b3de4355555553, STR_INIT("333333333.3333332")},
	    {0x41b3de4355555554, STR_INIT("333333333.33333325")},
	    {0x41b3de4355555555, STR_INIT("333333333.3333333")},
	    {0x41b3de4355555556, STR_INIT("333333333.3333334")},
	    {0x41b3de4355555557, STR_INIT("333333333.33333343")},
	    {0xbecbf647612f3696, STR_INIT("-0.0000033333333333333333")},
	    {0x43143ff3c1cb0959, STR_INIT("1424953923781206.2")},
	    /* powers of two whose nearest 16 digits do not read back, their neighbour does */
	    {0x3e70000000000000, STR_INIT("5.960464477539063e-8")},
	    {0x3d30000000000000, STR_INIT("5.684341886080802e-14")},
	    {0x4580000000000000, STR_INIT("6.189700196426902e+26")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(out);

		json_number_es6(&out, from_bits(rows[i].bits));
		CHECK(str_eq(buf_str(&out), rows[i].text));
	}
}

/* Every double reads back as itself, and no shorter text does. */
static void doubles_survive_and_are_shortest(void)
{
	for (int i = 0; i < 30000; i++) {
		uint64_t bits = random_u64();
		BUF(out);
		char shorter[32];
		int digits = 0;
		double d;

		/* every third a power of two, where the gaps differ */
		if (i % 3 == 0)
			bits &= UINT64_C(0xfff0000000000000);
		d = from_bits(bits);
		if (!isfinite(d) || d == 0)
			continue;
		json_number_es6(&out, d);
		CHECK(strtod(buf_cstr(&out), NULL) == d);
		if (fabs(d) < 1e-300 || fabs(d) > 1e22)
			digits = (int)strcspn(out.p, "e") - (strchr(out.p, '.') != NULL) - (d < 0);
		if (digits > 1) {
			(void)snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, d);
			CHECK(strtod(shorter, NULL) != d);
		}
	}
}

static void whole_numbers_in_range(void)
{
	static const struct {
		str text;
		bool ok;
		int64_t v;
	} rows[] = {
	    {STR_INIT("0"), true, 0},
	    {STR_INIT("-0"), true, 0},
	    {STR_INIT("0e99999999999999999999"), true, 0},
	    {STR_INIT("1.0"), true, 1},
	    {STR_INIT("1e3"), true, 1000},
	    {STR_INIT("-1.50E+1"), true, -15},
	    {STR_INIT("12000e-3"), true, 12},
	    {STR_INIT("9223372036854775807"), true, INT64_MAX},
	    {STR_INIT("-9223372036854775808"), true, INT64_MIN},
	    {STR_INIT("9.223372036854775807e18"), true, INT64_MAX},
	    {STR_INIT("9223372036854775808"), false, 0},
	    {STR_INIT("-9223372036854775809"), false, 0},
	    {STR_INIT("0.5"), false, 0},
	    {STR_INIT("1e19"), false, 0},
	    {STR_INIT("1e-1"), false, 0},
	    {STR_INIT("1e99999999999999999999"), false, 0},
	    {STR_INIT("1e-99999999999999999999"), false, 0},
	    {STR_INIT("99999999999999999999999999"), false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 7;

		CHECK(json_number_i64(rows[i].text, &v) == (rows[i].ok ? ERR_OK : ERR_INVALID));
		CHECK(v == (rows[i].ok ? rows[i].v : 7));
	}
}

static void equality_is_of_decimals(void)
{
	CHECK(json_number_eq(STR("1200"), STR("1.2e3")) &&
	      json_number_eq(STR("0.012"), STR("12E-3")));
	CHECK(json_number_eq(STR("-0.0e5"), STR("0")) && !json_number_eq(STR("-1"), STR("1")));
	CHECK(json_number_eq(STR("0.00"), STR("0e7")) && !json_number_eq(STR("1e1"), STR("1e2")));
	CHECK(json_number_eq(STR("100.5"), STR("1.005e2")) && !json_number_eq(STR("10"), STR("1")));
	CHECK(!json_number_eq(STR("9007199254740993"), STR("9007199254740992")));
}

static void only_what_a_double_carries_is_canonical(void)
{
	static const struct {
		str text, want; /* empty: refused */
	} rows[] = {
	    {STR_INIT("1E30"), STR_INIT("1e+30")},
	    {STR_INIT("4.50"), STR_INIT("4.5")},
	    {STR_INIT("2e-3"), STR_INIT("0.002")},
	    {STR_INIT("333333333.33333329"), STR_INIT("333333333.3333333")},
	    {STR_INIT("-0"), STR_INIT("0")},
	    {STR_INIT("0e-999999"), STR_INIT("0")},
	    {STR_INIT("9007199254740992"), STR_INIT("9007199254740992")},
	    {STR_INIT("9007199254740993"), STR_INIT("")},
	    {STR_INIT("9223372036854775807"), STR_INIT("")},
	    {STR_INIT("9223372036854775808"), STR_INIT("")},
	    {STR_INIT("1e400"), STR_INIT("")},
	    {STR_INIT("1e-400"), STR_INIT("")},
	    {STR_INIT("0.1234567890123456789"), STR_INIT("")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(out);

		CHECK(json_number_canonical(&out, rows[i].text) ==
		      (rows[i].want.n ? ERR_OK : ERR_INVALID));
		CHECK(str_eq(buf_str(&out), rows[i].want));
	}
}

static void doubles_of_long_texts(void)
{
	BUF(text);
	double d = 7;

	buf_add(&text, STR("0."));
	for (int i = 0; i < 5000; i++)
		buf_add_char(&text, '3');
	CHECK(json_number_double(buf_str(&text), &d) == ERR_OK && d == 1 / 3.0);
	CHECK(json_number_double(STR("1e999"), &d) == ERR_LIMIT && d == 1 / 3.0);
	CHECK(json_number_double(STR("-2.5e-1"), &d) == ERR_OK && d == -0.25);
}

RUN_TESTS({"numbers of RFC 8785", numbers_of_rfc_8785},
	  {"doubles survive and are shortest", doubles_survive_and_are_shortest},
	  {"whole numbers in range", whole_numbers_in_range},
	  {"equality is of decimals", equality_is_of_decimals},
	  {"only what a double carries is canonical", only_what_a_double_carries_is_canonical},
	  {"doubles of long texts", doubles_of_long_texts})
