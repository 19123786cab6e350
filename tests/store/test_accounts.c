// SPDX-License-Identifier: Apache-2.0
/* accounts, sessions, tokens, settings, idempotency keys, statuses of TAXII: what goes in comes
 * out, secrets end when they should, and changes leave notes without secrets. */
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static int64_t notes(struct fixture *f, const char *kind)
{
	int64_t n = -1;
	struct db *db = store_reader_get(f->s);

	OK(db_get_int(db, "SELECT count(*) FROM journal WHERE kind = ?1 AND seq IS NOT NULL",
		      DBARGS(DBT(str_c(kind))), &n, &why));
	store_reader_put(f->s, db);
	return n;
}

static int64_t notes_with(struct fixture *f, const char *word)
{
	int64_t n = -1;
	struct db *db = store_reader_get(f->s);
	str like = arena_printf(&f->a, "%%%s%%", word);

	OK(db_get_int(db, "SELECT count(*) FROM journal WHERE content LIKE ?1", DBARGS(DBT(like)),
		      &n, &why));
	store_reader_put(f->s, db);
	return n;
}

static struct account sample(struct fixture *f)
{
	return (struct account){.email = STR("Hanako@Example.JP"),
				.name = STR("山田 花子"),
				.language = STR("ja"),
				.role = STR("analyst"),
				.team = f->team,
				.person = 9,
				.password_hash = STR("$argon2id$secret"),
				.totp_secret = STR("TOTPSECRET")};
}

static struct account account_of(struct fixture *f, const char *email)
{
	struct account x = sample(f);

	x.email = str_c(email);
	return x;
}

static void accounts(struct fixture *f)
{
	const struct account_change all = {.members = ACCOUNT_ALL};
	struct account x = sample(f), got, two[2], *list;
	int64_t key = 0, other = 0, keys[2];
	size_t n = 0;

	OK(account_add(f->s, &x, 1, &key, &why));
	CHECK(key > 0);
	CHECK(account_add(f->s, &x, 1, &other, NULL) == ERR_CONFLICT);
	x.email = STR("taro@example.jp");
	OK(account_add(f->s, &x, 1, &other, &why));
	OK(account_by_email(f->s, &f->a, STR("HANAKO@example.jp"), &got, &why));
	CHECK(got.key == key && str_eq(got.email, STR("hanako@example.jp")) &&
	      str_eq(got.name, STR("山田 花子")));
	CHECK(str_eq(got.totp_secret, STR("TOTPSECRET")) && got.team == f->team &&
	      got.created_us > 0);
	CHECK(account_by_email(f->s, &f->a, STR("nobody@example.jp"), &got, NULL) == ERR_NOTFOUND);
	keys[0] = 12345;
	keys[1] = key;
	OK(account_get(f->s, &f->a, keys, 2, two, &why));
	CHECK(two[0].key == 0 && two[1].key == key);
	OK(account_list(f->s, &f->a, f->team, &list, &n, &why));
	CHECK(n == 2 && list[0].key == key && list[1].key == other);
	OK(account_list(f->s, &f->a, f->team + 77, &list, &n, &why));
	CHECK(n == 0);

	two[1].role = STR("lead");
	two[1].password_hash = STR("$argon2id$another");
	OK(account_update(f->s, &two[1], &all, 1, &why));
	CHECK(notes(f, "account-update") == 1 && notes_with(f, "[\"role\",\"password\"]") == 1);
	two[1].last_sign_in_us = 5;
	OK(account_update(f->s, &two[1], &all, 1, &why));
	CHECK(notes(f, "account-update") == 1);
	two[1].email = STR("taro@example.jp");
	CHECK(account_update(f->s, &two[1], &all, 1, NULL) == ERR_CONFLICT);
	two[1].key = 4711;
	CHECK(account_update(f->s, &two[1], &all, 1, NULL) == ERR_NOTFOUND);
	CHECK(notes(f, "account-add") == 2);
	CHECK(notes_with(f, "argon2id") == 0 && notes_with(f, "TOTPSECRET") == 0);
}
BOTH(accounts)

