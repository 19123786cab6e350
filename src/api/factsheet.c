// SPDX-License-Identifier: Apache-2.0
/* The team as it describes itself to the world: RFC 2350 as text and as a page, RFC 9116. */
#include "api/html.h"

#include "team/published.h"

static const struct {
	const char *no, *ja, *en;
	const char *fields[3]; /* of the fact sheet, those that are filled in one after another */
} rows[] = {
    {"1", "文書情報", "Document Information", {NULL}},
    {"1.1", "最終更新日", "Date of Last Update", {"modified"}},
    {"1.2", "更新の通知先", "Distribution List for Notifications", {"distribution"}},
    {"1.3", "文書の所在", "Locations where this Document May Be Found", {"locations"}},
    {"1.4", "文書の確認方法", "Authenticating this Document", {"authentication"}},
    {"2", "連絡先", "Contact Information", {NULL}},
    {"2.1", "チーム名", "Name of the Team", {"name", "short_name"}},
    {"2.2", "所在地", "Address", {"address"}},
    {"2.3", "時間帯", "Time Zone", {"timezone"}},
    {"2.4", "電話番号", "Telephone Number", {"phone"}},
    {"2.5", "FAX番号", "Facsimile Number", {"fax"}},
    {"2.6", "その他の通信手段", "Other Telecommunication", {"other_communication"}},
    {"2.7", "メールアドレス", "Electronic Mail Address", {"email"}},
    {"2.8", "公開鍵と暗号化", "Public Keys and Other Encryption Information", {"keys", "key_url"}},
    {"2.9", "構成員", "Team Members", {"members"}},
    {"2.10",
     "その他の情報（業務時間、時間外の連絡先）",
     "Other Information (hours, out of hours)",
     {"hours", "emergency"}},
    {"2.11", "連絡先の使い分け", "Points of Customer Contact", {"contact_points"}},
    {"3", "活動憲章", "Charter", {NULL}},
    {"3.1", "活動目的", "Mission Statement", {"mission"}},
    {"3.2", "対象", "Constituency", {"constituency"}},
    {"3.3", "所属・支援組織", "Sponsorship and/or Affiliation", {"affiliation"}},
    {"3.4", "権限", "Authority", {"authority"}},
    {"4", "ポリシー", "Policies", {NULL}},
    {"4.1",
     "扱うインシデントと支援の水準",
     "Types of Incidents and Level of Support",
     {"incident_types"}},
    {"4.2",
     "協力と情報の開示",
     "Co-operation, Interaction and Disclosure of Information",
     {"cooperation"}},
    {"4.3", "通信と認証", "Communication and Authentication", {"communication"}},
    {"5", "サービス", "Services", {NULL}},
    {"5.1", "インシデント対応", "Incident Response", {NULL}},
    {"5.1.1", "トリアージ", "Incident Triage", {"triage"}},
    {"5.1.2", "調整", "Incident Coordination", {"coordination"}},
    {"5.1.3", "解決の支援", "Incident Resolution", {"resolution"}},
    {"5.2", "事前の活動", "Proactive Activities", {"proactive"}},
    {"6", "報告様式", "Incident Reporting Forms", {"reporting_forms"}},
    {"7", "免責事項", "Disclaimers", {"disclaimers"}},
};

typedef enum err sheet_fn(struct call *c, const struct json *sheet, str languages);

/* As nobody; sheet NULL: none is published. */
static enum err with_sheet(struct call *c, sheet_fn *fn)
{
	struct actor actor;
	struct ctx nobody;
	struct json sheet;
	str languages = STR_NULL;
	enum err err;

	call_choose_language(c, call_param(c, "lang"));
	published_ctx(&nobody, c->api->o.node, request_arena(c->rq), &actor, c->ctx.lang);
	err = published_sheet(&nobody, str_c(c->ctx.lang), &sheet, &languages, &c->why);
	if (err == ERR_NOTFOUND)
		err = fn(c, NULL, STR("ja, en"));
	else if (!err)
		err = fn(c, &sheet, languages);
	ctx_done(&nobody);
	return err;
}

