// SPDX-License-Identifier: Apache-2.0
/* Signing in and who somebody is. Whatever was wrong, the sentence and the work are the same: one
 * Argon2id, against a hash nobody has the password of where there is no account (CVE-2021-38562).
 * Attempts are counted before the work and given back when they were right. */
#include "team/account.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <utf8proc.h>

#include "base/codec.h"
#include "base/map.h"
#include "team/account_internal.h"
#include "team/others.h"
#include "team/totp.h"

#define PASSWORD_MIN 10
#define PASSWORD_MAX 1024
#define HASHES_AT_ONCE 2 /* 64 MiB each */
#define HASHES_WAITING 64
#define TOUCH_US (60 * US_PER_S)
#define RIGHT_US (60 * US_PER_S)
#define RIGHT_MAX 256
#define AGENT_MAX 200

/* Attempts: at once, and one more every ... (name, default, unit). */
static const struct {
	unsigned burst;
	int64_t refill_us;
	size_t buckets;
} limits[COUNTERS] = {
    [BY_ADDRESS] = {10, 60 * US_PER_S, 65536},
    [BY_PREFIX] = {30, 20 * US_PER_S, 65536},
    [BY_ALL] = {300, US_PER_S / 5, 1},
};

/* A password that was right a moment ago, as a digest over it and the hash it was held against. */
struct right {
	struct digest d;
	int64_t until_us;
};
struct accounts {
	struct right right[RIGHT_MAX]; /* under the lock */
	uint8_t right_key[32];
	struct throttle *counters[COUNTERS];
	pthread_mutex_t lock;
	pthread_cond_t free;
	unsigned running, waiting;
	char dummy[crypto_pwhash_STRBYTES]; /* made with the first attempt, under the lock */
};

struct accounts *accounts_new(void)
{
	struct accounts *x = mem_alloc(sizeof(*x));

	for (size_t i = 0; i < COUNTERS; i++)
		x->counters[i] =
		    throttle_new(limits[i].burst, limits[i].refill_us, limits[i].buckets);
	random_bytes(x->right_key, sizeof(x->right_key));
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->free, NULL);
	return x;
}

void accounts_free(struct accounts *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < COUNTERS; i++)
		throttle_free(x->counters[i]);
	pthread_cond_destroy(&x->free);
	pthread_mutex_destroy(&x->lock);
	mem_free(x);
}

/* ---- passwords ---- */

static enum err turn_take(struct accounts *x, struct why *why)
{
	enum err err = ERR_OK;

	pthread_mutex_lock(&x->lock);
	if (x->running == HASHES_AT_ONCE && x->waiting == HASHES_WAITING)
		err = why_field(why, ERR_BUSY, "busy", NULL,
				"too many are signing in at once: try again in a moment",
				"サインインが集中しています。少し待ってからもう一度お試しください");
	if (!err) {
		x->waiting++;
		while (x->running == HASHES_AT_ONCE)
			pthread_cond_wait(&x->free, &x->lock);
		x->waiting--;
		x->running++;
	}
	pthread_mutex_unlock(&x->lock);
	return err;
}

static void turn_give(struct accounts *x)
{
	pthread_mutex_lock(&x->lock);
	x->running--;
	pthread_cond_signal(&x->free);
	pthread_mutex_unlock(&x->lock);
}

/* NFC, so that the same password typed on another system is the same. */
static str normal(struct arena *a, str password)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n =
	    utf8_valid(password) && password.n
		? utf8proc_map((const utf8proc_uint8_t *)password.p, (utf8proc_ssize_t)password.n,
			       &out, UTF8PROC_STABLE | UTF8PROC_COMPOSE)
		: -1;
	str ret = password;

	if (n >= 0) {
		ret = arena_str(a, (str){(const char *)out, (size_t)n});
		secret_wipe(out, (size_t)n);
	}
	free(out);
	return ret;
}

