// SPDX-License-Identifier: Apache-2.0
/* object: a record as it crosses a link, and back (docs/formats.md 3): STIX objects verbatim, MISP
 * elements and observables by their STIX face, types of ours as STIX-shaped objects with the fields
 * that leave. What a record says of itself beside its body (state, number, exercise) stands among
 * the members. Everything lives in the caller's arena. */
#ifndef EXCHANGE_OBJECT_H
#define EXCHANGE_OBJECT_H

#include "exchange/manifest.h"
#include "team/record.h"

/* May records of this type cross a link at all? The directory's own types travel by the protocol of
 * links. */
bool object_travels(str type);
/* r with body. ERR_IO: the body cannot be read. */
MUST_CHECK enum err object_of(struct ctx *c, const struct record *r, struct json *ret,
			      struct why *why);
/* The label of a record as a manifest has it, and its audience as entries without salts. */
MUST_CHECK enum err object_audience(struct ctx *c, const struct label *l,
				    struct manifest_label *ret_label, struct audience_entry **ret,
				    size_t *ret_n, struct why *why);

/* An object that arrived, ready to become a record. */
struct object_read {
	const struct catalog_type *type; /* the generic one for custom STIX types */
	str type_name;
	struct uuid uid;
	enum record_form form;
	struct json body;
	str state;
	int64_t modified_us;
	bool revoked, exercise;
};
/* ERR_UNPROCESSABLE: what a person may be told is in why; code "malformed". */
MUST_CHECK enum err object_read(struct ctx *c, const struct json *object, struct object_read *ret,
				struct why *why);

#endif
