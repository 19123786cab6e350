// SPDX-License-Identifier: Apache-2.0
/* What stands in lists and tables in place of a value: "203.0.113.7:443", "evil.example/a.php",
 * "*.evil.example". Read as the value that is meant, and told as a loss. */
#include "formats/formats_internal.h"
#include "intel/value.h"

static bool is_host(enum value_kind k)
{
	return k == VALUE_DOMAIN || k == VALUE_IPV4 || k == VALUE_IPV6;
}

static bool all_digits(str s, size_t most)
{
	size_t i = 0;

	while (i < s.n && ch_digit(s.p[i]))
		i++;
	return s.n > 0 && i == s.n && s.n <= most;
}

static bool has_blank(str s)
{
	size_t i = 0;

	while (i < s.n && !ch_space(s.p[i]))
		i++;
	return i < s.n;
}

/* host/path?query; "198.51.100.7/24" is a network with host bits, not a page. */
static bool without_scheme(struct arena *a, str text, str *ret)
{
	ptrdiff_t slash = str_find_char(text, '/');
	str url = arena_printf(a, "http://%.*s", STR_ARG(text));

	if (slash < 1 || all_digits(str_from(text, (size_t)slash + 1), 3) ||
	    value_canonical(a, VALUE_URL, url, ret, NULL) != ERR_OK)
		return false;
	return is_host(value_guess(value_host(VALUE_URL, *ret)));
}

enum value_kind loose_value(struct arena *a, str text, str *ret, const char **ret_loss)
{
	enum value_kind k = value_guess(text);
	ptrdiff_t colon;

	*ret_loss = NULL;
	/* "evil.example/gate.php" is more than a file's name */
	if (k != VALUE_NONE && k != VALUE_FILENAME)
		return value_canonical(a, k, text, ret, NULL) == ERR_OK ? k : VALUE_NONE;
	const str given = text;
	text = str_trim(value_refang(a, text));
	if (!has_blank(text) && without_scheme(a, text, ret)) {
		*ret_loss = "URLs without a scheme, read as http";
		return VALUE_URL;
	}
	if (k != VALUE_NONE)
		return value_canonical(a, k, given, ret, NULL) == ERR_OK ? k : VALUE_NONE;
	if (has_blank(text))
		return VALUE_NONE;
	if (str_skip_prefix(&text, STR("*.")) || str_skip_prefix(&text, STR("."))) {
		*ret_loss = "wildcards in front of names";
		k = value_guess(text);
		return k == VALUE_DOMAIN && !value_canonical(a, k, text, ret, NULL) ? k
										    : VALUE_NONE;
	}
	colon = str_rfind_char(text, ':');
	if (colon < 1 || !all_digits(str_from(text, (size_t)colon + 1), 5))
		return VALUE_NONE;
	*ret_loss = "ports of addresses";
	text.n = (size_t)colon;
	k = value_guess(text);
	return is_host(k) && !value_canonical(a, k, text, ret, NULL) ? k : VALUE_NONE;
}
