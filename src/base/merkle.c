// SPDX-License-Identifier: Apache-2.0
#include "base/merkle.h"

#include <assert.h>

struct digest merkle_leaf(str data)
{
	return sha256_parts((const str[]){STR("\0"), data}, 2);
}

struct digest merkle_node(const struct digest *left, const struct digest *right)
{
	return sha256_parts((const str[]){STR("\1"), digest_str(left), digest_str(right)}, 3);
}

/* ---- trees in memory ---- */

struct digest merkle_frontier_root(const struct merkle_frontier *t)
{
	struct digest root;
	bool any = false;

	if (t->size == 0)
		return sha256(STR_NULL);
	memset(&root, 0, sizeof(root));
	for (unsigned k = 0; k < MERKLE_FRONTIER; k++) {
		if (!(t->size >> k & 1))
			continue;
		root = any ? merkle_node(&t->f[k], &root) : t->f[k];
		any = true;
	}
	return root;
}

void merkle_frontier_add(struct merkle_frontier *t, struct digest leaf)
{
	unsigned k = 0;

	for (; t->size >> k & 1; k++)
		leaf = merkle_node(&t->f[k], &leaf);
	t->f[k] = leaf;
	t->size++;
}

struct digest merkle_root(const struct digest *leaves, size_t n)
{
	struct merkle_frontier t = {0};

	for (size_t i = 0; i < n; i++)
		merkle_frontier_add(&t, leaves[i]);
	return merkle_frontier_root(&t);
}

uint64_t merkle_split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

void merkle_path(struct arena *a, const struct digest *leaves, size_t n, size_t index,
		 struct digest **ret, size_t *ret_n)
{
	struct digest *path = arena_array(a, struct digest, 64);
	size_t len = 0, at = 64;

	assert(index < n);
	/* From the root down; the path is told from the leaf up. */
	while (n > 1) {
		size_t k = (size_t)merkle_split(n);

		if (index < k) {
			path[--at] = merkle_root(leaves + k, n - k);
			n = k;
		} else {
			path[--at] = merkle_root(leaves, k);
			leaves += k, index -= k, n -= k;
		}
		len++;
	}
	*ret = path + at;
	*ret_n = len;
}

/* A level of the tree is the one below with neighbours joined, its odd last one unchanged
 * (RFC 9162 2.1.3.1 says the same from the root down). */
static size_t level_up(struct digest *level, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		level[i / 2] = merkle_node(&level[i], &level[i + 1]);
	if (n & 1)
		level[n / 2] = level[n - 1];
	return (n + 1) / 2;
}

struct digest merkle_paths(struct arena *a, const struct digest *leaves, size_t n,
			   struct merkle_path *ret)
{
	struct digest *level = arena_array(a, struct digest, n);
	size_t deepest = n > 1 ? (size_t)(64 - __builtin_clzll(n - 1)) : 0, width = n, step = 0;
	struct digest *hashes = arena_array(a, struct digest, n * deepest);

	assert(n > 0);
	memcpy(level, leaves, n * sizeof(*level));
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct merkle_path){hashes + i * deepest, 0};
	for (; width > 1; width = level_up(level, width), step++) {
		for (size_t i = 0; i < n; i++) {
			size_t sibling = i >> step ^ 1;

			if (sibling < width)
				ret[i].p[ret[i].n++] = level[sibling];
		}
	}
	return level[0];
}

/* ---- checks (RFC 9162 2.1.3.2, 2.1.4.2) ---- */

static struct digest node_memo(struct merkle_memo *memo, size_t level, const struct digest *left,
			       const struct digest *right)
{
	if (!memo || level >= MERKLE_PATH_MAX)
		return merkle_node(left, right);
	if (!memo->at[level].known || !digest_eq(memo->at[level].left, *left) ||
	    !digest_eq(memo->at[level].right, *right)) {
		memo->at[level].node = merkle_node(left, right);
		memo->at[level].left = *left;
		memo->at[level].right = *right;
		memo->at[level].known = true;
	}
	return memo->at[level].node;
}

bool merkle_root_memo(struct merkle_memo *memo, uint64_t index, uint64_t size, struct digest leaf,
		      const struct digest *path, size_t n, struct digest *ret)
{
	uint64_t fn = index, sn = size - 1;
	struct digest r = leaf;

	if (index >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			r = node_memo(memo, i, &path[i], &r);
			while (!(fn & 1) && fn != 0)
				fn >>= 1, sn >>= 1;
		} else {
			r = node_memo(memo, i, &r, &path[i]);
		}
		fn >>= 1, sn >>= 1;
	}
	if (sn != 0)
		return false;
	*ret = r;
	return true;
}

bool merkle_root_from(uint64_t index, uint64_t size, struct digest leaf, const struct digest *path,
		      size_t n, struct digest *ret)
{
	return merkle_root_memo(NULL, index, size, leaf, path, n, ret);
}

bool merkle_check_inclusion(uint64_t index, uint64_t size, struct digest leaf,
			    const struct digest *path, size_t n, struct digest root)
{
	struct digest r;

	return merkle_root_from(index, size, leaf, path, n, &r) && digest_eq(r, root);
}

bool merkle_check_consistency(uint64_t size1, uint64_t size2, struct digest root1,
			      struct digest root2, const struct digest *path, size_t n)
{
	uint64_t fn = size1 - 1, sn = size2 - 1;
	struct digest fr, sr;
	size_t i = 0;

	if (size1 > size2)
		return false;
	if (size1 == size2)
		return n == 0 && digest_eq(root1, root2);
	if (size1 == 0)
		return n == 0; /* the empty tree is a prefix of every tree */
	if (n == 0)
		return false;
	while (fn & 1)
		fn >>= 1, sn >>= 1;
	/* A complete size1 is itself the first node of the proof. */
	fr = sr = (size1 & (size1 - 1)) == 0 ? root1 : path[i++];
	for (; i < n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			fr = merkle_node(&path[i], &fr);
			sr = merkle_node(&path[i], &sr);
			while (!(fn & 1) && fn != 0)
				fn >>= 1, sn >>= 1;
		} else {
			sr = merkle_node(&sr, &path[i]);
		}
		fn >>= 1, sn >>= 1;
	}
	return sn == 0 && digest_eq(fr, root1) && digest_eq(sr, root2);
}
