// SPDX-License-Identifier: Apache-2.0
/* net: addresses and networks as numbers, and the host inside a value. Pure functions. */
#include "intel/value_internal.h"

static bool host_bits_zero(const struct net *n)
{
	for (unsigned i = n->bits; i < 128; i++) {
		if (n->b[i / 8] >> (7 - i % 8) & 1)
			return false;
	}
	return true;
}

enum err net_parse(str text, struct net *ret)
{
	struct net n = {.bits = 128};
	ptrdiff_t slash = str_find_char(text, '/');
	str addr = slash < 0 ? text : str_slice(text, 0, (size_t)slash);
	unsigned most = 128, base = 0;

	if (ipv4_parse(addr, n.b + 12)) {
		n.b[10] = n.b[11] = 0xff;
		most = 32;
		base = 96;
	} else if (!ipv6_parse(addr, n.b)) {
		return ERR_INVALID;
	}
	if (slash >= 0) {
		str len = str_from(text, (size_t)slash + 1);
		uint64_t v;

		if (len.n > 3 || (len.n > 1 && len.p[0] == '0') || str_u64(len, &v) != ERR_OK ||
		    v > most)
			return ERR_INVALID;
		n.bits = base + (unsigned)v;
		if (!host_bits_zero(&n))
			return ERR_INVALID;
	}
	*ret = n;
	return ERR_OK;
}

bool net_contains(const struct net *outer, const struct net *inner)
{
	unsigned bytes = outer->bits / 8, rest = outer->bits % 8;

	if (inner->bits < outer->bits || memcmp(outer->b, inner->b, bytes) != 0)
		return false;
	return rest == 0 || (outer->b[bytes] ^ inner->b[bytes]) >> (8 - rest) == 0;
}

str value_host(enum value_kind k, str canonical)
{
	if (k == VALUE_DOMAIN)
		return canonical;
	if (k == VALUE_EMAIL) {
		ptrdiff_t at = str_rfind_char(canonical, '@');

		return at < 0 ? STR_NULL : str_from(canonical, (size_t)at + 1);
	}
	if (k != VALUE_URL)
		return STR_NULL;
	ptrdiff_t from = str_find(canonical, STR("://"));

	if (from < 0)
		return STR_NULL;
	str rest = str_from(canonical, (size_t)from + 3);
	size_t end = 0;

	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
		end++;
	rest.n = end;
	ptrdiff_t at = str_rfind_char(rest, '@');

	if (at >= 0)
		rest = str_from(rest, (size_t)at + 1);
	if (rest.n && rest.p[0] == '[') {
		ptrdiff_t close = str_find_char(rest, ']');

		return close < 0 ? STR_NULL : str_slice(rest, 1, (size_t)close - 1);
	}
	ptrdiff_t colon = str_find_char(rest, ':');

	return colon < 0 ? rest : str_slice(rest, 0, (size_t)colon);
}

bool domain_within(str domain, str zone)
{
	if (zone.n == 0 || domain.n < zone.n || !str_ends(domain, zone))
		return false;
	return domain.n == zone.n || domain.p[domain.n - zone.n - 1] == '.';
}
