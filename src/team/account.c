// SPDX-License-Identifier: Apache-2.0
/* Accounts, and who may keep whose. Signing in is in account_sign_in.c. */
#include "team/account.h"

#include "base/codec.h"
#include "base/vec.h"
#include "net/client.h"
#include "team/account_internal.h"
#include "team/others.h"
#include "team/record_internal.h"

#define EMAIL_MAX 254 /* RFC 5321 4.5.3.1.3 */
#define NAME_MAX_BYTES 200

void secret_new(char ret[SECRET_TEXT])
{
	uint8_t b[32];
	BUF(text);

	random_bytes(b, sizeof(b));
	base64url_encode(&text, b, sizeof(b));
	memcpy(ret, text.p, SECRET_TEXT);
	secret_wipe(text.p, text.n);
	secret_wipe(b, sizeof(b));
}

/* ---- scopes and addresses ---- */

static const struct {
	str word;
	uint32_t bit;
} scope_words[] = {
    {STR_INIT("read"), SCOPE_READ},     {STR_INIT("write"), SCOPE_WRITE},
    {STR_INIT("import"), SCOPE_IMPORT}, {STR_INIT("export"), SCOPE_EXPORT},
    {STR_INIT("admin"), SCOPE_ADMIN},
};

enum err account_scopes(str scopes, uint32_t *ret, struct why *why)
{
	uint32_t bits = 0;
	str rest = scopes, word;

	while (str_split(&rest, ' ', &word)) {
		uint32_t bit = 0;

		if (!word.n)
			continue;
		for (size_t i = 0; i < ARRAY_LEN(scope_words); i++)
			if (str_eq(scope_words[i].word, word))
				bit = scope_words[i].bit;
		if (!bit)
			return why_field(
			    why, ERR_UNPROCESSABLE, "enum", "/scopes",
			    "scopes are of read, write, import, export, admin",
			    "スコープは read、write、import、export、admin から選んでください");
		bits |= bit;
	}
	*ret = bits ? bits : SCOPE_ALL;
	return ERR_OK;
}

static bool local_part_ok(str s)
{
	if (!s.n || s.n > 64 || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ch_alnum(s.p[i]) && !strchr("!#$%&'*+/=?^_`{|}~.-", s.p[i]))
			return false;
	return str_find(s, STR("..")) < 0;
}

static bool host_ok(str s)
{
	str rest = s, label;

	if (!s.n || s.n > 253)
		return false;
	while (str_split(&rest, '.', &label)) {
		if (!label.n || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!ch_alnum(label.p[i]) && label.p[i] != '-')
				return false;
	}
	return true;
}

/* RFC 5321 4.1.2 Mailbox, without quoted strings and address literals. */
enum err account_email(struct arena *a, str text, str *ret, struct why *why)
{
	str s = str_trim(text);
	ptrdiff_t at = str_rfind_char(s, '@');
	char *p;

	if (at < 0 || s.n > EMAIL_MAX || !local_part_ok(str_slice(s, 0, (size_t)at)) ||
	    !host_ok(str_from(s, (size_t)at + 1)))
		return why_field(why, ERR_UNPROCESSABLE, "format", "/email",
				 "this is not a mail address such as name@team.example",
				 "name@team.example のようなメールアドレスではありません");
	p = arena_cstr(a, s);
	for (size_t i = 0; i < s.n; i++)
		p[i] = ch_lower(p[i]);
	*ret = (str){p, s.n};
	return ERR_OK;
}

/* ---- who may ---- */

bool account_role_given(const struct actor *a, enum role role)
{
	/* a manager only reads: not above anybody who keeps accounts of a team of teams */
	return a->node || role_covers(a->role, role) || /* gate */
	       (role == ROLE_MANAGER && role_covers(a->role, ROLE_SECRETARIAT));
}

enum err may_keep(struct ctx *c, int64_t team, enum role role, struct why *why)
{
	enum err err;

	if (c->actor->node)
		return ERR_OK;
	err = verdict_err(
	    policy_node(c->actor, team == c->actor->team ? "accounts" : "accounts_other_teams"),
	    why); /* gate */
	if (!err && !account_role_given(c->actor, role))
		err = why_field(why, ERR_DENIED, "role", NULL, "that role is above your own",
				"自分より上の役割は扱えません");
	return err;
}

enum err account_read(struct ctx *c, int64_t account, struct account *ret, struct why *why)
{
	struct account x = {0};
	enum err err = account_get(c->node->store, c->arena, &account, 1, &x, why);

	if (err && err != ERR_NOTFOUND)
		return err;
	if (err || !x.key)
		return why_field(why, ERR_NOTFOUND, "not_found", NULL, "there is no such account",
				 "そのアカウントはありません");
	*ret = x;
	return ERR_OK;
}

