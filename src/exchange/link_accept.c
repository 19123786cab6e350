// SPDX-License-Identifier: Apache-2.0
/* Invitations: made, read and accepted. */
#include "base/codec.h"
#include "exchange/link_internal.h"
#include "store/service.h"

#define MARK_TLS "hikeshi://"
#define MARK_PLAIN "hikeshi+http://"

static enum err may_keep_peers(struct ctx *c, struct why *why)
{
	struct verdict v;

	if (c->actor->node)
		return ERR_OK;
	v = policy_node(c->actor, "peers"); /* gate */
	return v.ok ? ERR_OK
		    : why_field(why, ERR_DENIED, v.code, NULL, arena_cstr(c->arena, v.text.en),
				arena_cstr(c->arena, v.text.ja));
}

/* ---- making one ---- */

enum err link_invite(struct ctx *c, int64_t expires_us, bool confirm, str *ret_link,
		     struct why *why)
{
	struct token t = {.account = c->actor->account,
			  .name = STR("link"),
			  .scopes = confirm ? STR("confirm") : STR(""),
			  .expires_us = expires_us,
			  .purpose = STR("invite")};
	struct own_node own;
	struct link_tls tls;
	str url = STR_NULL, secret;
	bool plain;
	int64_t key;
	BUF(pin);
	BUF(node);
	enum err err = may_keep_peers(c, why);

	if (!err && expires_us <= c->now_us)
		err = link_refuse(why, ERR_UNPROCESSABLE, "expires",
				  "the end of the invitation lies in the past",
				  "招待の期限が過去の時刻です");
	if (!err)
		err = link_url(c->node, c->arena, &url, why);
	if (!err)
		err = own_node_get(c->node, c->arena, &own, why);
	if (!err)
		err = link_tls(c->node, c->arena, &tls, why);
	if (err)
		return err;
	secret = link_secret(c->arena, &t.id);
	err = token_add(c->node->store, &t, c->actor->account, &key, why);
	if (err)
		return err;
	plain = str_skip_prefix(&url, STR("http://"));
	(void)str_skip_prefix(&url, STR("https://"));
	base64url_encode(&node, own.key.public.b, sizeof(own.key.public.b));
	ed25519_wipe(&own.key);
	if (!plain) {
		buf_add(&pin, STR("&pin="));
		base64url_encode(&pin, tls.spki.b, sizeof(tls.spki.b));
	}
	*ret_link = arena_printf(c->arena, "%s%.*s/?v=1&key=%.*s%.*s&until=%lld#%.*s",
				 plain ? MARK_PLAIN : MARK_TLS, STR_ARG(url),
				 STR_ARG(buf_str(&node)), STR_ARG(buf_str(&pin)),
				 (long long)(expires_us / US_PER_S), STR_ARG(secret));
	return ERR_OK;
}

/* ---- reading one ---- */

static bool b64_is(str text, uint8_t *ret, size_t n)
{
	BUF(b);

	if (base64url_decode(&b, text) || b.n != n)
		return false;
	memcpy(ret, b.p, n);
	return true;
}

static bool parameter(str rest, const char *name, str *ret)
{
	str part;

	while (str_split(&rest, '&', &part))
		if (str_skip_prefix(&part, str_c(name)) && str_skip_prefix(&part, STR("="))) {
			*ret = part;
			return true;
		}
	return false;
}

enum err invitation_parse(struct arena *a, str link, struct invitation *ret, struct why *why)
{
	struct invitation v = {0};
	str rest = str_trim(link), address = STR_NULL, query, key = STR_NULL, pin, until = STR_NULL,
	    version = STR_NULL;
	bool plain = str_skip_prefix(&rest, STR(MARK_PLAIN)), ok;
	uint64_t seconds = 0;

	ok = (plain || str_skip_prefix(&rest, STR(MARK_TLS))) && rest.n < 2048;
	ok = ok && str_split(&rest, '#', &query) && rest.p;
	v.secret = rest;
	ok = ok && str_split(&query, '?', &address) && query.p;
	ok = ok && parameter(query, "v", &version) && parameter(query, "key", &key) &&
	     parameter(query, "until", &until) && b64_is(key, v.node_key.b, sizeof(v.node_key.b)) &&
	     str_u64(until, &seconds) == ERR_OK && seconds < INT32_MAX * INT64_C(100) &&
	     v.secret.n >= 32 && v.secret.n <= 100;
	if (ok && !plain) {
		v.pinned = parameter(query, "pin", &pin) && b64_is(pin, v.spki.b, sizeof(v.spki.b));
		ok = v.pinned;
	}
	while (address.n && address.p[address.n - 1] == '/')
		address.n--;
	v.url = arena_printf(a, "%s%.*s", plain ? "http://" : "https://", STR_ARG(address));
	if (version.n && !str_eq(version, STR("1")))
		return link_refuse(why, ERR_INVALID, "unknown_version",
				   "this invitation was made by a newer version: update this node",
				   "新しい版で作られた招待です。このノードを更新してください");
	if (!ok || !link_url_ok(v.url))
		return link_refuse(why, ERR_INVALID, "invitation",
				   "that is no invitation of a node: copy the whole link, from "
				   "'hikeshi://' to its end",
				   "ノードの招待リンクではありません。hikeshi:// "
				   "から最後まで、すべてコピーしてください");
	v.until_us = (int64_t)seconds * US_PER_S;
	*ret = v;
	return ERR_OK;
}

