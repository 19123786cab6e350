// SPDX-License-Identifier: Apache-2.0
/* What nodes make for each other, of the journal and the keys of their teams: nobody writes it. */
#include "team/rules.h"

static enum err made_by_node(struct ctx *c, struct record_draft *d, struct why *why)
{
	(void)d;
	if (!c->actor->node) /* gate */
		return why_field(why, ERR_DENIED, "made_by_node", NULL,
				 "records of this type are made by the node itself",
				 "この種類の記録はノード自身だけが作成します");
	return ERR_OK;
}

const struct record_rules receipt_rules = {.type = "x-hikeshi-receipt", .prepare = made_by_node};
const struct record_rules withdrawal_rules = {.type = "x-hikeshi-withdrawal",
					      .prepare = made_by_node};
const struct record_rules sealed_rules = {.type = "x-hikeshi-sealed", .prepare = made_by_node};