static str url_below(struct call *c, const char *path)
{
	return arena_printf(request_arena(c->rq), "%s%s",
			    c->api->o.node->config.url ? c->api->o.node->config.url : "", path);
}

/* What stands where the sheet says nothing. */
static str unsaid(struct call *c, const char *field, bool ja)
{
	if (strcmp(field, "locations") == 0)
		return url_below(c, "/rfc2350.txt");
	if (strcmp(field, "reporting_forms") == 0)
		return url_below(c, "/report");
	return ja ? STR("なし") : STR("None.");
}

static str row_text(struct call *c, const struct json *sheet, size_t i, bool ja)
{
	str text = STR_NULL;
	int64_t us;

	for (size_t k = 0; k < ARRAY_LEN(rows[i].fields) && rows[i].fields[k]; k++) {
		str v = str_trim(json_get_str(sheet, rows[i].fields[k]));

		if (strcmp(rows[i].fields[k], "modified") == 0 && time_parse(v, &us) == ERR_OK)
			v = str_slice(moment_text(request_arena(c->rq), us, ja), 0, 10);
		if (v.n)
			text = text.n ? arena_printf(request_arena(c->rq), "%.*s\n%.*s",
						     STR_ARG(text), STR_ARG(v))
				      : v;
	}
	return text.n || !rows[i].fields[0] ? text : unsaid(c, rows[i].fields[0], ja);
}

/* The sheet's own language, whatever page it stands on. */
static bool sheet_is_ja(const struct json *sheet)
{
	return !str_eq(json_get_str(sheet, "language"), STR("en"));
}

static enum err not_published(struct call *c)
{
	c->why = (struct why){0};
	return why_field(&c->why, ERR_NOTFOUND, "not_published", NULL,
			 "the team has not published a fact sheet (RFC 2350)",
			 "チーム記述書（RFC 2350）はまだ公開されていません");
}

static enum err sheet_text(struct call *c, const struct json *sheet, str languages)
{
	bool ja = sheet_is_ja(sheet);
	BUF(b);

	(void)languages;
	if (!sheet)
		return not_published(c);
	buf_printf(&b, "RFC 2350  %.*s\nTLP:CLEAR\n", STR_ARG(json_get_str(sheet, "name")));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str text = row_text(c, sheet, i, ja), line;

		buf_printf(&b, "\n%s. %s\n", rows[i].no, ja ? rows[i].ja : rows[i].en);
		while (text.n && str_split(&text, '\n', &line))
			buf_printf(&b, "   %.*s\n", STR_ARG(str_trim(line)));
	}
	response_header(c->rq, "Cache-Control", STR("public, max-age=300"));
	response_header(c->rq, "Vary", STR("Accept-Language"));
	response_bytes(c->rq, 200, "text/plain; charset=utf-8",
		       arena_str(request_arena(c->rq), buf_str(&b)));
	return ERR_OK;
}

enum err rfc2350_text(struct call *c)
{
	return with_sheet(c, sheet_text);
}

static void sheet_rows(struct call *c, struct buf *b, const struct json *sheet)
{
	bool ja = sheet_is_ja(sheet), open = false;

	buf_printf(b, "<div lang=\"%s\">", ja ? "ja" : "en");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		str text = row_text(c, sheet, i, ja);
		const char *word = ja ? rows[i].ja : rows[i].en;

		if (!strchr(rows[i].no, '.')) {
			buf_printf(b, "%s<h2>%s. %s</h2>", open ? "</dl>" : "", rows[i].no, word);
			open = false;
		} else {
			buf_printf(b, "%s<dt>%s %s</dt>", open ? "" : "<dl>", rows[i].no, word);
			open = true;
		}
		if (text.n) {
			buf_add(b, open ? STR("<dd>") : STR("<p>"));
			html_text(b, text);
			buf_add(b, open ? STR("</dd>") : STR("</p>"));
		} else if (open) {
			buf_add(b, STR("<dd></dd>"));
		}
	}
	buf_printf(b, "%s</div>", open ? "</dl>" : "");
}

