// SPDX-License-Identifier: Apache-2.0
/* The TAXII servers that this node reads: adding and removing them, and what is told of them. */
#include "base/codec.h"
#include "exchange/taxii_pull.h"
#include "policy/tlp.h"

#define SOURCES_MAX 1000
#define URL_BYTES 1000
#define SECRET_BYTES 4096
#define PEM_BYTES 65536

static enum err may(struct ctx *c, struct why *why)
{
	struct verdict v;

	if (c->actor->node)
		return ERR_OK;
	v = policy_node(c->actor, "peers"); /* gate */
	return v.ok ? ERR_OK
		    : why_field(why, ERR_DENIED, v.code, NULL, arena_cstr(c->arena, v.text.en),
				arena_cstr(c->arena, v.text.ja));
}

/* The host of an address names this machine. */
static bool names_loopback(str url)
{
	static const char *const names[] = {"127.", "localhost:", "localhost/", "[::1]"};
	str rest = url;

	if (!str_skip_prefix(&rest, STR("http://")) && !str_skip_prefix(&rest, STR("https://")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_starts(rest, str_c(names[i])))
			return true;
	return false;
}

static bool plain_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return true;
}

static enum err check_url(struct ctx *c, str url, str *ret, struct why *why)
{
	bool tls = str_starts(url, STR("https://")), plain = str_starts(url, STR("http://"));

	if ((!tls && !plain) || url.n > URL_BYTES || url.n < 9 || !plain_ascii(url) ||
	    str_find_char(url, '@') >= 0 || str_find_char(url, '?') >= 0 ||
	    str_find_char(url, '#') >= 0)
		return why_field(why, ERR_INVALID, "url", "/url",
				 "a source is an address such as https://taxii.example/taxii2/, "
				 "without user, query and fragment",
				 "取得元は https://taxii.example/taxii2/ "
				 "のようなアドレスです(利用者名、?、#は含めません)");
	if (plain && !names_loopback(str_ends(url, STR("/"))
					 ? url
					 : arena_printf(c->arena, "%.*s/", STR_ARG(url))))
		return why_field(
		    why, ERR_INVALID, "url", "/url",
		    "without TLS only this machine may be read: use https",
		    "TLSなしで読み込めるのは同じマシンだけです。httpsを使ってください");
	*ret = str_ends(url, STR("/")) ? url : arena_printf(c->arena, "%.*s/", STR_ARG(url));
	return ERR_OK;
}

/* Basic and Bearer (RFC 7617, RFC 6750), and ids fit for a URL. */
static enum err check_rest(const struct source *x, str url, struct why *why)
{
	bool basic = str_eq(x->auth, STR("basic")), bearer = str_eq(x->auth, STR("bearer"));
	str rest = x->collections, id;
	struct digest pin;

	if (x->auth.n && !basic && !bearer)
		return why_field(why, ERR_INVALID, "auth", "/auth", "auth is basic or bearer",
				 "認証方式はbasicまたはbearerです");
	if ((basic && (!x->user.n || str_find_char(x->user, ':') >= 0)) ||
	    ((basic || bearer) && !x->secret.n) || x->secret.n > SECRET_BYTES ||
	    x->user.n > SECRET_BYTES || (bearer && !plain_ascii(x->secret)))
		return why_field(why, ERR_INVALID, "secret", "/secret",
				 "user (without a colon) and password, or a token, are needed",
				 "利用者名(コロンなし)とパスワード、またはトークンが必要です");
	while (str_split(&rest, ' ', &id))
		for (size_t i = 0; i < id.n; i++)
			if (!ch_alnum(id.p[i]) && id.p[i] != '-' && id.p[i] != '_' &&
			    id.p[i] != '.')
				return why_field(why, ERR_INVALID, "collections", "/collections",
						 "a collection is named by its id or alias",
						 "コレクションはIDまたは別名で指定します");
	if (x->pin.n &&
	    (!str_starts(url, STR("https://")) || hex_decode(x->pin, pin.b, sizeof(pin.b))))
		return why_field(
		    why, ERR_INVALID, "pin", "/pin",
		    "a pin is the SHA-256 of the server's public key, 64 digits in hex, for "
		    "https",
		    "ピンはサーバーの公開鍵のSHA-256(16進64桁)で、httpsでのみ使えます");
	if (x->certificate.n || x->private_key.n) {
		struct why inner = {0};
		struct digest spki;

		if (!str_starts(url, STR("https://")) || x->certificate.n > PEM_BYTES ||
		    x->private_key.n > PEM_BYTES ||
		    !str_starts(x->private_key, STR("-----BEGIN ")) ||
		    tls_spki_of_pem(x->certificate, &spki, &inner))
			return why_field(
			    why, ERR_INVALID, "certificate", "/certificate",
			    "a certificate and its key, both as PEM, are shown to servers "
			    "of https",
			    "証明書とその秘密鍵(PEM)を両方指定してください。httpsでのみ使えます");
	}
	return x->collections.n > URL_BYTES * 4 || x->every_us < 0
		   ? why_set(why, ERR_INVALID, "too many collections, or no interval")
		   : ERR_OK;
}

