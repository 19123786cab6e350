-- SPDX-License-Identifier: Apache-2.0
-- Sources: paused; a certificate of ours that the server wants to see; the key of the server, where no authority vouches
-- for it; what happened in each collection at the last run.

ALTER TABLE source ADD COLUMN paused bigint NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN certificate text NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN private_key text NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN pin text NOT NULL DEFAULT '';
ALTER TABLE source_cursor ADD COLUMN run text NOT NULL DEFAULT '';
-- next_run 0: nobody has asked for it
UPDATE source SET next_run = 0 WHERE every = 0;
