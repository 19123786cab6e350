// SPDX-License-Identifier: Apache-2.0
/* charset: texts that are not UTF-8, as Japanese and Windows machines still write them. Pure
 * functions; any thread. */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include "base/buf.h"

/* What the text is written in when it is not UTF-8: "UTF-16LE" and "UTF-16BE" by their mark,
 * "CP932" (Shift_JIS) or "EUC-JP" where all of it decodes as such. NULL: UTF-8, or not known. */
const char *charset_guess(str text);
/* The text as UTF-8. False where a byte of it fits the charset not. */
bool charset_utf8(str text, const char *charset, struct buf *out);

#endif
