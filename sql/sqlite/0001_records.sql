-- SPDX-License-Identifier: Apache-2.0
-- Records: bodies, holdings, versions, labels, lists, links and the two indexes (docs/formats.md 2, 6).

CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sequencer(id INTEGER PRIMARY KEY, next_seq INTEGER NOT NULL, date_added INTEGER NOT NULL) STRICT;

-- Interned things: small keys for what is said again and again.
CREATE TABLE principal(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, uid BLOB NOT NULL, UNIQUE(kind, uid)) STRICT;
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE label(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, key BLOB NOT NULL) STRICT;

-- dict 0: body is as it came; 1: zstd without a dictionary; larger: zstd with dictionary number dict.
CREATE TABLE object(
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL, dict INTEGER NOT NULL, size INTEGER NOT NULL,
  body BLOB NOT NULL) STRICT;

-- shelf and pos are 0 until sequenced; base: the object this text started from, 0 for none.
CREATE TABLE holding(
  id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, flags INTEGER NOT NULL, team INTEGER NOT NULL,
  pos INTEGER NOT NULL, uid BLOB NOT NULL, type INTEGER NOT NULL, label INTEGER NOT NULL,
  state INTEGER NOT NULL, severity INTEGER NOT NULL, form INTEGER NOT NULL, version INTEGER NOT NULL,
  object INTEGER NOT NULL, entry INTEGER NOT NULL, parent INTEGER NOT NULL, number TEXT NOT NULL,
  created INTEGER NOT NULL, modified INTEGER NOT NULL, created_by INTEGER NOT NULL,
  modified_by INTEGER NOT NULL, source_modified INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, base INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX holding_number ON holding(team, number) WHERE number <> '';

-- Superseded versions only; the present one is the holding.
CREATE TABLE version(
  holding INTEGER NOT NULL, version INTEGER NOT NULL, object INTEGER NOT NULL, label INTEGER NOT NULL,
  state INTEGER NOT NULL, severity INTEGER NOT NULL, flags INTEGER NOT NULL, modified INTEGER NOT NULL,
  modified_by INTEGER NOT NULL, source_modified INTEGER NOT NULL, entry INTEGER NOT NULL,
  PRIMARY KEY(holding, version)) STRICT, WITHOUT ROWID;

CREATE TABLE counter(
  team INTEGER NOT NULL, prefix TEXT NOT NULL, year INTEGER NOT NULL, next INTEGER NOT NULL,
  PRIMARY KEY(team, prefix, year)) STRICT, WITHOUT ROWID;

-- Lists. last is never below the newest pos that stands on the shelf.
CREATE TABLE shelf(
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, label INTEGER NOT NULL, state INTEGER NOT NULL,
  severity INTEGER NOT NULL, flags INTEGER NOT NULL, n INTEGER NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, gen INTEGER NOT NULL, UNIQUE(type, label, state, severity, flags)) STRICT;
CREATE TABLE shelved(
  shelf INTEGER NOT NULL, pos INTEGER NOT NULL, rec INTEGER NOT NULL, PRIMARY KEY(shelf, pos)) STRICT, WITHOUT ROWID;
CREATE TABLE ord(
  type INTEGER NOT NULL, pos INTEGER NOT NULL, shelf INTEGER NOT NULL, rec INTEGER NOT NULL,
  PRIMARY KEY(type, pos)) STRICT, WITHOUT ROWID;
CREATE TABLE part(
  parent INTEGER NOT NULL, pos INTEGER NOT NULL, rec INTEGER NOT NULL, PRIMARY KEY(parent, pos)) STRICT, WITHOUT ROWID;

-- n records from rec on, added one after the other from added on.
CREATE TABLE placement(
  circle INTEGER NOT NULL, added INTEGER NOT NULL, rec INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(circle, added)) STRICT, WITHOUT ROWID;

CREATE TABLE link(
  src INTEGER NOT NULL, relation INTEGER NOT NULL, dst BLOB NOT NULL, team INTEGER NOT NULL, at INTEGER NOT NULL,
  made_by INTEGER NOT NULL, PRIMARY KEY(src, relation, dst)) STRICT, WITHOUT ROWID;
CREATE INDEX link_dst ON link(dst);

-- Two indexes hash -> records: kind 0 ids, kind 1 values. Single writes go to recent, imports to
-- sorted runs of blocks; sweep names what is to be deleted (a run's blocks, a generation of recent).
CREATE TABLE recent(
  kind INTEGER NOT NULL, h INTEGER NOT NULL, rec INTEGER NOT NULL, gen INTEGER NOT NULL,
  PRIMARY KEY(kind, h, rec)) STRICT, WITHOUT ROWID;
CREATE TABLE run(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL,
  fences BLOB NOT NULL, bloom BLOB NOT NULL) STRICT;
CREATE TABLE block(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE sweep(what INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(what, id)) STRICT, WITHOUT ROWID;
