// SPDX-License-Identifier: Apache-2.0
/* narrow: a record gets another label while nothing passes; whoever may see it no longer when the
 * link is back has lost what he had of it, whichever way he lost it. */
#include "exchange/accept.h"
#include "exchange/circle_link_internal.h"
#include "exchange/feed.h"
#include "exchange/link.h"
#include "tests/exchange/two_nodes.h"

static str circle_name(struct two *t, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	return arena_printf(t->c[0].arena, "x-hikeshi-circle--%.*s", UUID_TEXT, text);
}

/* What node 0 says of a circle, applied at node 1. */
static void tell_circle(struct two *t, struct uuid u)
{
	struct json envelope;

	ctx_refresh(&t->c[0]);
	OK(circle_for_peer(&t->c[0], directory_circle_uid(t->c[0].dir, u), &t->peer[0], &envelope,
			   &why));
	OK(circle_apply(&t->c[1], &t->peer[1], &envelope, &why));
	ctx_refresh(&t->c[1]);
}

/* A circle of node 0 with a team of node 1 in it. */
static struct uuid circle(struct two *t, const char *title)
{
	struct ctx *c = &t->c[0];
	struct json o = json_object();
	struct record r = {0};

	json_set(c->arena, &o, STR("title"), json_string(str_c(title)));
	OK(record_create(c, catalog_plural(c->node->catalog, STR("circles")), &o, 0, &r, &why));
	OK(circle_member_add(c, r.uid, t->f[1].team_uid[0], &why));
	tell_circle(t, r.uid);
	return r.uid;
}

static void acquaint(struct two *t)
{
	for (size_t i = 0; i < 2; i++) {
		OK(tell(t, i, node_key_of(&t->f[i]), true, &why));
		ctx_refresh(&t->c[1 - i]);
	}
}

static struct json circles_of(struct two *t, struct uuid u)
{
	struct json o = json_object(), list = json_array();

	json_add(t->c[0].arena, &list, json_string(circle_name(t, u)));
	json_set(t->c[0].arena, &o, STR("circles"), list);
	return o;
}

/* Everything that node 0 has for the other goes there. */
static void pass(struct two *t)
{
	struct ctx *c = &t->c[0];
	struct feed_item *x = NULL;
	struct accept_result *r = NULL;
	struct feed_reader who;
	struct json envelope;
	size_t n = 0, m = 0;
	int64_t next;
	bool more = false;
	BUF(b);

	OK(feed_reader_of(c->node, c->arena, t->peer[0].key, &who, &why));
	OK(feed_read(c->node, c->arena, &who, 0, FEED_PAGE, &x, &n, &next, &more, &why));
	buf_add(&b, STR("["));
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s,%.*s", i ? "," : "", STR_ARG(x[i].object),
			   STR_ARG(x[i].signature));
	buf_add(&b, STR("]"));
	OK(json_parse(c->arena, arena_str(c->arena, buf_str(&b)), NULL, &envelope, &why));
	if (n)
		OK(accept_objects(
		    t->c[1].node, c->arena, t->peer[1].key, (struct uuid){{0}},
		    envelope_of(c->arena, json_at(&envelope, 0), json_count(&envelope)),
		    json_count(&envelope), &r, &m, &why));
	for (size_t i = 0; i < m; i++)
		CHECK(r[i].state == ACCEPT_TAKEN || r[i].state == ACCEPT_KNOWN);
}

/* Does the team of node 1 see it, live? */
static bool seen(struct two *t, struct uuid uid)
{
	struct record r = {0};
	struct actor a;
	struct ctx c;
	bool ret;

	node_fixture_ctx(&t->f[1], t->f[1].analyst[0], &a, &c);
	OK(store_find(c.node->store, c.arena, c.view, &uid, 1, false, &r, &why));
	ret = r.key && !(r.flags & RECORD_REVOKED);
	ctx_done(&c);
	return ret;
}

static struct record indicator(struct two *t, struct ctx *c, struct uuid in)
{
	struct json o = circles_of(t, in);
	struct record r = {0};

	json_set(c->arena, &o, STR("value"), json_string(STR("a.example")));
	json_set(c->arena, &o, STR("tlp"), json_string(STR("TLP:AMBER")));
	OK(record_create(c, catalog_plural(c->node->catalog, STR("indicators")), &o, 0, &r, &why));
	return r;
}

/* From one circle to another while the link is cut; the reader leaves the new one before it is
 * mended. */
static void left_before_it_came(struct two *t, bool leaves)
{
	struct uuid one, other;
	struct json to;
	struct record r, now = {0};
	struct actor a;
	struct ctx c;

	acquaint(t);
	one = circle(t, "One");
	other = circle(t, "Other");
	node_fixture_ctx(&t->f[0], t->f[0].analyst[0], &a, &c);
	r = indicator(t, &c, one);
	pass(t);
	CHECK(seen(t, r.uid));
	to = circles_of(t, other);
	OK(record_update(&c, &r, &to, -1, &now, &why));
	if (leaves) {
		OK(circle_member_remove(&t->c[0], other, t->f[1].team_uid[0], &why));
		tell_circle(t, other);
	}
	pass(t);
	CHECK(seen(t, r.uid) == !leaves);
	ctx_done(&c);
}

static void leaves_meanwhile(struct two *t)
{
	left_before_it_came(t, true);
}
BOTH_TWO(leaves_meanwhile)

static void stays(struct two *t)
{
	left_before_it_came(t, false);
}
BOTH_TWO(stays)

RUN_TESTS(BOTH_ROWS(leaves_meanwhile), BOTH_ROWS(stays))
