// SPDX-License-Identifier: Apache-2.0
/* format: the named formats of the schema subset, one row each. They keep out what is plainly
 * wrong; what a value means (canonical form, reachability) is decided elsewhere. */
#include <arpa/inet.h>

#include "base/clock.h"
#include "base/id.h"
#include "catalog/catalog_internal.h"

static bool is_date_time(str s)
{
	int64_t us;

	return time_parse(s, &us) == ERR_OK;
}

/* scheme ":" then no blanks or control bytes (RFC 3986 3.1; IRIs pass) */
static bool is_uri(str s)
{
	ptrdiff_t colon = str_find_char(s, ':');

	if (colon < 1 || (size_t)colon + 1 >= s.n || !ch_alpha(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f)
			return false;
		if (i < (size_t)colon && !ch_alnum(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return true;
}

/* labels of 1 to 63 bytes; U-labels pass; a final dot passes */
static bool is_domain(str s)
{
	str rest = s, part;
	size_t labels = 0;

	if (str_ends(s, STR(".")))
		rest.n--;
	if (rest.n == 0 || rest.n > 253)
		return false;
	while (str_split(&rest, '.', &part)) {
		if (part.n == 0 || part.n > 63 || part.p[0] == '-' || part.p[part.n - 1] == '-')
			return false;
		for (size_t i = 0; i < part.n; i++) {
			unsigned char c = (unsigned char)part.p[i];

			if (!ch_alnum(c) && c != '-' && c != '_' && c < 0x80)
				return false;
		}
		labels++;
	}
	return labels > 0;
}

static bool is_email(str s)
{
	ptrdiff_t at = str_rfind_char(s, '@');

	if (at < 1 || s.n > 254)
		return false;
	for (ptrdiff_t i = 0; i < at; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || s.p[i] == '@' ||
		    s.p[i] == '<' || s.p[i] == '>' || s.p[i] == ',')
			return false;
	return is_domain(str_from(s, (size_t)at + 1));
}

/* address [ "/" prefix ] of IPv4 or IPv6 */
static bool is_cidr(str s)
{
	ptrdiff_t slash = str_find_char(s, '/');
	size_t n = slash < 0 ? s.n : (size_t)slash;
	uint64_t bits = 0;
	unsigned char addr[16];
	char text[INET6_ADDRSTRLEN + 1];
	bool v4;

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s.p, n);
	text[n] = '\0';
	v4 = inet_pton(AF_INET, text, addr) == 1;
	if (!v4 && inet_pton(AF_INET6, text, addr) != 1)
		return false;
	if (slash < 0)
		return true;
	return str_u64(str_from(s, n + 1), &bits) == ERR_OK && bits <= (v4 ? 32U : 128U);
}

static bool is_id(str s)
{
	str type;
	struct uuid u;

	return id_parse(s, &type, &u) == ERR_OK;
}

static const struct {
	str name;
	bool (*match)(str s);
} formats[] = {
    {STR_INIT("date-time"), is_date_time}, {STR_INIT("uri"), is_uri},
    {STR_INIT("email"), is_email},         {STR_INIT("domain"), is_domain},
    {STR_INIT("cidr"), is_cidr},           {STR_INIT("id"), is_id},
};

bool format_known(str format)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (str_eq(formats[i].name, format))
			return true;
	return false;
}

bool format_match(str format, str text)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (str_eq(formats[i].name, format))
			return formats[i].match(text);
	return false;
}