static bool hash_text(char ret[crypto_pwhash_STRBYTES], str password)
{
	return crypto_pwhash_str(ret, password.n ? password.p : "", password.n,
				 crypto_pwhash_OPSLIMIT_INTERACTIVE,
				 crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

enum err password_hash(struct accounts *x, struct arena *a, str password, str *ret, struct why *why)
{
	char text[crypto_pwhash_STRBYTES];
	bool ok;
	str p;
	enum err err;

	if (!utf8_valid(password) || password.n > 4 * PASSWORD_MAX)
		p = STR_NULL;
	else
		p = normal(a, password);
	if (utf8_count(p) < PASSWORD_MIN || utf8_count(p) > PASSWORD_MAX)
		return why_field(why, ERR_UNPROCESSABLE, "password", "/password",
				 "a password has 10 to 1,024 characters; there is no other rule",
				 "パスワードは10文字以上1,024文字以内です。ほかの制限はありません");
	err = turn_take(x, why);
	if (err)
		return err;
	ok = hash_text(text, p);
	turn_give(x);
	if (!ok)
		return why_set(why, ERR_BUSY, "no memory to hash a password");
	*ret = arena_str(a, str_c(text));
	return ERR_OK;
}

/* A hash whose password nobody knows. */
static bool dummy_ready(struct accounts *x, char ret[crypto_pwhash_STRBYTES])
{
	char secret[SECRET_TEXT];
	bool ok = true;

	pthread_mutex_lock(&x->lock);
	if (!x->dummy[0]) {
		secret_new(secret);
		ok = hash_text(x->dummy, (str){secret, SECRET_TEXT});
		secret_wipe(secret, sizeof(secret));
	}
	memcpy(ret, x->dummy, crypto_pwhash_STRBYTES);
	pthread_mutex_unlock(&x->lock);
	return ok;
}

enum err password_check(struct accounts *x, struct arena *a, str hash, str password, bool *ret_ok,
			struct why *why)
{
	char text[crypto_pwhash_STRBYTES];
	str p = normal(a, str_slice(password, 0, 4 * PASSWORD_MAX));
	bool known =
	    hash.n > 0 && hash.n < sizeof(text) && password.n > 0 && password.n <= 4 * PASSWORD_MAX;
	bool wrong;
	int right;
	enum err err = turn_take(x, why);

	if (err)
		return err;
	if (!dummy_ready(x, text)) {
		turn_give(x);
		return why_set(why, ERR_BUSY, "no memory to check a password");
	}
	if (known) {
		memset(text, 0, sizeof(text));
		memcpy(text, hash.p, hash.n);
	}
	errno = 0;
	right = crypto_pwhash_str_verify(text, p.n ? p.p : "", p.n);
	wrong = errno == EINVAL; /* else it could not be reckoned, for lack of memory */
	turn_give(x);
	if (right != 0 && !wrong)
		return why_set(why, ERR_BUSY, "no memory to check a password");
	*ret_ok = known && right == 0;
	return ERR_OK;
}

/* ---- counting ---- */

/* What is counted on every process of the node is counted under a hash that all of them make. */
static str shared_key(struct attempt *t, struct arena *a, unsigned i, str key)
{
	t->hash[i] =
	    siphash64(store_value_key(t->node->store), key.n ? key.p : "", key.n) & ~UINT64_C(1);
	return arena_printf(a, "%016llx", (unsigned long long)t->hash[i]);
}

static void tell_others(const struct attempt *t, bool given)
{
	for (unsigned i = 0; i < COUNTERS; i++)
		if (i != BY_ALL && t->keys[i].p)
			others_tried(t->node, i, t->hash[i], given);
}

void account_hear(struct accounts *x, unsigned i, uint64_t hash, bool given)
{
	char text[17];
	str key = {text, 16};

	if (!x || i >= COUNTERS || i == BY_ALL)
		return;
	(void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash);
	if (given)
		throttle_give(x->counters[i], key, clock_mono_us());
	else
		(void)throttle_take(x->counters[i], key, clock_mono_us(), NULL);
}

static enum err too_many(int64_t wait_us, struct why *why)
{
	char en[160], ja[160];
	int64_t s = wait_us / US_PER_S + 1;

	(void)snprintf(en, sizeof(en), "too many attempts: try again in %lld seconds",
		       (long long)s);
	(void)snprintf(ja, sizeof(ja), "試行回数が多すぎます。%lld秒後にもう一度お試しください",
		       (long long)s);
	return why_field(why, ERR_RATE, "rate", NULL, en, ja);
}

enum err attempt_begin(struct attempt *t, struct node *n, struct arena *a, str email, str peer,
		       struct why *why)
{
	int64_t wait = 0;

	*t = (struct attempt){
	    .node = n, .counters = n->accounts->counters, .at_us = clock_mono_us()};
	if (email.p)
		t->keys[BY_ADDRESS] = shared_key(t, a, BY_ADDRESS, throttle_address(a, email));
	if (peer.n)
		t->keys[BY_PREFIX] = shared_key(t, a, BY_PREFIX, throttle_prefix(a, peer));
	t->keys[BY_ALL] = STR("all");
	for (size_t i = 0; i < COUNTERS; i++)
		if (t->keys[i].p && !throttle_take(t->counters[i], t->keys[i], t->at_us, &wait)) {
			while (i-- > 0) /* refused ones are not counted against the others */
				if (t->keys[i].p)
					throttle_give(t->counters[i], t->keys[i], t->at_us);
			return too_many(wait, why);
		}
	tell_others(t, false);
	return ERR_OK;
}

void attempt_right(struct attempt *t)
{
	for (size_t i = 0; i < COUNTERS; i++)
		if (t->keys[i].p)
			throttle_give(t->counters[i], t->keys[i], clock_mono_us());
	tell_others(t, true);
}

/* ---- signing in ---- */

static enum err refused(struct why *why)
{
	return why_field(why, ERR_UNAUTHENTICATED, "sign_in", NULL,
			 "address, password or one-time code is not right",
			 "メールアドレス、パスワード、または確認コードが正しくありません");
}

static enum err not_signed_in(struct why *why)
{
	return why_field(why, ERR_UNAUTHENTICATED, "unauthenticated", NULL, "please sign in",
			 "サインインしてください");
}

/* Each code counts once, on every process of the node: its step is remembered beside the account.
 */
enum err code_ok(struct node *n, struct arena *a, const struct account *x, str otp, bool *ret,
		 struct why *why)
{
	int64_t step = totp_step(x->totp_secret, str_trim(otp), clock_now_us());
	str answer, key = arena_printf(a, "one-time code %lld", (long long)step);
	bool done = false;
	int status = 0;
	enum err err;

	*ret = false;
	if (!step)
		return ERR_OK;
	err = idempotency_begin(n->store, a, x->key, key, sha256(x->totp_secret), &done, &status,
				&answer, NULL);
	if (err == ERR_BUSY || err == ERR_CONFLICT)
		return ERR_OK; /* used before */
	if (!err && !done)     /* used, also after a restart */
		err = idempotency_end(n->store, x->key, key, 200, STR("{}"), NULL);
	*ret = !err && !done;
	return err ? why_set(why, err, "used codes cannot be read") : ERR_OK;
}

/* What a browser calls itself, short and printable. */
static str printable(struct arena *a, str text)
{
	char *p = arena_alloc(a, AGENT_MAX);
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < AGENT_MAX; i++)
		if (text.p[i] >= ' ' && text.p[i] < 127)
			p[n++] = text.p[i];
	return (str){p, n};
}

static enum err session_begin(struct node *n, struct arena *a, int64_t account,
			      const struct sign_in *in, char ret_secret[SECRET_TEXT],
			      struct actor *ret, struct why *why)
{
	char secret[SECRET_TEXT];
	int64_t now = clock_now_us();
	struct session s = {.account = account,
			    .created_us = now,
			    .seen_us = now,
			    .step_up_us = now,
			    .expires_us = now + n->config.session_max_us,
			    .agent = printable(a, in->agent),
			    .peer = printable(a, str_slice(in->peer, 0, 64))};
	struct actor actor;
	enum err err = node_account_actor(n, a, account, &actor, why);

	if (!err)
		err = account_signed_in(n->store, account, now, why);
	if (err)
		return err;
	secret_new(secret);
	s.id = sha256((str){secret, SECRET_TEXT});
	err = session_add(n->store, &s, why);
	if (!err) {
		memcpy(ret_secret, secret, SECRET_TEXT);
		actor.confirmed_us = now;
		*ret = actor;
	}
	secret_wipe(secret, sizeof(secret));
	return err;
}

enum err account_sign_in(struct node *n, struct arena *a, const struct sign_in *in,
			 char ret_secret[SECRET_TEXT], struct actor *ret, struct why *why)
{
	struct account x = {0};
	struct attempt t;
	bool ok = false;
	str email = in->email;
	enum err err = attempt_begin(&t, n, a, email.p ? email : STR(""), in->peer, why);

	if (err)
		return err;
	/* no account has U+0000 in its address, and not every database may be asked for it */
	email = memchr(email.p ? email.p : "", 0, email.n) ? STR_NULL : str_trim(email);
	err = account_by_email(n->store, a, str_slice(email, 0, 254), &x, NULL);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "accounts cannot be read");
	err = password_check(n->accounts, a, err ? STR_NULL : x.password_hash, in->password, &ok,
			     why);
	if (err)
		return err;
	ok = ok && !x.disabled;
	if (ok && x.totp_secret.n)
		err = code_ok(n, a, &x, in->otp, &ok, why);
	if (err)
		return err;
	if (!ok)
		return refused(why);
	attempt_right(&t);
	return session_begin(n, a, x.key, in, ret_secret, ret, why);
}

