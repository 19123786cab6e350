// SPDX-License-Identifier: Apache-2.0
/* wellknown: values that say nothing about anybody: private, loopback, documentation-free
 * special ranges (RFC 6890), public resolvers, very common domains, hashes of the empty file. Built
 * in from catalog/lists/wellknown.json; MISP warninglists (files with type, list,
 * matching_attributes) below a directory are added. Read-only after loading. Documentation ranges
 * (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, .example) are NOT well known here:
 * demos and exercises use them as if they were real. */
#ifndef INTEL_WELLKNOWN_H
#define INTEL_WELLKNOWN_H

#include "base/json.h"
#include "intel/value.h"

struct wellknown;
/* builtin: the parsed catalog/lists/wellknown.json. dir: nullable. A broken list file is skipped
 * and counted. */
MUST_CHECK enum err wellknown_load(const struct json *builtin, const char *dir,
				   struct wellknown **ret, size_t *ret_skipped, struct why *why);
void wellknown_free(struct wellknown *w);
/* Names of the lists a value is on (static for the life of w), at most cap; returns how many. */
size_t wellknown_lists(const struct wellknown *w, enum value_kind k, str canonical, str *ret,
		       size_t cap);
/* On a list that stands for "false positive": concerns nobody. */
bool wellknown_is(const struct wellknown *w, enum value_kind k, str canonical);

#endif
