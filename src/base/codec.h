// SPDX-License-Identifier: Apache-2.0
/* codec: hex, base64 (RFC 4648), UTF-8 (RFC 3629) and percent coding. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include "base/buf.h"

void hex_encode(struct buf *out, const void *p, size_t n);                /* lower case */
void hex_write(char *to, const void *p, size_t n);                        /* 2n characters */
MUST_CHECK enum err hex_decode(str text, uint8_t *ret, size_t ret_bytes); /* exact length */
/* Lower case alone, faster; ret is spoilt where it fails. */
MUST_CHECK enum err hex_decode_lower(str text, uint8_t *ret, size_t ret_bytes);
void base64_encode(struct buf *out, const void *p, size_t n);    /* with padding */
void base64url_encode(struct buf *out, const void *p, size_t n); /* without padding */
/* Standard alphabet, padding required, no blanks; appends to out. */
MUST_CHECK enum err base64_decode(struct buf *out, str text);
MUST_CHECK enum err base64url_decode(struct buf *out, str text);

/* True if s is well-formed UTF-8 (no overlong forms, no surrogates). */
bool utf8_valid(str s);
/* Decodes one scalar at s.p; returns bytes used (1..4), or 0 when malformed or empty. */
size_t utf8_decode(str s, uint32_t *ret);
/* Appends the encoding of a scalar (U+FFFD for surrogates and > 10FFFF). */
void utf8_add(struct buf *out, uint32_t scalar);
/* Number of scalars; malformed bytes count one each. */
size_t utf8_count(str s);

/* Percent-decoding; '+' becomes a blank when form is true. ERR_INVALID on a bad escape. */
MUST_CHECK enum err percent_decode(struct buf *out, str text, bool form);
/* Encodes all but RFC 3986 unreserved characters. */
void percent_encode(struct buf *out, str text);

#endif
