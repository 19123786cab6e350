// SPDX-License-Identifier: Apache-2.0
/* The public report form: works without JavaScript, in Japanese and English; whatever anybody typed
 * is escaped. */
#include "api/html.h"

#include "base/codec.h"
#include "team/window.h"

static const struct {
	const char *name;
	const char *ja, *en, *hint_ja, *hint_en;
	const char *kind; /* text email textarea purpose when checkbox */
	const char *fill; /* what a browser may fill in by itself, HTML's autocomplete */
	bool required;
} fields[] = {
    {"title", "件名", "Subject", "何が起きたかを一行で", "What happened, in one line", "text",
     "off", true},
    {"description", "内容", "What happened", "ログやメールの本文もそのまま貼れます",
     "Paste logs or mails as they are", "textarea", "off", true},
    {"purpose", "目的", "Purpose", "", "", "purpose", "off", false},
    {"occurred", "発生日時", "When it happened", "分かる範囲で", "As far as you know", "when",
     "off", false},
    {"name", "お名前", "Your name", "", "", "text", "name", false},
    {"email", "メールアドレス", "E-mail", "ご連絡が必要なときに使います",
     "Used when we have to reach you", "email", "email", false},
    {"organization", "組織", "Organisation", "", "", "text", "organization", false},
    {"anonymous", "匿名で報告する", "Report anonymously", "お名前と連絡先は保存されません",
     "Name and contact are not kept", "checkbox", "off", false},
    {"may_share", "匿名化して共有してよい", "May be shared anonymised",
     "ほかの組織への注意喚起に役立ちます", "It helps to warn others", "checkbox", "off", false},
};
/* Zones a reporter may choose from; the form works without a script, so nothing can guess it. */
static const char *const zones[] = {"-10:00", "-09:00", "-08:00", "-07:00", "-06:00", "-05:00",
				    "-04:00", "-03:00", "+00:00", "+01:00", "+02:00", "+03:00",
				    "+05:30", "+07:00", "+08:00", "+09:00", "+10:00", "+12:00"};

static struct html_page page_of(struct call *c, const char *ja, const char *en)
{
	return (struct html_page){.title = str_c(call_is_ja(c) ? ja : en)};
}

static void option_html(struct buf *b, str value, str text, bool chosen)
{
	buf_add(b, STR("<option value=\""));
	html_text(b, value);
	buf_printf(b, "\"%s>", chosen ? " selected" : "");
	html_text(b, text);
	buf_add(b, STR("</option>"));
}

/* Labels of lists begin small in English, for use within a sentence; alone they begin large. */
static str begun_large(struct call *c, str label)
{
	return label.n && label.p[0] >= 'a' && label.p[0] <= 'z'
		   ? arena_printf(c->ctx.arena, "%c%.*s", label.p[0] - 'a' + 'A',
				  STR_ARG(str_from(label, 1)))
		   : label;
}

static void purpose_html(struct call *c, struct buf *b, str chosen)
{
	const struct json *list = catalog_list(c->api->o.node->catalog, STR("report_purpose"));
	const struct json *items = json_get_c(list, "items") ? json_get_c(list, "items") : list;

	buf_add(b, STR("<select id=\"purpose\" name=\"purpose\">"));
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *it = json_at(items, i), *label = json_get_c(it, "label");
		str code = json_get_str(it, "code");

		option_html(b, code, begun_large(c, json_get_str(label, c->ctx.lang)),
			    str_eq(code, chosen));
	}
	buf_add(b, STR("</select>"));
}

/* A moment as people write it, and the zone it is meant in. */
static void when_html(struct call *c, struct buf *b, str value, str zone)
{
	if (!zone.n)
		zone = call_is_ja(c) ? STR("+09:00") : STR("+00:00");
	buf_add(b, STR("<span class=\"pair\"><input id=\"occurred\" name=\"occurred\" "
		       "type=\"datetime-local\" aria-describedby=\"occurred-h\" value=\""));
	html_text(b, value);
	buf_printf(b, "\"><select name=\"zone\" aria-label=\"%s\">",
		   call_is_ja(c) ? "時刻帯" : "Time zone");
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		char text[64];
		int n = snprintf(text, sizeof(text), "UTC%s%s", zones[i],
				 strcmp(zones[i], "+09:00") == 0
				     ? (call_is_ja(c) ? "（日本時間）" : " (Japan)")
				     : "");

		if (n > 0 && (size_t)n < sizeof(text))
			option_html(b, str_c(zones[i]), str_c(text), str_eq(str_c(zones[i]), zone));
	}
	buf_add(b, STR("</select></span>"));
}

