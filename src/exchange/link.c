// SPDX-License-Identifier: Apache-2.0
#include "exchange/link.h"

#include "base/codec.h"
#include "exchange/circle_link.h"
#include "exchange/link_internal.h"

#define SECRET_BYTES 32
#define CIRCLES_MAX 10000
#define REASON_BYTES 400 /* of what a peer says of one circle */

/* ---- what all parts use ---- */

enum err(link_refuse)(struct why *why, enum err err, const char *code, const char *en,
		      const char *ja)
{
	return why_field(why, err, code, NULL, en, ja);
}

str link_sentence(struct arena *a, const struct why *why)
{
	return why->text_ja[0] && strcmp(why->text_ja, why->text) != 0
		   ? arena_printf(a, "%s\n%s", why->text, why->text_ja)
		   : arena_printf(a, "%s", why->text);
}

str link_last_error(const struct peer *p, const char *lang)
{
	ptrdiff_t at = str_find_char(p->last_error, '\n');

	if (at < 0)
		return p->last_error;
	return strcmp(lang, "ja") == 0 ? str_from(p->last_error, (size_t)at + 1)
				       : str_slice(p->last_error, 0, (size_t)at);
}

str link_secret(struct arena *a, struct digest *ret_digest)
{
	uint8_t raw[SECRET_BYTES];
	BUF(b);

	random_bytes(raw, sizeof(raw));
	base64url_encode(&b, raw, sizeof(raw));
	secret_wipe(raw, sizeof(raw));
	*ret_digest = sha256(buf_str(&b));
	return arena_str(a, buf_str(&b));
}

void link_ctx(struct node *n, struct arena *a, struct actor *actor, struct ctx *c)
{
	*actor = node_actor(n, 0);
	ctx_init(c, n, a, actor);
}

enum err link_tls(struct node *n, struct arena *a, struct link_tls *ret, struct why *why)
{
	struct own_node own;
	enum err err;

	if (n->tls.cert) {
		*ret = (struct link_tls){str_c(n->tls.cert), str_c(n->tls.key), n->tls.spki};
		return ERR_OK;
	}
	err = own_node_get(n, a, &own, why);
	if (err)
		return err;
	ed25519_wipe(&own.key);
	*ret = (struct link_tls){own.tls_cert, own.tls_key, own.tls_spki};
	return ERR_OK;
}

/* ---- addresses ---- */

/* Of "https://host:port/path" the host without brackets. */
static str url_host(str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	str s = at < 0 ? STR_NULL : str_from(url, (size_t)at + 3);
	size_t n = 0;

	if (s.n && s.p[0] == '[') {
		ptrdiff_t end = str_find_char(s, ']');

		return end < 0 ? STR_NULL : str_slice(s, 1, (size_t)end - 1);
	}
	while (n < s.n && s.p[n] != ':' && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#')
		n++;
	return str_slice(s, 0, n);
}

bool link_url_ok(str url)
{
	str host = url_host(url);

	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7f ||
		    strchr("?#@\"<>\\", url.p[i]))
			return false;
	if (!host.n || url.n > 1024 || str_eq(host, STR("0.0.0.0")) || str_eq(host, STR("::")))
		return false;
	if (str_starts(url, STR("https://")))
		return true;
	return str_starts(url, STR("http://")) &&
	       (str_starts(host, STR("127.")) || str_eq(host, STR("::1")) ||
		str_eq(host, STR("localhost")));
}

enum err link_url(struct node *n, struct arena *a, str *ret, struct why *why)
{
	str url = str_c(n->config.url);

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (!link_url_ok(url))
		return link_refuse(why, ERR_CONFLICT, "no_url",
				   "this node has no address that others can reach: set 'url = "
				   "https://...' in its "
				   "configuration and run 'hikeshi serve --tls'",
				   "ほかのノードから接続できるアドレスがありません。設定に url = "
				   "https://... を書き、hikeshi "
				   "serve --tls で起動してください");
	if (str_starts(url, STR("https://")) && !n->tls.cert && !n->config.tls_own)
		return link_refuse(
		    why, ERR_CONFLICT, "no_tls",
		    "this node's address is https, but it does not serve TLS itself: peers pin the "
		    "node's own key, so run 'hikeshi serve --tls'",
		    "アドレスはhttpsですが、このノード自身がTLSで応答していません。hikeshi serve "
		    "--tls "
		    "で起動してください");
	*ret = arena_str(a, url);
	return ERR_OK;
}

void link_pin(struct client_request *rq, str url, struct digest spki, const struct link_tls *tls)
{
	rq->egress = EGRESS_PEER;
	rq->pinned = str_starts(url, STR("https://"));
	rq->spki = spki;
	if (rq->pinned) {
		rq->tls_cert = tls->cert;
		rq->tls_key = tls->key;
	}
}

