// SPDX-License-Identifier: Apache-2.0
/* extract: one pass over a refanged text. A run of letters, digits, dots and hyphens is the unit;
 * what stands behind it (:// @ : \) decides who reads on. Every reader is bounded or moves the scan
 * to where it ended, so the whole is linear. */
#include "intel/extract.h"

#include "base/codec.h"
#include "intel/extract_internal.h"

/* A URL that is none is read again as words up to this length. */
#define RESCAN_BYTES 512

/* ---- positions ------------------------------------------------------------------- */

/* Index of the first step beyond offset `at` of the clean text. */
static size_t step_after(const struct refanged *m, size_t at)
{
	size_t lo = 0, hi = m->n_steps;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (m->steps[mid].clean_at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t original(const struct refanged *m, size_t at)
{
	size_t i = step_after(m, at);

	return i == 0 ? at : m->steps[i - 1].text_at + (at - m->steps[i - 1].clean_at);
}

bool scan_defanged(const struct scan *s, size_t at, size_t end)
{
	for (size_t i = step_after(&s->map, at); i < s->map.n_steps; i++) {
		if (s->map.steps[i].clean_at > end)
			return false;
		if (s->map.steps[i].defanged)
			return true;
	}
	return false;
}

void scan_add(struct scan *s, enum value_kind k, str canonical, size_t at, size_t end)
{
	bool fresh;
	char *key = arena_alloc(s->arena, canonical.n + 1);

	if (s->more)
		return;
	key[0] = (char)k;
	memcpy(key + 1, canonical.p, canonical.n);
	if (s->found.n == s->limit) {
		s->more = !map_get(&s->seen, (str){key, canonical.n + 1});
		return;
	}
	map_put(&s->seen, (str){key, canonical.n + 1}, &fresh);
	if (!fresh)
		return;
	struct extracted *e = vec_push(s->arena, &s->found);
	size_t from = original(&s->map, at);

	*e = (struct extracted){.kind = k,
				.canonical = {key + 1, canonical.n},
				.at = from,
				.n = original(&s->map, end) - from,
				.defanged = scan_defanged(s, at, end)};
}

/* ---- runs -------------------------------------------------------------------------- */

size_t wide_letter(str rest)
{
	uint32_t c;
	size_t n = utf8_decode(rest, &c);

	if (n == 0 || c < 0xc0 || c > 0x52f || c == 0xd7 || c == 0xf7)
		return 0;
	return n;
}

static bool run_char(char c)
{
	return ch_alnum(c) || c == '.' || c == '-' || c == '_';
}

struct word scan_word(const struct scan *s, size_t at)
{
	struct word w = {.at = at, .all_hex = true};
	size_t i = at;

	for (;;) {
		char c = byte_at(s, i);

		if (c & 0x80) {
			size_t n = wide_letter(str_from(s->text, i));

			if (n == 0)
				break;
			w.wide = true;
			w.all_hex = false;
			i += n;
			continue;
		}
		if (!run_char(c))
			break;
		w.dots += c == '.';
		w.hyphens += c == '-';
		w.digits += ch_digit(c);
		w.all_hex &= ch_xdigit(c) || c == '.' || c == '-';
		i++;
	}
	w.n = i - at;
	return w;
}

/* ---- URLs -------------------------------------------------------------------------- */

static const str schemes[] = {
    STR_INIT("http"),  STR_INIT("https"), STR_INIT("ftp"), STR_INIT("ftps"),   STR_INIT("sftp"),
    STR_INIT("ws"),    STR_INIT("wss"),   STR_INIT("tcp"), STR_INIT("udp"),    STR_INIT("ldap"),
    STR_INIT("ldaps"), STR_INIT("smb"),   STR_INIT("ssh"), STR_INIT("telnet"), STR_INIT("rtsp"),
    STR_INIT("tftp"),  STR_INIT("rtmp"),
};

/* The known scheme that the run ends with: "https" of "url-https". 0 if there is none. */
static size_t scheme_length(str run)
{
	size_t n = 0;

	while (n < run.n && ch_alpha(run.p[run.n - 1 - n]))
		n++;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		if (str_ieq(schemes[i], str_from(run, run.n - n)))
			return n;
	}
	return 0;
}

/* End of the host part. Letters of any script count, but Japanese text behind a name is cut off:
 * "evil.exampleです". */
static size_t authority_end(const struct scan *s, size_t at)
{
	size_t i = at;
	bool bracket = byte_at(s, i) == '[', ascii = false;

	if (bracket) {
		while (i < s->text.n && i - at < 48 && byte_at(s, i) != ']')
			i++;
		if (byte_at(s, i) == ']')
			i++;
	}
	while (i < s->text.n && i - at < 512) {
		char c = byte_at(s, i);

		if (c & 0x80) {
			uint32_t u;
			size_t n = utf8_decode(str_from(s->text, i), &u);

			if (n == 0 || u < 0xc0 || (u >= 0x2000 && u < 0x3041) || u >= 0xff00 ||
			    (ascii && u >= 0x3000))
				break;
			i += n;
			continue;
		}
		if (!run_char(c) && !strchr(":@%$&+=~!*", c))
			break;
		ascii = c != '.' && c != '@';
		i++;
	}
	return i;
}

static bool ends_url(char c)
{
	return (unsigned char)c <= 0x20 || c == 0x7f || (c & 0x80) ||
	       strchr("\"<>`|{}\\^[]", c) != NULL;
}

static bool next_url(const struct scan *s, size_t i)
{
	str rest = str_from(s->text, i);

	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '"'))
		return false;
	return str_skip_iprefix(&rest, STR("http://")) || str_skip_iprefix(&rest, STR("https://"));
}

