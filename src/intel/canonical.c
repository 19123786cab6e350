// SPDX-License-Identifier: Apache-2.0
/* canonical: one function per kind of value, chosen by a table. Each takes a refanged text without
 * blanks at its ends and gives the one spelling, or false. Where the spelling is right already the
 * text itself is given back, so that most imports allocate nothing. Pure functions. */
#include "base/codec.h"
#include "intel/value_internal.h"

typedef bool canon_fn(struct arena *a, str in, str *ret);

static str fold(struct arena *a, str s, bool upper)
{
	size_t i = 0;

	while (i < s.n &&
	       !(upper ? s.p[i] >= 'a' && s.p[i] <= 'z' : s.p[i] >= 'A' && s.p[i] <= 'Z'))
		i++;
	if (i == s.n)
		return s;
	char *p = arena_alloc(a, s.n);

	memcpy(p, s.p, s.n);
	for (; i < s.n; i++) {
		if (upper ? p[i] >= 'a' && p[i] <= 'z' : p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] ^ 32);
	}
	return (str){p, s.n};
}

static bool canon_ipv6(struct arena *a, str in, str *ret)
{
	uint8_t b[16];
	char text[IPV6_TEXT];
	ptrdiff_t zone = str_find_char(in, '%');

	if (str_ends(in, STR("/128")))
		in.n -= 4;
	if (zone > 0)
		in.n = (size_t)zone;
	if (in.n > 2 && in.p[0] == '[' && in.p[in.n - 1] == ']')
		in = str_slice(in, 1, in.n - 2);
	if (!ipv6_parse(in, b))
		return false;
	str out = {text, ipv6_text(b, text)};

	*ret = str_eq(out, in) ? in : arena_str(a, out);
	return true;
}

/* An IPv4-mapped address in IPv6 spelling is the IPv4 address (RFC 4291 2.5.5.2). */
static bool canon_ipv4(struct arena *a, str in, str *ret)
{
	uint8_t b[16];
	str six;

	if (str_ends(in, STR("/32")))
		in.n -= 3;
	if (ipv4_parse(in, b)) {
		*ret = in;
		return true;
	}
	if (!canon_ipv6(a, in, &six) || !ipv6_parse(six, b) || !ipv6_is_mapped(b))
		return false;
	*ret = arena_printf(a, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
	return true;
}

/* RFC 4632 3.1: host bits set are refused, not cut: what was meant is not known. */
static bool canon_cidr(struct arena *a, str in, str *ret, bool v4)
{
	struct net n;
	char text[IPV6_TEXT];
	ptrdiff_t slash = str_find_char(in, '/');

	if (slash < 0 || net_parse(in, &n) != ERR_OK || (str_find_char(in, ':') < 0) != v4)
		return false;
	if (v4) {
		*ret = in;
		return true;
	}
	size_t len = ipv6_text(n.b, text);

	*ret = arena_printf(a, "%.*s/%u", (int)len, text, n.bits);
	return true;
}

static bool canon_cidr4(struct arena *a, str in, str *ret)
{
	return canon_cidr(a, in, ret, true);
}

static bool canon_cidr6(struct arena *a, str in, str *ret)
{
	return canon_cidr(a, in, ret, false);
}

static bool canon_domain(struct arena *a, str in, str *ret)
{
	return domain_canonical(a, in, 2, ret);
}

/* RFC 5321 4.1.2: the local part as it is (a dot-atom, RFC 6531 letters too, or a quoted text). */
static bool canon_email(struct arena *a, str in, str *ret)
{
	ptrdiff_t at = str_rfind_char(in, '@');
	str domain, local;

	if (str_skip_iprefix(&in, STR("mailto:")))
		at -= 7;
	if (in.n > 2 && in.p[0] == '<' && in.p[in.n - 1] == '>') {
		in = str_slice(in, 1, in.n - 2);
		at--;
	}
	if (at < 1 || at > 64 || !utf8_valid(in))
		return false;
	local = str_slice(in, 0, (size_t)at);
	bool quoted = local.n > 2 && local.p[0] == '"' && local.p[local.n - 1] == '"';

	for (size_t i = 0; i < local.n; i++) {
		unsigned char c = (unsigned char)local.p[i];
		bool dot = c == '.' && (i == 0 || i + 1 == local.n || local.p[i - 1] == '.');

		if (c < 0x20 || c == 0x7f || (!quoted && (dot || strchr(" \"(),:;<>@[\\]", c))))
			return false;
	}
	if (!domain_canonical(a, str_from(in, (size_t)at + 1), 2, &domain))
		return false;
	if (domain.p == in.p + at + 1 && domain.n == in.n - (size_t)at - 1)
		*ret = in;
	else
		*ret = arena_printf(a, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain));
	return true;
}

static bool canon_hex(struct arena *a, str in, size_t n, str *ret)
{
	if (in.n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ch_xdigit(in.p[i]))
			return false;
	}
	*ret = fold(a, in, false);
	return true;
}

static bool canon_md5(struct arena *a, str in, str *ret)
{
	return canon_hex(a, in, 32, ret);
}

