// SPDX-License-Identifier: Apache-2.0
/* What a team tells the world: warnings issued for the public as pages and as an Atom feed. All of
 * it is asked as nobody, whoever is signed in. */
#include "api/html.h"

#include "base/codec.h"
#include "team/published.h"

#define ON_A_PAGE 50
#define IN_A_FEED 50

typedef enum err public_fn(struct call *c, struct ctx *nobody);

/* In a context of nobody, in the language of the address. */
static enum err as_nobody(struct call *c, public_fn *fn)
{
	struct actor actor;
	struct ctx nobody;
	enum err err;

	call_choose_language(c, call_param(c, "lang"));
	published_ctx(&nobody, c->api->o.node, request_arena(c->rq), &actor, c->ctx.lang);
	err = fn(c, &nobody);
	ctx_done(&nobody);
	return err;
}

static str base_url(struct call *c)
{
	return str_c(c->api->o.node->config.url);
}

static str moment(struct call *c, int64_t us)
{
	return us ? moment_text(request_arena(c->rq), us, call_is_ja(c)) : STR_NULL;
}

static void bdi(struct buf *b, str lang, str text)
{
	buf_add(b, STR("<bdi"));
	if (str_eq(lang, STR("ja")) || str_eq(lang, STR("en")))
		buf_printf(b, " lang=\"%.*s\"", STR_ARG(lang));
	buf_add_char(b, '>');
	html_text(b, text);
	buf_add(b, STR("</bdi>"));
}

/* ---- the list ---- */

static void list_item(struct call *c, struct buf *b, const struct reading *r)
{
	buf_printf(b, "<li><p class=\"when\"><time>%.*s</time> ",
		   STR_ARG(moment(c, r->changed_us)));
	html_text(b, r->team);
	buf_add(b, STR("</p><h2><a href=\"/public/warnings/"));
	html_text(b, r->id);
	buf_printf(b, "?lang=%s\">", c->ctx.lang);
	html_text(b, r->mark);
	html_text(b, r->number);
	buf_add_char(b, ' ');
	bdi(b, r->language, r->title);
	buf_add(b, STR("</a></h2><p class=\"hint\">"));
	html_text(b, r->kind);
	buf_add(b, STR("</p><p>"));
	bdi(b, r->language, r->summary);
	buf_add(b, STR("</p></li>"));
}

static enum err list_page(struct call *c, struct ctx *nobody)
{
	struct reading *r;
	size_t n = 0;
	int64_t before = 0, next = 0;
	struct html_page p = {.title = call_is_ja(c) ? STR("公開している警戒情報")
						     : STR("Public warnings"),
			      .tlp_clear = true,
			      .feed = true};
	BUF(b);
	enum err err = call_cursor(c, &before);

	if (!err)
		err = published_warnings(nobody, before, ON_A_PAGE, &r, &n, &next, &c->why);
	if (err)
		return err;
	html_open(c, &b, &p);
	buf_printf(&b, "<p><a href=\"/public/warnings.atom?lang=%s\">%s</a></p>", c->ctx.lang,
		   call_is_ja(c) ? "新着を受け取る（Atom フィード）" : "Follow as an Atom feed");
	if (!n && !next)
		buf_printf(&b, "<p>%s</p>",
			   call_is_ja(c) ? "公開している警戒情報はまだありません。"
					 : "No warning has been published yet.");
	buf_add(&b, STR("<ol class=\"list\">"));
	for (size_t i = 0; i < n; i++)
		list_item(c, &b, &r[i]);
	buf_add(&b, STR("</ol>"));
	if (next)
		buf_printf(&b, "<p><a href=\"?lang=%s&amp;cursor=%.*s\">%s</a></p>", c->ctx.lang,
			   STR_ARG(cursor_text(c, next)),
			   call_is_ja(c) ? "これより前のもの" : "Older ones");
	html_links(c, &b, &p, true);
	return html_close(c, 200, &b, true);
}

enum err public_warnings(struct call *c)
{
	return as_nobody(c, list_page);
}

/* ---- one ---- */

static void head_html(struct call *c, struct buf *b, const struct reading *r)
{
	buf_add(b, STR("<p class=\"hint\">"));
	html_text(b, r->number);
	buf_add(b, STR(" · "));
	html_text(b, r->team);
	buf_add(b, STR(" · "));
	html_text(b, r->kind);
	buf_printf(b, "<br>%s <time>%.*s</time>", call_is_ja(c) ? "発行" : "Issued",
		   STR_ARG(moment(c, r->issued_us)));
	if (r->edition > 1)
		buf_printf(b, call_is_ja(c) ? "（第%lld版）" : " (version %lld)",
			   (long long)r->edition);
	buf_add(b, STR("</p>"));
}

static void parts_html(struct buf *b, const struct reading *r)
{
	for (size_t i = 0; i < r->n_parts; i++) {
		const struct reading_part *part = &r->parts[i];

		buf_add(b, STR("<section><h2>"));
		html_text(b, part->heading);
		buf_add(b, STR("</h2><dl>"));
		for (size_t k = 0; k < part->n; k++) {
			if (part->rows[k].label.n) {
				buf_add(b, STR("<dt>"));
				html_text(b, part->rows[k].label);
				buf_add(b, STR("</dt>"));
			}
			buf_add(b, STR("<dd>"));
			if (part->rows[k].link) {
				buf_add(b, STR("<a rel=\"noreferrer nofollow\" href=\""));
				html_text(b, part->rows[k].text);
				buf_add(b, STR("\">"));
			}
			bdi(b, r->language, part->rows[k].text);
			buf_add(b, part->rows[k].link ? STR("</a></dd>") : STR("</dd>"));
		}
		buf_add(b, STR("</dl></section>"));
	}
}

