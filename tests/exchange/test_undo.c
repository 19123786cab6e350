// SPDX-License-Identifier: Apache-2.0
/* A change of many records that another node can have read is not taken back; what stays here is.
 */
#include "team/undo.h"
#include "tests/exchange/two_nodes.h"

static struct record incident(struct two *t, const char *title, struct uuid team)
{
	struct ctx *c = &t->c[0];
	const struct catalog_type *type = catalog_plural(c->node->catalog, STR("incidents"));
	struct label_spec s = {.has_tlp = true, .tlp = TLP_AMBER, .teams = &team, .n_teams = 1};
	struct json body = node_fixture_json(&t->f[0], "{'severity':'low'}");
	struct record r = {0}, now = {0};
	struct write_set w;
	struct record_put p;

	json_set(c->arena, &body, STR("title"), json_string(str_c(title)));
	OK(record_create(c, type, &body, 0, &r, &why));
	if (uuid_is_zero(team))
		return r;
	p = (struct record_put){.key = r.key, .kind = "update", .state = STR("new")};
	OK(record_label(c, &s, r.team, &p.label, &why));
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	ctx_refresh(c);
	OK(record_get(c, NULL, record_id(c, &r), &now, &why));
	return now;
}

static void what_left_stays(struct two *t)
{
	struct ctx *c = &t->c[0];
	struct actor a = *c->actor;
	struct record r[2];
	struct bulk_item items[2];
	struct json set = node_fixture_json(&t->f[0], "{'severity':'critical'}"),
		    inner = node_fixture_json(&t->f[0], "{'notes':'of our own'}");
	struct bulk b = {.type = catalog_plural(c->node->catalog, STR("incidents")),
			 .items = items,
			 .n = 2,
			 .set = &set};
	struct bulk_result res, back;
	struct json v;

	OK(tell(t, 0, node_key_of(&t->f[0]), true, &why));
	OK(tell(t, 1, node_key_of(&t->f[1]), true, &why));
	OK(node_account_actor(c->node, c->arena, t->f[0].analyst[0], &a, &why));
	c->actor = &a;
	ctx_refresh(c);
	r[0] = incident(t, "stays", (struct uuid){{0}});
	r[1] = incident(t, "went", t->f[1].team_uid[0]);
	items[0] = (struct bulk_item){record_id(c, &r[0]), 0};
	items[1] = (struct bulk_item){record_id(c, &r[1]), 0};
	OK(bulk_run(c, &b, &res, &why));
	CHECK(res.done == 2 && !uuid_is_zero(res.undo));
	OK(undo_run(c, res.undo, &back, &why));
	CHECK(back.done == 1);
	OK(record_get(c, NULL, items[0].id, &r[0], &why));
	OK(record_render(c, &r[0], &v, &why));
	CHECK(str_eq(json_get_str(&v, "severity"), STR("low")));
	OK(record_get(c, NULL, items[1].id, &r[1], &why));
	OK(record_render(c, &r[1], &v, &why));
	CHECK(str_eq(json_get_str(&v, "severity"), STR("critical")));
	/* alone it cannot be taken back at all, unless what changed does not leave the team */
	b.items = &items[1];
	b.n = 1;
	set = node_fixture_json(&t->f[0], "{'severity':'high'}");
	OK(bulk_run(c, &b, &res, &why));
	CHECK(res.done == 1 && uuid_is_zero(res.undo));
	b.set = &inner;
	OK(bulk_run(c, &b, &res, &why));
	CHECK(res.done == 1 && !uuid_is_zero(res.undo));
}
BOTH_TWO(what_left_stays)

RUN_TESTS(BOTH_ROWS(what_left_stays))
