// SPDX-License-Identifier: Apache-2.0
#include "team/account.h"
#include "team/totp.h"
#include "tests/team/node_fixture.h"

#define PASSWORD STR("正しい馬の電池ホチキス")

static enum err sign_in(struct node_fixture *f, const char *email, str password, const char *otp,
			const char *peer, char secret[SECRET_TEXT], struct why *why)
{
	struct actor actor;

	const struct sign_in in = {
	    .email = str_c(email), .password = password, .otp = str_c(otp), .peer = str_c(peer)};

	return account_sign_in(f->node, &f->a, &in, secret, &actor, why);
}

static enum err by_link(struct node_fixture *f, const char link[SECRET_TEXT], str password,
			const char *otp, char secret[SECRET_TEXT], struct actor *ret,
			struct why *why)
{
	const struct sign_in in = {
	    .token = {link, SECRET_TEXT}, .password = password, .otp = str_c(otp)};

	return account_sign_in_link(f->node, &f->a, &in, secret, ret, why);
}

static void password_for(struct node_fixture *f, int64_t account, str password)
{
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, 0, &actor, &c);
	OK(account_set_password(&c, account, password, &why));
	ctx_done(&c);
}

static void signing_in(struct node_fixture *f)
{
	char secret[SECRET_TEXT], other[SECRET_TEXT];
	struct actor actor = {0};
	struct account x = {0};
	str s = {secret, SECRET_TEXT};

	password_for(f, f->lead[0], PASSWORD);
	const struct sign_in in = {.email = STR(" Lead0@AOI.example"),
				   .password = PASSWORD,
				   .peer = STR("192.0.2.1"),
				   .agent = STR("Mozilla/5.0\n(x)")};

	OK(account_sign_in(f->node, &f->a, &in, secret, &actor, &why));
	CHECK(actor.account == f->lead[0] && actor.team == f->team[0] && actor.role == ROLE_LEAD);
	CHECK(actor.scopes == SCOPE_ALL && !actor.node);
	OK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "192.0.2.1", other, &why));
	CHECK(memcmp(secret, other, SECRET_TEXT) != 0);

	actor = (struct actor){0};
	OK(account_by_session(f->node, &f->a, s, &actor, &why));
	CHECK(actor.account == f->lead[0]);
	OK(account_get(f->node->store, &f->a, &f->lead[0], 1, &x, &why));
	CHECK(x.last_sign_in_us > 0);
	CHECK(str_find(x.password_hash, STR("$argon2id$")) == 0);

	OK(account_sign_out(f->node, s, &why));
	CHECK(account_by_session(f->node, &f->a, s, &actor, NULL) == ERR_UNAUTHENTICATED);
	OK(account_by_session(f->node, &f->a, (str){other, SECRET_TEXT}, &actor, &why));
	CHECK(account_by_session(f->node, &f->a, STR("short"), &actor, NULL) ==
	      ERR_UNAUTHENTICATED);
}

/* Whatever is wrong, the answer is the same to the letter. */
static void one_sentence(struct node_fixture *f)
{
	static const struct {
		const char *email, *password;
	} rows[] = {{"lead0@aoi.example", "wrong password"},
		    {"nobody@aoi.example", "wrong password"},
		    {"lead0@aoi.example", ""},
		    {"analyst0@aoi.example", "no password yet"},
		    {"", "wrong password"},
		    {"not an address", "wrong password"},
		    {"lead1@beni.example", "correct horse battery"}};
	char secret[SECRET_TEXT];
	struct why first = {0};
	struct actor actor;
	struct ctx c;

	password_for(f, f->lead[0], PASSWORD);
	password_for(f, f->lead[1], STR("correct horse battery"));
	node_fixture_ctx(f, 0, &actor, &c);
	OK(account_set_disabled(&c, f->lead[1], true, &why));
	ctx_done(&c);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why said = {0};
		char peer[32];

		(void)snprintf(peer, sizeof(peer), "10.0.%zu.1", i);
		CHECK(sign_in(f, rows[i].email, str_c(rows[i].password), NULL, peer, secret,
			      &said) == ERR_UNAUTHENTICATED);
		if (i == 0)
			first = said;
		CHECK(memcmp(&first, &said, sizeof(said)) == 0);
		CHECK(said.text[0] && said.text_ja[0]);
	}
}

