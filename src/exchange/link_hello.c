// SPDX-License-Identifier: Apache-2.0
/* The statement two nodes exchange, and the inviting side. */
#include "base/codec.h"
#include "exchange/link_internal.h"
#include "exchange/wire_internal.h"
#include "store/service.h"
#include "team/account.h"
#include "team/throttle.h"

#define TEXT_MAX 2048

/* ---- statement ---- */

static struct digest statement_hash(str canonical)
{
	return sha256_parts((const str[]){LINK_TAG, canonical}, 2);
}

static struct json statement_json(struct arena *a, const struct statement *s)
{
	struct json o = json_object();

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "link", wire_json_uuid(a, s->link));
	wire_set(a, &o, "node", wire_json_uuid(a, s->node));
	wire_set(a, &o, "name", json_string(s->name));
	wire_set(a, &o, "url", json_string(s->url));
	wire_set(a, &o, "node_key", wire_json_hex(a, s->node_key.b, sizeof(s->node_key.b)));
	wire_set(a, &o, "tls_spki", wire_json_hex(a, s->tls_spki.b, sizeof(s->tls_spki.b)));
	wire_set(a, &o, "to", wire_json_hex(a, s->to.b, sizeof(s->to.b)));
	wire_set(a, &o, "reply_to",
		 s->has_reply_to ? wire_json_hex(a, s->reply_to.b, sizeof(s->reply_to.b))
				 : json_null());
	wire_set(a, &o, "root", json_string(s->root));
	wire_set(a, &o, "token", json_string(s->token));
	wire_set(a, &o, "teams", s->teams);
	return o;
}

enum err statement_make(struct node *n, struct arena *a, struct statement *s, str secret, str *ret,
			struct why *why)
{
	struct json o = json_object(), hello;
	struct own_node own;
	struct link_tls tls;
	struct ed25519_sig sig;
	BUF(text);
	BUF(out);
	enum err err = own_node_get(n, a, &own, why);

	if (!err)
		err = link_tls(n, a, &tls, why);
	if (!err)
		err = link_url(n, a, &s->url, why);
	if (!err)
		err = announce_own(n, a, &s->teams, why);
	if (err)
		return err;
	s->node = own.id;
	s->node_key = own.key.public;
	s->tls_spki = tls.spki;
	s->name = str_c(n->config.name ? n->config.name : "hikeshi");
	hello = statement_json(a, s);
	err = wire_canonical(a, &hello, "hello", &text, why);
	if (err)
		return err;
	s->hash = statement_hash(buf_str(&text));
	sig = ed25519_sign(&own.key, LINK_TAG, buf_str(&text));
	ed25519_wipe(&own.key);
	wire_set(a, &o, "hello", hello);
	wire_set(a, &o, "sig", wire_json_hex(a, sig.b, sizeof(sig.b)));
	if (secret.n)
		wire_set(a, &o, "secret", json_string(secret));
	json_write(&out, &o);
	*ret = arena_str(a, buf_str(&out));
	return ERR_OK;
}

static enum err read_members(const struct json *h, struct statement *s, struct why *why)
{
	static const char *const names[] = {"v",        "link",     "node", "name",     "url",
					    "node_key", "tls_spki", "to",   "reply_to", "root",
					    "token",    "teams",    NULL};
	enum err err = wire_version(h, "hello", why);

	if (!err)
		err = wire_object(h, "hello", names, why);
	if (!err)
		err = wire_uuid(h, "link", &s->link, why);
	if (!err)
		err = wire_uuid(h, "node", &s->node, why);
	if (!err)
		err = wire_text(h, "name", 200, &s->name, why);
	if (!err)
		err = wire_text(h, "url", TEXT_MAX, &s->url, why);
	if (!err)
		err = wire_hex(h, "node_key", s->node_key.b, sizeof(s->node_key.b), why);
	if (!err)
		err = wire_hex(h, "tls_spki", s->tls_spki.b, sizeof(s->tls_spki.b), why);
	if (!err)
		err = wire_hex(h, "to", s->to.b, sizeof(s->to.b), why);
	s->has_reply_to = !json_is(json_get_c(h, "reply_to"), JSON_NULL);
	if (!err && s->has_reply_to)
		err = wire_hex(h, "reply_to", s->reply_to.b, sizeof(s->reply_to.b), why);
	if (!err)
		err = wire_text(h, "root", TEXT_MAX, &s->root, why);
	if (!err)
		err = wire_text(h, "token", 100, &s->token, why);
	return err;
}

