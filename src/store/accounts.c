// SPDX-License-Identifier: Apache-2.0
/* accounts: who may sign in. Secrets are hashes; every change leaves a note in the journal that
 * names what changed and never its value where that is a secret. */
#include "base/vec.h"
#include "store/service_internal.h"

#define ACCOUNT_COLUMNS                                                                            \
	"id, email, name, language, role, team, person, password_hash, totp_secret, disabled, "    \
	"created, last_sign_in"

#define NEW_COLUMNS                                                                                \
	"email, name, language, role, team, person, password_hash, totp_secret, disabled, "        \
	"created, last_sign_in"
#define NEW_VALUES "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"

static str lower(struct arena *a, str s)
{
	str r = arena_str(a, s);
	char *p = (char *)(uintptr_t)r.p;

	for (size_t i = 0; i < r.n; i++)
		p[i] = ch_lower(p[i]);
	return r;
}

static struct account account_row(struct db_rows *r, struct arena *a)
{
	return (struct account){
	    .key = db_int(r, 0),
	    .email = arena_str(a, db_bytes(r, 1)),
	    .name = arena_str(a, db_bytes(r, 2)),
	    .language = arena_str(a, db_bytes(r, 3)),
	    .role = arena_str(a, db_bytes(r, 4)),
	    .team = db_int(r, 5),
	    .person = db_int(r, 6),
	    .password_hash = arena_str(a, db_bytes(r, 7)),
	    .totp_secret = arena_str(a, db_bytes(r, 8)),
	    .disabled = db_int(r, 9) != 0,
	    .created_us = db_int(r, 10),
	    .last_sign_in_us = db_int(r, 11),
	};
}

/* ---- writing ---- */

struct change_account {
	const struct account *a;
	const struct account_change *change;
	struct account old, now;
	struct arena *arena;
	int64_t key, actor, sessions, tokens;
};

static enum err note_add(struct db *tx, struct change_account *c, struct why *why)
{
	struct json note = json_object();

	json_set(c->arena, &note, STR("account"), json_from_i64(c->arena, c->key));
	json_set(c->arena, &note, STR("email"), json_string(c->a->email));
	json_set(c->arena, &note, STR("role"), json_string(c->a->role));
	return service_note(tx, c->actor, c->a->team, "account-add", c->arena, &note, why);
}

static enum err do_add(struct db *tx, void *ctx, struct why *why)
{
	struct change_account *c = ctx;
	const struct account *x = c->a;
	struct db_rows *rows;
	enum err err;
	int64_t created = x->created_us ? x->created_us : clock_now_us();

	err = db_query(
	    tx,
	    /* numbers below that counter were used by the node that a team came from (moved.h) */
	    db_backend(tx) == DB_POSTGRES
		? "INSERT INTO account(" NEW_COLUMNS ") VALUES(" NEW_VALUES ") "
		  "ON CONFLICT(email) DO NOTHING RETURNING id"
		: "INSERT INTO account(" NEW_COLUMNS ", id) VALUES(" NEW_VALUES ", 1 + max("
		  "coalesce((SELECT max(id) FROM account), 0), coalesce((SELECT next FROM counter "
		  "WHERE team = 0 AND prefix = 'account' AND year = 0), 0))) "
		  "ON CONFLICT(email) DO NOTHING RETURNING id",
	    DBARGS(DBT(lower(c->arena, x->email)), DBT(x->name), DBT(x->language), DBT(x->role),
		   DBI(x->team), DBI(x->person), DBT(x->password_hash), DBT(x->totp_secret),
		   DBI(x->disabled), DBI(created), DBI(x->last_sign_in_us)),
	    &rows, why);
	if (err)
		return err;
	c->key = 0;
	while (db_next(rows))
		c->key = db_int(rows, 0);
	err = db_end(rows, why);
	if (!err && c->key == 0)
		err = why_set(why, ERR_CONFLICT, "an account with address '%.*s' exists",
			      STR_ARG(x->email));
	return err ? err : note_add(tx, c, why);
}

enum err account_add(struct store *s, const struct account *x, int64_t actor, int64_t *ret_key,
		     struct why *why)
{
	ARENA(a, 0);
	struct change_account c = {.a = x, .arena = &a, .actor = actor};
	enum err err = store_tx(s, do_add, &c, why);

	if (!err)
		*ret_key = c.key;
	return err;
}