/* Who changes one thing leaves what others change meanwhile as it is. */
static void one_change_leaves_the_others(struct fixture *f)
{
	struct account x = account_of(f, "mei@example.jp"), mine, theirs, now;
	int64_t key;

	OK(account_add(f->s, &x, 1, &key, &why));
	OK(account_get(f->s, &f->a, &key, 1, &mine, &why));
	theirs = mine; /* both have read it */
	theirs.disabled = true;
	OK(account_update(f->s, &theirs, &(struct account_change){.members = ACCOUNT_DISABLED}, 1,
			  &why));
	mine.language = STR("en");
	OK(account_update(f->s, &mine, &(struct account_change){.members = ACCOUNT_LANGUAGE}, key,
			  &why));
	OK(account_get(f->s, &f->a, &key, 1, &now, &why));
	CHECK(now.disabled && str_eq(now.language, STR("en")));
}
BOTH(one_change_leaves_the_others)

static void keeps_an_administrator(struct fixture *f)
{
	const struct account_change kept = {.members = ACCOUNT_ROLE | ACCOUNT_DISABLED,
					    .keep_administrator = true},
				    free_one = {.members = ACCOUNT_ROLE};
	struct account x = account_of(f, "one@example.jp"), y = account_of(f, "two@example.jp");
	struct why said = {0};

	x.role = y.role = STR("administrator");
	OK(account_add(f->s, &x, 1, &x.key, &why));
	OK(account_add(f->s, &y, 1, &y.key, &why));
	y.disabled = true;
	OK(account_update(f->s, &y, &kept, 1, &why));
	x.role = STR("lead");
	CHECK(account_update(f->s, &x, &kept, 1, &said) == ERR_CONFLICT);
	CHECK(strcmp(said.code, "last_administrator") == 0 && said.text_ja[0]);
	x.role = STR("administrator");
	x.disabled = true;
	CHECK(account_update(f->s, &x, &kept, 1, NULL) == ERR_CONFLICT);
	y.disabled = false; /* on again: then the first may go */
	OK(account_update(f->s, &y, &kept, 1, &why));
	OK(account_update(f->s, &x, &kept, 1, &why));
	y.role = STR("reader"); /* the machine's own administrator is not asked */
	OK(account_update(f->s, &y, &free_one, 0, &why));
}
BOTH(keeps_an_administrator)

static void access_ends_with_the_change(struct fixture *f)
{
	int64_t now = clock_now_us(), key, token;
	struct account x = account_of(f, "gone@example.jp");
	struct session s = {.id = sha256(STR("s1")),
			    .created_us = now,
			    .seen_us = now,
			    .expires_us = now + 60 * US_PER_S,
			    .agent = STR("Mozilla"),
			    .peer = STR("192.0.2.7")},
		       stays, *list, got;
	struct token t = {.id = sha256(STR("t1")), .name = STR("x"), .purpose = STR("api")}, found;
	size_t n = 0;

	OK(account_add(f->s, &x, 1, &key, &why));
	x.key = s.account = t.account = key;
	stays = s;
	stays.id = sha256(STR("s2"));
	stays.seen_us = now + 1;
	OK(session_add(f->s, &s, &why));
	OK(session_add(f->s, &stays, &why));
	OK(token_add(f->s, &t, key, &token, &why));
	OK(session_list(f->s, &f->a, key, &list, &n, &why));
	CHECK(n == 2 && digest_eq(list[0].id, stays.id) && str_eq(list[0].agent, STR("Mozilla")) &&
	      str_eq(list[1].peer, STR("192.0.2.7")));
	x.password_hash = STR("$argon2id$z");
	OK(account_update(f->s, &x,
			  &(struct account_change){
			      .members = ACCOUNT_PASSWORD, .end_sessions = true, .but = &stays.id},
			  key, &why));
	CHECK(session_find(f->s, s.id, &got, NULL) == ERR_NOTFOUND);
	OK(session_find(f->s, stays.id, &got, &why));
	OK(token_find(f->s, &f->a, t.id, &found, &why));
	CHECK(notes_with(f, "\"sessions_ended\":1") == 1);
	OK(session_end(f->s, &x, &s.id, NULL, key, &n, &why)); /* is no more */
	CHECK(n == 0 && notes(f, "account-sessions") == 0);
	OK(session_end(f->s, &x, NULL, &stays.id, key, &n, &why));
	CHECK(n == 0);
	OK(session_end(f->s, &x, &stays.id, NULL, key, &n, &why));
	CHECK(n == 1 && notes(f, "account-sessions") == 1);
	OK(session_add(f->s, &s, &why));
	x.disabled = true;
	OK(account_update(f->s, &x,
			  &(struct account_change){.members = ACCOUNT_DISABLED,
						   .end_sessions = true,
						   .end_tokens = true},
			  1, &why));
	CHECK(session_find(f->s, s.id, &got, NULL) == ERR_NOTFOUND);
	CHECK(token_find(f->s, &f->a, t.id, &found, NULL) == ERR_NOTFOUND);
	CHECK(notes_with(f, "\"tokens_revoked\":1") == 1);
}
BOTH(access_ends_with_the_change)

