// SPDX-License-Identifier: Apache-2.0
/* verify_index: from the index back to the records. An entry is sound where its record, in its
 * present or any superseded version, has that hash; what leads elsewhere was put there by nobody.
 * Two passes: a Bloom filter of all sound (hash, record) pairs, at most 64 MiB, then every entry
 * against it. */
#include "store/verify_internal.h"

#define FILTER_MIN (1u << 16)
#define FILTER_MAX (1u << 29) /* bits */
#define FILTER_HASHES 7

struct filter {
	uint64_t *bits, mask;
	uint8_t key[16];
};

static uint64_t pair_hash(const struct filter *f, enum index_kind kind, uint64_t h, int64_t rec)
{
	const uint64_t x[3] = {(uint64_t)kind, h, (uint64_t)rec};

	return siphash64(f->key, x, sizeof(x));
}

static void filter_add(struct filter *f, uint64_t x)
{
	uint64_t step = (x >> 32) | 1;

	for (int i = 0; i < FILTER_HASHES; i++, x += step)
		f->bits[(x & f->mask) >> 6] |= UINT64_C(1) << (x & 63);
}

static bool filter_has(const struct filter *f, uint64_t x)
{
	uint64_t step = (x >> 32) | 1;
	bool has = true;

	for (int i = 0; i < FILTER_HASHES && has; i++, x += step)
		has = f->bits[(x & f->mask) >> 6] >> (x & 63) & 1;
	return has;
}

/* ---- first pass ---- */

static void body_add(struct verify *v, struct filter *f, const struct record *r)
{
	const uint64_t *values = NULL;
	size_t n = v->values_of ? v->values_of(v->ctx, &v->page, r, &values) : 0;

	for (size_t i = 0; i < n; i++)
		filter_add(f, pair_hash(f, INDEX_VALUE, values[i], r->key));
	filter_add(f, pair_hash(f, INDEX_UID, uid_hash(v->s, r->uid), r->key));
}

static enum err bodies(struct verify *v, struct filter *f, const char *sql, struct why *why)
{
	int64_t holding = 0, version = 0;
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;

	while (!err && n == VERIFY_PAGE) {
		struct holding *h = arena_array(&v->page, struct holding, VERIFY_PAGE);
		struct db_rows *rows;

		n = 0;
		err = db_query(v->db, sql, DBARGS(DBI(holding), DBI(version), DBI(VERIFY_PAGE)),
			       &rows, why);
		if (err)
			return err;
		while (db_next(rows) && n < VERIFY_PAGE) {
			bool whole = holding_row(rows, &v->page, true, &h[n]) == ERR_OK;

			version = db_int(rows, HOLDING_WIDTH + 3);
			holding = h[n].r.key;
			if (whole)
				body_add(v, f, &h[n].r);
			n++;
		}
		err = db_end(rows, why);
		arena_reset(&v->page);
	}
	return err;
}

/* ---- second pass ---- */

static enum err stray(struct verify *v, int64_t rec, struct why *why)
{
	struct db_rows *rows;
	bool erased = false;
	str name = arena_printf(&v->page, "record %lld", (long long)rec);
	enum err err = db_query(v->db, "SELECT type, uid FROM holding WHERE id = ?1",
				DBARGS(DBI(rec)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		name = verify_name(v, (int32_t)db_int(rows, 0), db_uuid(rows, 1));
		erased = verify_erased_ever(v, db_uuid(rows, 1));
	}
	if (!erased)
		verify_tell(v, "mention", name, "a value that it never had leads to it");
	return db_end(rows, why);
}

struct entry {
	int64_t kind, h, rec;
};

static enum err entries_page(struct verify *v, const struct filter *f, const char *sql,
			     struct entry *last, size_t *ret_n, struct why *why)
{
	struct entry list[VERIFY_PAGE];
	struct db_rows *rows;
	size_t n = 0;
	enum err err = db_query(
	    v->db, sql, DBARGS(DBI(last->kind), DBI(last->h), DBI(last->rec), DBI(VERIFY_PAGE)),
	    &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE)
		list[n++] = (struct entry){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2)};
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		*last = list[i];
		if (!filter_has(f, pair_hash(f, (enum index_kind)list[i].kind, (uint64_t)list[i].h,
					     list[i].rec)))
			err = stray(v, list[i].rec, why);
	}
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

static enum err run_entry(struct verify *v, void *ctx, enum index_kind kind, uint64_t h,
			  int64_t rec, struct why *why)
{
	const struct filter *f = ctx;

	return filter_has(f, pair_hash(f, kind, h, rec)) ? ERR_OK : stray(v, rec, why);
}

static enum err entries(struct verify *v, const struct filter *f, struct why *why)
{
	struct entry last = {.kind = -1, .h = INT64_MIN, .rec = INT64_MIN};
	size_t n = VERIFY_PAGE;
	enum err err = ERR_OK;
	const char *sql =
	    store_is_postgres(v->s)
		? "SELECT CAST(1 AS bigint), hash, rec FROM mention WHERE ?1 = ?1 AND "
		  "(hash, rec) > (?2, ?3) ORDER BY hash, rec LIMIT ?4"
		: "SELECT kind, h, rec FROM recent WHERE (kind, h, rec) > (?1, ?2, ?3) "
		  "ORDER BY kind, h, rec LIMIT ?4";

	while (!err && n == VERIFY_PAGE)
		err = entries_page(v, f, sql, &last, &n, why);
	return err;
}

enum err verify_index(struct verify *v, struct why *why)
{
	struct filter f = {.mask = FILTER_MIN - 1};
	uint64_t want =
	    (uint64_t)(v->counts.mentions + v->counts.records + v->counts.versions) * 20;
	enum err err;

	if (!v->values_of)
		return store_is_postgres(v->s) ? ERR_OK : verify_runs(v, NULL, NULL, why);
	while (f.mask < want && f.mask < FILTER_MAX - 1)
		f.mask = f.mask << 1 | 1;
	f.bits = mem_alloc((size_t)(f.mask + 1) / 8);
	random_bytes(f.key, sizeof(f.key));
	err = bodies(v, &f,
		     "SELECT " HOLDING_COLUMNS HOLDING_BODY ", h.version" HOLDING_FROM
		     "WHERE h.id > ?1 AND ?2 = ?2 ORDER BY h.id LIMIT ?3",
		     why);
	if (!err)
		err = bodies(v, &f,
			     "SELECT " HOLDING_COLUMNS HOLDING_BODY ", v.version FROM version v "
			     "JOIN holding h ON h.id = v.holding JOIN object o ON o.id = v.object "
			     "WHERE v.holding > ?1 OR (v.holding = ?1 AND v.version > ?2) "
			     "ORDER BY v.holding, v.version LIMIT ?3",
			     why);
	if (!err)
		err = entries(v, &f, why);
	if (!err && !store_is_postgres(v->s))
		err = verify_runs(v, run_entry, &f, why);
	mem_free(f.bits);
	return err;
}
