// SPDX-License-Identifier: Apache-2.0
/* settings: one JSON value for a key. The journal notes that a setting changed and the digest of
 * its value, which may be a secret. */
#include "base/codec.h"
#include "store/service_internal.h"

enum err setting_get(struct store *s, struct arena *a, str key, str *ret_json, struct why *why)
{
	struct db *db = store_reader_get(s);
	struct db_rows *rows;
	str value = STR_NULL;
	bool found = false;
	enum err err =
	    db_query(db, "SELECT value FROM setting WHERE key = ?1", DBARGS(DBT(key)), &rows, why);

	if (!err) {
		while (db_next(rows)) {
			value = arena_str(a, db_bytes(rows, 0));
			found = true;
		}
		err = db_end(rows, why);
	}
	store_reader_put(s, db);
	if (err)
		return err;
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no setting '%.*s'", STR_ARG(key));
	*ret_json = value;
	return ERR_OK;
}

struct set {
	str key, json;
	int64_t actor;
};

static enum err do_set(struct db *tx, void *ctx, struct why *why)
{
	struct set *x = ctx;
	struct digest d = sha256(x->json);
	struct json note = json_object();
	enum err err;
	ARENA(a, 0);
	BUF(hex);

	err = db_exec(tx,
		      "INSERT INTO setting(key, value) VALUES(?1, ?2) "
		      "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
		      DBARGS(DBT(x->key), DBT(x->json)), NULL, why);
	if (err)
		return err;
	hex_encode(&hex, d.b, sizeof(d.b));
	json_set(&a, &note, STR("digest"), json_string(buf_str(&hex)));
	json_set(&a, &note, STR("setting"), json_string(x->key));
	return service_note(tx, x->actor, 0, "setting", &a, &note, why);
}

enum err setting_set(struct store *s, str key, str json, int64_t actor, struct why *why)
{
	struct set x = {key, json, actor};

	return store_tx(s, do_set, &x, why);
}
