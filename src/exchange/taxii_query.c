// SPDX-License-Identifier: Apache-2.0
#include "exchange/taxii_query.h"

#include <sodium.h>

#include "base/codec.h"
#include "base/vec.h"

#define LIMIT_MOST 1000000u
#define LIST_MOST 500u
#define MAC_BYTES 16
#define TOKEN_BYTES (8 + 4 + MAC_BYTES)

static enum err bad(struct why *why, const char *name, const char *what)
{
	return why_set(why, ERR_INVALID, "'%s' %s", name, what);
}

/* RFC 3339 in UTC, as TAXII and STIX write it. */
static enum err read_time(str v, int64_t *ret)
{
	if (v.n < 20 || v.p[v.n - 1] != 'Z' || v.p[10] != 'T')
		return ERR_INVALID;
	return time_parse(v, ret);
}

static enum err read_added_after(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	(void)a;
	if (read_time(v, &q->added_after_us))
		return bad(why, "added_after", "is not a time as 2026-11-23T09:30:00.000000Z");
	q->has_added_after = true;
	return ERR_OK;
}

static enum err read_limit(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	uint64_t n;

	(void)a;
	for (size_t i = 0; i < v.n; i++)
		if (!ch_digit(v.p[i]))
			return bad(why, "limit", "is not a whole number above 0");
	if (str_u64(v, &n))
		n = v.n ? LIMIT_MOST : 0; /* more than anybody has */
	if (!n)
		return bad(why, "limit", "is not a whole number above 0");
	q->limit = n < LIMIT_MOST ? (size_t)n : LIMIT_MOST;
	return ERR_OK;
}

static enum err read_next(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	(void)a;
	if (!v.n)
		return bad(why, "next", "is empty");
	q->next = v;
	return ERR_OK;
}

static enum err read_list(struct arena *a, str v, const char *name, const str **ret, size_t *ret_n,
			  struct why *why)
{
	VEC(str) list = {0};
	str part;

	if (!v.p)
		v = STR("");
	while (str_split(&v, ',', &part)) {
		part = str_trim(part);
		if (!part.n)
			return bad(why, name, "holds an empty value");
		if (list.n == LIST_MOST)
			return bad(why, name, "holds too many values");
		vec_add(a, &list, part);
	}
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}

static enum err read_ids(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	return read_list(a, v, "match[id]", &q->ids, &q->n_ids, why);
}

static enum err read_types(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	return read_list(a, v, "match[type]", &q->types, &q->n_types, why);
}

static enum err read_versions(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	static const char name[] = "match[version]";
	VEC(int64_t) times = {0};
	const str *list = NULL;
	size_t n = 0;
	enum err err = read_list(a, v, name, &list, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		bool *word = str_eq(list[i], STR("first"))  ? &q->first
			     : str_eq(list[i], STR("last")) ? &q->last
			     : str_eq(list[i], STR("all"))  ? &q->all
							    : NULL;
		bool twice = word && *word;
		int64_t us = 0;

		if (!word && read_time(list[i], &us))
			return bad(why, name, "is none of first, last, all or a time");
		for (size_t k = 0; !word && k < times.n; k++)
			twice = twice || times.p[k] == us;
		if (twice)
			return bad(why, name, "names a version twice");
		if (word)
			*word = true;
		else
			vec_add(a, &times, us);
	}
	if (!err && q->all && n > 1)
		return bad(why, name, "has all beside others");
	q->has_version = true;
	q->times = times.p;
	q->n_times = times.n;
	return err;
}

static enum err read_spec(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	const str *list = NULL;
	size_t n = 0;
	enum err err = read_list(a, v, "match[spec_version]", &list, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		ptrdiff_t dot = str_find_char(list[i], '.');

		for (size_t k = 0; k < list[i].n; k++)
			if (!ch_digit(list[i].p[k]) && k != (size_t)dot)
				return bad(why, "match[spec_version]", "is not a version as 2.1");
		q->spec_21 = q->spec_21 || str_eq(list[i], STR("2.1"));
	}
	q->has_spec = true;
	return err;
}

static enum err read_own(struct arena *a, str v, struct taxii_query *q, struct why *why)
{
	(void)a;
	q->own = str_eq(v, STR("true"));
	return q->own ? ERR_OK : bad(why, "x_own", "is 'true' or not given");
}