/* Known and unknown addresses take the same work: each costs a whole hash. */
static void same_work(struct node_fixture *f)
{
	char secret[SECRET_TEXT];
	int64_t took[2] = {0};

	password_for(f, f->lead[0], PASSWORD);
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++) {
			int64_t t = clock_mono_us();

			CHECK(sign_in(f, k ? "nobody@aoi.example" : "lead0@aoi.example",
				      STR("wrong password"), NULL, "10.1.1.1", secret,
				      NULL) == ERR_UNAUTHENTICATED);
			t = clock_mono_us() - t;
			if (i) /* the first ones also make the dummy */
				took[k] += t;
		}
	CHECK(took[1] > took[0] / 3 && took[0] > took[1] / 3);
	CHECK(took[1] / 3 > 10000); /* 64 MiB cannot be filled in 10 ms */
}

static void throttled(struct node_fixture *f)
{
	char secret[SECRET_TEXT];
	struct why said = {0};
	enum err err = ERR_UNAUTHENTICATED;
	int tries = 0;

	/* other spellings, other networks: one counter */
	for (; tries < 12 && err == ERR_UNAUTHENTICATED; tries++) {
		char peer[32], email[64];

		(void)snprintf(peer, sizeof(peer), "10.2.%d.1", tries);
		(void)snprintf(email, sizeof(email), "%s+%d@aoi.example",
			       tries % 2 ? "lead0" : "LEAD0", tries);
		err = sign_in(f, email, STR("wrong password"), NULL, peer, secret, &said);
		if (err == ERR_UNAUTHENTICATED)
			said = (struct why){0};
	}
	CHECK(err == ERR_RATE && tries == 11);
	CHECK(str_find(str_c(said.text), STR("seconds")) > 0 && said.text_ja[0]);
	/* the right password does not help either, and others are not locked out */
	password_for(f, f->lead[0], PASSWORD);
	CHECK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "10.3.1.1", secret, NULL) ==
	      ERR_RATE);
	password_for(f, f->lead[1], PASSWORD);
	for (int i = 0; i < 12; i++) /* right ones are not counted */
		OK(sign_in(f, "lead1@beni.example", PASSWORD, NULL, "10.3.1.1", secret, &why));
}

static void passwords(struct node_fixture *f)
{
	char secret[SECRET_TEXT];
	struct actor actor;
	struct ctx c;
	char *longest = arena_alloc(&f->a, 4200);
	struct why said = {0};

	memset(longest, 'x', 4200);
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	CHECK(account_set_password(&c, f->lead[0], STR("九文字しかない鍵です"), &said) == ERR_OK);
	said = (struct why){0};
	CHECK(account_set_password(&c, f->lead[0], STR("123456789"), &said) == ERR_UNPROCESSABLE);
	CHECK(str_find(str_c(said.text), STR("10 to 1,024")) > 0 && said.text_ja[0]);
	CHECK(account_set_password(&c, f->lead[0], (str){longest, 1025}, NULL) ==
	      ERR_UNPROCESSABLE);
	CHECK(account_set_password(&c, f->lead[0], STR("bad \xff bytes here"), NULL) ==
	      ERR_UNPROCESSABLE);
	CHECK(account_set_password(&c, f->lead[0], STR_NULL, NULL) == ERR_UNPROCESSABLE);
	OK(account_set_password(&c, f->lead[0], (str){longest, 1024}, &why));
	OK(sign_in(f, "lead0@aoi.example", (str){longest, 1024}, NULL, "", secret, &why));
	/* a change ends every session */
	OK(account_set_password(&c, f->lead[0], STR("caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9"), &why));
	CHECK(account_by_session(f->node, &f->a, (str){secret, SECRET_TEXT}, &actor, NULL) ==
	      ERR_UNAUTHENTICATED);
	/* the same letters in another normal form */
	OK(sign_in(f, "lead0@aoi.example", STR("cafe\xcc\x81 cafe\xcc\x81 cafe\xcc\x81"), NULL, "",
		   secret, &why));
	ctx_done(&c);
}

