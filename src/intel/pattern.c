// SPDX-License-Identifier: Apache-2.0
/* pattern: the values in a STIX pattern. One pass, no tree: what counts is which constants are
 * compared for equality with which object paths; the rest is checked for its grammar and passed
 * over. */
#include "base/buf.h"
#include "base/vec.h"
#include "intel/extract.h"
#include "intel/value_internal.h"

/* STIX 2.1 section 9 (2.0 part 5 has the same grammar without START/STOP changes):
 *   pattern     = observation *( ("AND"|"OR"|"FOLLOWEDBY") observation )
 *   observation = ( "[" comparison "]" | "(" pattern ")" ) *qualifier
 *   qualifier   = "WITHIN" number "SECONDS" | "REPEATS" integer "TIMES" | "START" time "STOP" time
 *   comparison  = term *( ("AND"|"OR") term )
 *   term        = [ "NOT" ] ( "(" comparison ")" | "EXISTS" path | path [ "NOT" ] operator constant
 * ) operator    = "=" | "!=" | "<>" | "==" | "<" | "<=" | ">" | ">=" | "IN" set | "LIKE" |
 * "MATCHES" | "ISSUBSET" | "ISSUPERSET" path        = object-type ":" key *( "." key | "["
 * (integer|"*") "]" ) constant    = 'text' | number | "true" | "false" | t'time' | b'base64' |
 * h'hex' */

#define PATTERN_DEPTH 64
#define PATTERN_VALUES 10000

enum token_type { TOK_END, TOK_WORD, TOK_TEXT, TOK_NUMBER, TOK_SIGN, TOK_BAD };

struct token {
	enum token_type type;
	str text; /* words and signs as they stand; texts without quotes, still escaped */
	size_t at;
};

struct reader {
	struct arena *arena;
	str in;
	size_t at;
	struct token tok;
	VEC(struct pattern_value) out;
	unsigned depth;
	struct why *why;
};

static size_t blanks(str in, size_t at)
{
	for (;;) {
		while (at < in.n && ch_space(in.p[at]))
			at++;
		if (at + 1 < in.n && in.p[at] == '/' && in.p[at + 1] == '/') {
			while (at < in.n && in.p[at] != '\n')
				at++;
		} else if (at + 1 < in.n && in.p[at] == '/' && in.p[at + 1] == '*') {
			ptrdiff_t end = str_find(str_from(in, at + 2), STR("*/"));

			if (end < 0)
				return in.n;
			at += (size_t)end + 4;
		} else if (at + 1 < in.n && in.p[at] == '\xc2' && in.p[at + 1] == '\xa0') {
			at += 2; /* no-break blanks come with copied text */
		} else {
			return at;
		}
	}
}

static bool word_char(char c)
{
	return ch_alnum(c) || c == '_' || c == '-';
}

/* 'text' with \' and \\ inside. The opening quote is at `at`. */
static struct token text_token(str in, size_t at)
{
	size_t i = at + 1;

	while (i < in.n && in.p[i] != '\'')
		i += in.p[i] == '\\' ? 2 : 1;
	if (i >= in.n)
		return (struct token){TOK_BAD, STR_NULL, at};
	return (struct token){TOK_TEXT, str_slice(in, at + 1, i - at - 1), at};
}