static bool looks_secret(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ch_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n == SECRET_TEXT;
}

/* Whose link that is; nothing is used up yet. */
static enum err link_owner(struct node *n, struct arena *a, str token, struct account *ret,
			   struct why *why)
{
	struct account x = {0};
	struct token found;
	enum err err = ERR_NOTFOUND;

	if (looks_secret(token))
		err = token_find(n->store, a, sha256(token), &found, NULL);
	if (!err && !str_eq(found.purpose, STR("sign-in")))
		err = ERR_NOTFOUND; /* an API token is no link */
	if (!err)
		err = account_get(n->store, a, &found.account, 1, &x, NULL);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "the link cannot be checked");
	if (err || !x.key || x.disabled)
		return why_field(
		    why, ERR_UNAUTHENTICATED, "link", NULL,
		    "this link has been used or has expired: ask for a new one",
		    "このリンクは使用済みか期限切れです。新しいリンクを発行してもらってください");
	*ret = x;
	return ERR_OK;
}

/* A link is no second factor: who has one shows it too. */
static enum err link_code(struct node *n, struct arena *a, const struct account *x,
			  const struct sign_in *in, struct why *why)
{
	struct attempt t;
	bool ok = false;
	enum err err;

	if (!x->totp_secret.n)
		return ERR_OK;
	if (in->otp.n) {
		err = attempt_begin(&t, n, a, x->email, STR_NULL, why);
		if (!err)
			err = code_ok(n, a, x, in->otp, &ok, why);
		if (err)
			return err;
		if (ok)
			attempt_right(&t);
	}
	return ok ? ERR_OK
		  : why_field(why, ERR_UNAUTHENTICATED, "otp", "/otp",
			      "this account also asks for a one-time code",
			      "このアカウントでは確認コードも必要です");
}

