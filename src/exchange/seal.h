// SPDX-License-Identifier: Apache-2.0
/* seal: x-hikeshi-sealed, in which an object and its signatures travel to one node, unreadable to
 * those between (docs/formats.md 3): for TLP:RED and circles whose hub is blind. Inside is JSON,
 * padded with blanks so that its size says little. Pure but for random bytes; any thread. */
#ifndef EXCHANGE_SEAL_H
#define EXCHANGE_SEAL_H

#include "base/id.h"
#include "base/json.h"
#include "exchange/age.h"

struct sealed {
	struct uuid id; /* fresh each time: the same object sealed again is another */
	int64_t created_us;
	struct uuid to; /* node */
	str age;        /* the age file, binary */
};
/* {"object","signatures":[...],"v":1} for a node. to: the age keys of the teams it is for, of that
 * node (key objects); created_us: as coarse as the sender likes. */
MUST_CHECK enum err seal_make(struct arena *a, const struct json *object,
			      const struct json *const *signatures, size_t n,
			      const struct age_recipient *to, size_t n_to, struct uuid node,
			      int64_t created_us, struct json *ret, struct why *why);
MUST_CHECK enum err seal_parse(struct arena *a, const struct json *v, struct sealed *ret,
			       struct why *why);
/* What is inside: object and signatures point into a. ERR_NOTFOUND: sealed to another key. */
MUST_CHECK enum err seal_open(struct arena *a, const struct sealed *s,
			      const struct age_identity *ids, size_t n_ids, struct json *ret_object,
			      const struct json **ret_signatures, struct why *why);
/* The padded size of n bytes: a multiple of 4 KiB, above 32 KiB one of four significant bits. */
size_t seal_padded(size_t n);

#endif
