// SPDX-License-Identifier: Apache-2.0
#include "net/form.h"

#include "base/codec.h"
#include "base/vec.h"

bool token_valid(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ch_alnum((unsigned char)s.p[i]) &&
		    (s.p[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
			return false;
	return s.n > 0;
}

static enum err decode(struct arena *a, str text, bool form, str *ret)
{
	BUF(out);

	/* Most texts hold no escape: no copy then. */
	if (str_find_char(text, '%') < 0 && (!form || str_find_char(text, '+') < 0)) {
		*ret = text;
	} else {
		if (percent_decode(&out, text, form) != ERR_OK)
			return ERR_INVALID;
		*ret = arena_str(a, buf_str(&out));
	}
	return utf8_valid(*ret) && str_find_char(*ret, '\0') < 0 ? ERR_OK : ERR_INVALID;
}

enum err query_parse(struct arena *a, str query, size_t max, str (**ret)[2], size_t *ret_n,
		     struct why *why)
{
	size_t n = 0, room = 1;
	str(*v)[2], part;

	for (size_t i = 0; i < query.n && room < max; i++)
		room += query.p[i] == '&';
	v = arena_alloc_array(a, sizeof(*v), room);
	while (str_split(&query, '&', &part)) {
		str name, value = STR("");
		ptrdiff_t eq = str_find_char(part, '=');

		if (part.n == 0)
			continue;
		name = eq < 0 ? part : str_slice(part, 0, (size_t)eq);
		if (eq >= 0)
			value = str_from(part, (size_t)eq + 1);
		if (n == max)
			return why_set(why, ERR_LIMIT, "more than %zu parameters", max);
		if (decode(a, name, true, &name) != ERR_OK ||
		    decode(a, value, true, &value) != ERR_OK)
			return why_set(why, ERR_INVALID, "bad escape or encoding in parameter %zu",
				       n + 1);
		v[n][0] = name;
		v[n++][1] = value;
	}
	*ret = v;
	*ret_n = n;
	return ERR_OK;
}

/* True for "/", "/a/b/" and so on without "." and ".." between slashes. */
static bool segments_plain(str path)
{
	str seg;

	while (str_split(&path, '/', &seg))
		if (str_eq(seg, STR(".")) || str_eq(seg, STR("..")))
			return false;
	return true;
}

/* Escapes that would make a path mean different things to us and to a proxy: %2F %5C %00. */
static bool escapes_plain(str raw)
{
	for (size_t i = 0; i + 2 < raw.n; i++)
		if (raw.p[i] == '%' && (str_ieq(str_slice(raw, i + 1, 2), STR("2f")) ||
					str_ieq(str_slice(raw, i + 1, 2), STR("5c")) ||
					str_eq(str_slice(raw, i + 1, 2), STR("00"))))
			return false;
	return true;
}

enum err target_parse(struct arena *a, str target, str *ret_path, str *ret_query)
{
	str raw = target, path, query = STR("");
	ptrdiff_t q;

	for (size_t i = 0; i < target.n; i++)
		if ((unsigned char)target.p[i] <= ' ' || (unsigned char)target.p[i] >= 0x7f ||
		    target.p[i] == '#')
			return ERR_INVALID;
	if (str_skip_iprefix(&raw, STR("http://")) || str_skip_iprefix(&raw, STR("https://"))) {
		ptrdiff_t slash = str_find_char(raw, '/');

		raw = slash < 0 ? STR("/") : str_from(raw, (size_t)slash);
	}
	q = str_find_char(raw, '?');
	if (q >= 0) {
		query = str_from(raw, (size_t)q + 1);
		raw = str_slice(raw, 0, (size_t)q);
	}
	if (!str_eq(raw, STR("*")) && (raw.n == 0 || raw.p[0] != '/'))
		return ERR_INVALID;
	if (!escapes_plain(raw) || decode(a, raw, false, &path) != ERR_OK || !segments_plain(path))
		return ERR_INVALID;
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7f || path.p[i] == '\\')
			return ERR_INVALID;
	*ret_path = path;
	*ret_query = query;
	return ERR_OK;
}

bool cookie_find(str field, str name, str *ret)
{
	str pair;

	while (str_split(&field, ';', &pair)) {
		ptrdiff_t eq = str_find_char(pair, '=');
		str value;

		if (eq < 0 || !str_eq(str_trim(str_slice(pair, 0, (size_t)eq)), name))
			continue;
		value = str_trim(str_from(pair, (size_t)eq + 1));
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_slice(value, 1, value.n - 2);
		*ret = value;
		return true;
	}
	return false;
}

static bool pair_at(str s, size_t i)
{
	return s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\');
}

/* quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE (RFC 9110 5.6.4). *s stands behind the
 * first quote and is moved behind the last. Browsers write a quote as %22 and escape nothing else,
 * so only
 * \" and \\ are pairs: file names of Windows keep their backslashes. */
static bool quoted_read(struct arena *a, str *s, str *ret)
{
	size_t n = 0, end = 0;
	char *out;

	while (end < s->n && s->p[end] != '"')
		end += pair_at(*s, end) ? 2 : 1;
	if (end >= s->n)
		return false;
	out = arena_alloc(a, end ? end : 1);
	for (size_t i = 0; i < end; i++) {
		i += pair_at(*s, i);
		out[n++] = s->p[i];
	}
	*s = str_from(*s, end + 1);
	*ret = (str){out, n};
	return true;
}

/* parameters = *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] ) (RFC 9110 5.6.6) */
bool field_param(struct arena *a, str field, str name, str *ret)
{
	ptrdiff_t semi = str_find_char(field, ';');

	while (semi >= 0) {
		str key, value, rest = str_trim(str_from(field, (size_t)semi + 1));
		size_t i = 0;

		while (i < rest.n && rest.p[i] != '=' && rest.p[i] != ';')
			i++;
		key = str_trim(str_slice(rest, 0, i));
		if (i < rest.n && rest.p[i] == '=') {
			rest = str_trim(str_from(rest, i + 1));
			if (rest.n && rest.p[0] == '"') {
				rest = str_from(rest, 1);
				if (!quoted_read(a, &rest, &value))
					return false;
			} else {
				ptrdiff_t end = str_find_char(rest, ';');

				value =
				    str_trim(str_slice(rest, 0, end < 0 ? rest.n : (size_t)end));
			}
			if (str_ieq(key, name)) {
				*ret = value;
				return true;
			}
		} else {
			rest = str_from(rest, i);
		}
		field = rest;
		semi = str_find_char(field, ';');
	}
	return false;
}

/* Cuts the header block of a part off *rest: lines up to an empty one. */
static bool part_head(struct arena *a, str *rest, struct form_part *ret)
{
	bool named = false;

	for (unsigned lines = 0; lines < 16; lines++) {
		ptrdiff_t end = str_find(*rest, STR("\r\n"));
		str line;

		if (end < 0 || end > 4096)
			return false;
		line = str_slice(*rest, 0, (size_t)end);
		*rest = str_from(*rest, (size_t)end + 2);
		if (line.n == 0)
			return named;
		if (str_skip_iprefix(&line, STR("content-disposition:"))) {
			str kind = str_trim(line);

			if (!str_skip_iprefix(&kind, STR("form-data")))
				return false;
			named = field_param(a, line, STR("name"), &ret->name);
			(void)field_param(a, line, STR("filename"), &ret->filename);
		} else if (str_skip_iprefix(&line, STR("content-type:"))) {
			ret->media_type = str_trim(line);
		}
	}
	return false;
}

/* multipart-body = dash-boundary CRLF body-part *( CRLF dash-boundary CRLF body-part )
 *                  CRLF dash-boundary "--" (RFC 2046 5.1.1, without preamble and padding) */
static enum err multipart_parse(struct arena *a, str boundary, str body, size_t max,
				struct form_part **ret, size_t *ret_n, struct why *why)
{
	VEC(struct form_part) v = {0};
	str mark = arena_printf(a, "\r\n--%.*s", STR_ARG(boundary));

	if (!str_skip_prefix(&body, str_from(mark, 2)))
		return why_set(why, ERR_INVALID, "multipart body does not begin with its boundary");
	while (!str_starts(body, STR("--"))) {
		struct form_part part = {0};
		ptrdiff_t end;

		if (v.n == max)
			return why_set(why, ERR_LIMIT, "more than %zu parts", max);
		if (!str_skip_prefix(&body, STR("\r\n")) || !part_head(a, &body, &part))
			return why_set(why, ERR_INVALID, "bad head of part %zu", v.n + 1);
		end = str_find(body, mark);
		if (end < 0)
			return why_set(why, ERR_INVALID, "part %zu has no end", v.n + 1);
		if (!utf8_valid(part.name) || !utf8_valid(part.filename))
			return why_set(why, ERR_INVALID, "name of part %zu is not UTF-8", v.n + 1);
		part.data = str_slice(body, 0, (size_t)end);
		body = str_from(body, (size_t)end + mark.n);
		vec_add(a, &v, part);
	}
	*ret = v.p;
	*ret_n = v.n;
	return ERR_OK;
}

static enum err urlencoded_parse(struct arena *a, str body, size_t max, struct form_part **ret,
				 size_t *ret_n, struct why *why)
{
	str(*pairs)[2] = NULL;
	struct form_part *parts;
	size_t n = 0;
	enum err err = query_parse(a, body, max, &pairs, &n, why);

	if (err != ERR_OK)
		return err;
	parts = arena_array(a, struct form_part, n);
	for (size_t i = 0; i < n; i++) {
		parts[i].name = pairs[i][0];
		parts[i].data = pairs[i][1];
	}
	*ret = parts;
	*ret_n = n;
	return ERR_OK;
}

enum err form_parse(struct arena *a, str content_type, str body, size_t max, struct form_part **ret,
		    size_t *ret_n, struct why *why)
{
	ptrdiff_t semi = str_find_char(content_type, ';');
	str boundary, type;

	type = str_trim(str_slice(content_type, 0, semi < 0 ? content_type.n : (size_t)semi));
	if (str_ieq(type, STR("application/x-www-form-urlencoded")))
		return urlencoded_parse(a, body, max, ret, ret_n, why);
	if (!str_ieq(type, STR("multipart/form-data")))
		return why_set(why, ERR_INVALID, "content type '%.*s' is not a form",
			       type.n > 80 ? 80 : (int)type.n, type.n ? type.p : "");
	if (!field_param(a, content_type, STR("boundary"), &boundary) || boundary.n == 0 ||
	    boundary.n > 70)
		return why_set(why, ERR_INVALID, "multipart form without a usable boundary");
	return multipart_parse(a, boundary, body, max, ret, ret_n, why);
}

str form_value(const struct form_part *parts, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(parts[i].name, str_c(name)))
			return parts[i].data;
	return STR_NULL;
}
