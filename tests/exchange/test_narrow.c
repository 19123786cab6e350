// SPDX-License-Identifier: Apache-2.0
/* narrow: a record gets another label while nothing passes; whoever may see it no longer when the
 * link is back has lost what he had of it, whichever way he lost it. */
#include "exchange/accept.h"
#include "exchange/circle_link_internal.h"
#include "exchange/feed.h"
#include "exchange/link.h"
#include "team/import.h"
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

/* The same by imports of a newer version, into another circle. */
static void imported(struct ctx *c, const char *modified, struct uuid in)
{
	const struct import_options o = {
	    .has_tlp = true, .tlp = TLP_AMBER, .circles = &in, .n_circles = 1};
	struct import_result r = {0};
	str text = arena_printf(
	    c->arena,
	    "{'type':'bundle','id':'bundle--99999999-9999-4999-8999-999999999999','objects':[{"
	    "'type':'indicator','spec_version':'2.1','id':'indicator--"
	    "11111111-1111-4111-8111-111111111111','created':'2026-01-01T00:00:00.000Z',"
	    "'modified':'%s','pattern_type':'stix','valid_from':'2026-01-01T00:00:00.000Z',"
	    "'pattern':\"[domain-name:value = 'a.example']\"}]}",
	    modified);
	BUF(b);

	for (size_t i = 0, in_pattern = 0; i < text.n; i++) {
		in_pattern ^= text.p[i] == '"';
		buf_add_char(&b, text.p[i] == '\'' && !in_pattern ? '"' : text.p[i]);
	}
	OK(import_text(c, &o, STR("a.json"), buf_str(&b), &r, &why));
	CHECK(r.created + r.updated == 1);
	ctx_refresh(c);
}

static void imported_elsewhere(struct two *t)
{
	struct verify_counts counts;
	struct uuid one, other, uid;
	struct actor a;
	struct ctx c;

	acquaint(t);
	OK(uuid_parse(STR("11111111-1111-4111-8111-111111111111"), &uid) ? ERR_INVALID : ERR_OK);
	one = circle(t, "One");
	other = circle(t, "Other");
	node_fixture_ctx(&t->f[0], t->f[0].analyst[0], &a, &c);
	imported(&c, "2026-01-01T00:00:00.000Z", one);
	pass(t);
	CHECK(seen(t, uid));
	OK(circle_member_remove(&t->c[0], other, t->f[1].team_uid[0], &why));
	tell_circle(t, other);
	ctx_refresh(&c);
	imported(&c, "2026-02-01T00:00:00.000Z", other);
	pass(t);
	CHECK(!seen(t, uid));
	OK(store_verify(c.node->store, NULL, NULL, NULL, &counts, &why));
	CHECK(counts.faults == 0);
	ctx_done(&c);
}
BOTH_TWO(imported_elsewhere)

/* ---- a warning whose correction is for another circle ---- */

struct issuing {
	struct actor analyst, lead;
	struct ctx a, l;
	struct record r;
};

static void issuing_open(struct two *t, struct issuing *s)
{
	node_fixture_ctx(&t->f[0], t->f[0].analyst[0], &s->analyst, &s->a);
	node_fixture_ctx(&t->f[0], t->f[0].lead[0], &s->lead, &s->l);
}

static void issuing_close(struct issuing *s)
{
	ctx_done(&s->a);
	ctx_done(&s->l);
}

static void issuing_step(struct issuing *s, struct ctx *c, const char *name)
{
	struct json said = json_object();
	struct record now = {0};

	json_set(c->arena, &said, STR("reason"), json_string(STR("canary")));
	OK(record_step(c, &s->r, str_c(name), &said, 0, &now, &why));
	s->r = now;
	ctx_refresh(&s->a);
	ctx_refresh(&s->l);
}

static void issue(struct issuing *s)
{
	issuing_step(s, &s->a, "submit");
	issuing_step(s, &s->l, "approve");
	issuing_step(s, &s->a, "issue");
}

