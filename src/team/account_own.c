// SPDX-License-Identifier: Apache-2.0
/* One's own account: the password, one-time codes, sessions. */
#include "base/codec.h"
#include "team/account_internal.h"
#include "team/totp.h"

#define TOTP_SECRET_BYTES 20 /* RFC 4226 4 R6 */
#define ENROL_US (15 * 60 * US_PER_S)
#define NONCE_BYTES 16
#define HANDLE_BYTES 8

/* ---- password ---- */

static enum err session_of(struct ctx *c, str secret, struct session *ret, struct why *why)
{
	struct session s;
	enum err err = session_find(c->node->store, sha256(secret), &s, NULL);

	if (err == ERR_NOTFOUND || (!err && s.account != c->actor->account))
		return why_field(why, ERR_UNAUTHENTICATED, "unauthenticated", NULL,
				 "please sign in", "サインインしてください");
	if (!err)
		*ret = s;
	return err ? why_set(why, err, "the session cannot be read") : ERR_OK;
}

/* The present password, where there is one. */
static enum err old_right(struct ctx *c, const struct account *x, str old, str peer,
			  struct why *why)
{
	struct attempt t;
	bool ok = false;
	enum err err;

	if (!x->password_hash.n)
		return ERR_OK;
	err = attempt_begin(&t, c->node, c->arena, x->email, peer, why);
	if (!err)
		err = password_check(c->node->accounts, c->arena, x->password_hash, old, &ok, why);
	if (err)
		return err;
	if (!ok)
		return why_field(why, ERR_UNPROCESSABLE, "old_password", "/old",
				 "the present password is not right",
				 "いまのパスワードが正しくありません");
	attempt_right(&t);
	return ERR_OK;
}

enum err account_change_password(struct ctx *c, str session, str old, str password, str peer,
				 struct why *why)
{
	struct account_change change = {.members = ACCOUNT_PASSWORD, .end_sessions = true};
	struct account x;
	struct session s;
	enum err err = own_or_kept(c, c->actor->account, &x, why);

	if (!err)
		err = session_of(c, session, &s, why);
	if (!err)
		err = old_right(c, &x, old, peer, why);
	if (!err)
		err = password_hash(c->node->accounts, c->arena, password, &x.password_hash, why);
	if (err)
		return err;
	change.but = &s.id;
	err = account_update(c->node->store, &x, &change, c->actor->account, why);
	if (!err)
		drop_streams(c, x.key);
	return err;
}

/* ---- sessions ---- */

str session_handle(struct arena *a, const struct session *s)
{
	BUF(b);

	hex_encode(&b, s->id.b, HANDLE_BYTES);
	return arena_str(a, buf_str(&b));
}

enum err account_sessions(struct ctx *c, int64_t account, str secret, struct session **ret,
			  size_t *ret_n, size_t *ret_this, struct why *why)
{
	struct digest own = sha256(secret);
	struct session *all = NULL, *live;
	struct account x;
	size_t n = 0, k = 0, at = SIZE_MAX;
	enum err err = own_or_kept(c, account, &x, why);

	if (!err)
		err = session_list(c->node->store, c->arena, account, &all, &n, why);
	if (err)
		return err;
	live = arena_array(c->arena, struct session, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (all[i].seen_us + c->node->config.session_idle_us <= c->now_us)
			continue; /* ended by itself */
		if (digest_eq(all[i].id, own))
			at = k;
		live[k++] = all[i];
	}
	*ret = live;
	*ret_n = k;
	*ret_this = at == SIZE_MAX ? k : at;
	return ERR_OK;
}

enum err account_end_sessions(struct ctx *c, int64_t account, str handle, str but_secret,
			      struct why *why)
{
	struct digest but = sha256(but_secret), *one = NULL;
	struct session *s = NULL;
	struct account x;
	size_t n = 0, gone = 0;
	enum err err = own_or_kept(c, account, &x, why);

	if (!err && handle.n)
		err = session_list(c->node->store, c->arena, account, &s, &n, why);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (str_eq(session_handle(c->arena, &s[i]), handle))
			one = &s[i].id;
	if (!handle.n || one)
		err = session_end(c->node->store, &x, one, &but, c->actor->account, &gone, why);
	if (err)
		return err;
	if (handle.n && !gone)
		return why_field(why, ERR_NOTFOUND, "not_found", NULL, "there is no such session",
				 "そのセッションはありません");
	if (gone)
		drop_streams(c, account);
	return ERR_OK;
}

/* ---- one-time codes ---- */

static enum err set_secret(struct ctx *c, struct account *x, str secret, struct why *why)
{
	const struct account_change change = {.members = ACCOUNT_TOTP};

	x->totp_secret = secret;
	return account_update(c->node->store, x, &change, c->actor->account, why);
}

