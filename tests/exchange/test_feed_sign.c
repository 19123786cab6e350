// SPDX-License-Identifier: Apache-2.0
/* What was changed after a page of the feed was read is not signed as it was then: who may see it
 * may be others by now, and what is taken back names only what was signed. */
#include "exchange/feed_internal.h"
#include "exchange/object.h"
#include "store/signed.h"
#include "tests/exchange/two_nodes.h"

static struct record shared(struct two *t, const char *title)
{
	struct ctx *c = &t->c[0];
	const struct catalog_type *type = catalog_plural(c->node->catalog, STR("incidents"));
	struct label_spec s = {
	    .has_tlp = true, .tlp = TLP_AMBER, .teams = &t->f[1].team_uid[0], .n_teams = 1};
	struct json body = node_fixture_json(&t->f[0], "{'severity':'low'}");
	struct record_put p;
	struct record r = {0};
	struct write_set w;

	json_set(c->arena, &body, STR("title"), json_string(str_c(title)));
	OK(record_create(c, type, &body, 0, &r, &why));
	p = (struct record_put){.key = r.key, .kind = "update", .state = STR("new")};
	OK(record_label(c, &s, r.team, &p.label, &why));
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	(void)write_put(&w, &p);
	OK(store_commit(c->node->store, &w, NULL, &why));
	/* sees all: what was written a moment ago */
	OK(store_read(c->node->store, c->arena, &(struct view){.all = true}, &r.key, 1, true, &r,
		      &why));
	return r;
}

static int64_t rev_of(struct ctx *c, const struct record *r)
{
	struct record_signed newest = {0};

	OK(signed_newest(c->node->store, c->arena, &r->uid, &r->team, 1, &newest, &why));
	return newest.rev;
}

static void what_changed_meanwhile_is_not_signed(struct two *t)
{
	struct ctx *c = &t->c[0];
	struct actor a = *c->actor;
	struct feed_item items[2] = {0};
	struct record_signed rows[2] = {0};
	struct feed_reader who;
	struct record r[2];
	struct feed f = {.c = c, .who = &who, .r = r, .items = items, .signed_rows = rows, .n = 2};
	struct json own = node_fixture_json(&t->f[0], "{'tlp':'TLP:AMBER+STRICT'}");
	struct record now = {0};

	OK(tell(t, 0, node_key_of(&t->f[0]), true, &why));
	OK(tell(t, 1, node_key_of(&t->f[1]), true, &why));
	OK(node_account_actor(c->node, c->arena, t->f[0].analyst[0], &a, &why));
	c->actor = &a;
	ctx_refresh(c);
	OK(feed_reader_of(c->node, c->arena, t->peer[0].key, &who, &why));
	r[0] = shared(t, "narrowed");
	r[1] = shared(t, "stays");
	OK(record_update(c, &r[0], &own, r[0].version, &now, &why));
	OK(feed_sign(&f, &why));
	CHECK(f.n == 1 && uuid_eq(f.r[0].uid, r[1].uid) && f.signed_rows[0].rev == 1);
	CHECK(rev_of(c, &now) == 0);
}
BOTH_TWO(what_changed_meanwhile_is_not_signed)

/* A field that does not leave its team is in no object that could be signed. */
static void only_what_leaves(struct two *t)
{
	struct ctx *c = &t->c[0];
	const struct catalog_type *type = catalog_plural(c->node->catalog, STR("incidents"));
	struct json body = node_fixture_json(
			&t->f[0], "{'title':'outer-word','severity':'low','notes':'inner-word'}"),
		    object;
	struct record r = {0};
	BUF(text);

	OK(record_create(c, type, &body, 0, &r, &why));
	OK(object_of(c, &r, &object, &why));
	json_write(&text, &object);
	CHECK(str_find(buf_str(&text), STR("outer-word")) >= 0);
	CHECK(str_find(buf_str(&text), STR("inner-word")) < 0);
}
BOTH_TWO(only_what_leaves)

RUN_TESTS(BOTH_ROWS(only_what_leaves), BOTH_ROWS(what_changed_meanwhile_is_not_signed))
