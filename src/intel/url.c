// SPDX-License-Identifier: Apache-2.0
/* url: the one spelling of a URL (formats.md 1, RFC 3986 6.2.2): scheme and host in lower case, the
 * host as A-labels, no default port, no fragment, no dot segments, percent-encoding in upper case
 * and only where it is needed. Pure functions. */
#include "base/buf.h"
#include "intel/value_internal.h"

/* RFC 3986 3, Appendix A:
 *   URI       = scheme ":" "//" authority path-abempty [ "?" query ] [ "#" fragment ]
 *   authority = [ userinfo "@" ] host [ ":" port ] */

static const struct {
	str scheme;
	unsigned port;
} default_ports[] = {
    {STR_INIT("http"), 80},   {STR_INIT("https"), 443}, {STR_INIT("ftp"), 21},
    {STR_INIT("ws"), 80},     {STR_INIT("wss"), 443},   {STR_INIT("ftps"), 990},
    {STR_INIT("ssh"), 22},    {STR_INIT("sftp"), 22},   {STR_INIT("ldap"), 389},
    {STR_INIT("ldaps"), 636},
};

static bool unreserved(int c)
{
	return ch_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* What may stand in a path, query or userinfo as it is: unreserved, sub-delims and : @ / ? */
static bool plain(unsigned char c)
{
	return unreserved(c) || (c && c < 0x80 && strchr("!$&'()*+,;=:@/?", c) != NULL);
}

static int hex_value(char c)
{
	return ch_digit(c) ? c - '0' : (c | 32) - 'a' + 10;
}

static void add_escaped(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_add_char(out, '%');
	buf_add_char(out, digits[c >> 4]);
	buf_add_char(out, digits[c & 15]);
}

/* A part with its percent-encoding made canonical. False on control characters. A '%' that begins
 * no escape is found in real URLs and is escaped itself. */
static bool add_part(struct buf *out, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == '%' && i + 2 < s.n && ch_xdigit(s.p[i + 1]) && ch_xdigit(s.p[i + 2])) {
			c = (unsigned char)(hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2]));
			i += 2;
			if (unreserved(c))
				buf_add_char(out, (char)c);
			else
				add_escaped(out, c);
		} else if (plain(c)) {
			buf_add_char(out, (char)c);
		} else {
			add_escaped(out, c);
		}
	}
	return true;
}

/* RFC 3986 5.2.4 on the path that begins at out->p[from]; each segment is looked at once. */
static void remove_dot_segments(struct buf *out, size_t from)
{
	size_t at = from, to = from;

	while (at < out->n) { /* out->p[at] is '/' */
		size_t end = at + 1;

		while (end < out->n && out->p[end] != '/')
			end++;
		str seg = {out->p + at, end - at};
		bool last = end == out->n;

		if (str_eq(seg, STR("/.."))) {
			while (to > from && out->p[--to] != '/')
				;
			if (last)
				out->p[to++] = '/';
		} else if (str_eq(seg, STR("/."))) {
			if (last)
				out->p[to++] = '/';
		} else {
			memmove(out->p + to, seg.p, seg.n);
			to += seg.n;
		}
		at = end;
	}
	out->n = to;
}

static bool add_host(struct arena *a, struct buf *out, str host)
{
	uint8_t b[16];
	str name;

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		char text[IPV6_TEXT];

		if (!ipv6_parse(str_slice(host, 1, host.n - 2), b))
			return false;
		buf_add_char(out, '[');
		buf_add_bytes(out, text, ipv6_text(b, text));
		buf_add_char(out, ']');
		return true;
	}
	if (ipv4_parse(host, b)) {
		buf_add(out, host);
		return true;
	}
	BUF(plain_host);

	if (str_find_char(host, '%') >= 0) { /* RFC 3986 3.2.2: reg-name may be percent-encoded */
		for (size_t i = 0; i < host.n; i++) {
			if (host.p[i] != '%') {
				buf_add_char(&plain_host, host.p[i]);
				continue;
			}
			if (i + 2 >= host.n || !ch_xdigit(host.p[i + 1]) ||
			    !ch_xdigit(host.p[i + 2]))
				return false;
			int c = hex_value(host.p[i + 1]) << 4 | hex_value(host.p[i + 2]);

			if (c <= 0x20)
				return false;
			buf_add_char(&plain_host, (char)c);
			i += 2;
		}
		host = buf_str(&plain_host);
		if (ipv4_parse(host, b)) {
			buf_add(out, host);
			return true;
		}
	}
	if (!domain_canonical(a, host, 1, &name))
		return false;
	buf_add(out, name);
	return true;
}

static bool add_port(struct buf *out, str scheme, str port)
{
	uint64_t v;

	if (port.n == 0)
		return true;
	if (port.n > 9 || str_u64(port, &v) != ERR_OK || v > 65535)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(default_ports); i++) {
		if (v == default_ports[i].port && str_eq(scheme, default_ports[i].scheme))
			return true;
	}
	buf_add_char(out, ':');
	buf_add_u64(out, v);
	return true;
}

/* text without scheme: authority, path, query. scheme is lower case. */
static bool add_rest(struct arena *a, struct buf *out, str scheme, str text)
{
	size_t end = 0, query;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '#')
			text.n = i;
	}
	while (end < text.n && text.p[end] != '/' && text.p[end] != '?')
		end++;
	str authority = str_slice(text, 0, end), path = str_from(text, end);
	ptrdiff_t at = str_rfind_char(authority, '@');

	/* browsers take it for the end of the host, RFC 3986 knows none: which host is meant? */
	if (str_find_char(authority, '\\') >= 0)
		return false;
	if (at >= 0) {
		if (!add_part(out, str_slice(authority, 0, (size_t)at)))
			return false;
		buf_add_char(out, '@');
		authority = str_from(authority, (size_t)at + 1);
	}
	ptrdiff_t colon = str_rfind_char(authority, ':'), bracket = str_rfind_char(authority, ']');
	str port = STR_NULL;

	if (colon > bracket) {
		port = str_from(authority, (size_t)colon + 1);
		authority.n = (size_t)colon;
	}
	if (!add_host(a, out, authority) || !add_port(out, scheme, port))
		return false;
	for (query = 0; query < path.n && path.p[query] != '?';)
		query++;
	size_t from = out->n;

	if (query == 0)
		buf_add_char(out, '/');
	if (!add_part(out, str_slice(path, 0, query)))
		return false;
	remove_dot_segments(out, from);
	return add_part(out, str_from(path, query));
}

bool url_canonical(struct arena *a, str text, str *ret)
{
	ptrdiff_t colon = str_find_char(text, ':');
	BUF(out);

	if (text.n > URL_BYTES || colon < 2 || !ch_alpha(text.p[0]) ||
	    !str_starts(str_from(text, (size_t)colon), STR("://")))
		return false;
	for (size_t i = 0; i < (size_t)colon; i++) {
		char c = text.p[i];

		if (!ch_alnum(c) && c != '+' && c != '-' && c != '.')
			return false;
		buf_add_char(&out, ch_lower(c));
	}
	str scheme = arena_str(a, buf_str(&out));

	buf_add(&out, STR("://"));
	if (!add_rest(a, &out, scheme, str_from(text, (size_t)colon + 3)))
		return false;
	*ret = str_eq(buf_str(&out), text) ? text : arena_str(a, buf_str(&out));
	return true;
}