enum err taxii_source_may(struct ctx *c, struct why *why)
{
	return may(c, why);
}

enum err taxii_source_all(struct ctx *c, struct source **ret, size_t *ret_n, struct why *why)
{
	enum err err = may(c, why);

	return err ? err : source_list(c->node->store, c->arena, ret, ret_n, why);
}

enum err taxii_source_add(struct ctx *c, const struct source *x, struct source *ret,
			  struct why *why)
{
	struct source s = *x, *all = NULL;
	size_t n = 0;
	enum err err = may(c, why);

	if (!err)
		err = check_url(c, x->url, &s.url, why);
	if (!err)
		err = check_rest(x, s.url, why);
	if (!err)
		err = source_list(c->node->store, c->arena, &all, &n, why);
	if (!err && n >= SOURCES_MAX)
		err = why_field(why, ERR_LIMIT, "sources", NULL, "there are too many sources",
				"取得元が多すぎます");
	if (err)
		return err;
	s.uid = uuid_new();
	s.team = x->team ? x->team : c->node->home_team;
	s.internal = x->internal || names_loopback(s.url);
	s.created_us = c->now_us;
	s.created_by = c->actor->account > 0 ? c->actor->account : 0;
	s.next_us = x->every_us ? c->now_us : 0;
	err = source_add(c->node->store, &s, &s.key, why);
	if (!err)
		*ret = s;
	return err;
}

enum err taxii_source_find(struct ctx *c, str id_or_url, struct source *ret, struct why *why)
{
	struct source *x = NULL;
	size_t n = 0, found = 0;
	struct uuid uid;
	bool is_id = uuid_parse(id_or_url, &uid) == ERR_OK;
	str with = arena_printf(c->arena, "%.*s/", STR_ARG(id_or_url));
	enum err err = may(c, why);

	if (!err)
		err = source_list(c->node->store, c->arena, &x, &n, why);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (!(is_id ? uuid_eq(x[i].uid, uid)
			    : str_eq(x[i].url, id_or_url) || str_eq(x[i].url, with)))
			continue;
		*ret = x[i];
		found++;
	}
	if (found == 1)
		return ERR_OK;
	return found
		   ? why_field(why, ERR_CONFLICT, "no_source", NULL,
			       "several teams read that address: name the source by its id",
			       "そのアドレスは複数のチームが読み込んでいます。IDで指定してください")
		   : why_field(why, ERR_NOTFOUND, "no_source", NULL, "there is no such source",
			       "その取得元はありません");
}

enum err taxii_source_remove(struct ctx *c, const struct source *x, struct why *why)
{
	enum err err = may(c, why);

	return err ? err : source_remove(c->node->store, x, c->actor->account, why);
}

enum err taxii_source_edit(struct ctx *c, const struct source *x, struct why *why)
{
	struct source s = *x;
	enum err err = may(c, why);

	if (!err)
		err = check_rest(x, x->url, why);
	s.internal = x->internal || names_loopback(x->url);
	if (!x->every_us)
		s.next_us = 0;
	else if (!x->next_us || x->next_us > c->now_us + x->every_us)
		s.next_us = c->now_us + x->every_us;
	return err ? err : source_edit(c->node->store, &s, c->actor->account, why);
}

enum err taxii_source_ask(struct ctx *c, const struct source *x, struct why *why)
{
	enum err err = may(c, why);