static void check_html(struct buf *b, size_t i, const char *label, const char *hint, bool checked)
{
	const char *name = fields[i].name;

	buf_printf(b,
		   "<div class=\"field\"><label><input name=\"%s\" type=\"checkbox\" "
		   "value=\"true\"%s aria-describedby=\"%s-h\"> %s</label><small "
		   "id=\"%s-h\">%s</small></div>",
		   name, checked ? " checked" : "", name, label, name, hint);
}

static void input_html(struct buf *b, size_t i, const char *hint, str value)
{
	const char *name = fields[i].name, *required = fields[i].required ? " required" : "";
	char described[80] = "";

	if (hint[0] &&
	    snprintf(described, sizeof(described), " aria-describedby=\"%s-h\"", name) < 0)
		described[0] = 0;
	if (strcmp(fields[i].kind, "textarea") == 0) {
		buf_printf(b,
			   "<textarea id=\"%s\" name=\"%s\" rows=\"10\" "
			   "maxlength=\"100000\"%s%s>",
			   name, name, described, required);
		html_text(b, value);
		buf_add(b, STR("</textarea>"));
		return;
	}
	buf_printf(b,
		   "<input id=\"%s\" name=\"%s\" type=\"%s\" maxlength=\"300\" "
		   "autocomplete=\"%s\"%s%s value=\"",
		   name, name, fields[i].kind, fields[i].fill, described, required);
	html_text(b, value);
	buf_add(b, STR("\">"));
}

static void field_html(struct call *c, struct buf *b, size_t i, const struct form_part *p, size_t n)
{
	const char *label = call_is_ja(c) ? fields[i].ja : fields[i].en,
		   *hint = call_is_ja(c) ? fields[i].hint_ja : fields[i].hint_en,
		   *kind = fields[i].kind, *name = fields[i].name;
	str value = form_value(p, n, name);

	if (strcmp(kind, "checkbox") == 0) {
		check_html(b, i, label, hint, value.n > 0);
		return;
	}
	buf_printf(b, "<div class=\"field\"><label for=\"%s\">%s%s</label>", name, label,
		   fields[i].required ? (call_is_ja(c) ? " <span class=\"req\">必須</span>"
						       : " <span class=\"req\">required</span>")
				      : "");
	if (hint[0])
		buf_printf(b, "<small id=\"%s-h\">%s</small>", name, hint);
	if (strcmp(kind, "purpose") == 0)
		purpose_html(c, b, value);
	else if (strcmp(kind, "when") == 0)
		when_html(c, b, value, form_value(p, n, "zone"));
	else
		input_html(b, i, hint, value);
	buf_add(b, STR("</div>"));
}