enum err own_or_kept(struct ctx *c, int64_t account, struct account *ret, struct why *why)
{
	struct account x = {0};
	enum err err = account_read(c, account, &x, why);

	if (err)
		return err;
	if (c->actor->account != account)
		err = may_keep(c, x.team, role_parse(x.role), why);
	else if (c->actor->scopes != SCOPE_ALL)
		err = why_field(why, ERR_DENIED, "scope", NULL,
				"a limited token cannot change its account",
				"権限を限ったトークンではアカウントを変更できません");
	if (!err)
		*ret = x;
	return err;
}

void account_leads(struct arena *a, const struct directory_view *dir, int64_t team,
		   const struct uuid **ret, size_t *ret_n)
{
	struct uuid *u = arena_array(a, struct uuid, dir->n_people + 1);
	size_t n = 0;

	for (int all = 0; all < 2 && !n; all++)
		for (size_t i = 0; i < dir->n_people; i++) {
			const struct directory_person *p = &dir->people[i];
			enum role role = role_parse(p->role);

			if (p->team == team && n < 100 && (all || role >= ROLE_LEAD))
				u[n++] = p->uid;
		}
	*ret = u;
	*ret_n = n;
}

/* ---- accounts ---- */

static enum err check_new(struct ctx *c, struct account *x, struct why *why)
{
	struct account there;
	str language = x->language;
	enum err err = account_email(c->arena, x->email, &x->email, why);

	if (!err && !catalog_code_item(c->node->catalog, STR("role"), x->role))
		err = why_field(why, ERR_UNPROCESSABLE, "enum", "/role", "there is no such role",
				"その役割はありません");
	if (!err)
		err = may_keep(c, x->team, role_parse(x->role), why);
	const struct directory_team *t = directory_team(c->dir, x->team);

	if (!err && t && t->peer) /* gate */
		err = why_field(why, ERR_DENIED, "elsewhere", NULL,
				"this team works on another node: its people sign in there",
				"別のノードのチームです。メンバーはそのノードでサインインします");
	if (err)
		return err;
	if (x->name.n > NAME_MAX_BYTES || !utf8_valid(x->name))
		return why_field(why, ERR_UNPROCESSABLE, "length", "/name",
				 "the name is too long or not UTF-8",
				 "氏名が長すぎるか、文字コードが正しくありません");
	if (!str_eq(language, STR("ja")) && !str_eq(language, STR("en")))
		x->language = str_c(c->node->config.language);
	err = account_by_email(c->node->store, c->arena, x->email, &there, NULL);
	if (err == ERR_NOTFOUND)
		return ERR_OK;
	return err ? why_set(why, err, "accounts cannot be read")
		   : why_field(why, ERR_CONFLICT, "email_taken", "/email",
			       "an account with this address exists",
			       "このメールアドレスのアカウントはすでにあります");
}

/* The public record of the person; *ret gets its principal. */
static enum err person_add(struct ctx *c, const struct account *x, int64_t *ret, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("people"));
	const struct directory_team *team = directory_team(c->dir, x->team);
	struct actor node = node_actor(c->node, x->team);
	struct json o = json_object();
	struct record r = {0};
	struct ctx inner;
	enum err err;

	if (!t || !team)
		return why_field(why, ERR_UNPROCESSABLE, "unknown_team", "/team",
				 "there is no such team", "そのチームは登録されていません");
	char u[UUID_TEXT];

	uuid_text(team->uid, u);
	json_set(c->arena, &o, STR("name"), json_string(x->name.n ? x->name : x->email));
	json_set(c->arena, &o, STR("email"), json_string(x->email));
	json_set(c->arena, &o, STR("language"), json_string(x->language));
	json_set(c->arena, &o, STR("team"),
		 json_string(arena_printf(c->arena, "x-hikeshi-team--%.*s", UUID_TEXT, u)));
	node.account = c->actor->account; /* the journal names who did it */
	ctx_init(&inner, c->node, c->arena, &node);
	err = record_create(&inner, t, &o, x->team, &r, why);
	ctx_done(&inner);
	return err ? err : principal_intern(c->node->store, PRINCIPAL_PERSON, &r.uid, 1, ret, why);
}

enum err accounts_refresh(struct ctx *c, struct why *why)
{
	enum err err = directory_refresh(c->node->directory, why);

	if (!err)
		ctx_refresh(c);
	return err;
}

