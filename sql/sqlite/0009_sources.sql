-- SPDX-License-Identifier: Apache-2.0
-- TAXII servers of others that this node reads, and how far (src/store/sources.h).

-- internal: may be on this machine or in a private network. auth: '', basic, bearer; secret is sent, so it is clear.
-- collections: ids separated by blanks, none: all. tlp -1: none given. every: microseconds between two readings, 0: never by itself.
CREATE TABLE source(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, url TEXT NOT NULL, team INTEGER NOT NULL, internal INTEGER NOT NULL,
  auth TEXT NOT NULL, username TEXT NOT NULL, secret TEXT NOT NULL, collections TEXT NOT NULL, tlp INTEGER NOT NULL,
  circle BLOB NOT NULL, every INTEGER NOT NULL, next_run INTEGER NOT NULL, created INTEGER NOT NULL, created_by INTEGER NOT NULL,
  last_run INTEGER NOT NULL, last_error TEXT NOT NULL, last_error_ja TEXT NOT NULL, UNIQUE(url, team)) STRICT;

-- after: added_after of the query that is being read; last: the newest date_added it has shown; next: where it goes on.
CREATE TABLE source_cursor(
  source INTEGER NOT NULL, root TEXT NOT NULL, collection TEXT NOT NULL, title TEXT NOT NULL, after INTEGER NOT NULL,
  last INTEGER NOT NULL, next TEXT NOT NULL, last_run INTEGER NOT NULL, error TEXT NOT NULL, error_ja TEXT NOT NULL,
  read INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, unchanged INTEGER NOT NULL,
  rejected INTEGER NOT NULL, PRIMARY KEY(source, root, collection)) STRICT, WITHOUT ROWID;

-- Which server first brought an object that a team holds (origin follows from its address): no other one changes it.
CREATE TABLE source_object(
  team INTEGER NOT NULL, uid BLOB NOT NULL, origin BLOB NOT NULL, PRIMARY KEY(team, uid)) STRICT, WITHOUT ROWID;
