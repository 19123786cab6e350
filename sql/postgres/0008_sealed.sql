-- SPDX-License-Identifier: Apache-2.0
-- What was sealed (TLP:RED): which version of a holding, for which team.

CREATE TABLE sealed_for(
  holding bigint NOT NULL, version bigint NOT NULL, team bigint NOT NULL, at bigint NOT NULL,
  PRIMARY KEY(holding, version, team));
