// SPDX-License-Identifier: Apache-2.0
/* extract_word: what a run of letters, digits, dots, hyphens and underscores is. The hard question
 * is a name with dots: a domain, a file, a package, a version? The rules are below, each with its
 * reason. */
#include "intel/extract_internal.h"

static str run_of(const struct scan *s, struct word w)
{
	return str_slice(s->text, w.at, w.n);
}

/* Punctuation at the ends belongs to the text; "_evil.example_" is Markdown. */
static void trim(const struct scan *s, struct word *w)
{
	while (w->n && strchr(".-", byte_at(s, w->at + w->n - 1))) {
		char c = byte_at(s, w->at + w->n - 1);

		w->dots -= c == '.';
		w->hyphens -= c == '-';
		w->n--;
	}
	while (w->n && strchr(".-", byte_at(s, w->at))) {
		w->dots -= byte_at(s, w->at) == '.';
		w->hyphens -= byte_at(s, w->at) == '-';
		w->at++;
		w->n--;
	}
	if (w->n > 2 && byte_at(s, w->at) == '_' && byte_at(s, w->at + w->n - 1) == '_') {
		w->at++;
		w->n -= 2;
	}
}

static bool add_as(struct scan *s, enum value_kind k, struct word w)
{
	str canonical;

	if (!value_canonical_clean(s->arena, k, run_of(s, w), &canonical))
		return false;
	scan_add(s, k, canonical, w.at, w.at + w.n);
	return true;
}

static bool take_hash(struct scan *s, struct word w)
{
	static const struct {
		size_t n;
		enum value_kind kind;
	} hashes[] = {{32, VALUE_MD5}, {40, VALUE_SHA1}, {64, VALUE_SHA256}, {128, VALUE_SHA512}};

	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		if (w.n == hashes[i].n)
			return w.digits > 0 && w.digits < w.n && add_as(s, hashes[i].kind, w);
	}
	return false;
}

/* "Chrome/124.0.0.0" is a version, "10.0.0.0/8" a network, "10.0.0.1-10.0.0.9" two addresses.
 * Returns the end. */
static size_t take_ipv4(struct scan *s, struct word w)
{
	size_t end = w.at + w.n, net_end = end + 1;
	char before = byte_before(s, w.at);
	str canonical, run = run_of(s, w), part;
	uint8_t b[4];

	if (before == '/' && w.at > 1 && ch_alpha(byte_before(s, w.at - 1)))
		return end;
	if (w.hyphens) {
		struct word half = {.at = w.at};

		for (str rest = run; str_split(&rest, '-', &part);) {
			if (!ipv4_parse(part, b))
				return 0;
		}
		for (str rest = run; str_split(&rest, '-', &part); half.at += part.n + 1) {
			half.n = part.n;
			(void)add_as(s, VALUE_IPV4, half);
		}
		return end;
	}
	if (!ipv4_parse(run, b))
		return 0;
	while (byte_at(s, end) == '/' && ch_digit(byte_at(s, net_end)))
		net_end++;
	str net = str_slice(s->text, w.at, net_end - w.at);

	if (net_end > end + 1 && !ch_alpha(byte_at(s, net_end)) && !str_ends(net, STR("/32")) &&
	    value_canonical_clean(s->arena, VALUE_CIDR4, net, &canonical)) {
		scan_add(s, VALUE_CIDR4, canonical, w.at, net_end);
		return net_end;
	}
	(void)add_as(s, VALUE_IPV4, w);
	return end;
}

/* Names that programs have and people write with dots. */
static bool is_stopword(str s)
{
	static const str words[] = {
	    STR_INIT("asp.net"),   STR_INIT("ado.net"),    STR_INIT("vb.net"),
	    STR_INIT("node.js"),   STR_INIT("vue.js"),     STR_INIT("next.js"),
	    STR_INIT("react.js"),  STR_INIT("d3.js"),      STR_INIT("three.js"),
	    STR_INIT("socket.io"), STR_INIT("system.net"), STR_INIT("readme.md"),
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_ieq(s, words[i]))
			return true;
	}
	return false;
}

/* com.apple.update, org.example.Main: a package, or a service of a system. */
static bool is_package(str run)
{
	static const str firsts[] = {STR_INIT("com."), STR_INIT("org."),  STR_INIT("net."),
				     STR_INIT("io."),  STR_INIT("java."), STR_INIT("android."),
				     STR_INIT("jp."),  STR_INIT("edu.")};

	for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
		str rest = run;

		ptrdiff_t dot;

		if (str_skip_prefix(&rest, firsts[i]) && (dot = str_rfind_char(rest, '.')) > 0) {
			str last = str_from(rest, (size_t)dot + 1);

			return last.n > 2 && !str_eq(last, STR("com")) &&
			       !str_eq(last, STR("net")) && !str_eq(last, STR("org"));
		}
	}
	return false;
}

/* evil.example and EVIL.EXAMPLE, but not System.Net, Win32.Agent.BD or "the end.It was". */
static bool case_fits(str run, size_t dot)
{
	bool lower = false, last_upper = false;

	for (size_t i = 0; i < run.n; i++) {
		if (i > dot)
			last_upper |= run.p[i] >= 'A' && run.p[i] <= 'Z';
		lower |= run.p[i] >= 'a' && run.p[i] <= 'z';
	}
	return !last_upper || !lower;
}