enum err statement_read(struct arena *a, str text, struct statement *ret, str *ret_secret,
			struct why *why)
{
	struct json o, empty = json_array();
	struct statement s = {0};
	struct ed25519_sig sig;
	const struct json *h, *teams;
	BUF(canonical);
	enum err err = json_parse(a, text, NULL, &o, why);

	h = err ? NULL : json_get_c(&o, "hello");
	if (!err && !json_is(h, JSON_OBJECT))
		err = link_refuse(why, ERR_INVALID, "malformed", "that is no hello of a node",
				  "ノードの挨拶ではありません");
	if (!err)
		err = read_members(h, &s, why);
	if (!err)
		err = wire_hex(&o, "sig", sig.b, sizeof(sig.b), why);
	if (!err)
		err = wire_canonical(a, h, "hello", &canonical, why);
	if (err)
		return err;
	if (!ed25519_check(&s.node_key, LINK_TAG, buf_str(&canonical), &sig)) /* gate */
		return link_refuse(why, ERR_DENIED, "signature",
				   "the signature of the other node does not fit",
				   "相手ノードの署名が正しくありません");
	s.hash = statement_hash(buf_str(&canonical));
	teams = json_get_c(h, "teams");
	s.teams = teams ? *teams : empty;
	*ret = s;
	if (ret_secret)
		*ret_secret = json_get_str(&o, "secret");
	return ERR_OK;
}

/* ---- the inviting side ---- */

/* Is it said to us, by who has the TLS key it names, with addresses that can be used? */
static enum err check(struct node *n, struct arena *a, const struct link_caller *who,
		      const struct statement *s, struct why *why)
{
	struct own_node own;
	enum err err = own_node_get(n, a, &own, why);

	if (err)
		return err;
	bool to_us = ed25519_eq(&s->to, &own.key.public);

	ed25519_wipe(&own.key);
	if (!to_us) /* gate */
		return link_refuse(why, ERR_DENIED, "not_for_us", "that was said to another node",
				   "別のノードに宛てたものです");
	if (uuid_eq(s->node, own.id))
		return link_refuse(why, ERR_CONFLICT, "itself", "a node does not link to itself",
				   "自分自身とはリンクできません");
	if (who->tls && (!who->has_spki || !digest_eq(who->spki, s->tls_spki))) /* gate */
		return link_refuse(why, ERR_DENIED, "wrong_pin",
				   "the other end does not show the TLS key that it names",
				   "相手が、名乗ったTLS鍵を示していません");
	if (!link_url_ok(s->url) || !str_starts(s->root, STR("/")) || !s->token.n)
		return link_refuse(why, ERR_INVALID, "malformed",
				   "the other node names no address that can be used",
				   "相手ノードのアドレスが使用できません");
	return ERR_OK;
}

struct invited {
	bool again; /* the answer to the first try was lost */
	bool confirm;
	int64_t by;
	struct digest digest;
};

/* The secret is good once; the same node may repeat itself, where the answer did not arrive. */
static enum err take_secret(struct node *n, struct arena *a, str secret, const struct statement *s,
			    struct invited *ret, struct why *why)
{
	struct invited v = {.digest = sha256(secret)};
	struct token t;
	struct peer p;
	struct why none = {0};
	enum err err = token_find(n->store, a, v.digest, &t, &none);

