// SPDX-License-Identifier: Apache-2.0
/* journal_internal: entries, their salted leaves and the Merkle tree (docs/formats.md 5).
 * Called inside the transaction that makes a change visible (SQLite: the writer's;
 * PostgreSQL: the sequencer's, under its advisory lock). Private to store/. */
#ifndef STORE_JOURNAL_INTERNAL_H
#define STORE_JOURNAL_INTERNAL_H

#include "store/db.h"
#include "store/store.h"

/* What one entry commits to. content is JCS({version, digest, label, holding, patch, why}) for a
 * record change, the hex Merkle root of the slice for a bulk import, free JSON for notes. */
struct journal_entry {
	int64_t row;      /* primary key of the journal row, handed out at insert */
	int64_t seq;      /* index in the epoch's tree, -1 before sequencing */
	int64_t at_us, actor, team; /* actor: account key; team: principal */
	str kind;
	struct uuid subject; /* object id, zero for none */
	int64_t record;   /* holding key, 0 for none */
	int32_t version;
	int64_t label;
	str content;      /* JSON text, canonical */
	uint8_t salt[16], salt2[16];
	int64_t n;        /* objects of a slice, else 1 */
};
/* Inserts n entries, filling row, salt, salt2. sequenced: seq is set by the caller and the tree is
 * appended by the caller afterwards. */
MUST_CHECK enum err journal_insert(struct db *tx, struct journal_entry *e, size_t n, struct why *why);
/* SHA-256("hikeshi/content/v1\n" | salt2 | content) and
 * SHA-256("hikeshi/entry/v1\n" | salt | JCS(entry)) and the RFC 6962 leaf hash of the latter. */
struct digest journal_content_digest(const struct journal_entry *e);
struct digest journal_leaf(const struct journal_entry *e, struct uuid epoch, struct uuid team_id);
/* Canonical content of a record change. holding: the canonical columns of the holding as JSON. */
str journal_record_content(struct arena *a, int32_t version, struct digest digest, str label_canonical,
			   str holding_json, str patch, str why);
/* Appends leaf hashes to the tiles of the current epoch; *ret_first gets the index of the first. */
MUST_CHECK enum err tree_append(struct db *tx, const struct digest *leaves, size_t n, int64_t *ret_first,
				struct why *why);
/* The root over n leaf hashes in memory (slices, batches). */
struct digest tree_root(const struct digest *leaves, size_t n);

/* Slices: salted leaves of a bulk entry, kept as blobs of up to 256 in rows
 * (SHA-256("hikeshi/slice/v1\n" | salt | id | digest | label digest), sorted). */
struct slice_leaf {
	struct uuid uid;
	struct digest digest;
	int64_t record, label;
};
MUST_CHECK enum err journal_insert_slice(struct db *tx, const struct slice_leaf *leaves, size_t n,
					 struct digest *ret_root, int64_t entry_row, struct why *why);

#endif