/* End of path and query: closing brackets that nothing opened and punctuation at the end belong to
 * the text. */
static size_t path_end(const struct scan *s, size_t start, size_t at)
{
	int depth = 0;
	size_t i = at;
	char before = byte_before(s, start);

	while (i < s->text.n && !ends_url(byte_at(s, i)) && i - at < URL_BYTES) {
		char c = byte_at(s, i);

		depth += (c == '(') - (c == ')');
		if (depth < 0 || (c == '\'' && before == '\''))
			break;
		if ((c == ',' || c == ';') && next_url(s, i + 1))
			break;
		i++;
	}
	while (i > at) {
		char c = byte_before(s, i);

		if (!strchr(".,;:!?'*", c) && !(c == before && strchr("+_~", c)))
			break;
		i--;
	}
	return i;
}

/* A URL whose scheme is [at, colon); returns its end, or where the scan goes on: behind the "://".
 */
static size_t take_url(struct scan *s, size_t at, size_t colon)
{
	size_t host = colon + 3, end = authority_end(s, host);
	char c = byte_at(s, end);
	str canonical;

	if (c == '/' || c == '?' || c == '#')
		end = path_end(s, at, end);
	while (end > host && strchr(".,;:!-*'", byte_before(s, end)))
		end--;
	if (end == host || !url_canonical(s->arena, str_slice(s->text, at, end - at), &canonical))
		return end - at < RESCAN_BYTES ? host : end; /* its host may still be something */
	str name = value_host(VALUE_URL, canonical), alone;
	uint8_t b[16];

	if (str_find_char(name, '.') < 0 && str_find_char(name, ':') < 0)
		return end; /* a host without a domain: nothing that others could look for */
	scan_add(s, VALUE_URL, canonical, at, end);
	if (s->with_hosts) {
		enum value_kind k = ipv4_parse(name, b)   ? VALUE_IPV4
				    : ipv6_parse(name, b) ? VALUE_IPV6
							  : VALUE_DOMAIN;

		if (value_canonical_clean(s->arena, k, name, &alone))
			scan_add(s, k, alone, at, end);
	}
	return end;
}

/* ---- addresses of mail ----------------------------------------------------------------- */

