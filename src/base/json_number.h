// SPDX-License-Identifier: Apache-2.0
/* json_number: what the text of a JSON number means, exactly: as a decimal
 * (digits times a power of ten) and as an IEEE double. Texts come from the
 * parser and follow its grammar. Needs the C locale's decimal point, which a
 * program has that never calls setlocale. Internal to base. */
#ifndef BASE_JSON_NUMBER_H
#define BASE_JSON_NUMBER_H

#include "base/buf.h"

/* The same decimal value: 1.0 = 1 = 10e-1, and -0 = 0. */
bool json_number_eq(str a, str b);
/* ERR_LIMIT when it rounds to infinity. */
MUST_CHECK enum err json_number_double(str text, double *ret);
/* A whole number in range, also as "1.0" or "1e3"; ERR_INVALID else. */
MUST_CHECK enum err json_number_i64(str text, int64_t *ret);
/* ECMAScript's Number::toString, as RFC 8785 3.2.2.3 has it. d is finite. */
void json_number_es6(struct buf *out, double d);
/* RFC 8785's form of text, if a double carries it: a whole number exactly as
 * written, any other with at most 17 digits and neither infinite nor lost in 0. */
MUST_CHECK enum err json_number_canonical(struct buf *out, str text);

#endif
