-- SPDX-License-Identifier: Apache-2.0
-- What was sealed (TLP:RED): which version of a holding, for which team.

CREATE TABLE sealed_for(
  holding INTEGER NOT NULL, version INTEGER NOT NULL, team INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(holding, version, team)) STRICT, WITHOUT ROWID;
