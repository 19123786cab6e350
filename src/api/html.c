// SPDX-License-Identifier: Apache-2.0
#include "api/html.h"

#include "base/codec.h"

static bool may_stand(uint32_t c)
{
	return c >= 0x20 ? c != 0x7f && (c < 0x80 || c >= 0xa0) && c != 0xfffe && c != 0xffff
			 : c == '\t' || c == '\n' || c == '\r';
}

void html_text(struct buf *b, str s)
{
	while (s.n) {
		uint32_t c = 0;
		size_t n = utf8_decode(s, &c);

		if (!n || !may_stand(c)) {
			buf_add(b, STR("\xef\xbf\xbd"));
			s = str_from(s, n ? n : 1);
			continue;
		}
		if (c == '<')
			buf_add(b, STR("&lt;"));
		else if (c == '>')
			buf_add(b, STR("&gt;"));
		else if (c == '&')
			buf_add(b, STR("&amp;"));
		else if (c == '"')
			buf_add(b, STR("&quot;"));
		else if (c == '\'')
			buf_add(b, STR("&#39;"));
		else
			buf_add(b, str_slice(s, 0, n));
		s = str_from(s, n);
	}
}

bool call_is_ja(struct call *c)
{
	return strcmp(c->ctx.lang, "ja") == 0;
}

void call_choose_language(struct call *c, str given)
{
	if (str_eq(given, STR("ja")) || str_eq(given, STR("en")))
		c->ctx.lang = str_eq(given, STR("ja")) ? "ja" : "en";
}

static void style_link(struct call *c, struct buf *b)
{
	for (size_t i = 0; i < c->api->o.n_assets; i++)
		if (str_starts(str_c(c->api->o.assets[i].url), STR("/assets/report")) &&
		    str_ends(str_c(c->api->o.assets[i].url), STR(".css")))
			buf_printf(b, "<link rel=\"stylesheet\" href=\"%s\">",
				   c->api->o.assets[i].url);
}

void html_open(struct call *c, struct buf *b, const struct html_page *p)
{
	buf_printf(b,
		   "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta "
		   "name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" "
		   "content=\"light dark\"><title>",
		   c->ctx.lang);
	html_text(b, p->title);
	buf_add(b, STR("</title>"));
	style_link(c, b);
	if (p->feed)
		buf_printf(b,
			   "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Atom\" "
			   "href=\"/public/warnings.atom?lang=%s\">",
			   c->ctx.lang);
	buf_printf(b, "</head><body%s><main>%s<h1", p->tlp_clear ? " class=\"clear\"" : "",
		   p->tlp_clear ? "<p class=\"tlp\">TLP:CLEAR</p>" : "");
	if (p->lang.n)
		buf_printf(b, " lang=\"%.*s\"", STR_ARG(p->lang));
	buf_add(b, STR("><bdi>"));
	html_text(b, p->title);
	buf_add(b, STR("</bdi></h1>"));
	if (!c->api->o.node->config.name)
		return;
	buf_add(b, STR("<p>")); /* whom one writes to */
	html_text(b, str_c(c->api->o.node->config.name));
	buf_add(b, STR("</p>"));
}

void html_links(struct call *c, struct buf *b, const struct html_page *p, bool languages)
{
	static const struct {
		const char *url, *ja, *en;
	} pages[] = {{"/report", "報告する", "Report an incident"},
		     {"/report/status", "報告の状況", "State of a report"},
		     {"/public/warnings", "公開している警戒情報", "Public warnings"},
		     {"/rfc2350", "このチームについて", "About the team"}};
	static const char *const rows[][2] = {{"ja", "日本語"}, {"en", "English"}};

	buf_add(b, STR("<nav><ul>"));
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		buf_printf(b, "<li><a href=\"%s?lang=%s\">%s</a></li>", pages[i].url, c->ctx.lang,
			   call_is_ja(c) ? pages[i].ja : pages[i].en);
	buf_add(b, STR("</ul><ul class=\"langs\">"));
	for (size_t i = 0; languages && i < ARRAY_LEN(rows); i++) {
		buf_printf(b, "<li><a href=\"?lang=%s", rows[i][0]);
		if (p->more.n) {
			buf_add(b, STR("&amp;"));
			html_text(b, p->more);
		}
		buf_printf(b, "\" lang=\"%s\"%s>%s</a></li>", rows[i][0],
			   strcmp(rows[i][0], c->ctx.lang) == 0 ? " aria-current=\"true\"" : "",
			   rows[i][1]);
	}
	buf_add(b, STR("</ul></nav>"));
}

enum err html_close(struct call *c, int status, struct buf *b, bool cached)
{
	buf_add(b, STR("</main></body></html>"));
	response_header(c->rq, "Cache-Control",
			cached ? STR("public, max-age=300") : STR("no-store"));
	response_header(c->rq, "Vary", STR("Accept-Language"));
	response_bytes(c->rq, status, "text/html; charset=utf-8",
		       arena_str(request_arena(c->rq), buf_str(b)));
	return ERR_OK;
}

bool html_wanted(struct call *c)
{
	static const char *const pages[] = {"/report", "/public/", "/rfc2350"};
	str accept = request_header(c->rq, "Accept"), path = request_path(c->rq);

	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (str_starts(path, str_c(pages[i])))
			return str_find(accept, STR("text/html")) >= 0;
	return false;
}

void html_problem(struct call *c, enum err err, const char *en, const char *ja)
{
	struct html_page p = {0};
	const char *why;
	BUF(b);

	call_choose_language(c, call_param(c, "lang"));
	why = call_is_ja(c) ? c->why.text_ja : c->why.text;
	p.title = call_is_ja(c)
		      ? str_c(ja)
		      : arena_printf(request_arena(c->rq), "%c%s", en[0] - 'a' + 'A', en + 1);
	html_open(c, &b, &p);
	if (err == ERR_NOTFOUND)
		why =
		    call_is_ja(c)
			? "アドレスが変わったか、公開が終わりました。下のページからお探しください。"
			: "The address has changed, or this is no longer public. Please "
			  "look for it from the pages below.";
	if (why[0] && err != ERR_IO) {
		buf_add(&b, STR("<p>"));
		html_text(&b, str_c(why));
		buf_add(&b, STR("</p>"));
	}
	html_links(c, &b, &p, request_method(c->rq) == HTTP_GET);
	if (err == ERR_BUSY || err == ERR_RATE)
		response_header(c->rq, "Retry-After", err == ERR_RATE ? STR("60") : STR("1"));
	(void)html_close(c, err_http_status(err), &b, false);
}
