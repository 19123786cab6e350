// SPDX-License-Identifier: Apache-2.0
/* verify_erased: what entries "erase" say was taken out of superseded versions (erase.c). An entry
 * names epoch and seq of each and the digest of the body that is left; here they are found again by
 * the row of their entry. */
#include "base/codec.h"
#include "base/json.h"
#include "store/verify_internal.h"

#define KEY_TEXT 64

static str key_text(char ret[KEY_TEXT], int64_t entry, struct uuid uid)
{
	char u[UUID_TEXT];
	int n;

	uuid_text(uid, u);
	n = snprintf(ret, KEY_TEXT, "%lld/%.*s", (long long)entry, UUID_TEXT, u);
	return (str){ret, n > 0 && n < KEY_TEXT ? (size_t)n : 0};
}

const struct digest *verify_erased_body(struct verify *v, int64_t entry, struct uuid uid)
{
	char key[KEY_TEXT];
	union map_value *found = map_get(&v->erased, key_text(key, entry, uid));

	return found ? found->ptr : NULL;
}

bool verify_erased_ever(struct verify *v, struct uuid uid)
{
	return verify_erased_body(v, 0, uid) != NULL;
}

struct entry_erased {
	struct uuid subject;
	str content;
};

static enum err one_erased(struct verify *v, const struct json *said, struct uuid uid,
			   struct why *why)
{
	struct digest *left = arena_new(&v->erased_arena, struct digest);
	char key[KEY_TEXT];
	struct uuid epoch;
	struct db_rows *rows;
	int64_t entry = 0;
	enum err err;

	if (uuid_parse(json_get_str(said, "epoch"), &epoch) ||
	    hex_decode(json_get_str(said, "digest"), left->b, sizeof(left->b)))
		return ERR_OK; /* the entry's own digest tells whether somebody changed it */
	err = db_query(v->db,
		       "SELECT j.id FROM journal j JOIN epoch e ON e.number = j.epoch "
		       "WHERE e.id = ?1 AND j.seq = ?2",
		       DBARGS(DBU(epoch), DBI(json_get_i64(said, "seq", -1))), &rows, why);
	if (err)
		return err;
	while (db_next(rows))
		entry = db_int(rows, 0);
	err = db_end(rows, why);
	if (err || !entry)
		return err;
	map_put(&v->erased, arena_str(&v->erased_arena, key_text(key, entry, uid)), NULL)->ptr =
	    left;
	map_put(&v->erased, arena_str(&v->erased_arena, key_text(key, 0, uid)), NULL)->ptr = left;
	return ERR_OK;
}

enum err verify_erased(struct verify *v, struct why *why)
{
	VEC(struct entry_erased) list = {0};
	struct arena *a = &v->erased_arena;
	struct db_rows *rows;
	enum err err = db_query(
	    v->db,
	    "SELECT subject, content FROM journal WHERE kind = ?1 AND record = 0 ORDER BY id",
	    DBARGS(DBT(STR(ERASE_KIND))), &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		if (!db_is_null(rows, 0) && !db_is_null(rows, 1))
			vec_add(a, &list,
				(struct entry_erased){db_uuid(rows, 0),
						      arena_str(a, db_bytes(rows, 1))});
	err = db_end(rows, why);
	for (size_t i = 0; i < list.n && !err; i++) {
		const struct json *versions;
		struct json c;

		if (json_parse(a, list.p[i].content, NULL, &c, NULL))
			continue;
		versions = json_get_c(&c, "versions");
		for (size_t k = 0; k < json_count(versions) && !err; k++)
			err = one_erased(v, json_at(versions, k), list.p[i].subject, why);
	}
	return err;
}
