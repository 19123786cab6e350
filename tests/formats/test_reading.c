// SPDX-License-Identifier: Apache-2.0
/* Eight bytes at once find what one byte at a time finds: on texts made of the bytes that matter,
 * at every offset, whole and cut off. */
#include "formats/formats_internal.h"
#include "tests/check.h"

static uint64_t state = 7;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % below);
}

static size_t slow_end(str text, size_t at)
{
	size_t depth = 0;
	bool in_string = false;

	for (at = skip_blank(text, at); at < text.n; at++) {
		char c = text.p[at];

		if (in_string) {
			at += c == '\\';
			in_string = c != '"';
			if (!in_string && depth == 0)
				return at + 1;
			continue;
		}
		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			return at;
		in_string = c == '"';
		depth += c == '{' || c == '[';
		if ((c == '}' || c == ']') && --depth == 0)
			return at + 1;
	}
	return 0;
}

static void slow_squeeze(struct buf *out, str raw)
{
	bool in_string = false;

	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (in_string || (unsigned char)c > ' ')
			buf_add_char(out, c);
		if (in_string && c == '\\' && i + 1 < raw.n)
			buf_add_char(out, raw.p[++i]);
		else if (c == '"')
			in_string = !in_string;
	}
}

/* Mostly plain, so that runs of eight occur, or mostly brackets and quotes. */
static str text_drawn(struct arena *a, size_t n, bool plain)
{
	static const char odd[] = "{}[]\"\\,: \n\t\x01{}[]\"\"\xe3";
	char *p = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++)
		p[i] = plain && draw(8) ? (char)('a' + draw(26)) : odd[draw(sizeof(odd) - 1)];
	return (str){p, n};
}

static void brackets(void)
{
	size_t wrong = 0, found = 0;

	for (int round = 0; round < 4000; round++) {
		ARENA(a, 0);
		str text = text_drawn(&a, 1 + draw(200), round % 2);

		for (size_t at = 0; at < text.n; at++) {
			size_t end = value_end(NULL, text, at);

			wrong += end != slow_end(text, at);
			found += end > at;
		}
	}
	CHECK(wrong == 0);
	CHECK(found > 10000);
}

static void blanks(void)
{
	size_t wrong = 0;

	for (int round = 0; round < 20000; round++) {
		ARENA(a, 0);
		str text = text_drawn(&a, draw(120), round % 2);
		BUF(fast);
		BUF(slow);

		json_squeeze(&fast, text);
		slow_squeeze(&slow, text);
		wrong += !str_eq(buf_str(&fast), buf_str(&slow));
	}
	CHECK(wrong == 0);
	BUF(b);
	json_squeeze(&b, STR("{ \"a b\" : [ 1 ,\r\n\t\"\\\" \" ] }"));
	CHECK(str_eq(buf_str(&b), STR("{\"a b\":[1,\"\\\" \"]}")));
}

/* Whoever gives back pages is told of what is passed over, not only of elements. */
static size_t told, most;

static void on_passed(void *ctx, size_t at)
{
	(void)ctx;
	told++;
	most = at > most ? at : most;
}

static enum err on_element(void *ctx, const struct format_element *e, struct why *why)
{
	(void)ctx, (void)e, (void)why;
	return ERR_OK;
}

static void passing(void)
{
	const struct format_sink sink = {.element = on_element, .passed = on_passed};
	BUF(b);

	buf_add(&b, STR("{\"Event\":{\"uuid\":\"11111111-1111-4111-8111-111111111111\",\"info\":"
			"\"x\",\"EventReport\":[\""));
	memset(buf_room(&b, (size_t)20 << 20), 'x', (size_t)20 << 20);
	buf_added(&b, (size_t)20 << 20);
	buf_add(&b, STR("\"]}}"));
	struct why why = {0};
	CHECK(format_read(FORMAT_MISP, NULL, buf_str(&b), &sink, &why) == ERR_OK);
	CHECK(told >= 1 && most > (size_t)1 << 20);
	buf_clear(&b);
	told = most = 0;
	buf_add(&b, STR("{\"type\":\"bundle\",\"x\":\""));
	memset(buf_room(&b, (size_t)20 << 20), 'x', (size_t)20 << 20);
	buf_added(&b, (size_t)20 << 20);
	buf_add(&b, STR("\",\"objects\":[]}"));
	CHECK(format_read(FORMAT_STIX, NULL, buf_str(&b), &sink, &why) == ERR_INVALID);
	CHECK(told >= 4 && most > (size_t)16 << 20);
}

RUN_TESTS({"brackets", brackets}, {"blanks", blanks}, {"passing", passing})
