-- SPDX-License-Identifier: Apache-2.0
-- Signatures are kept short (src/exchange/signature_keep.c; what begins with "{" is from before and not). A row is too long for
-- the tree of an index, and a lineage is found by its holdings: an index of ids would be written at a thousand places for a
-- thousand rows. Where one process alone signs, it is the holding whose revs the database tells apart.
CREATE TABLE signed_short(
  holding INTEGER NOT NULL, version INTEGER NOT NULL, uid BLOB NOT NULL, team INTEGER NOT NULL, rev INTEGER NOT NULL,
  digest BLOB NOT NULL, object TEXT NOT NULL, signature BLOB NOT NULL) STRICT;
INSERT INTO signed_short SELECT holding, version, uid, team, rev, digest, object, CAST(signature AS BLOB) FROM signed ORDER BY holding, version;
DROP TABLE signed;
ALTER TABLE signed_short RENAME TO signed;
CREATE UNIQUE INDEX signed_version ON signed(holding, version);
CREATE UNIQUE INDEX signed_rev ON signed(holding, team, rev);
