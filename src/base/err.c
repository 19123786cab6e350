// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef why_set /* analyser's, see err.h */
#undef why_field

/* One row per enum err, in its order. */
static const struct {
	const char *name;
	int http_status;
} rows[ERR_COUNT] = {
    [ERR_OK] = {"ok", 200},
    [ERR_INVALID] = {"invalid", 400},
    [ERR_UNPROCESSABLE] = {"unprocessable", 422},
    [ERR_LIMIT] = {"limit", 413},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", 401},
    [ERR_DENIED] = {"denied", 403},
    [ERR_NOTFOUND] = {"notfound", 404},
    [ERR_CONFLICT] = {"conflict", 409},
    [ERR_STALE] = {"stale", 412},
    [ERR_NEED_MATCH] = {"need_match", 428},
    [ERR_RATE] = {"rate", 429},
    [ERR_BUSY] = {"busy", 503},
    [ERR_FULL] = {"full", 507},
    [ERR_IO] = {"io", 500},
};

/* A cut must not leave half a character: drops an unfinished UTF-8 sequence
 * at the end of a full buffer. */
static void drop_half_char(char *text, size_t cap)
{
	size_t n = strlen(text), back = 0;

	if (n + 1 < cap)
		return;
	while (back < 4 && back < n && ((unsigned char)text[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == n || back == 4)
		return;

	unsigned char lead = (unsigned char)text[n - 1 - back];
	size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

	if (need > back)
		text[n - 1 - back] = '\0';
}

static void copy_cut(char *to, size_t cap, const char *from)
{
	size_t n = from ? strlen(from) : 0;

	if (n >= cap)
		n = cap - 1;
	if (n)
		memcpy(to, from, n);
	to[n] = '\0';
	drop_half_char(to, cap);
}

enum err why_set(struct why *why, enum err err, const char *fmt, ...)
{
	va_list ap;

	if (!why || why->text[0])
		return err;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	drop_half_char(why->text, sizeof(why->text));
	return err;
}

enum err why_field(struct why *why, enum err err, const char *code, const char *field,
		   const char *en, const char *ja)
{
	if (!why || why->text[0])
		return err;
	copy_cut(why->text, sizeof(why->text), en);
	copy_cut(why->text_ja, sizeof(why->text_ja), ja);
	copy_cut(why->code, sizeof(why->code), code);
	copy_cut(why->field, sizeof(why->field), field);
	return err;
}

const char *err_name(enum err err)
{
	assert((unsigned)err < ERR_COUNT);
	return rows[err].name;
}

int err_http_status(enum err err)
{
	assert((unsigned)err < ERR_COUNT);
	return rows[err].http_status;
}
