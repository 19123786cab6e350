// SPDX-License-Identifier: Apache-2.0
/* fault: collecting what is wrong with a body, inside src/catalog only. A path is a list of
 * frames on the stack, written out only when there is something to say. */
#ifndef CATALOG_FAULT_H
#define CATALOG_FAULT_H

#include "catalog/catalog.h"

#define FAULTS_MAX 32

struct frame {
	const struct frame *up;
	str key;      /* member name; p NULL: an element */
	size_t index; /* of the element */
};
struct checker {
	struct arena *arena;
	const struct catalog *catalog;
	struct catalog_faults *faults;
	bool open;    /* unknown properties are allowed (STIX) */
	bool partial; /* required fields may be missing */
	unsigned depth;
};

/* One fault about the field at frame, called by its label in schema (nullable). en and ja are what
 * follows the name: "is required", "は必須です". */
void fault_add(struct checker *k, const struct frame *at, const struct json *schema,
	       const char *code, str en, str ja);
bool fault_full(const struct checker *k);
/* ERR_OK without faults; else fills *why from the first and returns ERR_UNPROCESSABLE. */
MUST_CHECK enum err fault_result(const struct catalog_faults *faults, struct why *why);
/* At most 60 bytes of a foreign text, cut between characters and without control bytes. */
str fault_quote(struct arena *a, str text);

#endif
