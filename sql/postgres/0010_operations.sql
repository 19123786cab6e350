-- SPDX-License-Identifier: Apache-2.0
-- Changes of many records at once, kept for a day so that whoever made one can take it back for a while.

-- undone: when it was taken back, 0: it was not.
CREATE TABLE operation(
  uid bytea PRIMARY KEY, account bigint NOT NULL, at bigint NOT NULL, undone bigint NOT NULL, body text NOT NULL);
CREATE INDEX operation_at ON operation(at);