static void form_html(struct call *c, struct buf *b, const struct form_part *p, size_t n, str team)
{
	buf_printf(b, "<form method=\"post\" action=\"/report\" accept-charset=\"utf-8\">");
	buf_printf(b, "<input type=\"hidden\" name=\"language\" value=\"%s\">", c->ctx.lang);
	if (team.n) {
		buf_add(b, STR("<input type=\"hidden\" name=\"team\" value=\""));
		html_text(b, team);
		buf_add(b, STR("\">"));
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_html(c, b, i, p, n);
	buf_printf(b, "<p><button type=\"submit\">%s</button></p></form>",
		   call_is_ja(c) ? "送信する" : "Send");
}

/* Who reads it: said of the node's own window only, since which teams there are is not public. */
static void reader_html(struct call *c, struct buf *b, str team)
{
	const struct directory_team *t =
	    team.n ? NULL : directory_team(c->ctx.dir, c->api->o.node->home_team);

	if (!t)
		return;
	buf_printf(b, "<p class=\"to\">%s ", call_is_ja(c) ? "宛先" : "To");
	buf_add(b, STR("<strong>"));
	html_text(b, call_is_ja(c) && t->name_ja.n ? t->name_ja : t->name);
	buf_add(b, STR("</strong></p>"));
}

enum err report_form(struct call *c)
{
	struct html_page p;
	BUF(b);
	BUF(team);

	call_choose_language(c, call_param(c, "lang"));
	p = page_of(c, "インシデントの報告", "Report an incident");
	if (call_param(c, "team").n) {
		buf_add(&team, STR("team="));
		percent_encode(&team, call_param(c, "team"));
		p.more = buf_str(&team);
	}
	html_open(c, &b, &p);
	reader_html(c, &b, call_param(c, "team"));
	buf_printf(
	    &b, "<p>%s</p>",
	    call_is_ja(c)
		? "件名と内容のほかは、書けるところだけで構いません。送信すると、受付番号と確認コー"
		  "ドをお渡しします。"
		: "Beside subject and text, write what you can. You get a number and a code to "
		  "look up what becomes of it.");
	form_html(c, &b, NULL, 0, call_param(c, "team"));
	html_links(c, &b, &p, true);
	return html_close(c, 200, &b, false);
}

/* Field names of the form, and those of the API's report as a form would spell them. */
static str value_of(const struct form_part *p, size_t n, const char *name)
{
	char keys[4][64];
	int ok = snprintf(keys[0], sizeof(keys[0]), "%s", name) +
		 snprintf(keys[1], sizeof(keys[1]), "reporter.%s", name) +
		 snprintf(keys[2], sizeof(keys[2]), "reporter_%s", name) +
		 snprintf(keys[3], sizeof(keys[3]), "reporter[%s]", name);

	for (size_t i = 0; ok > 0 && i < ARRAY_LEN(keys); i++)
		if (form_value(p, n, keys[i]).n)
			return form_value(p, n, keys[i]);
	return STR_NULL;
}

static bool truth(str v)
{
	return str_ieq(v, STR("true")) || str_ieq(v, STR("on")) || str_eq(v, STR("1")) ||
	       str_ieq(v, STR("yes"));
}

/* What <input type=datetime-local> sends, 2026-11-23T09:30 (:00), with the zone beside it. */
static str with_zone(struct arena *a, str local, str zone)
{
	return arena_printf(a, "%.*s%s%.*s", STR_ARG(local), local.n == 16 ? ":00" : "",
			    STR_ARG(zone));
}

static struct json request_of(struct call *c, const struct form_part *p, size_t n)
{
	static const char *const texts[] = {"title",    "description", "purpose",
					    "occurred", "known",       "language"};
	static const char *const people[] = {"name", "email", "organization"};
	struct arena *a = request_arena(c->rq);
	struct json o = json_object(), who = json_object();
	bool anonymous = truth(value_of(p, n, "anonymous"));

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		str v = str_trim(form_value(p, n, texts[i]));

		if (v.n && (v.n == 16 || v.n == 19) && strcmp(texts[i], "occurred") == 0)
			v = with_zone(a, v, form_value(p, n, "zone"));
		if (v.n)
			json_set(a, &o, str_c(texts[i]), json_string(v));
	}
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		str v = str_trim(value_of(p, n, people[i]));

		if (v.n)
			json_set(a, &who, str_c(people[i]), json_string(v));
	}
	if (anonymous)
		json_set(a, &who, STR("anonymous"), json_from_bool(true));
	if (json_count(&who))
		json_set(a, &o, STR("reporter"), who);
	if (form_value(p, n, "may_share").n) {
		const struct catalog_field *f = catalog_field(
		    catalog_plural(c->api->o.node->catalog, STR("reports")), STR("may_share"));
		bool text = f && str_eq(json_get_str(f->schema, "type"), STR("string"));
		str v = form_value(p, n, "may_share");

		if (text)
			json_set(a, &o, STR("may_share"),
				 json_string(truth(v) ? STR("anonymised") : v));
		else
			json_set(a, &o, STR("may_share"), json_from_bool(truth(v)));
	}
	if (form_value(p, n, "tlp").n)
		json_set(a, &o, STR("tlp"), json_string(form_value(p, n, "tlp")));
	return o;
}

