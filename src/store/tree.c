// SPDX-License-Identifier: Apache-2.0
/* tree: the Merkle tree of the journal (RFC 6962 2.1) in tiles of 256 hashes as C2SP tlog-tiles has
 * them. Appending touches the last tile of each level and the frontier only; everything else is
 * immutable. Proofs read tiles; a verifier needs none of them. */
#include "store/journal_internal.h"

#include <assert.h>

#include "base/vec.h"

#define TILE_BITS 8
#define TILE_HASHES (1u << TILE_BITS)
#define MAX_LEVELS 7 /* 56 bits of leaves */

/* ---- epochs ---- */

enum err epoch_current(struct db *tx, struct epoch *ret, struct why *why)
{
	struct db_rows *rows;
	struct epoch e = {0};
	enum err err;

	err = db_query(tx, "SELECT number, id FROM epoch ORDER BY number DESC LIMIT 1", DBNONE,
		       &rows, why);
	if (err)
		return err;
	while (db_next(rows)) {
		e.number = db_int(rows, 0);
		e.id = db_uuid(rows, 1);
	}
	err = db_end(rows, why);
	if (err)
		return err;
	if (e.number == 0)
		return why_set(why, ERR_NOTFOUND, "no epoch in this database");
	*ret = e;
	return ERR_OK;
}

/* The last checkpoint of the newest epoch; all zero without one. */
static enum err epoch_last(struct db *tx, struct epoch *e, int64_t *size, struct digest *root,
			   struct why *why)
{
	struct db_rows *rows;
	enum err err =
	    db_query(tx,
		     "SELECT e.number, e.id, c.size, c.root FROM epoch e JOIN checkpoint c "
		     "ON c.epoch = e.number ORDER BY e.number DESC LIMIT 1",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		e->number = db_int(rows, 0);
		e->id = db_uuid(rows, 1);
		*size = db_int(rows, 2);
		*root = db_digest(rows, 3);
	}
	return db_end(rows, why);
}

enum err epoch_begin(struct db *tx, int64_t at_us, struct epoch *ret, struct why *why)
{
	struct epoch old = {0}, fresh;
	struct digest root = {{0}}, empty = sha256(STR_NULL);
	int64_t size = 0;
	enum err err = epoch_last(tx, &old, &size, &root, why);

	if (err)
		return err;
	fresh = (struct epoch){.number = old.number + 1, .id = uuid_new()};
	err = db_exec(tx,
		      "INSERT INTO epoch(number, id, previous, last_size, last_root, started) "
		      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
		      DBARGS(DBI(fresh.number), DBU(fresh.id), old.number ? DBU(old.id) : DBN,
			     DBI(size), old.number ? DBD(root) : DBN, DBI(at_us)),
		      NULL, why);
	if (!err)
		err = db_exec(
		    tx, "INSERT INTO checkpoint(epoch, size, root, frontier) VALUES(?1, 0, ?2, ?3)",
		    DBARGS(DBI(fresh.number), DBD(empty), DBB(STR(""))), NULL, why);
	if (err)
		return err;
	*ret = fresh;
	return ERR_OK;
}

/* ---- appending ---- */

/* Hashes that one append adds to one level. */
struct level {
	int64_t first; /* index of p[0] in the level */
	VEC(struct digest) add;
};

static enum err frontier_load(struct db *tx, int64_t *epoch, struct merkle_frontier *ret,
			      struct why *why)
{
	struct db_rows *rows;
	struct merkle_frontier t = {0};
	bool found = false, broken = false;
	enum err err =
	    db_query(tx, "SELECT epoch, size, frontier FROM checkpoint ORDER BY epoch DESC LIMIT 1",
		     DBNONE, &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		str f = db_bytes(rows, 2);
		size_t at = 0;

		found = true;
		*epoch = db_int(rows, 0);
		t.size = (uint64_t)db_int(rows, 1);
		broken = t.size >> MERKLE_FRONTIER ||
			 f.n != (size_t)__builtin_popcountll(t.size) * SHA256_BYTES;
		for (unsigned k = 0; k < MERKLE_FRONTIER && !broken; k++) {
			if (t.size >> k & 1)
				memcpy(t.f[k].b, f.p + SHA256_BYTES * at++, SHA256_BYTES);
		}
	}
	err = db_end(rows, why);
	if (err)
		return err;
	if (!found)
		return why_set(why, ERR_NOTFOUND, "no checkpoint in this database");
	if (broken)
		return why_set(why, ERR_IO, "the journal's frontier does not fit its size");
	*ret = t;
	return ERR_OK;
}

