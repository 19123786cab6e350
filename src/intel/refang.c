// SPDX-License-Identifier: Apache-2.0
/* refang: disguised spellings undone in one pass over a text of any length, with a map back to the
 * text. Look-ahead and look-behind are bounded, so the pass is linear. In the path of a URL only
 * the forms in square brackets are undone: round ones may stand there as they are. */
#include "base/buf.h"
#include "base/codec.h"
#include "intel/value_internal.h"

#define LOOK_BEHIND 253

struct pass {
	struct arena *arena;
	str text;
	size_t at; /* next byte of text to read */
	struct buf out;
	bool in_path; /* behind the host of a URL, until a blank or a quote */
	bool in_url;  /* "://" was seen */
	struct refang_step *steps;
	size_t n_steps, cap_steps;
};

/* What follows in the clean text comes from p->at on. */
static void add_step(struct pass *p, bool defanged)
{
	if (p->n_steps == p->cap_steps) {
		size_t cap = p->cap_steps ? p->cap_steps * 2 : 16;
		struct refang_step *more = arena_array(p->arena, struct refang_step, cap);

		if (p->n_steps)
			memcpy(more, p->steps, p->n_steps * sizeof(*more));
		p->steps = more;
		p->cap_steps = cap;
	}
	p->steps[p->n_steps++] = (struct refang_step){p->out.n, p->at, defanged};
}

static void replace(struct pass *p, size_t used, str by, bool defanged)
{
	p->at += used;
	buf_add(&p->out, by);
	add_step(p, defanged);
}

/* hxxp, hXXps, h**p, fxp: made good in what is put out already, when the ':' comes. Lengths stay
 * the same. */
static void fix_scheme(struct pass *p)
{
	static const struct {
		str bad, good;
	} schemes[] = {
	    {STR_INIT("hxxp"), STR_INIT("http")}, {STR_INIT("h**p"), STR_INIT("http")},
	    {STR_INIT("htxp"), STR_INIT("http")}, {STR_INIT("hxtp"), STR_INIT("http")},
	    {STR_INIT("hzzp"), STR_INIT("http")}, {STR_INIT("httx"), STR_INIT("http")},
	    {STR_INIT("fxp"), STR_INIT("ftp")},
	};
	size_t end = p->out.n;

	if (end > 0 && (p->out.p[end - 1] | 32) == 's')
		end--;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t n = schemes[i].bad.n;

		if (end < n || !str_ieq((str){p->out.p + end - n, n}, schemes[i].bad) ||
		    (end > n && ch_alnum(p->out.p[end - n - 1])))
			continue;
		memcpy(p->out.p + end - n, schemes[i].good.p, n);
		add_step(p, true);
		return;
	}
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The bracketed signs: what stands inside is compared in lower case, blanks around it skipped. */
static const struct {
	str inside, by;
} signs[] = {
    {STR_INIT("."), STR_INIT(".")},
    {STR_INIT("dot"), STR_INIT(".")},
    {STR_INIT(":"), STR_INIT(":")},
    {STR_INIT("://"), STR_INIT("://")},
    {STR_INIT("@"), STR_INIT("@")},
    {STR_INIT("at"), STR_INIT("@")},
    {STR_INIT("/"), STR_INIT("/")},
    {STR_INIT("\xe3\x80\x82"), STR_INIT(".")},
    {STR_INIT("\xef\xbc\x8e"), STR_INIT(".")},
    {STR_INIT(":/"), STR_INIT(":/")},
    {STR_INIT("www"), STR_INIT("www")},
};

/* Length of a bracketed sign at text[at], 0 if there is none. */
static size_t bracketed(str text, size_t at, size_t *ret_sign)
{
	static const char open[] = "[({", close[] = "])}";
	const char *o = text.p[at] ? strchr(open, text.p[at]) : NULL;
	size_t i = at + 1;

	if (!o)
		return 0;
	while (i < text.n && i - at < 4 && blank(text.p[i]))
		i++;
	for (size_t s = 0; s < ARRAY_LEN(signs); s++) {
		size_t n = signs[s].inside.n, j = i + n;

		if (j >= text.n || !str_ieq(str_slice(text, i, n), signs[s].inside))
			continue;
		while (j < text.n && j - i - n < 3 && blank(text.p[j]))
			j++;
		if (j < text.n && text.p[j] == close[o - open]) {
			*ret_sign = s;
			return j + 1 - at;
		}
	}
	/* sloppy: "evil[.example", only in front of a letter or digit */
	if (*o == '[' && i == at + 1 && i + 1 < text.n && text.p[i] == '.' &&
	    ch_alnum(text.p[i + 1])) {
		*ret_sign = 0;
		return 2;
	}
	return 0;
}

/* "evil [.] example": blanks go where letters stand at both ends. "[://]" needs no letter behind
 * it. */
