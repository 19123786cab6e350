// SPDX-License-Identifier: Apache-2.0
/* text_tokens: words for the full-text index, the same on both back ends. Text is folded (NFKC,
 * case, small kana, the long vowel mark at the end of katakana words, "[.]"), then cut into words
 * of letters and digits; runs of Han, hiragana and katakana give overlapping bigrams. Pure; any
 * thread. */
#include "store/text_internal.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/codec.h"
#include "store/service.h"

#define TOKEN_MAX 64
#define TEXT_MAX (256u << 10) /* bytes of a text that are indexed */

/* ---- folding ---- */

static bool is_katakana(uint32_t c)
{
	return (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc || (c >= 0x31f0 && c <= 0x31ff);
}

static bool is_cjk(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3041 && c <= 0x309f) || is_katakana(c) ||
	       (c >= 0x30fd && c <= 0x30ff) || (c >= 0x3400 && c <= 0x4dbf) ||
	       (c >= 0x3005 && c <= 0x3007) || c == 0x303b || (c >= 0xf900 && c <= 0xfaff) ||
	       (c >= 0x20000 && c <= 0x323af);
}

/* Small kana to full-sized ones: writers disagree (マルウェア, マルウエア). */
static uint32_t fold_kana(uint32_t c)
{
	uint32_t base = c >= 0x30a1 && c <= 0x30fa ? 0x60 : 0;

	switch (c - base) {
	case 0x3041: /* ぁぃぅぇぉ */
	case 0x3043:
	case 0x3045:
	case 0x3047:
	case 0x3049:
	case 0x3063: /* っ */
	case 0x3083: /* ゃゅょ */
	case 0x3085:
	case 0x3087:
	case 0x308e: /* ゎ */
		return c + 1;
	case 0x3095: /* ゕ */
		return base + 0x304b;
	case 0x3096: /* ゖ */
		return base + 0x3051;
	default:
		return c;
	}
}

static uint32_t next_scalar(str *s)
{
	uint32_t c = 0;
	size_t n = utf8_decode(*s, &c);

	if (n == 0) {
		c = ' '; /* a malformed byte parts words */
		n = s->n ? 1 : 0;
	}
	*s = str_from(*s, n);
	return c;
}

static uint32_t peek_scalar(str s)
{
	return s.n ? next_scalar(&s) : 0;
}

/* The end of the longest prefix of s within n bytes that does not cut a character. */
static size_t cut_at(str s, size_t n)
{
	if (s.n <= n)
		return s.n;
	while (n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static str nfkc_casefold(struct arena *a, str text)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n =
	    utf8proc_map((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &out,
			 UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
			     UTF8PROC_IGNORE);
	str ret = text;

	if (n >= 0)
		ret = arena_str(a, (str){(const char *)out, (size_t)n});
	free(out);
	return ret; /* malformed text is folded no further than kana */
}

str text_fold(struct arena *a, str text)
{
	str rest = nfkc_casefold(a, (str){text.p, cut_at(text, TEXT_MAX)});
	size_t katakana = 0; /* length of the run before */
	BUF(out);

	while (rest.n) {
		uint32_t c;

		if (str_skip_prefix(&rest, STR("[.]")))
			c = '.';
		else
			c = next_scalar(&rest);
		if (c == 0x30fc && katakana >= 2 && !is_katakana(peek_scalar(rest)))
			continue; /* サーバー, サーバ */
		katakana = is_katakana(c) ? katakana + 1 : 0;
		utf8_add(&out, fold_kana(c));
	}
	return arena_str(a, buf_str(&out));
}

/* ---- cutting ---- */

struct cutter {
	struct buf *out;
	size_t n, max;
	bool query;
};

static void cut_add(struct cutter *c, str token, bool prefix)
{
	if (token.n == 0 || c->n >= c->max)
		return;
	if (c->n++)
		buf_add_char(c->out, ' ');
	buf_add(c->out, (str){token.p, cut_at(token, TOKEN_MAX)});
	if (prefix)
		buf_add_char(c->out, '*');
}

static bool is_joiner(uint32_t c)
{
	return c == '.' || c == '-' || c == '_';
}

static bool is_letter(uint32_t c)
{
	utf8proc_category_t k;

	if (c < 0x80)
		return ch_alnum((int)c);
	if (is_cjk(c) || c > 0x10ffff)
		return false;
	k = utf8proc_category((utf8proc_int32_t)c);
	return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NO);
}

/* "evil-site.example": the whole, and evil, site, example. A question needs the parts only, so that
 * it also finds longer names. */
static void word_add(struct cutter *c, str word)
{
	size_t from = 0, parts = 0;

	while (word.n && is_joiner((uint8_t)word.p[word.n - 1]))
		word.n--;
	for (size_t i = 0; i <= word.n; i++) {
		if (i < word.n && !is_joiner((uint8_t)word.p[i]))
			continue;
		cut_add(c, str_slice(word, from, i - from), false);
		from = i + 1;
		parts++;
	}
	if (parts > 1 && !c->query)
		cut_add(c, word, false);
}

static str take_word(str *rest)
{
	str word = {rest->p, 0}, at = *rest;

	while (at.n) {
		uint32_t c = next_scalar(&at);

		if (!is_letter(c) && !is_joiner(c))
			break;
		word.n = (size_t)(at.p - word.p);
	}
	*rest = str_from(*rest, word.n);
	return word;
}

/* Bigrams, and the last character by itself, so that one character can be looked up as a prefix. */
static void take_cjk(struct cutter *c, str *rest)
{
	str prev = {NULL, 0}, at = *rest;
	size_t n = 0;

	while (at.n && is_cjk(peek_scalar(at))) {
		str one = at;

		(void)next_scalar(&at);
		one.n = (size_t)(at.p - one.p);
		if (n++)
			cut_add(c, (str){prev.p, prev.n + one.n}, false);
		prev = one;
	}
	if (n == 1 || !c->query)
		cut_add(c, prev, c->query);
	*rest = at;
}

static str tokens(struct arena *a, str text, size_t max_tokens, bool query)
{
	BUF(out);
	struct cutter c = {.out = &out, .max = max_tokens, .query = query};
	str rest = text_fold(a, text);

	while (rest.n && c.n < c.max) {
		uint32_t first = peek_scalar(rest);

		if (is_cjk(first))
			take_cjk(&c, &rest);
		else if (is_letter(first))
			word_add(&c, take_word(&rest));
		else
			(void)next_scalar(&rest);
	}
	return arena_str(a, buf_str(&out));
}

str text_tokens(struct arena *a, str text, size_t max_tokens)
{
	return tokens(a, text, max_tokens, false);
}

str text_query_tokens(struct arena *a, str text, size_t max_tokens)
{
	return tokens(a, text, max_tokens, true);
}