/* ---- accepting one ---- */

struct accepting {
	struct ctx *c;
	struct invitation v;
	struct statement mine, theirs;
	struct link_tls tls;
	struct digest token_in;
};

static enum err exchange_hellos(struct accepting *x, struct why *why)
{
	struct arena *a = x->c->arena;
	const str headers[][2] = {{STR_INIT("Content-Type"), STR_INIT("application/json")},
				  {STR_INIT("Accept"), STR_INIT("application/json")}};
	struct client_request rq = {.method = "POST",
				    .headers = headers,
				    .n_headers = 2,
				    .limit_bytes = (size_t)8 << 20,
				    .timeout_s = 60};
	struct client_answer answer = {0};
	struct json problem;
	struct client *client;
	enum err err = statement_make(x->c->node, a, &x->mine, x->v.secret, &rq.body, why);

	if (err)
		return err;
	rq.url = arena_printf(a, "%.*s/exchange/v1/hello", STR_ARG(x->v.url));
	link_pin(&rq, x->v.url, x->v.spki, &x->tls);
	client = client_new();
	err = client_send(client, a, &rq, &answer, why);
	client_free(client);
	if (!err && answer.status != 200) {
		str said = STR_NULL;

		if (json_parse(a, answer.body, NULL, &problem, NULL) == ERR_OK)
			said = json_get_str(&problem, "detail");
		return why_set(why, ERR_DENIED, "the other node refused (%d): %.*s", answer.status,
			       said.n > 300 ? 300 : (int)said.n, said.n ? said.p : "");
	}
	return err ? err : statement_read(a, answer.body, &x->theirs, NULL, why);
}

static enum err check_answer(const struct accepting *x, struct why *why)
{
	const struct statement *s = &x->theirs;

	if (!ed25519_eq(&s->node_key, &x->v.node_key)) /* gate */
		return link_refuse(
		    why, ERR_DENIED, "key_changed",
		    "the node that answered has another key than the invitation names",
		    "応答したノードの鍵が、招待に書かれた鍵と異なります");
	if (!ed25519_eq(&s->to, &x->mine.node_key) || !s->has_reply_to || /* gate */
	    !digest_eq(s->reply_to, x->mine.hash) || !uuid_eq(s->link, x->mine.link))
		return link_refuse(why, ERR_DENIED, "not_for_us",
				   "the answer was meant for somebody else",
				   "別のノードに宛てた応答です");
	if (x->v.pinned && !digest_eq(s->tls_spki, x->v.spki)) /* gate */
		return link_refuse(why, ERR_DENIED, "wrong_pin",
				   "the node names another TLS key than the invitation",
				   "ノードが名乗ったTLS鍵が、招待と異なります");
	if (!link_url_ok(s->url) || !str_starts(s->root, STR("/")) || !s->token.n)
		return link_refuse(why, ERR_INVALID, "malformed",
				   "the other node names no address that can be used",
				   "相手ノードのアドレスが使用できません");
	return ERR_OK;
}

static enum err keep(struct accepting *x, const struct announced *teams, size_t n, struct peer *ret,
		     struct why *why)
{
	struct ctx *c = x->c;
	const struct statement *s = &x->theirs;
	struct peer p = {0};
	struct digest key;
	struct actor actor;
	struct ctx node;
	struct why none = {0};
	BUF(text);
	enum err err;