static enum err frontier_save(struct db *tx, int64_t epoch, const struct merkle_frontier *t,
			      struct why *why)
{
	char bytes[MERKLE_FRONTIER * SHA256_BYTES];
	struct digest root = merkle_frontier_root(t);
	size_t n = 0;

	for (unsigned k = 0; k < MERKLE_FRONTIER; k++) {
		if (!(t->size >> k & 1))
			continue;
		memcpy(bytes + n, t->f[k].b, SHA256_BYTES);
		n += SHA256_BYTES;
	}
	return db_exec(
	    tx, "UPDATE checkpoint SET size = ?2, root = ?3, frontier = ?4 WHERE epoch = ?1",
	    DBARGS(DBI(epoch), DBI(t->size), DBD(root), DBB(((str){bytes, n}))), NULL, why);
}

static enum err tile_get(struct db *db, int64_t epoch, int64_t level, int64_t idx,
			 struct digest ret[TILE_HASHES], size_t *ret_n, struct why *why)
{
	struct db_rows *rows;
	size_t n = 0;
	enum err err =
	    db_query(db, "SELECT hashes FROM tile WHERE epoch = ?1 AND level = ?2 AND idx = ?3",
		     DBARGS(DBI(epoch), DBI(level), DBI(idx)), &rows, why);

	if (err)
		return err;
	while (db_next(rows)) {
		str h = db_bytes(rows, 0);

		n = h.n / SHA256_BYTES;
		if (n > TILE_HASHES)
			n = TILE_HASHES;
		if (n)
			memcpy(ret, h.p, n * SHA256_BYTES);
	}
	err = db_end(rows, why);
	if (!err)
		*ret_n = n;
	return err;
}

static enum err tile_put(struct db *tx, int64_t epoch, int64_t level, int64_t idx,
			 const struct digest *hashes, size_t n, struct why *why)
{
	return db_exec(
	    tx,
	    "INSERT INTO tile(epoch, level, idx, n, hashes) VALUES(?1, ?2, ?3, ?4, ?5) "
	    "ON CONFLICT(epoch, level, idx) DO UPDATE SET n = excluded.n, hashes = excluded.hashes",
	    DBARGS(DBI(epoch), DBI(level), DBI(idx), DBI(n),
		   DBB(((str){(const char *)hashes, n * SHA256_BYTES}))),
	    NULL, why);
}

static enum err level_store(struct db *tx, int64_t epoch, int64_t level, const struct level *l,
			    struct why *why)
{
	struct digest tile[TILE_HASHES];
	size_t done = 0;

	while (done < l->add.n) {
		int64_t at = l->first + (int64_t)done, idx = at / TILE_HASHES;
		size_t held = (size_t)(at % TILE_HASHES), had = 0, room = TILE_HASHES - held;
		size_t take = l->add.n - done < room ? l->add.n - done : room;
		enum err err = held ? tile_get(tx, epoch, level, idx, tile, &had, why) : ERR_OK;

		if (err)
			return err;
		if (had != held)
			return why_set(why, ERR_IO,
				       "tile %lld of level %lld has %zu hashes instead of %zu",
				       (long long)idx, (long long)level, had, held);
		memcpy(tile + held, l->add.p + done, take * sizeof(*tile));
		err = tile_put(tx, epoch, level, idx, tile, held + take, why);
		if (err)
			return err;
		done += take;
	}
	return ERR_OK;
}

enum err tree_append(struct db *tx, const struct digest *leaves, size_t n, int64_t *ret_first,
		     struct why *why)
{
	struct level levels[MAX_LEVELS] = {0};
	struct merkle_frontier t;
	int64_t epoch = 0, first;
	enum err err = frontier_load(tx, &epoch, &t, why);
	ARENA(a, 0);

	if (err)
		return err;
	first = (int64_t)t.size;
	for (size_t l = 0; l < MAX_LEVELS; l++)
		levels[l].first = (int64_t)(t.size >> (TILE_BITS * l));
	for (size_t i = 0; i < n; i++) {
		struct digest h = leaves[i];
		unsigned k = 0;

		vec_add(&a, &levels[0].add, h);
		while (t.size >> k & 1) {
			h = merkle_node(&t.f[k++], &h);
			if (k % TILE_BITS == 0 && k / TILE_BITS < MAX_LEVELS)
				vec_add(&a, &levels[k / TILE_BITS].add, h);
		}
		t.f[k] = h;
		t.size++;
	}
	for (size_t l = 0; l < MAX_LEVELS && !err; l++)
		err = level_store(tx, epoch, (int64_t)l, &levels[l], why);
	if (!err && n)
		err = frontier_save(tx, epoch, &t, why);
	if (!err)
		*ret_first = first;
	return err;
}