static void one_time_codes(struct node_fixture *f)
{
	char secret[SECRET_TEXT], code[8];
	uint8_t key[64];
	struct actor actor;
	struct ctx c;
	str base32;
	size_t n = 0;

	password_for(f, f->lead[0], PASSWORD);
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(account_totp_start(&c, f->lead[0], &base32, &why));
	CHECK(base32.n == 32 && base32_decode(base32, key, sizeof(key), &n) == ERR_OK);
	(void)snprintf(code, sizeof(code), "%06u",
		       hotp(key, n, (uint64_t)(clock_now_us() / TOTP_STEP_US), 6));
	CHECK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "", secret, NULL) ==
	      ERR_UNAUTHENTICATED);
	CHECK(sign_in(f, "lead0@aoi.example", STR("wrong password"), code, "", secret, NULL) ==
	      ERR_UNAUTHENTICATED);
	OK(sign_in(f, "lead0@aoi.example", PASSWORD, code, "", secret, &why));
	/* each code once, also after a restart */
	CHECK(sign_in(f, "lead0@aoi.example", PASSWORD, code, "", secret, NULL) ==
	      ERR_UNAUTHENTICATED);
	ctx_done(&c);
	CHECK(node_fixture_reopen(f));
	CHECK(sign_in(f, "lead0@aoi.example", PASSWORD, code, "", secret, NULL) ==
	      ERR_UNAUTHENTICATED);
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(account_totp_stop(&c, f->lead[0], &why));
	OK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "", secret, &why));
	ctx_done(&c);
}

static void sessions_end(struct node_fixture *f)
{
	struct session s = {.account = f->lead[0]};
	struct actor actor;
	int64_t now = clock_now_us();
	char secret[SECRET_TEXT] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	str text = {secret, SECRET_TEXT};

	secret[SECRET_TEXT - 1] = 'b';
	s.id = sha256(text);
	s.created_us = s.seen_us = now - f->node->config.session_idle_us - 1;
	s.expires_us = now + 3600 * US_PER_S;
	OK(session_add(f->node->store, &s, &why));
	CHECK(account_by_session(f->node, &f->a, text, &actor, NULL) == ERR_UNAUTHENTICATED);
	s.seen_us = now - f->node->config.session_idle_us / 2; /* idle for a while, then seen */
	OK(session_add(f->node->store, &s, &why));
	OK(account_by_session(f->node, &f->a, text, &actor, &why));
	OK(session_find(f->node->store, s.id, &s, &why));
	CHECK(s.seen_us >= now);
	secret[0] = 'c'; /* past its absolute end */
	s.id = sha256(text);
	s.expires_us = now - 1;
	OK(session_add(f->node->store, &s, &why));
	CHECK(account_by_session(f->node, &f->a, text, &actor, NULL) == ERR_UNAUTHENTICATED);
}

static void tokens(struct node_fixture *f)
{
	char api[SECRET_TEXT], link[SECRET_TEXT], old[SECRET_TEXT], session[SECRET_TEXT];
	struct actor lead, actor, limited;
	struct ctx c, small;
	int64_t key;

	node_fixture_ctx(f, f->lead[0], &lead, &c);
	OK(account_token(&c, f->analyst[0], STR("script"), STR("read import"), 0, STR("api"), api,
			 &key, &why));
	OK(account_by_token(f->node, &f->a, (str){api, SECRET_TEXT}, &actor, &why));
	CHECK(actor.account == f->analyst[0] && actor.scopes == (SCOPE_READ | SCOPE_IMPORT));
	CHECK(account_token(&c, f->analyst[0], STR("x"), STR("read fly"), 0, STR("api"), old, &key,
			    NULL) == ERR_UNPROCESSABLE);
	OK(account_token(&c, f->analyst[0], STR("old"), STR(""), clock_now_us() - 1, STR("api"),
			 old, &key, &why));
	CHECK(account_by_token(f->node, &f->a, (str){old, SECRET_TEXT}, &actor, NULL) ==
	      ERR_UNAUTHENTICATED);
	/* a limited token makes no wider one */
	limited = lead;
	limited.scopes = SCOPE_READ;
	ctx_init(&small, f->node, &f->a, &limited);
	CHECK(account_token(&small, f->lead[0], STR("x"), STR(""), 0, STR("api"), old, &key,
			    NULL) == ERR_DENIED);
	ctx_done(&small);

	OK(account_token(&c, f->analyst[0], STR("first"), STR(""), 0, STR("sign-in"), link, &key,
			 &why));
	/* neither is good for the other, and trying uses nothing up */
	CHECK(account_by_token(f->node, &f->a, (str){link, SECRET_TEXT}, &actor, NULL) ==
	      ERR_UNAUTHENTICATED);
	CHECK(by_link(f, api, STR_NULL, NULL, session, &actor, NULL) == ERR_UNAUTHENTICATED);
	OK(account_by_token(f->node, &f->a, (str){api, SECRET_TEXT}, &actor, &why));
	OK(by_link(f, link, STR_NULL, NULL, session, &actor, &why));
	CHECK(actor.account == f->analyst[0]);
	CHECK(by_link(f, link, STR_NULL, NULL, session, &actor, NULL) == ERR_UNAUTHENTICATED);
	ctx_done(&c);
}

