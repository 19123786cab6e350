// SPDX-License-Identifier: Apache-2.0
#include "exchange/taxii_media.h"

struct range {
	str type;       /* "application/taxii+json" */
	bool versioned; /* has a version parameter */
	bool version_ok;
	bool other; /* has parameters nobody defined */
	int q;      /* thousandths, -1: malformed */
};

/* The next piece up to sep that does not stand in quotes. */
static bool piece(str *rest, char sep, str *ret)
{
	bool quoted = false;
	size_t i = 0;

	if (!rest->p)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\' && i + 1 < rest->n)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == sep && !quoted)
			break;
	}
	*ret = str_trim(str_slice(*rest, 0, i));
	*rest = i < rest->n ? str_from(*rest, i + 1) : STR_NULL;
	return true;
}

/* RFC 9110 12.4.2: 0 to 1 with at most three digits behind the point. */
static int weight(str v)
{
	int q;

	if (!v.n || v.n > 5 || (v.p[0] != '0' && v.p[0] != '1') || (v.n > 1 && v.p[1] != '.'))
		return -1;
	q = (v.p[0] - '0') * 1000;
	for (size_t i = 2, unit = 100; i < v.n; i++, unit /= 10) {
		if (!ch_digit(v.p[i]))
			return -1;
		q += (v.p[i] - '0') * (int)unit;
	}
	return q > 1000 ? -1 : q;
}

static struct range range_read(str text)
{
	struct range r = {.q = 1000};
	str part;

	if (!piece(&text, ';', &r.type))
		return r;
	while (piece(&text, ';', &part)) {
		ptrdiff_t eq = str_find_char(part, '=');
		str name = str_trim(str_slice(part, 0, eq < 0 ? part.n : (size_t)eq));
		str v = eq < 0 ? STR_NULL : str_trim(str_from(part, (size_t)eq + 1));

		if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
			v = str_slice(v, 1, v.n - 2);
		if (str_ieq(name, STR("q")))
			r.q = weight(v);
		else if (str_ieq(name, STR("version"))) {
			r.version_ok = !r.versioned && str_eq(v, STR("2.1"));
			r.versioned = true;
		} else if (part.n)
			r.other = true;
	}
	return r;
}

/* How near a range is to TAXII_MEDIA: 0 not at all. */
static int nearness(const struct range *r)
{
	if (r->q < 0 || r->other)
		return 0;
	if (str_ieq(r->type, STR("application/taxii+json"))) {
		if (r->versioned)
			return r->version_ok ? 4 : 0;
		return 3;
	}
	if (r->versioned)
		return 0;
	if (str_ieq(r->type, STR("application/*")))
		return 2;
	return str_eq(r->type, STR("*/*")) ? 1 : 0;
}

bool taxii_accepts(str accept)
{
	int best = 0, q = 0;
	str part;

	while (accept.n && piece(&accept, ',', &part)) {
		struct range r = range_read(part);
		int near = nearness(&r);

		if (near > best || (near && near == best && r.q > q)) {
			best = near;
			q = r.q;
		}
	}
	return best > 0 && q > 0;
}

bool taxii_is_resource(str content_type)
{
	struct range r = range_read(content_type);

	return str_ieq(r.type, STR("application/taxii+json")) && !r.other && r.q == 1000 &&
	       (!r.versioned || r.version_ok);
}
