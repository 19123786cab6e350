// SPDX-License-Identifier: Apache-2.0
/* catalog: record types as data. catalog/types/NAME.json (one JSON Schema 2020-12 subset with our
 * annotations per type) and catalog/lists/NAME.json (taxonomies, code lists) are embedded at build
 * and loaded once; afterwards everything here is read-only and may be used from any thread.
 *
 * A type file:
 *   {"type":"x-hikeshi-incident","plural":"incidents","number":"INC","label":{"ja":"インシデント","en":"incident"},
 *    "form":"own"|"stix", "common":"own"|"sdo"|"sro"|"sco"|"meta" (which block of
 * catalog/common.json is added), "roles":{"read":"reader","create":"analyst","edit":"analyst"},
 *    "title":["title"] (the first path that is not empty), "values":["title","summary"] (searched
 * for observables), "shelf":{"severity":"severity"}, "sort":{"due":"field"} (its lists are sorted
 * by column), "states":{"initial":"new","list":[{"state":"new","label":{ja,en},"open":true}...],
 *      "transitions":[{"name":"triage","label":{ja,en},"from":["new"],"to":"triaged","role":"analyst",
 *                      "required":["category"],"fields":["note"],"reason":true,"guard":"four-eyes",
 *                      "confirm":true}]},
 *    (a name may occur in several rows with disjoint "from"; "a|b.c" in required: one of them)
 *    "schema":{"type":"object","required":["title"],"properties":{"title":{"type":"string","minLength":1,"maxLength":200,
 *        "label":{ja,en},"hint":{ja,en},"searchable":true,"leaves":true,"column":true,"multiline":true,
 *        "readOnly":true}}}}
 * Schema subset: type, properties, required, additionalProperties:false (always implied for objects
 * with properties), items, enum, const, minLength, maxLength, pattern, format (date-time, uri,
 * email, domain, cidr, id), minimum, maximum, minItems, maxItems, uniqueItems,
 * additionalProperties:{schema} for maps without properties, oneRequired:[names] (at least one of
 * them), ref ("list:severity": a code list; "type:incident,indicator": an id of one of these types,
 * with or without x-hikeshi-; "type:*": any id). suggest ("list:category": codes a form offers,
 * other words are accepted). Inside STIX objects unknown properties are allowed. The common fields
 * (interface.md) are in catalog/common.json. `language` of our own records is added to their
 * schemas, like the common STIX properties to theirs; the other common fields are columns and
 * labels and no part of bodies or of catalog_field() (catalog_is_common). A type may have a body
 * field `team` of its own (people, memberships), which then stands in place of the common one. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "base/json.h"
#include "store/store.h"

struct bilingual {
	str ja, en;
};

enum role {
	ROLE_NONE,
	ROLE_READER,
	ROLE_ANALYST,
	ROLE_LEAD,
	ROLE_MANAGER,
	ROLE_SECRETARIAT,
	ROLE_ADMINISTRATOR
};
/* ROLE_NONE when unknown. */
enum role role_parse(str name);
str role_name(enum role r);
/* What a role is able to do: reader < analyst < lead; manager reads and decides but does not edit
 * indicators; secretariat does what a lead does plus members and circles; administrator everything
 * of the node's settings and what a lead does in its team. True if role r may do what needs role
 * `needed`. */
bool role_covers(enum role r, enum role needed);

struct catalog_state {
	str name;
	struct bilingual label;
	bool open;  /* still needs somebody */
	bool final; /* no transition leads out */
};
struct catalog_transition {
	str name;
	struct bilingual label;
	const str *from; /* state names */
	size_t n_from;
	str to;
	enum role role;
	const str *required; /* fields the record must have afterwards */
	size_t n_required;
	const str *fields; /* fields the request may carry, besides "reason" */
	size_t n_fields;
	str guard;    /* name of a rule in team/, e.g. "four-eyes", or empty */
	bool reason;  /* the request must carry a reason */
	bool confirm; /* a browser is asked for the password again */
};
struct catalog_field {
	str name;
	struct bilingual label, hint;
	const struct json *schema; /* the property's schema */
	bool searchable, leaves, read_only, required;
};
struct catalog_type {
	str type;   /* name in ids */
	str plural; /* URL; for STIX types without one of their own: the type's name, under /stix/
		     */
	str number; /* prefix or empty */
	struct bilingual label;
	enum record_form form;
	bool own_plural; /* false: lives under /api/v1/stix/{type} */
	enum role read, create, edit;
	const struct catalog_field *fields;
	size_t n_fields;
	str initial_state; /* empty: no states */
	const struct catalog_state *states;
	size_t n_states;
	const struct catalog_transition *transitions;
	size_t n_transitions;
	str severity_field; /* which field fills the shelf's severity, or empty */
	bool sorted;        /* its lists are sorted by what store/sorted.h keeps */
	str due_field;      /* sorted: the field that says when it is due, or empty */
	const str *title;   /* paths of the title, the first that is not empty counts */
	size_t n_title;
	const str *values; /* paths of texts that are searched for observables */
	size_t n_values;
	const struct json *common; /* schema of the common fields of our own types, else NULL */
	const struct json
	    *schema; /* of the body; for STIX types of the object, common properties included */
	const struct json *source; /* the whole file, as served by GET /api/v1/catalog (STIX: common
				      properties added) */
	int32_t code;              /* word code in a store, set by catalog_bind */
};