	memcpy(key.b, s->node_key.b, sizeof(key.b));
	err = peer_by_node_key(c->node->store, c->arena, key, &p, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	json_write(&text, &s->teams);
	p.uid = s->link;
	p.node = s->node;
	p.url = x->v.url; /* what a person was given, not what the other says */
	p.name = s->name;
	p.node_key = key;
	p.tls_spki = s->tls_spki;
	p.state = STR(LINK_ACTIVE);
	p.root = s->root;
	p.token_out = s->token;
	p.token_in = x->token_in;
	p.invite = (struct digest){0};
	p.created_by = c->actor->account;
	p.last_error = STR("");
	p.teams = arena_str(c->arena, buf_str(&text));
	err = peer_put(c->node->store, &p, c->actor->account, &p.key, why);
	if (!err)
		err = peer_contact(c->node->store, p.key, c->now_us, STR(""), STR_NULL, why);
	if (err)
		return err;
	link_ctx(c->node, c->arena, &actor, &node);
	err = announce_apply(&node, p.key, p.node_key, true, teams, n, why);
	ctx_done(&node);
	if (err) { /* another root than the pinned one, or a team of ours: shown, and nothing is
		      sent */
		enum err noted = peer_contact(c->node->store, p.key, c->now_us,
					      why ? str_c(why->text) : STR("key_changed"),
					      STR(LINK_KEY_CHANGED), NULL);

		return noted ? noted : err;
	}
	ctx_refresh(c);
	return peer_get(c->node->store, c->arena, p.key, ret, why);
}

enum err link_accept(struct ctx *c, str link, struct peer *ret, struct why *why)
{
	struct accepting x = {.c = c};
	struct announced *teams = NULL;
	struct own_node own;
	size_t n = 0;
	char u[UUID_TEXT];
	enum err err = may_keep_peers(c, why);

	if (!err)
		err = invitation_parse(c->arena, link, &x.v, why);
	if (!err && x.v.until_us <= c->now_us)
		err = link_refuse(why, ERR_CONFLICT, "expired",
				  "this invitation has expired: ask for a new one",
				  "この招待は期限切れです。新しい招待を依頼してください");
	if (!err)
		err = own_node_get(c->node, c->arena, &own, why);
	if (err)
		return err;
	if (ed25519_eq(&own.key.public, &x.v.node_key))
		err = link_refuse(why, ERR_CONFLICT, "itself",
				  "this invitation is of this node itself: give it to the other",
				  "このノード自身の招待です。相手に渡してください");
	ed25519_wipe(&own.key);
	if (!err)
		err = link_tls(c->node, c->arena, &x.tls, why);
	if (err)
		return err;
	x.mine.link = uuid_new();
	x.mine.to = x.v.node_key;
	x.mine.token = link_secret(c->arena, &x.token_in);
	uuid_text(x.mine.link, u);
	x.mine.root = arena_printf(c->arena, "/taxii2/links/%.*s/", UUID_TEXT, u);
	err = exchange_hellos(&x, why);
	if (!err)
		err = check_answer(&x, why);
	if (!err)
		err = announce_parse(c, &x.theirs.teams, &teams, &n, why);
	return err ? err : keep(&x, teams, n, ret, why);
}

/* ---- what people do with links ---- */

enum err link_find(struct ctx *c, str id_or_name, struct peer *ret, struct why *why)
{
	struct peer *p = NULL;
	struct uuid uid;
	size_t n = 0, found = 0;
	enum err err = may_keep_peers(c, why);

	if (!err && uuid_parse(id_or_name, &uid) == ERR_OK)
		return peer_by_uid(c->node->store, c->arena, uid, ret, why);
	if (!err)
		err = peer_list(c->node->store, c->arena, &p, &n, why);
	for (size_t i = 0; i < n && !err; i++)
		if (str_ieq(p[i].name, id_or_name) || str_eq(p[i].url, id_or_name)) {
			*ret = p[i];
			found++;
		}
	if (!err && found != 1)
		err =
		    link_refuse(why, ERR_NOTFOUND, "no_link",
				"there is no such link, or several of that name: see 'hikeshi peer "
				"list'",
				"そのリンクはないか、同じ名前のリンクが複数あります");
	return err;
}

static enum err make_known(struct ctx *c, const struct peer *p, struct why *why)
{
	struct announced *teams = NULL;
	struct actor actor;
	struct ctx node;
	struct json said;
	size_t n = 0;
	enum err err = json_parse(c->arena, p->teams, NULL, &said, why);

	link_ctx(c->node, c->arena, &actor, &node);
	if (!err)
		err = announce_parse(&node, &said, &teams, &n, why);
	if (!err)
		err = announce_apply(&node, p->key, p->node_key, true, teams, n, why);
	ctx_done(&node);
	ctx_refresh(c);
	return err;
}

enum err link_set_state(struct ctx *c, const struct peer *p, str state, struct why *why)
{
	bool to_active = str_eq(state, STR(LINK_ACTIVE));
	enum err err = may_keep_peers(c, why);