enum err account_totp_start(struct ctx *c, int64_t account, str *ret_secret_base32, struct why *why)
{
	uint8_t secret[TOTP_SECRET_BYTES];
	struct account x;
	enum err err = own_or_kept(c, account, &x, why);

	if (err)
		return err;
	random_bytes(secret, sizeof(secret));
	err = set_secret(c, &x, base32_encode(c->arena, secret, sizeof(secret)), why);
	secret_wipe(secret, sizeof(secret));
	if (!err)
		*ret_secret_base32 = x.totp_secret;
	return err;
}

enum err account_totp_stop(struct ctx *c, int64_t account, struct why *why)
{
	struct account x;
	enum err err = own_or_kept(c, account, &x, why);

	return err ? err : set_secret(c, &x, STR(""), why);
}

str account_totp_uri(struct ctx *c, str email, str secret_base32)
{
	const char *issuer = c->node->config.name ? c->node->config.name : "hikeshi";
	BUF(b);

	buf_add(&b, STR("otpauth://totp/"));
	percent_encode(&b, str_c(issuer));
	buf_add(&b, STR(":"));
	percent_encode(&b, email);
	buf_printf(&b, "?secret=%.*s&issuer=", STR_ARG(secret_base32));
	percent_encode(&b, str_c(issuer));
	return arena_str(c->arena, buf_str(&b));
}

/* Nothing is kept between the two steps, and every process of the node says the same: the secret is
 * a digest over the node's key, the account and what the enrolment says. */
static str derived(struct ctx *c, const uint8_t nonce[NONCE_BYTES], int64_t until_us)
{
	const str parts[] = {STR("hikeshi/totp/v1"),
			     {(const char *)store_value_key(c->node->store), 16},
			     {(const char *)&c->actor->account, sizeof(c->actor->account)},
			     {(const char *)&until_us, sizeof(until_us)},
			     {(const char *)nonce, NONCE_BYTES}};
	struct digest d = sha256_parts(parts, ARRAY_LEN(parts));
	str ret = base32_encode(c->arena, d.b, TOTP_SECRET_BYTES);

	secret_wipe(&d, sizeof(d));
	return ret;
}

static enum err none_yet(struct ctx *c, struct account *ret, struct why *why)
{
	enum err err = own_or_kept(c, c->actor->account, ret, why);

	if (!err && ret->totp_secret.n)
		err = why_field(why, ERR_CONFLICT, "totp_on", NULL,
				"one-time codes are on: remove them first",
				"確認コードは有効です。登録し直すには、先に解除してください");
	return err;
}

enum err account_totp_offer(struct ctx *c, str *ret_secret_base32, str *ret_enrolment,
			    int64_t *ret_until_us, struct why *why)
{
	uint8_t nonce[NONCE_BYTES];
	struct account x;
	BUF(b);
	int64_t until = c->now_us + ENROL_US;
	enum err err = none_yet(c, &x, why);

	if (err)
		return err;
	random_bytes(nonce, sizeof(nonce));
	base64url_encode(&b, nonce, sizeof(nonce));
	*ret_secret_base32 = derived(c, nonce, until);
	*ret_enrolment =
	    arena_printf(c->arena, "%lld.%.*s", (long long)until, STR_ARG(buf_str(&b)));
	*ret_until_us = until;
	return ERR_OK;
}

static bool read_enrolment(struct ctx *c, str text, str *ret_secret)
{
	str rest = str_slice(text, 0, 64), until;
	uint64_t us;
	BUF(nonce);

	if (!str_split(&rest, '.', &until) || str_u64(until, &us) || us > INT64_MAX ||
	    (int64_t)us <= c->now_us || (int64_t)us > c->now_us + ENROL_US ||
	    base64url_decode(&nonce, rest) || nonce.n != NONCE_BYTES)
		return false;
	*ret_secret = derived(c, (const uint8_t *)nonce.p, (int64_t)us);
	return true;
}

enum err account_totp_confirm(struct ctx *c, str enrolment, str code, str peer, struct why *why)
{
	struct account x;
	struct attempt t;
	bool ok = false;
	enum err err = none_yet(c, &x, why);

	if (err)
		return err;
	if (!read_enrolment(c, enrolment, &x.totp_secret))
		return why_field(why, ERR_UNPROCESSABLE, "enrolment", "/enrolment",
				 "this enrolment has ended: begin again",
				 "登録の期限が切れています。最初からやり直してください");
	err = attempt_begin(&t, c->node, c->arena, x.email, peer, why);
	if (!err)
		err = code_ok(c->node, c->arena, &x, code, &ok, why);
	if (err)
		return err;
	if (!ok)
		return why_field(
		    why, ERR_UNPROCESSABLE, "code", "/code",
		    "that code is not right: check the clock of the device, then use the next one",
		    "コードが正しくありません。端末の時刻を確かめ、次のコードを入力してください");
	attempt_right(&t);
	return set_secret(c, &x, x.totp_secret, why);
}
