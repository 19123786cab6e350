// SPDX-License-Identifier: Apache-2.0
/* json: RFC 8259 reader, cursor and writer, and the RFC 8785 canonical form.
 * A value is a small struct in an arena; strings are slices of the input
 * unless they hold an escape, so the input must outlive the tree. Numbers
 * stay text and are therefore exact. Malformed UTF-8, unpaired surrogates,
 * duplicate keys, trailing bytes and anything beyond the limits are refused. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_member;
struct json {
	uint32_t type; /* enum json_type */
	uint32_t n;    /* bytes of text, elements, or members */
	union {
		const char *text;            /* JSON_NUMBER, JSON_STRING: n bytes */
		struct json *items;          /* JSON_ARRAY */
		struct json_member *members; /* JSON_OBJECT, in input order */
	};
};
struct json_member {
	str key;
	struct json value;
};

/* 0 in a field means its default; depth is cut to 1024, bytes to 4 GiB. */
struct json_limits {
	size_t depth; /* nesting, default 64 */
	size_t nodes; /* values in all */
	size_t bytes; /* input */
};
extern const struct json_limits json_limits_default; /* 64, 1,000,000, 64 MiB */

/* Parses one document. On failure *why says what and at which byte
 * ("unexpected 'x' at byte 17"). ERR_INVALID or ERR_LIMIT. limits NULL: default. */
MUST_CHECK enum err json_parse(struct arena *a, str text, const struct json_limits *limits,
			       struct json *ret, struct why *why);

/* Look-ups never fail: an absent thing is NULL, a wrong type gives the
 * fallback. v may be NULL everywhere. */
const struct json *json_get(const struct json *v, str key);
const struct json *json_get_c(const struct json *v, const char *key);
/* Nested: json_path(v, "what", "indicators", NULL). */
const struct json *json_path(const struct json *v, ...) __attribute__((sentinel));
bool json_is(const struct json *v, enum json_type t);
str json_str(const struct json *v); /* empty unless a string */
str json_get_str(const struct json *v, const char *key);
bool json_bool(const struct json *v, bool fallback); /* true/false values */
bool json_get_bool(const struct json *v, const char *key, bool fallback);
/* Whole numbers in range only (also "1.0" and "1e3"). */
MUST_CHECK enum err json_i64(const struct json *v, int64_t *ret);
int64_t json_get_i64(const struct json *v, const char *key, int64_t fallback);
MUST_CHECK enum err json_double(const struct json *v, double *ret);
/* Array element / count; count 0 unless array or object. */
const struct json *json_at(const struct json *v, size_t i);
size_t json_count(const struct json *v);
bool json_eq(const struct json *a,
	     const struct json *b); /* numbers by canonical value, members in any order */

/* Building trees in an arena (texts are not copied). Arrays and objects that
 * grow must come from here or from json_parse: room to grow is kept in front of
 * the elements. A copy of the struct shares them: json_set on a name it has and
 * json_del are seen by both, appending is not. json_set seeks the name first;
 * for objects of thousands of members write text with json_out instead. */
struct json json_string(str s);
struct json json_from_bool(bool b);
struct json json_from_i64(struct arena *a, int64_t v);
struct json json_null(void);
struct json json_object(void);
struct json json_array(void);
/* Sets (replacing) or appends a member; arrays append. Grows in the arena. */
void json_set(struct arena *a, struct json *obj, str key, struct json value);
void json_del(struct json *obj, str key);
void json_add(struct arena *a, struct json *arr, struct json value);
/* Deep copy, all texts included. */
struct json json_copy(struct arena *a, const struct json *v);
/* RFC 7396 merge patch: the result shares nodes with both. */
struct json json_merge(struct arena *a, const struct json *target, const struct json *patch);