static void advance(struct reader *r)
{
	str in = r->in;
	size_t at = blanks(in, r->at), end = at;

	if (at == in.n) {
		r->tok = (struct token){TOK_END, STR_NULL, at};
		return;
	}
	char c = in.p[at], next = at + 1 < in.n ? in.p[at + 1] : '\0';

	if (c == '\'' || ((c == 't' || c == 'b' || c == 'h') && next == '\'')) {
		bool typed = c != '\'';

		r->tok = text_token(in, at + typed);
		r->at = r->tok.type == TOK_BAD ? in.n : at + typed + r->tok.text.n + 2;
		return;
	}
	if (ch_digit(c) || ((c == '-' || c == '+') && ch_digit(next))) {
		for (end = at + 1; end < in.n && (word_char(in.p[end]) || in.p[end] == '.');)
			end++;
		r->tok = (struct token){TOK_NUMBER, str_slice(in, at, end - at), at};
	} else if (word_char(c)) {
		while (end < in.n && word_char(in.p[end]))
			end++;
		r->tok = (struct token){TOK_WORD, str_slice(in, at, end - at), at};
	} else {
		bool two = (strchr("<>=!", c) && next == '=') || (c == '<' && next == '>');

		end = at + (two ? 2 : 1);
		r->tok = (struct token){strchr("[]()=!<>:.,*", c) ? TOK_SIGN : TOK_BAD,
					str_slice(in, at, end - at), at};
	}
	r->at = end;
}

static bool sign(const struct reader *r, const char *s)
{
	return r->tok.type == TOK_SIGN && str_eq(r->tok.text, str_c(s));
}

static bool word(const struct reader *r, const char *s)
{
	return r->tok.type == TOK_WORD && str_ieq(r->tok.text, str_c(s));
}

static bool take_sign(struct reader *r, const char *s)
{
	if (!sign(r, s))
		return false;
	advance(r);
	return true;
}

static bool take_word(struct reader *r, const char *s)
{
	if (!word(r, s))
		return false;
	advance(r);
	return true;
}

MUST_CHECK static enum err expected(struct reader *r, const char *what)
{
	return why_set(r->why, ERR_INVALID, "bad pattern: %s expected at byte %zu, not '%.*s'",
		       what, r->tok.at, (int)(r->tok.text.n > 40 ? 40 : r->tok.text.n),
		       r->tok.text.n ? r->tok.text.p : "");
}

/* ---- which paths hold values ---------------------------------------------------------- */

/* path: without the references in the middle (network-traffic:dst_ref.value ends in "value").
 * VALUE_NONE: what the text looks like. */