enum err tree_size(struct db *tx, int64_t *ret, struct why *why)
{
	return db_get_int(tx, "SELECT size FROM checkpoint ORDER BY epoch DESC LIMIT 1", DBNONE,
			  ret, why);
}

/* ---- reading ---- */

/* Root of the perfect subtree of 2^bits leaves that begins at leaf start (a multiple of 2^bits). */
static enum err perfect_root(struct db *db, int64_t epoch, uint64_t start, unsigned bits,
			     struct digest *ret, struct why *why)
{
	unsigned level = bits / TILE_BITS, inner = bits % TILE_BITS;
	uint64_t at = start >> (TILE_BITS * level);
	size_t from = (size_t)(at % TILE_HASHES), want = (size_t)1 << inner, have = 0;
	struct digest tile[TILE_HASHES];
	enum err err = tile_get(db, epoch, level, (int64_t)(at / TILE_HASHES), tile, &have, why);

	if (err)
		return err;
	if (from + want > have)
		return why_set(why, ERR_NOTFOUND, "the journal's tree has no leaf %llu",
			       (unsigned long long)(start + (UINT64_C(1) << bits) - 1));
	*ret = merkle_root(tile + from, want);
	return ERR_OK;
}

/* Root over leaves [start, start+n), where start is aligned as RFC 6962 splits trees. */
static enum err range_root(struct db *db, int64_t epoch, uint64_t start, uint64_t n,
			   struct digest *ret, struct why *why)
{
	struct merkle_frontier t = {.size = n};

	for (unsigned k = MERKLE_FRONTIER; k-- > 0;) {
		enum err err;

		if (!(n >> k & 1))
			continue;
		err = perfect_root(db, epoch, start, k, &t.f[k], why);
		if (err)
			return err;
		start += UINT64_C(1) << k;
	}
	*ret = merkle_frontier_root(&t);
	return ERR_OK;
}

static enum err size_ok(int64_t size, struct why *why)
{
	if (size < 0 || (uint64_t)size >> MERKLE_FRONTIER)
		return why_set(why, ERR_NOTFOUND, "no tree of %lld leaves", (long long)size);
	return ERR_OK;
}

enum err tree_root_at(struct db *db, int64_t epoch, int64_t size, struct digest *ret,
		      struct why *why)
{
	enum err err = size_ok(size, why);

	return err ? err : range_root(db, epoch, 0, (uint64_t)size, ret, why);
}

enum err tree_inclusion(struct db *db, struct arena *a, int64_t epoch, int64_t index, int64_t size,
			struct digest **ret, size_t *ret_n, struct why *why)
{
	struct digest *path = arena_array(a, struct digest, 64);
	uint64_t start = 0, n = (uint64_t)size, i = (uint64_t)index;
	size_t at = 64;
	enum err err = size_ok(size, why);

	if (err)
		return err;
	if (index < 0 || index >= size)
		return why_set(why, ERR_NOTFOUND, "no leaf %lld in a tree of %lld",
			       (long long)index, (long long)size);
	while (n > 1 && !err) {
		uint64_t k = merkle_split(n);

		if (i < k) {
			err = range_root(db, epoch, start + k, n - k, &path[--at], why);
			n = k;
		} else {
			err = range_root(db, epoch, start, k, &path[--at], why);
			start += k, i -= k, n -= k;
		}
	}
	if (err)
		return err;
	*ret = path + at;
	*ret_n = 64 - at;
	return ERR_OK;
}

/* RFC 6962 2.1.2: SUBPROOF(m, D[n], b). */
enum err tree_consistency(struct db *db, struct arena *a, int64_t epoch, int64_t size1,
			  int64_t size2, struct digest **ret, size_t *ret_n, struct why *why)
{
	struct digest *path = arena_array(a, struct digest, 66);
	uint64_t start = 0, m = (uint64_t)size1, n = (uint64_t)size2;
	size_t at = 66;
	bool whole = true;
	enum err err = size_ok(size2, why);

	if (err)
		return err;
	if (size1 < 0 || size1 > size2)
		return why_set(why, ERR_NOTFOUND, "a tree of %lld is no prefix of one of %lld",
			       (long long)size1, (long long)size2);
	while (m != n && m > 0 && !err) {
		uint64_t k = merkle_split(n);

		if (m <= k) {
			err = range_root(db, epoch, start + k, n - k, &path[--at], why);
			n = k;
		} else {
			err = range_root(db, epoch, start, k, &path[--at], why);
			start += k, m -= k, n -= k;
			whole = false;
		}
	}
	if (!err && !whole)
		err = range_root(db, epoch, start, m, &path[--at], why);
	if (err)
		return err;
	*ret = path + at;
	*ret_n = 66 - at;
	return ERR_OK;
}
