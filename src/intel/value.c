// SPDX-License-Identifier: Apache-2.0
/* value: the kinds by name, what a lone text is, disguised spellings for people, keyed hashes. */
#include "intel/value.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "intel/value_internal.h"

static const str names[VALUE_KINDS] = {
    [VALUE_NONE] = STR_INIT(""),
    [VALUE_IPV4] = STR_INIT("ipv4-addr"),
    [VALUE_IPV6] = STR_INIT("ipv6-addr"),
    [VALUE_CIDR4] = STR_INIT("ipv4-net"),
    [VALUE_CIDR6] = STR_INIT("ipv6-net"),
    [VALUE_DOMAIN] = STR_INIT("domain-name"),
    [VALUE_URL] = STR_INIT("url"),
    [VALUE_EMAIL] = STR_INIT("email-addr"),
    [VALUE_MD5] = STR_INIT("md5"),
    [VALUE_SHA1] = STR_INIT("sha1"),
    [VALUE_SHA256] = STR_INIT("sha256"),
    [VALUE_SHA512] = STR_INIT("sha512"),
    [VALUE_SSDEEP] = STR_INIT("ssdeep"),
    [VALUE_FILENAME] = STR_INIT("filename"),
    [VALUE_CVE] = STR_INIT("cve"),
    [VALUE_ASN] = STR_INIT("autonomous-system"),
    [VALUE_MAC] = STR_INIT("mac-addr"),
    [VALUE_REGKEY] = STR_INIT("registry-key"),
    [VALUE_MUTEX] = STR_INIT("mutex"),
    [VALUE_USER_AGENT] = STR_INIT("user-agent"),
    [VALUE_BTC] = STR_INIT("bitcoin"),
    [VALUE_JA3] = STR_INIT("ja3"),
    [VALUE_ATTACK] = STR_INIT("attack-pattern"),
    [VALUE_OTHER] = STR_INIT("other"),
};

/* What others call them: MISP attribute types, words of lists and CSV headers. */
static const struct {
	str name;
	enum value_kind kind;
} aliases[] = {
    {STR_INIT("ipv4"), VALUE_IPV4},
    {STR_INIT("ipv6"), VALUE_IPV6},
    {STR_INIT("ip"), VALUE_IPV4},
    {STR_INIT("ip-src"), VALUE_IPV4},
    {STR_INIT("ip-dst"), VALUE_IPV4},
    {STR_INIT("ip-address"), VALUE_IPV4},
    {STR_INIT("ipaddress"), VALUE_IPV4},
    {STR_INIT("cidr"), VALUE_CIDR4},
    {STR_INIT("domain"), VALUE_DOMAIN},
    {STR_INIT("hostname"), VALUE_DOMAIN},
    {STR_INIT("host"), VALUE_DOMAIN},
    {STR_INIT("fqdn"), VALUE_DOMAIN},
    {STR_INIT("uri"), VALUE_URL},
    {STR_INIT("link"), VALUE_URL},
    {STR_INIT("email"), VALUE_EMAIL},
    {STR_INIT("email-src"), VALUE_EMAIL},
    {STR_INIT("email-dst"), VALUE_EMAIL},
    {STR_INIT("e-mail"), VALUE_EMAIL},
    {STR_INIT("sha-1"), VALUE_SHA1},
    {STR_INIT("sha-256"), VALUE_SHA256},
    {STR_INIT("sha-512"), VALUE_SHA512},
    {STR_INIT("file-name"), VALUE_FILENAME},
    {STR_INIT("file"), VALUE_FILENAME},
    {STR_INIT("vulnerability"), VALUE_CVE},
    {STR_INIT("as"), VALUE_ASN},
    {STR_INIT("asn"), VALUE_ASN},
    {STR_INIT("mac-address"), VALUE_MAC},
    {STR_INIT("mac"), VALUE_MAC},
    {STR_INIT("regkey"), VALUE_REGKEY},
    {STR_INIT("registry"), VALUE_REGKEY},
    {STR_INIT("windows-registry-key"), VALUE_REGKEY},
    {STR_INIT("http-user-agent"), VALUE_USER_AGENT},
    {STR_INIT("ja3-fingerprint-md5"), VALUE_JA3},
    {STR_INIT("attack"), VALUE_ATTACK},
    {STR_INIT("btc"), VALUE_BTC},
    {STR_INIT("x509-sha1"), VALUE_SHA1},
    {STR_INIT("x509-sha256"), VALUE_SHA256},
    {STR_INIT("technique"), VALUE_ATTACK},
};

