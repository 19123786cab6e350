// SPDX-License-Identifier: Apache-2.0
/* form: the small grammars that come with HTTP: query strings and urlencoded forms (WHATWG
 * URL 5.1), cookies (RFC 6265 4.2.1), request targets (RFC 9112 3.2), Content-Disposition
 * parameters and multipart/form-data (RFC 7578). Pure functions over borrowed bytes; results live
 * in the arena or are slices of the input. */
#ifndef NET_FORM_H
#define NET_FORM_H

#include "net/http.h"

/* Decoded name and value of each parameter in order; "a&b=" gives two empty values. ERR_INVALID on
 * a bad escape, on NUL and on malformed UTF-8; ERR_LIMIT beyond max. */
MUST_CHECK enum err query_parse(struct arena *a, str query, size_t max, str (**ret)[2],
				size_t *ret_n, struct why *why);

/* Decoded path of a request target ("/a%20b", "http://host/a", "*"). Refuses bad escapes, escaped
 * slashes and NUL, control characters, backslashes, malformed UTF-8 and dot segments. *ret_query is
 * raw. */
MUST_CHECK enum err target_parse(struct arena *a, str target, str *ret_path, str *ret_query);

/* The first cookie of that name in one Cookie field; a quoted value without its quotes. */
bool cookie_find(str field, str name, str *ret);

/* A parameter of a field value such as `form-data; name="a"`: quoted strings are unescaped into a.
 */
bool field_param(struct arena *a, str field, str name, str *ret);

/* A whole body by its Content-Type: multipart/form-data or application/x-www-form-urlencoded. Part
 * names and file names decoded, data sliced. ERR_INVALID, ERR_LIMIT beyond max parts. */
MUST_CHECK enum err form_parse(struct arena *a, str content_type, str body, size_t max,
			       struct form_part **ret, size_t *ret_n, struct why *why);

/* RFC 9110 5.6.2 token, not empty. */
bool token_valid(str s);

#endif