/* ---- who speaks ---- */

/* Whoever has the token and not the key: the link stops until a person has looked. */
static enum err other_key(struct node *n, const struct peer *p, struct why *why)
{
	enum err err =
	    str_eq(p->state, STR(LINK_KEY_CHANGED))
		? ERR_OK
		: peer_contact(
		      n->store, p->key, clock_now_us(),
		      STR("a caller with the other node's token showed another TLS key than the "
			  "one agreed on"),
		      STR(LINK_KEY_CHANGED), why);

	return err ? err
		   : link_refuse(
			 why, ERR_DENIED, "key_changed",
			 "the other end shows another TLS key than the one agreed on: the link "
			 "is stopped",
			 "相手のTLS鍵が取り決めた鍵と異なるため、リンクを停止しました");
}

enum err link_authenticate(struct node *n, struct arena *a, const struct link_caller *who,
			   struct peer *ret, struct why *why)
{
	struct digest d = sha256(who->token);
	struct peer p;
	struct why none = {0};
	enum err err = who->token.n ? peer_by_token(n->store, a, d, &p, &none) : ERR_NOTFOUND;

	if (err == ERR_NOTFOUND)
		return link_refuse(why, ERR_UNAUTHENTICATED, "sign_in",
				   "this is for linked nodes: their token is needed",
				   "リンクしたノードのトークンが必要です");
	if (err)
		return why_set(why, err, "%s", none.text);
	if (str_starts(p.url, STR("https://")) && (!who->tls || !who->has_spki)) /* gate */
		return link_refuse(why, ERR_DENIED, "wrong_pin",
				   "the other end does not show its TLS key",
				   "相手がTLS鍵を示していません");
	if (who->tls && (!who->has_spki || !digest_eq(who->spki, p.tls_spki))) /* gate */
		return other_key(n, &p, why);
	if (!str_eq(p.state, STR(LINK_ACTIVE))) /* gate */
		return link_refuse(
		    why, ERR_DENIED, "link_not_active",
		    "this link is not active: ask the people of this node",
		    "このリンクは有効ではありません。このノードの担当者に確認してください");
	*ret = p;
	return ERR_OK;
}

enum err link_teams(struct node *n, struct arena *a, const struct link_caller *who, str body,
		    str *ret_answer, struct why *why)
{
	struct statement s;
	struct announced *teams = NULL;
	struct actor actor;
	struct ctx c;
	struct peer p;
	size_t count = 0;
	enum err err = link_authenticate(n, a, who, &p, why);

	if (!err)
		err = statement_read(a, body, &s, NULL, why);
	if (err)
		return err;
	if (memcmp(s.node_key.b, p.node_key.b, sizeof(s.node_key.b)) != 0) /* gate */
		return link_refuse(why, ERR_DENIED, "key_changed",
				   "that was signed by another node than the linked one",
				   "リンクしたノードとは別のノードの署名です");
	link_ctx(n, a, &actor, &c);
	err = announce_parse(&c, &s.teams, &teams, &count, why);
	if (!err)
		err = announce_apply(&c, p.key, p.node_key, true, teams, count, why);
	ctx_done(&c);
	if (!err)
		*ret_answer = STR("{}");
	return err;
}

static void said_of(struct arena *a, struct json *list, const struct json *envelope, enum err err,
		    const struct why *why)
{
	struct json o = json_object();

	json_set(a, &o, STR("id"), json_string(json_get_str(json_get_c(envelope, "object"), "id")));
	json_set(a, &o, STR("code"),
		 json_string(!err         ? STR("ok")
			     : *why->code ? arena_str(a, str_c(why->code))
					  : str_c(err_name(err))));
	json_set(a, &o, STR("reason"), json_string(arena_str(a, str_c(why->text))));
	if (*why->text_ja)
		json_set(a, &o, STR("reason_ja"), json_string(arena_str(a, str_c(why->text_ja))));
	json_add(a, list, o);
}

/* Teams that were hosted by the peer and are behind it now: their new keys. */
static enum err gone_apply(struct ctx *c, const struct peer *p, const struct json *teams,
			   struct why *why)
{
	struct announced *t = NULL;
	size_t n = 0;
	enum err err = teams ? announce_parse(c, teams, &t, &n, why) : ERR_OK;

	return err || !n ? err : announce_apply(c, p->key, p->node_key, false, t, n, why);
}

