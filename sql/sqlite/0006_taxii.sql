-- SPDX-License-Identifier: Apache-2.0
-- TAXII: where superseded versions stood in the collections of circles, and what became of objects sent here.

CREATE TABLE placed_before(
  circle INTEGER NOT NULL, added INTEGER NOT NULL, rec INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(circle, added)) STRICT, WITHOUT ROWID;
CREATE INDEX placed_before_rec ON placed_before(rec, circle, added);

CREATE TABLE taxii_status(
  uid BLOB PRIMARY KEY, account INTEGER NOT NULL, team INTEGER NOT NULL, created INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX taxii_status_created ON taxii_status(created);