static void warn(struct two *t, struct issuing *s, struct uuid in, const char *tlp)
{
	str text = arena_printf(
	    t->c[0].arena,
	    "{'title':'w','summary':'s','class':'alert','urgency':'high','severity':'high','tlp':'"
	    "%s','circles':['%.*s'],'what':{'event_type':'compromise','impact':'i'},"
	    "'when':{'known_at':'2026-01-01T00:00:00Z','valid_until':'2099-01-01T00:00:00Z'},"
	    "'why':{'rationale':'r','confidence':'high','basis':'own'},"
	    "'how':{'mitigate':[{'text':'m','kind':'temporary'}],'report_back':'b'},"
	    "'who':{'contact':'soc@aoi.example'}}",
	    tlp, STR_ARG(circle_name(t, in)));
	struct json o = node_fixture_json(&t->f[0], text.p);

	OK(record_create(&s->a, catalog_plural(s->a.node->catalog, STR("warnings")), &o, 0, &s->r,
			 &why));
	ctx_refresh(&s->a);
	ctx_refresh(&s->l);
	issue(s);
	pass(t);
}

static void corrected_for(struct two *t, struct issuing *s, struct uuid in)
{
	struct json to = circles_of(t, in);
	struct record now = {0};

	issuing_step(s, &s->a, "update");
	OK(record_update(&s->a, &s->r, &to, s->r.version, &now, &why));
	s->r = now;
	ctx_refresh(&s->a);
	ctx_refresh(&s->l);
	issue(s);
}

/* How the team of node 1 sees it: its state and edition, "" where it does not. */
static str stands(struct two *t, struct uuid uid, int64_t *edition)
{
	struct record r = {0};
	struct json body;
	struct actor a;
	struct ctx c;
	str ret = STR("");

	node_fixture_ctx(&t->f[1], t->f[1].analyst[0], &a, &c);
	OK(store_find(c.node->store, c.arena, c.view, &uid, 1, true, &r, &why));
	if (r.key) {
		OK(record_body(&c, &r, &body, &why));
		*edition = json_get_i64(json_get_c(&body, "issued"), "edition", 0);
		ret = word_text(c.node->store, r.state);
	}
	ctx_done(&c);
	return ret;
}

static void mail_on(struct two *t, size_t i)
{
	t->f[i].node->config.mail.url = str_c(mem_cstr(STR("smtp://127.0.0.1:1")));
}

/* Mails that wait at node i: of corrections, of what is withdrawn. */
static void mails(struct two *t, size_t i, size_t *corrections, size_t *withdrawn)
{
	struct ctx *c = &t->c[i];
	struct job j;

	*corrections = *withdrawn = 0;
	while (job_take(c->node->store, c->arena, clock_now_us(), US_PER_S * 3600, &j, NULL) ==
	       ERR_OK) {
		if (!str_eq(j.kind, STR("mail")))
			continue;
		*corrections += str_find(j.payload, STR("[Correction]")) >= 0 ||
				str_find(j.payload, STR("訂正")) >= 0;
		*withdrawn += str_find(j.payload, STR("[Withdrawn]")) >= 0 ||
			      str_find(j.payload, STR("撤回")) >= 0;
	}
}

/* What node 1 was told of why: nothing of what a person said about a text that is not for it. */
static void check_reason(struct two *t, struct uuid uid, size_t times)
{
	struct view all = {.all = true};
	struct ctx *c = &t->c[1];
	struct link *links = NULL;
	size_t n = 0, found = 0;

	OK(store_links_to(c->node->store, c->arena, &uid, 1, &links, &n, &why));
	for (size_t i = 0; i < n; i++) {
		struct record r = {0};

		if (!str_eq(links[i].relation, STR("withdraws")))
			continue;
		OK(store_read(c->node->store, c->arena, &all, &links[i].src_key, 1, true, &r,
			      &why));
		CHECK(r.key && str_find(r.body, STR("canary")) < 0);
		found++;
	}
	CHECK(found == times);
}

static void moved_warning(struct two *t, bool leaves)
{
	struct issuing s = {0};
	struct uuid one, other;
	int64_t edition = 0;

	acquaint(t);
	mail_on(t, 1);
	one = circle(t, "One");
	other = circle(t, "Other");
	issuing_open(t, &s);
	warn(t, &s, one, "TLP:AMBER");
	CHECK(str_eq(stands(t, s.r.uid, &edition), STR("issued")) && edition == 1);
	corrected_for(t, &s, other);
	if (leaves) {
		OK(circle_member_remove(&t->c[0], other, t->f[1].team_uid[0], &why));
		tell_circle(t, other);
	}
	pass(t);
	CHECK(str_eq(stands(t, s.r.uid, &edition), leaves ? STR("withdrawn") : STR("issued")));
	CHECK(edition == (leaves ? 1 : 2));
	check_reason(t, s.r.uid, 1);
	if (leaves) {
		ctx_refresh(&s.l);
		issuing_step(&s, &s.l, "withdraw");
		pass(t);
		check_reason(t, s.r.uid, 2);
	}
	issuing_close(&s);
}

