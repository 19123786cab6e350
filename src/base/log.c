// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#define VALUE_MAX 4096 /* bytes of one value; longer ones are cut and marked */

static _Atomic int sink_fd = STDERR_FILENO;
static _Atomic int sink_least = LOG_INFO;

void log_to(int fd, enum log_level least)
{
	atomic_store(&sink_fd, fd);
	atomic_store(&sink_least, (int)least);
}

static bool needs_quotes(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return true;
	}
	return s.n == 0;
}

/* One escaped character of a quoted value; returns bytes used. What could
 * forge a line or move a terminal's cursor is written as an escape. */
static size_t add_quoted_char(struct buf *line, str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (p[0] == '"' || p[0] == '\\') {
		buf_add_char(line, '\\');
		buf_add_char(line, s.p[0]);
	} else if (p[0] == '\n') {
		buf_add(line, STR("\\n"));
	} else if (p[0] < 0x20 || p[0] == 0x7f) {
		buf_printf(line, "\\x%02x", p[0]);
	} else if (p[0] < 0x80) {
		buf_add_char(line, s.p[0]);
	} else {
		size_t n = utf8_length(p, p + s.n);
		bool c1 = p[0] == 0xc2 && n == 2 && p[1] < 0xa0;

		if (n == 0 || c1) {
			buf_printf(line, "\\x%02x", p[0]);
			return 1;
		}
		buf_add(line, str_slice(s, 0, n));
		return n;
	}
	return 1;
}

static void add_pair(struct buf *line, const char *key, str value)
{
	bool cut = value.n > VALUE_MAX;

	value = str_slice(value, 0, VALUE_MAX);
	buf_add_char(line, ' ');
	buf_add(line, str_c(key));
	buf_add_char(line, '=');
	if (!cut && !needs_quotes(value)) {
		buf_add(line, value);
		return;
	}
	buf_add_char(line, '"');
	while (value.n)
		value = str_from(value, add_quoted_char(line, value));
	buf_add(line, cut ? STR("...\"") : STR("\""));
}

static bool wanted(enum log_level level)
{
	return (int)level >= atomic_load(&sink_least);
}

static void line_start(struct buf *line, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char now[TIME_TEXT];

	assert((unsigned)level < ARRAY_LEN(names));
	time_text(clock_now_us(), now);
	buf_add(line, STR("time="));
	buf_add_bytes(line, now, sizeof(now));
	add_pair(line, "level", str_c(names[level]));
	add_pair(line, "event", str_c(event));
}

/* One write: lines of several threads do not mix. A sink that fails has
 * nobody to be told. */
static void line_end(struct buf *line)
{
	int keep = errno;
	ssize_t rc;

	buf_add_char(line, '\n');
	do {
		rc = write(atomic_load(&sink_fd), line->p, line->n);
	} while (rc < 0 && errno == EINTR);
	errno = keep;
}

struct args {
	va_list ap; /* in a struct, so that a callee can advance it */
};

/* Consumes the arguments of the conversions in fmt: after vprintf has used a
 * copy, the caller's list stands before them still. */
static void skip_args(struct args *args, const char *fmt)
{
	for (const char *p = fmt; *p; p++) {
		unsigned longs = 0;

		if (*p != '%' || *++p == '%')
			continue;
		for (; *p && strchr("-+ #0123456789.*hlzjt", *p); p++) {
			if (*p == '*')
				(void)va_arg(args->ap, int);
			longs += *p == 'l' || *p == 'z' || *p == 'j' || *p == 't';
		}
		if (*p == 's' || *p == 'p')
			(void)va_arg(args->ap, void *);
		else if (*p && strchr("fFeEgGaA", *p))
			(void)va_arg(args->ap, double);
		else if (*p && strchr("diouxXc", *p) && longs)
			(void)va_arg(args->ap, long long);
		else if (*p && strchr("diouxXc", *p))
			(void)va_arg(args->ap, int);
		else
			assert(false && "log_event: a conversion it does not know");
	}
}

static void format(struct buf *out, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	assert(fmt);
	va_copy(again, ap);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = vsnprintf(buf_room(out, VALUE_MAX), VALUE_MAX, fmt, ap);
	if (n >= VALUE_MAX)
		n = vsnprintf(buf_room(out, (size_t)n + 1), (size_t)n + 1, fmt, again);
#pragma GCC diagnostic pop
	va_end(again);
	buf_added(out, n < 0 ? 0 : (size_t)n);
}

void log_event(enum log_level level, const char *event, ...)
{
	BUF(line);
	BUF(value);
	struct args args;

	if (!wanted(level))
		return;
	line_start(&line, level, event);
	va_start(args.ap, event);
	for (const char *key; (key = va_arg(args.ap, const char *)) != NULL;) {
		const char *fmt = va_arg(args.ap, const char *);
		va_list copy;

		buf_clear(&value);
		va_copy(copy, args.ap);
		format(&value, fmt, copy);
		va_end(copy);
		skip_args(&args, fmt);
		add_pair(&line, key, buf_str(&value));
	}
	va_end(args.ap);
	line_end(&line);
}

void log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
	BUF(line);
	BUF(value);
	va_list ap;

	if (!wanted(level))
		return;
	line_start(&line, level, event);
	va_start(ap, fmt);
	format(&value, fmt, ap);
	va_end(ap);
	add_pair(&line, "msg", buf_str(&value));
	line_end(&line);
}