	if (!err && !to_active && !str_eq(state, STR(LINK_STOPPED)))
		err = link_refuse(why, ERR_UNPROCESSABLE, "enum",
				  "a link is set to active or stopped",
				  "リンクの状態は active か stopped です");
	if (!err && str_eq(p->state, STR(LINK_KEY_CHANGED))) /* gate */
		err = link_refuse(why, ERR_CONFLICT, "key_changed",
				  "the other node showed another key: it needs a new invitation",
				  "相手ノードの鍵が変わっています。新しい招待が必要です");
	if (!err && to_active && str_eq(p->state, STR(LINK_CONFIRM)))
		err = make_known(c, p, why);
	if (!err && !str_eq(p->state, state)) {
		struct peer now = *p;
		int64_t key;

		now.state = state;
		err = peer_put(c->node->store, &now, c->actor->account, &key, why);
	}
	return err;
}

enum err link_remove(struct ctx *c, const struct peer *p, struct why *why)
{
	enum err err = may_keep_peers(c, why);

	if (!err)
		err = peer_remove(c->node->store, p->key, c->actor->account, why);
	if (!err)
		err = directory_refresh(c->node->directory, why);
	if (!err)
		ctx_refresh(c);
	return err;
}

/* ---- showing ---- */

static void fingerprint_json(struct ctx *c, struct digest d, struct json_out *o)
{
	jo_kstr(o, "fingerprint", fingerprint_text(c->arena, d));
	jo_kstr(o, "fingerprint_ja", fingerprint_kana(c->arena, d));
}

/* Of what a node says of a team: its name, and the words of its root. */
static bool said_json(struct ctx *c, const struct json *row, struct json_out *o)
{
	const struct json *team = json_get_c(row, "team");
	struct ed25519_public root;
	struct uuid uid;
	str type;

	if (id_parse(json_get_str(team, "id"), &type, &uid) ||
	    hex_decode(json_get_str(row, "root"), root.b, sizeof(root.b)))
		return false;
	jo_object(o);
	jo_kstr(o, "id", json_get_str(team, "id"));
	jo_kstr(o, "name", json_get_str(team, "name"));
	jo_kstr(o, "name_ja", json_get_str(team, "name_ja"));
	fingerprint_json(c, key_fingerprint(uid, &root), o);
	jo_end(o);
	return true;
}

static void teams_json(struct ctx *c, const struct json *teams, struct json_out *o)
{
	jo_key(o, "teams");
	jo_array(o);
	for (size_t i = 0; i < json_count(teams); i++)
		(void)said_json(c, json_at(teams, i), o);
	jo_end(o);
}

void link_json(struct ctx *c, const struct peer *p, int64_t behind, struct json_out *o)
{
	struct json teams = json_array();
	const struct json *first;
	struct ed25519_public root;
	struct uuid uid;
	char u[UUID_TEXT];
	str type;

	uuid_text(p->uid, u);
	if (json_parse(c->arena, p->teams, NULL, &teams, NULL))
		teams = json_array();
	first = json_at(&teams, 0);
	jo_object(o);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kstr(o, "name", p->name);
	jo_kstr(o, "team", json_get_str(json_get_c(first, "team"), "name"));
	teams_json(c, &teams, o);
	jo_kstr(o, "url", p->url);
	if (id_parse(json_get_str(json_get_c(first, "team"), "id"), &type, &uid) == ERR_OK &&
	    hex_decode(json_get_str(first, "root"), root.b, sizeof(root.b)) == ERR_OK)
		fingerprint_json(c, key_fingerprint(uid, &root), o);
	jo_kstr(o, "state", p->state);
	jo_ktime(o, "last_contact", p->last_contact_us ? p->last_contact_us : TIME_NONE);
	jo_key(o, "last_error");
	if (p->last_error.n)
		jo_str(o, link_last_error(p, c->lang));
	else
		jo_null(o);
	jo_key(o, "behind");
	if (behind >= 0)
		jo_i64(o, behind);
	else
		jo_null(o);
	jo_ktime(o, "created", p->created_us);
	jo_end(o);
}

enum err link_self_json(struct ctx *c, struct json_out *o, struct why *why)
{
	struct json teams;
	str url = STR_NULL;
	enum err err = may_keep_peers(c, why);

	if (!err)
		err = announce_own(c->node, c->arena, &teams, why);
	if (err)
		return err;
	if (link_url(c->node, c->arena, &url, NULL))
		url = STR_NULL;
	jo_object(o);
	jo_kstr(o, "name", str_c(c->node->config.name));
	jo_kstr(o, "url", url);
	teams_json(c, &teams, o);
	jo_end(o);
	return ERR_OK;
}
