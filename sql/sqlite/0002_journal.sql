-- SPDX-License-Identifier: Apache-2.0
-- The journal: entries, their Merkle tree in C2SP tiles, and the full-text index (docs/formats.md 5).

-- One row per life of the tree; a new one begins after a restore and names the last checkpoint known.
CREATE TABLE epoch(
  number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, previous BLOB,
  last_size INTEGER NOT NULL DEFAULT 0, last_root BLOB, started INTEGER NOT NULL) STRICT;

-- seq is null until sequenced; content and salt2 may be erased alone, digest (of both) stays.
CREATE TABLE journal(
  id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER, at INTEGER NOT NULL,
  actor INTEGER NOT NULL, team INTEGER NOT NULL, kind TEXT NOT NULL, subject BLOB,
  record INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0, label INTEGER NOT NULL DEFAULT 0,
  n INTEGER NOT NULL DEFAULT 1, salt BLOB NOT NULL, salt2 BLOB, digest BLOB NOT NULL, content TEXT) STRICT;
CREATE UNIQUE INDEX journal_seq ON journal(epoch, seq);
CREATE INDEX journal_waiting ON journal(id) WHERE seq IS NULL;
CREATE INDEX journal_record ON journal(record, id) WHERE record <> 0;

-- Leaves of bulk entries, up to 256 in a row: 96 bytes each (salt, id, digest, record, label, holding digest).
CREATE TABLE slice(
  entry INTEGER NOT NULL, n INTEGER NOT NULL, count INTEGER NOT NULL, leaves BLOB NOT NULL,
  PRIMARY KEY(entry, n)) STRICT, WITHOUT ROWID;

-- Level 0 holds leaf hashes, level k roots of 256^k leaves; the last tile of a level is partial.
CREATE TABLE tile(
  epoch INTEGER NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY(epoch, level, idx)) STRICT;

-- frontier: roots of the perfect subtrees that make up the tree, smallest first.
CREATE TABLE checkpoint(
  epoch INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, frontier BLOB NOT NULL) STRICT;

-- Full text: tokens are made by us and blank-separated; the label is one of them.
CREATE TABLE text_doc(
  doc INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL, version INTEGER NOT NULL,
  label INTEGER NOT NULL, type INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX text_doc_record ON text_doc(record);
CREATE TABLE text_stale(doc INTEGER PRIMARY KEY) STRICT;
CREATE TABLE text_backlog(
  id INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL, version INTEGER NOT NULL,
  label INTEGER NOT NULL, type INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX text_backlog_record ON text_backlog(record);
CREATE VIRTUAL TABLE text_index USING fts5(t, content='', detail=none, columnsize=0,
  tokenize="ascii tokenchars '.-_:'");
INSERT INTO text_index(text_index, rank) VALUES('hashsize', 16777216);
INSERT INTO text_index(text_index, rank) VALUES('automerge', 8);
CREATE VIRTUAL TABLE text_vocab USING fts5vocab('text_index', 'instance');
