-- SPDX-License-Identifier: Apache-2.0
-- Changes of many records at once, kept for a day so that whoever made one can take it back for a while.

-- undone: when it was taken back, 0: it was not.
CREATE TABLE operation(
  uid BLOB PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, undone INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX operation_at ON operation(at);