static enum err one_page(struct call *c, struct ctx *nobody)
{
	struct reading r;
	struct html_page p = {.tlp_clear = true, .feed = true};
	BUF(b);
	enum err err = published_warning(nobody, call_var(c, "id"), &r, &c->why);

	if (err)
		return err;
	p.title = arena_printf(request_arena(c->rq), "%.*s%.*s", STR_ARG(r.mark), STR_ARG(r.title));
	if (str_eq(r.language, STR("ja")) || str_eq(r.language, STR("en")))
		p.lang = r.language;
	html_open(c, &b, &p);
	head_html(c, &b, &r);
	if (str_eq(r.state, STR("withdrawn"))) {
		buf_printf(&b, "<div role=\"alert\"><p>%s <time>%.*s</time></p><p>",
			   call_is_ja(c) ? "この警戒情報は撤回されました。"
					 : "This warning has been withdrawn.",
			   STR_ARG(moment(c, r.changed_us)));
		bdi(&b, r.language, r.reason);
		buf_add(&b, STR("</p></div>"));
	}
	if (r.summary.n) {
		buf_add(&b, STR("<p class=\"lead\">"));
		bdi(&b, r.language, r.summary);
		buf_add(&b, STR("</p>"));
	}
	parts_html(&b, &r);
	buf_add(&b, STR("<p class=\"tlp\">TLP:CLEAR</p>"));
	html_links(c, &b, &p, true);
	return html_close(c, 200, &b, true);
}

enum err public_warning(struct call *c)
{
	return as_nobody(c, one_page);
}

/* ---- the feed ---- */

static void xml_time(struct buf *b, const char *name, int64_t us)
{
	char t[TIME_TEXT];

	time_text(us, t);
	buf_printf(b, "<%s>%.*s</%s>", name, TIME_TEXT, t, name);
}

static void entry_xml(struct call *c, struct buf *b, const struct reading *r)
{
	str type;
	struct uuid uid;
	char u[UUID_TEXT];
	BUF(text);

	if (id_parse(r->id, &type, &uid))
		return;
	uuid_text(uid, u);
	buf_printf(b, "<entry><id>urn:uuid:%.*s</id><title>", UUID_TEXT, u);
	html_text(b, r->mark);
	html_text(b, r->number);
	buf_add_char(b, ' ');
	html_text(b, r->title);
	buf_add(b, STR("</title>"));
	xml_time(b, "published", r->issued_us);
	xml_time(b, "updated", r->changed_us);
	buf_add(b, STR("<author><name>"));
	html_text(b, r->team);
	buf_add(b, STR("</name></author><link rel=\"alternate\" type=\"text/html\" href=\""));
	html_text(b, base_url(c));
	buf_add(b, STR("/public/warnings/"));
	html_text(b, r->id);
	buf_printf(b, "?lang=%s\"/><summary>", c->ctx.lang);
	html_text(b, r->reason.n ? r->reason : r->summary);
	buf_add(b, STR("</summary><content type=\"text\">"));
	warning_reading_text(r, call_is_ja(c), &text);
	html_text(b, buf_str(&text));
	buf_add(b, STR("</content></entry>"));
}

static void feed_head(struct call *c, struct buf *b, int64_t updated_us)
{
	str name = str_c(c->api->o.node->config.name), url = base_url(c);

	buf_printf(b,
		   "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed "
		   "xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"%s\"><id>",
		   c->ctx.lang);
	html_text(b, url);
	buf_printf(b, "/public/warnings.atom?lang=%s</id><title>", c->ctx.lang);
	html_text(b, name);
	buf_printf(b, "%s%s</title>", name.n ? " " : "",
		   call_is_ja(c) ? "公開している警戒情報" : "Public warnings");
	xml_time(b, "updated", updated_us);
	buf_add(b, STR("<link rel=\"self\" type=\"application/atom+xml\" href=\""));
	html_text(b, url);
	buf_printf(b,
		   "/public/warnings.atom?lang=%s\"/><link rel=\"alternate\" "
		   "type=\"text/html\" href=\"",
		   c->ctx.lang);
	html_text(b, url);
	buf_printf(b, "/public/warnings?lang=%s\"/><rights>TLP:CLEAR</rights>", c->ctx.lang);
}

/* Readers ask often; what has not changed is not sent again. */
static enum err send_feed(struct call *c, struct buf *b)
{
	struct digest d = sha256(buf_str(b));
	BUF(tag);

	buf_add_char(&tag, '"');
	hex_encode(&tag, d.b, 16);
	buf_add_char(&tag, '"');
	response_header(c->rq, "ETag", arena_str(request_arena(c->rq), buf_str(&tag)));
	response_header(c->rq, "Cache-Control", STR("public, max-age=300"));
	response_header(c->rq, "Vary", STR("Accept-Language"));
	if (str_find(request_header(c->rq, "If-None-Match"), buf_str(&tag)) >= 0)
		response_empty(c->rq, 304);
	else
		response_bytes(c->rq, 200, "application/atom+xml; charset=utf-8",
			       arena_str(request_arena(c->rq), buf_str(b)));
	return ERR_OK;
}

static enum err feed(struct call *c, struct ctx *nobody)
{
	struct reading *r;
	size_t n = 0;
	int64_t next = 0, updated = 0;
	BUF(b);
	enum err err = published_warnings(nobody, 0, IN_A_FEED, &r, &n, &next, &c->why);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		updated = r[i].changed_us > updated ? r[i].changed_us : updated;
	feed_head(c, &b, n ? updated : c->api->started_us);
	for (size_t i = 0; i < n; i++)
		entry_xml(c, &b, &r[i]);
	buf_add(&b, STR("</feed>\n"));
	return send_feed(c, &b);
}

enum err public_feed(struct call *c)
{
	return as_nobody(c, feed);
}
