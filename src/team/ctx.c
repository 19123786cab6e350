// SPDX-License-Identifier: Apache-2.0
#include "team/record.h"

void ctx_init(struct ctx *c, struct node *n, struct arena *a, const struct actor *actor)
{
	*c = (struct ctx){.node = n, .arena = a, .actor = actor, .now_us = clock_now_us()};
	c->dir = directory_get(n->directory);
	c->view = policy_view_get(n->policy, actor, ACT_SEE); /* gate */
	c->lang = str_eq(actor->language, STR("ja")) ? "ja" : "en";
}

void ctx_done(struct ctx *c)
{
	if (c->view)
		policy_view_put(c->node->policy, c->view);
	if (c->dir)
		directory_put(c->node->directory, c->dir);
	c->view = NULL;
	c->dir = NULL;
}

void ctx_refresh(struct ctx *c)
{
	ctx_done(c);
	c->dir = directory_get(c->node->directory);
	c->view = policy_view_get(c->node->policy, c->actor, ACT_SEE); /* gate */
}

bool ctx_team_sees(struct ctx *c, const struct directory_team *t, const struct label *l)
{
	struct actor reader = {
	    .account = -1, .team = t->key, .role = ROLE_READER, .scopes = SCOPE_ALL};

	if (policy_decide(&c->dir->world, &reader, ACT_SEE, l, c->now_us).ok) /* gate */
		return true;
	for (size_t i = 0; i < l->n_people; i++) {
		reader.person = l->people[i].person;
		if (l->people[i].team == t->key &&
		    policy_decide(&c->dir->world, &reader, ACT_SEE, l, c->now_us).ok) /* gate */
			return true;
	}
	return false;
}
