// SPDX-License-Identifier: Apache-2.0
/* verify_runs: the runs of the index on SQLite: blocks in order and complete, fences and filters
 * those that the blocks make, nothing left over; every entry is handed on. */
#include <stdio.h>

#include "store/runs_internal.h"
#include "store/verify_internal.h"

struct run_check {
	struct run run; /* the filter as the blocks make it */
	str name, fences, bloom;
	uint64_t h[BLOCK_ENTRIES], last_h;
	uint32_t rec[BLOCK_ENTRIES], last_rec;
	int64_t n;
};

static void block_check(struct verify *v, struct run_check *c, size_t block, size_t n)
{
	uint64_t fence;
	bool sorted = true;

	memcpy(&fence, c->fences.p + block * 8, 8);
	if (n && c->h[0] != fence)
		verify_tell(v, "mention", c->name, "block %zu does not begin where its fence says",
			    block);
	for (size_t i = 0; i < n; i++) {
		if (c->n &&
		    (c->h[i] < c->last_h || (c->h[i] == c->last_h && c->rec[i] <= c->last_rec)))
			sorted = false;
		c->last_h = c->h[i];
		c->last_rec = c->rec[i];
		c->n++;
		bloom_set(&c->run, c->h[i]);
	}
	if (!sorted)
		verify_tell(v, "mention", c->name, "block %zu is not in order", block);
}

static enum err blocks_check(struct verify *v, struct run_check *c, verify_entry_fn *fn, void *ctx,
			     struct why *why)
{
	enum err err = ERR_OK;

	for (size_t b = 0; b < c->run.n_blocks && !err; b++) {
		struct why reason = {0};
		size_t n = 0;

		err = runs_block(v->db, c->run.id, b, c->h, c->rec, &n, &reason);
		if (err == ERR_IO) {
			verify_tell(v, "mention", c->name, "block %zu is missing or damaged", b);
			err = ERR_OK;
			continue;
		}
		if (err)
			return why_set(why, err, "%s", reason.text);
		block_check(v, c, b, n);
		for (size_t i = 0; i < n && !err && fn; i++)
			err = fn(v, ctx, (enum index_kind)c->run.kind, c->h[i], c->rec[i], why);
		arena_reset(&v->page);
	}
	return err;
}

static enum err run_check(struct verify *v, struct run_check *c, verify_entry_fn *fn, void *ctx,
			  struct why *why)
{
	size_t line = BLOOM_LINE * 8;
	enum err err;

	if (c->fences.n % 8 || c->bloom.n == 0 || c->bloom.n % line || c->run.kind < 0 ||
	    c->run.kind >= KINDS || c->run.level < 0 || c->run.level >= LEVELS) {
		verify_tell(v, "mention", c->name, "its kind, level, fences or filter cannot be");
		return ERR_OK;
	}
	c->run.n_blocks = c->fences.n / 8;
	c->run.bloom_lines = c->bloom.n / line;
	c->run.bloom = mem_alloc(c->bloom.n);
	err = blocks_check(v, c, fn, ctx, why);
	if (!err && c->n != c->run.n)
		verify_tell(v, "mention", c->name, "counts %lld entries, %lld are there",
			    (long long)c->run.n, (long long)c->n);
	if (!err && memcmp(c->run.bloom, c->bloom.p, c->bloom.n) != 0)
		verify_tell(v, "mention", c->name, "its filter is not that of its entries");
	mem_free(c->run.bloom);
	return err;
}

/* Blocks beyond those of the runs; what waits for the sweep belongs to nobody rightly. */
static enum err blocks_left(struct verify *v, struct why *why)
{
	struct db_rows *rows;
	enum err err = db_query(
	    v->db,
	    "SELECT b.id >> 32, b.id & 4294967295 FROM block b LEFT JOIN run r ON r.id = b.id >> "
	    "32 "
	    "WHERE (r.id IS NULL OR (b.id & 4294967295) >= length(r.fences) / 8) AND NOT EXISTS "
	    "(SELECT 1 FROM sweep WHERE what = ?1 AND id = b.id >> 32) LIMIT 100",
	    DBARGS(DBI(DEAD_RUN)), &rows, why);

	if (err)
		return err;
	while (db_next(rows))
		verify_tell(v, "mention",
			    arena_printf(&v->page, "run %lld", (long long)db_int(rows, 0)),
			    "block %lld belongs to no run", (long long)db_int(rows, 1));
	err = db_end(rows, why);
	arena_reset(&v->page);
	return err;
}

static int small(int64_t value, int limit)
{
	return value < 0 || value >= limit ? -1 : (int)value;
}

enum err verify_runs(struct verify *v, verify_entry_fn *fn, void *ctx, struct why *why)
{
	struct run_check *c = mem_alloc(sizeof(*c));
	struct db_rows *rows;
	char name[40];
	enum err bad = ERR_OK,
		 err = db_query(v->db, "SELECT id, kind, level, n, fences, bloom FROM run", DBNONE,
				&rows, why);

	if (err) {
		mem_free(c);
		return err;
	}
	while (!bad && db_next(rows)) {
		memset(c, 0, sizeof(*c));
		c->run.id = db_int(rows, 0);
		c->run.kind = small(db_int(rows, 1), KINDS);
		c->run.level = small(db_int(rows, 2), LEVELS);
		c->run.n = db_int(rows, 3);
		c->fences = db_bytes(rows, 4);
		c->bloom = db_bytes(rows, 5);
		snprintf(name, sizeof(name), "run %lld", (long long)c->run.id);
		c->name = str_c(name);
		bad = run_check(v, c, fn, ctx, why);
	}
	mem_free(c);
	err = db_end(rows, bad ? NULL : why);
	if (bad || err)
		return bad ? bad : err;
	return blocks_left(v, why);
}
