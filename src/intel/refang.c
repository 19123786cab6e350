// SPDX-License-Identifier: Apache-2.0
/* refang: disguised spellings undone in one pass over a text of any length, with a map back to the
 * text. Look-ahead and look-behind are bounded, so the pass is linear. In the path of a URL only
 * the forms in square brackets are undone: round ones may stand there as they are. */
#include "base/buf.h"
#include "base/codec.h"
#include "intel/value_internal.h"

#define LOOK_BEHIND 253

/* What a look ahead found: where the run ends, behind its last dot and full stop, and what its last
 * label is. */
struct run {
	size_t end, dot, stop;
	bool number, tld;
};
struct pass {
	struct arena *arena;
	str text;
	size_t at; /* next byte of text to read */
	struct buf out;
	bool in_path;  /* behind the host of a URL, until a blank or a quote */
	bool in_url;   /* "://" was seen */
	bool wide_url; /* and its slashes were full-width: so are the others */
	struct run run;
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
    {STR_INIT("ドット"), STR_INIT(".")},
    {STR_INIT("点"), STR_INIT(".")},
    {STR_INIT(":"), STR_INIT(":")},
    {STR_INIT("://"), STR_INIT("://")},
    {STR_INIT("@"), STR_INIT("@")},
    {STR_INIT("at"), STR_INIT("@")},
    {STR_INIT("アットマーク"), STR_INIT("@")},
    {STR_INIT("アット"), STR_INIT("@")},
    {STR_INIT("\xef\xbc\xa0"), STR_INIT("@")},
    {STR_INIT("\xef\xbc\x9a"), STR_INIT(":")},
    {STR_INIT("/"), STR_INIT("/")},
    {STR_INIT("\xe3\x80\x82"), STR_INIT(".")},
    {STR_INIT("\xef\xbc\x8e"), STR_INIT(".")},
    {STR_INIT(":/"), STR_INIT(":/")},
    {STR_INIT("www"), STR_INIT("www")},
};

static const struct {
	str open, close;
} brackets[] = {
    {STR_INIT("["), STR_INIT("]")},   {STR_INIT("("), STR_INIT(")")},
    {STR_INIT("{"), STR_INIT("}")},   {STR_INIT("\xef\xbc\xbb"), STR_INIT("\xef\xbc\xbd")},
    {STR_INIT("（"), STR_INIT("）")}, {STR_INIT("\xef\xbd\x9b"), STR_INIT("\xef\xbd\x9d")},
    {STR_INIT("【"), STR_INIT("】")}, {STR_INIT("〔"), STR_INIT("〕")},
    {STR_INIT("〈"), STR_INIT("〉")},
};

/* The kind of bracket that opens at text[at], ARRAY_LEN(brackets) if none does. */
static size_t bracket_at(str text, size_t at)
{
	size_t k = 0;

	while (k < ARRAY_LEN(brackets) && !str_starts(str_from(text, at), brackets[k].open))
		k++;
	return k;
}