enum err link_circles(struct node *n, struct arena *a, const struct link_caller *who, str body,
		      str *ret_answer, struct why *why)
{
	struct json o, answer = json_object(), list = json_array();
	const struct json *circles;
	struct actor actor;
	struct ctx c;
	struct peer p;
	BUF(text);
	enum err err = link_authenticate(n, a, who, &p, why);

	if (!err)
		err = json_parse(a, body, NULL, &o, why);
	if (err)
		return err;
	circles = json_get_c(&o, "circles");
	if (json_get_i64(&o, "v", 0) != 1 || !json_is(circles, JSON_ARRAY) ||
	    json_count(circles) > CIRCLES_MAX)
		return link_refuse(why, ERR_INVALID, "malformed", "that is no list of circles",
				   "共有サークルの一覧ではありません");
	link_ctx(n, a, &actor, &c);
	err = gone_apply(&c, &p, json_get_c(&o, "teams"), why);
	if (err) {
		ctx_done(&c);
		return err;
	}
	for (size_t i = 0; i < json_count(circles); i++) {
		struct why said = {0};

		err = circle_apply(&c, &p, json_at(circles, i), &said);
		said_of(a, &list, json_at(circles, i), err, &said);
	}
	ctx_done(&c);
	json_set(a, &answer, STR("circles"), list);
	json_write(&text, &answer);
	*ret_answer = arena_str(a, buf_str(&text));
	return ERR_OK;
}

/* ---- sending ---- */

/* What an answer that is no yes says, in the line of each language that link_last_error takes
 * apart. */