static void sessions(struct fixture *f)
{
	int64_t now = clock_now_us();
	struct session x = {.id = sha256(STR("a")),
			    .account = 5,
			    .created_us = now,
			    .seen_us = now,
			    .expires_us = now + 60 * US_PER_S},
		       old = x, got;

	old.id = sha256(STR("b"));
	old.expires_us = now - 1;
	OK(session_add(f->s, &old, &why));
	OK(session_add(f->s, &x, &why));
	OK(session_find(f->s, x.id, &got, &why));
	CHECK(got.account == 5 && got.expires_us == x.expires_us && digest_eq(got.id, x.id));
	CHECK(session_find(f->s, old.id, &got, NULL) == ERR_NOTFOUND);
	OK(session_touch(f->s, x.id, now + 7, now + 8, &why));
	OK(session_find(f->s, x.id, &got, &why));
	CHECK(got.seen_us == now + 7 && got.step_up_us == now + 8);
	OK(session_del(f->s, x.id, &why));
	CHECK(session_find(f->s, x.id, &got, NULL) == ERR_NOTFOUND);
	OK(session_add(f->s, &x, &why));
	OK(session_del_account(f->s, 5, &why));
	CHECK(session_find(f->s, x.id, &got, NULL) == ERR_NOTFOUND);
}
BOTH(sessions)

static void tokens(struct fixture *f)
{
	int64_t now = clock_now_us(), key = 0, once = 0;
	struct token t = {.id = sha256(STR("t")),
			  .account = 5,
			  .name = STR("script"),
			  .scopes = STR("read"),
			  .purpose = STR("api")};
	struct token link = {.id = sha256(STR("l")),
			     .account = 5,
			     .expires_us = now + 60 * US_PER_S,
			     .purpose = STR("sign-in")},
		     got, *list;
	size_t n = 0;

	OK(token_add(f->s, &t, 1, &key, &why));
	OK(token_add(f->s, &link, 1, &once, &why));
	OK(token_find(f->s, &f->a, t.id, &got, &why));
	CHECK(got.key == key && got.used_us == 0 && str_eq(got.scopes, STR("read")));
	OK(token_find(f->s, &f->a, t.id, &got, &why));
	CHECK(got.used_us >= now);
	OK(token_list(f->s, &f->a, 5, &list, &n, &why));
	CHECK(n == 2);
	OK(token_take(f->s, &f->a, link.id, &got, &why));
	CHECK(got.key == once);
	CHECK(token_take(f->s, &f->a, link.id, &got, NULL) == ERR_NOTFOUND);
	link.id = sha256(STR("m"));
	link.expires_us = now - 1;
	OK(token_add(f->s, &link, 1, &once, &why));
	CHECK(token_find(f->s, &f->a, link.id, &got, NULL) == ERR_NOTFOUND);
	CHECK(token_take(f->s, &f->a, link.id, &got, NULL) == ERR_NOTFOUND);
	link.id = sha256(STR("n"));
	link.expires_us = now + 60 * US_PER_S;
	OK(token_add(f->s, &link, 1, &once, &why));
	OK(token_del_all(f->s, 5, STR("sign-in"), 1, &why));
	CHECK(token_find(f->s, &f->a, link.id, &got, NULL) == ERR_NOTFOUND);
	OK(token_find(f->s, &f->a, t.id, &got, &why));
	OK(token_del(f->s, key, 1, &why));
	CHECK(token_del(f->s, key, 1, NULL) == ERR_NOTFOUND);
	CHECK(token_find(f->s, &f->a, t.id, &got, NULL) == ERR_NOTFOUND);
	CHECK(notes(f, "token-add") == 4 && notes(f, "token-delete") == 2);
}
BOTH(tokens)

