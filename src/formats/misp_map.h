// SPDX-License-Identifier: Apache-2.0
/* misp_map: the one table between MISP attribute types, kinds of values, and STIX object paths.
 * Read-only; any thread. */
#ifndef FORMATS_MISP_MAP_H
#define FORMATS_MISP_MAP_H

#include "base/arena.h"
#include "base/json.h"
#include "intel/value.h"

/* A path is "file:name"; "ip" stands for ipv4-addr:value or ipv6-addr:value, by the value. */
struct misp_type {
	str type;
	str category;          /* MISP's default */
	enum value_kind kind;  /* of the first part, VALUE_NONE: not a value we match */
	str path;              /* of the first part, empty: no STIX place */
	enum value_kind kind2; /* of the second part of "a|b" */
	str path2;
};
/* NULL for types without a row: they are kept, and have no STIX face of their own. */
const struct misp_type *misp_type_find(str type);
/* The type to write a value of this kind as; NULL when MISP has none. */
const struct misp_type *misp_type_for(enum value_kind k);
/* Well-formed as the name of a type (known or not): letters, digits, blank - | / _ . */
bool misp_type_fits(str type);
/* False for what MISP itself refuses: digests of the wrong length, "a|b" types without a bar. */
bool misp_value_fits(str type, str value);
/* The parts of a composite value: "name|md5"; one part for the others. Returns 1 or 2. */
size_t misp_value_parts(str type, str value, str ret[2]);

/* [a:b = 'x' AND …] of an attribute, in STIX 2.1 patterning; empty for types without a place. */
str misp_pattern(struct arena *a, str type, str value);
/* SCOs for an attribute's value, with deterministic ids (STIX 2.1 section 2.9), at most 3; 0 for
 * types without. */
size_t misp_observables(struct arena *a, str type, str value, struct json ret[3]);
/* The one SCO of a canonical value; false for kinds without. */
bool value_observable(struct arena *a, enum value_kind k, str value, struct json *ret);
/* 'text' as a STIX pattern literal. */
str pattern_quote(struct arena *a, str text);

#endif
