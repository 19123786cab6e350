-- SPDX-License-Identifier: Apache-2.0
-- Records: bodies, holdings, versions, labels, lists, links and the two indexes (docs/formats.md 2, 6).

CREATE TABLE meta(name text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE sequencer(id bigint PRIMARY KEY, next_seq bigint NOT NULL, date_added bigint NOT NULL);

-- Interned things: small keys for what is said again and again.
CREATE TABLE principal(id bigint PRIMARY KEY, kind bigint NOT NULL, uid bytea NOT NULL, UNIQUE(kind, uid));
CREATE TABLE word(id bigint PRIMARY KEY, text text NOT NULL UNIQUE);
CREATE TABLE label(id bigint PRIMARY KEY, digest bytea NOT NULL UNIQUE, key bytea NOT NULL);

-- dict 0: body is as it came; 1: zstd without a dictionary; larger: zstd with dictionary number dict.
CREATE TABLE object(
  id bigint PRIMARY KEY, digest bytea NOT NULL, dict bigint NOT NULL, size bigint NOT NULL,
  body bytea NOT NULL);

-- shelf and pos are 0 until sequenced; base: the object this text started from, 0 for none.
CREATE TABLE holding(
  id bigint PRIMARY KEY, shelf bigint NOT NULL, flags bigint NOT NULL, team bigint NOT NULL,
  pos bigint NOT NULL, uid bytea NOT NULL, type bigint NOT NULL, label bigint NOT NULL,
  state bigint NOT NULL, severity bigint NOT NULL, form bigint NOT NULL, version bigint NOT NULL,
  object bigint NOT NULL, entry bigint NOT NULL, parent bigint NOT NULL, number text NOT NULL,
  created bigint NOT NULL, modified bigint NOT NULL, created_by bigint NOT NULL,
  modified_by bigint NOT NULL, source_modified bigint NOT NULL, first_seen bigint NOT NULL,
  last_seen bigint NOT NULL, base bigint NOT NULL DEFAULT 0);
CREATE INDEX holding_number ON holding(team, number) WHERE number <> '';

-- Superseded versions only; the present one is the holding.
CREATE TABLE version(
  holding bigint NOT NULL, version bigint NOT NULL, object bigint NOT NULL, label bigint NOT NULL,
  state bigint NOT NULL, severity bigint NOT NULL, flags bigint NOT NULL, modified bigint NOT NULL,
  modified_by bigint NOT NULL, source_modified bigint NOT NULL, entry bigint NOT NULL,
  PRIMARY KEY(holding, version));

CREATE TABLE counter(
  team bigint NOT NULL, prefix text NOT NULL, year bigint NOT NULL, next bigint NOT NULL,
  PRIMARY KEY(team, prefix, year));

-- Lists. last is never below the newest pos that stands on the shelf.
CREATE TABLE shelf(
  id bigint PRIMARY KEY, type bigint NOT NULL, label bigint NOT NULL, state bigint NOT NULL,
  severity bigint NOT NULL, flags bigint NOT NULL, n bigint NOT NULL, first bigint NOT NULL,
  last bigint NOT NULL, gen bigint NOT NULL, UNIQUE(type, label, state, severity, flags));
CREATE TABLE shelved(
  shelf bigint NOT NULL, pos bigint NOT NULL, rec bigint NOT NULL, PRIMARY KEY(shelf, pos));
CREATE TABLE ord(
  type bigint NOT NULL, pos bigint NOT NULL, shelf bigint NOT NULL, rec bigint NOT NULL,
  PRIMARY KEY(type, pos));
CREATE TABLE part(
  parent bigint NOT NULL, pos bigint NOT NULL, rec bigint NOT NULL, PRIMARY KEY(parent, pos));

-- n records from rec on, added one after the other from added on.
CREATE TABLE placement(
  circle bigint NOT NULL, added bigint NOT NULL, rec bigint NOT NULL, n bigint NOT NULL,
  PRIMARY KEY(circle, added));

CREATE TABLE link(
  src bigint NOT NULL, relation bigint NOT NULL, dst bytea NOT NULL, team bigint NOT NULL, at bigint NOT NULL,
  made_by bigint NOT NULL, PRIMARY KEY(src, relation, dst));
CREATE INDEX link_dst ON link(dst);

-- Values: keyed hash -> records. Ids are found by holding_uid.
CREATE TABLE mention(hash bigint NOT NULL, rec bigint NOT NULL);
CREATE INDEX mention_hash ON mention(hash, rec);
CREATE UNIQUE INDEX holding_uid ON holding(uid, team);
CREATE INDEX shelf_gen ON shelf(gen);
CREATE SEQUENCE object_id;
CREATE SEQUENCE holding_id;
ALTER TABLE object ALTER body SET STORAGE EXTERNAL;
