// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/codec.h"

bool charset_utf8(str text, const char *charset, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char *from = (char *)(uintptr_t)text.p; /* iconv reads it only */
	size_t left = text.n, rc = 0;
	char room[4096];

	if (cd == (iconv_t)-1)
		return false;
	bool mark = str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff"));

	if (mark && strncmp(charset, "UTF-16", 6) == 0) {
		from += 2;
		left -= 2;
	}
	while (left) {
		char *to = room;
		size_t space = sizeof(room);

		rc = iconv(cd, &from, &left, &to, &space);
		buf_add_bytes(out, room, sizeof(room) - space);
		if (rc == (size_t)-1 && errno != E2BIG)
			break;
	}
	(void)iconv_close(cd);
	return left == 0;
}

/* Kana and common characters of the two encodings overlap; a text is what all of it decodes as, and
 * where it could be both, what gives kana. */
static size_t kana(str utf8)
{
	size_t n = 0;

	for (size_t i = 0; i + 2 < utf8.n; i++)
		n += utf8.p[i] == '\xe3' && utf8.p[i + 1] >= '\x81' && utf8.p[i + 1] <= '\x83';
	return n;
}

const char *charset_guess(str text)
{
	static const char *const both[] = {"CP932", "EUC-JP"};
	const char *best = NULL;
	size_t most = 0;

	if (str_starts(text, STR("\xff\xfe")) && text.n % 2 == 0)
		return "UTF-16LE";
	if (str_starts(text, STR("\xfe\xff")) && text.n % 2 == 0)
		return "UTF-16BE";
	if (utf8_valid(text))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		BUF(out);

		if (!charset_utf8(text, both[i], &out))
			continue;
		size_t n = kana(buf_str(&out));

		if (!best || n > most) {
			best = both[i];
			most = n;
		}
	}
	return best;
}
