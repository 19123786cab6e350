// SPDX-License-Identifier: Apache-2.0
/* intel: what a record says about values, and what is known about a value. Reads go through a view
 * made by policy/; hits are candidates of the index and are confirmed in the body before anything
 * is said. */
#ifndef INTEL_INTEL_H
#define INTEL_INTEL_H

#include "catalog/catalog.h"
#include "intel/extract.h"
#include "intel/wellknown.h"
#include "store/store.h"

struct record_value {
	enum value_kind kind;
	str canonical;
	uint64_t hash;
};
/* All values of a body, distinct, at most 10,000: by form and type (STIX: pattern of indicators,
 * SCO properties and hashes; MISP: value by attribute type, composites split; ours: the type's
 * searchable text fields and value fields). a sighting: its reference (kind VALUE_NONE). */
MUST_CHECK enum err intel_values(struct arena *a, const struct catalog *c, const uint8_t key[16],
				 const struct catalog_type *t, enum record_form form,
				 const struct json *body, struct record_value **ret, size_t *ret_n,
				 struct why *why);
/* Hash under which what refers to an id is indexed: a sighting mentions the record it is of, not a
 * value. */
uint64_t intel_ref_hash(const uint8_t key[16], struct uuid of);
/* As intel_values for a stored record (parses its body). */
MUST_CHECK enum err intel_record_values(struct arena *a, const struct catalog *c,
					const uint8_t key[16], const struct record *r,
					struct record_value **ret, size_t *ret_n, struct why *why);

struct intel {
	struct store *store;
	const struct catalog *catalog;
	const struct wellknown *wellknown;
};
struct known { /* one value asked */
	str asked;
	enum value_kind kind; /* VALUE_NONE: not understood */
	str canonical;
	int64_t count;          /* distinct visible records, true */
	struct record *records; /* newest first, at most 20, confirmed, with body */
	size_t n_records;
	int64_t sightings, first_us, last_us; /* visible sightings of it; 0 */
	str *lists;                           /* well-known lists */
	size_t n_lists;
};
/* Up to 10,000 values in the order asked. */
MUST_CHECK enum err intel_lookup(const struct intel *in, struct arena *a, const struct view *v,
				 const str *values, size_t n, struct known *ret, struct why *why);

/* One value in full: every record that shows it to this reader, and every sighting of those. */
struct value_about {
	enum value_kind kind; /* VALUE_NONE: not understood, and nothing known under that text */
	str canonical;
	uint64_t hash;
	struct value_mention *records; /* newest first, without sightings */
	size_t n_records;
	bool all_records; /* false: more are visible than were looked at (200,000) */
	struct value_mention *sightings;
	size_t n_sightings;
	bool all_sightings; /* false: those of the newest 5,000 records */
	str *lists;         /* well-known lists */
	size_t n_lists;
};
/* kind VALUE_NONE: what the text looks like. */
MUST_CHECK enum err intel_about(const struct intel *in, struct arena *a, const struct view *v,
				enum value_kind kind, str text, struct value_about *ret,
				struct why *why);
/* When what was seen, and how often, of n sightings: reads their bodies. */
struct sighted {
	int64_t first_us, last_us, count;
};
MUST_CHECK enum err intel_sighted(const struct intel *in, const struct view *v,
				  const struct value_mention *m, size_t n, struct sighted *ret,
				  struct why *why);
/* The values that a record (with body) shows to this reader. */
MUST_CHECK enum err intel_shown_values(const struct intel *in, struct arena *a,
				       const struct view *v, const struct record *r,
				       struct record_value **ret, size_t *ret_n, struct why *why);

/* Which values concern a team: in its own reports, incidents, sightings (also through indicators
 * linked to them), or in its registered ranges and domains. Well-known and special-purpose values
 * never do. */
struct team_ranges {
	const struct net *nets;
	size_t n_nets;
	const str *domains; /* canonical */
	size_t n_domains;
};
enum concern_reason {
	CONCERN_REPORT,
	CONCERN_INCIDENT,
	CONCERN_SIGHTING,
	CONCERN_RANGE,
	CONCERN_DOMAIN,
	CONCERN_ASSET
};
str concern_reason_name(
    enum concern_reason r); /* "report" "incident" "sighting" "range" "domain" "asset" */
struct concern {
	enum value_kind kind;
	str canonical;
	struct uuid indicator; /* the record that carries the value in the warning */
	str indicator_type;    /* "indicator", "x-hikeshi-observable" */
	enum concern_reason reason;
	struct record *records; /* own records that show it; empty for range and domain */
	size_t n_records;
	int64_t first_us, last_us;
};
/* indicators: the warning's indicator records (with body), already gated. team: the asking team's
 * principal; v: its view. */
MUST_CHECK enum err intel_concerns(const struct intel *in, struct arena *a, const struct view *v,
				   int64_t team, const struct team_ranges *ranges,
				   const struct record *indicators, size_t n, struct concern **ret,
				   size_t *ret_n, struct why *why);

#endif
