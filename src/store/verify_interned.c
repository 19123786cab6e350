// SPDX-License-Identifier: Apache-2.0
/* verify_interned: words, principals and labels are what texts that were hashed are made of. The
 * rows must be those that this process works with, dense, and of the kind they are used as; the
 * texts made from them are compared by the other parts. */
#include "store/verify_internal.h"

static void dense_check(struct verify *v, const char *what, int64_t id, int64_t *expect)
{
	if (id != *expect)
		verify_tell(v, "label", arena_printf(&v->page, "%s %lld", what, (long long)*expect),
			    "is missing; the next one is %lld", (long long)id);
	*expect = id + 1;
}

static enum err verify_words(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	int64_t expect = 1;
	enum err err = db_query(v->db, "SELECT id, text FROM word ORDER BY id", DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t id = db_int(rows, 0);

		dense_check(v, "word", id, &expect);
		if (id > INT32_MAX || !str_eq(word_text(v->s, (int32_t)id), db_bytes(rows, 1)))
			verify_tell(v, "label", arena_printf(&v->page, "word %lld", (long long)id),
				    "is not the one that this process read");
	}
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}

static enum err verify_principals(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	int64_t expect = 1;
	enum err err =
	    db_query(v->db, "SELECT id, kind, uid FROM principal ORDER BY id", DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t id = db_int(rows, 0), kind = db_int(rows, 1);

		dense_check(v, "principal", id, &expect);
		if (kind < PRINCIPAL_TEAM || kind > PRINCIPAL_PERSON ||
		    principal_find(v->s, (enum principal_kind)kind, db_uuid(rows, 2)) != id)
			verify_tell(v, "label",
				    arena_printf(&v->page, "principal %lld", (long long)id),
				    "is not the one that this process read");
	}
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}

static enum err verify_meta(struct verify *v, struct why *why)
{
	struct uuid node = store_node_id(v->s);
	struct db_rows *rows;
	enum err err = db_query(v->db, "SELECT name, value FROM meta", DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		str name = db_bytes(rows, 0), value = db_bytes(rows, 1);

		if ((str_eq(name, STR("node")) && !str_eq(value, (str){(char *)node.b, 16})) ||
		    (str_eq(name, STR("value_key")) &&
		     !str_eq(value, (str){(const char *)store_value_key(v->s), 16})))
			verify_tell(v, "label", name, "is not what this process read");
	}
	return db_end(rows, why);
}

enum err verify_interned(struct verify *v, struct why *why)
{
	enum err err = verify_words(v, why);

	if (!err)
		err = verify_principals(v, why);
	return err ? err : verify_meta(v, why);
}

/* ---- labels ---- */

/* 0 is nobody. */
static bool is_a(struct verify *v, int64_t key, enum principal_kind kind)
{
	struct uuid u;

	return key == 0 || (principal_uuid(v->s, key, &u) && principal_find(v->s, kind, u) == key);
}

static bool kinds_fit(struct verify *v, const struct label *l)
{
	bool fit = is_a(v, l->originator, PRINCIPAL_TEAM) && is_a(v, l->holder, PRINCIPAL_TEAM);

	for (size_t i = 0; i < l->n_circles && fit; i++)
		fit = is_a(v, l->circles[i].circle, PRINCIPAL_CIRCLE);
	for (size_t i = 0; i < l->n_teams && fit; i++)
		fit = is_a(v, l->teams[i], PRINCIPAL_TEAM);
	for (size_t i = 0; i < l->n_people && fit; i++)
		fit = is_a(v, l->people[i].team, PRINCIPAL_TEAM) &&
		      is_a(v, l->people[i].person, PRINCIPAL_PERSON);
	return fit;
}

enum err verify_labels(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	int64_t expect = 1;
	enum err err =
	    db_query(v->db, "SELECT id, digest, key FROM label ORDER BY id", DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		int64_t id = db_int(rows, 0);
		str name = arena_printf(&v->page, "label %lld", (long long)id);
		const struct label *l = label_get(v->s, id);

		v->counts.labels++;
		dense_check(v, "label", id, &expect);
		if (!digest_eq(sha256(db_bytes(rows, 2)), db_digest(rows, 1)))
			verify_tell(v, "label", name, "does not match its digest");
		if (!l || !kinds_fit(v, l))
			verify_tell(v, "label", name,
				    "names a team, circle or person that is none");
	}
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}