static const struct {
	str object, path;
	enum value_kind kind;
} paths[] = {
    {STR_INIT("ipv4-addr"), STR_INIT("value"), VALUE_IPV4},
    {STR_INIT("ipv6-addr"), STR_INIT("value"), VALUE_IPV6},
    {STR_INIT("domain-name"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("hostname"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("x-opencti-hostname"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("url"), STR_INIT("value"), VALUE_URL},
    {STR_INIT("email-addr"), STR_INIT("value"), VALUE_EMAIL},
    {STR_INIT("mac-addr"), STR_INIT("value"), VALUE_MAC},
    {STR_INIT("email-message"), STR_INIT("value"), VALUE_EMAIL},
    {STR_INIT("network-traffic"), STR_INIT("value"), VALUE_NONE},
    {STR_INIT("process"), STR_INIT("value"), VALUE_NONE},
    {STR_INIT("file"), STR_INIT("name"), VALUE_FILENAME},
    {STR_INIT("file"), STR_INIT("path"), VALUE_FILENAME},
    {STR_INIT("process"), STR_INIT("name"), VALUE_FILENAME},
    {STR_INIT("process"), STR_INIT("binary_ref.name"), VALUE_FILENAME},
    {STR_INIT("process"), STR_INIT("image_ref.name"), VALUE_FILENAME},
    {STR_INIT("email-message"), STR_INIT("body_multipart.body_raw_ref.name"), VALUE_FILENAME},
    {STR_INIT("windows-registry-key"), STR_INIT("key"), VALUE_REGKEY},
    {STR_INIT("mutex"), STR_INIT("name"), VALUE_MUTEX},
    {STR_INIT("autonomous-system"), STR_INIT("number"), VALUE_ASN},
    {STR_INIT("vulnerability"), STR_INIT("name"), VALUE_CVE},
    {STR_INIT("network-traffic"), STR_INIT("extensions.http-request-ext.request_header.User-Agent"),
     VALUE_USER_AGENT},
    {STR_INIT("user-agent"), STR_INIT("value"), VALUE_USER_AGENT},
    {STR_INIT("x-user-agent"), STR_INIT("value"), VALUE_USER_AGENT},
    {STR_INIT("cryptocurrency-wallet"), STR_INIT("value"), VALUE_BTC},
    {STR_INIT("app"), STR_INIT("id"), VALUE_OTHER},
    {STR_INIT("app"), STR_INIT("cert.sha256"), VALUE_SHA256},
    {STR_INIT("app"), STR_INIT("cert.sha1"), VALUE_SHA1},
    {STR_INIT("app"), STR_INIT("cert.md5"), VALUE_MD5},
    {STR_INIT("configuration-profile"), STR_INIT("id"), VALUE_OTHER},
    {STR_INIT("android-property"), STR_INIT("name"), VALUE_OTHER},
};

/* Hash algorithms in all spellings seen: 'SHA-256', SHA256, sha256, "SHA1". */
static enum value_kind hash_kind(str name)
{
	static const struct {
		str name;
		enum value_kind kind;
	} kinds[] = {{STR_INIT("md5"), VALUE_MD5},
		     {STR_INIT("sha1"), VALUE_SHA1},
		     {STR_INIT("sha256"), VALUE_SHA256},
		     {STR_INIT("sha512"), VALUE_SHA512},
		     {STR_INIT("ssdeep"), VALUE_SSDEEP}};
	char plain[16];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < sizeof(plain); i++) {
		if (name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '\'')
			plain[n++] = name.p[i];
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_ieq((str){plain, n}, kinds[i].name))
			return kinds[i].kind;
	}
	return VALUE_NONE;
}

/* Does the path end in "x_ref.value" or the like? The last name decides then. */
static bool path_matches(str path, str want)
{
	if (str_eq(path, want))
		return true;
	return str_find_char(want, '.') < 0 && str_ends(path, want) && path.n > want.n + 4 &&
	       path.p[path.n - want.n - 1] == '.' &&
	       (str_ends(str_slice(path, 0, path.n - want.n - 1), STR("_ref")) ||
		str_ends(str_slice(path, 0, path.n - want.n - 1), STR("_refs")));
}

static bool path_kind(str object, str path, enum value_kind *ret)
{
	ptrdiff_t hashes = str_find(path, STR("hashes."));

	if (hashes == 0 || (hashes > 0 && path.p[hashes - 1] == '.')) {
		*ret = hash_kind(str_from(path, (size_t)hashes + 7));
		return *ret != VALUE_NONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (str_eq(object, paths[i].object) && path_matches(path, paths[i].path)) {
			*ret = paths[i].kind;
			return true;
		}
	}
	return false;
}

/* ---- values ------------------------------------------------------------------------------ */

static str unescape(struct arena *a, str s)
{
	if (str_find_char(s, '\\') < 0)
		return s;
	char *p = arena_alloc(a, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '\\' || s.p[i + 1] == '\''))
			i++;
		p[n++] = s.p[i];
	}
	return (str){p, n};
}

/* Networks stand where addresses do, and some write one kind where another is meant. */
static void add_value(struct reader *r, enum value_kind k, str text)
{
	str canonical;

	if (r->out.n >= PATTERN_VALUES)
		return;
	if (k == VALUE_NONE || !value_canonical_clean(r->arena, k, text, &canonical)) {
		enum value_kind guess =
		    value_guess_clean(r->arena, value_refang(r->arena, text), &canonical);

		if (guess == VALUE_NONE &&
		    !value_canonical_clean(r->arena, VALUE_OTHER, text, &canonical))
			return;
		k = guess == VALUE_NONE ? VALUE_OTHER : guess;
	}
	vec_add(r->arena, &r->out, (struct pattern_value){k, canonical});
}