/* May a plain (not defanged) name that ends in a top-level domain be a domain here? */
static bool domain_fits(const struct scan *s, struct word w)
{
	str run = run_of(s, w);
	char before = byte_before(s, w.at);
	size_t end = w.at + w.n, dot = (size_t)str_rfind_char(run, '.');
	bool unc = before == '\\' && w.at > 1 && byte_before(s, w.at - 1) == '\\';

	if ((before == '\\' && !unc) || before == '/' || before == '$' || before == '%')
		return false;
	if (byte_at(s, end) == '(' && byte_at(s, end + 1) == ')')
		return false;
	if (is_package(run) || is_stopword(run) || !case_fits(run, dot))
		return false;
	switch (ext_class(run)) {
	case EXT_FILE:
		return false;
	case EXT_AMBIGUOUS: { /* setup.py, but www.example.com.py: a label with letters in the
				 middle */
		str head = str_slice(run, 0, dot);
		ptrdiff_t second = str_rfind_char(head, '.');

		return run.n - dot == 3 && second >= 0 && ch_alpha(head.p[second + 1]);
	}
	case EXT_NONE:
		break;
	}
	return true;
}

/* A path or port behind a name belongs to it; so much is skipped, unless it is a name or address of
 * its own. */
static size_t skip_path(const struct scan *s, size_t end)
{
	size_t i = end;

	if (byte_at(s, i) != '/')
		return end;
	struct word first = scan_word(s, i + 1);
	str run = run_of(s, first);
	ptrdiff_t dot = str_rfind_char(run, '.');

	if (dot > 0 && tld_known(str_from(run, (size_t)dot + 1)) && ext_class(run) == EXT_NONE)
		return end;
	if (first.dots == 3 && first.digits + 3 == first.n)
		return end;
	while (i < s->text.n && i - end < URL_BYTES) {
		char c = s->text.p[i];

		if ((unsigned char)c <= 0x20 || (c & 0x80) || strchr("\"<>`|{}\\^[]()'", c))
			break;
		i++;
	}
	return i;
}

static size_t take_domain(struct scan *s, struct word w)
{
	str run = run_of(s, w), canonical;
	bool defanged = scan_defanged(s, w.at, w.at + w.n);

	if (!defanged && !domain_fits(s, w))
		return 0;
	if (!domain_canonical(s->arena, run, 2, &canonical))
		return 0;
	if (!tld_known(str_from(canonical, (size_t)str_rfind_char(canonical, '.') + 1)))
		return 0;
	scan_add(s, VALUE_DOMAIN, canonical, w.at, w.at + w.n);
	return skip_path(s, w.at + w.n);
}

static bool take_filename(struct scan *s, struct word w)
{
	str run = run_of(s, w);
	enum ext_class ext = ext_class(run);

	if (ext == EXT_AMBIGUOUS && !case_fits(run, (size_t)str_rfind_char(run, '.')))
		return false;
	return ext != EXT_NONE && !is_stopword(run) && add_as(s, VALUE_FILENAME, w);
}

/* Runs without a dot: hashes, CVE, AS numbers, techniques, MAC addresses, Bitcoin addresses. */
static void take_plain(struct scan *s, struct word w)
{
	char c = byte_at(s, w.at), next = byte_at(s, w.at + 1);

	if (w.all_hex && w.n >= 32 && w.hyphens == 0 && take_hash(s, w))
		return;
	if ((c | 32) == 'c' && (next | 32) == 'v' && w.hyphens == 2) {
		(void)add_as(s, VALUE_CVE, w);
	} else if (c == 'A' && next == 'S' && w.n > 3 && w.digits == w.n - 2) {
		(void)add_as(s, VALUE_ASN, w);
	} else if (c == 'T' && w.digits == 4 && (w.n == 5 || (w.n == 6 && next == 'A'))) {
		(void)add_as(s, VALUE_ATTACK, w);
	} else if (w.n == 17 && w.hyphens == 5) {
		(void)add_as(s, VALUE_MAC, w);
	} else if (w.n >= 26 && w.n <= 74 && w.digits && !w.hyphens &&
		   (c == '1' || c == '3' || (c | 32) == 'b')) {
		(void)add_as(s, VALUE_BTC, w);
	}
}

size_t scan_classify(struct scan *s, struct word w)
{
	size_t end = w.at + w.n, to;

	if (w.n < 5)
		return end;
	trim(s, &w);
	if (w.n < 4)
		return end;
	if (w.dots == 0) {
		take_plain(s, w);
		return end;
	}
	if (ch_digit(byte_at(s, w.at)) && w.dots >= 3 && w.digits + w.dots + w.hyphens == w.n &&
	    (to = take_ipv4(s, w)) > 0)
		return to > end ? to : end;
	if (byte_at(s, w.at) == 'T' && w.n == 9 && w.digits == 7 && add_as(s, VALUE_ATTACK, w))
		return end;
	if ((to = take_domain(s, w)) > 0)
		return to > end ? to : end;
	if (!w.wide)
		(void)take_filename(s, w);
	return end;
}
