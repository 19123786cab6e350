// SPDX-License-Identifier: Apache-2.0
/* extract: finds values in free text, Japanese text too (no blanks needed around them; full-width
 * forms and Japanese punctuation end or spell them), defanged or not. Linear time. */
#ifndef INTEL_EXTRACT_H
#define INTEL_EXTRACT_H

#include "intel/value.h"

struct extracted {
	enum value_kind kind;
	str canonical;
	size_t at, n; /* where in the text (bytes) */
	bool defanged;
};
/* At most limit distinct values in order of appearance; *ret_more tells that there were more. URLs
 * also give their host (with the same at/n) only where with_hosts is set. File names need a known
 * extension; bare words with a public suffix count as domains unless they look like file names
 * (report.zip, setup.py): those need to be defanged. */
MUST_CHECK enum err extract_values(struct arena *a, str text, bool with_hosts, size_t limit,
				   struct extracted **ret, size_t *ret_n, bool *ret_more);

/* Values in a STIX pattern: equality, IN and (for CIDR) ISSUBSET comparisons on known object paths
 * (STIX 2.1 part 9); 2.0 patterns too. ERR_INVALID on a syntax error with the position. */
struct pattern_value {
	enum value_kind kind;
	str canonical;
};
MUST_CHECK enum err pattern_values(struct arena *a, str pattern, struct pattern_value **ret,
				   size_t *ret_n, struct why *why);
/* The pattern for a value: [domain-name:value = '...'], escaped. Empty for kinds without one. */
str pattern_of(struct arena *a, enum value_kind k, str canonical);

#endif