static bool try_bracket(struct pass *p)
{
	size_t s = 0, before = 0, used = bracketed(p->text, p->at, &s), after;
	char last;

	if (!used || (p->in_path && p->text.p[p->at] != '['))
		return false;
	while (before < p->out.n && before < 3 && blank(p->out.p[p->out.n - 1 - before]))
		before++;
	last = before < p->out.n ? p->out.p[p->out.n - 1 - before] : '\0';
	if (!ch_alnum(last) && !(last & 0x80) && !strchr(":]/_-", last))
		return false;
	if (last == '\0' && signs[s].inside.n != 3)
		return false;
	after = p->at + used;
	while (after < p->text.n && after - p->at - used < 3 && blank(p->text.p[after]))
		after++;
	if (before || after > p->at + used) {
		bool word =
		    after < p->text.n && (ch_alnum(p->text.p[after]) || (p->text.p[after] & 0x80));

		if (before && !word)
			return false;
		if (!word)
			after = p->at + used;
	}
	p->out.n -= before;
	while (p->n_steps && p->steps[p->n_steps - 1].clean_at > p->out.n)
		p->n_steps--;
	if (signs[s].by.p[0] == ':')
		fix_scheme(p);
	replace(p, after - p->at, signs[s].by, true);
	if (str_starts(signs[s].by, STR(":/")))
		p->in_url = true;
	else if (p->in_url && str_eq(signs[s].by, STR("/")))
		p->in_path = p->in_path || (p->out.n > 2 && p->out.p[p->out.n - 2] != '/' &&
					    p->out.p[p->out.n - 2] != ':');
	return true;
}

/* Is the name or address that ends at the end of out complete? Then an ideographic full stop ends a
 * sentence. */
static bool complete_before(const struct pass *p)
{
	size_t n = 0;
	uint8_t b[4];

	while (n < p->out.n && n < LOOK_BEHIND) {
		char c = p->out.p[p->out.n - 1 - n];

		if (!ch_alnum(c) && c != '.' && c != '-' && c != '_')
			break;
		n++;
	}
	str word = {p->out.p + p->out.n - n, n};
	ptrdiff_t dot = str_rfind_char(word, '.');

	return dot > 0 && (tld_known(str_from(word, (size_t)dot + 1)) || ipv4_parse(word, b));
}

/* An alphanumeric character, plain or full-width, at text[at]? */
static bool alnum_at(str text, size_t at)
{
	uint32_t c;

	if (at < text.n && ch_alnum(text.p[at]))
		return true;
	if (!utf8_decode(str_from(text, at), &c))
		return false;
	return c >= 0xff10 && c <= 0xff5a && ch_alnum((int)(c - 0xfee0));
}

/* Full-width ASCII (U+FF01 to U+FF5E), Japanese full stops, characters of no width, other hyphens.
 */
static void take_wide(struct pass *p)
{
	uint32_t c;
	size_t used = utf8_decode(str_from(p->text, p->at), &c);

	if (used == 0) {
		buf_add_char(&p->out, p->text.p[p->at++]);
		return;
	}
	if (c >= 0xff01 && c <= 0xff5e) {
		char ascii = (char)(c - 0xfee0);

		if (ascii == ':')
			fix_scheme(p);
		replace(p, used, (str){&ascii, 1}, false);
	} else if ((c == 0x3002 || c == 0xff61) && p->out.n && ch_alnum(p->out.p[p->out.n - 1]) &&
		   !p->in_path && alnum_at(p->text, p->at + used) && !complete_before(p)) {
		replace(p, used, STR("."), true);
	} else if ((c >= 0x200b && c <= 0x200d) || c == 0xfeff || c == 0x2060 || c == 0xad) {
		replace(p, used, STR_NULL, true);
	} else if (c == 0x2010 || c == 0x2011) {
		replace(p, used, STR("-"), false);
	} else {
		if (c == 0x3000 || c >= 0x3001)
			p->in_url = p->in_path = false;
		buf_add(&p->out, str_slice(p->text, p->at, used));
		p->at += used;
	}
}

static void take_plain(struct pass *p, char c)
{
	size_t n = p->out.n;

	if (c == ':')
		fix_scheme(p);
	if (ch_space(c) || c == '"' || c == '<' || c == '>' || c == '|' || c == '`')
		p->in_url = p->in_path = false;
	else if (c == '/' && n > 1 && p->out.p[n - 1] == '/' && p->out.p[n - 2] == ':')
		p->in_url = true;
	else if (p->in_url && (c == '?' || c == '#' ||
			       (c == '/' && n && p->out.p[n - 1] != '/' && p->out.p[n - 1] != ':')))
		p->in_path = true;
	buf_add_char(&p->out, c);
	p->at++;
}

/* Cheap question first: most values are plain. */
static bool suspicious(str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c & 0x80 || c == '[' || c == '(' || c == '{' || c == ']')
			return true;
		if ((c | 32) == 'x' || c == '*' || (c | 32) == 'z') {
			size_t from = i < 3 ? 0 : i - 3;

			if (memchr(text.p + from, 'h', i - from) ||
			    memchr(text.p + from, 'H', i - from) ||
			    memchr(text.p + from, 'f', i - from) ||
			    memchr(text.p + from, 'F', i - from))
				return true;
		}
	}
	return false;
}

void refang_text(struct arena *a, str text, struct refanged *ret)
{
	struct pass p = {.arena = a, .text = text, .out = BUF_INIT};

	*ret = (struct refanged){text, NULL, 0};
	if (!suspicious(text))
		return;
	while (p.at < text.n) {
		char c = text.p[p.at];

		if (c & 0x80) {
			take_wide(&p);
		} else if ((c != '[' && c != '(' && c != '{') || !try_bracket(&p)) {
			take_plain(&p, c);
		}
	}
	if (p.n_steps) {
		ret->clean = arena_str(a, buf_str(&p.out));
		ret->steps = p.steps;
		ret->n_steps = p.n_steps;
	}
	buf_done(&p.out);
}

str value_refang(struct arena *a, str text)
{
	struct refanged r;

	refang_text(a, text, &r);
	return r.clean;
}