/* `at` is the '@'; its local part is what stands before it. 0 when it is not an address. */
static size_t take_email(struct scan *s, size_t at)
{
	size_t from = at;
	struct word domain = scan_word(s, at + 1);
	size_t end = at + 1 + domain.n;
	str canonical;

	while (from > 0 && at - from < 64) {
		char c = byte_before(s, from);

		if (!ch_alnum(c) && !(c && strchr(".!#$%&+-=?^_{}~", c)))
			break;
		from--;
	}
	while (from < at && strchr(".!#$%&+-=?^{}", byte_at(s, from)))
		from++;
	while (end > at + 1 && strchr(".-_", byte_before(s, end)))
		end--;
	str text = str_slice(s->text, from, end - from);
	ptrdiff_t dot = str_rfind_char(text, '.');

	if (from == at || domain.n < 3 || dot < (ptrdiff_t)(at - from) ||
	    !value_canonical_clean(s->arena, VALUE_EMAIL, text, &canonical))
		return 0;
	str name = value_host(VALUE_EMAIL, canonical);

	if (!tld_known(str_from(name, (size_t)str_rfind_char(name, '.') + 1)) &&
	    !scan_defanged(s, from, end))
		return 0;
	scan_add(s, VALUE_EMAIL, canonical, from, end);
	return end;
}

/* ---- colons: IPv6, MAC, ssdeep ------------------------------------------------------------ */

static bool word_at(const struct scan *s, size_t i)
{
	return ch_alnum(byte_at(s, i)) || byte_at(s, i) == '_' || wide_letter(str_from(s->text, i));
}

/* dead::beef is a name in a program before it is an address. */
static bool looks_like_address(str t)
{
	size_t colons = 0, digits = 0;

	for (size_t i = 0; i < t.n; i++) {
		colons += t.p[i] == ':';
		digits += ch_digit(t.p[i]);
	}
	return digits > 0 ? t.n > 3 || colons > 2 || t.p[0] == ':' : colons > 3;
}

static size_t take_ipv6(struct scan *s, size_t at)
{
	size_t end = at, net_end;
	uint8_t b[16];
	str canonical;

	while (end - at < 48 &&
	       (ch_xdigit(byte_at(s, end)) || byte_at(s, end) == ':' || byte_at(s, end) == '.'))
		end++;
	if (end - at >= 48) /* too long to be one; its parts are not tried again */
		s->colons_until = end;
	if (word_at(s, end))
		return 0;
	while (end > at &&
	       (byte_before(s, end) == '.' ||
		(byte_before(s, end) == ':' && !(end - at > 1 && byte_at(s, end - 2) == ':'))))
		end--;
	str text = str_slice(s->text, at, end - at);

	if (text.n == 17 && value_canonical_clean(s->arena, VALUE_MAC, text, &canonical)) {
		scan_add(s, VALUE_MAC, canonical, at, end);
		return end;
	}
	if (!ipv6_parse(text, b) || !looks_like_address(text))
		return 0;
	for (net_end = end + 1; byte_at(s, end) == '/' && ch_digit(byte_at(s, net_end));)
		net_end++;
	if (net_end > end + 1) {
		str net = str_slice(s->text, at, net_end - at);

		if (!str_ends(net, STR("/128")) && !word_at(s, net_end) &&
		    value_canonical_clean(s->arena, VALUE_CIDR6, net, &canonical)) {
			scan_add(s, VALUE_CIDR6, canonical, at, net_end);
			return net_end;
		}
	}
	enum value_kind k = ipv6_is_mapped(b) ? VALUE_IPV4 : VALUE_IPV6;

	if (value_canonical_clean(s->arena, k, text, &canonical))
		scan_add(s, k, canonical, at, end);
	return end;
}

static size_t take_ssdeep(struct scan *s, size_t at)
{
	size_t end = at;
	str canonical;

	while (end - at < 150 &&
	       (ch_alnum(byte_at(s, end)) || (byte_at(s, end) && strchr("+/:", byte_at(s, end)))))
		end++;
	str text = str_slice(s->text, at, end - at);

	if (text.n >= 150)
		s->colons_until = end;
	if (text.n < 20 || !value_canonical_clean(s->arena, VALUE_SSDEEP, text, &canonical))
		return 0;
	scan_add(s, VALUE_SSDEEP, canonical, at, end);
	return end;
}

/* ---- keys of the registry, file names in code spans --------------------------------------------
 */

/* Does a further backslash follow the blank at i before anything that ends a key? "Windows
 * NT\CurrentVersion". */
static bool key_goes_on(const struct scan *s, size_t i)
{
	for (size_t n = 1; n < 40; n++) {
		char c = byte_at(s, i + n);

		if (c == '\\')
			return n > 1;
		if (!ch_alnum(c) && !(c && strchr(" ._-", c)))
			return false;
	}
	return false;
}