/* It keeps no version 1 that looks as if it stood. */
static void warning_is_taken_back(struct two *t)
{
	size_t corrections, withdrawn;

	moved_warning(t, true);
	mails(t, 1, &corrections, &withdrawn);
	CHECK(corrections == 0 && withdrawn > 0);
}
BOTH_TWO(warning_is_taken_back)

/* It has version 2, and is told of a correction alone. */
static void warning_is_corrected(struct two *t)
{
	size_t corrections, withdrawn;

	moved_warning(t, false);
	mails(t, 1, &corrections, &withdrawn);
	CHECK(corrections > 0 && withdrawn == 0);
}
BOTH_TWO(warning_is_corrected)

/* Out of the circle while the warning goes to another one, and back in it afterwards. */
static void warning_is_gone_when_back(struct two *t)
{
	struct issuing s = {0};
	struct uuid one, other;
	int64_t edition = 0;

	acquaint(t);
	one = circle(t, "One");
	other = circle(t, "Other");
	OK(circle_member_add(&t->c[0], other, t->f[0].team_uid[1], &why));
	OK(circle_member_remove(&t->c[0], other, t->f[1].team_uid[0], &why));
	tell_circle(t, other);
	issuing_open(t, &s);
	warn(t, &s, one, "TLP:GREEN");
	OK(circle_member_remove(&t->c[0], one, t->f[1].team_uid[0], &why));
	tell_circle(t, one);
	ctx_refresh(&s.a);
	ctx_refresh(&s.l);
	corrected_for(t, &s, other);
	pass(t);
	OK(circle_member_add(&t->c[0], one, t->f[1].team_uid[0], &why));
	tell_circle(t, one);
	pass(t);
	CHECK(!str_eq(stands(t, s.r.uid, &edition), STR("issued")));
	issuing_close(&s);
}
BOTH_TWO(warning_is_gone_when_back)

/* Two teams of node 1, of which one may read the correction: each is told what is true for it. */
static void told_apart(struct two *t)
{
	struct issuing s = {0};
	struct uuid one, other;
	size_t corrections, withdrawn;

	acquaint(t);
	mail_on(t, 1);
	one = circle(t, "One");
	other = circle(t, "Other");
	OK(circle_member_add(&t->c[0], one, t->f[1].team_uid[1], &why));
	tell_circle(t, one);
	issuing_open(t, &s);
	warn(t, &s, one, "TLP:AMBER");
	mails(t, 1, &corrections, &withdrawn);
	CHECK(corrections == 0 && withdrawn == 0);
	corrected_for(t, &s, other);
	pass(t);
	mails(t, 1, &corrections, &withdrawn);
	CHECK(corrections == 2 && withdrawn == 2); /* lead and analyst */
	issuing_close(&s);
}
BOTH_TWO(told_apart)

/* A team of the issuer's own node, in one circle and not in the other. */
static void told_at_home(struct two *t)
{
	struct issuing s = {0};
	struct uuid one, other;
	size_t corrections, withdrawn;

	acquaint(t);
	mail_on(t, 0);
	one = circle(t, "One");
	other = circle(t, "Other");
	OK(circle_member_add(&t->c[0], one, t->f[0].team_uid[1], &why));
	ctx_refresh(&t->c[0]);
	issuing_open(t, &s);
	warn(t, &s, one, "TLP:AMBER");
	mails(t, 0, &corrections, &withdrawn);
	CHECK(corrections == 0 && withdrawn == 0);
	corrected_for(t, &s, other);
	mails(t, 0, &corrections, &withdrawn);
	CHECK(corrections == 0 && withdrawn > 0);
	corrected_for(t, &s, other);
	mails(t, 0, &corrections, &withdrawn);
	CHECK(corrections == 0 && withdrawn == 0);
	issuing_close(&s);
}
BOTH_TWO(told_at_home)

RUN_TESTS(BOTH_ROWS(imported_elsewhere), BOTH_ROWS(leaves_meanwhile), BOTH_ROWS(stays),
	  BOTH_ROWS(warning_is_taken_back), BOTH_ROWS(warning_is_corrected),
	  BOTH_ROWS(warning_is_gone_when_back), BOTH_ROWS(told_at_home), BOTH_ROWS(told_apart))
