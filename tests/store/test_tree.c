// SPDX-License-Identifier: Apache-2.0
/* tree: vectors of transparency-dev/merkle, and the tree in tiles against the tree in memory. */
#include "base/codec.h"
#include "base/file.h"
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static struct digest hash_of(str hex, bool *whole)
{
	struct digest d = {{0}};

	*whole = hex_decode(hex, d.b, sizeof(d.b)) == ERR_OK;
	return d;
}

/* "I index size root leaf wrong n path..." or "C size1 size2 root1 root2 wrong n path...". Digests
 * of another length than 32 bytes cannot even be said here: such proofs count as refused. */
static bool vector_holds(str line)
{
	str w[7];
	uint64_t x, y;
	bool whole[2], all = true, ok;
	struct digest path[128], a, b;
	size_t n = 0;

	for (size_t i = 0; i < 7; i++) {
		if (!str_split(&line, ' ', &w[i]))
			return false;
	}
	if (str_u64(w[1], &x) || str_u64(w[2], &y))
		return false;
	a = hash_of(w[3], &whole[0]);
	b = hash_of(w[4], &whole[1]);
	for (str p; n < 128 && str_split(&line, ' ', &p);) {
		if (p.n == 0)
			continue;
		bool w1;
		path[n++] = hash_of(p, &w1);
		all &= w1;
	}
	if (!whole[0] && str_eq(w[3], w[4]))
		return true; /* equal texts that are no digests: nothing of ours */
	if (str_eq(w[0], STR("I")))
		ok = whole[0] && whole[1] && all && tree_check_inclusion(x, y, b, path, n, a);
	else
		ok = whole[0] && whole[1] && all && tree_check_consistency(x, y, a, b, path, n);
	return ok == str_eq(w[5], STR("0"));
}

static void test_vectors(void)
{
	char path[512];
	const char *corpus = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");
	size_t n = 0, bad = 0;
	str rest, line;
	BUF(text);

	if (corpus)
		snprintf(path, sizeof(path), "%s/vectors/merkle.flat", corpus);
	else
		snprintf(path, sizeof(path), "%s/../shared/data/vectors/merkle.flat",
			 source ? source : ".");
	if (file_read(path, 1 << 20, &text, NULL)) {
		CHECK_SKIP("the corpus is absent");
		return;
	}
	rest = buf_str(&text);
	while (rest.n && str_split(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		n++;
		if (!vector_holds(line)) {
			bad++;
			printf("# wrong: %.*s\n", (int)(line.n > 160 ? 160 : line.n), line.p);
		}
	}
	CHECK(n >= 190);
	CHECK(bad == 0);
}

static struct digest leaf_of(uint32_t i)
{
	return tree_leaf((str){(const char *)&i, sizeof(i)});
}

static void test_known_roots(void)
{
	/* RFC 6962: the empty tree is SHA-256 of nothing. */
	struct digest empty = tree_root(NULL, 0), one = leaf_of(1), two = leaf_of(2);
	struct digest pair[2] = {one, two}, root = tree_node(&one, &two);

	CHECK(digest_eq(empty, sha256(STR_NULL)));
	CHECK(digest_eq(tree_root(&one, 1), one));
	CHECK(digest_eq(tree_root(pair, 2), root));
	CHECK(!digest_eq(tree_root(&two, 1), one));
}

/* RFC 6962 2.1 as it is written. */
static struct digest naive_root(const struct digest *d, size_t n)
{
	size_t k = 1;

	if (n == 1)
		return d[0];
	while (k * 2 < n)
		k *= 2;
	struct digest l = naive_root(d, k), r = naive_root(d + k, n - k);
	return tree_node(&l, &r);
}

static void test_paths(void)
{
	ARENA(a, 0);
	struct digest d[70];

	for (uint32_t i = 0; i < 70; i++)
		d[i] = leaf_of(i);
	for (size_t n = 1; n <= 70; n++) {
		struct digest root = tree_root(d, n);

		CHECK(digest_eq(root, naive_root(d, n)));
		for (size_t i = 0; i < n; i++) {
			struct digest *path;
			size_t len;

			tree_path(&a, d, n, i, &path, &len);
			CHECK(tree_check_inclusion(i, n, d[i], path, len, root));
			CHECK(!tree_check_inclusion(i, n, d[(i + 1) % 70], path, len, root));
			if (len) {
				path[len / 2].b[5] ^= 4;
				CHECK(!tree_check_inclusion(i, n, d[i], path, len, root));
			}
		}
	}
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
	CHECK(digest_eq(c.root, tree_root(d, LEAVES)));

	struct db *db = store_reader_get(f->s);
	OK(epoch_current(db, &epoch, &why));
	CHECK(uuid_eq(epoch.id, c.epoch) && epoch.number == 1);
	for (int64_t n = 0; n < 66000; n = n * 2 + 1) {
		OK(tree_root_at(db, epoch.number, n, &got, &why));
		CHECK(digest_eq(got, tree_root(d, (size_t)n)));
	}
	for (int64_t i = 1; i < LEAVES; i = i * 5 + 3) {
		struct digest *path;
		size_t len;

		OK(tree_inclusion(db, &f->a, epoch.number, i, LEAVES, &path, &len, &why));
		CHECK(tree_check_inclusion((uint64_t)i, LEAVES, d[i], path, len, c.root));
		OK(tree_consistency(db, &f->a, epoch.number, i, LEAVES, &path, &len, &why));
		CHECK(tree_check_consistency((uint64_t)i, LEAVES, tree_root(d, (size_t)i), c.root,
					     path, len));
		CHECK(!tree_check_consistency((uint64_t)i, LEAVES, tree_root(d, (size_t)i + 1),
					      c.root, path, len));
	}
	CHECK(tree_root_at(db, epoch.number, LEAVES + 1, &got, NULL) == ERR_NOTFOUND);
	store_reader_put(f->s, db);
}
BOTH(tiles)

RUN_TESTS({"vectors of transparency-dev", test_vectors}, {"roots known by hand", test_known_roots},
	  {"paths of small trees", test_paths}, BOTH_ROWS(tiles))