enum err account_sign_in_link(struct node *n, struct arena *a, const struct sign_in *in,
			      char ret_secret[SECRET_TEXT], struct actor *ret, struct why *why)
{
	const struct account_change change = {.members = ACCOUNT_PASSWORD, .end_sessions = true};
	struct account x = {0};
	struct attempt t;
	struct token used;
	enum err err = attempt_begin(&t, n, a, STR_NULL, in->peer, why);

	if (!err)
		err = link_owner(n, a, in->token, &x, why);
	if (!err)
		err = link_code(n, a, &x, in, why);
	if (!err && in->password.n)
		err = password_hash(n->accounts, a, in->password, &x.password_hash, why);
	if (err)
		return err;
	if (token_take(n->store, a, sha256(in->token), &used, NULL)) /* of two, one is late */
		return link_owner(n, a, STR_NULL, &x, why);
	attempt_right(&t);
	if (in->password.n)
		err = account_update(n->store, &x, &change, x.key, why);
	if (!err && in->password.n)
		others_drop_account(n, x.key);
	return err ? err : session_begin(n, a, x.key, in, ret_secret, ret, why);
}

enum err account_by_session(struct node *n, struct arena *a, str secret, struct actor *ret,
			    struct why *why)
{
	struct session s;
	int64_t now = clock_now_us();
	enum err err = ERR_NOTFOUND;

