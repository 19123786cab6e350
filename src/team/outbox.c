// SPDX-License-Identifier: Apache-2.0
#include "team/outbox.h"

enum err outbox_principal(struct node *n, struct uuid team, int64_t *ret, struct why *why)
{
	struct uuid id = uuid_v5(team, STR("outbox"));

	return principal_intern(n->store, PRINCIPAL_TEAM, &id, 1, ret, why);
}

int64_t outbox_team(const struct directory_view *v, int64_t holder)
{
	const struct directory_team *t = directory_team(v, holder);

	return t ? t->key : holder;
}