static void who_may(struct node_fixture *f)
{
	struct actor lead, analyst;
	struct ctx c, small;
	int64_t key;
	char secret[SECRET_TEXT];

	node_fixture_ctx(f, f->lead[0], &lead, &c);
	node_fixture_ctx(f, f->analyst[0], &analyst, &small);
	OK(account_create(&c, 0, STR("new@aoi.example"), STR("新人"), STR("reader"), STR("ja"),
			  STR_NULL, &key, &why));
	ctx_refresh(&c);
	CHECK(c.dir->n_people == 5);
	CHECK(account_create(&c, 0, STR("NEW@aoi.example"), STR("x"), STR("reader"), STR("ja"),
			     STR_NULL, &key, NULL) == ERR_CONFLICT);
	CHECK(account_create(&c, 0, STR("adm@aoi.example"), STR("x"), STR("administrator"),
			     STR("ja"), STR_NULL, &key, NULL) == ERR_DENIED);
	CHECK(account_create(&c, f->team[1], STR("spy@beni.example"), STR("x"), STR("reader"),
			     STR("ja"), STR_NULL, &key, NULL) == ERR_DENIED);
	CHECK(account_create(&c, 0, STR("x@aoi.example"), STR("x"), STR("emperor"), STR("ja"),
			     STR_NULL, &key, NULL) == ERR_UNPROCESSABLE);
	CHECK(account_create(&small, 0, STR("y@aoi.example"), STR("x"), STR("reader"), STR("ja"),
			     STR_NULL, &key, NULL) == ERR_DENIED);
	CHECK(account_set_password(&small, f->lead[0], PASSWORD, NULL) == ERR_DENIED);
	CHECK(account_set_password(&c, f->lead[1], PASSWORD, NULL) == ERR_DENIED);
	CHECK(account_token(&small, f->lead[0], STR("x"), STR(""), 0, STR("sign-in"), secret, &key,
			    NULL) == ERR_DENIED);
	OK(account_set_password(&small, f->analyst[0], PASSWORD, &why));
	OK(account_set_password(&c, f->analyst[0], PASSWORD, &why));
	ctx_done(&c);
	ctx_done(&small);
}