	if (looks_secret(secret))
		err = session_find(n->store, sha256(secret), &s, NULL);
	if (!err && s.seen_us + n->config.session_idle_us <= now) {
		err = session_del(n->store, s.id, why);
		if (!err)
			err = ERR_NOTFOUND;
	}
	if (err == ERR_NOTFOUND)
		return not_signed_in(why);
	if (err)
		return why_set(why, err, "the session cannot be read");
	if (s.seen_us + TOUCH_US <= now)
		err = session_touch(n->store, s.id, now, s.step_up_us, why);
	if (!err)
		err = node_account_actor(n, a, s.account, ret, why);
	if (!err)
		ret->confirmed_us = s.step_up_us;
	return err;
}

enum err account_confirm(struct node *n, struct arena *a, str secret, str password, str otp,
			 str peer, struct why *why)
{
	struct session s;
	struct account x = {0};
	struct attempt t;
	bool ok = false;
	int64_t now = clock_now_us();
	enum err err =
	    looks_secret(secret) ? session_find(n->store, sha256(secret), &s, NULL) : ERR_NOTFOUND;

	if (!err)
		err = account_get(n->store, a, &s.account, 1, &x, NULL);
	if (err)
		return err == ERR_NOTFOUND ? not_signed_in(why)
					   : why_set(why, err, "the session cannot be read");
	err = attempt_begin(&t, n, a, x.email, peer, why);
	if (!err)
		err = password_check(n->accounts, a, x.password_hash, password, &ok, why);
	if (!err && ok && x.totp_secret.n)
		err = code_ok(n, a, &x, otp, &ok, why);
	if (err)
		return err;
	if (!ok || x.disabled)
		return why_field(why, ERR_UNPROCESSABLE, "confirm", "/password",
				 "password or one-time code is not right",
				 "パスワード、または確認コードが正しくありません");
	attempt_right(&t);
	return session_touch(n->store, s.id, now, now, why);
}

enum err account_by_token(struct node *n, struct arena *a, str token, struct actor *ret,
			  struct why *why)
{
	struct actor actor;
	struct token t;
	enum err err = ERR_NOTFOUND;

	if (looks_secret(token))
		err = token_find(n->store, a, sha256(token), &t, NULL);
	if (!err && !str_eq(t.purpose, STR("api")))
		err = ERR_NOTFOUND;
	if (err == ERR_NOTFOUND)
		return why_field(why, ERR_UNAUTHENTICATED, "token", NULL, "this token is not valid",
				 "このトークンは無効です");
	if (err)
		return why_set(why, err, "the token cannot be checked");
	err = node_account_actor(n, a, t.account, &actor, why);
	if (!err)
		err = account_scopes(t.scopes, &actor.scopes, why);
	if (!err)
		*ret = actor;
	return err;
}

