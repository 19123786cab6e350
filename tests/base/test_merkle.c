// SPDX-License-Identifier: Apache-2.0
/* merkle: vectors of transparency-dev/merkle, roots known by hand, paths of small trees. */
#include "base/merkle.h"

#include "base/codec.h"
#include "base/file.h"
#include "tests/check.h"

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
		ok = whole[0] && whole[1] && all && merkle_check_inclusion(x, y, b, path, n, a);
	else
		ok = whole[0] && whole[1] && all && merkle_check_consistency(x, y, a, b, path, n);
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
	return merkle_leaf((str){(const char *)&i, sizeof(i)});
}

static void test_known_roots(void)
{
	/* RFC 6962: the empty tree is SHA-256 of nothing. */
	struct digest empty = merkle_root(NULL, 0), one = leaf_of(1), two = leaf_of(2);
	struct digest pair[2] = {one, two}, root = merkle_node(&one, &two);

	CHECK(digest_eq(empty, sha256(STR_NULL)));
	CHECK(digest_eq(merkle_root(&one, 1), one));
	CHECK(digest_eq(merkle_root(pair, 2), root));
	CHECK(!digest_eq(merkle_root(&two, 1), one));
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
	return merkle_node(&l, &r);
}

static void test_paths(void)
{
	ARENA(a, 0);
	struct digest d[70];

	for (uint32_t i = 0; i < 70; i++)
		d[i] = leaf_of(i);
	for (size_t n = 1; n <= 70; n++) {
		struct digest root = merkle_root(d, n), got;
		struct merkle_memo memo = {0};

		CHECK(digest_eq(root, naive_root(d, n)));
		for (size_t i = 0; i < n; i++) {
			struct digest *path;
			size_t len;

			merkle_path(&a, d, n, i, &path, &len);
			CHECK(merkle_check_inclusion(i, n, d[i], path, len, root));
			/* what is remembered is of these nodes alone */
			CHECK(merkle_root_memo(&memo, i, n, d[i], path, len, &got) &&
			      digest_eq(got, root));
			CHECK(n == 1 ||
			      (merkle_root_memo(&memo, i, n, d[(i + 1) % n], path, len, &got) &&
			       !digest_eq(got, root)));
			CHECK(!merkle_check_inclusion(i, n, d[(i + 1) % 70], path, len, root));
			if (len) {
				path[len / 2].b[5] ^= 4;
				CHECK(!merkle_check_inclusion(i, n, d[i], path, len, root));
			}
		}
	}
}

/* All paths at once are the paths one by one. */
static void test_all_paths(void)
{
	struct digest d[70];

	for (uint32_t i = 0; i < 70; i++)
		d[i] = leaf_of(i);
	for (size_t n = 1; n <= 70; n++) {
		ARENA(a, 0);
		struct merkle_path all[70];

		CHECK(digest_eq(merkle_paths(&a, d, n, all), merkle_root(d, n)));
		for (size_t i = 0; i < n; i++) {
			struct digest *path;
			size_t len;

			merkle_path(&a, d, n, i, &path, &len);
			CHECK(all[i].n == len && memcmp(all[i].p, path, len * sizeof(*path)) == 0);
		}
	}
}

RUN_TESTS({"vectors of transparency-dev", test_vectors}, {"roots known by hand", test_known_roots},
	  {"paths of small trees", test_paths}, {"all paths at once", test_all_paths})
