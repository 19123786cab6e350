-- SPDX-License-Identifier: Apache-2.0
-- A team that came from another node: what its journal there proves (docs/links.md, "A team moves").

-- The trees that its entries stood in, one per epoch of a node it worked on: node and node key, size and root as that node
-- signed them (checkpoint: C2SP signed note). fresh 1: of the node it came from last.
CREATE TABLE moved_tree(
  epoch bytea PRIMARY KEY, node bytea NOT NULL, node_key bytea NOT NULL, size bigint NOT NULL, root bytea NOT NULL,
  checkpoint text NOT NULL, fresh bigint NOT NULL);
-- Leaf hashes of a tree, 256 in a row.
CREATE TABLE moved_tile(
  epoch bytea NOT NULL, idx bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY(epoch, idx));
-- An entry as it stood there. entry: the row of the journal here that tells the same, 0 for none; content: where it is not
-- that row's, null also where it was not for this team alone (then digest is all there is). slice: leaf hashes of an import.
CREATE TABLE moved_entry(
  epoch bytea NOT NULL, seq bigint NOT NULL, at bigint NOT NULL, actor bigint NOT NULL, team bigint NOT NULL,
  kind text NOT NULL, subject bytea, salt bytea NOT NULL, salt2 bytea, digest bytea NOT NULL, content text,
  entry bigint NOT NULL, slice bytea, PRIMARY KEY(epoch, seq));