	if (!err && !str_eq(t.purpose, STR("invite"))) /* gate */
		err = ERR_NOTFOUND;
	if (!err)
		err = token_take(n->store, a, v.digest, &t, &none);
	if (!err) {
		v.confirm = str_eq(t.scopes, STR("confirm"));
		v.by = t.account;
		*ret = v;
		return ERR_OK;
	}
	none = (struct why){0};
	v.again = err == ERR_NOTFOUND &&
		  peer_by_invite(n->store, a, v.digest, &p, &none) == ERR_OK &&
		  (str_eq(p.state, STR(LINK_ACTIVE)) || str_eq(p.state, STR(LINK_CONFIRM)));
	if (v.again && memcmp(p.node_key.b, s->node_key.b, sizeof(s->node_key.b)) != 0) /* gate */
		v.again = false;
	if (v.again) {
		v.confirm = str_eq(p.state, STR(LINK_CONFIRM));
		*ret = v;
		return ERR_OK;
	}
	return link_refuse(
	    why, ERR_DENIED, "invitation",
	    "this invitation was used already, has expired, or was never made here: "
	    "ask for a new one",
	    "この招待は使用済みか期限切れ、または存在しません。新しい招待を依頼してください");
}

static str teams_text(struct arena *a, const struct json *teams)
{
	BUF(b);

	json_write(&b, teams);
	return arena_str(a, buf_str(&b));
}

/* The row of the link: a new one, or the same node once more. */
static enum err keep(struct ctx *c, const struct statement *s, const struct invited *v, str state,
		     struct peer *ret, str *ret_token, struct why *why)
{
	struct peer p = {0};
	struct digest key;
	struct why none = {0};
	enum err err;

	memcpy(key.b, s->node_key.b, sizeof(key.b));
	err = peer_by_node_key(c->node->store, c->arena, key, &p, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	p.uid = s->link;
	p.node = s->node;
	p.url = s->url;
	p.name = s->name;
	p.node_key = key;
	p.tls_spki = s->tls_spki;
	p.state = state;
	p.root = s->root;
	p.token_out = s->token;
	p.invite = v->digest;
	p.created_by = v->by;
	p.last_error = STR("");
	p.teams = teams_text(c->arena, &s->teams);
	*ret_token = link_secret(c->arena, &p.token_in);
	err = peer_put(c->node->store, &p, v->by, &p.key, why);
	if (!err)
		err = peer_contact(c->node->store, p.key, c->now_us, STR(""), STR_NULL, why);
	if (!err)
		*ret = p;
	return err;
}

static enum err answer_hello(struct ctx *c, const struct statement *s, const struct invited *v,
			     const struct announced *teams, size_t n, str *ret, struct why *why)
{
	struct statement mine = {
	    .link = s->link, .to = s->node_key, .has_reply_to = true, .reply_to = s->hash};
	struct peer p = {0};
	char u[UUID_TEXT];
	enum err err =
	    keep(c, s, v, v->confirm ? STR(LINK_CONFIRM) : STR(LINK_ACTIVE), &p, &mine.token, why);

	if (!err && !v->confirm)
		err = announce_apply(c, p.key, p.node_key, true, teams, n, why);
	if (err)
		return err;
	uuid_text(s->link, u);
	mine.root = arena_printf(c->arena, "/taxii2/links/%.*s/", UUID_TEXT, u);
	return statement_make(c->node, c->arena, &mine, STR_NULL, ret, why);
}

enum err link_hello(struct node *n, struct arena *a, const struct link_caller *who, str body,
		    str *ret_answer, struct why *why)
{
	struct statement s;
	struct invited v = {0};
	struct announced *teams = NULL;
	struct actor actor;
	struct ctx c;
	size_t count = 0;
	str secret = STR_NULL;
	enum err err;

	if (!throttle_take(n->strangers, throttle_prefix(a, who->from), clock_mono_us(), NULL))
		return link_refuse(why, ERR_RATE, "rate", "too many attempts: wait a minute",
				   "試行回数が多すぎます。1分ほど待ってください");
	err = statement_read(a, body, &s, &secret, why);
	if (!err)
		err = check(n, a, who, &s, why);
	if (err)
		return err;
	link_ctx(n, a, &actor, &c);
	err = announce_parse(&c, &s.teams, &teams, &count, why);
	if (!err)
		err = take_secret(n, a, secret, &s, &v, why);
	if (!err)
		err = answer_hello(&c, &s, &v, teams, count, ret_answer, why);
	ctx_done(&c);
	if (!err)
		throttle_give(n->strangers, throttle_prefix(a, who->from), clock_mono_us());
	return err;
}
