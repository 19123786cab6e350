// SPDX-License-Identifier: Apache-2.0
/* extract_internal: the scan that extract.c and extract_word.c share. One per call. */
#ifndef INTEL_EXTRACT_INTERNAL_H
#define INTEL_EXTRACT_INTERNAL_H

#include "base/map.h"
#include "base/vec.h"
#include "intel/extract.h"
#include "intel/value_internal.h"

struct scan {
	struct arena *arena;
	str text; /* clean */
	struct refanged map;
	VEC(struct extracted) found;
	struct map seen;
	size_t limit;
	bool with_hosts, more;
	size_t colons_until; /* up to here a chain of colons was looked at in vain */
};

/* A run of letters, digits, '.', '-', '_' at [at, at+n), and what the scan saw in it. */
struct word {
	size_t at, n;
	size_t dots, hyphens, digits;
	bool all_hex; /* but for dots and hyphens */
	bool wide;    /* letters outside ASCII */
};

/* Byte of the clean text, 0 beyond its ends. */
static inline char byte_at(const struct scan *s, size_t i)
{
	return i < s->text.n ? s->text.p[i] : '\0';
}
static inline char byte_before(const struct scan *s, size_t i)
{
	return i > 0 ? s->text.p[i - 1] : '\0';
}

/* Adds a value found at [at, end) of the clean text unless it is known already; canonical lives in
 * the arena or in the caller's text. */
void scan_add(struct scan *s, enum value_kind k, str canonical, size_t at, size_t end);
/* Was something disguised undone in [at, end)? */
bool scan_defanged(const struct scan *s, size_t at, size_t end);
/* Length of the letter outside ASCII at p that names may hold (Latin, Greek, Cyrillic), else 0. */
size_t wide_letter(str rest);
/* The run at `at`. */
struct word scan_word(const struct scan *s, size_t at);
/* Adds what the run is, if anything; returns where the scan goes on (the run's end or later). */
size_t scan_classify(struct scan *s, struct word w);

#endif