static str answered(struct arena *a, int status)
{
	static const struct {
		int from, to;
		const char *en, *ja;
	} rows[] = {
	    {401, 403,
	     "it does not accept this link any more: its people may have stopped or removed "
	     "it",
	     "相手のノードがこのリンクを受け付けません。相手側で停止または削除された可能性がありま"
	     "す"},
	    {404, 410, "there is no such link at its address any more",
	     "相手のアドレスにこのリンクはもうありません"},
	    {413, 413, "it does not take so much at once", "一度に送る量が多すぎるとのことです"},
	    {429, 429, "it asks for a pause", "間をおくよう求められました"},
	    {502, 504, "it is busy or going down",
	     "相手のノードは混雑しているか停止するところです"},
	    {500, 599, "it has a fault of its own: its people find it in their log",
	     "相手のノードで障害が起きています。相手側のログに記録されています"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (status >= rows[i].from && status <= rows[i].to)
			return arena_printf(a, "%s (%d)\n%s（%d）", rows[i].en, status, rows[i].ja,
					    status);
	return arena_printf(a, "the other node answered %d\n相手のノードの応答は %d でした", status,
			    status);
}

static enum err note_outcome(struct node *n, struct arena *a, const struct peer *p, enum err sent,
			     const struct client_answer *x, const struct why *said, struct why *why)
{
	bool changed = strcmp(said->code, "wrong_pin") == 0;
	str text = sent               ? link_sentence(a, said)
		   : x->status >= 400 ? answered(a, x->status)
				      : p->last_error; /* the round says when it is over */

	if (strcmp(said->code, "stopped") == 0) /* says nothing of the peer */
		return ERR_OK;
	/* a row that says the same already is left alone: an idle link writes nothing */
	if (str_eq(text, p->last_error) && !changed &&
	    p->last_contact_us + 60 * US_PER_S > clock_now_us())
		return ERR_OK;
	return peer_contact(n->store, p->key, sent ? 0 : clock_now_us(), text,
			    changed ? STR(LINK_KEY_CHANGED) : STR_NULL, why);
}

enum err link_send(struct node *n, struct client *x, struct arena *a, const struct peer *p,
		   const struct link_request *rq, struct client_answer *ret, struct why *why)
{
	const str headers[][2] = {
	    {STR_INIT("Authorization"), arena_printf(a, "Bearer %.*s", STR_ARG(p->token_out))},
	    {STR_INIT("Accept"), rq->accept.n ? rq->accept : STR("application/json")},
	    {STR_INIT("Content-Type"),
	     rq->content_type.n ? rq->content_type : STR("application/json")}};
	struct client_request out = {
	    .method = rq->method,
	    .url = arena_printf(a, "%.*s%.*s", STR_ARG(p->url), STR_ARG(rq->path)),
	    .headers = headers,
	    .n_headers = rq->body.n ? 3 : 2,
	    .body = rq->body,
	    .limit_bytes = rq->limit_bytes,
	    .timeout_s = rq->timeout_s};
	struct client_answer answer = {0};
	struct link_tls tls;
	struct why said = {0};
	enum err err = link_tls(n, a, &tls, why), noted;

	if (err)
		return err;
	if (!str_eq(p->state, STR(LINK_ACTIVE))) /* gate */
		return link_refuse(why, ERR_DENIED, "link_not_active", "the link is not active",
				   "リンクは有効ではありません");
	link_pin(&out, p->url, p->tls_spki, &tls);
	err = client_send(x, a, &out, &answer, &said);
	noted = note_outcome(n, a, p, err, &answer, &said, why);
	if (err)
		return link_refuse(why, err, said.code, said.text, said.text_ja);
	if (!noted)
		*ret = answer;
	return noted;
}

static enum err announce_one(struct node *n, struct client *x, struct arena *a,
			     const struct peer *p, const char *path, str body,
			     struct client_answer *ret, struct why *why)
{
	struct link_request rq = {
	    .method = "POST", .path = str_c(path), .body = body, .timeout_s = 20};
	enum err err = link_send(n, x, a, p, &rq, ret, why);

	if (!err && ret->status != 200)
		err = link_refuse(
		    why, ERR_BUSY, "answered",
		    arena_printf(a, "'%.*s' answered %d", STR_ARG(p->name), ret->status).p,
		    arena_printf(a, "「%.*s」の応答は %d でした", STR_ARG(p->name), ret->status).p);
	return err;
}

/* One line of what a peer said, and no longer than a row may be. */
static str one_line(struct arena *a, str s)
{
	size_t n = s.n < REASON_BYTES ? s.n : REASON_BYTES;
	str line;

	while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	line = arena_str(a, str_slice(s, 0, n));
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\n')
			line.n = i;
	return line;
}

/* What the row of the link says of a circle that was not taken: its title is ours. */
static enum err not_taken(struct node *n, struct arena *a, const struct peer *p,
			  const struct json *said, struct why *why)
{
	const struct directory_view *v = directory_get(n->directory);
	str id = json_get_str(said, "id"), en = one_line(a, json_get_str(said, "reason")),
	    ja = one_line(a, json_get_str(said, "reason_ja")), type;
	const struct directory_circle *ci = NULL;
	struct uuid uid;
	enum err err;

	if (id_parse(id, &type, &uid) == ERR_OK)
		ci = directory_circle_uid(v, uid);
	id = one_line(a, ci ? ci->title : id);
	directory_put(n->directory, v);
	if (!en.n)
		en = STR("it did not say why");
	if (!ja.n) /* an older node says it in English alone */
		ja = arena_printf(a, "相手の回答: %.*s", STR_ARG(en));
	en = arena_printf(a, "it does not take the circle '%.*s': %.*s", STR_ARG(id), STR_ARG(en));
	ja = arena_printf(a, "共有サークル「%.*s」が相手に受け付けられません: %.*s", STR_ARG(id),
			  STR_ARG(ja));
	err = peer_contact(n->store, p->key, clock_now_us(),
			   arena_printf(a, "%.*s\n%.*s", STR_ARG(en), STR_ARG(ja)), STR_NULL, why);
	return err ? err
		   : link_refuse(why, ERR_CONFLICT, LINK_CIRCLE_REFUSED, arena_cstr(a, en),
				 arena_cstr(a, ja));
}

/* The first circle that was not taken. */
static enum err circles_taken(struct node *n, struct arena *a, const struct peer *p, str answer,
			      struct why *why)
{
	const struct json *list;
	struct json o;
	enum err err = json_parse(a, answer, NULL, &o, why);

	list = err ? NULL : json_get_c(&o, "circles");
	for (size_t i = 0; i < json_count(list) && !err; i++)
		if (!str_eq(json_get_str(json_at(list, i), "code"), STR("ok")))
			err = not_taken(n, a, p, json_at(list, i), why);
	return err;
}

enum err link_announce(struct node *n, struct client *x, struct arena *a, const struct peer *p,
		       struct why *why)
{
	struct statement s = {.link = p->uid, .root = STR("/"), .token = STR("-")};
	struct client_answer answer;
	struct actor actor;
	struct ctx c;
	str body;
	enum err err;

	memcpy(s.to.b, p->node_key.b, sizeof(s.to.b));
	err = statement_make(n, a, &s, STR_NULL, &body, why);
	if (!err)
		err = announce_one(n, x, a, p, "/exchange/v1/teams", body, &answer, why);
	if (err)
		return err;
	link_ctx(n, a, &actor, &c);
	err = circles_for_peer(&c, p, &body, why);
	ctx_done(&c);
	if (!err)
		err = announce_one(n, x, a, p, "/exchange/v1/circles", body, &answer, why);
	return err ? err : circles_taken(n, a, p, answer.body, why);
}

enum err link_announce_all(struct ctx *c, str *ret_missed, struct why *why)
{
	struct peer *p = NULL;
	size_t n = 0;
	BUF(missed);
	enum err err = peer_list(c->node->store, c->arena, &p, &n, why);
	struct client *x = err || !n ? NULL : client_new();

	for (size_t i = 0; i < n && !err; i++) {
		struct why said = {0};

		if (str_eq(p[i].state, STR(LINK_ACTIVE)) &&
		    link_announce(c->node, x, c->arena, &p[i], &said))
			buf_printf(&missed, "%.*s: %s\n", STR_ARG(p[i].name), said.text);
	}
	client_free(x);
	if (!err)
		*ret_missed = arena_str(c->arena, buf_str(&missed));
	return err;
}
