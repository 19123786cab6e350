// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* An element of 1 MiB of "[[],[],..." makes a tree many times its size. */
#define SCRATCH_BYTES ((size_t)64 << 20)
#define STRETCH ((size_t)4 << 20)

void reading_init(struct reading *r, str text, const struct format_sink *sink, struct why *why)
{
	*r = (struct reading){.sink = sink, .why = why, .text = text};
	arena_init(&r->scratch, SCRATCH_BYTES);
}

void reading_done(struct reading *r)
{
	arena_done(&r->scratch);
	buf_done(&r->body);
}

bool reading_emit(struct reading *r, struct format_element *e, int64_t *ret_index)
{
	reading_passed(r, e->at);
	e->path = str_c(r->path);
	r->stop = r->sink->element(r->sink->ctx, e, r->why);
	if (r->stop)
		return false;
	if (ret_index)
		*ret_index = r->emitted;
	r->emitted++;
	return true;
}

void reading_passed(struct reading *r, size_t at)
{
	if (at < r->passed) /* read again */
		r->passed = at;
	if (at - r->passed < STRETCH || !r->sink->passed)
		return;
	r->passed = at;
	r->sink->passed(r->sink->ctx, at);
}

void reading_refuse(struct reading *r, size_t at, const char *reason)
{
	r->refused++;
	if (r->sink->rejected)
		r->sink->rejected(r->sink->ctx, at, str_c(r->path), reason);
}

void reading_loss(struct reading *r, const char *what, int64_t count)
{
	if (count > 0 && r->sink->loss)
		r->sink->loss(r->sink->ctx, what, count);
}

void reading_path(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->path, sizeof(r->path), fmt, ap);
	va_end(ap);
}

void reading_path_is(struct reading *r, const char *path)
{
	size_t n = strnlen(path, sizeof(r->path) - 1);

	memcpy(r->path, path, n);
	r->path[n] = 0;
}

void path_item(char *room, size_t room_bytes, const char *path, size_t i)
{
	char digits[24];
	size_t n = strnlen(path, room_bytes), at = sizeof(digits);

	digits[--at] = ']';
	do
		digits[--at] = (char)('0' + i % 10);
	while (i /= 10);
	digits[--at] = '[';
	if (n + sizeof(digits) - at + 1 > room_bytes) /* cut off, as snprintf does */
		n = room_bytes > sizeof(digits) ? room_bytes - sizeof(digits) : 0;
	memcpy(room, path, n);
	memcpy(room + n, digits + at, sizeof(digits) - at);
	room[n + sizeof(digits) - at] = 0;
}

enum err reading_end(struct reading *r, const char *format)
{
	if (r->stop)
		return r->stop;
	if (!r->emitted)
		return why_set(r->why, ERR_INVALID, "nothing usable was found in this %s", format);
	return ERR_OK;
}

size_t skip_blank(str text, size_t at)
{
	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\n' || text.p[at] == '\r' ||
			       text.p[at] == '\t'))
		at++;
	return at;
}

/* Offset behind the closing quote of the string that opens at `at`; 0 when it does not close. */
static size_t string_end(str text, size_t at)
{
	for (at++; at < text.n; at++) {
		if (text.p[at] == '"')
			return at + 1;
		if (text.p[at] == '\\')
			at++;
	}
	return 0;
}

/* ---- eight bytes at once ---- */

#define ONES UINT64_C(0x0101010101010101)
#define LOWS UINT64_C(0x7f7f7f7f7f7f7f7f)

/* A bit for each byte of x, the first one lowest: is it zero? */
static unsigned zeros(uint64_t x)
{
	uint64_t high = ~(((x & LOWS) + LOWS) | x | LOWS) >> 7;

	return (unsigned)(high * UINT64_C(0x0102040810204080) >> 56);
}

static unsigned equal(uint64_t x, char c)
{
	return zeros(x ^ ONES * (unsigned char)c);
}

/* Which of eight bytes of JSON stand outside strings. */
struct eight {
	uint64_t x;
	unsigned outside; /* quotes may count on either side */
	bool in_string;   /* behind them */
};