str value_kind_name(enum value_kind k)
{
	return k > VALUE_NONE && k < VALUE_KINDS ? names[k] : STR_NULL;
}

enum value_kind value_kind_parse(str name)
{
	for (int k = VALUE_NONE + 1; k < VALUE_KINDS; k++) {
		if (str_ieq(name, names[k]))
			return (enum value_kind)k;
	}
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (str_ieq(name, aliases[i].name))
			return aliases[i].kind;
	}
	return VALUE_NONE;
}

/* Endings of file names, sorted; and those of them that are top-level domains too. */
static const char exts[][8] = {
    "7z",   "accdb", "apk",     "asp",   "aspx",  "ax",   "bak",    "bash", "bat",   "bin",  "bmp",
    "cab",  "cfg",   "chm",     "class", "cmd",   "conf", "config", "cpl",  "cpp",   "crt",  "csv",
    "dat",  "db",    "deb",     "dex",   "dll",   "dmg",  "dmp",    "doc",  "docm",  "docx", "dotm",
    "drv",  "dylib", "elf",     "eml",   "exe",   "gif",  "gz",     "hta",  "htm",   "html", "ico",
    "ics",  "img",   "inf",     "ini",   "ipa",   "iso",  "jar",    "java", "jpeg",  "jpg",  "js",
    "jse",  "json",  "jsp",     "jspx",  "key",   "lnk",  "log",    "lua",  "macho", "md",   "mdb",
    "mov",  "mp3",   "mp4",     "msc",   "msg",   "msi",  "msix",   "msp",  "ocx",   "odt",  "pdb",
    "pdf",  "pem",   "php",     "pkg",   "plist", "png",  "ppt",    "pptm", "pptx",  "ps",   "ps1",
    "psd1", "psm1",  "py",      "pyc",   "pyd",   "rar",  "reg",    "rpm",  "rs",    "rtf",  "scf",
    "scr",  "sct",   "service", "sfx",   "sh",    "so",   "sqlite", "swf",  "sys",   "tar",  "tgz",
    "tmp",  "ttf",   "txt",     "url",   "vb",    "vbe",  "vbs",    "vcf",  "vhd",   "vhdx", "war",
    "wav",  "wll",   "wsf",     "xls",   "xlsb",  "xlsm", "xlsx",   "xml",  "xpi",   "xsl",  "xz",
    "yaml", "yml",   "zip",
};
static const char ambiguous[][8] = {"cab", "md", "mov", "ps", "py", "rs", "sh", "so", "zip"};