static bool canon_sha1(struct arena *a, str in, str *ret)
{
	return canon_hex(a, in, 40, ret);
}

static bool canon_sha256(struct arena *a, str in, str *ret)
{
	return canon_hex(a, in, 64, ret);
}

static bool canon_sha512(struct arena *a, str in, str *ret)
{
	return canon_hex(a, in, 128, ret);
}

/* block size ":" signature ":" signature [ "," file name ]; case matters. */
static bool canon_ssdeep(struct arena *a, str in, str *ret)
{
	ptrdiff_t comma = str_find_char(in, ',');
	size_t part = 0, len[3] = {0, 0, 0};

	(void)a;
	if (comma >= 0)
		in.n = (size_t)comma;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == ':') {
			if (++part > 2)
				return false;
		} else if (part == 0 ? !ch_digit(c) : !ch_alnum(c) && c != '+' && c != '/') {
			return false;
		} else {
			len[part]++;
		}
	}
	uint64_t block;

	if (part != 2 || str_u64(str_slice(in, 0, len[0]), &block) != ERR_OK || block % 3 != 0 ||
	    ((block / 3) & (block / 3 - 1)) != 0 || len[0] == 0 || len[0] > 12 || len[1] > 64 ||
	    len[2] > 64 || len[1] + len[2] < 6)
		return false;
	*ret = in;
	return true;
}

/* The last component, in lower case: file systems of the hosts that matter fold it, and paths
 * differ by host. */
static bool canon_filename(struct arena *a, str in, str *ret)
{
	size_t from = in.n;

	while (from > 0 && in.p[from - 1] != '/' && in.p[from - 1] != '\\')
		from--;
	in = str_trim(str_from(in, from));
	if (in.n == 0 || in.n > 255 || !utf8_valid(in) || str_eq(in, STR(".")) ||
	    str_eq(in, STR("..")))
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if ((unsigned char)in.p[i] < 0x20 || in.p[i] == 0x7f)
			return false;
	}
	*ret = fold(a, in, false);
	return true;
}

/* CVE-YYYY-N{4,19} (CVE Record Format). */
static bool canon_cve(struct arena *a, str in, str *ret)
{
	str rest = in;

	if (!str_skip_iprefix(&rest, STR("CVE-")) || rest.n < 9 || rest.n > 24 || rest.p[4] != '-')
		return false;
	for (size_t i = 0; i < rest.n; i++) {
		if (i != 4 && !ch_digit(rest.p[i]))
			return false;
	}
	if (rest.p[0] != '1' && rest.p[0] != '2')
		return false;
	*ret = fold(a, in, true);
	return true;
}

/* RFC 5396 asplain, with or without AS in front. */
static bool canon_asn(struct arena *a, str in, str *ret)
{
	uint64_t v;
	str rest = in;

	if (!str_skip_iprefix(&rest, STR("ASN")))
		(void)str_skip_iprefix(&rest, STR("AS"));
	rest = str_trim(rest);
	if (rest.n > 10 || str_u64(rest, &v) != ERR_OK || v == 0 || v > UINT32_MAX)
		return false;
	str out = arena_printf(a, "AS%llu", (unsigned long long)v);

	*ret = out;
	return true;
}

/* Six bytes; pairs joined by ':' or '-', or as Cisco writes them, or not at all. */
static bool canon_mac(struct arena *a, str in, str *ret)
{
	char hex[12];
	size_t n = 0, marks = 0;

	if (in.n != 12 && in.n != 14 && in.n != 17)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		bool mark = in.n == 17 ? i % 3 == 2 : in.n == 14 && i % 5 == 4;

		if (mark) {
			if (in.n == 14 ? c != '.' : (c != ':' && c != '-') || c != in.p[2])
				return false;
			marks++;
		} else if (!ch_xdigit(c) || n == 12) {
			return false;
		} else {
			hex[n++] = ch_lower(c);
		}
	}
	if (n != 12)
		return false;
	*ret = arena_printf(a, "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", hex, hex + 2, hex + 4, hex + 6,
			    hex + 8, hex + 10);
	return true;
}

static const struct {
	str spelling, hive;
} hives[] = {
    {STR_INIT("HKEY_LOCAL_MACHINE"), STR_INIT("hkey_local_machine")},
    {STR_INIT("HKEY_CURRENT_USER"), STR_INIT("hkey_current_user")},
    {STR_INIT("HKEY_CLASSES_ROOT"), STR_INIT("hkey_classes_root")},
    {STR_INIT("HKEY_CURRENT_CONFIG"), STR_INIT("hkey_current_config")},
    {STR_INIT("HKEY_USERS"), STR_INIT("hkey_users")},
    {STR_INIT("HKLM"), STR_INIT("hkey_local_machine")},
    {STR_INIT("HKCU"), STR_INIT("hkey_current_user")},
    {STR_INIT("HKCR"), STR_INIT("hkey_classes_root")},
    {STR_INIT("HKCC"), STR_INIT("hkey_current_config")},
    {STR_INIT("HKU"), STR_INIT("hkey_users")},
};

