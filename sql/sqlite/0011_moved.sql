-- SPDX-License-Identifier: Apache-2.0
-- A team that came from another node: what its journal there proves (docs/links.md, "A team moves").

-- The trees that its entries stood in, one per epoch of a node it worked on: node and node key, size and root as that node
-- signed them (checkpoint: C2SP signed note). fresh 1: of the node it came from last.
CREATE TABLE moved_tree(
  epoch BLOB PRIMARY KEY, node BLOB NOT NULL, node_key BLOB NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
  checkpoint TEXT NOT NULL, fresh INTEGER NOT NULL) STRICT;
-- Leaf hashes of a tree, 256 in a row.
CREATE TABLE moved_tile(
  epoch BLOB NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY(epoch, idx)) STRICT;
-- An entry as it stood there. entry: the row of the journal here that tells the same, 0 for none; content: where it is not
-- that row's, null also where it was not for this team alone (then digest is all there is). slice: leaf hashes of an import.
CREATE TABLE moved_entry(
  epoch BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, actor INTEGER NOT NULL, team INTEGER NOT NULL,
  kind TEXT NOT NULL, subject BLOB, salt BLOB NOT NULL, salt2 BLOB, digest BLOB NOT NULL, content TEXT,
  entry INTEGER NOT NULL, slice BLOB, PRIMARY KEY(epoch, seq)) STRICT;