static enum err sheet_page(struct call *c, const struct json *sheet, str languages)
{
	struct html_page p = {.title =
				  call_is_ja(c) ? STR("このチームについて") : STR("About the team"),
			      .tlp_clear = sheet != NULL};
	BUF(b);

	(void)languages;
	c->why = (struct why){0};
	html_open(c, &b, &p);
	if (sheet) {
		buf_printf(&b,
			   "<p>%s <a href=\"/rfc2350.txt?lang=%s\">RFC 2350 (txt)</a> · <a "
			   "href=\"/.well-known/security.txt\">security.txt</a></p>",
			   call_is_ja(c) ? "テキスト版：" : "As text:", c->ctx.lang);
		sheet_rows(c, &b, sheet);
	} else {
		buf_printf(&b, "<p>%s</p>",
			   call_is_ja(c)
			       ? "チーム記述書（RFC 2350）はまだ公開されていません。"
			       : "The team has not published a fact sheet (RFC 2350) yet.");
	}
	html_links(c, &b, &p, true);
	return html_close(c, sheet ? 200 : 404, &b, sheet != NULL);
}

enum err rfc2350_page(struct call *c)
{
	return with_sheet(c, sheet_page);
}

/* ---- security.txt ---- */

/* One line each: what would break it is left out. */
static void line(struct buf *b, const char *name, const char *scheme, str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' || v.p[i] == 0x7f)
			return;
	if (v.n)
		buf_printf(b, "%s: %s%.*s\n", name, scheme, STR_ARG(v));
}

/* "+81 (3) 1234-5678" as tel: wants it; what is no number is left out. */
static str telephone(struct call *c, str v)
{
	BUF(b);

	for (size_t i = 0; i < v.n; i++) {
		if (ch_digit(v.p[i]) || (v.p[i] == '+' && !b.n))
			buf_add_char(&b, v.p[i]);
		else if (!strchr(" -().", v.p[i]))
			return STR_NULL;
	}
	return b.n > 4 ? arena_str(request_arena(c->rq), buf_str(&b)) : STR_NULL;
}

static enum err security(struct call *c, const struct json *sheet, str languages)
{
	static const struct {
		const char *name, *field;
	} urls[] = {{"Encryption", "key_url"},
		    {"Acknowledgments", "acknowledgments_url"},
		    {"Policy", "policy_url"},
		    {"Hiring", "hiring_url"}};
	int64_t until = clock_now_us() + INT64_C(180) * 86400 * US_PER_S;
	char expires[TIME_TEXT];
	BUF(b);

	c->why = (struct why){0};
	if (time_parse(json_get_str(sheet, "valid_until"), &until))
		until = clock_now_us() + INT64_C(180) * 86400 * US_PER_S;
	time_text(until, expires);
	line(&b, "Contact", "mailto:", json_get_str(sheet, "email"));
	line(&b, "Contact", "", url_below(c, "/report"));
	line(&b, "Contact", "tel:", telephone(c, json_get_str(sheet, "phone")));
	buf_printf(&b, "Expires: %.19sZ\nPreferred-Languages: %.*s\n", expires, STR_ARG(languages));
	line(&b, "Canonical", "", url_below(c, "/.well-known/security.txt"));
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		line(&b, urls[i].name, "", json_get_str(sheet, urls[i].field));
	response_header(c->rq, "Cache-Control", STR("public, max-age=3600"));
	response_bytes(c->rq, 200, "text/plain; charset=utf-8",
		       arena_str(request_arena(c->rq), buf_str(&b)));
	return ERR_OK;
}

enum err security_txt(struct call *c)
{
	return with_sheet(c, security);
}
