-- SPDX-License-Identifier: Apache-2.0
-- What a node keeps besides records: accounts, sessions, tokens, jobs, settings, idempotency keys, files.

CREATE TABLE account(
  id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, language TEXT NOT NULL,
  role TEXT NOT NULL, team INTEGER NOT NULL, person INTEGER NOT NULL, password_hash TEXT NOT NULL,
  totp_secret TEXT NOT NULL, disabled INTEGER NOT NULL, created INTEGER NOT NULL, last_sign_in INTEGER NOT NULL) STRICT;
CREATE INDEX account_team ON account(team, email);

CREATE TABLE session(
  id BLOB PRIMARY KEY, account INTEGER NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL,
  step_up INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;
CREATE INDEX session_account ON session(account);
CREATE INDEX session_expires ON session(expires);

CREATE TABLE token(
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, account INTEGER NOT NULL, name TEXT NOT NULL,
  scopes TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL, purpose TEXT NOT NULL) STRICT;
CREATE INDEX token_account ON token(account);

-- state: waiting, running (until lease), done, failed.
CREATE TABLE job(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, payload TEXT NOT NULL,
  state TEXT NOT NULL, run_at INTEGER NOT NULL, created INTEGER NOT NULL, account INTEGER NOT NULL,
  attempts INTEGER NOT NULL, progress TEXT NOT NULL, result TEXT NOT NULL, dedupe TEXT, ended INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX job_due ON job(run_at) WHERE state IN ('waiting', 'running');
CREATE INDEX job_ended ON job(ended) WHERE ended > 0;
CREATE UNIQUE INDEX job_dedupe ON job(dedupe) WHERE dedupe IS NOT NULL AND state = 'waiting';

CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- status 0: the first request is still running.
CREATE TABLE idempotency(
  account INTEGER NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, status INTEGER NOT NULL,
  answer TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(account, key)) STRICT;
CREATE INDEX idempotency_at ON idempotency(at);

-- What files are to records; the bytes lie in files/<first two hex digits>/<sha256>.
CREATE TABLE file(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, record INTEGER NOT NULL, digest BLOB NOT NULL,
  bytes INTEGER NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, added INTEGER NOT NULL, added_by INTEGER NOT NULL) STRICT;
CREATE INDEX file_record ON file(record, id);
CREATE INDEX file_digest ON file(digest);
