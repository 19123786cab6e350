// SPDX-License-Identifier: Apache-2.0
/* Answers and the decoding of requests that every handler needs. */
#include "api/api_internal.h"
#include "api/html.h"

#include <assert.h>
#include <sodium.h>

#include "base/codec.h"
#include "base/map.h"

#define CURSOR_MAC 8

void common_headers(struct call *c)
{
	static const struct {
		const char *name;
		str value;
	} rows[] = {
	    {"Content-Security-Policy",
	     STR_INIT("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
		      "blob:; font-src 'self'; connect-src 'self'; "
		      "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action "
		      "'self'; frame-ancestors 'none'; "
		      "require-trusted-types-for 'script'; trusted-types 'none'")},
	    {"X-Content-Type-Options", STR_INIT("nosniff")},
	    {"Referrer-Policy", STR_INIT("no-referrer")},
	    {"Cross-Origin-Opener-Policy", STR_INIT("same-origin")},
	    {"Cross-Origin-Embedder-Policy", STR_INIT("require-corp")},
	    {"Cross-Origin-Resource-Policy", STR_INIT("same-origin")},
	    {"Permissions-Policy",
	     STR_INIT("camera=(), microphone=(), geolocation=(), usb=(), payment=()")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		response_header(c->rq, rows[i].name, rows[i].value);
	if (request_is_tls(c->rq))
		response_header(c->rq, "Strict-Transport-Security",
				STR("max-age=63072000; includeSubDomains"));
}

enum err reply_json(struct call *c, int status, struct buf *b)
{
	str text = arena_str(request_arena(c->rq), buf_str(b));

	c->status = status;
	c->answer = text;
	response_header(c->rq, "Cache-Control", STR("private, no-store"));
	response_bytes(c->rq, status, "application/json", text);
	return ERR_OK;
}

void reply_location(struct call *c, str url)
{
	c->location = url;
	if (url.n)
		response_header(c->rq, "Location", url);
}

void reply_etag(struct call *c, str etag)
{
	c->etag = etag;
	if (etag.n)
		response_header(c->rq, "ETag", etag);
}

enum err reply_value(struct call *c, int status, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	return reply_json(c, status, &b);
}

enum err reply_empty(struct call *c, int status)
{
	response_header(c->rq, "Cache-Control", STR("private, no-store"));
	response_empty(c->rq, status);
	return ERR_OK;
}

static const char *said(struct call *c, const char *en, const char *ja)
{
	return strcmp(c->ctx.lang, "ja") == 0 && ja[0] ? ja : en;
}

static void faults_json(struct call *c, struct json_out *o)
{
	const struct catalog_faults *f = &c->ctx.faults;

	jo_key(o, "errors");
	jo_array(o);
	for (size_t i = 0; i < f->n; i++) {
		jo_object(o);
		jo_kstr(o, "pointer", f->p[i].pointer);
		jo_kstr(o, "code", f->p[i].code);
		jo_kstr(o, "detail",
			strcmp(c->ctx.lang, "ja") == 0 && f->p[i].ja.n ? f->p[i].ja : f->p[i].en);
		jo_end(o);
	}
	if (!f->n && c->why.field[0]) {
		jo_object(o);
		jo_kc(o, "pointer", c->why.field);
		jo_kc(o, "code", c->why.code);
		jo_kc(o, "detail", said(c, c->why.text, c->why.text_ja));
		jo_end(o);
	}
	jo_end(o);
}

static void title_of(enum err err, const char **ret_en, const char **ret_ja)
{
	static const struct {
		enum err err;
		const char *en, *ja;
	} titles[] = {
	    {ERR_INVALID, "the request cannot be read", "リクエストを解釈できません"},
	    {ERR_UNPROCESSABLE, "the record breaks a rule", "入力内容に誤りがあります"},
	    {ERR_LIMIT, "too large", "大きすぎます"},
	    {ERR_UNAUTHENTICATED, "please sign in", "サインインしてください"},
	    {ERR_DENIED, "not permitted", "許可されていません"},
	    {ERR_NOTFOUND, "not found", "見つかりません"},
	    {ERR_CONFLICT, "not possible now", "現在の状態では実行できません"},
	    {ERR_STALE, "changed meanwhile", "ほかの人が先に変更しました"},
	    {ERR_NEED_MATCH, "If-Match is needed", "If-Match が必要です"},
	    {ERR_RATE, "too many attempts", "試行回数が多すぎます"},
	    {ERR_BUSY, "busy, try again", "混み合っています。しばらくしてからお試しください"},
	    {ERR_FULL, "the disk is full", "ディスクの空きがありません"},
	    {ERR_IO, "the server failed", "サーバーで問題が起きました"},
	};

	*ret_en = "error";
	*ret_ja = "エラー";
	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (titles[i].err == err) {
			*ret_en = titles[i].en;
			*ret_ja = titles[i].ja;
		}
}

/* Members that every problem has. */
static void problem_members(struct call *c, enum err err, const struct why *why, struct json_out *o)
{
	const char *en, *ja;

	title_of(err, &en, &ja);
	jo_kstr(o, "type",
		arena_printf(request_arena(c->rq), "/problems/%s",
			     why->code[0] ? why->code : err_name(err)));
	jo_kc(o, "title", said(c, en, ja));
	jo_ki64(o, "status", err_http_status(err));
	/* what failed inside the server is for its log, not for the client */
	jo_kc(o, "detail",
	      err == ERR_IO
		  ? said(c, en, ja)
		  : said(c, why->text[0] ? why->text : en, why->text_ja[0] ? why->text_ja : ""));
	jo_kc(o, "code", why->code[0] ? why->code : err_name(err));
	if (why->field[0])
		jo_kc(o, "field", why->field);
}

void problem_json(struct call *c, enum err err, const struct why *why, struct json_out *o)
{
	jo_key(o, "problem");
	jo_object(o);
	problem_members(c, err, why, o);
	jo_end(o);
}

void reply_problem(struct call *c, enum err err)
{
	struct json_out o;
	const char *en, *ja;
	BUF(b);

	if (html_wanted(c)) {
		title_of(err, &en, &ja);
		html_problem(c, err, en, ja);
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	problem_members(c, err, &c->why, &o);
	jo_kstr(&o, "instance", request_id(c->rq));
	if (err == ERR_UNPROCESSABLE || c->why.field[0])
		faults_json(c, &o);
	jo_end(&o);
	if (err == ERR_UNAUTHENTICATED)
		response_header(c->rq, "WWW-Authenticate", STR("Bearer realm=\"hikeshi\""));
	if (err == ERR_BUSY || err == ERR_RATE)
		response_header(c->rq, "Retry-After", err == ERR_RATE ? STR("60") : STR("1"));
	response_header(c->rq, "Cache-Control", STR("private, no-store"));
	response_bytes(c->rq, err_http_status(err), "application/problem+json",
		       arena_str(request_arena(c->rq), buf_str(&b)));
}

/* ---- requests ---- */

enum err call_json(struct call *c, bool may_be_empty, struct json *ret)
{
	str body = request_body(c->rq), type = request_header(c->rq, "Content-Type");
	const struct json_limits limits = {.depth = 64, .nodes = 200000, .bytes = 8 * 1024 * 1024};

	if (!str_trim(body).n && may_be_empty) {
		*ret = json_object();
		return ERR_OK;
	}
	if (!str_starts(type, STR("application/json")) &&
	    !str_starts(type, STR("application/merge-patch+json")))
		return why_field(&c->why, ERR_INVALID, "media_type", NULL,
				 "send the body as Content-Type: application/json",
				 "Content-Type: application/json で送ってください");
	enum err err = json_parse(request_arena(c->rq), body, &limits, ret, &c->why);

	if (!err && !json_is(ret, JSON_OBJECT))
		err = why_field(&c->why, ERR_INVALID, "type", "", "the body must be a JSON object",
				"JSONオブジェクトを送ってください");
	return err;
}

enum err call_if_match(struct call *c, int32_t *ret)
{
	str v = str_trim(request_header(c->rq, "If-Match"));
	uint64_t n;

	*ret = 0;
	if (!v.n)
		return ERR_OK;
	if (str_eq(v, STR("*"))) {
		*ret = -1;
		return ERR_OK;
	}
	(void)str_skip_prefix(&v, STR("W/"));
	if (v.n > 3 && str_starts(v, STR("\"r")) && v.p[v.n - 1] == '"' &&
	    str_u64(str_slice(v, 2, v.n - 3), &n) == ERR_OK && n > 0 && n < INT32_MAX) {
		*ret = (int32_t)n;
		return ERR_OK;
	}
	return why_field(&c->why, ERR_STALE, "stale", NULL, "that is not an ETag of this record",
			 "このレコードのETagではありません");
}

enum err call_limit(struct call *c, size_t fallback, size_t *ret)
{
	str v = call_param(c, "limit");
	uint64_t n;

	*ret = fallback;
	if (!v.p)
		return ERR_OK;
	if (str_u64(v, &n) || n < 1 || n > 1000)
		return why_field(&c->why, ERR_UNPROCESSABLE, "range", "limit",
				 "limit must be a number from 1 to 1000",
				 "limit は1〜1000で指定してください");
	*ret = (size_t)n;
	return ERR_OK;
}

static void cursor_mac(struct call *c, int64_t pos, uint8_t mac[CURSOR_MAC])
{
	uint8_t text[16];
	uint64_t h;

	memcpy(text, "cursor/1", 8);
	memcpy(text + 8, &pos, 8);
	h = siphash64(store_value_key(c->api->o.node->store), text, sizeof(text));
	memcpy(mac, &h, CURSOR_MAC);
}

/* A position counts what others hold too: it goes out masked by its own authenticator. */
static int64_t cursor_mask(struct call *c, int64_t pos, const uint8_t mac[CURSOR_MAC])
{
	uint8_t text[16];

	memcpy(text, "cursor/m", 8);
	memcpy(text + 8, mac, CURSOR_MAC);
	return pos ^ (int64_t)siphash64(store_value_key(c->api->o.node->store), text, sizeof(text));
}

str cursor_text(struct call *c, int64_t pos)
{
	uint8_t raw[8 + CURSOR_MAC];
	BUF(b);

	cursor_mac(c, pos, raw + 8);
	int64_t masked = cursor_mask(c, pos, raw + 8);

	memcpy(raw, &masked, 8);
	base64url_encode(&b, raw, sizeof(raw));
	return arena_str(request_arena(c->rq), buf_str(&b));
}

enum err call_cursor(struct call *c, int64_t *ret)
{
	str v = call_param(c, "cursor");
	uint8_t mac[CURSOR_MAC];
	int64_t pos;
	BUF(b);

	*ret = 0;
	if (!v.n)
		return ERR_OK;
	if (v.n > 64 || base64url_decode(&b, v) || b.n != 8 + CURSOR_MAC)
		return why_field(&c->why, ERR_UNPROCESSABLE, "cursor", "cursor",
				 "that cursor was not made here: start without one",
				 "カーソルが不正です。最初から読み直してください");
	memcpy(&pos, b.p, 8);
	memcpy(mac, b.p + 8, CURSOR_MAC);
	pos = cursor_mask(c, pos, mac);
	cursor_mac(c, pos, mac);
	if (sodium_memcmp(mac, b.p + 8, CURSOR_MAC) != 0)
		return why_field(&c->why, ERR_UNPROCESSABLE, "cursor", "cursor",
				 "that cursor was not made here: start without one",
				 "カーソルが不正です。最初から読み直してください");
	*ret = pos;
	return ERR_OK;
}

#define SEALED_MOST 128

static uint64_t sealed_hash(struct call *c, str purpose, str bytes)
{
	BUF(b);

	buf_printf(&b, "cursor/2 %.*s ", STR_ARG(purpose));
	buf_add(&b, bytes);
	return siphash64(store_value_key(c->api->o.node->store), b.p, b.n);
}

/* By blocks that only this node can make of the authenticator. */
static void sealed_mask(struct call *c, const uint8_t mac[CURSOR_MAC], uint8_t *p, size_t n)
{
	uint8_t text[16] = "cursor/n";

	memcpy(text + 8, mac, CURSOR_MAC);
	for (size_t i = 0; i < n; i++) {
		uint64_t block;

		text[15] = (uint8_t)(i / 8);
		block = siphash64(store_value_key(c->api->o.node->store), text, sizeof(text));
		p[i] ^= (uint8_t)(block >> (i % 8 * 8));
	}
}

str cursor_sealed(struct call *c, str purpose, str bytes)
{
	uint8_t raw[CURSOR_MAC + SEALED_MOST];
	uint64_t h = sealed_hash(c, purpose, bytes);
	BUF(b);

	assert(bytes.n <= SEALED_MOST);
	memcpy(raw, &h, CURSOR_MAC);
	memcpy(raw + CURSOR_MAC, bytes.p, bytes.n);
	sealed_mask(c, raw, raw + CURSOR_MAC, bytes.n);
	base64url_encode(&b, raw, CURSOR_MAC + bytes.n);
	return arena_str(request_arena(c->rq), buf_str(&b));
}

enum err call_cursor_sealed(struct call *c, str purpose, size_t least, size_t most, str *ret)
{
	str v = call_param(c, "cursor"), bytes;
	uint64_t h;
	BUF(b);

	*ret = STR_NULL;
	if (!v.n)
		return ERR_OK;
	if (v.n <= 256 && base64url_decode(&b, v) == ERR_OK && b.n >= CURSOR_MAC + least &&
	    b.n <= CURSOR_MAC + most) {
		bytes = arena_str(c->ctx.arena, str_from(buf_str(&b), CURSOR_MAC));
		sealed_mask(c, (uint8_t *)b.p, (uint8_t *)(uintptr_t)bytes.p, bytes.n);
		h = sealed_hash(c, purpose, bytes);
		if (sodium_memcmp(&h, b.p, CURSOR_MAC) == 0) {
			*ret = bytes;
			return ERR_OK;
		}
	}
	return why_field(&c->why, ERR_UNPROCESSABLE, "cursor", "cursor",
			 "that cursor was not made for this order: start without one",
			 "カーソルがこの並び順のものではありません。最初から読み直してください");
}

str call_param(struct call *c, const char *name)
{
	str v;

	return request_param(c->rq, name, &v) ? (v.p ? v : STR("")) : STR_NULL;
}

enum err call_params(struct call *c, const char *allowed)
{
	str(*params)[2];
	size_t n = request_params(c->rq, &params);

	for (size_t i = 0; i < n; i++) {
		str rest = str_c(allowed), word;
		bool ok = false;

		while (!ok && str_split(&rest, ' ', &word))
			ok = str_eq(word, params[i][0]);
		if (!ok)
			return why_field(
			    &c->why, ERR_UNPROCESSABLE, "unknown_parameter",
			    arena_cstr(request_arena(c->rq), str_slice(params[i][0], 0, 100)),
			    "unknown query parameter", "不明な検索条件です");
	}
	return ERR_OK;
}

str call_var(struct call *c, const char *name)
{
	str pattern = str_c(c->m->route->pattern), segment;
	size_t i = 0;

	while (str_split(&pattern, '/', &segment)) {
		ptrdiff_t close = str_find_char(segment, '}'); /* "{id}:undo" has a tail */

		if (close < 1 || segment.p[0] != '{')
			continue;
		if (str_eq(str_slice(segment, 1, (size_t)close - 1), str_c(name)))
			return c->m->vars[i];
		i++;
	}
	return STR_NULL;
}

enum err call_type(struct call *c, const struct catalog_type **ret)
{
	const struct catalog *cat = c->api->o.node->catalog;
	str plural = call_var(c, "plural"), type = call_var(c, "type");
	const struct catalog_type *t;
	struct uuid u;
	str parsed;

	/* addresses of one type spell it out: /api/v1/warnings/{id}/preview */
	if (!plural.p && str_starts(str_c(c->m->route->pattern), STR("/api/v1/warnings/")))
		plural = STR("warnings");
	if (!plural.p && str_starts(str_c(c->m->route->pattern), STR("/api/v1/incidents/")))
		plural = STR("incidents");
	if (plural.p) {
		t = catalog_plural(cat, plural);
		if (t && !t->own_plural)
			t = NULL;
	} else {
		t = catalog_type(cat, type);
		/* a well-formed name of a type we do not know is a custom STIX type */
		if (!t && id_parse(arena_printf(request_arena(c->rq),
						"%.*s--00000000-0000-4000-8000-000000000000",
						STR_ARG(type)),
				   &parsed, &u) == ERR_OK)
			t = catalog_generic(cat);
		if (t && t->form == FORM_OWN)
			t = NULL;
	}
	if (!t)
		return why_field(&c->why, ERR_NOTFOUND, "no_such_type", NULL,
				 "there is no such record type: see /api/v1/catalog",
				 "そのような種類の記録はありません");
	*ret = t;
	return ERR_OK;
}

enum err call_record(struct call *c, struct record *ret)
{
	const struct catalog_type *t = NULL;
	enum err err = call_type(c, &t);

	return err ? err : record_get(&c->ctx, t, call_var(c, "id"), ret, &c->why);
}
