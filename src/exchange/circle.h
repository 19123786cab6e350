// SPDX-License-Identifier: Apache-2.0
/* circle: x-hikeshi-circle, what the owner of a circle says of it to its members' nodes: the rules
 * in codes of list:circle_rule, the roster's number, and the members as salted digests, so that who
 * may not see the members learns only about how many they are (docs/formats.md 3). It is an
 * exchange object like any: signed with a manifest; the salts of members travel in `open` beside
 * it. Pure. */
#ifndef EXCHANGE_CIRCLE_H
#define EXCHANGE_CIRCLE_H

#include "exchange/manifest.h"

#define CIRCLE_MEMBERS_MAX 16384 /* padded */

struct circle_member {
	struct uuid team;
	int64_t since; /* the roster that first had it */
	struct salt salt;
};
struct circle_object {
	struct uuid id, owner;
	int64_t created_us, modified_us;
	str title, description;           /* description may be empty */
	str invite, see_members, forward; /* codes: owner, members, nobody, ask */
	enum tlp default_tlp;
	int64_t retention_days; /* 0: none agreed */
	int64_t roster;
	const struct digest *members; /* sorted; a power of two */
	size_t n_members;
};
/* SHA-256("hikeshi/member/v1\n" | salt | JCS({"since","team"})). */
struct digest circle_member_digest(const struct circle_member *m);
/* Draws the salts of members and sets the digests of c. ERR_LIMIT. */
MUST_CHECK enum err circle_set_members(struct arena *a, struct circle_object *c,
				       struct circle_member *members, size_t n, struct why *why);
struct json circle_json(struct arena *a, const struct circle_object *c);
MUST_CHECK enum err circle_parse(struct arena *a, const struct json *v, struct circle_object *ret,
				 struct why *why);
/* What travels in `open` as "members": [{"since","team","salt"}], for those who may see them. */
struct json circle_members_json(struct arena *a, const struct circle_member *m, size_t n);
/* Reads it and refuses a member that is not among the digests of c. v NULL: none are shown. */
MUST_CHECK enum err circle_members_parse(struct arena *a, const struct json *v,
					 const struct circle_object *c, struct circle_member **ret,
					 size_t *ret_n, struct why *why);

#endif