/* The path's names joined by '.', list indexes dropped. */
MUST_CHECK static enum err read_path(struct reader *r, str *ret_object, str *ret_path)
{
	BUF(path);

	if (r->tok.type != TOK_WORD)
		return expected(r, "an object path");
	*ret_object = r->tok.text;
	advance(r);
	if (!take_sign(r, ":"))
		return expected(r, "':'");
	for (;;) {
		if (r->tok.type != TOK_WORD && r->tok.type != TOK_TEXT && r->tok.type != TOK_NUMBER)
			return expected(r, "a name in the path");
		if (path.n)
			buf_add_char(&path, '.');
		buf_add(&path, r->tok.text);
		advance(r);
		while (take_sign(r, "[")) {
			if (r->tok.type != TOK_NUMBER && r->tok.type != TOK_WORD && !sign(r, "*"))
				return expected(r, "an index");
			advance(r);
			if (!take_sign(r, "]"))
				return expected(r, "']'");
		}
		if (!take_sign(r, "."))
			break;
	}
	*ret_path = arena_str(r->arena, buf_str(&path));
	return ERR_OK;
}

static bool constant(const struct reader *r)
{
	return r->tok.type == TOK_TEXT || r->tok.type == TOK_NUMBER || word(r, "true") ||
	       word(r, "false");
}

MUST_CHECK static enum err read_constant(struct reader *r, bool wanted, enum value_kind k)
{
	if (!constant(r))
		return expected(r, "a constant");
	if (wanted)
		add_value(r, k,
			  r->tok.type == TOK_TEXT ? unescape(r->arena, r->tok.text) : r->tok.text);
	advance(r);
	return ERR_OK;
}

MUST_CHECK static enum err read_comparison(struct reader *r)
{
	str object, path;
	enum value_kind k = VALUE_NONE;
	enum err err = read_path(r, &object, &path);

	if (err != ERR_OK)
		return err;
	bool negated = take_word(r, "NOT"), known = path_kind(object, path, &k), equal = false;

	if (take_word(r, "IN")) {
		if (!take_sign(r, "("))
			return expected(r, "'('");
		do {
			err = read_constant(r, known && !negated, k);
			if (err != ERR_OK)
				return err;
		} while (take_sign(r, ","));
		return take_sign(r, ")") ? ERR_OK : expected(r, "')'");
	}
	if (take_sign(r, "=") || take_sign(r, "==") || take_word(r, "ISSUBSET")) {
		equal = true;
	} else if (take_word(r, "LIKE") || take_word(r, "MATCHES") || take_word(r, "ISSUPERSET")) {
		equal = false;
	} else if (r->tok.type == TOK_SIGN && strchr("!<>", r->tok.text.p[0])) {
		advance(r);
	} else {
		return expected(r, "a comparison");
	}
	return read_constant(r, known && equal && !negated, k);
}

MUST_CHECK static enum err read_terms(struct reader *r);

MUST_CHECK static enum err read_term(struct reader *r)
{
	enum err err;
	str object, path;
	size_t kept = r->out.n;
	bool negated = take_word(r, "NOT");

	if (take_word(r, "EXISTS")) {
		err = read_path(r, &object, &path);
	} else if (take_sign(r, "(")) {
		err = read_terms(r);
		if (err == ERR_OK && !take_sign(r, ")"))
			err = expected(r, "')'");
	} else {
		err = read_comparison(r);
	}
	if (negated)
		r->out.n = kept;
	return err;
}

MUST_CHECK static enum err read_terms(struct reader *r)
{
	enum err err;

	if (++r->depth > PATTERN_DEPTH)
		return why_set(r->why, ERR_INVALID, "bad pattern: nested deeper than %d",
			       PATTERN_DEPTH);
	do
		err = read_term(r);
	while (err == ERR_OK && (take_word(r, "AND") || take_word(r, "OR")));
	r->depth--;
	return err;
}

