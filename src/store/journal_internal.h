// SPDX-License-Identifier: Apache-2.0
/* journal_internal: entries, their salted leaves and the Merkle tree (docs/formats.md 5).
 * Called inside the transaction that makes a change visible (SQLite: the writer's;
 * PostgreSQL: the sequencer's, under its advisory lock). Private to store/. */
#ifndef STORE_JOURNAL_INTERNAL_H
#define STORE_JOURNAL_INTERNAL_H

#include "base/buf.h"
#include "base/merkle.h"
#include "store/db.h"
#include "store/store.h"

/* What one entry commits to. content is JCS({version, digest, label, holding, patch, why}) for a
 * record change, the hex Merkle root of the slice for a bulk import, free JSON for notes. */
struct journal_entry {
	int64_t row;                /* primary key of the journal row, handed out at insert */
	int64_t seq;                /* index in the epoch's tree, -1 before sequencing */
	int64_t at_us, actor, team; /* actor: account key; team: principal */
	str kind;
	struct uuid subject; /* object id, zero for none */
	int64_t record;      /* holding key, 0 for none */
	int32_t version;
	int64_t label;
	str content; /* JSON text, canonical */
	uint8_t salt[16], salt2[16];
	int64_t n; /* objects of a slice, else 1 */
};
/* Inserts n entries, filling row, salt, salt2. sequenced: seq is set by the caller and the tree is
 * appended by the caller afterwards. */
MUST_CHECK enum err journal_insert(struct db *tx, struct journal_entry *e, size_t n,
				   struct why *why);
/* SHA-256("hikeshi/content/v1\n" | salt2 | content) and
 * SHA-256("hikeshi/entry/v1\n" | salt | JCS(entry)) and the RFC 6962 leaf hash of the latter. */
struct digest journal_content_digest(const struct journal_entry *e);
struct digest journal_leaf(const struct journal_entry *e, struct uuid epoch, struct uuid team_id);
/* The leaf where the content may have been erased and only its digest is left. */
struct digest journal_leaf_of(const struct journal_entry *e, struct digest content,
			      struct uuid epoch, struct uuid team_id);
/* What to SELECT for journal_row, which fills an entry (texts copied into a) and its content
 * digest; false where content or its salt was erased. */
#define JOURNAL_COLUMNS                                                                            \
	"id, seq, at, actor, team, kind, subject, record, version, label, salt, salt2, digest, "   \
	"content, n"
bool journal_row(struct db_rows *rows, struct arena *a, struct journal_entry *e,
		 struct digest *ret_content);
/* Canonical content of a record change: digest and label as hex of SHA-256, patch as text. holding:
 * the canonical columns of the holding as JSON. */
str journal_record_content(struct arena *a, int32_t version, struct digest digest,
			   str label_canonical, str holding_json, str patch, str why);
/* The same where holding is canonical JSON already and label is the digest. */
str journal_record_canonical(struct arena *a, int32_t version, struct digest digest,
			     struct digest label, str holding, str patch, str why);
/* Appends leaf hashes to the tiles of the current epoch; *ret_first gets the index of the first. */
MUST_CHECK enum err tree_append(struct db *tx, const struct digest *leaves, size_t n,
				int64_t *ret_first, struct why *why);

/* Slices: salted leaves of a bulk entry, kept as blobs of up to 256 in rows
 * (SHA-256("hikeshi/slice/v1\n" | salt | id | digest | label digest | holding digest), sorted). */
struct slice_leaf {
	struct uuid uid;
	struct digest digest;
	int64_t record, label;
	uint8_t holding[16]; /* journal_holding */
	uint8_t salt[16];    /* filled by journal_slice_root */
	struct digest hash;  /* filled by journal_slice_root */
};
/* What a slice commits to of a holding besides body and label: the first 16 bytes of a SHA-256 over
 * its columns. h: zeroed at first and kept for the next; the result is good until then. */
struct holding_hash {
	struct buf text, last;
	uint8_t digest[16]; /* of last */
};
const uint8_t *journal_holding(struct holding_hash *h, struct store *s, const struct record *r);
void journal_holding_done(struct holding_hash *h);
/* Draws salts, hashes (label_digests[i]: SHA-256 of the canonical bytes of leaves[i]'s label),
 * sorts the leaves in place by hash and gives the root, whose hex is the content of the entry. In
 * memory only. */
void journal_slice_root(struct slice_leaf *leaves, const struct digest *label_digests, size_t n,
			struct digest *ret_root);
/* One leaf hash, from its salt, id, digest, holding and the digest of its label's canonical bytes.
 */
struct digest journal_slice_hash(const struct slice_leaf *l, const struct digest *label_digest);
/* Leaves of one row of table slice, without hash; at most cap. */
size_t journal_slice_unpack(str blob, struct slice_leaf *ret, size_t cap);
/* Stores prepared leaves below the journal row of their entry. */
MUST_CHECK enum err journal_insert_slice(struct db *tx, const struct slice_leaf *leaves, size_t n,
					 int64_t entry_row, struct why *why);

/* ---- epochs ---- */
struct epoch {
	int64_t number; /* 1, 2 ...; what rows refer to */
	struct uuid id;
};
/* Starts an epoch with a random id and an empty tree, naming the last checkpoint of the one before
 * (store_create calls it once; restore again). */
MUST_CHECK enum err epoch_begin(struct db *tx, int64_t at_us, struct epoch *ret, struct why *why);
MUST_CHECK enum err epoch_current(struct db *tx, struct epoch *ret, struct why *why);
/* Size of the current tree, which is the next seq. */
MUST_CHECK enum err tree_size(struct db *tx, int64_t *ret, struct why *why);

/* ---- for the sequencer of PostgreSQL ---- */
/* Entries that have no seq yet, by row; everything filled, content too. */
MUST_CHECK enum err journal_waiting(struct db *tx, struct arena *a, size_t limit,
				    struct journal_entry **ret, size_t *ret_n, struct why *why);
/* Writes the seq of each (set by the caller) and the current epoch. */
MUST_CHECK enum err journal_set_seq(struct db *tx, const struct journal_entry *e, size_t n,
				    struct why *why);

/* ---- proofs (RFC 6962 2.1.1, 2.1.2) ---- */
/* Root of the first size leaves, path of leaf index in them, and proof that size1 is a prefix of
 * size2; read from the tiles of an epoch. ERR_NOTFOUND: larger than the tree. */
MUST_CHECK enum err tree_root_at(struct db *db, int64_t epoch, int64_t size, struct digest *ret,
				 struct why *why);
MUST_CHECK enum err tree_inclusion(struct db *db, struct arena *a, int64_t epoch, int64_t index,
				   int64_t size, struct digest **ret, size_t *ret_n,
				   struct why *why);
MUST_CHECK enum err tree_consistency(struct db *db, struct arena *a, int64_t epoch, int64_t size1,
				     int64_t size2, struct digest **ret, size_t *ret_n,
				     struct why *why);

#endif