enum err account_create(struct ctx *c, int64_t team, str email, str name, str role, str language,
			str password, int64_t *ret_key, struct why *why)
{
	struct account x = {.email = email,
			    .name = str_trim(name),
			    .role = role,
			    .language = language,
			    .team = team ? team : c->actor->team};
	int64_t key;
	enum err err = check_new(c, &x, why);

	if (!err && password.n)
		err = password_hash(c->node->accounts, c->arena, password, &x.password_hash, why);
	if (!err)
		err = person_add(c, &x, &x.person, why);
	if (!err)
		err = account_add(c->node->store, &x, c->actor->account, &key, why);
	if (!err)
		err = accounts_refresh(c, why);
	if (!err)
		*ret_key = key;
	return err;
}

void drop_streams(struct ctx *c, int64_t account)
{
	others_drop_account(c->node, account);
}

enum err account_set_password(struct ctx *c, int64_t account, str password, struct why *why)
{
	const struct account_change change = {.members = ACCOUNT_PASSWORD, .end_sessions = true};
	struct account x;
	enum err err = own_or_kept(c, account, &x, why);

	if (!err)
		err = password_hash(c->node->accounts, c->arena, password, &x.password_hash, why);
	if (!err)
		err = account_update(c->node->store, &x, &change, c->actor->account, why);
	if (!err)
		drop_streams(c, account);
	return err;
}

/* ---- tokens ---- */

static enum err token_check(struct ctx *c, int64_t account, str scopes, bool link, struct why *why)
{
	struct account x;
	uint32_t bits;
	enum err err = own_or_kept(c, account, &x, why);

	if (!err)
		err = account_scopes(scopes, &bits, why);
	if (!err && x.disabled)
		err = why_field(why, ERR_CONFLICT, "disabled", NULL, "the account is disabled",
				"アカウントは無効です");
	/* one's own link would only turn a session into another */
	if (!err && link && !c->actor->node && c->actor->account == account)
		err = why_field(why, ERR_DENIED, "own_link", NULL,
				"a sign-in link is made for somebody else",
				"サインイン用リンクは自分には発行できません");
	return err;
}

static enum err name_check(str name, struct why *why)
{
	if (name.n > NAME_MAX_BYTES || !utf8_valid(name) || memchr(name.n ? name.p : "", 0, name.n))
		return why_field(why, ERR_UNPROCESSABLE, "length", "/name",
				 "the name is too long or not UTF-8",
				 "名称が長すぎるか、文字コードが正しくありません");
	return ERR_OK;
}

enum err account_certificate(struct ctx *c, int64_t account, str name, str scopes,
			     int64_t expires_us, str pem, struct digest *ret_spki, int64_t *ret_key,
			     struct why *why)
{
	struct token t = {.account = account,
			  .name = str_trim(name),
			  .scopes = str_trim(scopes),
			  .expires_us = expires_us,
			  .purpose = STR("certificate")};
	enum err err = name_check(t.name, why);

	if (!err)
		err = token_check(c, account, t.scopes, false, why);
	if (!err && tls_spki_of_pem(pem, &t.id, NULL))
		err = why_field(why, ERR_UNPROCESSABLE, "certificate", "/certificate",
				"that is no certificate in PEM", "PEM形式の証明書ではありません");
	if (err)
		return err;
	err = token_add(c->node->store, &t, c->actor->account, ret_key, NULL);
	if (err == ERR_CONFLICT)
		return why_field(why, err, "certificate", "/certificate",
				 "that key belongs to an account already",
				 "その鍵はすでにアカウントに登録されています");
	if (!err)
		*ret_spki = t.id;
	return err ? why_set(why, err, "the certificate cannot be kept") : ERR_OK;
}

enum err account_token(struct ctx *c, int64_t account, str name, str scopes, int64_t expires_us,
		       str purpose, char ret_secret[SECRET_TEXT], int64_t *ret_key, struct why *why)
{
	bool link = str_eq(purpose, STR("sign-in"));
	char secret[SECRET_TEXT];
	struct token t = {.account = account,
			  .name = str_trim(name),
			  .scopes = str_trim(scopes),
			  .expires_us = link ? c->now_us + SIGN_IN_LINK_US : expires_us,
			  .purpose = link ? STR("sign-in") : STR("api")};
	int64_t key;
	enum err err;

	if (!link && !str_eq(purpose, STR("api")))
		return why_set(why, ERR_INVALID, "no such purpose of a token: '%.*s'",
			       STR_ARG(purpose));
	err = name_check(t.name, why);
	if (!err)
		err = token_check(c, account, t.scopes, link, why);
	if (err)
		return err;
	if (link)
		err =
		    token_del_all(c->node->store, account, STR("sign-in"), c->actor->account, why);
	if (err)
		return err;
	secret_new(secret);
	t.id = sha256((str){secret, SECRET_TEXT});
	err = token_add(c->node->store, &t, c->actor->account, &key, why);
	if (!err) {
		memcpy(ret_secret, secret, SECRET_TEXT);
		*ret_key = key;
	}
	secret_wipe(secret, sizeof(secret));
	return err;
}