/* A link asks for the second factor, sets a password once, and a new one makes older ones void. */
static void links(struct node_fixture *f)
{
	char first[SECRET_TEXT], second[SECRET_TEXT], session[SECRET_TEXT], before[SECRET_TEXT];
	char code[8];
	uint8_t key[64];
	struct actor lead, actor;
	struct why said = {0};
	struct ctx c;
	str base32;
	size_t n = 0;
	int64_t token;

	password_for(f, f->analyst[0], STR("the old password"));
	OK(sign_in(f, "analyst0@aoi.example", STR("the old password"), NULL, "", before, &why));
	node_fixture_ctx(f, f->lead[0], &lead, &c);
	OK(account_token(&c, f->analyst[0], STR("a"), STR(""), 0, STR("sign-in"), first, &token,
			 &why));
	OK(account_token(&c, f->analyst[0], STR("b"), STR(""), 0, STR("sign-in"), second, &token,
			 &why));
	CHECK(by_link(f, first, PASSWORD, NULL, session, &actor, NULL) == ERR_UNAUTHENTICATED);
	/* a password that is too short uses nothing up */
	CHECK(by_link(f, second, STR("short"), NULL, session, &actor, NULL) == ERR_UNPROCESSABLE);
	OK(by_link(f, second, PASSWORD, NULL, session, &actor, &why));
	CHECK(actor.account == f->analyst[0]);
	CHECK(account_by_session(f->node, &f->a, (str){before, SECRET_TEXT}, &actor, NULL) ==
	      ERR_UNAUTHENTICATED);
	OK(sign_in(f, "analyst0@aoi.example", PASSWORD, NULL, "", session, &why));

	OK(account_totp_start(&c, f->analyst[0], &base32, &why));
	CHECK(base32_decode(base32, key, sizeof(key), &n) == ERR_OK);
	OK(account_token(&c, f->analyst[0], STR("c"), STR(""), 0, STR("sign-in"), first, &token,
			 &why));
	CHECK(by_link(f, first, PASSWORD, NULL, session, &actor, &said) == ERR_UNAUTHENTICATED);
	CHECK(strcmp(said.code, "otp") == 0 && said.text_ja[0]);
	CHECK(by_link(f, first, PASSWORD, "000000", session, &actor, NULL) == ERR_UNAUTHENTICATED);
	(void)snprintf(code, sizeof(code), "%06u",
		       hotp(key, n, (uint64_t)(clock_now_us() / TOTP_STEP_US), 6));
	OK(by_link(f, first, PASSWORD, code, session, &actor, &why));
	OK(account_token(&c, f->analyst[0], STR("d"), STR(""), 0, STR("sign-in"), first, &token,
			 &why));
	OK(account_set_disabled(&c, f->analyst[0], true, &why));
	OK(account_set_disabled(&c, f->analyst[0], false, &why));
	CHECK(by_link(f, first, PASSWORD, NULL, session, &actor, NULL) == ERR_UNAUTHENTICATED);
	ctx_done(&c);
}

static void one_s_own(struct node_fixture *f)
{
	char here[SECRET_TEXT], there[SECRET_TEXT], code[8];
	str s = {here, SECRET_TEXT}, base32, enrolment;
	struct session *list;
	struct actor actor;
	struct why said = {0};
	struct ctx c;
	uint8_t key[64];
	size_t n = 0, own = 0;
	int64_t until;

	password_for(f, f->lead[0], PASSWORD);
	OK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "192.0.2.1", here, &why));
	OK(sign_in(f, "lead0@aoi.example", PASSWORD, NULL, "192.0.2.2", there, &why));
	node_fixture_ctx(f, f->lead[0], &actor, &c);
	OK(account_sessions(&c, f->lead[0], s, &list, &n, &own, &why));
	CHECK(n == 2 && own < n && digest_eq(list[own].id, sha256(s)) &&
	      str_eq(list[own].peer, STR("192.0.2.1")));
	CHECK(account_change_password(&c, s, STR("not the old one"), STR("another password"),
				      STR(""), &said) == ERR_UNPROCESSABLE);
	CHECK(strcmp(said.code, "old_password") == 0 && said.text_ja[0]);
	CHECK(account_change_password(&c, (str){there, 10}, PASSWORD, STR("another password"),
				      STR(""), NULL) == ERR_UNAUTHENTICATED);
	CHECK(account_change_password(&c, s, PASSWORD, STR("short"), STR(""), NULL) ==
	      ERR_UNPROCESSABLE);
	OK(account_change_password(&c, s, PASSWORD, STR("another password"), STR(""), &why));
	OK(account_by_session(f->node, &f->a, s, &actor, &why)); /* this one goes on */
	CHECK(account_by_session(f->node, &f->a, (str){there, SECRET_TEXT}, &actor, NULL) ==
	      ERR_UNAUTHENTICATED);

	OK(sign_in(f, "lead0@aoi.example", STR("another password"), NULL, "", there, &why));
	CHECK(account_end_sessions(&c, f->lead[0], STR("0123456789abcdef"), s, NULL) ==
	      ERR_NOTFOUND);
	OK(account_end_sessions(&c, f->lead[0], STR_NULL, s, &why));
	OK(account_sessions(&c, f->lead[0], s, &list, &n, &own, &why));
	CHECK(n == 1 && own == 0);

	OK(account_totp_offer(&c, &base32, &enrolment, &until, &why));
	CHECK(base32.n == 32 && until > clock_now_us() &&
	      base32_decode(base32, key, sizeof(key), &n) == ERR_OK);
	OK(sign_in(f, "lead0@aoi.example", STR("another password"), NULL, "", there, &why));
	(void)snprintf(code, sizeof(code), "%06u",
		       hotp(key, n, (uint64_t)(clock_now_us() / TOTP_STEP_US), 6));
	CHECK(account_totp_confirm(&c, enrolment, STR("12345x"), STR(""), NULL) ==
	      ERR_UNPROCESSABLE);
	CHECK(account_totp_confirm(&c, STR("1.AAAA"), str_c(code), STR(""), NULL) ==
	      ERR_UNPROCESSABLE);
	/* another end is another secret */
	CHECK(account_totp_confirm(&c,
				   arena_printf(&f->a, "%lld%.*s", (long long)until - 7,
						STR_ARG(str_from(enrolment, 16))),
				   str_c(code), STR(""), NULL) == ERR_UNPROCESSABLE);
	OK(account_totp_confirm(&c, enrolment, str_c(code), STR(""), &why));
	CHECK(account_totp_offer(&c, &base32, &enrolment, &until, NULL) == ERR_CONFLICT);
	CHECK(sign_in(f, "lead0@aoi.example", STR("another password"), code, "", there, NULL) ==
	      ERR_UNAUTHENTICATED); /* that code was shown */
	OK(account_totp_stop(&c, f->lead[0], &why));
	OK(sign_in(f, "lead0@aoi.example", STR("another password"), NULL, "", there, &why));
	ctx_done(&c);
}