static int compare_ext(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum ext_class ext_class(str name)
{
	ptrdiff_t dot = str_rfind_char(name, '.');
	str ext = dot > 0 ? str_from(name, (size_t)dot + 1) : STR_NULL;
	char key[8] = {0};

	if (ext.n < 2 || ext.n > 7)
		return EXT_NONE;
	for (size_t i = 0; i < ext.n; i++)
		key[i] = ch_lower(ext.p[i]);
	if (!bsearch(key, exts, ARRAY_LEN(exts), sizeof(exts[0]), compare_ext))
		return EXT_NONE;
	return bsearch(key, ambiguous, ARRAY_LEN(ambiguous), sizeof(ambiguous[0]), compare_ext)
		   ? EXT_AMBIGUOUS
		   : EXT_FILE;
}

/* Tried in this order; the first that fits wins. The shapes of free text come last. */
static const enum value_kind guesses[] = {
    VALUE_IPV4,   VALUE_IPV6, VALUE_CIDR4, VALUE_CIDR6, VALUE_MD5,   VALUE_SHA1,   VALUE_SHA256,
    VALUE_SHA512, VALUE_CVE,  VALUE_MAC,   VALUE_URL,   VALUE_EMAIL, VALUE_REGKEY, VALUE_ATTACK,
};

static bool has_slash(str s)
{
	return str_find_char(s, '/') >= 0 || str_find_char(s, '\\') >= 0;
}

static bool starts_as(str s)
{
	return str_skip_prefix(&s, STR("AS")) && s.n && ch_digit(s.p[s.n - 1]);
}

enum value_kind value_guess_clean(struct arena *a, str text, str *ret)
{
	uint8_t b[16];
	str in = str_trim(text);

	if (in.n == 0 || in.n > URL_BYTES)
		return VALUE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++) {
		enum value_kind k = guesses[i];

		if (k == VALUE_MAC && in.n == 12) /* twelve bare digits are anything */
			continue;
		if (!value_canonical_clean(a, k, in, ret))
			continue;
		if (k == VALUE_IPV6 && ipv6_parse(*ret, b) && ipv6_is_mapped(b))
			return value_canonical_clean(a, VALUE_IPV4, *ret, ret) ? VALUE_IPV4
									       : VALUE_NONE;
		return k;
	}
	if (starts_as(in) && value_canonical_clean(a, VALUE_ASN, in, ret))
		return VALUE_ASN;
	enum ext_class ext = ext_class(in);

	if (ext != EXT_FILE && domain_canonical(a, in, 2, ret)) {
		ptrdiff_t dot = str_rfind_char(*ret, '.');

		if (tld_known(str_from(*ret, (size_t)dot + 1)) &&
		    (ext == EXT_NONE || str_find_char(*ret, '.') != dot))
			return VALUE_DOMAIN;
	}
	if (value_canonical_clean(a, VALUE_BTC, in, ret))
		return VALUE_BTC;
	if (value_canonical_clean(a, VALUE_SSDEEP, in, ret) && str_find_char(in, '.') < 0)
		return VALUE_SSDEEP;
	if (ext != EXT_NONE && (in.n <= 255 || has_slash(in)) &&
	    value_canonical_clean(a, VALUE_FILENAME, in, ret))
		return VALUE_FILENAME;
	return VALUE_NONE;
}

enum value_kind value_guess(str text)
{
	ARENA(a, 0);
	str canonical;

	if (text.n > 4 * URL_BYTES)
		return VALUE_NONE;
	return value_guess_clean(&a, value_refang(&a, text), &canonical);
}

/* Dots of host are set in brackets; the rest stays. */
static void add_disguised(struct buf *out, str s, str host)
{
	for (size_t i = 0; i < s.n; i++) {
		bool in_host = s.p + i >= host.p && s.p + i < host.p + host.n;

		if (in_host && s.p[i] == '.')
			buf_add(out, STR("[.]"));
		else if (in_host && s.p[i] == ':')
			buf_add(out, STR("[:]"));
		else
			buf_add_char(out, s.p[i]);
	}
}

str value_defang(struct arena *a, enum value_kind k, str canonical)
{
	BUF(out);
	str host = value_host(k, canonical), rest = canonical;

	if (k == VALUE_IPV4 || k == VALUE_CIDR4 || k == VALUE_IPV6 || k == VALUE_CIDR6)
		host = canonical;
	if (host.n == 0)
		return canonical;
	if (k == VALUE_URL) {
		if (str_skip_prefix(&rest, STR("http")))
			buf_add(&out, STR("hxxp"));
		else if (str_skip_prefix(&rest, STR("ftp")))
			buf_add(&out, STR("fxp"));
	}
	if (k == VALUE_EMAIL) {
		buf_add(&out, str_slice(canonical, 0, (size_t)(host.p - canonical.p) - 1));
		buf_add(&out, STR("[@]"));
		rest = host;
	}
	if (k == VALUE_URL &&
	    str_find_char(host, ':') >= 0) /* an address in brackets stays whole */
		host.n = 0;
	add_disguised(&out, rest, host);
	return arena_str(a, buf_str(&out));
}

uint64_t value_hash(const uint8_t key[16], enum value_kind k, str canonical)
{
	char room[512];
	str name = value_kind_name(k);
	size_t n = name.n + 1 + canonical.n;
	char *p = n <= sizeof(room) ? room : mem_alloc(n);

	if (name.n)
		memcpy(p, name.p, name.n);
	p[name.n] = ':';
	if (canonical.n)
		memcpy(p + name.n + 1, canonical.p, canonical.n);
	uint64_t h = siphash64(key, p, n);

	if (p != room)
		mem_free(p);
	return h;
}
