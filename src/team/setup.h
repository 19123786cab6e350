// SPDX-License-Identifier: Apache-2.0
/* setup: teams, circles and people of a node, as the commands and the demo make them; everything
 * goes through record.h. */
#ifndef TEAM_SETUP_H
#define TEAM_SETUP_H

#include "team/account.h"

struct team_spec {
	str name, name_ja, short_name, country, language, sector, email, phone;
	const str *domains, *cidrs;
	size_t n_domains, n_cidrs;
};
/* The first team of a new node (its own); later ones. *ret_team gets the principal. */
MUST_CHECK enum err team_add(struct ctx *c, const struct team_spec *t, struct uuid *ret_uid,
			     int64_t *ret_team, struct why *why);
MUST_CHECK enum err circle_add(struct ctx *c, str title, str description, enum tlp default_tlp,
			       const struct uuid *teams, size_t n, struct uuid *ret,
			       struct why *why);
MUST_CHECK enum err circle_member_add(struct ctx *c, struct uuid circle, struct uuid team,
				      struct why *why);
MUST_CHECK enum err circle_member_remove(struct ctx *c, struct uuid circle, struct uuid team,
					 struct why *why);

#endif