	return err ? err : source_ask(c->node->store, x, c->actor->account, c->now_us, why);
}

/* ---- telling ---- */

static void in_language(struct json_out *o, const char *lang, str en, str ja)
{
	str text = strcmp(lang, "ja") == 0 && ja.n ? ja : en;

	jo_key(o, "error");
	if (text.n)
		jo_str(o, text);
	else
		jo_null(o);
}

static void time_or_null(struct json_out *o, const char *key, int64_t us)
{
	jo_ktime(o, key, us ? us : TIME_NONE);
}

static void cursor_json(struct ctx *c, const struct source_cursor *k, struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "root", k->root);
	jo_kstr(o, "collection", k->collection);
	jo_kstr(o, "title", k->title);
	time_or_null(o, "added_after", k->after_us);
	time_or_null(o, "last_run", k->last_run_us);
	in_language(o, c->lang, k->error, k->error_ja);
	jo_key(o, "objects");
	jo_object(o);
	jo_ki64(o, "read", k->read);
	jo_ki64(o, "new", k->created);
	jo_ki64(o, "updated", k->updated);
	jo_ki64(o, "unchanged", k->unchanged);
	jo_ki64(o, "rejected", k->rejected);
	jo_end(o);
	jo_key(o, "run");
	if (k->run.n)
		jo_raw(o, k->run);
	else
		jo_null(o);
	jo_end(o);
}

static void id_or_null(struct json_out *o, struct arena *a, const char *key, const char *type,
		       const struct uuid *uid)
{
	char u[UUID_TEXT];

	jo_key(o, key);
	if (!uid || uuid_is_zero(*uid)) {
		jo_null(o);
		return;
	}
	uuid_text(*uid, u);
	jo_str(o, arena_printf(a, "%s--%.*s", type, UUID_TEXT, u));
}

static void source_head(struct ctx *c, const struct source *x, struct json_out *o)
{
	const struct directory_team *t = directory_team(c->dir, x->team);
	char u[UUID_TEXT];
	str rest = x->collections, id;
	struct digest spki;
	BUF(hex);

	uuid_text(x->uid, u);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kstr(o, "url", x->url);
	jo_kbool(o, "internal", x->internal);
	id_or_null(o, c->arena, "team", "x-hikeshi-team", t ? &t->record.uid : NULL);
	jo_kstr(o, "auth", x->auth.n ? x->auth : STR("none"));
	jo_kstr(o, "user", x->user);
	jo_key(o, "collections");
	jo_array(o);
	while (str_split(&rest, ' ', &id))
		if (id.n)
			jo_str(o, id);
	jo_end(o);
	jo_key(o, "tlp");
	if (x->tlp >= 0)
		jo_str(o, tlp_label((enum tlp)x->tlp));
	else
		jo_null(o);
	id_or_null(o, c->arena, "circle", "x-hikeshi-circle", &x->circle);
	jo_ki64(o, "every_s", x->every_us / US_PER_S);
	jo_kbool(o, "paused", x->paused);
	jo_key(o, "certificate"); /* the hash of its key: what the other side is told */
	if (x->certificate.n && tls_spki_of_pem(x->certificate, &spki, NULL) == ERR_OK) {
		hex_encode(&hex, spki.b, sizeof(spki.b));
		jo_str(o, buf_str(&hex));
	} else {
		jo_null(o);
	}
	jo_key(o, "pin");
	if (x->pin.n)
		jo_str(o, x->pin);
	else
		jo_null(o);
	time_or_null(o, "next_run", x->paused ? 0 : x->next_us);
	jo_ktime(o, "created", x->created_us);
	time_or_null(o, "last_run", x->last_run_us);
	in_language(o, c->lang, x->last_error, x->last_error_ja);
}

enum err taxii_source_json(struct ctx *c, const struct source *x, struct json_out *o,
			   struct why *why)
{
	struct source_cursor *k = NULL;
	size_t n = 0;
	enum err err = source_cursors(c->node->store, c->arena, x->key, &k, &n, why);

	if (err)
		return err;
	jo_object(o);
	source_head(c, x, o);
	jo_key(o, "read");
	jo_array(o);
	for (size_t i = 0; i < n; i++)
		cursor_json(c, &k[i], o);
	jo_end(o);
	jo_end(o);
	return ERR_OK;
}