/* The hive in full, one backslash between keys, none at the end, lower case (the registry folds
 * case). */
static bool canon_regkey(struct arena *a, str in, str *ret)
{
	if (in.n > 2048 || !utf8_valid(in))
		return false;
	for (size_t h = 0; h < ARRAY_LEN(hives); h++) {
		str rest = in;

		if (!str_skip_iprefix(&rest, hives[h].spelling))
			continue;
		(void)str_skip_prefix(&rest, STR(":"));
		if (rest.n && rest.p[0] != '\\')
			continue;
		char *p = arena_alloc(a, hives[h].hive.n + rest.n);
		size_t n = hives[h].hive.n;

		memcpy(p, hives[h].hive.p, n);
		for (size_t i = 0; i < rest.n; i++) {
			if ((unsigned char)rest.p[i] < 0x20)
				return false;
			if (rest.p[i] != '\\' || p[n - 1] != '\\')
				p[n++] = ch_lower(rest.p[i]);
		}
		while (p[n - 1] == '\\' || ch_space(p[n - 1]))
			n--;
		*ret = (str){p, n};
		return true;
	}
	return false;
}

/* Technique, tactic, group, software, mitigation, campaign or data source of ATT&CK. */
static bool canon_attack(struct arena *a, str in, str *ret)
{
	str rest = in;
	size_t digits = 0;
	bool technique = false;

	if (!str_skip_iprefix(&rest, STR("TA")) && !str_skip_iprefix(&rest, STR("DS"))) {
		if (rest.n == 0 || !strchr("TGSMC", rest.p[0] & ~32))
			return false;
		technique = (rest.p[0] & ~32) == 'T';
		rest = str_from(rest, 1);
	}
	while (digits < rest.n && ch_digit(rest.p[digits]))
		digits++;
	if (digits != 4)
		return false;
	if (rest.n != 4) {
		if (!technique || rest.n != 8 || rest.p[4] != '.' || !ch_digit(rest.p[5]) ||
		    !ch_digit(rest.p[6]) || !ch_digit(rest.p[7]))
			return false;
	}
	*ret = fold(a, in, true);
	return true;
}

/* Text that has no rules: as it is, without line breaks or other controls. */
static bool canon_text(struct arena *a, str in, str *ret)
{
	(void)a;
	if (in.n == 0 || in.n > 4096 || !utf8_valid(in))
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if (((unsigned char)in.p[i] < 0x20 && in.p[i] != '\t') || in.p[i] == 0x7f)
			return false;
	}
	*ret = in;
	return true;
}

static canon_fn *const canons[VALUE_KINDS] = {
    [VALUE_IPV4] = canon_ipv4,         [VALUE_IPV6] = canon_ipv6,     [VALUE_CIDR4] = canon_cidr4,
    [VALUE_CIDR6] = canon_cidr6,       [VALUE_DOMAIN] = canon_domain, [VALUE_URL] = url_canonical,
    [VALUE_EMAIL] = canon_email,       [VALUE_MD5] = canon_md5,       [VALUE_SHA1] = canon_sha1,
    [VALUE_SHA256] = canon_sha256,     [VALUE_SHA512] = canon_sha512, [VALUE_SSDEEP] = canon_ssdeep,
    [VALUE_FILENAME] = canon_filename, [VALUE_CVE] = canon_cve,       [VALUE_ASN] = canon_asn,
    [VALUE_MAC] = canon_mac,           [VALUE_REGKEY] = canon_regkey, [VALUE_MUTEX] = canon_text,
    [VALUE_USER_AGENT] = canon_text,   [VALUE_BTC] = btc_canonical,   [VALUE_JA3] = canon_md5,
    [VALUE_ATTACK] = canon_attack,     [VALUE_OTHER] = canon_text,
};

bool value_canonical_clean(struct arena *a, enum value_kind k, str text, str *ret)
{
	if (k <= VALUE_NONE || k >= VALUE_KINDS)
		return false;
	text = str_trim(text);
	return text.n > 0 && text.n <= URL_BYTES && canons[k](a, text, ret);
}

/* Kinds whose spelling is free are taken as they stand: a mutex "a[.]b" is named so. */
static bool verbatim(enum value_kind k)
{
	return k == VALUE_MUTEX || k == VALUE_USER_AGENT || k == VALUE_OTHER ||
	       k == VALUE_FILENAME || k == VALUE_REGKEY || k == VALUE_SSDEEP;
}

enum err value_canonical(struct arena *a, enum value_kind k, str text, str *ret, struct why *why)
{
	str name = value_kind_name(k);

	if (text.n > 4 * URL_BYTES ||
	    !value_canonical_clean(a, k, verbatim(k) ? text : value_refang(a, text), ret))
		return why_set(why, ERR_INVALID, "not a value of kind %.*s: '%.*s'", STR_ARG(name),
			       (int)(text.n > 100 ? 100 : text.n), text.n ? text.p : "");
	return ERR_OK;
}
