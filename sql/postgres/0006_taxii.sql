-- SPDX-License-Identifier: Apache-2.0
-- TAXII: where superseded versions stood in the collections of circles, and what became of objects sent here.

CREATE TABLE placed_before(
  circle bigint NOT NULL, added bigint NOT NULL, rec bigint NOT NULL, version bigint NOT NULL,
  PRIMARY KEY(circle, added));
CREATE INDEX placed_before_rec ON placed_before(rec, circle, added);

CREATE TABLE taxii_status(
  uid bytea PRIMARY KEY, account bigint NOT NULL, team bigint NOT NULL, created bigint NOT NULL,
  body text NOT NULL);
CREATE INDEX taxii_status_created ON taxii_status(created);
