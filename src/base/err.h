// SPDX-License-Identifier: Apache-2.0
/* err: why an operation failed, in as few words as a caller can act on.
 * The HTTP status, the exit status and the log level are all chosen from
 * this one list; see err_http_status(). `struct why` carries the sentence a
 * person reads: lower case, what failed first, the subject in single quotes,
 * no full stop. Both are values; no thread owns them. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
	ERR_OK = 0,
	ERR_INVALID,         /* the input breaks its format: 400, never retried */
	ERR_UNPROCESSABLE,   /* well formed, but breaks a rule of the catalogue: 422 */
	ERR_LIMIT,           /* well formed, but larger than we allow: 413 */
	ERR_UNAUTHENTICATED, /* nobody signed in: 401 */
	ERR_DENIED,          /* 403; says nothing about whether the thing exists */
	ERR_NOTFOUND,        /* 404 */
	ERR_CONFLICT,        /* not allowed from the present state: 409 */
	ERR_STALE,           /* somebody else changed it first: 412 */
	ERR_NEED_MATCH,      /* a change without If-Match: 428 */
	ERR_RATE,            /* too many requests: 429 */
	ERR_BUSY,            /* 503, worth retrying */
	ERR_FULL,            /* no room on the disk: 507 */
	ERR_IO,              /* disk, network or database failed us: 500 */
	ERR_COUNT
};

/* One sentence and, where it helps a client, a stable code and the field it
 * is about. Zero-initialise; the first writer wins, so that the innermost
 * cause stays. Texts longer than the buffers are cut. */
struct why {
	char text[512];    /* English, for logs and the command line */
	char text_ja[512]; /* the same in Japanese, or empty */
	char code[48];     /* stable, e.g. "required", "unknown_field"; or empty */
	char field[160];   /* JSON pointer of the offending member, or empty */
};

/* Fills *why (nullable) unless it is already filled and returns err, so that
 * a failure is one line: return why_set(why, ERR_INVALID, "bad id '%s'", s); */
MUST_CHECK enum err why_set(struct why *why, enum err err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As why_set, with both languages, a code and a JSON pointer (each nullable). */
MUST_CHECK enum err why_field(struct why *why, enum err err, const char *code, const char *field,
			      const char *en, const char *ja);
#ifdef __clang_analyzer__ /* which does not look into err.c: both return the err they are given */
#define why_set(why, err, ...) ((void)!why_set(why, err, __VA_ARGS__), (err))
#define why_field(why, err, ...) ((void)!why_field(why, err, __VA_ARGS__), (err))
#endif

/* Name for logs ("invalid", "stale"...), HTTP status (RFC 9110), exit status
 * of a command (0, 1, or 2 for wrong usage is decided by main). */
const char *err_name(enum err err);
int err_http_status(enum err err);

#endif
