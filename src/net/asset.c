// SPDX-License-Identifier: Apache-2.0
#include "net/asset.h"

static const str coding_names[ASSET_CODINGS] = {
    [ASSET_IDENTITY] = STR_INIT("identity"),
    [ASSET_GZIP] = STR_INIT("gzip"),
    [ASSET_BR] = STR_INIT("br"),
    [ASSET_ZSTD] = STR_INIT("zstd"),
};
static const enum asset_coding preferred[] = {ASSET_BR, ASSET_ZSTD, ASSET_GZIP};

const struct asset *asset_find(const struct asset *table, size_t n, str path)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(str_c(table[mid].url), path);

		if (c == 0)
			return &table[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* weight = OWS ";" OWS "q=" qvalue; anything malformed counts as refused, "0", "0." and "0.000"
 * too. */
static bool weight_allows(str params)
{
	str q = str_trim(params);

	if (!str_skip_iprefix(&q, STR("q=")))
		return q.n == 0;
	if (q.n == 0 || (q.p[0] != '0' && q.p[0] != '1'))
		return false;
	for (size_t i = 0; i < q.n; i++)
		if (q.p[i] >= '1' && q.p[i] <= '9')
			return true;
	return false;
}

/* Accept-Encoding = #( codings [ weight ] ), codings = content-coding / "identity" / "*" */
enum asset_coding asset_choose(str accept_encoding, unsigned available)
{
	unsigned taken = 0, refused = 0;
	bool star = false;
	str item;

	while (str_split(&accept_encoding, ',', &item)) {
		ptrdiff_t semi = str_find_char(item, ';');
		str name = str_trim(semi < 0 ? item : str_slice(item, 0, (size_t)semi));
		bool ok = weight_allows(semi < 0 ? STR("") : str_from(item, (size_t)semi + 1));

		if (str_eq(name, STR("*")))
			star = ok;
		if (str_ieq(name, STR("x-gzip")))
			name = STR("gzip");
		for (unsigned c = 0; c < ASSET_CODINGS; c++)
			if (str_ieq(name, coding_names[c]))
				*(ok ? &taken : &refused) |= 1u << c;
	}
	for (size_t i = 0; i < ARRAY_LEN(preferred); i++) {
		unsigned bit = 1u << preferred[i];

		if ((available & bit) && !(refused & bit) && (star || (taken & bit)))
			return preferred[i];
	}
	return ASSET_IDENTITY;
}

bool etag_listed(str if_none_match, str etag)
{
	str item;

	(void)str_skip_prefix(&etag, STR("W/"));
	if (str_eq(str_trim(if_none_match), STR("*")))
		return true;
	while (str_split(&if_none_match, ',', &item)) {
		item = str_trim(item);
		(void)str_skip_prefix(&item, STR("W/"));
		if (item.n > 0 && str_eq(item, etag))
			return true;
	}
	return false;
}

struct asset_answer asset_negotiate(const struct asset *a, str accept_encoding, str if_none_match)
{
	struct asset_answer r = {.status = 200};
	unsigned available = 0;
	enum asset_coding c;

	r.cache_control =
	    a->immutable ? STR("public, max-age=31536000, immutable") : STR("no-cache");
	if (etag_listed(if_none_match, str_c(a->etag))) {
		r.status = 304;
		return r;
	}
	for (unsigned i = 0; i < ASSET_CODINGS; i++)
		if (a->body[i].ptr)
			available |= 1u << i;
	c = asset_choose(accept_encoding, available);
	r.body = (str){(const char *)a->body[c].ptr, a->body[c].len};
	if (c != ASSET_IDENTITY)
		r.encoding = coding_names[c];
	return r;
}