static enum err report_done(struct call *c, const struct window_receipt *w)
{
	struct html_page page = page_of(c, "受け付けました", "Received");
	str code = str_c(w->code);
	struct json_out o;
	BUF(b);

	if (str_find(request_header(c->rq, "Accept"), STR("application/json")) >= 0) {
		json_out_init(&o, &b);
		jo_object(&o);
		jo_kstr(&o, "number", w->number);
		jo_kstr(&o, "code", code);
		jo_kc(&o, "status", "/report/status");
		jo_end(&o);
		return reply_json(c, 201, &b);
	}
	html_open(c, &b, &page);
	buf_printf(&b, "<div role=\"status\"><dl><dt>%s</dt><dd><code id=\"number\">",
		   call_is_ja(c) ? "受付番号" : "Number");
	html_text(&b, w->number);
	buf_printf(&b, "</code></dd><dt>%s</dt><dd><code id=\"code\">",
		   call_is_ja(c) ? "確認コード" : "Code");
	html_text(&b, code);
	buf_printf(
	    &b, "</code></dd></dl></div><p>%s</p>",
	    call_is_ja(c)
		? "確認コードはこの画面にだけ表示されます。番号とともに控えてください。「報告の"
		  "状況」で、その後の経過を確認できます。"
		: "The code is shown only now. Write both down: “State of a report” below "
		  "asks for them.");
	html_links(c, &b, &page, false);
	return html_close(c, 201, &b, false);
}

/* A fault in the words of the form: what is missing is named as the field above it is. */
static void fault_html(struct call *c, struct buf *b, const struct catalog_fault *f)
{
	bool missing = str_eq(f->code, STR("required")) && f->pointer.n;
	str name = missing ? str_slice(f->pointer, 1, f->pointer.n) : STR_NULL;

	buf_add(b, STR("<li>"));
	for (size_t i = 0; name.n && i < ARRAY_LEN(fields); i++)
		if (str_eq(name, str_c(fields[i].name))) {
			buf_printf(b, "%s%s</li>", call_is_ja(c) ? fields[i].ja : fields[i].en,
				   call_is_ja(c) ? "は必須です" : " is required");
			return;
		}
	html_text(b, call_is_ja(c) ? f->ja : f->en);
	buf_add(b, STR("</li>"));
}

static enum err report_again(struct call *c, enum err err, const struct catalog_faults *f,
			     const struct form_part *p, size_t n)
{
	struct html_page page = page_of(c, "インシデントの報告", "Report an incident");
	BUF(b);

	if (str_find(request_header(c->rq, "Accept"), STR("application/json")) >= 0) {
		c->ctx.faults = *f;
		return err;
	}
	html_open(c, &b, &page);
	buf_add(&b, STR("<div role=\"alert\"><ul>"));
	for (size_t i = 0; i < f->n; i++)
		fault_html(c, &b, &f->p[i]);
	if (!f->n) {
		buf_add(&b, STR("<li>"));
		html_text(&b,
			  str_c(call_is_ja(c) && c->why.text_ja[0] ? c->why.text_ja : c->why.text));
		buf_add(&b, STR("</li>"));
	}
	buf_add(&b, STR("</ul></div>"));
	form_html(c, &b, p, n, form_value(p, n, "team"));
	html_links(c, &b, &page, false);
	c->why = (struct why){0};
	return html_close(c, err_http_status(err), &b, false);
}

enum err report_post(struct call *c)
{
	struct form_part *p = NULL;
	size_t n = 0;
	struct json request;
	struct window_receipt w = {0};
	struct catalog_faults faults = {0};
	const struct directory_team *t = NULL;
	str team;
	enum err err = request_form(c->rq, &p, &n, &c->why);

	if (err)
		return err;
	call_choose_language(c, form_value(p, n, "language"));
	team = form_value(p, n, "team").n ? form_value(p, n, "team") : call_param(c, "team");
	if (team.n) {
		t = directory_team_named(c->ctx.dir, team);
		/* which teams there are is not for the public: an unknown one, and one that works
		 * on another node, goes to the node's own window */
		if (t && t->peer)
			t = NULL;
	}
	request = request_of(c, p, n);
	err = window_receive(c->api->o.node, request_arena(c->rq), t ? t->key : 0, &request, &w,
			     &faults, &c->why);
	if (err == ERR_UNPROCESSABLE || err == ERR_INVALID)
		return report_again(c, err, &faults, p, n);
	return err ? err : report_done(c, &w);
}