static void settings(struct fixture *f)
{
	str got;

	CHECK(setting_get(f->s, &f->a, STR("mail"), &got, NULL) == ERR_NOTFOUND);
	OK(setting_set(f->s, STR("mail"), STR("{\"password\":\"hunter2\"}"), 1, &why));
	OK(setting_set(f->s, STR("mail"), STR("{\"password\":\"hunter3\"}"), 1, &why));
	OK(setting_get(f->s, &f->a, STR("mail"), &got, &why));
	CHECK(str_eq(got, STR("{\"password\":\"hunter3\"}")));
	CHECK(notes(f, "setting") == 2 && notes_with(f, "hunter") == 0);
}
BOTH(settings)

static void idempotency(struct fixture *f)
{
	struct digest a = sha256(STR("a")), b = sha256(STR("b"));
	bool done = true;
	int status = 0;
	str answer;

	OK(idempotency_begin(f->s, &f->a, 1, STR("k"), a, &done, &status, &answer, &why));
	CHECK(!done);
	CHECK(idempotency_begin(f->s, &f->a, 1, STR("k"), a, &done, &status, &answer, NULL) ==
	      ERR_BUSY);
	CHECK(idempotency_begin(f->s, &f->a, 1, STR("k"), b, &done, &status, &answer, NULL) ==
	      ERR_CONFLICT);
	OK(idempotency_begin(f->s, &f->a, 2, STR("k"), b, &done, &status, &answer, &why));
	CHECK(!done);
	OK(idempotency_end(f->s, 1, STR("k"), 201, STR("{\"id\":1}"), &why));
	OK(idempotency_begin(f->s, &f->a, 1, STR("k"), a, &done, &status, &answer, &why));
	CHECK(done && status == 201 && str_eq(answer, STR("{\"id\":1}")));
	OK(idempotency_end(f->s, 1, STR("k"), 0, STR_NULL, &why));
	OK(idempotency_begin(f->s, &f->a, 1, STR("k"), b, &done, &status, &answer, &why));
	CHECK(!done);
}
BOTH(idempotency)

/* TAXII 2.1 section 4.3: kept at least a day after it was complete, here two; then it is gone, and
 * so are those that nobody asks for. */
static void statuses(struct fixture *f)
{
	const int64_t now = clock_now_us(), hour = 3600 * US_PER_S;
	const int64_t ages[] = {100 * hour, 49 * hour, 47 * hour, 25 * hour, 0};
	struct sent_status got;

	for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
		const struct sent_status x = {.uid = {{7, (uint8_t)i}},
					      .account = 3,
					      .team = f->team,
					      .created_us = now - ages[i],
					      .body = STR("{\"status\":\"complete\"}")};

		OK(sent_status_add(f->s, &x, &why));
		OK(sent_status_find(f->s, &f->a, x.uid, &got, &why));
		CHECK(got.account == 3 && got.created_us == x.created_us &&
		      str_eq(got.body, x.body));
	}
	for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
		const struct uuid uid = {{7, (uint8_t)i}};
		bool kept = ages[i] < 48 * hour;

		CHECK(sent_status_find(f->s, &f->a, uid, &got, NULL) ==
		      (kept ? ERR_OK : ERR_NOTFOUND));
	}
	int64_t n = -1;
	struct db *db = store_reader_get(f->s);

	OK(db_get_int(db, "SELECT count(*) FROM taxii_status", DBNONE, &n, &why));
	store_reader_put(f->s, db);
	CHECK(n == 3);
}
BOTH(statuses)

RUN_TESTS(BOTH_ROWS(accounts), BOTH_ROWS(one_change_leaves_the_others),
	  BOTH_ROWS(keeps_an_administrator), BOTH_ROWS(access_ends_with_the_change),
	  BOTH_ROWS(sessions), BOTH_ROWS(tokens), BOTH_ROWS(settings), BOTH_ROWS(idempotency),
	  BOTH_ROWS(statuses))