struct catalog;
/* Loads the embedded files; a fault in them is our own mistake and aborts with a sentence (the
 * loader refuses a transition named like a sub-resource: history links comments files indicators
 * preview presence erasures deliveries assessments receipts concerns). dir (nullable): read from a
 * directory instead (development). */
MUST_CHECK enum err catalog_load(const char *dir, struct catalog **ret, struct why *why);
void catalog_free(struct catalog *c);
/* Interns every type and state word in a store and remembers the codes. */
MUST_CHECK enum err catalog_bind(struct catalog *c, struct store *s, struct why *why);

const struct catalog_type *catalog_types(const struct catalog *c, size_t *ret_n);
/* By name in ids, by URL plural (own ones), by word code; NULL when unknown. An unknown but
 * well-formed STIX type name is NULL too: use catalog_generic for custom STIX objects. */
const struct catalog_type *catalog_type(const struct catalog *c, str type);
const struct catalog_type *catalog_plural(const struct catalog *c, str plural);
const struct catalog_type *catalog_code(const struct catalog *c, int32_t code);
const struct catalog_type *catalog_generic(const struct catalog *c);
const struct catalog_field *catalog_field(const struct catalog_type *t, str name);
const struct catalog_state *catalog_state(const struct catalog_type *t, str name);
const struct catalog_transition *catalog_transition(const struct catalog_type *t, str name);
/* A code list ("severity", "tlp", "rsit" ...): its JSON file, or NULL. */
const struct json *catalog_list(const struct catalog *c, str name);
/* The item of a code list ({"code","label",...}), or NULL. */
const struct json *catalog_code_item(const struct catalog *c, str list, str code);
/* True for the common fields of our own records that are not part of the body: id type number
 * version team state tlp circles created created_by modified modified_by exercise. */
bool catalog_is_common(str field);
/* The document of GET /api/v1/catalog:
 * {"common":{"properties":{...}},"types":[...],"lists":{name:{...}}}, compact JSON made at load;
 * lives as long as the catalogue. */
str catalog_document(const struct catalog *c);

/* Validation. faults are collected up to 32; the first fills *why with both languages, code and
 * JSON pointer. */
struct catalog_fault {
	str pointer; /* "/what/impact" */
	str code;    /* required unknown_field type enum length pattern format range items depth */
	str en, ja;  /* sentences that name the field by its label */
};
struct catalog_faults {
	struct catalog_fault *p;
	size_t n, cap;
};
/* Checks a body (own fields only, common fields taken out) against the type. partial: required
 * fields may be missing (drafts of types whose `required` is checked by a transition).
 * ERR_UNPROCESSABLE with faults. */
MUST_CHECK enum err catalog_validate(struct arena *a, const struct catalog *c,
				     const struct catalog_type *t, const struct json *body,
				     bool partial, struct catalog_faults *faults, struct why *why);
/* Is the transition allowed from state? ERR_CONFLICT (sentence with the allowed ones), ERR_NOTFOUND
 * for no such name. */
MUST_CHECK enum err catalog_step(const struct catalog_type *t, str transition, str state,
				 const struct catalog_transition **ret, struct why *why);
/* Fields required by a transition that the body lacks ("what.impact" notation in the files). The
 * caller sets the common fields that may be asked for (tlp, circles) as members of body first. */
MUST_CHECK enum err catalog_require(struct arena *a, const struct catalog_type *t,
				    const struct catalog_transition *tr, const struct json *body,
				    struct catalog_faults *faults, struct why *why);
/* The body with only fields (and members of what whom when why how who) marked `leaves`; STIX
 * objects as they are. */
struct json catalog_leaving(struct arena *a, const struct catalog_type *t, const struct json *body);
/* Text for full text search: title first, then the searchable fields, a line each. */
str catalog_text(struct arena *a, const struct catalog_type *t, const struct json *body);
str catalog_title(const struct catalog_type *t, const struct json *body);

#endif
