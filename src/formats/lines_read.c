// SPDX-License-Identifier: Apache-2.0
/* JSON lines: a document a line, each read by itself, so that a broken line costs that line only.
 * Positions and parents are those of the whole text. */
#include "formats/formats_internal.h"

#include <stdio.h>

#define FIRST_LINE_BYTES ((size_t)16 << 20)

struct lines {
	const struct format_sink *sink;
	size_t base; /* where the line begins */
	size_t number;
	int64_t before; /* elements of earlier lines */
	int64_t emitted, refused;
	char path[320];
};

bool json_lines_detect(str text)
{
	size_t at = skip_blank(text, 0);
	ptrdiff_t line = str_find_char(str_slice(text, at, FIRST_LINE_BYTES), '\n');

	if (line <= 0 || (text.p[at] != '{' && text.p[at] != '['))
		return false;
	size_t end = at + (size_t)line, next = skip_blank(text, end);

	return value_end(NULL, str_slice(text, 0, end), at) && next < text.n &&
	       (text.p[next] == '{' || text.p[next] == '[');
}

static str line_path(struct lines *l, str path)
{
	(void)snprintf(l->path, sizeof(l->path), "line %zu%s%.*s", l->number, path.n ? ": " : "",
		       STR_ARG(path));
	return str_c(l->path);
}

static enum err on_element(void *ctx, const struct format_element *e, struct why *why)
{
	struct lines *l = ctx;
	struct format_element moved = *e;

	moved.at += l->base;
	moved.path = line_path(l, e->path);
	if (moved.parent >= 0)
		moved.parent += l->before;
	l->emitted++;
	return l->sink->element(l->sink->ctx, &moved, why);
}

static void on_rejected(void *ctx, size_t at, str path, const char *reason)
{
	struct lines *l = ctx;

	l->refused++;
	if (l->sink->rejected)
		l->sink->rejected(l->sink->ctx, l->base + at, line_path(l, path), reason);
}

static void on_loss(void *ctx, const char *what, int64_t count)
{
	struct lines *l = ctx;

	if (l->sink->loss)
		l->sink->loss(l->sink->ctx, what, count);
}

static void on_passed(void *ctx, size_t at)
{
	struct lines *l = ctx;

	if (l->sink->passed)
		l->sink->passed(l->sink->ctx, l->base + at);
}

enum err json_lines_read(format_reader *read, const struct catalog *c, str text,
			 const struct format_sink *sink, struct why *why)
{
	struct lines l = {.sink = sink};
	const struct format_sink mine = {&l, on_element, on_rejected, on_loss, on_passed};
	str rest = text, line;

	while (str_split(&rest, '\n', &line)) {
		struct why reason = {0};
		int64_t told = l.refused;

		l.number++;
		l.base = (size_t)(line.p - text.p);
		l.before = l.emitted;
		if (!str_trim(line).n)
			continue;
		enum err err = read(c, line, &mine, &reason);

		if (err && err != ERR_INVALID) {
			*why = reason;
			return err;
		}
		if (err && l.refused == told)
			on_rejected(&l, 0, STR(""), reason.text);
	}
	return l.emitted ? ERR_OK
			 : why_set(why, ERR_INVALID, "nothing usable was found in these lines");
}

enum err json_refuse(str text, const struct format_sink *sink, struct why *why)
{
	struct json_cursor c;

	reading_cursor(&c, text);
	if (json_cursor_skip(&c))
		return why_set(why, ERR_INVALID,
			       "JSON, but neither STIX nor MISP: to search it for values, name "
			       "--format text");
	if (sink->rejected)
		sink->rejected(sink->ctx, c.at, STR(""), c.why.text);
	return why_set(why, ERR_INVALID, "not JSON: %s", c.why.text);
}
