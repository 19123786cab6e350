// SPDX-License-Identifier: Apache-2.0
#include "formats/misp_map.h"

#include "base/id.h"

#define S STR_INIT
#define NET "Network activity"
#define DELIVERY "Payload delivery"
#define DROPPED "Artifacts dropped"

/* The first row of a kind (without a second part) is the type its values are written as. */
static const struct misp_type rows[] = {
    {S("ip-dst"), S(NET), VALUE_IPV4, S("ip"), VALUE_NONE, S("")},
    {S("ip-src"), S(NET), VALUE_IPV4, S("ip"), VALUE_NONE, S("")},
    {S("domain"), S(NET), VALUE_DOMAIN, S("domain-name:value"), VALUE_NONE, S("")},
    {S("hostname"), S(NET), VALUE_DOMAIN, S("domain-name:value"), VALUE_NONE, S("")},
    {S("onion-address"), S(NET), VALUE_DOMAIN, S("domain-name:value"), VALUE_NONE, S("")},
    {S("domain|ip"), S(NET), VALUE_DOMAIN, S("domain-name:value"), VALUE_IPV4,
     S("domain-name:resolves_to_refs[*].value")},
    {S("ip-dst|port"), S(NET), VALUE_IPV4, S("network-traffic:dst_ref.value"), VALUE_NONE,
     S("network-traffic:dst_port")},
    {S("ip-src|port"), S(NET), VALUE_IPV4, S("network-traffic:src_ref.value"), VALUE_NONE,
     S("network-traffic:src_port")},
    {S("hostname|port"), S(NET), VALUE_DOMAIN, S("network-traffic:dst_ref.value"), VALUE_NONE,
     S("network-traffic:dst_port")},
    {S("url"), S(NET), VALUE_URL, S("url:value"), VALUE_NONE, S("")},
    {S("uri"), S(NET), VALUE_URL, S("url:value"), VALUE_NONE, S("")},
    {S("link"), S("External analysis"), VALUE_URL, S("url:value"), VALUE_NONE, S("")},
    {S("email"), S("Social network"), VALUE_EMAIL, S("email-addr:value"), VALUE_NONE, S("")},
    {S("email-src"), S(DELIVERY), VALUE_EMAIL, S("email-message:from_ref.value"), VALUE_NONE,
     S("")},
    {S("email-dst"), S(NET), VALUE_EMAIL, S("email-message:to_refs[*].value"), VALUE_NONE, S("")},
    {S("email-reply-to"), S(DELIVERY), VALUE_EMAIL, S("email-addr:value"), VALUE_NONE, S("")},
    {S("target-email"), S("Targeting data"), VALUE_EMAIL, S("email-addr:value"), VALUE_NONE, S("")},
    {S("whois-registrant-email"), S("Attribution"), VALUE_EMAIL, S("email-addr:value"), VALUE_NONE,
     S("")},
    {S("dns-soa-email"), S("Attribution"), VALUE_EMAIL, S("email-addr:value"), VALUE_NONE, S("")},
    {S("eppn"), S(NET), VALUE_EMAIL, S("user-account:user_id"), VALUE_NONE, S("")},
    {S("email-subject"), S(DELIVERY), VALUE_NONE, S("email-message:subject"), VALUE_NONE, S("")},
    {S("email-body"), S(DELIVERY), VALUE_NONE, S("email-message:body"), VALUE_NONE, S("")},
    {S("email-attachment"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_NONE, S("")},
    {S("md5"), S(DELIVERY), VALUE_MD5, S("file:hashes.MD5"), VALUE_NONE, S("")},
    {S("sha1"), S(DELIVERY), VALUE_SHA1, S("file:hashes.'SHA-1'"), VALUE_NONE, S("")},
    {S("sha256"), S(DELIVERY), VALUE_SHA256, S("file:hashes.'SHA-256'"), VALUE_NONE, S("")},
    {S("sha512"), S(DELIVERY), VALUE_SHA512, S("file:hashes.'SHA-512'"), VALUE_NONE, S("")},
    {S("sha224"), S(DELIVERY), VALUE_OTHER, S("file:hashes.SHA224"), VALUE_NONE, S("")},
    {S("sha384"), S(DELIVERY), VALUE_OTHER, S("file:hashes.SHA384"), VALUE_NONE, S("")},
    {S("sha3-256"), S(DELIVERY), VALUE_OTHER, S("file:hashes.'SHA3-256'"), VALUE_NONE, S("")},
    {S("sha3-512"), S(DELIVERY), VALUE_OTHER, S("file:hashes.'SHA3-512'"), VALUE_NONE, S("")},
    {S("ssdeep"), S(DELIVERY), VALUE_SSDEEP, S("file:hashes.SSDEEP"), VALUE_NONE, S("")},
    {S("tlsh"), S(DELIVERY), VALUE_OTHER, S("file:hashes.TLSH"), VALUE_NONE, S("")},
    {S("imphash"), S(DELIVERY), VALUE_OTHER, S("file:hashes.IMPHASH"), VALUE_NONE, S("")},
    {S("authentihash"), S(DELIVERY), VALUE_OTHER, S("file:hashes.AUTHENTIHASH"), VALUE_NONE, S("")},
    {S("vhash"), S(DELIVERY), VALUE_OTHER, S("file:hashes.VHASH"), VALUE_NONE, S("")},
    {S("telfhash"), S(DELIVERY), VALUE_OTHER, S("file:hashes.TELFHASH"), VALUE_NONE, S("")},
    {S("pehash"), S(DELIVERY), VALUE_OTHER, S("file:hashes.PEHASH"), VALUE_NONE, S("")},
    {S("filename"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_NONE, S("")},
    {S("attachment"), S("External analysis"), VALUE_FILENAME, S("file:name"), VALUE_NONE, S("")},
    {S("filename|md5"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_MD5,
     S("file:hashes.MD5")},
    {S("malware-sample"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_MD5,
     S("file:hashes.MD5")},
    {S("filename|sha1"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_SHA1,
     S("file:hashes.'SHA-1'")},
    {S("filename|sha256"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_SHA256,
     S("file:hashes.'SHA-256'")},
    {S("filename|sha512"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_SHA512,
     S("file:hashes.'SHA-512'")},
    {S("filename|sha224"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.SHA224")},
    {S("filename|sha384"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.SHA384")},
    {S("filename|ssdeep"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_SSDEEP,
     S("file:hashes.SSDEEP")},
    {S("filename|tlsh"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.TLSH")},
    {S("filename|imphash"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.IMPHASH")},
    {S("filename|authentihash"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.AUTHENTIHASH")},
    {S("filename|vhash"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.VHASH")},
    {S("filename|pehash"), S(DELIVERY), VALUE_FILENAME, S("file:name"), VALUE_OTHER,
     S("file:hashes.PEHASH")},
    {S("vulnerability"), S("External analysis"), VALUE_CVE, S("vulnerability:name"), VALUE_NONE,
     S("")},
    {S("AS"), S(NET), VALUE_ASN, S("autonomous-system:number"), VALUE_NONE, S("")},
    {S("mac-address"), S(NET), VALUE_MAC, S("mac-addr:value"), VALUE_NONE, S("")},
    {S("regkey"), S("Persistence mechanism"), VALUE_REGKEY, S("windows-registry-key:key"),
     VALUE_NONE, S("")},
    {S("regkey|value"), S("Persistence mechanism"), VALUE_REGKEY, S("windows-registry-key:key"),
     VALUE_NONE, S("windows-registry-key:values[*].data")},
    {S("mutex"), S(DROPPED), VALUE_MUTEX, S("mutex:name"), VALUE_NONE, S("")},
    {S("user-agent"), S(NET), VALUE_USER_AGENT,
     S("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"), VALUE_NONE,
     S("")},
    {S("http-method"), S(NET), VALUE_NONE,
     S("network-traffic:extensions.'http-request-ext'.request_method"), VALUE_NONE, S("")},
    {S("port"), S(NET), VALUE_NONE, S("network-traffic:dst_port"), VALUE_NONE, S("")},
    {S("size-in-bytes"), S("Other"), VALUE_NONE, S("file:size"), VALUE_NONE, S("")},
    {S("mime-type"), S(DROPPED), VALUE_NONE, S("file:mime_type"), VALUE_NONE, S("")},
    {S("x509-fingerprint-md5"), S(NET), VALUE_MD5, S("x509-certificate:hashes.MD5"), VALUE_NONE,
     S("")},
    {S("x509-fingerprint-sha1"), S(NET), VALUE_SHA1, S("x509-certificate:hashes.'SHA-1'"),
     VALUE_NONE, S("")},
    {S("x509-fingerprint-sha256"), S(NET), VALUE_SHA256, S("x509-certificate:hashes.'SHA-256'"),
     VALUE_NONE, S("")},
    {S("github-username"), S("Social network"), VALUE_NONE, S("user-account:account_login"),
     VALUE_NONE, S("")},
    {S("btc"), S("Financial fraud"), VALUE_BTC, S(""), VALUE_NONE, S("")},
    {S("ja3-fingerprint-md5"), S(NET), VALUE_JA3, S(""), VALUE_NONE, S("")},
};
#undef S

/* Digests whose length MISP checks. */
static const struct {
	str type;
	size_t digits;
} digests[] = {
    {STR_INIT("md5"), 32},        {STR_INIT("sha1"), 40},         {STR_INIT("sha224"), 56},
    {STR_INIT("sha256"), 64},     {STR_INIT("sha384"), 96},       {STR_INIT("sha512"), 128},
    {STR_INIT("imphash"), 32},    {STR_INIT("sha3-224"), 56},     {STR_INIT("sha3-256"), 64},
    {STR_INIT("sha3-384"), 96},   {STR_INIT("sha3-512"), 128},    {STR_INIT("sha512/224"), 56},
    {STR_INIT("sha512/256"), 64}, {STR_INIT("authentihash"), 64},
};

const struct misp_type *misp_type_find(str type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].type, type))
			return &rows[i];
	return NULL;
}

const struct misp_type *misp_type_for(enum value_kind k)
{
	if (k == VALUE_IPV6 || k == VALUE_CIDR4 || k == VALUE_CIDR6)
		k = VALUE_IPV4;
	for (size_t i = 0; i < ARRAY_LEN(rows) && k != VALUE_NONE && k != VALUE_OTHER; i++)
		if (rows[i].kind == k && !rows[i].path2.n)
			return &rows[i];
	return NULL;
}

bool misp_type_fits(str type)
{
	if (!type.n || type.n > 100)
		return false;
	for (size_t i = 0; i < type.n; i++)
		if (!ch_alnum(type.p[i]) && !memchr(" -|/_.", type.p[i], 6))
			return false;
	return true;
}

size_t misp_value_parts(str type, str value, str ret[2])
{
	/* File names and registry keys may hold a bar of their own; digests, addresses and ports
	 * never do. */
	ptrdiff_t bar = str_eq(type, STR("regkey|value")) ? str_find_char(value, '|')
							  : str_rfind_char(value, '|');
	bool composite = str_find_char(type, '|') > 0 || str_eq(type, STR("malware-sample"));

	ret[0] = value;
	ret[1] = STR_NULL;
	if (!composite || bar < 0)
		return 1;
	ret[0] = str_slice(value, 0, (size_t)bar);
	ret[1] = str_from(value, (size_t)bar + 1);
	return 2;
}

static bool is_digest(str text, size_t digits)
{
	text = str_trim(text);
	if (text.n != digits)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!ch_xdigit(text.p[i]))
			return false;
	return true;
}

bool misp_value_fits(str type, str value)
{
	ptrdiff_t bar = str_find_char(type, '|');
	str part[2], kind = type, text = value;

	if (bar > 0) {
		/* MISP itself writes addresses with ports as "ip:port" in old events. */
		bool port = str_ends(type, STR("|port")) && str_rfind_char(value, ':') > 0;

		if (misp_value_parts(type, value, part) != 2)
			return port;
		kind = str_from(type, (size_t)bar + 1);
		text = part[1];
	}
	for (size_t i = 0; i < ARRAY_LEN(digests); i++)
		if (str_eq(digests[i].type, kind))
			return is_digest(text, digests[i].digits);
	return true;
}

/* ---- STIX ------------------------------------------------------------------------- */

str pattern_quote(struct arena *a, str text)
{
	char *to = arena_alloc(a, text.n * 2 + 2);
	size_t n = 0;

	to[n++] = '\'';
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'' || text.p[i] == '\\')
			to[n++] = '\\';
		to[n++] = text.p[i];
	}
	to[n++] = '\'';
	return (str){to, n};
}

static bool is_ipv6(str value)
{
	return str_find_char(value, ':') >= 0;
}

static bool is_ip_text(str value)
{
	bool digits = value.n > 0;

	for (size_t i = 0; i < value.n; i++)
		digits = digits && (ch_digit(value.p[i]) || value.p[i] == '.' || value.p[i] == '/');
	return digits || is_ipv6(value);
}

/* "AS64500" and "64500" as digits. */
static str number_text(str value)
{
	uint64_t n;

	value = str_trim(value);
	(void)str_skip_iprefix(&value, STR("AS"));
	return str_u64(value, &n) == ERR_OK && n <= UINT32_MAX ? value : STR_NULL;
}

static bool path_is_number(str path)
{
	return str_ends(path, STR("_port")) || str_eq(path, STR("autonomous-system:number")) ||
	       str_eq(path, STR("file:size"));
}

static str address_type(str value)
{
	if (!is_ip_text(value))
		return STR("domain-name");
	return is_ipv6(value) ? STR("ipv6-addr") : STR("ipv4-addr");
}

/* STIX wants hives in full (2.1 section 6.18). */
static str hive_in_full(struct arena *a, str key)
{
	static const struct {
		str brief, full;
	} hives[] = {
	    {STR_INIT("HKLM\\"), STR_INIT("HKEY_LOCAL_MACHINE\\")},
	    {STR_INIT("HKCU\\"), STR_INIT("HKEY_CURRENT_USER\\")},
	    {STR_INIT("HKCR\\"), STR_INIT("HKEY_CLASSES_ROOT\\")},
	    {STR_INIT("HKU\\"), STR_INIT("HKEY_USERS\\")},
	    {STR_INIT("HKCC\\"), STR_INIT("HKEY_CURRENT_CONFIG\\")},
	};

	for (size_t i = 0; i < ARRAY_LEN(hives); i++)
		if (str_skip_iprefix(&key, hives[i].brief))
			return arena_printf(a, "%.*s%.*s", STR_ARG(hives[i].full), STR_ARG(key));
	return key;
}

/* RFC 3986: a scheme, then only characters that a URI may hold. */
static bool is_uri(str value)
{
	ptrdiff_t colon = str_find_char(value, ':');

	if (colon <= 0 || !ch_alpha(value.p[0]))
		return false;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c >= 0x7f || memchr("\"<>\\^`{|}", c, 9))
			return false;
		if (i < (size_t)colon && !ch_alnum(c) && !memchr("+-.", c, 3))
			return false;
	}
	/* "evil.example:8080/x" has a port there, not a scheme. */
	return !ch_digit(value.p[colon + 1 < (ptrdiff_t)value.n ? colon + 1 : colon]);
}

/* May the value stand at this place of an SCO? */
static bool sco_fits(str path, str value)
{
	if (str_eq(path, STR("url:value")))
		return is_uri(value);
	if (str_eq(path, STR("file:hashes.TLSH")))
		return value.n == 70;
	if (str_eq(path, STR("file:hashes.SSDEEP")))
		return value.n <= 128 && str_find_char(value, ',') < 0;
	return true;
}

/* "path = literal", empty where the value cannot stand there. */
static str comparison(struct arena *a, str path, str value)
{
	if (path_is_number(path)) {
		str number = number_text(value);

		return number.n ? arena_printf(a, "%.*s = %.*s", STR_ARG(path), STR_ARG(number))
				: STR_NULL;
	}
	str quoted = pattern_quote(
	    a, str_eq(path, STR("windows-registry-key:key")) ? hive_in_full(a, value) : value);

	if (str_eq(path, STR("ip"))) {
		str type = address_type(value);

		return arena_printf(a, "%.*s:value = %.*s", STR_ARG(type), STR_ARG(quoted));
	}
	return arena_printf(a, "%.*s = %.*s", STR_ARG(path), STR_ARG(quoted));
}

str misp_pattern(struct arena *a, str type, str value)
{
	const struct misp_type *row = misp_type_find(type);
	str part[2], first, second;
	size_t n = misp_value_parts(type, value, part);

	if (!row || !row->path.n || str_starts(row->path, STR("vulnerability:")))
		return STR_NULL;
	first = comparison(a, row->path, part[0]);
	if (!first.n)
		return STR_NULL;
	if (n == 1 || !row->path2.n)
		return arena_printf(a, "[%.*s]", STR_ARG(first));
	second = comparison(a, row->path2, part[1]);
	if (!second.n)
		return STR_NULL;
	return arena_printf(a, "[%.*s AND %.*s]", STR_ARG(first), STR_ARG(second));
}

/* Properties that make the id of an SCO (STIX 2.1 section 2.9 and each SCO's own section). */
static const struct {
	str type;
	const char *contributing[4];
} identities[] = {
    {STR_INIT("file"), {"hashes", "name", "extensions"}},
    {STR_INIT("network-traffic"), {"dst_ref", "dst_port", "protocols", "extensions"}},
    {STR_INIT("windows-registry-key"), {"key", "values"}},
    {STR_INIT("user-account"), {"account_type", "user_id", "account_login"}},
    {STR_INIT("email-message"), {"from_ref", "subject", "body"}},
    {STR_INIT("autonomous-system"), {"number"}},
    {STR_INIT("mutex"), {"name"}},
    {STR_INIT("x509-certificate"), {"hashes", "serial_number"}},
};

/* Gives the SCO its deterministic id: UUIDv5 over the canonical JSON of its contributing
 * properties. */
static struct json sco_finish(struct arena *a, str type, const struct json *props)
{
	static const struct uuid space = {{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c,
					   0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}};
	static const char *const value_only[4] = {"value"};
	const char *const *names = value_only;
	struct json key = json_object(), o = json_object();
	char id[UUID_TEXT];
	BUF(text);

	for (size_t i = 0; i < ARRAY_LEN(identities); i++)
		if (str_eq(identities[i].type, type))
			names = identities[i].contributing;
	for (size_t i = 0; i < 4 && names[i]; i++) {
		const struct json *v = json_get_c(props, names[i]);

		if (v)
			json_set(a, &key, str_c(names[i]), *v);
	}
	/* What contributes nothing canonical gets an id of all it has. */
	if (!json_count(&key) || json_canonical(a, &text, &key) != ERR_OK)
		json_write(&text, props);
	uuid_text(uuid_v5(space, buf_str(&text)), id);
	json_set(a, &o, STR("type"), json_string(type));
	json_set(a, &o, STR("spec_version"), json_string(STR("2.1")));
	json_set(a, &o, STR("id"),
		 json_string(arena_printf(a, "%.*s--%.*s", STR_ARG(type), UUID_TEXT, id)));
	for (size_t i = 0; i < json_count(props); i++)
		json_set(a, &o, props->members[i].key, props->members[i].value);
	return o;
}

static struct json sco_value(struct arena *a, str type, const char *name, str value)
{
	struct json props = json_object();

	json_set(a, &props, str_c(name), json_string(value));
	return sco_finish(a, type, &props);
}

/* Sets obj.a.b.c = v for "a.b.'c-d'". */
static void path_set(struct arena *a, struct json *obj, str path, struct json v)
{
	str part, name;
	bool quoted = path.n && path.p[0] == '\'';
	ptrdiff_t cut =
	    quoted ? str_find_char(str_from(path, 1), '\'') + 1 : str_find_char(path, '.');

	if (!quoted && cut < 0) {
		json_set(a, obj, path, v);
		return;
	}
	name = quoted ? str_slice(path, 1, (size_t)cut - 1) : str_slice(path, 0, (size_t)cut);
	part = str_from(path, (size_t)cut + 1);
	if (quoted && part.n)
		part = str_from(part, 1);
	if (!part.n) {
		json_set(a, obj, name, v);
		return;
	}
	const struct json *old = json_get(obj, name);
	struct json child = old ? *old : json_object();

	path_set(a, &child, part, v);
	json_set(a, obj, name, child);
}

static bool sco_set(struct arena *a, struct json *props, str path, str value)
{
	str number = path_is_number(path) ? number_text(value) : STR_NULL;
	int64_t n = 0;

	if (path_is_number(path)) {
		if (!number.n || str_i64(number, &n) != ERR_OK)
			return false;
		path_set(a, props, str_from(path, (size_t)str_find_char(path, ':') + 1),
			 json_from_i64(a, n));
		return true;
	}
	if (!sco_fits(path, value))
		return false;
	if (str_eq(path, STR("windows-registry-key:key")))
		value = hive_in_full(a, value);
	path_set(a, props, str_from(path, (size_t)str_find_char(path, ':') + 1),
		 json_string(value));
	return true;
}

/* Network traffic names its ends by reference and must name a protocol. */
static size_t traffic(struct arena *a, const struct misp_type *row, const str part[2], size_t n,
		      struct json ret[3])
{
	bool src = str_find(row->path, STR("src_ref")) >= 0;
	struct json props = json_object(), protocols = json_array();
	str family = address_type(part[0]);

	if (n != 2)
		return 0;
	ret[0] = sco_value(a, family, "value", part[0]);
	json_add(a, &protocols,
		 json_string(str_eq(family, STR("ipv6-addr")) ? STR("ipv6") : STR("ipv4")));
	json_set(a, &props, src ? STR("src_ref") : STR("dst_ref"), *json_get_c(&ret[0], "id"));
	if (!sco_set(a, &props, row->path2, part[1]))
		return 1;
	json_set(a, &props, STR("protocols"), protocols);
	ret[1] = sco_finish(a, STR("network-traffic"), &props);
	return 2;
}

static bool has_observable(const struct misp_type *row)
{
	static const str none[] = {STR_INIT("network-traffic:"), STR_INIT("vulnerability:"),
				   STR_INIT("email-message:"), STR_INIT("file:size"),
				   STR_INIT("file:mime_type")};

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (str_starts(row->path, none[i]))
			return false;
	return row->path.n > 0;
}

size_t misp_observables(struct arena *a, str type, str value, struct json ret[3])
{
	const struct misp_type *row = misp_type_find(type);
	struct json props = json_object();
	str part[2], sco;
	size_t n = misp_value_parts(type, value, part);

	if (!row || !row->path.n)
		return 0;
	if (row->kind == VALUE_EMAIL && !str_starts(row->path, STR("user-account:"))) {
		ret[0] = sco_value(a, STR("email-addr"), "value", part[0]);
		return 1;
	}
	if (str_find(row->path, STR("_ref.value")) >= 0)
		return traffic(a, row, part, n, ret);
	if (!has_observable(row))
		return 0;
	if (str_eq(row->path, STR("ip"))) {
		ret[0] = sco_value(a, address_type(value), "value", value);
		return 1;
	}
	if (n == 2 && str_find(row->path2, STR("resolves_to")) >= 0) {
		ret[0] = sco_value(a, STR("domain-name"), "value", part[0]);
		ret[1] = sco_value(a, address_type(part[1]), "value", part[1]);
		return 2;
	}
	sco = str_slice(row->path, 0, (size_t)str_find_char(row->path, ':'));
	if (!sco_set(a, &props, row->path, part[0]))
		return 0;
	if (n == 2 && row->path2.n && str_find_char(row->path2, '*') < 0 &&
	    !sco_set(a, &props, row->path2, part[1]))
		return 0;
	ret[0] = sco_finish(a, sco, &props);
	return 1;
}

bool value_observable(struct arena *a, enum value_kind k, str value, struct json *ret)
{
	const struct misp_type *row = misp_type_for(k);
	struct json found[3];

	if (!row || misp_observables(a, row->type, value, found) != 1)
		return false;
	*ret = found[0];
	return true;
}