static int64_t made(struct node_fixture *f, int64_t team, const char *email, const char *role)
{
	struct actor node;
	struct ctx c;
	int64_t key = 0;

	node_fixture_ctx(f, 0, &node, &c);
	OK(account_create(&c, team, str_c(email), str_c(email), str_c(role), STR("en"), STR_NULL,
			  &key, &why));
	ctx_done(&c);
	return key;
}

static str person_of(struct node_fixture *f, int64_t account)
{
	struct account x = {0};
	struct uuid uid;
	char u[UUID_TEXT];

	OK(account_get(f->node->store, &f->a, &account, 1, &x, &why));
	CHECK(principal_uuid(f->node->store, x.person, &uid));
	uuid_text(uid, u);
	return arena_printf(&f->a, "x-hikeshi-person--%.*s", UUID_TEXT, u);
}

/* Who keeps whose: one's own team's, up to one's own role; those who operate the node, others'. */
static void keeping(struct node_fixture *f)
{
	int64_t home = made(f, f->team[0], "boss@aoi.example", "administrator"),
		hosted = made(f, f->team[1], "boss@beni.example", "administrator"),
		second = made(f, f->team[1], "second@beni.example", "administrator");
	struct actor a, b, d, l;
	struct ctx ours, theirs, other, lead;
	struct account x = {0}, *list;
	struct why said = {0};
	size_t n = 0;

	node_fixture_ctx(f, home, &a, &ours);
	node_fixture_ctx(f, hosted, &b, &theirs);
	node_fixture_ctx(f, f->lead[0], &l, &lead);
	CHECK(a.home && !b.home);
	/* hosted: its own team and no other, which are not even there */
	OK(account_of_team(&theirs, 0, &list, &n, &why));
	CHECK(n == 4);
	CHECK(account_of_team(&theirs, f->team[0], &list, &n, NULL) == ERR_DENIED);
	CHECK(account_of_person(&theirs, person_of(f, home), &x, NULL) == ERR_NOTFOUND);
	OK(account_of_person(&theirs, person_of(f, second), &x, &why));
	CHECK(x.key == second && account_kept(&theirs, &x));
	CHECK(account_set_disabled(&theirs, home, true, NULL) == ERR_DENIED);
	CHECK(account_set_role(&theirs, f->lead[0], STR("reader"), NULL) == ERR_DENIED);
	CHECK(account_set_profile(&theirs, f->lead[0], STR("x"), STR_NULL, NULL) == ERR_DENIED);
	/* a lead: not those above, no role above */
	OK(account_of_person(&lead, person_of(f, home), &x, &why));
	CHECK(!account_kept(&lead, &x));
	CHECK(account_set_role(&lead, home, STR("reader"), NULL) == ERR_DENIED);
	CHECK(account_set_role(&lead, f->analyst[0], STR("administrator"), NULL) == ERR_DENIED);
	CHECK(account_set_role(&lead, f->analyst[0], STR("emperor"), NULL) == ERR_UNPROCESSABLE);
	OK(account_set_role(&lead, f->analyst[0], STR("lead"), &why));
	OK(account_set_role(&ours, f->analyst[0], STR("manager"), &why));
	/* nobody does it to himself, and the last administrator stays */
	CHECK(account_set_role(&theirs, hosted, STR("reader"), &said) == ERR_DENIED);
	CHECK(strcmp(said.code, "own_account") == 0);
	OK(account_set_role(&theirs, second, STR("lead"), &why));
	OK(account_set_role(&ours, second, STR("administrator"), &why));
	/* two take each other's place at the same moment: the later one is told */
	node_fixture_ctx(f, second, &d, &other);
	OK(account_set_disabled(&theirs, second, true, &why));
	said = (struct why){0};
	CHECK(account_set_disabled(&other, hosted, true, &said) == ERR_CONFLICT);
	CHECK(strcmp(said.code, "last_administrator") == 0);
	CHECK(account_set_role(&other, hosted, STR("lead"), NULL) == ERR_CONFLICT);
	OK(account_set_disabled(&ours, second, false, &why));
	OK(account_set_disabled(&other, hosted, true, &why));
	OK(account_of_person(&other, person_of(f, hosted), &x, &why));
	CHECK(x.disabled);
	ctx_done(&other);
	/* who operates the node may close a hosted team */
	OK(account_set_disabled(&ours, second, true, &why));
	CHECK(account_set_disabled(&ours, home, true, NULL) == ERR_DENIED);
	OK(account_set_profile(&ours, f->analyst[0], STR("改名 太郎"), STR("en"), &why));
	OK(account_get(f->node->store, &f->a, &f->analyst[0], 1, &x, &why));
	CHECK(str_eq(x.name, STR("改名 太郎")) && str_eq(x.language, STR("en")));
	ctx_done(&ours);
	ctx_done(&theirs);
	ctx_done(&lead);
}

