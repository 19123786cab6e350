// SPDX-License-Identifier: Apache-2.0
#include "net/asset.h"

#include "tests/check.h"

#define B(s)                                                                                       \
	{                                                                                          \
		(const unsigned char *)(s), sizeof(s) - 1                                          \
	}
#define ALL 15u

static const struct asset table[] = {
    {"/", "text/html", "W/\"a\"", false, {B("plain"), B("gz"), B("br"), B("zs")}},
    {"/assets/x-1.js", "text/javascript", "W/\"b\"", true, {B("plain"), B("gz"), {0}, {0}}},
    {"/favicon.ico", "image/x-icon", "W/\"c\"", false, {B("plain"), {0}, {0}, {0}}},
};

static void finds_exactly_its_addresses(void)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		CHECK(asset_find(table, ARRAY_LEN(table), str_c(table[i].url)) == &table[i]);
	CHECK(!asset_find(table, ARRAY_LEN(table), STR("/assets/x-1.j")));
	CHECK(!asset_find(table, ARRAY_LEN(table), STR("/zzz")));
	CHECK(!asset_find(table, 0, STR("/")));
}

static void chooses_by_the_field(void)
{
	static const struct {
		str field;
		unsigned available;
		enum asset_coding want;
	} rows[] = {
	    {STR_INIT(""), ALL, ASSET_IDENTITY},
	    {STR_INIT("gzip, deflate, br, zstd"), ALL, ASSET_BR},
	    {STR_INIT("gzip, deflate"), ALL, ASSET_GZIP},
	    {STR_INIT("GZIP;q=1.0 , zstd ; q=0.001"), ALL, ASSET_ZSTD},
	    {STR_INIT("br;q=0, gzip"), ALL, ASSET_GZIP},
	    {STR_INIT("br;q=0.000, *"), ALL, ASSET_ZSTD},
	    {STR_INIT("*"), ALL, ASSET_BR},
	    {STR_INIT("*;q=0"), ALL, ASSET_IDENTITY},
	    {STR_INIT("identity;q=0, *;q=0"), ALL, ASSET_IDENTITY},
	    {STR_INIT("br, gzip"), 3, ASSET_GZIP},
	    {STR_INIT("x-gzip"), ALL, ASSET_GZIP},
	    {STR_INIT("brotli, gzipped"), ALL, ASSET_IDENTITY},
	    {STR_INIT("br;q=, gzip;q=x, zstd;level=3"), ALL, ASSET_IDENTITY},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(asset_choose(rows[i].field, rows[i].available) == rows[i].want);
}

static void answers_304_for_a_listed_tag(void)
{
	struct asset_answer r = asset_negotiate(&table[0], STR("br"), STR("\"x\", \"a\""));

	CHECK(r.status == 304 && r.body.n == 0 && str_eq(r.cache_control, STR("no-cache")));
	CHECK(etag_listed(STR("W/\"a\""), STR("\"a\"")) && etag_listed(STR("*"), STR("\"a\"")));
	CHECK(!etag_listed(STR("\"ab\""), STR("\"a\"")) && !etag_listed(STR(""), STR("\"a\"")));
	r = asset_negotiate(&table[0], STR("br"), STR("\"x\""));
	CHECK(r.status == 200 && str_eq(r.body, STR("br")) && str_eq(r.encoding, STR("br")));
	r = asset_negotiate(&table[1], STR("br, gzip"), STR(""));
	CHECK(str_eq(r.body, STR("gz")) && str_eq(r.encoding, STR("gzip")));
	CHECK(str_eq(r.cache_control, STR("public, max-age=31536000, immutable")));
	r = asset_negotiate(&table[2], STR("br, gzip"), STR(""));
	CHECK(str_eq(r.body, STR("plain")) && r.encoding.n == 0);
}

RUN_TESTS({"finds exactly its addresses", finds_exactly_its_addresses},
	  {"chooses by the field", chooses_by_the_field},
	  {"answers 304 for a listed tag", answers_304_for_a_listed_tag})
