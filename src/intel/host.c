// SPDX-License-Identifier: Apache-2.0
/* host: addresses and names of hosts, strictly read and written in their one
 * spelling (RFC 5952, RFC 5891, UTS #46). Pure functions. */
#include <idn2.h>
#include <stdio.h>

#include "intel/value_internal.h"

bool ipv4_parse(str text, uint8_t ret[4])
{
	uint8_t b[4];
	size_t at = 0;

	for (int i = 0; i < 4; i++) {
		unsigned v = 0;
		size_t from;

		if (i > 0 && (at == text.n || text.p[at++] != '.'))
			return false;
		from = at;
		while (at < text.n && at - from < 3 && ch_digit(text.p[at]))
			v = v * 10 + (unsigned)(text.p[at++] - '0');
		if (at == from || v > 255 || (at - from > 1 && text.p[from] == '0'))
			return false;
		b[i] = (uint8_t)v;
	}
	if (at != text.n)
		return false;
	memcpy(ret, b, 4);
	return true;
}

static int hex_value(char c)
{
	return ch_digit(c) ? c - '0' : (c | 32) - 'a' + 10;
}

/* Groups are collected in order; `gap` remembers where "::" stood. */
bool ipv6_parse(str text, uint8_t ret[16])
{
	uint16_t g[8];
	size_t n = 0, at = 0;
	int gap = -1;

	if (text.n < 2 || text.n > IPV6_TEXT)
		return false;
	if (text.p[0] == ':') {
		if (text.p[1] != ':')
			return false;
		gap = 0;
		at = 2;
	}
	while (at < text.n) {
		size_t from = at;
		unsigned v = 0;

		while (at < text.n && at - from < 5 && ch_xdigit(text.p[at]))
			v = v << 4 | (unsigned)hex_value(text.p[at++]);
		if (at < text.n && text.p[at] == '.') {
			uint8_t b[4];

			if (n > 6 || !ipv4_parse(str_from(text, from), b))
				return false;
			g[n++] = (uint16_t)(b[0] << 8 | b[1]);
			g[n++] = (uint16_t)(b[2] << 8 | b[3]);
			break;
		}
		if (at == from || at - from > 4 || n == 8)
			return false;
		g[n++] = (uint16_t)v;
		if (at == text.n)
			break;
		if (text.p[at++] != ':' || at == text.n)
			return false;
		if (text.p[at] == ':') {
			if (gap >= 0)
				return false;
			gap = (int)n;
			at++;
		}
	}
	if (gap < 0 ? n != 8 : n > 7)
		return false;
	memset(ret, 0, 16);
	for (size_t i = 0; i < n; i++) {
		size_t to = gap >= 0 && i >= (size_t)gap ? 8 - n + i : i;

		ret[2 * to] = (uint8_t)(g[i] >> 8);
		ret[2 * to + 1] = (uint8_t)g[i];
	}
	return true;
}

/* RFC 5952 4.2: the longest run of two or more zero groups, the first of equals. */
static void longest_zeros(const uint16_t g[8], size_t n, size_t *ret_at, size_t *ret_n)
{
	size_t best = 0, best_at = n;

	for (size_t i = 0; i < n; i++) {
		size_t j = i;

		while (j < n && g[j] == 0)
			j++;
		if (j - i > best) {
			best = j - i;
			best_at = i;
		}
		if (j > i)
			i = j;
	}
	*ret_at = best > 1 ? best_at : n;
	*ret_n = best > 1 ? best : 0;
}

size_t ipv6_text(const uint8_t b[16], char *ret)
{
	bool mapped = ipv6_is_mapped(b);
	size_t groups = mapped ? 6 : 8, gap, gap_n, n = 0;
	uint16_t g[8];
	char out[64];

	for (size_t i = 0; i < 8; i++)
		g[i] = (uint16_t)(b[2 * i] << 8 | b[2 * i + 1]);
	longest_zeros(g, groups, &gap, &gap_n);
	for (size_t i = 0; i < groups; i++) {
		if (i == gap) {
			out[n++] = ':';
			out[n++] = ':';
			i += gap_n - 1;
			continue;
		}
		if (i > 0 && out[n - 1] != ':')
			out[n++] = ':';
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%x", g[i]);
	}
	if (mapped)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%u.%u.%u.%u",
				      out[n - 1] == ':' ? "" : ":", b[12], b[13], b[14], b[15]);
	memcpy(ret, out, n);
	return n;
}

/* "0x7f000001": browsers take it for an address. */
static bool is_hex_number(str label)
{
	size_t i = 2;

	if (label.n < 2 || label.p[0] != '0' || ch_lower(label.p[1]) != 'x')
		return false;
	while (i < label.n && ch_xdigit(label.p[i]))
		i++;
	return i == label.n;
}

/* Letters, digits, hyphen and underscore (service and malware names have it) in labels of 1 to 63;
 * the last one neither a number nor without a letter, so that no address passes for a name. */
static bool labels_valid(str s, size_t min_labels)
{
	size_t labels = 0;
	str rest = s, label;

	if (s.n == 0 || s.n > DOMAIN_BYTES)
		return false;
	while (str_split(&rest, '.', &label)) {
		bool letter = false;

		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++) {
			char c = label.p[i];

			if (!ch_alnum(c) && c != '-' && c != '_')
				return false;
			letter |= ch_alpha(c);
		}
		labels++;
		if (label.p + label.n == s.p + s.n &&
		    (!letter || label.p[0] == '_' || is_hex_number(label)))
			return false;
	}
	return labels >= min_labels;
}

bool domain_canonical(struct arena *a, str text, size_t min_labels, str *ret)
{
	bool ascii = true, lower = true;

	if (text.n > 1 && text.p[text.n - 1] == '.')
		text.n--;
	if (text.n == 0 || text.n > 4 * DOMAIN_BYTES)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		ascii &= (unsigned char)text.p[i] < 0x80;
		lower &= ch_lower(text.p[i]) == text.p[i];
	}
	if (ascii) {
		if (!labels_valid(text, min_labels))
			return false;
		if (!lower) {
			char *p = arena_alloc(a, text.n);

			for (size_t i = 0; i < text.n; i++)
				p[i] = ch_lower(text.p[i]);
			text.p = p;
		}
		*ret = text;
		return true;
	}
	char *out = NULL;
	int rc = idn2_to_ascii_8z(arena_cstr(a, text), &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc != IDN2_OK)
		return false;
	str got = arena_str(a, str_c(out));

	idn2_free(out);
	if (got.n > 1 && got.p[got.n - 1] == '.')
		got.n--;
	if (!labels_valid(got, min_labels))
		return false;
	*ret = got;
	return true;
}