static const struct {
	str name;
	unsigned flag;
	enum err (*read)(struct arena *a, str v, struct taxii_query *q, struct why *why);
} filters[] = {
    {STR_INIT("added_after"), FILTER_ADDED_AFTER, read_added_after},
    {STR_INIT("limit"), FILTER_LIMIT, read_limit},
    {STR_INIT("next"), FILTER_NEXT, read_next},
    {STR_INIT("match[id]"), FILTER_ID, read_ids},
    {STR_INIT("match[type]"), FILTER_TYPE, read_types},
    {STR_INIT("match[version]"), FILTER_VERSION, read_versions},
    {STR_INIT("match[spec_version]"), FILTER_SPEC, read_spec},
    {STR_INIT("x_own"), FILTER_OWN, read_own},
};

enum err taxii_query_parse(struct arena *a, str (*params)[2], size_t n, unsigned allowed,
			   bool strict, struct taxii_query *ret, struct why *why)
{
	struct taxii_query q = {0};
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(filters); k++) {
			enum err err;

			if (!str_eq(params[i][0], filters[k].name))
				continue;
			if (!(allowed & filters[k].flag) && strict)
				return bad(why, filters[k].name.p, "is no filter of this address");
			if (seen & filters[k].flag)
				return bad(why, filters[k].name.p, "is given twice");
			seen |= filters[k].flag;
			err = allowed & filters[k].flag ? filters[k].read(a, params[i][1], &q, why)
							: ERR_OK;
			if (err)
				return err;
		}
	*ret = q;
	return ERR_OK;
}

/* ---- one text for equal queries ---- */

static void add_list(struct buf *b, const char *name, const str *list, size_t n)
{
	buf_printf(b, "%s %zu\n", name, n);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%zu:%.*s\n", list[i].n, STR_ARG(list[i]));
}

str taxii_query_text(struct arena *a, const struct taxii_query *q)
{
	BUF(b);

	buf_printf(&b, "after %d %lld\n", q->has_added_after, (long long)q->added_after_us);
	add_list(&b, "id", q->ids, q->n_ids);
	add_list(&b, "type", q->types, q->n_types);
	buf_printf(&b, "version %d%d%d%d spec %d%d\n", q->has_version, q->first, q->last, q->all,
		   q->has_spec, q->spec_21);
	for (size_t i = 0; i < q->n_times; i++)
		buf_printf(&b, "%lld\n", (long long)q->times[i]);
	return arena_str(a, buf_str(&b));
}

/* ---- next ---- */

static void place_bytes(struct taxii_place p, uint8_t ret[12])
{
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)((uint64_t)p.pos_us >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		ret[8 + i] = (uint8_t)(p.skip >> (24 - 8 * i));
}

static void place_mac(const uint8_t key[16], str list, const uint8_t place[12],
		      uint8_t ret[MAC_BYTES])
{
	static const char domain[] = "hikeshi/taxii/next/v1\n";
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, key, 16, MAC_BYTES);
	(void)crypto_generichash_update(&h, (const uint8_t *)domain, sizeof(domain) - 1);
	(void)crypto_generichash_update(&h, place, 12);
	(void)crypto_generichash_update(&h, (const uint8_t *)list.p, list.n);
	(void)crypto_generichash_final(&h, ret, MAC_BYTES);
}

str taxii_next_text(struct arena *a, const uint8_t key[16], str list, struct taxii_place p)
{
	uint8_t raw[TOKEN_BYTES];
	BUF(b);

	place_bytes(p, raw);
	place_mac(key, list, raw, raw + 12);
	base64url_encode(&b, raw, sizeof(raw));
	return arena_str(a, buf_str(&b));
}

enum err taxii_next_read(const uint8_t key[16], str list, str token, struct taxii_place *ret,
			 struct why *why)
{
	uint8_t mac[MAC_BYTES];
	struct taxii_place p = {0};
	uint64_t pos = 0;
	BUF(b);

	if (token.n > 64 || base64url_decode(&b, token) || b.n != TOKEN_BYTES)
		return bad(why, "next", "was not made here");
	place_mac(key, list, (const uint8_t *)b.p, mac);
	if (sodium_memcmp(mac, b.p + 12, MAC_BYTES) != 0)
		return bad(why, "next", "was not made for this list and these filters");
	for (int i = 0; i < 8; i++)
		pos = pos << 8 | (uint8_t)b.p[i];
	for (int i = 0; i < 4; i++)
		p.skip = p.skip << 8 | (uint8_t)b.p[8 + i];
	p.pos_us = (int64_t)pos;
	*ret = p;
	return ERR_OK;
}