static void status_html(struct call *c, struct buf *b, const struct json *v)
{
	const struct json *label = json_get_c(v, "label"), *said = json_get_c(v, "messages");

	buf_printf(b, "<dl><dt>%s</dt><dd id=\"number\">", call_is_ja(c) ? "受付番号" : "Number");
	html_text(b, json_get_str(v, "number"));
	buf_printf(b, "</dd><dt>%s</dt><dd><bdi>", call_is_ja(c) ? "件名" : "Subject");
	html_text(b, json_get_str(v, "title"));
	buf_printf(b, "</bdi></dd><dt>%s</dt><dd id=\"state\">", call_is_ja(c) ? "状態" : "State");
	html_text(
	    b, begun_large(c, label ? json_get_str(label, c->ctx.lang) : json_get_str(v, "state")));
	buf_add(b, STR("</dd>"));
	for (size_t i = 0; i < json_count(said); i++) {
		buf_printf(b, "<dt>%s</dt><dd class=\"answer\"><bdi>",
			   call_is_ja(c) ? "回答" : "Answer");
		html_text(b, json_get_str(json_at(said, i), "text"));
		buf_add(b, STR("</bdi></dd>"));
	}
	buf_add(b, STR("</dl>"));
}

static void status_form(struct call *c, struct buf *b, str number)
{
	buf_printf(b,
		   "<form method=\"post\" action=\"/report/status\"><input type=\"hidden\" "
		   "name=\"language\" value=\"%s\"><div class=\"field\"><label "
		   "for=\"n\">%s</label><input id=\"n\" name=\"number\" required "
		   "maxlength=\"64\" autocomplete=\"off\" value=\"",
		   c->ctx.lang, call_is_ja(c) ? "受付番号" : "Number");
	html_text(b, number);
	buf_printf(b,
		   "\"></div><div class=\"field\"><label for=\"c\">%s</label><small "
		   "id=\"c-h\">%s</small><input id=\"c\" name=\"code\" required "
		   "maxlength=\"64\" autocomplete=\"off\" aria-describedby=\"c-h\"></div>"
		   "<p><button type=\"submit\">%s</button></p></form>",
		   call_is_ja(c) ? "確認コード" : "Code",
		   call_is_ja(c) ? "受け付けの画面に表示された 16 文字"
				 : "The 16 characters shown when you sent it",
		   call_is_ja(c) ? "確認する" : "Look up");
}

enum err report_status(struct call *c)
{
	struct form_part *p = NULL;
	size_t n = 0;
	str number, code;
	struct json v;
	struct html_page page;
	BUF(b);
	enum err err = ERR_OK;

	if (request_method(c->rq) == HTTP_POST) {
		err = request_form(c->rq, &p, &n, &c->why);
		if (err)
			return err;
	}
	call_choose_language(c, n ? form_value(p, n, "language") : call_param(c, "lang"));
	number = n ? form_value(p, n, "number") : call_param(c, "number");
	code = n ? form_value(p, n, "code") : call_param(c, "code");
	bool wants_json = str_find(request_header(c->rq, "Accept"), STR("application/json")) >= 0;

	if (number.n || code.n)
		err = window_status(c->api->o.node, request_arena(c->rq), str_trim(number),
				    str_trim(code), &v, &c->why);
	if ((number.n || code.n) && wants_json)
		return err ? err : reply_value(c, 200, &v);
	page = page_of(c, "報告の状況", "State of a report");
	html_open(c, &b, &page);
	if (err && err != ERR_NOTFOUND)
		return err;
	if (err)
		buf_printf(
		    &b, "<p role=\"alert\">%s</p>",
		    call_is_ja(c)
			? "この受付番号と確認コードの報告はありません。綴りを確かめてください。"
			: "There is no report with this number and code. Please "
			  "check the spelling.");
	else if (number.n || code.n)
		status_html(c, &b, &v);
	status_form(c, &b, err ? number : STR_NULL);
	html_links(c, &b, &page, true);
	c->why = (struct why){0};
	return html_close(c, err ? 404 : 200, &b, false);
}