enum err account_by_certificate(struct node *n, struct arena *a, struct digest spki,
				struct actor *ret, struct why *why)
{
	struct actor actor;
	struct token t;
	enum err err = token_find(n->store, a, spki, &t, NULL);

	if (!err && !str_eq(t.purpose, STR("certificate")))
		err = ERR_NOTFOUND;
	if (err == ERR_NOTFOUND)
		return why_field(why, ERR_UNAUTHENTICATED, "certificate", NULL,
				 "nobody here has this certificate",
				 "この証明書は登録されていません");
	if (err)
		return why_set(why, err, "the certificate cannot be checked");
	err = node_account_actor(n, a, t.account, &actor, why);
	if (!err)
		err = account_scopes(t.scopes, &actor.scopes, why);
	if (!err)
		*ret = actor;
	return err;
}

/* ---- machines that send a password each time ---- */

static struct digest right_digest(const struct accounts *x, const struct account *who, str password)
{
	const str parts[] = {
	    {(const char *)x->right_key, sizeof(x->right_key)}, who->password_hash, password};
	return sha256_parts(parts, ARRAY_LEN(parts));
}

static struct right *right_place(struct accounts *x, const struct digest *d)
{
	return &x->right[d->b[0] % RIGHT_MAX];
}

static bool was_right(struct accounts *x, const struct digest *d)
{
	bool ret;

	pthread_mutex_lock(&x->lock);
	ret = right_place(x, d)->until_us > clock_mono_us() &&
	      secret_eq(digest_str(&right_place(x, d)->d), digest_str(d));
	pthread_mutex_unlock(&x->lock);
	return ret;
}

static void remember_right(struct accounts *x, const struct digest *d)
{
	pthread_mutex_lock(&x->lock);
	*right_place(x, d) = (struct right){*d, clock_mono_us() + RIGHT_US};
	pthread_mutex_unlock(&x->lock);
}

static enum err check_counted(struct node *n, struct arena *a, str email, const struct account *x,
			      str password, str peer, bool *ret, struct why *why)
{
	struct attempt t;
	enum err err = attempt_begin(&t, n, a, email, peer, why);

	if (!err)
		err = password_check(n->accounts, a, x->password_hash, password, ret, why);
	*ret = *ret && !err && !x->disabled && !x->totp_secret.n;
	if (*ret)
		attempt_right(&t);
	return err;
}

enum err account_by_password(struct node *n, struct arena *a, str email, str password, str peer,
			     struct actor *ret, struct why *why)
{
	struct account x = {0};
	struct actor actor;
	struct digest d;
	bool ok = false;
	enum err err;

	email = memchr(email.p ? email.p : "", 0, email.n) ? STR("") : str_trim(email);
	if (looks_secret(password) && !account_by_token(n, a, password, &actor, NULL) &&
	    str_ieq(actor.email, email)) {
		*ret = actor;
		return ERR_OK;
	}
	err = account_by_email(n->store, a, str_slice(email, 0, 254), &x, NULL);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "accounts cannot be read");
	d = right_digest(n->accounts, &x, password);
	if (!err && !x.disabled && !x.totp_secret.n && x.password_hash.n)
		ok = was_right(n->accounts, &d);
	err = ok ? ERR_OK : check_counted(n, a, email, &x, password, peer, &ok, why);
	if (err)
		return err;
	if (!ok)
		return refused(why);
	remember_right(n->accounts, &d);
	return node_account_actor(n, a, x.key, ret, why);
}

enum err account_sign_out(struct node *n, str secret, struct why *why)
{
	return looks_secret(secret) ? session_del(n->store, sha256(secret), why) : ERR_OK;
}
