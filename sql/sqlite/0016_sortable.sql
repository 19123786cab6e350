-- SPDX-License-Identifier: Apache-2.0
-- What lists are sorted by besides their order: for records of some types, what their columns and bodies say, again
-- (src/store/list_sorted.c). shelf is that of the holding; 0 and an empty title: none.
CREATE TABLE sortable(
  rec INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, created INTEGER NOT NULL, number INTEGER NOT NULL, due INTEGER NOT NULL,
  title BLOB NOT NULL) STRICT;
CREATE INDEX sortable_created ON sortable(shelf, created, rec);
CREATE INDEX sortable_number ON sortable(shelf, number, created, rec);
CREATE INDEX sortable_due ON sortable(shelf, due, created, rec);
CREATE INDEX sortable_title ON sortable(shelf, title, created, rec);
