// SPDX-License-Identifier: Apache-2.0
/* record_internal: what the files of record.h share. Private to team/. */
#ifndef TEAM_RECORD_INTERNAL_H
#define TEAM_RECORD_INTERNAL_H

#include "team/outbox.h"
#include "team/record.h"

/* Common fields a request may carry; the rest of the common fields are read only. */
struct common_fields {
	struct label_spec label;
	bool label_given;
	bool exercise;
	bool exercise_given;
	int32_t stated_version; /* 0: none */
};
/* Takes the common fields out of request into *ret and leaves the type's own in *body. Read-only
 * ones are refused unless they say what is so already (old, nullable: the record as rendered). */
MUST_CHECK enum err common_take(struct ctx *c, const struct catalog_type *t,
				const struct json *request, const struct json *old,
				struct common_fields *ret, struct json *body, struct why *why);
/* The label spec that a label is, for changing one part of it. */
void label_spec_of(struct ctx *c, const struct label *l, struct label_spec *ret);
/* What is written about a TLP:RED record is for those of the actor's team who may read that record,
 * and the actor. Leaves the spec alone for any other record. */
void red_label(struct ctx *c, const struct record *about, struct label_spec *s);
/* Type entry of a record (the generic one for custom STIX types). */
const struct catalog_type *record_type(struct ctx *c, const struct record *r);
/* True for teams, circles, memberships, people: what the directory is built from. */
bool is_directory_type(str type);
/* Turns a verdict into an error with its sentence. */
MUST_CHECK enum err verdict_err(struct verdict v, struct why *why);
/* A fault for a field, both languages; always ERR_UNPROCESSABLE. */
MUST_CHECK enum err field_fault(struct ctx *c, struct why *why, const char *code,
				const char *pointer, const char *en, const char *ja);
/* STIX object from the short form of a request: {"value","kind"?,...}; or the object itself
 * completed with id, times, spec_version. */
MUST_CHECK enum err stix_from_request(struct ctx *c, const struct catalog_type *t,
				      const struct json *request, struct json *ret_object,
				      struct json *ret_rest, struct why *why);
/* May the actor do this (edit, a step's name) to a holding of its team? */
MUST_CHECK enum err record_may_change(struct ctx *c, const struct catalog_type *t,
				      const struct record *r, const char *verb, struct why *why);
/* Gives a record (now, as it stands) what an earlier version of it said: body, state, label;
 * history calls it "undo". */
MUST_CHECK enum err record_restore(struct ctx *c, const struct record *now,
				   const struct record *was, struct record *ret, struct why *why);
/* Tells the holder's team when a warning it received carries a value of its new record. */
void draft_light_up(struct ctx *c, const struct record *now);

#endif