/* Writer: compact text of a tree. */
void json_write(struct buf *out, const struct json *v);
void json_write_str(struct buf *out, str s); /* quoted and escaped */
/* RFC 8785: sorted by UTF-16 code units, ES6 numbers. ERR_INVALID where a number is
 * not exactly an IEEE double (formats.md: what JCS cannot carry exactly is not signed):
 * a whole number that would be written with another value, one that becomes infinite or
 * loses itself in 0, a fraction of more than 17 digits; also malformed UTF-8 and
 * duplicate names in trees made by hand. */
MUST_CHECK enum err json_canonical(struct arena *a, struct buf *out, const struct json *v);

/* Stream writer for text that is made in pieces: commas and nesting are kept right.
 *   struct json_out o; json_out_init(&o, buf); jo_object(&o); jo_key(&o, "id"); jo_str(&o, id);
 *   jo_end(&o); Depth up to 64. */
struct json_out {
	struct buf *out;
	uint64_t is_object, has_item; /* a bit per depth */
	unsigned depth;
	bool after_key;
};
void json_out_init(struct json_out *o, struct buf *out);
void jo_object(struct json_out *o);
void jo_array(struct json_out *o);
void jo_end(struct json_out *o);
void jo_key(struct json_out *o, const char *key);
void jo_key_str(struct json_out *o, str key);
void jo_str(struct json_out *o, str s);
void jo_c(struct json_out *o, const char *s); /* NULL writes null */
void jo_i64(struct json_out *o, int64_t v);
void jo_bool(struct json_out *o, bool v);
void jo_null(struct json_out *o);
void jo_time(struct json_out *o, int64_t us); /* RFC 3339 µs; TIME_NONE writes null */
void jo_json(struct json_out *o, const struct json *v);
void jo_raw(struct json_out *o, str text); /* already JSON */
/* key and value in one call */
void jo_kstr(struct json_out *o, const char *key, str s);
void jo_kc(struct json_out *o, const char *key, const char *s);
void jo_ki64(struct json_out *o, const char *key, int64_t v);
void jo_kbool(struct json_out *o, const char *key, bool v);
void jo_ktime(struct json_out *o, const char *key, int64_t us);

/* Cursor: walks a document that is larger than memory wants to be (an mmapped
 * file). It yields one value at a time into a caller's arena, which may be
 * reset between values; memory is bounded by the largest value. So it cannot
 * remember the keys of what it walks: duplicates are refused only inside values
 * that json_cursor_value builds. limits.nodes counts per value built.
 *   json_cursor_init(&c, text, NULL);
 *   json_cursor_enter_object(&c)  then json_cursor_key(&c, &key) until false,
 *   for each key: json_cursor_value(&c, arena, &v), json_cursor_skip(&c),
 *   or json_cursor_enter_array(&c) / _enter_object(&c) and so on. */
struct json_cursor {
	str text;
	size_t at; /* byte offset of what comes next */
	struct json_limits limits;
	unsigned depth;
	uint64_t is_object[2], has_item[2];
	enum err err; /* sticky */
	struct why why;
};
void json_cursor_init(struct json_cursor *c, str text, const struct json_limits *limits);
/* Type of the next value without consuming it; JSON_NULL on error too (see err). */
enum json_type json_cursor_peek(struct json_cursor *c);
bool json_cursor_enter_object(struct json_cursor *c);
bool json_cursor_enter_array(struct json_cursor *c);
/* Next key of the entered object (unescaped into a); false at its end (left) or on error. */
bool json_cursor_key(struct json_cursor *c, struct arena *a, str *key);
/* True while the entered array has another element; false at its end (left) or on error. */
bool json_cursor_item(struct json_cursor *c);
/* Parses the next value into a. On a syntax error inside, err is set. */
bool json_cursor_value(struct json_cursor *c, struct arena *a, struct json *ret);
/* The raw text of the next value, checked for syntax. */
bool json_cursor_raw(struct json_cursor *c, str *ret);
bool json_cursor_skip(struct json_cursor *c);

#endif
