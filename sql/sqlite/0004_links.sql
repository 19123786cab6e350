-- SPDX-License-Identifier: Apache-2.0
-- Links between nodes: this node's keys, the keys of its teams, its peers, the teams reached through them (docs/links.md).

-- One row: the node's Ed25519 seed, and its TLS key and self-signed certificate (PEM).
CREATE TABLE node_key(
  id INTEGER PRIMARY KEY, seed BLOB NOT NULL, tls_key TEXT NOT NULL, tls_cert TEXT NOT NULL, created INTEGER NOT NULL) STRICT;

-- n rises with every key of a team; ends: in order, revoked: not (0: in use). object: x-hikeshi-key.
CREATE TABLE team_key(
  team INTEGER NOT NULL, n INTEGER NOT NULL, root BLOB NOT NULL, public BLOB NOT NULL, seed BLOB NOT NULL,
  age_public TEXT NOT NULL, age_secret TEXT NOT NULL, object TEXT NOT NULL, created INTEGER NOT NULL,
  ends INTEGER NOT NULL, revoked INTEGER NOT NULL, PRIMARY KEY(team, n)) STRICT, WITHOUT ROWID;

-- state: confirm, active, key_changed, stopped. token_out: clear, we send it; token_in: digest of what the peer sends.
-- invite: digest of the one-time secret that made the link. cursor_out: last pos that the peer decided on. teams: what it
-- said last of the teams it hosts (JSON array).
CREATE TABLE peer(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, node BLOB NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL,
  node_key BLOB NOT NULL UNIQUE, tls_spki BLOB NOT NULL, state TEXT NOT NULL, root TEXT NOT NULL, token_out TEXT NOT NULL,
  token_in BLOB NOT NULL UNIQUE, invite BLOB NOT NULL, cursor_out INTEGER NOT NULL, cursor_in TEXT NOT NULL,
  epoch_in BLOB NOT NULL, created INTEGER NOT NULL, created_by INTEGER NOT NULL, last_contact INTEGER NOT NULL,
  last_error TEXT NOT NULL, teams TEXT NOT NULL) STRICT;

-- A team that works elsewhere: how it is reached, its pinned root, its key objects (JSON array). direct 0: behind that peer.
CREATE TABLE peer_team(
  team INTEGER PRIMARY KEY, peer INTEGER NOT NULL, direct INTEGER NOT NULL, root BLOB NOT NULL, keys TEXT NOT NULL) STRICT;
CREATE INDEX peer_team_peer ON peer_team(peer, team);

-- The newest x-hikeshi-circle of a circle, as its owner signed it.
CREATE TABLE circle_object(circle INTEGER PRIMARY KEY, roster INTEGER NOT NULL, rev INTEGER NOT NULL, object TEXT NOT NULL) STRICT;