static void test_email(void)
{
	static const char *const good[] = {"a@b", "Taro.Yamada+x@CSIRT.example.jp",
					   "o'neil@x-y.example"};
	static const char *const bad[] = {"",
					  "a",
					  "@b",
					  "a@",
					  "a b@c",
					  "a@b c",
					  "a@-b.c",
					  "a@b..c",
					  ".a@b",
					  "a.@b",
					  "a..b@c",
					  "a@b@c d",
					  "<a@b>",
					  "a@b\r\nBcc: x@y",
					  "太郎@b.example"};
	ARENA(a, 0);
	str s;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(account_email(&a, str_c(good[i]), &s, NULL) == ERR_OK);
	CHECK(account_email(&a, STR(" Taro@B.Example "), &s, NULL) == ERR_OK &&
	      str_eq(s, STR("taro@b.example")));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(account_email(&a, str_c(bad[i]), &s, NULL) == ERR_UNPROCESSABLE);
}

BOTH(signing_in)
BOTH(one_sentence)
BOTH(same_work)
BOTH(throttled)
BOTH(passwords)
BOTH(one_time_codes)
BOTH(sessions_end)
BOTH(tokens)
BOTH(who_may)
BOTH(links)
BOTH(one_s_own)
BOTH(keeping)

RUN_TESTS({"addresses", test_email}, BOTH_ROWS(signing_in), BOTH_ROWS(one_sentence),
	  BOTH_ROWS(same_work), BOTH_ROWS(throttled), BOTH_ROWS(passwords),
	  BOTH_ROWS(one_time_codes), BOTH_ROWS(sessions_end), BOTH_ROWS(tokens), BOTH_ROWS(who_may),
	  BOTH_ROWS(links), BOTH_ROWS(one_s_own), BOTH_ROWS(keeping))
