// SPDX-License-Identifier: Apache-2.0
/* circle_link_internal: what circle_link.c and circle_apply.c share. Private to exchange/. */
#ifndef EXCHANGE_CIRCLE_LINK_INTERNAL_H
#define EXCHANGE_CIRCLE_LINK_INTERNAL_H

#include "exchange/circle.h"
#include "exchange/circle_link.h"
#include "exchange/signature.h"

#define CIRCLE_TYPE "x-hikeshi-circle"

struct circle_envelope {
	const struct json *object;
	struct circle_object circle;
	struct signed_manifest signature;
	struct circle_member *members; /* those opened, checked against the digests */
	size_t n_members;
};
MUST_CHECK enum err circle_envelope_read(struct arena *a, const struct json *v,
					 struct circle_envelope *ret, struct why *why);
/* The envelope kept of a circle. */
MUST_CHECK enum err circle_kept_read(struct ctx *c, int64_t circle, struct circle_envelope *ret,
				     struct json *ret_json, bool *ret_there, struct why *why);

/* Membership records of a circle (zero: of all), ended ones too. */
struct circle_membership {
	struct record record;
	struct json body;
	struct uuid circle, team;
	int64_t since, left; /* roster numbers; left 0: in force */
};
MUST_CHECK enum err circle_memberships(struct ctx *c, struct uuid circle,
				       struct circle_membership **ret, size_t *ret_n,
				       struct why *why);

#endif
