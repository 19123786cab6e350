// SPDX-License-Identifier: Apache-2.0
/* stix_face: what records look like in STIX 2.1; shared by the API's face and the bundle writer.
 * Results live in the arena. */
#ifndef FORMATS_STIX_FACE_H
#define FORMATS_STIX_FACE_H

#include "formats/format.h"

/* The STIX objects that stand for a record in a bundle: for an observable its SCOs and the
 * observed-data that names them. */
#define FACE_OBJECTS 5
struct stix_objects {
	struct json o[FACE_OBJECTS];
	size_t n;
	str id;           /* of the object that stands for the record in object_refs */
	const char *loss; /* what could not be said, or NULL; with its subject */
	str loss_subject;
};
/* refs: ids for object_refs of containers (may be empty: then what names at least one object stands
 * there). */
MUST_CHECK enum err stix_objects(struct arena *a, const struct format_record *r, const str *refs,
				 size_t n_refs, struct stix_objects *ret, struct why *why);
/* What STIX 2.0 lacks and 2.1 requires. */
void stix_upgrade(struct arena *a, struct json *o);
/* An object as it goes over the wire, marked with the TLP of its label. version: modified, else
 * created, as written; empty where there is neither. */
struct stix_sent {
	str text, type, id, version;
};
/* The objects of a record, without a bundle around them; texts live in the arena or are the
 * record's body. with_head false: the id may be left out. */
MUST_CHECK enum err stix_wire(struct arena *a, const struct format_record *r, const str *refs,
			      size_t n_refs, bool with_head, struct stix_sent ret[FACE_OBJECTS],
			      size_t *ret_n, struct why *why);
/* "{type}--{uuid}" */
str stix_id(struct arena *a, str type, struct uuid uid);
/* Adds the TLP marking unless the object has one. */
void stix_mark(struct arena *a, struct json *o, enum tlp tlp);
/* The level an object's own markings name, -1: none. */
int stix_marked(const struct json *o);
/* {"Event":{…}} and the like: the member, and which it is. NULL when it is none of them. */
const struct json *misp_element(const struct json *body, str *ret_name);

#endif