/* Length of a bracketed sign at text[at], 0 if there is none. */
static size_t bracketed(str text, size_t at, size_t *ret_sign)
{
	size_t kind = bracket_at(text, at), i;

	if (kind == ARRAY_LEN(brackets))
		return 0;
	i = at + brackets[kind].open.n;
	const size_t inside = i;

	while (i < text.n && i - inside < 3 && blank(text.p[i]))
		i++;
	for (size_t s = 0; s < ARRAY_LEN(signs); s++) {
		size_t n = signs[s].inside.n, j = i + n;

		if (j >= text.n || !str_ieq(str_slice(text, i, n), signs[s].inside))
			continue;
		while (j < text.n && j - i - n < 3 && blank(text.p[j]))
			j++;
		if (str_starts(str_from(text, j), brackets[kind].close)) {
			*ret_sign = s;
			return j + brackets[kind].close.n - at;
		}
	}
	/* sloppy: "evil[.example", only in front of a letter or digit */
	if (kind == 0 && i == inside && i + 1 < text.n && text.p[i] == '.' &&
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

/* What stands at the end of out, as far as `more` has it beside letters and digits. */
static str word_before(const struct pass *p, const char *more)
{
	size_t n = 0;

	while (n < p->out.n && n < LOOK_BEHIND) {
		char c = p->out.p[p->out.n - 1 - n];

		if (!ch_alnum(c) && !(c && strchr(more, c)))
			break;
		n++;
	}
	return (str){p->out.p + p->out.n - n, n};
}

/* Is the value that ends at the end of out complete? Then an ideographic full stop ends a
 * sentence. */
static bool complete_before(const struct pass *p)
{
	str word = word_before(p, ".-_"), wide = word;
	ptrdiff_t dot = str_rfind_char(word, '.');
	size_t hex = 0;
	uint8_t b[16];

	while (hex < word.n && ch_xdigit(word.p[hex]))
		hex++;
	if (hex == word.n && (hex == 32 || hex == 40 || hex == 64 || hex == 128))
		return true;
	if (word.n < p->out.n && word.n < 5 && p->out.p[p->out.n - 1 - word.n] == ':')
		wide = word_before(p, ":.");
	if (wide.n > word.n && ipv6_parse(wide, b))
		return true;
	if (word.n > 4 && str_ieq(str_slice(word, 0, 4), STR("CVE-")))
		return true;
	return dot > 0 && (tld_known(str_from(word, (size_t)dot + 1)) || ipv4_parse(word, b) ||
			   ext_class(word) != EXT_NONE);
}

#define STOP "\x01" /* an ideographic full stop, below */

/* The ASCII character that the one at text[at] stands for, full-width or not; 0: none. */
static char narrow_at(str text, size_t at, size_t *ret_n)
{
	uint32_t c = 0;

	*ret_n = 1;
	if (at < text.n && !(text.p[at] & 0x80))
		return text.p[at];
	*ret_n = at < text.n ? utf8_decode(str_from(text, at), &c) : 0;
	if (*ret_n && c >= 0xff01 && c <= 0xff5e)
		return (char)(c - 0xfee0);
	if (*ret_n == 0)
		return '\0';
	return (c == 0x3002 || c == 0xff61) ? *STOP : '\0';
}

/* The run of name characters at `at` of the text, as far as one look goes. Its end answers for
 * every full stop in it, so that a text of nothing but stops stays linear. */
static void look_ahead(struct pass *p, size_t at)
{
	char name[LOOK_BEHIND];
	size_t n = 0, used = 0, from, digits = 0;

	p->run = (struct run){.dot = at, .stop = at};
	for (; n < sizeof(name); at += used) {
		char c = narrow_at(p->text, at, &used);

		if (!ch_alnum(c) && !(c && strchr(".-_" STOP, c)))
			break;
		name[n++] = c;
		if (!ch_alnum(c) && !ch_alnum(narrow_at(p->text, at + used, &from)))
			continue; /* perhaps the end of the sentence */
		if (c == '.')
			p->run.dot = at + used;
		if (c == *STOP)
			p->run.stop = at + used;
	}
	p->run.end = at;
	while (n && !ch_alnum(name[n - 1]))
		n--;
	for (from = n; from && !strchr("." STOP, name[from - 1]);)
		from--;
	str last = {name + from, n - from};

	while (digits < last.n && ch_digit(last.p[digits]))
		digits++;
	p->run.number = last.n && digits == last.n && digits < 4;
	p->run.tld = tld_known(last);
}

/* Does what follows an ideographic full stop go on with a name or an address, so that the stop is a
 * disguised dot? "evil。example" and "203。0。113。7" do; what follows in "…427e。SHA1は" does not,
 * and "server。evil.example" is two sentences. */
static bool name_goes_on(struct pass *p, size_t at)
{
	size_t used;

	if (!ch_alnum(narrow_at(p->text, at, &used)))
		return false;
	if (at >= p->run.end)
		look_ahead(p, at);
	return p->run.number || (p->run.tld && (p->run.dot <= at || p->run.stop > at));
}

/* "evilドットexample": the word for a dot between letters or digits. */
static bool take_dot_word(struct pass *p)
{
	const str word = STR("ドット");
	str rest = str_from(p->text, p->at);
	size_t n;

	if (!str_starts(rest, word) || p->in_path || !p->out.n ||
	    !ch_alnum(p->out.p[p->out.n - 1]) || !ch_alnum(narrow_at(rest, word.n, &n)))
		return false;
	replace(p, word.n, STR("."), true);
	return true;
}

/* Full-width punctuation behind half-width text is the sentence's, not the value's:
 * "http://evil.example/a（悪性）", "evil.example／bad.example". */
static bool wide_parts(const struct pass *p, uint32_t c)
{
	bool narrow = p->at > 0 && ch_alnum(p->text.p[p->at - 1]);

	if (ch_alnum((int)(c - 0xfee0)) || !narrow)
		return false;
	if (c == 0xff0f)
		return !p->wide_url;
	return p->in_path || c == 0xff08 || c == 0xff09;
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
	if (c == 0x30c9 && take_dot_word(p))
		return;
	if (c >= 0xff01 && c <= 0xff5e && !wide_parts(p, c)) {
		char ascii = (char)(c - 0xfee0);

		if (ascii == ':')
			fix_scheme(p);
		if (ascii == '/' && str_ends(buf_str(&p->out), STR(":/")))
			p->in_url = p->wide_url = true;
		replace(p, used, (str){&ascii, 1}, false);
	} else if ((c == 0x3002 || c == 0xff61) && p->out.n && ch_alnum(p->out.p[p->out.n - 1]) &&
		   !p->in_path && name_goes_on(p, p->at + used) && !complete_before(p)) {
		replace(p, used, STR("."), true);
	} else if ((c >= 0x200b && c <= 0x200d) || c == 0xfeff || c == 0x2060 || c == 0xad) {
		replace(p, used, STR_NULL, true);
	} else if (c == 0x2010 || c == 0x2011) {
		replace(p, used, STR("-"), false);
	} else {
		if (c >= 0x3000)
			p->in_url = p->wide_url = p->in_path = false;
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
		p->in_url = p->wide_url = p->in_path = false;
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

		/* the first bytes of the brackets */
		if ((c == '[' || c == '(' || c == '{' || c == '\xe3' || c == '\xef') &&
		    try_bracket(&p))
			continue;
		if (c & 0x80)
			take_wide(&p);
		else
			take_plain(&p, c);
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
