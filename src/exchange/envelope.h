// SPDX-License-Identifier: Apache-2.0
/* envelope: what nodes of a link send each other, read one object at a time: each as a value and as
 * the text it came in, so that what is kept need not be written anew. Pure; everything lives in the
 * caller's arena or points into the body, which must outlive it. */
#ifndef EXCHANGE_ENVELOPE_H
#define EXCHANGE_ENVELOPE_H

#include "base/json.h"

#define ENVELOPE_MOST 4096 /* objects, signatures among them */

struct arrived {
	struct json object;
	str text;
};
struct envelope {
	const struct arrived *objects;
	size_t n;
	struct json rest; /* the other members; also of an answer that is no envelope */
};
/* ERR_INVALID: no JSON object, or "objects" is no array or there twice. ERR_LIMIT: too many. */
MUST_CHECK enum err envelope_read(struct arena *a, str body, struct envelope *ret, struct why *why);
/* The same of values that never were a text of their own. */
const struct arrived *envelope_of(struct arena *a, const struct json *objects, size_t n);

#endif