static enum err get_one(struct db *db, struct arena *a, const char *sql, struct db_value arg,
			struct account *ret, struct why *why)
{
	struct db_rows *rows;
	bool found = false;
	enum err err = db_query(db, sql, &arg, 1, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		*ret = account_row(rows, a);
		found = true;
	}
	err = db_end(rows, why);
	if (!err && !found)
		err = why_set(why, ERR_NOTFOUND, "no such account");
	return err;
}

/* What differs, by name; signing in is no change of the account. */
static struct json changed_members(struct arena *a, const struct account *o,
				   const struct account *x)
{
	const struct {
		const char *name;
		bool changed;
	} rows[] = {
	    {"email", !str_ieq(o->email, x->email)},
	    {"name", !str_eq(o->name, x->name)},
	    {"language", !str_eq(o->language, x->language)},
	    {"role", !str_eq(o->role, x->role)},
	    {"team", o->team != x->team},
	    {"person", o->person != x->person},
	    {"password", !str_eq(o->password_hash, x->password_hash)},
	    {"totp", !str_eq(o->totp_secret, x->totp_secret)},
	    {"disabled", o->disabled != x->disabled},
	};
	struct json list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].changed)
			json_add(a, &list, json_string(str_c(rows[i].name)));
	}
	return list;
}

static enum err note_update(struct db *tx, struct change_account *c, struct why *why)
{
	struct json note = json_object(), changed = changed_members(c->arena, &c->old, &c->now);

	if (json_count(&changed) == 0 && !c->sessions && !c->tokens)
		return ERR_OK;
	json_set(c->arena, &note, STR("account"), json_from_i64(c->arena, c->a->key));
	json_set(c->arena, &note, STR("changed"), changed);
	json_set(c->arena, &note, STR("disabled"), json_from_bool(c->now.disabled));
	json_set(c->arena, &note, STR("role"), json_string(c->now.role));
	if (c->sessions)
		json_set(c->arena, &note, STR("sessions_ended"),
			 json_from_i64(c->arena, c->sessions));
	if (c->tokens)
		json_set(c->arena, &note, STR("tokens_revoked"),
			 json_from_i64(c->arena, c->tokens));
	return service_note(tx, c->actor, c->now.team, "account-update", c->arena, &note, why);
}

/* The old row with what the change is about put over it. */
static void merge(struct change_account *c)
{
	const struct account *x = c->a;
	struct account *n = &c->now;
	unsigned m = c->change->members;

	*n = c->old;
	if (m & ACCOUNT_EMAIL)
		n->email = lower(c->arena, x->email);
	if (m & ACCOUNT_NAME)
		n->name = x->name;
	if (m & ACCOUNT_LANGUAGE)
		n->language = x->language;
	if (m & ACCOUNT_ROLE)
		n->role = x->role;
	if (m & ACCOUNT_TEAM)
		n->team = x->team;
	if (m & ACCOUNT_PERSON)
		n->person = x->person;
	if (m & ACCOUNT_PASSWORD)
		n->password_hash = x->password_hash;
	if (m & ACCOUNT_TOTP)
		n->totp_secret = x->totp_secret;
	if (m & ACCOUNT_DISABLED)
		n->disabled = x->disabled;
}

static bool is_administrator(const struct account *x)
{
	return !x->disabled && str_eq(x->role, STR("administrator"));
}

/* Two administrators who take each other's role away at the same moment: one of them is late. */
static enum err administrator_left(struct db *tx, const struct change_account *c, bool *ret,
				   struct why *why)
{
	struct db_rows *rows;
	bool other = false;
	enum err err = db_query(tx,
				db_backend(tx) == DB_POSTGRES
				    ? "SELECT id FROM account WHERE team = ?1 AND role = "
				      "'administrator' AND disabled = 0 ORDER BY id FOR UPDATE"
				    : "SELECT id FROM account WHERE team = ?1 AND role = "
				      "'administrator' AND disabled = 0",
				DBARGS(DBI(c->a->team)), &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		other |= db_int(rows, 0) != c->a->key;
	err = db_end(rows, why);
	if (!err)
		*ret = other;
	return err;
}

static enum err end_access(struct db *tx, struct change_account *c, struct why *why)
{
	struct digest but = c->change->but ? *c->change->but : (struct digest){{0}};
	enum err err = ERR_OK;

