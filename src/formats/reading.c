// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* An element of 1 MiB of "[[],[],..." makes a tree many times its size. */
#define SCRATCH_BYTES ((size_t)64 << 20)

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
	e->path = str_c(r->path);
	r->stop = r->sink->element(r->sink->ctx, e, r->why);
	if (r->stop)
		return false;
	if (ret_index)
		*ret_index = r->emitted;
	r->emitted++;
	return true;
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

size_t value_end(str text, size_t at)
{
	size_t depth = 0;

	at = skip_blank(text, at);
	while (at < text.n) {
		char c = text.p[at];

		if (c == '"') {
			at = string_end(text, at);
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
	size_t end = value_end(whole, at);

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
	size_t at = skip_blank(before->text, before->at), end = value_end(before->text, at);

	if (end <= at)
		return false;
	reading_path(r, "%s", path);
	reading_refuse(r, c->at, c->why.text[0] ? c->why.text : "not JSON");
	return cursor_resume(c, before, at, end);
}

void json_squeeze(struct buf *out, str raw)
{
	size_t at = 0;

	while (at < raw.n) {
		size_t from = at;

		while (at < raw.n && raw.p[at] != '"' && (unsigned char)raw.p[at] > ' ')
			at++;
		if (at < raw.n && raw.p[at] == '"') {
			at = string_end(raw, at);
			if (at == 0 || at > raw.n)
				at = raw.n;
		}
		buf_add_bytes(out, raw.p + from, at - from);
		while (at < raw.n && (unsigned char)raw.p[at] <= ' ')
			at++;
	}
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