static size_t take_regkey(struct scan *s, size_t at)
{
	bool quoted = byte_before(s, at) == '`' || byte_before(s, at) == '"';
	size_t end = at;
	str canonical;

	while (end < s->text.n && end - at < 1024) {
		char c = byte_at(s, end);

		if ((unsigned char)c < 0x20 || (c && strchr("`\"<>|,;'", c)) ||
		    (c & 0x80 && !quoted) || (c == ' ' && !quoted && !key_goes_on(s, end)))
			break;
		end++;
	}
	while (end > at && strchr(".:) ]", byte_before(s, end)))
		end--;
	if (!value_canonical_clean(s->arena, VALUE_REGKEY, str_slice(s->text, at, end - at),
				   &canonical))
		return 0;
	scan_add(s, VALUE_REGKEY, canonical, at, end);
	return end;
}

/* `20170905-Evaluation Table.xls.exe`: only in a code span is it clear where a name with blanks
 * begins. */
static size_t take_code_span(struct scan *s, size_t at)
{
	size_t end = at + 1;
	bool blanks = false;
	str canonical;

	while (end < s->text.n && end - at < 200 && byte_at(s, end) != '`' &&
	       byte_at(s, end) != '\n') {
		char c = byte_at(s, end);

		if (strchr("/\\<>:\"|?*", c))
			return at + 1;
		blanks |= c == ' ';
		end++;
	}
	str name = str_slice(s->text, at + 1, end - at - 1);

	if (!blanks || byte_at(s, end) != '`' || ext_class(name) == EXT_NONE ||
	    !value_canonical_clean(s->arena, VALUE_FILENAME, name, &canonical))
		return at + 1;
	scan_add(s, VALUE_FILENAME, canonical, at + 1, end);
	return end + 1;
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* A run begins at `at`; returns where the scan goes on. */
static size_t take_word(struct scan *s, size_t at)
{
	struct word w = scan_word(s, at);
	size_t end = at + w.n, to;
	char next = byte_at(s, end);
	str run = str_slice(s->text, at, w.n);

	if (next == ':') {
		size_t n;

		if (byte_at(s, end + 1) == '/' && byte_at(s, end + 2) == '/' &&
		    (n = scheme_length(run)) > 0)
			return take_url(s, end - n, end);
		if (at >= s->colons_until && w.all_hex && w.n <= 4 && w.dots + w.hyphens == 0 &&
		    (to = take_ipv6(s, at)) > 0)
			return to;
		if (at >= s->colons_until && w.digits == w.n && w.n < 9 &&
		    (to = take_ssdeep(s, at)) > 0)
			return to;
	}
	if (next == '@' && (to = take_email(s, end)) > 0)
		return to;
	if ((next == '\\' || next == ':') && run.n >= 3 && (run.p[0] | 32) == 'h' &&
	    (run.p[1] | 32) == 'k' && (to = take_regkey(s, at)) > 0)
		return to;
	return scan_classify(s, w);
}

static void scan_all(struct scan *s)
{
	size_t i = 0;

	while (i < s->text.n && !s->more && !arena_over(s->arena)) {
		char c = s->text.p[i];
		size_t to = 0;

		if (run_char(c) || (c & 0x80 && wide_letter(str_from(s->text, i))))
			to = take_word(s, i);
		else if (c == ':' && i >= s->colons_until && byte_at(s, i + 1) == ':' &&
			 ch_xdigit(byte_at(s, i + 2)))
			to = take_ipv6(s, i);
		else if (c == '`')
			to = take_code_span(s, i);
		i = to > i ? to : i + 1;
	}
}

enum err extract_values(struct arena *a, str text, bool with_hosts, size_t limit,
			struct extracted **ret, size_t *ret_n, bool *ret_more)
{
	struct scan s = {.arena = a, .limit = limit, .with_hosts = with_hosts};

	refang_text(a, text, &s.map);
	s.text = s.map.clean;
	map_init(&s.seen);
	scan_all(&s);
	map_done(&s.seen);
	if (arena_over(a))
		return ERR_LIMIT;
	*ret = s.found.p;
	*ret_n = s.found.n;
	*ret_more = s.more;
	return ERR_OK;
}