/* False: an escape among them, or fewer are left. */
static bool eight_at(str text, size_t at, bool in_string, struct eight *ret)
{
	uint64_t x;
	unsigned quotes, inside;

	if (text.n - at < 8)
		return false;
	memcpy(&x, text.p + at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	if (equal(x, '\\'))
		return false;
	quotes = equal(x, '"');
	inside = quotes ^ quotes << 1;
	inside ^= inside << 2;
	inside ^= inside << 4;
	inside = (in_string ? ~inside : inside) & 0xff;
	*ret = (struct eight){x, ~inside & 0xff, inside >> 7};
	return true;
}

/* Steps over eight bytes that cannot end the value. */
static bool step_eight(str text, size_t *at, size_t *depth, bool *in_string)
{
	struct eight e;
	unsigned opens, closes;

	if (!eight_at(text, *at, *in_string, &e))
		return false;
	/* '[' and '{', ']' and '}' differ in one bit */
	e.x |= ONES * 0x20;
	opens = equal(e.x, '{') & e.outside;
	closes = equal(e.x, '}') & e.outside;
	if (opens | closes) { /* seldom: counting bits is a call */
		if ((size_t)__builtin_popcount(closes) >= *depth)
			return false;
		*depth += (size_t)__builtin_popcount(opens);
		*depth -= (size_t)__builtin_popcount(closes);
	}
	*at += 8;
	*in_string = e.in_string;
	return true;
}

size_t value_end(struct reading *r, str text, size_t at)
{
	size_t depth = 0;
	bool in_string = false;

	at = skip_blank(text, at);
	while (at < text.n) {
		char c = text.p[at];

		if (r)
			reading_passed(r, at);
		if (depth && step_eight(text, &at, &depth, &in_string))
			continue;
		if (in_string || c == '"') {
			at = string_end(text, in_string ? at - 1 : at);
			in_string = false;
			if (at == 0 || depth == 0)
				return at;
			continue;
		}
		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			return at;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return 0;
}

void reading_cursor(struct json_cursor *c, str text)
{
	struct json_limits limits = {.depth = ELEMENT_DEPTH, .nodes = 1000000, .bytes = SIZE_MAX};

	json_cursor_init(c, text, &limits);
}

/* Puts the cursor behind the value in [at, end), as if it had been read. */
static bool cursor_resume(struct json_cursor *c, const struct json_cursor *before, size_t at,
			  size_t end)
{
	if (end <= at)
		return false;
	*c = *before;
	c->at = end;
	return true;
}

/* Bytes of the value at `at` when the cursor, behind it, may have passed white space at the end of
 * the text. */
static size_t value_length(str text, size_t at, size_t end)
{
	while (end > at && (unsigned char)text.p[end - 1] <= ' ')
		end--;
	return end - at;
}

enum json_step reading_value(struct reading *r, struct json_cursor *c, struct json *ret,
			     str *ret_raw, size_t *ret_at)
{
	struct json_cursor before = *c;
	size_t at = skip_blank(c->text, c->at);
	str whole = c->text;
	const char *reason = "too many values in one element";
	bool got;

	arena_reset(&r->scratch);
	if (c->err)
		return STEP_END;
	/* Looks no further than an element may reach, so that no tree outgrows the limit. */
	c->text =
	    str_slice(whole, 0, at > SIZE_MAX - ELEMENT_BYTES ? SIZE_MAX : at + ELEMENT_BYTES);
	got = json_cursor_value(c, &r->scratch, ret);
	c->text = whole;
	if (got && !arena_over(&r->scratch)) {
		*ret_raw = str_slice(whole, at, value_length(whole, at, c->at));
		*ret_at = at;
		return STEP_OK;
	}
	size_t end = value_end(r, whole, at);

	if (end - at > ELEMENT_BYTES && end)
		reason = "larger than 1 MiB";
	else if (!got)
		reason = c->why.text[0] ? c->why.text : "not JSON";
	reading_refuse(r, at, reason);
	if (cursor_resume(c, &before, at, end))
		return STEP_SKIPPED;
	r->fault_told = true;
	return STEP_END;
}

void reading_fault(struct reading *r, const struct json_cursor *c)
{
	if (r->stop || r->fault_told)
		return;
	r->fault_told = true;
	r->path[0] = 0;
	reading_refuse(r, c->at, c->why.text[0] ? c->why.text : "the text is cut off");
}

bool reading_recover(struct reading *r, struct json_cursor *c, const struct json_cursor *before,
		     const char *path)
{
	if (r->stop || r->fault_told || !c->err)
		return false;
	size_t at = skip_blank(before->text, before->at), end = value_end(r, before->text, at);

	if (end <= at)
		return false;
	reading_path_is(r, path);
	reading_refuse(r, c->at, c->why.text[0] ? c->why.text : "not JSON");
	return cursor_resume(c, before, at, end);
}

/* Copies eight bytes without white space between tokens. */
static bool copy_eight(char *to, str raw, size_t at, bool *in_string)
{
	struct eight e;

	if (!eight_at(raw, at, *in_string, &e))
		return false;
	/* what is not above ' ': its upper three bits are none, or it is the blank */
	if ((zeros(e.x & ONES * 0xe0) | equal(e.x, ' ')) & e.outside)
		return false;
	memcpy(to, raw.p + at, 8);
	*in_string = e.in_string;
	return true;
}

void json_squeeze(struct buf *out, str raw)
{
	char *to = buf_room(out, raw.n);
	size_t at = 0, n = 0;
	bool in_string = false;

	while (at < raw.n) {
		size_t end = at + 1;

		if (copy_eight(to + n, raw, at, &in_string)) {
			end = at + 8;
		} else if (in_string || raw.p[at] == '"') {
			end = string_end(raw, in_string ? at - 1 : at);
			if (end == 0 || end > raw.n)
				end = raw.n;
			in_string = false;
			memcpy(to + n, raw.p + at, end - at);
		} else if ((unsigned char)raw.p[at] > ' ') {
			to[n] = raw.p[at];
		} else {
			at = end;
			continue;
		}
		n += end - at;
		at = end;
	}
	buf_added(out, n);
}

int64_t seconds_us(const struct json *v)
{
	int64_t s = 0, us = 0;
	str t = json_str(v);

	if (t.n) {
		if (str_i64(t, &s) == ERR_OK)
			return s > 0 && s < INT64_C(253402300800) ? s * US_PER_S : 0;
		return time_parse(t, &us) == ERR_OK ? us : 0;
	}
	if (json_i64(v, &s) != ERR_OK)
		return 0;
	return s > 0 && s < INT64_C(253402300800) ? s * US_PER_S : 0;
}