	if (c->change->end_sessions)
		err = db_exec(tx, "DELETE FROM session WHERE account = ?1 AND id <> ?2",
			      DBARGS(DBI(c->a->key), DBD(but)), &c->sessions, why);
	if (!err && c->change->end_tokens)
		err = db_exec(tx, "DELETE FROM token WHERE account = ?1", DBARGS(DBI(c->a->key)),
			      &c->tokens, why);
	return err;
}

static enum err write_row(struct db *tx, struct change_account *c, struct why *why)
{
	const struct account *x = &c->now;
	enum err err =
	    db_exec(tx,
		    "UPDATE account SET email = ?2, name = ?3, language = ?4, role = ?5, team = "
		    "?6, person = ?7, password_hash = ?8, totp_secret = ?9, disabled = ?10 "
		    "WHERE id = ?1",
		    DBARGS(DBI(x->key), DBT(x->email), DBT(x->name), DBT(x->language), DBT(x->role),
			   DBI(x->team), DBI(x->person), DBT(x->password_hash), DBT(x->totp_secret),
			   DBI(x->disabled)),
		    NULL, NULL);

	if (err == ERR_CONFLICT)
		return why_set(why, err, "an account with address '%.*s' exists",
			       STR_ARG(x->email));
	return err ? why_set(why, err, "account %lld cannot be changed", (long long)x->key)
		   : ERR_OK;
}

static enum err do_update(struct db *tx, void *ctx, struct why *why)
{
	struct change_account *c = ctx;
	bool left = true;
	enum err err = ERR_OK;

	/* first, so that all who ask lock the same rows in the same order */
	if (c->change->keep_administrator)
		err = administrator_left(tx, c, &left, why);
	if (!err)
		err =
		    get_one(tx, c->arena,
			    db_backend(tx) == DB_POSTGRES
				? "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1 FOR UPDATE"
				: "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1",
			    DBI(c->a->key), &c->old, why);
	if (err)
		return err;
	merge(c);
	if (!left && is_administrator(&c->old) && !is_administrator(&c->now))
		return why_field(
		    why, ERR_CONFLICT, "last_administrator", NULL,
		    "the team would have no administrator: make somebody else one first",
		    "チームに管理者がいなくなります。先に別の人を管理者にしてください");
	err = write_row(tx, c, why);
	if (!err)
		err = end_access(tx, c, why);
	return err ? err : note_update(tx, c, why);
}

enum err account_update(struct store *s, const struct account *x,
			const struct account_change *change, int64_t actor, struct why *why)
{
	ARENA(a, 0);
	struct change_account c = {.a = x, .change = change, .arena = &a, .actor = actor};

	return store_tx(s, do_update, &c, why);
}

enum err account_signed_in(struct store *s, int64_t key, int64_t at_us, struct why *why)
{
	return service_exec(s, "UPDATE account SET last_sign_in = ?2 WHERE id = ?1",
			    DBARGS(DBI(key), DBI(at_us)), NULL, why);
}

/* ---- reading ---- */

enum err account_by_email(struct store *s, struct arena *a, str email, struct account *ret,
			  struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = get_one(db, a, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE email = ?1",
			       DBT(lower(a, email)), ret, why);

	store_reader_put(s, db);
	return err;
}

enum err account_by_person(struct store *s, struct arena *a, int64_t person, struct account *ret,
			   struct why *why)
{
	struct db *db = store_reader_get(s);
	enum err err = get_one(db, a, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE person = ?1",
			       DBI(person), ret, why);

	store_reader_put(s, db);
	return err;
}

struct collect {
	struct arena *a;
	struct account *ret;
};

static void collect_account(void *ctx, size_t index, struct db_rows *row)
{
	struct collect *c = ctx;

	c->ret[index] = account_row(row, c->a);
}

enum err account_get(struct store *s, struct arena *a, const int64_t *keys, size_t n,
		     struct account *ret, struct why *why)
{
	struct db_value *args = arena_array(a, struct db_value, n);
	struct collect c = {a, arena_array(a, struct account, n)};
	struct db *db = store_reader_get(s);
	enum err err;

	for (size_t i = 0; i < n; i++)
		args[i] = DBI(keys[i]);
	err = db_many(db, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1", args, 1, n,
		      collect_account, &c, why);
	store_reader_put(s, db);
	if (!err && n)
		memcpy(ret, c.ret, n * sizeof(*ret));
	return err;
}

enum err account_list(struct store *s, struct arena *a, int64_t team, struct account **ret,
		      size_t *ret_n, struct why *why)
{
	VEC(struct account) list = {0};
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	enum err err = db_query(db,
				"SELECT " ACCOUNT_COLUMNS
				" FROM account WHERE (?1 = 0 OR team = ?1) ORDER BY email",
				DBARGS(DBI(team)), &rows, why);

	if (!err) {
		while (db_next(rows))
			vec_add(a, &list, account_row(rows, a));
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	*ret = list.p;
	*ret_n = list.n;
	return ERR_OK;
}
