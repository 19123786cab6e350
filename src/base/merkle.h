// SPDX-License-Identifier: Apache-2.0
/* merkle: trees of SHA-256 as RFC 6962 2.1 has them, in memory: roots, inclusion paths and the
 * checks of a verifier (RFC 9162 2.1.3, 2.1.4). What is hashed are leaf hashes: merkle_leaf makes
 * one from data. Pure; any thread. The journal's tree in tiles is store/tree.c. */
#ifndef BASE_MERKLE_H
#define BASE_MERKLE_H

#include "base/arena.h"
#include "base/hash.h"

#define MERKLE_PATH_MAX 64 /* hashes in an inclusion path */
#define MERKLE_FRONTIER 56 /* bits of the size of a tree */

struct digest merkle_leaf(str data); /* SHA-256(0x00 | data) */
struct digest merkle_node(const struct digest *left, const struct digest *right);
/* The root over n leaf hashes; of none it is SHA-256 of nothing. */
struct digest merkle_root(const struct digest *leaves, size_t n);

/* The path of leaf index, from the leaf up, in a. Costs n hashes: for many leaves of one tree use
 * merkle_paths. */
void merkle_path(struct arena *a, const struct digest *leaves, size_t n, size_t index,
		 struct digest **ret, size_t *ret_n);
struct merkle_path {
	struct digest *p;
	size_t n;
};
/* The root and the paths of all n leaves (n > 0) at once, in 2n hashes. ret has room for n. */
struct digest merkle_paths(struct arena *a, const struct digest *leaves, size_t n,
			   struct merkle_path *ret);

/* The root that an inclusion path leads to; false where the path does not fit index and size. */
bool merkle_root_from(uint64_t index, uint64_t size, struct digest leaf, const struct digest *path,
		      size_t n, struct digest *ret);
/* The same, remembering the last node of each level: of leaves that come in their order only one
 * node each is hashed. Zeroed at first, of one thread. */
struct merkle_memo {
	struct {
		struct digest left, right, node;
		bool known;
	} at[MERKLE_PATH_MAX];
};
bool merkle_root_memo(struct merkle_memo *memo, uint64_t index, uint64_t size, struct digest leaf,
		      const struct digest *path, size_t n, struct digest *ret);
bool merkle_check_inclusion(uint64_t index, uint64_t size, struct digest leaf,
			    const struct digest *path, size_t n, struct digest root);
bool merkle_check_consistency(uint64_t size1, uint64_t size2, struct digest root1,
			      struct digest root2, const struct digest *path, size_t n);

/* The frontier of a growing tree: f[k] is the root of a perfect subtree of 2^k leaves where bit k
 * of size is set. Zeroed it is the empty tree. */
struct merkle_frontier {
	uint64_t size;
	struct digest f[MERKLE_FRONTIER];
};
void merkle_frontier_add(struct merkle_frontier *t, struct digest leaf);
struct digest merkle_frontier_root(const struct merkle_frontier *t);
/* Where RFC 6962 splits n leaves (n > 1): the largest power of two smaller than n. */
uint64_t merkle_split(uint64_t n);

#endif