MUST_CHECK static enum err read_qualifiers(struct reader *r)
{
	for (;;) {
		const char *second;

		if (take_word(r, "WITHIN"))
			second = "SECONDS";
		else if (take_word(r, "REPEATS"))
			second = "TIMES";
		else if (take_word(r, "START"))
			second = "STOP";
		else
			return ERR_OK;
		if (!constant(r))
			return expected(r, "a number or time");
		advance(r);
		if (!take_word(r, second))
			return expected(r, second);
		if (second[1] == 'T' && second[2] == 'O') { /* STOP has a time of its own */
			if (!constant(r))
				return expected(r, "a time");
			advance(r);
		}
	}
}

MUST_CHECK static enum err read_observations(struct reader *r)
{
	enum err err;

	if (++r->depth > PATTERN_DEPTH)
		return why_set(r->why, ERR_INVALID, "bad pattern: nested deeper than %d",
			       PATTERN_DEPTH);
	do {
		bool inner = sign(r, "(");

		if (!take_sign(r, inner ? "(" : "["))
			return expected(r, "'['");
		err = inner ? read_observations(r) : read_terms(r);
		if (err == ERR_OK && !take_sign(r, inner ? ")" : "]"))
			err = expected(r, inner ? "')'" : "']'");
		if (err == ERR_OK)
			err = read_qualifiers(r);
	} while (err == ERR_OK &&
		 (take_word(r, "AND") || take_word(r, "OR") || take_word(r, "FOLLOWEDBY")));
	r->depth--;
	return err;
}

enum err pattern_values(struct arena *a, str pattern, struct pattern_value **ret, size_t *ret_n,
			struct why *why)
{
	struct reader r = {.arena = a, .in = pattern, .why = why};

	advance(&r);
	enum err err = read_observations(&r);

	if (err == ERR_OK && r.tok.type != TOK_END)
		err = expected(&r, "the end");
	if (err != ERR_OK)
		return err;
	*ret = r.out.p;
	*ret_n = r.out.n;
	return ERR_OK;
}

static const struct {
	enum value_kind kind;
	const char *path;
} writes[] = {
    {VALUE_IPV4, "ipv4-addr:value"},
    {VALUE_CIDR4, "ipv4-addr:value"},
    {VALUE_IPV6, "ipv6-addr:value"},
    {VALUE_CIDR6, "ipv6-addr:value"},
    {VALUE_DOMAIN, "domain-name:value"},
    {VALUE_URL, "url:value"},
    {VALUE_EMAIL, "email-addr:value"},
    {VALUE_MD5, "file:hashes.MD5"},
    {VALUE_SHA1, "file:hashes.'SHA-1'"},
    {VALUE_SHA256, "file:hashes.'SHA-256'"},
    {VALUE_SHA512, "file:hashes.'SHA-512'"},
    {VALUE_SSDEEP, "file:hashes.SSDEEP"},
    {VALUE_FILENAME, "file:name"},
    {VALUE_ASN, "autonomous-system:number"},
    {VALUE_MAC, "mac-addr:value"},
    {VALUE_REGKEY, "windows-registry-key:key"},
    {VALUE_MUTEX, "mutex:name"},
    {VALUE_USER_AGENT, "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"},
};

str pattern_of(struct arena *a, enum value_kind k, str canonical)
{
	BUF(out);

	for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
		if (writes[i].kind != k)
			continue;
		if (k == VALUE_ASN) /* an integer in STIX */
			return arena_printf(a, "[%s = %.*s]", writes[i].path,
					    STR_ARG(str_from(canonical, 2)));
		buf_printf(&out, "[%s = '", writes[i].path);
		for (size_t j = 0; j < canonical.n; j++) {
			if (canonical.p[j] == '\'' || canonical.p[j] == '\\')
				buf_add_char(&out, '\\');
			buf_add_char(&out, canonical.p[j]);
		}
		buf_add(&out, STR("']"));
		return arena_str(a, buf_str(&out));
	}
	return STR_NULL;
}
