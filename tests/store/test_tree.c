// SPDX-License-Identifier: Apache-2.0
/* tree: the tree in tiles against the tree in memory (base/merkle.h, which has the vectors). */
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static struct digest leaf_of(uint32_t i)
{
	return merkle_leaf((str){(const char *)&i, sizeof(i)});
}

struct batch {
	struct digest *d;
	size_t n;
	int64_t first;
};

static enum err append(struct db *tx, void *ctx, struct why *why)
{
	struct batch *b = ctx;

	return tree_append(tx, b->d, b->n, &b->first, why);
}

#define LEAVES 70000u
/* Batches of odd sizes; roots and proofs from tiles are those from memory. */
static void tiles(struct fixture *f)
{
	struct digest *d = arena_array(&f->a, struct digest, LEAVES), got;
	size_t done = 0, step = 1;
	struct epoch epoch;

	for (uint32_t i = 0; i < LEAVES; i++)
		d[i] = leaf_of(i);
	struct checkpoint c;
	OK(journal_checkpoint(f->s, &c, &why));
	CHECK(c.size == 0);
	while (done < LEAVES) {
		struct batch b = {d + done, step < LEAVES - done ? step : LEAVES - done, -1};

		OK(store_tx(f->s, append, &b, &why));
		CHECK(b.first == (int64_t)done);
		done += b.n;
		step = step * 3 % 1021 + (step == 1 ? 1 : 0) + (done > 3000 ? 9000 : 0);
	}
	OK(journal_checkpoint(f->s, &c, &why));
	CHECK(c.size == LEAVES);
	CHECK(digest_eq(c.root, merkle_root(d, LEAVES)));

	struct db *db = store_reader_get(f->s);
	OK(epoch_current(db, &epoch, &why));
	CHECK(uuid_eq(epoch.id, c.epoch) && epoch.number == 1);
	for (int64_t n = 0; n < 66000; n = n * 2 + 1) {
		OK(tree_root_at(db, epoch.number, n, &got, &why));
		CHECK(digest_eq(got, merkle_root(d, (size_t)n)));
	}
	for (int64_t i = 1; i < LEAVES; i = i * 5 + 3) {
		struct digest *path;
		size_t len;

		OK(tree_inclusion(db, &f->a, epoch.number, i, LEAVES, &path, &len, &why));
		CHECK(merkle_check_inclusion((uint64_t)i, LEAVES, d[i], path, len, c.root));
		OK(tree_consistency(db, &f->a, epoch.number, i, LEAVES, &path, &len, &why));
		CHECK(merkle_check_consistency((uint64_t)i, LEAVES, merkle_root(d, (size_t)i),
					       c.root, path, len));
		CHECK(!merkle_check_consistency((uint64_t)i, LEAVES, merkle_root(d, (size_t)i + 1),
						c.root, path, len));
	}
	CHECK(tree_root_at(db, epoch.number, LEAVES + 1, &got, NULL) == ERR_NOTFOUND);
	store_reader_put(f->s, db);
}
BOTH(tiles)

RUN_TESTS(BOTH_ROWS(tiles))
