-- SPDX-License-Identifier: Apache-2.0
-- What teams said of what crossed a link: signatures of ours and of others, by the holding they are about, and what
-- was not sent or not taken, with the reason (docs/links.md).

-- object: the exchange object as it was signed, empty where it is the holding's body. signature: x-hikeshi-signature
-- with every salt that this node has.
CREATE TABLE signed(
  holding bigint NOT NULL, version bigint NOT NULL, uid bytea NOT NULL, team bigint NOT NULL, rev bigint NOT NULL,
  digest bytea NOT NULL, object TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY(holding, version));
CREATE UNIQUE INDEX signed_lineage ON signed(uid, team, rev);

-- direction 0: out, 1: in. state 0: done, 1: refused for good, 2: to be tried again.
CREATE TABLE link_item(
  peer bigint NOT NULL, direction bigint NOT NULL, id TEXT NOT NULL, rev bigint NOT NULL, state bigint NOT NULL,
  code TEXT NOT NULL, reason TEXT NOT NULL, at bigint NOT NULL, PRIMARY KEY(peer, direction, id));
CREATE INDEX link_item_open ON link_item(peer, direction, at) WHERE state <> 0;

-- Which process serves a peer just now.
CREATE TABLE link_lease(peer bigint PRIMARY KEY, owner bytea NOT NULL, until bigint NOT NULL);
